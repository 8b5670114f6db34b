/* Frames: their life, their one change of status, and how they are found by id.
 *
 * A frame is in the list `ready` while it is READY, and in `dirty` while its row in the store is
 * not what it should be. Ids are given in order and never again within an execution, so that a late
 * message meets nobody. */
#include "engine_private.h"

#include <stdlib.h>

static const char *const status_names[FRAME_STATUS_COUNT] = {
    [FRAME_READY] = "ready",
    [FRAME_RUNNING] = "running",
    [FRAME_WAITING] = "waiting",
    [FRAME_ENDED] = "ended",
};

const char *frame_status_name(enum frame_status s)
{
    return status_names[s];
}

const char *frame_wait_name(enum frame_wait w)
{
    static const char *const names[WAIT_KINDS] = {
        [WAIT_NONE] = "",     [WAIT_TIME] = "time",         [WAIT_RETRY] = "retry",
        [WAIT_TASK] = "task", [WAIT_CHILDREN] = "children", [WAIT_ITEMS] = "items",
        [WAIT_RUN] = "run",   [WAIT_RESULTS] = "results",
    };
    return names[w];
}

/* -- the index by id -- */

static struct frame **slot_of(const struct execution *x, uint64_t id)
{
    // Ids are given in order: the low bits spread as well as any hash would.
    return &x->slots[id & (x->slots_count - 1)];
}

static void slots_add(struct execution *x, struct frame *f)
{
    struct frame **slot = slot_of(x, f->id);
    f->next_in_slot = *slot;
    *slot = f;
}

static void slots_grow(struct execution *x)
{
    struct frame **old = x->slots;
    size_t old_count = x->slots_count;
    x->slots_count = old_count * 2;
    x->slots = mem_new(x->slots_count * sizeof(struct frame *));
    for (size_t i = 0; i < old_count; i++) {
        struct frame *f = old[i];
        while (f) {
            struct frame *next = f->next_in_slot;
            slots_add(x, f);
            f = next;
        }
    }
    mem_free(old);
}

static void index_frame(struct execution *x, struct frame *f)
{
    x->frames_count++;
    if (f->id == FRAME_ROOT) {
        x->root = f;
        return;
    }
    if (!x->slots) {
        x->slots_count = FRAMES_FEW;
        x->slots = mem_new(x->slots_count * sizeof(struct frame *));
    }
    if (x->frames_count > x->slots_count * 2)
        slots_grow(x);
    slots_add(x, f);
}

static void unindex_frame(struct execution *x, struct frame *f)
{
    x->frames_count--;
    if (f->id == FRAME_ROOT) {
        x->root = NULL;
        return;
    }
    struct frame **at = slot_of(x, f->id);
    while (*at != f)
        at = &(*at)->next_in_slot;
    *at = f->next_in_slot;
}

struct frame *frame_find(const struct execution *x, uint64_t id)
{
    if (id == FRAME_ROOT)
        return x->root;
    struct frame *f = x->slots ? *slot_of(x, id) : NULL;
    while (f && f->id != id)
        f = f->next_in_slot;
    return f;
}

/* -- life -- */

struct frame *frame_restore(struct execution *x, uint64_t id, struct frame *parent)
{
    struct frame *f = mem_new(sizeof *f);
    f->id = id;
    f->parent = parent;
    f->deadline_ms = MS_NEVER;
    f->status = FRAME_RUNNING;
    ring_init(&f->ready);
    ring_init(&f->dirty);
    index_frame(x, f);
    return f;
}

struct frame *frame_new(struct execution *x, struct frame *parent, size_t index,
                        const struct asl_state *start, json input, uint64_t last_event)
{
    struct frame *f = frame_restore(x, x->next_frame++, parent);
    f->index = (uint32_t)index;
    f->state = start;
    f->input = json_ref(input);
    f->last_event = last_event;
    f->variables = json_ref(parent ? parent->variables : json_absent());
    frame_move(x, f, FRAME_READY);
    return f;
}

