/* What the control plane's files share: a call on its way through, and the rows of its operations.
 *
 * A call is made on the thread http, run at once when it only reads, and on the writer as a store
 * job when it writes. run may be repeated after a rollback: it gives nothing away and draws no
 * random numbers but those made with the call. */
#ifndef CLUSTER_CONTROL_PRIVATE_H
#define CLUSTER_CONTROL_PRIVATE_H

#include "base/rng.h"
#include "base/thread.h"
#include "control.h"
#include "net/url.h"

enum {
    CONTROL_LABELS_MAX = 4, /* in a path pattern */
    CONTROL_PAGE_MAX = 100, /* Source: ListClusters, maxResults */
    CONTROL_TAGS_MAX = 50,  /* Source: TagMap */
    /* Wide enough for any answer: a hundred of anything, each with its bounded request. */
    CONTROL_ANSWER_MAX_BYTES = 4 * 1024 * 1024,
    CONTROL_HEX_BYTES = 16, /* of an endpoint's or issuer's id: 32 hex digits */
};

struct control {
    struct store *store;
    struct clock *clock;
    const struct sts *sts;
    char *region, *account, *version;
    int64_t create_ms, delete_ms;
    struct control_hooks hooks;

    pthread_mutex_t lock; /* guards all below; never held over a call out but the clock's */
    pthread_cond_t idle;
    struct rng rng;
    clock_timer timer; /* one for all resources: at the first due_ms */
    int64_t timer_due_ms;
    size_t pending; /* the armed timer, and jobs in the store's queue */
    bool stopping;
};

struct operation;

struct call {
    struct store_job job; /* first: the store gives it back */
    struct control *control;
    struct http_exchange *x;
    struct arena *arena; /* the exchange's */
    const struct operation *operation;
    str label[CONTROL_LABELS_MAX]; /* of the path, decoded */
    struct url_param *query;
    size_t query_count;
    json body; /* ABSENT: none */
    str caller_arn;
    int64_t now_ms;
    char request_id[UUID_TEXT_LEN + 1], uuid[UUID_TEXT_LEN + 1];
    char hex[2 * CONTROL_HEX_BYTES + 1], hex2[2 * CONTROL_HEX_BYTES + 1];
    /* What the answer is about: members of an error's body. */
    str cluster_name, nodegroup_name, profile_name;
    json answer;    /* given by run */
    int64_t due_ms; /* run made something due then; INT64_MAX: nothing */
};

/* Gives call->answer. c: the thread's reader, or the writer's connection. */
typedef bool operation_run(struct call *call, struct store_connection *c, struct err *err);

enum operation_effect { READS, WRITES };

struct operation {
    str name;
    str method;
    str pattern; /* "/clusters/{}/node-groups/{}": {} is one segment */
    enum operation_effect effect;
    operation_run *run; /* NULL: refused by name */
};

/* Lends the operation of a raw path; *path_known tells whether another method has it. Decodes the
 * labels into call. */
const struct operation *operation_find(struct call *call, str method, str path, bool *path_known,
                                       struct err *err);

/* -- clusters.c -- */
operation_run cluster_create, cluster_describe, cluster_list, cluster_delete;
/* -- children.c: node groups and Fargate profiles -- */
operation_run nodegroup_create, nodegroup_describe, nodegroup_list, nodegroup_delete;
operation_run profile_create, profile_describe, profile_list, profile_delete;
/* True when the cluster has any row of its own there; *err says how EKS refuses it then. */
bool children_none(struct store_connection *c, str cluster, struct err *err);
/* -- versions.c, tags.c -- */
operation_run versions_describe, tags_put, tags_remove, tags_list;
bool version_is_known(str version);

/* -- rows.c -- */
struct cluster_row {
    str name, arn, status, creator_arn, request, ca_pem, ca_key_pem;
    json body; /* given: json_unref */
    int64_t due_ms;
    uint16_t port;
    bool open;
};

/* Columns in the order of CLUSTER_COLUMNS; texts are copied to a. */
#define CLUSTER_COLUMNS                                                                            \
    "name, arn, status, body, creator_arn, request, due_ms, port, ca_pem, ca_key_pem, open"
struct sqlite3_stmt;
bool cluster_row_read(struct sqlite3_stmt *q, struct arena *a, struct cluster_row *out,
                      struct err *err);
void cluster_row_release(struct cluster_row *row);
bool cluster_row_find(struct store_connection *c, struct arena *a, str name,
                      struct cluster_row *out, bool *found, struct err *err);
/* The same, absence being ResourceNotFoundException. */
bool cluster_row_get(struct store_connection *c, struct arena *a, str name, struct cluster_row *out,
                     struct err *err);
bool cluster_row_insert(struct store_connection *c, const struct cluster_row *row, struct err *err);
/* Writes everything that may change: status (into the body too), body, due, port, CA. */
bool cluster_row_update(struct store_connection *c, struct cluster_row *row, struct err *err);
bool cluster_row_remove(struct store_connection *c, str name, struct err *err);

/* What is kept with a resource to know a repeated request: its token and what was asked. Lends. */
str request_text(struct call *call, json parameters, struct err *err);
/* A resource of that name is there. True: the request is the one that made it; false: *err says
 * that it is another one with the same token, or none (`in_use` is the caller's refusal). */
bool request_is_repeated(str stored, json parameters, bool *repeated, struct err *err);

/* -- lifecycle.c -- */
/* Arms the timer for a moment at which something is due. */
void lifecycle_due(struct control *c, int64_t due_ms);
void control_pending_add(struct control *c);
void control_pending_sub(struct control *c);
struct control_cluster cluster_of_row(const struct cluster_row *row);

/* -- shapes.c: what requests may hold -- */
enum shape_kind { SHAPE_STRING, SHAPE_BOOL, SHAPE_INTEGER, SHAPE_LIST, SHAPE_MAP, SHAPE_STRUCT };
struct shape {
    str name;
    enum shape_kind kind;
    bool required;
    /* Bytes of a string, value of an integer, elements of a list or map. max 0: the kind's own. */
    int64_t min, max;
    const char *const *values;   /* an enumeration, ended by NULL */
    const struct shape *members; /* of a structure, ended by a row without a name; of a list: its
                                    element; of a map: its value */
};
extern const struct shape shape_create_cluster[], shape_create_nodegroup[], shape_create_profile[],
    shape_tag_resource[];
/* Gives what the shape knows of an object, nulls left out. Errors: ERR_SERIALIZATION (a wrong
 * type), ERR_EKS_INVALID_PARAMETER. */
bool shape_check(const struct shape *members, json in, json *out, struct err *err);

/* -- building, by json_build_put and json_build_push -- */
/* The member as asked, or the default (taken). Given. */
static inline json asked_or(json object, str key, json otherwise_taken)
{
    json v = json_get(object, key);
    if (json_is_absent(v))
        return otherwise_taken;
    json_unref(otherwise_taken);
    return json_ref(v);
}

static inline void put_asked(json *object, json from, str key)
{
    json v = json_get(from, key);
    if (!json_is_absent(v))
        json_build_put(object, key, json_ref(v));
}

json json_epoch_s(int64_t ms); /* a number as EKS writes its timestamps */
bool no_memory(struct err *err);

/* One page of names: binds nothing itself. */
bool page_limits(struct call *call, int64_t *limit, str *after, struct err *err);
/* Gives {"key": [names], "nextToken": …} of a statement whose rows are names, one more than limit.
 */
bool page_answer(struct call *call, struct store_connection *c, struct sqlite3_stmt *q, str key,
                 int64_t limit, struct err *err);

#endif
