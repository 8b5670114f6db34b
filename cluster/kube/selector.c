/* Selectors of labels and fields: texts to a list of requirements, all of which must hold.
 *
 *   labels   a, !a, a=b, a==b, a!=b, a in (x, y), a notin (x), a > 1, a < 1
 *   fields   a=b, a==b, a!=b; '\' takes the meaning from ',', '=' and itself
 *
 * Source: k8s.io/apimachinery, pkg/labels and pkg/fields. */
#include "cluster/kube/kube.h"
#include "edit_private.h"
#include "selector_private.h"

enum { REQUIREMENTS_MAX = 200, VALUES_MAX = 1000, FIELD_DEPTH_MAX = 6 };

enum operator{
    OP_EXISTS,
    OP_ABSENT,
    OP_EQUAL,
    OP_NOT_EQUAL,
    OP_IN,
    OP_NOT_IN,
    OP_GREATER,
    OP_LESS
};

struct requirement {
    str key;
    enum operator op;
    str *values;
    size_t values_count;
};

struct kube_selector {
    bool of_fields;
    struct requirement *all;
    size_t count;
};

/* -- labels -- */

struct reader {
    struct arena *a;
    str rest;
    struct err *err;
};

static bool is_word(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '/';
}

static void blanks(struct reader *r)
{
    while (r->rest.len && (r->rest.ptr[0] == ' ' || r->rest.ptr[0] == '\t'))
        r->rest = str_skip(r->rest, 1);
}

static bool taken(struct reader *r, const char *text)
{
    blanks(r);
    if (!str_starts(r->rest, str_from_c(text)))
        return false;
    r->rest = str_skip(r->rest, strlen(text));
    return true;
}

static str word(struct reader *r)
{
    size_t len = 0;
    blanks(r);
    while (len < r->rest.len && is_word(r->rest.ptr[len]))
        len++;
    str w = str_sub(r->rest, 0, len);
    r->rest = str_skip(r->rest, len);
    return w;
}

static bool refuse(struct reader *r, const char *what)
{
    return err_set(r->err, ERR_VALIDATION, "unable to parse requirement: %s, found '%.*s'", what,
                   STR_ARG(str_sub(r->rest, 0, r->rest.len < 64 ? r->rest.len : 64)));
}

static bool no_memory(struct reader *r)
{
    return err_set(r->err, ERR_NO_MEMORY, "no memory for a selector");
}

/* A label's part: at most 63 characters that begin and end with a letter or digit; may be empty. */
static bool is_label_part(str s)
{
    if (s.len == 0)
        return true;
    char first = s.ptr[0], last = s.ptr[s.len - 1];
    return s.len <= 63 && is_word(first) && is_word(last) && !strchr("-_./", first) &&
           !strchr("-_./", last) && str_find_char(s, 0, '/') == s.len;
}

static bool is_label_key(str key)
{
    size_t slash = str_find_char(key, 0, '/');
    str name = slash < key.len ? str_skip(key, slash + 1) : key;
    if (slash < key.len && (slash == 0 || slash > 253))
        return false;
    return name.len > 0 && is_label_part(name);
}

static bool values_in_brackets(struct reader *r, struct requirement *q)
{
    q->values = arena_array(r->a, 4, sizeof(*q->values));
    size_t room = 4;
    if (!q->values)
        return no_memory(r);
    if (!taken(r, "("))
        return refuse(r, "expected '('");
    do {
        str value = word(r);
        if (!is_label_part(value))
            return refuse(r, "a value is not valid");
        if (q->values_count == VALUES_MAX)
            return refuse(r, "too many values");
        if (q->values_count == room) {
            str *more = arena_array(r->a, room * 2, sizeof(*more));
            if (!more)
                return no_memory(r);
            memcpy(more, q->values, room * sizeof(*more));
            q->values = more;
            room *= 2;
        }
        q->values[q->values_count++] = value;
    } while (taken(r, ","));
    return taken(r, ")") || refuse(r, "expected ',' or ')'");
}

