/* Jayway's path functions: "$.a.sum()", "$.concat($.a, "x")".
 *
 * A function sees the value before it (the model) and its arguments. Arguments that are paths start
 * from the document and are evaluated before any function runs; JSON is read when it is asked for.
 * A list among the arguments counts as its items. Numbers are Java's doubles.
 * To add a function: its code, its row in rows[], lines in tests/unit/asl/jsonpath/jayway.cases.
 * Source: Jayway's behaviour, its package "function". */
#include "jsonpath_private.h"

#include <float.h>
#include <math.h>

struct call {
    struct walk *w;
    const struct argument *arguments;
    json value[JSONPATH_ARGUMENTS_MAX]; /* of those that are paths */
    size_t count;
    json model;
    int how;
};

typedef enum outcome function_body(struct call *c, json *out); /* gives *out */

struct path_function {
    str name;
    function_body *run;
};

/* -- arguments -- */

static enum outcome give(struct walk *w, json made, json *out)
{
    *out = made;
    return json_is_absent(made) ? walk_no_memory(w) : FOUND;
}

/* Gives the value of argument k. */
static enum outcome argument_value(struct call *c, size_t k, json *out)
{
    struct err why = ERR_INIT;
    if (c->arguments[k].path) {
        *out = json_ref(c->value[k]);
        return FOUND;
    }
    if (lenient_parse(c->arguments[k].text, out, &why))
        return FOUND;
    enum outcome o = why.id == ERR_NO_MEMORY
                         ? walk_no_memory(c->w)
                         : walk_fail(c->w, FAULT_FUNCTION, "%.*s", STR_ARG(err_text(&why)));
    err_release(&why);
    return o;
}

/* What a function does with each of its items. */
typedef enum outcome each_item(struct call *c, json item, void *state);

static enum outcome for_items(struct call *c, json list, each_item *each, void *state)
{
    enum outcome o = FOUND;
    for (size_t i = 0; o == FOUND && i < json_len(list); i++)
        o = walk_charge(c->w) ? each(c, json_at(list, i), state) : FAILED;
    return o;
}

/* A set of keys is one thing, which Java writes as "[a, b]". */
static enum outcome each_set(struct call *c, json keys, each_item *each, void *state)
{
    struct buf b;
    buf_init(&b, 2 * json_text_size(keys) + 2);
    jsonpath_print_java(keys, &b);
    json text = buf_ok(&b) ? json_string(buf_str(&b)) : json_absent();
    buf_release(&b);
    enum outcome o = json_is_absent(text) ? walk_no_memory(c->w) : each(c, text, state);
    json_unref(text);
    return o;
}

static enum outcome for_arguments(struct call *c, each_item *each, void *state)
{
    enum outcome o = FOUND;
    for (size_t k = 0; o == FOUND && k < c->count; k++) {
        json v;
        o = argument_value(c, k, &v);
        if (o != FOUND)
            return o;
        bool list = v.kind == JSON_ARRAY &&
                    !(c->arguments[k].path && path_gives_keys(c->arguments[k].path));
        if (v.kind == JSON_ARRAY && !list)
            o = each_set(c, v, each, state);
        else
            o = list ? for_items(c, v, each, state) : each(c, v, state);
        json_unref(v);
    }
    return o;
}

/* -- numbers -- */

struct sums {
    size_t count;
    double sum, squares, min, max;
};

static enum outcome add_number(struct call *c, json item, void *state)
{
    (void)c;
    struct sums *s = state;
    if (!json_is_number(item))
        return FOUND;
    double d = json_to_double(item);
    s->count++;
    s->sum += d;
    s->squares += d * d;
    s->min = d < s->min ? d : s->min;
    s->max = d > s->max ? d : s->max;
    return FOUND;
}

static enum outcome nothing_to_count(struct call *c)
{
    return walk_fail(c->w, FAULT_FUNCTION,
                     "Aggregation function attempted to calculate value using empty array");
}

/* Jayway's max() starts from the smallest positive double, so that is what it gives of negative
 * numbers. */
static enum outcome aggregate(struct call *c, struct sums *s)
{
    *s = (struct sums){.min = DBL_MAX, .max = DBL_TRUE_MIN};
    enum outcome o = FOUND;
    if (c->model.kind == JSON_ARRAY)
        o = for_items(c, c->model, add_number, s);
    if (o == FOUND)
        o = for_arguments(c, add_number, s);
    return o == FOUND && s->count == 0 ? nothing_to_count(c) : o;
}

