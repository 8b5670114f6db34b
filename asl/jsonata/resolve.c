/* The tree as written to the tree that is evaluated.
 *
 * Chains of "." become paths, a list of steps; a predicate or an index binding hangs on the step
 * before it; a call in tail position becomes a thunk, which the caller runs in a loop. A "%" looks
 * back over the steps of its path, and out of it when they do not suffice: its slot travels up
 * (`seeking`) until a step serves it, and that step then keeps its input under the slot's label, in
 * tuples that flow along the rest of the path. */
#include "syntax_private.h"

#include <stdio.h>

enum { SLOTS_ROOM = 2, STAGES_ROOM = 2 };

static bool slots_push(struct parser *p, struct slots *list, struct slot *s)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : SLOTS_ROOM;
        struct slot **at = arena_array(p->arena, room, sizeof(struct slot *));
        if (!at)
            return no_memory(p->err);
        if (list->count > 0)
            memcpy(at, list->at, list->count * sizeof(struct slot *));
        list->at = at;
        list->room = room;
    }
    list->at[list->count++] = s;
    return true;
}

static bool stages_push(struct parser *p, struct stages *list, struct stage s)
{
    if (list->count == list->room) {
        size_t room = list->room ? 2 * list->room : STAGES_ROOM;
        struct stage *at = arena_array(p->arena, room, sizeof *at);
        if (!at)
            return no_memory(p->err);
        if (list->count > 0)
            memcpy(at, list->at, list->count * sizeof *at);
        list->at = at;
        list->room = room;
    }
    list->at[list->count++] = s;
    return true;
}

static struct node *refuse(struct parser *p, size_t position, const char *text)
{
    (void)syntax_error(p->err, position, "%s", text);
    return NULL;
}

/* -- what "%" looks back to -- */

static struct node *last_of(const struct nodes *list)
{
    return list->at[list->count - 1];
}

static bool serve(struct parser *p, struct node *n, struct slot *slot);

static bool serve_along(struct parser *p, struct node *path, struct slot *slot)
{
    path->tuple = true;
    size_t i = path->items.count - 1;
    if (!serve(p, path->items.at[i], slot))
        return false;
    while (slot->level > 0 && i > 0)
        if (!serve(p, path->items.at[--i], slot))
            return false;
    return true;
}

/* Lets slot look back over n: level 0 afterwards means that it has found its step. */
static bool serve(struct parser *p, struct node *n, struct slot *slot)
{
    switch (n->type) {
    case NODE_NAME:
    case NODE_WILDCARD:
        if (--slot->level == 0) {
            if (n->ancestor)
                slot->label = n->ancestor->label; // as those that came before
            n->ancestor = slot;
            n->tuple = true;
        }
        return true;
    case NODE_PARENT: slot->level++; return true;
    case NODE_BLOCK:
        if (n->items.count == 0)
            return true;
        n->tuple = true;
        return serve(p, last_of(&n->items), slot);
    case NODE_PATH: return serve_along(p, n, slot);
    default:
        refuse(p, n->position,
               "S0217: The object representing the 'parent' cannot be derived from this "
               "expression");
        return false;
    }
}

/* What child looks back for and has not found, n looks back for. */
static bool seek_with(struct parser *p, struct node *n, const struct node *child)
{
    for (size_t i = 0; i < child->seeking.count; i++)
        if (!slots_push(p, &n->seeking, child->seeking.at[i]))
            return false;
    return child->type != NODE_PARENT || slots_push(p, &n->seeking, child->slot);
}

static bool seek_along(struct parser *p, struct node *path, struct slot *slot)
{
    const struct nodes *steps = &path->items;
    size_t i = steps->count - 1; // of the step after the one to try
    while (slot->level > 0) {
        if (i == 0)
            return slots_push(p, &path->seeking, slot);
        struct node *step = steps->at[--i];
        // Of steps that bind their items to variables the first is meant.
        while (i > 0 && step->focus.ptr && steps->at[i - 1]->focus.ptr)
            step = steps->at[--i];
        if (!serve(p, step, slot))
            return false;
    }
    return true;
}

static bool seek_from_last(struct parser *p, struct node *path)
{
    struct node *last = last_of(&path->items);
    if (last->type == NODE_PARENT && !slots_push(p, &last->seeking, last->slot))
        return false;
    for (size_t i = 0; i < last->seeking.count; i++)
        if (!seek_along(p, path, last->seeking.at[i]))
            return false;
    return true;
}

