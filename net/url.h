/* URLs: percent-coding, query strings, and the pieces of an absolute http(s) URL.
 * Threads: any. Blocks: never. */
#ifndef NET_URL_H
#define NET_URL_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

struct url {
    str scheme; /* "http" or "https", lower case */
    str host;   /* without brackets */
    uint16_t port;
    str path;  /* from the '/', raw; "/" when there was none */
    str query; /* after the '?', raw; empty when there was none */
};

/* Lends parts of text. Refuses user info, fragments, other schemes. Errors: ERR_VALIDATION. */
bool url_parse(str text, struct url *out, struct err *err);

/* Appends s with all but RFC 3986's unreserved characters encoded, as SigV4 wants it. */
void url_encode(str s, struct buf *out);
/* The same, '/' kept: for paths. */
void url_encode_path(str s, struct buf *out);

/* Lends the decoded text from a (or s itself when there is nothing to decode); false when a '%' is
 * not followed by two hex digits or the result is not UTF-8 or holds NUL. plus: '+' is a space. */
bool url_decode(struct arena *a, str s, bool plus, str *out);

struct url_param {
    str name, value; /* decoded */
};

/* Splits and decodes a raw query: lends *out (count *count) from a. At most 200 parameters.
 * Errors: ERR_VALIDATION, ERR_TOO_LARGE, ERR_NO_MEMORY. */
bool url_query_parse(struct arena *a, str query, struct url_param **out, size_t *count,
                     struct err *err);

/* The first value of name; false when absent. Lends. */
bool url_query_find(const struct url_param *params, size_t count, str name, str *out);

#endif
