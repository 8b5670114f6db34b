/* The store: one SQLite file in WAL mode, one writer thread, readers on their own connections.
 *
 * A write is a job in a queue. The writer takes what is there, runs each job inside one transaction
 * and commits them together (group commit); only then are their done functions called, so that
 * nobody hears of what a power cut could undo. A job marked STORE_SOON is committed at once, others
 * within a few milliseconds.
 *
 * When the disk is full the group is rolled back. Jobs marked STORE_REFUSABLE are refused with
 * ERR_STORE_FULL; all others stay queued, in order, and are tried again until they succeed: what
 * they hold waits, nothing is lost or half-written.
 *
 * The schema is a public interface: docs/store.md. Forward migrations only; a newer file is
 * refused. Threads: any, unless said. */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/thread.h"

struct store;
struct store_connection; /* an SQLite connection with its prepared statements */

enum store_durability { STORE_FULL, STORE_NORMAL, STORE_OFF };

bool store_durability_parse(str text, enum store_durability *out);

struct store_options {
    str data_dir; /* made when missing; ":memory:" is a throw-away directory removed at close */
    enum store_durability durability;
    struct clock *clock; /* held while jobs are queued or being committed; NULL: none */
    bool eager;          /* never waits for more jobs before a commit: for a clock that skips */
};

/* Opens, migrates, starts the writer. Errors: ERR_STORE_IN_USE ("the data directory 'x' is in use
 * by another stepd (pid 12)"), ERR_STORE_NEWER, ERR_STORE_READ_ONLY, ERR_STORE, ERR_SYSTEM.
 * Threads: setup. Blocks: on the disk. */
struct store *store_open(const struct store_options *options, struct err *err);

/* Commits what is queued, stops the writer, closes. While the disk is full, what waits is dropped
 * after a second and logged. Frees s. */
void store_close(struct store *s);

/* -- writing -- */
enum {
    STORE_SOON = 1,      /* someone waits for the commit */
    STORE_MAY_FAIL = 2,  /* apply may refuse: its changes alone are undone (a savepoint) */
    STORE_REFUSABLE = 4, /* a full disk refuses it instead of keeping it */
};

struct store_job;
/* Threads: writer, inside the transaction. On false *err is set and, without STORE_MAY_FAIL, that
 * is a bug or a broken disk: it is retried as a full disk is. May run again after a rollback: it
 * must not give its inputs away. */
typedef bool store_apply(struct store_job *job, struct store_connection *c, struct err *err);
/* Threads: writer, after the commit (or the refusal). Takes job. Must be short, may queue jobs. err
 * is never NULL: none when committed. */
typedef void store_done(struct store_job *job, const struct err *err);

/* Embedded as the first member of what the caller wants written. */
struct store_job {
    struct queue_link link;
    store_apply *apply;
    store_done *done;
    int flags;
    struct err refusal; /* the store's own, while queued */
};

/* Takes job until done. Threads: any. Blocks: never. */
void store_submit_take(struct store *s, struct store_job *job);

/* Jobs waiting: who can wait should, past a few thousand. */
size_t store_queued(struct store *s);
/* True while the disk refuses writes. */
bool store_is_stalled(struct store *s);

/* -- reading: the calling thread's own connection, opened on first use; lent until store_close --
 */
struct store_connection *store_reader(struct store *s, struct err *err);

/* -- small facts kept under a name (secrets, counters). Writer's connection to set. -- */
bool store_meta_get(struct store_connection *c, str name, struct buf *out, bool *found,
                    struct err *err);
bool store_meta_set(struct store_connection *c, str name, str value, struct err *err);

#endif
