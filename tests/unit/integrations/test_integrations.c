/* Resources are found by their ARN and checked when a definition is created. */
#include "integrations/integrations.h"
#include "unit.h"

static void test_every_eks_resource_is_found(void **state)
{
    (void)state;
    static const char *const names[] = {
        "call",
        "runJob",
        "runJob.sync",
        "createCluster",
        "createCluster.sync",
        "deleteCluster",
        "deleteCluster.sync",
        "createNodegroup",
        "createNodegroup.sync",
        "deleteNodegroup",
        "deleteNodegroup.sync",
        "createFargateProfile",
        "createFargateProfile.sync",
        "deleteFargateProfile",
        "deleteFargateProfile.sync",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct buf arn;
        buf_init(&arn, 200);
        buf_printf(&arn, "arn:aws-cn:states:::eks:%s", names[i]);
        const struct task_resource *row = integrations_find(buf_str(&arn));
        assert_non_null(row);
        assert_str(row->api, names[i]);
        assert_int_equal(row->sync, str_ends(row->name, STR(".sync")));
        buf_release(&arn);
    }
}

static void test_operations_of_the_eks_api_are_found(void **state)
{
    (void)state;
    const struct task_resource *row =
        integrations_find(STR("arn:aws:states:::aws-sdk:eks:describeNodegroup"));
    assert_non_null(row);
    assert_str(row->type, "aws-sdk:eks");
    assert_str(row->api, "describeNodegroup");
    assert_non_null(integrations_find(STR("arn:aws:states:::aws-sdk:eks:updateClusterVersion")));
}

static void test_others_are_not_found(void **state)
{
    (void)state;
    static const char *const arns[] = {
        "",
        "eks:call",
        "arn:aws:states:::eks:call.sync",
        "arn:aws:states:::eks:runJob.sync:2",
        "arn:aws:states:::eks:call.waitForTaskToken",
        "arn:aws:states:us-east-1::eks:call",
        "arn:aws:states::123456789012:eks:call",
        "arn:aws:lambda:::eks:call",
        "arn:aws:states:::eks:Call",
        "arn:aws:states:::eks:describeCluster",
        "arn:aws:states:::aws-sdk:eks:runJob",
        "arn:aws:states:::aws-sdk:eks:DescribeCluster",
        "arn:aws:states:::aws-sdk:eks:createCluster.sync",
    };
    for (size_t i = 0; i < sizeof arns / sizeof arns[0]; i++)
        assert_null(integrations_find(str_from_c(arns[i])));
}

static void assert_refused(const char *resource, const char *parameters, bool express,
                           const char *expected)
{
    struct asl_diagnostics d;
    struct err err = ERR_INIT;
    json p = json_absent();
    asl_diagnostics_init(&d);
    assert_true(json_parse(str_from_c(parameters), &p, &err));
    integrations_check(NULL, str_from_c(resource), p, express, STR("/States/X"), &d);
    assert_int_equal(d.errors, expected ? 1 : 0);
    if (expected) {
        assert_false(asl_diagnostics_refuse(&d, &err));
        assert_str(err_text(&err), expected);
    }
    err_release(&err);
    json_unref(p);
    asl_diagnostics_release(&d);
}

#define WRAP(text) "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: " text "'"

static void test_definitions_are_checked(void **state)
{
    (void)state;
    assert_refused("arn:aws:states:::eks:deleteCluster.sync", "{\"Name\":\"c\"}", false, NULL);
    assert_refused("arn:aws:states:::eks:deleteCluster", "{\"Name.$\":\"$.c\"}", true, NULL);
    assert_refused("arn:aws:states:::eks:deleteCluster", "{}", false,
                   WRAP("The field 'Name' is required but was missing at /States/X/Parameters"));
    assert_refused("arn:aws:states:::eks:deleteCluster", "{\"Name\":\"c\",\"Nmae\":1}", false,
                   WRAP("The field 'Nmae' is not supported by Step Functions at "
                        "/States/X/Parameters"));
    assert_refused("arn:aws:states:::eks:deleteCluster", "{\"Name\":7}", false,
                   WRAP("The value for the field 'Name' must be a STRING at "
                        "/States/X/Parameters"));
    assert_refused("arn:aws:states:::eks:deleteCluster.sync", "{\"Name\":\"c\"}", true,
                   WRAP("Express state machine does not support '.sync' service integration at "
                        "/States/X/Resource"));
    assert_refused("arn:aws:states:::eks:createAddon", "{}", false,
                   WRAP("The resource provided arn:aws:states:::eks:createAddon is not recognized. "
                        "The value is not a valid resource ARN, or the resource is not available "
                        "in this region. at /States/X/Resource"));
}

/* Of what AWS has and stepd has not it depends on who asks whether it is an error. */
static void test_what_only_aws_can_call(void **state)
{
    (void)state;
    static const struct {
        const char *resource;
        bool exists;
    } rows[] = {
        {"arn:aws:states:::lambda:invoke",                                   true },
        {"arn:aws:states:::lambda:invoke.waitForTaskToken",                  true },
        {"arn:aws:states:::lambda:invoke.sync",                              false},
        {"arn:aws:states:::states:startExecution.sync:2",                    true },
        {"arn:aws:states:::batch:submitJob.sync",                            true },
        {"arn:aws:states:::batch:submitJob.waitForTaskToken",                false},
        {"arn:aws:states:::aws-sdk:s3:getObject",                            true },
        {"arn:aws:states:::aws-sdk:sfn:startSyncExecution.waitForTaskToken", true },
        {"arn:aws:states:::aws-sdk:s3:getObject.sync",                       false},
        {"arn:aws:states:::aws-sdk:s3:GetObject",                            false},
        {"arn:aws:states:::aws-sdk:s3",                                      false},
        {"arn:aws:states:::eks:createAddon",                                 false},
        {"arn:aws:states:::nosuch:thing",                                    false},
    };
    const enum asl_severity warning = ASL_WARNING;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct asl_diagnostics strict, lenient;
        asl_diagnostics_init(&strict);
        asl_diagnostics_init(&lenient);
        integrations_check(NULL, str_from_c(rows[i].resource), json_absent(), false, STR("/X"),
                           &strict);
        integrations_check((void *)(uintptr_t)&warning, str_from_c(rows[i].resource), json_absent(),
                           false, STR("/X"), &lenient);
        bool told = strict.first && str_starts(strict.first->message, STR("stepd cannot call"));
        if (strict.errors != 1 || lenient.errors != (rows[i].exists ? 0 : 1) ||
            told != rows[i].exists)
            fail_msg("%s", rows[i].resource);
        asl_diagnostics_release(&strict);
        asl_diagnostics_release(&lenient);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_eks_resource_is_found),
        cmocka_unit_test(test_operations_of_the_eks_api_are_found),
        cmocka_unit_test(test_others_are_not_found),
        cmocka_unit_test(test_definitions_are_checked),
        cmocka_unit_test(test_what_only_aws_can_call),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
