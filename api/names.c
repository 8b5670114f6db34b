/* Names, ARNs and page tokens, checked.
 * Source: API Reference, CreateStateMachine, "name"; texts recorded from AWS. */
#include "api_private.h"
#include "base/base64.h"
#include "base/hashmap.h"
#include "net/arn.h"

enum { TOKEN_BYTES = 512 };

/* A character that no name may hold. */
static bool forbidden(uint32_t c)
{
    static const char ascii[] = " <>{}[]?*\"#%\\^|~`$&,;:/";
    if (c < 0x80)
        return c < 0x20 || c == 0x7F || strchr(ascii, (int)c) != NULL;
    // White space of Unicode, control characters, non-characters and surrogates.
    return c <= 0x9F || c == 0xA0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200A) || c == 0x2028 ||
           c == 0x2029 || c == 0x202F || c == 0x205F || c == 0x3000 ||
           (c >= 0xD800 && c <= 0xDFFF) || (c & 0xFFFE) == 0xFFFE;
}

bool name_check(str name, struct err *err)
{
    for (size_t at = 0; at < name.len;)
        if (forbidden(str_utf8_next(name, &at)))
            return err_set(err, ERR_INVALID_NAME, "Invalid Name: '%.*s'", STR_ARG(name));
    return name.len > 0 || err_set(err, ERR_INVALID_NAME, "Invalid Name: ''");
}

bool arn_check(str text, const char *type, struct err *err)
{
    struct arn arn;
    if (!str_starts(text, STR("arn:")) || !arn_parse(text, &arn))
        return err_set(err, ERR_INVALID_ARN, "Invalid Arn: 'Invalid ARN prefix: %.*s'",
                       STR_ARG(text));
    if (!str_eq(arn.service, STR("states")))
        return err_set(err, ERR_INVALID_ARN, "Invalid Arn: 'Invalid service in ARN: %.*s'",
                       STR_ARG(arn.service));
    str rest = arn.resource;
    str resource_type = str_cut(&rest, ':');
    if (type && !str_eq(resource_type, str_from_c(type)))
        return err_set(err, ERR_INVALID_ARN,
                       "Invalid Arn: 'Resource type not valid in this context: %.*s'",
                       STR_ARG(resource_type));
    return true;
}

bool role_arn_check(str text, struct err *err)
{
    struct arn arn;
    if (!str_starts(text, STR("arn:")) || !arn_parse(text, &arn))
        return err_set(err, ERR_INVALID_ARN, "Invalid Arn: 'Invalid ARN prefix: %.*s'",
                       STR_ARG(text));
    return true;
}

void token_print(struct buf *out, str what, int64_t a, uint64_t b)
{
    struct buf plain;
    buf_init(&plain, TOKEN_BYTES);
    // The hash is seeded per process: a token is good as long as this server runs.
    buf_printf(&plain, "%llx.%lld.%llu", (unsigned long long)hash_bytes(what.ptr, what.len),
               (long long)a, (unsigned long long)b);
    base64url_encode(buf_str(&plain), out);
    buf_release(&plain);
}

bool token_parse(str token, str what, int64_t *a, uint64_t *b, struct err *err)
{
    struct buf plain, wanted;
    buf_init(&plain, TOKEN_BYTES);
    buf_init(&wanted, TOKEN_BYTES);
    buf_printf(&wanted, "%llx", (unsigned long long)hash_bytes(what.ptr, what.len));
    int64_t second = 0;
    bool ok = base64url_decode(token, &plain) && buf_ok(&plain);
    str rest = buf_str(&plain);
    ok = ok && str_eq(str_cut(&rest, '.'), buf_str(&wanted)) && rest.ptr &&
         str_to_int64(str_cut(&rest, '.'), a) && rest.ptr && str_to_int64(rest, &second) &&
         second >= 0;
    *b = (uint64_t)second;
    buf_release(&plain);
    buf_release(&wanted);
    return ok || err_set(err, ERR_INVALID_TOKEN, "Invalid Token: 'Invalid token'");
}
