/* Integers by picture: decimal digits of any script, letters, Roman numerals, words. */
#include "pictures_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

/* Zeros of the decimal digit families. Source: Unicode, general category Nd. */
static const uint32_t zeros[] = {
    0x30,   0x660,  0x6F0,  0x7C0,  0x966,  0x9E6,  0xA66,  0xAE6,  0xB66,  0xBE6,
    0xC66,  0xCE6,  0xD66,  0xDE6,  0xE50,  0xED0,  0xF20,  0x1040, 0x1090, 0x17E0,
    0x1810, 0x1946, 0x19D0, 0x1A80, 0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620,
    0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0, 0xFF10,
};

bool picture_fail(struct err *err, const char *before, str shown, const char *after)
{
    struct buf text;
    buf_init(&text, 4096);
    json_print_str(shown, &text);
    err_set(err, ERR_JSONATA, "%s%.*s%s", before, STR_ARG(buf_str(&text)), after);
    buf_release(&text);
    return false;
}

bool picture_too_long(struct err *err)
{
    return err_set(err, ERR_JSONATA, "U1001: A picture is longer than %d characters", PICTURE_MAX);
}

bool picture_decode(str s, uint32_t out[PICTURE_MAX], size_t *len)
{
    *len = 0;
    for (size_t at = 0; at < s.len;) {
        if (*len == PICTURE_MAX)
            return false;
        out[(*len)++] = str_utf8_next(s, &at);
    }
    return true;
}

void picture_add(struct buf *out, uint32_t code_point)
{
    char text[4];
    buf_add(out, (str){text, str_utf8_encode(code_point, text)});
}

/* -- reading -- */

static uint32_t zero_of(uint32_t c)
{
    for (size_t i = 0; i < sizeof zeros / sizeof zeros[0]; i++)
        if (c >= zeros[i] && c <= zeros[i] + 9)
            return zeros[i];
    return 0;
}

