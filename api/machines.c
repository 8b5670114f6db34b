/* State machines: create, update, describe, delete, list, and a definition checked for its own
 * sake.
 *
 * What decides between two calls at once is asked on the writer, inside the transaction that acts
 * on the answer: a name is taken or it is not. */
#include "api_private.h"
#include "base/base64.h"
#include "integrations/integrations.h"

enum {
    ANSWER_BYTES = 4096,
    DIAGNOSTICS_MAX = 100,
    REFERENCES_MAX_BYTES = 16 * 1048576, /* a definition has so many references, and fewer */
};

/* A write under way, in its call's arena. */
struct machine_write {
    struct store_job job; /* first: the store gives it back */
    struct api_call *call;
    struct store_machine machine;
    int64_t answered_ms; /* creationDate or updateDate */
    str revision_id;
};

static struct machine_write *write_new(struct api_call *call, store_apply *apply, store_done *done,
                                       int flags, struct err *err)
{
    struct machine_write *w = arena_alloc(call->arena, sizeof *w);
    if (!w) {
        (void)err_set(err, ERR_NO_MEMORY, "no memory for a write");
        return NULL;
    }
    w->call = call;
    w->job = (struct store_job){.apply = apply, .done = done, .flags = flags | STORE_SOON};
    return w;
}

bool machine_load(struct api_call *call, struct store_connection *c, str arn,
                  struct store_machine *out, struct err *err)
{
    bool found = false;
    if (!store_machine_find(c, call->arena, arn, out, &found, err))
        return false;
    return found || err_set(err, ERR_STATE_MACHINE_DOES_NOT_EXIST,
                            "State Machine Does Not Exist: '%.*s'", STR_ARG(arn));
}

/* Lends the text of a value from the request's arena; empty: ABSENT. */
static bool text_of(struct api_call *call, json v, str *out, struct err *err)
{
    struct buf text;
    *out = STR("");
    if (json_is_absent(v))
        return true;
    buf_init(&text, REFERENCES_MAX_BYTES);
    json_print(v, &text);
    *out = buf_ok(&text) ? arena_str(call->arena, buf_str(&text)) : STR_NONE;
    buf_release(&text);
    return out->ptr || err_set(err, ERR_NO_MEMORY, "no memory for references of variables");
}

/* Lends which variables its states read, as a JSON text; empty: none. */
static bool check_definition(struct api_call *call, str text, bool express, str *references,
                             struct err *err)
{
    const struct asl_options options = {.express = express, .resource_check = integrations_check};
    struct asl_diagnostics diagnostics;
    struct asl_definition *definition = NULL;
    asl_diagnostics_init(&diagnostics);
    bool ok = asl_parse(text, &options, &definition, &diagnostics)
                  ? text_of(call, asl_variable_references(definition), references, err)
                  : asl_diagnostics_refuse(&diagnostics, err);
    asl_unref(definition);
    asl_diagnostics_release(&diagnostics);
    return ok;
}

/* Versions are not there yet: who asks for one is told. */
static bool check_publish(const struct api_call *call, struct err *err)
{
    if (input_flag(call, "publish", false))
        return err_set(err, ERR_VALIDATION, "stepd does not publish state machine versions yet");
    if (input_str(call, "versionDescription").len)
        return err_set(err, ERR_VALIDATION,
                       "Version description can only be set when publish is true");
    return true;
}

/* -- create -- */

static bool same_machine(const struct store_machine *a, const struct store_machine *b)
{
    // Source: API Reference, CreateStateMachine: role and tags are not looked at.
    return a->express == b->express && str_eq(a->definition, b->definition) &&
           str_eq(a->logging_json, b->logging_json) && str_eq(a->tracing_json, b->tracing_json) &&
           str_eq(a->encryption_json, b->encryption_json);
}

