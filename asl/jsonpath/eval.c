/* Evaluating a path.
 *
 *     $.a.b[0]   [*]    .c   ..   ['d']
 *     └ definite ┘└──── indefinite ───┘
 *
 * Up to the first step that may lead to several places the document lends, and nothing is
 * allocated; most paths end there. From there on every match is pushed to a list, depth first.
 * As in Jayway, what is missing is an error on the definite part (and inside an existence check),
 * and no match elsewhere.
 *
 * Invariants
 * 1. Each value looked at is charged to walk.work: the whole evaluation, its filters too, is
 * bounded.
 * 2. Recursion follows the document downwards, so its depth is that of the document plus the steps.
 * 3. MISSING has its text only where someone will read it: explain() makes it from the place. */
#include "jsonpath_private.h"

#include <inttypes.h>

/* One path being followed to all its ends. */
struct collect {
    struct walk *w;
    const struct jsonpath *p;
    bool require; /* of an existence check: every missing member counts */
    bool explain; /* MISSING sets w->err */
    json *list;
};

bool walk_charge(struct walk *w)
{
    if (w->work++ < JSONPATH_WORK_MAX)
        return true;
    return err_set(w->err, ERR_BAD_PATH, "The path looks at more than %d values",
                   JSONPATH_WORK_MAX);
}

static enum outcome no_memory(struct walk *w)
{
    err_set(w->err, ERR_NO_MEMORY, "no memory for what a path leads to");
    return FAILED;
}

/* -- one place -- */

static json element(json array, int64_t i)
{
    int64_t len = (int64_t)json_len(array);
    if (i < 0)
        i += len;
    return array.kind == JSON_ARRAY && i >= 0 && i < len ? json_at(array, (size_t)i)
                                                         : json_absent();
}

/* Lends where a definite step leads, ABSENT: nowhere. */
static json step_lend(const struct step *s, json v)
{
    if (s->kind == STEP_NAME)
        return json_get(v, s->as.name);
    return s->kind == STEP_INDEX ? element(v, s->as.index) : json_absent();
}

/* Walks the definite steps. Lends the value; ABSENT when a step leads nowhere: *stop is its number
 * and *at the value it stood on. */
static json definite_lend(const struct jsonpath *p, json root, size_t *stop, json *at)
{
    json v = root;
    for (size_t i = 0; i < p->definite_count; i++) {
        json next = step_lend(&p->steps[i], v);
        if (json_is_absent(next)) {
            *stop = i;
            *at = v;
            return next;
        }
        v = next;
    }
    return v;
}

/* -- texts: Jayway's -- */

static void print_names(const struct step *s, const char *separator, struct buf *out)
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
    case STEP_FUNCTION: buf_printf(out, ".%.*s()", STR_ARG(s->as.name)); break;
    }
}

static void print_steps(const struct jsonpath *p, size_t count, struct buf *out)
{
    buf_add_char(out, p->from_item ? '@' : '$');
    for (size_t i = 0; i < count; i++)
        print_step(&p->steps[i], out);
}

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
               " but found '%s'. This is not a json object according to the JsonProvider: "
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
        buf_printf(out, "Function with name: %.*s is not supported", STR_ARG(p->steps[i].as.name));
        return;
    case STEP_WILDCARD:
    case STEP_DEEP:
    case STEP_FILTER: break;
    }
    buf_add(out, STR("No results for path: "));
    print_steps(p, p->steps_count, out);
}

static void set_missing(const struct jsonpath *p, size_t i, json at, struct err *err)
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

static enum outcome missing(const struct collect *c, size_t i, json at)
{
    if (c->explain)
        set_missing(c->p, i, at, c->w->err);
    return MISSING;
}

/* -- many places -- */

static enum outcome follow(const struct collect *c, size_t i, json v);

/* Follows what a step led to; ABSENT is no match. */
static enum outcome follow_child(const struct collect *c, size_t i, json child)
{
    return json_is_absent(child) ? FOUND : follow(c, i + 1, child);
}

/* Is step i, standing on at, the first that could not take what the definite part gave it? */
static bool is_first(const struct collect *c, size_t i)
{
    return i == c->p->definite_count;
}

