/* Errors: id, text and, for source text, a position; on the caller's stack, last parameter.
 *
 * Who first knows all the facts formats the text, once, in AWS's words where known. The first error
 * wins: setting over one is a bug and asserts. Who declares an err releases it.
 * Threads: holder. Blocks: never. */
#ifndef BASE_ERR_H
#define BASE_ERR_H

#include "base/attributes.h"
#include "base/err_ids.h"
#include "base/str.h"

enum err_id {
#define ERR_ENUM(id, name, status) ERR_##id,
    ERR_IDS(ERR_ENUM)
#undef ERR_ENUM
        ERR_ID_COUNT
};

struct err {
    enum err_id id;
    char *name; /* of ERR_NAMED; else NULL */
    char *text;
    size_t line, column; /* from 1; 0: no position */
};

#define ERR_INIT ((struct err){ERR_NONE, NULL, NULL, 0, 0})

/* Sets an error that was none; gives false, so that `return err_set(…)` is a refusal. */
bool err_set(struct err *err, enum err_id id, const char *format, ...) PRINTF_LIKE(3, 4);

/* The same with a name of its own ("EKS.409", a Fail state's Error). */
bool err_set_named(struct err *err, str name, const char *format, ...) PRINTF_LIKE(3, 4);

/* As err_set for a system call that set errno: the text gets ": " and strerror's words. */
bool err_set_errno(struct err *err, enum err_id id, const char *format, ...) PRINTF_LIKE(3, 4);

/* Puts text in front of the error's own. */
void err_wrap(struct err *err, const char *format, ...) PRINTF_LIKE(2, 3);

/* Gives *err away to *to (which must be none) and leaves none. */
void err_move(struct err *to, struct err *err);
void err_copy(struct err *to, const struct err *err);

void err_release(struct err *err); /* leaves none; accepts none */

static inline bool err_is_set(const struct err *err)
{
    return err->id != ERR_NONE;
}

/* Lends the wire name, until err changes. */
str err_name(const struct err *err);
str err_text(const struct err *err); /* lends */
str err_id_name(enum err_id id);
int err_id_http_status(enum err_id id);

#endif
