/* A whole file in memory. */
#ifndef CLI_FILE_H
#define CLI_FILE_H

#include "base/buf.h"
#include "base/err.h"

/* Appends the file's bytes; "-" is standard input. Errors: ERR_SYSTEM, ERR_TOO_LARGE. */
bool file_read(const char *path, struct buf *out, struct err *err);

#endif
