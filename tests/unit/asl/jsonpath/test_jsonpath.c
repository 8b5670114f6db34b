/* Paths through the door: files of cases, and what a file cannot say: bounds, sharing, memory. */
#include "unit.h"
/* unit.h comes before everything */
#include "../cases.h"
#include "asl/jsonpath/jsonpath.h"
#include "base/mem.h"

enum { ARENA_MAX_BYTES = 1 << 20 };

static json parsed(str text)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    if (!json_parse(text, &v, &err))
        fail_msg("%.*s: %s", STR_ARG(text), err.text);
    return v;
}

/* Is the outcome of a case the expected one? ok: made is the answer, else err; releases both. */
static void check(str line, bool ok, json made, struct err *err, str expected)
{
    struct buf got;
    buf_init(&got, CASES_MAX_BYTES);
    if (ok)
        json_print(made, &got);
    else
        buf_printf(&got, "%.*s: %.*s", STR_ARG(err_name(err)), STR_ARG(err_text(err)));
    bool same = str_eq(buf_str(&got), expected);
    bool named = !ok && str_eq(err_name(err), expected); // a case may leave out the text
    if (!same && !named)
        fail_msg("%.*s\n  gives %.*s", STR_ARG(line), STR_ARG(buf_str(&got)));
    buf_release(&got);
    err_release(err);
    if (ok)
        json_unref(made);
}

static void test_evaluation_follows_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("eval.cases");
    json context = parsed(STR("{\"n\":3,\"a\":{\"b\":[1]}}"));
    size_t count = 0;
    for (str rest = buf_str(&file), line; cases_line(&rest, &line); count++) {
        str field[CASE_FIELDS_MAX] = {STR_NONE};
        assert_int_equal(cases_split(line, field), 3);
        struct arena a;
        struct err err = ERR_INIT;
        const struct jsonpath *p;
        json input = parsed(field[1]), made = json_absent();
        const struct jsonpath_roots roots = {.input = input, .context = context};
        arena_init(&a, ARENA_MAX_BYTES);
        bool ok = jsonpath_parse(&a, field[0], &p, &err);
        if (ok) {
            assert_true(str_eq(jsonpath_text(p), field[0]));
            ok = jsonpath_eval(p, &roots, &made, &err);
            // What a definite path lends is what it gives.
            json lent = jsonpath_lend(p, &roots);
            if (jsonpath_is_definite(p))
                assert_true(ok ? json_same(lent, made) : json_is_absent(lent));
            else
                assert_true(json_is_absent(lent));
        }
        check(line, ok, made, &err, field[2]);
        json_unref(input);
        arena_release(&a);
    }
    assert_true(count > 100);
    json_unref(context);
    buf_release(&file);
}

static void test_jayways_dialect_follows_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("jayway.cases");
    size_t count = 0;
    for (str rest = buf_str(&file), line; cases_line(&rest, &line); count++) {
        str field[CASE_FIELDS_MAX] = {STR_NONE};
        assert_int_equal(cases_split(line, field), 3);
        struct arena a;
        struct err err = ERR_INIT;
        const struct jsonpath *p;
        json input = parsed(field[1]), made = json_absent();
        const struct jsonpath_roots roots = {.input = input, .context = json_absent()};
        arena_init(&a, ARENA_MAX_BYTES);
        bool ok = jsonpath_parse_as(&a, field[0], JSONPATH_JAYWAY, &p, &err) &&
                  jsonpath_eval(p, &roots, &made, &err);
        if (!ok)
            assert_int_equal(err.id, ERR_NAMED);
        check(line, ok, made, &err, field[2]);
        json_unref(input);
        arena_release(&a);
    }
    assert_true(count > 100);
    buf_release(&file);
}

/* A call's arguments and what a filter makes of lists: memory may fail anywhere. */
static void test_jayways_functions_survive_every_failing_allocation(void **state)
{
    (void)state;
    const char *const paths[] = {
        "$.concat($.t, 'x', \"y\", $.n, {\"a\":[1,'b']})",
        "$.n.append($.t, [1], {\"k\": 1.50})",
        "$..n[*].sum()",
        "$.length($.n)",
        "$.o.keys()",
        "$[?(@.k in ['a', '\\'b\\'', \"$.x\", '[1]', 1e2])]",
        "$.t[?(@ anyof [1])]",
    };
    json input = parsed(STR("{\"n\":[1,2.5],\"t\":[\"a\"],\"o\":{\"k\":\"b\"},\"k\":\"b\"}"));
    const struct jsonpath_roots roots = {.input = input, .context = json_absent()};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        bool ok = false;
        for (unsigned n = 1; !ok; n++) {
            struct arena a;
            struct err err = ERR_INIT;
            const struct jsonpath *p;
            json made = json_absent();
            assert_true(n < 1000);
            arena_init(&a, ARENA_MAX_BYTES);
            mem_fail_after(n);
            ok = jsonpath_parse_as(&a, str_from_c(paths[i]), JSONPATH_JAYWAY, &p, &err) &&
                 jsonpath_eval(p, &roots, &made, &err);
            mem_fail_after(0);
            if (!ok)
                assert_int_equal(err.id, ERR_NO_MEMORY);
            json_unref(made);
            err_release(&err);
            arena_release(&a);
        }
    }
    json_unref(input);
}

