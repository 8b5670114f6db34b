/* The assembly: control plane, Kubernetes APIs behind TLS, Job controller.
 *
 *     control ── provision hook (writer) ──> a CA, a certificate, a listener on a port, seeded objects
 *         └───── remove hook (writer) ─────> objects cleared; the listener goes to the sweeper
 *     listener ──> token ──> user ──> kube
 *
 * A hook runs inside a transaction that may be rolled back and run again: what it made outside the
 * store (a listener) is found by the cluster's name the second time.
 * A listener cannot be stopped on the writer, which must not block, nor on its own thread: the
 * sweeper, a thread of its own, stops those that are done with. */
#include "cluster/cluster.h"

#include <stdio.h>

#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "cluster/auth/auth.h"
#include "cluster/control/control.h"
#include "cluster/jobs/jobs.h"
#include "cluster/kube/kube.h"
#include "net/certificate.h"

enum {
    BODY_MAX_BYTES = 3 * 1024 * 1024 + 1024, /* the API itself refuses what is longer than 3 MiB */
    IDLE_TIMEOUT_S = 120,
    STOP_GRACE_MS = 500,
    ENDPOINT_MAX_BYTES = 512,
};

struct listener {
    struct queue_link link; /* first: the sweeper's queue gives it back */
    struct listener *next;
    struct cluster *cluster;
    struct http_server *server;
    char *name, *creator_arn, *endpoint;
    struct certificate ca;
    bool open;
};

struct cluster {
    struct cluster_options options;
    struct kube *kube;
    struct jobs *jobs;
    struct control *control;
    pthread_mutex_t lock; /* guards listeners */
    struct listener *listeners;
    struct queue done; /* of listeners to be stopped */
    pthread_t sweeper;
    bool sweeping;
};

/* -- a request to a cluster's API -- */


static const str anonymous_groups[] = {STR_INIT("system:unauthenticated")};
static const struct auth_user anonymous = {
    .username = STR_INIT("system:anonymous"), .groups = anonymous_groups, .groups_count = 1};

/* Who calls; false: a stranger, and err may say why. */
static bool identify(struct listener *l, struct http_exchange *x, str token, struct auth_user *user,
                     struct err *err)
{
    struct cluster *c = l->cluster;
    struct arena *a = http_arena(x);
    str name = str_from_c(l->name);
    str arn;
    json aws_auth = json_absent();
    if (!auth_token_identify(c->options.sts, a, token, name, clock_wall_ms(), &arn, err) ||
        !kube_find(c->kube, name, STR("configmaps"), STR("kube-system"), STR("aws-auth"),
                   &aws_auth, err))
        return false;
    const struct auth_rules rules = {
        .account = c->options.account,
        .creator_arn = str_from_c(l->creator_arn),
        .open = l->open,
        .aws_auth = aws_auth,
    };
    bool known = auth_user_of(&rules, a, arn, user);
    if (!known)
        log_info("cluster", "stranger", "cluster=%s principal=%.*s", l->name, STR_ARG(arn));
    json_unref(aws_auth);
    return known;
}

/* Threads: http. */
static void handle(void *context, struct http_exchange *x)
{
    struct listener *l = context;
    struct cluster *c = l->cluster;
    str header = http_header(x, STR("Authorization"));
    str bearer = STR("Bearer ");
    str path = http_path(x);
    struct auth_user user;
    struct err err = ERR_INIT;
    if (!header.ptr) {
        // Source: EKS lets anyone see its version and health, and knows anonymous callers by name.
        kube_handle_take(c->kube, str_from_c(l->name), &anonymous, x, path);
    } else if (str_starts(header, bearer) &&
               identify(l, x, str_skip(header, bearer.len), &user, &err)) {
        kube_handle_take(c->kube, str_from_c(l->name), &user, x, path);
    } else {
        if (err_is_set(&err))
            log_info("cluster", "token_refused", "cluster=%s why=\"%.*s\"", l->name,
                     STR_ARG(err_text(&err)));
        kube_refuse_take(x, 401, "Unauthorized", "Unauthorized");
    }
    err_release(&err);
}

/* -- listeners -- */

static void listener_free(struct listener *l)
{
    if (!l)
        return;
    certificate_release(&l->ca);
    mem_free(l->name);
    mem_free(l->creator_arn);
    mem_free(l->endpoint);
    mem_free(l);
}

static struct listener *find(struct cluster *c, str name)
{
    (void)pthread_mutex_lock(&c->lock);
    struct listener *l = c->listeners;
    while (l && !str_eq(str_from_c(l->name), name))
        l = l->next;
    (void)pthread_mutex_unlock(&c->lock);
    return l;
}

static bool listen_at(struct listener *l, uint16_t port, const struct certificate *leaf,
                      struct err *err)
{
    const struct http_server_options options = {
        .host = l->cluster->options.host,
        .port = port,
        .max_body_bytes = BODY_MAX_BYTES,
        .idle_timeout_s = IDLE_TIMEOUT_S,
        .certificate_pem = str_from_c(leaf->certificate_pem),
        .key_pem = str_from_c(leaf->key_pem),
        .handler = handle,
        .context = l,
    };
    l->server = http_server_start(&options, err);
    return l->server != NULL;
}

