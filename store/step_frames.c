/* The frames of a step: what changed last is all that is written.
 *
 * A later put replaces an earlier, a deletion takes back a put. A frame that no earlier step wrote
 * (its id is above frames_base) leaves no trace when it is deleted: a Map item that begins and ends
 * within a step costs nothing. Frames are found by an index past a few, and children by their
 * parents' lists, so each call costs what it changes, however many frames the step has.
 *
 * A frame may stand under one that this step knows nothing of. Such a frame cannot be found from an
 * ancestor here; it is written, and the store's DELETE of all under the ancestor, which follows in
 * order, finds it there. That is why order is kept in ops. */
#include "step_private.h"

#include <assert.h>

static void frame_drop_values(struct step_frame *f)
{
    json_unref(f->data);
    json_unref(f->input.value);
    json_unref(f->work.value);
    json_unref(f->output.value);
    json_unref(f->variables.value);
    f->data = json_absent();
    f->input = f->work = f->output = f->variables = (struct step_value){json_absent(), 0};
}

void step_frames_release(struct store_step *step)
{
    for (size_t i = 0; i < step->frames_count; i++)
        frame_drop_values(&step->frames[i]);
    mem_free(step->frames);
    mem_free(step->ops);
    index_release(&step->frames_by_id);
}

static bool frame_find(const struct store_step *step, uint64_t id, size_t *place)
{
    if (step->frames_count > STEP_FRAMES_FEW)
        return index_find(&step->frames_by_id, id, place);
    for (size_t i = 0; i < step->frames_count; i++) {
        if (step->frames[i].id == id) {
            *place = i;
            return true;
        }
    }
    return false;
}

/* The place of a frame, made a stub when it is new. Moves frames. */
static size_t frame_place(struct store_step *step, uint64_t id)
{
    assert(id != 0);
    size_t place = 0;
    if (frame_find(step, id, &place))
        return place;
    if (step->frames_count == step->frames_room)
        step->frames = step_array_grow(step->frames, NULL, step->frames_count, &step->frames_room,
                                       sizeof *step->frames);
    place = step->frames_count++;
    step->frames[place] = (struct step_frame){.id = id, .state = STEP_FRAME_STUB};
    if (step->frames_count == STEP_FRAMES_FEW + 1) {
        for (size_t i = 0; i < place; i++)
            index_add(&step->frames_by_id, step->frames[i].id, i);
    }
    if (step->frames_count > STEP_FRAMES_FEW)
        index_add(&step->frames_by_id, id, place);
    return place;
}

static void op_push(struct store_step *step, struct step_op op)
{
    if (step->ops_count == step->ops_room)
        step->ops =
            step_array_grow(step->ops, NULL, step->ops_count, &step->ops_room, sizeof *step->ops);
    step->ops[step->ops_count++] = op;
}

static bool is_written(const struct step_frame *f)
{
    return f->state == STEP_FRAME_PUT || f->state == STEP_FRAME_DELETED;
}

/* The program's only assignment to a frame's state. What is written has an op, behind any deletion
 * that went before; what is not has none. */
static void frame_move(struct store_step *step, size_t place, enum step_frame_state to)
{
    struct step_frame *f = &step->frames[place];
    step->frames_written -= is_written(f) ? 1 : 0;
    f->state = to;
    if (!is_written(f)) {
        f->op = 0;
        return;
    }
    step->frames_written++;
    if (f->op == 0 || f->unders != step->unders) {
        op_push(step, (struct step_op){.kind = STEP_OP_FRAME, .frame = place});
        f->op = step->ops_count;
        f->unders = step->unders;
    }
}

void store_step_frame(struct store_step *step, const struct store_frame *f)
{
    size_t place = frame_place(step, f->id);
    struct step_frame *mine = &step->frames[place];
    assert(!mine->linked || mine->parent == f->parent);
    bool link = f->parent != 0 && !mine->linked;
    // The new references first: f may be all that holds the old values.
    struct step_frame now = *mine;
    now.parent = f->parent;
    now.data = json_ref(f->data);
    now.input = (struct step_value){json_ref(f->input), 0};
    now.work = (struct step_value){json_ref(f->work), 0};
    now.output = (struct step_value){json_ref(f->output), 0};
    now.variables = (struct step_value){json_ref(f->variables), 0};
    now.linked = now.linked || link;
    frame_drop_values(mine);
    *mine = now;
    frame_move(step, place, STEP_FRAME_PUT);
    if (link) {
        size_t parent = frame_place(step, f->parent);
        step->frames[place].next_sibling = step->frames[parent].first_child;
        step->frames[parent].first_child = place + 1;
    }
}

void store_step_frame_delete(struct store_step *step, uint64_t frame)
{
    size_t place = 0;
    bool stored = frame <= step->frames_base;
    if (stored)
        place = frame_place(step, frame);
    else if (!frame_find(step, frame, &place))
        return;
    frame_drop_values(&step->frames[place]);
    frame_move(step, place, stored ? STEP_FRAME_DELETED : STEP_FRAME_GONE);
}

void store_step_frames_delete_under(struct store_step *step, uint64_t parent)
{
    size_t root = 0;
    if (frame_find(step, parent, &root)) {
        // Each child found gives its children to the root's list, until that is empty.
        while (step->frames[root].first_child != 0) {
            size_t place = step->frames[root].first_child - 1;
            struct step_frame *f = &step->frames[place];
            step->frames[root].first_child = f->next_sibling;
            while (f->first_child != 0) {
                struct step_frame *child = &step->frames[f->first_child - 1];
                size_t next = child->next_sibling;
                child->next_sibling = step->frames[root].first_child;
                step->frames[root].first_child = f->first_child;
                f->first_child = next;
            }
            f->next_sibling = 0;
            f->linked = false;
            frame_drop_values(f);
            frame_move(step, place, STEP_FRAME_GONE);
        }
    }
    if (parent > step->frames_base)
        return; // it is new itself: nothing stored can be below it
    op_push(step, (struct step_op){.kind = STEP_OP_DELETE_UNDER, .parent = parent});
    step->unders++;
}
