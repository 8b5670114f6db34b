/* The tree as written, back to text: one space between tokens, no bracket that was not there. */
#include "syntax_private.h"

static void print(const struct node *n, struct buf *out);

static void print_list(const struct nodes *list, const char *separator, struct buf *out)
{
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_add(out, str_from_c(separator));
        print(list->at[i], out);
    }
}

static void print_pairs(const struct nodes *list, struct buf *out)
{
    buf_add(out, STR("{"));
    for (size_t i = 0; i < list->count; i++) {
        if (i > 0)
            buf_add(out, i % 2 ? STR(" : ") : STR(", "));
        print(list->at[i], out);
    }
    buf_add(out, STR("}"));
}

static bool is_letter(char c)
{
    return ((c | 0x20) >= 'a' && (c | 0x20) <= 'z') || c == '_';
}

static bool is_plain_name(str name)
{
    static const char *const reserved[] = {"and", "or", "in", "true", "false", "null"};
    if (name.len == 0 || !is_letter(name.ptr[0]))
        return false;
    for (size_t i = 0; i < name.len; i++)
        if (!is_letter(name.ptr[i]) && (name.ptr[i] < '0' || name.ptr[i] > '9'))
            return false;
    for (size_t i = 0; i < sizeof reserved / sizeof reserved[0]; i++)
        if (str_eq(name, str_from_c(reserved[i])))
            return false;
    return true;
}

static void print_name(str name, struct buf *out)
{
    // One with a backquote in it was written without quotes: they could not hold it.
    bool plain = is_plain_name(name) || str_find_char(name, 0, '`') < name.len;
    buf_add(out, plain ? STR("") : STR("`"));
    buf_add(out, name);
    buf_add(out, plain ? STR("") : STR("`"));
}

/* A lone surrogate, which is three bytes that are no UTF-8, goes back to its escape. */
static void print_string(str text, struct buf *out)
{
    buf_add_char(out, '"');
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == 0xED && i + 2 < text.len && (unsigned char)text.ptr[i + 1] >= 0xA0) {
            unsigned code = 0xD000U | (unsigned)((text.ptr[i + 1] & 0x3F) << 6) |
                            (unsigned)(text.ptr[i + 2] & 0x3F);
            buf_printf(out, "\\u%04X", code);
            i += 2;
        } else if (c == '"' || c == '\\') {
            buf_add_char(out, '\\');
            buf_add_char(out, (char)c);
        } else if (c < 0x20) {
            buf_printf(out, "\\u%04X", c);
        } else {
            buf_add_char(out, (char)c);
        }
    }
    buf_add_char(out, '"');
}

static void print_infix(const struct node *n, struct buf *out)
{
    print(n->left, out);
    buf_add_char(out, ' ');
    buf_add(out, n->text);
    buf_add_char(out, ' ');
    print(n->right, out);
}

static void print_sort(const struct node *n, struct buf *out)
{
    print(n->left, out);
    buf_add(out, STR(" ^ ("));
    for (size_t i = 0; i < n->items.count; i++) {
        if (i > 0)
            buf_add(out, STR(", "));
        buf_add(out, n->items.at[i]->descending ? STR("> ") : STR("< "));
        print(n->items.at[i]->left, out);
    }
    buf_add_char(out, ')');
}

static void print_condition(const struct node *n, struct buf *out)
{
    print(n->left, out);
    buf_add(out, STR(" ? "));
    print(n->right, out);
    if (!n->third)
        return;
    buf_add(out, STR(" : "));
    print(n->third, out);
}

static void print_transform(const struct node *n, struct buf *out)
{
    buf_add(out, STR("| "));
    print(n->left, out);
    buf_add(out, STR(" | "));
    print(n->right, out);
    if (n->third) {
        buf_add(out, STR(", "));
        print(n->third, out);
    }
    buf_add(out, STR(" |"));
}

static void print_lambda(const struct node *n, struct buf *out)
{
    buf_add(out, STR("function("));
    print_list(&n->items, ", ", out);
    buf_add_char(out, ')');
    buf_add(out, n->text);
    buf_add(out, STR(" {"));
    print(n->right, out);
    buf_add_char(out, '}');
}

static void print_between(const struct node *n, const char *open, const char *separator,
                          const char *close, struct buf *out)
{
    buf_add(out, str_from_c(open));
    print_list(&n->items, separator, out);
    buf_add(out, str_from_c(close));
}

static void print_node(const struct node *n, struct buf *out)
{
    switch (n->type) {
    case NODE_NUMBER:
    case NODE_VALUE:
    case NODE_WILDCARD:
    case NODE_DESCENDANT:
    case NODE_PARENT:
    case NODE_REGEX:
    case NODE_OPERATOR: buf_add(out, n->text); break;
    case NODE_STRING: print_string(n->text, out); break;
    case NODE_NAME: print_name(n->text, out); break;
    case NODE_VARIABLE:
        buf_add_char(out, '$');
        buf_add(out, n->text);
        break;
    case NODE_BINARY:
    case NODE_BIND:
    case NODE_APPLY:
    case NODE_FOCUS:
    case NODE_INDEX: print_infix(n, out); break;
    case NODE_NEGATE:
        buf_add(out, STR("- "));
        print(n->left, out);
        break;
    case NODE_ARRAY: print_between(n, "[", ", ", "]", out); break;
    case NODE_BLOCK: print_between(n, "(", "; ", ")", out); break;
    case NODE_OBJECT: print_pairs(&n->items, out); break;
    case NODE_CONDITION: print_condition(n, out); break;
    case NODE_FUNCTION:
    case NODE_PARTIAL:
        print(n->left, out);
        print_between(n, "(", ", ", ")", out);
        break;
    case NODE_LAMBDA: print_lambda(n, out); break;
    case NODE_TRANSFORM: print_transform(n, out); break;
    case NODE_SORT: print_sort(n, out); break;
    case NODE_PREDICATE:
        print(n->left, out);
        buf_add(out, STR(" ["));
        print(n->right, out);
        buf_add_char(out, ']');
        break;
    case NODE_GROUP:
        print(n->left, out);
        buf_add_char(out, ' ');
        print_pairs(&n->items, out);
        break;
    case NODE_PATH:
    case NODE_END: break; // never in a tree as written
    }
}

static void print(const struct node *n, struct buf *out)
{
    print_node(n, out);
    if (n->keep_array)
        buf_add(out, STR("[]"));
}

void jsonata_print(const struct jsonata *e, struct buf *out)
{
    print(e->written, out);
}
