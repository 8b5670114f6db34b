/* Text: borrowed UTF-8 with a length, no terminator, NUL allowed.
 * Threads: any. Blocks: never. */
#ifndef BASE_STR_H
#define BASE_STR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

typedef struct str {
    const char *ptr;
    size_t len;
} str;

/* A str of a string literal: as an expression, and as a static initialiser. */
#define STR(literal) ((str){"" literal, sizeof(literal) - 1})
#define STR_INIT(literal)                                                                          \
    {                                                                                              \
        "" literal, sizeof(literal) - 1                                                            \
    }
/* The two arguments of printf's %.*s. */
#define STR_ARG(s) (int)(s).len, (s).ptr
#define STR_NONE   ((str){NULL, 0})

static inline str str_from_c(const char *c)
{
    return (str){c, c ? strlen(c) : 0};
}

static inline bool str_eq(str a, str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.ptr, b.ptr, a.len) == 0);
}

static inline bool str_starts(str s, str prefix)
{
    return s.len >= prefix.len && (prefix.len == 0 || memcmp(s.ptr, prefix.ptr, prefix.len) == 0);
}

static inline bool str_ends(str s, str suffix)
{
    return s.len >= suffix.len &&
           (suffix.len == 0 || memcmp(s.ptr + s.len - suffix.len, suffix.ptr, suffix.len) == 0);
}

/* s without its first n bytes; n <= s.len. */
static inline str str_skip(str s, size_t n)
{
    return (str){n ? s.ptr + n : s.ptr, s.len - n}; // NULL + 0 is undefined
}

static inline str str_sub(str s, size_t from, size_t len)
{
    return (str){from ? s.ptr + from : s.ptr, len};
}

/* Bytewise order, as memcmp with the shorter first: -1, 0, 1. */
int str_cmp(str a, str b);

bool str_eq_nocase(str a, str b); /* ASCII case is ignored */

/* Offset of the first c at or after from; s.len when there is none. */
size_t str_find_char(str s, size_t from, char c);

/* Splits *rest at the first separator: gives the part before it, leaves the part after it.
 * Without a separator gives all of it and leaves STR_NONE (ptr NULL). Lends parts of *rest. */
str str_cut(str *rest, char separator);

bool str_utf8_valid(str s); /* no surrogates, no overlong forms, nothing above U+10FFFF */

/* Offset of the first sequence that is not valid UTF-8; s.len when all is. */
size_t str_utf8_find_bad(str s);

/* Code points in valid UTF-8. */
size_t str_utf8_length(str s);

/* Decodes the code point at *at (valid UTF-8) and moves *at past it. */
uint32_t str_utf8_next(str s, size_t *at);

/* Encodes a code point into out[4] (what is none, a surrogate say, as U+FFFD); gives the number of
 * bytes. */
size_t str_utf8_encode(uint32_t code_point, char out[4]);

/* A whole decimal integer, optional '-', no spaces; false when it is not one or does not fit. */
bool str_to_int64(str s, int64_t *out);

/* Gives a heap copy with a terminator added, NULL when memory fails. Release with mem_free. */
char *str_dup_c(str s);

/* Frees a block that was given as text (buf_give, json_text); accepts ptr NULL. */
void str_free(str given);

#endif
