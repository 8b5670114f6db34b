/* Random numbers: xoshiro256** (Blackman and Vigna, "Scrambled linear pseudorandom number
 * generators", 2018), its state filled by splitmix64, which turns any seed, 0 too, into a state
 * that is not all zero. Not for secrets. */
#include "base/rng.h"

#include "base/digest.h"
#include "base/log.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/random.h>

static const uint64_t GOLDEN = UINT64_C(0x9e3779b97f4a7c15);

static uint64_t rotate_left(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

static uint64_t splitmix_next(uint64_t *state)
{
    uint64_t z = (*state += GOLDEN);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return z ^ (z >> 31);
}

void rng_seed(struct rng *r, uint64_t seed)
{
    for (size_t i = 0; i < 4; i++)
        r->s[i] = splitmix_next(&seed);
}

uint64_t rng_seed_from_system(void)
{
    uint64_t seed;
    ssize_t got;
    do
        got = getrandom(&seed, sizeof seed, 0); // up to 256 bytes come whole
    while (got < 0 && errno == EINTR);
    if (got != (ssize_t)sizeof seed) {
        log_error("base", "no_randomness", "errno=%d", errno);
        abort();
    }
    return seed;
}

uint64_t rng_u64(struct rng *r)
{
    uint64_t *s = r->s;
    uint64_t result = rotate_left(s[1] * 5, 7) * 9;
    uint64_t t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = rotate_left(s[3], 45);
    return result;
}

double rng_unit(struct rng *r)
{
    return (double)(rng_u64(r) >> 11) * 0x1p-53;
}

uint64_t rng_below(struct rng *r, uint64_t n)
{
    // 2^64 mod n numbers at the low end would make some results likelier: they are drawn again.
    uint64_t excess = (UINT64_MAX - n + 1) % n;
    uint64_t x;
    do
        x = rng_u64(r);
    while (x < excess);
    return x % n;
}

void rng_bytes(struct rng *r, void *out, size_t len)
{
    unsigned char *at = out;
    while (len > 0) {
        uint64_t x = rng_u64(r);
        // Low byte first on every machine: the same seed gives the same bytes.
        for (size_t i = 0; i < sizeof x && len > 0; i++, len--, x >>= 8)
            *at++ = (unsigned char)(x & 0xff);
    }
}

void rng_uuid(struct rng *r, char out[UUID_TEXT_LEN + 1])
{
    unsigned char bytes[16];
    rng_bytes(r, bytes, sizeof bytes);
    bytes[6] = (unsigned char)((bytes[6] & 0x0f) | 0x40); // version 4
    bytes[8] = (unsigned char)((bytes[8] & 0x3f) | 0x80); // variant 10
    // Source: RFC 9562, 4: eight, four, four, four and twelve digits.
    static const unsigned char groups[] = {4, 2, 2, 2, 6};
    const unsigned char *from = bytes;
    char *to = out;
    for (size_t i = 0; i < sizeof groups; i++) {
        hex_encode(from, groups[i], to);
        from += groups[i];
        to += (size_t)2 * groups[i];
        *to++ = '-';
    }
    out[UUID_TEXT_LEN] = '\0';
}

void rng_stream(struct rng *r, uint64_t seed, uint64_t stream)
{
    // Both are mixed before they meet: (1, 2) and (2, 1), or neighbours, have nothing in common.
    uint64_t mixed = splitmix_next(&seed);
    uint64_t state = mixed ^ rotate_left(stream * GOLDEN, 32);
    rng_seed(r, splitmix_next(&state) ^ mixed);
}
