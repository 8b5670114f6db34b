/* Logs of containers that run: what the log endpoint shows before the log is in the store. */
#include "base/buf.h"
#include "base/lock.h"
#include "jobs_private.h"

enum {
    LIVE_KEY_MAX_BYTES = 512,
    /* Past KUBE_LOG_MAX_BYTES the older half of the room is dropped at once, at a line's start. */
    LIVE_LOG_MAX_BYTES = 2 * KUBE_LOG_MAX_BYTES,
};

struct live_log {
    unsigned run; /* of the container */
    struct buf text;
};

static str live_key(char space[LIVE_KEY_MAX_BYTES], str cluster, str uid, str container)
{
    size_t len = cluster.len + uid.len + container.len + 2;
    if (len > LIVE_KEY_MAX_BYTES)
        return STR_NONE;
    char *at = space;
    memcpy(at, cluster.ptr, cluster.len);
    at += cluster.len;
    *at++ = 0;
    memcpy(at, uid.ptr, uid.len);
    at += uid.len;
    *at++ = 0;
    memcpy(at, container.ptr, container.len);
    return (str){space, len};
}

/* With the lock held. */
static struct live_log *live_find(struct jobs *j, str cluster, str uid, str container)
{
    char space[LIVE_KEY_MAX_BYTES];
    str key = live_key(space, cluster, uid, container);
    return key.ptr ? hashmap_find(j->live_logs, key) : NULL;
}

static void live_free(struct live_log *log)
{
    buf_release(&log->text);
    mem_free(log);
}

void live_log_open(struct jobs *j, const struct pod *p, str container, unsigned run)
{
    char space[LIVE_KEY_MAX_BYTES];
    str key = live_key(space, p->cluster, str_from_c(p->uid), container);
    if (!key.ptr)
        return;
    struct live_log *log = mem_new(sizeof *log);
    log->run = run;
    buf_init(&log->text, LIVE_LOG_MAX_BYTES);
    (void)lock_take(&j->log_lock);
    struct live_log *old = hashmap_find(j->live_logs, key);
    hashmap_set(j->live_logs, key, log);
    (void)lock_give(&j->log_lock);
    if (old) // of the run before
        live_free(old);
}

/* Drops whole lines from the front until at most half of the room is used. */
static void live_cut(struct buf *text)
{
    str all = buf_str(text);
    size_t from = all.len - KUBE_LOG_MAX_BYTES / 2;
    size_t line = str_find_char(all, from, '\n');
    if (line < all.len)
        from = line + 1;
    memmove(text->ptr, text->ptr + from, all.len - from);
    text->len = all.len - from;
}

void live_log_add(struct jobs *j, const struct pod *p, str container, str text)
{
    (void)lock_take(&j->log_lock);
    struct live_log *log = live_find(j, p->cluster, str_from_c(p->uid), container);
    if (log) {
        buf_add(&log->text, text);
        if (log->text.len > KUBE_LOG_MAX_BYTES)
            live_cut(&log->text);
        if (!buf_ok(&log->text))
            buf_reset(&log->text); // no memory: the log begins anew, the container goes on
    }
    (void)lock_give(&j->log_lock);
}

static str copy(str text)
{
    char *heap = mem_try(text.len + 1);
    if (!heap)
        return STR_NONE;
    if (text.len > 0)
        memcpy(heap, text.ptr, text.len);
    heap[text.len] = 0;
    return (str){heap, text.len};
}

str live_log_read(void *context, str cluster, str pod_uid, str container)
{
    struct jobs *j = context;
    (void)lock_take(&j->log_lock);
    struct live_log *log = live_find(j, cluster, pod_uid, container);
    str text = log ? copy(buf_str(&log->text)) : STR_NONE;
    (void)lock_give(&j->log_lock);
    return text;
}

str live_log_text(struct jobs *j, const struct pod *p, str container)
{
    return live_log_read(j, p->cluster, str_from_c(p->uid), container);
}

void live_log_close(struct jobs *j, str cluster, str uid, str container, unsigned run)
{
    char space[LIVE_KEY_MAX_BYTES];
    str key = live_key(space, cluster, uid, container);
    if (!key.ptr)
        return;
    (void)lock_take(&j->log_lock);
    struct live_log *log = hashmap_find(j->live_logs, key);
    if (log && log->run == run)
        (void)hashmap_remove(j->live_logs, key);
    else
        log = NULL; // the container runs again
    (void)lock_give(&j->log_lock);
    if (log)
        live_free(log);
}

void live_logs_release(struct jobs *j)
{
    str key;
    void *value;
    for (size_t at = 0; hashmap_next(j->live_logs, &at, &key, &value);)
        live_free(value);
    hashmap_free(j->live_logs);
}
