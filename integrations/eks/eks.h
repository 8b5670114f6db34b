/* Amazon EKS: the resources arn:aws:states:::eks:* of Step Functions, and aws-sdk:eks:*, which are
 * the operations of its API.
 *
 * To add a resource: its row in eks.c, its parameters there, its code in the file of its family; an
 * operation of the API: its row in sdk_operations.c.
 * Threads: any. Blocks: never.
 * Source: Developer Guide, "Call Amazon EKS with Step Functions". */
#ifndef INTEGRATIONS_EKS_EKS_H
#define INTEGRATIONS_EKS_EKS_H

#include "integrations/task/task.h"

/* Lends the row of a name: "eks:runJob.sync", "aws-sdk:eks:describeCluster"; NULL: there is none.
 */
const struct task_resource *eks_resource(str name);

/* Step Functions' names for EKS's and back: the first letter's case, at any depth; keys of tags,
 * labels and the like are data and stay. Times are written as said in eks_to_states. Give a new
 * value. (For tests.) */
enum eks_times { EKS_TIMES_MILLISECONDS, EKS_TIMES_ISO_8601 };
json eks_to_states(json wire, enum eks_times as);
json eks_from_states(json parameters);

#endif
