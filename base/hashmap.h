/* A hash map from text to pointers. Keys are copied; values are the caller's.
 * The hash is seeded per process (hostile keys cannot collide on purpose).
 * Threads: holder. Blocks: never. */
#ifndef BASE_HASHMAP_H
#define BASE_HASHMAP_H

#include "base/str.h"

struct hashmap;

struct hashmap *hashmap_new(void);
void hashmap_free(struct hashmap *m); /* accepts NULL; values are not touched */

void *hashmap_find(const struct hashmap *m, str key);      /* NULL: absent */
void hashmap_set(struct hashmap *m, str key, void *value); /* value not NULL */
void *hashmap_remove(struct hashmap *m, str key);          /* gives the value, NULL: absent */
size_t hashmap_count(const struct hashmap *m);

/* Walks in no order: *at starts at 0; false at the end. No changes during a walk. */
bool hashmap_next(const struct hashmap *m, size_t *at, str *key, void **value);

/* The same seeded hash, for tables of one's own. */
uint64_t hash_bytes(const void *data, size_t len);

#endif
