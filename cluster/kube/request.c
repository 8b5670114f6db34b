/* Requests: paths, verbs, query and Accept header. A path is split before it is decoded, so that a
 * "%2F" in a name is a (bad) name and not another segment. */
#include "base/err.h"
#include "edit_private.h"
#include "request_private.h"

enum { SEGMENTS_MAX = 10, SEGMENT_MAX_BYTES = 512 };

struct segments {
    str at[SEGMENTS_MAX];
    size_t count;
};

static bool split(struct request *r, str path, struct segments *out, struct failure *f)
{
    str rest = str_starts(path, STR("/")) ? str_skip(path, 1) : path;
    if (str_ends(rest, STR("/")))
        rest.len--;
    out->count = 0;
    while (rest.ptr) {
        str raw = str_cut(&rest, '/');
        if (out->count == SEGMENTS_MAX)
            return fail(f, 404, "NotFound", "the server could not find the requested resource");
        if (raw.len > SEGMENT_MAX_BYTES || !url_decode(r->a, raw, false, &out->at[out->count]))
            return fail_bad_request(f, "the path cannot be decoded");
        out->count++;
    }
    return true;
}

static bool is_name(str s)
{
    // Source: k8s.io/apimachinery, pkg/api/validation/path: what no path segment may be.
    return s.len > 0 && !str_eq(s, STR(".")) && !str_eq(s, STR("..")) &&
           str_find_char(s, 0, '/') == s.len && str_find_char(s, 0, '%') == s.len;
}

static bool not_there(struct failure *f)
{
    return fail(f, 404, "NotFound", "the server could not find the requested resource");
}

/* "namespaces/x/pods/y/log", "namespaces/x", "pods": what stands behind the version. */
static bool place(struct request *r, str group, str version, const str *at, size_t count,
                  struct failure *f)
{
    bool in_namespace = count >= 3 && str_eq(at[0], STR("namespaces")) &&
                        !str_eq(at[2], STR("status")) && !str_eq(at[2], STR("finalize"));
    if (in_namespace) {
        r->ns = at[1];
        at += 2;
        count -= 2;
    }
    r->kind = kind_find(group, version, at[0]);
    if (!r->kind || count > 3)
        return not_there(f);
    if (in_namespace && !kind_is_namespaced(r->kind))
        return not_there(f);
    if (count >= 2)
        r->name = at[1];
    if (count == 3)
        r->subresource = at[2];
    if (r->name.len > 0 && kind_is_namespaced(r->kind) && !in_namespace)
        return not_there(f);
    if ((r->name.ptr && !is_name(r->name)) || (r->ns.ptr && !is_name(r->ns)))
        return fail_bad_request(f, "a name in the path is not valid");
    bool known =
        !r->subresource.ptr ||
        (str_eq(r->subresource, STR("status")) && r->kind->flags & KIND_STATUS) ||
        (r->kind->flags & KIND_LOG &&
         (str_eq(r->subresource, STR("log")) || str_eq(r->subresource, STR("exec")) ||
          str_eq(r->subresource, STR("attach")) || str_eq(r->subresource, STR("portforward"))));
    return known || not_there(f);
}

bool request_path(struct request *r, str path, struct failure *f)
{
    struct segments s;
    if (!str_starts(path, STR("/api/")) && !str_starts(path, STR("/apis/")))
        return false;
    if (!split(r, path, &s, f))
        return false;
    if (str_eq(s.at[0], STR("api")) && s.count >= 3)
        return place(r, STR(""), s.at[1], s.at + 2, s.count - 2, f);
    if (str_eq(s.at[0], STR("apis")) && s.count >= 4)
        return place(r, s.at[1], s.at[2], s.at + 3, s.count - 3, f);
    return false;
}

/* -- what is wanted -- */

const char *verb_name(enum verb verb)
{
    switch (verb) {
    case VERB_GET: return "get";
    case VERB_LIST: return "list";
    case VERB_WATCH: return "watch";
    case VERB_CREATE: return "create";
    case VERB_UPDATE: return "update";
    case VERB_PATCH: return "patch";
    case VERB_DELETE: return "delete";
    case VERB_DELETE_COLLECTION: return "deletecollection";
    case VERB_NONE: break;
    }
    return "";
}

static bool is_true(str value)
{
    return str_eq(value, STR("true")) || str_eq(value, STR("1"));
}

