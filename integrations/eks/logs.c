/* The logs of a finished Job: every container of every pod of it, best effort.
 *
 *     list the Job's pods ──> for each container: GET …/log ──> {"pods":{p:{"containers":{c:{…}}}}}
 *
 * One request at a time, in the order of the list: the result does not depend on which is faster.
 * A log that cannot be read has "error" and "cause" in place of "log".
 * ASSUMPTION: error and cause have the form of a refused eks:call; init containers are left out. */
#include "base/mem.h"
#include "eks_private.h"
#include "net/url.h"

enum { TEXT_MAX_BYTES = 16 * 1024, LOG_ERROR_BYTES = 64 };

struct eks_logs {
    struct buf ns;
    json job, options;     /* options: LogOptions */
    json pods;             /* the list's items; ABSENT before it is there */
    size_t pod, container; /* the next to be read */
    json containers;       /* of the present pod, so far */
    json result;           /* finished pods */
    eks_logs_done *done;
};

static void read_next(struct task *t);

bool eks_flag(json parameters, str name)
{
    json v = json_get(parameters, name);
    return v.kind == JSON_TRUE || str_eq(json_str(v), STR("true"));
}

struct eks_logs *eks_logs_new(json job, json options, str ns)
{
    struct eks_logs *l = mem_new(sizeof *l);
    buf_init(&l->ns, TEXT_MAX_BYTES);
    buf_add(&l->ns, ns);
    l->job = json_ref(job);
    l->options = json_ref(options);
    l->containers = json_object(1);
    l->result = json_object(1);
    return l;
}

void eks_logs_free(struct eks_logs *l)
{
    if (!l)
        return;
    buf_release(&l->ns);
    json_unref(l->job);
    json_unref(l->options);
    json_unref(l->pods);
    json_unref(l->containers);
    json_unref(l->result);
    mem_free(l);
}

/* Gives {key: value}; ABSENT when memory fails. Takes value. */
static json object_of(str key, json value_taken)
{
    json object = json_object(1);
    if (json_put_take(&object, key, value_taken))
        return object;
    json_unref(object);
    return json_absent();
}

static void finish(struct task *t)
{
    struct eks_logs *l = eks_run_job_logs(t);
    json logs = object_of(STR("pods"), l->result);
    l->result = json_absent();
    l->done(t, logs);
}

/* One container's entry: {"log": …} or {"error","cause"}. Gives. */
static json entry_of(const struct eks_logs *l, const struct http_response *response)
{
    if (eks_is_success(response)) {
        json log = json_absent();
        struct err err = ERR_INIT;
        bool raw = eks_flag(l->options, STR("RawLogs"));
        if (raw || response->body.len == 0 || !json_parse(response->body, &log, &err)) {
            err_release(&err);
            log = json_string(response->body);
        }
        return object_of(STR("log"), json_is_absent(log) ? json_string(STR("")) : log);
    }
    json entry = json_object(2);
    json cause;
    json error;
    if (response->status == 0) {
        error = json_string(STR("EKS.SdkClientException"));
        cause = json_string(err_text(response->err));
    } else {
        error = json_printf("EKS.%d", response->status);
        json envelope = kubernetes_envelope(response, false);
        str text = json_text(envelope);
        cause = json_string(text);
        str_free(text);
        json_unref(envelope);
    }
    bool whole = json_put_take(&entry, STR("error"), error);
    whole = json_put_take(&entry, STR("cause"), cause) && whole;
    if (whole)
        return entry;
    json_unref(entry);
    return json_absent();
}

static json present_pod(const struct eks_logs *l)
{
    return json_at(l->pods, l->pod);
}

static str present_container(const struct eks_logs *l)
{
    json containers = json_get_path(present_pod(l), "spec", "containers", NULL);
    return json_str(json_get(json_at(containers, l->container), STR("name")));
}

/* Threads: io. */
static void log_read(struct task *t, const struct http_response *response)
{
    struct eks_logs *l = eks_run_job_logs(t);
    if (response->status == 0 && response->err->id == ERR_TOO_LARGE) {
        eks_fail_network(t, response, false); // past the quota whatever else there is
        return;
    }
    if (json_put_take(&l->containers, present_container(l), entry_of(l, response))) {
        l->container++;
        read_next(t);
    } else {
        task_failed(t, err_id_name(ERR_STATES_DATA_LIMIT_EXCEEDED),
                    STR("There is no memory for the logs of the Job."));
    }
}

