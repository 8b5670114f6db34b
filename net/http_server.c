/* HTTP in, on libmicrohttpd (MHD): one epoll thread that reads requests, calls the handler and
 * writes answers.
 *
 * An exchange is made when MHD has the request line and is freed when MHD is done with the request
 * and the handler's side has answered, whichever is later. It holds copies of all that the handler
 * may read, so a connection that goes away takes nothing from under it. Its state is one atomic
 * word; each side moves it and knows from where it came what is left to do:
 *
 *              serve              answer (inside the handler, or elsewhere before it returned)
 *    READING ────────▶ HANDLING ─────────────────────────────────▶ ANSWERED ──▶ freed by MHD's side
 *                        │    │                                        ▲
 *               park:    │    │ park, after grace                      │ answer, resumes
 *               suspend  ▼    ▼                                        │
 *                   SUSPENDED ──────────────────────────────────────────
 *                        │ stop, after grace: resumes
 *                        ▼                 MHD's side done                answer
 *                    ABANDONED (503 sent) ────────────────▶ ORPHANED ────────────▶ freed by answer
 *                        │ answer: dropped
 *                        ▼
 *                     DROPPED ──▶ freed by MHD's side
 *
 * Invariants
 *  1. Whoever moves the state to ANSWERED from HANDLING touches the exchange no more: MHD's thread
 *     finds it when the handler returns. The usual answer, given inside the handler, costs neither
 *     a suspension nor a lock.
 *  2. A connection is suspended and put on the list under the lock, by MHD's thread, while the
 *     state is still HANDLING; only then does it become SUSPENDED. If the answer came in between,
 *     that move fails, and MHD's thread resumes the connection itself. So no one resumes what is
 *     not suspended.
 *  3. An exchange is on the list exactly while it is SUSPENDED or its answerer is about to take it
 *     off; MHD_stop_daemon (which aborts the program over a suspended connection) and the server's
 *     end wait until the list is empty. From ABANDONED on the server is not touched.
 *
 * The lock is held over MHD_suspend_connection and MHD_resume_connection: they take MHD's own lock
 * and never call back.
 * Order: a move of the state releases what its side has written (the answer) and acquires what the
 * other side has. */
#include "net/http_server.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "listen_private.h"
#include "net/net_private.h"

#include <microhttpd.h>

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    CONNECTIONS_DEFAULT = 4096,
    CONNECTION_MEMORY_BYTES =
        65536, /* bounds the head of a request; a session token has some 2 KB */
    CONNECTION_INCREMENT_BYTES = 16384, /* MHD reads this much at once when it can */
    HEADER_TEXT_MAX_BYTES = 16384,      /* of an answer's header, name and value */
    BODY_FIRST_BYTES = 65536,           /* reserved at most on a client's word */
    ARENA_MAX_BYTES = 16 << 20,         /* of one request */
    FLUSH_MS = 250,                     /* after grace: for the last answers to leave */
};

enum exchange_state { READING, HANDLING, SUSPENDED, ANSWERED, ABANDONED, DROPPED, ORPHANED };

struct http_exchange {
    struct http_server *server;
    struct MHD_Connection *connection;
    atomic_int state;                      /* enum exchange_state */
    struct http_exchange *previous, *next; /* server->suspended */
    bool head_read, served;                /* MHD's thread's own */
    uint64_t excess_bytes;                 /* read past the maximum and thrown away */
    str method, path, query;
    struct http_header *headers; /* one block with all their text and the method's */
    size_t headers_count;
    struct buf body;
    struct arena arena;
    int status; /* of the answer */
    struct MHD_Response *response;
    char uri[]; /* what path and query point into */
};

struct http_server {
    struct MHD_Daemon *daemon;
    http_handler *handler;
    void *context;
    size_t max_body_bytes;
    uint16_t port;
    /* Served and not yet done with. seq_cst, with stopping: MHD's thread adds itself and then looks
     * at stopping, stop sets stopping and then looks here, so one of them sees the other. */
    atomic_size_t active;
    atomic_bool stopping;
    pthread_mutex_t lock; /* guards the two below */
    struct http_exchange *suspended;
    bool grace_over;
    pthread_cond_t quieter; /* active or suspended became less while stopping */
};

/* -- exchanges -- */

static bool exchange_move(struct http_exchange *x, int from, int to)
{
    return atomic_compare_exchange_strong_explicit(&x->state, &from, to, memory_order_acq_rel,
                                                   memory_order_acquire);
}

