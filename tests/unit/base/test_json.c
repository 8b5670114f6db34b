/* JSON values: parsing, printing, sizes, building, sharing, hostile input. */
#include "base/json.h"
#include "base/mem.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static json parse(const char *text)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    if (!json_parse(str_from_c(text), &v, &err))
        fail_msg("%s: %.*s", text, STR_ARG(err_text(&err)));
    return v;
}

static void assert_text(json v, const char *expected)
{
    str text = json_text(v);
    assert_str(text, expected);
    assert_int_equal(text.len, json_text_size(v));
    str_free(text);
}

static void refuse(str text, enum err_id id, const char *expected)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    assert_false(json_parse(text, &v, &err));
    assert_int_equal(err.id, id);
    if (expected)
        assert_str(err_text(&err), expected);
    err_release(&err);
}

static void test_round_trips(void **state)
{
    (void)state;
    static const char *const same[] = {
        "null",
        "true",
        "false",
        "0",
        "-1",
        "9223372036854775807",
        "-9223372036854775808",
        "9223372036854775808",
        "1.0",
        "-0",
        "1e2",
        "1E+2",
        "0.1000",
        "\"\"",
        "\"a\\\"b\\\\c\"",
        "\"\\b\\f\\n\\r\\t\\u0001\\u001f\"",
        "\"\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80/\"",
        "[]",
        "{}",
        "[1,[2,[3]],{}]",
        "{\"b\":1,\"a\":{\"c\":[null,true]}}",
        "{\"\":\"\"}",
    };
    for (size_t i = 0; i < sizeof same / sizeof same[0]; i++) {
        json v = parse(same[i]);
        assert_text(v, same[i]);
        json_unref(v);
    }
}

static void test_escapes_are_decoded(void **state)
{
    (void)state;
    json v = parse(" { \"\\u0061\\/\" : \"\\ud83d\\ude00\\u00e4\" } ");
    assert_text(v, "{\"a/\":\"\xf0\x9f\x98\x80\xc3\xa4\"}");
    json_unref(v);
    v = parse("\"a\\u0000b\"");
    assert_int_equal(json_str(v).len, 3);
    assert_text(v, "\"a\\u0000b\"");
    json_unref(v);
}

static void test_lone_surrogates_become_the_replacement_character(void **state)
{
    (void)state;
    json v = parse("[\"\\ud800\",\"\\udc00x\",\"\\ud800\\ud83d\\ude00\",\"\\\\ud800\"]");
    assert_text(v, "[\"\xef\xbf\xbd\",\"\xef\xbf\xbdx\",\"\xef\xbf\xbd\xf0\x9f\x98\x80\","
                   "\"\\\\ud800\"]");
    json_unref(v);
}

