/* State machines and revisions.
 *
 * state_machines has what changes (status, the current revision), revisions what is fixed once
 * made. A revision carries name and type as well, so that an execution's machine can be told after
 * the machine itself is gone. */
#include "store/machines.h"

#include "store_private.h"

/* Both reads of a whole machine give these columns, in this order. */
#define MACHINE_COLUMNS                                                                              \
    "r.machine_arn, r.name, r.type, coalesce(m.status, 'DELETING'), coalesce(m.created_ms, "         \
    "r.made_ms), "                                                                                   \
    "r.made_ms, r.id, r.revision_id, r.role_arn, r.definition, r.logging, r.tracing, r.encryption, " \
    "coalesce(r.variable_references, '')"

static str type_name(bool express)
{
    return express ? STR("EXPRESS") : STR("STANDARD");
}

static bool machine_read(struct sqlite3_stmt *q, struct arena *a, struct store_machine *out,
                         struct err *err)
{
    *out = (struct store_machine){
        .express = str_eq(store_column_str(q, 2), STR("EXPRESS")),
        .deleting = str_eq(store_column_str(q, 3), STR("DELETING")),
        .created_ms = store_column_int(q, 4),
        .updated_ms = store_column_int(q, 5),
        .revision = store_column_int(q, 6),
    };
    return store_column_copy(q, 0, a, &out->arn, err) &&
           store_column_copy(q, 1, a, &out->name, err) &&
           store_column_copy(q, 7, a, &out->revision_id, err) &&
           store_column_copy(q, 8, a, &out->role_arn, err) &&
           store_column_copy(q, 9, a, &out->definition, err) &&
           store_column_copy(q, 10, a, &out->logging_json, err) &&
           store_column_copy(q, 11, a, &out->tracing_json, err) &&
           store_column_copy(q, 12, a, &out->encryption_json, err) &&
           store_column_copy(q, 13, a, &out->variable_references_json, err);
}

/* One machine or none from a bound statement, which is finished. */
static bool machine_find(struct store_connection *c, struct sqlite3_stmt *q, struct arena *a,
                         struct store_machine *out, bool *found, struct err *err)
{
    enum store_row row = store_step(c, q, err);
    bool ok = row == STORE_NO_ROW || (row == STORE_ROW && machine_read(q, a, out, err));
    store_finish(q);
    if (ok)
        *found = row == STORE_ROW;
    return ok;
}

bool store_machine_find(struct store_connection *c, struct arena *a, str arn,
                        struct store_machine *out, bool *found, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c,
                                             "SELECT " MACHINE_COLUMNS " FROM state_machines m"
                                             " JOIN revisions r ON r.id = m.revision"
                                             " WHERE m.arn = ?1",
                                             err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    return machine_find(c, q, a, out, found, err);
}

bool store_machine_revision(struct store_connection *c, struct arena *a, int64_t revision,
                            struct store_machine *out, bool *found, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c,
                                             "SELECT " MACHINE_COLUMNS " FROM revisions r"
                                             " LEFT JOIN state_machines m ON m.arn = r.machine_arn"
                                             " WHERE r.id = ?1",
                                             err);
    if (!q)
        return false;
    store_bind_int(q, 1, revision);
    return machine_find(c, q, a, out, found, err);
}

bool store_machines_list(struct store_connection *c, struct arena *a, str after, size_t limit,
                         struct store_machine *out, size_t *count, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c,
                        "SELECT arn, name, type, status, created_ms, updated_ms, revision"
                        " FROM state_machines WHERE arn > ?1 ORDER BY arn LIMIT ?2",
                        err);
    if (!q)
        return false;
    store_bind_text(q, 1, after);
    store_bind_id(q, 2, limit);
    size_t at = 0;
    enum store_row row = STORE_NO_ROW;
    while (at < limit && (row = store_step(c, q, err)) == STORE_ROW) {
        struct store_machine *m = &out[at++];
        *m = (struct store_machine){
            .express = str_eq(store_column_str(q, 2), STR("EXPRESS")),
            .deleting = str_eq(store_column_str(q, 3), STR("DELETING")),
            .created_ms = store_column_int(q, 4),
            .updated_ms = store_column_int(q, 5),
            .revision = store_column_int(q, 6),
        };
        if (!store_column_copy(q, 0, a, &m->arn, err) ||
            !store_column_copy(q, 1, a, &m->name, err)) {
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

static bool revision_insert(struct store_connection *c, const struct store_machine *m,
                            int64_t *revision, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c,
                        "INSERT INTO revisions(machine_arn, name, type, revision_id, made_ms,"
                        " role_arn, definition, logging, tracing, encryption,"
                        " variable_references)"
                        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, nullif(?11, ''))"
                        " RETURNING id",
                        err);
    if (!q)
        return false;
    store_bind_text(q, 1, m->arn);
    store_bind_text(q, 2, m->name);
    store_bind_text(q, 3, type_name(m->express));
    store_bind_text(q, 4, m->revision_id);
    store_bind_int(q, 5, m->updated_ms);
    store_bind_text(q, 6, m->role_arn);
    store_bind_text(q, 7, m->definition);
    store_bind_text(q, 8, m->logging_json);
    store_bind_text(q, 9, m->tracing_json);
    store_bind_text(q, 10, m->encryption_json);
    store_bind_text(q, 11, m->variable_references_json);
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        *revision = store_column_int(q, 0);
    store_finish(q);
    return row == STORE_ROW;
}

