/* A call as http_call.c and http_client.c share it: what it asks for, what has come, what became of
 * it. Threads: who describes it, then io. */
#ifndef NET_HTTP_CALL_PRIVATE_H
#define NET_HTTP_CALL_PRIVATE_H

#include "base/thread.h"
#include "net/http_client.h"

/* The checks are a maze of conditions to static analysis, and our values have the right types. */
#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

enum {
    HTTP_METHOD_MAX_BYTES = 32,
    HTTP_STATUS_TEXT_MAX_BYTES = 128,
};

/* What the client's queue carries: a cancellation is no more than this, a call begins with it. */
struct http_message {
    struct queue_link link;
    bool is_cancel;
    uint64_t number;
};

struct http_call {
    struct http_message message;
    struct http_call *previous, *next; /* of the client's calls in flight */
    CURL *easy;
    struct curl_slist *headers, *connect_to;
    bool has_content_type, has_body;
    char method[HTTP_METHOD_MAX_BYTES + 1];
    char *host; /* what errors name; terminated */
    uint16_t port;
    str body, ca_pem; /* ours */
    size_t max_response_bytes;
    struct err failure; /* found while describing: never sent then */
    http_done *done;
    void *context;
    /* of the response */
    struct buf response;
    size_t header_bytes, header_count;
    bool too_large;
    char status_text[HTTP_STATUS_TEXT_MAX_BYTES];
    size_t status_text_len;
    char error_text[CURL_ERROR_SIZE];
};

/* Sets what depends on the whole description; call->failure tells what is wrong with it. */
void http_call_complete(struct http_call *call);

/* Notes the first failure of a description. */
void http_call_fail(struct http_call *call, enum err_id id, const char *text);

/* Sets err to what rc means, in words; leaves it none for CURLE_OK. */
void http_call_result_err(struct http_call *call, CURLcode rc, struct err *err);

/* Calls done with err, or with the response when there is none. */
void http_call_tell(struct http_call *call, struct err *err);

void http_call_free(struct http_call *call);

#endif
