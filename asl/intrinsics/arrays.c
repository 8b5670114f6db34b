/* Functions on arrays. */
#include "base/hashmap.h"
#include "base/mem.h"
#include "intrinsics_private.h"

bool intrinsics_array(const struct intrinsic_call *call, json *out, struct err *err)
{
    json made = json_array(call->args);
    bool ok = !json_is_absent(made);
    for (size_t i = 0; ok && i < call->args; i++)
        ok = json_push_take(&made, json_ref(call->arg[i]));
    if (!ok) {
        json_unref(made);
        return intrinsic_no_memory(err);
    }
    *out = made;
    return true;
}

bool intrinsics_array_contains(const struct intrinsic_call *call, json *out, struct err *err)
{
    (void)err; // count and kinds are checked; nothing is left that can fail
    bool found = false;
    for (size_t i = 0; i < json_len(call->arg[0]) && !found; i++)
        found = json_equal(json_at(call->arg[0], i), call->arg[1]);
    *out = json_bool(found);
    return true;
}

/* The index is not rounded, other than the numbers of the other functions. */
bool intrinsics_array_get_item(const struct intrinsic_call *call, json *out, struct err *err)
{
    int64_t i;
    char space[32];
    if (!json_to_int64(call->arg[1], &i) || i < 0 || (uint64_t)i >= json_len(call->arg[0])) {
        str index = json_number_str(call->arg[1], space);
        return intrinsic_fail(err, "Index %.*s is out of bounds for an array of length %zu",
                              STR_ARG(index), json_len(call->arg[0]));
    }
    *out = json_ref(json_at(call->arg[0], (size_t)i));
    return true;
}

bool intrinsics_array_length(const struct intrinsic_call *call, json *out, struct err *err)
{
    (void)err; // cannot fail
    *out = json_integer((int64_t)json_len(call->arg[0]));
    return true;
}

static bool push_chunk(json array, size_t from, size_t size, json *to)
{
    size_t left = json_len(array) - from;
    json chunk = json_array(left < size ? left : size);
    bool ok = !json_is_absent(chunk);
    for (size_t i = 0; ok && i < size && i < left; i++)
        ok = json_push_take(&chunk, json_ref(json_at(array, from + i)));
    if (ok)
        return json_push_take(to, chunk);
    json_unref(chunk);
    return false;
}

bool intrinsics_array_partition(const struct intrinsic_call *call, json *out, struct err *err)
{
    int64_t size;
    if (!intrinsic_integer(call->arg[1], "The chunk size", &size, err))
        return false;
    if (size < 1)
        return intrinsic_fail(err, "The chunk size must be positive");
    size_t len = json_len(call->arg[0]);
    json made = json_array(0);
    bool ok = !json_is_absent(made);
    for (size_t from = 0; ok && from < len; from += (size_t)size)
        ok = push_chunk(call->arg[0], from, (size_t)size, &made);
    if (!ok) {
        json_unref(made);
        return intrinsic_no_memory(err);
    }
    *out = made;
    return true;
}

/* Both ends are in the range. ASSUMPTION: a step away from the end gives an empty array. */
bool intrinsics_array_range(const struct intrinsic_call *call, json *out, struct err *err)
{
    int64_t from, to, step;
    if (!intrinsic_integer(call->arg[0], "The first value", &from, err) ||
        !intrinsic_integer(call->arg[1], "The last value", &to, err) ||
        !intrinsic_integer(call->arg[2], "The step", &step, err))
        return false;
    if (step == 0)
        return intrinsic_fail(err, "The step must not be zero");
    bool any = step > 0 ? from <= to : from >= to;
    if (any && (to - from) / step + 1 > INTRINSIC_RANGE_MAX)
        return intrinsic_fail(err, "The range has more than %d values", INTRINSIC_RANGE_MAX);
    json made = json_array(0);
    bool ok = !json_is_absent(made);
    for (int64_t v = from; ok && (step > 0 ? v <= to : v >= to); v += step)
        ok = json_push_take(&made, json_integer(v));
    if (!ok) {
        json_unref(made);
        return intrinsic_no_memory(err);
    }
    *out = made;
    return true;
}

/* -- ArrayUnique: a hash table of the values seen -- */

/* Equal values (json_equal) have equal hashes: numbers by their value, members in any order. */
static uint64_t hash_of(json v)
{
    uint64_t h = (uint64_t)v.kind;
    str text;
    double d;
    switch (v.kind) {
    case JSON_ABSENT:
    case JSON_NULL:
    case JSON_FALSE:
    case JSON_TRUE: return hash_bytes(&h, sizeof h);
    case JSON_INTEGER:
    case JSON_NUMBER:
        d = json_to_double(v) + 0.0; // -0.0 becomes 0.0
        return hash_bytes(&d, sizeof d);
    case JSON_STRING: text = json_str(v); return hash_bytes(text.ptr, text.len);
    case JSON_ARRAY:
        for (size_t i = 0; i < json_len(v); i++) {
            uint64_t pair[2] = {h, hash_of(json_at(v, i))};
            h = hash_bytes(pair, sizeof pair);
        }
        return h;
    case JSON_OBJECT:
        for (size_t i = 0; i < json_len(v); i++) {
            text = json_key_at(v, i);
            uint64_t pair[2] = {hash_bytes(text.ptr, text.len), hash_of(json_value_at(v, i))};
            h += hash_bytes(pair, sizeof pair);
        }
        return h;
    }
    return h;
}

struct seen {
    uint64_t hash;
    size_t item; /* its index + 1; 0: a free slot */
};

/* Is item i new among the ones before it? Then it is remembered. */
static bool is_new(struct seen *slots, size_t mask, json array, size_t i)
{
    json v = json_at(array, i);
    uint64_t h = hash_of(v);
    size_t at = (size_t)h & mask;
    for (; slots[at].item; at = (at + 1) & mask)
        if (slots[at].hash == h && json_equal(json_at(array, slots[at].item - 1), v))
            return false;
    slots[at] = (struct seen){h, i + 1};
    return true;
}

bool intrinsics_array_unique(const struct intrinsic_call *call, json *out, struct err *err)
{
    json array = call->arg[0];
    size_t len = json_len(array), cap = 4;
    while (cap < 2 * len) // at most half full; len is bounded by the argument's text
        cap *= 2;
    struct seen *slots = mem_try(cap * sizeof *slots);
    if (!slots)
        return intrinsic_no_memory(err);
    memset(slots, 0, cap * sizeof *slots);
    json made = json_array(0);
    bool ok = !json_is_absent(made);
    for (size_t i = 0; ok && i < len; i++)
        if (is_new(slots, cap - 1, array, i))
            ok = json_push_take(&made, json_ref(json_at(array, i)));
    mem_free(slots);
    if (!ok) {
        json_unref(made);
        return intrinsic_no_memory(err);
    }
    *out = made;
    return true;
}
