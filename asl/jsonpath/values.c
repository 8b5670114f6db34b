/* What filters compare: values of paths, of literals and of the items of lists, and when two of
 * them are equal or one comes first. It is Jayway's (Java's) idea of all that:
 *
 *     equal       numbers by their value; a text and a number by the number's text when the text
 *                 is left, by its value when the number is left; containers deeply; nothing equals
 *                 what is missing, not even what is missing too
 *     < <= > >=   two numbers, or two texts (by UTF-16 code units, as Java); else none
 *
 * In Jayway's dialect numbers of documents are first made what Java holds them in (1e2 is "100.0"),
 * and texts in lists are read once more: quotes around them and backslashes go, and one that reads
 * as a path or as JSON equals nothing. */
#include "base/arena.h"
#include "jsonpath_private.h"

enum { NUMBER_TEXT_MAX_BYTES = 4096, ITEM_PATH_MAX_BYTES = 65536 };

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

struct value value_take(struct walk *w, json v)
{
    if (w->dialect == JSONPATH_JAYWAY && v.kind == JSON_NUMBER) {
        json number = java_number(v); // ABSENT, for want of memory, equals nothing
        json_unref(v);
        v = number;
    }
    return value_of(v);
}

void value_release(struct value *v)
{
    json_unref(v->v);
    v->v = json_absent();
}

bool value_is_list(const struct value *v)
{
    return v->kind == VALUE_JSON && v->v.kind == JSON_ARRAY;
}

str value_number_text(const struct value *v, char space[32])
{
    return v->text.ptr ? v->text : json_number_str(v->v, space);
}

/* -- items of lists -- */

/* FOUND: it is. */
static enum outcome is_path(struct walk *w, str text)
{
    struct arena a;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    if (text.ptr[0] != '$' && text.ptr[0] != '@')
        return MISSING;
    arena_init(&a, ITEM_PATH_MAX_BYTES);
    enum outcome o = MISSING;
    if (jsonpath_parse_as(&a, text, JSONPATH_JAYWAY, &p, &err))
        o = FOUND;
    else if (err.id == ERR_NO_MEMORY && a.used_bytes < ITEM_PATH_MAX_BYTES / 2)
        o = walk_no_memory(w);
    err_release(&err);
    arena_release(&a);
    return o;
}

static enum outcome is_json(struct walk *w, str text)
{
    char first = text.ptr[0], last = text.ptr[text.len - 1];
    struct err err = ERR_INIT;
    json v = json_absent();
    if (text.len < 2 || !((first == '[' && last == ']') || (first == '{' && last == '}')))
        return MISSING;
    enum outcome o = MISSING;
    if (lenient_parse(text, &v, &err))
        o = FOUND;
    else if (err.id == ERR_NO_MEMORY)
        o = walk_no_memory(w);
    err_release(&err);
    json_unref(v);
    return o;
}

static str trimmed(str s)
{
    while (s.len > 0 && (unsigned char)s.ptr[0] <= ' ')
        s = str_skip(s, 1);
    while (s.len > 0 && (unsigned char)s.ptr[s.len - 1] <= ' ')
        s.len--;
    return s;
}

/* A text of a list without quotes around it and without escapes. */
static enum outcome reread(struct walk *w, json item, struct value *out)
{
    str text = json_str(item), inside = trimmed(text);
    enum outcome o = inside.len > 0 ? is_path(w, inside) : MISSING;
    if (o == MISSING && inside.len > 0)
        o = is_json(w, inside);
    if (o != MISSING) {
        *out = (struct value){.kind = VALUE_OPAQUE};
        return o;
    }
    bool quoted = text.len > 1 && text.ptr[0] == text.ptr[text.len - 1] &&
                  (text.ptr[0] == '\'' || text.ptr[0] == '"');
    if (text.len < 2 || (!quoted && str_find_char(text, 0, '\\') == text.len)) {
        *out = value_of(json_ref(item));
        return FOUND;
    }
    struct buf b;
    buf_init(&b, text.len + 1);
    text_unescape(quoted ? str_sub(text, 1, text.len - 2) : text, &b);
    json made = buf_ok(&b) ? json_string(buf_str(&b)) : json_absent();
    buf_release(&b);
    *out = value_of(made);
    return json_is_absent(made) ? walk_no_memory(w) : FOUND;
}

enum outcome value_of_item(struct walk *w, json item, struct value *out)
{
    *out = (struct value){.kind = VALUE_UNDEFINED};
    if (w->dialect == JSONPATH_JAYWAY && json_is_container(item))
        return walk_fail(w, FAULT_FUNCTION, "Could not determine value type");
    if (w->dialect == JSONPATH_JAYWAY && item.kind == JSON_STRING)
        return reread(w, item, out);
    *out = value_take(w, json_ref(item));
    return FOUND;
}

/* -- comparing -- */

/* The number a value is or, for a text, spells; false: none. space must outlive *out. */
static bool as_decimal(const struct value *v, char space[32], struct decimal *out)
{
    if (v->kind == VALUE_NUMBER)
        return decimal_parse(value_number_text(v, space), out);
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

/* Jayway compares JSON by Java's rules, and never finds that JSON written on the left equals. */
static bool containers_equal(const struct walk *w, const struct value *a, const struct value *b)
{
    if (w->dialect == JSONPATH_AWS)
        return json_equal(a->v, b->v);
    return !a->literal && java_equal(a->v, b->v);
}

bool values_equal(const struct walk *w, const struct value *a, const struct value *b)
{
    switch (a->kind) {
    case VALUE_NULL: return b->kind == VALUE_NULL;
    case VALUE_BOOL: return b->kind == VALUE_BOOL && a->yes == b->yes;
    case VALUE_NUMBER: return decimals_equal(a, b);
    case VALUE_STRING:
        if (b->kind == VALUE_NUMBER)
            return spells(a->text, b);
        return b->kind == VALUE_STRING && str_eq(a->text, b->text);
    case VALUE_JSON: return b->kind == VALUE_JSON && containers_equal(w, a, b);
    case VALUE_UNDEFINED:
    case VALUE_PATTERN:
    case VALUE_OPAQUE: return false;
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
bool values_cmp(const struct value *a, const struct value *b, int *out)
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
