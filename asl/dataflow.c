/* Data through a state: InputPath, Parameters, ResultSelector, ResultPath, OutputPath, and what a
 * Map and a Fail state read. Each is a few words over paths and templates. */
#include "asl/dataflow.h"

#include "asl_private.h"

#include <inttypes.h>

bool asl_path_applies(const struct jsonpath *path, json input, struct err *err)
{
    return input.kind != JSON_NULL || jsonpath_uses_context(path) || jsonpath_variable(path).ptr ||
           err_set(err, ERR_STATES_RUNTIME,
                   "Unable to apply Path transformation to null or empty input.");
}

bool asl_path_eval(const struct jsonpath *path, json input, const struct asl_scope *scope,
                   json *out, struct err *err)
{
    const struct jsonpath_roots roots = asl_roots(input, scope);
    struct err missing = ERR_INIT;
    if (!asl_path_applies(path, input, err))
        return false;
    if (jsonpath_eval(path, &roots, out, &missing))
        return true;
    if (missing.id == ERR_NO_MEMORY) {
        err_move(err, &missing);
        return false;
    }
    bool ok = err_set(err, ERR_STATES_RUNTIME, "Invalid path '%.*s' : %.*s",
                      STR_ARG(jsonpath_text(path)), STR_ARG(err_text(&missing)));
    err_release(&missing);
    return ok;
}

/* Gives what InputPath or OutputPath lets through. */
static bool pass_through(const struct asl_path *path, json value, const struct asl_scope *scope,
                         json *out, struct err *err)
{
    if (path->is_null) {
        *out = json_object(0);
        return !json_is_absent(*out) || err_set(err, ERR_NO_MEMORY, "no memory for {}");
    }
    if (path->path)
        return asl_path_eval(path->path, value, scope, out, err);
    *out = json_ref(value);
    return true;
}

bool asl_state_input(const struct asl_state *s, json raw, const struct asl_scope *scope, json *out,
                     struct err *err)
{
    json input;
    if (!pass_through(&s->input_path, raw, scope, &input, err))
        return false;
    if (!s->parameters) {
        *out = input;
        return true;
    }
    bool ok = asl_template_eval(s->parameters, input, scope, out, err);
    json_unref(input);
    return ok;
}

/* Gives result put into raw. */
static bool put_result(const struct asl_path *path, json raw, json result, json *out,
                       struct err *err)
{
    if (path->is_null) {
        *out = json_ref(raw);
        return true;
    }
    if (path->path && !jsonpath_is_root(path->path))
        return jsonpath_put(path->path, raw, result, out, err);
    *out = json_ref(result);
    return true;
}

/* Does $states.result exist in what is evaluated at the end of such a state? */
static bool has_result(enum asl_type type)
{
    return type == ASL_TASK || type == ASL_PARALLEL || type == ASL_MAP;
}

/* Gives a template of a JSONata state: raw is $states.input, the rest is in scope. */
static bool eval_exit(const struct asl_template *t, json raw, json otherwise,
                      const struct asl_scope *scope, json *out, struct err *err)
{
    if (t)
        return asl_template_eval(t, raw, scope, out, err);
    *out = json_ref(otherwise);
    return true;
}

bool asl_state_output(const struct asl_state *s, const struct asl_exit *exit, json raw, json result,
                      const struct asl_scope *scope, json *out, struct err *err)
{
    json selected = json_absent();
    json merged = json_absent();
    bool ok = true;
    if (s->jsonata) {
        struct asl_scope inner = *scope;
        if (has_result(s->type))
            inner.result = result;
        return eval_exit(exit->output, raw, result, &inner, out, err);
    }
    if (s->result_selector)
        ok = asl_template_eval(s->result_selector, result, scope, &selected, err);
    else
        selected = json_ref(result);
    ok = ok && put_result(&s->result_path, raw, selected, &merged, err) &&
         pass_through(&s->output_path, merged, scope, out, err);
    json_unref(selected);
    json_unref(merged);
    return ok;
}

/* Of a JSONPath state root is what "$" is in Assign. */
static bool eval_assign(const struct asl_state *s, const struct asl_exit *exit, json raw, json root,
                        const struct asl_scope *scope, json *out, struct err *err)
{
    *out = json_absent();
    return !exit->assign ||
           asl_template_eval(exit->assign, s->jsonata ? raw : root, scope, out, err);
}

