/* Files of cases: a line a case, its fields set apart by " | "; empty lines and those that begin
 * with # are passed over. */
#ifndef TESTS_UNIT_ASL_CASES_H
#define TESTS_UNIT_ASL_CASES_H

#include "base/buf.h"
#include "unit.h"

#include <stdio.h>

enum { CASE_FIELDS_MAX = 8, CASES_MAX_BYTES = 1048576 };

/* Gives the file's content. */
static inline struct buf cases_load(const char *path)
{
    struct buf b;
    buf_init(&b, CASES_MAX_BYTES);
    FILE *f = fopen(path, "rb");
    assert_non_null(f);
    char space[4096];
    size_t n;
    while ((n = fread(space, 1, sizeof(space), f)) > 0)
        buf_add(&b, (str){space, n});
    assert_int_equal(fclose(f), 0);
    assert_true(buf_ok(&b));
    return b;
}

/* Gives the next line that is not empty and no comment; false at the end. */
static inline bool cases_line(str *rest, str *line)
{
    while (rest->ptr && rest->len > 0) {
        *line = str_cut(rest, '\n');
        if (line->len > 0 && line->ptr[0] != '#')
            return true;
    }
    return false;
}

/* Splits a line into its fields; gives their number. */
static inline size_t cases_split(str line, str out[CASE_FIELDS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i + 3 <= line.len && count + 1 < CASE_FIELDS_MAX;) {
        if (memcmp(line.ptr + i, " | ", 3) != 0) {
            i++;
            continue;
        }
        out[count++] = str_sub(line, 0, i);
        line = str_skip(line, i + 3);
        i = 0;
    }
    out[count++] = line;
    return count;
}

#endif
