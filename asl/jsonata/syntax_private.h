/* The tree of an expression, and the steps from text to it: lex, parse, resolve.
 *
 *     text --lex--> tokens --parse--> what was written --resolve--> what is evaluated
 *
 * Both trees are made of `struct node`. The written one keeps every bracket (a block is a node), so
 * that it prints without asking for precedence. The evaluated one has chains of "." flattened into
 * paths, predicates attached to steps, and each "%" tied to the step it looks back to.
 * All of it lives in the expression's arena and is read-only afterwards. */
#ifndef ASL_JSONATA_SYNTAX_PRIVATE_H
#define ASL_JSONATA_SYNTAX_PRIVATE_H

#include "jsonata.h"
#include "limits.h"

enum node_type {
    NODE_NUMBER,
    NODE_STRING,
    NODE_VALUE, /* true, false, null */
    NODE_NAME,
    NODE_VARIABLE, /* text is without its "$": "" is the context, "$" the root */
    NODE_WILDCARD,
    NODE_DESCENDANT,
    NODE_PARENT,
    NODE_REGEX,
    NODE_OPERATOR, /* a word that may be a name: and, or, in; and the "?" of an argument left out */
    NODE_BINARY,
    NODE_NEGATE,
    NODE_ARRAY,  /* [items] */
    NODE_OBJECT, /* {items}: key, value, key, value… */
    NODE_BLOCK,
    NODE_CONDITION, /* left ? right : third */
    NODE_BIND,
    NODE_APPLY, /* left ~> right */
    NODE_FUNCTION,
    NODE_PARTIAL,
    NODE_LAMBDA, /* items: parameters; right: the body */
    NODE_TRANSFORM,
    NODE_PATH,      /* items: steps */
    NODE_SORT,      /* items: terms, each with its `descending` */
    NODE_PREDICATE, /* as written: left[right] */
    NODE_GROUP,     /* as written: left{items} */
    NODE_FOCUS,     /* as written: left@right */
    NODE_INDEX,     /* as written: left#right */
    NODE_END,
};

enum operator{
    OPERATOR_NONE,
    OPERATOR_DOT,
    OPERATOR_ADD,
    OPERATOR_SUBTRACT,
    OPERATOR_MULTIPLY,
    OPERATOR_DIVIDE,
    OPERATOR_MODULO,
    OPERATOR_EQUAL,
    OPERATOR_NOT_EQUAL,
    OPERATOR_LESS,
    OPERATOR_LESS_EQUAL,
    OPERATOR_GREATER,
    OPERATOR_GREATER_EQUAL,
    OPERATOR_CONCATENATE,
    OPERATOR_RANGE,
    OPERATOR_AND,
    OPERATOR_OR,
    OPERATOR_IN,
};

struct node;
struct signature;
struct regex;
struct function;

/* What "%" is bound to: the items of a step some levels back, under a label that no variable can
 * have. Steps that serve the same one share its label. */
struct slot {
    str label;
    int level;
};

struct slots {
    struct slot **at;
    size_t count, room;
};

struct nodes {
    struct node **at;
    size_t count, room;
};

/* A predicate, or an index binding (#$i) that comes after one. */
struct stage {
    const struct node *filter; /* NULL: an index */
    str index;
};

struct stages {
    struct stage *at;
    size_t count, room;
};

struct node {
    enum node_type type;
    enum operator op;
    size_t position; /* of the text, just past the token, as the reference implementation counts */
    str text;        /* name, text, operator, regular expression as written */
    json value;      /* of NODE_VALUE: simple, not counted */
    double number;
    struct node *left, *right, *third;
    struct nodes items;
    bool keep_array, keep_singleton, construct, tuple, thunk, descending;
    uint16_t height;
    /* of the evaluated tree */
    struct stages stages;     /* of a step of a path */
    struct stages predicates; /* of anything else */
    struct node *group;       /* its items: key, value… */
    str focus, index;         /* ptr NULL: none */
    struct slot *slot;        /* of a parent */
    struct slot *ancestor;    /* of a step that some "%" looks back to */
    struct slots seeking;     /* "%" in it that look further back */
    const struct signature *signature;
    const struct regex *regex;
    const struct function *builtin; /* of a variable: what it is when nothing binds it */
};

struct jsonata {
    str text;
    enum jsonata_dialect dialect;
    const struct node *written, *root;
};

/* -- lex.c -- */

enum token_type {
    TOKEN_END,
    TOKEN_OPERATOR,
    TOKEN_NAME,
    TOKEN_VARIABLE,
    TOKEN_NUMBER,
    TOKEN_STRING,
    TOKEN_VALUE,
    TOKEN_REGEX,
};

struct token {
    enum token_type type;
    str text;
    double number;
    size_t position; /* just past it */
};

struct lexer {
    struct arena *arena;
    str text;
    size_t at;
    struct err *err;
};

/* The next token. infix: a value came before, so that "/" divides and begins no regular
 * expression. */
bool lex_next(struct lexer *l, bool infix, struct token *out);

/* Sets err with a position, gives false. */
bool syntax_error(struct err *err, size_t position, const char *format, ...) PRINTF_LIKE(3, 4);

/* -- parse.c -- */
struct parser {
    struct arena *arena;
    enum jsonata_dialect dialect;
    struct lexer lexer;
    struct token token; /* the one looked at */
    size_t depth;
    struct err *err;
};

/* The whole text. NULL: refused. */
struct node *parse_text(struct parser *p);
struct node *node_new(struct arena *a, enum node_type type, const struct token *token,
                      struct err *err);
bool nodes_push(struct arena *a, struct nodes *list, struct node *n, struct err *err);

/* -- resolve.c -- */
struct node *resolve(struct parser *p, const struct node *written);

/* -- signature.c -- */
/* "<s-n?:s>". Lends *out. Errors: S0401, S0402. */
bool signature_parse(struct arena *a, str text, const struct signature **out, struct err *err);

/* -- regex.c -- */
/* "/pattern/flags". Lends *out. */
bool regex_parse(struct arena *a, str text, const struct regex **out, struct err *err);

/* -- builtins.c -- */
/* The function of that name in the dialect, for parse trees in a; *out is NULL when there is none.
 * False: no memory. */
bool builtin_find(struct arena *a, str name, enum jsonata_dialect dialect,
                  const struct function **out, struct err *err);

static inline bool no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "no memory for a JSONata expression");
}

#endif
