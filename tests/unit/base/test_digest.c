#include "base/digest.h"
#include "unit.h"

#include <stdio.h>

static void test_cases(void **state)
{
    (void)state;
    FILE *file = fopen("digest.cases", "r");
    assert_non_null(file);
    char line[512];
    size_t cases = 0;
    while (fgets(line, sizeof line, file)) {
        line[strcspn(line, "\n")] = '\0';
        if (line[0] == '#')
            continue;
        str rest = str_from_c(line);
        str name = str_cut(&rest, '|');
        str text = str_cut(&rest, '|');
        unsigned char out[DIGEST_MAX_BYTES];
        size_t len = 0;
        if (str_eq(rest, STR("NONE"))) {
            assert_false(digest(name, text, out, &len));
        } else {
            assert_true(digest(name, text, out, &len));
            char hex[2 * DIGEST_MAX_BYTES + 1];
            hex_encode(out, len, hex);
            assert_str(rest, hex);
        }
        cases++;
    }
    assert_int_equal(fclose(file), 0);
    assert_true(cases >= 13);
}

static void assert_hex(const unsigned char out[SHA256_BYTES], const char *expected)
{
    char hex[2 * SHA256_BYTES + 1];
    hex_encode(out, SHA256_BYTES, hex);
    assert_string_equal(hex, expected);
}

static void test_sha256_takes_nothing(void **state)
{
    (void)state;
    unsigned char out[SHA256_BYTES];
    sha256(STR_NONE, out);
    assert_hex(out, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    sha256(STR("abc"), out);
    assert_hex(out, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

/* Source: RFC 4231, cases 1, 2, 6 (a key longer than a block); the empty one as OpenSSL prints it.
 */
static void test_hmac_sha256(void **state)
{
    (void)state;
    unsigned char out[SHA256_BYTES];
    char key[131];
    memset(key, 0x0b, 20);
    hmac_sha256((str){key, 20}, STR("Hi There"), out);
    assert_hex(out, "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
    hmac_sha256(STR("Jefe"), STR("what do ya want for nothing?"), out);
    assert_hex(out, "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    memset(key, 0xaa, sizeof key);
    hmac_sha256((str){key, sizeof key},
                STR("Test Using Larger Than Block-Size Key - Hash Key First"), out);
    assert_hex(out, "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
    hmac_sha256(STR_NONE, STR_NONE, out);
    assert_hex(out, "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void test_hex(void **state)
{
    (void)state;
    char out[9];
    hex_encode((const unsigned char *)"\x00\x0f\xf0\xff", 4, out);
    assert_string_equal(out, "000ff0ff");
    hex_encode(NULL, 0, out);
    assert_string_equal(out, "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cases),
        cmocka_unit_test(test_sha256_takes_nothing),
        cmocka_unit_test(test_hmac_sha256),
        cmocka_unit_test(test_hex),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
