/* The stack. Up: clock, store, HTTP, cluster, listener, integrations, engine, API. Down: first the
 * gate and the clock, so that nothing new begins; then who works, then what they work on. */
#include "stack.h"

#include "base/digest.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/rng.h"
#include "store/sql.h"

#include <stdio.h>
#include <stdlib.h>

enum {
    BODY_MAX_BYTES =
        8 * 1024 * 1024, /* above AWS's 1 MB: what is too long is told by its own name */
    IDLE_TIMEOUT_S = 120,
    METRICS_MAX_BYTES = 256 * 1024,
    STOP_GRACE_MS = 2000,
};

/* -- requests -- */

static void answer_text(struct http_exchange *x, int status, str type, str text)
{
    struct buf body;
    buf_init(&body, METRICS_MAX_BYTES);
    buf_add(&body, text);
    const struct http_header headers[] = {
        {STR("Content-Type"), type}
    };
    http_answer_take(x, status, headers, 1, buf_give(&body));
}

static void answer_metrics(struct stack *s, struct http_exchange *x)
{
    struct buf body;
    buf_init(&body, METRICS_MAX_BYTES);
    api_metrics(s->api, &body);
    const struct http_header headers[] = {
        {STR("Content-Type"), STR("text/plain; version=0.0.4")}
    };
    http_answer_take(x, 200, headers, 1, buf_give(&body));
}

static void route(struct stack *s, struct http_exchange *x)
{
    str path = http_path(x);
    if (str_eq(path, STR("/health")))
        answer_text(x, 200, STR("application/json"), STR("{\"status\":\"ok\"}"));
    else if (str_eq(path, STR("/metrics")))
        answer_metrics(s, x);
    else if (cluster_owns(path))
        cluster_handle_take(s->cluster, x);
    else if (str_eq(path, STR("/")) && str_eq(http_method(x), STR("POST")))
        api_handle_take(s->api, x);
    else
        answer_text(x, 404, STR("application/json"),
                    STR("{\"message\":\"stepd answers the Step Functions API at POST /, the EKS "
                        "API at /clusters, and /health and /metrics\"}"));
}

/* Threads: http. */
static void handle(void *context, struct http_exchange *x)
{
    struct stack *s = context;
    (void)pthread_rwlock_rdlock(&s->gate);
    if (s->open)
        route(s, x);
    else
        answer_text(x, 503, STR("application/json"),
                    STR("{\"__type\":\"ServiceUnavailable\",\"message\":\"stepd is starting or "
                        "stopping\"}"));
    (void)pthread_rwlock_unlock(&s->gate);
}

static void gate_set(struct stack *s, bool open)
{
    (void)pthread_rwlock_wrlock(&s->gate);
    s->open = open;
    (void)pthread_rwlock_unlock(&s->gate);
}

void stack_open(struct stack *s)
{
    gate_set(s, true);
}

/* -- up -- */

static bool start_clock(struct stack *s, const struct settings *settings, struct err *err)
{
    enum clock_kind kind;
    double factor;
    str text = settings->clock.len ? settings->clock : STR("real");
    if (!clock_kind_parse(text, &kind, &factor, err))
        return false;
    s->clock = clock_new(kind, factor, 0, err);
    s->skips = kind == CLOCK_SKIP;
    return s->clock != NULL;
}

static bool read_seed(struct stack *s, const struct settings *settings, struct err *err)
{
    int64_t seed;
    if (!settings->seed.len) {
        s->seed = rng_seed_from_system();
        return true;
    }
    if (!setting_integer(settings->seed, "--seed", 0, INT64_MAX, &seed, err))
        return false;
    s->seed = (uint64_t)seed;
    return true;
}

/* The secret that signs our sessions is kept: a token outlives a restart. */
struct secret {
    struct store_job job; /* first: the store gives it back */
    struct sts *sts;
    pthread_mutex_t lock; /* guards done, err */
    pthread_cond_t ended;
    bool done;
    struct err *err;
};

static bool secret_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct secret *secret = (struct secret *)job;
    bool found = false;
    struct buf kept;
    buf_init(&kept, (size_t)STS_SECRET_BYTES * 4);
    bool ok = store_meta_get(c, STR("sts-secret"), &kept, &found, err);
    str text = buf_str(&kept);
    if (ok && found && text.len == 2 * (size_t)STS_SECRET_BYTES) {
        sha256(text, secret->sts->secret); // any 32 bytes that follow from what is kept
    } else if (ok) {
        unsigned char bytes[STS_SECRET_BYTES];
        char hex[2 * STS_SECRET_BYTES + 1];
        struct rng rng;
        for (size_t i = 0; i < sizeof bytes; i += 8) { // each word from the system itself
            rng_seed(&rng, rng_seed_from_system());
            rng_bytes(&rng, bytes + i, 8);
        }
        hex_encode(bytes, sizeof bytes, hex);
        ok = store_meta_set(c, STR("sts-secret"), (str){hex, sizeof hex - 1}, err);
        sha256((str){hex, sizeof hex - 1}, secret->sts->secret);
    }
    buf_release(&kept);
    return ok;
}

