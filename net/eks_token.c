/* EKS bearer tokens, made. Checking them is the cluster's affair. */
#include "net/eks_token.h"

#include "base/base64.h"

enum { TOKEN_EXPIRES_S = 60, TOKEN_MAX_BYTES = 4096 };

bool eks_token_make(struct arena *a, const struct sigv4_credentials *credentials, str region,
                    str cluster_name, int64_t now_ms, str *token, struct err *err)
{
    str host = arena_printf(a, "sts.%.*s.amazonaws.com", STR_ARG(region));
    if (!host.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for a token");
    const struct sigv4_header headers[] = {
        {STR(EKS_TOKEN_CLUSTER_HEADER), cluster_name}
    };
    str url = STR_NONE;
    if (!sigv4_presign(a, credentials, STR("sts"), region, host, STR("/"),
                       STR("Action=GetCallerIdentity&Version=2011-06-15"), headers, 1,
                       TOKEN_EXPIRES_S, now_ms, &url, err))
        return false;
    struct buf text;
    buf_init(&text, TOKEN_MAX_BYTES);
    buf_add(&text, STR(EKS_TOKEN_PREFIX));
    base64url_encode(url, &text);
    *token = buf_ok(&text) ? arena_str(a, buf_str(&text)) : STR_NONE;
    buf_release(&text);
    if (!token->ptr)
        return err_set(err, ERR_TOO_LARGE, "a token would be longer than %d bytes",
                       TOKEN_MAX_BYTES);
    return true;
}
