/* Request shapes: tables of what EKS's requests may hold, and the check of a body against them.
 *
 * The check gives a clean copy: members the model does not know and nulls are dropped, as the
 * service's own deserialiser does, so that what follows sees well-formed values only.
 * Source: botocore's service model `eks`; Amazon EKS API Reference. */
#include "control_private.h"

#include <stdio.h>

enum {
    /* ASSUMPTION: EKS's own bounds of texts and lists without one are not published. */
    STRING_MAX_BYTES = 4096,
    LIST_MAX = 100,
    PATH_MAX_BYTES = 300,
};

static const struct shape string_element[] = {
    {STR_INIT("member"), SHAPE_STRING, true, 1, 0, NULL, NULL}
};
static const struct shape tag_value[] = {
    {STR_INIT("value"), SHAPE_STRING, true, 0, 256, NULL, NULL}
};
static const struct shape label_value[] = {
    {STR_INIT("value"), SHAPE_STRING, true, 0, 63, NULL, NULL}
};

#define END_ROW                                                                                    \
    {                                                                                              \
        {NULL, 0}, SHAPE_STRING, false, 0, 0, NULL, NULL                                           \
    }
#define TEXT(name)                                                                                 \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRING, false, 0, 0, NULL, NULL                                      \
    }
#define NEED(name)                                                                                 \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRING, true, 1, 0, NULL, NULL                                       \
    }
#define ENUM(name, of)                                                                             \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRING, false, 0, 0, of, NULL                                        \
    }
#define FLAG(name)                                                                                 \
    {                                                                                              \
        STR_INIT(name), SHAPE_BOOL, false, 0, 0, NULL, NULL                                        \
    }
#define TEXTS(name)                                                                                \
    {                                                                                              \
        STR_INIT(name), SHAPE_LIST, false, 0, 0, NULL, string_element                              \
    }
#define PART(name, of)                                                                             \
    {                                                                                              \
        STR_INIT(name), SHAPE_STRUCT, false, 0, 0, NULL, of                                        \
    }
#define TAGS                                                                                       \
    {                                                                                              \
        STR_INIT("tags"), SHAPE_MAP, false, 0, CONTROL_TAGS_MAX, NULL, tag_value                   \
    }
#define NUMBER(name, low, high)                                                                    \
    {                                                                                              \
        STR_INIT(name), SHAPE_INTEGER, false, low, high, NULL, NULL                                \
    }

static const char *const ip_families[] = {"ipv4", "ipv6", NULL};
static const char *const log_types[] = {"api",       "audit", "authenticator", "controllerManager",
                                        "scheduler", NULL};
static const char *const auth_modes[] = {"API", "API_AND_CONFIG_MAP", "CONFIG_MAP", NULL};
static const char *const support_types[] = {"STANDARD", "EXTENDED", NULL};
static const char *const tiers[] = {"standard", "tier-xl",  "tier-2xl",
                                    "tier-4xl", "tier-8xl", NULL};
static const char *const capacity_types[] = {"ON_DEMAND", "SPOT", "CAPACITY_BLOCK", NULL};
static const char *const effects[] = {"NO_SCHEDULE", "NO_EXECUTE", "PREFER_NO_SCHEDULE", NULL};
static const char *const strategies[] = {"DEFAULT", "MINIMAL", NULL};
static const char *const pool_states[] = {"STOPPED", "RUNNING", "HIBERNATED", NULL};
static const char *const repair_actions[] = {"Replace", "Reboot", "NoAction", NULL};
static const char *const ami_types[] = {
    "AL2_x86_64",
    "AL2_x86_64_GPU",
    "AL2_ARM_64",
    "CUSTOM",
    "BOTTLEROCKET_ARM_64",
    "BOTTLEROCKET_x86_64",
    "BOTTLEROCKET_ARM_64_FIPS",
    "BOTTLEROCKET_x86_64_FIPS",
    "BOTTLEROCKET_ARM_64_NVIDIA",
    "BOTTLEROCKET_x86_64_NVIDIA",
    "BOTTLEROCKET_ARM_64_NVIDIA_FIPS",
    "BOTTLEROCKET_x86_64_NVIDIA_FIPS",
    "WINDOWS_CORE_2019_x86_64",
    "WINDOWS_FULL_2019_x86_64",
    "WINDOWS_CORE_2022_x86_64",
    "WINDOWS_FULL_2022_x86_64",
    "WINDOWS_CORE_2025_x86_64",
    "WINDOWS_FULL_2025_x86_64",
    "AL2023_x86_64_STANDARD",
    "AL2023_ARM_64_STANDARD",
    "AL2023_x86_64_NEURON",
    "AL2023_x86_64_NVIDIA",
    "AL2023_ARM_64_NVIDIA",
    NULL,
};

