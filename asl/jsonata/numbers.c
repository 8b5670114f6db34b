/* Functions of numbers. */
#include "asl/jsonata/pictures/pictures.h"
#include "functions_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { TEXT_MAX = 1 << 20, NUMBER_TEXT_MAX = 1000 };

/* -- $number -- */

static size_t digits_at(str s, size_t at)
{
    size_t from = at;
    while (at < s.len && s.ptr[at] >= '0' && s.ptr[at] <= '9')
        at++;
    return at - from;
}

/* -?[0-9]+(\.[0-9]+)?([Ee][-+]?[0-9]+)? */
static bool is_number_text(str s)
{
    size_t at = str_starts(s, STR("-")), n = digits_at(s, at);
    at += n;
    if (n == 0)
        return false;
    if (at < s.len && s.ptr[at] == '.') {
        n = digits_at(s, at + 1);
        at += 1 + n;
        if (n == 0)
            return false;
    }
    if (at < s.len && (s.ptr[at] | 0x20) == 'e') {
        at++;
        at += at < s.len && (s.ptr[at] == '-' || s.ptr[at] == '+');
        n = digits_at(s, at);
        at += n;
        if (n == 0)
            return false;
    }
    return at == s.len;
}

/* 0x…, 0o…, 0b… */
static bool radix_number(str s, double *out)
{
    if (s.len < 3 || s.ptr[0] != '0')
        return false;
    char kind = (char)(s.ptr[1] | 0x20);
    unsigned radix = kind == 'x' ? 16 : kind == 'o' ? 8 : kind == 'b' ? 2 : 0;
    *out = 0;
    for (size_t i = 2; radix && i < s.len; i++) {
        char c = (char)(s.ptr[i] | 0x20);
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                                                : radix;
        if (digit >= radix)
            return false;
        *out = *out * radix + digit;
    }
    return radix != 0;
}

static bool parse_number(struct call *c, str s, struct value *out)
{
    char text[NUMBER_TEXT_MAX];
    int64_t exact;
    double d;
    if (c->ev->aws && str_to_int64(s, &exact)) {
        *out = value_integer(c->ev, exact);
        return true;
    }
    if (radix_number(s, &d)) {
        *out = value_number(d);
        return isfinite(d);
    }
    if (!is_number_text(s) || s.len >= sizeof text)
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    d = strtod(text, NULL);
    *out = value_number(d);
    return isfinite(d);
}

bool function_number(struct call *c, struct value *out)
{
    struct value v = c->arguments[0];
    *out = v;
    if (v.kind == VALUE_BOOL)
        *out = value_number(v.boolean);
    if (!is_string(v) || parse_number(c, string_of(v), out))
        return true;
    str shown = value_shown(c->ev, v);
    return ev_fail(c->ev, "D3030: Unable to cast value to a number: %.*s", STR_ARG(shown));
}

/* -- arithmetic -- */

static bool with(struct call *c, double (*function)(double), struct value *out)
{
    *out = c->arguments[0];
    if (c->arguments[0].kind == VALUE_NUMBER) // an integer past 2^53 is its own floor and ceiling
        *out = value_number(function(number_of(c->arguments[0])));
    return true;
}

bool function_abs(struct call *c, struct value *out)
{
    if (c->arguments[0].kind == VALUE_INTEGER) {
        int64_t i = c->arguments[0].as.integer;
        *out = i == INT64_MIN ? value_number(-(double)i) : value_integer(c->ev, i < 0 ? -i : i);
        return true;
    }
    return with(c, fabs, out);
}

bool function_floor(struct call *c, struct value *out)
{
    return with(c, floor, out);
}

bool function_ceil(struct call *c, struct value *out)
{
    return with(c, ceil, out);
}

/* Moves the decimal point, in the text: a product with a power of ten would not be exact. */
static double shifted(double d, int places)
{
    char text[64];
    (void)snprintf(text, sizeof text, "%.17g", d);
    // The fewest digits that read back, so that 1.005 is what it was written as.
    for (int precision = 15; precision < 17; precision++) {
        (void)snprintf(text, sizeof text, "%.*g", precision, d);
        if (strtod(text, NULL) == d)
            break;
        (void)snprintf(text, sizeof text, "%.17g", d);
    }
    char *e = strchr(text, 'e');
    int64_t exponent = 0;
    if (e) {
        (void)str_to_int64(str_from_c(e[1] == '+' ? e + 2 : e + 1), &exponent);
        *e = '\0';
    }
    char moved[96];
    (void)snprintf(moved, sizeof moved, "%se%" PRId64, text, exponent + places);
    return strtod(moved, NULL);
}

/* Half goes to the even neighbour. */
static double rounded(double d, int places)
{
    if (places != 0)
        d = shifted(d, places);
    double result = floor(d + 0.5);
    if (d + 0.5 == d) // too large for a fraction
        result = d;
    if (fabs(result - d) == 0.5 && fmod(fabs(result), 2) == 1)
        result -= 1;
    if (places != 0)
        result = shifted(result, -places);
    return result == 0 ? 0 : result;
}

bool function_round(struct call *c, struct value *out)
{
    enum { PLACES_MAX = 400 };
    *out = c->arguments[0];
    double places = is_undefined(c->arguments[1]) ? 0 : trunc(number_of(c->arguments[1]));
    if (c->arguments[0].kind != VALUE_NUMBER || !isfinite(c->arguments[0].as.number))
        return true;
    places = fmax(-PLACES_MAX, fmin(PLACES_MAX, places));
    *out = value_number(rounded(c->arguments[0].as.number, (int)places));
    return true;
}

