/* Failures: Retry, then Catch, then up to the Parallel or Map state around it, at last the end.
 *
 *     state_fail ── a retrier is left ──> WAITING until the next attempt
 *         │──────── a catcher ──────────> StateExited, its Next
 *         └──────── neither ──> the machine's frame: ExecutionFailed
 *                               a child: siblings are cut, its parent's state_fail
 *
 * States.Runtime that nobody around names goes straight to ExecutionFailed; States.ALL does not
 * match it. Order of events beside a failing child, measured: by index, for the failing one
 * MapIterationFailed and its Task's TaskStateAborted, for each one cut MapIterationAborted and what
 * it was in; all caused by the event that failed. Source: recorded executions. */
#include "engine_private.h"

enum {
    /* Characters. Source: API Reference, HistoryEvent: the lengths of "error" and "cause". */
    ERROR_MAX = 256,
    CAUSE_MAX = 32768,
};

/* -- who handles it -- */

static bool list_matches(const str *errors, size_t count, const struct failure *failure)
{
    str error = failure->error.ptr ? failure->error : STR("");
    return asl_errors_match(errors, count, error) ||
           (failure->also.ptr && asl_errors_match(errors, count, failure->also));
}

static size_t retrier_find(const struct asl_state *s, const struct failure *failure)
{
    size_t i = 0;
    while (i < s->retriers_count &&
           !list_matches(s->retriers[i].errors, s->retriers[i].errors_count, failure))
        i++;
    return i;
}

static const struct asl_catcher *catcher_find(const struct asl_state *s,
                                              const struct failure *failure)
{
    for (size_t i = 0; i < s->catchers_count; i++)
        if (list_matches(s->catchers[i].errors, s->catchers[i].errors_count, failure))
            return &s->catchers[i];
    return NULL;
}

static bool anyone_handles(const struct frame *f, const struct failure *failure)
{
    for (; f; f = f->parent)
        if (retrier_find(f->state, failure) < f->state->retriers_count ||
            catcher_find(f->state, failure))
            return true;
    return false;
}

/* -- going up -- */

static void add_beside(struct execution *x, const char *type, json details, uint64_t previous)
{
    const struct event e = {.previous = previous, .type = type, .details_taken = details};
    (void)history_add(x, &e);
}

/* The events of a frame that is cut while it waits in its state. */
static void abort_events(struct execution *x, const struct frame *f, uint64_t previous)
{
    if (f->status != FRAME_WAITING)
        return; // between states
    const struct children *c = f->children;
    for (size_t i = 0; c && i < c->next; i++) {
        if (!c->child[i].frame)
            continue;
        if (f->state->type == ASL_MAP)
            add_beside(x, "MapIterationAborted", details_iteration(f, i), previous);
        abort_events(x, c->child[i].frame, previous);
    }
    // ASSUMPTION: a Map Run is told of like an iteration, before the state it belongs to.
    if (f->map_run)
        add_beside(x, "MapRunAborted", json_absent(), previous);
    const char *type = state_row(f->state->type)->aborted;
    if (type)
        add_beside(x, type, json_absent(), previous);
}

static void failing_events(struct execution *x, const struct frame *parent,
                           const struct frame *failing, uint64_t previous)
{
    const struct children *c = parent->children;
    bool map = parent->state->type == ASL_MAP;
    for (size_t i = 0; i < c->next; i++) {
        const struct frame *f = c->child[i].frame;
        if (!f)
            continue;
        if (f == failing) {
            if (map)
                add_beside(x, "MapIterationFailed", details_iteration(parent, i), previous);
            if (f->state->type == ASL_TASK)
                add_beside(x, "TaskStateAborted", json_absent(), previous);
        } else {
            if (map)
                add_beside(x, "MapIterationAborted", details_iteration(parent, i), previous);
            abort_events(x, f, previous);
        }
    }
}

/* States.Runtime that nobody from f upwards names ends the execution at once. */
static bool is_fatal(const struct frame *f, const struct failure *failure)
{
    return str_eq(failure->error, err_id_name(ERR_STATES_RUNTIME)) && !anyone_handles(f, failure);
}

/* Nobody in f handled it: the frame is gone when this returns. */
static void frame_fail(struct execution *x, struct frame *f, const struct failure *failure)
{
    struct frame *parent = f->parent;
    if (!parent || is_fatal(parent, failure)) {
        execution_fail(x, f->last_event, failure->error, failure->cause);
        return;
    }
    uint64_t previous = f->last_event;
    failing_events(x, parent, f, previous);
    children_leave(x, parent);
    parent->last_event = previous;
    if (parent->status == FRAME_WAITING)
        frame_move(x, parent, FRAME_RUNNING);
    state_fail(x, parent, failure);
}

/* -- in the state -- */

static bool retry(struct execution *x, struct frame *f, const struct failure *failure)
{
    const struct asl_state *s = f->state;
    size_t i = retrier_find(s, failure);
    if (i == s->retriers_count)
        return false;
    const struct asl_retrier *r = &s->retriers[i];
    if (!f->retries)
        f->retries = mem_new(s->retriers_count * sizeof *f->retries);
    if (f->retries[i] >= r->max_attempts)
        return false; // used up: what is caught, is caught
    f->retries[i]++;
    f->retry_count++;
    struct rng rng;
    execution_rng(x, &rng);
    int64_t delay_ms = asl_retry_delay_ms(r, f->retries[i], &rng);
    log_debug("engine", "retry", "execution=%" PRIu64 " frame=%" PRIu64 " delay_ms=%" PRId64, x->id,
              f->id, delay_ms);
    frame_wait(x, f, WAIT_RETRY, execution_now(x) + delay_ms);
    return true;
}

