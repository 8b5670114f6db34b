/* Bodies: from JSON, YAML or protobuf to a checked object of a kind.
 *
 *   bytes ── by Content-Type ──▶ value ── the kind's shape ──▶ object without unknown fields
 *
 * Unknown fields are reported: a warning each, or a refusal under fieldValidation=Strict, which
 * refuses repeated keys of JSON as well. */
#include "cluster/auth/yaml.h"
#include "edit_private.h"
#include "request_private.h"

#define TYPE_PROTOBUF "application/vnd.kubernetes.protobuf"

static str content_type(const struct request *r)
{
    str type = http_header(r->x, STR("Content-Type"));
    type = str_cut(&type, ';');
    while (type.len && type.ptr[type.len - 1] == ' ')
        type.len--;
    return or_empty(type);
}

static bool unsupported(struct failure *f)
{
    return fail(f, 415, "UnsupportedMediaType",
                "the body of the request was in an unknown format - accepted media types include: "
                "application/json, application/yaml, " TYPE_PROTOBUF);
}

bool body_value(struct request *r, json *out, struct failure *f)
{
    struct err err = ERR_INIT;
    str type = content_type(r), body = http_body(r->x);
    bool ok;
    if (body.len > BODY_MAX_BYTES)
        return fail(f, 413, "RequestEntityTooLarge", "Request entity too large: limit is %d",
                    (int)BODY_MAX_BYTES);
    if (str_eq(type, STR(TYPE_PROTOBUF)))
        ok = protobuf_read(body, kind_shape_of, out, &err);
    else if (str_eq(type, STR("application/yaml")))
        ok = yaml_to_json(body, out, &err);
    else if (type.len == 0 || str_eq(type, STR("application/json")) || str_eq(type, STR("*/*")))
        ok = json_parse_with(
            body, r->validation == VALIDATION_STRICT ? JSON_KEY_DUPLICATES_REFUSE : 0, out, &err);
    else
        return unsupported(f);
    if (ok)
        return true;
    if (err.id == ERR_NO_MEMORY)
        (void)fail_no_memory(f);
    else if (err.id == ERR_EKS_UNSUPPORTED)
        (void)fail(f, 415, "UnsupportedMediaType",
                   "the body of the request was in an unknown format - %.*s",
                   STR_ARG(err_text(&err)));
    else
        (void)fail_bad_request(f, "couldn't get version/kind; json parse error: %.*s",
                               STR_ARG(err_text(&err)));
    err_release(&err);
    return false;
}

/* "strict decoding error: unknown field "a", unknown field "b"". */
static bool refuse_unknown(const struct kind *kind, const struct shape_report *report,
                           struct failure *f)
{
    struct buf b;
    buf_init(&b, 65536);
    for (size_t i = 0; i < report->unknown_count; i++)
        buf_printf(&b, "%s%.*s", i ? ", " : "", STR_ARG(report->unknown[i]));
    (void)fail_bad_request(f,
                           "%.*s in version \"%.*s\" cannot be handled as a %.*s: strict decoding "
                           "error: %.*s",
                           STR_ARG(kind->name), STR_ARG(kind->version), STR_ARG(kind->name),
                           STR_ARG(buf_str(&b)));
    buf_release(&b);
    return false;
}

bool object_read(const struct kind *kind, json value, enum field_validation validation,
                 struct shape_report *report, json *out, struct failure *f)
{
    struct err err = ERR_INIT;
    json object = json_absent();
    str version = kind_api_version(report->a, kind);
    if (!version.ptr)
        return fail_no_memory(f);
    if (value.kind != JSON_OBJECT)
        return fail_bad_request(f, "the object provided is unrecognized (must be of type %.*s)",
                                STR_ARG(kind->name));
    if (!shape_read(kind->shape, value, report, &object, &err)) {
        if (err.id == ERR_NO_MEMORY)
            (void)fail_no_memory(f);
        else
            (void)fail_bad_request(f, "%.*s in version \"%.*s\" cannot be handled as a %.*s: %.*s",
                                   STR_ARG(kind->name), STR_ARG(kind->version), STR_ARG(kind->name),
                                   STR_ARG(err_text(&err)));
        err_release(&err);
        return false;
    }
    if (validation == VALIDATION_STRICT && report->unknown_count > 0) {
        json_unref(object);
        return refuse_unknown(kind, report, f);
    }
    // The type first, as every client prints it.
    json typed = object_of(
        "apiVersion", json_string(version), "kind", json_string(kind->name), "metadata",
        is_given(json_get(object, STR("metadata"))) ? json_ref(json_get(object, STR("metadata")))
                                                    : json_object(0),
        NULL);
    bool ok = !json_is_absent(typed);
    for (size_t i = 0; i < json_len(object) && ok; i++) {
        str key = json_key_at(object, i);
        if (json_is_absent(json_get(typed, key)))
            ok = json_put_take(&typed, key, json_ref(json_value_at(object, i)));
    }
    json_unref(object);
    if (!ok) {
        json_unref(typed);
        return fail_no_memory(f);
    }
    *out = typed;
    return true;
}

