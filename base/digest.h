/* Digests and HMAC (OpenSSL's EVP). Threads: any. Blocks: never. */
#ifndef BASE_DIGEST_H
#define BASE_DIGEST_H

#include "base/str.h"

enum { DIGEST_MAX_BYTES = 64, SHA256_BYTES = 32 };

/* name: "MD5", "SHA-1", "SHA-256", "SHA-384" or "SHA-512", exactly. False: another name. */
bool digest(str name, str data, unsigned char out[DIGEST_MAX_BYTES], size_t *out_len);
void sha256(str data, unsigned char out[SHA256_BYTES]);
void hmac_sha256(str key, str data, unsigned char out[SHA256_BYTES]);

/* Lower-case hex of len bytes into out[2 * len + 1], terminated. */
void hex_encode(const unsigned char *data, size_t len, char *out);

#endif
