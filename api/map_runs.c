/* Map Runs: describe, list, update. Their child executions are listed with the others
 * (executions.c). */
#include "store/map_runs.h"

#include "api_private.h"
#include "base/mem.h"

enum { TEXT_BYTES = 4096 };

bool map_run_load(struct api_call *call, str arn, struct store_map_run *out, struct err *err)
{
    struct store_connection *c = store_reader(call->api->options.store, err);
    bool found = false;
    if (!c || !arn_check(arn, "mapRun", err) ||
        !store_map_run_find(c, call->arena, arn, out, &found, err))
        return false;
    return found ||
           err_set(err, ERR_RESOURCE_NOT_FOUND, "Resource not found: '%.*s'", STR_ARG(arn));
}

/* Counts of items, or of child executions; total: what there will be, as far as it is known.
 * Nothing is ever redriven here. */
static void member_counts(struct buf *out, const char *name,
                          const uint64_t counts[STORE_STATUS_COUNT], uint64_t total)
{
    uint64_t started = 0;
    for (int i = 0; i < STORE_STATUS_COUNT; i++)
        started += counts[i];
    if (total < started)
        total = started;
    const struct {
        const char *name;
        uint64_t value;
    } members[] = {
        {"pending",               total - started                },
        {"running",               counts[STORE_RUNNING]          },
        {"succeeded",             counts[STORE_SUCCEEDED]        },
        {"failed",                counts[STORE_FAILED]           },
        {"timedOut",              counts[STORE_TIMED_OUT]        },
        {"aborted",               counts[STORE_ABORTED]          },
        {"total",                 total                          },
        {"resultsWritten",        started - counts[STORE_RUNNING]},
        {"failuresNotRedrivable", 0                              },
        {"pendingRedrive",        0                              },
    };
    member_object(out, name);
    for (size_t i = 0; i < sizeof members / sizeof *members; i++)
        member_int(out, members[i].name, (int64_t)members[i].value);
    buf_add_char(out, '}');
}

/* Measured: without a limit the largest int is told; a tolerance that was not given is 0. */
static void member_settings(struct buf *out, const struct store_map_run *run)
{
    double percentage = run->tolerated_percentage < 0 ? 0 : run->tolerated_percentage;
    json number = json_double(percentage);
    str text = json_text(number);
    member_int(out, "maxConcurrency", run->max_concurrency ? run->max_concurrency : INT32_MAX);
    member_raw(out, "toleratedFailurePercentage", text.ptr ? text : STR("0"));
    member_int(out, "toleratedFailureCount", run->tolerated_count < 0 ? 0 : run->tolerated_count);
    str_free(text);
    json_unref(number);
}

enum api_outcome api_describe_map_run(struct api_call *call, struct buf *out, struct err *err)
{
    struct store_map_run run;
    struct store_map_counts counts;
    struct store_connection *c = store_reader(call->api->options.store, err);
    if (!c || !map_run_load(call, input_str(call, "mapRunArn"), &run, err) ||
        !store_map_run_counts(c, run.id, &counts, err))
        return API_REFUSED;
    member_str(out, "mapRunArn", run.arn);
    member_str(out, "executionArn", run.execution_arn);
    member_str(out, "status", store_status_name(run.status));
    member_time(out, "startDate", run.start_ms);
    if (run.stop_ms != 0)
        member_time(out, "stopDate", run.stop_ms);
    member_settings(out, &run);
    member_counts(out, "itemCounts", counts.items, run.items);
    member_counts(out, "executionCounts", counts.executions, run.batched ? 0 : run.items);
    member_int(out, "redriveCount", 0);
    return API_ANSWERED;
}

static void list_one(struct buf *out, const struct store_map_run *run)
{
    element_open(out);
    member_str(out, "executionArn", run->execution_arn);
    member_str(out, "mapRunArn", run->arn);
    member_str(out, "stateMachineArn", run->machine_arn);
    member_time(out, "startDate", run->start_ms);
    if (run->stop_ms != 0)
        member_time(out, "stopDate", run->stop_ms);
    buf_add_char(out, '}');
}

