/* The table of kinds: to add a kind, add a row here and its shape to shapes.c. */
#include "kinds_private.h"

#define ROWS_OF(array) array, sizeof(array) / sizeof((array)[0])

static const char *const fields_pod[] = {"spec.nodeName",
                                         "spec.restartPolicy",
                                         "spec.schedulerName",
                                         "spec.serviceAccountName",
                                         "spec.hostNetwork",
                                         "status.phase",
                                         "status.podIP",
                                         "status.nominatedNodeName",
                                         NULL};
static const char *const fields_event[] = {"involvedObject.kind",
                                           "involvedObject.namespace",
                                           "involvedObject.name",
                                           "involvedObject.uid",
                                           "involvedObject.apiVersion",
                                           "involvedObject.resourceVersion",
                                           "involvedObject.fieldPath",
                                           "reason",
                                           "reportingComponent",
                                           "source",
                                           "type",
                                           NULL};
static const char *const fields_job[] = {"status.successful", NULL};
static const char *const fields_namespace[] = {"status.phase", NULL};
static const char *const fields_secret[] = {"type", NULL};
static const char *const fields_none[] = {NULL};

/* Core first, then by group: discovery lists them in this order. */
static const struct kind rows[] = {
    {STR_INIT(""), STR_INIT("v1"), STR_INIT("configmaps"), STR_INIT("ConfigMap"),
     STR_INIT("configmap"), "cm", KIND_NAMESPACED, SHAPE_CONFIG_MAP, NAME_SUBDOMAIN, NULL, NULL,
     check_configmap, fields_none, ROWS_OF(columns_configmap), cells_configmap},
    {STR_INIT(""), STR_INIT("v1"), STR_INIT("events"), STR_INIT("Event"), STR_INIT("event"), "ev",
     KIND_NAMESPACED, SHAPE_EVENT, NAME_SUBDOMAIN, NULL, NULL, NULL, fields_event,
     ROWS_OF(columns_event), cells_event},
    {STR_INIT(""), STR_INIT("v1"), STR_INIT("namespaces"), STR_INIT("Namespace"),
     STR_INIT("namespace"), "ns", KIND_STATUS | KIND_ANSWERS_OBJECT, SHAPE_NAMESPACE, NAME_LABEL,
     defaults_namespace, defaults_namespace, NULL, fields_namespace, ROWS_OF(columns_namespace),
     cells_namespace},
    {STR_INIT(""), STR_INIT("v1"), STR_INIT("pods"), STR_INIT("Pod"), STR_INIT("pod"), "po",
     KIND_NAMESPACED | KIND_IN_ALL | KIND_STATUS | KIND_LOG | KIND_ANSWERS_OBJECT, SHAPE_POD,
     NAME_SUBDOMAIN, defaults_pod, begin_pod, check_pod, fields_pod, ROWS_OF(columns_pod),
     cells_pod},
    {STR_INIT(""), STR_INIT("v1"), STR_INIT("secrets"), STR_INIT("Secret"), STR_INIT("secret"),
     NULL, KIND_NAMESPACED, SHAPE_SECRET, NAME_SUBDOMAIN, defaults_secret, NULL, check_secret,
     fields_secret, ROWS_OF(columns_secret), cells_secret},
    {STR_INIT(""), STR_INIT("v1"), STR_INIT("serviceaccounts"), STR_INIT("ServiceAccount"),
     STR_INIT("serviceaccount"), "sa", KIND_NAMESPACED, SHAPE_SERVICE_ACCOUNT, NAME_SUBDOMAIN, NULL,
     NULL, NULL, fields_none, ROWS_OF(columns_service_account), cells_service_account},
    {STR_INIT(""), STR_INIT("v1"), STR_INIT("services"), STR_INIT("Service"), STR_INIT("service"),
     "svc", KIND_NAMESPACED | KIND_IN_ALL | KIND_STATUS, SHAPE_SERVICE, NAME_LABEL_1035,
     defaults_service, begin_service, check_service, fields_none, ROWS_OF(columns_service),
     cells_service},
    {STR_INIT("apps"), STR_INIT("v1"), STR_INIT("deployments"), STR_INIT("Deployment"),
     STR_INIT("deployment"), "deploy",
     KIND_NAMESPACED | KIND_IN_ALL | KIND_STATUS | KIND_GENERATION, SHAPE_DEPLOYMENT,
     NAME_SUBDOMAIN, defaults_deployment, begin_deployment, check_deployment, fields_none,
     ROWS_OF(columns_deployment), cells_deployment},
    {STR_INIT("authentication.k8s.io"), STR_INIT("v1"), STR_INIT("selfsubjectreviews"),
     STR_INIT("SelfSubjectReview"), STR_INIT("selfsubjectreview"), NULL, KIND_REVIEW,
     SHAPE_SELF_SUBJECT_REVIEW, NAME_SUBDOMAIN, NULL, NULL, NULL, fields_none, NULL, 0, NULL},
    {STR_INIT("authorization.k8s.io"), STR_INIT("v1"), STR_INIT("selfsubjectaccessreviews"),
     STR_INIT("SelfSubjectAccessReview"), STR_INIT("selfsubjectaccessreview"), NULL, KIND_REVIEW,
     SHAPE_SELF_SUBJECT_ACCESS_REVIEW, NAME_SUBDOMAIN, NULL, NULL, NULL, fields_none, NULL, 0,
     NULL},
    {STR_INIT("batch"), STR_INIT("v1"), STR_INIT("jobs"), STR_INIT("Job"), STR_INIT("job"), NULL,
     KIND_NAMESPACED | KIND_IN_ALL | KIND_STATUS | KIND_GENERATION | KIND_ORPHANS, SHAPE_JOB,
     NAME_SUBDOMAIN, defaults_job, begin_job, check_job, fields_job, ROWS_OF(columns_job),
     cells_job},
};

enum { ROWS_COUNT = sizeof(rows) / sizeof(rows[0]) };

const struct kind *kind_at(size_t i)
{
    return i < ROWS_COUNT ? &rows[i] : NULL;
}

const struct kind *kind_find(str group, str version, str resource)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        if (str_eq(rows[i].resource, resource) && str_eq(rows[i].group, group) &&
            str_eq(rows[i].version, version))
            return &rows[i];
    return NULL;
}

const struct kind *kind_of_resource(str resource)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        if (str_eq(rows[i].resource, resource))
            return &rows[i];
    return NULL;
}

static bool is_api_version(const struct kind *kind, str api_version)
{
    if (kind->group.len == 0)
        return str_eq(kind->version, api_version);
    str group = str_cut(&api_version, '/');
    return str_eq(group, kind->group) && str_eq(api_version, kind->version);
}

const struct kind *kind_of_name(str api_version, str name)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        if (str_eq(rows[i].name, name) && is_api_version(&rows[i], api_version))
            return &rows[i];
    return NULL;
}

unsigned kind_shape_of(str api_version, str name)
{
    const struct kind *kind = kind_of_name(api_version, name);
    if (kind)
        return kind->shape;
    // The options of a deletion come under many versions: "v1", "meta.k8s.io/v1", the kind's own.
    return str_eq(name, STR("DeleteOptions")) ? SHAPE_DELETE_OPTIONS : SHAPE_COUNT;
}

str kind_api_version(struct arena *a, const struct kind *kind)
{
    if (kind->group.len == 0)
        return kind->version;
    return arena_printf(a, "%.*s/%.*s", STR_ARG(kind->group), STR_ARG(kind->version));
}
