/* Source: Developer Guide, "Integrating optimized services with Step Functions", "Learning to use
 * AWS service SDK integrations in Step Functions". A row an action; its patterns besides
 * Request-Response. */
#include "catalogue.h"

#include "net/arn.h"

#include <stddef.h>

enum { SYNC = 1, SYNC_2 = 2, TOKEN = 4 };

struct action {
    str name;
    int patterns;
};

/* clang-format off */
static const struct action actions[] = {
    {STR_INIT("apigateway:invoke"), TOKEN},
    {STR_INIT("athena:getQueryExecution"), 0},
    {STR_INIT("athena:getQueryResults"), 0},
    {STR_INIT("athena:startQueryExecution"), SYNC},
    {STR_INIT("athena:stopQueryExecution"), 0},
    {STR_INIT("batch:submitJob"), SYNC},
    {STR_INIT("bedrock:createModelCustomizationJob"), SYNC},
    {STR_INIT("bedrock:invokeModel"), 0},
    {STR_INIT("codebuild:batchDeleteBuilds"), 0},
    {STR_INIT("codebuild:batchGetReports"), 0},
    {STR_INIT("codebuild:retryBuild"), SYNC},
    {STR_INIT("codebuild:retryBuildBatch"), SYNC},
    {STR_INIT("codebuild:startBuild"), SYNC},
    {STR_INIT("codebuild:startBuildBatch"), SYNC},
    {STR_INIT("codebuild:stopBuild"), 0},
    {STR_INIT("codebuild:stopBuildBatch"), 0},
    {STR_INIT("databrew:startJobRun"), SYNC},
    {STR_INIT("dynamodb:deleteItem"), 0},
    {STR_INIT("dynamodb:getItem"), 0},
    {STR_INIT("dynamodb:putItem"), 0},
    {STR_INIT("dynamodb:updateItem"), 0},
    {STR_INIT("ecs:runTask"), SYNC | TOKEN},
    {STR_INIT("eks:call"), 0},
    {STR_INIT("eks:createCluster"), SYNC},
    {STR_INIT("eks:createFargateProfile"), SYNC},
    {STR_INIT("eks:createNodegroup"), SYNC},
    {STR_INIT("eks:deleteCluster"), SYNC},
    {STR_INIT("eks:deleteFargateProfile"), SYNC},
    {STR_INIT("eks:deleteNodegroup"), SYNC},
    {STR_INIT("eks:runJob"), SYNC},
    {STR_INIT("elasticmapreduce:addStep"), SYNC},
    {STR_INIT("elasticmapreduce:cancelStep"), 0},
    {STR_INIT("elasticmapreduce:createCluster"), SYNC},
    {STR_INIT("elasticmapreduce:modifyInstanceFleetByName"), 0},
    {STR_INIT("elasticmapreduce:modifyInstanceGroupByName"), 0},
    {STR_INIT("elasticmapreduce:setClusterTerminationProtection"), 0},
    {STR_INIT("elasticmapreduce:terminateCluster"), SYNC},
    {STR_INIT("emr-containers:createVirtualCluster"), 0},
    {STR_INIT("emr-containers:deleteVirtualCluster"), SYNC},
    {STR_INIT("emr-containers:startJobRun"), SYNC},
    {STR_INIT("emr-serverless:createApplication"), SYNC},
    {STR_INIT("emr-serverless:deleteApplication"), SYNC},
    {STR_INIT("emr-serverless:startApplication"), SYNC},
    {STR_INIT("emr-serverless:startJobRun"), SYNC},
    {STR_INIT("emr-serverless:stopApplication"), SYNC},
    {STR_INIT("events:putEvents"), TOKEN},
    {STR_INIT("glue:startJobRun"), SYNC},
    {STR_INIT("http:invoke"), 0},
    {STR_INIT("lambda:invoke"), TOKEN},
    {STR_INIT("mediaconvert:createJob"), SYNC},
    {STR_INIT("sagemaker:createEndpoint"), 0},
    {STR_INIT("sagemaker:createEndpointConfig"), 0},
    {STR_INIT("sagemaker:createHyperParameterTuningJob"), SYNC},
    {STR_INIT("sagemaker:createLabelingJob"), SYNC},
    {STR_INIT("sagemaker:createModel"), 0},
    {STR_INIT("sagemaker:createProcessingJob"), SYNC},
    {STR_INIT("sagemaker:createTrainingJob"), SYNC},
    {STR_INIT("sagemaker:createTransformJob"), SYNC},
    {STR_INIT("sagemaker:updateEndpoint"), 0},
    {STR_INIT("sns:publish"), TOKEN},
    {STR_INIT("sqs:sendMessage"), TOKEN},
    {STR_INIT("states:startExecution"), SYNC | SYNC_2 | TOKEN},
};
/* clang-format on */

static const struct {
    str suffix;
    int pattern;
} suffixes[] = {
    {STR_INIT(".sync:2"),           SYNC_2},
    {STR_INIT(".sync"),             SYNC  },
    {STR_INIT(".waitForTaskToken"), TOKEN },
};

/* Cuts the pattern off the name; 0: Request-Response. */
static int cut_pattern(str *name)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        if (!str_ends(*name, suffixes[i].suffix))
            continue;
        *name = str_sub(*name, 0, name->len - suffixes[i].suffix.len);
        return suffixes[i].pattern;
    }
    return 0;
}

static bool is_word(str s, bool starts_lower)
{
    bool good = s.len > 0 && (!starts_lower || (s.ptr[0] >= 'a' && s.ptr[0] <= 'z'));
    for (size_t i = 0; good && i < s.len; i++) {
        char c = s.ptr[i];
        good =
            (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    }
    return good;
}

/* "aws-sdk:<service>:<action>", with or without a token: which services and actions there are is
 * not known here. */
static bool is_sdk(str name, int pattern)
{
    str rest = name;
    if (!str_eq(str_cut(&rest, ':'), STR("aws-sdk")) || !rest.ptr || (pattern & (SYNC | SYNC_2)))
        return false;
    str service = str_cut(&rest, ':');
    return rest.ptr && is_word(service, false) && is_word(rest, true);
}

bool catalogue_has_integration(str name)
{
    int pattern = cut_pattern(&name);
    if (is_sdk(name, pattern))
        return true;
    for (size_t i = 0; i < sizeof actions / sizeof *actions; i++)
        if (str_eq(actions[i].name, name))
            return (actions[i].patterns & pattern) == pattern;
    return false;
}

bool catalogue_has_arn(str resource_arn)
{
    struct arn arn;
    if (!arn_parse(resource_arn, &arn))
        return false;
    str rest = arn.resource;
    str type = str_cut(&rest, ':');
    if (str_eq(arn.service, STR("lambda")))
        return str_eq(type, STR("function")) && rest.ptr && rest.len > 0;
    return str_eq(arn.service, STR("states")) && str_eq(type, STR("activity")) && rest.ptr &&
           rest.len > 0;
}