static bool list_page(struct api_call *call, str execution_arn, str what, struct buf *out,
                      struct err *err)
{
    struct store_connection *c = store_reader(call->api->options.store, err);
    size_t limit = input_limit(call);
    struct store_map_run *rows = arena_array(call->arena, limit + 1, sizeof *rows);
    int64_t unused = 0;
    uint64_t before_id = UINT64_MAX;
    str token = input_str(call, "nextToken");
    size_t count = 0;
    if (!c || (token.ptr && !token_parse(token, what, &unused, &before_id, err)))
        return false;
    if (!rows)
        return err_set(err, ERR_NO_MEMORY, "no memory for a page");
    if (!store_map_runs_list(c, call->arena, execution_arn, before_id, limit + 1, rows, &count,
                             err))
        return false;
    member_list(out, "mapRuns");
    for (size_t i = 0; i < count && i < limit; i++)
        list_one(out, &rows[i]);
    buf_add_char(out, ']');
    if (count > limit) {
        buf_add(out, STR(",\"nextToken\":\""));
        token_print(out, what, 0, rows[limit - 1].id);
        buf_add_char(out, '"');
    }
    return true;
}

enum api_outcome api_list_map_runs(struct api_call *call, struct buf *out, struct err *err)
{
    struct store_execution e;
    str arn = input_str(call, "executionArn");
    if (!execution_load(call, arn, &e, err))
        return API_REFUSED;
    struct buf what;
    buf_init(&what, TEXT_BYTES);
    buf_printf(&what, "ListMapRuns %.*s", STR_ARG(arn));
    bool ok = list_page(call, arn, buf_str(&what), out, err);
    buf_release(&what);
    return ok ? API_ANSWERED : API_REFUSED;
}

/* -- updating -- */

/* ASSUMPTION: AWS does not say how it refuses to change a run that has ended. */
static void refuse_ended(struct err *err)
{
    (void)err_set(err, ERR_VALIDATION, "Map Run is not running and cannot be updated");
}

static void updated(void *context, bool done)
{
    struct api_call *call = context;
    struct buf out;
    if (done) {
        answer_init(&out, TEXT_BYTES);
        api_answer_take(call, &out);
        return;
    }
    struct err err = ERR_INIT;
    refuse_ended(&err);
    api_refuse(call, &err);
    err_release(&err);
}

static bool read_update(const struct api_call *call, struct engine_map_run_update *u,
                        struct err *err)
{
    json concurrency = input(call, "maxConcurrency");
    json count = input(call, "toleratedFailureCount");
    json percentage = input(call, "toleratedFailurePercentage");
    *u = (struct engine_map_run_update){.has_tolerated_percentage = json_is_number(percentage)};
    u->has_max_concurrency = json_to_int64(concurrency, &u->max_concurrency);
    u->has_tolerated_count = json_to_int64(count, &u->tolerated_count);
    if (u->has_tolerated_percentage)
        u->tolerated_percentage = json_to_double(percentage);
    return u->has_max_concurrency || u->has_tolerated_count || u->has_tolerated_percentage ||
           err_set(
               err, ERR_VALIDATION,
               "Either maxConcurrency, toleratedFailureCount or toleratedFailurePercentage must "
               "be specified");
}

enum api_outcome api_update_map_run(struct api_call *call, struct buf *out, struct err *err)
{
    (void)out;
    struct store_map_run run;
    struct engine_map_run_update update;
    if (!map_run_load(call, input_str(call, "mapRunArn"), &run, err) ||
        !read_update(call, &update, err))
        return API_REFUSED;
    if (run.status == STORE_RUNNING &&
        engine_map_run_change(call->api->options.engine, run.execution, run.frame, &update, updated,
                              call))
        return API_LATER;
    refuse_ended(err);
    return API_REFUSED;
}