static enum outcome follow_names(const struct collect *c, size_t i, json v)
{
    const struct step *s = &c->p->steps[i];
    if (v.kind != JSON_OBJECT)
        return is_first(c, i) ? missing(c, i, v) : FOUND;
    if (i + 1 < c->p->steps_count) {
        struct buf text;
        buf_init(&text, JSONPATH_ERROR_MAX_BYTES);
        print_steps(c->p, i, &text);
        print_names(s, ", ", &text);
        err_set(c->w->err, ERR_BAD_PATH, "Multi properties can only be used as path leafs: %.*s",
                STR_ARG(buf_str(&text)));
        buf_release(&text);
        return FAILED;
    }
    json made = json_object(s->as.names.count);
    bool ok = !json_is_absent(made), whole = true;
    for (size_t k = 0; ok && k < s->as.names.count; k++) {
        json member = json_get(v, s->as.names.items[k]);
        if (json_is_absent(member))
            whole = false;
        else
            ok = json_put_take(&made, s->as.names.items[k], json_ref(member));
    }
    if (ok && !whole && c->require) {
        json_unref(made);
        return missing(c, i, v);
    }
    if (!ok) {
        json_unref(made);
        return no_memory(c->w);
    }
    return json_push_take(c->list, made) ? FOUND : no_memory(c->w);
}

/* As Jayway counts them: a slice with both ends may begin below the start of the array and then
 * goes round ("[-1:1]" is the last and the first). */
static void slice_bounds(const struct step *s, int64_t len, int64_t *from, int64_t *to)
{
    *from = s->as.slice.has_from ? s->as.slice.from : 0;
    *to = s->as.slice.has_to ? s->as.slice.to : len;
    if (!s->as.slice.has_to && *from < 0)
        *from += len;
    if (!s->as.slice.has_from && *to < 0)
        *to += len;
    if (!s->as.slice.has_to && *from < 0)
        *from = 0;
    if (*from < -len) // nothing lies there
        *from = -len;
    if (*to > len)
        *to = len;
}

static enum outcome follow_elements(const struct collect *c, size_t i, json v)
{
    const struct step *s = &c->p->steps[i];
    enum outcome o = FOUND;
    if (v.kind != JSON_ARRAY)
        return is_first(c, i) ? missing(c, i, v) : FOUND;
    if (s->kind == STEP_INDEX)
        return follow_child(c, i, element(v, s->as.index));
    if (s->kind == STEP_INDEXES) {
        for (size_t k = 0; o == FOUND && k < s->as.indexes.count; k++)
            o = follow_child(c, i, element(v, s->as.indexes.items[k]));
        return o;
    }
    int64_t from, to;
    slice_bounds(s, (int64_t)json_len(v), &from, &to);
    for (int64_t k = from; o == FOUND && k < to; k++)
        o = follow_child(c, i, element(v, k));
    return o;
}

static json child_at(json v, size_t k)
{
    return v.kind == JSON_OBJECT ? json_value_at(v, k) : json_at(v, k);
}

static enum outcome follow_wildcard(const struct collect *c, size_t i, json v)
{
    enum outcome o = FOUND;
    for (size_t k = 0; o == FOUND && json_is_container(v) && k < json_len(v); k++)
        o = follow(c, i + 1, child_at(v, k));
    return o;
}

static enum outcome follow_accepted(const struct collect *c, size_t i, json item)
{
    enum outcome o = filter_accepts(c->w, c->p->steps[i].as.filter, item);
    if (o == MISSING)
        return FOUND;
    return o == FOUND ? follow(c, i + 1, item) : o;
}

static enum outcome follow_filter(const struct collect *c, size_t i, json v)
{
    enum outcome o = FOUND;
    if (v.kind == JSON_OBJECT)
        return follow_accepted(c, i, v);
    for (size_t k = 0; o == FOUND && v.kind == JSON_ARRAY && k < json_len(v); k++)
        o = follow_accepted(c, i, json_at(v, k));
    if (v.kind == JSON_ARRAY || !is_first(c, i))
        return o;
    struct buf text;
    buf_init(&text, JSONPATH_ERROR_MAX_BYTES);
    jsonpath_print_java(v, &text);
    err_set(c->w->err, ERR_BAD_PATH,
            "Filter: [?] can not be applied to primitives. Current context is: %.*s",
            STR_ARG(buf_str(&text)));
    buf_release(&text);
    return FAILED;
}

/* May step i, behind "..", be tried on the container v? FOUND: yes. */
static enum outcome deep_accepts(const struct collect *c, size_t i, json v)
{
    const struct step *s = &c->p->steps[i];
    bool yes = false;
    switch (s->kind) {
    case STEP_NAME: yes = !json_is_absent(json_get(v, s->as.name)); break;
    case STEP_NAMES:
        yes = v.kind == JSON_OBJECT;
        for (size_t k = 0; i + 1 == c->p->steps_count && k < s->as.names.count; k++)
            yes = yes && !json_is_absent(json_get(v, s->as.names.items[k]));
        break;
    case STEP_INDEX:
    case STEP_INDEXES:
    case STEP_SLICE: yes = v.kind == JSON_ARRAY; break;
    case STEP_WILDCARD: yes = true; break;
    case STEP_FILTER: return filter_accepts(c->w, s->as.filter, v);
    case STEP_DEEP:
    case STEP_FUNCTION: break;
    }
    return yes ? FOUND : MISSING;
}

