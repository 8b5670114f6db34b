/* Functions between values and their texts. */
#include "intrinsics_private.h"

/* Deep merging (true) is not offered by AWS either. */
bool intrinsics_json_merge(const struct intrinsic_call *call, json *out, struct err *err)
{
    if (call->arg[2].kind == JSON_TRUE)
        return intrinsic_fail(err, "Only shallow merging is supported: the third argument must be "
                                   "false");
    json first = call->arg[0], second = call->arg[1];
    json made = json_object(json_len(first) + json_len(second));
    bool ok = !json_is_absent(made);
    for (size_t i = 0; ok && i < json_len(first); i++)
        ok = json_put_take(&made, json_key_at(first, i), json_ref(json_value_at(first, i)));
    for (size_t i = 0; ok && i < json_len(second); i++)
        ok = json_put_take(&made, json_key_at(second, i), json_ref(json_value_at(second, i)));
    if (!ok) {
        json_unref(made);
        return intrinsic_no_memory(err);
    }
    *out = made;
    return true;
}

bool intrinsics_json_to_string(const struct intrinsic_call *call, json *out, struct err *err)
{
    struct buf b;
    buf_init(&b, INTRINSIC_VALUE_MAX_BYTES); // the argument's text is no longer
    json_print(call->arg[0], &b);
    bool ok =
        buf_ok(&b) ? intrinsic_give(json_string(buf_str(&b)), out, err) : intrinsic_no_memory(err);
    buf_release(&b);
    return ok;
}

static bool is_blank_text(str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (!strchr(" \t\r\n", s.ptr[i]))
            return false;
    return true;
}

/* A text of nothing is null; "-0" is the integer 0 (recorded of AWS, both). */
bool intrinsics_string_to_json(const struct intrinsic_call *call, json *out, struct err *err)
{
    str text = json_str(call->arg[0]);
    if (is_blank_text(text)) {
        *out = json_null();
        return true;
    }
    struct err why = ERR_INIT;
    json v;
    if (!json_parse(text, &v, &why)) {
        if (why.id == ERR_NO_MEMORY)
            err_move(err, &why);
        else
            intrinsic_fail(err, "%.*s", STR_ARG(err_text(&why)));
        err_release(&why);
        return false;
    }
    char space[32];
    if (json_is_number(v) && str_eq(json_number_str(v, space), STR("-0"))) {
        json_unref(v);
        v = json_integer(0);
    }
    *out = v;
    return true;
}
