/* A growing byte buffer with a maximum from birth, and sticky failure: append freely, ask buf_ok
 * once. After a failure the content is whatever fitted and must not be used.
 * Threads: holder. Blocks: never. */
#ifndef BASE_BUF_H
#define BASE_BUF_H

#include "base/attributes.h"
#include "base/str.h"

struct buf {
    char *ptr;
    size_t len, cap, max_bytes;
    bool failed; /* past the maximum, or no memory */
};

void buf_init(struct buf *b, size_t max_bytes);
void buf_release(struct buf *b); /* accepts an empty (zeroed) one */
void buf_reset(struct buf *b);   /* empty again, keeps its memory, forgets a failure */

void buf_add(struct buf *b, str s);
void buf_add_char(struct buf *b, char c);
void buf_printf(struct buf *b, const char *format, ...) PRINTF_LIKE(2, 3);

/* Makes room for len bytes more and lends where they go (then add to b->len), or NULL. */
char *buf_reserve(struct buf *b, size_t len);

static inline bool buf_ok(const struct buf *b)
{
    return !b->failed;
}

/* Lends the content until the buffer changes. */
static inline str buf_str(const struct buf *b)
{
    return (str){b->ptr, b->len};
}

/* Gives the content away (mem_free its ptr, which is never NULL unless failed) and empties b. */
str buf_give(struct buf *b);

#endif
