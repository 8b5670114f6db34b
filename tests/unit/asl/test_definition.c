/* Definitions and what is said about them. */
#include "asl/asl.h"
#include "asl/choice.h"
#include "base/mem.h"
#include "cases.h"
#include "unit.h"

#include <assert.h>

static struct asl_definition *parse(str text, struct asl_diagnostics *d)
{
    const struct asl_options options = {0};
    struct asl_definition *def = NULL;
    asl_diagnostics_init(d);
    bool ok = asl_parse(text, &options, &def, d);
    assert_int_equal(ok, d->errors == 0);
    assert_int_equal(ok, def != NULL);
    return def;
}

static struct asl_definition *parse_good(const char *text)
{
    struct asl_diagnostics d;
    struct asl_definition *def = parse(str_from_c(text), &d);
    asl_diagnostics_release(&d);
    assert_non_null(def);
    return def;
}

static void test_diagnostics_are_those_of_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("definitions.cases");
    str rest = buf_str(&file);
    str text;
    str expected;
    size_t count = 0;
    while (cases_line(&rest, &text) && cases_line(&rest, &expected)) {
        struct asl_diagnostics d;
        struct err err = ERR_INIT;
        struct asl_definition *def = parse(text, &d);
        str got = STR("ok");
        if (!def) {
            assert_false(asl_diagnostics_refuse(&d, &err));
            got = str_skip(err_text(&err), STR("Invalid State Machine Definition: '").len);
            got.len--;
        }
        assert_true(str_starts(expected, STR("  ")));
        expected = str_skip(expected, 2);
        assert(got.ptr && expected.ptr);
        if (!str_eq(got, expected))
            fail_msg("%.*s\n  gave     %.*s\n  expected %.*s", STR_ARG(text), STR_ARG(got),
                     STR_ARG(expected));
        err_release(&err);
        asl_diagnostics_release(&d);
        asl_unref(def);
        count++;
    }
    assert_true(count > 100);
    buf_release(&file);
}

static void test_text_that_is_no_json_is_refused_in_jackson_words(void **state)
{
    (void)state;
    struct asl_diagnostics d;
    assert_null(parse(STR("not a definition"), &d));
    assert_string_equal(d.first->code, "INVALID_JSON_DESCRIPTION");
    assert_true(str_starts(d.first->message, STR("Unrecognized token 'not': was expecting ")));
    assert_true(
        str_starts(d.first->location, STR("[Source: (String)\"not a definition\"; line: 1")));
    asl_diagnostics_release(&d);

    assert_null(parse(STR("{\"StartAt\":\"A\",\"StartAt\":\"B\"}"), &d));
    assert_string_equal(d.first->code, "INVALID_JSON_DESCRIPTION");
    asl_diagnostics_release(&d);
}

static void test_text_that_is_no_object_is_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"", "  \n", "null", "[]", "\"x\"", "1"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct asl_diagnostics d;
        assert_null(parse(str_from_c(texts[i]), &d));
        assert_string_equal(d.first->code, "SCHEMA_VALIDATION_FAILED");
        assert_str(d.first->message, "Definition must be a valid JSON object");
        assert_null(d.first->location.ptr);
        asl_diagnostics_release(&d);
    }
}

