/* What the files of the API room share: a call, its checks, its answer. */
#ifndef API_API_PRIVATE_H
#define API_API_PRIVATE_H

#include "api/api.h"
#include "base/rng.h"
#include "store/machines.h"
#include "store/map_runs.h"

#include <pthread.h>
#include <stdatomic.h>

/* -- shapes: what an operation's input must look like -- */
enum shape_kind {
    SHAPE_STRING,
    SHAPE_INTEGER,
    SHAPE_FLOAT,
    SHAPE_BOOLEAN,
    SHAPE_LIST,
    SHAPE_STRUCTURE
};

struct shape {
    str name;
    enum shape_kind kind;
    bool required;
    int64_t min, max;        /* length of a string (UTF-16 units), value of a number; max 0: none */
    int64_t max_utf8_bytes;  /* 0: none */
    const char *enumeration; /* "[A, B]" as AWS lists it; NULL: any text */
    const struct shape
        *members; /* of a structure, or of a list's elements; NULL: not looked into */
    size_t members_count;
};

/* Errors: ERR_CONSTRAINT ("1 validation error detected: …"), ERR_SERIALIZATION for a wrong type. */
bool api_shape_check(const struct shape *members, size_t count, json body, struct err *err);

/* -- a call under way: lives in its exchange's arena, until it is answered -- */
struct api_call {
    struct api *api;
    struct http_exchange *x;
    const struct api_operation *operation;
    struct arena *arena;
    json body;                        /* the input, an object */
    struct api_call *previous, *next; /* in the list of calls under way */
};

enum api_outcome { API_REFUSED, API_ANSWERED, API_LATER };

/* Adds the answer's members to out (begun) and gives API_ANSWERED; or sets err and gives
 * API_REFUSED; or gives API_LATER and answers by api_answer_take or api_refuse, from any thread. */
typedef enum api_outcome api_run(struct api_call *call, struct buf *out, struct err *err);

struct api_operation {
    str name;
    const struct shape *members;
    size_t members_count;
    api_run *run;
};
const struct api_operation *api_operation_find(str name);
size_t api_operation_number(const struct api_operation *op);
enum { API_OPERATIONS_MAX = 64, API_BODY_MAX_BYTES = 8 * 1024 * 1024 };

struct api {
    struct api_options options;
    pthread_mutex_t lock; /* guards rng, calls */
    struct rng rng;
    struct api_call *calls; /* under way: not answered yet */
    atomic_ullong answered[API_OPERATIONS_MAX], refused[API_OPERATIONS_MAX]; /* relaxed counters */
};

void api_uuid(struct api *a, char out[UUID_TEXT_LEN + 1]);

/* Begins an answer: an open object, to which members are added. */
void answer_init(struct buf *out, size_t max_bytes);
/* Ends a call with an answer begun by answer_init; takes it, closes it. */
void api_answer_take(struct api_call *call, struct buf *out);
void api_refuse(struct api_call *call, const struct err *err);

/* -- members of an answer -- */
void member_str(struct buf *out, const char *name, str value);
void member_text_if(struct buf *out, const char *name, str value); /* not when ptr is NULL */
void member_raw(struct buf *out, const char *name, str json_text);
void member_time(struct buf *out, const char *name, int64_t ms);
void member_int(struct buf *out, const char *name, int64_t value);
void member_bool(struct buf *out, const char *name, bool value);
/* Opens a list member: its elements follow, then a ']'. */
void member_list(struct buf *out, const char *name);
/* Opens a member that is an object: its members follow, then a '}'. */
void member_object(struct buf *out, const char *name);
/* Opens an element of a list that is an object: its members follow, then a '}'. */
void element_open(struct buf *out);

/* -- inputs -- */
str input_str(const struct api_call *call, const char *name); /* ptr NULL: absent */
json input(const struct api_call *call, const char *name);
bool input_flag(const struct api_call *call, const char *name, bool absent);
/* maxResults: 0 and absent are 100. */
size_t input_limit(const struct api_call *call);

/* -- names and ARNs -- */
bool name_check(str name, struct err *err); /* ERR_INVALID_NAME */
/* Must be an ARN of states with a resource "type:…"; ERR_INVALID_ARN otherwise. type NULL: any. */
bool arn_check(str arn, const char *type, struct err *err);
bool role_arn_check(str arn, struct err *err);

/* -- page tokens: opaque, bound to what they page through -- */
/* Appends; what: the operation and its filter. */
void token_print(struct buf *out, str what, int64_t a, uint64_t b);
/* ERR_INVALID_TOKEN. */
bool token_parse(str token, str what, int64_t *a, uint64_t *b, struct err *err);

/* -- configurations: logging, tracing, encryption, as given and as described -- */
/* Lends the compact text to keep from the call's arena; empty: absent. Errors by name. */
bool configurations_read(struct api_call *call, struct store_machine *m, struct err *err);
void configurations_describe(const struct store_machine *m, struct buf *out);

/* -- machines, for others' files -- */
bool machine_load(struct api_call *call, struct store_connection *c, str arn,
                  struct store_machine *out,
                  struct err *err); /* ERR_STATE_MACHINE_DOES_NOT_EXIST */
/* -- executions and Map Runs, for others' files -- */
bool execution_load(struct api_call *call, str arn, struct store_execution *out,
                    struct err *err); /* ERR_EXECUTION_DOES_NOT_EXIST */
bool map_run_load(struct api_call *call, str arn, struct store_map_run *out,
                  struct err *err); /* ERR_RESOURCE_NOT_FOUND */

bool tags_check(json tags, struct err *err);
bool tags_store(struct store_connection *c, str arn, json tags, struct err *err);

/* -- the rows' code -- */
api_run api_create_state_machine, api_update_state_machine, api_describe_state_machine,
    api_delete_state_machine, api_list_state_machines, api_start_execution,
    api_start_sync_execution, api_describe_execution, api_stop_execution, api_list_executions,
    api_get_execution_history, api_describe_state_machine_for_execution, api_tag_resource,
    api_untag_resource, api_list_tags_for_resource, api_validate_state_machine_definition,
    api_describe_map_run, api_list_map_runs, api_update_map_run;

#endif