static void request_log(struct task *t)
{
    struct eks_logs *l = eks_run_job_logs(t);
    json parameters = json_get(l->options, STR("LogParameters"));
    struct buf path, query;
    buf_init(&path, TEXT_MAX_BYTES);
    buf_init(&query, TEXT_MAX_BYTES);
    buf_add(&path, STR("/api/v1/namespaces/"));
    url_encode(buf_str(&l->ns), &path);
    buf_add(&path, STR("/pods/"));
    url_encode(json_str(json_get_path(present_pod(l), "metadata", "name", NULL)), &path);
    buf_add(&path, STR("/log"));
    // The container is ours to say: one request reads one log.
    json others = json_without(parameters, STR("container"));
    kubernetes_query(others, &query);
    json_unref(others);
    buf_add(&query, query.len ? STR("&container=") : STR("container="));
    url_encode(present_container(l), &query);
    eks_get(t, buf_str(&path), buf_str(&query), log_read);
    buf_release(&path);
    buf_release(&query);
}

/* A LogParameters of {"container": ["c"]} asks for the logs of that container alone. */
static bool container_is_wanted(const struct eks_logs *l, str name)
{
    json parameters = json_get(l->options, STR("LogParameters"));
    str only = json_str(json_at(json_get(parameters, STR("container")), 0));
    return !only.ptr || str_eq(only, name);
}

/* The present pod is read: it joins the result. False: no memory. */
static bool close_pod(struct eks_logs *l)
{
    json entry = object_of(STR("containers"), l->containers);
    l->containers = json_object(1);
    str name = json_str(json_get_path(present_pod(l), "metadata", "name", NULL));
    l->pod++;
    l->container = 0;
    return json_put_take(&l->result, name, entry);
}

static void read_next(struct task *t)
{
    struct eks_logs *l = eks_run_job_logs(t);
    while (l->pod < json_len(l->pods)) {
        json containers = json_get_path(present_pod(l), "spec", "containers", NULL);
        while (l->container < json_len(containers) && !container_is_wanted(l, present_container(l)))
            l->container++;
        if (l->container < json_len(containers)) {
            request_log(t);
            return;
        }
        if (!close_pod(l))
            break;
    }
    finish(t);
}

/* Threads: io. Without the list there is no log to read: the result then has no pods. */
static void pods_listed(struct task *t, const struct http_response *response)
{
    struct eks_logs *l = eks_run_job_logs(t);
    json list = json_absent();
    struct err err = ERR_INIT;
    if (eks_is_success(response) && json_parse(response->body, &list, &err))
        l->pods = json_ref(json_get(list, STR("items")));
    err_release(&err);
    json_unref(list);
    read_next(t);
}

/* Appends the Job's selector as a query: "labelSelector=a%3Db%2Cc%3Dd". */
static void add_selector(json job, struct buf *out)
{
    json labels = json_get_path(job, "spec", "selector", "matchLabels", NULL);
    buf_add(out, STR("labelSelector="));
    for (size_t i = 0; i < json_len(labels); i++) {
        if (i)
            buf_add(out, STR("%2C"));
        url_encode(json_key_at(labels, i), out);
        buf_add(out, STR("%3D"));
        url_encode(json_str(json_value_at(labels, i)), out);
    }
}

void eks_logs_read(struct task *t, eks_logs_done *done)
{
    struct eks_logs *l = eks_run_job_logs(t);
    l->done = done;
    struct buf path, query;
    buf_init(&path, TEXT_MAX_BYTES);
    buf_init(&query, TEXT_MAX_BYTES);
    buf_add(&path, STR("/api/v1/namespaces/"));
    url_encode(buf_str(&l->ns), &path);
    buf_add(&path, STR("/pods"));
    add_selector(l->job, &query);
    eks_get(t, buf_str(&path), buf_str(&query), pods_listed);
    buf_release(&path);
    buf_release(&query);
}
