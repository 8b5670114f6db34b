/* HTTP out: one libcurl multi handle, owned by one thread (io) that does nothing else.
 *
 * A call (http_call.c) is an easy handle of curl's and what it gathers. The caller's thread
 * describes it and pushes it on a queue; from then on it is the io thread's alone: added to the
 * multi handle, driven, finished by one function (call_finish), freed. Cancelling is a message on
 * the same queue, so it can never overtake its call.
 *
 * Connections are kept and used again by curl for the same host and the same CA; at most
 * HOST_CONNECTIONS_MAX to one host, further calls wait inside curl.
 *
 * Invariants
 *  1. Every call sent holds the clock once, until its done function has returned.
 *  2. done is called once: call_end is the only caller of http_call_tell, and a call leaves `calls`
 *     before it. */
#include "base/hashmap.h"
#include "base/log.h"
#include "base/mem.h"
#include "http_call_private.h"

#include <stdatomic.h>

enum {
    HOST_CONNECTIONS_MAX = 64,
    CONNECTIONS_MAX = 512,
    CONNECTIONS_KEPT = 128,
    IDLE_WAIT_MS = 60000, /* the wake-up ends it early */
};

struct http_client {
    struct clock *clock;
    CURLM *multi;
    struct queue queue;
    pthread_t thread;
    atomic_bool stopping;        /* relaxed: the queue's lock and the wake-up order it */
    atomic_uint_fast64_t number; /* relaxed: a counter */
    /* the io thread's own */
    struct http_call *calls;
    struct hashmap *by_number;
};

/* -- the io thread -- */

static str number_key(const uint64_t *number)
{
    return (str){(const char *)number, sizeof(*number)};
}

/* Tells and frees a call that is in no list any more. err: what ended it, none: a response came. */
static void call_end(struct http_client *c, struct http_call *call, struct err *err)
{
    http_call_tell(call, err);
    http_call_free(call);
    clock_release(c->clock);
}

/* Takes err's content. Leaves none in it. */
static void call_finish(struct http_client *c, struct http_call *call, struct err *err)
{
    CURLMcode rc = curl_multi_remove_handle(c->multi, call->easy);
    if (rc != CURLM_OK)
        log_error("net", "curl-remove", "reason=%s", curl_multi_strerror(rc));
    hashmap_remove(c->by_number, number_key(&call->message.number));
    if (call->previous)
        call->previous->next = call->next;
    else
        c->calls = call->next;
    if (call->next)
        call->next->previous = call->previous;
    call_end(c, call, err);
    err_release(err);
}

static void call_begin(struct http_client *c, struct http_call *call)
{
    if (!err_is_set(&call->failure))
        http_call_complete(call);
    if (!err_is_set(&call->failure)) {
        CURLMcode rc = curl_multi_add_handle(c->multi, call->easy);
        if (rc != CURLM_OK)
            http_call_fail(call, ERR_NETWORK, curl_multi_strerror(rc));
    }
    if (err_is_set(&call->failure)) {
        struct err err = ERR_INIT;
        err_move(&err, &call->failure);
        call_end(c, call, &err);
        err_release(&err);
        return;
    }
    call->previous = NULL;
    call->next = c->calls;
    if (call->next)
        call->next->previous = call;
    c->calls = call;
    hashmap_set(c->by_number, number_key(&call->message.number), call);
}

static void message_take(struct http_client *c, struct http_message *message)
{
    struct err err = ERR_INIT;
    if (!message->is_cancel) {
        call_begin(c, (struct http_call *)message);
        return;
    }
    struct http_call *call = hashmap_find(c->by_number, number_key(&message->number));
    if (call) {
        err_set(&err, ERR_NETWORK, "cancelled");
        call_finish(c, call, &err);
    }
    mem_free(message);
}

static void take_messages(struct http_client *c)
{
    struct queue_link *link = queue_pop_all(&c->queue, 0);
    while (link) {
        struct queue_link *next = link->next;
        message_take(c, (struct http_message *)link);
        link = next;
    }
}

