/* The listener, as clients see it through bare sockets. */
#include "base/buf.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "net/http_server.h"
#include "net_test.h"
#include "unit.h"

#include <stdio.h>

enum { BODY_MAX_BYTES = 2 << 20 };

/* How the handler answers: /now at once, /later from another thread, /keep when the test says so,
 * all else by a description of the request. */
struct fixture {
    struct http_server *server;
    struct http_exchange *kept;
    struct gate kept_one;
    pthread_t threads[4000];
    size_t threads_count;
    unsigned fail_after;
    bool wrong_role;
};

static void answer_text(struct http_exchange *x, int status, str text)
{
    const struct http_header headers[] = {
        {STR("Content-Type"), STR("text/plain")},
        {STR("x-test"),       STR("a b")       }
    };
    struct buf b;
    buf_init(&b, READ_MAX_BYTES);
    buf_add(&b, text);
    http_answer_take(x, status, headers, 2, buf_give(&b));
}

static void *answer_on_thread(void *x)
{
    answer_text(x, 200, STR("later"));
    return NULL;
}

static void describe(struct http_exchange *x)
{
    struct buf b;
    str name = http_header(x, STR("X-NAME"));
    buf_init(&b, READ_MAX_BYTES);
    buf_printf(&b, "%.*s [%.*s] [%.*s] [%.*s] [", STR_ARG(http_method(x)), STR_ARG(http_path(x)),
               STR_ARG(http_query(x)), STR_ARG(name));
    buf_add(&b, http_body(x));
    buf_add_char(&b, ']');
    http_answer_take(x, 200, NULL, 0, buf_give(&b));
}

static void handle(void *context, struct http_exchange *x)
{
    struct fixture *f = context;
    str path = http_path(x);
    if (!THREAD_IS(HTTP))
        f->wrong_role = true;
    if (str_eq(path, STR("/now"))) {
        answer_text(x, 200, STR("now"));
    } else if (str_eq(path, STR("/later"))) {
        assert_int_equal(pthread_create(&f->threads[f->threads_count++], NULL, answer_on_thread, x),
                         0);
    } else if (str_eq(path, STR("/keep"))) {
        f->kept = x;
        gate_open(&f->kept_one);
    } else if (str_eq(path, STR("/empty"))) {
        http_answer_take(x, 204, NULL, 0, STR_NONE);
    } else if (str_eq(path, STR("/arena"))) {
        answer_text(x, 200, arena_printf(http_arena(x), "from the arena"));
    } else if (str_eq(path, STR("/forge"))) {
        const struct http_header forged = {STR("x-evil"), STR("a\r\nset-cookie: b")};
        http_answer_take(x, 200, &forged, 1, STR_NONE);
    } else if (str_eq(path, STR("/fail"))) {
        answer_text(x, 200, STR("will fail"));
        mem_fail_after(f->fail_after); // in what comes next on this thread
    } else if (str_eq(path, STR("/length"))) {
        answer_text(x, 200, arena_printf(http_arena(x), "%zu bytes", http_body(x).len));
    } else {
        describe(x);
        mem_fail_after(0);
    }
}

static int setup(void **state)
{
    struct fixture *f = mem_new(sizeof(*f));
    struct err err = ERR_INIT;
    struct http_server_options o = {.host = STR("127.0.0.1"),
                                    .max_body_bytes = BODY_MAX_BYTES,
                                    .handler = handle,
                                    .context = f};
    f->kept_one = (struct gate)GATE_INIT;
    f->server = http_server_start(&o, &err);
    assert_non_null(f->server);
    *state = f;
    return 0;
}

static void join_all(struct fixture *f)
{
    for (size_t i = 0; i < f->threads_count; i++)
        pthread_join(f->threads[i], NULL);
    f->threads_count = 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    if (f->server)
        http_server_stop(f->server, 1000);
    join_all(f);
    assert_false(f->wrong_role);
    mem_free(f);
    return 0;
}

/* Sends raw text on a new connection and reads until `until`, or the end. */
static void talk(struct fixture *f, str request, const char *until, struct buf *in)
{
    int fd = connect_to(http_server_port(f->server));
    assert_true(fd >= 0);
    buf_init(in, READ_MAX_BYTES);
    (void)send_all(fd, request);
    read_until(fd, in, until);
    close(fd);
}

