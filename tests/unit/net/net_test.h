/* What the HTTP tests share: bare sockets, and a value handed from one thread to another. */
#ifndef TESTS_UNIT_NET_NET_TEST_H
#define TESTS_UNIT_NET_NET_TEST_H

#include "base/buf.h"
#include "unit.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 30000, READ_MAX_BYTES = 8 << 20 };

static inline void pause_ms(int ms)
{
    (void)poll(NULL, 0, ms);
}

static inline int connect_to(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    if (connect(fd, (struct sockaddr *)&address, sizeof(address)) == 0)
        return fd;
    close(fd);
    return -1;
}

/* Sends all it can; false when the other side has had enough. */
static inline bool send_all(int fd, str data)
{
    while (data.len) {
        ssize_t n = send(fd, data.ptr, data.len, MSG_NOSIGNAL);
        if (n <= 0)
            return false;
        data = str_skip(data, (size_t)n);
    }
    return true;
}

/* Appends what comes until `until` is in it or the other side closes or WAIT_MS pass. */
static inline void read_until(int fd, struct buf *in, const char *until)
{
    for (;;) {
        struct pollfd p = {.fd = fd, .events = POLLIN};
        if (until && in->len && memmem(in->ptr, in->len, until, strlen(until)))
            return;
        if (poll(&p, 1, WAIT_MS) != 1)
            return;
        char *to = buf_reserve(in, 65536);
        assert_non_null(to);
        ssize_t n = recv(fd, to, 65536, 0);
        if (n <= 0)
            return;
        in->len += (size_t)n;
    }
}

static inline bool contains(const struct buf *b, const char *part)
{
    return b->len && memmem(b->ptr, b->len, part, strlen(part)) != NULL;
}

/* A gate: one thread waits until others have opened it n times. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t opened;
    int count;
};

#define GATE_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                     \
    }

static inline void gate_open(struct gate *g)
{
    pthread_mutex_lock(&g->lock);
    g->count++;
    pthread_cond_broadcast(&g->opened);
    pthread_mutex_unlock(&g->lock);
}

/* Waits for count openings and takes them; false after ms. */
static inline bool gate_pass(struct gate *g, int count, int ms)
{
    struct timespec until;
    int rc = 0;
    clock_gettime(CLOCK_REALTIME, &until);
    until.tv_sec += ms / 1000;
    until.tv_nsec += (long)(ms % 1000) * 1000000;
    until.tv_sec += until.tv_nsec / 1000000000;
    until.tv_nsec %= 1000000000;
    pthread_mutex_lock(&g->lock);
    while (g->count < count && rc == 0)
        rc = pthread_cond_timedwait(&g->opened, &g->lock, &until);
    bool ok = g->count >= count;
    if (ok)
        g->count -= count;
    pthread_mutex_unlock(&g->lock);
    return ok;
}

#endif
