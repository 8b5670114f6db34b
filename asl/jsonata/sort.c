/* Sorting: order-by steps and the merge sort under $sort. */
#include "evaluate_private.h"

#include <math.h>

struct merge {
    struct evaluator *ev;
    value_after *after;
    void *context;
    struct value *from, *to;
};

/* Merges from[low, middle) and from[middle, high) into to. */
static bool merge_runs(const struct merge *m, size_t low, size_t middle, size_t high)
{
    size_t left = low, right = middle;
    for (size_t i = low; i < high; i++) {
        bool take_right = left == middle;
        if (left < middle && right < high &&
            !m->after(m->ev, m->context, m->from[left], m->from[right], &take_right))
            return false;
        m->to[i] = take_right ? m->from[right++] : m->from[left++];
    }
    return true;
}

bool sort_values(struct evaluator *ev, struct value array, value_after *after, void *context,
                 struct list **out)
{
    size_t len = value_len(array);
    struct list *sorted = list_new(ev, len);
    struct value *space = len > 0 ? ev_alloc(ev, len * sizeof *space) : NULL;
    if (!sorted || (len > 0 && !space) || !list_push_all(ev, sorted, array))
        return false;
    struct merge m = {ev, after, context, sorted->items, space};
    for (size_t width = 1; width < len; width *= 2) {
        for (size_t low = 0; low < len; low += 2 * width) {
            size_t middle = low + width < len ? low + width : len;
            size_t high = low + 2 * width < len ? low + 2 * width : len;
            if (!merge_runs(&m, low, middle, high))
                return false;
        }
        struct value *swap = m.from;
        m.from = m.to;
        m.to = swap;
    }
    sorted->items = m.from;
    if (sorted->room)
        sorted->room->used = sorted->room->cap; // no room behind these items is known to be free
    *out = sorted;
    return true;
}

struct order_by {
    const struct node *sort;
    struct environment *environment;
};

static bool term_value(struct evaluator *ev, const struct node *term, struct value item,
                       struct environment *environment, struct value *out)
{
    if (item.kind == VALUE_TUPLE) {
        struct environment *inner = environment_new(ev, environment);
        if (!inner)
            return false;
        inner->bindings = item.as.tuple->bindings;
        environment = inner;
        item = item.as.tuple->item;
    }
    return evaluate(ev, term->left, item, environment, out);
}

/* -1, 0, 1. What is undefined comes last, whichever the direction. */
static bool compare_terms(struct evaluator *ev, const struct node *term, struct value a,
                          struct value b, int *out)
{
    *out = is_undefined(a) - is_undefined(b);
    if (is_undefined(a) || is_undefined(b))
        return true;
    if ((!is_string(a) && !is_number(a)) || (!is_string(b) && !is_number(b)))
        return ev_fail(ev, "T2008: The expressions within an order-by clause must evaluate to "
                           "numeric or string values");
    if (is_string(a) != is_string(b)) {
        str left = value_shown(ev, a), right = value_shown(ev, b);
        return ev_fail(ev,
                       "T2007: Type mismatch when comparing values %.*s and %.*s in order-by "
                       "clause",
                       STR_ARG(left), STR_ARG(right));
    }
    if (is_string(a))
        *out = str_cmp(string_of(a), string_of(b));
    else
        *out = (number_of(a) > number_of(b)) - (number_of(a) < number_of(b));
    if (term->descending)
        *out = -*out;
    return true;
}

static bool comes_after(struct evaluator *ev, void *context, struct value a, struct value b,
                        bool *out)
{
    const struct order_by *o = context;
    int order = 0;
    for (size_t i = 0; order == 0 && i < o->sort->items.count; i++) {
        const struct node *term = o->sort->items.at[i];
        struct value left = {0}, right = {0};
        if (!term_value(ev, term, a, o->environment, &left) ||
            !term_value(ev, term, b, o->environment, &right) ||
            !compare_terms(ev, term, left, right, &order))
            return false;
    }
    *out = order > 0;
    return true;
}

bool evaluate_sort(struct evaluator *ev, const struct node *n, struct value input,
                   struct environment *environment, struct value *out)
{
    struct order_by o = {n, environment};
    struct list *sorted;
    *out = input;
    if (value_len(input) <= 1)
        return true;
    if (!sort_values(ev, input, comes_after, &o, &sorted))
        return false;
    sorted->tuples = is_tuples(input);
    *out = value_list(sorted);
    return true;
}
