/* eks:runJob and eks:runJob.sync: a Kubernetes Job made, awaited, its logs read.
 *
 *     find access ──> (again? look for the Job we made) ──> POST ──> submitted
 *                                                                     │  runJob ends here
 *     GET the Job, later and later ──> Complete ──> logs? ──> succeeded
 *                                  └─> Failed ───> logs? ──> failed, the Job as cause
 *
 * After a restart the Job must be found, not made twice. What was recorded with TaskSubmitted (its
 * namespace, name and uid) is enough; when the stop came between the request and the record, the
 * Job is known by its field manager, which is the task's id: Kubernetes keeps it with the object
 * (metadata.managedFields), and AWS adds nothing to a Job that we would have to imitate. */
#include "base/log.h"
#include "base/mem.h"
#include "eks_private.h"
#include "net/url.h"

enum { TEXT_MAX_BYTES = 4096, NETWORK_FAILURES_MAX = 3 };

struct run_job {
    struct eks_access access; /* first: eks_access_find looks for it there */
    json job;                 /* as it is to be made; later as it was last seen */
    struct buf ns;
    json recall;       /* {"Namespace","Name","Uid"} of the Job made; ABSENT before */
    int64_t since_ms;  /* when the wait began */
    unsigned in_a_row; /* polls that had no answer */
    struct eks_logs *logs;
};

static void poll(struct task *t);

static void state_free(void *state)
{
    struct run_job *r = state;
    eks_access_release(&r->access);
    json_unref(r->job);
    json_unref(r->recall);
    buf_release(&r->ns);
    eks_logs_free(r->logs);
    mem_free(r);
}

struct eks_logs *eks_run_job_logs(struct task *t)
{
    struct run_job *r = task_state(t);
    return r->logs;
}

static bool is_sync(const struct task *t)
{
    return task_resource_of(t)->sync;
}

/* Appends the name by which Kubernetes remembers who made the Job. */
static void add_manager(const struct task *t, struct buf *out)
{
    buf_add(out, STR("stepd-"));
    buf_add(out, task_request_of(t)->id);
}

static void add_jobs_path(const struct run_job *r, struct buf *out)
{
    buf_add(out, STR("/apis/batch/v1/namespaces/"));
    url_encode(buf_str(&r->ns), out);
    buf_add(out, STR("/jobs"));
}

static json recall_of(const struct run_job *r, json made)
{
    json recall = json_object(3);
    bool ok =
        json_put_take(&recall, STR("Namespace"), json_string(buf_str(&r->ns))) &&
        json_put_take(&recall, STR("Name"),
                      json_ref(json_get_path(made, "metadata", "name", NULL))) &&
        json_put_take(&recall, STR("Uid"), json_ref(json_get_path(made, "metadata", "uid", NULL)));
    if (!ok)
        log_warn("eks", "job-not-recorded", "namespace=%.*s", STR_ARG(buf_str(&r->ns)));
    return recall;
}

/* The Job is there (made now, or found again): tell of it, then wait for it or end. */
static void submitted(struct task *t, json envelope_taken)
{
    struct run_job *r = task_state(t);
    json made = json_get(envelope_taken, STR("ResponseBody"));
    if (!is_sync(t)) {
        task_succeeded(t, envelope_taken);
        return;
    }
    r->recall = recall_of(r, made);
    r->since_ms = clock_now_ms(task_services_of(t)->clock);
    task_submitted(t, envelope_taken, json_ref(r->recall));
    task_after(t, eks_poll_delay_ms(t, r->since_ms), poll);
}

/* Threads: io. */
static void posted(struct task *t, const struct http_response *response)
{
    if (response->status == 0)
        eks_fail_network(t, response, true);
    else if (eks_is_success(response))
        submitted(t, kubernetes_envelope(response, true));
    else
        eks_fail_kubernetes(t, response, true);
}

static void post(struct task *t)
{
    struct run_job *r = task_state(t);
    struct buf path, query;
    buf_init(&path, TEXT_MAX_BYTES);
    buf_init(&query, TEXT_MAX_BYTES);
    add_jobs_path(r, &path);
    buf_add(&query, STR("fieldManager="));
    add_manager(t, &query);
    const struct kubernetes_request request = {
        .method = STR("POST"),
        .path = buf_str(&path),
        .query = buf_str(&query),
        .content_type = STR("application/json"),
        .body_taken = json_text(r->job),
    };
    eks_request(t, &request, posted);
    buf_release(&path);
    buf_release(&query);
}

/* What the POST would have answered, for a Job that it made before a restart. Gives. */
static json envelope_of_found(json job)
{
    json envelope = json_object(3);
    bool ok = json_put_take(&envelope, STR("ResponseBody"), json_ref(job)) &&
              json_put_take(&envelope, STR("StatusCode"), json_integer(201)) &&
              json_put_take(&envelope, STR("StatusText"), json_string(STR("Created")));
    return ok ? envelope : json_absent();
}

