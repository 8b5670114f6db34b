/* The Job controller: brings each Job nearer to what its spec wants, as Kubernetes' own does.
 *
 * A sync looks at the Job and its pods in the cache, decides everything, and sends the writes that
 * follow; until all of them are answered the Job is not looked at again, so that no decision is
 * made twice. What ended is counted in steps that survive a crash between any two:
 *
 *     pod ends -> its uid in status.uncountedTerminatedPods (with FailureTarget,
 * SuccessCriteriaMet)
 *              -> its finalizer batch.kubernetes.io/job-tracking goes
 *              -> succeeded or failed grows by one, the uid leaves (with Complete, Failed)
 *
 * Invariants:
 * 1. A pod is counted exactly once: from the moment it exists until it is counted it is tracked,
 * and a tracked pod cannot vanish.
 * 2. Complete and Failed are written only when nothing is uncounted and nothing terminates.
 * 3. FailureTarget, once written, is not judged again.
 * Source: k8s.io/kubernetes, pkg/controller/job/job_controller.go (1.31). */
#include "base/digest.h"
#include "base/log.h"
#include "plan_private.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    BACKOFF_FIRST_MS = 10 * MS_PER_S, /* Source: Kubernetes docs, "Pod backoff failure policy" */
    BACKOFF_LAST_MS = 6 * 60 * MS_PER_S,
    NAME_BASE_MAX_BYTES = 58, /* Source: apiserver names.go, maxGeneratedNameLength less 5 */
    SUFFIX_BYTES = 5,
    NAME_MAX_BYTES = 80,
};

static bool is_terminal(const struct pod *p)
{
    return p->phase == POD_SUCCEEDED || p->phase == POD_FAILED;
}

static bool is_active(const struct pod *p)
{
    return !is_terminal(p) && !p->deleting;
}

/* -- writes -- */

static void retry_later(struct jobs *j, struct job *job)
{
    timer_cancel(j, &job->timer);
    job->generation++;
    job->timer = timer_arm(j, clock_now_ms(j->clock) + RETRY_MS, job->serial,
                           (uint64_t)job->generation << 32 | TIMER_JOB);
}

/* What an op's result is: a change of what is no longer in the cache comes after its end. */
enum about { ABOUT_JOB, ABOUT_POD, ABOUT_NEW_POD, ABOUT_NOTHING };

static bool is_news(struct jobs *j, const struct op *op, enum about about)
{
    if (op->err != ERR_NONE || op->result.kind != JSON_OBJECT)
        return false;
    str uid = json_str(json_get_path(op->result, "metadata", "uid", NULL));
    switch (about) {
    case ABOUT_JOB: return str_eq(uid, str_from_c(op->uid));
    case ABOUT_POD: return pod_of_uid(j, uid) != NULL;
    case ABOUT_NEW_POD: return true;
    case ABOUT_NOTHING: return false;
    }
    return false;
}

/* The end of every write for a Job; op->result is the newest of the object. */
static void job_op_after(struct jobs *j, struct op *op, enum about about)
{
    struct job *job = job_of_serial(j, op->serial);
    if (!job)
        return;
    job->in_flight--;
    if (op->err != ERR_NONE && op->err != ERR_EKS_NOT_FOUND) {
        log_warn("jobs", "write_failed", "cluster=%.*s job=%.*s/%.*s error=\"%s\"",
                 STR_ARG(job->cluster), STR_ARG(job->ns), STR_ARG(job->name),
                 op->err_text ? op->err_text : "");
        retry_later(j, job);
        return;
    }
    str cluster = job->cluster;
    if (is_news(j, op, about))
        cache_change(j, KUBE_MODIFIED, cluster, about != ABOUT_JOB, op->result);
    job = job_of_serial(j, op->serial); // the change may have ended it
    if (job)
        job_sync(j, job);
}

static void after_job_write(struct jobs *j, struct op *op)
{
    job_op_after(j, op, ABOUT_JOB);
}

