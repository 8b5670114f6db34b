/* What the files of net share. */
#ifndef NET_NET_PRIVATE_H
#define NET_NET_PRIVATE_H

#include "base/str.h"

/* The bytes of a str that is ours (given by buf_give, say), no longer const: to be freed. */
static inline void *str_owned_bytes(str s)
{
    void *bytes;
    memcpy(&bytes, &s.ptr, sizeof(bytes));
    return bytes;
}

#endif
