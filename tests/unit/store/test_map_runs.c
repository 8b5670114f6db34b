/* Map Runs: written with a step, counted from their child executions, listed. */
#include "store/map_runs.h"
#include "store_fixture.h"

#include <inttypes.h>

#define RUN "arn:aws:states:us-east-1:123456789012:mapRun:m/label:"

static struct store *s;
static struct arena a;

static int setup(void **state)
{
    (void)state;
    arena_init(&a, 16 << 20);
    s = fixture_open(":memory:");
    fixture_start(s, 1, "parent");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    arena_release(&a);
    return 0;
}

static struct store_map_run run_of(uint64_t id, char arn[128])
{
    (void)snprintf(arn, 128, RUN "%" PRIu64, id);
    return (struct store_map_run){.id = id,
                                  .execution = 1,
                                  .frame = 3,
                                  .arn = str_from_c(arn),
                                  .status = STORE_RUNNING,
                                  .start_ms = 2000,
                                  .tolerated_count = STORE_NOT_GIVEN,
                                  .tolerated_percentage = 12.5,
                                  .items = 10};
}

static void put(const struct store_map_run *run)
{
    struct step_answer answer;
    struct store_step *step = fixture_step(s, 1, NULL, &answer);
    store_step_map_run(step, run);
    fixture_submit(step, &answer);
    assert_int_equal(answer.err, ERR_NONE);
}

static void start_child(uint64_t id, uint64_t run, uint64_t item, uint64_t items)
{
    char name[24], arn[128];
    (void)snprintf(name, sizeof name, "child-%" PRIu64, id);
    struct store_execution e = fixture_execution(id, name, arn);
    e.map_run = run;
    e.item = item;
    e.items = items;
    struct step_answer answer;
    struct store_step *step = fixture_step(s, id, NULL, &answer);
    store_step_start(step, &e, true);
    fixture_submit(step, &answer);
    assert_int_equal(answer.start, STORE_STARTED);
}

static struct store_map_run find(const char *arn)
{
    struct err err = ERR_INIT;
    struct store_map_run run;
    bool found = false;
    assert_true(store_map_run_find(fixture_reader(s), &a, str_from_c(arn), &run, &found, &err));
    assert_true(found);
    return run;
}

static void a_run_is_what_was_last_written_of_it(void **state)
{
    (void)state;
    char arn[128];
    struct store_map_run run = run_of(7, arn);
    put(&run);
    struct store_map_run read = find(arn);
    assert_int_equal(read.id, 7);
    assert_int_equal(read.frame, 3);
    assert_int_equal(read.status, STORE_RUNNING);
    assert_int_equal(read.tolerated_count, STORE_NOT_GIVEN);
    assert_true(read.tolerated_percentage == 12.5);
    assert_int_equal(read.stop_ms, 0);
    assert_true(str_eq(read.execution_arn, STR(EXECUTION "parent")));
    assert_true(str_eq(read.machine_arn, STR(MACHINE)));

    run.status = STORE_FAILED;
    run.stop_ms = 3000;
    run.tolerated_count = 4;
    run.tolerated_percentage = STORE_NOT_GIVEN;
    run.items = 11;
    put(&run);
    read = find(arn);
    assert_int_equal(read.status, STORE_FAILED);
    assert_int_equal(read.stop_ms, 3000);
    assert_int_equal(read.tolerated_count, 4);
    assert_true(read.tolerated_percentage < 0);
    assert_int_equal(read.items, 11);
    assert_int_equal(read.start_ms, 2000);
}

