/* Numbers of JSON: their grammar, their values, their texts.
 *
 * A number keeps the text it was written with, of any length. Two are compared, and turned into
 * integers, as the decimals they are and not by way of a double, which would make different numbers
 * past 2^53 the same. */
#include "base/mem.h"
#include "json_private.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { DOUBLE_DIGITS_MAX = 17, INT64_DIGITS_MAX = 19 };

/* -- texts -- */

static size_t skip_digits(str s, size_t at)
{
    while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9')
        at++;
    return at;
}

/* Source: RFC 8259, section 6. */
static bool is_number_text(str s)
{
    size_t at = str_starts(s, STR("-")) ? 1 : 0;
    size_t from = at;
    at = skip_digits(s, at);
    if (at == from || (s.ptr[from] == '0' && at > from + 1))
        return false;
    if (at < s.len && s.ptr[at] == '.') {
        from = ++at;
        at = skip_digits(s, at);
        if (at == from)
            return false;
    }
    if (at < s.len && (s.ptr[at] == 'e' || s.ptr[at] == 'E')) {
        at++;
        if (at < s.len && (s.ptr[at] == '+' || s.ptr[at] == '-'))
            at++;
        from = at;
        at = skip_digits(s, at);
        if (at == from)
            return false;
    }
    return at == s.len;
}

json json_number_text(str text)
{
    return is_number_text(text) ? json_number_valid(text) : json_absent();
}

/* Java's Double.toString: the fewest digits that read back, two at least ("1.0", "4.9E-324"). */
static size_t java_text(double d, char *out, size_t size)
{
    char digits[40];
    int precision = 1;
    (void)snprintf(digits, sizeof digits, "%.*e", precision, d);
    while (strtod(digits, NULL) != d && precision < DOUBLE_DIGITS_MAX)
        (void)snprintf(digits, sizeof digits, "%.*e", ++precision, d);
    char *e = strchr(digits, 'e');
    int64_t exponent = 0;
    str text = str_from_c(e + 1);
    (void)str_to_int64(str_starts(text, STR("+")) ? str_skip(text, 1) : text, &exponent);
    *e = '\0';
    if (exponent >= -3 && exponent < 7) {
        int significant = precision == 1 && e[-1] == '0' ? 0 : precision;
        int decimals = significant - (int)exponent;
        return (size_t)snprintf(out, size, "%.*f", decimals > 1 ? decimals : 1, d);
    }
    return (size_t)snprintf(out, size, "%sE%lld", digits, (long long)exponent);
}

json json_double(double d)
{
    char text[64];
    if (!isfinite(d))
        return json_absent();
    size_t len = java_text(d, text, sizeof text);
    return json_number_valid((str){text, len});
}

size_t json_integer_size(int64_t i)
{
    size_t size = i < 0 ? 2 : 1;
    for (i /= 10; i; i /= 10)
        size++;
    return size;
}

str json_number_str(json number, char space[32])
{
    if (number.kind == JSON_NUMBER)
        return (str){number.as.node->as.bytes, number.as.node->len};
    if (number.kind != JSON_INTEGER)
        return STR_NONE;
    int64_t left = number.as.integer;
    size_t len = json_integer_size(left), at = len;
    do {
        int digit = (int)(left % 10);
        space[--at] = (char)('0' + (digit < 0 ? -digit : digit));
        left /= 10;
    } while (left);
    if (number.as.integer < 0)
        space[0] = '-';
    return (str){space, len};
}

/* -- values -- */

double json_to_double(json number)
{
    if (number.kind == JSON_INTEGER)
        return (double)number.as.integer;
    if (number.kind != JSON_NUMBER)
        return 0;
    char space[64];
    str text = {number.as.node->as.bytes, number.as.node->len};
    if (text.len < sizeof space) {
        memcpy(space, text.ptr, text.len);
        space[text.len] = '\0';
        return strtod(space, NULL);
    }
    char *copy = str_dup_c(text);
    double d = copy ? strtod(copy, NULL) : 0;
    mem_free(copy);
    return d;
}

/* A number as 0.DIGITS × 10^exponent, without zeros at either end of DIGITS; zero has none. */
struct decimal {
    str digits; /* with a point somewhere, perhaps */
    size_t count;
    int64_t exponent;
    bool negative;
};

/* The number behind 'e'; one that does not fit is as good as a huge one. */
static int64_t exponent_of(str s)
{
    static const int64_t huge = INT64_MAX / 4;
    bool negative = str_starts(s, STR("-"));
    int64_t exponent;
    if (negative || str_starts(s, STR("+")))
        s = str_skip(s, 1);
    if (!str_to_int64(s, &exponent) || exponent > huge)
        exponent = huge;
    return negative ? -exponent : exponent;
}

static struct decimal decimal_of(str text)
{
    struct decimal d = {.negative = str_starts(text, STR("-"))};
    size_t seen = 0, first = 0, last = 0; // digits; those that are the first and last not zero
    size_t from = 0, to = 0, point = SIZE_MAX, at = d.negative ? 1 : 0;
    for (; at < text.len && text.ptr[at] != 'e' && text.ptr[at] != 'E'; at++) {
        if (text.ptr[at] == '.') {
            point = seen;
            continue;
        }
        seen++;
        if (text.ptr[at] == '0')
            continue;
        if (to == 0) {
            from = at;
            first = seen;
        }
        to = at + 1;
        last = seen;
    }
    if (to == 0)
        return (struct decimal){
            .digits = {text.ptr, 0}
        };
    d.digits = str_sub(text, from, to - from);
    d.count = last - first + 1;
    d.exponent = (int64_t)(point == SIZE_MAX ? seen : point) - (int64_t)(first - 1);
    if (at < text.len)
        d.exponent += exponent_of(str_skip(text, at + 1));
    return d;
}

/* The next digit of d, whose *at starts at 0. */
static char next_digit(const struct decimal *d, size_t *at)
{
    if (d->digits.ptr[*at] == '.')
        ++*at;
    return d->digits.ptr[(*at)++];
}

bool json_to_int64(json number, int64_t *out)
{
    if (number.kind == JSON_INTEGER) {
        *out = number.as.integer;
        return true;
    }
    if (number.kind != JSON_NUMBER)
        return false;
    char space[32];
    struct decimal d = decimal_of(json_number_str(number, space));
    if (d.exponent < (int64_t)d.count || d.exponent > INT64_DIGITS_MAX)
        return false;
    int64_t value = 0; // kept negative: INT64_MIN has no positive twin
    size_t at = 0;
    for (int64_t i = 0; i < d.exponent; i++) {
        int digit = i < (int64_t)d.count ? next_digit(&d, &at) - '0' : 0;
        if (__builtin_mul_overflow(value, 10, &value) ||
            __builtin_sub_overflow(value, digit, &value))
            return false;
    }
    if (!d.negative && value == INT64_MIN)
        return false;
    *out = d.negative ? value : -value;
    return true;
}

bool json_numbers_equal(json a, json b)
{
    if (a.kind == JSON_INTEGER && b.kind == JSON_INTEGER)
        return a.as.integer == b.as.integer;
    char space_a[32], space_b[32];
    struct decimal one = decimal_of(json_number_str(a, space_a));
    struct decimal other = decimal_of(json_number_str(b, space_b));
    if (one.count != other.count || one.exponent != other.exponent ||
        one.negative != other.negative)
        return false;
    size_t at_one = 0, at_other = 0;
    for (size_t i = 0; i < one.count; i++)
        if (next_digit(&one, &at_one) != next_digit(&other, &at_other))
            return false;
    return true;
}
