/* Signature Version 4, in the four steps of AWS's description:
 *
 *   canonical request   method, path, query, headers, signed names, hash of the body
 *   string to sign      algorithm, date, scope (day/region/service/aws4_request), hash of the above
 *   signing key         HMAC chain from the secret key along the scope
 *   signature           hex HMAC of the string with the key
 *
 * Making and checking share all of it, so they cannot disagree: a presigned URL is checked by
 * signing its own parts again. The query is decoded and encoded afresh, since clients differ in
 * what they leave bare. Paths are encoded twice, for S3 once, and cleaned of dot segments and
 * double slashes but for S3. Source: AWS General Reference, "Create a signed AWS API request". */
#include "net/sigv4.h"

#include "base/buf.h"
#include "base/digest.h"
#include "base/timestamp.h"
#include "net/url.h"

#include <openssl/crypto.h>

#include <stdlib.h>

enum {
    CANONICAL_MAX_BYTES = 1 << 18, /* a request whose head is larger is none of ours */
    SCRATCH_MAX_BYTES = 1 << 21,   /* of one signature */
    HEADERS_MAX = 100,
    HEX_LEN = 2 * SHA256_BYTES,
    DAY_LEN = 8, /* of SIGV4_DATE_LEN */
};

#define ALGORITHM "AWS4-HMAC-SHA256"

/* One signature to be computed. All borrowed. */
struct signing {
    str method, service, region, path, canonical_query;
    const struct sigv4_header *headers; /* in the order they are signed in */
    size_t headers_count;
    str signed_names; /* "host;x-amz-date" */
    str payload_hash;
    str secret_key;
    const char *date; /* SIGV4_DATE_LEN characters */
};

void sigv4_date(int64_t ms, char out[SIGV4_DATE_LEN + 1])
{
    char text[TIMESTAMP_TEXT_LEN + 1];
    size_t used = 0;
    timestamp_format_seconds(ms, text);
    for (size_t i = 0; text[i] && used < SIGV4_DATE_LEN; i++)
        if (text[i] != '-' && text[i] != ':')
            out[used++] = text[i];
    out[used] = '\0';
}

bool sigv4_date_parse(str text, int64_t *ms)
{
    static const char shape[] = "dddddddd"
                                "T"
                                "dddddd"
                                "Z";
    char iso[24];
    struct timestamp at;
    struct err err = ERR_INIT;
    if (text.len != SIGV4_DATE_LEN)
        return false;
    for (size_t i = 0; i < text.len; i++) {
        bool digit = text.ptr[i] >= '0' && text.ptr[i] <= '9';
        if (shape[i] == 'd' ? !digit : text.ptr[i] != shape[i])
            return false;
    }
    const char *t = text.ptr;
    int len = snprintf(iso, sizeof(iso), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", t, t + 4, t + 6, t + 9,
                       t + 11, t + 13);
    bool ok = len > 0 && timestamp_parse(str_from_c(iso), &at, &err);
    err_release(&err);
    if (ok)
        *ms = at.ms;
    return ok;
}

str sigv4_access_key_of(str authorization)
{
    static const char mark[] = "Credential=";
    for (size_t i = 0; i + sizeof(mark) - 1 <= authorization.len; i++) {
        str rest = str_skip(authorization, i);
        if (!str_starts(rest, str_from_c(mark)))
            continue;
        rest = str_skip(rest, sizeof(mark) - 1);
        size_t slash = str_find_char(rest, 0, '/');
        return slash < rest.len ? str_sub(rest, 0, slash) : STR_NONE;
    }
    return STR_NONE;
}

/* -- the canonical parts -- */

static int compare_params(const void *a, const void *b)
{
    const struct url_param *x = a, *y = b;
    int order = str_cmp(x->name, y->name);
    return order != 0 ? order : str_cmp(x->value, y->value);
}

static int compare_headers(const void *a, const void *b)
{
    const struct sigv4_header *x = a, *y = b;
    return str_cmp(x->name, y->name);
}

static str encoded(struct arena *a, str s)
{
    struct buf b;
    buf_init(&b, CANONICAL_MAX_BYTES);
    url_encode(s, &b);
    str out = buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    return out;
}

