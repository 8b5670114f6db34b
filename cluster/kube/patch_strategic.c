/* Strategic merge patch: as a merge patch, but lists whose elements have a key are merged by it.
 *
 *   $patch: delete | replace | merge   in an object: what is done with the one it stands in
 *   $setElementOrder/x                 the order of the list x afterwards
 *   $deleteFromPrimitiveList/x         values to take out of the list x
 *   $retainKeys                        all other keys of the object go
 *
 * Which lists have which key is a table, by the field's name and, where names mean two things, by
 * the field above. Lists that are not there are replaced whole.
 * Source: kubernetes.io/docs/tasks/manage-kubernetes-objects/update-api-object-kubectl-patch;
 * the patchMergeKey tags of k8s.io/api. */
#include "edit_private.h"
#include "patch_private.h"

#define ORDER_PREFIX  "$setElementOrder/"
#define DELETE_PREFIX "$deleteFromPrimitiveList/"

struct merge_key {
    const char *field, *above; /* above NULL: anywhere */
    const char *key;           /* NULL: a list of plain values, merged as a set */
};

static const struct merge_key merge_keys[] = {
    {"containers",                NULL,   "name"         },
    {"initContainers",            NULL,   "name"         },
    {"ephemeralContainers",       NULL,   "name"         },
    {"volumes",                   NULL,   "name"         },
    {"imagePullSecrets",          NULL,   "name"         },
    {"secrets",                   NULL,   "name"         },
    {"env",                       NULL,   "name"         },
    {"ports",                     "spec", "port"         }, /* a Service's */
    {"ports",                     NULL,   "containerPort"},
    {"volumeMounts",              NULL,   "mountPath"    },
    {"volumeDevices",             NULL,   "devicePath"   },
    {"hostAliases",               NULL,   "ip"           },
    {"topologySpreadConstraints", NULL,   "topologyKey"  },
    {"schedulingGates",           NULL,   "name"         },
    {"resourceClaims",            NULL,   "name"         },
    {"conditions",                NULL,   "type"         },
    {"ownerReferences",           NULL,   "uid"          },
    {"podIPs",                    NULL,   "ip"           },
    {"hostIPs",                   NULL,   "ip"           },
    {"finalizers",                NULL,   NULL           },
};

static const struct merge_key *merge_key_of(str field, str above)
{
    for (size_t i = 0; i < sizeof(merge_keys) / sizeof(merge_keys[0]); i++) {
        const struct merge_key *m = &merge_keys[i];
        if (str_eq(field, str_from_c(m->field)) &&
            (!m->above || str_eq(above, str_from_c(m->above))))
            return m;
    }
    return NULL;
}

static json merged(json target, json patch, str field, int depth);

static bool is_directive(str key)
{
    return str_starts(key, STR("$"));
}

/* Gives a value of a patch as it is stored where there was nothing: without nulls and directives.
 */
static json stored(json v, int depth)
{
    if (depth == PATCH_DEPTH_MAX)
        return json_absent();
    if (v.kind == JSON_OBJECT)
        return merged(json_absent(), v, STR(""), depth + 1);
    if (v.kind != JSON_ARRAY)
        return json_ref(v);
    json list = json_array(json_len(v));
    for (size_t i = 0; i < json_len(v); i++) {
        json item = json_at(v, i);
        if (str_eq(json_str(json_get(item, STR("$patch"))), STR("delete")))
            continue;
        if (!json_push_take(&list, stored(item, depth + 1))) {
            json_unref(list);
            return json_absent();
        }
    }
    return list;
}

/* -- lists -- */

static bool same_element(json a, json b, const char *key)
{
    if (!key)
        return json_equal(a, b);
    json x = json_get(a, str_from_c(key)), y = json_get(b, str_from_c(key));
    return is_given(x) && is_given(y) && json_equal(x, y);
}

/* The element's place in list; its length: none. */
static size_t place_of(json list, json element, const char *key)
{
    size_t i = 0;
    while (i < json_len(list) && !same_element(json_at(list, i), element, key))
        i++;
    return i;
}

static json without_at(json list, size_t at)
{
    json made = json_array(json_len(list));
    for (size_t i = 0; i < json_len(list); i++) {
        if (i != at && !json_push_take(&made, json_ref(json_at(list, i)))) {
            json_unref(made);
            return json_absent();
        }
    }
    return made;
}

static void replace(json *v, json made)
{
    json_unref(*v);
    *v = made;
}

/* Gives target with the elements of patch merged in by key. */
static json list_merged(json target, json patch, const char *key, int depth)
{
    json made = target.kind == JSON_ARRAY ? json_ref(target) : json_array(json_len(patch));
    for (size_t i = 0; i < json_len(patch) && !json_is_absent(made); i++) {
        json element = json_at(patch, i);
        str directive = or_empty(json_str(json_get(element, STR("$patch"))));
        size_t at = place_of(made, element, key);
        bool there = at < json_len(made);
        if (str_eq(directive, STR("replace")) && json_len(element) == 1) {
            // The whole list is the other elements of the patch.
            json bare = without_at(patch, i);
            replace(&made, stored(bare, depth + 1));
            json_unref(bare);
            return made;
        }
        if (str_eq(directive, STR("delete"))) {
            if (there)
                replace(&made, without_at(made, at));
        } else if (there && key) {
            replace(&made,
                    json_with_at(made, at, merged(json_at(made, at), element, STR(""), depth + 1)));
        } else if (!there) {
            edit_append(&made, stored(element, depth + 1));
        }
    }
    return made;
}

