/* stepd validate: diagnostics of definitions, as a compiler prints them. */
#include "asl/asl.h"
#include "commands.h"
#include "diagnose.h"
#include "file.h"
#include "integrations/integrations.h"

#include <stdio.h>
#include <string.h>

enum {
    DEFINITION_MAX_BYTES = 2 * 1024 * 1024, /* past the quota: the parser tells of that */
    SHOWN_MAX = 100,                        /* bytes of a source line */
    SHOWN_BEFORE = 60,                      /* of them before the caret */
};

/* The line that begins at or before the place, without its end. */
static str line_at(str text, size_t line)
{
    str rest = text;
    str this_line = STR("");
    for (size_t i = 0; i < line && rest.ptr; i++)
        this_line = str_cut(&rest, '\n');
    if (str_ends(this_line, STR("\r")))
        this_line = str_sub(this_line, 0, this_line.len - 1);
    return this_line;
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* Prints the source line and, under its column (bytes, from 1), a caret. Of a long line what lies
 * around the caret. */
static void print_source(str text, size_t line, size_t column)
{
    str shown = line_at(text, line);
    size_t at = column - 1 < shown.len ? column - 1 : shown.len;
    size_t from = at > SHOWN_BEFORE ? at - SHOWN_BEFORE : 0;
    while (from > 0 && is_continuation(shown.ptr[from]))
        from--;
    size_t end = shown.len - from > SHOWN_MAX ? from + SHOWN_MAX : shown.len;
    while (end < shown.len && is_continuation(shown.ptr[end]))
        end++;
    (void)fprintf(stderr, "    %.*s\n    ", STR_ARG(str_sub(shown, from, end - from)));
    for (size_t i = from; i < at; i++)
        if (!is_continuation(shown.ptr[i]))
            (void)fputc(shown.ptr[i] == '\t' ? '\t' : ' ', stderr);
    (void)fputs("^\n", stderr);
}

static void print_diagnostic(const char *path, str text, const struct asl_diagnostic *d)
{
    size_t line = 1, column = 1;
    if (d->location.ptr)
        (void)asl_locate(text, d->location, &line, &column);
    (void)fprintf(stderr, "%s:%zu:%zu: %s: %.*s [%s] at %.*s\n", path, line, column,
                  d->severity == ASL_ERROR ? "error" : "warning", STR_ARG(d->message), d->code,
                  STR_ARG(d->location.ptr ? d->location : STR("/")));
    print_source(text, line, column);
}

bool diagnose(const char *path, str text, bool express, enum diagnose_as as,
              struct asl_definition **out)
{
    enum asl_severity cannot_call = as == DIAGNOSE_TO_CHECK ? ASL_WARNING : ASL_ERROR;
    const struct asl_options options = {.express = express,
                                        .placeholders = as == DIAGNOSE_TO_CHECK,
                                        .resource_check = integrations_check,
                                        .context = &cannot_call};
    struct asl_diagnostics diagnostics;
    struct asl_definition *definition = NULL;
    asl_diagnostics_init(&diagnostics);
    bool good = asl_parse(text, &options, &definition, &diagnostics);
    for (const struct asl_diagnostic *d = diagnostics.first; d; d = d->next)
        print_diagnostic(path, text, d);
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
    bool good = file_read(path, &text, err) &&
                diagnose(path, buf_str(&text), express, DIAGNOSE_TO_CHECK, NULL);
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
