/* Arenas: memory of one phase (a definition, one evaluation, one request), freed whole.
 *
 * An arena has a maximum from birth; past it, and when the system has no memory, arena_alloc gives
 * NULL and the caller refuses its input. The unused tail of a block is poisoned under ASan.
 * Threads: holder (one at a time). Blocks: never. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "base/attributes.h"
#include "base/str.h"

struct arena_block;

struct arena {
    struct arena_block *blocks; /* the newest first */
    size_t used_bytes, max_bytes;
};

void arena_init(struct arena *a, size_t max_bytes);
void arena_release(struct arena *a); /* accepts an empty one */

/* Lends size zeroed bytes, aligned for any type, until arena_release; NULL past the maximum. */
void *arena_alloc(struct arena *a, size_t size) MUST_CHECK;

/* count * size with the overflow checked. */
void *arena_array(struct arena *a, size_t count, size_t size) MUST_CHECK;

/* Lends a copy of s (terminated as well); ptr NULL when memory fails. */
str arena_str(struct arena *a, str s) MUST_CHECK;

/* Lends s as a C string for a library's edge, or NULL. */
const char *str_to_cstr(struct arena *a, str s) MUST_CHECK;

/* Lends printf's text; ptr NULL when memory fails. */
str arena_printf(struct arena *a, const char *format, ...) PRINTF_LIKE(2, 3) MUST_CHECK;

#endif