static void secret_done(struct store_job *job, const struct err *err)
{
    struct secret *secret = (struct secret *)job;
    (void)lock_take(&secret->lock);
    if (err_is_set(err))
        err_copy(secret->err, err);
    secret->done = true;
    (void)cond_wake_one(&secret->ended);
    (void)lock_give(&secret->lock);
}

static bool load_secret(struct stack *s, struct err *err)
{
    struct secret secret = {
        .job = {.apply = secret_apply,
                .done = secret_done,
                .flags = STORE_SOON | STORE_MAY_FAIL | STORE_REFUSABLE},
        .sts = &s->sts,
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .ended = PTHREAD_COND_INITIALIZER,
        .err = err,
    };
    store_submit_take(s->store, &secret.job);
    (void)lock_take(&secret.lock);
    while (!secret.done)
        (void)cond_wait(&secret.ended, &secret.lock);
    (void)lock_give(&secret.lock);
    return !err_is_set(err);
}

static bool start_store(struct stack *s, const struct settings *settings, struct err *err)
{
    // Skipped time waits for commits: the sooner they come, the sooner it passes.
    struct store_options options = {
        .data_dir = settings->data_dir, .clock = s->clock, .eager = s->skips};
    if (!store_durability_parse(settings->durability, &options.durability))
        return err_set(err, ERR_BAD_SETTING, "--durability: '%.*s' is not full, normal or off",
                       STR_ARG(settings->durability));
    s->store = store_open(&options, err);
    s->sts.account = settings->account;
    return s->store && load_secret(s, err);
}

static bool read_ports(str text, uint16_t *first, uint16_t *last, struct err *err)
{
    int64_t from, to;
    str rest = text;
    str front = str_cut(&rest, '-');
    if (!str_to_int64(front, &from) || !rest.ptr || !str_to_int64(rest, &to) || from < 0 ||
        to < from || to > UINT16_MAX)
        return err_set(err, ERR_BAD_SETTING, "--kubernetes-ports: '%.*s' is not FIRST-LAST",
                       STR_ARG(text));
    *first = (uint16_t)from;
    *last = (uint16_t)to;
    return true;
}

static bool start_cluster(struct stack *s, const struct settings *settings, struct err *err)
{
    struct cluster_options options = {
        .store = s->store,
        .clock = s->clock,
        .sts = &s->sts,
        .region = settings->region,
        .account = settings->account,
        .host = settings->host,
        .advertise_host = settings->kubernetes_host,
        .kubernetes_version = settings->kubernetes_version,
        .pod_runtime = settings->pod_runtime,
        .seed = s->seed,
    };
    if (!setting_seconds_ms(settings->cluster_create_seconds, "--cluster-create-seconds",
                            &options.create_ms, err) ||
        !setting_seconds_ms(settings->cluster_delete_seconds, "--cluster-delete-seconds",
                            &options.delete_ms, err) ||
        !setting_seconds_ms(settings->pod_seconds, "--pod-seconds", &options.pod_duration_ms,
                            err) ||
        !read_ports(settings->kubernetes_ports, &options.port_first, &options.port_last, err))
        return false;
    s->cluster = cluster_start(&options, err);
    if (!s->cluster && err->id == ERR_BAD_SETTING) // the one setting it judges itself
        err_wrap(err, "--pod-runtime: ");
    return s->cluster != NULL;
}

static bool start_listener(struct stack *s, const struct settings *settings, struct err *err)
{
    int64_t port;
    if (!setting_integer(settings->port, "--port", 0, UINT16_MAX, &port, err))
        return false;
    const struct http_server_options options = {
        .host = settings->host,
        .port = (uint16_t)port,
        .max_body_bytes = BODY_MAX_BYTES,
        .idle_timeout_s = IDLE_TIMEOUT_S,
        .handler = handle,
        .context = s,
    };
    s->listener = http_server_start(&options, err);
    if (!s->listener)
        return false;
    // A listener on every address is reached on the loopback one.
    bool every = str_eq(settings->host, STR("0.0.0.0")) || str_eq(settings->host, STR("::"));
    bool bracketed = !every && str_find_char(settings->host, 0, ':') < settings->host.len;
    (void)snprintf(s->eks_endpoint, sizeof s->eks_endpoint, "http://%s%.*s%s:%u",
                   bracketed ? "[" : "", STR_ARG(every ? STR("127.0.0.1") : settings->host),
                   bracketed ? "]" : "", (unsigned)http_server_port(s->listener));
    return true;
}

