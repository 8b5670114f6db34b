/* Paths from text, as Jayway's PathCompiler reads them.
 *
 *     path     = root { step }                       root = "$" | "$$" | in a filter "@"
 *     step     = "." name | ".." step | "*" | "[" bracket "]"
 *     name     = everything up to one of "." "[" "(", without blanks
 *     bracket  = quoted { "," quoted } | index { "," index } | from ":" to | "*" | "?(" criteria
 * ")"
 *
 * A "." before a bracket is accepted and so is a name right behind one ("$.a[0]b"): Jayway does. A
 * path that must be written to, a Reference Path, is narrower; the parser notes what departs from
 * it. A call ("length()") parses; AWS's dialect has no functions and never finds one. In Jayway's a
 * path may begin with "@" anywhere, or with a name; a last character behind a bracket, a "*" or a
 * call is passed over; and behind "f()" the reader still stands on the ")", which begins the next
 * name.
 * Source: Jayway's behaviour (its answers to the paths in the unit tests); the Amazon States
 * Language, "Paths" and "Reference Paths". */
#include "jsonpath_private.h"

/* A step being read: where it goes, and the path's flags. */
struct reader {
    struct parser *p;
    struct step *steps;
    size_t count, cap;
    bool reference; /* nothing yet has departed from a Reference Path */
};

