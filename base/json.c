/* JSON values: nodes, their counts, building and reading.
 *
 *     string, number   [ references | depth | len | text size | bytes ]──> bytes…
 *     array            [ the same                             | items ]──> [ cap | index ] items…
 *     object           [ the same                           | members ]──> [ cap | index ] members…
 *
 * What a node holds lies right behind it, in the same allocation, until a container outgrows that
 * and moves to a block of its own.
 *
 * Invariants
 * 1. A container is changed only while one reference to it exists.
 * 2. text_size is the exact length of what json_print appends.
 * 3. Keys of an object are distinct; strings are valid UTF-8; no container holds ABSENT.
 * 4. No value is deeper than JSON_BUILD_DEPTH_MAX, so walking one may recurse; freeing does not.
 * 5. An index once published is never changed while the object is shared. */
#include "base/json.h"

#include "base/hashmap.h"
#include "base/mem.h"
#include "json_private.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>

enum {
    ITEMS_FIRST = 4,
    INDEX_FROM = 16, /* members up to which a key is looked for one by one */
    INDEX_SLOTS_MIN = 64,
    INDEX_PER_MEMBER = 2,
};

/* Longer texts are not built (structure is shared, so a small value may have a huge text): a few
 * sizes may be added without overflow. */
static const size_t text_max_bytes = SIZE_MAX / 8;

/* -- nodes -- */

static bool has_node(enum json_kind kind)
{
    return kind >= JSON_NUMBER;
}

static struct json_container *container_of(struct json_node *n)
{
    return (struct json_container *)(void *)n;
}

static json of_node(enum json_kind kind, struct json_node *n)
{
    return (json){kind, {.node = n}};
}

/* Gives a node of header bytes, with extra bytes behind it that it holds; NULL when memory fails.
 */
static void *node_new(size_t header, size_t extra)
{
    struct json_node *n = extra > text_max_bytes ? NULL : mem_try(header + extra);
    if (!n)
        return NULL;
    memset(n, 0, header);
    atomic_init(&n->references, 1);
    n->as.bytes = (char *)n + header;
    return n;
}

/* Frees a node whose references to others are given up already. */
static void node_free(struct json_node *n, size_t header)
{
    if (n->as.bytes != (char *)n + header)
        mem_free(n->as.bytes);
    mem_free(n);
}

static void container_free(struct json_container *c)
{
    mem_free(atomic_load_explicit(&c->index, memory_order_relaxed));
    node_free(&c->node, sizeof *c);
}

json json_ref(json v)
{
    if (has_node(v.kind))
        atomic_fetch_add_explicit(&v.as.node->references, 1, memory_order_relaxed);
    return v;
}

static bool is_unshared(json v)
{
    return atomic_load_explicit(&v.as.node->references, memory_order_acquire) == 1;
}

/* True: that was the last reference. The release pairs with the acquires: all that others did to
 * the node comes before it is freed. A holder of the only reference need not say that it goes. */
static bool drop(json v)
{
    if (is_unshared(v))
        return true;
    return atomic_fetch_sub_explicit(&v.as.node->references, 1, memory_order_acq_rel) == 1;
}

/* A value loses a reference. Its node, when that was the last one, is freed at once, or joins the
 * list of the containers to be taken apart: no recursion, however deep the value. */
static void bury(json v, struct json_node **arrays, struct json_node **objects)
{
    if (!has_node(v.kind) || !drop(v))
        return;
    if (!json_is_container(v)) {
        node_free(v.as.node, sizeof *v.as.node);
        return;
    }
    struct json_node **list = v.kind == JSON_ARRAY ? arrays : objects;
    v.as.node->u.dead = *list;
    *list = v.as.node;
}

static void bury_array(struct json_node *n, struct json_node **arrays, struct json_node **objects)
{
    for (size_t i = 0; i < n->len; i++)
        bury(n->as.items[i], arrays, objects);
    container_free(container_of(n));
}

