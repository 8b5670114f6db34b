/* Memory: allocation that aborts, allocation that may fail, and failure injected for tests. */
#include "base/mem.h"

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* Fallible allocations left before one fails; 0: none will. Each thread has its own count, so that
 * a test's failures hit the code it drives and nothing else. */
static _Thread_local unsigned fail_after;

static bool must_fail(void)
{
    return fail_after > 0 && --fail_after == 0;
}

void mem_fail_after(unsigned n)
{
    fail_after = n;
}

void *mem_new(size_t size)
{
    void *ptr = calloc(1, size ? size : 1);
    if (!ptr) {
        (void)fprintf(stderr, "error base out-of-memory bytes=%zu\n", size);
        abort();
    }
    return ptr;
}

void *mem_try(size_t size)
{
    if (must_fail() || size > PTRDIFF_MAX)
        return NULL;
    return malloc(size ? size : 1);
}

void *mem_resize(void *old, size_t size)
{
    if (must_fail() || size > PTRDIFF_MAX)
        return NULL;
    return realloc(old, size ? size : 1);
}

void mem_free(void *ptr)
{
    free(ptr);
}
