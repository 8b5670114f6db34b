/* requests.cases, asked over a socket, one after another; lists by pages; bodies that are too much.
 */
#include "kube_fixture.h"

/* Exchanges the two characters \r and the like for what they mean. */
static str header_lines(str s, struct buf *b)
{
    if (!str_eq(s, STR("-"))) {
        buf_add(b, s);
        buf_add(b, STR("\r\n"));
    }
    buf_add_char(b, '\0');
    return buf_str(b);
}

static void try_case(struct fixture *f, const str field[CASE_FIELDS_MAX], str line)
{
    struct buf headers;
    int64_t status;
    str path = field[0], method = str_cut(&path, ' ');
    buf_init(&headers, 8192);
    (void)header_lines(field[1], &headers);
    struct answer a = ask(f, method, path, headers.ptr, field[2]);
    assert_true(str_to_int64(field[3], &status));
    if (a.status != (int)status)
        fail_msg("%.*s\ngot %d %.*s", STR_ARG(line), a.status, STR_ARG(a.body));
    str rest = field[4];
    while (rest.ptr) {
        size_t at = 0;
        while (at < rest.len && !str_starts(str_skip(rest, at), STR(";;")))
            at++;
        str part = str_sub(rest, 0, at);
        rest = at < rest.len ? str_skip(rest, at + 2) : STR_NONE;
        bool wanted = !str_starts(part, STR("!"));
        if (!wanted)
            part = str_skip(part, 1);
        if (has(buf_str(&a.raw), part) != wanted)
            fail_msg("%.*s\n%s %.*s in %.*s", STR_ARG(line), wanted ? "no" : "there is",
                     STR_ARG(part), STR_ARG(buf_str(&a.raw)));
    }
    answer_release(&a);
    buf_release(&headers);
}

static void test_cases(void **state)
{
    struct buf file = cases_load("requests.cases");
    str rest = buf_str(&file), line;
    while (cases_line(&rest, &line)) {
        str field[CASE_FIELDS_MAX];
        if (cases_split(line, field) != 5)
            fail_msg("not a case: %.*s", STR_ARG(line));
        try_case(*state, field, line);
    }
    buf_release(&file);
}

static void test_pages_hold_every_object_once(void **state)
{
    struct fixture *f = *state;
    char path[2048], body[128];
    bool seen[25] = {false};
    for (int i = 0; i < 25; i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"metadata\":{\"name\":\"m%02d\",\"labels\":{\"l\":\"y\"}}}", i);
        json_unref(ask_json(f, "POST", "/api/v1/namespaces/default/configmaps", body, 201));
    }
    str token = STR("");
    json page = json_absent();
    int pages = 0;
    do {
        (void)snprintf(path, sizeof(path),
                       "/api/v1/configmaps?labelSelector=l%%3Dy&limit=10&continue=%.*s",
                       STR_ARG(token));
        json next = ask_json(f, "GET", path, "", 200);
        json_unref(page);
        page = next;
        json items = json_get(page, STR("items"));
        for (size_t i = 0; i < json_len(items); i++) {
            int64_t n;
            str name = json_str(json_get_path(json_at(items, i), "metadata", "name", NULL));
            assert_true(str_to_int64(str_skip(name, name.ptr[1] == '0' ? 2 : 1), &n));
            assert_false(seen[n]);
            seen[n] = true;
        }
        pages++;
        token = json_str(json_get_path(page, "metadata", "continue", NULL));
    } while (token.len > 0);
    json_unref(page);
    assert_int_equal(pages, 3);
    for (int i = 0; i < 25; i++)
        assert_true(seen[i]);
}

static void test_large_bodies_are_refused(void **state)
{
    struct fixture *f = *state;
    size_t len = 3145728 + 1;
    char *body = test_malloc(len);
    memset(body, ' ', len);
    struct answer a =
        ask(f, STR("POST"), STR("/api/v1/namespaces/default/configmaps"), "", (str){body, len});
    assert_int_equal(a.status, 413);
    assert_true(has(a.body, STR("Request entity too large: limit is 3145728")));
    answer_release(&a);
    memset(body, '[', len);
    a = ask(f, STR("POST"), STR("/api/v1/namespaces/default/configmaps"), "", (str){body, 100000});
    assert_int_equal(a.status, 400);
    answer_release(&a);
    test_free(body);
}

/* An old version has been pushed out of what a watch can begin from. */
static void test_watch_of_the_past_is_expired(void **state)
{
    struct fixture *f = *state;
    json_unref(ask_json(f, "POST", "/api/v1/namespaces/default/configmaps",
                        "{\"metadata\":{\"name\":\"busy\"}}", 201));
    char body[128];
    for (int i = 0; i < 1100; i++) {
        (void)snprintf(body, sizeof(body),
                       "{\"metadata\":{\"name\":\"busy\"},\"data\":{\"n\":\"%d\"}}", i);
        json_unref(ask_json(f, "PUT", "/api/v1/namespaces/default/configmaps/busy", body, 200));
    }
    struct answer a =
        ask(f, STR("GET"), STR("/api/v1/configmaps?watch=true&resourceVersion=1"), "", STR(""));
    assert_int_equal(a.status, 200);
    assert_true(has(a.body, STR("{\"type\":\"ERROR\"")));
    assert_true(has(a.body, STR("\"code\":410")));
    assert_true(has(a.body, STR("too old resource version: 1")));
    answer_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_cases, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_pages_hold_every_object_once, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_large_bodies_are_refused, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_watch_of_the_past_is_expired, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