#define ANY "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
static const struct {
    const char *text;
    size_t line, column;
    const char *expected;
} refusals[] = {
    {"",                  1, 1,  "No content to map due to end-of-input"                                  },
    {" \n ",              2, 2,  "No content to map due to end-of-input"                                  },
    {"not",               1, 4,  "Unrecognized token 'not': was expecting " ANY                           },
    {"NaN",               1, 4,  "Unrecognized token 'NaN': was expecting " ANY                           },
    {"truex",             1, 6,  "Unrecognized token 'truex': was expecting " ANY                         },
    {"{\n  \"a\": oops}", 2, 12, "Unrecognized token 'oops': was expecting " ANY                          },
    {"{'a':1}",           1, 2,
     "Unexpected character (''' (code 39)): was expecting double-quote to start field name"               },
    {"{\"a\" 1}",         1, 6,
     "Unexpected character ('1' (code 49)): was expecting a colon to separate field name and "
     "value"                                                                                              },
    {"{\"a\":1 \"b\"}",   1, 8,
     "Unexpected character ('\"' (code 34)): was expecting comma to separate Object entries"              },
    {"[1 2]",             1, 4,
     "Unexpected character ('2' (code 50)): was expecting comma to separate Array entries"                },
    {"[1,]",              1, 4,  "Unexpected character (']' (code 93)): expected a valid value " ANY      },
    {"{\"a\":1,}",        1, 8,
     "Unexpected character ('}' (code 125)): was expecting double-quote to start field name"              },
    {"[1}",               1, 3,
     "Unexpected character ('}' (code 125)): was expecting comma to separate Array entries"               },
    {"[1\xe2\x82\xac",    1, 3,
     "Unexpected character ('\xe2\x82\xac' (code 8364 / 0x20ac)): was expecting comma to "
     "separate Array entries"                                                                             },
    {"[\x01",             1, 2,  "Unexpected character ((CTRL-CHAR, code 1)): expected a valid value " ANY},
    {"+1",                1, 1,  "Unexpected character ('+' (code 43)): expected a valid value " ANY      },
    {"/* */1",            1, 1,  "Unexpected character ('/' (code 47)): expected a valid value " ANY      },
    {"1 2",               1, 3,
     "Unexpected character ('2' (code 50)): expected the end of the text after the value"                 },
    {"01",                1, 1,  "Invalid numeric value: Leading zeroes not allowed"                      },
    {"-01",               1, 2,  "Invalid numeric value: Leading zeroes not allowed"                      },
    {"-x",                1, 2,
     "Unexpected character ('x' (code 120)) in numeric value: expected digit (0-9) to follow "
     "minus sign, for valid numeric value"                                                                },
    {"[1.]",              1, 4,
     "Unexpected character (']' (code 93)) in numeric value: Decimal point not followed by a "
     "digit"                                                                                              },
    {"[1e+]",             1, 5,
     "Unexpected character (']' (code 93)) in numeric value: Exponent indicator not followed "
     "by a digit"                                                                                         },
    {"1e",                1, 3,  "Unexpected end-of-input in a number"                                    },
    {"[1,",               1, 4,  "Unexpected end-of-input: expected close marker for Array"               },
    {"{\"a\":",           1, 6,  "Unexpected end-of-input: expected close marker for Object"              },
    {"\"abc",             1, 5,  "Unexpected end-of-input: was expecting closing quote for a string value"},
    {"\"abc\\",           1, 6,  "Unexpected end-of-input in character escape sequence"                   },
    {"\"a\\x\"",          1, 4,
     "Unexpected character ('x' (code 120)) after a backslash: unrecognized character escape"             },
    {"\"\\u12G4\"",       1, 6,
     "Unexpected character ('G' (code 71)): expected a hex-digit for character escape "
     "sequence"                                                                                           },
    {"\"a\nb\"",          1, 3,
     "Illegal unquoted character ((CTRL-CHAR, code 10)): has to be escaped using backslash to "
     "be included in string value"                                                                        },
};

static void test_refusals_say_what_and_where(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct err err = ERR_INIT;
        json v = json_absent();
        if (json_parse(str_from_c(refusals[i].text), &v, &err))
            fail_msg("%s is taken", refusals[i].text);
        assert_int_equal(err.id, ERR_BAD_JSON);
        assert_str(err_text(&err), refusals[i].expected);
        if (err.line != refusals[i].line || err.column != refusals[i].column)
            fail_msg("%s: at %zu:%zu", refusals[i].text, err.line, err.column);
        err_release(&err);
    }
}

static void test_errors_show_a_part_of_what_is_long(void **state)
{
    (void)state;
    enum { LEN = 1 << 20 };
    char *text = malloc(LEN);
    assert_non_null(text);
    memset(text, 'x', LEN);
    struct err err = ERR_INIT;
    json v;
    assert_false(json_parse((str){text, LEN}, &v, &err));
    assert_in_range(err_text(&err).len, 256, 400);
    assert_true(str_starts(err_text(&err), STR("Unrecognized token 'xxx")));
    err_release(&err);
    free(text);
}

static void test_unfinished_tokens_and_odd_spaces_are_refused(void **state)
{
    (void)state;
    static const char *const texts[] = {"1\"",    "[1]\"", "[1]\"]", "\"a\"\"",
                                        "{} \"x", "1\v",   "\f[]",   "[1]tru"};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        struct err err = ERR_INIT;
        json v = json_absent();
        if (json_parse(str_from_c(texts[i]), &v, &err))
            fail_msg("%s was accepted", texts[i]);
        assert_int_equal(err.id, ERR_BAD_JSON);
        err_release(&err);
    }
}

