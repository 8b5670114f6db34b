/* JSON values as text: compact as AWS prints it, or indented for people.
 *
 * Printing recurses: no value is deeper than JSON_BUILD_DEPTH_MAX. */
#include "base/json.h"
#include "base/mem.h"
#include "json_private.h"

/* What follows the backslash for a byte that must be escaped; 'u': four hex digits. 0: as it is. */
static char escape_of(unsigned char c)
{
    switch (c) {
    case '"': return '"';
    case '\\': return '\\';
    case '\b': return 'b';
    case '\f': return 'f';
    case '\n': return 'n';
    case '\r': return 'r';
    case '\t': return 't';
    default: return c < 0x20 ? 'u' : 0;
    }
}

/* The first byte at or after from that must be escaped. */
static size_t plain_until(str s, size_t from)
{
    while (from < s.len) {
        unsigned char c = (unsigned char)s.ptr[from];
        if (c < 0x20 || c == '"' || c == '\\')
            break;
        from++;
    }
    return from;
}

size_t json_escaped_size(str s)
{
    size_t size = s.len + 2;
    for (size_t at = plain_until(s, 0); at < s.len; at = plain_until(s, at + 1))
        size += escape_of((unsigned char)s.ptr[at]) == 'u' ? 5 : 1;
    return size;
}

void json_print_str(str s, struct buf *out)
{
    static const char hex[] = "0123456789abcdef";
    buf_add_char(out, '"');
    for (size_t at = 0; at < s.len;) {
        size_t end = plain_until(s, at);
        buf_add(out, str_sub(s, at, end - at));
        at = end;
        if (at == s.len)
            break;
        unsigned char c = (unsigned char)s.ptr[at++];
        char escape = escape_of(c);
        char text[6] = {'\\', escape, '0', '0', hex[c >> 4], hex[c & 15]};
        buf_add(out, (str){text, escape == 'u' ? sizeof text : 2});
    }
    buf_add_char(out, '"');
}

static void print_scalar(json v, struct buf *out)
{
    char space[32];
    switch (v.kind) {
    case JSON_NULL: buf_add(out, STR("null")); break;
    case JSON_TRUE: buf_add(out, STR("true")); break;
    case JSON_FALSE: buf_add(out, STR("false")); break;
    case JSON_INTEGER:
    case JSON_NUMBER: buf_add(out, json_number_str(v, space)); break;
    case JSON_STRING: json_print_str(json_str(v), out); break;
    case JSON_ABSENT:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
}

void json_print(json v, struct buf *out)
{
    if (!json_is_container(v)) {
        print_scalar(v, out);
        return;
    }
    bool object = v.kind == JSON_OBJECT;
    buf_add_char(out, object ? '{' : '[');
    for (size_t i = 0; i < json_len(v); i++) {
        if (i)
            buf_add_char(out, ',');
        if (object) {
            json_print_str(json_key_at(v, i), out);
            buf_add_char(out, ':');
        }
        json_print(object ? json_value_at(v, i) : json_at(v, i), out);
    }
    buf_add_char(out, object ? '}' : ']');
}

static void new_line(struct buf *out, int depth)
{
    buf_add_char(out, '\n');
    for (int i = 0; i < depth; i++)
        buf_add(out, STR("  "));
}

static void print_pretty(json v, struct buf *out, int depth)
{
    if (!json_is_container(v) || json_len(v) == 0) {
        json_print(v, out);
        return;
    }
    bool object = v.kind == JSON_OBJECT;
    buf_add_char(out, object ? '{' : '[');
    for (size_t i = 0; i < json_len(v); i++) {
        if (i)
            buf_add_char(out, ',');
        new_line(out, depth + 1);
        if (object) {
            json_print_str(json_key_at(v, i), out);
            buf_add(out, STR(": "));
        }
        print_pretty(object ? json_value_at(v, i) : json_at(v, i), out, depth + 1);
    }
    new_line(out, depth);
    buf_add_char(out, object ? '}' : ']');
}

void json_print_pretty(json v, struct buf *out)
{
    print_pretty(v, out, 0);
}

str json_text(json v)
{
    struct buf out;
    buf_init(&out, json_text_size(v) + 1);
    (void)buf_reserve(&out, json_text_size(v)); // one allocation; a failure is remembered
    json_print(v, &out);
    return buf_give(&out);
}
