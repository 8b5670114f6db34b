/* What the files of the evaluator share: values, frames, calls.
 *
 * A value is 16 bytes and passed like a number. Documents are read where they are: an array or
 * object of JSON is a value that points to its node. What an evaluation makes (lists, maps, texts,
 * functions, frames) lives in its arena, freed whole at its end; then the result has become JSON.
 *
 * A list may be a sequence: what a path yields, which is its only item when there is one, and
 * nothing when there is none, unless it was told to stay a list. Lists and maps are not changed
 * once they are somebody's value, with two exceptions: a transform changes the copy that it made,
 * and appending to a list uses the room behind it when nobody else has. */
#ifndef ASL_JSONATA_EVALUATE_PRIVATE_H
#define ASL_JSONATA_EVALUATE_PRIVATE_H

#include "syntax_private.h"

enum value_kind {
    VALUE_UNDEFINED, /* a zeroed value */
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_NUMBER,
    VALUE_INTEGER, /* past 2^53: exact, in Step Functions' dialect */
    VALUE_STRING,
    VALUE_ARRAY,  /* of JSON */
    VALUE_LIST,   /* made here */
    VALUE_OBJECT, /* of JSON */
    VALUE_MAP,    /* made here */
    VALUE_TUPLE,  /* an item on its way along a path, with what it is bound to */
    VALUE_FUNCTION,
};

struct value {
    unsigned char kind;
    bool boolean;
    uint32_t len; /* of a string, in bytes */
    union {
        double number;
        int64_t integer;
        const char *text;
        struct json_node *node;
        struct list *list;
        struct map *map;
        struct tuple *tuple;
        const struct function *function;
    } as;
};

/* Room for items that lists share: who ends where it is used may go on in it. */
struct room {
    size_t used, cap;
    size_t counted; /* slots that were charged for: see list_grow */
};

struct list {
    struct value *items;
    size_t len;
    struct room *room;
    bool sequence, keep_singleton, constructed, outer_wrapper, tuples;
};

struct member {
    str key;
    struct value value;
};

struct map {
    struct member *members; /* in order */
    size_t len, cap;
    uint32_t *index; /* open addressing, len + 1 or 0; NULL: few members */
    size_t slots;
};

struct binding {
    const struct binding *next;
    str name;
    struct value value;
};

struct tuple {
    struct value item;
    const struct binding *bindings; /* the newest first: it hides others of its name */
};

struct environment {
    const struct environment *outer;
    const struct binding *bindings;
};

struct evaluator {
    struct arena arena;
    const struct jsonata *expression;
    const struct jsonata_scope *scope;
    const struct jsonata_limits *limits;
    bool aws;
    size_t depth, ticks, data_bytes, tail_calls;
    int64_t deadline_ns;
    struct environment *root;
    struct kept *kept; /* documents that live as long as the evaluation */
    struct err *err;
};

struct kept {
    struct kept *next;
    json document;
};

/* -- functions -- */

enum function_kind {
    FUNCTION_BUILTIN,
    FUNCTION_LAMBDA,
    FUNCTION_PARTIAL, /* some arguments given */
    FUNCTION_CHAIN,   /* first ~> second */
    FUNCTION_TRANSFORM,
    FUNCTION_REGEX,
    FUNCTION_NEXT_MATCH, /* of a regular expression's match */
};

/* What a builtin is called with. arguments: `count` of them were given, the rest of
 * BUILTIN_ARGUMENTS_MAX are undefined. */
struct call {
    struct evaluator *ev;
    struct value *arguments;
    size_t count;
    struct value context;
    struct environment *environment;
    const struct value *all; /* as many as were given */
    str name;                /* as it was called, for errors */
};

typedef bool builtin_run(struct call *c, struct value *out);

enum {
    BUILTIN_PLAIN = 1, /* in which dialects */
    BUILTIN_AWS = 2,
    BUILTIN_BOTH = 3,
    BUILTIN_EVAL = 4, /* with jsonata_scope.eval only */
    BUILTIN_ARGUMENTS_MAX = 8,
};

struct builtin {
    str name;
    const char *signature; /* NULL: none */
    builtin_run *run;
    unsigned arity; /* of the arguments that a higher-order function would give it */
    unsigned dialects;
};

struct function {
    enum function_kind kind;
    const struct signature *signature; /* NULL: none */
    union {
        const struct builtin *builtin;
        struct {
            const struct node *node;
            struct environment *environment;
            struct value input;
        } lambda; /* of transform too */
        struct {
            const struct function *function;
            const struct value *arguments;
            const bool *left_out;
            size_t count;
        } partial;
        struct {
            const struct function *first, *second;
        } chain;
        const struct regex *regex;
        struct {
            const struct regex *regex;
            str subject;
            size_t from;
        } next_match;
    } as;
};

/* -- value.c -- */

