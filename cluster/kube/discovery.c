/* Discovery: what groups, versions and resources there are, in the aggregated form that clients of
 * today ask for and in the older one; the version; the list of roots. All of it is read off the
 * table of kinds. Source: kubernetes.io/docs/concepts/overview/kubernetes-api. */
#include "edit_private.h"
#include "request_private.h"

#include <stdio.h>

static const char aggregated_type[] =
    "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

static json list_of(const char *const *texts)
{
    json list = json_array(8);
    for (; *texts; texts++)
        if (!json_push_take(&list, json_c(*texts)))
            break;
    return list;
}

static json verbs_of(const struct kind *kind)
{
    static const char *const all[] = {
        "create", "delete", "deletecollection", "get", "list", "patch", "update", "watch", NULL};
    static const char *const cluster[] = {"create", "delete", "get",   "list",
                                          "patch",  "update", "watch", NULL};
    static const char *const review[] = {"create", NULL};
    if (kind->flags & KIND_REVIEW)
        return list_of(review);
    return list_of(kind_is_namespaced(kind) ? all : cluster);
}

static json short_names_of(const struct kind *kind)
{
    const char *const names[] = {kind->short_name, NULL};
    return kind->short_name ? list_of(names) : json_absent();
}

static json categories_of(const struct kind *kind)
{
    static const char *const all[] = {"all", NULL};
    return kind->flags & KIND_IN_ALL ? list_of(all) : json_absent();
}

static json status_verbs(void)
{
    static const char *const verbs[] = {"get", "patch", "update", NULL};
    return list_of(verbs);
}

static json log_verbs(void)
{
    static const char *const verbs[] = {"get", NULL};
    return list_of(verbs);
}

/* Calls push for each group once, in the table's order; core is the empty one. */
static bool is_first_of_group(size_t i)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(kind_at(j)->group, kind_at(i)->group))
            return false;
    return true;
}

static void push(json *list, json v)
{
    if (!json_push_take(list, v)) {
        json_unref(*list);
        *list = json_absent();
    }
}

/* -- aggregated -- */

static json response_kind(const struct kind *kind)
{
    return object_of("group", json_string(kind->group), "version", json_string(kind->version),
                     "kind", json_string(kind->name), NULL);
}

static json subresources_of(const struct kind *kind)
{
    json list = json_array(2);
    if (kind->flags & KIND_STATUS)
        push(&list, object_of("subresource", json_c("status"), "responseKind", response_kind(kind),
                              "verbs", status_verbs(), NULL));
    if (kind->flags & KIND_LOG)
        push(&list, object_of("subresource", json_c("log"), "responseKind", response_kind(kind),
                              "verbs", log_verbs(), NULL));
    if (json_len(list) > 0)
        return list;
    json_unref(list);
    return json_absent();
}

static json group_resources(str group)
{
    json list = json_array(8);
    const struct kind *kind;
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (str_eq(kind->group, group))
            push(&list,
                 object_of("resource", json_string(kind->resource), "responseKind",
                           response_kind(kind), "scope",
                           json_c(kind_is_namespaced(kind) ? "Namespaced" : "Cluster"),
                           "singularResource", json_string(kind->singular), "verbs", verbs_of(kind),
                           "shortNames", short_names_of(kind), "categories", categories_of(kind),
                           "subresources", subresources_of(kind), NULL));
    return list;
}

static json aggregated_group(str group)
{
    json versions = json_array(1);
    json metadata = object_of("name", group.len ? json_string(group) : json_absent(),
                              "creationTimestamp", json_null(), NULL);
    push(&versions, object_of("version", json_c("v1"), "resources", group_resources(group),
                              "freshness", json_c("Current"), NULL));
    return object_of("metadata", metadata, "versions", versions, NULL);
}

static json aggregated(bool core)
{
    json items = json_array(4);
    for (size_t i = 0; kind_at(i); i++)
        if (is_first_of_group(i) && (kind_at(i)->group.len == 0) == core)
            push(&items, aggregated_group(kind_at(i)->group));
    return object_of("kind", json_c("APIGroupDiscoveryList"), "apiVersion",
                     json_c("apidiscovery.k8s.io/v2"), "metadata", json_object(0), "items", items,
                     NULL);
}

/* -- the older form -- */

static json core_versions(void)
{
    static const char *const versions[] = {"v1", NULL};
    return object_of("kind", json_c("APIVersions"), "versions", list_of(versions), NULL);
}

static json group_of(str group)
{
    json versions = json_array(1);
    json version = object_of("groupVersion", json_printf("%.*s/v1", STR_ARG(group)), "version",
                             json_c("v1"), NULL);
    push(&versions, json_ref(version));
    return object_of("name", json_string(group), "versions", versions, "preferredVersion", version,
                     NULL);
}

static json group_list(void)
{
    json groups = json_array(4);
    for (size_t i = 0; kind_at(i); i++)
        if (is_first_of_group(i) && kind_at(i)->group.len > 0)
            push(&groups, group_of(kind_at(i)->group));
    return object_of("kind", json_c("APIGroupList"), "apiVersion", json_c("v1"), "groups", groups,
                     NULL);
}

static json subresource(const struct kind *kind, const char *name, json verbs)
{
    return object_of("name", json_printf("%.*s/%s", STR_ARG(kind->resource), name), "singularName",
                     json_c(""), "namespaced", json_bool(kind_is_namespaced(kind)), "kind",
                     json_string(kind->name), "verbs", verbs, NULL);
}