/* -- nodes -- */

static struct node *copy_of(struct parser *p, const struct node *written)
{
    struct node *n = node_new(p->arena, written->type, NULL, p->err);
    if (n) {
        *n = *written;
        n->items = (struct nodes){NULL, 0, 0};
    }
    return n;
}

/* Resolves a child of n into *out; what it looks back for, n does. */
static bool child(struct parser *p, struct node *n, const struct node *written, struct node **out)
{
    *out = written ? resolve(p, written) : NULL;
    return !written || (*out && seek_with(p, n, *out));
}

static bool children(struct parser *p, struct node *n, const struct nodes *written)
{
    for (size_t i = 0; i < written->count; i++) {
        struct node *item;
        if (!child(p, n, written->at[i], &item) || !nodes_push(p->arena, &n->items, item, p->err))
            return false;
    }
    return true;
}

static struct node *path_of(struct parser *p, struct node *step)
{
    struct node *path = node_new(p->arena, NODE_PATH, NULL, p->err);
    if (!path || !nodes_push(p->arena, &path->items, step, p->err))
        return NULL;
    path->position = step->position;
    return path;
}

static struct node *resolve_name(struct parser *p, const struct node *written)
{
    struct node *step = copy_of(p, written);
    if (!step)
        return NULL;
    step->type = NODE_NAME;
    struct node *path = path_of(p, step);
    if (path)
        path->keep_singleton = step->keep_array;
    return path;
}

static struct node *resolve_parent(struct parser *p, const struct node *written)
{
    struct node *n = copy_of(p, written);
    struct slot *slot = arena_alloc(p->arena, sizeof *slot);
    if (!n || !slot) {
        if (!err_is_set(p->err))
            no_memory(p->err);
        return NULL;
    }
    // A label is unlike any variable's name, and unique: the "%"s of an expression are apart.
    slot->label = arena_printf(p->arena, "!%zu", written->position);
    slot->level = 1;
    n->slot = slot;
    return slot->label.ptr || no_memory(p->err) ? n : NULL;
}

/* -- paths -- */

static bool add_steps(struct parser *p, struct node *path, struct node *rest)
{
    if (rest->type == NODE_PATH) {
        for (size_t i = 0; i < rest->items.count; i++)
            if (!nodes_push(p->arena, &path->items, rest->items.at[i], p->err))
                return false;
        return true;
    }
    rest->stages = rest->predicates; // it is a step now
    rest->predicates = (struct stages){NULL, 0, 0};
    return nodes_push(p->arena, &path->items, rest, p->err);
}

static bool check_steps(struct parser *p, struct node *path)
{
    for (size_t i = 0; i < path->items.count; i++) {
        struct node *step = path->items.at[i];
        if (step->type == NODE_NUMBER || step->type == NODE_VALUE)
            return syntax_error(p->err, step->position,
                                "S0213: The literal value %.*s cannot be used as a step within a "
                                "path expression",
                                STR_ARG(step->text));
        if (step->type == NODE_STRING)
            step->type = NODE_NAME;
        path->keep_singleton |= step->keep_array;
    }
    return true;
}

static struct node *resolve_dot(struct parser *p, const struct node *written)
{
    struct node *left = resolve(p, written->left);
    if (!left)
        return NULL;
    struct node *path = left->type == NODE_PATH ? left : path_of(p, left);
    if (!path || (left->type == NODE_PARENT && !slots_push(p, &path->seeking, left->slot)))
        return NULL;
    struct node *rest = resolve(p, written->right);
    if (!rest || !add_steps(p, path, rest) || !check_steps(p, path))
        return NULL;
    struct node *first = path->items.at[0], *last = last_of(&path->items);
    first->construct |= first->type == NODE_ARRAY;
    last->construct |= last->type == NODE_ARRAY;
    return seek_from_last(p, path) ? path : NULL;
}

/* The node that a predicate or binding after n belongs to. */
static struct node *step_of(struct node *n)
{
    return n->type == NODE_PATH ? last_of(&n->items) : n;
}

