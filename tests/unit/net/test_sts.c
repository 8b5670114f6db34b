/* Sessions: issued, recognised, and not to be made up. */
#include "base/mem.h"
#include "net/sts.h"
#include "unit.h"

#include <stdlib.h>

#define ROLE "arn:aws:iam::123456789012:role/R"

static struct sts server = {.account = STR_INIT("123456789012")};

static int setup(void **state)
{
    struct arena *a = malloc(sizeof(*a));
    memset(server.secret, 7, sizeof(server.secret));
    arena_init(a, 1 << 20);
    *state = a;
    return 0;
}

static int teardown(void **state)
{
    arena_release(*state);
    free(*state);
    return 0;
}

static struct sigv4_credentials session(struct arena *a, str role)
{
    struct sigv4_credentials c = {0};
    struct err err = ERR_INIT;
    assert_true(sts_session(&server, a, role, &c, &err));
    return c;
}

static void test_session_is_recognised(void **state)
{
    struct sigv4_credentials c = session(*state, STR(ROLE));
    struct err err = ERR_INIT;
    str arn, secret;
    assert_true(str_starts(c.access_key, STR("ASIA")));
    assert_int_equal(c.access_key.len, 20);
    assert_true(sts_identify(&server, *state, c.access_key, c.session_token, &arn, &err));
    assert_str(arn, ROLE);
    assert_true(sts_secret_key(&server, *state, c.access_key, c.session_token, &secret));
    assert_true(str_eq(secret, c.secret_key));
}

static void test_role_loses_its_path(void **state)
{
    struct sigv4_credentials c =
        session(*state, STR("arn:aws-cn:iam::123456789012:role/service-role/deep/R"));
    struct err err = ERR_INIT;
    str arn;
    assert_true(sts_identify(&server, *state, c.access_key, c.session_token, &arn, &err));
    assert_str(arn, "arn:aws-cn:iam::123456789012:role/R");
}

static void test_keys_not_ours_are_the_local_user(void **state)
{
    struct err err = ERR_INIT;
    str arn, secret;
    assert_true(sts_identify(&server, *state, STR("test"), STR(""), &arn, &err));
    assert_str(arn, "arn:aws:iam::123456789012:user/local");
    assert_true(sts_identify(&server, *state, STR("ASIAXXX"), STR("FwoGZXIvYXdz"), &arn, &err));
    assert_str(arn, "arn:aws:iam::123456789012:user/local");
    assert_false(sts_secret_key(&server, *state, STR("test"), STR(""), &secret));
}

static void assert_refused(struct arena *a, str access_key, str token)
{
    struct err err = ERR_INIT;
    str arn, secret;
    assert_false(sts_identify(&server, a, access_key, token, &arn, &err));
    assert_int_equal(err.id, ERR_ACCESS_DENIED);
    assert_str(err_text(&err), "The security token included in the request is invalid.");
    err_release(&err);
    assert_false(sts_secret_key(&server, a, access_key, token, &secret));
}

static void test_every_changed_byte_breaks_the_seal(void **state)
{
    struct sigv4_credentials c = session(*state, STR(ROLE));
    for (size_t i = 7; i < c.session_token.len; i++) { // behind "stepd1."
        char changed[1000];
        memcpy(changed, c.session_token.ptr, c.session_token.len);
        changed[i] = changed[i] == 'A' ? 'B' : 'A';
        assert_refused(*state, c.access_key, (str){changed, c.session_token.len});
    }
    for (size_t len = 7; len < c.session_token.len; len++)
        assert_refused(*state, c.access_key, str_sub(c.session_token, 0, len));
}

static void test_token_goes_with_its_own_key_only(void **state)
{
    struct sigv4_credentials one = session(*state, STR(ROLE));
    struct sigv4_credentials two = session(*state, STR(ROLE "2"));
    assert_refused(*state, two.access_key, one.session_token);
    assert_refused(*state, STR(""), one.session_token);
}

static void test_another_servers_token_is_refused(void **state)
{
    struct sigv4_credentials c = session(*state, STR(ROLE));
    server.secret[0]++;
    assert_refused(*state, c.access_key, c.session_token);
    server.secret[0]--;
}

static void test_what_is_no_role(void **state)
{
    static const str bad[] = {STR_INIT(""),
                              STR_INIT("R"),
                              STR_INIT("arn:aws:iam::1:user/U"),
                              STR_INIT("arn:aws:iam::1:role/"),
                              STR_INIT("arn:aws:iam::1:role/a/"),
                              STR_INIT("arn:aws:sts::1:assumed-role/R/S"),
                              STR_INIT("arn:aws:iam:::role/R"),
                              STR_INIT("arn:aws:iam::1:role/\xff")};
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct sigv4_credentials c;
        struct err err = ERR_INIT;
        assert_false(sts_session(&server, *state, bad[i], &c, &err));
        assert_int_equal(err.id, ERR_INVALID_ARN);
        err_release(&err);
    }
}

static void test_memory_that_fails_is_an_error(void **state)
{
    (void)state;
    for (size_t max = 0; max < 1000; max += 16) {
        struct arena small;
        struct sigv4_credentials c;
        struct err err = ERR_INIT;
        arena_init(&small, max);
        if (!sts_session(&server, &small, STR(ROLE), &c, &err))
            assert_int_equal(err.id, ERR_NO_MEMORY);
        err_release(&err);
        arena_release(&small);
    }
}

static void test_every_allocation_may_fail(void **state)
{
    int failed = 0;
    for (unsigned n = 1; n <= 30; n++) {
        struct arena a;
        struct sigv4_credentials c;
        struct err err = ERR_INIT;
        str arn;
        arena_init(&a, 1 << 20);
        mem_fail_after(n);
        bool ok = sts_session(&server, &a, STR(ROLE), &c, &err);
        ok = ok && sts_identify(&server, &a, c.access_key, c.session_token, &arn, &err);
        mem_fail_after(0);
        failed += !ok;
        assert_true(ok || err_is_set(&err));
        err_release(&err);
        arena_release(&a);
    }
    (void)state;
    assert_true(failed > 0 && failed < 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_session_is_recognised, setup, teardown),
        cmocka_unit_test_setup_teardown(test_role_loses_its_path, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keys_not_ours_are_the_local_user, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_changed_byte_breaks_the_seal, setup, teardown),
        cmocka_unit_test_setup_teardown(test_token_goes_with_its_own_key_only, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_servers_token_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_role, setup, teardown),
        cmocka_unit_test_setup_teardown(test_memory_that_fails_is_an_error, setup, teardown),
        cmocka_unit_test_setup_teardown(test_every_allocation_may_fail, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
