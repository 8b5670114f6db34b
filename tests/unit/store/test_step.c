/* Steps: what is written is what is read, starts and clashes, payloads, ends. */
#include "store_fixture.h"

#include <signal.h>
#include <sys/resource.h>

static struct store *s;
static struct arena a;

static int setup(void **state)
{
    (void)state;
    arena_init(&a, 16 << 20);
    s = fixture_open(":memory:");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    arena_release(&a);
    return 0;
}

static struct store_execution find(const char *name)
{
    char arn[128];
    (void)snprintf(arn, sizeof arn, EXECUTION "%s", name);
    struct err err = ERR_INIT;
    struct store_execution e;
    bool found = false;
    assert_true(store_execution_find(fixture_reader(s), &a, str_from_c(arn), &e, &found, &err));
    assert_true(found);
    return e;
}

/* Events as read, in an arena. */
struct seen {
    struct store_event_row rows[3000];
    size_t count;
    bool copies, refuses;
};
static struct seen seen;

static str keep(str text)
{
    str copy = text.ptr ? arena_str(&a, text) : STR_NONE;
    assert_true(!text.ptr || copy.ptr);
    return copy;
}

static bool see(void *context, const struct store_event_row *e, struct err *err)
{
    struct seen *to = context;
    if (to->refuses)
        return err_set(err, ERR_INTERNAL, "enough");
    struct store_event_row *row = &to->rows[to->count++];
    *row = *e;
    row->type = keep(e->type);
    row->details = keep(e->details);
    row->data_name = keep(e->data_name);
    row->data = keep(e->data);
    return true;
}

static void events(uint64_t execution, uint64_t from, bool reverse, size_t limit)
{
    struct err err = ERR_INIT;
    seen.count = 0;
    assert_true(
        store_events_read(fixture_reader(s), execution, from, reverse, limit, see, &seen, &err));
}

static void add_event(struct store_step *step, uint64_t id, const char *type, json data)
{
    struct store_event e = {.id = id,
                            .previous = id - 1,
                            .type = type,
                            .at_ms = 1000 + (int64_t)id,
                            .details_taken = fixture_json("{\"name\":\"A\"}"),
                            .data_name = "input",
                            .data = data};
    store_step_event(step, &e);
}

static void assert_pass_execution(void)
{
    struct store_execution got = find("x");
    assert_int_equal(got.id, 7);
    assert_str(got.arn, EXECUTION "x");
    assert_str(got.machine_arn, MACHINE);
    assert_str(got.name, "x");
    assert_int_equal(got.revision, 1);
    assert_false(got.express);
    assert_int_equal(got.status, STORE_SUCCEEDED);
    assert_int_equal(got.start_ms, 1007);
    assert_int_equal(got.stop_ms, 2000);
    assert_str(got.input, "{ \"a\" : 1 }");
    assert_str(got.output, "{\"a\":1}");
    assert_null(got.error.ptr);
    assert_null(got.cause.ptr);
}

static void assert_pass_events(void)
{
    events(7, 1, false, 100);
    assert_int_equal(seen.count, 12);
    assert_str(seen.rows[0].type, "ExecutionStarted");
    assert_int_equal(seen.rows[0].id, 1);
    assert_int_equal(seen.rows[0].previous, 0);
    assert_int_equal(seen.rows[0].at_ms, 1001);
    assert_str(seen.rows[0].details, "{\"name\":\"A\"}");
    assert_str(seen.rows[0].data_name, "input");
    assert_str(seen.rows[0].data, "{\"a\":1}");
    assert_null(seen.rows[1].details.ptr);
    assert_null(seen.rows[1].data_name.ptr);
    assert_null(seen.rows[1].data.ptr);
}

