/* The writer: takes jobs from the queue, commits them in groups, tells each when it is done.
 *
 *     submit -> queue -> group -> BEGIN, apply each, COMMIT -> done each
 *                          ^              |
 *                          |           refused by the disk: ROLLBACK; refusable jobs are done with
 *                          +-- wait <-----+ ERR_STORE_FULL, the others stay in the group, in order
 *
 * 1. Jobs are applied in the order of submission, also across rollbacks: what stays in the group
 *    stands before what is queued later.
 * 2. A done function runs after the commit that made its job durable, outside any lock.
 * 3. The clock is held from submission until done has returned, so skipped time waits for the disk.
 * 4. While stalled nothing is tried before retry_at_ns; refusable jobs that come meanwhile are
 *    refused at once, so that nobody waits for an answer that is known.
 *
 * The queue is not base's: who submits wakes the writer only if the writer waits for such a job,
 * and while it lingers that is a STORE_SOON one, so a stream of steps costs no wake-up each. */
#include "base/lock.h"
#include "base/log.h"
#include "store_private.h"

#include <sqlite3.h>

#include <errno.h>
#include <inttypes.h>
#include <time.h>

static void writer_lock(struct writer *w)
{
    lock_take(&w->lock);
}

static void writer_unlock(struct writer *w)
{
    lock_give(&w->lock);
}

static struct store_job *job_next(const struct store_job *job)
{
    return (struct store_job *)(void *)job->link.next; // the link is a job's first member
}

static void list_push(struct job_list *list, struct store_job *job)
{
    job->link.next = NULL;
    if (list->last)
        list->last->link.next = &job->link;
    else
        list->first = job;
    list->last = job;
}

static void list_append(struct job_list *list, struct job_list *tail)
{
    if (!tail->first)
        return;
    if (list->last)
        list->last->link.next = &tail->first->link;
    else
        list->first = tail->first;
    list->last = tail->last;
    *tail = (struct job_list){NULL, NULL};
}

/* -- the queue -- */

void store_submit_take(struct store *s, struct store_job *job)
{
    struct writer *w = &s->writer;
    job->refusal = ERR_INIT;
    if (s->clock)
        clock_hold(s->clock);
    atomic_fetch_add_explicit(&w->waiting, 1, memory_order_relaxed);

    bool soon = job->flags & STORE_SOON;
    bool refusable = job->flags & STORE_REFUSABLE;
    writer_lock(w);
    list_push(&w->queue, job);
    w->soon = w->soon || soon;
    w->refusable = w->refusable || refusable;
    bool wake = w->waits == WRITER_WAITS_ANY || (w->waits == WRITER_WAITS_SOON && soon) ||
                (w->waits == WRITER_WAITS_RETRY && refusable);
    if (wake) {
        w->waits = WRITER_WORKS; // it is on its way: the next one need not wake it again
        cond_wake_one(&w->wake);
    }
    writer_unlock(w);
}

size_t store_queued(struct store *s)
{
    return atomic_load_explicit(&s->writer.waiting, memory_order_relaxed);
}

bool store_is_stalled(struct store *s)
{
    return atomic_load_explicit(&s->writer.stalled, memory_order_relaxed);
}

static bool is_stalled(const struct writer *w)
{
    return w->retry_at_ns != 0;
}

/* With the lock held: waits to be woken for `why`, or until a time (0: none). False: it has come.
 */
static bool wait_for(struct writer *w, enum writer_wait why, int64_t until_ns)
{
    w->waits = why;
    bool woken = true;
    if (until_ns == 0)
        cond_wait(&w->wake, &w->lock);
    else
        woken = cond_wait_until(&w->wake, &w->lock, until_ns);
    w->waits = WRITER_WORKS;
    return woken;
}

