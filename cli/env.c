/* stepd env: shell exports that point the AWS CLI, SDKs and Terraform at a local stepd.
 *
 * Without AWS_DISABLE_HOST_PREFIX_INJECTION clients send StartSyncExecution to a host "sync-…". */
#include "commands.h"
#include "settings.h"

#include <stdio.h>
#include <string.h>

int command_env(int argc, char **argv)
{
    struct settings s;
    struct err err = ERR_INIT;
    const char *rest[64];
    int rest_count = 0;
    if (argc > 64 || !settings_read(&s, SETTING_SERVE, argc, argv, 2, rest, &rest_count, &err) ||
        rest_count) {
        (void)fprintf(stderr, "usage: stepd env [--host HOST] [--port PORT] [--region REGION]\n");
        err_release(&err);
        return EXIT_USAGE;
    }
    str host = str_eq(s.host, STR("0.0.0.0")) ? STR("127.0.0.1") : s.host;
    (void)printf("export AWS_ENDPOINT_URL_SFN=http://%.*s:%.*s\n", STR_ARG(host), STR_ARG(s.port));
    (void)printf("export AWS_ENDPOINT_URL_EKS=http://%.*s:%.*s\n", STR_ARG(host), STR_ARG(s.port));
    (void)printf("export AWS_ACCESS_KEY_ID=test AWS_SECRET_ACCESS_KEY=test\n");
    (void)printf("export AWS_DEFAULT_REGION=%.*s AWS_REGION=%.*s\n", STR_ARG(s.region),
                 STR_ARG(s.region));
    (void)printf("export AWS_DISABLE_HOST_PREFIX_INJECTION=true\n");
    return EXIT_FINE;
}
