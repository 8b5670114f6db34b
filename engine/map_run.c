/* Map Runs: the distributed Map, whose items are worked on by child executions of their own.
 *
 *     attempt   input, items or ItemReader; MapStateStarted, MapRunStarted
 *       │ ItemReader: WAIT_ITEMS ── a call ──┐
 *       v                                    v
 *     WAIT_RUN   after the commit children are started, as many at once as the limit lets;
 *       │        each is an execution like others, that tells its end with MESSAGE_CHILD
 *       v        none left, or too many have failed
 *     ResultWriter: WAIT_RESULTS ── calls ──> MapRunSucceeded | MapRunFailed, and on
 *
 * Invariants
 * 1. A child is started only when its run's row is in the store; it is aborted only when the step
 *    that decided so is committed. So what a restart finds of a run is never more than its parent
 *    knows.
 * 2. Counts are those of the children's rows: a restart reads them, nothing is counted twice.
 * 3. A child that ends costs its parent the search for it, however many there are.
 * 4. A run that starts many children does so a few at a time: others have their turn between, and
 *    the store's queue its bound. */
#include "map_run_private.h"

/* -- its row -- */

static void row_put(struct execution *x, const struct map_run *r)
{
    store_step_map_run(execution_step(x), &r->row);
}

/* -- making it -- */

static void run_release(struct map_run *r)
{
    for (size_t i = 0; i < r->count; i++)
        json_unref(r->children[i].output);
    map_results_free(r->writer);
    mem_free(r->children);
    machine_unref(r->children_machine);
    json_unref(r->input);
    json_unref(r->items);
    json_unref(r->context);
    json_unref(r->batch_input);
    mem_free(r->source);
    mem_free(r->error);
    mem_free(r->cause);
    str_free(r->row.arn);
    mem_free(r);
}

void map_run_free(struct frame *f)
{
    if (f->map_run)
        run_release(f->map_run);
    f->map_run = NULL;
}

uint64_t map_run_id(const struct frame *f)
{
    return f->map_run->row.id;
}

json map_run_items_kept(const struct frame *f)
{
    bool read = f->map_run && distributed(f)->reader.resource.ptr;
    return read ? f->map_run->items : json_absent();
}

/* The name of the top-level machine: a child's is "name/label". */
static str base_name(const struct execution *x)
{
    str name = x->machine->name;
    const char *slash = name.len > 0 ? memchr(name.ptr, '/', name.len) : NULL;
    return slash ? str_sub(name, 0, (size_t)(slash - name.ptr)) : name;
}

/* What stands between the machine's name and the run's own: the Label. ASSUMPTION: without one, a
 * UUID that is the same for all runs of the state. */
static str label_of(const struct execution *x, const struct frame *f, char uuid[UUID_TEXT_LEN + 1])
{
    if (distributed(f)->label.ptr)
        return distributed(f)->label;
    struct rng rng;
    rng_stream(&rng, arn_hash(x->machine->arn), arn_hash(f->state->name));
    rng_uuid(&rng, uuid);
    return (str){uuid, UUID_TEXT_LEN};
}

/* Names the run and its children's machine. */
static void run_name(struct execution *x, const struct frame *f, struct map_run *r)
{
    const struct engine_options *o = &x->engine->options;
    char generated[UUID_TEXT_LEN + 1], uuid[UUID_TEXT_LEN + 1];
    struct rng rng;
    execution_rng(x, &rng);
    rng_uuid(&rng, uuid);
    str label = label_of(x, f, generated);
    str name = base_name(x);
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    buf_printf(&text, "arn:aws:states:%.*s:%.*s:mapRun:%.*s/%.*s:%s", STR_ARG(o->region),
               STR_ARG(o->account), STR_ARG(name), STR_ARG(label), uuid);
    r->row.arn = (str){text_copy(buf_str(&text)), text.len};
    r->uuid = str_skip(r->row.arn, r->row.arn.len - UUID_TEXT_LEN);
    buf_release(&text);
}

void map_run_machine(struct execution *x, const struct frame *f, struct map_run *r)
{
    const struct engine_options *o = &x->engine->options;
    char generated[UUID_TEXT_LEN + 1];
    str label = label_of(x, f, generated);
    str name = base_name(x);
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    buf_printf(&text, "arn:aws:states:%.*s:%.*s:stateMachine:", STR_ARG(o->region),
               STR_ARG(o->account));
    size_t from = text.len;
    buf_printf(&text, "%.*s/%.*s", STR_ARG(name), STR_ARG(label));
    r->children_machine = machine_of_children(x->machine, distributed(f)->express, buf_str(&text),
                                              str_skip(buf_str(&text), from));
    buf_release(&text);
}

