/* Choice rules. Every comparison is a row of one table: the type both sides must have, and which
 * orders (less, equal, greater) make it true; or a test of the value's type. A row's name followed
 * by "Path" takes its right side from the input, when the row says so.
 *
 * Typing is strict: values of another type than the operator's compare as nothing, so the rule is
 * false. StringMatches is compiled to its literal pieces: the first must begin the text, the last
 * end it, and each between is searched leftmost, which is linear. */
#include "asl/choice.h"

#include "asl_private.h"

enum order { ORDER_NONE = 0, LESS = 1, EQUAL = 2, GREATER = 4 };

enum operand { STRING, NUMBER, BOOLEAN, TIMESTAMP, PATTERN, TEST };

typedef bool test(json value); /* value is ABSENT when the path leads nowhere */

struct operator_row {
    str name;
    enum operand operand;
    unsigned orders; /* of a comparison */
    bool path;       /* has a …Path form */
    test *test;      /* of TEST */
};

enum rule_kind { RULE_COMPARE, RULE_AND, RULE_OR, RULE_NOT, RULE_CONDITION };

struct asl_rule {
    enum rule_kind kind;
    bool uses_context;
    const struct asl_rule *const *rules; /* AND, OR; NOT has one */
    size_t rules_count;
    const struct operator_row *op;
    const struct jsonpath *variable;
    const struct jsonpath *operand_path; /* NULL: a constant */
    json operand;                        /* lent by the definition */
    struct timestamp timestamp;          /* of TIMESTAMP, constant */
    const str *pieces;                   /* of PATTERN: between the stars */
    size_t pieces_count;
    bool open_escape; /* of PATTERN: a backslash before neither '*' nor '\\' */
    const struct asl_expression *condition; /* of CONDITION; NULL: what always says is */
    bool always;
};

static bool is_null(json v)
{
    return v.kind == JSON_NULL;
}
static bool is_present(json v)
{
    return !json_is_absent(v);
}
static bool is_numeric(json v)
{
    return json_is_number(v);
}
static bool is_string(json v)
{
    return v.kind == JSON_STRING;
}
static bool is_boolean(json v)
{
    return json_is_bool(v);
}
static bool is_timestamp(json v)
{
    struct err err = ERR_INIT;
    struct timestamp t;
    bool ok = v.kind == JSON_STRING && timestamp_parse(json_str(v), &t, &err);
    err_release(&err);
    return ok;
}

/* clang-format off */
static const struct operator_row rows[] = {
    {STR_INIT("StringEquals"),               STRING,    EQUAL,           true,  NULL},
    {STR_INIT("StringLessThan"),             STRING,    LESS,            true,  NULL},
    {STR_INIT("StringGreaterThan"),          STRING,    GREATER,         true,  NULL},
    {STR_INIT("StringLessThanEquals"),       STRING,    LESS | EQUAL,    true,  NULL},
    {STR_INIT("StringGreaterThanEquals"),    STRING,    GREATER | EQUAL, true,  NULL},
    {STR_INIT("StringMatches"),              PATTERN,   EQUAL,           false, NULL},
    {STR_INIT("NumericEquals"),              NUMBER,    EQUAL,           true,  NULL},
    {STR_INIT("NumericLessThan"),            NUMBER,    LESS,            true,  NULL},
    {STR_INIT("NumericGreaterThan"),         NUMBER,    GREATER,         true,  NULL},
    {STR_INIT("NumericLessThanEquals"),      NUMBER,    LESS | EQUAL,    true,  NULL},
    {STR_INIT("NumericGreaterThanEquals"),   NUMBER,    GREATER | EQUAL, true,  NULL},
    {STR_INIT("BooleanEquals"),              BOOLEAN,   EQUAL,           true,  NULL},
    {STR_INIT("TimestampEquals"),            TIMESTAMP, EQUAL,           true,  NULL},
    {STR_INIT("TimestampLessThan"),          TIMESTAMP, LESS,            true,  NULL},
    {STR_INIT("TimestampGreaterThan"),       TIMESTAMP, GREATER,         true,  NULL},
    {STR_INIT("TimestampLessThanEquals"),    TIMESTAMP, LESS | EQUAL,    true,  NULL},
    {STR_INIT("TimestampGreaterThanEquals"), TIMESTAMP, GREATER | EQUAL, true,  NULL},
    {STR_INIT("IsNull"),                     TEST,      0,               false, is_null},
    {STR_INIT("IsPresent"),                  TEST,      0,               false, is_present},
    {STR_INIT("IsNumeric"),                  TEST,      0,               false, is_numeric},
    {STR_INIT("IsString"),                   TEST,      0,               false, is_string},
    {STR_INIT("IsBoolean"),                  TEST,      0,               false, is_boolean},
    {STR_INIT("IsTimestamp"),                TEST,      0,               false, is_timestamp},
};
/* clang-format on */

