/* Map Runs: in a step, and read. */
#include "store/map_runs.h"

#include "executions_private.h"
#include "step_private.h"

/* -- in a step -- */

void store_step_map_run(struct store_step *step, const struct store_map_run *run)
{
    if (step->map_runs_count == step->map_runs_room)
        step->map_runs = step_array_grow(step->map_runs, NULL, step->map_runs_count,
                                         &step->map_runs_room, sizeof *step->map_runs);
    struct store_map_run *mine = &step->map_runs[step->map_runs_count++];
    char *arn = mem_new(run->arn.len + 1);
    memcpy(arn, run->arn.ptr, run->arn.len);
    *mine = *run;
    mine->arn = (str){arn, run->arn.len};
}

void step_map_runs_release(struct store_step *step)
{
    for (size_t i = 0; i < step->map_runs_count; i++)
        str_free(step->map_runs[i].arn);
    mem_free(step->map_runs);
}

static bool run_put(const struct store_map_run *r, struct store_connection *c, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c,
        "INSERT INTO map_runs(id, arn, execution, frame, status, start_ms, stop_ms,"
        " max_concurrency, tolerated_count, tolerated_percentage, items, batched)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)"
        " ON CONFLICT(id) DO UPDATE SET status = ?5, stop_ms = ?7, max_concurrency = ?8,"
        " tolerated_count = ?9, tolerated_percentage = ?10, items = ?11",
        err);
    if (!q)
        return false;
    store_bind_id(q, 1, r->id);
    store_bind_text(q, 2, r->arn);
    store_bind_id(q, 3, r->execution);
    store_bind_id(q, 4, r->frame);
    store_bind_text(q, 5, store_status_name(r->status));
    store_bind_int(q, 6, r->start_ms);
    if (r->stop_ms != 0)
        store_bind_int(q, 7, r->stop_ms);
    store_bind_int(q, 8, r->max_concurrency);
    if (r->tolerated_count >= 0)
        store_bind_int(q, 9, r->tolerated_count);
    if (r->tolerated_percentage >= 0)
        store_bind_double(q, 10, r->tolerated_percentage);
    store_bind_id(q, 11, r->items);
    store_bind_int(q, 12, r->batched);
    return store_run(c, q, err);
}

bool step_map_runs_apply(const struct store_step *step, struct store_connection *c, struct err *err)
{
    for (size_t i = 0; i < step->map_runs_count; i++) {
        if (!run_put(&step->map_runs[i], c, err))
            return false;
    }
    return true;
}

/* -- read -- */

#define RUN_COLUMNS                                                                                \
    "r.id, r.execution, r.frame, r.arn, x.arn, x.machine_arn, r.status, r.start_ms, r.stop_ms,"    \
    " r.max_concurrency, coalesce(r.tolerated_count, -1), coalesce(r.tolerated_percentage, -1),"   \
    " r.items, r.batched FROM map_runs r JOIN executions x ON x.id = r.execution"

static bool run_copy(struct store_connection *c, struct sqlite3_stmt *q, struct arena *a,
                     struct store_map_run *out, struct err *err)
{
    *out = (struct store_map_run){
        .id = store_column_id(q, 0),
        .execution = store_column_id(q, 1),
        .frame = store_column_id(q, 2),
        .start_ms = store_column_int(q, 7),
        .stop_ms = store_column_int(q, 8), // NULL reads as 0
        .max_concurrency = store_column_int(q, 9),
        .tolerated_count = store_column_int(q, 10),
        .tolerated_percentage = store_column_double(q, 11),
        .items = store_column_id(q, 12),
        .batched = store_column_int(q, 13) != 0,
    };
    str status = store_column_str(q, 6);
    if (!store_status_parse(status, &out->status))
        return err_set(err, ERR_STORE, "store '%s': Map Run %llu has the unknown status '%.*s'",
                       c->store->dir, (unsigned long long)out->id, STR_ARG(status));
    return store_column_copy(q, 3, a, &out->arn, err) &&
           store_column_copy(q, 4, a, &out->execution_arn, err) &&
           store_column_copy(q, 5, a, &out->machine_arn, err);
}

/* Steps a statement bound by the caller, which gives one run or none. */
static bool run_read(struct store_connection *c, struct sqlite3_stmt *q, struct arena *a,
                     struct store_map_run *out, bool *found, struct err *err)
{
    enum store_row row = store_step(c, q, err);
    bool ok = row == STORE_NO_ROW || (row == STORE_ROW && run_copy(c, q, a, out, err));
    store_finish(q);
    if (ok)
        *found = row == STORE_ROW;
    return ok;
}

bool store_map_run_find(struct store_connection *c, struct arena *a, str arn,
                        struct store_map_run *out, bool *found, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "SELECT " RUN_COLUMNS " WHERE r.arn = ?1", err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    return run_read(c, q, a, out, found, err);
}

bool store_map_run_get(struct store_connection *c, struct arena *a, uint64_t id,
                       struct store_map_run *out, bool *found, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "SELECT " RUN_COLUMNS " WHERE r.id = ?1", err);
    if (!q)
        return false;
    store_bind_id(q, 1, id);
    return run_read(c, q, a, out, found, err);
}

