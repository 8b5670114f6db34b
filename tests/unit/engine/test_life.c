/* Executions from the outside: names, stopping, deletion, quotas, many at once. */
#include "engine_fixture.h"

#include <stdatomic.h>
#include <time.h>

#define PASS "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}}"
#define SLEEP                                                                                      \
    "{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":60,\"End\":true}}}"

/* A loop of `n` turns: Choice, Pass, each an entered and an exited event. */
#define LOOP                                                                                       \
    "{\"StartAt\":\"C\",\"States\":{"                                                              \
    "\"C\":{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.i\",\"NumericGreaterThanEqualsPath" \
    "\":\"$.n\",\"Next\":\"D\"}],\"Default\":\"P\"},"                                              \
    "\"P\":{\"Type\":\"Pass\",\"Parameters\":{\"n.$\":\"$.n\",\"i.$\":\"States.MathAdd($.i,1)\"}," \
    "\"Next\":\"C\"},\"D\":{\"Type\":\"Succeed\"}}}"

static void wait_end(struct run *r)
{
    gate_wait(&r->started, 1);
    assert_int_equal(r->refused, ERR_NONE);
    gate_wait(&r->ended, 1);
}

static void start(struct fixture *f, struct run *r, const char *name, const char *definition,
                  const char *input)
{
    const struct start s = {
        .name = str_from_c(name), .definition = str_from_c(definition), .input = str_from_c(input)};
    fixture_start(f, r, &s);
}

static void test_same_name_and_input_is_the_same_start(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct run first, same, other;
    fixture_open(&f);
    clock_hold(f.clock);
    struct start s = {.name = STR("m"), .definition = STR(SLEEP), .input = STR("{}")};
    s.revision = fixture_machine(&f, s.name, s.definition, false);
    fixture_start(&f, &first, &s);
    gate_wait(&first.started, 1);
    fixture_start(&f, &same, &s);
    gate_wait(&same.started, 1);
    s.input = STR("{\"a\":1}");
    fixture_start(&f, &other, &s);
    gate_wait(&other.started, 1);
    assert_int_equal(first.refused, ERR_NONE);
    assert_int_equal(same.refused, ERR_NONE);
    assert_true(same.existed && !first.existed);
    assert_int_equal(same.start_ms, first.start_ms);
    assert_int_equal(other.refused, ERR_EXECUTION_ALREADY_EXISTS);
    clock_release(f.clock);
    gate_wait(&first.ended, 1);
    fixture_start(&f, &other, &s); // a closed one's name is not free either
    gate_wait(&other.started, 1);
    assert_int_equal(other.refused, ERR_EXECUTION_ALREADY_EXISTS);
    run_release(&first);
    fixture_close(&f);
    assert_int_equal(gate_passed(&same.ended) + gate_passed(&other.ended), 0);
}

struct stop {
    struct gate gate;
    int64_t at_ms;
};

static void stopped(void *context, int64_t stop_ms)
{
    struct stop *s = context;
    s->at_ms = stop_ms;
    gate_pass(&s->gate);
}

static void test_an_execution_is_stopped(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct run r;
    struct history h;
    struct stop stop = {.gate = GATE_INIT};
    fixture_open(&f);
    clock_hold(f.clock);
    assert_false(engine_abort(f.engine, STR(RUNS "m:no"), STR_NONE, STR_NONE, stopped, &stop));
    start(&f, &r, "m", SLEEP, "{}");
    gate_wait(&r.started, 1);
    assert_int_equal(engine_open_count(f.engine), 1);
    assert_true(engine_abort(f.engine, str_from_c(r.arn), STR("Why"), STR_NONE, stopped, &stop));
    gate_wait(&stop.gate, 1);
    wait_end(&r);
    assert_int_equal(r.status, STORE_ABORTED);
    assert_int_equal(stop.at_ms, r.stop_ms);
    assert_string_equal(r.error, "Why");
    assert_false(r.has_cause);
    assert_int_equal(engine_open_count(f.engine), 0);
    assert_false(engine_abort(f.engine, str_from_c(r.arn), STR_NONE, STR_NONE, stopped, &stop));
    history_read(&f, r.arn, &h);
    history_check(&h, "stopped");
    assert_int_equal(h.count, 3);
    assert_str(h.events[2].type, "ExecutionAborted");
    assert_int_equal(h.events[2].previous, 0);
    history_release(&h);
    clock_release(f.clock);
    fixture_close(&f);
}

