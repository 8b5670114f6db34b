/* A hash map: open addressing, linear probing, at most three quarters full.
 *
 * Removal moves later entries of the run back into the hole instead of leaving a mark, so that a
 * map with much coming and going (executions by ARN) does not slow down. The hash is SipHash-1-3
 * under a key drawn once per process: who chooses keys cannot aim at a slot. Source: Aumasson and
 * Bernstein, "SipHash: a fast short-input PRF", 2012.
 *
 * Invariants: 1. cap is a power of two and count < cap. 2. From an entry's home (hash & (cap - 1))
 * to where it is no slot is free. 3. key is NULL exactly in free slots. */
#include "base/hashmap.h"

#include "base/lock.h"
#include "base/mem.h"
#include "base/rng.h"

#include <assert.h>
#include <pthread.h>

enum { CAP_MIN = 16 };

struct entry {
    char *key;
    size_t key_len;
    uint64_t hash;
    void *value;
};

struct hashmap {
    struct entry *entries;
    size_t cap, count;
};

static pthread_once_t key_once = PTHREAD_ONCE_INIT;
static uint64_t key_words[2];

static void key_draw(void)
{
    key_words[0] = rng_seed_from_system();
    key_words[1] = rng_seed_from_system();
}

static uint64_t rotate_left(uint64_t x, unsigned n)
{
    return (x << n) | (x >> (64 - n));
}

static void sip_round(uint64_t v[4])
{
    v[0] += v[1];
    v[1] = rotate_left(v[1], 13) ^ v[0];
    v[0] = rotate_left(v[0], 32);
    v[2] += v[3];
    v[3] = rotate_left(v[3], 16) ^ v[2];
    v[0] += v[3];
    v[3] = rotate_left(v[3], 21) ^ v[0];
    v[2] += v[1];
    v[1] = rotate_left(v[1], 17) ^ v[2];
    v[2] = rotate_left(v[2], 32);
}

static void sip_word(uint64_t v[4], uint64_t word)
{
    v[3] ^= word;
    sip_round(v);
    v[0] ^= word;
}

uint64_t hash_bytes(const void *data, size_t len)
{
    lock_must(pthread_once(&key_once, key_draw), "pthread_once");
    uint64_t v[4] = {
        key_words[0] ^ UINT64_C(0x736f6d6570736575), key_words[1] ^ UINT64_C(0x646f72616e646f6d),
        key_words[0] ^ UINT64_C(0x6c7967656e657261), key_words[1] ^ UINT64_C(0x7465646279746573)};
    const unsigned char *at = data;
    uint64_t word = 0;
    for (size_t left = len / sizeof word; left > 0; left--, at += sizeof word) {
        memcpy(&word, at, sizeof word);
        sip_word(v, word);
    }
    word = (uint64_t)len << 56;
    for (size_t i = 0; i < len % sizeof word; i++)
        word |= (uint64_t)at[i] << (8 * i);
    sip_word(v, word);
    v[2] ^= 0xff;
    for (int i = 0; i < 3; i++)
        sip_round(v);
    return v[0] ^ v[1] ^ v[2] ^ v[3];
}

struct hashmap *hashmap_new(void)
{
    struct hashmap *m = mem_new(sizeof *m);
    m->cap = CAP_MIN;
    m->entries = mem_new(m->cap * sizeof *m->entries);
    return m;
}

void hashmap_free(struct hashmap *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->cap; i++)
        mem_free(m->entries[i].key);
    mem_free(m->entries);
    mem_free(m);
}

/* The slot that has the key, or the free one where it would go. */
static struct entry *slot_of(const struct hashmap *m, str key, uint64_t hash)
{
    for (size_t i = hash & (m->cap - 1);; i = (i + 1) & (m->cap - 1)) {
        struct entry *e = &m->entries[i];
        if (!e->key || (e->hash == hash && str_eq((str){e->key, e->key_len}, key)))
            return e;
    }
}

static void grow(struct hashmap *m)
{
    struct entry *old = m->entries;
    size_t old_cap = m->cap;
    m->cap *= 2;
    m->entries = mem_new(m->cap * sizeof *m->entries);
    for (size_t i = 0; i < old_cap; i++) {
        if (!old[i].key)
            continue;
        size_t to = old[i].hash & (m->cap - 1);
        while (m->entries[to].key)
            to = (to + 1) & (m->cap - 1);
        m->entries[to] = old[i];
    }
    mem_free(old);
}

void *hashmap_find(const struct hashmap *m, str key)
{
    return slot_of(m, key, hash_bytes(key.ptr, key.len))->value;
}

void hashmap_set(struct hashmap *m, str key, void *value)
{
    assert(value);
    uint64_t hash = hash_bytes(key.ptr, key.len);
    struct entry *e = slot_of(m, key, hash);
    if (e->key) {
        e->value = value;
        return;
    }
    if (m->count >= m->cap / 4 * 3) {
        grow(m);
        e = slot_of(m, key, hash);
    }
    char *copy = mem_new(key.len + 1);
    if (key.len > 0)
        memcpy(copy, key.ptr, key.len);
    *e = (struct entry){copy, key.len, hash, value};
    m->count++;
}

void *hashmap_remove(struct hashmap *m, str key)
{
    struct entry *e = slot_of(m, key, hash_bytes(key.ptr, key.len));
    if (!e->key)
        return NULL;
    void *value = e->value;
    mem_free(e->key);
    m->count--;

    // Each later entry of the run whose home is not after the hole may fill it, leaving the next.
    size_t mask = m->cap - 1;
    size_t hole = (size_t)(e - m->entries);
    for (size_t i = (hole + 1) & mask; m->entries[i].key; i = (i + 1) & mask) {
        size_t from_home = (i - m->entries[i].hash) & mask;
        if (from_home >= ((i - hole) & mask)) {
            m->entries[hole] = m->entries[i];
            hole = i;
        }
    }
    m->entries[hole] = (struct entry){.key = NULL};
    return value;
}

size_t hashmap_count(const struct hashmap *m)
{
    return m->count;
}

bool hashmap_next(const struct hashmap *m, size_t *at, str *key, void **value)
{
    while (*at < m->cap) {
        const struct entry *e = &m->entries[(*at)++];
        if (!e->key)
            continue;
        *key = (str){e->key, e->key_len};
        *value = e->value;
        return true;
    }
    return false;
}
