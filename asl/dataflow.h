/* How data flows through a state: InputPath, Parameters, ResultSelector, ResultPath, OutputPath.
 *
 * Pure functions over a checked definition. Texts of errors are AWS's, without the sentence that
 * names the state: the engine puts that in front (all but ERR_STATES_RUNTIME_BARE).
 * Values are shared, never copied.
 * Threads: any; rng is the caller's. Blocks: never.
 * Source: Developer Guide, "Processing input and output in Step Functions". */
#ifndef ASL_DATAFLOW_H
#define ASL_DATAFLOW_H

#include "asl/asl.h"
#include "base/timestamp.h"

/* What expressions of a state see; borrowed. */
struct asl_scope {
    json context;   /* the context object; may be ABSENT when the state's uses_context is false */
    json variables; /* an object; ABSENT: none */
    int64_t now_ms; /* of $now */
    struct rng *rng;
    str *failed;               /* set to the field ("Output/v") whose expression ended in
                                  ERR_STATES_QUERY_EVALUATION_ERROR; lent by the definition; ptr NULL: in none.
                                  May be NULL */
    json result, error_output; /* set by the functions below for what they evaluate */
};

/* Gives what the state works on: InputPath, then Parameters (but of Map: see asl_map_item). */
bool asl_state_input(const struct asl_state *s, json raw, const struct asl_scope *scope, json *out,
                     struct err *err);

/* Gives the state's output: ResultSelector on result, ResultPath into raw, OutputPath; of a JSONata
 * state the exit's Output, result without one. exit: &s->exit, or that of a choice. */
bool asl_state_output(const struct asl_state *s, const struct asl_exit *exit, json raw, json result,
                      const struct asl_scope *scope, json *out, struct err *err);

/* Gives what the exit's Assign sets, an object; ABSENT: it has none. Of a JSONPath state "$" is the
 * result, before any ResultSelector. Source: Developer Guide, "Passing data between states with
 * variables". */
bool asl_state_assign(const struct asl_state *s, const struct asl_exit *exit, json raw, json result,
                      const struct asl_scope *scope, json *out, struct err *err);

/* Gives {"Error","Cause"}, what a catcher works on; of the two, what is none (ptr NULL) is null.
 * Source: recorded executions. */
bool asl_error_output(str error, str cause, json *out, struct err *err);
/* Gives a catcher's output: error_output put into raw at the catcher's ResultPath; of a JSONata
 * state its Output, error_output without one. */
bool asl_catch_output(const struct asl_state *s, const struct asl_catcher *c, json raw,
                      json error_output, const struct asl_scope *scope, json *out, struct err *err);
/* As asl_state_assign, on error_output. */
bool asl_catch_assign(const struct asl_state *s, const struct asl_catcher *c, json raw,
                      json error_output, const struct asl_scope *scope, json *out, struct err *err);

/* A number of the definition, or of the input at its path. Errors: ERR_STATES_RUNTIME in the words
 * AWS has for the field (name: "SecondsPath", "TimeoutSecondsPath", "HeartbeatSecondsPath",
 * "MaxConcurrencyPath"). n->given must be true. */
bool asl_number_eval(const struct asl_number *n, str name, json input,
                     const struct asl_scope *scope, int64_t *out, struct err *err);

/* When a Wait state that was entered at now_ms ends. */
bool asl_wait_until_ms(const struct asl_state *s, json input, const struct asl_scope *scope,
                       int64_t now_ms, int64_t *out, struct err *err);

/* Error or Cause of a Fail state: gives a JSON string, or ABSENT when not given. */
bool asl_text_eval(const struct asl_text *t, str name, json input, const struct asl_scope *scope,
                   json *out, struct err *err);

/* Map: gives the array of items (ItemsPath over the input, or Items). Errors:
 * ERR_STATES_RUNTIME(_BARE), ERR_STATES_QUERY_EVALUATION_ERROR. */
bool asl_map_items(const struct asl_state *s, json input, const struct asl_scope *scope, json *out,
                   struct err *err);

/* Map: gives the input of one iteration: ItemSelector over the Map's input, with scope's context
 * holding $$.Map.Item; the item itself without one. */
bool asl_map_item(const struct asl_state *s, json input, json item, const struct asl_scope *scope,
                  json *out, struct err *err);

/* Distributed Map: what the numbers of its Map Run are, in this visit. Errors: ERR_STATES_RUNTIME
 * in AWS's words. */
struct asl_map_run_numbers {
    int64_t max_concurrency;                  /* 0: none given */
    int64_t tolerated_count;                  /* 0 unless given */
    double tolerated_percentage;              /* 0 unless given */
    int64_t max_batch_items, max_batch_bytes; /* 0: none given */
};
bool asl_map_run_numbers(const struct asl_state *s, json input, const struct asl_scope *scope,
                         struct asl_map_run_numbers *out, struct err *err);

/* Distributed Map with an ItemReader: gives what its resource is asked for: its Parameters,
 * evaluated, and a member ReaderConfig as written but with MaxItems as a number (absent without
 * either). */
bool asl_map_reader_request(const struct asl_state *s, json input, const struct asl_scope *scope,
                            json *out, struct err *err);
/* Distributed Map with a ResultWriter that has a Resource: gives its Parameters, evaluated. */
bool asl_map_writer_request(const struct asl_state *s, json input, const struct asl_scope *scope,
                            json *out, struct err *err);
/* Distributed Map with an ItemBatcher: gives BatchInput, evaluated; ABSENT when there is none. */
bool asl_map_batch_input(const struct asl_state *s, json input, const struct asl_scope *scope,
                         json *out, struct err *err);

/* Templates. Lends *out from a; written must live as long. Field names of errors are "key.$".
 * Errors go to d at location. */
bool asl_template_parse(struct arena *a, json written, str location,
                        const struct asl_template **out, struct asl_diagnostics *d);
bool asl_template_uses_context(const struct asl_template *t);
/* Gives *out: a template without expressions costs one reference. */
bool asl_template_eval(const struct asl_template *t, json input, const struct asl_scope *scope,
                       json *out, struct err *err);

#endif
