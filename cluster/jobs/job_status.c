/* A Job's status as the controller writes it: conditions, times, counts.
 * Source: batch/v1 JobStatus; job_controller.go of Kubernetes 1.31 (SuccessCriteriaMet before
 * Complete, FailureTarget before Failed). */
#include "plan_private.h"

#include <stdio.h>

json condition_of(json status, str type)
{
    json list = json_get(status, STR("conditions"));
    for (size_t i = 0; i < json_len(list); i++)
        if (str_eq(get_str(json_at(list, i), STR("type")), type))
            return json_at(list, i);
    return json_absent();
}

bool is_true(json condition)
{
    return str_eq(get_str(condition, STR("status")), STR("True"));
}

static json condition_new(const char *type, bool is, const char *reason, str text, int64_t now_ms)
{
    json c = json_object(6);
    json_build_put(&c, STR("type"), json_string(str_from_c(type)));
    json_build_put(&c, STR("status"), json_string(is ? STR("True") : STR("False")));
    json_build_put(&c, STR("lastProbeTime"), json_time(now_ms));
    json_build_put(&c, STR("lastTransitionTime"), json_time(now_ms));
    json_build_put(&c, STR("reason"), json_string(str_from_c(reason)));
    json_build_put(&c, STR("message"), json_string(text));
    return c;
}

/* A list with the condition of that type replaced or added; takes both. */
static json conditions_with(json list_taken, json condition_taken)
{
    json list = json_array(json_len(list_taken) + 1);
    str type = get_str(condition_taken, STR("type"));
    bool placed = false;
    for (size_t i = 0; i < json_len(list_taken); i++) {
        json c = json_at(list_taken, i);
        bool same = str_eq(get_str(c, STR("type")), type);
        json_build_push(&list, json_ref(same ? condition_taken : c));
        placed = placed || same;
    }
    if (!placed)
        json_build_push(&list, json_ref(condition_taken));
    json_unref(list_taken);
    json_unref(condition_taken);
    return list;
}

/* Condition Suspended follows spec.suspend; False only where it has been True. */
static json suspended_condition(const struct plan *plan, json list_taken)
{
    bool is = is_true(condition_of(plan->status, STR("Suspended")));
    if (plan->spec.suspend && !is)
        return conditions_with(list_taken, condition_new("Suspended", true, "JobSuspended",
                                                         STR("Job suspended"), plan->now_ms));
    if (!plan->spec.suspend && is)
        return conditions_with(list_taken, condition_new("Suspended", false, "JobResumed",
                                                         STR("Job resumed"), plan->now_ms));
    return list_taken;
}

/* Nothing is left to be counted or to end. */
static bool is_settled(const struct plan *plan)
{
    return plan->uncounted == 0 && plan->terminating == 0 && plan->active == 0;
}

static json end_conditions(const struct plan *plan, json list_taken)
{
    json list = list_taken;
    if (plan->success.reason)
        list = conditions_with(list, condition_new("SuccessCriteriaMet", true, plan->success.reason,
                                                   plan->success.text, plan->now_ms));
    if (plan->failure.reason)
        list = conditions_with(list, condition_new("FailureTarget", true, plan->failure.reason,
                                                   plan->failure.text, plan->now_ms));
    if (!(plan->failing || plan->succeeding) || !is_settled(plan))
        return list;
    json wrapped = json_object(1); // to look the verdict up as a later sync would
    json_build_put(&wrapped, STR("conditions"), json_ref(list));
    json met =
        condition_of(wrapped, plan->succeeding ? STR("SuccessCriteriaMet") : STR("FailureTarget"));
    char reason[64];
    (void)snprintf(reason, sizeof reason, "%.*s", STR_ARG(get_str(met, STR("reason"))));
    json end = condition_new(plan->succeeding ? "Complete" : "Failed", true, reason,
                             get_str(met, STR("message")), plan->now_ms);
    json_unref(wrapped);
    return conditions_with(list, end);
}

static void put_count(json *status, str key, int64_t count)
{
    if (count > 0)
        json_build_put(status, key, json_integer(count));
}

static json uncounted_json(const struct plan *plan)
{
    json o = json_object(2);
    if (json_len(plan->uncounted_succeeded) > 0)
        json_build_put(&o, STR("succeeded"), json_ref(plan->uncounted_succeeded));
    if (json_len(plan->uncounted_failed) > 0)
        json_build_put(&o, STR("failed"), json_ref(plan->uncounted_failed));
    return o;
}

/* In the order of batch/v1's JobStatus. */
json plan_status(const struct plan *plan)
{
    json s = json_object(12);
    json conditions = json_ref(json_get(plan->status, STR("conditions")));
    if (json_is_absent(conditions))
        conditions = json_array(0);
    if (!plan->failing && !plan->succeeding)
        conditions = suspended_condition(plan, conditions);
    conditions = end_conditions(plan, conditions);
    bool ending = plan->failing || plan->succeeding;
    bool over = ending && is_settled(plan);
    if (json_len(conditions) > 0)
        json_build_put(&s, STR("conditions"), conditions);
    else
        json_unref(conditions);
    if (plan->start_ms >= 0)
        json_build_put(&s, STR("startTime"), json_time(plan->start_ms));
    if (over && plan->succeeding)
        json_build_put(&s, STR("completionTime"), json_time(plan->now_ms));
    int64_t gone = plan->failing || plan->spec.suspend ? plan->active : plan->deleted;
    put_count(&s, STR("active"), plan->active + plan->created - gone);
    put_count(&s, STR("succeeded"), plan->succeeded);
    put_count(&s, STR("failed"), plan->failed);
    json_build_put(&s, STR("terminating"), json_integer(plan->terminating));
    if (plan->completed.count > 0)
        json_build_put(&s, STR("completedIndexes"), index_set_text(&plan->completed));
    json_build_put(&s, STR("uncountedTerminatedPods"), uncounted_json(plan));
    json_build_put(&s, STR("ready"), json_integer(plan->failing ? 0 : plan->ready));
    return s;
}
