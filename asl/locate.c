/* Places in a text: line and column of a location, and the key that occurs twice.
 *
 * The values that base/json.h gives know no positions, and few texts need one, so the text is
 * scanned again when one is asked for. A location does not escape names ("/States/a/b" may be a
 * state "a/b"), so at each object every key that fits the rest is followed. */
#include "asl/diagnostics.h"
#include "asl_private.h"

/* -- a scanner of valid JSON; of any other text it stops somewhere, without harm -- */

struct scan {
    str text;
    size_t at;
};

static void skip_space(struct scan *s)
{
    while (s->at < s->text.len && asl_is_space(s->text.ptr[s->at]))
        s->at++;
}

static bool next_is(struct scan *s, char c)
{
    skip_space(s);
    return s->at < s->text.len && s->text.ptr[s->at] == c;
}

static bool take(struct scan *s, char c)
{
    if (!next_is(s, c))
        return false;
    s->at++;
    return true;
}

/* Gives the string with its quotes. */
static str scan_string(struct scan *s)
{
    if (!take(s, '"'))
        return STR_NONE;
    size_t from = s->at - 1;
    while (s->at < s->text.len && s->text.ptr[s->at] != '"')
        s->at += s->text.ptr[s->at] == '\\' ? 2 : 1;
    if (s->at >= s->text.len) {
        s->at = s->text.len;
        return STR_NONE;
    }
    s->at++;
    return str_sub(s->text, from, s->at - from);
}

static bool ends_value(char c)
{
    return c == ',' || c == '}' || c == ']';
}

static void skip_value(struct scan *s)
{
    size_t depth = 0;
    skip_space(s);
    do {
        if (s->at >= s->text.len)
            return;
        char c = s->text.ptr[s->at];
        if (c == '"') {
            (void)scan_string(s);
            continue;
        }
        if (ends_value(c) && depth == 0)
            return;
        depth += c == '{' || c == '[';
        depth -= c == '}' || c == ']';
        s->at++;
    } while (depth > 0 || (s->at < s->text.len && !ends_value(s->text.ptr[s->at])));
}

/* Gives the text of a quoted key (json_unref it). */
static json decode(str quoted)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    if (!quoted.ptr || !json_parse(quoted, &v, &err))
        v = json_absent();
    err_release(&err);
    return v;
}

/* -- location to position -- */

/* Takes "/name" off *rest, when what follows may be a step or the end. */
static bool take_member(str *rest, str name)
{
    if (rest->len < name.len + 1 || rest->ptr[0] != '/' || !str_starts(str_skip(*rest, 1), name))
        return false;
    str after = str_skip(*rest, name.len + 1);
    if (after.len > 0 && after.ptr[0] != '/' && after.ptr[0] != '[')
        return false;
    *rest = after;
    return true;
}

static bool take_index(str *rest, int64_t *index)
{
    size_t close = str_find_char(*rest, 0, ']');
    if (rest->len == 0 || rest->ptr[0] != '[' || close == rest->len ||
        !str_to_int64(str_sub(*rest, 1, close - 1), index) || *index < 0)
        return false;
    *rest = str_skip(*rest, close + 1);
    return true;
}

static bool find(struct scan *s, str rest, unsigned depth, size_t *out);

static bool find_in_object(struct scan *s, str rest, unsigned depth, size_t *out)
{
    s->at++;
    while (!next_is(s, '}')) {
        skip_space(s);
        size_t at = s->at;
        json key = decode(scan_string(s));
        str after = rest;
        bool fits = key.kind == JSON_STRING && take_member(&after, json_str(key));
        json_unref(key);
        if (!take(s, ':'))
            return false;
        if (fits && after.len == 0) {
            *out = at;
            return true;
        }
        struct scan inside = *s;
        if (fits && find(&inside, after, depth + 1, out))
            return true;
        skip_value(s);
        if (!take(s, ','))
            return false;
    }
    return false;
}

static bool find_in_array(struct scan *s, str rest, unsigned depth, size_t *out)
{
    int64_t index;
    if (!take_index(&rest, &index))
        return false;
    s->at++;
    for (int64_t i = 0; i < index; i++) {
        skip_value(s);
        if (!take(s, ','))
            return false;
    }
    return !next_is(s, ']') && find(s, rest, depth + 1, out);
}

/* Gives where rest leads to from the value at s. */
static bool find(struct scan *s, str rest, unsigned depth, size_t *out)
{
    skip_space(s);
    if (rest.len == 0) {
        *out = s->at;
        return s->at < s->text.len;
    }
    if (depth == JSON_DEPTH_MAX)
        return false;
    if (next_is(s, '{'))
        return find_in_object(s, rest, depth, out);
    return next_is(s, '[') && find_in_array(s, rest, depth, out);
}

