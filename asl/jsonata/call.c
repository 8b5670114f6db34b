/* Calls: what a call evaluates to, and how a function value is run.
 *
 * A call in tail position evaluates to a thunk, a lambda without parameters whose body is the call;
 * apply() runs it when the function that it ended has gone, so that recursion of that kind takes no
 * depth. */
#include "evaluate_private.h"

/* -- making functions -- */

bool evaluate_lambda(struct evaluator *ev, const struct node *n, struct value input,
                     struct environment *environment, struct value *out)
{
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!f)
        return false;
    f->kind = n->type == NODE_TRANSFORM ? FUNCTION_TRANSFORM : FUNCTION_LAMBDA;
    f->signature = n->signature;
    f->as.lambda.node = n;
    f->as.lambda.environment = environment;
    f->as.lambda.input = input;
    *out = value_function(f);
    return true;
}

static bool chain(struct evaluator *ev, const struct function *first, const struct function *second,
                  struct value *out)
{
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!f)
        return false;
    f->kind = FUNCTION_CHAIN;
    f->as.chain.first = first;
    f->as.chain.second = second;
    *out = value_function(f);
    return true;
}

unsigned function_arity(struct value function)
{
    const struct function *f = function.as.function;
    unsigned open = 0;
    switch (f->kind) {
    case FUNCTION_BUILTIN: return f->as.builtin->arity;
    case FUNCTION_LAMBDA: return (unsigned)f->as.lambda.node->items.count;
    case FUNCTION_PARTIAL:
        for (size_t i = 0; i < f->as.partial.count; i++)
            open += f->as.partial.left_out[i];
        return open;
    case FUNCTION_REGEX: return 2;
    case FUNCTION_CHAIN:
    case FUNCTION_TRANSFORM: return 1;
    case FUNCTION_NEXT_MATCH: break;
    }
    return 0;
}

/* -- running them -- */

static bool run_lambda(struct evaluator *ev, const struct function *f,
                       const struct arguments *given, struct value *out)
{
    const struct node *n = f->as.lambda.node;
    struct environment *environment = environment_new(ev, f->as.lambda.environment);
    if (!environment)
        return false;
    for (size_t i = 0; i < n->items.count; i++) {
        struct value v = i < given->count ? given->at[i] : (struct value){0};
        if (!environment_bind(ev, environment, n->items.at[i]->text, v))
            return false;
    }
    return evaluate(ev, n->right, f->as.lambda.input, environment, out);
}

static bool run_builtin(struct evaluator *ev, const struct function *f,
                        const struct arguments *given, struct value *out)
{
    struct value arguments[BUILTIN_ARGUMENTS_MAX] = {{0}};
    struct call c = {.ev = ev,
                     .arguments = arguments,
                     .count = given->count,
                     .context = given->context,
                     .environment = given->environment,
                     .all = given->at,
                     .name = given->name};
    for (size_t i = 0; i < given->count && i < BUILTIN_ARGUMENTS_MAX; i++)
        arguments[i] = given->at[i];
    *out = (struct value){0};
    return f->as.builtin->run(&c, out);
}

static bool run_partial(struct evaluator *ev, const struct function *f,
                        const struct arguments *given, struct value *out)
{
    size_t count = f->as.partial.count, next = 0;
    struct value *arguments = ev_alloc(ev, (count + 1) * sizeof *arguments);
    if (!arguments)
        return false;
    for (size_t i = 0; i < count; i++) {
        arguments[i] = f->as.partial.arguments[i];
        if (f->as.partial.left_out[i])
            arguments[i] = next < given->count ? given->at[next++] : (struct value){0};
    }
    struct arguments filled = *given;
    filled.at = arguments;
    filled.count = count;
    return apply(ev, value_function(f->as.partial.function), &filled, out);
}

