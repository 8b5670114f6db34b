/* Retry and Catch: read, matched, and the delay before a retry. */
#include "asl_private.h"

#include <math.h>

/* Source: Developer Guide, "Handling errors in Step Functions workflows"; the default of each. */
enum { INTERVAL_S = 1, MAX_ATTEMPTS = 3, MAX_DELAY_MAX_S = 31622400, MS_IN_S = 1000 };
static const double backoff_rate = 2.0;
static const double uncapped_s =
    1e11; /* 3,000 years: past every execution's end, within int64 ms */

static bool read_errors(const struct asl_object *o, bool last, const str **out, size_t *count)
{
    static const str required[] = {STR_INIT("ErrorEquals")};
    const struct asl_place *at = ASL_MEMBER(o->at, STR("ErrorEquals"));
    json list;
    if (!asl_fields_required(o, required, 1) ||
        !asl_field_array(o, STR("ErrorEquals"), false, &list))
        return false;
    size_t n = json_len(list);
    str *errors = asl_alloc(o->r, n, sizeof(*errors));
    if (!errors)
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        if (json_at(list, i).kind != JSON_STRING) {
            asl_refuse(o->r->d, ASL_ELEMENT(at, i), "Expected value of type [STRING]");
            ok = false;
            continue;
        }
        errors[i] = json_str(json_at(list, i));
        if (str_eq(errors[i], STR("States.ALL")) && (n > 1 || !last)) {
            asl_refuse(o->r->d, at, "States.ALL must appear alone and at end of list");
            ok = false;
        }
    }
    *out = errors;
    *count = n;
    return ok;
}

static void read_retrier(const struct asl_object *o, bool last, struct asl_retrier *out)
{
    static const str known[] = {
        STR_INIT("ErrorEquals"), STR_INIT("IntervalSeconds"), STR_INIT("MaxAttempts"),
        STR_INIT("BackoffRate"), STR_INIT("MaxDelaySeconds"), STR_INIT("JitterStrategy"),
        STR_INIT("Comment"),
    };
    static const str strategies[] = {STR_INIT("NONE"), STR_INIT("FULL")};
    *out = (struct asl_retrier){.interval_s = INTERVAL_S,
                                .max_attempts = MAX_ATTEMPTS,
                                .backoff_rate = backoff_rate,
                                .max_delay_s = INT64_MAX};
    asl_fields_known(o, known, sizeof(known) / sizeof(known[0]));
    (void)read_errors(o, last, &out->errors, &out->errors_count);
    // The specification wants a positive interval. ASSUMPTION: so does AWS (one report says that
    // its check lets 0 pass).
    (void)asl_field_integer(o, STR("IntervalSeconds"), 1, ASL_SECONDS_MAX, &out->interval_s);
    (void)asl_field_integer(o, STR("MaxAttempts"), 0, ASL_SECONDS_MAX, &out->max_attempts);
    (void)asl_field_double(o, STR("BackoffRate"), 1.0, &out->backoff_rate);
    (void)asl_field_integer(o, STR("MaxDelaySeconds"), 1, MAX_DELAY_MAX_S, &out->max_delay_s);
    size_t strategy;
    if (asl_field_choice(o, STR("JitterStrategy"), strategies, 2, &strategy))
        out->jitter = strategy == 1 ? ASL_JITTER_FULL : ASL_JITTER_NONE;
    str comment;
    (void)asl_field_string(o, STR("Comment"), &comment);
}

void asl_retry_read(const struct asl_object *state, struct asl_state *s)
{
    json list;
    if (!asl_field_array(state, STR("Retry"), true, &list))
        return;
    size_t n = json_len(list);
    struct asl_retrier *retriers = asl_alloc(state->r, n, sizeof(*retriers));
    if (!retriers)
        return;
    const struct asl_place *at = ASL_MEMBER(state->at, STR("Retry"));
    for (size_t i = 0; i < n; i++) {
        const struct asl_object o = {state->r, json_at(list, i), ASL_ELEMENT(at, i)};
        if (asl_expect_object(o.r, o.written, o.at))
            read_retrier(&o, i + 1 == n, &retriers[i]);
    }
    s->retriers = retriers;
    s->retriers_count = n;
}

