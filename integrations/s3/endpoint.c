/* Buckets at an S3-compatible endpoint: requests in path style, signed, one after the other.
 * Source: S3 API Reference, GetObject, ListObjectsV2, PutObject. */
#include "base/arena.h"
#include "base/digest.h"
#include "net/sigv4.h"
#include "net/url.h"
#include "s3_private.h"

enum { ARENA_BYTES = 64 * 1024, LIST_PAGE_MAX_BYTES = 16 * 1024 * 1024, QUERY_MAX_BYTES = 16384 };

/* A request under way; for a list also what its pages have given. */
struct flight {
    struct task *task;
    void (*answered)(struct flight *f, const struct http_response *response);
    json items;
    struct buf token; /* of the next page */
    unsigned pages;
};

static struct flight *flight_new(struct task *t,
                                 void (*answered)(struct flight *, const struct http_response *))
{
    struct flight *f = mem_new(sizeof *f);
    f->task = task_ref(t);
    f->answered = answered;
    buf_init(&f->token, QUERY_MAX_BYTES);
    return f;
}

static void flight_free(struct flight *f)
{
    json_unref(f->items);
    buf_release(&f->token);
    task_unref(f->task);
    mem_free(f);
}

/* Threads: io. */
static void landed(void *context, const struct http_response *response)
{
    struct flight *f = context;
    if (task_is_cancelled(f->task))
        flight_free(f);
    else
        f->answered(f, response);
}

/* -- a request -- */

struct request {
    str method, key, query, body;
    size_t response_max;
};

/* Describes it; NULL: err is set. The arena is scratch. */
static struct http_call *describe(struct task *t, const struct request *r, str bucket,
                                  struct arena *a, struct err *err)
{
    const struct task_services *services = task_services_of(t);
    struct url url;
    if (!url_parse(services->s3.endpoint, &url, err))
        return NULL;
    struct buf path, authorization;
    buf_init(&path, ARENA_BYTES);
    buf_init(&authorization, ARENA_BYTES);
    buf_printf(&path, "/%.*s", STR_ARG(bucket));
    if (r->key.ptr) {
        buf_add_char(&path, '/');
        url_encode_path(r->key, &path);
    }
    char date[SIGV4_DATE_LEN + 1], hex[2 * SHA256_BYTES + 1];
    unsigned char hash[SHA256_BYTES];
    int64_t now_ms = clock_wall_ms();
    sigv4_date(now_ms, date);
    sha256(r->body.ptr ? r->body : STR(""), hash);
    hex_encode(hash, sizeof hash, hex);
    bool usual = (str_starts(services->s3.endpoint, STR("https:")) && url.port == 443) ||
                 (str_starts(services->s3.endpoint, STR("http:")) && url.port == 80);
    str host = usual ? arena_printf(a, "%.*s", STR_ARG(url.host))
                     : arena_printf(a, "%.*s:%u", STR_ARG(url.host), (unsigned)url.port);
    str base = services->s3.endpoint;
    while (str_ends(base, STR("/")))
        base = str_sub(base, 0, base.len - 1);
    str whole = arena_printf(a, "%.*s%.*s%s%.*s", STR_ARG(base), STR_ARG(buf_str(&path)),
                             r->query.len ? "?" : "", STR_ARG(r->query));
    const struct sigv4_credentials credentials = {services->s3.access_key, services->s3.secret_key,
                                                  services->s3.session_token};
    const struct sigv4_header headers[] = {
        {STR("host"),                 host                     },
        {STR("x-amz-content-sha256"), str_from_c(hex)          },
        {STR("x-amz-date"),           str_from_c(date)         },
        {STR("x-amz-security-token"), credentials.session_token},
    };
    size_t count = credentials.session_token.len > 0 ? 4 : 3;
    struct http_call *call = NULL;
    if (!host.ptr || !whole.ptr || !buf_ok(&path))
        (void)err_set(err, ERR_NO_MEMORY, "no memory for a request");
    else if (sigv4_authorization(&credentials, r->method, STR("s3"), services->region,
                                 buf_str(&path), r->query, headers, count,
                                 r->body.ptr ? r->body : STR(""), now_ms, &authorization, err)) {
        call = http_call_new(r->method, whole);
        for (size_t i = 1; i < count; i++)
            http_call_header(call, headers[i].name, headers[i].value);
        http_call_header(call, STR("Authorization"), buf_str(&authorization));
        http_call_limits(call, S3_TIMEOUT_MS, r->response_max);
    }
    buf_release(&path);
    buf_release(&authorization);
    return call;
}

/* Takes f: it ends here when the request cannot be made. */
static void send(struct flight *f, const struct request *r)
{
    struct arena arena;
    struct err err = ERR_INIT;
    struct s3_ask ask;
    arena_init(&arena, ARENA_BYTES);
    if (s3_ask_read(f->task, &ask)) {
        struct http_call *call = describe(f->task, r, ask.bucket, &arena, &err);
        if (call && r->body.ptr) {
            char *copy = mem_try(r->body.len + 1);
            if (copy)
                memcpy(copy, r->body.ptr, r->body.len);
            http_call_body_take(call, (str){copy, copy ? r->body.len : 0});
        }
        if (call)
            (void)http_client_send_take(task_services_of(f->task)->http, call, landed, f);
        else
            s3_fail_with(f->task, &err);
        if (!call)
            flight_free(f);
    } else {
        flight_free(f);
    }
    arena_release(&arena);
}

