/* OpenAPI v3, made from the shapes: an index, and a document for each group with its schemas.
 *
 * Each kind's PATCH tells that the server checks fields (a parameter fieldValidation), so that
 * kubectl leaves the checking to it. References stay within one document. OpenAPI v2 is not here:
 * clients fall back to what they know. */
#include "edit_private.h"
#include "request_private.h"

#include <inttypes.h>

static void push(json *list, json v)
{
    if (!json_push_take(list, v)) {
        json_unref(*list);
        *list = json_absent();
    }
}

static json gvk_of(const struct kind *kind)
{
    return object_of("group", json_string(kind->group), "version", json_string(kind->version),
                     "kind", json_string(kind->name), NULL);
}

/* -- schemas -- */

static json type_of(struct arena *a, const struct shape_field *field)
{
    switch (field->type) {
    case FIELD_STRING:
    case FIELD_QUANTITY: return object_of("type", json_c("string"), NULL);
    case FIELD_INT32: return object_of("type", json_c("integer"), "format", json_c("int32"), NULL);
    case FIELD_INT64: return object_of("type", json_c("integer"), "format", json_c("int64"), NULL);
    case FIELD_BOOL: return object_of("type", json_c("boolean"), NULL);
    case FIELD_BYTES: return object_of("type", json_c("string"), "format", json_c("byte"), NULL);
    case FIELD_TIME:
    case FIELD_MICRO_TIME:
        return object_of("type", json_c("string"), "format", json_c("date-time"), NULL);
    case FIELD_INT_OR_STRING:
        return object_of("type", json_c("string"), "format", json_c("int-or-string"), NULL);
    case FIELD_STRINGS:
        return object_of("type", json_c("array"), "items",
                         object_of("type", json_c("string"), NULL), NULL);
    case FIELD_SHAPE: {
        str name = or_empty(shape_schema_name(a, field->shape));
        return object_of("$ref", json_printf("#/components/schemas/%.*s", STR_ARG(name)), NULL);
    }
    case FIELD_FIELDS_V1:
    case FIELD_ANY: break;
    }
    return object_of("type", json_c("object"), NULL);
}

static json property_of(struct arena *a, const struct shape_field *field)
{
    json type = type_of(a, field);
    if (field->form == FIELD_LIST)
        return object_of("type", json_c("array"), "items", type, NULL);
    if (field->form == FIELD_MAP)
        return object_of("type", json_c("object"), "additionalProperties", type, NULL);
    return type;
}

static void properties_add(struct arena *a, unsigned id, json *properties)
{
    const struct shape *shape = shape_get(id);
    for (size_t i = 0; i < shape->fields_count; i++) {
        const struct shape_field *field = &shape->fields[i];
        if (field->form == FIELD_INLINE)
            properties_add(a, field->shape, properties);
        else if (!json_put_take(properties, field->name, property_of(a, field)))
            return;
    }
}

/* Marks id and all that it is made of. */
static void needed_mark(unsigned id, bool needed[SHAPE_COUNT])
{
    const struct shape *shape = shape_get(id);
    if (needed[id])
        return;
    needed[id] = true;
    for (size_t i = 0; i < shape->fields_count; i++)
        if (shape->fields[i].type == FIELD_SHAPE)
            needed_mark(shape->fields[i].shape, needed);
}

static const struct kind *kind_of_shape(unsigned id)
{
    const struct kind *kind;
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (kind->shape == id)
            return kind;
    return NULL;
}

static json schema_of(struct arena *a, unsigned id)
{
    json properties = json_object(16);
    const struct kind *kind = kind_of_shape(id);
    if (kind) {
        static const char *const type_meta[] = {"apiVersion", "kind", NULL};
        for (const char *const *name = type_meta; *name; name++)
            if (!json_put_take(&properties, str_from_c(*name),
                               object_of("type", json_c("string"), NULL)))
                break;
    }
    properties_add(a, id, &properties);
    json schema = object_of("type", json_c("object"), "properties", properties, NULL);
    if (kind) {
        json list = json_array(1);
        push(&list, gvk_of(kind));
        edit_put(&schema, list, "x-kubernetes-group-version-kind", NULL);
    }
    return schema;
}

static json schemas_of(struct arena *a, str group)
{
    bool needed[SHAPE_COUNT] = {false};
    json schemas = json_object(SHAPE_COUNT);
    const struct kind *kind;
    for (size_t i = 0; (kind = kind_at(i)); i++)
        if (str_eq(kind->group, group))
            needed_mark(kind->shape, needed);
    for (unsigned id = 0; id < SHAPE_COUNT; id++)
        if (needed[id] &&
            !json_put_take(&schemas, or_empty(shape_schema_name(a, id)), schema_of(a, id)))
            break;
    return schemas;
}

