/* Base64: the two alphabets differ in the digits 62 and 63 only. */
#include "base/base64.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

static char digit_char(unsigned value, const char last_two[2])
{
    if (value < 62)
        return digits[value];
    return last_two[value - 62];
}

/* Gives the digit's value, -1 for another character. */
static int digit_value(char c, const char last_two[2])
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == last_two[0] ? 62 : c == last_two[1] ? 63 : -1;
}

static void encode(str data, const char last_two[2], bool padded, struct buf *out)
{
    if (data.len > SIZE_MAX / 2) {
        out->failed = true; // four thirds of it could not even be counted
        return;
    }
    size_t padded_len = (data.len + 2) / 3 * 4;
    size_t len = padded ? padded_len : padded_len - (3 - data.len % 3) % 3;
    char *to = len > 0 ? buf_reserve(out, len) : NULL;
    if (!to)
        return;
    char *start = to;
    const unsigned char *from = (const unsigned char *)data.ptr;
    for (size_t left = data.len; left > 0;) {
        size_t n = left < 3 ? left : 3;
        unsigned group = (unsigned)from[0] << 16;
        if (n > 1)
            group |= (unsigned)from[1] << 8;
        if (n > 2)
            group |= from[2];
        for (size_t i = 0; i <= n; i++)
            *to++ = digit_char((group >> (18 - 6 * i)) & 63, last_two);
        for (size_t i = n; padded && i < 3; i++)
            *to++ = '=';
        from += n;
        left -= n;
    }
    out->len += (size_t)(to - start);
}

static bool decode(str text, const char last_two[2], struct buf *out)
{
    // Padding, when there is any, must be whole.
    size_t len = text.len;
    while (len > 0 && text.len - len < 2 && text.ptr[len - 1] == '=')
        len--;
    if ((len < text.len && text.len % 4 != 0) || len % 4 == 1)
        return false;
    if (len == 0)
        return buf_ok(out);
    char *to = buf_reserve(out, len / 4 * 3 + (len % 4 ? len % 4 - 1 : 0));
    if (!to)
        return false;
    char *start = to;
    unsigned bits = 0;
    for (size_t i = 0; i < len; i++) {
        int value = digit_value(text.ptr[i], last_two);
        if (value < 0)
            return false;
        bits = (bits << 6 | (unsigned)value) & 0xffffff;
        // The second digit of four completes the first byte, the third the second, and so on; bits
        // left over at the end are dropped, as Java's decoder does.
        unsigned phase = (unsigned)(i % 4);
        if (phase > 0)
            *to++ = (char)(unsigned char)(bits >> (6 - 2 * phase) & 0xff);
    }
    out->len += (size_t)(to - start);
    return true;
}

void base64_encode(str data, struct buf *out)
{
    encode(data, "+/", true, out);
}

void base64url_encode(str data, struct buf *out)
{
    encode(data, "-_", false, out);
}

bool base64_decode(str text, struct buf *out)
{
    return decode(text, "+/", out);
}

bool base64url_decode(str text, struct buf *out)
{
    return decode(text, "-_", out);
}
