/* The control plane over HTTP: refusals as cases, lifecycles under a skip clock, restarts. */
#include "../eks_fixture.h"
#include "cluster/control/control.h"
#include "unit.h"

static struct eks eks;
static struct control *control;
static int provisioned, removed;
static bool provision_fails;

static bool provision(void *context, struct store_connection *c, const struct control_cluster *cl,
                      char **ca_pem, char **ca_key_pem, char **endpoint, uint16_t *port,
                      struct err *err)
{
    (void)context;
    (void)c;
    (void)cl;
    provisioned++;
    if (provision_fails)
        return err_set(err, ERR_NETWORK, "no port is free");
    *ca_pem = str_dup_c(STR("CERTIFICATE"));
    *ca_key_pem = str_dup_c(STR("KEY"));
    *endpoint = str_dup_c(STR("https://127.0.0.1:4711"));
    *port = 4711;
    return true;
}

static bool remove_cluster(void *context, struct store_connection *c,
                           const struct control_cluster *cl, struct err *err)
{
    (void)context;
    (void)c;
    (void)err;
    assert_true(cl->name.len > 0);
    removed++;
    return true;
}

static void on_request(void *context, struct http_exchange *x)
{
    (void)context;
    control_handle_take(control, x);
}

static void control_open(int64_t create_ms, int64_t delete_ms)
{
    struct err err = ERR_INIT;
    struct control_options o = {
        .store = eks.store,
        .clock = eks.clock,
        .sts = &eks.sts,
        .region = STR("us-east-1"),
        .account = STR(ACCOUNT),
        .kubernetes_version = STR("1.32"),
        .create_ms = create_ms,
        .delete_ms = delete_ms,
        .seed = 1,
        .hooks = {NULL, provision, remove_cluster},
    };
    control = control_new(&o, &err);
    must(control, &err);
    must(control_recover(control, &err), &err);
    eks_listen(&eks, on_request, NULL);
}

static void control_close(void)
{
    http_server_stop(eks.server, 100);
    control_free(control);
}

static int begin(void **state)
{
    (void)state;
    provisioned = removed = 0;
    provision_fails = false;
    (void)snprintf(eks.dir, sizeof eks.dir, ":memory:");
    eks_open(&eks, CLOCK_SKIP, START_MS);
    control_open(0, 0);
    return 0;
}

static int end(void **state)
{
    (void)state;
    control_close();
    eks_close(&eks);
    return 0;
}

static void post(const char *path, const char *body, int status)
{
    struct reply r = ask(&eks, "POST", path, body);
    assert_int_equal(r.status, status);
    reply_release(&r);
}

static void assert_holds(const char *line, json body, const char *text)
{
    str all = json_text(body);
    bool found = false;
    size_t len = strlen(text);
    for (size_t i = 0; i + len <= all.len && !found; i++)
        found = memcmp(all.ptr + i, text, len) == 0;
    if (!found)
        fail_msg("%s: got %.*s", line, STR_ARG(all));
    str_free(all);
}

static str trimmed(str s)
{
    while (s.len > 0 && (s.ptr[0] == ' ' || s.ptr[0] == '\n'))
        s = str_skip(s, 1);
    while (s.len > 0 && (s.ptr[s.len - 1] == ' ' || s.ptr[s.len - 1] == '\n'))
        s.len--;
    return s;
}

static void run_case(char *line)
{
    char path[512], method[16], body[2048], text[512];
    str rest = str_from_c(line);
    str request = trimmed(str_cut(&rest, '|')), given = trimmed(str_cut(&rest, '|'));
    str status = trimmed(str_cut(&rest, '|')), type = trimmed(str_cut(&rest, '|'));
    str wanted = trimmed(rest), verb = str_cut(&request, ' ');
    int64_t code;
    (void)snprintf(method, sizeof method, "%.*s", STR_ARG(verb));
    (void)snprintf(path, sizeof path, "%.*s", STR_ARG(request));
    (void)snprintf(body, sizeof body, "%.*s", STR_ARG(given));
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(wanted));
    assert_true(str_to_int64(status, &code));
    struct reply r = ask(&eks, method, path, given.len > 0 ? body : NULL);
    if (r.status != code)
        fail_msg("%s: status %d", line, r.status);
    if (!str_eq(header_of(&r, "x-amzn-errortype"), type))
        fail_msg("%s: type %.*s", line, STR_ARG(header_of(&r, "x-amzn-errortype")));
    assert_int_equal(header_of(&r, "x-amzn-requestid").len, 36);
    assert_holds(line, r.body, text);
    reply_release(&r);
}

