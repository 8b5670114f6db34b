/* Filter expressions from text: what stands between "?(" and ")".
 *
 *     or       = and { "||" and }
 *     and      = operand { "&&" operand }
 *     operand  = "!" operand | "(" or ")" | value operator value | ["!"] path
 *     value    = path | 'text' | "text" | number | true | false | null | [json] | {json} | /regex/
 *     operator = == != === !== < <= > >= =~ in nin contains subsetof anyof noneof size empty
 *              | exists all type matches
 *
 * As in Jayway a path ends at a blank, at one of <>=~! or at the closing parenthesis, so "&&" wants
 * a blank before it when a path stands there; words are operators of their own only up to a blank.
 * The operators exists, all, type and matches are Jayway's alone; the last three can only be made
 * true by its programming interface. In its dialect a JSON literal is read when it is first needed,
 * and as its own parser reads JSON. */
#include "jsonpath_private.h"

static bool parse_or(struct parser *p, const struct criteria **out);

static struct criteria *new_criteria(struct parser *p, enum criteria_kind kind)
{
    struct criteria *c = arena_alloc(p->a, sizeof *c);
    if (!c)
        parser_no_memory(p);
    else
        c->kind = kind;
    return c;
}

/* -- operands -- */

static bool is_operator_char(char c)
{
    return c != '\0' && strchr("<>=~!", c) != NULL;
}

/* Is the ')' at i that of a call without arguments, "a.length()"? */
static bool closes_call(const struct parser *p, size_t begin, size_t i)
{
    do
        i--;
    while (i > begin && p->text.ptr[i] == ' ');
    if (i <= begin || p->text.ptr[i] != '(')
        return false;
    while (--i > begin)
        if (p->text.ptr[i] == '.')
            return true;
    return false;
}

static bool find_path_end(struct parser *p, size_t *end)
{
    size_t begin = p->at, i = begin + 1;
    while (i < p->text.len) {
        if (p->text.ptr[i] == '[') {
            i = parser_find_close(p, i, '[', ']', false);
            if (i == p->text.len)
                return parser_fail(p, "Square brackets does not match in filter");
            i++;
        }
        char c = parser_char_at(p, i);
        if (i >= p->text.len || is_operator_char(c) || c == ' ' ||
            (c == ')' && !closes_call(p, begin, i)))
            break;
        i++;
    }
    *end = i;
    return true;
}

static bool parse_path(struct parser *p, struct operand *out)
{
    size_t end = 0;
    if (!find_path_end(p, &end))
        return false;
    struct jsonpath *path = arena_alloc(p->a, sizeof *path);
    if (!path)
        return parser_no_memory(p);
    path->text = str_sub(p->text, p->at, end - p->at);
    struct parser inner = *p;
    if (p->dialect == JSONPATH_JAYWAY && p->text.ptr[end - 1] == '.')
        return parser_fail(p, "Path must not end with a '.' or '..'");
    inner.text = path->text;
    inner.at = 0;
    if (!parser_enter(&inner) || !path_parse(&inner, path->text.ptr[0] == '$', path))
        return false;
    p->at = end;
    *out = (struct operand){.kind = OPERAND_PATH, .yes = true, .path = path};
    return true;
}

static bool parse_text(struct parser *p, struct operand *out)
{
    size_t close = parser_find_unescaped(p, p->at, parser_char(p));
    if (close == p->text.len)
        return parser_fail(p, "String literal does not have matching quotes");
    out->kind = OPERAND_STRING;
    out->text = parser_unescape(p, str_sub(p->text, p->at + 1, close - p->at - 1));
    p->at = close + 1;
    return out->text.ptr || parser_no_memory(p);
}

static bool parse_number(struct parser *p, struct operand *out)
{
    size_t end = p->at;
    while (end < p->text.len && strchr("0123456789-.eE", p->text.ptr[end]))
        end++;
    struct decimal d;
    out->kind = OPERAND_NUMBER;
    out->text = str_sub(p->text, p->at, end - p->at);
    if (!decimal_parse(out->text, &d))
        return parser_fail(p, "Failed to parse filter");
    p->at = end;
    return true;
}

