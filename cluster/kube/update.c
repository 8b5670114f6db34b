/* Updates: PUT, the three patches and controllers' own. All of them come to update_object: what was
 * and what shall be, and what a server keeps of the one in the other. */
#include "change_private.h"
#include "edit_private.h"
#include "patch_private.h"

static str meta_str(json object, str key)
{
    return or_empty(json_str(json_get(json_get(object, STR("metadata")), key)));
}

/* Puts old's members of metadata into *object: they are the server's. */
static void keep_metadata(json old, json *object)
{
    static const char *const kept[] = {"name",
                                       "generateName",
                                       "namespace",
                                       "uid",
                                       "creationTimestamp",
                                       "generation",
                                       "deletionTimestamp",
                                       "selfLink",
                                       "managedFields",
                                       "deletionGracePeriodSeconds",
                                       NULL};
    json metadata = json_get(old, STR("metadata"));
    for (const char *const *key = kept; *key; key++) {
        json value = json_get(metadata, str_from_c(*key));
        if (json_is_absent(value))
            edit_drop(object, "metadata", *key, NULL);
        else
            edit_put(object, json_ref(value), "metadata", *key, NULL);
    }
    edit_drop(object, "metadata", "resourceVersion", NULL);
}

/* What may not differ, and the version the client has seen. */
static bool preconditions(struct change *w, const struct kind *kind, json old, json changed)
{
    str name = meta_str(old, STR("name"));
    str uid = meta_str(changed, STR("uid"));
    str version = meta_str(changed, STR("resourceVersion"));
    if (uid.len > 0 && !str_eq(uid, meta_str(old, STR("uid")))) {
        str why = arena_printf(&w->arena,
                               "Precondition failed: UID in precondition: %.*s, UID in object "
                               "meta: %.*s",
                               STR_ARG(uid), STR_ARG(meta_str(old, STR("uid"))));
        return fail_conflict(&w->failure, kind, name, why.ptr ? why.ptr : "Precondition failed");
    }
    if (version.len > 0 && !str_eq(version, meta_str(old, STR("resourceVersion"))))
        return fail_conflict(
            &w->failure, kind, name,
            "the object has been modified; please apply your changes to the latest "
            "version and try again");
    return true;
}

static bool has_text(json list, str text)
{
    for (size_t i = 0; i < json_len(list); i++)
        if (str_eq(json_str(json_at(list, i)), text))
            return true;
    return false;
}

static void check_finalizers(json old, json changed, struct causes *causes)
{
    json before = json_get_path(old, "metadata", "finalizers", NULL);
    json after = json_get_path(changed, "metadata", "finalizers", NULL);
    if (meta_str(old, STR("deletionTimestamp")).len == 0)
        return;
    for (size_t i = 0; i < json_len(after); i++)
        if (!has_text(before, json_str(json_at(after, i)))) {
            cause_forbidden(causes, "metadata.finalizers",
                            "no new finalizers can be added if the object is being deleted");
            return;
        }
}

static bool check_update(struct change *w, const struct kind *kind, json old, json changed)
{
    struct causes causes = causes_none();
    check_finalizers(old, changed, &causes);
    check_labels(json_get_path(changed, "metadata", "labels", NULL), STR("metadata.labels"),
                 &causes);
    if (kind->check)
        kind->check(changed, old, &causes);
    if (causes.count > 0)
        return fail_invalid_take(&w->failure, kind, meta_str(old, STR("name")), &causes);
    return true;
}

/* The part that the request may change, in the rest of what was. */
static void merge_part(json old, enum update_part part, json *object)
{
    json status = json_get(old, STR("status"));
    if (part == UPDATE_STATUS) {
        json new_status = json_ref(json_get(*object, STR("status")));
        json_unref(*object);
        *object = json_ref(old);
        if (json_is_absent(new_status))
            edit_drop(object, "status", NULL);
        else
            edit_put(object, new_status, "status", NULL);
    } else if (part == UPDATE_MAIN) {
        if (json_is_absent(status))
            edit_drop(object, "status", NULL);
        else
            edit_put(object, json_ref(status), "status", NULL);
    }
}

static bool differs(json old, json object)
{
    json bare = json_ref(old);
    edit_drop(&bare, "metadata", "resourceVersion", NULL);
    json other = json_ref(object);
    edit_drop(&other, "metadata", "resourceVersion", NULL);
    bool same = json_equal(bare, other);
    json_unref(bare);
    json_unref(other);
    return !same;
}