static bool add_step(struct reader *r, struct step s)
{
    if (r->count == JSONPATH_STEPS_MAX)
        return parser_fail(r->p, "Too many steps in a path");
    if (r->count == r->cap) {
        size_t cap = r->cap ? 2 * r->cap : 4;
        struct step *more = arena_array(r->p->a, cap, sizeof *more);
        if (!more)
            return parser_no_memory(r->p);
        if (r->count > 0)
            memcpy(more, r->steps, r->count * sizeof *more);
        r->steps = more;
        r->cap = cap;
    }
    r->steps[r->count++] = s;
    return true;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

/* May c stand in a name of a Reference Path? ASSUMPTION: letters of any script, digits, '_' and
 * '-', no digit or '-' in front. */
static bool is_reference_char(char c, bool first)
{
    bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || (c & 0x80) != 0;
    return letter || (!first && (is_digit(c) || c == '-'));
}

/* -- brackets -- */

/* Reads one quoted name at p->at and moves past it and the blanks behind it. */
static bool read_quoted(struct parser *p, str *out)
{
    size_t open = p->at;
    char quote = parser_char(p);
    size_t close = parser_find_unescaped(p, open, parser_char(p));
    if (close == p->text.len)
        return parser_fail(p, "Property has not been closed");
    str quoted = str_sub(p->text, open + 1, close - open - 1);
    *out = p->dialect == JSONPATH_AWS ? parser_unescape_quote(p, quoted, quote)
                                      : parser_unescape(p, quoted);
    if (!out->ptr)
        return parser_no_memory(p);
    p->at = close + 1;
    parser_skip_blanks(p);
    return true;
}

/* How many quoted names there may be at most: commas of the whole rest. */
static size_t commas_ahead(const struct parser *p, size_t to)
{
    size_t commas = 0;
    for (size_t i = p->at; i < to; i++)
        commas += p->text.ptr[i] == ',';
    return commas;
}

static bool read_names(struct reader *r)
{
    struct parser *p = r->p;
    char quote = parser_char(p);
    size_t close = parser_find_close(p, p->at - 1, '[', ']', false);
    str *items = arena_array(p->a, commas_ahead(p, close) + 1, sizeof *items);
    if (!items)
        return parser_no_memory(p);
    size_t count = 0;
    for (;;) {
        // Beyond the close the text is broken, and the count of commas no bound.
        if (parser_char(p) != quote || p->at >= close)
            return parser_fail(p, "Found empty property");
        if (!read_quoted(p, &items[count++]))
            return false;
        if (parser_char(p) != ',')
            break;
        p->at++;
        parser_skip_blanks(p);
    }
    if (parser_char(p) != ']')
        return parser_fail(p, "Property must be separated by comma or Property must be terminated "
                              "close square bracket");
    p->at++;
    if (count == 1)
        return add_step(r, (struct step){.kind = STEP_NAME, .as.name = items[0]});
    return add_step(r, (struct step){
                           .kind = STEP_NAMES, .as.names = {.items = items, .count = count}
    });
}

/* A whole number of 32 bits, as Java's Integer.parseInt reads it. */
static bool read_integer(struct parser *p, str text, int64_t *out)
{
    if (text.len > 1 && text.ptr[0] == '+')
        text = str_skip(text, 1);
    if (!str_to_int64(text, out) || *out < INT32_MIN || *out > INT32_MAX)
        return parser_fail(p, "Failed to parse a number");
    return true;
}

static str trimmed(str s)
{
    while (s.len > 0 && s.ptr[0] == ' ')
        s = str_skip(s, 1);
    while (s.len > 0 && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

static bool read_slice(struct reader *r, str inside)
{
    struct step s = {.kind = STEP_SLICE};
    if (str_find_char(inside, 0, ' ') < inside.len || str_find_char(inside, 0, ',') < inside.len)
        return parser_fail(r->p, "Failed to parse SliceOperation");
    str rest = inside;
    str from = str_cut(&rest, ':'), to = rest.ptr ? str_cut(&rest, ':') : STR_NONE;
    // What stands behind a second colon is passed over: Jayway knows no steps.
    s.as.slice.has_from = from.len > 0;
    s.as.slice.has_to = to.len > 0;
    if ((from.len > 0 && !read_integer(r->p, from, &s.as.slice.from)) ||
        (to.len > 0 && !read_integer(r->p, to, &s.as.slice.to)))
        return false;
    if (!s.as.slice.has_from && !s.as.slice.has_to)
        return parser_fail(r->p, "Failed to parse SliceOperation");
    return add_step(r, s);
}

static bool read_indexes(struct reader *r, str inside)
{
    struct parser *p = r->p;
    while (inside.len > 0 && inside.ptr[inside.len - 1] == ',')
        inside.len--; // Java's split drops them
    size_t count = 1;
    for (size_t i = 0; i < inside.len; i++)
        count += inside.ptr[i] == ',';
    int64_t *items = arena_array(p->a, count, sizeof *items);
    if (!items)
        return parser_no_memory(p);
    str rest = inside;
    for (size_t i = 0; i < count; i++)
        if (!read_integer(p, trimmed(str_cut(&rest, ',')), &items[i]))
            return false;
    if (count == 1) {
        r->reference &= items[0] >= 0;
        return add_step(r, (struct step){.kind = STEP_INDEX, .as.index = items[0]});
    }
    return add_step(r, (struct step){
                           .kind = STEP_INDEXES, .as.indexes = {.items = items, .count = count}
    });
}

/* Digits, '-', ':', ',' and blanks between brackets. */
static bool read_array_step(struct reader *r)
{
    struct parser *p = r->p;
    size_t close = str_find_char(p->text, p->at, ']');
    str inside = trimmed(str_sub(p->text, p->at, close - p->at));
    for (size_t i = 0; i < inside.len; i++)
        if (!is_digit(inside.ptr[i]) && !strchr("-:, ", inside.ptr[i]))
            return parser_fail(p, "Could not parse token");
    if (close == p->text.len)
        return parser_fail(p, "Could not parse token");
    if (str_find_char(inside, 0, ':') < inside.len ? !read_slice(r, inside)
                                                   : !read_indexes(r, inside))
        return false;
    p->at = close + 1;
    return true;
}

static bool read_filter(struct reader *r)
{
    struct parser *p = r->p;
    struct step s = {.kind = STEP_FILTER};
    p->at++;
    parser_skip_blanks(p);
    if (parser_char(p) != '(')
        return parser_fail(p, "Could not parse token");
    // The end is looked for first: it decides what a '/' or a quote inside may be.
    size_t close = parser_find_close(p, p->at, '(', ')', true);
    size_t end = parser_after_blanks(p, close + 1);
    if (close == p->text.len || parser_char_at(p, end) != ']')
        return parser_fail(p, "Could not parse token");
    p->at++;
    if (!criteria_parse(p, &s.as.filter))
        return false;
    if (p->at != close + 1)
        return parser_fail(p, "Expected end of filter expression");
    p->at = end + 1;
    return add_step(r, s);
}

static bool read_bracket(struct reader *r)
{
    struct parser *p = r->p;
    p->at++;
    r->reference &= parser_char(p) != ' ';
    size_t first = parser_after_blanks(p, p->at);
    char c = parser_char_at(p, first);
    if (c == '\'' || c == '"') {
        size_t before = p->at;
        p->at = first;
        if (!read_names(r))
            return false;
        r->reference &= p->text.ptr[p->at - 2] != ' ' && before == first;
        return true;
    }
    if (is_digit(c) || c == '-' || c == ':') {
        size_t close = str_find_char(p->text, p->at, ']');
        r->reference &= close > 0 && p->text.ptr[close - 1] != ' ';
        return read_array_step(r);
    }
    p->at = first;
    if (c == '*') {
        p->at = parser_after_blanks(p, p->at + 1);
        if (parser_char(p) != ']')
            return parser_fail(p, "Expected wildcard token to end with ']'");
        p->at++;
        return add_step(r, (struct step){.kind = STEP_WILDCARD});
    }
    if (c == '?')
        return read_filter(r);
    return parser_fail(p, "Could not parse token, expected ?, ', 0-9, *");
}

/* -- calls -- */

/* Offset of the ")" that closes the "(" at from, quotes or not; text.len: none.
 * */
static size_t find_closing_paren(const struct parser *p, size_t from)
{
    size_t opened = 1;
    for (size_t i = from + 1; i < p->text.len; i++) {
        opened += p->text.ptr[i] == '(';
        if (p->text.ptr[i] == ')' && --opened == 0)
            return i;
    }
    return p->text.len;
}

/* p stands on the "(". */
static bool read_call(struct reader *r, str name)
{
    struct parser *p = r->p;
    struct step s = {.kind = STEP_FUNCTION, .as.call = {.name = name}};
    if (p->dialect == JSONPATH_AWS) {
        size_t close = parser_find_close(p, p->at, '(', ')', false);
        if (close == p->text.len)
            return parser_fail(p, "Arguments to function are not closed properly");
        p->at = close + 1;
        return add_step(r, s);
    }
    if (find_closing_paren(p, p->at) == p->text.len)
        return parser_fail(p, "Arguments to function are not closed properly");
    s.as.call.row = function_find(name);
    p->at++;
    if (parser_char(p) != ')' && !arguments_parse(p, &s.as.call.arguments, &s.as.call.count))
        return false;
    return add_step(r, s);
}

/* -- names and dots -- */

static bool read_name(struct reader *r)
{
    struct parser *p = r->p;
    size_t from = p->at, end = from;
    while (end < p->text.len && !strchr(".[( ", p->text.ptr[end])) {
        r->reference &= is_reference_char(p->text.ptr[end], end == from);
        end++;
    }
    char c = parser_char_at(p, end);
    str name = str_sub(p->text, from, end - from);
    if (c == ' ')
        return parser_fail(p, "Use bracket notion ['my prop'] if your property contains blank "
                              "characters");
    if (c != '(') {
        if (name.len == 0)
            return parser_fail(p, "Could not parse token");
        p->at = end;
        return add_step(r, (struct step){.kind = STEP_NAME, .as.name = name});
    }
    p->at = end;
    r->reference = false;
    return read_call(r, name);
}

static bool read_step(struct reader *r)
{
    struct parser *p = r->p;
    bool dotted = parser_char(p) == '.';
    if (dotted) {
        p->at++;
        if (parser_char(p) == '.') {
            p->at++;
            if (!add_step(r, (struct step){.kind = STEP_DEEP}))
                return false;
        }
        if (parser_char(p) == '.')
            return parser_fail(p, "Character '.' is not valid");
        if (p->at >= p->text.len)
            return parser_fail(p, "Path must not end with a '.' or '..'");
    }
    r->reference &= dotted == (parser_char(p) != '[');
    if (parser_char(p) == '[')
        return read_bracket(r);
    if (parser_char(p) == '*') {
        p->at++;
        return add_step(r, (struct step){.kind = STEP_WILDCARD});
    }
    return read_name(r);
}

/* -- what the steps amount to -- */

/* Leads step i to one place at most? Several names make one object when nothing follows. */
static bool is_sure(const struct reader *r, size_t i)
{
    const struct step *s = &r->steps[i];
    return s->kind == STEP_NAME || s->kind == STEP_INDEX || s->kind == STEP_FUNCTION ||
           (s->kind == STEP_NAMES && i + 1 == r->count);
}

static bool lends(const struct reader *r, const struct step *s)
{
    return s->kind == STEP_NAME || s->kind == STEP_INDEX ||
           (s->kind == STEP_FUNCTION && r->p->dialect == JSONPATH_AWS);
}

static void count_steps(const struct reader *r, struct jsonpath *out)
{
    size_t lent = 0, sure = 0;
    while (lent < r->count && lends(r, &r->steps[lent]))
        out->lends_index |= r->steps[lent++].kind == STEP_INDEX;
    while (sure < r->count && is_sure(r, sure))
        sure++;
    out->steps = r->steps;
    out->steps_count = r->count;
    out->lent_count = lent;
    out->sure_count = sure;
    out->one = sure == r->count;
}

/* Jayway makes "$..a.f()" f($..a), called on the document: so that the function sees all matches,
 * not each. */
static bool turn_inside_out(struct reader *r, const struct jsonpath *like)
{
    size_t k = 0;
    while (r->steps[k].kind != STEP_FUNCTION)
        k++;
    struct jsonpath *path = arena_alloc(r->p->a, sizeof *path);
    struct argument *argument = arena_alloc(r->p->a, sizeof *argument);
    if (!path || !argument)
        return parser_no_memory(r->p);
    const struct reader before = {.p = r->p, .steps = r->steps, .count = k};
    *path = (struct jsonpath){.dialect = like->dialect, .text = like->text};
    count_steps(&before, path);
    argument->path = path;
    if (!argument_children(r->p, argument))
        return false;
    r->steps += k;
    r->count -= k;
    r->steps[0].as.call.arguments = argument;
    r->steps[0].as.call.count = 1;
    return true;
}

bool path_parse(struct parser *p, bool at_root, struct jsonpath *out)
{
    bool aws = p->dialect == JSONPATH_AWS;
    struct reader r = {.p = p, .reference = at_root};
    if (parser_char(p) != (at_root ? '$' : '@'))
        return parser_fail(p,
                           at_root ? "A path must start with '$'" : "A path must start with '@'");
    p->at++;
    if (p->at < p->text.len && parser_char(p) != '.' && parser_char(p) != '[')
        return parser_fail(p, "Illegal character, expected '.' or '['");
    // Where Jayway has read a step and stands on the last character, it takes itself to be done.
    for (size_t end = p->text.len; p->at < end; end = aws ? end : p->text.len - 1)
        if (!read_step(&r))
            return false;
    out->dialect = p->dialect;
    out->from_item = !at_root;
    if (!aws && r.count > 1 && r.steps[0].kind == STEP_DEEP &&
        r.steps[r.count - 1].kind == STEP_FUNCTION && !turn_inside_out(&r, out))
        return false;
    count_steps(&r, out);
    out->reference = r.reference && out->lent_count == r.count;
    return true;
}

/* The text a path is read from: without the blanks Jayway drops. */
static str trimmed_end(str s)
{
    while (s.len > 1 && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

/* Jayway takes what begins with neither '$' nor '@' for a name at the top. Lends. */
static str with_root(struct arena *a, str text)
{
    if (text.len > 0 && (text.ptr[0] == '$' || text.ptr[0] == '@'))
        return text;
    return arena_printf(a, "$.%.*s", STR_ARG(text));
}

static bool parse_jayway(struct parser *p, struct jsonpath *path)
{
    if (path->text.len == 0)
        return parser_fail(p, "A path must not be empty");
    p->text = trimmed_end(with_root(p->a, path->text));
    if (!p->text.ptr)
        return parser_no_memory(p);
    if (p->text.ptr[p->text.len - 1] == '.')
        return parser_fail(p, "Path must not end with a '.' or '..'");
    if (!path_parse(p, p->text.ptr[0] == '$', path))
        return false;
    path->reference &= p->text.ptr == path->text.ptr && p->text.len == path->text.len;
    return true;
}

size_t jsonpath_name_length(str text)
{
    size_t i = 0;
    while (i < text.len) {
        unsigned char c = (unsigned char)text.ptr[i];
        bool letter = (c | 0x20) >= 'a' && (c | 0x20) <= 'z';
        if (!letter && c != '_' && c < 0x80 && (i == 0 || c < '0' || c > '9'))
            break;
        i++;
    }
    return i;
}

static bool parse_aws(struct parser *p, struct jsonpath *path)
{
    str rest = trimmed_end(path->text);
    path->context = str_starts(rest, STR("$$"));
    size_t shown = rest.len;
    size_t name = str_starts(rest, STR("$")) ? jsonpath_name_length(str_skip(rest, 1)) : 0;
    p->text = path->context ? str_skip(rest, 1) : rest;
    if (name > 0) { // the rest of it is a path as any
        path->variable = str_sub(rest, 1, name);
        p->text = arena_printf(p->a, "$%.*s", STR_ARG(str_skip(rest, 1 + name)));
        if (!p->text.ptr)
            return parser_no_memory(p);
    }
    if (!path_parse(p, true, path))
        return false;
    path->reference &= !path->context && name == 0 && shown == path->text.len;
    return true;
}

bool jsonpath_parse_as(struct arena *a, str text, enum jsonpath_dialect dialect,
                       const struct jsonpath **out, struct err *err)
{
    struct jsonpath *path = arena_alloc(a, sizeof *path);
    str own = arena_str(a, text);
    if (!path || !own.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for a path");
    path->text = own;
    struct parser p = {.a = a, .dialect = dialect, .literals = &path->literals_count, .err = err};
    bool ok = false;
    if (!str_utf8_valid(own) || str_find_char(own, 0, '\0') < own.len)
        err_set(err, ERR_BAD_PATH, "A path must be text");
    else
        ok = dialect == JSONPATH_AWS ? parse_aws(&p, path) : parse_jayway(&p, path);
    if (!ok && dialect == JSONPATH_JAYWAY && err->id == ERR_BAD_PATH)
        explain_rename(err, STR("INVALID_PATH"));
    *out = path;
    return ok;
}

bool jsonpath_parse(struct arena *a, str text, const struct jsonpath **out, struct err *err)
{
    return jsonpath_parse_as(a, text, JSONPATH_AWS, out, err);
}

str jsonpath_text(const struct jsonpath *p)
{
    return p->text;
}

bool jsonpath_is_root(const struct jsonpath *p)
{
    return p->steps_count == 0;
}

/* In AWS's dialect several names are not: no field that wants one place may have them. A call is,
 * and no place is named by it: it is never found. */
bool jsonpath_is_definite(const struct jsonpath *p)
{
    return p->dialect == JSONPATH_AWS ? p->lent_count == p->steps_count : p->one;
}

bool jsonpath_is_reference(const struct jsonpath *p)
{
    return p->reference;
}

bool jsonpath_uses_context(const struct jsonpath *p)
{
    return p->context;
}

str jsonpath_variable(const struct jsonpath *p)
{
    return p->variable;
}
