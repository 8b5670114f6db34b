/* A resource's parameters against its row: as written in a definition, and as evaluated.
 *
 * In a definition a key may end in ".$": its value is then a path or a call, known only when it
 * runs. Once evaluated every kind is judged. Kinds are rows of a table. */
#include "base/buf.h"
#include "base/mem.h"
#include "integrations/task/task.h"

enum { FAULTS_MAX_BYTES = 4096 };

static bool is_lists(json v)
{
    if (v.kind != JSON_OBJECT)
        return false;
    for (size_t i = 0; i < json_len(v); i++) {
        json list = json_value_at(v, i);
        if (list.kind != JSON_ARRAY)
            return false;
        for (size_t k = 0; k < json_len(list); k++)
            if (json_at(list, k).kind != JSON_STRING)
                return false;
    }
    return true;
}

/* Published definitions write "true" where a boolean is wanted, and deploy: both are taken. */
static bool is_boolean_or_its_text(json v)
{
    str text = json_str(v);
    return json_is_bool(v) ||
           (v.kind == JSON_STRING && (str_eq(text, STR("true")) || str_eq(text, STR("false"))));
}

static bool is_string(json v)
{
    return v.kind == JSON_STRING;
}

static bool is_object(json v)
{
    return v.kind == JSON_OBJECT;
}

static bool is_array(json v)
{
    return v.kind == JSON_ARRAY;
}

static bool is_object_or_string(json v)
{
    return v.kind == JSON_OBJECT || v.kind == JSON_STRING || v.kind == JSON_ARRAY;
}

static bool is_any(json v)
{
    return !json_is_absent(v);
}

static const struct {
    bool (*is)(json v);
    const char *sentence; /* %.*s: the field; AWS's form for a wrong type, see below */
} kinds[] = {
    [TASK_ANY] = {is_any,                 ""                                                   },
    [TASK_STRING] = {is_string,              "The value for the field '%.*s' must be a STRING"    },
    [TASK_BOOLEAN] = {is_boolean_or_its_text, "The value for the field '%.*s' must be a BOOLEAN"   },
    [TASK_NUMBER] = {json_is_number,         "The value for the field '%.*s' must be a NUMBER"    },
    [TASK_OBJECT] = {is_object,              "The value of the field '%.*s' has an invalid format"},
    [TASK_ARRAY] = {is_array,               "The value of the field '%.*s' has an invalid format"},
    [TASK_OBJECT_OR_STRING] = {is_object_or_string,
                  "The value of the field '%.*s' has an invalid format"                        },
    [TASK_LISTS] = {is_lists,               "The value of the field '%.*s' has an invalid format"},
};

static const struct task_parameter *parameter_find(const struct task_resource *r, str name)
{
    for (size_t i = 0; i < r->parameters_count; i++)
        if (str_eq(r->parameters[i].name, name))
            return &r->parameters[i];
    return NULL;
}

/* Tells a fault: the sentence with the field's name in it. */
static void tell(task_fault *fault, void *context, str field, const char *sentence)
{
    struct buf text;
    buf_init(&text, FAULTS_MAX_BYTES);
    size_t mark = 0;
    str whole = str_from_c(sentence);
    while (mark < whole.len && !str_starts(str_skip(whole, mark), STR("%.*s")))
        mark++;
    buf_add(&text, str_sub(whole, 0, mark));
    if (mark < whole.len) {
        buf_add(&text, field);
        buf_add(&text, str_skip(whole, mark + 4));
    }
    buf_add_char(&text, '\0');
    fault(context, field, buf_ok(&text) ? text.ptr : "A field is not valid");
    buf_release(&text);
}

static void check(const struct task_resource *r, json parameters, bool written, task_fault *fault,
                  void *context)
{
    for (size_t i = 0; i < json_len(parameters); i++) {
        str key = json_key_at(parameters, i);
        bool dynamic = written && str_ends(key, STR(".$"));
        str name = dynamic ? str_sub(key, 0, key.len - 2) : key;
        const struct task_parameter *p = parameter_find(r, name);
        if (!p)
            tell(fault, context, name, "The field '%.*s' is not supported by Step Functions");
        else if (!dynamic && !kinds[p->kind].is(json_value_at(parameters, i)) &&
                 !(written && json_value_at(parameters, i).kind == JSON_OBJECT))
            tell(fault, context, name, kinds[p->kind].sentence);
    }
    for (size_t i = 0; i < r->parameters_count; i++) {
        const struct task_parameter *p = &r->parameters[i];
        if (!p->required || !json_is_absent(json_get(parameters, p->name)))
            continue;
        bool dynamic = false;
        for (size_t k = 0; written && k < json_len(parameters) && !dynamic; k++) {
            str key = json_key_at(parameters, k);
            dynamic = str_ends(key, STR(".$")) && str_eq(str_sub(key, 0, key.len - 2), p->name);
        }
        if (!dynamic)
            tell(fault, context, p->name, "The field '%.*s' is required but was missing");
    }
}

void task_parameters_check(const struct task_resource *r, json written, task_fault *fault,
                           void *context)
{
    check(r, written, true, fault, context);
}

static void add_fault(void *context, str field, const char *sentence)
{
    (void)field;
    struct buf *faults = context;
    if (faults->len)
        buf_add(faults, STR(", "));
    buf_add(faults, str_from_c(sentence));
}

bool task_parameters_judge(const struct task_resource *r, json parameters, struct err *err)
{
    struct buf faults;
    buf_init(&faults, FAULTS_MAX_BYTES);
    check(r, parameters, false, add_fault, &faults);
    bool good = faults.len == 0 && buf_ok(&faults);
    if (!good) {
        str text = json_is_absent(parameters) ? STR_NONE : json_text(parameters);
        // Source: a recorded apigateway:invoke, in whose words the list of faults stands.
        err_set(err, ERR_STATES_RUNTIME,
                "The Parameters '%.*s' could not be used to start the Task: [%.*s]",
                STR_ARG(text.ptr ? text : STR("{}")), STR_ARG(buf_str(&faults)));
        str_free(text);
    }
    buf_release(&faults);
    return good;
}
