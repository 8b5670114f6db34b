/* JSON values: immutable, reference-counted, sharing structure.
 *
 * A value is 16 bytes and passed like a number. Containers, strings and numbers that are not plain
 * int64 texts live in counted nodes; null, booleans and plain integers need none. Key order and the
 * text of numbers are kept as written. Every node knows the size of its compact text, so a quota
 * check costs nothing. Counts are atomic: values cross threads.
 *
 * An array or object is built (push, put) while exactly one reference exists, then never changed.
 * Ownership: functions borrow their arguments; `_take` takes; results are given unless it says
 * "lends". json_unref every value given to you, once.
 * Threads: any (building: holder). Blocks: never. */
#ifndef BASE_JSON_H
#define BASE_JSON_H

#include "base/attributes.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/str.h"

enum json_kind {
    JSON_ABSENT, /* no value at all: what a zeroed json is; never inside a container */
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INTEGER, /* a number whose text is a canonical int64 */
    JSON_NUMBER,  /* any other number, its text kept as written */
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT,
};

struct json_node;

typedef struct json {
    enum json_kind kind;
    union {
        int64_t integer;
        struct json_node *node;
    } as;
} json;

enum {
    JSON_DEPTH_MAX = 1000, /* nesting the parser accepts: as deep as AWS's Jackson */
    /* Flags of json_parse_with. Of equal keys the last value wins, in the place of the first (as is
     * the default, and as AWS's Jackson does), or they are refused: ERR_BAD_JSON. */
    JSON_KEY_DUPLICATES_KEEP = 1,
    JSON_KEY_DUPLICATES_REFUSE = 2,
};

/* -- life -- */
json json_ref(json v);   /* gives another reference to v */
void json_unref(json v); /* accepts absent */

/* -- making -- (given; ABSENT when memory fails: check the kind where the size is from outside) */
static inline json json_absent(void)
{
    return (json){JSON_ABSENT, {0}};
}
static inline json json_null(void)
{
    return (json){JSON_NULL, {0}};
}
static inline json json_bool(bool b)
{
    return (json){b ? JSON_TRUE : JSON_FALSE, {0}};
}
static inline json json_integer(int64_t i)
{
    return (json){JSON_INTEGER, {.integer = i}};
}
json json_double(double d);      /* shortest text that reads back; Java's form past 1e7 (1.0E10); a
                                    non-finite d gives ABSENT */
json json_number_text(str text); /* text must match JSON's number grammar, else ABSENT */
json json_string(str utf8);      /* valid UTF-8, else ABSENT */
json json_string_take(char *heap, size_t len); /* takes heap (of mem_*), also on failure */
json json_printf(const char *format, ...) PRINTF_LIKE(1, 2); /* a string */
json json_array(size_t capacity_hint);
json json_object(size_t capacity_hint);

/* Builds. Takes v always; false when memory fails, v is ABSENT, the value would be nested deeper
 * than 2 * JSON_DEPTH_MAX or its text longer than can be, or *array is itself ABSENT. *array must
 * be unshared. */
bool json_push_take(json *array, json v) MUST_CHECK;
/* The same for a member: replaces an existing key in place, else appends. key: valid UTF-8. */
bool json_put_take(json *object, str key, json v) MUST_CHECK;

/* The same for values made of many: what failed once is ABSENT and stays so; ask at the end. */
static inline void json_build_push(json *array, json v_taken)
{
    if (json_push_take(array, v_taken))
        return;
    json_unref(*array);
    *array = json_absent();
}
static inline void json_build_put(json *object, str key, json v_taken)
{
    if (json_put_take(object, key, v_taken))
        return;
    json_unref(*object);
    *object = json_absent();
}

/* -- changed copies: the original is untouched; cost is the container's own width. Given; ABSENT
 * when memory fails. Anything but an object counts as an empty one. -- */
json json_with(json object, str key, json v_taken); /* key set or replaced */
json json_without(json object, str key);
json json_with_at(json array, size_t i, json v_taken); /* i < json_len(array) */

/* -- reading -- */
static inline bool json_is_container(json v)
{
    return v.kind == JSON_ARRAY || v.kind == JSON_OBJECT;
}
static inline bool json_is_number(json v)
{
    return v.kind == JSON_INTEGER || v.kind == JSON_NUMBER;
}
static inline bool json_is_bool(json v)
{
    return v.kind == JSON_TRUE || v.kind == JSON_FALSE;
}
static inline bool json_is_absent(json v)
{
    return v.kind == JSON_ABSENT;
}

size_t json_len(json v);                   /* elements, members; 0 for all else */
json json_at(json array, size_t i);        /* lends; ABSENT when out of range or no array */
json json_get(json object, str key);       /* lends; ABSENT when missing or no object */
str json_key_at(json object, size_t i);    /* lends, in order */
json json_value_at(json object, size_t i); /* lends */
str json_str(json string);                 /* lends; STR_NONE when not a string */

/* A walk down constant keys: json_get_path(v, "status", "phase", NULL). Lends. */
json json_get_path(json v, ...);

double json_to_double(json number); /* a number's value, may be ±inf for huge texts */
bool json_to_int64(json number,
                   int64_t *out); /* true when its value is an integer that fits (1.0 is 1) */
str json_number_str(json number, char space[32]); /* its text: lends from v or space */

/* Deep equality: numbers by their exact value (1 equals 1.0), objects regardless of order. */
bool json_equal(json a, json b);

/* The same node or the same simple value: equality that costs nothing, false negatives allowed. */
bool json_same(json a, json b);

/* Bytes of the compact text; constant time. */
size_t json_text_size(json v);

/* The identity of the value's node, for caches held beside a reference; NULL for simple values. */
const void *json_identity(json v);

/* -- text -- */
/* Appends compact text as AWS prints it: order kept, no spaces, '/' bare, non-ASCII bare, control
 * characters as \b \f \n \r \t or \u00XX. */
void json_print(json v, struct buf *out);

/* Appends s as a JSON string with its quotes. */
void json_print_str(str s, struct buf *out);

/* As json_print, indented by two spaces: for people. */
void json_print_pretty(json v, struct buf *out);

/* Gives the compact text (mem_free its ptr), or ptr NULL when memory fails. */
str json_text(json v);

/* Parses exactly one value. Errors: ERR_BAD_JSON with line and column and a Jackson-like text
 * ("Unrecognized token 'x': was expecting (JSON String, …)"), ERR_TOO_LARGE past JSON_DEPTH_MAX,
 * ERR_NO_MEMORY. Refuses invalid UTF-8; a lone surrogate escape becomes U+FFFD. Gives *out. */
bool json_parse(str text, json *out, struct err *err);
bool json_parse_with(str text, int flags, json *out, struct err *err);

/* A member of the given kind: lends. False when missing or of another kind: *out is then STR_NONE
 * or false; an int64 is left as it was, for defaults. */
bool json_get_str(json object, str key, str *out);
bool json_get_int64(json object, str key, int64_t *out);
bool json_get_bool(json object, str key, bool *out);

#endif