bool function_power(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]) || is_undefined(c->arguments[1]))
        return true;
    double d = pow(number_of(c->arguments[0]), number_of(c->arguments[1]));
    if (!isfinite(d)) {
        str base = value_shown(c->ev, c->arguments[0]),
            exponent = value_shown(c->ev, c->arguments[1]);
        return ev_fail(c->ev,
                       "D3061: The power function has resulted in a value that cannot be "
                       "represented as a JSON number: base=%.*s, exponent=%.*s",
                       STR_ARG(base), STR_ARG(exponent));
    }
    *out = value_number(d);
    return true;
}

bool function_sqrt(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    double d = number_of(c->arguments[0]);
    if (d < 0) {
        str shown = value_shown(c->ev, c->arguments[0]);
        return ev_fail(c->ev,
                       "D3060: The sqrt function cannot be applied to a negative number: %.*s",
                       STR_ARG(shown));
    }
    *out = value_number(sqrt(d));
    return true;
}

bool function_random(struct call *c, struct value *out)
{
    *out = value_number(rng_unit(c->ev->scope->rng));
    return true;
}

/* -- pictures -- */

static bool value_text_of_number(struct call *c, double d, struct value *out)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    number_print(d, &text);
    return ev_give_text(c->ev, &text, out);
}

bool function_format_base(struct call *c, struct value *out)
{
    enum { DIGITS_MAX = 1100 };
    static const char digits[] = "0123456789abcdefghijklmnopqrstuvwxyz";
    if (is_undefined(c->arguments[0]))
        return true;
    double d = rounded(number_of(c->arguments[0]), 0);
    double radix = is_undefined(c->arguments[1]) ? 10 : rounded(number_of(c->arguments[1]), 0);
    if (!(radix >= 2 && radix <= 36)) {
        str shown = value_shown(c->ev, value_number(radix));
        return ev_fail(c->ev,
                       "D3100: The radix of the formatBase function must be between 2 and 36.  It "
                       "was given %.*s",
                       STR_ARG(shown));
    }
    if (!isfinite(d))
        return value_text_of_number(c, d, out);
    char text[DIGITS_MAX];
    size_t at = sizeof text;
    double rest = fabs(d);
    do {
        double digit = fmod(rest, radix);
        text[--at] = digits[(size_t)digit];
        rest = trunc((rest - digit) / radix);
    } while (isfinite(rest) && rest > 0 && at > 1);
    if (d < 0)
        text[--at] = '-';
    return ev_text(c->ev, (str){text + at, sizeof text - at}, out);
}

bool function_format_integer(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    if (picture_integer_format(number_of(c->arguments[0]), string_of(c->arguments[1]), &text,
                               c->ev->err))
        return ev_give_text(c->ev, &text, out);
    buf_release(&text);
    return false;
}

bool function_parse_integer(struct call *c, struct value *out)
{
    double d;
    if (is_undefined(c->arguments[0]))
        return true;
    if (!picture_integer_parse(string_of(c->arguments[0]), string_of(c->arguments[1]), &d,
                               c->ev->err))
        return false;
    *out = value_number(d);
    return true;
}

bool function_format_number(struct call *c, struct value *out)
{
    struct picture_symbols symbols = picture_symbols_default;
    struct value options = c->arguments[2];
    if (is_undefined(c->arguments[0]))
        return true;
    for (size_t i = 0; is_object(options) && i < members_len(options); i++) {
        str name;
        struct value v = member_at(c->ev, options, i, &name);
        str *symbol = picture_symbol_find(&symbols, name);
        if (symbol && is_string(v))
            *symbol = string_of(v);
    }
    struct buf text;
    buf_init(&text, TEXT_MAX);
    if (picture_number_format(number_of(c->arguments[0]), string_of(c->arguments[1]), &symbols,
                              &text, c->ev->err))
        return ev_give_text(c->ev, &text, out);
    buf_release(&text);
    return false;
}

/* -- aggregates -- */

static bool aggregate(struct call *c, double first, double (*join)(double, double), double *out)
{
    struct value list = c->arguments[0];
    *out = first;
    for (size_t i = 0; i < value_len(list); i++)
        *out = join(*out, number_of(value_at(c->ev, list, i)));
    return true;
}

static double add(double a, double b)
{
    return a + b;
}

bool function_sum(struct call *c, struct value *out)
{
    double d;
    if (is_undefined(c->arguments[0]))
        return true;
    aggregate(c, 0, add, &d);
    *out = value_number(d);
    return true;
}

/* Of nothing: undefined. */
static bool of_some(struct call *c, double first, double (*join)(double, double), bool average,
                    struct value *out)
{
    double d, n = (double)value_len(c->arguments[0]);
    if (n == 0)
        return true;
    aggregate(c, first, join, &d);
    *out = value_number(average ? d / n : d);
    return true;
}

bool function_max(struct call *c, struct value *out)
{
    return of_some(c, -HUGE_VAL, fmax, false, out);
}

bool function_min(struct call *c, struct value *out)
{
    return of_some(c, HUGE_VAL, fmin, false, out);
}

bool function_average(struct call *c, struct value *out)
{
    return of_some(c, 0, add, true, out);
}
