/* A pod's status as Kubernetes writes it, from the containers' states, and back after a restart.
 * Source: core/v1 PodStatus, ContainerStatus. */
#include "base/digest.h"
#include "jobs_private.h"

#include <stdio.h>

enum { ID_TEXT_MAX_BYTES = 2 * SHA256_BYTES + 16 };

enum pod_phase pod_phase_of(json object)
{
    str phase = json_str(json_get_path(object, "status", "phase", NULL));
    if (str_eq(phase, STR("Running")))
        return POD_RUNNING;
    if (str_eq(phase, STR("Succeeded")))
        return POD_SUCCEEDED;
    return str_eq(phase, STR("Failed")) ? POD_FAILED : POD_PENDING;
}

static const char *phase_name(enum pod_phase phase)
{
    static const char *const names[] = {"Pending", "Running", "Succeeded", "Failed"};
    return names[phase];
}

/* -- containers -- */

static void container_id(const struct pod *p, const struct container *c, unsigned run,
                         char out[ID_TEXT_MAX_BYTES])
{
    unsigned char bytes[SHA256_BYTES];
    char text[512], hex[2 * SHA256_BYTES + 1];
    int len = snprintf(text, sizeof text, "%s/%.*s/%u", p->uid, STR_ARG(c->name), run);
    sha256((str){text, (size_t)len < sizeof text ? (size_t)len : sizeof text - 1}, bytes);
    hex_encode(bytes, sizeof bytes, hex);
    (void)snprintf(out, ID_TEXT_MAX_BYTES, "stepd://%s", hex);
}

static json wrap(const char *key, json v_taken)
{
    json o = json_object(1);
    json_build_put(&o, str_from_c(key), v_taken);
    return o;
}

static json terminated(const struct pod *p, const struct container *c, const struct ended *e)
{
    json t = json_object(6);
    char id[ID_TEXT_MAX_BYTES];
    container_id(p, c, e->run, id);
    json_build_put(&t, STR("exitCode"), json_integer(e->exit_code));
    json_build_put(&t, STR("reason"), json_string(str_from_c(e->reason)));
    if (e->message && str_utf8_valid(str_from_c(e->message)))
        json_build_put(&t, STR("message"), json_string(str_from_c(e->message)));
    json_build_put(&t, STR("startedAt"), json_time(e->started_ms));
    json_build_put(&t, STR("finishedAt"), json_time(e->finished_ms));
    json_build_put(&t, STR("containerID"), json_string(str_from_c(id)));
    return wrap("terminated", t);
}

static json waiting(const struct container *c, bool before_init)
{
    json w = json_object(2);
    json_build_put(&w, STR("reason"),
                   json_string(c->crashed    ? STR("CrashLoopBackOff")
                               : before_init ? STR("PodInitializing")
                                             : STR("ContainerCreating")));
    if (c->crashed)
        json_build_put(&w, STR("message"),
                       json_string(STR("back-off restarting failed container")));
    return wrap("waiting", w);
}

static json state_of(const struct pod *p, const struct container *c)
{
    switch (c->state) {
    case CONTAINER_RUNNING: {
        json running = json_object(1);
        json_build_put(&running, STR("startedAt"), json_time(c->started_ms));
        return wrap("running", running);
    }
    case CONTAINER_ENDED: return terminated(p, c, &c->ended);
    case CONTAINER_WAITING: break;
    }
    return waiting(c, p->init_count > 0 && !c->init);
}

static bool container_ready(const struct container *c)
{
    if (c->init)
        return c->state == CONTAINER_ENDED && c->ended.exit_code == 0;
    return c->state == CONTAINER_RUNNING;
}