static void test_bad_utf8_is_refused(void **state)
{
    (void)state;
    refuse(STR("\"\xff\""), ERR_BAD_JSON, "Invalid UTF-8 start byte 0xff");
    refuse(STR("\"\xed\xa0\x80\""), ERR_BAD_JSON, "Invalid UTF-8 middle byte 0xa0");
    refuse(STR("\"\xc0\x80\""), ERR_BAD_JSON, "Invalid UTF-8 start byte 0xc0");
    refuse(STR("\"\xe2\""), ERR_BAD_JSON, "Invalid UTF-8 middle byte 0x22");
    refuse(STR("\"\xe2"), ERR_BAD_JSON,
           "Unexpected end-of-input in the middle of a UTF-8 character");
    assert_true(json_is_absent(json_string(STR("\xf4\x90\x80\x80"))));
    json v = json_object(0);
    assert_false(json_put_take(&v, STR("\xff"), json_null()));
    json_unref(v);
}

static char *nested(size_t depth, size_t *len)
{
    char *text = malloc(2 * depth);
    memset(text, '[', depth);
    memset(text + depth, ']', depth);
    *len = 2 * depth;
    return text;
}

static void test_depth_is_bounded(void **state)
{
    (void)state;
    size_t len;
    char *text = nested(JSON_DEPTH_MAX, &len);
    struct err err = ERR_INIT;
    json v;
    assert_true(json_parse((str){text, len}, &v, &err));
    assert_int_equal(json_text_size(v), len);
    json_unref(v);
    free(text);
    text = nested(100000, &len);
    refuse((str){text, len}, ERR_TOO_LARGE, NULL);
    refuse((str){text, len / 2}, ERR_TOO_LARGE, NULL);
    free(text);
}

static void test_built_values_are_bounded_in_depth_and_freed_without_recursion(void **state)
{
    (void)state;
    json v = json_array(0);
    size_t depth = 1;
    for (;; depth++) {
        json outer = json_array(1);
        if (!json_push_take(&outer, v)) {
            json_unref(outer);
            break;
        }
        v = outer;
    }
    assert_in_range(depth, JSON_DEPTH_MAX, 10 * JSON_DEPTH_MAX);
}

static void test_of_repeated_keys_the_last_value_wins_in_the_first_place(void **state)
{
    (void)state;
    json v = parse("{\"a\":[1],\"b\":2,\"a\":{},\"a\":3}");
    assert_text(v, "{\"a\":3,\"b\":2}");
    json_unref(v);
    // The same past the number of members where an index begins.
    struct buf text;
    buf_init(&text, 1 << 20);
    buf_add_char(&text, '{');
    for (int i = 0; i < 300; i++)
        buf_printf(&text, "%s\"k%d\":%d", i ? "," : "", i % 100, i);
    buf_add_char(&text, '}');
    struct err err = ERR_INIT;
    assert_true(json_parse(buf_str(&text), &v, &err));
    assert_int_equal(json_len(v), 100);
    for (size_t i = 0; i < 100; i++)
        assert_int_equal(json_value_at(v, i).as.integer, 200 + i);
    str printed = json_text(v);
    assert_int_equal(printed.len, json_text_size(v));
    str_free(printed);
    json_unref(v);
    assert_false(json_parse_with(buf_str(&text), JSON_KEY_DUPLICATES_REFUSE, &v, &err));
    assert_str(err_text(&err), "Duplicate field 'k0'");
    err_release(&err);
    buf_release(&text);
}

static void test_repeated_keys_may_be_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    json v;
    assert_false(json_parse_with(STR("{\"k\":0,\n \"a\":{\"k\":1,\"k\":2}}"),
                                 JSON_KEY_DUPLICATES_REFUSE, &v, &err));
    assert_int_equal(err.id, ERR_BAD_JSON);
    assert_str(err_text(&err), "Duplicate field 'k'");
    assert_int_equal(err.line, 2);
    assert_int_equal(err.column, 16);
    err_release(&err);
    assert_true(json_parse_with(STR("{\"k\":{\"k\":[{\"k\":1},{\"k\":1}]}}"),
                                JSON_KEY_DUPLICATES_REFUSE, &v, &err));
    json_unref(v);
}

static unsigned next_random(unsigned *seed)
{
    *seed = *seed * 1103515245U + 12345U;
    return *seed >> 16;
}

