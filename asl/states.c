/* States, one at a time. What a state may have is a table, a row a field; what each type reads is a
 * row a type. To add a field: its row in fields[], and its reader in the type's function. To add a
 * type: enum asl_type, its row in types[].
 *
 * Source of the table: Developer Guide, "Workflow states", and the answers of
 * ValidateStateMachineDefinition for every pair of type and field. */
#include "asl_private.h"

#define T(type) (1u << (type))

enum {
    PASS = T(ASL_PASS),
    TASK = T(ASL_TASK),
    WAIT = T(ASL_WAIT),
    SUCCEED = T(ASL_SUCCEED),
    FAIL = T(ASL_FAIL),
    CHOICE = T(ASL_CHOICE),
    PARALLEL = T(ASL_PARALLEL),
    MAP = T(ASL_MAP),
    ALL = T(ASL_TYPE_COUNT) - 1,
    MOVING = PASS | TASK | WAIT | PARALLEL | MAP, /* have Next or End */
    TRYING = TASK | PARALLEL | MAP                /* have Retry and Catch */
};

enum language { BOTH, JSONPATH, JSONATA };

struct field_row {
    str name;
    unsigned types;
    enum language language;
};

/* clang-format off */
static const struct field_row fields[] = {
    {STR_INIT("Type"),                           ALL,            BOTH},
    {STR_INIT("Comment"),                        ALL,            BOTH},
    {STR_INIT("QueryLanguage"),                  ALL,            BOTH},
    {STR_INIT("InputPath"),                      ALL & ~FAIL,    JSONPATH},
    {STR_INIT("OutputPath"),                     ALL & ~FAIL,    JSONPATH},
    {STR_INIT("Output"),                         ALL & ~FAIL,    JSONATA},
    {STR_INIT("Assign"),                 ALL & ~(FAIL | SUCCEED), BOTH},
    {STR_INIT("ResultPath"),                     TRYING | PASS,  JSONPATH},
    {STR_INIT("Parameters"),                     TRYING | PASS,  JSONPATH},
    {STR_INIT("ResultSelector"),                 TRYING,         JSONPATH},
    {STR_INIT("Arguments"),                      TASK | PARALLEL, JSONATA},
    {STR_INIT("Next"),                           MOVING,         BOTH},
    {STR_INIT("End"),                            MOVING,         BOTH},
    {STR_INIT("Retry"),                          TRYING,         BOTH},
    {STR_INIT("Catch"),                          TRYING,         BOTH},
    {STR_INIT("Result"),                         PASS,           JSONPATH},
    {STR_INIT("Resource"),                       TASK,           BOTH},
    {STR_INIT("Credentials"),                    TASK,           BOTH},
    {STR_INIT("TimeoutSeconds"),                 TASK,           BOTH},
    {STR_INIT("TimeoutSecondsPath"),             TASK,           JSONPATH},
    {STR_INIT("HeartbeatSeconds"),               TASK,           BOTH},
    {STR_INIT("HeartbeatSecondsPath"),           TASK,           JSONPATH},
    {STR_INIT("Seconds"),                        WAIT,           BOTH},
    {STR_INIT("SecondsPath"),                    WAIT,           JSONPATH},
    {STR_INIT("Timestamp"),                      WAIT,           BOTH},
    {STR_INIT("TimestampPath"),                  WAIT,           JSONPATH},
    {STR_INIT("Choices"),                        CHOICE,         BOTH},
    {STR_INIT("Default"),                        CHOICE,         BOTH},
    {STR_INIT("Error"),                          FAIL,           BOTH},
    {STR_INIT("ErrorPath"),                      FAIL,           JSONPATH},
    {STR_INIT("Cause"),                          FAIL,           BOTH},
    {STR_INIT("CausePath"),                      FAIL,           JSONPATH},
    {STR_INIT("Branches"),                       PARALLEL,       BOTH},
    {STR_INIT("ItemProcessor"),                  MAP,            BOTH},
    {STR_INIT("Iterator"),                       MAP,            BOTH},
    {STR_INIT("Items"),                          MAP,            JSONATA},
    {STR_INIT("ItemsPath"),                      MAP,            JSONPATH},
    {STR_INIT("ItemSelector"),                   MAP,            BOTH},
    {STR_INIT("MaxConcurrency"),                 MAP,            BOTH},
    {STR_INIT("MaxConcurrencyPath"),             MAP,            JSONPATH},
    {STR_INIT("ItemReader"),                     MAP,            BOTH},
    {STR_INIT("ItemBatcher"),                    MAP,            BOTH},
    {STR_INIT("ResultWriter"),                   MAP,            BOTH},
    {STR_INIT("Label"),                          MAP,            BOTH},
    {STR_INIT("ToleratedFailureCount"),          MAP,            BOTH},
    {STR_INIT("ToleratedFailureCountPath"),      MAP,            JSONPATH},
    {STR_INIT("ToleratedFailurePercentage"),     MAP,            BOTH},
    {STR_INIT("ToleratedFailurePercentagePath"), MAP,            JSONPATH},
};
/* clang-format on */

