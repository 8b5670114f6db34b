/* Listeners: who calls is found out here, what he asks for is the kube room's.
 *
 * Invariants:
 * 1. A listener in the map serves its cluster; one that was dropped is out of the map at once and
 *    stopped by the thread `stopper`, in the order of dropping.
 * 2. What a handler reads of its listener never changes while it runs. */
#include "listeners.h"

#include "base/hashmap.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "cluster/auth/auth.h"
#include "net/certificate.h"

#include <pthread.h>
#include <stdio.h>

enum {
    BODY_MAX_BYTES = 3 * 1024 * 1024, /* Source: kube-apiserver, MaxRequestBodyBytes */
    IDLE_TIMEOUT_S = 300,
    CONNECTIONS_MAX = 1024,
    /* For the answers under way; watches would stay for ever. */
    STOP_GRACE_MS = 50,
};

struct listener {
    struct queue_link link; /* first: of the stopper's queue */
    struct listeners *all;
    struct http_server *server;
    char *name, *creator_arn, *ca_pem, *ca_key_pem;
    bool open;
};

struct listeners {
    struct kube *kube;
    const struct sts *sts;
    char *account, *host, *advertise_host;
    uint16_t port_first, port_last;
    pthread_mutex_t lock; /* guards by_name */
    struct hashmap *by_name;
    struct queue dropped;
    pthread_t stopper;
    bool running;
};

/* -- who calls -- */

/* Paths that everybody may get. Source: Kubernetes, ClusterRole system:public-info-viewer. */
static bool is_public(str path)
{
    static const char *const paths[] = {"/version", "/healthz", "/livez", "/readyz"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        str p = str_from_c(paths[i]);
        if (str_starts(path, p) && (path.len == p.len || path.ptr[p.len] == '/'))
            return true;
    }
    return false;
}

static void refuse_anonymous_take(struct http_exchange *x)
{
    static const struct {
        str method;
        const char *verb;
    } verbs[] = {
        {STR_INIT("POST"),   "post"  },
        {STR_INIT("PUT"),    "put"   },
        {STR_INIT("PATCH"),  "patch" },
        {STR_INIT("DELETE"), "delete"},
        {STR_INIT("HEAD"),   "head"  },
    };
    const char *verb = "get";
    for (size_t i = 0; i < sizeof verbs / sizeof *verbs; i++)
        if (str_eq(http_method(x), verbs[i].method))
            verb = verbs[i].verb;
    str text =
        arena_printf(http_arena(x), "forbidden: User \"system:anonymous\" cannot %s path \"%.*s\"",
                     verb, STR_ARG(http_path(x)));
    kube_refuse_take(x, 403, "Forbidden", text.ptr ? text.ptr : "forbidden");
}

/* "/api/v1/x…" or "/apis/batch/v1/x…": the API itself refuses these, by the resource's name. The
 * reviews of authentication and authorization are for those who are somebody. */
static bool is_resource(str path)
{
    if (str_starts(path, STR("/api/v1/")))
        return path.len > sizeof "/api/v1/" - 1;
    if (!str_starts(path, STR("/apis/")))
        return false;
    str rest = str_skip(path, sizeof "/apis/" - 1);
    str group = str_cut(&rest, '/');
    str version = rest.ptr ? str_cut(&rest, '/') : STR_NONE;
    return !str_ends(group, STR(".k8s.io")) && version.len && rest.len;
}

static void serve_anonymous_take(struct listener *l, struct http_exchange *x)
{
    static const str groups[] = {STR_INIT("system:unauthenticated")};
    struct auth_user nobody = {
        .username = STR("system:anonymous"), .groups = groups, .groups_count = 1};
    if (is_public(http_path(x)) || is_resource(http_path(x)))
        kube_handle_take(l->all->kube, str_from_c(l->name), &nobody, x, http_path(x));
    else
        refuse_anonymous_take(x);
}

/* False: no good, or a stranger; why is in *err if it was the token. */
static bool identify(struct listener *l, struct http_exchange *x, str token, struct auth_user *user,
                     struct err *err)
{
    struct arena *a = http_arena(x);
    str arn, name = str_from_c(l->name);
    struct auth_rules rules = {.account = str_from_c(l->all->account),
                               .creator_arn = str_from_c(l->creator_arn),
                               .open = l->open,
                               .aws_auth = json_absent()};
    // Tokens are dated by their makers' clocks, whatever the clock of this server plays.
    if (!auth_token_identify(l->all->sts, a, token, name, clock_wall_ms(), &arn, err))
        return false;
    if (!kube_find(l->all->kube, name, STR("configmaps"), STR("kube-system"), STR("aws-auth"),
                   &rules.aws_auth, err))
        return false;
    bool known = auth_user_of(&rules, a, arn, user);
    json_unref(rules.aws_auth);
    if (!known)
        log_info("cluster", "stranger", "cluster=%s arn=%.*s", l->name, STR_ARG(arn));
    return known;
}

