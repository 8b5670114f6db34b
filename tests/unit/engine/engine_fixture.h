/* What the engine's tests share: an engine over a store in a directory of its own, on a clock that
 * skips, with one worker and a seed; a resource whose calls do what their parameters say; and
 * histories read back.
 *
 * The resource arn:aws:states:::test:script takes {"Key", "Plan", "Attempt"?}: the n-th call of a
 * Key (or that of number Attempt) does the n-th element of its Plan, the last again after that:
 *     {"Do":"succeed","Output":…} · {"Do":"fail","Error","Cause"} · {"Do":"refuse","Error","Cause"}
 *     {"Do":"hang"} · {"Do":"submit","Output","Recall"}, then hang · {"Do":"again"}: the output is
 *     {"again":…,"recall":…,"id":…}. With "AfterMs" it does so later. */
#ifndef TESTS_ENGINE_FIXTURE_H
#define TESTS_ENGINE_FIXTURE_H

#include "base/arena.h"
#include "base/hashmap.h"
#include "base/mem.h"
#include "engine/engine.h"
#include "store/machines.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REGION   "us-east-1"
#define ACCOUNT  "123456789012"
#define MACHINES "arn:aws:states:" REGION ":" ACCOUNT ":stateMachine:"
#define RUNS     "arn:aws:states:" REGION ":" ACCOUNT ":execution:"
#define ROLE     "arn:aws:iam::" ACCOUNT ":role/r"

static const int64_t fixture_epoch_ms = INT64_C(1764000000000);

/* -- a gate: waits for a number of things -- */
struct gate {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    unsigned passed;
};
#define GATE_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0                                     \
    }

static inline void gate_pass(struct gate *g)
{
    (void)pthread_mutex_lock(&g->lock);
    g->passed++;
    (void)pthread_cond_broadcast(&g->changed);
    (void)pthread_mutex_unlock(&g->lock);
}

static inline void gate_wait(struct gate *g, unsigned count)
{
    (void)pthread_mutex_lock(&g->lock);
    while (g->passed < count)
        (void)pthread_cond_wait(&g->changed, &g->lock);
    (void)pthread_mutex_unlock(&g->lock);
}

static inline unsigned gate_passed(struct gate *g)
{
    (void)pthread_mutex_lock(&g->lock);
    unsigned n = g->passed;
    (void)pthread_mutex_unlock(&g->lock);
    return n;
}

/* -- the scripted resource -- */
struct script_count {
    char key[64];
    unsigned calls;
};
static struct script_count script_counts[64];
static pthread_mutex_t script_lock = PTHREAD_MUTEX_INITIALIZER;

static inline unsigned script_call(str key)
{
    (void)pthread_mutex_lock(&script_lock);
    size_t i = 0;
    while (i < 63 && script_counts[i].key[0] && !str_eq(str_from_c(script_counts[i].key), key))
        i++;
    (void)snprintf(script_counts[i].key, sizeof script_counts[i].key, "%.*s", STR_ARG(key));
    unsigned n = script_counts[i].calls++;
    (void)pthread_mutex_unlock(&script_lock);
    return n;
}

static inline unsigned script_calls(const char *key)
{
    unsigned n = 0;
    (void)pthread_mutex_lock(&script_lock);
    for (size_t i = 0; i < 64; i++)
        if (strcmp(script_counts[i].key, key) == 0)
            n = script_counts[i].calls;
    (void)pthread_mutex_unlock(&script_lock);
    return n;
}

