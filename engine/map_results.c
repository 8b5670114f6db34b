/* The results of a Map Run: the array of its children's outputs, or what a ResultWriter makes.
 *
 *     no ResultWriter         outputs of those that succeeded, in the order of the items
 *     WriterConfig alone      the same, or records with metadata, into the state's output
 *     Resource                objects <Prefix>/<run>/SUCCEEDED_n.json, FAILED_n.json,
 * manifest.json, written one after the other; a failed run's too
 *
 * Records are read from the store a page at a time, so that a run of any size needs the memory of
 * one object. Source: Developer Guide, "ResultWriter (Map)". */
#include "base/timestamp.h"
#include "map_run_private.h"

#include <stdio.h>

/* -- what a run without S3 results in -- */

static void outputs_end(struct execution *x, struct frame *f)
{
    const struct map_run *r = f->map_run;
    json result = json_array(r->count);
    bool ok = !json_is_absent(result);
    for (size_t i = 0; i < r->count && ok; i++)
        if (!json_is_absent(r->children[i].output))
            ok = json_push_take(&result, json_ref(r->children[i].output));
    if (!ok) {
        json_unref(result);
        result = json_absent();
        map_run_fail(x, f, err_id_name(ERR_STATES_RUNTIME),
                     STR("no memory for the results of the Map Run"));
    }
    map_run_end(x, f, result);
}

/* -- the writer -- */

enum transformation { TRANSFORM_NONE, TRANSFORM_COMPACT, TRANSFORM_FLATTEN };

/* ASSUMPTION: executions that timed out or were aborted are among the failed ones, and what was not
 * started is in no file. */
enum outcome { OUTCOME_SUCCEEDED, OUTCOME_FAILED, OUTCOME_PENDING, OUTCOME_COUNT };
static const char *const outcome_names[OUTCOME_COUNT] = {"SUCCEEDED", "FAILED", "PENDING"};

struct map_writer {
    enum transformation transformation;
    bool lines;  /* OutputType JSONL */
    json target; /* Bucket, Prefix; ABSENT: the state's output is the target */
    enum outcome outcome;
    uint64_t from; /* the next child's item */
    unsigned file; /* of this outcome */
    struct buf text;
    bool any;                  /* text has a record */
    bool all_read;             /* of this outcome */
    bool manifest;             /* is being written */
    json files[OUTCOME_COUNT]; /* [{"Key", "Size"}] */
    char *key;                 /* of what is being written */
};

void map_results_free(struct map_writer *w)
{
    if (!w)
        return;
    json_unref(w->target);
    for (int i = 0; i < OUTCOME_COUNT; i++)
        json_unref(w->files[i]);
    buf_release(&w->text);
    mem_free(w->key);
    mem_free(w);
}

static struct map_writer *writer_new(const struct frame *f, json target_taken)
{
    struct map_writer *w = mem_new(sizeof *w);
    json config = distributed(f)->writer.config;
    str how = json_str(json_get(config, STR("Transformation")));
    w->transformation = str_eq(how, STR("COMPACT"))   ? TRANSFORM_COMPACT
                        : str_eq(how, STR("FLATTEN")) ? TRANSFORM_FLATTEN
                                                      : TRANSFORM_NONE;
    w->lines = str_eq(json_str(json_get(config, STR("OutputType"))), STR("JSONL"));
    w->target = target_taken;
    for (int i = 0; i < OUTCOME_COUNT; i++)
        w->files[i] = json_array(0);
    // A record is at most a child's input and output, each told as a string within the text.
    buf_init(&w->text, RESULT_FILE_BYTES + 16 * STATE_DATA_MAX_BYTES);
    return w;
}

/* -- records -- */

/* Members in the order of their names, as in AWS's files. */
struct record {
    struct buf *out;
    bool any;
};

static void put_name(struct record *r, const char *name)
{
    buf_printf(r->out, "%s\"%s\":", r->any ? "," : "{", name);
    r->any = true;
}

static void put_text(struct record *r, const char *name, str text)
{
    if (!text.ptr)
        return;
    put_name(r, name);
    json_print_str(text, r->out);
}

static void put_raw(struct record *r, const char *name, const char *text)
{
    put_name(r, name);
    buf_add(r->out, str_from_c(text));
}

static void put_time(struct record *r, const char *name, int64_t ms)
{
    char text[TIMESTAMP_TEXT_LEN + 1];
    timestamp_format(ms, text);
    put_text(r, name, str_from_c(text));
}

static void put_redrive(struct record *r, const struct store_execution *e)
{
    bool ok = e->status == STORE_SUCCEEDED;
    put_raw(r, "RedriveCount", "0");
    if (ok || e->express) {
        put_text(r, "RedriveStatus", STR("NOT_REDRIVABLE"));
        put_text(r, "RedriveStatusReason",
                 ok ? STR("Execution is SUCCEEDED and cannot be redriven")
                    : STR("Execution is EXPRESS and cannot be redriven"));
    } else {
        put_text(r, "RedriveStatus", STR("REDRIVABLE_BY_MAP_RUN"));
    }
}

