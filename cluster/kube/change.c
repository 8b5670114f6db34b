/* Changes: the way of a write from a request or a controller through the writer and back. */
#include "base/log.h"
#include "base/mem.h"
#include "change_private.h"
#include "edit_private.h"

#include <inttypes.h>

enum { ARENA_MAX_BYTES = 8 << 20, TOLD_FIRST = 8 };

static struct change *change_of(struct store_job *job)
{
    return (struct change *)(void *)job; // a job is a change's first member
}

static void told_release(struct told *t)
{
    json_unref(t->object);
    json_unref(t->before);
}

/* Forgets what a try has done. */
static void change_reset(struct change *w)
{
    failure_release(&w->failure);
    json_unref(w->answer);
    w->answer = json_absent();
    w->code = 200;
    w->warning = NULL;
    w->report.unknown_count = 0;
    w->wrote = false;
    for (size_t i = 0; i < w->told_count; i++)
        told_release(&w->told[i]);
    w->told_count = 0;
}

void change_free(struct change *w)
{
    change_reset(w);
    json_unref(w->body);
    mem_free(w->told);
    arena_release(&w->arena);
    mem_free(w);
}

static bool change_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct change *w = change_of(job);
    change_reset(w);
    bool ok = w->run(w, c, err);
    if (ok && w->wrote)
        ok = version_save(c, w->k->version, err);
    if (!ok && !err_is_set(err))
        (void)err_set(err, ERR_EKS_BAD_REQUEST, "refused"); // undoes the savepoint; failure tells
    return ok;
}

/* What a controller is told of a refusal. */
static void failure_to_err(const struct failure *f, struct err *err)
{
    enum err_id id = f->code == 404   ? ERR_EKS_NOT_FOUND
                     : f->code == 409 ? ERR_CONFLICT
                                      : ERR_EKS_BAD_REQUEST;
    (void)err_set(err, id, "%.*s",
                  STR_ARG(or_empty(json_str(json_get(f->status, STR("message"))))));
}

static void tell_controller(struct change *w, const struct err *err)
{
    struct err why = ERR_INIT;
    if (w->failure.code != 0)
        failure_to_err(&w->failure, &why);
    else
        err_copy(&why, err);
    if (w->done)
        w->done(w->context, w->answer, &why);
    else if (err_is_set(&why) && why.id != ERR_EKS_NOT_FOUND)
        log_warn("kube", "change_refused", "cluster=%.*s resource=%.*s name=%.*s error=\"%.*s\"",
                 STR_ARG(w->cluster), STR_ARG(w->kind->resource), STR_ARG(w->name),
                 STR_ARG(err_text(&why)));
    err_release(&why);
}

static void answer_request(struct change *w, const struct err *err)
{
    if (err_is_set(err) && w->failure.code == 0)
        (void)fail_err(&w->failure, err);
    if (w->failure.code != 0) {
        answer_failure_take(w->request, &w->failure);
        return;
    }
    str warnings[2 * SHAPE_UNKNOWN_MAX + 1];
    size_t count = 0;
    if (w->warning)
        warnings[count++] = str_from_c(w->warning);
    bool warn = w->validation == VALIDATION_WARN;
    for (size_t i = 0; warn && w->read && i < w->read->unknown_count; i++)
        warnings[count++] = w->read->unknown[i];
    for (size_t i = 0; warn && i < w->report.unknown_count; i++)
        warnings[count++] = w->report.unknown[i];
    answer_object(w->request, w->code, w->answer, warnings, count);
}

static void change_done(struct store_job *job, const struct err *err)
{
    struct change *w = change_of(job);
    if (!err_is_set(err))
        for (size_t i = 0; i < w->told_count; i++)
            kube_tell(w->k, w->told[i].change, w->cluster, w->told[i].kind, w->told[i].object,
                      w->told[i].before);
    if (w->request)
        answer_request(w, err);
    else
        tell_controller(w, err);
    change_free(w);
}

