/* What a Task state can call: the contract between the engine and its integrations.
 *
 * A resource is a row: its name, its parameters, how it starts. A call under way is a struct task,
 * counted; whoever works on it later holds a reference. The engine hears of it by reports, which
 * may come from any thread, and never twice of the same end.
 *
 * To add a resource: its row in the table of its service (eks/eks.c), its code in the file of its
 * family, its cases in tests/unit/integrations; the service's table is named in integrations.c. */
#ifndef INTEGRATIONS_TASK_TASK_H
#define INTEGRATIONS_TASK_TASK_H

#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"
#include "base/rng.h"
#include "net/http_client.h"
#include "net/sts.h"

struct task;

/* -- what a Task asks for; all borrowed by task_start, copied into the task -- */
struct task_request {
    str id;          /* 32 hex digits, the same after a restart: of execution, frame and attempt */
    json parameters; /* evaluated; an object, or ABSENT */
    str role_arn, execution_arn, state_name;
    bool
        again; /* it may have been sent before a restart: find what it made before making another */
    json recall; /* what the integration recorded with task_submitted; ABSENT: nothing */
};

/* -- reports to the engine; functions of the engine; Threads: any; Block: never -- */
struct task_host {
    void *context;
    /* The first answer of a .sync call: event TaskSubmitted, with output; recall is kept with the
     * execution and comes back after a restart. Takes both. At most once a task. */
    void (*submitted)(void *context, uint64_t number, json output_taken, json recall_taken);
    /* The end. Takes output. */
    void (*succeeded)(void *context, uint64_t number, json output_taken);
    /* The end: error name and cause, borrowed. submit: the first request of a .sync call was
     * refused (event TaskSubmitFailed instead of TaskFailed). */
    void (*failed)(void *context, uint64_t number, str error, str cause, bool submit);
};

/* -- what integrations work with; outlives every task -- */
enum task_poll { TASK_POLL_FAST, TASK_POLL_AWS };

struct task_services {
    struct clock *clock;
    struct http_client *http;
    const struct sts *sts;
    str region, account;
    str eks_endpoint;       /* of the EKS control plane: "http://127.0.0.1:8083" */
    bool eks_auto_clusters; /* a cluster that is missing is provisioned on first use */
    enum task_poll poll;
    struct {
        str endpoint; /* S3-compatible; empty: none */
        str buckets;  /* "NAME=DIR,NAME=DIR": buckets that are directories */
        str access_key, secret_key, session_token;
        struct s3_files *files; /* made by integrations_new */
    } s3;
    bool limits_off; /* the 262,144-byte quota is lifted */
};

/* -- rows -- */
enum task_kind {
    TASK_ANY,
    TASK_STRING,
    TASK_BOOLEAN,
    TASK_NUMBER,
    TASK_OBJECT,
    TASK_ARRAY,
    TASK_OBJECT_OR_STRING,
    TASK_LISTS /* map of string to list of strings */
};

struct task_parameter {
    str name;
    enum task_kind kind;
    bool required;
};

/* Threads: any. Blocks: never. Begins the call; what goes wrong at once is reported like the rest.
 */
typedef void task_begin(struct task *t);

struct task_resource {
    str name; /* "eks:runJob.sync": what follows "arn:aws:states:::" */
    str type; /* "eks", as events have it */
    str api;  /* "runJob.sync", as events have it */
    const struct task_parameter *parameters;
    size_t parameters_count;
    bool sync;  /* refused in EXPRESS state machines */
    bool large; /* its output is a data set: the quota of a state's data does not hold */
    task_begin *begin;
};

/* -- a task, seen by its integration -- */
struct task *task_ref(struct task *t);
void task_unref(struct task *t);
const struct task_resource *task_resource_of(const struct task *t);
const struct task_request *task_request_of(const struct task *t); /* lent while referenced */
const struct task_services *task_services_of(const struct task *t);
struct rng *task_rng(struct task *t); /* seeded by its id. Threads: holder */

/* Has the engine lost interest (timeout, abort)? Then stop polling and drop it. */
bool task_is_cancelled(struct task *t);

/* Reports, dropped when cancelled or already ended. */
void task_submitted(struct task *t, json output_taken, json recall_taken);
void task_succeeded(struct task *t,
                    json output_taken); /* past 262,144 bytes: States.DataLimitExceeded */
void task_failed(struct task *t, str error, str cause);
/* The end of a result that is known to be past the quota: States.DataLimitExceeded. */
void task_result_too_large(struct task *t, bool submit);
void task_submit_failed(struct task *t, str error, str cause);

/* Calls fn(t) after delay_ms on the clock (thread timer; fn must be short), unless cancelled.
 * Holds a reference meanwhile. */
typedef void task_resume(struct task *t);
void task_after(struct task *t, int64_t delay_ms, task_resume *fn);

/* The integration's own state of this call, freed with the task. */
void task_state_set_take(struct task *t, void *state, void (*free_state)(void *));
void *task_state(const struct task *t);

/* -- a task, seen by the engine -- */
/* Gives a task under way (begin has been called). number is the engine's, in every report. */
struct task *task_start(const struct task_resource *r, const struct task_services *services,
                        const struct task_host *host, uint64_t number,
                        const struct task_request *request);
/* No report comes after this returns. Threads: any. Blocks: on a report being made. */
void task_cancel(struct task *t);

/* -- parameters against a row. location-free: one sentence a fault, to each. -- */
typedef void task_fault(void *context, str field, const char *sentence);
/* As written in a definition (keys may end in ".$": the kind is then not judged). */
void task_parameters_check(const struct task_resource *r, json written, task_fault *fault,
                           void *context);
/* As evaluated: ERR_STATES_RUNTIME, "The Parameters '{…}' could not be used to start the Task:
 * […]". */
bool task_parameters_judge(const struct task_resource *r, json parameters, struct err *err);

#endif
