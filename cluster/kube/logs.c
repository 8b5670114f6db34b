/* Logs of containers: kept as one text a container, or read live from whoever runs it.
 *
 * A log of a container that has not ended is asked of the runtime; else the kept one is read. Lines
 * carry no times of their own, so `timestamps` and the `since` parameters are answered with the
 * container's end, or now. ASSUMPTION: `follow` ends with what there is: answers are whole. */
#include "base/mem.h"
#include "base/timestamp.h"
#include "change_private.h"
#include "edit_private.h"

#include <inttypes.h>
#include <stdio.h>

struct log_wish {
    str container;
    int64_t tail_lines, limit_bytes; /* -1: none */
    int64_t since_ms;                /* on the clock; INT64_MIN: none */
    bool timestamps, previous;
};

/* -- keeping -- */

/* What of a text is kept: its last KUBE_LOG_MAX_BYTES, from the beginning of a line. */
static str newest_part(str text)
{
    if (text.len <= KUBE_LOG_MAX_BYTES)
        return text;
    str kept = str_skip(text, text.len - KUBE_LOG_MAX_BYTES);
    size_t line = str_find_char(kept, 0, '\n');
    return line < kept.len ? str_skip(kept, line + 1) : kept;
}

struct log_job {
    struct store_job job;
    struct arena arena;
    str cluster, pod_uid, container, text;
    kube_done *done;
    void *context;
};

static bool log_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct log_job *l = (struct log_job *)(void *)job;
    return log_put(c, l->cluster, l->pod_uid, l->container, newest_part(l->text), err);
}

static void log_done(struct store_job *job, const struct err *err)
{
    struct log_job *l = (struct log_job *)(void *)job;
    if (l->done)
        l->done(l->context, json_absent(), err);
    str_free(l->text);
    arena_release(&l->arena);
    mem_free(l);
}

void kube_log_set_take(struct kube *k, str cluster, str pod_uid, str container, str text_taken,
                       kube_done *done, void *context)
{
    struct log_job *l = mem_new(sizeof(*l));
    arena_init(&l->arena, 65536);
    l->job = (struct store_job){.apply = log_apply, .done = log_done, .flags = STORE_SOON};
    l->cluster = or_empty(arena_str(&l->arena, cluster));
    l->pod_uid = or_empty(arena_str(&l->arena, pod_uid));
    l->container = or_empty(arena_str(&l->arena, container));
    l->text = text_taken;
    l->done = done;
    l->context = context;
    store_submit_take(k->store, &l->job);
}

/* -- the request -- */

static bool invalid(const struct request *r, struct failure *f, const char *field, str value,
                    const char *detail)
{
    return fail(f, 422, "Invalid", "PodLogOptions \"%.*s\" is invalid: %s: Invalid value: %.*s: %s",
                STR_ARG(r->name), field, STR_ARG(value), detail);
}

static bool number_of(const struct request *r, const char *name, int64_t min, int64_t *out,
                      struct failure *f)
{
    str text = request_param(r, str_from_c(name));
    if (text.len == 0)
        return true;
    if (!str_to_int64(text, out))
        return fail_bad_request(f, "strconv.ParseInt: parsing \"%.*s\": invalid syntax",
                                STR_ARG(text));
    return *out >= min ||
           invalid(r, f, name, text,
                   min == 0 ? "must be greater than or equal to 0" : "must be greater than 0");
}

