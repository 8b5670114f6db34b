/* Writing a step. It may run again after a rollback: it changes nothing of the step but its result.
 *
 * Texts of one row are printed one behind the other into the connection's scratch buffer and bound
 * once all are there, as the buffer moves while it grows. */
#include "step_private.h"

#include <assert.h>

struct text {
    size_t from, len;
    bool some;
};

static struct text print(struct store_connection *c, json v)
{
    if (json_is_absent(v))
        return (struct text){0, 0, false};
    size_t from = c->scratch.len;
    json_print(v, &c->scratch);
    return (struct text){from, c->scratch.len - from, true};
}

/* The text of a value that stands in its row. */
static struct text print_value(struct store_connection *c, const struct step_value *v)
{
    return v->ref == 0 ? print(c, v->value) : (struct text){0, 0, false};
}

static bool printed(struct store_connection *c, struct err *err)
{
    return buf_ok(&c->scratch) || err_set(err, ERR_NO_MEMORY, "no memory to print a value");
}

static void bind_text(struct sqlite3_stmt *q, int i, struct store_connection *c, struct text t)
{
    if (t.some)
        store_bind_str(q, i, (str){c->scratch.ptr + t.from, t.len});
}

static void bind_ref(struct sqlite3_stmt *q, int i, const struct step_value *v)
{
    if (v->ref != 0)
        store_bind_id(q, i, v->ref);
}

static str type_name(bool express)
{
    return express ? STR("EXPRESS") : STR("STANDARD");
}

/* -- the start -- */

static bool execution_insert(const struct store_step *step, struct store_connection *c,
                             bool *inserted, struct err *err)
{
    buf_reset(&c->scratch);
    struct text output = print_value(c, &step->output);
    struct sqlite3_stmt *q =
        printed(c, err)
            ? store_statement(c,
                              "INSERT INTO executions(id, arn, machine_arn, name, revision, type,"
                              " status, start_ms, input, stop_ms, output, output_ref, error, cause,"
                              " map_run, item, items)"
                              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14,"
                              " ?15, ?16, ?17)"
                              " ON CONFLICT(arn) DO NOTHING",
                              err)
            : NULL;
    if (!q)
        return false;
    const struct store_execution *e = &step->start;
    store_bind_id(q, 1, step->execution);
    store_bind_text(q, 2, e->arn);
    store_bind_text(q, 3, e->machine_arn);
    store_bind_text(q, 4, e->name);
    store_bind_int(q, 5, e->revision);
    store_bind_text(q, 6, type_name(e->express));
    store_bind_text(q, 7, store_status_name(step->ends ? step->status : STORE_RUNNING));
    store_bind_int(q, 8, e->start_ms);
    store_bind_text(q, 9, e->input);
    if (e->map_run != 0) {
        store_bind_id(q, 15, e->map_run);
        store_bind_id(q, 16, e->item);
        store_bind_id(q, 17, e->items);
    }
    if (step->ends) {
        store_bind_int(q, 10, step->stop_ms);
        bind_text(q, 11, c, output);
        bind_ref(q, 12, &step->output);
        store_bind_str(q, 13, step->error);
        store_bind_str(q, 14, step->cause);
    }
    if (!store_run(c, q, err))
        return false;
    *inserted = store_changes(c) == 1;
    return true;
}

/* What holds the name that a start wanted. */
struct holder {
    uint64_t id;
    bool same;     /* it runs with the same input */
    bool outlived; /* it ended so long ago that its name is free */
    int64_t start_ms;
};

static bool holder_find(const struct store_step *step, struct store_connection *c,
                        struct holder *out, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c, "SELECT id, status, start_ms, stop_ms, input = ?2 FROM executions WHERE arn = ?1", err);
    if (!q)
        return false;
    store_bind_text(q, 1, step->start.arn);
    store_bind_text(q, 2, step->start.input);
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW) {
        bool running = str_eq(store_column_str(q, 1), STR("RUNNING"));
        int64_t since_ms = step->start.start_ms - STORE_NAME_KEPT_MS;
        *out = (struct holder){
            .id = store_column_id(q, 0),
            .same = running && store_column_int(q, 4) != 0 && !step->without_clash,
            .outlived = !running && store_column_int(q, 3) <= since_ms,
            .start_ms = store_column_int(q, 2),
        };
    }
    store_finish(q);
    assert(row != STORE_NO_ROW); // it was in the way in this very transaction
    return row == STORE_ROW;
}

/* Runs a statement whose one parameter is an execution's id. */
static bool run_with_execution(struct store_connection *c, const char *sql, uint64_t execution,
                               struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_id(q, 1, execution);
    return store_run(c, q, err);
}