/* Where the items are from. Source: Developer Guide, "Accessing execution data from the Context
 * object in Step Functions", Map.Item.Source. */
void map_run_source(const struct frame *f, struct map_run *r, json request)
{
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    str bucket = json_str(json_get(request, STR("Bucket")));
    str key = json_str(json_get(request, STR("Key")));
    if (!distributed(f)->reader.resource.ptr)
        buf_add(&text, STR("STATE_DATA"));
    else if (key.ptr)
        buf_printf(&text, "S3://%.*s/%.*s", STR_ARG(bucket), STR_ARG(key));
    else
        buf_printf(&text, "S3://%.*s", STR_ARG(bucket));
    r->source = text_copy(buf_str(&text));
    buf_release(&text);
}

/* What is the same for every visit of the state with this input, and so after a restart: the input,
 * the items that are in it, the context. */
bool map_run_prepare(const struct frame *f, struct map_run *r, const struct scope *scope,
                     struct err *err)
{
    const struct asl_state *s = f->state;
    if (!asl_state_input(s, f->input, &scope->asl, &r->input, err))
        return false;
    r->context = json_ref(scope->asl.context);
    return distributed(f)->reader.resource.ptr ||
           asl_map_items(s, r->input, &scope->asl, &r->items, err);
}

/* The numbers and what else is evaluated once a run; gives what the reader is asked for. */
bool map_run_settle(const struct frame *f, struct map_run *r, const struct scope *scope,
                    json *request, struct err *err)
{
    const struct asl_distributed *d = distributed(f);
    struct asl_map_run_numbers n;
    if (!asl_map_run_numbers(f->state, r->input, &scope->asl, &n, err) ||
        (d->batcher.given &&
         !asl_map_batch_input(f->state, r->input, &scope->asl, &r->batch_input, err)) ||
        (d->reader.resource.ptr &&
         !asl_map_reader_request(f->state, r->input, &scope->asl, request, err)))
        return false;
    r->max_batch_items = n.max_batch_items;
    r->max_batch_bytes = n.max_batch_bytes;
    r->row.max_concurrency = n.max_concurrency;
    r->row.tolerated_count = d->tolerated_count.given ? n.tolerated_count : STORE_NOT_GIVEN;
    r->row.tolerated_percentage =
        d->tolerated_percentage.given ? n.tolerated_percentage : STORE_NOT_GIVEN;
    r->row.batched = d->batcher.given;
    r->row.items = json_len(r->items);
    return true;
}

/* The state's attempt failed before there was a run. */
static void attempt_failed(struct execution *x, struct frame *f, struct err *err)
{
    map_run_free(f);
    state_error(x, f, err);
}

static void run_begin(struct execution *x, struct frame *f, json request)
{
    struct map_run *r = f->map_run;
    run_name(x, f, r);
    map_run_machine(x, f, r);
    map_run_source(f, r, request);
    r->row.id = atomic_fetch_add_explicit(&x->engine->next_map_run, 1, memory_order_relaxed);
    r->row.execution = x->id;
    r->row.frame = f->id;
    r->row.status = STORE_RUNNING;
    r->row.start_ms = execution_now(x);
    json d = json_object(1);
    details_put_text(&d, "mapRunArn", r->row.arn);
    history_chain(x, f, "MapRunStarted", d, NULL, json_absent());
    row_put(x, r);
}

void map_run_attempt(struct execution *x, struct frame *f)
{
    struct err err = ERR_INIT;
    struct scope scope;
    json request = json_absent();
    struct map_run *r = f->map_run = mem_new(sizeof *r);
    scope_open(x, f, &scope);
    bool ok = map_run_prepare(f, r, &scope, &err);
    if (ok) {
        // Recorded: the state has started when its numbers are found wrong; of items that are
        // still to be read, the length is 0.
        json d = json_object(1);
        details_put(&d, "length", json_integer((int64_t)json_len(r->items)));
        history_chain(x, f, "MapStateStarted", d, NULL, json_absent());
        ok = map_run_settle(f, r, &scope, &request, &err);
    }
    scope_close(&scope);
    if (!ok) {
        json_unref(request);
        attempt_failed(x, f, &err);
        return;
    }
    run_begin(x, f, request);
    if (json_is_absent(request)) {
        frame_wait(x, f, WAIT_RUN, MS_NEVER);
        map_run_await(x, f);
        return;
    }
    if (!map_run_call(x, f, distributed(f)->reader.resource, request, WAIT_ITEMS, &err)) {
        map_run_fail_with(x, f, &err);
        map_run_end(x, f, json_absent());
    }
}

