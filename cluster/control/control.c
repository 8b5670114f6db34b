/* The control plane's life, and the way of a request through it:
 *
 *     http: call_new -> operation -> caller -> reads:  run on this thread's reader ---------->
 * answer writes: a store job: run on the writer, commit -> answer
 *
 * An answer of a write goes out from the writer's done: nobody hears of what a power cut could
 * undo. What a write makes due is armed after its commit as well.
 *
 * To stop: jobs in the store's queue and the timer are counted (pending); control_free waits for
 * none. */
#include "base/digest.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control_private.h"

#include <assert.h>

/* -- answers -- */

static void answer_text(struct call *call, int status, const char *error_type, str body_taken)
{
    struct http_header headers[] = {
        {STR_INIT("Content-Type"),     STR_INIT("application/json")},
        {STR_INIT("x-amzn-RequestId"), str_from_c(call->request_id)},
        {STR_INIT("x-amzn-ErrorType"), str_from_c(error_type)      },
    };
    http_answer_take(call->x, status, headers, error_type ? 3 : 2, body_taken);
}

/* Which members of an error's body beside its message its shape has. Source: botocore's model. */
static bool error_has(enum err_id id, bool profile)
{
    switch (id) {
    case ERR_EKS_RESOURCE_NOT_FOUND:
    case ERR_EKS_INVALID_PARAMETER: return true;
    case ERR_EKS_RESOURCE_IN_USE:
    case ERR_EKS_INVALID_REQUEST:
    case ERR_EKS_RESOURCE_LIMIT_EXCEEDED:
    case ERR_EKS_CLIENT:
    case ERR_EKS_SERVER: return !profile;
    default: return false;
    }
}

/* What EKS calls an error of ours; *status its HTTP status. */
static const char *error_type(enum err_id *id, int *status)
{
    *status = err_id_http_status(*id);
    switch (*id) {
    case ERR_ACCESS_DENIED: *status = 403; return "UnrecognizedClientException";
    case ERR_EKS_RESOURCE_IN_USE: return "ResourceInUseException";
    case ERR_EKS_RESOURCE_NOT_FOUND: return "ResourceNotFoundException";
    case ERR_EKS_INVALID_PARAMETER: return "InvalidParameterException";
    case ERR_EKS_INVALID_REQUEST: return "InvalidRequestException";
    case ERR_EKS_RESOURCE_LIMIT_EXCEEDED: return "ResourceLimitExceededException";
    case ERR_EKS_BAD_REQUEST: return "BadRequestException";
    case ERR_EKS_NOT_FOUND: return "NotFoundException";
    case ERR_EKS_UNSUPPORTED: return "UnsupportedOperationException";
    case ERR_UNKNOWN_OPERATION: *status = 404; return "UnknownOperationException";
    case ERR_SERIALIZATION: return "SerializationException";
    case ERR_VALIDATION:
    case ERR_TOO_LARGE:
        *id = ERR_EKS_INVALID_PARAMETER;
        *status = 400;
        return "InvalidParameterException";
    case ERR_STORE_FULL:
        *id = ERR_EKS_SERVICE_UNAVAILABLE;
        *status = 503;
        return "ServiceUnavailableException";
    default:
        *id = ERR_EKS_SERVER;
        *status = 500;
        return "ServerException";
    }
}

static void answer_error(struct call *call, const struct err *err)
{
    enum err_id id = err->id;
    int status;
    const char *type = error_type(&id, &status);
    json body = json_object(4);
    if (id == ERR_EKS_SERVER)
        log_error("control", "request_failed", "request=%s error=\"%.*s\"", call->request_id,
                  STR_ARG(err_text(err)));
    json_build_put(&body, STR("message"), json_string(err_text(err)));
    if (error_has(id, false) && call->cluster_name.len > 0)
        json_build_put(&body, STR("clusterName"), json_string(call->cluster_name));
    if (error_has(id, false) && call->nodegroup_name.len > 0)
        json_build_put(&body, STR("nodegroupName"), json_string(call->nodegroup_name));
    if (error_has(id, true) && call->profile_name.len > 0)
        json_build_put(&body, STR("fargateProfileName"), json_string(call->profile_name));
    str text = json_text(body);
    json_unref(body);
    answer_text(call, status, type, text);
}

