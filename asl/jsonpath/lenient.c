/* JSON as json-smart, the library under Jayway, reads it in its permissive mode, for what stands in
 * filters and calls: strings in either quotes or in none, commas too many, leading zeros, and
 * whatever follows the first value.
 *
 * Where a token of a number does not end where one may, all up to the next separator is a string.
 * Numbers become what Java makes of them: "007" is 7, "1e2" is 100.0.
 * Source: json-smart's behaviour. */
#include "jsonpath_private.h"

struct reader {
    str text;
    size_t at;
    unsigned depth;
    struct err *err;
};

/* What ends a bare token, besides the end of the text. */
static const char *const END_NOWHERE = "", *const END_KEY = ":", *const END_ITEM = ",]",
                         *const END_MEMBER = ",}";

static bool fail(const struct reader *r, const char *what)
{
    return err_set(r->err, ERR_BAD_JSON, "%s at position %zu of '%.*s'", what, r->at,
                   STR_ARG(r->text));
}

static bool give(const struct reader *r, json made, json *out)
{
    *out = made;
    return !json_is_absent(made) || err_set(r->err, ERR_NO_MEMORY, "no memory for JSON");
}

static bool at_end(const struct reader *r)
{
    return r->at >= r->text.len;
}

static char peek(const struct reader *r)
{
    if (at_end(r))
        return '\0';
    return r->text.ptr[r->at];
}

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static void skip_spaces(struct reader *r)
{
    while (is_space(peek(r)))
        r->at++;
}

static void skip_digits(struct reader *r)
{
    while (is_digit(peek(r)))
        r->at++;
}

/* -- strings -- */

/* Both quotes and all escapes: text_unescape knows the same ones but for control characters. */
static bool read_quoted(struct reader *r, json *out)
{
    char quote = peek(r);
    size_t from = ++r->at;
    while (!at_end(r) && peek(r) != quote)
        r->at += peek(r) == '\\' ? 2 : 1;
    if (at_end(r))
        return fail(r, "A string is not closed");
    struct buf b;
    buf_init(&b, r->text.len + 1);
    text_unescape(str_sub(r->text, from, r->at - from), &b);
    r->at++;
    bool ok = buf_ok(&b) ? give(r, json_string(buf_str(&b)), out)
                         : err_set(r->err, ERR_NO_MEMORY, "no memory for JSON");
    buf_release(&b);
    return ok;
}

/* Moves to the end of a bare token that began at from; lends it without blanks around it. */
static str bare_token(struct reader *r, size_t from, const char *ends)
{
    while (!at_end(r) && !strchr(ends, peek(r)))
        r->at++;
    str token = str_sub(r->text, from, r->at - from);
    while (token.len > 1 && is_space(token.ptr[token.len - 1]))
        token.len--;
    return token;
}

static bool read_bare(struct reader *r, const char *ends, json *out)
{
    str token = bare_token(r, r->at, ends);
    if (str_eq(token, STR("null"))) {
        *out = json_null();
        return true;
    }
    if (str_eq(token, STR("true")) || str_eq(token, STR("false"))) {
        *out = json_bool(token.len == 4);
        return true;
    }
    return give(r, json_string(token), out);
}

/* -- numbers -- */

/* Gives the number of a token in JSON's own grammar: "007", "-", "1." and "-.5" are accepted. */
static json number_of(str token)
{
    struct buf b;
    size_t i = 0;
    buf_init(&b, token.len + 4);
    if (i < token.len && token.ptr[i] == '-')
        buf_add_char(&b, token.ptr[i++]);
    while (i + 1 < token.len && token.ptr[i] == '0' && is_digit(token.ptr[i + 1]))
        i++;
    if (i == token.len || !is_digit(token.ptr[i]))
        buf_add_char(&b, '0');
    for (; i < token.len; i++) {
        bool point = token.ptr[i] == '.';
        buf_add_char(&b, token.ptr[i]);
        if (point && (i + 1 == token.len || !is_digit(token.ptr[i + 1])))
            buf_add_char(&b, '0');
    }
    json written = buf_ok(&b) ? json_number_text(buf_str(&b)) : json_absent();
    buf_release(&b);
    json made = java_number(written);
    json_unref(written);
    return made;
}

static bool read_number(struct reader *r, const char *ends, json *out)
{
    size_t from = r->at++;
    bool number = true;
    skip_digits(r);
    if (peek(r) == '.') {
        r->at++;
        skip_digits(r);
    }
    if ((peek(r) | 0x20) == 'e') {
        r->at++;
        size_t exponent = r->at;
        if (peek(r) == '+' || peek(r) == '-')
            r->at++;
        skip_digits(r);
        number = r->at > exponent && is_digit(r->text.ptr[r->at - 1]);
    }
    str digits = str_sub(r->text, from, r->at - from);
    skip_spaces(r);
    if (number && (at_end(r) || strchr(ends, peek(r))))
        return give(r, number_of(digits), out);
    return give(r, json_string(bare_token(r, from, ends)), out);
}

/* -- values -- */

static bool read_value(struct reader *r, const char *ends, json *out);