/* JSON has no infinity and no "not a number": null. */
static enum outcome give_double(struct call *c, double d, json *out)
{
    return isfinite(d) ? give(c->w, json_double(d), out) : give(c->w, json_null(), out);
}

static enum outcome function_avg(struct call *c, json *out)
{
    struct sums s;
    enum outcome o = aggregate(c, &s);
    return o == FOUND ? give_double(c, s.sum / (double)s.count, out) : o;
}

static enum outcome function_max(struct call *c, json *out)
{
    struct sums s;
    enum outcome o = aggregate(c, &s);
    return o == FOUND ? give_double(c, s.max, out) : o;
}

static enum outcome function_min(struct call *c, json *out)
{
    struct sums s;
    enum outcome o = aggregate(c, &s);
    return o == FOUND ? give_double(c, s.min, out) : o;
}

static enum outcome function_stddev(struct call *c, json *out)
{
    struct sums s;
    enum outcome o = aggregate(c, &s);
    double n = (double)s.count;
    return o == FOUND ? give_double(c, sqrt(s.squares / n - s.sum * s.sum / n / n), out) : o;
}

static enum outcome function_sum(struct call *c, json *out)
{
    struct sums s;
    enum outcome o = aggregate(c, &s);
    return o == FOUND ? give_double(c, s.sum, out) : o;
}

/* -- texts -- */

static enum outcome add_text(struct call *c, json item, void *state)
{
    struct buf *b = state;
    if (item.kind == JSON_NULL)
        return FOUND;
    if (b->len + json_text_size(item) > JSONPATH_FUNCTION_TEXT_MAX_BYTES)
        return walk_fail(c->w, FAULT_LIMIT, "concat() makes more than %d bytes",
                         JSONPATH_FUNCTION_TEXT_MAX_BYTES);
    if (item.kind == JSON_ARRAY) {
        json_print(item, b);
    } else if (json_is_number(item)) {
        json number = java_number(item);
        if (json_is_absent(number))
            return walk_no_memory(c->w);
        json_print(number, b);
        json_unref(number);
    } else {
        jsonpath_print_java(item, b);
    }
    return FOUND;
}

static enum outcome add_string(struct call *c, json item, void *state)
{
    return item.kind == JSON_STRING ? add_text(c, item, state) : FOUND;
}

/* Of a list before it only the strings, of its arguments all but null. */
static enum outcome function_concat(struct call *c, json *out)
{
    struct buf b;
    buf_init(&b, (size_t)4 * JSONPATH_FUNCTION_TEXT_MAX_BYTES); // so that only memory can fail
    enum outcome o = FOUND;
    if (c->model.kind == JSON_ARRAY)
        o = for_items(c, c->model, add_string, &b);
    if (o == FOUND)
        o = for_arguments(c, add_text, &b);
    if (o == FOUND && !buf_ok(&b))
        o = walk_no_memory(c->w);
    if (o == FOUND)
        o = give(c->w, json_string(buf_str(&b)), out);
    buf_release(&b);
    return o;
}

/* -- lists -- */

static enum outcome function_append(struct call *c, json *out)
{
    if (c->model.kind != JSON_ARRAY)
        return give(c->w, json_ref(c->model), out);
    json made = json_array(json_len(c->model) + c->count);
    bool ok = !json_is_absent(made);
    enum outcome o = FOUND;
    for (size_t i = 0; ok && o == FOUND && i < json_len(c->model); i++) {
        o = walk_charge(c->w) ? FOUND : FAILED;
        ok = json_push_take(&made, json_ref(json_at(c->model, i)));
    }
    for (size_t k = 0; ok && o == FOUND && k < c->count; k++) {
        json v;
        o = argument_value(c, k, &v);
        if (o == FOUND)
            ok = json_push_take(&made, v);
    }
    if (ok && o == FOUND)
        return give(c->w, made, out);
    json_unref(made);
    return o == FOUND ? walk_no_memory(c->w) : o;
}

static enum outcome function_keys(struct call *c, json *out)
{
    if (c->model.kind != JSON_OBJECT)
        return give(c->w, json_null(), out);
    json made = json_array(json_len(c->model));
    bool ok = !json_is_absent(made);
    for (size_t i = 0; ok && i < json_len(c->model); i++)
        ok = walk_charge(c->w) && json_push_take(&made, json_string(json_key_at(c->model, i)));
    if (ok)
        return give(c->w, made, out);
    json_unref(made);
    return err_is_set(c->w->err) ? FAILED : walk_no_memory(c->w);
}

/* With an argument: how many children its path has, seen from the model; the model's own when that
 * is no list. */
