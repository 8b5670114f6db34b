/* The clock: timers in a heap, one thread that waits for the first of them.
 *
 *     id = slot index | generation << 32          heap (4-ary, of slot indexes)
 *                |                                   [0] the next to fire
 *                v                                  / | | \
 *     slots: [timer][free][timer] …    heap_at ->  [1] … [4]
 *
 * A slot keeps its place in the heap, so that cancelling finds it at once; it wears a generation
 * that changes when it is freed, so that an old id meets nobody. Slots come in chunks that never
 * move: a timer costs 56 bytes and 4 in the heap, and growing copies the heap only.
 *
 * The thread `timer`, on a real or scaled clock, waits for the first deadline on the monotonic
 * clock. On a skip clock it waits until nobody holds the clock, moves the time to the first
 * deadline and fires one timer; then it looks again, and if what that one posted holds the clock,
 * the next waits.
 *
 * Invariants, under the lock:
 * 1. heap[slot.heap_at] is the slot, for every armed one; a free slot's fire is NULL.
 * 2. A parent is before its children by (deadline, sequence); sequence counts armings.
 * 3. skip: a timer whose deadline is before now was armed too late (time only jumps to the first):
 *    it need not wait for the holders, since firing it moves no time.
 * 4. fire is called without the lock. Only the thread `timer` moves a skip clock and it is busy
 * then, which is how the clock is held while a timer fires. */
#include "base/clock.h"

#include "base/lock.h"
#include "base/mem.h"
#include "base/thread.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

enum {
    CHUNK_SLOTS = 1024,
    HEAP_ARITY = 4,
    HEAP_FIRST_CAP = 64,
    /* The longest the thread waits without looking again; keeps sums of nanoseconds small. */
    WAIT_MAX_MS = 3600 * 1000
};

static const uint32_t SLOT_NONE = UINT32_MAX;

/* Later deadlines are never: no text could show that time, and sums with it would overflow. */
static const int64_t DEADLINE_LAST_MS = INT64_C(253402300799999); /* 9999-12-31T23:59:59.999Z */

static const double FACTOR_MAX = 1e6;

struct slot {
    int64_t deadline_ms;
    uint64_t sequence;
    clock_fire *fire; /* NULL: free */
    void *context;
    uint64_t a, b;
    uint32_t generation; /* never 0 */
    uint32_t heap_at;    /* of a free slot: the next free one */
};

struct clock {
    enum clock_kind kind;
    double factor;
    /* real and scaled: this moment on the clock was that moment on the monotonic one. */
    int64_t base_ms, base_ns_in_ms, base_monotonic_ns;

    /* skip: written with the lock held, read by any (release, acquire). */
    _Atomic int64_t skip_now_ms;

    pthread_mutex_t lock;   /* guards all below */
    pthread_cond_t changed; /* another first timer, no more holders, stopping */
    struct slot **chunks;
    uint32_t chunks_count, chunks_cap;
    uint32_t free_slot; /* the first free one, or SLOT_NONE */
    uint32_t *heap;
    uint32_t heap_count, heap_cap;
    uint64_t sequence;
    size_t holds;
    bool stopping;

    pthread_t thread;
    bool running; /* the maker's: clock_new to clock_stop */
};

static int64_t system_ns(clockid_t id)
{
    struct timespec now;
    if (clock_gettime(id, &now) != 0)
        abort(); // not even a log line can be stamped
    return (int64_t)now.tv_sec * NS_PER_S + now.tv_nsec;
}

static struct slot *slot_at(const struct clock *c, uint32_t index)
{
    return &c->chunks[index / CHUNK_SLOTS][index % CHUNK_SLOTS];
}

static bool before(const struct clock *c, uint32_t a, uint32_t b)
{
    const struct slot *x = slot_at(c, a);
    const struct slot *y = slot_at(c, b);
    if (x->deadline_ms != y->deadline_ms)
        return x->deadline_ms < y->deadline_ms;
    return x->sequence < y->sequence;
}