/* Tries step i on v and on every container below it. */
static enum outcome follow_deep(const struct collect *c, size_t i, json v)
{
    if (!json_is_container(v))
        return FOUND;
    if (!walk_charge(c->w))
        return FAILED;
    enum outcome o = deep_accepts(c, i, v);
    if (o == FOUND)
        o = follow(c, i, v);
    else if (o == MISSING)
        o = FOUND;
    for (size_t k = 0; o == FOUND && k < json_len(v); k++)
        o = follow_deep(c, i, child_at(v, k));
    return o;
}

static enum outcome follow(const struct collect *c, size_t i, json v)
{
    if (!walk_charge(c->w))
        return FAILED;
    if (i == c->p->steps_count)
        return json_push_take(c->list, json_ref(v)) ? FOUND : no_memory(c->w);
    const struct step *s = &c->p->steps[i];
    switch (s->kind) {
    case STEP_NAME: {
        json member = json_get(v, s->as.name);
        if (json_is_absent(member) && v.kind == JSON_OBJECT && c->require)
            return missing(c, i, v);
        return follow_child(c, i, member);
    }
    case STEP_NAMES: return follow_names(c, i, v);
    case STEP_INDEX:
    case STEP_INDEXES:
    case STEP_SLICE: return follow_elements(c, i, v);
    case STEP_WILDCARD: return follow_wildcard(c, i, v);
    case STEP_DEEP: return follow_deep(c, i + 1, v);
    case STEP_FILTER: return follow_filter(c, i, v);
    case STEP_FUNCTION: return missing(c, i, v);
    }
    return FOUND;
}

/* Jayway makes one object of several names at the end of a path that is definite otherwise. */
static bool gives_object(const struct jsonpath *p)
{
    return p->steps_count == p->definite_count + 1 &&
           p->steps[p->definite_count].kind == STEP_NAMES;
}

/* Follows p from at, where its definite part led. Gives *out on FOUND. */
static enum outcome collect_all(const struct collect *how, json at, json *out)
{
    json list = json_array(0);
    if (json_is_absent(list))
        return no_memory(how->w);
    struct collect c = *how;
    c.list = &list;
    enum outcome o = follow(&c, c.p->definite_count, at);
    if (o == FOUND)
        *out = json_ref(gives_object(c.p) ? json_at(list, 0) : list);
    json_unref(list);
    return o;
}

enum outcome walk_path(struct walk *w, const struct jsonpath *p, json from, bool require, json *out)
{
    size_t stop;
    json at;
    if (!walk_charge(w))
        return FAILED;
    json v = definite_lend(p, from, &stop, &at);
    if (json_is_absent(v))
        return MISSING;
    if (p->definite_count < p->steps_count) {
        const struct collect how = {.w = w, .p = p, .require = require};
        return collect_all(&how, v, out);
    }
    *out = json_ref(v);
    return FOUND;
}

/* -- the door -- */

static json root_of(const struct jsonpath *p, const struct jsonpath_roots *roots)
{
    return p->context ? roots->context : roots->input;
}

bool jsonpath_eval(const struct jsonpath *p, const struct jsonpath_roots *roots, json *out,
                   struct err *err)
{
    json root = root_of(p, roots), at;
    size_t stop;
    if (json_is_absent(root))
        return err_set(err, ERR_BAD_PATH, "No results for path: %.*s", STR_ARG(p->text));
    json v = definite_lend(p, root, &stop, &at);
    if (json_is_absent(v)) {
        set_missing(p, stop, at, err);
        return false;
    }
    if (p->definite_count == p->steps_count) {
        *out = json_ref(v);
        return true;
    }
    struct walk w = {.root = root, .err = err};
    const struct collect how = {.w = &w, .p = p, .explain = true};
    enum outcome o = collect_all(&how, v, out);
    for (size_t i = 0; i < p->literals_count; i++)
        json_unref(w.literals[i]);
    return o == FOUND;
}

json jsonpath_lend(const struct jsonpath *p, const struct jsonpath_roots *roots)
{
    size_t stop;
    json at;
    if (p->definite_count < p->steps_count)
        return json_absent();
    return definite_lend(p, root_of(p, roots), &stop, &at);
}
