/* Protobuf bodies as kubectl's typed commands send them. */
#include "kube_fixture.h"

static void varint(struct buf *b, uint64_t v)
{
    while (v > 127) {
        buf_add_char(b, (char)(unsigned char)(v | 128));
        v >>= 7;
    }
    buf_add_char(b, (char)(unsigned char)v);
}

static void number(struct buf *b, unsigned field, uint64_t v)
{
    varint(b, (uint64_t)field << 3);
    varint(b, v);
}

static void bytes(struct buf *b, unsigned field, str v)
{
    varint(b, ((uint64_t)field << 3) | 2);
    varint(b, v.len);
    buf_add(b, v);
}

/* Takes inner. */
static void message(struct buf *b, unsigned field, struct buf *inner)
{
    bytes(b, field, inner->ptr ? buf_str(inner) : STR(""));
    buf_release(inner);
}

static struct buf part(void)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    return b;
}

/* Takes raw. */
static struct buf envelope(const char *version, const char *kind, struct buf *raw)
{
    struct buf b = part(), type = part();
    buf_add(&b, (str){"k8s\0", 4});
    bytes(&type, 1, str_from_c(version));
    bytes(&type, 2, str_from_c(kind));
    message(&b, 1, &type);
    message(&b, 2, raw);
    bytes(&b, 3, STR(""));
    return b;
}

/* As Go writes it: what is no pointer is there even when it is empty. */
static struct buf object_meta(const char *name)
{
    struct buf meta = part(), time = part();
    bytes(&meta, 1, str_from_c(name));
    bytes(&meta, 2, STR(""));
    bytes(&meta, 3, STR(""));
    bytes(&meta, 5, STR(""));
    number(&meta, 7, 0);
    message(&meta, 8, &time);
    return meta;
}

static struct answer post(struct fixture *f, const char *path, struct buf *body)
{
    struct answer a = ask(f, STR("POST"), str_from_c(path),
                          "Content-Type: application/vnd.kubernetes.protobuf\r\nAccept: "
                          "application/vnd.kubernetes.protobuf,application/json\r\n",
                          buf_str(body));
    buf_release(body);
    return a;
}

static void test_config_map(void **state)
{
    struct buf raw = part(), meta = object_meta("cm"), entry = part(), binary = part();
    message(&raw, 1, &meta);
    bytes(&entry, 1, STR("k"));
    bytes(&entry, 2, STR("v"));
    message(&raw, 2, &entry);
    bytes(&binary, 1, STR("b"));
    bytes(&binary, 2, (str){"\0\1", 2});
    message(&raw, 3, &binary);
    struct buf body = envelope("v1", "ConfigMap", &raw);
    struct answer a = post(*state, "/api/v1/namespaces/default/configmaps", &body);
    assert_int_equal(a.status, 201);
    assert_true(has(a.body, STR("\"data\":{\"k\":\"v\"}")));
    assert_true(has(a.body, STR("\"binaryData\":{\"b\":\"AAE=\"}")));
    assert_false(has(a.body, STR("immutable")));
    answer_release(&a);
}

static void test_job_keeps_explicit_zeros(void **state)
{
    struct buf raw = part(), meta = object_meta("job"), spec = part(), template = part(),
               pod_meta = part(), pod = part(), container = part(), quantity = part(),
               limits = part(), resources = part(), text = part(), volume = part(), source = part(),
               empty = part();
    bytes(&container, 1, STR("c"));
    bytes(&container, 2, STR("busybox:1.36"));
    bytes(&container, 3, STR("echo"));
    bytes(&container, 3, STR("hi"));
    bytes(&container, 5, STR(""));
    bytes(&text, 1, STR("500m"));
    bytes(&quantity, 1, STR("cpu"));
    message(&quantity, 2, &text);
    message(&limits, 1, &quantity);
    buf_add(&resources, buf_str(&limits));
    message(&container, 8, &resources);
    buf_release(&limits);
    message(&source, 2, &empty); // emptyDir: {}
    bytes(&volume, 1, STR("tmp"));
    message(&volume, 2, &source);
    message(&pod, 1, &volume);
    message(&pod, 2, &container);
    bytes(&pod, 3, STR("Never"));
    number(&pod, 4, 0); // terminationGracePeriodSeconds: a pointer
    message(&template, 1, &pod_meta);
    message(&template, 2, &pod);
    number(&spec, 7, 0); // backoffLimit: a pointer
    message(&spec, 6, &template);
    message(&raw, 1, &meta);
    message(&raw, 2, &spec);
    struct buf body = envelope("batch/v1", "Job", &raw);
    struct answer a = post(*state, "/apis/batch/v1/namespaces/default/jobs", &body);
    assert_int_equal(a.status, 201);
    assert_true(has(a.body, STR("\"backoffLimit\":0")));
    assert_true(has(a.body, STR("\"terminationGracePeriodSeconds\":0")));
    assert_true(has(a.body, STR("\"command\":[\"echo\",\"hi\"]")));
    assert_true(has(a.body, STR("\"limits\":{\"cpu\":\"500m\"}")));
    assert_true(has(a.body, STR("\"emptyDir\":{}")));
    assert_false(has(a.body, STR("workingDir")));
    answer_release(&a);
}

static void test_malformed_bodies_are_refused(void **state)
{
    static const char *const bodies[] = {
        "",
        "k8s",
        "x8s\1\2\3",
        "k9s\n\2v1",
    };
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        struct buf body = part();
        buf_add(&body, str_from_c(bodies[i]));
        if (!body.ptr)
            buf_add_char(&body, '\n');
        struct answer a = post(*state, "/api/v1/namespaces/default/configmaps", &body);
        assert_int_equal(a.status, 400);
        answer_release(&a);
    }
    // A length past the end, and every way of being cut short.
    struct buf raw = part(), meta = object_meta("cut");
    message(&raw, 1, &meta);
    struct buf whole = envelope("v1", "ConfigMap", &raw);
    for (size_t len = 5; len < 40; len++) {
        struct buf body = part();
        buf_add(&body, str_sub(buf_str(&whole), 0, len));
        struct answer a = post(*state, "/api/v1/namespaces/default/configmaps?dryRun=All", &body);
        assert_true(a.status >= 400 && a.status < 500);
        answer_release(&a);
    }
    buf_release(&whole);
}

static void test_unknown_kind_is_unsupported(void **state)
{
    struct buf raw = part();
    struct buf body = envelope("v1", "Node", &raw);
    struct answer a = post(*state, "/api/v1/namespaces/default/configmaps", &body);
    assert_int_equal(a.status, 415);
    answer_release(&a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_config_map, fixture_setup, fixture_teardown),
        cmocka_unit_test_setup_teardown(test_job_keeps_explicit_zeros, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_malformed_bodies_are_refused, fixture_setup,
                                        fixture_teardown),
        cmocka_unit_test_setup_teardown(test_unknown_kind_is_unsupported, fixture_setup,
                                        fixture_teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
