/* The table of settings, and how it is read. */
#include "settings.h"

#include "base/mem.h"

#include <math.h>
#include <stddef.h>
#include <stdlib.h>

struct setting {
    const char *flag;     /* "--port" */
    const char *variable; /* NULL: none */
    const char *fallback;
    const char *help;
    int commands;
    size_t member; /* offset in struct settings */
};

#define MEMBER(name) offsetof(struct settings, name)
enum { BOTH = SETTING_SERVE | SETTING_RUN };

/* Variables named without STEPD_ are those of AWS's own Step Functions Local. */
/* clang-format off */
static const struct setting rows[] = {
    {"--host", "STEPD_HOST", "127.0.0.1", "address to listen on", SETTING_SERVE, MEMBER(host)},
    {"--port", "STEPD_PORT", "8083", "port to listen on; 0: any free one", SETTING_SERVE, MEMBER(port)},
    {"--port-file", "STEPD_PORT_FILE", "", "file to write the port to, once it listens", SETTING_SERVE, MEMBER(port_file)},
    {"--data-dir", "STEPD_DATA_DIR", "./.stepd", "where executions are kept; :memory: for throw-away", SETTING_SERVE, MEMBER(data_dir)},
    {"--durability", "STEPD_DURABILITY", "full", "full: an answer survives a power cut; normal; off", SETTING_SERVE, MEMBER(durability)},
    {"--clock", "STEPD_CLOCK", "", "real, skip (waits pass at once) or scaled:F (F times as fast)", BOTH, MEMBER(clock)},
    {"--seed", "STEPD_SEED", "", "of everything random; none: a new one each time", BOTH, MEMBER(seed)},
    {"--workers", "STEPD_WORKERS", "0", "threads that run executions; 0: one a core", BOTH, MEMBER(workers)},
    {"--log-level", "STEPD_LOG_LEVEL", "info", "error, warn, info or debug", BOTH, MEMBER(log_level)},
    {"--limits", "STEPD_LIMITS", "on", "on: AWS's quotas; off: without those that can be lifted", BOTH, MEMBER(limits)},
    {"--region", "AWS_DEFAULT_REGION", "us-east-1", "of every ARN", BOTH, MEMBER(region)},
    {"--account", "AWS_ACCOUNT_ID", "123456789012", "of every ARN", BOTH, MEMBER(account)},
    {"--eks-clusters", "STEPD_EKS_CLUSTERS", "auto", "auto: a missing cluster is made on first use; strict: as AWS", BOTH, MEMBER(eks_clusters)},
    {"--eks-endpoint", "EKS_ENDPOINT", "", "EKS control plane of the eks:* integrations; none: the embedded one", SETTING_SERVE, MEMBER(eks_endpoint)},
    {"--s3-endpoint", "S3_ENDPOINT", "", "S3-compatible endpoint of ItemReader and ResultWriter, signed with AWS_ACCESS_KEY_ID", BOTH, MEMBER(s3_endpoint)},
    {"--s3-buckets", "STEPD_S3_BUCKETS", "", "NAME=DIR,NAME=DIR: buckets that are local directories", BOTH, MEMBER(s3_buckets)},
    {"--poll", "STEPD_POLL", "fast", "how .sync calls wait: fast, or aws for AWS's own intervals", BOTH, MEMBER(poll)},
    {"--cluster-create-seconds", "STEPD_CLUSTER_CREATE_SECONDS", "1", "from CREATING to ACTIVE", BOTH, MEMBER(cluster_create_seconds)},
    {"--cluster-delete-seconds", "STEPD_CLUSTER_DELETE_SECONDS", "1", "from DELETING to gone", BOTH, MEMBER(cluster_delete_seconds)},
    {"--kubernetes-version", "STEPD_KUBERNETES_VERSION", "1.32", "of clusters that ask for none", BOTH, MEMBER(kubernetes_version)},
    {"--kubernetes-host", "STEPD_KUBERNETES_HOST", "", "host in clusters' endpoints; none: --host", SETTING_SERVE, MEMBER(kubernetes_host)},
    {"--kubernetes-ports", "STEPD_KUBERNETES_PORTS", "0-0", "FIRST-LAST, a port for each cluster; 0-0: any free one", SETTING_SERVE, MEMBER(kubernetes_ports)},
    {"--pod-runtime", "STEPD_POD_RUNTIME", "simulated", "simulated, or process: commands run as local processes", BOTH, MEMBER(pod_runtime)},
    {"--pod-seconds", "STEPD_POD_SECONDS", "1", "how long a simulated pod runs", BOTH, MEMBER(pod_seconds)},
};
/* clang-format on */