static void bury_object(struct json_node *n, struct json_node **arrays, struct json_node **objects)
{
    for (size_t i = 0; i < n->len; i++) {
        bury(of_node(JSON_STRING, n->as.members[i].key), arrays, objects);
        bury(n->as.members[i].value, arrays, objects);
    }
    container_free(container_of(n));
}

void json_unref(json v)
{
    struct json_node *arrays = NULL, *objects = NULL;
    bury(v, &arrays, &objects);
    while (arrays || objects) {
        struct json_node *n = arrays ? arrays : objects;
        if (arrays) {
            arrays = n->u.dead;
            bury_array(n, &arrays, &objects);
        } else {
            objects = n->u.dead;
            bury_object(n, &arrays, &objects);
        }
    }
}

/* -- strings and numbers -- */

static json text_value(enum json_kind kind, str text, size_t text_size)
{
    struct json_node *n = node_new(sizeof *n, text.len);
    if (!n)
        return json_absent();
    n->len = text.len;
    if (text.len)
        memcpy(n->as.bytes, text.ptr, text.len);
    n->u.text_size = text_size;
    return of_node(kind, n);
}

json json_string_valid(str utf8)
{
    return text_value(JSON_STRING, utf8, json_escaped_size(utf8));
}

json json_string(str utf8)
{
    return str_utf8_valid(utf8) ? json_string_valid(utf8) : json_absent();
}

json json_number_valid(str text)
{
    int64_t integer;
    if (!str_eq(text, STR("-0")) && str_to_int64(text, &integer))
        return json_integer(integer);
    return text_value(JSON_NUMBER, text, text.len);
}

json json_string_take(char *heap, size_t len)
{
    struct json_node *n = NULL;
    if (heap && str_utf8_valid((str){heap, len}))
        n = node_new(sizeof *n, 0);
    if (!n) {
        mem_free(heap);
        return json_absent();
    }
    n->as.bytes = heap;
    n->len = len;
    n->u.text_size = json_escaped_size((str){heap, len});
    return of_node(JSON_STRING, n);
}

json json_printf(const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : mem_try((size_t)len + 1);
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, format, again); // measured just now
    va_end(again);
    return text ? json_string_take(text, (size_t)len) : json_absent();
}

/* -- containers -- */

static json container_new(enum json_kind kind, size_t cap)
{
    size_t each = kind == JSON_ARRAY ? sizeof(json) : sizeof(struct json_member);
    struct json_container *c = NULL;
    size_t bytes;
    if (!__builtin_mul_overflow(cap, each, &bytes))
        c = node_new(sizeof *c, bytes);
    if (!c)
        return json_absent();
    c->node.depth = 1;
    c->node.u.text_size = 2; // the brackets
    c->cap = cap;
    return of_node(kind, &c->node);
}

json json_array(size_t capacity_hint)
{
    return container_new(JSON_ARRAY, capacity_hint);
}

json json_object(size_t capacity_hint)
{
    return container_new(JSON_OBJECT, capacity_hint);
}

/* Makes room for one more of `each` bytes; the room doubles, so that a push is cheap on average. */
static bool grow(struct json_container *c, size_t each)
{
    struct json_node *n = &c->node;
    if (n->len < c->cap)
        return true;
    size_t wanted = c->cap < ITEMS_FIRST ? ITEMS_FIRST : c->cap * 2;
    size_t bytes;
    if (__builtin_mul_overflow(wanted, each, &bytes))
        return false;
    bool behind = n->as.bytes == (char *)(c + 1);
    char *more = mem_resize(behind ? NULL : n->as.bytes, bytes);
    if (!more)
        return false;
    if (behind && n->len)
        memcpy(more, n->as.bytes, n->len * each);
    n->as.bytes = more;
    c->cap = wanted;
    return true;
}

/* v is about to go into a container, whose text grows by `more` bytes and loses `less`; false: it
 * must not. */
