/* Readers of fields by kind: each knows its type, its bounds and AWS's words for what is wrong.
 *
 * Source of the texts: answers of CreateStateMachine and ValidateStateMachineDefinition that were
 * recorded or published; where none was found, ASSUMPTION: the nearest known sentence. */
#include "asl_private.h"

#include <assert.h>
#include <math.h>

void *asl_alloc(struct asl_reader *r, size_t count, size_t size)
{
    void *p = arena_array(r->arena, count ? count : 1, size);
    if (!p)
        r->out_of_memory = true;
    return p;
}

json asl_field(const struct asl_object *o, str name)
{
    return json_get(o->written, name);
}

bool asl_field_has(const struct asl_object *o, str name)
{
    return !json_is_absent(asl_field(o, name));
}

bool asl_expect_object(struct asl_reader *r, json written, const struct asl_place *at)
{
    if (written.kind == JSON_OBJECT)
        return true;
    asl_refuse(r->d, at, "Expected value of type [OBJECT]");
    return false;
}

bool asl_field_string(const struct asl_object *o, str name, str *out)
{
    json v = asl_field(o, name);
    if (json_is_absent(v))
        return false;
    if (v.kind != JSON_STRING) {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Expected value of type [STRING]");
        return false;
    }
    *out = json_str(v);
    return true;
}

bool asl_field_bool(const struct asl_object *o, str name, bool *out)
{
    json v = asl_field(o, name);
    if (json_is_absent(v))
        return false;
    if (!json_is_bool(v)) {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Expected value of type [BOOLEAN]");
        return false;
    }
    *out = v.kind == JSON_TRUE;
    return true;
}

bool asl_field_integer(const struct asl_object *o, str name, int64_t min, int64_t max, int64_t *out)
{
    json v = asl_field(o, name);
    if (json_is_absent(v))
        return false;
    int64_t n;
    if (json_is_number(v) && json_to_int64(v, &n)) {
        if (n >= min && n <= max) {
            *out = n;
            return true;
        }
    } else {
        // An integer past int64 is out of range; anything else is of a wrong type.
        double d = json_is_number(v) ? json_to_double(v) : (double)NAN;
        if (isnan(d) || (isfinite(d) && trunc(d) != d)) {
            asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Expected value of type Integer");
            return false;
        }
        n = d < 0 ? INT64_MIN : INT64_MAX;
    }
    if (n < min)
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Minimum value is %lld", (long long)min);
    else
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Maximum value is %lld", (long long)max);
    return false;
}

bool asl_field_double(const struct asl_object *o, str name, double min, double *out)
{
    json v = asl_field(o, name);
    if (json_is_absent(v))
        return false;
    if (!json_is_number(v)) {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Expected value of type Double");
        return false;
    }
    double d = json_to_double(v);
    if (d < min) {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Minimum value is %.1f", min);
        return false;
    }
    *out = d;
    return true;
}

/* Appends "[A, B]": of those names that are in o when only_present, else of all. */
static void print_names(const struct asl_object *o, const str *names, size_t count, bool missing,
                        struct buf *out)
{
    bool first = true;
    buf_add_char(out, '[');
    for (size_t i = 0; i < count; i++) {
        if (missing && asl_field_has(o, names[i]))
            continue;
        if (!first)
            buf_add(out, STR(", "));
        first = false;
        buf_add(out, names[i]);
    }
    buf_add_char(out, ']');
}

/* Reports "sentence [A, B]". */
static void refuse_names(const struct asl_object *o, const struct asl_place *at,
                         const char *sentence, const str *names, size_t count, bool missing)
{
    struct buf list;
    buf_init(&list, 4096);
    print_names(o, names, count, missing, &list);
    asl_refuse(o->r->d, at, "%s%.*s", sentence, STR_ARG(buf_str(&list)));
    buf_release(&list);
}

bool asl_field_choice(const struct asl_object *o, str name, const str *names, size_t count,
                      size_t *out)
{
    str text;
    if (!asl_field_string(o, name, &text))
        return false;
    for (size_t i = 0; i < count; i++) {
        if (str_eq(text, names[i])) {
            *out = i;
            return true;
        }
    }
    refuse_names(o, ASL_MEMBER(o->at, name), "Value should be one of the following: ", names, count,
                 false);
    return false;
}

bool asl_field_array(const struct asl_object *o, str name, bool may_be_empty, json *out)
{
    json v = asl_field(o, name);
    if (json_is_absent(v))
        return false;
    if (v.kind != JSON_ARRAY) {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Expected value of type [ARRAY]");
        return false;
    }
    if (json_len(v) == 0 && !may_be_empty) {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, name), "Value cannot be empty");
        return false;
    }
    *out = v;
    return true;
}

static bool read_path(struct asl_reader *r, json v, const struct asl_place *at, int rules,
                      const struct jsonpath **out)
{
    if (v.kind != JSON_STRING) {
        asl_refuse(r->d, at, "Expected value of type [STRING]");
        return false;
    }
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    if (!jsonpath_parse(r->arena, json_str(v), &p, &err)) {
        if (err.id == ERR_NO_MEMORY)
            r->out_of_memory = true;
        else
            asl_refuse(r->d, at, "Value must be a valid JSONPath.");
        err_release(&err);
        return false;
    }
    bool ok = (!(rules & ASL_PATH_DEFINITE) || jsonpath_is_definite(p)) &&
              (!(rules & ASL_PATH_REFERENCE) || jsonpath_is_reference(p)) &&
              (!(rules & ASL_PATH_INPUT_ONLY) || !jsonpath_uses_context(p));
    if (!ok) {
        asl_refuse(r->d, at, "Value is not a Reference Path");
        return false;
    }
    if (jsonpath_uses_context(p))
        r->uses_context = true;
    if (jsonpath_variable(p).ptr)
        asl_note_variable(r, jsonpath_variable(p));
    *out = p;
    return true;
}

