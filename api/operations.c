/* The operations: a row each, sorted by name; and the shapes of their inputs.
 * Source: botocore's service model `stepfunctions`: members, lengths, enumerations. */
#include "api_private.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

enum {
    ARN_MAX = 256,
    LONG_ARN_MAX = 2000,
    NAME_MAX = 80,
    DEFINITION_MAX = 1048576,
    INPUT_MAX_BYTES = 262144,
    TOKEN_MAX = 1024,
    LONG_TOKEN_MAX = 3096,
    RESULTS_MAX = 1000,
    ERROR_MAX = 256,
    CAUSE_MAX = 32768,
};

#define TEXT(name, required, min, max)                                                             \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRING, required, min, max, 0, NULL, NULL, 0                         \
    }
#define CHOICE(name, values)                                                                       \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRING, false, 0, 0, 0, values, NULL, 0                              \
    }
#define NUMBER(name, max)                                                                          \
    {                                                                                              \
        STR_INIT(name), SHAPE_INTEGER, false, 0, max, 0, NULL, NULL, 0                             \
    }
#define FLOAT(name, max)                                                                           \
    {                                                                                              \
        STR_INIT(name), SHAPE_FLOAT, false, 0, max, 0, NULL, NULL, 0                               \
    }
#define FLAG(name)                                                                                 \
    {                                                                                              \
        STR_INIT(name), SHAPE_BOOLEAN, false, 0, 0, 0, NULL, NULL, 0                               \
    }
#define INPUT(name)                                                                                \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRING, false, 0, 0, INPUT_MAX_BYTES, NULL, NULL, 0                  \
    }
#define LIST(name, required, of)                                                                   \
    {                                                                                              \
        STR_INIT(name), SHAPE_LIST, required, 0, 0, 0, NULL, of, COUNT(of)                         \
    }
#define STRUCTURE(name, of)                                                                        \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRUCTURE, false, 0, 0, 0, NULL, of, COUNT(of)                       \
    }

static const struct shape tag[] = {TEXT("key", false, 0, 128), TEXT("value", false, 0, 256)};
static const struct shape tag_key[] = {TEXT("", false, 0, 128)};
static const struct shape log_group[] = {TEXT("logGroupArn", false, 1, ARN_MAX)};
static const struct shape destination[] = {STRUCTURE("cloudWatchLogsLogGroup", log_group)};
static const struct shape logging[] = {
    CHOICE("level", "[ALL, ERROR, FATAL, OFF]"),
    FLAG("includeExecutionData"),
    LIST("destinations", false, destination),
};
static const struct shape tracing[] = {FLAG("enabled")};
static const struct shape encryption[] = {
    TEXT("kmsKeyId", false, 1, 2048),
    NUMBER("kmsDataKeyReusePeriodSeconds", 900),
    CHOICE("type", "[AWS_OWNED_KEY, CUSTOMER_MANAGED_KMS_KEY]"),
};

static const struct shape create_state_machine[] = {
    TEXT("name", true, 1, NAME_MAX),
    TEXT("definition", true, 1, DEFINITION_MAX),
    TEXT("roleArn", true, 1, ARN_MAX),
    CHOICE("type", "[STANDARD, EXPRESS]"),
    STRUCTURE("loggingConfiguration", logging),
    LIST("tags", false, tag),
    STRUCTURE("tracingConfiguration", tracing),
    FLAG("publish"),
    TEXT("versionDescription", false, 0, 256),
    STRUCTURE("encryptionConfiguration", encryption),
};
static const struct shape update_state_machine[] = {
    TEXT("stateMachineArn", true, 1, ARN_MAX),  TEXT("definition", false, 1, DEFINITION_MAX),
    TEXT("roleArn", false, 1, ARN_MAX),         STRUCTURE("loggingConfiguration", logging),
    STRUCTURE("tracingConfiguration", tracing), FLAG("publish"),
    TEXT("versionDescription", false, 0, 256),  STRUCTURE("encryptionConfiguration", encryption),
};
static const struct shape describe_state_machine[] = {
    TEXT("stateMachineArn", true, 1, ARN_MAX),
    CHOICE("includedData", "[ALL_DATA, METADATA_ONLY]"),
};
static const struct shape delete_state_machine[] = {TEXT("stateMachineArn", true, 1, ARN_MAX)};
static const struct shape list_state_machines[] = {
    NUMBER("maxResults", RESULTS_MAX),
    TEXT("nextToken", false, 1, TOKEN_MAX),
};
static const struct shape start_execution[] = {
    TEXT("stateMachineArn", true, 1, ARN_MAX),
    TEXT("name", false, 1, NAME_MAX),
    INPUT("input"),
    TEXT("traceHeader", false, 0, 256),
};
static const struct shape start_sync_execution[] = {
    TEXT("stateMachineArn", true, 1, ARN_MAX),
    TEXT("name", false, 1, NAME_MAX),
    INPUT("input"),
    TEXT("traceHeader", false, 0, 256),
    CHOICE("includedData", "[ALL_DATA, METADATA_ONLY]"),
};
static const struct shape describe_execution[] = {
    TEXT("executionArn", true, 1, ARN_MAX),
    CHOICE("includedData", "[ALL_DATA, METADATA_ONLY]"),
};
static const struct shape stop_execution[] = {
    TEXT("executionArn", true, 1, ARN_MAX),
    TEXT("error", false, 0, ERROR_MAX),
    TEXT("cause", false, 0, CAUSE_MAX),
};
static const struct shape list_executions[] = {
    TEXT("stateMachineArn", false, 1, ARN_MAX),
    // Source: the order in which AWS was recorded to list them.
    CHOICE("statusFilter", "[SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, ABORTED, FAILED, RUNNING]"),
    NUMBER("maxResults", RESULTS_MAX),
    TEXT("nextToken", false, 1, LONG_TOKEN_MAX),
    TEXT("mapRunArn", false, 1, LONG_ARN_MAX),
    CHOICE("redriveFilter", "[REDRIVEN, NOT_REDRIVEN]"),
};
static const struct shape describe_map_run[] = {TEXT("mapRunArn", true, 1, LONG_ARN_MAX)};
static const struct shape list_map_runs[] = {
    TEXT("executionArn", true, 1, ARN_MAX),
    NUMBER("maxResults", RESULTS_MAX),
    TEXT("nextToken", false, 1, TOKEN_MAX),
};
static const struct shape update_map_run[] = {
    TEXT("mapRunArn", true, 1, LONG_ARN_MAX),
    NUMBER("maxConcurrency", 0),
    FLOAT("toleratedFailurePercentage", 100),
    NUMBER("toleratedFailureCount", 0),
};
static const struct shape get_execution_history[] = {
    TEXT("executionArn", true, 1, ARN_MAX), NUMBER("maxResults", RESULTS_MAX), FLAG("reverseOrder"),
    TEXT("nextToken", false, 1, TOKEN_MAX), FLAG("includeExecutionData"),
};
static const struct shape describe_for_execution[] = {
    TEXT("executionArn", true, 1, ARN_MAX),
    CHOICE("includedData", "[ALL_DATA, METADATA_ONLY]"),
};
static const struct shape tag_resource[] = {
    TEXT("resourceArn", true, 1, ARN_MAX),
    LIST("tags", true, tag),
};
static const struct shape untag_resource[] = {
    TEXT("resourceArn", true, 1, ARN_MAX),
    LIST("tagKeys", true, tag_key),
};
static const struct shape list_tags[] = {TEXT("resourceArn", true, 1, ARN_MAX)};
static const struct shape validate_definition[] = {
    TEXT("definition", true, 0, DEFINITION_MAX),
    CHOICE("type", "[STANDARD, EXPRESS]"),
    CHOICE("severity", "[ERROR, WARNING]"),
    NUMBER("maxResults", 100),
};

