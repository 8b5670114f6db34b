/* The parser's eyes: where blanks, strings, brackets and patterns end.
 *
 * Jayway has no tokens: it looks for the end of a bracket or a word and reads what lies between.
 * What it accepts follows from where it looks, so this does the same. */
#include "jsonpath_private.h"

bool parser_fail(struct parser *p, const char *what)
{
    if (!err_is_set(p->err)) // an inner one has said it already
        err_set(p->err, ERR_BAD_PATH, "%s at position %zu of '%.*s'", what, p->at,
                STR_ARG(p->text));
    return false;
}

bool parser_no_memory(struct parser *p)
{
    return err_is_set(p->err) ? false : err_set(p->err, ERR_NO_MEMORY, "no memory for a path");
}

size_t parser_after_blanks(const struct parser *p, size_t from)
{
    while (parser_char_at(p, from) == ' ')
        from++;
    return from;
}

bool parser_enter(struct parser *p)
{
    if (p->depth == JSONPATH_DEPTH_MAX)
        return parser_fail(p, "Path nested too deep");
    p->depth++;
    return true;
}

void parser_skip_blanks(struct parser *p)
{
    p->at = parser_after_blanks(p, p->at);
}

size_t parser_find_unescaped(const struct parser *p, size_t from, char c)
{
    for (size_t i = from + 1; i < p->text.len; i++) {
        if (p->text.ptr[i] == '\\')
            i++;
        else if (p->text.ptr[i] == c)
            return i;
    }
    return p->text.len;
}

size_t parser_find_close(const struct parser *p, size_t from, char open, char close, bool regex)
{
    size_t opened = 1;
    for (size_t i = from + 1; i < p->text.len; i++) {
        char c = p->text.ptr[i];
        if (c == '\'' || c == '"' || (regex && c == '/')) {
            i = parser_find_unescaped(p, i, c);
        } else if (c == open) {
            opened++;
        } else if (c == close && --opened == 0) {
            return i;
        }
    }
    return p->text.len;
}

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c = (char)(c | 0x20);
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The code unit of the four digits at i, -1 when they are none. */
static int32_t code_unit(str s, size_t i)
{
    int32_t unit = 0;
    if (i + 4 > s.len)
        return -1;
    for (size_t k = i; k < i + 4; k++) {
        int digit = hex_value(s.ptr[k]);
        if (digit < 0)
            return -1;
        unit = unit * 16 + digit;
    }
    return unit;
}

/* Appends the character of the \u at i (of the 'u'); gives how much of s it took, 0: none. */
static size_t add_unicode(str s, size_t i, struct buf *out)
{
    int32_t unit = code_unit(s, i + 1);
    if (unit < 0)
        return 0;
    uint32_t code_point = (uint32_t)unit;
    size_t taken = 5;
    if (unit >= 0xd800 && unit < 0xdc00 && i + 6 < s.len && s.ptr[i + 5] == '\\' &&
        s.ptr[i + 6] == 'u') {
        int32_t low = code_unit(s, i + 7);
        if (low >= 0xdc00 && low < 0xe000) {
            code_point = 0x10000 + ((uint32_t)(unit - 0xd800) << 10) + (uint32_t)(low - 0xdc00);
            taken = 11;
        }
    }
    if (code_point >= 0xd800 && code_point < 0xe000)
        code_point = 0xfffd; // half a pair: as in JSON texts
    char bytes[4];
    buf_add(out, (str){bytes, str_utf8_encode(code_point, bytes)});
    return taken;
}

void text_unescape(str s, struct buf *out)
{
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] != '\\' || i + 1 == s.len) {
            buf_add_char(out, s.ptr[i]);
            continue;
        }
        switch (s.ptr[++i]) {
        case 'b': buf_add_char(out, '\b'); break;
        case 'f': buf_add_char(out, '\f'); break;
        case 'n': buf_add_char(out, '\n'); break;
        case 'r': buf_add_char(out, '\r'); break;
        case 't': buf_add_char(out, '\t'); break;
        case 'u': {
            size_t taken = add_unicode(s, i, out);
            if (taken > 0)
                i += taken - 1;
            else
                buf_add_char(out, 'u');
            break;
        }
        default: buf_add_char(out, s.ptr[i]); break;
        }
    }
}

str parser_unescape(struct parser *p, str quoted)
{
    if (str_find_char(quoted, 0, '\\') == quoted.len)
        return quoted; // the parsed path lends from the arena's copy of its text
    struct buf b;
    buf_init(&b, quoted.len + 1);
    text_unescape(quoted, &b);
    str out = buf_ok(&b) ? arena_str(p->a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    return out;
}

str parser_unescape_quote(struct parser *p, str quoted, char quote)
{
    if (str_find_char(quoted, 0, '\\') == quoted.len)
        return quoted;
    struct buf b;
    buf_init(&b, quoted.len + 1);
    for (size_t i = 0; i < quoted.len; i++) {
        char c = quoted.ptr[i];
        bool pair = c == '\\' && i + 1 < quoted.len;
        if (!pair || quoted.ptr[i + 1] != quote)
            buf_add_char(&b, c);
        if (pair) // the second of "\\\\" begins no escape
            buf_add_char(&b, quoted.ptr[++i]);
    }
    str out = buf_ok(&b) ? arena_str(p->a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    return out;
}
