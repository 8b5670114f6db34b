/* Map states: every iteration is a child frame; as many run at once as the limit lets.
 *
 * The items are not copied: they are the input's own array, found again after a restart. Starting
 * one costs the same however many there are. */
#include "engine_private.h"

static bool concurrency(struct execution *x, const struct frame *f, json input,
                        const struct scope *scope, size_t *out, struct err *err)
{
    const struct asl_number *n = &f->state->as.map.max_concurrency;
    int64_t wanted = 0;
    if (n->given &&
        !asl_number_eval(n, STR("MaxConcurrencyPath"), input, &scope->asl, &wanted, err))
        return false;
    bool limited = execution_is_limited(x);
    if (wanted <= 0 || (limited && wanted > MAP_CONCURRENCY_MAX))
        wanted = MAP_CONCURRENCY_MAX;
    *out = (size_t)wanted;
    return true;
}

json map_items_kept(const struct frame *f)
{
    return f->state->jsonata ? f->children->items : json_absent();
}

/* Gives the items: those kept, if there are. */
static bool items_of(const struct asl_state *s, json input, json kept, const struct scope *scope,
                     json *out, struct err *err)
{
    *out = json_ref(kept);
    return !json_is_absent(kept) || asl_map_items(s, input, &scope->asl, out, err);
}

bool map_prepare(struct execution *x, struct frame *f, json kept, struct children **out,
                 struct err *err)
{
    const struct asl_state *s = f->state;
    struct scope scope;
    json input = json_absent();
    json items = json_absent();
    size_t limit = 0;
    scope_open(x, f, &scope);
    bool ok = asl_state_input(s, f->input, &scope.asl, &input, err) &&
              items_of(s, input, kept, &scope, &items, err) &&
              concurrency(x, f, input, &scope, &limit, err);
    struct children *c = ok ? children_new(json_len(items)) : NULL;
    if (ok && !c)
        ok = err_set(err, ERR_NO_MEMORY, "no memory for %zu iterations", json_len(items));
    if (c) {
        c->limit = limit;
        c->input = input;
        c->items = items;
        c->context = json_ref(scope.asl.context);
        *out = c;
    } else {
        json_unref(input);
        json_unref(items);
    }
    scope_close(&scope);
    return ok;
}

/* Gives the input of iteration i. */
static bool item_input(struct execution *x, const struct frame *f, size_t i, json *out,
                       struct err *err)
{
    const struct children *c = f->children;
    struct rng rng;
    execution_rng(x, &rng);
    json item = json_at(c->items, i);
    struct asl_scope scope = {.context = json_absent(),
                              .variables = f->variables,
                              .now_ms = execution_now(x),
                              .rng = &rng,
                              .failed = &x->failed_field};
    if (f->state->as.map.item_selector && !json_is_absent(c->context))
        scope.context = context_with_item(c->context, i, item, STR_NONE);
    bool ok = asl_map_item(f->state, c->input, item, &scope, out, err);
    json_unref(scope.context);
    return ok;
}

bool map_start_more(struct execution *x, struct frame *f, uint64_t previous)
{
    struct children *c = f->children;
    while (c->next < c->count && c->next - c->ended < c->limit) {
        struct err err = ERR_INIT;
        json input = json_absent();
        size_t i = c->next;
        const struct event started = {
            .previous = previous,
            .type = "MapIterationStarted",
            .details_taken = details_iteration(f, i),
        };
        uint64_t event = history_add(x, &started);
        if (!item_input(x, f, i, &input, &err)) {
            // ASSUMPTION: a selector that fails, fails the Map state; its iterations are cut.
            if (f->status == FRAME_WAITING)
                frame_move(x, f, FRAME_RUNNING);
            children_leave(x, f);
            state_error(x, f, &err);
            return false;
        }
        c->next++;
        c->child[i].frame = frame_new(x, f, i, f->state->as.map.processor->start, input, event);
        json_unref(input);
    }
    return true;
}

void map_attempt(struct execution *x, struct frame *f)
{
    struct err err = ERR_INIT;
    if (f->state->as.map.distributed) {
        map_run_attempt(x, f);
        return;
    }
    if (!map_prepare(x, f, json_absent(), &f->children, &err)) {
        state_error(x, f, &err);
        return;
    }
    json d = json_object(1);
    details_put(&d, "length", json_integer((int64_t)f->children->count));
    history_chain(x, f, "MapStateStarted", d, NULL, json_absent());
    frame_wait(x, f, WAIT_CHILDREN, MS_NEVER);
    if (map_start_more(x, f, f->last_event))
        children_look(x, f);
}
