/* How often what is awaited is asked after.
 *
 * --poll=aws: once a minute at first, growing to once in five minutes. ASSUMPTION: AWS names the
 * two ends only; we add a minute after each five polls.
 * --poll=fast: a tenth of the time waited so far, so that an answer is late by a tenth at most and
 * a long wait costs few polls. */
#include "eks_private.h"

enum {
    FAST_MIN_MS = 50,
    FAST_MAX_MS = 60 * MS_PER_S,
    FAST_SHARE = 10,
    /* Source: Developer Guide, "Call Amazon EKS with Step Functions", RunJob. */
    AWS_MIN_MS = 60 * MS_PER_S,
    AWS_MAX_MS = 300 * MS_PER_S,
    AWS_STEP_EVERY_MS = 5 * AWS_MIN_MS,
};

int64_t eks_poll_delay_ms(const struct task *t, int64_t since_ms)
{
    const struct task_services *services = task_services_of(t);
    int64_t waited_ms = clock_now_ms(services->clock) - since_ms;
    int64_t delay_ms, max_ms;
    if (services->poll == TASK_POLL_AWS) {
        delay_ms = AWS_MIN_MS + waited_ms / AWS_STEP_EVERY_MS * AWS_MIN_MS;
        max_ms = AWS_MAX_MS;
    } else {
        delay_ms = waited_ms / FAST_SHARE;
        delay_ms = delay_ms > FAST_MIN_MS ? delay_ms : FAST_MIN_MS;
        max_ms = FAST_MAX_MS;
    }
    return delay_ms < max_ms ? delay_ms : max_ms;
}
