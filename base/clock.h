/* Time: one clock, three kinds, and the timers that run on it.
 *
 * real        the system's clock as it was at the start, and on from there by the monotonic one:
 *             setting the system's time does not move it, nor does a machine's suspension.
 * scaled:F    F clock seconds pass in a real one, from the moment it was made.
 * skip        virtual: stands still while anything holds the clock, and when nothing does jumps to
 *             the next timer. Whoever has work under way that must end before time may pass holds
 *             it: a runnable execution, a call in flight, a commit in flight, a running process.
 *
 * A timer is a value, not an object: its deadline, whom to call, and two words to tell it; nothing
 * dangles when what it was for is gone. Timers fire in order of deadline, then of arming, on the
 * thread `timer`; fire must be short: it posts a message. While fire runs, the clock is held.
 * No code takes the time from anywhere else.
 * Threads: any. Blocks: never. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include "base/err.h"

enum clock_kind { CLOCK_REAL, CLOCK_SCALED, CLOCK_SKIP };

enum { MS_PER_S = 1000 };

struct clock;

/* "real", "skip" or "scaled:F" with 0 < F <= 1e6. */
bool clock_kind_parse(str text, enum clock_kind *kind, double *factor, struct err *err);

/* Gives a clock with its thread running. start_ms: a skip clock's first moment; 0: now. */
struct clock *clock_new(enum clock_kind kind, double factor, int64_t start_ms, struct err *err);

/* Stops the thread, after the fire under way if there is one: no timer fires afterwards. Then
 * clock_free. Timers not fired are dropped; arming and cancelling go on working, without effect. */
void clock_stop(struct clock *c); /* Threads: who made it, not a fire. Blocks: on that fire */
void clock_free(struct clock *c); /* accepts NULL */

/* Milliseconds since the epoch on this clock. Never goes back. */
int64_t clock_now_ms(struct clock *c);

/* A skip clock that is behind ms is set to it: what was kept from an earlier run of the program
 * lies in the future of a clock that began anew. Other kinds go as the system's does: no effect. To
 * be called while the clock is held. */
void clock_not_before(struct clock *c, int64_t ms);

/* The system's own time: for signatures, certificates and log lines only. */
int64_t clock_wall_ms(void);
/* Monotonic nanoseconds: for measuring only. */
int64_t clock_monotonic_ns(void);

void clock_hold(struct clock *c);
void clock_release(struct clock *c); /* one release a hold */

typedef void clock_fire(void *context, uint64_t a, uint64_t b);
typedef uint64_t clock_timer; /* 0: none */

/* Arms a timer; never 0. context must outlive clock_stop. A deadline in the past fires at once, on
 * a skip clock even while it is held: that moves no time. One of just now waits for the holders as
 * any other. A deadline after the year 9999 is never. */
clock_timer clock_timer_arm(struct clock *c, int64_t deadline_ms, clock_fire *fire, void *context,
                            uint64_t a, uint64_t b);

/* True: it will not fire. False: it has fired, is firing, or was none. */
bool clock_timer_cancel(struct clock *c, clock_timer t);

#endif