/* Waits until there is something to do and takes what is queued into the group. True: closing. */
static bool group_fill(struct store *s)
{
    struct writer *w = &s->writer;
    writer_lock(w);
    if (is_stalled(w)) {
        int64_t until_ns = w->retry_at_ns;
        if (w->closing && w->give_up_ns < until_ns)
            until_ns = w->give_up_ns;
        while (!w->refusable && (!w->closing || w->give_up_ns != 0) &&
               wait_for(w, WRITER_WAITS_RETRY, until_ns)) {
        }
    } else {
        while (!w->queue.first && !w->closing)
            (void)wait_for(w, WRITER_WAITS_ANY, 0);
        int64_t until_ns = clock_monotonic_ns() + (int64_t)STORE_LINGER_MS * NS_PER_MS;
        while (!w->soon && !s->eager && !w->closing && wait_for(w, WRITER_WAITS_SOON, until_ns)) {
        }
    }
    list_append(&w->group, &w->queue);
    w->soon = w->refusable = false;
    bool closing = w->closing;
    writer_unlock(w);
    return closing;
}

/* -- a group -- */

/* Takes job, which leaves the group. err: none when it was committed. */
static void job_finish(struct store *s, struct store_job *job, const struct err *err)
{
    atomic_fetch_sub_explicit(&s->writer.waiting, 1, memory_order_relaxed);
    job->done(job, err); // job is gone from here
    if (s->clock)
        clock_release(s->clock);
}

/* A job that may fail runs in a savepoint. A disk that refuses is never the job's own failure. */
static bool job_apply_alone(struct store_connection *c, struct store_job *job, struct err *err)
{
    err_release(&job->refusal); // of a try that was rolled back
    if (!store_run_sql(c, "SAVEPOINT job", err))
        return false;
    bool ok = job->apply(job, c, &job->refusal);
    if (!ok && (job->refusal.id == ERR_STORE_FULL || sqlite3_get_autocommit(c->db))) {
        err_move(err, &job->refusal);
        return false;
    }
    c->store->writer.machines_deleting |= !ok; // as the transaction before the job may have it
    if (!ok && !store_run_sql(c, "ROLLBACK TO job", err))
        return false;
    return store_run_sql(c, "RELEASE job", err);
}

static bool group_apply(struct store *s, struct err *err)
{
    struct store_connection *c = s->connection;
    for (struct store_job *job = s->writer.group.first; job; job = job_next(job)) {
        bool ok =
            job->flags & STORE_MAY_FAIL ? job_apply_alone(c, job, err) : job->apply(job, c, err);
        if (!ok)
            return false;
    }
    return true;
}

/* One transaction of the whole group: all of it is in the store, or nothing. */
static bool group_try(struct store *s, struct err *err)
{
    struct store_connection *c = s->connection;
    bool ok = store_run_sql(c, "BEGIN IMMEDIATE", err) && group_apply(s, err) &&
              store_run_sql(c, "COMMIT", err);
    s->writer.machines_deleting |= !ok; // as the store may have it that was before
    if (!ok && !sqlite3_get_autocommit(c->db)) {
        // A rollback that fails leaves the transaction open, and the next BEGIN says so.
        struct err ignored = ERR_INIT;
        if (!store_run_sql(c, "ROLLBACK", &ignored))
            log_error("store", "not_rolled_back", "error=\"%.*s\"", STR_ARG(err_text(&ignored)));
        err_release(&ignored);
    }
    if (c->scratch.cap > STORE_SCRATCH_KEPT_BYTES) {
        buf_release(&c->scratch);
        buf_init(&c->scratch, STORE_TEXT_MAX_BYTES);
    }
    return ok;
}

static void group_committed(struct store *s)
{
    struct writer *w = &s->writer;
    struct store_job *job = w->group.first;
    w->group = (struct job_list){NULL, NULL};
    w->retry_at_ns = w->retry_delay_ms = 0;
    atomic_store_explicit(&w->stalled, false, memory_order_relaxed);
    if (w->told)
        log_warn("store", "going_on", "dir=%s", s->dir);
    w->told = false;

    while (job) {
        struct store_job *next = job_next(job);
        struct err refusal = ERR_INIT;
        if (err_is_set(&job->refusal))
            err_move(&refusal, &job->refusal);
        job_finish(s, job, &refusal);
        err_release(&refusal);
        job = next;
    }
}

