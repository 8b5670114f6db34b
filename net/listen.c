/* The listening socket: ours and not MHD's, for the error's words, and since accepted sockets
 * inherit TCP_NODELAY from it: one system call a connection less. */
#include "listen_private.h"

#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

enum { BACKLOG = 1024 };

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

static bool address_parse(str host, uint16_t port, union address *out, socklen_t *len)
{
    char text[INET6_ADDRSTRLEN];
    if (host.len == 0 || host.len >= sizeof(text))
        return false;
    memcpy(text, host.ptr, host.len);
    text[host.len] = '\0';
    memset(out, 0, sizeof(*out));
    if (inet_pton(AF_INET, text, &out->v4.sin_addr) == 1) {
        out->v4.sin_family = AF_INET;
        out->v4.sin_port = htons(port);
        *len = sizeof(out->v4);
        return true;
    }
    if (inet_pton(AF_INET6, text, &out->v6.sin6_addr) == 1) {
        out->v6.sin6_family = AF_INET6;
        out->v6.sin6_port = htons(port);
        *len = sizeof(out->v6);
        return true;
    }
    return false;
}

int listen_socket(str host, uint16_t port, bool *v6, uint16_t *bound, struct err *err)
{
    union address address;
    socklen_t len;
    int one = 1;
    if (!address_parse(host, port, &address, &len)) {
        err_set(err, ERR_NETWORK, "cannot listen on '%.*s': not an IP address", STR_ARG(host));
        return -1;
    }
    *v6 = address.any.sa_family == AF_INET6;
    int fd = socket(address.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one)) == 0 &&
        setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one)) == 0 &&
        bind(fd, &address.any, len) == 0 && listen(fd, BACKLOG) == 0 &&
        getsockname(fd, &address.any, &len) == 0) {
        *bound = ntohs(*v6 ? address.v6.sin6_port : address.v4.sin_port);
        return fd;
    }
    err_set_errno(err, ERR_NETWORK, *v6 ? "cannot listen on [%.*s]:%u" : "cannot listen on %.*s:%u",
                  STR_ARG(host), (unsigned)port);
    if (fd >= 0)
        close(fd);
    return -1;
}
