/* Filters: does an item pass a filter expression?
 *
 * What stands left and right of an operator is a `value` (values.c). in, nin and the other words on
 * lists want a list on the right: in AWS's dialect the path fails without one, in Jayway's the item
 * does not pass. A path alone asks whether something is there, null too.
 *
 * Jayway makes values of a whole list before it looks at one, and cannot of a list within it. */
#include "base/mem.h"
#include "jsonpath_private.h"

#include <math.h>

/* -- lists -- */

static enum outcome answer(bool yes)
{
    return yes ? FOUND : MISSING;
}

static enum outcome negated(enum outcome o)
{
    return o == FAILED ? FAILED : answer(o == MISSING);
}

static enum outcome wrong_operand(struct walk *w, const char *what)
{
    return walk_fail(w, FAULT_INVALID, "Expected %s node", what);
}

/* The items of a list as values; in AWS's dialect nothing is made but a view of each. */
struct items {
    struct value *v;
    size_t count;
};

static void items_release(struct items *l)
{
    for (size_t i = 0; i < l->count; i++)
        value_release(&l->v[i]);
    mem_free(l->v);
    l->v = NULL;
    l->count = 0;
}

static enum outcome items_init(struct walk *w, json list, struct items *l)
{
    size_t len = json_len(list);
    enum outcome o = FOUND;
    *l = (struct items){0};
    if (len == 0)
        return FOUND;
    l->v = mem_try(len * sizeof *l->v);
    if (!l->v)
        return walk_no_memory(w);
    for (; o == FOUND && l->count < len; l->count++) {
        l->v[l->count] = (struct value){.kind = VALUE_UNDEFINED};
        o = walk_charge(w) ? value_of_item(w, json_at(list, l->count), &l->v[l->count]) : FAILED;
    }
    if (o != FOUND)
        items_release(l);
    return o;
}

static enum outcome items_contain(struct walk *w, const struct items *l, const struct value *wanted)
{
    for (size_t i = 0; i < l->count; i++) {
        if (!walk_charge(w))
            return FAILED;
        if (values_equal(w, wanted, &l->v[i]))
            return FOUND;
    }
    return MISSING;
}

static enum outcome list_contains(struct walk *w, json list, const struct value *wanted)
{
    struct items l;
    enum outcome o = items_init(w, list, &l);
    if (o == FOUND)
        o = items_contain(w, &l, wanted);
    items_release(&l);
    return o;
}

static enum outcome is_in(struct walk *w, const struct value *left, const struct value *right)
{
    if (right->kind != VALUE_JSON)
        return wrong_operand(w, "value list");
    return value_is_list(right) ? list_contains(w, right->v, left) : MISSING;
}

/* How many of left's items are in right: FOUND when all (or, with any, at least one) are. */
static enum outcome compare_items(struct walk *w, const struct items *left,
                                  const struct items *right, bool any)
{
    for (size_t i = 0; i < left->count; i++) {
        enum outcome o = items_contain(w, right, &left->v[i]);
        if (o == FAILED || (o == FOUND) == any)
            return o;
    }
    return answer(!any);
}

/* Of what is no list: neither all nor any nor none. */
static enum outcome compare_lists(struct walk *w, enum comparison how, const struct value *left,
                                  const struct value *right)
{
    bool any = how != COMPARE_SUBSETOF, aws = w->dialect == JSONPATH_AWS;
    if (left->kind != VALUE_JSON && aws)
        return wrong_operand(w, "value list");
    if (right->kind != VALUE_JSON)
        return wrong_operand(w, "value list");
    // ASSUMPTION: in AWS's dialect nothing that is no list has any of what is asked for.
    if (!value_is_list(right))
        return answer(aws && how == COMPARE_NONEOF);
    if (left->kind != VALUE_JSON)
        return wrong_operand(w, "value list");
    if (!value_is_list(left))
        return answer(aws && how == COMPARE_NONEOF);
    struct items l, r = {0};
    enum outcome o = items_init(w, left->v, &l);
    if (o == FOUND)
        o = items_init(w, right->v, &r);
    if (o == FOUND)
        o = compare_items(w, &l, &r, any);
    items_release(&l);
    items_release(&r);
    return how == COMPARE_NONEOF ? negated(o) : o;
}

static enum outcome contains(struct walk *w, const struct value *left, const struct value *right)
{
    if (left->kind == VALUE_STRING && right->kind == VALUE_STRING)
        return answer(right->text.len == 0 ||
                      memmem(left->text.ptr, left->text.len, right->text.ptr, right->text.len));
    return value_is_list(left) ? list_contains(w, left->v, right) : MISSING;
}

/* -- patterns -- */

