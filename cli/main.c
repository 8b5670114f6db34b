/* stepd: a local AWS Step Functions. The commands are rows. */
#include "base/str.h"
#include "base/thread.h"
#include "commands.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const struct {
    const char *name;
    command *run;
    const char *help;
} rows[] = {
    {"serve",    command_serve,
     "the server: the Step Functions and EKS APIs, Kubernetes APIs of clusters"                         },
    {"run",      command_run,      "runs one definition: stepd run FILE.asl.json [--input JSON]"        },
    {"validate", command_validate, "checks definitions: stepd validate FILE…"                         },
    {"eval",     command_eval,
     "tries an expression: stepd eval jsonata|jsonpath|intrinsic EXPR [--input FILE]"                   },
    {"env",      command_env,      "prints what points the AWS CLI and SDKs here: eval \"$(stepd env)\""},
};

enum { ROWS = sizeof rows / sizeof rows[0] };

static int usage(FILE *to, int status)
{
    (void)fprintf(to, "stepd " STEPD_VERSION ": a local AWS Step Functions with Amazon EKS\n\n");
    for (size_t i = 0; i < ROWS; i++)
        (void)fprintf(to, "  stepd %-9s %s\n", rows[i].name, rows[i].help);
    (void)fprintf(to, "\n  stepd COMMAND --help    its settings\n  stepd --version\n");
    return status;
}

/* Broken pipes and files past their limit are errors of write, and the signals that end us are
 * waited for by main. Before any thread is started: all inherit it. */
static bool block_signals(void)
{
    sigset_t ends;
    (void)sigemptyset(&ends);
    (void)sigaddset(&ends, SIGTERM);
    (void)sigaddset(&ends, SIGINT);
    return signal(SIGPIPE, SIG_IGN) != SIG_ERR && signal(SIGXFSZ, SIG_IGN) != SIG_ERR &&
           pthread_sigmask(SIG_BLOCK, &ends, NULL) == 0;
}

int main(int argc, char **argv)
{
    thread_role_set(THREAD_MAIN);
    if (argc < 2)
        return usage(stderr, EXIT_USAGE);
    if (strcmp(argv[1], "--version") == 0) {
        (void)puts("stepd " STEPD_VERSION);
        return EXIT_FINE;
    }
    if (strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "help") == 0)
        return usage(stdout, EXIT_FINE);
    for (size_t i = 0; i < ROWS; i++)
        if (strcmp(argv[1], rows[i].name) == 0)
            return block_signals() ? rows[i].run(argc, argv) : EXIT_STARTUP;
    (void)fprintf(stderr, "stepd: there is no command '%s'\n\n", argv[1]);
    return usage(stderr, EXIT_USAGE);
}