/* left[predicate] */
static struct node *resolve_predicate(struct parser *p, const struct node *written)
{
    struct node *n = resolve(p, written->left);
    if (!n)
        return NULL;
    struct node *step = step_of(n);
    if (step->group)
        return refuse(p, written->position,
                      "S0209: A predicate cannot follow a grouping expression in a step");
    struct node *filter = resolve(p, written->right);
    if (!filter)
        return NULL;
    // What the predicate looks back for begins at the step that it filters.
    for (size_t i = 0; i < filter->seeking.count; i++) {
        struct slot *slot = filter->seeking.at[i];
        if (slot->level == 1) {
            if (!serve(p, step, slot))
                return NULL;
        } else {
            slot->level--;
        }
    }
    if (filter->seeking.count > 0 && !seek_with(p, step, filter))
        return NULL;
    struct stages *list = n->type == NODE_PATH ? &step->stages : &step->predicates;
    return stages_push(p, list, (struct stage){.filter = filter}) ? n : NULL;
}

static struct node *resolve_group(struct parser *p, const struct node *written)
{
    struct node *n = resolve(p, written->left);
    if (!n)
        return NULL;
    if (n->group)
        return refuse(p, written->position,
                      "S0210: Each step can only have one grouping expression");
    struct node *group = copy_of(p, written);
    for (size_t i = 0; group && i < written->items.count; i++)
        if (!nodes_push(p->arena, &group->items, resolve(p, written->items.at[i]), p->err))
            return NULL;
    n->group = group;
    return group ? n : NULL;
}

static struct node *resolve_sort(struct parser *p, const struct node *written)
{
    struct node *left = resolve(p, written->left);
    struct node *path = left && left->type != NODE_PATH ? path_of(p, left) : left;
    struct node *sort = copy_of(p, written);
    if (!path || !sort)
        return NULL;
    sort->left = NULL;
    sort->keep_array = false; // that is the path's
    for (size_t i = 0; i < written->items.count; i++) {
        struct node *term = copy_of(p, written->items.at[i]);
        if (!term || !(term->left = resolve(p, written->items.at[i]->left)) ||
            !seek_with(p, sort, term->left) || !nodes_push(p->arena, &sort->items, term, p->err))
            return NULL;
    }
    return nodes_push(p->arena, &path->items, sort, p->err) && seek_from_last(p, path) ? path
                                                                                       : NULL;
}

/* left@$name: its items under a name, and the context stays what it was. */
static struct node *resolve_focus(struct parser *p, const struct node *written)
{
    struct node *n = resolve(p, written->left);
    if (!n)
        return NULL;
    struct node *step = step_of(n);
    if (step->stages.count > 0 || step->predicates.count > 0)
        return refuse(p, written->position,
                      "S0215: A context variable binding must precede any predicates on a step");
    if (step->type == NODE_SORT)
        return refuse(p, written->position,
                      "S0216: A context variable binding must precede the 'order-by' clause on a "
                      "step");
    step->keep_array |= written->keep_array;
    step->focus = written->right->text;
    step->tuple = true;
    return n;
}

/* left#$name: the position of each item under a name. */
static struct node *resolve_index(struct parser *p, const struct node *written)
{
    struct node *n = resolve(p, written->left);
    if (!n)
        return NULL;
    struct node *step = step_of(n);
    if (n->type != NODE_PATH) {
        n = path_of(p, step);
        step->stages = step->predicates;
        step->predicates = (struct stages){NULL, 0, 0};
    }
    if (!n)
        return NULL;
    str name = written->right->text;
    if (step->stages.count == 0)
        step->index = name;
    else if (!stages_push(p, &step->stages, (struct stage){.index = name}))
        return NULL;
    step->tuple = true;
    return n;
}

/* -- the rest -- */

/* A call that ends a function's body is left to the caller: recursion in tail position does not
 * nest. */
static struct node *tail_call(struct parser *p, struct node *n)
{
    if (n->type == NODE_FUNCTION && n->predicates.count == 0) {
        struct node *thunk = node_new(p->arena, NODE_LAMBDA, NULL, p->err);
        if (!thunk)
            return NULL;
        thunk->position = n->position;
        thunk->thunk = true;
        thunk->right = n;
        return thunk;
    }
    if (n->type == NODE_CONDITION) {
        n->right = tail_call(p, n->right);
        bool otherwise = n->third != NULL;
        if (otherwise && n->right)
            n->third = tail_call(p, n->third);
        return n->right && (n->third || !otherwise) ? n : NULL;
    }
    if (n->type == NODE_BLOCK && n->items.count > 0) {
        struct node **last = &n->items.at[n->items.count - 1];
        *last = tail_call(p, *last);
        return *last ? n : NULL;
    }
    return n;
}