static bool admit(struct json_node *n, json v, size_t more, size_t less)
{
    uint32_t depth = json_is_container(v) ? v.as.node->depth : 0;
    size_t size = n->u.text_size + more - less;
    if (json_is_absent(v) || depth >= JSON_BUILD_DEPTH_MAX || size > text_max_bytes)
        return false;
    if (n->depth < depth + 1)
        n->depth = depth + 1;
    n->u.text_size = size;
    return true;
}

bool json_push_take(json *array, json v)
{
    assert(array->kind == JSON_ABSENT || (array->kind == JSON_ARRAY && is_unshared(*array)));
    struct json_node *n = array->kind == JSON_ARRAY ? array->as.node : NULL;
    if (!n || !grow(container_of(n), sizeof v) ||
        !admit(n, v, json_text_size(v) + (n->len > 0), 0)) {
        json_unref(v);
        return false;
    }
    n->as.items[n->len++] = v;
    return true;
}

/* -- the index of a large object -- */

static str text_of(const struct json_node *n)
{
    return (str){n->as.bytes, n->len};
}

static void index_add(struct json_index *index, str key, size_t number)
{
    size_t at = hash_bytes(key.ptr, key.len) & (index->slots - 1);
    while (index->slot[at])
        at = (at + 1) & (index->slots - 1);
    index->slot[at] = (uint32_t)number + 1;
}

/* Lends the object's index, made now if it has none; NULL when memory fails. */
static struct json_index *index_of(struct json_container *c)
{
    struct json_index *index = atomic_load_explicit(&c->index, memory_order_acquire);
    if (index)
        return index;
    size_t slots = INDEX_SLOTS_MIN;
    while (slots < c->cap * INDEX_PER_MEMBER)
        slots *= 2;
    index = mem_try(sizeof *index + slots * sizeof index->slot[0]);
    if (!index)
        return NULL;
    index->slots = slots;
    memset(index->slot, 0, slots * sizeof index->slot[0]);
    for (size_t i = 0; i < c->node.len; i++)
        index_add(index, text_of(c->node.as.members[i].key), i);
    struct json_index *other = NULL; // another reader may have been first: its index is as good
    if (!atomic_compare_exchange_strong_explicit(&c->index, &other, index, memory_order_acq_rel,
                                                 memory_order_acquire)) {
        mem_free(index);
        return other;
    }
    return index;
}

static void index_drop(struct json_container *c)
{
    mem_free(atomic_load_explicit(&c->index, memory_order_relaxed));
    atomic_store_explicit(&c->index, NULL, memory_order_relaxed);
}

/* The number of the member with a key; len when there is none. */
static size_t member_find(struct json_container *c, str key)
{
    const struct json_member *members = c->node.as.members;
    size_t len = c->node.len;
    struct json_index *index = len > INDEX_FROM ? index_of(c) : NULL;
    if (!index) {
        size_t i = 0;
        while (i < len && !str_eq(text_of(members[i].key), key))
            i++;
        return i;
    }
    size_t at = hash_bytes(key.ptr, key.len) & (index->slots - 1);
    for (; index->slot[at]; at = (at + 1) & (index->slots - 1)) {
        size_t i = index->slot[at] - 1;
        if (str_eq(text_of(members[i].key), key))
            return i;
    }
    return len;
}

static bool member_replace(struct json_container *c, size_t i, json v)
{
    struct json_member *m = &c->node.as.members[i];
    if (!admit(&c->node, v, json_text_size(v), json_text_size(m->value)))
        return false;
    json_unref(m->value);
    m->value = v;
    return true;
}

