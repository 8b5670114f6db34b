/* Numbers by picture: "#,##0.00;(#,##0.00)".
 *
 * A picture has one or two sub-pictures, the second for negative numbers. A sub-picture is a
 * passive beginning, an active part (digits, separators, an exponent) and a passive end; it is
 * split, checked, measured, and then the number's digits are put into it.
 * Source: XPath and XQuery Functions and Operators 3.1, section 4.7. */
#include "pictures_private.h"

#include <stdio.h>
#include <stdlib.h>

const struct picture_symbols picture_symbols_default = {
    STR_INIT("."), STR_INIT(","),   STR_INIT("e"), STR_INIT("Infinity"),
    STR_INIT("-"), STR_INIT("NaN"), STR_INIT("%"), STR_INIT("\u2030"),
    STR_INIT("0"), STR_INIT("#"),   STR_INIT(";"),
};

str *picture_symbol_find(struct picture_symbols *s, str option)
{
    const struct {
        str name;
        str *symbol;
    } rows[] = {
        {STR("decimal-separator"),  &s->decimal_separator },
        {STR("grouping-separator"), &s->grouping_separator},
        {STR("exponent-separator"), &s->exponent_separator},
        {STR("infinity"),           &s->infinity          },
        {STR("minus-sign"),         &s->minus_sign        },
        {STR("NaN"),                &s->nan               },
        {STR("percent"),            &s->percent           },
        {STR("per-mille"),          &s->per_mille         },
        {STR("zero-digit"),         &s->zero_digit        },
        {STR("digit"),              &s->digit             },
        {STR("pattern-separator"),  &s->pattern_separator },
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_eq(rows[i].name, option))
            return rows[i].symbol;
    return NULL;
}

/* The symbols that matter one by one, as code points; 0: none. */
struct characters {
    uint32_t decimal, grouping, exponent, percent, per_mille, zero, digit, pattern;
};

/* Code points of a sub-picture, or of a part of it. */
struct part {
    const uint32_t *at;
    size_t len;
};

struct sub_picture {
    struct part whole, prefix, suffix, active, mantissa, integer, fraction, exponent;
    bool has_exponent;
    size_t regular; /* digits in each group of the integer part; 0: see positions */
    size_t integer_positions[SEPARATORS_MAX], integer_positions_count;
    size_t fraction_positions[SEPARATORS_MAX], fraction_positions_count;
    size_t integer_min, scaling, fraction_min, fraction_max, exponent_min;
};

static uint32_t first_of(str symbol)
{
    size_t at = 0;
    return symbol.len > 0 ? str_utf8_next(symbol, &at) : 0;
}

static bool is_family(const struct characters *c, uint32_t p)
{
    return p >= c->zero && p <= c->zero + 9;
}

static bool is_digit(const struct characters *c, uint32_t p)
{
    return is_family(c, p) || p == c->digit;
}

static bool is_active(const struct characters *c, uint32_t p)
{
    return is_digit(c, p) || p == c->decimal || p == c->exponent || p == c->grouping ||
           p == c->pattern;
}

/* -- splitting -- */

static struct part part_of(struct part p, size_t from, size_t to)
{
    return (struct part){p.at + from, to > from ? to - from : 0};
}

static size_t find(struct part p, size_t from, uint32_t c)
{
    while (from < p.len && p.at[from] != c)
        from++;
    return from;
}

static size_t count(struct part p, uint32_t c)
{
    size_t n = 0;
    for (size_t i = 0; i < p.len; i++)
        n += p.at[i] == c;
    return n;
}

static size_t count_family(const struct characters *c, struct part p)
{
    size_t n = 0;
    for (size_t i = 0; i < p.len; i++)
        n += is_family(c, p.at[i]);
    return n;
}

static size_t count_digits(const struct characters *c, struct part p)
{
    return count_family(c, p) + (is_family(c, c->digit) ? 0 : count(p, c->digit));
}

