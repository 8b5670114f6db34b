/* Buffers: growth, the maximum, sticky failure, giving away. */
#include "base/buf.h"
#include "base/mem.h"
#include "unit.h"

static void test_appends_of_all_kinds_follow_each_other(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 1 << 20);
    buf_add(&b, STR("one"));
    buf_add(&b, STR_NONE);
    buf_add_char(&b, ' ');
    buf_printf(&b, "%d-%s", 2, "three");
    const str four = STR("four");
    char *at = buf_reserve(&b, four.len);
    assert_non_null(at);
    memcpy(at, four.ptr, four.len);
    b.len += four.len;
    assert_true(buf_ok(&b));
    assert_str(buf_str(&b), "one 2-threefour");
    buf_reset(&b);
    assert_str(buf_str(&b), "");
    buf_release(&b);
    buf_release(&b);
}

/* However it is filled, a buffer takes exactly its maximum and not a byte more. */
static void test_the_maximum_is_exact_for_every_append(void **state)
{
    (void)state;
    for (size_t max = 0; max < 300; max++) {
        for (int how = 0; how < 3; how++) {
            struct buf b;
            size_t count = 0;
            buf_init(&b, max);
            for (; buf_ok(&b) && count <= max + 1; count++) {
                if (how == 0)
                    buf_add_char(&b, 'x');
                else if (how == 1)
                    buf_add(&b, STR("x"));
                else
                    buf_printf(&b, "%c", 'x');
            }
            assert_int_equal(count, max + 1); // the last was refused
            assert_int_equal(b.len, max);
            assert_true(b.cap <= max);
            buf_release(&b);
        }
    }
}

static void test_a_failure_stays_until_reset(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 8);
    buf_add(&b, STR("much too long"));
    buf_add(&b, STR("x"));
    buf_add_char(&b, 'x');
    buf_printf(&b, "x");
    assert_false(buf_ok(&b));
    assert_int_equal(b.len, 0);
    assert_null(buf_reserve(&b, 1));
    buf_reset(&b);
    buf_add(&b, STR("x"));
    assert_true(buf_ok(&b));
    assert_null(buf_reserve(&b, SIZE_MAX)); // no overflow
    buf_release(&b);
}

static void test_what_is_given_is_a_block_unless_failed(void **state)
{
    (void)state;
    struct buf b;
    buf_init(&b, 10);
    str s = buf_give(&b);
    assert_non_null(s.ptr);
    assert_int_equal(s.len, 0);
    str_free(s);
    buf_init(&b, 0);
    s = buf_give(&b);
    assert_non_null(s.ptr);
    str_free(s);
    buf_init(&b, 10);
    buf_add(&b, STR("abc"));
    s = buf_give(&b);
    assert_str(s, "abc");
    str_free(s);
    assert_int_equal(b.len, 0);
    buf_add(&b, STR("again")); // it may be used again, under the same maximum
    buf_add(&b, STR("too long"));
    assert_null(buf_give(&b).ptr);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    for (unsigned n = 1;; n++) {
        struct buf b;
        buf_init(&b, 4096);
        mem_fail_after(n);
        for (int i = 0; i < 100; i++)
            buf_printf(&b, "line %d\n", i);
        buf_add(&b, STR("end"));
        mem_fail_after(0);
        bool ok = buf_ok(&b);
        str s = buf_give(&b);
        assert_int_equal(s.ptr != NULL, ok);
        str_free(s);
        if (ok) {
            assert_in_range(n, 2, 20);
            return;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_appends_of_all_kinds_follow_each_other),
        cmocka_unit_test(test_the_maximum_is_exact_for_every_append),
        cmocka_unit_test(test_a_failure_stays_until_reset),
        cmocka_unit_test(test_what_is_given_is_a_block_unless_failed),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
