/* JSON texts: what parses is printed, parsed again and equal; its size is known beforehand. */
#include "base/json.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    json v, again;
    if (!json_parse((str){(const char *)data, size}, &v, &err)) {
        if (!err_is_set(&err) || !str_utf8_valid(err_text(&err)))
            abort();
        err_release(&err);
        return 0;
    }
    struct buf text;
    buf_init(&text, 8 * size + 64);
    json_print(v, &text);
    if (!buf_ok(&text) || text.len != json_text_size(v))
        abort();
    if (!json_parse(buf_str(&text), &again, &err) || !json_equal(v, again))
        abort();
    json_unref(again);
    json_unref(v);
    buf_release(&text);
    return 0;
}
