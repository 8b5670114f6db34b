/* The arguments of a function's call, as Jayway cuts them out of the text.
 *
 *     arguments = argument { "," argument }
 *     argument  = path | JSON that begins with one of " { - or a digit
 *
 * Jayway reads character by character and counts what is open: parentheses, brackets, braces and
 * double quotes (single ones are no quotes here). An argument begins at the first character that
 * may begin one, so that of "'a-1'" only "-1'" is left, and ends at a "," or the last ")" when
 * nothing else is open, or behind "()". What begins none is passed over.
 * Source: Jayway's behaviour, PathCompiler.parseFunctionParameters. */
#include "jsonpath_private.h"

enum argument_kind { ARGUMENT_NONE, ARGUMENT_JSON, ARGUMENT_PATH };

struct cutter {
    struct parser *p;
    enum argument_kind kind; /* of the one being read */
    struct buf text;         /* of it */
    size_t parens, brackets, braces, quotes;
    char prior;
    struct argument *items;
    size_t count;
    bool ended;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

bool argument_children(struct parser *p, struct argument *a)
{
    const struct jsonpath *path = a->path;
    bool call = path->steps_count > 0 && path->steps[path->steps_count - 1].kind == STEP_FUNCTION;
    if (call || path->steps_count == 0) {
        a->children = path;
        return true;
    }
    struct step *steps = arena_array(p->a, path->steps_count + 1, sizeof *steps);
    struct jsonpath *children = arena_alloc(p->a, sizeof *children);
    if (!steps || !children)
        return parser_no_memory(p);
    memcpy(steps, path->steps, path->steps_count * sizeof *steps);
    steps[path->steps_count] = (struct step){.kind = STEP_WILDCARD};
    *children = *path; // whether it gives one value was settled before the wildcard came
    children->steps = steps;
    children->steps_count++;
    a->children = children;
    return true;
}

static bool parse_path(struct cutter *c, str text, struct argument *out)
{
    struct jsonpath *path = arena_alloc(c->p->a, sizeof *path);
    if (!path)
        return parser_no_memory(c->p);
    struct parser inner = *c->p;
    inner.text = text;
    inner.at = 0;
    path->text = text;
    out->path = path;
    return parser_enter(&inner) && path_parse(&inner, text.ptr[0] == '$', path) &&
           argument_children(c->p, out);
}

static bool end_argument(struct cutter *c)
{
    c->ended = c->parens == 0;
    if (c->kind == ARGUMENT_NONE)
        return true;
    if (c->count == JSONPATH_ARGUMENTS_MAX)
        return parser_fail(c->p, "Too many arguments of a function");
    str text = buf_ok(&c->text) ? arena_str(c->p->a, buf_str(&c->text)) : STR_NONE;
    if (!text.ptr)
        return parser_no_memory(c->p);
    struct argument *new = &c->items[c->count++];
    bool ok = true;
    if (c->kind == ARGUMENT_JSON)
        new->text = text;
    else
        ok = parse_path(c, text, new);
    buf_reset(&c->text);
    c->kind = ARGUMENT_NONE;
    return ok;
}

static bool close(struct cutter *c, size_t *opened)
{
    if (*opened == 0)
        return parser_fail(c->p, "Unexpected close brace or bracket");
    --*opened;
    return true;
}

static bool read_separator(struct cutter *c, char sign)
{
    if (sign == ')') {
        c->parens--; // never below 0: the call's own ")" ends the reading
        if (c->prior == '(')
            buf_add_char(&c->text, sign);
    }
    bool alone = c->quotes == 0 && c->braces == 0 && c->brackets == 0;
    if (alone && (c->parens == 1 || (c->parens == 0 && sign == ')')))
        return end_argument(c);
    return true;
}

static bool read_sign(struct cutter *c, char sign)
{
    switch (sign) {
    case '"':
        if (c->prior != '\\' && c->quotes > 0)
            c->quotes--;
        else
            c->quotes++;
        return true;
    case '(': c->parens++; return true;
    case '[': c->brackets++; return true;
    case '{': c->braces++; return true;
    case ']': return close(c, &c->brackets);
    case '}': return close(c, &c->braces);
    case ')':
    case ',': return read_separator(c, sign);
    default: return true;
    }
}

static bool read_char(struct cutter *c, char sign)
{
    if (c->kind == ARGUMENT_NONE) {
        if (is_blank(sign))
            return true;
        if (sign == '{' || sign == '"' || sign == '-' || (sign >= '0' && sign <= '9'))
            c->kind = ARGUMENT_JSON;
        else if (sign == '$' || sign == '@')
            c->kind = ARGUMENT_PATH;
    }
    if (!read_sign(c, sign))
        return false;
    bool separates = sign == ',' && c->braces == 0 && c->brackets == 0 && c->parens == 1;
    if (c->kind != ARGUMENT_NONE && !separates)
        buf_add_char(&c->text, sign);
    c->prior = sign;
    return true;
}

bool arguments_parse(struct parser *p, const struct argument **out, size_t *count)
{
    struct cutter c = {.p = p, .parens = 1};
    c.items = arena_array(p->a, JSONPATH_ARGUMENTS_MAX, sizeof *c.items);
    if (!c.items)
        return parser_no_memory(p);
    buf_init(&c.text, p->text.len + 1);
    bool ok = true;
    while (ok && p->at < p->text.len && !c.ended && c.parens > 0)
        ok = read_char(&c, p->text.ptr[p->at++]);
    if (ok && (c.parens > 0 || c.braces > 0 || c.brackets > 0))
        ok = parser_fail(p, "Arguments to function are not closed properly");
    buf_release(&c.text);
    *out = c.items;
    *count = c.count;
    return ok;
}
