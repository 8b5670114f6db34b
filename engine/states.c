/* State types: a row each, and the types that come to their end at once.
 *
 *     READY frame -> …StateEntered -> row.attempt -> state_done -> …StateExited -> READY | end
 *                                         |  ^            ^
 *                                 failed  v  | retry      | row.timer, a report, the last child
 *                                     state_fail       WAITING
 *
 * To add a type: its row here, its attempt in a file of its name; tests/unit/engine/NAME.cases. */
#include "engine_private.h"

/* What a state of a simple type begins with: its scope (opened) and its effective input (given).
 * False: the state has failed, and the scope is closed. */
static bool begin(struct execution *x, struct frame *f, struct scope *scope, json *out)
{
    struct err err = ERR_INIT;
    scope_open(x, f, scope);
    if (asl_state_input(f->state, f->input, &scope->asl, out, &err))
        return true;
    scope_close(scope);
    state_error(x, f, &err);
    return false;
}

static void pass_attempt(struct execution *x, struct frame *f)
{
    struct scope scope;
    json input;
    if (!begin(x, f, &scope, &input))
        return;
    scope_close(&scope);
    json fixed = f->state->as.pass.result;
    state_done(x, f, json_is_absent(fixed) ? input : fixed, f->state->next);
    json_unref(input);
}

/* What comes in goes out: a Succeed state, which has no Next, and a Wait that is over. */
static void input_is_result(struct execution *x, struct frame *f)
{
    struct scope scope;
    json input;
    if (!begin(x, f, &scope, &input))
        return;
    scope_close(&scope);
    state_done(x, f, input, f->state->next);
    json_unref(input);
}

static void fail_attempt(struct execution *x, struct frame *f)
{
    struct scope scope;
    json input;
    if (!begin(x, f, &scope, &input))
        return;
    struct err err = ERR_INIT;
    json error = json_absent();
    json cause = json_absent();
    const struct asl_state *s = f->state;
    bool ok = asl_text_eval(&s->as.fail.error, STR("ErrorPath"), input, &scope.asl, &error, &err) &&
              asl_text_eval(&s->as.fail.cause, STR("CausePath"), input, &scope.asl, &cause, &err);
    scope_close(&scope);
    if (ok) {
        const struct failure failure = {.error = json_str(error), .cause = json_str(cause)};
        state_fail(x, f, &failure);
    } else {
        state_error(x, f, &err);
    }
    json_unref(error);
    json_unref(cause);
    json_unref(input);
}

/* The first rule that is true, else Default, with the way out; NULL: neither, or err is set. */
static const struct asl_state *choose(const struct frame *f, json input, const struct scope *scope,
                                      const struct asl_exit **exit, struct err *err)
{
    const struct asl_state *s = f->state;
    for (size_t i = 0; i < s->as.choice.count; i++) {
        bool matches = false;
        if (!asl_rule_matches(s->as.choice.choices[i].rule, input, &scope->asl, &matches, err))
            return NULL;
        if (!matches)
            continue;
        *exit = &s->as.choice.choices[i].exit;
        return s->as.choice.choices[i].next;
    }
    *exit = &s->exit;
    // Measured: States.Runtime, not States.NoChoiceMatched.
    if (!s->as.choice.fallback)
        (void)err_set(err, ERR_STATES_RUNTIME,
                      "Failed to transition out of the state. The state does not point to a next "
                      "state.");
    return s->as.choice.fallback;
}

static void choice_attempt(struct execution *x, struct frame *f)
{
    struct scope scope;
    json input;
    if (!begin(x, f, &scope, &input))
        return;
    struct err err = ERR_INIT;
    const struct asl_exit *exit = NULL;
    const struct asl_state *next = choose(f, input, &scope, &exit, &err);
    scope_close(&scope);
    if (next)
        state_done_by(x, f, input, next, exit);
    else
        state_error(x, f, &err);
    json_unref(input);
}

static void wait_attempt(struct execution *x, struct frame *f)
{
    struct scope scope;
    json input;
    if (!begin(x, f, &scope, &input))
        return;
    struct err err = ERR_INIT;
    int64_t now_ms = execution_now(x);
    int64_t until_ms = 0;
    bool ok = asl_wait_until_ms(f->state, input, &scope.asl, now_ms, &until_ms, &err);
    scope_close(&scope);
    json_unref(input);
    if (!ok)
        state_error(x, f, &err);
    else if (until_ms <= now_ms)
        input_is_result(x, f);
    else
        frame_wait(x, f, WAIT_TIME, until_ms);
}

#define ROW(type, ...)                                                                             \
    {                                                                                              \
        type "StateEntered", type "StateExited", __VA_ARGS__                                       \
    }

static const struct state_row rows[ASL_TYPE_COUNT] = {
    [ASL_TASK] = ROW("Task", "TaskStateAborted", task_attempt, task_timer),
    [ASL_WAIT] = ROW("Wait", "WaitStateAborted", wait_attempt, input_is_result),
    [ASL_PASS] = ROW("Pass", NULL, pass_attempt, NULL),
    [ASL_SUCCEED] = ROW("Succeed", NULL, input_is_result, NULL),
    [ASL_FAIL] = ROW("Fail", NULL, fail_attempt, NULL),
    [ASL_CHOICE] = ROW("Choice", NULL, choice_attempt, NULL),
    [ASL_PARALLEL] = ROW("Parallel", "ParallelStateAborted", parallel_attempt, NULL),
    [ASL_MAP] = ROW("Map", "MapStateAborted", map_attempt, NULL),
};

