/* The evaluator: a node with its input and its environment to a value.
 *
 * One function an operator; evaluate() counts depth, minds the time, and does what every node has
 * in common: predicates, a group, and the rule that a sequence of one is its item. */
#include "base/clock.h"
#include "evaluate_private.h"

#include <math.h>

typedef bool node_evaluate(struct evaluator *ev, const struct node *n, struct value input,
                           struct environment *environment, struct value *out);

/* -- frames -- */

struct environment *environment_new(struct evaluator *ev, const struct environment *outer)
{
    struct environment *f = ev_alloc(ev, sizeof *f);
    if (f)
        f->outer = outer;
    return f;
}

bool environment_bind(struct evaluator *ev, struct environment *f, str name, struct value v)
{
    struct binding *b = ev_alloc(ev, sizeof *b);
    if (!b)
        return false;
    *b = (struct binding){f->bindings, name, v};
    f->bindings = b;
    return true;
}

bool environment_find(const struct environment *f, str name, struct value *out)
{
    for (; f; f = f->outer)
        for (const struct binding *b = f->bindings; b; b = b->next)
            if (b->name.len == name.len &&
                (b->name.ptr == name.ptr || memcmp(b->name.ptr, name.ptr, name.len) == 0)) {
                *out = b->value;
                return true;
            }
    return false;
}

/* What a name is outside all frames. */
static struct value global_find(const struct evaluator *ev, const struct node *n)
{
    if (ev->aws && str_eq(n->text, STR("states")))
        return value_from_json(ev, ev->scope->states);
    json bound = json_get(ev->scope->variables, n->text);
    if (!json_is_absent(bound))
        return value_from_json(ev, bound);
    if (n->builtin && builtin_is_there(ev, n->builtin->as.builtin))
        return value_function(n->builtin);
    return (struct value){0};
}

struct value variable_value(const struct evaluator *ev, const struct node *n, struct value input,
                            const struct environment *environment)
{
    struct value v = {0};
    if (n->text.len == 0) // the context
        return input.kind == VALUE_LIST && input.as.list->outer_wrapper ? input.as.list->items[0]
                                                                        : input;
    return environment_find(environment, n->text, &v) ? v : global_find(ev, n);
}

static bool evaluate_variable(struct evaluator *ev, const struct node *n, struct value input,
                              struct environment *environment, struct value *out)
{
    *out = variable_value(ev, n, input, environment);
    return true;
}

/* -- literals and fields -- */

static bool evaluate_number(struct evaluator *ev, const struct node *n, struct value input,
                            struct environment *environment, struct value *out)
{
    (void)ev, (void)input, (void)environment;
    *out = value_number(n->number);
    return true;
}

static bool evaluate_string(struct evaluator *ev, const struct node *n, struct value input,
                            struct environment *environment, struct value *out)
{
    (void)ev, (void)input, (void)environment;
    *out = value_str(n->text);
    return true;
}

static bool evaluate_constant(struct evaluator *ev, const struct node *n, struct value input,
                              struct environment *environment, struct value *out)
{
    (void)input, (void)environment;
    *out = value_from_json(ev, n->value);
    return true;
}

static bool evaluate_name(struct evaluator *ev, const struct node *n, struct value input,
                          struct environment *environment, struct value *out)
{
    (void)environment;
    return lookup(ev, input, n->text, out);
}

static bool evaluate_regex(struct evaluator *ev, const struct node *n, struct value input,
                           struct environment *environment, struct value *out)
{
    (void)input, (void)environment;
    struct function *f = ev_alloc(ev, sizeof *f);
    if (!f)
        return false;
    f->kind = FUNCTION_REGEX;
    f->as.regex = n->regex;
    *out = value_function(f);
    return true;
}

static bool evaluate_parent(struct evaluator *ev, const struct node *n, struct value input,
                            struct environment *environment, struct value *out)
{
    (void)ev, (void)input;
    *out = (struct value){0};
    (void)environment_find(environment, n->slot->label, out); // undefined when there is none
    return true;
}

/* -- operators -- */

