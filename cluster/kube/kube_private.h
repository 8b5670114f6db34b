/* The room's state. Who touches what: `writer` fields by that thread alone once the store runs; the
 * rest is set before requests come and not changed. */
#ifndef CLUSTER_KUBE_KUBE_PRIVATE_H
#define CLUSTER_KUBE_KUBE_PRIVATE_H

#include "base/hashmap.h"
#include "base/rng.h"
#include "cluster/kube/kube.h"

#include <pthread.h>

enum {
    OBSERVERS_MAX = 8,
    VERSION_TEXT_MAX = 16,
    /* Changes that a watch can begin behind: as many as a busy minute has. What is older is told to
     * be too old, and the client lists again. */
    RECENT_MAX = 1024,
    EVENTS_KEPT = 1000, /* of a namespace; Kubernetes keeps them an hour */
    EVENTS_TRIM_EVERY = 64,
};

struct kind;

struct observer {
    kube_observer *fn;
    void *context;
};

/* A change that has happened. */
struct recent {
    enum kube_change change;
    int64_t version;
    const struct kind *kind;
    char *cluster; /* mem_* */
    json object, before;
};

struct kube {
    struct store *store;
    struct clock *clock;
    char kubernetes_version[VERSION_TEXT_MAX];

    pthread_mutex_t rng_lock; /* guards rng */
    struct rng rng;

    struct observer observers[OBSERVERS_MAX];
    size_t observers_count;
    kube_live_log *live;
    void *live_context;

    /* writer */
    int64_t version;        /* the last resourceVersion given */
    struct hashmap *owners; /* uids that ownerReferences name, and perhaps some that none does */
    uint64_t events_made;

    pthread_mutex_t recent_lock; /* guards below */
    struct recent recent[RECENT_MAX];
    size_t recent_count, recent_next; /* a ring */
    int64_t recent_since;             /* all changes after this version are in it */
};

void kube_uuid(struct kube *k, char out[UUID_TEXT_LEN + 1]);
/* Five characters of Kubernetes' alphabet, terminated. */
enum { SUFFIX_LEN = 5 };
void kube_suffix(struct kube *k, char out[SUFFIX_LEN + 1]);

/* Remembers a change and tells observers. Threads: writer, after the commit. */
void kube_tell(struct kube *k, enum kube_change change, str cluster, const struct kind *kind,
               json object, json before);

void kube_recent_lock(struct kube *k);
void kube_recent_unlock(struct kube *k);

/* Notes the owners that an object names. Threads: writer, setup. */
void kube_note_owners(struct kube *k, json object);

#endif
