/* What a cluster has from its start, and its end. */
#include "base/mem.h"
#include "change_private.h"
#include "edit_private.h"

enum { ARENA_MAX_BYTES = 1 << 20 };

static json named(const char *kind, str ns, const char *name)
{
    return object_of("apiVersion", json_c("v1"), "kind", json_c(kind), "metadata",
                     object_of("name", json_c(name), "namespace", json_string(ns), NULL), NULL);
}

static bool create_unless_there(struct change *w, struct store_connection *c, const char *resource,
                                str ns, json object_taken, struct err *err)
{
    const struct kind *kind = kind_of_resource(str_from_c(resource));
    json object = object_taken;
    bool there = false;
    str name = or_empty(json_str(json_get_path(object, "metadata", "name", NULL)));
    bool ok =
        row_exists(c, w->cluster, kind, kind_is_namespaced(kind) ? ns : STR(""), name, &there, err);
    if (ok && !there) {
        if (kind->defaults)
            kind->defaults(&object);
        ok = create_object(w, c, kind, ns, &object, err);
    }
    json_unref(object);
    return ok;
}

/* Gives the CA as the cluster's first namespaces have it. */
static bool ca_known(struct change *w, struct store_connection *c, json *out, struct err *err)
{
    json map = json_absent();
    if (!row_load(c, w->cluster, kind_of_resource(STR("configmaps")), STR("kube-system"),
                  STR("kube-root-ca.crt"), &map, err))
        return false;
    json pem = json_get(json_get(map, STR("data")), STR("ca.crt"));
    *out = json_is_absent(pem) ? json_c("") : json_ref(pem);
    json_unref(map);
    return true;
}

bool seed_namespace(struct change *w, struct store_connection *c, str ns, struct err *err)
{
    json pem = json_absent();
    str in_arena = arena_str(&w->arena, ns);
    if (!in_arena.ptr)
        return fail_no_memory(&w->failure);
    if (w->ca_pem.len > 0)
        pem = json_string(w->ca_pem);
    else if (!ca_known(w, c, &pem, err))
        return false;
    json map = named("ConfigMap", in_arena, "kube-root-ca.crt");
    edit_put(&map, pem, "data", "ca.crt", NULL);
    if (json_is_absent(map))
        return fail_no_memory(&w->failure);
    return create_unless_there(w, c, "configmaps", in_arena, map, err) &&
           create_unless_there(w, c, "serviceaccounts", in_arena,
                               named("ServiceAccount", in_arena, "default"), err);
}

bool kube_cluster_seed(struct kube *k, struct store_connection *c, str cluster, str ca_pem,
                       struct err *err)
{
    static const char *const namespaces[] = {"kube-system", "kube-public", "kube-node-lease",
                                             "default", NULL};
    // Within its caller's job: a change that is run and not submitted.
    struct change *w =
        change_new(k, NULL, cluster, kind_of_resource(STR("namespaces")), STR(""), STR(""));
    bool ok = true;
    w->ca_pem = ca_pem;
    for (const char *const *name = namespaces; *name && ok; name++) {
        json ns = object_of("apiVersion", json_c("v1"), "kind", json_c("Namespace"), "metadata",
                            object_of("name", json_c(*name), NULL), NULL);
        ok = create_unless_there(w, c, "namespaces", STR(""), ns, err);
    }
    if (ok && w->wrote)
        ok = version_save(c, k->version, err);
    if (!ok && !err_is_set(err))
        (void)err_set(err, ERR_INTERNAL, "the cluster's first objects are refused: %.*s",
                      STR_ARG(or_empty(json_str(json_get(w->failure.status, STR("message"))))));
    change_free(w);
    return ok;
}

/* -- the end: its deletions are told by a job behind the caller's, once they are committed -- */

struct farewell {
    struct store_job job;
    struct kube *k;
    char *cluster;
    struct told *told;
    size_t count, room;
    bool still_there; /* the caller's job was refused after all */
};

static bool farewell_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct farewell *f = (struct farewell *)(void *)job;
    return row_exists(c, str_from_c(f->cluster), kind_of_resource(STR("namespaces")), STR(""),
                      STR("kube-system"), &f->still_there, err);
}

static void farewell_done(struct store_job *job, const struct err *err)
{
    struct farewell *f = (struct farewell *)(void *)job;
    for (size_t i = 0; i < f->count; i++) {
        if (!err_is_set(err) && !f->still_there)
            kube_tell(f->k, KUBE_DELETED, str_from_c(f->cluster), f->told[i].kind,
                      f->told[i].object, json_absent());
        json_unref(f->told[i].object);
    }
    mem_free(f->told);
    mem_free(f->cluster);
    mem_free(f);
}

struct gathering {
    struct farewell *f;
    const struct kind *kind;
};

static bool gather(void *context, json object, bool *more, struct err *err)
{
    struct gathering *g = context;
    struct farewell *f = g->f;
    *more = true;
    if (f->count == f->room) {
        size_t room = f->room ? f->room * 2 : 64;
        struct told *told = mem_resize(f->told, room * sizeof(*told));
        if (!told)
            return err_set(err, ERR_NO_MEMORY, "no memory for a cluster's objects");
        f->told = told;
        f->room = room;
    }
    f->told[f->count++] = (struct told){KUBE_DELETED, g->kind, json_ref(object), json_absent()};
    return true;
}

bool kube_cluster_clear(struct kube *k, struct store_connection *c, str cluster, struct err *err)
{
    struct farewell *f = mem_new(sizeof(*f));
    const struct kind *kind;
    bool ok = true;
    f->k = k;
    f->cluster = str_dup_c(cluster);
    f->job = (struct store_job){.apply = farewell_apply, .done = farewell_done};
    if (!f->cluster)
        ok = err_set(err, ERR_NO_MEMORY, "no memory for a cluster's end");
    for (size_t i = 0; (kind = kind_at(i)) && ok; i++) {
        struct rows rows = {.cluster = cluster, .kind = kind};
        struct gathering g = {f, kind};
        ok = rows_walk(c, &rows, gather, &g, err);
    }
    ok = ok && rows_clear_cluster(c, cluster, err);
    if (ok) {
        store_submit_take(k->store, &f->job);
    } else {
        struct err refused = ERR_INIT;
        (void)err_set(&refused, ERR_STORE, "refused");
        farewell_done(&f->job, &refused);
        err_release(&refused);
    }
    return ok;
}
