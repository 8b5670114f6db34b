/* The cache: every Job and Pod as last seen, found by key, by uid and by serial.
 *
 * Changes come in the order of their commits; an answer of a write of ours may bring an object
 * before the observer does, so the newer resourceVersion wins. A key whose uid changes is another
 * object.
 *
 * A serial names an entry in messages: an entry that is gone is not found, and nothing dangles. */
#include "jobs_private.h"

#include <stdio.h>

static str serial_key(const uint64_t *serial)
{
    return (str){(const char *)serial, sizeof *serial};
}

struct job *job_of_serial(struct jobs *j, uint64_t serial)
{
    return hashmap_find(j->jobs_by_serial, serial_key(&serial));
}

struct pod *pod_of_serial(struct jobs *j, uint64_t serial)
{
    return hashmap_find(j->pods_by_serial, serial_key(&serial));
}

struct pod *pod_of_uid(struct jobs *j, str uid)
{
    return hashmap_find(j->pods_by_uid, uid);
}

int64_t time_of(json text)
{
    struct timestamp t;
    struct err err = ERR_INIT;
    int64_t ms = -1;
    if (text.kind == JSON_STRING && timestamp_parse(json_str(text), &t, &err))
        ms = t.ms;
    err_release(&err);
    return ms;
}

struct names {
    str uid, ns, name;
    int64_t version;
};

/* False: an object that the kube room would not store. */
static bool names_read(json object, struct names *out)
{
    json metadata = json_get(object, STR("metadata"));
    out->uid = get_str(metadata, STR("uid"));
    out->ns = get_str(metadata, STR("namespace"));
    out->name = get_str(metadata, STR("name"));
    if (!str_to_int64(get_str(metadata, STR("resourceVersion")), &out->version))
        out->version = 0;
    return out->uid.len > 0 && out->uid.len < UID_MAX_BYTES && out->name.len > 0;
}

/* cluster NUL namespace NUL name; false: too long. */
static bool key_make(char key[KEY_MAX_BYTES], size_t *len, str cluster, str ns, str name)
{
    *len = cluster.len + 1 + ns.len + 1 + name.len;
    if (*len >= KEY_MAX_BYTES)
        return false;
    char *at = key;
    memcpy(at, cluster.ptr, cluster.len);
    at += cluster.len;
    *at++ = 0;
    memcpy(at, ns.ptr, ns.len);
    at += ns.len;
    *at++ = 0;
    memcpy(at, name.ptr, name.len);
    return true;
}

static void key_lend(const char *key, str *cluster, str *ns, str *name, str of_cluster, str of_ns,
                     str of_name)
{
    *cluster = (str){key, of_cluster.len};
    *ns = (str){key + of_cluster.len + 1, of_ns.len};
    *name = (str){key + of_cluster.len + 1 + of_ns.len + 1, of_name.len};
}

/* -- pods -- */

static json controller_of(json object)
{
    json owners = json_get_path(object, "metadata", "ownerReferences", NULL);
    for (size_t i = 0; i < json_len(owners); i++) {
        json owner = json_at(owners, i);
        if (json_get(owner, STR("controller")).kind == JSON_TRUE &&
            str_eq(get_str(owner, STR("kind")), STR("Job")))
            return owner;
    }
    return json_absent();
}

static bool has_finalizer(json object)
{
    json list = json_get_path(object, "metadata", "finalizers", NULL);
    for (size_t i = 0; i < json_len(list); i++)
        if (str_eq(json_str(json_at(list, i)), STR("batch.kubernetes.io/job-tracking")))
            return true;
    return false;
}

static bool is_ready(json object)
{
    json conditions = json_get_path(object, "status", "conditions", NULL);
    for (size_t i = 0; i < json_len(conditions); i++)
        if (str_eq(get_str(json_at(conditions, i), STR("type")), STR("Ready")))
            return str_eq(get_str(json_at(conditions, i), STR("status")), STR("True"));
    return false;
}

/* Restarts of all containers, and the latest end of any. */
static void statuses_read(struct pod *p, json statuses)
{
    for (size_t i = 0; i < json_len(statuses); i++) {
        int64_t restarts = 0;
        (void)json_get_int64(json_at(statuses, i), STR("restartCount"), &restarts);
        p->restarts += restarts;
        int64_t ms =
            time_of(json_get_path(json_at(statuses, i), "state", "terminated", "finishedAt", NULL));
        if (ms > p->finished_ms)
            p->finished_ms = ms;
    }
}

