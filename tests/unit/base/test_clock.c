/* The clock's three kinds. What fires is noted in the order it comes; a test waits for a count, or
 * for a held clock not to have fired anything. */
#include "base/clock.h"
#include "base/thread.h"
#include "unit.h"

enum { NOTES_MAX = 200000, NS_PER_MS_HERE = 1000000 };

static struct {
    pthread_mutex_t lock;
    struct clock *clock;
    size_t count;
    uint64_t a[NOTES_MAX];
    int64_t at_ms[NOTES_MAX];
} notes = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void note(void *context, uint64_t a, uint64_t b)
{
    (void)b;
    assert_true(THREAD_IS(TIMER));
    pthread_mutex_lock(&notes.lock);
    assert_true(notes.count < NOTES_MAX);
    notes.a[notes.count] = a;
    notes.at_ms[notes.count++] = clock_now_ms(context);
    pthread_mutex_unlock(&notes.lock);
}

static size_t notes_count(void)
{
    pthread_mutex_lock(&notes.lock);
    size_t count = notes.count;
    pthread_mutex_unlock(&notes.lock);
    return count;
}

static void pause_ms(int ms)
{
    // A queue that nobody fills: the one way to wait that needs no timer.
    struct queue q;
    queue_init(&q);
    assert_null(queue_pop(&q, ms));
    queue_release(&q);
}

static void wait_notes(size_t count)
{
    for (int i = 0; notes_count() < count; i++) {
        if (i == 20000)
            fail_msg("%zu of %zu timers have fired", notes_count(), count);
        pause_ms(1);
    }
}

static struct clock *make(enum clock_kind kind, double factor, int64_t start_ms)
{
    struct err err = ERR_INIT;
    notes.count = 0;
    struct clock *c = clock_new(kind, factor, start_ms, &err);
    assert_non_null(c);
    assert_false(err_is_set(&err));
    return c;
}

static clock_timer arm(struct clock *c, int64_t deadline_ms, uint64_t a)
{
    clock_timer t = clock_timer_arm(c, deadline_ms, note, c, a, 0);
    assert_true(t != 0);
    return t;
}

static void test_kinds_are_parsed(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    enum clock_kind kind;
    double factor;
    assert_true(clock_kind_parse(STR("real"), &kind, &factor, &err));
    assert_int_equal(kind, CLOCK_REAL);
    assert_true(clock_kind_parse(STR("skip"), &kind, &factor, &err));
    assert_int_equal(kind, CLOCK_SKIP);
    assert_true(clock_kind_parse(STR("scaled:60"), &kind, &factor, &err));
    assert_int_equal(kind, CLOCK_SCALED);
    assert_float_equal(factor, 60, 1e-9);
    assert_true(clock_kind_parse(STR("scaled:0.25"), &kind, &factor, &err));
    assert_float_equal(factor, 0.25, 1e-9);
    assert_true(clock_kind_parse(STR("scaled:1000000"), &kind, &factor, &err));

    static const str bad[] = {STR_INIT(""),
                              STR_INIT("Real"),
                              STR_INIT("real "),
                              STR_INIT("scaled"),
                              STR_INIT("scaled:"),
                              STR_INIT("scaled:0"),
                              STR_INIT("scaled:0.0"),
                              STR_INIT("scaled:-1"),
                              STR_INIT("scaled:1."),
                              STR_INIT("scaled:.5"),
                              STR_INIT("scaled:1.2.3"),
                              STR_INIT("scaled:1e3"),
                              STR_INIT("scaled:nan"),
                              STR_INIT("scaled:1000000.1"),
                              STR_INIT("scaled:99999999999999999999999"),
                              STR_INIT("skip:2")};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (clock_kind_parse(bad[i], &kind, &factor, &err))
            fail_msg("'%.*s' was taken", STR_ARG(bad[i]));
        assert_int_equal(err.id, ERR_BAD_SETTING);
        err_release(&err);
    }
}

