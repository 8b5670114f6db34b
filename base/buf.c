/* A growing byte buffer: doubles until its maximum, remembers its first failure. */
#include "base/buf.h"

#include "base/mem.h"

#include <stdarg.h>
#include <stdio.h>

enum { BUF_FIRST_BYTES = 64 };

void buf_init(struct buf *b, size_t max_bytes)
{
    *b = (struct buf){.max_bytes = max_bytes};
}

void buf_release(struct buf *b)
{
    mem_free(b->ptr);
    b->ptr = NULL;
    b->len = b->cap = 0;
}

void buf_reset(struct buf *b)
{
    b->len = 0;
    b->failed = false;
}

char *buf_reserve(struct buf *b, size_t len)
{
    if (b->failed)
        return NULL;
    if (len > b->max_bytes || b->len > b->max_bytes - len) {
        b->failed = true;
        return NULL;
    }
    size_t wanted = b->len + len;
    if (wanted > b->cap || !b->ptr) {
        size_t cap = b->cap ? b->cap : BUF_FIRST_BYTES;
        while (cap < wanted && cap <= b->max_bytes / 2)
            cap *= 2;
        if (cap < wanted || cap > b->max_bytes)
            cap = b->max_bytes;
        char *ptr = mem_resize(b->ptr, cap);
        if (!ptr) {
            b->failed = true;
            return NULL;
        }
        b->ptr = ptr;
        b->cap = cap;
    }
    return b->ptr + b->len;
}

void buf_add(struct buf *b, str s)
{
    char *at = buf_reserve(b, s.len);
    if (!at || s.len == 0)
        return;
    memcpy(at, s.ptr, s.len);
    b->len += s.len;
}

void buf_add_char(struct buf *b, char c)
{
    if (b->len < b->cap && !b->failed) {
        b->ptr[b->len++] = c; // cap never passes the maximum
        return;
    }
    char *at = buf_reserve(b, 1);
    if (at) {
        *at = c;
        b->len++;
    }
}

void buf_printf(struct buf *b, const char *format, ...)
{
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    va_end(args);
    // One byte more for the terminator that vsnprintf writes and we do not count. At the maximum
    // there is no room for it: the text goes through a block of its own.
    size_t size = len < 0 ? 0 : (size_t)len;
    if (len < 0) {
        b->failed = true;
    } else if (size < b->max_bytes && b->len < b->max_bytes - size) {
        char *at = buf_reserve(b, size + 1);
        if (at) {
            (void)vsnprintf(at, size + 1, format, again); // measured just now
            b->len += size;
        }
    } else {
        char *text = mem_try(size + 1);
        if (text) {
            (void)vsnprintf(text, size + 1, format, again);
            buf_add(b, (str){text, size});
        } else {
            b->failed = true;
        }
        mem_free(text);
    }
    va_end(again);
}

str buf_give(struct buf *b)
{
    if (!b->ptr && !b->failed)
        (void)buf_reserve(b, 0); // an empty content is a block all the same
    str given = b->failed ? STR_NONE : (str){b->ptr, b->len};
    if (b->failed)
        mem_free(b->ptr);
    *b = (struct buf){.max_bytes = b->max_bytes};
    return given;
}