/* AWS forgets an execution 90 days after its end, and so frees its name. Here it is kept until its
 * name is wanted. */
static bool execution_remove(struct store_connection *c, uint64_t execution, struct err *err)
{
    static const char *const texts[] = {
        "DELETE FROM events WHERE execution = ?1", "DELETE FROM payloads WHERE execution = ?1",
        "DELETE FROM frames WHERE execution = ?1", "DELETE FROM map_runs WHERE execution = ?1",
        "DELETE FROM executions WHERE id = ?1",
    };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
        if (!run_with_execution(c, texts[i], execution, err))
            return false;
    }
    return true;
}

/* Writes the execution's row, or sets the step's result to why not. */
static bool start_apply(struct store_step *step, struct store_connection *c, struct err *err)
{
    step->result = STORE_STARTED;
    step->result_ms = step->start.start_ms;
    bool inserted = false;
    if (!execution_insert(step, c, &inserted, err))
        return false;
    if (inserted)
        return true;
    struct holder holder;
    if (!holder_find(step, c, &holder, err))
        return false;
    if (holder.outlived)
        return execution_remove(c, holder.id, err) && execution_insert(step, c, &inserted, err);
    step->result = holder.same ? STORE_START_SAME : STORE_START_CLASH;
    step->result_ms = holder.start_ms;
    return true;
}

/* -- rows -- */

static bool payloads_apply(const struct store_step *step, struct store_connection *c,
                           struct err *err)
{
    for (size_t i = 0; i < step->values_count; i++) {
        const struct step_payload *p = &step->values[i];
        if (p->stored)
            continue;
        buf_reset(&c->scratch);
        struct text body = print(c, p->value);
        struct sqlite3_stmt *q =
            printed(c, err)
                ? store_statement(c, "INSERT INTO payloads(execution, id, body) VALUES(?1, ?2, ?3)",
                                  err)
                : NULL;
        if (!q)
            return false;
        store_bind_id(q, 1, step->execution);
        store_bind_id(q, 2, p->id);
        bind_text(q, 3, c, body);
        if (!store_run(c, q, err))
            return false;
    }
    return true;
}

static bool events_apply(const struct store_step *step, struct store_connection *c, struct err *err)
{
    for (size_t i = 0; i < step->events_count; i++) {
        const struct step_event *e = &step->events[i];
        buf_reset(&c->scratch);
        struct text details = print(c, e->details);
        struct text data = print_value(c, &e->data);
        struct sqlite3_stmt *q =
            printed(c, err) ? store_statement(c,
                                              "INSERT INTO events(execution, id, previous, type,"
                                              " at_ms, details, data_name, data, data_ref)"
                                              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
                                              err)
                            : NULL;
        if (!q)
            return false;
        store_bind_id(q, 1, step->execution);
        store_bind_id(q, 2, e->id);
        store_bind_id(q, 3, e->previous);
        store_bind_str(q, 4, str_from_c(e->type));
        store_bind_int(q, 5, e->at_ms);
        bind_text(q, 6, c, details);
        store_bind_str(q, 7, str_from_c(e->data_name));
        bind_text(q, 8, c, data);
        bind_ref(q, 9, &e->data);
        if (e->is_input)
            store_bind_int(q, 9, 0);
        if (!store_run(c, q, err))
            return false;
    }
    return true;
}

/* -- frames -- */

static bool frame_put(const struct store_step *step, const struct step_frame *f,
                      struct store_connection *c, struct err *err)
{
    buf_reset(&c->scratch);
    struct text data = print(c, f->data);
    struct text input = print_value(c, &f->input);
    struct text work = print_value(c, &f->work);
    struct text output = print_value(c, &f->output);
    struct text variables = print_value(c, &f->variables);
    struct sqlite3_stmt *q =
        printed(c, err)
            ? store_statement(c,
                              "INSERT INTO frames(execution, id, parent, data, input, input_ref,"
                              " work, work_ref, output, output_ref, variables, variables_ref)"
                              " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
                              " ON CONFLICT(execution, id) DO UPDATE SET data = ?4, input = ?5,"
                              " input_ref = ?6, work = ?7, work_ref = ?8, output = ?9,"
                              " output_ref = ?10, variables = ?11, variables_ref = ?12",
                              err)
            : NULL;
    if (!q)
        return false;
    store_bind_id(q, 1, step->execution);
    store_bind_id(q, 2, f->id);
    store_bind_id(q, 3, f->parent);
    bind_text(q, 4, c, data);
    bind_text(q, 5, c, input);
    bind_ref(q, 6, &f->input);
    bind_text(q, 7, c, work);
    bind_ref(q, 8, &f->work);
    bind_text(q, 9, c, output);
    bind_ref(q, 10, &f->output);
    bind_text(q, 11, c, variables);
    bind_ref(q, 12, &f->variables);
    return store_run(c, q, err);
}