/* On the wanted port, else on the first free one of the range. */
static bool listen_somewhere(struct listener *l, uint16_t wanted, const struct certificate *leaf,
                             struct err *err)
{
    const struct cluster_options *o = &l->cluster->options;
    if (wanted && listen_at(l, wanted, leaf, err))
        return true;
    if (wanted)
        log_warn("cluster", "port_taken", "cluster=%s port=%u text=\"%.*s\"", l->name,
                 (unsigned)wanted, STR_ARG(err_text(err)));
    for (unsigned port = o->port_first; port <= o->port_last; port++) {
        err_release(err);
        if (listen_at(l, (uint16_t)port, leaf, err))
            return true;
    }
    return false;
}

static bool make_leaf(const struct listener *l, struct certificate *leaf, struct err *err)
{
    const struct cluster_options *o = &l->cluster->options;
    str names[4] = {STR("127.0.0.1"), STR("localhost")};
    size_t count = 2;
    if (o->advertise_host.len && !str_eq(o->advertise_host, names[0]) &&
        !str_eq(o->advertise_host, names[1]))
        names[count++] = o->advertise_host;
    return certificate_server_new(&l->ca, names, count, leaf, err);
}

static void set_endpoint(struct listener *l)
{
    const struct cluster_options *o = &l->cluster->options;
    bool any = str_eq(o->host, STR("0.0.0.0")) || str_eq(o->host, STR("::"));
    str host = o->advertise_host.len ? o->advertise_host : any ? STR("127.0.0.1") : o->host;
    bool v6 = str_find_char(host, 0, ':') < host.len;
    char text[ENDPOINT_MAX_BYTES];
    (void)snprintf(text, sizeof text, "https://%s%.*s%s:%u", v6 ? "[" : "", STR_ARG(host),
                   v6 ? "]" : "", (unsigned)http_server_port(l->server));
    l->endpoint = str_dup_c(str_from_c(text));
}

/* Gives a listener in the list; NULL: err. */
static struct listener *listener_start(struct cluster *c, const struct control_cluster *cl,
                                       struct err *err)
{
    struct listener *l = mem_new(sizeof *l);
    struct certificate leaf = {NULL, NULL};
    l->cluster = c;
    l->open = cl->open;
    l->name = str_dup_c(cl->name);
    l->creator_arn = str_dup_c(cl->creator_arn);
    if (cl->ca_pem.len) {
        l->ca.certificate_pem = str_dup_c(cl->ca_pem);
        l->ca.key_pem = str_dup_c(cl->ca_key_pem);
    }
    bool ok = (l->name && l->creator_arn) || err_set(err, ERR_NO_MEMORY, "no memory for a cluster");
    ok = ok && (l->ca.certificate_pem || certificate_ca_new(cl->name, &l->ca, err));
    ok = ok && make_leaf(l, &leaf, err) && listen_somewhere(l, cl->port, &leaf, err);
    certificate_release(&leaf);
    if (!ok) {
        listener_free(l);
        return NULL;
    }
    set_endpoint(l);
    (void)pthread_mutex_lock(&c->lock);
    l->next = c->listeners;
    c->listeners = l;
    (void)pthread_mutex_unlock(&c->lock);
    log_info("cluster", "listening", "cluster=%s endpoint=%s", l->name, l->endpoint);
    return l;
}

/* -- hooks; Threads: writer -- */

static bool provision(void *context, struct store_connection *connection,
                      const struct control_cluster *cl, char **ca_pem, char **ca_key_pem,
                      char **endpoint, uint16_t *port, struct err *err)
{
    struct cluster *c = context;
    struct listener *l = find(c, cl->name);
    if (!l)
        l = listener_start(c, cl, err);
    if (!l || !kube_cluster_seed(c->kube, connection, cl->name, str_from_c(l->ca.certificate_pem),
                                 err))
        return false;
    *ca_pem = str_dup_c(str_from_c(l->ca.certificate_pem));
    *ca_key_pem = str_dup_c(str_from_c(l->ca.key_pem));
    *endpoint = str_dup_c(str_from_c(l->endpoint));
    *port = http_server_port(l->server);
    return (*ca_pem && *ca_key_pem && *endpoint) ||
           err_set(err, ERR_NO_MEMORY, "no memory for a cluster");
}

static struct listener *unlink_listener(struct cluster *c, str name)
{
    (void)pthread_mutex_lock(&c->lock);
    struct listener **at = &c->listeners;
    while (*at && !str_eq(str_from_c((*at)->name), name))
        at = &(*at)->next;
    struct listener *l = *at;
    if (l)
        *at = l->next;
    (void)pthread_mutex_unlock(&c->lock);
    return l;
}

static bool remove_cluster(void *context, struct store_connection *connection,
                           const struct control_cluster *cl, struct err *err)
{
    struct cluster *c = context;
    if (!kube_cluster_clear(c->kube, connection, cl->name, err))
        return false;
    struct listener *l = unlink_listener(c, cl->name);
    if (l)
        (void)queue_push_take(&c->done, &l->link); // closed only once no hook can run any more
    return true;
}