static void test_a_pass_in_one_step_is_read_back(void **state)
{
    (void)state;
    char arn[128];
    struct store_execution e = fixture_execution(7, "x", arn);
    e.input = STR("{ \"a\" : 1 }");
    struct store_payloads payloads;
    store_payloads_init(&payloads, 1);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 7, &payloads, &answer);
    store_step_start(step, &e, true);
    json data = fixture_json("{\"a\":1}");
    add_event(step, 1, "ExecutionStarted", data);
    struct store_event bare = {.id = 2, .previous = 1, .type = "ParallelStateStarted", .at_ms = 5};
    store_step_event(step, &bare);
    for (uint64_t i = 3; i <= 12; i++) // past what a step holds without a block of its own
        add_event(step, i, "PassStateEntered", data);
    assert_int_equal(store_step_size(step), 12);
    store_step_end(step, STORE_SUCCEEDED, data, STR_NONE, STR_NONE, 2000);
    json_unref(data);
    fixture_submit(step, &answer);
    assert_int_equal(answer.start, STORE_STARTED);
    assert_int_equal(answer.start_ms, 1007);
    assert_int_equal(answer.err, ERR_NONE);

    assert_pass_execution();
    assert_pass_events();
    store_payloads_release(&payloads);
}

static void test_events_are_paged_both_ways(void **state)
{
    (void)state;
    fixture_start(s, 1, "x");
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, NULL, &answer);
    for (uint64_t i = 1; i <= 5; i++)
        add_event(step, i, "PassStateEntered", json_absent());
    fixture_submit(step, &answer);
    events(1, 2, false, 2);
    assert_int_equal(seen.count, 2);
    assert_int_equal(seen.rows[0].id, 2);
    assert_int_equal(seen.rows[1].id, 3);
    events(1, UINT64_MAX, true, 2);
    assert_int_equal(seen.rows[0].id, 5);
    assert_int_equal(seen.rows[1].id, 4);
    events(1, 3, true, 100);
    assert_int_equal(seen.count, 3);
    events(2, 1, false, 100);
    assert_int_equal(seen.count, 0);

    struct err err = ERR_INIT;
    seen.refuses = true;
    assert_false(store_events_read(fixture_reader(s), 1, 1, false, 100, see, &seen, &err));
    seen.refuses = false;
    assert_int_equal(err.id, ERR_INTERNAL);
    err_release(&err);
    events(1, 1, false, 100); // the statement was finished
    assert_int_equal(seen.count, 5);
}

static void test_an_end_has_its_error_and_cause(void **state)
{
    (void)state;
    fixture_start(s, 1, "x");
    assert_int_equal(find("x").status, STORE_RUNNING);
    assert_int_equal(find("x").stop_ms, 0);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, NULL, &answer);
    store_step_end(step, STORE_FAILED, json_absent(), STR("Boom"), STR(""), 3000);
    fixture_submit(step, &answer);
    assert_int_equal(answer.start, STORE_STARTED);
    struct store_execution e = find("x");
    assert_int_equal(e.status, STORE_FAILED);
    assert_int_equal(e.stop_ms, 3000);
    assert_null(e.output.ptr);
    assert_str(e.error, "Boom");
    assert_non_null(e.cause.ptr);
    assert_str(e.cause, "");
}

static void test_a_large_value_is_stored_once(void **state)
{
    (void)state;
    char arn[128];
    struct store_execution e = fixture_execution(1, "x", arn);
    struct store_payloads payloads;
    store_payloads_init(&payloads, 1);
    json large = fixture_large('a', 200000);
    for (uint64_t i = 0; i < 20; i++) {
        struct step_answer answer;
        struct store_step *step = fixture_step(s, 1, &payloads, &answer);
        if (i == 0)
            store_step_start(step, &e, true);
        add_event(step, i * 2 + 1, "PassStateEntered", large);
        add_event(step, i * 2 + 2, "PassStateExited", large);
        struct store_frame f = {.id = 1, .data = json_null(), .input = large, .work = large};
        store_step_frame(step, &f);
        if (i == 19)
            store_step_end(step, STORE_SUCCEEDED, large, STR_NONE, STR_NONE, 2000);
        fixture_submit(step, &answer);
        assert_int_equal(answer.err, ERR_NONE);
    }
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM payloads"), 1);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM history WHERE length(data) = 200002"),
                     40);
    assert_int_equal(find("x").output.len, 200002);
    uint64_t next = 0;
    struct err err = ERR_INIT;
    assert_true(store_payloads_next_id(fixture_reader(s), 1, &next, &err));
    assert_int_equal(next, 2);
    assert_true(store_payloads_next_id(fixture_reader(s), 2, &next, &err));
    assert_int_equal(next, 1);
    json_unref(large);
    store_payloads_release(&payloads);
}