static inline struct value value_null(void)
{
    return (struct value){.kind = VALUE_NULL};
}
static inline struct value value_bool(bool b)
{
    return (struct value){.kind = VALUE_BOOL, .boolean = b};
}
static inline struct value value_number(double d)
{
    return (struct value){.kind = VALUE_NUMBER, .as.number = d};
}
static inline struct value value_str(str s)
{
    return (struct value){.kind = VALUE_STRING, .len = (uint32_t)s.len, .as.text = s.ptr};
}
static inline struct value value_list(struct list *l)
{
    return (struct value){.kind = VALUE_LIST, .as.list = l};
}
static inline struct value value_map(struct map *m)
{
    return (struct value){.kind = VALUE_MAP, .as.map = m};
}
static inline struct value value_function(const struct function *f)
{
    return (struct value){.kind = VALUE_FUNCTION, .as.function = f};
}
static inline bool is_undefined(struct value v)
{
    return v.kind == VALUE_UNDEFINED;
}
static inline bool is_number(struct value v) /* any, not a number (NaN) too */
{
    return v.kind == VALUE_NUMBER || v.kind == VALUE_INTEGER;
}
static inline bool is_string(struct value v)
{
    return v.kind == VALUE_STRING;
}
static inline bool is_array(struct value v)
{
    return v.kind == VALUE_ARRAY || v.kind == VALUE_LIST;
}
static inline bool is_object(struct value v)
{
    return v.kind == VALUE_OBJECT || v.kind == VALUE_MAP;
}
static inline bool is_function(struct value v)
{
    return v.kind == VALUE_FUNCTION;
}
static inline bool is_sequence(struct value v)
{
    return v.kind == VALUE_LIST && v.as.list->sequence;
}
static inline bool is_tuples(struct value v)
{
    return v.kind == VALUE_LIST && v.as.list->tuples;
}
static inline str string_of(struct value v)
{
    return (str){v.as.text, v.len};
}
static inline double number_of(struct value v)
{
    return v.kind == VALUE_INTEGER ? (double)v.as.integer : v.as.number;
}

struct value value_from_json(const struct evaluator *ev, json v); /* lent by v */
struct value value_integer(const struct evaluator *ev, int64_t i);

size_t value_len(struct value array); /* 1 for what is no array; 0 for undefined */
/* The i-th item; what is no array is its own only one. */
struct value value_at(const struct evaluator *ev, struct value array, size_t i);

size_t members_len(struct value object);
struct value member_at(const struct evaluator *ev, struct value object, size_t i, str *key);
struct value member_get(const struct evaluator *ev, struct value object, str key);

/* Memory of the evaluation. False or NULL: refused, err is set. */
void *ev_alloc(struct evaluator *ev, size_t size) MUST_CHECK;
bool ev_charge(struct evaluator *ev, size_t data_bytes) MUST_CHECK;
bool ev_fail(struct evaluator *ev, const char *format, ...) PRINTF_LIKE(2, 3);
/* Has time run out? Cheap: the clock is looked at now and then. */
bool ev_tick(struct evaluator *ev) MUST_CHECK;
/* Makes a text value of what a buf holds, and releases it. */
bool ev_give_text(struct evaluator *ev, struct buf *text, struct value *out) MUST_CHECK;
bool ev_text(struct evaluator *ev, str text, struct value *out) MUST_CHECK; /* copied */

/* Takes a document that values are to lend from until the evaluation's end. */
bool ev_keep(struct evaluator *ev, json document_taken) MUST_CHECK;

struct list *list_new(struct evaluator *ev, size_t cap);
struct list *sequence_new(struct evaluator *ev); /* an empty one */
bool list_push(struct evaluator *ev, struct list *l, struct value v) MUST_CHECK;
bool list_push_all(struct evaluator *ev, struct list *l, struct value array) MUST_CHECK;
/* Both in one list: $append. */
bool value_append(struct evaluator *ev, struct value a, struct value b,
                  struct value *out) MUST_CHECK;

struct map *map_new(struct evaluator *ev, size_t cap);
bool map_put(struct evaluator *ev, struct map *m, str key, struct value v) MUST_CHECK;
struct value map_find(const struct map *m, str key); /* undefined: absent */
void map_remove(struct map *m, str key);

bool value_truth(struct value v); /* $boolean; undefined is false */
/* Deep. False with err set: nested too deeply. */
bool value_equal(struct evaluator *ev, struct value a, struct value b, bool *out) MUST_CHECK;
uint64_t value_hash(const struct evaluator *ev, struct value v, unsigned depth);
bool value_is_numeric(struct value v, struct evaluator *ev, bool *out); /* D1001 when infinite */
bool value_clone(struct evaluator *ev, struct value v, struct value *out) MUST_CHECK;

/* -- text.c -- */
/* $string. False: refused. */
bool value_text(struct evaluator *ev, struct value v, bool pretty, struct value *out) MUST_CHECK;
/* For the texts of errors: JSON, cut where it is long. Lent by the arena. */
str value_shown(struct evaluator *ev, struct value v);
/* As ECMAScript's Number::toString. */
void number_print(double d, struct buf *out);
/* JSON of the result. *function: there is one where a value should be. Gives *out. */
bool value_to_json(struct evaluator *ev, struct value v, json *out) MUST_CHECK;

/* -- evaluate.c -- */
bool evaluate(struct evaluator *ev, const struct node *n, struct value input,
              struct environment *environment, struct value *out) MUST_CHECK;
