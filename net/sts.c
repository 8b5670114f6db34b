/* Who is calling. All of a session follows from the server's secret and the role:
 *
 *   token       "stepd1." base64url({"arn":<canonical ARN>}) "." base64url(HMAC(secret, "token" …))
 *   access key  "ASIA" and 16 letters of HMAC(secret, "key" token)
 *   secret key  hex HMAC(secret, "secret" access key "|" token)
 *
 * so a session is recognised after a restart without a table, and none can be made up without the
 * secret. The same role always gets the same session: credentials here guard nothing but the
 * identity of a local state machine, and do not expire. */
#include "net/sts.h"

#include "base/base64.h"
#include "base/digest.h"
#include "base/json.h"
#include "net/arn.h"

#include <openssl/crypto.h>

enum {
    ACCESS_KEY_LETTERS = 16, /* after "ASIA". Source: IAM User Guide, "Unique identifiers" */
    TOKEN_MAX_BYTES = 8192,  /* ours are some 200 bytes */
    ARN_MAX_BYTES = 2048,    /* Source: IAM API reference, arnType */
    SCRATCH_MAX_BYTES = 65536,
};

static const char token_prefix[] = "stepd1.";

static str sts_secret(const struct sts *sts)
{
    return (str){(const char *)sts->secret, sizeof(sts->secret)};
}

/* HMAC of purpose, a and b, with separators: no two purposes share a text. */
static bool seal(const struct sts *sts, str purpose, str a, str b, unsigned char out[SHA256_BYTES])
{
    struct buf text;
    buf_init(&text, SCRATCH_MAX_BYTES);
    buf_add(&text, purpose);
    buf_add_char(&text, '|');
    buf_add(&text, a);
    buf_add_char(&text, '|');
    buf_add(&text, b);
    bool ok = buf_ok(&text);
    if (ok)
        hmac_sha256(sts_secret(sts), buf_str(&text), out);
    buf_release(&text);
    return ok;
}

static bool token_seal(const struct sts *sts, str payload, struct buf *out)
{
    unsigned char mac[SHA256_BYTES];
    if (!seal(sts, STR("token"), payload, STR(""), mac))
        return false;
    base64url_encode((str){(const char *)mac, sizeof(mac)}, out);
    return buf_ok(out);
}

static str token_new(const struct sts *sts, struct arena *a, str arn)
{
    struct buf token, payload;
    buf_init(&token, TOKEN_MAX_BYTES);
    buf_init(&payload, TOKEN_MAX_BYTES);
    buf_add(&payload, STR("{\"arn\":"));
    json_print_str(arn, &payload);
    buf_add_char(&payload, '}');
    buf_add(&token, str_from_c(token_prefix));
    base64url_encode(buf_str(&payload), &token);
    str sealed = STR_NONE;
    if (buf_ok(&payload) && buf_ok(&token)) {
        // The payload is sealed as it is written, before the dot: what is checked is what is read.
        str encoded = str_skip(buf_str(&token), sizeof(token_prefix) - 1);
        struct buf mac;
        buf_init(&mac, TOKEN_MAX_BYTES);
        if (token_seal(sts, encoded, &mac)) {
            buf_add_char(&token, '.');
            buf_add(&token, buf_str(&mac));
            if (buf_ok(&token))
                sealed = arena_str(a, buf_str(&token));
        }
        buf_release(&mac);
    }
    buf_release(&payload);
    buf_release(&token);
    return sealed;
}

static str access_key_new(const struct sts *sts, struct arena *a, str token)
{
    static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
    unsigned char mac[SHA256_BYTES];
    char letters[ACCESS_KEY_LETTERS];
    if (!seal(sts, STR("key"), token, STR(""), mac))
        return STR_NONE;
    for (size_t i = 0; i < sizeof(letters); i++)
        letters[i] = alphabet[mac[i] & 31];
    return arena_printf(a, "ASIA%.*s", (int)sizeof(letters), letters);
}

static str secret_key_new(const struct sts *sts, struct arena *a, str access_key, str token)
{
    unsigned char mac[SHA256_BYTES];
    char hex[2 * SHA256_BYTES + 1];
    if (!seal(sts, STR("secret"), access_key, token, mac))
        return STR_NONE;
    hex_encode(mac, sizeof(mac), hex);
    return arena_str(a, str_from_c(hex));
}

