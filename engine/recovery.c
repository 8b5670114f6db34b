/* Recovery: every execution that was running at the last commit goes on.
 *
 * STANDARD: its frames are rebuilt; waits and retries keep their deadlines, calls are sent again
 * with what their integration recorded. EXPRESS: at most once, so it ends FAILED. So does one whose
 * definition or frames do not fit this version: it says why, and the others go on. */
#include "engine_private.h"
#include "store/map_runs.h"

struct recovery {
    struct engine *engine;
    struct store_connection *connection;
    size_t standard, express, broken;
    // Of the child executions of a Map Run: those of one run follow each other.
    struct store_map_run run;
    struct machine *run_machine;
};

struct last_event {
    uint64_t id;
    int64_t at_ms;
};

static bool last_event_each(void *context, const struct store_event_row *e, struct err *err)
{
    (void)err;
    struct last_event *last = context;
    *last = (struct last_event){e->id, e->at_ms};
    return true;
}

static bool frame_each(void *context, const struct store_frame *row, struct err *err)
{
    return checkpoint_restore(context, row, err);
}

/* Gives the machine of a run's children, once for those that follow each other. */
static struct machine *children_machine(struct recovery *r, const struct store_execution *row,
                                        const struct machine *of)
{
    if (!r->run_machine || !str_eq(r->run_machine->arn, row->machine_arn) ||
        r->run_machine->revision != row->revision || r->run_machine->express != row->express) {
        machine_unref(r->run_machine);
        str name = row->machine_arn;
        (void)str_cut(&name, '/'); // of "…:stateMachine:name/label"
        size_t start = row->machine_arn.len - name.len;
        while (start > 0 && row->machine_arn.ptr[start - 1] != ':')
            start--;
        r->run_machine = machine_of_children(of, row->express, row->machine_arn,
                                             str_skip(row->machine_arn, start));
    }
    return machine_ref(r->run_machine);
}

/* Gives the machine of the revision; without a definition, and *why set, when it cannot be read. */
static struct machine *machine_load(struct recovery *r, const struct store_execution *row,
                                    bool *deleting, struct err *why)
{
    struct arena arena;
    arena_init(&arena, MACHINE_MAX_BYTES);
    struct store_machine m = {.arn = row->machine_arn};
    struct asl_definition *definition = NULL;
    bool found = false;
    if (store_machine_revision(r->connection, &arena, row->revision, &m, &found, why) && found)
        definition = engine_definition(r->engine, row->revision, m.definition, m.express, why);
    else if (!err_is_set(why))
        (void)err_set(why, ERR_STATES_RUNTIME, "revision %" PRId64 " is not in the store",
                      row->revision);
    *deleting = found && m.deleting;
    bool child = row->map_run != 0 && definition;
    struct machine *machine =
        machine_get(r->engine, row->revision, definition, child ? m.express : row->express,
                    child ? m.arn : row->machine_arn, m.name, m.role_arn);
    asl_unref(definition);
    if (child) {
        struct machine *of = machine;
        machine = children_machine(r, row, of);
        machine_unref(of);
    }
    arena_release(&arena);
    return machine;
}

/* A child execution: whose it is. It goes on only if its run does. */
static bool link_load(struct recovery *r, const struct store_execution *row, struct execution *x,
                      bool *goes_on, struct err *err)
{
    if (r->run.id != row->map_run) {
        struct arena arena;
        bool found = false;
        arena_init(&arena, MAP_RUN_ROW_MAX_BYTES);
        bool ok = store_map_run_get(r->connection, &arena, row->map_run, &r->run, &found, err);
        arena_release(&arena);
        if (!ok)
            return false;
        if (!found)
            r->run = (struct store_map_run){.id = row->map_run, .status = STORE_ABORTED};
    }
    x->link = mem_new(sizeof *x->link);
    *x->link =
        (struct child_link){r->run.execution, r->run.frame, row->map_run, row->item, row->items};
    *goes_on = r->run.status == STORE_RUNNING;
    return true;
}

/* Also moves a clock that skips to where it was: an execution's time does not go back. */
static bool history_load(struct recovery *r, struct execution *x, uint64_t *last, struct err *err)
{
    struct last_event event = {0};
    if (!store_events_read(r->connection, x->id, UINT64_MAX, true, 1, last_event_each, &event,
                           err) ||
        !store_payloads_next_id(r->connection, x->id, &x->payloads_next, err))
        return false;
    *last = event.id;
    x->next_event = event.id + 1;
    clock_not_before(r->engine->options.clock, event.at_ms);
    x->now_ms = clock_now_ms(r->engine->options.clock);
    return true;
}

