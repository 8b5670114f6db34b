/* $map, $filter, $single, $reduce. */
#include "functions_private.h"

bool call_with_item(struct call *c, struct value function, struct value item, struct value key,
                    struct value whole, struct value *out)
{
    struct value all[] = {item, key, whole};
    if (!is_function(function))
        return ev_fail(c->ev, "T1006: Attempted to invoke a non-function");
    unsigned arity = function_arity(function);
    struct arguments given = {.at = all,
                              .count = arity < 1   ? 1
                                       : arity > 3 ? 3
                                                   : arity,
                              .context = value_null(),
                              .environment = c->environment,
                              .name = c->name};
    return apply(c->ev, function, &given, out);
}

static bool call_for(struct call *c, size_t i, struct value item, struct value *out)
{
    return call_with_item(c, c->arguments[1], item, value_number((double)i), c->arguments[0], out);
}

bool function_map(struct call *c, struct value *out)
{
    struct value list = c->arguments[0];
    if (is_undefined(list))
        return true;
    struct list *results = sequence_new(c->ev);
    if (!results)
        return false;
    for (size_t i = 0; i < value_len(list); i++) {
        struct value v = {0};
        if (!call_for(c, i, value_at(c->ev, list, i), &v) ||
            (!is_undefined(v) && !list_push(c->ev, results, v)))
            return false;
    }
    *out = value_list(results);
    return true;
}

bool function_filter(struct call *c, struct value *out)
{
    struct value list = c->arguments[0];
    if (is_undefined(list))
        return true;
    struct list *results = sequence_new(c->ev);
    if (!results)
        return false;
    for (size_t i = 0; i < value_len(list); i++) {
        struct value item = value_at(c->ev, list, i), v = {0};
        if (!call_for(c, i, item, &v) || (value_truth(v) && !list_push(c->ev, results, item)))
            return false;
    }
    *out = value_list(results);
    return true;
}

bool function_single(struct call *c, struct value *out)
{
    struct value list = c->arguments[0];
    bool found = false;
    if (is_undefined(list))
        return true;
    for (size_t i = 0; i < value_len(list); i++) {
        struct value item = value_at(c->ev, list, i), v = value_bool(true);
        if (!is_undefined(c->arguments[1]) && !call_for(c, i, item, &v))
            return false;
        if (!value_truth(v))
            continue;
        if (found)
            return ev_fail(c->ev, "D3138: The $single() function expected exactly 1 matching "
                                  "result.  Instead it matched more.");
        found = true;
        *out = item;
    }
    return found || ev_fail(c->ev, "D3139: The $single() function expected exactly 1 matching "
                                   "result.  Instead it matched 0.");
}

bool function_reduce(struct call *c, struct value *out)
{
    struct value list = c->arguments[0], result = c->arguments[2];
    size_t i = 0, len = value_len(list);
    if (is_undefined(list))
        return true;
    unsigned arity = function_arity(c->arguments[1]);
    if (arity < 2)
        return ev_fail(c->ev, "D3050: The second argument of reduce function must be a function "
                              "with at least two arguments");
    if (is_undefined(result) && len > 0)
        result = value_at(c->ev, list, i++);
    for (; i < len; i++) {
        struct value all[] = {result, value_at(c->ev, list, i), value_number((double)i), list};
        struct arguments given = {.at = all,
                                  .count = arity > 4 ? 4 : arity,
                                  .context = value_null(),
                                  .environment = c->environment,
                                  .name = c->name};
        if (!apply(c->ev, c->arguments[1], &given, &result))
            return false;
    }
    *out = result;
    return true;
}
