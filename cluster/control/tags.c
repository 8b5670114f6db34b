/* TagResource, UntagResource, ListTagsForResource: tags of clusters, node groups and profiles,
 * which live in their bodies. */
#include "control_private.h"
#include "net/arn.h"

/* The statements of a kind of resource; ?1 is the ARN. */
struct tagged {
    str prefix; /* of the ARN's resource */
    const char *sql_body, *sql_update;
};

/* clang-format off */
#define TAGGED(prefix, table)                                                                      \
    {STR_INIT(prefix), "SELECT body FROM " table " WHERE arn = ?1",                                \
     "UPDATE " table " SET body = ?2 WHERE arn = ?1"}
/* clang-format on */
static const struct tagged rows[] = {
    TAGGED("cluster/", "clusters"),
    TAGGED("nodegroup/", "nodegroups"),
    TAGGED("fargateprofile/", "fargate_profiles"),
};

static const struct tagged *tagged_of(str text, struct err *err)
{
    struct arn arn;
    if (!arn_parse(text, &arn) || !str_eq(arn.service, STR("eks"))) {
        (void)err_set(err, ERR_EKS_BAD_REQUEST, "Invalid resource ARN: %.*s", STR_ARG(text));
        return NULL;
    }
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_starts(arn.resource, rows[i].prefix))
            return &rows[i];
    (void)err_set(err, ERR_EKS_NOT_FOUND, "Resource not found: %.*s", STR_ARG(text));
    return NULL;
}

/* Gives the body of the resource that the path names. */
static bool body_get(struct call *call, struct store_connection *c, const struct tagged **t,
                     json *out, struct err *err)
{
    str arn = call->label[0];
    *t = tagged_of(arn, err);
    struct sqlite3_stmt *q = *t ? store_statement(c, (*t)->sql_body, err) : NULL;
    if (!q)
        return false;
    store_bind_str(q, 1, arn);
    enum store_row step = store_step(c, q, err);
    bool ok = step == STORE_ROW && json_parse(store_column_str(q, 0), out, err);
    if (step == STORE_NO_ROW)
        (void)err_set(err, ERR_EKS_NOT_FOUND, "Resource not found: %.*s", STR_ARG(arn));
    store_finish(q);
    return ok;
}

/* Takes tags. */
static bool tags_write(struct call *call, struct store_connection *c, const struct tagged *t,
                       json body, json tags_taken, struct err *err)
{
    json changed = json_with(body, STR("tags"), tags_taken);
    str text = json_text(changed);
    json_unref(changed);
    if (!text.ptr)
        return no_memory(err);
    struct sqlite3_stmt *q = store_statement(c, t->sql_update, err);
    bool ok = q != NULL;
    if (ok) {
        store_bind_str(q, 1, call->label[0]);
        store_bind_str(q, 2, text);
        ok = store_run(c, q, err);
    }
    str_free(text);
    if (ok)
        call->answer = json_object(0);
    return ok;
}

bool tags_put(struct call *call, struct store_connection *c, struct err *err)
{
    const struct tagged *t;
    json body = json_absent(), r = json_absent();
    bool ok = shape_check(shape_tag_resource, call->body, &r, err);
    if (!ok && err->id == ERR_EKS_INVALID_PARAMETER)
        err->id = ERR_EKS_BAD_REQUEST; // the one refusal that these operations declare
    ok = ok && body_get(call, c, &t, &body, err);
    if (ok) {
        json tags = json_ref(json_get(body, STR("tags"))), more = json_get(r, STR("tags"));
        for (size_t i = 0; i < json_len(more); i++) {
            json with = json_with(tags, json_key_at(more, i), json_ref(json_value_at(more, i)));
            json_unref(tags);
            tags = with;
        }
        if (json_len(tags) > CONTROL_TAGS_MAX) {
            json_unref(tags);
            ok = err_set(err, ERR_EKS_BAD_REQUEST, "A resource can have at most %d tags.",
                         CONTROL_TAGS_MAX);
        } else {
            ok = tags_write(call, c, t, body, tags, err);
        }
    }
    json_unref(body);
    json_unref(r);
    return ok;
}

bool tags_remove(struct call *call, struct store_connection *c, struct err *err)
{
    const struct tagged *t;
    json body = json_absent();
    if (!body_get(call, c, &t, &body, err))
        return false;
    json tags = json_ref(json_get(body, STR("tags")));
    for (size_t i = 0; i < call->query_count; i++) {
        if (!str_eq(call->query[i].name, STR("tagKeys")))
            continue;
        json without = json_without(tags, call->query[i].value);
        json_unref(tags);
        tags = without;
    }
    bool ok = tags_write(call, c, t, body, tags, err);
    json_unref(body);
    return ok;
}

bool tags_list(struct call *call, struct store_connection *c, struct err *err)
{
    const struct tagged *t;
    json body = json_absent(), answer = json_object(1);
    bool ok = body_get(call, c, &t, &body, err);
    if (ok)
        json_build_put(&answer, STR("tags"), asked_or(body, STR("tags"), json_object(0)));
    if (ok && json_is_absent(answer))
        ok = no_memory(err);
    if (ok)
        call->answer = answer;
    else
        json_unref(answer);
    json_unref(body);
    return ok;
}
