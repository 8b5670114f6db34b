/* Filters: does an item pass a filter expression?
 *
 * What stands left and right of an operator is a `value`, and how two of them compare is Jayway's:
 *
 *     equal       numbers by their value; a text and a number by the number's text when the text
 *                 is left, by its value when the number is left; containers deeply; nothing equals
 *                 what is missing, not even what is missing too
 *     < <= > >=   two numbers, or two texts (by UTF-16 code units, as Java); else false
 *     in, nin …   the right side must be a list, or the path fails
 *
 * A path alone asks whether something is there, null too. */
#include "jsonpath_private.h"

enum value_kind {
    VALUE_UNDEFINED, /* a path that leads nowhere */
    VALUE_NULL,
    VALUE_BOOL,
    VALUE_NUMBER,
    VALUE_STRING,
    VALUE_JSON, /* an array or an object */
    VALUE_PATTERN,
};

enum { NUMBER_TEXT_MAX_BYTES = 4096 };

struct value {
    enum value_kind kind;
    bool yes; /* BOOL */
    json v;   /* held: what text or the container belongs to; ABSENT for most literals */
    str text; /* STRING, and NUMBER that is a literal */
    const pcre2_code *pattern;
};

static struct value value_of(json v)
{
    struct value out = {.kind = VALUE_UNDEFINED, .v = v};
    switch (v.kind) {
    case JSON_ABSENT: break;
    case JSON_NULL: out.kind = VALUE_NULL; break;
    case JSON_FALSE:
    case JSON_TRUE:
        out.kind = VALUE_BOOL;
        out.yes = v.kind == JSON_TRUE;
        break;
    case JSON_INTEGER:
    case JSON_NUMBER: out.kind = VALUE_NUMBER; break;
    case JSON_STRING:
        out.kind = VALUE_STRING;
        out.text = json_str(v);
        break;
    case JSON_ARRAY:
    case JSON_OBJECT: out.kind = VALUE_JSON; break;
    }
    return out;
}

static str number_text(const struct value *v, char space[32])
{
    return v->text.ptr ? v->text : json_number_str(v->v, space);
}

/* -- comparing -- */

/* The number a value is or, for a text, spells; false: none. space must outlive *out. */
static bool as_decimal(const struct value *v, char space[32], struct decimal *out)
{
    if (v->kind == VALUE_NUMBER)
        return decimal_parse(number_text(v, space), out);
    return v->kind == VALUE_STRING && decimal_parse(v->text, out);
}

static bool decimals_equal(const struct value *a, const struct value *b)
{
    char space_a[32], space_b[32];
    struct decimal x, y;
    return as_decimal(a, space_a, &x) && as_decimal(b, space_b, &y) && decimal_cmp(&x, &y) == 0;
}

/* Is the text how Java would write the number? */
static bool spells(str text, const struct value *number)
{
    char space[32];
    struct decimal d;
    struct buf b;
    if (!as_decimal(number, space, &d))
        return false;
    buf_init(&b, NUMBER_TEXT_MAX_BYTES);
    decimal_print(&d, &b);
    bool same = buf_ok(&b) && str_eq(buf_str(&b), text);
    buf_release(&b);
    return same;
}

static bool values_equal(const struct value *a, const struct value *b)
{
    switch (a->kind) {
    case VALUE_NULL: return b->kind == VALUE_NULL;
    case VALUE_BOOL: return b->kind == VALUE_BOOL && a->yes == b->yes;
    case VALUE_NUMBER: return decimals_equal(a, b);
    case VALUE_STRING:
        if (b->kind == VALUE_NUMBER)
            return spells(a->text, b);
        return b->kind == VALUE_STRING && str_eq(a->text, b->text);
    case VALUE_JSON: return b->kind == VALUE_JSON && json_equal(a->v, b->v);
    case VALUE_UNDEFINED:
    case VALUE_PATTERN: return false;
    }
    return false;
}

/* UTF-16 order: characters beyond the base plane are written with surrogates, which come before
 * U+E000. */
static uint32_t utf16_rank(uint32_t code_point)
{
    return code_point > 0xffff ? 0xd800 : code_point;
}

static int text_cmp(str a, str b)
{
    size_t i = 0, k = 0;
    while (i < a.len && k < b.len) {
        uint32_t x = str_utf8_next(a, &i), y = str_utf8_next(b, &k);
        if (x == y)
            continue;
        uint32_t rank_x = utf16_rank(x), rank_y = utf16_rank(y);
        if (rank_x == rank_y) // both beyond the base plane
            return x < y ? -1 : 1;
        return rank_x < rank_y ? -1 : 1;
    }
    return (i < a.len) - (k < b.len);
}

/* Gives false when the two have no order. */
static bool values_cmp(const struct value *a, const struct value *b, int *out)
{
    if (a->kind == VALUE_STRING && b->kind == VALUE_STRING) {
        *out = text_cmp(a->text, b->text);
        return true;
    }
    char space_a[32], space_b[32];
    struct decimal x, y;
    if (a->kind != VALUE_NUMBER || b->kind != VALUE_NUMBER || !as_decimal(a, space_a, &x) ||
        !as_decimal(b, space_b, &y))
        return false;
    *out = decimal_cmp(&x, &y);
    return true;
}

/* -- lists -- */

static bool is_list(const struct value *v)
{
    return v->kind == VALUE_JSON && v->v.kind == JSON_ARRAY;
}

static enum outcome answer(bool yes)
{
    return yes ? FOUND : MISSING;
}

