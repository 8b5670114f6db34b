/* The engine: executions of state machines.
 *
 * An execution is a set of frames (the machine, branches, map iterations) and a mailbox. Workers
 * take executions that have messages from a run queue; one runs on one worker at a time, until it
 * ends or waits for a timer, a task or its children. Nothing waits in a call, no execution holds a
 * thread. What a run changed goes to the store as one step; effects that can be seen outside (a
 * task sent, an answer given) follow the commit.
 *
 * Callbacks come on `writer` after the commit; they must be short.
 * Threads: any, unless said. Blocks: never, unless said. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "asl/asl.h"
#include "base/clock.h"
#include "integrations/integrations.h"
#include "store/executions.h"

struct engine;

/* What an observer hears of each event as it happens, before it is durable (for `stepd run`). */
struct engine_event {
    str execution_arn;
    uint64_t id;
    const char *type;
    int64_t at_ms;
    str state_name; /* empty: none */
    json details;   /* borrowed; ABSENT: none */
    json data;      /* borrowed: input, output, parameters; ABSENT: none */
};
typedef void engine_observer(void *context, const struct engine_event *e); /* Threads: worker */

struct engine_options {
    struct clock *clock;
    struct store *store;
    struct integrations *integrations;
    unsigned workers; /* 0: one a core */
    uint64_t seed;    /* of every random choice an execution makes */
    str region, account;
    bool limits_off;
    engine_observer *observer; /* NULL: none */
    void *observer_context;
    /* The row of a Task's Resource; NULL: integrations_find. (For tests.) */
    const struct task_resource *(*find)(str resource_arn);
    /* Of an ItemReader or ResultWriter; NULL: integrations_find_data_set. (For tests.) */
    const struct task_resource *(*find_data_set)(str resource_arn);
};

/* Gives an engine with its workers running. Threads: setup. */
struct engine *engine_new(const struct engine_options *options, struct err *err);

/* Goes on with every execution that was running at the last commit: STANDARD ones where they were,
 * EXPRESS ones end FAILED. To be called once, before engine_start. Blocks: on the disk. */
bool engine_recover(struct engine *e, struct err *err);

/* Stops the workers between steps, drops what is in memory (the store has it) and frees e. Tasks
 * are cancelled, not ended; waiting callbacks are not called. Before store_close. Blocks: on the
 * workers and the writer. */
void engine_stop(struct engine *e);

struct engine_start {
    str machine_arn, machine_name;
    int64_t revision;
    struct asl_definition *definition; /* borrowed: the engine takes a reference of its own */
    str role_arn;
    bool express;
    str arn, name;    /* of the execution to be */
    bool name_is_new; /* made by us, cannot clash */
    json input;       /* borrowed */
    str input_text;   /* as given; borrowed */
};

/* How a start went. Threads: writer. existed: the same execution was running already.
 * Errors: ERR_EXECUTION_ALREADY_EXISTS, ERR_STORE_FULL. */
typedef void engine_started(void *context, int64_t start_ms, bool existed, const struct err *err);

struct engine_end {
    enum store_status status;
    json output;      /* borrowed; ABSENT: none */
    str error, cause; /* ptr NULL: none */
    int64_t start_ms, stop_ms;
};
typedef void engine_ended(void *context, const struct engine_end *end); /* Threads: writer */

/* Starts an execution. started is called once it is durable; ended (may be NULL) when its end is,
 * not at all when started tells of an error or that it existed. */
void engine_start(struct engine *e, const struct engine_start *start, engine_started *started,
                  engine_ended *ended, void *context);

/* Aborts a running execution. stopped is called with the time once durable; false: no execution of
 * that ARN is running here (it is closed, or never was): stopped is not called. error, cause: ptr
 * NULL: none; borrowed. */
typedef void engine_stopped(void *context, int64_t stop_ms);
bool engine_abort(struct engine *e, str arn, str error, str cause, engine_stopped *stopped,
                  void *context);

/* Executions of a machine that is being deleted end ABORTED at their next transition; when the last
 * has, the machine's row goes. */
void engine_machine_deleted(struct engine *e, str machine_arn);

/* Changes a running Map Run. updated is called once: true when the change is durable, false when
 * the run had ended by then. */
struct engine_map_run_update {
    bool has_max_concurrency, has_tolerated_count, has_tolerated_percentage;
    int64_t max_concurrency, tolerated_count;
    double tolerated_percentage;
};
typedef void engine_map_run_updated(void *context, bool done); /* Threads: writer, or worker */
/* execution, frame: of the run, as the store has them. False: no such execution is running here,
 * updated is not called. */
bool engine_map_run_change(struct engine *e, uint64_t execution, uint64_t frame,
                           const struct engine_map_run_update *update,
                           engine_map_run_updated *updated, void *context);

size_t engine_open_count(struct engine *e); /* executions not ended */

/* The checked definition of a revision, from a bounded cache or parsed anew: given (asl_unref).
 * Threads: any. Blocks: on parsing. */
struct asl_definition *engine_definition(struct engine *e, int64_t revision, str text, bool express,
                                         struct err *err);

#endif
