/* Changed copies of JSON objects along paths of constant keys, and small objects made in one call.
 * Values are immutable: an edit replaces *object by a copy of the objects on the way. It is sticky:
 * when memory fails *object becomes ABSENT and stays so; ask once at the end.
 * Threads: any. Blocks: never. */
#ifndef CLUSTER_KUBE_EDIT_PRIVATE_H
#define CLUSTER_KUBE_EDIT_PRIVATE_H

#include "base/json.h"

/* Gives an object of key, value, key, value, NULL. Takes the values; a member whose value is ABSENT
 * is left out. */
json object_of(const char *key, ...);

/* Gives a string of constant text. */
json json_c(const char *text);

/* Each path ends with NULL. What is no object on the way is replaced by one. Takes value. */
void edit_put(json *object, json value_taken, const char *key, ...);
void edit_drop(json *object, const char *key, ...);
/* Puts the value unless there is one already that is not null. */
void edit_default(json *object, json value_taken, const char *key, ...);

/* The same for a member with any key. */
void edit_put_str(json *object, json value_taken, str key);

/* Appends to *array, a changed copy. Sticky as well. */
void edit_append(json *array, json value_taken);

/* True: it is there and not null. */
static inline bool is_given(json v)
{
    return v.kind != JSON_ABSENT && v.kind != JSON_NULL;
}

static inline str or_empty(str s)
{
    return s.ptr ? s : STR("");
}

#endif
