/* The client against the listener, plain and TLS, and against servers that misbehave. */
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "net/certificate.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net_test.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

/* What a call came to. */
struct outcome {
    int status, times;
    bool on_io;
    enum err_id id;
    char text[300];
    struct buf body, status_text;
    json headers;
    struct gate done;
};

struct fixture {
    struct clock *clock;
    struct http_client *client;
    struct http_server *server;
    struct gate seen; /* /keep has come */
    struct http_exchange *kept;
};

static void outcome_init(struct outcome *o)
{
    *o = (struct outcome){.done = GATE_INIT};
    buf_init(&o->body, READ_MAX_BYTES);
    buf_init(&o->status_text, 1000);
}

static void outcome_release(struct outcome *o)
{
    buf_release(&o->body);
    buf_release(&o->status_text);
    json_unref(o->headers);
}

static void note(void *context, const struct http_response *r)
{
    struct outcome *o = context;
    o->status = r->status;
    o->times++;
    o->on_io = THREAD_IS(IO);
    o->id = r->err->id;
    (void)snprintf(o->text, sizeof(o->text), "%.*s", STR_ARG(err_text(r->err)));
    buf_add(&o->body, r->body);
    buf_add(&o->status_text, r->status_text);
    o->headers = json_ref(r->headers);
    gate_open(&o->done);
}

static void handle(void *context, struct http_exchange *x)
{
    struct fixture *f = context;
    const struct http_header headers[] = {
        {STR("X-Two"),   STR("one")    },
        {STR("x-two"),   STR("two")    },
        {STR("X-Latin"), STR("caf\xe9")}
    };
    struct buf b;
    buf_init(&b, READ_MAX_BYTES);
    if (str_eq(http_path(x), STR("/keep"))) {
        f->kept = x;
        gate_open(&f->seen);
        return;
    }
    if (str_eq(http_path(x), STR("/missing"))) {
        buf_add(&b, STR("nothing here"));
        http_answer_take(x, 404, NULL, 0, buf_give(&b));
        return;
    }
    str type = http_header(x, STR("Content-Type")), expect = http_header(x, STR("Expect"));
    buf_printf(&b, "%.*s %.*s?%.*s %.*s %.*s type=%.*s expect=%.*s ", STR_ARG(http_method(x)),
               STR_ARG(http_path(x)), STR_ARG(http_query(x)), STR_ARG(http_header(x, STR("Host"))),
               STR_ARG(http_header(x, STR("X-A"))), STR_ARG(type), STR_ARG(expect));
    if (http_body(x).len < 1000)
        buf_add(&b, http_body(x));
    else
        buf_printf(&b, "%zu bytes", http_body(x).len);
    http_answer_take(x, 200, headers, 3, buf_give(&b));
}

static struct http_server *serve(struct fixture *f, str certificate, str key)
{
    struct err err = ERR_INIT;
    struct http_server_options o = {.host = STR("127.0.0.1"),
                                    .max_body_bytes = 4 << 20,
                                    .certificate_pem = certificate,
                                    .key_pem = key,
                                    .handler = handle,
                                    .context = f};
    struct http_server *server = http_server_start(&o, &err);
    if (!server)
        fail_msg("%.*s", STR_ARG(err_text(&err)));
    return server;
}

static int setup(void **state)
{
    struct fixture *f = mem_new(sizeof(*f));
    struct err err = ERR_INIT;
    f->seen = (struct gate)GATE_INIT;
    f->clock = clock_new(CLOCK_REAL, 1, 0, &err);
    assert_non_null(f->clock);
    f->client = http_client_start(f->clock, &err);
    assert_non_null(f->client);
    f->server = serve(f, STR_NONE, STR_NONE);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->client)
        http_client_stop(f->client);
    http_server_stop(f->server, 1000);
    clock_stop(f->clock);
    clock_free(f->clock);
    mem_free(f);
    return 0;
}

static struct http_call *call_new(const char *method, const char *scheme, uint16_t port,
                                  const char *path)
{
    char url[300];
    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u%s", scheme, (unsigned)port, path);
    return http_call_new(str_from_c(method), str_from_c(url));
}

