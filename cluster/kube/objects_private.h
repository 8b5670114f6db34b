/* Rows of kube_objects and kube_logs: SQL, and nothing about what objects mean.
 * Threads: the connection's. Blocks: on the disk. */
#ifndef CLUSTER_KUBE_OBJECTS_PRIVATE_H
#define CLUSTER_KUBE_OBJECTS_PRIVATE_H

#include "base/json.h"
#include "kinds_private.h"
#include "store/sql.h"

/* Gives an object; ABSENT: there is none. */
bool row_load(struct store_connection *c, str cluster, const struct kind *kind, str ns, str name,
              json *out, struct err *err);
bool row_exists(struct store_connection *c, str cluster, const struct kind *kind, str ns, str name,
                bool *out, struct err *err);
/* Writes an object, whose metadata tells its place, at a version. */
bool row_put(struct store_connection *c, str cluster, const struct kind *kind, json object,
             int64_t version, struct err *err);
bool row_delete(struct store_connection *c, str cluster, const struct kind *kind, str ns, str name,
                struct err *err);
/* Gives the object with a uid and its kind; ABSENT: there is none. */
bool row_by_uid(struct store_connection *c, str cluster, str uid, const struct kind **kind,
                json *out, struct err *err);

/* Where a walk over a resource's objects begins: in order of namespace and name, past the given
 * ones (empty: at the first). ns empty: in all namespaces. */
struct rows {
    str cluster;
    const struct kind *kind;
    str ns, after_ns, after_name;
    str containing; /* only those whose text contains this; empty: all */
};
/* object is lent. *more: false ends the walk. */
typedef bool rows_each(void *context, json object, bool *more, struct err *err);
bool rows_walk(struct store_connection *c, const struct rows *rows, rows_each *fn, void *context,
               struct err *err);
/* How many objects there are past the beginning. */
bool rows_count(struct store_connection *c, const struct rows *rows, int64_t *out, struct err *err);
/* The clusters that have objects, each once. */
typedef bool clusters_each(void *context, str cluster, struct err *err);
bool rows_clusters(struct store_connection *c, clusters_each *fn, void *context, struct err *err);

bool rows_clear_cluster(struct store_connection *c, str cluster, struct err *err);
/* Keeps the newest `kept` events of a namespace. */
bool rows_trim_events(struct store_connection *c, str cluster, str ns, int64_t kept,
                      struct err *err);

/* -- logs -- */
bool log_put(struct store_connection *c, str cluster, str pod_uid, str container, str text,
             struct err *err);
/* Gives the text (mem_*); ptr NULL: there is none. */
bool log_load(struct store_connection *c, str cluster, str pod_uid, str container, str *out,
              struct err *err);
bool log_delete(struct store_connection *c, str cluster, str pod_uid, struct err *err);

/* -- the last resourceVersion -- */
bool version_load(struct store_connection *c, int64_t *out, struct err *err);
bool version_save(struct store_connection *c, int64_t version, struct err *err);

#endif
