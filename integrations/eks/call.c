/* eks:call: one request to the Kubernetes API, its answer the result.
 *
 * ASSUMPTION: AWS documents no content type for PATCH. A list is a JSON patch, a value of a core
 * kind a strategic merge patch, which is what published definitions get to work with. */
#include "base/mem.h"
#include "eks_private.h"

enum { QUERY_MAX_BYTES = 16 * 1024, CAUSE_MAX_BYTES = 512 };

static const str methods[] = {STR_INIT("GET"),    STR_INIT("POST"), STR_INIT("PUT"),
                              STR_INIT("DELETE"), STR_INIT("HEAD"), STR_INIT("PATCH")};

static void state_free(void *state)
{
    eks_access_release(state);
    mem_free(state);
}

/* Threads: io. */
static void answered(struct task *t, const struct http_response *response)
{
    if (response->status == 0)
        eks_fail_network(t, response, false);
    else if (eks_is_success(response))
        task_succeeded(t, kubernetes_envelope(response, true));
    else
        eks_fail_kubernetes(t, response, false);
}

static str content_type_of(str method, json body)
{
    if (!str_eq(method, STR("PATCH")))
        return STR("application/json");
    return body.kind == JSON_ARRAY ? STR("application/json-patch+json")
                                   : STR("application/strategic-merge-patch+json");
}

/* A string is sent as it is, JSON as its text. Gives a mem_* block, ptr NULL when there is none. */
static str body_text(json body)
{
    if (json_is_absent(body) || body.kind == JSON_NULL)
        return STR_NONE;
    if (body.kind != JSON_STRING)
        return json_text(body);
    str text = json_str(body);
    return (str){str_dup_c(text), text.len};
}

static void send(struct task *t)
{
    json parameters = task_request_of(t)->parameters;
    json body = json_get(parameters, STR("RequestBody"));
    str method = json_str(json_get(parameters, STR("Method")));
    struct buf query;
    buf_init(&query, QUERY_MAX_BYTES);
    kubernetes_query(json_get(parameters, STR("QueryParameters")), &query);
    const struct kubernetes_request request = {
        .method = method,
        .path = json_str(json_get(parameters, STR("Path"))),
        .query = buf_str(&query),
        .content_type = content_type_of(method, body),
        .body_taken = body_text(body),
    };
    eks_request(t, &request, answered);
    buf_release(&query);
}

void eks_call_begin(struct task *t)
{
    json parameters = task_request_of(t)->parameters;
    str method = json_str(json_get(parameters, STR("Method")));
    str path = json_str(json_get(parameters, STR("Path")));
    bool known = false;
    for (size_t i = 0; i < sizeof methods / sizeof methods[0] && !known; i++)
        known = str_eq(methods[i], method);
    if (!known || !str_starts(path, STR("/"))) {
        struct buf cause;
        str text = json_text(parameters);
        buf_init(&cause, CAUSE_MAX_BYTES + text.len);
        buf_printf(&cause,
                   "The Parameters '%.*s' could not be used to start the Task: [The value of the "
                   "field '%s' has an invalid format]",
                   STR_ARG(text.ptr ? text : STR("{}")), known ? "Path" : "Method");
        task_failed(t, err_id_name(ERR_STATES_RUNTIME), buf_str(&cause));
        str_free(text);
        buf_release(&cause);
        return;
    }
    task_state_set_take(t, mem_new(sizeof(struct eks_access)), state_free);
    eks_access_find(t, send);
}
