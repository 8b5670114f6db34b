/* The list of what is wrong, and AWS's sentence made of it. */
#include "asl/diagnostics.h"

#include "asl_private.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    KEPT_MAX = 100, /* ValidateStateMachineDefinition answers at most 100. Source: API Reference */
    TEXTS_MAX_BYTES = 16 * 1048576,
    LOCATION_MAX_BYTES = 65536
};

void asl_diagnostics_init(struct asl_diagnostics *d)
{
    *d = (struct asl_diagnostics){0};
    arena_init(&d->arena, TEXTS_MAX_BYTES);
}

void asl_diagnostics_release(struct asl_diagnostics *d)
{
    arena_release(&d->arena);
    *d = (struct asl_diagnostics){0};
}

PRINTF_LIKE(5, 0)
static void add(struct asl_diagnostics *d, enum asl_severity severity, const char *code,
                str location, const char *format, va_list args)
{
    d->count++;
    if (severity == ASL_ERROR)
        d->errors++;
    if (d->count > KEPT_MAX)
        return;

    va_list again;
    va_copy(again, args);
    // NOLINTNEXTLINE(clang-analyzer-valist.Uninitialized): va_copy has just initialised it
    int len = vsnprintf(NULL, 0, format, again);
    va_end(again);
    struct asl_diagnostic *n = arena_alloc(&d->arena, sizeof(*n));
    char *text = n && len >= 0 ? arena_alloc(&d->arena, (size_t)len + 1) : NULL;
    if (!text)
        return; // counted, so that the definition is refused all the same
    len = vsnprintf(text, (size_t)len + 1, format, args);
    n->severity = severity;
    n->code = code;
    n->message = (str){text, len < 0 ? 0 : (size_t)len};
    n->location = location.ptr ? arena_str(&d->arena, location) : STR_NONE;
    if (d->last)
        d->last->next = n;
    else
        d->first = n;
    d->last = n;
}

void asl_diagnostic_add(struct asl_diagnostics *d, enum asl_severity severity, const char *code,
                        str location, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add(d, severity, code, location, format, args);
    va_end(args);
}

void asl_place_print(const struct asl_place *p, struct buf *out)
{
    if (p->up)
        asl_place_print(p->up, out);
    if (!p->up) {
        buf_add(out, p->name);
    } else if (p->name.ptr) {
        buf_add_char(out, '/');
        buf_add(out, p->name);
    } else {
        buf_printf(out, "[%zu]", p->index);
    }
}

PRINTF_LIKE(4, 0)
static void add_at(struct asl_diagnostics *d, const char *code, const struct asl_place *at,
                   const char *format, va_list args)
{
    struct buf location;
    if (d->count >= KEPT_MAX) { // counted only: no text is made for it
        d->count++;
        d->errors++;
        return;
    }
    buf_init(&location, LOCATION_MAX_BYTES);
    if (at)
        asl_place_print(at, &location);
    str text = STR_NONE;
    if (at)
        text = buf_ok(&location) && location.len > 0 ? buf_str(&location) : STR("/");
    add(d, ASL_ERROR, code, text, format, args);
    buf_release(&location);
}

void asl_refuse(struct asl_diagnostics *d, const struct asl_place *at, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_at(d, "SCHEMA_VALIDATION_FAILED", at, format, args);
    va_end(args);
}

void asl_refuse_code(struct asl_diagnostics *d, const char *code, const struct asl_place *at,
                     const char *format, ...)
{
    va_list args;
    va_start(args, format);
    add_at(d, code, at, format, args);
    va_end(args);
}

bool asl_diagnostics_refuse(const struct asl_diagnostics *d, struct err *err)
{
    struct buf text;
    buf_init(&text, TEXTS_MAX_BYTES);
    for (const struct asl_diagnostic *n = d->first; n; n = n->next) {
        if (n->severity != ASL_ERROR)
            continue;
        if (text.len > 0)
            buf_add(&text, STR(", "));
        buf_add(&text, str_from_c(n->code));
        buf_add(&text, STR(": "));
        buf_add(&text, n->message);
        buf_add(&text, STR(" at "));
        buf_add(&text, n->location.ptr ? n->location : STR("null"));
    }
    str all = buf_ok(&text) ? buf_str(&text) : STR("too many faults to name");
    bool ok = err_set(err, ERR_INVALID_DEFINITION, "Invalid State Machine Definition: '%.*s'",
                      STR_ARG(all));
    buf_release(&text);
    return ok;
}
