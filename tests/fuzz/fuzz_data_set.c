/* Data sets: the first byte says which kind, the rest is what an endpoint sent. */
#include "integrations/s3/data_set.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char *const configs[] = {
    "{\"InputType\":\"CSV\",\"CSVHeaderLocation\":\"FIRST_ROW\"}",
    "{\"InputType\":\"CSV\",\"CSVHeaderLocation\":\"GIVEN\",\"CSVHeaders\":[\"a\",\"b\"]}",
    "{\"InputType\":\"JSON\",\"ItemsPointer\":\"/a/0\"}",
    "{\"InputType\":\"JSONL\"}",
};
enum { CONFIGS = sizeof configs / sizeof *configs };

static void decode(const char *config_text, str text)
{
    struct err err = ERR_INIT;
    json config = json_absent();
    json items = json_absent();
    if (!json_parse(str_from_c(config_text), &config, &err))
        abort();
    bool ok = s3_items_decode(text, config, 0, &items, &err);
    if (ok != !err_is_set(&err) || (ok && items.kind != JSON_ARRAY))
        abort();
    json_unref(items);
    json_unref(config);
    err_release(&err);
}

static void read_xml(str text)
{
    struct err err = ERR_INIT;
    struct buf out;
    json items = json_array(0);
    buf_init(&out, 1 << 16);
    (void)s3_listing_read(text, 10, &items, &out, &err);
    buf_reset(&out);
    s3_error_read(text, &out);
    json_unref(items);
    buf_release(&out);
    err_release(&err);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 65536)
        return 0;
    str text = {(const char *)data + 1, size - 1};
    if (data[0] % (CONFIGS + 1) == CONFIGS)
        read_xml(text);
    else
        decode(configs[data[0] % (CONFIGS + 1)], text);
    return 0;
}
