/* What is wrong with a text that is not JSON, in the words of the parser that AWS uses.
 *
 * yajl says that, not where, nor in those words. So a refused text is read once more, by the
 * grammar alone, up to its first fault: a walk without recursion over what may come next. Source:
 * texts of AWS's answers, which are Jackson's ("Unrecognized token 'not': was expecting (…)"), and
 * Jackson 2's ParserMinimalBase for those not seen in answers. */
#include "base/mem.h"
#include "json_private.h"

#define ANY_VALUE "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')"
#define EOF_TEXT  "Unexpected end-of-input"

enum { SHOWN_MAX_BYTES = 256, HEX_DIGITS = 4 };

enum expect { VALUE, VALUE_OR_END, KEY, KEY_OR_END, COLON, COMMA_OR_END, NOTHING };

struct reading {
    str text;
    size_t at;
    bool open[JSON_DEPTH_MAX + 1]; /* of each open container: is it an object? */
    size_t depth;
    struct err *err;
};

void json_position(str text, size_t at, struct err *err)
{
    err->line = err->column = 1;
    for (size_t i = 0; i < at && i < text.len; i++) {
        err->column++;
        if (text.ptr[i] == '\n') {
            err->line++;
            err->column = 1;
        }
    }
}

/* As much of s as an error shows: its beginning, of whole characters. */
static str shown(str s)
{
    if (s.len <= SHOWN_MAX_BYTES)
        return s;
    s.len = SHOWN_MAX_BYTES;
    while (s.len && ((unsigned char)s.ptr[s.len] & 0xC0) == 0x80)
        s.len--;
    return s;
}

static const char *dots(str s)
{
    return s.len > SHOWN_MAX_BYTES ? "..." : "";
}

bool json_explain_utf8(str text, size_t at, struct err *err)
{
    const unsigned char *p = (const unsigned char *)text.ptr;
    bool start_is_bad = p[at] < 0xC2 || p[at] > 0xF4;
    if (start_is_bad)
        (void)err_set(err, ERR_BAD_JSON, "Invalid UTF-8 start byte 0x%02x", p[at]);
    else if (at + 1 < text.len)
        (void)err_set(err, ERR_BAD_JSON, "Invalid UTF-8 middle byte 0x%02x", p[at + 1]);
    else
        (void)err_set(err, ERR_BAD_JSON, EOF_TEXT " in the middle of a UTF-8 character");
    json_position(text, at, err);
    return false;
}

bool json_explain_repeated(str text, size_t at, str key, struct err *err)
{
    (void)err_set(err, ERR_BAD_JSON, "Duplicate field '%.*s%s'", STR_ARG(shown(key)), dots(key));
    json_position(text, at, err);
    return false;
}

/* The fault is the end of the text. */
static bool ended(struct reading *r, const char *where)
{
    (void)err_set(r->err, ERR_BAD_JSON, EOF_TEXT "%s", where);
    json_position(r->text, r->text.len, r->err);
    return false;
}

/* The fault is the character at r->at. */
static bool unexpected(struct reading *r, const char *in, const char *wanted)
{
    if (r->at >= r->text.len)
        return ended(r, "");
    size_t next = r->at;
    unsigned code = (unsigned)str_utf8_next(r->text, &next);
    int len = (int)(next - r->at);
    const char *c = r->text.ptr + r->at;
    if (code < 0x20 || (code >= 0x7F && code < 0xA0))
        (void)err_set(r->err, ERR_BAD_JSON, "Unexpected character ((CTRL-CHAR, code %u))%s: %s",
                      code, in, wanted);
    else if (code > 0xFF)
        (void)err_set(r->err, ERR_BAD_JSON, "Unexpected character ('%.*s' (code %u / 0x%x))%s: %s",
                      len, c, code, code, in, wanted);
    else
        (void)err_set(r->err, ERR_BAD_JSON, "Unexpected character ('%.*s' (code %u))%s: %s", len, c,
                      code, in, wanted);
    json_position(r->text, r->at, r->err);
    return false;
}

static bool is_one_of(const struct reading *r, str set)
{
    return r->at < r->text.len && memchr(set.ptr, r->text.ptr[r->at], set.len);
}

static void skip_space(struct reading *r)
{
    while (is_one_of(r, STR(" \t\r\n")))
        r->at++;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || is_digit(c) || c == '_' ||
           c == '$' || (unsigned char)c >= 0x80;
}

static bool read_token(struct reading *r)
{
    size_t from = r->at;
    while (r->at < r->text.len && is_word(r->text.ptr[r->at]))
        r->at++;
    str token = str_sub(r->text, from, r->at - from);
    if (str_eq(token, STR("null")) || str_eq(token, STR("true")) || str_eq(token, STR("false")))
        return true;
    (void)err_set(r->err, ERR_BAD_JSON, "Unrecognized token '%.*s%s': was expecting " ANY_VALUE,
                  STR_ARG(shown(token)), dots(token));
    json_position(r->text, r->at, r->err);
    return false;
}

/* One digit or more. */
static bool read_digits(struct reading *r, const char *wanted)
{
    if (r->at >= r->text.len)
        return ended(r, " in a number");
    if (!is_digit(r->text.ptr[r->at]))
        return unexpected(r, " in numeric value", wanted);
    while (r->at < r->text.len && is_digit(r->text.ptr[r->at]))
        r->at++;
    return true;
}

