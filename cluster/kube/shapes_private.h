/* Shapes: what fields the objects of the API have, in one table.
 *
 * The same rows serve four ends: JSON bodies are checked and cleaned of fields that nobody knows,
 * protobuf bodies are decoded, the OpenAPI documents are printed, and the texts of errors name
 * types as Kubernetes does.
 * Source: k8s.io/api and k8s.io/apimachinery, generated.proto (field numbers never change).
 * Threads: any. Blocks: never. */
#ifndef CLUSTER_KUBE_SHAPES_PRIVATE_H
#define CLUSTER_KUBE_SHAPES_PRIVATE_H

#include "base/arena.h"
#include "base/json.h"

/* Every shape: its name in C, its name in Kubernetes, whose it is. A shape is added here and in
 * shapes.c, in the same order. */
/* clang-format off */
#define SHAPES(X) \
    X(JOB, job, Job, BATCH) \
    X(OBJECT_META, object_meta, ObjectMeta, META) \
    X(OWNER_REFERENCE, owner_reference, OwnerReference, META) \
    X(MANAGED_FIELDS_ENTRY, managed_fields_entry, ManagedFieldsEntry, META) \
    X(JOB_SPEC, job_spec, JobSpec, BATCH) \
    X(POD_FAILURE_POLICY, pod_failure_policy, PodFailurePolicy, BATCH) \
    X(POD_FAILURE_POLICY_RULE, pod_failure_policy_rule, PodFailurePolicyRule, BATCH) \
    X(POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT, pod_failure_policy_on_exit_codes_requirement, PodFailurePolicyOnExitCodesRequirement, BATCH) \
    X(POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN, pod_failure_policy_on_pod_conditions_pattern, PodFailurePolicyOnPodConditionsPattern, BATCH) \
    X(SUCCESS_POLICY, success_policy, SuccessPolicy, BATCH) \
    X(SUCCESS_POLICY_RULE, success_policy_rule, SuccessPolicyRule, BATCH) \
    X(LABEL_SELECTOR, label_selector, LabelSelector, META) \
    X(LABEL_SELECTOR_REQUIREMENT, label_selector_requirement, LabelSelectorRequirement, META) \
    X(POD_TEMPLATE_SPEC, pod_template_spec, PodTemplateSpec, CORE) \
    X(POD_SPEC, pod_spec, PodSpec, CORE) \
    X(VOLUME, volume, Volume, CORE) \
    X(VOLUME_SOURCE, volume_source, VolumeSource, CORE) \
    X(HOST_PATH_VOLUME_SOURCE, host_path_volume_source, HostPathVolumeSource, CORE) \
    X(EMPTY_DIR_VOLUME_SOURCE, empty_dir_volume_source, EmptyDirVolumeSource, CORE) \
    X(SECRET_VOLUME_SOURCE, secret_volume_source, SecretVolumeSource, CORE) \
    X(KEY_TO_PATH, key_to_path, KeyToPath, CORE) \
    X(NFS_VOLUME_SOURCE, nfs_volume_source, NFSVolumeSource, CORE) \
    X(PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE, persistent_volume_claim_volume_source, PersistentVolumeClaimVolumeSource, CORE) \
    X(DOWNWARD_API_VOLUME_SOURCE, downward_api_volume_source, DownwardAPIVolumeSource, CORE) \
    X(DOWNWARD_API_VOLUME_FILE, downward_api_volume_file, DownwardAPIVolumeFile, CORE) \
    X(OBJECT_FIELD_SELECTOR, object_field_selector, ObjectFieldSelector, CORE) \
    X(RESOURCE_FIELD_SELECTOR, resource_field_selector, ResourceFieldSelector, CORE) \
    X(CONFIG_MAP_VOLUME_SOURCE, config_map_volume_source, ConfigMapVolumeSource, CORE) \
    X(LOCAL_OBJECT_REFERENCE, local_object_reference, LocalObjectReference, CORE) \
    X(PROJECTED_VOLUME_SOURCE, projected_volume_source, ProjectedVolumeSource, CORE) \
    X(VOLUME_PROJECTION, volume_projection, VolumeProjection, CORE) \
    X(SECRET_PROJECTION, secret_projection, SecretProjection, CORE) \
    X(DOWNWARD_API_PROJECTION, downward_api_projection, DownwardAPIProjection, CORE) \
    X(CONFIG_MAP_PROJECTION, config_map_projection, ConfigMapProjection, CORE) \
    X(SERVICE_ACCOUNT_TOKEN_PROJECTION, service_account_token_projection, ServiceAccountTokenProjection, CORE) \
    X(CLUSTER_TRUST_BUNDLE_PROJECTION, cluster_trust_bundle_projection, ClusterTrustBundleProjection, CORE) \
    X(CSI_VOLUME_SOURCE, csi_volume_source, CSIVolumeSource, CORE) \
    X(EPHEMERAL_VOLUME_SOURCE, ephemeral_volume_source, EphemeralVolumeSource, CORE) \
    X(PERSISTENT_VOLUME_CLAIM_TEMPLATE, persistent_volume_claim_template, PersistentVolumeClaimTemplate, CORE) \
    X(PERSISTENT_VOLUME_CLAIM_SPEC, persistent_volume_claim_spec, PersistentVolumeClaimSpec, CORE) \
    X(VOLUME_RESOURCE_REQUIREMENTS, volume_resource_requirements, VolumeResourceRequirements, CORE) \
    X(TYPED_LOCAL_OBJECT_REFERENCE, typed_local_object_reference, TypedLocalObjectReference, CORE) \
    X(TYPED_OBJECT_REFERENCE, typed_object_reference, TypedObjectReference, CORE) \
    X(IMAGE_VOLUME_SOURCE, image_volume_source, ImageVolumeSource, CORE) \
    X(CONTAINER, container, Container, CORE) \
    X(CONTAINER_PORT, container_port, ContainerPort, CORE) \
    X(ENV_FROM_SOURCE, env_from_source, EnvFromSource, CORE) \
    X(CONFIG_MAP_ENV_SOURCE, config_map_env_source, ConfigMapEnvSource, CORE) \
    X(SECRET_ENV_SOURCE, secret_env_source, SecretEnvSource, CORE) \
    X(ENV_VAR, env_var, EnvVar, CORE) \
    X(ENV_VAR_SOURCE, env_var_source, EnvVarSource, CORE) \
    X(CONFIG_MAP_KEY_SELECTOR, config_map_key_selector, ConfigMapKeySelector, CORE) \
    X(SECRET_KEY_SELECTOR, secret_key_selector, SecretKeySelector, CORE) \
    X(RESOURCE_REQUIREMENTS, resource_requirements, ResourceRequirements, CORE) \
    X(RESOURCE_CLAIM, resource_claim, ResourceClaim, CORE) \
    X(CONTAINER_RESIZE_POLICY, container_resize_policy, ContainerResizePolicy, CORE) \
    X(VOLUME_MOUNT, volume_mount, VolumeMount, CORE) \
    X(VOLUME_DEVICE, volume_device, VolumeDevice, CORE) \
    X(PROBE, probe, Probe, CORE) \
    X(PROBE_HANDLER, probe_handler, ProbeHandler, CORE) \
    X(EXEC_ACTION, exec_action, ExecAction, CORE) \
    X(HTTP_GET_ACTION, http_get_action, HTTPGetAction, CORE) \
    X(HTTP_HEADER, http_header, HTTPHeader, CORE) \
    X(TCP_SOCKET_ACTION, tcp_socket_action, TCPSocketAction, CORE) \
    X(GRPC_ACTION, grpc_action, GRPCAction, CORE) \
    X(LIFECYCLE, lifecycle, Lifecycle, CORE) \
    X(LIFECYCLE_HANDLER, lifecycle_handler, LifecycleHandler, CORE) \
    X(SLEEP_ACTION, sleep_action, SleepAction, CORE) \
    X(SECURITY_CONTEXT, security_context, SecurityContext, CORE) \
    X(CAPABILITIES, capabilities, Capabilities, CORE) \
    X(SE_LINUX_OPTIONS, se_linux_options, SELinuxOptions, CORE) \
    X(WINDOWS_SECURITY_CONTEXT_OPTIONS, windows_security_context_options, WindowsSecurityContextOptions, CORE) \
    X(SECCOMP_PROFILE, seccomp_profile, SeccompProfile, CORE) \
    X(APP_ARMOR_PROFILE, app_armor_profile, AppArmorProfile, CORE) \
    X(EPHEMERAL_CONTAINER, ephemeral_container, EphemeralContainer, CORE) \
    X(EPHEMERAL_CONTAINER_COMMON, ephemeral_container_common, EphemeralContainerCommon, CORE) \
    X(POD_SECURITY_CONTEXT, pod_security_context, PodSecurityContext, CORE) \
    X(SYSCTL, sysctl, Sysctl, CORE) \
    X(AFFINITY, affinity, Affinity, CORE) \
    X(NODE_AFFINITY, node_affinity, NodeAffinity, CORE) \
    X(NODE_SELECTOR, node_selector, NodeSelector, CORE) \
    X(NODE_SELECTOR_TERM, node_selector_term, NodeSelectorTerm, CORE) \
    X(NODE_SELECTOR_REQUIREMENT, node_selector_requirement, NodeSelectorRequirement, CORE) \
    X(PREFERRED_SCHEDULING_TERM, preferred_scheduling_term, PreferredSchedulingTerm, CORE) \
    X(POD_AFFINITY, pod_affinity, PodAffinity, CORE) \
    X(POD_AFFINITY_TERM, pod_affinity_term, PodAffinityTerm, CORE) \
    X(WEIGHTED_POD_AFFINITY_TERM, weighted_pod_affinity_term, WeightedPodAffinityTerm, CORE) \
    X(POD_ANTI_AFFINITY, pod_anti_affinity, PodAntiAffinity, CORE) \
    X(TOLERATION, toleration, Toleration, CORE) \
    X(HOST_ALIAS, host_alias, HostAlias, CORE) \
    X(POD_DNS_CONFIG, pod_dns_config, PodDNSConfig, CORE) \
    X(POD_DNS_CONFIG_OPTION, pod_dns_config_option, PodDNSConfigOption, CORE) \
    X(POD_READINESS_GATE, pod_readiness_gate, PodReadinessGate, CORE) \
    X(TOPOLOGY_SPREAD_CONSTRAINT, topology_spread_constraint, TopologySpreadConstraint, CORE) \
    X(POD_OS, pod_os, PodOS, CORE) \
    X(POD_SCHEDULING_GATE, pod_scheduling_gate, PodSchedulingGate, CORE) \
    X(POD_RESOURCE_CLAIM, pod_resource_claim, PodResourceClaim, CORE) \
    X(JOB_STATUS, job_status, JobStatus, BATCH) \
    X(JOB_CONDITION, job_condition, JobCondition, BATCH) \
    X(UNCOUNTED_TERMINATED_PODS, uncounted_terminated_pods, UncountedTerminatedPods, BATCH) \
    X(POD, pod, Pod, CORE) \
    X(POD_STATUS, pod_status, PodStatus, CORE) \
    X(POD_CONDITION, pod_condition, PodCondition, CORE) \
    X(HOST_IP, host_ip, HostIP, CORE) \
    X(POD_IP, pod_ip, PodIP, CORE) \
    X(CONTAINER_STATUS, container_status, ContainerStatus, CORE) \
    X(CONTAINER_STATE, container_state, ContainerState, CORE) \
    X(CONTAINER_STATE_WAITING, container_state_waiting, ContainerStateWaiting, CORE) \
    X(CONTAINER_STATE_RUNNING, container_state_running, ContainerStateRunning, CORE) \
    X(CONTAINER_STATE_TERMINATED, container_state_terminated, ContainerStateTerminated, CORE) \
    X(VOLUME_MOUNT_STATUS, volume_mount_status, VolumeMountStatus, CORE) \
    X(VOLUME_STATUS, volume_status, VolumeStatus, CORE) \
    X(CONTAINER_USER, container_user, ContainerUser, CORE) \
    X(LINUX_CONTAINER_USER, linux_container_user, LinuxContainerUser, CORE) \
    X(RESOURCE_STATUS, resource_status, ResourceStatus, CORE) \
    X(RESOURCE_HEALTH, resource_health, ResourceHealth, CORE) \
    X(POD_RESOURCE_CLAIM_STATUS, pod_resource_claim_status, PodResourceClaimStatus, CORE) \
    X(CONFIG_MAP, config_map, ConfigMap, CORE) \
    X(NAMESPACE, namespace, Namespace, CORE) \
    X(NAMESPACE_SPEC, namespace_spec, NamespaceSpec, CORE) \
    X(NAMESPACE_STATUS, namespace_status, NamespaceStatus, CORE) \
    X(NAMESPACE_CONDITION, namespace_condition, NamespaceCondition, CORE) \
    X(SECRET, secret, Secret, CORE) \
    X(SERVICE_ACCOUNT, service_account, ServiceAccount, CORE) \
    X(OBJECT_REFERENCE, object_reference, ObjectReference, CORE) \
    X(EVENT, event, Event, CORE) \
    X(EVENT_SOURCE, event_source, EventSource, CORE) \
    X(EVENT_SERIES, event_series, EventSeries, CORE) \
    X(SERVICE, service, Service, CORE) \
    X(SERVICE_SPEC, service_spec, ServiceSpec, CORE) \
    X(SERVICE_PORT, service_port, ServicePort, CORE) \
    X(SESSION_AFFINITY_CONFIG, session_affinity_config, SessionAffinityConfig, CORE) \
    X(CLIENT_IP_CONFIG, client_ip_config, ClientIPConfig, CORE) \
    X(SERVICE_STATUS, service_status, ServiceStatus, CORE) \
    X(LOAD_BALANCER_STATUS, load_balancer_status, LoadBalancerStatus, CORE) \
    X(LOAD_BALANCER_INGRESS, load_balancer_ingress, LoadBalancerIngress, CORE) \
    X(PORT_STATUS, port_status, PortStatus, CORE) \
    X(CONDITION, condition, Condition, META) \
    X(DEPLOYMENT, deployment, Deployment, APPS) \
    X(DEPLOYMENT_SPEC, deployment_spec, DeploymentSpec, APPS) \
    X(DEPLOYMENT_STRATEGY, deployment_strategy, DeploymentStrategy, APPS) \
    X(ROLLING_UPDATE_DEPLOYMENT, rolling_update_deployment, RollingUpdateDeployment, APPS) \
    X(DEPLOYMENT_STATUS, deployment_status, DeploymentStatus, APPS) \
    X(DEPLOYMENT_CONDITION, deployment_condition, DeploymentCondition, APPS) \
    X(SELF_SUBJECT_ACCESS_REVIEW, self_subject_access_review, SelfSubjectAccessReview, AUTHORIZATION) \
    X(SELF_SUBJECT_ACCESS_REVIEW_SPEC, self_subject_access_review_spec, SelfSubjectAccessReviewSpec, AUTHORIZATION) \
    X(RESOURCE_ATTRIBUTES, resource_attributes, ResourceAttributes, AUTHORIZATION) \
    X(FIELD_SELECTOR_ATTRIBUTES, field_selector_attributes, FieldSelectorAttributes, AUTHORIZATION) \
    X(FIELD_SELECTOR_REQUIREMENT, field_selector_requirement, FieldSelectorRequirement, META) \
    X(LABEL_SELECTOR_ATTRIBUTES, label_selector_attributes, LabelSelectorAttributes, AUTHORIZATION) \
    X(NON_RESOURCE_ATTRIBUTES, non_resource_attributes, NonResourceAttributes, AUTHORIZATION) \
    X(SUBJECT_ACCESS_REVIEW_STATUS, subject_access_review_status, SubjectAccessReviewStatus, AUTHORIZATION) \
    X(SELF_SUBJECT_REVIEW, self_subject_review, SelfSubjectReview, AUTHENTICATION) \
    X(SELF_SUBJECT_REVIEW_STATUS, self_subject_review_status, SelfSubjectReviewStatus, AUTHENTICATION) \
    X(USER_INFO, user_info, UserInfo, AUTHENTICATION) \
    X(DELETE_OPTIONS, delete_options, DeleteOptions, META) \
    X(PRECONDITIONS, preconditions, Preconditions, META)
