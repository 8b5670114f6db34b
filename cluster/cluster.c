/* The assembly: control plane, Kubernetes API, listeners, Job controller, and what ties them.
 *
 * A cluster's birth and end are hooks of the control plane, called on the writer in its
 * transaction, which may be rolled back and tried again: provision  starts the listener (or finds
 * the one of the try before) and seeds the objects remove     clears the objects; the listener is
 * not touched yet, but a job is queued behind: it sees what really was committed, and drops the
 * listener if the cluster is not ACTIVE
 *
 * Order of the end: no operation may come (the server's own listener has stopped); then the control
 * plane, the listeners, the Job controller, the API: each uses only those after it. */
#include "cluster/cluster.h"

#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "cluster/control/control.h"
#include "cluster/jobs/jobs.h"
#include "cluster/kube/kube.h"
#include "listeners.h"

#include <pthread.h>

struct cluster {
    struct store *store;
    struct kube *kube;
    struct control *control;
    struct listeners *listeners;
    struct jobs *jobs;

    pthread_mutex_t lock; /* guards pending */
    pthread_cond_t quiet;
    size_t pending; /* jobs of this file in the store's queue */
};

static void pending_add(struct cluster *cl)
{
    (void)lock_take(&cl->lock);
    cl->pending++;
    (void)lock_give(&cl->lock);
}

static void pending_sub(struct cluster *cl)
{
    (void)lock_take(&cl->lock);
    cl->pending--;
    (void)cond_wake_all(&cl->quiet);
    (void)lock_give(&cl->lock);
}

static void pending_wait(struct cluster *cl)
{
    (void)lock_take(&cl->lock);
    while (cl->pending > 0)
        (void)cond_wait(&cl->quiet, &cl->lock);
    (void)lock_give(&cl->lock);
}

/* -- a cluster comes -- */

static bool provision(void *context, struct store_connection *c, const struct control_cluster *row,
                      char **ca_pem, char **ca_key_pem, char **endpoint, uint16_t *port,
                      struct err *err)
{
    struct cluster *cl = context;
    if (!listener_ensure(cl->listeners, row, ca_pem, ca_key_pem, endpoint, port, err))
        return false;
    return kube_cluster_seed(cl->kube, c, row->name, str_from_c(*ca_pem), err);
}

/* -- a cluster goes -- */

struct removal {
    struct store_job job; /* first */
    struct cluster *cluster;
    char *name;
    bool active;
};

static bool removal_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct removal *r = (struct removal *)(void *)job;
    return control_cluster_is_active(c, str_from_c(r->name), &r->active, err);
}

static void removal_done(struct store_job *job, const struct err *err)
{
    struct removal *r = (struct removal *)(void *)job;
    if (!err_is_set(err) && !r->active)
        listener_drop(r->cluster->listeners, str_from_c(r->name));
    pending_sub(r->cluster);
    mem_free(r->name);
    mem_free(r);
}

static bool remove_cluster(void *context, struct store_connection *c,
                           const struct control_cluster *row, struct err *err)
{
    struct cluster *cl = context;
    if (!kube_cluster_clear(cl->kube, c, row->name, err))
        return false;
    struct removal *r = mem_new(sizeof *r);
    r->job = (struct store_job){.apply = removal_apply, .done = removal_done, .flags = STORE_SOON};
    r->cluster = cl;
    r->name = str_dup_c(row->name);
    if (!r->name) {
        mem_free(r);
        return err_set(err, ERR_NO_MEMORY, "no memory for a cluster's end");
    }
    pending_add(cl);
    store_submit_take(cl->store, &r->job);
    return true;
}

/* -- the start -- */

/* A cluster whose port was taken: its new endpoint, written before anyone asks. */
struct move {
    struct store_job job; /* first */
    struct cluster *cluster;
    str name;
    const char *endpoint;
    uint16_t port;
    struct err err;
};

static bool move_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    const struct move *m = (struct move *)(void *)job;
    return control_cluster_moved(c, m->name, str_from_c(m->endpoint), m->port, err);
}

static void move_done(struct store_job *job, const struct err *err)
{
    struct move *m = (struct move *)(void *)job;
    err_copy(&m->err, err);
    pending_sub(m->cluster);
}

static bool move_write(struct cluster *cl, str name, const char *endpoint, uint16_t port,
                       struct err *err)
{
    struct move m = {
        .job = {.apply = move_apply,
                .done = move_done,
                .flags = STORE_SOON | STORE_MAY_FAIL | STORE_REFUSABLE},
        .cluster = cl,
        .name = name,
        .endpoint = endpoint,
        .port = port,
    };
    pending_add(cl);
    store_submit_take(cl->store, &m.job);
    pending_wait(cl); // at the start nothing else is under way
    if (!err_is_set(&m.err))
        return true;
    err_move(err, &m.err);
    return false;
}

static bool listen_again(void *context, const struct control_cluster *row, struct err *err)
{
    struct cluster *cl = context;
    char *ca_pem, *ca_key_pem, *endpoint;
    uint16_t port;
    if (!row->active)
        return true;
    if (!listener_ensure(cl->listeners, row, &ca_pem, &ca_key_pem, &endpoint, &port, err))
        return false;
    bool ok = port == row->port || move_write(cl, row->name, endpoint, port, err);
    mem_free(ca_pem);
    mem_free(ca_key_pem);
    mem_free(endpoint);
    return ok;
}

static bool open_rooms(struct cluster *cl, const struct cluster_options *o, struct err *err)
{
    struct kube_options kube = {o->store, o->clock, o->seed, o->kubernetes_version};
    cl->kube = kube_new(&kube, err);
    if (!cl->kube)
        return false;
    struct listeners_options listeners = {.kube = cl->kube,
                                          .sts = o->sts,
                                          .account = o->account,
                                          .host = o->host,
                                          .advertise_host = o->advertise_host,
                                          .port_first = o->port_first,
                                          .port_last = o->port_last};
    struct control_options control = {
        .store = o->store,
        .clock = o->clock,
        .sts = o->sts,
        .region = o->region,
        .account = o->account,
        .kubernetes_version = o->kubernetes_version,
        .create_ms = o->create_ms,
        .delete_ms = o->delete_ms,
        .seed = o->seed + 1,
        .hooks = {cl, provision, remove_cluster},
    };
    struct jobs_options jobs = {cl->kube, o->clock, o->seed, o->pod_runtime, o->pod_duration_ms};
    cl->listeners = listeners_new(&listeners, err);
    if (!cl->listeners || !(cl->control = control_new(&control, err)))
        return false;
    cl->jobs = jobs_start(&jobs, err);
    return cl->jobs != NULL;
}

struct cluster *cluster_start(const struct cluster_options *options, struct err *err)
{
    struct cluster *cl = mem_new(sizeof *cl);
    cl->store = options->store;
    lock_init(&cl->lock);
    cond_init(&cl->quiet);
    if (open_rooms(cl, options, err) && control_clusters(cl->control, listen_again, cl, err) &&
        control_recover(cl->control, err))
        return cl;
    cluster_stop(cl);
    return NULL;
}

void cluster_stop(struct cluster *cl)
{
    if (!cl)
        return;
    control_free(cl->control);
    pending_wait(cl);
    listeners_free(cl->listeners);
    jobs_stop(cl->jobs);
    kube_free(cl->kube);
    (void)lock_release(&cl->lock);
    (void)cond_release(&cl->quiet);
    mem_free(cl);
}

bool cluster_owns(str path)
{
    return control_owns(path);
}

void cluster_handle_take(struct cluster *cl, struct http_exchange *x)
{
    control_handle_take(cl->control, x);
}
