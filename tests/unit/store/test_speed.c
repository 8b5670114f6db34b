/* Measurements, for a person: STEPD_MEASURE=DIR asks whether costs grow with what is done, not with
 * what is there, and runs Pass executions on durability full in DIR with 64 in flight. Without it
 * nothing is measured: a loaded machine would decide what passes. */
#include "base/clock.h"
#include "store_fixture.h"

#include <stdatomic.h>
#include <time.h>

static struct store *s;

static int64_t cpu_ns(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    return t.tv_sec * INT64_C(1000000000) + t.tv_nsec;
}

/* CPU time of the fastest of three, so that a neighbour's load counts less. */
static int64_t fastest_ns(void (*fn)(size_t n), size_t n)
{
    int64_t best_ns = INT64_MAX;
    for (int i = 0; i < 3; i++) {
        s = fixture_open(":memory:");
        fixture_start(s, 1, "x");
        int64_t before_ns = cpu_ns();
        fn(n);
        int64_t took_ns = cpu_ns() - before_ns;
        best_ns = took_ns < best_ns ? took_ns : best_ns;
        store_close(s);
    }
    return best_ns;
}

/* Ten times as much may cost up to fifty times as much: caches fill, and neighbours load the
 * machine; a square would cost a hundred. */
static void assert_linear(void (*fn)(size_t n), size_t n)
{
    if (!getenv("STEPD_MEASURE")) // NOLINT(concurrency-mt-unsafe): nobody sets it
        skip();
    int64_t one_ns = fastest_ns(fn, n);
    int64_t ten_ns = fastest_ns(fn, n * 10);
    if (ten_ns > one_ns * 50)
        fail_msg("%zu cost %ld us, %zu cost %ld us", n, (long)(one_ns / 1000), n * 10,
                 (long)(ten_ns / 1000));
}

static void history_grows(size_t n)
{
    for (size_t i = 0; i < n; i += 50) {
        struct step_answer answer;
        struct store_step *step = fixture_step(s, 1, NULL, &answer);
        for (size_t j = 0; j < 50; j++) {
            struct store_event e = {.id = i + j + 1,
                                    .previous = i + j,
                                    .type = "PassStateEntered",
                                    .data_name = "input",
                                    .data = json_integer(5)};
            store_step_event(step, &e);
        }
        fixture_submit(step, &answer);
    }
}

static void test_a_long_history_costs_its_events(void **state)
{
    (void)state;
    assert_linear(history_grows, 2000);
}

/* Items of a Map, each with a Parallel below it, in one step: half end inside it. */
static void map_in_one_step(size_t n)
{
    struct store_payloads payloads;
    store_payloads_init(&payloads, 1);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, &payloads, &answer);
    for (uint64_t i = 0; i < n; i++) {
        uint64_t id = 10 + i * 4;
        for (uint64_t j = 0; j < 4; j++) {
            struct store_frame f = {
                .id = id + j, .parent = j == 0 ? 1 : id, .data = json_integer(1)};
            store_step_frame(step, &f);
        }
        if (i % 2 == 0) {
            store_step_frames_delete_under(step, id);
            store_step_frame_delete(step, id);
        }
    }
    fixture_submit(step, &answer);
    store_payloads_release(&payloads);
}

/* Each item ends in a step of its own, beside all the others. */
static void map_ends_one_by_one(size_t n)
{
    struct store_payloads payloads;
    store_payloads_init(&payloads, 1);
    struct step_answer answer;
    map_in_one_step(n);
    for (uint64_t i = 1; i < n; i += 2) {
        struct store_step *step = fixture_step(s, 1, &payloads, &answer);
        store_step_frames_delete_under(step, 10 + i * 4);
        store_step_frame_delete(step, 10 + i * 4);
        fixture_submit(step, &answer);
    }
    store_payloads_release(&payloads);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM frames"), 0);
}

