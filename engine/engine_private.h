/* What the files of this room share: an execution, its frames, and the functions between files.
 *
 * Who may touch what: `locked` fields under the engine's lock; all else of an execution by its
 * holder, the one thread that runs it now (a worker; engine_start or engine_recover before it is
 * queued; engine_stop after the workers have ended).
 *
 * A frame that ends or fails may be gone when the function that did it returns: state_done,
 * state_exit, state_fail, state_error and frame_end are the last thing done with a frame. */
#ifndef ENGINE_PRIVATE_H
#define ENGINE_PRIVATE_H

#include "asl/choice.h"
#include "asl/dataflow.h"
#include "base/hashmap.h"
#include "base/log.h"
#include "base/mem.h"
#include "base/thread.h"
#include "engine/engine.h"
#include "limits.h"
#include "store/machines.h"

#include <assert.h>
#include <inttypes.h>
#include <stdatomic.h>

/* -- a list whose members leave it from anywhere -- */
struct ring {
    struct ring *prev, *next; /* to itself: alone, or an empty list */
};

static inline void ring_init(struct ring *r)
{
    r->prev = r->next = r;
}

static inline bool ring_is_alone(const struct ring *r)
{
    return r->next == r;
}

static inline void ring_remove(struct ring *r)
{
    r->prev->next = r->next;
    r->next->prev = r->prev;
    ring_init(r);
}

static inline void ring_push(struct ring *list, struct ring *r)
{
    r->prev = list->prev;
    r->next = list;
    list->prev->next = r;
    list->prev = r;
}

/* -- what executions of one revision share: definitions.c -- */
struct machine {
    atomic_uint references;
    int64_t revision;
    bool express;
    struct asl_definition *definition;
    str arn, name, role_arn;
    int64_t timeout_s; /* of an execution; 0: none but the type's */
    json *names;       /* {"name": …} of each state, by its number: details of its events */
};

struct machine *machine_ref(struct machine *m);
void machine_unref(struct machine *m); /* accepts NULL */
/* Gives the machine of a revision, the one in the cache if there is one. */
struct machine *machine_get(struct engine *e, int64_t revision, struct asl_definition *definition,
                            bool express, str arn, str name, str role_arn);
/* Gives what the child executions of a distributed Map share: of: the machine of their parent. */
struct machine *machine_of_children(const struct machine *of, bool express, str arn, str name);

/* -- frames: frame.c -- */
enum frame_status { FRAME_READY, FRAME_RUNNING, FRAME_WAITING, FRAME_ENDED, FRAME_STATUS_COUNT };
const char *frame_status_name(enum frame_status s);

enum frame_wait {
    WAIT_NONE,
    WAIT_TIME,     /* a Wait state, until deadline_ms */
    WAIT_RETRY,    /* the next attempt is at deadline_ms */
    WAIT_TASK,     /* a call is under way, or is about to be sent */
    WAIT_CHILDREN, /* of a Parallel or Map state */
    WAIT_ITEMS,    /* a distributed Map's ItemReader is at work */
    WAIT_RUN,      /* its child executions are */
    WAIT_RESULTS,  /* its ResultWriter is */
    WAIT_KINDS
};
const char *frame_wait_name(enum frame_wait w);

/* A Task's call. */
struct call {
    const struct task_resource *resource;
    uint64_t number; /* of this attempt, unique in the process */
    uint64_t scheduled_event;
    json parameters, recall;
    json role_arn;                          /* of the state's Credentials; ABSENT: the machine's */
    int64_t timeout_at_ms, heartbeat_at_ms; /* MS_NEVER: none */
    bool again;                             /* it may have been sent before a restart */
    struct task *task;                      /* NULL: not sent yet */
};

struct child {
    struct frame *frame; /* NULL: not started, or ended */
    json output;         /* of an ended one */
};

/* The branches or iterations of a Parallel or Map state that is being visited. */
struct children {
    size_t count, next, ended; /* next: the first not started */
    size_t limit;              /* at once */
    json input, items;         /* Map: its effective input, the array iterated over */
    json context;              /* Map: the context object without Map.Item; ABSENT: not wanted */
    struct child child[];
};

