/* stepd validate: diagnostics of definitions, as a compiler prints them. */
#include "asl/asl.h"
#include "commands.h"
#include "diagnose.h"
#include "file.h"
#include "integrations/integrations.h"

#include <stdio.h>
#include <string.h>

enum { DEFINITION_MAX_BYTES = 2 * 1024 * 1024 }; /* past the quota: the parser tells of that */

bool diagnose(const char *path, str text, bool express, struct asl_definition **out)
{
    const struct asl_options options = {.express = express, .resource_check = integrations_check};
    struct asl_diagnostics diagnostics;
    struct asl_definition *definition = NULL;
    asl_diagnostics_init(&diagnostics);
    bool good = asl_parse(text, &options, &definition, &diagnostics);
    for (const struct asl_diagnostic *d = diagnostics.first; d; d = d->next) {
        size_t line = 1, column = 1;
        if (d->location.ptr)
            (void)asl_locate(text, d->location, &line, &column);
        (void)fprintf(stderr, "%s:%zu:%zu: %s: %.*s [%s] at %.*s\n", path, line, column,
                      d->severity == ASL_ERROR ? "error" : "warning", STR_ARG(d->message), d->code,
                      STR_ARG(d->location.ptr ? d->location : STR("/")));
    }
    asl_diagnostics_release(&diagnostics);
    if (out)
        *out = definition;
    else
        asl_unref(definition);
    return good;
}

static bool validate(const char *path, bool express, struct err *err)
{
    struct buf text;
    buf_init(&text, DEFINITION_MAX_BYTES);
    bool good = file_read(path, &text, err) && diagnose(path, buf_str(&text), express, NULL);
    buf_release(&text);
    return good;
}

int command_validate(int argc, char **argv)
{
    bool express = false;
    int files = 0, refused = 0;
    for (int i = 2; i < argc; i++) {
        struct err err = ERR_INIT;
        if (strcmp(argv[i], "--express") == 0) {
            express = true;
            continue;
        }
        if (argv[i][0] == '-' && argv[i][1]) {
            (void)fprintf(stderr, "usage: stepd validate [--express] FILE…\n");
            return strcmp(argv[i], "--help") == 0 ? EXIT_FINE : EXIT_USAGE;
        }
        files++;
        if (!validate(argv[i], express, &err))
            refused++;
        if (err_is_set(&err))
            (void)fprintf(stderr, "stepd: %.*s\n", STR_ARG(err_text(&err)));
        err_release(&err);
    }
    if (files == 0) {
        (void)fprintf(stderr, "usage: stepd validate [--express] FILE…\n");
        return EXIT_USAGE;
    }
    return refused ? EXIT_REFUSED : EXIT_FINE;
}
