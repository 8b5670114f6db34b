/* Text: comparison, cutting, UTF-8, integers. */
#include "base/mem.h"
#include "base/str.h"
#include "unit.h"

static void test_order_is_bytewise_and_the_shorter_first(void **state)
{
    (void)state;
    assert_int_equal(str_cmp(STR("a"), STR("b")), -1);
    assert_int_equal(str_cmp(STR("b"), STR("a")), 1);
    assert_int_equal(str_cmp(STR("a"), STR("aa")), -1);
    assert_int_equal(str_cmp(STR("aa"), STR("a")), 1);
    assert_int_equal(str_cmp(STR_NONE, STR("")), 0);
    assert_int_equal(str_cmp(STR("\x7f"), STR("\xc3\xa4")), -1); // bytes are unsigned
}

static void test_equality_and_ends(void **state)
{
    (void)state;
    assert_true(str_eq(STR_NONE, STR("")));
    assert_false(str_eq(STR("a"), STR("b")));
    assert_true(str_eq(STR("a\0b"), STR("a\0b")));
    assert_true(str_eq_nocase(STR("Content-TYPE"), STR("content-type")));
    assert_false(str_eq_nocase(STR("a"), STR("aa")));
    assert_false(str_eq_nocase(STR("@"), STR("`"))); // 0x40 and 0x60: not letters
    assert_true(str_starts(STR("abc"), STR("ab")));
    assert_true(str_starts(STR_NONE, STR("")));
    assert_false(str_starts(STR("a"), STR("ab")));
    assert_true(str_ends(STR("abc"), STR("bc")));
    assert_true(str_ends(STR_NONE, STR_NONE));
    assert_false(str_ends(STR("c"), STR("bc")));
}

static void test_cutting_tells_the_last_part_from_an_empty_one(void **state)
{
    (void)state;
    str rest = STR("a::b:");
    assert_str(str_cut(&rest, ':'), "a");
    assert_str(str_cut(&rest, ':'), "");
    assert_str(str_cut(&rest, ':'), "b");
    assert_non_null(rest.ptr);
    assert_str(str_cut(&rest, ':'), "");
    assert_null(rest.ptr);
    assert_int_equal(str_cut(&rest, ':').len, 0);
    assert_int_equal(str_find_char(STR("abc"), 1, 'c'), 2);
    assert_int_equal(str_find_char(STR("abc"), 9, 'a'), 3);
}

static void test_utf8_is_judged(void **state)
{
    (void)state;
    static const struct {
        str text;
        size_t bad;
    } cases[] = {
        {STR_INIT(""),                         0 },
        {STR_INIT("a longer text of ASCII"),   22},
        {STR_INIT("\xc2\x80\xdf\xbf"),         4 },
        {STR_INIT("\xe0\xa0\x80\xef\xbf\xbf"), 6 },
        {STR_INIT("\xf0\x90\x80\x80"),         4 },
        {STR_INIT("\xf4\x8f\xbf\xbf"),         4 },
        {STR_INIT("12345678\x80"),             8 }, // a middle byte alone
        {STR_INIT("1234567\xc3"),              7 }, // cut short
        {STR_INIT("12345678\xe2\x82"),         8 },
        {STR_INIT("\xc3("),                    0 },
        {STR_INIT("ok\xc0\x80"),               2 }, // overlong
        {STR_INIT("ok\xe0\x80\x80"),           2 },
        {STR_INIT("ok\xf0\x8f\xbf\xbf"),       2 },
        {STR_INIT("\xed\x9f\xbf\xed\xa0\x80"), 3 }, // a surrogate
        {STR_INIT("\xf4\x90\x80\x80"),         0 }, // past U+10FFFF
        {STR_INIT("\xf5\x80\x80\x80"),         0 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_int_equal(str_utf8_find_bad(cases[i].text), cases[i].bad);
        assert_int_equal(str_utf8_valid(cases[i].text), cases[i].bad == cases[i].text.len);
    }
}

static void test_every_code_point_survives_encoding(void **state)
{
    (void)state;
    for (uint32_t c = 0; c <= 0x10FFFF; c++) {
        char bytes[4];
        str s = {bytes, str_utf8_encode(c, bytes)};
        size_t at = 0;
        if (!str_utf8_valid(s) || str_utf8_length(s) != 1)
            fail_msg("U+%04X is not one valid character", (unsigned)c);
        bool is_surrogate = c >= 0xD800 && c <= 0xDFFF;
        uint32_t back = str_utf8_next(s, &at);
        if (back != (is_surrogate ? 0xFFFD : c) || at != s.len)
            fail_msg("U+%04X came back as U+%04X", (unsigned)c, (unsigned)back);
    }
    char bytes[4];
    assert_int_equal(str_utf8_encode(0x110000, bytes), 3);
    assert_memory_equal(bytes, "\xef\xbf\xbd", 3);
    assert_int_equal(str_utf8_length(STR("a\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80")), 4);
}

static void test_integers_are_whole_and_fit(void **state)
{
    (void)state;
    static const struct {
        str text;
        bool ok;
        int64_t value;
    } cases[] = {
        {STR_INIT("0"),                    true,  0        },
        {STR_INIT("-0"),                   true,  0        },
        {STR_INIT("007"),                  true,  7        },
        {STR_INIT("9223372036854775807"),  true,  INT64_MAX},
        {STR_INIT("-9223372036854775808"), true,  INT64_MIN},
        {STR_INIT("9223372036854775808"),  false, 0        },
        {STR_INIT("-9223372036854775809"), false, 0        },
        {STR_INIT("99999999999999999999"), false, 0        },
        {STR_INIT(""),                     false, 0        },
        {STR_INIT("-"),                    false, 0        },
        {STR_INIT("+1"),                   false, 0        },
        {STR_INIT(" 1"),                   false, 0        },
        {STR_INIT("1 "),                   false, 0        },
        {STR_INIT("1\0"),                  false, 0        },
        {STR_INIT("0x1"),                  false, 0        },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        int64_t value = 0;
        assert_int_equal(str_to_int64(cases[i].text, &value), cases[i].ok);
        assert_true(value == cases[i].value);
    }
}

static void test_a_copy_is_terminated(void **state)
{
    (void)state;
    char *copy = str_dup_c(str_sub(STR("abcdef"), 1, 2));
    assert_string_equal(copy, "bc");
    mem_free(copy);
    copy = str_dup_c(STR_NONE);
    assert_string_equal(copy, "");
    mem_free(copy);
    mem_fail_after(1);
    assert_null(str_dup_c(STR("x")));
    assert_null(str_dup_c((str){"x", SIZE_MAX}));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_order_is_bytewise_and_the_shorter_first),
        cmocka_unit_test(test_equality_and_ends),
        cmocka_unit_test(test_cutting_tells_the_last_part_from_an_empty_one),
        cmocka_unit_test(test_utf8_is_judged),
        cmocka_unit_test(test_every_code_point_survives_encoding),
        cmocka_unit_test(test_integers_are_whole_and_fit),
        cmocka_unit_test(test_a_copy_is_terminated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
