/* Payload templates: Parameters, ResultSelector, ItemSelector, Assign; and of JSONata states
 * Arguments, Output, Assign, Items, where it is the strings "{% … %}" that are replaced.
 *
 * A template is compiled to a tree of only what changes: a node stands for an object or array that
 * has an expression somewhere below, or for the expression itself. Where a member has no node, its
 * value is constant and the written JSON is referenced, not rebuilt; so a template without
 * expressions costs one reference, and a large constant part costs nothing.
 *
 *     {"a": 1, "b": {"c.$": "$.x"}, "d": [2, 3]}
 *      OBJECT   nodes: a: -, b: OBJECT, d: -
 *                             nodes: c.$: PATH "$.x"
 */
#include "asl/dataflow.h"
#include "asl_private.h"

enum { SHOWN_MAX_BYTES = 4 * 1048576 }; /* of an input in an error: past the quota of inputs */

enum node_kind { NODE_CONSTANT, NODE_PATH, NODE_CALL, NODE_EXPRESSION, NODE_ARRAY, NODE_OBJECT };

struct asl_template {
    enum node_kind kind;
    bool uses_context, jsonata;              /* jsonata: an EXPRESSION, or one below */
    json written;                            /* lent by the definition */
    str field;                               /* "key.$", of PATH and CALL */
    const struct jsonpath *path;             /* PATH */
    const struct jsonpath *indexed;          /* PATH that ends in an index: what it indexes */
    const struct intrinsic_expression *call; /* CALL */
    const struct asl_expression *expression; /* EXPRESSION */
    const struct asl_template *const *nodes; /* ARRAY, OBJECT: NULL where constant */
};

/* *out NULL: constant. False: reported. */
static bool read_value(struct asl_reader *r, json written, const struct asl_place *at,
                       const struct asl_template **out);

static struct asl_template *new_node(struct asl_reader *r, enum node_kind kind, json written)
{
    struct asl_template *t = asl_alloc(r, 1, sizeof(*t));
    if (t) {
        t->kind = kind;
        t->written = written;
    }
    return t;
}

/* For "$.a.b[5]" gives "$.a.b". */
static void read_indexed(struct asl_reader *r, str text, const struct jsonpath **out)
{
    if (text.len == 0 || text.ptr[text.len - 1] != ']')
        return;
    size_t open = text.len - 1;
    while (open > 0 && text.ptr[open - 1] >= '0' && text.ptr[open - 1] <= '9')
        open--;
    if (open < 2 || open == text.len - 1 || text.ptr[open - 1] != '[')
        return;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    if (jsonpath_parse(r->arena, str_sub(text, 0, open - 1), &p, &err) && jsonpath_is_definite(p))
        *out = p;
    err_release(&err);
}

static void note_variable(void *reader, str name)
{
    asl_note_variable(reader, name);
}

static bool read_expression(struct asl_reader *r, json written, str field,
                            const struct asl_place *at, const struct asl_template **out)
{
    struct asl_template *t = new_node(r, NODE_PATH, written);
    if (!t)
        return false;
    t->field = field;
    struct err err = ERR_INIT;
    bool ok = false;
    str text = json_str(written);
    if (written.kind == JSON_STRING && intrinsic_looks_like(text)) {
        t->kind = NODE_CALL;
        ok = intrinsic_parse(r->arena, text, &t->call, &err);
        t->uses_context = ok && intrinsic_uses_context(t->call);
        if (ok)
            intrinsic_variables(t->call, note_variable, r);
    } else if (written.kind == JSON_STRING) {
        ok = jsonpath_parse(r->arena, text, &t->path, &err);
        t->uses_context = ok && jsonpath_uses_context(t->path);
        if (ok && jsonpath_variable(t->path).ptr)
            asl_note_variable(r, jsonpath_variable(t->path));
        if (ok && jsonpath_is_definite(t->path))
            read_indexed(r, text, &t->indexed);
    }
    if (err.id == ERR_NO_MEMORY)
        r->out_of_memory = true;
    else if (!ok)
        asl_refuse(r->d, at,
                   "The value for the field '%.*s' must be a valid JSONPath or a valid intrinsic "
                   "function call",
                   STR_ARG(field));
    err_release(&err);
    r->uses_context |= t->uses_context;
    *out = t;
    return ok;
}