static void test_parsing_follows_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("parse.cases");
    for (str rest = buf_str(&file), line; cases_line(&rest, &line);) {
        str field[CASE_FIELDS_MAX] = {STR_NONE};
        assert_int_equal(cases_split(line, field), 2);
        struct arena a;
        struct err err = ERR_INIT;
        const struct jsonpath *p;
        arena_init(&a, ARENA_MAX_BYTES);
        const char *got = "BadPath";
        if (jsonpath_parse(&a, field[0], &p, &err))
            got = !jsonpath_is_definite(p)   ? "indefinite"
                  : jsonpath_is_reference(p) ? "definite reference"
                                             : "definite";
        else
            assert_int_equal(err.id, ERR_BAD_PATH);
        if (!str_eq(field[1], str_from_c(got)))
            fail_msg("%.*s\n  gives %s", STR_ARG(line), got);
        err_release(&err);
        arena_release(&a);
    }
    buf_release(&file);
}

static void test_putting_follows_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("put.cases");
    for (str rest = buf_str(&file), line; cases_line(&rest, &line);) {
        str field[CASE_FIELDS_MAX] = {STR_NONE};
        assert_int_equal(cases_split(line, field), 4);
        struct arena a;
        struct err err = ERR_INIT;
        const struct jsonpath *p;
        json root = parsed(field[1]), value = parsed(field[2]), made;
        arena_init(&a, ARENA_MAX_BYTES);
        assert_true(jsonpath_parse(&a, field[0], &p, &err) && jsonpath_is_reference(p));
        bool ok = jsonpath_put(p, root, value, &made, &err);
        check(line, ok, made, &err, field[3]);
        json again = parsed(field[1]);
        assert_true(json_equal(root, again)); // the original is untouched
        json_unref(again);
        json_unref(root);
        json_unref(value);
        arena_release(&a);
    }
    buf_release(&file);
}

static void test_roots_and_context_are_told(void **state)
{
    (void)state;
    struct arena a;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    arena_init(&a, ARENA_MAX_BYTES);
    assert_true(jsonpath_parse(&a, STR("$"), &p, &err));
    assert_true(jsonpath_is_root(p) && !jsonpath_uses_context(p));
    assert_true(jsonpath_parse(&a, STR("$$"), &p, &err));
    assert_true(jsonpath_is_root(p) && jsonpath_uses_context(p));
    json none;
    const struct jsonpath_roots roots = {.input = json_null(), .context = json_absent()};
    assert_false(jsonpath_eval(p, &roots, &none, &err)); // the caller has no context object
    assert_int_equal(err.id, ERR_BAD_PATH);
    err_release(&err);
    assert_true(jsonpath_parse(&a, STR("$.a"), &p, &err));
    assert_false(jsonpath_is_root(p));
    arena_release(&a);
}

/* text must not parse: it says so before the stack ends. */
static void refuse_repeated(const char *head, const char *middle, size_t times)
{
    struct arena a;
    struct err err = ERR_INIT;
    struct buf b;
    const struct jsonpath *p;
    arena_init(&a, 64 << 20);
    buf_init(&b, 64 << 20);
    buf_add(&b, str_from_c(head));
    for (size_t i = 0; i < times; i++)
        buf_add(&b, str_from_c(middle));
    assert_true(buf_ok(&b));
    assert_false(jsonpath_parse(&a, buf_str(&b), &p, &err));
    assert_int_equal(err.id, ERR_BAD_PATH);
    err_release(&err);
    buf_release(&b);
    arena_release(&a);
}

