/* Executions: start, start and wait, describe, stop, list.
 *
 * A start is answered once it is durable, a synchronous one once its end is; until then its
 * connection is suspended. */
#include "api_private.h"
#include "base/mem.h"

#include <stdio.h>
#include <string.h>

enum { ANSWER_BYTES = 4 * 1024 * 1024, TEXT_BYTES = 4096 };

/* -- starting -- */

struct starting {
    struct api_call *call;
    str arn, name, machine_arn, input;
    bool metadata_only;
};

static bool parse_input(str text, json *out, struct err *err)
{
    struct err parse = ERR_INIT;
    if (json_parse(text, out, &parse))
        return true;
    bool ok = err_set(err, ERR_INVALID_EXECUTION_INPUT,
                      "Invalid State Machine Execution Input: '%.*s'", STR_ARG(err_text(&parse)));
    err_release(&parse);
    return ok;
}

/* A name of our own: a UUID whose first digits are the time, so that names made one after the other
 * lie side by side in the store's index and a commit dirties few of its pages. */
static void make_name(struct api_call *call, char uuid[UUID_TEXT_LEN + 1])
{
    char time[16 + 1];
    api_uuid(call->api, uuid);
    uint64_t now_ms = (uint64_t)clock_now_ms(call->api->options.clock);
    (void)snprintf(time, sizeof time, "%012llx", (unsigned long long)(now_ms & 0xFFFFFFFFFFFF));
    memcpy(uuid, time, 8);         // 8 digits, a dash,
    memcpy(uuid + 9, time + 8, 4); // 4 digits
}

/* The new execution's name and ARN. */
static bool name_it(struct api_call *call, const struct store_machine *m, struct starting *s,
                    struct err *err)
{
    const struct api_options *o = &call->api->options;
    char uuid[UUID_TEXT_LEN + 1];
    make_name(call, uuid);
    s->name = input_str(call, "name");
    if (!s->name.ptr)
        s->name = arena_str(call->arena, str_from_c(uuid));
    if (m->express) {
        make_name(call, uuid); // its ARN ends in one of its own
        s->arn = arena_printf(call->arena, "arn:aws:states:%.*s:%.*s:express:%.*s:%.*s:%s",
                              STR_ARG(o->region), STR_ARG(o->account), STR_ARG(m->name),
                              STR_ARG(s->name), uuid);
    } else {
        s->arn = arena_printf(call->arena, "arn:aws:states:%.*s:%.*s:execution:%.*s:%.*s",
                              STR_ARG(o->region), STR_ARG(o->account), STR_ARG(m->name),
                              STR_ARG(s->name));
    }
    return (s->name.ptr && s->arn.ptr) || err_set(err, ERR_NO_MEMORY, "no memory for an ARN");
}

static bool load_for_start(struct api_call *call, bool sync, struct store_machine *m,
                           struct err *err)
{
    str arn = input_str(call, "stateMachineArn");
    str name = input_str(call, "name");
    struct store_connection *c = store_reader(call->api->options.store, err);
    if (!c || !arn_check(arn, "stateMachine", err) || !machine_load(call, c, arn, m, err))
        return false;
    if (m->deleting)
        return err_set(err, ERR_STATE_MACHINE_DELETING, "State Machine is deleting: '%.*s'",
                       STR_ARG(arn));
    if (sync && !m->express)
        return err_set(err, ERR_STATE_MACHINE_TYPE_NOT_SUPPORTED,
                       "This operation is not supported by this type of state machine");
    return !name.ptr || name_check(name, err);
}

