/* Tags of state machines. Source: API Reference, TagResource: at most 50 a resource. */
#include "api_private.h"

enum { TAGS_MAX = 50, ANSWER_BYTES = 64 * 1024 };

bool tags_check(json tags, struct err *err)
{
    if (json_len(tags) > TAGS_MAX)
        return err_set(err, ERR_TOO_MANY_TAGS, "Too many tags: a resource has at most %d",
                       TAGS_MAX);
    return true;
}

bool tags_store(struct store_connection *c, str arn, json tags, struct err *err)
{
    for (size_t i = 0; i < json_len(tags); i++) {
        json one = json_at(tags, i);
        str key = json_str(json_get(one, STR("key")));
        str value = json_str(json_get(one, STR("value")));
        if (key.ptr && !store_tag_set(c, arn, key, value.ptr ? value : STR(""), err))
            return false;
    }
    return true;
}

struct tag_write {
    struct store_job job; /* first: the store gives it back */
    struct api_call *call;
    str arn;
};

static bool check_exists(struct api_call *call, struct store_connection *c, str arn,
                         struct err *err)
{
    struct store_machine m;
    bool found = false;
    if (!store_machine_find(c, call->arena, arn, &m, &found, err))
        return false;
    return found ||
           err_set(err, ERR_RESOURCE_NOT_FOUND, "Resource not found: '%.*s'", STR_ARG(arn));
}

static bool tag_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct tag_write *w = (struct tag_write *)job;
    struct store_tag *tags;
    size_t count;
    if (!check_exists(w->call, c, w->arn, err) ||
        !tags_store(c, w->arn, input(w->call, "tags"), err) ||
        !store_tags_list(c, w->call->arena, w->arn, &tags, &count, err))
        return false;
    return count <= TAGS_MAX ||
           err_set(err, ERR_TOO_MANY_TAGS, "Too many tags: a resource has at most %d", TAGS_MAX);
}

static bool untag_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct tag_write *w = (struct tag_write *)job;
    json keys = input(w->call, "tagKeys");
    if (!check_exists(w->call, c, w->arn, err))
        return false;
    for (size_t i = 0; i < json_len(keys); i++)
        if (!store_tag_remove(c, w->arn, json_str(json_at(keys, i)), err))
            return false;
    return true;
}

static void write_done(struct store_job *job, const struct err *err)
{
    struct tag_write *w = (struct tag_write *)job;
    if (err_is_set(err)) {
        api_refuse(w->call, err);
        return;
    }
    struct buf out;
    answer_init(&out, ANSWER_BYTES);
    api_answer_take(w->call, &out);
}

static enum api_outcome write(struct api_call *call, store_apply *apply, struct err *err)
{
    str arn = input_str(call, "resourceArn");
    if (!arn_check(arn, NULL, err))
        return API_REFUSED;
    struct tag_write *w = arena_alloc(call->arena, sizeof *w);
    if (!w) {
        (void)err_set(err, ERR_NO_MEMORY, "no memory for a write");
        return API_REFUSED;
    }
    w->job = (struct store_job){
        .apply = apply, .done = write_done, .flags = STORE_SOON | STORE_MAY_FAIL | STORE_REFUSABLE};
    w->call = call;
    w->arn = arn;
    store_submit_take(call->api->options.store, &w->job);
    return API_LATER;
}

enum api_outcome api_tag_resource(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    return tags_check(input(call, "tags"), err) ? write(call, tag_apply, err) : API_REFUSED;
}

enum api_outcome api_untag_resource(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    return write(call, untag_apply, err);
}

enum api_outcome api_list_tags_for_resource(struct api_call *call, struct buf *out, struct err *err)
{
    str arn = input_str(call, "resourceArn");
    struct store_connection *c = store_reader(call->api->options.store, err);
    struct store_tag *tags;
    size_t count;
    if (!c || !arn_check(arn, NULL, err) || !check_exists(call, c, arn, err) ||
        !store_tags_list(c, call->arena, arn, &tags, &count, err))
        return API_REFUSED;
    member_list(out, "tags");
    for (size_t i = 0; i < count; i++) {
        element_open(out);
        member_str(out, "key", tags[i].key);
        member_str(out, "value", tags[i].value);
        buf_add_char(out, '}');
    }
    buf_add_char(out, ']');
    return API_ANSWERED;
}
