/* Values as Java's toString() writes what AWS's JSON library holds them in: maps {a=1, b=[]}, lists
 * [a, b], strings bare. It shows in error texts and in what States.Format makes of an object. */
#include "jsonpath_private.h"

void jsonpath_print_java(json v, struct buf *out)
{
    // Structure is shared, so a small value may have a huge text: a full buffer ends the walk.
    if (!buf_ok(out))
        return;
    if (v.kind == JSON_STRING) {
        buf_add(out, json_str(v));
        return;
    }
    if (!json_is_container(v)) {
        json_print(v, out);
        return;
    }
    bool object = v.kind == JSON_OBJECT;
    buf_add_char(out, object ? '{' : '[');
    for (size_t i = 0; i < json_len(v) && buf_ok(out); i++) {
        if (i > 0)
            buf_add(out, STR(", "));
        if (object) {
            buf_add(out, json_key_at(v, i));
            buf_add_char(out, '=');
        }
        jsonpath_print_java(object ? json_value_at(v, i) : json_at(v, i), out);
    }
    buf_add_char(out, object ? '}' : ']');
}
