/* Members of answers written straight as text, and of inputs read. */
#include "api_private.h"
#include "base/timestamp.h"

enum { LIMIT_DEFAULT = 100 }; /* Source: API Reference, maxResults. */

/* A comma is due unless an object has just been opened. */
static void add_name(struct buf *out, const char *name)
{
    if (out->len && out->ptr[out->len - 1] != '{')
        buf_add_char(out, ',');
    buf_add_char(out, '"');
    buf_add(out, str_from_c(name));
    buf_add(out, STR("\":"));
}

void answer_init(struct buf *out, size_t max_bytes)
{
    buf_init(out, max_bytes);
    buf_add_char(out, '{');
}

void member_list(struct buf *out, const char *name)
{
    add_name(out, name);
    buf_add_char(out, '[');
}

void member_object(struct buf *out, const char *name)
{
    add_name(out, name);
    buf_add_char(out, '{');
}

void element_open(struct buf *out)
{
    if (out->len && out->ptr[out->len - 1] != '[')
        buf_add_char(out, ',');
    buf_add_char(out, '{');
}

void member_str(struct buf *out, const char *name, str value)
{
    add_name(out, name);
    json_print_str(value, out);
}

void member_text_if(struct buf *out, const char *name, str value)
{
    if (value.ptr)
        member_str(out, name, value);
}

void member_raw(struct buf *out, const char *name, str json_text)
{
    add_name(out, name);
    buf_add(out, json_text);
}

void member_time(struct buf *out, const char *name, int64_t ms)
{
    add_name(out, name);
    timestamp_print_epoch_s(ms, out);
}

void member_int(struct buf *out, const char *name, int64_t value)
{
    add_name(out, name);
    buf_printf(out, "%lld", (long long)value);
}

void member_bool(struct buf *out, const char *name, bool value)
{
    member_raw(out, name, value ? STR("true") : STR("false"));
}

json input(const struct api_call *call, const char *name)
{
    json v = json_get(call->body, str_from_c(name));
    return v.kind == JSON_NULL ? json_absent() : v;
}

str input_str(const struct api_call *call, const char *name)
{
    return json_str(input(call, name));
}

bool input_flag(const struct api_call *call, const char *name, bool absent)
{
    json v = input(call, name);
    return json_is_bool(v) ? v.kind == JSON_TRUE : absent;
}

size_t input_limit(const struct api_call *call)
{
    int64_t limit = 0;
    json v = input(call, "maxResults");
    if (!json_is_number(v) || !json_to_int64(v, &limit) || limit == 0)
        return LIMIT_DEFAULT;
    return (size_t)limit;
}
