/* Requests that write, as changes: the body is read here, on the http thread; all that depends on
 * what is stored happens on the writer. */
#include "change_private.h"
#include "edit_private.h"

static bool texts_copy(struct change *w, struct request *r)
{
    w->manager = arena_str(&w->arena, r->manager);
    return w->manager.ptr != NULL;
}

static bool patch_type_of(const struct request *r, enum patch_type *out, struct failure *f)
{
    static const struct {
        str name;
        enum patch_type type;
    } known[] = {
        {STR_INIT("application/json-patch+json"),            PATCH_JSON     },
        {STR_INIT("application/merge-patch+json"),           PATCH_MERGE    },
        {STR_INIT("application/strategic-merge-patch+json"), PATCH_STRATEGIC},
    };
    str type = http_header(r->x, STR("Content-Type"));
    type = str_cut(&type, ';');
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (str_eq(type, known[i].name)) {
            *out = known[i].type;
            return true;
        }
    }
    // Server-side apply is not here: its conflicts cannot be told without owners of fields.
    return fail(f, 415, "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json-patch+json, application/merge-patch+json, "
                "application/strategic-merge-patch+json");
}

static bool patch_fill(struct change *w, struct request *r, struct failure *f)
{
    struct err err = ERR_INIT;
    str body = http_body(r->x);
    w->run = patch_run;
    if (!patch_type_of(r, &w->patch, f))
        return false;
    if (body.len > BODY_MAX_BYTES)
        return fail(f, 413, "RequestEntityTooLarge", "Request entity too large: limit is %d",
                    (int)BODY_MAX_BYTES);
    if (!json_parse(body, &w->body, &err)) {
        (void)fail_bad_request(f, "error decoding patch: %.*s", STR_ARG(err_text(&err)));
        err_release(&err);
        return false;
    }
    enum json_kind wanted = w->patch == PATCH_JSON ? JSON_ARRAY : JSON_OBJECT;
    if (w->body.kind != wanted)
        return fail_bad_request(f, "error decoding patch: it must be a JSON %s",
                                wanted == JSON_ARRAY ? "array" : "object");
    return true;
}

static bool object_fill(struct change *w, struct request *r, struct failure *f)
{
    struct shape_report *report = arena_alloc(r->a, sizeof(*report));
    if (!report)
        return fail_no_memory(f);
    w->read = report;
    w->run = r->verb == VERB_CREATE ? create_run : update_run;
    if (!body_object(r, report, &w->body, f))
        return false;
    if (r->kind->defaults)
        r->kind->defaults(&w->body);
    return !json_is_absent(w->body) || fail_no_memory(f);
}

static bool delete_fill(struct change *w, struct request *r, struct failure *f)
{
    struct delete_options options;
    w->run = r->verb == VERB_DELETE ? delete_run : delete_many_run;
    if (!body_delete_options(r, &options, f))
        return false;
    w->options = options; // its texts are the exchange's, which is answered after the run
    return r->verb == VERB_DELETE || request_selectors(r, &w->labels, &w->fields, f);
}

static bool fill(struct change *w, struct request *r, struct failure *f)
{
    switch (r->verb) {
    case VERB_CREATE:
    case VERB_UPDATE: return object_fill(w, r, f);
    case VERB_PATCH: return patch_fill(w, r, f);
    case VERB_DELETE:
    case VERB_DELETE_COLLECTION: return delete_fill(w, r, f);
    case VERB_GET:
    case VERB_LIST:
    case VERB_WATCH:
    case VERB_NONE: break;
    }
    return false;
}

void handle_write(struct request *r)
{
    struct failure f = {0};
    struct change *w = change_new(r->k, NULL, r->cluster, r->kind, r->ns, r->name);
    bool ok = texts_copy(w, r) ? fill(w, r, &f) : fail_no_memory(&f);
    if (!ok) {
        change_free(w);
        answer_failure_take(r, &f);
        return;
    }
    w->request = r;
    w->dry = r->dry;
    w->validation = r->validation;
    w->part = str_eq(r->subresource, STR("status")) ? UPDATE_STATUS : UPDATE_MAIN;
    change_submit_take(w);
}