static void test_a_deleted_machines_executions_end_at_their_next_transition(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct run r;
    fixture_open(&f);
    clock_hold(f.clock);
    start(&f, &r, "m",
          "{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":60,\"Next\":\"A\"},"
          "\"A\":{\"Type\":\"Pass\",\"End\":true}}}",
          "{}");
    gate_wait(&r.started, 1);
    engine_machine_deleted(f.engine, STR(MACHINES "m"));
    clock_release(f.clock);
    wait_end(&r);
    assert_int_equal(r.status, STORE_ABORTED);
    assert_int_equal(r.stop_ms, r.start_ms + 60000);
    fixture_close(&f);
}

static size_t loop_events(struct fixture *f, const char *name, const char *input)
{
    struct run r;
    struct history h;
    start(f, &r, name, LOOP, input);
    wait_end(&r);
    assert_int_equal(r.status, STORE_SUCCEEDED);
    history_read(f, r.arn, &h);
    history_check(&h, name);
    size_t count = h.count;
    history_release(&h);
    run_release(&r);
    return count;
}

static void test_a_loop_costs_its_turns(void **state)
{
    (void)state;
    struct fixture f = {0};
    fixture_open(&f);
    assert_int_equal(loop_events(&f, "l200", "{\"i\":0,\"n\":200}"), 4 * 200 + 6);
    assert_int_equal(loop_events(&f, "l1000", "{\"i\":0,\"n\":1000}"), 4 * 1000 + 6);
    fixture_close(&f);
}

static void test_event_25000_is_the_failure(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct run r;
    struct history h;
    fixture_open(&f);
    start(&f, &r, "m", LOOP, "{\"i\":0,\"n\":1000000}");
    wait_end(&r);
    assert_int_equal(r.status, STORE_FAILED);
    assert_string_equal(r.error, "States.Runtime");
    assert_string_equal(r.cause,
                        "The execution reached the maximum number of history events (25000).");
    history_read(&f, r.arn, &h);
    history_check(&h, "25000");
    assert_int_equal(h.count, 25000);
    assert_str(h.events[24999].type, "ExecutionFailed");
    history_release(&h);
    fixture_close(&f);
}

/* States that double a text: past 262,144 bytes the state's output is refused. */
static void test_state_output_has_a_quota(void **state)
{
    (void)state;
    static const char doubling[] =
        "{\"StartAt\":\"C\",\"States\":{"
        "\"C\":{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.i\",\"NumericEquals\":20,"
        "\"Next\":\"D\"}],\"Default\":\"P\"},"
        "\"P\":{\"Type\":\"Pass\",\"Parameters\":{\"i.$\":\"States.MathAdd($.i,1)\","
        "\"t.$\":\"States.Format('{}{}', $.t, $.t)\"},\"Next\":\"C\"},"
        "\"D\":{\"Type\":\"Pass\",\"Result\":1,\"End\":true}}}";
    for (int off = 0; off < 2; off++) {
        struct fixture f = {.limits_off = off};
        struct run r;
        fixture_open(&f);
        start(&f, &r, "m", doubling, "{\"i\":0,\"t\":\"x\"}");
        wait_end(&r);
        if (off) {
            assert_int_equal(r.status, STORE_SUCCEEDED);
        } else {
            assert_string_equal(r.error, "States.DataLimitExceeded");
            assert_string_equal(r.cause, "The state/task 'P' returned a result with a size "
                                         "exceeding the maximum number of bytes service limit.");
        }
        run_release(&r);
        fixture_close(&f);
    }
}

enum { MANY = 300 };

static void test_many_at_once_on_several_workers(void **state)
{
    (void)state;
    static const char work[] =
        "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemProcessor\":{\"StartAt\":"
        "\"P\",\"States\":{\"P\":{\"Type\":\"Parallel\",\"Branches\":[{\"StartAt\":\"W\",\"States\""
        ":{\"W\":{\"Type\":\"Wait\",\"Seconds\":1,\"End\":true}}},{\"StartAt\":\"A\",\"States\":{"
        "\"A\":{\"Type\":\"Pass\",\"Result\":7,\"End\":true}}}],\"End\":true}}},\"End\":true}}}";
    struct fixture f = {.workers = 4};
    struct run *runs = calloc(MANY, sizeof *runs);
    assert_non_null(runs);
    fixture_open(&f);
    for (size_t i = 0; i < MANY; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "m%zu", i);
        start(&f, &runs[i], name, work, "[1,2,3]");
    }
    for (size_t i = 0; i < MANY; i++) {
        wait_end(&runs[i]);
        assert_int_equal(runs[i].status, STORE_SUCCEEDED);
        str text = json_text(runs[i].output);
        assert_str(text, "[[1,7],[2,7],[3,7]]");
        text_free(text);
        run_release(&runs[i]);
    }
    fixture_close(&f);
    free(runs);
}

