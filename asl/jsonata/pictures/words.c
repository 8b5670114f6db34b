/* Integers in English words: "one hundred and twenty-third". */
#include "pictures_private.h"

static const struct {
    const char *word, *ordinal;
} few[] = {
    {"Zero",      "Zeroth"     },
    {"One",       "First"      },
    {"Two",       "Second"     },
    {"Three",     "Third"      },
    {"Four",      "Fourth"     },
    {"Five",      "Fifth"      },
    {"Six",       "Sixth"      },
    {"Seven",     "Seventh"    },
    {"Eight",     "Eighth"     },
    {"Nine",      "Ninth"      },
    {"Ten",       "Tenth"      },
    {"Eleven",    "Eleventh"   },
    {"Twelve",    "Twelfth"    },
    {"Thirteen",  "Thirteenth" },
    {"Fourteen",  "Fourteenth" },
    {"Fifteen",   "Fifteenth"  },
    {"Sixteen",   "Sixteenth"  },
    {"Seventeen", "Seventeenth"},
    {"Eighteen",  "Eighteenth" },
    {"Nineteen",  "Nineteenth" },
};

static const struct {
    const char *word, *ordinal;
} tens[] = {
    {"Twenty",  "Twentieth" },
    {"Thirty",  "Thirtieth" },
    {"Forty",   "Fortieth"  },
    {"Fifty",   "Fiftieth"  },
    {"Sixty",   "Sixtieth"  },
    {"Seventy", "Seventieth"},
    {"Eighty",  "Eightieth" },
    {"Ninety",  "Ninetieth" },
};

static const struct {
    double value;
    const char *word, *ordinal;
} magnitudes[] = {
    {1e2,  "Hundred",  "Hundredth" },
    {1e3,  "Thousand", "Thousandth"},
    {1e6,  "Million",  "Millionth" },
    {1e9,  "Billion",  "Billionth" },
    {1e12, "Trillion", "Trillionth"},
};

enum { MAGNITUDES = sizeof magnitudes / sizeof magnitudes[0] };

/* -- printing -- */

static void print_small(unsigned n, bool ordinal, struct buf *out)
{
    if (n <= 19) {
        buf_add(out, str_from_c(ordinal ? few[n].ordinal : few[n].word));
        return;
    }
    bool round = n % 10 == 0;
    buf_add(out, str_from_c(ordinal && round ? tens[n / 10 - 2].ordinal : tens[n / 10 - 2].word));
    if (round)
        return;
    buf_add_char(out, '-');
    print_small(n % 10, ordinal, out);
}

/* later: something stands before it. Past trillions there are trillions of trillions. */
static void print(double n, bool later, bool ordinal, struct buf *out)
{
    if (n < 100) {
        buf_add(out, later ? STR(" and ") : STR(""));
        print_small((unsigned)n, ordinal, out);
        return;
    }
    size_t m = MAGNITUDES - 1;
    while (n < magnitudes[m].value)
        m--;
    double many = floor(n / magnitudes[m].value), rest = n - many * magnitudes[m].value;
    buf_add(out, later ? STR(", ") : STR(""));
    print(many, false, false, out);
    buf_add_char(out, ' ');
    buf_add(out, str_from_c(ordinal && rest <= 0 ? magnitudes[m].ordinal : magnitudes[m].word));
    if (rest > 0)
        print(rest, true, ordinal, out);
}

void words_print(double n, bool ordinal, enum letter_case letters, struct buf *out)
{
    size_t from = out->len;
    if (isfinite(n))
        print(n, false, ordinal, out);
    for (size_t i = from; letters != CASE_TITLE && i < out->len; i++) {
        char c = out->ptr[i];
        if (letters == CASE_LOWER && c >= 'A' && c <= 'Z')
            out->ptr[i] = (char)(c + 32);
        else if (letters == CASE_UPPER && c >= 'a' && c <= 'z')
            out->ptr[i] = (char)(c - 32);
    }
}

/* -- parsing -- */

static bool is_word(str word, const char *a, const char *b)
{
    return str_eq_nocase(word, str_from_c(a)) || str_eq_nocase(word, str_from_c(b));
}

/* NaN: it is none. */
static double value_of(str word)
{
    for (size_t i = 0; i < sizeof few / sizeof few[0]; i++)
        if (is_word(word, few[i].word, few[i].ordinal))
            return (double)i;
    for (size_t i = 0; i < sizeof tens / sizeof tens[0]; i++)
        if (is_word(word, tens[i].word, tens[i].ordinal))
            return (double)(10 * (i + 2));
    for (size_t i = 0; i < MAGNITUDES; i++)
        if (is_word(word, magnitudes[i].word, magnitudes[i].ordinal))
            return magnitudes[i].value;
    return (double)NAN;
}

/* Cuts the first word off *rest: up to ", ", " and " or a single blank or dash. */
static str cut_word(str *rest)
{
    static const str and = STR_INIT(" and ");
    for (size_t i = 0; i < rest->len; i++) {
        str from = str_skip(*rest, i);
        size_t gap = str_starts(from, STR(", ")) ? 2
                     : from.len >= and.len && str_eq_nocase(str_sub(from, 0, and.len), and)
                         ? and.len
                     : is_of(from.ptr[0], " \t\n\r\\-") ? 1
                                                        : 0;
        if (gap == 0)
            continue;
        str word = str_sub(*rest, 0, i);
        *rest = str_skip(*rest, i + gap);
        return word;
    }
    str word = *rest;
    *rest = STR_NONE;
    return word;
}

double words_parse(str text)
{
    // Parts below a thousand that still may grow stand last; those from a thousand on are whole.
    double whole = 0, last = 0;
    for (str rest = text; rest.ptr;) {
        double value = value_of(cut_word(&rest));
        if (value < 100) {
            if (last >= 1000) {
                whole += last;
                last = 0;
            }
            last += value;
        } else {
            last *= value;
        }
    }
    return whole + last;
}

static size_t one_span(str text)
{
    static const str gaps[] = {STR_INIT("and"), STR_INIT("-"), STR_INIT(","), STR_INIT(" ")};
    size_t n = 0;
    for (size_t i = 0; i < sizeof gaps / sizeof gaps[0]; i++)
        if (text.len >= gaps[i].len && str_eq_nocase(str_sub(text, 0, gaps[i].len), gaps[i]))
            n = gaps[i].len;
    for (size_t len = text.len < 12 ? text.len : 12; len > n; len--)
        if (!isnan(value_of(str_sub(text, 0, len))))
            return len;
    return n;
}

size_t words_span(str text)
{
    size_t n = 0, step;
    while ((step = one_span(str_skip(text, n))) > 0)
        n += step;
    return n;
}