static void test_tree_is_linked_and_numbered_in_order_of_writing(void **state)
{
    (void)state;
    struct asl_definition *def = parse_good(
        "{\"StartAt\":\"C\",\"TimeoutSeconds\":7,\"States\":{"
        "\"P\":{\"Type\":\"Parallel\",\"Next\":\"W\",\"Branches\":["
        "{\"StartAt\":\"B1\",\"States\":{\"B1\":{\"Type\":\"Succeed\"}}},"
        "{\"StartAt\":\"B2\",\"States\":{\"B2\":{\"Type\":\"Pass\",\"Result\":[1],\"End\":true}}}]},"
        "\"C\":{\"Type\":\"Choice\",\"Choices\":[{\"Variable\":\"$.x\",\"IsNull\":true,\"Next\":\"W\"}],"
        "\"Default\":\"P\"},"
        "\"W\":{\"Type\":\"Wait\",\"Seconds\":3,\"End\":true}}}");
    const struct asl_block *root = asl_root(def);
    assert_int_equal(asl_timeout_s(def), 7);
    assert_int_equal(asl_states_count(def), 5);
    assert_int_equal(root->states_count, 3);
    assert_int_equal(root->number, 0);
    assert_str(root->start->name, "C");
    const struct asl_state *p = root->states[0];
    const struct asl_state *c = root->states[1];
    const struct asl_state *w = root->states[2];
    assert_int_equal(p->number, 0);
    assert_int_equal(w->number, 2);
    assert_ptr_equal(p->next, w);
    assert_null(w->next);
    assert_ptr_equal(c->as.choice.fallback, p);
    assert_ptr_equal(c->as.choice.choices[0].next, w);
    assert_int_equal(p->as.parallel.count, 2);
    const struct asl_block *second = p->as.parallel.branches[1];
    assert_int_equal(second->number, 2);
    assert_ptr_equal(asl_block_at(def, 2), second);
    assert_ptr_equal(asl_state_at(def, 4), second->start);
    assert_int_equal(json_len(second->start->as.pass.result), 1);
    assert_null(asl_state_at(def, 5));
    assert_null(asl_block_at(def, 3));
    assert_str(asl_type_name(w->type), "Wait");
    asl_unref(asl_ref(def));
    asl_unref(def);
}

static void test_only_states_that_read_the_context_say_so(void **state)
{
    (void)state;
    struct asl_definition *def = parse_good(
        "{\"StartAt\":\"M\",\"States\":{"
        "\"M\":{\"Type\":\"Map\",\"Next\":\"A\",\"ItemProcessor\":{\"StartAt\":\"I\",\"States\":{"
        "\"I\":{\"Type\":\"Pass\",\"InputPath\":\"$$.Map\",\"End\":true}}}},"
        "\"A\":{\"Type\":\"Pass\",\"Parameters\":{\"a\":{\"b.$\":\"$$.Execution.Id\"}},\"Next\":\"B\"},"
        "\"B\":{\"Type\":\"Choice\",\"Choices\":[{\"Not\":{\"Variable\":\"$$.x\",\"IsPresent\":true},"
        "\"Next\":\"C\"}],\"Default\":\"C\"},"
        "\"C\":{\"Type\":\"Fail\",\"CausePath\":\"States.Format('{}', $$.x)\"}}}");
    assert_false(asl_state_at(def, 0)->uses_context);
    assert_true(asl_state_at(def, 1)->uses_context);
    assert_true(asl_state_at(def, 2)->uses_context);
    assert_true(asl_rule_uses_context(asl_state_at(def, 2)->as.choice.choices[0].rule));
    assert_true(asl_state_at(def, 3)->uses_context);
    assert_true(asl_state_at(def, 4)->uses_context);
    asl_unref(def);
}

static void check_resource(void *context, str resource, json parameters, bool express, str location,
                           struct asl_diagnostics *d)
{
    (void)context;
    assert_str(resource, "arn:aws:states:::eks:call");
    assert_int_equal(json_len(parameters), 1);
    assert_true(express);
    asl_diagnostic_add(d, ASL_WARNING, "W", location, "a warning");
}

static void test_resource_check_sees_the_task_and_warnings_do_not_refuse(void **state)
{
    (void)state;
    const struct asl_options options = {.express = true, .resource_check = check_resource};
    struct asl_diagnostics d;
    struct asl_definition *def = NULL;
    asl_diagnostics_init(&d);
    assert_true(
        asl_parse(STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"End\":true,"
                      "\"Resource\":\"arn:aws:states:::eks:call\","
                      "\"Parameters\":{\"a.$\":\"$\"}}}}"),
                  &options, &def, &d));
    assert_int_equal(d.count, 1);
    assert_int_equal(d.errors, 0);
    assert_str(d.first->location, "/States/A");
    asl_diagnostics_release(&d);
    asl_unref(def);
}

