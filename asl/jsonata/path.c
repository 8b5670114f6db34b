/* Paths: steps over sequences, filters, and the tuples that carry bindings along.
 *
 * A step is evaluated for each item of what the step before yielded; the results are one flat
 * sequence. From the first step on that binds something (@$v, #$i, or a "%" that looks back to it)
 * the items travel in tuples: the item, and what has been bound on its way. */
#include "evaluate_private.h"

#include <math.h>

struct value collapsed(struct value v)
{
    if (!is_sequence(v) || v.as.list->tuples)
        return v;
    if (v.as.list->len == 0)
        return (struct value){0};
    return v.as.list->len == 1 && !v.as.list->keep_singleton ? v.as.list->items[0] : v;
}

/* -- fields -- */

static bool lookup_into(struct evaluator *ev, struct value input, str name, unsigned depth,
                        struct list *found)
{
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    if (!ev_tick(ev))
        return false;
    if (is_object(input)) {
        struct value v = member_get(ev, input, name);
        return is_undefined(v) || list_push_all(ev, found, v);
    }
    for (size_t i = 0; is_array(input) && i < value_len(input); i++)
        if (!lookup_into(ev, value_at(ev, input, i), name, depth + 1, found))
            return false;
    return true;
}

bool lookup(struct evaluator *ev, struct value input, str name, struct value *out)
{
    *out = (struct value){0};
    if (is_object(input))
        *out = member_get(ev, input, name);
    if (!is_array(input))
        return true;
    struct list *found = sequence_new(ev);
    if (!found || !lookup_into(ev, input, name, 0, found))
        return false;
    *out = value_list(found);
    return true;
}

static bool flatten(struct evaluator *ev, struct value v, unsigned depth, struct list *out)
{
    if (!is_array(v))
        return list_push(ev, out, v);
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    for (size_t i = 0; i < value_len(v); i++)
        if (!flatten(ev, value_at(ev, v, i), depth + 1, out))
            return false;
    return true;
}

/* What an array was put into is no sequence any more: a single item of it stays in an array. */
static bool wildcard_value(struct evaluator *ev, struct value v, struct list *found)
{
    found->sequence &= !is_array(v);
    return flatten(ev, v, 0, found);
}

bool evaluate_wildcard(struct evaluator *ev, const struct node *n, struct value input,
                       struct environment *environment, struct value *out)
{
    (void)n, (void)environment;
    struct list *found = sequence_new(ev);
    if (!found)
        return false;
    if (input.kind == VALUE_LIST && input.as.list->outer_wrapper && input.as.list->len > 0)
        input = input.as.list->items[0];
    for (size_t i = 0; is_object(input) && i < members_len(input); i++) {
        str key;
        if (!wildcard_value(ev, member_at(ev, input, i, &key), found))
            return false;
    }
    for (size_t i = 0; is_array(input) && i < value_len(input); i++)
        if (!wildcard_value(ev, value_at(ev, input, i), found))
            return false;
    *out = value_list(found);
    return true;
}

static bool descend(struct evaluator *ev, struct value v, unsigned depth, struct list *out)
{
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    if (!ev_tick(ev) || (!is_array(v) && !list_push(ev, out, v)))
        return false;
    for (size_t i = 0; is_array(v) && i < value_len(v); i++)
        if (!descend(ev, value_at(ev, v, i), depth + 1, out))
            return false;
    for (size_t i = 0; is_object(v) && i < members_len(v); i++) {
        str key;
        if (!descend(ev, member_at(ev, v, i, &key), depth + 1, out))
            return false;
    }
    return true;
}

bool evaluate_descendants(struct evaluator *ev, const struct node *n, struct value input,
                          struct environment *environment, struct value *out)
{
    (void)n, (void)environment;
    struct list *found = is_undefined(input) ? NULL : sequence_new(ev);
    *out = (struct value){0};
    if (is_undefined(input))
        return true;
    if (!found || !descend(ev, input, 0, found))
        return false;
    *out = collapsed(value_list(found));
    return true;
}

/* -- tuples -- */

/* The item of what may be a tuple, and the environment in which it is looked at. NULL: no memory.
 */
