/* Every number of the store with a reason. */
#ifndef STORE_LIMITS_H
#define STORE_LIMITS_H

enum {
    /* How long the writer waits for company when nobody waits for the commit, and how long it keeps
     * trying at close. The first is below what a person or a poll notices and ten times an fsync of
     * a good disk; the second is from store.h. */
    STORE_LINGER_MS = 3,
    STORE_CLOSE_PATIENCE_MS = 1000,

    /* Between tries while the disk refuses: doubled from the first to the last. */
    STORE_RETRY_MIN_MS = 100,
    STORE_RETRY_MAX_MS = 2000,

    /* For another process (a person's sqlite3) that holds SQLite's lock. */
    STORE_BUSY_TIMEOUT_MS = 5000,

    /* Text made in one call: above the largest state data a lifted limit lets through, below
     * SQLite's own maximum of a value (SQLITE_MAX_LENGTH, 1,000,000,000). */
    STORE_TEXT_MAX_BYTES = 512 * 1024 * 1024,
    /* Scratch memory kept between groups; a larger buffer goes back. */
    STORE_SCRATCH_KEPT_BYTES = 64 * 1024,

    /* Ids of executions whose start was not written are remembered by id modulo this, so that steps
     * which were queued behind the start are passed over. Ids are given in order: the last so many.
     */
    STORE_REFUSED_KEPT = 4096,

    /* Payloads whose parsed value is shared while frames are read. */
    STORE_FRAME_VALUES_KEPT = 8,

    STORE_PATH_MAX_BYTES = 4000, /* of a data directory: PATH_MAX (4096) less the files' names */
};

/* A closed execution's name may be used again after 90 days. Source: API reference, StartExecution,
 * "name": "must be unique for your AWS account, Region, and state machine for 90 days". */
#define STORE_NAME_KEPT_MS ((int64_t)90 * 24 * 60 * 60 * 1000)

#endif