struct environment *environment_new(struct evaluator *ev, const struct environment *outer);
bool environment_bind(struct evaluator *ev, struct environment *f, str name,
                      struct value v) MUST_CHECK;
/* False: nothing has that name. */
bool environment_find(const struct environment *f, str name, struct value *out);

/* What a variable is; input: what "$" is. */
struct value variable_value(const struct evaluator *ev, const struct node *n, struct value input,
                            const struct environment *environment);

/* -- path.c -- */
bool evaluate_path(struct evaluator *ev, const struct node *n, struct value input,
                   struct environment *environment, struct value *out) MUST_CHECK;
bool evaluate_filter(struct evaluator *ev, const struct node *filter, struct value input,
                     struct environment *environment, struct value *out) MUST_CHECK;
bool evaluate_wildcard(struct evaluator *ev, const struct node *n, struct value input,
                       struct environment *environment, struct value *out) MUST_CHECK;
bool evaluate_descendants(struct evaluator *ev, const struct node *n, struct value input,
                          struct environment *environment, struct value *out) MUST_CHECK;
/* What is under a name; of arrays, of their items. */
bool lookup(struct evaluator *ev, struct value input, str name, struct value *out) MUST_CHECK;
/* A sequence of one is its item, of none is undefined. */
struct value collapsed(struct value v);

/* -- group.c -- */
bool evaluate_group(struct evaluator *ev, const struct nodes *pairs, struct value input,
                    struct environment *environment, struct value *out) MUST_CHECK;

/* -- sort.c -- */
bool evaluate_sort(struct evaluator *ev, const struct node *n, struct value input,
                   struct environment *environment, struct value *out) MUST_CHECK;
/* Is a to come after b? */
typedef bool value_after(struct evaluator *ev, void *context, struct value a, struct value b,
                         bool *out);
/* Merges: stable, n log n calls of after. Gives a new list. */
bool sort_values(struct evaluator *ev, struct value array, value_after *after, void *context,
                 struct list **out) MUST_CHECK;

/* -- call.c -- */
bool evaluate_call(struct evaluator *ev, const struct node *n, struct value input,
                   struct environment *environment, struct value *out) MUST_CHECK;
bool evaluate_partial(struct evaluator *ev, const struct node *n, struct value input,
                      struct environment *environment, struct value *out) MUST_CHECK;
bool evaluate_lambda(struct evaluator *ev, const struct node *n, struct value input,
                     struct environment *environment, struct value *out) MUST_CHECK;
bool evaluate_apply(struct evaluator *ev, const struct node *n, struct value input,
                    struct environment *environment, struct value *out) MUST_CHECK;
/* Calls a function value and what it leaves to its caller, till there is an answer. */
struct arguments {
    const struct value *at;
    size_t count;
    struct value context;            /* for a parameter that takes it when left out */
    struct environment *environment; /* of the caller */
    str name;                        /* of the function as the caller knows it, for errors */
};
bool apply(struct evaluator *ev, struct value function, const struct arguments *given,
           struct value *out) MUST_CHECK;
/* Of the arguments that higher-order functions give: as many as the function takes. */
unsigned function_arity(struct value function);

/* -- transform.c -- */
bool apply_transform(struct evaluator *ev, const struct function *f, struct value object,
                     struct value *out) MUST_CHECK;

/* -- signature.c -- */
/* Checks count arguments, puts the context where one may be left out, makes arrays of single
 * values where arrays are wanted. *out, *out_count: what the function gets. Errors: T0410 to
 * T0412. */
bool signature_apply(struct evaluator *ev, const struct signature *s, const struct arguments *given,
                     struct arguments *out) MUST_CHECK;

/* -- regex.c -- */
struct match {
    size_t start, end;   /* bytes of the subject */
    struct value groups; /* a list */
};
/* The first match at or after `from`. *found false: none. */
bool regex_match(struct evaluator *ev, const struct regex *r, str subject, size_t from, bool *found,
                 struct match *out) MUST_CHECK;
/* Calls a regular expression as the function it is: gives its match object, or undefined. */
bool regex_call(struct evaluator *ev, const struct regex *r, str subject, size_t from,
                struct value *out) MUST_CHECK;
/* Calls the `next` of a match object. */
bool regex_next(struct evaluator *ev, const struct function *next, struct value *out) MUST_CHECK;
/* Walks over the matches of a matcher: a regular expression, or any function that behaves like
 * one. */
struct matcher {
    struct evaluator *ev;
    struct environment *environment;
    str name; /* of the function that uses it, for errors */
    struct value function;
    str subject;
    size_t at;
    bool begun, done;
};
bool matcher_next(struct matcher *m, bool *found, struct match *out) MUST_CHECK;

/* -- builtins.c -- */
bool builtin_is_there(const struct evaluator *ev, const struct builtin *b);

/* -- code points -- */
/* Bytes of the first n code points of s (all of s when it has fewer). */
size_t utf8_bytes_of(str s, size_t n);
/* The same of any number. */
size_t position_in(str s, double code_points);

#endif
