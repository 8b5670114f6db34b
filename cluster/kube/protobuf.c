/* Protobuf bodies, as client-go's typed clients and kubectl's typed commands send them.
 *
 *   "k8s\0"  Unknown{ 1 typeMeta{ 1 apiVersion, 2 kind }, 2 raw, 3 encoding, 4 content type }
 *
 * and raw is the object's own message. Go writes every field that is no pointer even when it is
 * empty, so an empty value means "not set" but for pointers (FIELD_KEEP); messages are kept empty,
 * since `emptyDir: {}` says something, but times.
 * Every length is checked against what is left; the shapes bound the nesting, and no list is longer
 * than its bytes. Source: protobuf.dev, "Encoding". */
#include "base/base64.h"
#include "base/timestamp.h"
#include "edit_private.h"
#include "shapes_private.h"

#include <inttypes.h>

enum {
    WIRE_VARINT = 0,
    WIRE_FIXED64 = 1,
    WIRE_BYTES = 2,
    WIRE_FIXED32 = 5,
    VARINT_MAX_BYTES = 10,
    BINARY_MAX_BYTES = 6 << 20,
};

struct item {
    unsigned number;
    uint64_t varint;
    str bytes;
    bool is_bytes;
};

static bool malformed(struct err *err)
{
    return err_set(err, ERR_BAD_JSON, "proto: malformed message");
}

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "no memory for an object");
}

static bool varint(str *rest, uint64_t *out)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < VARINT_MAX_BYTES && i < rest->len; i++) {
        unsigned char byte = (unsigned char)rest->ptr[i];
        if (i == VARINT_MAX_BYTES - 1 && byte > 1)
            return false;
        value |= (uint64_t)(byte & 0x7f) << (7 * i);
        if (!(byte & 0x80)) {
            *rest = str_skip(*rest, i + 1);
            *out = value;
            return true;
        }
    }
    return false;
}

/* The next field of a message; false at the end (*err is none) or when it is malformed. */
static bool next(str *rest, struct item *out, struct err *err)
{
    uint64_t tag, len;
    *out = (struct item){0};
    if (rest->len == 0)
        return false;
    if (!varint(rest, &tag) || tag >> 3 == 0 || tag >> 3 > INT32_MAX)
        return malformed(err);
    out->number = (unsigned)(tag >> 3);
    switch (tag & 7) {
    case WIRE_VARINT: return varint(rest, &out->varint) || malformed(err);
    case WIRE_FIXED64: len = 8; break;
    case WIRE_FIXED32: len = 4; break;
    case WIRE_BYTES:
        if (!varint(rest, &len))
            return malformed(err);
        out->is_bytes = true;
        break;
    default: return malformed(err);
    }
    if (len > rest->len)
        return malformed(err);
    out->bytes = str_sub(*rest, 0, (size_t)len);
    *rest = str_skip(*rest, (size_t)len);
    return true;
}

/* -- values -- */

static bool time_of(str message, bool micro, json *out, struct err *err)
{
    struct item item;
    int64_t seconds = 0, nanos = 0;
    char text[TIMESTAMP_TEXT_LEN + 1];
    static const int64_t latest_s = 253402300799; /* the year 9999's end */
    if (message.len == 0)
        return true; // Go's zero time: not set
    while (next(&message, &item, err)) {
        if (item.number == 1)
            seconds = (int64_t)item.varint;
        else if (item.number == 2)
            nanos = (int32_t)item.varint;
    }
    if (err_is_set(err))
        return false;
    if (seconds < 0 || seconds > latest_s || nanos < 0 || nanos > 999999999)
        return true; // Go's zero time is of the year 1
    timestamp_format_seconds(seconds * 1000, text);
    *out = micro ? json_printf("%.19s.%06" PRId64 "Z", text, nanos / 1000) : json_c(text);
    return !json_is_absent(*out) || no_memory(err);
}

static bool int_or_string(str message, json *out, struct err *err)
{
    struct item item;
    uint64_t type = 0;
    int64_t number = 0;
    str text = STR("");
    while (next(&message, &item, err)) {
        if (item.number == 1)
            type = item.varint;
        else if (item.number == 2)
            number = (int32_t)item.varint;
        else if (item.number == 3)
            text = item.bytes;
    }
    if (err_is_set(err))
        return false;
    *out = type == 0 ? json_integer(number) : json_string(text);
    return !json_is_absent(*out) || malformed(err);
}

