/* The columns and cells of each kind's Table, as kubectl shows them.
 * Source: kubernetes/kubernetes, pkg/printers/internalversion. */
#include "base/clock.h"
#include "base/timestamp.h"
#include "edit_private.h"
#include "kinds_private.h"

#include <inttypes.h>
#include <stdio.h>

enum { AGE_TEXT_MAX = 32, TEXT_MAX_BYTES = 65536, MINUTE_S = 60, HOUR_S = 3600, DAY_S = 86400 };

#define NAME_COLUMN                                                                                \
    {                                                                                              \
        "Name", "string", "name", "Name must be unique within a namespace.", 0                     \
    }
#define AGE_COLUMN                                                                                 \
    {                                                                                              \
        "Age", "string", "", "Time since the object was made.", 0                                  \
    }

const struct column columns_job[8] = {
    NAME_COLUMN,
    {"Status",      "string", "", "Status of the Job.",                     0},
    {"Completions", "string", "", "Finished pods of those wanted.",         0},
    {"Duration",    "string", "", "Time from its start to its completion.", 0},
    AGE_COLUMN,
    {"Containers",  "string", "", "Names of each container.",               1},
    {"Images",      "string", "", "Images of each container.",              1},
    {"Selector",    "string", "", "Selector of its pods.",                  1},
};
const struct column columns_pod[9] = {
    NAME_COLUMN,
    {"Ready",           "string", "", "Containers that are ready, of all.",   0},
    {"Status",          "string", "", "The pod's state in a word.",           0},
    {"Restarts",        "string", "", "Restarts of its containers.",          0},
    AGE_COLUMN,
    {"IP",              "string", "", "The pod's address.",                   1},
    {"Node",            "string", "", "The node it runs on.",                 1},
    {"Nominated Node",  "string", "", "The node it is to run on.",            1},
    {"Readiness Gates", "string", "", "Conditions that count for readiness.", 1},
};
const struct column columns_event[10] = {
    {"Last Seen",  "string", "",     "When it was last seen.",  0},
    {"Type",       "string", "",     "Normal or Warning.",      0},
    {"Reason",     "string", "",     "Why, in a word.",         0},
    {"Object",     "string", "",     "What it is about.",       0},
    {"Subobject",  "string", "",     "The part it is about.",   1},
    {"Source",     "string", "",     "Who says it.",            1},
    {"Message",    "string", "",     "What has happened.",      0},
    {"First Seen", "string", "",     "When it was first seen.", 1},
    {"Count",      "string", "",     "How often it was seen.",  1},
    {"Name",       "string", "name", "The event's name.",       1},
};
const struct column columns_namespace[3] = {
    NAME_COLUMN, {"Status", "string", "", "Its phase.", 0},
     AGE_COLUMN
};
const struct column columns_configmap[3] = {
    NAME_COLUMN, {"Data", "string", "", "Number of its entries.", 0},
     AGE_COLUMN
};
const struct column columns_secret[4] = {
    NAME_COLUMN,
    {"Type", "string", "", "What it is for.",        0},
    {"Data", "string", "", "Number of its entries.", 0},
    AGE_COLUMN
};
const struct column columns_service_account[3] = {
    NAME_COLUMN, {"Secrets", "string", "", "Number of its secrets.", 0},
     AGE_COLUMN
};
const struct column columns_service[7] = {
    NAME_COLUMN,
    {"Type",        "string", "", "How it is exposed.",     0},
    {"Cluster-IP",  "string", "", "Its address inside.",    0},
    {"External-IP", "string", "", "Its addresses outside.", 0},
    {"Port(s)",     "string", "", "Its ports.",             0},
    AGE_COLUMN,
    {"Selector",    "string", "", "Selector of its pods.",  1},
};
const struct column columns_deployment[8] = {
    NAME_COLUMN,
    {"Ready",      "string", "", "Ready pods of those wanted.", 0},
    {"Up-to-date", "string", "", "Pods of the newest form.",    0},
    {"Available",  "string", "", "Pods that are available.",    0},
    AGE_COLUMN,
    {"Containers", "string", "", "Names of each container.",    1},
    {"Images",     "string", "", "Images of each container.",   1},
    {"Selector",   "string", "", "Selector of its pods.",       1},
};

