/* The listeners of ACTIVE clusters: an HTTPS server each, with a certificate of the cluster's own
 * CA.
 *
 * They start on the writer (a cluster becomes ACTIVE) or at the start, and end on a thread of their
 * own: stopping waits for the requests under way, which wait for the writer. */
#ifndef CLUSTER_LISTENERS_H
#define CLUSTER_LISTENERS_H

#include "cluster/control/control.h"
#include "cluster/kube/kube.h"

struct listeners;

struct listeners_options {
    struct kube *kube;
    const struct sts *sts;
    str account, host, advertise_host; /* advertise_host empty: host */
    uint16_t port_first, port_last;
};

/* Threads: setup. */
struct listeners *listeners_new(const struct listeners_options *options, struct err *err);
/* Stops all. Blocks: on the requests under way. */
void listeners_free(struct listeners *l);

/* Starts the cluster's listener, or finds it running. Its CA is cl's, or a new one when that has
 * none. Gives CA, endpoint (mem_*) and the port, which is cl's where that is free. Threads: writer,
 * setup. */
bool listener_ensure(struct listeners *l, const struct control_cluster *cl, char **ca_pem,
                     char **ca_key_pem, char **endpoint, uint16_t *port, struct err *err);

/* The cluster's listener will be stopped soon. Threads: writer. */
void listener_drop(struct listeners *l, str name);

#endif