static void split(const struct characters *c, struct part whole, struct sub_picture *s)
{
    size_t from = 0, to = whole.len;
    while (from < whole.len && (!is_active(c, whole.at[from]) || whole.at[from] == c->exponent))
        from++;
    while (to > from && (!is_active(c, whole.at[to - 1]) || whole.at[to - 1] == c->exponent))
        to--;
    s->whole = whole;
    s->prefix = part_of(whole, 0, from);
    s->suffix = part_of(whole, to, whole.len);
    s->active = part_of(whole, from, to);
    size_t e = find(s->active, 0, c->exponent);
    s->has_exponent = e < s->active.len;
    // "#0e": the exponent has nothing after it, and stands in what would be the passive end.
    if (!s->has_exponent && to < whole.len && whole.at[to] == c->exponent) {
        s->has_exponent = true;
        s->suffix = part_of(whole, to + 1, whole.len);
    }
    s->mantissa = part_of(s->active, 0, e);
    s->exponent = part_of(s->active, e + 1 < s->active.len ? e + 1 : s->active.len, s->active.len);
    size_t d = find(s->mantissa, 0, c->decimal);
    s->integer = part_of(s->mantissa, 0, d);
    s->fraction =
        part_of(s->mantissa, d + 1 < s->mantissa.len ? d + 1 : s->mantissa.len, s->mantissa.len);
}

/* -- checking -- */

static bool adjacent(struct part p, size_t at, uint32_t c)
{
    return at < p.len && p.at[at] == c;
}

static bool refuse(struct err *err, const char *text)
{
    return err_set(err, ERR_JSONATA, "%s", text);
}

static bool check_signs(const struct characters *c, const struct sub_picture *s, struct err *err)
{
    if (count(s->whole, c->decimal) > 1)
        return refuse(err, "D3081: The sub-picture must not contain more than one instance of the "
                           "'decimal-separator' character");
    if (count(s->whole, c->percent) > 1)
        return refuse(err, "D3082: The sub-picture must not contain more than one instance of the "
                           "'percent' character");
    if (count(s->whole, c->per_mille) > 1)
        return refuse(err, "D3083: The sub-picture must not contain more than one instance of the "
                           "'per-mille' character");
    if (count(s->whole, c->percent) + count(s->whole, c->per_mille) > 1)
        return refuse(err, "D3084: The sub-picture must not contain both a 'percent' and a "
                           "'per-mille' character");
    if (count_digits(c, s->mantissa) == 0)
        return refuse(err, "D3085: The mantissa part of a sub-picture must contain at least one "
                           "character that is either an 'optional digit character' or a member of "
                           "the 'decimal digit family'");
    for (size_t i = 0; i < s->active.len; i++)
        if (!is_active(c, s->active.at[i]))
            return refuse(err, "D3086: The sub-picture must not contain a passive character that "
                               "is preceded by an active character and that is followed by another "
                               "active character");
    return true;
}

static bool check_groups(const struct characters *c, const struct sub_picture *s, struct err *err)
{
    size_t decimal = find(s->whole, 0, c->decimal);
    if (decimal < s->whole.len) {
        if ((decimal > 0 && s->whole.at[decimal - 1] == c->grouping) ||
            adjacent(s->whole, decimal + 1, c->grouping))
            return refuse(err, "D3087: The sub-picture must not contain a 'grouping-separator' "
                               "character that appears adjacent to a 'decimal-separator' "
                               "character");
    } else if (s->integer.len > 0 && s->integer.at[s->integer.len - 1] == c->grouping) {
        return refuse(err, "D3088: The sub-picture must not contain a 'grouping-separator' at the "
                           "end of the integer part");
    }
    for (size_t i = 0; i + 1 < s->whole.len; i++)
        if (s->whole.at[i] == c->grouping && s->whole.at[i + 1] == c->grouping)
            return refuse(err, "D3089: The sub-picture must not contain two adjacent instances of "
                               "the 'grouping-separator' character");
    return true;
}

static bool check_digits(const struct characters *c, const struct sub_picture *s, struct err *err)
{
    size_t optional = find(s->integer, 0, c->digit), last = s->fraction.len;
    if (optional < s->integer.len && count_family(c, part_of(s->integer, 0, optional)) > 0)
        return refuse(err, "D3090: The integer part of the sub-picture must not contain a member "
                           "of the 'decimal digit family' that is followed by an instance of the "
                           "'optional digit character'");
    while (last > 0 && s->fraction.at[last - 1] != c->digit)
        last--;
    if (last > 0 && count_family(c, part_of(s->fraction, last, s->fraction.len)) > 0)
        return refuse(err, "D3091: The fractional part of the sub-picture must not contain an "
                           "instance of the 'optional digit character' that is followed by a "
                           "member of the 'decimal digit family'");
    if (!s->has_exponent)
        return true;
    if (s->exponent.len > 0 && count(s->whole, c->percent) + count(s->whole, c->per_mille) > 0)
        return refuse(err, "D3092: A sub-picture that contains a 'percent' or 'per-mille' "
                           "character must not contain a character treated as an "
                           "'exponent-separator'");
    if (s->exponent.len == 0 || count_family(c, s->exponent) != s->exponent.len)
        return refuse(err, "D3093: The exponent part of the sub-picture must comprise only of one "
                           "or more characters that are members of the 'decimal digit family'");
    return true;
}

