/* A whole file in memory, no larger than its buffer's maximum. */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { CHUNK_BYTES = 64 * 1024 };

bool file_read(const char *path, struct buf *out, struct err *err)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rbe");
    if (!file)
        return err_set_errno(err, ERR_SYSTEM, "cannot read '%s'", path);
    size_t got = 1;
    while (got && buf_ok(out)) {
        char *room = buf_reserve(out, CHUNK_BYTES);
        got = room ? fread(room, 1, CHUNK_BYTES, file) : 0;
        out->len += room ? got : 0;
    }
    bool ok = !ferror(file);
    if (!ok)
        (void)err_set_errno(err, ERR_SYSTEM, "cannot read '%s'", path);
    else if (!buf_ok(out))
        ok = err_set(err, ERR_TOO_LARGE, "'%s' is longer than %zu bytes", path, out->max_bytes);
    if (!standard)
        (void)fclose(file); // only read from
    return ok;
}