static const char frame_delete[] = "DELETE FROM frames WHERE execution = ?1 AND id = ?2";
/* UNION, not UNION ALL: parents that lead in a circle must end too. */
static const char frames_delete_under[] =
    "DELETE FROM frames WHERE execution = ?1 AND id IN ("
    "WITH RECURSIVE under(id) AS ("
    " SELECT id FROM frames WHERE execution = ?1 AND parent = ?2"
    " UNION SELECT f.id FROM under u JOIN frames f ON f.execution = ?1 AND f.parent = u.id)"
    " SELECT id FROM under)";

static bool run_with_frame(const struct store_step *step, struct store_connection *c,
                           const char *sql, uint64_t frame, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_id(q, 1, step->execution);
    store_bind_id(q, 2, frame);
    return store_run(c, q, err);
}

static bool op_apply(const struct store_step *step, size_t place, struct store_connection *c,
                     struct err *err)
{
    const struct step_op *op = &step->ops[place];
    if (op->kind == STEP_OP_DELETE_UNDER)
        return run_with_frame(step, c, frames_delete_under, op->parent, err);
    const struct step_frame *f = &step->frames[op->frame];
    if (f->op != place + 1)
        return true; // a later one does it
    if (f->state == STEP_FRAME_DELETED)
        return run_with_frame(step, c, frame_delete, f->id, err);
    return frame_put(step, f, c, err);
}

static bool frames_apply(const struct store_step *step, struct store_connection *c, struct err *err)
{
    for (size_t i = 0; i < step->ops_count; i++) {
        if (!op_apply(step, i, c, err))
            return false;
    }
    return true;
}

/* -- the end -- */

/* An execution of a machine that waits for its last one to end may be that one. */
static bool machine_reap(const struct store_step *step, struct store_connection *c, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c, "SELECT machine_arn FROM executions WHERE id = ?1", err);
    if (!q)
        return false;
    store_bind_id(q, 1, step->execution);
    bool removed = false;
    enum store_row row = store_step(c, q, err);
    bool ok = row == STORE_NO_ROW ||
              (row == STORE_ROW && store_machine_reap(c, store_column_str(q, 0), &removed, err));
    store_finish(q);
    return ok && (!removed ||
                  store_machines_any_deleting(c, &step->store->writer.machines_deleting, err));
}

static bool execution_end(const struct store_step *step, struct store_connection *c,
                          struct err *err)
{
    buf_reset(&c->scratch);
    struct text output = print_value(c, &step->output);
    struct sqlite3_stmt *q =
        printed(c, err) ? store_statement(c,
                                          "UPDATE executions SET status = ?2, stop_ms = ?3,"
                                          " output = ?4, output_ref = ?5, error = ?6, cause = ?7"
                                          " WHERE id = ?1 AND status = 'RUNNING'",
                                          err)
                        : NULL;
    if (!q)
        return false;
    store_bind_id(q, 1, step->execution);
    store_bind_text(q, 2, store_status_name(step->status));
    store_bind_int(q, 3, step->stop_ms);
    bind_text(q, 4, c, output);
    bind_ref(q, 5, &step->output);
    store_bind_str(q, 6, step->error);
    store_bind_str(q, 7, step->cause);
    return store_run(c, q, err);
}

static bool end_apply(const struct store_step *step, struct store_connection *c, struct err *err)
{
    if (!step->starts && !execution_end(step, c, err))
        return false;
    if (!step->frames_never && !step->starts &&
        !run_with_execution(c, "DELETE FROM frames WHERE execution = ?1", step->execution, err))
        return false;
    return !step->store->writer.machines_deleting || machine_reap(step, c, err);
}

bool step_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct store_step *step = (struct store_step *)(void *)job; // the job is its first member
    uint64_t *refused = &step->store->writer.refused[step->execution % STORE_REFUSED_KEPT];
    step->passed_over = step->starts ? step->no_memory : *refused == step->execution;
    if (!step->passed_over && step->starts && !start_apply(step, c, err))
        return false;
    bool written = !step->passed_over && step->result == STORE_STARTED;
    if (step->starts && !written)
        *refused = step->execution;
    else if (step->starts && *refused == step->execution)
        *refused = 0; // of a try that was rolled back
    if (!written)
        return true;
    return payloads_apply(step, c, err) && events_apply(step, c, err) &&
           step_map_runs_apply(step, c, err) &&
           (step->ends ? end_apply(step, c, err) : frames_apply(step, c, err));
}
