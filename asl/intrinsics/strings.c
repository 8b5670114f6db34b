/* Functions on texts: Format, StringSplit. */
#include "intrinsics_private.h"

/* -- Format -- */

/* Where in a template we are. A literal is read with its escapes. ASSUMPTION: a template that is no
 * literal has none but \{ and \}. */
struct template
{
    str text;
    bool literal;
};

static bool is_escape(const struct template *t, size_t i)
{
    if (t->text.ptr[i] != '\\' || i + 1 == t->text.len)
        return false;
    char next = t->text.ptr[i + 1];
    return t->literal || next == '{' || next == '}';
}

static bool wrong_count(struct err *err, size_t arguments)
{
    return intrinsic_fail(
        err, "The number of arguments (%zu) is not that of the {} in the template", arguments);
}

/* Source of "matching '}' …": AWS's text for a bare brace. ASSUMPTION: a bare '}' is refused too.
 */
static bool format(const struct template *t, const json *arg, size_t args, struct buf *out,
                   struct err *err)
{
    size_t used = 0;
    for (size_t i = 0; i < t->text.len && out->len <= INTRINSIC_VALUE_MAX_BYTES; i++) {
        char c = t->text.ptr[i];
        if (is_escape(t, i)) {
            buf_add_char(out, t->text.ptr[++i]);
        } else if (c == '}') {
            return intrinsic_fail(err, "matching '{' not found for '}'");
        } else if (c != '{') {
            buf_add_char(out, c);
        } else if (i + 1 == t->text.len || t->text.ptr[i + 1] != '}') {
            return intrinsic_fail(err, "matching '}' not found for '{'");
        } else if (used == args) {
            return wrong_count(err, args);
        } else {
            jsonpath_print_java(arg[used++], out); // a string bare, an object as {a=1}
            i++;
        }
    }
    if (out->len > INTRINSIC_VALUE_MAX_BYTES)
        return intrinsic_fail(err, "The text is longer than %d bytes", INTRINSIC_VALUE_MAX_BYTES);
    return used == args || wrong_count(err, args);
}

bool intrinsics_format(const struct intrinsic_call *call, json *out, struct err *err)
{
    bool literal = call->literal.ptr != NULL;
    struct template t = {literal ? call->literal : json_str(call->arg[0]), literal};
    struct buf b;
    // One argument more than fits, in Java's text, at most twice as long as the JSON text: so that
    // it is for memory alone that the buffer fails.
    buf_init(&b, (size_t)4 * INTRINSIC_VALUE_MAX_BYTES);
    bool ok = format(&t, call->arg + 1, call->args - 1, &b, err);
    if (ok && !buf_ok(&b))
        ok = intrinsic_no_memory(err);
    ok = ok && intrinsic_give(json_string(buf_str(&b)), out, err);
    buf_release(&b);
    return ok;
}

/* -- StringSplit -- */

static bool is_separator(str separators, uint32_t c)
{
    size_t at = 0;
    while (at < separators.len)
        if (str_utf8_next(separators, &at) == c)
            return true;
    return false;
}

static bool push_piece(str text, size_t from, size_t to, json *list)
{
    return from == to || json_push_take(list, json_string(str_sub(text, from, to - from)));
}

/* The second argument is a set of characters; empty pieces are dropped. ASSUMPTION: an empty set
 * leaves the text whole. */
bool intrinsics_string_split(const struct intrinsic_call *call, json *out, struct err *err)
{
    str text = json_str(call->arg[0]), separators = json_str(call->arg[1]);
    // Each character of the one is looked for in the other.
    if (text.len > 0 && separators.len > (size_t)16 * INTRINSIC_VALUE_MAX_BYTES / text.len)
        return intrinsic_fail(err, "Too many separators for so long a text");
    json made = json_array(0);
    bool ok = !json_is_absent(made);
    size_t from = 0, at = 0;
    while (ok && at < text.len) {
        size_t before = at;
        if (!is_separator(separators, str_utf8_next(text, &at)))
            continue;
        ok = push_piece(text, from, before, &made);
        from = at;
    }
    ok = ok && push_piece(text, from, text.len, &made);
    if (!ok) {
        json_unref(made);
        return intrinsic_no_memory(err);
    }
    *out = made;
    return true;
}