enum { ROWS = sizeof(rows) / sizeof(rows[0]) };

static const struct operator_row *find_operator(str name, bool *path)
{
    for (size_t i = 0; i < ROWS; i++) {
        *path = rows[i].path && str_starts(name, rows[i].name) &&
                str_eq(str_skip(name, rows[i].name.len), STR("Path"));
        if (*path || str_eq(name, rows[i].name))
            return &rows[i];
    }
    return NULL;
}

/* -- reading -- */

/* Splits a pattern at its stars; "\*" and "\\" stand for themselves. Any other backslash is an open
 * one, which fails the state that meets the rule. Source: the specification, "Data-test
 * expressions", StringMatches: "the interpreter will throw a runtime error". */
static bool read_pattern(struct asl_reader *r, str pattern, struct asl_rule *rule)
{
    size_t stars = 0;
    for (size_t i = 0; i < pattern.len; i++)
        stars += pattern.ptr[i] == '*';
    str *pieces = asl_alloc(r, stars + 1, sizeof(*pieces));
    char *text = asl_alloc(r, pattern.len, 1);
    if (!pieces || !text)
        return false;
    size_t len = 0;
    size_t from = 0;
    size_t count = 0;
    for (size_t i = 0; i < pattern.len; i++) {
        char c = pattern.ptr[i];
        if (c == '*') {
            pieces[count++] = (str){text + from, len - from};
            from = len;
            continue;
        }
        bool escapes = c == '\\' && i + 1 < pattern.len &&
                       (pattern.ptr[i + 1] == '*' || pattern.ptr[i + 1] == '\\');
        rule->open_escape |= c == '\\' && !escapes;
        if (escapes)
            c = pattern.ptr[++i];
        text[len++] = c;
    }
    pieces[count++] = (str){text + from, len - from};
    rule->pieces = pieces;
    rule->pieces_count = count;
    return true;
}

static bool read_reference(struct asl_reader *r, json written, const struct asl_place *at,
                           const struct jsonpath **out)
{
    if (written.kind != JSON_STRING) {
        asl_refuse(r->d, at, "Expected value of type [STRING]");
        return false;
    }
    str text = json_str(written);
    if (text.len == 0 || text.ptr[0] != '$') {
        asl_refuse(r->d, at, "Value is not a Reference Path: Reference path didn't start with '$'");
        return false;
    }
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    bool ok = jsonpath_parse(r->arena, text, &p, &err);
    if (!ok && err.id == ERR_NO_MEMORY)
        r->out_of_memory = true;
    else if (!ok)
        asl_refuse(r->d, at, "Value is not a Reference Path: %.*s", STR_ARG(err_text(&err)));
    else if (!(ok = jsonpath_is_definite(p)))
        asl_refuse(r->d, at, "Value is not a Reference Path");
    err_release(&err);
    if (ok) {
        r->uses_context |= jsonpath_uses_context(p);
        if (jsonpath_variable(p).ptr)
            asl_note_variable(r, jsonpath_variable(p));
        *out = p;
    }
    return ok;
}