/* A States block being run: the machine, a branch, an iteration. */
struct frame {
    uint64_t id;                   /* in its execution; the machine's is FRAME_ROOT */
    struct frame *parent;          /* NULL: the machine's */
    const struct asl_state *state; /* the current one */
    json input;                    /* of state, raw */
    json variables;                /* that its states see, an object; ABSENT: none */
    uint64_t last_event;           /* the next event's previousEventId */
    uint64_t entered_event;        /* 0: state is not entered yet */
    int64_t entered_ms;
    int64_t deadline_ms; /* of what it waits for; MS_NEVER: none */
    clock_timer timer;
    uint32_t index; /* among its siblings */
    uint32_t retry_count;
    uint32_t *retries;         /* used up of each retrier in this visit; NULL: none */
    struct call *call;         /* NULL: none */
    struct children *children; /* NULL: none */
    struct map_run *map_run;   /* of a distributed Map; NULL: none */
    struct frame *next_in_slot;
    struct ring ready, dirty; /* places in the execution's lists */
    enum frame_status status;
    enum frame_wait wait;
};

enum { FRAME_ROOT = 1 };

struct execution;

/* Gives a READY frame at the start of a block. */
struct frame *frame_new(struct execution *x, struct frame *parent, size_t index,
                        const struct asl_state *start, json input, uint64_t last_event);
/* Gives a frame as it was, for recovery: in no list. */
struct frame *frame_restore(struct execution *x, uint64_t id, struct frame *parent);
/* Cuts it: timers, calls, children go; nothing is written. */
void frame_free(struct execution *x, struct frame *f);
struct frame *frame_find(const struct execution *x, uint64_t id); /* NULL: gone */
/* The program's only assignment to a frame's status. */
void frame_move(struct execution *x, struct frame *f, enum frame_status to);
void frame_wait(struct execution *x, struct frame *f, enum frame_wait why, int64_t deadline_ms);
void frame_arm(struct execution *x, struct frame *f); /* its timer, for deadline_ms */
void frames_arm(struct execution *x);                 /* all of them, after recovery */
void frame_disarm(struct execution *x, struct frame *f);
void frame_touch(struct execution *x, struct frame *f); /* it must be written */
void frame_call_drop(struct execution *x, struct frame *f);
void frame_children_drop(struct execution *x, struct frame *f);

/* -- messages to an execution -- */
enum message_kind {
    MESSAGE_TIMER,
    MESSAGE_SUBMITTED,
    MESSAGE_SUCCEEDED,
    MESSAGE_FAILED,
    MESSAGE_ABORT,
    MESSAGE_CHILD,  /* a child execution of a Map Run has ended */
    MESSAGE_MORE,   /* a Map Run wants to start more of them */
    MESSAGE_UPDATE, /* its settings change */
};

/* What UpdateMapRun asked for, and who waits to hear that it is done. */
struct map_run_change {
    struct engine_map_run_update update;
    engine_map_run_updated *updated;
    void *context;
    struct map_run_change *next;
};

struct message {
    struct message *next;
    enum message_kind kind;
    uint64_t frame, number; /* frame 0: the execution itself */
    json output, recall;
    char *error, *cause; /* NULL: none */
    size_t error_len, cause_len;
    bool submit;
    enum store_status status;      /* MESSAGE_CHILD: its own; number is its first item's */
    struct map_run_change *change; /* MESSAGE_UPDATE; NULL else */
};

/* Gives a message; texts are copied. */
struct message *message_new(enum message_kind kind, str error, str cause);
void message_free(struct message *m);

/* -- executions -- */
enum run_state { RUN_PARKED, RUN_QUEUED, RUN_RUNNING };

/* A call that is to be sent once a step is committed. */
struct unsent {
    struct unsent *next;
    uint64_t frame, number, step;
};

/* Who waits to hear that an execution has been stopped. */
struct waiter {
    struct waiter *next;
    engine_stopped *stopped;
    void *context;
};

struct commit;

/* Whose child an execution is: a Map Run's, in a frame of another execution. */
struct child_link {
    uint64_t execution, frame, run, item, items;
};

struct execution {
    uint64_t id;
    struct engine *engine;
    struct machine *machine;
    struct child_link *link; /* NULL: nobody's */
    str arn, name;           /* behind the struct */
    uint64_t arn_seed;
    json input;
    int64_t start_ms, deadline_ms;
    int64_t now_ms;      /* holder: see execution_now */
    clock_timer timer;   /* for deadline_ms; 0: not armed */
    atomic_bool deleted; /* its machine is being deleted; relaxed: seen at the next transition */

