/* What the files of the distributed Map share: a Map Run while it goes on. */
#ifndef ENGINE_MAP_RUN_PRIVATE_H
#define ENGINE_MAP_RUN_PRIVATE_H

#include "engine_private.h"
#include "store/map_runs.h"

struct map_child {
    uint64_t execution; /* 0: it has ended */
    uint64_t item;      /* its first */
    uint64_t items;
    json output; /* of one that succeeded, when the state's result is made of it */
};

struct map_writer;

struct map_run {
    struct store_map_run row; /* as it was last written; its ARN is ours */
    str uuid;                 /* the end of its ARN */
    struct machine *children_machine;
    json input;       /* the Map state's effective input */
    json items;       /* ABSENT: the ItemReader has not answered yet */
    json context;     /* the context object without Map; ABSENT: not wanted */
    json batch_input; /* ABSENT: none */
    char *source;     /* of the items, as Map.Item.Source has it */
    int64_t max_batch_items, max_batch_bytes; /* 0: no such limit */
    uint64_t next_item;                       /* the first that no child has */
    uint64_t failed_items;
    size_t running;
    struct map_child *children; /* in the order of their items */
    size_t count, room;
    bool awaits_commit;  /* of the step being built; then it goes on */
    bool failed;         /* no more are started; it ends FAILED once none runs */
    char *error, *cause; /* why; NULL: none */
    struct map_writer *writer;
};

static inline const struct asl_distributed *distributed(const struct frame *f)
{
    return f->state->as.map.distributed;
}

static inline str text_or_none(const char *s)
{
    return s ? str_from_c(s) : STR_NONE;
}

/* -- map_run.c -- */
/* The run will end FAILED; its child executions are aborted. Borrows the texts. */
void map_run_fail(struct execution *x, struct frame *f, str error, str cause);
/* Takes err. */
void map_run_fail_with(struct execution *x, struct frame *f, struct err *err);
/* All is done: MapRunSucceeded or MapRunFailed, and on. result_taken: of one that succeeded. */
void map_run_end(struct execution *x, struct frame *f, json result_taken);
/* Sends a call of the ItemReader or the ResultWriter, and waits. False: err is set. */
bool map_run_call(struct execution *x, struct frame *f, str resource, json parameters_taken,
                  enum frame_wait wait, struct err *err);

/* What is the same for every visit of the state with this input, and so after a restart: the input,
 * the items that are in it, the context. */
bool map_run_prepare(const struct frame *f, struct map_run *r, const struct scope *scope,
                     struct err *err);
/* The numbers and what else is evaluated once a run; gives what the ItemReader is asked for, ABSENT
 * without one. */
bool map_run_settle(const struct frame *f, struct map_run *r, const struct scope *scope,
                    json *request, struct err *err);
void map_run_machine(struct execution *x, const struct frame *f, struct map_run *r);
void map_run_source(const struct frame *f, struct map_run *r, json request);

/* -- map_children.c -- */
/* Notes a child, in the order of the items; execution 0: it has ended. */
void map_child_note(struct map_run *r, uint64_t execution, uint64_t item, uint64_t items);

/* More children are started once the step being built is committed. */
void map_run_await(struct execution *x, struct frame *f);

/* -- map_items.c -- */
/* Gives the input of the next child execution and how many items it takes. */
bool map_items_next(struct execution *x, const struct frame *f, json *input, uint64_t *items,
                    struct err *err);

/* -- map_results.c -- */
/* The child executions have ended: makes the result, or begins to write it; then map_run_end. */
void map_results_begin(struct execution *x, struct frame *f);
/* An object has been written; or has not. */
void map_results_written(struct execution *x, struct frame *f, const struct message *m);
void map_results_free(struct map_writer *w); /* accepts NULL */

#endif