/* Ends the call: its answer goes out and it is gone. */
static void call_finish(struct call *call, const struct err *err)
{
    if (err_is_set(err)) {
        answer_error(call, err);
    } else {
        str text = json_text(call->answer);
        answer_text(call, text.ptr ? 200 : 500, text.ptr ? NULL : "ServerException", text);
    }
    json_unref(call->answer);
    json_unref(call->body);
    mem_free(call);
}

/* -- a write -- */

static bool call_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct call *call = (struct call *)(void *)job; // the job is its first member
    json_unref(call->answer);                       // of a try that was rolled back
    call->answer = json_absent();
    call->due_ms = INT64_MAX;
    return call->operation->run(call, c, err);
}

static void call_done(struct store_job *job, const struct err *err)
{
    struct call *call = (struct call *)(void *)job;
    struct control *control = call->control;
    if (!err_is_set(err))
        lifecycle_due(control, call->due_ms);
    call_finish(call, err);
    control_pending_sub(control);
}

static void call_submit(struct call *call)
{
    call->job = (struct store_job){.apply = call_apply,
                                   .done = call_done,
                                   .flags = STORE_SOON | STORE_MAY_FAIL | STORE_REFUSABLE};
    struct control *control = call->control;
    assert(control);
    control_pending_add(control);
    store_submit_take(control->store, &call->job);
}

/* -- a request -- */

static void draw(struct control *c, struct call *call)
{
    unsigned char bytes[2][CONTROL_HEX_BYTES];
    (void)lock_take(&c->lock);
    rng_uuid(&c->rng, call->request_id);
    rng_uuid(&c->rng, call->uuid);
    rng_bytes(&c->rng, bytes, sizeof bytes);
    (void)lock_give(&c->lock);
    hex_encode(bytes[0], CONTROL_HEX_BYTES, call->hex);
    hex_encode(bytes[1], CONTROL_HEX_BYTES, call->hex2);
}

static bool find_operation(struct call *call, struct err *err)
{
    bool path_known;
    str method = http_method(call->x), path = http_path(call->x);
    call->operation = operation_find(call, method, path, &path_known, err);
    if (call->operation)
        return call->operation->run ||
               err_set(err, ERR_EKS_UNSUPPORTED, "stepd does not support the EKS operation %.*s.",
                       STR_ARG(call->operation->name));
    if (err_is_set(err))
        return false;
    str shown = str_sub(path, 0, path.len < 200 ? path.len : 200);
    return err_set(err, ERR_UNKNOWN_OPERATION, "EKS has no operation %.*s %.*s", STR_ARG(method),
                   STR_ARG(shown));
}

static bool read_body(struct call *call, struct err *err)
{
    str text = http_body(call->x);
    struct err why = ERR_INIT;
    if (text.len == 0) {
        call->body = json_object(0);
        return true;
    }
    bool ok = json_parse(text, &call->body, &why);
    if (ok && call->body.kind != JSON_OBJECT)
        ok = err_set(&why, ERR_SERIALIZATION, "The body must be a JSON object.");
    if (!ok)
        (void)err_set(err, why.id == ERR_NO_MEMORY ? ERR_NO_MEMORY : ERR_SERIALIZATION, "%.*s",
                      STR_ARG(err_text(&why)));
    err_release(&why);
    return ok;
}

static bool identify(struct call *call, struct err *err)
{
    str authorization = http_header(call->x, STR("Authorization"));
    str token = http_header(call->x, STR("X-Amz-Security-Token"));
    // Without any it is the account's local user: nobody is kept out of a server of one's own.
    return sts_identify(call->control->sts, call->arena, sigv4_access_key_of(authorization), token,
                        &call->caller_arn, err);
}

