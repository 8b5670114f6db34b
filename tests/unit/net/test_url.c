/* URLs, queries, percent-coding and ARNs, by tables. */
#include "net/arn.h"
#include "net/url.h"
#include "unit.h"

#include <stdio.h>

enum { LINE_MAX_BYTES = 1000 };

typedef void case_run(struct arena *a, str input, struct buf *actual);

/* Runs each "input | expected" line of a file. */
static void run_cases(const char *path, case_run *run)
{
    char line[LINE_MAX_BYTES];
    size_t number = 0, ran = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof(line), file)) {
        struct arena a;
        struct buf actual;
        number++;
        if (line[0] == '#')
            continue;
        char *bar = strstr(line, " |");
        assert_non_null(bar);
        *bar = '\0';
        char *expected = bar + 2 + (bar[2] == ' ');
        expected[strcspn(expected, "\n")] = '\0';
        arena_init(&a, 1 << 20);
        buf_init(&actual, 1 << 20);
        run(&a, str_from_c(line), &actual);
        if (!str_eq(buf_str(&actual), str_from_c(expected)))
            fail_msg("%s:%zu: got \"%.*s\", expected \"%s\"", path, number,
                     STR_ARG(buf_str(&actual)), expected);
        buf_release(&actual);
        arena_release(&a);
        ran++;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(ran > 10);
}

static void run_url(struct arena *a, str input, struct buf *actual)
{
    struct url u;
    struct err err = ERR_INIT;
    (void)a;
    if (url_parse(input, &u, &err)) {
        buf_printf(actual, "[%.*s] [%.*s] [%u] [%.*s] [%.*s]", STR_ARG(u.scheme), STR_ARG(u.host),
                   (unsigned)u.port, STR_ARG(u.path), STR_ARG(u.query));
    } else {
        assert_int_equal(err.id, ERR_VALIDATION);
        buf_add(actual, STR("ERROR"));
    }
    err_release(&err);
}

static void run_query(struct arena *a, str input, struct buf *actual)
{
    struct url_param *params;
    size_t count;
    struct err err = ERR_INIT;
    if (url_query_parse(a, input, &params, &count, &err)) {
        for (size_t i = 0; i < count; i++)
            buf_printf(actual, "%s[%.*s=%.*s]", i ? " " : "", STR_ARG(params[i].name),
                       STR_ARG(params[i].value));
    } else {
        assert_int_equal(err.id, ERR_VALIDATION);
        buf_add(actual, STR("ERROR"));
    }
    err_release(&err);
}

static void test_url_cases(void **state)
{
    (void)state;
    run_cases("url.cases", run_url);
}

static void test_query_cases(void **state)
{
    (void)state;
    run_cases("query.cases", run_query);
}

static void test_query_find_gives_the_first(void **state)
{
    struct url_param params[] = {
        {STR_INIT("a"), STR_INIT("1")},
        {STR_INIT("b"), STR_INIT("2")},
        {STR_INIT("a"), STR_INIT("3")}
    };
    str value;
    (void)state;
    assert_true(url_query_find(params, 3, STR("a"), &value));
    assert_str(value, "1");
    assert_false(url_query_find(params, 3, STR("c"), &value));
    assert_false(url_query_find(NULL, 0, STR("a"), &value));
}

static void test_query_count_is_bounded(void **state)
{
    struct arena a;
    struct buf text;
    struct url_param *params;
    size_t count;
    struct err err = ERR_INIT;
    (void)state;
    arena_init(&a, 1 << 20);
    buf_init(&text, 1 << 20);
    buf_add(&text, STR("a=0"));
    for (int i = 1; i < 200; i++)
        buf_printf(&text, "&a=%d", i);
    assert_true(url_query_parse(&a, buf_str(&text), &params, &count, &err));
    assert_int_equal(count, 200);
    buf_add(&text, STR("&a=200"));
    assert_false(url_query_parse(&a, buf_str(&text), &params, &count, &err));
    assert_int_equal(err.id, ERR_TOO_LARGE);
    err_release(&err);
    buf_release(&text);
    arena_release(&a);
}

