/* The EKS control plane: clusters, node groups and Fargate profiles, by EKS's REST-JSON API.
 *
 * Resources go CREATING -> ACTIVE and DELETING -> gone after a configurable time on the clock; what
 * is due is in the store, so a restart goes on. Operations are rows of a table (routes.c).
 * Source: Amazon EKS API Reference; botocore's service model `eks`.
 * Threads: any, unless said. Blocks: never, unless said. */
#ifndef CLUSTER_CONTROL_CONTROL_H
#define CLUSTER_CONTROL_CONTROL_H

#include "base/clock.h"
#include "base/json.h"
#include "net/http_server.h"
#include "net/sts.h"
#include "store/sql.h"

struct control;

struct control_cluster {
    str name, arn, creator_arn, ca_pem, ca_key_pem;
    uint16_t port; /* 0: none yet */
    bool open;     /* every principal of the account is an administrator */
    bool active;
};

/* What the assembly does when clusters come and go; on the writer with its connection: the change
 * commits with the cluster's. */
struct control_hooks {
    void *context;
    /* Before a cluster becomes ACTIVE: gives its CA (mem_*), endpoint ("https://127.0.0.1:4711")
     * and port. */
    bool (*provision)(void *context, struct store_connection *c, const struct control_cluster *cl,
                      char **ca_pem, char **ca_key_pem, char **endpoint, uint16_t *port,
                      struct err *err);
    /* It is being deleted: its objects go, its listener stops. */
    bool (*remove)(void *context, struct store_connection *c, const struct control_cluster *cl,
                   struct err *err);
};

struct control_options {
    struct store *store;
    struct clock *clock;
    const struct sts *sts;
    str region, account;
    str kubernetes_version; /* of clusters that ask for none */
    int64_t create_ms;      /* clusters, node groups, profiles: from CREATING to ACTIVE */
    int64_t delete_ms;
    uint64_t seed;
    struct control_hooks hooks;
};

/* The tag by which stepd marks a cluster that it provisioned on first use: such a cluster admits
 * every principal of its account. */
#define CONTROL_TAG_OPEN "stepd.dev/auto-provisioned"

/* Threads: setup. Blocks: on the disk. */
struct control *control_new(const struct control_options *options, struct err *err);
/* Arms what is due. After control_new, once everything hooks need is there. */
bool control_recover(struct control *c, struct err *err);
void control_free(struct control *c);

/* Is this path the control plane's ("/clusters…", "/tags/…", "/cluster-versions"…)? */
bool control_owns(str path);
/* Takes x. Threads: http. */
void control_handle_take(struct control *c, struct http_exchange *x);

/* Each cluster in the store, lent to fn. Blocks: on the disk. */
typedef bool control_each(void *context, const struct control_cluster *cl, struct err *err);
bool control_clusters(struct control *c, control_each *fn, void *context, struct err *err);
/* Lends one from a. */
bool control_cluster_find(struct control *c, struct arena *a, str name, struct control_cluster *out,
                          bool *found, struct err *err);

/* For the assembly, on the writer with its connection. */
/* Is the cluster there and ACTIVE, in the transaction as it is now? */
bool control_cluster_is_active(struct store_connection *c, str name, bool *active, struct err *err);
/* Its listener has moved. */
bool control_cluster_moved(struct store_connection *c, str name, str endpoint, uint16_t port,
                           struct err *err);

#endif