static void test_requests(void **state)
{
    (void)state;
    char line[4096];
    post("/clusters", CREATE("there", ""), 200);
    json_unref(wait_status(&eks, "/clusters/there", "cluster", "ACTIVE"));
    post("/clusters/there/node-groups", "{'nodegroupName':'ng','nodeRole':'r','subnets':['a']}",
         200);
    FILE *f = fopen("requests.cases", "r");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (line[0] != '#' && line[0] != '\n')
            run_case(line);
    (void)fclose(f);
}

static json member(json body, const char *outer, const char *inner)
{
    return json_get_path(body, "cluster", outer, inner, NULL);
}

static void test_life_of_a_cluster(void **state)
{
    (void)state;
    control_close();
    control_open(INT64_C(600) * MS_PER_S, INT64_C(60) * MS_PER_S);
    clock_hold(eks.clock);
    struct reply r = ask(&eks, "POST", "/clusters", CREATE("c", ",'tags':{'k':'v'}"));
    assert_int_equal(r.status, 200);
    json c = json_get(r.body, STR("cluster"));
    assert_str(json_str(json_get(c, STR("status"))), "CREATING");
    assert_str(json_str(json_get(c, STR("arn"))), "arn:aws:eks:us-east-1:" ACCOUNT ":cluster/c");
    assert_true(json_is_absent(json_get(c, STR("endpoint"))));
    assert_int_equal(json_len(json_get(c, STR("certificateAuthority"))), 0);
    assert_int_equal(json_get(c, STR("certificateAuthority")).kind, JSON_OBJECT);
    assert_str(json_str(json_get(c, STR("version"))), "1.32");
    assert_true(json_get_path(c, "resourcesVpcConfig", "endpointPublicAccess", NULL).kind ==
                JSON_TRUE);
    reply_release(&r);
    r = ask(&eks, "DELETE", "/clusters/c", NULL); // not while it is being made
    assert_int_equal(r.status, 409);
    reply_release(&r);
    post("/clusters/c/node-groups", "{'nodegroupName':'n','nodeRole':'r','subnets':['a']}", 400);
    assert_int_equal(provisioned, 0);

    clock_release(eks.clock);
    json active = wait_status(&eks, "/clusters/c", "cluster", "ACTIVE");
    assert_int_equal(provisioned, 1);
    assert_int_equal(clock_now_ms(eks.clock), START_MS + INT64_C(600) * MS_PER_S);
    assert_str(json_str(member(active, "endpoint", NULL)), "https://127.0.0.1:4711");
    assert_str(json_str(member(active, "certificateAuthority", "data")), "Q0VSVElGSUNBVEU=");
    json_unref(active);

    clock_hold(eks.clock);
    r = ask(&eks, "DELETE", "/clusters/c", NULL);
    assert_str(json_str(member(r.body, "status", NULL)), "DELETING");
    reply_release(&r);
    assert_int_equal(removed, 1);
    r = ask(&eks, "GET", "/clusters/c", NULL); // as the waiter cluster_deleted wants it
    assert_str(json_str(member(r.body, "status", NULL)), "DELETING");
    reply_release(&r);
    clock_release(eks.clock);
    json_unref(wait_status(&eks, "/clusters/c", "cluster", ""));
    assert_int_equal(clock_now_ms(eks.clock), START_MS + INT64_C(660) * MS_PER_S);
    assert_int_equal(removed, 1);
}