static bool frames_load(struct recovery *r, struct execution *x, struct err *err)
{
    if (x->machine->express)
        return err_set(err, ERR_STATES_RUNTIME,
                       "The server was stopped while the execution was running. An Express "
                       "execution is not resumed.");
    if (!store_frames_read(r->connection, x->id, frame_each, x, err))
        return false;
    return x->root || err_set(err, ERR_STATES_RUNTIME, "its frames are not in the store");
}

/* A store that cannot be read now ends nothing: the start of the server is refused instead. */
static bool is_the_stores(const struct err *err)
{
    return err->id == ERR_STORE || err->id == ERR_NO_MEMORY || err->id == ERR_SYSTEM;
}

/* Gives x as it was; *why says what keeps it from going on. */
static struct execution *execution_load(struct recovery *r, const struct store_execution *row,
                                        uint64_t *last, struct err *why)
{
    bool deleting = false;
    json input = json_absent();
    struct err frames = ERR_INIT;
    struct machine *machine = machine_load(r, row, &deleting, why);
    bool ok = !err_is_set(why) && json_parse(row->input, &input, why);
    struct execution *x =
        execution_new(r->engine, row->id, machine, row->arn, row->name, input, row->start_ms);
    json_unref(input);
    x->now_ms = clock_now_ms(r->engine->options.clock);
    x->restoring = true;
    x->input_is_compact = row->input.len == json_text_size(x->input);
    atomic_store_explicit(&x->deleted, deleting, memory_order_relaxed);
    // Without a definition there is still a history to be ended.
    if (!history_load(r, x, last, &frames) || !ok || !frames_load(r, x, &frames)) {
        if (err_is_set(&frames) && (ok || is_the_stores(&frames))) {
            err_release(why);
            err_move(why, &frames);
        }
    }
    err_release(&frames);
    return x;
}

static bool execution_each(void *context, const struct store_execution *row, struct err *err)
{
    struct recovery *r = context;
    struct engine *e = r->engine;
    struct err why = ERR_INIT;
    uint64_t last = 0;
    struct execution *x = execution_load(r, row, &last, &why);
    if (is_the_stores(&why)) {
        err_move(err, &why);
        execution_free(x);
        return false;
    }
    bool goes_on = true;
    if (row->map_run != 0 && !link_load(r, row, x, &goes_on, err)) {
        err_release(&why);
        execution_free(x);
        return false;
    }
    if (!goes_on) {
        execution_abort(x, STR_NONE, STR_NONE); // with the run that it was a child of
    } else if (err_is_set(&why)) {
        if (!row->express)
            log_error("engine", "not_resumed", "execution=%.*s error=\"%.*s\"", STR_ARG(row->arn),
                      STR_ARG(err_text(&why)));
        execution_fail(x, last, err_id_name(ERR_STATES_RUNTIME), err_text(&why));
    }
    r->express += row->express;
    r->broken += !row->express && x->ended;
    r->standard += !x->ended;
    err_release(&why);
    engine_lock(e);
    table_add(e, x);
    table_add_arn(e, x);
    engine_unlock(e);
    return true;
}

/* None runs before all are there: a Map Run and its children tell each other of their ends. */
static void queue_all(struct engine *e)
{
    engine_lock(e);
    for (size_t i = 0; i < e->slots_count; i++)
        for (struct execution *x = e->by_id[i]; x; x = x->next_by_id)
            engine_queue(e, x);
    engine_unlock(e);
}

bool engine_recover(struct engine *e, struct err *err)
{
    struct recovery r = {.engine = e, .connection = store_reader(e->options.store, err)};
    if (!r.connection)
        return false;
    // No time passes, on a clock that skips, before all are there.
    clock_hold(e->options.clock);
    bool ok = store_executions_running(r.connection, execution_each, &r, err);
    machine_unref(r.run_machine);
    queue_all(e);
    clock_release(e->options.clock);
    if (ok && r.standard + r.express + r.broken > 0)
        log_info("engine", "recovered", "resumed=%zu express_failed=%zu not_resumed=%zu",
                 r.standard, r.express, r.broken);
    return ok;
}
