/* Frames in the store: a row each, written when it changed, read after a restart.
 *
 *     data     what is not 0 or none of "state", "status", "wait", "index", "last", "entered",
 *              "entered_ms", "deadline_ms", "retry_count", "retries"; of a Task in flight also
 *              "scheduled", "timeout_ms", "heartbeat_ms", "role_arn"; of a distributed Map
 * "map_run" input    the state's raw input work     a Task's evaluated parameters: they may hold
 * random values; of a Map of a JSONata state, and of a distributed one with an ItemReader, its
 * items output   what an integration recorded of its call; of an ended child, its output variables
 * that its states see
 *
 * A Parallel or Map state's counts are those of its children's rows; a Map's items are found again
 * in its input, which is pure. A step ends between two transitions: no row says "running". */
#include "engine_private.h"

static void put_number(json *data, const char *key, int64_t v, int64_t none)
{
    if (v != none)
        details_put(data, key, json_integer(v));
}

static void put_call(json *data, const struct call *c)
{
    put_number(data, "scheduled", (int64_t)c->scheduled_event, 0);
    put_number(data, "timeout_ms", c->timeout_at_ms, MS_NEVER);
    put_number(data, "heartbeat_ms", c->heartbeat_at_ms, MS_NEVER);
    if (!json_is_absent(c->role_arn))
        details_put(data, "role_arn", json_ref(c->role_arn));
}

void checkpoint_frame(struct execution *x, const struct frame *f)
{
    json data = json_object(8);
    details_put(&data, "state", json_integer((int64_t)f->state->number));
    details_put_text(&data, "status", str_from_c(frame_status_name(f->status)));
    if (f->wait != WAIT_NONE)
        details_put_text(&data, "wait", str_from_c(frame_wait_name(f->wait)));
    put_number(&data, "index", f->index, 0);
    put_number(&data, "last", (int64_t)f->last_event, 0);
    put_number(&data, "entered", (int64_t)f->entered_event, 0);
    put_number(&data, "entered_ms", f->entered_ms, 0);
    put_number(&data, "deadline_ms", f->deadline_ms, MS_NEVER);
    if (f->retries) {
        put_number(&data, "retry_count", f->retry_count, 0);
        json retries = json_array(f->state->retriers_count);
        for (size_t i = 0; i < f->state->retriers_count; i++)
            if (!json_push_take(&retries, json_integer(f->retries[i])))
                break; // then they count from 0: one attempt more, after a restart without memory
        details_put(&data, "retries", retries);
    }
    bool task = f->call && !f->map_run;
    if (task)
        put_call(&data, f->call);
    if (f->map_run)
        details_put(&data, "map_run", json_integer((int64_t)map_run_id(f)));
    const struct store_frame row = {
        .id = f->id,
        .parent = f->parent ? f->parent->id : 0,
        .data = data,
        .input = f->input,
        .work = task          ? f->call->parameters
                : f->children ? map_items_kept(f)
                              : map_run_items_kept(f),
        .output = task ? f->call->recall : json_absent(),
        .variables = f->variables,
    };
    store_step_frame(execution_step(x), &row);
    json_unref(data);
}

void checkpoint_ended_child(struct execution *x, const struct frame *child, json output)
{
    if (x->machine->express)
        return;
    json data = json_object(2);
    details_put_text(&data, "status", str_from_c(frame_status_name(FRAME_ENDED)));
    put_number(&data, "index", child->index, 0);
    const struct store_frame row = {
        .id = child->id, .parent = child->parent->id, .data = data, .output = output};
    store_step_frame(execution_step(x), &row);
    json_unref(data);
}

/* -- back -- */

static int64_t get_number(json data, const char *key, int64_t none)
{
    int64_t v = none;
    return json_get_int64(data, str_from_c(key), &v) ? v : none;
}

static bool damaged(const struct execution *x, const struct store_frame *row, struct err *err)
{
    return err_set(err, ERR_STATES_RUNTIME,
                   "frame %" PRIu64 " of execution %" PRIu64 " in the store does not fit its "
                   "definition",
                   row->id, x->id);
}

/* The place of a child among its siblings; NULL: there is none. */
static struct child *child_place(const struct frame *parent, int64_t index)
{
    struct children *c = parent ? parent->children : NULL;
    if (!c || index < 0 || (uint64_t)index >= c->count)
        return NULL;
    if ((size_t)index >= c->next)
        c->next = (size_t)index + 1;
    return &c->child[index];
}

static bool restore_ended(const struct execution *x, const struct store_frame *row,
                          const struct frame *parent, struct err *err)
{
    struct child *place = child_place(parent, get_number(row->data, "index", 0));
    if (!place || json_is_absent(row->output))
        return damaged(x, row, err);
    place->output = json_ref(row->output);
    parent->children->ended++;
    return true;
}