static void test_real_clock_is_the_systems(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_REAL, 1, 0);
    int64_t before_ms = clock_wall_ms();
    int64_t now_ms = clock_now_ms(c);
    assert_true(now_ms >= before_ms - 1000 && now_ms <= clock_wall_ms() + 1000);
    for (int i = 0; i < 1000; i++) {
        int64_t next_ms = clock_now_ms(c);
        assert_true(next_ms >= now_ms);
        now_ms = next_ms;
    }
    clock_free(c);
}

static void test_real_timers_fire_in_order_of_deadline(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_REAL, 1, 0);
    int64_t now_ms = clock_now_ms(c);
    arm(c, now_ms + 60, 3);
    arm(c, now_ms + 20, 1);
    arm(c, now_ms + 40, 2);
    arm(c, now_ms - 5000, 0); // past: at once
    wait_notes(4);
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(notes.a[i], i);
    for (size_t i = 1; i < 4; i++)
        assert_true(notes.at_ms[i] >= now_ms + 20 * (int64_t)i);
    clock_free(c);
}

static void test_real_timers_of_one_second_fire_together(void **state)
{
    (void)state;
    enum { COUNT = 500 };
    struct clock *c = make(CLOCK_REAL, 1, 0);
    int64_t deadline_ms = clock_now_ms(c) + 1000;
    for (uint64_t i = 0; i < COUNT; i++)
        arm(c, deadline_ms, i);
    wait_notes(COUNT);
    for (size_t i = 0; i < COUNT; i++) {
        assert_int_equal(notes.a[i], i);
        assert_true(notes.at_ms[i] >= deadline_ms);
        assert_true(notes.at_ms[i] < deadline_ms + 500); // a few ms; a busy machine's allowance
    }
    clock_free(c);
}

static void test_an_earlier_timer_wakes_the_thread(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_REAL, 1, 0);
    arm(c, clock_now_ms(c) + 3600000, 1);
    pause_ms(20); // the thread now waits for the far one
    arm(c, clock_now_ms(c) + 10, 2);
    wait_notes(1);
    assert_int_equal(notes.a[0], 2);
    clock_free(c);
}

static void test_scaled_time_runs_faster(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SCALED, 1000, 0);
    int64_t real_ns = clock_monotonic_ns();
    int64_t now_ms = clock_now_ms(c);
    arm(c, now_ms + 60000, 2); // 60 ms
    arm(c, now_ms + 30000, 1);
    wait_notes(2);
    real_ns = clock_monotonic_ns() - real_ns;
    assert_int_equal(notes.a[0], 1);
    assert_true(notes.at_ms[0] >= now_ms + 30000);
    assert_true(notes.at_ms[1] >= now_ms + 60000);
    assert_true(real_ns >= (int64_t)55 * NS_PER_MS_HERE);
    assert_true(real_ns < (int64_t)10000 * NS_PER_MS_HERE);
    clock_free(c);
}

static void test_scaled_time_may_run_slower(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SCALED, 0.5, 0);
    int64_t real_ns = clock_monotonic_ns();
    arm(c, clock_now_ms(c) + 20, 1);
    wait_notes(1);
    assert_true(clock_monotonic_ns() - real_ns >= (int64_t)36 * NS_PER_MS_HERE);
    clock_free(c);
}

static void test_skip_clock_stands_still(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 1000000);
    assert_int_equal(clock_now_ms(c), 1000000);
    pause_ms(20);
    assert_int_equal(clock_now_ms(c), 1000000);
    clock_free(c);

    c = make(CLOCK_SKIP, 1, 0); // 0: from now
    assert_true(clock_wall_ms() - clock_now_ms(c) < 10000);
    clock_free(c);
}

static void test_skip_clock_is_set_on_and_never_back(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 5000);
    clock_hold(c);
    clock_not_before(c, 7000);
    assert_int_equal(clock_now_ms(c), 7000);
    clock_not_before(c, 6000);
    assert_int_equal(clock_now_ms(c), 7000);
    clock_release(c);
    clock_stop(c);
    clock_free(c);
    struct clock *real = make(CLOCK_REAL, 1, 0);
    int64_t far_ms = clock_now_ms(real) + 1000000;
    clock_not_before(real, far_ms);
    assert_true(clock_now_ms(real) < far_ms);
    clock_stop(real);
    clock_free(real);
}