static void after_pod_write(struct jobs *j, struct op *op)
{
    job_op_after(j, op, ABOUT_POD);
}

static void after_pod_delete(struct jobs *j, struct op *op)
{
    job_op_after(j, op, ABOUT_NOTHING); // the observer tells what became of it
}

/* NULL: nobody's to be told. */
static struct op *job_op(struct jobs *j, struct job *job, const char *uid,
                         void (*after)(struct jobs *, struct op *))
{
    struct op *op = op_new(j, job ? job->serial : 0, uid, after);
    if (job)
        job->in_flight++;
    return op;
}

static bool is_of_uid(json object, const char *uid)
{
    return str_eq(json_str(json_get_path(object, "metadata", "uid", NULL)), str_from_c(uid));
}

static bool out_or_no_memory(json made, json *out, struct err *err)
{
    if (json_is_absent(made))
        return err_set(err, ERR_NO_MEMORY, "no memory for an object's change");
    *out = made;
    return true;
}

static bool mutate_status(void *context, json object, json *out, struct err *err)
{
    const struct op *op = context;
    if (!is_of_uid(object, op->uid))
        return true; // another Job of that name: leave it
    return out_or_no_memory(json_with(object, STR("status"), json_ref(op->a)), out, err);
}

static bool mutate_untrack(void *context, json object, json *out, struct err *err)
{
    const struct op *op = context;
    json metadata = json_get(object, STR("metadata"));
    json old = json_get(metadata, STR("finalizers")), list = json_array(json_len(old));
    if (!is_of_uid(object, op->uid)) {
        json_unref(list);
        return true;
    }
    for (size_t i = 0; i < json_len(old); i++)
        if (!str_eq(json_str(json_at(old, i)), STR("batch.kubernetes.io/job-tracking")))
            json_build_push(&list, json_ref(json_at(old, i)));
    json changed;
    if (!json_is_absent(list) && json_len(list) == 0) {
        json_unref(list);
        changed = json_without(metadata, STR("finalizers"));
    } else {
        changed = json_with(metadata, STR("finalizers"), list);
    }
    return out_or_no_memory(json_with(object, STR("metadata"), changed), out, err);
}

void pod_untrack(struct jobs *j, struct pod *p, struct job *awaits)
{
    struct op *op = job_op(j, awaits, p->uid, awaits ? after_pod_write : NULL);
    p->tracked = false; // asked for once
    kube_update(j->kube, p->cluster, STR("pods"), p->ns, p->name, mutate_untrack, op_done, op);
}

static void pod_delete(struct jobs *j, struct job *job, const struct pod *p)
{
    char text[KEY_MAX_BYTES];
    struct op *op = job_op(j, job, p->uid, after_pod_delete);
    kube_delete(j->kube, p->cluster, STR("pods"), p->ns, p->name, KUBE_BACKGROUND, op_done, op);
    (void)snprintf(text, sizeof text, "Deleted pod: %.*s", STR_ARG(p->name));
    kube_event(j->kube, job->cluster, job->object, STR("job-controller"), STR("Normal"),
               STR("SuccessfulDelete"), str_from_c(text));
}

/* -- counting -- */

/* Takes up the uids of one list of uncountedTerminatedPods: those whose pods are no longer tracked
 * are counted now, the others are kept in *kept and their pods marked. */
static int64_t fold(struct jobs *j, json uids, json *kept, size_t *uncounted)
{
    int64_t counted = 0;
    for (size_t i = 0; i < json_len(uids); i++) {
        struct pod *p = pod_of_uid(j, json_str(json_at(uids, i)));
        if (p && p->tracked) {
            p->marked = true;
            json_build_push(kept, json_ref(json_at(uids, i)));
            ++*uncounted;
        } else {
            counted++;
        }
    }
    return counted;
}

