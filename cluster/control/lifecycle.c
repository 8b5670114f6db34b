/* What becomes due: CREATING turns ACTIVE, DELETING goes.
 *
 * Every resource under way has its due_ms in its row. One timer stands at the first of them; when
 * it fires, one store job (a sweep) changes everything that is due and finds the next moment:
 *
 *     operation committed -> lifecycle_due -> timer -> sweep in the store's queue -> committed
 *                               ^                                                       |
 *                               +------------------- the next due_ms -------------------+
 *
 * A sweep may be refused by nobody: its job has no flag that lets it fail, so a full disk delays
 * it. */
#include "base/base64.h"
#include "base/digest.h"
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "control_private.h"

#include <inttypes.h>

struct sweep {
    struct store_job job; /* first */
    struct control *control;
    int64_t next_ms;
};

enum { SWEEP_ARENA_BYTES = 4 * 1024 * 1024 };

void control_pending_add(struct control *c)
{
    (void)lock_take(&c->lock);
    c->pending++;
    (void)lock_give(&c->lock);
}

void control_pending_sub(struct control *c)
{
    (void)lock_take(&c->lock);
    if (--c->pending == 0)
        (void)cond_wake_all(&c->idle);
    (void)lock_give(&c->lock);
}

static json issue(const struct err *why)
{
    json health = json_object(1), issues = json_array(1), one = json_object(3);
    json_build_put(&one, STR("code"), json_string(STR("InternalFailure")));
    json_build_put(&one, STR("message"), json_string(err_text(why)));
    json_build_put(&one, STR("resourceIds"), json_array(0));
    json_build_push(&issues, one);
    json_build_put(&health, STR("issues"), issues);
    return health;
}

static json authority(str ca_pem)
{
    json o = json_object(1);
    struct buf data;
    buf_init(&data, 2 * ca_pem.len + 4);
    base64_encode(ca_pem, &data);
    json_build_put(&o, STR("data"), buf_ok(&data) ? json_string(buf_str(&data)) : json_absent());
    buf_release(&data);
    return o;
}

static json identity(const struct control *c, const unsigned char *id, size_t len)
{
    char hex[2 * SHA256_BYTES + 1];
    json o = json_object(1), oidc = json_object(1);
    hex_encode(id, len, hex);
    for (char *ch = hex; *ch; ch++)
        if (*ch >= 'a' && *ch <= 'f')
            *ch = (char)(*ch - 'a' + 'A');
    json_build_put(&oidc, STR("issuer"),
                   json_printf("https://oidc.eks.%s.amazonaws.com/id/%s", c->region, hex));
    json_build_put(&o, STR("oidc"), oidc);
    return o;
}

/* Replaces a member of the row's body. */
static void body_set(struct cluster_row *row, str key, json v_taken)
{
    json body = json_with(row->body, key, v_taken);
    json_unref(row->body);
    row->body = body;
}

static bool is_of_the_store(const struct err *err)
{
    return err->id == ERR_STORE || err->id == ERR_STORE_FULL || err->id == ERR_NO_MEMORY;
}

static bool cluster_activate(struct control *control, struct store_connection *c,
                             struct cluster_row *row, struct err *err)
{
    char *ca_pem = NULL, *ca_key_pem = NULL, *endpoint = NULL;
    struct control_cluster cl = cluster_of_row(row);
    struct err why = ERR_INIT;
    unsigned char id[SHA256_BYTES];
    bool ok = control->hooks.provision(control->hooks.context, c, &cl, &ca_pem, &ca_key_pem,
                                       &endpoint, &row->port, &why);
    row->due_ms = INT64_MAX;
    if (ok) {
        row->status = STR("ACTIVE");
        row->ca_pem = str_from_c(ca_pem);
        row->ca_key_pem = str_from_c(ca_key_pem);
        sha256(row->ca_pem, id);
        body_set(row, STR("endpoint"), json_string(str_from_c(endpoint)));
        body_set(row, STR("certificateAuthority"), authority(row->ca_pem));
        body_set(row, STR("identity"), identity(control, id, CONTROL_HEX_BYTES));
    } else if (is_of_the_store(&why)) {
        err_move(err, &why);
        return false;
    } else {
        log_error("control", "cluster_failed", "name=%.*s error=\"%.*s\"", STR_ARG(row->name),
                  STR_ARG(err_text(&why)));
        row->status = STR("FAILED");
        body_set(row, STR("health"), issue(&why));
    }
    err_release(&why);
    ok = cluster_row_update(c, row, err);
    mem_free(ca_pem);
    mem_free(ca_key_pem);
    mem_free(endpoint);
    return ok;
}