/* A value of the kinds and sizes that matter. Gives it. */
static json random_value(unsigned *seed, int depth)
{
    static const char *const strings[] = {"", "a", "\"\\\b\f\n\r\t\x01\x1f/",
                                          "\xc3\xa4\xf0\x9f\x98\x80"};
    static const char *const numbers[] = {"-0", "1.50", "1E400", "123456789012345678901", "0"};
    unsigned r = next_random(seed), more = r >> 4;
    json v;
    switch (r % (depth > 0 ? 9 : 7)) {
    case 0: return json_null();
    case 1: return json_bool(r & 16);
    case 2: return json_integer((int64_t)r * ((r & 16) ? -1 : 1));
    case 3: return json_integer((r & 16) ? INT64_MIN : INT64_MAX);
    case 4: return json_number_text(str_from_c(numbers[more % 5]));
    case 5: return json_double((double)r / 7);
    case 6: return json_string(str_from_c(strings[more % 4]));
    case 7:
        v = json_array(more % 3);
        for (unsigned i = 0; i < more % 30; i++)
            assert_true(json_push_take(&v, random_value(seed, depth - 1)));
        return v;
    default:
        v = json_object(more % 3);
        for (unsigned i = 0; i < more % 30; i++) {
            char key[32];
            (void)snprintf(key, sizeof key, "k\n%u", next_random(seed) % 25); // some repeated
            assert_true(json_put_take(&v, str_from_c(key), random_value(seed, depth - 1)));
        }
        return v;
    }
}

static void assert_size_is_exact(json v)
{
    str text = json_text(v);
    assert_non_null(text.ptr);
    assert_int_equal(text.len, json_text_size(v));
    str_free(text);
}

static void test_the_text_size_is_exact_and_the_text_reads_back(void **state)
{
    (void)state;
    unsigned seed = 1;
    for (int i = 0; i < 1000; i++) {
        json v = random_value(&seed, 3), again = json_absent();
        struct err err = ERR_INIT;
        assert_size_is_exact(v);
        str text = json_text(v);
        if (!json_parse(text, &again, &err))
            fail_msg("%.*s: %.*s", STR_ARG(text), STR_ARG(err_text(&err)));
        str_free(text);
        assert_true(json_equal(v, again));
        assert_int_equal(json_text_size(again), json_text_size(v));
        // A parsed container is as good as a built one: it grows and changes.
        for (int k = 0; again.kind == JSON_ARRAY && k < 20; k++)
            assert_true(json_push_take(&again, json_integer(k)));
        for (int k = 0; again.kind == JSON_OBJECT && k < 20; k++)
            assert_true(json_put_take(&again, k & 1 ? STR("k\n1") : STR("new"), json_integer(k)));
        assert_size_is_exact(again);
        json_unref(again);
        json_unref(v);
    }
}

static void test_long_strings(void **state)
{
    (void)state;
    enum { LEN = 1 << 20 };
    struct buf text;
    buf_init(&text, (size_t)8 * LEN);
    buf_add_char(&text, '"');
    for (int i = 0; i < LEN / 4; i++)
        buf_add(&text, STR("a\\n\xc3\xa4"));
    buf_add_char(&text, '"');
    struct err err = ERR_INIT;
    json v;
    assert_true(json_parse(buf_str(&text), &v, &err));
    assert_int_equal(json_str(v).len, LEN);
    assert_int_equal(json_text_size(v), text.len);
    str printed = json_text(v);
    assert_true(str_eq(printed, buf_str(&text)));
    str_free(printed);
    json_unref(v);
    buf_release(&text);
}

struct look_up {
    json v; /* a reference of its own */
    int found;
};

static void *look_up_all(void *context)
{
    struct look_up *l = context;
    char key[32];
    for (int i = 0; i < 1000; i++) {
        (void)snprintf(key, sizeof key, "key-%d", i);
        l->found += json_get(l->v, str_from_c(key)).as.integer == i;
    }
    json_unref(l->v);
    return NULL;
}