bool map_run_call(struct execution *x, struct frame *f, str resource, json parameters_taken,
                  enum frame_wait wait, struct err *err)
{
    const struct task_resource *row = x->engine->find_data_set(resource);
    if (!row) {
        json_unref(parameters_taken);
        return err_set(err, ERR_STATES_RUNTIME, "The resource provided %.*s is not recognized.",
                       STR_ARG(resource));
    }
    f->call = call_new(x, row, parameters_taken);
    frame_wait(x, f, wait, MS_NEVER);
    task_is_unsent(x, f, x->steps + 1);
    (void)execution_step(x); // whose commit sends it
    return true;
}

/* -- failing and ending -- */

static void cut_children(struct execution *x, const struct map_run *r)
{
    for (size_t i = 0; i < r->count; i++)
        if (r->children[i].execution != 0)
            execution_cuts(x, r->children[i].execution);
}

void map_run_fail(struct execution *x, struct frame *f, str error, str cause)
{
    struct map_run *r = f->map_run;
    if (r->failed)
        return;
    r->failed = true;
    r->error = text_copy(error);
    r->cause = text_copy(cause);
    cut_children(x, r);
}

void map_run_fail_with(struct execution *x, struct frame *f, struct err *err)
{
    const struct failure failure = failure_of(f, err);
    map_run_fail(x, f, failure.error, failure.cause);
    err_release(err);
}

static void row_end(struct execution *x, struct map_run *r, enum store_status status)
{
    r->row.status = status;
    r->row.stop_ms = execution_now(x);
    row_put(x, r);
}

static void end_failed(struct execution *x, struct frame *f)
{
    struct map_run *r = f->map_run;
    f->map_run = NULL; // the state may be tried again
    row_end(x, r, STORE_FAILED);
    const struct failure failure = {.error = text_or_none(r->error),
                                    .cause = text_or_none(r->cause)};
    history_chain(x, f, "MapRunFailed", details_error(failure.error, failure.cause), NULL,
                  json_absent());
    state_fail(x, f, &failure);
    run_release(r);
}

void map_run_end(struct execution *x, struct frame *f, json result_taken)
{
    struct map_run *r = f->map_run;
    if (f->status == FRAME_WAITING)
        frame_move(x, f, FRAME_RUNNING);
    if (r->failed) {
        json_unref(result_taken);
        end_failed(x, f);
        return;
    }
    row_end(x, r, STORE_SUCCEEDED);
    map_run_free(f);
    history_chain(x, f, "MapRunSucceeded", json_absent(), NULL, json_absent());
    const struct event e = {.previous = f->last_event, .type = "MapStateSucceeded"};
    (void)history_add(x, &e);
    state_done(x, f, result_taken, f->state->next);
    json_unref(result_taken);
}

void map_runs_cut(struct execution *x, struct frame *f)
{
    const struct children *c = f->children;
    for (size_t i = 0; c && i < c->next; i++)
        if (c->child[i].frame)
            map_runs_cut(x, c->child[i].frame);
    struct map_run *r = f->map_run;
    if (!r || r->row.status != STORE_RUNNING)
        return;
    row_end(x, r, STORE_ABORTED);
    cut_children(x, r);
}

/* -- reports and changes -- */

static void items_heard(struct execution *x, struct frame *f, const struct message *m)
{
    struct map_run *r = f->map_run;
    frame_call_drop(x, f);
    frame_move(x, f, FRAME_RUNNING);
    json items = json_get(m->output, STR("Items"));
    if (m->kind == MESSAGE_FAILED) {
        map_run_fail(x, f, (str){m->error, m->error_len}, (str){m->cause, m->cause_len});
        map_run_end(x, f, json_absent());
        return;
    }
    r->items = json_ref(items);
    r->row.items = json_len(items);
    row_put(x, r);
    frame_wait(x, f, WAIT_RUN, MS_NEVER);
    map_run_await(x, f);
}

void map_run_reported(struct execution *x, struct frame *f, const struct message *m)
{
    if (m->kind == MESSAGE_SUBMITTED)
        return;
    if (f->wait == WAIT_ITEMS)
        items_heard(x, f, m);
    else
        map_results_written(x, f, m);
}

void map_run_update_heard(struct execution *x, struct frame *f, struct message *m)
{
    struct map_run *r = f->map_run;
    const struct engine_map_run_update *u = &m->change->update;
    if (u->has_max_concurrency)
        r->row.max_concurrency = u->max_concurrency;
    if (u->has_tolerated_count)
        r->row.tolerated_count = u->tolerated_count;
    if (u->has_tolerated_percentage)
        r->row.tolerated_percentage = u->tolerated_percentage;
    row_put(x, r);
    execution_changed(x, m->change);
    m->change = NULL;
    map_run_more(x, f);
}
