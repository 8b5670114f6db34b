/* The operations of the EKS API, a row each, and which of them a request means.
 *
 * To add an operation: its row here, its function beside its kind, its shape in shapes.c;
 * test_control asks every row. A row without a function is refused by its name. Source: botocore's
 * service model `eks` (names, methods, paths). */
#include "control_private.h"

static const struct operation rows[] = {
    {STR_INIT("CreateCluster"),                      STR_INIT("POST"),   STR_INIT("/clusters"),                      WRITES, cluster_create  },
    {STR_INIT("DescribeCluster"),                    STR_INIT("GET"),    STR_INIT("/clusters/{}"),                   READS,
     cluster_describe                                                                                                                        },
    {STR_INIT("ListClusters"),                       STR_INIT("GET"),    STR_INIT("/clusters"),                      READS,  cluster_list    },
    {STR_INIT("DeleteCluster"),                      STR_INIT("DELETE"), STR_INIT("/clusters/{}"),                   WRITES,
     cluster_delete                                                                                                                          },
    {STR_INIT("CreateNodegroup"),                    STR_INIT("POST"),   STR_INIT("/clusters/{}/node-groups"),       WRITES,
     nodegroup_create                                                                                                                        },
    {STR_INIT("DescribeNodegroup"),                  STR_INIT("GET"),    STR_INIT("/clusters/{}/node-groups/{}"),    READS,
     nodegroup_describe                                                                                                                      },
    {STR_INIT("ListNodegroups"),                     STR_INIT("GET"),    STR_INIT("/clusters/{}/node-groups"),       READS,
     nodegroup_list                                                                                                                          },
    {STR_INIT("DeleteNodegroup"),                    STR_INIT("DELETE"), STR_INIT("/clusters/{}/node-groups/{}"),
     WRITES,                                                                                                                 nodegroup_delete},
    {STR_INIT("CreateFargateProfile"),               STR_INIT("POST"),   STR_INIT("/clusters/{}/fargate-profiles"),
     WRITES,                                                                                                                 profile_create  },
    {STR_INIT("DescribeFargateProfile"),             STR_INIT("GET"),
     STR_INIT("/clusters/{}/fargate-profiles/{}"),                                                                   READS,  profile_describe},
    {STR_INIT("ListFargateProfiles"),                STR_INIT("GET"),    STR_INIT("/clusters/{}/fargate-profiles"),
     READS,                                                                                                                  profile_list    },
    {STR_INIT("DeleteFargateProfile"),               STR_INIT("DELETE"),
     STR_INIT("/clusters/{}/fargate-profiles/{}"),                                                                   WRITES, profile_delete  },
    {STR_INIT("DescribeClusterVersions"),            STR_INIT("GET"),    STR_INIT("/cluster-versions"),              READS,
     versions_describe                                                                                                                       },
    {STR_INIT("TagResource"),                        STR_INIT("POST"),   STR_INIT("/tags/{}"),                       WRITES, tags_put        },
    {STR_INIT("UntagResource"),                      STR_INIT("DELETE"), STR_INIT("/tags/{}"),                       WRITES, tags_remove     },
    {STR_INIT("ListTagsForResource"),                STR_INIT("GET"),    STR_INIT("/tags/{}"),                       READS,  tags_list       },
    {STR_INIT("AssociateAccessPolicy"),              STR_INIT("POST"),
     STR_INIT("/clusters/{}/access-entries/{}/access-policies"),                                                     READS,  NULL            },
    {STR_INIT("AssociateEncryptionConfig"),          STR_INIT("POST"),
     STR_INIT("/clusters/{}/encryption-config/associate"),                                                           READS,  NULL            },
    {STR_INIT("AssociateIdentityProviderConfig"),    STR_INIT("POST"),
     STR_INIT("/clusters/{}/identity-provider-configs/associate"),                                                   READS,  NULL            },
    {STR_INIT("CreateAccessEntry"),                  STR_INIT("POST"),   STR_INIT("/clusters/{}/access-entries"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("CreateAddon"),                        STR_INIT("POST"),   STR_INIT("/clusters/{}/addons"),            READS,  NULL            },
    {STR_INIT("CreateCapability"),                   STR_INIT("POST"),   STR_INIT("/clusters/{}/capabilities"),      READS,
     NULL                                                                                                                                    },
    {STR_INIT("CreateEksAnywhereSubscription"),      STR_INIT("POST"),
     STR_INIT("/eks-anywhere-subscriptions"),                                                                        READS,  NULL            },
    {STR_INIT("CreatePodIdentityAssociation"),       STR_INIT("POST"),
     STR_INIT("/clusters/{}/pod-identity-associations"),                                                             READS,  NULL            },
    {STR_INIT("DeleteAccessEntry"),                  STR_INIT("DELETE"), STR_INIT("/clusters/{}/access-entries/{}"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("DeleteAddon"),                        STR_INIT("DELETE"), STR_INIT("/clusters/{}/addons/{}"),         READS,  NULL            },
    {STR_INIT("DeleteCapability"),                   STR_INIT("DELETE"), STR_INIT("/clusters/{}/capabilities/{}"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("DeleteEksAnywhereSubscription"),      STR_INIT("DELETE"),
     STR_INIT("/eks-anywhere-subscriptions/{}"),                                                                     READS,  NULL            },
    {STR_INIT("DeletePodIdentityAssociation"),       STR_INIT("DELETE"),
     STR_INIT("/clusters/{}/pod-identity-associations/{}"),                                                          READS,  NULL            },
    {STR_INIT("DeregisterCluster"),                  STR_INIT("DELETE"), STR_INIT("/cluster-registrations/{}"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("DescribeAccessEntry"),                STR_INIT("GET"),    STR_INIT("/clusters/{}/access-entries/{}"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("DescribeAddon"),                      STR_INIT("GET"),    STR_INIT("/clusters/{}/addons/{}"),         READS,  NULL            },
    {STR_INIT("DescribeAddonConfiguration"),         STR_INIT("GET"),
     STR_INIT("/addons/configuration-schemas"),                                                                      READS,  NULL            },
    {STR_INIT("DescribeAddonVersions"),              STR_INIT("GET"),    STR_INIT("/addons/supported-versions"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("DescribeCapability"),                 STR_INIT("GET"),    STR_INIT("/clusters/{}/capabilities/{}"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("DescribeEksAnywhereSubscription"),    STR_INIT("GET"),
     STR_INIT("/eks-anywhere-subscriptions/{}"),                                                                     READS,  NULL            },
    {STR_INIT("DescribeIdentityProviderConfig"),     STR_INIT("POST"),
     STR_INIT("/clusters/{}/identity-provider-configs/describe"),                                                    READS,  NULL            },
    {STR_INIT("DescribeInsight"),                    STR_INIT("GET"),    STR_INIT("/clusters/{}/insights/{}"),       READS,
     NULL                                                                                                                                    },
    {STR_INIT("DescribeInsightsRefresh"),            STR_INIT("GET"),
     STR_INIT("/clusters/{}/insights-refresh"),                                                                      READS,  NULL            },
    {STR_INIT("DescribePodIdentityAssociation"),     STR_INIT("GET"),
     STR_INIT("/clusters/{}/pod-identity-associations/{}"),                                                          READS,  NULL            },
    {STR_INIT("DescribeUpdate"),                     STR_INIT("GET"),    STR_INIT("/clusters/{}/updates/{}"),        READS,  NULL            },
    {STR_INIT("DisassociateAccessPolicy"),           STR_INIT("DELETE"),
     STR_INIT("/clusters/{}/access-entries/{}/access-policies/{}"),                                                  READS,  NULL            },
    {STR_INIT("DisassociateIdentityProviderConfig"), STR_INIT("POST"),
     STR_INIT("/clusters/{}/identity-provider-configs/disassociate"),                                                READS,  NULL            },
    {STR_INIT("ListAccessEntries"),                  STR_INIT("GET"),    STR_INIT("/clusters/{}/access-entries"),    READS,
     NULL                                                                                                                                    },
    {STR_INIT("ListAccessPolicies"),                 STR_INIT("GET"),    STR_INIT("/access-policies"),               READS,  NULL            },
    {STR_INIT("ListAddons"),                         STR_INIT("GET"),    STR_INIT("/clusters/{}/addons"),            READS,  NULL            },
    {STR_INIT("ListAssociatedAccessPolicies"),       STR_INIT("GET"),
     STR_INIT("/clusters/{}/access-entries/{}/access-policies"),                                                     READS,  NULL            },
    {STR_INIT("ListCapabilities"),                   STR_INIT("GET"),    STR_INIT("/clusters/{}/capabilities"),      READS,
     NULL                                                                                                                                    },
    {STR_INIT("ListEksAnywhereSubscriptions"),       STR_INIT("GET"),
     STR_INIT("/eks-anywhere-subscriptions"),                                                                        READS,  NULL            },
    {STR_INIT("ListIdentityProviderConfigs"),        STR_INIT("GET"),
     STR_INIT("/clusters/{}/identity-provider-configs"),                                                             READS,  NULL            },
    {STR_INIT("ListInsights"),                       STR_INIT("POST"),   STR_INIT("/clusters/{}/insights"),          READS,  NULL            },
    {STR_INIT("ListPodIdentityAssociations"),        STR_INIT("GET"),
     STR_INIT("/clusters/{}/pod-identity-associations"),                                                             READS,  NULL            },
    {STR_INIT("ListUpdates"),                        STR_INIT("GET"),    STR_INIT("/clusters/{}/updates"),           READS,  NULL            },
    {STR_INIT("RegisterCluster"),                    STR_INIT("POST"),   STR_INIT("/cluster-registrations"),         READS,
     NULL                                                                                                                                    },
    {STR_INIT("StartInsightsRefresh"),               STR_INIT("POST"),   STR_INIT("/clusters/{}/insights-refresh"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("UpdateAccessEntry"),                  STR_INIT("POST"),   STR_INIT("/clusters/{}/access-entries/{}"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("UpdateAddon"),                        STR_INIT("POST"),   STR_INIT("/clusters/{}/addons/{}/update"),  READS,
     NULL                                                                                                                                    },
    {STR_INIT("UpdateCapability"),                   STR_INIT("POST"),   STR_INIT("/clusters/{}/capabilities/{}"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("UpdateClusterConfig"),                STR_INIT("POST"),   STR_INIT("/clusters/{}/update-config"),
     READS,                                                                                                                  NULL            },
    {STR_INIT("UpdateClusterVersion"),               STR_INIT("POST"),   STR_INIT("/clusters/{}/updates"),           READS,
     NULL                                                                                                                                    },
    {STR_INIT("UpdateEksAnywhereSubscription"),      STR_INIT("POST"),
     STR_INIT("/eks-anywhere-subscriptions/{}"),                                                                     READS,  NULL            },
    {STR_INIT("UpdateNodegroupConfig"),              STR_INIT("POST"),
     STR_INIT("/clusters/{}/node-groups/{}/update-config"),                                                          READS,  NULL            },
    {STR_INIT("UpdateNodegroupVersion"),             STR_INIT("POST"),
     STR_INIT("/clusters/{}/node-groups/{}/update-version"),                                                         READS,  NULL            },
    {STR_INIT("UpdatePodIdentityAssociation"),       STR_INIT("POST"),
     STR_INIT("/clusters/{}/pod-identity-associations/{}"),                                                          READS,  NULL            },
};

static const char *const owned[] = {
    "/clusters", "/tags/",           "/cluster-versions",           "/cluster-registrations",
    "/addons/",  "/access-policies", "/eks-anywhere-subscriptions",
};

bool control_owns(str path)
{
    for (size_t i = 0; i < sizeof owned / sizeof *owned; i++) {
        str prefix = str_from_c(owned[i]);
        bool whole = str_ends(prefix, STR("/"));
        if (str_starts(path, prefix) &&
            (whole || path.len == prefix.len || path.ptr[prefix.len] == '/'))
            return true;
    }
    return false;
}

/* Compares segment by segment; labels are lent raw from path. */
static bool matches(str pattern, str path, str labels[CONTROL_LABELS_MAX], size_t *count)
{
    *count = 0;
    while (pattern.ptr && path.ptr) {
        str want = str_cut(&pattern, '/'), have = str_cut(&path, '/');
        if (str_eq(want, STR("{}"))) {
            if (have.len == 0 || *count == CONTROL_LABELS_MAX)
                return false;
            labels[(*count)++] = have;
        } else if (!str_eq(want, have)) {
            return false;
        }
    }
    return !pattern.ptr && !path.ptr;
}

const struct operation *operation_find(struct call *call, str method, str path, bool *path_known,
                                       struct err *err)
{
    str labels[CONTROL_LABELS_MAX];
    size_t count;
    *path_known = false;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (!matches(rows[i].pattern, path, labels, &count))
            continue;
        *path_known = true;
        if (!str_eq(rows[i].method, method))
            continue;
        for (size_t l = 0; l < count; l++) {
            if (!url_decode(call->arena, labels[l], false, &call->label[l])) {
                (void)err_set(err, ERR_EKS_INVALID_PARAMETER,
                              "The path of the request is not percent-encoded UTF-8.");
                return NULL;
            }
        }
        return &rows[i];
    }
    return NULL;
}
