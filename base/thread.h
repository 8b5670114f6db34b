/* Threads, few and named, and the queue by which data crosses between them.
 *
 * A message embeds a struct queue_link as its first member; the queue takes it on push and gives it
 * on pop. Many may push, many may pop. */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include "base/err.h"

#include <assert.h>
#include <pthread.h>

enum thread_role {
    THREAD_MAIN,
    THREAD_HTTP,
    THREAD_WORKER,
    THREAD_IO,
    THREAD_TIMER,
    THREAD_WRITER,
    THREAD_RUNTIME, /* watches local processes of pods */
    THREAD_FILES,   /* reads and writes data sets */
};

/* Starts fn(arg) on a thread named after its role; errors: ERR_SYSTEM. Signals are blocked in it.
 */
bool thread_start(pthread_t *out, enum thread_role role, void *(*fn)(void *), void *arg,
                  struct err *err);

/* For a thread that a library made: says what it is. */
void thread_role_set(enum thread_role role);
enum thread_role thread_role_now(void);
#define THREAD_IS(role) (thread_role_now() == THREAD_##role)

struct queue_link {
    struct queue_link *next;
};

struct queue {
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t filled;
    struct queue_link *first, *last;
    size_t count;
    bool closed;
};

void queue_init(struct queue *q);
void queue_release(struct queue *q); /* must be empty */

/* Takes link. False when the queue is closed: link is then still the caller's. Blocks: never. */
bool queue_push_take(struct queue *q, struct queue_link *link);

/* Gives the oldest, waiting up to timeout_ms (-1: for ever, 0: not at all); NULL on timeout, or
 * when closed and empty. */
struct queue_link *queue_pop(struct queue *q, int timeout_ms);

/* Gives all there are, oldest first, linked; waits as queue_pop. */
struct queue_link *queue_pop_all(struct queue *q, int timeout_ms);

void queue_close(struct queue *q); /* wakes everyone; what is in it can still be popped */
size_t queue_count(struct queue *q);

#endif
