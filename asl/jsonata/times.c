/* $now, $millis, $fromMillis, $toMillis. The time of an evaluation stands still. */
#include "asl/jsonata/pictures/pictures.h"
#include "functions_private.h"

enum { TEXT_MAX = 1 << 20 };

static str text_of(struct value v)
{
    return is_string(v) ? string_of(v) : STR_NONE;
}

static bool format(struct call *c, double ms, struct value picture, struct value zone,
                   struct value *out)
{
    struct buf text;
    buf_init(&text, TEXT_MAX);
    if (picture_time_format(ms, text_of(picture), text_of(zone), &text, c->ev->err))
        return ev_give_text(c->ev, &text, out);
    buf_release(&text);
    return false;
}

bool function_now(struct call *c, struct value *out)
{
    return format(c, (double)c->ev->scope->now_ms, c->arguments[0], c->arguments[1], out);
}

bool function_millis(struct call *c, struct value *out)
{
    *out = value_number((double)c->ev->scope->now_ms);
    return true;
}

bool function_from_millis(struct call *c, struct value *out)
{
    if (is_undefined(c->arguments[0]))
        return true;
    return format(c, number_of(c->arguments[0]), c->arguments[1], c->arguments[2], out);
}

bool function_to_millis(struct call *c, struct value *out)
{
    double ms;
    bool found;
    if (is_undefined(c->arguments[0]))
        return true;
    if (!picture_time_parse(string_of(c->arguments[0]), text_of(c->arguments[1]),
                            c->ev->scope->now_ms, &found, &ms, c->ev->err))
        return false;
    if (found)
        *out = value_number(ms);
    return true;
}
