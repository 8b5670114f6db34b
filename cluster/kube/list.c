/* Reads: one object, lists by pages. A list's version is read before its rows: a watch from it may
 * see a change twice and never miss one. */
#include "base/base64.h"
#include "edit_private.h"
#include "objects_private.h"
#include "request_private.h"
#include "selector_private.h"

#include <inttypes.h>

enum {
    PAGE_MAX = 100000, /* objects of one answer, whatever the client asks */
    TOKEN_MAX_BYTES = 4096,
};

void handle_get(struct request *r)
{
    struct failure f = {0};
    struct err err = ERR_INIT;
    json object = json_absent();
    struct store_connection *c = store_reader(r->k->store, &err);
    bool ok = c && row_load(c, r->cluster, r->kind, r->ns, r->name, &object, &err);
    if (!ok)
        (void)fail_err(&f, &err);
    else if (json_is_absent(object))
        (void)fail_not_found(&f, r->kind, r->name);
    if (f.code)
        answer_failure_take(r, &f);
    else
        answer_object(r, 200, object, NULL, 0);
    json_unref(object);
    err_release(&err);
}

/* -- what is asked for -- */

static bool field_allowed(const struct kind *kind, str key)
{
    if (str_eq(key, STR("metadata.name")) || str_eq(key, STR("metadata.namespace")))
        return true;
    for (const char *const *field = kind->fields; *field; field++)
        if (str_eq(key, str_from_c(*field)))
            return true;
    return false;
}

bool request_selectors(struct request *r, struct kube_selector **labels,
                       struct kube_selector **fields, struct failure *f)
{
    struct err err = ERR_INIT;
    bool ok =
        kube_label_selector_parse(r->a, request_param(r, STR("labelSelector")), labels, &err) &&
        kube_field_selector_parse(r->a, request_param(r, STR("fieldSelector")), fields, &err);
    if (!ok)
        (void)fail_bad_request(f, "%.*s", STR_ARG(err_text(&err)));
    err_release(&err);
    for (size_t i = 0; ok && i < selector_keys(*fields); i++) {
        str key = selector_key_at(*fields, i);
        if (!field_allowed(r->kind, key))
            ok = fail_bad_request(f, "field label not supported: %.*s", STR_ARG(key));
    }
    return ok;
}

/* The place where a page begins, from `continue`: base64url of {"v","rv","ns","name"}. */
static bool continue_read(struct request *r, struct rows *rows, struct failure *f)
{
    struct err err = ERR_INIT;
    struct buf b;
    json token = json_absent();
    str text = request_param(r, STR("continue"));
    if (text.len == 0)
        return true;
    buf_init(&b, TOKEN_MAX_BYTES);
    bool ok = base64url_decode(text, &b) && json_parse(buf_str(&b), &token, &err);
    str name = json_str(json_get(token, STR("name")));
    str ns = json_str(json_get(token, STR("ns")));
    ok = ok && name.ptr && ns.ptr;
    if (ok) {
        rows->after_name = arena_str(r->a, name);
        rows->after_ns = arena_str(r->a, ns);
        ok = rows->after_name.ptr && rows->after_ns.ptr;
    }
    json_unref(token);
    buf_release(&b);
    err_release(&err);
    return ok || fail_bad_request(f, "continue key is not valid: it cannot be decoded");
}

static bool limit_read(const struct request *r, size_t *out, struct failure *f)
{
    str text = request_param(r, STR("limit"));
    int64_t limit = 0;
    *out = PAGE_MAX;
    if (text.len == 0)
        return true;
    if (!str_to_int64(text, &limit) || limit < 0)
        return fail_bad_request(f, "invalid value for limit: \"%.*s\"", STR_ARG(text));
    if (limit > 0 && limit < PAGE_MAX)
        *out = (size_t)limit;
    return true;
}

/* -- a page -- */

struct page {
    struct kube_selector *labels, *fields;
    size_t limit;
    json items;
    bool more;
};

static bool page_add(void *context, json object, bool *more, struct err *err)
{
    struct page *p = context;
    if (!kube_selector_matches(p->labels, object) || !kube_selector_matches(p->fields, object))
        return true;
    if (json_len(p->items) == p->limit) {
        p->more = true;
        *more = false;
        return true;
    }
    return json_push_take(&p->items, json_ref(object)) ||
           err_set(err, ERR_NO_MEMORY, "no memory for a list");
}

