/* A request of the API: where its path points, what it wants done, and how it wants its answer.
 * Threads: http, then whoever holds the exchange. */
#ifndef CLUSTER_KUBE_REQUEST_PRIVATE_H
#define CLUSTER_KUBE_REQUEST_PRIVATE_H

#include "kinds_private.h"
#include "kube_private.h"
#include "net/url.h"
#include "status_private.h"

enum { BODY_MAX_BYTES = 3145728 }; /* Source: kube-apiserver, MaxRequestBodyBytes */

enum verb {
    VERB_GET,
    VERB_LIST,
    VERB_WATCH,
    VERB_CREATE,
    VERB_UPDATE,
    VERB_PATCH,
    VERB_DELETE,
    VERB_DELETE_COLLECTION,
    VERB_NONE, /* the method means nothing here */
};

enum field_validation { VALIDATION_IGNORE, VALIDATION_WARN, VALIDATION_STRICT };
enum patch_type { PATCH_JSON, PATCH_MERGE, PATCH_STRATEGIC };
enum answer_form { FORM_PLAIN, FORM_TABLE, FORM_METADATA };

struct delete_options {
    bool has_policy;
    enum kube_propagation policy;
    str uid, resource_version; /* preconditions; ptr NULL: none */
};

struct request {
    struct kube *k;
    struct http_exchange *x;
    struct arena *a; /* the exchange's */
    str cluster, method;
    const struct kind *kind; /* NULL: no object's path */
    str ns, name, subresource;
    enum verb verb;
    struct url_param *params;
    size_t params_count;
    enum answer_form form;
    bool pretty, dry;
    enum field_validation validation;
    str manager;
};

/* The value of a query parameter; empty when absent. Lends. */
str request_param(const struct request *r, str name);

/* Reads an object's path, "/api/v1/…" or "/apis/g/v/…", into r. False: it is none, or (failure set)
 * a bad one. */
bool request_path(struct request *r, str path, struct failure *f);
/* The query and headers into r. */
bool request_options(struct request *r, struct failure *f);

const char *verb_name(enum verb verb);

/* -- body.c: what is in the body -- */
/* Gives the body as a JSON value: JSON, YAML or protobuf by its Content-Type. */
bool body_value(struct request *r, json *out, struct failure *f);
/* Gives the body as an object of r's kind: checked, cleaned, its defaults not yet filled. Unknown
 * fields are in *report, or refused, as r's validation says. */
bool body_object(struct request *r, struct shape_report *report, json *out, struct failure *f);
/* The same for a value that is there already. arena holds the report's texts. */
bool object_read(const struct kind *kind, json value, enum field_validation validation,
                 struct shape_report *report, json *out, struct failure *f);
bool body_delete_options(struct request *r, struct delete_options *out, struct failure *f);

/* -- answer.c -- Each answers r's exchange; r is gone afterwards. */
void answer_take(struct request *r, int code, json value_taken);
/* With `Warning: 299` headers. */
void answer_warned_take(struct request *r, int code, json value_taken, const str *warnings,
                        size_t warnings_count);
/* Takes the failure. */
void answer_failure_take(struct request *r, struct failure *f);
/* Takes text (mem_*). */
void answer_text_take(struct request *r, int code, const char *content_type, str text);
/* An object in the form that was asked for: plain, a Table, its metadata alone. */
void answer_object(struct request *r, int code, json object, const str *warnings,
                   size_t warnings_count);

/* -- list.c, watch.c, logs.c, reviews.c -- Each answers. */
void handle_get(struct request *r);
void handle_list(struct request *r);
void handle_watch(struct request *r);
void handle_log(struct request *r);
void handle_review(struct request *r, const struct auth_user *user);
/* -- write.c -- */
void handle_write(struct request *r);

/* -- discovery.c, openapi.c: true: it was theirs, and is answered -- */
bool discovery_handle(struct request *r, str path);
bool openapi_handle(struct request *r, str path);

/* -- table.c -- Gives a Table of objects (an array). rv: the list's version. */
json table_of(const struct request *r, json objects, str rv, json list_metadata);

/* Selectors of a list's query, lent from r->a. */
bool request_selectors(struct request *r, struct kube_selector **labels,
                       struct kube_selector **fields, struct failure *f);

#endif
