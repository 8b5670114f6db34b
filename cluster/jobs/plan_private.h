/* One sync of a Job: what was counted and decided, shared by the controller and the status it
 * writes. */
#ifndef CLUSTER_JOBS_PLAN_PRIVATE_H
#define CLUSTER_JOBS_PLAN_PRIVATE_H

#include "jobs_private.h"

struct verdict {
    const char *reason; /* NULL: none */
    str text;
};

/* One sync. */
struct plan {
    struct job_spec spec;
    json status;
    int64_t now_ms, start_ms;                   /* start -1: has none */
    int64_t succeeded, failed;                  /* counted, in the status to be */
    json uncounted_succeeded, uncounted_failed; /* to be */
    size_t uncounted;
    int64_t new_failed, failed_total, succeeded_total;
    int64_t active, ready, terminating;
    int64_t created, deleted;
    struct index_set completed; /* of an Indexed Job */
    struct verdict failure, success;
    char text[96];            /* of a failure that names a member */
    bool failing, succeeding; /* true also when an earlier sync said so */
    int64_t wake_ms;          /* when to look again; INT64_MAX: no need */
};

/* The condition of a type in a status; lends; ABSENT: none. */
json condition_of(json status, str type);
bool is_true(json condition);

/* Gives the status that follows; ABSENT: no memory. */
json plan_status(const struct plan *plan);

#endif