/* Sends and waits for the outcome, which is to be released. */
static void run(struct fixture *f, struct http_call *call, struct outcome *o)
{
    outcome_init(o);
    (void)http_client_send_take(f->client, call, note, o);
    assert_true(gate_pass(&o->done, 1, WAIT_MS));
    assert_int_equal(o->times, 1);
    assert_true(o->on_io);
}

static str copy(const char *text)
{
    struct buf b;
    buf_init(&b, READ_MAX_BYTES);
    buf_add(&b, str_from_c(text));
    return buf_give(&b);
}

/* -- what goes well -- */

static void test_request_and_response_come_whole(void **state)
{
    struct fixture *f = *state;
    struct outcome o;
    char expected[200];
    uint16_t port = http_server_port(f->server);
    struct http_call *call = call_new("POST", "http", port, "/a/../%2Fb?x=%31&y");
    http_call_header(call, STR("X-A"), STR("v 1"));
    http_call_header(call, STR("Content-Type"), STR("application/json"));
    http_call_body_take(call, copy("{}"));
    run(f, call, &o);
    (void)snprintf(expected, sizeof(expected),
                   "POST /a/../%%2Fb?x=%%31&y 127.0.0.1:%u v 1 type=application/json expect= {}",
                   (unsigned)port);
    assert_str(buf_str(&o.body), expected);
    assert_int_equal(o.id, ERR_NONE);
    assert_int_equal(o.status, 200);
    assert_str(buf_str(&o.status_text), "OK");
    json two = json_get(o.headers, STR("x-two"));
    assert_int_equal(json_len(two), 2);
    assert_str(json_str(json_at(two, 0)), "one");
    assert_str(json_str(json_at(two, 1)), "two");
    assert_str(json_str(json_at(json_get(o.headers, STR("x-latin")), 0)), "caf\xc3\xa9");
    assert_int_equal(json_len(json_get(o.headers, STR("content-length"))), 1);
    outcome_release(&o);
}

static void test_methods(void **state)
{
    struct fixture *f = *state;
    static const char *const methods[] = {"GET", "DELETE", "PUT", "PATCH", "POST", "OPTIONS"};
    for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++) {
        struct outcome o;
        run(f, call_new(methods[i], "http", http_server_port(f->server), "/"), &o);
        assert_true(str_starts(buf_str(&o.body), str_from_c(methods[i])));
        assert_true(contains(&o.body, "type= expect= "));
        outcome_release(&o);
    }
    struct outcome o;
    run(f, call_new("HEAD", "http", http_server_port(f->server), "/"), &o);
    assert_int_equal(o.status, 200);
    assert_int_equal(o.body.len, 0);
    outcome_release(&o);
    struct http_call *call = call_new("DELETE", "http", http_server_port(f->server), "/");
    http_call_body_take(call, copy("why"));
    run(f, call, &o);
    assert_true(contains(&o.body, "why"));
    outcome_release(&o);
}

static void test_status_is_no_error(void **state)
{
    struct fixture *f = *state;
    struct outcome o;
    run(f, call_new("GET", "http", http_server_port(f->server), "/missing"), &o);
    assert_int_equal(o.id, ERR_NONE);
    assert_int_equal(o.status, 404);
    assert_str(buf_str(&o.status_text), "Not Found");
    assert_str(buf_str(&o.body), "nothing here");
    outcome_release(&o);
}

static void test_large_body_goes_without_expect(void **state)
{
    struct fixture *f = *state;
    struct outcome o;
    struct buf big;
    buf_init(&big, READ_MAX_BYTES);
    char *to = buf_reserve(&big, 3 << 20);
    memset(to, 'x', 3 << 20);
    big.len = 3 << 20;
    struct http_call *call = call_new("POST", "http", http_server_port(f->server), "/");
    http_call_body_take(call, buf_give(&big));
    run(f, call, &o);
    assert_true(contains(&o.body, "expect= 3145728 bytes"));
    outcome_release(&o);
}

