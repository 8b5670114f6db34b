/* What the store's tests share: a store in a directory of its own, jobs and steps that are waited
 * for, and SQL asked as a person with sqlite3 would. */
#ifndef TESTS_STORE_FIXTURE_H
#define TESTS_STORE_FIXTURE_H

#include "base/arena.h"
#include "base/mem.h"
#include "store/executions.h"
#include "store/machines.h"
#include "store/sql.h"
#include "store/store.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define MACHINE   "arn:aws:states:us-east-1:123456789012:stateMachine:m"
#define EXECUTION "arn:aws:states:us-east-1:123456789012:execution:m:"

static inline struct store *fixture_open(const char *dir)
{
    struct err err = ERR_INIT;
    struct store_options options = {.data_dir = str_from_c(dir), .durability = STORE_OFF};
    struct store *s = store_open(&options, &err);
    if (!s)
        fail_msg("%.*s", STR_ARG(err_text(&err)));
    return s;
}

static inline struct store_connection *fixture_reader(struct store *s)
{
    struct err err = ERR_INIT;
    struct store_connection *c = store_reader(s, &err);
    if (!c)
        fail_msg("%.*s", STR_ARG(err_text(&err)));
    return c;
}

/* Waits for a number of things to be done. */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned done;
};
#define GATE_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                     \
    }

static inline void gate_pass(struct gate *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->done++;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
}

static inline void gate_wait(struct gate *g, unsigned count)
{
    (void)pthread_mutex_lock(&g->lock);
    while (g->done < count)
        (void)pthread_cond_wait(&g->changed, &g->lock);
    (void)pthread_mutex_unlock(&g->lock);
}

/* A job that runs a function on the writer, waited for. */
struct fixture_job {
    struct store_job job;
    bool (*fn)(void *context, struct store_connection *c, struct err *err);
    void *context;
    struct err err;
    struct gate gate;
};

static inline bool fixture_job_apply(struct store_job *job, struct store_connection *c,
                                     struct err *err)
{
    struct fixture_job *mine = (struct fixture_job *)(void *)job;
    return mine->fn(mine->context, c, err);
}

static inline void fixture_job_done(struct store_job *job, const struct err *err)
{
    struct fixture_job *mine = (struct fixture_job *)(void *)job;
    if (err_is_set(err))
        err_copy(&mine->err, err);
    gate_pass(&mine->gate);
}

/* The error is the caller's to release. */
static inline enum err_id fixture_write(struct store *s,
                                        bool (*fn)(void *, struct store_connection *, struct err *),
                                        void *context)
{
    struct fixture_job job = {
        .job = {.apply = fixture_job_apply,
                .done = fixture_job_done,
                .flags = STORE_SOON | STORE_MAY_FAIL},
        .fn = fn,
        .context = context,
        .gate = GATE_INIT
    };
    store_submit_take(s, &job.job);
    gate_wait(&job.gate, 1);
    enum err_id id = job.err.id;
    err_release(&job.err);
    return id;
}

/* What a step was told. */
struct step_answer {
    struct gate gate;
    int64_t start_ms;
    enum store_start start;
    enum err_id err;
};

static inline void fixture_step_done(void *context, enum store_start start, int64_t start_ms,
                                     const struct err *err)
{
    struct step_answer *answer = context;
    answer->start = start;
    answer->start_ms = start_ms;
    answer->err = err->id;
    gate_pass(&answer->gate);
}

static inline struct store_step *fixture_step(struct store *s, uint64_t execution,
                                              struct store_payloads *payloads,
                                              struct step_answer *answer)
{
    *answer = (struct step_answer){.gate = GATE_INIT};
    return store_step_new(s, execution, payloads, fixture_step_done, answer);
}

static inline void fixture_submit(struct store_step *step, struct step_answer *answer)
{
    store_step_submit_take(step, true);
    gate_wait(&answer->gate, 1);
}

static inline struct store_execution fixture_execution(uint64_t id, const char *name, char arn[128])
{
    (void)snprintf(arn, 128, EXECUTION "%s", name);
    return (struct store_execution){.id = id,
                                    .arn = str_from_c(arn),
                                    .machine_arn = STR(MACHINE),
                                    .name = str_from_c(name),
                                    .revision = 1,
                                    .status = STORE_RUNNING,
                                    .start_ms = 1000 + (int64_t)id,
                                    .input = STR("{}")};
}

/* Starts an execution in a step of its own. */
static inline void fixture_start(struct store *s, uint64_t id, const char *name)
{
    char arn[128];
    struct store_execution e = fixture_execution(id, name, arn);
    struct step_answer answer;
    struct store_step *step = fixture_step(s, id, NULL, &answer);
    store_step_start(step, &e, true);
    fixture_submit(step, &answer);
    assert_int_equal(answer.err, ERR_NONE);
    assert_int_equal(answer.start, STORE_STARTED);
}

static inline void fixture_end(struct store *s, uint64_t id, enum store_status status,
                               int64_t stop_ms)
{
    struct step_answer answer;
    struct store_step *step = fixture_step(s, id, NULL, &answer);
    store_step_end(step, status, json_absent(), STR_NONE, STR_NONE, stop_ms);
    fixture_submit(step, &answer);
    assert_int_equal(answer.err, ERR_NONE);
}

/* The first column of the only row, as a number. sql is static. */
static inline int64_t fixture_number(struct store *s, const char *sql)
{
    struct err err = ERR_INIT;
    struct store_connection *c = fixture_reader(s);
    struct sqlite3_stmt *q = store_statement(c, sql, &err);
    if (!q || store_step(c, q, &err) != STORE_ROW)
        fail_msg("%s: %.*s", sql, STR_ARG(err_text(&err)));
    int64_t number = store_column_int(q, 0);
    store_finish(q);
    return number;
}

static inline str fixture_text(struct store *s, struct arena *a, const char *sql)
{
    struct err err = ERR_INIT;
    struct store_connection *c = fixture_reader(s);
    struct sqlite3_stmt *q = store_statement(c, sql, &err);
    if (!q || store_step(c, q, &err) != STORE_ROW)
        fail_msg("%s: %.*s", sql, STR_ARG(err_text(&err)));
    str text = STR_NONE;
    assert_true(store_column_copy(q, 0, a, &text, &err));
    store_finish(q);
    return text;
}

static inline json fixture_json(const char *text)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    if (!json_parse(str_from_c(text), &v, &err))
        fail_msg("%.*s", STR_ARG(err_text(&err)));
    return v;
}

/* A string of len letters. */
static inline json fixture_large(char letter, size_t len)
{
    char *text = mem_try(len);
    assert_non_null(text);
    memset(text, letter, len);
    return json_string_take(text, len);
}

#endif
