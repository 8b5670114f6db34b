/* The rows: every resource of EKS, its parameters, and how its call begins.
 *
 * Parameters are those of the Developer Guide's page and, for the control plane, of the API's own
 * operations, whose names Step Functions writes with a capital letter. */
#include "integrations/eks/eks.h"

#include "eks_private.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])

static const struct task_parameter call_parameters[] = {
    {STR_INIT("ClusterName"),          TASK_STRING,           true },
    {STR_INIT("CertificateAuthority"), TASK_STRING,           true },
    {STR_INIT("Endpoint"),             TASK_STRING,           true },
    {STR_INIT("Method"),               TASK_STRING,           true },
    {STR_INIT("Path"),                 TASK_STRING,           true },
    {STR_INIT("QueryParameters"),      TASK_LISTS,            false},
    {STR_INIT("RequestBody"),          TASK_OBJECT_OR_STRING, false},
};

static const struct task_parameter run_job_parameters[] = {
    {STR_INIT("ClusterName"),          TASK_STRING,           true },
    {STR_INIT("CertificateAuthority"), TASK_STRING,           true },
    {STR_INIT("Endpoint"),             TASK_STRING,           true },
    {STR_INIT("Namespace"),            TASK_STRING,           false},
    {STR_INIT("Job"),                  TASK_OBJECT_OR_STRING, true },
    {STR_INIT("LogOptions"),           TASK_OBJECT,           false},
};

const struct task_parameter eks_create_cluster[] = {
    {STR_INIT("Name"),                       TASK_STRING,  true },
    {STR_INIT("RoleArn"),                    TASK_STRING,  true },
    {STR_INIT("ResourcesVpcConfig"),         TASK_OBJECT,  true },
    {STR_INIT("Version"),                    TASK_STRING,  false},
    {STR_INIT("KubernetesNetworkConfig"),    TASK_OBJECT,  false},
    {STR_INIT("Logging"),                    TASK_OBJECT,  false},
    {STR_INIT("ClientRequestToken"),         TASK_STRING,  false},
    {STR_INIT("Tags"),                       TASK_OBJECT,  false},
    {STR_INIT("EncryptionConfig"),           TASK_ARRAY,   false},
    {STR_INIT("OutpostConfig"),              TASK_OBJECT,  false},
    {STR_INIT("AccessConfig"),               TASK_OBJECT,  false},
    {STR_INIT("BootstrapSelfManagedAddons"), TASK_BOOLEAN, false},
    {STR_INIT("UpgradePolicy"),              TASK_OBJECT,  false},
    {STR_INIT("ZonalShiftConfig"),           TASK_OBJECT,  false},
    {STR_INIT("RemoteNetworkConfig"),        TASK_OBJECT,  false},
    {STR_INIT("ComputeConfig"),              TASK_OBJECT,  false},
    {STR_INIT("StorageConfig"),              TASK_OBJECT,  false},
    {STR_INIT("DeletionProtection"),         TASK_BOOLEAN, false},
    {STR_INIT("ControlPlaneScalingConfig"),  TASK_OBJECT,  false},
};

const struct task_parameter eks_delete_cluster[] = {
    {STR_INIT("Name"), TASK_STRING, true},
};

const struct task_parameter eks_create_nodegroup[] = {
    {STR_INIT("ClusterName"),        TASK_STRING, true },
    {STR_INIT("NodegroupName"),      TASK_STRING, true },
    {STR_INIT("Subnets"),            TASK_ARRAY,  true },
    {STR_INIT("NodeRole"),           TASK_STRING, true },
    {STR_INIT("ScalingConfig"),      TASK_OBJECT, false},
    {STR_INIT("DiskSize"),           TASK_NUMBER, false},
    {STR_INIT("InstanceTypes"),      TASK_ARRAY,  false},
    {STR_INIT("AmiType"),            TASK_STRING, false},
    {STR_INIT("RemoteAccess"),       TASK_OBJECT, false},
    {STR_INIT("Labels"),             TASK_OBJECT, false},
    {STR_INIT("Taints"),             TASK_ARRAY,  false},
    {STR_INIT("Tags"),               TASK_OBJECT, false},
    {STR_INIT("ClientRequestToken"), TASK_STRING, false},
    {STR_INIT("LaunchTemplate"),     TASK_OBJECT, false},
    {STR_INIT("UpdateConfig"),       TASK_OBJECT, false},
    {STR_INIT("NodeRepairConfig"),   TASK_OBJECT, false},
    {STR_INIT("CapacityType"),       TASK_STRING, false},
    {STR_INIT("Version"),            TASK_STRING, false},
    {STR_INIT("ReleaseVersion"),     TASK_STRING, false},
    {STR_INIT("WarmPoolConfig"),     TASK_OBJECT, false},
};

const struct task_parameter eks_delete_nodegroup[] = {
    {STR_INIT("ClusterName"),   TASK_STRING, true},
    {STR_INIT("NodegroupName"), TASK_STRING, true},
};

const struct task_parameter eks_create_profile[] = {
    {STR_INIT("ClusterName"),         TASK_STRING, true },
    {STR_INIT("FargateProfileName"),  TASK_STRING, true },
    {STR_INIT("PodExecutionRoleArn"), TASK_STRING, true },
    {STR_INIT("Subnets"),             TASK_ARRAY,  false},
    {STR_INIT("Selectors"),           TASK_ARRAY,  false},
    {STR_INIT("ClientRequestToken"),  TASK_STRING, false},
    {STR_INIT("Tags"),                TASK_OBJECT, false},
};

const struct task_parameter eks_delete_profile[] = {
    {STR_INIT("ClusterName"),        TASK_STRING, true},
    {STR_INIT("FargateProfileName"), TASK_STRING, true},
};

#define ROW(api_, parameters_, sync_, begin_)                                                      \
    {                                                                                              \
        .name = STR_INIT("eks:" api_), .type = STR_INIT("eks"), .api = STR_INIT(api_),             \
        .parameters = (parameters_), .parameters_count = COUNT(parameters_), .sync = (sync_),      \
        .begin = (begin_)                                                                          \
    }

/* clang-format off */
static const struct task_resource rows[] = {
    ROW("call", call_parameters, false, eks_call_begin),
    ROW("createCluster", eks_create_cluster, false, eks_control_begin),
    ROW("createCluster.sync", eks_create_cluster, true, eks_control_begin),
    ROW("createFargateProfile", eks_create_profile, false, eks_control_begin),
    ROW("createFargateProfile.sync", eks_create_profile, true, eks_control_begin),
    ROW("createNodegroup", eks_create_nodegroup, false, eks_control_begin),
    ROW("createNodegroup.sync", eks_create_nodegroup, true, eks_control_begin),
    ROW("deleteCluster", eks_delete_cluster, false, eks_control_begin),
    ROW("deleteCluster.sync", eks_delete_cluster, true, eks_control_begin),
    ROW("deleteFargateProfile", eks_delete_profile, false, eks_control_begin),
    ROW("deleteFargateProfile.sync", eks_delete_profile, true, eks_control_begin),
    ROW("deleteNodegroup", eks_delete_nodegroup, false, eks_control_begin),
    ROW("deleteNodegroup.sync", eks_delete_nodegroup, true, eks_control_begin),
    ROW("runJob", run_job_parameters, false, eks_run_job_begin),
    ROW("runJob.sync", run_job_parameters, true, eks_run_job_begin),
};
/* clang-format on */

const struct task_resource *eks_resource(str name)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_eq(rows[i].name, name))
            return &rows[i];
    return eks_sdk_resource(name);
}