static bool run_chain(struct evaluator *ev, const struct function *f, const struct arguments *given,
                      struct value *out)
{
    struct value between = {0};
    if (!apply(ev, value_function(f->as.chain.first), given, &between))
        return false;
    struct arguments second = *given;
    second.at = &between;
    second.count = 1;
    return apply(ev, value_function(f->as.chain.second), &second, out);
}

static bool run_regex(struct evaluator *ev, const struct function *f, const struct arguments *given,
                      struct value *out)
{
    *out = (struct value){0};
    if (given->count == 0 || !is_string(given->at[0]))
        return true; // no text, no match
    str subject = string_of(given->at[0]);
    size_t from = given->count > 1 && is_number(given->at[1])
                      ? position_in(subject, number_of(given->at[1]))
                      : 0;
    return regex_call(ev, f->as.regex, subject, from, out);
}

static bool run_transform(struct evaluator *ev, const struct function *f,
                          const struct arguments *given, struct value *out)
{
    struct value object = given->count > 0 ? given->at[0] : (struct value){0};
    return apply_transform(ev, f, object, out);
}

static bool run_next_match(struct evaluator *ev, const struct function *f,
                           const struct arguments *given, struct value *out)
{
    (void)given;
    return regex_next(ev, f, out);
}

static bool run(struct evaluator *ev, const struct function *f, const struct arguments *given,
                struct value *out)
{
    static bool (*const runs[])(struct evaluator *, const struct function *,
                                const struct arguments *, struct value *) = {
        [FUNCTION_BUILTIN] = run_builtin,       [FUNCTION_LAMBDA] = run_lambda,
        [FUNCTION_PARTIAL] = run_partial,       [FUNCTION_CHAIN] = run_chain,
        [FUNCTION_TRANSFORM] = run_transform,   [FUNCTION_REGEX] = run_regex,
        [FUNCTION_NEXT_MATCH] = run_next_match,
    };
    return runs[f->kind](ev, f, given, out);
}

/* One call: what it leaves to its caller is left. */
static bool apply_once(struct evaluator *ev, struct value function, const struct arguments *given,
                       struct value *out)
{
    if (!is_function(function))
        return ev_fail(ev, "T1006: Attempted to invoke a non-function");
    const struct function *f = function.as.function;
    struct arguments checked = *given;
    if (f->signature && !signature_apply(ev, f->signature, given, &checked))
        return false;
    return run(ev, f, &checked, out);
}

static bool is_thunk(struct value v)
{
    return is_function(v) && v.as.function->kind == FUNCTION_LAMBDA &&
           v.as.function->as.lambda.node->thunk;
}

/* Evaluates arguments. NULL: refused. */
static struct value *evaluate_arguments(struct evaluator *ev, const struct node *call,
                                        struct value input, struct environment *environment,
                                        size_t before)
{
    size_t count = before + call->items.count;
    struct value *arguments = ev_alloc(ev, (count + 1) * sizeof *arguments);
    for (size_t i = 0; arguments && i < call->items.count; i++)
        if (!evaluate(ev, call->items.at[i], input, environment, &arguments[before + i]))
            return NULL;
    return arguments;
}

static str name_of(const struct node *procedure)
{
    return procedure->type == NODE_PATH ? procedure->items.at[0]->text : procedure->text;
}

bool apply(struct evaluator *ev, struct value function, const struct arguments *given,
           struct value *out)
{
    if (!apply_once(ev, function, given, out))
        return false;
    while (is_thunk(*out)) {
        const struct function *thunk = out->as.function;
        const struct node *call = thunk->as.lambda.node->right;
        struct environment *environment = thunk->as.lambda.environment;
        struct value next, input = thunk->as.lambda.input;
        ev->tail_calls++;
        if (!evaluate(ev, call->left, input, environment, &next))
            return false;
        struct arguments again = *given;
        again.count = call->items.count;
        again.at = evaluate_arguments(ev, call, input, environment, 0);
        again.name = name_of(call->left);
        if (!again.at || !apply_once(ev, next, &again, out))
            return false;
    }
    return true;
}

/* -- calls -- */