static void counts_are_those_of_its_children(void **state)
{
    (void)state;
    char arn[128];
    struct store_map_run run = run_of(7, arn);
    put(&run);
    start_child(2, 7, 0, 3);
    start_child(3, 7, 3, 3);
    start_child(4, 7, 6, 1);
    start_child(5, 8, 0, 100); // another run's
    fixture_end(s, 2, STORE_SUCCEEDED, 5000);
    fixture_end(s, 3, STORE_FAILED, 5000);

    struct err err = ERR_INIT;
    struct store_map_counts counts;
    assert_true(store_map_run_counts(fixture_reader(s), 7, &counts, &err));
    assert_int_equal(counts.executions[STORE_SUCCEEDED], 1);
    assert_int_equal(counts.items[STORE_SUCCEEDED], 3);
    assert_int_equal(counts.executions[STORE_FAILED], 1);
    assert_int_equal(counts.items[STORE_FAILED], 3);
    assert_int_equal(counts.executions[STORE_RUNNING], 1);
    assert_int_equal(counts.items[STORE_RUNNING], 1);
    assert_int_equal(counts.executions[STORE_ABORTED], 0);
}

static bool see_child(void *context, const struct store_execution *e, struct err *err)
{
    (void)err;
    struct buf *out = context;
    buf_printf(out, "%" PRIu64 ":%" PRIu64 "+%" PRIu64 "%s ", e->id, e->item, e->items,
               e->input.ptr ? "i" : "");
    return true;
}

static void children_are_read_in_the_order_of_their_items(void **state)
{
    (void)state;
    start_child(4, 7, 6, 1);
    start_child(2, 7, 0, 3);
    start_child(3, 7, 3, 3);
    struct err err = ERR_INIT;
    struct buf seen;
    buf_init(&seen, 1000);
    assert_true(store_map_children(fixture_reader(s), 7, 0, 0, false, see_child, &seen, &err));
    assert_true(str_eq(buf_str(&seen), STR("2:0+3 3:3+3 4:6+1 ")));
    buf_reset(&seen);
    assert_true(store_map_children(fixture_reader(s), 7, 1, 1, true, see_child, &seen, &err));
    assert_true(str_eq(buf_str(&seen), STR("3:3+3i ")));
    buf_release(&seen);
}

static void lists_begin_with_the_newest_and_go_on_from_there(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    char arn[128];
    for (uint64_t id = 1; id <= 5; id++) {
        struct store_map_run run = run_of(id, arn);
        put(&run);
        start_child(id + 10, 5, id, 1);
    }
    fixture_end(s, 12, STORE_ABORTED, 6000);
    struct store_map_run runs[3];
    size_t count = 0;
    struct store_connection *c = fixture_reader(s);
    assert_true(
        store_map_runs_list(c, &a, STR(EXECUTION "parent"), UINT64_MAX, 3, runs, &count, &err));
    assert_int_equal(count, 3);
    assert_int_equal(runs[0].id, 5);
    assert_true(
        store_map_runs_list(c, &a, STR(EXECUTION "parent"), runs[2].id, 3, runs, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(runs[1].id, 1);
    assert_true(store_map_runs_list(c, &a, STR(EXECUTION "no"), UINT64_MAX, 3, runs, &count, &err));
    assert_int_equal(count, 0);

    struct store_execution children[10];
    assert_true(store_map_children_list(c, &a, 5, -1, UINT64_MAX, 10, children, &count, &err));
    assert_int_equal(count, 5);
    assert_int_equal(children[0].item, 5);
    assert_true(store_map_children_list(c, &a, 5, STORE_RUNNING, 5, 2, children, &count, &err));
    assert_int_equal(count, 2);
    assert_int_equal(children[0].item, 4);
    assert_int_equal(children[1].item, 3);
    assert_true(
        store_map_children_list(c, &a, 5, STORE_ABORTED, UINT64_MAX, 2, children, &count, &err));
    assert_int_equal(count, 1);
    assert_int_equal(children[0].id, 12);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_run_is_what_was_last_written_of_it, setup, teardown),
        cmocka_unit_test_setup_teardown(counts_are_those_of_its_children, setup, teardown),
        cmocka_unit_test_setup_teardown(children_are_read_in_the_order_of_their_items, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(lists_begin_with_the_newest_and_go_on_from_there, setup,
                                        teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
