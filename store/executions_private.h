/* What the files that read executions' rows share: the columns, and a row as a struct. */
#ifndef STORE_EXECUTIONS_PRIVATE_H
#define STORE_EXECUTIONS_PRIVATE_H

#include "store/executions.h"
#include "store_private.h"

/* What every read gives first, in this order. None of them lies behind a large value. */
#define EXECUTION_COLUMNS "id, arn, machine_arn, name, revision, type, status, start_ms, stop_ms"
/* Then, if at all, the texts (of executions x) and the place in a Map Run. */
#define EXECUTION_TEXTS                                                                            \
    "input, coalesce(output, (SELECT body FROM payloads"                                           \
    " WHERE execution = x.id AND id = x.output_ref)), error, cause"
#define EXECUTION_ITEM_COLUMNS "map_run, item, items"

enum {
    EXECUTION_INPUT = 9,
    EXECUTION_OUTPUT,
    EXECUTION_ERROR,
    EXECUTION_CAUSE,
    EXECUTION_MAP_RUN,
    EXECUTION_ITEM,
    EXECUTION_ITEMS
};

/* The first columns; texts are lent until the statement's next step. */
bool execution_lend(struct store_connection *c, struct sqlite3_stmt *q, struct store_execution *out,
                    struct err *err);
/* The same, texts copied into a. */
bool execution_copy(struct store_connection *c, struct sqlite3_stmt *q, struct arena *a,
                    struct store_execution *out, struct err *err);
/* The place in a Map Run. */
void execution_lend_item(struct sqlite3_stmt *q, struct store_execution *out);

#endif
