/* What the files of this room share.
 *
 * Everything but the inbox and the live logs belongs to one thread (role `runtime`): the cache of
 * Jobs and Pods, the controller, the pods' containers. Others only put messages into the inbox:
 *
 *     writer: observed changes, answers of kube_* calls \
 *     timer:  timers                                     > inbox -> runtime thread -> kube_* calls
 *     kernel: ends and output of local processes        /
 *
 * A message holds the clock from the moment it is made until it has been handled, so skipped time
 * never overtakes the controller. */
#ifndef CLUSTER_JOBS_PRIVATE_H
#define CLUSTER_JOBS_PRIVATE_H

#include "base/hashmap.h"
#include "base/mem.h"
#include "base/thread.h"
#include "base/timestamp.h"
#include "jobs.h"

enum {
    KEY_MAX_BYTES = 640, /* cluster (100), namespace (63), name (253), with room */
    UID_MAX_BYTES = 64,
    POD_CONTAINERS_MAX = 64,      /* more are refused: no Job of sense has them */
    JOB_UNCOUNTED_MAX = 500,      /* Source: job_controller.go, MaxUncountedPods */
    JOB_CREATES_MAX = 500,        /* a sync; Source: job_controller.go, MaxPodCreateDeletePerSync */
    JOB_COMPLETIONS_MAX = 100000, /* Source: Indexed Jobs, completions */
    RETRY_MS = 1000,        /* after a write that failed otherwise than by the object being gone */
    KILLED_EXIT_CODE = 137, /* 128 + SIGKILL */
    START_ERROR_EXIT_CODE = 128,
};

struct jobs;
struct pod;
struct job;
struct container;

/* -- messages -- */
struct message {
    struct message *next;
    void (*handle)(struct jobs *j, struct message *m); /* runtime thread; takes m */
};

/* A call into the kube room under way. Kept until its answer has been handled. */
struct op {
    struct message message; /* first */
    struct jobs *jobs;
    uint64_t serial; /* of the job or pod it is for */
    char uid[UID_MAX_BYTES];
    json a, b;       /* what the change needs */
    json result;     /* the object after it */
    enum err_id err; /* and why not */
    char *err_text;
    void (*after)(struct jobs *j, struct op *op); /* runtime thread; borrows op */
};

/* -- runtimes: a row each, in runtimes.c -- */
struct runtime {
    str name;
    /* Starts a container whose state is RUNNING from now on (resumed: it ran before a restart of
     * the server). False: it could not be started, *err says why. */
    bool (*start)(struct jobs *j, struct pod *p, struct container *c, bool resumed,
                  struct err *err);
    /* Ends it soon; container_ended follows, now or later. at_once: without grace. */
    void (*kill)(struct jobs *j, struct pod *p, struct container *c, bool at_once);
    /* The container's timer, which start armed, has fired. NULL: it arms none. */
    void (*due)(struct jobs *j, struct pod *p, struct container *c);
    bool survives; /* what ran before a restart of the server goes on */
};
const struct runtime *runtime_find(str name);
extern const struct runtime runtime_simulated, runtime_process;

/* -- pods -- */
struct process; /* process.c */

enum container_state { CONTAINER_WAITING, CONTAINER_RUNNING, CONTAINER_ENDED };

struct ended {
    bool is;
    int exit_code;
    int64_t started_ms, finished_ms;
    const char *reason; /* static */
    char *message;      /* NULL: none */
    unsigned run;       /* which run of the container it was */
};

struct container {
    json spec; /* lent by the pod's object as it was first seen */
    str name;  /* lent by spec */
    bool init;
    enum container_state state;
    bool crashed; /* WAITING for its back-off */
    unsigned restarts;
    int64_t started_ms;
    struct ended ended, last;
    clock_timer timer;
    uint32_t generation; /* of the timer: a fire of an older one is void */
    struct process *process;
};

enum pod_phase { POD_PENDING, POD_RUNNING, POD_SUCCEEDED, POD_FAILED };

struct pod {
    uint64_t serial;
    char key[KEY_MAX_BYTES];
    size_t key_len;
    char uid[UID_MAX_BYTES];
    str cluster, ns, name; /* lent by key */
    json object;           /* the newest seen */
    int64_t version;
    struct job *job; /* NULL: none, or gone */
    /* What the controller asks of each pod, read from object once a change. */
    enum pod_phase phase;
    bool tracked, deleting, ready, is_job_pod;
    bool marked; /* among the Job's uncounted; valid within one sync */
    int64_t finished_ms;
    int64_t index; /* completion index, -1: none */
    int64_t restarts;

    /* The kubelet's side. */
    json first; /* the object as first seen: the spec that runs */
    struct container *containers;
    size_t containers_count, init_count;
    bool adopted, killed, over; /* over: its phase is final */
    const char *reason;         /* of a pod that was ended from outside; static */
    const char *reason_text;
    int64_t start_ms;
    clock_timer deadline, retry;
    bool writing, dirty;
};

/* -- jobs -- */
struct job {
    uint64_t serial;
    char key[KEY_MAX_BYTES];
    size_t key_len;
    char uid[UID_MAX_BYTES];
    str cluster, ns, name;
    json object;
    int64_t version;
    struct pod **pods; /* in the order in which they came */
    size_t pods_count, pods_cap;
    size_t in_flight; /* ops whose answers are awaited: until then it is not synced */
    uint64_t named;   /* pods named so far */
    clock_timer timer;
    uint32_t generation;
};

struct live_log;

struct jobs {
    struct kube *kube;
    struct clock *clock;
    uint64_t seed;
    const struct runtime *runtime;
    int64_t simulated_duration_ms;

