/* |pattern|update,delete|: a copy of an object, with changes where the pattern leads. */
#include "evaluate_private.h"

/* A $clone of the user's own copies in place of ours. */
static bool copy(struct evaluator *ev, struct environment *environment, struct value object,
                 struct value *out)
{
    struct value own = {0};
    if (!environment_find(environment, STR("clone"), &own)) {
        if (!is_object(object) && !is_array(object))
            return ev_fail(ev, "T0410: Argument 1 of function \"clone\" does not match function "
                               "signature");
        return value_clone(ev, object, out);
    }
    if (!is_function(own))
        return ev_fail(ev, "T2013: The transform expression clones the input object using the "
                           "$clone() function.  This has been overridden in the current scope by a "
                           "non-function.");
    struct arguments given = {.at = &object,
                              .count = 1,
                              .context = value_null(),
                              .environment = environment,
                              .name = STR("clone")};
    struct value copied = {0};
    // What it gives may be somebody's value: only ours is changed.
    return apply(ev, own, &given, &copied) && value_clone(ev, copied, out);
}

static bool update(struct evaluator *ev, const struct node *n, struct value match,
                   struct environment *environment)
{
    struct value v = {0};
    if (!evaluate(ev, n->right, match, environment, &v))
        return false;
    if (is_undefined(v))
        return true;
    if (!is_object(v)) {
        str shown = value_shown(ev, v);
        return ev_fail(ev,
                       "T2011: The insert/update clause of the transform expression must evaluate "
                       "to an object: %.*s",
                       STR_ARG(shown));
    }
    for (size_t i = 0; match.kind == VALUE_MAP && i < members_len(v); i++) {
        str key;
        struct value member = member_at(ev, v, i, &key);
        if (!map_put(ev, match.as.map, key, member))
            return false;
    }
    return true;
}

static bool delete (struct evaluator *ev, const struct node *n, struct value match,
                    struct environment *environment)
{
    struct value names = {0};
    if (!n->third)
        return true;
    if (!evaluate(ev, n->third, match, environment, &names))
        return false;
    for (size_t i = 0; i < value_len(names); i++)
        if (!is_string(value_at(ev, names, i))) {
            str shown = value_shown(ev, names);
            return ev_fail(ev,
                           "T2012: The delete clause of the transform expression must evaluate to "
                           "a string or array of strings: %.*s",
                           STR_ARG(shown));
        }
    for (size_t i = 0; match.kind == VALUE_MAP && i < value_len(names); i++)
        map_remove(match.as.map, string_of(value_at(ev, names, i)));
    return true;
}

bool apply_transform(struct evaluator *ev, const struct function *f, struct value object,
                     struct value *out)
{
    const struct node *n = f->as.lambda.node;
    struct environment *environment = f->as.lambda.environment;
    struct value matches = {0};
    *out = (struct value){0};
    if (is_undefined(object))
        return true;
    if (!copy(ev, environment, object, out) || !evaluate(ev, n->left, *out, environment, &matches))
        return false;
    for (size_t i = 0; i < value_len(matches); i++) {
        struct value match = value_at(ev, matches, i);
        if (!update(ev, n, match, environment) || !delete (ev, n, match, environment))
            return false;
    }
    return true;
}
