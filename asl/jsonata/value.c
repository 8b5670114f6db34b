/* Values: reading documents where they are, making lists and maps, comparing. */
#include "base/clock.h"
#include "base/hashmap.h"
#include "evaluate_private.h"

#include <assert.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    LIST_ROOM = 4,
    COUNTED_ROOM = 10, /* as Java's lists begin */
    LIST_SLOT_BYTES = 4,
    MAP_ROOM = 8,
    MAP_INDEX_FROM = 9, /* members; fewer are found faster one by one */
    TICKS_A_LOOK = 256,
    MESSAGE_MAX = 4096,
};
static const int64_t exact_in_double = (int64_t)1 << 53;

/* -- the evaluation's memory and time -- */

bool ev_fail(struct evaluator *ev, const char *format, ...)
{
    char text[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (err_is_set(ev->err))
        return false;
    str shown = n < 0 ? STR("") : str_from_c(text);
    return err_set(ev->err, ERR_JSONATA, "%.*s", (int)str_utf8_find_bad(shown), text);
}

static bool timed_out(struct evaluator *ev)
{
    return ev_fail(ev, "U1001: Expression evaluation timeout: Check for infinite loop");
}

static bool memory_out(struct evaluator *ev)
{
    // What loops by tail calls for long needs memory a turn; it is the loop that is wrong.
    enum { LOOPING = 200000 };
    if (ev->tail_calls > LOOPING)
        return timed_out(ev);
    return ev_fail(ev, "U1001: Expression evaluation memory limit exceeded: Check for excessive "
                       "memory usage");
}

void *ev_alloc(struct evaluator *ev, size_t size)
{
    void *p = arena_alloc(&ev->arena, size);
    if (p)
        return p;
    if (ev->arena.used_bytes + size > ev->arena.max_bytes / 2)
        (void)memory_out(ev);
    else if (!err_is_set(ev->err))
        no_memory(ev->err);
    return NULL;
}

bool ev_charge(struct evaluator *ev, size_t data_bytes)
{
    ev->data_bytes += data_bytes;
    return ev->data_bytes <= ev->limits->data_bytes || memory_out(ev);
}

bool ev_tick(struct evaluator *ev)
{
    if (++ev->ticks % TICKS_A_LOOK != 0)
        return true;
    return clock_monotonic_ns() <= ev->deadline_ns || timed_out(ev);
}

bool ev_text(struct evaluator *ev, str text, struct value *out)
{
    if (text.len > UINT32_MAX)
        return memory_out(ev);
    char *kept = ev_charge(ev, text.len) ? ev_alloc(ev, text.len + 1) : NULL;
    if (!kept)
        return false;
    if (text.len > 0)
        memcpy(kept, text.ptr, text.len);
    *out = value_str((str){kept, text.len});
    return true;
}

bool ev_give_text(struct evaluator *ev, struct buf *text, struct value *out)
{
    bool ok = buf_ok(text) ? ev_text(ev, buf_str(text), out) : memory_out(ev);
    buf_release(text);
    return ok;
}

/* -- documents -- */

bool ev_keep(struct evaluator *ev, json document)
{
    struct kept *k = ev_alloc(ev, sizeof *k);
    if (!k) {
        json_unref(document);
        return false;
    }
    *k = (struct kept){ev->kept, document};
    ev->kept = k;
    return true;
}

struct value value_integer(const struct evaluator *ev, int64_t i)
{
    if (ev->aws && (i > exact_in_double || i < -exact_in_double))
        return (struct value){.kind = VALUE_INTEGER, .as.integer = i};
    return value_number((double)i);
}

struct value value_from_json(const struct evaluator *ev, json v)
{
    int64_t integer;
    switch (v.kind) {
    case JSON_ABSENT: break;
    case JSON_NULL: return value_null();
    case JSON_FALSE: return value_bool(false);
    case JSON_TRUE: return value_bool(true);
    case JSON_INTEGER: return value_integer(ev, v.as.integer);
    case JSON_NUMBER:
        return ev->aws && json_to_int64(v, &integer) ? value_integer(ev, integer)
                                                     : value_number(json_to_double(v));
    case JSON_STRING: return value_str(json_str(v));
    case JSON_ARRAY: return (struct value){.kind = VALUE_ARRAY, .as.node = v.as.node};
    case JSON_OBJECT: return (struct value){.kind = VALUE_OBJECT, .as.node = v.as.node};
    }
    return (struct value){0};
}

static json json_of(struct value v)
{
    assert(v.kind == VALUE_ARRAY || v.kind == VALUE_OBJECT);
    return (json){v.kind == VALUE_ARRAY ? JSON_ARRAY : JSON_OBJECT, {.node = v.as.node}};
}

size_t value_len(struct value array)
{
    if (array.kind == VALUE_LIST)
        return array.as.list->len;
    return array.kind == VALUE_ARRAY ? json_len(json_of(array)) : !is_undefined(array);
}

struct value value_at(const struct evaluator *ev, struct value array, size_t i)
{
    if (array.kind == VALUE_LIST)
        return array.as.list->items[i];
    return array.kind == VALUE_ARRAY ? value_from_json(ev, json_at(json_of(array), i)) : array;
}

size_t members_len(struct value object)
{
    return object.kind == VALUE_MAP ? object.as.map->len : json_len(json_of(object));
}

struct value member_at(const struct evaluator *ev, struct value object, size_t i, str *key)
{
    if (object.kind == VALUE_MAP) {
        *key = object.as.map->members[i].key;
        return object.as.map->members[i].value;
    }
    *key = json_key_at(json_of(object), i);
    return value_from_json(ev, json_value_at(json_of(object), i));
}

struct value member_get(const struct evaluator *ev, struct value object, str key)
{
    if (object.kind == VALUE_MAP)
        return map_find(object.as.map, key);
    return value_from_json(ev, json_get(json_of(object), key));
}

/* -- lists -- */

/* Charges for a list as Java's would grow, whose growth the measured bound of data follows. */
static bool list_count(struct evaluator *ev, struct room *room, size_t needed)
{
    while (room->counted < needed) {
        room->counted =
            room->counted < COUNTED_ROOM ? COUNTED_ROOM : room->counted + room->counted / 2;
        if (!ev_charge(ev, room->counted * LIST_SLOT_BYTES))
            return false;
    }
    return true;
}

static bool list_grow(struct evaluator *ev, struct list *l, size_t needed)
{
    size_t cap = l->room ? l->room->cap : 0;
    while (cap < needed)
        cap = cap < LIST_ROOM ? (needed < LIST_ROOM ? needed : LIST_ROOM) : 2 * cap;
    if (cap > SIZE_MAX / sizeof *l->items / 2)
        return memory_out(ev);
    struct room *room = ev_alloc(ev, sizeof *room);
    struct value *items = room ? ev_alloc(ev, cap * sizeof *items) : NULL;
    if (!items)
        return false;
    if (l->len > 0)
        memcpy(items, l->items, l->len * sizeof *items);
    *room = (struct room){.used = l->len, .cap = cap, .counted = l->room ? l->room->counted : 0};
    l->items = items;
    l->room = room;
    return list_count(ev, room, needed);
}

struct list *list_new(struct evaluator *ev, size_t cap)
{
    struct list *l = ev_alloc(ev, sizeof *l);
    return l && (cap == 0 || list_grow(ev, l, cap)) ? l : NULL;
}

struct list *sequence_new(struct evaluator *ev)
{
    struct list *l = list_new(ev, 0);
    if (l)
        l->sequence = true;
    return l;
}

static bool list_reserve(struct evaluator *ev, struct list *l, size_t more)
{
    bool fits = l->room && l->room->used == l->len && l->room->cap - l->len >= more;
    if (!fits && !list_grow(ev, l, l->len + more))
        return false;
    l->room->used = l->len + more;
    return l->len + more <= l->room->counted || list_count(ev, l->room, l->len + more);
}

bool list_push(struct evaluator *ev, struct list *l, struct value v)
{
    if (!list_reserve(ev, l, 1))
        return false;
    l->items[l->len++] = v;
    return true;
}

bool list_push_all(struct evaluator *ev, struct list *l, struct value array)
{
    size_t n = value_len(array);
    if (n == 0)
        return true;
    if (!list_reserve(ev, l, n))
        return false;
    for (size_t i = 0; i < n; i++)
        l->items[l->len++] = value_at(ev, array, i);
    return true;
}

bool value_append(struct evaluator *ev, struct value a, struct value b, struct value *out)
{
    if (is_undefined(a) || is_undefined(b)) {
        *out = is_undefined(a) ? b : a;
        return true;
    }
    struct list *l = list_new(ev, 0);
    if (!l)
        return false;
    if (a.kind == VALUE_LIST) { // goes on where it ends, if that is free
        l->items = a.as.list->items;
        l->len = a.as.list->len;
        l->room = a.as.list->room;
    } else if (!list_push_all(ev, l, a)) {
        return false;
    }
    *out = value_list(l);
    return list_push_all(ev, l, b);
}

/* -- maps -- */

struct map *map_new(struct evaluator *ev, size_t cap)
{
    struct map *m = ev_alloc(ev, sizeof *m);
    if (!m || cap == 0)
        return m;
    m->members = ev_alloc(ev, cap * sizeof *m->members);
    m->cap = cap;
    return m->members ? m : NULL;
}

/* Where key's member is, or would be noted. */
static size_t slot_of(const struct map *m, str key)
{
    size_t at = hash_bytes(key.ptr, key.len) & (m->slots - 1);
    while (m->index[at] != 0 && !str_eq(m->members[m->index[at] - 1].key, key))
        at = (at + 1) & (m->slots - 1);
    return at;
}

static struct member *find(const struct map *m, str key)
{
    if (m->index) {
        uint32_t noted = m->index[slot_of(m, key)];
        return noted ? &m->members[noted - 1] : NULL;
    }
    for (size_t i = 0; i < m->len; i++)
        if (str_eq(m->members[i].key, key))
            return &m->members[i];
    return NULL;
}

static bool map_index(struct evaluator *ev, struct map *m)
{
    size_t slots = MAP_ROOM;
    while (slots < 2 * m->cap)
        slots *= 2;
    m->index = ev_alloc(ev, slots * sizeof *m->index);
    if (!m->index)
        return false;
    m->slots = slots;
    for (size_t i = 0; i < m->len; i++)
        m->index[slot_of(m, m->members[i].key)] = (uint32_t)(i + 1);
    return true;
}

static bool map_grow(struct evaluator *ev, struct map *m)
{
    size_t cap = m->cap < MAP_ROOM ? MAP_ROOM : 2 * m->cap;
    struct member *members = cap < UINT32_MAX ? ev_alloc(ev, cap * sizeof *members) : NULL;
    if (!members)
        return memory_out(ev);
    if (m->len > 0)
        memcpy(members, m->members, m->len * sizeof *members);
    m->members = members;
    m->cap = cap;
    return cap < MAP_INDEX_FROM || map_index(ev, m);
}

bool map_put(struct evaluator *ev, struct map *m, str key, struct value v)
{
    struct member *known = find(m, key);
    if (known) {
        known->value = v;
        return true;
    }
    if (m->len == m->cap && !map_grow(ev, m))
        return false;
    m->members[m->len++] = (struct member){key.ptr ? key : STR(""), v};
    if (m->index)
        m->index[slot_of(m, key)] = (uint32_t)m->len;
    return true;
}

struct value map_find(const struct map *m, str key)
{
    const struct member *known = find(m, key);
    return known ? known->value : (struct value){0};
}

void map_remove(struct map *m, str key)
{
    struct member *known = find(m, key);
    if (!known)
        return;
    // The members after it move up: the order is kept, and so few are removed that it is cheap.
    size_t at = (size_t)(known - m->members);
    memmove(known, known + 1, (m->len - at - 1) * sizeof *known);
    m->len--;
    if (!m->index)
        return;
    memset(m->index, 0, m->slots * sizeof *m->index);
    for (size_t i = 0; i < m->len; i++)
        m->index[slot_of(m, m->members[i].key)] = (uint32_t)(i + 1);
}

/* -- truth, equality, hashes -- */

bool value_truth(struct value v)
{
    switch ((enum value_kind)v.kind) {
    case VALUE_BOOL: return v.boolean;
    case VALUE_NUMBER: return v.as.number != 0 && !isnan(v.as.number);
    case VALUE_INTEGER: return true;
    case VALUE_STRING: return v.len > 0;
    case VALUE_OBJECT:
    case VALUE_MAP: return members_len(v) > 0;
    case VALUE_ARRAY:
    case VALUE_LIST:
        for (size_t i = 0; i < value_len(v); i++) {
            static const struct evaluator none; // an item's truth does not depend on the dialect
            if (value_truth(value_at(&none, v, i)))
                return true;
        }
        return false;
    case VALUE_FUNCTION: // as objects, which the reference implementation's are but for patterns
        return v.as.function->kind != FUNCTION_REGEX && v.as.function->kind != FUNCTION_NEXT_MATCH;
    case VALUE_TUPLE:
    case VALUE_NULL:
    case VALUE_UNDEFINED: break;
    }
    return false;
}

static bool equal_at(struct evaluator *ev, struct value a, struct value b, unsigned depth,
                     bool *out);

static bool equal_items(struct evaluator *ev, struct value a, struct value b, unsigned depth,
                        bool *out)
{
    size_t n = value_len(a);
    *out = n == value_len(b);
    for (size_t i = 0; *out && i < n; i++)
        if (!equal_at(ev, value_at(ev, a, i), value_at(ev, b, i), depth + 1, out))
            return false;
    return true;
}

static bool equal_members(struct evaluator *ev, struct value a, struct value b, unsigned depth,
                          bool *out)
{
    size_t n = members_len(a);
    *out = n == members_len(b);
    for (size_t i = 0; *out && i < n; i++) {
        str key;
        struct value mine = member_at(ev, a, i, &key), other = member_get(ev, b, key);
        *out = !is_undefined(other);
        if (*out && !equal_at(ev, mine, other, depth + 1, out))
            return false;
    }
    return true;
}

static bool equal_at(struct evaluator *ev, struct value a, struct value b, unsigned depth,
                     bool *out)
{
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    if (!ev_tick(ev))
        return false;
    if (is_array(a) && is_array(b))
        return equal_items(ev, a, b, depth, out);
    if (is_object(a) && is_object(b))
        return equal_members(ev, a, b, depth, out);
    if (a.kind == VALUE_INTEGER && b.kind == VALUE_INTEGER)
        *out = a.as.integer == b.as.integer;
    else if (is_number(a) && is_number(b))
        *out = number_of(a) == number_of(b);
    else if (a.kind != b.kind)
        *out = false;
    else if (is_string(a))
        *out = str_eq(string_of(a), string_of(b));
    else if (a.kind == VALUE_BOOL)
        *out = a.boolean == b.boolean;
    else
        *out = a.kind == VALUE_NULL || (is_function(a) && a.as.function == b.as.function);
    return true;
}

bool value_equal(struct evaluator *ev, struct value a, struct value b, bool *out)
{
    return equal_at(ev, a, b, 0, out);
}

uint64_t value_hash(const struct evaluator *ev, struct value v, unsigned depth)
{
    enum { DEPTH = 4, MIX = 31 }; // deeper values still compare right, only slower
    uint64_t hash = is_array(v) ? 1 : is_object(v) ? 2 : v.kind;
    if (is_string(v))
        return hash_bytes(v.as.text, v.len);
    if (is_number(v)) {
        double d = number_of(v) + 0.0; // -0 is 0
        return hash_bytes(&d, sizeof d);
    }
    if (v.kind == VALUE_BOOL)
        return hash + v.boolean;
    if (depth > DEPTH)
        return hash;
    for (size_t i = 0; is_array(v) && i < value_len(v); i++)
        hash = hash * MIX + value_hash(ev, value_at(ev, v, i), depth + 1);
    for (size_t i = 0; is_object(v) && i < members_len(v); i++) {
        str key;
        struct value member = member_at(ev, v, i, &key);
        hash += hash_bytes(key.ptr, key.len) ^ (value_hash(ev, member, depth + 1) * MIX);
    }
    return hash;
}

bool value_is_numeric(struct value v, struct evaluator *ev, bool *out)
{
    *out = is_number(v) && !isnan(number_of(v));
    if (!*out || isfinite(number_of(v)))
        return true;
    return ev_fail(ev, "D1001: Number out of range: null");
}

/* -- copies -- */

static bool clone_at(struct evaluator *ev, struct value v, unsigned depth, struct value *out)
{
    *out = v;
    if (!is_array(v) && !is_object(v))
        return true;
    if (depth > JSONATA_VALUE_DEPTH_MAX)
        return ev_fail(ev, "U1001: Stack overflow error: values are nested too deeply");
    if (is_array(v)) {
        size_t n = value_len(v);
        struct list *l = list_new(ev, n);
        if (!l)
            return false;
        *out = value_list(l);
        for (size_t i = 0; i < n; i++) {
            struct value item = {0};
            if (!clone_at(ev, value_at(ev, v, i), depth + 1, &item) || !list_push(ev, l, item))
                return false;
        }
        return true;
    }
    size_t n = members_len(v);
    struct map *m = map_new(ev, n);
    if (!m)
        return false;
    *out = value_map(m);
    for (size_t i = 0; i < n; i++) {
        str key;
        struct value member = member_at(ev, v, i, &key);
        if (!clone_at(ev, member, depth + 1, &member) || !map_put(ev, m, key, member))
            return false;
    }
    return true;
}

bool value_clone(struct evaluator *ev, struct value v, struct value *out)
{
    return clone_at(ev, v, 0, out);
}
