/* The assembly over loopback with TLS: create, log in, run a Job, delete, restart. */
#include "base/base64.h"
#include "cluster/auth/auth.h"
#include "cluster/cluster.h"
#include "eks_fixture.h"
#include "net/eks_token.h"
#include "unit.h"

static struct eks eks;
static struct cluster *cluster;

static void on_request(void *context, struct http_exchange *x)
{
    (void)context;
    cluster_handle_take(cluster, x);
}

static void cluster_open(void)
{
    struct err err = ERR_INIT;
    struct cluster_options o = {
        .store = eks.store,
        .clock = eks.clock,
        .sts = &eks.sts,
        .region = STR("us-east-1"),
        .account = STR(ACCOUNT),
        .host = STR("127.0.0.1"),
        .kubernetes_version = STR("1.32"),
        .create_ms = 10,
        .delete_ms = 10,
        .pod_runtime = STR("simulated"),
        .pod_duration_ms = 100,
        .seed = 1,
    };
    cluster = cluster_start(&o, &err);
    must(cluster, &err);
    eks_listen(&eks, on_request, NULL);
}

static void cluster_close(void)
{
    http_server_stop(eks.server, 100);
    cluster_stop(cluster);
}

static int begin(void **state)
{
    (void)state;
    (void)snprintf(eks.dir, sizeof eks.dir, ":memory:");
    eks_open(&eks, CLOCK_SKIP, START_MS);
    cluster_open();
    return 0;
}

static int end(void **state)
{
    (void)state;
    cluster_close();
    eks_close(&eks);
    return 0;
}

struct access {
    char endpoint[128], ca[4096];
};

static void access_read(json described, struct access *out)
{
    struct buf ca;
    json c = json_get(described, STR("cluster"));
    buf_init(&ca, sizeof out->ca);
    assert_true(
        base64_decode(json_str(json_get_path(c, "certificateAuthority", "data", NULL)), &ca));
    (void)snprintf(out->ca, sizeof out->ca, "%.*s", STR_ARG(buf_str(&ca)));
    (void)snprintf(out->endpoint, sizeof out->endpoint, "%.*s",
                   STR_ARG(json_str(json_get(c, STR("endpoint")))));
    buf_release(&ca);
}

static void cluster_make(const char *body, const char *path, struct access *out)
{
    struct reply r = ask(&eks, "POST", "/clusters", body);
    assert_int_equal(r.status, 200);
    reply_release(&r);
    json described = wait_status(&eks, path, "cluster", "ACTIVE");
    access_read(described, out);
    json_unref(described);
}

static struct reply kube(const struct access *a, const char *method, const char *path,
                         const char *token, const char *body)
{
    char url[512];
    (void)snprintf(url, sizeof url, "%s%s", a->endpoint, path);
    return send_to(&eks, method, url, a->ca, token, body);
}

static void token_for(const struct sigv4_credentials *c, const char *name, char out[4096])
{
    struct arena a;
    struct err err = ERR_INIT;
    str token;
    arena_init(&a, 1 << 20);
    must(eks_token_make(&a, c, STR("us-east-1"), str_from_c(name), clock_wall_ms(), &token, &err),
         &err);
    (void)snprintf(out, 4096, "Bearer %.*s", STR_ARG(token));
    arena_release(&a);
}

static void local_token(const char *name, char out[4096])
{
    struct sigv4_credentials local = {STR("AKIDEXAMPLE"), STR("secret"), STR_NONE};
    token_for(&local, name, out);
}

static void role_token(const char *role, const char *name, char out[4096])
{
    struct arena a;
    struct err err = ERR_INIT;
    struct sigv4_credentials c;
    arena_init(&a, 1 << 20);
    must(sts_session(&eks.sts, &a, str_from_c(role), &c, &err), &err);
    token_for(&c, name, out);
    arena_release(&a);
}

static void assert_status(const struct access *a, const char *path, const char *token, int status)
{
    struct reply r = kube(a, "GET", path, token, NULL);
    if (r.status != status) {
        str text = json_text(r.body);
        fail_msg("GET %s: %d %.*s", path, r.status, STR_ARG(text));
    }
    reply_release(&r);
}

