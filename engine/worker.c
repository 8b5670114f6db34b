/* Workers: each takes the execution that has waited longest and runs it.
 *
 *     PARKED --- a message, a commit ---> QUEUED ---> RUNNING
 *        ^                                   ^           |
 *        |                                   +-----------+  more to do, or something came
 *        +--- nothing to do -----------------------------+
 *
 * The clock is held from QUEUED until PARKED. Everything here is under the engine's lock but the
 * run itself. */
#include "base/lock.h"
#include "engine_private.h"

void engine_queue(struct engine *e, struct execution *x)
{
    if (x->run == RUN_RUNNING)
        x->again = true;
    if (x->run != RUN_PARKED)
        return;
    clock_hold(e->options.clock);
    x->run = RUN_QUEUED;
    x->next_queued = NULL;
    *e->queue_end = x;
    e->queue_end = &x->next_queued;
    if (e->sleeping > 0)
        (void)cond_wake_one(&e->work);
}

void engine_post_take(struct engine *e, uint64_t execution, struct message *m)
{
    engine_lock(e);
    struct execution *x = e->stopping ? NULL : table_find(e, execution);
    if (x) {
        *x->inbox_end = m;
        x->inbox_end = &m->next;
        engine_queue(e, x);
    }
    engine_unlock(e);
    if (!x)
        message_free(m);
}

/* Threads: timer. a: the execution, b: the frame, 0 for the execution's own deadline. */
void engine_timer_fired(void *context, uint64_t a, uint64_t b)
{
    struct engine *e = context;
    struct message *m = message_new(MESSAGE_TIMER, STR_NONE, STR_NONE);
    m->frame = b;
    engine_post_take(e, a, m);
    engine_unref(e);
}

/* With the lock held, which is given up meanwhile: runs x once. */
static void run(struct engine *e, struct execution *x)
{
    x->run = RUN_RUNNING;
    x->again = false;
    bool more = false;
    // Not yet committed: the commit queues it again. Gone: its start was refused, or its end is
    // told.
    if (!x->gone && x->committed >= x->runs_after) {
        struct message *inbox = x->inbox;
        uint64_t committed = x->committed;
        x->inbox = NULL;
        x->inbox_end = &x->inbox;
        engine_unlock(e);
        more = execution_run(x, inbox, committed);
        engine_lock(e);
    }
    x->run = RUN_PARKED;
    if (x->gone) {
        engine_unlock(e);
        execution_free(x);
        engine_lock(e);
    } else if (more || x->again) {
        engine_queue(e, x); // holds once more, before the release below
    }
    clock_release(e->options.clock);
}

static void *worker_main(void *arg)
{
    struct engine *e = arg;
    engine_lock(e);
    while (!e->stopping) {
        struct execution *x = e->queue;
        if (!x) {
            e->sleeping++;
            (void)cond_wait(&e->work, &e->lock);
            e->sleeping--;
            continue;
        }
        e->queue = x->next_queued;
        if (!e->queue)
            e->queue_end = &e->queue;
        run(e, x);
    }
    engine_unlock(e);
    return NULL;
}

bool workers_start(struct engine *e, struct err *err)
{
    while (e->workers_count < e->options.workers) {
        if (!thread_start(&e->workers[e->workers_count], THREAD_WORKER, worker_main, e, err))
            return false;
        e->workers_count++;
    }
    return true;
}

void workers_stop(struct engine *e)
{
    engine_lock(e);
    e->stopping = true;
    (void)cond_wake_all(&e->work);
    engine_unlock(e);
    for (unsigned i = 0; i < e->workers_count; i++)
        (void)pthread_join(e->workers[i], NULL);
    e->workers_count = 0;
}

/* -- where reports go -- */

static str flight_key(const uint64_t *number)
{
    return (str){(const char *)number, sizeof *number};
}

void engine_flight_add(struct engine *e, uint64_t number, uint64_t execution, uint64_t frame)
{
    struct flight *f = mem_new(sizeof *f);
    *f = (struct flight){execution, frame};
    engine_lock(e);
    hashmap_set(e->flights, flight_key(&number), f);
    engine_unlock(e);
}

void engine_flight_end(struct engine *e, uint64_t number)
{
    engine_lock(e);
    struct flight *f = hashmap_remove(e->flights, flight_key(&number));
    engine_unlock(e);
    mem_free(f);
}
