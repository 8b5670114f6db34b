/* Settings: each a row: flag, environment variable, default, help. A flag beats the variable, the
 * variable beats the default.
 * To add one: its row in settings.c, its member here, its line where it is used; `stepd serve
 * --help` and the README's table (checked by a test) follow. */
#ifndef CLI_SETTINGS_H
#define CLI_SETTINGS_H

#include "base/arena.h"
#include "base/err.h"

#include <stdio.h>

struct settings {
    str host, port, port_file, data_dir, durability, clock, seed, workers, log_level, limits;
    str region, account;
    str eks_clusters, eks_endpoint, poll;
    str s3_endpoint, s3_buckets;
    str cluster_create_seconds, cluster_delete_seconds, kubernetes_version, kubernetes_host,
        kubernetes_ports;
    str pod_runtime, pod_seconds;
};

/* Which commands a setting is for. */
enum { SETTING_SERVE = 1, SETTING_RUN = 2 };

/* Reads argv[from…] of a command; what is no setting is left in rest (count rest_count, lent from
 * argv). Texts are lent from argv, the environment and the rows. Errors: ERR_BAD_SETTING. */
bool settings_read(struct settings *s, int command, int argc, char **argv, int from,
                   const char **rest, int *rest_count, struct err *err);

/* Prints the table: for --help on stdout, for wrong usage on stderr. */
void settings_help(FILE *to, int command);

/* -- values -- errors: ERR_BAD_SETTING, the setting named */
bool setting_seconds_ms(str value, const char *name, int64_t *ms, struct err *err);
bool setting_integer(str value, const char *name, int64_t min, int64_t max, int64_t *out,
                     struct err *err);
bool setting_choice(str value, const char *name, const char *yes, const char *no, bool *is_yes,
                    struct err *err);

#endif