/* clang-format on */

enum shape_id {
#define SHAPE_ENUM(id, c_name, name, package) SHAPE_##id,
    SHAPES(SHAPE_ENUM)
#undef SHAPE_ENUM
        SHAPE_COUNT
};

enum shape_package {
    PACKAGE_CORE,
    PACKAGE_META,
    PACKAGE_BATCH,
    PACKAGE_APPS,
    PACKAGE_AUTHENTICATION,
    PACKAGE_AUTHORIZATION,
};

enum field_type {
    FIELD_STRING,
    FIELD_INT32,
    FIELD_INT64,
    FIELD_BOOL,
    FIELD_BYTES,      /* base64 in JSON */
    FIELD_TIME,       /* seconds */
    FIELD_MICRO_TIME, /* microseconds */
    FIELD_QUANTITY,
    FIELD_INT_OR_STRING,
    FIELD_FIELDS_V1, /* JSON within */
    FIELD_STRINGS,   /* a list of strings */
    FIELD_SHAPE,
    FIELD_ANY, /* not described here: JSON is kept as it is, protobuf is refused by name */
};

enum field_form {
    FIELD_ONE,  /* protobuf writes an unset one as empty: it is left out */
    FIELD_KEEP, /* the same, but an unset one is not written: an empty one is meant */
    FIELD_LIST,
    FIELD_MAP,    /* from string to the type */
    FIELD_INLINE, /* a shape whose fields stand among the others in JSON */
};

