/* HTTP in: a listener on libmicrohttpd, plain or TLS, with bounded bodies and suspended answers.
 *
 * The handler is called once a request is whole, on a thread of role `http`. It answers at once or
 * later, from any thread, exactly once: until then the connection is suspended and costs no thread.
 * A client that went away is no concern of the handler's: its answer is dropped.
 * Requests that break a bound are answered by the listener itself: 413 past max_body_bytes,
 * 400 for a malformed one. */
#ifndef NET_HTTP_SERVER_H
#define NET_HTTP_SERVER_H

#include "base/arena.h"
#include "base/err.h"

struct http_server;
struct http_exchange; /* one request and its answer to be */

struct http_header {
    str name, value;
};

typedef void http_handler(void *context, struct http_exchange *x); /* Threads: http */

struct http_server_options {
    str host;                 /* an IPv4 or IPv6 literal */
    uint16_t port;            /* 0: any free one */
    size_t max_body_bytes;    /* a chunked body past it is read on, not kept, up to twice as much */
    unsigned max_connections; /* 0: 4096 */
    unsigned idle_timeout_s;  /* of a connection between requests; 0: none */
    str certificate_pem, key_pem; /* TLS when given (chain: leaf first); copied */
    http_handler *handler;
    void *context; /* outlives http_server_stop */
};

/* Gives a running listener. Errors: ERR_NETWORK ("cannot listen on 127.0.0.1:8083: Address already
 * in use"), ERR_TLS. Threads: setup. */
struct http_server *http_server_start(const struct http_server_options *options, struct err *err);

uint16_t http_server_port(const struct http_server *s);

/* No new requests are taken; suspended exchanges must all have been answered, or be answered while
 * this waits (at most grace_ms; what is left then is answered 503). Frees s. Blocks: on that. */
void http_server_stop(struct http_server *s, int grace_ms);

/* -- the request: all lent until the answer -- */
str http_method(const struct http_exchange *x);
str http_path(const struct http_exchange *x);  /* raw: split before decoding */
str http_query(const struct http_exchange *x); /* raw, without '?' */
str http_body(const struct http_exchange *x);
/* The first header of that name, ASCII case ignored; STR_NONE when absent. */
str http_header(const struct http_exchange *x, str name);
/* Memory of this request, released with it. Threads: holder of the exchange. */
struct arena *http_arena(struct http_exchange *x);

/* -- the answer -- Threads: any. Blocks: never. x is gone afterwards.
 * Takes body (a mem_* block given by buf_give or json_text; ptr NULL: empty). Headers are borrowed;
 * Content-Length and Date are added. HEAD requests get the length and no body. */
void http_answer_take(struct http_exchange *x, int status, const struct http_header *headers,
                      size_t headers_count, str body);

#endif