static bool member_append(struct json_container *c, struct json_node *key, json v)
{
    struct json_node *n = &c->node;
    if (n->len >= UINT32_MAX - 1 || !grow(c, sizeof(struct json_member)) ||
        !admit(n, v, key->u.text_size + 1 + json_text_size(v) + (n->len > 0), 0))
        return false;
    n->as.members[n->len] = (struct json_member){key, v};
    struct json_index *index = atomic_load_explicit(&c->index, memory_order_relaxed);
    if (index && (n->len + 1) * INDEX_PER_MEMBER <= index->slots)
        index_add(index, text_of(key), n->len);
    else if (index)
        index_drop(c); // made anew, larger, when a key is next looked for
    n->len++;
    return true;
}

bool json_put_take(json *object, str key, json v)
{
    assert(object->kind == JSON_ABSENT || (object->kind == JSON_OBJECT && is_unshared(*object)));
    struct json_container *c = object->kind == JSON_OBJECT ? container_of(object->as.node) : NULL;
    if (!c) {
        json_unref(v);
        return false;
    }
    size_t i = member_find(c, key);
    if (i < c->node.len) {
        if (member_replace(c, i, v))
            return true;
        json_unref(v);
        return false;
    }
    json name = json_string(key);
    if (!json_is_absent(name) && member_append(c, name.as.node, v))
        return true;
    json_unref(name);
    json_unref(v);
    return false;
}

/* -- containers of the parser's -- */

json json_array_of_parts(const struct json_part *parts, size_t count)
{
    json array = container_new(JSON_ARRAY, count);
    if (json_is_absent(array))
        return array;
    struct json_node *n = array.as.node;
    for (size_t i = 0; i < count; i++) {
        json v = parts[i].value;
        bool admitted = admit(n, v, json_text_size(v) + (i > 0), 0);
        assert(admitted); // a parsed value is neither too deep nor longer than its text
        (void)admitted;
        n->as.items[i] = v;
    }
    n->len = count;
    return array;
}

json json_object_of_parts(const struct json_part *parts, size_t count,
                          const struct json_part **repeated)
{
    json object = container_new(JSON_OBJECT, count / 2);
    if (json_is_absent(object))
        return object;
    struct json_container *c = container_of(object.as.node);
    for (size_t i = 0; i < count; i += 2) {
        json key = parts[i].value, v = parts[i + 1].value;
        size_t at = member_find(c, json_str(key));
        bool known = at < c->node.len;
        if (known && repeated) {
            *repeated = &parts[i];
            container_free(c); // the parts are still the caller's
            return json_absent();
        }
        bool ok = known ? member_replace(c, at, v) : member_append(c, key.as.node, v);
        assert(ok); // there is room, and a parsed value is neither too deep nor too long
        (void)ok;
        if (known)
            json_unref(key);
    }
    return object;
}

/* -- changed copies -- */

/* Gives a copy of an object that shares keys and values, with room for more members; skip: a
 * member left out, SIZE_MAX: none. Anything else counts as an empty object. */
static json object_copy(json object, size_t skip, size_t room)
{
    size_t len = object.kind == JSON_OBJECT ? object.as.node->len : 0;
    json copy = json_object(len + room);
    for (size_t i = 0; i < len && !json_is_absent(copy); i++) {
        const struct json_member *m = &object.as.node->as.members[i];
        if (i == skip)
            continue;
        json key = json_ref(of_node(JSON_STRING, m->key));
        json value = json_ref(m->value);
        bool ok = member_append(container_of(copy.as.node), key.as.node, value);
        assert(ok); // there is room, and what fitted the original fits its copy
        (void)ok;
    }
    return copy;
}

json json_with(json object, str key, json v_taken)
{
    json copy = object_copy(object, SIZE_MAX, 1);
    if (json_put_take(&copy, key, v_taken))
        return copy;
    json_unref(copy);
    return json_absent();
}

json json_without(json object, str key)
{
    if (object.kind != JSON_OBJECT)
        return json_object(0);
    size_t at = member_find(container_of(object.as.node), key);
    return at == json_len(object) ? json_ref(object) : object_copy(object, at, 0);
}

