/* URLs: what a URL is made of, percent-coding, and query strings.
 *
 * A URL is cut at its delimiters and never normalised: who signs or routes by a path needs it as it
 * was sent. Decoding refuses what could mean something else later on: NUL and broken UTF-8. */
#include "net/url.h"

enum {
    URL_MAX_BYTES = 65536,  /* far above a presigned URL with a session token */
    HOST_MAX_BYTES = 253,   /* Source: RFC 1035, 2.3.4, as text */
    QUERY_PARAMS_MAX = 200, /* no client of ours sends more than some ten */
};

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_alnum(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static int hex_value(char c)
{
    if (is_digit(c))
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    if (c >= 'A' && c <= 'F')
        return c - 'A' + 10;
    return -1;
}

static bool host_is_plausible(str host, bool bracketed)
{
    if (host.len == 0 || host.len > HOST_MAX_BYTES)
        return false;
    for (size_t i = 0; i < host.len; i++) {
        char c = host.ptr[i];
        bool ok = bracketed ? hex_value(c) >= 0 || c == ':' || c == '.'
                            : is_alnum(c) || c == '-' || c == '.' || c == '_';
        if (!ok)
            return false;
    }
    return true;
}

static bool port_parse(str text, uint16_t *port)
{
    int64_t value;
    for (size_t i = 0; i < text.len; i++)
        if (!is_digit(text.ptr[i]))
            return false;
    if (!str_to_int64(text, &value) || value < 1 || value > UINT16_MAX)
        return false;
    *port = (uint16_t)value;
    return true;
}

/* Splits "host", "host:port", "[v6]" or "[v6]:port". */
static bool authority_parse(str text, struct url *out)
{
    bool bracketed = text.len > 0 && text.ptr[0] == '[';
    size_t end = str_find_char(text, 0, bracketed ? ']' : ':');
    out->host = str_sub(text, 0, end);
    if (bracketed) {
        if (end == text.len)
            return false;
        out->host = str_sub(text, 1, end - 1);
        end++;
    }
    if (!host_is_plausible(out->host, bracketed))
        return false;
    str port = str_skip(text, end);
    if (port.len == 0)
        return true;
    if (port.ptr[0] != ':')
        return false;
    port = str_skip(port, 1);
    return port.len == 0 || port_parse(port, &out->port); // RFC 3986 lets a port be empty
}

/* Visible ASCII and no fragment: all else must be percent-encoded in a URL. */
static bool is_visible(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] <= ' ' || text.ptr[i] > '~' || text.ptr[i] == '#')
            return false;
    return true;
}

bool url_parse(str text, struct url *out, struct err *err)
{
    struct url url = {0};
    if (text.len > URL_MAX_BYTES)
        return err_set(err, ERR_VALIDATION, "URL longer than %d bytes", (int)URL_MAX_BYTES);
    if (text.len == 0)
        return err_set(err, ERR_VALIDATION, "the URL is empty");
    size_t colon = str_find_char(text, 0, ':');
    str scheme = str_sub(text, 0, colon);
    if (str_eq_nocase(scheme, STR("http"))) {
        url.scheme = STR("http");
        url.port = 80;
    } else if (str_eq_nocase(scheme, STR("https"))) {
        url.scheme = STR("https");
        url.port = 443;
    }
    str rest = str_skip(text, colon);
    if (!url.scheme.ptr || !str_starts(rest, STR("://")))
        return err_set(err, ERR_VALIDATION, "'%.*s' is not an http or https URL", STR_ARG(text));
    rest = str_skip(rest, 3);
    if (!is_visible(rest))
        return err_set(err, ERR_VALIDATION,
                       "URL '%.*s' has a fragment or a character that must be encoded",
                       STR_ARG(text));
    size_t end = 0;
    while (end < rest.len && rest.ptr[end] != '/' && rest.ptr[end] != '?')
        end++;
    // User info needs no refusal of its own: '@' is no character of a host or a port.
    if (!authority_parse(str_sub(rest, 0, end), &url))
        return err_set(err, ERR_VALIDATION, "URL '%.*s' has no usable host and port",
                       STR_ARG(text));
    rest = str_skip(rest, end);
    size_t mark = str_find_char(rest, 0, '?');
    url.path = mark > 0 ? str_sub(rest, 0, mark) : STR("/");
    url.query = mark < rest.len ? str_skip(rest, mark + 1) : STR("");
    *out = url;
    return true;
}

static void encode(str s, bool keep_slash, struct buf *out)
{
    static const char digits[] = "0123456789ABCDEF";
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];
        if (is_alnum(s.ptr[i]) || c == '-' || c == '.' || c == '_' || c == '~' ||
            (keep_slash && c == '/')) {
            buf_add_char(out, s.ptr[i]);
            continue;
        }
        char escape[3] = {'%', digits[c >> 4], digits[c & 15]};
        buf_add(out, (str){escape, sizeof(escape)});
    }
}

void url_encode(str s, struct buf *out)
{
    encode(s, false, out);
}

void url_encode_path(str s, struct buf *out)
{
    encode(s, true, out);
}

static bool decode_into(char *to, str s, bool plus, size_t *len)
{
    size_t used = 0;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '%') {
            int high = i + 2 < s.len ? hex_value(s.ptr[i + 1]) : -1;
            int low = i + 2 < s.len ? hex_value(s.ptr[i + 2]) : -1;
            if (high < 0 || low < 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (c == '+' && plus) {
            c = ' ';
        }
        to[used++] = c;
    }
    *len = used;
    return true;
}

bool url_decode(struct arena *a, str s, bool plus, str *out)
{
    str decoded = s;
    if (str_find_char(s, 0, '%') < s.len || (plus && str_find_char(s, 0, '+') < s.len)) {
        char *to = arena_alloc(a, s.len);
        if (!to || !decode_into(to, s, plus, &decoded.len))
            return false;
        decoded.ptr = to;
    }
    if (str_find_char(decoded, 0, '\0') < decoded.len || !str_utf8_valid(decoded))
        return false;
    *out = decoded;
    return true;
}

bool url_query_parse(struct arena *a, str query, struct url_param **out, size_t *count,
                     struct err *err)
{
    size_t pieces = 1;
    for (size_t i = 0; i < query.len; i++)
        pieces += query.ptr[i] == '&';
    if (pieces > QUERY_PARAMS_MAX)
        return err_set(err, ERR_TOO_LARGE, "more than %d query parameters", (int)QUERY_PARAMS_MAX);
    struct url_param *params = arena_array(a, pieces, sizeof(*params));
    if (!params)
        return err_set(err, ERR_NO_MEMORY, "no memory for the query parameters");
    size_t used = 0;
    for (str rest = query; rest.ptr;) {
        str value = str_cut(&rest, '&');
        if (value.len == 0)
            continue; // "a=1&&b=2" and the empty query
        str name = str_cut(&value, '=');
        if (!value.ptr)
            value = STR(""); // "watch" is "watch="
        if (!url_decode(a, name, true, &params[used].name) ||
            !url_decode(a, value, true, &params[used].value))
            return err_set(err, ERR_VALIDATION, "query parameter '%.*s' is not well encoded",
                           STR_ARG(name));
        used++;
    }
    *out = params;
    *count = used;
    return true;
}

bool url_query_find(const struct url_param *params, size_t count, str name, str *out)
{
    for (size_t i = 0; i < count; i++) {
        if (str_eq(params[i].name, name)) {
            *out = params[i].value;
            return true;
        }
    }
    return false;
}