/* The constant right side. */
static bool read_operand(struct asl_reader *r, json written, const struct asl_place *at,
                         struct asl_rule *rule)
{
    rule->operand = written;
    const char *wanted = NULL;
    switch (rule->op->operand) {
    case NUMBER: wanted = json_is_number(written) ? NULL : "[NUMBER]"; break;
    case TEST:
    case BOOLEAN: wanted = json_is_bool(written) ? NULL : "[BOOLEAN]"; break;
    case STRING:
    case PATTERN:
    case TIMESTAMP: wanted = written.kind == JSON_STRING ? NULL : "[STRING]"; break;
    }
    if (wanted) {
        asl_refuse(r->d, at, "Expected value of type %s", wanted);
        return false;
    }
    if (rule->op->operand == PATTERN)
        return read_pattern(r, json_str(written), rule);
    if (rule->op->operand != TIMESTAMP)
        return true;
    struct err err = ERR_INIT;
    bool ok = timestamp_parse(json_str(written), &rule->timestamp, &err);
    if (!ok)
        asl_refuse(r->d, at, "String does not match RFC3339 timestamp");
    err_release(&err);
    return ok;
}

static bool refuse_operator_count(const struct asl_object *o)
{
    struct buf names;
    buf_init(&names, 4096);
    for (size_t i = 0; i < ROWS; i++) {
        buf_printf(&names, "%s%.*s", i ? ", " : "", STR_ARG(rows[i].name));
        if (rows[i].path)
            buf_printf(&names, ", %.*sPath", STR_ARG(rows[i].name));
    }
    asl_refuse(o->r->d, o->at, "There should only be one of the following fields: [%.*s]",
               STR_ARG(buf_str(&names)));
    buf_release(&names);
    return false;
}

static bool read_comparison(const struct asl_object *o, struct asl_rule *rule)
{
    size_t found = 0;
    bool ok = true;
    for (size_t i = 0; i < json_len(o->written); i++) {
        str key = json_key_at(o->written, i);
        json value = json_value_at(o->written, i);
        const struct asl_place *at = ASL_MEMBER(o->at, key);
        bool path;
        const struct operator_row *op = find_operator(key, &path);
        if (!op || found++ > 0)
            continue;
        rule->op = op;
        ok = path ? read_reference(o->r, value, at, &rule->operand_path)
                  : read_operand(o->r, value, at, rule);
    }
    if (found != 1)
        return refuse_operator_count(o);
    return read_reference(o->r, asl_field(o, STR("Variable")), ASL_MEMBER(o->at, STR("Variable")),
                          &rule->variable) &&
           ok;
}

static struct asl_rule *read_rule(struct asl_reader *r, json written, const struct asl_place *at,
                                  bool nested, unsigned depth);

static bool read_list(const struct asl_object *o, str name, struct asl_rule *rule, unsigned depth)
{
    json list;
    if (!asl_field_array(o, name, false, &list))
        return false;
    size_t n = json_len(list);
    const struct asl_rule **rules = asl_alloc(o->r, n, sizeof(struct asl_rule *));
    if (!rules)
        return false;
    bool ok = true;
    for (size_t i = 0; i < n; i++) {
        rules[i] = read_rule(o->r, json_at(list, i), ASL_ELEMENT(ASL_MEMBER(o->at, name), i), true,
                             depth + 1);
        ok = ok && rules[i];
    }
    rule->rules = rules;
    rule->rules_count = n;
    return ok;
}

static bool read_not(const struct asl_object *o, struct asl_rule *rule, unsigned depth)
{
    const struct asl_rule **rules = asl_alloc(o->r, 1, sizeof(struct asl_rule *));
    if (!rules)
        return false;
    rules[0] =
        read_rule(o->r, asl_field(o, STR("Not")), ASL_MEMBER(o->at, STR("Not")), true, depth + 1);
    rule->rules = rules;
    rule->rules_count = 1;
    return rules[0];
}

