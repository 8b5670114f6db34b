/* Functions of texts. Lengths and positions are code points. */
#include "functions_private.h"

#include <math.h>

enum { TEXT_MAX = 1 << 30 };

bool function_string(struct call *c, struct value *out)
{
    bool pretty = c->arguments[1].kind == VALUE_BOOL && c->arguments[1].boolean;
    return is_undefined(c->arguments[0]) || value_text(c->ev, c->arguments[0], pretty, out);
}

bool function_length(struct call *c, struct value *out)
{
    if (is_string(c->arguments[0]))
        *out = value_number((double)str_utf8_length(string_of(c->arguments[0])));
    return true;
}

/* Position n of a text of len code points, as Array.prototype.slice takes it. */
static size_t slice_at(double n, size_t len)
{
    n = trunc(n);
    if (isnan(n))
        n = 0;
    if (n < 0)
        n = fmax(0, (double)len + n);
    return n > (double)len ? len : (size_t)n;
}

bool function_substring(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    size_t len = str_utf8_length(s);
    double start = number_of(c->arguments[1]), end = (double)len;
    if ((double)len + start < 0)
        start = 0;
    if (!is_undefined(c->arguments[2])) {
        double length = number_of(c->arguments[2]);
        end = start >= 0 ? start + length : (double)len + start + length;
        if (!(length > 0))
            end = 0;
    }
    size_t from = slice_at(start, len), to = slice_at(end, len);
    if (!is_undefined(c->arguments[2]) && !(number_of(c->arguments[2]) > 0))
        to = from;
    s = str_skip(s, utf8_bytes_of(s, from));
    *out = value_str(str_sub(s, 0, utf8_bytes_of(s, to > from ? to - from : 0)));
    return true;
}

/* Offset of the first part in s at or after from; s.len + 1: none. */
static size_t find(str s, str part, size_t from)
{
    if (part.len == 0)
        return from;
    const char *at =
        s.len - from >= part.len ? memmem(s.ptr + from, s.len - from, part.ptr, part.len) : NULL;
    return at ? (size_t)(at - s.ptr) : s.len + 1;
}

bool function_substring_before(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    size_t at = is_string(c->arguments[1]) ? find(s, string_of(c->arguments[1]), 0) : s.len + 1;
    *out = value_str(at > s.len ? s : str_sub(s, 0, at));
    return true;
}

bool function_substring_after(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    size_t at = is_string(c->arguments[1]) ? find(s, string_of(c->arguments[1]), 0) : s.len + 1;
    *out = value_str(at > s.len ? s : str_skip(s, at + c->arguments[1].len));
    return true;
}

/* Latin, Greek, Cyrillic, Armenian and other letters whose case is a shift from one code point to
 * another. The C library's answer would depend on the machine's locale. */
static uint32_t change_case(uint32_t p, bool upper)
{
    static const struct {
        uint32_t first, last; /* of the lower-case letters */
        uint32_t distance;    /* to their capitals, below; 1: they alternate, capitals even */
    } ranges[] = {
        {'a',     'z',     32},
        {0xE0,    0xF6,    32},
        {0xF8,    0xFE,    32},
        {0x101,   0x12F,   1 },
        {0x133,   0x137,   1 },
        {0x14B,   0x177,   1 },
        {0x3B1,   0x3C1,   32},
        {0x3C3,   0x3CB,   32},
        {0x430,   0x44F,   32},
        {0x450,   0x45F,   80},
        {0x461,   0x481,   1 },
        {0x48B,   0x4BF,   1 },
        {0x4D1,   0x52F,   1 },
        {0x561,   0x586,   48},
        {0x1E01,  0x1E95,  1 },
        {0x1EA1,  0x1EFF,  1 },
        {0xFF41,  0xFF5A,  32},
        {0x10428, 0x1044F, 40},
    };
    for (size_t i = 0; i < sizeof ranges / sizeof ranges[0]; i++) {
        uint32_t distance = ranges[i].distance, from = ranges[i].first, to = ranges[i].last;
        if (!upper) {
            from -= distance;
            to -= distance;
        }
        if (p < from || p > to)
            continue;
        if (distance == 1 && (p - from) % 2 != 0)
            return p;
        return upper ? p - distance : p + distance;
    }
    return p;
}

static bool with_case(struct call *c, bool upper, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (size_t at = 0; at < s.len;) {
        char encoded[4];
        size_t from = at;
        uint32_t p =
            (unsigned char)s.ptr[at] < 0x80 ? (unsigned char)s.ptr[at++] : str_utf8_next(s, &at);
        uint32_t changed = change_case(p, upper);
        if (upper && p == 0xDF)
            buf_add(&text, STR("SS"));
        else if (changed == p)
            buf_add(&text, str_sub(s, from, at - from));
        else
            buf_add(&text, (str){encoded, str_utf8_encode(changed, encoded)});
    }
    return ev_give_text(c->ev, &text, out);
}

bool function_lowercase(struct call *c, struct value *out)
{
    return with_case(c, false, out);
}

bool function_uppercase(struct call *c, struct value *out)
{
    return with_case(c, true, out);
}

bool function_trim(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    struct buf text;
    bool blank = false;
    buf_init(&text, s.len + 1);
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\0' && strchr(" \t\n\r", s.ptr[i])) {
            blank = true;
            continue;
        }
        if (blank && text.len > 0)
            buf_add_char(&text, ' ');
        blank = false;
        buf_add_char(&text, s.ptr[i]);
    }
    return ev_give_text(c->ev, &text, out);
}

/* Appends `count` code points of a filling repeated. */
static bool fill(struct evaluator *ev, str filling, size_t count, struct buf *text)
{
    size_t length = str_utf8_length(filling);
    for (; count >= length; count -= length) {
        buf_add(text, filling);
        if (!buf_ok(text) || !ev_tick(ev))
            return false;
    }
    buf_add(text, str_sub(filling, 0, utf8_bytes_of(filling, count)));
    return true;
}

bool function_pad(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    str filling = is_string(c->arguments[2]) && c->arguments[2].len > 0 ? string_of(c->arguments[2])
                                                                        : STR(" ");
    double width = trunc(number_of(c->arguments[1]));
    double missing = fabs(width) - (double)str_utf8_length(s);
    struct buf text;
    buf_init(&text, TEXT_MAX);
    if (width > 0)
        buf_add(&text, s);
    if (missing > TEXT_MAX)
        text.failed = true;
    else if (missing > 0)
        (void)fill(c->ev, filling, (size_t)missing, &text);
    if (!(width > 0))
        buf_add(&text, s);
    return ev_give_text(c->ev, &text, out);
}

bool function_join(struct call *c, struct value *out)
{
    struct value list = c->arguments[0];
    if (is_undefined(list))
        return true;
    str separator = is_string(c->arguments[1]) ? string_of(c->arguments[1]) : STR("");
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < value_len(list); i++) {
        if (i > 0)
            buf_add(&text, separator);
        buf_add(&text, string_of(value_at(c->ev, list, i)));
    }
    return ev_give_text(c->ev, &text, out);
}
