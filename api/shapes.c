/* Inputs against their operation's shape, in the words of AWS's own checks.
 *
 * All violations of constraints are told in one text, as AWS does. A member of a wrong JSON type is
 * a SerializationException: the real service never gets to look at such an input.
 * Source: botocore's service model; texts recorded from AWS (see the README's sources). */
#include "api_private.h"

#include <stdio.h>

enum { TEXT_MAX_BYTES = 64 * 1024, VALUE_SHOWN_BYTES = 16 * 1024 };

struct checking {
    struct buf text; /* the violations, joined by "; " */
    size_t count;
    struct err *err; /* of a wrong type */
};

static bool check_members(struct checking *c, const struct shape *members, size_t count, json v,
                          str at);

static void violate(struct checking *c, json value, bool shown, str at, const char *constraint)
{
    if (c->count++)
        buf_add(&c->text, STR("; "));
    buf_add(&c->text, STR("Value "));
    if (json_is_absent(value)) {
        buf_add(&c->text, STR("null "));
    } else if (shown) {
        buf_add_char(&c->text, '\'');
        if (value.kind == JSON_STRING)
            buf_add(&c->text, json_str(value));
        else
            json_print(value, &c->text);
        buf_add(&c->text, STR("' "));
    }
    buf_printf(&c->text, "at '%.*s' failed to satisfy constraint: %s", STR_ARG(at), constraint);
}

/* AWS counts a string's length in UTF-16 units. */
static int64_t utf16_length(str s)
{
    int64_t n = 0;
    for (size_t at = 0; at < s.len;)
        n += str_utf8_next(s, &at) > 0xFFFF ? 2 : 1;
    return n;
}

static bool enumeration_has(const char *enumeration, str value)
{
    str rest = str_from_c(enumeration);
    rest = str_sub(rest, 1, rest.len - 2);
    while (rest.ptr) {
        str one = str_cut(&rest, ',');
        while (str_starts(one, STR(" ")))
            one = str_skip(one, 1);
        if (str_eq(one, value))
            return true;
    }
    return false;
}

static void check_string(struct checking *c, const struct shape *s, json v, str at)
{
    char constraint[512];
    str text = json_str(v);
    int64_t length = utf16_length(text);
    if (s->max && length > s->max) {
        (void)snprintf(constraint, sizeof constraint,
                       "Member must have length less than or equal to %lld", (long long)s->max);
        violate(c, v, text.len <= VALUE_SHOWN_BYTES, at, constraint);
    } else if (length < s->min) {
        (void)snprintf(constraint, sizeof constraint,
                       "Member must have length greater than or equal to %lld", (long long)s->min);
        violate(c, v, true, at, constraint);
    }
    if (s->max_utf8_bytes && text.len > (size_t)s->max_utf8_bytes) {
        (void)snprintf(constraint, sizeof constraint,
                       "Member must have size less than or equal to %lld bytes in UTF-8 encoding",
                       (long long)s->max_utf8_bytes);
        violate(c, v, false, at, constraint);
    }
    if (s->enumeration && !enumeration_has(s->enumeration, text)) {
        (void)snprintf(constraint, sizeof constraint, "Member must satisfy enum value set: %s",
                       s->enumeration);
        violate(c, v, true, at, constraint);
    }
}

static void check_number(struct checking *c, const struct shape *s, json v, str at)
{
    char constraint[128];
    double value = json_to_double(v);
    if (s->max && value > (double)s->max) {
        (void)snprintf(constraint, sizeof constraint,
                       "Member must have value less than or equal to %lld", (long long)s->max);
        violate(c, v, true, at, constraint);
    } else if (value < (double)s->min) {
        (void)snprintf(constraint, sizeof constraint,
                       "Member must have value greater than or equal to %lld", (long long)s->min);
        violate(c, v, true, at, constraint);
    }
}

