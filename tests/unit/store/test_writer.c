/* The writer: order, groups, refusals, a full disk. */
#include "base/clock.h"
#include "store_fixture.h"

#include <signal.h>
#include <stdatomic.h>
#include <sys/resource.h>
#include <time.h>

enum { NUMBERS_MAX = 2000, LARGE_BYTES = 4 << 20, FILE_MAX_BYTES = 2 << 20 };

static struct store *s;

/* What happened, in order. Written on the writer, read once it is waited for. */
static struct gate gate;
static int applied[NUMBERS_MAX * 4], applied_count;
static int done[NUMBERS_MAX], done_count;
static enum err_id done_err[NUMBERS_MAX];

static int setup(void **state)
{
    (void)state;
    gate = (struct gate)GATE_INIT;
    applied_count = done_count = 0;
    s = fixture_open(":memory:");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    return 0;
}

/* A job that writes its number, and perhaps refuses, or writes a lot. */
struct number_job {
    struct store_job job;
    int number;
    bool refuses;
    size_t bytes;
    struct store *store; /* queues another one when done, if set */
};

static bool number_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct number_job *mine = (struct number_job *)(void *)job;
    assert_true(THREAD_IS(WRITER));
    applied[applied_count++] = mine->number;
    struct sqlite3_stmt *q =
        store_statement(c, "INSERT INTO kube_logs VALUES('c', ?1, 'x', zeroblob(?2))", err);
    if (!q)
        return false;
    char name[16];
    int len = snprintf(name, sizeof name, "%d", mine->number);
    store_bind_str(q, 1, (str){name, (size_t)len});
    store_bind_int(q, 2, (int64_t)mine->bytes);
    if (!store_run(c, q, err))
        return false;
    return !mine->refuses || err_set(err, ERR_CONFLICT, "no");
}

static struct number_job *number_new(int number, int flags);

static void number_done(struct store_job *job, const struct err *err)
{
    struct number_job *mine = (struct number_job *)(void *)job;
    done_err[done_count] = err->id;
    done[done_count++] = mine->number;
    if (mine->store)
        store_submit_take(mine->store, &number_new(mine->number + 1, 0)->job);
    mem_free(mine);
    gate_pass(&gate);
}

static struct number_job *number_new(int number, int flags)
{
    struct number_job *job = mem_new(sizeof *job);
    job->job.apply = number_apply;
    job->job.done = number_done;
    job->job.flags = flags;
    job->number = number;
    return job;
}

static void submit(int number, int flags)
{
    store_submit_take(s, &number_new(number, flags)->job);
}

static int64_t rows(void)
{
    return fixture_number(s, "SELECT count(*) FROM kube_logs");
}

static void test_jobs_are_applied_and_done_in_order(void **state)
{
    (void)state;
    for (int i = 0; i < NUMBERS_MAX; i++)
        submit(i, i % 7 == 0 ? STORE_SOON : 0);
    gate_wait(&gate, NUMBERS_MAX);
    for (int i = 0; i < NUMBERS_MAX; i++) {
        assert_int_equal(applied[i], i);
        assert_int_equal(done[i], i);
        assert_int_equal(done_err[i], ERR_NONE);
    }
    assert_int_equal(rows(), NUMBERS_MAX);
}

static void test_a_job_nobody_waits_for_is_committed_soon_enough(void **state)
{
    (void)state;
    int64_t before_ns = clock_monotonic_ns();
    submit(1, 0);
    gate_wait(&gate, 1);
    assert_true(clock_monotonic_ns() - before_ns < INT64_C(500000000));
    assert_int_equal(rows(), 1);
}

static void test_a_done_job_may_queue_another(void **state)
{
    (void)state;
    struct number_job *job = number_new(1, STORE_SOON);
    job->store = s;
    store_submit_take(s, &job->job);
    gate_wait(&gate, 2);
    assert_int_equal(rows(), 2);
}

static void test_a_refusal_undoes_its_own_changes_alone(void **state)
{
    (void)state;
    submit(1, 0);
    struct number_job *job = number_new(2, STORE_MAY_FAIL);
    job->refuses = true;
    store_submit_take(s, &job->job);
    submit(3, STORE_SOON);
    gate_wait(&gate, 3);
    assert_int_equal(done_err[0], ERR_NONE);
    assert_int_equal(done_err[1], ERR_CONFLICT);
    assert_int_equal(done_err[2], ERR_NONE);
    assert_int_equal(rows(), 2);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM kube_logs WHERE pod_uid = '2'"), 0);
}

