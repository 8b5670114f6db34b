/* A step between its building (step.c, step_frames.c; on a worker) and its writing (step_apply.c;
 * on the writer). Values are references until the writer prints them. */
#ifndef STORE_STEP_PRIVATE_H
#define STORE_STEP_PRIVATE_H

#include "index.h"
#include "store/executions.h"
#include "store/map_runs.h"
#include "store_private.h"

/* Events that need no memory of their own: a Pass has five. Frames found without an index. */
enum { STEP_EVENTS_FEW = 6, STEP_FRAMES_FEW = 8 };

struct step_value {
    json value;
    uint64_t ref; /* of its payload; 0: the value stands in its row. Set when submitted. */
};

struct step_event {
    uint64_t id, previous;
    const char *type;
    int64_t at_ms;
    json details;
    const char *data_name;
    struct step_value data;
    bool is_input; /* its data is the execution's: reference 0 */
};

struct step_payload {
    uint64_t id;
    json value;
    bool stored; /* by an earlier step: here only to be found */
};

/* What a step knows of a frame. STUB: it is only somebody's parent. GONE: it was made and deleted
 * here, or is deleted with an ancestor; nothing is written for it. */
enum step_frame_state { STEP_FRAME_STUB, STEP_FRAME_PUT, STEP_FRAME_DELETED, STEP_FRAME_GONE };

struct step_frame {
    uint64_t id, parent;
    enum step_frame_state state;
    bool linked; /* it is in its parent's list */
    json data;
    struct step_value input, work, output, variables;
    size_t first_child, next_sibling; /* places in frames plus 1; 0: none */
    size_t op, unders; /* its place in ops plus 1, and step->unders when it was made */
};

enum step_op_kind { STEP_OP_FRAME, STEP_OP_DELETE_UNDER };

/* What is to be done with frames, in order. The op of a frame does as its state says, and only if
 * it is the frame's last. */
struct step_op {
    enum step_op_kind kind;
    size_t frame;    /* STEP_OP_FRAME: place in frames */
    uint64_t parent; /* STEP_OP_DELETE_UNDER */
};

struct store_step {
    struct store_job job; /* first: a job is a step */
    struct store *store;
    uint64_t execution;
    struct store_payloads *payloads; /* until submitted */
    store_step_done *done;
    void *context;

    bool starts, without_clash, no_memory; /* no_memory: for the start's texts */
    struct store_execution start;
    char *start_texts;

    bool ends, frames_never; /* frames_never: the execution has none in the store */
    enum store_status status;
    int64_t stop_ms;
    struct step_value output;
    str error, cause;
    char *end_texts;

    struct step_event *events; /* events_few, or a block */
    size_t events_count, events_room;
    struct step_event events_few[STEP_EVENTS_FEW];

    struct step_payload *values;
    size_t values_count, values_room;
    struct index values_by_identity;

    struct step_frame *frames;
    size_t frames_count, frames_room, frames_written;
    struct index frames_by_id; /* once there are more than a few */
    struct step_op *ops;
    size_t ops_count, ops_room;
    struct store_map_run *map_runs; /* their ARNs are copies */
    size_t map_runs_count, map_runs_room;

    size_t unders;        /* STEP_OP_DELETE_UNDER so far */
    uint64_t frames_base; /* no frame above it was in the store before this step */

    /* of the last try */
    enum store_start result;
    int64_t result_ms;
    bool passed_over; /* its execution was not started */
};

/* Gives a block of twice the room with the count elements of old; frees old unless it is few. */
void *step_array_grow(void *old, const void *few, size_t count, size_t *room, size_t size);

/* -- step_frames.c -- */
void step_frames_release(struct store_step *step);

/* -- map_runs.c -- */
void step_map_runs_release(struct store_step *step);
bool step_map_runs_apply(const struct store_step *step, struct store_connection *c,
                         struct err *err);

/* -- step_apply.c -- */
store_apply step_apply;

#endif