static bool parse_word(struct parser *p, str word, struct operand value, struct operand *out)
{
    if (!str_starts(str_skip(p->text, p->at), word))
        return parser_fail(p, "Expected true, false or null");
    p->at += word.len;
    *out = value;
    return true;
}

/* JSON within a filter may have its strings in single quotes: gives it with double ones. */
static void add_strict(str text, struct buf *out)
{
    char quote = '\0'; // of the string we are in
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\' && quote && i + 1 < text.len) {
            if (text.ptr[i + 1] != '\'')
                buf_add_char(out, c);
            buf_add_char(out, text.ptr[++i]);
        } else if (!quote && (c == '\'' || c == '"')) {
            quote = c;
            buf_add_char(out, '"');
        } else if (quote && c == quote) {
            quote = '\0';
            buf_add_char(out, '"');
        } else {
            if (quote && c == '"')
                buf_add_char(out, '\\');
            buf_add_char(out, c);
        }
    }
}

static bool parse_json(struct parser *p, struct operand *out)
{
    char open = parser_char(p);
    size_t close = parser_find_close(p, p->at, open, open == '[' ? ']' : '}', false);
    if (close == p->text.len)
        return parser_fail(p, "JSON not closed");
    if (*p->literals == JSONPATH_LITERALS_MAX)
        return parser_fail(p, "Too many JSON literals in a path");
    if (p->dialect == JSONPATH_JAYWAY) {
        *out = (struct operand){.kind = OPERAND_JSON, .slot = (*p->literals)++};
        out->text = str_sub(p->text, p->at, close + 1 - p->at);
        p->at = close + 1;
        return true;
    }
    struct buf strict;
    struct err why = ERR_INIT;
    json v;
    str written = str_sub(p->text, p->at, close + 1 - p->at);
    buf_init(&strict, 2 * written.len + 1);
    add_strict(written, &strict);
    bool ok = buf_ok(&strict) || parser_no_memory(p);
    if (ok && json_parse(buf_str(&strict), &v, &why)) {
        json_unref(v);
        *out = (struct operand){.kind = OPERAND_JSON, .slot = (*p->literals)++};
        out->text = arena_str(p->a, buf_str(&strict));
        ok = out->text.ptr || parser_no_memory(p);
    } else if (ok) {
        ok = why.id == ERR_NO_MEMORY ? parser_no_memory(p) : parser_fail(p, "Could not parse JSON");
    }
    err_release(&why);
    buf_release(&strict);
    p->at = close + 1;
    return ok;
}

/* -- patterns: compiled into the arena, whose memory nobody need give back -- */