    pthread_mutex_t lock; /* guards the inbox and the counts */
    pthread_cond_t quiet;
    struct message *first, *last;
    bool stopping;
    size_t ops;    /* under way */
    size_t timers; /* armed, or fired and not yet in the inbox */
    int wake_fd;   /* an eventfd: something is in the inbox */
    pthread_t thread;
    bool running;

    pthread_mutex_t log_lock; /* guards live_logs and the texts in it */
    struct hashmap *live_logs;

    /* The runtime thread's. */
    bool frozen; /* loading or stopping: nothing is begun */
    struct hashmap *jobs_by_key, *jobs_by_uid, *pods_by_key, *pods_by_uid;
    struct hashmap *jobs_by_serial, *pods_by_serial;
    uint64_t serial;
    struct process *processes; /* those alive */
    size_t processes_count;
};

/* -- inbox.c -- */
void message_post(struct jobs *j, struct message *m); /* any thread; takes m */
/* Handles all there are; false: stopping and nothing is left. */
bool inbox_run(struct jobs *j);
/* The timer's message names a pod's or a job's serial and a number. */
clock_timer timer_arm(struct jobs *j, int64_t at_ms, uint64_t serial, uint64_t what);
void timer_cancel(struct jobs *j, clock_timer *t);
enum { TIMER_POD_DEADLINE = 1u << 16, TIMER_POD_WRITE, TIMER_JOB }; /* below: a container's index */

struct op *op_new(struct jobs *j, uint64_t serial, const char *uid,
                  void (*after)(struct jobs *j, struct op *op));
kube_done op_done;
void jobs_wait_quiet(struct jobs *j);

/* -- cache.c -- */
void cache_change(struct jobs *j, enum kube_change change, str cluster, bool is_pod, json object);
struct job *job_of_serial(struct jobs *j, uint64_t serial);
struct pod *pod_of_serial(struct jobs *j, uint64_t serial);
struct pod *pod_of_uid(struct jobs *j, str uid);
void cache_begin(struct jobs *j);  /* after loading: looks at everything */
void cache_freeze(struct jobs *j); /* no timer of any entry is armed any more */
void cache_release(struct jobs *j);

/* -- controller.c -- */
void job_sync(struct jobs *j, struct job *job);
void job_timer_fired(struct jobs *j, struct job *job);
/* The pod's Job is gone: nothing need be counted any more. */
void pod_untrack(struct jobs *j, struct pod *p, struct job *awaits);

/* -- job_spec.c -- */
struct job_spec {
    int64_t parallelism, completions; /* completions -1: a work queue */
    int64_t backoff_limit;
    int64_t deadline_s; /* -1: none */
    int64_t ttl_s;      /* -1: none */
    bool suspend, indexed, restarts_in_place, replace_failed_only, foreign;
    const char *unsupported; /* a member of spec that the controller does not know; NULL: none */
};
void job_spec_read(json job, struct job_spec *out);
/* Gives the pod to be made. index -1: not Indexed. */
json job_pod_new(const struct job *job, str name, int64_t index);

/* A set of completion indexes, and its text "1,3-5". */
struct index_set {
    unsigned char *bits;
    size_t count, size;
};
void index_set_read(struct index_set *s, str text, size_t size);
void index_set_add(struct index_set *s, int64_t i);
bool index_set_has(const struct index_set *s, int64_t i);
json index_set_text(const struct index_set *s);
void index_set_release(struct index_set *s);

/* -- pods.c -- */
void pod_advance(struct jobs *j, struct pod *p); /* after any change of it */
void pod_gone(struct jobs *j, struct pod *p);    /* its object is no more: what runs is killed */
void pod_timer_fired(struct jobs *j, struct pod *p, uint64_t what);
/* exit_code, reason as kubelet names it; message_taken may be NULL. */
void container_ended(struct jobs *j, struct pod *p, struct container *c, int exit_code,
                     const char *reason, char *message_taken);
void pod_freeze(struct jobs *j, struct pod *p); /* cancels its timers */
void pod_release(struct jobs *j, struct pod *p);
str container_annotation(const struct pod *p, const struct container *c, str name);

/* -- pod_status.c -- */
json pod_status(const struct jobs *j, const struct pod *p, enum pod_phase phase, int64_t now_ms);
enum pod_phase pod_phase_of(json object);
/* Reads what ran before a restart of the server. */
void pod_containers_load(struct pod *p);
#define POD_NODE_NAME "ip-10-0-0-10.ec2.internal"

/* -- logs.c -- */
void live_log_open(struct jobs *j, const struct pod *p, str container, unsigned run);
void live_log_add(struct jobs *j, const struct pod *p, str container, str text);
/* Gives the text and keeps it readable until live_log_close of the same run. */
str live_log_text(struct jobs *j, const struct pod *p, str container);
void live_log_close(struct jobs *j, str cluster, str uid, str container, unsigned run);
kube_live_log live_log_read;
void live_logs_release(struct jobs *j);

/* -- process.c -- */
/* Waits for processes, output and the inbox, then handles what processes have to say. */
void processes_wait(struct jobs *j);
void processes_kill_all(struct jobs *j);

/* -- JSON -- */
static inline str get_str(json object, str key)
{
    return json_str(json_get(object, key));
}

static inline json json_time(int64_t ms)
{
    char text[TIMESTAMP_TEXT_LEN + 1];
    timestamp_format_seconds(ms, text);
    return json_string(str_from_c(text));
}

/* -1 when it is no time. */
int64_t time_of(json text);

#endif
