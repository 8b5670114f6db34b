/* Tables, as `kubectl get` asks for them: the kind's columns, a row an object. */
#include "edit_private.h"
#include "request_private.h"

static json column_definitions(const struct kind *kind)
{
    json list = json_array(kind->columns_count);
    bool ok = true;
    for (size_t i = 0; i < kind->columns_count && ok; i++) {
        const struct column *column = &kind->columns[i];
        ok = json_push_take(&list, object_of("name", json_c(column->name), "type",
                                             json_c(column->type), "format", json_c(column->format),
                                             "description", json_c(column->description), "priority",
                                             json_integer(column->priority), NULL));
    }
    if (ok)
        return list;
    json_unref(list);
    return json_absent();
}

/* The object that stands beside a row's cells, as includeObject says. */
static json row_object(const struct request *r, json object)
{
    str include = request_param(r, STR("includeObject"));
    if (str_eq(include, STR("None")))
        return json_absent();
    if (str_eq(include, STR("Object")))
        return json_ref(object);
    return object_of("kind", json_c("PartialObjectMetadata"), "apiVersion",
                     json_c("meta.k8s.io/v1"), "metadata",
                     json_ref(json_get(object, STR("metadata"))), NULL);
}

json table_of(const struct request *r, json objects, str rv, json list_metadata)
{
    json rows = json_array(json_len(objects));
    int64_t now_ms = clock_now_ms(r->k->clock);
    bool ok = true;
    for (size_t i = 0; i < json_len(objects) && ok; i++) {
        json object = json_at(objects, i), cells = json_array(KIND_COLUMNS_MAX);
        r->kind->cells(object, now_ms, &cells);
        ok =
            json_push_take(&rows, object_of("cells", cells, "object", row_object(r, object), NULL));
    }
    if (!ok) {
        json_unref(rows);
        return json_absent();
    }
    json metadata = json_is_absent(list_metadata)
                        ? object_of("resourceVersion", json_string(rv), NULL)
                        : json_ref(list_metadata);
    return object_of("kind", json_c("Table"), "apiVersion", json_c("meta.k8s.io/v1"), "metadata",
                     metadata, "columnDefinitions", column_definitions(r->kind), "rows", rows,
                     NULL);
}