/* Stores *object, or removes it when it has been waiting for its last finalizer only. */
static bool store_object(struct change *w, struct store_connection *c, const struct kind *kind,
                         json old, json *object, struct err *err)
{
    bool dying = meta_str(*object, STR("deletionTimestamp")).len > 0;
    if (!dying || json_len(json_get_path(*object, "metadata", "finalizers", NULL)) > 0)
        return change_put(w, c, kind, old, object, err);
    return change_remove(w, c, kind, *object, err) && (w->dry || delete_follow(w, c, *object, err));
}

bool update_object(struct change *w, struct store_connection *c, const struct kind *kind, json old,
                   json changed, enum update_part part, json *out, struct err *err)
{
    if (!preconditions(w, kind, old, changed))
        return false;
    json object = json_ref(changed);
    if (kind->flags & KIND_STATUS)
        merge_part(old, part, &object);
    keep_metadata(old, &object);
    if (kind->defaults && !json_is_absent(object))
        kind->defaults(&object);
    if (json_is_absent(object))
        return fail_no_memory(&w->failure);
    bool ok = check_update(w, kind, old, object);
    if (ok && differs(old, object)) {
        int64_t generation = 0;
        bool spec = !json_equal(json_get(old, STR("spec")), json_get(object, STR("spec")));
        if (spec && kind->flags & KIND_GENERATION &&
            json_get_int64(json_get(old, STR("metadata")), STR("generation"), &generation))
            edit_put(&object, json_integer(generation + 1), "metadata", "generation", NULL);
        managed_fields_put(&object, w, part == UPDATE_STATUS);
        if (w->dry)
            edit_put(&object, json_ref(json_get_path(old, "metadata", "resourceVersion", NULL)),
                     "metadata", "resourceVersion", NULL);
        ok = json_is_absent(object) ? fail_no_memory(&w->failure)
                                    : store_object(w, c, kind, old, &object, err);
    } else if (ok) {
        json_unref(object);
        object = json_ref(old); // nothing to write: the same version is the answer
    }
    if (ok)
        *out = object;
    else
        json_unref(object);
    return ok;
}

/* -- the runs -- */

bool update_run(struct change *w, struct store_connection *c, struct err *err)
{
    json old = json_absent(), stored = json_absent();
    bool ok = change_load(w, c, w->kind, w->ns, w->name, &old, err) &&
              update_object(w, c, w->kind, old, w->body, w->part, &stored, err);
    if (ok)
        change_answer(w, 200, stored);
    json_unref(stored);
    json_unref(old);
    return ok;
}

bool mutate_run(struct change *w, struct store_connection *c, struct err *err)
{
    json old = json_absent(), changed = json_absent(), stored = json_absent();
    bool ok = change_load(w, c, w->kind, w->ns, w->name, &old, err) &&
              w->mutate(w->context, old, &changed, err);
    if (ok && json_is_absent(changed))
        change_answer(w, 200, old);
    else if (ok && (ok = update_object(w, c, w->kind, old, changed, UPDATE_BOTH, &stored, err)))
        change_answer(w, 200, stored);
    json_unref(stored);
    json_unref(changed);
    json_unref(old);
    return ok;
}

static bool patched(struct change *w, json old, json *out)
{
    switch (w->patch) {
    case PATCH_JSON: return patch_json(&w->arena, old, w->body, out, &w->failure);
    case PATCH_MERGE: return patch_merge(old, w->body, out, &w->failure);
    case PATCH_STRATEGIC: return patch_strategic(old, w->body, out, &w->failure);
    }
    return false;
}

bool patch_run(struct change *w, struct store_connection *c, struct err *err)
{
    json old = json_absent(), raw = json_absent(), clean = json_absent(), stored = json_absent();
    bool ok = change_load(w, c, w->kind, w->ns, w->name, &old, err) && patched(w, old, &raw);
    if (ok && !str_eq(meta_str(raw, STR("name")), w->name))
        ok = fail_bad_request(&w->failure,
                              "the name of the object (%.*s) does not match the name on the URL "
                              "(%.*s)",
                              STR_ARG(meta_str(raw, STR("name"))), STR_ARG(w->name));
    ok = ok && object_read(w->kind, raw, w->validation, &w->report, &clean, &w->failure) &&
         update_object(w, c, w->kind, old, clean, w->part, &stored, err);
    if (ok)
        change_answer(w, 200, stored);
    json_unref(stored);
    json_unref(clean);
    json_unref(raw);
    json_unref(old);
    return ok;
}

void kube_update(struct kube *k, str cluster, str resource, str ns, str name, kube_mutate *mutate,
                 kube_done *done, void *context)
{
    struct change *w = change_new(k, mutate_run, cluster, kind_of_resource(resource), ns, name);
    w->mutate = mutate;
    w->done = done;
    w->context = context;
    change_submit_take(w);
}