static bool one_value(struct reader *r, struct requirement *q, enum operator op)
{
    q->op = op;
    q->values = arena_array(r->a, 1, sizeof(*q->values));
    if (!q->values)
        return no_memory(r);
    q->values[0] = word(r);
    q->values_count = 1;
    int64_t number;
    if ((op == OP_GREATER || op == OP_LESS) && !str_to_int64(q->values[0], &number))
        return refuse(r, "for 'Gt', 'Lt' operators, the value must be an integer");
    return is_label_part(q->values[0]) || refuse(r, "a value is not valid");
}

static bool label_requirement(struct reader *r, struct requirement *q)
{
    bool absent = taken(r, "!");
    q->key = word(r);
    if (!is_label_key(q->key))
        return refuse(r, "a key is not valid");
    q->op = absent ? OP_ABSENT : OP_EXISTS;
    blanks(r);
    if (absent || r->rest.len == 0 || r->rest.ptr[0] == ',')
        return true;
    if (taken(r, "==") || taken(r, "="))
        return one_value(r, q, OP_EQUAL);
    if (taken(r, "!="))
        return one_value(r, q, OP_NOT_EQUAL);
    if (taken(r, ">"))
        return one_value(r, q, OP_GREATER);
    if (taken(r, "<"))
        return one_value(r, q, OP_LESS);
    str op = word(r);
    if (!str_eq(op, STR("in")) && !str_eq(op, STR("notin")))
        return refuse(r, "expected one of: in, notin, =, ==, !=, gt, lt");
    q->op = str_eq(op, STR("in")) ? OP_IN : OP_NOT_IN;
    return values_in_brackets(r, q);
}

static struct kube_selector *selector_new(struct arena *a, bool of_fields)
{
    struct kube_selector *s = arena_alloc(a, sizeof(*s));
    if (!s)
        return NULL;
    s->of_fields = of_fields;
    s->all = arena_array(a, REQUIREMENTS_MAX, sizeof(*s->all));
    return s->all ? s : NULL;
}

bool kube_label_selector_parse(struct arena *a, str text, struct kube_selector **out,
                               struct err *err)
{
    struct reader r = {a, text, err};
    struct kube_selector *s = selector_new(a, false);
    if (!s)
        return no_memory(&r);
    blanks(&r);
    while (r.rest.len > 0) {
        if (s->count == REQUIREMENTS_MAX)
            return refuse(&r, "too many requirements");
        if (!label_requirement(&r, &s->all[s->count++]))
            return false;
        blanks(&r);
        if (r.rest.len == 0)
            break;
        if (!taken(&r, ","))
            return refuse(&r, "expected ','");
        blanks(&r);
        if (r.rest.len == 0)
            return refuse(&r, "expected an identifier after ','");
    }
    *out = s;
    return true;
}

/* -- fields -- */

/* Lends the text up to a comma that is not escaped; leaves what is behind it. */
static str field_term(str *rest)
{
    size_t i = 0;
    while (i < rest->len && rest->ptr[i] != ',')
        i += rest->ptr[i] == '\\' && i + 1 < rest->len ? 2 : 1;
    if (i > rest->len)
        i = rest->len;
    str term = str_sub(*rest, 0, i);
    *rest = i < rest->len ? str_skip(*rest, i + 1) : STR_NONE;
    return term;
}

static bool unescaped(struct reader *r, str s, str *out)
{
    char *copy = arena_alloc(r->a, s.len + 1);
    size_t len = 0;
    if (!copy)
        return no_memory(r);
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        if (c == '\\') {
            if (i + 1 == s.len || !strchr("\\,=", s.ptr[i + 1]))
                return err_set(r->err, ERR_VALIDATION, "invalid field selector: \"%.*s\"",
                               STR_ARG(s));
            c = s.ptr[++i];
        } else if (c == '=') {
            return err_set(r->err, ERR_VALIDATION, "invalid field selector: \"%.*s\"", STR_ARG(s));
        }
        copy[len++] = c;
    }
    *out = (str){copy, len};
    return true;
}

