/* JSONata in a definition: strings that are "{% … %}" and nothing else.
 *
 * An expression is parsed with the definition and evaluated with "$states" and the variables as
 * its only sources: there is no "$", and what begins with a bare name has nothing to begin from,
 * which is reported when the definition is read. Errors name the expression and its field.
 * Source: Developer Guide, "Transforming data with JSONata"; texts recorded and measured. */
#include "asl/dataflow.h"
#include "asl/jsonata/jsonata.h"
#include "asl_private.h"

enum { FIELD_MAX_BYTES = 4096, EXPRESSION_MAX_BYTES = 1024 * 1024 };

struct asl_expression {
    const struct jsonata *parsed;
    str field; /* "Output/v": relative to the state */
};

str asl_expression_field(const struct asl_expression *e)
{
    return e->field;
}

bool asl_is_expression(json written)
{
    str text = json_str(written);
    return written.kind == JSON_STRING && text.len >= 4 && str_starts(text, STR("{%")) &&
           str_ends(text, STR("%}"));
}

static str trimmed(str s)
{
    while (s.len > 0 && asl_is_space(s.ptr[0]))
        s = str_skip(s, 1);
    while (s.len > 0 && asl_is_space(s.ptr[s.len - 1]))
        s.len--;
    return s;
}

/* -- reading -- */

/* What an expression refers to that is not there: reported once a name. */
struct checking {
    struct asl_reader *r;
    const struct asl_place *at;
    struct hashmap *told;
};

static void refuse_once(struct checking *c, const char *before, str name, const char *after)
{
    if (hashmap_find(c->told, name))
        return;
    hashmap_set(c->told, name, c->told);
    asl_refuse_code(c->r->d, "UNSUPPORTED_JSONATA_EXPRESSION", c->at, "%s%.*s%s", before,
                    STR_ARG(name), after);
}

/* $states, or a member of it. */
static void check_states(struct checking *c, str member)
{
    struct asl_reader *r = c->r;
    if (!member.ptr || str_eq(member, STR("context"))) {
        r->uses_context = true;
        return;
    }
    if (str_eq(member, STR("result")) && !r->has_result)
        refuse_once(c, "Field '", STR("$states.result"), "' does not exist.");
    else if (str_eq(member, STR("errorOutput")) && !r->has_error)
        refuse_once(c, "Field '", STR("$states.errorOutput"), "' does not exist.");
    else if (!str_eq(member, STR("input")) && !str_eq(member, STR("result")) &&
             !str_eq(member, STR("errorOutput")))
        refuse_once(c, "Unknown reserved states field: ", member, "");
}

static void check_reference(void *context, const struct jsonata_reference *reference)
{
    struct checking *c = context;
    switch (reference->kind) {
    case JSONATA_REFERENCE_NAME:
    case JSONATA_REFERENCE_CONTEXT:
    case JSONATA_REFERENCE_ROOT:
        refuse_once(c, "Reference to '", reference->name, "' at the top level is not supported.");
        break;
    case JSONATA_REFERENCE_VARIABLE:
        if (str_eq(reference->name, STR("states")))
            check_states(c, reference->member);
        else
            asl_note_variable(c->r, reference->name);
        break;
    }
}

/* The place relative to the state: "Choices[0]/Condition". */
static str field_of(struct asl_reader *r, const struct asl_place *at)
{
    struct buf whole, state;
    buf_init(&whole, ASL_TEXT_MAX_BYTES);
    buf_init(&state, ASL_TEXT_MAX_BYTES);
    asl_place_print(at, &whole);
    if (r->state)
        asl_place_print(r->state, &state);
    str text = buf_str(&whole);
    if (r->state && str_starts(text, buf_str(&state)) && text.len > state.len)
        text = str_skip(text, state.len + 1);
    str kept = buf_ok(&whole) ? arena_str(r->arena, text) : STR_NONE;
    buf_release(&whole);
    buf_release(&state);
    if (!kept.ptr)
        r->out_of_memory = true;
    return kept;
}

const struct asl_expression *asl_expression_read(struct asl_reader *r, json written,
                                                 const struct asl_place *at)
{
    struct asl_expression *e = asl_alloc(r, 1, sizeof *e);
    if (!e)
        return NULL;
    str text = json_str(written);
    text = trimmed(str_sub(str_skip(text, 2), 0, text.len - 4));
    struct err err = ERR_INIT;
    if (!jsonata_parse(r->arena, text, JSONATA_AWS, &e->parsed, &err)) {
        str message = err_text(&err);
        (void)str_cut(&message, ' '); // its code
        if (err.id == ERR_NO_MEMORY)
            r->out_of_memory = true;
        else
            asl_refuse_code(r->d, "INVALID_JSONATA_EXPRESSION", at, "%.*s", STR_ARG(message));
        err_release(&err);
        return NULL;
    }
    e->field = field_of(r, at);
    size_t before = r->d->errors;
    struct checking c = {r, at, hashmap_new()};
    jsonata_references(e->parsed, check_reference, &c);
    hashmap_free(c.told);
    return e->field.ptr && r->d->errors == before ? e : NULL;
}

/* -- evaluating -- */

