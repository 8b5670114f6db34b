/* Parallel states: every branch is a child frame, all started at once. */
#include "engine_private.h"

void parallel_attempt(struct execution *x, struct frame *f)
{
    const struct asl_state *s = f->state;
    struct err err = ERR_INIT;
    struct scope scope;
    json input = json_absent();
    scope_open(x, f, &scope);
    bool ok = asl_state_input(s, f->input, &scope.asl, &input, &err) &&
              state_data_fits(x, f, input, &err);
    scope_close(&scope);
    size_t count = s->as.parallel.count;
    struct children *c = ok ? children_new(count) : NULL;
    if (ok && !c)
        (void)err_set(&err, ERR_NO_MEMORY, "no memory for %zu branches", count);
    if (!c) {
        json_unref(input);
        state_error(x, f, &err);
        return;
    }
    history_chain(x, f, "ParallelStateStarted", json_absent(), NULL, json_absent());
    f->children = c;
    c->limit = count;
    frame_wait(x, f, WAIT_CHILDREN, MS_NEVER);
    for (size_t i = 0; i < count; i++) {
        c->next = i + 1;
        c->child[i].frame =
            frame_new(x, f, i, s->as.parallel.branches[i]->start, input, f->last_event);
    }
    json_unref(input);
    children_look(x, f);
}
