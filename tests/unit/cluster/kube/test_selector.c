/* Selectors: selectors.cases, and their bounds. */
#include "asl/cases.h"
#include "cluster/kube/kube.h"

static void try_case(const str field[CASE_FIELDS_MAX], str line)
{
    struct arena a;
    struct err err = ERR_INIT;
    struct kube_selector *selector = NULL;
    json object = json_absent();
    arena_init(&a, 1 << 20);
    bool label = str_eq(field[0], STR("label"));
    if (!json_parse(field[2], &object, &err))
        fail_msg("not JSON: %.*s", STR_ARG(line));
    bool ok = label ? kube_label_selector_parse(&a, field[1], &selector, &err)
                    : kube_field_selector_parse(&a, field[1], &selector, &err);
    if (ok != !str_eq(field[3], STR("ERROR")))
        fail_msg("%.*s: %.*s", STR_ARG(line), STR_ARG(err_text(&err)));
    if (ok && kube_selector_matches(selector, object) != str_eq(field[3], STR("yes")))
        fail_msg("wrong: %.*s", STR_ARG(line));
    json_unref(object);
    err_release(&err);
    arena_release(&a);
}

static void test_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("selectors.cases");
    str rest = buf_str(&file), line;
    while (cases_line(&rest, &line)) {
        str field[CASE_FIELDS_MAX];
        if (cases_split(line, field) != 4)
            fail_msg("not a case: %.*s", STR_ARG(line));
        try_case(field, line);
    }
    buf_release(&file);
}

static void test_too_many_requirements_are_refused(void **state)
{
    (void)state;
    struct arena a;
    struct buf b;
    struct err err = ERR_INIT;
    struct kube_selector *selector;
    arena_init(&a, 1 << 20);
    buf_init(&b, 65536);
    buf_add(&b, STR("a=b"));
    for (int i = 0; i < 1000; i++)
        buf_add(&b, STR(",a=b"));
    assert_false(kube_label_selector_parse(&a, buf_str(&b), &selector, &err));
    err_release(&err);
    assert_false(kube_field_selector_parse(&a, buf_str(&b), &selector, &err));
    err_release(&err);
    buf_release(&b);
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_too_many_requirements_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