static void test_depth_and_length_are_bounded(void **state)
{
    (void)state;
    refuse_repeated("$", ".a", 501);
    refuse_repeated("$", "[?(@", 5000);
    refuse_repeated("$[?(", "(", 50000);
    refuse_repeated("$[?(", "!", 50000);
    refuse_repeated("$[?(@.a == ", "[", 50000);
    refuse_repeated("$[?(@.a =~ /", "(", 50000);
    refuse_repeated("$[?(@ == [1]", " || @ == [1]", 40); // too many literals, and no end
    struct arena a;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    arena_init(&a, ARENA_MAX_BYTES);
    assert_false(jsonpath_parse(&a, (str){"$.a\0b", 5}, &p, &err));
    err_release(&err);
    assert_false(jsonpath_parse(&a, STR("$.\xff"), &p, &err));
    err_release(&err);
    arena_release(&a);
}

static void test_the_work_of_deep_scans_is_bounded(void **state)
{
    (void)state;
    struct arena a;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    struct buf text;
    arena_init(&a, ARENA_MAX_BYTES);
    buf_init(&text, 1 << 20);
    for (int i = 0; i < 200; i++)
        buf_add(&text, STR("{\"a\":"));
    buf_add_char(&text, '1');
    for (int i = 0; i < 200; i++)
        buf_add_char(&text, '}');
    json input = parsed(buf_str(&text)), made;
    const struct jsonpath_roots roots = {.input = input, .context = json_absent()};
    assert_true(jsonpath_parse(&a, STR("$..a..a..a..a..a..a"), &p, &err));
    assert_false(jsonpath_eval(p, &roots, &made, &err));
    assert_non_null(strstr(err.text, "looks at more than"));
    err_release(&err);
    assert_true(jsonpath_parse(&a, STR("$..a"), &p, &err));
    assert_true(jsonpath_eval(p, &roots, &made, &err));
    assert_int_equal(json_len(made), 200);
    json_unref(made);
    json_unref(input);
    buf_release(&text);
    arena_release(&a);
}

static void test_values_are_shared_not_copied(void **state)
{
    (void)state;
    struct arena a;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    arena_init(&a, ARENA_MAX_BYTES);
    json root = parsed(STR("{\"a\":{\"b\":[1]},\"c\":{\"d\":[2]}}")), made, value = json_integer(5);
    const struct jsonpath_roots roots = {.input = root, .context = json_absent()};
    assert_true(jsonpath_parse(&a, STR("$.a.b"), &p, &err));
    mem_fail_after(1); // a definite path allocates nothing
    assert_true(jsonpath_eval(p, &roots, &made, &err));
    mem_fail_after(0);
    assert_true(json_same(made, json_get_path(root, "a", "b", NULL)));
    json_unref(made);
    assert_true(jsonpath_put(p, root, value, &made, &err));
    assert_true(json_same(json_get(made, STR("c")), json_get(root, STR("c"))));
    json_unref(made);
    json_unref(root);
    arena_release(&a);
}

/* One parse and evaluation with the n-th allocation failing; true: it passed. */
static bool survives(str path, json input, unsigned n)
{
    struct arena a;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    json made;
    const struct jsonpath_roots roots = {.input = input, .context = json_absent()};
    arena_init(&a, ARENA_MAX_BYTES);
    mem_fail_after(n);
    bool ok = jsonpath_parse(&a, path, &p, &err) && jsonpath_eval(p, &roots, &made, &err);
    mem_fail_after(0);
    if (ok)
        json_unref(made);
    else
        assert_int_equal(err.id, ERR_NO_MEMORY);
    err_release(&err);
    arena_release(&a);
    return ok;
}

static void test_every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    json input = parsed(STR("{\"l\":[{\"a\":1,\"b\":[\"x\"]},{\"a\":3}]}"));
    unsigned n = 1;
    while (
        !survives(STR("$..l[?(@.a in [1,'\\u0032'] && @.b[*] subsetof ['x'])]['a','b']"), input, n))
        assert_true(++n < 1000);
    assert_true(n > 5);
    json_unref(input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluation_follows_the_cases),
        cmocka_unit_test(test_jayways_dialect_follows_the_cases),
        cmocka_unit_test(test_jayways_functions_survive_every_failing_allocation),
        cmocka_unit_test(test_parsing_follows_the_cases),
        cmocka_unit_test(test_putting_follows_the_cases),
        cmocka_unit_test(test_roots_and_context_are_told),
        cmocka_unit_test(test_depth_and_length_are_bounded),
        cmocka_unit_test(test_the_work_of_deep_scans_is_bounded),
        cmocka_unit_test(test_values_are_shared_not_copied),
        cmocka_unit_test(test_every_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
