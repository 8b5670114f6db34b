/* Map Runs: a row for each visit of a distributed Map state, and its child executions.
 *
 * A run's row is written by steps of the execution whose state it is. Its counts are no columns:
 * they are those of the child executions' rows, which name their run and their items, so that no
 * count can differ from what there is.
 * Threads: as each function says. */
#ifndef STORE_MAP_RUNS_H
#define STORE_MAP_RUNS_H

#include "store/executions.h"

enum { STORE_NOT_GIVEN = -1 };

struct store_map_run {
    uint64_t id, execution, frame; /* frame: the Map state's, in its execution */
    str arn;
    str execution_arn, machine_arn; /* of that execution; when read */
    enum store_status status;       /* never STORE_TIMED_OUT */
    int64_t start_ms, stop_ms;      /* stop_ms 0: running */
    int64_t max_concurrency;        /* 0: none given */
    int64_t tolerated_count;        /* or STORE_NOT_GIVEN */
    double tolerated_percentage;    /* or STORE_NOT_GIVEN */
    uint64_t items;                 /* of the data set, once it is known */
    bool batched;                   /* a child execution may have more than one item */
};

/* -- writing; Threads: holder of the step. Blocks: never. -- */

/* A run as it is now: written whole, after the step's start. Copies. */
void store_step_map_run(struct store_step *step, const struct store_map_run *run);

/* -- reading; Threads: the connection's. Blocks: on the disk. Texts are of a. -- */
bool store_map_run_find(struct store_connection *c, struct arena *a, str arn,
                        struct store_map_run *out, bool *found, struct err *err);
bool store_map_run_get(struct store_connection *c, struct arena *a, uint64_t id,
                       struct store_map_run *out, bool *found, struct err *err);

/* Newest first, those below before_id (UINT64_MAX at first). out has room for limit. */
bool store_map_runs_list(struct store_connection *c, struct arena *a, str execution_arn,
                         uint64_t before_id, size_t limit, struct store_map_run *out, size_t *count,
                         struct err *err);

/* The largest id ever used; 0: none. */
bool store_map_run_last_id(struct store_connection *c, uint64_t *out, struct err *err);

struct store_map_counts {
    uint64_t executions[STORE_STATUS_COUNT], items[STORE_STATUS_COUNT];
};
bool store_map_run_counts(struct store_connection *c, uint64_t run, struct store_map_counts *out,
                          struct err *err);

/* A run's child executions in the order of their items, from the one with item `from` on, at most
 * limit (0: all). Lent to fn. Without texts, input and output (and arn, name, error, cause) are not
 * read: ptr NULL. */
bool store_map_children(struct store_connection *c, uint64_t run, uint64_t from, size_t limit,
                        bool texts, store_execution_each *fn, void *context, struct err *err);

/* Newest first; those below before_item (UINT64_MAX at first), of a status (-1: any); input,
 * output, error and cause are left out. out has room for limit. */
bool store_map_children_list(struct store_connection *c, struct arena *a, uint64_t run, int status,
                             uint64_t before_item, size_t limit, struct store_execution *out,
                             size_t *count, struct err *err);

#endif