static const str languages[] = {STR_INIT("JSONPath"), STR_INIT("JSONata")};

/* A state being read. */
struct reading {
    struct asl_object o;
    struct asl_machine *m;
    struct asl_state *s;
    const struct hashmap *siblings;
};

typedef void read_type(const struct reading *g);

static void read_nothing(const struct reading *g)
{
    (void)g; // InputPath and OutputPath are everyone's
}

static void read_pass(const struct reading *g)
{
    g->s->as.pass.result = asl_field(&g->o, STR("Result"));
}

static void read_fail(const struct reading *g)
{
    asl_field_text(&g->o, STR("Error"), STR("ErrorPath"), &g->s->as.fail.error);
    asl_field_text(&g->o, STR("Cause"), STR("CausePath"), &g->s->as.fail.cause);
}

static void read_wait(const struct reading *g)
{
    static const str ways[] = {STR_INIT("SecondsPath"), STR_INIT("Seconds"),
                               STR_INIT("TimestampPath"), STR_INIT("Timestamp")};
    static const str jsonata_ways[] = {STR_INIT("Seconds"), STR_INIT("Timestamp")};
    struct asl_state *s = g->s;
    if (!(s->jsonata ? asl_fields_exactly_one(&g->o, jsonata_ways, 2)
                     : asl_fields_exactly_one(&g->o, ways, 4)))
        return;
    asl_field_number(&g->o, STR("Seconds"), STR("SecondsPath"), 0, ASL_SECONDS_MAX,
                     ASL_PATH_DEFINITE, &s->as.wait.seconds);
    if (asl_field_path(&g->o, STR("TimestampPath"), ASL_PATH_DEFINITE, &s->as.wait.timestamp_path))
        s->as.wait.kind = ASL_WAIT_TIMESTAMP;
    if (asl_field_expression(&g->o, STR("Timestamp"), &s->as.wait.timestamp_expression)) {
        s->as.wait.kind = ASL_WAIT_TIMESTAMP;
        return;
    }
    if (!asl_field_string(&g->o, STR("Timestamp"), &s->as.wait.timestamp))
        return;
    s->as.wait.kind = ASL_WAIT_TIMESTAMP;
    struct timestamp t;
    struct err err = ERR_INIT;
    if (!timestamp_parse(s->as.wait.timestamp, &t, &err))
        asl_refuse(g->o.r->d, ASL_MEMBER(g->o.at, STR("Timestamp")),
                   "String does not match RFC3339 timestamp");
    err_release(&err);
}

/* "arn:partition:service:region:account:resource", region and account possibly empty. */
static bool looks_like_arn(str text)
{
    str rest = text;
    if (!str_eq(str_cut(&rest, ':'), STR("arn")) || !rest.ptr)
        return false;
    bool named = str_cut(&rest, ':').len > 0 && rest.ptr;     // partition
    named = named && str_cut(&rest, ':').len > 0 && rest.ptr; // service
    for (int i = 0; i < 2 && named; i++) {                    // region, account
        (void)str_cut(&rest, ':');
        named = rest.ptr;
    }
    if (!named || rest.len == 0 || rest.ptr[rest.len - 1] == ':')
        return false;
    static const str never = STR_INIT(" {}\"'#*<>\t\n"); // nor a "${…}" that nobody filled in
    for (size_t i = 0; i < text.len; i++)
        if (str_find_char(never, 0, text.ptr[i]) < never.len)
            return false;
    return true;
}

