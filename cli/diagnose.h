/* A definition parsed, what is wrong with it printed. */
#ifndef CLI_DIAGNOSE_H
#define CLI_DIAGNOSE_H

#include "asl/asl.h"

enum diagnose_as {
    DIAGNOSE_TO_RUN,   /* what stepd cannot call is an error */
    DIAGNOSE_TO_CHECK, /* it is a warning: the definition may be right for AWS */
};

/* Prints file:line:column and each diagnostic on stderr, with the line it is about and a caret;
 * true when there is no error. Gives *out (asl_unref; NULL when refused); out may be NULL. */
bool diagnose(const char *path, str text, bool express, enum diagnose_as as,
              struct asl_definition **out);

#endif