static int exchange_state(struct http_exchange *x)
{
    return atomic_load_explicit(&x->state, memory_order_acquire);
}

static void exchange_free(struct http_exchange *x)
{
    if (x->response)
        MHD_destroy_response(x->response);
    buf_release(&x->body);
    arena_release(&x->arena);
    mem_free(x->headers);
    mem_free(x);
}

/* The list, under server->lock. */
static void suspended_add(struct http_server *s, struct http_exchange *x)
{
    x->previous = NULL;
    x->next = s->suspended;
    if (x->next)
        x->next->previous = x;
    s->suspended = x;
}

static void suspended_remove(struct http_server *s, struct http_exchange *x)
{
    if (x->previous)
        x->previous->next = x->next;
    else
        s->suspended = x->next;
    if (x->next)
        x->next->previous = x->previous;
}

str http_method(const struct http_exchange *x)
{
    return x->method;
}

str http_path(const struct http_exchange *x)
{
    return x->path;
}

str http_query(const struct http_exchange *x)
{
    return x->query;
}

str http_body(const struct http_exchange *x)
{
    return buf_str(&x->body);
}

str http_header(const struct http_exchange *x, str name)
{
    for (size_t i = 0; i < x->headers_count; i++)
        if (x->headers[i].name.len == name.len && str_eq_nocase(x->headers[i].name, name))
            return x->headers[i].value;
    return STR_NONE;
}

struct arena *http_arena(struct http_exchange *x)
{
    return &x->arena;
}

/* -- answers -- */

static void add_header(struct MHD_Response *response, str name, str value)
{
    char text[HEADER_TEXT_MAX_BYTES];
    bool ok = name.len < sizeof(text) && value.len < sizeof(text) - name.len - 1;
    if (ok) {
        memcpy(text, name.ptr, name.len);
        text[name.len] = '\0';
        char *value_text = text + name.len + 1;
        if (value.len)
            memcpy(value_text, value.ptr, value.len);
        value_text[value.len] = '\0';
        ok = MHD_add_response_header(response, text, value_text) == MHD_YES;
    }
    if (!ok) // a line break in it, say: worse to send than to leave out
        log_warn("net", "header-refused", "name=%.*s bytes=%zu", STR_ARG(name), value.len);
}

/* Takes body. Gives NULL when memory fails. */
static struct MHD_Response *response_new(const struct http_header *headers, size_t count, str body)
{
    struct MHD_Response *response;
    if (body.len == 0) {
        mem_free(str_owned_bytes(body));
        response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
    } else {
        void *bytes = str_owned_bytes(body); // ours from here on: no longer const
        response = MHD_create_response_from_buffer_with_free_callback(body.len, bytes, mem_free);
        if (!response)
            mem_free(bytes);
    }
    for (size_t i = 0; i < count && response; i++)
        add_header(response, headers[i].name, headers[i].value);
    return response;
}

void http_answer_take(struct http_exchange *x, int status, const struct http_header *headers,
                      size_t headers_count, str body)
{
    // What is needed after the move is fetched before it: x may be gone then (invariant 1).
    struct http_server *s = x->server;
    struct MHD_Connection *connection = x->connection;
    int state = exchange_state(x);
    if (state == HANDLING || state == SUSPENDED) {
        x->status = status;
        x->response = response_new(headers, headers_count, body);
        body = STR_NONE;
    }
    if (state == HANDLING) {
        if (exchange_move(x, HANDLING, ANSWERED))
            return;
        state = exchange_state(x); // parked meanwhile, or even given up
    }
    if (state == SUSPENDED && exchange_move(x, SUSPENDED, ANSWERED)) {
        lock_take(&s->lock);
        suspended_remove(s, x);
        MHD_resume_connection(connection);
        if (!s->suspended)
            cond_wake_one(&s->quieter);
        lock_give(&s->lock);
        return;
    }
    mem_free(str_owned_bytes(body));
    // The listener has answered 503 in our place.
    if (!exchange_move(x, ABANDONED, DROPPED)) {
        assert(exchange_state(x) == ORPHANED);
        exchange_free(x);
    }
}

static enum MHD_Result queue_answer(struct http_exchange *x)
{
    if (!x->response)
        return MHD_NO; // no memory for an answer: closes the connection
    enum MHD_Result result = MHD_queue_response(x->connection, (unsigned)x->status, x->response);
    MHD_destroy_response(x->response); // MHD counts its own reference
    x->response = NULL;
    return result;
}

/* An answer of the listener's own. Beside a handler's side that still holds x: it sets x->response.
 */