static enum verb verb_of(const struct request *r)
{
    bool one = r->name.len > 0;
    if (str_eq(r->method, STR("GET")) || str_eq(r->method, STR("HEAD"))) {
        if (one)
            return VERB_GET;
        return is_true(request_param(r, STR("watch"))) ? VERB_WATCH : VERB_LIST;
    }
    if (str_eq(r->method, STR("POST")))
        return VERB_CREATE;
    if (str_eq(r->method, STR("PUT")))
        return VERB_UPDATE;
    if (str_eq(r->method, STR("PATCH")))
        return VERB_PATCH;
    if (str_eq(r->method, STR("DELETE")))
        return one ? VERB_DELETE : VERB_DELETE_COLLECTION;
    return VERB_NONE;
}

str request_param(const struct request *r, str name)
{
    str value = STR("");
    (void)url_query_find(r->params, r->params_count, name, &value);
    return value;
}

static str trimmed(str s)
{
    while (s.len && s.ptr[0] == ' ')
        s = str_skip(s, 1);
    while (s.len && s.ptr[s.len - 1] == ' ')
        s.len--;
    return s;
}

/* One entry of an Accept header; false: nothing here answers so. */
static bool accept_entry(str entry, enum answer_form *form)
{
    str type = trimmed(str_cut(&entry, ';'));
    bool json_type = str_eq(type, STR("application/json")) || str_eq(type, STR("*/*")) ||
                     str_eq(type, STR("application/*"));
    *form = FORM_PLAIN;
    while (entry.ptr) {
        str parameter = trimmed(str_cut(&entry, ';'));
        if (str_eq(parameter, STR("as=Table")))
            *form = FORM_TABLE;
        else if (str_eq(parameter, STR("as=PartialObjectMetadata")) ||
                 str_eq(parameter, STR("as=PartialObjectMetadataList")))
            *form = FORM_METADATA;
        else if ((str_eq(parameter, STR("v=v1beta1")) && *form != FORM_PLAIN) ||
                 str_starts(parameter, STR("as=")))
            return false;
    }
    return json_type;
}

static bool accept_read(struct request *r, struct failure *f)
{
    str rest = http_header(r->x, STR("Accept"));
    bool log = str_eq(r->subresource, STR("log"));
    if (rest.len == 0 || log)
        return true;
    while (rest.ptr)
        if (accept_entry(str_cut(&rest, ','), &r->form))
            return true;
    return fail(f, 406, "NotAcceptable",
                "only the following media types are accepted: application/json");
}

/* The manager of a write: what the query says, or the first word of the User-Agent. */
static bool manager_read(struct request *r, struct failure *f)
{
    str manager = request_param(r, STR("fieldManager"));
    if (manager.len > 128) // Source: k8s.io/apimachinery, FieldManagerMaxLength
        return fail_bad_request(f, "fieldManager: Too long: may not be more than 128 bytes");
    if (manager.len == 0) {
        manager = http_header(r->x, STR("User-Agent"));
        size_t end = 0;
        while (end < manager.len && end < 128 && manager.ptr[end] != '/' && manager.ptr[end] != ' ')
            end++;
        manager.len = end;
    }
    r->manager = manager.len > 0 && str_utf8_valid(manager) ? manager : STR("unknown");
    return true;
}

bool request_options(struct request *r, struct failure *f)
{
    struct err err = ERR_INIT;
    if (!url_query_parse(r->a, http_query(r->x), &r->params, &r->params_count, &err)) {
        (void)fail_bad_request(f, "%.*s", STR_ARG(err_text(&err)));
        err_release(&err);
        return false;
    }
    r->verb = verb_of(r);
    r->pretty = is_true(request_param(r, STR("pretty")));
    str dry = request_param(r, STR("dryRun"));
    if (dry.len > 0 && !str_eq(dry, STR("All")))
        return fail_bad_request(f, "Invalid value for dryRun: \"%.*s\": supported values: \"All\"",
                                STR_ARG(dry));
    r->dry = dry.len > 0;
    str validation = request_param(r, STR("fieldValidation"));
    if (str_eq(validation, STR("Strict")))
        r->validation = VALIDATION_STRICT;
    else if (str_eq(validation, STR("Ignore")))
        r->validation = VALIDATION_IGNORE;
    else if (validation.len == 0 || str_eq(validation, STR("Warn")))
        r->validation = VALIDATION_WARN; // Source: API concepts, "Field validation": the default
    else
        return fail_bad_request(f,
                                "fieldValidation: Unsupported value: \"%.*s\": supported values: "
                                "\"Ignore\", \"Strict\", \"Warn\"",
                                STR_ARG(validation));
    return manager_read(r, f) && accept_read(r, f);
}