/* The role's ARN without its path; ptr NULL when it is no role, or memory fails. */
static str canonical_role(struct arena *a, str role_arn, bool *no_memory)
{
    struct arn arn;
    *no_memory = false;
    if (role_arn.len > ARN_MAX_BYTES || !str_utf8_valid(role_arn) || !arn_parse(role_arn, &arn) ||
        !str_eq(arn.service, STR("iam")) || arn.partition.len == 0 || arn.account.len == 0 ||
        !str_starts(arn.resource, STR("role/")))
        return STR_NONE;
    str name = str_skip(arn.resource, 5);
    for (size_t slash; (slash = str_find_char(name, 0, '/')) < name.len;)
        name = str_skip(name, slash + 1);
    if (name.len == 0)
        return STR_NONE;
    str canonical = arena_printf(a, "arn:%.*s:iam::%.*s:role/%.*s", STR_ARG(arn.partition),
                                 STR_ARG(arn.account), STR_ARG(name));
    *no_memory = !canonical.ptr;
    return canonical;
}

bool sts_session(const struct sts *sts, struct arena *a, str role_arn,
                 struct sigv4_credentials *out, struct err *err)
{
    bool no_memory;
    str arn = canonical_role(a, role_arn, &no_memory);
    if (!arn.ptr && !no_memory)
        return err_set(err, ERR_INVALID_ARN, "Invalid Role Arn: '%.*s'", STR_ARG(role_arn));
    struct sigv4_credentials made = {0};
    if (arn.ptr)
        made.session_token = token_new(sts, a, arn);
    if (made.session_token.ptr)
        made.access_key = access_key_new(sts, a, made.session_token);
    if (made.access_key.ptr)
        made.secret_key = secret_key_new(sts, a, made.access_key, made.session_token);
    if (!made.secret_key.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for session credentials");
    *out = made;
    return true;
}

static bool equal_in_constant_time(str a, str b)
{
    return a.len == b.len && CRYPTO_memcmp(a.ptr, b.ptr, a.len) == 0;
}

/* True: token and access key are ours and belong together; *payload is its JSON, encoded. */
static bool token_is_ours(const struct sts *sts, struct arena *a, str access_key, str token,
                          str *payload)
{
    if (token.len > TOKEN_MAX_BYTES || !str_starts(token, str_from_c(token_prefix)))
        return false;
    str mac = str_skip(token, sizeof(token_prefix) - 1);
    *payload = str_cut(&mac, '.');
    struct buf expected;
    buf_init(&expected, TOKEN_MAX_BYTES);
    bool ours = mac.ptr && token_seal(sts, *payload, &expected) &&
                equal_in_constant_time(mac, buf_str(&expected));
    buf_release(&expected);
    if (!ours)
        return false;
    str key = access_key_new(sts, a, token);
    return key.ptr && equal_in_constant_time(access_key, key);
}

static bool payload_arn(struct arena *a, str payload, str *arn)
{
    struct buf text;
    struct err err = ERR_INIT;
    json value = json_absent();
    str found;
    buf_init(&text, TOKEN_MAX_BYTES);
    bool ok = base64url_decode(payload, &text) && buf_ok(&text) &&
              json_parse(buf_str(&text), &value, &err) && json_get_str(value, STR("arn"), &found);
    if (ok) {
        *arn = arena_str(a, found);
        ok = arn->ptr != NULL;
    }
    json_unref(value);
    err_release(&err);
    buf_release(&text);
    return ok;
}

bool sts_identify(const struct sts *sts, struct arena *a, str access_key, str session_token,
                  str *arn, struct err *err)
{
    str payload, found;
    if (!str_starts(session_token, str_from_c(token_prefix))) {
        found = arena_printf(a, "arn:aws:iam::%.*s:user/local", STR_ARG(sts->account));
        if (!found.ptr)
            return err_set(err, ERR_NO_MEMORY, "no memory for the caller's ARN");
    } else if (!token_is_ours(sts, a, access_key, session_token, &payload) ||
               !payload_arn(a, payload, &found)) {
        return err_set(err, ERR_ACCESS_DENIED,
                       "The security token included in the request is invalid.");
    }
    *arn = found;
    return true;
}

bool sts_secret_key(const struct sts *sts, struct arena *a, str access_key, str session_token,
                    str *out)
{
    str payload;
    if (!token_is_ours(sts, a, access_key, session_token, &payload))
        return false;
    *out = secret_key_new(sts, a, access_key, session_token);
    return out->ptr != NULL;
}
