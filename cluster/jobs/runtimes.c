/* The pod runtimes. To add one: its file with a `struct runtime`, a row here, its name in the help
 * of the setting --pod-runtime, tests/unit/cluster/jobs. */
#include "jobs_private.h"

static const struct runtime *const rows[] = {&runtime_simulated, &runtime_process};

const struct runtime *runtime_find(str name)
{
    const size_t count =
        sizeof rows / sizeof rows[0]; // NOLINT(bugprone-sizeof-expression): pointers
    for (size_t i = 0; i < count; i++)
        if (str_eq(rows[i]->name, name))
            return rows[i];
    return NULL;
}
