/* When a Wait state ends. */
#include "asl/dataflow.h"
#include "asl_private.h"

/* Source: recorded executions: 24,855 days are fine, 24,856 are too long. */
static const int64_t delay_max_s = INT32_MAX;
enum { MS_IN_S = 1000 };

static bool too_long(struct err *err)
{
    return err_set(err, ERR_STATES_RUNTIME, "Wait state delay is too long.");
}

static bool until(const struct timestamp *t, int64_t now_ms, int64_t *out, struct err *err)
{
    // Source: Developer Guide, "Wait workflow state": the time counts up to its seconds.
    int64_t until_ms = t->ms - (t->ms % MS_IN_S + MS_IN_S) % MS_IN_S;
    if ((until_ms - now_ms) / MS_IN_S > delay_max_s)
        return too_long(err);
    *out = until_ms < now_ms ? now_ms : until_ms;
    return true;
}

/* Lends the text of Timestamp, or of what TimestampPath leads to. */
static bool timestamp_text(const struct asl_state *s, const struct jsonpath_roots *roots, str *out,
                           struct err *err)
{
    const struct jsonpath *path = s->as.wait.timestamp_path;
    if (!path) {
        *out = s->as.wait.timestamp;
        return true;
    }
    json value = jsonpath_lend(path, roots);
    if (json_is_absent(value)) // ASSUMPTION: as SecondsPath
        return err_set(err, ERR_STATES_RUNTIME,
                       "The TimestampPath parameter does not reference an input value: %.*s",
                       STR_ARG(jsonpath_text(path)));
    if (value.kind == JSON_STRING) {
        *out = json_str(value);
        return true;
    }
    struct buf space;
    str text = asl_show(value, &space);
    bool ok = err_set(err, ERR_STATES_RUNTIME,
                      "The TimestampPath parameter does not reference a valid ISO-8601 extended "
                      "offset date-time format string: %.*s == %.*s",
                      STR_ARG(jsonpath_text(path)), STR_ARG(text));
    buf_release(&space);
    return ok;
}

static bool until_timestamp(const struct asl_state *s, const struct jsonpath_roots *roots,
                            int64_t now_ms, int64_t *out, struct err *err)
{
    str text = STR_NONE;
    struct timestamp t;
    struct err bad = ERR_INIT;
    if (!timestamp_text(s, roots, &text, err))
        return false;
    if (!timestamp_parse(text, &t, &bad)) {
        err_release(&bad);
        str path = s->as.wait.timestamp_path ? jsonpath_text(s->as.wait.timestamp_path) : text;
        return err_set(err, ERR_STATES_RUNTIME,
                       "The TimestampPath parameter does not reference a valid ISO-8601 extended "
                       "offset date-time format string: %.*s == %.*s",
                       STR_ARG(path), STR_ARG(text));
    }
    return until(&t, now_ms, out, err);
}

/* Timestamp of a JSONata state. Source: recorded executions. */
static bool until_expression(const struct asl_state *s, json input, const struct asl_scope *scope,
                             int64_t now_ms, int64_t *out, struct err *err)
{
    json value;
    struct timestamp t;
    struct err bad = ERR_INIT;
    if (!asl_expression_eval_as(s->as.wait.timestamp_expression, ASL_STRING, input, scope, &value,
                                err))
        return false;
    bool ok = timestamp_parse(json_str(value), &t, &bad);
    if (ok) {
        ok = until(&t, now_ms, out, err);
    } else {
        if (scope->failed)
            *scope->failed = asl_expression_field(s->as.wait.timestamp_expression);
        err_set(err, ERR_STATES_QUERY_EVALUATION_ERROR,
                "The Timestamp field cannot be parsed as an ISO-8601 extended offset date-time "
                "format string: %.*s",
                STR_ARG(json_str(value)));
    }
    err_release(&bad);
    json_unref(value);
    return ok;
}

bool asl_wait_until_ms(const struct asl_state *s, json input, const struct asl_scope *scope,
                       int64_t now_ms, int64_t *out, struct err *err)
{
    if (s->as.wait.kind == ASL_WAIT_TIMESTAMP) {
        const struct jsonpath_roots roots = asl_roots(input, scope);
        if (s->as.wait.timestamp_expression)
            return until_expression(s, input, scope, now_ms, out, err);
        return until_timestamp(s, &roots, now_ms, out, err);
    }
    int64_t seconds;
    if (!asl_number_eval(&s->as.wait.seconds, STR("SecondsPath"), input, scope, &seconds, err))
        return false;
    if (seconds > delay_max_s)
        return too_long(err);
    *out = now_ms + seconds * MS_IN_S;
    return true;
}