static enum outcome list_contains(struct walk *w, json list, const struct value *wanted)
{
    for (size_t i = 0; i < json_len(list); i++) {
        struct value item = value_of(json_at(list, i));
        if (!walk_charge(w))
            return FAILED;
        if (values_equal(wanted, &item))
            return FOUND;
    }
    return MISSING;
}

static enum outcome not_a_list(struct walk *w)
{
    err_set(w->err, ERR_BAD_PATH, "Expected value list node");
    return FAILED;
}

static enum outcome is_in(struct walk *w, const struct value *left, const struct value *right)
{
    if (right->kind != VALUE_JSON)
        return not_a_list(w);
    return is_list(right) ? list_contains(w, right->v, left) : MISSING;
}

/* How many of left's items are in right: FOUND when all (or, with any, at least one) are. */
static enum outcome compare_lists(struct walk *w, const struct value *left,
                                  const struct value *right, bool any)
{
    if (left->kind != VALUE_JSON || right->kind != VALUE_JSON)
        return not_a_list(w);
    if (!is_list(left) || !is_list(right))
        return MISSING;
    for (size_t i = 0; i < json_len(left->v); i++) {
        struct value item = value_of(json_at(left->v, i));
        enum outcome o = list_contains(w, right->v, &item);
        if (o == FAILED || (o == FOUND) == any)
            return o;
    }
    return answer(!any);
}

static enum outcome contains(struct walk *w, const struct value *left, const struct value *right)
{
    if (left->kind == VALUE_STRING && right->kind == VALUE_STRING)
        return answer(right->text.len == 0 ||
                      memmem(left->text.ptr, left->text.len, right->text.ptr, right->text.len));
    return is_list(left) ? list_contains(w, left->v, right) : MISSING;
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
    err_set(w->err, ERR_BAD_PATH, "A regular expression takes too long or too much memory");
    return FAILED;
}

static enum outcome matches_value(struct walk *w, const pcre2_code *pattern, const struct value *v)
{
    char space[32];
    str subject = STR(""); // of null, containers and what is missing
    if (v->kind == VALUE_STRING)
        subject = v->text;
    else if (v->kind == VALUE_NUMBER)
        subject = number_text(v, space);
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
    if (!is_list(v))
        return matches_value(w, pattern, v);
    enum outcome o = MISSING;
    for (size_t i = 0; o == MISSING && i < json_len(v->v); i++) {
        struct value item = value_of(json_at(v->v, i));
        o = matches_value(w, pattern, &item);
    }
    return o;
}

/* -- sizes -- */

static size_t utf16_length(str s)
{
    size_t units = 0, at = 0;
    while (at < s.len)
        units += str_utf8_next(s, &at) > 0xffff ? 2 : 1;
    return units;
}

static enum outcome has_size(const struct value *left, const struct value *right)
{
    char space[32];
    int64_t wanted;
    if (right->kind != VALUE_NUMBER || !str_to_int64(number_text(right, space), &wanted))
        return MISSING;
    if (left->kind == VALUE_STRING)
        return answer((int64_t)utf16_length(left->text) == wanted);
    return answer(is_list(left) && (int64_t)json_len(left->v) == wanted);
}

static enum outcome is_empty(const struct value *left, const struct value *right)
{
    if (left->kind == VALUE_STRING)
        return answer((left->text.len == 0) == right->yes);
    return answer(left->kind == VALUE_JSON && (json_len(left->v) == 0) == right->yes);
}

/* -- operators -- */

static enum outcome negated(enum outcome o)
{
    return o == FAILED ? FAILED : answer(o == MISSING);
}

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
    case COMPARE_EQ: return answer(values_equal(a, b));
    case COMPARE_NE: return answer(!values_equal(a, b));
    case COMPARE_TYPED_EQ: return answer(a->kind == b->kind && values_equal(a, b));
    case COMPARE_TYPED_NE: return answer(a->kind != b->kind || !values_equal(a, b));
    case COMPARE_LT:
    case COMPARE_LE:
    case COMPARE_GT:
    case COMPARE_GE: return in_order(how, a, b);
    case COMPARE_REGEX: return regex(w, a, b);
    case COMPARE_IN: return is_in(w, a, b);
    case COMPARE_NIN: return negated(is_in(w, a, b));
    case COMPARE_CONTAINS: return contains(w, a, b);
    case COMPARE_SUBSETOF: return compare_lists(w, a, b, false);
    case COMPARE_ANYOF: return compare_lists(w, a, b, true);
    case COMPARE_NONEOF: return negated(compare_lists(w, a, b, true));
    case COMPARE_SIZE: return has_size(a, b);
    case COMPARE_EMPTY: return is_empty(a, b);
    }
    return MISSING;
}

/* -- operands -- */

static bool literal(struct walk *w, const struct operand *o, struct value *out)
{
    json *slot = &w->literals[o->slot];
    if (json_is_absent(*slot) && !json_parse(o->text, slot, w->err))
        return false; // it has parsed before: memory
    *out = value_of(json_ref(*slot));
    return true;
}

/* Fills *out, whose v the caller gives back; false: failed. */
static bool resolve(struct walk *w, const struct operand *o, json item, struct value *out)
{
    *out = (struct value){.kind = VALUE_NULL};
    switch (o->kind) {
    case OPERAND_PATH: {
        json v = json_absent();
        json from = o->path->from_item ? item : w->root;
        enum outcome found = walk_path(w, o->path, from, false, &v);
        *out = value_of(v);
        return found != FAILED;
    }
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
    json_unref(left.v);
    json_unref(right.v);
    return o;
}

/* Jayway asks the item even for a path that starts at '$'. */
static enum outcome accepts_existing(struct walk *w, const struct operand *path, json item)
{
    json v;
    enum outcome o = walk_path(w, path->path, item, true, &v);
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
