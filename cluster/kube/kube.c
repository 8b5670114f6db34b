/* The room's life, its observers, its random names, and reads for controllers.
 *
 * Every committed change goes through kube_tell on the writer: it is remembered in a ring, for
 * watches to begin from, and then told to the observers. */
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "edit_private.h"
#include "kube_private.h"
#include "objects_private.h"

#include <stdio.h>
#include <stdlib.h>

void kube_uuid(struct kube *k, char out[UUID_TEXT_LEN + 1])
{
    lock_take(&k->rng_lock);
    rng_uuid(&k->rng, out);
    lock_give(&k->rng_lock);
}

void kube_suffix(struct kube *k, char out[SUFFIX_LEN + 1])
{
    /* Source: k8s.io/apimachinery, pkg/util/rand: no vowels, so no words. */
    static const char alphabet[] = "bcdfghjklmnpqrstvwxz2456789";
    lock_take(&k->rng_lock);
    for (size_t i = 0; i < SUFFIX_LEN; i++)
        out[i] = alphabet[rng_below(&k->rng, sizeof(alphabet) - 1)];
    lock_give(&k->rng_lock);
    out[SUFFIX_LEN] = '\0';
}

/* -- owners -- */

void kube_note_owners(struct kube *k, json object)
{
    static char here; // only whether a key is there matters
    json owners = json_get_path(object, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < json_len(owners); i++) {
        str uid = json_str(json_get(json_at(owners, i), STR("uid")));
        if (uid.len > 0)
            hashmap_set(k->owners, uid, &here);
    }
}

static bool note_object(void *context, json object, bool *more, struct err *err)
{
    struct kube *k = context;
    *more = true;
    (void)err;
    kube_note_owners(k, object);
    return true;
}

struct note_cluster {
    struct kube *k;
    struct store_connection *c;
};

static bool note_cluster(void *context, str cluster, struct err *err)
{
    struct note_cluster *n = context;
    const struct kind *kind;
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        struct rows rows = {
            .cluster = cluster, .kind = kind, .containing = STR("\"ownerReferences\"")};
        if (!rows_walk(n->c, &rows, note_object, n->k, err))
            return false;
    }
    return true;
}

/* -- life -- */

struct kube *kube_new(const struct kube_options *options, struct err *err)
{
    struct kube *k = mem_new(sizeof(*k));
    k->store = options->store;
    k->clock = options->clock;
    (void)snprintf(k->kubernetes_version, sizeof(k->kubernetes_version), "%.*s",
                   STR_ARG(options->kubernetes_version));
    rng_stream(&k->rng, options->seed, 0x6b756265);
    lock_init(&k->rng_lock);
    lock_init(&k->recent_lock);
    k->owners = hashmap_new();
    struct store_connection *c = store_reader(k->store, err);
    struct note_cluster note = {k, c};
    if (!c || !version_load(c, &k->version, err) || !rows_clusters(c, note_cluster, &note, err)) {
        kube_free(k);
        return NULL;
    }
    k->recent_since = k->version;
    return k;
}

static void recent_release(struct recent *r)
{
    mem_free(r->cluster);
    json_unref(r->object);
    json_unref(r->before);
    *r = (struct recent){0};
}

void kube_free(struct kube *k)
{
    if (!k)
        return;
    for (size_t i = 0; i < RECENT_MAX; i++)
        recent_release(&k->recent[i]);
    hashmap_free(k->owners);
    lock_release(&k->recent_lock);
    lock_release(&k->rng_lock);
    mem_free(k);
}

void kube_observe(struct kube *k, kube_observer *fn, void *context)
{
    if (k->observers_count == OBSERVERS_MAX) {
        log_error("kube", "too_many_observers", "max=%d", OBSERVERS_MAX);
        abort();
    }
    k->observers[k->observers_count++] = (struct observer){fn, context};
}