    /* locked */
    struct execution *next_by_id, *next_by_arn, *next_queued;
    enum run_state run;
    bool again; /* what it waits for came while it ran */
    bool gone;  /* not in the table any more: who runs it frees it */
    bool known; /* in the table of ARNs: its start is durable */
    uint64_t committed;
    struct message *inbox, **inbox_end;
    struct waiter *waiters;

    /* holder */
    uint64_t next_event, next_frame;
    uint64_t steps;      /* submitted */
    uint64_t runs_after; /* the step that must be committed before it runs on */
    struct frame *root;
    struct frame **slots; /* an index of frames by id; NULL: few */
    size_t slots_count, frames_count;
    struct ring ready, dirty;
    struct store_step *step; /* being built; NULL: nothing yet */
    struct commit *commit;   /* what will be done when it is committed */
    unsigned step_events;
    struct store_payloads *payloads; /* NULL while parked */
    uint64_t payloads_next, frames_max;
    struct unsent *unsent, **unsent_end;
    engine_ended *on_end;
    void *context;
    str failed_field;      /* of the expression that failed last; lent by the definition */
    bool input_is_compact; /* as it was given: other events may refer to that text */
    bool restoring;        /* no timer is armed: it is not in the tables yet, to hear of them */
    bool overflow;         /* an event did not fit */
    bool ended;
};

/* Gives an execution that is nowhere yet. */
struct execution *execution_new(struct engine *e, uint64_t id, struct machine *machine_taken,
                                str arn, str name, json input, int64_t start_ms);
/* Threads: holder, or any once it is gone. Blocks: on a report of a task being made. */
void execution_free(struct execution *x);
/* Hands over what it has, and frees it: the engine stops. */
void execution_stop(struct execution *x);
/* Runs x until nothing is ready or its share is used up. True: it wants to run on. Takes inbox. */
bool execution_run(struct execution *x, struct message *inbox, uint64_t committed);
/* Lends the step being built. */
struct store_step *execution_step(struct execution *x);
/* A step's start, at the first state of block. Callbacks as engine_start's; NULL: nobody's. */
void execution_begin(struct execution *x, const struct asl_block *block, str input_text,
                     bool name_is_new, engine_started *started, engine_ended *ended, void *context);
/* Makes x known to the engine, which may run and free it at once. */
void execution_enter(struct execution *x);
/* Once the step being built is committed, the execution of that id is aborted. */
void execution_cuts(struct execution *x, uint64_t other);
/* Once the step being built is committed, the change is told of. Takes it. */
void execution_changed(struct execution *x, struct map_run_change *change_taken);

/* How an execution ends. Borrows. */
struct ending {
    enum store_status status;
    const char *event;
    uint64_t previous;
    json output;
    str error, cause; /* ptr NULL: none */
    bool quiet;       /* the error is told by the event alone */
    int64_t at_ms;
};
void execution_end(struct execution *x, const struct ending *how);
void execution_succeed(struct execution *x, uint64_t previous, json output);
/* error, cause: ptr NULL: none. */
void execution_abort(struct execution *x, str error, str cause);
/* Ends it FAILED. */
void execution_fail(struct execution *x, uint64_t previous, str error, str cause);
/* The time of what it does now: the same for all events of a transition. */
static inline int64_t execution_now(const struct execution *x)
{
    return x->now_ms;
}
bool execution_is_limited(const struct execution *x); /* AWS's quotas hold */
/* Is the store so far behind that who can wait should? */
bool engine_store_is_behind(const struct engine *e);
/* Gives a terminated copy; NULL of none. */
char *text_copy(str s);

/* A generator for the random choices that follow the last event: the same again after a restart. */
void execution_rng(const struct execution *x, struct rng *out);

/* -- history.c -- */
struct event {
    uint64_t previous;
    const char *type;
    json details_taken;
    const char *data_name; /* NULL: none */
    json data;
    str state_name; /* empty: none */
    bool is_input;  /* data is the execution's input, told verbatim */
};
/* Gives its id. Past the limit nothing is added and x->overflow is set. */
uint64_t history_add(struct execution *x, const struct event *event);
/* Adds an event of f's chain and moves the chain to it. */
void history_chain(struct execution *x, struct frame *f, const char *type, json details_taken,
                   const char *data_name, json data);
