/* Intrinsic functions through the door: a file of cases each, and what a file cannot say. */
#include "unit.h"
/* unit.h comes before everything */
#include "../cases.h"
#include "asl/intrinsics/intrinsics.h"
#include "base/mem.h"

enum { ARENA_MAX_BYTES = 1 << 20 };

struct fixture {
    struct arena a;
    struct rng rng;
    struct err err;
    struct jsonpath_roots roots;
};

static json parsed(str text)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    if (!json_parse(text, &v, &err))
        fail_msg("%.*s: %s", STR_ARG(text), err.text);
    return v;
}

static void setup(struct fixture *f, str input)
{
    arena_init(&f->a, ARENA_MAX_BYTES);
    rng_seed(&f->rng, 1);
    f->err = ERR_INIT;
    f->roots.input = parsed(input);
    f->roots.context = parsed(STR("{\"name\":\"a-b-c\"}"));
}

static void teardown(struct fixture *f)
{
    err_release(&f->err);
    json_unref(f->roots.input);
    json_unref(f->roots.context);
    arena_release(&f->a);
}

static bool run(struct fixture *f, str expression, json *out)
{
    const struct intrinsic_expression *e;
    return intrinsic_parse(&f->a, expression, &e, &f->err) &&
           intrinsic_eval(e, &f->roots, &f->rng, out, &f->err);
}

static void run_case(str line)
{
    str field[CASE_FIELDS_MAX] = {STR_NONE};
    if (cases_split(line, field) != 3)
        fail_msg("not a case: %.*s", STR_ARG(line));
    struct fixture f;
    struct buf got;
    json made;
    setup(&f, field[1]);
    buf_init(&got, CASES_MAX_BYTES);
    bool ok = run(&f, field[0], &made);
    if (ok) {
        json_print(made, &got);
        json_unref(made);
    } else {
        buf_printf(&got, "%.*s: %.*s", STR_ARG(err_name(&f.err)), STR_ARG(err_text(&f.err)));
    }
    bool named = !ok && str_eq(err_name(&f.err), field[2]); // a case may leave out the text
    if (!named && !str_eq(buf_str(&got), field[2]))
        fail_msg("%.*s\n  gives %.*s", STR_ARG(line), STR_ARG(buf_str(&got)));
    buf_release(&got);
    teardown(&f);
}

/* Runs a file; gives the number of cases that name the function. */
static size_t run_file(const char *path, str function)
{
    struct buf file = cases_load(path);
    size_t count = 0;
    for (str rest = buf_str(&file), line; cases_line(&rest, &line);) {
        run_case(line);
        count += memmem(line.ptr, line.len, function.ptr, function.len) != NULL;
    }
    buf_release(&file);
    return count;
}

static void test_every_function_follows_its_cases(void **state)
{
    (void)state;
    size_t count;
    const str *names = intrinsic_names(&count);
    assert_int_equal(count, 18);
    for (size_t i = 0; i < count; i++) {
        char path[128];
        assert_true(i == 0 || str_cmp(names[i - 1], names[i]) < 0);
        str bare = str_skip(names[i], sizeof "States." - 1);
        assert_true(snprintf(path, sizeof path, "%.*s.cases", STR_ARG(bare)) < (int)sizeof path);
        assert_true(run_file(path, names[i]) > 0);
    }
}

static void test_calls_follow_their_cases(void **state)
{
    (void)state;
    assert_true(run_file("calls.cases", STR("States.Array")) > 0);
}

static void test_a_call_is_known_by_its_beginning(void **state)
{
    (void)state;
    assert_true(intrinsic_looks_like(STR("States.Array()")));
    assert_false(intrinsic_looks_like(STR("$.States.Array")));
    assert_false(intrinsic_looks_like(STR("States")));
}

static void test_use_of_the_context_is_told(void **state)
{
    (void)state;
    struct fixture f;
    const struct intrinsic_expression *e;
    setup(&f, STR("{}"));
    assert_true(intrinsic_parse(&f.a, STR("States.Array($.a)"), &e, &f.err));
    assert_false(intrinsic_uses_context(e));
    assert_true(intrinsic_parse(&f.a, STR("States.Array(States.Array($$.a), 1)"), &e, &f.err));
    assert_true(intrinsic_uses_context(e));
    teardown(&f);
}

static void test_uuids_differ_and_have_version_4(void **state)
{
    (void)state;
    struct fixture f;
    json one = json_absent(), two = json_absent();
    setup(&f, STR("{}"));
    assert_true(run(&f, STR("States.UUID()"), &one) && run(&f, STR("States.UUID()"), &two));
    assert_int_equal(json_str(one).len, UUID_TEXT_LEN);
    assert_int_equal(json_str(one).ptr[14], '4');
    assert_false(json_equal(one, two));
    json_unref(one);
    json_unref(two);
    teardown(&f);
}

static void test_random_numbers_stay_in_their_range(void **state)
{
    (void)state;
    struct fixture f;
    bool seen[3] = {false};
    setup(&f, STR("{}"));
    for (int i = 0; i < 200; i++) {
        json v = json_absent();
        assert_true(run(&f, STR("States.MathRandom(-1, 2)"), &v));
        assert_in_range(v.as.integer + 1, 0, 2);
        seen[v.as.integer + 1] = true;
    }
    assert_true(seen[0] && seen[1] && seen[2]);
    teardown(&f);
}

