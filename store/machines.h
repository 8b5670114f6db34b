/* State machines and their revisions: each creation or update adds a revision, executions name the
 * one they run. Texts given are lent from the caller's arena.
 * Threads: the connection's (writing functions: writer). Blocks: on the disk. */
#ifndef STORE_MACHINES_H
#define STORE_MACHINES_H

#include "base/arena.h"
#include "store/store.h"

struct store_machine {
    str arn, name;
    bool express, deleting;
    int64_t created_ms, updated_ms;
    int64_t revision; /* number of the current revision */
    str revision_id;  /* UUID; empty: not modified since creation */
    str role_arn, definition;
    str logging_json, tracing_json,
        encryption_json;          /* as the API takes and gives them; empty: default */
    str variable_references_json; /* {"state": ["name"]} of the definition; empty: none */
};

bool store_machine_find(struct store_connection *c, struct arena *a, str arn,
                        struct store_machine *out, bool *found, struct err *err);

/* The machine as it was at a revision (definition, role, configurations of then), also when it has
 * been removed since: then deleting is set, and created_ms is the revision's. */
bool store_machine_revision(struct store_connection *c, struct arena *a, int64_t revision,
                            struct store_machine *out, bool *found, struct err *err);

/* In order of ARN, those after `after` (empty: from the start), at most limit; out has room for it.
 * Revision ids, roles, definitions and configurations are left out. */
bool store_machines_list(struct store_connection *c, struct arena *a, str after, size_t limit,
                         struct store_machine *out, size_t *count, struct err *err);

/* Errors: ERR_CONFLICT when there is one of that ARN (or as any write). */
bool store_machine_insert(struct store_connection *c, const struct store_machine *m,
                          int64_t *revision, struct err *err);
/* A new revision with m's role, definition, configurations, updated_ms and revision_id. Errors:
 * ERR_STATE_MACHINE_DOES_NOT_EXIST, with a revision made: in a job that may fail. */
bool store_machine_update(struct store_connection *c, const struct store_machine *m,
                          int64_t *revision, struct err *err);
/* Marks it DELETING, or removes it and its tags when it has no running execution (else its last
 * execution's end does); removed: it is gone, or there was none. */
bool store_machine_delete(struct store_connection *c, str arn, bool *removed, struct err *err);

/* -- tags of any resource -- */
struct store_tag {
    str key, value;
};
bool store_tags_list(struct store_connection *c, struct arena *a, str arn, struct store_tag **out,
                     size_t *count, struct err *err);
bool store_tag_set(struct store_connection *c, str arn, str key, str value, struct err *err);
bool store_tag_remove(struct store_connection *c, str arn, str key, struct err *err);

#endif
