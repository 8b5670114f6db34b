/* Objects: {key: value, …} for one item, or grouping many by their keys.
 *
 * Each pair's key is evaluated for each item; items of the same key come together; then each value
 * is evaluated once for what came together under its key. */
#include "evaluate_private.h"

struct group {
    str key;
    size_t pair;
    struct value data; /* an item, or the list of several */
    bool several;
};

struct groups {
    struct evaluator *ev;
    struct group *at;
    size_t count, room;
    struct map *by_key; /* to the number of the group */
};

static bool add_group(struct groups *g, struct group made)
{
    enum { ROOM = 8 };
    if (g->count == g->room) {
        size_t room = g->room ? 2 * g->room : ROOM;
        struct group *at = ev_alloc(g->ev, room * sizeof *at);
        if (!at)
            return false;
        if (g->count > 0)
            memcpy(at, g->at, g->count * sizeof *at);
        g->at = at;
        g->room = room;
    }
    g->at[g->count] = made;
    return map_put(g->ev, g->by_key, made.key, value_number((double)g->count++));
}

/* Puts another item to those of a group; an array's items come one by one. */
static bool join(struct evaluator *ev, struct group *g, struct value item)
{
    if (!g->several) {
        struct list *l = list_new(ev, 0);
        if (!l || !list_push_all(ev, l, g->data))
            return false;
        l->tuples = g->data.kind == VALUE_TUPLE;
        g->data = value_list(l);
        g->several = true;
    }
    return list_push_all(ev, g->data.as.list, item);
}

static bool add_item(struct groups *g, size_t pair, struct value key, struct value item)
{
    struct evaluator *ev = g->ev;
    if (is_undefined(key))
        return true;
    if (!is_string(key)) {
        str shown = value_shown(ev, key);
        return ev_fail(ev, "T1003: Key in object structure must evaluate to a string; got: %.*s",
                       STR_ARG(shown));
    }
    struct value known = map_find(g->by_key, string_of(key));
    if (is_undefined(known))
        return add_group(g, (struct group){.key = string_of(key), .pair = pair, .data = item});
    struct group *same = &g->at[(size_t)known.as.number];
    if (same->pair == pair)
        return join(ev, same, item);
    str shown = value_shown(ev, key);
    return ev_fail(ev, "D1009: Multiple key definitions evaluate to same key: %.*s",
                   STR_ARG(shown));
}

/* Adds to a map of bindings what a tuple is bound to: the newest of a name counts. */
static bool gather(struct evaluator *ev, const struct binding *b, struct map *out)
{
    struct map *seen = map_new(ev, 0);
    if (!seen)
        return false;
    for (; b; b = b->next) {
        if (!is_undefined(map_find(seen, b->name)))
            continue;
        struct value joined = {0};
        if (!map_put(ev, seen, b->name, value_bool(true)) ||
            !value_append(ev, map_find(out, b->name), b->value, &joined) ||
            !map_put(ev, out, b->name, joined))
            return false;
    }
    return true;
}

/* The tuples of a group as one: the context, and a environment where each name has all its values.
 */
static struct environment *reduce(struct evaluator *ev, struct value *data,
                                  struct environment *environment)
{
    struct environment *inner = environment_new(ev, environment);
    struct map *bound = map_new(ev, 0);
    struct value context = {0};
    if (!inner || !bound)
        return NULL;
    for (size_t i = 0; i < value_len(*data); i++) {
        const struct tuple *t = value_at(ev, *data, i).as.tuple;
        if (!value_append(ev, context, t->item, &context) || !gather(ev, t->bindings, bound))
            return NULL;
    }
    for (size_t i = 0; i < bound->len; i++)
        if (!environment_bind(ev, inner, bound->members[i].key, bound->members[i].value))
            return NULL;
    *data = context;
    return inner;
}

static bool evaluate_values(struct groups *g, const struct nodes *pairs, bool tuples,
                            struct environment *environment, struct map *out)
{
    for (size_t i = 0; i < g->count; i++) {
        struct value data = g->at[i].data, v = {0};
        struct environment *inner = tuples ? reduce(g->ev, &data, environment) : environment;
        if (!inner || !evaluate(g->ev, pairs->at[2 * g->at[i].pair + 1], data, inner, &v))
            return false;
        if (!is_undefined(v) && !map_put(g->ev, out, g->at[i].key, v))
            return false;
    }
    return true;
}

static struct environment *environment_of_tuple(struct evaluator *ev, struct value *item,
                                                struct environment *environment)
{
    struct environment *inner = environment_new(ev, environment);
    if (inner)
        inner->bindings = item->as.tuple->bindings;
    *item = item->as.tuple->item;
    return inner;
}

bool evaluate_group(struct evaluator *ev, const struct nodes *pairs, struct value input,
                    struct environment *environment, struct value *out)
{
    struct groups g = {.ev = ev, .by_key = map_new(ev, 0)};
    struct map *made = map_new(ev, pairs->count / 2);
    bool tuples = is_tuples(input);
    // Nothing still makes an object: its keys may be constants.
    size_t count = value_len(input) > 0 ? value_len(input) : 1;
    bool none = value_len(input) == 0;
    if (!g.by_key || !made)
        return false;
    for (size_t i = 0; i < count; i++) {
        struct value item = none ? (struct value){0} : value_at(ev, input, i), context = item;
        struct environment *inner = context.kind == VALUE_TUPLE
                                        ? environment_of_tuple(ev, &context, environment)
                                        : environment;
        for (size_t pair = 0; inner && 2 * pair < pairs->count; pair++) {
            struct value key = {0};
            if (!evaluate(ev, pairs->at[2 * pair], context, inner, &key) ||
                !add_item(&g, pair, key, item))
                return false;
        }
        if (!inner)
            return false;
    }
    *out = value_map(made);
    return evaluate_values(&g, pairs, tuples && !none, environment, made);
}