bool store_map_runs_list(struct store_connection *c, struct arena *a, str execution_arn,
                         uint64_t before_id, size_t limit, struct store_map_run *out, size_t *count,
                         struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c,
        "SELECT " RUN_COLUMNS " WHERE r.execution = (SELECT id FROM executions WHERE arn = ?1)"
        " AND r.id < ?2 ORDER BY r.id DESC LIMIT ?3",
        err);
    if (!q)
        return false;
    store_bind_text(q, 1, execution_arn);
    store_bind_id(q, 2, before_id);
    store_bind_id(q, 3, limit);
    size_t at = 0;
    enum store_row row = STORE_NO_ROW;
    while (at < limit && (row = store_step(c, q, err)) == STORE_ROW) {
        if (!run_copy(c, q, a, &out[at++], err)) {
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

bool store_map_run_last_id(struct store_connection *c, uint64_t *out, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "SELECT max(id) FROM map_runs", err);
    if (!q)
        return false;
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        *out = store_column_id(q, 0); // NULL reads as 0
    store_finish(q);
    return row == STORE_ROW;
}

bool store_map_run_counts(struct store_connection *c, uint64_t run, struct store_map_counts *out,
                          struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c,
                        "SELECT status, count(*), sum(items) FROM executions"
                        " INDEXED BY executions_by_map_run WHERE map_run = ?1 GROUP BY status",
                        err);
    if (!q)
        return false;
    *out = (struct store_map_counts){0};
    store_bind_id(q, 1, run);
    enum store_row row;
    while ((row = store_step(c, q, err)) == STORE_ROW) {
        enum store_status status;
        if (!store_status_parse(store_column_str(q, 0), &status))
            continue; // told of when that execution is read
        out->executions[status] = store_column_id(q, 1);
        out->items[status] = store_column_id(q, 2);
    }
    store_finish(q);
    return row == STORE_NO_ROW;
}

/* -- child executions -- */

static const char children_bare[] =
    "SELECT " EXECUTION_COLUMNS ", NULL, NULL, NULL, NULL, " EXECUTION_ITEM_COLUMNS
    " FROM executions INDEXED BY executions_by_map_run WHERE map_run = ?1 AND item >= ?2"
    " ORDER BY item LIMIT ?3";
static const char children_texts[] =
    "SELECT " EXECUTION_COLUMNS ", " EXECUTION_TEXTS ", " EXECUTION_ITEM_COLUMNS
    " FROM executions x INDEXED BY executions_by_map_run WHERE map_run = ?1 AND item >= ?2"
    " ORDER BY item LIMIT ?3";

bool store_map_children(struct store_connection *c, uint64_t run, uint64_t from, size_t limit,
                        bool texts, store_execution_each *fn, void *context, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, texts ? children_texts : children_bare, err);
    if (!q)
        return false;
    store_bind_id(q, 1, run);
    store_bind_id(q, 2, from);
    store_bind_int(q, 3, limit > 0 ? (int64_t)limit : -1); // of SQLite: -1 is no limit
    enum store_row row;
    bool ok = true;
    while (ok && (row = store_step(c, q, err)) != STORE_NO_ROW) {
        struct store_execution e;
        ok = row == STORE_ROW && execution_lend(c, q, &e, err);
        if (!ok)
            break;
        e.input = store_column_str(q, EXECUTION_INPUT);
        e.output = store_column_str(q, EXECUTION_OUTPUT);
        e.error = store_column_str(q, EXECUTION_ERROR);
        e.cause = store_column_str(q, EXECUTION_CAUSE);
        execution_lend_item(q, &e);
        ok = fn(context, &e, err);
    }
    store_finish(q);
    return ok;
}

bool store_map_children_list(struct store_connection *c, struct arena *a, uint64_t run, int status,
                             uint64_t before_item, size_t limit, struct store_execution *out,
                             size_t *count, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c,
        "SELECT " EXECUTION_COLUMNS ", NULL, NULL, NULL, NULL, " EXECUTION_ITEM_COLUMNS
        " FROM executions INDEXED BY executions_by_map_run WHERE map_run = ?1 AND item < ?2"
        " AND (?3 = '' OR status = ?3) ORDER BY item DESC LIMIT ?4",
        err);
    if (!q)
        return false;
    store_bind_id(q, 1, run);
    store_bind_id(q, 2, before_item);
    store_bind_text(q, 3, status < 0 ? STR("") : store_status_name((enum store_status)status));
    store_bind_id(q, 4, limit);
    size_t at = 0;
    enum store_row row = STORE_NO_ROW;
    while (at < limit && (row = store_step(c, q, err)) == STORE_ROW) {
        struct store_execution *e = &out[at++];
        if (!execution_copy(c, q, a, e, err)) {
            row = STORE_ROW_ERROR;
            break;
        }
        execution_lend_item(q, e);
    }
    store_finish(q);
    if (row == STORE_ROW_ERROR)
        return false;
    *count = at;
    return true;
}
