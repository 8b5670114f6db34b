/* What the files of the eks room share: steps of a call, and how its ends are told. */
#ifndef INTEGRATIONS_EKS_EKS_PRIVATE_H
#define INTEGRATIONS_EKS_EKS_PRIVATE_H

#include "base/arena.h"
#include "integrations/eks/eks.h"
#include "integrations/kubernetes/kubernetes.h"

/* -- how a call begins: one function a row of eks.c -- */
void eks_call_begin(struct task *t);
void eks_run_job_begin(struct task *t);
void eks_control_begin(struct task *t);
void eks_sdk_begin(struct task *t);

/* -- parameters that the optimised resources share with the SDK's: eks.c -- */
extern const struct task_parameter eks_create_cluster[19];
extern const struct task_parameter eks_delete_cluster[1];
extern const struct task_parameter eks_create_nodegroup[20];
extern const struct task_parameter eks_delete_nodegroup[2];
extern const struct task_parameter eks_create_profile[7];
extern const struct task_parameter eks_delete_profile[2];

/* -- operations of the EKS API: sdk_operations.c -- */
struct eks_sdk_operation {
    struct task_resource resource; /* first: a task's resource leads back to its operation */
    str method;
    str path; /* "/clusters/{ClusterName}": labels are parameters */
};
/* Lends the row of "aws-sdk:eks:describeCluster"; NULL: there is none. */
const struct task_resource *eks_sdk_resource(str name);

/* -- where a cluster is: access.c --
 * The state of every call on a Kubernetes API is a struct eks_access, or begins with one. */
struct eks_access {
    char *endpoint;    /* mem_*; NULL until found */
    char *ca_pem;      /* mem_*; NULL: none */
    bool provisioning; /* we made the cluster and wait for it */
    int64_t since_ms;  /* of the clock: when we began to wait */
    void (*found)(struct task *t);
};

/* Finds the API of the task's ClusterName and Endpoint, then calls found(t). A failure is reported
 * as the task's end. The task's state must be a struct eks_access. Threads: any. */
void eks_access_find(struct task *t, void (*fn)(struct task *t));
void eks_access_release(struct eks_access *access);

/* -- one request: request.c -- Threads: next is called on `io`, unless the task is cancelled. */
typedef void eks_next(struct task *t, const struct http_response *response);

/* To the cluster found by eks_access_find. Takes request's body. */
void eks_request(struct task *t, const struct kubernetes_request *request, eks_next *next);

/* The commonest: a GET without a body. Borrows. */
void eks_get(struct task *t, str path, str query, eks_next *next);

/* To the EKS control plane, signed in the name of the task's role. body: mem_*, or ptr NULL. */
void eks_control_request(struct task *t, str method, str path, str query, str body_taken,
                         eks_next *next);
/* The body of such a request: parameters by EKS's names and, where the resource takes a client
 * token and none is given, one that is the same after a restart. Gives a mem_* block. */
str eks_control_body(struct task *t, json parameters);
/* An answer by Step Functions' names, {} when it has no body. Gives; ABSENT: it is not JSON. */
json eks_control_answer(const struct task *t, const struct http_response *response);

/* -- how long until the next poll of what began at since_ms: poll.c -- */
int64_t eks_poll_delay_ms(const struct task *t, int64_t since_ms);

/* -- telling failures: failure.c -- submit: the first request of a .sync call. */
/* No answer came: EKS.SdkClientException and the reason. */
void eks_fail_network(struct task *t, const struct http_response *response, bool submit);
/* A poll that was tried often enough: whichever of the two it was, no answer or a 5xx. */
void eks_fail_poll(struct task *t, const struct http_response *response,
                   void (*refused)(struct task *, const struct http_response *, bool));
/* Kubernetes refused: EKS.<status>, the answer as cause. */
void eks_fail_kubernetes(struct task *t, const struct http_response *response, bool submit);
/* The control plane refused: EKS.<exception>, in the words of the AWS SDK. */
void eks_fail_control(struct task *t, const struct http_response *response, bool submit);
/* What was awaited has failed: States.TaskFailed, the value (taken) as cause. */
void eks_fail_with_value(struct task *t, json value_taken);

/* Is it one of aws-sdk:eks:*, whose names and texts are those of the newer SDK? */
static inline bool eks_is_sdk(const struct task *t)
{
    return str_starts(task_resource_of(t)->name, STR("aws-sdk:"));
}

static inline bool eks_is_success(const struct http_response *response)
{
    return response->status >= 200 && response->status < 300;
}

/* -- logs of a finished Job: logs.c -- calls done(t, logs) with {"pods":{…}} taken by it. */
typedef void eks_logs_done(struct task *t, json logs_taken);
struct eks_logs;
struct eks_logs *eks_logs_new(json job, json options, str ns); /* given; options: LogOptions */
void eks_logs_free(struct eks_logs *logs);
/* The state's eks_logs must be reachable by eks_run_job_logs(t). */
void eks_logs_read(struct task *t, eks_logs_done *done);
struct eks_logs *eks_run_job_logs(struct task *t);

/* A parameter that is a boolean, or its text. */
bool eks_flag(json parameters, str name);

#endif