#define ROW(name, shape, run)                                                                      \
    {                                                                                              \
        STR_INIT(name), shape, COUNT(shape), run                                                   \
    }

/* clang-format off */
static const struct api_operation rows[] = {
    ROW("CreateStateMachine", create_state_machine, api_create_state_machine),
    ROW("DeleteStateMachine", delete_state_machine, api_delete_state_machine),
    ROW("DescribeExecution", describe_execution, api_describe_execution),
    ROW("DescribeMapRun", describe_map_run, api_describe_map_run),
    ROW("DescribeStateMachine", describe_state_machine, api_describe_state_machine),
    ROW("DescribeStateMachineForExecution", describe_for_execution,
        api_describe_state_machine_for_execution),
    ROW("GetExecutionHistory", get_execution_history, api_get_execution_history),
    ROW("ListExecutions", list_executions, api_list_executions),
    ROW("ListMapRuns", list_map_runs, api_list_map_runs),
    ROW("ListStateMachines", list_state_machines, api_list_state_machines),
    ROW("ListTagsForResource", list_tags, api_list_tags_for_resource),
    ROW("StartExecution", start_execution, api_start_execution),
    ROW("StartSyncExecution", start_sync_execution, api_start_sync_execution),
    ROW("StopExecution", stop_execution, api_stop_execution),
    ROW("TagResource", tag_resource, api_tag_resource),
    ROW("UntagResource", untag_resource, api_untag_resource),
    ROW("UpdateMapRun", update_map_run, api_update_map_run),
    ROW("UpdateStateMachine", update_state_machine, api_update_state_machine),
    ROW("ValidateStateMachineDefinition", validate_definition,
        api_validate_state_machine_definition),
};
/* clang-format on */

static_assert(COUNT(rows) <= API_OPERATIONS_MAX, "counters are an array");

const struct api_operation *api_operation_find(str name)
{
    size_t low = 0, high = COUNT(rows);
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = str_cmp(name, rows[middle].name);
        if (order == 0)
            return &rows[middle];
        if (order < 0)
            high = middle;
        else
            low = middle + 1;
    }
    return NULL;
}

size_t api_operation_number(const struct api_operation *op)
{
    return (size_t)(op - rows);
}

void api_metrics(struct api *a, struct buf *out)
{
    buf_add(out, STR("# TYPE stepd_api_requests_total counter\n"));
    for (size_t i = 0; i < COUNT(rows); i++) {
        unsigned long long answered = atomic_load_explicit(&a->answered[i], memory_order_relaxed);
        unsigned long long refused = atomic_load_explicit(&a->refused[i], memory_order_relaxed);
        if (answered)
            buf_printf(out, "stepd_api_requests_total{operation=\"%.*s\",outcome=\"ok\"} %llu\n",
                       STR_ARG(rows[i].name), answered);
        if (refused)
            buf_printf(out, "stepd_api_requests_total{operation=\"%.*s\",outcome=\"error\"} %llu\n",
                       STR_ARG(rows[i].name), refused);
    }
    buf_printf(out, "# TYPE stepd_executions_open gauge\nstepd_executions_open %zu\n",
               engine_open_count(a->options.engine));
}
