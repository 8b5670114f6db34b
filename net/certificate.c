/* Certificates. A CA signs itself and may sign nothing but leaves; a leaf serves and does nothing
 * else. Extensions are what Go's, OpenSSL's and Python's verifiers ask for: basicConstraints and
 * keyUsage (critical), extendedKeyUsage, subject and authority key identifiers, and the names as
 * subjectAltName only: a common name is for people.
 * Source: RFC 5280, 4.2. */
#include "net/certificate.h"

#include "base/mem.h"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include <arpa/inet.h>

enum {
    SERIAL_BYTES = 16,    /* Source: RFC 5280, 4.1.2.2: positive, at most 20 */
    COMMON_NAME_MAX = 64, /* Source: RFC 5280, appendix A.1, ub-common-name */
    DNS_NAME_MAX = 253,   /* Source: RFC 1035, 2.3.4, as text */
    NAMES_MAX = 1000,
    DAYS_BACK = 1,  /* for clocks that are behind */
    DAYS_CA = 3652, /* ten years */
    DAYS_SERVER = 365,
    X509_VERSION = 2, /* version 3 */
    SECONDS_PER_DAY = 86400,
};

/* OpenSSL's newest reason, and an empty queue for whoever comes next on this thread. */
static bool tls_err(struct err *err, const char *what)
{
    char reason[256];
    unsigned long code = ERR_get_error();
    ERR_error_string_n(code, reason, sizeof(reason));
    ERR_clear_error();
    if (err_is_set(err))
        return false;
    return err_set(err, ERR_TLS, "%s: %s", what, code ? reason : "no memory or a bad value");
}

void certificate_release(struct certificate *c)
{
    if (c->key_pem)
        OPENSSL_cleanse(c->key_pem, strlen(c->key_pem));
    mem_free(c->certificate_pem);
    mem_free(c->key_pem);
    *c = (struct certificate){NULL, NULL};
}

/* Gives what was written to bio as a terminated text. */
static char *bio_text(BIO *bio)
{
    char *data;
    long len = BIO_get_mem_data(bio, &data);
    return len > 0 ? str_dup_c((str){data, (size_t)len}) : NULL;
}

static bool to_pem(X509 *x, EVP_PKEY *key, struct certificate *out, struct err *err)
{
    BIO *certificate_bio = BIO_new(BIO_s_mem());
    BIO *key_bio = BIO_new(BIO_s_mem());
    struct certificate made = {NULL, NULL};
    if (certificate_bio && key_bio && PEM_write_bio_X509(certificate_bio, x) == 1 &&
        PEM_write_bio_PKCS8PrivateKey(key_bio, key, NULL, NULL, 0, NULL, NULL) == 1) {
        made.certificate_pem = bio_text(certificate_bio);
        made.key_pem = bio_text(key_bio);
    }
    BIO_free(certificate_bio);
    BIO_free(key_bio);
    if (!made.certificate_pem || !made.key_pem) {
        certificate_release(&made);
        return tls_err(err, "cannot write a certificate");
    }
    *out = made;
    return true;
}

static bool set_serial(X509 *x)
{
    unsigned char bytes[SERIAL_BYTES];
    if (RAND_bytes(bytes, sizeof(bytes)) != 1)
        return false;
    bytes[0] = (unsigned char)((bytes[0] & 0x7f) | 0x40); // positive, and of full length
    BIGNUM *number = BN_bin2bn(bytes, sizeof(bytes), NULL);
    bool ok = number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(x));
    BN_free(number);
    return ok;
}

static bool set_common_name(X509 *x, str name)
{
    return X509_NAME_add_entry_by_NID(X509_get_subject_name(x), NID_commonName, MBSTRING_UTF8,
                                      (const unsigned char *)name.ptr, (int)name.len, -1, 0) == 1;
}

/* value is one of our own constants: OpenSSL's little language never sees text from outside. */
static bool add_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, x, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
    bool ok = extension && X509_add_ext(x, extension, -1) == 1;
    X509_EXTENSION_free(extension);
    return ok;
}

/* All but issuer, names, extensions and signature. */
static bool begin(X509 *x, EVP_PKEY *key, str common_name, int days)
{
    return X509_set_version(x, X509_VERSION) == 1 && set_serial(x) &&
           X509_gmtime_adj(X509_getm_notBefore(x), -(long)DAYS_BACK * SECONDS_PER_DAY) &&
           X509_time_adj_ex(X509_getm_notAfter(x), days - DAYS_BACK, 0, NULL) &&
           X509_set_pubkey(x, key) == 1 && set_common_name(x, common_name);
}