static inline void script_do(struct task *t)
{
    json act = *(json *)task_state(t);
    str what = json_str(json_get(act, STR("Do")));
    str error = json_str(json_get(act, STR("Error")));
    str cause = json_str(json_get(act, STR("Cause")));
    json output = json_get(act, STR("Output"));
    const struct task_request *r = task_request_of(t);
    if (str_eq(what, STR("succeed"))) {
        task_succeeded(t, json_ref(output));
    } else if (str_eq(what, STR("fail"))) {
        task_failed(t, error, cause);
    } else if (str_eq(what, STR("refuse"))) {
        task_submit_failed(t, error, cause);
    } else if (str_eq(what, STR("submit"))) {
        task_submitted(t, json_ref(output), json_ref(json_get(act, STR("Recall"))));
        json then = json_get(act, STR("Then"));
        if (!json_is_absent(then))
            task_succeeded(t, json_ref(then));
    } else if (str_eq(what, STR("again"))) {
        json o = json_object(2);
        assert_true(json_put_take(&o, STR("again"), json_bool(r->again)));
        assert_true(json_put_take(&o, STR("recall"),
                                  json_is_absent(r->recall) ? json_null() : json_ref(r->recall)));
        assert_true(json_put_take(&o, STR("id"), json_string(r->id)));
        task_succeeded(t, o);
    }
}

static inline void script_free(void *state)
{
    json_unref(*(json *)state);
    mem_free(state);
}

static inline void script_begin(struct task *t)
{
    json parameters = task_request_of(t)->parameters;
    json plan = json_get(parameters, STR("Plan"));
    unsigned n = script_call(json_str(json_get(parameters, STR("Key"))));
    int64_t attempt = 0;
    if (json_get_int64(parameters, STR("Attempt"), &attempt))
        n = (unsigned)attempt;
    size_t last = json_len(plan) - 1;
    json *act = mem_new(sizeof *act);
    *act = json_ref(json_at(plan, n < last ? n : last));
    task_state_set_take(t, act, script_free);
    int64_t after_ms = 0;
    if (json_get_int64(*act, STR("AfterMs"), &after_ms))
        task_after(t, after_ms, script_do);
    else
        script_do(t);
}

static const struct task_parameter script_parameters[] = {
    {STR_INIT("Attempt"), TASK_NUMBER, false},
    {STR_INIT("Key"),     TASK_STRING, true },
    {STR_INIT("Plan"),    TASK_ARRAY,  true },
};
static const struct task_resource script_resource = {
    .name = STR_INIT("test:script"),
    .type = STR_INIT("test"),
    .api = STR_INIT("script"),
    .parameters = script_parameters,
    .parameters_count = 3,
    .sync = true,
    .begin = script_begin,
};

static inline const struct task_resource *script_find(str arn)
{
    return str_eq(arn, STR("arn:aws:states:::test:script")) ? &script_resource : NULL;
}

/* -- data sets: what an ItemReader gives is the JSON text that its Key is ("!" fails); what a
 * ResultWriter writes is kept -- */
struct written {
    char key[256];
    char body[8192];
};
static struct written written[16];
static size_t written_count;

static inline void data_set_begin(struct task *t)
{
    json parameters = task_request_of(t)->parameters;
    str key = json_str(json_get(parameters, STR("Key")));
    json body = json_get(parameters, STR("Body"));
    struct err err = ERR_INIT;
    json items = json_absent();
    json output = json_object(1);
    if (body.kind == JSON_STRING) {
        (void)pthread_mutex_lock(&script_lock);
        struct written *w = &written[written_count < 15 ? written_count++ : 15];
        (void)snprintf(w->key, sizeof w->key, "%.*s", STR_ARG(key));
        (void)snprintf(w->body, sizeof w->body, "%.*s", STR_ARG(json_str(body)));
        (void)pthread_mutex_unlock(&script_lock);
        task_succeeded(t, output);
    } else if (json_parse(key, &items, &err)) {
        assert_true(json_put_take(&output, STR("Items"), items));
        task_succeeded(t, output);
    } else {
        err_release(&err);
        json_unref(output);
        task_failed(t, STR("States.ItemReaderFailed"), STR("it cannot be read"));
    }
}