static void test_threads_may_read_and_drop_what_they_share(void **state)
{
    (void)state;
    enum { THREADS = 8 };
    for (int round = 0; round < 20; round++) {
        json v = json_object(0);
        char key[32];
        for (int i = 0; i < 1000; i++) {
            (void)snprintf(key, sizeof key, "key-%d", i);
            assert_true(json_put_take(&v, str_from_c(key), json_printf("%d", i)));
            assert_true(json_put_take(&v, str_from_c(key), json_integer(i)));
        }
        assert_true(json_put_take(&v, STR("one more"), json_null()));
        // A copy has no index yet: the threads make it, all at once.
        json copy = json_without(v, STR("one more"));
        json_unref(v);
        pthread_t threads[THREADS];
        struct look_up looks[THREADS];
        for (int i = 0; i < THREADS; i++)
            looks[i] = (struct look_up){json_ref(copy), 0};
        json_unref(copy);
        for (int i = 0; i < THREADS; i++)
            assert_int_equal(pthread_create(&threads[i], NULL, look_up_all, &looks[i]), 0);
        for (int i = 0; i < THREADS; i++) {
            assert_int_equal(pthread_join(threads[i], NULL), 0);
            assert_int_equal(looks[i].found, 1000);
        }
    }
}

static void test_a_text_too_long_to_exist_is_not_built(void **state)
{
    (void)state;
    json v = json_printf("%s", "0123456789");
    // Each holds the last one a thousand times: the text grows a thousandfold, the memory does not.
    for (bool ok = true; ok;) {
        json wide = json_array(0);
        for (int i = 0; i < 1000 && ok; i++)
            ok = json_push_take(&wide, json_ref(v));
        assert_true(json_text_size(wide) < SIZE_MAX / 4);
        json_unref(v);
        v = wide;
    }
    json_unref(v);
    assert_true(json_is_absent(json_array(SIZE_MAX / 8)));
    assert_true(json_is_absent(json_object(SIZE_MAX)));
}

static void test_large_objects_are_found_by_key(void **state)
{
    (void)state;
    enum { MEMBERS = 5000 };
    json v = json_object(0);
    char key[32];
    for (int round = 0; round < 2; round++) // the second replaces
        for (int i = 0; i < MEMBERS; i++) {
            (void)snprintf(key, sizeof key, "key-%d", i);
            assert_true(json_put_take(&v, str_from_c(key), json_integer(i + round)));
        }
    assert_int_equal(json_len(v), MEMBERS);
    for (int i = 0; i < MEMBERS; i++) {
        (void)snprintf(key, sizeof key, "key-%d", i);
        assert_int_equal(json_get(v, str_from_c(key)).as.integer, i + 1);
    }
    assert_true(json_is_absent(json_get(v, STR("key-5000"))));
    str text = json_text(v);
    assert_int_equal(text.len, json_text_size(v));
    str_free(text);
    json_unref(v);
}

static void test_changed_copies_share_and_leave_the_original(void **state)
{
    (void)state;
    json v = parse("{\"a\":[1,2],\"b\":\"x\"}");
    json with = json_with(v, STR("b"), json_integer(7));
    json more = json_with(v, STR("c"), json_null());
    json less = json_without(v, STR("a"));
    json list = json_with_at(json_get(v, STR("a")), 1, json_bool(true));
    assert_text(v, "{\"a\":[1,2],\"b\":\"x\"}");
    assert_text(with, "{\"a\":[1,2],\"b\":7}");
    assert_text(more, "{\"a\":[1,2],\"b\":\"x\",\"c\":null}");
    assert_text(less, "{\"b\":\"x\"}");
    assert_text(list, "[1,true]");
    assert_true(json_same(json_get(v, STR("a")), json_get(with, STR("a"))));
    json all[] = {v, with, more, less, list};
    for (size_t i = 0; i < 5; i++)
        json_unref(all[i]);
}

