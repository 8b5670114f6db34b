/* Deletion and what follows it: finalizers, the three propagations, the garbage collector's work.
 *
 * Kubernetes' collector works moments after the deletion; here it works in the same transaction, so
 * that a crash leaves nothing half-collected:
 *   Background   the object goes, then what it owns
 *   Orphan       what it owns forgets it, then the object goes; the answer is the object as it was
 *                in between, with its finalizer
 *   Foreground   it waits with a finalizer until nothing is left that blocks it
 * An object with finalizers of others only gets its deletionTimestamp; whoever removes the last of
 * them ends it (update.c). ASSUMPTION: pods are not given a grace period: whoever runs them sees
 * the deletion and stops them; a namespace goes at once with all that is in it. */
#include "base/timestamp.h"
#include "change_private.h"
#include "edit_private.h"

#define FINALIZER_FOREGROUND   "foregroundDeletion"
#define FINALIZER_ORPHAN       "orphan"
#define FINALIZER_JOB_TRACKING "batch.kubernetes.io/job-tracking"

static const char warning_orphans[] =
    "child pods are preserved by default when jobs are deleted; set propagationPolicy=Background to "
    "remove them or set propagationPolicy=Orphan to suppress this warning";

static str meta_str(json object, str key)
{
    return or_empty(json_str(json_get(json_get(object, STR("metadata")), key)));
}

static json finalizers_of(json object)
{
    return json_get_path(object, "metadata", "finalizers", NULL);
}

static bool has_finalizer(json object, str name)
{
    json list = finalizers_of(object);
    for (size_t i = 0; i < json_len(list); i++)
        if (str_eq(json_str(json_at(list, i)), name))
            return true;
    return false;
}

/* Takes the element out of a list of metadata that matches; drops the list when it is empty. */
typedef bool match(json element, str text);
static bool matches_text(json element, str text)
{
    return str_eq(json_str(element), text);
}

static bool matches_uid(json element, str text)
{
    return str_eq(json_str(json_get(element, STR("uid"))), text);
}

static void metadata_strip(json *object, const char *list_key, match *fn, str text)
{
    json list = json_get(json_get(*object, STR("metadata")), str_from_c(list_key));
    json kept = json_array(json_len(list));
    bool ok = true;
    for (size_t i = 0; i < json_len(list) && ok; i++)
        if (!fn(json_at(list, i), text))
            ok = json_push_take(&kept, json_ref(json_at(list, i)));
    if (!ok) {
        json_unref(kept);
        kept = json_absent();
    }
    if (ok && json_len(kept) == 0) {
        json_unref(kept);
        edit_drop(object, "metadata", list_key, NULL);
    } else {
        edit_put(object, kept, "metadata", list_key, NULL);
    }
}

/* Gives the object on its way out: its deletionTimestamp, and a finalizer (or NULL). */
static json dying(const struct change *w, json object, const char *finalizer)
{
    char text[TIMESTAMP_TEXT_LEN + 1];
    json marked = json_ref(object);
    timestamp_format_seconds(clock_now_ms(w->k->clock), text);
    edit_default(&marked, json_c(text), "metadata", "deletionTimestamp", NULL);
    edit_default(&marked, json_integer(0), "metadata", "deletionGracePeriodSeconds", NULL);
    if (finalizer && !has_finalizer(marked, str_from_c(finalizer))) {
        json list = finalizers_of(marked);
        list = json_is_absent(list) ? json_array(1) : json_ref(list);
        edit_append(&list, json_c(finalizer));
        edit_put(&marked, list, "metadata", "finalizers", NULL);
    }
    return marked;
}

/* -- dependents -- */

struct dependents {
    str uid;
    const struct kind *kind;
    json found; /* of objects */
};

static bool is_owned_by(json object, str uid)
{
    json owners = json_get_path(object, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < json_len(owners); i++)
        if (matches_uid(json_at(owners, i), uid))
            return true;
    return false;
}

static bool gather_owned(void *context, json object, bool *more, struct err *err)
{
    struct dependents *d = context;
    *more = true;
    if (d->uid.len > 0 && !is_owned_by(object, d->uid))
        return true;
    return json_push_take(&d->found, json_ref(object)) ||
           err_set(err, ERR_NO_MEMORY, "no memory for a list of objects");
}

/* Gives the objects of a kind that uid owns (empty: all) in a namespace (empty: in all). */
static bool owned(struct change *w, struct store_connection *c, const struct kind *kind, str ns,
                  str uid, json *out, struct err *err)
{
    struct dependents d = {.uid = uid, .kind = kind, .found = json_array(8)};
    struct rows rows = {.cluster = w->cluster, .kind = kind, .ns = ns, .containing = uid};
    if (!rows_walk(c, &rows, gather_owned, &d, err)) {
        json_unref(d.found);
        return false;
    }
    *out = d.found;
    return true;
}