/* -- means -- */

/* A cell that cannot be made is an empty one: the row keeps its width. */
static void cell(json *cells, json value_taken)
{
    if (json_is_absent(value_taken))
        value_taken = json_null();
    if (!json_push_take(cells, value_taken)) {
        json_unref(*cells);
        *cells = json_absent();
    }
}

static void cell_str(json *cells, str text)
{
    cell(cells, json_string(or_empty(text)));
}

/* A buffer's text as a cell; "<none>" when it is empty. */
static void cell_buf(json *cells, struct buf *b)
{
    if (!buf_ok(b) || b->len == 0)
        cell(cells, json_c("<none>"));
    else
        cell(cells, json_string(buf_str(b)));
    buf_release(b);
}

static json meta(json object, const char *key)
{
    return json_get(json_get(object, STR("metadata")), str_from_c(key));
}

/* "5s", "3m2s", "4h", "2d5h", "400d", "3y": the shortest that says enough. Source:
 * k8s.io/apimachinery, pkg/util/duration, HumanDuration. */
static void duration_text(int64_t s, char out[AGE_TEXT_MAX])
{
    if (s < 0)
        s = 0;
    int64_t m = s / MINUTE_S, h = s / HOUR_S, d = s / DAY_S, rest = 0;
    const char *unit = "", *rest_unit = "";
    int64_t value = 0;
    if (s < INT64_C(2) * MINUTE_S) {
        value = s, unit = "s";
    } else if (m < 10) {
        value = m, unit = "m", rest = s % MINUTE_S, rest_unit = "s";
    } else if (m < INT64_C(3) * 60) {
        value = m, unit = "m";
    } else if (h < 8) {
        value = h, unit = "h", rest = m % 60, rest_unit = "m";
    } else if (h < 48) {
        value = h, unit = "h";
    } else if (h < INT64_C(24) * 8) {
        value = d, unit = "d", rest = h % 24, rest_unit = "h";
    } else if (d < INT64_C(2) * 365) {
        value = d, unit = "d";
    } else if (d < INT64_C(8) * 365) {
        value = d / 365, unit = "y", rest = d % 365, rest_unit = "d";
    } else {
        value = d / 365, unit = "y";
    }
    if (rest)
        (void)snprintf(out, AGE_TEXT_MAX, "%" PRId64 "%s%" PRId64 "%s", value, unit, rest,
                       rest_unit);
    else
        (void)snprintf(out, AGE_TEXT_MAX, "%" PRId64 "%s", value, unit);
}

static bool time_of(json text, int64_t *ms)
{
    struct timestamp at;
    struct err err = ERR_INIT;
    bool ok = text.kind == JSON_STRING && timestamp_parse(json_str(text), &at, &err);
    err_release(&err);
    if (ok)
        *ms = at.ms;
    return ok;
}

static void cell_since(json *cells, json time, int64_t now_ms)
{
    char text[AGE_TEXT_MAX];
    int64_t at;
    if (!time_of(time, &at)) {
        cell(cells, json_c("<unknown>"));
        return;
    }
    duration_text((now_ms - at) / MS_PER_S, text);
    cell(cells, json_c(text));
}

static void cell_age(json *cells, json object, int64_t now_ms)
{
    cell_since(cells, meta(object, "creationTimestamp"), now_ms);
}

/* A member of each element, joined by commas. */
static void cell_joined(json *cells, json list, const char *key)
{
    struct buf b;
    buf_init(&b, TEXT_MAX_BYTES);
    for (size_t i = 0; i < json_len(list); i++)
        buf_printf(&b, "%s%.*s", i ? "," : "",
                   STR_ARG(or_empty(json_str(json_get(json_at(list, i), str_from_c(key))))));
    cell_buf(cells, &b);
}