/* Is v an integer that 64 bits hold? */
static bool exact_of(struct value v, int64_t *out)
{
    static const double past_int64 = 9223372036854775808.0;
    double d = number_of(v);
    *out = v.kind == VALUE_INTEGER ? v.as.integer : 0;
    if (v.kind == VALUE_INTEGER)
        return true;
    if (!(d >= -past_int64 && d < past_int64) || d != trunc(d))
        return false;
    *out = (int64_t)d;
    return true;
}

/* Sums that a double would not hold exactly, in Step Functions' dialect. False: it is none. */
static bool exact_sum(const struct evaluator *ev, enum operator op, struct value a, struct value b,
                      struct value *out)
{
    int64_t x, y, sum;
    if ((a.kind != VALUE_INTEGER && b.kind != VALUE_INTEGER) || !exact_of(a, &x) ||
        !exact_of(b, &y))
        return false;
    bool over = true;
    if (op == OPERATOR_ADD)
        over = __builtin_add_overflow(x, y, &sum);
    else if (op == OPERATOR_SUBTRACT)
        over = __builtin_sub_overflow(x, y, &sum);
    if (!over)
        *out = value_integer(ev, sum);
    return !over;
}

static bool arithmetic(struct evaluator *ev, const struct node *n, struct value a, struct value b,
                       struct value *out)
{
    bool left, right;
    if (!value_is_numeric(a, ev, &left))
        return false;
    if (!is_undefined(a) && !left)
        return ev_fail(ev,
                       "T2001: The left side of the \"%.*s\" operator must evaluate to a number",
                       STR_ARG(n->text));
    if (!value_is_numeric(b, ev, &right))
        return false;
    if (!is_undefined(b) && !right)
        return ev_fail(ev,
                       "T2002: The right side of the \"%.*s\" operator must evaluate to a number",
                       STR_ARG(n->text));
    *out = (struct value){0};
    if (!left || !right || exact_sum(ev, n->op, a, b, out))
        return true;
    double l = number_of(a), r = number_of(b);
    switch (n->op) {
    case OPERATOR_ADD: *out = value_number(l + r); break;
    case OPERATOR_SUBTRACT: *out = value_number(l - r); break;
    case OPERATOR_MULTIPLY: *out = value_number(l * r); break;
    case OPERATOR_DIVIDE: *out = value_number(l / r); break;
    default: *out = value_number(fmod(l, r)); break;
    }
    return true;
}

static bool equality(struct evaluator *ev, const struct node *n, struct value a, struct value b,
                     struct value *out)
{
    bool equal = false;
    *out = value_bool(false);
    if (is_undefined(a) || is_undefined(b))
        return true;
    if (!value_equal(ev, a, b, &equal))
        return false;
    out->boolean = equal == (n->op == OPERATOR_EQUAL);
    return true;
}

static bool is_comparable(struct value v)
{
    return is_undefined(v) || is_string(v) || is_number(v);
}

/* Strings by UTF-16 code units, as ECMAScript: but for surrogates that is the order of the bytes.
 */
static int order(struct value a, struct value b)
{
    if (is_string(a))
        return str_cmp(string_of(a), string_of(b));
    if (a.kind == VALUE_INTEGER && b.kind == VALUE_INTEGER)
        return (a.as.integer > b.as.integer) - (a.as.integer < b.as.integer);
    double l = number_of(a), r = number_of(b);
    return (l > r) - (l < r);
}

static bool comparison(struct evaluator *ev, const struct node *n, struct value a, struct value b,
                       struct value *out)
{
    if (!is_comparable(a) || !is_comparable(b))
        return ev_fail(ev,
                       "T2010: The expressions either side of operator \"%.*s\" must evaluate to "
                       "numeric or string values",
                       STR_ARG(n->text));
    *out = (struct value){0};
    if (is_undefined(a) || is_undefined(b))
        return true;
    if (is_string(a) != is_string(b)) {
        str left = value_shown(ev, a), right = value_shown(ev, b);
        return ev_fail(ev,
                       "T2009: The values %.*s and %.*s either side of operator \"%.*s\" must be "
                       "of the same data type",
                       STR_ARG(left), STR_ARG(right), STR_ARG(n->text));
    }
    int c = order(a, b);
    bool nan = is_number(a) && (isnan(number_of(a)) || isnan(number_of(b)));
    switch (n->op) {
    case OPERATOR_LESS: *out = value_bool(!nan && c < 0); break;
    case OPERATOR_LESS_EQUAL: *out = value_bool(!nan && c <= 0); break;
    case OPERATOR_GREATER: *out = value_bool(!nan && c > 0); break;
    default: *out = value_bool(!nan && c >= 0); break;
    }
    return true;
}