static struct environment *environment_of_item(struct evaluator *ev,
                                               struct environment *environment, struct value *item)
{
    if (item->kind != VALUE_TUPLE)
        return environment;
    struct environment *inner = environment_new(ev, environment);
    if (inner)
        inner->bindings = item->as.tuple->bindings;
    *item = item->as.tuple->item;
    return inner;
}

static bool tuple_new(struct evaluator *ev, struct value item, const struct binding *bindings,
                      struct tuple **out)
{
    struct tuple *t = ev_alloc(ev, sizeof *t);
    if (!t)
        return false;
    *t = (struct tuple){item, bindings};
    *out = t;
    return true;
}

static bool tuple_bind(struct evaluator *ev, struct tuple *t, str name, struct value v)
{
    struct binding *b = ev_alloc(ev, sizeof *b);
    if (!b)
        return false;
    *b = (struct binding){t->bindings, name, v};
    t->bindings = b;
    return true;
}

static struct list *tuples_new(struct evaluator *ev)
{
    struct list *l = sequence_new(ev);
    if (l)
        l->tuples = true;
    return l;
}

/* -- filters -- */

static bool is_index(double at, size_t i, size_t len)
{
    at = floor(at);
    return (at < 0 ? (double)len + at : at) == (double)i;
}

/* Is it an array of numbers, and not an empty one? */
static bool is_indexes(struct evaluator *ev, struct value result, bool *out)
{
    *out = is_array(result) && value_len(result) > 0;
    for (size_t k = 0; *out && k < value_len(result); k++)
        if (!value_is_numeric(value_at(ev, result, k), ev, out))
            return false;
    return true;
}

/* Keeps item i of len or not, by what the filter says of it: a truth, or the indexes to keep. As
 * often as an index is named its item is there. */
static bool push_kept(struct evaluator *ev, struct list *results, struct value result, size_t i,
                      size_t len, struct value item)
{
    bool indexes;
    if (is_array(result) ? !is_indexes(ev, result, &indexes)
                         : !value_is_numeric(result, ev, &indexes))
        return false;
    if (!indexes)
        return !value_truth(result) || list_push(ev, results, item);
    for (size_t k = 0; k < value_len(result); k++)
        if (is_index(number_of(value_at(ev, result, k)), i, len) && !list_push(ev, results, item))
            return false;
    return true;
}

static bool filter_by_index(struct evaluator *ev, double at, struct value input,
                            struct list *results, struct value *out)
{
    double len = (double)value_len(input), i = floor(at);
    if (i < 0)
        i += len;
    *out = value_list(results);
    if (i < 0 || i >= len)
        return true;
    struct value item = value_at(ev, input, (size_t)i);
    if (is_array(item))
        *out = item;
    return is_array(item) || list_push(ev, results, item);
}

bool evaluate_filter(struct evaluator *ev, const struct node *filter, struct value input,
                     struct environment *environment, struct value *out)
{
    struct list *results = sequence_new(ev);
    if (!results)
        return false;
    results->tuples = is_tuples(input);
    if (filter->type == NODE_NUMBER)
        return filter_by_index(ev, filter->number, input, results, out);
    *out = value_list(results);
    size_t len = value_len(input);
    for (size_t i = 0; i < len; i++) {
        struct value item = value_at(ev, input, i), context = item, result = {0};
        struct environment *inner = environment_of_item(ev, environment, &context);
        if (!inner || !evaluate(ev, filter, context, inner, &result) ||
            !push_kept(ev, results, result, i, len, item))
            return false;
    }
    return true;
}

static bool evaluate_stages(struct evaluator *ev, const struct node *step, struct value *v,
                            struct environment *environment)
{
    for (size_t s = 0; s < step->stages.count; s++) {
        const struct stage *stage = &step->stages.at[s];
        if (stage->filter) {
            if (!evaluate_filter(ev, stage->filter, *v, environment, v))
                return false;
            continue;
        }
        for (size_t i = 0; i < value_len(*v); i++) {
            struct value item = value_at(ev, *v, i);
            if (item.kind == VALUE_TUPLE &&
                !tuple_bind(ev, item.as.tuple, stage->index, value_number((double)i)))
                return false;
        }
    }
    return true;
}

/* -- steps -- */

