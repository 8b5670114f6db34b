/* Events: what controllers say about objects, as objects of their own. */
#include "base/timestamp.h"
#include "change_private.h"
#include "edit_private.h"

#include <inttypes.h>

static bool event_run(struct change *w, struct store_connection *c, struct err *err)
{
    json object = json_ref(w->body);
    bool ok = create_object(w, c, w->kind, w->ns, &object, err);
    json_unref(object);
    if (!ok && w->failure.code == 404) { // its namespace has gone meanwhile: nobody can read it
        failure_release(&w->failure);
        return true;
    }
    if (ok && w->k->events_made++ % EVENTS_TRIM_EVERY == EVENTS_TRIM_EVERY - 1)
        ok = rows_trim_events(c, w->cluster, w->ns, EVENTS_KEPT, err);
    return ok;
}

void kube_event(struct kube *k, str cluster, json about, str component, str type, str reason,
                str message)
{
    char now[TIMESTAMP_TEXT_LEN + 1], suffix[UUID_TEXT_LEN + 1];
    json metadata = json_get(about, STR("metadata"));
    str ns = or_empty(json_str(json_get(metadata, STR("namespace"))));
    str name = or_empty(json_str(json_get(metadata, STR("name"))));
    if (ns.len == 0)
        ns = STR("default");
    timestamp_format_seconds(clock_now_ms(k->clock), now);
    kube_uuid(k, suffix);
    struct change *w =
        change_new(k, event_run, cluster, kind_of_resource(STR("events")), ns, STR(""));
    json who = object_of("kind", json_ref(json_get(about, STR("kind"))), "namespace",
                         json_ref(json_get(metadata, STR("namespace"))), "name", json_string(name),
                         "uid", json_ref(json_get(metadata, STR("uid"))), "apiVersion",
                         json_ref(json_get(about, STR("apiVersion"))), "resourceVersion",
                         json_ref(json_get(metadata, STR("resourceVersion"))), NULL);
    w->body = object_of(
        "apiVersion", json_c("v1"), "kind", json_c("Event"), "metadata",
        object_of("name", json_printf("%.*s.%.8s%.4s", STR_ARG(name), suffix, suffix + 9),
                  "namespace", json_string(ns), NULL),
        "involvedObject", who, "reason", json_string(reason), "message", json_string(message),
        "source", object_of("component", json_string(component), NULL), "firstTimestamp",
        json_c(now), "lastTimestamp", json_c(now), "count", json_integer(1), "type",
        json_string(type), "eventTime", json_null(), "reportingComponent", json_string(component),
        "reportingInstance", json_c(""), NULL);
    w->manager = or_empty(arena_str(&w->arena, component));
    w->job.flags = STORE_MAY_FAIL; // nobody waits for it
    change_submit_take(w);
}