static void test_skip_clock_jumps_to_the_next_timer(void **state)
{
    (void)state;
    static const int64_t YEAR_MS = INT64_C(365) * 86400 * 1000;
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    clock_hold(c);
    arm(c, 1000 + YEAR_MS, 3);
    arm(c, 2000, 1);
    arm(c, 3000, 2);
    pause_ms(20);
    assert_int_equal(notes_count(), 0);
    assert_int_equal(clock_now_ms(c), 1000);
    clock_release(c);
    wait_notes(3);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(notes.a[i], i + 1);
    assert_int_equal(notes.at_ms[0], 2000);
    assert_int_equal(notes.at_ms[1], 3000);
    assert_int_equal(notes.at_ms[2], 1000 + YEAR_MS);
    assert_int_equal(clock_now_ms(c), 1000 + YEAR_MS);
    clock_free(c);
}

static void test_skip_clock_needs_every_holder_to_let_go(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    clock_hold(c);
    clock_hold(c);
    arm(c, 2000, 1);
    arm(c, 1000, 0); // now: not past, so it waits too
    clock_release(c);
    pause_ms(20);
    assert_int_equal(notes_count(), 0);
    clock_release(c);
    wait_notes(2);
    assert_int_equal(notes.a[0], 0);
    assert_int_equal(notes.at_ms[0], 1000);
    assert_int_equal(notes.a[1], 1);
    clock_free(c);
}

static void test_skip_clock_fires_the_past_while_held(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 1000000);
    clock_hold(c);
    arm(c, 2000000, 9);
    arm(c, 5, 1);
    wait_notes(1);
    arm(c, INT64_MIN, 2);
    wait_notes(2);
    assert_int_equal(notes.a[0], 1);
    assert_int_equal(notes.at_ms[0], 1000000); // time never goes back
    assert_int_equal(notes.a[1], 2);
    pause_ms(10);
    assert_int_equal(notes_count(), 2);
    clock_release(c);
    clock_free(c);
}

static void test_equal_deadlines_fire_in_order_of_arming(void **state)
{
    (void)state;
    enum { COUNT = 1000 };
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    clock_hold(c);
    // Two interleaved groups of equals.
    for (uint64_t i = 0; i < COUNT; i++)
        arm(c, i % 2 ? 3000 : 2000, i);
    clock_release(c);
    wait_notes(COUNT);
    for (size_t i = 0; i < COUNT / 2; i++) {
        assert_int_equal(notes.a[i], 2 * i);
        assert_int_equal(notes.a[COUNT / 2 + i], 2 * i + 1);
    }
    clock_free(c);
}

static void note_and_hold(void *context, uint64_t a, uint64_t b)
{
    note(context, a, b);
    clock_hold(context); // as who posts a message whose work holds the clock
}

static void test_what_a_timer_starts_goes_before_the_next_timer(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    clock_hold(c);
    for (uint64_t i = 0; i < 3; i++)
        clock_timer_arm(c, 2000, note_and_hold, c, i, 0);
    clock_release(c);
    for (size_t i = 1; i <= 3; i++) {
        wait_notes(i);
        pause_ms(10);
        assert_int_equal(notes_count(), i); // one at a time
        clock_release(c);
    }
    clock_free(c);
}

static void rearm(void *context, uint64_t a, uint64_t b)
{
    note(context, a, b);
    if (a < 100)
        clock_timer_arm(context, clock_now_ms(context) + 1000, rearm, context, a + 1, 0);
}

static void test_a_timer_may_arm_the_next(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    clock_timer_arm(c, 2000, rearm, c, 0, 0);
    wait_notes(101);
    for (size_t i = 0; i <= 100; i++)
        assert_int_equal(notes.at_ms[i], 2000 + 1000 * (int64_t)i);
    clock_free(c);
}

