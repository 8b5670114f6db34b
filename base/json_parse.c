/* JSON text to values: yajl's events fill our own nodes.
 *
 * yajl reads the grammar; what it leaves open is done here: UTF-8 is judged before (yajl lets
 * surrogates pass), a lone surrogate escape becomes U+FFFD (yajl would make a '?' or broken UTF-8
 * of it), depth and repeated keys are judged as they come.
 *
 * What has come of the open containers waits on one stack, and each container takes its part of it
 * when it ends: it is then made in one allocation of the right size. */
#include "base/json.h"
#include "base/mem.h"
#include "json_private.h"

#include <yajl/yajl_parse.h>

struct parsing {
    struct json_part *parts; /* of the open containers, outermost first */
    size_t parts_len, parts_cap;
    size_t *starts; /* of each open container: the number of its first part */
    size_t depth, starts_cap;
    int flags;
    str text;
    size_t end; /* just past the outermost value, once it is there */
    yajl_handle handle;
    struct err *err; /* set when it is not the grammar that stopped the parse */
};

enum { CONTINUE = 1, STOP = 0, STACK_FIRST = 64 };

static int no_memory(struct parsing *p)
{
    (void)err_set(p->err, ERR_NO_MEMORY, "no memory for a JSON value");
    return STOP;
}

/* Gives the stack `old`, with room for one more; NULL when memory fails, and old is as it was. */
static void *grown(void *old, size_t len, size_t *cap, size_t each)
{
    if (len < *cap)
        return old;
    size_t wanted = *cap ? *cap * 2 : STACK_FIRST, bytes;
    void *more = __builtin_mul_overflow(wanted, each, &bytes) ? NULL : mem_resize(old, bytes);
    if (more)
        *cap = wanted;
    return more;
}

/* A whole value or a key has come: it waits for the end of its container. Takes v. */
static int add_take(struct parsing *p, json v)
{
    struct json_part *parts = NULL;
    if (!json_is_absent(v))
        parts = grown(p->parts, p->parts_len, &p->parts_cap, sizeof *parts);
    if (!parts) {
        json_unref(v);
        return no_memory(p);
    }
    p->parts = parts;
    p->parts[p->parts_len++] = (struct json_part){v, 0};
    if (p->depth == 0)
        p->end = yajl_get_bytes_consumed(p->handle);
    return CONTINUE;
}

static int on_null(void *context)
{
    return add_take(context, json_null());
}

static int on_boolean(void *context, int value)
{
    return add_take(context, json_bool(value != 0));
}

static int on_number(void *context, const char *text, size_t len)
{
    return add_take(context, json_number_valid((str){text, len}));
}

static int on_string(void *context, const unsigned char *text, size_t len)
{
    return add_take(context, json_string_valid((str){(const char *)text, len}));
}

static int on_key(void *context, const unsigned char *text, size_t len)
{
    struct parsing *p = context;
    if (on_string(p, text, len) == STOP)
        return STOP;
    p->parts[p->parts_len - 1].at = yajl_get_bytes_consumed(p->handle);
    return CONTINUE;
}

static int on_start(void *context)
{
    struct parsing *p = context;
    if (p->depth == JSON_DEPTH_MAX) {
        (void)err_set(p->err, ERR_TOO_LARGE,
                      "Document nesting depth exceeds the maximum allowed (%d)", JSON_DEPTH_MAX);
        json_position(p->text, yajl_get_bytes_consumed(p->handle), p->err);
        return STOP;
    }
    size_t *starts = grown(p->starts, p->depth, &p->starts_cap, sizeof *starts);
    if (!starts)
        return no_memory(p);
    p->starts = starts;
    p->starts[p->depth++] = p->parts_len;
    return CONTINUE;
}

/* The container takes its parts from the stack and is itself a part of the one around it. */
static int end_take(struct parsing *p, size_t start, json container)
{
    if (json_is_absent(container))
        return no_memory(p);
    p->parts_len = start;
    p->depth--;
    return add_take(p, container);
}

static int on_end_object(void *context)
{
    struct parsing *p = context;
    const size_t start = p->starts[p->depth - 1];
    const struct json_part *parts = p->parts ? p->parts + start : NULL, *repeated = NULL;
    json object = json_object_of_parts(parts, p->parts_len - start,
                                       p->flags & JSON_KEY_DUPLICATES_REFUSE ? &repeated : NULL);
    if (!repeated)
        return end_take(p, start, object);
    (void)json_explain_repeated(p->text, repeated->at, json_str(repeated->value), p->err);
    return STOP;
}

static int on_end_array(void *context)
{
    struct parsing *p = context;
    const size_t start = p->starts[p->depth - 1];
    const struct json_part *parts = p->parts ? p->parts + start : NULL;
    return end_take(p, start, json_array_of_parts(parts, p->parts_len - start));
}

