/* One execution: a run of it, its steps, its end.
 *
 *     run:   messages -> ready frames, first come first served -> flush
 *     flush: changed frames into the step -> store_step_submit_take ── commit ──> step_done
 *
 * Invariants
 * 1. An execution runs on only when the step `runs_after` is committed: its first one (a name that
 *    clashes, a full disk), and any after which the store was behind.
 * 2. What can be seen outside follows the commit: calls are sent by the run after it, answers are
 *    given in step_done.
 * 3. step_done knows its execution by id. An ended one stays in the tables until its end is
 *    durable, so that engine_abort can wait for it.
 * 4. The clock is held while an execution is queued or runs; the store holds it for its jobs until
 *    their done functions return. So skipped time passes only when nothing is left to do. */
#include "base/lock.h"
#include "engine_private.h"

/* What is to be done when a step is committed. */
struct commit {
    struct engine *engine;
    uint64_t execution, step;
    bool starts, ends, wakes;
    engine_started *started;
    engine_ended *ended;
    void *context;
    struct engine_end end; /* its output is a reference, its texts are copies */
    char *error, *cause;
    char *arn; /* of a start whose name may clash */
    size_t arn_len;
    struct child_link *link; /* a copy of the execution's; NULL: none */
    uint64_t *cut;           /* executions to be aborted */
    size_t cut_count, cut_room;
    struct map_run_change *changes; /* made by the step */
};

static void commit_free(struct commit *c)
{
    while (c->changes) {
        struct map_run_change *change = c->changes;
        c->changes = change->next;
        mem_free(change);
    }
    mem_free(c->cut);
    mem_free(c->link);
    mem_free(c->arn);
    json_unref(c->end.output);
    mem_free(c->error);
    mem_free(c->cause);
    mem_free(c);
}

char *text_copy(str s)
{
    if (!s.ptr)
        return NULL;
    char *copy = mem_new(s.len + 1);
    memcpy(copy, s.ptr, s.len);
    return copy;
}

/* -- life -- */

struct execution *execution_new(struct engine *e, uint64_t id, struct machine *machine_taken,
                                str arn, str name, json input, int64_t start_ms)
{
    bool inside = str_ends(arn, name); // a STANDARD execution's ARN ends in its name
    struct execution *x = mem_new(sizeof *x + arn.len + (inside ? 0 : name.len));
    char *texts = (char *)(x + 1);
    memcpy(texts, arn.ptr, arn.len);
    if (!inside)
        memcpy(texts + arn.len, name.ptr, name.len);
    x->id = id;
    x->engine = e;
    x->machine = machine_taken;
    x->arn = (str){texts, arn.len};
    x->name = (str){texts + arn.len - (inside ? name.len : 0), name.len};
    x->arn_seed = arn_hash(arn);
    x->input = json_ref(input);
    x->start_ms = x->now_ms = start_ms;
    x->next_event = 1;
    x->next_frame = FRAME_ROOT;
    x->inbox_end = &x->inbox;
    x->unsent_end = &x->unsent;
    ring_init(&x->ready);
    ring_init(&x->dirty);
    atomic_init(&x->deleted, false);

    int64_t seconds = machine_taken->timeout_s;
    int64_t most = machine_taken->express ? EXPRESS_MAX_S : STANDARD_MAX_S;
    if (execution_is_limited(x) && (seconds == 0 || seconds > most))
        seconds = most;
    x->deadline_ms = seconds == 0 ? MS_NEVER : start_ms + seconds * MS_PER_S;
    return x;
}

static void execution_disarm(struct execution *x)
{
    if (x->timer && clock_timer_cancel(x->engine->options.clock, x->timer))
        engine_unref(x->engine);
    x->timer = 0;
}

/* All that is only of use while it runs on. */
static void execution_clear(struct execution *x)
{
    execution_disarm(x);
    if (x->root)
        frame_free(x, x->root);
    while (x->unsent) {
        struct unsent *u = x->unsent;
        x->unsent = u->next;
        mem_free(u);
    }
    x->unsent_end = &x->unsent;
    mem_free(x->slots);
    x->slots = NULL;
    x->slots_count = 0;
}