static void heap_put(struct clock *c, uint32_t at, uint32_t index)
{
    c->heap[at] = index;
    slot_at(c, index)->heap_at = at;
}

/* Moves the slot towards the root from `at`, where there is a hole. */
static void heap_rise(struct clock *c, uint32_t at, uint32_t index)
{
    while (at > 0) {
        uint32_t parent = (at - 1) / HEAP_ARITY;
        if (!before(c, index, c->heap[parent]))
            break;
        heap_put(c, at, c->heap[parent]);
        at = parent;
    }
    heap_put(c, at, index);
}

/* Moves the slot away from the root from `at`, where there is a hole. */
static void heap_sink(struct clock *c, uint32_t at, uint32_t index)
{
    for (;;) {
        uint64_t child = (uint64_t)at * HEAP_ARITY + 1;
        if (child >= c->heap_count)
            break;
        uint64_t end = child + HEAP_ARITY < c->heap_count ? child + HEAP_ARITY : c->heap_count;
        uint32_t least = (uint32_t)child;
        for (uint32_t i = least + 1; i < end; i++)
            if (before(c, c->heap[i], c->heap[least]))
                least = i;
        if (!before(c, c->heap[least], index))
            break;
        heap_put(c, at, c->heap[least]);
        at = least;
    }
    heap_put(c, at, index);
}

static void heap_remove(struct clock *c, uint32_t at)
{
    uint32_t last = c->heap[--c->heap_count];
    if (at == c->heap_count)
        return;
    if (at > 0 && before(c, last, c->heap[(at - 1) / HEAP_ARITY]))
        heap_rise(c, at, last);
    else
        heap_sink(c, at, last);
}

/* Gives old's content in twice the room. */
static void *grown(void *old, uint32_t *cap, uint32_t first_cap, size_t size)
{
    uint32_t new_cap = *cap ? *cap * 2 : first_cap;
    void *bigger = mem_new(new_cap * size);
    if (old)
        memcpy(bigger, old, *cap * size);
    mem_free(old);
    *cap = new_cap;
    return bigger;
}

static uint32_t slot_take(struct clock *c)
{
    if (c->free_slot == SLOT_NONE) {
        if (c->chunks_count == c->chunks_cap)
            c->chunks = grown(c->chunks, &c->chunks_cap, 8, sizeof(void *));
        struct slot *chunk = mem_new(CHUNK_SLOTS * sizeof *chunk);
        uint32_t first = c->chunks_count * CHUNK_SLOTS;
        for (uint32_t i = 0; i < CHUNK_SLOTS; i++) {
            chunk[i].generation = 1;
            chunk[i].heap_at = i + 1 < CHUNK_SLOTS ? first + i + 1 : SLOT_NONE;
        }
        c->chunks[c->chunks_count++] = chunk;
        c->free_slot = first;
    }
    uint32_t index = c->free_slot;
    c->free_slot = slot_at(c, index)->heap_at;
    return index;
}

/* Takes the timer out of the heap and frees its slot. */
static void slot_drop(struct clock *c, uint32_t index)
{
    struct slot *s = slot_at(c, index);
    heap_remove(c, s->heap_at);
    s->fire = NULL;
    if (++s->generation == 0)
        s->generation = 1;
    s->heap_at = c->free_slot;
    c->free_slot = index;
}

/* The monotonic moment at which to look for the deadline (after now) again. */
static int64_t wake_ns(const struct clock *c, int64_t deadline_ms, int64_t now_ms)
{
    int64_t far_ns = clock_monotonic_ns() + (int64_t)WAIT_MAX_MS * NS_PER_MS;
    if ((double)(deadline_ms - now_ms) / c->factor >= WAIT_MAX_MS)
        return far_ns;
    int64_t delta_ms = deadline_ms - c->base_ms;
    int64_t at_ns;
    if (c->kind == CLOCK_REAL)
        at_ns = c->base_monotonic_ns + delta_ms * NS_PER_MS - c->base_ns_in_ms;
    else // the one more outweighs rounding, which must not make this early
        at_ns = c->base_monotonic_ns + (int64_t)((double)delta_ms / c->factor * NS_PER_MS) + 1;
    return at_ns < far_ns ? at_ns : far_ns;
}

