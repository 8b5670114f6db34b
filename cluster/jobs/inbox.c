/* The inbox: what other threads tell the runtime thread, in order, and timers and answers as
 * messages.
 *
 * Counts: an op from op_new until its answer has been handled; a timer from its arming until it was
 * cancelled or its message is in the inbox. jobs_stop waits for both to be none. */
#include "base/lock.h"
#include "jobs_private.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

void message_post(struct jobs *j, struct message *m)
{
    uint64_t one = 1;
    m->next = NULL;
    clock_hold(j->clock);
    (void)lock_take(&j->lock);
    if (j->last)
        j->last->next = m;
    else
        j->first = m;
    j->last = m;
    // Under the lock: whoever waits for quiet must not close the descriptor before.
    if (write(j->wake_fd, &one, sizeof one) < 0 && errno != EAGAIN)
        abort(); // an eventfd of our own
    (void)lock_give(&j->lock);
}

bool inbox_run(struct jobs *j)
{
    (void)lock_take(&j->lock);
    struct message *m = j->first;
    j->first = j->last = NULL;
    bool stopping = j->stopping;
    (void)lock_give(&j->lock);
    bool some = m != NULL;
    while (m) {
        struct message *next = m->next;
        m->handle(j, m);
        clock_release(j->clock);
        m = next;
    }
    return some || !stopping;
}

/* -- timers -- */

struct fired {
    struct message message; /* first */
    uint64_t serial, what;
};

static void fired_handle(struct jobs *j, struct message *m)
{
    struct fired *f = (struct fired *)(void *)m;
    struct pod *p = pod_of_serial(j, f->serial);
    struct job *job = p ? NULL : job_of_serial(j, f->serial);
    if (p)
        pod_timer_fired(j, p, f->what);
    else if (job && f->what >> 32 == job->generation)
        job_timer_fired(j, job);
    mem_free(f);
}

static void timers_sub(struct jobs *j)
{
    (void)lock_take(&j->lock);
    j->timers--;
    (void)cond_wake_all(&j->quiet);
    (void)lock_give(&j->lock);
}

static void on_timer(void *context, uint64_t serial, uint64_t what)
{
    struct jobs *j = context;
    struct fired *f = mem_new(sizeof *f);
    f->message.handle = fired_handle;
    f->serial = serial;
    f->what = what;
    message_post(j, &f->message);
    timers_sub(j);
}

clock_timer timer_arm(struct jobs *j, int64_t at_ms, uint64_t serial, uint64_t what)
{
    if (j->frozen)
        return 0;
    (void)lock_take(&j->lock);
    j->timers++;
    (void)lock_give(&j->lock);
    return clock_timer_arm(j->clock, at_ms, on_timer, j, serial, what);
}

void timer_cancel(struct jobs *j, clock_timer *t)
{
    if (clock_timer_cancel(j->clock, *t))
        timers_sub(j);
    *t = 0;
}

/* -- ops -- */

static void op_handle(struct jobs *j, struct message *m)
{
    struct op *op = (struct op *)(void *)m;
    if (op->after)
        op->after(j, op);
    json_unref(op->a);
    json_unref(op->b);
    json_unref(op->result);
    mem_free(op->err_text);
    mem_free(op);
    (void)lock_take(&j->lock);
    j->ops--;
    (void)cond_wake_all(&j->quiet);
    (void)lock_give(&j->lock);
}

struct op *op_new(struct jobs *j, uint64_t serial, const char *uid,
                  void (*after)(struct jobs *j, struct op *op))
{
    struct op *op = mem_new(sizeof *op);
    op->message.handle = op_handle;
    op->jobs = j;
    op->serial = serial;
    (void)snprintf(op->uid, sizeof op->uid, "%s", uid);
    op->a = op->b = op->result = json_absent();
    op->after = after;
    (void)lock_take(&j->lock);
    j->ops++;
    (void)lock_give(&j->lock);
    return op;
}

void op_done(void *context, json object, const struct err *err)
{
    struct op *op = context;
    op->result = json_ref(object);
    op->err = err ? err->id : ERR_NONE;
    if (err && err_is_set(err))
        op->err_text = str_dup_c(err_text(err));
    message_post(op->jobs, &op->message);
}

/* The runtime thread still runs: it is what takes ops and timers to their ends. */
void jobs_wait_quiet(struct jobs *j)
{
    (void)lock_take(&j->lock);
    while (j->ops > 0 || j->timers > 0)
        (void)cond_wait(&j->quiet, &j->lock);
    (void)lock_give(&j->lock);
}