static void test_a_cancelled_timer_does_not_fire(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    clock_hold(c);
    clock_timer first = arm(c, 2000, 1);
    clock_timer second = arm(c, 3000, 2);
    clock_timer third = arm(c, 4000, 3);
    assert_true(clock_timer_cancel(c, second));
    assert_false(clock_timer_cancel(c, second));
    assert_false(clock_timer_cancel(c, 0));
    assert_false(clock_timer_cancel(c, UINT64_MAX));

    clock_timer reused = arm(c, 3500, 4); // in the cancelled one's place, under another id
    assert_true(reused != second);
    assert_false(clock_timer_cancel(c, second));

    clock_release(c);
    wait_notes(3);
    assert_int_equal(notes.a[0], 1);
    assert_int_equal(notes.a[1], 4);
    assert_int_equal(notes.a[2], 3);
    assert_false(clock_timer_cancel(c, first)); // fired
    assert_false(clock_timer_cancel(c, third));
    clock_free(c);
}

static void test_far_deadlines_never_come(void **state)
{
    (void)state;
    static const struct {
        enum clock_kind kind;
        double factor;
    } kinds[] = {
        {CLOCK_REAL,   1   },
        {CLOCK_SCALED, 1e6 },
        {CLOCK_SCALED, 1e-3},
        {CLOCK_SKIP,   1   }
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        struct clock *c = make(kinds[i].kind, kinds[i].factor, 1000);
        clock_timer never = arm(c, INT64_MAX, 1);
        arm(c, INT64_C(253402300799999) + 1, 2);
        pause_ms(10);
        assert_int_equal(notes_count(), 0);
        arm(c, INT64_MIN, 3);
        wait_notes(1);
        assert_int_equal(notes.a[0], 3);
        assert_true(clock_timer_cancel(c, never));
        clock_free(c);
    }
    // The last moment that can be told still is one.
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    arm(c, INT64_C(253402300799999), 1);
    wait_notes(1);
    clock_free(c);
}

static void test_many_timers_keep_their_order(void **state)
{
    (void)state;
    enum { COUNT = 100000 };
    static clock_timer timers[COUNT];
    struct clock *c = make(CLOCK_SKIP, 1, 1);
    clock_hold(c);
    uint64_t x = 88172645463325252U;
    for (uint64_t i = 0; i < COUNT; i++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        timers[i] = arm(c, (int64_t)(1000 + x % 50000), i);
    }
    size_t cancelled = 0;
    for (uint64_t i = 0; i < COUNT; i += 3, cancelled++)
        assert_true(clock_timer_cancel(c, timers[i]));
    clock_release(c);
    wait_notes(COUNT - cancelled);
    for (size_t i = 0; i < notes.count; i++) {
        assert_true(notes.a[i] % 3 != 0);
        if (i > 0) {
            assert_true(notes.at_ms[i] >= notes.at_ms[i - 1]);
            if (notes.at_ms[i] == notes.at_ms[i - 1])
                assert_true(notes.a[i] > notes.a[i - 1]);
        }
    }
    clock_free(c);
}

static void test_nothing_fires_after_stop(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_SKIP, 1, 1000);
    clock_hold(c);
    clock_timer t = arm(c, 2000, 1);
    clock_stop(c);
    clock_stop(c);
    clock_release(c);
    arm(c, 0, 2);
    pause_ms(10);
    assert_int_equal(notes_count(), 0);
    assert_true(clock_timer_cancel(c, t));
    clock_free(c);
    clock_free(NULL);
}

static void fire_slowly(void *context, uint64_t a, uint64_t b)
{
    note(context, a, b);
    pause_ms(60);
    note(context, a + 1, b);
}

