/* Functions of any value: $boolean, $not, $exists, $type; $error and $assert; $eval. */
#include "functions_private.h"

bool function_boolean(struct call *c, struct value *out)
{
    struct value v = c->arguments[0];
    if (!is_undefined(v)) // a function given as an argument is false
        *out = value_bool(value_truth(v) && !is_function(v));
    return true;
}

bool function_not(struct call *c, struct value *out)
{
    struct value v = c->arguments[0];
    if (!is_undefined(v))
        *out = value_bool(!value_truth(v) || is_function(v));
    return true;
}

bool function_exists(struct call *c, struct value *out)
{
    *out = value_bool(!is_undefined(c->arguments[0]));
    return true;
}

bool function_type(struct call *c, struct value *out)
{
    static const char *const names[] = {
        [VALUE_NULL] = "null",      [VALUE_BOOL] = "boolean",      [VALUE_NUMBER] = "number",
        [VALUE_INTEGER] = "number", [VALUE_STRING] = "string",     [VALUE_ARRAY] = "array",
        [VALUE_LIST] = "array",     [VALUE_OBJECT] = "object",     [VALUE_MAP] = "object",
        [VALUE_TUPLE] = "object",   [VALUE_FUNCTION] = "function",
    };
    if (!is_undefined(c->arguments[0]))
        *out = value_str(str_from_c(names[c->arguments[0].kind]));
    return true;
}

bool function_error(struct call *c, struct value *out)
{
    (void)out;
    str message = is_string(c->arguments[0]) ? string_of(c->arguments[0])
                                             : STR("$error() function evaluated");
    return ev_fail(c->ev, "D3137: %.*s", STR_ARG(message));
}

bool function_assert(struct call *c, struct value *out)
{
    (void)out;
    if (value_truth(c->arguments[0]))
        return true;
    str message =
        is_string(c->arguments[1]) ? string_of(c->arguments[1]) : STR("$assert() statement failed");
    return ev_fail(c->ev, "D3141: %.*s", STR_ARG(message));
}

/* Errors of the inner expression are told in the outer one's. */
static bool eval_failed(struct call *c, struct err *inner, str sentence)
{
    if (inner->id == ERR_NO_MEMORY || str_starts(err_text(inner), STR("U1001"))) {
        err_move(c->ev->err, inner);
        return false;
    }
    (void)ev_fail(c->ev, "%.*s passed to function eval: %.*s", STR_ARG(sentence),
                  STR_ARG(err_text(inner)));
    err_release(inner);
    return false;
}

bool function_eval(struct call *c, struct value *out)
{
    struct evaluator *ev = c->ev;
    struct err inner = ERR_INIT, *outer = ev->err;
    const struct jsonata *e;
    struct value focus = c->context;
    if (is_undefined(c->arguments[0]))
        return true;
    if (!is_undefined(c->arguments[1])) {
        focus = c->arguments[1];
        if (is_array(focus) && !is_sequence(focus)) {
            struct list *wrapper = sequence_new(ev);
            if (!wrapper || !list_push(ev, wrapper, focus))
                return false;
            wrapper->outer_wrapper = true;
            focus = value_list(wrapper);
        }
    }
    if (!jsonata_parse(&ev->arena, string_of(c->arguments[0]), ev->expression->dialect, &e, &inner))
        return eval_failed(c, &inner, STR("D3120: Syntax error in expression"));
    ev->err = &inner;
    bool ok = evaluate(ev, e->root, focus, c->environment, out);
    ev->err = outer;
    return ok || eval_failed(c, &inner, STR("D3121: Dynamic error evaluating the expression"));
}
