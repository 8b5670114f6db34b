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
    STEP_FUNCTION, /* length() and the like; AWS's dialect never finds one */
};

/* Of a function's call. */
struct argument {
    str text;                        /* JSON as written; ptr NULL: a path */
    const struct jsonpath *path;     /* starts from the document, whatever its first character */
    const struct jsonpath *children; /* path with a wildcard behind it: what length() counts */
};

struct path_function;

struct step {
    enum step_kind kind;
    union {
        str name; /* NAME */
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
        struct {
            str name;
            const struct path_function *row; /* NULL: there is none of that name */
            const struct argument *arguments;
            size_t count;
        } call;
    } as;
};

struct jsonpath {
    enum jsonpath_dialect dialect;
    str text; /* as written */
    const struct step *steps;
    size_t steps_count;
    size_t lent_count;     /* leading steps that lend: children and indexes */
    size_t sure_count;     /* leading steps that lead to one place at most; >= lent_count */
    size_t literals_count; /* of all its filters: only counted for the outermost path */
    bool one;              /* gives a value, not a list: all of its steps are sure */
    bool lends_index;      /* among the lent steps is an index */
    bool context;          /* starts at $$ */
    str variable;          /* starts at it; ptr NULL: at none */
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
    COMPARE_EXISTS, /* from here on in Jayway's dialect only */
    COMPARE_ALL,
    COMPARE_TYPE,
    COMPARE_MATCHES,
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
    str text;    /* NUMBER, STRING, JSON (as strict JSON; to Jayway as written) */
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
    enum jsonpath_dialect dialect;
    str text;
    size_t at;
    unsigned depth;
    size_t *literals; /* counts JSON literals of the outermost path */
    struct err *err;
};

bool parser_fail(struct parser *p, const char *what); /* ERR_BAD_PATH with position; gives false */
bool parser_no_memory(struct parser *p);

/* One nesting deeper; false: too deep. Who goes back up counts p->depth down. */
bool parser_enter(struct parser *p);

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

/* Appends s with its escapes resolved as Jayway does. */
void text_unescape(str s, struct buf *out);

/* Lends the text with its escapes resolved; ptr NULL when memory fails. */
str parser_unescape(struct parser *p, str quoted);

/* Lends a quoted name as AWS reads it: only a backslash in front of its own quote is one. */
str parser_unescape_quote(struct parser *p, str quoted, char quote);

/* -- parse.c, criteria.c, arguments.c -- */
bool path_parse(struct parser *p, bool at_root, struct jsonpath *out);
/* p stands behind "?("; parses up to and over its ")". */
bool criteria_parse(struct parser *p, const struct criteria **out);
/* p stands behind the "(" of a call that has arguments; parses up to and over its ")". */
bool arguments_parse(struct parser *p, const struct argument **out, size_t *count);
/* Makes a->children of a->path. */
bool argument_children(struct parser *p, struct argument *a);

/* -- lenient.c: JSON as json-smart reads it -- */
/* Gives *out. Errors: ERR_BAD_JSON, ERR_NO_MEMORY. */
bool lenient_parse(str text, json *out, struct err *err);
/* Gives the number as Java holds and writes it: doubles in their shortest form ("1e2" is 100.0),
 * long ones exactly. */
json java_number(json number);
/* Java's equals(): as json_equal, but 1 is not 1.0. */
bool java_equal(json a, json b);

/* -- eval.c: one evaluation -- */

enum outcome {
    FOUND,
    MISSING, /* Jayway's PathNotFoundException: swallowed by wildcards and filters */
    FAILED,  /* err is set */
};

/* What FAILED means to those who may swallow it. */
enum fault {
    FAULT_NONE,
    FAULT_INVALID,   /* InvalidPathException: makes a filter of Jayway's dialect false */
    FAULT_FUNCTION,  /* JsonPathException */
    FAULT_BOUNDS,    /* IndexOutOfBoundsException: swallowed by steps into arrays */
    FAULT_EXCEPTION, /* any other */
    FAULT_LIMIT,     /* ours */
};

enum { WALK_REQUIRE = 1, WALK_EXPLAIN = 2 };

struct walk {
    json root; /* what '$' in a filter starts from */
    enum jsonpath_dialect dialect;
    enum fault fault; /* of FAILED */
    size_t work;
    json literals[JSONPATH_LITERALS_MAX]; /* parsed on first use; ABSENT before */
    struct err *err;
};

bool walk_charge(struct walk *w); /* false: past JSONPATH_WORK_MAX, err is set */

/* Sets err (printf's text) and gives FAILED. */
#define walk_fail(w, why, ...)                                                                     \
    ((w)->fault = (why), err_set((w)->err, ERR_BAD_PATH, __VA_ARGS__), (enum outcome)FAILED)
enum outcome walk_no_memory(struct walk *w);

/* Forgets what a step swallows. */
void walk_forgive(struct walk *w);

/* The value of a path of a filter or a call. Gives *out on FOUND. WALK_REQUIRE: a missing member is
 * MISSING wherever it is missing (an existence check). WALK_EXPLAIN: MISSING sets err. */
enum outcome walk_path(struct walk *w, const struct jsonpath *p, json from, int how, json *out);

/* Does a filter accept the item? FOUND: yes, MISSING: no, FAILED. */
enum outcome filter_accepts(struct walk *w, const struct criteria *c, json item);

/* -- explain.c: why a path led nowhere, in Jayway's words -- */
void explain_missing(const struct jsonpath *p, size_t i, json at, struct err *err);
void explain_nothing(const struct jsonpath *p, struct err *err); /* "No results for path: …" */
/* Gives the error another name, ERR_NAMED; its text stays. */
void explain_rename(struct err *err, str name);
void print_names(const struct step *s, const char *separator, struct buf *out);
void print_steps(const struct jsonpath *p, size_t count, struct buf *out);

/* -- functions.c -- */
const struct path_function *function_find(str name); /* NULL: none */
/* Runs the call of a step on model. Gives *out on FOUND. */
enum outcome function_run(struct walk *w, const struct step *s, json model, int how, json *out);
/* Does the path end in keys(), whose answer Java holds in a set and takes for no list? */
bool path_gives_keys(const struct jsonpath *p);

/* -- values.c: what filters compare -- */

enum value_kind {
    VALUE_UNDEFINED, /* a path that leads nowhere */
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_JSON, /* an array or an object */
    VALUE_PATTERN,
    VALUE_OPAQUE, /* a text of a list that reads as a path or as JSON: equals nothing */
};

struct value {
    enum value_kind kind;
    bool yes;     /* BOOL */
    bool literal; /* JSON written in the filter */
    json v;       /* held: what text or the container belongs to; ABSENT for most literals */
    str text;     /* STRING, and NUMBER that is a literal */
    const pcre2_code *pattern;
};

struct value value_take(struct walk *w, json v); /* takes v */
void value_release(struct value *v);
/* An item of a list, as a value of its own; borrows. FAILED: Jayway cannot have it in a list. */
enum outcome value_of_item(struct walk *w, json item, struct value *out);
bool value_is_list(const struct value *v);
str value_number_text(const struct value *v, char space[32]);
bool values_equal(const struct walk *w, const struct value *a, const struct value *b);
/* Gives false when the two have no order. */
bool values_cmp(const struct value *a, const struct value *b, int *out);

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