/* -- CreateCluster -- */
static const struct shape vpc[] = {
    {STR_INIT("subnetIds"),        SHAPE_LIST, false, 0, 0, NULL, string_element},
    {STR_INIT("securityGroupIds"), SHAPE_LIST, false, 0, 5, NULL, string_element},
    FLAG("endpointPublicAccess"),
    FLAG("endpointPrivateAccess"),
    TEXTS("publicAccessCidrs"),
    END_ROW
};
static const struct shape enabled[] = {FLAG("enabled"), END_ROW};
static const struct shape network[] = {TEXT("serviceIpv4Cidr"), ENUM("ipFamily", ip_families),
                                       PART("elasticLoadBalancing", enabled), END_ROW};
static const struct shape log_type[] = {ENUM("member", log_types)};
static const struct shape log_setup[] = {
    {STR_INIT("types"), SHAPE_LIST, false, 0, 0, NULL, log_type},
    FLAG("enabled"), END_ROW
};
static const struct shape log_setup_element[] = {PART("member", log_setup)};
static const struct shape logging[] = {
    {STR_INIT("clusterLogging"), SHAPE_LIST, false, 0, 0, NULL, log_setup_element},
    END_ROW
};
static const struct shape provider[] = {TEXT("keyArn"), END_ROW};
static const struct shape encryption[] = {TEXTS("resources"), PART("provider", provider), END_ROW};
static const struct shape encryption_element[] = {PART("member", encryption)};
static const struct shape access_config[] = {FLAG("bootstrapClusterCreatorAdminPermissions"),
                                             ENUM("authenticationMode", auth_modes), END_ROW};
static const struct shape upgrade_policy[] = {ENUM("supportType", support_types), END_ROW};
static const struct shape cidrs[] = {TEXTS("cidrs"), END_ROW};
static const struct shape cidrs_element[] = {PART("member", cidrs)};
static const struct shape remote_network[] = {
    {STR_INIT("remoteNodeNetworks"), SHAPE_LIST, false, 0, 1, NULL, cidrs_element},
    {STR_INIT("remotePodNetworks"),  SHAPE_LIST, false, 0, 1, NULL, cidrs_element},
    END_ROW
};
static const struct shape compute[] = {FLAG("enabled"), TEXTS("nodePools"), TEXT("nodeRoleArn"),
                                       END_ROW};
static const struct shape storage[] = {PART("blockStorage", enabled), END_ROW};
static const struct shape placement[] = {TEXT("groupName"), END_ROW};
static const struct shape outpost[] = {
    {STR_INIT("outpostArns"), SHAPE_LIST, true, 1, 0, NULL, string_element},
    NEED("controlPlaneInstanceType"),
    PART("controlPlanePlacement", placement),
    END_ROW
};
static const struct shape scaling_tier[] = {ENUM("tier", tiers), END_ROW};

const struct shape shape_create_cluster[] = {
    {STR_INIT("name"),               SHAPE_STRING, true,  1, 100, NULL, NULL              },
    TEXT("version"),
    NEED("roleArn"),
    {STR_INIT("resourcesVpcConfig"), SHAPE_STRUCT, true,  0, 0,   NULL, vpc               },
    PART("kubernetesNetworkConfig", network),
    PART("logging", logging),
    TEXT("clientRequestToken"),
    TAGS,
    {STR_INIT("encryptionConfig"),   SHAPE_LIST,   false, 0, 1,   NULL, encryption_element},
    PART("outpostConfig", outpost),
    PART("accessConfig", access_config),
    FLAG("bootstrapSelfManagedAddons"),
    PART("upgradePolicy", upgrade_policy),
    PART("zonalShiftConfig", enabled),
    PART("remoteNetworkConfig", remote_network),
    PART("computeConfig", compute),
    PART("storageConfig", storage),
    FLAG("deletionProtection"),
    PART("controlPlaneScalingConfig", scaling_tier),
    END_ROW
};

/* -- CreateNodegroup -- */
static const struct shape scaling[] = {NUMBER("minSize", 0, INT32_MAX),
                                       NUMBER("maxSize", 1, INT32_MAX),
                                       NUMBER("desiredSize", 0, INT32_MAX), END_ROW};
static const struct shape remote_access[] = {TEXT("ec2SshKey"), TEXTS("sourceSecurityGroups"),
                                             END_ROW};
static const struct shape taint[] = {
    {STR_INIT("key"),   SHAPE_STRING, false, 1, 63, NULL, NULL},
    {STR_INIT("value"), SHAPE_STRING, false, 0, 63, NULL, NULL},
    ENUM("effect", effects),
    END_ROW
};
static const struct shape taint_element[] = {PART("member", taint)};
static const struct shape launch_template[] = {TEXT("name"), TEXT("version"), TEXT("id"), END_ROW};
static const struct shape update_config[] = {NUMBER("maxUnavailable", 1, INT32_MAX),
                                             NUMBER("maxUnavailablePercentage", 1, 100),
                                             ENUM("updateStrategy", strategies), END_ROW};
