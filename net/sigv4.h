/* AWS Signature Version 4 as far as stepd needs it: signed request headers, presigned GETs and
 * their verification, and who a request says it is from.
 * Source: AWS General Reference, "Signature Version 4 signing process".
 * Threads: any. Blocks: never. */
#ifndef NET_SIGV4_H
#define NET_SIGV4_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct sigv4_credentials {
    str access_key, secret_key;
    str session_token; /* empty: none */
};

struct sigv4_header {
    str name, value; /* name in lower case */
};

/* Lends from a the URL https://host path ?… presigned for GET at now_ms, valid expires_s seconds.
 * Headers (host apart) are signed and must be sent with it. query: further parameters, already
 * encoded and sorted ("Action=GetCallerIdentity&Version=2011-06-15"). */
bool sigv4_presign(struct arena *a, const struct sigv4_credentials *credentials, str service,
                   str region, str host, str path, str query, const struct sigv4_header *headers,
                   size_t headers_count, int expires_s, int64_t now_ms, str *out, struct err *err);

/* Checks the signature of a presigned GET URL made by sigv4_presign's rules, with the secret key of
 * its access key. Times are not judged. False: it does not match. */
bool sigv4_presigned_matches(str url, const struct sigv4_header *headers, size_t headers_count,
                             str secret_key);

/* Appends the Authorization header's value for a request: headers given are all signed (they must
 * hold host and x-amz-date, and x-amz-security-token when there is one). */
bool sigv4_authorization(const struct sigv4_credentials *credentials, str method, str service,
                         str region, str path_encoded, str query_encoded,
                         const struct sigv4_header *headers, size_t headers_count, str body,
                         int64_t now_ms, struct buf *out, struct err *err);

/* The access key id in an Authorization header ("… Credential=AKID/2026…"); STR_NONE when absent.
 * Lends. */
str sigv4_access_key_of(str authorization);

/* 20261125T031031Z, as X-Amz-Date has it; terminated. */
enum { SIGV4_DATE_LEN = 16 };
void sigv4_date(int64_t ms, char out[SIGV4_DATE_LEN + 1]);
bool sigv4_date_parse(str text, int64_t *ms);

#endif
