/* JSON against a shape: the same answer as Go's decoder would give, since clients know its words.
 *
 * The walk goes down the value and the rows together; the way from the top is a stack of names and
 * indexes, printed only for a complaint. Nesting is bounded by the shapes, none of which contains
 * itself, and by JSON's own depth for what has no shape. */
#include "base/base64.h"
#include "base/timestamp.h"
#include "edit_private.h"
#include "shapes_private.h"

enum { WAY_MAX = 64, TEXT_MAX_BYTES = 8192, BINARY_MAX_BYTES = 4 << 20 };

struct step {
    str name;
    size_t index; /* where name.ptr is NULL */
};

struct walk {
    struct shape_report *report;
    struct err *err;
    struct step way[WAY_MAX];
    size_t way_len;
};

static bool no_memory(struct walk *w)
{
    return err_set(w->err, ERR_NO_MEMORY, "no memory for an object");
}

static bool push(struct walk *w, struct step step)
{
    if (w->way_len == WAY_MAX)
        return err_set(w->err, ERR_TOO_LARGE, "nested too deep");
    w->way[w->way_len++] = step;
    return true;
}

/* The way as text: "spec.containers[0].name", or without indexes as Go prints it in type errors. */
static void way_print(const struct walk *w, bool indexes, struct buf *out)
{
    for (size_t i = 0; i < w->way_len; i++) {
        const struct step *step = &w->way[i];
        if (step->name.ptr)
            buf_printf(out, "%s%.*s", i ? "." : "", STR_ARG(step->name));
        else if (indexes)
            buf_printf(out, "[%zu]", step->index);
    }
}

