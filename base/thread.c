/* Threads and the queue between them.
 *
 * A thread knows its role from a thread-local word and wears it as its name (top -H, gdb). The
 * queue is a linked list under one mutex: messages are few and long compared with a lock, and it
 * makes close, timeout and "all there are" plain to see. */
#include "base/thread.h"

#include "base/clock.h"
#include "base/lock.h"
#include "base/mem.h"

#include <signal.h>

/* Evaluators bound their recursion by depth limits measured against this. Sanitizers' red zones
 * make frames several times as large. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
enum { STACK_BYTES = 8 * 1024 * 1024 };
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
enum { STACK_BYTES = 8 * 1024 * 1024 };
#    else
enum { STACK_BYTES = 1024 * 1024 };
#    endif
#else
enum { STACK_BYTES = 1024 * 1024 };
#endif

/* What a new thread must know, given over to it. */
struct thread_seed {
    enum thread_role role;
    void *(*fn)(void *);
    void *arg;
};

static _Thread_local enum thread_role role_now = THREAD_MAIN;

static const char *role_name(enum thread_role role)
{
    switch (role) {
    case THREAD_MAIN: return "main";
    case THREAD_HTTP: return "http";
    case THREAD_WORKER: return "worker";
    case THREAD_IO: return "io";
    case THREAD_TIMER: return "timer";
    case THREAD_WRITER: return "writer";
    case THREAD_RUNTIME: return "runtime";
    case THREAD_FILES: return "files";
    }
    return "?";
}

static void *thread_main(void *arg)
{
    struct thread_seed *given = arg;
    struct thread_seed seed = *given;
    mem_free(given);
    thread_role_set(seed.role);
    return seed.fn(seed.arg);
}

/* All signals but those that a fault of the thread itself raises: those must reach a handler (a
 * sanitizer's, a core dump's) in the thread that has them. */
static void signals_to_block(sigset_t *set)
{
    static const int faults[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    (void)sigfillset(set); // both fail for a bad number only
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++)
        (void)sigdelset(set, faults[i]);
}

bool thread_start(pthread_t *out, enum thread_role role, void *(*fn)(void *), void *arg,
                  struct err *err)
{
    pthread_attr_t attr;
    int rc = pthread_attr_init(&attr);
    if (rc != 0)
        return err_set(err, ERR_SYSTEM, "a thread's attributes cannot be made (errno %d)", rc);

    struct thread_seed *seed = mem_new(sizeof *seed);
    *seed = (struct thread_seed){role, fn, arg};

    // A thread inherits its maker's mask: blocked here and now, no signal finds a gap.
    sigset_t blocked;
    sigset_t before;
    signals_to_block(&blocked);
    rc = pthread_attr_setstacksize(&attr, STACK_BYTES);
    if (rc == 0)
        rc = pthread_sigmask(SIG_BLOCK, &blocked, &before);
    if (rc == 0) {
        rc = pthread_create(out, &attr, thread_main, seed);
        lock_must(pthread_sigmask(SIG_SETMASK, &before, NULL), "pthread_sigmask");
    }
    lock_must(pthread_attr_destroy(&attr), "pthread_attr_destroy");
    if (rc == 0)
        return true;
    mem_free(seed);
    return err_set(err, ERR_SYSTEM, "the thread '%s' cannot be started (errno %d)", role_name(role),
                   rc);
}

void thread_role_set(enum thread_role role)
{
    role_now = role;
    // The main thread's name is the process's, which stays. A name is a help only: no error if the
    // system refuses it.
    if (role != THREAD_MAIN)
        (void)pthread_setname_np(pthread_self(), role_name(role));
}

enum thread_role thread_role_now(void)
{
    return role_now;
}

void queue_init(struct queue *q)
{
    *q = (struct queue){.first = NULL};
    lock_init(&q->lock);
    cond_init(&q->filled);
}

void queue_release(struct queue *q)
{
    assert(q->count == 0);
    cond_release(&q->filled);
    lock_release(&q->lock);
}

bool queue_push_take(struct queue *q, struct queue_link *link)
{
    lock_take(&q->lock);
    bool open = !q->closed;
    if (open) {
        link->next = NULL;
        if (q->last)
            q->last->next = link;
        else
            q->first = link;
        q->last = link;
        q->count++;
        // Still locked: once unlocked, who pops may release the queue.
        cond_wake_one(&q->filled);
    }
    lock_give(&q->lock);
    return open;
}

/* With the lock held: waits until there is something (true), or closed or timed out (false). */
static bool wait_filled(struct queue *q, int timeout_ms)
{
    if (q->first || timeout_ms == 0)
        return q->first != NULL;
    int64_t until_ns = timeout_ms < 0 ? 0 : clock_monotonic_ns() + (int64_t)timeout_ms * NS_PER_MS;
    while (!q->first && !q->closed) {
        if (timeout_ms < 0)
            cond_wait(&q->filled, &q->lock);
        else if (!cond_wait_until(&q->filled, &q->lock, until_ns))
            break;
    }
    return q->first != NULL;
}

struct queue_link *queue_pop(struct queue *q, int timeout_ms)
{
    lock_take(&q->lock);
    struct queue_link *link = NULL;
    if (wait_filled(q, timeout_ms)) {
        link = q->first;
        q->first = link->next;
        if (!q->first)
            q->last = NULL;
        q->count--;
        link->next = NULL;
    }
    lock_give(&q->lock);
    return link;
}

struct queue_link *queue_pop_all(struct queue *q, int timeout_ms)
{
    lock_take(&q->lock);
    struct queue_link *links = NULL;
    if (wait_filled(q, timeout_ms)) {
        links = q->first;
        q->first = q->last = NULL;
        q->count = 0;
    }
    lock_give(&q->lock);
    return links;
}

void queue_close(struct queue *q)
{
    lock_take(&q->lock);
    q->closed = true;
    cond_wake_all(&q->filled);
    lock_give(&q->lock);
}

size_t queue_count(struct queue *q)
{
    lock_take(&q->lock);
    size_t count = q->count;
    lock_give(&q->lock);
    return count;
}
