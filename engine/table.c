/* The executions that are not ended, by id and by ARN: two chained tables over the executions
 * themselves, at most one to a slot on average.
 *
 * By ARN only those whose start is durable: a second start of the same name is there by id until
 * the store has refused it. All with the engine's lock held. */
#include "engine_private.h"

uint64_t arn_hash(str arn)
{
    // FNV-1a: seeds random choices, so it must not differ from one process to the next.
    uint64_t hash = UINT64_C(14695981039346656037);
    for (size_t i = 0; i < arn.len; i++)
        hash = (hash ^ (unsigned char)arn.ptr[i]) * UINT64_C(1099511628211);
    return hash;
}

static struct execution **slot_id(const struct engine *e, uint64_t id)
{
    return &e->by_id[id & (e->slots_count - 1)];
}

static struct execution **slot_arn(const struct engine *e, str arn)
{
    // Seeded per process: names are the clients' to choose.
    return &e->by_arn[hash_bytes(arn.ptr, arn.len) & (e->slots_count - 1)];
}

static void put_id(struct engine *e, struct execution *x)
{
    struct execution **slot = slot_id(e, x->id);
    x->next_by_id = *slot;
    *slot = x;
}

static void put_arn(struct engine *e, struct execution *x)
{
    struct execution **slot = slot_arn(e, x->arn);
    x->next_by_arn = *slot;
    *slot = x;
}

static void grow(struct engine *e)
{
    struct execution **old = e->by_id;
    size_t old_count = e->slots_count;
    e->slots_count = old_count ? old_count * 2 : TABLE_FIRST_SLOTS;
    mem_free(e->by_arn);
    e->by_id = mem_new(e->slots_count * sizeof(struct execution *));
    e->by_arn = mem_new(e->slots_count * sizeof(struct execution *));
    for (size_t i = 0; i < old_count; i++) {
        struct execution *x = old[i];
        while (x) {
            struct execution *next = x->next_by_id;
            put_id(e, x);
            if (x->known)
                put_arn(e, x);
            x = next;
        }
    }
    mem_free(old);
}

struct execution *table_find(struct engine *e, uint64_t id)
{
    struct execution *x = e->slots_count ? *slot_id(e, id) : NULL;
    while (x && x->id != id)
        x = x->next_by_id;
    return x;
}

struct execution *table_find_arn(struct engine *e, str arn)
{
    struct execution *x = e->slots_count ? *slot_arn(e, arn) : NULL;
    while (x && !str_eq(x->arn, arn))
        x = x->next_by_arn;
    return x;
}

void table_add(struct engine *e, struct execution *x)
{
    if (e->open_count == e->slots_count)
        grow(e);
    e->open_count++;
    put_id(e, x);
}

void table_add_arn(struct engine *e, struct execution *x)
{
    assert(!x->known);
    x->known = true;
    put_arn(e, x);
}

void table_remove(struct engine *e, struct execution *x)
{
    struct execution **at = slot_id(e, x->id);
    while (*at != x)
        at = &(*at)->next_by_id;
    *at = x->next_by_id;
    if (x->known) {
        at = slot_arn(e, x->arn);
        while (*at != x)
            at = &(*at)->next_by_arn;
        *at = x->next_by_arn;
    }
    e->open_count--;
}