static bool concatenation(struct evaluator *ev, const struct node *n, struct value a,
                          struct value b, struct value *out)
{
    (void)n;
    struct value left = value_str(STR("")), right = left;
    if ((!is_undefined(a) && !value_text(ev, a, false, &left)) ||
        (!is_undefined(b) && !value_text(ev, b, false, &right)))
        return false;
    size_t len = (size_t)left.len + right.len;
    if (!ev_charge(ev, len))
        return false;
    char *text = len <= UINT32_MAX ? ev_alloc(ev, len + 1) : NULL;
    if (!text)
        return ev_fail(ev, "U1001: Expression evaluation memory limit exceeded: Check for "
                           "excessive memory usage");
    if (left.len > 0)
        memcpy(text, left.as.text, left.len);
    if (right.len > 0)
        memcpy(text + left.len, right.as.text, right.len);
    *out = value_str((str){text, len});
    return true;
}

static bool is_integer(struct value v)
{
    return v.kind == VALUE_INTEGER ||
           (v.kind == VALUE_NUMBER && isfinite(v.as.number) && v.as.number == trunc(v.as.number));
}

static bool range(struct evaluator *ev, const struct node *n, struct value a, struct value b,
                  struct value *out)
{
    (void)n;
    if (!is_undefined(a) && !is_integer(a))
        return ev_fail(
            ev, "T2003: The left side of the range operator (..) must evaluate to an integer");
    if (!is_undefined(b) && !is_integer(b))
        return ev_fail(
            ev, "T2004: The right side of the range operator (..) must evaluate to an integer");
    *out = (struct value){0};
    double from = number_of(a), to = number_of(b);
    if (is_undefined(a) || is_undefined(b) || from > to)
        return true;
    double size = to - from + 1;
    if (size > JSONATA_RANGE_MAX) {
        str shown = value_shown(ev, value_number(size));
        return ev_fail(ev,
                       "D2014: The size of the sequence allocated by the range operator (..) must "
                       "not exceed 1e6.  Attempted to allocate %.*s.",
                       STR_ARG(shown));
    }
    enum { BOXED_NUMBER_BYTES = 24 };
    if (!ev_charge(ev, (size_t)size * BOXED_NUMBER_BYTES))
        return false;
    struct list *l = list_new(ev, (size_t)size);
    if (!l)
        return false;
    l->sequence = true;
    *out = value_list(l);
    for (size_t i = 0; i < (size_t)size; i++)
        if (!list_push(ev, l, value_number(from + (double)i)))
            return false;
    return true;
}

static bool includes(struct evaluator *ev, const struct node *n, struct value a, struct value b,
                     struct value *out)
{
    (void)n;
    bool found = false;
    if (!is_undefined(a) && !is_undefined(b))
        for (size_t i = 0; !found && i < value_len(b); i++)
            if (!value_equal(ev, a, value_at(ev, b, i), &found))
                return false;
    *out = value_bool(found);
    return true;
}

typedef bool binary_evaluate(struct evaluator *ev, const struct node *n, struct value a,
                             struct value b, struct value *out);

static binary_evaluate *const binaries[] = {
    [OPERATOR_ADD] = arithmetic,
    [OPERATOR_SUBTRACT] = arithmetic,
    [OPERATOR_MULTIPLY] = arithmetic,
    [OPERATOR_DIVIDE] = arithmetic,
    [OPERATOR_MODULO] = arithmetic,
    [OPERATOR_EQUAL] = equality,
    [OPERATOR_NOT_EQUAL] = equality,
    [OPERATOR_LESS] = comparison,
    [OPERATOR_LESS_EQUAL] = comparison,
    [OPERATOR_GREATER] = comparison,
    [OPERATOR_GREATER_EQUAL] = comparison,
    [OPERATOR_CONCATENATE] = concatenation,
    [OPERATOR_RANGE] = range,
    [OPERATOR_IN] = includes,
};

