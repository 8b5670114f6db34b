/* The context object, "$$": made when a state's expressions read it, for that reading only.
 * Source: Developer Guide, "Accessing execution data from the Context object"; the order of members
 * is that of recorded executions. ASSUMPTION: Map stands after State. */
#include "base/timestamp.h"
#include "engine_private.h"

static void put_time(json *object, const char *key, int64_t ms)
{
    char text[TIMESTAMP_TEXT_LEN + 1];
    timestamp_format(ms, text);
    details_put_text(object, key, str_from_c(text));
}

static json execution_part(const struct execution *x)
{
    json o = json_object(6);
    details_put_text(&o, "Id", x->arn);
    details_put(&o, "Input", json_ref(x->input));
    put_time(&o, "StartTime", x->start_ms);
    details_put_text(&o, "Name", x->name);
    details_put_text(&o, "RoleArn", x->machine->role_arn);
    details_put(&o, "RedriveCount", json_integer(0));
    return o;
}

static bool counts_retries(enum asl_type type)
{
    return type == ASL_TASK || type == ASL_PARALLEL || type == ASL_MAP;
}

static json state_part(const struct frame *f)
{
    json o = json_object(3);
    details_put_text(&o, "Name", f->state->name);
    put_time(&o, "EnteredTime", f->entered_ms);
    if (counts_retries(f->state->type))
        details_put(&o, "RetryCount", json_integer(f->retry_count));
    return o;
}

json context_with_item(json context, size_t index, json item, str source)
{
    json i = json_object(3);
    details_put(&i, "Index", json_integer((int64_t)index));
    details_put(&i, "Value", json_ref(item));
    details_put_text(&i, "Source", source);
    json map = json_object(1);
    details_put(&map, "Item", i);
    return json_with(context, STR("Map"), map);
}

static json context_new(const struct execution *x, const struct frame *f)
{
    json machine = json_object(2);
    details_put_text(&machine, "Id", x->machine->arn);
    details_put_text(&machine, "Name", x->machine->name);
    json o = json_object(4);
    details_put(&o, "Execution", execution_part(x));
    details_put(&o, "StateMachine", machine);
    details_put(&o, "State", state_part(f));

    // Within an iteration, of however many levels, the innermost item.
    while (f->parent && f->parent->state->type != ASL_MAP)
        f = f->parent;
    if (!f->parent)
        return o;
    json with =
        context_with_item(o, f->index, json_at(f->parent->children->items, f->index), STR_NONE);
    json_unref(o);
    return with;
}

void scope_open(struct execution *x, const struct frame *f, struct scope *out)
{
    execution_rng(x, &out->rng);
    out->asl = (struct asl_scope){
        .context = f->state->uses_context ? context_new(x, f) : json_absent(),
        .variables = f->variables,
        .now_ms = execution_now(x),
        .rng = &out->rng,
        .failed = &x->failed_field,
    };
}

void scope_close(struct scope *s)
{
    json_unref(s->asl.context);
}
