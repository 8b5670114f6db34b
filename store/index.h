/* A map from numbers to places in an array, for what one step holds: frames by id, payloads by
 * their value's address. Built only past a few entries: most steps have fewer.
 * Threads: holder. Blocks: never. */
#ifndef STORE_INDEX_H
#define STORE_INDEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct index_slot {
    uint64_t key; /* 0: empty */
    size_t place;
};

struct index {
    struct index_slot *slots; /* a power of two of them, at most half filled; NULL: none yet */
    size_t slots_count, filled;
};

void index_release(struct index *x); /* accepts an empty one */

/* key is not 0. */
bool index_find(const struct index *x, uint64_t key, size_t *place);
void index_add(struct index *x, uint64_t key, size_t place); /* key is not in it */

#endif
