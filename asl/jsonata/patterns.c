/* Functions that look for a text or a pattern in a text: $contains, $match, $split, $replace. */
#include "functions_private.h"

#include <math.h>

enum { TEXT_MAX = 1 << 30 };

/* Where a pattern, be it a text or a matcher, is found in a subject, time after time. */
struct search {
    struct matcher matcher;
    bool by_text;
    str text;
};

static struct search search_for(struct call *c, struct value pattern, str subject)
{
    struct search s = {.by_text = is_string(pattern)};
    if (s.by_text)
        s.text = string_of(pattern);
    s.matcher = (struct matcher){.ev = c->ev,
                                 .environment = c->environment,
                                 .name = c->name,
                                 .function = pattern,
                                 .subject = subject};
    return s;
}

/* A text is found after the end of what was found before; an empty one at each code point. */
static bool search_next(struct search *s, bool *found, struct match *out)
{
    struct matcher *m = &s->matcher;
    if (!ev_tick(m->ev))
        return false;
    if (!s->by_text)
        return matcher_next(m, found, out);
    str rest = str_skip(m->subject, m->at);
    const char *at = rest.len >= s->text.len && rest.len > 0 && s->text.len > 0
                         ? memmem(rest.ptr, rest.len, s->text.ptr, s->text.len)
                         : NULL;
    *found = at != NULL;
    if (!at)
        return true;
    *out = (struct match){.start = (size_t)(at - m->subject.ptr)};
    out->end = out->start + s->text.len;
    m->at = out->end;
    return true;
}

/* The limit of how many: no number is none. */
static double limit_of(struct value v)
{
    return is_undefined(v) ? HUGE_VAL : number_of(v);
}

bool function_contains(struct call *c, struct value *out)
{
    struct match m;
    bool found;
    if (is_undefined(c->arguments[0]))
        return true;
    struct search s = search_for(c, c->arguments[1], string_of(c->arguments[0]));
    if (s.by_text && s.text.len == 0) {
        *out = value_bool(true);
        return true;
    }
    if (!search_next(&s, &found, &m))
        return false;
    *out = value_bool(found);
    return true;
}

static bool match_entry(struct call *c, str subject, const struct match *m, struct value *out)
{
    struct map *entry = map_new(c->ev, 3);
    if (!entry)
        return false;
    *out = value_map(entry);
    double index = (double)str_utf8_length(str_sub(subject, 0, m->start));
    return map_put(c->ev, entry, STR("match"),
                   value_str(str_sub(subject, m->start, m->end - m->start))) &&
           map_put(c->ev, entry, STR("index"), value_number(index)) &&
           map_put(c->ev, entry, STR("groups"), m->groups);
}

bool function_match(struct call *c, struct value *out)
{
    double limit = limit_of(c->arguments[2]);
    if (is_undefined(c->arguments[0]))
        return true;
    if (limit < 0)
        return ev_fail(
            c->ev, "D3040: Third argument of match function must evaluate to a positive number");
    str subject = string_of(c->arguments[0]);
    struct search s = search_for(c, c->arguments[1], subject);
    struct list *matches = sequence_new(c->ev);
    bool found = true;
    for (size_t count = 0; matches && found && (double)count < limit; count++) {
        struct match m;
        struct value entry = {0};
        if (!search_next(&s, &found, &m) ||
            (found && (!match_entry(c, subject, &m, &entry) || !list_push(c->ev, matches, entry))))
            return false;
    }
    *out = value_list(matches);
    return matches != NULL;
}

/* -- $split -- */

static bool push_text(struct call *c, struct list *l, str s)
{
    return list_push(c->ev, l, value_str(s));
}

static bool split_characters(struct call *c, str subject, double limit, struct list *l)
{
    for (size_t count = 0; subject.len > 0 && (double)count < limit; count++) {
        size_t bytes = utf8_bytes_of(subject, 1);
        if (!ev_tick(c->ev) || !push_text(c, l, str_sub(subject, 0, bytes)))
            return false;
        subject = str_skip(subject, bytes);
    }
    return true;
}

bool function_split(struct call *c, struct value *out)
{
    double limit = limit_of(c->arguments[2]);
    if (is_undefined(c->arguments[0]))
        return true;
    if (limit < 0)
        return ev_fail(
            c->ev, "D3020: Third argument of split function must evaluate to a positive number");
    str subject = string_of(c->arguments[0]);
    struct search s = search_for(c, c->arguments[1], subject);
    struct list *parts = list_new(c->ev, 0);
    bool found = true;
    size_t start = 0;
    if (!parts)
        return false;
    *out = value_list(parts);
    if (s.by_text)
        limit = floor(limit);
    if (s.by_text && s.text.len == 0)
        return split_characters(c, subject, limit, parts);
    for (size_t count = 0; found && (double)count < limit; count++) {
        struct match m;
        if (!search_next(&s, &found, &m))
            return false;
        str part = found ? str_sub(subject, start, m.start - start) : str_skip(subject, start);
        if (!push_text(c, parts, part))
            return false;
        if (found)
            start = m.end;
    }
    return true;
}