static enum outcome matches(struct walk *w, const pcre2_code *pattern, str subject)
{
    pcre2_match_context *limits = pcre2_match_context_create(NULL);
    pcre2_match_data *data = pcre2_match_data_create(1, NULL);
    int rc = PCRE2_ERROR_NOMEMORY;
    if (limits && data && pcre2_set_match_limit(limits, JSONPATH_PATTERN_MATCH_MAX) == 0 &&
        pcre2_set_heap_limit(limits, JSONPATH_PATTERN_HEAP_MAX_KIB) == 0)
        rc = pcre2_match(pattern, (PCRE2_SPTR)(subject.ptr ? subject.ptr : ""), subject.len, 0,
                         PCRE2_ANCHORED | PCRE2_ENDANCHORED | PCRE2_NO_UTF_CHECK, data, limits);
    pcre2_match_data_free(data);
    pcre2_match_context_free(limits);
    if (rc >= 0)
        return FOUND;
    if (rc == PCRE2_ERROR_NOMATCH)
        return MISSING;
    return walk_fail(w, FAULT_LIMIT, "A regular expression takes too long or too much memory");
}

static enum outcome matches_value(struct walk *w, const pcre2_code *pattern, const struct value *v)
{
    char space[32];
    str subject = STR(""); // of null, containers and what is missing
    if (v->kind == VALUE_STRING)
        subject = v->text;
    else if (v->kind == VALUE_NUMBER)
        subject = value_number_text(v, space);
    else if (v->kind == VALUE_BOOL)
        subject = v->yes ? STR("true") : STR("false");
    return walk_charge(w) ? matches(w, pattern, subject) : FAILED;
}

/* A list matches when one of its items does. */
static enum outcome regex(struct walk *w, const struct value *left, const struct value *right)
{
    bool pattern_left = left->kind == VALUE_PATTERN;
    if (pattern_left == (right->kind == VALUE_PATTERN))
        return MISSING;
    const pcre2_code *pattern = pattern_left ? left->pattern : right->pattern;
    const struct value *v = pattern_left ? right : left;
    if (!value_is_list(v))
        return matches_value(w, pattern, v);
    struct items l;
    enum outcome made = items_init(w, v->v, &l), o = MISSING;
    for (size_t i = 0; o == MISSING && i < l.count; i++)
        o = matches_value(w, pattern, &l.v[i]);
    items_release(&l);
    return made == FOUND ? o : made;
}

/* -- sizes -- */

static size_t utf16_length(str s)
{
    size_t units = 0, at = 0;
    while (at < s.len)
        units += str_utf8_next(s, &at) > 0xffff ? 2 : 1;
    return units;
}

/* The whole part of a number, as Java's intValue(). */
static int64_t whole_part(const struct value *number)
{
    char space[32];
    json n = json_number_text(value_number_text(number, space));
    double d = trunc(json_to_double(n));
    json_unref(n);
    d = fmin(fmax(d, INT32_MIN), INT32_MAX);
    return (int64_t)d;
}

/* In Jayway's dialect the size is cut to a whole number, and an object's is -1.
 * */
static enum outcome has_size(const struct walk *w, const struct value *left,
                             const struct value *right)
{
    char space[32];
    int64_t wanted = 0;
    if (right->kind != VALUE_NUMBER)
        return MISSING;
    if (w->dialect == JSONPATH_JAYWAY)
        wanted = whole_part(right);
    else if (!str_to_int64(value_number_text(right, space), &wanted))
        return MISSING;
    if (left->kind == VALUE_STRING)
        return answer((int64_t)utf16_length(left->text) == wanted);
    if (left->kind == VALUE_JSON && !value_is_list(left))
        return answer(w->dialect == JSONPATH_JAYWAY && wanted == -1);
    return answer(value_is_list(left) && (int64_t)json_len(left->v) == wanted);
}

static enum outcome is_empty(struct walk *w, const struct value *left, const struct value *right)
{
    bool jayway = w->dialect == JSONPATH_JAYWAY;
    if (left->kind != VALUE_STRING && left->kind != VALUE_JSON)
        return MISSING;
    if (jayway && left->kind == VALUE_JSON && !value_is_list(left))
        return walk_fail(w, FAULT_EXCEPTION, "an object cannot be asked whether it is empty");
    if (jayway && right->kind != VALUE_BOOL)
        return wrong_operand(w, "boolean");
    size_t len = left->kind == VALUE_STRING ? left->text.len : json_len(left->v);
    return answer((len == 0) == right->yes);
}

/* The word, which compares two booleans; a path alone is another matter. */
static enum outcome exists(struct walk *w, const struct value *left, const struct value *right)
{
    if (left->kind != VALUE_BOOL && right->kind != VALUE_BOOL)
        return walk_fail(w, FAULT_FUNCTION, "Failed to evaluate exists expression");
    if (left->kind != VALUE_BOOL || right->kind != VALUE_BOOL)
        return wrong_operand(w, "boolean");
    return answer(left->yes == right->yes);
}

/* -- operators -- */

static enum outcome in_order(enum comparison how, const struct value *a, const struct value *b)
{
    int order;
    if (!values_cmp(a, b, &order))
        return MISSING;
    if (how == COMPARE_LT || how == COMPARE_LE)
        return answer(order < 0 || (order == 0 && how == COMPARE_LE));
    return answer(order > 0 || (order == 0 && how == COMPARE_GE));
}