static void test_close_commits_what_is_queued(void **state)
{
    (void)state;
    struct store *other = fixture_open(":memory:");
    for (int i = 0; i < 100; i++)
        store_submit_take(other, &number_new(i, 0)->job);
    store_close(other);
    assert_int_equal(done_count, 100);
    for (int i = 0; i < 100; i++)
        assert_int_equal(done_err[i], ERR_NONE);
}

static void disk_is_full(bool full)
{
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = full ? FILE_MAX_BYTES : limit.rlim_max;
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void submit_large(int number, int flags)
{
    struct number_job *job = number_new(number, flags);
    job->bytes = LARGE_BYTES;
    store_submit_take(s, &job->job);
}

static void wait_stalled(void)
{
    struct timespec moment = {0, 1000000};
    while (!store_is_stalled(s))
        (void)nanosleep(&moment, NULL);
}

static void test_a_full_disk_refuses_some_and_keeps_the_others_in_order(void **state)
{
    (void)state;
    disk_is_full(true);
    submit_large(1, 0);
    submit(2, STORE_REFUSABLE);
    submit(3, 0);
    submit(4, STORE_SOON);
    gate_wait(&gate, 1);
    assert_int_equal(done[0], 2);
    assert_int_equal(done_err[0], ERR_STORE_FULL);
    wait_stalled();
    submit(5, 0);
    // These are told at once, not at the next tries: four of those would take 1.5 s.
    int64_t before_ns = clock_monotonic_ns();
    for (int i = 0; i < 4; i++) {
        submit(6 + i, STORE_REFUSABLE);
        gate_wait(&gate, 2 + (unsigned)i);
        assert_int_equal(done[1 + i], 6 + i);
        assert_int_equal(done_err[1 + i], ERR_STORE_FULL);
    }
    assert_true(clock_monotonic_ns() - before_ns < INT64_C(700000000));
    assert_int_equal(store_queued(s), 4);
    assert_int_equal(rows(), 0);

    disk_is_full(false);
    gate_wait(&gate, 9);
    static const int kept[] = {1, 3, 4, 5};
    for (int i = 0; i < 4; i++) {
        assert_int_equal(done[i + 5], kept[i]);
        assert_int_equal(done_err[i + 5], ERR_NONE);
        assert_int_equal(applied[applied_count - 4 + i], kept[i]);
    }
    assert_int_equal(rows(), 4);
    assert_false(store_is_stalled(s));
}

static void test_a_full_disk_is_not_a_refusal_of_a_job_that_may_fail(void **state)
{
    (void)state;
    disk_is_full(true);
    submit_large(1, STORE_MAY_FAIL | STORE_SOON);
    wait_stalled();
    assert_int_equal(store_queued(s), 1);
    disk_is_full(false);
    gate_wait(&gate, 1);
    assert_int_equal(done_err[0], ERR_NONE);
}

static void test_a_stall_with_nothing_kept_ends_by_itself(void **state)
{
    (void)state;
    disk_is_full(true);
    submit_large(1, STORE_REFUSABLE | STORE_SOON);
    gate_wait(&gate, 1);
    assert_int_equal(done_err[0], ERR_STORE_FULL);
    disk_is_full(false);
    struct timespec moment = {0, 1000000};
    while (store_is_stalled(s))
        (void)nanosleep(&moment, NULL);
    submit_large(2, STORE_REFUSABLE | STORE_SOON);
    gate_wait(&gate, 2);
    assert_int_equal(done_err[1], ERR_NONE);
}

static void test_closing_on_a_full_disk_drops_after_a_second(void **state)
{
    (void)state;
    struct store *other = fixture_open(":memory:");
    disk_is_full(true);
    struct number_job *job = number_new(1, STORE_SOON);
    job->bytes = LARGE_BYTES;
    store_submit_take(other, &job->job);
    int64_t before_ns = clock_monotonic_ns();
    store_close(other);
    int64_t took_ns = clock_monotonic_ns() - before_ns;
    disk_is_full(false);
    assert_int_equal(done_count, 1);
    assert_int_equal(done_err[0], ERR_STORE_FULL);
    assert_true(took_ns > INT64_C(500000000) && took_ns < INT64_C(5000000000));
}

static void fired(void *context, uint64_t a, uint64_t b)
{
    (void)a;
    (void)b;
    atomic_int *at = context;
    atomic_store(at, 1);
}

struct clock_job {
    struct store_job job;
    atomic_int *timer_fired;
    int fired_in_apply, fired_in_done;
};

static void pause_ms(int ms)
{
    struct timespec pause = {0, ms * 1000000L};
    (void)nanosleep(&pause, NULL);
}

static bool clock_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    (void)c;
    (void)err;
    struct clock_job *mine = (struct clock_job *)(void *)job;
    pause_ms(20);
    mine->fired_in_apply = atomic_load(mine->timer_fired);
    return true;
}

