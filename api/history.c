/* GetExecutionHistory: a page of events, each as the store has it, in the API's wrapping.
 *
 * The member that holds an event's details is named after its type: "stateEnteredEventDetails" for
 * all that enter or leave a state, else the type's own name. */
#include "api_private.h"

enum { TEXT_BYTES = 1024 };

struct page {
    struct buf *out;
    bool with_data;
    size_t limit, count;
    uint64_t last_id;
    bool more;
};

static void add_details_name(struct buf *out, str type)
{
    buf_add(out, STR(",\""));
    if (str_ends(type, STR("StateEntered"))) {
        buf_add(out, STR("stateEntered"));
    } else if (str_ends(type, STR("StateExited"))) {
        buf_add(out, STR("stateExited"));
    } else {
        char first = type.ptr[0];
        if (first >= 'A' && first <= 'Z')
            first = (char)(first - 'A' + 'a');
        buf_add_char(out, first);
        buf_add(out, str_skip(type, 1));
    }
    buf_add(out, STR("EventDetails\":"));
}

/* Input and output are data, which may be left out; Source: recorded: parameters always stay. */
static void add_data(struct buf *out, const struct store_event_row *e, bool with_data)
{
    bool is_data = !str_eq(e->data_name, STR("parameters"));
    if (is_data && !with_data)
        return;
    if (out->len && out->ptr[out->len - 1] != '{')
        buf_add_char(out, ',');
    buf_printf(out, "\"%.*s\":", STR_ARG(e->data_name));
    json_print_str(e->data, out);
    if (is_data)
        buf_printf(out, ",\"%.*sDetails\":{\"truncated\":false}", STR_ARG(e->data_name));
}

/* Adds what a state's end tells without the values of its variables, which are data too, and leaves
 * it open. False: it tells of none. */
static bool add_without_variables(struct buf *out, str details)
{
    struct err err = ERR_INIT;
    json d = json_absent();
    bool some =
        json_parse(details, &d, &err) && !json_is_absent(json_get(d, STR("assignedVariables")));
    json without = some ? json_without(d, STR("assignedVariables")) : json_absent();
    json bare = json_without(without, STR("assignedVariablesDetails"));
    if (some && !json_is_absent(bare)) {
        json_print(bare, out);
        out->len--; // its end
    }
    json_unref(bare);
    json_unref(without);
    json_unref(d);
    err_release(&err);
    return some;
}

static bool add_event(void *context, const struct store_event_row *e, struct err *err)
{
    (void)err; // a page past its maximum is found out once it is whole
    struct page *p = context;
    struct buf *out = p->out;
    if (p->count == p->limit) {
        p->more = true;
        return true;
    }
    p->count++;
    p->last_id = e->id;
    element_open(out);
    member_time(out, "timestamp", e->at_ms);
    member_raw(out, "type", STR("\""));
    buf_add(out, e->type);
    buf_printf(out, "\",\"id\":%llu,\"previousEventId\":%llu", (unsigned long long)e->id,
               (unsigned long long)e->previous);
    if (e->details.ptr || e->data_name.ptr) {
        add_details_name(out, e->type);
        str details = e->details.ptr ? e->details : STR("{}");
        if (p->with_data || !str_ends(e->type, STR("StateExited")) ||
            !add_without_variables(out, details))
            buf_add(out, str_sub(details, 0, details.len - 1)); // open again
        if (e->data_name.ptr)
            add_data(out, e, p->with_data);
        buf_add_char(out, '}');
    }
    buf_add_char(out, '}');
    return true;
}

enum api_outcome api_get_execution_history(struct api_call *call, struct buf *out, struct err *err)
{
    str arn = input_str(call, "executionArn");
    bool reverse = input_flag(call, "reverseOrder", false);
    struct page page = {
        .out = out,
        .with_data = input_flag(call, "includeExecutionData", true),
        .limit = input_limit(call),
    };
    struct store_connection *c = store_reader(call->api->options.store, err);
    struct store_execution e;
    bool found = false;
    if (!c || !arn_check(arn, "execution", err) ||
        !store_execution_find(c, call->arena, arn, &e, &found, err))
        return API_REFUSED;
    if (!found) {
        (void)err_set(err, ERR_EXECUTION_DOES_NOT_EXIST, "Execution Does Not Exist: '%.*s'",
                      STR_ARG(arn));
        return API_REFUSED;
    }
    struct buf what;
    buf_init(&what, TEXT_BYTES);
    buf_printf(&what, "GetExecutionHistory %.*s %d", STR_ARG(arn), (int)reverse);
    int64_t unused;
    uint64_t from = reverse ? UINT64_MAX : 1;
    str token = input_str(call, "nextToken");
    bool ok = !token.ptr || token_parse(token, buf_str(&what), &unused, &from, err);
    member_list(out, "events");
    ok = ok && store_events_read(c, e.id, from, reverse, page.limit + 1, add_event, &page, err);
    buf_add_char(out, ']');
    if (ok && page.more) {
        buf_add(out, STR(",\"nextToken\":\""));
        token_print(out, buf_str(&what), 0, reverse ? page.last_id - 1 : page.last_id + 1);
        buf_add_char(out, '"');
    }
    buf_release(&what);
    return ok ? API_ANSWERED : API_REFUSED;
}
