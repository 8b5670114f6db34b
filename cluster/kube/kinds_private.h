/* Kinds: a row each, with all that tells it from the others.
 * Threads: any. Blocks: never. */
#ifndef CLUSTER_KUBE_KINDS_PRIVATE_H
#define CLUSTER_KUBE_KINDS_PRIVATE_H

#include "base/json.h"
#include "shapes_private.h"

struct failure;
struct causes;

/* What stands in a column of a kind's Table. */
struct column {
    const char *name, *type, *format, *description;
    int priority; /* 1: only with -o wide */
};

enum kind_flags {
    KIND_NAMESPACED = 1,
    KIND_IN_ALL = 2,           /* kubectl get all lists it */
    KIND_STATUS = 4,           /* has the subresource status */
    KIND_LOG = 8,              /* has the subresource log */
    KIND_GENERATION = 16,      /* counts the changes of its spec */
    KIND_REVIEW = 32,          /* is answered, never stored */
    KIND_ORPHANS = 64,         /* a deletion that says nothing leaves what it owns */
    KIND_ANSWERS_OBJECT = 128, /* a deletion answers with the object, not a Status */
};

enum name_rule { NAME_SUBDOMAIN, NAME_LABEL, NAME_LABEL_1035 };

struct kind {
    str group, version, resource, name, singular;
    const char *short_name; /* or NULL */
    unsigned flags;
    unsigned shape;
    enum name_rule name_rule;
    /* Fills what is not set. Changes *object, sticky. */
    void (*defaults)(json *object);
    /* What a server sets when the object is made: its status, a Job's selector. Its metadata is
     * complete. */
    void (*begin)(json *object);
    /* old: ABSENT on create. */
    void (*check)(json object, json old, struct causes *causes);
    const char *const *fields; /* of field selectors, beside metadata.name and .namespace */
    const struct column *columns;
    size_t columns_count;
    /* Appends a cell for each column to *cells. */
    void (*cells)(json object, int64_t now_ms, json *cells);
};

/* Lends the row of a resource ("", "v1", "pods"), NULL: none. */
const struct kind *kind_find(str group, str version, str resource);
/* By resource alone, which is unique here. */
const struct kind *kind_of_resource(str resource);
/* By "batch/v1" and "Job". */
const struct kind *kind_of_name(str api_version, str name);
unsigned kind_shape_of(str api_version, str name);

const struct kind *kind_at(size_t i); /* NULL past the last */

/* "batch/v1" or "v1". Lends from a. */
str kind_api_version(struct arena *a, const struct kind *kind);

static inline bool kind_is_namespaced(const struct kind *kind)
{
    return kind->flags & KIND_NAMESPACED;
}

/* -- what rows name: defaults.c -- */
void defaults_pod(json *object);
void defaults_job(json *object);
void defaults_deployment(json *object);
void defaults_service(json *object);
void defaults_secret(json *object);
void defaults_namespace(json *object);

void begin_pod(json *object);
void begin_job(json *object);
void begin_deployment(json *object);
void begin_service(json *object);

/* -- pod_check.c, job_check.c, checks.c -- */
void check_pod(json object, json old, struct causes *causes);
void check_job(json object, json old, struct causes *causes);
void check_deployment(json object, json old, struct causes *causes);
void check_configmap(json object, json old, struct causes *causes);
void check_secret(json object, json old, struct causes *causes);
void check_service(json object, json old, struct causes *causes);
void check_pod_spec(json spec, str path, struct causes *causes);
/* Labels by Kubernetes' rules. path: "metadata.labels". */
void check_labels(json labels, str path, struct causes *causes);
void check_name(enum name_rule rule, str name, struct causes *causes);

/* -- table_rows.c -- */
void cells_job(json object, int64_t now_ms, json *cells);
void cells_pod(json object, int64_t now_ms, json *cells);
void cells_event(json object, int64_t now_ms, json *cells);
void cells_namespace(json object, int64_t now_ms, json *cells);
void cells_configmap(json object, int64_t now_ms, json *cells);
void cells_secret(json object, int64_t now_ms, json *cells);
void cells_service_account(json object, int64_t now_ms, json *cells);
void cells_service(json object, int64_t now_ms, json *cells);
void cells_deployment(json object, int64_t now_ms, json *cells);

enum { KIND_COLUMNS_MAX = 12 };
extern const struct column columns_job[8], columns_pod[9], columns_event[10], columns_namespace[3],
    columns_configmap[3], columns_secret[4], columns_service_account[3], columns_service[7],
    columns_deployment[8];

#endif