static void test_connect_to_another_address(void **state)
{
    struct fixture *f = *state;
    struct outcome o;
    struct http_call *call = http_call_new(STR("GET"), STR("http://nowhere.invalid/x"));
    http_call_connect_to(call, STR("127.0.0.1"), http_server_port(f->server));
    run(f, call, &o);
    assert_true(contains(&o.body, "GET /x? nowhere.invalid "));
    outcome_release(&o);
}

static void test_proxies_of_the_environment_are_ignored(void **state)
{
    struct outcome o;
    struct fixture *f = *state;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): no other thread is at work yet
    assert_int_equal(setenv("http_proxy", "http://127.0.0.1:1", 1), 0);
    run(f, call_new("GET", "http", http_server_port(f->server), "/"), &o);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the only call has ended
    assert_int_equal(unsetenv("http_proxy"), 0);
    assert_int_equal(o.status, 200);
    outcome_release(&o);
}

static void test_a_thousand_calls_at_once(void **state)
{
    enum { CALLS = 1000 };
    struct fixture *f = *state;
    struct outcome *all = mem_new(CALLS * sizeof(*all));
    for (int i = 0; i < CALLS; i++) {
        outcome_init(&all[i]);
        struct http_call *call = call_new("POST", "http", http_server_port(f->server), "/");
        (void)http_client_send_take(f->client, call, note, &all[i]);
    }
    for (int i = 0; i < CALLS; i++) {
        assert_true(gate_pass(&all[i].done, 1, WAIT_MS));
        assert_int_equal(all[i].status, 200);
        outcome_release(&all[i]);
    }
    mem_free(all);
}

/* -- TLS -- */

static void test_tls_trusts_the_given_ca_only(void **state)
{
    struct fixture *f = *state;
    struct certificate ca, other, leaf;
    struct err err = ERR_INIT;
    struct outcome o;
    static const str names[] = {STR_INIT("127.0.0.1"), STR_INIT("cluster.local")};
    assert_true(certificate_ca_new(STR("ca"), &ca, &err));
    assert_true(certificate_ca_new(STR("ca"), &other, &err));
    assert_true(certificate_server_new(&ca, names, 2, &leaf, &err));
    struct http_server *tls = serve(f, str_from_c(leaf.certificate_pem), str_from_c(leaf.key_pem));
    uint16_t port = http_server_port(tls);

    for (int i = 0; i < 3; i++) { // the second on the first's connection
        struct http_call *call = call_new("POST", "https", port, "/");
        http_call_trust(call, str_from_c(ca.certificate_pem));
        run(f, call, &o);
        assert_int_equal(o.id, ERR_NONE);
        assert_int_equal(o.status, 200);
        outcome_release(&o);
    }
    struct http_call *call = call_new("GET", "https", port, "/");
    http_call_trust(call, str_from_c(other.certificate_pem));
    run(f, call, &o); // must not ride on the connection that another CA vouched for
    assert_int_equal(o.id, ERR_TLS);
    assert_int_equal(o.status, 0);
    assert_true(str_starts(str_from_c(o.text), STR("Unable to execute HTTP request: ")));
    outcome_release(&o);

    run(f, call_new("GET", "https", port, "/"), &o); // the system's CAs do not know it
    assert_int_equal(o.id, ERR_TLS);
    outcome_release(&o);

    call = http_call_new(STR("GET"), STR("https://cluster.local/"));
    http_call_connect_to(call, STR("127.0.0.1"), port);
    http_call_trust(call, str_from_c(ca.certificate_pem));
    run(f, call, &o);
    assert_int_equal(o.status, 200);
    outcome_release(&o);

    call = http_call_new(STR("GET"), STR("https://other.local/"));
    http_call_connect_to(call, STR("127.0.0.1"), port);
    http_call_trust(call, str_from_c(ca.certificate_pem));
    run(f, call, &o); // the name is checked wherever it connects to
    assert_int_equal(o.id, ERR_TLS);
    outcome_release(&o);

    call = call_new("GET", "https", port, "/");
    http_call_trust(call, STR("no certificate"));
    run(f, call, &o);
    assert_int_equal(o.id, ERR_TLS);
    outcome_release(&o);

    run(f, call_new("GET", "https", http_server_port(f->server), "/"), &o); // speaks no TLS
    assert_int_equal(o.id, ERR_TLS);
    outcome_release(&o);
    http_server_stop(tls, 1000);
    certificate_release(&ca);
    certificate_release(&other);
    certificate_release(&leaf);
}

