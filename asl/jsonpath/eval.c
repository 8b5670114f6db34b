/* Evaluating a path.
 *
 *     $.a.b[0]   [*]    .c   ..   ['d']  .length()
 *     └─ lent ─┘└──────── collected ─────────────┘
 *
 * Up to the first step that may lead to several places, or calls, the document lends, and nothing
 * is allocated; most paths end there. From there on every match is pushed to a list, depth first; a
 * path that leads to one place at most gives the last of the list (a call in the middle of a path
 * pushes its answer too). As in Jayway, what is missing is an error while all steps before were
 * sure (and inside an existence check), and no match elsewhere.
 *
 * Invariants
 * 1. Each value looked at is charged to walk.work: the whole evaluation, its filters too, is
 * bounded.
 * 2. Recursion follows the document downwards, so its depth is that of the document plus the steps.
 * 3. MISSING has its text only where someone will read it: explain.c makes it from the place.
 * 4. Who swallows a MISSING or FAILED forgets its text: walk_forgive(). */
#include "jsonpath_private.h"

/* One path being followed to all its ends. */
struct collect {
    struct walk *w;
    const struct jsonpath *p;
    int how; /* WALK_REQUIRE, WALK_EXPLAIN */
    json *list;
    int64_t *element; /* see is_hidden(); -1: not set */
};

bool walk_charge(struct walk *w)
{
    if (w->work++ < JSONPATH_WORK_MAX)
        return true;
    (void)walk_fail(w, FAULT_LIMIT, "The path looks at more than %d values", JSONPATH_WORK_MAX);
    return false;
}

enum outcome walk_no_memory(struct walk *w)
{
    err_set(w->err, ERR_NO_MEMORY, "no memory for what a path leads to");
    return FAILED;
}