void execution_free(struct execution *x)
{
    execution_clear(x);
    while (x->inbox) {
        struct message *m = x->inbox;
        x->inbox = m->next;
        message_free(m);
    }
    while (x->waiters) {
        struct waiter *w = x->waiters;
        x->waiters = w->next;
        mem_free(w);
    }
    if (x->payloads)
        store_payloads_release(x->payloads);
    mem_free(x->payloads);
    json_unref(x->input);
    machine_unref(x->machine);
    mem_free(x->link);
    mem_free(x);
}

bool execution_is_limited(const struct execution *x)
{
    return !x->engine->options.limits_off;
}

void execution_rng(const struct execution *x, struct rng *out)
{
    // The next event's id tells one use from another, and is the same again after a restart.
    rng_stream(out, x->engine->options.seed, x->arn_seed + x->next_event);
}

/* -- after a commit; Threads: writer -- */

static void call_waiters(struct waiter *w, int64_t stop_ms)
{
    while (w) {
        struct waiter *next = w->next;
        w->stopped(w->context, stop_ms);
        mem_free(w);
        w = next;
    }
}

static void tell_started(const struct commit *c, enum store_start start, int64_t start_ms,
                         const struct err *err)
{
    struct err clash = ERR_INIT;
    if (start == STORE_START_CLASH)
        (void)err_set(&clash, ERR_EXECUTION_ALREADY_EXISTS, "Execution Already Exists: '%.*s'",
                      (int)c->arn_len, c->arn ? c->arn : "");
    c->started(c->context, start_ms, start == STORE_START_SAME,
               start == STORE_START_CLASH ? &clash : err);
    err_release(&clash);
}

/* With the lock held: x has no place in the tables any more. True: nobody runs it, it is ours. */
static bool take_out(struct engine *e, struct execution *x)
{
    table_remove(e, x);
    x->gone = true;
    return x->run == RUN_PARKED;
}

/* What else follows a commit: the parent hears of its child, children that were cut end. */
static void tell_others(struct commit *c, bool refused, bool lost)
{
    struct engine *e = c->engine;
    if (c->link && (c->ends || refused)) {
        struct message *m = message_new(MESSAGE_CHILD, c->end.error, c->end.cause);
        m->frame = c->link->frame;
        m->number = c->link->item;
        m->status = refused ? STORE_FAILED : c->end.status;
        m->output = json_ref(c->end.output);
        engine_post_take(e, c->link->execution, m);
    }
    for (size_t i = 0; i < c->cut_count; i++)
        engine_post_take(e, c->cut[i], message_new(MESSAGE_ABORT, STR_NONE, STR_NONE));
    for (struct map_run_change *change = c->changes; change; change = change->next)
        change->updated(change->context, !lost);
}

static void commit_end(struct engine *e, struct commit *c)
{
    commit_free(c);
    engine_lock(e);
    if (--e->commits == 0)
        (void)cond_wake_all(&e->idle);
    engine_unlock(e);
    engine_unref(e);
}

static void step_done(void *context, enum store_start start, int64_t start_ms,
                      const struct err *err)
{
    struct commit *c = context;
    struct engine *e = c->engine;
    bool refused = c->starts && (start != STORE_STARTED || err_is_set(err));
    bool mine = false;
    struct waiter *waiters = NULL;

    engine_lock(e);
    struct execution *x = e->stopping ? NULL : table_find(e, c->execution);
    if (x) {
        x->committed = c->step;
        if (c->starts && !refused)
            table_add_arn(e, x);
        if (refused || c->ends) {
            waiters = x->waiters;
            x->waiters = NULL;
            mine = take_out(e, x);
        } else if (c->wakes) {
            engine_queue(e, x);
        }
    }
    engine_unlock(e);
    if (x && err_is_set(err) && !c->starts)
        log_error("engine", "step_lost", "execution=%" PRIu64 " error=\"%.*s\"", c->execution,
                  STR_ARG(err_text(err)));

    // x may be freed by now, by who ran it, unless it is ours.
    if (x && c->started)
        tell_started(c, start, start_ms, err);
    if (x && c->ends && c->ended && !refused)
        c->ended(c->context, &c->end);
    call_waiters(waiters, c->end.stop_ms);
    tell_others(c, refused, err_is_set(err));
    if (mine)
        execution_free(x);
    commit_end(e, c);
}

/* -- the step -- */

