/* stepd serve: the server, until SIGTERM or SIGINT. */
#include "base/log.h"
#include "base/mem.h"
#include "commands.h"
#include "stack.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PATHS_MAX_BYTES = 16 * 1024 };

static int fail(struct err *err, int status)
{
    (void)fprintf(stderr, "stepd: %.*s\n", STR_ARG(err_text(err)));
    err_release(err);
    return status;
}

/* The port appears whole or not at all: readers wait for the file. */
static bool write_port(str path, uint16_t port, struct err *err)
{
    struct arena a;
    arena_init(&a, PATHS_MAX_BYTES);
    const char *name = str_to_cstr(&a, path);
    str temporary = arena_printf(&a, "%.*s.new", STR_ARG(path));
    bool ok = false;
    FILE *file = name && temporary.ptr ? fopen(temporary.ptr, "we") : NULL;
    if (file) {
        ok = fprintf(file, "%u\n", (unsigned)port) > 0;
        ok = fclose(file) == 0 && ok;
        ok = ok && rename(temporary.ptr, name) == 0;
    }
    if (!ok)
        (void)err_set_errno(err, ERR_SYSTEM, "cannot write the port to '%.*s'", STR_ARG(path));
    arena_release(&a);
    return ok;
}

static void wait_for_signal(void)
{
    sigset_t ends;
    int received = 0;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    if (sigwait(&ends, &received) == 0)
        log_info("cli", "stopping", "signal=%d", received);
}

static int serve(const struct settings *settings)
{
    struct err err = ERR_INIT;
    struct stack *stack = mem_new(sizeof *stack);
    int status = EXIT_STARTUP;
    if (stack_start(stack, settings, NULL, NULL, &err)) {
        uint16_t port = http_server_port(stack->listener);
        log_info("cli", "listening", "host=%.*s port=%u data=%.*s", STR_ARG(settings->host),
                 (unsigned)port, STR_ARG(settings->data_dir));
        if (!settings->port_file.len || write_port(settings->port_file, port, &err)) {
            wait_for_signal();
            status = EXIT_FINE;
        }
        stack_stop(stack);
        log_info("cli", "stopped", "status=%d", status);
    }
    mem_free(stack);
    return err_is_set(&err) ? fail(&err, EXIT_STARTUP) : status;
}

int command_serve(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct settings settings;
    enum log_level level;
    int rest_count = 0;
    const char **rest = mem_new((size_t)argc * sizeof *rest);
    bool good = settings_read(&settings, SETTING_SERVE, argc, argv, 2, rest, &rest_count, &err);
    const char *other = good && rest_count ? rest[0] : NULL;
    mem_free(rest);
    if (!good)
        return fail(&err, EXIT_USAGE);
    if (other && strcmp(other, "--help") == 0) {
        (void)puts("stepd serve: the Step Functions API, an embedded EKS, Kubernetes APIs of its "
                   "clusters\n");
        settings_help(stdout, SETTING_SERVE);
        return EXIT_FINE;
    }
    if (other) {
        (void)fprintf(stderr, "stepd serve: there is no setting '%s'; see stepd serve --help\n",
                      other);
        return EXIT_USAGE;
    }
    if (!log_level_parse(settings.log_level, &level)) {
        (void)fprintf(stderr, "stepd: --log-level: '%.*s' is not error, warn, info or debug\n",
                      STR_ARG(settings.log_level));
        return EXIT_USAGE;
    }
    log_level_set(level);
    return serve(&settings);
}