static void test_stop_waits_for_the_fire_under_way(void **state)
{
    (void)state;
    struct clock *c = make(CLOCK_REAL, 1, 0);
    clock_timer_arm(c, 0, fire_slowly, c, 1, 0);
    clock_timer_arm(c, 0, fire_slowly, c, 3, 0);
    wait_notes(1);
    clock_stop(c);
    // The first whole; on a slow machine the second may have begun, and is whole then too.
    assert_true(notes_count() == 2 || notes_count() == 4);
    assert_int_equal(notes.a[1], 2);
    clock_free(c);
}

/* Arms, cancels and holds from several threads at once: each timer is fired or cancelled, once. */
struct hammer {
    struct clock *clock;
    uint64_t number;
    size_t cancelled;
};

enum { HAMMERS = 4, HAMMER_TIMERS = 3000 };

static void *hammer_main(void *arg)
{
    struct hammer *h = arg;
    for (uint64_t i = 0; i < HAMMER_TIMERS; i++) {
        clock_hold(h->clock);
        int64_t deadline_ms = clock_now_ms(h->clock) + (int64_t)(i % 7);
        clock_timer t = arm(h->clock, deadline_ms, h->number * HAMMER_TIMERS + i);
        if (i % 2 == 0 && clock_timer_cancel(h->clock, t))
            h->cancelled++;
        clock_release(h->clock);
    }
    return NULL;
}

static void test_any_thread_may_arm_and_cancel(void **state)
{
    (void)state;
    static const enum clock_kind kinds[] = {CLOCK_REAL, CLOCK_SKIP};
    static unsigned char seen[HAMMERS * HAMMER_TIMERS];
    for (size_t k = 0; k < 2; k++) {
        struct clock *c = make(kinds[k], 1, 0);
        struct hammer hammers[HAMMERS];
        pthread_t threads[HAMMERS];
        struct err err = ERR_INIT;
        for (uint64_t i = 0; i < HAMMERS; i++) {
            hammers[i] = (struct hammer){c, i, 0};
            assert_true(thread_start(&threads[i], THREAD_WORKER, hammer_main, &hammers[i], &err));
        }
        size_t cancelled = 0;
        for (size_t i = 0; i < HAMMERS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            cancelled += hammers[i].cancelled;
        }
        wait_notes(sizeof seen - cancelled);
        clock_stop(c);
        assert_int_equal(notes.count, sizeof seen - cancelled);
        memset(seen, 0, sizeof seen);
        for (size_t i = 0; i < notes.count; i++)
            assert_int_equal(seen[notes.a[i]]++, 0);
        clock_free(c);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds_are_parsed),
        cmocka_unit_test(test_real_clock_is_the_systems),
        cmocka_unit_test(test_real_timers_fire_in_order_of_deadline),
        cmocka_unit_test(test_real_timers_of_one_second_fire_together),
        cmocka_unit_test(test_an_earlier_timer_wakes_the_thread),
        cmocka_unit_test(test_scaled_time_runs_faster),
        cmocka_unit_test(test_scaled_time_may_run_slower),
        cmocka_unit_test(test_skip_clock_stands_still),
        cmocka_unit_test(test_skip_clock_is_set_on_and_never_back),
        cmocka_unit_test(test_skip_clock_jumps_to_the_next_timer),
        cmocka_unit_test(test_skip_clock_needs_every_holder_to_let_go),
        cmocka_unit_test(test_skip_clock_fires_the_past_while_held),
        cmocka_unit_test(test_equal_deadlines_fire_in_order_of_arming),
        cmocka_unit_test(test_what_a_timer_starts_goes_before_the_next_timer),
        cmocka_unit_test(test_a_timer_may_arm_the_next),
        cmocka_unit_test(test_a_cancelled_timer_does_not_fire),
        cmocka_unit_test(test_far_deadlines_never_come),
        cmocka_unit_test(test_many_timers_keep_their_order),
        cmocka_unit_test(test_nothing_fires_after_stop),
        cmocka_unit_test(test_stop_waits_for_the_fire_under_way),
        cmocka_unit_test(test_any_thread_may_arm_and_cancel),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