/* A map as a selector: "a=b,c=d". */
static void cell_map(json *cells, json map)
{
    struct buf b;
    buf_init(&b, TEXT_MAX_BYTES);
    for (size_t i = 0; i < json_len(map); i++)
        buf_printf(&b, "%s%.*s=%.*s", i ? "," : "", STR_ARG(json_key_at(map, i)),
                   STR_ARG(or_empty(json_str(json_value_at(map, i)))));
    cell_buf(cells, &b);
}

static int64_t number(json object, const char *key)
{
    int64_t value = 0;
    (void)json_get_int64(object, str_from_c(key), &value);
    return value;
}

/* -- jobs -- */

static bool has_condition(json status, const char *type)
{
    json list = json_get(status, STR("conditions"));
    for (size_t i = 0; i < json_len(list); i++) {
        json condition = json_at(list, i);
        if (str_eq(json_str(json_get(condition, STR("type"))), str_from_c(type)) &&
            str_eq(json_str(json_get(condition, STR("status"))), STR("True")))
            return true;
    }
    return false;
}

static const char *job_status(json object)
{
    static const char *const after[] = {"Suspended", "FailureTarget", "SuccessCriteriaMet", NULL};
    json status = json_get(object, STR("status"));
    if (has_condition(status, "Complete"))
        return "Complete";
    if (has_condition(status, "Failed"))
        return "Failed";
    if (is_given(meta(object, "deletionTimestamp")))
        return "Terminating";
    for (const char *const *type = after; *type; type++)
        if (has_condition(status, *type))
            return *type;
    return "Running";
}

static void cell_completions(json *cells, json spec, json status)
{
    int64_t wanted, parallelism = number(spec, "parallelism");
    int64_t succeeded = number(status, "succeeded");
    if (json_get_int64(spec, STR("completions"), &wanted))
        cell(cells, json_printf("%" PRId64 "/%" PRId64, succeeded, wanted));
    else if (parallelism > 1)
        cell(cells, json_printf("%" PRId64 "/1 of %" PRId64, succeeded, parallelism));
    else
        cell(cells, json_printf("%" PRId64 "/1", succeeded));
}

static void cell_duration(json *cells, json status, int64_t now_ms)
{
    char text[AGE_TEXT_MAX];
    int64_t start, end = now_ms;
    if (!time_of(json_get(status, STR("startTime")), &start)) {
        cell(cells, json_c(""));
        return;
    }
    (void)time_of(json_get(status, STR("completionTime")), &end);
    duration_text((end - start) / MS_PER_S, text);
    cell(cells, json_c(text));
}

void cells_job(json object, int64_t now_ms, json *cells)
{
    json spec = json_get(object, STR("spec")), status = json_get(object, STR("status"));
    json containers = json_get_path(spec, "template", "spec", "containers", NULL);
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, json_c(job_status(object)));
    cell_completions(cells, spec, status);
    cell_duration(cells, status, now_ms);
    cell_age(cells, object, now_ms);
    cell_joined(cells, containers, "name");
    cell_joined(cells, containers, "image");
    cell_map(cells, json_get_path(spec, "selector", "matchLabels", NULL));
}

/* -- pods -- */

static int64_t exit_code(json container_status)
{
    int64_t code = 0;
    (void)json_get_int64(json_get_path(container_status, "state", "terminated", NULL),
                         STR("exitCode"), &code);
    return code;
}

