/* Task states: a call of an integration, from its parameters to its result.
 *
 *     attempt  parameters, TaskScheduled, TaskStarted, WAITING; after the commit task_start
 *     report   TaskSubmitted: goes on waiting
 *              TaskSucceeded: state_done
 *              TaskFailed:    state_fail
 *     timer    TaskTimedOut:  state_fail
 *
 * The events, the evaluated parameters and the deadlines are durable before the call is sent, so
 * that a restart knows it may be out there. What an integration records with task_submitted is kept
 * in the frame's row and given back with `again`. Reports carry the number of their attempt: one of
 * an attempt that is over is passed by. */
#include "base/digest.h"
#include "engine_private.h"

/* -- events -- */

static json details_resource(const struct call *c)
{
    json d = json_object(6);
    details_put_text(&d, "resourceType", c->resource->type);
    details_put_text(&d, "resource", c->resource->api);
    return d;
}

/* -- an attempt -- */

/* Gives the row and the evaluated parameters, which suit it. */
static bool call_prepare(struct execution *x, struct frame *f, struct call *c, struct err *err)
{
    const struct asl_state *s = f->state;
    c->resource = x->engine->find(s->as.task.resource);
    if (!c->resource)
        return err_set(err, ERR_STATES_RUNTIME, "The resource provided %.*s is not recognized.",
                       STR_ARG(s->as.task.resource));
    struct scope scope;
    scope_open(x, f, &scope);
    bool ok = asl_state_input(s, f->input, &scope.asl, &c->parameters, err) &&
              state_data_fits(x, f, c->parameters, err) &&
              task_parameters_judge(c->resource, c->parameters, err) &&
              asl_text_eval(&s->as.task.role_arn, STR("RoleArn.$"), f->input, &scope.asl,
                            &c->role_arn, err);
    // ASSUMPTION: the …Path fields of a Task read the state's raw input.
    const struct {
        const struct asl_number *number;
        str name;
        int64_t *at_ms;
    } limits[] = {
        {&s->as.task.timeout_s,   STR("TimeoutSecondsPath"),   &c->timeout_at_ms  },
        {&s->as.task.heartbeat_s, STR("HeartbeatSecondsPath"), &c->heartbeat_at_ms},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        int64_t seconds = 0;
        *limits[i].at_ms = MS_NEVER;
        if (!ok || !limits[i].number->given)
            continue;
        ok = asl_number_eval(limits[i].number, limits[i].name, f->input, &scope.asl, &seconds, err);
        if (seconds < INT32_MAX) // past that it is never: 68 years
            *limits[i].at_ms = execution_now(x) + seconds * MS_PER_S;
    }
    scope_close(&scope);
    return ok;
}

static void put_seconds(struct execution *x, json *d, const char *key, int64_t at_ms)
{
    if (at_ms != MS_NEVER)
        details_put(d, key, json_integer((at_ms - execution_now(x)) / MS_PER_S));
}

static int64_t call_deadline(const struct call *c)
{
    return c->timeout_at_ms < c->heartbeat_at_ms ? c->timeout_at_ms : c->heartbeat_at_ms;
}

void task_attempt(struct execution *x, struct frame *f)
{
    struct err err = ERR_INIT;
    assert(!f->call);
    struct call *c = f->call = mem_new(sizeof *c);
    if (!call_prepare(x, f, c, &err)) {
        frame_call_drop(x, f);
        state_error(x, f, &err);
        return;
    }
    json d = details_resource(c);
    details_put_text(&d, "region", x->engine->options.region);
    put_seconds(x, &d, "timeoutInSeconds", c->timeout_at_ms);
    put_seconds(x, &d, "heartbeatInSeconds", c->heartbeat_at_ms);
    if (!json_is_absent(c->role_arn)) {
        json credentials = json_object(1);
        details_put(&credentials, "roleArn", json_ref(c->role_arn));
        details_put(&d, "taskCredentials", credentials);
    }
    history_chain(x, f, "TaskScheduled", d, "parameters", c->parameters);
    c->scheduled_event = f->last_event;
    history_chain(x, f, "TaskStarted", details_resource(c), NULL, json_absent());
    c->number = atomic_fetch_add_explicit(&x->engine->next_number, 1, memory_order_relaxed);
    frame_wait(x, f, WAIT_TASK, call_deadline(c));
    task_is_unsent(x, f, x->steps + 1);
}

struct call *call_new(struct execution *x, const struct task_resource *resource,
                      json parameters_taken)
{
    struct call *c = mem_new(sizeof *c);
    c->resource = resource;
    c->number = atomic_fetch_add_explicit(&x->engine->next_number, 1, memory_order_relaxed);
    c->parameters = parameters_taken;
    c->timeout_at_ms = c->heartbeat_at_ms = MS_NEVER;
    return c;
}

/* -- sending -- */

void task_is_unsent(struct execution *x, const struct frame *f, uint64_t step)
{
    struct unsent *u = mem_new(sizeof *u);
    uint64_t number = f->call ? f->call->number : map_run_id(f);
    *u = (struct unsent){.frame = f->id, .number = number, .step = step};
    *x->unsent_end = u;
    x->unsent_end = &u->next;
}

enum { TASK_ID_HEX = 32 };