static const struct task_parameter data_set_parameters[] = {
    {STR_INIT("Body"),         TASK_STRING, false},
    {STR_INIT("Bucket"),       TASK_STRING, true },
    {STR_INIT("Key"),          TASK_STRING, true },
    {STR_INIT("ReaderConfig"), TASK_OBJECT, false},
};
static const struct task_resource data_set_resource = {
    .name = STR_INIT("s3:getObject"),
    .type = STR_INIT("s3"),
    .api = STR_INIT("getObject"),
    .parameters = data_set_parameters,
    .parameters_count = 4,
    .large = true,
    .begin = data_set_begin,
};

static inline const struct task_resource *data_set_find(str arn)
{
    return str_starts(arn, STR("arn:aws:states:::s3:")) ? &data_set_resource : NULL;
}

/* -- the world around an engine -- */
struct fixture {
    char dir[64];
    struct clock *clock;
    struct store *store;
    struct integrations *integrations;
    struct engine *engine;
    unsigned workers;
    bool limits_off;
    engine_observer *observer;
    void *observer_context;
};

static inline void fixture_fail(struct err *err)
{
    fail_msg("%.*s", STR_ARG(err_text(err)));
}

static inline void fixture_engine_start(struct fixture *f)
{
    struct err err = ERR_INIT;
    const struct engine_options options = {
        .clock = f->clock,
        .store = f->store,
        .integrations = f->integrations,
        .workers = f->workers ? f->workers : 1,
        .seed = 7,
        .region = STR(REGION),
        .account = STR(ACCOUNT),
        .limits_off = f->limits_off,
        .observer = f->observer,
        .observer_context = f->observer_context,
        .find = script_find,
        .find_data_set = data_set_find,
    };
    f->engine = engine_new(&options, &err);
    if (!f->engine || !engine_recover(f->engine, &err))
        fixture_fail(&err);
}

static inline void fixture_open(struct fixture *f)
{
    struct err err = ERR_INIT;
    f->clock = clock_new(CLOCK_SKIP, 1, fixture_epoch_ms, &err);
    if (!f->clock)
        fixture_fail(&err);
    const struct store_options store = {
        .data_dir = STR(":memory:"), .durability = STORE_OFF, .clock = f->clock, .eager = true};
    f->store = store_open(&store, &err);
    if (!f->store)
        fixture_fail(&err);
    const struct task_services services = {
        .clock = f->clock, .region = STR(REGION), .account = STR(ACCOUNT)};
    f->integrations = integrations_new(&services, &err);
    if (!f->integrations)
        fixture_fail(&err);
    fixture_engine_start(f);
}

static inline void fixture_close(struct fixture *f)
{
    engine_stop(f->engine);
    store_close(f->store);
    clock_stop(f->clock);
    integrations_free(f->integrations);
    clock_free(f->clock);
}

/* -- machines -- */
struct machine_insert {
    struct store_job job;
    struct store_machine machine;
    int64_t revision;
    struct gate gate;
};

static inline bool machine_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct machine_insert *m = (struct machine_insert *)(void *)job;
    return store_machine_insert(c, &m->machine, &m->revision, err);
}

static inline void machine_done(struct store_job *job, const struct err *err)
{
    struct machine_insert *m = (struct machine_insert *)(void *)job;
    assert_false(err_is_set(err));
    gate_pass(&m->gate);
}

/* Gives the revision of a new machine. */
static inline int64_t fixture_machine(struct fixture *f, str name, str definition, bool express)
{
    char arn[256];
    (void)snprintf(arn, sizeof arn, MACHINES "%.*s", STR_ARG(name));
    struct machine_insert m = {
        .job = {.apply = machine_apply, .done = machine_done, .flags = STORE_SOON},
        .machine = { .arn = str_from_c(arn),
                .name = name,
                .express = express,
                .created_ms = fixture_epoch_ms,
                .updated_ms = fixture_epoch_ms,
                .revision_id = STR(""),
                .role_arn = STR(ROLE),
                .definition = definition},
        .gate = GATE_INIT,
    };
    store_submit_take(f->store, &m.job);
    gate_wait(&m.gate, 1);
    return m.revision;
}

