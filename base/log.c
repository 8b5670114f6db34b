/* The log: a line is made on the stack and leaves by one write, so that lines of many threads do
 * not mix and logging never needs memory (it reports the lack of it). */
#include "base/log.h"

#include "base/clock.h"
#include "base/timestamp.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

/* A longer event is cut, and ends in "...". Enough for what the log is for; up to PIPE_BUF (4096)
 * of it arrive whole through a pipe that several write to. */
enum { LINE_MAX_BYTES = 8192, CUT_MARK_BYTES = 4 };

static const char *const level_names[] = {
    [LOG_ERROR] = "error", [LOG_WARN] = "warn", [LOG_INFO] = "info", [LOG_DEBUG] = "debug"};

/* Relaxed: set once before threads start; a late reader would log a line more or less. */
static _Atomic int level_now = LOG_INFO;

bool log_level_parse(str text, enum log_level *out)
{
    for (int level = LOG_ERROR; level <= LOG_DEBUG; level++)
        if (str_eq(text, str_from_c(level_names[level]))) {
            *out = (enum log_level)level;
            return true;
        }
    return false;
}

void log_level_set(enum log_level level)
{
    atomic_store_explicit(&level_now, (int)level, memory_order_relaxed);
}

bool log_enabled(enum log_level level)
{
    return (int)level <= atomic_load_explicit(&level_now, memory_order_relaxed);
}

/* Escapes the character at the head of text into out[6]; gives how many bytes it read. C1 controls
 * are two bytes in UTF-8, and some terminals obey them like ESC. */
static size_t escape(const unsigned char *text, size_t len, char out[6], size_t *out_len)
{
    static const char digits[] = "0123456789abcdef";
    unsigned char c = text[0];
    bool c1 = c == 0xc2 && len > 1 && text[1] >= 0x80 && text[1] <= 0x9f;
    if (c >= 0x20 && c != 0x7f && !c1) {
        out[0] = (char)c;
        *out_len = 1;
        return 1;
    }
    if (c == '\n' || c == '\r' || c == '\t') {
        static const char letters[] = {['\n'] = 'n', ['\r'] = 'r', ['\t'] = 't'};
        out[0] = '\\';
        out[1] = letters[c];
        *out_len = 2;
        return 1;
    }
    unsigned char code = c1 ? text[1] : c; // U+0080 to U+009F: the second byte is the code
    out[0] = '\\';
    out[1] = 'u';
    out[2] = out[3] = '0';
    out[4] = digits[code >> 4];
    out[5] = digits[code & 15];
    *out_len = 6;
    return c1 ? 2 : 1;
}

static void write_all(const char *line, size_t len)
{
    while (len > 0) {
        ssize_t n = write(STDERR_FILENO, line, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; // nobody is left to tell
        line += n;
        len -= (size_t)n;
    }
}

void log_event(enum log_level level, const char *room, const char *event, const char *format, ...)
{
    if (!log_enabled(level))
        return;
    int errno_before = errno; // a caller may log before it looks at errno
    char time[TIMESTAMP_TEXT_LEN + 1];
    timestamp_format(clock_wall_ms(), time);

    char text[LINE_MAX_BYTES];
    int head = snprintf(text, sizeof text, "%s %s %s %s%s", time, level_names[level], room, event,
                        *format ? " " : "");
    size_t len = head < 0 ? 0 : (size_t)head;
    if (len >= sizeof text)
        len = sizeof text - 1;
    va_list args;
    va_start(args, format);
    int body = vsnprintf(text + len, sizeof text - len, format, args);
    va_end(args);
    bool cut = body > 0 && (size_t)body >= sizeof text - len;
    if (body > 0)
        len = cut ? sizeof text - 1 : len + (size_t)body;

    char line[LINE_MAX_BYTES];
    size_t line_len = 0;
    for (size_t at = 0; at < len;) {
        char piece[6];
        size_t piece_len;
        at += escape((const unsigned char *)text + at, len - at, piece, &piece_len);
        if (line_len + piece_len > sizeof line - CUT_MARK_BYTES) {
            cut = true;
            break;
        }
        memcpy(line + line_len, piece, piece_len);
        line_len += piece_len;
    }
    str end = cut ? STR("...\n") : STR("\n");
    memcpy(line + line_len, end.ptr, end.len);
    write_all(line, line_len + end.len);
    errno = errno_before;
}
