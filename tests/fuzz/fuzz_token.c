/* Bearer tokens, aws-auth mappings and YAML: whatever is identified is an ARN; whatever YAML parses
 * is JSON that parses to the same. */
#include "base/base64.h"
#include "cluster/auth/auth.h"
#include "cluster/auth/yaml.h"
#include "net/arn.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void try_token(str token)
{
    static const struct sts sts = {.account = STR_INIT("123456789012")};
    static const int64_t now_ms = 1795575600000;
    struct arena a;
    struct arn parts;
    struct err err = ERR_INIT;
    str arn;
    arena_init(&a, 1 << 20);
    if (auth_token_identify(&sts, &a, token, STR("c1"), now_ms, &arn, &err))
        must(arn_parse(arn, &parts));
    else
        must(err_is_set(&err));
    err_release(&err);
    arena_release(&a);
}

/* The bytes as the URL within a token: most inputs would not get past base64. */
static void try_url(str url)
{
    struct buf b;
    buf_init(&b, 1 << 16);
    buf_add(&b, STR("k8s-aws-v1."));
    base64url_encode(url, &b);
    if (buf_ok(&b))
        try_token(buf_str(&b));
    buf_release(&b);
}

static void try_mapping(str text)
{
    struct arena a;
    struct auth_user user;
    struct auth_rules rules = {.account = STR("123456789012"), .aws_auth = json_object(1)};
    json maps = json_object(1);
    arena_init(&a, 1 << 20);
    if (json_put_take(&maps, STR("mapRoles"), json_string(text)) &&
        json_put_take(&rules.aws_auth, STR("data"), json_ref(maps)))
        (void)auth_user_of(&rules, &a, STR("arn:aws:iam::123456789012:role/r"), &user);
    json_unref(maps);
    json_unref(rules.aws_auth);
    arena_release(&a);
}

static void try_yaml(str text)
{
    struct err err = ERR_INIT;
    json value = json_absent(), again = json_absent();
    if (yaml_to_json(text, &value, &err)) {
        str printed = json_text(value);
        must(printed.ptr && json_parse(printed, &again, &err) && json_equal(value, again));
        str_free(printed);
    }
    json_unref(value);
    json_unref(again);
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    if (size > 8192)
        return 0;
    try_token(text);
    try_url(text);
    try_mapping(text);
    try_yaml(text);
    return 0;
}
