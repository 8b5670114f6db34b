/* URLs and queries: whatever parses is printed, parsed again and must come to the same; whatever
 * decodes is encoded and must decode to itself. */
#include "net/arn.h"
#include "net/sigv4.h"
#include "net/url.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void try_url(str text)
{
    struct url one, two;
    struct err err = ERR_INIT;
    if (url_parse(text, &one, &err)) {
        struct buf b;
        bool v6 = str_find_char(one.host, 0, ':') < one.host.len;
        buf_init(&b, 1 << 20);
        buf_printf(&b, v6 ? "%.*s://[%.*s]:%u" : "%.*s://%.*s:%u", STR_ARG(one.scheme),
                   STR_ARG(one.host), (unsigned)one.port);
        buf_add(&b, one.path);
        buf_add_char(&b, '?');
        buf_add(&b, one.query);
        must(url_parse(buf_str(&b), &two, &err));
        must(str_eq(one.scheme, two.scheme) && str_eq(one.host, two.host) && one.port == two.port &&
             str_eq(one.path, two.path) && str_eq(one.query, two.query));
        buf_release(&b);
    }
    err_release(&err);
}

static void try_query(str text)
{
    struct arena a;
    struct url_param *params;
    size_t count;
    struct err err = ERR_INIT;
    arena_init(&a, 1 << 20);
    if (url_query_parse(&a, text, &params, &count, &err)) {
        for (size_t i = 0; i < count; i++) {
            struct buf b;
            str again;
            buf_init(&b, 1 << 20);
            url_encode(params[i].value, &b);
            if (url_decode(&a, buf_str(&b), true, &again))
                must(str_eq(again, params[i].value));
            buf_release(&b);
        }
    }
    err_release(&err);
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct arn arn;
    if (size > 8192)
        return 0;
    try_url(text);
    try_query(text);
    (void)arn_parse(text, &arn);
    (void)sigv4_access_key_of(text);
    (void)sigv4_presigned_matches(text, NULL, 0, STR("secret"));
    return 0;
}