static void test_a_map_of_many_items(void **state)
{
    (void)state;
    enum { ITEMS = 4000 };
    struct fixture f = {0};
    struct run r;
    struct history h;
    struct buf input;
    buf_init(&input, 1 << 20);
    buf_add_char(&input, '[');
    for (int i = 0; i < ITEMS; i++)
        buf_printf(&input, "%s%d", i ? "," : "", i);
    buf_add_char(&input, ']');
    buf_add_char(&input, '\0');
    fixture_open(&f);
    start(&f, &r, "m",
          "{\"StartAt\":\"M\",\"States\":{\"M\":{\"Type\":\"Map\",\"ItemProcessor\":{\"StartAt\":"
          "\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true}}},\"End\":true}}}",
          input.ptr);
    wait_end(&r);
    assert_int_equal(r.status, STORE_SUCCEEDED);
    assert_int_equal(json_len(r.output), ITEMS);
    history_read(&f, r.arn, &h);
    history_check(&h, "many items");
    assert_int_equal(h.count, 4 * ITEMS + 6);
    history_release(&h);
    run_release(&r);
    fixture_close(&f);
    buf_release(&input);
}

static void test_stopping_calls_nobody_back(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct run r;
    fixture_open(&f);
    clock_hold(f.clock);
    start(&f, &r, "m", SLEEP, "{}");
    gate_wait(&r.started, 1);
    engine_stop(f.engine);
    clock_release(f.clock);
    fixture_engine_start(&f); // goes on, but nobody is left to hear of it
    assert_int_equal(gate_passed(&r.ended), 0);
    fixture_close(&f);
    assert_int_equal(gate_passed(&r.ended), 0);
}

/* Time that passes as fast as it can: ten seconds whenever nobody holds the clock. */
struct haste {
    struct clock *clock;
    atomic_bool ended;
};

static void ten_seconds_passed(void *context, uint64_t a, uint64_t b)
{
    struct haste *h = context;
    const struct timespec breath = {.tv_nsec = 10000}; // others come to the clock's lock
    (void)a, (void)b;
    (void)nanosleep(&breath, NULL);
    if (!atomic_load(&h->ended))
        (void)clock_timer_arm(h->clock, clock_now_ms(h->clock) + 10 * MS_PER_S, ten_seconds_passed,
                              h, 0, 0);
}

static void test_no_time_passes_before_the_first_state(void **state)
{
    (void)state;
    enum { STARTS = 500 };
    struct fixture f = {0};
    fixture_open(&f);
    struct start s = {.name = STR("m"),
                      .definition = STR("{\"StartAt\":\"P\",\"TimeoutSeconds\":1,\"States\":{"
                                        "\"P\":{\"Type\":\"Pass\",\"End\":true}}}"),
                      .input = STR("{}"),
                      .express = true};
    s.revision = fixture_machine(&f, s.name, s.definition, true);
    struct haste haste = {.clock = f.clock};
    ten_seconds_passed(&haste, 0, 0);
    for (int i = 0; i < STARTS; i++) {
        struct run r;
        char name[16];
        (void)snprintf(name, sizeof name, "m%d", i);
        s.name = str_from_c(name);
        fixture_start(&f, &r, &s);
        wait_end(&r);
        assert_int_equal(r.status, STORE_SUCCEEDED);
        assert_int_equal(r.stop_ms, r.start_ms);
        run_release(&r);
    }
    atomic_store(&haste.ended, true);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_time_passes_before_the_first_state),
        cmocka_unit_test(test_same_name_and_input_is_the_same_start),
        cmocka_unit_test(test_an_execution_is_stopped),
        cmocka_unit_test(test_a_deleted_machines_executions_end_at_their_next_transition),
        cmocka_unit_test(test_a_loop_costs_its_turns),
        cmocka_unit_test(test_event_25000_is_the_failure),
        cmocka_unit_test(test_state_output_has_a_quota),
        cmocka_unit_test(test_many_at_once_on_several_workers),
        cmocka_unit_test(test_a_map_of_many_items),
        cmocka_unit_test(test_stopping_calls_nobody_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
