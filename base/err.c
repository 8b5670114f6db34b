/* Errors: set once, wrapped on the way up, told at the edge. */
#include "base/err.h"

#include "base/mem.h"

#include <assert.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const struct {
    str name;
    int status;
} rows[] = {
#define ERR_ROW(id, name, status) [ERR_##id] = {STR_INIT(name), status},
    ERR_IDS(ERR_ROW)
#undef ERR_ROW
};

/* Gives printf's text; a text that cannot be made for want of memory is left out. */
PRINTF_LIKE(1, 0) static char *format_text(const char *format, va_list args)
{
    va_list again;
    va_copy(again, args);
    int len = vsnprintf(NULL, 0, format, args);
    char *text = len < 0 ? NULL : mem_try((size_t)len + 1);
    if (text)
        (void)vsnprintf(text, (size_t)len + 1, format, again); // measured just now
    va_end(again);
    return text;
}

PRINTF_LIKE(3, 0)
static void set(struct err *err, enum err_id id, const char *format, va_list args)
{
    assert(err->id == ERR_NONE && id != ERR_NONE);
    if (err->id != ERR_NONE)
        return; // the first error wins, also where asserts are compiled out
    err->id = id;
    err->text = format_text(format, args);
}

bool err_set(struct err *err, enum err_id id, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, id, format, args);
    va_end(args);
    return false;
}

bool err_set_named(struct err *err, str name, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    set(err, ERR_NAMED, format, args);
    va_end(args);
    if (!err->name)
        err->name = str_dup_c(name);
    return false;
}

bool err_set_errno(struct err *err, enum err_id id, const char *format, ...)
{
    char space[128];
    const char *reason = strerror_r(errno, space, sizeof space);
    va_list args;
    va_start(args, format);
    set(err, id, format, args);
    va_end(args);
    if (!err->text)
        return false;
    size_t len = strlen(err->text), more = strlen(reason) + 2;
    char *text = mem_resize(err->text, len + more + 1);
    if (text) {
        (void)snprintf(text + len, more + 1, ": %s", reason);
        err->text = text;
    }
    return false;
}

void err_wrap(struct err *err, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    char *front = format_text(format, args);
    va_end(args);
    if (!front)
        return;
    size_t len = strlen(front), more = err->text ? strlen(err->text) : 0;
    char *text = mem_resize(front, len + more + 1);
    if (!text) {
        mem_free(front);
        return;
    }
    if (more)
        memcpy(text + len, err->text, more);
    text[len + more] = '\0';
    mem_free(err->text);
    err->text = text;
}

void err_move(struct err *to, struct err *err)
{
    assert(to->id == ERR_NONE);
    *to = *err;
    *err = ERR_INIT;
}

void err_copy(struct err *to, const struct err *err)
{
    assert(to->id == ERR_NONE);
    *to = *err;
    to->name = err->name ? str_dup_c(str_from_c(err->name)) : NULL;
    to->text = err->text ? str_dup_c(str_from_c(err->text)) : NULL;
}

void err_release(struct err *err)
{
    mem_free(err->name);
    mem_free(err->text);
    *err = ERR_INIT;
}

str err_name(const struct err *err)
{
    return err->id == ERR_NAMED && err->name ? str_from_c(err->name) : rows[err->id].name;
}

str err_text(const struct err *err)
{
    return err->text ? str_from_c(err->text) : STR("");
}

str err_id_name(enum err_id id)
{
    return rows[id].name;
}

int err_id_http_status(enum err_id id)
{
    return rows[id].status;
}