/* -- a start and what became of it -- */
struct run {
    char arn[256];
    struct gate started, ended;
    bool existed;
    enum err_id refused;
    enum store_status status;
    json output;
    char error[512], cause[2048];
    bool has_error, has_cause;
    int64_t start_ms, stop_ms;
};

static inline void run_started(void *context, int64_t start_ms, bool existed, const struct err *err)
{
    struct run *r = context;
    r->existed = existed;
    r->refused = err->id;
    r->start_ms = start_ms;
    gate_pass(&r->started);
}

static inline void run_ended(void *context, const struct engine_end *end)
{
    struct run *r = context;
    r->status = end->status;
    r->output = json_ref(end->output);
    r->has_error = end->error.ptr != NULL;
    r->has_cause = end->cause.ptr != NULL;
    (void)snprintf(r->error, sizeof r->error, "%.*s", STR_ARG(end->error));
    (void)snprintf(r->cause, sizeof r->cause, "%.*s", STR_ARG(end->cause));
    r->stop_ms = end->stop_ms;
    gate_pass(&r->ended);
}

struct start {
    str name, definition, input;
    bool express, name_is_new;
    int64_t revision; /* 0: of a machine made for it */
};

static inline void fixture_start(struct fixture *f, struct run *r, const struct start *s)
{
    struct err err = ERR_INIT;
    *r = (struct run){.started = GATE_INIT, .ended = GATE_INIT};
    int64_t revision =
        s->revision ? s->revision : fixture_machine(f, s->name, s->definition, s->express);
    struct asl_definition *d =
        engine_definition(f->engine, revision, s->definition, s->express, &err);
    json input = json_absent();
    if (!d || !json_parse(s->input, &input, &err))
        fixture_fail(&err);
    char machine[256];
    (void)snprintf(machine, sizeof machine, MACHINES "%.*s", STR_ARG(s->name));
    (void)snprintf(r->arn, sizeof r->arn, RUNS "%.*s:run", STR_ARG(s->name));
    const struct engine_start start = {
        .machine_arn = str_from_c(machine),
        .machine_name = s->name,
        .revision = revision,
        .definition = d,
        .role_arn = STR(ROLE),
        .express = s->express,
        .arn = str_from_c(r->arn),
        .name = STR("run"),
        .name_is_new = s->name_is_new,
        .input = input,
        .input_text = s->input,
    };
    engine_start(f->engine, &start, run_started, run_ended, r);
    json_unref(input);
    asl_unref(d);
}

static inline void run_release(struct run *r)
{
    json_unref(r->output);
    r->output = json_absent();
}

/* -- histories read back -- */
enum { HISTORY_MAX = 30000, HISTORY_MAX_BYTES = 256 * 1024 * 1024, FILE_MAX_BYTES = 1024 * 1024 };
struct seen_event {
    uint64_t id, previous;
    str type, details, data;
};
struct history {
    struct arena arena;
    struct seen_event *events;
    size_t count;
    struct store_execution execution;
};

static inline bool history_each(void *context, const struct store_event_row *e, struct err *err)
{
    (void)err;
    struct history *h = context;
    assert_true(h->count < HISTORY_MAX);
    h->events[h->count++] = (struct seen_event){
        .id = e->id,
        .previous = e->previous,
        .type = arena_str(&h->arena, e->type),
        .details = e->details.ptr ? arena_str(&h->arena, e->details) : STR(""),
        .data = e->data.ptr ? arena_str(&h->arena, e->data) : STR(""),
    };
    return true;
}

