/* Writing to a Reference Path: a changed copy of the containers on the way, all else shared. */
#include "jsonpath_private.h"

#include <assert.h>

static bool mismatch(const struct jsonpath *p, struct err *err)
{
    return err_set(err, ERR_STATES_RESULT_PATH_MATCH_FAILURE,
                   "Unable to apply ReferencePath %.*s to the input", STR_ARG(p->text));
}

static bool give(json made, json *out, struct err *err)
{
    *out = made;
    return !json_is_absent(made) || err_set(err, ERR_NO_MEMORY, "no memory for a result");
}

static bool put(const struct jsonpath *p, size_t i, json at, json value, json *out, struct err *err)
{
    if (i == p->steps_count) {
        *out = json_ref(value);
        return true;
    }
    const struct step *s = &p->steps[i];
    bool name = s->kind == STEP_NAME;
    // ASSUMPTION: null is something, not nothing: no object takes its place.
    bool fits = name ? json_is_absent(at) || at.kind == JSON_OBJECT
                     : at.kind == JSON_ARRAY && (size_t)s->as.index < json_len(at);
    json child = name ? json_get(at, s->as.name) : json_at(at, (size_t)s->as.index),
         made = json_absent();
    if (!fits)
        return mismatch(p, err);
    if (!put(p, i + 1, child, value, &made, err))
        return false;
    return give(name ? json_with(at, s->as.name, made)
                     : json_with_at(at, (size_t)s->as.index, made),
                out, err);
}

bool jsonpath_put(const struct jsonpath *p, json root, json value, json *out, struct err *err)
{
    assert(p->reference);
    return put(p, 0, root, value, out, err);
}
