/* Every number of the engine with its source. */
#ifndef ENGINE_LIMITS_H
#define ENGINE_LIMITS_H

#include <stdint.h>

enum {
    /* -- AWS's -- */

    /* Bytes of a state's input, output and of a Task's payload.
     * Source: Service quotas, "Maximum input or output size for a task, state, or execution". */
    STATE_DATA_MAX_BYTES = 262144,

    /* Events of a STANDARD execution; the last of them is then ExecutionFailed. Source: Service
     * quotas, "Maximum execution history size"; measured: event 25,000 is ExecutionFailed. */
    HISTORY_EVENTS_MAX = 25000,

    /* Source: Developer Guide, "Choosing workflow type": five minutes for EXPRESS. */
    EXPRESS_MAX_S = 300,
    /* Source: Service quotas, "Maximum execution time" of STANDARD: one year. */
    STANDARD_MAX_S = 365 * 24 * 3600,

    /* Iterations of an inline Map at once, asked for or not. Source: Developer Guide, "Using Map
     * state in Inline mode": "up to 40 concurrent iterations". */
    MAP_CONCURRENCY_MAX = 40,

    /* Child executions of a Map Run at once. Source: Developer Guide, "Using Map state in
     * Distributed mode": up to 10,000 parallel child workflow executions. */
    MAP_RUN_CONCURRENCY_MAX = 10000,

    /* -- ours -- */

    /* Children that a Map Run starts before others have their turn. */
    MAP_RUN_STARTS_MAX = 64,

    /* Results of a Map Run in one object, and children read from the store at a time. AWS's objects
     * hold up to 5 GB; these are made in memory. */
    RESULT_FILE_BYTES = 8 * 1024 * 1024,
    RESULT_PAGE = 64,

    /* Events after which a run writes what it has and lets others run: the store's steps stay
     * small, and an endless loop keeps nobody waiting longer than some milliseconds. */
    RUN_EVENTS_MAX = 256,

    /* Jobs in the store's queue past which executions wait for their own last step's commit before
     * they run on: some tens of milliseconds of writing, and bounded memory. */
    STORE_QUEUE_HIGH = 2048,

    /* Checked definitions kept: slots (by revision) and bytes of their texts all together. */
    DEFINITIONS_KEPT = 256,
    DEFINITIONS_KEPT_BYTES = 32 * 1024 * 1024,

    /* The table of executions at first; it doubles. A power of two. */
    TABLE_FIRST_SLOTS = 256,
    /* Frames of an execution past which it has an index of them. */
    FRAMES_FEW = 4,

    /* A machine's row: its definition has at most 1,048,576 characters, of at most four bytes. */
    MACHINE_MAX_BYTES = 16 * 1024 * 1024,

    MAP_RUN_ROW_MAX_BYTES = 16 * 1024, /* a Map Run's row: three ARNs */

    WORKERS_MAX = 64,

    /* How long engine_stop waits between looks at a store that may be stalled. */
    STOP_LOOK_MS = 50,

    /* The error and cause texts that failures carry are bounded by their makers; this bounds what
     * we print ourselves. */
    TEXT_MAX_BYTES = 4096,
};

#define MS_NEVER INT64_MAX

/* Variables. Source: Developer Guide, "Passing data between states with variables", "Limits". */
enum {
    VARIABLES_ASSIGN_MAX_BYTES = 256 * 1024, /* of one Assign */
    VARIABLES_MAX_BYTES = 10 * 1024 * 1024,  /* of all that are set */
};

#endif
