/* Rows of the table clusters, and the small means the operations share: pages, tokens, numbers. */
#include "base/base64.h"
#include "control_private.h"

#include <inttypes.h>
#include <stdio.h>

enum { COLUMN_NAME, ARN, STATUS, BODY, CREATOR, REQUEST, DUE, PORT, CA, CA_KEY, OPEN };

enum { EPOCH_TEXT_MAX_BYTES = 64 };

bool no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "no memory for the answer");
}

json json_epoch_s(int64_t ms)
{
    bool before = ms < 0;
    uint64_t all = before ? (uint64_t)-ms : (uint64_t)ms;
    char text[EPOCH_TEXT_MAX_BYTES];
    // ASSUMPTION: three decimals; the model says only that it is a number of seconds.
    int len = snprintf(text, sizeof text, "%s%" PRIu64 ".%03u", before ? "-" : "", all / MS_PER_S,
                       (unsigned)(all % MS_PER_S));
    return json_number_text((str){text, (size_t)len});
}

bool cluster_row_read(struct sqlite3_stmt *q, struct arena *a, struct cluster_row *out,
                      struct err *err)
{
    struct cluster_row row = {.due_ms = store_column_int(q, DUE),
                              .port = (uint16_t)store_column_int(q, PORT),
                              .open = store_column_int(q, OPEN) != 0,
                              .body = json_absent()};
    if (store_column_is_null(q, DUE))
        row.due_ms = INT64_MAX;
    if (!store_column_copy(q, COLUMN_NAME, a, &row.name, err) ||
        !store_column_copy(q, ARN, a, &row.arn, err) ||
        !store_column_copy(q, STATUS, a, &row.status, err) ||
        !store_column_copy(q, CREATOR, a, &row.creator_arn, err) ||
        !store_column_copy(q, REQUEST, a, &row.request, err) ||
        !store_column_copy(q, CA, a, &row.ca_pem, err) ||
        !store_column_copy(q, CA_KEY, a, &row.ca_key_pem, err) ||
        !json_parse(store_column_str(q, BODY), &row.body, err))
        return false;
    *out = row;
    return true;
}

void cluster_row_release(struct cluster_row *row)
{
    json_unref(row->body);
    row->body = json_absent();
}

bool cluster_row_find(struct store_connection *c, struct arena *a, str name,
                      struct cluster_row *out, bool *found, struct err *err)
{
    static const char sql[] = "SELECT " CLUSTER_COLUMNS " FROM clusters WHERE name = ?1";
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_str(q, 1, name);
    enum store_row step = store_step(c, q, err);
    bool ok = step != STORE_ROW_ERROR;
    *found = step == STORE_ROW;
    if (*found)
        ok = cluster_row_read(q, a, out, err);
    store_finish(q);
    return ok;
}

bool cluster_row_get(struct store_connection *c, struct arena *a, str name, struct cluster_row *out,
                     struct err *err)
{
    bool found;
    if (!cluster_row_find(c, a, name, out, &found, err))
        return false;
    return found || err_set(err, ERR_EKS_RESOURCE_NOT_FOUND, "No cluster found for name: %.*s.",
                            STR_ARG(name));
}

static void bind_due(struct sqlite3_stmt *q, int i, int64_t due_ms)
{
    if (due_ms == INT64_MAX)
        store_bind_null(q, i);
    else
        store_bind_int(q, i, due_ms);
}

bool cluster_row_insert(struct store_connection *c, const struct cluster_row *row, struct err *err)
{
    static const char sql[] =
        "INSERT INTO clusters(name, arn, status, body, creator_arn, request, due_ms, port, open)"
        " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, 0, ?8)";
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    str body = json_text(row->body);
    if (!body.ptr && q)
        (void)no_memory(err);
    bool ok = q && body.ptr;
    if (ok) {
        store_bind_str(q, 1, row->name);
        store_bind_str(q, 2, row->arn);
        store_bind_str(q, 3, row->status);
        store_bind_str(q, 4, body);
        store_bind_str(q, 5, row->creator_arn);
        store_bind_str(q, 6, row->request);
        bind_due(q, 7, row->due_ms);
        store_bind_int(q, 8, row->open);
        ok = store_run(c, q, err);
    } else {
        store_finish(q);
    }
    str_free(body);
    return ok;
}

bool cluster_row_update(struct store_connection *c, struct cluster_row *row, struct err *err)
{
    static const char sql[] = "UPDATE clusters SET status = ?2, body = ?3, due_ms = ?4, port = ?5,"
                              " ca_pem = ?6, ca_key_pem = ?7 WHERE name = ?1";
    json body = json_with(row->body, STR("status"), json_string(row->status));
    str text = json_text(body);
    if (!text.ptr) {
        json_unref(body);
        return no_memory(err);
    }
    json_unref(row->body);
    row->body = body;
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    bool ok = q != NULL;
    if (ok) {
        store_bind_str(q, 1, row->name);
        store_bind_str(q, 2, row->status);
        store_bind_str(q, 3, text);
        bind_due(q, 4, row->due_ms);
        store_bind_int(q, 5, row->port);
        store_bind_str(q, 6, row->ca_pem);
        store_bind_str(q, 7, row->ca_key_pem);
        ok = store_run(c, q, err);
    }
    str_free(text);
    return ok;
}

