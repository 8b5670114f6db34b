/* Tokens to the tree as written: a Pratt parser.
 *
 * Each token that begins an expression has a prefix function, each that goes on with one an infix
 * function and a binding power: rows[] is the whole grammar. A number higher than that of what
 * waits to the left binds first. */
#include "syntax_private.h"

#include <assert.h>

enum { LIST_ROOM = 4 };

typedef struct node *prefix_parse(struct parser *p, const struct token *t);
typedef struct node *infix_parse(struct parser *p, const struct token *t, struct node *left);

struct row {
    str text;
    prefix_parse *prefix;
    infix_parse *infix;
    unsigned power; /* 0: never goes on with an expression */
    enum operator op;
};

static struct node *expression(struct parser *p, unsigned power);
/* Gives an error that is set its place; gives false. */
static bool syntax_error_at(struct err *err, size_t position)
{
    err->line = 1;
    err->column = position + 1;
    return false;
}

static const struct row *row_of(const struct token *t);

/* -- making nodes -- */

struct node *node_new(struct arena *a, enum node_type type, const struct token *token,
                      struct err *err)
{
    struct node *n = arena_alloc(a, sizeof *n);
    if (!n) {
        no_memory(err);
        return NULL;
    }
    n->type = type;
    n->height = 1;
    if (token) {
        n->position = token->position;
        n->text = token->text;
        n->number = token->number;
    }
    return n;
}

bool nodes_push(struct arena *a, struct nodes *list, struct node *n, struct err *err)
{
    if (!n)
        return false;
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : LIST_ROOM;
        struct node **at = arena_array(a, room, sizeof(struct node *));
        if (!at)
            return no_memory(err);
        if (list->count > 0)
            memcpy(at, list->at, list->count * sizeof(struct node *));
        list->at = at;
        list->room = room;
    }
    list->at[list->count++] = n;
    return true;
}

static struct node *make(struct parser *p, enum node_type type, const struct token *t)
{
    return node_new(p->arena, type, t, p->err);
}

static struct node *too_deep(struct parser *p)
{
    (void)syntax_error(p->err, p->token.position,
                       "U1001: Stack overflow error: the expression is nested too deeply");
    return NULL;
}

/* n with its height, from those of its children. */
static struct node *grown(struct parser *p, struct node *n)
{
    const struct node *children[] = {n->left, n->right, n->third};
    unsigned height = 0;
    for (size_t i = 0; i < 3; i++)
        if (children[i] && children[i]->height > height)
            height = children[i]->height;
    for (size_t i = 0; i < n->items.count; i++)
        if (n->items.at[i]->height > height)
            height = n->items.at[i]->height;
    if (height >= JSONATA_HEIGHT_MAX)
        return too_deep(p);
    n->height = (uint16_t)(height + 1);
    return n;
}

static bool push(struct parser *p, struct nodes *list, struct node *n)
{
    return nodes_push(p->arena, list, n, p->err);
}

/* -- tokens -- */

static bool is(const struct parser *p, const char *operator_text)
{
    return p->token.type == TOKEN_OPERATOR && str_eq(p->token.text, str_from_c(operator_text));
}

static bool advance(struct parser *p, bool infix)
{
    if (!lex_next(&p->lexer, infix, &p->token))
        return false;
    if (p->token.type == TOKEN_OPERATOR && !row_of(&p->token))
        return syntax_error(p->err, p->token.position, "S0204: Unknown operator: \"%.*s\"",
                            STR_ARG(p->token.text));
    return true;
}

/* Passes over an operator that must be there. */
static bool expect(struct parser *p, const char *operator_text, bool infix)
{
    if (is(p, operator_text))
        return advance(p, infix);
    if (p->token.type == TOKEN_END)
        return syntax_error(p->err, p->lexer.text.len,
                            "S0203: Expected \"%s\" before end of expression", operator_text);
    return syntax_error(p->err, p->token.position, "S0202: Expected \"%s\", got \"%.*s\"",
                        operator_text, STR_ARG(p->token.text));
}

/* -- what begins an expression -- */

static struct node *prefix_wildcard(struct parser *p, const struct token *t)
{
    return make(p, NODE_WILDCARD, t);
}

