/* Calls from text.
 *
 *     call     = "States." name "(" [ argument { "," argument } ] ")"
 *     argument = 'text' | number | true | false | null | path | call      blanks around it
 *
 * In a text \' \\ \{ \} are the only escapes; any other backslash makes the definition invalid, as
 * AWS's answers to \" show. A path ends at a ',' or ')' outside of its own brackets. */
#include "intrinsics_private.h"

struct parser {
    struct arena *a;
    str text;
    size_t at;
    unsigned depth;
    struct err *err;
};

static bool fail(struct parser *p, const char *why)
{
    if (!err_is_set(p->err))
        err_set(p->err, ERR_STATES_INTRINSIC_FAILURE,
                "'%.*s' is not a valid intrinsic function call: %s at position %zu",
                STR_ARG(p->text), why, p->at);
    return false;
}

static bool no_memory(struct parser *p)
{
    return err_is_set(p->err) ? false : intrinsic_no_memory(p->err);
}

static char char_at(const struct parser *p, size_t i)
{
    if (i >= p->text.len)
        return '\0';
    return p->text.ptr[i];
}

static char peek(const struct parser *p)
{
    return char_at(p, p->at);
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static void skip_blanks(struct parser *p)
{
    while (is_blank(peek(p)))
        p->at++;
}

static bool parse_call(struct parser *p, const struct intrinsic_expression **out);

/* -- arguments -- */

static bool parse_text(struct parser *p, struct argument *out)
{
    size_t from = ++p->at, escapes = 0;
    for (; p->at < p->text.len && peek(p) != '\''; p->at++) {
        if (peek(p) != '\\')
            continue;
        p->at++;
        if (peek(p) == '\0' || !strchr("'\\{}", peek(p)))
            return fail(p, "an illegal escape");
        escapes++;
    }
    if (p->at >= p->text.len)
        return fail(p, "a text without its closing quote");
    *out = (struct argument){.kind = ARGUMENT_TEXT, .raw = str_sub(p->text, from, p->at - from)};
    p->at++;
    out->text = out->raw;
    if (escapes == 0)
        return true;
    char *plain = arena_alloc(p->a, out->raw.len);
    size_t len = 0;
    if (!plain)
        return no_memory(p);
    for (size_t i = 0; i < out->raw.len; i++) {
        if (out->raw.ptr[i] == '\\')
            i++;
        plain[len++] = out->raw.ptr[i];
    }
    out->text = (str){plain, len};
    return true;
}

/* Moves past a path: brackets count, and within square ones quotes do. */
static bool skip_path(struct parser *p)
{
    size_t square = 0, round = 0;
    for (; p->at < p->text.len; p->at++) {
        char c = peek(p);
        if (square == 0 && round == 0 && (c == ',' || c == ')' || is_blank(c)))
            return true;
        if (square > 0 && (c == '\'' || c == '"')) {
            for (p->at++; p->at < p->text.len && peek(p) != c; p->at++)
                if (peek(p) == '\\')
                    p->at++;
        }
        square += c == '[';
        round += c == '(';
        square -= c == ']' && square > 0;
        round -= c == ')' && round > 0;
    }
    return fail(p, "a path without an end");
}

static bool parse_path(struct parser *p, struct argument *out)
{
    size_t from = p->at;
    if (!skip_path(p))
        return false;
    str text = str_sub(p->text, from, p->at - from);
    struct err why = ERR_INIT;
    out->kind = ARGUMENT_PATH;
    bool ok = jsonpath_parse(p->a, text, &out->path, &why);
    if (!ok && why.id == ERR_NO_MEMORY)
        no_memory(p);
    else if (!ok)
        err_set(p->err, ERR_STATES_INTRINSIC_FAILURE,
                "'%.*s' is not a valid intrinsic function call: %.*s", STR_ARG(p->text),
                STR_ARG(err_text(&why)));
    err_release(&why);
    return ok;
}

/* Is v what the whole of word says? A reader of JSON may pass over blanks. */
static bool is_written(str word, json v)
{
    char space[32];
    switch (v.kind) {
    case JSON_NULL: return str_eq(word, STR("null"));
    case JSON_FALSE: return str_eq(word, STR("false"));
    case JSON_TRUE: return str_eq(word, STR("true"));
    case JSON_INTEGER:
    case JSON_NUMBER: return str_eq(word, json_number_str(v, space));
    case JSON_ABSENT:
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT: break;
    }
    return false;
}

/* null, true, false, a number. */
static bool parse_word(struct parser *p, struct argument *out)
{
    size_t from = p->at;
    while (p->at < p->text.len && peek(p) != ',' && peek(p) != ')' && !is_blank(peek(p)))
        p->at++;
    str word = str_sub(p->text, from, p->at - from);
    struct err why = ERR_INIT;
    json v = json_absent();
    bool ok = json_parse(word, &v, &why) && is_written(word, v);
    bool out_of_memory = why.id == ERR_NO_MEMORY;
    err_release(&why);
    // A node would have no owner in the arena: it is made anew at each call.
    *out = v.kind == JSON_NUMBER ? (struct argument){.kind = ARGUMENT_NUMBER, .text = word}
                                 : (struct argument){.kind = ARGUMENT_SIMPLE, .simple = v};
    if (v.kind > JSON_INTEGER)
        json_unref(v);
    if (ok)
        return true;
    p->at = from;
    return out_of_memory ? no_memory(p) : fail(p, "an argument was expected");
}

static bool parse_argument(struct parser *p, struct argument *out)
{
    if (peek(p) == '\'')
        return parse_text(p, out);
    if (peek(p) == '$')
        return parse_path(p, out);
    if (peek(p) != 'S')
        return parse_word(p, out);
    out->kind = ARGUMENT_CALL;
    return parse_call(p, &out->call);
}

/* -- calls -- */

struct arguments {
    struct argument *items;
    size_t count, cap;
    bool context;
};

static bool add_argument(struct parser *p, struct arguments *to)
{
    if (to->count == INTRINSIC_ARGUMENTS_MAX)
        return fail(p, "too many arguments");
    if (to->count == to->cap) {
        size_t cap = to->cap ? 2 * to->cap : 4;
        struct argument *more = arena_array(p->a, cap, sizeof *more);
        if (!more)
            return no_memory(p);
        if (to->count > 0)
            memcpy(more, to->items, to->count * sizeof *more);
        to->items = more;
        to->cap = cap;
    }
    struct argument *new = &to->items[to->count++];
    if (!parse_argument(p, new))
        return false;
    to->context |= new->kind == ARGUMENT_PATH &&jsonpath_uses_context(new->path);
    to->context |= new->kind == ARGUMENT_CALL &&new->call->context;
    return true;
}

static bool parse_arguments(struct parser *p, struct arguments *to)
{
    skip_blanks(p);
    if (peek(p) == ')') {
        p->at++;
        return true;
    }
    for (;;) {
        skip_blanks(p);
        if (!add_argument(p, to))
            return false;
        skip_blanks(p);
        char c = peek(p);
        if (c != ',' && c != ')')
            return fail(p, "',' or ')' was expected");
        p->at++;
        if (c == ')')
            return true;
    }
}

static bool parse_call(struct parser *p, const struct intrinsic_expression **out)
{
    size_t from = p->at;
    if (p->depth == INTRINSIC_DEPTH_MAX)
        return fail(p, "more than 10 nested calls");
    p->depth++;
    while (p->at < p->text.len && peek(p) != '(')
        p->at++;
    str name = str_sub(p->text, from, p->at - from);
    const struct intrinsic *row = intrinsic_find(name);
    if (peek(p) != '(' || !row) {
        p->at = from;
        return fail(p, "no known function");
    }
    p->at++;
    struct arguments to = {0};
    struct intrinsic_expression *e = arena_alloc(p->a, sizeof *e);
    if (!e)
        return no_memory(p);
    if (!parse_arguments(p, &to))
        return false;
    *e = (struct intrinsic_expression){.text = str_sub(p->text, from, p->at - from),
                                       .row = row,
                                       .arguments = to.items,
                                       .count = to.count,
                                       .context = to.context};
    p->depth--;
    *out = e;
    return true;
}

bool intrinsic_looks_like(str text)
{
    return str_starts(text, STR("States."));
}

bool intrinsic_parse(struct arena *a, str text, const struct intrinsic_expression **out,
                     struct err *err)
{
    str own = arena_str(a, text);
    if (!own.ptr)
        return intrinsic_no_memory(err);
    if (!str_utf8_valid(own) || str_find_char(own, 0, '\0') < own.len)
        return intrinsic_fail(err, "an intrinsic function call must be text");
    struct parser p = {.a = a, .text = own, .err = err};
    if (!intrinsic_looks_like(own))
        return fail(&p, "'States.' was expected");
    if (!parse_call(&p, out))
        return false;
    return p.at == own.len || fail(&p, "the end was expected");
}

bool intrinsic_uses_context(const struct intrinsic_expression *e)
{
    return e->context;
}

void intrinsic_variables(const struct intrinsic_expression *e, intrinsic_visit *visit,
                         void *context)
{
    for (size_t i = 0; i < e->count; i++) {
        const struct argument *a = &e->arguments[i];
        if (a->kind == ARGUMENT_CALL)
            intrinsic_variables(a->call, visit, context);
        else if (a->kind == ARGUMENT_PATH && jsonpath_variable(a->path).ptr)
            visit(context, jsonpath_variable(a->path));
    }
}
