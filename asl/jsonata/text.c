/* Values as text: $string, the texts of errors, and the JSON of a result.
 *
 * Numbers are printed as ECMAScript does. The reference implementation rounds them to 15 digits
 * first; AWS does so with fractions only, and writes integers that fit 64 bits exactly (measured).
 */
#include "base/mem.h"
#include "evaluate_private.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    ROUNDED_DIGITS = 15,
    EXACT_DIGITS = 17,
    POINT_MAX = 21, /* from 1e21 on numbers have an exponent. Source: ECMA-262, Number::toString */
    POINT_MIN = -6,
    TEXT_MAX_BYTES = 1 << 30,
    SHOWN_MAX_BYTES = 1000, /* of a value in an error's text */
    INDENT = 2,
};

/* -- numbers -- */

/* Digits and exponent of d (finite, not 0): d = 0.DIGITS * 10^*point. Fewest that read back, but no
 * more than `most`. */
static size_t digits_of(double d, int most, char digits[EXACT_DIGITS + 1], int *point)
{
    char text[48];
    int precision = most < ROUNDED_DIGITS ? most : ROUNDED_DIGITS;
    for (; precision <= most; precision++) {
        (void)snprintf(text, sizeof text, "%.*e", precision - 1, d);
        if (strtod(text, NULL) == d)
            break;
    }
    size_t len = 0;
    const char *at = text;
    for (; *at && *at != 'e'; at++)
        if (*at >= '0' && *at <= '9' && len < EXACT_DIGITS)
            digits[len++] = *at;
    int64_t exponent = 0;
    if (*at == 'e')
        (void)str_to_int64(str_from_c(at[1] == '+' ? at + 2 : at + 1), &exponent);
    while (len > 1 && digits[len - 1] == '0')
        len--;
    *point = (int)exponent + 1;
    return len;
}

static void print_zeros(struct buf *out, int n)
{
    for (int i = 0; i < n; i++)
        buf_add_char(out, '0');
}

static void print_digits(double d, int most, struct buf *out)
{
    char digits[EXACT_DIGITS + 1];
    int point;
    if (d < 0)
        buf_add_char(out, '-');
    size_t len = digits_of(fabs(d), most, digits, &point);
    str all = {digits, len};
    if (point > POINT_MAX || point <= POINT_MIN) {
        buf_add(out, str_sub(all, 0, 1));
        if (len > 1) {
            buf_add_char(out, '.');
            buf_add(out, str_skip(all, 1));
        }
        buf_printf(out, "e%c%d", point > 0 ? '+' : '-', abs(point - 1));
    } else if (point >= (int)len) {
        buf_add(out, all);
        print_zeros(out, point - (int)len);
    } else if (point > 0) {
        buf_add(out, str_sub(all, 0, (size_t)point));
        buf_add_char(out, '.');
        buf_add(out, str_skip(all, (size_t)point));
    } else {
        buf_add(out, STR("0."));
        print_zeros(out, -point);
        buf_add(out, all);
    }
}

static void print_limited(double d, int most, struct buf *out)
{
    static const double exact = 1e15;
    if (isnan(d))
        buf_add(out, STR("NaN"));
    else if (isinf(d))
        buf_add(out, d < 0 ? STR("-Infinity") : STR("Infinity"));
    else if (d == trunc(d) && fabs(d) < exact)
        buf_printf(out, "%" PRId64, (int64_t)d); // -0 is 0
    else
        print_digits(d, most, out);
}

void number_print(double d, struct buf *out)
{
    print_limited(d, EXACT_DIGITS, out);
}

static void print_number(const struct evaluator *ev, struct value v, struct buf *out)
{
    static const double past_int64 = 9223372036854775808.0;
    double d = number_of(v);
    bool whole = isfinite(d) && d == trunc(d);
    if (v.kind == VALUE_INTEGER)
        buf_printf(out, "%" PRId64, v.as.integer);
    else if (ev->aws && whole && fabs(d) < past_int64)
        buf_printf(out, "%" PRId64, (int64_t)d);
    else
        print_limited(d, ev->aws && whole ? EXACT_DIGITS : ROUNDED_DIGITS, out);
}

/* -- JSON text -- */

struct printing {
    struct evaluator *ev;
    struct buf *out;
    bool pretty;
};