bool asl_states_object(json input, const struct asl_scope *scope, json *out, struct err *err)
{
    json states = json_object(4);
    json_build_put(&states, STR("input"), json_ref(input));
    if (!json_is_absent(scope->result))
        json_build_put(&states, STR("result"), json_ref(scope->result));
    if (!json_is_absent(scope->error_output))
        json_build_put(&states, STR("errorOutput"), json_ref(scope->error_output));
    if (!json_is_absent(scope->context))
        json_build_put(&states, STR("context"), json_ref(scope->context));
    *out = states;
    return !json_is_absent(states) || err_set(err, ERR_NO_MEMORY, "no memory for $states");
}

static bool refuse(const struct asl_expression *e, const struct asl_scope *scope, struct err *err,
                   const char *what, str more)
{
    if (scope->failed)
        *scope->failed = e->field;
    return err_set(err, ERR_STATES_QUERY_EVALUATION_ERROR,
                   "The JSONata expression '%.*s' specified for the field '%.*s' %s%.*s",
                   STR_ARG(jsonata_text(e->parsed)), STR_ARG(e->field), what, STR_ARG(more));
}

/* Takes thrown. Messages with a code come after a full stop, those without one after a colon. */
static bool refuse_thrown(const struct asl_expression *e, const struct asl_scope *scope,
                          struct err *thrown, struct err *err)
{
    if (thrown->id != ERR_JSONATA) {
        err_move(err, thrown);
        return false;
    }
    str text = err_text(thrown);
    if (str_starts(text, STR("U1001: ")))
        refuse(e, scope, err, "threw an error during evaluation: ", str_skip(text, 7));
    else if (str_starts(text, STR("internal: "))) {
        char id[UUID_TEXT_LEN + 1];
        rng_uuid(scope->rng, id);
        refuse(e, scope, err, "threw an internal error during evaluation. ", str_from_c(id));
    } else {
        refuse(e, scope, err, "threw an error during evaluation. ", text);
    }
    err_release(thrown);
    return false;
}

bool asl_expression_eval(const struct asl_expression *e, json states, const struct asl_scope *scope,
                         json *out, struct err *err)
{
    const struct jsonata_scope given = {.states = states,
                                        .variables = scope->variables,
                                        .now_ms = scope->now_ms,
                                        .rng = scope->rng};
    struct err thrown = ERR_INIT;
    enum jsonata_outcome outcome;
    if (!jsonata_eval(e->parsed, &given, &outcome, out, &thrown))
        return refuse_thrown(e, scope, &thrown, err);
    if (outcome == JSONATA_UNDEFINED)
        return refuse(e, scope, err, "returned nothing (undefined).", STR(""));
    return outcome == JSONATA_VALUE ||
           refuse(e, scope, err, "returned an unsupported result type.", STR(""));
}

static const char *kind_name(json v)
{
    switch (v.kind) {
    case JSON_STRING: return "string";
    case JSON_ARRAY: return "array";
    case JSON_OBJECT: return "object";
    case JSON_FALSE:
    case JSON_TRUE: return "boolean";
    case JSON_INTEGER:
    case JSON_NUMBER: return "number";
    case JSON_ABSENT:
    case JSON_NULL: break;
    }
    return "null";
}

static bool is_expected(json v, enum asl_expected expected)
{
    int64_t integer;
    switch (expected) {
    case ASL_ANY: return true;
    case ASL_STRING: return v.kind == JSON_STRING;
    case ASL_BOOLEAN: return json_is_bool(v);
    case ASL_NUMBER: return json_is_number(v);
    case ASL_INTEGER: return json_is_number(v) && json_to_int64(v, &integer);
    case ASL_ARRAY: return v.kind == JSON_ARRAY;
    }
    return false;
}

/* ASSUMPTION: a number that is no integer is told like one of a wrong type. */
static bool refuse_kind(const struct asl_expression *e, enum asl_expected expected, json v,
                        const struct asl_scope *scope, struct err *err)
{
    static const char *const names[] = {
        [ASL_STRING] = "string",  [ASL_BOOLEAN] = "boolean", [ASL_NUMBER] = "number",
        [ASL_INTEGER] = "number", [ASL_ARRAY] = "array",     [ASL_ANY] = "any"};
    struct buf more, space;
    bool fraction = expected == ASL_INTEGER && json_is_number(v);
    buf_init(&more, ASL_TEXT_MAX_BYTES);
    str shown = asl_show(v, &space);
    buf_printf(&more, "'%s', but was '%s' for value: %.*s", fraction ? "integer" : names[expected],
               kind_name(v), STR_ARG(shown));
    refuse(e, scope, err, "returned an unexpected result type. Expected ", buf_str(&more));
    buf_release(&more);
    buf_release(&space);
    return false;
}

bool asl_expression_eval_as(const struct asl_expression *e, enum asl_expected expected, json input,
                            const struct asl_scope *scope, json *out, struct err *err)
{
    json states;
    if (!asl_states_object(input, scope, &states, err))
        return false;
    bool ok = asl_expression_eval(e, states, scope, out, err);
    json_unref(states);
    if (!ok || is_expected(*out, expected))
        return ok;
    refuse_kind(e, expected, *out, scope, err);
    json_unref(*out);
    *out = json_absent();
    return false;
}