static void test_equality(void **state)
{
    (void)state;
    static const struct {
        const char *a, *b;
        bool equal;
    } cases[] = {
        {"1",                      "1.0",                  true },
        {"1e2",                    "100",                  true },
        {"1",                      "2",                    false},
        {"-0",                     "0",                    true },
        {"\"1\"",                  "1",                    false},
        {"[1,2]",                  "[1,2.0]",              true },
        {"[1,2]",                  "[2,1]",                false},
        {"{\"a\":1,\"b\":2}",      "{\"b\":2,\"a\":1}",    true },
        {"{\"a\":1}",              "{\"a\":1,\"b\":2}",    false},
        {"null",                   "false",                false},
        {"[]",                     "{}",                   false},
        {"12345678901234567890",   "12345678901234567891", false},
        {"9007199254740993",       "9007199254740992.0",   false},
        {"0.0010",                 "1e-3",                 true },
        {"-1.50E+2",               "-150",                 true },
        {"150",                    "-150",                 false},
        {"10.5",                   "1.05e1",               true },
        {"1e400",                  "1e401",                false},
        {"0e9",                    "-0.000",               true },
        {"1e99999999999999999999", "1",                    false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json a = parse(cases[i].a), b = parse(cases[i].b);
        if (json_equal(a, b) != cases[i].equal)
            fail_msg("%s and %s", cases[i].a, cases[i].b);
        json_unref(a);
        json_unref(b);
    }
}

static void test_doubles_print_as_java_does(void **state)
{
    (void)state;
    static const struct {
        double d;
        const char *text;
    } cases[] = {
        {1.0,                    "1.0"                   },
        {1.1,                    "1.1"                   },
        {0.1 + 0.2,              "0.30000000000000004"   },
        {1e7,                    "1.0E7"                 },
        {12345678.9,             "1.23456789E7"          },
        {9.223372036854776E18,   "9.223372036854776E18"  },
        {0.001,                  "0.001"                 },
        {0.0001,                 "1.0E-4"                },
        {-0.0,                   "-0.0"                  },
        {100.0,                  "100.0"                 },
        {1234567.0,              "1234567.0"             },
        {5e-324,                 "4.9E-324"              },
        {1.7976931348623157e308, "1.7976931348623157E308"},
        {2.0 / 3,                "0.6666666666666666"    },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json v = json_double(cases[i].d);
        assert_text(v, cases[i].text);
        json_unref(v);
    }
    assert_true(json_is_absent(json_double(1.0 / 0.0)));
}

static void test_integers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool fits;
        int64_t value;
    } cases[] = {
        {"7",                        true,  7               },
        {"7.0",                      true,  7               },
        {"7e1",                      true,  70              },
        {"7.5",                      false, 0               },
        {"9223372036854775808",      false, 0               },
        {"-9223372036854775808",     true,  INT64_MIN       },
        {"1e400",                    false, 0               },
        {"1e99999999999999999999",   false, 0               },
        {"9007199254740993.0",       true,  9007199254740993},
        {"9223372036854775807.00",   true,  INT64_MAX       },
        {"9.223372036854775808e18",  false, 0               },
        {"-9.223372036854775808e18", true,  INT64_MIN       },
        {"0.00",                     true,  0               },
        {"-0",                       true,  0               },
        {"120e-1",                   true,  12              },
        {"125e-1",                   false, 0               },
        {"\"7\"",                    false, 0               },
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        json v = parse(cases[i].text);
        int64_t value = 0;
        assert_int_equal(json_to_int64(v, &value), cases[i].fits);
        assert_int_equal(value, cases[i].value);
        json_unref(v);
    }
}

static void test_every_allocation_of_a_parse_may_fail(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } cases[] = {
        {"{\"a\":[1,\"two\",{\"three\":3.0}],\"b\":\"\\ud800\",\"c\":[[],{}]}", true },
        {"[1,2,{\"a\":oops",                                                    false},
        {"{\"a\":[],\"a\":2}",                                                  false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        unsigned refused = 0;
        for (unsigned n = 1; n < 100; n++) {
            struct err err = ERR_INIT;
            json v = json_absent();
            mem_fail_after(n);
            bool ok =
                json_parse_with(str_from_c(cases[i].text), JSON_KEY_DUPLICATES_REFUSE, &v, &err);
            mem_fail_after(0);
            if (ok ? err_is_set(&err) || !cases[i].good
                   : err.id != ERR_NO_MEMORY && (cases[i].good || err.id != ERR_BAD_JSON))
                fail_msg("allocation %u of %s", n, cases[i].text);
            refused += !ok && err.id == ERR_NO_MEMORY;
            json_unref(v);
            err_release(&err);
        }
        assert_in_range(refused, 3, 50);
    }
}

