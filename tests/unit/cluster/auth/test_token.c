/* Bearer tokens: what is made is recognised, and nothing else is. */
#include "base/base64.h"
#include "cluster/auth/auth.h"
#include "net/eks_token.h"
#include "unit.h"

#define ROLE "arn:aws:iam::123456789012:role/service-role/deploy"

enum { NOW_S = 1795575600 };

static const int64_t now_ms = (int64_t)NOW_S * 1000;

struct fixture {
    struct sts sts;
    struct arena a;
    struct sigv4_credentials session;
};

static struct fixture setup(void)
{
    struct fixture f = {.sts = {.account = STR("123456789012")}};
    struct err err = ERR_INIT;
    memset(f.sts.secret, 7, sizeof(f.sts.secret));
    arena_init(&f.a, 1 << 20);
    assert_true(sts_session(&f.sts, &f.a, STR(ROLE), &f.session, &err));
    return f;
}

static str token_of(struct fixture *f, const struct sigv4_credentials *credentials)
{
    struct err err = ERR_INIT;
    str token;
    assert_true(
        eks_token_make(&f->a, credentials, STR("us-east-1"), STR("c1"), now_ms, &token, &err));
    return token;
}

static bool identified(struct fixture *f, str token, str cluster, int64_t at_ms, str *arn)
{
    struct err err = ERR_INIT;
    bool ok = auth_token_identify(&f->sts, &f->a, token, cluster, at_ms, arn, &err);
    assert_int_equal(ok, !err_is_set(&err));
    if (!ok)
        assert_int_equal(err.id, ERR_ACCESS_DENIED);
    err_release(&err);
    return ok;
}

/* The token with a part of its URL exchanged. */
static str changed(struct fixture *f, str token, const char *from, const char *to)
{
    struct buf url, out;
    buf_init(&url, 8192);
    buf_init(&out, 8192);
    assert_true(base64url_decode(str_skip(token, strlen("k8s-aws-v1.")), &url));
    const char *at = memmem(url.ptr, url.len, from, strlen(from));
    assert_non_null(at);
    size_t before = (size_t)(at - url.ptr);
    struct buf made;
    buf_init(&made, 8192);
    buf_add(&made, str_sub(buf_str(&url), 0, before));
    buf_add(&made, str_from_c(to));
    buf_add(&made, str_skip(buf_str(&url), before + strlen(from)));
    buf_add(&out, STR("k8s-aws-v1."));
    base64url_encode(buf_str(&made), &out);
    str text = arena_str(&f->a, buf_str(&out));
    buf_release(&made);
    buf_release(&url);
    buf_release(&out);
    return text;
}

static void test_session_is_its_role(void **state)
{
    (void)state;
    struct fixture f = setup();
    str arn;
    assert_true(identified(&f, token_of(&f, &f.session), STR("c1"), now_ms, &arn));
    assert_str(arn, "arn:aws:iam::123456789012:role/deploy");
    arena_release(&f.a);
}

static void test_foreign_keys_are_the_local_user(void **state)
{
    (void)state;
    struct fixture f = setup();
    const struct sigv4_credentials own = {STR("AKIAIOSFODNN7EXAMPLE"), STR("secret"), STR("")};
    str arn;
    assert_true(identified(&f, token_of(&f, &own), STR("c1"), now_ms, &arn));
    assert_str(arn, "arn:aws:iam::123456789012:user/local");
    arena_release(&f.a);
}

static void test_another_cluster_refuses(void **state)
{
    (void)state;
    struct fixture f = setup();
    str arn;
    assert_false(identified(&f, token_of(&f, &f.session), STR("c2"), now_ms, &arn));
    arena_release(&f.a);
}

static void test_age_is_bounded(void **state)
{
    (void)state;
    struct fixture f = setup();
    str token = token_of(&f, &f.session), arn;
    assert_true(identified(&f, token, STR("c1"), now_ms + 899000, &arn));
    assert_false(identified(&f, token, STR("c1"), now_ms + 901000, &arn));
    assert_false(identified(&f, token, STR("c1"), now_ms - 901000, &arn));
    arena_release(&f.a);
}

static void test_changed_urls_are_refused(void **state)
{
    (void)state;
    static const char *const changes[][2] = {
        {"https://",                    "http://"                         },
        {"sts.us-east-1.amazonaws.com", "sts.us-east-1.example.com"       },
        {"sts.us-east-1.amazonaws.com", "evil.us-east-1.amazonaws.com"    },
        {"sts.us-east-1.amazonaws.com", "sts.us-east-1.amazonaws.com:8443"},
        {"sts.us-east-1.amazonaws.com", "sts.a.b.amazonaws.com"           },
        {"amazonaws.com/?",             "amazonaws.com/x?"                },
        {"Action=GetCallerIdentity",    "Action=AssumeRole"               },
        {"Version=2011-06-15",          "Version=2011-06-15&Extra=1"      },
        {"Version=2011-06-15",          "Version=2011-06-15&action=x"     },
        {"host%3Bx-k8s-aws-id",         "host"                            },
        {"X-Amz-Expires=60",            "X-Amz-Expires=901"               },
        {"X-Amz-Expires=60",            "X-Amz-Expires=x"                 },
        {"X-Amz-Expires=60",            "X-Amz-Expires=61"                }, /* signed */
    };
    struct fixture f = setup();
    str token = token_of(&f, &f.session), arn;
    for (size_t i = 0; i < sizeof(changes) / sizeof(changes[0]); i++)
        if (identified(&f, changed(&f, token, changes[i][0], changes[i][1]), STR("c1"), now_ms,
                       &arn))
            fail_msg("%s for %s is let through", changes[i][1], changes[i][0]);
    arena_release(&f.a);
}

static void test_garbage_is_refused(void **state)
{
    (void)state;
    static const char *const garbage[] = {"",
                                          "x",
                                          "k8s-aws-v1.",
                                          "k8s-aws-v1.!!",
                                          "k8s-aws-v1.eA==",
                                          "k8s-aws-v2.eA",
                                          "k8s-aws-v1.aHR0cHM6Ly8"};
    struct fixture f = setup();
    str arn;
    for (size_t i = 0; i < sizeof(garbage) / sizeof(garbage[0]); i++)
        assert_false(identified(&f, str_from_c(garbage[i]), STR("c1"), now_ms, &arn));
    char *large = test_malloc(AUTH_TOKEN_MAX_BYTES + 1);
    memset(large, 'a', AUTH_TOKEN_MAX_BYTES + 1);
    memcpy(large, "k8s-aws-v1.", 11);
    assert_false(identified(&f, (str){large, AUTH_TOKEN_MAX_BYTES + 1}, STR("c1"), now_ms, &arn));
    test_free(large);
    arena_release(&f.a);
}

static void test_forged_session_is_refused(void **state)
{
    (void)state;
    struct fixture f = setup();
    struct fixture other = setup();
    memset(other.sts.secret, 9, sizeof(other.sts.secret));
    str arn;
    assert_false(identified(&other, token_of(&f, &f.session), STR("c1"), now_ms, &arn));
    arena_release(&f.a);
    arena_release(&other.a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_session_is_its_role),
        cmocka_unit_test(test_foreign_keys_are_the_local_user),
        cmocka_unit_test(test_another_cluster_refuses),
        cmocka_unit_test(test_age_is_bounded),
        cmocka_unit_test(test_changed_urls_are_refused),
        cmocka_unit_test(test_garbage_is_refused),
        cmocka_unit_test(test_forged_session_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