/* With the lock held: waits until the first timer may fire (true), or the clock stops (false). */
static bool wait_due(struct clock *c)
{
    while (!c->stopping) {
        int64_t deadline_ms = c->heap_count > 0 ? slot_at(c, c->heap[0])->deadline_ms : INT64_MAX;
        int64_t now_ms = clock_now_ms(c);
        if (deadline_ms > DEADLINE_LAST_MS) {
            cond_wait(&c->changed, &c->lock);
        } else if (c->kind != CLOCK_SKIP) {
            if (deadline_ms <= now_ms)
                return true;
            (void)cond_wait_until(&c->changed, &c->lock, wake_ns(c, deadline_ms, now_ms));
        } else {
            if (deadline_ms < now_ms)
                return true; // invariant 3
            if (c->holds == 0) {
                atomic_store_explicit(&c->skip_now_ms, deadline_ms, memory_order_release);
                return true;
            }
            cond_wait(&c->changed, &c->lock);
        }
    }
    return false;
}

static void *timer_main(void *arg)
{
    struct clock *c = arg;
    lock_take(&c->lock);
    while (wait_due(c)) {
        uint32_t index = c->heap[0];
        struct slot due = *slot_at(c, index);
        slot_drop(c, index);
        lock_give(&c->lock);
        due.fire(due.context, due.a, due.b);
        lock_take(&c->lock);
    }
    lock_give(&c->lock);
    return NULL;
}

/* Digits, and a point and digits: no exponent, no sign, no locale. */
static bool factor_parse(str text, double *out)
{
    uint64_t number = 0;
    double unit = 1;
    bool point = false;
    size_t digits = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '.' && !point && digits > 0) {
            point = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > 15)
            return false;
        number = number * 10 + (uint64_t)(c - '0');
        if (point)
            unit *= 10;
    }
    if (digits == 0 || text.ptr[text.len - 1] == '.')
        return false;
    *out = (double)number / unit;
    return *out > 0 && *out <= FACTOR_MAX;
}

bool clock_kind_parse(str text, enum clock_kind *kind, double *factor, struct err *err)
{
    static const char scaled[] = "scaled:";
    double f = 1;
    if (str_eq(text, STR("real"))) {
        *kind = CLOCK_REAL;
    } else if (str_eq(text, STR("skip"))) {
        *kind = CLOCK_SKIP;
    } else if (str_starts(text, str_from_c(scaled)) &&
               factor_parse(str_skip(text, sizeof scaled - 1), &f)) {
        *kind = CLOCK_SCALED;
    } else {
        size_t shown = text.len < 100 ? text.len : 100;
        return err_set(err, ERR_BAD_SETTING,
                       "'%.*s' is no clock: real, skip, or scaled:F with 0 < F <= 1000000",
                       STR_ARG(str_sub(text, 0, shown)));
    }
    *factor = f;
    return true;
}

struct clock *clock_new(enum clock_kind kind, double factor, int64_t start_ms, struct err *err)
{
    struct clock *c = mem_new(sizeof *c);
    c->kind = kind;
    c->factor = kind == CLOCK_SCALED ? factor : 1;
    assert(c->factor > 0 && c->factor <= FACTOR_MAX);
    int64_t wall_ns = system_ns(CLOCK_REALTIME);
    c->base_monotonic_ns = clock_monotonic_ns();
    c->base_ms = wall_ns / NS_PER_MS;
    c->base_ns_in_ms = wall_ns % NS_PER_MS;
    atomic_init(&c->skip_now_ms, start_ms != 0 ? start_ms : c->base_ms);
    c->free_slot = SLOT_NONE;
    lock_init(&c->lock);
    cond_init(&c->changed);
    c->running = thread_start(&c->thread, THREAD_TIMER, timer_main, c, err);
    if (c->running)
        return c;
    clock_free(c);
    return NULL;
}

