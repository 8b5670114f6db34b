/* Functions of arrays. */
#include "functions_private.h"

#include <math.h>

bool function_count(struct call *c, struct value *out)
{
    *out = value_number((double)value_len(c->arguments[0]));
    return true;
}

bool function_append(struct call *c, struct value *out)
{
    return value_append(c->ev, c->arguments[0], c->arguments[1], out);
}

bool function_reverse(struct call *c, struct value *out)
{
    size_t len = value_len(c->arguments[0]);
    *out = c->arguments[0];
    if (len <= 1)
        return true;
    struct list *l = list_new(c->ev, len);
    for (size_t i = len; l && i-- > 0;)
        if (!list_push(c->ev, l, value_at(c->ev, c->arguments[0], i)))
            return false;
    *out = value_list(l);
    return l != NULL;
}

bool function_shuffle(struct call *c, struct value *out)
{
    size_t len = value_len(c->arguments[0]);
    *out = c->arguments[0];
    if (len <= 1)
        return true;
    struct list *l = list_new(c->ev, len);
    if (!l || !list_push_all(c->ev, l, c->arguments[0]))
        return false;
    for (size_t i = len; i > 1; i--) {
        size_t other = (size_t)rng_below(c->ev->scope->rng, i);
        struct value swap = l->items[i - 1];
        l->items[i - 1] = l->items[other];
        l->items[other] = swap;
    }
    *out = value_list(l);
    return true;
}

/* Is v among l's items? By a table of their hashes. */
static bool is_new(struct evaluator *ev, const struct list *l, const uint32_t *table, size_t slots,
                   struct value v, size_t *slot, bool *out)
{
    size_t at = value_hash(ev, v, 0) & (slots - 1);
    *out = true;
    for (; table[at] != 0; at = (at + 1) & (slots - 1)) {
        bool equal;
        if (!value_equal(ev, l->items[table[at] - 1], v, &equal))
            return false;
        if (equal) {
            *out = false;
            break;
        }
    }
    *slot = at;
    return true;
}

bool function_distinct(struct call *c, struct value *out)
{
    struct value v = c->arguments[0];
    size_t len = value_len(v), slots = 16;
    *out = v;
    if (!is_array(v) || len <= 1)
        return true;
    while (slots < 2 * len)
        slots *= 2;
    struct list *l = list_new(c->ev, 0);
    uint32_t *table = ev_alloc(c->ev, slots * sizeof *table);
    if (!l || !table)
        return false;
    l->sequence = is_sequence(v);
    for (size_t i = 0; i < len; i++) {
        struct value item = value_at(c->ev, v, i);
        size_t slot;
        bool fresh;
        if (!is_new(c->ev, l, table, slots, item, &slot, &fresh) ||
            (fresh && !list_push(c->ev, l, item)))
            return false;
        if (fresh)
            table[slot] = (uint32_t)l->len;
    }
    *out = value_list(l);
    return true;
}

/* Its row of i: what each array has there. */
static bool zip_row(struct call *c, size_t i, struct value *out)
{
    struct list *row = list_new(c->ev, c->count);
    for (size_t k = 0; row && k < c->count; k++)
        if (!list_push(c->ev, row, value_at(c->ev, c->all[k], i)))
            return false;
    *out = value_list(row);
    return row != NULL;
}

bool function_zip(struct call *c, struct value *out)
{
    size_t len = SIZE_MAX;
    for (size_t k = 0; k < c->count; k++) {
        size_t n = is_array(c->all[k]) ? value_len(c->all[k]) : 0;
        len = n < len ? n : len;
    }
    struct list *rows = list_new(c->ev, 0);
    for (size_t i = 0; rows && len != SIZE_MAX && i < len; i++) {
        struct value row = {0};
        if (!zip_row(c, i, &row) || !list_push(c->ev, rows, row))
            return false;
    }
    *out = value_list(rows);
    return rows != NULL;
}

/* -- $sort -- */

static bool is_after(struct evaluator *ev, void *context, struct value a, struct value b, bool *out)
{
    (void)ev, (void)context;
    *out = is_string(a) ? str_cmp(string_of(a), string_of(b)) > 0 : number_of(a) > number_of(b);
    return true;
}

/* As a condition of the language the reference implementation is written in: an empty array or
 * object is true. */
static bool is_truthy(struct value v)
{
    return is_array(v) || is_object(v) || is_function(v) || value_truth(v);
}

static bool calls_after(struct evaluator *ev, void *context, struct value a, struct value b,
                        bool *out)
{
    const struct call *c = context;
    struct value pair[] = {a, b}, answer = {0};
    struct arguments given = {.at = pair,
                              .count = 2,
                              .context = value_null(),
                              .environment = c->environment,
                              .name = c->name};
    if (!apply(ev, c->arguments[1], &given, &answer))
        return false;
    *out = is_truthy(answer);
    return true;
}

bool function_sort(struct call *c, struct value *out)
{
    struct value v = c->arguments[0];
    size_t strings = 0, numbers = 0, len = value_len(v);
    struct list *sorted;
    *out = v;
    if (len <= 1)
        return true;
    bool by_function = is_function(c->arguments[1]);
    for (size_t i = 0; !by_function && i < len; i++) {
        struct value item = value_at(c->ev, v, i);
        bool numeric;
        if (!value_is_numeric(item, c->ev, &numeric))
            return false;
        strings += is_string(item);
        numbers += numeric;
    }
    if (!by_function && strings != len && numbers != len)
        return ev_fail(c->ev,
                       "D3070: The single argument form of the sort function can only be applied "
                       "to an array of strings or an array of numbers.  Use the second argument to "
                       "specify a comparison function");
    if (!sort_values(c->ev, v, by_function ? calls_after : is_after, c, &sorted))
        return false;
    *out = value_list(sorted);
    return true;
}
