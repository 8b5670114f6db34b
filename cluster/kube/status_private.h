/* Failures as the Kubernetes API tells them: a code and a Status object, its message written where
 * the facts are. Constructors give false, so that `return fail_…(…)` is a refusal.
 * Source: k8s.io/apimachinery, pkg/api/errors.
 * Threads: holder. Blocks: never. */
#ifndef CLUSTER_KUBE_STATUS_PRIVATE_H
#define CLUSTER_KUBE_STATUS_PRIVATE_H

#include "base/err.h"
#include "base/json.h"
#include "kinds_private.h"

struct failure {
    int code;    /* 0: none */
    json status; /* the body of the answer; ABSENT when memory failed */
};

void failure_release(struct failure *f); /* leaves none */

bool fail(struct failure *f, int code, const char *reason, const char *format, ...)
    PRINTF_LIKE(4, 5);
/* The same with details of an object; name may be empty. */
bool fail_about(struct failure *f, int code, const char *reason, const struct kind *kind, str name,
                const char *format, ...) PRINTF_LIKE(6, 7);
bool fail_not_found(struct failure *f, const struct kind *kind, str name);
bool fail_exists(struct failure *f, const struct kind *kind, str name);
bool fail_conflict(struct failure *f, const struct kind *kind, str name, const char *why);
bool fail_bad_request(struct failure *f, const char *format, ...) PRINTF_LIKE(2, 3);
bool fail_no_memory(struct failure *f);
/* What the store or the system says. */
bool fail_err(struct failure *f, const struct err *err);

/* -- what is wrong with an object's fields -- */
enum { CAUSES_MAX = 64 };
struct causes {
    json list; /* of {reason, message, field} */
    size_t count;
};
static inline struct causes causes_none(void)
{
    return (struct causes){json_absent(), 0};
}

void causes_release(struct causes *c);
void cause_required(struct causes *c, const char *field, const char *detail);
/* value: as it is shown, quotes included where it is a string. */
void cause_invalid(struct causes *c, const char *field, str value, const char *detail);
void cause_invalid_str(struct causes *c, const char *field, str value, const char *detail);
void cause_unsupported(struct causes *c, const char *field, str value, const char *supported);
void cause_duplicate(struct causes *c, const char *field, str value);
void cause_forbidden(struct causes *c, const char *field, const char *detail);

/* 422: "Job.batch "j1" is invalid: …". Takes causes. */
bool fail_invalid_take(struct failure *f, const struct kind *kind, str name, struct causes *causes);

/* The "jobs.batch" or "pods" of messages. Gives a string in space. */
enum { RESOURCE_TEXT_MAX = 96 };
const char *resource_text(const struct kind *kind, char space[RESOURCE_TEXT_MAX]);

#endif
