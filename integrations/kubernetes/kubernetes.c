/* A client of one Kubernetes API: requests, and what its answers and objects say. */
#include "integrations/kubernetes/kubernetes.h"

#include "net/url.h"

enum { URL_MAX_BYTES = 64 * 1024 };

uint64_t kubernetes_send(struct http_client *http, const struct kubernetes_target *target,
                         const struct kubernetes_request *request, http_done *done, void *context)
{
    struct buf url;
    buf_init(&url, URL_MAX_BYTES);
    buf_add(&url, target->endpoint);
    buf_add(&url, request->path);
    if (request->query.len) {
        buf_add_char(&url, '?');
        buf_add(&url, request->query);
    }
    // Past the maximum the text is cut: the call fails as any with a bad URL does.
    struct http_call *call = http_call_new(request->method, buf_ok(&url) ? buf_str(&url) : STR(""));
    buf_reset(&url);
    buf_printf(&url, "Bearer %.*s", STR_ARG(target->token));
    http_call_header(call, STR("Authorization"), buf_str(&url));
    http_call_header(call, STR("Accept"), STR("application/json"));
    if (request->body_taken.ptr) {
        http_call_header(call, STR("Content-Type"), request->content_type);
        http_call_body_take(call, request->body_taken);
    }
    if (target->ca_pem.len)
        http_call_trust(call, target->ca_pem);
    http_call_limits(call, KUBERNETES_TIMEOUT_MS, KUBERNETES_RESPONSE_MAX_BYTES);
    buf_release(&url);
    return http_client_send_take(http, call, done, context);
}

/* A body that is JSON gives its value, all else its text. */
static json body_value(const struct http_response *response)
{
    json value = json_absent();
    struct err err = ERR_INIT;
    if (response->body.len == 0 || !json_parse(response->body, &value, &err)) {
        err_release(&err);
        value = json_string(response->body);
    }
    // Bytes that are not UTF-8 cannot be a JSON value at all.
    return json_is_absent(value) ? json_null() : value;
}

/* "content-type" as the wire's names are written: "Content-Type". */
static json title_case(str name)
{
    char space[128];
    size_t len = name.len < sizeof space ? name.len : sizeof space;
    bool first = true;
    for (size_t i = 0; i < len; i++) {
        char c = name.ptr[i];
        if (first && c >= 'a' && c <= 'z')
            c = (char)(c - 'a' + 'A');
        space[i] = c;
        first = c == '-';
    }
    return json_string((str){space, len});
}

/* A member whose value was given for it; a failure for want of memory leaves it out. */
static void put(json *object, str key, json value_taken)
{
    if (!json_put_take(object, key, value_taken))
        return;
}

json kubernetes_envelope(const struct http_response *response, bool with_headers)
{
    json envelope = json_object(4);
    put(&envelope, STR("ResponseBody"), body_value(response));
    if (with_headers) {
        json headers = json_object(json_len(response->headers));
        for (size_t i = 0; i < json_len(response->headers); i++) {
            json name = title_case(json_key_at(response->headers, i));
            put(&headers, json_str(name), json_ref(json_value_at(response->headers, i)));
            json_unref(name);
        }
        put(&envelope, STR("ResponseHeaders"), headers);
    }
    put(&envelope, STR("StatusCode"), json_integer(response->status));
    put(&envelope, STR("StatusText"), json_string(response->status_text));
    return envelope;
}

void kubernetes_query(json lists, struct buf *out)
{
    for (size_t i = 0; i < json_len(lists); i++) {
        json values = json_value_at(lists, i);
        for (size_t k = 0; k < json_len(values); k++) {
            if (out->len)
                buf_add_char(out, '&');
            url_encode(json_key_at(lists, i), out);
            buf_add_char(out, '=');
            url_encode(json_str(json_at(values, k)), out);
        }
    }
}

bool kubernetes_condition_holds(json object, str type)
{
    json conditions = json_get_path(object, "status", "conditions", NULL);
    for (size_t i = 0; i < json_len(conditions); i++) {
        json condition = json_at(conditions, i);
        if (str_eq(json_str(json_get(condition, STR("type"))), type))
            return str_eq(json_str(json_get(condition, STR("status"))), STR("True"));
    }
    return false;
}

bool kubernetes_managed_by(json object, str manager)
{
    json fields = json_get_path(object, "metadata", "managedFields", NULL);
    for (size_t i = 0; i < json_len(fields); i++)
        if (str_eq(json_str(json_get(json_at(fields, i), STR("manager"))), manager))
            return true;
    return false;
}
