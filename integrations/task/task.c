/* A Task's call under way: counted, reported at most once, cancelled for good.
 *
 *     task_start ──> begin ──> (submitted)? ──> succeeded | failed      reports, any thread
 *          └────────────────────── task_cancel ──────────────────>      nothing more
 *
 * Invariants
 * 1. After `ended` or `cancelled` is set no report begins.
 * 2. A report under way is seen in `reporting`; task_cancel waits for it, so that what the host's
 *    functions use may be freed once every task is cancelled. The lock is not held meanwhile.
 * 3. At most one timer is armed; it holds a reference, which task_cancel gives back when it was in
 *    time to keep the timer from firing.
 *
 * Lifetime: the engine's reference, one for an armed timer, one for each call in flight. */
#include "integrations/task/task.h"

#include "base/arena.h"
#include "base/lock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "limits.h"

#include <assert.h>
#include <stdatomic.h>

struct task {
    atomic_uint references;
    const struct task_resource *resource;
    const struct task_services *services;
    const struct task_host *host;
    uint64_t number;
    struct arena arena; /* the request's texts */
    struct task_request request;
    struct rng rng;
    void *state;
    void (*free_state)(void *);

    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t reported;
    bool cancelled, ended, reporting, was_submitted;
    clock_timer timer; /* 0: none armed */
    task_resume *resume;
};

enum { TASK_REQUEST_MAX_BYTES = 64 * 1024 };

static str copy_text(struct task *t, str text)
{
    if (!text.ptr)
        return STR_NONE;
    str copy = arena_str(&t->arena, text);
    return copy.ptr ? copy : STR("");
}

/* The id is a digest: its first sixteen digits are as good a seed as any, and the same again. */
static uint64_t seed_of_id(str id)
{
    uint64_t seed = 0;
    for (size_t i = 0; i < id.len && i < 16; i++) {
        char c = id.ptr[i];
        unsigned digit = (unsigned)(c >= 'a' ? c - 'a' + 10 : c - '0') & 15U;
        seed = seed << 4 | digit;
    }
    return seed;
}

static struct task *task_new(const struct task_resource *r, const struct task_services *services,
                             const struct task_host *host, uint64_t number,
                             const struct task_request *request)
{
    struct task *t = mem_new(sizeof *t);
    atomic_init(&t->references, 1);
    t->resource = r;
    t->services = services;
    t->host = host;
    t->number = number;
    arena_init(&t->arena, TASK_REQUEST_MAX_BYTES);
    t->request = (struct task_request){
        .id = copy_text(t, request->id),
        .parameters = json_ref(request->parameters),
        .role_arn = copy_text(t, request->role_arn),
        .execution_arn = copy_text(t, request->execution_arn),
        .state_name = copy_text(t, request->state_name),
        .again = request->again,
        .recall = json_ref(request->recall),
    };
    rng_seed(&t->rng, seed_of_id(t->request.id));
    lock_init(&t->lock);
    cond_init(&t->reported);
    return t;
}

struct task *task_ref(struct task *t)
{
    atomic_fetch_add_explicit(&t->references, 1, memory_order_relaxed);
    return t;
}

void task_unref(struct task *t)
{
    // Acquire and release: who frees sees all that the others wrote.
    if (atomic_fetch_sub_explicit(&t->references, 1, memory_order_acq_rel) != 1)
        return;
    if (t->free_state)
        t->free_state(t->state);
    json_unref(t->request.parameters);
    json_unref(t->request.recall);
    arena_release(&t->arena);
    (void)cond_release(&t->reported);
    (void)lock_release(&t->lock);
    mem_free(t);
}

const struct task_resource *task_resource_of(const struct task *t)
{
    return t->resource;
}

const struct task_request *task_request_of(const struct task *t)
{
    return &t->request;
}

const struct task_services *task_services_of(const struct task *t)
{
    return t->services;
}

struct rng *task_rng(struct task *t)
{
    return &t->rng;
}

bool task_is_cancelled(struct task *t)
{
    (void)lock_take(&t->lock);
    bool cancelled = t->cancelled;
    (void)lock_give(&t->lock);
    return cancelled;
}

void task_state_set_take(struct task *t, void *state, void (*free_state)(void *))
{
    assert(!t->state);
    t->state = state;
    t->free_state = free_state;
}

