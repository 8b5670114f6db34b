/* The rows of aws-sdk:eks:*: every operation of the EKS API, its parameters and its place.
 *
 * Names are the API's with a capital letter, as Step Functions writes those of every SDK.
 * Source: botocore's service model `eks` (names, members, methods, paths). */
#include "eks_private.h"

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])
#define NEEDED(name, kind)                                                                         \
    {                                                                                              \
        STR_INIT(name), TASK_##kind, true                                                          \
    }
#define PART(name, kind)                                                                           \
    {                                                                                              \
        STR_INIT(name), TASK_##kind, false                                                         \
    }
#define NEED(name) NEEDED(name, STRING)
#define TEXT(name) PART(name, STRING)

/* clang-format off */
static const struct task_parameter associate_access_policy[] = {
    NEED("ClusterName"), NEED("PrincipalArn"), NEED("PolicyArn"), NEEDED("AccessScope", OBJECT),
};
static const struct task_parameter associate_encryption_config[] = {
    NEED("ClusterName"), NEEDED("EncryptionConfig", ARRAY), TEXT("ClientRequestToken"),
};
static const struct task_parameter associate_identity_provider_config[] = {
    NEED("ClusterName"), NEEDED("Oidc", OBJECT), PART("Tags", OBJECT), TEXT("ClientRequestToken"),
};
static const struct task_parameter create_access_entry[] = {
    NEED("ClusterName"), NEED("PrincipalArn"), PART("KubernetesGroups", ARRAY),
    PART("Tags", OBJECT), TEXT("ClientRequestToken"), TEXT("Username"), TEXT("Type"),
};
static const struct task_parameter create_addon[] = {
    NEED("ClusterName"), NEED("AddonName"), TEXT("AddonVersion"), TEXT("ServiceAccountRoleArn"),
    TEXT("ResolveConflicts"), TEXT("ClientRequestToken"), PART("Tags", OBJECT),
    TEXT("ConfigurationValues"), PART("PodIdentityAssociations", ARRAY),
    PART("NamespaceConfig", OBJECT),
};
static const struct task_parameter create_capability[] = {
    NEED("CapabilityName"), NEED("ClusterName"), TEXT("ClientRequestToken"), NEED("Type"),
    NEED("RoleArn"), PART("Configuration", OBJECT), PART("Tags", OBJECT),
    NEED("DeletePropagationPolicy"),
};
static const struct task_parameter create_eks_anywhere_subscription[] = {
    NEED("Name"), NEEDED("Term", OBJECT), PART("LicenseQuantity", NUMBER), TEXT("LicenseType"),
    PART("AutoRenew", BOOLEAN), TEXT("ClientRequestToken"), PART("Tags", OBJECT),
};
static const struct task_parameter create_pod_identity_association[] = {
    NEED("ClusterName"), NEED("Namespace"), NEED("ServiceAccount"), NEED("RoleArn"),
    TEXT("ClientRequestToken"), PART("Tags", OBJECT), PART("DisableSessionTags", BOOLEAN),
    TEXT("TargetRoleArn"), TEXT("Policy"),
};
static const struct task_parameter access_entry[] = {
    NEED("ClusterName"), NEED("PrincipalArn"),
};
static const struct task_parameter delete_addon[] = {
    NEED("ClusterName"), NEED("AddonName"), PART("Preserve", BOOLEAN),
};
static const struct task_parameter capability[] = {
    NEED("ClusterName"), NEED("CapabilityName"),
};
static const struct task_parameter subscription[] = {
    NEED("Id"),
};
static const struct task_parameter association[] = {
    NEED("ClusterName"), NEED("AssociationId"),
};
static const struct task_parameter addon[] = {
    NEED("ClusterName"), NEED("AddonName"),
};
static const struct task_parameter describe_addon_configuration[] = {
    NEED("AddonName"), NEED("AddonVersion"),
};
static const struct task_parameter describe_addon_versions[] = {
    TEXT("KubernetesVersion"), PART("MaxResults", NUMBER), TEXT("NextToken"), TEXT("AddonName"),
    PART("Types", ARRAY), PART("Publishers", ARRAY), PART("Owners", ARRAY),
};
static const struct task_parameter describe_cluster_versions[] = {
    TEXT("ClusterType"), PART("MaxResults", NUMBER), TEXT("NextToken"),
    PART("DefaultOnly", BOOLEAN), PART("IncludeAll", BOOLEAN), PART("ClusterVersions", ARRAY),
    TEXT("Status"), TEXT("VersionStatus"),
};
static const struct task_parameter describe_identity_provider_config[] = {
    NEED("ClusterName"), NEEDED("IdentityProviderConfig", OBJECT),
};
static const struct task_parameter insight[] = {
    NEED("ClusterName"), NEED("Id"),
};
static const struct task_parameter cluster[] = {
    NEED("ClusterName"),
};
static const struct task_parameter describe_update[] = {
    NEED("Name"), NEED("UpdateId"), TEXT("NodegroupName"), TEXT("AddonName"),
    TEXT("CapabilityName"),
};
static const struct task_parameter disassociate_access_policy[] = {
    NEED("ClusterName"), NEED("PrincipalArn"), NEED("PolicyArn"),
};
static const struct task_parameter disassociate_identity_provider_config[] = {
    NEED("ClusterName"), NEEDED("IdentityProviderConfig", OBJECT), TEXT("ClientRequestToken"),
};
static const struct task_parameter list_access_entries[] = {
    NEED("ClusterName"), TEXT("AssociatedPolicyArn"), PART("MaxResults", NUMBER), TEXT("NextToken"),
};
static const struct task_parameter pages[] = {
    PART("MaxResults", NUMBER), TEXT("NextToken"),
};
static const struct task_parameter cluster_pages[] = {
    NEED("ClusterName"), PART("MaxResults", NUMBER), TEXT("NextToken"),
};
static const struct task_parameter list_associated_access_policies[] = {
    NEED("ClusterName"), NEED("PrincipalArn"), PART("MaxResults", NUMBER), TEXT("NextToken"),
};
static const struct task_parameter list_clusters[] = {
    PART("MaxResults", NUMBER), TEXT("NextToken"), PART("Include", ARRAY),
};
static const struct task_parameter list_eks_anywhere_subscriptions[] = {
    PART("MaxResults", NUMBER), TEXT("NextToken"), PART("IncludeStatus", ARRAY),
};
static const struct task_parameter list_insights[] = {
    NEED("ClusterName"), PART("Filter", OBJECT), PART("MaxResults", NUMBER), TEXT("NextToken"),
};
static const struct task_parameter list_pod_identity_associations[] = {
    NEED("ClusterName"), TEXT("Namespace"), TEXT("ServiceAccount"), PART("MaxResults", NUMBER),
    TEXT("NextToken"),
};
static const struct task_parameter list_tags_for_resource[] = {
    NEED("ResourceArn"),
};
static const struct task_parameter list_updates[] = {
    NEED("Name"), TEXT("NodegroupName"), TEXT("AddonName"), TEXT("CapabilityName"),
    TEXT("NextToken"), PART("MaxResults", NUMBER),
};
static const struct task_parameter register_cluster[] = {
    NEED("Name"), NEEDED("ConnectorConfig", OBJECT), TEXT("ClientRequestToken"),
    PART("Tags", OBJECT),
};
static const struct task_parameter tag_resource[] = {
    NEED("ResourceArn"), NEEDED("Tags", OBJECT),
};
static const struct task_parameter untag_resource[] = {
    NEED("ResourceArn"), NEEDED("TagKeys", ARRAY),
};
static const struct task_parameter update_access_entry[] = {
    NEED("ClusterName"), NEED("PrincipalArn"), PART("KubernetesGroups", ARRAY),
    TEXT("ClientRequestToken"), TEXT("Username"),
};
static const struct task_parameter update_addon[] = {
    NEED("ClusterName"), NEED("AddonName"), TEXT("AddonVersion"), TEXT("ServiceAccountRoleArn"),
    TEXT("ResolveConflicts"), TEXT("ClientRequestToken"), TEXT("ConfigurationValues"),
    PART("PodIdentityAssociations", ARRAY),
};
static const struct task_parameter update_capability[] = {
    NEED("ClusterName"), NEED("CapabilityName"), TEXT("RoleArn"), PART("Configuration", OBJECT),
    TEXT("ClientRequestToken"), TEXT("DeletePropagationPolicy"),
};
static const struct task_parameter update_cluster_config[] = {
    NEED("Name"), PART("ResourcesVpcConfig", OBJECT), PART("Logging", OBJECT),
    TEXT("ClientRequestToken"), PART("AccessConfig", OBJECT), PART("UpgradePolicy", OBJECT),
    PART("ZonalShiftConfig", OBJECT), PART("ComputeConfig", OBJECT),
    PART("KubernetesNetworkConfig", OBJECT), PART("StorageConfig", OBJECT),
    PART("RemoteNetworkConfig", OBJECT), PART("DeletionProtection", BOOLEAN),
    PART("ControlPlaneScalingConfig", OBJECT),
};
static const struct task_parameter update_cluster_version[] = {
    NEED("Name"), NEED("Version"), TEXT("ClientRequestToken"), PART("Force", BOOLEAN),
};
static const struct task_parameter update_eks_anywhere_subscription[] = {
    NEED("Id"), NEEDED("AutoRenew", BOOLEAN), TEXT("ClientRequestToken"),
};
static const struct task_parameter update_nodegroup_config[] = {
    NEED("ClusterName"), NEED("NodegroupName"), PART("Labels", OBJECT), PART("Taints", OBJECT),
    PART("ScalingConfig", OBJECT), PART("UpdateConfig", OBJECT), PART("NodeRepairConfig", OBJECT),
    PART("WarmPoolConfig", OBJECT), TEXT("ClientRequestToken"),
};
static const struct task_parameter update_nodegroup_version[] = {
    NEED("ClusterName"), NEED("NodegroupName"), TEXT("Version"), TEXT("ReleaseVersion"),
    PART("LaunchTemplate", OBJECT), PART("Force", BOOLEAN), TEXT("ClientRequestToken"),
};
static const struct task_parameter update_pod_identity_association[] = {
    NEED("ClusterName"), NEED("AssociationId"), TEXT("RoleArn"), TEXT("ClientRequestToken"),
    PART("DisableSessionTags", BOOLEAN), TEXT("TargetRoleArn"), TEXT("Policy"),
};

