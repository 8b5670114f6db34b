/* What the tests of the Kubernetes API share: a seeded cluster behind a real listener, asked over a
 * socket. */
#ifndef TESTS_UNIT_CLUSTER_KUBE_KUBE_FIXTURE_H
#define TESTS_UNIT_CLUSTER_KUBE_KUBE_FIXTURE_H

#include "asl/cases.h"
#include "cluster/kube/kube.h"
#include "net/net_test.h"

#include <stdlib.h>

struct fixture {
    struct clock *clock;
    struct store *store;
    struct kube *kube;
    struct http_server *server;
    struct gate gate;
    int errors; /* of the last waited-for change: its err_id */
};

static const str fixture_groups[] = {STR_INIT("system:masters"), STR_INIT("system:authenticated")};

/* Who comes with the header X-Stranger is no master. */
static inline void fixture_handler(void *context, struct http_exchange *x)
{
    struct fixture *f = context;
    bool stranger = http_header(x, STR("X-Stranger")).len > 0;
    struct auth_user user = {.username = stranger ? STR("ann") : STR("kubernetes-admin"),
                             .uid = STR("aws-iam-authenticator:1:AIDA"),
                             .groups = stranger ? fixture_groups + 1 : fixture_groups,
                             .groups_count = stranger ? 1 : 2,
                             .arn = STR("arn:aws:iam::123456789012:user/ann")};
    kube_handle_take(f->kube, STR("c1"), &user, x, http_path(x));
}

struct fixture_seed {
    struct store_job job;
    struct fixture *f;
    bool clear;
};

static inline bool fixture_seed_apply(struct store_job *job, struct store_connection *c,
                                      struct err *err)
{
    struct fixture_seed *s = (struct fixture_seed *)(void *)job;
    return s->clear ? kube_cluster_clear(s->f->kube, c, STR("c1"), err)
                    : kube_cluster_seed(s->f->kube, c, STR("c1"), STR("-----PEM-----"), err);
}

static inline void fixture_seed_done(struct store_job *job, const struct err *err)
{
    struct fixture_seed *s = (struct fixture_seed *)(void *)job;
    s->f->errors = (int)err->id;
    gate_open(&s->f->gate);
}

static inline void fixture_seed_run(struct fixture *f, bool clear)
{
    struct fixture_seed s = {
        .job = {.apply = fixture_seed_apply,
                .done = fixture_seed_done,
                .flags = STORE_SOON | STORE_MAY_FAIL},
        .f = f,
        .clear = clear
    };
    store_submit_take(f->store, &s.job);
    assert_true(gate_pass(&f->gate, 1, WAIT_MS));
    assert_int_equal(f->errors, ERR_NONE);
}

static inline struct fixture *fixture_new(void)
{
    struct err err = ERR_INIT;
    struct fixture *f = test_calloc(1, sizeof(*f));
    f->gate = (struct gate)GATE_INIT;
    f->clock = clock_new(CLOCK_REAL, 1, 0, &err);
    assert_non_null(f->clock);
    struct store_options store = {
        .data_dir = STR(":memory:"), .durability = STORE_OFF, .clock = f->clock};
    f->store = store_open(&store, &err);
    if (!f->store)
        fail_msg("%.*s", STR_ARG(err_text(&err)));
    struct kube_options kube = {f->store, f->clock, 42, STR("1.32")};
    f->kube = kube_new(&kube, &err);
    assert_non_null(f->kube);
    struct http_server_options server = {.host = STR("127.0.0.1"),
                                         .max_body_bytes = 4 << 20,
                                         .handler = fixture_handler,
                                         .context = f};
    f->server = http_server_start(&server, &err);
    assert_non_null(f->server);
    return f;
}

static inline void fixture_free(struct fixture *f)
{
    http_server_stop(f->server, 1000);
    store_close(f->store);
    kube_free(f->kube);
    clock_stop(f->clock);
    clock_free(f->clock);
    test_free(f);
}

static inline int fixture_setup(void **state)
{
    struct fixture *f = fixture_new();
    fixture_seed_run(f, false);
    *state = f;
    return 0;
}

static inline int fixture_teardown(void **state)
{
    fixture_free(*state);
    return 0;
}

struct answer {
    int status;
    struct buf raw;
    str head, body;
    json value; /* ABSENT: the body is no JSON */
};

static inline void answer_release(struct answer *a)
{
    json_unref(a->value);
    buf_release(&a->raw);
}

/* headers: whole lines with their ends, or "". */
static inline struct answer ask(struct fixture *f, str method, str path, const char *headers,
                                str body)
{
    struct answer a = {.value = json_absent()};
    struct buf request;
    struct err err = ERR_INIT;
    int64_t status = 0;
    buf_init(&request, READ_MAX_BYTES);
    buf_init(&a.raw, READ_MAX_BYTES);
    buf_printf(&request,
               "%.*s %.*s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: "
               "%zu\r\n%s\r\n",
               STR_ARG(method), STR_ARG(path), body.len, headers);
    buf_add(&request, body);
    int fd = connect_to(http_server_port(f->server));
    assert_true(fd >= 0);
    assert_true(send_all(fd, buf_str(&request)));
    read_until(fd, &a.raw, NULL);
    close(fd);
    buf_release(&request);
    char *end = a.raw.len ? memmem(a.raw.ptr, a.raw.len, "\r\n\r\n", 4) : NULL;
    if (!end || a.raw.len < 12)
        fail_msg("no answer to %.*s %.*s", STR_ARG(method), STR_ARG(path));
    a.head = str_sub(buf_str(&a.raw), 0, (size_t)(end - a.raw.ptr));
    a.body = str_skip(buf_str(&a.raw), a.head.len + 4);
    assert_true(str_to_int64(str_sub(a.head, 9, 3), &status));
    a.status = (int)status;
    if (!json_parse(a.body, &a.value, &err))
        a.value = json_absent();
    err_release(&err);
    return a;
}

static inline bool has(str text, str part)
{
    return part.len == 0 || (text.len && memmem(text.ptr, text.len, part.ptr, part.len));
}

/* Asks and holds the status; gives the value. */
static inline json ask_json(struct fixture *f, const char *method, const char *path,
                            const char *body, int status)
{
    struct answer a = ask(f, str_from_c(method), str_from_c(path),
                          "Content-Type: application/json\r\n", str_from_c(body));
    if (a.status != status)
        fail_msg("%s %s: %d %.*s", method, path, a.status, STR_ARG(a.body));
    json value = json_ref(a.value);
    answer_release(&a);
    return value;
}

/* Every member of expected is in actual; lists are equal in length, element by element. */
static inline bool covers(json actual, json expected)
{
    if (expected.kind == JSON_OBJECT) {
        for (size_t i = 0; i < json_len(expected); i++)
            if (!covers(json_get(actual, json_key_at(expected, i)), json_value_at(expected, i)))
                return false;
        return actual.kind == JSON_OBJECT;
    }
    if (expected.kind != JSON_ARRAY)
        return actual.kind != JSON_ABSENT && json_equal(actual, expected);
    for (size_t i = 0; i < json_len(expected); i++)
        if (!covers(json_at(actual, i), json_at(expected, i)))
            return false;
    return actual.kind == JSON_ARRAY && json_len(actual) == json_len(expected);
}

#endif
