/* What the files of the room share: rows, parsed calls, and the functions by family. */
#ifndef ASL_INTRINSICS_PRIVATE_H
#define ASL_INTRINSICS_PRIVATE_H

#include "asl/intrinsics/intrinsics.h"
#include "limits.h"

/* One call being run. Count and kinds of the arguments are checked. Borrowed. */
struct intrinsic_call {
    const json *arg;
    size_t args;
    str literal; /* the first argument as written between its quotes; ptr NULL: no literal */
    struct rng *rng;
};

/* Gives *out. Errors: ERR_STATES_INTRINSIC_FAILURE with the reason alone (the dispatcher names the
 * call), ERR_NO_MEMORY. */
typedef bool intrinsic_run(const struct intrinsic_call *call, json *out, struct err *err);

struct intrinsic {
    str name;               /* as written in a definition */
    unsigned char min, max; /* arguments */
    const char *kinds; /* a letter each: array, object, string, number, boolean, . any; the last
                          is that of all further ones */
    intrinsic_run *run;
};

const struct intrinsic *intrinsic_find(str name); /* NULL: none */

enum argument_kind {
    ARGUMENT_TEXT,
    ARGUMENT_SIMPLE, /* null, a boolean or an int64 */
    ARGUMENT_NUMBER, /* any other number: its text */
    ARGUMENT_PATH,
    ARGUMENT_CALL,
};

struct argument {
    enum argument_kind kind;
    str text; /* TEXT without its escapes, NUMBER */
    str raw;  /* TEXT as written */
    json simple;
    const struct jsonpath *path;
    const struct intrinsic_expression *call;
};

struct intrinsic_expression {
    str text; /* as written, spacing kept */
    const struct intrinsic *row;
    const struct argument *arguments;
    size_t count;
    bool context; /* a path in it starts at $$ */
};

/* -- helpers of the functions -- */

/* A refusal; gives false. */
#define intrinsic_fail(err, ...) err_set(err, ERR_STATES_INTRINSIC_FAILURE, __VA_ARGS__)
bool intrinsic_no_memory(struct err *err);
bool intrinsic_give(json made, json *out, struct err *err); /* ABSENT is no memory */

/* math.c: a number rounded to the nearest integer, halves upwards, as Java's Math.round; refused
 * outside of 32 bits. name is for the text. */
bool intrinsic_integer(json number, const char *name, int64_t *out, struct err *err);

/* -- the functions, by file -- */
intrinsic_run intrinsics_array, intrinsics_array_contains, intrinsics_array_get_item,
    intrinsics_array_length, intrinsics_array_partition, intrinsics_array_range,
    intrinsics_array_unique;
intrinsic_run intrinsics_base64_decode, intrinsics_base64_encode, intrinsics_hash;
intrinsic_run intrinsics_json_merge, intrinsics_json_to_string, intrinsics_string_to_json;
intrinsic_run intrinsics_math_add, intrinsics_math_random, intrinsics_uuid;
intrinsic_run intrinsics_format, intrinsics_string_split;

#endif
