/* Merge patch (RFC 7386): objects are merged, null deletes, anything else replaces. */
#include "edit_private.h"
#include "patch_private.h"

/* Gives target with patch merged into it; ABSENT: no memory, or too deep. */
static json merged(json target, json patch, int depth)
{
    if (patch.kind != JSON_OBJECT)
        return json_ref(patch);
    if (depth == PATCH_DEPTH_MAX)
        return json_absent();
    json made = target.kind == JSON_OBJECT ? json_ref(target) : json_object(json_len(patch));
    for (size_t i = 0; i < json_len(patch) && !json_is_absent(made); i++) {
        str key = json_key_at(patch, i);
        json value = json_value_at(patch, i), changed;
        if (value.kind == JSON_NULL)
            changed = json_without(made, key);
        else
            changed = json_with(made, key, merged(json_get(made, key), value, depth + 1));
        json_unref(made);
        made = changed;
    }
    return made;
}

bool patch_merge(json object, json patch, json *out, struct failure *f)
{
    json made = merged(object, patch, 0);
    if (json_is_absent(made))
        return fail(f, 422, "Invalid",
                    "the server rejected our request due to an error in our request: the patch "
                    "cannot be merged");
    *out = made;
    return true;
}