static void finish_ended(struct http_client *c)
{
    int left;
    CURLMsg *message;
    while ((message = curl_multi_info_read(c->multi, &left)) != NULL) {
        struct http_call *call = NULL;
        struct err err = ERR_INIT;
        CURLcode result = message->data.result; // removing the handle ends the message
        if (message->msg != CURLMSG_DONE)
            continue;
        if (curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &call) != CURLE_OK || !call)
            continue; // cannot be: set_common has set it
        http_call_result_err(call, result, &err);
        call_finish(c, call, &err);
    }
}

/* The end: whatever is or comes in flight fails, until nothing more comes. */
static void refuse_all(struct http_client *c)
{
    do {
        take_messages(c);
        while (c->calls) {
            struct err err = ERR_INIT;
            err_set(&err, ERR_NETWORK, "the client is stopping");
            call_finish(c, c->calls, &err);
        }
    } while (queue_count(&c->queue) > 0);
}

static void *io_run(void *argument)
{
    struct http_client *c = argument;
    while (!atomic_load_explicit(&c->stopping, memory_order_relaxed)) {
        int running;
        take_messages(c);
        CURLMcode rc = curl_multi_perform(c->multi, &running);
        if (rc == CURLM_OK) {
            finish_ended(c);
            rc = curl_multi_poll(c->multi, NULL, 0, IDLE_WAIT_MS, NULL);
        }
        if (rc != CURLM_OK) // memory: the next round may have more of it
            log_error("net", "curl-multi", "reason=%s", curl_multi_strerror(rc));
    }
    refuse_all(c);
    queue_close(&c->queue);
    refuse_all(c);
    return NULL;
}

/* -- the client -- */

static void client_free(struct http_client *c)
{
    curl_multi_cleanup(c->multi);
    hashmap_free(c->by_number);
    queue_release(&c->queue);
    curl_global_cleanup();
    mem_free(c);
}

static bool multi_limits(CURLM *multi)
{
    return curl_multi_setopt(multi, CURLMOPT_MAX_HOST_CONNECTIONS, (long)HOST_CONNECTIONS_MAX) ==
               CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)CONNECTIONS_MAX) ==
               CURLM_OK &&
           curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)CONNECTIONS_KEPT) == CURLM_OK;
}

struct http_client *http_client_start(struct clock *clock, struct err *err)
{
    CURLcode rc = curl_global_init(CURL_GLOBAL_DEFAULT);
    if (rc != CURLE_OK) {
        err_set(err, ERR_NETWORK, "cannot start the HTTP client: %s", curl_easy_strerror(rc));
        return NULL;
    }
    struct http_client *c = mem_new(sizeof(*c));
    c->clock = clock;
    queue_init(&c->queue);
    c->by_number = hashmap_new();
    c->multi = curl_multi_init();
    if (!c->multi || !multi_limits(c->multi))
        err_set(err, ERR_NETWORK, "cannot start the HTTP client: no memory");
    else if (thread_start(&c->thread, THREAD_IO, io_run, c, err))
        return c;
    client_free(c);
    return NULL;
}

static void client_wake(struct http_client *c)
{
    CURLMcode rc = curl_multi_wakeup(c->multi);
    if (rc != CURLM_OK)
        log_error("net", "curl-wakeup", "reason=%s", curl_multi_strerror(rc));
}

void http_client_stop(struct http_client *c)
{
    atomic_store_explicit(&c->stopping, true, memory_order_relaxed);
    client_wake(c);
    int rc = pthread_join(c->thread, NULL);
    assert(rc == 0);
    (void)rc;
    client_free(c);
}

uint64_t http_client_send_take(struct http_client *c, struct http_call *call, http_done *done,
                               void *context)
{
    uint64_t number = atomic_fetch_add_explicit(&c->number, 1, memory_order_relaxed) + 1;
    call->done = done;
    call->context = context;
    call->message.is_cancel = false;
    call->message.number = number;
    clock_hold(c->clock);
    if (queue_push_take(&c->queue, &call->message.link)) {
        client_wake(c);
        return number;
    }
    struct err err = ERR_INIT;
    err_set(&err, ERR_NETWORK, "the client is stopping");
    call_end(c, call, &err);
    err_release(&err);
    return number;
}

void http_client_cancel(struct http_client *c, uint64_t number)
{
    struct http_message *message = mem_new(sizeof(*message));
    message->is_cancel = true;
    message->number = number;
    if (queue_push_take(&c->queue, &message->link))
        client_wake(c);
    else
        mem_free(message);
}
