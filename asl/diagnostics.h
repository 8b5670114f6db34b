/* What is wrong with a definition: a list of diagnostics, each with AWS's code and a location.
 * Threads: holder. Blocks: never.
 * Source: API Reference, ValidateStateMachineDefinitionDiagnostic. */
#ifndef ASL_DIAGNOSTICS_H
#define ASL_DIAGNOSTICS_H

#include "base/arena.h"
#include "base/buf.h"
#include "base/err.h"

enum asl_severity { ASL_ERROR, ASL_WARNING };

struct asl_diagnostic {
    enum asl_severity severity;
    const char *code; /* "SCHEMA_VALIDATION_FAILED", "MISSING_TRANSITION_TARGET", … */
    str message;
    str location; /* "/States/X/Next"; ptr NULL: none */
    struct asl_diagnostic *next;
};

struct asl_diagnostics {
    struct arena arena; /* owns the texts */
    struct asl_diagnostic *first, *last;
    size_t count, errors;
};

void asl_diagnostics_init(struct asl_diagnostics *d);
void asl_diagnostics_release(struct asl_diagnostics *d);

/* Appends; location is borrowed and copied. Past 100 they are counted and not kept. */
void asl_diagnostic_add(struct asl_diagnostics *d, enum asl_severity severity, const char *code,
                        str location, const char *format, ...) PRINTF_LIKE(5, 6);

/* Sets AWS's text from the errors: "Invalid State Machine Definition: 'CODE: message at
 * /location'", several joined by ", "; without a location " at null". Gives false, for return. */
bool asl_diagnostics_refuse(const struct asl_diagnostics *d, struct err *err);

/* Line and column (from 1) of the place a location names in the text it came from; false when it
 * cannot be found (line and column are then 1). */
bool asl_locate(str definition, str location, size_t *line, size_t *column);

#endif