/* -- measuring -- */

/* For each separator the number of digits between it and the decimal separator. */
static size_t positions(const struct characters *c, struct part p, bool fraction,
                        size_t out[SEPARATORS_MAX])
{
    size_t n = 0;
    for (size_t i = 0; i < p.len && n < SEPARATORS_MAX; i++)
        if (p.at[i] == c->grouping)
            out[n++] = count_digits(c, fraction ? part_of(p, 0, i) : part_of(p, i, p.len));
    return n;
}

static size_t regular(const size_t *at, size_t n)
{
    size_t distance = 0;
    for (size_t i = 0; i < n; i++) {
        size_t a = at[i], b = distance;
        while (b != 0) {
            size_t rest = a % b;
            a = b;
            b = rest;
        }
        distance = a;
    }
    for (size_t i = 1; i <= n; i++) {
        bool there = false;
        for (size_t k = 0; k < n; k++)
            there |= at[k] == i * distance;
        if (!there)
            return 0;
    }
    return distance;
}

static void measure(const struct characters *c, struct sub_picture *s)
{
    s->integer_positions_count = positions(c, s->integer, false, s->integer_positions);
    s->fraction_positions_count = positions(c, s->fraction, true, s->fraction_positions);
    s->regular = regular(s->integer_positions, s->integer_positions_count);
    s->integer_min = s->scaling = count_family(c, s->integer);
    s->fraction_min = count_family(c, s->fraction);
    s->fraction_max = count_digits(c, s->fraction);
    if (s->integer_min == 0 && s->fraction_max == 0) {
        if (s->has_exponent)
            s->fraction_min = s->fraction_max = 1;
        else
            s->integer_min = 1;
    }
    if (s->has_exponent && s->integer_min == 0 && count(s->integer, c->digit) > 0)
        s->integer_min = 1;
    if (s->integer_min == 0 && s->fraction_min == 0)
        s->fraction_min = 1;
    s->exponent_min = s->has_exponent ? count_family(c, s->exponent) : 0;
}

/* -- the number -- */

static void add_part(struct buf *out, struct part p)
{
    for (size_t i = 0; i < p.len; i++)
        picture_add(out, p.at[i]);
}

static void add_digit(const struct characters *c, struct buf *out, char digit)
{
    picture_add(out, c->zero + (uint32_t)(digit - '0'));
}

/* The mantissa in [10^(scaling-1), 10^scaling], and what its exponent is then. */
static double scale(double n, size_t scaling, int *exponent)
{
    double most = pow(10, (double)scaling), least = pow(10, (double)scaling - 1);
    *exponent = 0;
    while (n > 0 && n < least) {
        n *= 10;
        --*exponent;
    }
    while (isfinite(n) && n > most) {
        n /= 10;
        ++*exponent;
    }
    return n;
}

/* Half goes to the even neighbour, as $round. */
static double rounded(double n, size_t places)
{
    double factor = pow(10, (double)places);
    char text[64];
    // The product is not exact: whether it is a half is asked of the shortest text.
    (void)snprintf(text, sizeof text, "%.15g", n * factor);
    double scaled = strtod(text, NULL), result = floor(scaled + 0.5);
    if (fabs(result - scaled) == 0.5 && fmod(result, 2) != 0)
        result -= 1;
    return isfinite(factor) && isfinite(result) ? result / factor : n;
}

static bool groups_before(const struct sub_picture *s, size_t right)
{
    if (s->regular > 0)
        return right % s->regular == 0;
    for (size_t i = 0; i < s->integer_positions_count; i++)
        if (s->integer_positions[i] == right)
            return true;
    return false;
}

static bool groups_after(const struct sub_picture *s, size_t left)
{
    for (size_t i = 0; i < s->fraction_positions_count; i++)
        if (s->fraction_positions[i] == left)
            return true;
    return false;
}