/* Ends the jobs of the group that have any of flags (0: all) with an error; the rest stay. */
static void group_refuse(struct store *s, int flags, str why)
{
    struct writer *w = &s->writer;
    struct store_job *job = w->group.first;
    w->group = (struct job_list){NULL, NULL};
    while (job) {
        struct store_job *next = job_next(job);
        err_release(&job->refusal);
        if (flags == 0 || job->flags & flags) {
            struct err err = ERR_INIT;
            (void)err_set(&err, ERR_STORE_FULL, "The store cannot be written now: %.*s",
                          STR_ARG(why));
            job_finish(s, job, &err);
            err_release(&err);
        } else {
            list_push(&w->group, job);
        }
        job = next;
    }
}

static void group_stalled(struct store *s, const struct err *err)
{
    struct writer *w = &s->writer;
    if (!w->told)
        log_error("store", "stalled", "dir=%s waiting=%zu error=\"%.*s\"", s->dir, store_queued(s),
                  STR_ARG(err_text(err)));
    w->told = true;
    w->retry_delay_ms = w->retry_delay_ms == 0 ? STORE_RETRY_MIN_MS : w->retry_delay_ms * 2;
    if (w->retry_delay_ms > STORE_RETRY_MAX_MS)
        w->retry_delay_ms = STORE_RETRY_MAX_MS;
    w->retry_at_ns = clock_monotonic_ns() + w->retry_delay_ms * NS_PER_MS;
    atomic_store_explicit(&w->stalled, true, memory_order_relaxed);
    group_refuse(s, STORE_REFUSABLE, err_text(err));
}

/* A stall with nothing left that waits for its end: whether it lasts, the next job will find out.
 */
static void stall_forget(struct writer *w)
{
    w->retry_at_ns = 0;
    atomic_store_explicit(&w->stalled, false, memory_order_relaxed);
}

static void group_commit(struct store *s)
{
    struct err err = ERR_INIT;
    if (group_try(s, &err))
        group_committed(s);
    else
        group_stalled(s, &err);
    err_release(&err);
}

/* Closing, while the disk refuses: what is left is dropped when the patience is over. */
static void group_drop_late(struct store *s)
{
    struct writer *w = &s->writer;
    int64_t now_ns = clock_monotonic_ns();
    if (!w->group.first)
        stall_forget(w); // nothing to be patient for
    if (w->give_up_ns == 0)
        w->give_up_ns = now_ns + (int64_t)STORE_CLOSE_PATIENCE_MS * NS_PER_MS;
    if (now_ns < w->give_up_ns || !is_stalled(w))
        return;
    log_error("store", "dropped", "dir=%s jobs=%zu", s->dir, store_queued(s));
    group_refuse(s, 0, STR("it is being closed"));
    stall_forget(w);
}

static void *writer_main(void *arg)
{
    struct store *s = arg;
    struct writer *w = &s->writer;
    for (;;) {
        bool closing = group_fill(s);
        if (is_stalled(w) && clock_monotonic_ns() < w->retry_at_ns)
            group_refuse(s, STORE_REFUSABLE, STR("the disk refuses"));
        else if (w->group.first)
            group_commit(s);
        else if (is_stalled(w))
            stall_forget(w);
        else if (closing)
            return NULL;
        if (closing)
            group_drop_late(s);
    }
}

/* -- life -- */

bool store_writer_start(struct store *s, struct err *err)
{
    struct writer *w = &s->writer;
    lock_init(&w->lock);
    cond_init(&w->wake);
    w->started = thread_start(&w->thread, THREAD_WRITER, writer_main, s, err);
    if (!w->started) {
        cond_release(&w->wake);
        lock_release(&w->lock);
    }
    return w->started;
}

void store_writer_stop(struct store *s)
{
    struct writer *w = &s->writer;
    if (!w->started)
        return;
    writer_lock(w);
    w->closing = true;
    cond_wake_one(&w->wake);
    writer_unlock(w);
    store_must(pthread_join(w->thread, NULL), "pthread_join");
    w->started = false;
    cond_release(&w->wake);
    lock_release(&w->lock);
}
