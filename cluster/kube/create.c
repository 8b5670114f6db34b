/* Creation: the name, the metadata that a server gives, what the kind adds, the checks. */
#include "base/timestamp.h"
#include "change_private.h"
#include "edit_private.h"

enum {
    GENERATE_PREFIX_MAX = 58, /* Source: k8s.io/apiserver, pkg/storage/names: 63 less the suffix */
    GENERATE_TRIES = 8,       /* Source: RetryGenerateName: once and seven more */
};

static const char controllers_name[] = "kube-controller-manager";

static json metadata_of(json object)
{
    return json_get(object, STR("metadata"));
}

static str meta_str(json object, str key)
{
    return or_empty(json_str(json_get(metadata_of(object), key)));
}

static json now_text(const struct change *w)
{
    char text[TIMESTAMP_TEXT_LEN + 1];
    timestamp_format_seconds(clock_now_ms(w->k->clock), text);
    return json_c(text);
}

void managed_fields_put(json *object, const struct change *w, bool status)
{
    json old = json_get(metadata_of(*object), STR("managedFields"));
    json list = json_array(json_len(old) + 1);
    str manager = w->manager.len ? w->manager : str_from_c(controllers_name);
    bool ok = true;
    for (size_t i = 0; i < json_len(old) && ok; i++) {
        json entry = json_at(old, i);
        bool is_status = str_eq(json_str(json_get(entry, STR("subresource"))), STR("status"));
        if (!str_eq(json_str(json_get(entry, STR("manager"))), manager) || is_status != status)
            ok = json_push_take(&list, json_ref(entry));
    }
    json entry =
        object_of("manager", json_string(manager), "operation", json_c("Update"), "apiVersion",
                  json_ref(json_get(*object, STR("apiVersion"))), "time", now_text(w), "fieldsType",
                  json_c("FieldsV1"), "fieldsV1", json_object(0), "subresource",
                  status ? json_c("status") : json_absent(), NULL);
    if (ok)
        ok = json_push_take(&list, entry);
    else
        json_unref(entry);
    if (!ok) {
        json_unref(list);
        list = json_absent();
    }
    edit_put(object, list, "metadata", "managedFields", NULL);
}

/* The namespace is there; 404 in its own words else. */
static bool namespace_there(struct change *w, struct store_connection *c, str ns, struct err *err)
{
    const struct kind *kind = kind_of_resource(STR("namespaces"));
    bool there;
    if (!row_exists(c, w->cluster, kind, STR(""), ns, &there, err))
        return false;
    return there || fail_not_found(&w->failure, kind, ns);
}

/* Gives *object a free name made of metadata.generateName. */
static bool name_generate(struct change *w, struct store_connection *c, const struct kind *kind,
                          str ns, json *object, struct err *err)
{
    char suffix[SUFFIX_LEN + 1], space[RESOURCE_TEXT_MAX];
    str prefix = meta_str(*object, STR("generateName"));
    if (prefix.len > GENERATE_PREFIX_MAX)
        prefix.len = str_utf8_find_bad(str_sub(prefix, 0, GENERATE_PREFIX_MAX));
    for (int i = 0; i < GENERATE_TRIES; i++) {
        bool taken;
        kube_suffix(w->k, suffix);
        str name = arena_printf(&w->arena, "%.*s%s", STR_ARG(prefix), suffix);
        if (!name.ptr)
            return fail_no_memory(&w->failure);
        if (!row_exists(c, w->cluster, kind, ns, name, &taken, err))
            return false;
        if (taken)
            continue;
        edit_put(object, json_string(name), "metadata", "name", NULL);
        return !json_is_absent(*object) || fail_no_memory(&w->failure);
    }
    return fail_about(&w->failure, 409, "AlreadyExists", kind, prefix,
                      "%s \"%.*s\" already exists, the server was not able to generate a unique "
                      "name for the object",
                      resource_text(kind, space), STR_ARG(prefix));
}

