/* The engine is stopped and started again in the middle of executions: they go on where they were.
 */
#include "engine_fixture.h"

#include <stdatomic.h>

/* Once armed, the first event holds the clock: nothing that needs time follows it. */
struct brake {
    struct clock *clock;
    atomic_bool armed;
    struct gate held;
};

static void observe(void *context, const struct engine_event *e)
{
    (void)e;
    struct brake *b = context;
    if (!atomic_exchange(&b->armed, false))
        return;
    clock_hold(b->clock);
    gate_pass(&b->held);
}

static str take_output(struct history *h)
{
    return h->execution.output.ptr ? h->execution.output : STR("");
}

static void run_undisturbed(const struct engine_case *c, struct fixture *f, struct history *h)
{
    struct run r;
    const struct start s = {.name = STR("m"),
                            .definition = c->definition,
                            .input = c->input.ptr ? c->input : STR("{}")};
    fixture_open(f);
    fixture_start(f, &r, &s);
    gate_wait(&r.started, 1);
    gate_wait(&r.ended, 1);
    run_release(&r);
    history_read(f, r.arn, h);
}

static bool is_running(struct fixture *f, const char *arn)
{
    struct history h;
    history_read(f, arn, &h);
    bool running = h.execution.status == STORE_RUNNING;
    history_release(&h);
    return running;
}

/* Stops the engine after each moment at which something happened, until the execution is closed.
 * Gives how often. */
static unsigned run_disturbed(const struct engine_case *c, struct fixture *f, struct history *h)
{
    struct brake *brake = mem_new(sizeof *brake); // f refers to it until it is closed
    *brake = (struct brake){.held = GATE_INIT};
    struct run r;
    const struct start s = {.name = STR("m"),
                            .definition = c->definition,
                            .input = c->input.ptr ? c->input : STR("{}")};
    f->observer = observe;
    f->observer_context = brake;
    fixture_open(f);
    brake->clock = f->clock;
    clock_hold(f->clock);
    fixture_start(f, &r, &s);
    gate_wait(&r.started, 1);
    unsigned restarts = 0;
    for (;;) {
        engine_stop(f->engine); // what it had done is committed now
        bool running = is_running(f, r.arn);
        atomic_store(&brake->armed, running);
        fixture_engine_start(f);
        if (!running)
            break;
        assert_true(restarts++ < 200);
        clock_release(f->clock);
        gate_wait(&brake->held, restarts); // the brake's hold takes the place of ours
    }
    clock_release(f->clock);
    run_release(&r);
    history_read(f, r.arn, h);
    return restarts;
}

static void test_outputs_are_those_of_an_undisturbed_run(void **state)
{
    (void)state;
    char *text = file_read("restart.cases");
    str rest = str_from_c(text);
    struct engine_case c;
    size_t count = 0;
    while (case_next(&rest, &c)) {
        struct fixture calm = {0};
        struct fixture rough = {0};
        struct history a;
        struct history b;
        char name[64];
        (void)snprintf(name, sizeof name, "%.*s", STR_ARG(c.name));
        run_undisturbed(&c, &calm, &a);
        memset(script_counts, 0, sizeof script_counts);
        unsigned restarts = run_disturbed(&c, &rough, &b);
        memset(script_counts, 0, sizeof script_counts);
        history_check(&a, name);
        history_check(&b, name);
        if (a.execution.status != b.execution.status || !str_eq(take_output(&a), take_output(&b)) ||
            a.execution.stop_ms != b.execution.stop_ms || a.count != b.count)
            fail_msg("case %s: %.*s (%zu events) undisturbed, %.*s (%zu events) disturbed", name,
                     STR_ARG(take_output(&a)), a.count, STR_ARG(take_output(&b)), b.count);
        if (restarts < 2)
            fail_msg("case %s: ended before it could be disturbed, %.*s %.*s", name,
                     STR_ARG(b.execution.error), STR_ARG(b.execution.cause));
        history_release(&a);
        history_release(&b);
        fixture_close(&calm);
        fixture_close(&rough);
        mem_free(rough.observer_context);
        count++;
    }
    assert_true(count > 0);
    free(text);
}

static void wait_for_submission(void *context, const struct engine_event *e)
{
    if (strcmp(e->type, "TaskSubmitted") == 0)
        gate_pass(context);
}