static void count_pod(struct plan *plan, struct pod *p)
{
    bool failed = p->phase == POD_FAILED || (p->deleting && p->phase != POD_SUCCEEDED &&
                                             (!plan->spec.replace_failed_only || plan->failing));
    if (is_active(p)) {
        plan->active++;
        plan->ready += p->ready;
    } else if (!is_terminal(p)) {
        plan->terminating++;
    }
    if (!p->tracked || p->marked || plan->uncounted >= JOB_UNCOUNTED_MAX)
        return;
    if (p->phase == POD_SUCCEEDED) {
        index_set_add(&plan->completed, p->index);
        json_build_push(&plan->uncounted_succeeded, json_string(str_from_c(p->uid)));
        plan->uncounted++;
    } else if (failed) {
        json_build_push(&plan->uncounted_failed, json_string(str_from_c(p->uid)));
        plan->new_failed++;
        plan->uncounted++;
    }
}

static void plan_count(struct jobs *j, struct job *job, struct plan *plan)
{
    json old = json_get(plan->status, STR("uncountedTerminatedPods"));
    (void)json_get_int64(plan->status, STR("succeeded"), &plan->succeeded);
    (void)json_get_int64(plan->status, STR("failed"), &plan->failed);
    plan->uncounted_succeeded = json_array(0);
    plan->uncounted_failed = json_array(0);
    if (plan->spec.indexed)
        index_set_read(&plan->completed, get_str(plan->status, STR("completedIndexes")),
                       (size_t)plan->spec.completions);
    for (size_t i = 0; i < job->pods_count; i++)
        job->pods[i]->marked = false;
    plan->succeeded +=
        fold(j, json_get(old, STR("succeeded")), &plan->uncounted_succeeded, &plan->uncounted);
    plan->failed +=
        fold(j, json_get(old, STR("failed")), &plan->uncounted_failed, &plan->uncounted);
    for (size_t i = 0; i < job->pods_count; i++)
        count_pod(plan, job->pods[i]);
    if (plan->spec.indexed) // an index counts once, whatever its pods did
        plan->succeeded =
            (int64_t)plan->completed.count - (int64_t)json_len(plan->uncounted_succeeded);
    if (plan->succeeded < 0)
        plan->succeeded = 0;
    plan->failed_total = plan->failed + (int64_t)json_len(plan->uncounted_failed);
    plan->succeeded_total = plan->spec.indexed
                                ? (int64_t)plan->completed.count
                                : plan->succeeded + (int64_t)json_len(plan->uncounted_succeeded);
}

/* -- judging -- */

static bool restarts_exceeded(const struct job *job, const struct plan *plan)
{
    int64_t restarts = 0;
    if (!plan->spec.restarts_in_place)
        return false;
    for (size_t i = 0; i < job->pods_count; i++)
        if (!is_terminal(job->pods[i]))
            restarts += job->pods[i]->restarts;
    return plan->spec.backoff_limit == 0 ? restarts > 0 : restarts >= plan->spec.backoff_limit;
}

static void fail(struct plan *plan, const char *reason, const char *text)
{
    plan->failing = true;
    plan->failure = (struct verdict){reason, str_from_c(text)};
}

static void wake_at(struct plan *plan, int64_t at_ms)
{
    if (at_ms < plan->wake_ms)
        plan->wake_ms = at_ms;
}

static bool deadline_passed(struct plan *plan)
{
    if (plan->spec.deadline_s < 0 || plan->spec.suspend || plan->start_ms < 0 ||
        plan->spec.deadline_s > INT64_MAX / MS_PER_S / 2)
        return false;
    int64_t at_ms = plan->start_ms + plan->spec.deadline_s * MS_PER_S;
    if (plan->now_ms >= at_ms)
        return true;
    wake_at(plan, at_ms);
    return false;
}

static bool is_complete(const struct plan *plan)
{
    if (plan->active > 0)
        return false;
    if (plan->spec.completions < 0)
        return plan->succeeded_total > 0;
    return plan->succeeded_total >= plan->spec.completions;
}