bool store_machine_insert(struct store_connection *c, const struct store_machine *m,
                          int64_t *revision, struct err *err)
{
    int64_t made = 0;
    if (!revision_insert(c, m, &made, err))
        return false;
    struct sqlite3_stmt *q =
        store_statement(c,
                        "INSERT INTO state_machines(arn, name, type, status, created_ms,"
                        " updated_ms, revision) VALUES(?1, ?2, ?3, 'ACTIVE', ?4, ?5, ?6)",
                        err);
    if (!q)
        return false;
    store_bind_text(q, 1, m->arn);
    store_bind_text(q, 2, m->name);
    store_bind_text(q, 3, type_name(m->express));
    store_bind_int(q, 4, m->created_ms);
    store_bind_int(q, 5, m->updated_ms);
    store_bind_int(q, 6, made);
    if (!store_run(c, q, err))
        return false;
    *revision = made;
    return true;
}

bool store_machine_update(struct store_connection *c, const struct store_machine *m,
                          int64_t *revision, struct err *err)
{
    int64_t made = 0;
    if (!revision_insert(c, m, &made, err))
        return false;
    struct sqlite3_stmt *q = store_statement(
        c, "UPDATE state_machines SET revision = ?2, updated_ms = ?3 WHERE arn = ?1", err);
    if (!q)
        return false;
    store_bind_text(q, 1, m->arn);
    store_bind_int(q, 2, made);
    store_bind_int(q, 3, m->updated_ms);
    if (!store_run(c, q, err))
        return false;
    if (store_changes(c) == 0)
        return err_set(err, ERR_STATE_MACHINE_DOES_NOT_EXIST,
                       "State Machine Does Not Exist: '%.*s'", STR_ARG(m->arn));
    *revision = made;
    return true;
}

/* Runs a statement whose one parameter is the machine's ARN. */
static bool run_with_arn(struct store_connection *c, const char *sql, str arn, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    return store_run(c, q, err);
}

bool store_machine_reap(struct store_connection *c, str arn, bool *removed, struct err *err)
{
    if (!run_with_arn(c,
                      "DELETE FROM state_machines WHERE arn = ?1 AND status = 'DELETING'"
                      " AND NOT EXISTS(SELECT 1 FROM executions"
                      "  WHERE machine_arn = ?1 AND status = 'RUNNING')",
                      arn, err))
        return false;
    bool gone = store_changes(c) > 0;
    // Its revisions stay while executions may name them.
    if (gone && (!run_with_arn(c, "DELETE FROM tags WHERE arn = ?1", arn, err) ||
                 !run_with_arn(c,
                               "DELETE FROM revisions WHERE machine_arn = ?1"
                               " AND NOT EXISTS(SELECT 1 FROM executions WHERE machine_arn = ?1)",
                               arn, err)))
        return false;
    *removed = gone;
    return true;
}

bool store_machine_delete(struct store_connection *c, str arn, bool *removed, struct err *err)
{
    if (!run_with_arn(c, "UPDATE state_machines SET status = 'DELETING' WHERE arn = ?1", arn, err))
        return false;
    if (store_changes(c) == 0) {
        *removed = true; // there is none: it is as the caller wants it
        return true;
    }
    // Set too early at worst, if the transaction is rolled back: then it costs a look at each end.
    c->store->writer.machines_deleting = true;
    return store_machine_reap(c, arn, removed, err);
}

bool store_machines_any_deleting(struct store_connection *c, bool *any, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c, "SELECT EXISTS(SELECT 1 FROM state_machines WHERE status = 'DELETING')", err);
    if (!q)
        return false;
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        *any = store_column_int(q, 0) != 0;
    store_finish(q);
    return row == STORE_ROW;
}