/* True in *out: another owner than uid still lives. */
static bool has_other_owner(struct change *w, struct store_connection *c, json object, str uid,
                            bool *out, struct err *err)
{
    json owners = json_get_path(object, "metadata", "ownerReferences", NULL);
    *out = false;
    for (size_t i = 0; i < json_len(owners) && !*out; i++) {
        const struct kind *kind;
        json owner = json_absent();
        str other = json_str(json_get(json_at(owners, i), STR("uid")));
        if (str_eq(other, uid))
            continue;
        if (!row_by_uid(c, w->cluster, or_empty(other), &kind, &owner, err))
            return false;
        *out = !json_is_absent(owner);
        json_unref(owner);
    }
    return true;
}

/* A dependent whose owner is gone, or on its way. Pushes what is gone now to *gone. */
static bool collect(struct change *w, struct store_connection *c, const struct kind *kind,
                    json object, str owner_uid, json *gone, struct err *err)
{
    bool other;
    if (!has_other_owner(w, c, object, owner_uid, &other, err))
        return false;
    json left = json_ref(object);
    bool ok;
    if (other) {
        metadata_strip(&left, "ownerReferences", matches_uid, owner_uid);
        ok = change_put(w, c, kind, object, &left, err);
    } else {
        // The Job controller takes its finalizer off pods that have no Job any more.
        metadata_strip(&left, "finalizers", matches_text, STR(FINALIZER_JOB_TRACKING));
        bool waits = json_len(finalizers_of(left)) > 0;
        json marked = waits ? dying(w, left, NULL) : json_ref(left);
        if (waits)
            ok = change_put(w, c, kind, object, &marked, err);
        else
            ok = change_remove(w, c, kind, marked, err) &&
                 (json_push_take(gone, json_ref(marked)) || fail_no_memory(&w->failure));
        json_unref(marked);
    }
    json_unref(left);
    return ok;
}

typedef bool on_dependent(struct change *w, struct store_connection *c, const struct kind *kind,
                          json object, str owner_uid, json *gone, struct err *err);

/* Each dependent of an owner, of any kind, where it may be: in the owner's namespace, or anywhere
 * when the owner has none. */
static bool each_dependent(struct change *w, struct store_connection *c, json owner,
                           on_dependent *fn, json *gone, struct err *err)
{
    str uid = meta_str(owner, STR("uid"));
    const struct kind *kind;
    bool ok = true;
    if (uid.len == 0 || !hashmap_find(w->k->owners, uid))
        return true;
    for (size_t i = 0; (kind = kind_at(i)) && ok; i++) {
        json list = json_absent();
        if (kind->flags & KIND_REVIEW)
            continue;
        ok = owned(w, c, kind, meta_str(owner, STR("namespace")), uid, &list, err);
        for (size_t j = 0; j < json_len(list) && ok; j++)
            ok = fn(w, c, kind, json_at(list, j), uid, gone, err);
        json_unref(list);
    }
    return ok;
}

static bool forget_owner(struct change *w, struct store_connection *c, const struct kind *kind,
                         json object, str owner_uid, json *gone, struct err *err)
{
    (void)gone;
    json left = json_ref(object);
    metadata_strip(&left, "ownerReferences", matches_uid, owner_uid);
    bool ok = change_put(w, c, kind, object, &left, err);
    json_unref(left);
    return ok;
}

/* Pushes dependents that block their owner's end. */
static bool note_blocking(struct change *w, struct store_connection *c, const struct kind *kind,
                          json object, str owner_uid, json *blocking, struct err *err)
{
    json owners = json_get_path(object, "metadata", "ownerReferences", NULL);
    (void)c;
    (void)kind;
    (void)err;
    for (size_t i = 0; i < json_len(owners); i++) {
        bool blocks = false;
        if (matches_uid(json_at(owners, i), owner_uid) &&
            json_get_bool(json_at(owners, i), STR("blockOwnerDeletion"), &blocks) && blocks)
            return json_push_take(blocking, json_ref(object)) || fail_no_memory(&w->failure);
    }
    return true;
}

/* An owner in foreground deletion ends when nothing blocks it any more. */
static bool foreground_end(struct change *w, struct store_connection *c, const struct kind *kind,
                           json owner, json *gone, struct err *err)
{
    json blocking = json_array(1);
    bool ok = each_dependent(w, c, owner, note_blocking, &blocking, err);
    bool blocked = json_len(blocking) > 0;
    json_unref(blocking);
    if (!ok || blocked)
        return ok;
    json left = json_ref(owner);
    metadata_strip(&left, "finalizers", matches_text, STR(FINALIZER_FOREGROUND));
    if (json_len(finalizers_of(left)) > 0)
        ok = change_put(w, c, kind, owner, &left, err);
    else
        ok = change_remove(w, c, kind, left, err) &&
             (json_push_take(gone, json_ref(left)) || fail_no_memory(&w->failure));
    json_unref(left);
    return ok;
}