/* Appends text n times. */
static void repeat(struct buf *b, const char *text, int n)
{
    for (int i = 0; i < n; i++)
        buf_add(b, str_from_c(text));
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    struct buf b;
    struct asl_diagnostics d;
    buf_init(&b, 1 << 20);
    buf_add(&b,
            STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Choice\",\"Choices\":[{\"Next\":"
                "\"A\","));
    repeat(&b, "\"Not\":{", 150);
    buf_add(&b, STR("\"Variable\":\"$\",\"IsNull\":true"));
    repeat(&b, "}", 151);
    buf_add(&b, STR("]}}}"));
    assert_null(parse(buf_str(&b), &d));
    assert_str(d.first->message, "Choice rules are nested deeper than 100");
    asl_diagnostics_release(&d);

    buf_reset(&b);
    buf_add(&b, STR("{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Pass\",\"End\":true,"
                    "\"Parameters\":"));
    repeat(&b, "{\"a\":", 900);
    buf_add(&b, STR("{\"b.$\":\"$\"}"));
    repeat(&b, "}", 903);
    asl_unref(parse(buf_str(&b), &d));
    assert_int_equal(d.errors, 0);
    asl_diagnostics_release(&d);

    buf_reset(&b);
    repeat(&b, "[", 100000);
    assert_null(parse(buf_str(&b), &d));
    assert_string_equal(d.first->code, "INVALID_JSON_DESCRIPTION");
    asl_diagnostics_release(&d);

    buf_reset(&b);
    for (int i = 0; i < 120; i++)
        buf_printf(&b,
                   "{\"StartAt\":\"P%d\",\"States\":{\"P%d\":{\"Type\":\"Parallel\",\"End\":true,"
                   "\"Branches\":[",
                   i, i);
    buf_add(&b, STR("{\"StartAt\":\"X\",\"States\":{\"X\":{\"Type\":\"Succeed\"}}}"));
    repeat(&b, "]}}}", 120);
    assert_null(parse(buf_str(&b), &d));
    assert_string_equal(d.first->code, "TOO_DEEPLY_NESTED");
    asl_diagnostics_release(&d);
    buf_release(&b);
}

static void test_a_thousand_faults_are_counted_and_a_hundred_kept(void **state)
{
    (void)state;
    struct buf b;
    struct asl_diagnostics d;
    buf_init(&b, 1 << 20);
    buf_add(&b, STR("{\"StartAt\":\"S0\",\"States\":{"));
    for (int i = 0; i < 1000; i++)
        buf_printf(&b, "%s\"S%d\":{\"Type\":\"Nope\"}", i ? "," : "", i);
    buf_add(&b, STR("}}"));
    assert_null(parse(buf_str(&b), &d));
    assert_true(d.errors >= 1000);
    size_t kept = 0;
    for (const struct asl_diagnostic *n = d.first; n; n = n->next)
        kept++;
    assert_int_equal(kept, 100);
    asl_diagnostics_release(&d);
    buf_release(&b);
}

static void test_memory_that_fails_is_an_error(void **state)
{
    (void)state;
    const str text = STR(
        "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"Resource\":\"arn:aws:states:::eks:"
        "call\",\"Parameters\":{\"a.$\":\"$.b\"},\"Retry\":[{\"ErrorEquals\":[\"States.ALL\"]}],"
        "\"Next\":\"B\"},\"B\":{\"Type\":\"Choice\",\"Choices\":[{\"And\":[{\"Variable\":\"$.x\","
        "\"StringMatches\":\"a*b\"}],\"Next\":\"A\"}],\"Default\":\"C\"},\"C\":{\"Type\":\"Succeed\"}}}");
    bool passed = false;
    for (unsigned n = 1; n < 1000 && !passed; n++) {
        const struct asl_options options = {0};
        struct asl_definition *def = NULL;
        struct asl_diagnostics d;
        asl_diagnostics_init(&d);
        mem_fail_after(n);
        passed = asl_parse(text, &options, &def, &d);
        mem_fail_after(0);
        assert_int_equal(passed, d.errors == 0);
        asl_unref(def);
        asl_diagnostics_release(&d);
    }
    assert_true(passed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_diagnostics_are_those_of_the_cases),
        cmocka_unit_test(test_text_that_is_no_json_is_refused_in_jackson_words),
        cmocka_unit_test(test_text_that_is_no_object_is_refused),
        cmocka_unit_test(test_tree_is_linked_and_numbered_in_order_of_writing),
        cmocka_unit_test(test_only_states_that_read_the_context_say_so),
        cmocka_unit_test(test_resource_check_sees_the_task_and_warnings_do_not_refuse),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_a_thousand_faults_are_counted_and_a_hundred_kept),
        cmocka_unit_test(test_memory_that_fails_is_an_error),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