static struct node *prefix_descendant(struct parser *p, const struct token *t)
{
    return make(p, NODE_DESCENDANT, t);
}

static struct node *prefix_parent(struct parser *p, const struct token *t)
{
    return make(p, NODE_PARENT, t);
}

static struct node *prefix_word(struct parser *p, const struct token *t)
{
    return make(p, NODE_OPERATOR, t);
}

static struct node *prefix_negate(struct parser *p, const struct token *t)
{
    enum { POWER = 70 };
    struct node *n = make(p, NODE_NEGATE, t);
    return n && (n->left = expression(p, POWER)) ? grown(p, n) : NULL;
}

static struct node *prefix_block(struct parser *p, const struct token *t)
{
    struct node *n = make(p, NODE_BLOCK, t);
    while (n && !is(p, ")")) {
        if (!push(p, &n->items, expression(p, 0)))
            return NULL;
        if (!is(p, ";"))
            break;
        if (!advance(p, false))
            return NULL;
    }
    return n && expect(p, ")", true) ? grown(p, n) : NULL;
}

static struct node *array_item(struct parser *p)
{
    struct node *item = expression(p, 0);
    if (!item || !is(p, ".."))
        return item;
    struct node *range = make(p, NODE_BINARY, &p->token);
    if (!range || !advance(p, false))
        return NULL;
    range->op = OPERATOR_RANGE;
    range->left = item;
    range->right = expression(p, 0);
    return range->right ? grown(p, range) : NULL;
}

static struct node *prefix_array(struct parser *p, const struct token *t)
{
    struct node *n = make(p, NODE_ARRAY, t);
    bool more = n && !is(p, "]");
    while (more) {
        if (!push(p, &n->items, array_item(p)))
            return NULL;
        more = is(p, ",");
        if (more && !advance(p, false))
            return NULL;
    }
    return n && expect(p, "]", true) ? grown(p, n) : NULL;
}

/* The pairs of an object, up to its "}". */
static bool parse_pairs(struct parser *p, struct node *n)
{
    bool more = !is(p, "}");
    while (more) {
        if (!push(p, &n->items, expression(p, 0)) || !expect(p, ":", false) ||
            !push(p, &n->items, expression(p, 0)))
            return false;
        more = is(p, ",");
        if (more && !advance(p, false))
            return false;
    }
    return expect(p, "}", true);
}

static struct node *prefix_object(struct parser *p, const struct token *t)
{
    struct node *n = make(p, NODE_OBJECT, t);
    return n && parse_pairs(p, n) ? grown(p, n) : NULL;
}

static struct node *prefix_transform(struct parser *p, const struct token *t)
{
    struct node *n = make(p, NODE_TRANSFORM, t);
    if (!n || !(n->left = expression(p, 0)) || !expect(p, "|", false) ||
        !(n->right = expression(p, 0)))
        return NULL;
    if (is(p, ",") && (!advance(p, false) || !(n->third = expression(p, 0))))
        return NULL;
    return expect(p, "|", false) ? grown(p, n) : NULL;
}

/* -- what goes on with one -- */

static struct node *binary(struct parser *p, enum node_type type, const struct token *t,
                           struct node *left, unsigned power)
{
    struct node *n = make(p, type, t);
    if (!n)
        return NULL;
    n->op = row_of(t)->op;
    n->left = left;
    n->right = expression(p, power);
    return n->right ? grown(p, n) : NULL;
}

static struct node *infix_binary(struct parser *p, const struct token *t, struct node *left)
{
    return binary(p, NODE_BINARY, t, left, row_of(t)->power);
}

static struct node *infix_apply(struct parser *p, const struct token *t, struct node *left)
{
    return binary(p, NODE_APPLY, t, left, row_of(t)->power);
}

static struct node *infix_bind(struct parser *p, const struct token *t, struct node *left)
{
    if (left->type != NODE_VARIABLE) {
        (void)syntax_error(p->err, left->position,
                           "S0212: The left side of := must be a variable name (start with $)");
        return NULL;
    }
    return binary(p, NODE_BIND, t, left, row_of(t)->power - 1); // binds to the right
}