/* -- what goes wrong -- */

enum misbehaviour {
    HANG,
    RESET,
    CLOSE,
    GARBAGE,
    CUT_SHORT,
    TOO_MUCH,
    TOO_MUCH_UNTOLD,
    MANY_HEADERS
};

/* A bare listener that treats one client after another badly. */
struct bad_server {
    int fd;
    uint16_t port;
    enum misbehaviour how;
    pthread_t thread;
    struct gate leave;
};

static void misbehave(struct bad_server *b, int fd)
{
    struct buf out;
    buf_init(&out, READ_MAX_BYTES);
    switch (b->how) {
    case HANG: (void)gate_pass(&b->leave, 1, WAIT_MS); break;
    case RESET: {
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        (void)setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard));
        break;
    }
    case CLOSE: break;
    case GARBAGE: buf_add(&out, STR("\x01\x02garbage\r\n\r\nmore")); break;
    case CUT_SHORT: buf_add(&out, STR("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf")); break;
    case TOO_MUCH: buf_add(&out, STR("HTTP/1.1 200 OK\r\nContent-Length: 3145728\r\n\r\n")); break;
    case TOO_MUCH_UNTOLD: buf_add(&out, STR("HTTP/1.1 200 OK\r\n\r\n")); break;
    case MANY_HEADERS:
        buf_add(&out, STR("HTTP/1.1 200 OK\r\n"));
        for (int i = 0; i < 2000; i++)
            buf_printf(&out, "x-%d: v\r\n", i);
        buf_add(&out, STR("\r\n"));
        break;
    }
    if (b->how == TOO_MUCH || b->how == TOO_MUCH_UNTOLD) {
        char *to = buf_reserve(&out, 3 << 20);
        memset(to, 'x', 3 << 20);
        out.len += 3 << 20;
    }
    (void)send_all(fd, buf_str(&out));
    buf_release(&out);
}

static void *bad_server_run(void *argument)
{
    struct bad_server *b = argument;
    int fd = accept(b->fd, NULL, NULL);
    if (fd < 0)
        return NULL;
    struct buf in;
    buf_init(&in, READ_MAX_BYTES);
    read_until(fd, &in, "\r\n\r\n");
    buf_release(&in);
    misbehave(b, fd);
    close(fd);
    return NULL;
}

static void bad_server_start(struct bad_server *b, enum misbehaviour how)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof(address);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *b = (struct bad_server){.how = how, .leave = GATE_INIT};
    b->fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(bind(b->fd, (struct sockaddr *)&address, sizeof(address)), 0);
    assert_int_equal(listen(b->fd, 10), 0);
    assert_int_equal(getsockname(b->fd, (struct sockaddr *)&address, &len), 0);
    b->port = ntohs(address.sin_port);
    assert_int_equal(pthread_create(&b->thread, NULL, bad_server_run, b), 0);
}

static void bad_server_stop(struct bad_server *b)
{
    gate_open(&b->leave);
    pthread_join(b->thread, NULL);
    close(b->fd);
}

/* One GET of a server that misbehaves so. */
static void assert_bad(struct fixture *f, enum misbehaviour how, enum err_id id, const char *text)
{
    struct bad_server b;
    struct outcome o;
    bad_server_start(&b, how);
    struct http_call *call = call_new("GET", "http", b.port, "/");
    http_call_limits(call, how == HANG ? 100 : WAIT_MS, 1 << 20);
    run(f, call, &o);
    if (o.id != id || !strstr(o.text, text))
        fail_msg("misbehaviour %d: got %d \"%s\"", (int)how, (int)o.id, o.text);
    assert_int_equal(o.status, 0);
    assert_int_equal(o.body.len, 0);
    outcome_release(&o);
    bad_server_stop(&b);
}

