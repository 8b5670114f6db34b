/* One request of a call, and what comes next when its answer is there.
 *
 * A request in flight holds a reference to its task and the function to go on with. When the task
 * was cancelled meanwhile the answer is dropped. */
#include "base/mem.h"
#include "eks_private.h"
#include "net/eks_token.h"
#include "net/url.h"

struct flight {
    struct task *task;
    eks_next *next;
};

enum { REQUEST_ARENA_BYTES = 64 * 1024, CONTROL_TIMEOUT_MS = 60 * 1000 };

static struct flight *flight_new(struct task *t, eks_next *next)
{
    struct flight *f = mem_new(sizeof *f);
    f->task = task_ref(t);
    f->next = next;
    return f;
}

/* Threads: io. */
static void landed(void *context, const struct http_response *response)
{
    struct flight *f = context;
    if (!task_is_cancelled(f->task))
        f->next(f->task, response);
    task_unref(f->task);
    mem_free(f);
}

/* A request that could not even be made is answered as one that had no answer. */
static void fail_before(struct task *t, struct err *err, eks_next *next)
{
    const struct http_response none = {.headers = json_absent(), .err = err};
    next(t, &none);
    err_release(err);
}

void eks_request(struct task *t, const struct kubernetes_request *request, eks_next *next)
{
    const struct task_services *services = task_services_of(t);
    const struct task_request *asked = task_request_of(t);
    const struct eks_access *access = task_state(t);
    struct arena arena;
    arena_init(&arena, REQUEST_ARENA_BYTES);
    struct err err = ERR_INIT;
    struct sigv4_credentials credentials;
    str token = STR_NONE;
    str cluster = json_str(json_get(asked->parameters, STR("ClusterName")));
    if (sts_session(services->sts, &arena, asked->role_arn, &credentials, &err) &&
        eks_token_make(&arena, &credentials, services->region, cluster, clock_wall_ms(), &token,
                       &err)) {
        const struct kubernetes_target target = {
            .endpoint = str_from_c(access->endpoint),
            .ca_pem = str_from_c(access->ca_pem),
            .token = token,
        };
        (void)kubernetes_send(services->http, &target, request, landed, flight_new(t, next));
    } else {
        str_free(request->body_taken);
        fail_before(t, &err, next);
    }
    arena_release(&arena);
}

void eks_get(struct task *t, str path, str query, eks_next *next)
{
    const struct kubernetes_request request = {
        .method = STR("GET"),
        .path = path,
        .query = query,
        .content_type = STR(""),
        .body_taken = STR_NONE,
    };
    eks_request(t, &request, next);
}

static bool control_call(struct task *t, struct arena *a, str method, str path, str query, str body,
                         struct http_call **out, struct err *err)
{
    const struct task_services *services = task_services_of(t);
    struct sigv4_credentials credentials;
    struct url url;
    if (!url_parse(services->eks_endpoint, &url, err) ||
        !sts_session(services->sts, a, task_request_of(t)->role_arn, &credentials, err))
        return false;
    char date[SIGV4_DATE_LEN + 1];
    int64_t now_ms = clock_wall_ms();
    sigv4_date(now_ms, date);
    str host = arena_printf(a, "%.*s:%u", STR_ARG(url.host), (unsigned)url.port);
    str whole = arena_printf(a, "%.*s%.*s%s%.*s", STR_ARG(services->eks_endpoint), STR_ARG(path),
                             query.len ? "?" : "", STR_ARG(query));
    if (!host.ptr || !whole.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for a request");
    const struct sigv4_header headers[] = {
        {STR("host"),                 host                       },
        {STR("x-amz-date"),           (str){date, SIGV4_DATE_LEN}},
        {STR("x-amz-security-token"), credentials.session_token  },
    };
    struct buf authorization;
    buf_init(&authorization, REQUEST_ARENA_BYTES);
    bool ok = sigv4_authorization(&credentials, method, STR("eks"), services->region, path, query,
                                  headers, 3, body, now_ms, &authorization, err);
    if (ok) {
        *out = http_call_new(method, whole);
        http_call_header(*out, headers[1].name, headers[1].value);
        http_call_header(*out, headers[2].name, headers[2].value);
        http_call_header(*out, STR("Authorization"), buf_str(&authorization));
    }
    buf_release(&authorization);
    return ok;
}

void eks_control_request(struct task *t, str method, str path, str query, str body_taken,
                         eks_next *next)
{
    struct arena arena;
    arena_init(&arena, REQUEST_ARENA_BYTES);
    struct err err = ERR_INIT;
    struct http_call *call = NULL;
    if (control_call(t, &arena, method, path, query, body_taken.ptr ? body_taken : STR(""), &call,
                     &err)) {
        if (body_taken.ptr) {
            http_call_header(call, STR("Content-Type"), STR("application/json"));
            http_call_body_take(call, body_taken);
        }
        http_call_limits(call, CONTROL_TIMEOUT_MS, KUBERNETES_RESPONSE_MAX_BYTES);
        (void)http_client_send_take(task_services_of(t)->http, call, landed, flight_new(t, next));
    } else {
        str_free(body_taken);
        fail_before(t, &err, next);
    }
    arena_release(&arena);
}

static bool takes_token(const struct task_resource *r)
{
    for (size_t i = 0; i < r->parameters_count; i++)
        if (str_eq(r->parameters[i].name, STR("ClientRequestToken")))
            return true;
    return false;
}

str eks_control_body(struct task *t, json parameters)
{
    json body = eks_from_states(parameters);
    if (takes_token(task_resource_of(t)) &&
        json_is_absent(json_get(body, STR("clientRequestToken")))) {
        char token[UUID_TEXT_LEN + 1];
        rng_uuid(task_rng(t), token);
        json with_token =
            json_with(body, STR("clientRequestToken"), json_string(str_from_c(token)));
        json_unref(body);
        body = with_token;
    }
    str text = json_text(body);
    json_unref(body);
    return text;
}

json eks_control_answer(const struct task *t, const struct http_response *response)
{
    json wire = json_absent();
    struct err err = ERR_INIT;
    if (response->body.len == 0)
        return json_object(0);
    if (!json_parse(response->body, &wire, &err))
        err_release(&err);
    json answer = eks_to_states(wire, eks_is_sdk(t) ? EKS_TIMES_ISO_8601 : EKS_TIMES_MILLISECONDS);
    json_unref(wire);
    return answer;
}
