/* Watches, answered with what is known now.
 *
 * A watch that ends early is a legal one: clients go on from the last version they saw, about once
 * a second. So each is a whole answer: the changes since a version, from the ring that kube_tell
 * fills, or everything that is there. What is older than the ring is 410 Expired, and the client
 * lists again. An object that a selector no longer matches is told as deleted. */
#include "base/buf.h"
#include "edit_private.h"
#include "objects_private.h"
#include "request_private.h"

#include <inttypes.h>

enum { STREAM_MAX_BYTES = 512 << 20 };

struct watch {
    struct request *r;
    struct kube_selector *labels, *fields;
    struct buf out;
    int64_t version; /* up to which all is told */
};

static void event_print(struct watch *w, const char *type, json object_taken)
{
    json event = object_of("type", json_c(type), "object", object_taken, NULL);
    json_print(event, &w->out);
    buf_add_char(&w->out, '\n');
    json_unref(event);
}

static void change_print(struct watch *w, const char *type, json object)
{
    struct request *r = w->r;
    if (r->form == FORM_TABLE && r->kind->columns) {
        json list = json_array(1);
        str version = json_str(json_get_path(object, "metadata", "resourceVersion", NULL));
        json table = json_absent();
        if (json_push_take(&list, json_ref(object)))
            table = table_of(r, list, or_empty(version), json_absent());
        json_unref(list);
        event_print(w, type, table);
    } else if (r->form == FORM_METADATA) {
        event_print(w, type,
                    object_of("kind", json_c("PartialObjectMetadata"), "apiVersion",
                              json_c("meta.k8s.io/v1"), "metadata",
                              json_ref(json_get(object, STR("metadata"))), NULL));
    } else {
        event_print(w, type, json_ref(object));
    }
}

static bool matches(const struct watch *w, json object)
{
    return kube_selector_matches(w->labels, object) && kube_selector_matches(w->fields, object);
}

static void recent_print(struct watch *w, const struct recent *e)
{
    bool now = matches(w, e->object);
    switch (e->change) {
    case KUBE_ADDED:
        if (now)
            change_print(w, "ADDED", e->object);
        return;
    case KUBE_DELETED:
        if (now)
            change_print(w, "DELETED", e->object);
        return;
    case KUBE_MODIFIED: break;
    }
    bool before = matches(w, e->before);
    if (now)
        change_print(w, before ? "MODIFIED" : "ADDED", e->object);
    else if (before)
        change_print(w, "DELETED", e->object);
}

/* An object of another cluster, kind or namespace is nobody's here. */
static bool concerns(const struct request *r, const struct recent *e)
{
    str ns = or_empty(json_str(json_get_path(e->object, "metadata", "namespace", NULL)));
    return e->kind == r->kind && e->cluster && str_eq(str_from_c(e->cluster), r->cluster) &&
           (r->ns.len == 0 || str_eq(ns, r->ns));
}

/* Copies the changes after a version that concern r, as references, to out[RECENT_MAX]; false: they
 * are not all known any more. *last: the newest version known. */
static bool recent_since(const struct request *r, int64_t after, struct recent *out, size_t *count,
                         int64_t *last)
{
    struct kube *k = r->k;
    *count = 0;
    *last = after;
    kube_recent_lock(k);
    bool known = after >= k->recent_since;
    if (k->recent_since > *last)
        *last = k->recent_since;
    for (size_t i = 0; i < k->recent_count; i++) {
        size_t at = (k->recent_next + RECENT_MAX - k->recent_count + i) % RECENT_MAX;
        const struct recent *e = &k->recent[at];
        if (e->version > *last)
            *last = e->version;
        if (!known || e->version <= after || !concerns(r, e))
            continue;
        out[*count] = *e;
        out[*count].cluster = NULL; // the ring's own
        out[*count].object = json_ref(e->object);
        out[*count].before = json_ref(e->before);
        ++*count;
    }
    kube_recent_unlock(k);
    return known;
}

