/* Open addressing with linear probing. Keys are our own ids and addresses, not a client's choice:
 * the hash need not be secret. */
#include "index.h"

#include "base/mem.h"

enum { SLOTS_AT_FIRST = 32 };

void index_release(struct index *x)
{
    mem_free(x->slots);
    *x = (struct index){NULL, 0, 0};
}

static struct index_slot *slot_find(struct index_slot *slots, size_t count, uint64_t key)
{
    size_t at = (size_t)((key * UINT64_C(0x9E3779B97F4A7C15)) >> 32) & (count - 1);
    while (slots[at].key != 0 && slots[at].key != key)
        at = (at + 1) & (count - 1);
    return &slots[at];
}

bool index_find(const struct index *x, uint64_t key, size_t *place)
{
    if (!x->slots)
        return false;
    const struct index_slot *slot = slot_find(x->slots, x->slots_count, key);
    if (slot->key != key)
        return false;
    *place = slot->place;
    return true;
}

static void grow(struct index *x)
{
    size_t had = x->slots ? x->slots_count : 0;
    size_t count = had > 0 ? had * 2 : SLOTS_AT_FIRST;
    struct index_slot *slots = mem_new(count * sizeof *slots);
    for (size_t i = 0; i < had; i++) {
        if (x->slots[i].key != 0)
            *slot_find(slots, count, x->slots[i].key) = x->slots[i];
    }
    mem_free(x->slots);
    x->slots = slots;
    x->slots_count = count;
}

void index_add(struct index *x, uint64_t key, size_t place)
{
    if (!x->slots || (x->filled + 1) * 2 > x->slots_count)
        grow(x);
    *slot_find(x->slots, x->slots_count, key) = (struct index_slot){key, place};
    x->filled++;
}