/* The word for a container's state; empty: it says nothing. */
static void container_word(json container_status, struct buf *out)
{
    json waiting = json_get_path(container_status, "state", "waiting", NULL);
    json terminated = json_get_path(container_status, "state", "terminated", NULL);
    str reason = or_empty(json_str(json_get(waiting, STR("reason"))));
    if (reason.len > 0) {
        buf_reset(out);
        buf_add(out, reason);
        return;
    }
    if (json_is_absent(terminated))
        return;
    buf_reset(out);
    reason = or_empty(json_str(json_get(terminated, STR("reason"))));
    if (reason.len > 0)
        buf_add(out, reason);
    else if (number(terminated, "signal") != 0)
        buf_printf(out, "Signal:%" PRId64, number(terminated, "signal"));
    else
        buf_printf(out, "ExitCode:%" PRId64, exit_code(container_status));
}

/* "Init:0/1", "Init:Error": while the init containers are not through. */
static bool init_word(json object, struct buf *out)
{
    json list = json_get_path(object, "status", "initContainerStatuses", NULL);
    size_t wanted = json_len(json_get_path(object, "spec", "initContainers", NULL));
    for (size_t i = 0; i < json_len(list); i++) {
        json terminated = json_get_path(json_at(list, i), "state", "terminated", NULL);
        str waiting =
            or_empty(json_str(json_get_path(json_at(list, i), "state", "waiting", "reason", NULL)));
        if (!json_is_absent(terminated) && exit_code(json_at(list, i)) == 0)
            continue;
        buf_reset(out);
        if (!json_is_absent(terminated))
            buf_printf(out, "Init:%.*s",
                       STR_ARG(or_empty(json_str(json_get(terminated, STR("reason"))))));
        else if (waiting.len > 0 && !str_eq(waiting, STR("PodInitializing")))
            buf_printf(out, "Init:%.*s", STR_ARG(waiting));
        else
            buf_printf(out, "Init:%zu/%zu", i, wanted);
        return true;
    }
    return false;
}

static void cell_pod_status(json *cells, json object)
{
    struct buf b;
    json status = json_get(object, STR("status"));
    json list = json_get(status, STR("containerStatuses"));
    str reason = or_empty(json_str(json_get(status, STR("reason"))));
    buf_init(&b, TEXT_MAX_BYTES);
    buf_add(&b, reason.len ? reason : or_empty(json_str(json_get(status, STR("phase")))));
    if (!init_word(object, &b))
        for (size_t i = json_len(list); i > 0; i--)
            container_word(json_at(list, i - 1), &b);
    if (is_given(meta(object, "deletionTimestamp"))) {
        buf_reset(&b);
        buf_add(&b, STR("Terminating"));
    }
    cell_buf(cells, &b);
}

void cells_pod(json object, int64_t now_ms, json *cells)
{
    json spec = json_get(object, STR("spec")), status = json_get(object, STR("status"));
    json list = json_get(status, STR("containerStatuses"));
    size_t ready = 0;
    int64_t restarts = 0;
    for (size_t i = 0; i < json_len(list); i++) {
        bool is_ready = false;
        (void)json_get_bool(json_at(list, i), STR("ready"), &is_ready);
        ready += is_ready;
        restarts += number(json_at(list, i), "restartCount");
    }
    str ip = or_empty(json_str(json_get(status, STR("podIP"))));
    str node = or_empty(json_str(json_get(spec, STR("nodeName"))));
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, json_printf("%zu/%zu", ready, json_len(json_get(spec, STR("containers")))));
    cell_pod_status(cells, object);
    cell(cells, json_printf("%" PRId64, restarts));
    cell_age(cells, object, now_ms);
    cell_str(cells, ip.len ? ip : STR("<none>"));
    cell_str(cells, node.len ? node : STR("<none>"));
    cell(cells, json_c("<none>"));
    cell(cells, json_c("<none>"));
}

/* -- the others -- */