/* The owners of what is gone, if they wait for it. */
static bool owners_follow(struct change *w, struct store_connection *c, json object, json *gone,
                          struct err *err)
{
    json owners = json_get_path(object, "metadata", "ownerReferences", NULL);
    bool ok = true;
    for (size_t i = 0; i < json_len(owners) && ok; i++) {
        const struct kind *kind = NULL;
        json owner = json_absent();
        str uid = or_empty(json_str(json_get(json_at(owners, i), STR("uid"))));
        ok = row_by_uid(c, w->cluster, uid, &kind, &owner, err);
        if (ok && kind && has_finalizer(owner, STR(FINALIZER_FOREGROUND)))
            ok = foreground_end(w, c, kind, owner, gone, err);
        json_unref(owner);
    }
    return ok;
}

bool delete_follow(struct change *w, struct store_connection *c, json gone_now, struct err *err)
{
    // What goes makes others go: a list that grows while it is worked through, not a recursion.
    json gone = json_array(4);
    bool ok = json_push_take(&gone, json_ref(gone_now)) || fail_no_memory(&w->failure);
    for (size_t i = 0; i < json_len(gone) && ok; i++) {
        json object = json_ref(json_at(gone, i));
        ok = each_dependent(w, c, object, collect, &gone, err) &&
             owners_follow(w, c, object, &gone, err);
        json_unref(object);
    }
    json_unref(gone);
    return ok;
}

/* -- one object -- */

/* Each gives the object as it was left in *left. */
static bool delete_background(struct change *w, struct store_connection *c, const struct kind *kind,
                              json object, json *left, bool *gone, struct err *err)
{
    *left = dying(w, object, NULL);
    *gone = json_len(finalizers_of(object)) == 0;
    if (!*gone)
        return change_put(w, c, kind, object, left, err);
    return change_remove(w, c, kind, *left, err) && (w->dry || delete_follow(w, c, *left, err));
}

static bool delete_orphan(struct change *w, struct store_connection *c, const struct kind *kind,
                          json object, json *left, struct err *err)
{
    json none = json_absent();
    *left = dying(w, object, FINALIZER_ORPHAN);
    if (!change_put(w, c, kind, object, left, err) ||
        !each_dependent(w, c, object, forget_owner, &none, err))
        return false;
    json last = json_ref(*left);
    metadata_strip(&last, "finalizers", matches_text, STR(FINALIZER_ORPHAN));
    bool ok = json_len(finalizers_of(last)) > 0 ? change_put(w, c, kind, *left, &last, err)
                                                : change_remove(w, c, kind, last, err);
    json_unref(last);
    return ok;
}

static bool delete_foreground(struct change *w, struct store_connection *c, const struct kind *kind,
                              json object, json *left, struct err *err)
{
    json gone = json_array(4);
    *left = dying(w, object, FINALIZER_FOREGROUND);
    bool ok = change_put(w, c, kind, object, left, err);
    if (ok && !w->dry)
        ok = each_dependent(w, c, *left, collect, &gone, err) &&
             foreground_end(w, c, kind, *left, &gone, err);
    for (size_t i = 0; i < json_len(gone) && ok; i++)
        ok = delete_follow(w, c, json_at(gone, i), err);
    json_unref(gone);
    return ok;
}

static bool delete_namespace(struct change *w, struct store_connection *c, const struct kind *kind,
                             json object, json *left, struct err *err)
{
    static const char *const kept[] = {"default", "kube-system", "kube-public", NULL};
    const struct kind *inner;
    str name = meta_str(object, STR("name"));
    bool ok = true;
    for (const char *const *k = kept; *k; k++)
        if (str_eq(name, str_from_c(*k)))
            return fail_about(&w->failure, 403, "Forbidden", kind, name,
                              "namespaces \"%.*s\" is forbidden: this namespace may not be deleted",
                              STR_ARG(name));
    *left = dying(w, object, NULL);
    edit_put(left, json_c("Terminating"), "status", "phase", NULL);
    if (!change_put(w, c, kind, object, left, err))
        return false;
    for (size_t i = 0; (inner = kind_at(i)) && ok; i++) {
        json list = json_absent();
        if (!kind_is_namespaced(inner))
            continue;
        ok = owned(w, c, inner, name, STR(""), &list, err);
        for (size_t j = 0; j < json_len(list) && ok; j++)
            ok = change_remove(w, c, inner, json_at(list, j), err);
        json_unref(list);
    }
    return ok && change_remove(w, c, kind, *left, err);
}