static bool create_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct machine_write *w = (struct machine_write *)job;
    const struct store_machine *m = &w->machine;
    struct store_machine old;
    bool found = false;
    int64_t revision;
    if (!store_machine_find(c, w->call->arena, m->arn, &old, &found, err))
        return false;
    if (!found) {
        w->answered_ms = m->created_ms;
        return store_machine_insert(c, m, &revision, err) &&
               tags_store(c, m->arn, input(w->call, "tags"), err);
    }
    if (old.deleting)
        return err_set(err, ERR_STATE_MACHINE_DELETING, "State Machine is deleting: '%.*s'",
                       STR_ARG(m->arn));
    if (!same_machine(&old, m))
        return err_set(err, ERR_STATE_MACHINE_ALREADY_EXISTS,
                       "State Machine Already Exists: '%.*s'", STR_ARG(m->arn));
    w->answered_ms = old.created_ms;
    return true;
}

static void create_done(struct store_job *job, const struct err *err)
{
    struct machine_write *w = (struct machine_write *)job;
    if (err_is_set(err)) {
        api_refuse(w->call, err);
        return;
    }
    struct buf out;
    answer_init(&out, ANSWER_BYTES);
    member_str(&out, "stateMachineArn", w->machine.arn);
    member_time(&out, "creationDate", w->answered_ms);
    api_answer_take(w->call, &out);
}

enum api_outcome api_create_state_machine(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    const struct api_options *o = &call->api->options;
    str name = input_str(call, "name");
    bool express = str_eq(input_str(call, "type"), STR("EXPRESS"));
    str references = STR("");
    if (!name_check(name, err) || !role_arn_check(input_str(call, "roleArn"), err) ||
        !check_publish(call, err) || !tags_check(input(call, "tags"), err) ||
        !check_definition(call, input_str(call, "definition"), express, &references, err))
        return API_REFUSED;
    struct machine_write *w =
        write_new(call, create_apply, create_done, STORE_MAY_FAIL | STORE_REFUSABLE, err);
    if (!w || !configurations_read(call, &w->machine, err))
        return API_REFUSED;
    w->machine.name = name;
    w->machine.arn = arena_printf(call->arena, "arn:aws:states:%.*s:%.*s:stateMachine:%.*s",
                                  STR_ARG(o->region), STR_ARG(o->account), STR_ARG(name));
    w->machine.express = express;
    w->machine.definition = input_str(call, "definition");
    w->machine.variable_references_json = references;
    w->machine.role_arn = input_str(call, "roleArn");
    w->machine.revision_id = STR("");
    w->machine.created_ms = w->machine.updated_ms = clock_now_ms(o->clock);
    if (!w->machine.arn.ptr) {
        (void)err_set(err, ERR_NO_MEMORY, "no memory for an ARN");
        return API_REFUSED;
    }
    store_submit_take(o->store, &w->job);
    return API_LATER;
}

/* -- update -- */

static bool update_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct machine_write *w = (struct machine_write *)job;
    struct store_machine now;
    int64_t revision;
    if (!machine_load(w->call, c, w->machine.arn, &now, err))
        return false;
    if (now.deleting)
        return err_set(err, ERR_STATE_MACHINE_DELETING, "State Machine is deleting: '%.*s'",
                       STR_ARG(now.arn));
    struct store_machine next = now;
    if (w->machine.definition.len) {
        next.definition = w->machine.definition;
        next.variable_references_json = w->machine.variable_references_json;
    }
    if (w->machine.role_arn.len)
        next.role_arn = w->machine.role_arn;
    if (w->machine.logging_json.len)
        next.logging_json = w->machine.logging_json;
    if (w->machine.tracing_json.len)
        next.tracing_json = w->machine.tracing_json;
    if (w->machine.encryption_json.len)
        next.encryption_json = w->machine.encryption_json;
    // Recorded: an update that changes nothing keeps the revision.
    if (now.revision_id.len && same_machine(&now, &next) && str_eq(now.role_arn, next.role_arn)) {
        w->revision_id = now.revision_id;
        return true;
    }
    next.updated_ms = w->answered_ms;
    next.revision_id = w->revision_id;
    return store_machine_update(c, &next, &revision, err);
}

static void update_done(struct store_job *job, const struct err *err)
{
    struct machine_write *w = (struct machine_write *)job;
    if (err_is_set(err)) {
        api_refuse(w->call, err);
        return;
    }
    struct buf out;
    answer_init(&out, ANSWER_BYTES);
    member_time(&out, "updateDate", w->answered_ms);
    member_str(&out, "revisionId", w->revision_id);
    api_answer_take(w->call, &out);
}

