/* The embedded stand-in for EKS: control plane, a Kubernetes API over TLS for each cluster with its
 * own CA, Job controller, pod runtimes. Everything outside reaches it over HTTP, as it would EKS.
 *
 * Each ACTIVE cluster has a listener of its own (https://host:port, the port kept over restarts):
 * a CA of its own needs a certificate of its own, and an IP address gives TLS no name to choose by.
 * Threads: setup, unless said. */
#ifndef CLUSTER_CLUSTER_H
#define CLUSTER_CLUSTER_H

#include "base/clock.h"
#include "net/http_server.h"
#include "net/sts.h"
#include "store/store.h"

struct cluster;

struct cluster_options {
    struct store *store;
    struct clock *clock;
    const struct sts *sts;
    str region, account;
    str host;                       /* where listeners bind: "127.0.0.1" */
    str advertise_host;             /* what endpoints name; empty: host */
    uint16_t port_first, port_last; /* of listeners; 0, 0: any free port */
    str kubernetes_version;         /* "1.32" */
    int64_t create_ms, delete_ms;
    str pod_runtime;         /* "simulated" or "process" */
    int64_t pod_duration_ms; /* of simulated pods */
    uint64_t seed;
};

/* Gives the running clusters of the store. Errors: ERR_BAD_SETTING, ERR_STORE, ERR_NETWORK,
 * ERR_TLS. Blocks: on the disk. */
struct cluster *cluster_start(const struct cluster_options *options, struct err *err);
/* Before store_close. Frees c. Blocks: on listeners and the runtime. */
void cluster_stop(struct cluster *c);

/* The EKS control plane, on the server's own port. Threads: http. */
bool cluster_owns(str path);
void cluster_handle_take(struct cluster *c, struct http_exchange *x);

#endif