/* A bare name where a function is called: "sum(x)" for "$sum(x)". */
static bool meant_variable(struct evaluator *ev, const struct node *procedure,
                           struct environment *environment)
{
    const struct function *builtin;
    struct value v = {0};
    if (procedure->type != NODE_PATH)
        return false;
    str name = procedure->items.at[0]->text;
    return environment_find(environment, name, &v) ||
           !json_is_absent(json_get(ev->scope->variables, name)) ||
           (builtin_find(&ev->arena, name, ev->expression->dialect, &builtin, ev->err) && builtin);
}

/* A call whose first argument, when first is not NULL, is *first. */
static bool call_with(struct evaluator *ev, const struct node *n, struct value input,
                      struct environment *environment, const struct value *first, struct value *out)
{
    struct value procedure = {0};
    if (!evaluate(ev, n->left, input, environment, &procedure))
        return false;
    str name = name_of(n->left);
    if (is_undefined(procedure) && meant_variable(ev, n->left, environment))
        return ev_fail(ev, "T1005: Attempted to invoke a non-function. Did you mean $%.*s?",
                       STR_ARG(name));
    size_t before = first != NULL;
    struct value *arguments = evaluate_arguments(ev, n, input, environment, before);
    if (!arguments)
        return false;
    if (first)
        arguments[0] = *first;
    struct arguments given = {.at = arguments,
                              .count = before + n->items.count,
                              .context = input,
                              .environment = environment,
                              .name = name};
    return apply(ev, procedure, &given, out);
}

bool evaluate_call(struct evaluator *ev, const struct node *n, struct value input,
                   struct environment *environment, struct value *out)
{
    return call_with(ev, n, input, environment, NULL, out);
}

bool evaluate_partial(struct evaluator *ev, const struct node *n, struct value input,
                      struct environment *environment, struct value *out)
{
    size_t count = n->items.count;
    struct value *arguments = ev_alloc(ev, count * sizeof *arguments), procedure = {0};
    bool *left_out = ev_alloc(ev, count * sizeof *left_out);
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!arguments || !left_out || !f)
        return false;
    for (size_t i = 0; i < count; i++) {
        left_out[i] = n->items.at[i]->type == NODE_OPERATOR;
        if (!left_out[i] && !evaluate(ev, n->items.at[i], input, environment, &arguments[i]))
            return false;
    }
    if (!evaluate(ev, n->left, input, environment, &procedure))
        return false;
    str name = name_of(n->left);
    if (is_undefined(procedure) && meant_variable(ev, n->left, environment))
        return ev_fail(ev,
                       "T1007: Attempted to partially apply a non-function. Did you mean $%.*s?",
                       STR_ARG(name));
    if (!is_function(procedure))
        return ev_fail(ev, "T1008: Attempted to partially apply a non-function");
    f->kind = FUNCTION_PARTIAL;
    f->as.partial.function = procedure.as.function;
    f->as.partial.arguments = arguments;
    f->as.partial.left_out = left_out;
    f->as.partial.count = count;
    *out = value_function(f);
    return true;
}

bool evaluate_apply(struct evaluator *ev, const struct node *n, struct value input,
                    struct environment *environment, struct value *out)
{
    struct value left = {0}, right = {0};
    if (!evaluate(ev, n->left, input, environment, &left))
        return false;
    if (n->right->type == NODE_FUNCTION) {
        // A call: what stands before it is its first argument. Nothing but its predicates is its
        // own then.
        return call_with(ev, n->right, input, environment, &left, out);
    }
    if (!evaluate(ev, n->right, input, environment, &right))
        return false;
    if (!is_function(right))
        return ev_fail(ev, "T2006: The right side of the function application operator ~> must be "
                           "a function");
    if (is_function(left))
        return chain(ev, left.as.function, right.as.function, out);
    struct arguments given = {
        .at = &left, .count = 1, .context = value_null(), .environment = environment};
    return apply(ev, right, &given, out);
}
