/* Changed copies along paths. */
#include "edit_private.h"

#include <stdarg.h>

enum { PATH_MAX_KEYS = 8 };

json json_c(const char *text)
{
    return json_string(str_from_c(text));
}

json object_of(const char *key, ...)
{
    va_list args;
    json object = json_object(4);
    va_start(args, key);
    for (; key; key = va_arg(args, const char *)) {
        json value = va_arg(args, json);
        if (!json_is_absent(value) && !json_put_take(&object, str_from_c(key), value)) {
            json_unref(object);
            object = json_absent();
        }
    }
    va_end(args);
    return object;
}

static size_t path_of(const char *first, va_list args, str keys[PATH_MAX_KEYS])
{
    size_t count = 0;
    for (const char *key = first; key && count < PATH_MAX_KEYS; key = va_arg(args, const char *))
        keys[count++] = str_from_c(key);
    return count;
}

/* Gives v with value at the path. */
static json with_path(json v, const str *keys, size_t count, json value_taken)
{
    if (count == 1)
        return json_with(v, keys[0], value_taken);
    json child = with_path(json_get(v, keys[0]), keys + 1, count - 1, value_taken);
    return json_is_absent(child) ? child : json_with(v, keys[0], child);
}

static json without_path(json v, const str *keys, size_t count)
{
    if (json_is_absent(json_get(v, keys[0])))
        return json_ref(v);
    if (count == 1)
        return json_without(v, keys[0]);
    json child = without_path(json_get(v, keys[0]), keys + 1, count - 1);
    return json_is_absent(child) ? child : json_with(v, keys[0], child);
}

static void replace(json *object, json changed)
{
    json_unref(*object);
    *object = changed;
}

void edit_put(json *object, json value_taken, const char *key, ...)
{
    str keys[PATH_MAX_KEYS] = {
        {NULL, 0}
    };
    va_list args;
    va_start(args, key);
    size_t count = path_of(key, args, keys);
    va_end(args);
    if (json_is_absent(*object) || json_is_absent(value_taken)) {
        json_unref(value_taken);
        replace(object, json_absent());
        return;
    }
    replace(object, with_path(*object, keys, count, value_taken));
}

void edit_put_str(json *object, json value_taken, str key)
{
    if (json_is_absent(*object) || json_is_absent(value_taken)) {
        json_unref(value_taken);
        replace(object, json_absent());
        return;
    }
    replace(object, json_with(*object, key, value_taken));
}

void edit_drop(json *object, const char *key, ...)
{
    str keys[PATH_MAX_KEYS] = {
        {NULL, 0}
    };
    va_list args;
    va_start(args, key);
    size_t count = path_of(key, args, keys);
    va_end(args);
    if (!json_is_absent(*object))
        replace(object, without_path(*object, keys, count));
}

void edit_default(json *object, json value_taken, const char *key, ...)
{
    str keys[PATH_MAX_KEYS] = {
        {NULL, 0}
    };
    va_list args;
    va_start(args, key);
    size_t count = path_of(key, args, keys);
    va_end(args);
    json at = *object;
    for (size_t i = 0; i < count; i++)
        at = json_get(at, keys[i]);
    if (is_given(at) || json_is_absent(*object)) {
        json_unref(value_taken);
        return;
    }
    if (json_is_absent(value_taken))
        replace(object, json_absent());
    else
        replace(object, with_path(*object, keys, count, value_taken));
}

void edit_append(json *array, json value_taken)
{
    json list = json_array(json_len(*array) + 1);
    bool ok = !json_is_absent(*array);
    for (size_t i = 0; i < json_len(*array) && ok; i++)
        ok = json_push_take(&list, json_ref(json_at(*array, i)));
    if (ok)
        ok = json_push_take(&list, value_taken);
    else
        json_unref(value_taken);
    if (!ok) {
        json_unref(list);
        list = json_absent();
    }
    replace(array, list);
}