static void plan_judge(const struct job *job, struct plan *plan)
{
    const struct job_spec *spec = &plan->spec;
    json success = condition_of(plan->status, STR("SuccessCriteriaMet"));
    json failure = condition_of(plan->status, STR("FailureTarget"));
    if (is_true(success)) {
        plan->succeeding = true;
    } else if (is_true(failure)) {
        plan->failing = true;
    } else if (spec->unsupported) {
        (void)snprintf(plan->text, sizeof plan->text,
                       "the Job controller of stepd does not support spec.%s", spec->unsupported);
        fail(plan, "NotSupported", plan->text);
    } else if (plan->failed_total > spec->backoff_limit || restarts_exceeded(job, plan)) {
        fail(plan, "BackoffLimitExceeded", "Job has reached the specified backoff limit");
    } else if (deadline_passed(plan)) {
        fail(plan, "DeadlineExceeded", "Job was active longer than specified deadline");
    } else if (!spec->suspend && is_complete(plan)) {
        plan->succeeding = true;
        plan->success = (struct verdict){"CompletionsReached",
                                         STR("Reached expected number of succeeded pods")};
    }
}

/* A Job that fails counts every pod that has not ended as failed. */
static void plan_fail_active(const struct job *job, struct plan *plan)
{
    for (size_t i = 0; i < job->pods_count; i++) {
        struct pod *p = job->pods[i];
        if (is_terminal(p) || !p->tracked || p->marked || plan->uncounted >= JOB_UNCOUNTED_MAX)
            continue;
        bool listed = p->deleting && !plan->spec.replace_failed_only; // count_pod did
        if (listed)
            continue;
        json_build_push(&plan->uncounted_failed, json_string(str_from_c(p->uid)));
        plan->uncounted++;
    }
}

/* -- making and deleting pods -- */

/* After the n-th failure in a row 10 s, 20 s, 40 s … from its end; -1: at once. */
static int64_t retry_at_ms(const struct job *job)
{
    int64_t last_success = -1, last_failure = -1;
    unsigned in_a_row = 0;
    for (size_t i = 0; i < job->pods_count; i++)
        if (job->pods[i]->phase == POD_SUCCEEDED && job->pods[i]->finished_ms > last_success)
            last_success = job->pods[i]->finished_ms;
    for (size_t i = 0; i < job->pods_count; i++) {
        const struct pod *p = job->pods[i];
        if (p->phase != POD_FAILED || p->finished_ms <= last_success)
            continue;
        in_a_row++;
        if (p->finished_ms > last_failure)
            last_failure = p->finished_ms;
    }
    if (in_a_row == 0)
        return -1;
    int64_t delay_ms = BACKOFF_FIRST_MS;
    for (unsigned i = 1; i < in_a_row && delay_ms < BACKOFF_LAST_MS; i++)
        delay_ms *= 2;
    return last_failure + (delay_ms < BACKOFF_LAST_MS ? delay_ms : BACKOFF_LAST_MS);
}

/* The name of a Job's n-th pod: random to look at, and the same in every run of a seed. */
static void pod_name(const struct jobs *j, struct job *job, int64_t index, char out[NAME_MAX_BYTES])
{
    static const char letters[] = "bcdfghjklmnpqrstvwxz2456789"; // Source: apimachinery, util/rand
    char text[UID_MAX_BYTES + 64], base[NAME_MAX_BYTES];
    unsigned char bytes[SHA256_BYTES];
    int len =
        snprintf(text, sizeof text, "%" PRIu64 "/%s/%" PRIu64, j->seed, job->uid, job->named++);
    sha256((str){text, (size_t)len}, bytes);
    char suffix[SUFFIX_BYTES + 1];
    for (size_t i = 0; i < SUFFIX_BYTES; i++)
        suffix[i] = letters[bytes[i] % (sizeof letters - 1)];
    suffix[SUFFIX_BYTES] = 0;
    int name_len =
        job->name.len < NAME_BASE_MAX_BYTES - 1 ? (int)job->name.len : NAME_BASE_MAX_BYTES - 1;
    if (index >= 0)
        (void)snprintf(base, sizeof base, "%.*s-%" PRId64, name_len, job->name.ptr, index);
    else
        (void)snprintf(base, sizeof base, "%.*s", name_len, job->name.ptr);
    (void)snprintf(out, NAME_MAX_BYTES, "%.*s-%s", NAME_BASE_MAX_BYTES - 1, base, suffix);
}