static void record_print(const struct store_execution *e, struct buf *out)
{
    struct record r = {.out = out};
    put_text(&r, "Cause", e->cause);
    put_text(&r, "Error", e->error);
    put_text(&r, "ExecutionArn", e->arn);
    put_text(&r, "Input", e->input);
    put_raw(&r, "InputDetails", "{\"Included\":true}");
    put_text(&r, "Name", e->name);
    put_text(&r, "Output", e->output);
    if (e->output.ptr)
        put_raw(&r, "OutputDetails", "{\"Included\":true}");
    put_redrive(&r, e);
    put_time(&r, "StartDate", e->start_ms);
    put_text(&r, "StateMachineArn", e->machine_arn);
    put_text(&r, "Status", store_status_name(e->status));
    if (e->stop_ms != 0)
        put_time(&r, "StopDate", e->stop_ms);
    buf_add_char(out, '}');
}

static void separate(struct map_writer *w)
{
    if (w->any)
        buf_add_char(&w->text, w->lines ? '\n' : ',');
    w->any = true;
}

/* An output whose array is laid out among those of the others. */
static bool flatten(struct map_writer *w, str output, struct err *err)
{
    json value = json_absent();
    if (!json_parse(output, &value, err))
        return false;
    if (value.kind != JSON_ARRAY) {
        separate(w);
        json_print(value, &w->text);
    }
    for (size_t i = 0; value.kind == JSON_ARRAY && i < json_len(value); i++) {
        separate(w);
        json_print(json_at(value, i), &w->text);
    }
    json_unref(value);
    return true;
}

static enum outcome outcome_of(const struct store_execution *e)
{
    return e->status == STORE_SUCCEEDED ? OUTCOME_SUCCEEDED : OUTCOME_FAILED;
}

struct page {
    struct map_writer *writer;
    size_t seen;
};

static bool child_write(void *context, const struct store_execution *e, struct err *err)
{
    struct page *page = context;
    struct map_writer *w = page->writer;
    page->seen++;
    w->from = e->item + 1;
    if (outcome_of(e) != w->outcome)
        return true;
    if (w->outcome == OUTCOME_SUCCEEDED && w->transformation == TRANSFORM_FLATTEN)
        return flatten(w, e->output, err);
    separate(w);
    if (w->outcome == OUTCOME_SUCCEEDED && w->transformation == TRANSFORM_COMPACT)
        buf_add(&w->text, e->output);
    else
        record_print(e, &w->text);
    return true;
}

/* Reads on until the text is as long as an object should be, or all is read. */
static bool records_read(struct execution *x, struct frame *f, struct err *err)
{
    struct map_run *r = f->map_run;
    struct map_writer *w = r->writer;
    struct store_connection *c = store_reader(x->engine->options.store, err);
    buf_reset(&w->text);
    w->any = false;
    if (!w->lines)
        buf_add_char(&w->text, '[');
    while (c && !w->all_read && w->text.len < RESULT_FILE_BYTES) {
        struct page page = {.writer = w};
        if (!store_map_children(c, r->row.id, w->from, RESULT_PAGE, true, child_write, &page, err))
            return false;
        w->all_read = page.seen < RESULT_PAGE;
    }
    if (!w->lines)
        buf_add_char(&w->text, ']');
    if (c && !buf_ok(&w->text))
        return err_set(err, ERR_NO_MEMORY, "no memory for the results of the Map Run");
    return c != NULL;
}

static void next_outcome(struct map_writer *w)
{
    w->outcome++;
    w->from = 0;
    w->file = 0;
    w->all_read = false;
}

/* -- into the state's output -- */

/* ASSUMPTION: OutputType JSONL makes a difference to objects alone. */
static void preview_end(struct execution *x, struct frame *f)
{
    struct err err = ERR_INIT;
    json result = json_absent();
    struct map_writer *w = f->map_run->writer;
    w->lines = false;
    if (records_read(x, f, &err) && !w->all_read)
        (void)err_set(&err, ERR_STATES_DATA_LIMIT_EXCEEDED,
                      "The state/task '%.*s' returned a result with a size exceeding the maximum "
                      "number of bytes service limit.",
                      STR_ARG(f->state->name));
    if (!err_is_set(&err))
        (void)json_parse(buf_str(&w->text), &result, &err);
    if (err_is_set(&err))
        map_run_fail_with(x, f, &err);
    map_run_end(x, f, result);
}

/* -- into objects -- */

/* Gives "<Prefix>/<run>/<name>". */
static str key_new(const struct map_run *r, struct buf *out, const char *name)
{
    str prefix = json_str(json_get(r->writer->target, STR("Prefix")));
    if (prefix.len > 0)
        buf_printf(out, "%.*s%s", STR_ARG(prefix), str_ends(prefix, STR("/")) ? "" : "/");
    buf_printf(out, "%.*s/%s", STR_ARG(r->uuid), name);
    return buf_str(out);
}

