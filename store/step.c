/* Building a step. Nothing is printed here: a value is a reference, and only when the step is
 * submitted it is settled which values become payloads, so that what was replaced or deleted
 * meanwhile costs nothing. */
#include "step_private.h"

#include <assert.h>

enum { ROOM_AT_FIRST = 16 };

void *step_array_grow(void *old, const void *few, size_t count, size_t *room, size_t size)
{
    // As large as what the engine let one step become: no size from outside.
    size_t more = *room < ROOM_AT_FIRST ? ROOM_AT_FIRST : *room * 2;
    void *grown = mem_new(more * size);
    if (count > 0)
        memcpy(grown, old, count * size);
    if (old != few)
        mem_free(old);
    *room = more;
    return grown;
}

void store_payloads_init(struct store_payloads *p, uint64_t next_id)
{
    *p = (struct store_payloads){.next_id = next_id > 0 ? next_id : 1, .frames_max = UINT64_MAX};
}

void store_payloads_release(struct store_payloads *p)
{
    for (size_t i = 0; i < STORE_PAYLOADS_KEPT; i++) {
        json_unref(p->kept[i].value);
        p->kept[i].value = json_absent();
    }
}

static void step_free(struct store_step *step)
{
    for (size_t i = 0; i < step->events_count; i++) {
        json_unref(step->events[i].details);
        json_unref(step->events[i].data.value);
    }
    if (step->events != step->events_few)
        mem_free(step->events);
    for (size_t i = 0; i < step->values_count; i++)
        json_unref(step->values[i].value);
    mem_free(step->values);
    index_release(&step->values_by_identity);
    step_frames_release(step);
    step_map_runs_release(step);
    json_unref(step->output.value);
    mem_free(step->start_texts);
    mem_free(step->end_texts);
    mem_free(step);
}

static uint64_t *refused_slot(struct store_step *step)
{
    return &step->store->writer.refused[step->execution % STORE_REFUSED_KEPT];
}

/* Tells what became of the step. What was not started is remembered for steps queued behind it. */
static void step_finish(struct store_job *job, const struct err *err)
{
    struct store_step *step = (struct store_step *)(void *)job; // the job is its first member
    struct err mine = ERR_INIT;
    enum store_start result = step->result;
    if (err_is_set(err)) {
        err_copy(&mine, err);
        result = STORE_STARTED;
        if (step->starts)
            *refused_slot(step) = step->execution;
    } else if (step->passed_over && step->starts) {
        (void)err_set(&mine, ERR_NO_MEMORY, "no memory to start the execution");
    } else if (step->passed_over) {
        (void)err_set(&mine, ERR_EXECUTION_DOES_NOT_EXIST,
                      "the start of execution %llu was not written",
                      (unsigned long long)step->execution);
    }
    if (step->done)
        step->done(step->context, result, step->result_ms, &mine);
    err_release(&mine);
    step_free(step);
}

struct store_step *store_step_new(struct store *s, uint64_t execution,
                                  struct store_payloads *payloads, store_step_done *done,
                                  void *context)
{
    struct store_step *step = mem_new(sizeof *step);
    step->job.apply = step_apply;
    step->job.done = step_finish;
    step->store = s;
    step->execution = execution;
    step->payloads = payloads;
    step->done = done;
    step->context = context;
    step->events = step->events_few;
    step->events_room = STEP_EVENTS_FEW;
    step->frames_base = payloads ? payloads->frames_max : UINT64_MAX;
    return step;
}

/* A copy of s at *at, which moves past it. */
static str text_put(char **at, str s)
{
    str copy = {*at, s.len};
    if (s.len > 0)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return copy;
}

void store_step_start(struct store_step *step, const struct store_execution *e, bool without_clash)
{
    assert(!step->starts && e->status == STORE_RUNNING && e->id == step->execution);
    step->starts = true;
    step->without_clash = without_clash;
    step->start = *e;
    step->frames_base = 0;
    if (step->payloads)
        step->payloads->frames_max = 0;

    // The input's size is a client's: without memory for it the start is refused.
    size_t size = e->arn.len + e->machine_arn.len + e->name.len + e->input.len;
    char *at = mem_try(size + 1);
    step->start_texts = at;
    step->no_memory = !at;
    if (!at)
        return;
    step->start.arn = text_put(&at, e->arn);
    step->start.machine_arn = text_put(&at, e->machine_arn);
    step->start.name = text_put(&at, e->name);
    step->start.input = text_put(&at, e->input);
}