static void *pattern_alloc(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void pattern_free(void *ptr, void *arena)
{
    (void)ptr;
    (void)arena;
}

static uint32_t pattern_flag(char c)
{
    switch (c) {
    case 'i': return PCRE2_CASELESS;
    case 'x': return PCRE2_EXTENDED;
    case 'm': return PCRE2_MULTILINE;
    case 's': return PCRE2_DOTALL;
    case 'U': return PCRE2_UCP;
    default: return 0;
    }
}

static bool compile(struct parser *p, str pattern, uint32_t options, const pcre2_code **out)
{
    pcre2_general_context *general =
        pcre2_general_context_create(pattern_alloc, pattern_free, p->a);
    pcre2_compile_context *context = general ? pcre2_compile_context_create(general) : NULL;
    if (!context)
        return parser_no_memory(p);
    int code;
    PCRE2_SIZE offset;
    *out = pcre2_compile((PCRE2_SPTR)pattern.ptr, pattern.len, options, &code, &offset, context);
    if (*out)
        return true;
    return code == PCRE2_ERROR_NOMEMORY || code == PCRE2_ERROR_HEAP_FAILED
               ? parser_no_memory(p)
               : parser_fail(p, "Could not parse a regular expression");
}

static bool parse_pattern(struct parser *p, struct operand *out)
{
    size_t close = parser_find_unescaped(p, p->at, '/');
    if (close == p->text.len)
        return parser_fail(p, "Pattern not closed");
    str pattern = str_sub(p->text, p->at + 1, close - p->at - 1);
    if (pattern.len > JSONPATH_PATTERN_MAX_BYTES)
        return parser_fail(p, "Pattern too long");
    // \C would split characters, and the texts of a document are trusted to be valid UTF-8.
    uint32_t options = PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_NEVER_BACKSLASH_C;
    size_t end = close + 1;
    while (parser_char_at(p, end) != '\0' && strchr("dixmsuU", p->text.ptr[end]))
        options |= pattern_flag(p->text.ptr[end++]);
    out->kind = OPERAND_PATTERN;
    if (!compile(p, pattern, options, &out->pattern))
        return false;
    p->at = end;
    return true;
}

static bool is_word_character(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '-';
}

/* A word without quotes, which is none of Jayway's literals. Published state machines, and users
 * who say that theirs work, have them: [?(@.status==Failure)]. ASSUMPTION: it is the text it
 * spells. */
static bool parse_bare(struct parser *p, struct operand *out)
{
    static const str literals[] = {STR_INIT("null"), STR_INIT("true"), STR_INIT("false")};
    size_t end = p->at;
    char first = parser_char(p);
    while (end < p->text.len && is_word_character(p->text.ptr[end]))
        end++;
    str word = str_sub(p->text, p->at, end - p->at);
    bool letter = (first >= 'a' && first <= 'z') || (first >= 'A' && first <= 'Z') || first == '_';
    for (size_t i = 0; i < sizeof literals / sizeof *literals; i++)
        letter = letter && !str_eq(word, literals[i]);
    if (p->dialect != JSONPATH_AWS || !letter)
        return false;
    *out = (struct operand){.kind = OPERAND_STRING, .text = word};
    p->at = end;
    return true;
}

static bool parse_value(struct parser *p, struct operand *out)
{
    *out = (struct operand){.kind = OPERAND_NULL};
    parser_skip_blanks(p);
    if (parse_bare(p, out))
        return true;
    switch (parser_char(p)) {
    case '$':
    case '@': return parse_path(p, out);
    case '!':
        p->at++;
        parser_skip_blanks(p);
        if (parser_char(p) != '$' && parser_char(p) != '@')
            return parser_fail(p, "Unexpected character: !");
        if (!parse_path(p, out))
            return false;
        out->yes = false;
        return true;
    case '\'':
    case '"': return parse_text(p, out);
    case '[':
    case '{': return parse_json(p, out);
    case '/': return parse_pattern(p, out);
    case 'n': return parse_word(p, STR("null"), (struct operand){.kind = OPERAND_NULL}, out);
    case 't':
        return parse_word(p, STR("true"), (struct operand){.kind = OPERAND_BOOL, .yes = true}, out);
    case 'f': return parse_word(p, STR("false"), (struct operand){.kind = OPERAND_BOOL}, out);
    default: return parse_number(p, out);
    }
}

/* -- operators -- */

static const struct {
    str text;
    enum comparison comparison;
} operators[] = {
    {STR_INIT("=="),       COMPARE_EQ      },
    {STR_INIT("!="),       COMPARE_NE      },
    {STR_INIT("==="),      COMPARE_TYPED_EQ},
    {STR_INIT("!=="),      COMPARE_TYPED_NE},
    {STR_INIT("<"),        COMPARE_LT      },
    {STR_INIT("<="),       COMPARE_LE      },
    {STR_INIT(">"),        COMPARE_GT      },
    {STR_INIT(">="),       COMPARE_GE      },
    {STR_INIT("=~"),       COMPARE_REGEX   },
    {STR_INIT("in"),       COMPARE_IN      },
    {STR_INIT("nin"),      COMPARE_NIN     },
    {STR_INIT("contains"), COMPARE_CONTAINS},
    {STR_INIT("subsetof"), COMPARE_SUBSETOF},
    {STR_INIT("anyof"),    COMPARE_ANYOF   },
    {STR_INIT("noneof"),   COMPARE_NONEOF  },
    {STR_INIT("size"),     COMPARE_SIZE    },
    {STR_INIT("empty"),    COMPARE_EMPTY   },
    {STR_INIT("exists"),   COMPARE_EXISTS  },
    {STR_INIT("all"),      COMPARE_ALL     },
    {STR_INIT("type"),     COMPARE_TYPE    },
    {STR_INIT("matches"),  COMPARE_MATCHES },
};

/* Moves past an operator; false, without an error, when there is none. */
static bool find_operator(struct parser *p, enum comparison *out)
{
    parser_skip_blanks(p);
    size_t from = p->at, end = from;
    bool sign = is_operator_char(parser_char(p));
    while (end < p->text.len &&
           (sign ? is_operator_char(p->text.ptr[end]) : p->text.ptr[end] != ' '))
        end++;
    str word = str_sub(p->text, from, end - from);
    for (size_t i = 0; i < sizeof operators / sizeof *operators; i++) {
        if (!str_eq_nocase(word, operators[i].text) ||
            (p->dialect == JSONPATH_AWS && operators[i].comparison >= COMPARE_EXISTS))
            continue;
        *out = operators[i].comparison;
        p->at = end;
        return true;
    }
    return false;
}

static bool check_operands(struct parser *p, const struct criteria *c)
{
    if (p->dialect == JSONPATH_AWS && c->comparison == COMPARE_EMPTY &&
        c->right.kind != OPERAND_BOOL)
        return parser_fail(p, "The operator empty wants true or false");
    return true;
}

static bool parse_comparison(struct parser *p, const struct criteria **out)
{
    struct criteria *c = new_criteria(p, CRITERIA_EXISTS);
    if (!c || !parse_value(p, &c->left))
        return false;
    size_t behind = p->at;
    if (find_operator(p, &c->comparison)) {
        c->kind = CRITERIA_COMPARE;
        if (!parse_value(p, &c->right) || !check_operands(p, c))
            return false;
    } else {
        p->at = behind;
        if (c->left.kind != OPERAND_PATH)
            return parser_fail(p, "Expected path node");
    }
    *out = c;
    return true;
}

static bool parse_operand(struct parser *p, const struct criteria **out)
{
    parser_skip_blanks(p);
    if (parser_char(p) == '!') {
        char next = parser_char_at(p, parser_after_blanks(p, p->at + 1));
        if (next == '$' || next == '@')
            return parse_comparison(p, out);
        struct criteria *c = new_criteria(p, CRITERIA_NOT);
        p->at++;
        if (!c || !parser_enter(p) || !parse_operand(p, &c->first))
            return false;
        p->depth--;
        *out = c;
        return true;
    }
    if (parser_char(p) != '(')
        return parse_comparison(p, out);
    p->at++;
    return criteria_parse(p, out);
}

/* Terms with a sign, twice, between them; a single term stands for itself. */
static bool parse_terms(struct parser *p, enum criteria_kind kind, char sign,
                        bool parse_term(struct parser *, const struct criteria **),
                        const struct criteria **out)
{
    const struct criteria *term = NULL;
    if (!parse_term(p, &term))
        return false;
    struct criteria *last = NULL, *list = NULL;
    for (;;) {
        parser_skip_blanks(p);
        if (parser_char(p) != sign || parser_char_at(p, p->at + 1) != sign) {
            *out = list ? list : term;
            return true;
        }
        p->at += 2;
        // A term may be shared by no list, so it is wrapped before it gets a neighbour.
        if (!list) {
            list = new_criteria(p, kind);
            last = new_criteria(p, kind);
            if (!list || !last)
                return false;
            last->first = term;
            list->first = last;
        }
        struct criteria *more = new_criteria(p, kind);
        if (!more || !parse_term(p, &more->first))
            return false;
        last->next = more;
        last = more;
    }
}

static bool parse_and(struct parser *p, const struct criteria **out)
{
    return parse_terms(p, CRITERIA_AND, '&', parse_operand, out);
}

static bool parse_or(struct parser *p, const struct criteria **out)
{
    return parse_terms(p, CRITERIA_OR, '|', parse_and, out);
}

bool criteria_parse(struct parser *p, const struct criteria **out)
{
    if (!parser_enter(p) || !parse_or(p, out))
        return false;
    p->depth--;
    parser_skip_blanks(p);
    if (parser_char(p) != ')')
        return parser_fail(p, "Expected character: )");
    p->at++;
    return true;
}