static void clock_done(struct store_job *job, const struct err *err)
{
    (void)err;
    struct clock_job *mine = (struct clock_job *)(void *)job;
    pause_ms(20);
    mine->fired_in_done = atomic_load(mine->timer_fired);
    gate_pass(&gate);
}

static void test_skipped_time_waits_for_the_commit(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct clock *clock = clock_new(CLOCK_SKIP, 1, 1000, &err);
    assert_non_null(clock);
    clock_hold(clock);
    struct store_options options = {
        .data_dir = STR(":memory:"), .clock = clock, .durability = STORE_OFF};
    struct store *other = store_open(&options, &err);
    assert_non_null(other);
    atomic_int timer_fired = 0;
    (void)clock_timer_arm(clock, 5000, fired, &timer_fired, 0, 0);
    struct clock_job job = {
        .job = {.apply = clock_apply, .done = clock_done},
          .timer_fired = &timer_fired
    };
    store_submit_take(other, &job.job);
    clock_release(clock);
    gate_wait(&gate, 1);
    while (!atomic_load(&timer_fired))
        pause_ms(1);
    assert_false(job.fired_in_apply);
    assert_false(job.fired_in_done);
    store_close(other);
    clock_stop(clock);
    clock_free(clock);
}

static void *submits_many(void *arg)
{
    int first = *(int *)arg;
    for (int i = 0; i < NUMBERS_MAX / 4; i++) {
        submit(first + i, i % 5 == 0 ? STORE_SOON : 0);
        if (i % 50 == 0)
            (void)rows(); // this thread's reader beside the writer
    }
    return NULL;
}

static void test_threads_submit_and_read_beside_the_writer(void **state)
{
    (void)state;
    pthread_t threads[4];
    int firsts[4];
    for (int i = 0; i < 4; i++) {
        firsts[i] = i * NUMBERS_MAX;
        assert_int_equal(pthread_create(&threads[i], NULL, submits_many, &firsts[i]), 0);
    }
    for (int i = 0; i < 4; i++)
        assert_int_equal(pthread_join(threads[i], NULL), 0);
    gate_wait(&gate, NUMBERS_MAX);
    assert_int_equal(rows(), NUMBERS_MAX);
    int next[4] = {0};
    for (int i = 0; i < NUMBERS_MAX; i++) // in order, as seen from each thread
        assert_int_equal(applied[i] % NUMBERS_MAX, next[applied[i] / NUMBERS_MAX]++);
}

int main(void)
{
    (void)signal(SIGXFSZ, SIG_IGN); // a write past the limit fails instead
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_jobs_are_applied_and_done_in_order),
        TEST(test_a_job_nobody_waits_for_is_committed_soon_enough),
        TEST(test_a_done_job_may_queue_another),
        TEST(test_a_refusal_undoes_its_own_changes_alone),
        TEST(test_close_commits_what_is_queued),
        TEST(test_a_full_disk_refuses_some_and_keeps_the_others_in_order),
        TEST(test_a_full_disk_is_not_a_refusal_of_a_job_that_may_fail),
        TEST(test_a_stall_with_nothing_kept_ends_by_itself),
        TEST(test_closing_on_a_full_disk_drops_after_a_second),
        TEST(test_skipped_time_waits_for_the_commit),
        TEST(test_threads_submit_and_read_beside_the_writer),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
