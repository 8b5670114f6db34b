/* The commands: each gives the exit status. */
#ifndef CLI_COMMANDS_H
#define CLI_COMMANDS_H

/* Exit statuses, documented in the README. */
enum { EXIT_FINE = 0, EXIT_REFUSED = 1, EXIT_USAGE = 2, EXIT_STARTUP = 3 };

typedef int command(int argc, char **argv);

command command_serve, command_run, command_validate, command_eval, command_env;

#endif
