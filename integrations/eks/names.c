/* Names: Step Functions writes EKS's members with a capital letter, in and out.
 *
 * Keys of maps (tags, labels and the like) are the user's data. Times come as epoch seconds; an
 * optimised integration gives epoch milliseconds, as its siblings of that generation, one of
 * aws-sdk:* ISO 8601.
 * ASSUMPTION: no recording of an EKS integration's times is public. */
#include "base/timestamp.h"
#include "eks_private.h"

enum { NAMES_DEPTH_MAX = 64, NAME_MAX_BYTES = 256 };

/* Which way a value is written. */
struct writing {
    bool upper; /* from EKS to Step Functions */
    enum eks_times times;
};

/* Source of both lists: botocore's service model `eks`. */
static const char *const maps[] = {"tags", "labels", "addOrUpdateLabels", "requiredClaims",
                                   "additionalInfo"};
static const char *const times[] = {
    "createdAt",        "modifiedAt",         "associatedAt",    "startedAt",
    "endedAt",          "effectiveDate",      "expirationDate",  "endOfStandardSupportDate",
    "releaseDate",      "lastRequestTime",    "lastRefreshTime", "endOfExtendedSupportDate",
    "activationExpiry", "lastTransitionTime",
};

static bool is_named(str key, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(key, str_from_c(names[i])))
            return true;
    return false;
}

/* The labels of UpdateNodegroupConfig are a structure of two; those of a map are no containers. */
static bool is_users_data(str key, json value)
{
    if (!is_named(key, maps, sizeof maps / sizeof *maps))
        return false;
    for (size_t i = 0; value.kind == JSON_OBJECT && i < json_len(value); i++)
        if (json_is_container(json_value_at(value, i)))
            return false;
    return true;
}

static json with_first_letter(json v, const struct writing *w, int depth);

/* Seconds since the epoch, up to the year 9999; what is none stays as it is. */
static json time_written(json v, enum eks_times as)
{
    static const double last_s = 253402300799.0;
    double seconds = json_is_number(v) ? json_to_double(v) : -1;
    if (!(seconds >= 0 && seconds <= last_s))
        return json_ref(v);
    int64_t ms = (int64_t)(seconds * MS_PER_S + 0.5);
    if (as == EKS_TIMES_MILLISECONDS)
        return json_integer(ms);
    char text[TIMESTAMP_TEXT_LEN + 1];
    if (ms % MS_PER_S)
        timestamp_format(ms, text);
    else
        timestamp_format_seconds(ms, text);
    return json_string(str_from_c(text));
}

static bool put_member(json *out, str key, json value, const struct writing *w, int depth)
{
    char space[NAME_MAX_BYTES];
    if (key.len == 0 || key.len > sizeof space)
        return json_put_take(out, key, json_ref(value));
    memcpy(space, key.ptr, key.len);
    char c = space[0];
    if (w->upper && c >= 'a' && c <= 'z')
        space[0] = (char)(c - 'a' + 'A');
    else if (!w->upper && c >= 'A' && c <= 'Z')
        space[0] = (char)(c - 'A' + 'a');
    json changed;
    if (is_users_data(key, value))
        changed = json_ref(value);
    else if (w->upper && is_named(key, times, sizeof times / sizeof *times))
        changed = time_written(value, w->times);
    else
        changed = with_first_letter(value, w, depth + 1);
    return json_put_take(out, (str){space, key.len}, changed);
}

static json with_first_letter(json v, const struct writing *w, int depth)
{
    if (!json_is_container(v) || depth > NAMES_DEPTH_MAX)
        return json_ref(v);
    bool whole = true;
    json out = v.kind == JSON_OBJECT ? json_object(json_len(v)) : json_array(json_len(v));
    for (size_t i = 0; whole && i < json_len(v); i++) {
        if (v.kind == JSON_OBJECT)
            whole = put_member(&out, json_key_at(v, i), json_value_at(v, i), w, depth);
        else
            whole = json_push_take(&out, with_first_letter(json_at(v, i), w, depth + 1));
    }
    if (whole)
        return out;
    json_unref(out);
    return json_absent(); // no memory: the caller's put refuses an absent value in turn
}

json eks_to_states(json wire, enum eks_times as)
{
    return with_first_letter(wire, &(const struct writing){true, as}, 0);
}

json eks_from_states(json parameters)
{
    return with_first_letter(parameters, &(const struct writing){.upper = false}, 0);
}
