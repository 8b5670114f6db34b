/* A moment by a picture: $fromMillis. */
#include "pictures_private.h"

#include <stdlib.h>

static const str iso = STR_INIT("[Y0001]-[M01]-[D01]T[H01]:[m01]:[s01].[f001][Z01:01t]");
static const double ms_max = 8.64e15; /* of a time. Source: ECMA-262, "Time Values" */

struct moment {
    double ms;
    int64_t offset_hours, offset_minutes;
};

/* "+0530"; anything else is none, as to a reader of leading digits. */
static void read_zone(str zone, struct moment *m)
{
    int64_t n = 0;
    size_t len = zone.len > 0 && is_of(zone.ptr[0], "+-");
    bool negative = len > 0 && zone.ptr[0] == '-';
    for (; len < zone.len && len < 7 && zone.ptr[len] >= '0' && zone.ptr[len] <= '9'; len++)
        n = n * 10 + (zone.ptr[len] - '0');
    n = negative ? -n : n;
    m->offset_hours = (int64_t)floor((double)n / 100);
    m->offset_minutes = n % 100;
}

static void add_cased(struct buf *out, str text, enum letter_case letters)
{
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (letters == CASE_UPPER && c >= 'a' && c <= 'z')
            c = (char)(c - 32);
        else if (letters == CASE_LOWER && c >= 'A' && c <= 'Z')
            c = (char)(c + 32);
        buf_add_char(out, c);
    }
}

static bool print_name(const struct marker *m, double value, struct buf *out, struct err *err)
{
    const char *name;
    if (m->component == 'M' || m->component == 'x')
        name = month_names[(size_t)value - 1];
    else if (m->component == 'F')
        name = day_names[(size_t)value];
    else
        return picture_fail(err,
                            "D3133: The 'name' modifier can only be applied to months and days in "
                            "the date/time picture string, not ",
                            (str){&m->component, 1}, "");
    str text = str_from_c(name);
    if (m->width_max >= 0 && text.len > (size_t)m->width_max)
        text.len = (size_t)m->width_max;
    add_cased(out, text, m->letters);
    return true;
}

static bool print_number(const struct marker *m, double ms, struct buf *out, struct err *err)
{
    double value = time_component(ms, m->component);
    if (m->component == 'Y' && m->digits >= 0)
        value = fmod(value, pow(10, (double)m->digits));
    if (m->names)
        return print_name(m, value, out, err);
    return integer_picture_print(&m->integer, value, out, err);
}

static bool print_zone(const struct marker *m, const struct moment *at, struct buf *out,
                       struct err *err)
{
    const struct integer_picture *p = &m->integer;
    int64_t offset = at->offset_hours * 100 + at->offset_minutes;
    if (offset == 0 && m->traditional) {
        buf_add_char(out, 'Z');
        return true;
    }
    if (m->component == 'z')
        buf_add(out, STR("GMT"));
    if (offset >= 0)
        buf_add_char(out, '+');
    if (p->regular == 0 && p->mandatory > 4)
        return err_set(err, ERR_JSONATA,
                       "D3134: The timezone integer format specifier cannot have more than four "
                       "digits");
    if (p->regular > 0 || p->mandatory >= 3)
        return integer_picture_print(p, (double)offset, out, err);
    if (!integer_picture_print(p, (double)at->offset_hours, out, err))
        return false;
    if (at->offset_minutes != 0)
        buf_printf(out, ":%02d", abs((int)at->offset_minutes));
    return true;
}

static bool print_marker(const struct marker *m, const struct moment *at, double ms,
                         struct buf *out, struct err *err)
{
    if (is_of(m->component, "YMDdFWwXxHhmsf"))
        return print_number(m, ms, out, err);
    if (m->component == 'Z' || m->component == 'z')
        return print_zone(m, at, out, err);
    if (m->component == 'P')
        add_cased(out, time_component(ms, 'P') > 0 ? STR("pm") : STR("am"), m->letters);
    else if (is_of(m->component, "CE"))
        buf_add(out, STR("ISO"));
    else
        return picture_fail(err, "D3132: Unknown component specifier ", (str){&m->component, 1},
                            " in date/time picture string");
    return true;
}

static void print_literal(str text, struct buf *out)
{
    for (size_t i = 0; i < text.len; i++) {
        buf_add_char(out, text.ptr[i]);
        i += text.ptr[i] == ']' && i + 1 < text.len && text.ptr[i + 1] == ']';
    }
}

bool picture_time_format(double ms, str picture, str timezone, struct buf *out, struct err *err)
{
    struct time_picture p;
    struct moment at = {ms, 0, 0};
    if (timezone.ptr)
        read_zone(timezone, &at);
    double local = trunc(ms) + (double)(60 * at.offset_hours + at.offset_minutes) * 60000;
    bool ok = time_picture_read(picture.ptr ? picture : iso, &p, err);
    if (ok && !(fabs(local) <= ms_max))
        ok = err_set(err, ERR_JSONATA, "D3137: The time is out of range");
    for (size_t i = 0; ok && i < p.count; i++) {
        if (p.markers[i].literal.ptr)
            print_literal(p.markers[i].literal, out);
        else
            ok = print_marker(&p.markers[i], &at, local, out, err);
    }
    mem_free(p.markers);
    return ok;
}