static const struct shape repair_override[] = {
    TEXT("nodeMonitoringCondition"), TEXT("nodeUnhealthyReason"),
    NUMBER("minRepairWaitTimeMins", 1, INT32_MAX), ENUM("repairAction", repair_actions), END_ROW};
static const struct shape repair_override_element[] = {PART("member", repair_override)};
static const struct shape repair[] = {
    FLAG("enabled"),
    NUMBER("maxUnhealthyNodeThresholdCount", 1, INT32_MAX),
    NUMBER("maxUnhealthyNodeThresholdPercentage", 1, 100),
    NUMBER("maxParallelNodesRepairedCount", 1, INT32_MAX),
    NUMBER("maxParallelNodesRepairedPercentage", 1, 100),
    {STR_INIT("nodeRepairConfigOverrides"), SHAPE_LIST, false, 0, 0, NULL, repair_override_element},
    END_ROW
};
static const struct shape warm_pool[] = {FLAG("enabled"),
                                         NUMBER("minSize", 0, INT32_MAX),
                                         NUMBER("maxGroupPreparedCapacity", -1, INT32_MAX),
                                         ENUM("poolState", pool_states),
                                         FLAG("reuseOnScaleIn"),
                                         END_ROW};

const struct shape shape_create_nodegroup[] = {
    {STR_INIT("nodegroupName"), SHAPE_STRING, true,  1, 63, NULL, NULL          },
    PART("scalingConfig", scaling),
    NUMBER("diskSize", 1, 16384),
    {STR_INIT("subnets"),       SHAPE_LIST,   true,  1, 0,  NULL, string_element},
    TEXTS("instanceTypes"),
    ENUM("amiType", ami_types),
    PART("remoteAccess", remote_access),
    NEED("nodeRole"),
    {STR_INIT("labels"),        SHAPE_MAP,    false, 0, 0,  NULL, label_value   },
    {STR_INIT("taints"),        SHAPE_LIST,   false, 0, 50, NULL, taint_element },
    TAGS,
    TEXT("clientRequestToken"),
    PART("launchTemplate", launch_template),
    PART("updateConfig", update_config),
    PART("nodeRepairConfig", repair),
    ENUM("capacityType", capacity_types),
    TEXT("version"),
    TEXT("releaseVersion"),
    PART("warmPoolConfig", warm_pool),
    END_ROW
};

/* -- CreateFargateProfile -- */
static const struct shape selector[] = {
    TEXT("namespace"), {STR_INIT("labels"), SHAPE_MAP, false, 0, 0, NULL, string_element},
     END_ROW
};
static const struct shape selector_element[] = {PART("member", selector)};

const struct shape shape_create_profile[] = {
    {STR_INIT("fargateProfileName"), SHAPE_STRING, true,  1, 63, NULL, NULL            },
    NEED("podExecutionRoleArn"),
    TEXTS("subnets"),
    {STR_INIT("selectors"),          SHAPE_LIST,   false, 0, 5,  NULL, selector_element},
    TEXT("clientRequestToken"),
    TAGS,
    END_ROW
};

const struct shape shape_tag_resource[] = {
    {STR_INIT("tags"), SHAPE_MAP, true, 1, CONTROL_TAGS_MAX, NULL, tag_value},
    END_ROW
};

/* -- the check -- */

/* Where the value under check is, for texts: "resourcesVpcConfig.subnetIds". */
struct place {
    char text[PATH_MAX_BYTES];
};

static struct place place_of(const struct place *outer, str name)
{
    struct place p;
    int outer_max = PATH_MAX_BYTES / 2;
    (void)snprintf(p.text, sizeof p.text, "%.*s%s%.*s", outer_max, outer ? outer->text : "",
                   outer && outer->text[0] ? "." : "", STR_ARG(name));
    return p;
}

static bool wrong_type(const struct place *p, const char *wanted, struct err *err)
{
    return err_set(err, ERR_SERIALIZATION, "The value of '%s' must be %s.", p->text, wanted);
}

static bool check_string(const struct shape *s, const struct place *p, json in, struct err *err)
{
    if (in.kind != JSON_STRING)
        return wrong_type(p, "a string", err);
    str text = json_str(in);
    int64_t max = s->max ? s->max : STRING_MAX_BYTES;
    if ((int64_t)text.len < s->min || (int64_t)text.len > max)
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "The value of '%s' must have %d to %d characters.", p->text, (int)s->min,
                       (int)max);
    if (!s->values)
        return true;
    for (size_t i = 0; s->values[i]; i++)
        if (str_eq(text, str_from_c(s->values[i])))
            return true;
    return err_set(err, ERR_EKS_INVALID_PARAMETER, "The value '%.*s' of '%s' is not supported.",
                   STR_ARG(text), p->text);
}

