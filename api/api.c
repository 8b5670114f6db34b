/* The life of a call: target, body, shape, operation, answer.
 *
 *     api_handle_take ──> row by target ──> JSON ──> shape ──> run ──> answered now
 *                                                              └────> later, by api_answer_take
 *
 * A call lives in the arena of its HTTP exchange and ends with it. */
#include "api/api.h"

#include "api_private.h"
#include "base/hashmap.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"

#include <assert.h>

enum { ANSWER_MAX_BYTES = 64 * 1024 * 1024, ERROR_MAX_BYTES = 256 * 1024 };

struct api *api_new(const struct api_options *options, struct err *err)
{
    (void)err; // nothing that could fail: an allocation of fixed size aborts
    struct api *a = mem_new(sizeof *a);
    a->options = *options;
    lock_init(&a->lock);
    rng_stream(&a->rng, options->seed, hash_bytes("api", 3));
    return a;
}

void api_free(struct api *a)
{
    if (!a)
        return;
    (void)lock_release(&a->lock);
    mem_free(a);
}

void api_uuid(struct api *a, char out[UUID_TEXT_LEN + 1])
{
    (void)lock_take(&a->lock);
    rng_uuid(&a->rng, out);
    (void)lock_give(&a->lock);
}

static void answer(struct api *a, struct http_exchange *x, int status, str error_type, str body)
{
    char id[UUID_TEXT_LEN + 1];
    api_uuid(a, id);
    const struct http_header headers[] = {
        {STR("Content-Type"),     STR("application/x-amz-json-1.0")},
        {STR("x-amzn-RequestId"), {id, UUID_TEXT_LEN}              },
        {STR("x-amzn-ErrorType"), error_type                       },
    };
    http_answer_take(x, status, headers, error_type.ptr ? 3 : 2, body);
}

/* The namespace of an error's __type. Source: answers of AWS published by users of its SDKs. */
static const char *error_namespace(enum err_id id)
{
    switch (id) {
    case ERR_CONSTRAINT: return "com.amazon.coral.validate#";
    case ERR_UNKNOWN_OPERATION:
    case ERR_SERIALIZATION:
    case ERR_INTERNAL: return "com.amazon.coral.service#";
    default: return "com.amazonaws.swf.service.v2.model#";
    }
}

/* What happened inside is not told outside by its inner name. */
static enum err_id public_id(enum err_id id)
{
    switch (id) {
    case ERR_STORE_FULL:
    case ERR_UNAVAILABLE: return ERR_UNAVAILABLE;
    case ERR_BAD_JSON:
    case ERR_TOO_LARGE: return ERR_SERIALIZATION;
    default: return id > ERR_STATES_RUNTIME ? ERR_INTERNAL : id;
    }
}

static void refuse(struct api *a, struct http_exchange *x, const struct err *err)
{
    enum err_id id = public_id(err->id);
    if (id == ERR_INTERNAL || err->id == ERR_STORE_FULL)
        log_error("api", "call-failed", "error=%.*s text=%.*s", STR_ARG(err_name(err)),
                  STR_ARG(err_text(err)));
    struct buf body;
    buf_init(&body, ERROR_MAX_BYTES);
    buf_printf(&body, "{\"__type\":\"%s%.*s\"", error_namespace(id), STR_ARG(err_id_name(id)));
    member_str(&body, id == ERR_SERIALIZATION ? "Message" : "message", err_text(err));
    buf_add_char(&body, '}');
    if (!buf_ok(&body)) {
        buf_reset(&body);
        buf_add(&body, STR("{}"));
    }
    answer(a, x, err_id_http_status(id), err_id_name(id), buf_give(&body));
}

static void call_begin(struct api_call *call)
{
    struct api *a = call->api;
    (void)lock_take(&a->lock);
    call->next = a->calls;
    if (a->calls)
        a->calls->previous = call;
    a->calls = call;
    (void)lock_give(&a->lock);
}

