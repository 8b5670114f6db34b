#include "base/hashmap.h"
#include "unit.h"

#include <stdio.h>

enum { KEYS = 5000 };

static char values[KEYS]; /* their addresses are the values */

static str key_of(size_t i, char text[24])
{
    int len = snprintf(text, 24, "key-%zu", i);
    return (str){text, (size_t)len};
}

static void test_what_is_set_is_found(void **state)
{
    (void)state;
    struct hashmap *m = hashmap_new();
    assert_null(hashmap_find(m, STR("a")));
    hashmap_set(m, STR("a"), &values[0]);
    hashmap_set(m, STR(""), &values[1]); // an empty key is one
    hashmap_set(m, STR("a\0b"), &values[2]);
    assert_ptr_equal(hashmap_find(m, STR("a")), &values[0]);
    assert_ptr_equal(hashmap_find(m, STR_NONE), &values[1]);
    assert_ptr_equal(hashmap_find(m, STR("a\0b")), &values[2]);
    assert_null(hashmap_find(m, STR("a\0")));
    hashmap_set(m, STR("a"), &values[3]); // in its place
    assert_ptr_equal(hashmap_find(m, STR("a")), &values[3]);
    assert_int_equal(hashmap_count(m), 3);
    hashmap_free(m);
    hashmap_free(NULL);
}

static void test_keys_are_copied(void **state)
{
    (void)state;
    struct hashmap *m = hashmap_new();
    char key[] = "mine";
    hashmap_set(m, str_from_c(key), &values[0]);
    key[0] = 'x';
    assert_ptr_equal(hashmap_find(m, STR("mine")), &values[0]);
    assert_null(hashmap_find(m, STR("xine")));
    hashmap_free(m);
}

static void test_it_grows(void **state)
{
    (void)state;
    struct hashmap *m = hashmap_new();
    char text[24];
    for (size_t i = 0; i < KEYS; i++)
        hashmap_set(m, key_of(i, text), &values[i]);
    assert_int_equal(hashmap_count(m), KEYS);
    for (size_t i = 0; i < KEYS; i++)
        assert_ptr_equal(hashmap_find(m, key_of(i, text)), &values[i]);
    assert_null(hashmap_find(m, key_of(KEYS, text)));
    hashmap_free(m);
}

/* Sets and removes at random beside a plain array which says what must be there. */
static void test_removal_loses_no_neighbour(void **state)
{
    (void)state;
    enum { FEW = 200 };
    static bool there[FEW];
    memset(there, 0, sizeof there);
    struct hashmap *m = hashmap_new();
    char text[24];
    size_t count = 0;
    uint64_t x = 88172645463325252U;
    for (int n = 0; n < 20000; n++) {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        size_t i = x % FEW;
        str key = key_of(i, text);
        if (there[i]) {
            assert_ptr_equal(hashmap_remove(m, key), &values[i]);
            count--;
        } else {
            assert_null(hashmap_remove(m, key));
            hashmap_set(m, key, &values[i]);
            count++;
        }
        there[i] = !there[i];
        assert_int_equal(hashmap_count(m), count);
        if (n % 50 == 0)
            for (size_t k = 0; k < FEW; k++)
                assert_ptr_equal(hashmap_find(m, key_of(k, text)), there[k] ? &values[k] : NULL);
    }
    hashmap_free(m);
}

static void test_a_walk_meets_each_once(void **state)
{
    (void)state;
    static unsigned char seen[KEYS];
    memset(seen, 0, sizeof seen);
    struct hashmap *m = hashmap_new();
    char text[24];
    size_t at = 0;
    str key;
    void *value;
    assert_false(hashmap_next(m, &at, &key, &value));
    for (size_t i = 0; i < KEYS; i++)
        hashmap_set(m, key_of(i, text), &values[i]);
    for (size_t i = 0; i < KEYS; i += 2)
        assert_non_null(hashmap_remove(m, key_of(i, text)));
    at = 0;
    size_t met = 0;
    while (hashmap_next(m, &at, &key, &value)) {
        size_t i = (size_t)((char *)value - values);
        assert_true(str_eq(key, key_of(i, text)));
        assert_int_equal(seen[i]++, 0);
        assert_int_equal(i % 2, 1);
        met++;
    }
    assert_int_equal(met, KEYS / 2);
    hashmap_free(m);
}

static void test_the_hash_reads_each_byte_and_the_length(void **state)
{
    (void)state;
    unsigned char data[40] = {0};
    for (size_t len = 0; len < sizeof data; len++) {
        uint64_t hash = hash_bytes(data, len);
        assert_true(hash == hash_bytes(data, len));
        assert_true(hash != hash_bytes(data, len + 1));
        for (size_t i = 0; i < len; i++) {
            data[i] ^= 1;
            assert_true(hash != hash_bytes(data, len));
            data[i] ^= 1;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_is_set_is_found),
        cmocka_unit_test(test_keys_are_copied),
        cmocka_unit_test(test_it_grows),
        cmocka_unit_test(test_removal_loses_no_neighbour),
        cmocka_unit_test(test_a_walk_meets_each_once),
        cmocka_unit_test(test_the_hash_reads_each_byte_and_the_length),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