/* -- the sweeper -- */

static void *sweep(void *context)
{
    struct cluster *c = context;
    for (;;) {
        struct listener *l = (struct listener *)queue_pop(&c->done, -1);
        if (!l)
            return NULL;
        http_server_stop(l->server, STOP_GRACE_MS);
        listener_free(l);
    }
}

/* -- life -- */

/* An endpoint whose port had to change is told by the control plane from now on. */
struct moved {
    struct store_job job; /* first: the store gives it back */
    char *name, *endpoint;
    uint16_t port;
};

static bool moved_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    const struct moved *m = (const struct moved *)job;
    struct sqlite3_stmt *q = store_statement(
        c, "UPDATE clusters SET port=?2, body=json_set(body,'$.endpoint',?3) WHERE name=?1", err);
    if (!q)
        return false;
    store_bind_str(q, 1, str_from_c(m->name));
    store_bind_int(q, 2, m->port);
    store_bind_str(q, 3, str_from_c(m->endpoint));
    return store_run(c, q, err);
}

static void moved_done(struct store_job *job, const struct err *err)
{
    struct moved *m = (struct moved *)job;
    if (err_is_set(err))
        log_error("cluster", "endpoint_not_kept", "cluster=%s text=\"%.*s\"", m->name,
                  STR_ARG(err_text(err)));
    mem_free(m->name);
    mem_free(m->endpoint);
    mem_free(m);
}

static bool resume(void *context, const struct control_cluster *cl, struct err *err)
{
    struct cluster *c = context;
    if (!cl->active)
        return true;
    struct listener *l = listener_start(c, cl, err);
    if (!l)
        return false;
    if (http_server_port(l->server) == cl->port)
        return true;
    struct moved *m = mem_new(sizeof *m);
    m->job = (struct store_job){.apply = moved_apply, .done = moved_done, .flags = STORE_SOON};
    m->name = str_dup_c(cl->name);
    m->endpoint = str_dup_c(str_from_c(l->endpoint));
    m->port = http_server_port(l->server);
    if (m->name && m->endpoint) {
        store_submit_take(c->options.store, &m->job);
    } else {
        mem_free(m->name);
        mem_free(m->endpoint);
        mem_free(m);
    }
    return true;
}

static bool start_rooms(struct cluster *c, struct err *err)
{
    const struct cluster_options *o = &c->options;
    const struct kube_options kube = {.store = o->store,
                                      .clock = o->clock,
                                      .seed = o->seed,
                                      .kubernetes_version = o->kubernetes_version};
    c->kube = kube_new(&kube, err);
    if (!c->kube)
        return false;
    const struct jobs_options jobs = {.kube = c->kube,
                                      .clock = o->clock,
                                      .seed = o->seed,
                                      .runtime = o->pod_runtime,
                                      .simulated_duration_ms = o->pod_duration_ms};
    c->jobs = jobs_start(&jobs, err);
    if (!c->jobs)
        return false;
    const struct control_options control = {
        .store = o->store,
        .clock = o->clock,
        .sts = o->sts,
        .region = o->region,
        .account = o->account,
        .kubernetes_version = o->kubernetes_version,
        .create_ms = o->create_ms,
        .delete_ms = o->delete_ms,
        .seed = o->seed,
        .hooks = {.context = c, .provision = provision, .remove = remove_cluster},
    };
    c->control = control_new(&control, err);
    return c->control != NULL;
}

struct cluster *cluster_start(const struct cluster_options *options, struct err *err)
{
    struct cluster *c = mem_new(sizeof *c);
    c->options = *options;
    (void)pthread_mutex_init(&c->lock, NULL); // default attributes: cannot fail on Linux
    queue_init(&c->done);
    c->sweeping = thread_start(&c->sweeper, THREAD_RUNTIME, sweep, c, err);
    if (c->sweeping && start_rooms(c, err) && control_clusters(c->control, resume, c, err) &&
        control_recover(c->control, err))
        return c;
    cluster_stop(c);
    return NULL;
}

void cluster_stop(struct cluster *c)
{
    (void)pthread_mutex_lock(&c->lock);
    struct listener *l = c->listeners;
    c->listeners = NULL;
    (void)pthread_mutex_unlock(&c->lock);
    while (l) {
        struct listener *next = l->next;
        http_server_stop(l->server, STOP_GRACE_MS);
        listener_free(l);
        l = next;
    }
    if (c->jobs)
        jobs_stop(c->jobs);
    control_free(c->control);
    queue_close(&c->done);
    if (c->sweeping)
        (void)pthread_join(c->sweeper, NULL);
    queue_release(&c->done);
    if (c->kube)
        kube_free(c->kube);
    (void)pthread_mutex_destroy(&c->lock);
    mem_free(c);
}

bool cluster_owns(str path)
{
    return control_owns(path);
}

void cluster_handle_take(struct cluster *c, struct http_exchange *x)
{
    control_handle_take(c->control, x);
}