static bool check_integer(const struct shape *s, const struct place *p, json in, struct err *err)
{
    int64_t v;
    if (!json_to_int64(in, &v))
        return wrong_type(p, "an integer", err);
    if (v < s->min || v > s->max)
        return err_set(err, ERR_EKS_INVALID_PARAMETER, "The value of '%s' must be %d to %d.",
                       p->text, (int)s->min, (int)s->max);
    return true;
}

static bool check_value(const struct shape *s, const struct place *p, json in, json *out,
                        struct err *err);

static bool count_is_right(const struct shape *s, const struct place *p, size_t count,
                           struct err *err)
{
    int64_t max = s->max ? s->max : LIST_MAX;
    if ((int64_t)count >= s->min && (int64_t)count <= max)
        return true;
    return err_set(err, ERR_EKS_INVALID_PARAMETER, "'%s' must have %d to %d elements.", p->text,
                   (int)s->min, (int)max);
}

static bool check_list(const struct shape *s, const struct place *p, json in, json *out,
                       struct err *err)
{
    if (in.kind != JSON_ARRAY)
        return wrong_type(p, "a list", err);
    if (!count_is_right(s, p, json_len(in), err))
        return false;
    json list = json_array(json_len(in));
    bool ok = true;
    for (size_t i = 0; i < json_len(in) && ok; i++) {
        json v = json_absent();
        ok = check_value(s->members, p, json_at(in, i), &v, err);
        if (ok)
            json_build_push(&list, v);
    }
    if (ok && json_is_absent(list))
        ok = no_memory(err);
    if (ok)
        *out = list;
    else
        json_unref(list);
    return ok;
}

static bool check_map(const struct shape *s, const struct place *p, json in, json *out,
                      struct err *err)
{
    enum {
        KEY_MAX_BYTES = 128
    }; /* Source: TagKey; labels' own 63 are checked where they are used */
    if (in.kind != JSON_OBJECT)
        return wrong_type(p, "a map", err);
    if (!count_is_right(s, p, json_len(in), err))
        return false;
    json map = json_object(json_len(in));
    bool ok = true;
    for (size_t i = 0; i < json_len(in) && ok; i++) {
        str key = json_key_at(in, i);
        json v = json_absent();
        if (key.len == 0 || key.len > KEY_MAX_BYTES)
            ok = err_set(err, ERR_EKS_INVALID_PARAMETER,
                         "Keys of '%s' must have 1 to %d characters.", p->text, KEY_MAX_BYTES);
        ok = ok && check_value(s->members, p, json_value_at(in, i), &v, err);
        if (ok)
            json_build_put(&map, key, v);
    }
    if (ok && json_is_absent(map))
        ok = no_memory(err);
    if (ok)
        *out = map;
    else
        json_unref(map);
    return ok;
}

static bool check_members(const struct shape *members, const struct place *p, json in, json *out,
                          struct err *err)
{
    if (in.kind != JSON_OBJECT)
        return wrong_type(p, "a structure", err);
    json made = json_object(json_len(in));
    bool ok = true;
    for (const struct shape *s = members; s->name.ptr && ok; s++) {
        json given = json_get(in, s->name), v = json_absent();
        struct place at = place_of(p, s->name);
        if (json_is_absent(given) || given.kind == JSON_NULL) {
            if (s->required)
                ok = err_set(err, ERR_EKS_INVALID_PARAMETER, "The parameter '%s' is required.",
                             at.text);
            continue;
        }
        ok = check_value(s, &at, given, &v, err);
        if (ok)
            json_build_put(&made, s->name, v);
    }
    if (ok && json_is_absent(made))
        ok = no_memory(err);
    if (ok)
        *out = made;
    else
        json_unref(made);
    return ok;
}

static bool check_value(const struct shape *s, const struct place *p, json in, json *out,
                        struct err *err)
{
    bool ok = false;
    switch (s->kind) {
    case SHAPE_STRING: ok = check_string(s, p, in, err); break;
    case SHAPE_INTEGER: ok = check_integer(s, p, in, err); break;
    case SHAPE_BOOL: ok = json_is_bool(in) || wrong_type(p, "a boolean", err); break;
    case SHAPE_LIST: return check_list(s, p, in, out, err);
    case SHAPE_MAP: return check_map(s, p, in, out, err);
    case SHAPE_STRUCT: return check_members(s->members, p, in, out, err);
    }
    if (ok)
        *out = json_ref(in);
    return ok;
}

bool shape_check(const struct shape *members, json in, json *out, struct err *err)
{
    struct place root = {""};
    return check_members(members, &root, in, out, err);
}