static bool read_member(struct asl_reader *r, json written, size_t i, const struct asl_place *at,
                        const struct asl_template **out)
{
    if (written.kind == JSON_ARRAY)
        return read_value(r, json_at(written, i), ASL_ELEMENT(at, i), out);
    str key = json_key_at(written, i);
    json value = json_value_at(written, i);
    if (!r->jsonata && str_ends(key, STR(".$")))
        return read_expression(r, value, key, at, out);
    return read_value(r, value, ASL_MEMBER(at, key), out);
}

/* "a" and "a.$" would both become "a". Source: Developer Guide, "Parameters". */
static bool keys_differ(struct asl_reader *r, json written, const struct asl_place *at)
{
    struct hashmap *seen = hashmap_new();
    bool ok = true;
    for (size_t i = 0; i < json_len(written); i++) {
        str key = json_key_at(written, i);
        str name = str_ends(key, STR(".$")) ? str_sub(key, 0, key.len - 2) : key;
        if (hashmap_find(seen, name)) {
            asl_refuse(r->d, at, "The field '%.*s' occurs twice, as '%.*s' and '%.*s.$'",
                       STR_ARG(name), STR_ARG(name), STR_ARG(name));
            ok = false;
        }
        hashmap_set(seen, name, seen);
    }
    hashmap_free(seen);
    return ok;
}

static bool read_jsonata(struct asl_reader *r, json written, const struct asl_place *at,
                         const struct asl_template **out)
{
    struct asl_template *t = new_node(r, NODE_EXPRESSION, written);
    bool outside = r->uses_context;
    if (!t)
        return false;
    r->uses_context = false;
    t->expression = asl_expression_read(r, written, at);
    t->uses_context = r->uses_context;
    t->jsonata = true;
    r->uses_context |= outside;
    *out = t;
    return t->expression != NULL;
}

static bool read_value(struct asl_reader *r, json written, const struct asl_place *at,
                       const struct asl_template **out)
{
    *out = NULL;
    if (r->jsonata && asl_is_expression(written))
        return read_jsonata(r, written, at, out);
    if (!json_is_container(written))
        return true;
    bool ok = true;
    bool expressions = false;
    struct asl_template *t = NULL;
    const struct asl_template **nodes = NULL;
    for (size_t i = 0; i < json_len(written); i++) {
        const struct asl_template *node = NULL;
        ok = read_member(r, written, i, at, &node) && ok;
        if (!node)
            continue;
        if (!t) {
            t = new_node(r, written.kind == JSON_ARRAY ? NODE_ARRAY : NODE_OBJECT, written);
            nodes = asl_alloc(r, json_len(written), sizeof(struct asl_template *));
            if (!t || !nodes)
                return false;
            t->nodes = nodes;
        }
        nodes[i] = node;
        t->uses_context |= node->uses_context;
        t->jsonata |= node->jsonata;
        expressions |= node->kind == NODE_PATH || node->kind == NODE_CALL;
    }
    if (written.kind == JSON_OBJECT && expressions)
        ok = keys_differ(r, written, at) && ok;
    *out = t;
    return ok;
}

const struct asl_template *asl_template_read(struct asl_reader *r, json written,
                                             const struct asl_place *at)
{
    const struct asl_template *t;
    if (!read_value(r, written, at, &t))
        return NULL;
    return t ? t : new_node(r, NODE_CONSTANT, written);
}

bool asl_template_parse(struct arena *a, json written, str location,
                        const struct asl_template **out, struct asl_diagnostics *d)
{
    struct asl_reader r = {.arena = a, .d = d};
    const struct asl_template *t = asl_template_read(&r, written, ASL_MEMBER(NULL, location));
    hashmap_free(r.references);
    if (!t && r.out_of_memory)
        asl_refuse(d, NULL, "The template is too large");
    if (!t)
        return false;
    *out = t;
    return true;
}

bool asl_template_uses_context(const struct asl_template *t)
{
    return t->uses_context;
}