static enum api_outcome start(struct api_call *call, bool sync, engine_started *started,
                              engine_ended *ended, struct err *err)
{
    struct engine *engine = call->api->options.engine;
    struct store_machine m;
    struct starting *s = arena_alloc(call->arena, sizeof *s);
    json value = json_absent();
    if (!s) {
        (void)err_set(err, ERR_NO_MEMORY, "no memory for a start");
        return API_REFUSED;
    }
    s->call = call;
    s->input = input_str(call, "input");
    if (!s->input.ptr)
        s->input = STR("{}"); // Source: API Reference, StartExecution, "input".
    s->metadata_only = str_eq(input_str(call, "includedData"), STR("METADATA_ONLY"));
    if (!load_for_start(call, sync, &m, err) || !name_it(call, &m, s, err) ||
        !parse_input(s->input, &value, err))
        return API_REFUSED;
    s->machine_arn = m.arn;
    struct asl_definition *definition =
        engine_definition(engine, m.revision, m.definition, m.express, err);
    if (definition) {
        const struct engine_start in = {
            .machine_arn = m.arn,
            .machine_name = m.name,
            .revision = m.revision,
            .definition = definition,
            .role_arn = m.role_arn,
            .express = m.express,
            .arn = s->arn,
            .name = s->name,
            .name_is_new = m.express || !input_str(call, "name").ptr,
            .input = value,
            .input_text = s->input,
        };
        engine_start(engine, &in, started, ended, s);
        asl_unref(definition);
    }
    json_unref(value);
    return definition ? API_LATER : API_REFUSED;
}

static void started(void *context, int64_t start_ms, bool existed, const struct err *err)
{
    (void)existed; // the same answer, with the first start's time
    struct starting *s = context;
    if (err_is_set(err)) {
        api_refuse(s->call, err);
        return;
    }
    struct buf out;
    answer_init(&out, TEXT_BYTES);
    member_str(&out, "executionArn", s->arn);
    member_time(&out, "startDate", start_ms);
    api_answer_take(s->call, &out);
}

enum api_outcome api_start_execution(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    return start(call, false, started, NULL, err);
}

/* A synchronous start is answered by its end, or here when there will be none. */
static void sync_started(void *context, int64_t start_ms, bool existed, const struct err *err)
{
    (void)start_ms;
    (void)existed;
    struct starting *s = context;
    if (err_is_set(err))
        api_refuse(s->call, err);
}

/* Source: API Reference, BillingDetails: steps of 100 ms and of 64 MB. */
static void member_billing(struct buf *out, int64_t lasted_ms)
{
    int64_t steps = (lasted_ms + 99) / 100;
    member_object(out, "billingDetails");
    member_int(out, "billedMemoryUsedInMB", 64);
    member_int(out, "billedDurationInMilliseconds", (steps ? steps : 1) * 100);
    buf_add_char(out, '}');
}

static const str included = STR_INIT("{\"included\":true}");
static const str not_included = STR_INIT("{\"included\":false}");

static void sync_ended(void *context, const struct engine_end *end)
{
    struct starting *s = context;
    struct buf out;
    answer_init(&out, ANSWER_BYTES);
    member_str(&out, "executionArn", s->arn);
    member_str(&out, "stateMachineArn", s->machine_arn);
    member_str(&out, "name", s->name);
    member_time(&out, "startDate", end->start_ms);
    member_time(&out, "stopDate", end->stop_ms);
    member_str(&out, "status", store_status_name(end->status));
    member_text_if(&out, "error", end->error);
    member_text_if(&out, "cause", end->cause);
    if (!s->metadata_only)
        member_str(&out, "input", s->input);
    member_raw(&out, "inputDetails", s->metadata_only ? not_included : included);
    if (!json_is_absent(end->output)) {
        str text = s->metadata_only ? STR_NONE : json_text(end->output);
        member_text_if(&out, "output", text);
        str_free(text);
    }
    // Recorded: told of a failed execution too.
    member_raw(&out, "outputDetails", s->metadata_only ? not_included : included);
    member_billing(&out, end->stop_ms - end->start_ms);
    api_answer_take(s->call, &out);
}

enum api_outcome api_start_sync_execution(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    return start(call, true, sync_started, sync_ended, err);
}

/* -- describing -- */

bool execution_load(struct api_call *call, str arn, struct store_execution *e, struct err *err)
{
    struct store_connection *c = store_reader(call->api->options.store, err);
    bool found = false;
    if (!c || !arn_check(arn, "execution", err) ||
        !store_execution_find(c, call->arena, arn, e, &found, err))
        return false;
    return found || err_set(err, ERR_EXECUTION_DOES_NOT_EXIST, "Execution Does Not Exist: '%.*s'",
                            STR_ARG(arn));
}