void walk_forgive(struct walk *w)
{
    err_release(w->err);
    w->fault = FAULT_NONE;
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

/* Lends where a lending step leads, ABSENT: nowhere. */
static json step_lend(const struct step *s, json v)
{
    if (s->kind == STEP_NAME)
        return json_get(v, s->as.name);
    return s->kind == STEP_INDEX ? element(v, s->as.index) : json_absent();
}

/* Walks the lent steps. Lends the value; ABSENT when a step leads nowhere: *stop is its number and
 * *at the value it stood on. */
static json path_lend(const struct jsonpath *p, json root, size_t *stop, json *at)
{
    json v = root;
    for (size_t i = 0; i < p->lent_count; i++) {
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

static enum outcome missing(const struct collect *c, size_t i, json at)
{
    if (c->how & WALK_EXPLAIN)
        explain_missing(c->p, i, at, c->w->err);
    return MISSING;
}

/* -- many places -- */

static enum outcome follow(const struct collect *c, size_t i, json v);

/* Follows what a step led to; ABSENT is no match. */
static enum outcome follow_child(const struct collect *c, size_t i, json child)
{
    return json_is_absent(child) ? FOUND : follow(c, i + 1, child);
}

/* Is each step before step i sure to lead to one place? Then it is an error if it cannot be taken.
 * */
static bool must_take(const struct collect *c, size_t i)
{
    return i <= c->p->sure_count;
}

static bool is_last(const struct collect *c, size_t i)
{
    return i + 1 == c->p->steps_count;
}

/* A step into an array swallows what is out of bounds behind it. */
static enum outcome inside_array(const struct collect *c, enum outcome o)
{
    if (o != FAILED || c->w->fault != FAULT_BOUNDS)
        return o;
    walk_forgive(c->w);
    return FOUND;
}

/* An oddity of Jayway: once a step behind ".." has sent the elements of an array one by one to the
 * last step, the last step gives members only of those whose number is written in front of it:
 * "$..[1].a" has the a of each second element, "$..[*].a" none. */
static bool is_hidden(const struct collect *c)
{
    if (*c->element < 0)
        return false;
    const struct step *before = &c->p->steps[c->p->steps_count - 2];
    return before->kind != STEP_INDEX || before->as.index != *c->element;
}

static enum outcome follow_name(const struct collect *c, size_t i, json v, str name)
{
    bool last = is_last(c, i);
    json member = json_get(v, name);
    if (json_is_absent(member)) {
        bool must = (c->how & WALK_REQUIRE) ||
                    (!last && must_take(c, i) && c->p->steps[i].kind == STEP_NAME);
        return must ? missing(c, i, v) : FOUND;
    }
    return last && is_hidden(c) ? FOUND : follow(c, i + 1, member);
}

static enum outcome refuse_names(const struct collect *c, size_t i)
{
    struct buf text;
    buf_init(&text, JSONPATH_ERROR_MAX_BYTES);
    print_steps(c->p, i, &text);
    print_names(&c->p->steps[i], ", ", &text);
    enum outcome o =
        walk_fail(c->w, FAULT_INVALID, "Multi properties can only be used as path leafs: %.*s",
                  STR_ARG(buf_str(&text)));
    buf_release(&text);
    return o;
}

/* One object of all the members that are there. */
static enum outcome merge_names(const struct collect *c, size_t i, json v)
{
    const struct step *s = &c->p->steps[i];
    json made = json_object(s->as.names.count);
    bool ok = !json_is_absent(made), whole = true;
    for (size_t k = 0; ok && k < s->as.names.count; k++) {
        json member = json_get(v, s->as.names.items[k]);
        if (json_is_absent(member))
            whole = false;
        else
            ok = json_put_take(&made, s->as.names.items[k], json_ref(member));
    }
    if (ok && !whole && (c->how & WALK_REQUIRE)) {
        json_unref(made);
        return missing(c, i, v);
    }
    if (!ok) {
        json_unref(made);
        return walk_no_memory(c->w);
    }
    return json_push_take(c->list, made) ? FOUND : walk_no_memory(c->w);
}

static enum outcome follow_names(const struct collect *c, size_t i, json v)
{
    const struct step *s = &c->p->steps[i];
    enum outcome o = FOUND;
    if (v.kind != JSON_OBJECT)
        return must_take(c, i) ? missing(c, i, v) : FOUND;
    if (is_last(c, i))
        return merge_names(c, i, v);
    if (c->w->dialect == JSONPATH_AWS)
        return refuse_names(c, i);
    for (size_t k = 0; o == FOUND && k < s->as.names.count; k++)
        o = follow_name(c, i, v, s->as.names.items[k]);
    return o;
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
        return must_take(c, i) ? missing(c, i, v) : FOUND;
    if (s->kind == STEP_INDEX)
        return inside_array(c, follow_child(c, i, element(v, s->as.index)));
    if (s->kind == STEP_INDEXES) {
        for (size_t k = 0; o == FOUND && k < s->as.indexes.count; k++)
            o = inside_array(c, follow_child(c, i, element(v, s->as.indexes.items[k])));
        return o;
    }
    int64_t from, to;
    slice_bounds(s, (int64_t)json_len(v), &from, &to);
    for (int64_t k = from; o == FOUND && k < to; k++)
        o = inside_array(c, follow_child(c, i, element(v, k)));
    return o;
}

static json child_at(json v, size_t k)
{
    return v.kind == JSON_OBJECT ? json_value_at(v, k) : json_at(v, k);
}

/* Of an array's elements a wildcard passes over those behind which something is missing. */
static enum outcome follow_wildcard(const struct collect *c, size_t i, json v)
{
    enum outcome o = FOUND;
    if (v.kind == JSON_OBJECT && is_last(c, i) && is_hidden(c))
        return FOUND;
    for (size_t k = 0; o == FOUND && json_is_container(v) && k < json_len(v); k++) {
        o = follow(c, i + 1, child_at(v, k));
        if (v.kind != JSON_ARRAY)
            continue;
        o = inside_array(c, o);
        if (o == MISSING && c->w->dialect == JSONPATH_JAYWAY && !(c->how & WALK_REQUIRE)) {
            walk_forgive(c->w);
            o = FOUND;
        }
    }
    return o;
}

/* In Jayway's dialect a filter that cannot be evaluated accepts nothing. */
static enum outcome accepts(const struct collect *c, size_t i, json item)
{
    enum outcome o = filter_accepts(c->w, c->p->steps[i].as.filter, item);
    if (o != FAILED || c->w->fault != FAULT_INVALID || c->w->dialect == JSONPATH_AWS)
        return o;
    walk_forgive(c->w);
    return MISSING;
}

static enum outcome follow_accepted(const struct collect *c, size_t i, json item)
{
    enum outcome o = accepts(c, i, item);
    if (o == MISSING)
        return FOUND;
    return o == FOUND ? follow(c, i + 1, item) : o;
}

static enum outcome refuse_filter(const struct collect *c, json v)
{
    struct buf text;
    buf_init(&text, JSONPATH_ERROR_MAX_BYTES);
    jsonpath_print_java(v, &text);
    enum outcome o =
        walk_fail(c->w, FAULT_INVALID,
                  "Filter: [?] can not be applied to primitives. Current context is: %.*s",
                  STR_ARG(buf_str(&text)));
    buf_release(&text);
    return o;
}

static enum outcome follow_filter(const struct collect *c, size_t i, json v)
{
    enum outcome o = FOUND;
    if (v.kind == JSON_OBJECT)
        return follow_accepted(c, i, v);
    for (size_t k = 0; o == FOUND && v.kind == JSON_ARRAY && k < json_len(v); k++)
        if ((o = accepts(c, i, json_at(v, k))) == FOUND)
            o = inside_array(c, follow(c, i + 1, json_at(v, k)));
        else if (o == MISSING)
            o = FOUND;
    return v.kind == JSON_ARRAY || !must_take(c, i) ? o : refuse_filter(c, v);
}

/* A call: its answer is a match, also when the path goes on from it. */
static enum outcome follow_function(const struct collect *c, size_t i, json v)
{
    json made;
    if (c->w->dialect == JSONPATH_AWS)
        return missing(c, i, v);
    enum outcome o = function_run(c->w, &c->p->steps[i], v, c->how, &made);
    if (o != FOUND)
        return o;
    if (!json_push_take(c->list, json_ref(made)))
        o = walk_no_memory(c->w);
    else if (!is_last(c, i))
        o = follow(c, i + 1, made);
    json_unref(made);
    return o;
}

/* -- at every depth -- */

static bool has_all(json v, const struct step *s)
{
    for (size_t k = 0; k < s->as.names.count; k++)
        if (json_is_absent(json_get(v, s->as.names.items[k])))
            return false;
    return true;
}

/* May step i, behind "..", be tried on the container v? FOUND: yes. */
static enum outcome deep_accepts(const struct collect *c, size_t i, json v)
{
    const struct step *s = &c->p->steps[i];
    bool yes = false;
    switch (s->kind) {
    case STEP_NAME: yes = !json_is_absent(json_get(v, s->as.name)); break;
    case STEP_NAMES: yes = v.kind == JSON_OBJECT && (!is_last(c, i) || has_all(v, s)); break;
    case STEP_INDEX:
    case STEP_INDEXES:
    case STEP_SLICE: yes = v.kind == JSON_ARRAY; break;
    case STEP_WILDCARD: yes = true; break;
    case STEP_FILTER: return accepts(c, i, v);
    case STEP_DEEP:
    case STEP_FUNCTION: break;
    }
    return yes ? FOUND : MISSING;
}

/* Tries step i, behind "..", on v. An oddity of Jayway: of an array every element goes to the step
 * behind step i, whatever step i chooses. */
static enum outcome try_deep(const struct collect *c, size_t i, json v)
{
    enum outcome o = FOUND;
    if (c->w->dialect == JSONPATH_AWS || v.kind != JSON_ARRAY || is_last(c, i))
        return follow(c, i, v);
    for (size_t k = 0; o == FOUND && k < json_len(v); k++) {
        if (is_last(c, i + 1))
            *c->element = (int64_t)k;
        o = follow(c, i + 1, json_at(v, k));
    }
    return o;
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
        o = try_deep(c, i, v);
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
        return json_push_take(c->list, json_ref(v)) ? FOUND : walk_no_memory(c->w);
    const struct step *s = &c->p->steps[i];
    switch (s->kind) {
    case STEP_NAME:
        if (v.kind != JSON_OBJECT)
            return must_take(c, i) ? missing(c, i, v) : FOUND;
        return follow_name(c, i, v, s->as.name);
    case STEP_NAMES: return follow_names(c, i, v);
    case STEP_INDEX:
    case STEP_INDEXES:
    case STEP_SLICE: return follow_elements(c, i, v);
    case STEP_WILDCARD: return follow_wildcard(c, i, v);
    case STEP_DEEP:
        if (is_last(c, i)) // "$..f()", turned inside out, leaves nothing to look for
            return walk_fail(c->w, FAULT_EXCEPTION, "Current path token is a leaf");
        return follow_deep(c, i + 1, v);
    case STEP_FILTER: return follow_filter(c, i, v);
    case STEP_FUNCTION: return follow_function(c, i, v);
    }
    return FOUND;
}

/* The last of the list when the path leads to one place. Gives *out on FOUND.
 * */
static enum outcome conclude(const struct collect *c, json *out)
{
    size_t len = json_len(*c->list);
    if (c->p->one && len == 0) {
        if (c->how & WALK_EXPLAIN)
            explain_nothing(c->p, c->w->err);
        return MISSING;
    }
    *out = json_ref(c->p->one ? json_at(*c->list, len - 1) : *c->list);
    return FOUND;
}

/* Follows p from at, where its lent part led. Gives *out on FOUND. */
static enum outcome collect_all(struct walk *w, const struct jsonpath *p, int how, json at,
                                json *out)
{
    json list = json_array(0);
    int64_t element = -1;
    if (json_is_absent(list))
        return walk_no_memory(w);
    const struct collect c = {.w = w, .p = p, .how = how, .list = &list, .element = &element};
    enum outcome o = follow(&c, p->lent_count, at);
    if (p->lends_index)
        o = inside_array(&c, o);
    if (o == FOUND)
        o = conclude(&c, out);
    json_unref(list);
    return o;
}

enum outcome walk_path(struct walk *w, const struct jsonpath *p, json from, int how, json *out)
{
    size_t stop;
    json at;
    if (!walk_charge(w))
        return FAILED;
    json v = path_lend(p, from, &stop, &at);
    if (json_is_absent(v)) {
        if (how & WALK_EXPLAIN)
            explain_missing(p, stop, at, w->err);
        return MISSING;
    }
    if (p->lent_count < p->steps_count)
        return collect_all(w, p, how, v, out);
    *out = json_ref(v);
    return FOUND;
}

/* -- the door -- */

json jsonpath_root(const struct jsonpath *p, const struct jsonpath_roots *roots)
{
    if (p->variable.ptr)
        return json_get(roots->variables, p->variable);
    return p->context ? roots->context : roots->input;
}

static void rename_fault(struct walk *w, enum outcome o)
{
    static const str names[] = {
        [FAULT_NONE] = STR_INIT("EXCEPTION"),          [FAULT_INVALID] = STR_INIT("INVALID_PATH"),
        [FAULT_FUNCTION] = STR_INIT("JSONPATH_ERROR"), [FAULT_BOUNDS] = STR_INIT("EXCEPTION"),
        [FAULT_EXCEPTION] = STR_INIT("EXCEPTION"),     [FAULT_LIMIT] = STR_INIT("LIMIT_EXCEEDED"),
    };
    if (w->err->id != ERR_NO_MEMORY)
        explain_rename(w->err, o == MISSING ? STR("PATH_NOT_FOUND") : names[w->fault]);
}

bool jsonpath_eval(const struct jsonpath *p, const struct jsonpath_roots *roots, json *out,
                   struct err *err)
{
    json root = jsonpath_root(p, roots);
    if (json_is_absent(root))
        return err_set(err, ERR_BAD_PATH, "No results for path: %.*s", STR_ARG(p->text));
    struct walk w = {.root = root, .dialect = p->dialect, .err = err};
    enum outcome o = walk_path(&w, p, root, WALK_EXPLAIN, out);
    for (size_t i = 0; i < p->literals_count; i++)
        json_unref(w.literals[i]);
    if (o != FOUND && p->dialect == JSONPATH_JAYWAY)
        rename_fault(&w, o);
    return o == FOUND;
}

json jsonpath_lend(const struct jsonpath *p, const struct jsonpath_roots *roots)
{
    size_t stop;
    json at;
    json root = jsonpath_root(p, roots);
    if (p->lent_count < p->steps_count || json_is_absent(root))
        return json_absent();
    return path_lend(p, root, &stop, &at);
}
