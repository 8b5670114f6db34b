/* The items of a Map Run, dealt out to its child executions: one each, or a batch each.
 *
 * A batch takes items until it has as many as MaxItemsPerBatch, or the next would make its text
 * longer than MaxInputBytesPerBatch or than the quota of an input. Source: Developer Guide,
 * "ItemBatcher (Map)". */
#include "map_run_private.h"

/* Gives the input of one item: ItemSelector over it, or itself. */
static bool item_input(struct execution *x, const struct frame *f, size_t i, json *out,
                       struct err *err)
{
    const struct map_run *r = f->map_run;
    struct rng rng;
    rng_stream(&rng, x->engine->options.seed, arn_hash(r->row.arn) + i);
    json item = json_at(r->items, i);
    struct asl_scope scope = {.context = json_absent(),
                              .variables = f->variables,
                              .now_ms = execution_now(x),
                              .rng = &rng,
                              .failed = &x->failed_field};
    if (f->state->as.map.item_selector && !json_is_absent(r->context))
        scope.context = context_with_item(r->context, i, item, text_or_none(r->source));
    bool ok = asl_map_item(f->state, r->input, item, &scope, out, err);
    json_unref(scope.context);
    return ok;
}

static bool batch_is_full(const struct map_run *r, uint64_t items)
{
    return (r->max_batch_items > 0 && items >= (uint64_t)r->max_batch_items) ||
           r->next_item + items >= r->row.items;
}

/* The most bytes that a child's input may have. */
static size_t input_max(const struct execution *x, const struct map_run *r)
{
    size_t most = execution_is_limited(x) ? (size_t)STATE_DATA_MAX_BYTES : SIZE_MAX;
    if (r->max_batch_bytes > 0 && (uint64_t)r->max_batch_bytes < most)
        most = (size_t)r->max_batch_bytes;
    return most;
}

/* Gives {"BatchInput": …} without Items. */
static bool batch_head(const struct map_run *r, json *out)
{
    *out = json_object(2);
    return json_is_absent(r->batch_input) ||
           json_put_take(out, STR("BatchInput"), json_ref(r->batch_input));
}

static bool batch_fill(struct execution *x, const struct frame *f, size_t bytes, json *list,
                       uint64_t *items, struct err *err)
{
    const struct map_run *r = f->map_run;
    size_t most = input_max(x, r);
    for (*items = 0; !batch_is_full(r, *items); ++*items) {
        json input = json_absent();
        if (!item_input(x, f, r->next_item + *items, &input, err))
            return false;
        bytes += json_text_size(input) + (*items > 0 ? 1 : 0);
        // One that is too large alone is told of by the quota.
        if (*items > 0 && bytes > most) {
            json_unref(input);
            return true;
        }
        if (!json_push_take(list, input))
            return err_set(err, ERR_NO_MEMORY, "no memory for a batch");
    }
    return true;
}

static bool batch_next(struct execution *x, const struct frame *f, json *out, uint64_t *items,
                       struct err *err)
{
    json batch = json_absent();
    json list = json_array(0);
    // The text of a batch without items: {"BatchInput":…,"Items":[]}.
    bool ok =
        batch_head(f->map_run, &batch) || err_set(err, ERR_NO_MEMORY, "no memory for a batch");
    size_t bytes = json_text_size(batch) + sizeof("\"Items\":[]") - 1 +
                   (json_is_absent(f->map_run->batch_input) ? 0 : 1);
    if (ok && batch_fill(x, f, bytes, &list, items, err)) {
        if (json_put_take(&batch, STR("Items"), list)) {
            *out = batch;
            return true;
        }
        (void)err_set(err, ERR_NO_MEMORY, "no memory for a batch");
    } else {
        json_unref(list);
    }
    json_unref(batch);
    return false;
}

bool map_items_next(struct execution *x, const struct frame *f, json *input, uint64_t *items,
                    struct err *err)
{
    const struct map_run *r = f->map_run;
    *items = 1;
    bool ok = distributed(f)->batcher.given ? batch_next(x, f, input, items, err)
                                            : item_input(x, f, r->next_item, input, err);
    // ASSUMPTION: an item past the quota fails the run, in the words for a state's data.
    return ok && state_data_fits(x, f, *input, err);
}