/* Reports fields that no rule of this kind has. */
static bool fields_fit(const struct asl_object *o, bool nested)
{
    static const str known[] = {STR_INIT("Variable"), STR_INIT("And"), STR_INIT("Or"),
                                STR_INIT("Not"), STR_INIT("Comment")};
    size_t before = o->r->d->errors;
    for (size_t i = 0; i < json_len(o->written); i++) {
        str key = json_key_at(o->written, i);
        bool path;
        if (find_operator(key, &path) || (!nested && str_eq(key, STR("Next"))) ||
            asl_is_one_of(key, known, sizeof(known) / sizeof(known[0])))
            continue;
        if (!nested && str_eq(key, STR("Assign")))
            continue;
        if (str_eq(key, STR("Condition")) || str_eq(key, STR("Output")))
            asl_refuse_other_language(o, key);
        else
            asl_refuse(o->r->d, o->at, "Field '%.*s' is not supported", STR_ARG(key));
    }
    str comment;
    (void)asl_field_string(o, STR("Comment"), &comment);
    return o->r->d->errors == before;
}

static struct asl_rule *read_rule(struct asl_reader *r, json written, const struct asl_place *at,
                                  bool nested, unsigned depth)
{
    static const str kinds[] = {STR_INIT("Variable"), STR_INIT("And"), STR_INIT("Or"),
                                STR_INIT("Not")};
    const struct asl_object o = {r, written, at};
    if (depth > ASL_RULE_DEPTH_MAX) {
        asl_refuse(r->d, at, "Choice rules are nested deeper than %d", ASL_RULE_DEPTH_MAX);
        return NULL;
    }
    if (!asl_expect_object(r, written, at))
        return NULL;
    bool ok = fields_fit(&o, nested);
    size_t found = 0;
    size_t kind = 0;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (!asl_field_has(&o, kinds[i]))
            continue;
        kind = i;
        found++;
    }
    if (found != 1) {
        asl_refuse(r->d, at,
                   "The object must have only one of the following fields, [And, Or, Not, "
                   "Variable, Condition]");
        return NULL;
    }
    struct asl_rule *rule = asl_alloc(r, 1, sizeof(*rule));
    if (!rule)
        return NULL;
    static const enum rule_kind rule_kinds[] = {RULE_COMPARE, RULE_AND, RULE_OR, RULE_NOT};
    rule->kind = rule_kinds[kind];
    if (rule->kind == RULE_COMPARE)
        ok = read_comparison(&o, rule) && ok;
    else if (rule->kind == RULE_NOT)
        ok = read_not(&o, rule, depth) && ok;
    else
        ok = read_list(&o, kinds[kind], rule, depth) && ok;
    return ok ? rule : NULL;
}

/* A rule of a JSONata state. */
static struct asl_rule *read_condition(struct asl_reader *r, json written,
                                       const struct asl_place *at)
{
    static const str known[] = {STR_INIT("Condition"), STR_INIT("Next"), STR_INIT("Assign"),
                                STR_INIT("Output"), STR_INIT("Comment")};
    const struct asl_object o = {r, written, at};
    size_t before = r->d->errors;
    if (!asl_expect_object(r, written, at))
        return NULL;
    for (size_t i = 0; i < json_len(written); i++) {
        str key = json_key_at(written, i);
        bool path;
        if (asl_is_one_of(key, known, sizeof(known) / sizeof(known[0])))
            continue;
        if (find_operator(key, &path) || str_eq(key, STR("Variable")) || str_eq(key, STR("And")) ||
            str_eq(key, STR("Or")) || str_eq(key, STR("Not")))
            asl_refuse_other_language(&o, key);
        else
            asl_refuse(r->d, at, "Field '%.*s' is not supported", STR_ARG(key));
    }
    struct asl_rule *rule = asl_alloc(r, 1, sizeof(*rule));
    if (!rule || !asl_fields_required(&o, known, 1))
        return NULL;
    rule->kind = RULE_CONDITION;
    if (!asl_field_expression(&o, known[0], &rule->condition))
        (void)asl_field_bool(&o, known[0], &rule->always);
    return r->d->errors == before ? rule : NULL;
}