/* Gives the token that goes on behind the page's last object. */
static json continue_token(const struct page *p, int64_t version)
{
    struct buf text, token;
    json last = json_get(json_at(p->items, json_len(p->items) - 1), STR("metadata"));
    json value =
        object_of("v", json_c("meta.k8s.io/v1"), "rv", json_integer(version), "ns",
                  json_string(or_empty(json_str(json_get(last, STR("namespace"))))), "name",
                  json_string(or_empty(json_str(json_get(last, STR("name"))))), NULL);
    json made = json_absent();
    buf_init(&text, TOKEN_MAX_BYTES);
    buf_init(&token, TOKEN_MAX_BYTES);
    json_print(value, &text);
    base64url_encode(buf_str(&text), &token);
    if (buf_ok(&text) && buf_ok(&token))
        made = json_string(buf_str(&token));
    buf_release(&text);
    buf_release(&token);
    json_unref(value);
    return made;
}

static bool list_metadata(struct request *r, struct store_connection *c, const struct rows *rows,
                          const struct page *p, int64_t version, json *out, struct err *err)
{
    *out = object_of("resourceVersion", json_printf("%" PRId64, version), NULL);
    if (!p->more)
        return true;
    json token = continue_token(p, version);
    if (json_is_absent(token))
        return err_set(err, ERR_NO_MEMORY, "no memory for a list");
    edit_put(out, token, "continue", NULL);
    if (request_param(r, STR("labelSelector")).len > 0 ||
        request_param(r, STR("fieldSelector")).len > 0)
        return true; // nobody counts what a selector would leave
    int64_t rest = 0;
    json last = json_get(json_at(p->items, json_len(p->items) - 1), STR("metadata"));
    struct rows behind = *rows;
    behind.after_ns = or_empty(json_str(json_get(last, STR("namespace"))));
    behind.after_name = or_empty(json_str(json_get(last, STR("name"))));
    if (!rows_count(c, &behind, &rest, err))
        return false;
    edit_put(out, json_integer(rest), "remainingItemCount", NULL);
    return true;
}

/* Gives the objects as a list has them: without their types, or with their metadata alone. */
static json items_shown(const struct request *r, json items)
{
    json list = json_array(json_len(items));
    bool ok = true;
    for (size_t i = 0; i < json_len(items) && ok; i++) {
        json item = json_ref(json_at(items, i));
        if (r->form == FORM_METADATA) {
            json metadata = json_ref(json_get(item, STR("metadata")));
            json_unref(item);
            item = object_of("metadata", metadata, NULL);
        } else {
            edit_drop(&item, "kind", NULL);
            edit_drop(&item, "apiVersion", NULL);
        }
        ok = json_push_take(&list, item);
    }
    if (!ok) {
        json_unref(list);
        list = json_absent();
    }
    return list;
}

static json list_shown(struct request *r, json items, json metadata)
{
    if (r->form == FORM_TABLE && r->kind->columns)
        return table_of(r, items, STR(""), metadata);
    json shown = items_shown(r, items);
    if (json_is_absent(shown))
        return shown;
    if (r->form == FORM_METADATA)
        return object_of("kind", json_c("PartialObjectMetadataList"), "apiVersion",
                         json_c("meta.k8s.io/v1"), "metadata", json_ref(metadata), "items", shown,
                         NULL);
    return object_of("kind", json_printf("%.*sList", STR_ARG(r->kind->name)), "apiVersion",
                     json_string(or_empty(kind_api_version(r->a, r->kind))), "metadata",
                     json_ref(metadata), "items", shown, NULL);
}

void handle_list(struct request *r)
{
    struct failure f = {0};
    struct err err = ERR_INIT;
    struct page p = {0};
    struct rows rows = {.cluster = r->cluster, .kind = r->kind, .ns = r->ns};
    json metadata = json_absent();
    int64_t version = 0;
    bool ok = request_selectors(r, &p.labels, &p.fields, &f) && limit_read(r, &p.limit, &f) &&
              continue_read(r, &rows, &f);
    p.items = json_array(16);
    if (ok) {
        struct store_connection *c = store_reader(r->k->store, &err);
        ok = c && version_load(c, &version, &err) && rows_walk(c, &rows, page_add, &p, &err) &&
             list_metadata(r, c, &rows, &p, version, &metadata, &err);
        if (!ok)
            (void)fail_err(&f, &err);
    }
    if (ok)
        answer_take(r, 200, list_shown(r, p.items, metadata));
    else
        answer_failure_take(r, &f);
    json_unref(metadata);
    json_unref(p.items);
    err_release(&err);
}