/* Lends the query sorted and encoded afresh, without the parameter `except` (ptr NULL: all). */
static bool canonical_query(struct arena *a, str query, str except, str *out, struct err *err)
{
    struct url_param *params;
    size_t count, kept = 0;
    if (!url_query_parse(a, query, &params, &count, err))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (except.ptr && str_eq(params[i].name, except))
            continue;
        struct url_param param = {encoded(a, params[i].name), encoded(a, params[i].value)};
        if (!param.name.ptr || !param.value.ptr)
            return err_set(err, ERR_NO_MEMORY, "no memory for the query to sign");
        params[kept++] = param;
    }
    qsort(params, kept, sizeof(*params), compare_params);
    struct buf b;
    buf_init(&b, CANONICAL_MAX_BYTES);
    for (size_t i = 0; i < kept; i++)
        buf_printf(&b, "%s%.*s=%.*s", i ? "&" : "", STR_ARG(params[i].name),
                   STR_ARG(params[i].value));
    str joined = buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    if (!joined.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for the query to sign");
    *out = joined;
    return true;
}

/* Appends path without "." and ".." segments and without empty ones. */
static void add_clean_path(str path, struct buf *out)
{
    str rest = path;
    size_t start = out->len;
    while (rest.ptr) {
        str segment = str_cut(&rest, '/');
        if (segment.len == 0 || str_eq(segment, STR(".")))
            continue;
        if (!str_eq(segment, STR(".."))) {
            buf_add_char(out, '/');
            buf_add(out, segment);
            continue;
        }
        while (out->len > start && out->ptr[--out->len] != '/')
            continue; // back over the segment before, its slash included
    }
    if (out->len == start || str_ends(path, STR("/")))
        buf_add_char(out, '/');
}

static void add_canonical_path(const struct signing *s, struct buf *out)
{
    if (str_eq(s->service, STR("s3"))) {
        buf_add(out, s->path.len ? s->path : STR("/"));
        return;
    }
    struct buf clean;
    buf_init(&clean, CANONICAL_MAX_BYTES);
    add_clean_path(s->path, &clean);
    if (buf_ok(&clean))
        url_encode_path(buf_str(&clean), out);
    else
        out->failed = true;
    buf_release(&clean);
}

/* The value trimmed, runs of spaces made one. */
static void add_header_value(str value, struct buf *out)
{
    bool pending = false, any = false;
    for (size_t i = 0; i < value.len; i++) {
        char c = value.ptr[i];
        if (c == ' ' || c == '\t') {
            pending = any;
            continue;
        }
        if (pending)
            buf_add_char(out, ' ');
        buf_add_char(out, c);
        pending = false;
        any = true;
    }
}

static void add_canonical_request(const struct signing *s, struct buf *out)
{
    buf_printf(out, "%.*s\n", STR_ARG(s->method));
    add_canonical_path(s, out);
    buf_printf(out, "\n%.*s\n", STR_ARG(s->canonical_query));
    for (size_t i = 0; i < s->headers_count; i++) {
        buf_add(out, s->headers[i].name);
        buf_add_char(out, ':');
        add_header_value(s->headers[i].value, out);
        buf_add_char(out, '\n');
    }
    buf_printf(out, "\n%.*s\n%.*s", STR_ARG(s->signed_names), STR_ARG(s->payload_hash));
}

static void sha256_hex(str data, char out[HEX_LEN + 1])
{
    unsigned char hash[SHA256_BYTES];
    sha256(data, hash);
    hex_encode(hash, sizeof(hash), out);
}

static bool signing_key(const struct signing *s, unsigned char key[SHA256_BYTES])
{
    struct buf first;
    buf_init(&first, CANONICAL_MAX_BYTES);
    buf_add(&first, STR("AWS4"));
    buf_add(&first, s->secret_key);
    bool ok = buf_ok(&first);
    if (ok) {
        str chain = {(const char *)key, SHA256_BYTES};
        unsigned char next[SHA256_BYTES];
        const str scope[] = {s->region, s->service, STR("aws4_request")};
        hmac_sha256(buf_str(&first), (str){s->date, DAY_LEN}, key);
        for (size_t i = 0; i < sizeof(scope) / sizeof(scope[0]); i++) {
            hmac_sha256(chain, scope[i], next);
            memcpy(key, next, sizeof(next));
        }
        OPENSSL_cleanse(first.ptr, first.len);
    }
    buf_release(&first);
    return ok;
}

