/* The Kubernetes API of embedded clusters: objects in the store, and the requests on them.
 *
 * Objects of all clusters are rows in kube_objects; one counter gives every resourceVersion. Writes
 * go through the store's writer, so that two of them never interleave; answers follow the commit.
 * Kinds are rows of a table (kinds.c): group, version, resource, scope, columns of its Table,
 * defaults, checks.
 * Source: kubernetes.io/docs/reference/using-api/api-concepts.
 * Threads: any, unless said. Blocks: never, unless said. */
#ifndef CLUSTER_KUBE_KUBE_H
#define CLUSTER_KUBE_KUBE_H

#include "base/clock.h"
#include "base/json.h"
#include "cluster/auth/auth.h"
#include "net/http_server.h"
#include "store/sql.h"

struct kube;

struct kube_options {
    struct store *store;
    struct clock *clock;
    uint64_t seed;
    str kubernetes_version; /* "1.32": what /version tells */
};

/* Threads: setup. Blocks: on the disk. */
struct kube *kube_new(const struct kube_options *options, struct err *err);
void kube_free(struct kube *k);

/* What is there from a cluster's start: namespaces default, kube-system, kube-public,
 * kube-node-lease, their service accounts and CA config maps. Idempotent. To be called on the
 * writer, with its connection. */
bool kube_cluster_seed(struct kube *k, struct store_connection *c, str cluster, str ca_pem,
                       struct err *err);
/* Removes every object and log of a cluster. Writer. */
bool kube_cluster_clear(struct kube *k, struct store_connection *c, str cluster, struct err *err);

/* Answers a request to a cluster's API: path without a prefix ("/api/v1/…"), user already admitted.
 * Takes x. Threads: http. */
void kube_handle_take(struct kube *k, str cluster, const struct auth_user *user,
                      struct http_exchange *x, str path);

/* Answers a Status failure ("Unauthorized", 401…). Takes x. */
void kube_refuse_take(struct http_exchange *x, int code, const char *reason, const char *message);

/* -- objects, for controllers -- */
/* Gives the object, ABSENT when there is none. Blocks: on the disk (reads). */
bool kube_find(struct kube *k, str cluster, str resource, str ns, str name, json *out,
               struct err *err);

/* Each object of a resource in a namespace (empty: all), in order of name; lent to fn. */
typedef bool kube_each(void *context, str cluster, json object, struct err *err);
bool kube_list(struct kube *k, str cluster /* empty: all clusters */, str resource, str ns,
               kube_each *fn, void *context, struct err *err);

/* A change as a pure function, run on the writer on the object as it is then: gives the new object
 * (ABSENT: leave it as it is). resourceVersion, generation and the like are kept by the room. */
typedef bool kube_mutate(void *context, json object, json *out, struct err *err);
typedef void kube_done(void *context, json object,
                       const struct err *err); /* writer, after commit; borrows */

/* err: ERR_EKS_NOT_FOUND when the object is gone. done may be NULL. context is borrowed until done.
 */
void kube_update(struct kube *k, str cluster, str resource, str ns, str name, kube_mutate *mutate,
                 kube_done *done, void *context);
/* Takes object; defaults and checks as a POST. */
void kube_create(struct kube *k, str cluster, str resource, str ns, json object_taken,
                 kube_done *done, void *context);
/* Background: the object now, what it owns after it. Orphan: what it owns stays. */
enum kube_propagation { KUBE_BACKGROUND, KUBE_ORPHAN, KUBE_FOREGROUND };
void kube_delete(struct kube *k, str cluster, str resource, str ns, str name,
                 enum kube_propagation how, kube_done *done, void *context);

/* Records an Event about an object ("Normal", "SuccessfulCreate", "Created pod: x"). */
void kube_event(struct kube *k, str cluster, json about, str component, str type, str reason,
                str message);

/* -- watching -- */
enum kube_change { KUBE_ADDED, KUBE_MODIFIED, KUBE_DELETED };
/* Threads: writer, after the commit; must be short. object is borrowed. */
typedef void kube_observer(void *context, enum kube_change change, str cluster, str resource,
                           json object);
/* Threads: setup. context outlives k. */
void kube_observe(struct kube *k, kube_observer *fn, void *context);

/* -- logs of containers: kept with the pod, deleted with it -- */
/* Replaces. Takes text. Past KUBE_LOG_MAX_BYTES the oldest lines are dropped. */
enum { KUBE_LOG_MAX_BYTES = 10 * 1024 * 1024 };
void kube_log_set_take(struct kube *k, str cluster, str pod_uid, str container, str text_taken,
                       kube_done *done, void *context);
/* Where the log of a container that still runs is read. Gives text so far (mem_*), or ptr NULL: not
 * running here. Set once. Threads: http. */
typedef str kube_live_log(void *context, str cluster, str pod_uid, str container);
void kube_live_logs(struct kube *k, kube_live_log *fn, void *context);

/* -- selectors (exported for tests and fuzzing) -- */
struct kube_selector;
bool kube_label_selector_parse(struct arena *a, str text, struct kube_selector **out,
                               struct err *err);
bool kube_field_selector_parse(struct arena *a, str text, struct kube_selector **out,
                               struct err *err);
bool kube_selector_matches(const struct kube_selector *s, json object);

#endif
