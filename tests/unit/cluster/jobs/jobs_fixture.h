/* A cluster without its API server: store, clock, kube room and Job controller. */
#ifndef TESTS_CLUSTER_JOBS_FIXTURE_H
#define TESTS_CLUSTER_JOBS_FIXTURE_H

#include "base/mem.h"
#include "base/timestamp.h"
#include "cluster/jobs/jobs.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define CLUSTER  STR("c1")
#define START_MS INT64_C(1764000000000) /* 2025-11-24T16:00:00Z */

enum { PATIENCE_MS = 20000 };

struct world {
    char dir[64];
    struct clock *clock;
    struct store *store;
    struct kube *kube;
    struct jobs *jobs;
};

struct told {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
    json object;
    enum err_id id;
};

#define TOLD_INIT                                                                                  \
    {                                                                                              \
        PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, false, {JSON_ABSENT, {0}}, ERR_NONE   \
    }

static inline void told_done(void *context, json object, const struct err *err)
{
    struct told *t = context;
    (void)pthread_mutex_lock(&t->lock);
    t->done = true;
    t->object = json_ref(object);
    t->id = err->id;
    (void)pthread_cond_broadcast(&t->changed);
    (void)pthread_mutex_unlock(&t->lock);
}

static inline void told_wait(struct told *t)
{
    (void)pthread_mutex_lock(&t->lock);
    while (!t->done)
        (void)pthread_cond_wait(&t->changed, &t->lock);
    (void)pthread_mutex_unlock(&t->lock);
}

/* -- the seed, on the writer -- */

struct seed {
    struct store_job job;
    struct kube *kube;
    struct told told;
};

static inline bool seed_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct seed *s = (struct seed *)(void *)job;
    return kube_cluster_seed(s->kube, c, CLUSTER, STR("ca"), err);
}

static inline void seed_done(struct store_job *job, const struct err *err)
{
    told_done(&((struct seed *)(void *)job)->told, json_absent(), err);
}

static inline void world_seed(struct world *w)
{
    struct seed s = {
        .job = {.apply = seed_apply, .done = seed_done, .flags = STORE_SOON},
        .kube = w->kube,
        .told = TOLD_INIT
    };
    store_submit_take(w->store, &s.job);
    told_wait(&s.told);
    assert_int_equal(s.told.id, ERR_NONE);
}

/* -- the world -- */

static inline void must(bool ok, struct err *err)
{
    if (!ok || err_is_set(err))
        fail_msg("%.*s", STR_ARG(err_text(err)));
}

static inline void world_open(struct world *w, enum clock_kind kind, str runtime, int64_t start_ms)
{
    struct err err = ERR_INIT;
    w->clock = clock_new(kind, 1, start_ms, &err);
    must(w->clock, &err);
    clock_hold(w->clock); // until the test waits
    struct store_options store = {
        .data_dir = str_from_c(w->dir), .durability = STORE_OFF, .clock = w->clock, .eager = true};
    w->store = store_open(&store, &err);
    must(w->store, &err);
    struct kube_options kube = {w->store, w->clock, 1, STR("1.32")};
    w->kube = kube_new(&kube, &err);
    must(w->kube, &err);
    struct jobs_options jobs = {w->kube, w->clock, 7, runtime, 1000};
    w->jobs = jobs_start(&jobs, &err);
    must(w->jobs, &err);
}

static inline void world_close(struct world *w)
{
    jobs_stop(w->jobs);
    kube_free(w->kube);
    store_close(w->store);
    clock_free(w->clock);
}

static inline void world_new(struct world *w, enum clock_kind kind, str runtime)
{
    (void)snprintf(w->dir, sizeof w->dir, ":memory:");
    world_open(w, kind, runtime, kind == CLOCK_SKIP ? START_MS : 0);
    world_seed(w);
}

static inline json parse(const char *text)
{
    struct err err = ERR_INIT;
    json v;
    must(json_parse(str_from_c(text), &v, &err), &err);
    return v;
}

/* What is in double quotes in JSON is in single ones here. */
static inline json quoted(const char *format, ...) PRINTF_LIKE(1, 2);
static inline json quoted(const char *format, ...)
{
    char text[8192];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    assert_true(len > 0 && (size_t)len < sizeof text);
    for (char *c = text; *c; c++)
        if (*c == '\'')
            *c = '"';
    return parse(text);
}

