/* Base64 and digests. Their input is bounded in characters. */
#include "base/base64.h"
#include "base/digest.h"
#include "intrinsics_private.h"

static bool check_length(str text, struct err *err)
{
    if (str_utf8_length(text) <= INTRINSIC_ENCODING_MAX_CHARACTERS)
        return true;
    return intrinsic_fail(err, "The input is longer than %d characters",
                          INTRINSIC_ENCODING_MAX_CHARACTERS);
}

static bool give_text(struct buf *b, json *out, struct err *err)
{
    bool ok =
        buf_ok(b) ? intrinsic_give(json_string(buf_str(b)), out, err) : intrinsic_no_memory(err);
    buf_release(b);
    return ok;
}

bool intrinsics_base64_encode(const struct intrinsic_call *call, json *out, struct err *err)
{
    str text = json_str(call->arg[0]);
    if (!check_length(text, err))
        return false;
    struct buf b;
    buf_init(&b, INTRINSIC_VALUE_MAX_BYTES);
    base64_encode(text, &b);
    return give_text(&b, out, err);
}

/* Appends bytes as text: what is not UTF-8 becomes U+FFFD, as in Java. */
static void add_as_text(str bytes, struct buf *out)
{
    for (size_t i = 0; i < bytes.len;) {
        size_t len = 1;
        while (len <= 4 && i + len <= bytes.len && !str_utf8_valid(str_sub(bytes, i, len)))
            len++;
        if (len <= 4 && i + len <= bytes.len) {
            buf_add(out, str_sub(bytes, i, len));
            i += len;
        } else {
            buf_add(out, STR("\xef\xbf\xbd"));
            i++;
        }
    }
}

bool intrinsics_base64_decode(const struct intrinsic_call *call, json *out, struct err *err)
{
    str text = json_str(call->arg[0]);
    if (!check_length(text, err))
        return false;
    struct buf bytes, b;
    buf_init(&bytes, INTRINSIC_VALUE_MAX_BYTES);
    buf_init(&b, INTRINSIC_VALUE_MAX_BYTES);
    bool ok = base64_decode(text, &bytes);
    if (ok)
        add_as_text(buf_str(&bytes), &b);
    else if (buf_ok(&bytes))
        intrinsic_fail(err, "The input is not Base64");
    else
        intrinsic_no_memory(err);
    buf_release(&bytes);
    if (ok)
        return give_text(&b, out, err);
    buf_release(&b);
    return false;
}

bool intrinsics_hash(const struct intrinsic_call *call, json *out, struct err *err)
{
    unsigned char made[DIGEST_MAX_BYTES];
    char hex[2 * DIGEST_MAX_BYTES + 1];
    size_t len;
    str data = json_str(call->arg[0]), algorithm = json_str(call->arg[1]);
    if (!check_length(data, err))
        return false;
    if (!digest(algorithm, data, made, &len))
        return intrinsic_fail(
            err, "The algorithm '%.*s' is none of MD5, SHA-1, SHA-256, SHA-384, SHA-512",
            STR_ARG(algorithm));
    hex_encode(made, len, hex);
    return intrinsic_give(json_string(str_from_c(hex)), out, err);
}