static bool print_value(struct printing *p, struct value v, unsigned depth);

static void new_line(struct printing *p, unsigned depth)
{
    if (!p->pretty)
        return;
    buf_add_char(p->out, '\n');
    for (unsigned i = 0; i < depth * INDENT; i++)
        buf_add_char(p->out, ' ');
}

static bool print_items(struct printing *p, struct value v, unsigned depth)
{
    size_t n = value_len(v);
    buf_add_char(p->out, '[');
    for (size_t i = 0; i < n; i++) {
        if (i > 0)
            buf_add_char(p->out, ',');
        new_line(p, depth + 1);
        if (!print_value(p, value_at(p->ev, v, i), depth + 1))
            return false;
    }
    if (n > 0)
        new_line(p, depth);
    buf_add_char(p->out, ']');
    return true;
}

static bool print_members(struct printing *p, struct value v, unsigned depth)
{
    size_t n = members_len(v), printed = 0;
    buf_add_char(p->out, '{');
    for (size_t i = 0; i < n; i++) {
        str key;
        struct value member = member_at(p->ev, v, i, &key);
        if (is_undefined(member))
            continue;
        if (printed++ > 0)
            buf_add_char(p->out, ',');
        new_line(p, depth + 1);
        json_print_str(key, p->out);
        buf_add(p->out, p->pretty ? STR(": ") : STR(":"));
        if (!print_value(p, member, depth + 1))
            return false;
    }
    if (printed > 0)
        new_line(p, depth);
    buf_add_char(p->out, '}');
    return true;
}

static bool print_value(struct printing *p, struct value v, unsigned depth)
{
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(p->ev, "U1001: Stack overflow error: values are nested too deeply");
    if (!ev_tick(p->ev))
        return false;
    switch ((enum value_kind)v.kind) {
    case VALUE_BOOL: buf_add(p->out, v.boolean ? STR("true") : STR("false")); break;
    case VALUE_NUMBER:
        if (isinf(v.as.number))
            return ev_fail(p->ev, "D1001: Number out of range: null");
        if (isnan(v.as.number))
            buf_add(p->out, STR("null"));
        else
            print_number(p->ev, v, p->out);
        break;
    case VALUE_INTEGER: print_number(p->ev, v, p->out); break;
    case VALUE_STRING: json_print_str(string_of(v), p->out); break;
    case VALUE_FUNCTION: buf_add(p->out, STR("\"\"")); break;
    case VALUE_ARRAY:
    case VALUE_LIST: return print_items(p, v, depth);
    case VALUE_OBJECT:
    case VALUE_MAP: return print_members(p, v, depth);
    case VALUE_TUPLE: return print_value(p, v.as.tuple->item, depth + 1);
    case VALUE_NULL:
    case VALUE_UNDEFINED: buf_add(p->out, STR("null")); break;
    }
    return true;
}

bool value_text(struct evaluator *ev, struct value v, bool pretty, struct value *out)
{
    if (is_string(v)) {
        *out = v;
        return true;
    }
    if (is_function(v)) {
        *out = value_str(STR(""));
        return true;
    }
    if (is_number(v) && !isfinite(number_of(v)))
        return ev_fail(ev, "D3001: Attempting to invoke string function on Infinity or NaN");
    if (v.kind == VALUE_LIST && v.as.list->outer_wrapper)
        v = v.as.list->items[0];
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    struct printing p = {ev, &text, pretty};
    if (print_value(&p, v, 0))
        return ev_give_text(ev, &text, out);
    buf_release(&text);
    return false;
}

str value_shown(struct evaluator *ev, struct value v)
{
    struct buf text;
    buf_init(&text, TEXT_MAX_BYTES);
    struct printing p = {ev, &text, false};
    str shown = STR("");
    if (is_number(v) && !isfinite(number_of(v)))
        shown = STR("null");
    else if (print_value(&p, v, 0) && buf_ok(&text)) {
        shown = buf_str(&text);
        if (shown.len > SHOWN_MAX_BYTES)
            shown.len = SHOWN_MAX_BYTES;
        shown = arena_str(&ev->arena, str_sub(shown, 0, str_utf8_find_bad(shown)));
    }
    buf_release(&text);
    return shown.ptr ? shown : STR("");
}

