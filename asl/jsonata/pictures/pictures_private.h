/* What the files of this room share: pictures of integers, which dates have too, and code points.
 */
#ifndef ASL_JSONATA_PICTURES_PRIVATE_H
#define ASL_JSONATA_PICTURES_PRIVATE_H

#include "asl/jsonata/pictures/pictures.h"
#include "base/json.h"
#include "base/mem.h"

#include <math.h>

enum {
    PICTURE_MAX = 400,    /* code points of a picture of numbers */
    SEPARATORS_MAX = 100, /* in it */
    DIGITS_MAX = 400,     /* of a number, and of its padding */
    MARKERS_MAX = 100,    /* of a picture of times, with the texts between them */
};

/* Error texts show a value as JSON does. */
bool picture_fail(struct err *err, const char *before, str shown, const char *after);
bool picture_too_long(struct err *err);

/* Code points of s; false: more than PICTURE_MAX. */
bool picture_decode(str s, uint32_t out[PICTURE_MAX], size_t *len);
void picture_add(struct buf *out, uint32_t code_point);

enum integer_kind { INTEGER_DECIMAL, INTEGER_LETTERS, INTEGER_ROMAN, INTEGER_WORDS, INTEGER_OTHER };
enum letter_case { CASE_LOWER, CASE_UPPER, CASE_TITLE };

struct separator {
    size_t position; /* digits to its right */
    uint32_t character;
};

struct integer_picture {
    enum integer_kind kind;
    enum letter_case letters;
    bool ordinal;
    uint32_t zero; /* of the family of digits */
    size_t mandatory, optional;
    size_t regular; /* digits between separators that are all the same; 0: they are not */
    struct separator separators[SEPARATORS_MAX];
    size_t separators_count;
    size_t parse_min, parse_max; /* digits to take; 0: as many as there are */
    str token;                   /* of OTHER */
};

bool integer_picture_read(str picture, struct integer_picture *out, struct err *err);
bool integer_picture_print(const struct integer_picture *p, double n, struct buf *out,
                           struct err *err);
bool integer_picture_parse(const struct integer_picture *p, str text, double *out, struct err *err);
/* How many bytes of text, at its beginning, an integer of the picture may take; 0: none. */
size_t integer_picture_span(const struct integer_picture *p, str text);

/* -- words.c -- */
void words_print(double n, bool ordinal, enum letter_case letters, struct buf *out);
double words_parse(str text); /* NaN: some word is none */
/* Bytes at the beginning of text that words of numbers take. */
size_t words_span(str text);

/* -- times: a picture, and the moment in it -- */
struct marker {
    str literal; /* of a text between markers; ptr NULL: a marker */
    char component;
    bool names, has_integer, traditional; /* traditional: 't', "Z" for no offset */
    enum letter_case letters;
    int64_t width_min, width_max; /* -1: none */
    int64_t digits;               /* of Y, M, D: how many; -1: any */
    struct integer_picture integer;
};

struct time_picture {
    struct marker *markers; /* mem_free it */
    size_t count;
};

bool time_picture_read(str picture, struct time_picture *out, struct err *err);

struct civil {
    int64_t year, month, day; /* month 1 to 12 */
    int64_t hour, minute, second, ms;
};
struct civil civil_of(double ms);
double ms_of_civil(const struct civil *c); /* members past their ends carry over */
/* A component's number at a moment, "YMDdFWwXxHhmsf"; P: 0 am, 1 pm. */
double time_component(double ms, char component);

extern const char *const month_names[12], *const day_names[8];

static inline bool is_of(char c, const char *set)
{
    return c != '\0' && strchr(set, c) != NULL;
}

#endif
