/* The engine: its life, and the doors through which executions come and are stopped.
 *
 * The engine outlives engine_stop by whoever still has it in hand: an armed timer, a commit under
 * way. They are counted; the last one frees it. */
#include "base/lock.h"
#include "engine_private.h"
#include "store/map_runs.h"

#include <stdlib.h>
#include <time.h>
#include <unistd.h>

void engine_lock(struct engine *e)
{
    lock_take(&e->lock);
}

void engine_unlock(struct engine *e)
{
    lock_give(&e->lock);
}

void engine_ref(struct engine *e)
{
    (void)atomic_fetch_add_explicit(&e->references, 1, memory_order_relaxed);
}

static void flights_release(struct engine *e)
{
    size_t at = 0;
    str key;
    void *flight;
    while (hashmap_next(e->flights, &at, &key, &flight))
        mem_free(flight);
    hashmap_free(e->flights);
}

void engine_unref(struct engine *e)
{
    // The release of each pairs with the acquire of the last, who frees.
    if (atomic_fetch_sub_explicit(&e->references, 1, memory_order_acq_rel) != 1)
        return;
    flights_release(e);
    definitions_release(e);
    mem_free(e->by_id);
    mem_free(e->by_arn);
    mem_free(e->texts);
    (void)cond_release(&e->work);
    (void)cond_release(&e->idle);
    (void)lock_release(&e->lock);
    (void)lock_release(&e->definitions_lock);
    mem_free(e);
}

static unsigned cores(void)
{
    long n = sysconf(_SC_NPROCESSORS_ONLN);
    return n < 1 ? 1 : (unsigned)n;
}

static void copy_texts(struct engine *e)
{
    struct engine_options *o = &e->options;
    e->texts = mem_new(o->region.len + o->account.len + 1);
    if (o->region.len > 0)
        memcpy(e->texts, o->region.ptr, o->region.len);
    if (o->account.len > 0)
        memcpy(e->texts + o->region.len, o->account.ptr, o->account.len);
    o->region.ptr = e->texts;
    o->account.ptr = e->texts + o->region.len;
}

/* Executions and Map Runs are numbered on from the last that ever was. */
static bool ids_load(struct engine *e, struct err *err)
{
    uint64_t last = 0;
    uint64_t last_run = 0;
    struct store_connection *c = store_reader(e->options.store, err);
    if (!c || !store_execution_last_id(c, &last, err) || !store_map_run_last_id(c, &last_run, err))
        return false;
    atomic_init(&e->next_id, last + 1);
    atomic_init(&e->next_map_run, last_run + 1);
    return true;
}

struct engine *engine_new(const struct engine_options *options, struct err *err)
{
    struct engine *e = mem_new(sizeof *e);
    e->options = *options;
    copy_texts(e);
    if (e->options.workers == 0)
        e->options.workers = cores();
    if (e->options.workers > WORKERS_MAX)
        e->options.workers = WORKERS_MAX;
    e->find = options->find ? options->find : integrations_find;
    e->find_data_set = options->find_data_set ? options->find_data_set : integrations_find_data_set;
    e->host = engine_task_host;
    e->host.context = e;
    atomic_init(&e->references, 1);
    atomic_init(&e->next_number, 1);
    e->queue_end = &e->queue;
    e->flights = hashmap_new();
    lock_init(&e->lock);
    lock_init(&e->definitions_lock);
    cond_init(&e->work);
    cond_init(&e->idle);
    if (ids_load(e, err) && workers_start(e, err))
        return e;
    workers_stop(e);
    engine_unref(e);
    return NULL;
}

/* Steps handed over are waited for, unless the disk refuses: store_close has its own patience. */
static void wait_for_commits(struct engine *e)
{
    engine_lock(e);
    while (e->commits > 0 && !store_is_stalled(e->options.store)) {
        (void)cond_wait_until(&e->idle, &e->lock, // whichever comes first, both are looked at again
                              clock_monotonic_ns() + (int64_t)STOP_LOOK_MS * NS_PER_MS);
    }
    engine_unlock(e);
}

void engine_stop(struct engine *e)
{
    workers_stop(e);
    // Nobody runs one now, and who posts is turned away: they are ours.
    while (e->queue) {
        struct execution *x = e->queue;
        e->queue = x->next_queued;
        clock_release(e->options.clock);
        if (x->gone)
            execution_free(x); // in the queue only
    }
    for (size_t i = 0; i < e->slots_count; i++) {
        struct execution *x = e->by_id[i];
        while (x) {
            struct execution *next = x->next_by_id;
            execution_stop(x);
            x = next;
        }
        e->by_id[i] = NULL;
    }
    wait_for_commits(e);
    engine_unref(e);
}

void engine_start(struct engine *e, const struct engine_start *start, engine_started *started,
                  engine_ended *ended, void *context)
{
    struct machine *machine = machine_get(e, start->revision, start->definition, start->express,
                                          start->machine_arn, start->machine_name, start->role_arn);
    uint64_t id = atomic_fetch_add_explicit(&e->next_id, 1, memory_order_relaxed);
    // From the moment that it began until it is queued: a skip clock that jumped in between would
    // use up the execution's time before its first state.
    clock_hold(e->options.clock);
    struct execution *x = execution_new(e, id, machine, start->arn, start->name, start->input,
                                        clock_now_ms(e->options.clock));
    execution_begin(x, asl_root(machine->definition), start->input_text, start->name_is_new,
                    started, ended, context);
    execution_enter(x);
    clock_release(e->options.clock);
}

bool engine_abort(struct engine *e, str arn, str error, str cause, engine_stopped *stopped,
                  void *context)
{
    struct waiter *w = mem_new(sizeof *w);
    struct message *m = message_new(MESSAGE_ABORT, error, cause);
    w->stopped = stopped;
    w->context = context;
    engine_lock(e);
    struct execution *x = e->stopping ? NULL : table_find_arn(e, arn);
    if (x) {
        w->next = x->waiters;
        x->waiters = w;
        *x->inbox_end = m;
        x->inbox_end = &m->next;
        engine_queue(e, x);
    }
    engine_unlock(e);
    if (x)
        return true;
    message_free(m);
    mem_free(w);
    return false;
}

bool engine_map_run_change(struct engine *e, uint64_t execution, uint64_t frame,
                           const struct engine_map_run_update *update,
                           engine_map_run_updated *updated, void *context)
{
    struct message *m = message_new(MESSAGE_UPDATE, STR_NONE, STR_NONE);
    struct map_run_change *change = mem_new(sizeof *change);
    *change = (struct map_run_change){.update = *update, .updated = updated, .context = context};
    m->frame = frame;
    engine_lock(e);
    struct execution *x = e->stopping ? NULL : table_find(e, execution);
    if (x && !x->gone) {
        m->change = change;
        *x->inbox_end = m;
        x->inbox_end = &m->next;
        engine_queue(e, x);
        m = NULL;
    }
    engine_unlock(e);
    if (!m)
        return true;
    message_free(m);
    mem_free(change);
    return false;
}

void engine_machine_deleted(struct engine *e, str machine_arn)
{
    engine_lock(e);
    for (size_t i = 0; i < e->slots_count; i++)
        for (struct execution *x = e->by_id[i]; x; x = x->next_by_id)
            if (str_eq(x->machine->arn, machine_arn))
                atomic_store_explicit(&x->deleted, true, memory_order_relaxed);
    engine_unlock(e);
}

size_t engine_open_count(struct engine *e)
{
    engine_lock(e);
    size_t count = e->open_count;
    engine_unlock(e);
    return count;
}
