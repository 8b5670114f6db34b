/* YAML as JSON: yaml.cases, and what must be bounded. */
#include "asl/cases.h"
#include "cluster/auth/yaml.h"

static str unescaped(str s, struct buf *b)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '\\' && i + 1 < s.len && s.ptr[i + 1] == 'n') {
            buf_add_char(b, '\n');
            i++;
        } else {
            buf_add_char(b, s.ptr[i]);
        }
    }
    return buf_str(b);
}

static void try_case(str yaml, str expected, str line)
{
    struct buf b;
    struct err err = ERR_INIT;
    json value = json_absent();
    buf_init(&b, 65536);
    bool ok = yaml_to_json(unescaped(yaml, &b), &value, &err);
    if (str_eq(expected, STR("ERROR_BAD_JSON"))) {
        if (ok)
            fail_msg("accepted: %.*s", STR_ARG(line));
        assert_int_equal(err.id, ERR_BAD_JSON);
    } else {
        if (!ok)
            fail_msg("%.*s: %.*s", STR_ARG(line), STR_ARG(err_text(&err)));
        str text = json_text(value);
        if (!str_eq(text, expected))
            fail_msg("%.*s: got %.*s", STR_ARG(line), STR_ARG(text));
        str_free(text);
    }
    json_unref(value);
    err_release(&err);
    buf_release(&b);
}

static void test_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("yaml.cases");
    str rest = buf_str(&file), line;
    while (cases_line(&rest, &line)) {
        str field[CASE_FIELDS_MAX];
        if (cases_split(line, field) != 2)
            fail_msg("not a case: %.*s", STR_ARG(line));
        try_case(field[0], field[1], line);
    }
    buf_release(&file);
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    char text[100000];
    struct err err = ERR_INIT;
    json value;
    memset(text, '[', sizeof(text));
    assert_false(yaml_to_json((str){text, sizeof(text)}, &value, &err));
    assert_int_equal(err.id, ERR_TOO_LARGE);
    err_release(&err);
}

static void test_bad_bytes_are_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    json value;
    assert_false(yaml_to_json(STR("a: \xff"), &value, &err));
    err_release(&err);
    assert_false(yaml_to_json((str){"a: \0", 4}, &value, &err));
    err_release(&err);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_bad_bytes_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
