/* Functions of objects. */
#include "functions_private.h"

static bool add_keys(struct evaluator *ev, struct value v, unsigned depth, struct map *seen)
{
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    for (size_t i = 0; is_object(v) && i < members_len(v); i++) {
        str key;
        (void)member_at(ev, v, i, &key);
        if (!map_put(ev, seen, key, value_bool(true)))
            return false;
    }
    for (size_t i = 0; is_array(v) && i < value_len(v); i++)
        if (!add_keys(ev, value_at(ev, v, i), depth + 1, seen))
            return false;
    return true;
}

bool function_keys(struct call *c, struct value *out)
{
    struct map *seen = map_new(c->ev, 0);
    struct list *keys = sequence_new(c->ev);
    if (!seen || !keys || !add_keys(c->ev, c->arguments[0], 0, seen))
        return false;
    for (size_t i = 0; i < seen->len; i++)
        if (!list_push(c->ev, keys, value_str(seen->members[i].key)))
            return false;
    *out = value_list(keys);
    return true;
}

bool function_lookup(struct call *c, struct value *out)
{
    return !is_string(c->arguments[1]) ||
           lookup(c->ev, c->arguments[0], string_of(c->arguments[1]), out);
}

static bool one_member(struct evaluator *ev, str key, struct value v, struct value *out)
{
    struct map *m = map_new(ev, 1);
    *out = value_map(m);
    return m && map_put(ev, m, key, v);
}

static bool spread_into(struct evaluator *ev, struct value v, unsigned depth, struct list *l)
{
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    if (!is_array(v) && !is_object(v))
        return list_push(ev, l, v);
    for (size_t i = 0; is_array(v) && i < value_len(v); i++)
        if (!spread_into(ev, value_at(ev, v, i), depth + 1, l))
            return false;
    for (size_t i = 0; is_object(v) && i < members_len(v); i++) {
        str key;
        struct value member = member_at(ev, v, i, &key), one = {0};
        if (!one_member(ev, key, member, &one) || !list_push(ev, l, one))
            return false;
    }
    return true;
}

bool function_spread(struct call *c, struct value *out)
{
    struct value v = c->arguments[0];
    *out = v;
    if (!is_array(v) && !is_object(v))
        return true;
    struct list *l = sequence_new(c->ev);
    *out = value_list(l);
    return l && spread_into(c->ev, v, 0, l);
}

bool function_merge(struct call *c, struct value *out)
{
    struct value list = c->arguments[0];
    if (is_undefined(list))
        return true;
    struct map *merged = map_new(c->ev, 0);
    if (!merged)
        return false;
    for (size_t i = 0; i < value_len(list); i++) {
        struct value v = value_at(c->ev, list, i);
        for (size_t k = 0; is_object(v) && k < members_len(v); k++) {
            str key;
            struct value member = member_at(c->ev, v, k, &key);
            if (!map_put(c->ev, merged, key, member))
                return false;
        }
    }
    *out = value_map(merged);
    return true;
}

bool function_each(struct call *c, struct value *out)
{
    struct value object = c->arguments[0], function = c->arguments[1];
    struct list *results = sequence_new(c->ev);
    if (!results)
        return false;
    *out = value_list(results);
    for (size_t i = 0; is_object(object) && i < members_len(object); i++) {
        str key;
        struct value member = member_at(c->ev, object, i, &key), v = {0};
        if (!call_with_item(c, function, member, value_str(key), object, &v) ||
            (!is_undefined(v) && !list_push(c->ev, results, v)))
            return false;
    }
    return true;
}

bool function_sift(struct call *c, struct value *out)
{
    struct value object = c->arguments[0], function = c->arguments[1];
    struct map *kept = map_new(c->ev, 0);
    if (!kept)
        return false;
    for (size_t i = 0; is_object(object) && i < members_len(object); i++) {
        str key;
        struct value member = member_at(c->ev, object, i, &key), v = {0};
        if (!call_with_item(c, function, member, value_str(key), object, &v) ||
            (value_truth(v) && !map_put(c->ev, kept, key, member)))
            return false;
    }
    if (kept->len > 0)
        *out = value_map(kept);
    return true;
}

bool function_clone(struct call *c, struct value *out)
{
    return is_undefined(c->arguments[0]) || value_clone(c->ev, c->arguments[0], out);
}