/* The bytes of the only field of a message, as JSON's text or as a string. */
static bool only_field(str message, str *out, struct err *err)
{
    struct item item;
    *out = STR("");
    while (next(&message, &item, err))
        if (item.number == 1 && item.is_bytes)
            *out = item.bytes;
    return !err_is_set(err);
}

static bool strings(str message, json *out, struct err *err)
{
    struct item item;
    *out = json_array(2);
    while (next(&message, &item, err)) {
        if (!json_push_take(out, json_string(item.bytes))) {
            (void)malformed(err);
            break;
        }
    }
    return !err_is_set(err);
}

static bool base64_of(str bytes, json *out, struct err *err)
{
    struct buf b;
    buf_init(&b, BINARY_MAX_BYTES);
    base64_encode(bytes, &b);
    *out = buf_ok(&b) ? json_string(buf_str(&b)) : json_absent();
    buf_release(&b);
    return !json_is_absent(*out) || no_memory(err);
}

static bool fields_v1(str message, json *out, struct err *err)
{
    str text;
    struct err why = ERR_INIT;
    if (!only_field(message, &text, err))
        return false;
    if (text.len > 0 && !json_parse(text, out, &why))
        *out = json_absent(); // it is only kept for the record
    err_release(&why);
    return true;
}

static bool message_read(const struct shape *shape, str message, json *object, struct err *err);

static bool is_empty(json v)
{
    int64_t i;
    return (v.kind == JSON_STRING && json_str(v).len == 0) || v.kind == JSON_FALSE ||
           (json_to_int64(v, &i) && i == 0 && v.kind == JSON_INTEGER);
}

/* Gives a value of the field's type; ABSENT: not set. */
static bool value_of(const struct shape_field *field, const struct item *item, json *out,
                     struct err *err)
{
    str text;
    switch (field->type) {
    case FIELD_INT32: *out = json_integer((int32_t)item->varint); return true;
    case FIELD_INT64: *out = json_integer((int64_t)item->varint); return true;
    case FIELD_BOOL: *out = json_bool(item->varint != 0); return true;
    default: break;
    }
    if (!item->is_bytes)
        return malformed(err);
    switch (field->type) {
    case FIELD_STRING:
        *out = json_string(item->bytes);
        return !json_is_absent(*out) || malformed(err);
    case FIELD_BYTES: return base64_of(item->bytes, out, err);
    case FIELD_TIME: return time_of(item->bytes, false, out, err);
    case FIELD_MICRO_TIME: return time_of(item->bytes, true, out, err);
    case FIELD_QUANTITY:
        if (!only_field(item->bytes, &text, err))
            return false;
        *out = json_string(text);
        return !json_is_absent(*out) || malformed(err);
    case FIELD_INT_OR_STRING: return int_or_string(item->bytes, out, err);
    case FIELD_FIELDS_V1: return fields_v1(item->bytes, out, err);
    case FIELD_STRINGS: return strings(item->bytes, out, err);
    case FIELD_SHAPE:
        *out = json_object(4);
        return message_read(shape_get(field->shape), item->bytes, out, err);
    case FIELD_ANY:
        return err_set(err, ERR_EKS_UNSUPPORTED, "the field %.*s is not supported in protobuf",
                       STR_ARG(field->name));
    case FIELD_INT32:
    case FIELD_INT64:
    case FIELD_BOOL: break;
    }
    return malformed(err);
}

static bool map_entry(const struct shape_field *field, str message, json *object, struct err *err)
{
    struct item item;
    str key = STR("");
    json value = json_absent();
    while (next(&message, &item, err)) {
        if (item.number == 1) {
            key = item.bytes;
        } else if (item.number == 2) {
            json_unref(value);
            value = json_absent();
            if (!value_of(field, &item, &value, err))
                break;
        }
    }
    if (!err_is_set(err) && json_is_absent(value))
        value = json_c("");
    if (err_is_set(err) || !str_utf8_valid(key)) {
        json_unref(value);
        return err_is_set(err) ? false : malformed(err);
    }
    return json_put_take(object, key, value) || no_memory(err);
}

/* Lists and maps are gathered in a scratch object beside the others: a container can be built only
 * while it has one owner. */
struct gather {
    const struct shape_field *field;
    json value;
};

