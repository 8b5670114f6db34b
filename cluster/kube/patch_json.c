/* JSON patch (RFC 6902). Each operation gives a new document that shares all but the way to its
 * place; sizes are looked at after each, since `copy` can double a document again and again. */
#include "edit_private.h"
#include "patch_private.h"

enum { POINTER_DEPTH_MAX = PATCH_DEPTH_MAX };

struct pointer {
    str tokens[POINTER_DEPTH_MAX];
    size_t count;
};

static bool refuse(struct failure *f, const char *why, str path)
{
    return fail(f, 422, "Invalid",
                "the server rejected our request due to an error in our request: %s: %.*s", why,
                STR_ARG(path));
}

/* "~1" is '/', "~0" is '~'. */
static bool token_decode(struct arena *a, str raw, str *out)
{
    char *copy = arena_alloc(a, raw.len + 1);
    size_t len = 0;
    if (!copy)
        return false;
    for (size_t i = 0; i < raw.len; i++) {
        char c = raw.ptr[i];
        if (c == '~') {
            if (i + 1 == raw.len || (raw.ptr[i + 1] != '0' && raw.ptr[i + 1] != '1'))
                return false;
            c = raw.ptr[++i] == '0' ? '~' : '/';
        }
        copy[len++] = c;
    }
    *out = (str){copy, len};
    return true;
}

static bool pointer_parse(struct arena *a, str text, struct pointer *out, struct failure *f)
{
    out->count = 0;
    if (text.len == 0)
        return true;
    if (text.ptr[0] != '/')
        return refuse(f, "a path must begin with '/'", text);
    for (str rest = str_skip(text, 1); rest.ptr;) {
        if (out->count == POINTER_DEPTH_MAX)
            return refuse(f, "a path is too deep", str_sub(text, 0, 64));
        if (!token_decode(a, str_cut(&rest, '/'), &out->tokens[out->count++]))
            return refuse(f, "a path cannot be decoded", text);
    }
    return true;
}

/* An index of an array: digits without leading zeros. */
static bool index_of(str token, size_t *out)
{
    int64_t i;
    if (token.len == 0 || token.len > 9 || (token.len > 1 && token.ptr[0] == '0') ||
        token.ptr[0] == '-' || !str_to_int64(token, &i))
        return false;
    *out = (size_t)i;
    return true;
}

/* Lends what stands at a pointer; ABSENT: nothing. */
static json at_pointer(json object, const struct pointer *p)
{
    json v = object;
    size_t i;
    for (size_t n = 0; n < p->count; n++) {
        if (v.kind == JSON_ARRAY)
            v = index_of(p->tokens[n], &i) ? json_at(v, i) : json_absent();
        else
            v = json_get(v, p->tokens[n]);
    }
    return v;
}

enum edit { EDIT_ADD, EDIT_REMOVE, EDIT_REPLACE };

/* Gives an array with an element put in, taken out or exchanged. ABSENT: no such place. */
static json array_edit(json array, str token, enum edit edit, json value)
{
    size_t at, len = json_len(array);
    if (edit == EDIT_ADD && str_eq(token, STR("-")))
        at = len;
    else if (!index_of(token, &at) || at > len || (edit != EDIT_ADD && at == len))
        return json_absent();
    if (edit == EDIT_REPLACE)
        return json_with_at(array, at, json_ref(value));
    json made = json_array(len + 1);
    bool ok = true;
    for (size_t i = 0; i <= len && ok; i++) {
        if (i == at && edit == EDIT_ADD)
            ok = json_push_take(&made, json_ref(value));
        if (i < len && ok && !(i == at && edit == EDIT_REMOVE))
            ok = json_push_take(&made, json_ref(json_at(array, i)));
    }
    if (ok)
        return made;
    json_unref(made);
    return json_absent();
}

