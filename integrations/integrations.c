/* Integrations: the services' tables, and how a Task's Resource finds its row in them. */
#include "integrations/integrations.h"

#include "base/mem.h"
#include "catalogue.h"
#include "integrations/eks/eks.h"
#include "integrations/s3/s3.h"
#include "net/arn.h"

typedef const struct task_resource *service_find(str name);

/* Each service's table. */
static service_find *const services[] = {eks_resource};

struct integrations {
    struct task_services services;
};

struct integrations *integrations_new(const struct task_services *given, struct err *err)
{
    if (!s3_settings_check(given->s3.endpoint, given->s3.buckets, err))
        return NULL;
    struct integrations *i = mem_new(sizeof *i);
    i->services = *given;
    i->services.s3.files = s3_files_new(given->clock);
    return i;
}

void integrations_free(struct integrations *i)
{
    s3_files_free(i->services.s3.files);
    mem_free(i);
}

const struct task_services *integrations_services(const struct integrations *i)
{
    return &i->services;
}

/* "eks:runJob.sync" of "arn:aws:states:::eks:runJob.sync"; ptr NULL when it is not of that form. */
static str optimised_name(str resource_arn)
{
    struct arn arn;
    if (!arn_parse(resource_arn, &arn) || !str_eq(arn.service, STR("states")) || arn.region.len ||
        arn.account.len)
        return STR_NONE;
    return arn.resource;
}

const struct task_resource *integrations_find(str resource_arn)
{
    str name = optimised_name(resource_arn);
    const struct task_resource *row = NULL;
    for (size_t s = 0; name.ptr && !row && s < sizeof services / sizeof services[0]; s++)
        row = services[s](name);
    return row;
}

const struct task_resource *integrations_find_data_set(str resource_arn)
{
    str name = optimised_name(resource_arn);
    return name.ptr ? s3_resource(name) : NULL;
}

struct fault_site {
    str location; /* of the Parameters */
    struct asl_diagnostics *diagnostics;
};

static void add_fault(void *context, str field, const char *sentence)
{
    (void)field;
    const struct fault_site *site = context;
    asl_diagnostic_add(site->diagnostics, ASL_ERROR, "SCHEMA_VALIDATION_FAILED", site->location,
                       "%s", sentence);
}

/* What is wrong with a resource that no row has: what AWS has and stepd has not, is told by name.
 */
static void refuse_unknown(enum asl_severity known, str resource, str location,
                           struct asl_diagnostics *d)
{
    str name = optimised_name(resource);
    bool exists = name.ptr ? catalogue_has_integration(name) : catalogue_has_arn(resource);
    if (exists) {
        asl_diagnostic_add(d, known, "SCHEMA_VALIDATION_FAILED", location,
                           "stepd cannot call the resource '%.*s' yet: it has the eks:* "
                           "integrations and the operations aws-sdk:eks:*",
                           STR_ARG(resource));
        return;
    }
    // An ARN of another service may be a template's placeholder for one that exists.
    asl_diagnostic_add(d, name.ptr ? ASL_ERROR : known, "SCHEMA_VALIDATION_FAILED", location,
                       "The resource provided %.*s is not recognized. The value is not a valid "
                       "resource ARN, or the resource is not available in this region.",
                       STR_ARG(resource));
}

void integrations_check(void *context, str resource, json parameters, bool express, str location,
                        struct asl_diagnostics *d)
{
    const enum asl_severity *known = context;
    struct arena *a = &d->arena;
    str at_resource = arena_printf(a, "%.*s/Resource", STR_ARG(location));
    str at_parameters = arena_printf(a, "%.*s/Parameters", STR_ARG(location));
    const struct task_resource *row = integrations_find(resource);
    if (!row) {
        refuse_unknown(known ? *known : ASL_ERROR, resource, at_resource, d);
        return;
    }
    // Source: recorded refusals of '.sync' in Express state machines.
    if (express && row->sync)
        asl_diagnostic_add(d, ASL_ERROR, "SCHEMA_VALIDATION_FAILED", at_resource,
                           "Express state machine does not support '.sync' service integration");
    struct fault_site site = {at_parameters, d};
    if (json_is_absent(parameters) || parameters.kind == JSON_OBJECT)
        task_parameters_check(row, parameters, add_fault, &site);
}