/* Source: Developer Guide, "Accessing resources in other AWS accounts": RoleArn, a text, a path or
 * a call. ASSUMPTION: other members mean nothing. */
static void read_credentials(const struct reading *g)
{
    static const str known[] = {STR_INIT("RoleArn"), STR_INIT("RoleArn.$")};
    json credentials = asl_field(&g->o, STR("Credentials"));
    if (json_is_absent(credentials))
        return;
    const struct asl_object o = {g->o.r, credentials, ASL_MEMBER(g->o.at, STR("Credentials"))};
    if (!asl_expect_object(o.r, o.written, o.at))
        return;
    if (!asl_field_has(&o, known[0]) && !asl_field_has(&o, known[1]))
        asl_refuse(o.r->d, o.at, "The field 'RoleArn' is required but was missing");
    else
        asl_field_text(&o, known[0], known[1], &g->s->as.task.role_arn);
}

/* Has the text "${name}", to be filled in by CloudFormation or the like, and no "${" without its
 * end? */
static bool has_placeholder(str text)
{
    bool some = false;
    for (size_t i = 0; i + 1 < text.len; i++) {
        if (text.ptr[i] != '$' || text.ptr[i + 1] != '{')
            continue;
        size_t end = str_find_char(text, i, '}');
        if (end >= text.len || end == i + 2)
            return false;
        some = true;
        i = end;
    }
    return some;
}

/* Gives Arguments as Parameters would be written: "a": "{% … %}" becomes "a.$". */
static json known_arguments(json arguments)
{
    if (arguments.kind != JSON_OBJECT)
        return json_ref(arguments);
    json known = json_object(json_len(arguments));
    for (size_t i = 0; i < json_len(arguments); i++) {
        json value = json_value_at(arguments, i);
        str key = json_key_at(arguments, i);
        json name = asl_is_expression(value) ? json_printf("%.*s.$", STR_ARG(key)) : json_absent();
        json_build_put(&known, json_is_absent(name) ? key : json_str(name),
                       asl_is_expression(value) ? json_ref(value) : known_arguments(value));
        json_unref(name);
    }
    return known;
}

static void read_task(const struct reading *g)
{
    static const str required[] = {STR_INIT("Resource")};
    const struct asl_object *o = &g->o;
    struct asl_state *s = g->s;
    const struct asl_options *options = g->m->options;
    asl_field_number(o, STR("TimeoutSeconds"), STR("TimeoutSecondsPath"), 1, ASL_SECONDS_MAX,
                     ASL_PATH_DEFINITE, &s->as.task.timeout_s);
    asl_field_number(o, STR("HeartbeatSeconds"), STR("HeartbeatSecondsPath"), 1, ASL_SECONDS_MAX,
                     ASL_PATH_DEFINITE, &s->as.task.heartbeat_s);
    const struct asl_number *timeout = &s->as.task.timeout_s;
    const struct asl_number *heartbeat = &s->as.task.heartbeat_s;
    if (timeout->given && !timeout->path && !timeout->expression && heartbeat->given &&
        !heartbeat->path && !heartbeat->expression && heartbeat->value >= timeout->value)
        asl_refuse(o->r->d, o->at, "HeartbeatSeconds must be smaller than TimeoutSeconds");
    read_credentials(g);

    if (!asl_fields_required(o, required, 1) ||
        !asl_field_string(o, STR("Resource"), &s->as.task.resource))
        return;
    if (options->placeholders && has_placeholder(s->as.task.resource)) {
        struct buf at;
        buf_init(&at, ASL_TEXT_MAX_BYTES);
        asl_place_print(ASL_MEMBER(o->at, STR("Resource")), &at);
        asl_diagnostic_add(o->r->d, ASL_WARNING, "SCHEMA_VALIDATION_FAILED", buf_str(&at),
                           "The resource '%.*s' has a placeholder that is not filled in",
                           STR_ARG(s->as.task.resource));
        buf_release(&at);
        return;
    }
    if (!looks_like_arn(s->as.task.resource)) {
        asl_refuse(o->r->d, ASL_MEMBER(o->at, STR("Resource")),
                   "Value is not a valid resource ARN");
        return;
    }
    if (!options->resource_check)
        return;
    struct buf location;
    buf_init(&location, ASL_TEXT_MAX_BYTES);
    asl_place_print(o->at, &location);
    json parameters = s->jsonata ? known_arguments(asl_field(o, STR("Arguments")))
                                 : json_ref(asl_field(o, STR("Parameters")));
    if (!asl_is_expression(parameters)) // else nothing is known of them
        options->resource_check(options->context, s->as.task.resource, parameters, options->express,
                                buf_str(&location), o->r->d);
    json_unref(parameters);
    buf_release(&location);
}