static void on_request(void *context, struct http_exchange *x)
{
    static const char scheme[] = "Bearer ";
    struct listener *l = context;
    struct auth_user user = {0};
    struct err err = ERR_INIT;
    str header = http_header(x, STR("Authorization"));
    if (header.len == 0) {
        serve_anonymous_take(l, x);
        return;
    }
    bool bearer = header.len >= sizeof scheme - 1 &&
                  str_eq_nocase(str_sub(header, 0, sizeof scheme - 1), str_from_c(scheme));
    if (bearer && identify(l, x, str_skip(header, sizeof scheme - 1), &user, &err)) {
        kube_handle_take(l->all->kube, str_from_c(l->name), &user, x, http_path(x));
    } else if (err_is_set(&err) && err.id != ERR_ACCESS_DENIED) {
        log_error("cluster", "not_identified", "cluster=%s error=\"%.*s\"", l->name,
                  STR_ARG(err_text(&err)));
        kube_refuse_take(x, 500, "InternalError", "Internal error occurred");
    } else {
        if (err_is_set(&err))
            log_info("cluster", "token_refused", "cluster=%s why=\"%.*s\"", l->name,
                     STR_ARG(err_text(&err)));
        kube_refuse_take(x, 401, "Unauthorized", "Unauthorized");
    }
    err_release(&err);
}

/* -- one listener -- */

static void listener_free(struct listener *l)
{
    if (!l)
        return;
    if (l->server)
        http_server_stop(l->server, STOP_GRACE_MS);
    mem_free(l->name);
    mem_free(l->creator_arn);
    mem_free(l->ca_pem);
    mem_free(l->ca_key_pem);
    mem_free(l);
}

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "no memory for a cluster's listener");
}

/* The cluster's CA, or a new one. */
static bool authority_have(struct listener *l, const struct control_cluster *cl, struct err *err)
{
    if (cl->ca_pem.len > 0) {
        l->ca_pem = str_dup_c(cl->ca_pem);
        l->ca_key_pem = str_dup_c(cl->ca_key_pem);
        return (l->ca_pem && l->ca_key_pem) || no_memory(err);
    }
    struct certificate ca = {0};
    if (!certificate_ca_new(STR("kubernetes"), &ca, err))
        return false;
    l->ca_pem = ca.certificate_pem;
    l->ca_key_pem = ca.key_pem;
    return true;
}

static bool server_try(struct listener *l, const struct certificate *own, uint16_t port,
                       struct err *err)
{
    struct http_server_options o = {
        .host = str_from_c(l->all->host),
        .port = port,
        .max_body_bytes = BODY_MAX_BYTES,
        .max_connections = CONNECTIONS_MAX,
        .idle_timeout_s = IDLE_TIMEOUT_S,
        .certificate_pem = str_from_c(own->certificate_pem),
        .key_pem = str_from_c(own->key_pem),
        .handler = on_request,
        .context = l,
    };
    l->server = http_server_start(&o, err);
    return l->server != NULL;
}

/* On the port it had, else on the first free one of the range, else on any. */
static bool server_start(struct listener *l, const struct certificate *own, uint16_t wanted,
                         struct err *err)
{
    const struct listeners *all = l->all;
    struct err why = ERR_INIT;
    if (wanted != 0 && server_try(l, own, wanted, &why))
        return true;
    if (wanted != 0)
        log_warn("cluster", "port_taken", "cluster=%s port=%u error=\"%.*s\"", l->name,
                 (unsigned)wanted, STR_ARG(err_text(&why)));
    err_release(&why);
    if (all->port_first == 0)
        return server_try(l, own, 0, err);
    for (unsigned port = all->port_first; port <= all->port_last; port++) {
        if (server_try(l, own, (uint16_t)port, &why))
            return true;
        if (why.id != ERR_NETWORK) {
            err_move(err, &why);
            return false;
        }
        err_release(&why);
    }
    return err_set(err, ERR_NETWORK, "cannot listen on %s: no port of %u to %u is free", all->host,
                   (unsigned)all->port_first, (unsigned)all->port_last);
}

static bool listener_start(struct listener *l, uint16_t wanted, struct err *err)
{
    struct certificate ca = {l->ca_pem, l->ca_key_pem}, own = {0};
    str names[] = {str_from_c(l->all->advertise_host), str_from_c(l->all->host), STR("127.0.0.1"),
                   STR("localhost")};
    bool ok = certificate_server_new(&ca, names, sizeof names / sizeof *names, &own, err) &&
              server_start(l, &own, wanted, err);
    certificate_release(&own);
    return ok;
}