static bool push_items(struct reader *r, json *list)
{
    for (;;) {
        skip_spaces(r);
        if (at_end(r))
            return fail(r, "An array is not closed");
        char c = peek(r);
        if (c == ',' || c == ']') {
            r->at++;
            if (c == ']')
                return true;
            continue;
        }
        json item = json_absent();
        if (!read_value(r, END_ITEM, &item))
            return false;
        if (!json_push_take(list, item))
            return err_set(r->err, ERR_NO_MEMORY, "no memory for JSON");
    }
}

static bool read_member(struct reader *r, json *object)
{
    json key = json_absent(), value = json_absent();
    bool quoted = peek(r) == '"' || peek(r) == '\'';
    if (!(quoted ? read_quoted(r, &key)
                 : give(r, json_string(bare_token(r, r->at, END_KEY)), &key)))
        return false;
    skip_spaces(r);
    bool ok = peek(r) == ':' || fail(r, "':' was expected");
    r->at++;
    ok = ok && read_value(r, END_MEMBER, &value);
    if (ok && !json_put_take(object, json_str(key), value))
        ok = err_set(r->err, ERR_NO_MEMORY, "no memory for JSON");
    json_unref(key);
    if (!ok)
        return false;
    skip_spaces(r);
    return peek(r) == ',' || peek(r) == '}' || fail(r, "',' or '}' was expected");
}

static bool put_members(struct reader *r, json *object)
{
    for (;;) {
        skip_spaces(r);
        if (at_end(r))
            return fail(r, "An object is not closed");
        char c = peek(r);
        if (c == ',' || c == '}') {
            r->at++;
            if (c == '}')
                return true;
            continue;
        }
        if (strchr(":[]{", c))
            return fail(r, "A name was expected");
        if (!read_member(r, object))
            return false;
    }
}

static bool read_container(struct reader *r, json *out)
{
    bool object = peek(r) == '{';
    json made = object ? json_object(0) : json_array(0);
    r->at++;
    if (r->depth == JSONPATH_LENIENT_DEPTH_MAX) {
        json_unref(made);
        return fail(r, "Nested too deep");
    }
    r->depth++;
    if (object ? put_members(r, &made) : push_items(r, &made)) {
        r->depth--;
        return give(r, made, out);
    }
    json_unref(made);
    return false;
}

static bool read_value(struct reader *r, const char *ends, json *out)
{
    skip_spaces(r);
    char c = peek(r);
    if (at_end(r) || c == ':' || c == '}' || c == ']')
        return fail(r, "A value was expected");
    if (c == '{' || c == '[')
        return read_container(r, out);
    if (c == '"' || c == '\'')
        return read_quoted(r, out);
    return c == '-' || is_digit(c) ? read_number(r, ends, out) : read_bare(r, ends, out);
}

bool lenient_parse(str text, json *out, struct err *err)
{
    struct reader r = {.text = text, .err = err};
    return read_value(&r, END_NOWHERE, out);
}

/* -- Java's numbers -- */

/* json-smart keeps decimals of more characters as they are written, in a BigDecimal. */
enum { DOUBLE_MAX_CHARACTERS = 18 };

enum java_class { JAVA_INTEGER, JAVA_DOUBLE, JAVA_DECIMAL };

static enum java_class class_of(json number)
{
    char space[32];
    str text = json_number_str(number, space);
    for (size_t i = 0; i < text.len; i++)
        if (strchr(".eE", text.ptr[i]))
            return text.len > DOUBLE_MAX_CHARACTERS ? JAVA_DECIMAL : JAVA_DOUBLE;
    return JAVA_INTEGER;
}

json java_number(json number)
{
    char space[32];
    if (number.kind != JSON_NUMBER)
        return json_ref(number);
    if (class_of(number) == JAVA_INTEGER)
        return str_eq(json_number_str(number, space), STR("-0")) ? json_integer(0)
                                                                 : json_ref(number);
    json made = json_absent();
    if (class_of(number) == JAVA_DOUBLE)
        made = json_double(json_to_double(number));
    return json_is_absent(made) ? json_ref(number) : made; // infinite ones too stay as they are
}

static bool numbers_equal(json a, json b)
{
    char space_a[32], space_b[32];
    struct decimal x, y;
    if (class_of(a) != class_of(b))
        return false;
    if (class_of(a) == JAVA_DOUBLE)
        return json_to_double(a) <= json_to_double(b) && json_to_double(a) >= json_to_double(b);
    return decimal_parse(json_number_str(a, space_a), &x) &&
           decimal_parse(json_number_str(b, space_b), &y) && decimal_cmp(&x, &y) == 0;
}

bool java_equal(json a, json b)
{
    if (json_is_number(a) && json_is_number(b))
        return numbers_equal(a, b);
    if (a.kind != b.kind || !json_is_container(a))
        return json_equal(a, b);
    if (json_len(a) != json_len(b))
        return false;
    for (size_t i = 0; i < json_len(a); i++) {
        json left = a.kind == JSON_ARRAY ? json_at(a, i) : json_value_at(a, i);
        json right = a.kind == JSON_ARRAY ? json_at(b, i) : json_get(b, json_key_at(a, i));
        if (json_is_absent(right) || !java_equal(left, right))
            return false;
    }
    return true;
}
