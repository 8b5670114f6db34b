/* Arenas: alignment, zeroes, the maximum, failure. */
#include "base/arena.h"
#include "base/mem.h"
#include "unit.h"

#include <stdalign.h>

static void test_what_is_lent_is_aligned_zeroed_and_apart(void **state)
{
    (void)state;
    struct arena a;
    unsigned char *lent[200];
    arena_init(&a, 1 << 22);
    for (size_t i = 0; i < 200; i++) {
        size_t size = i * i; // past what a block holds, too
        lent[i] = arena_alloc(&a, size);
        assert_non_null(lent[i]);
        assert_int_equal((uintptr_t)lent[i] % alignof(max_align_t), 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(lent[i][k], 0);
        memset(lent[i], (int)(i & 0xFF), size);
    }
    for (size_t i = 0; i < 200; i++) // nobody wrote over anybody
        for (size_t k = 0; k < i * i; k++)
            assert_int_equal(lent[i][k], i & 0xFF);
    arena_release(&a);
    arena_release(&a);
}

static void test_the_maximum_bounds_many_small_and_one_large(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 4096);
    assert_null(arena_alloc(&a, 4097));
    assert_null(arena_alloc(&a, SIZE_MAX));
    assert_null(arena_array(&a, SIZE_MAX / 2, 3));
    assert_null(arena_array(&a, 1025, 4));
    size_t count = 0;
    while (count < 10000 && arena_alloc(&a, 0))
        count++;
    assert_in_range(count, 16, 4096); // empty ones are not free of charge
    arena_release(&a);
    assert_non_null(arena_alloc(&a, 4096)); // empty again
    assert_null(arena_alloc(&a, 1));
    arena_release(&a);
    arena_init(&a, SIZE_MAX);
    assert_null(arena_alloc(&a, SIZE_MAX - 1));
    arena_release(&a);
}

static void test_texts(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 16);
    str s = arena_str(&a, str_sub(STR("abcdef"), 1, 3));
    assert_str(s, "bcd");
    assert_int_equal(s.ptr[3], '\0');
    assert_non_null(arena_str(&a, STR_NONE).ptr);
    assert_string_equal(str_to_cstr(&a, STR("x")), "x");
    assert_str(arena_printf(&a, "%s-%d", "n", 7), "n-7");
    assert_null(arena_printf(&a, "%*d", 1 << 17, 1).ptr);
    assert_null(arena_str(&a, (str){"x", SIZE_MAX}).ptr);
    arena_release(&a);
}

static void test_no_memory_is_told(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 1 << 16);
    mem_fail_after(1);
    assert_null(arena_alloc(&a, 10));
    assert_non_null(arena_alloc(&a, 10)); // the next may succeed
    mem_fail_after(1);
    assert_non_null(arena_str(&a, STR("still in the block")).ptr);
    assert_null(arena_printf(&a, "%5000d", 1).ptr); // needs a block of its own
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_lent_is_aligned_zeroed_and_apart),
        cmocka_unit_test(test_the_maximum_bounds_many_small_and_one_large),
        cmocka_unit_test(test_texts),
        cmocka_unit_test(test_no_memory_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
