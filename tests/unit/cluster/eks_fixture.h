/* EKS as a client sees it: a listener before a handler, requests over HTTP that are waited for. */
#ifndef TESTS_CLUSTER_EKS_FIXTURE_H
#define TESTS_CLUSTER_EKS_FIXTURE_H

#include "base/mem.h"
#include "net/http_client.h"
#include "net/http_server.h"
#include "net/sts.h"
#include "store/store.h"
#include "unit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define START_MS INT64_C(1764000000000) /* 2025-11-24T16:00:00Z */
#define ACCOUNT  "123456789012"

struct eks {
    char dir[64];
    struct clock *clock;
    struct store *store;
    struct http_client *client;
    struct http_server *server;
    struct sts sts;
};

struct reply {
    int status;
    json body;
    json headers;
    enum err_id err;
};

static inline void must(bool ok, struct err *err)
{
    if (!ok || err_is_set(err))
        fail_msg("%.*s", STR_ARG(err_text(err)));
}

static inline void eks_open(struct eks *e, enum clock_kind kind, int64_t start_ms)
{
    struct err err = ERR_INIT;
    memset(e->sts.secret, 7, sizeof e->sts.secret);
    e->sts.account = STR(ACCOUNT);
    e->clock = clock_new(kind, 1, start_ms, &err);
    must(e->clock, &err);
    struct store_options o = {
        .data_dir = str_from_c(e->dir), .durability = STORE_OFF, .clock = e->clock, .eager = true};
    e->store = store_open(&o, &err);
    must(e->store, &err);
    e->client = http_client_start(e->clock, &err);
    must(e->client, &err);
}

static inline void eks_listen(struct eks *e, http_handler *handler, void *context)
{
    struct err err = ERR_INIT;
    struct http_server_options o = {.host = STR("127.0.0.1"),
                                    .max_body_bytes = 1 << 20,
                                    .handler = handler,
                                    .context = context};
    e->server = http_server_start(&o, &err);
    must(e->server, &err);
}

static inline void eks_close(struct eks *e)
{
    store_close(e->store);
    http_client_stop(e->client);
    clock_free(e->clock);
}

/* -- requests -- */

struct waiting {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
    struct reply reply;
};

static inline void on_reply(void *context, const struct http_response *response)
{
    struct waiting *w = context;
    struct err err = ERR_INIT;
    (void)pthread_mutex_lock(&w->lock);
    w->reply = (struct reply){.status = response->status,
                              .headers = json_ref(response->headers),
                              .err = response->err->id,
                              .body = json_absent()};
    if (response->body.len > 0 && !json_parse(response->body, &w->reply.body, &err))
        w->reply.body = json_string(response->body); // "ok" is no JSON
    err_release(&err);
    w->done = true;
    (void)pthread_cond_broadcast(&w->changed);
    (void)pthread_mutex_unlock(&w->lock);
}

/* ca NULL: none; token NULL: no Authorization; ' stands for " in body. Given. */
static inline struct reply send_to(struct eks *e, const char *method, const char *url,
                                   const char *ca, const char *token, const char *body)
{
    struct waiting w = {
        PTHREAD_MUTEX_INITIALIZER,
        PTHREAD_COND_INITIALIZER,
        false,
        {0, {JSON_ABSENT, {0}}, {JSON_ABSENT, {0}}, ERR_NONE}
    };
    struct http_call *call = http_call_new(str_from_c(method), str_from_c(url));
    if (ca)
        http_call_trust(call, str_from_c(ca));
    if (token)
        http_call_header(call, STR("Authorization"), str_from_c(token));
    if (body) {
        char *text = str_dup_c(str_from_c(body));
        for (char *c = text; *c; c++)
            if (*c == '\'')
                *c = '"';
        http_call_header(call, STR("Content-Type"), STR("application/json"));
        http_call_body_take(call, (str){text, strlen(text)});
    }
    (void)http_client_send_take(e->client, call, on_reply, &w);
    (void)pthread_mutex_lock(&w.lock);
    while (!w.done)
        (void)pthread_cond_wait(&w.changed, &w.lock);
    (void)pthread_mutex_unlock(&w.lock);
    return w.reply;
}

static inline struct reply ask(struct eks *e, const char *method, const char *path,
                               const char *body)
{
    char url[512];
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u%s", http_server_port(e->server), path);
    return send_to(e, method, url, NULL, NULL, body);
}

static inline void reply_release(struct reply *r)
{
    json_unref(r->body);
    json_unref(r->headers);
}

static inline str header_of(const struct reply *r, const char *name)
{
    return json_str(json_at(json_get(r->headers, str_from_c(name)), 0));
}

static inline void nap(void)
{
    struct timespec t = {0, 2000000L};
    (void)nanosleep(&t, NULL);
}

/* Asks until the resource has the status ("" : is gone); gives the last answer's body. */
static inline json wait_status(struct eks *e, const char *path, const char *key, const char *status)
{
    for (int i = 0; i < 5000; i++) {
        struct reply r = ask(e, "GET", path, NULL);
        json body = json_ref(r.body);
        bool gone = r.status == 404;
        reply_release(&r);
        str now = json_str(json_get(json_get(body, str_from_c(key)), STR("status")));
        if ((status[0] && str_eq(now, str_from_c(status))) || (!status[0] && gone))
            return body;
        json_unref(body);
        nap();
    }
    fail_msg("%s does not become %s", path, status);
    return json_absent();
}

#define CREATE(name, more)                                                                         \
    "{'name':'" name "','roleArn':'arn:aws:iam::" ACCOUNT                                          \
    ":role/eks','resourcesVpcConfig':{'subnetIds':['subnet-1','subnet-2']}" more "}"

#endif
