/* Definitions run to their end: status, output and whole histories, against what is written in
 * *.cases.
 *
 *     case NAME
 *     express                          (an EXPRESS machine)
 *     definition
 *     {…}                              (lines until one that begins another field)
 *     input {…}
 *     status FAILED
 *     output …  error …  cause …       (absent: there must be none)
 *     events                           (absent: only well-formed)
 *      ID PREVIOUS TYPE [DETAILS] [DATA]     (JSON, compared when written)
 *     end
 *
 * Histories without a remark are those AWS recorded or measured for such a definition; where it is
 * known to vary, ours is one that is right. */
#include "engine_fixture.h"

static struct fixture fixture;

static bool same_json(str a, str b)
{
    struct err err = ERR_INIT;
    json x = json_absent();
    json y = json_absent();
    bool same = json_parse(a, &x, &err) && json_parse(b, &y, &err) && json_equal(x, y);
    err_release(&err);
    json_unref(x);
    json_unref(y);
    return same;
}

/* "A B" -> A and B, at the first blank outside JSON: values are written without blanks there. */
static bool event_matches(str line, const struct seen_event *e)
{
    while (line.len > 0 && line.ptr[0] == ' ')
        line = str_skip(line, 1);
    str rest = line;
    str parts[5] = {STR_NONE, STR_NONE, STR_NONE, STR_NONE, STR_NONE};
    for (size_t i = 0; i < 5 && rest.ptr; i++)
        parts[i] = i < 4 ? str_cut(&rest, ' ') : rest;
    int64_t id = -1;
    int64_t previous = -1;
    return str_to_int64(parts[0], &id) && str_to_int64(parts[1], &previous) &&
           (uint64_t)id == e->id && (uint64_t)previous == e->previous &&
           str_eq(parts[2], e->type) && (!parts[3].ptr || same_json(parts[3], e->details)) &&
           (!parts[4].ptr || same_json(parts[4], e->data));
}

static void show(const struct history *h)
{
    for (size_t i = 0; i < h->count; i++)
        print_message(" %llu %llu %.*s %.*s %.*s\n", (unsigned long long)h->events[i].id,
                      (unsigned long long)h->events[i].previous, STR_ARG(h->events[i].type),
                      STR_ARG(h->events[i].details), STR_ARG(h->events[i].data));
}

static void check_events(const struct engine_case *c, const struct history *h)
{
    str rest = c->events;
    size_t i = 0;
    while (rest.ptr && rest.len > 0) {
        str line = case_line(&rest);
        if (i < h->count && event_matches(line, &h->events[i++]))
            continue;
        show(h);
        fail_msg("case %.*s: expected event '%.*s'", STR_ARG(c->name), STR_ARG(line));
    }
    if (c->events.ptr && i != h->count) {
        show(h);
        fail_msg("case %.*s: %zu events, expected %zu", STR_ARG(c->name), h->count, i);
    }
}

static void check_text(const struct engine_case *c, const char *what, str expected, bool has,
                       const char *actual)
{
    if (expected.ptr ? !has || !str_eq(expected, str_from_c(actual)) : has)
        fail_msg("case %.*s: %s '%s', expected '%.*s'", STR_ARG(c->name), what, actual,
                 STR_ARG(expected.ptr ? expected : STR("(none)")));
}

static void run_case(const struct engine_case *c)
{
    struct run r;
    char machine[128];
    (void)snprintf(machine, sizeof machine, "%.*s", STR_ARG(c->name));
    const struct start s = {
        .name = str_from_c(machine),
        .definition = c->definition,
        .input = c->input.ptr ? c->input : STR("{}"),
        .express = c->express,
        .name_is_new = c->express,
    };
    fixture_start(&fixture, &r, &s);
    gate_wait(&r.started, 1);
    assert_int_equal(r.refused, ERR_NONE);
    gate_wait(&r.ended, 1);
    struct history h;
    history_read(&fixture, r.arn, &h);
    str status = store_status_name(r.status);
    if (!str_eq(status, c->status)) {
        show(&h);
        fail_msg("case %.*s: %.*s %s: %s", STR_ARG(c->name), STR_ARG(status), r.error, r.cause);
    }
    check_text(c, "error", c->error, r.has_error, r.error);
    check_text(c, "cause", c->cause, r.has_cause, r.cause);
    str output = json_is_absent(r.output) ? STR_NONE : json_text(r.output);
    if (c->output.ptr ? !output.ptr || !same_json(c->output, output) : output.ptr != NULL) {
        show(&h);
        fail_msg("case %.*s: output %.*s", STR_ARG(c->name), STR_ARG(output));
    }
    text_free(output);
    history_check(&h, machine);
    check_events(c, &h);
    assert_int_equal(h.execution.status, r.status);
    history_release(&h);
    run_release(&r);
}

static void run_file(const char *path)
{
    char *text = file_read(path);
    str rest = str_from_c(text);
    struct engine_case c;
    size_t count = 0;
    while (case_next(&rest, &c)) {
        run_case(&c);
        count++;
    }
    assert_true(count > 0);
    free(text);
}

static int open_world(void **state)
{
    (void)state;
    fixture_open(&fixture);
    return 0;
}

static int close_world(void **state)
{
    (void)state;
    fixture_close(&fixture);
    return 0;
}

static void test_simple_states(void **state)
{
    (void)state;
    run_file("simple.cases");
}

static void test_tasks(void **state)
{
    (void)state;
    run_file("task.cases");
}

static void test_parallel(void **state)
{
    (void)state;
    run_file("parallel.cases");
}

static void test_map(void **state)
{
    (void)state;
    run_file("map.cases");
}

static void test_distributed_map(void **state)
{
    (void)state;
    run_file("distributed.cases");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_simple_states),   cmocka_unit_test(test_tasks),
        cmocka_unit_test(test_parallel),        cmocka_unit_test(test_map),
        cmocka_unit_test(test_distributed_map),
    };
    return cmocka_run_group_tests(tests, open_world, close_world);
}