/* What the body says it is must be what the path says. A body may leave it out. */
static bool same_type(const struct request *r, json value, struct failure *f)
{
    str version = or_empty(json_str(json_get(value, STR("apiVersion"))));
    str name = or_empty(json_str(json_get(value, STR("kind"))));
    str expected = kind_api_version(r->a, r->kind);
    bool version_fits = version.len == 0 || str_eq(version, expected);
    bool name_fits = name.len == 0 || str_eq(name, r->kind->name);
    if (version_fits && name_fits)
        return true;
    if (version_fits || !name_fits)
        return fail_bad_request(f,
                                "%.*s in version \"%.*s\" cannot be handled as a %.*s: no kind "
                                "\"%.*s\" is registered for version \"%.*s\" in scheme",
                                STR_ARG(name), STR_ARG(r->kind->version), STR_ARG(r->kind->name),
                                STR_ARG(name), STR_ARG(version));
    return fail_bad_request(f,
                            "the API version in the data (%.*s) does not match the expected API "
                            "version (%.*s)",
                            STR_ARG(version), STR_ARG(expected));
}

static bool same_place(const struct request *r, json object, struct failure *f)
{
    json metadata = json_get(object, STR("metadata"));
    str ns = or_empty(json_str(json_get(metadata, STR("namespace"))));
    str name = or_empty(json_str(json_get(metadata, STR("name"))));
    if (r->ns.len > 0 && ns.len > 0 && !str_eq(ns, r->ns))
        return fail_bad_request(f, "the namespace of the provided object does not match the "
                                   "namespace sent on the request");
    if (r->verb == VERB_UPDATE && !str_eq(name, r->name))
        return fail_bad_request(f,
                                "the name of the object (%.*s) does not match the name on the URL "
                                "(%.*s)",
                                STR_ARG(name), STR_ARG(r->name));
    if (r->verb == VERB_CREATE &&
        or_empty(json_str(json_get(metadata, STR("resourceVersion")))).len > 0)
        return fail_bad_request(f, "resourceVersion should not be set on objects to be created");
    return true;
}

bool body_object(struct request *r, struct shape_report *report, json *out, struct failure *f)
{
    json value = json_absent(), object = json_absent();
    report->a = r->a;
    bool ok = body_value(r, &value, f) && same_type(r, value, f) &&
              object_read(r->kind, value, r->validation, report, &object, f) &&
              same_place(r, object, f);
    json_unref(value);
    if (ok)
        *out = object;
    else
        json_unref(object);
    return ok;
}

/* -- deletions -- */

static bool policy_of(str text, struct delete_options *out, struct failure *f)
{
    static const struct {
        str name;
        enum kube_propagation policy;
    } known[] = {
        {STR_INIT("Background"), KUBE_BACKGROUND},
        {STR_INIT("Foreground"), KUBE_FOREGROUND},
        {STR_INIT("Orphan"),     KUBE_ORPHAN    },
    };
    if (text.len == 0)
        return true;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (str_eq(text, known[i].name)) {
            out->has_policy = true;
            out->policy = known[i].policy;
            return true;
        }
    }
    return fail(f, 422, "Invalid",
                "DeleteOptions.meta.k8s.io \"\" is invalid: propagationPolicy: Unsupported value: "
                "\"%.*s\": supported values: \"Foreground\", \"Background\", \"Orphan\", \"nil\"",
                STR_ARG(text));
}

static bool options_of(struct request *r, json value, struct delete_options *out, struct failure *f)
{
    bool orphan;
    json preconditions = json_get(value, STR("preconditions"));
    json dry = json_get(value, STR("dryRun"));
    str uid = json_str(json_get(preconditions, STR("uid")));
    str version = json_str(json_get(preconditions, STR("resourceVersion")));
    if (value.kind != JSON_OBJECT)
        return fail_bad_request(f, "the body of a deletion must be DeleteOptions");
    // The texts outlive the value.
    out->uid = uid.ptr ? arena_str(r->a, uid) : STR_NONE;
    out->resource_version = version.ptr ? arena_str(r->a, version) : STR_NONE;
    if ((uid.ptr && !out->uid.ptr) || (version.ptr && !out->resource_version.ptr))
        return fail_no_memory(f);
    for (size_t i = 0; i < json_len(dry); i++) {
        if (!str_eq(json_str(json_at(dry, i)), STR("All")))
            return fail_bad_request(f, "Invalid value for dryRun: supported values: \"All\"");
        r->dry = true;
    }
    if (json_get_bool(value, STR("orphanDependents"), &orphan)) {
        out->has_policy = true;
        out->policy = orphan ? KUBE_ORPHAN : KUBE_BACKGROUND;
    }
    return policy_of(or_empty(json_str(json_get(value, STR("propagationPolicy")))), out, f);
}

bool body_delete_options(struct request *r, struct delete_options *out, struct failure *f)
{
    json value = json_absent();
    *out = (struct delete_options){0};
    if (!policy_of(request_param(r, STR("propagationPolicy")), out, f))
        return false;
    str orphan = request_param(r, STR("orphanDependents"));
    if (orphan.len > 0) {
        out->has_policy = true;
        out->policy = str_eq(orphan, STR("true")) ? KUBE_ORPHAN : KUBE_BACKGROUND;
    }
    if (http_body(r->x).len == 0)
        return true;
    bool ok = body_value(r, &value, f) && options_of(r, value, out, f);
    json_unref(value);
    return ok;
}
