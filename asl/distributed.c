/* What a Map state in DISTRIBUTED mode has besides: read, checked, evaluated.
 *
 * Source: Developer Guide, "Using Map state in Distributed mode", "ItemReader (Map)", "ItemBatcher
 * (Map)", "ResultWriter (Map)"; texts recorded from AWS. */
#include "asl/dataflow.h"
#include "asl_private.h"

enum {
    LABEL_MAX = 40,                /* characters. Source: Developer Guide, "Label" */
    BATCH_BYTES_MAX = 262144,      /* of an input. Source: Service quotas */
    MAX_ITEMS_MAX = 100000000,     /* Source: Developer Guide, "MaxItems" */
    CSV_HEADERS_MAX_BYTES = 10240, /* all together. Source: Developer Guide, "CSVHeaders" */
};

#define COUNT(list) (sizeof(list) / sizeof(list)[0])

/* -- reading -- */

/* An object member, or one whose written is ABSENT when there is none or it was reported. */
static struct asl_object member(const struct asl_object *o, str name, const struct asl_place *at)
{
    struct asl_object m = {o->r, asl_field(o, name), at};
    if (!json_is_absent(m.written) && !asl_expect_object(o->r, m.written, at))
        m.written = json_absent();
    return m;
}

/* Source: Developer Guide, "Label": no white space, no wildcards, brackets, special or control
 * characters; those are the ones no name may have. */
static bool label_has(uint32_t c)
{
    static const char never[] = " ?*<>{}[]:;,\\|^~$#%&`\"/";
    return c > 0x20 && c != 0x7F && !(c >= 0x80 && c <= 0x9F) && c != 0xA0 && c != 0x1680 &&
           !(c >= 0x2000 && c <= 0x200A) && c != 0x2028 && c != 0x2029 && c != 0x202F &&
           c != 0x205F && c != 0x3000 && (c >= 0x80 || !strchr(never, (int)c));
}

static void read_label(const struct asl_object *o, struct asl_distributed *d)
{
    const struct asl_place *at = ASL_MEMBER(o->at, STR("Label"));
    str label;
    if (!asl_field_string(o, STR("Label"), &label))
        return;
    bool fine = label.len > 0 && str_utf8_length(label) <= LABEL_MAX;
    for (size_t i = 0; fine && i < label.len;)
        fine = label_has(str_utf8_next(label, &i));
    if (fine)
        d->label = label;
    else
        asl_refuse(o->r->d, at,
                   "A Label has 1 to %d characters, without white space and special characters",
                   LABEL_MAX);
}

static void read_percentage(const struct asl_object *o, struct asl_percentage *out)
{
    static const str names[] = {STR_INIT("ToleratedFailurePercentage"),
                                STR_INIT("ToleratedFailurePercentagePath")};
    if (!asl_fields_at_most_one(o, names, 2))
        return;
    out->given = asl_field_expression(o, names[0], &out->expression);
    if (out->given)
        return;
    out->given = asl_field_double(o, names[0], 0, &out->value);
    if (out->given && out->value > 100)
        asl_refuse(o->r->d, ASL_MEMBER(o->at, names[0]), "Maximum value is 100");
    out->given |= asl_field_path(o, names[1], ASL_PATH_DEFINITE, &out->path);
}

static void read_batcher(const struct asl_object *state, struct asl_distributed *d)
{
    static const str known[] = {STR_INIT("BatchInput"), STR_INIT("MaxItemsPerBatch"),
                                STR_INIT("MaxItemsPerBatchPath"), STR_INIT("MaxInputBytesPerBatch"),
                                STR_INIT("MaxInputBytesPerBatchPath")};
    const struct asl_place *at = ASL_MEMBER(state->at, STR("ItemBatcher"));
    const struct asl_object o = member(state, STR("ItemBatcher"), at);
    if (json_is_absent(o.written))
        return;
    asl_fields_known(&o, known, COUNT(known));
    asl_field_template(&o, known[0], &d->batcher.input);
    asl_field_number(&o, known[1], known[2], 1, INT64_MAX, ASL_PATH_DEFINITE,
                     &d->batcher.max_items);
    asl_field_number(&o, known[3], known[4], 1, BATCH_BYTES_MAX, ASL_PATH_DEFINITE,
                     &d->batcher.max_bytes);
    bool some = false;
    for (size_t i = 1; i < COUNT(known); i++)
        some |= asl_field_has(&o, known[i]);
    // Source: Developer Guide, "ItemBatcher (Map)": at least one of the two.
    if (!some)
        asl_refuse(o.r->d, at, "ItemBatcher requires MaxItemsPerBatch or MaxInputBytesPerBatch");
    d->batcher.given = true;
}

/* A member of ReaderConfig or WriterConfig that is one of a few words. */
struct word_field {
    str name;
    const str *words;
    size_t count;
};