// NOLINTNEXTLINE(clang-analyzer-optin.performance.Padding): rows are written in this order
struct shape_field {
    unsigned number; /* in protobuf */
    str name;        /* in JSON */
    enum field_type type;
    enum field_form form;
    unsigned shape; /* of FIELD_SHAPE */
};

struct shape {
    str name; /* "JobSpec" */
    enum shape_package package;
    const struct shape_field *fields;
    size_t fields_count;
};

/* Lends a shape. */
const struct shape *shape_get(unsigned id);

/* "int32", "[]v1.Container", "map[string]string": what Go's decoder calls a field's type. Lends
 * from a. */
str shape_type_name(struct arena *a, const struct shape_field *field);

/* The schema's name in OpenAPI: "io.k8s.api.batch.v1.JobSpec". Lends from a. */
str shape_schema_name(struct arena *a, unsigned id);

/* -- JSON against a shape (shape_read.c) -- */

/* What a reading found. unknown: `unknown field "spec.foo"`, one entry a field, at most
 * SHAPE_UNKNOWN_MAX of them are kept. */
enum { SHAPE_UNKNOWN_MAX = 32 };
struct shape_report {
    struct arena *a;
    str unknown[SHAPE_UNKNOWN_MAX];
    size_t unknown_count;
};

/* Gives object without nulls and without what its shape does not know. apiVersion and kind at the
 * top are kept. Errors: ERR_BAD_JSON in the words of Go's decoder ("json: cannot unmarshal string
 * into Go struct field JobSpec.spec.parallelism of type int32"), ERR_NO_MEMORY. */
bool shape_read(unsigned id, json object, struct shape_report *report, json *out, struct err *err);

/* -- protobuf against a shape (protobuf.c) -- */

/* Gives the object in an envelope "k8s\0" runtime.Unknown.
 * shape_of tells the shape of a kind, SHAPE_COUNT: none. Errors: ERR_BAD_JSON, ERR_NO_MEMORY,
 * ERR_EKS_UNSUPPORTED for what has no shape. */
typedef unsigned shape_of_kind(str api_version, str kind);
bool protobuf_read(str body, shape_of_kind *shape_of, json *out, struct err *err);

#endif
