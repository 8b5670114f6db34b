/* The stack: every room put together, from the clock to the listener, and taken apart again.
 * `stepd serve` and `stepd run` stand on it. Threads: main. */
#ifndef CLI_STACK_H
#define CLI_STACK_H

#include "api/api.h"
#include "base/clock.h"
#include "cluster/cluster.h"
#include "engine/engine.h"
#include "integrations/integrations.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/sts.h"
#include "settings.h"
#include "store/store.h"

#include <pthread.h>
#include <stdatomic.h>

struct stack {
    struct clock *clock;
    struct store *store;
    struct sts sts;
    struct http_client *http;
    struct cluster *cluster;
    struct http_server *listener;
    struct integrations *integrations;
    struct engine *engine;
    struct api *api;
    uint64_t seed;
    bool limits_off, skips;
    char eks_endpoint[64]; /* of the embedded control plane */
    /* Requests pass while it is open: they hold it to read, who opens or closes it to write. So no
     * request is inside a room that is being taken apart. */
    pthread_rwlock_t gate;
    bool open;
};

/* Starts all; on failure nothing is left. observer: for `run`; NULL: none. */
bool stack_start(struct stack *s, const struct settings *settings, engine_observer *observer,
                 void *observer_context, struct err *err);

/* Lets requests in: before, they are answered 503. */
void stack_open(struct stack *s);

/* Stops all, in the order that leaves nobody calling what is gone. Accepts one partly started. */
void stack_stop(struct stack *s);

#endif
