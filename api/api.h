/* The Step Functions API: JSON 1.0 operations, a row each, over HTTP.
 *
 * An operation's row names it, the shape its input must have, and its code. Inputs are checked
 * before anything happens, in AWS's words. What is not a row answers UnknownOperationException.
 * To add an operation: 1. its row in operations.c, sorted; 2. its shape in shapes.c; 3. its code in
 * the file of its family; 4. its test in tests/e2e.
 * Source: botocore's service model `stepfunctions`.
 * Threads: any, unless said. Blocks: never. */
#ifndef API_API_H
#define API_API_H

#include "engine/engine.h"
#include "net/http_server.h"

struct api;

struct api_options {
    struct engine *engine;
    struct store *store;
    struct clock *clock;
    str region, account;
    uint64_t seed; /* of names, ids and tokens it makes */
    bool limits_off;
};

/* Threads: setup. */
struct api *api_new(const struct api_options *options, struct err *err);
/* Refuses every call that still waits: nobody is left to answer it. After the engine and the store
 * have stopped, before the listener. */
void api_stop(struct api *a);
void api_free(struct api *a); /* after the listener has stopped; accepts NULL */

/* Answers one POST with an X-Amz-Target. Takes x. Threads: http. */
void api_handle_take(struct api *a, struct http_exchange *x);

/* Prometheus text of counters (requests by operation and outcome, open executions) appended. */
void api_metrics(struct api *a, struct buf *out);

/* One request body against an operation's shape, without running it: for fuzzing and tests.
 * operation: "StartExecution". */
bool api_check(str operation, str body, struct err *err);

#endif