static bool run_read(struct call *call, struct err *err)
{
    struct store_connection *reader = store_reader(call->control->store, err);
    return reader && call->operation->run(call, reader, err);
}

void control_handle_take(struct control *c, struct http_exchange *x)
{
    struct call *call = mem_new(sizeof *call);
    struct err err = ERR_INIT;
    call->control = c;
    call->x = x;
    call->arena = http_arena(x);
    call->now_ms = clock_now_ms(c->clock);
    call->due_ms = INT64_MAX;
    draw(c, call);
    bool ok = find_operation(call, &err) &&
              url_query_parse(call->arena, http_query(x), &call->query, &call->query_count, &err) &&
              read_body(call, &err) && identify(call, &err);
    if (ok && call->operation->effect == WRITES) {
        call_submit(call);
        return;
    }
    if (ok)
        (void)run_read(call, &err);
    call_finish(call, &err);
    err_release(&err);
}

/* -- clusters, for the assembly -- */

bool control_clusters(struct control *c, control_each *fn, void *context, struct err *err)
{
    enum { ROW_ARENA_BYTES = 4 * 1024 * 1024 };
    static const char sql[] = "SELECT " CLUSTER_COLUMNS " FROM clusters ORDER BY name";
    struct store_connection *reader = store_reader(c->store, err);
    struct sqlite3_stmt *q = reader ? store_statement(reader, sql, err) : NULL;
    if (!q)
        return false;
    enum store_row step = STORE_NO_ROW;
    bool ok = true;
    while (ok && (step = store_step(reader, q, err)) == STORE_ROW) {
        struct arena a;
        struct cluster_row row = {.body = json_absent()};
        arena_init(&a, ROW_ARENA_BYTES);
        ok = cluster_row_read(q, &a, &row, err);
        if (ok) {
            struct control_cluster cl = cluster_of_row(&row);
            ok = fn(context, &cl, err);
        }
        cluster_row_release(&row);
        arena_release(&a);
    }
    store_finish(q);
    return ok && step == STORE_NO_ROW;
}

bool control_cluster_find(struct control *c, struct arena *a, str name, struct control_cluster *out,
                          bool *found, struct err *err)
{
    struct cluster_row row = {.body = json_absent()};
    struct store_connection *reader = store_reader(c->store, err);
    if (!reader || !cluster_row_find(reader, a, name, &row, found, err))
        return false;
    if (*found)
        *out = cluster_of_row(&row);
    cluster_row_release(&row);
    return true;
}

/* -- life -- */

struct control *control_new(const struct control_options *options, struct err *err)
{
    struct control *c = mem_new(sizeof *c);
    c->store = options->store;
    c->clock = options->clock;
    c->sts = options->sts;
    c->region = str_dup_c(options->region);
    c->account = str_dup_c(options->account);
    c->version = str_dup_c(options->kubernetes_version);
    c->create_ms = options->create_ms;
    c->delete_ms = options->delete_ms;
    c->hooks = options->hooks;
    c->timer_due_ms = INT64_MAX;
    rng_seed(&c->rng, options->seed);
    lock_init(&c->lock);
    cond_init(&c->idle);
    if (c->region && c->account && c->version)
        return c;
    (void)err_set(err, ERR_NO_MEMORY, "no memory for the control plane");
    control_free(c);
    return NULL;
}

void control_free(struct control *c)
{
    if (!c)
        return;
    (void)lock_take(&c->lock);
    c->stopping = true;
    if (clock_timer_cancel(c->clock, c->timer))
        c->pending--;
    while (c->pending > 0)
        (void)cond_wait(&c->idle, &c->lock);
    (void)lock_give(&c->lock);
    (void)lock_release(&c->lock);
    (void)cond_release(&c->idle);
    mem_free(c->region);
    mem_free(c->account);
    mem_free(c->version);
    mem_free(c);
}
