/* Certificates (OpenSSL): a CA of one's own, and server certificates signed by it.
 * Validity is by the system's time. Threads: any. Blocks: on arithmetic only (P-256). */
#ifndef NET_CERTIFICATE_H
#define NET_CERTIFICATE_H

#include "base/err.h"

/* PEM texts, each a mem_* block; terminated. */
struct certificate {
    char *certificate_pem;
    char *key_pem; /* PKCS #8 */
};

void certificate_release(struct certificate *c); /* accepts an empty one */

/* Gives a self-signed CA, valid ten years. Errors: ERR_TLS. */
bool certificate_ca_new(str common_name, struct certificate *out, struct err *err);

/* Gives a server certificate for the names (DNS names and IP literals), signed by ca, valid for one
 * year from a day ago. Errors: ERR_TLS. */
bool certificate_server_new(const struct certificate *ca, const str *names, size_t names_count,
                            struct certificate *out, struct err *err);

#endif