/* "job/pi": what an event is about. */
static json event_about(json involved)
{
    char kind[64];
    str name = or_empty(json_str(json_get(involved, STR("kind"))));
    size_t len = name.len < sizeof(kind) ? name.len : sizeof(kind);
    for (size_t i = 0; i < len; i++)
        kind[i] = (char)(name.ptr[i] >= 'A' && name.ptr[i] <= 'Z' ? name.ptr[i] - 'A' + 'a'
                                                                  : name.ptr[i]);
    return json_printf("%.*s/%.*s", (int)len, kind,
                       STR_ARG(or_empty(json_str(json_get(involved, STR("name"))))));
}

void cells_event(json object, int64_t now_ms, json *cells)
{
    json involved = json_get(object, STR("involvedObject"));
    cell_since(cells, json_get(object, STR("lastTimestamp")), now_ms);
    cell(cells, json_ref(json_get(object, STR("type"))));
    cell(cells, json_ref(json_get(object, STR("reason"))));
    cell(cells, event_about(involved));
    cell_str(cells, json_str(json_get(involved, STR("fieldPath"))));
    cell_str(cells, json_str(json_get_path(object, "source", "component", NULL)));
    cell(cells, json_ref(json_get(object, STR("message"))));
    cell_since(cells, json_get(object, STR("firstTimestamp")), now_ms);
    cell(cells, json_printf("%" PRId64, number(object, "count")));
    cell(cells, json_ref(meta(object, "name")));
}

void cells_namespace(json object, int64_t now_ms, json *cells)
{
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, json_ref(json_get_path(object, "status", "phase", NULL)));
    cell_age(cells, object, now_ms);
}

static json entries_of(json object)
{
    size_t count = json_len(json_get(object, STR("data")));
    return json_printf("%zu", count + json_len(json_get(object, STR("binaryData"))));
}

void cells_configmap(json object, int64_t now_ms, json *cells)
{
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, entries_of(object));
    cell_age(cells, object, now_ms);
}

void cells_secret(json object, int64_t now_ms, json *cells)
{
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, json_ref(json_get(object, STR("type"))));
    cell(cells, entries_of(object));
    cell_age(cells, object, now_ms);
}

void cells_service_account(json object, int64_t now_ms, json *cells)
{
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, json_printf("%zu", json_len(json_get(object, STR("secrets")))));
    cell_age(cells, object, now_ms);
}

void cells_service(json object, int64_t now_ms, json *cells)
{
    struct buf b;
    json spec = json_get(object, STR("spec"));
    json ports = json_get(spec, STR("ports"));
    str ip = or_empty(json_str(json_get(spec, STR("clusterIP"))));
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, json_ref(json_get(spec, STR("type"))));
    cell_str(cells, ip.len ? ip : STR("<none>"));
    cell(cells, json_c("<none>"));
    buf_init(&b, TEXT_MAX_BYTES);
    for (size_t i = 0; i < json_len(ports); i++)
        buf_printf(&b, "%s%" PRId64 "/%.*s", i ? "," : "", number(json_at(ports, i), "port"),
                   STR_ARG(or_empty(json_str(json_get(json_at(ports, i), STR("protocol"))))));
    cell_buf(cells, &b);
    cell_age(cells, object, now_ms);
    cell_map(cells, json_get(spec, STR("selector")));
}

void cells_deployment(json object, int64_t now_ms, json *cells)
{
    json spec = json_get(object, STR("spec")), status = json_get(object, STR("status"));
    json containers = json_get_path(spec, "template", "spec", "containers", NULL);
    cell(cells, json_ref(meta(object, "name")));
    cell(cells, json_printf("%" PRId64 "/%" PRId64, number(status, "readyReplicas"),
                            number(spec, "replicas")));
    cell(cells, json_printf("%" PRId64, number(status, "updatedReplicas")));
    cell(cells, json_printf("%" PRId64, number(status, "availableReplicas")));
    cell_age(cells, object, now_ms);
    cell_joined(cells, containers, "name");
    cell_joined(cells, containers, "image");
    cell_map(cells, json_get_path(spec, "selector", "matchLabels", NULL));
}
