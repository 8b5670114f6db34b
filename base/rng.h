/* Randomness: one seedable generator (xoshiro256**); a seed gives the same run again.
 * Threads: holder. Blocks: never. */
#ifndef BASE_RNG_H
#define BASE_RNG_H

#include "base/str.h"

struct rng {
    uint64_t s[4];
};

enum { UUID_TEXT_LEN = 36 };

void rng_seed(struct rng *r, uint64_t seed);
uint64_t rng_seed_from_system(void); /* getrandom; aborts if the system has none */

uint64_t rng_u64(struct rng *r);
double rng_unit(struct rng *r);                /* [0, 1) */
uint64_t rng_below(struct rng *r, uint64_t n); /* [0, n), unbiased; n >= 1 */
void rng_bytes(struct rng *r, void *out, size_t len);

/* A version 4 UUID, lower case, terminated. */
void rng_uuid(struct rng *r, char out[UUID_TEXT_LEN + 1]);

/* A generator for one thing of many: the same (seed, stream) gives the same numbers. */
void rng_stream(struct rng *r, uint64_t seed, uint64_t stream);

#endif
