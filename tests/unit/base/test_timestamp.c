/* Timestamps: what is parsed is in timestamp.cases. */
#include "base/timestamp.h"
#include "unit.h"

#include <inttypes.h>
#include <stdio.h>

static void run_case(str line)
{
    str rest = line;
    str text = str_cut(&rest, '|');
    assert_true(text.len > 0 && rest.len > 1);
    text.len--; // the blank before the bar
    rest = str_skip(rest, 1);

    struct timestamp t = {0};
    struct err err = ERR_INIT;
    bool ok = timestamp_parse(text, &t, &err);
    if (str_eq(rest, STR("ERROR"))) {
        if (ok)
            fail_msg("'%.*s' was taken", STR_ARG(text));
        assert_int_equal(err.id, ERR_BAD_TIMESTAMP);
        err_release(&err);
        return;
    }
    if (!ok)
        fail_msg("%.*s", STR_ARG(err_text(&err)));
    int64_t ms = 0;
    int64_t ns_in_ms = 0;
    assert_true(str_to_int64(str_cut(&rest, ' '), &ms) && str_to_int64(rest, &ns_in_ms));
    if (t.ms != ms || t.ns_in_ms != ns_in_ms)
        fail_msg("'%.*s' gives %" PRId64 " %" PRId32, STR_ARG(text), t.ms, t.ns_in_ms);
}

static void test_cases(void **state)
{
    (void)state;
    FILE *file = fopen("timestamp.cases", "r");
    assert_non_null(file);
    char line[256];
    size_t cases = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#' || line[0] == '\0')
            continue;
        run_case(str_from_c(line));
        cases++;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(cases > 50);
}

static void test_text_without_an_end_is_refused_at_every_length(void **state)
{
    (void)state;
    // Each head of a whole one, in a block of its own size, so that ASan sees a step too far.
    const str whole = STR("2016-03-14T01:59:00.123+02:00");
    for (size_t len = 0; len <= whole.len; len++) {
        char *copy = test_malloc(len ? len : 1);
        memcpy(copy, whole.ptr, len);
        struct timestamp t;
        struct err err = ERR_INIT;
        assert_int_equal(timestamp_parse((str){copy, len}, &t, &err), len == whole.len);
        err_release(&err);
        test_free(copy);
    }
    struct timestamp t;
    struct err err = ERR_INIT;
    assert_false(timestamp_parse((str){"2016-03-14T01:59:00Z\0", 21}, &t, &err));
    err_release(&err);
}

static void assert_formats(int64_t ms, const char *expected, const char *expected_seconds)
{
    char text[TIMESTAMP_TEXT_LEN + 1];
    timestamp_format(ms, text);
    assert_string_equal(text, expected);
    timestamp_format_seconds(ms, text);
    assert_string_equal(text, expected_seconds);
}

static void test_formats(void **state)
{
    (void)state;
    assert_formats(0, "1970-01-01T00:00:00.000Z", "1970-01-01T00:00:00Z");
    assert_formats(1525283875580, "2018-05-02T17:57:55.580Z", "2018-05-02T17:57:55Z");
    assert_formats(-1, "1969-12-31T23:59:59.999Z", "1969-12-31T23:59:59Z");
    assert_formats(951782400000, "2000-02-29T00:00:00.000Z", "2000-02-29T00:00:00Z");
    assert_formats(INT64_MIN, "0000-01-01T00:00:00.000Z", "0000-01-01T00:00:00Z");
    assert_formats(INT64_MAX, "9999-12-31T23:59:59.999Z", "9999-12-31T23:59:59Z");
}

static void test_every_day_of_ten_thousand_years_comes_back(void **state)
{
    (void)state;
    const int64_t day_ms = INT64_C(86400000);
    char before[TIMESTAMP_TEXT_LEN + 1] = "";
    for (int64_t ms = INT64_C(-62167219200000); ms < INT64_C(253402300800000); ms += day_ms) {
        char text[TIMESTAMP_TEXT_LEN + 1];
        timestamp_format(ms, text);
        if (strcmp(text, before) <= 0)
            fail_msg("%s follows %s", text, before);
        memcpy(before, text, sizeof text);
        struct timestamp t;
        struct err err = ERR_INIT;
        if (!timestamp_parse(str_from_c(text), &t, &err) || t.ms != ms)
            fail_msg("%s does not come back", text);
    }
}

static void test_order_is_exact(void **state)
{
    (void)state;
    struct timestamp a = {5, 7};
    assert_int_equal(timestamp_cmp(a, a), 0);
    assert_int_equal(timestamp_cmp(a, (struct timestamp){5, 8}), -1);
    assert_int_equal(timestamp_cmp(a, (struct timestamp){5, 6}), 1);
    assert_int_equal(timestamp_cmp(a, (struct timestamp){6, 0}), -1);
    assert_int_equal(timestamp_cmp(a, (struct timestamp){-6, 999999}), 1);
}

static void test_epoch_seconds(void **state)
{
    (void)state;
    static const struct {
        int64_t ms;
        const char *text;
    } rows[] = {
        {1525283875580, "1525283875.58"        },
        {1525283875000, "1525283875"           },
        {1525283875001, "1525283875.001"       },
        {1525283870100, "1525283870.1"         },
        {0,             "0"                    },
        {50,            "0.05"                 },
        {-1,            "-0.001"               },
        {-1500,         "-1.5"                 },
        {INT64_MIN,     "-9223372036854775.808"},
        {INT64_MAX,     "9223372036854775.807" },
    };
    struct buf out;
    buf_init(&out, 64);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        buf_reset(&out);
        timestamp_print_epoch_s(rows[i].ms, &out);
        assert_true(buf_ok(&out));
        assert_str(buf_str(&out), rows[i].text);
    }
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_text_without_an_end_is_refused_at_every_length),
        cmocka_unit_test(test_formats),
        cmocka_unit_test(test_every_day_of_ten_thousand_years_comes_back),
        cmocka_unit_test(test_order_is_exact),
        cmocka_unit_test(test_epoch_seconds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