static inline void history_read(struct fixture *f, const char *arn, struct history *h)
{
    struct err err = ERR_INIT;
    bool found = false;
    memset(h, 0, sizeof *h);
    arena_init(&h->arena, HISTORY_MAX_BYTES);
    h->events = arena_array(&h->arena, HISTORY_MAX, sizeof *h->events);
    assert_non_null(h->events);
    struct store_connection *c = store_reader(f->store, &err);
    if (!c || !store_execution_find(c, &h->arena, str_from_c(arn), &h->execution, &found, &err) ||
        !found ||
        !store_events_read(c, h->execution.id, 1, false, HISTORY_MAX, history_each, h, &err))
        fail_msg("%s: %.*s", arn, STR_ARG(err_text(&err)));
}

static inline void history_release(struct history *h)
{
    arena_release(&h->arena);
}

/* ids 1, 2, 3…, each after the one it names, one terminal event, the last. */
static inline void history_check(const struct history *h, const char *what)
{
    static const char *const terminal[] = {"ExecutionSucceeded", "ExecutionFailed",
                                           "ExecutionTimedOut", "ExecutionAborted"};
    for (size_t i = 0; i < h->count; i++) {
        const struct seen_event *e = &h->events[i];
        bool ends = false;
        for (size_t k = 0; k < 4; k++)
            ends |= str_eq(e->type, str_from_c(terminal[k]));
        if (e->id != i + 1 || e->previous >= e->id || ends != (i + 1 == h->count))
            fail_msg("%s: event %zu is %llu after %llu, %.*s of %zu", what, i + 1,
                     (unsigned long long)e->id, (unsigned long long)e->previous, STR_ARG(e->type),
                     h->count);
    }
}

/* A text given by json_text goes. */
static inline void text_free(str text)
{
    // NOLINTNEXTLINE(performance-no-int-to-ptr): the owner's pointer, const only to readers
    mem_free((char *)(uintptr_t)text.ptr);
}

/* -- files -- */
static inline char *file_read(const char *path)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        fail_msg("%s cannot be opened", path);
    char *text = calloc(1, FILE_MAX_BYTES);
    assert_non_null(text);
    size_t n = fread(text, 1, FILE_MAX_BYTES - 1, file);
    assert_true(n > 0);
    assert_int_equal(fclose(file), 0);
    return text;
}

/* -- cases: see test_cases.c -- */
struct engine_case {
    str name, definition, input, status, output, error, cause, events;
    bool express;
};

static inline str case_line(str *rest)
{
    return str_cut(rest, '\n');
}

static inline bool case_field(str line, const char *key, str *out)
{
    str k = str_from_c(key);
    if (!str_starts(line, k) || line.len <= k.len || line.ptr[k.len] != ' ')
        return false;
    *out = str_skip(line, k.len + 1);
    return true;
}

/* The next case of a file's text, or false. Lends from it. */
static inline bool case_next(str *rest, struct engine_case *c)
{
    *c = (struct engine_case){0};
    while (rest->ptr && rest->len > 0) {
        str line = case_line(rest);
        if (!c->name.ptr) {
            (void)case_field(line, "case", &c->name);
            continue;
        }
        if (str_eq(line, STR("end")))
            return true;
        if (str_eq(line, STR("express"))) {
            c->express = true;
        } else if (str_eq(line, STR("definition")) || str_eq(line, STR("events"))) {
            str *block = line.ptr[0] == 'd' ? &c->definition : &c->events;
            const char *from = rest->ptr;
            while (rest->len > 0 && (rest->ptr[0] == ' ' || rest->ptr[0] == '{' ||
                                     rest->ptr[0] == '}' || rest->ptr[0] == '"'))
                (void)case_line(rest);
            *block = (str){from, (size_t)(rest->ptr - from)};
        } else if (line.len > 0 && line.ptr[0] != '#' && !case_field(line, "input", &c->input) &&
                   !case_field(line, "status", &c->status) &&
                   !case_field(line, "output", &c->output) &&
                   !case_field(line, "error", &c->error) && !case_field(line, "cause", &c->cause)) {
            fail_msg("case %.*s: '%.*s'?", STR_ARG(c->name), STR_ARG(line));
        }
    }
    return false;
}

#endif
