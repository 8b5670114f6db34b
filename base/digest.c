/* Digests by OpenSSL. SHA-256 cannot fail but for a broken library, without which no signature or
 * certificate could be trusted either: then the process ends. */
#include "base/digest.h"

#include "base/log.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <stdlib.h>

static void must(bool ok, const char *what)
{
    if (ok)
        return;
    log_error("base", "digest_failed", "what=%s", what);
    abort();
}

bool digest(str name, str data, unsigned char out[DIGEST_MAX_BYTES], size_t *out_len)
{
    static const struct {
        str name;
        const EVP_MD *(*md)(void);
    } rows[] = {
        {STR_INIT("MD5"),     EVP_md5   },
        {STR_INIT("SHA-1"),   EVP_sha1  },
        {STR_INIT("SHA-256"), EVP_sha256},
        {STR_INIT("SHA-384"), EVP_sha384},
        {STR_INIT("SHA-512"), EVP_sha512},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!str_eq(name, rows[i].name))
            continue;
        unsigned len = 0;
        // False also where the system's policy (FIPS) has no MD5: then it is not a digest here.
        if (EVP_Digest(data.len ? data.ptr : "", data.len, out, &len, rows[i].md(), NULL) != 1)
            return false;
        *out_len = len;
        return true;
    }
    return false;
}

void sha256(str data, unsigned char out[SHA256_BYTES])
{
    unsigned len = 0;
    must(EVP_Digest(data.len ? data.ptr : "", data.len, out, &len, EVP_sha256(), NULL) == 1 &&
             len == SHA256_BYTES,
         "sha256");
}

void hmac_sha256(str key, str data, unsigned char out[SHA256_BYTES])
{
    // HMAC takes its key's length as an int; a key longer than a block stands for its digest
    // (RFC 2104, 2), so that any length will do.
    unsigned char short_key[SHA256_BYTES];
    if (key.len > 64) {
        sha256(key, short_key);
        key = (str){(const char *)short_key, sizeof short_key};
    }
    unsigned len = 0;
    must(HMAC(EVP_sha256(), key.len ? key.ptr : "", (int)key.len,
              (const unsigned char *)(data.len ? data.ptr : ""), data.len, out, &len) &&
             len == SHA256_BYTES,
         "hmac");
}

void hex_encode(const unsigned char *data, size_t len, char *out)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < len; i++) {
        *out++ = digits[data[i] >> 4];
        *out++ = digits[data[i] & 15];
    }
    *out = '\0';
}
