/* Numbers and times as text, by picture: what $formatNumber, $formatInteger, $parseInteger,
 * $fromMillis and $toMillis do.
 *
 * Texts of errors begin with the reference implementation's code ("D3080: The picture string must
 * only contain …"); their id is ERR_JSONATA, or ERR_NO_MEMORY. Output is appended to a buf, whose
 * maximum bounds it: the caller asks buf_ok. Texts are UTF-8.
 * Threads: any. Blocks: never.
 * Source: XPath and XQuery Functions and Operators 3.1, sections 4.7 (format-number), 4.6
 * (format-integer), 9.8 (dates and times); as far as JSONata 2.0.6 has them. */
#ifndef ASL_JSONATA_PICTURES_H
#define ASL_JSONATA_PICTURES_H

#include "base/buf.h"
#include "base/err.h"

/* The characters of a decimal format. All are single code points but infinity and NaN, as UTF-8. */
struct picture_symbols {
    str decimal_separator, grouping_separator, exponent_separator, infinity, minus_sign, nan,
        percent, per_mille, zero_digit, digit, pattern_separator;
};
extern const struct picture_symbols picture_symbols_default; /* ".", ",", "e", "Infinity", … */

/* The symbol of an option's name ("decimal-separator", "per-mille", "NaN", …), or NULL. */
str *picture_symbol_find(struct picture_symbols *s, str option);

/* $formatNumber. Errors: D3080 to D3093. */
bool picture_number_format(double n, str picture, const struct picture_symbols *symbols,
                           struct buf *out, struct err *err);

/* $formatInteger: n is rounded down first. Errors: D3130, D3131. */
bool picture_integer_format(double n, str picture, struct buf *out, struct err *err);

/* $parseInteger: *out is NaN where the text is none of such integers, as in the reference
 * implementation. Errors: D3130, D3131. */
bool picture_integer_parse(str text, str picture, double *out, struct err *err);

/* $fromMillis. picture, timezone: ptr NULL when not given (ISO 8601 in UTC). timezone is ±HHMM.
 * Errors: D3131 to D3135. */
bool picture_time_format(double ms, str picture, str timezone, struct buf *out, struct err *err);

/* $toMillis. picture: ptr NULL when not given: ISO 8601, and what the reference implementation's
 * date parser takes of it (a year, a year and month, a day, with or without a time and an offset).
 * now_ms fills in what a picture leaves out. *found false: the text does not match, no value.
 * Errors: D3110, D3130 to D3136. */
bool picture_time_parse(str text, str picture, int64_t now_ms, bool *found, double *out,
                        struct err *err);

#endif