const struct asl_rule *asl_rule_read(struct asl_reader *r, json written, const struct asl_place *at,
                                     bool nested)
{
    bool outside = r->uses_context;
    r->uses_context = false;
    struct asl_rule *rule =
        r->jsonata ? read_condition(r, written, at) : read_rule(r, written, at, nested, 0);
    if (rule)
        rule->uses_context = r->uses_context;
    r->uses_context |= outside;
    return rule;
}

bool asl_rule_parse(struct arena *a, json written, str location, bool nested,
                    const struct asl_rule **out, struct asl_diagnostics *d)
{
    struct asl_reader r = {.arena = a, .d = d};
    const struct asl_rule *rule = asl_rule_read(&r, written, ASL_MEMBER(NULL, location), nested);
    hashmap_free(r.references);
    if (!rule && r.out_of_memory)
        asl_refuse(d, NULL, "The rule is too large");
    if (!rule)
        return false;
    *out = rule;
    return true;
}

bool asl_rule_uses_context(const struct asl_rule *r)
{
    return r->uses_context;
}

/* -- evaluating -- */

static enum order order_of(int sign)
{
    return sign < 0 ? LESS : sign > 0 ? GREATER : EQUAL;
}

/* AWS compares as Java does, by UTF-16 code units: a code point above U+FFFF begins with a
 * surrogate and so comes before U+E000. */
static enum order compare_strings(str a, str b)
{
    size_t i = 0;
    while (i < a.len && i < b.len && a.ptr[i] == b.ptr[i])
        i++;
    if (i == a.len || i == b.len)
        return order_of((a.len > b.len) - (a.len < b.len));
    unsigned char x = (unsigned char)a.ptr[i];
    unsigned char y = (unsigned char)b.ptr[i];
    // UTF-8 orders by code point. Only a lead byte of U+E000…U+FFFF (0xEE, 0xEF) against one of
    // four bytes (0xF0 and up) is the other way round in UTF-16.
    bool x_above = x >= 0xF0;
    bool y_above = y >= 0xF0;
    bool x_high = x == 0xEE || x == 0xEF;
    bool y_high = y == 0xEE || y == 0xEF;
    if ((x_above && y_high) || (x_high && y_above))
        return x_above ? LESS : GREATER;
    return x < y ? LESS : GREATER;
}

static enum order compare_numbers(json a, json b)
{
    if (a.kind == JSON_INTEGER && b.kind == JSON_INTEGER)
        return order_of((a.as.integer > b.as.integer) - (a.as.integer < b.as.integer));
    if (json_equal(a, b))
        return EQUAL;
    double x = json_to_double(a);
    double y = json_to_double(b);
    return order_of((x > y) - (x < y));
}

static bool to_timestamp(json v, struct timestamp *out)
{
    struct err err = ERR_INIT;
    bool ok = v.kind == JSON_STRING && timestamp_parse(json_str(v), out, &err);
    err_release(&err);
    return ok;
}

static bool matches_pattern(const struct asl_rule *r, str text)
{
    str first = r->pieces[0];
    str last = r->pieces[r->pieces_count - 1];
    if (r->pieces_count == 1)
        return str_eq(text, first);
    if (text.len < first.len + last.len || !str_starts(text, first) || !str_ends(text, last))
        return false;
    str rest = str_sub(text, first.len, text.len - first.len - last.len);
    for (size_t i = 1; i + 1 < r->pieces_count; i++) {
        str piece = r->pieces[i];
        if (piece.len == 0)
            continue;
        const char *found = rest.ptr ? memmem(rest.ptr, rest.len, piece.ptr, piece.len) : NULL;
        if (!found)
            return false;
        rest = str_skip(rest, (size_t)(found - rest.ptr) + piece.len);
    }
    return true;
}