/* -- paths -- */

static json parameter(const char *name)
{
    return object_of("name", json_c(name), "in", json_c("query"), "schema",
                     object_of("type", json_c("string"), NULL), NULL);
}

static json operation(struct arena *a, const struct kind *kind, const char *action, bool writes)
{
    static const char *const names[] = {"dryRun", "fieldManager", "fieldValidation", NULL};
    json parameters = json_array(4);
    for (const char *const *name = names; writes && *name; name++)
        push(&parameters, parameter(*name));
    str schema = or_empty(shape_schema_name(a, kind->shape));
    json reference =
        object_of("$ref", json_printf("#/components/schemas/%.*s", STR_ARG(schema)), NULL);
    json content = object_of("application/json", object_of("schema", reference, NULL), NULL);
    json answer = object_of("description", json_c("OK"), "content", content, NULL);
    return object_of("parameters", parameters, "responses", object_of("200", answer, NULL),
                     "x-kubernetes-action", json_c(action), "x-kubernetes-group-version-kind",
                     gvk_of(kind), NULL);
}

static json paths_of(struct arena *a, str group)
{
    json paths = json_object(16);
    const struct kind *kind;
    for (size_t i = 0; (kind = kind_at(i)); i++) {
        if (!str_eq(kind->group, group))
            continue;
        str base = group.len ? arena_printf(a, "/apis/%.*s/v1", STR_ARG(group)) : STR("/api/v1");
        str list = arena_printf(a, "%.*s%s/%.*s", STR_ARG(base),
                                kind_is_namespaced(kind) ? "/namespaces/{namespace}" : "",
                                STR_ARG(kind->resource));
        str one = arena_printf(a, "%.*s/{name}", STR_ARG(or_empty(list)));
        bool review = kind->flags & KIND_REVIEW;
        json of_list = object_of("get", review ? json_absent() : operation(a, kind, "list", false),
                                 "post", operation(a, kind, "post", true), NULL);
        json of_one =
            object_of("get", operation(a, kind, "get", false), "put",
                      operation(a, kind, "put", true), "patch", operation(a, kind, "patch", true),
                      "delete", operation(a, kind, "delete", false), NULL);
        bool ok = json_put_take(&paths, or_empty(list), of_list);
        if (ok && !review)
            ok = json_put_take(&paths, or_empty(one), of_one);
        else
            json_unref(of_one);
        if (!ok)
            break;
    }
    return paths;
}

static void answer_document(struct request *r, str group)
{
    const char *const title = "Kubernetes";
    json info = object_of("title", json_c(title), "version",
                          json_printf("v%s.0", r->k->kubernetes_version), NULL);
    answer_take(r, 200,
                object_of("openapi", json_c("3.0.0"), "info", info, "paths", paths_of(r->a, group),
                          "components", object_of("schemas", schemas_of(r->a, group), NULL), NULL));
}

static void answer_index(struct request *r)
{
    json paths = json_object(4);
    bool ok = true;
    for (size_t i = 0; kind_at(i) && ok; i++) {
        const struct kind *kind = kind_at(i);
        str name = kind->group.len ? arena_printf(r->a, "apis/%.*s/v1", STR_ARG(kind->group))
                                   : STR("api/v1");
        // The hash changes when the documents do: with the version of Kubernetes, and of the table.
        ok = json_put_take(
            &paths, or_empty(name),
            object_of("serverRelativeURL",
                      json_printf("/openapi/v3/%.*s?hash=%s-%d", STR_ARG(or_empty(name)),
                                  r->k->kubernetes_version, (int)SHAPE_COUNT),
                      NULL));
    }
    answer_take(r, 200, object_of("paths", paths, NULL));
}

bool openapi_handle(struct request *r, str path)
{
    static const str root = STR_INIT("/openapi/v3");
    if (!str_eq(r->method, STR("GET")) || !str_starts(path, root))
        return false;
    str rest = str_skip(path, root.len);
    if (rest.len == 0) {
        answer_index(r);
        return true;
    }
    for (size_t i = 0; kind_at(i); i++) {
        str group = kind_at(i)->group;
        str name = group.len ? arena_printf(r->a, "/apis/%.*s/v1", STR_ARG(group)) : STR("/api/v1");
        if (str_eq(rest, or_empty(name))) {
            answer_document(r, group);
            return true;
        }
    }
    return false;
}