/* The same after a restart: what an integration makes is known by it. */
static void task_id(const struct execution *x, const struct frame *f, char out[TASK_ID_HEX + 1])
{
    unsigned char hash[SHA256_BYTES];
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    buf_printf(&text, "%.*s %" PRIu64 " %" PRIu64, STR_ARG(x->arn), f->id,
               f->call->scheduled_event);
    sha256(buf_str(&text), hash);
    buf_release(&text);
    hex_encode(hash, TASK_ID_HEX / 2, out);
}

static void task_send(struct execution *x, struct frame *f)
{
    struct engine *e = x->engine;
    struct call *c = f->call;
    char id[TASK_ID_HEX + 1];
    task_id(x, f, id);
    const struct task_request request = {
        .id = str_from_c(id),
        .parameters = c->parameters,
        // No role is refused here: there is no IAM to ask.
        .role_arn = json_is_absent(c->role_arn) ? x->machine->role_arn : json_str(c->role_arn),
        .execution_arn = x->arn,
        .state_name = f->state->name,
        .again = c->again,
        .recall = c->recall,
    };
    if (c->again)
        log_info("engine", "task_again", "execution=%.*s state=\"%.*s\" task=%s", STR_ARG(x->arn),
                 STR_ARG(f->state->name), id);
    engine_flight_add(e, c->number, x->id, f->id);
    c->task = task_start(c->resource, integrations_services(e->options.integrations), &e->host,
                         c->number, &request);
}

void tasks_send(struct execution *x, uint64_t committed)
{
    while (!x->ended && x->unsent && x->unsent->step <= committed) {
        struct unsent *u = x->unsent;
        x->unsent = u->next;
        if (!x->unsent)
            x->unsent_end = &x->unsent;
        struct frame *f = frame_find(x, u->frame);
        if (f && f->call && f->call->number == u->number && !f->call->task)
            task_send(x, f);
        else if (f && !f->call && f->map_run && map_run_id(f) == u->number)
            map_run_committed(x, f);
        mem_free(u);
    }
}

/* -- reports; Threads: any -- */

static void post(void *context, uint64_t number, struct message *m)
{
    struct engine *e = context;
    m->number = number;
    uint64_t execution = 0;
    engine_lock(e);
    const struct flight *flight =
        hashmap_find(e->flights, (str){(const char *)&number, sizeof number});
    if (flight) {
        execution = flight->execution;
        m->frame = flight->frame;
    }
    engine_unlock(e);
    engine_post_take(e, execution, m);
}

static void report_submitted(void *context, uint64_t number, json output_taken, json recall_taken)
{
    struct message *m = message_new(MESSAGE_SUBMITTED, STR_NONE, STR_NONE);
    m->output = output_taken;
    m->recall = recall_taken;
    post(context, number, m);
}

static void report_succeeded(void *context, uint64_t number, json output_taken)
{
    struct message *m = message_new(MESSAGE_SUCCEEDED, STR_NONE, STR_NONE);
    m->output = output_taken;
    post(context, number, m);
}

static void report_failed(void *context, uint64_t number, str error, str cause, bool submit)
{
    struct message *m = message_new(MESSAGE_FAILED, error, cause);
    m->submit = submit;
    post(context, number, m);
}

const struct task_host engine_task_host = {
    .submitted = report_submitted,
    .succeeded = report_succeeded,
    .failed = report_failed,
};

/* -- hearing -- */

void task_submitted_heard(struct execution *x, struct frame *f, const struct message *m)
{
    history_chain(x, f, "TaskSubmitted", details_resource(f->call), "output", m->output);
    json_unref(f->call->recall);
    f->call->recall = json_ref(m->recall);
    frame_touch(x, f);
}

void task_succeeded_heard(struct execution *x, struct frame *f, const struct message *m)
{
    frame_move(x, f, FRAME_RUNNING);
    history_chain(x, f, "TaskSucceeded", details_resource(f->call), "output", m->output);
    frame_call_drop(x, f);
    state_done(x, f, m->output, f->state->next);
}

/* The end of an attempt that failed: the event, then Retry and Catch. */
static void attempt_failed(struct execution *x, struct frame *f, const char *event,
                           const struct failure *failure)
{
    json d = details_resource(f->call);
    details_put_text(&d, "error", failure->error);
    details_put_text(&d, "cause", failure->cause);
    history_chain(x, f, event, d, NULL, json_absent());
    frame_call_drop(x, f);
    state_fail(x, f, failure);
}

void task_failed_heard(struct execution *x, struct frame *f, const struct message *m)
{
    const struct failure failure = {
        .error = {m->error, m->error_len},
        .cause = {m->cause, m->cause_len},
    };
    frame_move(x, f, FRAME_RUNNING);
    attempt_failed(x, f, m->submit ? "TaskSubmitFailed" : "TaskFailed", &failure);
}

/* Source: recorded: a missed heartbeat is reported as States.Timeout, has no cause, and Retry and
 * Catch know it by either name. */
void task_timer(struct execution *x, struct frame *f)
{
    const struct call *c = f->call;
    bool heartbeat = c->heartbeat_at_ms < c->timeout_at_ms;
    const struct failure failure = {
        .error = err_id_name(ERR_STATES_TIMEOUT),
        .also = heartbeat ? err_id_name(ERR_STATES_HEARTBEAT_TIMEOUT) : STR_NONE,
    };
    attempt_failed(x, f, "TaskTimedOut", &failure);
}