/* Output and Assign, of a state and of a choice. $states.result is there for what has one. */
static void read_exit(const struct asl_object *o, bool has_result, struct asl_exit *exit)
{
    o->r->has_result = has_result;
    if (o->r->jsonata)
        asl_field_template(o, STR("Output"), &exit->output);
    asl_assign_read(o, &exit->assign);
    o->r->has_result = false;
}

static void read_choice(const struct reading *g)
{
    static const str required[] = {STR_INIT("Choices")};
    const struct asl_object *o = &g->o;
    str fallback;
    if (asl_field_string(o, STR("Default"), &fallback))
        g->s->as.choice.fallback = hashmap_find(g->siblings, fallback);
    json list;
    if (!asl_fields_required(o, required, 1) || !asl_field_array(o, STR("Choices"), false, &list))
        return;
    size_t n = json_len(list);
    struct asl_choice *choices = asl_alloc(o->r, n, sizeof(*choices));
    if (!choices)
        return;
    for (size_t i = 0; i < n; i++) {
        static const str next_required[] = {STR_INIT("Next")};
        const struct asl_object rule = {o->r, json_at(list, i),
                                        ASL_ELEMENT(ASL_MEMBER(o->at, STR("Choices")), i)};
        choices[i].rule = asl_rule_read(o->r, rule.written, rule.at, false);
        str next;
        if (rule.written.kind == JSON_OBJECT && asl_fields_required(&rule, next_required, 1) &&
            asl_field_string(&rule, STR("Next"), &next))
            choices[i].next = hashmap_find(g->siblings, next);
        if (rule.written.kind == JSON_OBJECT)
            read_exit(&rule, false, &choices[i].exit);
    }
    g->s->as.choice.choices = choices;
    g->s->as.choice.count = n;
}

static void read_parallel(const struct reading *g)
{
    static const str required[] = {STR_INIT("Branches")};
    const struct asl_object *o = &g->o;
    json list;
    if (!asl_fields_required(o, required, 1) || !asl_field_array(o, STR("Branches"), false, &list))
        return;
    size_t n = json_len(list);
    const struct asl_block **branches = asl_alloc(o->r, n, sizeof(struct asl_block *));
    if (!branches)
        return;
    const struct asl_place *at = ASL_MEMBER(o->at, STR("Branches"));
    for (size_t i = 0; i < n; i++)
        branches[i] = asl_block_read(g->m, json_at(list, i), ASL_ELEMENT(at, i), ASL_BLOCK_BRANCH);
    g->s->as.parallel.branches = branches;
    g->s->as.parallel.count = n;
}

static void read_processor(const struct reading *g)
{
    static const str names[] = {STR_INIT("ItemProcessor"), STR_INIT("Iterator")};
    if (!asl_fields_exactly_one(&g->o, names, 2))
        return;
    bool old = asl_field_has(&g->o, names[1]);
    g->s->as.map.processor =
        asl_block_read(g->m, asl_field(&g->o, names[old]), ASL_MEMBER(g->o.at, names[old]),
                       old ? ASL_BLOCK_ITERATOR : ASL_BLOCK_PROCESSOR);
}

/* The fields of the distributed mode are checked whatever the mode is. Source: measured: an
 * ItemReader without it is accepted at creation. ASSUMPTION: then they have no effect. */
