/* What the store's files share: the store itself, a connection, and the small means between them.
 *
 * Who touches what: `writer` fields by the thread of that name alone once it runs, `readers` under
 * its lock, the queue under its own; all else is set before the writer starts and not changed. */
#ifndef STORE_PRIVATE_H
#define STORE_PRIVATE_H

#include "base/json.h"
#include "base/mem.h"
#include "limits.h"
#include "store/sql.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct sqlite3;

/* A prepared statement under the address of its text; an empty slot's sql is NULL. */
struct statement_slot {
    const char *sql;
    struct sqlite3_stmt *statement;
};

struct store_connection {
    struct store *store;
    struct sqlite3 *db;
    struct statement_slot *slots; /* a power of two of them, at most half filled */
    size_t slots_count, filled;
    struct buf scratch;            /* texts being bound */
    struct store_connection *next; /* of store->readers */
};

struct job_list {
    struct store_job *first, *last;
};

enum writer_wait { WRITER_WORKS, WRITER_WAITS_ANY, WRITER_WAITS_SOON, WRITER_WAITS_RETRY };

struct writer {
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* guards down to closing */
    pthread_cond_t wake;
    struct job_list queue;
    bool soon, refusable; /* a job of that flag is in the queue */
    enum writer_wait waits;
    bool closing;

    atomic_size_t waiting; /* jobs submitted and not done; relaxed: a hint */
    atomic_bool stalled;   /* relaxed: a hint */

    /* the writer thread's own */
    struct job_list group;                /* taken from the queue, not yet committed */
    int64_t retry_at_ns, retry_delay_ms;  /* while stalled */
    int64_t give_up_ns;                   /* when closing; 0: not yet */
    bool told;                            /* the log knows of the stall */
    bool machines_deleting;               /* perhaps some machine is DELETING */
    uint64_t refused[STORE_REFUSED_KEPT]; /* by id modulo their number; 0: none */
};

struct store {
    char *dir, *path; /* the data directory; the database in it */
    bool throw_away;  /* the directory goes at close */
    int lock_fd;      /* holds the lock; -1: none */
    enum store_durability durability;
    bool eager;
    struct clock *clock; /* may be NULL */

    struct store_connection *connection; /* the writer's */
    struct writer writer;

    bool has_reader_key;
    pthread_key_t reader_key;
    pthread_mutex_t readers_lock; /* guards readers */
    struct store_connection *readers;
};

/* -- store.c -- */
/* Ends the process for a pthread call that failed: a bug, or a system that cannot go on. */
void store_must(int rc, const char *call);

/* -- schema.c -- */
/* Brings the file to this version. Errors: ERR_STORE_NEWER, ERR_STORE, ERR_STORE_FULL. */
bool store_migrate(struct store_connection *c, struct err *err);

/* -- writer.c -- */
bool store_writer_start(struct store *s, struct err *err);
void store_writer_stop(struct store *s); /* accepts one that was not started */

/* -- connection.c -- */
enum connection_kind { CONNECTION_WRITER, CONNECTION_READER };
/* Gives a connection (store_connection_close), or NULL. */
struct store_connection *store_connection_open(struct store *s, enum connection_kind kind,
                                               struct err *err);
void store_connection_close(struct store_connection *c); /* accepts NULL */
/* Turns the write-ahead log on; not before the file is known to be ours. */
bool store_connection_start_log(struct store_connection *c, struct err *err);
/* Runs static SQL texts, several in one, that give no rows. */
bool store_connection_exec(struct store_connection *c, const char *sql, struct err *err);

/* Sets err from SQLite's result; gives false. */
bool store_fail(struct store_connection *c, int rc, struct err *err);

/* Runs a static statement without parameters and rows. */
bool store_run_sql(struct store_connection *c, const char *sql, struct err *err);

/* As store_bind_str, an absent or empty text as ''. */
void store_bind_text(struct sqlite3_stmt *q, int i, str s);
/* Bytes that need not be text. */
void store_bind_blob(struct sqlite3_stmt *q, int i, str s);
/* A number below 2^63: larger ones are bound as its largest. */
void store_bind_id(struct sqlite3_stmt *q, int i, uint64_t v);
uint64_t store_column_id(struct sqlite3_stmt *q, int i);

/* -- machines.c -- */
/* Removes a machine that is DELETING and has no running execution. */
bool store_machine_reap(struct store_connection *c, str arn, bool *removed, struct err *err);
bool store_machines_any_deleting(struct store_connection *c, bool *any, struct err *err);

#endif
