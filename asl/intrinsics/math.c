/* Numbers, and what is random. */
#include "intrinsics_private.h"

#include <math.h>

bool intrinsic_integer(json number, const char *name, int64_t *out, struct err *err)
{
    if (!json_to_int64(number, out)) {
        double d = floor(json_to_double(number) + 0.5);
        *out = d >= INT32_MIN && d <= INT32_MAX ? (int64_t)d : INT64_MAX;
    }
    if (*out >= INT32_MIN && *out <= INT32_MAX)
        return true;
    return intrinsic_fail(err, "%s must be between %d and %d", name, INT32_MIN, INT32_MAX);
}

/* ASSUMPTION: a sum past 32 bits is given as it is. */
bool intrinsics_math_add(const struct intrinsic_call *call, json *out, struct err *err)
{
    int64_t a, b;
    if (!intrinsic_integer(call->arg[0], "The first number", &a, err) ||
        !intrinsic_integer(call->arg[1], "The second number", &b, err))
        return false;
    *out = json_integer(a + b);
    return true;
}

/* -- java.util.Random, which its documentation defines as this generator --
 * ASSUMPTION: AWS, whose service is Java, seeds it with the third argument. */

static const uint64_t RANDOM_MULTIPLIER = UINT64_C(0x5deece66d), RANDOM_INCREMENT = 0xb,
                      RANDOM_MASK = (UINT64_C(1) << 48) - 1;

static uint32_t random_bits(uint64_t *state, unsigned bits)
{
    *state = (*state * RANDOM_MULTIPLIER + RANDOM_INCREMENT) & RANDOM_MASK;
    return (uint32_t)(*state >> (48 - bits));
}

/* In [0, bound), bound at most 2^31 - 1. */
static int64_t random_below(uint64_t *state, int64_t bound)
{
    int64_t r = random_bits(state, 31);
    if ((bound & (bound - 1)) == 0)
        return (bound * r) >> 31;
    int64_t value = r % bound;
    while (r - value + (bound - 1) > INT32_MAX) { // the last, incomplete run of bound values
        r = random_bits(state, 31);
        value = r % bound;
    }
    return value;
}

static int64_t random_between(int64_t seed, int64_t from, int64_t to)
{
    uint64_t state = ((uint64_t)seed ^ RANDOM_MULTIPLIER) & RANDOM_MASK;
    if (to - from <= INT32_MAX)
        return from + random_below(&state, to - from);
    int64_t v;
    do
        v = (int32_t)random_bits(&state, 32);
    while (v < from || v >= to); // more than half of them fit
    return v;
}

/* A seed is not bound to 32 bits. */
static int64_t seed_of(json number)
{
    int64_t seed;
    if (json_to_int64(number, &seed))
        return seed;
    double d = floor(json_to_double(number) + 0.5), limit = 9223372036854775808.0;
    if (d >= limit)
        return INT64_MAX;
    return d < -limit ? INT64_MIN : (int64_t)d;
}

/* The start is in the range, the end is not. */
bool intrinsics_math_random(const struct intrinsic_call *call, json *out, struct err *err)
{
    int64_t from, to;
    if (!intrinsic_integer(call->arg[0], "The start", &from, err) ||
        !intrinsic_integer(call->arg[1], "The end", &to, err))
        return false;
    if (from >= to)
        return intrinsic_fail(err, "The start must be less than the end");
    int64_t v = call->args == 3 ? random_between(seed_of(call->arg[2]), from, to)
                                : from + (int64_t)rng_below(call->rng, (uint64_t)(to - from));
    *out = json_integer(v);
    return true;
}

bool intrinsics_uuid(const struct intrinsic_call *call, json *out, struct err *err)
{
    char text[UUID_TEXT_LEN + 1];
    rng_uuid(call->rng, text);
    return intrinsic_give(json_string(str_from_c(text)), out, err);
}
