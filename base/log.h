/* The log: one line an event on stderr: `time level room event key=value…`.
 * Ids always, payloads never above debug, credentials never. Who handles an error logs it.
 * Threads: any. Blocks: on stderr. */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/attributes.h"
#include "base/str.h"

enum log_level { LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };

bool log_level_parse(str text, enum log_level *out);
void log_level_set(enum log_level level); /* Threads: setup */
bool log_enabled(enum log_level level);

/* room and event are single words; format makes the key=value pairs, "" for none. Control
 * characters in the text are escaped: a value cannot forge a line. Past 8 KiB a line is cut and
 * ends in "...". errno is left as it was. */
void log_event(enum log_level level, const char *room, const char *event, const char *format, ...)
    PRINTF_LIKE(4, 5);

#define log_error(room, event, ...) log_event(LOG_ERROR, room, event, __VA_ARGS__)
#define log_warn(room, event, ...)  log_event(LOG_WARN, room, event, __VA_ARGS__)
#define log_info(room, event, ...)  log_event(LOG_INFO, room, event, __VA_ARGS__)
#define log_debug(room, event, ...)                                                                \
    do {                                                                                           \
        if (log_enabled(LOG_DEBUG))                                                                \
            log_event(LOG_DEBUG, room, event, __VA_ARGS__);                                        \
    } while (0)

#endif