static enum order compare(const struct asl_rule *r, json left, json right)
{
    struct timestamp a;
    struct timestamp b = r->timestamp;
    switch (r->op->operand) {
    case STRING:
        if (left.kind == JSON_STRING && right.kind == JSON_STRING)
            return compare_strings(json_str(left), json_str(right));
        break;
    case NUMBER:
        if (json_is_number(left) && json_is_number(right))
            return compare_numbers(left, right);
        break;
    case BOOLEAN:
        if (json_is_bool(left) && json_is_bool(right) && left.kind == right.kind)
            return EQUAL;
        break;
    case TIMESTAMP:
        if (to_timestamp(left, &a) && (!r->operand_path || to_timestamp(right, &b)))
            return order_of(timestamp_cmp(a, b));
        break;
    case PATTERN:
        if (left.kind == JSON_STRING && matches_pattern(r, json_str(left)))
            return EQUAL;
        break;
    case TEST: break; // evaluated by its row's test
    }
    return ORDER_NONE;
}

static bool leads_nowhere(const struct jsonpath *p, struct err *err)
{
    return err_set(err, ERR_STATES_RUNTIME,
                   "Invalid path '%.*s': The choice state's condition path references an invalid "
                   "value.",
                   STR_ARG(jsonpath_text(p)));
}

static bool evaluate_comparison(const struct asl_rule *r, const struct jsonpath_roots *roots,
                                bool *out, struct err *err)
{
    // ASSUMPTION: this comes first in a test of presence too.
    if (!asl_path_applies(r->variable, roots->input, err) ||
        (r->operand_path && !asl_path_applies(r->operand_path, roots->input, err)))
        return false;
    json left = jsonpath_lend(r->variable, roots);
    bool test_of_presence = r->op->test == is_present;
    if (json_is_absent(left) && !test_of_presence)
        return leads_nowhere(r->variable, err);
    if (r->op->operand == TEST) {
        *out = r->op->test(left) == (r->operand.kind == JSON_TRUE);
        return true;
    }
    json right = r->operand_path ? jsonpath_lend(r->operand_path, roots) : r->operand;
    if (json_is_absent(right))
        return leads_nowhere(r->operand_path, err);
    if (r->open_escape) // ASSUMPTION: the sentence is ours, and the value's type does not matter.
        return err_set(err, ERR_STATES_RUNTIME,
                       "Open escape backslash found in the StringMatches string '%.*s'.",
                       STR_ARG(json_str(right)));
    *out = (compare(r, left, right) & r->op->orders) != 0;
    return true;
}

static bool evaluate(const struct asl_rule *r, const struct jsonpath_roots *roots, bool *out,
                     struct err *err)
{
    if (r->kind == RULE_COMPARE)
        return evaluate_comparison(r, roots, out, err);
    bool stop_at = r->kind == RULE_OR; // And stops at the first false, Or at the first true
    bool value = !stop_at;
    for (size_t i = 0; i < r->rules_count && value != stop_at; i++)
        if (!evaluate(r->rules[i], roots, &value, err))
            return false;
    *out = r->kind == RULE_NOT ? !value : value;
    return true;
}

bool asl_rule_matches(const struct asl_rule *r, json input, const struct asl_scope *scope,
                      bool *out, struct err *err)
{
    const struct jsonpath_roots roots = asl_roots(input, scope);
    json condition;
    if (r->kind != RULE_CONDITION)
        return evaluate(r, &roots, out, err);
    *out = r->always;
    if (!r->condition)
        return true;
    if (!asl_expression_eval_as(r->condition, ASL_BOOLEAN, input, scope, &condition, err))
        return false;
    *out = condition.kind == JSON_TRUE; // simple: nothing to release
    return true;
}