/* Builds details: memory of this size does not fail, or the process ends. */
void details_put(json *object, const char *key, json v_taken);
void details_put_text(json *object, const char *key, str text); /* ptr NULL: left out */
json details_name(const struct execution *x, const struct asl_state *s);
json details_error(str error, str cause);
json details_iteration(const struct frame *map, size_t index);

/* -- context.c -- */
struct scope {
    struct asl_scope asl;
    struct rng rng;
};
/* What the expressions of f's state see; scope_close it. */
void scope_open(struct execution *x, const struct frame *f, struct scope *out);
void scope_close(struct scope *s);
/* Given. source: where the item is from; ptr NULL: not told. */
json context_with_item(json context, size_t index, json item, str source);

/* -- states.c: a row a state type -- */
typedef void state_fn(struct execution *x, struct frame *f);
struct state_row {
    const char *entered, *exited;
    const char *aborted; /* NULL: such a state is never cut */
    state_fn *attempt;   /* it has been entered, or is tried again */
    state_fn *timer;     /* what it waited for has come, or has not in time; NULL: never */
};
const struct state_row *state_row(enum asl_type type);
/* A transition of a READY frame. */
void frame_run(struct execution *x, struct frame *f);
/* result is borrowed; ResultSelector, ResultPath and OutputPath are applied. */
void state_done(struct execution *x, struct frame *f, json result, const struct asl_state *next);
/* The same by a way of its own: a choice's. */
void state_done_by(struct execution *x, struct frame *f, json result, const struct asl_state *next,
                   const struct asl_exit *exit);
/* Do the variables that assigned (an object, or ABSENT) sets fit their quotas? */
bool variables_fit(const struct execution *x, const struct frame *f, json assigned,
                   struct err *err);
/* StateExited and what follows. */
void state_exit(struct execution *x, struct frame *f, json output_taken, json assigned_taken,
                const struct asl_state *next);
/* Sees that data keeps the quota; else sets err. */
bool state_data_fits(const struct execution *x, const struct frame *f, json data, struct err *err);

/* -- task_state.c -- */
state_fn task_attempt, task_timer;
void task_submitted_heard(struct execution *x, struct frame *f, const struct message *m);
void task_succeeded_heard(struct execution *x, struct frame *f, const struct message *m);
void task_failed_heard(struct execution *x, struct frame *f, const struct message *m);
/* Sends the calls whose step is committed. */
void tasks_send(struct execution *x, uint64_t committed);
void task_is_unsent(struct execution *x, const struct frame *f, uint64_t step);
/* Gives a call without deadlines, numbered anew. */
struct call *call_new(struct execution *x, const struct task_resource *resource,
                      json parameters_taken);
extern const struct task_host engine_task_host; /* its context is set by engine_new */

/* -- parallel.c, map.c, children.c -- */
state_fn parallel_attempt, map_attempt;
/* Gives room for count children, or NULL. */
struct children *children_new(size_t count);
void children_free(struct children *c);
/* The state has no children any more, here and in the store. */
void children_leave(struct execution *x, struct frame *f);
/* A child's block came to its end. Takes output. */
void child_ended(struct execution *x, struct frame *child, json output_taken);
/* When all children of f have ended, goes on with their results. */
void children_look(struct execution *x, struct frame *f);
/* Starts iterations as far as the limit lets. False: a frame failed and may be gone. */
bool map_start_more(struct execution *x, struct frame *f, uint64_t previous);
/* Fills c's input, items, context and limit from the frame's state: pure, also for recovery. */
/* kept: the items as a frame's row has them, or ABSENT: they are evaluated. */
bool map_prepare(struct execution *x, struct frame *f, json kept, struct children **out,
                 struct err *err);
/* What a frame's row keeps of the items: those of a JSONata state, whose expression may give others
 * the next time. Lends; ABSENT: none. */
json map_items_kept(const struct frame *f);