void kube_live_logs(struct kube *k, kube_live_log *fn, void *context)
{
    k->live = fn;
    k->live_context = context;
}

/* -- what has happened -- */

void kube_recent_lock(struct kube *k)
{
    lock_take(&k->recent_lock);
}

void kube_recent_unlock(struct kube *k)
{
    lock_give(&k->recent_lock);
}

static int64_t version_of(json object)
{
    int64_t version = 0;
    (void)str_to_int64(json_str(json_get_path(object, "metadata", "resourceVersion", NULL)),
                       &version);
    return version;
}

static void remember(struct kube *k, enum kube_change change, str cluster, const struct kind *kind,
                     json object, json before)
{
    kube_recent_lock(k);
    struct recent *r = &k->recent[k->recent_next];
    if (k->recent_count == RECENT_MAX)
        k->recent_since = r->version;
    else
        k->recent_count++;
    recent_release(r);
    *r = (struct recent){change,           version_of(object), kind, str_dup_c(cluster),
                         json_ref(object), json_ref(before)};
    k->recent_next = (k->recent_next + 1) % RECENT_MAX;
    kube_recent_unlock(k);
}

void kube_tell(struct kube *k, enum kube_change change, str cluster, const struct kind *kind,
               json object, json before)
{
    remember(k, change, cluster, kind, object, before);
    for (size_t i = 0; i < k->observers_count; i++)
        k->observers[i].fn(k->observers[i].context, change, cluster, kind->resource, object);
}

/* -- reads for controllers -- */

bool kube_find(struct kube *k, str cluster, str resource, str ns, str name, json *out,
               struct err *err)
{
    const struct kind *kind = kind_of_resource(resource);
    struct store_connection *c = store_reader(k->store, err);
    if (!kind)
        return err_set(err, ERR_INTERNAL, "no resource '%.*s'", STR_ARG(resource));
    return c && row_load(c, cluster, kind, ns, name, out, err);
}

struct lister {
    struct store_connection *c;
    const struct kind *kind;
    str ns, cluster;
    json found; /* a walk must be over before fn may walk itself */
};

static bool gather(void *context, json object, bool *more, struct err *err)
{
    struct lister *l = context;
    *more = true;
    return json_push_take(&l->found, json_ref(object)) ||
           err_set(err, ERR_NO_MEMORY, "no memory for a list of objects");
}

static bool list_one(struct lister *l, str cluster, kube_each *fn, void *context, struct err *err)
{
    struct rows rows = {.cluster = cluster, .kind = l->kind, .ns = l->ns};
    l->found = json_array(16);
    bool ok = rows_walk(l->c, &rows, gather, l, err);
    for (size_t i = 0; i < json_len(l->found) && ok; i++)
        ok = fn(context, cluster, json_at(l->found, i), err);
    json_unref(l->found);
    return ok;
}

static bool gather_cluster(void *context, str cluster, struct err *err)
{
    json *clusters = context;
    return json_push_take(clusters, json_string(cluster)) ||
           err_set(err, ERR_NO_MEMORY, "no memory for a list of clusters");
}

bool kube_list(struct kube *k, str cluster, str resource, str ns, kube_each *fn, void *context,
               struct err *err)
{
    struct lister l = {.kind = kind_of_resource(resource), .ns = ns};
    if (!l.kind)
        return err_set(err, ERR_INTERNAL, "no resource '%.*s'", STR_ARG(resource));
    json clusters = json_array(4);
    l.c = store_reader(k->store, err);
    bool ok = l.c != NULL;
    if (ok && cluster.len > 0)
        ok = gather_cluster(&clusters, cluster, err);
    else if (ok)
        ok = rows_clusters(l.c, gather_cluster, &clusters, err);
    for (size_t i = 0; i < json_len(clusters) && ok; i++)
        ok = list_one(&l, json_str(json_at(clusters, i)), fn, context, err);
    json_unref(clusters);
    return ok;
}