static void test_who_may_come_in(void **state)
{
    (void)state;
    struct access a;
    char creator[4096], other[4096];
    cluster_make(CREATE("c1", ""), "/clusters/c1", &a);
    local_token("c1", creator);
    role_token("arn:aws:iam::" ACCOUNT ":role/other", "c1", other);
    assert_status(&a, "/version", NULL, 200);
    assert_status(&a, "/readyz", NULL, 200);
    assert_status(&a, "/api/v1/namespaces", NULL, 403);
    assert_status(&a, "/api/v1/namespaces", "Bearer nonsense", 401);
    assert_status(&a, "/api/v1/namespaces", "Basic dTpw", 401);
    assert_status(&a, "/api/v1/namespaces", creator, 200);
    struct reply r = kube(&a, "GET", "/api/v1/namespaces", other, NULL);
    assert_int_equal(r.status, 401);
    assert_str(json_str(json_get(r.body, STR("reason"))), "Unauthorized");
    reply_release(&r);
    r = kube(&a, "POST", "/api/v1/namespaces/kube-system/configmaps", creator,
             "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'aws-auth'},'data':{"
             "'mapRoles':'[{rolearn: arn:aws:iam::" ACCOUNT
             ":role/other, username: other, groups: [system:masters]}]'}}");
    assert_int_equal(r.status, 201);
    reply_release(&r);
    assert_status(&a, "/api/v1/namespaces", other, 200);
    role_token("arn:aws:iam::" ACCOUNT ":role/other", "c2", other); // for another cluster
    assert_status(&a, "/api/v1/namespaces", other, 401);
}

static void test_open_cluster_admits_the_account(void **state)
{
    (void)state;
    struct access a;
    char other[4096];
    cluster_make(CREATE("o", ",'tags':{'stepd.dev/auto-provisioned':'true'}"), "/clusters/o", &a);
    role_token("arn:aws:iam::" ACCOUNT ":role/any", "o", other);
    assert_status(&a, "/api/v1/namespaces", other, 200);
}

static void test_each_cluster_has_its_own_authority(void **state)
{
    (void)state;
    struct access a, b;
    cluster_make(CREATE("a", ""), "/clusters/a", &a);
    cluster_make(CREATE("b", ""), "/clusters/b", &b);
    assert_string_not_equal(a.endpoint, b.endpoint);
    (void)snprintf(a.ca, sizeof a.ca, "%s", b.ca);
    struct reply r = kube(&a, "GET", "/version", NULL, NULL);
    assert_int_equal(r.err, ERR_TLS);
    reply_release(&r);
}

static void test_a_job_runs_and_its_log_is_there(void **state)
{
    (void)state;
    struct access a;
    char token[4096], path[256];
    cluster_make(CREATE("j", ""), "/clusters/j", &a);
    local_token("j", token);
    struct reply r =
        kube(&a, "POST", "/apis/batch/v1/namespaces/default/jobs", token,
             "{'apiVersion':'batch/v1','kind':'Job','metadata':{'name':'pi'},'spec':{'template':{"
             "'metadata':{'annotations':{'stepd.dev/log':'3.14','stepd.dev/duration':'3600'}},"
             "'spec':{'restartPolicy':'Never','containers':[{'name':'main','image':'perl'}]}}}}");
    assert_int_equal(r.status, 201);
    reply_release(&r);
    bool done = false;
    for (int i = 0; i < 5000 && !done; i++) {
        r = kube(&a, "GET", "/apis/batch/v1/namespaces/default/jobs/pi", token, NULL);
        done = json_get_path(r.body, "status", "succeeded", NULL).kind == JSON_INTEGER &&
               json_get_path(r.body, "status", "completionTime", NULL).kind == JSON_STRING;
        reply_release(&r);
        nap();
    }
    assert_true(done);
    r = kube(&a, "GET", "/api/v1/namespaces/default/pods?labelSelector=job-name%3Dpi", token, NULL);
    json items = json_get(r.body, STR("items"));
    assert_int_equal(json_len(items), 1);
    (void)snprintf(path, sizeof path, "/api/v1/namespaces/default/pods/%.*s/log",
                   STR_ARG(json_str(json_get_path(json_at(items, 0), "metadata", "name", NULL))));
    reply_release(&r);
    r = kube(&a, "GET", path, token, NULL);
    assert_int_equal(r.status, 200);
    assert_true(json_to_double(r.body) > 3.13);
    reply_release(&r);
}