static bool object_put(struct execution *x, struct frame *f, const char *name, struct err *err)
{
    struct map_run *r = f->map_run;
    struct map_writer *w = r->writer;
    struct buf key;
    buf_init(&key, TEXT_MAX_BYTES);
    mem_free(w->key);
    w->key = text_copy(key_new(r, &key, name));
    json parameters = json_object(3);
    bool ok =
        buf_ok(&key) &&
        json_put_take(&parameters, STR("Bucket"), json_ref(json_get(w->target, STR("Bucket")))) &&
        json_put_take(&parameters, STR("Key"), json_string(buf_str(&key))) &&
        json_put_take(&parameters, STR("Body"), json_string(buf_str(&w->text)));
    buf_release(&key);
    if (ok)
        return map_run_call(x, f, distributed(f)->writer.resource, parameters, WAIT_RESULTS, err);
    json_unref(parameters);
    return err_set(err, ERR_NO_MEMORY, "no memory for an object of results");
}

static bool manifest_put(struct execution *x, struct frame *f, struct err *err)
{
    struct map_run *r = f->map_run;
    struct map_writer *w = r->writer;
    w->manifest = true;
    buf_reset(&w->text);
    buf_add(&w->text, STR("{\"DestinationBucket\":"));
    json_print(json_get(w->target, STR("Bucket")), &w->text);
    buf_add(&w->text, STR(",\"MapRunArn\":"));
    json_print_str(r->row.arn, &w->text);
    buf_add(&w->text, STR(",\"ResultFiles\":{\"FAILED\":"));
    json_print(w->files[OUTCOME_FAILED], &w->text);
    buf_add(&w->text, STR(",\"PENDING\":"));
    json_print(w->files[OUTCOME_PENDING], &w->text);
    buf_add(&w->text, STR(",\"SUCCEEDED\":"));
    json_print(w->files[OUTCOME_SUCCEEDED], &w->text);
    buf_add(&w->text, STR("}}"));
    return object_put(x, f, "manifest.json", err);
}

/* Sends the next object, if only the manifest. */
static bool next_object(struct execution *x, struct frame *f, struct err *err)
{
    struct map_writer *w = f->map_run->writer;
    while (w->outcome < OUTCOME_PENDING) {
        char name[64];
        if (w->all_read) {
            next_outcome(w);
            continue;
        }
        if (!records_read(x, f, err))
            return false;
        if (!w->any)
            continue;
        (void)snprintf(name, sizeof name, "%s_%u.%s", outcome_names[w->outcome], w->file++,
                       w->lines ? "jsonl" : "json");
        return object_put(x, f, name, err);
    }
    return manifest_put(x, f, err);
}

static void write_on(struct execution *x, struct frame *f)
{
    struct err err = ERR_INIT;
    if (next_object(x, f, &err))
        return;
    map_run_fail_with(x, f, &err);
    map_run_end(x, f, json_absent());
}

static bool file_note(struct map_writer *w)
{
    json file = json_object(2);
    return json_put_take(&file, STR("Key"), json_string(str_from_c(w->key))) &&
           json_put_take(&file, STR("Size"), json_integer((int64_t)w->text.len)) &&
           json_push_take(&w->files[w->outcome], file);
}

/* {"MapRunArn", "ResultWriterDetails": {"Bucket", "Key"}}. */
static json written_result(const struct map_run *r)
{
    json details = json_object(2);
    json result = json_object(2);
    details_put(&details, "Bucket", json_ref(json_get(r->writer->target, STR("Bucket"))));
    details_put_text(&details, "Key", str_from_c(r->writer->key));
    details_put_text(&result, "MapRunArn", r->row.arn);
    details_put(&result, "ResultWriterDetails", details);
    return result;
}

void map_results_written(struct execution *x, struct frame *f, const struct message *m)
{
    struct map_run *r = f->map_run;
    frame_call_drop(x, f);
    frame_move(x, f, FRAME_RUNNING);
    if (m->kind == MESSAGE_FAILED) {
        map_run_fail(x, f, (str){m->error, m->error_len}, (str){m->cause, m->cause_len});
        map_run_end(x, f, json_absent());
    } else if (r->writer->manifest) {
        map_run_end(x, f, written_result(r));
    } else if (file_note(r->writer)) {
        write_on(x, f);
    } else {
        map_run_fail(x, f, err_id_name(ERR_STATES_RUNTIME), STR("no memory for the manifest"));
        map_run_end(x, f, json_absent());
    }
}

void map_results_begin(struct execution *x, struct frame *f)
{
    struct map_run *r = f->map_run;
    const struct asl_distributed *d = distributed(f);
    struct err err = ERR_INIT;
    json target = json_absent();
    if (f->status == FRAME_WAITING)
        frame_move(x, f, FRAME_RUNNING);
    if (!d->writer.given) {
        outputs_end(x, f);
        return;
    }
    if (d->writer.resource.ptr) {
        struct rng rng;
        execution_rng(x, &rng);
        const struct asl_scope scope = {.context = r->context, .rng = &rng};
        if (!asl_map_writer_request(f->state, r->input, &scope, &target, &err)) {
            map_run_fail_with(x, f, &err);
            map_run_end(x, f, json_absent());
            return;
        }
    }
    r->writer = writer_new(f, target);
    if (json_is_absent(target))
        preview_end(x, f);
    else
        write_on(x, f);
}
