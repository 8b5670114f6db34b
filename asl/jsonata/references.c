/* What an expression takes from around it: bare names, "$", "$$", free variables.
 *
 * A bare name or "$" refers to the input of the whole expression where nothing stands before it in
 * a path. Inside later steps, predicates, sort terms and groups it refers to an item. A function's
 * body has the input that the function was written under. Walks over the evaluated tree; variables
 * bound in a block or by a function are known by a chain of scopes on the stack. */
#include "evaluate_private.h"

struct bound {
    const struct bound *outer;
    str name;
};

struct walk {
    jsonata_visit *visit;
    void *context;
};

struct place {
    const struct bound *bound;
    bool item; /* the context is an item, not the input */
};

static void walk(const struct walk *w, const struct node *n, struct place at);

static void walk_all(const struct walk *w, const struct nodes *list, struct place at)
{
    for (size_t i = 0; i < list->count; i++)
        walk(w, list->at[i], at);
}

static bool is_bound(const struct bound *b, str name)
{
    for (; b; b = b->outer)
        if (str_eq(b->name, name))
            return true;
    return false;
}

static void tell(const struct walk *w, enum jsonata_reference_kind kind, str name, str member)
{
    struct jsonata_reference r = {kind, name, member};
    w->visit(w->context, &r);
}

/* next: the step after it in a path, or NULL. */
static void walk_variable(const struct walk *w, const struct node *n, const struct node *next,
                          struct place at)
{
    str member = next && next->type == NODE_NAME ? next->text : STR_NONE;
    if (n->text.len == 0) {
        if (!at.item)
            tell(w, JSONATA_REFERENCE_CONTEXT, STR("$"), STR_NONE);
    } else if (str_eq(n->text, STR("$"))) {
        tell(w, JSONATA_REFERENCE_ROOT, STR("$$"), STR_NONE);
    } else if (!is_bound(at.bound, n->text) && !n->builtin) {
        tell(w, JSONATA_REFERENCE_VARIABLE, n->text, member);
    }
}

/* Predicates and the group of a node that is no path: their context is an item. */
static void walk_predicates(const struct walk *w, const struct node *n, struct place at)
{
    at.item = true;
    for (size_t i = 0; i < n->predicates.count; i++)
        walk(w, n->predicates.at[i].filter, at);
    if (n->group)
        walk_all(w, &n->group->items, at);
}

static void walk_node(const struct walk *w, const struct node *n, const struct node *next,
                      struct place at);

static void walk_steps(const struct walk *w, const struct nodes *steps, size_t i, struct place at);

/* What comes after step i, from one of its stages on: a name that a stage binds holds from there.
 */
static void walk_stages(const struct walk *w, const struct nodes *steps, size_t i, size_t stage,
                        struct place at)
{
    const struct node *step = steps->at[i];
    if (stage == step->stages.count) {
        walk_steps(w, steps, i + 1, at);
        return;
    }
    const struct stage *s = &step->stages.at[stage];
    struct bound index = {at.bound, s->index};
    if (s->filter)
        walk(w, s->filter, at);
    else
        at.bound = &index;
    walk_stages(w, steps, i, stage + 1, at);
}

/* Names bound by @ and # hold for the steps after; there are few. */
static void walk_steps(const struct walk *w, const struct nodes *steps, size_t i, struct place at)
{
    if (i == steps->count)
        return;
    const struct node *step = steps->at[i];
    walk_node(w, step, i + 1 < steps->count ? steps->at[i + 1] : NULL, at);
    struct bound focus = {at.bound, step->focus}, index = {&focus, step->index};
    at.bound = &index;
    at.item = true;
    walk_predicates(w, step, at);
    walk_stages(w, steps, i, 0, at);
}

static void walk_path(const struct walk *w, const struct node *n, struct place at)
{
    walk_steps(w, &n->items, 0, at);
}

/* A name bound in a block holds for what comes after in it; and in the function that it is bound
 * to, which may call itself. */
static void walk_block(const struct walk *w, const struct nodes *parts, size_t i, struct place at)
{
    if (i == parts->count)
        return;
    const struct node *part = parts->at[i];
    struct bound name = {at.bound, part->type == NODE_BIND ? part->left->text : STR_NONE};
    if (part->type == NODE_BIND) {
        struct place inside = at;
        inside.bound = part->right->type == NODE_LAMBDA ? &name : at.bound;
        walk(w, part->right, inside);
        at.bound = &name;
    } else {
        walk(w, part, at);
    }
    walk_block(w, parts, i + 1, at);
}

static void walk_lambda(const struct walk *w, const struct node *n, size_t i, struct place at)
{
    if (i == n->items.count) {
        walk(w, n->right, at);
        return;
    }
    struct bound parameter = {at.bound, n->items.at[i]->text};
    at.bound = &parameter;
    walk_lambda(w, n, i + 1, at);
}

static void walk_sort(const struct walk *w, const struct node *n, struct place at)
{
    at.item = true;
    for (size_t i = 0; i < n->items.count; i++)
        walk(w, n->items.at[i]->left, at);
}

/* Its pattern's, update's and deletion's contexts are the object and what is found in it. */
static void walk_transform(const struct walk *w, const struct node *n, struct place at)
{
    at.item = true;
    walk(w, n->left, at);
    walk(w, n->right, at);
    if (n->third)
        walk(w, n->third, at);
}

static void walk_node(const struct walk *w, const struct node *n, const struct node *next,
                      struct place at)
{
    switch (n->type) {
    case NODE_NAME:
    case NODE_WILDCARD:
    case NODE_DESCENDANT:
        if (!at.item)
            tell(w, JSONATA_REFERENCE_NAME, n->text, STR_NONE);
        break;
    case NODE_VARIABLE: walk_variable(w, n, next, at); break;
    case NODE_PATH: walk_path(w, n, at); break;
    case NODE_BLOCK: walk_block(w, &n->items, 0, at); break;
    case NODE_LAMBDA: walk_lambda(w, n, 0, at); break;
    case NODE_SORT: walk_sort(w, n, at); break;
    case NODE_TRANSFORM: walk_transform(w, n, at); break;
    case NODE_BIND: walk(w, n->right, at); break;
    case NODE_NUMBER:
    case NODE_STRING:
    case NODE_VALUE:
    case NODE_PARENT:
    case NODE_REGEX:
    case NODE_OPERATOR:
    case NODE_END: break;
    case NODE_BINARY:
    case NODE_NEGATE:
    case NODE_ARRAY:
    case NODE_OBJECT:
    case NODE_CONDITION:
    case NODE_APPLY:
    case NODE_FUNCTION:
    case NODE_PARTIAL:
    case NODE_PREDICATE:
    case NODE_GROUP:
    case NODE_FOCUS:
    case NODE_INDEX:
        if (n->left)
            walk(w, n->left, at);
        if (n->right)
            walk(w, n->right, at);
        if (n->third)
            walk(w, n->third, at);
        walk_all(w, &n->items, at);
        break;
    }
}

static void walk(const struct walk *w, const struct node *n, struct place at)
{
    walk_node(w, n, NULL, at);
    if (n->type == NODE_PATH) {
        at.item = true;
        if (n->group)
            walk_all(w, &n->group->items, at);
    } else {
        walk_predicates(w, n, at);
    }
}

void jsonata_references(const struct jsonata *e, jsonata_visit *visit, void *context)
{
    struct walk w = {visit, context};
    walk(&w, e->root, (struct place){NULL, false});
}