static void check_words(const struct asl_object *o, const struct word_field *fields, size_t count)
{
    size_t which;
    for (size_t i = 0; i < count; i++)
        if (asl_field_has(o, fields[i].name))
            (void)asl_field_choice(o, fields[i].name, fields[i].words, fields[i].count, &which);
}

static void check_headers(const struct asl_object *o)
{
    const struct asl_place *at = ASL_MEMBER(o->at, STR("CSVHeaders"));
    json list;
    size_t bytes = 0;
    str where = json_str(asl_field(o, STR("CSVHeaderLocation")));
    bool given = str_eq(where, STR("GIVEN"));
    if (given && !asl_field_has(o, STR("CSVHeaders")))
        asl_refuse(o->r->d, o->at, "The field 'CSVHeaders' is required but was missing");
    if (!asl_field_array(o, STR("CSVHeaders"), false, &list))
        return;
    for (size_t i = 0; i < json_len(list); i++) {
        bytes += json_str(json_at(list, i)).len;
        if (json_at(list, i).kind != JSON_STRING)
            asl_refuse(o->r->d, ASL_ELEMENT(at, i), "Expected value of type [STRING]");
    }
    if (bytes > CSV_HEADERS_MAX_BYTES)
        asl_refuse(o->r->d, at, "CSVHeaders must not be larger than %d bytes",
                   CSV_HEADERS_MAX_BYTES);
}

static const str input_types[] = {STR_INIT("CSV"), STR_INIT("JSON"), STR_INIT("JSONL"),
                                  STR_INIT("PARQUET"), STR_INIT("MANIFEST")};

static void check_input_type(const struct asl_object *o)
{
    str type = json_str(asl_field(o, STR("InputType")));
    if (str_eq(type, STR("PARQUET")) || str_eq(type, STR("MANIFEST")))
        asl_refuse(o->r->d, ASL_MEMBER(o->at, STR("InputType")),
                   "stepd does not support the InputType '%.*s' yet", STR_ARG(type));
    if (str_eq(type, STR("CSV")) && !asl_field_has(o, STR("CSVHeaderLocation")))
        asl_refuse(o->r->d, o->at, "The field 'CSVHeaderLocation' is required but was missing");
    str transformation = json_str(asl_field(o, STR("Transformation")));
    if (str_eq(transformation, STR("LOAD_AND_FLATTEN")))
        asl_refuse(o->r->d, ASL_MEMBER(o->at, STR("Transformation")),
                   "stepd does not support the Transformation 'LOAD_AND_FLATTEN' yet");
}

static void read_reader_config(const struct asl_object *reader, bool object,
                               struct asl_distributed *d)
{
    static const str known[] = {
        STR_INIT("InputType"),    STR_INIT("CSVHeaderLocation"), STR_INIT("CSVHeaders"),
        STR_INIT("CSVDelimiter"), STR_INIT("MaxItems"),          STR_INIT("MaxItemsPath"),
        STR_INIT("ItemsPointer"), STR_INIT("Transformation"),    STR_INIT("ManifestType"),
    };
    static const str locations[] = {STR_INIT("FIRST_ROW"), STR_INIT("GIVEN")};
    static const str delimiters[] = {STR_INIT("COMMA"), STR_INIT("PIPE"), STR_INIT("SEMICOLON"),
                                     STR_INIT("SPACE"), STR_INIT("TAB")};
    static const str transformations[] = {STR_INIT("NONE"), STR_INIT("LOAD_AND_FLATTEN")};
    static const str manifests[] = {STR_INIT("ATHENA_DATA"), STR_INIT("S3_INVENTORY")};
    static const struct word_field words[] = {
        {STR_INIT("InputType"),         input_types,     COUNT(input_types)    },
        {STR_INIT("CSVHeaderLocation"), locations,       COUNT(locations)      },
        {STR_INIT("CSVDelimiter"),      delimiters,      COUNT(delimiters)     },
        {STR_INIT("Transformation"),    transformations, COUNT(transformations)},
        {STR_INIT("ManifestType"),      manifests,       COUNT(manifests)      },
    };
    const struct asl_place *at = ASL_MEMBER(reader->at, STR("ReaderConfig"));
    const struct asl_object o = member(reader, STR("ReaderConfig"), at);
    if (json_is_absent(o.written)) {
        // Source: Developer Guide, "ItemReader (Map)": an object must say what it holds.
        if (object && !asl_field_has(reader, STR("ReaderConfig")))
            asl_refuse(o.r->d, reader->at, "The field 'ReaderConfig' is required but was missing");
        return;
    }
    asl_fields_known(&o, known, COUNT(known));
    check_words(&o, words, COUNT(words));
    if (object && !asl_field_has(&o, STR("InputType")))
        asl_refuse(o.r->d, at, "The field 'InputType' is required but was missing");
    check_input_type(&o);
    check_headers(&o);
    str pointer;
    if (asl_field_string(&o, STR("ItemsPointer"), &pointer) && pointer.len > 0 &&
        pointer.ptr[0] != '/')
        asl_refuse(o.r->d, ASL_MEMBER(at, STR("ItemsPointer")),
                   "Value must be a valid JSONPointer.");
    asl_field_number(&o, STR("MaxItems"), STR("MaxItemsPath"), 0, MAX_ITEMS_MAX, ASL_PATH_DEFINITE,
                     &d->reader.max_items);
    d->reader.config = o.written;
}