static bool push_flat(struct evaluator *ev, struct list *l, struct value v)
{
    if (!is_array(v) || (v.kind == VALUE_LIST && v.as.list->constructed))
        return list_push(ev, l, v);
    return list_push_all(ev, l, v);
}

static bool evaluate_step(struct evaluator *ev, const struct node *step, struct value input,
                          struct environment *environment, bool last, struct value *out)
{
    if (step->type == NODE_SORT)
        return evaluate_sort(ev, step, input, environment, out) &&
               evaluate_stages(ev, step, out, environment);
    struct list *results = sequence_new(ev);
    struct value only = {0};
    size_t count = 0, len = value_len(input);
    if (!results)
        return false;
    for (size_t i = 0; i < len; i++) {
        struct value v = {0};
        if (!evaluate(ev, step, value_at(ev, input, i), environment, &v) ||
            !evaluate_stages(ev, step, &v, environment))
            return false;
        if (is_undefined(v))
            continue;
        only = v;
        count++;
        if (!push_flat(ev, results, v))
            return false;
    }
    // The only result of a path, when it is a plain array, is that array and no sequence.
    *out = last && count == 1 && is_array(only) && !is_sequence(only) ? only : value_list(results);
    return true;
}

/* The tuples of a sort step. */
static bool sort_tuples(struct evaluator *ev, const struct node *step, struct value input,
                        struct value tuples, struct environment *environment, struct value *out)
{
    if (!is_undefined(tuples))
        return evaluate_sort(ev, step, tuples, environment, out) &&
               evaluate_stages(ev, step, out, environment);
    struct list *l = tuples_new(ev);
    struct value sorted = {0};
    if (!l || !evaluate_sort(ev, step, input, environment, &sorted))
        return false;
    for (size_t i = 0; i < value_len(sorted); i++) {
        struct tuple *t;
        if (!tuple_new(ev, value_at(ev, sorted, i), NULL, &t) ||
            (step->index.ptr && !tuple_bind(ev, t, step->index, value_number((double)i))) ||
            !list_push(ev, l, (struct value){.kind = VALUE_TUPLE, .as.tuple = t}))
            return false;
    }
    *out = value_list(l);
    return evaluate_stages(ev, step, out, environment);
}

/* Binds what a tuple of an inner path was bound to, the oldest first. */
static bool rebind(struct evaluator *ev, struct tuple *t, const struct binding *b)
{
    return !b || (rebind(ev, t, b->next) && tuple_bind(ev, t, b->name, b->value));
}

/* One result of a step for the tuple `from`: a tuple of its own. */
static bool push_tuple(struct evaluator *ev, const struct node *step, struct list *l,
                       struct value from, struct value result, size_t position)
{
    const struct binding *bound = from.kind == VALUE_TUPLE ? from.as.tuple->bindings : NULL;
    struct value before = from.kind == VALUE_TUPLE ? from.as.tuple->item : from;
    struct tuple *t;
    if (!tuple_new(ev, result, bound, &t))
        return false;
    if (result.kind == VALUE_TUPLE) {
        t->item = result.as.tuple->item;
        return rebind(ev, t, result.as.tuple->bindings) &&
               list_push(ev, l, (struct value){.kind = VALUE_TUPLE, .as.tuple = t});
    }
    if (step->focus.ptr) {
        t->item = before;
        if (!tuple_bind(ev, t, step->focus, result))
            return false;
    }
    if (step->index.ptr && !tuple_bind(ev, t, step->index, value_number((double)position)))
        return false;
    if (step->ancestor && !tuple_bind(ev, t, step->ancestor->label, before))
        return false;
    return list_push(ev, l, (struct value){.kind = VALUE_TUPLE, .as.tuple = t});
}

/* items: the tuples so far, or plain items where they begin. */
static bool evaluate_tuple_step(struct evaluator *ev, const struct node *step, struct value input,
                                struct value tuples, struct environment *environment,
                                struct value *out)
{
    if (step->type == NODE_SORT)
        return sort_tuples(ev, step, input, tuples, environment, out);
    struct value items = is_undefined(tuples) ? input : tuples;
    struct list *l = tuples_new(ev);
    if (!l)
        return false;
    *out = value_list(l);
    for (size_t i = 0; i < value_len(items); i++) {
        struct value from = value_at(ev, items, i), item = from, result = {0};
        struct environment *inner = environment_of_item(ev, environment, &item);
        if (!inner || !evaluate(ev, step, item, inner, &result))
            return false;
        for (size_t k = 0; k < value_len(result); k++)
            if (!push_tuple(ev, step, l, from, value_at(ev, result, k), k))
                return false;
    }
    return evaluate_stages(ev, step, out, environment);
}

