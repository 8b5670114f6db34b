/* Text to tokens.
 *
 * A "/" begins a regular expression where a value may begin, and divides where one has ended: the
 * parser knows which, and says so with each call. Names end at a blank or at a character that is an
 * operator; `…` quotes any name. */
#include "syntax_private.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NUMBER_TEXT_MAX = 400, MESSAGE_MAX = 512 };

bool syntax_error(struct err *err, size_t position, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    str shown = n < 0 ? STR("") : str_from_c(text);
    err_set(err, ERR_JSONATA, "%.*s", (int)str_utf8_find_bad(shown), text);
    err->line = 1;
    err->column = position + 1;
    return false;
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* 0 at the end. */
static char peek(const struct lexer *l, size_t ahead)
{
    return (char)(l->at + ahead < l->text.len ? l->text.ptr[l->at + ahead] : '\0');
}

static bool skip_blanks(struct lexer *l)
{
    while (l->at < l->text.len) {
        if (is_blank(peek(l, 0))) {
            l->at++;
            continue;
        }
        if (peek(l, 0) != '/' || peek(l, 1) != '*')
            break;
        size_t from = l->at;
        l->at += 2;
        while (l->at < l->text.len && (peek(l, 0) != '*' || peek(l, 1) != '/'))
            l->at++;
        if (l->at >= l->text.len)
            return syntax_error(l->err, from, "S0106: Comment has no closing tag");
        l->at += 2;
    }
    return true;
}

static bool give(const struct lexer *l, struct token *out, enum token_type type, str text)
{
    *out = (struct token){.type = type, .text = text, .position = l->at};
    return true;
}

static bool give_rest(struct lexer *l, struct token *out, enum token_type type, size_t from)
{
    return give(l, out, type, str_sub(l->text, from, l->at - from));
}

/* -- regular expressions -- */

static bool lex_regex(struct lexer *l, struct token *out)
{
    size_t from = l->at++;
    int64_t depth = 0; // below 0 too: then no "/" ends it, as in the reference implementation
    for (; l->at < l->text.len; l->at++) {
        char c = peek(l, 0);
        if (c == '\\') {
            l->at++; // and what it escapes
            continue;
        }
        if (c == '/' && depth == 0) {
            if (l->at == from + 1)
                return syntax_error(l->err, l->at,
                                    "S0301: Empty regular expressions are not allowed");
            l->at++;
            while (peek(l, 0) == 'i' || peek(l, 0) == 'm')
                l->at++;
            return give_rest(l, out, TOKEN_REGEX, from);
        }
        if (c == '(' || c == '[' || c == '{')
            depth++;
        else if (c == ')' || c == ']' || c == '}')
            depth--;
    }
    l->at = l->text.len;
    return syntax_error(l->err, l->at, "S0302: No terminating / in regular expression");
}

/* -- texts -- */

static bool hex4(const struct lexer *l, size_t at, uint32_t *out)
{
    uint32_t v = 0;
    for (size_t i = 0; i < 4; i++) {
        char c = (char)(at + i < l->text.len ? l->text.ptr[at + i] : '\0');
        uint32_t digit;
        if (is_digit(c))
            digit = (uint32_t)(c - '0');
        else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f')
            digit = (uint32_t)((c | 0x20) - 'a' + 10);
        else
            return false;
        v = v * 16 + digit;
    }
    *out = v;
    return true;
}

/* A lone surrogate is kept, in the three bytes UTF-8 would have for it: functions that encode URLs
 * refuse it. It never leaves an evaluation (see value.c). */
static size_t encode(uint32_t c, char out[4])
{
    if (c < 0xD800 || c > 0xDFFF)
        return str_utf8_encode(c, out);
    out[0] = (char)(0xE0 | (c >> 12));
    out[1] = (char)(0x80 | ((c >> 6) & 0x3F));
    out[2] = (char)(0x80 | (c & 0x3F));
    return 3;
}

static bool lex_escape(struct lexer *l, char *to, size_t *len)
{
    static const char from[] = "\"\\/bfnrt", into[] = "\"\\/\b\f\n\r\t";
    char c = peek(l, 0);
    const char *known = c ? strchr(from, c) : NULL;
    if (known) {
        to[(*len)++] = into[known - from];
        l->at++;
        return true;
    }
    if (c != 'u') {
        size_t at = l->at, length = 0;
        if (at < l->text.len)
            (void)str_utf8_next(l->text, &at);
        length = at - l->at;
        return syntax_error(l->err, l->at, "S0103: Unsupported escape sequence: \\\"%.*s\"",
                            (int)length, l->text.ptr + l->at);
    }
    uint32_t code, low;
    if (!hex4(l, l->at + 1, &code))
        return syntax_error(l->err, l->at,
                            "S0104: The escape sequence \\u must be followed by 4 hex digits");
    l->at += 5;
    if (code >= 0xD800 && code <= 0xDBFF && peek(l, 0) == '\\' && peek(l, 1) == 'u' &&
        hex4(l, l->at + 2, &low) && low >= 0xDC00 && low <= 0xDFFF) {
        code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
        l->at += 6;
    }
    *len += encode(code, to + *len);
    return true;
}

static bool lex_string(struct lexer *l, struct token *out)
{
    char quote = l->text.ptr[l->at++];
    size_t end = l->at;
    while (end < l->text.len && l->text.ptr[end] != quote)
        end += l->text.ptr[end] == '\\' ? 2 : 1;
    // An escape is never shorter than what it stands for.
    char *to = arena_alloc(l->arena, end - l->at + 4);
    size_t len = 0;
    if (!to)
        return no_memory(l->err);
    while (l->at < l->text.len) {
        char c = l->text.ptr[l->at++];
        if (c == quote)
            return give(l, out, TOKEN_STRING, (str){to, len});
        if (c != '\\')
            to[len++] = c;
        else if (!lex_escape(l, to, &len))
            return false;
    }
    return syntax_error(l->err, l->at,
                        "S0101: String literal must be terminated by a matching quote");
}

/* -- numbers -- */

static void skip_digits(struct lexer *l)
{
    while (is_digit(peek(l, 0)))
        l->at++;
}

static bool lex_number(struct lexer *l, struct token *out)
{
    size_t from = l->at;
    if (peek(l, 0) == '0')
        l->at++;
    else
        skip_digits(l);
    if (peek(l, 0) == '.' && is_digit(peek(l, 1))) {
        l->at++;
        skip_digits(l);
    }
    if (peek(l, 0) == 'e' || peek(l, 0) == 'E') {
        size_t sign = peek(l, 1) == '+' || peek(l, 1) == '-';
        if (is_digit(peek(l, 1 + sign))) {
            l->at += 1 + sign;
            skip_digits(l);
        }
    }
    give_rest(l, out, TOKEN_NUMBER, from);
    json parsed = json_number_text(out->text);
    if (json_is_absent(parsed))
        return no_memory(l->err);
    out->number = json_to_double(parsed);
    json_unref(parsed);
    if (!isfinite(out->number))
        return syntax_error(l->err, l->at, "S0102: Number out of range: \"%.*s\"",
                            STR_ARG(out->text));
    return true;
}

/* -- names -- */

static const char operator_characters[] = ".[]{}(),@#;:?+-*/%|=<>^&!~";

static bool lex_quoted_name(struct lexer *l, struct token *out)
{
    size_t from = ++l->at;
    size_t end = str_find_char(l->text, from, '`');
    if (end == l->text.len) {
        l->at = end;
        return syntax_error(l->err, end,
                            "S0105: Quoted property name must be terminated with a backquote (`)");
    }
    l->at = end + 1;
    return give(l, out, TOKEN_NAME, str_sub(l->text, from, end - from));
}

static bool lex_name(struct lexer *l, struct token *out)
{
    size_t from = l->at;
    while (l->at < l->text.len && !is_blank(peek(l, 0)) &&
           (peek(l, 0) == '\0' || !strchr(operator_characters, peek(l, 0))))
        l->at++;
    str name = str_sub(l->text, from, l->at - from);
    if (name.len > 0 && name.ptr[0] == '$')
        return give(l, out, TOKEN_VARIABLE, str_skip(name, 1));
    if (str_eq(name, STR("or")) || str_eq(name, STR("in")) || str_eq(name, STR("and")))
        return give(l, out, TOKEN_OPERATOR, name);
    bool constant =
        str_eq(name, STR("true")) || str_eq(name, STR("false")) || str_eq(name, STR("null"));
    return give(l, out, constant ? TOKEN_VALUE : TOKEN_NAME, name);
}

bool lex_next(struct lexer *l, bool infix, struct token *out)
{
    static const char pairs[][3] = {"..", ":=", "!=", ">=", "<=", "**", "~>"};
    if (!skip_blanks(l))
        return false;
    if (l->at >= l->text.len)
        return give(l, out, TOKEN_END, STR("(end)"));
    char c = peek(l, 0);
    if (c == '/' && !infix)
        return lex_regex(l, out);
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        if (c != pairs[i][0] || peek(l, 1) != pairs[i][1])
            continue;
        l->at += 2;
        return give_rest(l, out, TOKEN_OPERATOR, l->at - 2);
    }
    if (c != '\0' && strchr(operator_characters, c)) {
        l->at++;
        return give_rest(l, out, TOKEN_OPERATOR, l->at - 1);
    }
    if (c == '"' || c == '\'')
        return lex_string(l, out);
    if (is_digit(c))
        return lex_number(l, out);
    return c == '`' ? lex_quoted_name(l, out) : lex_name(l, out);
}