static void test_a_call_in_flight_is_made_again_with_what_was_recorded(void **state)
{
    (void)state;
    struct gate submitted = GATE_INIT;
    struct fixture f = {.observer = wait_for_submission, .observer_context = &submitted};
    struct run r;
    struct history h;
    const struct start s = {
        .name = STR("m"),
        .definition =
            STR("{\"StartAt\":\"T\",\"States\":{\"T\":{\"Type\":\"Task\",\"Resource\":"
                "\"arn:aws:states:::test:script\",\"TimeoutSeconds\":100,\"Parameters\":{\"Key\":"
                "\"flight\",\"Plan\":[{\"Do\":\"submit\",\"Output\":{\"s\":1},\"Recall\":{\"job\":"
                "\"j1\"}},{\"Do\":\"again\"}]},\"End\":true}}}"),
        .input = STR("{}"),
    };
    fixture_open(&f);
    clock_hold(f.clock);
    fixture_start(&f, &r, &s);
    gate_wait(&submitted, 1);
    engine_stop(f.engine);
    fixture_engine_start(&f);
    clock_release(f.clock);
    while (is_running(&f, r.arn)) {
    }
    history_read(&f, r.arn, &h);
    history_check(&h, "flight");
    assert_int_equal(h.execution.status, STORE_SUCCEEDED);
    assert_true(str_starts(h.execution.output,
                           STR("{\"again\":true,\"recall\":{\"job\":\"j1\"},\"id\":\"")));
    assert_int_equal(script_calls("flight"), 2);
    assert_int_equal(h.count, 8); // no second TaskScheduled
    history_release(&h);
    fixture_close(&f);
}

static void alarm_rang(void *context, uint64_t a, uint64_t b)
{
    (void)a;
    (void)b;
    gate_pass(context);
}

static void test_a_wait_that_ended_meanwhile_is_over_at_once(void **state)
{
    (void)state;
    struct gate rang = GATE_INIT;
    struct fixture f = {0};
    struct run r;
    struct history h;
    const struct start s = {
        .name = STR("m"),
        .definition = STR("{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":9,"
                          "\"End\":true}}}"),
        .input = STR("{}"),
    };
    fixture_open(&f);
    clock_hold(f.clock);
    fixture_start(&f, &r, &s);
    gate_wait(&r.started, 1);
    engine_stop(f.engine);
    assert_true(clock_timer_arm(f.clock, fixture_epoch_ms + 100000, alarm_rang, &rang, 0, 0) != 0);
    clock_release(f.clock);
    gate_wait(&rang, 1);
    fixture_engine_start(&f);
    while (is_running(&f, r.arn)) {
    }
    history_read(&f, r.arn, &h);
    history_check(&h, "late");
    assert_int_equal(h.execution.status, STORE_SUCCEEDED);
    assert_int_equal(h.execution.stop_ms, fixture_epoch_ms + 100000);
    history_release(&h);
    fixture_close(&f);
}

static void test_an_express_execution_is_not_resumed(void **state)
{
    (void)state;
    struct fixture f = {0};
    struct run r;
    struct history h;
    const struct start s = {
        .name = STR("m"),
        .definition = STR("{\"StartAt\":\"W\",\"States\":{\"W\":{\"Type\":\"Wait\",\"Seconds\":9,"
                          "\"End\":true}}}"),
        .input = STR("{}"),
        .express = true,
        .name_is_new = true,
    };
    fixture_open(&f);
    clock_hold(f.clock);
    fixture_start(&f, &r, &s);
    gate_wait(&r.started, 1);
    engine_stop(f.engine);
    fixture_engine_start(&f);
    while (is_running(&f, r.arn)) {
    }
    clock_release(f.clock);
    history_read(&f, r.arn, &h);
    history_check(&h, "express");
    assert_int_equal(h.execution.status, STORE_FAILED);
    assert_str(h.execution.error, "States.Runtime");
    history_release(&h);
    fixture_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_outputs_are_those_of_an_undisturbed_run),
        cmocka_unit_test(test_a_call_in_flight_is_made_again_with_what_was_recorded),
        cmocka_unit_test(test_a_wait_that_ended_meanwhile_is_over_at_once),
        cmocka_unit_test(test_an_express_execution_is_not_resumed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
