/* The table of functions, and the dispatcher that runs a parsed call: it evaluates the arguments,
 * inner calls first, checks their kinds against the row and frames errors with the outermost
 * expression, as AWS does. */
#include "intrinsics_private.h"

/* Sorted: intrinsic_find() bisects. Source: Developer Guide, "Intrinsic functions for JSONPath
 * states". */
/* clang-format off */
#define ROWS(X)                                                                                  \
    X("States.Array",          0, INTRINSIC_ARGUMENTS_MAX, ".",   intrinsics_array)              \
    X("States.ArrayContains",  2, 2,                       "a.",  intrinsics_array_contains)     \
    X("States.ArrayGetItem",   2, 2,                       "an",  intrinsics_array_get_item)     \
    X("States.ArrayLength",    1, 1,                       "a",   intrinsics_array_length)       \
    X("States.ArrayPartition", 2, 2,                       "an",  intrinsics_array_partition)    \
    X("States.ArrayRange",     3, 3,                       "n",   intrinsics_array_range)        \
    X("States.ArrayUnique",    1, 1,                       "a",   intrinsics_array_unique)       \
    X("States.Base64Decode",   1, 1,                       "s",   intrinsics_base64_decode)      \
    X("States.Base64Encode",   1, 1,                       "s",   intrinsics_base64_encode)      \
    X("States.Format",         1, INTRINSIC_ARGUMENTS_MAX, "s.",  intrinsics_format)             \
    X("States.Hash",           2, 2,                       "s",   intrinsics_hash)               \
    X("States.JsonMerge",      3, 3,                       "oob", intrinsics_json_merge)         \
    X("States.JsonToString",   1, 1,                       ".",   intrinsics_json_to_string)     \
    X("States.MathAdd",        2, 2,                       "n",   intrinsics_math_add)           \
    X("States.MathRandom",     2, 3,                       "n",   intrinsics_math_random)        \
    X("States.StringSplit",    2, 2,                       "s",   intrinsics_string_split)       \
    X("States.StringToJson",   1, 1,                       "s",   intrinsics_string_to_json)     \
    X("States.UUID",           0, 0,                       "",    intrinsics_uuid)

static const struct intrinsic rows[] = {
#define ROW(name, min, max, kinds, run) {STR_INIT(name), min, max, kinds, run},
    ROWS(ROW)
#undef ROW
};

static const str names[] = {
#define NAME(name, min, max, kinds, run) STR_INIT(name),
    ROWS(NAME)
#undef NAME
};
/* clang-format on */

enum { ROWS_COUNT = sizeof rows / sizeof *rows };

const struct intrinsic *intrinsic_find(str name)
{
    size_t from = 0, to = ROWS_COUNT;
    while (from < to) {
        size_t middle = from + (to - from) / 2;
        int order = str_cmp(name, rows[middle].name);
        if (order == 0)
            return &rows[middle];
        if (order < 0)
            to = middle;
        else
            from = middle + 1;
    }
    return NULL;
}

const str *intrinsic_names(size_t *count)
{
    *count = ROWS_COUNT;
    return names;
}

bool intrinsic_no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "no memory for an intrinsic function");
}

bool intrinsic_give(json made, json *out, struct err *err)
{
    *out = made;
    return !json_is_absent(made) || intrinsic_no_memory(err);
}

/* -- checking -- */

static bool is_of_kind(json v, char kind)
{
    switch (kind) {
    case 'a': return v.kind == JSON_ARRAY;
    case 'o': return v.kind == JSON_OBJECT;
    case 's': return v.kind == JSON_STRING;
    case 'n': return json_is_number(v);
    case 'b': return json_is_bool(v);
    default: return true;
    }
}

static const char *kind_name(char kind)
{
    switch (kind) {
    case 'a': return "an array";
    case 'o': return "an object";
    case 's': return "a string";
    case 'n': return "a number";
    default: return "a boolean";
    }
}

static bool check_count(const struct intrinsic *row, size_t count, struct err *err)
{
    if (count >= row->min && count <= row->max)
        return true;
    bool few = count < row->min;
    int bound = few ? row->min : row->max;
    const char *kind = few ? "at least " : "at most ";
    return intrinsic_fail(err, "%.*s takes %s%d argument%s, %zu given", STR_ARG(row->name),
                          row->min == row->max ? "" : kind, bound, bound == 1 ? "" : "s", count);
}