enum api_outcome api_update_state_machine(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    const struct api_options *o = &call->api->options;
    str arn = input_str(call, "stateMachineArn");
    str definition = input_str(call, "definition");
    str role = input_str(call, "roleArn");
    str references = STR("");
    if (!arn_check(arn, "stateMachine", err))
        return API_REFUSED;
    if (!definition.ptr && !role.ptr && json_is_absent(input(call, "loggingConfiguration")) &&
        json_is_absent(input(call, "tracingConfiguration")) &&
        json_is_absent(input(call, "encryptionConfiguration"))) {
        (void)err_set(err, ERR_MISSING_REQUIRED_PARAMETER,
                      "Either the definition, the role ARN, the LoggingConfiguration, or the "
                      "TracingConfiguration must be specified");
        return API_REFUSED;
    }
    struct store_connection *c = store_reader(o->store, err);
    struct store_machine now;
    if (!c || !machine_load(call, c, arn, &now, err) || !check_publish(call, err) ||
        (role.ptr && !role_arn_check(role, err)) ||
        (definition.ptr && !check_definition(call, definition, now.express, &references, err)))
        return API_REFUSED;
    char id[UUID_TEXT_LEN + 1];
    api_uuid(call->api, id);
    struct machine_write *w =
        write_new(call, update_apply, update_done, STORE_MAY_FAIL | STORE_REFUSABLE, err);
    if (!w || !configurations_read(call, &w->machine, err))
        return API_REFUSED;
    w->machine.arn = arn;
    w->machine.definition = definition;
    w->machine.variable_references_json = references;
    w->machine.role_arn = role;
    w->answered_ms = clock_now_ms(o->clock);
    w->revision_id = arena_str(call->arena, (str){id, UUID_TEXT_LEN});
    store_submit_take(o->store, &w->job);
    return API_LATER;
}

/* -- describe -- */

static void describe(const struct store_machine *m, struct buf *out)
{
    member_str(out, "name", m->name);
    member_str(out, "definition", m->definition);
    member_str(out, "roleArn", m->role_arn);
    configurations_describe(m, out);
    if (m->revision_id.len)
        member_str(out, "revisionId", m->revision_id);
    if (m->variable_references_json.len)
        member_raw(out, "variableReferences", m->variable_references_json);
}

enum api_outcome api_describe_state_machine(struct api_call *call, struct buf *out, struct err *err)
{
    str arn = input_str(call, "stateMachineArn");
    struct store_connection *c = store_reader(call->api->options.store, err);
    struct store_machine m;
    if (!c || !arn_check(arn, "stateMachine", err) || !machine_load(call, c, arn, &m, err))
        return API_REFUSED;
    member_str(out, "stateMachineArn", m.arn);
    member_raw(out, "status", m.deleting ? STR("\"DELETING\"") : STR("\"ACTIVE\""));
    member_raw(out, "type", m.express ? STR("\"EXPRESS\"") : STR("\"STANDARD\""));
    member_time(out, "creationDate", m.created_ms);
    describe(&m, out);
    return API_ANSWERED;
}

enum api_outcome api_describe_state_machine_for_execution(struct api_call *call, struct buf *out,
                                                          struct err *err)
{
    str arn = input_str(call, "executionArn");
    struct store_connection *c = store_reader(call->api->options.store, err);
    struct store_execution e;
    struct store_machine m;
    bool found = false;
    if (!c || !arn_check(arn, "execution", err) ||
        !store_execution_find(c, call->arena, arn, &e, &found, err))
        return API_REFUSED;
    if (found && !store_machine_revision(c, call->arena, e.revision, &m, &found, err))
        return API_REFUSED;
    if (!found) {
        (void)err_set(err, ERR_EXECUTION_DOES_NOT_EXIST, "Execution Does Not Exist: '%.*s'",
                      STR_ARG(arn));
        return API_REFUSED;
    }
    member_str(out, "stateMachineArn", m.arn);
    member_time(out, "updateDate", m.updated_ms);
    describe(&m, out);
    return API_ANSWERED;
}

/* -- delete -- */

static bool delete_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct machine_write *w = (struct machine_write *)job;
    bool removed;
    return store_machine_delete(c, w->machine.arn, &removed, err);
}

