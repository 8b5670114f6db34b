/* The Job controller and the pod runtimes: what makes Jobs of embedded clusters happen.
 *
 * The controller observes Jobs and Pods, and brings each Job nearer to what its spec wants: pods
 * are made, counted, retried with back-off, and the finish conditions set, as Kubernetes' own does.
 * A pod is run by a runtime, a row of runtimes.c:
 *   simulated  outcome, log and duration scripted by annotations of the pod
 *              (stepd.dev/exit-code, stepd.dev/log, stepd.dev/duration; for one container of many
 *              stepd.dev/log.<container> …); the default succeeds after simulated_duration_ms.
 *   process    the container's command as a local process: env, args, working directory, stdout and
 *              stderr as the log, no shell, killed with its children. Opt-in.
 * Source: kubernetes.io/docs/concepts/workloads/controllers/job.
 * Threads: setup, unless said. */
#ifndef CLUSTER_JOBS_JOBS_H
#define CLUSTER_JOBS_JOBS_H

#include "cluster/kube/kube.h"

struct jobs;

struct jobs_options {
    struct kube *kube;
    struct clock *clock;
    uint64_t seed;
    str runtime;                   /* "simulated" or "process" */
    int64_t simulated_duration_ms; /* of a pod without an annotation */
};

/* Starts the controller; goes on with what runs in the store. Errors: ERR_BAD_SETTING (an unknown
 * runtime, named), ERR_STORE, ERR_SYSTEM. Blocks: on the disk. */
struct jobs *jobs_start(const struct jobs_options *options, struct err *err);

/* Kills local processes, stops. Frees j. After all others that write through the kube room have
 * ended (its observer goes with j), before kube_free. Blocks: on the runtime's thread. */
void jobs_stop(struct jobs *j);

#endif