/* -- $replace -- */

/* The digits after a "$" that name a group: at most so many as the number of groups has, and one
 * fewer when the number they make is too large. Gives their count; *out is the number. */
static size_t group_digits(str s, size_t at, size_t groups, size_t *out)
{
    size_t most = 1, digits = 0;
    *out = 0;
    for (size_t n = groups; n >= 10; n /= 10)
        most++;
    while (digits < most && at + digits < s.len && s.ptr[at + digits] >= '0' &&
           s.ptr[at + digits] <= '9')
        *out = *out * 10 + (size_t)(s.ptr[at + digits++] - '0');
    if (digits > 1 && *out > groups) {
        *out /= 10;
        digits--;
    }
    return digits;
}

/* Appends a replacement with $0, $1, … $$ in it. */
static void substitute(struct call *c, str replacement, str subject, const struct match *m,
                       struct buf *text)
{
    size_t groups = value_len(m->groups);
    for (size_t at = 0; at < replacement.len;) {
        size_t dollar = str_find_char(replacement, at, '$'), group;
        buf_add(text, str_sub(replacement, at, dollar - at));
        if (dollar == replacement.len)
            return;
        at = dollar + 1;
        char next = (char)(at < replacement.len ? replacement.ptr[at] : '\0');
        if (next == '$') {
            buf_add_char(text, '$');
            at++;
        } else if (next == '0') {
            buf_add(text, str_sub(subject, m->start, m->end - m->start));
            at++;
        } else {
            size_t digits = group_digits(replacement, at, groups, &group);
            if (digits == 0)
                buf_add_char(text, '$');
            else if (group >= 1 && group <= groups)
                buf_add(text, string_of(value_at(c->ev, m->groups, group - 1)));
            at += digits;
        }
    }
}

static bool replaced_by_function(struct call *c, struct value function, str subject,
                                 const struct match *m, struct buf *text)
{
    struct map *match = map_new(c->ev, 4);
    struct value replaced = {0};
    double start = (double)str_utf8_length(str_sub(subject, 0, m->start));
    str matched = str_sub(subject, m->start, m->end - m->start);
    if (!match || !map_put(c->ev, match, STR("match"), value_str(matched)) ||
        !map_put(c->ev, match, STR("start"), value_number(start)) ||
        !map_put(c->ev, match, STR("end"),
                 value_number(start + (double)str_utf8_length(matched))) ||
        !map_put(c->ev, match, STR("groups"), m->groups))
        return false;
    struct value given = value_map(match);
    struct arguments arguments = {.at = &given,
                                  .count = 1,
                                  .context = value_null(),
                                  .environment = c->environment,
                                  .name = c->name};
    if (!apply(c->ev, function, &arguments, &replaced))
        return false;
    if (!is_string(replaced))
        return ev_fail(c->ev, "D3012: Attempted to replace a matched string with a non-string "
                              "value");
    buf_add(text, string_of(replaced));
    return true;
}

static bool replace_one(struct call *c, const struct search *s, str subject, const struct match *m,
                        struct buf *text)
{
    struct value replacement = c->arguments[2];
    if (is_function(replacement))
        return replaced_by_function(c, replacement, subject, m, text);
    if (s->by_text)
        buf_add(text, string_of(replacement));
    else
        substitute(c, string_of(replacement), subject, m, text);
    return true;
}

/* Measured: AWS tells of it as of what has no code. */
static bool empty_pattern(struct evaluator *ev)
{
    return ev_fail(ev, "%s: Second argument of replace function cannot be an empty string",
                   ev->aws ? "U1001" : "D3010");
}

bool function_replace(struct call *c, struct value *out)
{
    double limit = limit_of(c->arguments[3]);
    if (is_undefined(c->arguments[0]))
        return true;
    if (is_string(c->arguments[1]) && c->arguments[1].len == 0)
        return empty_pattern(c->ev);
    if (limit < 0)
        return ev_fail(
            c->ev, "D3011: Fourth argument of replace function must evaluate to a positive number");
    str subject = string_of(c->arguments[0]);
    struct search s = search_for(c, c->arguments[1], subject);
    struct buf text;
    bool found = true, ok = true;
    size_t at = 0;
    buf_init(&text, TEXT_MAX);
    for (size_t count = 0; ok && found && (double)count < limit; count++) {
        struct match m;
        ok = search_next(&s, &found, &m);
        if (!ok || !found)
            break;
        if (m.start > at)
            buf_add(&text, str_sub(subject, at, m.start - at));
        ok = replace_one(c, &s, subject, &m, &text);
        at = m.end;
    }
    if (ok) {
        buf_add(&text, str_skip(subject, at));
        return ev_give_text(c->ev, &text, out);
    }
    buf_release(&text);
    return false;
}
