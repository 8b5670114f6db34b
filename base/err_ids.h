/* Every error id: id, name on the wire, HTTP status where the API answers it.
 * Source: botocore's service models `stepfunctions` and `eks`; Developer Guide, "Handling errors".
 * ERR_NAMED carries a name of its own (an integration's, a user's Fail state's). */
/* clang-format off */
#define ERR_IDS(X)                                                                  \
    X(NONE,                          "",                                   200)     \
    X(NAMED,                         "",                                   400)     \
    X(INTERNAL,                      "InternalFailure",                    500)     \
    X(UNAVAILABLE,                   "ServiceUnavailable",                 503)     \
    X(UNKNOWN_OPERATION,             "UnknownOperationException",          400)     \
    X(SERIALIZATION,                 "SerializationException",             400)     \
    X(VALIDATION,                    "ValidationException",                400)     \
    X(CONSTRAINT,                    "ValidationException",                400)     \
    X(ACCESS_DENIED,                 "AccessDeniedException",              400)     \
    X(CONFLICT,                      "ConflictException",                  409)     \
    X(INVALID_ARN,                   "InvalidArn",                         400)     \
    X(INVALID_DEFINITION,            "InvalidDefinition",                  400)     \
    X(INVALID_NAME,                  "InvalidName",                        400)     \
    X(INVALID_TOKEN,                 "InvalidToken",                       400)     \
    X(INVALID_EXECUTION_INPUT,       "InvalidExecutionInput",              400)     \
    X(INVALID_LOGGING_CONFIGURATION, "InvalidLoggingConfiguration",        400)     \
    X(INVALID_TRACING_CONFIGURATION, "InvalidTracingConfiguration",        400)     \
    X(INVALID_ENCRYPTION_CONFIGURATION, "InvalidEncryptionConfiguration",  400)     \
    X(MISSING_REQUIRED_PARAMETER,    "MissingRequiredParameter",           400)     \
    X(TOO_MANY_TAGS,                 "TooManyTags",                        400)     \
    X(RESOURCE_NOT_FOUND,            "ResourceNotFound",                   400)     \
    X(STATE_MACHINE_ALREADY_EXISTS,  "StateMachineAlreadyExists",          400)     \
    X(STATE_MACHINE_DELETING,        "StateMachineDeleting",               400)     \
    X(STATE_MACHINE_DOES_NOT_EXIST,  "StateMachineDoesNotExist",           400)     \
    X(STATE_MACHINE_LIMIT_EXCEEDED,  "StateMachineLimitExceeded",          400)     \
    X(STATE_MACHINE_TYPE_NOT_SUPPORTED, "StateMachineTypeNotSupported",    400)     \
    X(EXECUTION_ALREADY_EXISTS,      "ExecutionAlreadyExists",             400)     \
    X(EXECUTION_DOES_NOT_EXIST,      "ExecutionDoesNotExist",              400)     \
    X(EXECUTION_LIMIT_EXCEEDED,      "ExecutionLimitExceeded",             400)     \
    /* errors of an execution */                                                    \
    X(STATES_RUNTIME,                "States.Runtime",                     400)     \
    X(STATES_RUNTIME_BARE,           "States.Runtime",                     400) /* its cause names no state */ \
    X(STATES_TIMEOUT,                "States.Timeout",                     400)     \
    X(STATES_HEARTBEAT_TIMEOUT,      "States.HeartbeatTimeout",            400)     \
    X(STATES_TASK_FAILED,            "States.TaskFailed",                  400)     \
    X(STATES_PERMISSIONS,            "States.Permissions",                 400)     \
    X(STATES_DATA_LIMIT_EXCEEDED,    "States.DataLimitExceeded",           400)     \
    X(STATES_PARAMETER_PATH_FAILURE, "States.ParameterPathFailure",        400)     \
    X(STATES_RESULT_PATH_MATCH_FAILURE, "States.ResultPathMatchFailure",   400)     \
    X(STATES_REFERENCE_PATH_CONFLICT, "States.ReferencePathConflict",      400)     \
    X(STATES_NO_CHOICE_MATCHED,      "States.NoChoiceMatched",             400)     \
    X(STATES_QUERY_EVALUATION_ERROR, "States.QueryEvaluationError",        400)     \
    X(STATES_INTRINSIC_FAILURE,      "States.IntrinsicFailure",            400)     \
    X(STATES_BRANCH_FAILED,          "States.BranchFailed",                400)     \
    X(STATES_EXCEED_TOLERATED_FAILURE_THRESHOLD,                                    \
                       "States.ExceedToleratedFailureThreshold",           400)     \
    /* the EKS control plane */                                                     \
    X(EKS_RESOURCE_IN_USE,           "ResourceInUseException",             409)     \
    X(EKS_RESOURCE_NOT_FOUND,        "ResourceNotFoundException",          404)     \
    X(EKS_INVALID_PARAMETER,         "InvalidParameterException",          400)     \
    X(EKS_INVALID_REQUEST,           "InvalidRequestException",            400)     \
    X(EKS_RESOURCE_LIMIT_EXCEEDED,   "ResourceLimitExceededException",     400)     \
    X(EKS_CLIENT,                    "ClientException",                    400)     \
    X(EKS_SERVER,                    "ServerException",                    500)     \
    X(EKS_SERVICE_UNAVAILABLE,       "ServiceUnavailableException",        503)     \
    X(EKS_BAD_REQUEST,               "BadRequestException",                400)     \
    X(EKS_NOT_FOUND,                 "NotFoundException",                  404)     \
    X(EKS_UNSUPPORTED,               "UnsupportedOperationException",      501)     \
    /* inside: never on the wire by these names */                                  \
    X(BAD_JSON,                      "BadJson",                            400)     \
    X(BAD_PATH,                      "BadPath",                            400)     \
    X(JSONATA,                       "JsonataError",                       400)     \
    X(BAD_TIMESTAMP,                 "BadTimestamp",                       400)     \
    X(BAD_SETTING,                   "BadSetting",                         400)     \
    X(TOO_LARGE,                     "TooLarge",                           400)     \
    X(NO_MEMORY,                     "NoMemory",                           500)     \
    X(SYSTEM,                        "System",                             500)     \
    X(NETWORK,                       "Network",                            500)     \
    X(TLS,                           "Tls",                                500)     \
    X(STORE,                         "Store",                              500)     \
    X(STORE_FULL,                    "StoreFull",                          503)     \
    X(STORE_NEWER,                   "StoreNewer",                         500)     \
    X(STORE_IN_USE,                  "StoreInUse",                         500)     \
    X(STORE_READ_ONLY,               "StoreReadOnly",                      500)
/* clang-format on */
