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
 * it. A call ("length()") parses and is never found, which is what AWS answers.
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
    size_t close = parser_find_unescaped(p, open, parser_char(p));
    if (close == p->text.len)
        return parser_fail(p, "Property has not been closed");
    *out = parser_unescape(p, str_sub(p->text, open + 1, close - open - 1));
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
    size_t close = parser_find_close(p, end, '(', ')', false);
    if (close == p->text.len)
        return parser_fail(p, "Arguments to function are not closed properly");
    p->at = close + 1;
    r->reference = false;
    return add_step(r, (struct step){.kind = STEP_FUNCTION, .as.name = name});
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

/* May the step lead to several places? Several names make one object when nothing follows. */
static bool is_definite_step(const struct step *s)
{
    return s->kind == STEP_NAME || s->kind == STEP_INDEX || s->kind == STEP_FUNCTION;
}

static size_t count_definite(const struct reader *r)
{
    size_t i = 0;
    while (i < r->count && is_definite_step(&r->steps[i]))
        i++;
    return i;
}

bool path_parse(struct parser *p, bool at_root, struct jsonpath *out)
{
    struct reader r = {.p = p, .reference = at_root};
    if (parser_char(p) != (at_root ? '$' : '@'))
        return parser_fail(p,
                           at_root ? "A path must start with '$'" : "A path must start with '@'");
    p->at++;
    if (p->at < p->text.len && parser_char(p) != '.' && parser_char(p) != '[')
        return parser_fail(p, "Illegal character, expected '.' or '['");
    while (p->at < p->text.len)
        if (!read_step(&r))
            return false;
    out->steps = r.steps;
    out->steps_count = r.count;
    out->definite_count = count_definite(&r);
    out->from_item = !at_root;
    out->reference = r.reference && out->definite_count == r.count;
    return true;
}

bool jsonpath_parse(struct arena *a, str text, const struct jsonpath **out, struct err *err)
{
    struct jsonpath *path = arena_alloc(a, sizeof *path);
    str own = arena_str(a, text);
    if (!path || !own.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for a path");
    if (!str_utf8_valid(own) || str_find_char(own, 0, '\0') < own.len)
        return err_set(err, ERR_BAD_PATH, "A path must be text");
    path->text = own;
    str rest = own;
    while (rest.len > 0 && rest.ptr[rest.len - 1] == ' ')
        rest.len--; // Jayway's doing
    path->context = str_starts(rest, STR("$$"));
    if (path->context)
        rest = str_skip(rest, 1);
    struct parser p = {.a = a, .text = rest, .literals = &path->literals_count, .err = err};
    if (!path_parse(&p, true, path))
        return false;
    path->reference &= !path->context && rest.len == own.len;
    *out = path;
    return true;
}

str jsonpath_text(const struct jsonpath *p)
{
    return p->text;
}

bool jsonpath_is_root(const struct jsonpath *p)
{
    return p->steps_count == 0;
}

/* A call counts as definite for Jayway, and no place is named by it: it is never found. */
bool jsonpath_is_definite(const struct jsonpath *p)
{
    return p->definite_count == p->steps_count;
}

bool jsonpath_is_reference(const struct jsonpath *p)
{
    return p->reference;
}

bool jsonpath_uses_context(const struct jsonpath *p)
{
    return p->context;
}
