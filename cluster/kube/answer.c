/* Answers: JSON bodies, warnings as headers, the forms of objects. */
#include "base/mem.h"
#include "edit_private.h"
#include "request_private.h"

#include <stdio.h>

enum { ANSWER_MAX_BYTES = 512 << 20, WARNING_MAX_BYTES = 1024, HEADERS_MAX = 40 };

static const char no_memory_text[] =
    "{\"kind\":\"Status\",\"apiVersion\":\"v1\",\"metadata\":{},\"status\":\"Failure\","
    "\"message\":\"Internal error occurred: no memory\",\"reason\":\"InternalError\",\"code\":500}";

static str heap_copy(const char *text)
{
    size_t len = strlen(text);
    char *copy = mem_new(len + 1);
    memcpy(copy, text, len + 1);
    return (str){copy, len};
}

static void answer_json_take(struct http_exchange *x, int code, bool pretty, json value_taken,
                             const struct http_header *headers, size_t headers_count)
{
    struct buf b;
    str body;
    buf_init(&b, ANSWER_MAX_BYTES);
    if (!json_is_absent(value_taken)) {
        if (pretty)
            json_print_pretty(value_taken, &b);
        else
            json_print(value_taken, &b);
        buf_add_char(&b, '\n');
    }
    if (!json_is_absent(value_taken) && buf_ok(&b)) {
        body = buf_give(&b);
    } else {
        code = 500;
        body = heap_copy(no_memory_text);
    }
    buf_release(&b);
    json_unref(value_taken);
    http_answer_take(x, code, headers, headers_count, body);
}

static const struct http_header json_type = {STR_INIT("Content-Type"),
                                             STR_INIT("application/json")};

void answer_take(struct request *r, int code, json value_taken)
{
    answer_json_take(r->x, code, r->pretty, value_taken, &json_type, 1);
}

/* Lends the header's value from a: 299 - "text", quotes and backslashes escaped. */
static str warning_of(struct arena *a, str text)
{
    struct buf b;
    buf_init(&b, WARNING_MAX_BYTES);
    buf_add(&b, STR("299 - \""));
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '"' || c == '\\')
            buf_add_char(&b, '\\');
        if ((unsigned char)c < ' ' || (unsigned char)c > '~')
            c = '?';
        buf_add_char(&b, c);
    }
    buf_add_char(&b, '"');
    str value = buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    return value;
}

void answer_warned_take(struct request *r, int code, json value_taken, const str *warnings,
                        size_t warnings_count)
{
    struct http_header headers[HEADERS_MAX] = {json_type};
    size_t count = 1;
    for (size_t i = 0; i < warnings_count && count < HEADERS_MAX; i++) {
        str value = warning_of(r->a, warnings[i]);
        if (value.ptr)
            headers[count++] = (struct http_header){STR("Warning"), value};
    }
    answer_json_take(r->x, code, r->pretty, value_taken, headers, count);
}

void answer_failure_take(struct request *r, struct failure *f)
{
    int code = f->code ? f->code : 500;
    json status = json_ref(f->status);
    failure_release(f);
    answer_json_take(r->x, code, r->pretty, status, &json_type, 1);
}

void answer_text_take(struct request *r, int code, const char *content_type, str text)
{
    const struct http_header type = {STR("Content-Type"), str_from_c(content_type)};
    http_answer_take(r->x, code, &type, 1, text);
}

/* Gives an object's metadata alone. */
static json metadata_only(json object)
{
    return object_of("kind", json_c("PartialObjectMetadata"), "apiVersion",
                     json_c("meta.k8s.io/v1"), "metadata",
                     json_ref(json_get(object, STR("metadata"))), NULL);
}

void answer_object(struct request *r, int code, json object, const str *warnings,
                   size_t warnings_count)
{
    json shown = json_ref(object);
    bool is_object =
        str_eq(json_str(json_get(object, STR("kind"))), r->kind ? r->kind->name : STR("Status"));
    if (r->form == FORM_TABLE && r->kind && r->kind->columns && is_object) {
        json list = json_array(1);
        str version = json_str(json_get_path(object, "metadata", "resourceVersion", NULL));
        if (json_push_take(&list, json_ref(object))) {
            json_unref(shown);
            shown = table_of(r, list, or_empty(version), json_absent());
        }
        json_unref(list);
    } else if (r->form == FORM_METADATA && is_object) {
        json_unref(shown);
        shown = metadata_only(object);
    }
    answer_warned_take(r, code, shown, warnings, warnings_count);
}

void kube_refuse_take(struct http_exchange *x, int code, const char *reason, const char *message)
{
    struct failure f = {0};
    (void)fail(&f, code, reason, "%s", message);
    json status = json_ref(f.status);
    failure_release(&f);
    answer_json_take(x, code, false, status, &json_type, 1);
}