static void test_a_step_shares_more_values_than_are_kept_between_steps(void **state)
{
    (void)state;
    fixture_start(s, 1, "x");
    enum { VALUES = 50, USES = 200 };
    json values[VALUES];
    struct store_payloads payloads;
    store_payloads_init(&payloads, 1);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, &payloads, &answer);
    for (size_t i = 0; i < VALUES; i++)
        values[i] = fixture_large((char)('A' + i % 26), 600 + i);
    for (uint64_t i = 0; i < USES; i++)
        add_event(step, i + 1, "PassStateEntered", values[i % VALUES]);
    fixture_submit(step, &answer);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM payloads"), VALUES);
    events(1, 1, false, 1000);
    for (size_t i = 0; i < USES; i++)
        assert_int_equal(seen.rows[i].data.len, 602 + i % VALUES);

    // The last eight are known to the next step, the first is not; both are read back.
    step = fixture_step(s, 1, &payloads, &answer);
    add_event(step, 1001, "PassStateEntered", values[VALUES - 8]);
    add_event(step, 1002, "PassStateEntered", values[0]);
    fixture_submit(step, &answer);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM payloads"), VALUES + 1);
    events(1, 1001, false, 10);
    assert_int_equal(seen.rows[0].data.len, 602 + VALUES - 8);
    assert_int_equal(seen.rows[1].data.len, 602);
    store_payloads_release(&payloads);
    for (size_t i = 0; i < VALUES; i++)
        json_unref(values[i]);
}

/* Starts an execution and tells how it went. */
static struct step_answer start(uint64_t id, const char *name, const char *input, int64_t at_ms)
{
    char arn[128];
    struct store_execution e = fixture_execution(id, name, arn);
    e.input = str_from_c(input);
    e.start_ms = at_ms;
    struct step_answer answer;
    struct store_step *step = fixture_step(s, id, NULL, &answer);
    store_step_start(step, &e, false);
    add_event(step, 1, "ExecutionStarted", json_absent());
    fixture_submit(step, &answer);
    assert_int_equal(answer.err, ERR_NONE);
    return answer;
}

static void test_a_name_runs_once(void **state)
{
    (void)state;
    static const int64_t day_ms = INT64_C(24) * 60 * 60 * 1000;
    assert_int_equal(start(1, "x", "{}", 1000).start, STORE_STARTED);
    struct step_answer again = start(2, "x", "{}", 2000);
    assert_int_equal(again.start, STORE_START_SAME);
    assert_int_equal(again.start_ms, 1000);
    assert_int_equal(start(3, "x", "{} ", 2000).start, STORE_START_CLASH);
    assert_int_equal(start(4, "y", "{}", 2000).start, STORE_STARTED);
    fixture_end(s, 1, STORE_SUCCEEDED, 5000);
    assert_int_equal(start(5, "x", "{}", 6000).start, STORE_START_CLASH);
    assert_int_equal(start(6, "x", "{}", 4999 + 90 * day_ms).start, STORE_START_CLASH);
    assert_int_equal(start(7, "x", "{}", 5000 + 90 * day_ms).start, STORE_STARTED);
    assert_int_equal(find("x").id, 7);
    // Of the others nothing is there, nor of the one that was outlived.
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM executions"), 2);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM events"), 2);
    uint64_t last = 0;
    struct err err = ERR_INIT;
    assert_true(store_execution_last_id(fixture_reader(s), &last, &err));
    assert_int_equal(last, 7);
}

