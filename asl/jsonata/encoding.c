/* Functions that encode: Base64 and URLs. */
#include "base/base64.h"
#include "functions_private.h"

enum { TEXT_MAX = 1 << 30 };

/* ASSUMPTION: of the text's UTF-8, as States.Base64Encode. The reference implementation has the
 * bytes of ISO 8859-1, and loses what does not fit them. */
bool function_base64encode(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    base64_encode(string_of(c->arguments[0]), &text);
    return ev_give_text(c->ev, &text, out);
}

bool function_base64decode(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    struct buf text;
    buf_init(&text, TEXT_MAX);
    if (base64_decode(string_of(c->arguments[0]), &text) && str_utf8_valid(buf_str(&text)))
        return ev_give_text(c->ev, &text, out);
    bool full = !buf_ok(&text);
    buf_release(&text);
    return full ? no_memory(c->ev->err)
                : ev_fail(c->ev, "internal: the text is not Base64 of UTF-8");
}

/* -- URLs -- */

static const char unreserved[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                 "-_.!~*'()";
static const char reserved[] = ";/?:@&=+$,#"; // and what encodeURI leaves besides

static bool malformed(struct call *c, const char *function)
{
    str shown = value_shown(c->ev, c->arguments[0]);
    return ev_fail(c->ev, "D3140: Malformed URL passed to $%s(): %.*s", function, STR_ARG(shown));
}

static bool encode(struct call *c, const char *function, const char *kept, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    // A lone surrogate; or where one stood, which JSON's parser leaves as U+FFFD.
    if (!str_utf8_valid(s) || (s.len > 0 && memmem(s.ptr, s.len, "\uFFFD", 3)))
        return malformed(c, function);
    struct buf text;
    buf_init(&text, TEXT_MAX);
    for (size_t i = 0; i < s.len; i++) {
        char byte = s.ptr[i];
        if (byte != '\0' && (strchr(unreserved, byte) || strchr(kept, byte)))
            buf_add_char(&text, byte);
        else
            buf_printf(&text, "%%%02X", (unsigned)(unsigned char)byte);
    }
    return ev_give_text(c->ev, &text, out);
}

bool function_encode_url_component(struct call *c, struct value *out)
{
    return encode(c, "encodeUrlComponent", "", out);
}

bool function_encode_url(struct call *c, struct value *out)
{
    return encode(c, "encodeUrl", reserved, out);
}

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* kept: characters whose escapes stay escapes. */
static bool decode(struct call *c, const char *function, const char *kept, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    str s = string_of(c->arguments[0]);
    struct buf text;
    bool ok = true;
    buf_init(&text, s.len + 1);
    for (size_t i = 0; ok && i < s.len; i++) {
        if (s.ptr[i] != '%') {
            buf_add_char(&text, s.ptr[i]);
            continue;
        }
        int high = i + 2 < s.len ? hex_digit(s.ptr[i + 1]) : -1;
        int low = i + 2 < s.len ? hex_digit(s.ptr[i + 2]) : -1;
        ok = high >= 0 && low >= 0;
        char byte = (char)(high * 16 + low);
        if (ok && byte != '\0' && strchr(kept, byte))
            buf_add(&text, str_sub(s, i, 3));
        else
            buf_add_char(&text, byte);
        i += 2;
    }
    if (ok && str_utf8_valid(buf_str(&text)))
        return ev_give_text(c->ev, &text, out);
    buf_release(&text);
    return malformed(c, function);
}

bool function_decode_url_component(struct call *c, struct value *out)
{
    return decode(c, "decodeUrlComponent", "", out);
}

bool function_decode_url(struct call *c, struct value *out)
{
    return decode(c, "decodeUrl", reserved, out);
}