/* Gives list in the order that a $setElementOrder asks for. What it does not name (another client
 * has put it there) stays in front. */
static json list_ordered(json list, json order, const char *key)
{
    json made = json_array(json_len(list));
    bool ok = true;
    for (size_t i = 0; i < json_len(list) && ok; i++)
        if (place_of(order, json_at(list, i), key) == json_len(order))
            ok = json_push_take(&made, json_ref(json_at(list, i)));
    for (size_t i = 0; i < json_len(order) && ok; i++) {
        size_t at = place_of(list, json_at(order, i), key);
        if (at < json_len(list))
            ok = json_push_take(&made, json_ref(json_at(list, at)));
    }
    if (ok)
        return made;
    json_unref(made);
    return json_absent();
}

/* -- objects -- */

/* Gives an object with only the keys that $retainKeys names. */
static json retained(json object, json keys)
{
    json made = json_object(json_len(object));
    bool ok = true;
    for (size_t i = 0; i < json_len(object) && ok; i++) {
        str key = json_key_at(object, i);
        bool keep = false;
        for (size_t j = 0; j < json_len(keys) && !keep; j++)
            keep = str_eq(json_str(json_at(keys, j)), key);
        if (keep)
            ok = json_put_take(&made, key, json_ref(json_value_at(object, i)));
    }
    if (ok)
        return made;
    json_unref(made);
    return json_absent();
}

static void member_merge(json *object, str key, json value, str field, int depth)
{
    json there = json_get(*object, key);
    const struct merge_key *m = value.kind == JSON_ARRAY ? merge_key_of(key, field) : NULL;
    if (value.kind == JSON_NULL)
        replace(object, json_without(*object, key));
    else if (m)
        edit_put_str(object, list_merged(there, value, m->key, depth), key);
    else if (value.kind == JSON_OBJECT)
        edit_put_str(object, merged(there, value, key, depth + 1), key);
    else
        edit_put_str(object, stored(value, depth + 1), key);
}

/* The directives that speak of a list beside them, once it is merged. */
static void directive_apply(json *object, str key, json value, str field)
{
    if (str_starts(key, STR(DELETE_PREFIX))) {
        str name = str_skip(key, STR(DELETE_PREFIX).len);
        json list = json_ref(json_get(*object, name));
        for (size_t i = 0; i < json_len(value) && list.kind == JSON_ARRAY; i++) {
            size_t at = place_of(list, json_at(value, i), NULL);
            if (at < json_len(list))
                replace(&list, without_at(list, at));
        }
        if (list.kind == JSON_ARRAY)
            edit_put_str(object, list, name);
        else
            json_unref(list);
    } else if (str_starts(key, STR(ORDER_PREFIX))) {
        str name = str_skip(key, STR(ORDER_PREFIX).len);
        json list = json_get(*object, name);
        const struct merge_key *m = merge_key_of(name, field);
        if (list.kind == JSON_ARRAY && m)
            edit_put_str(object, list_ordered(list, value, m->key), name);
    }
}

static json merged(json target, json patch, str field, int depth)
{
    str directive = or_empty(json_str(json_get(patch, STR("$patch"))));
    if (depth >= PATCH_DEPTH_MAX)
        return json_absent();
    if (str_eq(directive, STR("delete")))
        return json_object(0);
    bool fresh = target.kind != JSON_OBJECT || str_eq(directive, STR("replace"));
    json made = fresh ? json_object(json_len(patch)) : json_ref(target);
    for (size_t i = 0; i < json_len(patch) && !json_is_absent(made); i++)
        if (!is_directive(json_key_at(patch, i)))
            member_merge(&made, json_key_at(patch, i), json_value_at(patch, i), field, depth);
    json retain = json_get(patch, STR("$retainKeys"));
    if (retain.kind == JSON_ARRAY)
        replace(&made, retained(made, retain));
    for (size_t i = 0; i < json_len(patch) && !json_is_absent(made); i++)
        if (is_directive(json_key_at(patch, i)))
            directive_apply(&made, json_key_at(patch, i), json_value_at(patch, i), field);
    return made;
}

bool patch_strategic(json object, json patch, json *out, struct failure *f)
{
    json made = merged(object, patch, STR(""), 0);
    if (json_is_absent(made))
        return fail(f, 422, "Invalid",
                    "the server rejected our request due to an error in our request: the patch "
                    "cannot be merged");
    if (json_text_size(made) > PATCH_RESULT_MAX_BYTES) {
        json_unref(made);
        return fail(f, 413, "RequestEntityTooLarge", "Request entity too large: limit is %d",
                    (int)PATCH_RESULT_MAX_BYTES);
    }
    *out = made;
    return true;
}
