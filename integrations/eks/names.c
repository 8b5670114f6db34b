/* Names: Step Functions writes EKS's members with a capital letter, in and out.
 *
 * Keys under Tags and Labels are the user's data. Times come as epoch seconds and go out as epoch
 * milliseconds, as sibling integrations of that generation give them.
 * ASSUMPTION: no recording of an EKS integration's times is public. */
#include "eks_private.h"

enum { NAMES_DEPTH_MAX = 64, NAME_MAX_BYTES = 256 };

static bool key_is(str key, const char *lower)
{
    return str_eq_nocase(key, str_from_c(lower));
}

static json with_first_letter(json v, bool upper, int depth);

/* A number of seconds becomes one of milliseconds; anything else stays. */
static json to_milliseconds(json v)
{
    return json_is_number(v) ? json_integer((int64_t)(json_to_double(v) * MS_PER_S + 0.5))
                             : json_ref(v);
}

static bool put_member(json *out, str key, json value, bool upper, int depth)
{
    char space[NAME_MAX_BYTES];
    if (key.len == 0 || key.len > sizeof space)
        return json_put_take(out, key, json_ref(value));
    memcpy(space, key.ptr, key.len);
    char c = space[0];
    if (upper && c >= 'a' && c <= 'z')
        space[0] = (char)(c - 'a' + 'A');
    else if (!upper && c >= 'A' && c <= 'Z')
        space[0] = (char)(c - 'A' + 'a');
    json changed;
    if (key_is(key, "tags") || key_is(key, "labels"))
        changed = json_ref(value);
    else if (upper && (key_is(key, "createdat") || key_is(key, "modifiedat")))
        changed = to_milliseconds(value);
    else
        changed = with_first_letter(value, upper, depth + 1);
    return json_put_take(out, (str){space, key.len}, changed);
}

static json with_first_letter(json v, bool upper, int depth)
{
    if (!json_is_container(v) || depth > NAMES_DEPTH_MAX)
        return json_ref(v);
    bool whole = true;
    json out = v.kind == JSON_OBJECT ? json_object(json_len(v)) : json_array(json_len(v));
    for (size_t i = 0; whole && i < json_len(v); i++) {
        if (v.kind == JSON_OBJECT)
            whole = put_member(&out, json_key_at(v, i), json_value_at(v, i), upper, depth);
        else
            whole = json_push_take(&out, with_first_letter(json_at(v, i), upper, depth + 1));
    }
    if (whole)
        return out;
    json_unref(out);
    return json_absent(); // no memory: the caller's put refuses an absent value in turn
}

json eks_to_states(json wire)
{
    return with_first_letter(wire, true, 0);
}

json eks_from_states(json parameters)
{
    return with_first_letter(parameters, false, 0);
}
