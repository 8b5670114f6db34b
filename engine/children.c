/* What Parallel and Map states share: their children, and what happens when one comes to its end.
 *
 * The parent counts; each child's output lies in its own row until the state is left, so an
 * iteration that ends writes one row, however many there are. In memory an ended child is its
 * output alone. */
#include "engine_private.h"

struct children *children_new(size_t count)
{
    size_t size;
    if (__builtin_mul_overflow(count, sizeof(struct child), &size) ||
        __builtin_add_overflow(size, sizeof(struct children), &size))
        return NULL;
    // As many as the input has items: an error, not the process's end.
    struct children *c = mem_try(size);
    if (!c)
        return NULL;
    memset(c, 0, size);
    c->count = count;
    return c;
}

void children_free(struct children *c)
{
    for (size_t i = 0; i < c->next; i++)
        json_unref(c->child[i].output);
    json_unref(c->input);
    json_unref(c->items);
    json_unref(c->context);
    mem_free(c);
}

void children_leave(struct execution *x, struct frame *f)
{
    map_runs_cut(x, f);
    frame_children_drop(x, f);
    if (!x->machine->express)
        store_step_frames_delete_under(execution_step(x), f->id);
}

/* All have ended: their outputs in order are the state's result. */
static void all_ended(struct execution *x, struct frame *f)
{
    const struct children *c = f->children;
    struct err err = ERR_INIT;
    json result = json_array(c->count);
    bool ok = !json_is_absent(result);
    for (size_t i = 0; i < c->count && ok; i++)
        ok = json_push_take(&result, json_ref(c->child[i].output));
    size_t count = c->count;
    children_leave(x, f); // before the state is done: that may fail, and be tried again
    if (ok) {
        const struct event e = {
            .previous = f->last_event,
            .type = f->state->type == ASL_MAP ? "MapStateSucceeded" : "ParallelStateSucceeded",
        };
        // Measured: Succeeded stands beside the chain, StateExited follows the last child.
        (void)history_add(x, &e);
        state_done(x, f, result, f->state->next);
    } else {
        (void)err_set(&err, ERR_NO_MEMORY, "no memory for the results of %zu children", count);
        state_error(x, f, &err);
    }
    json_unref(result);
}

void children_look(struct execution *x, struct frame *f)
{
    if (f->children->ended < f->children->count)
        return;
    if (f->status == FRAME_WAITING)
        frame_move(x, f, FRAME_RUNNING);
    all_ended(x, f);
}

void child_ended(struct execution *x, struct frame *child, json output_taken)
{
    struct frame *f = child->parent;
    struct children *c = f->children;
    size_t index = child->index;
    uint64_t last = child->last_event;
    checkpoint_ended_child(x, child, output_taken);
    c->child[index] = (struct child){NULL, output_taken};
    c->ended++;
    frame_free(x, child);
    frame_touch(x, f);
    f->last_event = last;
    if (f->state->type == ASL_MAP) {
        history_chain(x, f, "MapIterationSucceeded", details_iteration(f, index), NULL,
                      json_absent());
        // Recorded: the next iteration hangs on the last event inside this one.
        if (!map_start_more(x, f, last))
            return;
    }
    children_look(x, f);
}