/* -- JSON values -- */

static bool json_at_depth(struct evaluator *ev, struct value v, unsigned depth, json *out);

/* A lone surrogate is no UTF-8: it becomes U+FFFD here. */
static json json_text_of(str s)
{
    if (str_utf8_valid(s))
        return json_string(s);
    struct buf text;
    buf_init(&text, s.len + 1);
    while (s.len > 0) {
        size_t good = str_utf8_find_bad(s);
        buf_add(&text, str_sub(s, 0, good));
        s = str_skip(s, good);
        if (s.len > 0)
            buf_add(&text, STR("\uFFFD")); // three bytes, as the surrogate
        s = str_skip(s, s.len < 3 ? s.len : 3);
    }
    json made = buf_ok(&text) ? json_string(buf_str(&text)) : json_absent();
    buf_release(&text);
    return made;
}

static json json_of_number(const struct evaluator *ev, struct value v)
{
    double d = number_of(v);
    if (v.kind == VALUE_INTEGER)
        return json_integer(v.as.integer);
    if (!isfinite(d)) {
        if (!ev->aws)
            return json_null();
        return json_string(isnan(d) ? STR("NaN") : d < 0 ? STR("-Infinity") : STR("Infinity"));
    }
    static const double past_int64 = 9223372036854775808.0;
    if (d == trunc(d) && fabs(d) < past_int64)
        return json_integer((int64_t)d);
    if (ev->aws)
        return json_double(d); // in Java's form, as measured
    struct buf text;
    char space[64];
    buf_init(&text, sizeof space);
    number_print(d, &text);
    json made = buf_ok(&text) ? json_number_text(buf_str(&text)) : json_absent();
    buf_release(&text);
    return made;
}

static bool json_of_items(struct evaluator *ev, struct value v, unsigned depth, json *out)
{
    *out = json_array(value_len(v));
    for (size_t i = 0; i < value_len(v); i++) {
        json item;
        if (!json_at_depth(ev, value_at(ev, v, i), depth + 1, &item))
            return false;
        json_build_push(out, item);
    }
    return true;
}

static bool json_of_members(struct evaluator *ev, struct value v, unsigned depth, json *out)
{
    *out = json_object(members_len(v));
    for (size_t i = 0; i < members_len(v); i++) {
        str key;
        struct value member = member_at(ev, v, i, &key);
        json made;
        if (is_undefined(member) || is_function(member)) // JSON has none
            continue;
        if (!json_at_depth(ev, member, depth + 1, &made))
            return false;
        if (str_utf8_valid(key)) {
            json_build_put(out, key, made);
            continue;
        }
        json name = json_text_of(key);
        json_build_put(out, json_str(name), made);
        json_unref(name);
    }
    return true;
}

/* Gives *out also on failure: what has been made. */
static bool json_at_depth(struct evaluator *ev, struct value v, unsigned depth, json *out)
{
    *out = json_absent();
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    if (!ev_tick(ev))
        return false;
    bool ok = true;
    switch ((enum value_kind)v.kind) {
    case VALUE_BOOL: *out = json_bool(v.boolean); break;
    case VALUE_NUMBER:
    case VALUE_INTEGER: *out = json_of_number(ev, v); break;
    case VALUE_STRING: *out = json_text_of(string_of(v)); break;
    case VALUE_ARRAY: *out = json_ref((json){JSON_ARRAY, {.node = v.as.node}}); break;
    case VALUE_OBJECT: *out = json_ref((json){JSON_OBJECT, {.node = v.as.node}}); break;
    case VALUE_LIST: ok = json_of_items(ev, v, depth, out); break;
    case VALUE_MAP: ok = json_of_members(ev, v, depth, out); break;
    case VALUE_TUPLE: ok = json_at_depth(ev, v.as.tuple->item, depth + 1, out); break;
    case VALUE_FUNCTION:
    case VALUE_NULL:
    case VALUE_UNDEFINED: *out = json_null(); break;
    }
    if (!ok) {
        json_unref(*out);
        *out = json_absent();
        return false;
    }
    return !json_is_absent(*out) || (err_is_set(ev->err) ? false : no_memory(ev->err));
}

bool value_to_json(struct evaluator *ev, struct value v, json *out)
{
    return json_at_depth(ev, v, 0, out);
}
