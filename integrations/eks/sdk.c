/* aws-sdk:eks:<operation>: any operation of the EKS API, sent as the AWS SDK sends it.
 *
 * Parameters that the path names go there; the others are the query of a GET or DELETE and the body
 * of a POST. There is one request and nothing to wait for. After a restart it is sent again, under
 * the same client token where the operation has one.
 * Source: Developer Guide, "Learning to use AWS service SDK integrations in Step Functions". */
#include "base/log.h"
#include "eks_private.h"
#include "net/url.h"

enum { PATH_MAX_BYTES = 16 * 1024, QUERY_MAX_BYTES = 64 * 1024 };

static const struct eks_sdk_operation *operation_of(const struct task *t)
{
    return (const struct eks_sdk_operation *)task_resource_of(t); // its first member
}

/* Cuts "{Label}" and what stands before it off *path; false: there is no other. */
static bool next_label(str *path, str *before, str *label)
{
    *before = str_cut(path, '{');
    *label = path->ptr ? str_cut(path, '}') : STR_NONE;
    return label->ptr;
}

static bool is_in_path(str path, str name)
{
    str before, label;
    while (next_label(&path, &before, &label))
        if (str_eq(label, name))
            return true;
    return false;
}

static void add_path(str path, json parameters, struct buf *out)
{
    str before, label;
    while (next_label(&path, &before, &label)) {
        buf_add(out, before);
        url_encode(json_str(json_get(parameters, label)), out);
    }
    buf_add(out, before);
}

static void add_query_value(json v, struct buf *out)
{
    str text = v.kind == JSON_STRING ? STR_NONE : json_text(v);
    url_encode(text.ptr ? text : json_str(v), out);
    str_free(text);
}

/* "&maxResults=10", a list as often as it has elements. */
static void add_query(str name, json v, struct buf *out)
{
    size_t count = v.kind == JSON_ARRAY ? json_len(v) : 1;
    for (size_t i = 0; i < count; i++) {
        if (out->len > 0)
            buf_add_char(out, '&');
        buf_add_char(out, (char)(name.ptr[0] - 'A' + 'a'));
        buf_add(out, str_skip(name, 1));
        buf_add_char(out, '=');
        add_query_value(v.kind == JSON_ARRAY ? json_at(v, i) : v, out);
    }
}

/* Threads: io. */
static void answered(struct task *t, const struct http_response *response)
{
    bool gone = response->status == 404 && str_eq(operation_of(t)->method, STR("DELETE"));
    if (response->status == 0) {
        eks_fail_network(t, response, false);
    } else if (eks_is_success(response)) {
        task_succeeded(t, eks_control_answer(t, response));
    } else if (gone && task_request_of(t)->again) {
        // ASSUMPTION: sent before the restart, it has done its work; its answer is lost.
        log_info("eks", "deleted-before-restart", "execution=%.*s",
                 STR_ARG(task_request_of(t)->execution_arn));
        task_succeeded(t, json_object(0));
    } else {
        eks_fail_control(t, response, false);
    }
}

void eks_sdk_begin(struct task *t)
{
    const struct eks_sdk_operation *o = operation_of(t);
    json parameters = task_request_of(t)->parameters, body = json_object(json_len(parameters));
    bool post = str_eq(o->method, STR("POST"));
    struct buf path, query;
    buf_init(&path, PATH_MAX_BYTES);
    buf_init(&query, QUERY_MAX_BYTES);
    add_path(o->path, parameters, &path);
    for (size_t i = 0; i < json_len(parameters); i++) {
        str name = json_key_at(parameters, i);
        json v = json_value_at(parameters, i);
        if (is_in_path(o->path, name))
            continue;
        if (post)
            json_build_put(&body, name, json_ref(v));
        else
            add_query(name, v, &query);
    }
    if (!buf_ok(&path) || !buf_ok(&query) || json_is_absent(body))
        task_failed(t, STR("Eks.SdkClientException"), STR("The request is too large"));
    else
        eks_control_request(t, o->method, buf_str(&path), buf_str(&query),
                            post ? eks_control_body(t, body) : STR_NONE, answered);
    json_unref(body);
    buf_release(&query);
    buf_release(&path);
}