static void read_catcher(const struct asl_object *o, bool last, const struct hashmap *siblings,
                         struct asl_catcher *out)
{
    static const str known[] = {
        STR_INIT("ErrorEquals"), STR_INIT("Next"),   STR_INIT("ResultPath"),
        STR_INIT("Comment"),     STR_INIT("Assign"), STR_INIT("Output"),
    };
    static const str required[] = {STR_INIT("Next")};
    asl_fields_known(o, known, sizeof(known) / sizeof(known[0]));
    asl_refuse_other_language(o, o->r->jsonata ? STR("ResultPath") : STR("Output"));
    (void)read_errors(o, last, &out->errors, &out->errors_count);
    if (!o->r->jsonata)
        asl_field_path_or_null(o, STR("ResultPath"), ASL_PATH_REFERENCE, &out->result_path);
    o->r->has_error = true;
    if (o->r->jsonata)
        asl_field_template(o, STR("Output"), &out->exit.output);
    asl_assign_read(o, &out->exit.assign);
    o->r->has_error = false;
    str next;
    if (asl_fields_required(o, required, 1) && asl_field_string(o, STR("Next"), &next))
        out->next = hashmap_find(siblings, next); // a dangling one is the graph's to report
    str comment;
    (void)asl_field_string(o, STR("Comment"), &comment);
}

void asl_catch_read(const struct asl_object *state, const struct hashmap *siblings,
                    struct asl_state *s)
{
    json list;
    if (!asl_field_array(state, STR("Catch"), true, &list))
        return;
    size_t n = json_len(list);
    struct asl_catcher *catchers = asl_alloc(state->r, n, sizeof(*catchers));
    if (!catchers)
        return;
    const struct asl_place *at = ASL_MEMBER(state->at, STR("Catch"));
    for (size_t i = 0; i < n; i++) {
        const struct asl_object o = {state->r, json_at(list, i), ASL_ELEMENT(at, i)};
        if (asl_expect_object(o.r, o.written, o.at))
            read_catcher(&o, i + 1 == n, siblings, &catchers[i]);
    }
    s->catchers = catchers;
    s->catchers_count = n;
}

static bool error_matches(str pattern, str error)
{
    if (str_eq(pattern, error))
        return true;
    bool runtime = str_eq(error, STR("States.Runtime"));
    bool timeout =
        str_eq(error, STR("States.Timeout")) || str_eq(error, STR("States.HeartbeatTimeout"));
    if (str_eq(pattern, STR("States.ALL")))
        return !runtime;
    if (str_eq(pattern, STR("States.TaskFailed")))
        return !runtime && !timeout;
    return str_eq(pattern, STR("States.Timeout")) && timeout;
}

bool asl_errors_match(const str *errors, size_t count, str error)
{
    for (size_t i = 0; i < count; i++)
        if (error_matches(errors[i], error))
            return true;
    return false;
}

int64_t asl_retry_delay_ms(const struct asl_retrier *r, uint64_t retry, struct rng *rng)
{
    // In doubles: rate^retry soon passes what an integer holds, and infinity is capped like the
    // rest.
    double cap_s = r->max_delay_s == INT64_MAX ? uncapped_s : (double)r->max_delay_s;
    double exponent = retry > 0 ? (double)(retry - 1) : 0;
    double delay_s = (double)r->interval_s * pow(r->backoff_rate, exponent);
    if (!(delay_s < cap_s))
        delay_s = cap_s;
    int64_t delay_ms = (int64_t)llround(delay_s * MS_IN_S);
    if (r->jitter == ASL_JITTER_FULL)
        delay_ms = (int64_t)rng_below(rng, (uint64_t)delay_ms + 1);
    return delay_ms;
}
