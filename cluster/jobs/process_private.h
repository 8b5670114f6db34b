/* A container's process, before it is started. All lent from an arena. */
#ifndef CLUSTER_JOBS_PROCESS_PRIVATE_H
#define CLUSTER_JOBS_PROCESS_PRIVATE_H

#include "base/arena.h"
#include "jobs_private.h"

enum { PROCESS_ARENA_BYTES = 8 * 1024 * 1024 };

struct process_spec {
    const char *file;  /* what is executed */
    const char **argv; /* ended by NULL */
    const char **envp;
    const char *dir; /* NULL: the server's own */
};

bool process_spec_make(struct arena *a, const struct pod *p, const struct container *c,
                       struct process_spec *out, struct err *err);

#endif