static void assert_talk(struct fixture *f, const char *request, const char *until)
{
    struct buf in;
    talk(f, str_from_c(request), until, &in);
    if (!contains(&in, until))
        fail_msg("got \"%.*s\", wanted \"%s\"", STR_ARG(buf_str(&in)), until);
    buf_release(&in);
}

static void test_request_is_seen_raw(void **state)
{
    assert_talk(*state,
                "GET /a%2Fb//c?x=%31+&y&x=2 HTTP/1.1\r\nHost: any.host:1\r\nx-Name: v 1\r\n\r\n",
                "GET [/a%2Fb//c] [x=%31+&y&x=2] [v 1] []");
    assert_talk(*state, "POST /? HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n\r\nhello",
                "POST [/] [] [] [hello]");
    assert_talk(*state,
                "PATCH / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
                "2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n",
                "PATCH [/] [] [] [hello]");
    assert_talk(*state, "GET /arena HTTP/1.1\r\nHost: h\r\n\r\n", "from the arena");
}

static void test_answer_has_its_headers(void **state)
{
    assert_talk(*state, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\nContent-Type: text/plain\r\n");
    assert_talk(*state, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\nContent-Length: 3\r\n");
    assert_talk(*state, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\nx-test: a b\r\n");
    assert_talk(*state, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\nDate: ");
    assert_talk(*state, "GET /empty HTTP/1.1\r\nHost: h\r\n\r\n", "HTTP/1.1 204 ");
}

static void test_a_header_cannot_be_forged(void **state)
{
    struct buf in;
    talk(*state, STR("GET /forge HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), NULL, &in);
    assert_true(contains(&in, "HTTP/1.1 200"));
    assert_false(contains(&in, "set-cookie"));
    buf_release(&in);
}

static void test_head_has_a_length_and_no_body(void **state)
{
    struct buf in;
    talk(*state, STR("HEAD /now HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n"), NULL, &in);
    assert_true(contains(&in, "Content-Length: 3\r\n"));
    assert_true(str_ends(buf_str(&in), STR("\r\n\r\n")));
    buf_release(&in);
}

static void test_connection_serves_many(void **state)
{
    struct fixture *f = *state;
    int fd = connect_to(http_server_port(f->server));
    for (int i = 0; i < 50; i++) {
        struct buf in;
        buf_init(&in, READ_MAX_BYTES);
        const char *request = i % 2
                                  ? "GET /later HTTP/1.1\r\nHost: h\r\n\r\n"
                                  : "POST /now HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\nab";
        assert_true(send_all(fd, str_from_c(request)));
        read_until(fd, &in, i % 2 ? "\r\n\r\nlater" : "\r\n\r\nnow");
        assert_true(contains(&in, i % 2 ? "\r\n\r\nlater" : "\r\n\r\nnow"));
        buf_release(&in);
    }
    close(fd);
}

/* Answers race with the handler's return: some come before, some after it. */
static void test_answers_from_other_threads(void **state)
{
    struct fixture *f = *state;
    enum { CONNECTIONS = 20, ROUNDS = 50 };
    int fds[CONNECTIONS];
    for (int i = 0; i < CONNECTIONS; i++)
        fds[i] = connect_to(http_server_port(f->server));
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < CONNECTIONS; i++)
            assert_true(send_all(fds[i], STR("GET /later HTTP/1.1\r\nHost: h\r\n\r\n")));
        for (int i = 0; i < CONNECTIONS; i++) {
            struct buf in;
            buf_init(&in, READ_MAX_BYTES);
            read_until(fds[i], &in, "\r\n\r\nlater");
            assert_true(contains(&in, "\r\n\r\nlater"));
            buf_release(&in);
        }
    }
    for (int i = 0; i < CONNECTIONS; i++)
        close(fds[i]);
}

static void test_expect_100_continue(void **state)
{
    struct fixture *f = *state;
    struct buf in;
    int fd = connect_to(http_server_port(f->server));
    buf_init(&in, READ_MAX_BYTES);
    assert_true(send_all(fd, STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\n"
                                 "Expect: 100-continue\r\n\r\n")));
    read_until(fd, &in, "\r\n\r\n");
    assert_true(str_starts(buf_str(&in), STR("HTTP/1.1 100 ")));
    assert_true(send_all(fd, STR("hello")));
    read_until(fd, &in, "[hello]");
    assert_true(contains(&in, "[hello]"));
    buf_release(&in);
    close(fd);
}

static void post_bytes(struct fixture *f, size_t len, const char *until)
{
    struct buf request, in;
    buf_init(&request, READ_MAX_BYTES);
    buf_printf(&request, "POST /length HTTP/1.1\r\nHost: h\r\nContent-Length: %zu\r\n\r\n", len);
    char *to = buf_reserve(&request, len);
    memset(to, 'x', len);
    request.len += len;
    talk(f, buf_str(&request), until, &in);
    if (!contains(&in, until))
        fail_msg("%zu bytes: got \"%.*s\"", len, STR_ARG(buf_str(&in)));
    buf_release(&request);
    buf_release(&in);
}

static void test_body_up_to_the_maximum(void **state)
{
    post_bytes(*state, 65535, "\r\n\r\n65535 bytes");
    post_bytes(*state, 100000, "\r\n\r\n100000 bytes");
    post_bytes(*state, BODY_MAX_BYTES, "\r\n\r\n2097152 bytes");
    post_bytes(*state, BODY_MAX_BYTES + 1, "HTTP/1.1 413 ");
    post_bytes(*state, 3 << 20, "HTTP/1.1 413 ");
}

static void test_too_long_a_length_is_refused_before_the_body(void **state)
{
    assert_talk(*state,
                "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2097153\r\n"
                "Expect: 100-continue\r\n\r\n",
                "HTTP/1.1 413 ");
    assert_talk(*state, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9000000000000\r\n\r\n",
                "HTTP/1.1 413 ");
}

/* Sends a chunked body of len bytes and tells whether the connection was closed under it. */
static void chunked_bytes(struct fixture *f, size_t len, const char *until)
{
    struct buf request, in;
    buf_init(&request, READ_MAX_BYTES);
    buf_add(&request,
            STR("POST /length HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"));
    buf_printf(&request, "%zx\r\n", len);
    char *to = buf_reserve(&request, len);
    memset(to, 'x', len);
    request.len += len;
    buf_add(&request, STR("\r\n0\r\n\r\n"));
    talk(f, buf_str(&request), until, &in);
    assert_int_equal(contains(&in, until ? until : "HTTP/1.1"), until != NULL);
    buf_release(&request);
    buf_release(&in);
}

static void test_chunked_body_past_the_maximum(void **state)
{
    chunked_bytes(*state, BODY_MAX_BYTES, "2097152 bytes");
    chunked_bytes(*state, BODY_MAX_BYTES + 1, "HTTP/1.1 413 ");
    chunked_bytes(*state, 5 << 20, NULL); // past twice the maximum: closed
    assert_talk(*state, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\nnow");
}

static void test_malformed_requests_are_refused(void **state)
{
    struct buf request, in;
    assert_talk(*state, "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: x\r\n\r\n", "HTTP/1.1 400 ");
    talk(*state, STR("\x16\x03\x01\x02\x00\x01\x00\x01\r\n\r\n"), NULL, &in);
    buf_release(&in);
    buf_init(&request, READ_MAX_BYTES);
    buf_add(&request, STR("GET / HTTP/1.1\r\nHost: h\r\n"));
    for (int i = 0; i < 20000; i++)
        buf_printf(&request, "x-h%d: v\r\n", i);
    buf_add(&request, STR("\r\n"));
    talk(*state, buf_str(&request), "HTTP/1.1 4", &in);
    assert_false(contains(&in, "HTTP/1.1 200"));
    buf_release(&in);
    buf_release(&request);
    assert_talk(*state, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\nnow");
}

static void test_client_that_went_away(void **state)
{
    struct fixture *f = *state;
    for (int i = 0; i < 20; i++) {
        int fd = connect_to(http_server_port(f->server));
        assert_true(send_all(fd, STR("POST /keep HTTP/1.1\r\nHost: h\r\nX-Name: n\r\n"
                                     "Content-Length: 1\r\n\r\na")));
        assert_true(gate_pass(&f->kept_one, 1, WAIT_MS));
        struct linger hard = {.l_onoff = 1, .l_linger = 0};
        if (i % 2)
            assert_int_equal(setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof(hard)), 0);
        close(fd);
        pause_ms(2);
        assert_str(http_body(f->kept), "a");
        assert_str(http_header(f->kept, STR("x-name")), "n");
        answer_text(f->kept, 200, STR("to nobody"));
    }
    // A body that never ends.
    int fd = connect_to(http_server_port(f->server));
    assert_true(send_all(fd, STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9\r\n\r\na")));
    close(fd);
    assert_talk(f, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\nnow");
}

/* The n-th allocation for a request fails: it is answered or its connection closed, no more. */
static void test_memory_that_fails(void **state)
{
    struct fixture *f = *state;
    int closed = 0;
    for (f->fail_after = 1; f->fail_after <= 8; f->fail_after++) {
        struct buf in;
        assert_talk(f, "GET /fail HTTP/1.1\r\nHost: h\r\n\r\n", "will fail");
        talk(
            f,
            STR("POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello"),
            "[hello]", &in);
        closed += in.len == 0;
        assert_true(in.len == 0 || contains(&in, "HTTP/1.1 200 "));
        buf_release(&in);
        assert_talk(f, "GET /now HTTP/1.1\r\nHost: h\r\n\r\n", "\r\n\r\nnow");
    }
    assert_true(closed > 0 && closed < 8);
}

/* -- stopping -- */

struct stopper {
    struct http_server *server;
    int grace_ms;
    struct gate *done;
};

static void *stop_on_thread(void *argument)
{
    struct stopper *s = argument;
    http_server_stop(s->server, s->grace_ms);
    gate_open(s->done);
    return NULL;
}

static void test_stop_waits_for_answers(void **state)
{
    struct fixture *f = *state;
    struct gate done = GATE_INIT;
    struct stopper stopper = {f->server, WAIT_MS, &done};
    uint16_t port = http_server_port(f->server);
    pthread_t thread;
    struct buf in;
    int fd = connect_to(port), idle = connect_to(port);
    assert_true(send_all(fd, STR("GET /keep HTTP/1.1\r\nHost: h\r\n\r\n")));
    assert_true(gate_pass(&f->kept_one, 1, WAIT_MS));
    assert_int_equal(pthread_create(&thread, NULL, stop_on_thread, &stopper), 0);
    f->server = NULL;
    assert_false(gate_pass(&done, 1, 50));
    int refused = connect_to(port); // new clients are refused at once
    assert_int_equal(refused, -1);
    (void)send_all(idle, STR("GET /now HTTP/1.1\r\nHost: h\r\n\r\n")); // and requests of old ones
    buf_init(&in, READ_MAX_BYTES);
    read_until(idle, &in, "HTTP/1.1 503 ");
    assert_true(contains(&in, "HTTP/1.1 503 "));
    buf_reset(&in);
    answer_text(f->kept, 200, STR("in time"));
    read_until(fd, &in, "in time");
    assert_true(contains(&in, "in time"));
    assert_true(gate_pass(&done, 1, WAIT_MS));
    pthread_join(thread, NULL);
    buf_release(&in);
    close(fd);
    close(idle);
}

static void test_stop_answers_what_is_left(void **state)
{
    struct fixture *f = *state;
    struct buf in;
    int fd = connect_to(http_server_port(f->server));
    assert_true(send_all(fd, STR("POST /keep?q HTTP/1.1\r\nHost: h\r\nX-Name: n\r\n"
                                 "Content-Length: 1\r\n\r\na")));
    assert_true(gate_pass(&f->kept_one, 1, WAIT_MS));
    http_server_stop(f->server, 20);
    f->server = NULL;
    buf_init(&in, READ_MAX_BYTES);
    read_until(fd, &in, NULL);
    assert_true(contains(&in, "HTTP/1.1 503 "));
    // The holder's exchange is still whole, and its answer goes nowhere.
    assert_str(http_method(f->kept), "POST");
    assert_str(http_query(f->kept), "q");
    assert_str(http_body(f->kept), "a");
    assert_str(http_header(f->kept, STR("X-Name")), "n");
    answer_text(f->kept, 200, STR("too late"));
    buf_release(&in);
    close(fd);
}

/* Stops while answers are under way on other threads, over and over. */
static void test_stop_races_with_answers(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    for (int round = 0; round < 60; round++) {
        int fds[8];
        for (int i = 0; i < 8; i++) {
            fds[i] = connect_to(http_server_port(f->server));
            assert_true(send_all(fds[i], STR("GET /later HTTP/1.1\r\nHost: h\r\n\r\n")));
        }
        http_server_stop(f->server, round % 2);
        for (int i = 0; i < 8; i++)
            close(fds[i]);
        join_all(f);
        struct http_server_options o = {.host = STR("127.0.0.1"),
                                        .max_body_bytes = BODY_MAX_BYTES,
                                        .handler = handle,
                                        .context = f};
        f->server = http_server_start(&o, &err);
        assert_non_null(f->server);
    }
}

static void test_start_says_what_is_wrong(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    char expected[100];
    struct http_server_options o = {.host = STR("127.0.0.1"),
                                    .port = http_server_port(f->server),
                                    .max_body_bytes = 1,
                                    .handler = handle,
                                    .context = f};
    assert_null(http_server_start(&o, &err));
    assert_int_equal(err.id, ERR_NETWORK);
    (void)snprintf(expected, sizeof(expected),
                   "cannot listen on 127.0.0.1:%u: Address already in use", (unsigned)o.port);
    assert_str(err_text(&err), expected);
    err_release(&err);

    o.port = 0;
    o.host = STR("localhost");
    assert_null(http_server_start(&o, &err));
    assert_int_equal(err.id, ERR_NETWORK);
    err_release(&err);

    o.host = STR("127.0.0.1");
    o.certificate_pem = STR("no certificate");
    o.key_pem = STR("no key");
    assert_null(http_server_start(&o, &err));
    assert_int_equal(err.id, ERR_TLS);
    err_release(&err);
}

static void test_listens_on_ipv6(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
    struct http_server_options o = {
        .host = STR("::1"), .max_body_bytes = 1, .handler = handle, .context = f};
    struct http_server *server = http_server_start(&o, &err);
    if (!server) { // a machine without IPv6
        assert_int_equal(err.id, ERR_NETWORK);
        err_release(&err);
        skip();
    }
    int fd = socket(AF_INET6, SOCK_STREAM, 0);
    address.sin6_port = htons(http_server_port(server));
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof(address)), 0);
    struct buf in;
    buf_init(&in, READ_MAX_BYTES);
    assert_true(send_all(fd, STR("GET /now HTTP/1.1\r\nHost: h\r\n\r\n")));
    read_until(fd, &in, "\r\n\r\nnow");
    assert_true(contains(&in, "\r\n\r\nnow"));
    buf_release(&in);
    close(fd);
    http_server_stop(server, 0);
}

int main(void)
{
    log_level_set(LOG_ERROR);
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_request_is_seen_raw),
        TEST(test_answer_has_its_headers),
        TEST(test_a_header_cannot_be_forged),
        TEST(test_head_has_a_length_and_no_body),
        TEST(test_connection_serves_many),
        TEST(test_answers_from_other_threads),
        TEST(test_expect_100_continue),
        TEST(test_body_up_to_the_maximum),
        TEST(test_too_long_a_length_is_refused_before_the_body),
        TEST(test_chunked_body_past_the_maximum),
        TEST(test_malformed_requests_are_refused),
        TEST(test_client_that_went_away),
        TEST(test_memory_that_fails),
        TEST(test_stop_waits_for_answers),
        TEST(test_stop_answers_what_is_left),
        TEST(test_stop_races_with_answers),
        TEST(test_start_says_what_is_wrong),
        TEST(test_listens_on_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
