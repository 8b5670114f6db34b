/* Regular expressions, by PCRE2, and the matchers that functions walk along.
 *
 * An expression's patterns are compiled with it, in its arena; so are matches in the evaluation's.
 * The options make PCRE2 read ECMAScript's syntax as far as it can. Matching is bounded in steps.
 * Positions are bytes in here and code points outside. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include "evaluate_private.h"

#include <pcre2.h>

struct regex {
    const pcre2_code *code;
    str pattern;
};

/* -- PCRE2 in arenas -- */

static void *arena_give(size_t size, void *arena)
{
    return arena_alloc(arena, size);
}

static void arena_keep(void *block, void *arena)
{
    (void)block, (void)arena; // freed with all the rest
}

static uint32_t options_of(str flags)
{
    uint32_t options = PCRE2_UTF | PCRE2_DOLLAR_ENDONLY | PCRE2_ALT_BSUX |
                       PCRE2_MATCH_UNSET_BACKREF | PCRE2_ALLOW_EMPTY_CLASS |
                       PCRE2_NEVER_BACKSLASH_C;
    for (size_t i = 0; i < flags.len; i++)
        options |= flags.ptr[i] == 'i' ? PCRE2_CASELESS : PCRE2_MULTILINE;
    return options;
}

bool regex_parse(struct arena *a, str text, const struct regex **out, struct err *err)
{
    int code = 0;
    PCRE2_SIZE at = 0;
    size_t end = text.len;
    while (text.ptr[end - 1] != '/')
        end--;
    struct regex *r = arena_alloc(a, sizeof *r);
    pcre2_general_context *memory = pcre2_general_context_create(arena_give, arena_keep, a);
    pcre2_compile_context *context = memory ? pcre2_compile_context_create(memory) : NULL;
    if (!r || !context)
        return no_memory(err);
    pcre2_set_newline(context, PCRE2_NEWLINE_ANYCRLF);
    pcre2_set_max_pattern_length(context, JSONATA_REGEX_TEXT_MAX);
    r->pattern = str_sub(text, 1, end - 2);
    r->code = pcre2_compile((PCRE2_SPTR)r->pattern.ptr, r->pattern.len,
                            options_of(str_skip(text, end)), &code, &at, context);
    if (!r->code) {
        PCRE2_UCHAR8 why[160];
        if (pcre2_get_error_message(code, why, sizeof why) < 0)
            why[0] = '\0';
        return err_set(err, ERR_JSONATA, "S0303: Invalid regular expression /%.*s/: %s",
                       STR_ARG(r->pattern), (const char *)why);
    }
    *out = r;
    return true;
}

/* -- one match -- */

static bool copy_groups(struct evaluator *ev, str subject, const PCRE2_SIZE *ends, size_t count,
                        struct match *out)
{
    struct list *groups = list_new(ev, count);
    if (!groups)
        return false;
    for (size_t i = 1; i < count; i++) {
        struct value group = {0};
        if (ends[2 * i] != PCRE2_UNSET)
            group = value_str(str_sub(subject, ends[2 * i], ends[2 * i + 1] - ends[2 * i]));
        if (!list_push(ev, groups, group))
            return false;
    }
    out->start = ends[0];
    out->end = ends[1] < ends[0] ? ends[0] : ends[1]; // \K in a lookahead
    out->groups = value_list(groups);
    return true;
}

static bool match_within(struct evaluator *ev, const struct regex *r, str subject, size_t from,
                         pcre2_general_context *memory, bool *found, struct match *out)
{
    pcre2_match_data *data = pcre2_match_data_create_from_pattern(r->code, memory);
    pcre2_match_context *context = pcre2_match_context_create(memory);
    if (!data || !context)
        return no_memory(ev->err);
    (void)pcre2_set_match_limit(context, JSONATA_REGEX_STEPS_MAX);
    (void)pcre2_set_heap_limit(context, JSONATA_REGEX_MEMORY_KIB);
    PCRE2_SPTR text = (PCRE2_SPTR)(subject.ptr ? subject.ptr : "");
    int n = pcre2_match(r->code, text, subject.len, from, 0, data, context);
    *found = n > 0;
    // A text with a lone surrogate is no UTF-8: it matches nothing.
    if (n == PCRE2_ERROR_MATCHLIMIT || n == PCRE2_ERROR_HEAPLIMIT || n == PCRE2_ERROR_DEPTHLIMIT)
        return ev_fail(ev, "U1001: Expression evaluation timeout: Check for infinite loop");
    if (n == PCRE2_ERROR_NOMEMORY)
        return no_memory(ev->err);
    if (n <= 0)
        return true;
    return copy_groups(ev, subject, pcre2_get_ovector_pointer(data), pcre2_get_ovector_count(data),
                       out);
}

bool regex_match(struct evaluator *ev, const struct regex *r, str subject, size_t from, bool *found,
                 struct match *out)
{
    // Memory of matching is large and short-lived: it does not stay in the evaluation's.
    struct arena space;
    arena_init(&space, (size_t)2 * JSONATA_REGEX_MEMORY_KIB * 1024);
    pcre2_general_context *memory = pcre2_general_context_create(arena_give, arena_keep, &space);
    bool ok = ev_tick(ev) && (memory || no_memory(ev->err)) &&
              match_within(ev, r, subject, from, memory, found, out);
    arena_release(&space);
    return ok;
}