static void after_create(struct jobs *j, struct op *op)
{
    struct job *job = job_of_serial(j, op->serial);
    char text[KEY_MAX_BYTES];
    if (job && op->err == ERR_NONE) {
        str name = json_str(json_get_path(op->result, "metadata", "name", NULL));
        (void)snprintf(text, sizeof text, "Created pod: %.*s", STR_ARG(name));
        kube_event(j->kube, job->cluster, job->object, STR("job-controller"), STR("Normal"),
                   STR("SuccessfulCreate"), str_from_c(text));
    } else if (job && op->err == ERR_CONFLICT) {
        op->err = ERR_NONE; // the name was taken: the next sync takes another
    } else if (job) {
        (void)snprintf(text, sizeof text, "Error creating: %s", op->err_text ? op->err_text : "");
        kube_event(j->kube, job->cluster, job->object, STR("job-controller"), STR("Warning"),
                   STR("FailedCreate"), str_from_c(text));
        if (op->err == ERR_EKS_NOT_FOUND) // its namespace goes: no reason to count on it
            op->err = ERR_INTERNAL;
    }
    job_op_after(j, op, ABOUT_NEW_POD);
}

static void pod_create(struct jobs *j, struct job *job, int64_t index)
{
    char name[NAME_MAX_BYTES];
    pod_name(j, job, index, name);
    struct op *op = job_op(j, job, job->uid, after_create);
    kube_create(j->kube, job->cluster, STR("pods"), job->ns,
                job_pod_new(job, str_from_c(name), index), op_done, op);
}

/* The lowest index at or after *from that is neither completed nor being run. */
static int64_t next_index(const struct plan *plan, const struct index_set *taken, int64_t *from)
{
    while (*from < plan->spec.completions &&
           (index_set_has(&plan->completed, *from) || index_set_has(taken, *from)))
        ++*from;
    return (*from)++;
}

static void create_pods(struct jobs *j, struct job *job, struct plan *plan, int64_t count)
{
    int64_t at_ms = retry_at_ms(job);
    if (plan->now_ms < at_ms) {
        wake_at(plan, at_ms);
        return;
    }
    if (count > JOB_CREATES_MAX)
        count = JOB_CREATES_MAX; // the answers bring the next sync
    struct index_set taken = {0};
    if (plan->spec.indexed) {
        index_set_read(&taken, STR(""), (size_t)plan->spec.completions);
        for (size_t i = 0; i < job->pods_count; i++)
            if (is_active(job->pods[i]))
                index_set_add(&taken, job->pods[i]->index);
    }
    int64_t from = 0;
    for (int64_t i = 0; i < count; i++) {
        int64_t index = plan->spec.indexed ? next_index(plan, &taken, &from) : -1;
        if (index >= plan->spec.completions && plan->spec.indexed)
            break;
        pod_create(j, job, index);
        plan->created++;
    }
    index_set_release(&taken);
}

/* Ends pods that are not wanted, the youngest first; they are not counted. */
static void release_pods(struct jobs *j, struct job *job, struct plan *plan, int64_t count)
{
    for (size_t i = job->pods_count; i-- > 0 && count > 0;) {
        struct pod *p = job->pods[i];
        if (!is_active(p))
            continue;
        if (p->tracked)
            pod_untrack(j, p, job);
        pod_delete(j, job, p);
        plan->deleted++;
        count--;
    }
}

