/* The Amazon States Language: a definition's text becomes a checked, typed, read-only tree.
 *
 * Nothing here runs or blocks. The tree is counted and shared by all executions of a revision; any
 * number of threads read it without a lock. What runs lives in the engine's frames beside it.
 * Texts, paths and templates are parsed here once; dataflow.h and choice.h evaluate them.
 * Threads: any. Blocks: never.
 * Source: states-language.net/spec.html; Developer Guide, "Amazon States Language". */
#ifndef ASL_ASL_H
#define ASL_ASL_H

#include "asl/diagnostics.h"
#include "asl/intrinsics/intrinsics.h"
#include "asl/jsonpath/jsonpath.h"
#include "base/json.h"

struct asl_block;
struct asl_state;
struct asl_template;   /* a payload template, compiled: see dataflow.h */
struct asl_expression; /* a JSONata expression, "{% … %}", compiled */
struct asl_rule;       /* a choice rule, compiled: see choice.h */

enum asl_type {
    ASL_TASK,
    ASL_WAIT,
    ASL_PASS,
    ASL_SUCCEED,
    ASL_FAIL,
    ASL_CHOICE,
    ASL_PARALLEL,
    ASL_MAP,
    ASL_TYPE_COUNT
};

/* InputPath, OutputPath, ResultPath: absent is "$"; null has a meaning of its own. */
struct asl_path {
    const struct jsonpath *path; /* NULL: absent, or null */
    bool is_null;
};

/* A number that may come from the input ("…Seconds" or "…SecondsPath", MaxConcurrency…). */
struct asl_number {
    bool given;
    int64_t value;                           /* when the others are NULL */
    const struct jsonpath *path;             /* where it is read */
    const struct asl_expression *expression; /* or what it is, of a JSONata state */
};

/* A text that may come from the input (Error/ErrorPath, Cause/CausePath). */
struct asl_text {
    bool given;
    str value;
    const struct jsonpath *path;             /* or */
    const struct intrinsic_expression *call; /* a …Path may hold one; or, of a JSONata state: */
    const struct asl_expression *expression;
};

/* A percentage, 0 to 100, that may come from the input (ToleratedFailurePercentage). */
struct asl_percentage {
    bool given;
    double value; /* when the others are NULL */
    const struct jsonpath *path;
    const struct asl_expression *expression;
};

/* What happens as a state is left by one of its ways: Output (of a JSONata state; NULL: the
 * default) and Assign (NULL: none). */
struct asl_exit {
    const struct asl_template *output, *assign;
};

/* What a Map state in DISTRIBUTED mode has besides. Texts are whole; templates and JSON are lent by
 * the definition. Source: Developer Guide, "Using Map state in Distributed mode". */
struct asl_distributed {
    bool express; /* ExecutionType of the child executions */
    str label;    /* ptr NULL: none */
    struct asl_number tolerated_count;
    struct asl_percentage tolerated_percentage;
    struct {
        bool given; /* ItemBatcher is there; at least one of the two numbers is given then */
        struct asl_number max_items, max_bytes; /* per batch */
        const struct asl_template *input;       /* BatchInput; NULL: none */
    } batcher;
    struct {
        str resource; /* "arn:aws:states:::s3:getObject"; ptr NULL: no ItemReader */
        const struct asl_template *parameters; /* NULL: none */
        json config;                           /* ReaderConfig as written; ABSENT: none */
        struct asl_number max_items;
    } reader;
    struct {
        bool given;   /* ResultWriter is there */
        str resource; /* ptr NULL: none, it only formats */
        const struct asl_template *parameters;
        json config; /* WriterConfig as written; ABSENT: none */
    } writer;
};

enum asl_jitter { ASL_JITTER_NONE, ASL_JITTER_FULL };

struct asl_retrier {
    const str *errors;
    size_t errors_count;
    int64_t interval_s;     /* default 1 */
    int64_t max_attempts;   /* default 3 */
    double backoff_rate;    /* default 2.0 */
    int64_t max_delay_s;    /* INT64_MAX: none */
    enum asl_jitter jitter; /* default NONE */
};

struct asl_catcher {
    const str *errors;
    size_t errors_count;
    const struct asl_state *next;
    struct asl_path result_path;
    struct asl_exit exit;
};

struct asl_choice {
    const struct asl_rule *rule;
    const struct asl_state *next;
    struct asl_exit exit;
};

enum asl_wait_kind { ASL_WAIT_SECONDS, ASL_WAIT_TIMESTAMP };