static void read_distributed(const struct reading *g)
{
    struct asl_state *s = g->s;
    const struct asl_block *processor = s->as.map.processor;
    const struct asl_distributed *d = asl_distributed_read(&g->o, processor && processor->express);
    if (!processor || !processor->distributed)
        return;
    s->as.map.distributed = d;
    // ASSUMPTION: the text; the rule is documented: a child's parent must be STANDARD.
    if (g->m->options->express)
        asl_refuse(g->o.r->d, ASL_MEMBER(g->o.at, STR("ItemProcessor")),
                   "Express state machine does not support distributed Map states");
}

/* Items that are no expression: an array, which may have some in it.
 * ASSUMPTION: an object too is taken, and refused when the state runs, as recorded. */
static void read_items(const struct reading *g)
{
    json items = asl_field(&g->o, STR("Items"));
    if (json_is_absent(items) || json_is_container(items))
        asl_field_template(&g->o, STR("Items"), &g->s->as.map.items);
    else
        asl_refuse(g->o.r->d, ASL_MEMBER(g->o.at, STR("Items")), "Expected value of type [ARRAY]");
}

static void read_map(const struct reading *g)
{
    static const str selectors[] = {STR_INIT("ItemSelector"), STR_INIT("Parameters")};
    const struct asl_object *o = &g->o;
    struct asl_state *s = g->s;
    (void)asl_field_path(o, STR("ItemsPath"), ASL_PATH_DEFINITE, &s->as.map.items_path);
    if (s->jsonata && !asl_field_expression(o, STR("Items"), &s->as.map.items_expression))
        read_items(g);
    asl_field_number(o, STR("MaxConcurrency"), STR("MaxConcurrencyPath"), 0, INT64_MAX,
                     ASL_PATH_DEFINITE | ASL_PATH_INPUT_ONLY, &s->as.map.max_concurrency);
    if (asl_fields_at_most_one(o, selectors, 2)) {
        asl_field_template(o, selectors[0], &s->as.map.item_selector);
        asl_field_template(o, selectors[1], &s->as.map.item_selector);
    }
    read_processor(g);
    read_distributed(g);
}

/* In the order of enum asl_type, which is AWS's in its text about Type. */
static const struct {
    str name;
    read_type *read;
} types[ASL_TYPE_COUNT] = {
    [ASL_TASK] = {STR_INIT("Task"),     read_task    },
    [ASL_WAIT] = {STR_INIT("Wait"),     read_wait    },
    [ASL_PASS] = {STR_INIT("Pass"),     read_pass    },
    [ASL_SUCCEED] = {STR_INIT("Succeed"),  read_nothing },
    [ASL_FAIL] = {STR_INIT("Fail"),     read_fail    },
    [ASL_CHOICE] = {STR_INIT("Choice"),   read_choice  },
    [ASL_PARALLEL] = {STR_INIT("Parallel"), read_parallel},
    [ASL_MAP] = {STR_INIT("Map"),      read_map     },
};

str asl_type_name(enum asl_type type)
{
    return types[type].name;
}

/* Next or End. */
static void read_transition(const struct reading *g)
{
    static const str ways[] = {STR_INIT("Next"), STR_INIT("End")};
    const struct asl_object *o = &g->o;
    bool end = false;
    str next = STR_NONE;
    bool end_right = !asl_field_has(o, ways[1]) || asl_field_bool(o, ways[1], &end);
    bool has_next = asl_field_has(o, ways[0]);
    if (asl_field_string(o, ways[0], &next))
        g->s->next = hashmap_find(g->siblings, next);
    if (has_next && end)
        (void)asl_fields_at_most_one(o, ways, 2);
    else if (!has_next && !end && end_right)
        asl_refuse(o->r->d, o->at,
                   "This object should have only one of the following fields: [Next, End]");
}