static void note_unknown(struct walk *w, str name)
{
    struct shape_report *r = w->report;
    struct buf b;
    if (r->unknown_count == SHAPE_UNKNOWN_MAX)
        return;
    buf_init(&b, TEXT_MAX_BYTES);
    buf_add(&b, STR("unknown field \""));
    way_print(w, true, &b);
    buf_printf(&b, "%s%.*s\"", w->way_len ? "." : "", STR_ARG(name));
    str text = buf_ok(&b) ? arena_str(r->a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    if (text.ptr)
        r->unknown[r->unknown_count++] = text;
}

static const char *kind_word(json v)
{
    switch (v.kind) {
    case JSON_FALSE:
    case JSON_TRUE: return "bool";
    case JSON_INTEGER:
    case JSON_NUMBER: return "number";
    case JSON_STRING: return "string";
    case JSON_ARRAY: return "array";
    case JSON_OBJECT: return "object";
    case JSON_ABSENT:
    case JSON_NULL: break;
    }
    return "null";
}

static bool wrong_type(struct walk *w, const struct shape *shape, json v, str type)
{
    struct buf b;
    char space[32];
    buf_init(&b, TEXT_MAX_BYTES);
    way_print(w, false, &b);
    str number =
        json_is_number(v) && type.len && type.ptr[0] == 'i' ? json_number_str(v, space) : STR("");
    (void)err_set(w->err, ERR_BAD_JSON,
                  "json: cannot unmarshal %s%s%.*s into Go struct field %.*s.%.*s of type %.*s",
                  kind_word(v), number.len ? " " : "", STR_ARG(number), STR_ARG(shape->name),
                  STR_ARG(buf_ok(&b) ? buf_str(&b) : STR("…")), STR_ARG(type));
    buf_release(&b);
    return false;
}

/* -- plain values -- */

static bool is_integer(json v, int64_t min, int64_t max)
{
    int64_t i;
    return v.kind == JSON_INTEGER && json_to_int64(v, &i) && i >= min && i <= max;
}

/* Source: k8s.io/apimachinery, pkg/api/resource: sign, digits with a point, a suffix. */
static bool is_quantity(str s)
{
    size_t i = 0, digits = 0, points = 0;
    if (s.len && (s.ptr[0] == '+' || s.ptr[0] == '-'))
        i++;
    for (; i < s.len && ((s.ptr[i] >= '0' && s.ptr[i] <= '9') || s.ptr[i] == '.'); i++) {
        if (s.ptr[i] == '.')
            points++;
        else
            digits++;
    }
    static const char *const suffixes[] = {"",  "n",  "u",  "m",  "k",  "M",  "G",  "T", "P",
                                           "E", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei", NULL};
    if (digits == 0 || points > 1)
        return false;
    str suffix = str_skip(s, i);
    for (const char *const *known = suffixes; *known; known++)
        if (str_eq(suffix, str_from_c(*known)))
            return true;
    int64_t exponent;
    if (suffix.len < 2 || (suffix.ptr[0] != 'e' && suffix.ptr[0] != 'E'))
        return false;
    suffix = str_skip(suffix, 1);
    if (suffix.ptr[0] == '+')
        suffix = str_skip(suffix, 1);
    return str_to_int64(suffix, &exponent);
}

static bool read_time(struct walk *w, json v, json *out)
{
    struct timestamp at;
    struct err why = ERR_INIT;
    str text = json_str(v);
    bool ok = timestamp_parse(text, &at, &why);
    err_release(&why);
    if (!ok)
        return err_set(w->err, ERR_BAD_JSON,
                       "parsing time \"%.*s\" as \"2006-01-02T15:04:05Z07:00\": cannot parse it",
                       STR_ARG(text));
    *out = json_ref(v);
    return true;
}

static bool read_bytes(struct walk *w, json v, json *out)
{
    struct buf b;
    buf_init(&b, BINARY_MAX_BYTES);
    bool ok = base64_decode(json_str(v), &b);
    buf_release(&b);
    if (!ok)
        return err_set(w->err, ERR_BAD_JSON, "illegal base64 data at input byte 0");
    *out = json_ref(v);
    return true;
}

static bool read_quantity(struct walk *w, json v, json *out)
{
    char space[32];
    if (json_is_number(v)) {
        *out = json_string(json_number_str(v, space));
        return !json_is_absent(*out) || no_memory(w);
    }
    if (!is_quantity(json_str(v)))
        return err_set(w->err, ERR_BAD_JSON,
                       "quantities must match the regular expression "
                       "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'");
    *out = json_ref(v);
    return true;
}

static bool read_strings(json v)
{
    for (size_t i = 0; i < json_len(v); i++)
        if (json_at(v, i).kind != JSON_STRING)
            return false;
    return v.kind == JSON_ARRAY;
}

static bool read_object(struct walk *w, const struct shape *shape, json object, bool top,
                        json *out);

/* One value of a field's type, its form aside. */
static bool read_one(struct walk *w, const struct shape *shape, const struct shape_field *field,
                     json v, json *out)
{
    bool fits = true;
    switch (field->type) {
    case FIELD_STRING: fits = v.kind == JSON_STRING; break;
    case FIELD_INT32: fits = is_integer(v, INT32_MIN, INT32_MAX); break;
    case FIELD_INT64: fits = is_integer(v, INT64_MIN, INT64_MAX); break;
    case FIELD_BOOL: fits = json_is_bool(v); break;
    case FIELD_INT_OR_STRING:
        fits = v.kind == JSON_STRING || is_integer(v, INT32_MIN, INT32_MAX);
        break;
    case FIELD_FIELDS_V1: fits = v.kind == JSON_OBJECT; break;
    case FIELD_STRINGS: fits = read_strings(v); break;
    case FIELD_ANY: break;
    case FIELD_BYTES:
        if (v.kind == JSON_STRING)
            return read_bytes(w, v, out);
        fits = false;
        break;
    case FIELD_TIME:
    case FIELD_MICRO_TIME:
        if (v.kind == JSON_STRING)
            return read_time(w, v, out);
        fits = false;
        break;
    case FIELD_QUANTITY:
        if (v.kind == JSON_STRING || json_is_number(v))
            return read_quantity(w, v, out);
        fits = false;
        break;
    case FIELD_SHAPE:
        if (v.kind == JSON_OBJECT)
            return read_object(w, shape_get(field->shape), v, false, out);
        fits = false;
        break;
    }
    if (fits) {
        *out = json_ref(v);
        return true;
    }
    struct shape_field bare = *field;
    bare.form = FIELD_ONE;
    return wrong_type(w, shape, v, or_empty(shape_type_name(w->report->a, &bare)));
}

static bool read_list(struct walk *w, const struct shape *shape, const struct shape_field *field,
                      json v, json *out)
{
    json list = json_array(json_len(v));
    bool ok = true;
    for (size_t i = 0; i < json_len(v) && ok; i++) {
        json item = json_absent();
        ok = push(w, (struct step){STR_NONE, i});
        if (!ok)
            break;
        if (json_at(v, i).kind == JSON_NULL)
            item = json_null(); // Go's zero value; whoever checks the field refuses it
        else
            ok = read_one(w, shape, field, json_at(v, i), &item);
        w->way_len--;
        if (ok)
            ok = json_push_take(&list, item) || no_memory(w);
    }
    if (ok && json_is_absent(list))
        ok = no_memory(w);
    if (ok)
        *out = list;
    else
        json_unref(list);
    return ok;
}

static bool read_map(struct walk *w, const struct shape *shape, const struct shape_field *field,
                     json v, json *out)
{
    json map = json_object(json_len(v));
    bool ok = true;
    for (size_t i = 0; i < json_len(v) && ok; i++) {
        json item = json_absent();
        json from = json_value_at(v, i);
        if (from.kind == JSON_NULL)
            item = field->type == FIELD_STRING ? json_c("") : json_null();
        else
            ok = read_one(w, shape, field, from, &item);
        if (ok)
            ok = json_put_take(&map, json_key_at(v, i), item) || no_memory(w);
    }
    if (ok && json_is_absent(map))
        ok = no_memory(w);
    if (ok)
        *out = map;
    else
        json_unref(map);
    return ok;
}

static bool read_field(struct walk *w, const struct shape *shape, const struct shape_field *field,
                       json v, json *out)
{
    if (field->form == FIELD_LIST) {
        if (v.kind == JSON_ARRAY)
            return read_list(w, shape, field, v, out);
        return wrong_type(w, shape, v, or_empty(shape_type_name(w->report->a, field)));
    }
    if (field->form == FIELD_MAP) {
        if (v.kind == JSON_OBJECT)
            return read_map(w, shape, field, v, out);
        return wrong_type(w, shape, v, or_empty(shape_type_name(w->report->a, field)));
    }
    return read_one(w, shape, field, v, out);
}

/* Finds a field by name, among those of inline shapes too. */
static const struct shape_field *field_find(const struct shape *shape, str name)
{
    for (size_t i = 0; i < shape->fields_count; i++) {
        const struct shape_field *field = &shape->fields[i];
        if (field->form == FIELD_INLINE) {
            const struct shape_field *inner = field_find(shape_get(field->shape), name);
            if (inner)
                return inner;
        } else if (str_eq(field->name, name)) {
            return field;
        }
    }
    return NULL;
}

static bool is_type_meta(str name)
{
    return str_eq(name, STR("kind")) || str_eq(name, STR("apiVersion"));
}

static bool read_member(struct walk *w, const struct shape *shape, str name, json v, bool top,
                        json *object)
{
    json item = json_absent();
    if (top && is_type_meta(name))
        return json_put_take(object, name, json_ref(v)) || no_memory(w);
    const struct shape_field *field = field_find(shape, name);
    if (!field) {
        note_unknown(w, name);
        return true;
    }
    if (v.kind == JSON_NULL)
        return true;
    if (!push(w, (struct step){name, 0}))
        return false;
    bool ok = read_field(w, shape, field, v, &item);
    w->way_len--;
    return ok && (json_put_take(object, name, item) || no_memory(w));
}

static bool read_object(struct walk *w, const struct shape *shape, json object, bool top, json *out)
{
    json made = json_object(json_len(object));
    bool ok = true;
    for (size_t i = 0; i < json_len(object) && ok; i++)
        ok = read_member(w, shape, json_key_at(object, i), json_value_at(object, i), top, &made);
    if (ok && json_is_absent(made))
        ok = no_memory(w);
    if (ok)
        *out = made;
    else
        json_unref(made);
    return ok;
}

bool shape_read(unsigned id, json object, struct shape_report *report, json *out, struct err *err)
{
    struct walk w = {.report = report, .err = err};
    return read_object(&w, shape_get(id), object, true, out);
}