static const yajl_callbacks callbacks = {
    .yajl_null = on_null,
    .yajl_boolean = on_boolean,
    .yajl_number = on_number,
    .yajl_string = on_string,
    .yajl_start_map = on_start,
    .yajl_map_key = on_key,
    .yajl_end_map = on_end_object,
    .yajl_start_array = on_start,
    .yajl_end_array = on_end_array,
};

/* -- lone surrogates -- */

/* The code unit of "\uXXXX" at `at`; false when there is none. */
static bool unit_at(str s, size_t at, unsigned *unit)
{
    if (at + 6 > s.len || s.ptr[at] != '\\' || s.ptr[at + 1] != 'u')
        return false;
    *unit = 0;
    for (size_t i = at + 2; i < at + 6; i++) {
        char c = s.ptr[i];
        unsigned digit = c >= '0' && c <= '9'   ? (unsigned)(c - '0')
                         : c >= 'a' && c <= 'f' ? (unsigned)(c - 'a' + 10)
                         : c >= 'A' && c <= 'F' ? (unsigned)(c - 'A' + 10)
                                                : 16;
        if (digit == 16)
            return false;
        *unit = *unit << 4 | digit;
    }
    return true;
}

/* The next escape of half a pair at or after from; s.len when there is none. */
static size_t lone_surrogate(str s, size_t from)
{
    for (size_t at = str_find_char(s, from, '\\'); at < s.len; at = str_find_char(s, at, '\\')) {
        unsigned unit, low;
        if (!unit_at(s, at, &unit) || unit < 0xD800 || unit > 0xDFFF) {
            at += 2; // whatever is escaped, a backslash among it
            continue;
        }
        if (unit >= 0xDC00 || !unit_at(s, at + 6, &low) || low < 0xDC00 || low > 0xDFFF)
            return at;
        at += 12;
    }
    return s.len;
}

/* Gives a copy of text in which each lone surrogate is \uFFFD; ptr NULL when there is none, or no
 * memory (failed then tells). */
static str without_lone_surrogates(str text, bool *failed)
{
    *failed = false;
    size_t at = lone_surrogate(text, 0);
    if (at == text.len)
        return STR_NONE;
    char *copy = str_dup_c(text);
    *failed = !copy;
    const str replacement = STR("\\uFFFD"); // as long as what it replaces
    for (; copy && at < text.len; at = lone_surrogate(text, at + replacement.len))
        memcpy(copy + at, replacement.ptr, replacement.len);
    return (str){copy, text.len};
}

/* -- the parse -- */

/* False: err is set, or it is the grammar. */
/* yajl passes over a token that the text ends in the middle of ("1 \"…"), and takes \v and \f for
 * white space. */
static bool ends_clean(const struct parsing *p)
{
    static const char space[] = " \t\r\n";
    for (size_t at = p->end; at < p->text.len; at++)
        if (!memchr(space, p->text.ptr[at], sizeof space - 1))
            return false;
    return !memchr(p->text.ptr, '\v', p->text.len) && !memchr(p->text.ptr, '\f', p->text.len);
}

static bool run_yajl(struct parsing *p)
{
    p->handle = yajl_alloc(&callbacks, NULL, p);
    if (!p->handle)
        return err_set(p->err, ERR_NO_MEMORY, "no memory for a JSON parser");
    (void)yajl_config(p->handle, yajl_dont_validate_strings, 1); // judged already
    yajl_status status = yajl_parse(p->handle, (const unsigned char *)p->text.ptr, p->text.len);
    bool clean = p->parts_len == 0 || ends_clean(p);
    // A number may be told of only now: it ends where the text does.
    if (status == yajl_status_ok)
        status = yajl_complete_parse(p->handle);
    yajl_free(p->handle);
    return status == yajl_status_ok && clean && p->depth == 0 && p->parts_len == 1;
}

static bool parse(struct parsing *p, json *out)
{
    bool ok = run_yajl(p);
    if (ok)
        *out = p->parts[--p->parts_len].value;
    else if (!err_is_set(p->err))
        (void)json_explain(p->text, p->err);
    while (p->parts_len)
        json_unref(p->parts[--p->parts_len].value);
    mem_free(p->parts);
    mem_free(p->starts);
    return ok;
}

bool json_parse_with(str text, int flags, json *out, struct err *err)
{
    size_t bad = str_utf8_find_bad(text);
    if (bad < text.len)
        return json_explain_utf8(text, bad, err);
    bool failed;
    str mended = without_lone_surrogates(text, &failed);
    if (failed)
        return err_set(err, ERR_NO_MEMORY, "no memory for a JSON value");
    struct parsing p = {.flags = flags, .text = mended.ptr ? mended : text, .err = err};
    bool ok = parse(&p, out);
    str_free(mended);
    return ok;
}

bool json_parse(str text, json *out, struct err *err)
{
    return json_parse_with(text, 0, out, err);
}
