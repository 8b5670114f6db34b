/* Memory: two kinds of allocation.
 *
 * A fixed-size allocation (mem_new) that fails logs and aborts: restart recovers as from any crash.
 * An allocation whose size came from outside (mem_try, mem_resize) may fail and the caller refuses
 * its input with an error. Tests make the n-th fallible allocation fail.
 * Threads: any. Blocks: never. */
#ifndef BASE_MEM_H
#define BASE_MEM_H

#include "base/attributes.h"

#include <stddef.h>

/* Gives size bytes, zeroed; never NULL. Release with mem_free. */
void *mem_new(size_t size) MUST_CHECK;

/* Gives size bytes, not zeroed, or NULL. */
void *mem_try(size_t size) MUST_CHECK;

/* Takes old (may be NULL) and gives it resized; on NULL old is untouched and still the caller's. */
void *mem_resize(void *old, size_t size) MUST_CHECK;

void mem_free(void *ptr);

/* The n-th fallible allocation of this thread from now on fails, 1 the next; 0: none. For tests. */
void mem_fail_after(unsigned n);

#endif