/* The signature in hex; false when memory or CANONICAL_MAX_BYTES is exceeded. */
static bool sign(const struct signing *s, char out[HEX_LEN + 1])
{
    unsigned char key[SHA256_BYTES], mac[SHA256_BYTES];
    char hash[HEX_LEN + 1];
    struct buf text;
    buf_init(&text, CANONICAL_MAX_BYTES);
    add_canonical_request(s, &text);
    bool ok = buf_ok(&text) && signing_key(s, key);
    if (ok) {
        sha256_hex(buf_str(&text), hash);
        buf_reset(&text);
        buf_printf(&text, ALGORITHM "\n%s\n%.*s/%.*s/%.*s/aws4_request\n%s", s->date, (int)DAY_LEN,
                   s->date, STR_ARG(s->region), STR_ARG(s->service), hash);
        ok = buf_ok(&text);
    }
    if (ok) {
        hmac_sha256((str){(const char *)key, sizeof(key)}, buf_str(&text), mac);
        hex_encode(mac, sizeof(mac), out);
    }
    OPENSSL_cleanse(key, sizeof(key));
    buf_release(&text);
    return ok;
}

/* Lends the headers sorted, with host among them when it is given, and their names joined. */
static bool sorted_headers(struct arena *a, str host, const struct sigv4_header *headers,
                           size_t count, struct signing *s, struct err *err)
{
    if (count > HEADERS_MAX)
        return err_set(err, ERR_TOO_LARGE, "more than %d headers to sign", (int)HEADERS_MAX);
    struct sigv4_header *sorted = arena_array(a, count + 1, sizeof(*sorted));
    if (!sorted)
        return err_set(err, ERR_NO_MEMORY, "no memory for the headers to sign");
    size_t used = 0;
    if (host.ptr)
        sorted[used++] = (struct sigv4_header){STR("host"), host};
    for (size_t i = 0; i < count; i++)
        sorted[used++] = headers[i];
    qsort(sorted, used, sizeof(*sorted), compare_headers);
    struct buf names;
    buf_init(&names, CANONICAL_MAX_BYTES);
    for (size_t i = 0; i < used; i++) {
        if (i)
            buf_add_char(&names, ';');
        buf_add(&names, sorted[i].name);
    }
    s->signed_names = buf_ok(&names) ? arena_str(a, buf_str(&names)) : STR_NONE;
    buf_release(&names);
    if (!s->signed_names.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for the headers to sign");
    s->headers = sorted;
    s->headers_count = used;
    return true;
}

/* Source: S3 API reference, "Authenticating requests: using query parameters": S3 leaves the body
 * out; every other service hashes the empty one. */
static str presigned_payload_hash(struct arena *a, str service)
{
    char hash[HEX_LEN + 1];
    if (str_eq(service, STR("s3")))
        return STR("UNSIGNED-PAYLOAD");
    sha256_hex(STR(""), hash);
    return arena_str(a, str_from_c(hash));
}

/* -- presigned URLs -- */

bool sigv4_presign(struct arena *a, const struct sigv4_credentials *credentials, str service,
                   str region, str host, str path, str query, const struct sigv4_header *headers,
                   size_t headers_count, int expires_s, int64_t now_ms, str *out, struct err *err)
{
    char date[SIGV4_DATE_LEN + 1], signature[HEX_LEN + 1];
    sigv4_date(now_ms, date);
    struct signing s = {.method = STR("GET"),
                        .service = service,
                        .region = region,
                        .path = path,
                        .secret_key = credentials->secret_key,
                        .date = date,
                        .payload_hash = presigned_payload_hash(a, service)};
    if (!sorted_headers(a, host, headers, headers_count, &s, err))
        return false;
    struct buf full;
    buf_init(&full, CANONICAL_MAX_BYTES);
    if (query.len)
        buf_printf(&full, "%.*s&", STR_ARG(query));
    buf_printf(&full, "X-Amz-Algorithm=" ALGORITHM "&X-Amz-Credential=");
    url_encode(credentials->access_key, &full);
    buf_printf(&full, "%%2F%.*s%%2F%.*s%%2F%.*s%%2Faws4_request", (int)DAY_LEN, date,
               STR_ARG(region), STR_ARG(service));
    buf_printf(&full, "&X-Amz-Date=%s&X-Amz-Expires=%d", date, expires_s);
    if (credentials->session_token.len) {
        buf_add(&full, STR("&X-Amz-Security-Token="));
        url_encode(credentials->session_token, &full);
    }
    buf_add(&full, STR("&X-Amz-SignedHeaders="));
    url_encode(s.signed_names, &full);
    bool ok = buf_ok(&full) || err_set(err, ERR_TOO_LARGE, "the URL to sign is too large");
    ok = ok && canonical_query(a, buf_str(&full), STR("X-Amz-Signature"), &s.canonical_query, err);
    buf_release(&full);
    if (!ok)
        return false;
    if (!s.payload_hash.ptr || !sign(&s, signature))
        return err_set(err, ERR_NO_MEMORY, "no memory for a signature");
    str url = arena_printf(a, "https://%.*s%.*s?%.*s&X-Amz-Signature=%s", STR_ARG(host),
                           STR_ARG(path), STR_ARG(s.canonical_query), signature);
    if (!url.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for a signed URL");
    *out = url;
    return true;
}

/* The parameters of a presigned URL that its signature depends on. */
struct presigned {
    str scope_region, scope_service, date, signed_names, signature;
};

static bool presigned_read(const struct url_param *params, size_t count, struct presigned *out)
{
    static const char scope_end[] = "aws4_request";
    str algorithm, scope;
    int64_t ms;
    for (size_t i = 0; i < count; i++) // a name twice could be read one way here, another there
        for (size_t j = 0; j < i; j++)
            if (str_eq_nocase(params[i].name, params[j].name))
                return false;
    if (!url_query_find(params, count, STR("X-Amz-Algorithm"), &algorithm) ||
        !url_query_find(params, count, STR("X-Amz-Credential"), &scope) ||
        !url_query_find(params, count, STR("X-Amz-Date"), &out->date) ||
        !url_query_find(params, count, STR("X-Amz-SignedHeaders"), &out->signed_names) ||
        !url_query_find(params, count, STR("X-Amz-Signature"), &out->signature))
        return false;
    (void)str_cut(&scope, '/'); // the access key: whose secret is the caller's to know
    str day = str_cut(&scope, '/');
    out->scope_region = str_cut(&scope, '/');
    out->scope_service = str_cut(&scope, '/');
    return str_eq(algorithm, STR(ALGORITHM)) && str_eq(scope, str_from_c(scope_end)) &&
           sigv4_date_parse(out->date, &ms) && str_starts(out->date, day) && day.len == DAY_LEN;
}

/* Fills s with the headers that the URL says are signed, in its order. False: one is not there, or
 * the host is not signed. */
static bool named_headers(struct arena *a, str names, str host, const struct sigv4_header *headers,
                          size_t count, struct signing *s)
{
    struct sigv4_header *picked = arena_array(a, HEADERS_MAX, sizeof(*picked));
    bool host_signed = false;
    size_t used = 0;
    if (!picked)
        return false;
    for (str rest = names; rest.ptr;) {
        str name = str_cut(&rest, ';');
        const struct sigv4_header *found = NULL;
        for (size_t i = 0; i < count && !found; i++)
            if (str_eq(headers[i].name, name))
                found = &headers[i];
        if (used == HEADERS_MAX)
            return false;
        if (str_eq(name, STR("host"))) {
            picked[used++] = (struct sigv4_header){name, host};
            host_signed = true;
        } else if (found) {
            picked[used++] = *found;
        } else {
            return false;
        }
    }
    s->headers = picked;
    s->headers_count = used;
    s->signed_names = names;
    return host_signed;
}

static str url_authority(struct arena *a, const struct url *url)
{
    bool v6 = str_find_char(url->host, 0, ':') < url->host.len;
    bool usual = url->port == (str_eq(url->scheme, STR("https")) ? 443 : 80);
    const char *open = v6 ? "[" : "", *close = v6 ? "]" : "";
    return usual ? arena_printf(a, "%s%.*s%s", open, STR_ARG(url->host), close)
                 : arena_printf(a, "%s%.*s%s:%u", open, STR_ARG(url->host), close,
                                (unsigned)url->port);
}

static bool presigned_matches(struct arena *a, str text, const struct sigv4_header *headers,
                              size_t headers_count, str secret_key, struct err *err)
{
    struct url url;
    struct url_param *params;
    size_t count;
    struct presigned p;
    char date[SIGV4_DATE_LEN + 1], signature[HEX_LEN + 1];
    if (!url_parse(text, &url, err) || !url_query_parse(a, url.query, &params, &count, err) ||
        !presigned_read(params, count, &p))
        return false;
    memcpy(date, p.date.ptr, SIGV4_DATE_LEN);
    date[SIGV4_DATE_LEN] = '\0';
    struct signing s = {.method = STR("GET"),
                        .service = p.scope_service,
                        .region = p.scope_region,
                        .path = url.path,
                        .secret_key = secret_key,
                        .date = date,
                        .payload_hash = presigned_payload_hash(a, p.scope_service)};
    str host = url_authority(a, &url);
    if (!host.ptr || !s.payload_hash.ptr ||
        !named_headers(a, p.signed_names, host, headers, headers_count, &s) ||
        !canonical_query(a, url.query, STR("X-Amz-Signature"), &s.canonical_query, err) ||
        !sign(&s, signature))
        return false;
    return p.signature.len == HEX_LEN && CRYPTO_memcmp(signature, p.signature.ptr, HEX_LEN) == 0;
}

bool sigv4_presigned_matches(str url, const struct sigv4_header *headers, size_t headers_count,
                             str secret_key)
{
    struct arena scratch;
    struct err err = ERR_INIT;
    arena_init(&scratch, SCRATCH_MAX_BYTES);
    bool ok = presigned_matches(&scratch, url, headers, headers_count, secret_key, &err);
    err_release(&err);
    arena_release(&scratch);
    return ok;
}

/* -- the Authorization header -- */

static bool authorization(struct arena *a, struct signing *s, str access_key, str query,
                          const struct sigv4_header *headers, size_t headers_count, struct buf *out,
                          struct err *err)
{
    char signature[HEX_LEN + 1];
    if (!sorted_headers(a, STR_NONE, headers, headers_count, s, err) ||
        !canonical_query(a, query, STR_NONE, &s->canonical_query, err))
        return false;
    if (!sign(s, signature))
        return err_set(err, ERR_NO_MEMORY, "no memory for a signature");
    buf_printf(out, ALGORITHM " Credential=%.*s/%.*s/%.*s/%.*s/aws4_request, SignedHeaders=%.*s",
               STR_ARG(access_key), (int)DAY_LEN, s->date, STR_ARG(s->region), STR_ARG(s->service),
               STR_ARG(s->signed_names));
    buf_printf(out, ", Signature=%s", signature);
    return buf_ok(out) || err_set(err, ERR_NO_MEMORY, "no memory for an Authorization header");
}

bool sigv4_authorization(const struct sigv4_credentials *credentials, str method, str service,
                         str region, str path_encoded, str query_encoded,
                         const struct sigv4_header *headers, size_t headers_count, str body,
                         int64_t now_ms, struct buf *out, struct err *err)
{
    char date[SIGV4_DATE_LEN + 1], hash[HEX_LEN + 1];
    struct arena scratch;
    sigv4_date(now_ms, date);
    sha256_hex(body, hash);
    struct signing s = {.method = method,
                        .service = service,
                        .region = region,
                        .path = path_encoded,
                        .payload_hash = str_from_c(hash),
                        .secret_key = credentials->secret_key,
                        .date = date};
    arena_init(&scratch, SCRATCH_MAX_BYTES);
    bool ok = authorization(&scratch, &s, credentials->access_key, query_encoded, headers,
                            headers_count, out, err);
    arena_release(&scratch);
    return ok;
}