bool asl_state_assign(const struct asl_state *s, const struct asl_exit *exit, json raw, json result,
                      const struct asl_scope *scope, json *out, struct err *err)
{
    struct asl_scope inner = *scope;
    if (has_result(s->type))
        inner.result = result;
    return eval_assign(s, exit, raw, result, &inner, out, err);
}

bool asl_error_output(str error, str cause, json *out, struct err *err)
{
    *out = json_object(2);
    json_build_put(out, STR("Error"), error.ptr ? json_string(error) : json_null());
    json_build_put(out, STR("Cause"), cause.ptr ? json_string(cause) : json_null());
    return !json_is_absent(*out) ||
           err_set(err, ERR_NO_MEMORY, "no memory for the output of a catcher");
}

bool asl_catch_output(const struct asl_state *s, const struct asl_catcher *c, json raw,
                      json error_output, const struct asl_scope *scope, json *out, struct err *err)
{
    if (!s->jsonata)
        return put_result(&c->result_path, raw, error_output, out, err);
    struct asl_scope inner = *scope;
    inner.error_output = error_output;
    return eval_exit(c->exit.output, raw, error_output, &inner, out, err);
}

bool asl_catch_assign(const struct asl_state *s, const struct asl_catcher *c, json raw,
                      json error_output, const struct asl_scope *scope, json *out, struct err *err)
{
    struct asl_scope inner = *scope;
    inner.error_output = error_output;
    return eval_assign(s, &c->exit, raw, error_output, &inner, out, err);
}

/* How AWS words what is wrong with each …Path that must lead to a number. Source: recorded
 * executions; ASSUMPTION: TimeoutSecondsPath and HeartbeatSecondsPath share SecondsPath's. */
struct number_field {
    str name;
    bool wait_words;      /* "parameter does not reference…", else "field refers to…" */
    bool missing_is_path; /* a missing value is named by the path's own error */
    const char *negative; /* NULL: wait_words' */
    int64_t min;
};

static const struct number_field number_fields[] = {
    {STR_INIT("SecondsPath"),               true,  false, NULL,                                      0        },
    {STR_INIT("TimeoutSecondsPath"),        true,  true,  NULL,                                      1        },
    {STR_INIT("HeartbeatSecondsPath"),      true,  true,  NULL,                                      1        },
    {STR_INIT("MaxConcurrencyPath"),        false, true,  "MaxConcurrency cannot be negative.",      0        },
    {STR_INIT("ToleratedFailureCountPath"), false, true,
     "ToleratedFailureCount cannot be negative.",                                                    0        },
 // ASSUMPTION: those of batches are worded like the others.
    {STR_INIT("MaxItemsPerBatchPath"),      false, true,  "MaxItemsPerBatch must be positive.",      1        },
    {STR_INIT("MaxInputBytesPerBatchPath"), false, true,  "MaxInputBytesPerBatch must be positive.",
     1                                                                                                        },
 // Its reader says what a negative one is.
    {STR_INIT("MaxItemsPath"),              false, true,  "",                                        INT64_MIN},
};

static const struct number_field *find_number_field(str name)
{
    for (size_t i = 1; i < sizeof(number_fields) / sizeof(number_fields[0]); i++)
        if (str_eq(number_fields[i].name, name))
            return &number_fields[i];
    return &number_fields[0];
}

/* Sets an error that shows the value: a string bare, all else as JSON. */
static bool refuse_value(const struct number_field *f, const char *what, str path, json value,
                         struct err *err)
{
    struct buf text;
    str json_shown = asl_show(value, &text);
    str shown = value.kind == JSON_STRING ? json_str(value) : json_shown;
    bool ok = false;
    if (f->wait_words)
        ok = err_set(err, ERR_STATES_RUNTIME, "The %.*s parameter %s: %.*s == %.*s",
                     STR_ARG(f->name), what, STR_ARG(path), STR_ARG(shown));
    else
        ok = err_set(err, ERR_STATES_RUNTIME,
                     "The %.*s field refers to value \"%.*s\" which is not a valid %s: %.*s",
                     STR_ARG(f->name), STR_ARG(shown), what, STR_ARG(path));
    buf_release(&text);
    return ok;
}