/* -- paths -- */

static bool items_of_tuples(struct evaluator *ev, struct value tuples, struct value *out)
{
    struct list *l = sequence_new(ev);
    if (!l)
        return false;
    for (size_t i = 0; i < value_len(tuples); i++)
        if (!list_push(ev, l, value_at(ev, tuples, i).as.tuple->item))
            return false;
    *out = value_list(l);
    return true;
}

/* What a path that keeps its array gives when it ended in a plain one: a sequence, which stays. */
static bool keep_singleton(struct evaluator *ev, struct value *v)
{
    if (v->kind != VALUE_LIST)
        return true;
    if (v->as.list->constructed && !v->as.list->sequence) {
        struct list *wrapper = sequence_new(ev);
        if (!wrapper || !list_push(ev, wrapper, *v))
            return false;
        *v = value_list(wrapper);
    }
    v->as.list->keep_singleton = true;
    return true;
}

static bool first_input(struct evaluator *ev, const struct node *first, struct value input,
                        struct value *out)
{
    *out = input;
    if (is_array(input) && first->type != NODE_VARIABLE)
        return true;
    struct list *l = sequence_new(ev);
    *out = value_list(l);
    return l && list_push(ev, l, input);
}

static bool is_plain_step(const struct node *step)
{
    return (step->type == NODE_NAME || step->type == NODE_VARIABLE) && step->stages.count == 0 &&
           step->predicates.count == 0 && !step->tuple && !step->keep_array;
}

/* Names after one another where no array is on the way: what most paths are, and no list is made
 * of. False: it is not so, and nothing has been done. */
static bool follow(struct evaluator *ev, const struct node *n, struct value input,
                   struct environment *environment, struct value *out)
{
    struct value at = input;
    if (n->group || n->keep_singleton || ev->depth >= ev->limits->depth)
        return false;
    for (size_t i = 0; i < n->items.count; i++) {
        const struct node *step = n->items.at[i];
        if (!is_plain_step(step) || (i > 0 && step->type == NODE_VARIABLE) ||
            (is_array(at) && step->type == NODE_NAME))
            return false;
        if (step->type == NODE_VARIABLE)
            at = variable_value(ev, step, input, environment);
        else
            at = is_object(at) ? member_get(ev, at, step->text) : (struct value){0};
        if (is_undefined(at))
            break;
    }
    *out = at;
    return true;
}

bool evaluate_path(struct evaluator *ev, const struct node *n, struct value input,
                   struct environment *environment, struct value *out)
{
    if (follow(ev, n, input, environment, out))
        return true;
    struct value items, result = {0}, tuples = {0};
    bool in_tuples = false;
    if (!first_input(ev, n->items.at[0], input, &items))
        return false;
    for (size_t i = 0; i < n->items.count; i++) {
        const struct node *step = n->items.at[i];
        bool ok;
        in_tuples |= step->tuple;
        if (i == 0 && step->construct)
            ok = evaluate(ev, step, items, environment, &result);
        else if (in_tuples)
            ok = evaluate_tuple_step(ev, step, items, tuples, environment, &tuples);
        else
            ok = evaluate_step(ev, step, items, environment, i + 1 == n->items.count, &result);
        if (!ok)
            return false;
        if (!in_tuples && (is_undefined(result) || (is_array(result) && value_len(result) == 0)))
            break;
        if (!step->focus.ptr)
            items = result;
    }
    if (in_tuples && n->tuple)
        result = tuples;
    else if (in_tuples && !items_of_tuples(ev, tuples, &result))
        return false;
    if (n->keep_singleton && !keep_singleton(ev, &result))
        return false;
    *out = result;
    return !n->group ||
           evaluate_group(ev, &n->group->items, in_tuples ? tuples : result, environment, out);
}