static json resource_list(struct arena *a, str group)
{
    json list = json_array(8);
    const struct kind *kind, *any = NULL;
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        if (!str_eq(kind->group, group))
            continue;
        any = kind;
        push(&list, object_of("name", json_string(kind->resource), "singularName",
                              json_string(kind->singular), "namespaced",
                              json_bool(kind_is_namespaced(kind)), "kind", json_string(kind->name),
                              "verbs", verbs_of(kind), "shortNames", short_names_of(kind),
                              "categories", categories_of(kind), NULL));
        if (kind->flags & KIND_STATUS)
            push(&list, subresource(kind, "status", status_verbs()));
        if (kind->flags & KIND_LOG)
            push(&list, subresource(kind, "log", log_verbs()));
    }
    if (!any) {
        json_unref(list);
        return json_absent();
    }
    return object_of("kind", json_c("APIResourceList"), "apiVersion", json_c("v1"), "groupVersion",
                     json_string(or_empty(kind_api_version(a, any))), "resources", list, NULL);
}

/* -- the others -- */

static json version_info(const struct kube *k)
{
    str minor = str_from_c(k->kubernetes_version);
    str major = str_cut(&minor, '.');
    return object_of("major", json_string(major), "minor", json_string(or_empty(minor)),
                     "gitVersion", json_printf("v%s.0-eks-stepd", k->kubernetes_version),
                     "gitCommit", json_c("0000000000000000000000000000000000000000"),
                     "gitTreeState", json_c("clean"), "buildDate", json_c("1970-01-01T00:00:00Z"),
                     "goVersion", json_c("none"), "compiler", json_c("none"), "platform",
                     json_c("linux/amd64"), NULL);
}

static json roots(void)
{
    json list = json_array(16);
    static const char *const others[] = {"/healthz", "/livez",   "/openapi/v3",
                                         "/readyz",  "/version", NULL};
    push(&list, json_c("/api"));
    push(&list, json_c("/api/v1"));
    push(&list, json_c("/apis"));
    for (size_t i = 0; kind_at(i); i++)
        if (is_first_of_group(i) && kind_at(i)->group.len > 0)
            push(&list, json_printf("/apis/%.*s/v1", STR_ARG(kind_at(i)->group)));
    for (const char *const *o = others; *o; o++)
        push(&list, json_c(*o));
    return object_of("paths", list, NULL);
}

/* Does the client understand the aggregated form? */
static bool wants_aggregated(const struct request *r)
{
    str accept = or_empty(http_header(r->x, STR("Accept")));
    while (accept.ptr) {
        str entry = str_cut(&accept, ',');
        bool as = false, v2 = false;
        while (entry.ptr) {
            str part = str_cut(&entry, ';');
            while (part.len && part.ptr[0] == ' ')
                part = str_skip(part, 1);
            as = as || str_eq(part, STR("as=APIGroupDiscoveryList"));
            v2 = v2 || str_eq(part, STR("v=v2"));
        }
        if (as && v2)
            return true;
    }
    return false;
}

static void answer_aggregated(struct request *r, bool core)
{
    json list = aggregated(core);
    str text = json_text(list);
    json_unref(list);
    if (text.ptr) {
        answer_text_take(r, 200, aggregated_type, text);
    } else {
        struct failure f = {0};
        (void)fail_no_memory(&f);
        answer_failure_take(r, &f);
    }
}

/* /apis/<group> and /apis/<group>/v1: gives their document; ABSENT: they are none. */
static json group_document(struct request *r, str path)
{
    str group = str_skip(path, STR("/apis/").len);
    str version = STR_NONE;
    size_t slash = str_find_char(group, 0, '/');
    if (slash < group.len) {
        version = str_skip(group, slash + 1);
        group.len = slash;
    }
    if (version.ptr)
        return str_eq(version, STR("v1")) && group.len ? resource_list(r->a, group) : json_absent();
    json document = json_absent();
    for (size_t i = 0; kind_at(i) && json_is_absent(document); i++)
        if (group.ptr && group.len > 0 && str_eq(kind_at(i)->group, group))
            document = group_of(group);
    if (!json_is_absent(document)) {
        edit_put(&document, json_c("APIGroup"), "kind", NULL);
        edit_put(&document, json_c("v1"), "apiVersion", NULL);
    }
    return document;
}

bool discovery_handle(struct request *r, str path)
{
    bool read = str_eq(r->method, STR("GET")) || str_eq(r->method, STR("HEAD"));
    json document = json_absent();
    if (!read)
        return false;
    if (path.len > 1 && str_ends(path, STR("/")))
        path.len--;
    bool core = str_eq(path, STR("/api"));
    if ((core || str_eq(path, STR("/apis"))) && wants_aggregated(r)) {
        answer_aggregated(r, core);
        return true;
    }
    if (core)
        document = core_versions();
    else if (str_eq(path, STR("/apis")))
        document = group_list();
    else if (str_eq(path, STR("/api/v1")))
        document = resource_list(r->a, STR(""));
    else if (str_starts(path, STR("/apis/")))
        document = group_document(r, path);
    else if (str_eq(path, STR("/version")))
        document = version_info(r->k);
    else if (str_eq(path, STR("/")))
        document = roots();
    if (json_is_absent(document))
        return false;
    answer_take(r, 200, document);
    return true;
}