static void delete_done(struct store_job *job, const struct err *err)
{
    struct machine_write *w = (struct machine_write *)job;
    if (err_is_set(err)) {
        api_refuse(w->call, err);
        return;
    }
    engine_machine_deleted(w->call->api->options.engine, w->machine.arn);
    struct buf out;
    answer_init(&out, ANSWER_BYTES);
    api_answer_take(w->call, &out);
}

enum api_outcome api_delete_state_machine(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    str arn = input_str(call, "stateMachineArn");
    if (!arn_check(arn, "stateMachine", err))
        return API_REFUSED;
    struct machine_write *w = write_new(call, delete_apply, delete_done, STORE_REFUSABLE, err);
    if (!w)
        return API_REFUSED;
    w->machine.arn = arn;
    store_submit_take(call->api->options.store, &w->job);
    return API_LATER;
}

/* -- list -- */

enum api_outcome api_list_state_machines(struct api_call *call, struct buf *out, struct err *err)
{
    size_t limit = input_limit(call);
    str token = input_str(call, "nextToken");
    struct store_connection *c = store_reader(call->api->options.store, err);
    struct store_machine *page = arena_array(call->arena, limit + 1, sizeof *page);
    if (c && !page)
        (void)err_set(err, ERR_NO_MEMORY, "no memory for a page");
    if (!c || !page)
        return API_REFUSED;
    // The token is the last ARN of the page before, in a wrapping that tells it from a guess.
    struct buf after;
    buf_init(&after, 1024);
    size_t count = 0;
    bool ok = true;
    if (token.ptr)
        ok = (base64url_decode(token, &after) && str_starts(buf_str(&after), STR("arn:"))) ||
             err_set(err, ERR_INVALID_TOKEN, "Invalid Token: 'Invalid token'");
    ok = ok && store_machines_list(c, call->arena, token.ptr ? buf_str(&after) : STR(""), limit + 1,
                                   page, &count, err);
    buf_release(&after);
    if (!ok)
        return API_REFUSED;
    member_list(out, "stateMachines");
    for (size_t i = 0; i < count && i < limit; i++) {
        const struct store_machine *m = &page[i];
        element_open(out);
        member_str(out, "stateMachineArn", m->arn);
        member_str(out, "name", m->name);
        member_raw(out, "type", m->express ? STR("\"EXPRESS\"") : STR("\"STANDARD\""));
        member_time(out, "creationDate", m->created_ms);
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
    if (count > limit) {
        buf_add(out, STR(",\"nextToken\":\""));
        base64url_encode(page[limit - 1].arn, out);
        buf_add_char(out, '"');
    }
    return API_ANSWERED;
}

/* -- a definition checked for its own sake -- */

enum api_outcome api_validate_state_machine_definition(struct api_call *call, struct buf *out,
                                                       struct err *err)
{
    (void)err; // what is wrong with a definition is the answer
    const struct asl_options options = {
        .express = str_eq(input_str(call, "type"), STR("EXPRESS")),
        .resource_check = integrations_check,
    };
    bool warnings = str_eq(input_str(call, "severity"), STR("WARNING"));
    struct asl_diagnostics d;
    struct asl_definition *definition = NULL;
    asl_diagnostics_init(&d);
    bool good = asl_parse(input_str(call, "definition"), &options, &definition, &d);
    asl_unref(definition);
    member_raw(out, "result", good ? STR("\"OK\"") : STR("\"FAIL\""));
    member_list(out, "diagnostics");
    size_t limit = input_limit(call), shown = 0;
    size_t wanted = 0;
    for (const struct asl_diagnostic *at = d.first; at; at = at->next) {
        if (at->severity == ASL_WARNING && !warnings)
            continue;
        if (++wanted > limit || wanted > DIAGNOSTICS_MAX)
            break;
        element_open(out);
        member_raw(out, "severity",
                   at->severity == ASL_ERROR ? STR("\"ERROR\"") : STR("\"WARNING\""));
        member_str(out, "code", str_from_c(at->code));
        member_str(out, "message", at->message);
        member_text_if(out, "location", at->location);
        buf_add_char(out, '}');
        shown++;
    }
    buf_add_char(out, ']');
    member_bool(out, "truncated", wanted > shown);
    asl_diagnostics_release(&d);
    return API_ANSWERED;
}