static void expired_print(struct watch *w, int64_t version, int64_t oldest)
{
    event_print(w, "ERROR",
                object_of("kind", json_c("Status"), "apiVersion", json_c("v1"), "metadata",
                          json_object(0), "status", json_c("Failure"), "message",
                          json_printf("too old resource version: %" PRId64 " (%" PRId64 ")",
                                      version, oldest),
                          "reason", json_c("Expired"), "code", json_integer(410), NULL));
}

/* False: memory fails. */
static bool changes_print(struct watch *w, int64_t after)
{
    size_t count = 0;
    struct recent *changes = arena_array(w->r->a, RECENT_MAX, sizeof(*changes));
    if (!changes)
        return false;
    bool known = recent_since(w->r, after, changes, &count, &w->version);
    if (!known)
        expired_print(w, after, w->version);
    for (size_t i = 0; i < count; i++) {
        recent_print(w, &changes[i]);
        json_unref(changes[i].object);
        json_unref(changes[i].before);
    }
    if (known && str_eq(request_param(w->r, STR("allowWatchBookmarks")), STR("true")) &&
        w->r->form == FORM_PLAIN)
        event_print(w, "BOOKMARK",
                    object_of("kind", json_string(w->r->kind->name), "apiVersion",
                              json_string(or_empty(kind_api_version(w->r->a, w->r->kind))),
                              "metadata",
                              object_of("resourceVersion", json_printf("%" PRId64, w->version),
                                        "creationTimestamp", json_null(), NULL),
                              NULL));
    return true;
}

static bool present_print(void *context, json object, bool *more, struct err *err)
{
    struct watch *w = context;
    *more = true;
    (void)err;
    if (matches(w, object))
        change_print(w, "ADDED", object);
    return true;
}

static bool everything_print(struct watch *w, struct failure *f)
{
    struct err err = ERR_INIT;
    struct rows rows = {.cluster = w->r->cluster, .kind = w->r->kind, .ns = w->r->ns};
    struct store_connection *c = store_reader(w->r->k->store, &err);
    bool ok = c && rows_walk(c, &rows, present_print, w, &err);
    if (!ok)
        (void)fail_err(f, &err);
    err_release(&err);
    return ok;
}

/* Clients that ask for initial events must hear that there are none, in these words, or they wait
 * for their end. Source: k8s.io/apimachinery, pkg/apis/meta/internalversion/validation. */
static bool refuse_initial_events(const struct request *r, struct failure *f)
{
    static const char text[] = "sendInitialEvents is forbidden for watch unless the WatchList "
                               "feature gate is enabled";
    if (request_param(r, STR("sendInitialEvents")).len == 0)
        return true;
    (void)fail(f, 422, "Invalid",
               "ListOptions.meta.k8s.io \"\" is invalid: sendInitialEvents: Forbidden: %s", text);
    json cause =
        object_of("reason", json_c("FieldValueForbidden"), "message",
                  json_printf("Forbidden: %s", text), "field", json_c("sendInitialEvents"), NULL);
    json causes = json_array(1);
    if (json_push_take(&causes, cause))
        edit_put(&f->status,
                 object_of("group", json_c("meta.k8s.io"), "kind", json_c("ListOptions"), "causes",
                           json_ref(causes), NULL),
                 "details", NULL);
    json_unref(causes);
    return false;
}

void handle_watch(struct request *r)
{
    struct failure f = {0};
    struct watch w = {.r = r};
    int64_t after = 0;
    str version = request_param(r, STR("resourceVersion"));
    bool ok = refuse_initial_events(r, &f) && request_selectors(r, &w.labels, &w.fields, &f);
    if (ok && version.len > 0 && (!str_to_int64(version, &after) || after < 0))
        ok = fail_bad_request(&f, "invalid resource version: \"%.*s\"", STR_ARG(version));
    buf_init(&w.out, STREAM_MAX_BYTES);
    if (ok)
        ok = after > 0 ? changes_print(&w, after) || fail_no_memory(&f) : everything_print(&w, &f);
    if (ok && !buf_ok(&w.out))
        ok = fail_no_memory(&f);
    if (ok)
        answer_text_take(r, 200, "application/json", buf_give(&w.out));
    else
        answer_failure_take(r, &f);
    buf_release(&w.out);
}
