/* Mutexes and condition variables: the pthread calls, with their results looked at: a mutex that
 * cannot be locked is a bug or a broken system, and going on would be worse than ending.
 *
 * Condition variables made here wait on CLOCK_MONOTONIC, so that setting the system's time neither
 * wakes nor keeps anyone.
 * Threads: any. Blocks: lock_take and cond_wait…. */
#ifndef BASE_LOCK_H
#define BASE_LOCK_H

#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <time.h>

enum { NS_PER_MS = 1000000, NS_PER_S = 1000000000 };

static inline void lock_must(int rc, const char *call)
{
    if (rc == 0)
        return;
    log_error("base", "lock_failed", "call=%s errno=%d", call, rc);
    abort();
}

static inline void lock_init(pthread_mutex_t *lock)
{
    lock_must(pthread_mutex_init(lock, NULL), "pthread_mutex_init");
}

static inline void lock_release(pthread_mutex_t *lock)
{
    lock_must(pthread_mutex_destroy(lock), "pthread_mutex_destroy");
}

static inline void lock_take(pthread_mutex_t *lock)
{
    lock_must(pthread_mutex_lock(lock), "pthread_mutex_lock");
}

static inline void lock_give(pthread_mutex_t *lock)
{
    lock_must(pthread_mutex_unlock(lock), "pthread_mutex_unlock");
}

static inline void cond_init(pthread_cond_t *cond)
{
    pthread_condattr_t attr;
    lock_must(pthread_condattr_init(&attr), "pthread_condattr_init");
    lock_must(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC), "pthread_condattr_setclock");
    lock_must(pthread_cond_init(cond, &attr), "pthread_cond_init");
    lock_must(pthread_condattr_destroy(&attr), "pthread_condattr_destroy");
}

static inline void cond_release(pthread_cond_t *cond)
{
    lock_must(pthread_cond_destroy(cond), "pthread_cond_destroy");
}

static inline void cond_wake_one(pthread_cond_t *cond)
{
    lock_must(pthread_cond_signal(cond), "pthread_cond_signal");
}

static inline void cond_wake_all(pthread_cond_t *cond)
{
    lock_must(pthread_cond_broadcast(cond), "pthread_cond_broadcast");
}

static inline void cond_wait(pthread_cond_t *cond, pthread_mutex_t *lock)
{
    lock_must(pthread_cond_wait(cond, lock), "pthread_cond_wait");
}

/* False: until_ns, on the monotonic clock, has come. */
static inline bool cond_wait_until(pthread_cond_t *cond, pthread_mutex_t *lock, int64_t until_ns)
{
    struct timespec until = {.tv_sec = (time_t)(until_ns / NS_PER_S),
                             .tv_nsec = (long)(until_ns % NS_PER_S)};
    int rc = pthread_cond_timedwait(cond, lock, &until);
    if (rc == ETIMEDOUT)
        return false;
    lock_must(rc, "pthread_cond_timedwait");
    return true;
}

#endif