/* Gives v with the edit at tokens; ABSENT: no such place, or no memory. */
static json edited(json v, const str *tokens, size_t count, enum edit edit, json value)
{
    if (count == 0)
        return edit == EDIT_REMOVE ? json_absent() : json_ref(value);
    if (count > 1) {
        size_t i = 0;
        bool array = v.kind == JSON_ARRAY;
        if (array && !index_of(tokens[0], &i))
            return json_absent();
        json child = array ? json_at(v, i) : json_get(v, tokens[0]);
        if (json_is_absent(child))
            return child;
        json made = edited(child, tokens + 1, count - 1, edit, value);
        if (json_is_absent(made))
            return made;
        return array ? json_with_at(v, i, made) : json_with(v, tokens[0], made);
    }
    if (v.kind == JSON_ARRAY)
        return array_edit(v, tokens[0], edit, value);
    if (v.kind != JSON_OBJECT)
        return json_absent();
    if (edit != EDIT_ADD && json_is_absent(json_get(v, tokens[0])))
        return json_absent();
    return edit == EDIT_REMOVE ? json_without(v, tokens[0])
                               : json_with(v, tokens[0], json_ref(value));
}

static bool edit_at(json *object, const struct pointer *p, enum edit edit, json value, str path,
                    struct failure *f)
{
    json made = edited(*object, p->tokens, p->count, edit, value);
    if (json_is_absent(made))
        return refuse(f, "there is no such place", path);
    json_unref(*object);
    *object = made;
    if (json_text_size(made) > PATCH_RESULT_MAX_BYTES)
        return fail(f, 413, "RequestEntityTooLarge", "Request entity too large: limit is %d",
                    (int)PATCH_RESULT_MAX_BYTES);
    return true;
}

/* move and copy: the value at "from" goes to the path. */
static bool transfer(struct arena *a, json *object, json operation, bool move,
                     const struct pointer *to, str path, struct failure *f)
{
    struct pointer from;
    str from_text;
    if (!json_get_str(operation, STR("from"), &from_text))
        return fail_bad_request(f, "error decoding patch: an operation without from");
    if (!pointer_parse(a, from_text, &from, f))
        return false;
    json value = json_ref(at_pointer(*object, &from));
    bool ok = !json_is_absent(value) || refuse(f, "there is no such place", from_text);
    if (ok && move)
        ok = edit_at(object, &from, EDIT_REMOVE, json_absent(), from_text, f);
    ok = ok && edit_at(object, to, EDIT_ADD, value, path, f);
    json_unref(value);
    return ok;
}

static bool operate(struct arena *a, json *object, json operation, struct failure *f)
{
    struct pointer p;
    str op, path;
    if (!json_get_str(operation, STR("op"), &op) || !json_get_str(operation, STR("path"), &path))
        return fail_bad_request(f, "error decoding patch: an operation without op or path");
    if (!pointer_parse(a, path, &p, f))
        return false;
    if (str_eq(op, STR("remove")))
        return edit_at(object, &p, EDIT_REMOVE, json_absent(), path, f);
    if (str_eq(op, STR("move")) || str_eq(op, STR("copy")))
        return transfer(a, object, operation, str_eq(op, STR("move")), &p, path, f);
    json value = json_get(operation, STR("value"));
    if (json_is_absent(value))
        return fail_bad_request(f, "error decoding patch: an operation without value");
    if (str_eq(op, STR("add")))
        return edit_at(object, &p, EDIT_ADD, value, path, f);
    if (str_eq(op, STR("replace")))
        return edit_at(object, &p, EDIT_REPLACE, value, path, f);
    if (!str_eq(op, STR("test")))
        return fail_bad_request(f, "error decoding patch: Unexpected kind: %.*s", STR_ARG(op));
    json there = at_pointer(*object, &p);
    if (json_is_absent(there) ? value.kind == JSON_NULL : json_equal(there, value))
        return true;
    return fail(f, 422, "Invalid",
                "the server rejected our request due to an error in our request: testing value "
                "%.*s failed: test failed",
                STR_ARG(path));
}

bool patch_json(struct arena *a, json object, json patch, json *out, struct failure *f)
{
    json made = json_ref(object);
    bool ok = true;
    if (json_len(patch) > PATCH_OPERATIONS_MAX)
        ok = fail(f, 413, "RequestEntityTooLarge",
                  "The allowed maximum operations in a JSON patch is %d, got %zu",
                  (int)PATCH_OPERATIONS_MAX, json_len(patch));
    for (size_t i = 0; i < json_len(patch) && ok; i++)
        ok = operate(a, &made, json_at(patch, i), f);
    if (ok && made.kind != JSON_OBJECT)
        ok = refuse(f, "the result is no object", STR("/"));
    if (ok)
        *out = made;
    else
        json_unref(made);
    return ok;
}