static bool evaluate_binary(struct evaluator *ev, const struct node *n, struct value input,
                            struct environment *environment, struct value *out)
{
    struct value a = {0}, b = {0};
    if (!evaluate(ev, n->left, input, environment, &a))
        return false;
    if (n->op != OPERATOR_AND && n->op != OPERATOR_OR)
        return evaluate(ev, n->right, input, environment, &b) && binaries[n->op](ev, n, a, b, out);
    *out = value_bool(value_truth(a));
    if (out->boolean == (n->op == OPERATOR_OR))
        return true; // the other side does not count, and is not evaluated
    if (!evaluate(ev, n->right, input, environment, &b))
        return false;
    out->boolean = value_truth(b);
    return true;
}

static bool evaluate_negate(struct evaluator *ev, const struct node *n, struct value input,
                            struct environment *environment, struct value *out)
{
    struct value v = {0};
    bool numeric;
    if (!evaluate(ev, n->left, input, environment, &v) || !value_is_numeric(v, ev, &numeric))
        return false;
    if (!numeric && !is_undefined(v)) {
        str shown = value_shown(ev, v);
        return ev_fail(ev, "D1002: Cannot negate a non-numeric value: %.*s", STR_ARG(shown));
    }
    *out = v;
    if (v.kind == VALUE_INTEGER && v.as.integer != INT64_MIN)
        out->as.integer = -v.as.integer;
    else if (numeric)
        *out = value_number(-number_of(v));
    return true;
}

/* -- constructors -- */

static bool evaluate_array(struct evaluator *ev, const struct node *n, struct value input,
                           struct environment *environment, struct value *out)
{
    struct list *l = list_new(ev, 0);
    if (!l)
        return false;
    for (size_t i = 0; i < n->items.count; i++) {
        const struct node *item = n->items.at[i];
        struct value v = {0};
        if (!evaluate(ev, item, input, environment, &v))
            return false;
        if (is_undefined(v))
            continue;
        // An array written in an array is its item; any other array's items are.
        if (!(item->type == NODE_ARRAY ? list_push(ev, l, v) : list_push_all(ev, l, v)))
            return false;
    }
    l->constructed = n->construct;
    *out = value_list(l);
    return true;
}

static bool evaluate_object(struct evaluator *ev, const struct node *n, struct value input,
                            struct environment *environment, struct value *out)
{
    return evaluate_group(ev, &n->items, input, environment, out);
}

/* -- the flow of an expression -- */

static bool evaluate_condition(struct evaluator *ev, const struct node *n, struct value input,
                               struct environment *environment, struct value *out)
{
    struct value condition = {0};
    if (!evaluate(ev, n->left, input, environment, &condition))
        return false;
    const struct node *next = value_truth(condition) ? n->right : n->third;
    *out = (struct value){0};
    return !next || evaluate(ev, next, input, environment, out);
}

static bool evaluate_block(struct evaluator *ev, const struct node *n, struct value input,
                           struct environment *environment, struct value *out)
{
    struct environment *inner = environment_new(ev, environment);
    *out = (struct value){0};
    if (!inner)
        return false;
    for (size_t i = 0; i < n->items.count; i++)
        if (!evaluate(ev, n->items.at[i], input, inner, out))
            return false;
    return true;
}

static bool evaluate_bind(struct evaluator *ev, const struct node *n, struct value input,
                          struct environment *environment, struct value *out)
{
    return evaluate(ev, n->right, input, environment, out) &&
           environment_bind(ev, environment, n->left->text, *out);
}

static node_evaluate *const nodes[] = {
    [NODE_NUMBER] = evaluate_number,
    [NODE_STRING] = evaluate_string,
    [NODE_VALUE] = evaluate_constant,
    [NODE_NAME] = evaluate_name,
    [NODE_VARIABLE] = evaluate_variable,
    [NODE_WILDCARD] = evaluate_wildcard,
    [NODE_DESCENDANT] = evaluate_descendants,
    [NODE_PARENT] = evaluate_parent,
    [NODE_REGEX] = evaluate_regex,
    [NODE_BINARY] = evaluate_binary,
    [NODE_NEGATE] = evaluate_negate,
    [NODE_ARRAY] = evaluate_array,
    [NODE_OBJECT] = evaluate_object,
    [NODE_BLOCK] = evaluate_block,
    [NODE_CONDITION] = evaluate_condition,
    [NODE_BIND] = evaluate_bind,
    [NODE_APPLY] = evaluate_apply,
    [NODE_FUNCTION] = evaluate_call,
    [NODE_PARTIAL] = evaluate_partial,
    [NODE_LAMBDA] = evaluate_lambda,
    [NODE_TRANSFORM] = evaluate_lambda,
    [NODE_PATH] = evaluate_path,
    [NODE_END] = NULL,
};