static void test_servers_that_misbehave(void **state)
{
    assert_bad(*state, HANG, ERR_STATES_TIMEOUT, "Unable to execute HTTP request: Read timed out");
    assert_bad(*state, RESET, ERR_NETWORK, "Unable to execute HTTP request: ");
    assert_bad(*state, CLOSE, ERR_NETWORK,
               "Unable to execute HTTP request: The target server failed to respond");
    assert_bad(*state, GARBAGE, ERR_NETWORK, "Unable to execute HTTP request: ");
    assert_bad(*state, CUT_SHORT, ERR_NETWORK, "Unable to execute HTTP request: ");
    assert_bad(*state, TOO_MUCH, ERR_TOO_LARGE, "the response is larger than 1048576 bytes");
    assert_bad(*state, TOO_MUCH_UNTOLD, ERR_TOO_LARGE, "the response is larger than 1048576 bytes");
    assert_bad(*state, MANY_HEADERS, ERR_TOO_LARGE, "");
}

static void test_nobody_listens(void **state)
{
    struct outcome o;
    run(*state, http_call_new(STR("GET"), STR("http://127.0.0.1:1/")), &o);
    assert_int_equal(o.id, ERR_NETWORK);
    assert_string_equal(o.text, "Unable to execute HTTP request: Connect to 127.0.0.1:1 failed: "
                                "Connection refused");
    outcome_release(&o);
    run(*state, http_call_new(STR("GET"), STR("http://no-such-host.invalid/")), &o);
    assert_int_equal(o.id, ERR_NETWORK);
    assert_string_equal(o.text, "Unable to execute HTTP request: no-such-host.invalid: "
                                "Name or service not known");
    outcome_release(&o);
}

static void test_bad_descriptions_come_to_done(void **state)
{
    struct outcome o;
    run(*state, http_call_new(STR("GET"), STR("ftp://127.0.0.1/")), &o);
    assert_int_equal(o.id, ERR_VALIDATION);
    outcome_release(&o);
    run(*state, http_call_new(STR("GE T"), STR("http://127.0.0.1/")), &o);
    assert_int_equal(o.id, ERR_VALIDATION);
    outcome_release(&o);
    run(*state, http_call_new(STR(""), STR("http://127.0.0.1/")), &o);
    assert_int_equal(o.id, ERR_VALIDATION);
    outcome_release(&o);
    struct http_call *call = http_call_new(STR("GET"), STR("http://127.0.0.1:1/"));
    http_call_header(call, STR("x"), STR("a\r\nHost: evil"));
    run(*state, call, &o);
    assert_int_equal(o.id, ERR_VALIDATION);
    outcome_release(&o);
    call = http_call_new(STR("GET"), STR("http://127.0.0.1:1/"));
    http_call_connect_to(call, STR(""), 1);
    run(*state, call, &o);
    assert_int_equal(o.id, ERR_VALIDATION);
    outcome_release(&o);
}

/* The n-th allocation of a description fails: the call goes well all the same, or says so. */
static void test_memory_that_fails_while_describing(void **state)
{
    struct fixture *f = *state;
    int refused = 0;
    for (unsigned n = 1; n <= 20; n++) {
        struct outcome o;
        struct err err = ERR_INIT;
        struct certificate ca;
        assert_true(certificate_ca_new(STR("ca"), &ca, &err));
        str body = copy("{}");
        mem_fail_after(n);
        struct http_call *call = call_new("POST", "http", http_server_port(f->server), "/");
        http_call_header(call, STR("X-A"), STR("a"));
        http_call_body_take(call, body);
        http_call_trust(call, str_from_c(ca.certificate_pem));
        http_call_connect_to(call, STR("127.0.0.1"), http_server_port(f->server));
        mem_fail_after(0);
        run(f, call, &o);
        if (o.id != ERR_NONE) {
            assert_true(o.id == ERR_NO_MEMORY || o.id == ERR_VALIDATION);
            refused++;
        } else {
            assert_int_equal(o.status, 200);
        }
        outcome_release(&o);
        certificate_release(&ca);
    }
    assert_true(refused >= 4 && refused < 20);
}

/* -- cancelling and stopping -- */