static void metadata_begin(struct change *w, const struct kind *kind, str ns, json *object)
{
    char uid[UUID_TEXT_LEN + 1];
    static const char *const not_the_clients[] = {
        "resourceVersion", "deletionTimestamp", "deletionGracePeriodSeconds",
        "managedFields",   "selfLink",          NULL};
    kube_uuid(w->k, uid);
    for (const char *const *key = not_the_clients; *key; key++)
        edit_drop(object, "metadata", *key, NULL);
    edit_put(object, json_c(uid), "metadata", "uid", NULL);
    edit_put(object, now_text(w), "metadata", "creationTimestamp", NULL);
    if (kind->flags & KIND_GENERATION)
        edit_put(object, json_integer(1), "metadata", "generation", NULL);
    else
        edit_drop(object, "metadata", "generation", NULL);
    if (kind_is_namespaced(kind))
        edit_put(object, json_string(ns), "metadata", "namespace", NULL);
    else
        edit_drop(object, "metadata", "namespace", NULL);
    managed_fields_put(object, w, false);
}

static bool object_check(struct change *w, const struct kind *kind, json object)
{
    struct causes causes = causes_none();
    str name = meta_str(object, STR("name"));
    if (name.len == 0)
        cause_required(&causes, "metadata.name", "name or generateName is required");
    else
        check_name(kind->name_rule, name, &causes);
    check_labels(json_get(metadata_of(object), STR("labels")), STR("metadata.labels"), &causes);
    if (kind->check)
        kind->check(object, json_absent(), &causes);
    if (causes.count > 0)
        return fail_invalid_take(&w->failure, kind, name, &causes);
    return true;
}

bool create_object(struct change *w, struct store_connection *c, const struct kind *kind, str ns,
                   json *object, struct err *err)
{
    bool taken;
    if (kind_is_namespaced(kind) && !namespace_there(w, c, ns, err))
        return false;
    if (meta_str(*object, STR("name")).len == 0 && meta_str(*object, STR("generateName")).len > 0 &&
        !name_generate(w, c, kind, ns, object, err))
        return false;
    metadata_begin(w, kind, ns, object);
    if (kind->begin)
        kind->begin(object);
    if (json_is_absent(*object))
        return fail_no_memory(&w->failure);
    if (!object_check(w, kind, *object))
        return false;
    str name = meta_str(*object, STR("name"));
    if (!row_exists(c, w->cluster, kind, ns, name, &taken, err))
        return false;
    if (taken)
        return fail_exists(&w->failure, kind, name);
    if (!change_put(w, c, kind, json_absent(), object, err))
        return false;
    return !str_eq(kind->resource, STR("namespaces")) || w->dry ||
           seed_namespace(w, c, meta_str(*object, STR("name")), err);
}

bool create_run(struct change *w, struct store_connection *c, struct err *err)
{
    json object = json_ref(w->body);
    bool ok = create_object(w, c, w->kind, w->ns, &object, err);
    if (ok)
        change_answer(w, 201, object);
    json_unref(object);
    return ok;
}

/* A controller's object that cannot be read: told on the writer like every other refusal. */
static bool refused_run(struct change *w, struct store_connection *c, struct err *err)
{
    (void)c;
    (void)err;
    return fail_bad_request(&w->failure, "the object cannot be read");
}

void kube_create(struct kube *k, str cluster, str resource, str ns, json object_taken,
                 kube_done *done, void *context)
{
    const struct kind *kind = kind_of_resource(resource);
    struct change *w = change_new(k, create_run, cluster, kind, ns,
                                  json_str(json_get_path(object_taken, "metadata", "name", NULL)));
    w->done = done;
    w->context = context;
    if (!object_read(kind, object_taken, VALIDATION_IGNORE, &w->report, &w->body, &w->failure))
        w->run = refused_run;
    else if (kind->defaults)
        kind->defaults(&w->body);
    json_unref(object_taken);
    change_submit_take(w);
}
