/* SQL of objects and logs. A cluster-scoped object's namespace is the empty text. Walks hold their
 * statement open, so what they call must not walk the same way on the same connection. */
#include "base/mem.h"
#include "edit_private.h"
#include "objects_private.h"

#include <inttypes.h>
#include <stdio.h>

enum { META_TEXT_MAX = 32 };

static const char version_name[] = "kube_version";

static bool column_object(struct sqlite3_stmt *q, int i, json *out, struct err *err)
{
    struct err why = ERR_INIT;
    if (json_parse(store_column_str(q, i), out, &why))
        return true;
    bool memory = why.id == ERR_NO_MEMORY;
    (void)err_set(err, memory ? ERR_NO_MEMORY : ERR_STORE, "a stored object cannot be read: %.*s",
                  STR_ARG(err_text(&why)));
    err_release(&why);
    return false;
}

static void bind_place(struct sqlite3_stmt *q, str cluster, str resource, str ns, str name)
{
    store_bind_str(q, 1, or_empty(cluster));
    store_bind_str(q, 2, or_empty(resource));
    store_bind_str(q, 3, or_empty(ns));
    store_bind_str(q, 4, or_empty(name));
}

bool row_load(struct store_connection *c, str cluster, const struct kind *kind, str ns, str name,
              json *out, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c,
                                             "SELECT body FROM kube_objects WHERE cluster = ?1 AND"
                                             " resource = ?2 AND namespace = ?3 AND name = ?4",
                                             err);
    json object = json_absent();
    if (!q)
        return false;
    bind_place(q, cluster, kind->resource, ns, name);
    enum store_row row = store_step(c, q, err);
    bool ok = row != STORE_ROW_ERROR && (row == STORE_NO_ROW || column_object(q, 0, &object, err));
    store_finish(q);
    if (ok)
        *out = object;
    return ok;
}

bool row_exists(struct store_connection *c, str cluster, const struct kind *kind, str ns, str name,
                bool *out, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c,
                                             "SELECT 1 FROM kube_objects WHERE cluster = ?1 AND"
                                             " resource = ?2 AND namespace = ?3 AND name = ?4",
                                             err);
    if (!q)
        return false;
    bind_place(q, cluster, kind->resource, ns, name);
    enum store_row row = store_step(c, q, err);
    store_finish(q);
    *out = row == STORE_ROW;
    return row != STORE_ROW_ERROR;
}

bool row_put(struct store_connection *c, str cluster, const struct kind *kind, json object,
             int64_t version, struct err *err)
{
    json metadata = json_get(object, STR("metadata"));
    str text = json_text(object);
    if (!text.ptr)
        return err_set(err, ERR_NO_MEMORY, "no memory for an object's text");
    struct sqlite3_stmt *q =
        store_statement(c,
                        "INSERT INTO kube_objects(cluster, resource, namespace, name, uid, version,"
                        " body) VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7)"
                        " ON CONFLICT(cluster, resource, namespace, name)"
                        " DO UPDATE SET uid = ?5, version = ?6, body = ?7",
                        err);
    bool ok = q != NULL;
    if (ok) {
        bind_place(q, cluster, kind->resource, json_str(json_get(metadata, STR("namespace"))),
                   json_str(json_get(metadata, STR("name"))));
        store_bind_str(q, 5, or_empty(json_str(json_get(metadata, STR("uid")))));
        store_bind_int(q, 6, version);
        store_bind_str(q, 7, text);
        ok = store_run(c, q, err);
    }
    str_free(text);
    return ok;
}

bool row_delete(struct store_connection *c, str cluster, const struct kind *kind, str ns, str name,
                struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c,
                                             "DELETE FROM kube_objects WHERE cluster = ?1 AND"
                                             " resource = ?2 AND namespace = ?3 AND name = ?4",
                                             err);
    if (!q)
        return false;
    bind_place(q, cluster, kind->resource, ns, name);
    return store_run(c, q, err);
}

bool row_by_uid(struct store_connection *c, str cluster, str uid, const struct kind **kind,
                json *out, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c, "SELECT resource, body FROM kube_objects WHERE cluster = ?1 AND uid = ?2", err);
    json object = json_absent();
    if (!q)
        return false;
    store_bind_str(q, 1, or_empty(cluster));
    store_bind_str(q, 2, or_empty(uid));
    enum store_row row = store_step(c, q, err);
    bool ok = row != STORE_ROW_ERROR;
    if (row == STORE_ROW) {
        *kind = kind_of_resource(store_column_str(q, 0));
        ok = !*kind || column_object(q, 1, &object, err);
    }
    store_finish(q);
    if (ok)
        *out = object;
    return ok;
}

/* -- walks -- */

bool rows_walk(struct store_connection *c, const struct rows *rows, rows_each *fn, void *context,
               struct err *err)
{
    static const char in_one[] =
        "SELECT body FROM kube_objects WHERE cluster = ?1 AND resource = ?2 AND namespace = ?3"
        " AND name > ?4 AND (?5 = '' OR instr(body, ?5) > 0) ORDER BY namespace, name";
    static const char in_all[] =
        "SELECT body FROM kube_objects WHERE cluster = ?1 AND resource = ?2"
        " AND (namespace, name) > (?3, ?4) AND (?5 = '' OR instr(body, ?5) > 0)"
        " ORDER BY namespace, name";
    bool one = rows->ns.len > 0;
    struct sqlite3_stmt *q = store_statement(c, one ? in_one : in_all, err);
    if (!q)
        return false;
    bind_place(q, rows->cluster, rows->kind->resource, one ? rows->ns : rows->after_ns,
               rows->after_name);
    store_bind_str(q, 5, or_empty(rows->containing));
    bool ok = true, more = true;
    while (ok && more) {
        json object = json_absent();
        enum store_row row = store_step(c, q, err);
        if (row != STORE_ROW) {
            ok = row == STORE_NO_ROW;
            break;
        }
        ok = column_object(q, 0, &object, err) && fn(context, object, &more, err);
        json_unref(object);
    }
    store_finish(q);
    return ok;
}