static bool restore_call(struct execution *x, struct frame *f, const struct store_frame *row,
                         struct err *err)
{
    const struct task_resource *resource =
        f->state->type == ASL_TASK ? x->engine->find(f->state->as.task.resource) : NULL;
    if (!resource)
        return damaged(x, row, err);
    struct call *c = f->call = mem_new(sizeof *c);
    c->resource = resource;
    c->number = atomic_fetch_add_explicit(&x->engine->next_number, 1, memory_order_relaxed);
    c->scheduled_event = (uint64_t)get_number(row->data, "scheduled", 0);
    c->timeout_at_ms = get_number(row->data, "timeout_ms", MS_NEVER);
    c->heartbeat_at_ms = get_number(row->data, "heartbeat_ms", MS_NEVER);
    c->role_arn = json_ref(json_get(row->data, STR("role_arn")));
    c->parameters = json_ref(row->work);
    c->recall = json_ref(row->output);
    c->again = true;
    task_is_unsent(x, f, 0);
    return true;
}

static bool restore_children(struct execution *x, struct frame *f, const struct store_frame *row,
                             struct err *err)
{
    if (f->state->type == ASL_MAP)
        return map_prepare(x, f, row->work, &f->children, err);
    if (f->state->type != ASL_PARALLEL)
        return damaged(x, row, err);
    f->children = children_new(f->state->as.parallel.count);
    if (!f->children)
        return err_set(err, ERR_NO_MEMORY, "no memory for branches");
    f->children->limit = f->children->count;
    return true;
}

static enum frame_wait wait_of(json data)
{
    str name = json_str(json_get(data, STR("wait")));
    for (int w = WAIT_NONE + 1; w < WAIT_KINDS; w++)
        if (str_eq(name, str_from_c(frame_wait_name((enum frame_wait)w))))
            return (enum frame_wait)w;
    return WAIT_NONE;
}

static void restore_retries(struct frame *f, json data)
{
    json retries = json_get(data, STR("retries"));
    if (retries.kind != JSON_ARRAY)
        return;
    f->retry_count = (uint32_t)get_number(data, "retry_count", 0);
    f->retries = mem_new(f->state->retriers_count * sizeof *f->retries);
    for (size_t i = 0; i < f->state->retriers_count; i++) {
        int64_t used = 0;
        if (json_to_int64(json_at(retries, i), &used))
            f->retries[i] = (uint32_t)used;
    }
}

bool checkpoint_restore(struct execution *x, const struct store_frame *row, struct err *err)
{
    if (row->id >= x->next_frame)
        x->next_frame = row->id + 1;
    struct frame *parent = row->parent ? frame_find(x, row->parent) : NULL;
    json data = row->data;
    str status = json_str(json_get(data, STR("status")));
    if ((row->id == FRAME_ROOT) == (parent != NULL))
        return damaged(x, row, err);
    if (str_eq(status, str_from_c(frame_status_name(FRAME_ENDED))))
        return restore_ended(x, row, parent, err);

    int64_t number = get_number(data, "state", -1);
    const struct asl_state *state =
        number < 0 ? NULL : asl_state_at(x->machine->definition, (size_t)number);
    int64_t index = get_number(data, "index", 0);
    struct child *place = child_place(parent, index);
    if (!state || (parent && !place))
        return damaged(x, row, err);
    struct frame *f = frame_restore(x, row->id, parent);
    if (place)
        place->frame = f;
    f->state = state;
    f->index = (uint32_t)index;
    f->input = json_ref(row->input);
    f->variables = json_ref(row->variables);
    f->last_event = (uint64_t)get_number(data, "last", 0);
    f->entered_event = (uint64_t)get_number(data, "entered", 0);
    f->entered_ms = get_number(data, "entered_ms", 0);
    restore_retries(f, data);
    enum frame_wait wait = wait_of(data);
    if (wait == WAIT_NONE) {
        frame_move(x, f, FRAME_READY);
        return true;
    }
    if ((wait == WAIT_TASK && !restore_call(x, f, row, err)) ||
        (wait == WAIT_CHILDREN && !restore_children(x, f, row, err)))
        return false;
    bool runs = wait == WAIT_ITEMS || wait == WAIT_RUN || wait == WAIT_RESULTS;
    uint64_t run = (uint64_t)get_number(data, "map_run", 0);
    if (runs && !map_run_restore(x, f, run, &wait, row->work, err))
        return false;
    frame_wait(x, f, wait, get_number(data, "deadline_ms", MS_NEVER));
    return true;
}