static void add_mantissa(const struct characters *c, const struct sub_picture *s, double n,
                         struct buf *out)
{
    char text[2 * DIGITS_MAX];
    size_t places = s->fraction_max < DIGITS_MAX ? s->fraction_max : DIGITS_MAX;
    int written = snprintf(text, sizeof text, "%.*f", (int)places, n);
    str digits = {text, written > 0 && (size_t)written < sizeof text ? (size_t)written : 0};
    str whole = str_cut(&digits, '.'), fraction = digits.ptr ? digits : STR("");
    while (whole.len > 0 && whole.ptr[0] == '0')
        whole = str_skip(whole, 1);
    while (fraction.len > 0 && fraction.ptr[fraction.len - 1] == '0')
        fraction.len--;
    size_t width = whole.len > s->integer_min ? whole.len : s->integer_min;
    for (size_t i = 0; i < width; i++) {
        size_t right = width - i;
        if (i > 0 && groups_before(s, right))
            picture_add(out, c->grouping);
        add_digit(c, out, (char)(right > whole.len ? '0' : whole.ptr[whole.len - right]));
    }
    width = fraction.len > s->fraction_min ? fraction.len : s->fraction_min;
    if (width > 0 && count(s->whole, c->decimal) > 0)
        picture_add(out, c->decimal);
    for (size_t i = 0; i < width; i++) {
        if (i > 0 && groups_after(s, i))
            picture_add(out, c->grouping);
        add_digit(c, out, (char)(i < fraction.len ? fraction.ptr[i] : '0'));
    }
}

static void add_exponent(const struct characters *c, const struct sub_picture *s, int exponent,
                         str minus, struct buf *out)
{
    char text[16];
    int len = snprintf(text, sizeof text, "%d", exponent < 0 ? -exponent : exponent);
    picture_add(out, c->exponent);
    if (exponent < 0)
        buf_add(out, minus);
    for (size_t i = (size_t)len; i < s->exponent_min; i++)
        add_digit(c, out, '0');
    for (int i = 0; i < len; i++)
        add_digit(c, out, text[i]);
}

static void print(const struct characters *c, const struct sub_picture *s, double n, str minus,
                  struct buf *out)
{
    int exponent = 0;
    n = fabs(n);
    if (count(s->whole, c->percent) > 0)
        n *= 100;
    else if (count(s->whole, c->per_mille) > 0)
        n *= 1000;
    if (s->exponent_min > 0)
        n = scale(n, s->scaling, &exponent);
    add_part(out, s->prefix);
    add_mantissa(c, s, rounded(n, s->fraction_max), out);
    if (s->exponent_min > 0)
        add_exponent(c, s, exponent, minus, out);
    add_part(out, s->suffix);
}

bool picture_number_format(double n, str picture, const struct picture_symbols *symbols,
                           struct buf *out, struct err *err)
{
    const struct characters c = {
        first_of(symbols->decimal_separator),
        first_of(symbols->grouping_separator),
        first_of(symbols->exponent_separator),
        first_of(symbols->percent),
        first_of(symbols->per_mille),
        first_of(symbols->zero_digit),
        first_of(symbols->digit),
        first_of(symbols->pattern_separator),
    };
    uint32_t points[PICTURE_MAX];
    struct sub_picture subs[2];
    struct part all = {points, 0};
    if (!picture_decode(picture, points, &all.len))
        return picture_too_long(err);
    size_t cut = find(all, 0, c.pattern), subs_count = cut < all.len ? 2 : 1;
    if (count(all, c.pattern) > 1)
        return refuse(err, "D3080: The picture string must only contain a maximum of two "
                           "sub-pictures");
    for (size_t i = 0; i < subs_count; i++) {
        subs[i] = (struct sub_picture){0};
        split(&c, i == 0 ? part_of(all, 0, cut) : part_of(all, cut + 1, all.len), &subs[i]);
        if (!check_signs(&c, &subs[i], err) || !check_groups(&c, &subs[i], err) ||
            !check_digits(&c, &subs[i], err))
            return false;
        measure(&c, &subs[i]);
    }
    if (n < 0 && subs_count == 1)
        buf_add(out, symbols->minus_sign);
    if (isfinite(n))
        print(&c, &subs[n < 0 && subs_count == 2], n, symbols->minus_sign, out);
    else
        buf_add(out, isnan(n) ? symbols->nan : symbols->infinity);
    return true;
}
