/* The kubelet's part: runs every pod's containers and writes what becomes of them into its status.
 *
 *     container:  WAITING --start--> RUNNING --ends--> ENDED
 *                    ^                  |
 *                    +---- back-off ----+   restartPolicy wants it again
 *
 * Init containers run one after the other, then all others at once. The pod's status is made afresh
 * from the containers at every change; one write is under way at a time, and what changed meanwhile
 * is in the next. A container's log is in the store before its end is told.
 *
 * Source: kubernetes.io, "Pod Lifecycle"; restart back-off: the first restart at once, then after
 * 10 s, 20 s … up to 5 min. */
#include "base/log.h"
#include "jobs_private.h"

#include <stdio.h>

enum {
    RESTART_FIRST_MS = 10 * MS_PER_S,
    RESTART_LAST_MS = 300 * MS_PER_S,
};

static str policy_of(const struct pod *p)
{
    return json_str(json_get_path(p->first, "spec", "restartPolicy", NULL));
}

str container_annotation(const struct pod *p, const struct container *c, str name)
{
    json annotations = json_get_path(p->first, "metadata", "annotations", NULL);
    char key[256];
    int len = snprintf(key, sizeof key, "stepd.dev/%.*s.%.*s", STR_ARG(name), STR_ARG(c->name));
    json own = json_absent();
    if (len > 0 && (size_t)len < sizeof key)
        own = json_get(annotations, (str){key, (size_t)len});
    if (own.kind == JSON_STRING)
        return json_str(own);
    len = snprintf(key, sizeof key, "stepd.dev/%.*s", STR_ARG(name));
    return get_str(annotations, (str){key, (size_t)len});
}

static void event(struct jobs *j, const struct pod *p, const char *component, const char *reason,
                  const char *text)
{
    kube_event(j->kube, p->cluster, p->object, str_from_c(component), STR("Normal"),
               str_from_c(reason), str_from_c(text));
}

/* -- writing -- */

static bool mutate_status(void *context, json object, json *out, struct err *err)
{
    const struct op *op = context;
    str uid = json_str(json_get_path(object, "metadata", "uid", NULL));
    if (!str_eq(uid, str_from_c(op->uid)))
        return true; // another pod of that name
    json spec =
        json_with(json_get(object, STR("spec")), STR("nodeName"), json_string(STR(POD_NODE_NAME)));
    json placed = json_with(object, STR("spec"), spec);
    json changed = json_with(placed, STR("status"), json_ref(op->a));
    json_unref(placed);
    if (json_is_absent(changed))
        return err_set(err, ERR_NO_MEMORY, "no memory for a pod's status");
    *out = changed;
    return true;
}

static void pod_write(struct jobs *j, struct pod *p);

static void after_write(struct jobs *j, struct op *op)
{
    struct pod *p = pod_of_serial(j, op->serial);
    if (!p)
        return;
    p->writing = false;
    if (op->err != ERR_NONE && op->err != ERR_EKS_NOT_FOUND) {
        log_warn("jobs", "write_failed", "cluster=%.*s pod=%.*s/%.*s error=\"%s\"",
                 STR_ARG(p->cluster), STR_ARG(p->ns), STR_ARG(p->name),
                 op->err_text ? op->err_text : "");
        p->writing = p->dirty = true; // until the timer
        p->retry = timer_arm(j, clock_now_ms(j->clock) + RETRY_MS, p->serial, TIMER_POD_WRITE);
        return;
    }
    if (p->dirty)
        pod_write(j, p);
}

static enum pod_phase phase_now(const struct pod *p)
{
    bool running = false, failed = p->killed;
    if (p->over) {
        for (size_t i = 0; i < p->containers_count; i++)
            failed = failed || !p->containers[i].ended.is || p->containers[i].ended.exit_code != 0;
        return failed ? POD_FAILED : POD_SUCCEEDED;
    }
    // Init containers are part of Pending. Source: kubernetes.io, "Pod Lifecycle", phases.
    for (size_t i = p->init_count; i < p->containers_count; i++)
        running =
            running || p->containers[i].state != CONTAINER_WAITING || p->containers[i].last.is;
    return running ? POD_RUNNING : POD_PENDING;
}

static void pod_write(struct jobs *j, struct pod *p)
{
    p->dirty = p->writing;
    if (p->writing || j->frozen)
        return;
    json status = pod_status(j, p, phase_now(p), clock_now_ms(j->clock));
    if (json_is_absent(status)) { // no memory
        p->writing = p->dirty = true;
        p->retry = timer_arm(j, clock_now_ms(j->clock) + RETRY_MS, p->serial, TIMER_POD_WRITE);
        return;
    }
    p->writing = true;
    struct op *op = op_new(j, p->serial, p->uid, after_write);
    op->a = status;
    kube_update(j->kube, p->cluster, STR("pods"), p->ns, p->name, mutate_status, op_done, op);
}

/* -- containers -- */

static void after_log(struct jobs *j, struct op *op)
{
    int64_t run = 0;
    (void)json_to_int64(op->b, &run);
    str cluster = json_str(json_at(op->a, 0)), container = json_str(json_at(op->a, 1));
    live_log_close(j, cluster, str_from_c(op->uid), container, (unsigned)run);
}