static bool wish_read(const struct request *r, struct log_wish *out, struct failure *f)
{
    int64_t since_s = -1;
    struct timestamp at;
    struct err err = ERR_INIT;
    str since = request_param(r, STR("sinceTime"));
    *out = (struct log_wish){.container = request_param(r, STR("container")),
                             .tail_lines = -1,
                             .limit_bytes = -1,
                             .since_ms = INT64_MIN};
    if (!number_of(r, "tailLines", 0, &out->tail_lines, f) ||
        !number_of(r, "limitBytes", 1, &out->limit_bytes, f) ||
        !number_of(r, "sinceSeconds", 1, &since_s, f))
        return false;
    if (since.len > 0 && since_s >= 0)
        return fail_bad_request(f, "at most one of `sinceTime` or `sinceSeconds` may be specified");
    if (since_s >= 0 && since_s < INT32_MAX)
        out->since_ms = clock_now_ms(r->k->clock) - since_s * MS_PER_S;
    if (since.len > 0) {
        if (!timestamp_parse(since, &at, &err)) {
            err_release(&err);
            return invalid(r, f, "sinceTime", since, "must be an RFC 3339 time");
        }
        out->since_ms = at.ms;
    }
    out->timestamps = str_eq(request_param(r, STR("timestamps")), STR("true"));
    out->previous = str_eq(request_param(r, STR("previous")), STR("true"));
    return true;
}

/* -- the container -- */

static void names_print(json list, struct buf *out)
{
    buf_add_char(out, '[');
    for (size_t i = 0; i < json_len(list); i++)
        buf_printf(out, "%s%.*s", i ? " " : "",
                   STR_ARG(or_empty(json_str(json_get(json_at(list, i), STR("name"))))));
    buf_add_char(out, ']');
}

static bool has_name(json list, str name)
{
    for (size_t i = 0; i < json_len(list); i++)
        if (str_eq(json_str(json_get(json_at(list, i), STR("name"))), name))
            return true;
    return false;
}

static bool container_of(const struct request *r, json pod, struct log_wish *wish,
                         struct failure *f)
{
    json containers = json_get_path(pod, "spec", "containers", NULL);
    json init = json_get_path(pod, "spec", "initContainers", NULL);
    if (wish->container.len > 0)
        return has_name(containers, wish->container) || has_name(init, wish->container) ||
               fail_bad_request(f, "container %.*s is not valid for pod %.*s",
                                STR_ARG(wish->container), STR_ARG(r->name));
    if (json_len(containers) == 1) {
        wish->container = or_empty(json_str(json_get(json_at(containers, 0), STR("name"))));
        return true;
    }
    struct buf b;
    buf_init(&b, 65536);
    names_print(containers, &b);
    if (json_len(init) > 0) {
        buf_add(&b, STR(" or one of the init containers: "));
        names_print(init, &b);
    }
    (void)fail_bad_request(f,
                           "a container name must be specified for pod %.*s, choose one of: %.*s",
                           STR_ARG(r->name), STR_ARG(buf_str(&b)));
    buf_release(&b);
    return false;
}

/* Lends the status of a container. */
static json container_status(json pod, str name)
{
    static const char *const lists[] = {"containerStatuses", "initContainerStatuses", NULL};
    for (const char *const *key = lists; *key; key++) {
        json list = json_get(json_get(pod, STR("status")), str_from_c(*key));
        for (size_t i = 0; i < json_len(list); i++)
            if (str_eq(json_str(json_get(json_at(list, i), STR("name"))), name))
                return json_at(list, i);
    }
    return json_absent();
}

/* It has run, or runs. */
static bool has_started(json pod, const struct log_wish *wish, const struct request *r,
                        struct failure *f)
{
    json status = container_status(pod, wish->container);
    json state = json_get(status, STR("state"));
    if (wish->previous)
        return fail_bad_request(f,
                                "previous terminated container \"%.*s\" in pod \"%.*s\" not found",
                                STR_ARG(wish->container), STR_ARG(r->name));
    if (is_given(json_get(state, STR("running"))) || is_given(json_get(state, STR("terminated"))))
        return true;
    str reason = or_empty(json_str(json_get_path(state, "waiting", "reason", NULL)));
    return fail_bad_request(f, "container \"%.*s\" in pod \"%.*s\" is waiting to start: %.*s",
                            STR_ARG(wish->container), STR_ARG(r->name),
                            STR_ARG(reason.len ? reason : STR("ContainerCreating")));
}

