/* The child executions of a Map Run: started as far as the limit lets, heard when they end, counted
 * against what is tolerated. */
#include "map_run_private.h"

void map_child_note(struct map_run *r, uint64_t execution, uint64_t item, uint64_t items)
{
    if (r->count == r->room) {
        size_t room = r->room ? r->room * 2 : 64;
        struct map_child *grown = mem_new(room * sizeof *grown);
        if (r->count > 0)
            memcpy(grown, r->children, r->count * sizeof *grown);
        mem_free(r->children);
        r->children = grown;
        r->room = room;
    }
    r->children[r->count++] =
        (struct map_child){.execution = execution, .item = item, .items = items};
}

/* The ARN and the name of a child: of its run and its item, so that one whose start was lost with
 * the process has the same again. */
static str child_name(const struct execution *x, const struct frame *f, struct buf *arn,
                      char name[UUID_TEXT_LEN + 1])
{
    const struct map_run *r = f->map_run;
    const struct engine_options *o = &x->engine->options;
    struct rng rng;
    rng_stream(&rng, o->seed, arn_hash(r->row.arn) + r->next_item);
    rng_uuid(&rng, name);
    bool express = distributed(f)->express;
    buf_printf(arn, "arn:aws:states:%.*s:%.*s:%s:%.*s:%s", STR_ARG(o->region), STR_ARG(o->account),
               express ? "express" : "execution", STR_ARG(r->children_machine->name), name);
    if (express) {
        char run[UUID_TEXT_LEN + 1];
        rng_uuid(&rng, run);
        buf_printf(arn, ":%s", run);
    }
    return buf_str(arn);
}

static bool child_start(struct execution *x, struct frame *f, json input, uint64_t items,
                        struct err *err)
{
    struct engine *e = x->engine;
    struct map_run *r = f->map_run;
    char name[UUID_TEXT_LEN + 1];
    struct buf arn;
    str text = json_text(input);
    if (!text.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for the input of a child execution");
    buf_init(&arn, TEXT_MAX_BYTES);
    uint64_t id = atomic_fetch_add_explicit(&e->next_id, 1, memory_order_relaxed);
    str own_arn = child_name(x, f, &arn, name);
    struct execution *child = execution_new(e, id, machine_ref(r->children_machine), own_arn,
                                            str_from_c(name), input, execution_now(x));
    child->link = mem_new(sizeof *child->link);
    *child->link = (struct child_link){x->id, f->id, r->row.id, r->next_item, items};
    execution_begin(child, f->state->as.map.processor, text, true, NULL, NULL, NULL);
    map_child_note(r, id, r->next_item, items);
    r->next_item += items;
    r->running++;
    execution_enter(child);
    buf_release(&arn);
    str_free(text);
    return true;
}

static bool may_start(const struct execution *x, const struct map_run *r)
{
    size_t most = MAP_RUN_CONCURRENCY_MAX;
    if (r->row.max_concurrency > 0 &&
        (r->row.max_concurrency < (int64_t)most || !execution_is_limited(x)))
        most = (size_t)r->row.max_concurrency;
    return !r->failed && r->next_item < r->row.items && r->running < most;
}

/* Source: Developer Guide, "Setting failure thresholds for Distributed Map states": what is given
 * must hold; without any, the first failure is one too many. */
static bool too_many_failed(const struct map_run *r)
{
    const struct store_map_run *row = &r->row;
    if (r->failed_items == 0)
        return false;
    bool count = row->tolerated_count >= 0;
    bool percentage = row->tolerated_percentage >= 0;
    double failed = 100.0 * (double)r->failed_items / (double)row->items;
    return (count && r->failed_items > (uint64_t)row->tolerated_count) ||
           (percentage && failed > row->tolerated_percentage) || (!count && !percentage);
}

static void look_at_failures(struct execution *x, struct frame *f)
{
    if (!f->map_run->failed && too_many_failed(f->map_run))
        map_run_fail(x, f, err_id_name(ERR_STATES_EXCEED_TOLERATED_FAILURE_THRESHOLD),
                     STR("The specified tolerated failure threshold was exceeded"));
}

void map_run_await(struct execution *x, struct frame *f)
{
    (void)execution_step(x);
    f->map_run->awaits_commit = true;
    task_is_unsent(x, f, x->steps + 1);
}

void map_run_committed(struct execution *x, struct frame *f)
{
    f->map_run->awaits_commit = false;
    map_run_more(x, f);
}

void map_run_more(struct execution *x, struct frame *f)
{
    struct map_run *r = f->map_run;
    if (f->wait != WAIT_RUN || r->awaits_commit)
        return;
    look_at_failures(x, f); // a restart may have found them
    for (unsigned started = 0; may_start(x, r); started++) {
        if (engine_store_is_behind(x->engine)) {
            map_run_await(x, f); // its step goes to the end of the store's queue
            break;
        }
        if (started == MAP_RUN_STARTS_MAX) {
            struct message *m = message_new(MESSAGE_MORE, STR_NONE, STR_NONE);
            m->frame = f->id;
            engine_post_take(x->engine, x->id, m);
            break;
        }
        struct err err = ERR_INIT;
        json input = json_absent();
        uint64_t items = 0;
        if (!map_items_next(x, f, &input, &items, &err) || !child_start(x, f, input, items, &err))
            map_run_fail_with(x, f, &err); // ASSUMPTION: a selector that fails, fails the run
        json_unref(input);
    }
    if (r->running == 0 && (r->failed || r->next_item == r->row.items))
        map_results_begin(x, f);
}

/* The one that starts with an item; NULL: there is none. */
static struct map_child *child_find(struct map_run *r, uint64_t item)
{
    size_t low = 0;
    size_t high = r->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (r->children[middle].item < item)
            low = middle + 1;
        else
            high = middle;
    }
    return low < r->count && r->children[low].item == item ? &r->children[low] : NULL;
}

void map_run_child_heard(struct execution *x, struct frame *f, const struct message *m)
{
    struct map_run *r = f->map_run;
    struct map_child *child = child_find(r, m->number);
    if (!child || child->execution == 0)
        return;
    child->execution = 0;
    r->running--;
    if (m->status != STORE_SUCCEEDED)
        r->failed_items += child->items;
    else if (!distributed(f)->writer.given)
        child->output = json_ref(m->output);
    map_run_more(x, f);
}