static struct node *bound_variable(struct parser *p, enum node_type type, const struct token *t,
                                   struct node *left)
{
    struct node *n = binary(p, type, t, left, row_of(t)->power);
    if (n && n->right->type != NODE_VARIABLE) {
        (void)syntax_error(
            p->err, n->right->position,
            "S0214: The right side of \"%.*s\" must be a variable name (start with $)",
            STR_ARG(t->text));
        return NULL;
    }
    return n;
}

static struct node *infix_focus(struct parser *p, const struct token *t, struct node *left)
{
    return bound_variable(p, NODE_FOCUS, t, left);
}

static struct node *infix_index(struct parser *p, const struct token *t, struct node *left)
{
    return bound_variable(p, NODE_INDEX, t, left);
}

/* left[] keeps a single item in an array: a mark on the step under its predicates, no node. */
static struct node *keep_array(struct parser *p, struct node *left)
{
    struct node *step = left;
    while (step->type == NODE_PREDICATE)
        step = step->left;
    step->keep_array = true;
    return advance(p, false) ? left : NULL;
}

static struct node *infix_predicate(struct parser *p, const struct token *t, struct node *left)
{
    if (is(p, "]"))
        return keep_array(p, left);
    struct node *n = make(p, NODE_PREDICATE, t);
    if (!n || !(n->right = expression(p, 0)))
        return NULL;
    n->left = left;
    return expect(p, "]", true) ? grown(p, n) : NULL;
}

static struct node *infix_group(struct parser *p, const struct token *t, struct node *left)
{
    struct node *n = make(p, NODE_GROUP, t);
    if (!n)
        return NULL;
    n->left = left;
    return parse_pairs(p, n) ? grown(p, n) : NULL;
}

static struct node *infix_sort(struct parser *p, const struct token *t, struct node *left)
{
    struct node *n = make(p, NODE_SORT, t);
    if (!n || !expect(p, "(", false))
        return NULL;
    n->left = left;
    for (bool more = true; more;) {
        struct node *term = make(p, NODE_SORT, &p->token);
        if (!term)
            return NULL;
        term->descending = is(p, ">");
        if ((is(p, ">") || is(p, "<")) && !advance(p, false))
            return NULL;
        term->left = expression(p, 0);
        if (!term->left || !push(p, &n->items, grown(p, term)))
            return NULL;
        more = is(p, ",");
        if (more && !advance(p, false))
            return NULL;
    }
    return expect(p, ")", false) ? grown(p, n) : NULL;
}

static struct node *infix_condition(struct parser *p, const struct token *t, struct node *left)
{
    struct node *n = make(p, NODE_CONDITION, t);
    if (!n)
        return NULL;
    n->left = left;
    if (!(n->right = expression(p, 0)))
        return NULL;
    if (is(p, ":") && (!advance(p, false) || !(n->third = expression(p, 0))))
        return NULL;
    return grown(p, n);
}

/* -- functions -- */

/* "<s-n?:s>" after a lambda's parameters: its tokens put together. The lambda's text is how it was
 * written. */
static bool parse_signature(struct parser *p, struct node *lambda)
{
    struct buf text;
    size_t from = p->token.position - 1, to = from;
    buf_init(&text, p->lexer.text.len + 1);
    buf_add_char(&text, '<');
    bool ok = true;
    for (size_t depth = 1; ok && depth > 0 && !is(p, "{") && p->token.type != TOKEN_END;) {
        ok = advance(p, false);
        if (ok && is(p, ">"))
            depth--;
        else if (ok && is(p, "<"))
            depth++;
        buf_add(&text, p->token.text);
        to = p->token.position;
    }
    ok = ok && expect(p, ">", false);
    lambda->text = str_sub(p->lexer.text, from, to - from);
    if (ok && !buf_ok(&text))
        ok = no_memory(p->err);
    else if (ok && !signature_parse(p->arena, buf_str(&text), &lambda->signature, p->err))
        ok = syntax_error_at(p->err, p->token.position);
    buf_release(&text);
    return ok;
}