/* The log goes to the store; until it is there it is read as that of a running container. */
static void log_keep(struct jobs *j, struct pod *p, const struct container *c)
{
    if (p->over) { // gone: the store keeps no log of it
        live_log_close(j, p->cluster, str_from_c(p->uid), c->name, c->restarts);
        return;
    }
    str text = live_log_text(j, p, c->name);
    if (!text.ptr)
        return;
    struct op *op = op_new(j, p->serial, p->uid, after_log);
    op->a = json_array(2);
    json_build_push(&op->a, json_string(p->cluster));
    json_build_push(&op->a, json_string(c->name));
    op->b = json_integer(c->restarts);
    kube_log_set_take(j->kube, p->cluster, str_from_c(p->uid), c->name, text, op_done, op);
}

static void ended_release(struct ended *e)
{
    mem_free(e->message);
    *e = (struct ended){0};
}

static void container_start(struct jobs *j, struct pod *p, struct container *c, bool resumed)
{
    struct err err = ERR_INIT;
    if (!resumed) {
        if (c->crashed)
            c->restarts++;
        c->crashed = false;
        c->state = CONTAINER_RUNNING;
        c->started_ms = clock_now_ms(j->clock);
    }
    live_log_open(j, p, c->name, c->restarts);
    if (!j->runtime->start(j, p, c, resumed, &err)) {
        char *why = str_dup_c(err_text(&err));
        err_release(&err);
        container_ended(j, p, c, START_ERROR_EXIT_CODE, "StartError", why);
        return;
    }
    if (!resumed) {
        char text[320];
        (void)snprintf(text, sizeof text, "Started container %.*s", STR_ARG(c->name));
        event(j, p, "kubelet", "Started", text);
    }
}

static bool wants_restart(const struct pod *p, const struct container *c, int exit_code)
{
    str policy = policy_of(p);
    if (p->killed)
        return false;
    if (c->init)
        return exit_code != 0 && !str_eq(policy, STR("Never"));
    return str_eq(policy, STR("Always")) || (exit_code != 0 && str_eq(policy, STR("OnFailure")));
}

static void restart_later(struct jobs *j, struct pod *p, struct container *c)
{
    int64_t delay_ms = c->restarts == 0 ? 0 : RESTART_FIRST_MS;
    for (unsigned i = 1; i < c->restarts && delay_ms < RESTART_LAST_MS; i++)
        delay_ms *= 2;
    if (delay_ms > RESTART_LAST_MS)
        delay_ms = RESTART_LAST_MS;
    size_t at = (size_t)(c - p->containers);
    c->generation++;
    c->timer =
        timer_arm(j, c->last.finished_ms + delay_ms, p->serial, (uint64_t)c->generation << 32 | at);
}

/* The pod is over when all its containers are, or an init container has failed for good. */
static bool is_over(const struct pod *p)
{
    for (size_t i = 0; i < p->init_count; i++)
        if (p->containers[i].state == CONTAINER_ENDED && p->containers[i].ended.exit_code != 0)
            return true;
    for (size_t i = 0; i < p->containers_count; i++) {
        const struct container *c = &p->containers[i];
        if (c->state == CONTAINER_RUNNING || (c->state == CONTAINER_WAITING && !p->killed))
            return false;
    }
    return true;
}

/* Starts what may start; after any container's end. */
static void pod_go_on(struct jobs *j, struct pod *p)
{
    for (size_t i = 0; i < p->init_count && !p->killed; i++) {
        struct container *c = &p->containers[i];
        if (c->state == CONTAINER_WAITING && !c->crashed)
            container_start(j, p, c, false); // if it ends at once, this runs again inside
        if (c->state != CONTAINER_ENDED || c->ended.exit_code != 0)
            break;
    }
    bool ready = !p->killed;
    for (size_t i = 0; i < p->init_count; i++)
        ready = ready && p->containers[i].state == CONTAINER_ENDED &&
                p->containers[i].ended.exit_code == 0;
    for (size_t i = p->init_count; i < p->containers_count && ready; i++)
        if (p->containers[i].state == CONTAINER_WAITING && !p->containers[i].crashed)
            container_start(j, p, &p->containers[i], false);
    if (!p->over && is_over(p)) {
        p->over = true;
        timer_cancel(j, &p->deadline);
    }
    pod_write(j, p);
}

void container_ended(struct jobs *j, struct pod *p, struct container *c, int exit_code,
                     const char *reason, char *message_taken)
{
    if (c->state != CONTAINER_RUNNING || j->frozen) {
        mem_free(message_taken);
        return;
    }
    log_keep(j, p, c);
    ended_release(&c->ended);
    c->ended = (struct ended){.is = true,
                              .exit_code = exit_code,
                              .started_ms = c->started_ms,
                              .finished_ms = clock_now_ms(j->clock),
                              .reason = reason,
                              .message = message_taken,
                              .run = c->restarts};
    if (wants_restart(p, c, exit_code)) {
        ended_release(&c->last);
        c->last = c->ended;
        c->ended = (struct ended){0};
        c->state = CONTAINER_WAITING;
        c->crashed = true;
        restart_later(j, p, c);
    } else {
        c->state = CONTAINER_ENDED;
    }
    pod_go_on(j, p);
}