struct asl_state {
    enum asl_type type;
    str name;
    size_t number;                /* unique in the whole definition, from 0 */
    const struct asl_state *next; /* NULL: End (or a type that has no Next) */
    struct asl_path input_path, output_path, result_path;
    const struct asl_template *parameters; /* NULL: absent; of Map: ItemSelector's old name apart */
    const struct asl_template *result_selector; /* NULL: absent */
    const struct asl_retrier *retriers;
    size_t retriers_count;
    const struct asl_catcher *catchers;
    size_t catchers_count;
    bool uses_context;    /* something of it reads "$$" or $states.context */
    bool jsonata;         /* its QueryLanguage */
    struct asl_exit exit; /* of Choice: when Default is taken */
    union {
        struct {
            json result; /* ABSENT: none; lent by the definition */
        } pass;
        struct {
            str resource; /* the whole ARN */
            struct asl_number timeout_s, heartbeat_s;
            struct asl_text role_arn; /* Credentials: whose role it is called under */
        } task;
        struct {
            const struct asl_choice *choices;
            size_t count;
            const struct asl_state *fallback; /* Default; NULL: none */
        } choice;
        struct {
            enum asl_wait_kind kind;
            struct asl_number seconds;
            str timestamp; /* Timestamp; ptr NULL: none */
            const struct jsonpath *timestamp_path;
            const struct asl_expression *timestamp_expression;
        } wait;
        struct {
            struct asl_text error, cause;
        } fail;
        struct {
            const struct asl_block *const *branches;
            size_t count;
        } parallel;
        struct {
            const struct asl_block *processor;
            const struct jsonpath *items_path; /* NULL: "$" */
            const struct asl_template
                *items; /* of a JSONata state, or items_expression; else its input */
            const struct asl_expression *items_expression;
            const struct asl_template *item_selector;  /* NULL: the item itself */
            struct asl_number max_concurrency;         /* 0 or absent: see engine's limits.h */
            const struct asl_distributed *distributed; /* NULL: INLINE mode */
        } map;
    } as;
};

/* A States block: the machine itself, a branch, an item processor. */
struct asl_block {
    const struct asl_state *start;
    const struct asl_state *const *states; /* in order of writing */
    size_t states_count;
    size_t number;             /* unique in the whole definition; 0 the machine's */
    bool distributed, express; /* ProcessorConfig: Mode DISTRIBUTED, ExecutionType EXPRESS */
};

struct asl_definition; /* counted */

/* What the resources of Task states are checked against: given by who knows the integrations, so
 * that this room does not. Adds diagnostics at location (the state's: "/States/X"). parameters is
 * the Parameters field as written (keys may end in ".$"), ABSENT when there is none. */
typedef void asl_resource_check(void *context, str resource, json parameters, bool express,
                                str location, struct asl_diagnostics *d);

struct asl_options {
    bool express;                       /* an EXPRESS state machine: some patterns are refused */
    bool placeholders;                  /* "${…}" may stand in a Resource: a warning, no error */
    asl_resource_check *resource_check; /* NULL: any Resource that looks like an ARN will do */
    void *context;
};

/* Parses and checks. Gives *out when there is no error diagnostic (warnings may be there); else
 * false, and d has at least one error. d must be initialised. */
bool asl_parse(str text, const struct asl_options *options, struct asl_definition **out,
               struct asl_diagnostics *d);

struct asl_definition *asl_ref(struct asl_definition *d);
void asl_unref(struct asl_definition *d); /* accepts NULL */

const struct asl_block *asl_root(const struct asl_definition *d);
int64_t asl_timeout_s(const struct asl_definition *d); /* TimeoutSeconds of the machine; 0: none */

/* The block or state of a number, or NULL: for checkpoints. */
const struct asl_block *asl_block_at(const struct asl_definition *d, size_t number);
const struct asl_state *asl_state_at(const struct asl_definition *d, size_t number);
size_t asl_states_count(const struct asl_definition *d);

/* Which variables the states read, sorted: {"state": ["name", …], …}, of states that read some.
 * ABSENT: none does. Lends. */
json asl_variable_references(const struct asl_definition *d);

str asl_type_name(enum asl_type type); /* "Task" */

/* Does an ErrorEquals list match error? A name matches itself. States.ALL matches all but
 * States.Runtime; States.TaskFailed all but that and the timeouts; States.Timeout matches
 * States.HeartbeatTimeout too.
 * Source: Developer Guide, "Handling errors in Step Functions workflows"; but recorded executions
 * catch States.DataLimitExceeded by States.ALL, which the guide denies.
 * ASSUMPTION: States.Runtime can be named. */
bool asl_errors_match(const str *errors, size_t count, str error);

/* Milliseconds before retry number `retry` (1 the first): interval * rate^(retry-1), capped, with
 * full jitter uniform in [0, that]. */
int64_t asl_retry_delay_ms(const struct asl_retrier *r, uint64_t retry, struct rng *rng);

#endif
