/* What the files of this room share: places, readers of fields, and the machine being read.
 *
 * A definition is read top down. Every object met on the way is an asl_object; where it is, is a
 * chain of places on the stack, which becomes text only when there is something to report.
 * What is read is lent by the JSON of the definition or lives in its arena. A reader never stops at
 * the first fault: it reports and goes on, so that one answer names them all. */
#ifndef ASL_ASL_PRIVATE_H
#define ASL_ASL_PRIVATE_H

#include "asl/asl.h"
#include "asl/dataflow.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "base/timestamp.h"

enum {
    /* A definition has at most 1,048,576 characters (Service quotas, "Maximum request size"), each
     * of at most four bytes. */
    ASL_TEXT_MAX_BYTES = 4 * 1048576,
    ASL_ARENA_MAX_BYTES = 256 * 1048576, /* ample: a state is at least 20 bytes of text */
    ASL_STATE_NAME_MAX = 80,             /* characters. Source: Service quotas */
    ASL_BLOCK_DEPTH_MAX = 100,           /* States in States. ASSUMPTION: AWS does not say */
    ASL_RULE_DEPTH_MAX = 100,            /* And, Or, Not in each other. ASSUMPTION: the same */
    ASL_SECONDS_MAX = 99999999           /* of every …Seconds. Source: Developer Guide, "Task" */
};

/* A place in the definition, as AWS writes it: "/States/X/Choices[0]/Next". Names are not escaped.
 */
struct asl_place {
    const struct asl_place *up; /* NULL: name is a whole location, or "" for the machine */
    str name;                   /* of a member; ptr NULL: an element */
    size_t index;
};

#define ASL_MEMBER(up, text) (&(struct asl_place){(up), (text), 0})
#define ASL_ELEMENT(up, i)   (&(struct asl_place){(up), STR_NONE, (i)})

void asl_place_print(const struct asl_place *p, struct buf *out);

/* Reports an error of code SCHEMA_VALIDATION_FAILED. */
void asl_refuse(struct asl_diagnostics *d, const struct asl_place *at, const char *format, ...)
    PRINTF_LIKE(3, 4);
/* Reports an error of another code; at NULL: no location. */
void asl_refuse_code(struct asl_diagnostics *d, const char *code, const struct asl_place *at,
                     const char *format, ...) PRINTF_LIKE(4, 5);

struct asl_reader {
    struct arena *arena;
    struct asl_diagnostics *d;
    bool uses_context;  /* something read since it was cleared refers to "$$" */
    bool out_of_memory; /* sticky; reported once, at the end */

    /* of the state being read */
    bool jsonata;                  /* its QueryLanguage */
    bool has_result;               /* $states.result is there, in what is read now */
    bool has_error;                /* and $states.errorOutput */
    const struct asl_place *state; /* where it is; NULL: fields are named by their whole place */
    const struct asl_names *names; /* that the blocks around its own assign */
    struct hashmap *references;    /* variables it reads; made with the first */

    json *variable_references; /* of the whole machine, see asl_variable_references; or NULL */
};

/* Lends count * size zeroed bytes, or NULL with the reader marked; count 0 lends something. */
void *asl_alloc(struct asl_reader *r, size_t count, size_t size);

struct asl_object {
    struct asl_reader *r;
    json written; /* always an object */
    const struct asl_place *at;
};

/* -- fields.c: each reports what is wrong with its field, and leaves *out alone when it is absent
 * or wrong -- */
json asl_field(const struct asl_object *o, str name); /* lends; ABSENT: not there */
bool asl_field_has(const struct asl_object *o, str name);
bool asl_field_string(const struct asl_object *o, str name, str *out);
bool asl_field_bool(const struct asl_object *o, str name, bool *out);
bool asl_field_integer(const struct asl_object *o, str name, int64_t min, int64_t max,
                       int64_t *out);
bool asl_field_double(const struct asl_object *o, str name, double min, double *out);
/* One of names ("[A, B]" in the report); gives its index. */
bool asl_field_choice(const struct asl_object *o, str name, const str *names, size_t count,
                      size_t *out);
bool asl_field_array(const struct asl_object *o, str name, bool may_be_empty, json *out);
/* Sees that written is an object; reports at at. */
bool asl_expect_object(struct asl_reader *r, json written, const struct asl_place *at);

enum asl_path_rules {
    ASL_PATH_ANY = 0,
    ASL_PATH_DEFINITE = 1,   /* names at most one place */
    ASL_PATH_REFERENCE = 2,  /* and can be written to: on "$" */
    ASL_PATH_INPUT_ONLY = 4, /* not on "$$" */
};
bool asl_field_path(const struct asl_object *o, str name, int rules, const struct jsonpath **out);
/* A path that may be null. */
void asl_field_path_or_null(const struct asl_object *o, str name, int rules, struct asl_path *out);
/* name or path_name, not both. */
void asl_field_number(const struct asl_object *o, str name, str path_name, int64_t min, int64_t max,
                      int rules, struct asl_number *out);
void asl_field_text(const struct asl_object *o, str name, str path_name, struct asl_text *out);
void asl_field_template(const struct asl_object *o, str name, const struct asl_template **out);
/* "{% … %}" of a JSONata state; false: it is something else, or not there. */
bool asl_field_expression(const struct asl_object *o, str name, const struct asl_expression **out);

/* Reports those of names that are missing: "These fields are required: [A, B]". */
bool asl_fields_required(const struct asl_object *o, const str *names, size_t count);
/* Reports when more than one of names is there. */
bool asl_fields_at_most_one(const struct asl_object *o, const str *names, size_t count);
/* The same, and when none is. */
bool asl_fields_exactly_one(const struct asl_object *o, const str *names, size_t count);
/* Reports that a field is there which only the other query language has. */
void asl_refuse_other_language(const struct asl_object *o, str name);
bool asl_is_one_of(str name, const str *names, size_t count);
/* Reports every field that is not one of names. */
void asl_fields_known(const struct asl_object *o, const str *names, size_t count);