static void test_a_map_costs_its_items(void **state)
{
    (void)state;
    assert_linear(map_in_one_step, 400);
    assert_linear(map_ends_one_by_one, 200);
}

/* -- the measurement -- */

enum { IN_FLIGHT = 64, PASSES = 100000 };

static atomic_uint_fast64_t next_id = 1;
static uint64_t last_id;
static bool names_in_order;
static struct gate finished = GATE_INIT;

static void pass_begin(void);

static void pass_done(void *context, enum store_start start, int64_t start_ms,
                      const struct err *err)
{
    (void)context;
    (void)start_ms;
    assert_int_equal(err->id, ERR_NONE);
    assert_int_equal(start, STORE_STARTED);
    pass_begin();
}

/* The five events of one Pass, and its value. */
static void pass_events(struct store_step *step, uint64_t id, json value)
{
    static const char *const types[] = {"ExecutionStarted", "PassStateEntered", "PassStateExited",
                                        "PassStateEntered", "ExecutionSucceeded"};
    for (uint64_t i = 0; i < 5; i++) {
        json details = json_object(1);
        assert_true(json_put_take(&details, STR("name"), json_string(STR("Hello"))));
        struct store_event event = {.id = i + 1,
                                    .previous = i,
                                    .type = types[i],
                                    .at_ms = 1700000000000 + (int64_t)id,
                                    .details_taken = details,
                                    .data_name = "input",
                                    .data = value};
        store_step_event(step, &event);
    }
}

static void pass_begin(void)
{
    uint64_t id = atomic_fetch_add(&next_id, 1);
    if (id > last_id) {
        gate_pass(&finished);
        return;
    }
    char arn[128];
    char name[48];
    uint64_t number = names_in_order ? id : id * UINT64_C(0x9E3779B97F4A7C15);
    (void)snprintf(name, sizeof name, "%016llx-0000-4000-8000-000000000000",
                   (unsigned long long)number);
    struct store_execution e = fixture_execution(id, name, arn);
    struct store_payloads payloads;
    store_payloads_init(&payloads, 1);
    struct store_step *step = store_step_new(s, id, &payloads, pass_done, NULL);
    store_step_start(step, &e, true);
    json value = json_object(1);
    assert_true(json_put_take(&value, STR("greeting"), json_string(STR("hello, world"))));
    pass_events(step, id, value);
    store_step_end(step, STORE_SUCCEEDED, value, STR_NONE, STR_NONE, 1700000000001);
    json_unref(value);
    store_step_submit_take(step, true);
    store_payloads_release(&payloads);
}

static void measure(const char *what)
{
    finished.done = 0;
    last_id = atomic_load(&next_id) + PASSES - 1;
    int64_t before_ns = clock_monotonic_ns();
    int64_t before_cpu_ns = cpu_ns();
    for (int i = 0; i < IN_FLIGHT; i++)
        pass_begin();
    gate_wait(&finished, IN_FLIGHT);
    int64_t took_cpu_ns = cpu_ns() - before_cpu_ns;
    int64_t took_ns = clock_monotonic_ns() - before_ns;
    print_message("%d passes, names %s: %.0f a second, %.1f us CPU each\n", PASSES, what,
                  PASSES / ((double)took_ns / 1e9), (double)took_cpu_ns / 1e3 / PASSES);
    atomic_store(&next_id, last_id + 1);
}

static void test_measure_passes(void **state)
{
    (void)state;
    const char *dir = getenv("STEPD_MEASURE"); // NOLINT(concurrency-mt-unsafe): nobody sets it
    if (!dir)
        skip();
    struct err err = ERR_INIT;
    struct store_options options = {.data_dir = str_from_c(dir), .durability = STORE_FULL};
    s = store_open(&options, &err);
    assert_non_null(s);
    names_in_order = true;
    measure("in order");
    names_in_order = false;
    measure("at random");
    store_close(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_long_history_costs_its_events),
        cmocka_unit_test(test_a_map_costs_its_items),
        cmocka_unit_test(test_measure_passes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