static const char *const kind_names[] = {
    [SHAPE_STRING] = "String",   [SHAPE_INTEGER] = "Integer",     [SHAPE_BOOLEAN] = "Boolean",
    [SHAPE_LIST] = "Collection", [SHAPE_STRUCTURE] = "Structure", [SHAPE_FLOAT] = "Float",
};

static bool kind_fits(enum shape_kind kind, json v)
{
    int64_t integer;
    switch (kind) {
    case SHAPE_STRING: return v.kind == JSON_STRING;
    case SHAPE_INTEGER: return json_is_number(v) && json_to_int64(v, &integer);
    case SHAPE_FLOAT: return json_is_number(v);
    case SHAPE_BOOLEAN: return json_is_bool(v);
    case SHAPE_LIST: return v.kind == JSON_ARRAY;
    case SHAPE_STRUCTURE: return v.kind == JSON_OBJECT;
    }
    return false;
}

static bool check_list(struct checking *c, const struct shape *s, json v, str at)
{
    for (size_t i = 0; i < json_len(v); i++) {
        struct buf element;
        buf_init(&element, 1024);
        buf_printf(&element, "%.*s.%zu.member", STR_ARG(at), i + 1);
        json e = json_at(v, i);
        bool ok;
        if (s->members_count == 1 && s->members[0].name.len == 0) // a list of plain values
            ok = kind_fits(s->members[0].kind, e) ||
                 err_set(c->err, ERR_SERIALIZATION, "%s expected at '%.*s'",
                         kind_names[s->members[0].kind], STR_ARG(buf_str(&element)));
        else
            ok = e.kind == JSON_OBJECT
                     ? check_members(c, s->members, s->members_count, e, buf_str(&element))
                     : err_set(c->err, ERR_SERIALIZATION, "Structure expected at '%.*s'",
                               STR_ARG(buf_str(&element)));
        if (ok && s->members_count == 1 && s->members[0].name.len == 0 && e.kind == JSON_STRING)
            check_string(c, &s->members[0], e, buf_str(&element));
        buf_release(&element);
        if (!ok)
            return false;
    }
    return true;
}

static bool check_one(struct checking *c, const struct shape *s, json v, str at)
{
    if (json_is_absent(v) || v.kind == JSON_NULL) {
        if (s->required)
            violate(c, json_absent(), true, at, "Member must not be null");
        return true;
    }
    if (!kind_fits(s->kind, v))
        return err_set(c->err, ERR_SERIALIZATION, "%s expected at '%.*s'", kind_names[s->kind],
                       STR_ARG(at));
    switch (s->kind) {
    case SHAPE_STRING: check_string(c, s, v, at); return true;
    case SHAPE_INTEGER:
    case SHAPE_FLOAT: check_number(c, s, v, at); return true;
    case SHAPE_BOOLEAN: return true;
    case SHAPE_LIST: return !s->members || check_list(c, s, v, at);
    case SHAPE_STRUCTURE:
        return !s->members || check_members(c, s->members, s->members_count, v, at);
    }
    return true;
}

static bool check_members(struct checking *c, const struct shape *members, size_t count, json v,
                          str at)
{
    for (size_t i = 0; i < count; i++) {
        struct buf name;
        buf_init(&name, 1024);
        if (at.len)
            buf_printf(&name, "%.*s.", STR_ARG(at));
        buf_add(&name, members[i].name);
        bool ok = check_one(c, &members[i], json_get(v, members[i].name), buf_str(&name));
        buf_release(&name);
        if (!ok)
            return false;
    }
    return true;
}

bool api_shape_check(const struct shape *members, size_t count, json body, struct err *err)
{
    struct checking c = {.err = err};
    buf_init(&c.text, TEXT_MAX_BYTES);
    bool ok = check_members(&c, members, count, body, STR(""));
    if (ok && c.count)
        ok = err_set(err, ERR_CONSTRAINT, "%zu validation error%s detected: %.*s", c.count,
                     c.count == 1 ? "" : "s", STR_ARG(buf_str(&c.text)));
    buf_release(&c.text);
    return ok;
}