static void test_client_request_token(void **state)
{
    (void)state;
    struct reply first = ask(&eks, "POST", "/clusters", CREATE("t", ",'clientRequestToken':'x'"));
    assert_int_equal(first.status, 200);
    struct reply again = ask(&eks, "POST", "/clusters", CREATE("t", ",'clientRequestToken':'x'"));
    assert_int_equal(again.status, 200);
    assert_true(
        json_equal(member(first.body, "createdAt", NULL), member(again.body, "createdAt", NULL)));
    reply_release(&first);
    reply_release(&again);
    struct reply other =
        ask(&eks, "POST", "/clusters", CREATE("t", ",'clientRequestToken':'x','version':'1.31'"));
    assert_str(header_of(&other, "x-amzn-errortype"), "InvalidParameterException");
    reply_release(&other);
    other = ask(&eks, "POST", "/clusters", CREATE("t2", ",'clientRequestToken':'x'"));
    assert_str(header_of(&other, "x-amzn-errortype"), "InvalidParameterException");
    reply_release(&other);
    other = ask(&eks, "POST", "/clusters", CREATE("t", ",'clientRequestToken':'y'"));
    assert_str(header_of(&other, "x-amzn-errortype"), "ResourceInUseException");
    reply_release(&other);
}

static void test_node_groups_and_profiles(void **state)
{
    (void)state;
    post("/clusters", CREATE("c", ""), 200);
    json_unref(wait_status(&eks, "/clusters/c", "cluster", "ACTIVE"));
    post("/clusters/c/node-groups",
         "{'nodegroupName':'n','nodeRole':'r','subnets':['a'],'scalingConfig':{'maxSize':5}}", 200);
    json ng = wait_status(&eks, "/clusters/c/node-groups/n", "nodegroup", "ACTIVE");
    assert_int_equal(json_get_path(ng, "nodegroup", "scalingConfig", "maxSize", NULL).as.integer,
                     5);
    assert_int_equal(json_get_path(ng, "nodegroup", "scalingConfig", "minSize", NULL).as.integer,
                     2);
    json_unref(ng);
    static const char p1[] = "{'fargateProfileName':'p1','podExecutionRoleArn':'r',"
                             "'selectors':[{'namespace':'n'}]}";
    static const char p2[] = "{'fargateProfileName':'p2','podExecutionRoleArn':'r',"
                             "'selectors':[{'namespace':'n'}]}";
    post("/clusters/c/fargate-profiles", p1, 200);
    post("/clusters/c/fargate-profiles", p1, 409);
    post("/clusters/c/fargate-profiles", p2, 200);
    json_unref(wait_status(&eks, "/clusters/c/fargate-profiles/p1", "fargateProfile", "ACTIVE"));
    json_unref(wait_status(&eks, "/clusters/c/fargate-profiles/p2", "fargateProfile", "ACTIVE"));

    struct reply r = ask(&eks, "DELETE", "/clusters/c/node-groups/n", NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
    json_unref(wait_status(&eks, "/clusters/c/node-groups/n", "nodegroup", ""));
    r = ask(&eks, "DELETE", "/clusters/c", NULL);
    assert_str(json_str(json_get(r.body, STR("message"))),
               "Cluster has Fargate Profiles in ACTIVE/CREATING state");
    reply_release(&r);

    control_close(); // deletions that take a while
    control_open(0, INT64_C(60) * MS_PER_S);
    clock_hold(eks.clock);
    r = ask(&eks, "DELETE", "/clusters/c/fargate-profiles/p1", NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
    r = ask(&eks, "DELETE", "/clusters/c/fargate-profiles/p2", NULL);
    assert_str(json_str(json_get(r.body, STR("message"))),
               "Cannot Delete Fargate Profile p2 because cluster c currently has Fargate profile p1"
               " in status DELETING");
    reply_release(&r);
    clock_release(eks.clock);
    json_unref(wait_status(&eks, "/clusters/c/fargate-profiles/p1", "fargateProfile", ""));
}

static void test_deletion_protection(void **state)
{
    (void)state;
    post("/clusters", CREATE("c", ",'deletionProtection':true"), 200);
    json_unref(wait_status(&eks, "/clusters/c", "cluster", "ACTIVE"));
    struct reply r = ask(&eks, "DELETE", "/clusters/c", NULL);
    assert_str(header_of(&r, "x-amzn-errortype"), "InvalidRequestException");
    reply_release(&r);
}

static void test_a_cluster_that_cannot_be_provisioned_fails(void **state)
{
    (void)state;
    provision_fails = true;
    post("/clusters", CREATE("c", ""), 200);
    json failed = wait_status(&eks, "/clusters/c", "cluster", "FAILED");
    json issue = json_at(member(failed, "health", "issues"), 0);
    assert_str(json_str(json_get(issue, STR("message"))), "no port is free");
    json_unref(failed);
    struct reply r = ask(&eks, "DELETE", "/clusters/c", NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
    json_unref(wait_status(&eks, "/clusters/c", "cluster", ""));
}

static void test_pages(void **state)
{
    (void)state;
    post("/clusters", CREATE("a", ""), 200);
    post("/clusters", CREATE("b", ""), 200);
    post("/clusters", CREATE("c", ""), 200);
    struct reply r = ask(&eks, "GET", "/clusters?maxResults=2", NULL);
    assert_int_equal(json_len(json_get(r.body, STR("clusters"))), 2);
    char path[256];
    (void)snprintf(path, sizeof path, "/clusters?maxResults=2&nextToken=%.*s",
                   STR_ARG(json_str(json_get(r.body, STR("nextToken")))));
    reply_release(&r);
    r = ask(&eks, "GET", path, NULL);
    assert_int_equal(json_len(json_get(r.body, STR("clusters"))), 1);
    assert_str(json_str(json_at(json_get(r.body, STR("clusters")), 0)), "c");
    assert_true(json_is_absent(json_get(r.body, STR("nextToken"))));
    reply_release(&r);
}

/* What was CREATING when the server ended becomes ACTIVE at its time. */
static void test_restart_goes_on(void **state)
{
    (void)state;
    control_close();
    control_open(INT64_C(600) * MS_PER_S, 0);
    clock_hold(eks.clock);
    post("/clusters", CREATE("c", ",'tags':{'" CONTROL_TAG_OPEN "':'true'}"), 200);
    control_close();
    control_open(5, 0); // what is due is in the store, not in the setting
    clock_release(eks.clock);
    json_unref(wait_status(&eks, "/clusters/c", "cluster", "ACTIVE"));
    assert_int_equal(clock_now_ms(eks.clock), START_MS + INT64_C(600) * MS_PER_S);
    struct arena a;
    struct control_cluster cl;
    struct err err = ERR_INIT;
    bool found;
    arena_init(&a, 1 << 20);
    must(control_cluster_find(control, &a, STR("c"), &cl, &found, &err), &err);
    assert_true(found && cl.open && cl.active && cl.port == 4711);
    assert_str(cl.creator_arn, "arn:aws:iam::" ACCOUNT ":user/local");
    assert_str(cl.ca_pem, "CERTIFICATE");
    arena_release(&a);
}

static void test_paths_it_owns(void **state)
{
    (void)state;
    assert_true(control_owns(STR("/clusters")));
    assert_true(control_owns(STR("/clusters/x")));
    assert_true(control_owns(STR("/tags/arn")));
    assert_true(control_owns(STR("/cluster-versions")));
    assert_false(control_owns(STR("/clustersx")));
    assert_false(control_owns(STR("/")));
    assert_false(control_owns(STR("/health")));
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_requests),
        CASE(test_life_of_a_cluster),
        CASE(test_client_request_token),
        CASE(test_node_groups_and_profiles),
        CASE(test_deletion_protection),
        CASE(test_a_cluster_that_cannot_be_provisioned_fails),
        CASE(test_pages),
        CASE(test_restart_goes_on),
        cmocka_unit_test(test_paths_it_owns),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