void *task_state(const struct task *t)
{
    return t->state;
}

/* May a report begin? Then report_end must follow. An end is counted here, before it is told. */
static bool report_begin(struct task *t, bool end)
{
    (void)lock_take(&t->lock);
    bool may = !t->cancelled && !t->ended && (end || !t->was_submitted);
    if (may) {
        t->reporting = true;
        if (end)
            t->ended = true;
        else
            t->was_submitted = true;
    }
    (void)lock_give(&t->lock);
    return may;
}

static void report_end(struct task *t)
{
    (void)lock_take(&t->lock);
    t->reporting = false;
    (void)cond_wake_all(&t->reported);
    (void)lock_give(&t->lock);
}

void task_submitted(struct task *t, json output_taken, json recall_taken)
{
    if (!report_begin(t, false)) {
        json_unref(output_taken);
        json_unref(recall_taken);
        return;
    }
    t->host->submitted(t->host->context, t->number, output_taken, recall_taken);
    report_end(t);
}

static void fail(struct task *t, str error, str cause, bool submit)
{
    if (!report_begin(t, true))
        return;
    t->host->failed(t->host->context, t->number, error, cause, submit);
    report_end(t);
}

void task_failed(struct task *t, str error, str cause)
{
    fail(t, error, cause, false);
}

void task_submit_failed(struct task *t, str error, str cause)
{
    fail(t, error, cause, t->resource->sync);
}

void task_result_too_large(struct task *t, bool submit)
{
    struct buf cause;
    buf_init(&cause, 512);
    buf_printf(&cause,
               "The state/task '%.*s' returned a result with a size exceeding the maximum "
               "number of bytes service limit.",
               STR_ARG(t->resource->type));
    fail(t, err_id_name(ERR_STATES_DATA_LIMIT_EXCEEDED), buf_str(&cause),
         submit && t->resource->sync);
    buf_release(&cause);
}

void task_succeeded(struct task *t, json output_taken)
{
    if (!t->services->limits_off && !t->resource->large &&
        json_text_size(output_taken) > TASK_RESULT_MAX_BYTES) {
        task_result_too_large(t, false);
        json_unref(output_taken);
        return;
    }
    if (!report_begin(t, true)) {
        json_unref(output_taken);
        return;
    }
    t->host->succeeded(t->host->context, t->number, output_taken);
    report_end(t);
}

/* Threads: timer. */
static void timer_fired(void *context, uint64_t a, uint64_t b)
{
    (void)a;
    (void)b;
    struct task *t = context;
    (void)lock_take(&t->lock);
    bool cancelled = t->cancelled;
    task_resume *resume = t->resume;
    t->timer = 0;
    (void)lock_give(&t->lock);
    if (!cancelled)
        resume(t);
    task_unref(t);
}

void task_after(struct task *t, int64_t delay_ms, task_resume *fn)
{
    (void)lock_take(&t->lock);
    assert(!t->timer);
    if (!t->cancelled) {
        t->resume = fn;
        struct clock *clock = t->services->clock;
        // Armed under the lock: a timer that fires at once waits until its number is written.
        t->timer =
            clock_timer_arm(clock, clock_now_ms(clock) + delay_ms, timer_fired, task_ref(t), 0, 0);
    }
    (void)lock_give(&t->lock);
}

struct task *task_start(const struct task_resource *r, const struct task_services *services,
                        const struct task_host *host, uint64_t number,
                        const struct task_request *request)
{
    struct task *t = task_new(r, services, host, number, request);
    struct err err = ERR_INIT;
    if (task_parameters_judge(r, t->request.parameters, &err)) {
        r->begin(t);
    } else {
        fail(t, err_name(&err), err_text(&err), false);
        err_release(&err);
    }
    return t;
}

void task_cancel(struct task *t)
{
    (void)lock_take(&t->lock);
    t->cancelled = true;
    clock_timer timer = t->timer;
    t->timer = 0;
    while (t->reporting)
        (void)cond_wait(&t->reported, &t->lock);
    (void)lock_give(&t->lock);
    if (timer && clock_timer_cancel(t->services->clock, timer))
        task_unref(t); // the timer's reference: it will not fire
}
