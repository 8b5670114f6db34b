/* The pod runtimes. To add one: its file with a `struct runtime`, a row here, its name in the help of
 * the setting --pod-runtime, tests/unit/cluster/jobs. */
#include "jobs_private.h"

static const struct runtime *const rows[] = {&runtime_simulated, &runtime_process};

const struct runtime *runtime_find(str name)
{
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i]->name, name))
            return rows[i];
    return NULL;
}
