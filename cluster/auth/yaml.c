/* YAML to JSON over libyaml's events.
 *
 * Events come one at a time and make the value as they come: node() reads one node whose first
 * event is there already. Nesting is counted, so the recursion is bounded; there are no aliases, so
 * the value is never larger than its text. */
#include "cluster/auth/yaml.h"

#include "base/buf.h"

#include <yaml.h>

#include <limits.h>

enum { SCALAR_NUMBER_MAX_BYTES = 64 };

struct reader {
    yaml_parser_t parser;
    struct err *err;
    int depth;
};

static bool refuse(struct reader *r, const yaml_mark_t *at, const char *what)
{
    (void)err_set(r->err, ERR_BAD_JSON, "yaml: line %zu: %s", at->line + 1, what);
    r->err->line = at->line + 1;
    r->err->column = at->column + 1;
    return false;
}

static bool next(struct reader *r, yaml_event_t *event)
{
    if (yaml_parser_parse(&r->parser, event))
        return true;
    if (r->parser.error == YAML_MEMORY_ERROR)
        return err_set(r->err, ERR_NO_MEMORY, "no memory for a YAML text");
    return refuse(r, &r->parser.problem_mark,
                  r->parser.problem ? r->parser.problem : "it is not YAML");
}

static bool no_memory(struct reader *r)
{
    return err_set(r->err, ERR_NO_MEMORY, "no memory for a YAML text");
}

/* -- scalars -- */

static bool is_one_of(str s, const char *const *words)
{
    for (; *words; words++)
        if (str_eq(s, str_from_c(*words)))
            return true;
    return false;
}

/* Digits of a base into *out; false when one is none, or the value does not fit. */
static bool digits(str s, unsigned base, int64_t *out)
{
    uint64_t value = 0;
    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        unsigned digit = UINT_MAX;
        if (c >= '0' && c <= '9')
            digit = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            digit = (unsigned)(c - 'A') + 10;
        if (digit >= base || value > ((uint64_t)INT64_MAX - digit) / base)
            return false;
        value = value * base + digit;
    }
    *out = (int64_t)value;
    return true;
}

static bool integer(str s, int64_t *out)
{
    bool negative = s.len > 0 && s.ptr[0] == '-';
    if (s.len > 0 && (s.ptr[0] == '-' || s.ptr[0] == '+'))
        s = str_skip(s, 1);
    unsigned base = 10;
    if (s.len > 2 && s.ptr[0] == '0' && (s.ptr[1] == 'x' || s.ptr[1] == 'o' || s.ptr[1] == 'b')) {
        base = s.ptr[1] == 'x' ? 16 : s.ptr[1] == 'o' ? 8 : 2;
        s = str_skip(s, 2);
    } else if (s.len > 1 && s.ptr[0] == '0') {
        base = 8;
        s = str_skip(s, 1);
    }
    if (!digits(s, base, out))
        return false;
    if (negative)
        *out = -*out;
    return true;
}

/* A decimal fraction as YAML writes it, in JSON's grammar; ABSENT when it is none. */
static json fraction(str s)
{
    struct buf b;
    json v = json_absent();
    if (s.len == 0 || s.len > SCALAR_NUMBER_MAX_BYTES)
        return v;
    if (s.ptr[0] == '+')
        s = str_skip(s, 1);
    buf_init(&b, (size_t)2 * SCALAR_NUMBER_MAX_BYTES);
    if (s.len > 0 && s.ptr[0] == '-') {
        buf_add_char(&b, '-');
        s = str_skip(s, 1);
    }
    if (s.len > 1 && s.ptr[0] == '.')
        buf_add_char(&b, '0');
    size_t dot = str_find_char(s, 0, '.');
    buf_add(&b, str_sub(s, 0, dot));
    if (dot < s.len) {
        str rest = str_skip(s, dot + 1);
        if (rest.len == 0 || rest.ptr[0] == 'e' || rest.ptr[0] == 'E')
            buf_add(&b, STR(".0"));
        else
            buf_add_char(&b, '.');
        buf_add(&b, rest);
    }
    if (buf_ok(&b))
        v = json_number_text(buf_str(&b));
    buf_release(&b);
    return v;
}

static json scalar_plain(str s)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const yes[] = {"true", "True", "TRUE", "yes", "Yes",
                                      "YES",  "on",   "On",   "ON",  NULL};
    static const char *const no[] = {"false", "False", "FALSE", "no",  "No",
                                     "NO",    "off",   "Off",   "OFF", NULL};
    int64_t i;
    if (is_one_of(s, nulls))
        return json_null();
    if (is_one_of(s, yes))
        return json_bool(true);
    if (is_one_of(s, no))
        return json_bool(false);
    if (integer(s, &i))
        return json_integer(i);
    json v = json_absent();
    if ((s.ptr[0] >= '0' && s.ptr[0] <= '9') || s.ptr[0] == '.' || s.ptr[0] == '-' ||
        s.ptr[0] == '+')
        v = fraction(s);
    return json_is_absent(v) ? json_string(s) : v;
}

