/* Status objects. */
#include "base/mem.h"
#include "edit_private.h"
#include "status_private.h"

#include <stdarg.h>
#include <stdio.h>

enum { MESSAGE_MAX_BYTES = 65536 };

void failure_release(struct failure *f)
{
    json_unref(f->status);
    *f = (struct failure){0, json_absent()};
}

const char *resource_text(const struct kind *kind, char space[RESOURCE_TEXT_MAX])
{
    (void)snprintf(space, RESOURCE_TEXT_MAX, kind->group.len ? "%.*s.%.*s" : "%.*s%.*s",
                   STR_ARG(kind->resource), STR_ARG(kind->group));
    return space;
}

/* Takes message and details. The first failure wins. */
static bool set_take(struct failure *f, int code, const char *reason, json message, json details)
{
    if (f->code != 0) {
        json_unref(message);
        json_unref(details);
        return false;
    }
    f->code = code;
    f->status = object_of("kind", json_c("Status"), "apiVersion", json_c("v1"), "metadata",
                          json_object(0), "status", json_c("Failure"), "message", message, "reason",
                          json_c(reason), "details", details, "code", json_integer(code), NULL);
    return false;
}

static json message_of(const char *format, va_list args) PRINTF_LIKE(1, 0);
static json message_of(const char *format, va_list args)
{
    char *text = mem_try(MESSAGE_MAX_BYTES);
    if (!text)
        return json_absent();
    int len = vsnprintf(text, MESSAGE_MAX_BYTES, format, args);
    json message = json_absent();
    if (len >= 0) {
        size_t kept = (size_t)len < MESSAGE_MAX_BYTES ? (size_t)len : MESSAGE_MAX_BYTES - 1;
        kept = str_utf8_find_bad((str){text, kept}); // a character may have been cut in two
        message = json_string((str){text, kept});
    }
    mem_free(text);
    return message;
}

static json details_of(const struct kind *kind, str name)
{
    return object_of("name", name.len ? json_string(name) : json_absent(), "group",
                     kind->group.len ? json_string(kind->group) : json_absent(), "kind",
                     json_string(kind->resource), NULL);
}

bool fail(struct failure *f, int code, const char *reason, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json message = message_of(format, args);
    va_end(args);
    return set_take(f, code, reason, message, json_absent());
}

bool fail_about(struct failure *f, int code, const char *reason, const struct kind *kind, str name,
                const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json message = message_of(format, args);
    va_end(args);
    return set_take(f, code, reason, message, details_of(kind, name));
}

bool fail_bad_request(struct failure *f, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json message = message_of(format, args);
    va_end(args);
    return set_take(f, 400, "BadRequest", message, json_absent());
}

bool fail_not_found(struct failure *f, const struct kind *kind, str name)
{
    char space[RESOURCE_TEXT_MAX];
    return fail_about(f, 404, "NotFound", kind, name, "%s \"%.*s\" not found",
                      resource_text(kind, space), STR_ARG(name));
}

bool fail_exists(struct failure *f, const struct kind *kind, str name)
{
    char space[RESOURCE_TEXT_MAX];
    return fail_about(f, 409, "AlreadyExists", kind, name, "%s \"%.*s\" already exists",
                      resource_text(kind, space), STR_ARG(name));
}

bool fail_conflict(struct failure *f, const struct kind *kind, str name, const char *why)
{
    char space[RESOURCE_TEXT_MAX];
    return fail_about(f, 409, "Conflict", kind, name,
                      "Operation cannot be fulfilled on %s \"%.*s\": %s",
                      resource_text(kind, space), STR_ARG(name), why);
}

bool fail_no_memory(struct failure *f)
{
    return fail(f, 500, "InternalError", "Internal error occurred: no memory for this request");
}

bool fail_err(struct failure *f, const struct err *err)
{
    if (err->id == ERR_STORE_FULL)
        return fail(f, 503, "ServiceUnavailable", "%.*s", STR_ARG(err_text(err)));
    return fail(f, 500, "InternalError", "Internal error occurred: %.*s", STR_ARG(err_text(err)));
}

/* -- causes -- */

void causes_release(struct causes *c)
{
    json_unref(c->list);
    *c = causes_none();
}

static void cause_add(struct causes *c, const char *reason, const char *field, const char *format,
                      ...) PRINTF_LIKE(4, 5);
static void cause_add(struct causes *c, const char *reason, const char *field, const char *format,
                      ...)
{
    if (c->count++ >= CAUSES_MAX)
        return;
    if (json_is_absent(c->list))
        c->list = json_array(4);
    va_list args;
    va_start(args, format);
    json message = message_of(format, args);
    va_end(args);
    json cause =
        object_of("reason", json_c(reason), "message", message, "field", json_c(field), NULL);
    if (!json_push_take(&c->list, cause))
        c->count = c->count ? c->count : 1; // refused all the same, with one cause less told
}

void cause_required(struct causes *c, const char *field, const char *detail)
{
    cause_add(c, "FieldValueRequired", field, "Required value%s%s", *detail ? ": " : "", detail);
}

void cause_invalid(struct causes *c, const char *field, str value, const char *detail)
{
    cause_add(c, "FieldValueInvalid", field, "Invalid value: %.*s: %s", STR_ARG(value), detail);
}

void cause_invalid_str(struct causes *c, const char *field, str value, const char *detail)
{
    cause_add(c, "FieldValueInvalid", field, "Invalid value: \"%.*s\": %s", STR_ARG(value), detail);
}

void cause_unsupported(struct causes *c, const char *field, str value, const char *supported)
{
    cause_add(c, "FieldValueNotSupported", field,
              "Unsupported value: \"%.*s\": supported values: %s", STR_ARG(value), supported);
}

void cause_duplicate(struct causes *c, const char *field, str value)
{
    cause_add(c, "FieldValueDuplicate", field, "Duplicate value: \"%.*s\"", STR_ARG(value));
}

void cause_forbidden(struct causes *c, const char *field, const char *detail)
{
    cause_add(c, "FieldValueForbidden", field, "Forbidden: %s", detail);
}

bool fail_invalid_take(struct failure *f, const struct kind *kind, str name, struct causes *causes)
{
    struct buf b;
    buf_init(&b, MESSAGE_MAX_BYTES);
    buf_printf(&b, kind->group.len ? "%.*s.%.*s" : "%.*s%.*s", STR_ARG(kind->name),
               STR_ARG(kind->group));
    buf_printf(&b, " \"%.*s\" is invalid: ", STR_ARG(name));
    size_t count = json_len(causes->list);
    if (count > 1)
        buf_add_char(&b, '[');
    for (size_t i = 0; i < count; i++) {
        json cause = json_at(causes->list, i);
        buf_printf(&b, "%s%.*s: %.*s", i ? ", " : "",
                   STR_ARG(json_str(json_get(cause, STR("field")))),
                   STR_ARG(json_str(json_get(cause, STR("message")))));
    }
    if (count > 1)
        buf_add_char(&b, ']');
    str text = buf_str(&b);
    json details = object_of("name", name.len ? json_string(name) : json_absent(), "group",
                             kind->group.len ? json_string(kind->group) : json_absent(), "kind",
                             json_string(kind->name), "causes", json_ref(causes->list), NULL);
    (void)set_take(f, 422, "Invalid", json_string(str_sub(text, 0, str_utf8_find_bad(text))),
                   details);
    buf_release(&b);
    causes_release(causes);
    return false;
}
