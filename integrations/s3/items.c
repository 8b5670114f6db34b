/* What an object holds, as items: JSON, JSON Lines, CSV. */
#include "s3_private.h"

bool s3_items_fit(json items, struct err *err)
{
    if (json_is_absent(items))
        return err_set(err, ERR_NO_MEMORY, "no memory for the items");
    if (json_len(items) > S3_ITEMS_MAX)
        return err_set(err, ERR_TOO_LARGE,
                       "The data set has more than the %d items that stepd keeps", S3_ITEMS_MAX);
    return json_text_size(items) <= S3_ITEMS_MAX_BYTES ||
           err_set(err, ERR_TOO_LARGE,
                   "The items of the data set are larger than the %d bytes that stepd keeps",
                   S3_ITEMS_MAX_BYTES);
}

bool s3_items_push_take(json *items, json item, struct err *err)
{
    json_build_push(items, item);
    return s3_items_fit(*items, err);
}

/* An array's first elements. Given. */
static json first_of(json array, int64_t max_items)
{
    if (max_items == 0 || json_len(array) <= (size_t)max_items)
        return json_ref(array);
    json some = json_array((size_t)max_items);
    for (size_t i = 0; i < (size_t)max_items; i++)
        json_build_push(&some, json_ref(json_at(array, i)));
    return some;
}

/* One reference token of a JSON Pointer, its escapes undone. Source: RFC 6901. */
static bool token_read(str token, struct buf *out)
{
    buf_reset(out);
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        if (c == '~') {
            if (++i == token.len || (token.ptr[i] != '0' && token.ptr[i] != '1'))
                return false;
            c = token.ptr[i] == '0' ? '~' : '/';
        }
        buf_add_char(out, c);
    }
    return buf_ok(out);
}

static json step(json value, str token)
{
    int64_t index = 0;
    if (value.kind == JSON_OBJECT)
        return json_get(value, token);
    bool number = token.len > 0 && (token.len == 1 || token.ptr[0] != '0');
    for (size_t i = 0; number && i < token.len; i++)
        number = token.ptr[i] >= '0' && token.ptr[i] <= '9';
    if (value.kind != JSON_ARRAY || !number || !str_to_int64(token, &index))
        return json_absent();
    return json_at(value, (size_t)index);
}

/* Lends what the pointer leads to; ABSENT: nothing. */
static json follow(json value, str pointer)
{
    str rest = pointer;
    struct buf token;
    if (pointer.len == 0)
        return value;
    if (str_cut(&rest, '/').len > 0 || !rest.ptr)
        return json_absent();
    buf_init(&token, S3_OBJECT_MAX_BYTES);
    while (rest.ptr && !json_is_absent(value)) {
        bool ok = token_read(str_cut(&rest, '/'), &token);
        value = ok ? step(value, buf_str(&token)) : json_absent();
    }
    buf_release(&token);
    return value;
}

static bool decode_json(str text, json config, int64_t max_items, json *out, struct err *err)
{
    json value = json_absent();
    if (!json_parse(text, &value, err))
        return false;
    json list = follow(value, json_str(json_get(config, STR("ItemsPointer"))));
    bool ok = true;
    if (json_is_absent(list))
        ok = err_set(err, ERR_VALIDATION,
                     "The provided ReaderConfig.ItemsPointer does not match any valid path in the "
                     "JSON structure.");
    else if (list.kind != JSON_ARRAY) // recorded; an object too
        ok = err_set(err, ERR_VALIDATION, "Attempting to map over non-iterable node.");
    else
        ok = s3_items_fit(*out = first_of(list, max_items), err);
    json_unref(value);
    return ok;
}

static bool is_blank(str line)
{
    size_t i = 0;
    while (i < line.len && (line.ptr[i] == ' ' || line.ptr[i] == '\t' || line.ptr[i] == '\r'))
        i++;
    return i == line.len;
}

static bool decode_lines(str text, int64_t max_items, json *out, struct err *err)
{
    str rest = text;
    *out = json_array(0);
    while (rest.ptr && (max_items == 0 || json_len(*out) < (size_t)max_items)) {
        str line = str_cut(&rest, '\n');
        json value = json_absent();
        if (is_blank(line))
            continue;
        if (!json_parse(line, &value, err) || !s3_items_push_take(out, value, err))
            return false;
    }
    return true;
}

bool s3_items_decode(str text, json config, int64_t max_items, json *out, struct err *err)
{
    static const str bom = STR_INIT("\xEF\xBB\xBF");
    str type = json_str(json_get(config, STR("InputType")));
    if (str_starts(text, bom)) // ASSUMPTION: no text begins with it, of whatever type
        text = str_skip(text, bom.len);
    if (str_eq(type, STR("CSV")))
        return s3_csv_decode(text, config, max_items, out, err);
    if (str_eq(type, STR("JSONL")))
        return decode_lines(text, max_items, out, err);
    return decode_json(text, config, max_items, out, err);
}