void frame_call_drop(struct execution *x, struct frame *f)
{
    struct call *c = f->call;
    if (!c)
        return;
    f->call = NULL;
    if (c->task) {
        engine_flight_end(x->engine, c->number);
        task_cancel(c->task);
        task_unref(c->task);
    }
    json_unref(c->parameters);
    json_unref(c->recall);
    json_unref(c->role_arn);
    mem_free(c);
}

void frame_children_drop(struct execution *x, struct frame *f)
{
    struct children *c = f->children;
    if (!c)
        return;
    f->children = NULL;
    for (size_t i = 0; i < c->next; i++)
        if (c->child[i].frame)
            frame_free(x, c->child[i].frame);
    children_free(c);
}

void frame_free(struct execution *x, struct frame *f)
{
    frame_disarm(x, f);
    frame_call_drop(x, f);
    frame_children_drop(x, f);
    map_run_free(f);
    ring_remove(&f->ready);
    ring_remove(&f->dirty);
    unindex_frame(x, f);
    json_unref(f->input);
    json_unref(f->variables);
    mem_free(f->retries);
    mem_free(f);
}

/* -- status -- */

#define BIT(n) (1U << (n))

void frame_move(struct execution *x, struct frame *f, enum frame_status to)
{
    static const unsigned char may[FRAME_STATUS_COUNT] = {
        [FRAME_READY] = BIT(FRAME_RUNNING),
        [FRAME_RUNNING] = BIT(FRAME_READY) | BIT(FRAME_WAITING) | BIT(FRAME_ENDED),
        [FRAME_WAITING] = BIT(FRAME_RUNNING), // what it waited for has come, or its child failed
        [FRAME_ENDED] = 0,
    };
    assert(may[f->status] & BIT(to));
    (void)may; // without assertions
    log_debug("engine", "frame", "execution=%" PRIu64 " frame=%" PRIu64 " state=%.*s from=%s to=%s",
              x->id, f->id, STR_ARG(f->state->name), status_names[f->status], status_names[to]);
    if (f->status == FRAME_READY)
        ring_remove(&f->ready);
    if (f->status == FRAME_WAITING) {
        frame_disarm(x, f);
        f->wait = WAIT_NONE;
        f->deadline_ms = MS_NEVER;
    }
    f->status = to;
    if (to == FRAME_READY)
        ring_push(&x->ready, &f->ready);
    frame_touch(x, f);
}

void frame_wait(struct execution *x, struct frame *f, enum frame_wait why, int64_t deadline_ms)
{
    frame_move(x, f, FRAME_WAITING);
    f->wait = why;
    f->deadline_ms = deadline_ms;
    frame_arm(x, f);
}

void frame_touch(struct execution *x, struct frame *f)
{
    if (ring_is_alone(&f->dirty))
        ring_push(&x->dirty, &f->dirty);
}

/* -- timers -- */

void frame_arm(struct execution *x, struct frame *f)
{
    if (f->deadline_ms == MS_NEVER || x->restoring)
        return;
    struct engine *e = x->engine;
    engine_ref(e);
    f->timer =
        clock_timer_arm(e->options.clock, f->deadline_ms, engine_timer_fired, e, x->id, f->id);
}

static int by_id(const void *a, const void *b)
{
    uint64_t x = (*(struct frame *const *)a)->id, y = (*(struct frame *const *)b)->id;
    return (x > y) - (x < y);
}

/* Timers of the same moment fire in the order in which they were armed: of frames that began
 * together the first goes on first, as it would have without the restart. */
void frames_arm(struct execution *x)
{
    struct frame **frames = mem_new((x->frames_count + 1) * sizeof(struct frame *));
    size_t count = 0;
    if (x->root)
        frames[count++] = x->root;
    for (size_t i = 0; i < x->slots_count; i++)
        for (struct frame *f = x->slots[i]; f; f = f->next_in_slot)
            frames[count++] = f;
    qsort(frames, count, sizeof(struct frame *), by_id);
    for (size_t i = 0; i < count; i++)
        frame_arm(x, frames[i]);
    mem_free(frames);
}

void frame_disarm(struct execution *x, struct frame *f)
{
    struct engine *e = x->engine;
    if (f->timer && clock_timer_cancel(e->options.clock, f->timer))
        engine_unref(e);
    f->timer = 0;
}