/* Gives the text (mem_*). */
static bool text_of(struct request *r, struct store_connection *c, json pod,
                    const struct log_wish *wish, str *out, struct failure *f)
{
    struct err err = ERR_INIT;
    str uid = or_empty(json_str(json_get_path(pod, "metadata", "uid", NULL)));
    *out = STR_NONE;
    if (r->k->live)
        *out = r->k->live(r->k->live_context, r->cluster, uid, wish->container);
    if (out->ptr)
        return true;
    if (!log_load(c, r->cluster, uid, wish->container, out, &err))
        (void)fail_err(f, &err);
    else if (!out->ptr && has_started(pod, wish, r, f))
        *out = (str){mem_new(1), 0}; // it has written nothing
    err_release(&err);
    return f->code == 0;
}

/* -- what of it -- */

static str tail_of(str text, int64_t lines)
{
    size_t at = text.len;
    if (lines < 0)
        return text;
    if (lines == 0)
        return STR("");
    if (at > 0 && text.ptr[at - 1] == '\n')
        at--; // the last line's own end
    while (at > 0) {
        if (text.ptr[at - 1] == '\n' && --lines == 0)
            break;
        at--;
    }
    return str_skip(text, at);
}

/* When the container ended, or now. */
static int64_t time_of_lines(const struct request *r, json pod, str container)
{
    struct timestamp at;
    struct err err = ERR_INIT;
    json ended =
        json_get_path(container_status(pod, container), "state", "terminated", "finishedAt", NULL);
    bool ok = ended.kind == JSON_STRING && timestamp_parse(json_str(ended), &at, &err);
    err_release(&err);
    return ok ? at.ms : clock_now_ms(r->k->clock);
}

static void print_stamped(str text, int64_t at_ms, struct buf *out)
{
    char stamp[TIMESTAMP_TEXT_LEN + 1];
    timestamp_format(at_ms, stamp);
    while (text.len > 0) {
        size_t end = str_find_char(text, 0, '\n');
        size_t len = end < text.len ? end + 1 : end;
        buf_printf(out, "%.23s000000Z ", stamp);
        buf_add(out, str_sub(text, 0, len));
        text = str_skip(text, len);
    }
}

static void answer_log(struct request *r, json pod, const struct log_wish *wish, str text_taken)
{
    struct buf b;
    int64_t at_ms = time_of_lines(r, pod, wish->container);
    str part = at_ms < wish->since_ms ? STR("") : tail_of(text_taken, wish->tail_lines);
    buf_init(&b, (size_t)8 * KUBE_LOG_MAX_BYTES);
    if (wish->timestamps)
        print_stamped(part, at_ms, &b);
    else
        buf_add(&b, part);
    if (wish->limit_bytes >= 0 && (uint64_t)wish->limit_bytes < b.len)
        b.len = (size_t)wish->limit_bytes;
    str_free(text_taken);
    if (buf_ok(&b)) {
        answer_text_take(r, 200, "text/plain", buf_give(&b));
    } else {
        struct failure f = {0};
        (void)fail_no_memory(&f);
        answer_failure_take(r, &f);
    }
    buf_release(&b);
}

void handle_log(struct request *r)
{
    struct failure f = {0};
    struct err err = ERR_INIT;
    struct log_wish wish;
    json pod = json_absent();
    str text = STR_NONE;
    struct store_connection *c = store_reader(r->k->store, &err);
    bool ok = wish_read(r, &wish, &f);
    if (ok && !(c && row_load(c, r->cluster, r->kind, r->ns, r->name, &pod, &err)))
        ok = fail_err(&f, &err);
    else if (ok && json_is_absent(pod))
        ok = fail_not_found(&f, r->kind, r->name);
    ok = ok && container_of(r, pod, &wish, &f);
    if (ok && wish.previous)
        ok = has_started(pod, &wish, r, &f); // only the newest run's log is kept
    ok = ok && text_of(r, c, pod, &wish, &text, &f);
    if (ok)
        answer_log(r, pod, &wish, text);
    else
        answer_failure_take(r, &f);
    json_unref(pod);
    err_release(&err);
}