bool asl_field_path(const struct asl_object *o, str name, int rules, const struct jsonpath **out)
{
    json v = asl_field(o, name);
    return !json_is_absent(v) && read_path(o->r, v, ASL_MEMBER(o->at, name), rules, out);
}

void asl_field_path_or_null(const struct asl_object *o, str name, int rules, struct asl_path *out)
{
    if (asl_field(o, name).kind == JSON_NULL)
        out->is_null = true;
    else
        (void)asl_field_path(o, name, rules, &out->path);
}

bool asl_field_expression(const struct asl_object *o, str name, const struct asl_expression **out)
{
    json v = asl_field(o, name);
    if (!o->r->jsonata || !asl_is_expression(v))
        return false;
    *out = asl_expression_read(o->r, v, ASL_MEMBER(o->at, name));
    return true;
}

void asl_field_number(const struct asl_object *o, str name, str path_name, int64_t min, int64_t max,
                      int rules, struct asl_number *out)
{
    const str names[] = {name, path_name};
    if (!asl_fields_at_most_one(o, names, 2))
        return;
    out->given = asl_field_expression(o, name, &out->expression);
    if (out->given)
        return;
    out->given = asl_field_integer(o, name, min, max, &out->value) ||
                 asl_field_path(o, path_name, rules, &out->path);
}

/* The intrinsic functions that give a string, which ErrorPath and CausePath may call.
 * Source: Developer Guide, "Fail workflow state". */
static bool gives_string(str call)
{
    static const str names[] = {
        STR_INIT("States.ArrayGetItem"), STR_INIT("States.Base64Decode"),
        STR_INIT("States.Base64Encode"), STR_INIT("States.Format"),
        STR_INIT("States.Hash"),         STR_INIT("States.JsonToString"),
        STR_INIT("States.UUID"),
    };
    assert(call.ptr); // it looks like a call
    str name = str_sub(call, 0, str_find_char(call, 0, '('));
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (str_eq(name, names[i]))
            return true;
    return false;
}

static void note_variable(void *reader, str name)
{
    asl_note_variable(reader, name);
}

void asl_field_text(const struct asl_object *o, str name, str path_name, struct asl_text *out)
{
    const str names[] = {name, path_name};
    if (!asl_fields_at_most_one(o, names, 2))
        return;
    out->given = asl_field_expression(o, name, &out->expression);
    if (out->given)
        return;
    if (asl_field_string(o, name, &out->value)) {
        out->given = true;
        return;
    }
    json v = asl_field(o, path_name);
    if (v.kind != JSON_STRING || !intrinsic_looks_like(json_str(v))) {
        out->given = asl_field_path(o, path_name, ASL_PATH_DEFINITE, &out->path);
        return;
    }
    struct err err = ERR_INIT;
    if (gives_string(json_str(v)) && intrinsic_parse(o->r->arena, json_str(v), &out->call, &err)) {
        out->given = true;
        o->r->uses_context |= intrinsic_uses_context(out->call);
        intrinsic_variables(out->call, note_variable, o->r);
    } else {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, path_name),
                   "The value for the field '%.*s' must be a valid JSONPath or a valid intrinsic "
                   "function call",
                   STR_ARG(path_name));
    }
    err_release(&err);
}

void asl_field_template(const struct asl_object *o, str name, const struct asl_template **out)
{
    json v = asl_field(o, name);
    if (!json_is_absent(v))
        *out = asl_template_read(o->r, v, ASL_MEMBER(o->at, name));
}

bool asl_fields_required(const struct asl_object *o, const str *names, size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++)
        all = all && asl_field_has(o, names[i]);
    if (!all)
        refuse_names(o, o->at, "These fields are required: ", names, count, true);
    return all;
}

static size_t count_present(const struct asl_object *o, const str *names, size_t count)
{
    size_t present = 0;
    for (size_t i = 0; i < count; i++)
        present += asl_field_has(o, names[i]);
    return present;
}

bool asl_fields_at_most_one(const struct asl_object *o, const str *names, size_t count)
{
    if (count_present(o, names, count) <= 1)
        return true;
    refuse_names(o, o->at, "There should only be one of the following fields: ", names, count,
                 false);
    return false;
}

bool asl_fields_exactly_one(const struct asl_object *o, const str *names, size_t count)
{
    if (!asl_fields_at_most_one(o, names, count))
        return false;
    if (count_present(o, names, count) == 1)
        return true;
    refuse_names(o, o->at, "This object should have only one of the following fields: ", names,
                 count, false);
    return false;
}

void asl_refuse_other_language(const struct asl_object *o, str name)
{
    static const char *const languages[] = {"JSONPath", "JSONata"};
    if (asl_field_has(o, name))
        asl_refuse(o->r->d, o->at,
                   "The QueryLanguage is set to '%s', but field '%.*s' is only supported for the "
                   "'%s' QueryLanguage",
                   languages[o->r->jsonata], STR_ARG(name), languages[!o->r->jsonata]);
}

bool asl_is_one_of(str name, const str *names, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq(name, names[i]))
            return true;
    return false;
}

void asl_fields_known(const struct asl_object *o, const str *names, size_t count)
{
    for (size_t i = 0; i < json_len(o->written); i++) {
        str key = json_key_at(o->written, i);
        if (!asl_is_one_of(key, names, count))
            asl_refuse(o->r->d, o->at, "Field '%.*s' is not supported", STR_ARG(key));
    }
}