/* An object {"a": text of count times piece, "n": again}. */
static json input_of(const char *piece, size_t count)
{
    struct buf b;
    buf_init(&b, 8 << 20);
    for (size_t i = 0; i < count; i++)
        buf_add(&b, str_from_c(piece));
    json object = json_object(1);
    assert_true(json_put_take(&object, STR("a"), json_string(buf_str(&b))));
    buf_release(&b);
    return object;
}

static void check_size(const char *expression, const char *piece, size_t count, bool fits)
{
    struct fixture f;
    json v = json_absent();
    setup(&f, STR("{}"));
    json_unref(f.roots.input);
    f.roots.input = input_of(piece, count);
    bool ok = run(&f, str_from_c(expression), &v);
    assert_int_equal(ok, fits);
    if (ok)
        json_unref(v);
    else
        assert_int_equal(f.err.id, ERR_STATES_RUNTIME);
    teardown(&f);
}

static void test_sizes_are_bounded(void **state)
{
    (void)state;
    check_size("States.Hash($.a, 'MD5')", "é", 10000, true);
    check_size("States.Hash($.a, 'MD5')", "é", 10001, false);
    check_size("States.Base64Encode($.a)", "x", 10000, true);
    check_size("States.Base64Encode($.a)", "x", 10001, false);
    check_size("States.Base64Decode($.a)", "AAAA", 2500, true);
    check_size("States.Base64Decode($.a)", "AAAA", 2501, false);
    check_size("States.Format('{}{}{}', $.a, $.a, $.a)", "x", 300000, true);
    check_size("States.Format('{}{}{}{}', $.a, $.a, $.a, $.a)", "x", 300000, false);
    check_size("States.JsonToString($.a)", "x", 1048577, false);
    check_size("States.StringSplit($.a, $.a)", "x", 300000, false);
    check_size("States.ArrayLength(States.StringSplit($.a, ','))", "x,", 100000, true);
}

static void refuse_repeated(const char *head, const char *middle, size_t times)
{
    struct fixture f;
    struct buf b;
    const struct intrinsic_expression *e;
    setup(&f, STR("{}"));
    buf_init(&b, 8 << 20);
    buf_add(&b, str_from_c(head));
    for (size_t i = 0; i < times; i++)
        buf_add(&b, str_from_c(middle));
    assert_false(intrinsic_parse(&f.a, buf_str(&b), &e, &f.err));
    buf_release(&b);
    teardown(&f);
}

static void test_depth_and_count_are_bounded(void **state)
{
    (void)state;
    refuse_repeated("", "States.Array(", 100000);
    refuse_repeated("States.Array(1", ",1", 200);
    struct fixture f;
    const struct intrinsic_expression *e;
    setup(&f, STR("{}"));
    assert_false(intrinsic_parse(&f.a, (str){"States.Array('\0')", 17}, &e, &f.err));
    err_release(&f.err);
    assert_false(intrinsic_parse(&f.a, STR("States.Array('\xff')"), &e, &f.err));
    teardown(&f);
}

/* One run with the n-th allocation failing; true: it passed. */
static bool survives(str expression, unsigned n)
{
    struct fixture f;
    json v = json_absent();
    setup(&f, STR("{\"a\":[1,\"x\",[2],{\"k\":3}],\"o\":{\"p\":1}}"));
    mem_fail_after(n);
    bool ok = run(&f, expression, &v);
    mem_fail_after(0);
    if (ok)
        json_unref(v);
    else if (f.err.id != ERR_NO_MEMORY)
        fail_msg("allocation %u: %s", n, f.err.text);
    teardown(&f);
    return ok;
}

static void test_every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "States.Array('a\\'b', 1.5, $.a[*], States.UUID())",
        "States.ArrayPartition(States.ArrayUnique($.a), 3)",
        "States.ArrayRange(1, 20, 1)",
        "States.StringToJson(States.JsonToString($.a))",
        "States.JsonMerge($.o, States.StringToJson('{\"q\":[]}'), false)",
        "States.Base64Decode(States.Base64Encode(States.Format('{}\\{', $.a)))",
        "States.Hash('x', 'MD5')",
        "States.StringSplit('a,b', ',')",
    };
    for (size_t i = 0; i < sizeof expressions / sizeof *expressions; i++) {
        unsigned n = 1;
        while (!survives(str_from_c(expressions[i]), n))
            assert_true(++n < 1000);
        assert_true(n > 2);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_function_follows_its_cases),
        cmocka_unit_test(test_calls_follow_their_cases),
        cmocka_unit_test(test_a_call_is_known_by_its_beginning),
        cmocka_unit_test(test_use_of_the_context_is_told),
        cmocka_unit_test(test_uuids_differ_and_have_version_4),
        cmocka_unit_test(test_random_numbers_stay_in_their_range),
        cmocka_unit_test(test_sizes_are_bounded),
        cmocka_unit_test(test_depth_and_count_are_bounded),
        cmocka_unit_test(test_every_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