static struct node *parse_lambda(struct parser *p, struct node *n)
{
    for (size_t i = 0; i < n->items.count; i++) {
        const struct node *parameter = n->items.at[i];
        if (parameter->type == NODE_VARIABLE)
            continue;
        (void)syntax_error(p->err, parameter->position,
                           "S0208: Parameter %zu of function definition must be a variable name "
                           "(start with $)",
                           i + 1);
        return NULL;
    }
    n->type = NODE_LAMBDA;
    n->text = STR_NONE;
    n->left = NULL;
    if (is(p, "<") && !parse_signature(p, n))
        return NULL;
    // What comes after is read as a beginning: a "/" there begins a regular expression. So it is
    // after the other brackets that are not those of a value, too.
    if (!expect(p, "{", false) || !(n->right = expression(p, 0)) || !expect(p, "}", false))
        return NULL;
    return grown(p, n);
}

static struct node *argument(struct parser *p, struct node *n)
{
    if (!is(p, "?"))
        return expression(p, 0);
    struct node *left_out = make(p, NODE_OPERATOR, &p->token);
    n->type = NODE_PARTIAL;
    return left_out && advance(p, false) ? left_out : NULL;
}

static struct node *infix_call(struct parser *p, const struct token *t, struct node *left)
{
    struct node *n = make(p, NODE_FUNCTION, t);
    bool more = n && !is(p, ")");
    while (more) {
        if (!push(p, &n->items, argument(p, n)))
            return NULL;
        if (n->items.count > JSONATA_ARGUMENTS_MAX)
            return too_deep(p);
        more = is(p, ",");
        if (more && !advance(p, false))
            return NULL;
    }
    if (!n || !expect(p, ")", true))
        return NULL;
    if (left->type == NODE_NAME &&
        (str_eq(left->text, STR("function")) || str_eq(left->text, STR("\u03BB"))))
        return parse_lambda(p, n);
    n->left = left;
    return grown(p, n);
}

/* -- the grammar -- */

static const struct row rows[] = {
    {STR_INIT("."),   NULL,              infix_binary,    75, OPERATOR_DOT          },
    {STR_INIT("["),   prefix_array,      infix_predicate, 80, OPERATOR_NONE         },
    {STR_INIT("]"),   NULL,              NULL,            0,  OPERATOR_NONE         },
    {STR_INIT("{"),   prefix_object,     infix_group,     70, OPERATOR_NONE         },
    {STR_INIT("}"),   NULL,              NULL,            0,  OPERATOR_NONE         },
    {STR_INIT("("),   prefix_block,      infix_call,      80, OPERATOR_NONE         },
    {STR_INIT(")"),   NULL,              NULL,            0,  OPERATOR_NONE         },
    {STR_INIT(","),   NULL,              NULL,            0,  OPERATOR_NONE         },
    {STR_INIT("@"),   NULL,              infix_focus,     80, OPERATOR_NONE         },
    {STR_INIT("#"),   NULL,              infix_index,     80, OPERATOR_NONE         },
    {STR_INIT(";"),   NULL,              NULL,            0,  OPERATOR_NONE         },
    {STR_INIT(":"),   NULL,              NULL,            0,  OPERATOR_NONE         },
    {STR_INIT("?"),   NULL,              infix_condition, 20, OPERATOR_NONE         },
    {STR_INIT("+"),   NULL,              infix_binary,    50, OPERATOR_ADD          },
    {STR_INIT("-"),   prefix_negate,     infix_binary,    50, OPERATOR_SUBTRACT     },
    {STR_INIT("*"),   prefix_wildcard,   infix_binary,    60, OPERATOR_MULTIPLY     },
    {STR_INIT("/"),   NULL,              infix_binary,    60, OPERATOR_DIVIDE       },
    {STR_INIT("%"),   prefix_parent,     infix_binary,    60, OPERATOR_MODULO       },
    {STR_INIT("|"),   prefix_transform,  NULL,            0,  OPERATOR_NONE         },
    {STR_INIT("="),   NULL,              infix_binary,    40, OPERATOR_EQUAL        },
    {STR_INIT("<"),   NULL,              infix_binary,    40, OPERATOR_LESS         },
    {STR_INIT(">"),   NULL,              infix_binary,    40, OPERATOR_GREATER      },
    {STR_INIT("^"),   NULL,              infix_sort,      40, OPERATOR_NONE         },
    {STR_INIT("**"),  prefix_descendant, NULL,            0,  OPERATOR_NONE         },
    {STR_INIT(".."),  NULL,              NULL,            0,  OPERATOR_RANGE        },
    {STR_INIT(":="),  NULL,              infix_bind,      10, OPERATOR_NONE         },
    {STR_INIT("!="),  NULL,              infix_binary,    40, OPERATOR_NOT_EQUAL    },
    {STR_INIT("<="),  NULL,              infix_binary,    40, OPERATOR_LESS_EQUAL   },
    {STR_INIT(">="),  NULL,              infix_binary,    40, OPERATOR_GREATER_EQUAL},
    {STR_INIT("~>"),  NULL,              infix_apply,     40, OPERATOR_NONE         },
    {STR_INIT("and"), prefix_word,       infix_binary,    30, OPERATOR_AND          },
    {STR_INIT("or"),  prefix_word,       infix_binary,    25, OPERATOR_OR           },
    {STR_INIT("in"),  prefix_word,       infix_binary,    40, OPERATOR_IN           },
    {STR_INIT("&"),   NULL,              infix_binary,    50, OPERATOR_CONCATENATE  },
};

