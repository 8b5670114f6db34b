/* Choice rules: choice.cases, and that every operator has a case. */
#include "asl/choice.h"
#include "cases.h"
#include "unit.h"

static json parse(str text)
{
    json v;
    struct err err = ERR_INIT;
    if (!json_parse(text, &v, &err))
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err_text(&err)));
    return v;
}

static void test_rules_are_those_of_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("choice.cases");
    str rest = buf_str(&file);
    str line;
    json context = parse(STR("{\"n\":3,\"s\":\"a\"}"));
    struct rng rng;
    rng_seed(&rng, 1);
    const struct asl_scope scope = {.context = context, .rng = &rng};
    while (cases_line(&rest, &line)) {
        str f[CASE_FIELDS_MAX] = {0};
        assert_int_equal(cases_split(line, f), 3);
        struct arena arena;
        struct asl_diagnostics d;
        struct err err = ERR_INIT;
        arena_init(&arena, 1 << 20);
        asl_diagnostics_init(&d);
        json written = parse(f[0]);
        json input = parse(f[1]);
        const struct asl_rule *rule;
        if (!asl_rule_parse(&arena, written, STR("/R"), true, &rule, &d))
            fail_msg("%.*s: %.*s at %.*s", STR_ARG(line), STR_ARG(d.first->message),
                     STR_ARG(d.first->location));
        assert_int_equal(asl_rule_uses_context(rule), str_find_char(f[0], 0, '$') < f[0].len &&
                                                          memmem(f[0].ptr, f[0].len, "$$", 2));
        struct buf got;
        buf_init(&got, 4096);
        bool value;
        if (asl_rule_matches(rule, input, &scope, &value, &err))
            buf_printf(&got, "%s", value ? "true" : "false");
        else
            buf_printf(&got, "%.*s: %.*s", STR_ARG(err_name(&err)), STR_ARG(err_text(&err)));
        if (!str_eq(buf_str(&got), f[2]))
            fail_msg("%.*s: got %.*s", STR_ARG(line), STR_ARG(buf_str(&got)));
        buf_release(&got);
        json_unref(input);
        json_unref(written);
        err_release(&err);
        asl_diagnostics_release(&d);
        arena_release(&arena);
    }
    json_unref(context);
    buf_release(&file);
}

/* The refusal of a rule without operator lists them all. */
static void test_every_operator_has_a_case(void **state)
{
    (void)state;
    struct buf file = cases_load("choice.cases");
    struct arena arena;
    struct asl_diagnostics d;
    arena_init(&arena, 1 << 20);
    asl_diagnostics_init(&d);
    json written = parse(STR("{\"Variable\":\"$\"}"));
    const struct asl_rule *rule;
    assert_false(asl_rule_parse(&arena, written, STR("/R"), true, &rule, &d));
    str list = d.first->message;
    (void)str_cut(&list, '[');
    list.len--;
    size_t count = 0;
    while (list.ptr) {
        str name = str_cut(&list, ',');
        if (name.ptr[0] == ' ')
            name = str_skip(name, 1);
        struct buf quoted;
        buf_init(&quoted, 200);
        buf_printf(&quoted, "\"%.*s\"", STR_ARG(name));
        if (!memmem(file.ptr, file.len, quoted.ptr, quoted.len))
            fail_msg("no case has %.*s", STR_ARG(name));
        buf_release(&quoted);
        count++;
    }
    assert_int_equal(count, 39);
    json_unref(written);
    asl_diagnostics_release(&d);
    arena_release(&arena);
    buf_release(&file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rules_are_those_of_the_cases),
        cmocka_unit_test(test_every_operator_has_a_case),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