struct store_step *execution_step(struct execution *x)
{
    if (x->step)
        return x->step;
    if (!x->payloads) {
        x->payloads = mem_new(sizeof *x->payloads);
        store_payloads_init(x->payloads, x->payloads_next);
        if (x->steps > 0)
            x->payloads->frames_max = x->frames_max;
    }
    struct commit *c = mem_new(sizeof *c);
    c->engine = x->engine;
    c->execution = x->id;
    c->step = x->steps + 1;
    if (x->link) {
        c->link = mem_new(sizeof *c->link);
        *c->link = *x->link;
    }
    x->commit = c;
    x->step = store_step_new(x->engine->options.store, x->id, x->payloads, step_done, c);
    return x->step;
}

void execution_begin(struct execution *x, const struct asl_block *block, str input_text,
                     bool name_is_new, engine_started *started, engine_ended *ended, void *context)
{
    struct store_execution row = {
        .id = x->id,
        .arn = x->arn,
        .machine_arn = x->machine->arn,
        .name = x->name,
        .revision = x->machine->revision,
        .express = x->machine->express,
        .status = STORE_RUNNING,
        .start_ms = x->start_ms,
        .input = input_text,
    };
    if (x->link) {
        row.map_run = x->link->run;
        row.item = x->link->item;
        row.items = x->link->items;
    }
    x->input_is_compact = input_text.len == json_text_size(x->input);
    store_step_start(execution_step(x), &row, name_is_new);
    x->commit->starts = true;
    x->commit->started = started;
    if (!name_is_new) {
        x->commit->arn = text_copy(x->arn);
        x->commit->arn_len = x->arn.len;
    }
    x->commit->context = context;
    x->on_end = ended;
    x->context = context;
    json d = json_object(1);
    details_put_text(&d, "roleArn", x->machine->role_arn);
    const struct event e = {.type = "ExecutionStarted",
                            .details_taken = d,
                            .data_name = "input",
                            .data = x->input,
                            .is_input = true};
    (void)history_add(x, &e);
    // Recorded: the first state's event has no predecessor either.
    (void)frame_new(x, NULL, 0, block->start, x->input, 0);
}

void execution_enter(struct execution *x)
{
    struct engine *e = x->engine;
    engine_lock(e);
    table_add(e, x);
    engine_queue(e, x);
    engine_unlock(e);
}

void execution_cuts(struct execution *x, uint64_t other)
{
    (void)execution_step(x);
    struct commit *c = x->commit;
    if (c->cut_count == c->cut_room) {
        size_t room = c->cut_room ? c->cut_room * 2 : 16;
        uint64_t *grown = mem_new(room * sizeof *grown);
        if (c->cut_count > 0)
            memcpy(grown, c->cut, c->cut_count * sizeof *grown);
        mem_free(c->cut);
        c->cut = grown;
        c->cut_room = room;
    }
    c->cut[c->cut_count++] = other;
}

void execution_changed(struct execution *x, struct map_run_change *change_taken)
{
    (void)execution_step(x);
    change_taken->next = x->commit->changes;
    x->commit->changes = change_taken;
}

bool engine_store_is_behind(const struct engine *e)
{
    return store_queued(e->options.store) > STORE_QUEUE_HIGH || store_is_stalled(e->options.store);
}

/* Hands the step over. more: x has something to do at once. True: it may do it now. */
static bool flush(struct execution *x, bool more)
{
    struct commit *c = x->commit;
    if (!x->step)
        return more;
    while (!ring_is_alone(&x->dirty)) {
        struct frame *f =
            (struct frame *)(void *)((char *)x->dirty.next - offsetof(struct frame, dirty));
        ring_remove(&f->dirty);
        if (!x->machine->express && !x->ended)
            checkpoint_frame(x, f);
    }
    bool behind = engine_store_is_behind(x->engine);
    if (!x->ended && (c->starts || behind))
        x->runs_after = c->step;
    bool sends = x->unsent != NULL;
    c->wakes = !x->ended && (c->starts || behind || sends);
    bool soon = c->started || c->ended || sends || x->ended;
    uint64_t number = c->step;
    x->steps = number;
    struct store_step *step = x->step;
    x->step = NULL;
    x->commit = NULL;
    x->step_events = 0;

    engine_lock(x->engine);
    x->engine->commits++;
    engine_unlock(x->engine);
    engine_ref(x->engine);
    store_step_submit_take(step, soon); // c may be gone
    return more && x->runs_after != number;
}

void execution_stop(struct execution *x)
{
    // What was begun and never run (a start, an end at recovery) is handed over, not lost.
    (void)flush(x, false);
    execution_free(x);
}

