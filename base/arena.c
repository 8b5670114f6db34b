/* Arenas: a list of blocks, each twice the last up to a bound; a large allocation has its own.
 *
 *     newest block: [header | used … | tail, poisoned under ASan]  ──>  older  ──>  oldest */
#include "base/arena.h"

#include "base/mem.h"

#include <stdalign.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#if defined(__SANITIZE_ADDRESS__)
#    define ARENA_POISONS 1
#elif defined(__has_feature)
#    if __has_feature(address_sanitizer)
#        define ARENA_POISONS 1
#    endif
#endif
#ifdef ARENA_POISONS
#    include <sanitizer/asan_interface.h>
#else
#    define ASAN_POISON_MEMORY_REGION(ptr, size)   ((void)(ptr), (void)(size))
#    define ASAN_UNPOISON_MEMORY_REGION(ptr, size) ((void)(ptr), (void)(size))
#endif

struct arena_block {
    struct arena_block *older;
    size_t size, used; /* of data */
    max_align_t data[];
};

enum { BLOCK_MIN_BYTES = 1024, BLOCK_MAX_BYTES = 64 * 1024 };

void arena_init(struct arena *a, size_t max_bytes)
{
    *a = (struct arena){NULL, 0, max_bytes};
}

void arena_release(struct arena *a)
{
    while (a->blocks) {
        struct arena_block *b = a->blocks;
        a->blocks = b->older;
        ASAN_UNPOISON_MEMORY_REGION(b->data, b->size);
        mem_free(b);
    }
    a->used_bytes = 0;
}

static struct arena_block *block_new(struct arena *a, size_t least)
{
    size_t size = a->blocks ? a->blocks->size * 2 : BLOCK_MIN_BYTES;
    size = size > BLOCK_MAX_BYTES ? BLOCK_MAX_BYTES : size;
    size = size < least ? least : size;
    struct arena_block *b = NULL;
    size_t bytes;
    if (!__builtin_add_overflow(offsetof(struct arena_block, data), size, &bytes))
        b = mem_try(bytes);
    if (!b)
        return NULL;
    b->older = a->blocks;
    b->size = size;
    b->used = 0;
    ASAN_POISON_MEMORY_REGION(b->data, size);
    a->blocks = b;
    return b;
}

void *arena_alloc(struct arena *a, size_t size)
{
    // An allocation costs a unit at least, or a maximum would not bound many empty ones.
    const size_t align = alignof(max_align_t);
    size_t rounded;
    if (__builtin_add_overflow(size ? size : 1, align - 1, &rounded))
        return NULL;
    rounded -= rounded % align;
    if (rounded > a->max_bytes || a->used_bytes > a->max_bytes - rounded)
        return NULL;
    struct arena_block *b = a->blocks;
    if (!b || b->size - b->used < rounded)
        b = block_new(a, rounded);
    if (!b)
        return NULL;
    char *at = (char *)b->data + b->used;
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    b->used += rounded;
    a->used_bytes += rounded;
    memset(at, 0, size);
    return at;
}

void *arena_array(struct arena *a, size_t count, size_t size)
{
    size_t bytes;
    return __builtin_mul_overflow(count, size, &bytes) ? NULL : arena_alloc(a, bytes);
}

str arena_str(struct arena *a, str s)
{
    char *copy = s.len < SIZE_MAX ? arena_alloc(a, s.len + 1) : NULL;
    if (!copy)
        return STR_NONE;
    if (s.len)
        memcpy(copy, s.ptr, s.len);
    return (str){copy, s.len};
}

const char *str_to_cstr(struct arena *a, str s)
{
    return arena_str(a, s).ptr;
}

str arena_printf(struct arena *a, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    char *text = len < 0 ? NULL : arena_alloc(a, (size_t)len + 1);
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, format, again); // measured just now
    va_end(again);
    return text ? (str){text, (size_t)len} : STR_NONE;
}