json json_with_at(json array, size_t i, json v_taken)
{
    assert(i < json_len(array));
    json copy = json_array(json_len(array));
    for (size_t k = 0; k < json_len(array); k++) {
        json v = k == i ? v_taken : json_ref(json_at(array, k));
        if (json_push_take(&copy, v))
            continue;
        if (k < i)
            json_unref(v_taken);
        json_unref(copy);
        return json_absent();
    }
    return copy;
}

/* -- reading -- */

size_t json_len(json v)
{
    return json_is_container(v) ? v.as.node->len : 0;
}

json json_at(json array, size_t i)
{
    if (array.kind != JSON_ARRAY || i >= array.as.node->len)
        return json_absent();
    return array.as.node->as.items[i];
}

json json_get(json object, str key)
{
    if (object.kind != JSON_OBJECT)
        return json_absent();
    struct json_node *n = object.as.node;
    size_t i = member_find(container_of(n), key);
    return i < n->len ? n->as.members[i].value : json_absent();
}

str json_key_at(json object, size_t i)
{
    if (object.kind != JSON_OBJECT || i >= object.as.node->len)
        return STR_NONE;
    return text_of(object.as.node->as.members[i].key);
}

json json_value_at(json object, size_t i)
{
    if (object.kind != JSON_OBJECT || i >= object.as.node->len)
        return json_absent();
    return object.as.node->as.members[i].value;
}

str json_str(json string)
{
    if (string.kind != JSON_STRING)
        return STR_NONE;
    return (str){string.as.node->as.bytes, string.as.node->len};
}

json json_get_path(json v, ...)
{
    va_list keys;
    va_start(keys, v);
    for (const char *key = va_arg(keys, const char *); key; key = va_arg(keys, const char *))
        v = json_get(v, str_from_c(key));
    va_end(keys);
    return v;
}

static bool objects_equal(json a, json b)
{
    for (size_t i = 0; i < json_len(a); i++) {
        json other = json_get(b, json_key_at(a, i));
        if (json_is_absent(other) || !json_equal(json_value_at(a, i), other))
            return false;
    }
    return true;
}

bool json_equal(json a, json b)
{
    if (json_same(a, b))
        return true;
    if (json_is_number(a) && json_is_number(b))
        return json_numbers_equal(a, b);
    if (a.kind != b.kind)
        return false;
    if (a.kind == JSON_STRING)
        return str_eq(json_str(a), json_str(b));
    if (!json_is_container(a) || json_len(a) != json_len(b))
        return false;
    if (a.kind == JSON_OBJECT)
        return objects_equal(a, b);
    for (size_t i = 0; i < json_len(a); i++)
        if (!json_equal(json_at(a, i), json_at(b, i)))
            return false;
    return true;
}

bool json_same(json a, json b)
{
    if (a.kind != b.kind)
        return false;
    if (a.kind == JSON_INTEGER)
        return a.as.integer == b.as.integer;
    return !has_node(a.kind) || a.as.node == b.as.node;
}

size_t json_text_size(json v)
{
    switch (v.kind) {
    case JSON_ABSENT: return 0;
    case JSON_NULL:
    case JSON_TRUE: return 4;
    case JSON_FALSE: return 5;
    case JSON_INTEGER: return json_integer_size(v.as.integer);
    case JSON_NUMBER:
    case JSON_STRING:
    case JSON_ARRAY:
    case JSON_OBJECT: return v.as.node->u.text_size;
    }
    return 0;
}

const void *json_identity(json v)
{
    return has_node(v.kind) ? v.as.node : NULL;
}

bool json_get_str(json object, str key, str *out)
{
    json v = json_get(object, key);
    *out = json_str(v);
    return v.kind == JSON_STRING;
}

bool json_get_int64(json object, str key, int64_t *out)
{
    return json_to_int64(json_get(object, key), out);
}

bool json_get_bool(json object, str key, bool *out)
{
    json v = json_get(object, key);
    *out = v.kind == JSON_TRUE;
    return json_is_bool(v);
}