/* Nothing to do until a message comes: memory that can go, goes. Large values that the next step is
 * likely to name again stay known. */
static void park(struct execution *x)
{
    // While the machine's own frame wakes it in time, the execution needs no timer of its own.
    bool wakes = x->root && x->root->deadline_ms <= x->deadline_ms;
    if (x->timer == 0 && x->deadline_ms != MS_NEVER && !x->ended && !wakes) {
        engine_ref(x->engine);
        x->timer = clock_timer_arm(x->engine->options.clock, x->deadline_ms, engine_timer_fired,
                                   x->engine, x->id, 0);
    }
    struct store_payloads *p = x->payloads;
    if (!p)
        return;
    x->payloads_next = p->next_id;
    x->frames_max = p->frames_max;
    bool keeps = false;
    for (size_t i = 0; i < STORE_PAYLOADS_KEPT; i++) {
        if (x->root && !json_is_absent(p->kept[i].value) &&
            json_same(p->kept[i].value, x->root->input)) {
            keeps = true;
            continue;
        }
        json_unref(p->kept[i].value);
        p->kept[i].value = json_absent();
    }
    if (keeps)
        return;
    mem_free(p);
    x->payloads = NULL;
}

/* -- the end -- */

void execution_end(struct execution *x, const struct ending *how)
{
    if (x->ended)
        return;
    struct ending h = *how;
    if (x->overflow) {
        // Measured: event 25,000 is ExecutionFailed, the one before it the last real one.
        h = (struct ending){
            .status = STORE_FAILED,
            .event = "ExecutionFailed",
            .previous = x->next_event - 1,
            .error = err_id_name(ERR_STATES_RUNTIME),
            .cause = STR("The execution reached the maximum number of history events (25000)."),
            .at_ms = h.at_ms,
        };
        x->overflow = false;
    }
    x->ended = true;
    x->now_ms = h.at_ms;
    if (h.status != STORE_SUCCEEDED && x->root)
        map_runs_cut(x, x->root);
    const struct event e = {
        .previous = h.previous,
        .type = h.event,
        .details_taken = details_error(h.error, h.cause),
        .data_name = json_is_absent(h.output) ? NULL : "output",
        .data = h.output,
    };
    (void)history_add(x, &e);
    str error = h.quiet ? STR_NONE : h.error;
    str cause = h.quiet ? STR_NONE : h.cause;
    store_step_end(execution_step(x), h.status, h.output, error, cause, h.at_ms);

    struct commit *c = x->commit;
    c->ends = true;
    c->ended = x->on_end;
    c->context = x->context;
    c->error = text_copy(error);
    c->cause = text_copy(cause);
    c->end = (struct engine_end){
        .status = h.status,
        .output = json_ref(h.output),
        .error = {c->error, error.len},
        .cause = {c->cause, cause.len},
        .start_ms = x->start_ms,
        .stop_ms = h.at_ms,
    };
    str status = store_status_name(h.status);
    log_debug("engine", "ended", "execution=%.*s status=%.*s", STR_ARG(x->arn), STR_ARG(status));
}

void execution_succeed(struct execution *x, uint64_t previous, json output)
{
    const struct ending how = {.status = STORE_SUCCEEDED,
                               .event = "ExecutionSucceeded",
                               .previous = previous,
                               .output = output,
                               .at_ms = execution_now(x)};
    execution_end(x, &how);
}

void execution_fail(struct execution *x, uint64_t previous, str error, str cause)
{
    const struct ending how = {.status = STORE_FAILED,
                               .event = "ExecutionFailed",
                               .previous = previous,
                               .error = error,
                               .cause = cause,
                               .at_ms = execution_now(x)};
    execution_end(x, &how);
}

/* Measured: stopDate is startDate and exactly the seconds; no error, no cause but in the event. */
static void execution_time_out(struct execution *x)
{
    const struct ending how = {.status = STORE_TIMED_OUT,
                               .event = "ExecutionTimedOut",
                               .error = err_id_name(ERR_STATES_TIMEOUT),
                               .quiet = true,
                               .at_ms = x->deadline_ms};
    execution_end(x, &how);
}

/* Measured: ExecutionAborted has no predecessor. */
void execution_abort(struct execution *x, str error, str cause)
{
    const struct ending how = {.status = STORE_ABORTED,
                               .event = "ExecutionAborted",
                               .error = error,
                               .cause = cause,
                               .at_ms = execution_now(x)};
    execution_end(x, &how);
}

