/* Amazon EKS: the ten resources arn:aws:states:::eks:* of Step Functions.
 *
 * To add a resource: its row in eks.c, its parameters there, its code in the file of its family.
 * Threads: any. Blocks: never.
 * Source: Developer Guide, "Call Amazon EKS with Step Functions". */
#ifndef INTEGRATIONS_EKS_EKS_H
#define INTEGRATIONS_EKS_EKS_H

#include "integrations/task/task.h"

/* The rows, sorted by name; static. */
const struct task_resource *eks_resources(size_t *count);

/* Step Functions' names for EKS's and back: the first letter's case, at any depth; keys under Tags
 * and Labels are data and stay. Times ("createdAt", "modifiedAt") become milliseconds in
 * eks_to_states. Give a new value. (For tests.) */
json eks_to_states(json wire);
json eks_from_states(json parameters);

#endif
