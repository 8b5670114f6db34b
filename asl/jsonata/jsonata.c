/* The door: parses an expression, and tells what it takes from around it. */
#include "evaluate_private.h"

bool jsonata_parse(struct arena *a, str text, enum jsonata_dialect dialect,
                   const struct jsonata **out, struct err *err)
{
    struct jsonata *e = arena_alloc(a, sizeof *e);
    str kept = arena_str(a, text);
    if (!e || !kept.ptr)
        return no_memory(err);
    struct parser p = {
        .arena = a,
        .dialect = dialect,
        .lexer = {.arena = a, .text = kept, .err = err},
        .err = err
    };
    if (!str_utf8_valid(text))
        return syntax_error(err, str_utf8_find_bad(text), "S0204: The text is not valid UTF-8");
    struct node *written = parse_text(&p);
    struct node *root = written ? resolve(&p, written) : NULL;
    if (!root)
        return false;
    if (root->type == NODE_PARENT || root->seeking.count > 0)
        return syntax_error(err, root->position,
                            "S0217: The object representing the 'parent' cannot be derived from "
                            "this expression");
    *e = (struct jsonata){.text = kept, .dialect = dialect, .written = written, .root = root};
    *out = e;
    return true;
}

str jsonata_text(const struct jsonata *e)
{
    return e->text;
}
