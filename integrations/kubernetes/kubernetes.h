/* A client of one Kubernetes API: TLS with the cluster's CA, a bearer token, one request at a time.
 * Threads: any. Blocks: never. */
#ifndef INTEGRATIONS_KUBERNETES_KUBERNETES_H
#define INTEGRATIONS_KUBERNETES_KUBERNETES_H

#include "net/http_client.h"

/* Where the API is and how it is trusted; borrowed by kubernetes_send. */
struct kubernetes_target {
    str endpoint; /* "https://host:port", perhaps with a path, no trailing slash */
    str ca_pem;   /* empty: the system's authorities */
    str token;
};

struct kubernetes_request {
    str method, path; /* "/api/v1/namespaces/default/pods", already encoded */
    str query;        /* encoded, without '?'; empty: none */
    str content_type; /* of body */
    str body_taken;   /* a mem_* block; ptr NULL: none */
};

enum {
    KUBERNETES_TIMEOUT_MS = 60 * 1000,
    /* Kubernetes' own limit of a request; what is longer is past every quota here anyway. */
    KUBERNETES_RESPONSE_MAX_BYTES = 3 * 1024 * 1024,
};

/* Takes the body. done is called exactly once, on `io`. Gives the call's number. */
uint64_t kubernetes_send(struct http_client *http, const struct kubernetes_target *target,
                         const struct kubernetes_request *request, http_done *done, void *context);

/* Gives what Step Functions makes of an answer: {"ResponseBody","ResponseHeaders"?,"StatusCode",
 * "StatusText"}. The body is parsed when it is JSON, else a string. */
json kubernetes_envelope(const struct http_response *response, bool with_headers);

/* Appends "name=value" pairs, encoded and joined by '&', of a map of string to list of strings. */
void kubernetes_query(json lists, struct buf *out);

/* Does a Job's status hold a condition of this type that is True? */
bool kubernetes_condition_holds(json object, str type);

/* Was the object made with this field manager? (metadata.managedFields) */
bool kubernetes_managed_by(json object, str manager);

#endif