/* -- the objects that JSONata sees -- */

static bool match_object(struct evaluator *ev, const struct regex *r, str subject,
                         const struct match *m, struct value *out)
{
    struct map *object = map_new(ev, 5);
    struct function *next = ev_alloc(ev, sizeof *next);
    if (!object || !next)
        return false;
    next->kind = FUNCTION_NEXT_MATCH;
    next->as.next_match.regex = r;
    next->as.next_match.subject = subject;
    next->as.next_match.from = m->end;
    str matched = str_sub(subject, m->start, m->end - m->start);
    double start = (double)str_utf8_length(str_sub(subject, 0, m->start));
    double end = start + (double)str_utf8_length(matched);
    *out = value_map(object);
    return map_put(ev, object, STR("match"), value_str(matched)) &&
           map_put(ev, object, STR("start"), value_number(start)) &&
           map_put(ev, object, STR("end"), value_number(end)) &&
           map_put(ev, object, STR("groups"), m->groups) &&
           map_put(ev, object, STR("next"), value_function(next));
}

bool regex_call(struct evaluator *ev, const struct regex *r, str subject, size_t from,
                struct value *out)
{
    struct match m;
    bool found = false;
    *out = (struct value){0};
    if (!regex_match(ev, r, subject, from, &found, &m))
        return false;
    return !found || match_object(ev, r, subject, &m, out);
}

static bool empty_match(struct evaluator *ev)
{
    return ev_fail(ev, "D1004: Regular expression matches zero length string");
}

bool regex_next(struct evaluator *ev, const struct function *next, struct value *out)
{
    str subject = next->as.next_match.subject;
    struct match m;
    bool found = false;
    *out = (struct value){0};
    if (next->as.next_match.from >= subject.len)
        return true;
    if (!regex_match(ev, next->as.next_match.regex, subject, next->as.next_match.from, &found, &m))
        return false;
    if (found && m.end == m.start)
        return empty_match(ev);
    return !found || match_object(ev, next->as.next_match.regex, subject, &m, out);
}

/* -- matchers -- */

size_t utf8_bytes_of(str s, size_t n)
{
    size_t at = 0;
    while (n > 0 && at < s.len) {
        at++;
        while (at < s.len && ((unsigned char)s.ptr[at] & 0xC0) == 0x80)
            at++;
        n--;
    }
    return at;
}

static bool next_of_regex(struct matcher *m, bool *found, struct match *out)
{
    const struct regex *r = m->function.as.function->as.regex;
    *found = false;
    if (m->begun && m->at >= m->subject.len)
        return true;
    if (!regex_match(m->ev, r, m->subject, m->at, found, out))
        return false;
    if (*found && m->begun && out->end == out->start)
        return empty_match(m->ev);
    m->begun = true;
    m->at = *found ? out->end : m->subject.len;
    return true;
}

static bool bad_matcher(struct matcher *m)
{
    return ev_fail(m->ev,
                   "T1010: The matcher function argument passed to function \"%.*s\" does not "
                   "return the correct object structure",
                   STR_ARG(m->name));
}

size_t position_in(str s, double code_points)
{
    if (!(code_points > 0))
        return 0;
    return code_points < (double)s.len ? utf8_bytes_of(s, (size_t)code_points) : s.len;
}

/* A user's own function: it is called with the text, and then what its answers have as `next`. */
static bool next_of_function(struct matcher *m, bool *found, struct match *out)
{
    struct value subject = value_str(m->subject), answer = {0};
    struct arguments given = {.at = &subject,
                              .count = m->begun ? 0 : 1,
                              .context = value_null(),
                              .environment = m->environment,
                              .name = m->name};
    *found = false;
    if (m->done)
        return true;
    if (!apply(m->ev, m->function, &given, &answer))
        return false;
    if (is_undefined(answer))
        return true;
    if (!is_object(answer))
        return bad_matcher(m);
    struct value start = member_get(m->ev, answer, STR("start")),
                 end = member_get(m->ev, answer, STR("end")),
                 groups = member_get(m->ev, answer, STR("groups")),
                 next = member_get(m->ev, answer, STR("next"));
    if (!is_number(start) && !is_number(end) && !is_array(groups) && !is_function(next))
        return bad_matcher(m);
    *found = true;
    m->begun = true;
    m->done = !is_function(next);
    m->function = next;
    out->start = is_number(start) ? position_in(m->subject, number_of(start)) : 0;
    out->end = is_number(end) ? position_in(m->subject, number_of(end)) : m->subject.len;
    if (out->end < out->start)
        out->end = out->start;
    out->groups = groups;
    return true;
}

bool matcher_next(struct matcher *m, bool *found, struct match *out)
{
    if (m->function.kind == VALUE_FUNCTION && m->function.as.function->kind == FUNCTION_REGEX)
        return next_of_regex(m, found, out);
    return next_of_function(m, found, out);
}