/* Recorded: a Map's numbers may be strings of digits. */
static bool read_integer(const struct number_field *f, json value, int64_t *out)
{
    if (value.kind == JSON_STRING && !f->wait_words)
        return str_to_int64(json_str(value), out);
    *out = value.as.integer;
    // ASSUMPTION: a number written with a fraction (1.0) is no integer, as to Java's parser.
    return value.kind == JSON_INTEGER;
}

/* A number that a JSONata expression gives. ASSUMPTION: the sentence for one that is too small. */
static bool eval_number(const struct asl_expression *e, int64_t min, json input,
                        const struct asl_scope *scope, int64_t *out, struct err *err)
{
    json v;
    if (!asl_expression_eval_as(e, ASL_INTEGER, input, scope, &v, err))
        return false;
    (void)json_to_int64(v, out); // it is one
    json_unref(v);
    if (*out >= min)
        return true;
    if (scope->failed)
        *scope->failed = asl_expression_field(e);
    return err_set(err, ERR_STATES_QUERY_EVALUATION_ERROR,
                   "The field '%.*s' must not be less than %" PRId64 " but was: %" PRId64,
                   STR_ARG(asl_expression_field(e)), min, *out);
}

bool asl_number_eval(const struct asl_number *n, str name, json input,
                     const struct asl_scope *scope, int64_t *out, struct err *err)
{
    if (n->expression)
        return eval_number(n->expression, find_number_field(name)->min, input, scope, out, err);
    if (!n->path) {
        *out = n->value;
        return true;
    }
    const struct number_field *f = find_number_field(name);
    const struct jsonpath_roots roots = asl_roots(input, scope);
    str path = jsonpath_text(n->path);
    json value = jsonpath_lend(n->path, &roots);
    if (json_is_absent(value) && f->missing_is_path)
        return asl_path_eval(n->path, input, scope, &value, err);
    if (json_is_absent(value))
        return err_set(err, ERR_STATES_RUNTIME,
                       "The %.*s parameter does not reference an input value: %.*s", STR_ARG(name),
                       STR_ARG(path));
    int64_t number = 0;
    if (!read_integer(f, value, &number))
        return refuse_value(f, f->wait_words ? "cannot be parsed as a long value" : "integer", path,
                            value, err);
    if (number < f->min && f->negative)
        return err_set(err, ERR_STATES_RUNTIME, "%s", f->negative);
    if (number < f->min)
        return refuse_value(f, "references a negative value", path, value, err);
    *out = number;
    return true;
}

bool asl_percentage_eval(const struct asl_percentage *p, json input, const struct asl_scope *scope,
                         double *out, struct err *err)
{
    static const struct number_field field = {.name = STR_INIT("ToleratedFailurePercentagePath")};
    *out = p->value;
    if (p->expression) {
        json v;
        if (!asl_expression_eval_as(p->expression, ASL_NUMBER, input, scope, &v, err))
            return false;
        *out = json_to_double(v);
        json_unref(v);
        if (*out >= 0 && *out <= 100)
            return true;
        if (scope->failed)
            *scope->failed = asl_expression_field(p->expression);
        return err_set(err, ERR_STATES_QUERY_EVALUATION_ERROR,
                       "ToleratedFailurePercentage must be between 0 and 100.");
    }
    if (!p->path)
        return true;
    const struct jsonpath_roots roots = asl_roots(input, scope);
    json value = jsonpath_lend(p->path, &roots);
    if (json_is_absent(value))
        return asl_path_eval(p->path, input, scope, &value, err);
    json number = json_is_number(value) ? json_ref(value) : json_number_text(json_str(value));
    if (json_is_absent(number))
        return refuse_value(&field, "float", jsonpath_text(p->path), value, err);
    *out = json_to_double(number);
    json_unref(number);
    return (*out >= 0 && *out <= 100) ||
           err_set(err, ERR_STATES_RUNTIME,
                   "ToleratedFailurePercentage must be between 0 and 100.");
}

/* Lends what a path that leads nowhere starts from; the input when its variable is not set. */
static json root_shown(const struct jsonpath *path, json input, const struct asl_scope *scope)
{
    const struct jsonpath_roots roots = asl_roots(input, scope);
    json root = jsonpath_root(path, &roots);
    return json_is_absent(root) ? input : root;
}