/* Source: API Reference, DescribeExecution, "redriveStatusReason". */
static void member_redrive(struct buf *out, const struct store_execution *e)
{
    bool fixed = e->status == STORE_RUNNING || e->status == STORE_SUCCEEDED;
    bool child = e->map_run != 0;
    member_int(out, "redriveCount", 0);
    member_str(out, "redriveStatus",
               fixed   ? STR("NOT_REDRIVABLE")
               : child ? STR("REDRIVABLE_BY_MAP_RUN")
                       : STR("REDRIVABLE"));
    if (!fixed)
        return;
    char reason[64];
    (void)snprintf(reason, sizeof reason, "Execution is %.*s and cannot be redriven.",
                   STR_ARG(store_status_name(e->status)));
    member_str(out, "redriveStatusReason", str_from_c(reason));
}

/* The Map Run that a child execution is of. */
static bool member_map_run(struct api_call *call, const struct store_execution *e, struct buf *out,
                           struct err *err)
{
    struct store_map_run run;
    bool found = false;
    if (e->map_run == 0)
        return true;
    struct store_connection *c = store_reader(call->api->options.store, err);
    if (!c || !store_map_run_get(c, call->arena, e->map_run, &run, &found, err))
        return false;
    member_text_if(out, "mapRunArn", found ? run.arn : STR_NONE);
    return true;
}

enum api_outcome api_describe_execution(struct api_call *call, struct buf *out, struct err *err)
{
    struct store_execution e;
    if (!execution_load(call, input_str(call, "executionArn"), &e, err))
        return API_REFUSED;
    bool metadata_only = str_eq(input_str(call, "includedData"), STR("METADATA_ONLY"));
    member_str(out, "executionArn", e.arn);
    member_str(out, "stateMachineArn", e.machine_arn);
    member_str(out, "name", e.name);
    member_str(out, "status", store_status_name(e.status));
    member_time(out, "startDate", e.start_ms);
    if (e.status != STORE_RUNNING)
        member_time(out, "stopDate", e.stop_ms);
    if (!metadata_only)
        member_str(out, "input", e.input);
    member_raw(out, "inputDetails", metadata_only ? not_included : included);
    if (e.output.ptr) {
        if (!metadata_only)
            member_str(out, "output", e.output);
        member_raw(out, "outputDetails", metadata_only ? not_included : included);
    }
    member_text_if(out, "error", e.error);
    member_text_if(out, "cause", e.cause);
    member_redrive(out, &e);
    return member_map_run(call, &e, out, err) ? API_ANSWERED : API_REFUSED;
}

/* -- stopping -- */

static void stopped(void *context, int64_t stop_ms)
{
    struct api_call *call = context;
    struct buf out;
    answer_init(&out, TEXT_BYTES);
    member_time(&out, "stopDate", stop_ms);
    api_answer_take(call, &out);
}

enum api_outcome api_stop_execution(struct api_call *call, struct buf *out, struct err *err)
{
    struct store_execution e;
    str arn = input_str(call, "executionArn");
    if (!arn_check(arn, "execution", err))
        return API_REFUSED;
    if (engine_abort(call->api->options.engine, arn, input_str(call, "error"),
                     input_str(call, "cause"), stopped, call))
        return API_LATER;
    // ASSUMPTION: stopping what has ended answers with the time at which it ended.
    if (!execution_load(call, arn, &e, err))
        return API_REFUSED;
    member_time(out, "stopDate", e.stop_ms ? e.stop_ms : e.start_ms);
    return API_ANSWERED;
}

/* -- listing -- */

/* What a list is of: a machine's executions, or a Map Run's. */
struct listing {
    struct store_executions_page page; /* machine_arn: of a machine */
    struct store_map_run run;          /* id 0: of a machine */
};

static bool read_filter(struct api_call *call, struct listing *l, struct buf *what, struct err *err)
{
    struct store_executions_page *page = &l->page;
    str status = input_str(call, "statusFilter");
    enum store_status wanted;
    page->status = -1;
    page->limit = input_limit(call);
    page->before_ms = INT64_MAX;
    page->before_id = UINT64_MAX;
    if (status.ptr && !str_eq(status, STR("PENDING_REDRIVE"))) {
        if (!store_status_parse(status, &wanted))
            return err_set(err, ERR_VALIDATION, "Unknown status filter '%.*s'", STR_ARG(status));
        page->status = (int)wanted;
    }
    buf_printf(what, "ListExecutions %.*s %.*s",
               STR_ARG(l->run.id ? l->run.arn : page->machine_arn),
               STR_ARG(status.ptr ? status : STR("")));
    str token = input_str(call, "nextToken");
    return !token.ptr || token_parse(token, buf_str(what), &page->before_ms, &page->before_id, err);
}