static enum outcome function_length(struct call *c, json *out)
{
    if (c->count > 0) {
        if (!c->arguments[0].path)
            return walk_fail(c->w, FAULT_EXCEPTION, "length() of what is no path");
        json inner, root = c->w->root;
        c->w->root = c->model;
        enum outcome o = walk_path(c->w, c->arguments[0].children, c->model, c->how, &inner);
        c->w->root = root;
        if (o != FOUND)
            return o;
        bool list = inner.kind == JSON_ARRAY && !path_gives_keys(c->arguments[0].children);
        json len = json_integer((int64_t)json_len(inner));
        json_unref(inner);
        if (list)
            return give(c->w, len, out);
    }
    return give(
        c->w, json_is_container(c->model) ? json_integer((int64_t)json_len(c->model)) : json_null(),
        out);
}

/* An element by its number; from the end the first cannot be had. */
static enum outcome give_element(struct call *c, int64_t number, json *out)
{
    int64_t len = (int64_t)json_len(c->model);
    if (c->model.kind != JSON_ARRAY)
        return nothing_to_count(c);
    if (number >= len)
        return walk_fail(c->w, FAULT_BOUNDS, "Index %lld out of bounds for length %lld",
                         (long long)number, (long long)len);
    if (number < 0 && len + number <= 0)
        return walk_fail(c->w, FAULT_FUNCTION, "Target index:%lld larger than object count:%lld",
                         (long long)number, (long long)len);
    return give(c->w, json_ref(json_at(c->model, (size_t)(number < 0 ? len + number : number))),
                out);
}

static enum outcome function_first(struct call *c, json *out)
{
    return give_element(c, 0, out);
}

static enum outcome function_last(struct call *c, json *out)
{
    return give_element(c, -1, out);
}

struct first_number {
    bool found;
    int64_t value;
};

static enum outcome take_first(struct call *c, json item, void *state)
{
    (void)c;
    struct first_number *n = state;
    if (n->found || !json_is_number(item))
        return FOUND;
    n->found = true;
    double d = trunc(json_to_double(item));
    d = fmin(fmax(d, INT32_MIN), INT32_MAX); // Java's cast
    n->value = (int64_t)d;
    return FOUND;
}

static enum outcome function_index(struct call *c, json *out)
{
    struct first_number n = {false, 0};
    if (c->model.kind != JSON_ARRAY)
        return nothing_to_count(c);
    enum outcome o = for_arguments(c, take_first, &n);
    if (o == FOUND && !n.found)
        o = walk_fail(c->w, FAULT_BOUNDS, "Index 0 out of bounds for length 0");
    return o == FOUND ? give_element(c, n.value, out) : o;
}

/* -- the table -- */

static const struct path_function rows[] = {
    {STR_INIT("append"), function_append},
    {STR_INIT("avg"),    function_avg   },
    {STR_INIT("concat"), function_concat},
    {STR_INIT("first"),  function_first },
    {STR_INIT("index"),  function_index },
    {STR_INIT("keys"),   function_keys  },
    {STR_INIT("last"),   function_last  },
    {STR_INIT("length"), function_length},
    {STR_INIT("max"),    function_max   },
    {STR_INIT("min"),    function_min   },
    {STR_INIT("size"),   function_length},
    {STR_INIT("stddev"), function_stddev},
    {STR_INIT("sum"),    function_sum   },
};

const struct path_function *function_find(str name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i].name, name))
            return &rows[i];
    return NULL;
}

bool path_gives_keys(const struct jsonpath *p)
{
    const struct step *last = p->steps_count > 0 ? &p->steps[p->steps_count - 1] : NULL;
    return last && last->kind == STEP_FUNCTION && last->as.call.row &&
           last->as.call.row->run == function_keys;
}

enum outcome function_run(struct walk *w, const struct step *s, json model, int how, json *out)
{
    struct call c = {.w = w,
                     .arguments = s->as.call.arguments,
                     .count = s->as.call.count,
                     .model = model,
                     .how = how};
    if (!s->as.call.row)
        return walk_fail(w, FAULT_INVALID, "Function with name: %.*s does not exist.",
                         STR_ARG(s->as.call.name));
    enum outcome o = FOUND;
    for (size_t k = 0; o == FOUND && k < c.count; k++)
        if (c.arguments[k].path)
            o = walk_path(w, c.arguments[k].path, w->root, how, &c.value[k]);
    if (o == FOUND)
        o = s->as.call.row->run(&c, out);
    for (size_t k = 0; k < c.count; k++)
        json_unref(c.value[k]);
    return o;
}
