/* Writing to a Reference Path: a changed copy of the containers on the way, all else shared. */
#include "jsonpath_private.h"

#include <assert.h>
#include <inttypes.h>

enum { ROOT_SHOWN_MAX_BYTES = 4 * 1048576 }; /* past the quota of inputs */

/* ASSUMPTION: an index is named by its number alone; and of a way that ends at a text or a number,
 * the step that was to go on from there. */
bool jsonpath_conflict(const struct jsonpath *p, json root, struct err *err)
{
    size_t i = 0;
    for (json at = root; i + 1 < p->steps_count; i++) {
        const struct step *s = &p->steps[i];
        at = s->kind == STEP_NAME ? json_get(at, s->as.name) : json_at(at, (size_t)s->as.index);
        if (json_is_absent(at))
            break;
    }
    struct buf text;
    buf_init(&text, ROOT_SHOWN_MAX_BYTES);
    const struct step *s = p->steps_count > 0 ? &p->steps[i] : NULL;
    if (!s || !json_is_container(root))
        buf_printf(&text, "Unable to apply ReferencePath %.*s", STR_ARG(p->text));
    else if (s->kind == STEP_NAME)
        buf_printf(&text, "Unable to apply step \"%.*s\"", STR_ARG(s->as.name));
    else
        buf_printf(&text, "Unable to apply step \"%" PRId64 "\"", s->as.index);
    buf_add(&text, STR(" to input "));
    json_print(root, &text);
    str shown = buf_ok(&text) ? buf_str(&text) : jsonpath_text(p);
    err_set(err, ERR_STATES_REFERENCE_PATH_CONFLICT, "%.*s", STR_ARG(shown));
    buf_release(&text);
    return false;
}

static bool give(json made, json *out, struct err *err)
{
    *out = made;
    return !json_is_absent(made) || err_set(err, ERR_NO_MEMORY, "no memory for a result");
}

/* False with no error set: step i does not fit what is there. */
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
        return false;
    if (!put(p, i + 1, child, value, &made, err))
        return false;
    return give(name ? json_with(at, s->as.name, made)
                     : json_with_at(at, (size_t)s->as.index, made),
                out, err);
}

bool jsonpath_put(const struct jsonpath *p, json root, json value, json *out, struct err *err)
{
    assert(p->reference);
    return put(p, 0, root, value, out, err) ||
           (!err_is_set(err) && jsonpath_conflict(p, root, err));
}
