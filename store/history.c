/* Histories, read: events in the order of their key, so a page costs what is on it. */
#include "store/executions.h"
#include "store_private.h"

#define EVENT_COLUMNS                                                                              \
    "id, previous, type, at_ms, details, data_name, CASE WHEN data_ref IS NULL THEN data"          \
    " WHEN data_ref = 0 THEN (SELECT input FROM executions WHERE id = e.execution)"                \
    " ELSE (SELECT body FROM payloads WHERE execution = e.execution AND id = e.data_ref) END"

static const char read_forward[] = "SELECT " EVENT_COLUMNS " FROM events e"
                                   " WHERE execution = ?1 AND id >= ?2 ORDER BY id LIMIT ?3";
static const char read_backward[] = "SELECT " EVENT_COLUMNS " FROM events e"
                                    " WHERE execution = ?1 AND id <= ?2 ORDER BY id DESC LIMIT ?3";

bool store_events_read(struct store_connection *c, uint64_t execution, uint64_t from, bool reverse,
                       size_t limit, store_event_each *fn, void *context, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, reverse ? read_backward : read_forward, err);
    if (!q)
        return false;
    store_bind_id(q, 1, execution);
    store_bind_id(q, 2, from);
    store_bind_id(q, 3, limit);
    enum store_row row;
    bool ok = true;
    while (ok && (row = store_step(c, q, err)) != STORE_NO_ROW) {
        ok = row == STORE_ROW;
        if (!ok)
            break;
        struct store_event_row e = {
            .id = store_column_id(q, 0),
            .previous = store_column_id(q, 1),
            .type = store_column_str(q, 2),
            .at_ms = store_column_int(q, 3),
            .details = store_column_str(q, 4),
            .data_name = store_column_str(q, 5),
            .data = store_column_str(q, 6),
        };
        ok = fn(context, &e, err);
    }
    store_finish(q);
    return ok;
}
