/* The table of shapes. Fields stand in the order in which Kubernetes documents them. */
#include "shapes_private.h"

static const struct shape_field job_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META},
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_JOB_SPEC   },
    {3, STR_INIT("status"),   FIELD_SHAPE, FIELD_ONE, SHAPE_JOB_STATUS },
};
static const struct shape_field object_meta_fields[] = {
    {1,  STR_INIT("name"),                       FIELD_STRING, FIELD_ONE,  0                         },
    {2,  STR_INIT("generateName"),               FIELD_STRING, FIELD_ONE,  0                         },
    {3,  STR_INIT("namespace"),                  FIELD_STRING, FIELD_ONE,  0                         },
    {4,  STR_INIT("selfLink"),                   FIELD_STRING, FIELD_ONE,  0                         },
    {5,  STR_INIT("uid"),                        FIELD_STRING, FIELD_ONE,  0                         },
    {6,  STR_INIT("resourceVersion"),            FIELD_STRING, FIELD_ONE,  0                         },
    {7,  STR_INIT("generation"),                 FIELD_INT64,  FIELD_ONE,  0                         },
    {8,  STR_INIT("creationTimestamp"),          FIELD_TIME,   FIELD_ONE,  0                         },
    {9,  STR_INIT("deletionTimestamp"),          FIELD_TIME,   FIELD_ONE,  0                         },
    {10, STR_INIT("deletionGracePeriodSeconds"), FIELD_INT64,  FIELD_KEEP, 0                         },
    {11, STR_INIT("labels"),                     FIELD_STRING, FIELD_MAP,  0                         },
    {12, STR_INIT("annotations"),                FIELD_STRING, FIELD_MAP,  0                         },
    {13, STR_INIT("ownerReferences"),            FIELD_SHAPE,  FIELD_LIST, SHAPE_OWNER_REFERENCE     },
    {14, STR_INIT("finalizers"),                 FIELD_STRING, FIELD_LIST, 0                         },
    {17, STR_INIT("managedFields"),              FIELD_SHAPE,  FIELD_LIST, SHAPE_MANAGED_FIELDS_ENTRY},
};
static const struct shape_field owner_reference_fields[] = {
    {5, STR_INIT("apiVersion"),         FIELD_STRING, FIELD_ONE,  0},
    {1, STR_INIT("kind"),               FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("name"),               FIELD_STRING, FIELD_ONE,  0},
    {4, STR_INIT("uid"),                FIELD_STRING, FIELD_ONE,  0},
    {6, STR_INIT("controller"),         FIELD_BOOL,   FIELD_KEEP, 0},
    {7, STR_INIT("blockOwnerDeletion"), FIELD_BOOL,   FIELD_KEEP, 0},
};
static const struct shape_field managed_fields_entry_fields[] = {
    {1, STR_INIT("manager"),     FIELD_STRING,    FIELD_ONE, 0},
    {2, STR_INIT("operation"),   FIELD_STRING,    FIELD_ONE, 0},
    {3, STR_INIT("apiVersion"),  FIELD_STRING,    FIELD_ONE, 0},
    {4, STR_INIT("time"),        FIELD_TIME,      FIELD_ONE, 0},
    {6, STR_INIT("fieldsType"),  FIELD_STRING,    FIELD_ONE, 0},
    {7, STR_INIT("fieldsV1"),    FIELD_FIELDS_V1, FIELD_ONE, 0},
    {8, STR_INIT("subresource"), FIELD_STRING,    FIELD_ONE, 0},
};
static const struct shape_field job_spec_fields[] = {
    {1,  STR_INIT("parallelism"),             FIELD_INT32,  FIELD_KEEP, 0                       },
    {2,  STR_INIT("completions"),             FIELD_INT32,  FIELD_KEEP, 0                       },
    {3,  STR_INIT("activeDeadlineSeconds"),   FIELD_INT64,  FIELD_KEEP, 0                       },
    {11, STR_INIT("podFailurePolicy"),        FIELD_SHAPE,  FIELD_ONE,  SHAPE_POD_FAILURE_POLICY},
    {16, STR_INIT("successPolicy"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_SUCCESS_POLICY    },
    {7,  STR_INIT("backoffLimit"),            FIELD_INT32,  FIELD_KEEP, 0                       },
    {12, STR_INIT("backoffLimitPerIndex"),    FIELD_INT32,  FIELD_KEEP, 0                       },
    {13, STR_INIT("maxFailedIndexes"),        FIELD_INT32,  FIELD_KEEP, 0                       },
    {4,  STR_INIT("selector"),                FIELD_SHAPE,  FIELD_ONE,  SHAPE_LABEL_SELECTOR    },
    {5,  STR_INIT("manualSelector"),          FIELD_BOOL,   FIELD_KEEP, 0                       },
    {6,  STR_INIT("template"),                FIELD_SHAPE,  FIELD_ONE,  SHAPE_POD_TEMPLATE_SPEC },
    {8,  STR_INIT("ttlSecondsAfterFinished"), FIELD_INT32,  FIELD_KEEP, 0                       },
    {9,  STR_INIT("completionMode"),          FIELD_STRING, FIELD_ONE,  0                       },
    {10, STR_INIT("suspend"),                 FIELD_BOOL,   FIELD_KEEP, 0                       },
    {14, STR_INIT("podReplacementPolicy"),    FIELD_STRING, FIELD_ONE,  0                       },
    {15, STR_INIT("managedBy"),               FIELD_STRING, FIELD_ONE,  0                       },
};
static const struct shape_field pod_failure_policy_fields[] = {
    {1, STR_INIT("rules"), FIELD_SHAPE, FIELD_LIST, SHAPE_POD_FAILURE_POLICY_RULE},
};
static const struct shape_field pod_failure_policy_rule_fields[] = {
    {1, STR_INIT("action"),          FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("onExitCodes"),     FIELD_SHAPE,  FIELD_ONE,
     SHAPE_POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT         },
    {3, STR_INIT("onPodConditions"), FIELD_SHAPE,  FIELD_LIST,
     SHAPE_POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN         },
};
static const struct shape_field pod_failure_policy_on_exit_codes_requirement_fields[] = {
    {1, STR_INIT("containerName"), FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("operator"),      FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("values"),        FIELD_INT32,  FIELD_LIST, 0},
};
static const struct shape_field pod_failure_policy_on_pod_conditions_pattern_fields[] = {
    {1, STR_INIT("type"),   FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("status"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field success_policy_fields[] = {
    {1, STR_INIT("rules"), FIELD_SHAPE, FIELD_LIST, SHAPE_SUCCESS_POLICY_RULE},
};
static const struct shape_field success_policy_rule_fields[] = {
    {1, STR_INIT("succeededIndexes"), FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("succeededCount"),   FIELD_INT32,  FIELD_KEEP, 0},
};
static const struct shape_field label_selector_fields[] = {
    {1, STR_INIT("matchLabels"),      FIELD_STRING, FIELD_MAP,  0                               },
    {2, STR_INIT("matchExpressions"), FIELD_SHAPE,  FIELD_LIST, SHAPE_LABEL_SELECTOR_REQUIREMENT},
};
static const struct shape_field label_selector_requirement_fields[] = {
    {1, STR_INIT("key"),      FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("operator"), FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("values"),   FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field pod_template_spec_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META},
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_POD_SPEC   },
};
static const struct shape_field pod_spec_fields[] = {
    {1,  STR_INIT("volumes"),                       FIELD_SHAPE,    FIELD_LIST, SHAPE_VOLUME                },
    {20, STR_INIT("initContainers"),                FIELD_SHAPE,    FIELD_LIST, SHAPE_CONTAINER             },
    {2,  STR_INIT("containers"),                    FIELD_SHAPE,    FIELD_LIST, SHAPE_CONTAINER             },
    {34, STR_INIT("ephemeralContainers"),           FIELD_SHAPE,    FIELD_LIST, SHAPE_EPHEMERAL_CONTAINER   },
    {3,  STR_INIT("restartPolicy"),                 FIELD_STRING,   FIELD_ONE,  0                           },
    {4,  STR_INIT("terminationGracePeriodSeconds"), FIELD_INT64,    FIELD_KEEP, 0                           },
    {5,  STR_INIT("activeDeadlineSeconds"),         FIELD_INT64,    FIELD_KEEP, 0                           },
    {6,  STR_INIT("dnsPolicy"),                     FIELD_STRING,   FIELD_ONE,  0                           },
    {7,  STR_INIT("nodeSelector"),                  FIELD_STRING,   FIELD_MAP,  0                           },
    {8,  STR_INIT("serviceAccountName"),            FIELD_STRING,   FIELD_ONE,  0                           },
    {9,  STR_INIT("serviceAccount"),                FIELD_STRING,   FIELD_ONE,  0                           },
    {21, STR_INIT("automountServiceAccountToken"),  FIELD_BOOL,     FIELD_KEEP, 0                           },
    {10, STR_INIT("nodeName"),                      FIELD_STRING,   FIELD_ONE,  0                           },
    {11, STR_INIT("hostNetwork"),                   FIELD_BOOL,     FIELD_ONE,  0                           },
    {12, STR_INIT("hostPID"),                       FIELD_BOOL,     FIELD_ONE,  0                           },
    {13, STR_INIT("hostIPC"),                       FIELD_BOOL,     FIELD_ONE,  0                           },
    {27, STR_INIT("shareProcessNamespace"),         FIELD_BOOL,     FIELD_KEEP, 0                           },
    {14, STR_INIT("securityContext"),               FIELD_SHAPE,    FIELD_ONE,  SHAPE_POD_SECURITY_CONTEXT  },
    {15, STR_INIT("imagePullSecrets"),              FIELD_SHAPE,    FIELD_LIST, SHAPE_LOCAL_OBJECT_REFERENCE},
    {16, STR_INIT("hostname"),                      FIELD_STRING,   FIELD_ONE,  0                           },
    {17, STR_INIT("subdomain"),                     FIELD_STRING,   FIELD_ONE,  0                           },
    {18, STR_INIT("affinity"),                      FIELD_SHAPE,    FIELD_ONE,  SHAPE_AFFINITY              },
    {19, STR_INIT("schedulerName"),                 FIELD_STRING,   FIELD_ONE,  0                           },
    {22, STR_INIT("tolerations"),                   FIELD_SHAPE,    FIELD_LIST, SHAPE_TOLERATION            },
    {23, STR_INIT("hostAliases"),                   FIELD_SHAPE,    FIELD_LIST, SHAPE_HOST_ALIAS            },
    {24, STR_INIT("priorityClassName"),             FIELD_STRING,   FIELD_ONE,  0                           },
    {25, STR_INIT("priority"),                      FIELD_INT32,    FIELD_KEEP, 0                           },
    {26, STR_INIT("dnsConfig"),                     FIELD_SHAPE,    FIELD_ONE,  SHAPE_POD_DNS_CONFIG        },
    {28, STR_INIT("readinessGates"),                FIELD_SHAPE,    FIELD_LIST, SHAPE_POD_READINESS_GATE    },
    {29, STR_INIT("runtimeClassName"),              FIELD_STRING,   FIELD_ONE,  0                           },
    {30, STR_INIT("enableServiceLinks"),            FIELD_BOOL,     FIELD_KEEP, 0                           },
    {31, STR_INIT("preemptionPolicy"),              FIELD_STRING,   FIELD_ONE,  0                           },
    {32, STR_INIT("overhead"),                      FIELD_QUANTITY, FIELD_MAP,  0                           },
    {33, STR_INIT("topologySpreadConstraints"),     FIELD_SHAPE,    FIELD_LIST,
     SHAPE_TOPOLOGY_SPREAD_CONSTRAINT                                                                       },
    {35, STR_INIT("setHostnameAsFQDN"),             FIELD_BOOL,     FIELD_KEEP, 0                           },
    {36, STR_INIT("os"),                            FIELD_SHAPE,    FIELD_ONE,  SHAPE_POD_OS                },
    {37, STR_INIT("hostUsers"),                     FIELD_BOOL,     FIELD_KEEP, 0                           },
    {38, STR_INIT("schedulingGates"),               FIELD_SHAPE,    FIELD_LIST, SHAPE_POD_SCHEDULING_GATE   },
    {39, STR_INIT("resourceClaims"),                FIELD_SHAPE,    FIELD_LIST, SHAPE_POD_RESOURCE_CLAIM    },
    {40, STR_INIT("resources"),                     FIELD_SHAPE,    FIELD_ONE,  SHAPE_RESOURCE_REQUIREMENTS },
};
static const struct shape_field volume_fields[] = {
    {1, STR_INIT("name"),         FIELD_STRING, FIELD_ONE,    0                  },
    {2, STR_INIT("volumeSource"), FIELD_SHAPE,  FIELD_INLINE, SHAPE_VOLUME_SOURCE},
};
static const struct shape_field volume_source_fields[] = {
    {1,  STR_INIT("hostPath"),              FIELD_SHAPE, FIELD_ONE, SHAPE_HOST_PATH_VOLUME_SOURCE   },
    {2,  STR_INIT("emptyDir"),              FIELD_SHAPE, FIELD_ONE, SHAPE_EMPTY_DIR_VOLUME_SOURCE   },
    {3,  STR_INIT("gcePersistentDisk"),     FIELD_ANY,   FIELD_ONE, 0                               },
    {4,  STR_INIT("awsElasticBlockStore"),  FIELD_ANY,   FIELD_ONE, 0                               },
    {5,  STR_INIT("gitRepo"),               FIELD_ANY,   FIELD_ONE, 0                               },
    {6,  STR_INIT("secret"),                FIELD_SHAPE, FIELD_ONE, SHAPE_SECRET_VOLUME_SOURCE      },
    {7,  STR_INIT("nfs"),                   FIELD_SHAPE, FIELD_ONE, SHAPE_NFS_VOLUME_SOURCE         },
    {8,  STR_INIT("iscsi"),                 FIELD_ANY,   FIELD_ONE, 0                               },
    {9,  STR_INIT("glusterfs"),             FIELD_ANY,   FIELD_ONE, 0                               },
    {10, STR_INIT("persistentVolumeClaim"), FIELD_SHAPE, FIELD_ONE,
     SHAPE_PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE                                                    },
    {11, STR_INIT("rbd"),                   FIELD_ANY,   FIELD_ONE, 0                               },
    {12, STR_INIT("flexVolume"),            FIELD_ANY,   FIELD_ONE, 0                               },
    {13, STR_INIT("cinder"),                FIELD_ANY,   FIELD_ONE, 0                               },
    {14, STR_INIT("cephfs"),                FIELD_ANY,   FIELD_ONE, 0                               },
    {15, STR_INIT("flocker"),               FIELD_ANY,   FIELD_ONE, 0                               },
    {16, STR_INIT("downwardAPI"),           FIELD_SHAPE, FIELD_ONE, SHAPE_DOWNWARD_API_VOLUME_SOURCE},
    {17, STR_INIT("fc"),                    FIELD_ANY,   FIELD_ONE, 0                               },
    {18, STR_INIT("azureFile"),             FIELD_ANY,   FIELD_ONE, 0                               },
    {19, STR_INIT("configMap"),             FIELD_SHAPE, FIELD_ONE, SHAPE_CONFIG_MAP_VOLUME_SOURCE  },
    {20, STR_INIT("vsphereVolume"),         FIELD_ANY,   FIELD_ONE, 0                               },
    {21, STR_INIT("quobyte"),               FIELD_ANY,   FIELD_ONE, 0                               },
    {22, STR_INIT("azureDisk"),             FIELD_ANY,   FIELD_ONE, 0                               },
    {23, STR_INIT("photonPersistentDisk"),  FIELD_ANY,   FIELD_ONE, 0                               },
    {26, STR_INIT("projected"),             FIELD_SHAPE, FIELD_ONE, SHAPE_PROJECTED_VOLUME_SOURCE   },
    {24, STR_INIT("portworxVolume"),        FIELD_ANY,   FIELD_ONE, 0                               },
    {25, STR_INIT("scaleIO"),               FIELD_ANY,   FIELD_ONE, 0                               },
    {27, STR_INIT("storageos"),             FIELD_ANY,   FIELD_ONE, 0                               },
    {28, STR_INIT("csi"),                   FIELD_SHAPE, FIELD_ONE, SHAPE_CSI_VOLUME_SOURCE         },
    {29, STR_INIT("ephemeral"),             FIELD_SHAPE, FIELD_ONE, SHAPE_EPHEMERAL_VOLUME_SOURCE   },
    {30, STR_INIT("image"),                 FIELD_SHAPE, FIELD_ONE, SHAPE_IMAGE_VOLUME_SOURCE       },
};
static const struct shape_field host_path_volume_source_fields[] = {
    {1, STR_INIT("path"), FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("type"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field empty_dir_volume_source_fields[] = {
    {1, STR_INIT("medium"),    FIELD_STRING,   FIELD_ONE, 0},
    {2, STR_INIT("sizeLimit"), FIELD_QUANTITY, FIELD_ONE, 0},
};
static const struct shape_field secret_volume_source_fields[] = {
    {1, STR_INIT("secretName"),  FIELD_STRING, FIELD_ONE,  0                },
    {2, STR_INIT("items"),       FIELD_SHAPE,  FIELD_LIST, SHAPE_KEY_TO_PATH},
    {3, STR_INIT("defaultMode"), FIELD_INT32,  FIELD_KEEP, 0                },
    {4, STR_INIT("optional"),    FIELD_BOOL,   FIELD_KEEP, 0                },
};
static const struct shape_field key_to_path_fields[] = {
    {1, STR_INIT("key"),  FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("path"), FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("mode"), FIELD_INT32,  FIELD_KEEP, 0},
};
static const struct shape_field nfs_volume_source_fields[] = {
    {1, STR_INIT("server"),   FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("path"),     FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("readOnly"), FIELD_BOOL,   FIELD_ONE, 0},
};
static const struct shape_field persistent_volume_claim_volume_source_fields[] = {
    {1, STR_INIT("claimName"), FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("readOnly"),  FIELD_BOOL,   FIELD_ONE, 0},
};
static const struct shape_field downward_api_volume_source_fields[] = {
    {1, STR_INIT("items"),       FIELD_SHAPE, FIELD_LIST, SHAPE_DOWNWARD_API_VOLUME_FILE},
    {2, STR_INIT("defaultMode"), FIELD_INT32, FIELD_KEEP, 0                             },
};
static const struct shape_field downward_api_volume_file_fields[] = {
    {1, STR_INIT("path"),             FIELD_STRING, FIELD_ONE,  0                            },
    {2, STR_INIT("fieldRef"),         FIELD_SHAPE,  FIELD_ONE,  SHAPE_OBJECT_FIELD_SELECTOR  },
    {3, STR_INIT("resourceFieldRef"), FIELD_SHAPE,  FIELD_ONE,  SHAPE_RESOURCE_FIELD_SELECTOR},
    {4, STR_INIT("mode"),             FIELD_INT32,  FIELD_KEEP, 0                            },
};
static const struct shape_field object_field_selector_fields[] = {
    {1, STR_INIT("apiVersion"), FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("fieldPath"),  FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field resource_field_selector_fields[] = {
    {1, STR_INIT("containerName"), FIELD_STRING,   FIELD_ONE, 0},
    {2, STR_INIT("resource"),      FIELD_STRING,   FIELD_ONE, 0},
    {3, STR_INIT("divisor"),       FIELD_QUANTITY, FIELD_ONE, 0},
};
static const struct shape_field config_map_volume_source_fields[] = {
    {1, STR_INIT("localObjectReference"), FIELD_SHAPE, FIELD_INLINE, SHAPE_LOCAL_OBJECT_REFERENCE},
    {2, STR_INIT("items"),                FIELD_SHAPE, FIELD_LIST,   SHAPE_KEY_TO_PATH           },
    {3, STR_INIT("defaultMode"),          FIELD_INT32, FIELD_KEEP,   0                           },
    {4, STR_INIT("optional"),             FIELD_BOOL,  FIELD_KEEP,   0                           },
};
static const struct shape_field local_object_reference_fields[] = {
    {1, STR_INIT("name"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field projected_volume_source_fields[] = {
    {1, STR_INIT("sources"),     FIELD_SHAPE, FIELD_LIST, SHAPE_VOLUME_PROJECTION},
    {2, STR_INIT("defaultMode"), FIELD_INT32, FIELD_KEEP, 0                      },
    {3, STR_INIT("defaultUser"), FIELD_INT64, FIELD_ONE,  0                      },
};
static const struct shape_field volume_projection_fields[] = {
    {1, STR_INIT("secret"),              FIELD_SHAPE, FIELD_ONE, SHAPE_SECRET_PROJECTION      },
    {2, STR_INIT("downwardAPI"),         FIELD_SHAPE, FIELD_ONE, SHAPE_DOWNWARD_API_PROJECTION},
    {3, STR_INIT("configMap"),           FIELD_SHAPE, FIELD_ONE, SHAPE_CONFIG_MAP_PROJECTION  },
    {4, STR_INIT("serviceAccountToken"), FIELD_SHAPE, FIELD_ONE,
     SHAPE_SERVICE_ACCOUNT_TOKEN_PROJECTION                                                   },
    {5, STR_INIT("clusterTrustBundle"),  FIELD_SHAPE, FIELD_ONE,
     SHAPE_CLUSTER_TRUST_BUNDLE_PROJECTION                                                    },
};
static const struct shape_field secret_projection_fields[] = {
    {1, STR_INIT("localObjectReference"), FIELD_SHAPE, FIELD_INLINE, SHAPE_LOCAL_OBJECT_REFERENCE},
    {2, STR_INIT("items"),                FIELD_SHAPE, FIELD_LIST,   SHAPE_KEY_TO_PATH           },
    {4, STR_INIT("optional"),             FIELD_BOOL,  FIELD_KEEP,   0                           },
};
static const struct shape_field downward_api_projection_fields[] = {
    {1, STR_INIT("items"), FIELD_SHAPE, FIELD_LIST, SHAPE_DOWNWARD_API_VOLUME_FILE},
};
static const struct shape_field config_map_projection_fields[] = {
    {1, STR_INIT("localObjectReference"), FIELD_SHAPE, FIELD_INLINE, SHAPE_LOCAL_OBJECT_REFERENCE},
    {2, STR_INIT("items"),                FIELD_SHAPE, FIELD_LIST,   SHAPE_KEY_TO_PATH           },
    {4, STR_INIT("optional"),             FIELD_BOOL,  FIELD_KEEP,   0                           },
};
static const struct shape_field service_account_token_projection_fields[] = {
    {1, STR_INIT("audience"),          FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("expirationSeconds"), FIELD_INT64,  FIELD_KEEP, 0},
    {3, STR_INIT("path"),              FIELD_STRING, FIELD_ONE,  0},
};
static const struct shape_field cluster_trust_bundle_projection_fields[] = {
    {1, STR_INIT("name"),          FIELD_STRING, FIELD_ONE,  0                   },
    {2, STR_INIT("signerName"),    FIELD_STRING, FIELD_ONE,  0                   },
    {3, STR_INIT("labelSelector"), FIELD_SHAPE,  FIELD_ONE,  SHAPE_LABEL_SELECTOR},
    {5, STR_INIT("optional"),      FIELD_BOOL,   FIELD_KEEP, 0                   },
    {4, STR_INIT("path"),          FIELD_STRING, FIELD_ONE,  0                   },
};
static const struct shape_field csi_volume_source_fields[] = {
    {1, STR_INIT("driver"),               FIELD_STRING, FIELD_ONE, 0                           },
    {2, STR_INIT("readOnly"),             FIELD_BOOL,   FIELD_ONE, 0                           },
    {3, STR_INIT("fsType"),               FIELD_STRING, FIELD_ONE, 0                           },
    {4, STR_INIT("volumeAttributes"),     FIELD_STRING, FIELD_MAP, 0                           },
    {5, STR_INIT("nodePublishSecretRef"), FIELD_SHAPE,  FIELD_ONE, SHAPE_LOCAL_OBJECT_REFERENCE},
};
static const struct shape_field ephemeral_volume_source_fields[] = {
    {1, STR_INIT("volumeClaimTemplate"), FIELD_SHAPE, FIELD_ONE,
     SHAPE_PERSISTENT_VOLUME_CLAIM_TEMPLATE},
};
static const struct shape_field persistent_volume_claim_template_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META                 },
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_PERSISTENT_VOLUME_CLAIM_SPEC},
};
static const struct shape_field persistent_volume_claim_spec_fields[] = {
    {1, STR_INIT("accessModes"),               FIELD_STRING, FIELD_LIST, 0                                 },
    {4, STR_INIT("selector"),                  FIELD_SHAPE,  FIELD_ONE,  SHAPE_LABEL_SELECTOR              },
    {2, STR_INIT("resources"),                 FIELD_SHAPE,  FIELD_ONE,  SHAPE_VOLUME_RESOURCE_REQUIREMENTS},
    {3, STR_INIT("volumeName"),                FIELD_STRING, FIELD_ONE,  0                                 },
    {5, STR_INIT("storageClassName"),          FIELD_STRING, FIELD_ONE,  0                                 },
    {6, STR_INIT("volumeMode"),                FIELD_STRING, FIELD_ONE,  0                                 },
    {7, STR_INIT("dataSource"),                FIELD_SHAPE,  FIELD_ONE,  SHAPE_TYPED_LOCAL_OBJECT_REFERENCE},
    {8, STR_INIT("dataSourceRef"),             FIELD_SHAPE,  FIELD_ONE,  SHAPE_TYPED_OBJECT_REFERENCE      },
    {9, STR_INIT("volumeAttributesClassName"), FIELD_STRING, FIELD_ONE,  0                                 },
};
static const struct shape_field volume_resource_requirements_fields[] = {
    {1, STR_INIT("limits"),   FIELD_QUANTITY, FIELD_MAP, 0},
    {2, STR_INIT("requests"), FIELD_QUANTITY, FIELD_MAP, 0},
};
static const struct shape_field typed_local_object_reference_fields[] = {
    {1, STR_INIT("apiGroup"), FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("kind"),     FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("name"),     FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field typed_object_reference_fields[] = {
    {1, STR_INIT("apiGroup"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("kind"),      FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("name"),      FIELD_STRING, FIELD_ONE, 0},
    {4, STR_INIT("namespace"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field image_volume_source_fields[] = {
    {1, STR_INIT("reference"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("pullPolicy"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field container_fields[] = {
    {1,  STR_INIT("name"),                     FIELD_STRING, FIELD_ONE,  0                            },
    {2,  STR_INIT("image"),                    FIELD_STRING, FIELD_ONE,  0                            },
    {3,  STR_INIT("command"),                  FIELD_STRING, FIELD_LIST, 0                            },
    {4,  STR_INIT("args"),                     FIELD_STRING, FIELD_LIST, 0                            },
    {5,  STR_INIT("workingDir"),               FIELD_STRING, FIELD_ONE,  0                            },
    {6,  STR_INIT("ports"),                    FIELD_SHAPE,  FIELD_LIST, SHAPE_CONTAINER_PORT         },
    {19, STR_INIT("envFrom"),                  FIELD_SHAPE,  FIELD_LIST, SHAPE_ENV_FROM_SOURCE        },
    {7,  STR_INIT("env"),                      FIELD_SHAPE,  FIELD_LIST, SHAPE_ENV_VAR                },
    {8,  STR_INIT("resources"),                FIELD_SHAPE,  FIELD_ONE,  SHAPE_RESOURCE_REQUIREMENTS  },
    {23, STR_INIT("resizePolicy"),             FIELD_SHAPE,  FIELD_LIST, SHAPE_CONTAINER_RESIZE_POLICY},
    {24, STR_INIT("restartPolicy"),            FIELD_STRING, FIELD_ONE,  0                            },
    {9,  STR_INIT("volumeMounts"),             FIELD_SHAPE,  FIELD_LIST, SHAPE_VOLUME_MOUNT           },
    {21, STR_INIT("volumeDevices"),            FIELD_SHAPE,  FIELD_LIST, SHAPE_VOLUME_DEVICE          },
    {10, STR_INIT("livenessProbe"),            FIELD_SHAPE,  FIELD_ONE,  SHAPE_PROBE                  },
    {11, STR_INIT("readinessProbe"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_PROBE                  },
    {22, STR_INIT("startupProbe"),             FIELD_SHAPE,  FIELD_ONE,  SHAPE_PROBE                  },
    {12, STR_INIT("lifecycle"),                FIELD_SHAPE,  FIELD_ONE,  SHAPE_LIFECYCLE              },
    {13, STR_INIT("terminationMessagePath"),   FIELD_STRING, FIELD_ONE,  0                            },
    {20, STR_INIT("terminationMessagePolicy"), FIELD_STRING, FIELD_ONE,  0                            },
    {14, STR_INIT("imagePullPolicy"),          FIELD_STRING, FIELD_ONE,  0                            },
    {15, STR_INIT("securityContext"),          FIELD_SHAPE,  FIELD_ONE,  SHAPE_SECURITY_CONTEXT       },
    {16, STR_INIT("stdin"),                    FIELD_BOOL,   FIELD_ONE,  0                            },
    {17, STR_INIT("stdinOnce"),                FIELD_BOOL,   FIELD_ONE,  0                            },
    {18, STR_INIT("tty"),                      FIELD_BOOL,   FIELD_ONE,  0                            },
};
static const struct shape_field container_port_fields[] = {
    {1, STR_INIT("name"),          FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("hostPort"),      FIELD_INT32,  FIELD_ONE, 0},
    {3, STR_INIT("containerPort"), FIELD_INT32,  FIELD_ONE, 0},
    {4, STR_INIT("protocol"),      FIELD_STRING, FIELD_ONE, 0},
    {5, STR_INIT("hostIP"),        FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field env_from_source_fields[] = {
    {1, STR_INIT("prefix"),       FIELD_STRING, FIELD_ONE, 0                          },
    {2, STR_INIT("configMapRef"), FIELD_SHAPE,  FIELD_ONE, SHAPE_CONFIG_MAP_ENV_SOURCE},
    {3, STR_INIT("secretRef"),    FIELD_SHAPE,  FIELD_ONE, SHAPE_SECRET_ENV_SOURCE    },
};
static const struct shape_field config_map_env_source_fields[] = {
    {1, STR_INIT("localObjectReference"), FIELD_SHAPE, FIELD_INLINE, SHAPE_LOCAL_OBJECT_REFERENCE},
    {2, STR_INIT("optional"),             FIELD_BOOL,  FIELD_KEEP,   0                           },
};
static const struct shape_field secret_env_source_fields[] = {
    {1, STR_INIT("localObjectReference"), FIELD_SHAPE, FIELD_INLINE, SHAPE_LOCAL_OBJECT_REFERENCE},
    {2, STR_INIT("optional"),             FIELD_BOOL,  FIELD_KEEP,   0                           },
};
static const struct shape_field env_var_fields[] = {
    {1, STR_INIT("name"),      FIELD_STRING, FIELD_ONE, 0                   },
    {2, STR_INIT("value"),     FIELD_STRING, FIELD_ONE, 0                   },
    {3, STR_INIT("valueFrom"), FIELD_SHAPE,  FIELD_ONE, SHAPE_ENV_VAR_SOURCE},
};
static const struct shape_field env_var_source_fields[] = {
    {1, STR_INIT("fieldRef"),         FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_FIELD_SELECTOR  },
    {2, STR_INIT("resourceFieldRef"), FIELD_SHAPE, FIELD_ONE, SHAPE_RESOURCE_FIELD_SELECTOR},
    {3, STR_INIT("configMapKeyRef"),  FIELD_SHAPE, FIELD_ONE, SHAPE_CONFIG_MAP_KEY_SELECTOR},
    {4, STR_INIT("secretKeyRef"),     FIELD_SHAPE, FIELD_ONE, SHAPE_SECRET_KEY_SELECTOR    },
};
static const struct shape_field config_map_key_selector_fields[] = {
    {1, STR_INIT("localObjectReference"), FIELD_SHAPE,  FIELD_INLINE, SHAPE_LOCAL_OBJECT_REFERENCE},
    {2, STR_INIT("key"),                  FIELD_STRING, FIELD_ONE,    0                           },
    {3, STR_INIT("optional"),             FIELD_BOOL,   FIELD_KEEP,   0                           },
};
static const struct shape_field secret_key_selector_fields[] = {
    {1, STR_INIT("localObjectReference"), FIELD_SHAPE,  FIELD_INLINE, SHAPE_LOCAL_OBJECT_REFERENCE},
    {2, STR_INIT("key"),                  FIELD_STRING, FIELD_ONE,    0                           },
    {3, STR_INIT("optional"),             FIELD_BOOL,   FIELD_KEEP,   0                           },
};
static const struct shape_field resource_requirements_fields[] = {
    {1, STR_INIT("limits"),   FIELD_QUANTITY, FIELD_MAP,  0                   },
    {2, STR_INIT("requests"), FIELD_QUANTITY, FIELD_MAP,  0                   },
    {3, STR_INIT("claims"),   FIELD_SHAPE,    FIELD_LIST, SHAPE_RESOURCE_CLAIM},
};
static const struct shape_field resource_claim_fields[] = {
    {1, STR_INIT("name"),    FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("request"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field container_resize_policy_fields[] = {
    {1, STR_INIT("resourceName"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("restartPolicy"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field volume_mount_fields[] = {
    {1, STR_INIT("name"),              FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("readOnly"),          FIELD_BOOL,   FIELD_ONE, 0},
    {7, STR_INIT("recursiveReadOnly"), FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("mountPath"),         FIELD_STRING, FIELD_ONE, 0},
    {4, STR_INIT("subPath"),           FIELD_STRING, FIELD_ONE, 0},
    {5, STR_INIT("mountPropagation"),  FIELD_STRING, FIELD_ONE, 0},
    {6, STR_INIT("subPathExpr"),       FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field volume_device_fields[] = {
    {1, STR_INIT("name"),       FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("devicePath"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field probe_fields[] = {
    {1, STR_INIT("handler"),                       FIELD_SHAPE, FIELD_INLINE, SHAPE_PROBE_HANDLER},
    {2, STR_INIT("initialDelaySeconds"),           FIELD_INT32, FIELD_ONE,    0                  },
    {3, STR_INIT("timeoutSeconds"),                FIELD_INT32, FIELD_ONE,    0                  },
    {4, STR_INIT("periodSeconds"),                 FIELD_INT32, FIELD_ONE,    0                  },
    {5, STR_INIT("successThreshold"),              FIELD_INT32, FIELD_ONE,    0                  },
    {6, STR_INIT("failureThreshold"),              FIELD_INT32, FIELD_ONE,    0                  },
    {7, STR_INIT("terminationGracePeriodSeconds"), FIELD_INT64, FIELD_KEEP,   0                  },
};
static const struct shape_field probe_handler_fields[] = {
    {1, STR_INIT("exec"),      FIELD_SHAPE, FIELD_ONE, SHAPE_EXEC_ACTION      },
    {2, STR_INIT("httpGet"),   FIELD_SHAPE, FIELD_ONE, SHAPE_HTTP_GET_ACTION  },
    {3, STR_INIT("tcpSocket"), FIELD_SHAPE, FIELD_ONE, SHAPE_TCP_SOCKET_ACTION},
    {4, STR_INIT("grpc"),      FIELD_SHAPE, FIELD_ONE, SHAPE_GRPC_ACTION      },
};
static const struct shape_field exec_action_fields[] = {
    {1, STR_INIT("command"), FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field http_get_action_fields[] = {
    {1, STR_INIT("path"),        FIELD_STRING,        FIELD_ONE,  0                },
    {2, STR_INIT("port"),        FIELD_INT_OR_STRING, FIELD_ONE,  0                },
    {3, STR_INIT("host"),        FIELD_STRING,        FIELD_ONE,  0                },
    {4, STR_INIT("scheme"),      FIELD_STRING,        FIELD_ONE,  0                },
    {5, STR_INIT("httpHeaders"), FIELD_SHAPE,         FIELD_LIST, SHAPE_HTTP_HEADER},
};
static const struct shape_field http_header_fields[] = {
    {1, STR_INIT("name"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("value"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field tcp_socket_action_fields[] = {
    {1, STR_INIT("port"), FIELD_INT_OR_STRING, FIELD_ONE, 0},
    {2, STR_INIT("host"), FIELD_STRING,        FIELD_ONE, 0},
};
static const struct shape_field grpc_action_fields[] = {
    {1, STR_INIT("port"),    FIELD_INT32,  FIELD_ONE, 0},
    {2, STR_INIT("service"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field lifecycle_fields[] = {
    {1, STR_INIT("postStart"), FIELD_SHAPE, FIELD_ONE, SHAPE_LIFECYCLE_HANDLER},
    {2, STR_INIT("preStop"),   FIELD_SHAPE, FIELD_ONE, SHAPE_LIFECYCLE_HANDLER},
};
static const struct shape_field lifecycle_handler_fields[] = {
    {1, STR_INIT("exec"),      FIELD_SHAPE, FIELD_ONE, SHAPE_EXEC_ACTION      },
    {2, STR_INIT("httpGet"),   FIELD_SHAPE, FIELD_ONE, SHAPE_HTTP_GET_ACTION  },
    {3, STR_INIT("tcpSocket"), FIELD_SHAPE, FIELD_ONE, SHAPE_TCP_SOCKET_ACTION},
    {4, STR_INIT("sleep"),     FIELD_SHAPE, FIELD_ONE, SHAPE_SLEEP_ACTION     },
};
static const struct shape_field sleep_action_fields[] = {
    {1, STR_INIT("seconds"), FIELD_INT64, FIELD_KEEP, 0},
};
static const struct shape_field security_context_fields[] = {
    {1,  STR_INIT("capabilities"),             FIELD_SHAPE,  FIELD_ONE,  SHAPE_CAPABILITIES     },
    {2,  STR_INIT("privileged"),               FIELD_BOOL,   FIELD_KEEP, 0                      },
    {3,  STR_INIT("seLinuxOptions"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_SE_LINUX_OPTIONS },
    {10, STR_INIT("windowsOptions"),           FIELD_SHAPE,  FIELD_ONE,
     SHAPE_WINDOWS_SECURITY_CONTEXT_OPTIONS                                                     },
    {4,  STR_INIT("runAsUser"),                FIELD_INT64,  FIELD_KEEP, 0                      },
    {8,  STR_INIT("runAsGroup"),               FIELD_INT64,  FIELD_KEEP, 0                      },
    {5,  STR_INIT("runAsNonRoot"),             FIELD_BOOL,   FIELD_KEEP, 0                      },
    {6,  STR_INIT("readOnlyRootFilesystem"),   FIELD_BOOL,   FIELD_KEEP, 0                      },
    {7,  STR_INIT("allowPrivilegeEscalation"), FIELD_BOOL,   FIELD_KEEP, 0                      },
    {9,  STR_INIT("procMount"),                FIELD_STRING, FIELD_ONE,  0                      },
    {11, STR_INIT("seccompProfile"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_SECCOMP_PROFILE  },
    {12, STR_INIT("appArmorProfile"),          FIELD_SHAPE,  FIELD_ONE,  SHAPE_APP_ARMOR_PROFILE},
};
static const struct shape_field capabilities_fields[] = {
    {1, STR_INIT("add"),  FIELD_STRING, FIELD_LIST, 0},
    {2, STR_INIT("drop"), FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field se_linux_options_fields[] = {
    {1, STR_INIT("user"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("role"),  FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("type"),  FIELD_STRING, FIELD_ONE, 0},
    {4, STR_INIT("level"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field windows_security_context_options_fields[] = {
    {1, STR_INIT("gmsaCredentialSpecName"), FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("gmsaCredentialSpec"),     FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("runAsUserName"),          FIELD_STRING, FIELD_ONE,  0},
    {4, STR_INIT("hostProcess"),            FIELD_BOOL,   FIELD_KEEP, 0},
};
static const struct shape_field seccomp_profile_fields[] = {
    {1, STR_INIT("type"),             FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("localhostProfile"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field app_armor_profile_fields[] = {
    {1, STR_INIT("type"),             FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("localhostProfile"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field ephemeral_container_fields[] = {
    {1, STR_INIT("ephemeralContainerCommon"), FIELD_SHAPE,  FIELD_INLINE,
     SHAPE_EPHEMERAL_CONTAINER_COMMON                                      },
    {2, STR_INIT("targetContainerName"),      FIELD_STRING, FIELD_ONE,    0},
};
static const struct shape_field ephemeral_container_common_fields[] = {
    {1,  STR_INIT("name"),                     FIELD_STRING, FIELD_ONE,  0                            },
    {2,  STR_INIT("image"),                    FIELD_STRING, FIELD_ONE,  0                            },
    {3,  STR_INIT("command"),                  FIELD_STRING, FIELD_LIST, 0                            },
    {4,  STR_INIT("args"),                     FIELD_STRING, FIELD_LIST, 0                            },
    {5,  STR_INIT("workingDir"),               FIELD_STRING, FIELD_ONE,  0                            },
    {6,  STR_INIT("ports"),                    FIELD_SHAPE,  FIELD_LIST, SHAPE_CONTAINER_PORT         },
    {19, STR_INIT("envFrom"),                  FIELD_SHAPE,  FIELD_LIST, SHAPE_ENV_FROM_SOURCE        },
    {7,  STR_INIT("env"),                      FIELD_SHAPE,  FIELD_LIST, SHAPE_ENV_VAR                },
    {8,  STR_INIT("resources"),                FIELD_SHAPE,  FIELD_ONE,  SHAPE_RESOURCE_REQUIREMENTS  },
    {23, STR_INIT("resizePolicy"),             FIELD_SHAPE,  FIELD_LIST, SHAPE_CONTAINER_RESIZE_POLICY},
    {24, STR_INIT("restartPolicy"),            FIELD_STRING, FIELD_ONE,  0                            },
    {9,  STR_INIT("volumeMounts"),             FIELD_SHAPE,  FIELD_LIST, SHAPE_VOLUME_MOUNT           },
    {21, STR_INIT("volumeDevices"),            FIELD_SHAPE,  FIELD_LIST, SHAPE_VOLUME_DEVICE          },
    {10, STR_INIT("livenessProbe"),            FIELD_SHAPE,  FIELD_ONE,  SHAPE_PROBE                  },
    {11, STR_INIT("readinessProbe"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_PROBE                  },
    {22, STR_INIT("startupProbe"),             FIELD_SHAPE,  FIELD_ONE,  SHAPE_PROBE                  },
    {12, STR_INIT("lifecycle"),                FIELD_SHAPE,  FIELD_ONE,  SHAPE_LIFECYCLE              },
    {13, STR_INIT("terminationMessagePath"),   FIELD_STRING, FIELD_ONE,  0                            },
    {20, STR_INIT("terminationMessagePolicy"), FIELD_STRING, FIELD_ONE,  0                            },
    {14, STR_INIT("imagePullPolicy"),          FIELD_STRING, FIELD_ONE,  0                            },
    {15, STR_INIT("securityContext"),          FIELD_SHAPE,  FIELD_ONE,  SHAPE_SECURITY_CONTEXT       },
    {16, STR_INIT("stdin"),                    FIELD_BOOL,   FIELD_ONE,  0                            },
    {17, STR_INIT("stdinOnce"),                FIELD_BOOL,   FIELD_ONE,  0                            },
    {18, STR_INIT("tty"),                      FIELD_BOOL,   FIELD_ONE,  0                            },
};
static const struct shape_field pod_security_context_fields[] = {
    {1,  STR_INIT("seLinuxOptions"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_SE_LINUX_OPTIONS                },
    {8,  STR_INIT("windowsOptions"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_WINDOWS_SECURITY_CONTEXT_OPTIONS},
    {2,  STR_INIT("runAsUser"),                FIELD_INT64,  FIELD_KEEP, 0                                     },
    {6,  STR_INIT("runAsGroup"),               FIELD_INT64,  FIELD_KEEP, 0                                     },
    {3,  STR_INIT("runAsNonRoot"),             FIELD_BOOL,   FIELD_KEEP, 0                                     },
    {4,  STR_INIT("supplementalGroups"),       FIELD_INT64,  FIELD_LIST, 0                                     },
    {12, STR_INIT("supplementalGroupsPolicy"), FIELD_STRING, FIELD_ONE,  0                                     },
    {5,  STR_INIT("fsGroup"),                  FIELD_INT64,  FIELD_KEEP, 0                                     },
    {7,  STR_INIT("sysctls"),                  FIELD_SHAPE,  FIELD_LIST, SHAPE_SYSCTL                          },
    {9,  STR_INIT("fsGroupChangePolicy"),      FIELD_STRING, FIELD_ONE,  0                                     },
    {10, STR_INIT("seccompProfile"),           FIELD_SHAPE,  FIELD_ONE,  SHAPE_SECCOMP_PROFILE                 },
    {11, STR_INIT("appArmorProfile"),          FIELD_SHAPE,  FIELD_ONE,  SHAPE_APP_ARMOR_PROFILE               },
    {13, STR_INIT("seLinuxChangePolicy"),      FIELD_STRING, FIELD_ONE,  0                                     },
};
static const struct shape_field sysctl_fields[] = {
    {1, STR_INIT("name"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("value"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field affinity_fields[] = {
    {1, STR_INIT("nodeAffinity"),    FIELD_SHAPE, FIELD_ONE, SHAPE_NODE_AFFINITY    },
    {2, STR_INIT("podAffinity"),     FIELD_SHAPE, FIELD_ONE, SHAPE_POD_AFFINITY     },
    {3, STR_INIT("podAntiAffinity"), FIELD_SHAPE, FIELD_ONE, SHAPE_POD_ANTI_AFFINITY},
};
static const struct shape_field node_affinity_fields[] = {
    {1, STR_INIT("requiredDuringSchedulingIgnoredDuringExecution"),  FIELD_SHAPE, FIELD_ONE,
     SHAPE_NODE_SELECTOR            },
    {2, STR_INIT("preferredDuringSchedulingIgnoredDuringExecution"), FIELD_SHAPE, FIELD_LIST,
     SHAPE_PREFERRED_SCHEDULING_TERM},
};
static const struct shape_field node_selector_fields[] = {
    {1, STR_INIT("nodeSelectorTerms"), FIELD_SHAPE, FIELD_LIST, SHAPE_NODE_SELECTOR_TERM},
};
static const struct shape_field node_selector_term_fields[] = {
    {1, STR_INIT("matchExpressions"), FIELD_SHAPE, FIELD_LIST, SHAPE_NODE_SELECTOR_REQUIREMENT},
    {2, STR_INIT("matchFields"),      FIELD_SHAPE, FIELD_LIST, SHAPE_NODE_SELECTOR_REQUIREMENT},
};
static const struct shape_field node_selector_requirement_fields[] = {
    {1, STR_INIT("key"),      FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("operator"), FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("values"),   FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field preferred_scheduling_term_fields[] = {
    {1, STR_INIT("weight"),     FIELD_INT32, FIELD_ONE, 0                       },
    {2, STR_INIT("preference"), FIELD_SHAPE, FIELD_ONE, SHAPE_NODE_SELECTOR_TERM},
};
static const struct shape_field pod_affinity_fields[] = {
    {1, STR_INIT("requiredDuringSchedulingIgnoredDuringExecution"),  FIELD_SHAPE, FIELD_LIST,
     SHAPE_POD_AFFINITY_TERM         },
    {2, STR_INIT("preferredDuringSchedulingIgnoredDuringExecution"), FIELD_SHAPE, FIELD_LIST,
     SHAPE_WEIGHTED_POD_AFFINITY_TERM},
};
static const struct shape_field pod_affinity_term_fields[] = {
    {1, STR_INIT("labelSelector"),     FIELD_SHAPE,  FIELD_ONE,  SHAPE_LABEL_SELECTOR},
    {2, STR_INIT("namespaces"),        FIELD_STRING, FIELD_LIST, 0                   },
    {3, STR_INIT("topologyKey"),       FIELD_STRING, FIELD_ONE,  0                   },
    {4, STR_INIT("namespaceSelector"), FIELD_SHAPE,  FIELD_ONE,  SHAPE_LABEL_SELECTOR},
    {5, STR_INIT("matchLabelKeys"),    FIELD_STRING, FIELD_LIST, 0                   },
    {6, STR_INIT("mismatchLabelKeys"), FIELD_STRING, FIELD_LIST, 0                   },
};
static const struct shape_field weighted_pod_affinity_term_fields[] = {
    {1, STR_INIT("weight"),          FIELD_INT32, FIELD_ONE, 0                      },
    {2, STR_INIT("podAffinityTerm"), FIELD_SHAPE, FIELD_ONE, SHAPE_POD_AFFINITY_TERM},
};
static const struct shape_field pod_anti_affinity_fields[] = {
    {1, STR_INIT("requiredDuringSchedulingIgnoredDuringExecution"),  FIELD_SHAPE, FIELD_LIST,
     SHAPE_POD_AFFINITY_TERM         },
    {2, STR_INIT("preferredDuringSchedulingIgnoredDuringExecution"), FIELD_SHAPE, FIELD_LIST,
     SHAPE_WEIGHTED_POD_AFFINITY_TERM},
};
static const struct shape_field toleration_fields[] = {
    {1, STR_INIT("key"),               FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("operator"),          FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("value"),             FIELD_STRING, FIELD_ONE,  0},
    {4, STR_INIT("effect"),            FIELD_STRING, FIELD_ONE,  0},
    {5, STR_INIT("tolerationSeconds"), FIELD_INT64,  FIELD_KEEP, 0},
};
static const struct shape_field host_alias_fields[] = {
    {1, STR_INIT("ip"),        FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("hostnames"), FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field pod_dns_config_fields[] = {
    {1, STR_INIT("nameservers"), FIELD_STRING, FIELD_LIST, 0                          },
    {2, STR_INIT("searches"),    FIELD_STRING, FIELD_LIST, 0                          },
    {3, STR_INIT("options"),     FIELD_SHAPE,  FIELD_LIST, SHAPE_POD_DNS_CONFIG_OPTION},
};
static const struct shape_field pod_dns_config_option_fields[] = {
    {1, STR_INIT("name"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("value"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field pod_readiness_gate_fields[] = {
    {1, STR_INIT("conditionType"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field topology_spread_constraint_fields[] = {
    {1, STR_INIT("maxSkew"),            FIELD_INT32,  FIELD_ONE,  0                   },
    {2, STR_INIT("topologyKey"),        FIELD_STRING, FIELD_ONE,  0                   },
    {3, STR_INIT("whenUnsatisfiable"),  FIELD_STRING, FIELD_ONE,  0                   },
    {4, STR_INIT("labelSelector"),      FIELD_SHAPE,  FIELD_ONE,  SHAPE_LABEL_SELECTOR},
    {5, STR_INIT("minDomains"),         FIELD_INT32,  FIELD_KEEP, 0                   },
    {6, STR_INIT("nodeAffinityPolicy"), FIELD_STRING, FIELD_ONE,  0                   },
    {7, STR_INIT("nodeTaintsPolicy"),   FIELD_STRING, FIELD_ONE,  0                   },
    {8, STR_INIT("matchLabelKeys"),     FIELD_STRING, FIELD_LIST, 0                   },
};
static const struct shape_field pod_os_fields[] = {
    {1, STR_INIT("name"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field pod_scheduling_gate_fields[] = {
    {1, STR_INIT("name"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field pod_resource_claim_fields[] = {
    {1, STR_INIT("name"),                      FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("resourceClaimName"),         FIELD_STRING, FIELD_ONE, 0},
    {4, STR_INIT("resourceClaimTemplateName"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field job_status_fields[] = {
    {1,  STR_INIT("conditions"),              FIELD_SHAPE,  FIELD_LIST, SHAPE_JOB_CONDITION},
    {2,  STR_INIT("startTime"),               FIELD_TIME,   FIELD_ONE,  0                  },
    {3,  STR_INIT("completionTime"),          FIELD_TIME,   FIELD_ONE,  0                  },
    {4,  STR_INIT("active"),                  FIELD_INT32,  FIELD_ONE,  0                  },
    {5,  STR_INIT("succeeded"),               FIELD_INT32,  FIELD_ONE,  0                  },
    {6,  STR_INIT("failed"),                  FIELD_INT32,  FIELD_ONE,  0                  },
    {11, STR_INIT("terminating"),             FIELD_INT32,  FIELD_KEEP, 0                  },
    {7,  STR_INIT("completedIndexes"),        FIELD_STRING, FIELD_ONE,  0                  },
    {10, STR_INIT("failedIndexes"),           FIELD_STRING, FIELD_ONE,  0                  },
    {8,  STR_INIT("uncountedTerminatedPods"), FIELD_SHAPE,  FIELD_ONE,
     SHAPE_UNCOUNTED_TERMINATED_PODS                                                       },
    {9,  STR_INIT("ready"),                   FIELD_INT32,  FIELD_KEEP, 0                  },
};
static const struct shape_field job_condition_fields[] = {
    {1, STR_INIT("type"),               FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("status"),             FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("lastProbeTime"),      FIELD_TIME,   FIELD_ONE, 0},
    {4, STR_INIT("lastTransitionTime"), FIELD_TIME,   FIELD_ONE, 0},
    {5, STR_INIT("reason"),             FIELD_STRING, FIELD_ONE, 0},
    {6, STR_INIT("message"),            FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field uncounted_terminated_pods_fields[] = {
    {1, STR_INIT("succeeded"), FIELD_STRING, FIELD_LIST, 0},
    {2, STR_INIT("failed"),    FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field pod_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META},
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_POD_SPEC   },
    {3, STR_INIT("status"),   FIELD_SHAPE, FIELD_ONE, SHAPE_POD_STATUS },
};
static const struct shape_field pod_status_fields[] = {
    {1,  STR_INIT("phase"),                      FIELD_STRING, FIELD_ONE,  0                     },
    {2,  STR_INIT("conditions"),                 FIELD_SHAPE,  FIELD_LIST, SHAPE_POD_CONDITION   },
    {3,  STR_INIT("message"),                    FIELD_STRING, FIELD_ONE,  0                     },
    {4,  STR_INIT("reason"),                     FIELD_STRING, FIELD_ONE,  0                     },
    {11, STR_INIT("nominatedNodeName"),          FIELD_STRING, FIELD_ONE,  0                     },
    {5,  STR_INIT("hostIP"),                     FIELD_STRING, FIELD_ONE,  0                     },
    {16, STR_INIT("hostIPs"),                    FIELD_SHAPE,  FIELD_LIST, SHAPE_HOST_IP         },
    {6,  STR_INIT("podIP"),                      FIELD_STRING, FIELD_ONE,  0                     },
    {12, STR_INIT("podIPs"),                     FIELD_SHAPE,  FIELD_LIST, SHAPE_POD_IP          },
    {7,  STR_INIT("startTime"),                  FIELD_TIME,   FIELD_ONE,  0                     },
    {10, STR_INIT("initContainerStatuses"),      FIELD_SHAPE,  FIELD_LIST, SHAPE_CONTAINER_STATUS},
    {8,  STR_INIT("containerStatuses"),          FIELD_SHAPE,  FIELD_LIST, SHAPE_CONTAINER_STATUS},
    {9,  STR_INIT("qosClass"),                   FIELD_STRING, FIELD_ONE,  0                     },
    {13, STR_INIT("ephemeralContainerStatuses"), FIELD_SHAPE,  FIELD_LIST, SHAPE_CONTAINER_STATUS},
    {14, STR_INIT("resize"),                     FIELD_STRING, FIELD_ONE,  0                     },
    {15, STR_INIT("resourceClaimStatuses"),      FIELD_SHAPE,  FIELD_LIST,
     SHAPE_POD_RESOURCE_CLAIM_STATUS                                                             },
};
static const struct shape_field pod_condition_fields[] = {
    {1, STR_INIT("type"),               FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("status"),             FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("lastProbeTime"),      FIELD_TIME,   FIELD_ONE, 0},
    {4, STR_INIT("lastTransitionTime"), FIELD_TIME,   FIELD_ONE, 0},
    {5, STR_INIT("reason"),             FIELD_STRING, FIELD_ONE, 0},
    {6, STR_INIT("message"),            FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field host_ip_fields[] = {
    {1, STR_INIT("ip"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field pod_ip_fields[] = {
    {1, STR_INIT("ip"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field container_status_fields[] = {
    {1,  STR_INIT("name"),                     FIELD_STRING,   FIELD_ONE,  0                          },
    {2,  STR_INIT("state"),                    FIELD_SHAPE,    FIELD_ONE,  SHAPE_CONTAINER_STATE      },
    {3,  STR_INIT("lastState"),                FIELD_SHAPE,    FIELD_ONE,  SHAPE_CONTAINER_STATE      },
    {4,  STR_INIT("ready"),                    FIELD_BOOL,     FIELD_ONE,  0                          },
    {5,  STR_INIT("restartCount"),             FIELD_INT32,    FIELD_ONE,  0                          },
    {6,  STR_INIT("image"),                    FIELD_STRING,   FIELD_ONE,  0                          },
    {7,  STR_INIT("imageID"),                  FIELD_STRING,   FIELD_ONE,  0                          },
    {8,  STR_INIT("containerID"),              FIELD_STRING,   FIELD_ONE,  0                          },
    {9,  STR_INIT("started"),                  FIELD_BOOL,     FIELD_KEEP, 0                          },
    {10, STR_INIT("allocatedResources"),       FIELD_QUANTITY, FIELD_MAP,  0                          },
    {11, STR_INIT("resources"),                FIELD_SHAPE,    FIELD_ONE,  SHAPE_RESOURCE_REQUIREMENTS},
    {12, STR_INIT("volumeMounts"),             FIELD_SHAPE,    FIELD_LIST, SHAPE_VOLUME_MOUNT_STATUS  },
    {13, STR_INIT("user"),                     FIELD_SHAPE,    FIELD_ONE,  SHAPE_CONTAINER_USER       },
    {14, STR_INIT("allocatedResourcesStatus"), FIELD_SHAPE,    FIELD_LIST, SHAPE_RESOURCE_STATUS      },
};
static const struct shape_field container_state_fields[] = {
    {1, STR_INIT("waiting"),    FIELD_SHAPE, FIELD_ONE, SHAPE_CONTAINER_STATE_WAITING   },
    {2, STR_INIT("running"),    FIELD_SHAPE, FIELD_ONE, SHAPE_CONTAINER_STATE_RUNNING   },
    {3, STR_INIT("terminated"), FIELD_SHAPE, FIELD_ONE, SHAPE_CONTAINER_STATE_TERMINATED},
};
static const struct shape_field container_state_waiting_fields[] = {
    {1, STR_INIT("reason"),  FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("message"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field container_state_running_fields[] = {
    {1, STR_INIT("startedAt"), FIELD_TIME, FIELD_ONE, 0},
};
static const struct shape_field container_state_terminated_fields[] = {
    {1, STR_INIT("exitCode"),    FIELD_INT32,  FIELD_ONE, 0},
    {2, STR_INIT("signal"),      FIELD_INT32,  FIELD_ONE, 0},
    {3, STR_INIT("reason"),      FIELD_STRING, FIELD_ONE, 0},
    {4, STR_INIT("message"),     FIELD_STRING, FIELD_ONE, 0},
    {5, STR_INIT("startedAt"),   FIELD_TIME,   FIELD_ONE, 0},
    {6, STR_INIT("finishedAt"),  FIELD_TIME,   FIELD_ONE, 0},
    {7, STR_INIT("containerID"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field volume_mount_status_fields[] = {
    {1, STR_INIT("name"),              FIELD_STRING, FIELD_ONE, 0                  },
    {2, STR_INIT("mountPath"),         FIELD_STRING, FIELD_ONE, 0                  },
    {3, STR_INIT("readOnly"),          FIELD_BOOL,   FIELD_ONE, 0                  },
    {4, STR_INIT("recursiveReadOnly"), FIELD_STRING, FIELD_ONE, 0                  },
    {5, STR_INIT("volumeStatus"),      FIELD_SHAPE,  FIELD_ONE, SHAPE_VOLUME_STATUS},
};
static const struct shape_field volume_status_fields[] = {
    {1, STR_INIT("image"), FIELD_ANY, FIELD_ONE, 0},
};
static const struct shape_field container_user_fields[] = {
    {1, STR_INIT("linux"), FIELD_SHAPE, FIELD_ONE, SHAPE_LINUX_CONTAINER_USER},
};
static const struct shape_field linux_container_user_fields[] = {
    {1, STR_INIT("uid"),                FIELD_INT64, FIELD_ONE,  0},
    {2, STR_INIT("gid"),                FIELD_INT64, FIELD_ONE,  0},
    {3, STR_INIT("supplementalGroups"), FIELD_INT64, FIELD_LIST, 0},
};
static const struct shape_field resource_status_fields[] = {
    {1, STR_INIT("name"),      FIELD_STRING, FIELD_ONE,  0                    },
    {2, STR_INIT("resources"), FIELD_SHAPE,  FIELD_LIST, SHAPE_RESOURCE_HEALTH},
};
static const struct shape_field resource_health_fields[] = {
    {1, STR_INIT("resourceID"), FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("health"),     FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field pod_resource_claim_status_fields[] = {
    {1, STR_INIT("name"),              FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("resourceClaimName"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field config_map_fields[] = {
    {1, STR_INIT("metadata"),   FIELD_SHAPE,  FIELD_ONE,  SHAPE_OBJECT_META},
    {4, STR_INIT("immutable"),  FIELD_BOOL,   FIELD_KEEP, 0                },
    {2, STR_INIT("data"),       FIELD_STRING, FIELD_MAP,  0                },
    {3, STR_INIT("binaryData"), FIELD_BYTES,  FIELD_MAP,  0                },
};
static const struct shape_field namespace_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META     },
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_NAMESPACE_SPEC  },
    {3, STR_INIT("status"),   FIELD_SHAPE, FIELD_ONE, SHAPE_NAMESPACE_STATUS},
};
static const struct shape_field namespace_spec_fields[] = {
    {1, STR_INIT("finalizers"), FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field namespace_status_fields[] = {
    {1, STR_INIT("phase"),      FIELD_STRING, FIELD_ONE,  0                        },
    {2, STR_INIT("conditions"), FIELD_SHAPE,  FIELD_LIST, SHAPE_NAMESPACE_CONDITION},
};
static const struct shape_field namespace_condition_fields[] = {
    {1, STR_INIT("type"),               FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("status"),             FIELD_STRING, FIELD_ONE, 0},
    {4, STR_INIT("lastTransitionTime"), FIELD_TIME,   FIELD_ONE, 0},
    {5, STR_INIT("reason"),             FIELD_STRING, FIELD_ONE, 0},
    {6, STR_INIT("message"),            FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field secret_fields[] = {
    {1, STR_INIT("metadata"),   FIELD_SHAPE,  FIELD_ONE,  SHAPE_OBJECT_META},
    {5, STR_INIT("immutable"),  FIELD_BOOL,   FIELD_KEEP, 0                },
    {2, STR_INIT("data"),       FIELD_BYTES,  FIELD_MAP,  0                },
    {4, STR_INIT("stringData"), FIELD_STRING, FIELD_MAP,  0                },
    {3, STR_INIT("type"),       FIELD_STRING, FIELD_ONE,  0                },
};
static const struct shape_field service_account_fields[] = {
    {1, STR_INIT("metadata"),                     FIELD_SHAPE, FIELD_ONE,  SHAPE_OBJECT_META           },
    {2, STR_INIT("secrets"),                      FIELD_SHAPE, FIELD_LIST, SHAPE_OBJECT_REFERENCE      },
    {3, STR_INIT("imagePullSecrets"),             FIELD_SHAPE, FIELD_LIST, SHAPE_LOCAL_OBJECT_REFERENCE},
    {4, STR_INIT("automountServiceAccountToken"), FIELD_BOOL,  FIELD_KEEP, 0                           },
};
static const struct shape_field object_reference_fields[] = {
    {1, STR_INIT("kind"),            FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("namespace"),       FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("name"),            FIELD_STRING, FIELD_ONE, 0},
    {4, STR_INIT("uid"),             FIELD_STRING, FIELD_ONE, 0},
    {5, STR_INIT("apiVersion"),      FIELD_STRING, FIELD_ONE, 0},
    {6, STR_INIT("resourceVersion"), FIELD_STRING, FIELD_ONE, 0},
    {7, STR_INIT("fieldPath"),       FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field event_fields[] = {
    {1,  STR_INIT("metadata"),           FIELD_SHAPE,      FIELD_ONE, SHAPE_OBJECT_META     },
    {2,  STR_INIT("involvedObject"),     FIELD_SHAPE,      FIELD_ONE, SHAPE_OBJECT_REFERENCE},
    {3,  STR_INIT("reason"),             FIELD_STRING,     FIELD_ONE, 0                     },
    {4,  STR_INIT("message"),            FIELD_STRING,     FIELD_ONE, 0                     },
    {5,  STR_INIT("source"),             FIELD_SHAPE,      FIELD_ONE, SHAPE_EVENT_SOURCE    },
    {6,  STR_INIT("firstTimestamp"),     FIELD_TIME,       FIELD_ONE, 0                     },
    {7,  STR_INIT("lastTimestamp"),      FIELD_TIME,       FIELD_ONE, 0                     },
    {8,  STR_INIT("count"),              FIELD_INT32,      FIELD_ONE, 0                     },
    {9,  STR_INIT("type"),               FIELD_STRING,     FIELD_ONE, 0                     },
    {10, STR_INIT("eventTime"),          FIELD_MICRO_TIME, FIELD_ONE, 0                     },
    {11, STR_INIT("series"),             FIELD_SHAPE,      FIELD_ONE, SHAPE_EVENT_SERIES    },
    {12, STR_INIT("action"),             FIELD_STRING,     FIELD_ONE, 0                     },
    {13, STR_INIT("related"),            FIELD_SHAPE,      FIELD_ONE, SHAPE_OBJECT_REFERENCE},
    {14, STR_INIT("reportingComponent"), FIELD_STRING,     FIELD_ONE, 0                     },
    {15, STR_INIT("reportingInstance"),  FIELD_STRING,     FIELD_ONE, 0                     },
};
static const struct shape_field event_source_fields[] = {
    {1, STR_INIT("component"), FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("host"),      FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field event_series_fields[] = {
    {1, STR_INIT("count"),            FIELD_INT32,      FIELD_ONE, 0},
    {2, STR_INIT("lastObservedTime"), FIELD_MICRO_TIME, FIELD_ONE, 0},
};
static const struct shape_field service_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META   },
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_SERVICE_SPEC  },
    {3, STR_INIT("status"),   FIELD_SHAPE, FIELD_ONE, SHAPE_SERVICE_STATUS},
};
static const struct shape_field service_spec_fields[] = {
    {1,  STR_INIT("ports"),                         FIELD_SHAPE,  FIELD_LIST, SHAPE_SERVICE_PORT           },
    {2,  STR_INIT("selector"),                      FIELD_STRING, FIELD_MAP,  0                            },
    {3,  STR_INIT("clusterIP"),                     FIELD_STRING, FIELD_ONE,  0                            },
    {18, STR_INIT("clusterIPs"),                    FIELD_STRING, FIELD_LIST, 0                            },
    {4,  STR_INIT("type"),                          FIELD_STRING, FIELD_ONE,  0                            },
    {5,  STR_INIT("externalIPs"),                   FIELD_STRING, FIELD_LIST, 0                            },
    {7,  STR_INIT("sessionAffinity"),               FIELD_STRING, FIELD_ONE,  0                            },
    {8,  STR_INIT("loadBalancerIP"),                FIELD_STRING, FIELD_ONE,  0                            },
    {9,  STR_INIT("loadBalancerSourceRanges"),      FIELD_STRING, FIELD_LIST, 0                            },
    {10, STR_INIT("externalName"),                  FIELD_STRING, FIELD_ONE,  0                            },
    {11, STR_INIT("externalTrafficPolicy"),         FIELD_STRING, FIELD_ONE,  0                            },
    {12, STR_INIT("healthCheckNodePort"),           FIELD_INT32,  FIELD_ONE,  0                            },
    {13, STR_INIT("publishNotReadyAddresses"),      FIELD_BOOL,   FIELD_ONE,  0                            },
    {14, STR_INIT("sessionAffinityConfig"),         FIELD_SHAPE,  FIELD_ONE,  SHAPE_SESSION_AFFINITY_CONFIG},
    {19, STR_INIT("ipFamilies"),                    FIELD_STRING, FIELD_LIST, 0                            },
    {17, STR_INIT("ipFamilyPolicy"),                FIELD_STRING, FIELD_ONE,  0                            },
    {20, STR_INIT("allocateLoadBalancerNodePorts"), FIELD_BOOL,   FIELD_KEEP, 0                            },
    {21, STR_INIT("loadBalancerClass"),             FIELD_STRING, FIELD_ONE,  0                            },
    {22, STR_INIT("internalTrafficPolicy"),         FIELD_STRING, FIELD_ONE,  0                            },
    {23, STR_INIT("trafficDistribution"),           FIELD_STRING, FIELD_ONE,  0                            },
};
static const struct shape_field service_port_fields[] = {
    {1, STR_INIT("name"),        FIELD_STRING,        FIELD_ONE, 0},
    {2, STR_INIT("protocol"),    FIELD_STRING,        FIELD_ONE, 0},
    {6, STR_INIT("appProtocol"), FIELD_STRING,        FIELD_ONE, 0},
    {3, STR_INIT("port"),        FIELD_INT32,         FIELD_ONE, 0},
    {4, STR_INIT("targetPort"),  FIELD_INT_OR_STRING, FIELD_ONE, 0},
    {5, STR_INIT("nodePort"),    FIELD_INT32,         FIELD_ONE, 0},
};
static const struct shape_field session_affinity_config_fields[] = {
    {1, STR_INIT("clientIP"), FIELD_SHAPE, FIELD_ONE, SHAPE_CLIENT_IP_CONFIG},
};
static const struct shape_field client_ip_config_fields[] = {
    {1, STR_INIT("timeoutSeconds"), FIELD_INT32, FIELD_KEEP, 0},
};
static const struct shape_field service_status_fields[] = {
    {1, STR_INIT("loadBalancer"), FIELD_SHAPE, FIELD_ONE,  SHAPE_LOAD_BALANCER_STATUS},
    {2, STR_INIT("conditions"),   FIELD_SHAPE, FIELD_LIST, SHAPE_CONDITION           },
};
static const struct shape_field load_balancer_status_fields[] = {
    {1, STR_INIT("ingress"), FIELD_SHAPE, FIELD_LIST, SHAPE_LOAD_BALANCER_INGRESS},
};
static const struct shape_field load_balancer_ingress_fields[] = {
    {1, STR_INIT("ip"),       FIELD_STRING, FIELD_ONE,  0                },
    {2, STR_INIT("hostname"), FIELD_STRING, FIELD_ONE,  0                },
    {3, STR_INIT("ipMode"),   FIELD_STRING, FIELD_ONE,  0                },
    {4, STR_INIT("ports"),    FIELD_SHAPE,  FIELD_LIST, SHAPE_PORT_STATUS},
};
static const struct shape_field port_status_fields[] = {
    {1, STR_INIT("port"),     FIELD_INT32,  FIELD_ONE, 0},
    {2, STR_INIT("protocol"), FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("error"),    FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field condition_fields[] = {
    {1, STR_INIT("type"),               FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("status"),             FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("observedGeneration"), FIELD_INT64,  FIELD_ONE, 0},
    {4, STR_INIT("lastTransitionTime"), FIELD_TIME,   FIELD_ONE, 0},
    {5, STR_INIT("reason"),             FIELD_STRING, FIELD_ONE, 0},
    {6, STR_INIT("message"),            FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field deployment_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META      },
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_DEPLOYMENT_SPEC  },
    {3, STR_INIT("status"),   FIELD_SHAPE, FIELD_ONE, SHAPE_DEPLOYMENT_STATUS},
};
static const struct shape_field deployment_spec_fields[] = {
    {1, STR_INIT("replicas"),                FIELD_INT32, FIELD_KEEP, 0                        },
    {2, STR_INIT("selector"),                FIELD_SHAPE, FIELD_ONE,  SHAPE_LABEL_SELECTOR     },
    {3, STR_INIT("template"),                FIELD_SHAPE, FIELD_ONE,  SHAPE_POD_TEMPLATE_SPEC  },
    {4, STR_INIT("strategy"),                FIELD_SHAPE, FIELD_ONE,  SHAPE_DEPLOYMENT_STRATEGY},
    {5, STR_INIT("minReadySeconds"),         FIELD_INT32, FIELD_ONE,  0                        },
    {6, STR_INIT("revisionHistoryLimit"),    FIELD_INT32, FIELD_KEEP, 0                        },
    {7, STR_INIT("paused"),                  FIELD_BOOL,  FIELD_ONE,  0                        },
    {9, STR_INIT("progressDeadlineSeconds"), FIELD_INT32, FIELD_KEEP, 0                        },
};
static const struct shape_field deployment_strategy_fields[] = {
    {1, STR_INIT("type"),          FIELD_STRING, FIELD_ONE, 0                              },
    {2, STR_INIT("rollingUpdate"), FIELD_SHAPE,  FIELD_ONE, SHAPE_ROLLING_UPDATE_DEPLOYMENT},
};
static const struct shape_field rolling_update_deployment_fields[] = {
    {1, STR_INIT("maxUnavailable"), FIELD_INT_OR_STRING, FIELD_ONE, 0},
    {2, STR_INIT("maxSurge"),       FIELD_INT_OR_STRING, FIELD_ONE, 0},
};
static const struct shape_field deployment_status_fields[] = {
    {1, STR_INIT("observedGeneration"),  FIELD_INT64, FIELD_ONE,  0                         },
    {2, STR_INIT("replicas"),            FIELD_INT32, FIELD_ONE,  0                         },
    {3, STR_INIT("updatedReplicas"),     FIELD_INT32, FIELD_ONE,  0                         },
    {7, STR_INIT("readyReplicas"),       FIELD_INT32, FIELD_ONE,  0                         },
    {4, STR_INIT("availableReplicas"),   FIELD_INT32, FIELD_ONE,  0                         },
    {5, STR_INIT("unavailableReplicas"), FIELD_INT32, FIELD_ONE,  0                         },
    {6, STR_INIT("conditions"),          FIELD_SHAPE, FIELD_LIST, SHAPE_DEPLOYMENT_CONDITION},
    {8, STR_INIT("collisionCount"),      FIELD_INT32, FIELD_ONE,  0                         },
};
static const struct shape_field deployment_condition_fields[] = {
    {1, STR_INIT("type"),               FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("status"),             FIELD_STRING, FIELD_ONE, 0},
    {6, STR_INIT("lastUpdateTime"),     FIELD_TIME,   FIELD_ONE, 0},
    {7, STR_INIT("lastTransitionTime"), FIELD_TIME,   FIELD_ONE, 0},
    {4, STR_INIT("reason"),             FIELD_STRING, FIELD_ONE, 0},
    {5, STR_INIT("message"),            FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field self_subject_access_review_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META                    },
    {2, STR_INIT("spec"),     FIELD_SHAPE, FIELD_ONE, SHAPE_SELF_SUBJECT_ACCESS_REVIEW_SPEC},
    {3, STR_INIT("status"),   FIELD_SHAPE, FIELD_ONE, SHAPE_SUBJECT_ACCESS_REVIEW_STATUS   },
};
static const struct shape_field self_subject_access_review_spec_fields[] = {
    {1, STR_INIT("resourceAttributes"),    FIELD_SHAPE, FIELD_ONE, SHAPE_RESOURCE_ATTRIBUTES    },
    {2, STR_INIT("nonResourceAttributes"), FIELD_SHAPE, FIELD_ONE, SHAPE_NON_RESOURCE_ATTRIBUTES},
};
static const struct shape_field resource_attributes_fields[] = {
    {1, STR_INIT("namespace"),     FIELD_STRING, FIELD_ONE, 0                              },
    {2, STR_INIT("verb"),          FIELD_STRING, FIELD_ONE, 0                              },
    {3, STR_INIT("group"),         FIELD_STRING, FIELD_ONE, 0                              },
    {4, STR_INIT("version"),       FIELD_STRING, FIELD_ONE, 0                              },
    {5, STR_INIT("resource"),      FIELD_STRING, FIELD_ONE, 0                              },
    {6, STR_INIT("subresource"),   FIELD_STRING, FIELD_ONE, 0                              },
    {7, STR_INIT("name"),          FIELD_STRING, FIELD_ONE, 0                              },
    {8, STR_INIT("fieldSelector"), FIELD_SHAPE,  FIELD_ONE, SHAPE_FIELD_SELECTOR_ATTRIBUTES},
    {9, STR_INIT("labelSelector"), FIELD_SHAPE,  FIELD_ONE, SHAPE_LABEL_SELECTOR_ATTRIBUTES},
};
static const struct shape_field field_selector_attributes_fields[] = {
    {1, STR_INIT("rawSelector"),  FIELD_STRING, FIELD_ONE,  0                               },
    {2, STR_INIT("requirements"), FIELD_SHAPE,  FIELD_LIST, SHAPE_FIELD_SELECTOR_REQUIREMENT},
};
static const struct shape_field field_selector_requirement_fields[] = {
    {1, STR_INIT("key"),      FIELD_STRING, FIELD_ONE,  0},
    {2, STR_INIT("operator"), FIELD_STRING, FIELD_ONE,  0},
    {3, STR_INIT("values"),   FIELD_STRING, FIELD_LIST, 0},
};
static const struct shape_field label_selector_attributes_fields[] = {
    {1, STR_INIT("rawSelector"),  FIELD_STRING, FIELD_ONE,  0                               },
    {2, STR_INIT("requirements"), FIELD_SHAPE,  FIELD_LIST, SHAPE_LABEL_SELECTOR_REQUIREMENT},
};
static const struct shape_field non_resource_attributes_fields[] = {
    {1, STR_INIT("path"), FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("verb"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field subject_access_review_status_fields[] = {
    {1, STR_INIT("allowed"),         FIELD_BOOL,   FIELD_ONE, 0},
    {4, STR_INIT("denied"),          FIELD_BOOL,   FIELD_ONE, 0},
    {2, STR_INIT("reason"),          FIELD_STRING, FIELD_ONE, 0},
    {3, STR_INIT("evaluationError"), FIELD_STRING, FIELD_ONE, 0},
};
static const struct shape_field self_subject_review_fields[] = {
    {1, STR_INIT("metadata"), FIELD_SHAPE, FIELD_ONE, SHAPE_OBJECT_META               },
    {2, STR_INIT("status"),   FIELD_SHAPE, FIELD_ONE, SHAPE_SELF_SUBJECT_REVIEW_STATUS},
};
static const struct shape_field self_subject_review_status_fields[] = {
    {1, STR_INIT("userInfo"), FIELD_SHAPE, FIELD_ONE, SHAPE_USER_INFO},
};
static const struct shape_field user_info_fields[] = {
    {1, STR_INIT("username"), FIELD_STRING,  FIELD_ONE,  0},
    {2, STR_INIT("uid"),      FIELD_STRING,  FIELD_ONE,  0},
    {3, STR_INIT("groups"),   FIELD_STRING,  FIELD_LIST, 0},
    {4, STR_INIT("extra"),    FIELD_STRINGS, FIELD_MAP,  0},
};
static const struct shape_field delete_options_fields[] = {
    {1, STR_INIT("gracePeriodSeconds"), FIELD_INT64,  FIELD_KEEP, 0                  },
    {2, STR_INIT("preconditions"),      FIELD_SHAPE,  FIELD_ONE,  SHAPE_PRECONDITIONS},
    {3, STR_INIT("orphanDependents"),   FIELD_BOOL,   FIELD_KEEP, 0                  },
    {4, STR_INIT("propagationPolicy"),  FIELD_STRING, FIELD_ONE,  0                  },
    {5, STR_INIT("dryRun"),             FIELD_STRING, FIELD_LIST, 0                  },
};
static const struct shape_field preconditions_fields[] = {
    {1, STR_INIT("uid"),             FIELD_STRING, FIELD_ONE, 0},
    {2, STR_INIT("resourceVersion"), FIELD_STRING, FIELD_ONE, 0},
};

static const struct shape shapes[] = {
#define SHAPE_ROW(id, c_name, name, package)                                                       \
    [SHAPE_##id] = {STR_INIT(#name), PACKAGE_##package, c_name##_fields,                           \
                    sizeof(c_name##_fields) / sizeof(c_name##_fields[0])},
    SHAPES(SHAPE_ROW)
#undef SHAPE_ROW
};

const struct shape *shape_get(unsigned id)
{
    return &shapes[id];
}

static const char *base_type_name(const struct shape_field *field)
{
    switch (field->type) {
    case FIELD_STRING: return "string";
    case FIELD_INT32: return "int32";
    case FIELD_INT64: return "int64";
    case FIELD_BOOL: return "bool";
    case FIELD_BYTES: return "[]uint8";
    case FIELD_TIME: return "v1.Time";
    case FIELD_MICRO_TIME: return "v1.MicroTime";
    case FIELD_QUANTITY: return "resource.Quantity";
    case FIELD_INT_OR_STRING: return "intstr.IntOrString";
    case FIELD_FIELDS_V1: return "v1.FieldsV1";
    case FIELD_STRINGS: return "[]string";
    case FIELD_SHAPE:
    case FIELD_ANY: break;
    }
    return "";
}

str shape_type_name(struct arena *a, const struct shape_field *field)
{
    const char *before = field->form == FIELD_LIST  ? "[]"
                         : field->form == FIELD_MAP ? "map[string]"
                                                    : "";
    if (field->type == FIELD_SHAPE)
        return arena_printf(a, "%sv1.%.*s", before, STR_ARG(shapes[field->shape].name));
    return arena_printf(a, "%s%s", before, base_type_name(field));
}

str shape_schema_name(struct arena *a, unsigned id)
{
    static const char *const packages[] = {
        [PACKAGE_CORE] = "io.k8s.api.core.v1",
        [PACKAGE_META] = "io.k8s.apimachinery.pkg.apis.meta.v1",
        [PACKAGE_BATCH] = "io.k8s.api.batch.v1",
        [PACKAGE_APPS] = "io.k8s.api.apps.v1",
        [PACKAGE_AUTHENTICATION] = "io.k8s.api.authentication.v1",
        [PACKAGE_AUTHORIZATION] = "io.k8s.api.authorization.v1",
    };
    const struct shape *s = &shapes[id];
    return arena_printf(a, "%s.%.*s", packages[s->package], STR_ARG(s->name));
}