/* Threads: io. The Jobs of the namespace: is one of them ours? */
static void listed(struct task *t, const struct http_response *response)
{
    struct err err = ERR_INIT;
    json list = json_absent();
    if (response->status == 0) {
        eks_fail_network(t, response, true);
        return;
    }
    if (!eks_is_success(response) || !json_parse(response->body, &list, &err)) {
        err_release(&err);
        eks_fail_kubernetes(t, response, true);
        return;
    }
    struct buf manager;
    buf_init(&manager, TEXT_MAX_BYTES);
    add_manager(t, &manager);
    json items = json_get(list, STR("items"));
    json ours = json_absent();
    for (size_t i = 0; i < json_len(items) && json_is_absent(ours); i++)
        if (kubernetes_managed_by(json_at(items, i), buf_str(&manager)))
            ours = json_at(items, i);
    buf_release(&manager);
    if (json_is_absent(ours)) {
        post(t);
    } else {
        log_info("eks", "job-found-again", "job=%.*s execution=%.*s",
                 STR_ARG(json_str(json_get_path(ours, "metadata", "name", NULL))),
                 STR_ARG(task_request_of(t)->execution_arn));
        submitted(t, envelope_of_found(ours));
    }
    json_unref(list);
}

static void look_for_ours(struct task *t)
{
    struct run_job *r = task_state(t);
    struct buf path;
    buf_init(&path, TEXT_MAX_BYTES);
    add_jobs_path(r, &path);
    eks_get(t, buf_str(&path), STR(""), listed);
    buf_release(&path);
}

/* The Job has come to its end, and its logs are there if they were wanted. Takes logs. */
static void finished(struct task *t, json logs_taken)
{
    struct run_job *r = task_state(t);
    json result =
        json_is_absent(logs_taken) ? json_ref(r->job) : json_with(r->job, STR("logs"), logs_taken);
    if (kubernetes_condition_holds(r->job, STR("Complete")))
        task_succeeded(t, result);
    else
        eks_fail_with_value(t, result);
}

static void finish(struct task *t)
{
    struct run_job *r = task_state(t);
    json options = json_get(task_request_of(t)->parameters, STR("LogOptions"));
    if (!eks_flag(options, STR("RetrieveLogs"))) {
        finished(t, json_absent());
        return;
    }
    r->logs = eks_logs_new(r->job, options, buf_str(&r->ns));
    eks_logs_read(t, finished);
}

/* A poll that had no answer is tried again: the Job runs on whatever we hear of it. */
static void poll_failed(struct task *t, const struct http_response *response)
{
    struct run_job *r = task_state(t);
    if (++r->in_a_row >= NETWORK_FAILURES_MAX)
        eks_fail_poll(t, response, eks_fail_kubernetes);
    else
        task_after(t, eks_poll_delay_ms(t, r->since_ms), poll);
}

/* Threads: io. */
static void polled(struct task *t, const struct http_response *response)
{
    struct run_job *r = task_state(t);
    struct err err = ERR_INIT;
    json job = json_absent();
    if (response->status == 0 || response->status >= 500) {
        poll_failed(t, response);
        return;
    }
    r->in_a_row = 0;
    if (!eks_is_success(response) || !json_parse(response->body, &job, &err)) {
        err_release(&err);
        eks_fail_kubernetes(t, response, false);
        return;
    }
    json_unref(r->job);
    r->job = job;
    if (kubernetes_condition_holds(job, STR("Complete")) ||
        kubernetes_condition_holds(job, STR("Failed")))
        finish(t);
    else
        task_after(t, eks_poll_delay_ms(t, r->since_ms), poll);
}

static void poll(struct task *t)
{
    struct run_job *r = task_state(t);
    struct buf path;
    buf_init(&path, TEXT_MAX_BYTES);
    add_jobs_path(r, &path);
    buf_add_char(&path, '/');
    url_encode(json_str(json_get(r->recall, STR("Name"))), &path);
    eks_get(t, buf_str(&path), STR(""), polled);
    buf_release(&path);
}

/* The API is found: the first step, or the next one after a restart. */
static void begin_found(struct task *t)
{
    struct run_job *r = task_state(t);
    if (!json_is_absent(r->recall))
        poll(t);
    else if (task_request_of(t)->again)
        look_for_ours(t);
    else
        post(t);
}

/* Job may be JSON or its text. Gives it in r; false: the text is not JSON. */
static bool read_job(struct run_job *r, json parameters, struct err *err)
{
    json job = json_get(parameters, STR("Job"));
    if (job.kind != JSON_STRING) {
        r->job = json_ref(job);
        return true;
    }
    return json_parse(json_str(job), &r->job, err);
}

void eks_run_job_begin(struct task *t)
{
    const struct task_request *request = task_request_of(t);
    struct run_job *r = mem_new(sizeof *r);
    buf_init(&r->ns, TEXT_MAX_BYTES);
    task_state_set_take(t, r, state_free);
    str ns = STR_NONE;
    if (!json_get_str(request->parameters, STR("Namespace"), &ns) || ns.len == 0)
        ns = STR("default");
    buf_add(&r->ns, ns);
    r->since_ms = clock_now_ms(task_services_of(t)->clock);
    if (request->recall.kind == JSON_OBJECT)
        r->recall = json_ref(request->recall);
    struct err err = ERR_INIT;
    if (read_job(r, request->parameters, &err)) {
        eks_access_find(t, begin_found);
        return;
    }
    struct buf cause;
    buf_init(&cause, TEXT_MAX_BYTES);
    buf_printf(&cause, "The value of the field 'Job' is not JSON: %.*s", STR_ARG(err_text(&err)));
    task_submit_failed(t, err_id_name(ERR_STATES_RUNTIME), buf_str(&cause));
    buf_release(&cause);
    err_release(&err);
}
