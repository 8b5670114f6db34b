/* History: events with their ids, and what their details are made of.
 *
 * Every event names the one that caused it. A frame keeps the end of its chain in last_event; the
 * few events that stand beside a chain (MapStateSucceeded, …Aborted) are added without moving it.
 * Source: recorded histories; Developer Guide. */
#include "engine_private.h"

#include <stdlib.h>

enum { EVENT_FIRST_ENTERED = 2 }; /* the event after ExecutionStarted */

uint64_t history_add(struct execution *x, const struct event *event)
{
    // The last place is kept for the end, whatever that will be.
    bool last =
        x->next_event >= HISTORY_EVENTS_MAX && !x->machine->express && execution_is_limited(x);
    if (x->overflow || (last && !x->ended)) {
        x->overflow = true;
        json_unref(event->details_taken);
        return x->next_event - 1;
    }
    const struct engine_options *o = &x->engine->options;
    struct store_event e = {
        .id = x->next_event++,
        .previous = event->previous,
        .type = event->type,
        .at_ms = execution_now(x),
        .details_taken = event->details_taken,
        .data_name = event->data_name,
        .data = event->data,
        .is_input = event->is_input,
    };
    if (o->observer) {
        const struct engine_event seen = {
            .execution_arn = x->arn,
            .id = e.id,
            .type = e.type,
            .at_ms = e.at_ms,
            .state_name = event->state_name,
            .details = e.details_taken,
            .data = e.data,
        };
        o->observer(o->observer_context, &seen);
    }
    store_step_event(execution_step(x), &e);
    x->step_events++;
    return e.id;
}

void history_chain(struct execution *x, struct frame *f, const char *type, json details_taken,
                   const char *data_name, json data)
{
    const struct event e = {
        .previous = f->last_event,
        .type = type,
        .details_taken = details_taken,
        .data_name = data_name,
        .data = data,
        .state_name = f->state->name,
        // Recorded: only ExecutionStarted tells the input as it was given, spaces and all.
        .is_input = x->input_is_compact && x->next_event == EVENT_FIRST_ENTERED && !f->parent,
    };
    f->last_event = history_add(x, &e);
}

/* Details are small and of our own making: without memory for them nothing goes on. */
static void must(bool ok)
{
    if (ok)
        return;
    log_error("engine", "no_memory", "what=\"details of an event\"");
    abort();
}

void details_put(json *object, const char *key, json v_taken)
{
    must(json_put_take(object, str_from_c(key), v_taken));
}

void details_put_text(json *object, const char *key, str text)
{
    if (!text.ptr)
        return;
    // A text from outside that is not UTF-8 is told so, rather than lost with its event.
    details_put(object, key,
                json_string(str_utf8_valid(text) ? text : STR("(a text that is not UTF-8)")));
}

json details_name(const struct execution *x, const struct asl_state *s)
{
    return json_ref(x->machine->names[s->number]);
}

json details_error(str error, str cause)
{
    json d = json_object(2);
    details_put_text(&d, "error", error);
    details_put_text(&d, "cause", cause);
    return d;
}

json details_iteration(const struct frame *map, size_t index)
{
    json d = json_object(2);
    details_put_text(&d, "name", map->state->name);
    details_put(&d, "index", json_integer((int64_t)index));
    return d;
}