static void test_deleted_cluster_is_gone(void **state)
{
    (void)state;
    struct access a, again;
    char token[4096];
    cluster_make(CREATE("d", ""), "/clusters/d", &a);
    local_token("d", token);
    struct reply r = kube(&a, "POST", "/api/v1/namespaces/default/configmaps", token,
                          "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'mine'}}");
    assert_int_equal(r.status, 201);
    reply_release(&r);
    r = ask(&eks, "DELETE", "/clusters/d", NULL);
    assert_int_equal(r.status, 200);
    reply_release(&r);
    json_unref(wait_status(&eks, "/clusters/d", "cluster", ""));
    int status = 200;
    for (int i = 0; i < 2500 && status != 0; i++) {
        r = kube(&a, "GET", "/version", NULL, NULL);
        status = r.status;
        reply_release(&r);
        nap();
    }
    assert_int_equal(status, 0); // nobody listens
    cluster_make(CREATE("d", ""), "/clusters/d", &again);
    assert_string_not_equal(a.ca, again.ca);
    assert_status(&again, "/api/v1/namespaces/default/configmaps/mine", token, 404);
}

static void test_restart_keeps_endpoint_and_objects(void **state)
{
    (void)state;
    struct access a, b;
    char token[4096];
    cluster_make(CREATE("r", ""), "/clusters/r", &a);
    local_token("r", token);
    struct reply r = kube(&a, "POST", "/api/v1/namespaces/default/configmaps", token,
                          "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'kept'}}");
    assert_int_equal(r.status, 201);
    reply_release(&r);
    cluster_close();
    cluster_open();
    json described = wait_status(&eks, "/clusters/r", "cluster", "ACTIVE");
    access_read(described, &b);
    json_unref(described);
    assert_string_equal(a.endpoint, b.endpoint);
    assert_string_equal(a.ca, b.ca);
    assert_status(&b, "/api/v1/namespaces/default/configmaps/kept", token, 200);
}

static void ignore(void *context, struct http_exchange *x)
{
    (void)context;
    http_answer_take(x, 200, NULL, 0, STR_NONE);
}

static void test_a_port_that_was_taken_meanwhile(void **state)
{
    (void)state;
    struct access a, b;
    struct err err = ERR_INIT;
    int64_t port;
    cluster_make(CREATE("p", ""), "/clusters/p", &a);
    cluster_close();
    str text = str_from_c(a.endpoint);
    text = str_skip(text, strlen("https://127.0.0.1:"));
    assert_true(str_to_int64(text, &port));
    struct http_server_options o = {
        .host = STR("127.0.0.1"), .port = (uint16_t)port, .max_body_bytes = 10, .handler = ignore};
    struct http_server *taker = http_server_start(&o, &err);
    must(taker, &err);
    cluster_open();
    json described = wait_status(&eks, "/clusters/p", "cluster", "ACTIVE");
    access_read(described, &b);
    json_unref(described);
    assert_string_not_equal(a.endpoint, b.endpoint);
    assert_status(&b, "/version", NULL, 200);
    http_server_stop(taker, 0);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_who_may_come_in),
        CASE(test_open_cluster_admits_the_account),
        CASE(test_each_cluster_has_its_own_authority),
        CASE(test_a_job_runs_and_its_log_is_there),
        CASE(test_deleted_cluster_is_gone),
        CASE(test_restart_keeps_endpoint_and_objects),
        CASE(test_a_port_that_was_taken_meanwhile),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
