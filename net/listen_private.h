/* A listening TCP socket. */
#ifndef NET_LISTEN_PRIVATE_H
#define NET_LISTEN_PRIVATE_H

#include "base/err.h"

/* Gives a socket that listens on an IP literal, or -1. *bound is its port, *v6 its family. */
int listen_socket(str host, uint16_t port, bool *v6, uint16_t *bound, struct err *err);

#endif
