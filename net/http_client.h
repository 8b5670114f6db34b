/* HTTP out: calls on one libcurl multi handle, on the thread `io`. Nothing waits in a call.
 *
 * A call holds the clock from http_client_send_take until its done function has returned, so that
 * skipped time never passes over a call in flight. Its time limits are the system clock's. */
#ifndef NET_HTTP_CLIENT_H
#define NET_HTTP_CLIENT_H

#include "base/buf.h"
#include "base/clock.h"
#include "base/err.h"
#include "base/json.h"

struct http_client;

struct http_response {
    int status;      /* 0: there was no response, see err */
    json headers;    /* object: lower-case name -> array of values in order */
    str status_text; /* "Not Found", lent; empty when the server sent none */
    str body;        /* lent */
    struct err *err; /* lent; ERR_NETWORK, ERR_TLS, ERR_TOO_LARGE, ERR_STATES_TIMEOUT,
                      * ERR_VALIDATION (the description), ERR_NO_MEMORY; none: ok */
};

/* Threads: io. All of response is lent until it returns. Must not block. */
typedef void http_done(void *context, const struct http_response *response);

struct http_call; /* a call being described, then in flight */

/* Gives a running client. Threads: setup. */
struct http_client *http_client_start(struct clock *clock, struct err *err);

/* Calls in flight end with ERR_NETWORK "the client is stopping"; then the thread ends. Frees c.
 * Calls sent meanwhile end so too: whoever is told this must not try again. Threads: setup. Blocks:
 * on the done functions, and on a name being looked up. */
void http_client_stop(struct http_client *c);

/* -- describing a call: all arguments are copied. Never NULL; a failure inside (memory, a bad URL)
 * comes to done like any other. -- */
struct http_call *http_call_new(str method, str url);
void http_call_header(struct http_call *call, str name, str value);
void http_call_body_take(struct http_call *call, str body); /* takes a mem_* block */
void http_call_trust(struct http_call *call, str ca_pem);   /* only this CA; else the system's */
/* Connects to host:port whatever the URL's host says; TLS still checks the name `tls_name` wants.
 */
void http_call_connect_to(struct http_call *call, str host, uint16_t port);
/* Else 60,000 ms and 1 MiB. timeout_ms is of the whole call, waiting for one of the connections to
 * that host included; 0: none. Connecting alone may take 10 s. */
void http_call_limits(struct http_call *call, int timeout_ms, size_t max_response_bytes);

/* Takes call; done is called exactly once. Gives a number for http_client_cancel. Threads: any. */
uint64_t http_client_send_take(struct http_client *c, struct http_call *call, http_done *done,
                               void *context);

/* Asks that a call end soon, with ERR_NETWORK "cancelled", if it has not. Threads: any. */
void http_client_cancel(struct http_client *c, uint64_t number);

#endif
