/* The proleptic Gregorian calendar, and ISO 8601's weeks of a year and of a month: the first week
 * is that which has the first Thursday. */
#include "pictures_private.h"

static const double ms_per_day = 86400000;
static const double ms_per_week = 604800000;

const char *const month_names[12] = {"January",   "February", "March",    "April",
                                     "May",       "June",     "July",     "August",
                                     "September", "October",  "November", "December"};
const char *const day_names[8] = {"",         "Monday", "Tuesday",  "Wednesday",
                                  "Thursday", "Friday", "Saturday", "Sunday"};

/* Days from 1970-01-01 to a civil date. Source: the usual arithmetic of 400-year eras. */
static double days_of(int64_t year, int64_t month, int64_t day)
{
    year += month <= 2 ? -1 : 0;
    int64_t era = (year >= 0 ? year : year - 399) / 400;
    int64_t year_of_era = year - era * 400;
    int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5;
    int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
    return (double)(era * 146097 + day_of_era - 719468) + (double)(day - 1);
}

struct civil civil_of(double ms)
{
    struct civil c;
    double days = floor(ms / ms_per_day), rest = ms - days * ms_per_day;
    int64_t z = (int64_t)days + 719468;
    int64_t era = (z >= 0 ? z : z - 146096) / 146097;
    int64_t doe = z - era * 146097;
    int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
    int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    int64_t mp = (5 * doy + 2) / 153;
    int64_t in_day = (int64_t)rest;
    c.day = doy - (153 * mp + 2) / 5 + 1;
    c.month = mp < 10 ? mp + 3 : mp - 9;
    c.year = yoe + era * 400 + (c.month <= 2);
    c.hour = in_day / 3600000;
    c.minute = in_day / 60000 % 60;
    c.second = in_day / 1000 % 60;
    c.ms = in_day % 1000;
    return c;
}

double ms_of_civil(const struct civil *c)
{
    int64_t months = c->year * 12 + c->month - 1;
    int64_t year = months >= 0 ? months / 12 : -((-months + 11) / 12);
    double days = days_of(year, months - year * 12 + 1, 1) + (double)(c->day - 1);
    return days * ms_per_day + (double)c->hour * 3600000 + (double)c->minute * 60000 +
           (double)c->second * 1000 + (double)c->ms;
}

/* 1 Monday to 7 Sunday. */
static int64_t weekday(double ms)
{
    double days = floor(ms / ms_per_day);
    double of_week = fmod(days + 3, 7); // 1970-01-01 was a Thursday
    return (int64_t)(of_week < 0 ? of_week + 7 : of_week) + 1;
}

static double start_of_month(int64_t year, int64_t month)
{
    struct civil c = {.year = year, .month = month, .day = 1};
    return ms_of_civil(&c);
}

/* The Monday of the first week of a year (month 1) or month. */
static double first_week(int64_t year, int64_t month)
{
    double first = start_of_month(year, month);
    int64_t day = weekday(first);
    return day > 4 ? first + (double)(8 - day) * ms_per_day
                   : first - (double)(day - 1) * ms_per_day;
}

/* Weeks are counted in spans of `months`: 12, a year, or 1. */
static double week_number(double ms, int64_t year, int64_t month, int64_t months)
{
    double start = first_week(year, month), next = first_week(year, month + months);
    if (ms >= next)
        start = next;
    else if (ms < start)
        start = first_week(year, month - months);
    return floor((ms - start) / ms_per_week) + 1;
}

/* By how many spans the week of a moment belongs to another than the moment itself. */
static int64_t week_shift(double ms, int64_t year, int64_t month, int64_t months)
{
    return ms < first_week(year, month) ? -1 : ms >= first_week(year, month + months) ? 1 : 0;
}

double time_component(double ms, char component)
{
    struct civil c = civil_of(ms);
    double today = floor(ms / ms_per_day) * ms_per_day;
    switch (component) {
    case 'Y': return (double)c.year;
    case 'M': return (double)c.month;
    case 'D': return (double)c.day;
    case 'd': return (today - start_of_month(c.year, 1)) / ms_per_day + 1;
    case 'F': return (double)weekday(ms);
    case 'W': return week_number(today, c.year, 1, 12);
    case 'w': return week_number(today, c.year, c.month, 1);
    case 'X': return (double)(c.year + week_shift(ms, c.year, 1, 12));
    case 'x': return (double)((c.month + week_shift(ms, c.year, c.month, 1) + 11) % 12 + 1);
    case 'H': return (double)c.hour;
    case 'h': return (double)(c.hour % 12 == 0 ? 12 : c.hour % 12);
    case 'P': return c.hour >= 12;
    case 'm': return (double)c.minute;
    case 's': return (double)c.second;
    case 'f': return (double)c.ms;
    default: return 0;
    }
}
