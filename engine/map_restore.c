/* A Map Run after a restart: its row, what is computed from the state's input as before, and its
 * children as the store has them. */
#include "map_run_private.h"

static bool child_restore(void *context, const struct store_execution *row, struct err *err)
{
    (void)err;
    struct map_run *r = context;
    bool runs = row->status == STORE_RUNNING;
    map_child_note(r, runs ? row->id : 0, row->item, row->items);
    r->next_item = row->item + row->items;
    r->running += runs;
    if (!runs && row->status != STORE_SUCCEEDED)
        r->failed_items += row->items;
    if (row->status == STORE_SUCCEEDED && row->output.ptr)
        return json_parse(row->output, &r->children[r->count - 1].output, err);
    return true;
}

static bool row_restore(struct execution *x, struct map_run *r, uint64_t id, struct arena *a,
                        struct err *err)
{
    bool found = false;
    struct store_connection *c = store_reader(x->engine->options.store, err);
    if (!c || !store_map_run_get(c, a, id, &r->row, &found, err))
        return false;
    str arn = r->row.arn;
    r->row.arn = STR_NONE;
    if (!found || r->row.execution != x->id || arn.len < UUID_TEXT_LEN)
        return err_set(err, ERR_STATES_RUNTIME, "Map Run %" PRIu64 " is not in the store", id);
    r->row.arn = (str){text_copy(arn), arn.len};
    r->row.execution_arn = r->row.machine_arn = STR_NONE;
    r->uuid = str_skip(r->row.arn, arn.len - UUID_TEXT_LEN);
    return true;
}

/* All but its row. */
static bool run_restore(struct execution *x, struct frame *f, enum frame_wait wait, json items,
                        struct err *err)
{
    struct map_run *r = f->map_run;
    const struct store_map_run row = r->row;
    struct scope scope;
    json request = json_absent();
    scope_open(x, f, &scope);
    bool ok = map_run_prepare(f, r, &scope, err) && map_run_settle(f, r, &scope, &request, err);
    scope_close(&scope);
    r->row = row; // as it was changed since
    if (ok)
        map_run_source(f, r, request);
    if (json_is_absent(r->items))
        r->items = json_ref(items);
    map_run_machine(x, f, r);
    if (ok && wait == WAIT_ITEMS) {
        const struct task_resource *resource =
            x->engine->find_data_set(distributed(f)->reader.resource);
        ok = resource || err_set(err, ERR_STATES_RUNTIME, "its ItemReader is not known any more");
        if (ok)
            f->call = call_new(x, resource, json_ref(request));
    }
    json_unref(request);
    return ok;
}

bool map_run_restore(struct execution *x, struct frame *f, uint64_t id, enum frame_wait *wait,
                     json items, struct err *err)
{
    struct arena a;
    arena_init(&a, MAP_RUN_ROW_MAX_BYTES);
    struct map_run *r = f->map_run = mem_new(sizeof *r);
    bool ok =
        distributed(f) && row_restore(x, r, id, &a, err) && run_restore(x, f, *wait, items, err);
    if (ok) {
        struct store_connection *c = store_reader(x->engine->options.store, err);
        ok = c &&
             store_map_children(c, id, 0, 0, !distributed(f)->writer.given, child_restore, r, err);
    }
    arena_release(&a);
    if (!ok)
        return err_is_set(err) ||
               err_set(err, ERR_STATES_RUNTIME, "Map Run %" PRIu64 " does not fit its state", id);
    // Results are written anew: the same objects under the same keys.
    if (*wait == WAIT_RESULTS)
        *wait = WAIT_RUN;
    task_is_unsent(x, f, 0);
    return true;
}