/* The fields that many types have. Those a type or language has not got were reported. */
static void read_common(const struct reading *g)
{
    struct asl_state *s = g->s;
    if (s->type != ASL_FAIL)
        read_exit(&g->o, T(s->type) & TRYING, &s->exit);
    if (s->jsonata) {
        if (T(s->type) & (TASK | PARALLEL))
            asl_field_template(&g->o, STR("Arguments"), &s->parameters);
        if (T(s->type) & TRYING) {
            asl_retry_read(&g->o, s);
            asl_catch_read(&g->o, g->siblings, s);
        }
        return;
    }
    asl_field_path_or_null(&g->o, STR("InputPath"), ASL_PATH_ANY, &s->input_path);
    asl_field_path_or_null(&g->o, STR("OutputPath"), ASL_PATH_ANY, &s->output_path);
    if (!(T(s->type) & (TRYING | PASS)))
        return;
    asl_field_path_or_null(&g->o, STR("ResultPath"), ASL_PATH_REFERENCE, &s->result_path);
    if (s->type != ASL_MAP)
        asl_field_template(&g->o, STR("Parameters"), &s->parameters);
    if (!(T(s->type) & TRYING))
        return;
    asl_field_template(&g->o, STR("ResultSelector"), &s->result_selector);
    asl_retry_read(&g->o, s);
    asl_catch_read(&g->o, g->siblings, s);
}

static const struct field_row *find_field(str name)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++)
        if (str_eq(fields[i].name, name))
            return &fields[i];
    return NULL;
}

/* Reports what the type or the language has not got. */
static void check_fields(const struct reading *g, bool jsonata, bool check_language)
{
    struct asl_diagnostics *d = g->o.r->d;
    for (size_t i = 0; i < json_len(g->o.written); i++) {
        str key = json_key_at(g->o.written, i);
        const struct field_row *f = find_field(key);
        enum language other = jsonata ? JSONPATH : JSONATA;
        if (!f || !(f->types & T(g->s->type)))
            asl_refuse(d, g->o.at, "Field '%.*s' is not supported", STR_ARG(key));
        else if (f->language == other && check_language)
            asl_refuse(d, g->o.at,
                       "The QueryLanguage is set to '%.*s', but field '%.*s' is only supported for "
                       "the '%.*s' QueryLanguage",
                       STR_ARG(languages[jsonata]), STR_ARG(key), STR_ARG(languages[!jsonata]));
    }
}

bool asl_is_jsonata(const struct asl_object *o, bool outer)
{
    json language = asl_field(o, STR("QueryLanguage"));
    return json_is_absent(language) ? outer : !str_eq(json_str(language), languages[0]);
}

void asl_query_language_check(const struct asl_object *o)
{
    size_t language;
    (void)asl_field_choice(o, STR("QueryLanguage"), languages, 2, &language);
}

static bool read_state_type(const struct asl_object *o, enum asl_type *out)
{
    static const str required[] = {STR_INIT("Type")};
    str name;
    if (!asl_fields_required(o, required, 1) || !asl_field_string(o, STR("Type"), &name))
        return false;
    for (int i = 0; i < ASL_TYPE_COUNT; i++) {
        if (str_eq(types[i].name, name)) {
            *out = (enum asl_type)i;
            return true;
        }
    }
    asl_refuse(
        o->r->d, ASL_MEMBER(o->at, STR("Type")),
        "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, "
        "Choice, Parallel, Map]");
    return false;
}

void asl_state_read(const struct asl_object *o, struct asl_machine *m,
                    const struct hashmap *siblings, struct asl_state *s)
{
    const struct reading g = {*o, m, s, siblings};
    struct asl_reader *r = o->r;
    str comment;
    (void)asl_field_string(o, STR("Comment"), &comment);
    if (!read_state_type(o, &s->type))
        return;
    bool jsonata = asl_is_jsonata(o, m->jsonata);
    bool downgrade = m->jsonata && !jsonata;
    check_fields(&g, jsonata, !downgrade);
    if (downgrade)
        asl_refuse(r->d, o->at,
                   "'QueryLanguage' can not be 'JSONPath' if set to 'JSONata' for whole state "
                   "machine");
    else
        asl_query_language_check(o);
    r->uses_context = false;
    r->jsonata = s->jsonata = jsonata;
    r->state = o->at;
    if (T(s->type) & MOVING)
        read_transition(&g);
    read_common(&g);
    types[s->type].read(&g);
    s->uses_context = r->uses_context;
    asl_note_references(r, s->name);
}