static void test_cancel(void **state)
{
    struct fixture *f = *state;
    struct outcome o;
    outcome_init(&o);
    uint64_t number = http_client_send_take(
        f->client, call_new("GET", "http", http_server_port(f->server), "/keep"), note, &o);
    assert_true(gate_pass(&f->seen, 1, WAIT_MS));
    http_client_cancel(f->client, number + 1000);
    assert_false(gate_pass(&o.done, 1, 20));
    http_client_cancel(f->client, number);
    assert_true(gate_pass(&o.done, 1, WAIT_MS));
    assert_int_equal(o.id, ERR_NETWORK);
    assert_string_equal(o.text, "cancelled");
    http_client_cancel(f->client, number); // it has ended: nothing happens
    http_answer_take(f->kept, 200, NULL, 0, STR_NONE);
    outcome_release(&o);

    // At once: never sent or just begun, but told once.
    outcome_init(&o);
    number = http_client_send_take(
        f->client, call_new("GET", "http", http_server_port(f->server), "/"), note, &o);
    http_client_cancel(f->client, number);
    assert_true(gate_pass(&o.done, 1, WAIT_MS));
    pause_ms(20);
    assert_int_equal(o.times, 1);
    outcome_release(&o);
}

static void test_stop_ends_what_is_in_flight(void **state)
{
    struct fixture *f = *state;
    struct outcome o[50];
    for (int i = 0; i < 50; i++)
        outcome_init(&o[i]);
    (void)http_client_send_take(
        f->client, call_new("GET", "http", http_server_port(f->server), "/keep"), note, &o[0]);
    assert_true(gate_pass(&f->seen, 1, WAIT_MS));
    for (int i = 1; i < 50; i++)
        (void)http_client_send_take(
            f->client, call_new("GET", "http", http_server_port(f->server), "/"), note, &o[i]);
    http_client_stop(f->client);
    f->client = NULL;
    for (int i = 0; i < 50; i++)
        assert_int_equal(o[i].times, 1);
    assert_int_equal(o[0].id, ERR_NETWORK);
    assert_string_equal(o[0].text, "the client is stopping");
    for (int i = 0; i < 50; i++)
        outcome_release(&o[i]);
    http_answer_take(f->kept, 200, NULL, 0, STR_NONE);
}

/* -- time -- */

static void fired(void *context, uint64_t a, uint64_t b)
{
    (void)a;
    (void)b;
    gate_open(context);
}

static void test_skipped_time_waits_for_a_call(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct gate timer = GATE_INIT;
    struct outcome o;
    struct clock *skip_clock = clock_new(CLOCK_SKIP, 1, 0, &err);
    assert_non_null(skip_clock);
    struct http_client *client = http_client_start(skip_clock, &err);
    assert_non_null(client);
    outcome_init(&o);
    (void)http_client_send_take(
        client, call_new("GET", "http", http_server_port(f->server), "/keep"), note, &o);
    (void)clock_timer_arm(skip_clock, clock_now_ms(skip_clock) + 3600000, fired, &timer, 0, 0);
    assert_true(gate_pass(&f->seen, 1, WAIT_MS));
    assert_false(gate_pass(&timer, 1, 50));
    http_answer_take(f->kept, 200, NULL, 0, STR_NONE);
    assert_true(gate_pass(&o.done, 1, WAIT_MS));
    assert_true(gate_pass(&timer, 1, WAIT_MS));
    http_client_stop(client);
    clock_stop(skip_clock);
    clock_free(skip_clock);
    outcome_release(&o);
}

int main(void)
{
    log_level_set(LOG_ERROR);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_request_and_response_come_whole),
        TEST(test_methods),
        TEST(test_status_is_no_error),
        TEST(test_large_body_goes_without_expect),
        TEST(test_connect_to_another_address),
        TEST(test_proxies_of_the_environment_are_ignored),
        TEST(test_a_thousand_calls_at_once),
        TEST(test_tls_trusts_the_given_ca_only),
        TEST(test_servers_that_misbehave),
        TEST(test_nobody_listens),
        TEST(test_bad_descriptions_come_to_done),
        TEST(test_memory_that_fails_while_describing),
        TEST(test_cancel),
        TEST(test_stop_ends_what_is_in_flight),
        TEST(test_skipped_time_waits_for_a_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