static enum outcome compare(struct walk *w, enum comparison how, const struct value *a,
                            const struct value *b)
{
    switch (how) {
    case COMPARE_EQ: return answer(values_equal(w, a, b));
    case COMPARE_NE: return answer(!values_equal(w, a, b));
    case COMPARE_TYPED_EQ: return answer(a->kind == b->kind && values_equal(w, a, b));
    case COMPARE_TYPED_NE: return answer(a->kind != b->kind || !values_equal(w, a, b));
    case COMPARE_LT:
    case COMPARE_LE:
    case COMPARE_GT:
    case COMPARE_GE: return in_order(how, a, b);
    case COMPARE_REGEX: return regex(w, a, b);
    case COMPARE_IN: return is_in(w, a, b);
    case COMPARE_NIN: return negated(is_in(w, a, b));
    case COMPARE_CONTAINS: return contains(w, a, b);
    case COMPARE_SUBSETOF:
    case COMPARE_ANYOF:
    case COMPARE_NONEOF: return compare_lists(w, how, a, b);
    case COMPARE_SIZE: return has_size(w, a, b);
    case COMPARE_EMPTY: return is_empty(w, a, b);
    case COMPARE_EXISTS: return exists(w, a, b);
    // Jayway reads them, and has operands for them in its programming interface only.
    case COMPARE_ALL: return wrong_operand(w, "value list");
    case COMPARE_TYPE: return wrong_operand(w, "class");
    case COMPARE_MATCHES: return wrong_operand(w, "predicate");
    }
    return MISSING;
}

/* -- operands -- */

/* Parses a literal when it is first needed. */
static bool literal(struct walk *w, const struct operand *o, struct value *out)
{
    json *slot = &w->literals[o->slot];
    struct err why = ERR_INIT;
    bool aws = w->dialect == JSONPATH_AWS, ok = !json_is_absent(*slot);
    if (!ok)
        ok = aws ? json_parse(o->text, slot, &why) : lenient_parse(o->text, slot, &why);
    if (ok) {
        *out = value_take(w, json_ref(*slot));
        out->literal = true;
    } else if (aws || why.id == ERR_NO_MEMORY) {
        walk_no_memory(w); // AWS's has parsed before
    } else {
        (void)walk_fail(w, FAULT_EXCEPTION, "%.*s", STR_ARG(err_text(&why)));
    }
    err_release(&why);
    return ok;
}

static bool resolve_path(struct walk *w, const struct jsonpath *p, json item, struct value *out)
{
    json v = json_absent();
    enum outcome found = walk_path(w, p, p->from_item ? item : w->root, 0, &v);
    *out = value_take(w, v);
    if (found == FOUND && v.kind == JSON_ARRAY && path_gives_keys(p)) {
        (void)walk_fail(w, FAULT_FUNCTION, "Could not convert a set of keys to a ValueNode");
        return false;
    }
    return found != FAILED;
}

/* Fills *out, whose v the caller gives back; false: failed. */
static bool resolve(struct walk *w, const struct operand *o, json item, struct value *out)
{
    *out = (struct value){.kind = VALUE_NULL};
    switch (o->kind) {
    case OPERAND_PATH: return resolve_path(w, o->path, item, out);
    case OPERAND_NULL: return true;
    case OPERAND_BOOL:
        out->kind = VALUE_BOOL;
        out->yes = o->yes;
        return true;
    case OPERAND_NUMBER:
    case OPERAND_STRING:
        out->kind = o->kind == OPERAND_NUMBER ? VALUE_NUMBER : VALUE_STRING;
        out->text = o->text;
        return true;
    case OPERAND_PATTERN:
        out->kind = VALUE_PATTERN;
        out->pattern = o->pattern;
        return true;
    case OPERAND_JSON: return literal(w, o, out);
    }
    return true;
}

static enum outcome accepts_comparison(struct walk *w, const struct criteria *c, json item)
{
    struct value left, right = {.kind = VALUE_NULL};
    enum outcome o = FAILED;
    if (resolve(w, &c->left, item, &left) && resolve(w, &c->right, item, &right))
        o = compare(w, c->comparison, &left, &right);
    value_release(&left);
    value_release(&right);
    return o;
}

/* Jayway asks the item even for a path that starts at '$'. */
static enum outcome accepts_existing(struct walk *w, const struct operand *path, json item)
{
    json v;
    enum outcome o = walk_path(w, path->path, item, WALK_REQUIRE, &v);
    if (o == FOUND)
        json_unref(v);
    return path->yes ? o : negated(o);
}

enum outcome filter_accepts(struct walk *w, const struct criteria *c, json item)
{
    if (!walk_charge(w))
        return FAILED;
    switch (c->kind) {
    case CRITERIA_COMPARE: return accepts_comparison(w, c, item);
    case CRITERIA_EXISTS: return accepts_existing(w, &c->left, item);
    case CRITERIA_NOT: return negated(filter_accepts(w, c->first, item));
    case CRITERIA_AND:
    case CRITERIA_OR: break;
    }
    enum outcome undecided = c->kind == CRITERIA_AND ? FOUND : MISSING, o = undecided;
    for (const struct criteria *term = c->first; term && o == undecided; term = term->next)
        o = filter_accepts(w, term, item);
    return o;
}
