/* A change: one request to write, from its submission to its answer.
 *
 *   http or any thread                        writer
 *   change_new, fill ──▶ change_submit_take ──▶ run (in the transaction; again after a rollback)
 *                                               commit
 *                                               observers are told, then finish answers; freed
 *
 * run reads the objects as they are then, so no two changes interleave. It refuses with a failure
 * (or, for the store's own errors, with err); a refused change leaves nothing behind: it runs in a
 * savepoint. What a change did is told to observers in the order in which it was done. */
#ifndef CLUSTER_KUBE_CHANGE_PRIVATE_H
#define CLUSTER_KUBE_CHANGE_PRIVATE_H

#include "kube_private.h"
#include "objects_private.h"
#include "request_private.h"
#include "status_private.h"

struct change;
typedef bool change_run(struct change *w, struct store_connection *c, struct err *err);

struct told {
    enum kube_change change;
    const struct kind *kind;
    json object;
    json before; /* of a modification */
};

enum update_part { UPDATE_MAIN, UPDATE_STATUS, UPDATE_BOTH };

struct change {
    struct store_job job; /* first: a job is a change */
    struct kube *k;
    struct arena arena; /* what the texts below live in */
    change_run *run;
    str cluster;
    const struct kind *kind;
    str ns, name;

    /* what is asked */
    json body;
    str manager;
    bool dry;
    const struct shape_report *read; /* of the body, or NULL */
    enum update_part part;
    enum field_validation validation;
    enum patch_type patch;
    struct delete_options options;
    struct kube_selector *labels, *fields; /* of a deletion of many */
    kube_mutate *mutate;
    str ca_pem; /* of a cluster being seeded; empty: as its first namespace has it */

    /* what became of it; made anew by each try */
    struct failure failure;
    int code;
    json answer;
    const char *warning;        /* of the answer's header, or NULL */
    struct shape_report report; /* of a patched object */
    struct told *told;
    size_t told_count, told_room;
    bool wrote;

    /* whom to tell */
    struct request *request; /* or NULL */
    kube_done *done;         /* or NULL */
    void *context;
};

/* Gives a change; fill it, then change_submit_take. Texts are copied. Never NULL. */
struct change *change_new(struct kube *k, change_run *run, str cluster, const struct kind *kind,
                          str ns, str name);
void change_submit_take(struct change *w);
/* For one that is not submitted. */
void change_free(struct change *w);

/* -- means of run. False: w->failure or err is set. -- */
/* Gives the object; absent refuses with 404. */
bool change_load(struct change *w, struct store_connection *c, const struct kind *kind, str ns,
                 str name, json *out, struct err *err);
/* Writes *object with the next resourceVersion, which is put into it. before: what it was; ABSENT:
 * it is new. */
bool change_put(struct change *w, struct store_connection *c, const struct kind *kind, json before,
                json *object, struct err *err);
/* Removes an object's row and its logs. */
bool change_remove(struct change *w, struct store_connection *c, const struct kind *kind,
                   json object, struct err *err);
void change_answer(struct change *w, int code, json answer);

/* -- create.c -- */
change_run create_run;
bool create_object(struct change *w, struct store_connection *c, const struct kind *kind, str ns,
                   json *object, struct err *err);
/* -- update.c -- */
change_run update_run, mutate_run, patch_run;
/* Brings old to changed, as an update of a part. Gives what is stored in *out. */
bool update_object(struct change *w, struct store_connection *c, const struct kind *kind, json old,
                   json changed, enum update_part part, json *out, struct err *err);
/* Sets or renews a manager's entry in metadata.managedFields. */
void managed_fields_put(json *object, const struct change *w, bool status);
/* -- delete.c -- */
change_run delete_run, delete_many_run;
/* After an object is gone: an owner in foreground deletion may follow. */
bool delete_follow(struct change *w, struct store_connection *c, json gone, struct err *err);
/* -- seed.c -- */
/* The service account and CA config map that every namespace has. */
bool seed_namespace(struct change *w, struct store_connection *c, str ns, struct err *err);

#endif
