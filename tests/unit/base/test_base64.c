#include "base/base64.h"
#include "unit.h"

/* Source: RFC 4648, 10. */
static const struct {
    str bytes;
    const char *text, *url;
} vectors[] = {
    {STR_INIT(""),             "",         ""        },
    {STR_INIT("f"),            "Zg==",     "Zg"      },
    {STR_INIT("fo"),           "Zm8=",     "Zm8"     },
    {STR_INIT("foo"),          "Zm9v",     "Zm9v"    },
    {STR_INIT("foob"),         "Zm9vYg==", "Zm9vYg"  },
    {STR_INIT("fooba"),        "Zm9vYmE=", "Zm9vYmE" },
    {STR_INIT("foobar"),       "Zm9vYmFy", "Zm9vYmFy"},
    {STR_INIT("\xfb\xff\xbf"), "+/+/",     "-_-_"    },
    {STR_INIT("\0\0"),         "AAA=",     "AAA"     },
};

static void test_vectors(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof vectors / sizeof *vectors; i++) {
        struct buf out;
        buf_init(&out, 64);
        base64_encode(vectors[i].bytes, &out);
        assert_str(buf_str(&out), vectors[i].text);
        buf_reset(&out);
        base64url_encode(vectors[i].bytes, &out);
        assert_str(buf_str(&out), vectors[i].url);
        buf_reset(&out);
        assert_true(base64_decode(str_from_c(vectors[i].text), &out));
        assert_true(str_eq(buf_str(&out), vectors[i].bytes));
        buf_reset(&out);
        assert_true(base64url_decode(str_from_c(vectors[i].url), &out));
        assert_true(str_eq(buf_str(&out), vectors[i].bytes));
        buf_release(&out);
    }
}

static void test_all_bytes_come_back_after_what_was_there(void **state)
{
    (void)state;
    char bytes[256];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (char)i;
    for (size_t len = 0; len <= sizeof bytes; len++) {
        struct buf text;
        struct buf back;
        buf_init(&text, 1024);
        buf_init(&back, 1024);
        buf_add(&back, STR("kept"));
        base64_encode((str){bytes, len}, &text);
        assert_int_equal(text.len, (len + 2) / 3 * 4);
        assert_true(base64_decode(buf_str(&text), &back));
        assert_true(str_starts(buf_str(&back), STR("kept")));
        assert_true(str_eq(str_skip(buf_str(&back), 4), (str){bytes, len}));
        buf_release(&text);
        buf_release(&back);
    }
}

static void test_padding_may_be_left_out_whole(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 64);
    assert_true(base64_decode(STR("Zg"), &out));
    assert_true(base64_decode(STR("Zm8"), &out));
    assert_true(base64url_decode(STR("Zg=="), &out));
    assert_str(buf_str(&out), "ffof");
    buf_release(&out);
}

static void test_what_is_not_base64_is_refused(void **state)
{
    (void)state;
    static const str bad[] = {
        STR_INIT("Z"),      STR_INIT("Zm9vY"), STR_INIT("Zg="),     STR_INIT("Zg==="),
        STR_INIT("="),      STR_INIT("=="),    STR_INIT("===="),    STR_INIT("Z==="),
        STR_INIT("Zg==Zg"), STR_INIT("Zm 9v"), STR_INIT("Zm9v\n"),  STR_INIT("Zm9-"),
        STR_INIT("Zm9_"),   STR_INIT("Zm9\0"), STR_INIT("Zm9\xc3"), STR_INIT("Zm9v===="),
    };
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        struct buf out;
        buf_init(&out, 64);
        if (base64_decode(bad[i], &out))
            fail_msg("'%.*s' was taken", STR_ARG(bad[i]));
        assert_int_equal(out.len, 0);
        assert_true(buf_ok(&out));
        buf_release(&out);
    }
    struct buf out;
    buf_init(&out, 64);
    assert_false(base64url_decode(STR("+A"), &out));
    assert_false(base64url_decode(STR("/A"), &out));
    buf_release(&out);
}

static void test_the_buffers_maximum_holds(void **state)
{
    (void)state;
    char bytes[300] = {0};
    struct buf out;
    buf_init(&out, 100);
    base64_encode((str){bytes, sizeof bytes}, &out);
    assert_false(buf_ok(&out));
    buf_release(&out);

    buf_init(&out, 100);
    memset(bytes, 'A', sizeof bytes);
    assert_false(base64_decode((str){bytes, sizeof bytes}, &out));
    assert_false(buf_ok(&out));
    buf_release(&out);
}

static void test_a_buffer_of_just_the_size_is_enough(void **state)
{
    (void)state;
    struct buf out;
    buf_init(&out, 3);
    assert_true(base64_decode(STR("Zm9v"), &out));
    assert_true(buf_ok(&out));
    assert_str(buf_str(&out), "foo");
    buf_release(&out);
    buf_init(&out, 1);
    assert_true(base64_decode(STR("Zg=="), &out));
    assert_str(buf_str(&out), "f");
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_all_bytes_come_back_after_what_was_there),
        cmocka_unit_test(test_padding_may_be_left_out_whole),
        cmocka_unit_test(test_what_is_not_base64_is_refused),
        cmocka_unit_test(test_the_buffers_maximum_holds),
        cmocka_unit_test(test_a_buffer_of_just_the_size_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