static inline enum err_id create(struct world *w, const char *resource, json object_taken)
{
    struct told t = TOLD_INIT;
    kube_create(w->kube, CLUSTER, str_from_c(resource), STR("default"), object_taken, told_done,
                &t);
    told_wait(&t);
    json_unref(t.object);
    return t.id;
}

static inline enum err_id delete_object(struct world *w, const char *resource, const char *name)
{
    struct told t = TOLD_INIT;
    kube_delete(w->kube, CLUSTER, str_from_c(resource), STR("default"), str_from_c(name),
                KUBE_BACKGROUND, told_done, &t);
    told_wait(&t);
    json_unref(t.object);
    return t.id;
}

/* Given; ABSENT when there is none. */
static inline json find(struct world *w, const char *resource, const char *name)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    must(kube_find(w->kube, CLUSTER, str_from_c(resource), STR("default"), str_from_c(name), &v,
                   &err),
         &err);
    return v;
}

static inline bool gather(void *context, str cluster, json object, struct err *err)
{
    (void)cluster;
    (void)err;
    return json_push_take(context, json_ref(object));
}

static inline json list(struct world *w, const char *resource)
{
    struct err err = ERR_INIT;
    json all = json_array(0);
    must(kube_list(w->kube, CLUSTER, str_from_c(resource), STR("default"), gather, &all, &err),
         &err);
    return all;
}

static inline json condition(json object, const char *type)
{
    json all = json_get_path(object, "status", "conditions", NULL);
    for (size_t i = 0; i < json_len(all); i++)
        if (str_eq(json_str(json_get(json_at(all, i), STR("type"))), str_from_c(type)))
            return json_at(all, i);
    return json_absent();
}

static inline bool holds(json object, const char *type)
{
    return str_eq(json_str(json_get(condition(object, type), STR("status"))), STR("True"));
}

static inline int64_t number(json object, const char *outer, const char *inner)
{
    int64_t n = 0;
    (void)json_get_int64(json_get(object, str_from_c(outer)), str_from_c(inner), &n);
    return n;
}

static inline void nap(void)
{
    struct timespec t = {0, 2000000L};
    (void)nanosleep(&t, NULL);
}

typedef bool reached(json object);

/* Lets time run until an object is so; given. Fails when it never is. */
static inline json wait_until(struct world *w, const char *resource, const char *name, reached *fn)
{
    int64_t until_ns = clock_monotonic_ns() + (int64_t)PATIENCE_MS * 1000000;
    clock_release(w->clock);
    for (;;) {
        json object = find(w, resource, name);
        if (fn(object)) {
            clock_hold(w->clock);
            return object;
        }
        if (clock_monotonic_ns() > until_ns) {
            str text = json_text(object);
            fail_msg("%s %s stays %.*s", resource, name, STR_ARG(text));
        }
        json_unref(object);
        nap();
    }
}

static inline bool is_over(json job)
{
    return holds(job, "Complete") || holds(job, "Failed");
}

static inline bool is_complete(json job)
{
    return holds(job, "Complete");
}

static inline bool is_failed(json job)
{
    return holds(job, "Failed");
}

static inline bool is_gone(json object)
{
    return json_is_absent(object);
}

/* A Job of one container: spec members, and the template's annotations, as JSON members. */
static inline json job_of(const char *name, const char *spec, const char *annotations,
                          const char *policy, const char *container)
{
    return quoted("{'apiVersion':'batch/v1','kind':'Job','metadata':{'name':'%s'},'spec':{%s"
                  "'template':{'metadata':{'annotations':{%s}},'spec':{'restartPolicy':'%s',"
                  "'containers':[{'name':'main','image':'busybox'%s}]}}}}",
                  name, spec, annotations, policy, container);
}

/* Seconds between two times of an object. */
static inline int64_t lasted_s(json object, const char *outer, const char *from, const char *to)
{
    struct timestamp a, b;
    struct err err = ERR_INIT;
    json o = json_get(object, str_from_c(outer));
    must(timestamp_parse(json_str(json_get(o, str_from_c(from))), &a, &err), &err);
    must(timestamp_parse(json_str(json_get(o, str_from_c(to))), &b, &err), &err);
    return (b.ms - a.ms) / 1000;
}

#endif