bool cluster_row_remove(struct store_connection *c, str name, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "DELETE FROM clusters WHERE name = ?1", err);
    if (!q)
        return false;
    store_bind_str(q, 1, name);
    return store_run(c, q, err);
}

bool control_cluster_is_active(struct store_connection *c, str name, bool *active, struct err *err)
{
    static const char sql[] = "SELECT 1 FROM clusters WHERE name = ?1 AND status = 'ACTIVE'";
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_str(q, 1, name);
    enum store_row step = store_step(c, q, err);
    store_finish(q);
    *active = step == STORE_ROW;
    return step != STORE_ROW_ERROR;
}

bool control_cluster_moved(struct store_connection *c, str name, str endpoint, uint16_t port,
                           struct err *err)
{
    static const char sql[] = "UPDATE clusters SET port = ?2,"
                              " body = json_set(body, '$.endpoint', ?3) WHERE name = ?1";
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_str(q, 1, name);
    store_bind_int(q, 2, port);
    store_bind_str(q, 3, endpoint);
    return store_run(c, q, err);
}

/* -- repeated requests -- */

str request_text(struct call *call, json parameters, struct err *err)
{
    json kept = json_object(2);
    json_build_put(&kept, STR("token"),
                   asked_or(parameters, STR("clientRequestToken"), json_null()));
    json_build_put(&kept, STR("parameters"), json_ref(parameters));
    str text = json_text(kept), copy = STR_NONE;
    if (text.ptr)
        copy = arena_str(call->arena, text);
    if (!copy.ptr)
        (void)no_memory(err);
    str_free(text);
    json_unref(kept);
    return copy;
}

bool request_is_repeated(str stored, json parameters, bool *repeated, struct err *err)
{
    json kept = json_absent();
    *repeated = false;
    if (!json_parse(stored, &kept, err))
        return false;
    str token, stored_token;
    bool same_token = json_get_str(parameters, STR("clientRequestToken"), &token) &&
                      json_get_str(kept, STR("token"), &stored_token) &&
                      str_eq(token, stored_token);
    bool same = json_equal(json_get(kept, STR("parameters")), parameters);
    json_unref(kept);
    if (same_token && !same) // ASSUMPTION: EKS's text for this is not published
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "The client request token was already used with different parameters.");
    *repeated = same_token;
    return true;
}

/* -- pages -- */

bool page_limits(struct call *call, int64_t *limit, str *after, struct err *err)
{
    str text;
    *limit = CONTROL_PAGE_MAX;
    *after = STR("");
    if (url_query_find(call->query, call->query_count, STR("maxResults"), &text) &&
        (!str_to_int64(text, limit) || *limit < 1 || *limit > CONTROL_PAGE_MAX))
        return err_set(err, ERR_EKS_INVALID_PARAMETER, "maxResults must be between 1 and %d.",
                       CONTROL_PAGE_MAX);
    if (!url_query_find(call->query, call->query_count, STR("nextToken"), &text) || text.len == 0)
        return true;
    struct buf name;
    buf_init(&name, text.len);
    bool ok = base64url_decode(text, &name) && str_utf8_valid(buf_str(&name));
    if (ok) {
        *after = arena_str(call->arena, buf_str(&name));
        ok = after->ptr || no_memory(err);
    } else {
        (void)err_set(err, ERR_EKS_INVALID_PARAMETER, "Invalid nextToken.");
    }
    buf_release(&name);
    return ok;
}

/* Adds the token that leads past the last name of a full page. */
static void put_next_token(json *answer, json names)
{
    struct buf token;
    str last = json_str(json_at(names, json_len(names) - 1));
    buf_init(&token, 2 * last.len + 4);
    base64url_encode(last, &token);
    json_build_put(answer, STR("nextToken"),
                   buf_ok(&token) ? json_string(buf_str(&token)) : json_absent());
    buf_release(&token);
}

bool page_answer(struct call *call, struct store_connection *c, struct sqlite3_stmt *q, str key,
                 int64_t limit, struct err *err)
{
    json names = json_array((size_t)limit);
    enum store_row step;
    int64_t count = 0;
    while ((step = store_step(c, q, err)) == STORE_ROW && ++count <= limit)
        json_build_push(&names, json_string(store_column_str(q, 0)));
    store_finish(q);
    if (step == STORE_ROW_ERROR) {
        json_unref(names);
        return false;
    }
    json answer = json_object(2);
    json_build_put(&answer, key, json_ref(names));
    if (count > limit)
        put_next_token(&answer, names);
    json_unref(names);
    if (json_is_absent(answer))
        return no_memory(err);
    call->answer = answer;
    return true;
}