/* Tells of an answer that is none, or a refusal. */
static void refused(struct task *t, const struct http_response *response)
{
    struct buf message;
    if (response->status == 0) {
        s3_fail(t, "Unable to execute HTTP request: %.*s", STR_ARG(err_text(response->err)));
        return;
    }
    buf_init(&message, 2048);
    s3_error_read(response->body, &message);
    if (message.len == 0)
        buf_printf(&message, "The endpoint answered with status %d", response->status);
    s3_fail(t, "%.*s", STR_ARG(buf_str(&message)));
    buf_release(&message);
}

static bool is_success(const struct http_response *response)
{
    return response->status >= 200 && response->status < 300;
}

/* -- get -- */

static void decode(struct task *t, str text)
{
    struct s3_ask ask;
    struct err err = ERR_INIT;
    json items = json_absent();
    if (!s3_ask_read(t, &ask))
        return;
    if (s3_items_decode(text, ask.config, ask.max_items, &items, &err)) {
        s3_give_items(t, items);
        return;
    }
    json_unref(items);
    s3_fail_with(t, &err);
}

static void got(struct flight *f, const struct http_response *response)
{
    if (!is_success(response)) {
        refused(f->task, response);
        flight_free(f);
        return;
    }
    // Decoding may take long: not here, on the thread of all calls.
    char *copy = mem_try(response->body.len + 1);
    if (copy && response->body.len > 0)
        memcpy(copy, response->body.ptr, response->body.len);
    if (copy)
        s3_files_do(f->task, decode, (str){copy, response->body.len});
    else
        s3_fail(f->task, "no memory for the object");
    flight_free(f);
}

void s3_endpoint_get(struct task *t)
{
    struct s3_ask ask;
    struct buf query;
    if (!s3_ask_read(t, &ask))
        return;
    buf_init(&query, QUERY_MAX_BYTES);
    if (ask.version.len > 0) {
        buf_add(&query, STR("versionId="));
        url_encode(ask.version, &query);
    }
    const struct request r = {.method = STR("GET"),
                              .key = ask.key,
                              .query = buf_str(&query),
                              .response_max = S3_OBJECT_MAX_BYTES};
    send(flight_new(t, got), &r);
    buf_release(&query);
}

/* -- list -- */

static void list_page(struct flight *f);

static void listed(struct flight *f, const struct http_response *response)
{
    struct s3_ask ask;
    struct err err = ERR_INIT;
    if (!is_success(response)) {
        refused(f->task, response);
        flight_free(f);
        return;
    }
    buf_reset(&f->token);
    if (!s3_ask_read(f->task, &ask)) {
        flight_free(f);
        return;
    }
    if (!s3_listing_read(response->body, (size_t)ask.max_items, &f->items, &f->token, &err)) {
        s3_fail_with(f->task, &err);
        flight_free(f);
        return;
    }
    bool enough = ask.max_items > 0 && json_len(f->items) >= (size_t)ask.max_items;
    if (f->token.len > 0 && !enough && ++f->pages < S3_LIST_PAGES_MAX) {
        list_page(f);
        return;
    }
    s3_give_items(f->task, json_ref(f->items));
    flight_free(f);
}

/* Takes f. */
static void list_page(struct flight *f)
{
    struct s3_ask ask;
    struct buf query;
    if (!s3_ask_read(f->task, &ask)) {
        flight_free(f);
        return;
    }
    buf_init(&query, QUERY_MAX_BYTES);
    if (f->token.len > 0) {
        buf_add(&query, STR("continuation-token="));
        url_encode(buf_str(&f->token), &query);
        buf_add_char(&query, '&');
    }
    buf_add(&query, STR("list-type=2"));
    if (ask.prefix.len > 0) {
        buf_add(&query, STR("&prefix="));
        url_encode(ask.prefix, &query);
    }
    const struct request r = {.method = STR("GET"),
                              .key = STR_NONE,
                              .query = buf_str(&query),
                              .response_max = LIST_PAGE_MAX_BYTES};
    send(f, &r);
    buf_release(&query);
}

void s3_endpoint_list(struct task *t)
{
    struct flight *f = flight_new(t, listed);
    f->items = json_array(0);
    list_page(f);
}

/* -- put -- */

static void written(struct flight *f, const struct http_response *response)
{
    if (is_success(response))
        task_succeeded(f->task, json_object(0));
    else
        refused(f->task, response);
    flight_free(f);
}

void s3_endpoint_put(struct task *t)
{
    struct s3_ask ask;
    if (!s3_ask_read(t, &ask))
        return;
    const struct request r = {.method = STR("PUT"),
                              .key = ask.key,
                              .query = STR(""),
                              .body = ask.body,
                              .response_max = LIST_PAGE_MAX_BYTES};
    send(flight_new(t, written), &r);
}