static void call_end(struct api_call *call, bool well)
{
    struct api *a = call->api;
    (void)lock_take(&a->lock);
    if (call->previous)
        call->previous->next = call->next;
    else
        a->calls = call->next;
    if (call->next)
        call->next->previous = call->previous;
    (void)lock_give(&a->lock);
    size_t number = api_operation_number(call->operation);
    atomic_fetch_add_explicit(well ? &call->api->answered[number] : &call->api->refused[number], 1,
                              memory_order_relaxed);
    json_unref(call->body);
}

void api_answer_take(struct api_call *call, struct buf *out)
{
    struct api *a = call->api;
    struct http_exchange *x = call->x;
    buf_add_char(out, '}');
    if (!buf_ok(out)) {
        buf_release(out);
        struct err err = ERR_INIT;
        (void)err_set(&err, ERR_INTERNAL, "The answer is too large");
        api_refuse(call, &err);
        err_release(&err);
        return;
    }
    call_end(call, true);
    answer(a, x, 200, STR_NONE, buf_give(out));
}

void api_refuse(struct api_call *call, const struct err *err)
{
    struct api *a = call->api;
    struct http_exchange *x = call->x;
    call_end(call, false);
    refuse(a, x, err);
}

/* Gives *out on success only. */
static bool parse_body(str text, json *out, struct err *err)
{
    struct err parse = ERR_INIT;
    json body = json_absent();
    if (text.len == 0)
        text = STR("{}");
    if (!json_parse(text, &body, &parse)) {
        bool ok = err_set(err, ERR_SERIALIZATION, "%.*s", STR_ARG(err_text(&parse)));
        err_release(&parse);
        return ok;
    }
    if (body.kind == JSON_OBJECT) {
        *out = body;
        return true;
    }
    json_unref(body);
    return err_set(err, ERR_SERIALIZATION, "Start of structure or map found where not expected.");
}

static const struct api_operation *find(str target, struct err *err)
{
    str prefix = STR("AWSStepFunctions.");
    const struct api_operation *op =
        str_starts(target, prefix) ? api_operation_find(str_skip(target, prefix.len)) : NULL;
    if (!op)
        (void)err_set(err, ERR_UNKNOWN_OPERATION, "The operation '%.*s' is not known to stepd",
                      STR_ARG(target.ptr ? target : STR("")));
    return op;
}

/* Runs a call that has passed its checks; it may be gone afterwards. */
static void run(struct api_call *call)
{
    struct buf out;
    answer_init(&out, ANSWER_MAX_BYTES);
    struct err err = ERR_INIT;
    switch (call->operation->run(call, &out, &err)) {
    case API_ANSWERED: api_answer_take(call, &out); break;
    case API_REFUSED:
        api_refuse(call, &err);
        buf_release(&out);
        break;
    case API_LATER: buf_release(&out); break;
    }
    err_release(&err);
}

void api_handle_take(struct api *a, struct http_exchange *x)
{
    struct err err = ERR_INIT;
    json body = json_absent();
    const struct api_operation *op = find(http_header(x, STR("X-Amz-Target")), &err);
    struct api_call *call = op ? arena_alloc(http_arena(x), sizeof *call) : NULL;
    if (op && !call)
        (void)err_set(&err, ERR_NO_MEMORY, "no memory for a call");
    if (!call || !parse_body(http_body(x), &body, &err) ||
        !api_shape_check(op->members, op->members_count, body, &err)) {
        json_unref(body);
        refuse(a, x, &err);
        err_release(&err);
        return;
    }
    *call =
        (struct api_call){.api = a, .x = x, .operation = op, .arena = http_arena(x), .body = body};
    call_begin(call);
    run(call);
}

void api_stop(struct api *a)
{
    struct err err = ERR_INIT;
    (void)err_set(&err, ERR_UNAVAILABLE, "stepd is stopping");
    while (a->calls) // nobody else is left to change it
        api_refuse(a->calls, &err);
    err_release(&err);
}

bool api_check(str operation, str text, struct err *err)
{
    json body = json_absent();
    const struct api_operation *op = api_operation_find(operation);
    if (!op)
        return err_set(err, ERR_UNKNOWN_OPERATION, "The operation '%.*s' is not known to stepd",
                       STR_ARG(operation));
    bool ok =
        parse_body(text, &body, err) && api_shape_check(op->members, op->members_count, body, err);
    json_unref(body);
    return ok;
}