static enum MHD_Result queue_refusal(struct MHD_Connection *connection, unsigned status,
                                     const char *text)
{
    struct MHD_Response *response = MHD_create_response_from_buffer(
        strlen(text), str_owned_bytes(str_from_c(text)), MHD_RESPMEM_PERSISTENT);
    if (!response)
        return MHD_NO;
    add_header(response, STR("Content-Type"), STR("text/plain"));
    enum MHD_Result result = MHD_queue_response(connection, status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result queue_too_large(struct MHD_Connection *connection)
{
    return queue_refusal(connection, MHD_HTTP_CONTENT_TOO_LARGE, "the request body is too large\n");
}

static enum MHD_Result queue_stopping(struct MHD_Connection *connection)
{
    return queue_refusal(connection, MHD_HTTP_SERVICE_UNAVAILABLE, "the server is stopping\n");
}

/* -- MHD's side: all on its thread -- */

/* The raw request target is seen only here: MHD cuts and splits it in place afterwards. */
static void *on_uri(void *context, const char *uri, struct MHD_Connection *connection)
{
    if (!THREAD_IS(HTTP))
        thread_role_set(THREAD_HTTP);
    size_t len = uri ? strlen(uri) : 0; // bounded by CONNECTION_MEMORY_BYTES
    struct http_exchange *x = mem_try(sizeof(*x) + len);
    if (!x)
        return NULL; // on_request then closes the connection
    memset(x, 0, sizeof(*x));
    x->server = context;
    x->connection = connection;
    atomic_init(&x->state, READING);
    if (len)
        memcpy(x->uri, uri, len);
    str target = {x->uri, len};
    size_t mark = str_find_char(target, 0, '?');
    x->path = str_sub(target, 0, mark);
    x->query = mark < len ? str_skip(target, mark + 1) : STR("");
    buf_init(&x->body, x->server->max_body_bytes);
    arena_init(&x->arena, ARENA_MAX_BYTES);
    return x;
}

static size_t on_unescape(void *context, struct MHD_Connection *connection, char *text)
{
    (void)context;
    (void)connection;
    return strlen(text); // left as it is: see on_uri
}

/* Header texts, counted first and copied then. */
struct head {
    struct http_header *headers;
    char *text;
    size_t count, bytes;
};

static enum MHD_Result on_header_count(void *context, enum MHD_ValueKind kind, const char *name,
                                       size_t name_len, const char *value, size_t value_len)
{
    struct head *head = context;
    (void)kind;
    (void)name;
    (void)value;
    head->count++;
    head->bytes += name_len + value_len;
    return MHD_YES;
}

static str head_copy(struct head *head, const char *text, size_t len)
{
    str copy = {head->text, len};
    if (len)
        memcpy(head->text, text, len);
    head->text += len;
    return copy;
}

static enum MHD_Result on_header_copy(void *context, enum MHD_ValueKind kind, const char *name,
                                      size_t name_len, const char *value, size_t value_len)
{
    struct head *head = context;
    (void)kind;
    struct http_header *header = &head->headers[head->count++];
    header->name = head_copy(head, name, name_len);
    header->value = head_copy(head, value, value_len);
    return MHD_YES;
}

static enum MHD_Result read_head(struct http_exchange *x, const char *method)
{
    struct head head = {0};
    size_t method_len = strlen(method);
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, on_header_count, &head);
    x->headers = mem_try(head.count * sizeof(*x->headers) + head.bytes + method_len + 1);
    if (!x->headers)
        return MHD_NO;
    head.headers = x->headers;
    head.text = (char *)(x->headers + head.count);
    x->headers_count = head.count;
    head.count = 0;
    x->method = head_copy(&head, method, method_len);
    MHD_get_connection_values_n(x->connection, MHD_HEADER_KIND, on_header_copy, &head);

    int64_t length;
    if (!str_to_int64(http_header(x, STR("Content-Length")), &length) || length <= 0)
        return MHD_YES; // none, chunked, or refused by MHD
    if ((uint64_t)length > x->server->max_body_bytes)
        return queue_too_large(x->connection); // before the body: MHD closes after this
    // What the client says it will send is believed a little only.
    size_t first = length < BODY_FIRST_BYTES ? (size_t)length : BODY_FIRST_BYTES;
    return buf_reserve(&x->body, first) ? MHD_YES : MHD_NO;
}

/* MHD takes no answer in the middle of a body. One that turns out too large (chunked: its size was
 * not told) is read to its end, but not kept, and answered then; past twice the maximum the
 * connection is closed. */
static enum MHD_Result read_body(struct http_exchange *x, const char *data, size_t len)
{
    size_t max = x->server->max_body_bytes;
    if (x->excess_bytes == 0 && len <= max - x->body.len) {
        buf_add(&x->body, (str){data, len});
        return buf_ok(&x->body) ? MHD_YES : MHD_NO;
    }
    x->excess_bytes += len;
    return x->excess_bytes > max ? MHD_NO : MHD_YES;
}

/* The handler returned without an answer: suspends the connection, unless it came just now. */
static enum MHD_Result park(struct http_server *s, struct http_exchange *x)
{
    struct MHD_Connection *connection = x->connection;
    lock_take(&s->lock);
    if (s->grace_over) {
        bool abandoned = exchange_move(x, HANDLING, ABANDONED);
        lock_give(&s->lock);
        return abandoned ? queue_stopping(connection) : queue_answer(x);
    }
    MHD_suspend_connection(connection);
    suspended_add(s, x);
    if (!exchange_move(x, HANDLING, SUSPENDED)) {
        suspended_remove(s, x);
        MHD_resume_connection(connection); // MHD then calls on_request once more
    }
    lock_give(&s->lock);
    return MHD_YES;
}

static enum MHD_Result serve(struct http_server *s, struct http_exchange *x)
{
    if (x->excess_bytes)
        return queue_too_large(x->connection);
    x->served = true;
    atomic_fetch_add(&s->active, 1);
    if (atomic_load(&s->stopping))
        return queue_stopping(x->connection);
    atomic_store_explicit(&x->state, HANDLING, memory_order_release);
    s->handler(s->context, x);
    return exchange_state(x) == ANSWERED ? queue_answer(x) : park(s, x);
}

/* MHD calls this with the head, with each piece of the body, at the end, and after a resumption. */
static enum MHD_Result on_request(void *context, struct MHD_Connection *connection, const char *url,
                                  const char *method, const char *version, const char *data,
                                  size_t *data_len, void **request)
{
    struct http_exchange *x = *request;
    (void)url;
    (void)version;
    if (!x)
        return MHD_NO;
    if (!x->head_read) {
        x->head_read = true;
        return read_head(x, method);
    }
    if (*data_len) {
        enum MHD_Result result = read_body(x, data, *data_len);
        *data_len = 0;
        return result;
    }
    switch (exchange_state(x)) {
    case READING: return serve(context, x);
    case ANSWERED: return queue_answer(x);
    default: return queue_stopping(connection); // ABANDONED or DROPPED
    }
}

static void on_completed(void *context, struct MHD_Connection *connection, void **request,
                         enum MHD_RequestTerminationCode code)
{
    struct http_server *s = context;
    struct http_exchange *x = *request;
    (void)connection;
    (void)code;
    if (!x)
        return;
    *request = NULL;
    bool served = x->served;
    if (!exchange_move(x, ABANDONED, ORPHANED)) // else the answer to come frees it
        exchange_free(x);
    if (!served)
        return;
    atomic_fetch_sub(&s->active, 1);
    if (atomic_load(&s->stopping)) {
        lock_take(&s->lock);
        cond_wake_one(&s->quieter);
        lock_give(&s->lock);
    }
}

static void on_log(void *context, const char *format, va_list args) PRINTF_LIKE(2, 0);
static void on_log(void *context, const char *format, va_list args)
{
    char text[256];
    (void)context;
    if (!log_enabled(LOG_DEBUG))
        return;
    int len = vsnprintf(text, sizeof(text), format, args);
    if (len > 0)
        log_debug("net", "microhttpd", "text=%.*s", (int)strcspn(text, "\n"), text);
}

/* -- starting -- */

static struct MHD_Daemon *daemon_start(struct http_server *s, const struct http_server_options *o,
                                       int fd, bool v6, char *certificate, char *key)
{
    unsigned flags =
        MHD_USE_EPOLL_INTERNAL_THREAD | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ITC | MHD_USE_ERROR_LOG;
    if (v6)
        flags |= MHD_USE_IPv6;
    if (certificate)
        flags |= MHD_USE_TLS;
    struct MHD_OptionItem tls[] = {
        {certificate ? MHD_OPTION_HTTPS_MEM_CERT : MHD_OPTION_END, 0, certificate},
        {MHD_OPTION_HTTPS_MEM_KEY,                                 0, key        },
        {MHD_OPTION_END,                                           0, NULL       },
    };
    return MHD_start_daemon(
        flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
        MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_NOTIFY_COMPLETED, on_completed, s,
        MHD_OPTION_URI_LOG_CALLBACK, on_uri, s, MHD_OPTION_UNESCAPE_CALLBACK, on_unescape, NULL,
        MHD_OPTION_CONNECTION_LIMIT, o->max_connections ? o->max_connections : CONNECTIONS_DEFAULT,
        MHD_OPTION_CONNECTION_TIMEOUT, o->idle_timeout_s, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
        (size_t)CONNECTION_MEMORY_BYTES, MHD_OPTION_CONNECTION_MEMORY_INCREMENT,
        (size_t)CONNECTION_INCREMENT_BYTES, MHD_OPTION_ARRAY, tls, MHD_OPTION_END);
}

/* MHD's thread must take no signal of the program's. */
static struct MHD_Daemon *daemon_start_masked(struct http_server *s,
                                              const struct http_server_options *o, int fd, bool v6,
                                              char *certificate, char *key)
{
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    struct MHD_Daemon *daemon = daemon_start(s, o, fd, v6, certificate, key);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    return daemon;
}

static struct http_server *server_new(const struct http_server_options *o)
{
    struct http_server *s = mem_new(sizeof(*s));
    s->handler = o->handler;
    s->context = o->context;
    s->max_body_bytes = o->max_body_bytes;
    lock_init(&s->lock);
    cond_init(&s->quieter);
    return s;
}

static void server_free(struct http_server *s)
{
    cond_release(&s->quieter);
    lock_release(&s->lock);
    mem_free(s);
}

struct http_server *http_server_start(const struct http_server_options *options, struct err *err)
{
    bool tls = options->certificate_pem.len > 0, v6 = false;
    char *certificate = NULL, *key = NULL;
    struct http_server *s = server_new(options);
    int fd = listen_socket(options->host, options->port, &v6, &s->port, err);
    if (fd >= 0 && tls) {
        certificate = str_dup_c(options->certificate_pem);
        key = str_dup_c(options->key_pem);
        if (!certificate || !key)
            err_set(err, ERR_NO_MEMORY, "no memory for the TLS certificate");
    }
    if (fd >= 0 && !err_is_set(err))
        s->daemon = daemon_start_masked(s, options, fd, v6, certificate, key);
    else if (fd >= 0)
        close(fd);
    if (!s->daemon && !err_is_set(err)) // MHD has closed the socket
        err_set(err, tls ? ERR_TLS : ERR_NETWORK, "cannot serve on %.*s:%u%s",
                STR_ARG(options->host), (unsigned)s->port,
                tls ? ": the TLS certificate or its key cannot be used" : "");
    mem_free(certificate);
    mem_free(key);
    if (s->daemon)
        return s;
    server_free(s);
    return NULL;
}

uint16_t http_server_port(const struct http_server *s)
{
    return s->port;
}

/* -- stopping -- */

/* Waits, under the lock, until every request served has its answer sent, at most ms. */
static void wait_for_quiet(struct http_server *s, int ms)
{
    int64_t until_ns = clock_monotonic_ns() + (int64_t)(ms > 0 ? ms : 0) * NS_PER_MS;
    while (atomic_load(&s->active) > 0)
        if (!cond_wait_until(&s->quieter, &s->lock, until_ns))
            return;
}

/* Answers 503 in place of those who have not, under the lock. */
static void abandon_all(struct http_server *s)
{
    s->grace_over = true;
    for (struct http_exchange *x = s->suspended, *next; x; x = next) {
        struct MHD_Connection *connection = x->connection;
        next = x->next;
        if (!exchange_move(x, SUSPENDED, ABANDONED))
            continue;           // its answerer is about to take it off
        suspended_remove(s, x); // still there: MHD's side cannot free it before it is resumed
        MHD_resume_connection(connection);
    }
    while (s->suspended)
        cond_wait(&s->quieter, &s->lock);
}

void http_server_stop(struct http_server *s, int grace_ms)
{
    atomic_store(&s->stopping, true);
    int fd = MHD_quiesce_daemon(s->daemon);
    if (fd >= 0)
        (void)shutdown(fd, SHUT_RDWR); // refuses new clients now; may be closed only at the end
    lock_take(&s->lock);
    wait_for_quiet(s, grace_ms);
    abandon_all(s);
    wait_for_quiet(s, FLUSH_MS);
    lock_give(&s->lock);
    MHD_stop_daemon(s->daemon);
    if (fd >= 0)
        close(fd);
    server_free(s);
}
