/* JSONata through the door: files of cases, printing, references, bounds, memory that fails. */
#include "unit.h"
/* unit.h comes before everything */
#include "../cases.h"
#include "asl/jsonata/jsonata.h"
#include "base/mem.h"

enum { ARENA_MAX_BYTES = 1 << 22 };

static json parsed(str text)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    if (!json_parse(text, &v, &err))
        fail_msg("%.*s: %s", STR_ARG(text), err.text);
    return v;
}

/* Appends what an expression comes to. whole: of errors the text, else the code. */
static void answer(str expression, json input, enum jsonata_dialect dialect, bool whole,
                   const struct jsonata_limits *limits, struct buf *out)
{
    struct arena a;
    struct rng rng;
    struct err err = ERR_INIT;
    const struct jsonata *e;
    enum jsonata_outcome outcome;
    json made = json_absent();
    arena_init(&a, ARENA_MAX_BYTES);
    rng_seed(&rng, 1);
    const struct jsonata_scope scope = {.input = input, .rng = &rng, .limits = limits};
    if (!jsonata_parse(&a, expression, dialect, &e, &err) ||
        !jsonata_eval(e, &scope, &outcome, &made, &err)) {
        assert_true(err.id == ERR_JSONATA || err.id == ERR_NO_MEMORY);
        str text = err_text(&err);
        buf_add(out, whole ? text : str_cut(&text, ':'));
    } else if (outcome == JSONATA_VALUE) {
        json_print(made, out);
    } else {
        buf_add(out, outcome == JSONATA_UNDEFINED ? STR("undefined") : STR("function"));
    }
    json_unref(made);
    err_release(&err);
    arena_release(&a);
}

static void run_file(const char *path, enum jsonata_dialect dialect)
{
    struct buf file = cases_load(path);
    size_t count = 0;
    for (str rest = buf_str(&file), line; cases_line(&rest, &line); count++) {
        str field[CASE_FIELDS_MAX] = {STR_NONE};
        struct buf got;
        if (cases_split(line, field) != 3)
            fail_msg("not a case: %.*s", STR_ARG(line));
        json input = parsed(field[1]);
        buf_init(&got, CASES_MAX_BYTES);
        answer(field[0], input, dialect, dialect == JSONATA_AWS, NULL, &got);
        if (!str_eq(buf_str(&got), field[2]))
            fail_msg("%.*s\n  gives %.*s", STR_ARG(line), STR_ARG(buf_str(&got)));
        buf_release(&got);
        json_unref(input);
    }
    buf_release(&file);
    assert_true(count > 10);
}

static void test_evaluation_follows_its_cases(void **state)
{
    (void)state;
    run_file("evaluate.cases", JSONATA_PLAIN);
}

static void test_the_dialect_follows_its_cases(void **state)
{
    (void)state;
    run_file("aws.cases", JSONATA_AWS);
}

static void test_what_is_printed_is_the_same_expression(void **state)
{
    (void)state;
    struct buf file = cases_load("evaluate.cases");
    for (str rest = buf_str(&file), line; cases_line(&rest, &line);) {
        str field[CASE_FIELDS_MAX] = {STR_NONE};
        struct arena a;
        struct err err = ERR_INIT;
        const struct jsonata *e;
        assert_int_equal(cases_split(line, field), 3);
        arena_init(&a, ARENA_MAX_BYTES);
        if (jsonata_parse(&a, field[0], JSONATA_PLAIN, &e, &err)) {
            struct buf printed, got, expected;
            json input = parsed(field[1]);
            buf_init(&printed, CASES_MAX_BYTES);
            buf_init(&got, CASES_MAX_BYTES);
            buf_init(&expected, CASES_MAX_BYTES);
            jsonata_print(e, &printed);
            answer(buf_str(&printed), input, JSONATA_PLAIN, true, NULL, &got);
            answer(field[0], input, JSONATA_PLAIN, true, NULL, &expected);
            if (!str_eq(buf_str(&got), buf_str(&expected)))
                fail_msg("%.*s\n  prints %.*s\n  which gives %.*s", STR_ARG(field[0]),
                         STR_ARG(buf_str(&printed)), STR_ARG(buf_str(&got)));
            buf_release(&printed);
            buf_release(&got);
            buf_release(&expected);
            json_unref(input);
        }
        err_release(&err);
        arena_release(&a);
    }
    buf_release(&file);
}

static void note(void *context, const struct jsonata_reference *r)
{
    struct buf *out = context;
    if (out->len > 0)
        buf_add_char(out, ' ');
    if (r->kind == JSONATA_REFERENCE_VARIABLE)
        buf_add_char(out, '$');
    buf_add(out, r->name);
    if (r->member.ptr)
        buf_printf(out, ".%.*s", STR_ARG(r->member));
}

