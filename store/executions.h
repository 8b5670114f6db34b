/* Executions and their histories, read; and the step, by which the engine writes them.
 *
 * A step is all that one run of an execution changed: events, frames, the start, the end. It is
 * built on a worker, and applied by the writer in one transaction with others. Values are taken by
 * reference; the writer makes their text. A value whose text is longer than
 * STORE_PAYLOAD_MIN_BYTES is stored once in an execution and referred to.
 * Threads: as each function says. */
#ifndef STORE_EXECUTIONS_H
#define STORE_EXECUTIONS_H

#include "base/arena.h"
#include "base/json.h"
#include "store/store.h"

enum { STORE_PAYLOAD_MIN_BYTES = 512 };

enum store_status {
    STORE_RUNNING,
    STORE_SUCCEEDED,
    STORE_FAILED,
    STORE_TIMED_OUT,
    STORE_ABORTED,
    STORE_STATUS_COUNT
};
str store_status_name(enum store_status s); /* "RUNNING" */
bool store_status_parse(str text, enum store_status *out);

/* -- reading; Threads: the connection's. Blocks: on the disk. -- */
struct store_execution {
    uint64_t id;
    str arn, machine_arn, name;
    int64_t revision;
    bool express;
    enum store_status status;
    int64_t start_ms, stop_ms; /* stop_ms 0: running */
    str input;                 /* verbatim as it was given */
    str output, error, cause;  /* ptr NULL: none */
    uint64_t map_run;          /* of a Map Run's child execution, else 0 */
    uint64_t item, items;      /* its first item's index, and how many it has */
};

bool store_execution_find(struct store_connection *c, struct arena *a, str arn,
                          struct store_execution *out, bool *found, struct err *err);

struct store_executions_page {
    str machine_arn;
    int status;         /* an enum store_status; -1: any */
    int64_t before_ms;  /* INT64_MAX at first, else of the last one seen */
    uint64_t before_id; /* UINT64_MAX at first */
    size_t limit;
};
/* Newest first; input, output, error and cause are left out. out has room for limit. */
bool store_executions_list(struct store_connection *c, struct arena *a,
                           const struct store_executions_page *page, struct store_execution *out,
                           size_t *count, struct err *err);

/* Every execution that was running at the last commit, oldest first, each to fn. Lent to it. */
typedef bool store_execution_each(void *context, const struct store_execution *e, struct err *err);
bool store_executions_running(struct store_connection *c, store_execution_each *fn, void *context,
                              struct err *err);

/* The largest execution id ever used; 0: none. */
bool store_execution_last_id(struct store_connection *c, uint64_t *out, struct err *err);

/* One event as stored: details hold all members but the one value named by data_name ("input",
 * "output", "parameters"…), which is JSON text. Lent to fn. */
struct store_event_row {
    uint64_t id, previous;
    str type; /* "PassStateEntered" */
    int64_t at_ms;
    str details;         /* a JSON object's text; ptr NULL: the type has none */
    str data_name, data; /* ptr NULL: none */
};
typedef bool store_event_each(void *context, const struct store_event_row *e, struct err *err);
/* Ascending from `from` (1 the first), or, reverse, descending from it (UINT64_MAX: the last). */
bool store_events_read(struct store_connection *c, uint64_t execution, uint64_t from, bool reverse,
                       size_t limit, store_event_each *fn, void *context, struct err *err);

/* -- frames, for recovery -- */
struct store_frame {
    uint64_t id, parent;                 /* parent 0: none */
    json data;                           /* the engine's own record, small */
    json input, work, output, variables; /* values; ABSENT: none */
};
typedef bool store_frame_each(void *context, const struct store_frame *f,
                              struct err *err); /* borrows f */
/* In order of id. */
bool store_frames_read(struct store_connection *c, uint64_t execution, store_frame_each *fn,
                       void *context, struct err *err);

/* -- the step; Threads: holder until submitted. Blocks: never. -- */

/* What of an execution's values is in the store already: beside the execution, in its memory. */
enum { STORE_PAYLOADS_KEPT = 8 };
struct store_payloads {
    uint64_t next_id;
    struct {
        json value; /* a reference: keeps the identity from being reused */
        uint64_t id;
    } kept[STORE_PAYLOADS_KEPT];
    unsigned oldest;
    uint64_t frames_max; /* no frame above it is in the store; UINT64_MAX: not known */
};
/* next_id: 1 for a new execution, else what store_payloads_next_id tells. */
void store_payloads_init(struct store_payloads *p, uint64_t next_id);
/* Drops the kept values; p may be used on (a parked execution need not hold them). */
void store_payloads_release(struct store_payloads *p);
/* The next free payload id of an execution, for recovery. */
bool store_payloads_next_id(struct store_connection *c, uint64_t execution, uint64_t *out,
                            struct err *err);

struct store_step;

/* What became of a start whose name was taken. */
enum store_start { STORE_STARTED, STORE_START_SAME, STORE_START_CLASH };

/* Threads: writer, after the commit. start: of a step that starts an execution, else STORE_STARTED;
 * STORE_START_SAME: one of that name with the same input is running since start_ms, and nothing of
 * this step was written; STORE_START_CLASH: the name is taken, nothing written. start_ms: of a step
 * that starts, else 0. err is never NULL; set when nothing was written: ERR_STORE_FULL, a full disk
 * refused a step that starts (or the store closed first); ERR_NO_MEMORY;
 * ERR_EXECUTION_DOES_NOT_EXIST, a later step of an execution whose start was not written. */
typedef void store_step_done(void *context, enum store_start start, int64_t start_ms,
                             const struct err *err);

/* Gives a step for an execution; payloads (NULL: large values are not shared with other steps, and
 * there are none in it when the execution has any) is changed by adding and submitting, so steps of
 * one execution are built one after the other. done may be NULL. */
struct store_step *store_step_new(struct store *s, uint64_t execution,
                                  struct store_payloads *payloads, store_step_done *done,
                                  void *context);

/* Copies. status of e is RUNNING; without_clash: the name is new by construction (a UUID): should
 * it be taken all the same, that is a clash, never the same start. */
void store_step_start(struct store_step *step, const struct store_execution *e, bool without_clash);

struct store_event {
    uint64_t id, previous;
    const char *type; /* static */
    int64_t at_ms;
    json details_taken;    /* an object, or ABSENT */
    const char *data_name; /* static; NULL: no data */
    json data;             /* borrowed */
    bool is_input;         /* the data is the execution's input: kept there, verbatim, alone */
};
void store_step_event(struct store_step *step, const struct store_event *e);

/* A frame as it is now: written whole; a later one in the same step replaces it. Borrows f. A frame
 * never changes its parent; ids are not 0. */
void store_step_frame(struct store_step *step, const struct store_frame *f);
/* One that was made in this step then costs nothing at all. */
void store_step_frame_delete(struct store_step *step, uint64_t frame);
/* All frames below parent, their children too; parent itself stays. */
void store_step_frames_delete_under(struct store_step *step, uint64_t parent);

/* The end: all frames of the execution are deleted with it. error, cause: ptr NULL: none. */
void store_step_end(struct store_step *step, enum store_status status, json output, str error,
                    str cause, int64_t stop_ms);

size_t store_step_size(const struct store_step *step); /* events and frames in it */

/* Takes step. Steps of one execution are applied in the order of submission. */
void store_step_submit_take(struct store_step *step, bool soon);

#endif
