/* JSONata expressions: parsed once with the definition, evaluated many times.
 *
 * An expression is read-only once parsed: any number of threads evaluate it. An evaluation has its
 * own memory, freed whole at its end, and takes the documents it reads as they are: nothing is
 * copied to be read. It is bounded in depth, time and memory; what runs away is an error.
 *
 * Errors have the id ERR_JSONATA and a text that begins with the reference implementation's code
 * ("T2001: The left side of the "+" operator must evaluate to a number"), or ERR_NO_MEMORY.
 * Threads: any. Blocks: never (jsonata_eval: at most the limits' time).
 * Source: docs.jsonata.org, version 2.0.6; Developer Guide, "Transforming data with JSONata". */
#ifndef ASL_JSONATA_JSONATA_H
#define ASL_JSONATA_JSONATA_H

#include "base/arena.h"
#include "base/json.h"
#include "base/rng.h"

/* Whose functions there are. Step Functions adds $partition, $range, $hash, $random with a seed,
 * $uuid and $parse, has no $eval, and keeps integers of 64 bits exact. */
enum jsonata_dialect { JSONATA_PLAIN, JSONATA_AWS };

struct jsonata; /* a parsed expression */

/* Parses. Lends *out from a; text is copied. Errors: S0xxx with err's column (in bytes, from 1). */
bool jsonata_parse(struct arena *a, str text, enum jsonata_dialect dialect,
                   const struct jsonata **out, struct err *err);

str jsonata_text(const struct jsonata *e); /* lends, as it was written */

/* Appends the expression with one space between tokens: what parses to the same tree. */
void jsonata_print(const struct jsonata *e, struct buf *out);

/* Walks over what an expression takes from around it: a path that begins with a bare name
 * (JSONATA_REFERENCE_NAME, "phone"), the context or the root ("$", "$$"), or a variable that it
 * does not bind itself ("states", then the name of the member read from it, or none). For the
 * checks of a definition. In order; the same one may come more than once. */
enum jsonata_reference_kind {
    JSONATA_REFERENCE_NAME,
    JSONATA_REFERENCE_CONTEXT,
    JSONATA_REFERENCE_ROOT,
    JSONATA_REFERENCE_VARIABLE,
};
struct jsonata_reference {
    enum jsonata_reference_kind kind;
    str name;   /* of a name or a variable, without its "$" */
    str member; /* of a variable: the next step's name; ptr NULL: none */
};
typedef void jsonata_visit(void *context, const struct jsonata_reference *reference);
void jsonata_references(const struct jsonata *e, jsonata_visit *visit, void *context);

struct jsonata_limits {
    size_t depth;        /* of evaluations in each other */
    int64_t time_ms;     /* of the real clock */
    size_t data_bytes;   /* of texts and lists made, as AWS seems to count them */
    size_t memory_bytes; /* of all that an evaluation needs */
};
extern const struct jsonata_limits jsonata_limits_plain, jsonata_limits_aws;

/* What an evaluation sees; borrowed. */
struct jsonata_scope {
    json input;     /* "$" and "$$"; ABSENT: undefined */
    json states;    /* "$states"; ABSENT: none */
    json variables; /* an object: what "$name" is; ABSENT: none */
    int64_t now_ms; /* $now, $millis */
    struct rng *rng;
    const struct jsonata_limits *limits; /* NULL: the dialect's */
    bool eval;                           /* $eval is there (never in Step Functions' dialect) */
};

enum jsonata_outcome {
    JSONATA_VALUE,     /* *out is given */
    JSONATA_UNDEFINED, /* no value: *out is ABSENT */
    JSONATA_FUNCTION,  /* a function, which JSON cannot hold: *out is ABSENT */
};

/* Numbers that are not finite are what JSON makes of them, null; in Step Functions' dialect the
 * texts "Infinity", "-Infinity" and "NaN", as measured. Functions inside values are left out of
 * objects and null in arrays, as JSON has none. */
bool jsonata_eval(const struct jsonata *e, const struct jsonata_scope *scope,
                  enum jsonata_outcome *outcome, json *out, struct err *err);

#endif