static void plan_pods(struct jobs *j, struct job *job, struct plan *plan)
{
    const struct job_spec *spec = &plan->spec;
    int64_t want = spec->parallelism;
    if (spec->suspend)
        want = 0;
    else if (spec->completions < 0)
        want = plan->succeeded_total > 0 ? plan->active : spec->parallelism;
    else if (spec->completions - plan->succeeded_total < want)
        want = spec->completions - plan->succeeded_total;
    if (want < 0)
        want = 0;
    int64_t there = plan->active + (spec->replace_failed_only ? plan->terminating : 0);
    if (plan->active > want)
        release_pods(j, job, plan, plan->active - want);
    else if (there < want)
        create_pods(j, job, plan, want - there);
}

/* -- writing the status -- */

static void event(struct jobs *j, const struct job *job, bool good, const char *reason, str text)
{
    kube_event(j->kube, job->cluster, job->object, STR("job-controller"),
               good ? STR("Normal") : STR("Warning"), str_from_c(reason), text);
}

/* Tells of what the new status has and the old had not. */
static void events_of(struct jobs *j, const struct job *job, json old, json new)
{
    json failed = condition_of(new, STR("FailureTarget"));
    json suspended = condition_of(new, STR("Suspended"));
    if (is_true(condition_of(new, STR("Complete"))) && !is_true(condition_of(old, STR("Complete"))))
        event(j, job, true, "Completed", STR("Job completed"));
    if (is_true(failed) && !is_true(condition_of(old, STR("FailureTarget")))) {
        char reason[64];
        (void)snprintf(reason, sizeof reason, "%.*s", STR_ARG(get_str(failed, STR("reason"))));
        event(j, job, false, reason, get_str(failed, STR("message")));
    }
    if (!json_is_absent(suspended) &&
        is_true(suspended) != is_true(condition_of(old, STR("Suspended"))))
        event(j, job, true, is_true(suspended) ? "Suspended" : "Resumed",
              get_str(suspended, STR("message")));
}

static void write_status(struct jobs *j, struct job *job, json status_taken)
{
    json old = json_get(job->object, STR("status"));
    if (json_equal(old, status_taken)) {
        json_unref(status_taken);
        return;
    }
    events_of(j, job, old, status_taken);
    struct op *op = job_op(j, job, job->uid, after_job_write);
    op->a = status_taken;
    kube_update(j->kube, job->cluster, STR("jobs"), job->ns, job->name, mutate_status, op_done, op);
}

/* -- the sync -- */

/* What the stored status lists as uncounted, and is still tracked, may let go of its pods now. */
static void untrack_listed(struct jobs *j, struct job *job, json status)
{
    static const char *const lists[] = {"succeeded", "failed"};
    json old = json_get(status, STR("uncountedTerminatedPods"));
    for (size_t l = 0; l < 2; l++) {
        json uids = json_get(old, str_from_c(lists[l]));
        for (size_t i = 0; i < json_len(uids); i++) {
            struct pod *p = pod_of_uid(j, json_str(json_at(uids, i)));
            if (p && p->tracked)
                pod_untrack(j, p, job);
        }
    }
}

static void delete_active(struct jobs *j, struct job *job)
{
    for (size_t i = 0; i < job->pods_count; i++)
        if (is_active(job->pods[i]))
            pod_delete(j, job, job->pods[i]);
}

static void job_arm(struct jobs *j, struct job *job, int64_t at_ms)
{
    timer_cancel(j, &job->timer);
    job->generation++;
    if (at_ms != INT64_MAX)
        job->timer = timer_arm(j, at_ms, job->serial, (uint64_t)job->generation << 32 | TIMER_JOB);
}

static void after_ttl(struct jobs *j, struct op *op)
{
    struct job *job = job_of_serial(j, op->serial);
    if (!job)
        return;
    job->in_flight--;
    if (op->err != ERR_NONE && op->err != ERR_EKS_NOT_FOUND)
        retry_later(j, job);
}