/* -- messages -- */

struct message *message_new(enum message_kind kind, str error, str cause)
{
    struct message *m = mem_new(sizeof *m);
    m->kind = kind;
    m->error = text_copy(error);
    m->error_len = error.len;
    m->cause = text_copy(cause);
    m->cause_len = cause.len;
    return m;
}

void message_free(struct message *m)
{
    json_unref(m->output);
    json_unref(m->recall);
    if (m->change)
        m->change->updated(m->change->context, false); // nobody made it
    mem_free(m->change);
    mem_free(m->error);
    mem_free(m->cause);
    mem_free(m);
}

static void timer_heard(struct execution *x, const struct message *m)
{
    struct frame *f = m->frame ? frame_find(x, m->frame) : NULL;
    // A timer that was cancelled too late finds another deadline, or none.
    if (!f || f->status != FRAME_WAITING || f->deadline_ms > execution_now(x))
        return;
    bool again = f->wait == WAIT_RETRY;
    frame_move(x, f, FRAME_RUNNING);
    const struct state_row *row = state_row(f->state->type);
    if (again)
        row->attempt(x, f);
    else
        row->timer(x, f);
}

/* A report of the call that a frame waits for. */
static void report_heard(struct execution *x, struct frame *f, const struct message *m)
{
    if (f->map_run) {
        map_run_reported(x, f, m);
        return;
    }
    switch (m->kind) {
    case MESSAGE_SUBMITTED: task_submitted_heard(x, f, m); return;
    case MESSAGE_SUCCEEDED: task_succeeded_heard(x, f, m); return;
    default: task_failed_heard(x, f, m); return;
    }
}

static void message_heard(struct execution *x, struct message *m)
{
    struct frame *f = frame_find(x, m->frame);
    bool current = f && f->call && f->call->number == m->number;
    switch (m->kind) {
    case MESSAGE_TIMER: timer_heard(x, m); return;
    case MESSAGE_ABORT:
        execution_abort(x, (str){m->error, m->error_len}, (str){m->cause, m->cause_len});
        return;
    case MESSAGE_SUBMITTED:
    case MESSAGE_SUCCEEDED:
    case MESSAGE_FAILED:
        if (current)
            report_heard(x, f, m);
        return;
    case MESSAGE_CHILD:
    case MESSAGE_MORE:
    case MESSAGE_UPDATE:
        if (!f || !f->map_run || f->status != FRAME_WAITING)
            return;
        if (m->kind == MESSAGE_CHILD)
            map_run_child_heard(x, f, m);
        else if (m->kind == MESSAGE_UPDATE)
            map_run_update_heard(x, f, m);
        else
            map_run_more(x, f);
        return;
    }
}

/* Looks at what may end x between any two transitions. */
static bool goes_on(struct execution *x)
{
    x->now_ms = clock_now_ms(x->engine->options.clock);
    if (!x->ended && x->now_ms >= x->deadline_ms)
        execution_time_out(x);
    return !x->ended;
}

/* After each transition: an event that found no place ends it. */
static void overflow_look(struct execution *x)
{
    if (x->overflow)
        execution_fail(x, 0, STR_NONE, STR_NONE); // which tells of the limit instead
}

bool execution_run(struct execution *x, struct message *inbox, uint64_t committed)
{
    bool restored = x->restoring;
    x->restoring = false;
    if (goes_on(x)) {
        if (restored)
            frames_arm(x);
        tasks_send(x, committed);
    }
    while (inbox) {
        struct message *m = inbox;
        inbox = m->next;
        if (goes_on(x)) {
            message_heard(x, m);
            overflow_look(x);
        }
        message_free(m);
    }
    while (!ring_is_alone(&x->ready) && x->step_events < RUN_EVENTS_MAX && goes_on(x)) {
        if (atomic_load_explicit(&x->deleted, memory_order_relaxed)) {
            execution_abort(x, STR_NONE, STR_NONE);
            break;
        }
        frame_run(x,
                  (struct frame *)(void *)((char *)x->ready.next - offsetof(struct frame, ready)));
        overflow_look(x);
    }
    bool more = flush(x, !x->ended && !ring_is_alone(&x->ready));
    if (x->ended)
        execution_clear(x);
    if (!more)
        park(x);
    return more;
}