/* -- variables.c -- */
/* The names that the blocks around assign; found before the first state is read. */
struct asl_names {
    const struct asl_names *outer;
    struct hashmap *set;
};
/* Collects what the states of a block assign, not those of blocks in it. */
void asl_names_collect(json states, struct hashmap *set);
/* Reads Assign, when it is there. */
void asl_assign_read(const struct asl_object *o, const struct asl_template **out);
/* Notes that the state being read reads a variable. */
void asl_note_variable(struct asl_reader *r, str name);
/* What was noted since the reader's `references` were last empty goes to the state's name. */
void asl_note_references(struct asl_reader *r, str state);

/* -- expression.c -- */
bool asl_is_expression(json written);
/* NULL: reported. */
const struct asl_expression *asl_expression_read(struct asl_reader *r, json written,
                                                 const struct asl_place *at);
/* Gives any value. Errors: ERR_STATES_QUERY_EVALUATION_ERROR in AWS's words. */
bool asl_expression_eval(const struct asl_expression *e, json states, const struct asl_scope *scope,
                         json *out, struct err *err);
/* Gives a value of a kind, else refuses it in AWS's words. states: "$states" or ABSENT: made of
 * input. */
enum asl_expected { ASL_ANY, ASL_STRING, ASL_BOOLEAN, ASL_NUMBER, ASL_INTEGER, ASL_ARRAY };
bool asl_expression_eval_as(const struct asl_expression *e, enum asl_expected expected, json input,
                            const struct asl_scope *scope, json *out, struct err *err);
/* Gives "$states". */
bool asl_states_object(json input, const struct asl_scope *scope, json *out, struct err *err);
str asl_expression_field(const struct asl_expression *e);

/* -- template.c, choice.c -- */
/* Prints the compact text of a value, for an error; out is empty and the caller's to release. */
str asl_show(json value, struct buf *out);
const struct asl_template *asl_template_read(struct asl_reader *r, json written,
                                             const struct asl_place *at); /* NULL: reported */
const struct asl_rule *asl_rule_read(struct asl_reader *r, json written, const struct asl_place *at,
                                     bool nested); /* NULL: reported */

static inline struct jsonpath_roots asl_roots(json input, const struct asl_scope *scope)
{
    return (struct jsonpath_roots){input, scope->context, scope->variables};
}
/* A path on "$" cannot be applied to null, not even "$" itself: ERR_STATES_RUNTIME in AWS's words.
 * Source: failed executions that people published; Developer Guide, "Handling errors", on
 * States.Runtime: "attempting to apply InputPath or OutputPath on a null JSON payload". */
bool asl_path_applies(const struct jsonpath *path, json input, struct err *err);
/* As AWS words a path that leads nowhere: "Invalid path '$.a' : …". */
bool asl_path_eval(const struct jsonpath *path, json input, const struct asl_scope *scope,
                   json *out, struct err *err);
/* 0 when it is not given. Errors: ERR_STATES_RUNTIME in AWS's words. */
bool asl_percentage_eval(const struct asl_percentage *p, json input, const struct asl_scope *scope,
                         double *out, struct err *err);

/* -- distributed.c -- */
/* Reads the fields that only a Map state in DISTRIBUTED mode uses; NULL: no memory. */
const struct asl_distributed *asl_distributed_read(const struct asl_object *state, bool express);

/* -- retry.c -- */
void asl_retry_read(const struct asl_object *state, struct asl_state *s);
/* siblings: name -> struct asl_state of the same block. */
void asl_catch_read(const struct asl_object *state, const struct hashmap *siblings,
                    struct asl_state *s);

/* -- blocks.c -- */
struct asl_machine {
    struct asl_reader reader;
    const struct asl_options *options;
    struct hashmap *names;            /* of all states read so far */
    size_t states, blocks;            /* counted: the next number */
    unsigned depth;                   /* of blocks */
    bool jsonata;                     /* the machine's QueryLanguage */
    const struct asl_names *assigned; /* by the block being read, and those around it */
};

enum asl_block_kind {
    ASL_BLOCK_MACHINE,
    ASL_BLOCK_BRANCH,
    ASL_BLOCK_PROCESSOR,
    ASL_BLOCK_ITERATOR
};

/* NULL: reported. */
const struct asl_block *asl_block_read(struct asl_machine *m, json written,
                                       const struct asl_place *at, enum asl_block_kind kind);

/* -- states.c -- */
/* Reads a state of a block into s, which has its name. siblings: name -> struct asl_state. */
void asl_state_read(const struct asl_object *o, struct asl_machine *m,
                    const struct hashmap *siblings, struct asl_state *s);
/* Is it JSONata, where outer says what it is without a QueryLanguage of its own? Any value that is
 * not exactly "JSONPath" counts as JSONata, as on AWS. */
bool asl_is_jsonata(const struct asl_object *o, bool outer);
/* Reports a QueryLanguage that there is not. */
void asl_query_language_check(const struct asl_object *o);

/* -- graph.c -- */
/* Reports dangling targets, states that cannot be reached and, of the machine, a missing end. */
void asl_graph_check(struct asl_reader *r, json block, const struct asl_place *at, bool machine);

static inline bool asl_is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

/* -- locate.c -- */
/* The first key that occurs twice in an object of a valid JSON text: gives where (location and
 * key, of arena) and whether that object holds states. */
bool asl_find_duplicate(str text, struct arena *a, str *location, str *key, bool *of_states);

#endif
