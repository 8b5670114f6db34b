/* The way of a request: path, rights, then the verb's own file.
 *
 * RBAC objects are not kept here. ASSUMPTION: members of system:masters may do everything; any
 * other user who is admitted sees discovery, version, health and himself, and is forbidden the rest
 * in Kubernetes' words, as a user without any role binding is. */
#include "base/mem.h"
#include "edit_private.h"
#include "request_private.h"

#include <stdio.h>

static str resource_of(const struct request *r)
{
    if (r->subresource.len == 0)
        return r->kind->resource;
    str text = arena_printf(r->a, "%.*s/%.*s", STR_ARG(r->kind->resource), STR_ARG(r->subresource));
    return text.ptr ? text : r->kind->resource;
}

static bool forbidden(struct request *r, const struct auth_user *user, struct failure *f)
{
    char space[RESOURCE_TEXT_MAX];
    str name = r->name.len ? arena_printf(r->a, " \"%.*s\"", STR_ARG(r->name)) : STR("");
    str where = r->ns.len ? arena_printf(r->a, "in the namespace \"%.*s\"", STR_ARG(r->ns))
                          : STR("at the cluster scope");
    str resource = resource_of(r);
    return fail_about(f, 403, "Forbidden", r->kind, r->name,
                      "%s%.*s is forbidden: User \"%.*s\" cannot %s resource \"%.*s\" in API group "
                      "\"%.*s\" %.*s",
                      resource_text(r->kind, space), STR_ARG(or_empty(name)),
                      STR_ARG(user->username), verb_name(r->verb), STR_ARG(resource),
                      STR_ARG(r->kind->group), STR_ARG(or_empty(where)));
}

static bool not_allowed(struct failure *f)
{
    return fail(f, 405, "MethodNotAllowed",
                "the server does not allow this method on the requested resource");
}

static bool refuses_streams(const struct request *r, struct failure *f)
{
    if (r->subresource.len == 0 || str_eq(r->subresource, STR("log")) ||
        str_eq(r->subresource, STR("status")))
        return true;
    return fail_about(f, 403, "Forbidden", r->kind, r->name,
                      "pods \"%.*s\" is forbidden: %.*s is not supported by this cluster",
                      STR_ARG(r->name), STR_ARG(r->subresource));
}

/* The verb means something on this path. */
static bool verb_fits(const struct request *r, struct failure *f)
{
    bool review = r->kind->flags & KIND_REVIEW;
    bool is_log = str_eq(r->subresource, STR("log"));
    bool one = r->name.len > 0;
    switch (r->verb) {
    case VERB_NONE: return not_allowed(f);
    case VERB_CREATE:
        if (one)
            return not_allowed(f);
        return r->ns.len > 0 || !kind_is_namespaced(r->kind) ||
               fail_bad_request(f, "an empty namespace may not be set during creation");
    case VERB_UPDATE:
    case VERB_PATCH: return (one && !is_log && !review) || not_allowed(f);
    case VERB_DELETE: return (r->subresource.len == 0 && !review) || not_allowed(f);
    case VERB_DELETE_COLLECTION:
        return (!review && kind_is_namespaced(r->kind) && r->ns.len > 0) || not_allowed(f);
    case VERB_GET:
    case VERB_LIST:
    case VERB_WATCH: return !review || not_allowed(f);
    }
    return true;
}

static void dispatch(struct request *r, const struct auth_user *user)
{
    if (r->kind->flags & KIND_REVIEW) {
        handle_review(r, user);
        return;
    }
    switch (r->verb) {
    case VERB_GET:
        if (str_eq(r->subresource, STR("log")))
            handle_log(r);
        else
            handle_get(r);
        return;
    case VERB_LIST: handle_list(r); return;
    case VERB_WATCH: handle_watch(r); return;
    case VERB_CREATE:
    case VERB_UPDATE:
    case VERB_PATCH:
    case VERB_DELETE:
    case VERB_DELETE_COLLECTION:
    case VERB_NONE: break;
    }
    handle_write(r);
}

/* What is there beside objects. True: answered. */
static bool plain_paths(struct request *r, str path)
{
    static const char *const health[] = {"/healthz", "/livez", "/readyz", NULL};
    for (const char *const *h = health; *h; h++) {
        str base = str_from_c(*h);
        if (!str_eq(path, base) && !(str_starts(path, base) && path.ptr[base.len] == '/'))
            continue;
        char *ok = mem_new(sizeof "ok");
        memcpy(ok, "ok", sizeof "ok");
        answer_text_take(r, 200, "text/plain; charset=utf-8", (str){ok, 2});
        return true;
    }
    return discovery_handle(r, path) || openapi_handle(r, path);
}

static void answer_unknown(struct request *r, str path, struct failure *f)
{
    if (f->code == 0 && !str_starts(path, STR("/api"))) {
        static const char text[] = "404 page not found\n";
        char *copy = mem_new(sizeof(text));
        memcpy(copy, text, sizeof(text));
        answer_text_take(r, 404, "text/plain; charset=utf-8", (str){copy, sizeof(text) - 1});
        return;
    }
    if (f->code == 0)
        (void)fail(f, 404, "NotFound", "the server could not find the requested resource");
    answer_failure_take(r, f);
}

void kube_handle_take(struct kube *k, str cluster, const struct auth_user *user,
                      struct http_exchange *x, str path)
{
    struct failure f = {0};
    struct arena *a = http_arena(x);
    struct request *r = arena_alloc(a, sizeof(*r));
    str cluster_copy = arena_str(a, cluster);
    if (!r || !cluster_copy.ptr) {
        kube_refuse_take(x, 500, "InternalError", "Internal error occurred: no memory");
        return;
    }
    *r =
        (struct request){.k = k, .x = x, .a = a, .cluster = cluster_copy, .method = http_method(x)};
    if (plain_paths(r, path))
        return;
    if (!request_path(r, path, &f)) {
        answer_unknown(r, path, &f);
        return;
    }
    bool ok = request_options(r, &f);
    if (ok && !(r->kind->flags & KIND_REVIEW) && !auth_is_master(user))
        ok = forbidden(r, user, &f);
    ok = ok && refuses_streams(r, &f) && verb_fits(r, &f);
    if (ok)
        dispatch(r, user);
    else
        answer_failure_take(r, &f);
}