const struct state_row *state_row(enum asl_type type)
{
    return &rows[type];
}

void frame_run(struct execution *x, struct frame *f)
{
    const struct state_row *row = state_row(f->state->type);
    frame_move(x, f, FRAME_RUNNING);
    f->entered_ms = execution_now(x);
    history_chain(x, f, row->entered, details_name(x, f->state), "input", f->input);
    f->entered_event = f->last_event;
    row->attempt(x, f);
}

bool state_data_fits(const struct execution *x, const struct frame *f, json data, struct err *err)
{
    if (json_text_size(data) <= STATE_DATA_MAX_BYTES || !execution_is_limited(x))
        return true;
    return err_set(err, ERR_STATES_DATA_LIMIT_EXCEEDED,
                   "The state/task '%.*s' returned a result with a size exceeding the maximum "
                   "number of bytes service limit.",
                   STR_ARG(f->state->name));
}

bool variables_fit(const struct execution *x, const struct frame *f, json assigned, struct err *err)
{
    if (json_is_absent(assigned) || !execution_is_limited(x))
        return true;
    size_t all = json_text_size(f->variables) + json_text_size(assigned);
    if (json_text_size(assigned) <= VARIABLES_ASSIGN_MAX_BYTES && all <= VARIABLES_MAX_BYTES)
        return true;
    // ASSUMPTION: the sentence; and what is set anew counts with what it takes the place of.
    return err_set(err, ERR_STATES_DATA_LIMIT_EXCEEDED,
                   "The state/task '%.*s' assigned variables with a size exceeding the maximum "
                   "number of bytes service limit.",
                   STR_ARG(f->state->name));
}

void state_done_by(struct execution *x, struct frame *f, json result, const struct asl_state *next,
                   const struct asl_exit *exit)
{
    struct scope scope;
    struct err err = ERR_INIT;
    json output = json_absent();
    json assigned = json_absent();
    scope_open(x, f, &scope);
    bool ok = asl_state_output(f->state, exit, f->input, result, &scope.asl, &output, &err) &&
              asl_state_assign(f->state, exit, f->input, result, &scope.asl, &assigned, &err) &&
              state_data_fits(x, f, output, &err) && variables_fit(x, f, assigned, &err);
    scope_close(&scope);
    if (ok) {
        state_exit(x, f, output, assigned, next);
        return;
    }
    json_unref(output);
    json_unref(assigned);
    state_error(x, f, &err);
}

void state_done(struct execution *x, struct frame *f, json result, const struct asl_state *next)
{
    state_done_by(x, f, result, next, &f->state->exit);
}

/* The frame leaves its state: what belonged to the visit goes. */
static void visit_end(struct frame *f)
{
    assert(!f->children && !f->call && !f->map_run);
    mem_free(f->retries);
    f->retries = NULL;
    f->retry_count = 0;
    f->entered_event = 0;
}

/* What StateExited tells of the variables: each value as a text. */
static json details_exit(const struct execution *x, const struct frame *f, json assigned)
{
    if (json_is_absent(assigned))
        return details_name(x, f->state);
    json texts = json_object(json_len(assigned));
    for (size_t i = 0; i < json_len(assigned); i++) {
        str text = json_text(json_value_at(assigned, i));
        json_build_put(&texts, json_key_at(assigned, i), json_string(text));
        str_free(text);
    }
    json truncated = json_object(1);
    details_put(&truncated, "truncated", json_bool(false));
    json d = json_object(3);
    details_put_text(&d, "name", f->state->name);
    details_put(&d, "assignedVariables", texts);
    details_put(&d, "assignedVariablesDetails", truncated);
    return d;
}

/* Sets what a state assigns, for the states after it. Takes assigned. */
static void variables_set(struct frame *f, json assigned)
{
    for (size_t i = 0; i < json_len(assigned); i++) {
        json with =
            json_with(f->variables, json_key_at(assigned, i), json_ref(json_value_at(assigned, i)));
        json_unref(f->variables);
        f->variables = with;
    }
    json_unref(assigned);
}

void state_exit(struct execution *x, struct frame *f, json output_taken, json assigned_taken,
                const struct asl_state *next)
{
    history_chain(x, f, state_row(f->state->type)->exited, details_exit(x, f, assigned_taken),
                  "output", output_taken);
    visit_end(f);
    variables_set(f, assigned_taken);
    json_unref(f->input);
    f->input = output_taken;
    if (next) {
        f->state = next;
        frame_move(x, f, FRAME_READY);
        return;
    }
    frame_move(x, f, FRAME_ENDED);
    if (f->parent)
        child_ended(x, f, json_ref(f->input));
    else
        execution_succeed(x, f->last_event, f->input);
}