static void pod_read(struct pod *p)
{
    json status = json_get(p->object, STR("status"));
    json annotations = json_get_path(p->object, "metadata", "annotations", NULL);
    p->phase = pod_phase_of(p->object);
    p->tracked = has_finalizer(p->object);
    p->deleting =
        json_get_path(p->object, "metadata", "deletionTimestamp", NULL).kind == JSON_STRING;
    p->ready = is_ready(p->object);
    p->finished_ms = p->restarts = 0;
    statuses_read(p, json_get(status, STR("initContainerStatuses")));
    statuses_read(p, json_get(status, STR("containerStatuses")));
    if (!str_to_int64(get_str(annotations, STR("batch.kubernetes.io/job-completion-index")),
                      &p->index))
        p->index = -1;
}

static void pod_join(struct jobs *j, struct pod *p)
{
    json owner = controller_of(p->object);
    struct job *job = hashmap_find(j->jobs_by_uid, get_str(owner, STR("uid")));
    p->is_job_pod = !json_is_absent(owner);
    p->job = job;
    if (!job)
        return;
    if (job->pods_count == job->pods_cap) {
        size_t cap = job->pods_cap ? 2 * job->pods_cap : 4;
        size_t each = sizeof(struct pod *); // NOLINT(bugprone-sizeof-expression): pointers it is
        struct pod **bigger = mem_new(cap * each);
        if (job->pods_count > 0)
            memcpy(bigger, job->pods, job->pods_count * each);
        mem_free(job->pods);
        job->pods = bigger;
        job->pods_cap = cap;
    }
    job->pods[job->pods_count++] = p;
}

static void pod_leave(struct pod *p)
{
    struct job *job = p->job;
    p->job = NULL;
    if (!job)
        return;
    for (size_t i = 0; i < job->pods_count; i++) {
        if (job->pods[i] != p)
            continue;
        job->pods_count--;
        for (; i < job->pods_count; i++)
            job->pods[i] = job->pods[i + 1];
        return;
    }
}

static void pod_drop(struct jobs *j, struct pod *p)
{
    pod_leave(p);
    (void)hashmap_remove(j->pods_by_key, (str){p->key, p->key_len});
    (void)hashmap_remove(j->pods_by_uid, str_from_c(p->uid));
    (void)hashmap_remove(j->pods_by_serial, serial_key(&p->serial));
    pod_release(j, p);
}

static struct pod *pod_make(struct jobs *j, const char *key, size_t key_len, str cluster,
                            const struct names *n)
{
    struct pod *p = mem_new(sizeof *p);
    memcpy(p->key, key, key_len);
    p->key_len = key_len;
    (void)snprintf(p->uid, sizeof p->uid, "%.*s", STR_ARG(n->uid));
    key_lend(p->key, &p->cluster, &p->ns, &p->name, cluster, n->ns, n->name);
    p->serial = ++j->serial;
    p->object = p->first = json_absent();
    hashmap_set(j->pods_by_key, (str){p->key, key_len}, p);
    hashmap_set(j->pods_by_uid, str_from_c(p->uid), p);
    hashmap_set(j->pods_by_serial, serial_key(&p->serial), p);
    return p;
}

static void pod_change(struct jobs *j, enum kube_change change, str cluster, json object,
                       const struct names *n)
{
    char key[KEY_MAX_BYTES];
    size_t key_len;
    if (!key_make(key, &key_len, cluster, n->ns, n->name))
        return;
    struct pod *p = hashmap_find(j->pods_by_key, (str){key, key_len});
    bool same = p && str_eq(str_from_c(p->uid), n->uid);
    if (change == KUBE_DELETED || (p && !same)) {
        if (p && (same || change != KUBE_DELETED)) {
            struct job *job = p->job;
            pod_gone(j, p);
            pod_drop(j, p);
            if (job)
                job_sync(j, job);
        }
        if (change == KUBE_DELETED)
            return;
        p = NULL;
    }
    if (p && n->version < p->version)
        return;
    bool fresh = !p;
    if (fresh)
        p = pod_make(j, key, key_len, cluster, n);
    json_unref(p->object);
    p->object = json_ref(object);
    p->version = n->version;
    pod_read(p);
    if (fresh)
        pod_join(j, p);
    pod_advance(j, p);
    if (p->job)
        job_sync(j, p->job);
    else if (p->is_job_pod && p->tracked)
        pod_untrack(j, p, NULL);
}