/* An environment variable that every AWS SDK knows. */
static str variable(const char *name, const char *fallback)
{
    const char *value = getenv(name); // NOLINT(concurrency-mt-unsafe): nobody changes it
    return str_from_c(value && *value ? value : fallback);
}

static bool start_integrations(struct stack *s, const struct settings *settings, struct err *err)
{
    struct task_services services = {
        .clock = s->clock,
        .http = s->http,
        .sts = &s->sts,
        .region = settings->region,
        .account = settings->account,
        .eks_endpoint =
            settings->eks_endpoint.len ? settings->eks_endpoint : str_from_c(s->eks_endpoint),
        .s3 = {.endpoint = settings->s3_endpoint,
               .buckets = settings->s3_buckets,
               .access_key = variable("AWS_ACCESS_KEY_ID", "test"),
               .secret_key = variable("AWS_SECRET_ACCESS_KEY", "test"),
               .session_token = variable("AWS_SESSION_TOKEN", "")},
        .limits_off = s->limits_off,
    };
    bool aws;
    if (!setting_choice(settings->eks_clusters, "--eks-clusters", "auto", "strict",
                        &services.eks_auto_clusters, err) ||
        !setting_choice(settings->poll, "--poll", "aws", "fast", &aws, err))
        return false;
    services.poll = aws ? TASK_POLL_AWS : TASK_POLL_FAST;
    s->integrations = integrations_new(&services, err);
    return s->integrations != NULL;
}

static bool start_engine(struct stack *s, const struct settings *settings,
                         engine_observer *observer, void *observer_context, struct err *err)
{
    int64_t workers;
    if (!setting_integer(settings->workers, "--workers", 0, 256, &workers, err))
        return false;
    const struct engine_options options = {
        .clock = s->clock,
        .store = s->store,
        .integrations = s->integrations,
        .workers = (unsigned)workers,
        .seed = s->seed,
        .region = settings->region,
        .account = settings->account,
        .limits_off = s->limits_off,
        .observer = observer,
        .observer_context = observer_context,
    };
    s->engine = engine_new(&options, err);
    if (!s->engine)
        return false;
    const struct api_options api = {
        .engine = s->engine,
        .store = s->store,
        .clock = s->clock,
        .region = settings->region,
        .account = settings->account,
        .seed = s->seed,
        .limits_off = s->limits_off,
    };
    s->api = api_new(&api, err);
    return s->api != NULL;
}

bool stack_start(struct stack *s, const struct settings *settings, engine_observer *observer,
                 void *observer_context, struct err *err)
{
    *s = (struct stack){.gate = PTHREAD_RWLOCK_INITIALIZER};
    bool limits;
    bool ok = setting_choice(settings->limits, "--limits", "on", "off", &limits, err) &&
              read_seed(s, settings, err) && start_clock(s, settings, err);
    s->limits_off = ok && !limits;
    // What a recovered execution asks of the control plane must find it: requests are let in
    // before.
    ok = ok && start_store(s, settings, err) && (s->http = http_client_start(s->clock, err)) &&
         start_cluster(s, settings, err) && start_listener(s, settings, err) &&
         start_integrations(s, settings, err) &&
         start_engine(s, settings, observer, observer_context, err);
    if (ok) {
        stack_open(s);
        ok = engine_recover(s->engine, err);
    }
    if (!ok)
        stack_stop(s);
    return ok;
}

/* -- down -- */

void stack_stop(struct stack *s)
{
    gate_set(s, false);
    if (s->clock)
        clock_stop(s->clock);
    if (s->engine)
        engine_stop(s->engine);
    if (s->http)
        http_client_stop(s->http);
    if (s->cluster)
        cluster_stop(s->cluster);
    if (s->store)
        store_close(s->store);
    if (s->api)
        api_stop(s->api);
    if (s->listener)
        http_server_stop(s->listener, STOP_GRACE_MS);
    api_free(s->api);
    if (s->integrations)
        integrations_free(s->integrations);
    if (s->clock)
        clock_free(s->clock);
    (void)pthread_rwlock_destroy(&s->gate);
}