str asl_show(json value, struct buf *out)
{
    buf_init(out, SHOWN_MAX_BYTES);
    json_print(value, out);
    return buf_ok(out) ? buf_str(out) : STR("…");
}

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "no memory for the result of a payload template");
}

static bool eval_path(const struct asl_template *t, const struct jsonpath_roots *roots, json *out,
                      struct err *err)
{
    struct err missing = ERR_INIT;
    if (!asl_path_applies(t->path, roots->input, err))
        return false;
    if (jsonpath_eval(t->path, roots, out, &missing))
        return true;
    if (missing.id == ERR_NO_MEMORY) {
        err_move(err, &missing);
        return false;
    }
    err_release(&missing);
    // Recorded: a wildcard or a slice of what is not there selects nothing, where the library alone
    // would miss the property on the way.
    if (!jsonpath_is_definite(t->path)) {
        *out = json_array(0);
        return !json_is_absent(*out) || no_memory(err);
    }
    // AWS: an index past the end of an array gives null, though a missing member is an error.
    // ASSUMPTION: only when the index is the path's last step, which is what was measured.
    if (t->indexed && jsonpath_lend(t->indexed, roots).kind == JSON_ARRAY) {
        *out = json_null();
        return true;
    }
    struct buf space;
    // ASSUMPTION: of a variable's path the variable is shown; of one that is not set, the input.
    json root = jsonpath_root(t->path, roots);
    str input = asl_show(json_is_absent(root) ? roots->input : root, &space);
    bool ok = err_set(err, ERR_STATES_RUNTIME,
                      "The JSONPath '%.*s' specified for the field '%.*s' could not be found in "
                      "the input '%.*s'",
                      STR_ARG(jsonpath_text(t->path)), STR_ARG(t->field), STR_ARG(input));
    buf_release(&space);
    return ok;
}

/* What a template is evaluated with. */
struct evaluation {
    struct jsonpath_roots roots;
    json states; /* of a JSONata state */
    const struct asl_scope *scope;
    struct err *err;
};

static bool eval(const struct asl_template *t, const struct evaluation *with, json *out);

static bool eval_members(const struct asl_template *t, const struct evaluation *with, json *out)
{
    struct err *err = with->err;
    size_t n = json_len(t->written);
    bool object = t->kind == NODE_OBJECT;
    json made = object ? json_object(n) : json_array(n);
    bool ok = !json_is_absent(made) || no_memory(err);
    for (size_t i = 0; ok && i < n; i++) {
        const struct asl_template *node = t->nodes[i];
        json value = json_absent();
        if (node)
            ok = eval(node, with, &value);
        else
            value = json_ref(object ? json_value_at(t->written, i) : json_at(t->written, i));
        if (!ok)
            break;
        if (!object) {
            ok = json_push_take(&made, value) || no_memory(err);
            continue;
        }
        str key = json_key_at(t->written, i);
        if (node && node->field.ptr)
            key.len -= 2; // without its ".$"
        ok = json_put_take(&made, key, value) || no_memory(err);
    }
    if (ok)
        *out = made;
    else
        json_unref(made);
    return ok;
}

static bool eval(const struct asl_template *t, const struct evaluation *with, json *out)
{
    switch (t->kind) {
    case NODE_CONSTANT: *out = json_ref(t->written); return true;
    case NODE_PATH: return eval_path(t, &with->roots, out, with->err);
    case NODE_CALL: return intrinsic_eval(t->call, &with->roots, with->scope->rng, out, with->err);
    case NODE_EXPRESSION:
        return asl_expression_eval(t->expression, with->states, with->scope, out, with->err);
    case NODE_ARRAY:
    case NODE_OBJECT: return eval_members(t, with, out);
    }
    return false;
}

bool asl_template_eval(const struct asl_template *t, json input, const struct asl_scope *scope,
                       json *out, struct err *err)
{
    struct evaluation with = {asl_roots(input, scope), json_absent(), scope, err};
    if (t->jsonata && !asl_states_object(input, scope, &with.states, err))
        return false;
    bool ok = eval(t, &with, out);
    json_unref(with.states);
    return ok;
}
