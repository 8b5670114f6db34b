/* Certificates, judged by OpenSSL's verifier under its strict rules. */
#include "net/certificate.h"
#include "unit.h"

#include <openssl/pem.h>
#include <openssl/x509v3.h>

static X509 *read_x509(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    assert_non_null(x);
    return x;
}

/* What verifying leaf for host (or IP) with ca as the only trust gives: X509_V_OK or why not. */
static int verify(const struct certificate *ca, const struct certificate *leaf, const char *host,
                  const char *ip)
{
    X509 *ca_x = read_x509(ca->certificate_pem), *x = read_x509(leaf->certificate_pem);
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *context = X509_STORE_CTX_new();
    assert_int_equal(X509_STORE_add_cert(store, ca_x), 1);
    assert_int_equal(X509_STORE_CTX_init(context, store, x, NULL), 1);
    X509_VERIFY_PARAM *param = X509_STORE_CTX_get0_param(context);
    X509_VERIFY_PARAM_set_flags(param, X509_V_FLAG_X509_STRICT | X509_V_FLAG_CHECK_SS_SIGNATURE);
    X509_VERIFY_PARAM_set_purpose(param, X509_PURPOSE_SSL_SERVER);
    if (host)
        assert_int_equal(X509_VERIFY_PARAM_set1_host(param, host, 0), 1);
    if (ip)
        assert_int_equal(X509_VERIFY_PARAM_set1_ip_asc(param, ip), 1);
    int result = X509_verify_cert(context) == 1 ? X509_V_OK : X509_STORE_CTX_get_error(context);
    X509_STORE_CTX_free(context);
    X509_STORE_free(store);
    X509_free(ca_x);
    X509_free(x);
    return result;
}

static const str names[] = {STR_INIT("localhost"), STR_INIT("*.eks.amazonaws.com"),
                            STR_INIT("127.0.0.1"), STR_INIT("::1")};

static void make(struct certificate *ca, struct certificate *leaf)
{
    struct err err = ERR_INIT;
    assert_true(certificate_ca_new(STR("cluster ca ä"), ca, &err));
    assert_true(certificate_server_new(ca, names, 4, leaf, &err));
}

static void test_leaf_is_accepted_for_its_names(void **state)
{
    struct certificate ca, leaf;
    (void)state;
    make(&ca, &leaf);
    assert_int_equal(verify(&ca, &leaf, "localhost", NULL), X509_V_OK);
    assert_int_equal(verify(&ca, &leaf, "x.eks.amazonaws.com", NULL), X509_V_OK);
    assert_int_equal(verify(&ca, &leaf, NULL, "127.0.0.1"), X509_V_OK);
    assert_int_equal(verify(&ca, &leaf, NULL, "::1"), X509_V_OK);
    assert_int_equal(verify(&ca, &leaf, "example.com", NULL), X509_V_ERR_HOSTNAME_MISMATCH);
    assert_int_equal(verify(&ca, &leaf, NULL, "127.0.0.2"), X509_V_ERR_IP_ADDRESS_MISMATCH);
    certificate_release(&ca);
    certificate_release(&leaf);
}

static void test_another_ca_of_the_same_name_is_refused(void **state)
{
    struct certificate ca, leaf, other;
    struct err err = ERR_INIT;
    (void)state;
    make(&ca, &leaf);
    assert_true(certificate_ca_new(STR("cluster ca ä"), &other, &err));
    assert_int_not_equal(verify(&other, &leaf, NULL, NULL), X509_V_OK);
    certificate_release(&ca);
    certificate_release(&leaf);
    certificate_release(&other);
}

static void test_a_leaf_signs_nothing(void **state)
{
    struct certificate ca, leaf, forged;
    struct err err = ERR_INIT;
    (void)state;
    make(&ca, &leaf);
    assert_true(certificate_server_new(&leaf, names, 1, &forged, &err));
    assert_int_not_equal(verify(&leaf, &forged, "localhost", NULL), X509_V_OK);
    certificate_release(&ca);
    certificate_release(&leaf);
    certificate_release(&forged);
}

static void test_extensions_and_validity(void **state)
{
    struct certificate ca, leaf;
    int days, seconds;
    (void)state;
    make(&ca, &leaf);
    X509 *ca_x = read_x509(ca.certificate_pem), *x = read_x509(leaf.certificate_pem);
    assert_true(X509_get_extension_flags(ca_x) & EXFLAG_CA);
    assert_false(X509_get_extension_flags(x) & EXFLAG_CA);
    assert_true(X509_get_key_usage(ca_x) & KU_KEY_CERT_SIGN);
    assert_int_equal(X509_get_key_usage(x), KU_DIGITAL_SIGNATURE);
    assert_int_equal(X509_get_extended_key_usage(x), XKU_SSL_SERVER);
    assert_int_equal(
        ASN1_OCTET_STRING_cmp(X509_get0_authority_key_id(x), X509_get0_subject_key_id(ca_x)), 0);
    assert_int_not_equal(ASN1_INTEGER_cmp(X509_get0_serialNumber(x), X509_get0_serialNumber(ca_x)),
                         0);
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(x), X509_get0_notAfter(x)),
                     1);
    assert_int_equal(days, 365);
    assert_int_equal(ASN1_TIME_diff(&days, &seconds, X509_get0_notBefore(x), NULL), 1);
    assert_int_equal(days, 1);
    X509_free(ca_x);
    X509_free(x);
    certificate_release(&ca);
    certificate_release(&leaf);
    certificate_release(&leaf); // an empty one
}

static void test_what_is_refused(void **state)
{
    static const str bad[] = {STR_INIT(""),          STR_INIT("a b"), STR_INIT("a,DNS:evil"),
                              STR_INIT("h\xc3\xa4"), STR_INIT("a*"),  STR_INIT("::1%lo")};
    struct certificate ca, out;
    char no_pem[] = "x";
    struct certificate broken = {no_pem, no_pem};
    struct err err = ERR_INIT;
    (void)state;
    assert_true(certificate_ca_new(STR("ca"), &ca, &err));
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        assert_false(certificate_server_new(&ca, &bad[i], 1, &out, &err));
        assert_int_equal(err.id, ERR_TLS);
        err_release(&err);
    }
    assert_false(certificate_server_new(&ca, NULL, 0, &out, &err));
    err_release(&err);
    assert_false(certificate_server_new(&broken, names, 1, &out, &err));
    assert_int_equal(err.id, ERR_TLS);
    err_release(&err);
    assert_false(certificate_ca_new(STR(""), &out, &err));
    err_release(&err);
    certificate_release(&ca);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaf_is_accepted_for_its_names),
        cmocka_unit_test(test_another_ca_of_the_same_name_is_refused),
        cmocka_unit_test(test_a_leaf_signs_nothing),
        cmocka_unit_test(test_extensions_and_validity),
        cmocka_unit_test(test_what_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