static json container_status(const struct pod *p, const struct container *c)
{
    json s = json_object(9);
    char id[ID_TEXT_MAX_BYTES] = "";
    if (c->state != CONTAINER_WAITING)
        container_id(p, c, c->restarts, id);
    else if (c->last.is)
        container_id(p, c, c->last.run, id);
    json_build_put(&s, STR("name"), json_string(c->name));
    json_build_put(&s, STR("state"), state_of(p, c));
    json_build_put(&s, STR("lastState"), c->last.is ? terminated(p, c, &c->last) : json_object(0));
    json_build_put(&s, STR("ready"), json_bool(container_ready(c)));
    json_build_put(&s, STR("restartCount"), json_integer(c->restarts));
    json_build_put(&s, STR("image"), json_string(get_str(c->spec, STR("image"))));
    json_build_put(&s, STR("imageID"), json_string(get_str(c->spec, STR("image"))));
    if (id[0])
        json_build_put(&s, STR("containerID"), json_string(str_from_c(id)));
    json_build_put(&s, STR("started"), json_bool(c->state == CONTAINER_RUNNING));
    return s;
}

static json container_statuses(const struct pod *p, size_t from, size_t to)
{
    json list = json_array(to - from);
    for (size_t i = from; i < to; i++)
        json_build_push(&list, container_status(p, &p->containers[i]));
    return list;
}

/* -- conditions -- */

static void condition_add(json *list, json old, const char *type, bool is, const char *reason,
                          int64_t now_ms)
{
    json c = json_object(5), since = json_absent();
    for (size_t i = 0; i < json_len(old); i++)
        if (str_eq(get_str(json_at(old, i), STR("type")), str_from_c(type)) &&
            str_eq(get_str(json_at(old, i), STR("status")), is ? STR("True") : STR("False")))
            since = json_get(json_at(old, i), STR("lastTransitionTime"));
    json_build_put(&c, STR("type"), json_string(str_from_c(type)));
    json_build_put(&c, STR("status"), json_string(is ? STR("True") : STR("False")));
    json_build_put(&c, STR("lastProbeTime"), json_null());
    json_build_put(&c, STR("lastTransitionTime"),
                   since.kind == JSON_STRING ? json_ref(since) : json_time(now_ms));
    if (!is && reason)
        json_build_put(&c, STR("reason"), json_string(str_from_c(reason)));
    json_build_push(list, c);
}

static json conditions(const struct pod *p, enum pod_phase phase, int64_t now_ms)
{
    json old = json_get_path(p->object, "status", "conditions", NULL), list = json_array(5);
    bool initialized = true, ready = phase == POD_RUNNING;
    for (size_t i = 0; i < p->containers_count; i++) {
        if (i < p->init_count)
            initialized = initialized && container_ready(&p->containers[i]);
        else
            ready = ready && container_ready(&p->containers[i]);
    }
    const char *why = phase == POD_SUCCEEDED ? "PodCompleted"
                      : phase == POD_FAILED  ? "PodFailed"
                                             : "ContainersNotReady";
    bool over = phase == POD_SUCCEEDED || phase == POD_FAILED;
    condition_add(&list, old, "PodReadyToStartContainers", !over, NULL, now_ms);
    condition_add(&list, old, "Initialized", initialized, "ContainersNotInitialized", now_ms);
    condition_add(&list, old, "Ready", ready, why, now_ms);
    condition_add(&list, old, "ContainersReady", ready, why, now_ms);
    condition_add(&list, old, "PodScheduled", true, NULL, now_ms);
    return list;
}

static json ips(const char *text)
{
    json list = json_array(1);
    json_build_push(&list, wrap("ip", json_string(str_from_c(text))));
    return list;
}

