/* A definition parsed, what is wrong with it printed. */
#ifndef CLI_DIAGNOSE_H
#define CLI_DIAGNOSE_H

#include "asl/asl.h"

/* Prints file:line:column and each diagnostic on stderr; true when there is no error. Gives *out
 * (asl_unref; NULL when refused); out may be NULL. */
bool diagnose(const char *path, str text, bool express, struct asl_definition **out);

#endif