enum { ROWS = sizeof rows / sizeof rows[0] };

static str *member_of(struct settings *s, const struct setting *row)
{
    return (str *)(void *)((char *)s + row->member);
}

static const struct setting *find(str flag, int command)
{
    for (size_t i = 0; i < ROWS; i++)
        if ((rows[i].commands & command) && str_eq(flag, str_from_c(rows[i].flag)))
            return &rows[i];
    return NULL;
}

static void read_defaults(struct settings *s)
{
    for (size_t i = 0; i < ROWS; i++) {
        const char *value = NULL;
        if (rows[i].variable)
            value = getenv(rows[i].variable); // NOLINT(concurrency-mt-unsafe): no threads yet
        *member_of(s, &rows[i]) = str_from_c(value ? value : rows[i].fallback);
    }
}

bool settings_read(struct settings *s, int command, int argc, char **argv, int from,
                   const char **rest, int *rest_count, struct err *err)
{
    *s = (struct settings){0};
    *rest_count = 0;
    read_defaults(s);
    for (int i = from; i < argc; i++) {
        str argument = str_from_c(argv[i]);
        if (!str_starts(argument, STR("--"))) {
            rest[(*rest_count)++] = argv[i];
            continue;
        }
        str value = argument;
        str flag = str_cut(&value, '=');
        const struct setting *row = find(flag, command);
        if (!row) {
            rest[(*rest_count)++] = argv[i]; // the command may know it
            continue;
        }
        if (!value.ptr) {
            if (i + 1 == argc)
                return err_set(err, ERR_BAD_SETTING, "%.*s needs a value", STR_ARG(flag));
            value = str_from_c(argv[++i]);
        }
        *member_of(s, row) = value;
    }
    return true;
}

void settings_help(FILE *to, int command)
{
    (void)fprintf(to, "%-27s %-30s %-14s %s\n", "FLAG", "VARIABLE", "DEFAULT", "WHAT");
    for (size_t i = 0; i < ROWS; i++)
        if (rows[i].commands & command)
            (void)fprintf(to, "%-27s %-30s %-14s %s\n", rows[i].flag, rows[i].variable,
                          rows[i].fallback[0] ? rows[i].fallback : "-", rows[i].help);
}

bool setting_seconds_ms(str value, const char *name, int64_t *ms, struct err *err)
{
    char *text = str_dup_c(value);
    char *end = text;
    double seconds = text ? strtod(text, &end) : -1;
    bool good =
        text && end != text && *end == '\0' && isfinite(seconds) && seconds >= 0 && seconds <= 1e9;
    mem_free(text);
    if (!good)
        return err_set(err, ERR_BAD_SETTING, "%s: '%.*s' is not a number of seconds", name,
                       STR_ARG(value));
    *ms = (int64_t)(seconds * 1000);
    return true;
}

bool setting_integer(str value, const char *name, int64_t min, int64_t max, int64_t *out,
                     struct err *err)
{
    if (str_to_int64(value, out) && *out >= min && *out <= max)
        return true;
    return err_set(err, ERR_BAD_SETTING, "%s: '%.*s' is not a number from %lld to %lld", name,
                   STR_ARG(value), (long long)min, (long long)max);
}

bool setting_choice(str value, const char *name, const char *yes, const char *no, bool *is_yes,
                    struct err *err)
{
    *is_yes = str_eq(value, str_from_c(yes));
    if (*is_yes || str_eq(value, str_from_c(no)))
        return true;
    return err_set(err, ERR_BAD_SETTING, "%s: '%.*s' is neither %s nor %s", name, STR_ARG(value),
                   yes, no);
}