static void test_overlong_url_is_refused(void **state)
{
    static char text[70000];
    struct url u;
    struct err err = ERR_INIT;
    (void)state;
    static const char start[] = {'h', 't', 't', 'p', ':', '/', '/', 'h', '/'};
    memset(text, 'a', sizeof(text));
    memcpy(text, start, sizeof(start));
    assert_true(url_parse((str){text, 65536}, &u, &err));
    assert_false(url_parse((str){text, 65537}, &u, &err));
    assert_int_equal(err.id, ERR_VALIDATION);
    err_release(&err);
}

static void test_encoding_keeps_the_unreserved_only(void **state)
{
    struct buf b;
    (void)state;
    buf_init(&b, 10000);
    url_encode(STR("AZaz09-._~ /+?&=%\x01\xe4\xbd\xa0"), &b);
    assert_str(buf_str(&b), "AZaz09-._~%20%2F%2B%3F%26%3D%25%01%E4%BD%A0");
    buf_reset(&b);
    url_encode_path(STR("/a b/c"), &b);
    assert_str(buf_str(&b), "/a%20b/c");
    buf_release(&b);
}

static void test_what_is_encoded_decodes_to_itself(void **state)
{
    (void)state;
    for (unsigned c = 1; c < 128; c++) {
        struct arena a;
        struct buf b;
        str decoded;
        char text[2] = {(char)c, 'x'};
        arena_init(&a, 10000);
        buf_init(&b, 100);
        url_encode((str){text, 2}, &b);
        for (int plus = 0; plus < 2; plus++) {
            assert_true(url_decode(&a, buf_str(&b), plus, &decoded));
            assert_true(str_eq(decoded, (str){text, 2}));
        }
        buf_release(&b);
        arena_release(&a);
    }
}

static void test_plain_text_is_lent_by_decode(void **state)
{
    struct arena a;
    str s = STR("a+b"), decoded;
    (void)state;
    arena_init(&a, 0);
    assert_true(url_decode(&a, s, false, &decoded));
    assert_ptr_equal(decoded.ptr, s.ptr);
    assert_false(url_decode(&a, STR("\xff"), false, &decoded));
    assert_false(url_decode(&a, (str){"a\0b", 3}, false, &decoded));
    assert_false(url_decode(&a, STR("%41"), false, &decoded)); // the arena has no room
    arena_release(&a);
}

static void test_arn_fields(void **state)
{
    struct arn arn;
    (void)state;
    assert_true(arn_parse(STR("arn:aws:states:us-east-1:123456789012:execution:m:n"), &arn));
    assert_str(arn.partition, "aws");
    assert_str(arn.service, "states");
    assert_str(arn.region, "us-east-1");
    assert_str(arn.account, "123456789012");
    assert_str(arn.resource, "execution:m:n");
    assert_true(arn_parse(STR("arn:aws:iam::1:role/service-role/R"), &arn));
    assert_str(arn.region, "");
    assert_str(arn.resource, "role/service-role/R");
    assert_true(arn_parse(STR("arn:::::"), &arn));
    assert_str(arn.resource, "");
}

static void test_what_is_no_arn(void **state)
{
    struct arn arn;
    (void)state;
    assert_false(arn_parse(STR(""), &arn));
    assert_false(arn_parse(STR("arn"), &arn));
    assert_false(arn_parse(STR("arn:aws:states:us-east-1:123456789012"), &arn));
    assert_false(arn_parse(STR("arn::::"), &arn));
    assert_false(arn_parse(STR("urn:aws:states:us-east-1:123456789012:x"), &arn));
    assert_false(arn_parse(STR("ARN:aws:states:us-east-1:123456789012:x"), &arn));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_url_cases),
        cmocka_unit_test(test_query_cases),
        cmocka_unit_test(test_query_find_gives_the_first),
        cmocka_unit_test(test_query_count_is_bounded),
        cmocka_unit_test(test_overlong_url_is_refused),
        cmocka_unit_test(test_encoding_keeps_the_unreserved_only),
        cmocka_unit_test(test_what_is_encoded_decodes_to_itself),
        cmocka_unit_test(test_plain_text_is_lent_by_decode),
        cmocka_unit_test(test_arn_fields),
        cmocka_unit_test(test_what_is_no_arn),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