static void list_one(struct buf *out, const struct listing *l, const struct store_execution *e)
{
    element_open(out);
    member_str(out, "executionArn", e->arn);
    member_str(out, "stateMachineArn", e->machine_arn);
    member_str(out, "name", e->name);
    member_str(out, "status", store_status_name(e->status));
    member_time(out, "startDate", e->start_ms);
    if (e->status != STORE_RUNNING)
        member_time(out, "stopDate", e->stop_ms);
    if (l->run.id != 0) {
        member_str(out, "mapRunArn", l->run.arn);
        member_int(out, "itemCount", (int64_t)e->items);
    }
    member_int(out, "redriveCount", 0);
    buf_add_char(out, '}');
}

/* Reads one more than a page has: is there a next one? */
static bool list_read(struct api_call *call, const struct listing *l, struct store_execution *rows,
                      size_t *count, struct err *err)
{
    struct store_connection *c = store_reader(call->api->options.store, err);
    struct store_executions_page one_more = l->page;
    one_more.limit++;
    if (!c)
        return false;
    if (l->run.id != 0)
        return store_map_children_list(c, call->arena, l->run.id, one_more.status,
                                       one_more.before_id, one_more.limit, rows, count, err);
    return store_executions_list(c, call->arena, &one_more, rows, count, err);
}

static bool list_page(struct api_call *call, const struct listing *l, str what, struct buf *out,
                      struct err *err)
{
    struct store_execution *rows = arena_array(call->arena, l->page.limit + 1, sizeof *rows);
    size_t count = 0;
    if (!rows)
        return err_set(err, ERR_NO_MEMORY, "no memory for a page");
    if (!list_read(call, l, rows, &count, err))
        return false;
    member_list(out, "executions");
    for (size_t i = 0; i < count && i < l->page.limit; i++)
        list_one(out, l, &rows[i]);
    buf_add_char(out, ']');
    if (count > l->page.limit) {
        const struct store_execution *last = &rows[l->page.limit - 1];
        buf_add(out, STR(",\"nextToken\":\""));
        token_print(out, what, last->start_ms, l->run.id != 0 ? last->item : last->id);
        buf_add_char(out, '"');
    }
    return true;
}

/* Source: API Reference, ListExecutions: one of the two ARNs. */
static bool list_of(struct api_call *call, struct listing *l, struct err *err)
{
    str run = input_str(call, "mapRunArn");
    struct store_machine m;
    l->page.machine_arn = input_str(call, "stateMachineArn");
    if (!l->page.machine_arn.ptr == !run.ptr)
        return err_set(err, ERR_VALIDATION,
                       run.ptr ? "Only one of stateMachineArn and mapRunArn can be specified"
                               : "Either stateMachineArn or mapRunArn must be specified");
    if (run.ptr)
        return map_run_load(call, run, &l->run, err);
    struct store_connection *c = store_reader(call->api->options.store, err);
    if (!c || !arn_check(l->page.machine_arn, "stateMachine", err) ||
        !machine_load(call, c, l->page.machine_arn, &m, err))
        return false;
    return !m.express || err_set(err, ERR_STATE_MACHINE_TYPE_NOT_SUPPORTED,
                                 "This operation is not supported by this type of state machine");
}

enum api_outcome api_list_executions(struct api_call *call, struct buf *out, struct err *err)
{
    struct listing l = {0};
    if (!list_of(call, &l, err))
        return API_REFUSED;
    // Nothing is ever redriven here: the filters for that select nothing, or everything.
    bool none = str_eq(input_str(call, "statusFilter"), STR("PENDING_REDRIVE")) ||
                str_eq(input_str(call, "redriveFilter"), STR("REDRIVEN"));
    struct buf what;
    buf_init(&what, TEXT_BYTES);
    bool ok = read_filter(call, &l, &what, err);
    if (ok && none) {
        member_list(out, "executions");
        buf_add_char(out, ']');
    } else if (ok) {
        ok = list_page(call, &l, buf_str(&what), out, err);
    }
    buf_release(&what);
    return ok ? API_ANSWERED : API_REFUSED;
}
