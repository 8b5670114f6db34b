/* Limits of a call. */
#ifndef INTEGRATIONS_TASK_LIMITS_H
#define INTEGRATIONS_TASK_LIMITS_H

enum {
    /* Source: Service quotas, "Maximum input or output size for a task, state, or execution". */
    TASK_RESULT_MAX_BYTES = 262144,
};

#endif
