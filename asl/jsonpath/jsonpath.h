/* Paths: the JSONPath of the Amazon States Language, parsed once and evaluated often.
 *
 * "$…" reads the input, "$$…" the context object, "$name…" a variable. A path is definite when it
 * names at most one place (children and indexes only) and a Reference Path when besides it can be
 * written to. A parsed path lives in the arena of its definition and is read-only: any number of
 * threads read it. Threads: any. Blocks: never. Source: Developer Guide, "Using JSONPath paths";
 * answers as AWS's library (Jayway) gives them. */
#ifndef ASL_JSONPATH_JSONPATH_H
#define ASL_JSONPATH_JSONPATH_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

struct jsonpath;

/* Whose rules a path follows; README.md lists where they part. */
enum jsonpath_dialect {
    JSONPATH_AWS, /* those of definitions */
    /* Those of the library as it is published: functions, '@' and bare names in front, several
     * names that are not last. */
    JSONPATH_JAYWAY,
};

/* What paths start from; borrowed. */
struct jsonpath_roots {
    json input;     /* $ */
    json context;   /* $$; ABSENT when the caller has none */
    json variables; /* an object: $name; ABSENT when there are none */
};

/* Lends *out from a. Errors: ERR_BAD_PATH, the text says what and where. */
bool jsonpath_parse(struct arena *a, str text, const struct jsonpath **out, struct err *err);

/* The same in a dialect (jsonpath_parse is that of JSONPATH_AWS). All errors of a path of
 * JSONPATH_JAYWAY, of its evaluation too, are ERR_NAMED after Jayway's exceptions: INVALID_PATH,
 * PATH_NOT_FOUND, JSONPATH_ERROR, EXCEPTION (an accident inside it: an index out of bounds, a wrong
 * class) or LIMIT_EXCEEDED (ours); or ERR_NO_MEMORY. */
bool jsonpath_parse_as(struct arena *a, str text, enum jsonpath_dialect dialect,
                       const struct jsonpath **out, struct err *err);

str jsonpath_text(const struct jsonpath *p);     /* as written; lends */
bool jsonpath_is_root(const struct jsonpath *p); /* "$" or "$$" */
bool jsonpath_is_definite(const struct jsonpath *p);
bool jsonpath_is_reference(const struct jsonpath *p); /* definite, on "$", no negative index */
bool jsonpath_uses_context(const struct jsonpath *p);
str jsonpath_variable(const struct jsonpath *p); /* "name" of "$name.a"; ptr NULL: on no variable */

/* Lends what p starts from; ABSENT: the caller has it not. */
json jsonpath_root(const struct jsonpath *p, const struct jsonpath_roots *roots);

/* The bytes of the name that text begins with: a letter of any script or "_", then also digits.
 * Source: Developer Guide, "Passing data between states with variables"; Unicode's identifiers. */
size_t jsonpath_name_length(str text);

/* Gives *out. A definite path gives its value; a missing one is ERR_BAD_PATH in Jayway's words
 * ("No results for path: $['a']" for the last member, "Missing property in path $['no']" for one on
 * the way), and an index into what is no array ERR_STATES_RUNTIME ("Filter: [0] can only be applied
 * to arrays. Current context is: 1"), which AWS shows as it is where it else says that a path could
 * not be found. An indefinite path gives the array of all it matches, possibly empty; several names
 * at the end of a definite one give one object. */
bool jsonpath_eval(const struct jsonpath *p, const struct jsonpath_roots *roots, json *out,
                   struct err *err);

/* Lends what a definite path leads to, ABSENT when it is missing: no text is made. */
json jsonpath_lend(const struct jsonpath *p, const struct jsonpath_roots *roots);

/* Gives root with value at a reference path, making objects on the way where nothing is. Sharing:
 * costs the path. Errors: jsonpath_conflict's, when something on the way is neither absent nor of
 * the kind the step wants. Borrows value. */
bool jsonpath_put(const struct jsonpath *p, json root, json value, json *out, struct err *err);

/* Sets ERR_STATES_REFERENCE_PATH_CONFLICT and gives false: a definite path of children and indexes
 * that cannot be followed from root. The text is AWS's: it names the first step that leads nowhere,
 * or the whole path when root is no container, and never a state. Source: failed executions that
 * people published, of 2020 to 2026; the name States.ResultPathMatchFailure is only in the
 * documentation. */
bool jsonpath_conflict(const struct jsonpath *p, json root, struct err *err);

/* Appends v as Java's toString() writes it, which AWS's texts show: {a=1, b=[x, null]}. */
void jsonpath_print_java(json v, struct buf *out);

#endif