/* What holds a resource's parameters: Arguments in a JSONata state. */
static str parameters_name(const struct asl_object *state)
{
    return state->r->jsonata ? STR("Arguments") : STR("Parameters");
}

/* Parameters of a resource that needs Bucket, and perhaps Key, in either spelling. */
static void check_parameters(const struct asl_object *o, str name, const str *required,
                             size_t count)
{
    const struct asl_place *at = ASL_MEMBER(o->at, name);
    json written = asl_field(o, name);
    if (json_is_absent(written)) {
        asl_refuse(o->r->d, o->at, "The field '%.*s' is required but was missing", STR_ARG(name));
        return;
    }
    if (o->r->jsonata && asl_is_expression(written))
        return; // what it will be is not known yet
    if (!asl_expect_object(o->r, written, at))
        return;
    for (size_t i = 0; i < count; i++) {
        struct buf path;
        buf_init(&path, 256);
        buf_printf(&path, "%.*s.$", STR_ARG(required[i]));
        if (json_is_absent(json_get(written, required[i])) &&
            json_is_absent(json_get(written, buf_str(&path))))
            asl_refuse(o->r->d, at, "The field '%.*s' is required but was missing",
                       STR_ARG(required[i]));
        buf_release(&path);
    }
}

static void read_reader(const struct asl_object *state, struct asl_distributed *d)
{
    const str parameters = parameters_name(state);
    const str known[] = {STR("Resource"), parameters, STR("ReaderConfig")};
    static const str resources[] = {STR_INIT("arn:aws:states:::s3:getObject"),
                                    STR_INIT("arn:aws:states:::s3:listObjectsV2")};
    static const str needs[] = {STR_INIT("Bucket"), STR_INIT("Key")};
    const struct asl_object o =
        member(state, STR("ItemReader"), ASL_MEMBER(state->at, STR("ItemReader")));
    if (json_is_absent(o.written))
        return;
    asl_fields_known(&o, known, COUNT(known));
    size_t which = 0;
    if (!asl_fields_required(&o, known, 1) ||
        !asl_field_choice(&o, known[0], resources, COUNT(resources), &which))
        return;
    d->reader.resource = resources[which];
    check_parameters(&o, parameters, needs, which == 0 ? 2 : 1);
    asl_field_template(&o, known[1], &d->reader.parameters);
    read_reader_config(&o, which == 0, d);
}

/* Source: Developer Guide, "ResultWriter (Map)": not empty; Resource with Parameters; WriterConfig
 * has both of its fields. */
static void read_writer(const struct asl_object *state, struct asl_distributed *d)
{
    const str parameters = parameters_name(state);
    const str known[] = {STR("Resource"), parameters, STR("WriterConfig")};
    static const str resources[] = {STR_INIT("arn:aws:states:::s3:putObject")};
    static const str needs[] = {STR_INIT("Bucket")};
    static const str config_fields[] = {STR_INIT("Transformation"), STR_INIT("OutputType")};
    static const str transformations[] = {STR_INIT("NONE"), STR_INIT("COMPACT"),
                                          STR_INIT("FLATTEN")};
    static const str outputs[] = {STR_INIT("JSON"), STR_INIT("JSONL")};
    static const struct word_field words[] = {
        {STR_INIT("Transformation"), transformations, COUNT(transformations)},
        {STR_INIT("OutputType"),     outputs,         COUNT(outputs)        },
    };
    const struct asl_place *at = ASL_MEMBER(state->at, STR("ResultWriter"));
    const struct asl_object o = member(state, STR("ResultWriter"), at);
    if (json_is_absent(o.written))
        return;
    d->writer.given = true;
    asl_fields_known(&o, known, COUNT(known));
    if (!asl_field_has(&o, known[0]) && !asl_field_has(&o, known[2]))
        asl_refuse(o.r->d, at, "ResultWriter requires Resource and Parameters, or WriterConfig");
    size_t which;
    if (asl_field_has(&o, known[0]) && asl_field_choice(&o, known[0], resources, 1, &which)) {
        d->writer.resource = resources[0];
        check_parameters(&o, parameters, needs, 1);
    }
    asl_field_template(&o, known[1], &d->writer.parameters);
    const struct asl_object config = member(&o, known[2], ASL_MEMBER(at, known[2]));
    if (json_is_absent(config.written))
        return;
    asl_fields_known(&config, config_fields, COUNT(config_fields));
    if (asl_fields_required(&config, config_fields, COUNT(config_fields)))
        check_words(&config, words, COUNT(words));
    d->writer.config = config.written;
}