static bool delete_object(struct change *w, struct store_connection *c, const struct kind *kind,
                          json object, json *left, bool *gone, struct err *err)
{
    enum kube_propagation policy = w->options.policy;
    *gone = false;
    if (!w->options.has_policy)
        policy = kind->flags & KIND_ORPHANS ? KUBE_ORPHAN : KUBE_BACKGROUND;
    if (str_eq(kind->resource, STR("namespaces")))
        return delete_namespace(w, c, kind, object, left, err);
    switch (policy) {
    case KUBE_BACKGROUND: return delete_background(w, c, kind, object, left, gone, err);
    case KUBE_FOREGROUND: return delete_foreground(w, c, kind, object, left, err);
    case KUBE_ORPHAN: break;
    }
    if (!w->options.has_policy)
        w->warning = warning_orphans;
    return delete_orphan(w, c, kind, object, left, err);
}

static bool preconditions(struct change *w, json object)
{
    str uid = meta_str(object, STR("uid")), version = meta_str(object, STR("resourceVersion"));
    str why;
    if (w->options.uid.ptr && !str_eq(w->options.uid, uid))
        why = arena_printf(&w->arena,
                           "Precondition failed: UID in precondition: %.*s, UID in object meta: "
                           "%.*s",
                           STR_ARG(w->options.uid), STR_ARG(uid));
    else if (w->options.resource_version.ptr && !str_eq(w->options.resource_version, version))
        why = arena_printf(&w->arena,
                           "Precondition failed: ResourceVersion in precondition: %.*s, "
                           "ResourceVersion in object meta: %.*s",
                           STR_ARG(w->options.resource_version), STR_ARG(version));
    else
        return true;
    return fail_conflict(&w->failure, w->kind, w->name, why.ptr ? why.ptr : "Precondition failed");
}

static json success_of(const struct kind *kind, json object)
{
    return object_of("kind", json_c("Status"), "apiVersion", json_c("v1"), "metadata",
                     json_object(0), "status", json_c("Success"), "details",
                     object_of("name", json_string(meta_str(object, STR("name"))), "group",
                               kind->group.len ? json_string(kind->group) : json_absent(), "kind",
                               json_string(kind->resource), "uid",
                               json_string(meta_str(object, STR("uid"))), NULL),
                     NULL);
}

bool delete_run(struct change *w, struct store_connection *c, struct err *err)
{
    json object = json_absent(), left = json_absent();
    bool gone = false;
    bool ok = change_load(w, c, w->kind, w->ns, w->name, &object, err) &&
              preconditions(w, object) && delete_object(w, c, w->kind, object, &left, &gone, err);
    if (ok && gone && !(w->kind->flags & KIND_ANSWERS_OBJECT)) {
        json success = success_of(w->kind, object);
        change_answer(w, 200, success);
        json_unref(success);
    } else if (ok) {
        change_answer(w, 200, left);
    }
    json_unref(left);
    json_unref(object);
    return ok;
}

/* Every object of a resource in a namespace that the selectors match; answers with their list. */
bool delete_many_run(struct change *w, struct store_connection *c, struct err *err)
{
    json list = json_absent(), items = json_array(8);
    bool ok = owned(w, c, w->kind, w->ns, STR(""), &list, err);
    for (size_t i = 0; i < json_len(list) && ok; i++) {
        json left = json_absent(), object = json_absent();
        bool gone;
        str ns = meta_str(json_at(list, i), STR("namespace"));
        str name = meta_str(json_at(list, i), STR("name"));
        // One that went before may have taken this one with it.
        ok = row_load(c, w->cluster, w->kind, ns, name, &object, err);
        if (ok && !json_is_absent(object) && kube_selector_matches(w->labels, object) &&
            kube_selector_matches(w->fields, object))
            ok = delete_object(w, c, w->kind, object, &left, &gone, err) &&
                 (json_push_take(&items, json_ref(left)) || fail_no_memory(&w->failure));
        json_unref(left);
        json_unref(object);
    }
    json_unref(list);
    str version = kind_api_version(&w->arena, w->kind);
    if (ok) {
        json answer = object_of(
            "kind", json_printf("%.*sList", STR_ARG(w->kind->name)), "apiVersion",
            json_string(or_empty(version)), "metadata",
            object_of("resourceVersion", json_printf("%lld", (long long)w->k->version), NULL),
            "items", json_ref(items), NULL);
        change_answer(w, 200, answer);
        json_unref(answer);
    }
    json_unref(items);
    return ok;
}

void kube_delete(struct kube *k, str cluster, str resource, str ns, str name,
                 enum kube_propagation how, kube_done *done, void *context)
{
    struct change *w = change_new(k, delete_run, cluster, kind_of_resource(resource), ns, name);
    w->options = (struct delete_options){.has_policy = true, .policy = how};
    w->done = done;
    w->context = context;
    change_submit_take(w);
}