static bool read_number(struct reading *r)
{
    if (is_one_of(r, STR("-")))
        r->at++;
    size_t from = r->at;
    if (!read_digits(r, "expected digit (0-9) to follow minus sign, for valid numeric value"))
        return false;
    if (r->text.ptr[from] == '0' && r->at > from + 1) {
        (void)err_set(r->err, ERR_BAD_JSON, "Invalid numeric value: Leading zeroes not allowed");
        json_position(r->text, from, r->err);
        return false;
    }
    if (is_one_of(r, STR("."))) {
        r->at++;
        if (!read_digits(r, "Decimal point not followed by a digit"))
            return false;
    }
    if (is_one_of(r, STR("eE"))) {
        r->at++;
        if (is_one_of(r, STR("+-")))
            r->at++;
        if (!read_digits(r, "Exponent indicator not followed by a digit"))
            return false;
    }
    return true;
}

/* What follows a backslash. */
static bool read_escape(struct reading *r)
{
    if (r->at >= r->text.len)
        return ended(r, " in character escape sequence");
    if (!is_one_of(r, STR("\"\\/bfnrtu")))
        return unexpected(r, " after a backslash", "unrecognized character escape");
    if (r->text.ptr[r->at++] != 'u')
        return true;
    for (int i = 0; i < HEX_DIGITS; i++, r->at++)
        if (!is_one_of(r, STR("0123456789abcdefABCDEF")))
            return unexpected(r, "", "expected a hex-digit for character escape sequence");
    return true;
}

static bool read_string(struct reading *r)
{
    r->at++;
    while (r->at < r->text.len) {
        unsigned char c = (unsigned char)r->text.ptr[r->at];
        if (c < 0x20) {
            (void)err_set(r->err, ERR_BAD_JSON,
                          "Illegal unquoted character ((CTRL-CHAR, code %u)): has to be escaped "
                          "using backslash to be included in string value",
                          (unsigned)c);
            json_position(r->text, r->at, r->err);
            return false;
        }
        r->at++;
        if (c == '"')
            return true;
        if (c == '\\' && !read_escape(r))
            return false;
    }
    return ended(r, ": was expecting closing quote for a string value");
}

static enum expect after_value(const struct reading *r)
{
    return r->depth ? COMMA_OR_END : NOTHING;
}

static bool read_value(struct reading *r, enum expect *next)
{
    char c = r->text.ptr[r->at];
    if ((c == '{' || c == '[') && r->depth < JSON_DEPTH_MAX) {
        r->open[r->depth++] = c == '{';
        r->at++;
        *next = c == '{' ? KEY_OR_END : VALUE_OR_END;
        return true;
    }
    *next = after_value(r);
    if (c == '"')
        return read_string(r);
    if (c == '-' || is_digit(c))
        return read_number(r);
    if (is_word(c))
        return read_token(r);
    return unexpected(r, "", "expected a valid value " ANY_VALUE);
}

static bool close_container(struct reading *r, enum expect *next)
{
    r->depth--;
    r->at++;
    *next = after_value(r);
    return true;
}

static bool read_key(struct reading *r, enum expect *next)
{
    *next = COLON;
    if (!is_one_of(r, STR("\"")))
        return unexpected(r, "", "was expecting double-quote to start field name");
    return read_string(r);
}

static bool read_comma_or_end(struct reading *r, enum expect *next)
{
    bool object = r->open[r->depth - 1];
    if (is_one_of(r, object ? STR("}") : STR("]")))
        return close_container(r, next);
    if (!is_one_of(r, STR(",")))
        return unexpected(r, "",
                          object ? "was expecting comma to separate Object entries"
                                 : "was expecting comma to separate Array entries");
    r->at++;
    *next = object ? KEY : VALUE;
    return true;
}

/* One step of the walk; false: the fault is found. */
static bool step(struct reading *r, enum expect now, enum expect *next)
{
    switch (now) {
    case VALUE_OR_END:
        return is_one_of(r, STR("]")) ? close_container(r, next) : read_value(r, next);
    case VALUE: return read_value(r, next);
    case KEY_OR_END: return is_one_of(r, STR("}")) ? close_container(r, next) : read_key(r, next);
    case KEY: return read_key(r, next);
    case COLON:
        if (!is_one_of(r, STR(":")))
            return unexpected(r, "", "was expecting a colon to separate field name and value");
        r->at++;
        *next = VALUE;
        return true;
    case COMMA_OR_END: return read_comma_or_end(r, next);
    case NOTHING: return unexpected(r, "", "expected the end of the text after the value");
    }
    return false;
}

/* The text ended where something was to come. */
static bool ended_early(struct reading *r)
{
    if (r->depth == 0) {
        (void)err_set(r->err, ERR_BAD_JSON, "No content to map due to end-of-input");
        json_position(r->text, r->text.len, r->err);
        return false;
    }
    return ended(r, r->open[r->depth - 1] ? ": expected close marker for Object"
                                          : ": expected close marker for Array");
}

bool json_explain(str text, struct err *err)
{
    struct reading r = {.text = text, .err = err};
    enum expect next = VALUE;
    for (skip_space(&r); r.at < text.len; skip_space(&r))
        if (!step(&r, next, &next))
            return false;
    if (next != NOTHING)
        return ended_early(&r);
    // The two readers disagree: that is a fault of ours, but no reason to take the text.
    return err_set(err, ERR_BAD_JSON, "The text is not JSON");
}
