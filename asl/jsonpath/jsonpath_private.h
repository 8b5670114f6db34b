/* What the files of the room share: the parsed path, and the pieces of parser and evaluator. */
#ifndef ASL_JSONPATH_PRIVATE_H
#define ASL_JSONPATH_PRIVATE_H

#define PCRE2_CODE_UNIT_WIDTH 8

#include "asl/jsonpath/jsonpath.h"
#include "limits.h"

#include <pcre2.h>

/* -- the parsed path, read-only -- */

enum step_kind {
    STEP_NAME,
    STEP_NAMES, /* ['a','b'] */
    STEP_INDEX,
    STEP_INDEXES, /* [0,2] */
    STEP_SLICE,
    STEP_WILDCARD,
    STEP_DEEP, /* "..": applies the next step at every depth */
    STEP_FILTER,
    STEP_FUNCTION, /* length() and the like: parsed, never found, as on AWS */
};

struct step {
    enum step_kind kind;
    union {
        str name; /* NAME, FUNCTION */
        struct {
            const str *items;
            size_t count;
        } names;
        int64_t index;
        struct {
            const int64_t *items;
            size_t count;
        } indexes;
        struct {
            int64_t from, to;
            bool has_from, has_to;
        } slice;
        const struct criteria *filter;
    } as;
};

struct jsonpath {
    str text; /* as written */
    const struct step *steps;
    size_t steps_count;
    size_t definite_count; /* steps before the first that may lead to several places */
    size_t literals_count; /* of all its filters: only counted for the outermost path */
    bool context;          /* starts at $$ */
    bool from_item;        /* starts at @ */
    bool reference;        /* written in the form of a Reference Path */
};

enum criteria_kind { CRITERIA_OR, CRITERIA_AND, CRITERIA_NOT, CRITERIA_EXISTS, CRITERIA_COMPARE };

enum comparison {
    COMPARE_EQ,
    COMPARE_NE,
    COMPARE_TYPED_EQ,
    COMPARE_TYPED_NE,
    COMPARE_LT,
    COMPARE_LE,
    COMPARE_GT,
    COMPARE_GE,
    COMPARE_REGEX,
    COMPARE_IN,
    COMPARE_NIN,
    COMPARE_CONTAINS,
    COMPARE_SUBSETOF,
    COMPARE_ANYOF,
    COMPARE_NONEOF,
    COMPARE_SIZE,
    COMPARE_EMPTY,
};

enum operand_kind {
    OPERAND_PATH,
    OPERAND_NULL,
    OPERAND_BOOL,
    OPERAND_NUMBER,
    OPERAND_STRING,
    OPERAND_JSON,
    OPERAND_PATTERN,
};

struct operand {
    enum operand_kind kind;
    bool yes;    /* of PATH: it was not negated; of BOOL: its value */
    size_t slot; /* of JSON: its number among the literals of the whole path */
    str text;    /* NUMBER, STRING, JSON (as strict JSON) */
    const struct jsonpath *path;
    const pcre2_code *pattern;
};

struct criteria {
    enum criteria_kind kind;
    enum comparison comparison;
    const struct criteria *first, *next; /* terms of OR, AND, NOT are a list */
    struct operand left, right;
};

/* -- lex.c: finding ends and unescaping -- */

/* Lexer's state over one text. The same for a path and for a filter within it. */
struct parser {
    struct arena *a;
    str text;
    size_t at;
    unsigned depth;
    size_t *literals; /* counts JSON literals of the outermost path */
    struct err *err;
};

bool parser_fail(struct parser *p, const char *what); /* ERR_BAD_PATH with position; gives false */
bool parser_no_memory(struct parser *p);

/* The character at i, '\0' past the end (and a NUL in the text is refused beforehand). */
static inline char parser_char_at(const struct parser *p, size_t i)
{
    if (i >= p->text.len)
        return '\0';
    return p->text.ptr[i];
}
static inline char parser_char(const struct parser *p)
{
    return parser_char_at(p, p->at);
}
void parser_skip_blanks(struct parser *p);
size_t parser_after_blanks(const struct parser *p, size_t from); /* the next that is not ' ' */

/* Offset of the next c after from that no backslash escapes; text.len: none. */
size_t parser_find_unescaped(const struct parser *p, size_t from, char c);

/* Offset of the close of the open at from, passing over strings, and with regex over /…/; text.len:
 * none. */
size_t parser_find_close(const struct parser *p, size_t from, char open, char close, bool regex);

/* Lends the text with its escapes resolved as Jayway does; ptr NULL when memory fails. */
str parser_unescape(struct parser *p, str quoted);

/* -- parse.c, criteria.c -- */
bool path_parse(struct parser *p, bool at_root, struct jsonpath *out);
/* p stands behind "?("; parses up to and over its ")". */
bool criteria_parse(struct parser *p, const struct criteria **out);

/* -- eval.c: one evaluation -- */

enum outcome {
    FOUND,
    MISSING, /* Jayway's PathNotFoundException: swallowed by wildcards and filters */
    FAILED,  /* err is set */
};

struct walk {
    json root; /* what '$' in a filter starts from */
    size_t work;
    json literals[JSONPATH_LITERALS_MAX]; /* parsed on first use; ABSENT before */
    struct err *err;
};

bool walk_charge(struct walk *w); /* false: past JSONPATH_WORK_MAX, err is set */

/* The value of a path of a filter, for item. Gives *out on FOUND. require: a missing member is
 * MISSING wherever it is missing (an existence check). */
enum outcome walk_path(struct walk *w, const struct jsonpath *p, json from, bool require,
                       json *out);

/* Does a filter accept the item? FOUND: yes, MISSING: no, FAILED. */
enum outcome filter_accepts(struct walk *w, const struct criteria *c, json item);

/* -- decimal.c: exact decimal numbers, as Java's BigDecimal -- */
struct decimal {
    bool negative, zero;
    str mantissa;      /* digits, at most one '.' among them */
    int64_t exponent;  /* what was written behind the e */
    int64_t magnitude; /* the power of ten of the first digit that is not 0 */
};
bool decimal_parse(str text, struct decimal *out);
int decimal_cmp(const struct decimal *a, const struct decimal *b);
void decimal_print(const struct decimal *d, struct buf *out); /* as BigDecimal.toString */

#endif
