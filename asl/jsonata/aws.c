/* The functions that Step Functions adds: $partition, $range, $hash, $random with a seed, $uuid,
 * $parse. Source: Developer Guide, "Transforming data with JSONata", "Functions provided by Step
 * Functions"; what the guide leaves open is as measured. */
#include "base/digest.h"
#include "functions_private.h"

#include <math.h>

bool function_partition(struct call *c, struct value *out)
{
    struct value list = c->arguments[0];
    double size = is_undefined(c->arguments[1]) ? HUGE_VAL : trunc(number_of(c->arguments[1]));
    size_t len = value_len(list);
    if (list.kind == VALUE_NULL)
        return ev_fail(c->ev, "T0412: Argument 1 of function \"partition\" must be an array of "
                              "\"values\"");
    if (size < 0)
        return ev_fail(c->ev, "D3137: Second argument must be zero or greater");
    if (len == 0 || !(size >= 1))
        return true;
    struct list *chunks = list_new(c->ev, 0);
    for (size_t i = 0; chunks && i < len;) {
        size_t n = size < (double)(len - i) ? (size_t)size : len - i;
        struct list *chunk = list_new(c->ev, n);
        for (size_t end = i + n; chunk && i < end; i++)
            if (!list_push(c->ev, chunk, value_at(c->ev, list, i)))
                return false;
        if (!chunk || !list_push(c->ev, chunks, value_list(chunk)))
            return false;
    }
    *out = value_list(chunks);
    return chunks != NULL;
}

/* Exact where the ends and the step are, as they may be as far apart as 64 bits allow. */
static bool push_range(struct call *c, int64_t from, int64_t to, int64_t step, struct list *l)
{
    enum { BOXED_NUMBER_BYTES = 24 };
    bool more = step > 0 ? from <= to : from >= to;
    while (more) {
        if (!ev_tick(c->ev) || !ev_charge(c->ev, BOXED_NUMBER_BYTES) ||
            !list_push(c->ev, l, value_integer(c->ev, from)))
            return false;
        more = !__builtin_add_overflow(from, step, &from) && (step > 0 ? from <= to : from >= to);
    }
    return true;
}

static bool as_int64(struct value v, int64_t *out)
{
    static const double past_int64 = 9223372036854775808.0;
    double d = trunc(number_of(v));
    *out = v.kind == VALUE_INTEGER ? v.as.integer : 0;
    if (v.kind == VALUE_INTEGER)
        return true;
    if (!(d >= -past_int64 && d <= past_int64))
        return false;
    *out = d == past_int64 ? INT64_MAX : (int64_t)d;
    return true;
}

bool function_range(struct call *c, struct value *out)
{
    int64_t from, to, step;
    for (size_t i = 0; i < 3; i++)
        if (is_undefined(c->arguments[i]))
            return true;
    struct list *l = sequence_new(c->ev);
    if (!l || !as_int64(c->arguments[0], &from) || !as_int64(c->arguments[1], &to) ||
        !as_int64(c->arguments[2], &step) || step == 0)
        return l != NULL;
    *out = value_list(l);
    return push_range(c, from, to, step, l);
}

bool function_hash(struct call *c, struct value *out)
{
    unsigned char bytes[DIGEST_MAX_BYTES];
    char hex[2 * DIGEST_MAX_BYTES + 1];
    size_t len;
    if (is_undefined(c->arguments[0]) || is_undefined(c->arguments[1]))
        return true;
    str algorithm = string_of(c->arguments[1]);
    if (!digest(algorithm, string_of(c->arguments[0]), bytes, &len)) // ASSUMPTION: the sentence
        return ev_fail(c->ev, "D3137: Unsupported hash algorithm: %.*s", STR_ARG(algorithm));
    hex_encode(bytes, len, hex);
    return ev_text(c->ev, str_from_c(hex), out);
}

/* java.util.Random's nextDouble of a seed. Source: its documentation, a linear congruential
 * generator of 48 bits. */
static double java_random(int64_t seed)
{
    const uint64_t multiplier = 0x5DEECE66DULL, mask = (1ULL << 48) - 1;
    uint64_t state = ((uint64_t)seed ^ multiplier) & mask;
    state = (state * multiplier + 0xB) & mask;
    uint64_t high = state >> 22;
    state = (state * multiplier + 0xB) & mask;
    return (double)((high << 27) + (state >> 21)) * 0x1.0p-53;
}

bool function_random_seeded(struct call *c, struct value *out)
{
    int64_t seed;
    if (is_undefined(c->arguments[0]))
        *out = value_number(rng_unit(c->ev->scope->rng));
    else if (as_int64(c->arguments[0], &seed))
        *out = value_number(java_random(seed));
    return true;
}

bool function_uuid(struct call *c, struct value *out)
{
    char text[UUID_TEXT_LEN + 1];
    rng_uuid(c->ev->scope->rng, text);
    return ev_text(c->ev, str_from_c(text), out);
}

/* A number too large is no JSON here. */
static bool is_finite_all(json v)
{
    if (json_is_number(v))
        return isfinite(json_to_double(v));
    bool ok = true;
    for (size_t i = 0; ok && i < json_len(v); i++)
        ok = is_finite_all(v.kind == JSON_ARRAY ? json_at(v, i) : json_value_at(v, i));
    return ok;
}

bool function_parse(struct call *c, struct value *out)
{
    struct err err = ERR_INIT;
    json parsed = json_absent();
    if (is_undefined(c->arguments[0]))
        return true;
    bool ok =
        json_parse_with(string_of(c->arguments[0]), JSON_KEY_DUPLICATES_REFUSE, &parsed, &err);
    if (ok && is_finite_all(parsed)) {
        *out = value_from_json(c->ev, parsed);
        return ev_keep(c->ev, parsed) && ev_charge(c->ev, c->arguments[0].len);
    }
    if (ok || err.id != ERR_NO_MEMORY)
        (void)ev_fail(c->ev, "D3137: Invalid JSON: %.*s",
                      STR_ARG(err_is_set(&err) ? err_text(&err) : STR("a number is too large")));
    else
        no_memory(c->ev->err);
    err_release(&err);
    json_unref(parsed);
    return false;
}
