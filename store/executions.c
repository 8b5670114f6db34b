/* Executions, read. Outputs that are payloads are resolved by the statement itself, so that row and
 * payload are of one snapshot. */
#include "executions_private.h"

static const str status_names[STORE_STATUS_COUNT] = {
    [STORE_RUNNING] = STR_INIT("RUNNING"), [STORE_SUCCEEDED] = STR_INIT("SUCCEEDED"),
    [STORE_FAILED] = STR_INIT("FAILED"),   [STORE_TIMED_OUT] = STR_INIT("TIMED_OUT"),
    [STORE_ABORTED] = STR_INIT("ABORTED"),
};

str store_status_name(enum store_status s)
{
    return status_names[s];
}

bool store_status_parse(str text, enum store_status *out)
{
    for (size_t i = 0; i < STORE_STATUS_COUNT; i++) {
        if (str_eq(text, status_names[i])) {
            *out = (enum store_status)i;
            return true;
        }
    }
    return false;
}

/* The columns are those of executions_private.h. */
bool execution_lend(struct store_connection *c, struct sqlite3_stmt *q, struct store_execution *out,
                    struct err *err)
{
    *out = (struct store_execution){
        .id = store_column_id(q, 0),
        .arn = store_column_str(q, 1),
        .machine_arn = store_column_str(q, 2),
        .name = store_column_str(q, 3),
        .revision = store_column_int(q, 4),
        .express = str_eq(store_column_str(q, 5), STR("EXPRESS")),
        .start_ms = store_column_int(q, 7),
        .stop_ms = store_column_int(q, 8), // NULL reads as 0
    };
    str status = store_column_str(q, 6);
    return store_status_parse(status, &out->status) ||
           err_set(err, ERR_STORE, "store '%s': execution %llu has the unknown status '%.*s'",
                   c->store->dir, (unsigned long long)out->id, STR_ARG(status));
}

void execution_lend_item(struct sqlite3_stmt *q, struct store_execution *out)
{
    out->map_run = store_column_id(q, EXECUTION_MAP_RUN); // NULL reads as 0
    out->item = store_column_id(q, EXECUTION_ITEM);
    out->items = store_column_id(q, EXECUTION_ITEMS);
}

bool execution_copy(struct store_connection *c, struct sqlite3_stmt *q, struct arena *a,
                    struct store_execution *out, struct err *err)
{
    return execution_lend(c, q, out, err) && store_column_copy(q, 1, a, &out->arn, err) &&
           store_column_copy(q, 2, a, &out->machine_arn, err) &&
           store_column_copy(q, 3, a, &out->name, err);
}

bool store_execution_find(struct store_connection *c, struct arena *a, str arn,
                          struct store_execution *out, bool *found, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c,
                        "SELECT " EXECUTION_COLUMNS ", " EXECUTION_TEXTS ", " EXECUTION_ITEM_COLUMNS
                        " FROM executions x WHERE arn = ?1",
                        err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    enum store_row row = store_step(c, q, err);
    bool ok = row == STORE_NO_ROW;
    if (row == STORE_ROW)
        ok = execution_copy(c, q, a, out, err) &&
             store_column_copy(q, EXECUTION_INPUT, a, &out->input, err) &&
             store_column_copy(q, EXECUTION_OUTPUT, a, &out->output, err) &&
             store_column_copy(q, EXECUTION_ERROR, a, &out->error, err) &&
             store_column_copy(q, EXECUTION_CAUSE, a, &out->cause, err);
    if (row == STORE_ROW && ok)
        execution_lend_item(q, out);
    store_finish(q);
    if (ok)
        *found = row == STORE_ROW;
    return ok;
}

/* Three texts, because each has its index: any status; RUNNING, by the index of those alone;
 * another status, by reading past those of other statuses. */
static const char list_any[] = "SELECT " EXECUTION_COLUMNS " FROM executions"
                               " WHERE machine_arn = ?1 AND (start_ms, id) < (?2, ?3)"
                               " ORDER BY start_ms DESC, id DESC LIMIT ?4";
static const char list_running[] =
    "SELECT " EXECUTION_COLUMNS " FROM executions INDEXED BY executions_running"
    " WHERE machine_arn = ?1 AND status = 'RUNNING' AND (start_ms, id) < (?2, ?3)"
    " ORDER BY start_ms DESC, id DESC LIMIT ?4";
static const char list_status[] =
    "SELECT " EXECUTION_COLUMNS " FROM executions INDEXED BY executions_by_machine"
    " WHERE machine_arn = ?1 AND status = ?5 AND (start_ms, id) < (?2, ?3)"
    " ORDER BY start_ms DESC, id DESC LIMIT ?4";

bool store_executions_list(struct store_connection *c, struct arena *a,
                           const struct store_executions_page *page, struct store_execution *out,
                           size_t *count, struct err *err)
{
    const char *sql = page->status < 0                ? list_any
                      : page->status == STORE_RUNNING ? list_running
                                                      : list_status;
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_text(q, 1, page->machine_arn);
    store_bind_int(q, 2, page->before_ms);
    store_bind_id(q, 3, page->before_id);
    store_bind_id(q, 4, page->limit);
    if (sql == list_status)
        store_bind_text(q, 5, store_status_name((enum store_status)page->status));
    size_t at = 0;
    enum store_row row = STORE_NO_ROW;
    while (at < page->limit && (row = store_step(c, q, err)) == STORE_ROW) {
        if (!execution_copy(c, q, a, &out[at++], err)) {
            row = STORE_ROW_ERROR;
            break;
        }
    }
    store_finish(q);
    if (row == STORE_ROW_ERROR)
        return false;
    *count = at;
    return true;
}

bool store_executions_running(struct store_connection *c, store_execution_each *fn, void *context,
                              struct err *err)
{
    // The ids are collected from the index and sorted alone, not with their inputs.
    struct sqlite3_stmt *q =
        store_statement(c,
                        "SELECT " EXECUTION_COLUMNS ", input, NULL, NULL, NULL,"
                        " " EXECUTION_ITEM_COLUMNS " FROM executions WHERE id IN"
                        " (SELECT id FROM executions INDEXED BY executions_running"
                        "  WHERE status = 'RUNNING') ORDER BY id",
                        err);
    if (!q)
        return false;
    enum store_row row;
    bool ok = true;
    while (ok && (row = store_step(c, q, err)) != STORE_NO_ROW) {
        struct store_execution e;
        ok = row == STORE_ROW && execution_lend(c, q, &e, err);
        if (ok) {
            e.input = store_column_str(q, EXECUTION_INPUT);
            execution_lend_item(q, &e);
            ok = fn(context, &e, err);
        }
    }
    store_finish(q);
    return ok;
}

/* One number from a statement without parameters or with an execution's id; NULL reads as 0. */
static bool number_read(struct store_connection *c, struct sqlite3_stmt *q, uint64_t *out,
                        struct err *err)
{
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        *out = store_column_id(q, 0);
    store_finish(q);
    return row == STORE_ROW;
}

bool store_execution_last_id(struct store_connection *c, uint64_t *out, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "SELECT max(id) FROM executions", err);
    return q && number_read(c, q, out, err);
}

bool store_payloads_next_id(struct store_connection *c, uint64_t execution, uint64_t *out,
                            struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c, "SELECT coalesce(max(id), 0) + 1 FROM payloads WHERE execution = ?1", err);
    if (!q)
        return false;
    store_bind_id(q, 1, execution);
    return number_read(c, q, out, err);
}