static bool refine(struct evaluator *ev, const struct node *n, struct environment *environment,
                   struct value *v)
{
    for (size_t i = 0; i < n->predicates.count; i++)
        if (!evaluate_filter(ev, n->predicates.at[i].filter, *v, environment, v))
            return false;
    if (n->group && n->type != NODE_PATH &&
        !evaluate_group(ev, &n->group->items, *v, environment, v))
        return false;
    if (n->keep_array && is_sequence(*v) && !is_tuples(*v))
        v->as.list->keep_singleton = true;
    *v = collapsed(*v);
    return true;
}

bool evaluate(struct evaluator *ev, const struct node *n, struct value input,
              struct environment *environment, struct value *out)
{
    if (ev->depth >= ev->limits->depth)
        return ev_fail(ev, "U1001: Stack overflow error: Check for non-terminating recursive "
                           "function. Consider rewriting as tail-recursive");
    if (!ev_tick(ev))
        return false;
    if (!nodes[n->type]) // what stands for an argument left out, where nothing calls for one
        return ev_fail(ev, "S0206: Unknown expression type: \"operator\"");
    struct value v = {0};
    ev->depth++;
    bool ok = nodes[n->type](ev, n, input, environment, &v) && refine(ev, n, environment, &v);
    ev->depth--;
    *out = v;
    return ok;
}

/* -- the door -- */

const struct jsonata_limits jsonata_limits_plain = {JSONATA_PLAIN_DEPTH, JSONATA_PLAIN_TIME_MS,
                                                    JSONATA_PLAIN_MEMORY_BYTES,
                                                    JSONATA_PLAIN_MEMORY_BYTES};
const struct jsonata_limits jsonata_limits_aws = {JSONATA_AWS_DEPTH, JSONATA_AWS_TIME_MS,
                                                  JSONATA_AWS_DATA_BYTES, JSONATA_AWS_MEMORY_BYTES};

/* An array that is the input is one value: it is wrapped, so that a path goes over its items. */
static bool begin(struct evaluator *ev, struct value *input)
{
    ev->root = environment_new(ev, NULL);
    if (!ev->root || !environment_bind(ev, ev->root, STR("$"), *input))
        return false;
    if (!is_array(*input))
        return true;
    struct list *wrapper = sequence_new(ev);
    if (!wrapper || !list_push(ev, wrapper, *input))
        return false;
    wrapper->outer_wrapper = true;
    *input = value_list(wrapper);
    return true;
}

bool jsonata_eval(const struct jsonata *e, const struct jsonata_scope *scope,
                  enum jsonata_outcome *outcome, json *out, struct err *err)
{
    static const int64_t ns_per_ms = 1000000;
    struct evaluator ev = {.expression = e,
                           .scope = scope,
                           .limits = scope->limits               ? scope->limits
                                     : e->dialect == JSONATA_AWS ? &jsonata_limits_aws
                                                                 : &jsonata_limits_plain,
                           .aws = e->dialect == JSONATA_AWS,
                           .err = err};
    arena_init(&ev.arena, ev.limits->memory_bytes);
    ev.deadline_ns = clock_monotonic_ns() + ev.limits->time_ms * ns_per_ms;
    struct value input = value_from_json(&ev, scope->input), v = {0};
    bool ok = begin(&ev, &input) && evaluate(&ev, e->root, input, ev.root, &v);
    *out = json_absent();
    if (ok) {
        *outcome = is_undefined(v)  ? JSONATA_UNDEFINED
                   : is_function(v) ? JSONATA_FUNCTION
                                    : JSONATA_VALUE;
        ok = *outcome != JSONATA_VALUE || value_to_json(&ev, v, out);
    }
    for (const struct kept *k = ev.kept; k; k = k->next)
        json_unref(k->document);
    arena_release(&ev.arena);
    return ok;
}