bool rows_count(struct store_connection *c, const struct rows *rows, int64_t *out, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c,
                        "SELECT count(*) FROM kube_objects WHERE cluster = ?1 AND resource = ?2"
                        " AND (?5 = '' OR namespace = ?5) AND (namespace, name) > (?3, ?4)",
                        err);
    if (!q)
        return false;
    bind_place(q, rows->cluster, rows->kind->resource, rows->after_ns, rows->after_name);
    store_bind_str(q, 5, or_empty(rows->ns));
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        *out = store_column_int(q, 0);
    store_finish(q);
    return row == STORE_ROW;
}

bool rows_clusters(struct store_connection *c, clusters_each *fn, void *context, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c, "SELECT DISTINCT cluster FROM kube_objects ORDER BY cluster", err);
    if (!q)
        return false;
    bool ok = true;
    while (ok) {
        enum store_row row = store_step(c, q, err);
        if (row != STORE_ROW) {
            ok = row == STORE_NO_ROW;
            break;
        }
        ok = fn(context, store_column_str(q, 0), err);
    }
    store_finish(q);
    return ok;
}

bool rows_clear_cluster(struct store_connection *c, str cluster, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "DELETE FROM kube_objects WHERE cluster = ?1", err);
    if (!q)
        return false;
    store_bind_str(q, 1, or_empty(cluster));
    if (!store_run(c, q, err))
        return false;
    q = store_statement(c, "DELETE FROM kube_logs WHERE cluster = ?1", err);
    if (!q)
        return false;
    store_bind_str(q, 1, or_empty(cluster));
    return store_run(c, q, err);
}

bool rows_trim_events(struct store_connection *c, str cluster, str ns, int64_t kept,
                      struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c,
        "DELETE FROM kube_objects WHERE cluster = ?1 AND resource = 'events' AND namespace = ?2"
        " AND version <= (SELECT version FROM kube_objects WHERE cluster = ?1"
        " AND resource = 'events' AND namespace = ?2 ORDER BY version DESC LIMIT 1 OFFSET ?3)",
        err);
    if (!q)
        return false;
    store_bind_str(q, 1, or_empty(cluster));
    store_bind_str(q, 2, or_empty(ns));
    store_bind_int(q, 3, kept);
    return store_run(c, q, err);
}

/* -- logs -- */

bool log_put(struct store_connection *c, str cluster, str pod_uid, str container, str text,
             struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c,
                        "INSERT OR REPLACE INTO kube_logs(cluster, pod_uid, container, text)"
                        " VALUES(?1, ?2, ?3, ?4)",
                        err);
    if (!q)
        return false;
    bind_place(q, cluster, pod_uid, container, text);
    return store_run(c, q, err);
}

bool log_load(struct store_connection *c, str cluster, str pod_uid, str container, str *out,
              struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c, "SELECT text FROM kube_logs WHERE cluster = ?1 AND pod_uid = ?2 AND container = ?3",
        err);
    if (!q)
        return false;
    store_bind_str(q, 1, or_empty(cluster));
    store_bind_str(q, 2, or_empty(pod_uid));
    store_bind_str(q, 3, or_empty(container));
    enum store_row row = store_step(c, q, err);
    bool ok = row != STORE_ROW_ERROR;
    str text = STR_NONE;
    if (row == STORE_ROW) {
        str stored = or_empty(store_column_str(q, 0));
        char *copy = mem_try(stored.len + 1);
        if (copy) {
            memcpy(copy, stored.ptr, stored.len);
            text = (str){copy, stored.len};
        } else {
            ok = err_set(err, ERR_NO_MEMORY, "no memory for a log");
        }
    }
    store_finish(q);
    if (ok)
        *out = text;
    return ok;
}

bool log_delete(struct store_connection *c, str cluster, str pod_uid, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c, "DELETE FROM kube_logs WHERE cluster = ?1 AND pod_uid = ?2", err);
    if (!q)
        return false;
    store_bind_str(q, 1, or_empty(cluster));
    store_bind_str(q, 2, or_empty(pod_uid));
    return store_run(c, q, err);
}

/* -- the version -- */

bool version_load(struct store_connection *c, int64_t *out, struct err *err)
{
    struct buf b;
    bool found;
    buf_init(&b, META_TEXT_MAX);
    bool ok = store_meta_get(c, str_from_c(version_name), &b, &found, err);
    if (ok && (!found || !str_to_int64(buf_str(&b), out)))
        *out = 1;
    buf_release(&b);
    return ok;
}

bool version_save(struct store_connection *c, int64_t version, struct err *err)
{
    char text[META_TEXT_MAX];
    (void)snprintf(text, sizeof(text), "%" PRId64, version);
    return store_meta_set(c, str_from_c(version_name), str_from_c(text), err);
}
