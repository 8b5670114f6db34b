/* The room's life: what is in the store is loaded, then one thread does everything.
 *
 * Order of the start: observe, load, run. A change between observing and loading is in the inbox
 * and newer or the same; loading acts on what it finds (kube_* calls go out), and their answers
 * wait in the inbox until the thread runs. Order of the end: what runs is killed, calls under way
 * are awaited by the running thread, then the thread ends. Writes of others must have ended before
 * (the listeners stopped), for the observer's context is freed; one more round through the writer
 * makes sure that its last call has returned. */
#include "base/lock.h"
#include "base/log.h"
#include "jobs_private.h"

#include <sys/eventfd.h>
#include <unistd.h>

/* -- what the kube room tells -- */

struct change {
    struct message message; /* first */
    enum kube_change change;
    bool is_pod;
    size_t cluster_len;
    json object;
    char cluster[];
};

static void change_handle(struct jobs *j, struct message *m)
{
    struct change *c = (struct change *)(void *)m;
    cache_change(j, c->change, (str){c->cluster, c->cluster_len}, c->is_pod, c->object);
    json_unref(c->object);
    mem_free(c);
}

static void on_change(void *context, enum kube_change change, str cluster, str resource,
                      json object)
{
    struct jobs *j = context;
    bool is_pod = str_eq(resource, STR("pods"));
    if (!is_pod && !str_eq(resource, STR("jobs")))
        return;
    struct change *c = mem_new(sizeof *c + cluster.len + 1);
    c->message.handle = change_handle;
    c->change = change;
    c->is_pod = is_pod;
    c->cluster_len = cluster.len;
    c->object = json_ref(object);
    memcpy(c->cluster, cluster.ptr, cluster.len);
    message_post(j, &c->message);
}

static bool load_pod(void *context, str cluster, json object, struct err *err)
{
    (void)err;
    cache_change(context, KUBE_ADDED, cluster, true, object);
    return true;
}

static bool load_job(void *context, str cluster, json object, struct err *err)
{
    (void)err;
    cache_change(context, KUBE_ADDED, cluster, false, object);
    return true;
}

/* -- the thread -- */

static void *runtime_main(void *arg)
{
    struct jobs *j = arg;
    bool going = true;
    while (going) {
        processes_wait(j);
        going = inbox_run(j);
    }
    return NULL;
}

static void freeze_handle(struct jobs *j, struct message *m)
{
    j->frozen = true; // what was running is run again, or goes on, after a restart
    processes_kill_all(j);
    cache_freeze(j);
    mem_free(m);
}

/* -- life -- */

static void jobs_free(struct jobs *j)
{
    cache_release(j);
    live_logs_release(j);
    if (j->wake_fd >= 0)
        (void)close(j->wake_fd);
    (void)lock_release(&j->lock);
    (void)lock_release(&j->log_lock);
    (void)cond_release(&j->quiet);
    mem_free(j);
}

static struct jobs *jobs_new(const struct jobs_options *options, const struct runtime *runtime)
{
    struct jobs *j = mem_new(sizeof *j);
    j->kube = options->kube;
    j->clock = options->clock;
    j->seed = options->seed;
    j->runtime = runtime;
    j->simulated_duration_ms = options->simulated_duration_ms;
    lock_init(&j->lock);
    lock_init(&j->log_lock);
    cond_init(&j->quiet);
    j->live_logs = hashmap_new();
    j->jobs_by_key = hashmap_new();
    j->jobs_by_uid = hashmap_new();
    j->jobs_by_serial = hashmap_new();
    j->pods_by_key = hashmap_new();
    j->pods_by_uid = hashmap_new();
    j->pods_by_serial = hashmap_new();
    return j;
}

struct jobs *jobs_start(const struct jobs_options *options, struct err *err)
{
    const struct runtime *runtime = runtime_find(options->runtime);
    if (!runtime) {
        (void)err_set(err, ERR_BAD_SETTING, "'%.*s' is no pod runtime: simulated or process",
                      STR_ARG(options->runtime));
        return NULL;
    }
    struct jobs *j = jobs_new(options, runtime);
    j->wake_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (j->wake_fd < 0) {
        (void)err_set_errno(err, ERR_SYSTEM, "eventfd");
        jobs_free(j);
        return NULL;
    }
    clock_hold(j->clock); // time stands until what is in the store has been taken up
    kube_observe(j->kube, on_change, j);
    kube_live_logs(j->kube, live_log_read, j);
    j->frozen = true; // a Job must not be judged before its pods are there
    bool ok = kube_list(j->kube, STR(""), STR("jobs"), STR(""), load_job, j, err) &&
              kube_list(j->kube, STR(""), STR("pods"), STR(""), load_pod, j, err);
    if (ok)
        cache_begin(j);
    struct err why = ERR_INIT;
    // The thread is needed for the end as well: it takes what is under way to its end.
    j->running = thread_start(&j->thread, THREAD_RUNTIME, runtime_main, j, &why);
    if (!j->running && ok)
        err_move(err, &why);
    err_release(&why);
    clock_release(j->clock);
    if (ok && j->running)
        return j;
    jobs_stop(j);
    return NULL;
}

/* No Job and no pod: the answer only tells that the writer has come past everything before. */
static bool leave(void *context, json object, json *out, struct err *err)
{
    (void)context;
    (void)object;
    (void)out;
    (void)err;
    return true;
}

void jobs_stop(struct jobs *j)
{
    if (!j)
        return;
    if (j->running) {
        struct message *m = mem_new(sizeof *m);
        m->handle = freeze_handle;
        message_post(j, m);
        jobs_wait_quiet(j);
        struct op *op = op_new(j, 0, "", NULL);
        kube_update(j->kube, STR(""), STR("pods"), STR(""), STR(""), leave, op_done, op);
        jobs_wait_quiet(j);
        (void)lock_take(&j->lock);
        j->stopping = true;
        uint64_t one = 1;
        ssize_t written = write(j->wake_fd, &one, sizeof one);
        (void)lock_give(&j->lock);
        if (written < 0)
            log_error("jobs", "not_woken", "fd=%d", j->wake_fd);
        int rc = pthread_join(j->thread, NULL);
        if (rc != 0)
            log_error("jobs", "not_joined", "errno=%d", rc);
    }
    jobs_free(j);
}