static bool scalar(struct reader *r, const yaml_event_t *event, json *out)
{
    str s = {(const char *)event->data.scalar.value, event->data.scalar.length};
    str tag = str_from_c((const char *)event->data.scalar.tag);
    bool plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && tag.len == 0;
    if (event->data.scalar.anchor)
        return refuse(r, &event->start_mark, "anchors are not supported");
    if (tag.len > 0 && !str_eq(tag, STR("tag:yaml.org,2002:str")) && !str_eq(tag, STR("!")))
        return refuse(r, &event->start_mark, "tags are not supported");
    *out = plain ? scalar_plain(s) : json_string(s);
    return !json_is_absent(*out) || no_memory(r);
}

/* -- collections -- */

static bool node(struct reader *r, yaml_event_t *first, json *out);

static bool sequence(struct reader *r, json *out)
{
    json list = json_array(4);
    for (;;) {
        yaml_event_t event;
        json item = json_absent();
        if (!next(r, &event))
            break;
        bool end = event.type == YAML_SEQUENCE_END_EVENT;
        bool ok = end || node(r, &event, &item);
        yaml_event_delete(&event);
        if (end) {
            *out = list;
            return !json_is_absent(list) || no_memory(r);
        }
        if (!ok)
            break;
        if (!json_push_take(&list, item)) {
            (void)no_memory(r);
            break;
        }
    }
    json_unref(list);
    return false;
}

/* Reads a member whose key's event is there into *object. */
static bool member(struct reader *r, const yaml_event_t *key, json *object)
{
    yaml_event_t event;
    json value = json_absent();
    if (key->type != YAML_SCALAR_EVENT)
        return refuse(r, &key->start_mark, "a mapping key must be a scalar");
    str name = {(const char *)key->data.scalar.value, key->data.scalar.length};
    if (str_eq(name, STR("<<")))
        return refuse(r, &key->start_mark, "merge keys are not supported");
    if (!json_is_absent(json_get(*object, name)))
        return refuse(r, &key->start_mark, "a mapping key stands twice");
    if (!next(r, &event))
        return false;
    bool ok = node(r, &event, &value);
    yaml_event_delete(&event);
    if (!ok)
        return false;
    return json_put_take(object, name, value) || no_memory(r);
}

static bool mapping(struct reader *r, json *out)
{
    json object = json_object(8);
    for (;;) {
        yaml_event_t event;
        if (!next(r, &event))
            break;
        bool end = event.type == YAML_MAPPING_END_EVENT;
        bool ok = end || member(r, &event, &object);
        yaml_event_delete(&event);
        if (end) {
            *out = object;
            return !json_is_absent(object) || no_memory(r);
        }
        if (!ok)
            break;
    }
    json_unref(object);
    return false;
}

static bool node(struct reader *r, yaml_event_t *first, json *out)
{
    if (first->type == YAML_SCALAR_EVENT)
        return scalar(r, first, out);
    if (first->type == YAML_ALIAS_EVENT)
        return refuse(r, &first->start_mark, "aliases are not supported");
    if (first->type != YAML_SEQUENCE_START_EVENT && first->type != YAML_MAPPING_START_EVENT)
        return refuse(r, &first->start_mark, "a value is missing");
    if (r->depth == YAML_DEPTH_MAX)
        return err_set(r->err, ERR_TOO_LARGE, "yaml: nested deeper than %d", (int)YAML_DEPTH_MAX);
    r->depth++;
    bool ok = first->type == YAML_SEQUENCE_START_EVENT ? sequence(r, out) : mapping(r, out);
    r->depth--;
    return ok;
}

static bool document(struct reader *r, json *out)
{
    for (;;) {
        yaml_event_t event;
        if (!next(r, &event))
            return false;
        bool end = event.type == YAML_STREAM_END_EVENT;
        bool skip =
            event.type == YAML_STREAM_START_EVENT || event.type == YAML_DOCUMENT_START_EVENT;
        bool ok = end || skip || node(r, &event, out);
        yaml_event_delete(&event);
        if (end)
            *out = json_null();
        if (!skip)
            return ok;
    }
}

/* Nothing may follow the document. */
static bool document_end(struct reader *r)
{
    yaml_event_t event;
    while (next(r, &event)) {
        bool end = event.type == YAML_STREAM_END_EVENT;
        bool another = event.type == YAML_DOCUMENT_START_EVENT;
        yaml_mark_t at = event.start_mark;
        yaml_event_delete(&event);
        if (end)
            return true;
        if (another)
            return refuse(r, &at, "more than one document");
    }
    return false;
}

bool yaml_to_json(str text, json *out, struct err *err)
{
    struct reader r = {.err = err};
    json value = json_absent();
    if (text.len > YAML_TEXT_MAX_BYTES)
        return err_set(err, ERR_TOO_LARGE, "yaml: longer than %d bytes", (int)YAML_TEXT_MAX_BYTES);
    if (!str_utf8_valid(text))
        return err_set(err, ERR_BAD_JSON, "yaml: invalid UTF-8");
    if (!yaml_parser_initialize(&r.parser))
        return err_set(err, ERR_NO_MEMORY, "no memory for a YAML text");
    yaml_parser_set_encoding(&r.parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&r.parser, (const unsigned char *)(text.ptr ? text.ptr : ""),
                                 text.len);
    bool ok = document(&r, &value);
    // A document that was empty has seen the stream's end already.
    ok = ok && (r.parser.stream_end_produced || document_end(&r));
    yaml_parser_delete(&r.parser);
    if (ok)
        *out = value;
    else
        json_unref(value);
    return ok;
}