static void test_references_follow_their_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("references.cases");
    for (str rest = buf_str(&file), line; cases_line(&rest, &line);) {
        str field[CASE_FIELDS_MAX] = {STR_NONE};
        struct arena a;
        struct err err = ERR_INIT;
        struct buf got;
        const struct jsonata *e;
        assert_int_equal(cases_split(line, field), 2);
        arena_init(&a, ARENA_MAX_BYTES);
        buf_init(&got, CASES_MAX_BYTES);
        assert_true(jsonata_parse(&a, field[0], JSONATA_AWS, &e, &err));
        jsonata_references(e, note, &got);
        if (!str_eq(got.len ? buf_str(&got) : STR("none"), field[1]))
            fail_msg("%.*s\n  gives %.*s", STR_ARG(line), STR_ARG(buf_str(&got)));
        buf_release(&got);
        arena_release(&a);
    }
    buf_release(&file);
}

static void expect(const char *expression, const struct jsonata_limits *limits, const char *text)
{
    struct buf got;
    buf_init(&got, CASES_MAX_BYTES);
    answer(str_from_c(expression), json_absent(), JSONATA_PLAIN, true, limits, &got);
    if (!str_starts(buf_str(&got), str_from_c(text)))
        fail_msg("%s gives %.*s", expression, STR_ARG(buf_str(&got)));
    buf_release(&got);
}

static void test_what_runs_away_is_an_error(void **state)
{
    (void)state;
    const struct jsonata_limits brief = {50, 50, 1 << 20, 1 << 22};
    expect("($f := function($n){1 + $f($n)}; $f(1))", &brief, "U1001: Stack overflow error");
    expect("($f := function($n){$f($n)}; $f(1))", &brief, "U1001: Expression evaluation ");
    expect("$reduce([1..30], function($s){$s & $s}, 'a')", &brief,
           "D3050: The second argument of reduce");
    expect("$reduce([1..30], function($s, $i){$s & $s}, 'a')", &brief,
           "U1001: Expression evaluation memory limit exceeded");
    expect("$match($pad('', 40, 'a') & 'b', /^(a+)+$/)", NULL,
           "U1001: Expression evaluation timeout");
    expect("$reduce([1..2000], function($a, $i){[[$a]]}, 1)", NULL, "U1001: Stack overflow error");
}

static void test_deep_expressions_are_refused(void **state)
{
    (void)state;
    struct buf text;
    buf_init(&text, CASES_MAX_BYTES);
    for (size_t i = 0; i < 100000; i++)
        buf_add_char(&text, '(');
    buf_add_char(&text, '\0');
    expect(text.ptr, NULL, "U1001: Stack overflow error");
    buf_reset(&text);
    for (size_t i = 0; i < 100000; i++)
        buf_add(&text, STR("1+"));
    buf_add(&text, (str){"1", 2});
    expect(text.ptr, NULL, "U1001: Stack overflow error");
    buf_release(&text);
}

/* Each allocation of parsing and evaluating fails once. */
static void test_every_failing_allocation_is_an_error(void **state)
{
    (void)state;
    static const char *const expressions[] = {
        "a.b[c > 0]^(>c).{\"k\": $uppercase(d) & $string(c)}",
        "($f := function($x)<n:n>{$x * 2}; $map([1..20], $f) ~> $filter(function($v){$v > 3}))",
        "$replace(\"abc\", /(b)/, \"$1$1\") & $fromMillis(0, \"[Y]-[M01]\")",
        "a.b.{\"of\": %.n} ~> |$|{\"z\": 1}|",
    };
    json input =
        parsed(STR("{\"a\":{\"n\":1,\"b\":[{\"c\":1,\"d\":\"x\"},{\"c\":2,\"d\":\"y\"}]}}"));
    for (size_t i = 0; i < sizeof expressions / sizeof expressions[0]; i++) {
        bool failed = true;
        for (unsigned n = 1; failed; n++) {
            struct buf got;
            buf_init(&got, CASES_MAX_BYTES);
            mem_fail_after(n);
            answer(str_from_c(expressions[i]), input, JSONATA_PLAIN, true, NULL, &got);
            mem_fail_after(0);
            // The last walk meets no failure: what it gives is JSON.
            failed = !buf_ok(&got) || got.len == 0 || !strchr("[{\"", got.ptr[0]);
            assert_true(n < 2000);
            buf_release(&got);
        }
    }
    json_unref(input);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluation_follows_its_cases),
        cmocka_unit_test(test_the_dialect_follows_its_cases),
        cmocka_unit_test(test_what_is_printed_is_the_same_expression),
        cmocka_unit_test(test_references_follow_their_cases),
        cmocka_unit_test(test_what_runs_away_is_an_error),
        cmocka_unit_test(test_deep_expressions_are_refused),
        cmocka_unit_test(test_every_failing_allocation_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
