/* Why a path led nowhere, in Jayway's words, which AWS shows. */
#include "jsonpath_private.h"

#include <inttypes.h>

void explain_rename(struct err *err, str name)
{
    struct err renamed = ERR_INIT;
    err_set_named(&renamed, name, "%.*s", STR_ARG(err_text(err)));
    err_release(err);
    err_move(err, &renamed);
}

/* -- steps as Jayway prints them -- */

void print_names(const struct step *s, const char *separator, struct buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < s->as.names.count; i++)
        buf_printf(out, "%s'%.*s'", i > 0 ? separator : "", STR_ARG(s->as.names.items[i]));
    buf_add_char(out, ']');
}

static void print_slice(const struct step *s, struct buf *out)
{
    buf_add_char(out, '[');
    if (s->as.slice.has_from)
        buf_printf(out, "%" PRId64, s->as.slice.from);
    buf_add_char(out, ':');
    if (s->as.slice.has_to)
        buf_printf(out, "%" PRId64, s->as.slice.to);
    buf_add_char(out, ']');
}

static void print_step(const struct step *s, struct buf *out)
{
    switch (s->kind) {
    case STEP_NAME: buf_printf(out, "['%.*s']", STR_ARG(s->as.name)); break;
    case STEP_NAMES: print_names(s, ",", out); break;
    case STEP_INDEX: buf_printf(out, "[%" PRId64 "]", s->as.index); break;
    case STEP_INDEXES:
        buf_add_char(out, '[');
        for (size_t i = 0; i < s->as.indexes.count; i++)
            buf_printf(out, "%s%" PRId64, i > 0 ? "," : "", s->as.indexes.items[i]);
        buf_add_char(out, ']');
        break;
    case STEP_SLICE: print_slice(s, out); break;
    case STEP_WILDCARD: buf_add(out, STR("[*]")); break;
    case STEP_DEEP: buf_add(out, STR("..")); break;
    case STEP_FILTER: buf_add(out, STR("[?]")); break;
    case STEP_FUNCTION:
        buf_printf(out, ".%.*s(%s)", STR_ARG(s->as.call.name), s->as.call.count > 0 ? "..." : "");
        break;
    }
}

void print_steps(const struct jsonpath *p, size_t count, struct buf *out)
{
    buf_add_char(out, p->from_item ? '@' : '$');
    for (size_t i = 0; i < count; i++)
        print_step(&p->steps[i], out);
}

/* -- reasons -- */

/* What Java would call the value's class.
 * ASSUMPTION: AWS holds values as Jackson's plain mapping makes them. */
static const char *class_name(json v)
{
    int64_t i;
    switch (v.kind) {
    case JSON_ABSENT:
    case JSON_NULL: return "null";
    case JSON_FALSE:
    case JSON_TRUE: return "java.lang.Boolean";
    case JSON_INTEGER:
        i = v.as.integer;
        return i >= INT32_MIN && i <= INT32_MAX ? "java.lang.Integer" : "java.lang.Long";
    case JSON_NUMBER: return "java.lang.Double";
    case JSON_STRING: return "java.lang.String";
    case JSON_ARRAY: return "java.util.ArrayList";
    case JSON_OBJECT: return "java.util.LinkedHashMap";
    }
    return "null";
}

static void explain_no_object(const struct jsonpath *p, size_t i, json at, struct buf *out)
{
    buf_add(out, STR("Expected to find an object with property "));
    print_step(&p->steps[i], out);
    buf_add(out, STR(" in path "));
    print_steps(p, i, out);
    buf_printf(out,
               " but found '%s'. This is not a json object according to the "
               "JsonProvider: "
               "'com.jayway.jsonpath.spi.json.JacksonJsonProvider'.",
               class_name(at));
}

static void explain_no_array(const struct jsonpath *p, size_t i, json at, struct buf *out)
{
    if (at.kind == JSON_NULL) {
        buf_add(out, STR("The path "));
        print_steps(p, i, out);
        buf_add(out, STR(" is null"));
        return;
    }
    buf_add(out, STR("Filter: "));
    print_step(&p->steps[i], out);
    buf_add(out, STR(" can only be applied to arrays. Current context is: "));
    jsonpath_print_java(at, out);
}

/* Why step i led nowhere from at. */
static void explain(const struct jsonpath *p, size_t i, json at, struct buf *out)
{
    switch (p->steps[i].kind) {
    case STEP_NAME:
    case STEP_NAMES:
        if (at.kind != JSON_OBJECT) {
            explain_no_object(p, i, at, out);
            return;
        }
        if (i + 1 < p->steps_count) {
            buf_add(out, STR("Missing property in path "));
            print_steps(p, i + 1, out);
            return;
        }
        break;
    case STEP_INDEX:
    case STEP_INDEXES:
    case STEP_SLICE:
        if (at.kind != JSON_ARRAY) {
            explain_no_array(p, i, at, out);
            return;
        }
        break;
    case STEP_FUNCTION:
        buf_printf(out, "Function with name: %.*s is not supported",
                   STR_ARG(p->steps[i].as.call.name));
        return;
    case STEP_WILDCARD:
    case STEP_DEEP:
    case STEP_FILTER: break;
    }
    buf_add(out, STR("No results for path: "));
    print_steps(p, p->steps_count, out);
}

void explain_missing(const struct jsonpath *p, size_t i, json at, struct err *err)
{
    enum step_kind kind = p->steps[i].kind;
    bool by_array = kind == STEP_INDEX || kind == STEP_INDEXES || kind == STEP_SLICE;
    enum err_id id = by_array && at.kind != JSON_ARRAY && at.kind != JSON_NULL ? ERR_STATES_RUNTIME
                                                                               : ERR_BAD_PATH;
    struct buf text;
    buf_init(&text, JSONPATH_ERROR_MAX_BYTES);
    explain(p, i, at, &text);
    if (buf_ok(&text))
        err_set(err, id, "%.*s", STR_ARG(buf_str(&text)));
    else
        err_set(err, id, "No results for path: %.*s", STR_ARG(p->text));
    buf_release(&text);
}

void explain_nothing(const struct jsonpath *p, struct err *err)
{
    struct buf text;
    buf_init(&text, JSONPATH_ERROR_MAX_BYTES);
    print_steps(p, p->steps_count, &text);
    str shown = buf_ok(&text) ? buf_str(&text) : p->text;
    err_set(err, ERR_BAD_PATH, "No results for path: %.*s", STR_ARG(shown));
    buf_release(&text);
}
