/* Patches by their cases, over the API; and documents that a patch would make too large. */
#include "kube_fixture.h"

static json parsed(str text, str line)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    if (!json_parse(text, &v, &err))
        fail_msg("not JSON: %.*s", STR_ARG(line));
    return v;
}

static void try_case(struct fixture *f, const str field[CASE_FIELDS_MAX], int number, str line)
{
    char path[256], headers[128], name[32];
    int64_t status;
    json object = parsed(field[2], line);
    (void)snprintf(name, sizeof(name), "x%d", number);
    json metadata =
        json_with(json_get(object, STR("metadata")), STR("name"), json_string(str_from_c(name)));
    json named = json_with(object, STR("metadata"), metadata);
    str body = json_text(named);
    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/default/%.*s", STR_ARG(field[1]));
    struct answer a = ask(f, STR("POST"), str_from_c(path), "", body);
    if (a.status != 201)
        fail_msg("%.*s: %.*s", STR_ARG(line), STR_ARG(a.body));
    answer_release(&a);
    str_free(body);

    const char *type = str_eq(field[0], STR("strategic")) ? "strategic-merge-patch"
                       : str_eq(field[0], STR("merge"))   ? "merge-patch"
                                                          : "json-patch";
    (void)snprintf(path, sizeof(path), "/api/v1/namespaces/default/%.*s/%s", STR_ARG(field[1]),
                   name);
    (void)snprintf(headers, sizeof(headers), "Content-Type: application/%s+json\r\n", type);
    a = ask(f, STR("PATCH"), str_from_c(path), headers, field[3]);
    assert_true(str_to_int64(field[4], &status));
    json expected = parsed(field[5], line);
    bool covered = covers(a.value, expected);
    // What a patch takes away must be gone: a map of data is compared whole.
    json data = json_get(expected, STR("data"));
    if (data.kind == JSON_OBJECT)
        covered = covered && json_equal(json_get(a.value, STR("data")), data);
    if (a.status != (int)status || !covered)
        fail_msg("%.*s\ngot %d %.*s", STR_ARG(line), a.status, STR_ARG(a.body));
    answer_release(&a);
    json_unref(expected);
    json_unref(named);
    json_unref(object);
}

static void test_cases(void **state)
{
    struct buf file = cases_load("patches.cases");
    str rest = buf_str(&file), line;
    int number = 0;
    while (cases_line(&rest, &line)) {
        str field[CASE_FIELDS_MAX];
        if (cases_split(line, field) != 6)
            fail_msg("not a case: %.*s", STR_ARG(line));
        try_case(*state, field, number++, line);
    }
    buf_release(&file);
}

/* Copying a document into itself doubles it: it is stopped at the limit, not at the memory's end.
 */
static void test_doubling_is_bounded(void **state)
{
    struct fixture *f = *state;
    struct buf b;
    json_unref(ask_json(f, "POST", "/api/v1/namespaces/default/configmaps",
                        "{\"metadata\":{\"name\":\"d\"},\"data\":{\"a\":\"b\"}}", 201));
    buf_init(&b, 1 << 20);
    buf_add_char(&b, '[');
    for (int i = 0; i < 64; i++)
        buf_printf(&b, "%s{\"op\":\"copy\",\"from\":\"\",\"path\":\"/data/x%d\"}", i ? "," : "", i);
    buf_add_char(&b, ']');
    struct answer a = ask(f, STR("PATCH"), STR("/api/v1/namespaces/default/configmaps/d"),
                          "Content-Type: application/json-patch+json\r\n", buf_str(&b));
    assert_int_equal(a.status, 413);
    answer_release(&a);
    buf_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_doubling_is_bounded, fixture_setup, fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