static bool field_requirement(struct reader *r, str term, struct requirement *q)
{
    size_t at = 0;
    while (at < term.len && term.ptr[at] != '=' && !str_starts(str_skip(term, at), STR("!=")))
        at++;
    if (at == term.len || at == 0)
        return err_set(r->err, ERR_VALIDATION, "invalid selector: '%.*s'; can't understand '%.*s'",
                       STR_ARG(term), STR_ARG(term));
    q->key = str_sub(term, 0, at);
    str op = str_skip(term, at);
    size_t op_len = str_starts(op, STR("!=")) || str_starts(op, STR("==")) ? 2 : 1;
    q->op = str_starts(op, STR("!=")) ? OP_NOT_EQUAL : OP_EQUAL;
    q->values = arena_array(r->a, 1, sizeof(*q->values));
    if (!q->values)
        return no_memory(r);
    q->values_count = 1;
    return unescaped(r, str_skip(op, op_len), &q->values[0]);
}

bool kube_field_selector_parse(struct arena *a, str text, struct kube_selector **out,
                               struct err *err)
{
    struct reader r = {a, text, err};
    struct kube_selector *s = selector_new(a, true);
    if (!s)
        return no_memory(&r);
    for (str rest = text; rest.ptr;) {
        str term = field_term(&rest);
        if (term.len == 0)
            continue; // as Kubernetes does
        if (s->count == REQUIREMENTS_MAX)
            return err_set(err, ERR_VALIDATION, "invalid selector: too many requirements");
        if (!field_requirement(&r, term, &s->all[s->count++]))
            return false;
    }
    *out = s;
    return true;
}

/* -- matching -- */

/* The value at "spec.nodeName" as text in space or lent. A missing one is the empty text. */
static str field_value(json object, str key, char space[32])
{
    json at = object;
    // Fields that are not where their names say.
    if (str_eq(key, STR("status.successful")))
        key = STR("status.succeeded");
    else if (str_eq(key, STR("source")))
        key = STR("source.component");
    str rest = key;
    int depth = 0;
    do
        at = json_get(at, str_cut(&rest, '.'));
    while (rest.ptr && ++depth < FIELD_DEPTH_MAX);
    if (at.kind == JSON_STRING)
        return json_str(at);
    if (json_is_number(at))
        return json_number_str(at, space);
    if (json_is_bool(at))
        return at.kind == JSON_TRUE ? STR("true") : STR("false");
    // Kubernetes' zero values of the fields that are no texts.
    if (str_eq(key, STR("status.succeeded")))
        return STR("0");
    return str_eq(key, STR("spec.hostNetwork")) ? STR("false") : STR("");
}

static bool is_among(const struct requirement *q, str value)
{
    for (size_t i = 0; i < q->values_count; i++)
        if (str_eq(q->values[i], value))
            return true;
    return false;
}

static bool compare(const struct requirement *q, str value)
{
    int64_t a, b;
    if (!str_to_int64(value, &a) || !str_to_int64(q->values[0], &b))
        return false;
    return q->op == OP_GREATER ? a > b : a < b;
}

static bool holds(const struct requirement *q, bool there, str value)
{
    switch (q->op) {
    case OP_EXISTS: return there;
    case OP_ABSENT: return !there;
    case OP_EQUAL:
    case OP_IN: return there && is_among(q, value);
    case OP_NOT_EQUAL:
    case OP_NOT_IN: return !there || !is_among(q, value);
    case OP_GREATER:
    case OP_LESS: return there && compare(q, value);
    }
    return false;
}

bool kube_selector_matches(const struct kube_selector *s, json object)
{
    char space[32];
    if (!s)
        return true;
    json labels = json_get_path(object, "metadata", "labels", NULL);
    for (size_t i = 0; i < s->count; i++) {
        const struct requirement *q = &s->all[i];
        json label = s->of_fields ? json_absent() : json_get(labels, q->key);
        bool there = s->of_fields || is_given(label);
        str value = s->of_fields ? field_value(object, q->key, space) : or_empty(json_str(label));
        if (!holds(q, there, value))
            return false;
    }
    return true;
}

size_t selector_keys(const struct kube_selector *s)
{
    return s->count;
}

str selector_key_at(const struct kube_selector *s, size_t i)
{
    return s->all[i].key;
}