/* -- map_run.c: the distributed Map -- */
state_fn map_run_attempt;
/* The step that its run waited for is in the store: child executions may be started. */
void map_run_committed(struct execution *x, struct frame *f);
/* Starts children as far as the limit lets; ends the run when none is left. */
void map_run_more(struct execution *x, struct frame *f);
void map_run_child_heard(struct execution *x, struct frame *f, const struct message *m);
/* The ItemReader or the ResultWriter has answered. */
void map_run_reported(struct execution *x, struct frame *f, const struct message *m);
/* Takes m's change. */
void map_run_update_heard(struct execution *x, struct frame *f, struct message *m);
/* The Map Runs of f and of all frames below it end ABORTED, and their child executions with them.
 */
void map_runs_cut(struct execution *x, struct frame *f);
void map_run_free(struct frame *f);
uint64_t map_run_id(const struct frame *f);
/* What a frame's row keeps of it: the items that a reader gave; ABSENT: none. Lends. */
json map_run_items_kept(const struct frame *f);
/* As it was, from its row in the store and those of its children. *wait may change. */
bool map_run_restore(struct execution *x, struct frame *f, uint64_t id, enum frame_wait *wait,
                     json items, struct err *err);

/* -- failure.c -- */
struct failure {
    str error, cause; /* ptr NULL: none; borrowed */
    str also;         /* another name that Retry and Catch may know it by; ptr NULL: none */
};
void state_fail(struct execution *x, struct frame *f, const struct failure *whole);
/* Takes err: what an expression of the state came to. */
void state_error(struct execution *x, struct frame *f, struct err *err);
/* What an expression of f's state came to, as a failure; lends from err, which it may wrap. */
struct failure failure_of(const struct frame *f, struct err *err);

/* -- checkpoint.c -- */
void checkpoint_frame(struct execution *x, const struct frame *f);
void checkpoint_ended_child(struct execution *x, const struct frame *child, json output);
/* Restores a frame; parents come before their children. Errors: ERR_STORE. */
bool checkpoint_restore(struct execution *x, const struct store_frame *row, struct err *err);

/* -- the engine -- */
struct definition_slot {
    int64_t revision; /* 0: empty */
    struct asl_definition *definition;
    struct machine *machine; /* NULL: none made yet */
    size_t text_bytes;
};

struct engine {
    struct engine_options options; /* its texts are copies */
    char *texts;
    struct task_host host;
    const struct task_resource *(*find)(str resource_arn), *(*find_data_set)(str resource_arn);
    atomic_size_t references; /* the owner's, one for each armed timer and commit under way */
    atomic_uint_fast64_t next_id, next_number, next_map_run;

    pthread_mutex_t lock; /* guards down to stopping, and the `locked` fields of executions */
    pthread_cond_t work, idle;
    struct execution *queue, **queue_end;
    struct execution **by_id, **by_arn;
    size_t slots_count, open_count;
    struct hashmap *flights; /* calls under way: number -> struct flight */
    size_t commits;          /* under way */
    unsigned sleeping;       /* workers */
    bool stopping;

    pthread_mutex_t definitions_lock; /* guards the two below */
    struct definition_slot definitions[DEFINITIONS_KEPT];
    size_t definitions_bytes, definitions_hand;

    unsigned workers_count;
    pthread_t workers[WORKERS_MAX];
};

void engine_lock(struct engine *e);
void engine_unlock(struct engine *e);
void engine_ref(struct engine *e);
void engine_unref(struct engine *e);
void definitions_release(struct engine *e);

/* -- table.c; with the lock held -- */
struct execution *table_find(struct engine *e, uint64_t id);
struct execution *table_find_arn(struct engine *e, str arn);
void table_add(struct engine *e, struct execution *x);
void table_add_arn(struct engine *e, struct execution *x);
void table_remove(struct engine *e, struct execution *x);
uint64_t arn_hash(str arn); /* the same in every process */

/* -- worker.c -- */
bool workers_start(struct engine *e, struct err *err);
void workers_stop(struct engine *e);
/* With the lock held: x has something to do. */
void engine_queue(struct engine *e, struct execution *x);
/* Takes m; dropped when the execution is gone. */
void engine_post_take(struct engine *e, uint64_t execution, struct message *m);
clock_fire engine_timer_fired;

/* Where a report of a call goes. */
struct flight {
    uint64_t execution, frame;
};
void engine_flight_add(struct engine *e, uint64_t number, uint64_t execution, uint64_t frame);
void engine_flight_end(struct engine *e, uint64_t number);

#endif
