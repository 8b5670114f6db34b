/* Who a principal is to a cluster: creator, open clusters, and the forms of aws-auth. */
#include "cluster/auth/auth.h"
#include "unit.h"

#define ROLE "arn:aws:iam::123456789012:role/deploy"
#define USER "arn:aws:iam::123456789012:user/team/ann"

/* Gives aws-auth with one mapping of a text. */
static json aws_auth(const char *key, const char *text)
{
    json data = json_object(1), map = json_object(1);
    assert_true(json_put_take(&data, str_from_c(key), json_string(str_from_c(text))));
    assert_true(json_put_take(&map, STR("data"), data));
    return map;
}

static bool mapped(struct arena *a, const char *key, const char *text, const char *arn,
                   struct auth_user *out)
{
    struct auth_rules rules = {.account = STR("123456789012"), .aws_auth = aws_auth(key, text)};
    bool found = auth_user_of(&rules, a, str_from_c(arn), out);
    json_unref(rules.aws_auth);
    return found;
}

static bool in_group(const struct auth_user *u, const char *group)
{
    for (size_t i = 0; i < u->groups_count; i++)
        if (str_eq(u->groups[i], str_from_c(group)))
            return true;
    return false;
}

static void test_creator_is_master(void **state)
{
    (void)state;
    struct arena a;
    struct auth_user u;
    struct auth_rules rules = {.account = STR("123456789012"), .creator_arn = STR(ROLE)};
    arena_init(&a, 1 << 20);
    assert_true(auth_user_of(&rules, &a, STR(ROLE), &u));
    assert_str(u.username, "kubernetes-admin");
    assert_true(auth_is_master(&u));
    assert_true(in_group(&u, "system:authenticated"));
    assert_str(u.arn, ROLE);
    assert_true(str_starts(u.uid, STR("aws-iam-authenticator:123456789012:AROA")));
    assert_false(auth_user_of(&rules, &a, STR(USER), &u));
    arena_release(&a);
}

static void test_open_cluster_admits_its_account(void **state)
{
    (void)state;
    struct arena a;
    struct auth_user u;
    struct auth_rules rules = {.account = STR("123456789012"), .open = true};
    arena_init(&a, 1 << 20);
    assert_true(auth_user_of(&rules, &a, STR(USER), &u));
    assert_true(auth_is_master(&u));
    assert_false(auth_user_of(&rules, &a, STR("arn:aws:iam::999999999999:user/x"), &u));
    assert_false(auth_user_of(&rules, &a, STR("no arn"), &u));
    arena_release(&a);
}

static void test_map_roles(void **state)
{
    (void)state;
    static const char text[] = "- rolearn: " ROLE "\n"
                               "  username: deployer:{{SessionName}}@{{AccountID}}\n"
                               "  groups:\n"
                               "    - system:masters\n"
                               "    - team-a\n";
    struct arena a;
    struct auth_user u;
    arena_init(&a, 1 << 20);
    assert_true(mapped(&a, "mapRoles", text, ROLE, &u));
    assert_str(u.username, "deployer:stepd@123456789012");
    assert_true(auth_is_master(&u));
    assert_true(in_group(&u, "team-a"));
    assert_true(in_group(&u, "system:authenticated"));
    arena_release(&a);
}

static void test_case_is_ignored_and_paths_are_not(void **state)
{
    (void)state;
    struct arena a;
    struct auth_user u;
    arena_init(&a, 1 << 20);
    assert_true(mapped(&a, "mapRoles",
                       "[{\"rolearn\": \"arn:aws:iam::123456789012:role/DEPLOY\", \"username\": "
                       "\"d\", \"groups\": []}]",
                       ROLE, &u));
    assert_false(auth_is_master(&u));
    assert_int_equal(u.groups_count, 1);
    assert_false(mapped(&a, "mapRoles",
                        "- rolearn: arn:aws:iam::123456789012:role/path/deploy\n  username: d\n",
                        ROLE, &u));
    arena_release(&a);
}

static void test_map_users_and_accounts(void **state)
{
    (void)state;
    struct arena a;
    struct auth_user u;
    arena_init(&a, 1 << 20);
    assert_true(mapped(&a, "mapUsers", "- userarn: " USER "\n  username: ann\n  groups: [dev]\n",
                       USER, &u));
    assert_str(u.username, "ann");
    assert_true(in_group(&u, "dev"));
    assert_true(str_starts(u.uid, STR("aws-iam-authenticator:123456789012:AIDA")));
    assert_true(mapped(&a, "mapAccounts", "- \"123456789012\"\n", USER, &u));
    assert_str(u.username, USER);
    assert_false(auth_is_master(&u));
    assert_true(mapped(&a, "mapAccounts", "[123456789012]", USER, &u));
    assert_false(mapped(&a, "mapAccounts", "- \"999999999999\"\n", USER, &u));
    arena_release(&a);
}

static void test_broken_mappings_admit_nobody(void **state)
{
    (void)state;
    static const char *const broken[] = {
        "",
        "not: [closed",
        "just text",
        "- 1\n- two\n",
        "- rolearn: {}\n  username: x\n",
        "- &a rolearn: x\n- *a\n",
        "- rolearn: " ROLE "\n  username: node:{{EC2PrivateDNSName}}\n",
    };
    struct arena a;
    struct auth_user u;
    arena_init(&a, 1 << 20);
    for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++)
        assert_false(mapped(&a, "mapRoles", broken[i], ROLE, &u));
    arena_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_creator_is_master),
        cmocka_unit_test(test_open_cluster_admits_its_account),
        cmocka_unit_test(test_map_roles),
        cmocka_unit_test(test_case_is_ignored_and_paths_are_not),
        cmocka_unit_test(test_map_users_and_accounts),
        cmocka_unit_test(test_broken_mappings_admit_nobody),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