void store_step_event(struct store_step *step, const struct store_event *e)
{
    if (step->events_count == step->events_room)
        step->events = step_array_grow(step->events, step->events_few, step->events_count,
                                       &step->events_room, sizeof *step->events);
    step->events[step->events_count++] = (struct step_event){
        .id = e->id,
        .previous = e->previous,
        .type = e->type,
        .at_ms = e->at_ms,
        .details = e->details_taken,
        .data_name = e->data_name,
        .data = {e->is_input ? json_absent() : json_ref(e->data), 0},
        .is_input = e->is_input,
    };
}

void store_step_end(struct store_step *step, enum store_status status, json output, str error,
                    str cause, int64_t stop_ms)
{
    assert(!step->ends && status != STORE_RUNNING);
    step->ends = true;
    step->status = status;
    step->stop_ms = stop_ms;
    step->output.value = json_ref(output);
    if (!error.ptr && !cause.ptr)
        return;
    // An end cannot be refused: no memory for it ends the process, and its restart goes on.
    char *at = mem_new(error.len + cause.len + 1);
    step->end_texts = at;
    if (error.ptr)
        step->error = text_put(&at, error);
    if (cause.ptr)
        step->cause = text_put(&at, cause);
}

size_t store_step_size(const struct store_step *step)
{
    return step->events_count + step->frames_written;
}

/* -- payloads -- */

static bool kept_find(const struct store_payloads *p, json v, uint64_t *id)
{
    const void *identity = json_identity(v);
    for (size_t i = 0; i < STORE_PAYLOADS_KEPT; i++) {
        if (!json_is_absent(p->kept[i].value) && json_identity(p->kept[i].value) == identity) {
            *id = p->kept[i].id;
            return true;
        }
    }
    return false;
}

static void kept_add(struct store_payloads *p, json v, uint64_t id)
{
    unsigned at = p->oldest++ % STORE_PAYLOADS_KEPT;
    json_unref(p->kept[at].value);
    p->kept[at].value = json_ref(v);
    p->kept[at].id = id;
}

/* A large value gets the payload it has: in this step, or in an earlier one; or a new one. */
static void value_settle(struct store_step *step, struct step_value *v)
{
    const void *identity = json_identity(v->value);
    if (!step->payloads || !identity || json_text_size(v->value) <= STORE_PAYLOAD_MIN_BYTES)
        return;
    uint64_t key = (uint64_t)(uintptr_t)identity;
    size_t place = 0;
    if (index_find(&step->values_by_identity, key, &place)) {
        v->ref = step->values[place].id;
        return;
    }
    bool stored = kept_find(step->payloads, v->value, &v->ref);
    if (!stored) {
        v->ref = step->payloads->next_id++;
        kept_add(step->payloads, v->value, v->ref);
    }
    if (step->values_count == step->values_room)
        step->values = step_array_grow(step->values, NULL, step->values_count, &step->values_room,
                                       sizeof *step->values);
    step->values[step->values_count] = (struct step_payload){v->ref, json_ref(v->value), stored};
    index_add(&step->values_by_identity, key, step->values_count++);
}

static void values_settle(struct store_step *step)
{
    for (size_t i = 0; i < step->events_count; i++)
        value_settle(step, &step->events[i].data);
    value_settle(step, &step->output);
    if (step->ends)
        return; // all frames go
    for (size_t i = 0; i < step->frames_count; i++) {
        struct step_frame *f = &step->frames[i];
        if (f->state != STEP_FRAME_PUT)
            continue;
        value_settle(step, &f->input);
        value_settle(step, &f->work);
        value_settle(step, &f->output);
        value_settle(step, &f->variables);
        if (step->payloads && f->id > step->payloads->frames_max)
            step->payloads->frames_max = f->id;
    }
}

void store_step_submit_take(struct store_step *step, bool soon)
{
    values_settle(step);
    step->frames_never = step->payloads && step->payloads->frames_max == 0;
    step->payloads = NULL; // the execution may end before the writer comes to it
    // Nobody waits to hear that a child of a Map Run was refused: it is kept until there is room.
    bool refusable = step->starts && step->start.map_run == 0;
    step->job.flags = (soon ? STORE_SOON : 0) | (refusable ? STORE_REFUSABLE : 0);
    store_submit_take(step->store, &step->job);
}