/* "[Source: …; line: 3, column: 4]", of a text that is no JSON. */
static bool position_in_source(str location, size_t *line, size_t *column)
{
    static const str words[] = {STR_INIT("; line: "), STR_INIT(", column: ")};
    size_t from[2];
    size_t found = location.len;
    if (!str_starts(location, STR("[Source:")) || !str_ends(location, STR("]")))
        return false;
    for (int i = 1; i >= 0; i--) {
        while (found > 0 && !str_starts(str_skip(location, found), words[i]))
            found--;
        if (found == 0)
            return false;
        from[i] = found;
    }
    size_t line_at = from[0] + words[0].len;
    size_t column_at = from[1] + words[1].len;
    int64_t l;
    int64_t c;
    if (!str_to_int64(str_sub(location, line_at, from[1] - line_at), &l) ||
        !str_to_int64(str_sub(location, column_at, location.len - 1 - column_at), &c) || l < 1 ||
        c < 1)
        return false;
    *line = (size_t)l;
    *column = (size_t)c;
    return true;
}

bool asl_locate(str definition, str location, size_t *line, size_t *column)
{
    *line = 1;
    *column = 1;
    if (!location.ptr)
        return false;
    if (position_in_source(location, line, column))
        return true;
    struct scan s = {definition, 0};
    size_t at;
    if (!find(&s, str_eq(location, STR("/")) ? STR("") : location, 0, &at))
        return false;
    for (size_t i = 0; i < at; i++) {
        if (definition.ptr[i] == '\n') {
            ++*line;
            *column = 1;
        } else if (((unsigned char)definition.ptr[i] & 0xC0) != 0x80) {
            ++*column; // characters, not bytes
        }
    }
    return true;
}

/* -- duplicates -- */

struct level {
    bool object;
    size_t number; /* of the object, unique in the text */
    str key;       /* the member being read; lent by the arena */
    size_t index;
};

struct walk {
    struct scan s;
    struct arena *arena;
    struct level levels[JSON_DEPTH_MAX];
    size_t depth, objects;
    struct hashmap *seen; /* "object:key" */
};

/* Reads "key":. False: found, or the end of what can be read. */
static bool read_key(struct walk *w, bool *twice)
{
    struct level *l = &w->levels[w->depth - 1];
    json key = decode(scan_string(&w->s));
    if (key.kind != JSON_STRING || !take(&w->s, ':')) {
        json_unref(key);
        return false;
    }
    l->key = arena_str(w->arena, json_str(key));
    json_unref(key);
    str full = arena_printf(w->arena, "%zu:", l->number);
    char *joined = full.ptr && l->key.ptr ? arena_alloc(w->arena, full.len + l->key.len + 1) : NULL;
    if (!joined)
        return false;
    memcpy(joined, full.ptr, full.len);
    memcpy(joined + full.len, l->key.ptr, l->key.len);
    str name = {joined, full.len + l->key.len};
    *twice = hashmap_find(w->seen, name);
    hashmap_set(w->seen, name, w);
    return !*twice;
}

/* Opens a container or skips a simple value; then closes what ends here. False: the end. */
static bool read_value(struct walk *w)
{
    bool object = next_is(&w->s, '{');
    if (object || next_is(&w->s, '[')) {
        if (w->depth == JSON_DEPTH_MAX)
            return false;
        w->s.at++;
        w->levels[w->depth++] = (struct level){object, w->objects++, STR_NONE, 0};
        if (!next_is(&w->s, object ? '}' : ']'))
            return true;
    } else {
        skip_value(&w->s);
    }
    while (w->depth > 0) {
        struct level *l = &w->levels[w->depth - 1];
        if (take(&w->s, ',')) {
            l->index++;
            return true;
        }
        if (!take(&w->s, l->object ? '}' : ']'))
            return false;
        w->depth--;
    }
    return false;
}

static str walk_location(const struct walk *w)
{
    struct buf b;
    buf_init(&b, ASL_TEXT_MAX_BYTES);
    for (size_t i = 0; i < w->depth; i++) {
        const struct level *l = &w->levels[i];
        if (l->object)
            buf_printf(&b, "/%.*s", STR_ARG(l->key));
        else
            buf_printf(&b, "[%zu]", l->index);
    }
    str location = buf_ok(&b) ? arena_str(w->arena, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    return location;
}

bool asl_find_duplicate(str text, struct arena *a, str *location, str *key, bool *of_states)
{
    struct walk *w = mem_new(sizeof(*w));
    w->s.text = text;
    w->arena = a;
    w->seen = hashmap_new();
    bool twice = false;
    while (read_value(w)) {
        if (w->levels[w->depth - 1].object && !read_key(w, &twice))
            break;
    }
    if (twice) {
        *location = walk_location(w);
        *key = w->levels[w->depth - 1].key;
        *of_states = w->depth >= 2 && w->levels[w->depth - 2].object &&
                     str_eq(w->levels[w->depth - 2].key, STR("States"));
    }
    hashmap_free(w->seen);
    mem_free(w);
    return twice;
}
