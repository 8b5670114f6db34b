/* Timestamps: the proleptic Gregorian calendar by arithmetic, as Java and RFC 3339 have it. Days
 * are counted from a year that begins in March, so that the leap day is the last one and month
 * lengths follow one line. */
#include "base/timestamp.h"

#include <inttypes.h>
#include <stdio.h>

enum {
    DAYS_PER_ERA = 146097,  /* 400 years */
    DAYS_TO_EPOCH = 719468, /* from 0000-03-01 to 1970-01-01 */
    S_PER_DAY = 86400,
    OFFSET_MAX_S = 18 * 3600, /* Source: java.time.ZoneOffset.MAX */
    TEXT_SHOWN_MAX = 100
};

static const int64_t FIRST_MS = INT64_C(-62167219200000); /* 0000-01-01T00:00:00.000Z */
static const int64_t LAST_MS = INT64_C(253402300799999);  /* 9999-12-31T23:59:59.999Z */

struct date {
    int year, month, day;
};

/* For years 0 to 9999. */
static int64_t days_of(struct date date)
{
    int year = date.month <= 2 ? date.year + 399 : date.year + 400; // an era later: never negative
    int month = (date.month + 9) % 12;                              // 0: March
    int in_era = year % 400;
    int64_t day_of_year = (153 * month + 2) / 5 + date.day - 1;
    int64_t day_of_era = (int64_t)in_era * 365 + in_era / 4 - in_era / 100 + day_of_year;
    return (int64_t)(year / 400 - 1) * DAYS_PER_ERA + day_of_era - DAYS_TO_EPOCH;
}

static struct date date_of(int64_t days)
{
    days += DAYS_TO_EPOCH + DAYS_PER_ERA;
    int64_t era = days / DAYS_PER_ERA - 1;
    int64_t day = days % DAYS_PER_ERA;
    // Leap days are taken out first: then every year has 365.
    int64_t year = (day - day / 1460 + day / 36524 - day / (DAYS_PER_ERA - 1)) / 365;
    int64_t day_of_year = day - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * day_of_year + 2) / 153;
    struct date date;
    date.day = (int)(day_of_year - (153 * month + 2) / 5 + 1);
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = (int)(era * 400 + year + (date.month <= 2 ? 1 : 0));
    return date;
}

/* Writes `count` digits of value. */
static char *put(char *to, int value, int count, char after)
{
    for (int i = count - 1; i >= 0; i--, value /= 10)
        to[i] = (char)('0' + value % 10);
    to[count] = after;
    return to + count + 1;
}

/* Both forms: up to the seconds, and what stands after them. */
static char *put_seconds(char *to, int64_t ms, char after, int *ms_in_s)
{
    ms = ms < FIRST_MS ? FIRST_MS : ms > LAST_MS ? LAST_MS : ms;
    int64_t from_first = ms - FIRST_MS; // not negative: division is floor
    *ms_in_s = (int)(from_first % 1000);
    int s = (int)(from_first / 1000 % S_PER_DAY);
    struct date date = date_of(from_first / 1000 / S_PER_DAY + FIRST_MS / 1000 / S_PER_DAY);
    to = put(to, date.year, 4, '-');
    to = put(to, date.month, 2, '-');
    to = put(to, date.day, 2, 'T');
    to = put(to, s / 3600, 2, ':');
    to = put(to, s / 60 % 60, 2, ':');
    return put(to, s % 60, 2, after);
}

void timestamp_format(int64_t ms, char out[TIMESTAMP_TEXT_LEN + 1])
{
    int ms_in_s;
    char *to = put_seconds(out, ms, '.', &ms_in_s);
    to = put(to, ms_in_s, 3, 'Z');
    *to = '\0';
}

void timestamp_format_seconds(int64_t ms, char out[TIMESTAMP_TEXT_LEN + 1])
{
    int ms_in_s;
    char *to = put_seconds(out, ms, 'Z', &ms_in_s);
    *to = '\0';
}

/* Cuts exactly `count` digits off the head; false when there are fewer. */
static bool cut_digits(str *rest, size_t count, int *out)
{
    int value = 0;
    if (rest->len < count)
        return false;
    for (size_t i = 0; i < count; i++) {
        char c = rest->ptr[i];
        if (c < '0' || c > '9')
            return false;
        value = value * 10 + (c - '0');
    }
    *rest = str_skip(*rest, count);
    *out = value;
    return true;
}

