/* Points in time as text. Threads: any. Blocks: never. */
#ifndef BASE_TIMESTAMP_H
#define BASE_TIMESTAMP_H

#include "base/buf.h"
#include "base/err.h"

enum { TIMESTAMP_TEXT_LEN = 24 };

/* 2026-11-25T03:10:31.123Z, as the context object has it; terminated. Years 0000 to 9999. */
void timestamp_format(int64_t ms, char out[TIMESTAMP_TEXT_LEN + 1]);

/* 2026-11-25T03:10:31Z, as Kubernetes has it; terminated. */
void timestamp_format_seconds(int64_t ms, char out[TIMESTAMP_TEXT_LEN + 1]);

/* Nanoseconds past the second are kept apart, so that order is exact. */
struct timestamp {
    int64_t ms;       /* floor of the instant, since the epoch */
    int32_t ns_in_ms; /* 0 to 999999 */
};

/* An ISO-8601 extended offset date-time: date, 'T', time with optional fraction (1 to 9 digits),
 * 'Z' or ±hh:mm; seconds may be left out as Java's parser allows. Errors: ERR_BAD_TIMESTAMP.
 * Source: java.time.format.DateTimeFormatter.ISO_OFFSET_DATE_TIME, which AWS's texts name. */
bool timestamp_parse(str text, struct timestamp *out, struct err *err);
int timestamp_cmp(struct timestamp a, struct timestamp b); /* -1, 0, 1 */

/* Epoch seconds with three decimals as an AWS JSON number: 1525283875.580 prints as 1525283875.58.
 */
void timestamp_print_epoch_s(int64_t ms, struct buf *out);

#endif