/* A Job that is over: what is left of its pods' tracking goes, and at its time the Job itself. */
static void sync_over(struct jobs *j, struct job *job, const struct job_spec *spec, json end)
{
    int64_t ended_ms = time_of(json_get(end, STR("lastTransitionTime")));
    for (size_t i = 0; i < job->pods_count; i++)
        if (job->pods[i]->tracked)
            pod_untrack(j, job->pods[i], job);
    job_arm(j, job, INT64_MAX); // a deadline that is of no concern any more
    if (spec->ttl_s < 0 || ended_ms < 0 || spec->ttl_s > INT64_MAX / MS_PER_S / 2)
        return;
    int64_t at_ms = ended_ms + spec->ttl_s * MS_PER_S;
    if (clock_now_ms(j->clock) < at_ms) {
        job_arm(j, job, at_ms);
        return;
    }
    struct op *op = job_op(j, job, job->uid, after_ttl);
    kube_delete(j->kube, job->cluster, STR("jobs"), job->ns, job->name, KUBE_FOREGROUND, op_done,
                op);
}

static void plan_start(struct plan *plan)
{
    plan->start_ms = time_of(json_get(plan->status, STR("startTime")));
    if (plan->spec.suspend)
        plan->start_ms = -1;
    else if (plan->start_ms < 0)
        plan->start_ms = plan->now_ms;
}

static void plan_release(struct plan *plan)
{
    json_unref(plan->uncounted_succeeded);
    json_unref(plan->uncounted_failed);
    index_set_release(&plan->completed);
}

static void sync_running(struct jobs *j, struct job *job, const struct job_spec *spec)
{
    struct plan plan = {.spec = *spec, .wake_ms = INT64_MAX, .now_ms = clock_now_ms(j->clock)};
    json stored = json_ref(job->object); // a change of the cache must not take it away
    plan.status = json_get(stored, STR("status"));
    plan.failing = is_true(condition_of(plan.status, STR("FailureTarget")));
    plan_start(&plan);
    plan_count(j, job, &plan);
    plan_judge(job, &plan);
    if (plan.failing)
        plan_fail_active(job, &plan);
    untrack_listed(j, job, plan.status);
    if (is_true(condition_of(plan.status, STR("FailureTarget"))))
        delete_active(j, job);
    else if (!plan.failing && !plan.succeeding)
        plan_pods(j, job, &plan);
    json status = plan_status(&plan);
    if (json_is_absent(status))
        retry_later(j, job); // no memory
    else
        write_status(j, job, status);
    if (!json_is_absent(status))
        job_arm(j, job, plan.wake_ms);
    plan_release(&plan);
    json_unref(stored);
}

static void sync_deleting(struct jobs *j, struct job *job)
{
    for (size_t i = 0; i < job->pods_count; i++)
        if (job->pods[i]->tracked)
            pod_untrack(j, job->pods[i], job);
}

void job_sync(struct jobs *j, struct job *job)
{
    struct job_spec spec;
    if (job->in_flight > 0 || j->frozen)
        return; // its answer comes here again
    job_spec_read(job->object, &spec);
    if (spec.foreign)
        return;
    json status = json_get(job->object, STR("status"));
    json complete = condition_of(status, STR("Complete"));
    json failed = condition_of(status, STR("Failed"));
    bool deleting =
        json_get_path(job->object, "metadata", "deletionTimestamp", NULL).kind == JSON_STRING;
    if (deleting)
        sync_deleting(j, job);
    else if (is_true(complete) || is_true(failed))
        sync_over(j, job, &spec, is_true(complete) ? complete : failed);
    else
        sync_running(j, job, &spec);
}

void job_timer_fired(struct jobs *j, struct job *job)
{
    job->timer = 0;
    job_sync(j, job);
}