static bool cut_char(str *rest, char c)
{
    if (rest->len == 0 || rest->ptr[0] != c)
        return false;
    *rest = str_skip(*rest, 1);
    return true;
}

static bool cut_date(str *rest, int64_t *days)
{
    static const unsigned char month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date d;
    if (!cut_digits(rest, 4, &d.year) || !cut_char(rest, '-') || !cut_digits(rest, 2, &d.month) ||
        !cut_char(rest, '-') || !cut_digits(rest, 2, &d.day) || d.month < 1 || d.month > 12)
        return false;
    bool leap = d.year % 4 == 0 && (d.year % 100 != 0 || d.year % 400 == 0);
    int last = month_days[d.month - 1] + (d.month == 2 && leap ? 1 : 0);
    if (d.day < 1 || d.day > last)
        return false;
    *days = days_of(d);
    return true;
}

/* hh:mm, and :ss with a fraction, which may be left out. */
static bool cut_time(str *rest, int *s_of_day, int *ns)
{
    int hour;
    int minute;
    int second = 0;
    *ns = 0;
    if (!cut_digits(rest, 2, &hour) || !cut_char(rest, ':') || !cut_digits(rest, 2, &minute))
        return false;
    if (cut_char(rest, ':')) {
        if (!cut_digits(rest, 2, &second))
            return false;
        if (cut_char(rest, '.')) {
            int digits = 0;
            for (int digit; digits < 9 && cut_digits(rest, 1, &digit); digits++)
                *ns = *ns * 10 + digit;
            if (digits == 0)
                return false;
            for (; digits < 9; digits++)
                *ns *= 10;
        }
    }
    *s_of_day = hour * 3600 + minute * 60 + second;
    return hour <= 23 && minute <= 59 && second <= 59;
}

static bool cut_offset(str *rest, int *offset_s)
{
    *offset_s = 0;
    if (cut_char(rest, 'Z'))
        return true;
    bool west = cut_char(rest, '-');
    int hours;
    int minutes;
    if ((!west && !cut_char(rest, '+')) || !cut_digits(rest, 2, &hours) || !cut_char(rest, ':') ||
        !cut_digits(rest, 2, &minutes) || minutes > 59)
        return false;
    int east_s = hours * 3600 + minutes * 60;
    *offset_s = west ? -east_s : east_s;
    return east_s <= OFFSET_MAX_S;
}

bool timestamp_parse(str text, struct timestamp *out, struct err *err)
{
    str rest = text;
    int64_t days;
    int s_of_day;
    int ns;
    int offset_s;
    if (!cut_date(&rest, &days) || !cut_char(&rest, 'T') || !cut_time(&rest, &s_of_day, &ns) ||
        !cut_offset(&rest, &offset_s) || rest.len > 0) {
        str shown = str_sub(text, 0, text.len < TEXT_SHOWN_MAX ? text.len : TEXT_SHOWN_MAX);
        return err_set(err, ERR_BAD_TIMESTAMP,
                       "'%.*s' is not an ISO-8601 extended offset date-time", STR_ARG(shown));
    }
    int64_t s = days * S_PER_DAY + s_of_day - offset_s;
    out->ms = s * 1000 + ns / 1000000;
    out->ns_in_ms = ns % 1000000;
    return true;
}

int timestamp_cmp(struct timestamp a, struct timestamp b)
{
    if (a.ms != b.ms)
        return a.ms < b.ms ? -1 : 1;
    return (a.ns_in_ms > b.ns_in_ms) - (a.ns_in_ms < b.ns_in_ms);
}

void timestamp_print_epoch_s(int64_t ms, struct buf *out)
{
    uint64_t magnitude = ms < 0 ? -(uint64_t)ms : (uint64_t)ms;
    char text[32];
    int len = snprintf(text, sizeof text, "%s%" PRIu64 ".%03u", ms < 0 ? "-" : "", magnitude / 1000,
                       (unsigned)(magnitude % 1000));
    while (text[len - 1] == '0')
        len--;
    if (text[len - 1] == '.')
        len--;
    buf_add(out, (str){text, (size_t)len});
}