static const struct row *row_of(const struct token *t)
{
    if (t->type != TOKEN_OPERATOR)
        return NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (str_eq(rows[i].text, t->text))
            return &rows[i];
    return NULL;
}

static struct node *constant(struct parser *p, const struct token *t)
{
    struct node *n = make(p, NODE_VALUE, t);
    if (n)
        n->value =
            str_eq(t->text, STR("null")) ? json_null() : json_bool(str_eq(t->text, STR("true")));
    return n;
}

static struct node *variable(struct parser *p, const struct token *t)
{
    struct node *n = make(p, NODE_VARIABLE, t);
    return n && builtin_find(p->arena, t->text, p->dialect, &n->builtin, p->err) ? n : NULL;
}

static struct node *regex(struct parser *p, const struct token *t)
{
    struct node *n = make(p, NODE_REGEX, t);
    if (n && !regex_parse(p->arena, t->text, &n->regex, p->err))
        return syntax_error_at(p->err, t->position) ? n : NULL;
    return n;
}

static struct node *prefix(struct parser *p, const struct token *t)
{
    switch (t->type) {
    case TOKEN_NUMBER: return make(p, NODE_NUMBER, t);
    case TOKEN_STRING: return make(p, NODE_STRING, t);
    case TOKEN_VALUE: return constant(p, t);
    case TOKEN_NAME: return make(p, NODE_NAME, t);
    case TOKEN_VARIABLE: return variable(p, t);
    case TOKEN_REGEX: return regex(p, t);
    case TOKEN_END: return make(p, NODE_END, t);
    case TOKEN_OPERATOR: break;
    }
    const struct row *row = row_of(t);
    if (row->prefix)
        return row->prefix(p, t);
    (void)syntax_error(p->err, t->position,
                       "S0211: The symbol \"%.*s\" cannot be used as a unary operator",
                       STR_ARG(t->text));
    return NULL;
}

static unsigned power_ahead(const struct parser *p)
{
    const struct row *row = row_of(&p->token);
    return row ? row->power : 0;
}

static struct node *expression(struct parser *p, unsigned power)
{
    if (p->depth == JSONATA_HEIGHT_MAX)
        return too_deep(p);
    p->depth++;
    struct token t = p->token;
    struct node *left = advance(p, true) ? prefix(p, &t) : NULL;
    while (left && power < power_ahead(p)) {
        t = p->token;
        left = advance(p, false) ? row_of(&t)->infix(p, &t, left) : NULL;
    }
    p->depth--;
    return left;
}

struct node *parse_text(struct parser *p)
{
    if (!advance(p, false))
        return NULL;
    struct node *n = expression(p, 0);
    if (n && p->token.type != TOKEN_END) {
        (void)syntax_error(p->err, p->token.position, "S0201: Syntax error: \"%.*s\"",
                           STR_ARG(p->token.text));
        return NULL;
    }
    return n;
}