static void test_steps_behind_a_start_that_was_not_written_are_passed_over(void **state)
{
    (void)state;
    assert_int_equal(start(1, "x", "{}", 1000).start, STORE_STARTED);
    assert_int_equal(start(2, "x", "{\"other\":1}", 1000).start, STORE_START_CLASH);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 2, NULL, &answer);
    add_event(step, 2, "PassStateEntered", json_absent());
    fixture_submit(step, &answer);
    assert_int_equal(answer.err, ERR_EXECUTION_DOES_NOT_EXIST);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM events"), 1);
}

static void test_a_full_disk_refuses_starts_and_what_follows_them(void **state)
{
    (void)state;
    fixture_start(s, 1, "runs");
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &limit), 0);
    struct rlimit full = {1 << 20, limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &full), 0);

    struct store_payloads payloads;
    store_payloads_init(&payloads, 1);
    json large = fixture_large('x', 2 << 20);
    struct step_answer answers[4];
    char arn[128];
    struct store_execution e = fixture_execution(2, "refused", arn);
    struct store_step *step = fixture_step(s, 2, NULL, &answers[0]);
    store_step_start(step, &e, true);
    store_step_submit_take(step, false);
    step = fixture_step(s, 2, NULL, &answers[1]); // the engine ran ahead
    add_event(step, 2, "PassStateEntered", json_absent());
    store_step_submit_take(step, false);
    step = fixture_step(s, 1, &payloads, &answers[2]);
    add_event(step, 1, "PassStateEntered", large);
    store_step_submit_take(step, false);
    step = fixture_step(s, 1, &payloads, &answers[3]);
    add_event(step, 2, "PassStateExited", large);
    store_step_submit_take(step, true);
    gate_wait(&answers[0].gate, 1);
    assert_int_equal(answers[0].err, ERR_STORE_FULL);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
    for (int i = 1; i < 4; i++)
        gate_wait(&answers[i].gate, 1);
    assert_int_equal(answers[1].err, ERR_EXECUTION_DOES_NOT_EXIST);
    assert_int_equal(answers[2].err, ERR_NONE);
    assert_int_equal(answers[3].err, ERR_NONE);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM executions"), 1);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM events"), 2);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM payloads"), 1);
    json_unref(large);
    store_payloads_release(&payloads);
}

static void test_a_start_without_memory_is_refused(void **state)
{
    (void)state;
    char arn[128];
    struct store_execution e = fixture_execution(1, "x", arn);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, NULL, &answer);
    mem_fail_after(1);
    store_step_start(step, &e, true);
    mem_fail_after(0);
    fixture_submit(step, &answer);
    assert_int_equal(answer.err, ERR_NO_MEMORY);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM executions"), 0);
    fixture_start(s, 2, "x");
}

/* The writer's allocations fail from its thread: printing is tried again, and is whole. */
static void fail_next(void *context, enum store_start result, int64_t start_ms,
                      const struct err *err)
{
    (void)result;
    (void)start_ms;
    (void)err;
    mem_fail_after(1);
    gate_pass(context);
}

static void test_a_step_is_written_again_when_memory_fails(void **state)
{
    (void)state;
    fixture_start(s, 1, "x");
    struct gate failing = GATE_INIT;
    store_step_submit_take(store_step_new(s, 1, NULL, fail_next, &failing), true);
    gate_wait(&failing, 1);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, NULL, &answer);
    json large = fixture_large('x', 100000);
    add_event(step, 1, "PassStateEntered", large);
    json_unref(large);
    fixture_submit(step, &answer);
    assert_int_equal(answer.err, ERR_NONE);
    assert_int_equal(fixture_number(s, "SELECT length(data) FROM history"), 100002);
}

static void list(int status, int64_t before_ms, uint64_t before_id, const char *names)
{
    struct err err = ERR_INIT;
    struct store_execution page[10];
    size_t count = 99;
    struct store_executions_page p = {STR_INIT(MACHINE), status, before_ms, before_id, 3};
    assert_true(store_executions_list(fixture_reader(s), &a, &p, page, &count, &err));
    assert_int_equal(count, strlen(names));
    for (size_t i = 0; i < count; i++) {
        assert_int_equal(page[i].name.ptr[0], names[i]);
        assert_null(page[i].input.ptr);
    }
}