enum { GATHER_MAX = 64 };

static json *gathered(struct gather *all, size_t *count, const struct shape_field *field)
{
    for (size_t i = 0; i < *count; i++)
        if (all[i].field == field)
            return &all[i].value;
    if (*count == GATHER_MAX)
        return NULL;
    all[*count] = (struct gather){field, field->form == FIELD_MAP ? json_object(4) : json_array(4)};
    return &all[(*count)++].value;
}

static bool field_read(const struct shape_field *field, const struct item *item, struct gather *all,
                       size_t *count, json *object, struct err *err)
{
    json value = json_absent();
    if (field->form == FIELD_INLINE) {
        return item->is_bytes ? message_read(shape_get(field->shape), item->bytes, object, err)
                              : malformed(err);
    }
    if (field->form == FIELD_LIST || field->form == FIELD_MAP) {
        json *into = gathered(all, count, field);
        if (!into)
            return malformed(err);
        if (field->form == FIELD_MAP)
            return item->is_bytes ? map_entry(field, item->bytes, into, err) : malformed(err);
        if (!value_of(field, item, &value, err)) {
            json_unref(value);
            return false;
        }
        if (json_is_absent(value))
            value = json_null();
        return json_push_take(into, value) || no_memory(err);
    }
    if (!value_of(field, item, &value, err)) {
        json_unref(value);
        return false;
    }
    if (json_is_absent(value) || (field->form == FIELD_ONE && is_empty(value))) {
        json_unref(value);
        return true;
    }
    return json_put_take(object, field->name, value) || no_memory(err);
}

/* Reads a message's fields into *object. What the shape does not know is passed over. */
static bool message_read(const struct shape *shape, str message, json *object, struct err *err)
{
    struct gather all[GATHER_MAX];
    struct item item;
    size_t count = 0;
    bool ok = true;
    while (ok && next(&message, &item, err)) {
        const struct shape_field *field = NULL;
        for (size_t i = 0; i < shape->fields_count && !field; i++)
            if (shape->fields[i].number == item.number)
                field = &shape->fields[i];
        if (field)
            ok = field_read(field, &item, all, &count, object, err);
    }
    ok = ok && !err_is_set(err);
    for (size_t i = 0; i < count; i++) {
        if (ok)
            ok = json_put_take(object, all[i].field->name, all[i].value) || no_memory(err);
        else
            json_unref(all[i].value);
    }
    return ok;
}

/* -- the envelope -- */

static bool envelope(str body, str *api_version, str *kind, str *raw, struct err *err)
{
    struct item item, inner;
    if (!str_starts(body, (str){"k8s\0", 4}))
        return err_set(err, ERR_BAD_JSON, "the body does not begin with the Kubernetes prefix");
    body = str_skip(body, 4);
    *api_version = *kind = *raw = STR("");
    while (next(&body, &item, err)) {
        if (item.number == 2) {
            *raw = item.bytes;
        } else if (item.number == 1) {
            str meta = item.bytes;
            while (next(&meta, &inner, err)) {
                if (inner.number == 1)
                    *api_version = inner.bytes;
                else if (inner.number == 2)
                    *kind = inner.bytes;
            }
        } else if (item.number == 3 && item.bytes.len > 0) {
            return err_set(err, ERR_EKS_UNSUPPORTED, "encoded protobuf content is not supported");
        }
    }
    if (err_is_set(err))
        return false;
    return (str_utf8_valid(*api_version) && str_utf8_valid(*kind)) || malformed(err);
}

bool protobuf_read(str body, shape_of_kind *shape_of, json *out, struct err *err)
{
    str api_version = STR_NONE, kind = STR_NONE, raw = STR_NONE;
    if (!envelope(body, &api_version, &kind, &raw, err))
        return false;
    unsigned shape = shape_of(api_version, kind);
    if (shape == SHAPE_COUNT)
        return err_set(err, ERR_EKS_UNSUPPORTED,
                       "no kind \"%.*s\" is registered for version \"%.*s\"", STR_ARG(kind),
                       STR_ARG(api_version));
    json object =
        object_of("apiVersion", json_string(api_version), "kind", json_string(kind), NULL);
    if (!message_read(shape_get(shape), raw, &object, err)) {
        json_unref(object);
        return false;
    }
    *out = object;
    return true;
}
