/* EKS bearer tokens: made by net, checked here as aws-iam-authenticator checks them, in its order:
 * length, prefix, base64url, an https URL of STS's with the path "/", known parameters once each,
 * GetCallerIdentity, the cluster's header among the signed ones, not older than fifteen minutes.
 * The authenticator then replays the request to STS. Here the server's own sessions are known by
 * their seal, and their signature is computed again with this cluster's name; keys of a user's own
 * cannot be checked and are the account's local user. */
#include "base/base64.h"
#include "cluster/auth/auth.h"
#include "net/eks_token.h"
#include "net/url.h"

enum {
    TOKEN_EXPIRES_MAX_S = 900,
    TOKEN_AHEAD_MAX_S = 900, /* STS refuses a request signed further in the future */
};

struct claims {
    str access_key, session_token;
    int64_t signed_at_ms;
};

static bool refuse(struct err *err, const char *why)
{
    return err_set(err, ERR_ACCESS_DENIED, "%s", why);
}

/* sts.amazonaws.com, sts.<region>.amazonaws.com, and their -fips, dualstack and China forms. */
static bool is_sts_host(str host)
{
    static const char *const suffixes[] = {".amazonaws.com", ".amazonaws.com.cn", ".api.aws", NULL};
    for (const char *const *suffix = suffixes; *suffix; suffix++) {
        str end = str_from_c(*suffix);
        if (!str_ends(host, end))
            continue;
        str front = str_sub(host, 0, host.len - end.len);
        str service = str_cut(&front, '.');
        if (!str_eq(service, STR("sts")) && !str_eq(service, STR("sts-fips")))
            return false;
        for (size_t i = 0; i < front.len; i++) {
            char c = front.ptr[i];
            if (!(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9') && c != '-')
                return false; // one more label at most: a region
        }
        return true;
    }
    return false;
}

static bool is_known_parameter(str name)
{
    static const char *const known[] = {"action",
                                        "version",
                                        "x-amz-algorithm",
                                        "x-amz-credential",
                                        "x-amz-date",
                                        "x-amz-expires",
                                        "x-amz-security-token",
                                        "x-amz-signature",
                                        "x-amz-signedheaders",
                                        NULL};
    for (const char *const *k = known; *k; k++)
        if (str_eq_nocase(name, str_from_c(*k)))
            return true;
    return false;
}

static bool parameters_known(const struct url_param *params, size_t count, struct err *err)
{
    for (size_t i = 0; i < count; i++) {
        if (!is_known_parameter(params[i].name))
            return err_set(err, ERR_ACCESS_DENIED, "non-whitelisted query parameter \"%.*s\"",
                           STR_ARG(params[i].name));
        for (size_t j = 0; j < i; j++)
            if (str_eq_nocase(params[i].name, params[j].name))
                return err_set(err, ERR_ACCESS_DENIED, "query parameter \"%.*s\" twice",
                               STR_ARG(params[i].name));
    }
    return true;
}

static str parameter(const struct url_param *params, size_t count, str name)
{
    for (size_t i = 0; i < count; i++)
        if (str_eq_nocase(params[i].name, name))
            return params[i].value;
    return STR_NONE;
}

static bool signs_cluster(str signed_headers)
{
    for (str rest = signed_headers; rest.ptr;)
        if (str_eq(str_cut(&rest, ';'), STR(EKS_TOKEN_CLUSTER_HEADER)))
            return true;
    return false;
}

static bool parameters_read(const struct url_param *params, size_t count, int64_t now_ms,
                            struct claims *out, struct err *err)
{
    int64_t expires_s = 0;
    if (!parameters_known(params, count, err))
        return false;
    if (!str_eq(parameter(params, count, STR("action")), STR("GetCallerIdentity")))
        return refuse(err, "unexpected action parameter");
    if (!signs_cluster(parameter(params, count, STR("x-amz-signedheaders"))))
        return refuse(err, "client did not sign the x-k8s-aws-id header");
    if (!str_to_int64(parameter(params, count, STR("x-amz-expires")), &expires_s) ||
        expires_s < 0 || expires_s > TOKEN_EXPIRES_MAX_S)
        return refuse(err, "invalid X-Amz-Expires parameter");
    if (!sigv4_date_parse(parameter(params, count, STR("x-amz-date")), &out->signed_at_ms))
        return refuse(err, "error parsing X-Amz-Date parameter");
    if (now_ms - out->signed_at_ms > (int64_t)AUTH_TOKEN_LIFE_S * 1000)
        return refuse(err, "the token has expired");
    if (out->signed_at_ms - now_ms > (int64_t)TOKEN_AHEAD_MAX_S * 1000)
        return refuse(err, "the token is signed in the future");
    str scope = parameter(params, count, STR("x-amz-credential"));
    out->access_key = str_cut(&scope, '/');
    if (out->access_key.len == 0 || !scope.ptr)
        return refuse(err, "invalid X-Amz-Credential parameter");
    str token = parameter(params, count, STR("x-amz-security-token"));
    out->session_token = token.ptr ? token : STR("");
    return true;
}

/* Lends the URL that a token carries. */
static bool token_url(struct arena *a, str token, str *url, struct err *err)
{
    struct buf text;
    if (token.len > AUTH_TOKEN_MAX_BYTES)
        return refuse(err, "the token is too large");
    if (!str_starts(token, STR(EKS_TOKEN_PREFIX)))
        return refuse(err, "the token is missing the expected prefix");
    token = str_skip(token, STR(EKS_TOKEN_PREFIX).len);
    if (str_find_char(token, 0, '=') < token.len) // RawURLEncoding knows no padding
        return refuse(err, "the token is not base64");
    buf_init(&text, AUTH_TOKEN_MAX_BYTES);
    bool decoded =
        base64url_decode(token, &text) && buf_ok(&text) && str_utf8_valid(buf_str(&text));
    *url = decoded ? arena_str(a, buf_str(&text)) : STR_NONE;
    buf_release(&text);
    if (!decoded)
        return refuse(err, "the token is not base64");
    return url->ptr || err_set(err, ERR_NO_MEMORY, "no memory for a token");
}

bool auth_token_identify(const struct sts *sts, struct arena *a, str token, str cluster_name,
                         int64_t now_ms, str *principal_arn, struct err *err)
{
    struct url_param *params;
    struct url parts = {.port = 0};
    struct claims claims;
    size_t count;
    str url = STR_NONE, secret_key, arn;
    struct err why = ERR_INIT;
    if (!token_url(a, token, &url, err))
        return false;
    bool parsed =
        url_parse(url, &parts, &why) && url_query_parse(a, parts.query, &params, &count, &why);
    err_release(&why);
    if (!parsed)
        return refuse(err, "the token's URL is malformed");
    if (!str_eq(parts.scheme, STR("https")) || parts.port != 443)
        return refuse(err, "the token's URL is not https");
    if (!is_sts_host(parts.host))
        return refuse(err, "unexpected hostname in pre-signed URL");
    if (!str_eq(parts.path, STR("/")))
        return refuse(err, "unexpected path in pre-signed URL");
    if (!parameters_read(params, count, now_ms, &claims, err))
        return false;
    if (!sts_identify(sts, a, claims.access_key, claims.session_token, &arn, err))
        return false;
    if (sts_secret_key(sts, a, claims.access_key, claims.session_token, &secret_key)) {
        const struct sigv4_header cluster = {STR(EKS_TOKEN_CLUSTER_HEADER), cluster_name};
        if (!sigv4_presigned_matches(url, &cluster, 1, secret_key))
            return refuse(err, "the token's signature does not match for this cluster");
    }
    *principal_arn = arn;
    return true;
}