static size_t gcd(size_t a, size_t b)
{
    while (b != 0) {
        size_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

/* The distance of separators that are alike and evenly apart; 0: they are not. */
static size_t regular_distance(const struct integer_picture *p)
{
    size_t distance = 0;
    for (size_t i = 0; i < p->separators_count; i++) {
        if (p->separators[i].character != p->separators[0].character)
            return 0;
        distance = gcd(p->separators[i].position, distance);
    }
    for (size_t i = 1; i <= p->separators_count; i++) {
        bool there = false;
        for (size_t k = 0; k < p->separators_count; k++)
            there |= p->separators[k].position == i * distance;
        if (!there)
            return 0;
    }
    return distance;
}

static bool read_digits(str picture, struct integer_picture *p, struct err *err)
{
    uint32_t points[PICTURE_MAX];
    size_t len, position = 0;
    if (!picture_decode(picture, points, &len))
        return picture_too_long(err);
    for (size_t i = len; i-- > 0;) {
        uint32_t zero = zero_of(points[i]);
        if (zero != 0) {
            if (p->zero != 0 && p->zero != zero)
                return err_set(err, ERR_JSONATA,
                               "D3131: In a decimal digit pattern, all digits must be from the "
                               "same decimal group");
            p->zero = zero;
            p->mandatory++;
            position++;
        } else if (points[i] == '#') {
            p->optional++;
            position++;
        } else if (p->separators_count < SEPARATORS_MAX) {
            p->separators[p->separators_count++] = (struct separator){position, points[i]};
        } else {
            return picture_too_long(err);
        }
    }
    p->kind = p->mandatory > 0 ? INTEGER_DECIMAL : INTEGER_OTHER;
    p->token = picture;
    p->regular = regular_distance(p);
    return true;
}

bool integer_picture_read(str picture, struct integer_picture *out, struct err *err)
{
    static const struct {
        str text;
        enum integer_kind kind;
        enum letter_case letters;
    } named[] = {
        {STR_INIT("A"),  INTEGER_LETTERS, CASE_UPPER},
        {STR_INIT("a"),  INTEGER_LETTERS, CASE_LOWER},
        {STR_INIT("I"),  INTEGER_ROMAN,   CASE_UPPER},
        {STR_INIT("i"),  INTEGER_ROMAN,   CASE_LOWER},
        {STR_INIT("W"),  INTEGER_WORDS,   CASE_UPPER},
        {STR_INIT("Ww"), INTEGER_WORDS,   CASE_TITLE},
        {STR_INIT("w"),  INTEGER_WORDS,   CASE_LOWER},
    };
    *out = (struct integer_picture){0};
    size_t end = picture.len;
    while (end > 0 && picture.ptr[end - 1] != ';')
        end--;
    if (end > 0) {
        out->ordinal = end < picture.len && picture.ptr[end] == 'o';
        picture.len = end - 1;
    }
    for (size_t i = 0; i < sizeof named / sizeof named[0]; i++)
        if (str_eq(picture, named[i].text)) {
            out->kind = named[i].kind;
            out->letters = named[i].letters;
            return true;
        }
    return read_digits(picture, out, err);
}

static bool not_supported(const struct integer_picture *p, struct err *err)
{
    return picture_fail(err, "D3130: Formatting or parsing an integer as a sequence starting with ",
                        p->token, " is not supported by this implementation");
}

/* -- printing -- */

static void print_letters(double n, char first, struct buf *out)
{
    char letters[DIGITS_MAX];
    size_t at = sizeof letters;
    while (n > 0 && at > 0) {
        letters[--at] = (char)(first + (int)fmod(n - 1, 26));
        n = floor((n - 1) / 26);
    }
    buf_add(out, (str){letters + at, sizeof letters - at});
}

static const struct {
    double value;
    const char *lower, *upper;
} romans[] = {
    {1000, "m",  "M" },
    {900,  "cm", "CM"},
    {500,  "d",  "D" },
    {400,  "cd", "CD"},
    {100,  "c",  "C" },
    {90,   "xc", "XC"},
    {50,   "l",  "L" },
    {40,   "xl", "XL"},
    {10,   "x",  "X" },
    {9,    "ix", "IX"},
    {5,    "v",  "V" },
    {4,    "iv", "IV"},
    {1,    "i",  "I" },
};

static void print_roman(double n, bool upper, struct buf *out)
{
    for (size_t i = 0; i < sizeof romans / sizeof romans[0]; i++)
        while (n >= romans[i].value && buf_ok(out)) {
            buf_add(out, str_from_c(upper ? romans[i].upper : romans[i].lower));
            n -= romans[i].value;
        }
}

/* A separator stands before the digit that has `right` digits from itself on. */
static uint32_t separator_before(const struct integer_picture *p, size_t right)
{
    if (p->regular > 0)
        return right % p->regular == 0 ? p->separators[0].character : 0;
    for (size_t i = 0; i < p->separators_count; i++)
        if (p->separators[i].position == right)
            return p->separators[i].character;
    return 0;
}

static void print_decimal(const struct integer_picture *p, double n, struct buf *out)
{
    char digits[DIGITS_MAX];
    int written = snprintf(digits, sizeof digits, "%.0f", n);
    size_t len = written < 0 ? 0 : (size_t)written;
    size_t width = p->mandatory > len ? p->mandatory : len;
    for (size_t i = 0; i < width && buf_ok(out); i++) {
        size_t right = width - i;
        uint32_t separator = i > 0 ? separator_before(p, right) : 0;
        char digit = (char)(right > len ? '0' : digits[len - right]);
        if (separator)
            picture_add(out, separator);
        picture_add(out, p->zero + (uint32_t)(digit - '0'));
    }
    if (!p->ordinal || len == 0)
        return;
    char last = digits[len - 1];
    bool teen = (len > 1 && digits[len - 2] == '1');
    buf_add(out, teen          ? STR("th")
                 : last == '1' ? STR("st")
                 : last == '2' ? STR("nd")
                 : last == '3' ? STR("rd")
                               : STR("th"));
}

bool integer_picture_print(const struct integer_picture *p, double n, struct buf *out,
                           struct err *err)
{
    if (p->kind == INTEGER_OTHER)
        return not_supported(p, err);
    if (!isfinite(n)) {
        buf_add(out, isnan(n) ? STR("NaN") : n < 0 ? STR("-Infinity") : STR("Infinity"));
        return true;
    }
    if (n < 0)
        buf_add_char(out, '-');
    n = fabs(n);
    switch (p->kind) {
    case INTEGER_LETTERS: print_letters(n, p->letters == CASE_UPPER ? 'A' : 'a', out); break;
    case INTEGER_ROMAN: print_roman(n, p->letters == CASE_UPPER, out); break;
    case INTEGER_WORDS: words_print(n, p->ordinal, p->letters, out); break;
    case INTEGER_DECIMAL: print_decimal(p, n, out); break;
    case INTEGER_OTHER: break;
    }
    return true;
}

/* -- parsing -- */

static double parse_letters(str text, char first)
{
    double n = 0;
    for (size_t i = 0; i < text.len; i++)
        n = n * 26 + (text.ptr[i] - first + 1);
    return n;
}

static char lower(char c)
{
    return (char)(c >= 'A' && c <= 'Z' ? c + ('a' - 'A') : c);
}

static double roman_value(char c)
{
    for (size_t i = 0; i < sizeof romans / sizeof romans[0]; i++)
        if (romans[i].lower[1] == '\0' && romans[i].lower[0] == lower(c))
            return romans[i].value;
    return (double)NAN;
}

static double parse_roman(str text)
{
    double n = 0, most = 1;
    for (size_t i = text.len; i-- > 0;) {
        double value = roman_value(text.ptr[i]);
        if (value < most) {
            n -= value;
        } else {
            most = value;
            n += value;
        }
    }
    return n;
}

static bool is_separator(const struct integer_picture *p, uint32_t c)
{
    if (p->regular > 0)
        return c == ','; // as the reference implementation: whatever the picture has
    for (size_t i = 0; i < p->separators_count; i++)
        if (p->separators[i].character == c)
            return true;
    return false;
}

/* Leading digits, as many as there are; NaN without one. */
static double parse_decimal(const struct integer_picture *p, str text)
{
    double n = 0;
    bool some = false, negative = false;
    size_t at = 0;
    if (p->ordinal)
        text.len = text.len < 2 ? 0 : text.len - 2; // "th"
    while (at < text.len) {
        uint32_t c = str_utf8_next(text, &at);
        if (is_separator(p, c))
            continue;
        if (!some && !negative && (c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '+'))
            continue;
        if (!some && !negative && c == '-') {
            negative = true;
            continue;
        }
        if (c < p->zero || c > p->zero + 9)
            break;
        n = n * 10 + (double)(c - p->zero);
        some = true;
    }
    return some ? (negative ? -n : n) : (double)NAN;
}

bool integer_picture_parse(const struct integer_picture *p, str text, double *out, struct err *err)
{
    switch (p->kind) {
    case INTEGER_LETTERS: *out = parse_letters(text, p->letters == CASE_UPPER ? 'A' : 'a'); break;
    case INTEGER_ROMAN: *out = parse_roman(text); break;
    case INTEGER_WORDS: *out = words_parse(text); break;
    case INTEGER_DECIMAL: *out = parse_decimal(p, text); break;
    case INTEGER_OTHER: return not_supported(p, err);
    }
    return true;
}

static bool is_letter(char c)
{
    return (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
}

size_t integer_picture_span(const struct integer_picture *p, str text)
{
    size_t n = 0;
    if (p->kind == INTEGER_WORDS)
        return words_span(text);
    if (p->kind == INTEGER_LETTERS || p->kind == INTEGER_ROMAN) {
        while (n < text.len && (p->kind == INTEGER_ROMAN ? is_of(text.ptr[n], "MDCLXVImdclxvi")
                                                         : is_letter(text.ptr[n])))
            n++;
        return n;
    }
    while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9' &&
           (p->parse_max == 0 || n < p->parse_max))
        n++;
    if (n == 0 || n < p->parse_min)
        return 0;
    if (!p->ordinal)
        return n;
    static const char *const suffixes[] = {"th", "st", "nd", "rd"};
    for (size_t i = 0; i < 4; i++)
        if (text.len >= n + 2 && str_eq_nocase(str_sub(text, n, 2), str_from_c(suffixes[i])))
            return n + 2;
    return 0;
}

/* -- the door -- */

bool picture_integer_format(double n, str picture, struct buf *out, struct err *err)
{
    struct integer_picture p;
    return integer_picture_read(picture, &p, err) && integer_picture_print(&p, floor(n), out, err);
}

bool picture_integer_parse(str text, str picture, double *out, struct err *err)
{
    struct integer_picture p;
    return integer_picture_read(picture, &p, err) && integer_picture_parse(&p, text, out, err);
}