/* Gives a running one. */
static struct listener *listener_new(struct listeners *all, const struct control_cluster *cl,
                                     struct err *err)
{
    struct listener *l = mem_new(sizeof *l);
    l->all = all;
    l->name = str_dup_c(cl->name);
    l->creator_arn = str_dup_c(cl->creator_arn);
    l->open = cl->open;
    bool ok = (l->name && l->creator_arn) || no_memory(err);
    if (ok && authority_have(l, cl, err) && listener_start(l, cl->port, err))
        return l;
    listener_free(l);
    return NULL;
}

static char *endpoint_of(const struct listeners *all, uint16_t port)
{
    char text[320];
    bool v6 = strchr(all->advertise_host, ':') != NULL;
    (void)snprintf(text, sizeof text, "https://%s%s%s:%u", v6 ? "[" : "", all->advertise_host,
                   v6 ? "]" : "", (unsigned)port);
    return str_dup_c(str_from_c(text));
}

bool listener_ensure(struct listeners *all, const struct control_cluster *cl, char **ca_pem,
                     char **ca_key_pem, char **endpoint, uint16_t *port, struct err *err)
{
    (void)lock_take(&all->lock);
    struct listener *l = hashmap_find(all->by_name, cl->name);
    (void)lock_give(&all->lock);
    if (!l) { // it is there when the transaction that started it is tried again
        l = listener_new(all, cl, err);
        if (!l)
            return false;
        (void)lock_take(&all->lock);
        hashmap_set(all->by_name, cl->name, l);
        (void)lock_give(&all->lock);
    }
    *port = http_server_port(l->server);
    *ca_pem = str_dup_c(str_from_c(l->ca_pem));
    *ca_key_pem = str_dup_c(str_from_c(l->ca_key_pem));
    *endpoint = endpoint_of(all, *port);
    if (*ca_pem && *ca_key_pem && *endpoint) {
        log_info("cluster", "listening", "cluster=%s endpoint=%s", l->name, *endpoint);
        return true;
    }
    mem_free(*ca_pem);
    mem_free(*ca_key_pem);
    mem_free(*endpoint);
    *ca_pem = *ca_key_pem = *endpoint = NULL;
    return no_memory(err);
}

void listener_drop(struct listeners *all, str name)
{
    (void)lock_take(&all->lock);
    struct listener *l = hashmap_remove(all->by_name, name);
    (void)lock_give(&all->lock);
    if (l && !queue_push_take(&all->dropped, &l->link))
        log_error("cluster", "listener_left", "cluster=%s", l->name); // after the end: cannot be
}

/* -- all -- */

static void *stopper_main(void *arg)
{
    struct listeners *all = arg;
    struct queue_link *link;
    while ((link = queue_pop(&all->dropped, -1)) != NULL) {
        struct listener *l = (struct listener *)(void *)link; // the link is its first member
        log_info("cluster", "listener_stopped", "cluster=%s", l->name);
        listener_free(l);
    }
    return NULL;
}

struct listeners *listeners_new(const struct listeners_options *o, struct err *err)
{
    struct listeners *all = mem_new(sizeof *all);
    all->kube = o->kube;
    all->sts = o->sts;
    all->port_first = o->port_first;
    all->port_last = o->port_last;
    all->account = str_dup_c(o->account);
    all->host = str_dup_c(o->host);
    all->advertise_host = str_dup_c(o->advertise_host.len > 0 ? o->advertise_host : o->host);
    all->by_name = hashmap_new();
    queue_init(&all->dropped);
    lock_init(&all->lock);
    if (!all->account || !all->host || !all->advertise_host)
        (void)no_memory(err);
    else
        all->running = thread_start(&all->stopper, THREAD_RUNTIME, stopper_main, all, err);
    if (all->running)
        return all;
    listeners_free(all);
    return NULL;
}

void listeners_free(struct listeners *all)
{
    str name;
    void *value;
    if (!all)
        return;
    queue_close(&all->dropped);
    if (all->running && pthread_join(all->stopper, NULL) != 0)
        log_error("cluster", "stopper_not_joined", "%s", "");
    for (size_t at = 0; hashmap_next(all->by_name, &at, &name, &value);)
        listener_free(value);
    hashmap_free(all->by_name);
    queue_release(&all->dropped);
    (void)lock_release(&all->lock);
    mem_free(all->account);
    mem_free(all->host);
    mem_free(all->advertise_host);
    mem_free(all);
}