struct change *change_new(struct kube *k, change_run *run, str cluster, const struct kind *kind,
                          str ns, str name)
{
    struct change *w = mem_new(sizeof(*w));
    arena_init(&w->arena, ARENA_MAX_BYTES);
    w->k = k;
    w->run = run;
    w->kind = kind;
    w->report.a = &w->arena;
    w->job.apply = change_apply;
    w->job.done = change_done;
    w->job.flags = STORE_SOON | STORE_MAY_FAIL;
    // Names come from a path or an object, which are bounded far below the arena.
    w->cluster = or_empty(arena_str(&w->arena, cluster));
    w->ns = or_empty(arena_str(&w->arena, ns));
    w->name = or_empty(arena_str(&w->arena, name));
    return w;
}

void change_submit_take(struct change *w)
{
    if (w->request)
        w->job.flags |= STORE_REFUSABLE; // its client would rather hear of a full disk than wait
    store_submit_take(w->k->store, &w->job);
}

bool change_load(struct change *w, struct store_connection *c, const struct kind *kind, str ns,
                 str name, json *out, struct err *err)
{
    json object = json_absent();
    if (!row_load(c, w->cluster, kind, ns, name, &object, err))
        return false;
    if (json_is_absent(object))
        return fail_not_found(&w->failure, kind, name);
    *out = object;
    return true;
}

static bool told_add(struct change *w, enum kube_change what, const struct kind *kind, json object,
                     json before)
{
    if (w->told_count == w->told_room) {
        size_t room = w->told_room ? w->told_room * 2 : TOLD_FIRST;
        struct told *told = mem_resize(w->told, room * sizeof(*told));
        if (!told)
            return fail_no_memory(&w->failure);
        w->told = told;
        w->told_room = room;
    }
    w->told[w->told_count++] = (struct told){what, kind, json_ref(object), json_ref(before)};
    return true;
}

static bool version_next(struct change *w, json *object)
{
    w->k->version++;
    edit_put(object, json_printf("%" PRId64, w->k->version), "metadata", "resourceVersion", NULL);
    return !json_is_absent(*object) || fail_no_memory(&w->failure);
}

bool change_put(struct change *w, struct store_connection *c, const struct kind *kind, json before,
                json *object, struct err *err)
{
    enum kube_change what = json_is_absent(before) ? KUBE_ADDED : KUBE_MODIFIED;
    if (json_is_absent(*object))
        return fail_no_memory(&w->failure);
    if (json_text_size(*object) > BODY_MAX_BYTES)
        return fail(&w->failure, 413, "RequestEntityTooLarge",
                    "Request entity too large: limit is %d", (int)BODY_MAX_BYTES);
    if (w->dry)
        return true;
    if (!version_next(w, object))
        return false;
    w->wrote = true;
    kube_note_owners(w->k, *object);
    return row_put(c, w->cluster, kind, *object, w->k->version, err) &&
           told_add(w, what, kind, *object, before);
}

bool change_remove(struct change *w, struct store_connection *c, const struct kind *kind,
                   json object, struct err *err)
{
    json metadata = json_get(object, STR("metadata"));
    if (w->dry)
        return true;
    json last = json_ref(object);
    w->wrote = true;
    bool ok = version_next(w, &last) &&
              row_delete(c, w->cluster, kind, json_str(json_get(metadata, STR("namespace"))),
                         json_str(json_get(metadata, STR("name"))), err);
    if (ok && kind->flags & KIND_LOG)
        ok = log_delete(c, w->cluster, json_str(json_get(metadata, STR("uid"))), err);
    ok = ok && told_add(w, KUBE_DELETED, kind, last, json_absent());
    json_unref(last);
    return ok;
}

void change_answer(struct change *w, int code, json answer)
{
    json_unref(w->answer);
    w->answer = json_ref(answer);
    w->code = code;
}
