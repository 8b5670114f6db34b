/* Decimal numbers without loss: what Jayway's filters compare with (Java's BigDecimal). Nothing is
 * converted: a number stays its digits and the power of ten of the first that counts. */
#include "jsonpath_private.h"

#include <inttypes.h>

enum { EXPONENT_DIGITS_MAX = 9, PLAIN_MAGNITUDE_MIN = -6 };

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool parse_exponent(str text, int64_t *out)
{
    if (text.len > 0 && text.ptr[0] == '+')
        text = str_skip(text, 1);
    // Longer ones do not fit BigDecimal's scale either.
    return text.len <= EXPONENT_DIGITS_MAX + 1 && str_to_int64(text, out);
}

bool decimal_parse(str text, struct decimal *out)
{
    *out = (struct decimal){.zero = true};
    if (text.len > 0 && (text.ptr[0] == '-' || text.ptr[0] == '+')) {
        out->negative = text.ptr[0] == '-';
        text = str_skip(text, 1);
    }
    size_t digits = 0, end = 0, point = 0;
    bool has_point = false;
    for (; end < text.len; end++) {
        if (is_digit(text.ptr[end])) {
            digits++;
        } else if (text.ptr[end] == '.' && !has_point) {
            has_point = true;
            point = end;
        } else {
            break;
        }
    }
    if (digits == 0)
        return false;
    out->mantissa = str_sub(text, 0, end);
    if (end < text.len &&
        ((text.ptr[end] | 0x20) != 'e' || !parse_exponent(str_skip(text, end + 1), &out->exponent)))
        return false;
    if (!has_point)
        point = end;
    for (size_t i = 0; i < end; i++) {
        if (!is_digit(text.ptr[i]) || text.ptr[i] == '0')
            continue;
        out->zero = false;
        out->magnitude = (int64_t)point - (int64_t)i - (i < point) + out->exponent;
        break;
    }
    return true;
}

/* The next digit at or after *at, '0' past the end. */
static char next_digit(str mantissa, size_t *at)
{
    if (*at < mantissa.len && mantissa.ptr[*at] == '.')
        ++*at;
    if (*at >= mantissa.len)
        return '0';
    return mantissa.ptr[(*at)++];
}

static size_t first_counting(str mantissa)
{
    size_t i = 0;
    while (i < mantissa.len && (mantissa.ptr[i] == '0' || mantissa.ptr[i] == '.'))
        i++;
    return i;
}

static int cmp_magnitudes(const struct decimal *a, const struct decimal *b)
{
    if (a->magnitude != b->magnitude)
        return a->magnitude < b->magnitude ? -1 : 1;
    size_t i = first_counting(a->mantissa), k = first_counting(b->mantissa);
    while (i < a->mantissa.len || k < b->mantissa.len) {
        char x = next_digit(a->mantissa, &i), y = next_digit(b->mantissa, &k);
        if (x != y)
            return x < y ? -1 : 1;
    }
    return 0;
}

static int sign(const struct decimal *d)
{
    if (d->zero)
        return 0;
    return d->negative ? -1 : 1;
}

int decimal_cmp(const struct decimal *a, const struct decimal *b)
{
    int x = sign(a), y = sign(b);
    if (x != y)
        return x < y ? -1 : 1;
    int c = x == 0 ? 0 : cmp_magnitudes(a, b);
    return x < 0 ? -c : c;
}

/* The unscaled value has digits counting digits; Java writes it plain when its scale is not
 * negative and it is not tiny, else with an exponent. */
void decimal_print(const struct decimal *d, struct buf *out)
{
    size_t point = str_find_char(d->mantissa, 0, '.');
    size_t fraction = point < d->mantissa.len ? d->mantissa.len - point - 1 : 0;
    int64_t scale = (int64_t)fraction - d->exponent;
    size_t at = first_counting(d->mantissa), digits = 0;
    for (size_t i = at; i < d->mantissa.len; i++)
        digits += d->mantissa.ptr[i] != '.';
    if (digits == 0)
        digits = 1; // zero
    int64_t adjusted = (int64_t)digits - 1 - scale;
    if (d->negative && !d->zero)
        buf_add_char(out, '-');
    bool plain = scale >= 0 && adjusted >= PLAIN_MAGNITUDE_MIN;
    int64_t before = plain ? (int64_t)digits - scale : 1; // digits before the point
    if (plain && before <= 0) {
        buf_add(out, STR("0."));
        for (int64_t i = before; i < 0; i++)
            buf_add_char(out, '0');
    }
    for (size_t i = 0; i < digits; i++) {
        if (i > 0 && (int64_t)i == before)
            buf_add_char(out, '.');
        buf_add_char(out, next_digit(d->mantissa, &at));
    }
    if (!plain && adjusted != 0)
        buf_printf(out, "E%+" PRId64, adjusted);
}