/* -- pods -- */

static void pod_kill(struct jobs *j, struct pod *p, bool at_once)
{
    p->killed = true;
    for (size_t i = 0; i < p->containers_count; i++) {
        struct container *c = &p->containers[i];
        if (c->state == CONTAINER_RUNNING) {
            j->runtime->kill(j, p, c, at_once);
        } else if (c->crashed) {
            timer_cancel(j, &c->timer);
            c->generation++;
        }
    }
    if (!p->over)
        pod_go_on(j, p);
}

static void deadline_arm(struct jobs *j, struct pod *p)
{
    int64_t seconds = 0;
    if (json_get_int64(json_get(p->first, STR("spec")), STR("activeDeadlineSeconds"), &seconds) &&
        seconds > 0 && seconds < INT64_MAX / MS_PER_S / 2)
        p->deadline = timer_arm(j, p->start_ms + seconds * MS_PER_S, p->serial, TIMER_POD_DEADLINE);
}

/* After a restart of the server: what ran goes on, or is run again. */
static void containers_resume(struct jobs *j, struct pod *p)
{
    for (size_t i = 0; i < p->containers_count; i++) {
        struct container *c = &p->containers[i];
        if (c->state == CONTAINER_RUNNING && j->runtime->survives) {
            container_start(j, p, c, true);
        } else if (c->state == CONTAINER_RUNNING) {
            log_warn("jobs", "container_run_again", "cluster=%.*s pod=%.*s/%.*s container=%.*s",
                     STR_ARG(p->cluster), STR_ARG(p->ns), STR_ARG(p->name), STR_ARG(c->name));
            c->state = CONTAINER_WAITING;
        } else if (c->crashed) {
            restart_later(j, p, c);
        }
    }
}

/* Takes the pod up: the first time it is seen here. */
static void pod_adopt(struct jobs *j, struct pod *p)
{
    p->adopted = true;
    p->first = json_ref(p->object);
    if (p->phase == POD_SUCCEEDED || p->phase == POD_FAILED) {
        p->over = true;
        return;
    }
    pod_containers_load(p);
    bool fresh = p->start_ms < 0;
    if (fresh) {
        char text[KEY_MAX_BYTES];
        p->start_ms = clock_now_ms(j->clock);
        (void)snprintf(text, sizeof text, "Successfully assigned %.*s/%.*s to %s", STR_ARG(p->ns),
                       STR_ARG(p->name), POD_NODE_NAME);
        event(j, p, "default-scheduler", "Scheduled", text);
    }
    deadline_arm(j, p);
    if (p->containers_count == 0) { // too many
        p->reason = "NotSupported";
        p->reason_text = "stepd runs no pod of so many containers";
        p->killed = p->over = true;
        pod_write(j, p);
        return;
    }
    containers_resume(j, p);
    pod_go_on(j, p);
}

void pod_advance(struct jobs *j, struct pod *p)
{
    if (j->frozen)
        return;
    if (!p->adopted)
        pod_adopt(j, p);
    if (p->deleting && !p->over && !p->killed)
        pod_kill(j, p, false);
}

void pod_gone(struct jobs *j, struct pod *p)
{
    p->over = true; // nothing more is written of it
    p->writing = true;
    if (!p->killed)
        pod_kill(j, p, true);
}

void pod_timer_fired(struct jobs *j, struct pod *p, uint64_t what)
{
    size_t at = (size_t)(what & UINT32_MAX);
    if (j->frozen)
        return;
    if (what == TIMER_POD_WRITE) {
        p->retry = 0;
        p->writing = false;
        pod_write(j, p);
    } else if (what == TIMER_POD_DEADLINE) {
        p->deadline = 0;
        if (p->over)
            return;
        p->reason = "DeadlineExceeded";
        p->reason_text = "Pod was active on the node longer than the specified deadline";
        pod_kill(j, p, false);
    } else if (at < p->containers_count && p->containers[at].generation == what >> 32) {
        struct container *c = &p->containers[at];
        c->timer = 0;
        if (c->state == CONTAINER_WAITING && !p->killed) {
            container_start(j, p, c, false);
            pod_write(j, p);
        } else if (c->state == CONTAINER_RUNNING) {
            j->runtime->due(j, p, c);
        }
    }
}

void pod_freeze(struct jobs *j, struct pod *p)
{
    timer_cancel(j, &p->deadline);
    timer_cancel(j, &p->retry);
    for (size_t i = 0; i < p->containers_count; i++)
        timer_cancel(j, &p->containers[i].timer);
}

void pod_release(struct jobs *j, struct pod *p)
{
    pod_freeze(j, p);
    for (size_t i = 0; i < p->containers_count; i++) {
        struct container *c = &p->containers[i];
        ended_release(&c->ended);
        ended_release(&c->last);
    }
    mem_free(p->containers);
    json_unref(p->first);
    json_unref(p->object);
    mem_free(p);
}