static bool ca_fill(X509 *x, EVP_PKEY *key, str common_name)
{
    return begin(x, key, common_name, DAYS_CA) &&
           X509_set_issuer_name(x, X509_get_subject_name(x)) == 1 &&
           add_extension(x, x, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
           add_extension(x, x, NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign") &&
           add_extension(x, x, NID_subject_key_identifier, "hash") &&
           X509_sign(x, key, EVP_sha256()) > 0;
}

bool certificate_ca_new(str common_name, struct certificate *out, struct err *err)
{
    if (common_name.len == 0 || common_name.len > COMMON_NAME_MAX || !str_utf8_valid(common_name))
        return err_set(err, ERR_TLS, "a CA's name has 1 to %d bytes of UTF-8",
                       (int)COMMON_NAME_MAX);
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *x = X509_new();
    bool ok = (key && x && ca_fill(x, key, common_name)) || tls_err(err, "cannot make a CA");
    ok = ok && to_pem(x, key, out, err);
    X509_free(x);
    EVP_PKEY_free(key);
    return ok;
}

/* -- server certificates -- */

/* The bytes of an IP literal, for an iPAddress name: 4, 16, or 0 when name is none. */
static int ip_bytes(str name, unsigned char out[16])
{
    char text[INET6_ADDRSTRLEN];
    if (name.len >= sizeof(text) || str_find_char(name, 0, '\0') < name.len)
        return 0;
    memcpy(text, name.ptr, name.len);
    text[name.len] = '\0';
    if (inet_pton(AF_INET, text, out) == 1)
        return 4;
    return inet_pton(AF_INET6, text, out) == 1 ? 16 : 0;
}

static bool is_dns_name(str name)
{
    if (name.len == 0 || name.len > DNS_NAME_MAX)
        return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool ok = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                  c == '-' || c == '.' || c == '_' || (c == '*' && i == 0);
        if (!ok)
            return false;
    }
    return true;
}

/* Appends a name; GENERAL_NAMES owns it from then on. */
static bool names_add(GENERAL_NAMES *names, str name)
{
    unsigned char ip[16];
    int ip_len = ip_bytes(name, ip);
    GENERAL_NAME *general = GENERAL_NAME_new();
    ASN1_STRING *value = ip_len ? ASN1_OCTET_STRING_new() : ASN1_IA5STRING_new();
    bool ok = general && value &&
              ASN1_STRING_set(value, ip_len ? (const void *)ip : name.ptr,
                              ip_len ? ip_len : (int)name.len) == 1;
    if (ok) {
        GENERAL_NAME_set0_value(general, ip_len ? GEN_IPADD : GEN_DNS, value);
        value = NULL;
        ok = sk_GENERAL_NAME_push(names, general) > 0;
        if (ok)
            general = NULL;
    }
    ASN1_STRING_free(value);
    GENERAL_NAME_free(general);
    return ok;
}

static bool add_names(X509 *x, const str *names, size_t count)
{
    GENERAL_NAMES *list = GENERAL_NAMES_new();
    bool ok = list != NULL;
    for (size_t i = 0; i < count && ok; i++)
        ok = names_add(list, names[i]);
    ok = ok && X509_add1_ext_i2d(x, NID_subject_alt_name, list, 0, X509V3_ADD_DEFAULT) == 1;
    GENERAL_NAMES_free(list);
    return ok;
}

static bool server_fill(X509 *x, EVP_PKEY *key, X509 *ca, EVP_PKEY *ca_key, const str *names,
                        size_t count)
{
    str common_name = names[0].len <= COMMON_NAME_MAX ? names[0] : STR("server");
    return begin(x, key, common_name, DAYS_SERVER) &&
           X509_set_issuer_name(x, X509_get_subject_name(ca)) == 1 &&
           add_extension(x, ca, NID_basic_constraints, "critical,CA:FALSE") &&
           add_extension(x, ca, NID_key_usage, "critical,digitalSignature") &&
           add_extension(x, ca, NID_ext_key_usage, "serverAuth") &&
           add_extension(x, ca, NID_subject_key_identifier, "hash") &&
           add_extension(x, ca, NID_authority_key_identifier, "keyid:always") &&
           add_names(x, names, count) && X509_sign(x, ca_key, EVP_sha256()) > 0;
}

/* Gives the CA's certificate and key; *x and *key are to be freed on failure too. */
static bool ca_read(const struct certificate *ca, X509 **x, EVP_PKEY **key, struct err *err)
{
    BIO *bio = BIO_new_mem_buf(ca->certificate_pem, -1);
    if (bio)
        *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    BIO_free(bio);
    bio = BIO_new_mem_buf(ca->key_pem, -1);
    if (bio)
        *key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
    BIO_free(bio);
    return (*x && *key) || tls_err(err, "cannot read the CA");
}

bool certificate_server_new(const struct certificate *ca, const str *names, size_t names_count,
                            struct certificate *out, struct err *err)
{
    unsigned char ip[16];
    if (names_count == 0 || names_count > NAMES_MAX)
        return err_set(err, ERR_TLS, "a server certificate has 1 to %d names", (int)NAMES_MAX);
    for (size_t i = 0; i < names_count; i++)
        if (!ip_bytes(names[i], ip) && !is_dns_name(names[i]))
            return err_set(err, ERR_TLS, "'%.*s' is no DNS name or IP address", STR_ARG(names[i]));
    X509 *ca_x = NULL, *x = X509_new();
    EVP_PKEY *ca_key = NULL, *key = EVP_EC_gen("P-256");
    bool ok = ca_read(ca, &ca_x, &ca_key, err);
    ok = ok && ((key && x && server_fill(x, key, ca_x, ca_key, names, names_count)) ||
                tls_err(err, "cannot make a server certificate"));
    ok = ok && to_pem(x, key, out, err);
    X509_free(ca_x);
    X509_free(x);
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    return ok;
}