/* Changes the first cluster that is due; *some tells whether there was one. */
static bool cluster_step(struct control *control, struct store_connection *c, int64_t now_ms,
                         bool *some, struct err *err)
{
    static const char sql[] = "SELECT " CLUSTER_COLUMNS " FROM clusters WHERE due_ms <= ?1"
                              " ORDER BY due_ms, name LIMIT 1";
    struct arena a;
    struct cluster_row row = {.body = json_absent()};
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    arena_init(&a, SWEEP_ARENA_BYTES);
    store_bind_int(q, 1, now_ms);
    enum store_row step = store_step(c, q, err);
    *some = step == STORE_ROW;
    bool ok = step == STORE_NO_ROW || (*some && cluster_row_read(q, &a, &row, err));
    store_finish(q);
    if (ok && *some) {
        if (str_eq(row.status, STR("CREATING")))
            ok = cluster_activate(control, c, &row, err);
        else
            ok = cluster_row_remove(c, row.name, err);
    }
    cluster_row_release(&row);
    arena_release(&a);
    return ok;
}

static bool children_step(struct store_connection *c, int64_t now_ms, struct err *err)
{
    static const char *const sql[] = {
        "UPDATE nodegroups SET status = 'ACTIVE', body = json_set(body, '$.status', 'ACTIVE',"
        " '$.modifiedAt', ?1 / 1000.0), due_ms = NULL WHERE due_ms <= ?1 AND status = 'CREATING'",
        "DELETE FROM nodegroups WHERE due_ms <= ?1 AND status = 'DELETING'",
        "UPDATE fargate_profiles SET status = 'ACTIVE', body = json_set(body, '$.status', 'ACTIVE'),"
        " due_ms = NULL WHERE due_ms <= ?1 AND status = 'CREATING'",
        "DELETE FROM fargate_profiles WHERE due_ms <= ?1 AND status = 'DELETING'",
    };
    for (size_t i = 0; i < sizeof sql / sizeof *sql; i++) {
        struct sqlite3_stmt *q = store_statement(c, sql[i], err);
        if (!q)
            return false;
        store_bind_int(q, 1, now_ms);
        if (!store_run(c, q, err))
            return false;
    }
    return true;
}

/* The first moment at which anything is due; INT64_MAX: nothing is. */
static bool next_due(struct store_connection *c, int64_t *out, struct err *err)
{
    static const char sql[] = "SELECT min(due) FROM (SELECT min(due_ms) AS due FROM clusters"
                              " UNION ALL SELECT min(due_ms) FROM nodegroups"
                              " UNION ALL SELECT min(due_ms) FROM fargate_profiles)";
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    enum store_row step = store_step(c, q, err);
    *out = INT64_MAX;
    if (step == STORE_ROW && !store_column_is_null(q, 0))
        *out = store_column_int(q, 0);
    store_finish(q);
    return step != STORE_ROW_ERROR;
}

static bool sweep_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct sweep *s = (struct sweep *)(void *)job; // the job is its first member
    int64_t now_ms = clock_now_ms(s->control->clock);
    bool some = true, ok = true;
    while (some && ok)
        ok = cluster_step(s->control, c, now_ms, &some, err);
    return ok && children_step(c, now_ms, err) && next_due(c, &s->next_ms, err);
}

static void sweep_done(struct store_job *job, const struct err *err)
{
    struct sweep *s = (struct sweep *)(void *)job;
    if (err_is_set(err)) // only a store that closes drops it: what is due stays in the rows
        log_error("control", "sweep_dropped", "error=\"%.*s\"", STR_ARG(err_text(err)));
    else
        lifecycle_due(s->control, s->next_ms);
    control_pending_sub(s->control);
    mem_free(s);
}

static void on_due(void *context, uint64_t due_ms, uint64_t unused)
{
    struct control *c = context;
    (void)unused;
    (void)lock_take(&c->lock);
    if (c->timer_due_ms == (int64_t)due_ms) {
        c->timer = 0;
        c->timer_due_ms = INT64_MAX;
    }
    (void)lock_give(&c->lock);
    struct sweep *s = mem_new(sizeof *s);
    s->job = (struct store_job){.apply = sweep_apply, .done = sweep_done, .flags = STORE_SOON};
    s->control = c;
    s->next_ms = INT64_MAX;
    store_submit_take(c->store, &s->job); // the timer's count goes over to the job
}

void lifecycle_due(struct control *c, int64_t due_ms)
{
    (void)lock_take(&c->lock);
    if (due_ms < c->timer_due_ms && !c->stopping) {
        if (clock_timer_cancel(c->clock, c->timer))
            c->pending--;
        c->pending++;
        c->timer_due_ms = due_ms;
        c->timer = clock_timer_arm(c->clock, due_ms, on_due, c, (uint64_t)due_ms, 0);
    }
    (void)lock_give(&c->lock);
}

bool control_recover(struct control *c, struct err *err)
{
    int64_t due_ms;
    struct store_connection *reader = store_reader(c->store, err);
    if (!reader || !next_due(reader, &due_ms, err))
        return false;
    lifecycle_due(c, due_ms);
    return true;
}
