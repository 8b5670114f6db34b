/* Data through a state: InputPath, Parameters, ResultSelector, ResultPath, OutputPath, and what a
 * Map and a Fail state read. Each is a few words over paths and templates. */
#include "asl/dataflow.h"

#include "asl_private.h"

bool asl_path_applies(const struct jsonpath *path, json input, struct err *err)
{
    return input.kind != JSON_NULL || jsonpath_uses_context(path) ||
           err_set(err, ERR_STATES_RUNTIME,
                   "Unable to apply Path transformation to null or empty input.");
}

bool asl_path_eval(const struct jsonpath *path, json input, const struct asl_scope *scope,
                   json *out, struct err *err)
{
    const struct jsonpath_roots roots = {input, scope->context};
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

bool asl_state_output(const struct asl_state *s, json raw, json result,
                      const struct asl_scope *scope, json *out, struct err *err)
{
    json selected = json_absent();
    json merged = json_absent();
    bool ok = true;
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

bool asl_catch_output(const struct asl_catcher *c, json raw, str error, str cause, json *out,
                      struct err *err)
{
    json o = json_object(2);
    bool ok = json_put_take(&o, STR("Error"), error.ptr ? json_string(error) : json_null()) &&
              json_put_take(&o, STR("Cause"), cause.ptr ? json_string(cause) : json_null());
    ok = ok ? put_result(&c->result_path, raw, o, out, err)
            : err_set(err, ERR_NO_MEMORY, "no memory for the output of a catcher");
    json_unref(o);
    return ok;
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

bool asl_number_eval(const struct asl_number *n, str name, json input,
                     const struct asl_scope *scope, int64_t *out, struct err *err)
{
    if (!n->path) {
        *out = n->value;
        return true;
    }
    const struct number_field *f = find_number_field(name);
    const struct jsonpath_roots roots = {input, scope->context};
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
    if (!p->path)
        return true;
    const struct jsonpath_roots roots = {input, scope->context};
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
    const struct jsonpath_roots roots = {input, scope->context};
    json value = json_absent();
    if (t->expression) {
        if (!intrinsic_eval(t->expression, &roots, scope->rng, &value, err))
            return false;
    } else if (t->path) {
        if (!asl_path_applies(t->path, input, err))
            return false;
        value = json_ref(jsonpath_lend(t->path, &roots));
        if (json_is_absent(value))
            return not_found(t, name, jsonpath_uses_context(t->path) ? scope->context : input, err);
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

bool asl_map_items(const struct asl_state *s, json input, const struct asl_scope *scope, json *out,
                   struct err *err)
{
    json items;
    const struct jsonpath *path = s->as.map.items_path;
    if (!path) {
        items = json_ref(input);
    } else {
        const struct jsonpath_roots roots = {input, scope->context};
        items = json_ref(jsonpath_lend(path, &roots));
        if (json_is_absent(items))
            return jsonpath_conflict(path, jsonpath_uses_context(path) ? scope->context : input,
                                     err);
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