const struct asl_distributed *asl_distributed_read(const struct asl_object *state, bool express)
{
    struct asl_distributed *d = asl_alloc(state->r, 1, sizeof *d);
    if (!d)
        return NULL;
    d->express = express;
    read_label(state, d);
    asl_field_number(state, STR("ToleratedFailureCount"), STR("ToleratedFailureCountPath"), 0,
                     INT64_MAX, ASL_PATH_DEFINITE, &d->tolerated_count);
    read_percentage(state, &d->tolerated_percentage);
    read_batcher(state, d);
    read_reader(state, d);
    read_writer(state, d);
    return d;
}

/* -- evaluating -- */

/* A number that stands, or that its path leads to; what it was when it is not given. */
static bool eval_number(const struct asl_number *n, str name, json input,
                        const struct asl_scope *scope, int64_t *out, struct err *err)
{
    return !n->given || asl_number_eval(n, name, input, scope, out, err);
}

bool asl_map_run_numbers(const struct asl_state *s, json input, const struct asl_scope *scope,
                         struct asl_map_run_numbers *out, struct err *err)
{
    const struct asl_distributed *d = s->as.map.distributed;
    *out = (struct asl_map_run_numbers){0};
    return eval_number(&s->as.map.max_concurrency, STR("MaxConcurrencyPath"), input, scope,
                       &out->max_concurrency, err) &&
           eval_number(&d->tolerated_count, STR("ToleratedFailureCountPath"), input, scope,
                       &out->tolerated_count, err) &&
           asl_percentage_eval(&d->tolerated_percentage, input, scope, &out->tolerated_percentage,
                               err) &&
           eval_number(&d->batcher.max_items, STR("MaxItemsPerBatchPath"), input, scope,
                       &out->max_batch_items, err) &&
           eval_number(&d->batcher.max_bytes, STR("MaxInputBytesPerBatchPath"), input, scope,
                       &out->max_batch_bytes, err);
}

/* Gives a resource's Parameters, which must come to an object. */
static bool eval_parameters(const struct asl_template *t, json input, const struct asl_scope *scope,
                            json *out, struct err *err)
{
    if (!t) {
        *out = json_object(1);
        return !json_is_absent(*out) || err_set(err, ERR_NO_MEMORY, "no memory for {}");
    }
    return asl_template_eval(t, input, scope, out, err);
}

/* Gives config with its MaxItems, or with MaxItemsPath's number in its place. */
static bool eval_reader_config(const struct asl_distributed *d, json input,
                               const struct asl_scope *scope, json *out, struct err *err)
{
    int64_t most = 0;
    *out = json_ref(d->reader.config);
    if (!d->reader.max_items.path && !d->reader.max_items.expression)
        return true;
    if (!asl_number_eval(&d->reader.max_items, STR("MaxItemsPath"), input, scope, &most, err))
        return false;
    json_unref(*out);
    *out = json_with(d->reader.config, STR("MaxItems"), json_integer(most));
    return !json_is_absent(*out) || err_set(err, ERR_NO_MEMORY, "no memory for a ReaderConfig");
}

bool asl_map_reader_request(const struct asl_state *s, json input, const struct asl_scope *scope,
                            json *out, struct err *err)
{
    const struct asl_distributed *d = s->as.map.distributed;
    json config = json_absent();
    json parameters = json_absent();
    bool ok = eval_parameters(d->reader.parameters, input, scope, &parameters, err) &&
              eval_reader_config(d, input, scope, &config, err);
    if (ok && json_is_absent(config)) {
        *out = parameters;
        return true;
    }
    if (ok) {
        *out = json_with(parameters, STR("ReaderConfig"), config);
        config = json_absent(); // taken
        ok = !json_is_absent(*out) || err_set(err, ERR_NO_MEMORY, "no memory for a request");
    }
    json_unref(config);
    json_unref(parameters);
    return ok;
}

bool asl_map_writer_request(const struct asl_state *s, json input, const struct asl_scope *scope,
                            json *out, struct err *err)
{
    return eval_parameters(s->as.map.distributed->writer.parameters, input, scope, out, err);
}

bool asl_map_batch_input(const struct asl_state *s, json input, const struct asl_scope *scope,
                         json *out, struct err *err)
{
    const struct asl_template *t = s->as.map.distributed->batcher.input;
    *out = json_absent();
    return !t || asl_template_eval(t, input, scope, out, err);
}