static struct node *resolve_lambda(struct parser *p, const struct node *written)
{
    struct node *n = copy_of(p, written);
    struct node *body = resolve(p, written->right);
    if (!n || !body)
        return NULL;
    n->items = written->items; // parameters
    n->right = tail_call(p, body);
    return n->right ? n : NULL;
}

static struct node *resolve_negate(struct parser *p, const struct node *written)
{
    struct node *n = copy_of(p, written);
    if (!n || !child(p, n, written->left, &n->left))
        return NULL;
    if (!n->left || n->left->type != NODE_NUMBER)
        return n;
    n->left->number = -n->left->number;
    return n->left;
}

static struct node *resolve_block(struct parser *p, const struct node *written)
{
    struct node *n = copy_of(p, written);
    if (!n || !children(p, n, &written->items))
        return NULL;
    for (size_t i = 0; i < n->items.count; i++) {
        const struct node *part = n->items.at[i];
        n->construct |=
            part->construct || (part->type == NODE_PATH && part->items.at[0]->construct);
    }
    return n;
}

static struct node *resolve_operator(struct parser *p, const struct node *written)
{
    if (!str_eq(written->text, STR("?")))
        return resolve_name(p, written);
    return copy_of(p, written);
}

/* What is called looks back for nothing, its arguments do. */
static struct node *resolve_call(struct parser *p, const struct node *written)
{
    struct node *n = copy_of(p, written);
    if (!n || !(n->left = resolve(p, written->left)) || !children(p, n, &written->items))
        return NULL;
    return n;
}

/* Its parts look at what the pattern finds: nothing in them looks back past it. */
static struct node *resolve_transform(struct parser *p, const struct node *written)
{
    struct node *n = copy_of(p, written);
    if (!n || !(n->left = resolve(p, written->left)) || !(n->right = resolve(p, written->right)) ||
        (written->third && !(n->third = resolve(p, written->third))))
        return NULL;
    return n;
}

/* Left, right and third, and the items. */
static struct node *resolve_plain(struct parser *p, const struct node *written)
{
    struct node *n = copy_of(p, written);
    bool ok = n && child(p, n, written->left, &n->left) && child(p, n, written->right, &n->right) &&
              child(p, n, written->third, &n->third) && children(p, n, &written->items);
    if (!ok)
        return NULL;
    if (n->type == NODE_APPLY)
        n->keep_array |= (n->left && n->left->keep_array) || (n->right && n->right->keep_array);
    return n;
}

static struct node *resolve_node(struct parser *p, const struct node *written)
{
    switch (written->type) {
    case NODE_NAME: return resolve_name(p, written);
    case NODE_OPERATOR: return resolve_operator(p, written);
    case NODE_PARENT: return resolve_parent(p, written);
    case NODE_FUNCTION:
    case NODE_PARTIAL: return resolve_call(p, written);
    case NODE_TRANSFORM: return resolve_transform(p, written);
    case NODE_NEGATE: return resolve_negate(p, written);
    case NODE_BLOCK: return resolve_block(p, written);
    case NODE_LAMBDA: return resolve_lambda(p, written);
    case NODE_PREDICATE: return resolve_predicate(p, written);
    case NODE_GROUP: return resolve_group(p, written);
    case NODE_SORT: return resolve_sort(p, written);
    case NODE_FOCUS: return resolve_focus(p, written);
    case NODE_INDEX: return resolve_index(p, written);
    case NODE_END: return refuse(p, written->position, "S0207: Unexpected end of expression");
    case NODE_BINARY:
        return written->op == OPERATOR_DOT ? resolve_dot(p, written) : resolve_plain(p, written);
    case NODE_NUMBER:
    case NODE_STRING:
    case NODE_VALUE:
    case NODE_VARIABLE:
    case NODE_WILDCARD:
    case NODE_DESCENDANT:
    case NODE_REGEX:
    case NODE_ARRAY:
    case NODE_OBJECT:
    case NODE_CONDITION:
    case NODE_BIND:
    case NODE_APPLY:
    case NODE_PATH: break;
    }
    return resolve_plain(p, written);
}

struct node *resolve(struct parser *p, const struct node *written)
{
    struct node *n = resolve_node(p, written);
    if (n)
        n->keep_array |= written->keep_array;
    return n;
}