static void test_executions_are_listed_newest_first(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d", "e"};
    static const int64_t starts[] = {100, 300, 200, 300, 50};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(start(i + 1, names[i], "{}", starts[i]).start, STORE_STARTED);
    list(-1, INT64_MAX, UINT64_MAX, "dbc");
    list(-1, 200, 3, "ae");
    list(-1, 300, 4, "bca");
    fixture_end(s, 2, STORE_FAILED, 400);
    fixture_end(s, 5, STORE_FAILED, 400);
    list(STORE_RUNNING, INT64_MAX, UINT64_MAX, "dca");
    list(STORE_FAILED, INT64_MAX, UINT64_MAX, "be");
    list(STORE_FAILED, 300, 2, "e");
    list(STORE_ABORTED, INT64_MAX, UINT64_MAX, "");
}

static bool see_running(void *context, const struct store_execution *e, struct err *err)
{
    (void)err;
    char *names = context;
    assert_int_equal(e->status, STORE_RUNNING);
    assert_str(e->input, "{\"in\":1}");
    names[strlen(names)] = e->name.ptr[0];
    return true;
}

static void test_running_executions_are_found_oldest_first(void **state)
{
    (void)state;
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        assert_int_equal(start(i + 1, names[i], "{\"in\":1}", 100 - (int64_t)i).start,
                         STORE_STARTED);
    fixture_end(s, 2, STORE_TIMED_OUT, 400);
    char found[8] = "";
    struct err err = ERR_INIT;
    assert_true(store_executions_running(fixture_reader(s), see_running, found, &err));
    assert_string_equal(found, "acd");
}

static void test_the_views_show_whole_rows(void **state)
{
    (void)state;
    fixture_start(s, 1, "x");
    fixture_end(s, 1, STORE_SUCCEEDED, 4567);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, NULL, &answer);
    json one = fixture_json("[1]");
    add_event(step, 1, "PassStateEntered", one);
    json_unref(one);
    fixture_submit(step, &answer);
    assert_str(fixture_text(s, &a,
                            "SELECT execution_name || id || type || at || details || data_name"
                            " || data FROM history"),
               "x1PassStateEntered1970-01-01T00:00:01.001Z{\"name\":\"A\"}input[1]");
    assert_str(fixture_text(s, &a,
                            "SELECT name || status || started || stopped || took_ms"
                            " FROM execution_list"),
               "xSUCCEEDED1970-01-01T00:00:01.001Z1970-01-01T00:00:04.567Z3566");
}

static void test_statuses_have_aws_names(void **state)
{
    (void)state;
    for (int i = 0; i < STORE_STATUS_COUNT; i++) {
        enum store_status got = STORE_STATUS_COUNT;
        assert_true(store_status_parse(store_status_name((enum store_status)i), &got));
        assert_int_equal(got, i);
    }
    enum store_status got;
    assert_false(store_status_parse(STR("PENDING"), &got));
    assert_str(store_status_name(STORE_TIMED_OUT), "TIMED_OUT");
}

int main(void)
{
    (void)signal(SIGXFSZ, SIG_IGN); // a write past the limit fails instead
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_a_pass_in_one_step_is_read_back),
        TEST(test_events_are_paged_both_ways),
        TEST(test_an_end_has_its_error_and_cause),
        TEST(test_a_large_value_is_stored_once),
        TEST(test_a_step_shares_more_values_than_are_kept_between_steps),
        TEST(test_a_name_runs_once),
        TEST(test_steps_behind_a_start_that_was_not_written_are_passed_over),
        TEST(test_a_full_disk_refuses_starts_and_what_follows_them),
        TEST(test_a_start_without_memory_is_refused),
        TEST(test_a_step_is_written_again_when_memory_fails),
        TEST(test_executions_are_listed_newest_first),
        TEST(test_running_executions_are_found_oldest_first),
        TEST(test_the_views_show_whole_rows),
        TEST(test_statuses_have_aws_names),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
