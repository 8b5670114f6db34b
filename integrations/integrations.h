/* Integrations: every resource a Task can name, found by its ARN.
 * Threads: any. Blocks: never. */
#ifndef INTEGRATIONS_INTEGRATIONS_H
#define INTEGRATIONS_INTEGRATIONS_H

#include "asl/asl.h"
#include "integrations/task/task.h"

struct integrations;

/* Gives the integrations at work with services (copied; what it points to outlives it). Memory of
 * its own goes with integrations_free, after every task has ended. */
struct integrations *integrations_new(const struct task_services *given, struct err *err);
void integrations_free(struct integrations *i);

const struct task_services *integrations_services(const struct integrations *i);

/* The row of "arn:<partition>:states:::<name>", or NULL. Lends. */
const struct task_resource *integrations_find(str resource_arn);

/* The row of what an ItemReader ("…:s3:getObject", "…:s3:listObjectsV2") or a ResultWriter
 * ("…:s3:putObject") of a distributed Map names, or NULL. No Task can name these. Lends. */
const struct task_resource *integrations_find_data_set(str resource_arn);

/* asl_options.resource_check: adds what is wrong with a Task's Resource and Parameters, in AWS's
 * words where known. context: a const enum asl_severity, of the report that a resource is one that
 * AWS can call and stepd cannot; NULL: ASL_ERROR. */
void integrations_check(void *context, str resource, json parameters, bool express, str location,
                        struct asl_diagnostics *d);

#endif
