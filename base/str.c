/* Text: comparison, cutting, UTF-8, integers. */
#include "base/str.h"

#include "base/mem.h"

int str_cmp(str a, str b)
{
    size_t common = a.len < b.len ? a.len : b.len;
    int order = common ? memcmp(a.ptr, b.ptr, common) : 0;
    if (order == 0)
        return a.len < b.len ? -1 : a.len > b.len;
    return order < 0 ? -1 : 1;
}

static unsigned char lower(char c)
{
    return (unsigned char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

bool str_eq_nocase(str a, str b)
{
    if (a.len != b.len)
        return false;
    for (size_t i = 0; i < a.len; i++)
        if (lower(a.ptr[i]) != lower(b.ptr[i]))
            return false;
    return true;
}

size_t str_find_char(str s, size_t from, char c)
{
    if (from >= s.len)
        return s.len;
    const char *at = memchr(s.ptr + from, c, s.len - from);
    return at ? (size_t)(at - s.ptr) : s.len;
}

str str_cut(str *rest, char separator)
{
    size_t at = str_find_char(*rest, 0, separator);
    str part = {rest->ptr, at};
    *rest = at < rest->len ? str_skip(*rest, at + 1) : STR_NONE;
    return part;
}

/* Bytes of the sequence that begins at p, 0 when it is not valid UTF-8. Source: RFC 3629. */
static size_t sequence(const unsigned char *p, size_t left)
{
    if (p[0] < 0x80)
        return 1;
    size_t len = p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (p[0] < 0xC2 || p[0] > 0xF4 || len > left)
        return 0;
    for (size_t i = 1; i < len; i++)
        if ((p[i] & 0xC0) != 0x80)
            return 0;
    bool overlong = (p[0] == 0xE0 && p[1] < 0xA0) || (p[0] == 0xF0 && p[1] < 0x90);
    bool surrogate = p[0] == 0xED && p[1] >= 0xA0;
    bool above = p[0] == 0xF4 && p[1] >= 0x90;
    return overlong || surrogate || above ? 0 : len;
}

size_t str_utf8_find_bad(str s)
{
    const uint64_t not_ascii = 0x8080808080808080U;
    const unsigned char *p = (const unsigned char *)s.ptr;
    size_t at = 0;
    while (at < s.len) {
        uint64_t eight;
        if (s.len - at >= sizeof eight) { // most text is ASCII: eight bytes at a time
            memcpy(&eight, p + at, sizeof eight);
            if (!(eight & not_ascii)) {
                at += sizeof eight;
                continue;
            }
        }
        size_t len = sequence(p + at, s.len - at);
        if (len == 0)
            return at;
        at += len;
    }
    return s.len;
}

bool str_utf8_valid(str s)
{
    return str_utf8_find_bad(s) == s.len;
}

size_t str_utf8_length(str s)
{
    size_t n = 0;
    for (size_t i = 0; i < s.len; i++)
        n += ((unsigned char)s.ptr[i] & 0xC0) != 0x80;
    return n;
}

uint32_t str_utf8_next(str s, size_t *at)
{
    const unsigned char *p = (const unsigned char *)s.ptr + *at;
    size_t left = s.len - *at;
    size_t len = p[0] < 0x80 ? 1 : p[0] >= 0xF0 ? 4 : p[0] >= 0xE0 ? 3 : 2;
    if (len > left)
        len = left; // cannot be in valid text; never read past its end
    *at += len;
    switch (len) {
    case 1: return p[0];
    case 2: return (uint32_t)(p[0] & 0x1F) << 6 | (p[1] & 0x3FU);
    case 3: return (uint32_t)(p[0] & 0x0F) << 12 | (uint32_t)(p[1] & 0x3F) << 6 | (p[2] & 0x3FU);
    default:
        return (uint32_t)(p[0] & 0x07) << 18 | (uint32_t)(p[1] & 0x3F) << 12 |
               (uint32_t)(p[2] & 0x3F) << 6 | (p[3] & 0x3FU);
    }
}

size_t str_utf8_encode(uint32_t c, char out[4])
{
    if ((c >= 0xD800 && c <= 0xDFFF) || c > 0x10FFFF)
        c = 0xFFFD;
    if (c < 0x80) {
        out[0] = (char)c;
        return 1;
    }
    if (c < 0x800) {
        out[0] = (char)(0xC0 | c >> 6);
        out[1] = (char)(0x80 | (c & 0x3F));
        return 2;
    }
    if (c < 0x10000) {
        out[0] = (char)(0xE0 | c >> 12);
        out[1] = (char)(0x80 | (c >> 6 & 0x3F));
        out[2] = (char)(0x80 | (c & 0x3F));
        return 3;
    }
    out[0] = (char)(0xF0 | c >> 18);
    out[1] = (char)(0x80 | (c >> 12 & 0x3F));
    out[2] = (char)(0x80 | (c >> 6 & 0x3F));
    out[3] = (char)(0x80 | (c & 0x3F));
    return 4;
}

bool str_to_int64(str s, int64_t *out)
{
    bool negative = str_starts(s, STR("-"));
    size_t at = negative ? 1 : 0;
    if (at == s.len)
        return false;
    int64_t value = 0; // kept negative: INT64_MIN has no positive twin
    for (; at < s.len; at++) {
        char c = s.ptr[at];
        if (c < '0' || c > '9')
            return false;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, (int64_t)(c - '0'), &value))
            return false;
    }
    if (!negative && value == INT64_MIN)
        return false;
    *out = negative ? value : -value;
    return true;
}

char *str_dup_c(str s)
{
    char *copy = s.len == SIZE_MAX ? NULL : mem_try(s.len + 1);
    if (!copy)
        return NULL;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    copy[s.len] = '\0';
    return copy;
}

void str_free(str given)
{
    // const was for readers: the block is the caller's.
    mem_free((char *)(uintptr_t)given.ptr); // NOLINT(performance-no-int-to-ptr): casts const away
}