static void test_every_allocation_of_a_change_may_fail(void **state)
{
    (void)state;
    json v = parse("{\"a\":[1,[2]],\"b\":\"x\"}");
    bool all = false;
    for (unsigned n = 1; !all; n++) {
        mem_fail_after(n);
        json with = json_with(v, STR("c"), json_string(STR("new")));
        json without = json_without(with, STR("a"));
        json list = json_with_at(json_get(v, STR("a")), 0, json_printf("%d", 1));
        json taken = json_string_take(str_dup_c(STR("heap")), 4);
        str text = json_text(with);
        mem_fail_after(0);
        all = !json_is_absent(with) && !json_is_absent(without) && !json_is_absent(list) &&
              !json_is_absent(taken) && text.ptr;
        assert_text(v, "{\"a\":[1,[2]],\"b\":\"x\"}"); // whatever failed
        str_free(text);
        json results[] = {with, without, list, taken};
        for (size_t i = 0; i < 4; i++)
            json_unref(results[i]);
        assert_true(!all || n > 8);
    }
    json_unref(v);
}

static void test_what_is_not_there_reads_as_absent(void **state)
{
    (void)state;
    json v = parse("{\"s\":\"x\",\"n\":7.0,\"t\":true,\"o\":{\"k\":{\"l\":null}}}");
    str s;
    int64_t n;
    bool b;
    assert_true(json_get_str(v, STR("s"), &s));
    assert_str(s, "x");
    assert_true(json_get_int64(v, STR("n"), &n));
    assert_int_equal(n, 7);
    assert_true(json_get_bool(v, STR("t"), &b));
    assert_true(b);
    assert_false(json_get_str(v, STR("n"), &s));
    assert_null(s.ptr);
    assert_false(json_get_int64(v, STR("s"), &n));
    assert_false(json_get_bool(v, STR("none"), &b));
    assert_int_equal(json_get_path(v, "o", "k", "l", NULL).kind, JSON_NULL);
    assert_true(json_is_absent(json_get_path(v, "o", "none", "l", NULL)));
    assert_true(json_is_absent(json_at(v, 0)));
    assert_true(json_is_absent(json_value_at(v, 4)));
    assert_true(json_is_absent(json_get(json_null(), STR("s"))));
    json_unref(v);
    json list = json_array(0), none = json_absent();
    assert_false(json_push_take(&list, json_absent()));
    assert_false(json_push_take(&none, json_string(STR("taken"))));
    assert_false(json_put_take(&none, STR("k"), json_string(STR("taken"))));
    assert_text(list, "[]");
    json_unref(list);
    assert_true(json_is_absent(json_number_text(STR("1."))));
    assert_true(json_is_absent(json_number_text(STR("0x1"))));
    assert_true(json_is_absent(json_number_text(STR_NONE)));
}

static void test_pretty(void **state)
{
    (void)state;
    json v = parse("{\"a\":[1,{}],\"b\":[]}");
    struct buf out;
    buf_init(&out, 1000);
    json_print_pretty(v, &out);
    assert_str(buf_str(&out), "{\n  \"a\": [\n    1,\n    {}\n  ],\n  \"b\": []\n}");
    buf_release(&out);
    json_unref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_round_trips),
        cmocka_unit_test(test_escapes_are_decoded),
        cmocka_unit_test(test_lone_surrogates_become_the_replacement_character),
        cmocka_unit_test(test_refusals_say_what_and_where),
        cmocka_unit_test(test_unfinished_tokens_and_odd_spaces_are_refused),
        cmocka_unit_test(test_bad_utf8_is_refused),
        cmocka_unit_test(test_depth_is_bounded),
        cmocka_unit_test(test_built_values_are_bounded_in_depth_and_freed_without_recursion),
        cmocka_unit_test(test_errors_show_a_part_of_what_is_long),
        cmocka_unit_test(test_of_repeated_keys_the_last_value_wins_in_the_first_place),
        cmocka_unit_test(test_repeated_keys_may_be_refused),
        cmocka_unit_test(test_the_text_size_is_exact_and_the_text_reads_back),
        cmocka_unit_test(test_long_strings),
        cmocka_unit_test(test_threads_may_read_and_drop_what_they_share),
        cmocka_unit_test(test_a_text_too_long_to_exist_is_not_built),
        cmocka_unit_test(test_large_objects_are_found_by_key),
        cmocka_unit_test(test_changed_copies_share_and_leave_the_original),
        cmocka_unit_test(test_equality),
        cmocka_unit_test(test_doubles_print_as_java_does),
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_every_allocation_of_a_parse_may_fail),
        cmocka_unit_test(test_every_allocation_of_a_change_may_fail),
        cmocka_unit_test(test_what_is_not_there_reads_as_absent),
        cmocka_unit_test(test_pretty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