#define ROW(api_, parameters_, method_, path_)                                                     \
    {                                                                                              \
        .resource = {.name = STR_INIT("aws-sdk:eks:" api_), .type = STR_INIT("aws-sdk:eks"),       \
                     .api = STR_INIT(api_), .parameters = (parameters_),                           \
                     .parameters_count = COUNT(parameters_), .begin = eks_sdk_begin},              \
        .method = STR_INIT(method_), .path = STR_INIT(path_)                                       \
    }

static const struct eks_sdk_operation operations[] = {
    ROW("associateAccessPolicy", associate_access_policy, "POST",
        "/clusters/{ClusterName}/access-entries/{PrincipalArn}/access-policies"),
    ROW("associateEncryptionConfig", associate_encryption_config, "POST",
        "/clusters/{ClusterName}/encryption-config/associate"),
    ROW("associateIdentityProviderConfig", associate_identity_provider_config, "POST",
        "/clusters/{ClusterName}/identity-provider-configs/associate"),
    ROW("createAccessEntry", create_access_entry, "POST",
        "/clusters/{ClusterName}/access-entries"),
    ROW("createAddon", create_addon, "POST", "/clusters/{ClusterName}/addons"),
    ROW("createCapability", create_capability, "POST",
        "/clusters/{ClusterName}/capabilities"),
    ROW("createCluster", eks_create_cluster, "POST", "/clusters"),
    ROW("createEksAnywhereSubscription", create_eks_anywhere_subscription, "POST",
        "/eks-anywhere-subscriptions"),
    ROW("createFargateProfile", eks_create_profile, "POST",
        "/clusters/{ClusterName}/fargate-profiles"),
    ROW("createNodegroup", eks_create_nodegroup, "POST",
        "/clusters/{ClusterName}/node-groups"),
    ROW("createPodIdentityAssociation", create_pod_identity_association, "POST",
        "/clusters/{ClusterName}/pod-identity-associations"),
    ROW("deleteAccessEntry", access_entry, "DELETE",
        "/clusters/{ClusterName}/access-entries/{PrincipalArn}"),
    ROW("deleteAddon", delete_addon, "DELETE",
        "/clusters/{ClusterName}/addons/{AddonName}"),
    ROW("deleteCapability", capability, "DELETE",
        "/clusters/{ClusterName}/capabilities/{CapabilityName}"),
    ROW("deleteCluster", eks_delete_cluster, "DELETE", "/clusters/{Name}"),
    ROW("deleteEksAnywhereSubscription", subscription, "DELETE",
        "/eks-anywhere-subscriptions/{Id}"),
    ROW("deleteFargateProfile", eks_delete_profile, "DELETE",
        "/clusters/{ClusterName}/fargate-profiles/{FargateProfileName}"),
    ROW("deleteNodegroup", eks_delete_nodegroup, "DELETE",
        "/clusters/{ClusterName}/node-groups/{NodegroupName}"),
    ROW("deletePodIdentityAssociation", association, "DELETE",
        "/clusters/{ClusterName}/pod-identity-associations/{AssociationId}"),
    ROW("deregisterCluster", eks_delete_cluster, "DELETE",
        "/cluster-registrations/{Name}"),
    ROW("describeAccessEntry", access_entry, "GET",
        "/clusters/{ClusterName}/access-entries/{PrincipalArn}"),
    ROW("describeAddon", addon, "GET", "/clusters/{ClusterName}/addons/{AddonName}"),
    ROW("describeAddonConfiguration", describe_addon_configuration, "GET",
        "/addons/configuration-schemas"),
    ROW("describeAddonVersions", describe_addon_versions, "GET",
        "/addons/supported-versions"),
    ROW("describeCapability", capability, "GET",
        "/clusters/{ClusterName}/capabilities/{CapabilityName}"),
    ROW("describeCluster", eks_delete_cluster, "GET", "/clusters/{Name}"),
    ROW("describeClusterVersions", describe_cluster_versions, "GET",
        "/cluster-versions"),
    ROW("describeEksAnywhereSubscription", subscription, "GET",
        "/eks-anywhere-subscriptions/{Id}"),
    ROW("describeFargateProfile", eks_delete_profile, "GET",
        "/clusters/{ClusterName}/fargate-profiles/{FargateProfileName}"),
    ROW("describeIdentityProviderConfig", describe_identity_provider_config, "POST",
        "/clusters/{ClusterName}/identity-provider-configs/describe"),
    ROW("describeInsight", insight, "GET", "/clusters/{ClusterName}/insights/{Id}"),
    ROW("describeInsightsRefresh", cluster, "GET",
        "/clusters/{ClusterName}/insights-refresh"),
    ROW("describeNodegroup", eks_delete_nodegroup, "GET",
        "/clusters/{ClusterName}/node-groups/{NodegroupName}"),
    ROW("describePodIdentityAssociation", association, "GET",
        "/clusters/{ClusterName}/pod-identity-associations/{AssociationId}"),
    ROW("describeUpdate", describe_update, "GET",
        "/clusters/{Name}/updates/{UpdateId}"),
    ROW("disassociateAccessPolicy", disassociate_access_policy, "DELETE",
        "/clusters/{ClusterName}/access-entries/{PrincipalArn}/access-policies/{PolicyArn}"),
    ROW("disassociateIdentityProviderConfig", disassociate_identity_provider_config, "POST",
        "/clusters/{ClusterName}/identity-provider-configs/disassociate"),
    ROW("listAccessEntries", list_access_entries, "GET",
        "/clusters/{ClusterName}/access-entries"),
    ROW("listAccessPolicies", pages, "GET", "/access-policies"),
    ROW("listAddons", cluster_pages, "GET", "/clusters/{ClusterName}/addons"),
    ROW("listAssociatedAccessPolicies", list_associated_access_policies, "GET",
        "/clusters/{ClusterName}/access-entries/{PrincipalArn}/access-policies"),
    ROW("listCapabilities", cluster_pages, "GET",
        "/clusters/{ClusterName}/capabilities"),
    ROW("listClusters", list_clusters, "GET", "/clusters"),
    ROW("listEksAnywhereSubscriptions", list_eks_anywhere_subscriptions, "GET",
        "/eks-anywhere-subscriptions"),
    ROW("listFargateProfiles", cluster_pages, "GET",
        "/clusters/{ClusterName}/fargate-profiles"),
    ROW("listIdentityProviderConfigs", cluster_pages, "GET",
        "/clusters/{ClusterName}/identity-provider-configs"),
    ROW("listInsights", list_insights, "POST", "/clusters/{ClusterName}/insights"),
    ROW("listNodegroups", cluster_pages, "GET", "/clusters/{ClusterName}/node-groups"),
    ROW("listPodIdentityAssociations", list_pod_identity_associations, "GET",
        "/clusters/{ClusterName}/pod-identity-associations"),
    ROW("listTagsForResource", list_tags_for_resource, "GET", "/tags/{ResourceArn}"),
    ROW("listUpdates", list_updates, "GET", "/clusters/{Name}/updates"),
    ROW("registerCluster", register_cluster, "POST", "/cluster-registrations"),
    ROW("startInsightsRefresh", cluster, "POST",
        "/clusters/{ClusterName}/insights-refresh"),
    ROW("tagResource", tag_resource, "POST", "/tags/{ResourceArn}"),
    ROW("untagResource", untag_resource, "DELETE", "/tags/{ResourceArn}"),
    ROW("updateAccessEntry", update_access_entry, "POST",
        "/clusters/{ClusterName}/access-entries/{PrincipalArn}"),
    ROW("updateAddon", update_addon, "POST",
        "/clusters/{ClusterName}/addons/{AddonName}/update"),
    ROW("updateCapability", update_capability, "POST",
        "/clusters/{ClusterName}/capabilities/{CapabilityName}"),
    ROW("updateClusterConfig", update_cluster_config, "POST",
        "/clusters/{Name}/update-config"),
    ROW("updateClusterVersion", update_cluster_version, "POST",
        "/clusters/{Name}/updates"),
    ROW("updateEksAnywhereSubscription", update_eks_anywhere_subscription, "POST",
        "/eks-anywhere-subscriptions/{Id}"),
    ROW("updateNodegroupConfig", update_nodegroup_config, "POST",
        "/clusters/{ClusterName}/node-groups/{NodegroupName}/update-config"),
    ROW("updateNodegroupVersion", update_nodegroup_version, "POST",
        "/clusters/{ClusterName}/node-groups/{NodegroupName}/update-version"),
    ROW("updatePodIdentityAssociation", update_pod_identity_association, "POST",
        "/clusters/{ClusterName}/pod-identity-associations/{AssociationId}"),
};
/* clang-format on */

const struct task_resource *eks_sdk_resource(str name)
{
    for (size_t i = 0; i < COUNT(operations); i++)
        if (str_eq(operations[i].resource.name, name))
            return &operations[i].resource;
    return NULL;
}