static bool not_found(const struct asl_text *t, str name, json input, struct err *err)
{
    struct buf space;
    str text = asl_show(input, &space);
    bool ok = err_set(err, ERR_STATES_RUNTIME,
                      "The JSONPath '%.*s' specified for the field '%.*s' could not be found in "
                      "the input '%.*s'",
                      STR_ARG(jsonpath_text(t->path)), STR_ARG(name), STR_ARG(text));
    buf_release(&space);
    return ok;
}

bool asl_text_eval(const struct asl_text *t, str name, json input, const struct asl_scope *scope,
                   json *out, struct err *err)
{
    *out = json_absent();
    if (!t->given)
        return true;
    if (t->expression)
        return asl_expression_eval_as(t->expression, ASL_STRING, input, scope, out, err);
    const struct jsonpath_roots roots = asl_roots(input, scope);
    json value = json_absent();
    if (t->call) {
        if (!intrinsic_eval(t->call, &roots, scope->rng, &value, err))
            return false;
    } else if (t->path) {
        if (!asl_path_applies(t->path, input, err))
            return false;
        value = json_ref(jsonpath_lend(t->path, &roots));
        if (json_is_absent(value))
            return not_found(t, name, root_shown(t->path, input, scope), err);
    } else {
        value = json_string(t->value);
        if (json_is_absent(value))
            return err_set(err, ERR_NO_MEMORY, "no memory for a text");
    }
    if (value.kind != JSON_STRING) {
        // ASSUMPTION: the specification wants a string and names no error.
        json_unref(value);
        return err_set(err, ERR_STATES_RUNTIME,
                       "The %.*s parameter does not reference a string value", STR_ARG(name));
    }
    *out = value;
    return true;
}

/* What is no array, of a JSONata state. Source: recorded executions. */
static bool no_items(json items, const struct asl_scope *scope, struct err *err)
{
    struct buf space;
    str shown = asl_show(items, &space);
    if (scope->failed)
        *scope->failed = STR_NONE; // it is no field that failed
    err_set(err, ERR_STATES_QUERY_EVALUATION_ERROR,
            "Map state input must be an array but was: %.*s", STR_ARG(shown));
    buf_release(&space);
    return false;
}

static bool jsonata_items(const struct asl_state *s, json input, const struct asl_scope *scope,
                          json *out, struct err *err)
{
    if (s->as.map.items_expression)
        return asl_expression_eval_as(s->as.map.items_expression, ASL_ARRAY, input, scope, out,
                                      err);
    if (!eval_exit(s->as.map.items, input, input, scope, out, err))
        return false;
    if (out->kind == JSON_ARRAY)
        return true;
    (void)no_items(*out, scope, err);
    json_unref(*out);
    *out = json_absent();
    return false;
}

bool asl_map_items(const struct asl_state *s, json input, const struct asl_scope *scope, json *out,
                   struct err *err)
{
    if (s->jsonata)
        return jsonata_items(s, input, scope, out, err);
    json items;
    const struct jsonpath *path = s->as.map.items_path;
    if (!path) {
        items = json_ref(input);
    } else {
        const struct jsonpath_roots roots = asl_roots(input, scope);
        items = json_ref(jsonpath_lend(path, &roots));
        if (json_is_absent(items))
            return jsonpath_conflict(path, root_shown(path, input, scope), err);
    }
    if (items.kind == JSON_ARRAY) {
        *out = items;
        return true;
    }
    json_unref(items);
    // AWS names no state here, and shows "$$.x" as "$.x".
    str text = path ? jsonpath_text(path) : STR("$");
    if (str_starts(text, STR("$$")))
        text = str_skip(text, 1);
    return err_set(err, ERR_STATES_RUNTIME_BARE, "Reference path \"%.*s\" must point to array.",
                   STR_ARG(text));
}

bool asl_map_item(const struct asl_state *s, json input, json item, const struct asl_scope *scope,
                  json *out, struct err *err)
{
    if (s->as.map.item_selector)
        return asl_template_eval(s->as.map.item_selector, input, scope, out, err);
    *out = json_ref(item);
    return true;
}