void clock_stop(struct clock *c)
{
    if (!c->running)
        return;
    lock_take(&c->lock);
    c->stopping = true;
    cond_wake_all(&c->changed);
    lock_give(&c->lock);
    lock_must(pthread_join(c->thread, NULL), "pthread_join");
    c->running = false;
}

void clock_free(struct clock *c)
{
    if (!c)
        return;
    clock_stop(c);
    for (uint32_t i = 0; i < c->chunks_count; i++)
        mem_free(c->chunks[i]);
    mem_free(c->chunks);
    mem_free(c->heap);
    cond_release(&c->changed);
    lock_release(&c->lock);
    mem_free(c);
}

void clock_not_before(struct clock *c, int64_t ms)
{
    if (c->kind != CLOCK_SKIP)
        return;
    lock_take(&c->lock);
    // The lock keeps the timer's thread, which else alone writes it, away.
    if (atomic_load_explicit(&c->skip_now_ms, memory_order_relaxed) < ms)
        atomic_store_explicit(&c->skip_now_ms, ms, memory_order_release);
    lock_give(&c->lock);
}

int64_t clock_now_ms(struct clock *c)
{
    if (c->kind == CLOCK_SKIP)
        return atomic_load_explicit(&c->skip_now_ms, memory_order_acquire);
    int64_t passed_ns = clock_monotonic_ns() - c->base_monotonic_ns;
    if (c->kind == CLOCK_REAL)
        return c->base_ms + (c->base_ns_in_ms + passed_ns) / NS_PER_MS;
    return c->base_ms + (int64_t)((double)passed_ns * c->factor / NS_PER_MS);
}

int64_t clock_wall_ms(void)
{
    return system_ns(CLOCK_REALTIME) / NS_PER_MS;
}

int64_t clock_monotonic_ns(void)
{
    return system_ns(CLOCK_MONOTONIC);
}

void clock_hold(struct clock *c)
{
    lock_take(&c->lock);
    c->holds++;
    lock_give(&c->lock);
}

void clock_release(struct clock *c)
{
    lock_take(&c->lock);
    assert(c->holds > 0);
    if (--c->holds == 0 && c->kind == CLOCK_SKIP)
        cond_wake_one(&c->changed);
    lock_give(&c->lock);
}

clock_timer clock_timer_arm(struct clock *c, int64_t deadline_ms, clock_fire *fire, void *context,
                            uint64_t a, uint64_t b)
{
    assert(fire);
    lock_take(&c->lock);
    uint32_t index = slot_take(c);
    struct slot *s = slot_at(c, index);
    s->deadline_ms = deadline_ms;
    s->sequence = c->sequence++;
    s->fire = fire;
    s->context = context;
    s->a = a;
    s->b = b;
    clock_timer timer = (uint64_t)s->generation << 32 | index;
    if (c->heap_count == c->heap_cap)
        c->heap = grown(c->heap, &c->heap_cap, HEAP_FIRST_CAP, sizeof *c->heap);
    heap_rise(c, c->heap_count++, index);
    if (c->heap[0] == index)
        cond_wake_one(&c->changed);
    lock_give(&c->lock);
    return timer;
}

bool clock_timer_cancel(struct clock *c, clock_timer t)
{
    uint32_t index = (uint32_t)(t & UINT32_MAX);
    lock_take(&c->lock);
    bool armed = index / CHUNK_SLOTS < c->chunks_count;
    if (armed) {
        const struct slot *s = slot_at(c, index);
        armed = s->fire && s->generation == t >> 32;
    }
    if (armed)
        slot_drop(c, index);
    lock_give(&c->lock);
    return armed;
}