/* Lends the beginning of text, of so many characters at most. */
static str beginning(str text, size_t characters)
{
    if (text.len <= characters)
        return text;
    size_t at = 0;
    for (size_t i = 0; i < characters && at < text.len; i++)
        (void)str_utf8_next(text, &at);
    return str_sub(text, 0, at);
}

/* ASSUMPTION: AWS cuts what is longer than its answers can hold: a path's error shows the whole of
 * a state's input. */
static struct failure bounded(const struct failure *failure)
{
    struct failure f = *failure;
    f.error = beginning(f.error, ERROR_MAX);
    f.cause = beginning(f.cause, CAUSE_MAX);
    return f;
}

static const char *failed_event(enum asl_type type)
{
    return type == ASL_MAP ? "MapStateFailed" : type == ASL_PARALLEL ? "ParallelStateFailed" : NULL;
}

struct failure failure_of(const struct frame *f, struct err *err)
{
    bool states =
        err->id >= ERR_STATES_RUNTIME && err->id <= ERR_STATES_EXCEED_TOLERATED_FAILURE_THRESHOLD;
    bool conflict = err->id == ERR_STATES_REFERENCE_PATH_CONFLICT;
    bool bare = err->id == ERR_STATES_RUNTIME_BARE || err->id == ERR_STATES_DATA_LIMIT_EXCEEDED;
    if (!bare && !conflict)
        err_wrap(err,
                 "An error occurred while executing the state '%.*s' (entered at the event id "
                 "#%" PRIu64 "). ",
                 STR_ARG(f->state->name), f->entered_event);
    // No memory for a value, and whatever else is not AWS's: the state cannot go on.
    return (struct failure){
        .error = states ? err_name(err) : err_id_name(ERR_STATES_RUNTIME),
        .cause = err_text(err),
        // ASSUMPTION: who goes by the documentation's name catches it too.
        .also = conflict ? err_id_name(ERR_STATES_RESULT_PATH_MATCH_FAILURE) : STR_NONE,
    };
}

/* Measured: before it fails, a state tells which of its expressions did. */
static void evaluation_failed(struct execution *x, struct frame *f, const struct failure *failure)
{
    json d = details_error(failure->error, failure->cause);
    details_put_text(&d, "location", x->failed_field);
    details_put_text(&d, "state", f->state->name);
    history_chain(x, f, "EvaluationFailed", d, NULL, json_absent());
}

static bool is_evaluation(const struct err *err)
{
    return err->id == ERR_STATES_QUERY_EVALUATION_ERROR;
}

static bool catch_evaluate(struct execution *x, struct frame *f, const struct asl_catcher *c,
                           str error, str cause, json *output, json *assigned, struct err *err)
{
    struct scope scope;
    json error_output;
    if (!asl_error_output(error, cause, &error_output, err))
        return false;
    scope_open(x, f, &scope);
    bool ok = asl_catch_output(f->state, c, f->input, error_output, &scope.asl, output, err) &&
              asl_catch_assign(f->state, c, f->input, error_output, &scope.asl, assigned, err) &&
              state_data_fits(x, f, *output, err) && variables_fit(x, f, *assigned, err);
    scope_close(&scope);
    json_unref(error_output);
    return ok;
}

/* before: the last event before the state's own …Failed. */
static void caught(struct execution *x, struct frame *f, const struct asl_catcher *c,
                   const struct failure *failure, uint64_t before)
{
    struct err err = ERR_INIT;
    json output = json_absent();
    json assigned = json_absent();
    // Source: recorded: the Cause of a timeout is "". ASSUMPTION: that of a Fail state without one
    // is null, as that of a callback.
    bool timeout = str_eq(failure->error, err_id_name(ERR_STATES_TIMEOUT));
    str cause = timeout && !failure->cause.ptr ? STR("") : failure->cause;
    if (catch_evaluate(x, f, c, failure->error, cause, &output, &assigned, &err)) {
        state_exit(x, f, output, assigned, c->next);
        return;
    }
    json_unref(output);
    json_unref(assigned);
    bool evaluation = is_evaluation(&err);
    const struct failure whole = failure_of(f, &err);
    const struct failure second = bounded(&whole);
    const char *event = failed_event(f->state->type);
    if (evaluation) { // measured: it hangs beside the first …Failed, and a second one on it
        f->last_event = before;
        evaluation_failed(x, f, &second);
        if (event)
            history_chain(x, f, event, json_absent(), NULL, json_absent());
    }
    frame_fail(x, f, &second);
    err_release(&err);
}

void state_fail(struct execution *x, struct frame *f, const struct failure *whole)
{
    const struct failure shown = bounded(whole);
    const struct failure *failure = &shown;
    if (is_fatal(f, failure)) {
        execution_fail(x, f->last_event, failure->error, failure->cause);
        return;
    }
    if (retry(x, f, failure))
        return;
    const char *event = failed_event(f->state->type);
    uint64_t before = f->last_event;
    if (event)
        history_chain(x, f, event, json_absent(), NULL, json_absent());
    const struct asl_catcher *c = catcher_find(f->state, failure);
    if (c)
        caught(x, f, c, failure, before);
    else
        frame_fail(x, f, failure);
}

void state_error(struct execution *x, struct frame *f, struct err *err)
{
    bool evaluation = is_evaluation(err);
    const struct failure failure = failure_of(f, err);
    if (evaluation) {
        const struct failure shown = bounded(&failure);
        evaluation_failed(x, f, &shown);
    }
    state_fail(x, f, &failure);
    err_release(err);
}