/* -- jobs -- */

static void job_drop(struct jobs *j, struct job *job)
{
    timer_cancel(j, &job->timer);
    for (size_t i = 0; i < job->pods_count; i++) {
        struct pod *p = job->pods[i];
        p->job = NULL;
        if (p->tracked)
            pod_untrack(j, p, NULL);
    }
    (void)hashmap_remove(j->jobs_by_key, (str){job->key, job->key_len});
    (void)hashmap_remove(j->jobs_by_uid, str_from_c(job->uid));
    (void)hashmap_remove(j->jobs_by_serial, serial_key(&job->serial));
    json_unref(job->object);
    mem_free(job->pods);
    mem_free(job);
}

static struct job *job_make(struct jobs *j, const char *key, size_t key_len, str cluster,
                            const struct names *n)
{
    struct job *job = mem_new(sizeof *job);
    memcpy(job->key, key, key_len);
    job->key_len = key_len;
    (void)snprintf(job->uid, sizeof job->uid, "%.*s", STR_ARG(n->uid));
    key_lend(job->key, &job->cluster, &job->ns, &job->name, cluster, n->ns, n->name);
    job->serial = ++j->serial;
    job->object = json_absent();
    hashmap_set(j->jobs_by_key, (str){job->key, key_len}, job);
    hashmap_set(j->jobs_by_uid, str_from_c(job->uid), job);
    hashmap_set(j->jobs_by_serial, serial_key(&job->serial), job);
    return job;
}

static void job_change(struct jobs *j, enum kube_change change, str cluster, json object,
                       const struct names *n)
{
    char key[KEY_MAX_BYTES];
    size_t key_len;
    if (!key_make(key, &key_len, cluster, n->ns, n->name))
        return;
    struct job *job = hashmap_find(j->jobs_by_key, (str){key, key_len});
    bool same = job && str_eq(str_from_c(job->uid), n->uid);
    if (change == KUBE_DELETED || (job && !same)) {
        if (job && (same || change != KUBE_DELETED))
            job_drop(j, job);
        if (change == KUBE_DELETED)
            return;
        job = NULL;
    }
    if (job && n->version < job->version)
        return;
    if (!job)
        job = job_make(j, key, key_len, cluster, n);
    json_unref(job->object);
    job->object = json_ref(object);
    job->version = n->version;
    job_sync(j, job);
}

void cache_change(struct jobs *j, enum kube_change change, str cluster, bool is_pod, json object)
{
    struct names n;
    if (!names_read(object, &n))
        return;
    if (is_pod)
        pod_change(j, change, cluster, object, &n);
    else
        job_change(j, change, cluster, object, &n);
}

void cache_begin(struct jobs *j)
{
    j->frozen = false;
    for (uint64_t serial = 1; serial <= j->serial; serial++) { // in the order of loading
        struct pod *p = pod_of_serial(j, serial);
        struct job *job = job_of_serial(j, serial);
        if (job)
            job->named = job->pods_count; // a name that is taken costs a try, no more
        if (p)
            pod_advance(j, p);
        else if (job)
            job_sync(j, job);
    }
}

void cache_freeze(struct jobs *j)
{
    str key;
    void *value;
    for (size_t at = 0; hashmap_next(j->pods_by_serial, &at, &key, &value);)
        pod_freeze(j, value);
    for (size_t at = 0; hashmap_next(j->jobs_by_serial, &at, &key, &value);)
        timer_cancel(j, &((struct job *)value)->timer);
}

void cache_release(struct jobs *j)
{
    str key;
    void *value;
    for (size_t at = 0; hashmap_next(j->pods_by_serial, &at, &key, &value);)
        pod_release(j, value);
    for (size_t at = 0; hashmap_next(j->jobs_by_serial, &at, &key, &value);) {
        struct job *job = value;
        timer_cancel(j, &job->timer);
        json_unref(job->object);
        mem_free(job->pods);
        mem_free(job);
    }
    hashmap_free(j->jobs_by_key);
    hashmap_free(j->jobs_by_uid);
    hashmap_free(j->jobs_by_serial);
    hashmap_free(j->pods_by_key);
    hashmap_free(j->pods_by_uid);
    hashmap_free(j->pods_by_serial);
}