static bool check_arguments(const struct intrinsic *row, const json *arg, size_t count,
                            struct err *err)
{
    if (!check_count(row, count, err))
        return false;
    size_t kinds = strlen(row->kinds);
    for (size_t i = 0; i < count; i++) {
        char kind = row->kinds[i < kinds ? i : kinds - 1];
        if (!is_of_kind(arg[i], kind))
            return intrinsic_fail(err, "Argument %zu of %.*s must be %s", i + 1, STR_ARG(row->name),
                                  kind_name(kind));
        // Every function may take the time of its arguments' texts.
        if (json_text_size(arg[i]) > INTRINSIC_VALUE_MAX_BYTES)
            return intrinsic_fail(err, "Argument %zu of %.*s is larger than %d bytes", i + 1,
                                  STR_ARG(row->name), INTRINSIC_VALUE_MAX_BYTES);
    }
    return true;
}

/* -- running -- */

struct run {
    const struct intrinsic_expression *outermost;
    const struct jsonpath_roots *roots;
    struct rng *rng;
    struct err *err;
};

/* Takes why, which says what the path stumbled over. */
static bool path_failed(const struct run *r, const struct jsonpath *path, struct err *why)
{
    str expression = r->outermost->text, field = jsonpath_text(path);
    if (why->id == ERR_NO_MEMORY) {
        err_move(r->err, why);
        return false;
    }
    if (why->id == ERR_STATES_RUNTIME) {
        err_move(r->err, why);
        err_wrap(r->err, "The function '%.*s' had the following error: ", STR_ARG(expression));
        return false;
    }
    err_release(why);
    // AWS tells of the state's input even when the path starts at $$, and drops one of the two.
    if (jsonpath_uses_context(path))
        field = str_skip(field, 1);
    struct buf input;
    buf_init(&input, INTRINSIC_VALUE_MAX_BYTES);
    if (json_text_size(r->roots->input) < INTRINSIC_VALUE_MAX_BYTES)
        json_print(r->roots->input, &input);
    err_set(r->err, ERR_STATES_RUNTIME,
            "The function '%.*s' had the following error: The JsonPath argument for the field "
            "'%.*s' could not be found in the input '%.*s'",
            STR_ARG(expression), STR_ARG(field), STR_ARG(buf_str(&input)));
    buf_release(&input);
    return false;
}

static bool run_call(const struct run *r, const struct intrinsic_expression *e, json *out);

static bool eval_argument(const struct run *r, const struct argument *a, json *out)
{
    switch (a->kind) {
    case ARGUMENT_TEXT: return intrinsic_give(json_string(a->text), out, r->err);
    case ARGUMENT_NUMBER: return intrinsic_give(json_number_text(a->text), out, r->err);
    case ARGUMENT_SIMPLE: *out = a->simple; return true;
    case ARGUMENT_CALL: return run_call(r, a->call, out);
    case ARGUMENT_PATH: break;
    }
    struct err why = ERR_INIT;
    return jsonpath_eval(a->path, r->roots, out, &why) || path_failed(r, a->path, &why);
}

static bool run_function(const struct run *r, const struct intrinsic_expression *e, const json *arg,
                         json *out)
{
    struct intrinsic_call call = {.arg = arg, .args = e->count, .rng = r->rng};
    if (e->count > 0 && e->arguments[0].kind == ARGUMENT_TEXT)
        call.literal = e->arguments[0].raw;
    if (check_arguments(e->row, arg, e->count, r->err) && e->row->run(&call, out, r->err))
        return true;
    if (r->err->id == ERR_STATES_INTRINSIC_FAILURE) {
        err_wrap(r->err,
                 "The function '%.*s' had the following error: ", STR_ARG(r->outermost->text));
        // Source: Developer Guide, "Handling errors in Step Functions workflows":
        // States.IntrinsicFailure is reserved, these errors are reported as States.Runtime.
        r->err->id = ERR_STATES_RUNTIME;
    }
    return false;
}

static bool run_call(const struct run *r, const struct intrinsic_expression *e, json *out)
{
    json arg[INTRINSIC_ARGUMENTS_MAX];
    size_t count = 0;
    bool ok = true;
    while (ok && count < e->count) {
        ok = eval_argument(r, &e->arguments[count], &arg[count]);
        count += ok;
    }
    ok = ok && run_function(r, e, arg, out);
    while (count > 0)
        json_unref(arg[--count]);
    return ok;
}

bool intrinsic_eval(const struct intrinsic_expression *e, const struct jsonpath_roots *roots,
                    struct rng *rng, json *out, struct err *err)
{
    const struct run r = {.outermost = e, .roots = roots, .rng = rng, .err = err};
    return run_call(&r, e, out);
}