json pod_status(const struct jobs *j, const struct pod *p, enum pod_phase phase, int64_t now_ms)
{
    static const char host_ip[] = "10.0.0.10";
    json s = json_object(14), qos = json_get_path(p->object, "status", "qosClass", NULL);
    unsigned char bytes[SHA256_BYTES];
    char ip[32];
    (void)j;
    sha256(str_from_c(p->uid), bytes); // an address of its own as far as anyone can tell
    (void)snprintf(ip, sizeof ip, "10.%u.%u.%u", 1u + bytes[0] % 250u, (unsigned)bytes[1],
                   1u + bytes[2] % 250u);
    json_build_put(&s, STR("phase"), json_string(str_from_c(phase_name(phase))));
    json_build_put(&s, STR("conditions"), conditions(p, phase, now_ms));
    if (p->reason) {
        json_build_put(&s, STR("message"), json_string(str_from_c(p->reason_text)));
        json_build_put(&s, STR("reason"), json_string(str_from_c(p->reason)));
    }
    json_build_put(&s, STR("hostIP"), json_string(STR("10.0.0.10")));
    json_build_put(&s, STR("hostIPs"), ips(host_ip));
    json_build_put(&s, STR("podIP"), json_string(str_from_c(ip)));
    json_build_put(&s, STR("podIPs"), ips(ip));
    json_build_put(&s, STR("startTime"), json_time(p->start_ms));
    if (p->init_count > 0)
        json_build_put(&s, STR("initContainerStatuses"), container_statuses(p, 0, p->init_count));
    json_build_put(&s, STR("containerStatuses"),
                   container_statuses(p, p->init_count, p->containers_count));
    json_build_put(&s, STR("qosClass"),
                   qos.kind == JSON_STRING ? json_ref(qos) : json_string(STR("BestEffort")));
    return s;
}

/* -- and back -- */

static const char *reason_known(str reason)
{
    static const char *const known[] = {"Completed", "Error", "StartError"};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (str_eq(reason, str_from_c(known[i])))
            return known[i];
    return "Error";
}

static void ended_load(struct ended *e, json t, unsigned run)
{
    int64_t code = 0;
    if (t.kind != JSON_OBJECT)
        return;
    (void)json_get_int64(t, STR("exitCode"), &code);
    str message = get_str(t, STR("message"));
    *e = (struct ended){.is = true,
                        .exit_code = (int)code,
                        .reason = reason_known(get_str(t, STR("reason"))),
                        .started_ms = time_of(json_get(t, STR("startedAt"))),
                        .finished_ms = time_of(json_get(t, STR("finishedAt"))),
                        .message = message.len > 0 ? str_dup_c(message) : NULL,
                        .run = run};
}

static void container_load(struct container *c, json statuses)
{
    json s = json_absent();
    int64_t restarts = 0;
    for (size_t i = 0; i < json_len(statuses); i++)
        if (str_eq(get_str(json_at(statuses, i), STR("name")), c->name))
            s = json_at(statuses, i);
    (void)json_get_int64(s, STR("restartCount"), &restarts);
    c->restarts = (unsigned)restarts;
    json state = json_get(s, STR("state")), running = json_get(state, STR("running"));
    if (running.kind == JSON_OBJECT) {
        c->state = CONTAINER_RUNNING;
        c->started_ms = time_of(json_get(running, STR("startedAt")));
    }
    ended_load(&c->ended, json_get(state, STR("terminated")), c->restarts);
    if (c->ended.is)
        c->state = CONTAINER_ENDED;
    json last = json_get_path(s, "lastState", "terminated", NULL);
    // A container that waits with an end behind it waits for its back-off to be run again.
    c->crashed = c->state == CONTAINER_WAITING && last.kind == JSON_OBJECT;
    ended_load(&c->last, last, c->crashed ? c->restarts : c->restarts - 1);
}

void pod_containers_load(struct pod *p)
{
    json init = json_get_path(p->first, "spec", "initContainers", NULL);
    json main = json_get_path(p->first, "spec", "containers", NULL);
    json status = json_get(p->first, STR("status"));
    size_t count = json_len(init) + json_len(main);
    p->start_ms = time_of(json_get(status, STR("startTime")));
    if (count == 0 || count > POD_CONTAINERS_MAX)
        return;
    p->containers = mem_new(count * sizeof *p->containers);
    p->containers_count = count;
    p->init_count = json_len(init);
    for (size_t i = 0; i < count; i++) {
        struct container *c = &p->containers[i];
        c->init = i < p->init_count;
        c->spec = c->init ? json_at(init, i) : json_at(main, i - p->init_count);
        c->name = get_str(c->spec, STR("name"));
        container_load(
            c, json_get(status, c->init ? STR("initContainerStatuses") : STR("containerStatuses")));
    }
}
