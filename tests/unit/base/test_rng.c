#include "base/rng.h"
#include "unit.h"

static void test_a_seed_gives_the_same_run_again(void **state)
{
    (void)state;
    struct rng a;
    struct rng b;
    struct rng other;
    rng_seed(&a, 42);
    rng_seed(&b, 42);
    rng_seed(&other, 43);
    int same = 0;
    for (int i = 0; i < 1000; i++) {
        uint64_t x = rng_u64(&a);
        assert_true(x == rng_u64(&b));
        same += x == rng_u64(&other);
    }
    assert_int_equal(same, 0);
}

/* Source: xoshiro256** stepped by hand from the state 1, 2, 3, 4. */
static void test_the_generator_is_xoshiro256ss(void **state)
{
    (void)state;
    struct rng r = {
        {1, 2, 3, 4}
    };
    assert_true(rng_u64(&r) == 11520);
    assert_true(rng_u64(&r) == 0);
    assert_true(rng_u64(&r) == 1509978240);
    assert_true(rng_u64(&r) == UINT64_C(1215971899390074240));
}

static void test_seed_zero_is_a_seed(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 0);
    // Source: splitmix64's first output from 0.
    assert_true(r.s[0] == UINT64_C(0xe220a8397b1dcdaf));
    assert_true(rng_u64(&r) != rng_u64(&r));
}

static void test_unit_is_in_zero_to_one_and_even(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 7);
    double sum = 0;
    for (int i = 0; i < 100000; i++) {
        double x = rng_unit(&r);
        assert_true(x >= 0 && x < 1);
        sum += x;
    }
    assert_true(sum > 49000 && sum < 51000);
}

static void test_below_is_bounded_and_even(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 7);
    int counts[10] = {0};
    for (int i = 0; i < 100000; i++)
        counts[rng_below(&r, 10)]++;
    for (int i = 0; i < 10; i++)
        assert_true(counts[i] > 9500 && counts[i] < 10500);
    assert_true(rng_below(&r, 1) == 0);
    // A bound near 2^64 where one draw in three is over it.
    const uint64_t n = UINT64_C(0xaaaaaaaaaaaaaaab);
    int low = 0;
    for (int i = 0; i < 30000; i++) {
        uint64_t x = rng_below(&r, n);
        assert_true(x < n);
        low += x < n / 2;
    }
    assert_true(low > 14500 && low < 15500);
}

static void test_bytes_are_the_same_however_they_are_cut(void **state)
{
    (void)state;
    struct rng r;
    unsigned char whole[16];
    unsigned char head[11];
    rng_seed(&r, 5);
    rng_bytes(&r, whole, sizeof whole);
    rng_seed(&r, 5);
    rng_bytes(&r, head, sizeof head);
    assert_memory_equal(whole, head, sizeof head);
    rng_bytes(&r, NULL, 0);
}

static void test_uuid_is_of_version_4(void **state)
{
    (void)state;
    struct rng r;
    rng_seed(&r, 1);
    char first[UUID_TEXT_LEN + 1];
    char uuid[UUID_TEXT_LEN + 1];
    rng_uuid(&r, first);
    for (int n = 0; n < 100; n++) {
        rng_uuid(&r, uuid);
        assert_int_equal(strlen(uuid), UUID_TEXT_LEN);
        for (size_t i = 0; i < UUID_TEXT_LEN; i++) {
            bool dash = i == 8 || i == 13 || i == 18 || i == 23;
            assert_true(dash ? uuid[i] == '-' : strchr("0123456789abcdef", uuid[i]) != NULL);
        }
        assert_int_equal(uuid[14], '4');
        assert_non_null(strchr("89ab", uuid[19]));
        assert_string_not_equal(uuid, first);
    }
}

static void test_streams_differ_and_repeat(void **state)
{
    (void)state;
    uint64_t seen[400];
    size_t count = 0;
    for (uint64_t seed = 0; seed < 20; seed++)
        for (uint64_t stream = 0; stream < 20; stream++) {
            struct rng r;
            struct rng again;
            rng_stream(&r, seed, stream);
            rng_stream(&again, seed, stream);
            uint64_t x = rng_u64(&r);
            assert_true(x == rng_u64(&again));
            for (size_t i = 0; i < count; i++)
                assert_true(seen[i] != x);
            seen[count++] = x;
        }
}

static void test_system_seeds_differ(void **state)
{
    (void)state;
    assert_true(rng_seed_from_system() != rng_seed_from_system());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_seed_gives_the_same_run_again),
        cmocka_unit_test(test_the_generator_is_xoshiro256ss),
        cmocka_unit_test(test_seed_zero_is_a_seed),
        cmocka_unit_test(test_unit_is_in_zero_to_one_and_even),
        cmocka_unit_test(test_below_is_bounded_and_even),
        cmocka_unit_test(test_bytes_are_the_same_however_they_are_cut),
        cmocka_unit_test(test_uuid_is_of_version_4),
        cmocka_unit_test(test_streams_differ_and_repeat),
        cmocka_unit_test(test_system_seeds_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
