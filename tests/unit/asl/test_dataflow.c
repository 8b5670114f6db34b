/* Data through a state: dataflow.cases, and that values are shared. */
#include "asl/dataflow.h"
#include "cases.h"
#include "unit.h"

#include <assert.h>

enum { NOW_MS = 1000000 };

static json parse(str text)
{
    json v = json_absent();
    struct err err = ERR_INIT;
    if (str_eq(text, STR("-")))
        return v;
    if (!json_parse(text, &v, &err))
        fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err_text(&err)));
    return v;
}

/* Gives a definition of one state and, for a catcher's sake, a second called S. */
static struct asl_definition *define(str state)
{
    struct buf text;
    struct asl_diagnostics d;
    const struct asl_options options = {0};
    struct asl_definition *def;
    buf_init(&text, 65536);
    assert(state.ptr);
    bool has_catch = memmem(state.ptr, state.len, "\"Catch\"", 7);
    buf_printf(&text, "{\"StartAt\":\"A\",\"States\":{\"A\":%.*s%s}}", STR_ARG(state),
               has_catch ? ",\"S\":{\"Type\":\"Succeed\"}" : "");
    asl_diagnostics_init(&d);
    if (!asl_parse(buf_str(&text), &options, &def, &d))
        fail_msg("%.*s: %.*s", STR_ARG(state), STR_ARG(d.first->message));
    asl_diagnostics_release(&d);
    buf_release(&text);
    return def;
}

static bool run(const struct asl_state *s, str what, json raw, json result, str result_text,
                const struct asl_scope *scope, json *out, struct err *err)
{
    int64_t n;
    bool ok;
    if (str_eq(what, STR("input")))
        return asl_state_input(s, raw, scope, out, err);
    if (str_eq(what, STR("output")))
        return asl_state_output(s, &s->exit, raw, result, scope, out, err);
    if (str_eq(what, STR("items")))
        return asl_map_items(s, raw, scope, out, err);
    if (str_eq(what, STR("item")))
        return asl_map_item(s, raw, result, scope, out, err);
    if (str_eq(what, STR("error")))
        return asl_text_eval(&s->as.fail.error, STR("ErrorPath"), raw, scope, out, err);
    if (str_eq(what, STR("catch"))) {
        str error = str_cut(&result_text, '/');
        str cause = str_eq(result_text, STR("-")) ? STR_NONE : result_text;
        json error_output;
        ok = asl_error_output(error, cause, &error_output, err) &&
             asl_catch_output(s, &s->catchers[0], raw, error_output, scope, out, err);
        json_unref(error_output);
        return ok;
    }
    if (str_eq(what, STR("wait"))) {
        ok = asl_wait_until_ms(s, raw, scope, NOW_MS, &n, err);
    } else if (str_eq(what, STR("timeout"))) {
        ok = asl_number_eval(&s->as.task.timeout_s, STR("TimeoutSecondsPath"), raw, scope, &n, err);
    } else {
        assert_str(what, "concurrency");
        ok = asl_number_eval(&s->as.map.max_concurrency, STR("MaxConcurrencyPath"), raw, scope, &n,
                             err);
    }
    if (ok)
        *out = json_integer(n);
    return ok;
}

static void test_data_flows_as_in_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("dataflow.cases");
    str rest = buf_str(&file);
    str line;
    struct rng rng;
    rng_seed(&rng, 1);
    json context = parse(
        STR("{\"Execution\":{\"Id\":\"e\"},\"Map\":{\"Item\":{\"Index\":0,\"Value\":\"v\"}}}"));
    const struct asl_scope scope = {.context = context, .rng = &rng};
    while (cases_line(&rest, &line)) {
        str f[CASE_FIELDS_MAX] = {0};
        assert_int_equal(cases_split(line, f), 5);
        struct asl_definition *def = define(f[1]);
        struct err err = ERR_INIT;
        bool is_catch = str_eq(f[0], STR("catch"));
        json raw = parse(f[2]);
        json result = is_catch ? json_absent() : parse(f[3]);
        json out = json_absent();
        struct buf got;
        buf_init(&got, 65536);
        if (!run(asl_root(def)->start, f[0], raw, result, f[3], &scope, &out, &err))
            buf_printf(&got, "%s%.*s: %.*s", err.id == ERR_STATES_RUNTIME_BARE ? "!" : "",
                       STR_ARG(err_name(&err)), STR_ARG(err_text(&err)));
        else if (json_is_absent(out))
            buf_add(&got, STR("absent"));
        else
            json_print(out, &got);
        if (!str_eq(buf_str(&got), f[4]))
            fail_msg("%.*s\n  got %.*s", STR_ARG(line), STR_ARG(buf_str(&got)));
        buf_release(&got);
        json_unref(out);
        json_unref(raw);
        json_unref(result);
        err_release(&err);
        asl_unref(def);
    }
    json_unref(context);
    buf_release(&file);
}

static void test_result_path_that_does_not_fit_is_its_own_error(void **state)
{
    (void)state;
    struct asl_definition *def =
        define(STR("{\"Type\":\"Pass\",\"ResultPath\":\"$.a.b\",\"End\":true}"));
    const struct asl_scope scope = {.rng = NULL};
    struct err err = ERR_INIT;
    json raw = parse(STR("[1]"));
    json out;
    assert_false(asl_state_output(asl_root(def)->start, &asl_root(def)->start->exit, raw,
                                  json_integer(1), &scope, &out, &err));
    assert_int_equal(err.id, ERR_STATES_REFERENCE_PATH_CONFLICT);
    err_release(&err);
    json_unref(raw);
    asl_unref(def);
}

static void test_constant_parts_of_a_template_are_shared(void **state)
{
    (void)state;
    struct arena arena;
    struct asl_diagnostics d;
    struct err err = ERR_INIT;
    const struct asl_scope scope = {.rng = NULL};
    arena_init(&arena, 1 << 20);
    asl_diagnostics_init(&d);
    json constant = parse(STR("{\"a\":[1,2,{\"b\":3}]}"));
    json mixed = parse(STR("{\"big\":{\"a\":[1,2]},\"v.$\":\"$.x\"}"));
    json input = parse(STR("{\"x\":{\"y\":1}}"));
    const struct asl_template *t;
    json out;
    assert_true(asl_template_parse(&arena, constant, STR("/T"), &t, &d));
    assert_true(asl_template_eval(t, input, &scope, &out, &err));
    assert_true(json_same(out, constant));
    json_unref(out);
    assert_true(asl_template_parse(&arena, mixed, STR("/T"), &t, &d));
    assert_true(asl_template_eval(t, input, &scope, &out, &err));
    assert_true(json_same(json_get(out, STR("big")), json_get(mixed, STR("big"))));
    assert_true(json_same(json_get(out, STR("v")), json_get(input, STR("x"))));
    assert_false(asl_template_uses_context(t));
    json_unref(out);
    json_unref(constant);
    json_unref(mixed);
    json_unref(input);
    asl_diagnostics_release(&d);
    arena_release(&arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_data_flows_as_in_the_cases),
        cmocka_unit_test(test_result_path_that_does_not_fit_is_its_own_error),
        cmocka_unit_test(test_constant_parts_of_a_template_are_shared),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
