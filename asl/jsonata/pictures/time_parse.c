/* A text by a picture: $toMillis.
 *
 * Markers take what they can from left to right; where a later one finds nothing, an earlier one
 * gives something back. Components that a picture leaves out before those it has are today's, those
 * after them their first. */
#include "pictures_private.h"

struct parsing {
    const struct time_picture *picture;
    str text;
    str taken[MARKERS_MAX];
    size_t steps;
};

enum { STEPS_MAX = 100000 };

/* -- matching -- */

static size_t letters_span(str text)
{
    size_t n = 0;
    while (n < text.len && (text.ptr[n] | 0x20) >= 'a' && (text.ptr[n] | 0x20) <= 'z')
        n++;
    return n;
}

static size_t digits_span(str text)
{
    size_t n = 0;
    while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9')
        n++;
    return n;
}

/* ±digits, with a separator and digits if the picture has one; GMT before it for 'z'. */
static size_t zone_span(const struct marker *m, str text)
{
    size_t n = 0;
    if (m->component == 'z') {
        if (text.len < 3 || !str_eq_nocase(str_sub(text, 0, 3), STR("GMT")))
            return 0;
        n = 3;
    }
    if (n >= text.len || !is_of(text.ptr[n], "+-"))
        return 0;
    size_t digits = digits_span(str_skip(text, ++n));
    n += digits;
    if (digits == 0 || m->integer.separators_count == 0)
        return digits > 0 ? n : 0;
    char separator[4];
    str wanted = {separator, str_utf8_encode(m->integer.separators[0].character, separator)};
    if (!str_starts(str_skip(text, n), wanted))
        return 0;
    n += wanted.len;
    digits = digits_span(str_skip(text, n));
    return digits > 0 ? n + digits : 0;
}

/* The most bytes that a marker may take. */
static size_t span(const struct marker *m, str text)
{
    if (m->component == 'Z' || m->component == 'z')
        return zone_span(m, text);
    return m->has_integer ? integer_picture_span(&m->integer, text) : letters_span(text);
}

/* Bytes of text that a literal takes, its case ignored; text.len + 1: it does not match. */
static size_t literal_span(str literal, str text)
{
    size_t n = 0;
    for (size_t i = 0; i < literal.len; i++, n++) {
        if (n >= text.len || !str_eq_nocase(str_sub(literal, i, 1), str_sub(text, n, 1)))
            return text.len + 1;
        i += literal.ptr[i] == ']' && i + 1 < literal.len && literal.ptr[i + 1] == ']';
    }
    return n;
}

static bool match(struct parsing *p, size_t marker, size_t at)
{
    str rest = str_skip(p->text, at);
    if (marker == p->picture->count)
        return rest.len == 0;
    if (++p->steps > STEPS_MAX)
        return false;
    const struct marker *m = &p->picture->markers[marker];
    if (m->literal.ptr) {
        size_t n = literal_span(m->literal, rest);
        return n <= rest.len && match(p, marker + 1, at + n);
    }
    for (size_t n = span(m, rest); n > 0; n--) {
        p->taken[marker] = str_sub(rest, 0, n);
        if (match(p, marker + 1, at + n))
            return true;
        bool digits = m->has_integer && m->integer.kind == INTEGER_DECIMAL;
        if (digits && (m->integer.ordinal || n <= m->integer.parse_min))
            return false;
    }
    return false;
}

/* -- values -- */

static bool parse_name(const struct marker *m, str text, double *out, struct err *err)
{
    *out = (double)NAN;
    if (m->component == 'P') {
        *out = str_eq_nocase(text, STR("pm")) ? 1 : 0;
        return true;
    }
    bool months = m->component == 'M' || m->component == 'x';
    if (!months && m->component != 'F')
        return picture_fail(err,
                            "D3133: The 'name' modifier can only be applied to months and days in "
                            "the date/time picture string, not ",
                            (str){&m->component, 1}, "");
    for (size_t i = 1; i <= (months ? 12 : 7); i++) {
        str name = str_from_c(months ? month_names[i - 1] : day_names[i]);
        if (m->width_max >= 0 && name.len > (size_t)m->width_max)
            name.len = (size_t)m->width_max;
        if (str_eq(name, text))
            *out = (double)i;
    }
    return true;
}

static double number_at(str text)
{
    double n = 0;
    for (size_t i = 0; i < text.len && text.ptr[i] >= '0' && text.ptr[i] <= '9'; i++)
        n = n * 10 + (text.ptr[i] - '0');
    return n;
}

/* Minutes. */
static double parse_zone(const struct marker *m, str text)
{
    text = str_skip(text, m->component == 'z' ? 3 : 0);
    double sign = text.ptr[0] == '-' ? -1 : 1;
    text = str_skip(text, 1);
    size_t digits = digits_span(text);
    double hours = number_at(text), minutes = 0;
    if (m->integer.separators_count > 0) {
        minutes = number_at(str_skip(text, digits + 1));
    } else if (digits > 2) {
        hours = number_at(str_sub(text, 0, 2));
        minutes = number_at(str_skip(text, 2));
    }
    // As the reference implementation: the sign is that of the hours alone.
    return sign * hours * 60 + minutes;
}

static bool parse_marker(const struct marker *m, str text, double *out, struct err *err)
{
    if (m->component == 'Z' || m->component == 'z') {
        *out = parse_zone(m, text);
        return true;
    }
    return m->has_integer ? integer_picture_parse(&m->integer, text, out, err)
                          : parse_name(m, text, out, err);
}

/* -- the moment -- */

struct components {
    bool given[128];
    double value[128];
};

static bool is_given(const struct components *c, char component)
{
    return c->given[(unsigned char)component] && c->value[(unsigned char)component] != 0;
}

/* Are some of these given, and none of those others? */
static bool is_kind(const struct components *c, const char *these, const char *all)
{
    bool some = false;
    for (; *all; all++) {
        if (!is_given(c, *all))
            continue;
        if (!is_of(*all, these))
            return false;
        some = true;
    }
    return some;
}

static bool underspecified(struct err *err)
{
    return err_set(err, ERR_JSONATA,
                   "D3136: The date/time picture string is missing specifiers required to parse "
                   "the timestamp");
}

static bool fill_in(struct components *c, const char *order, double now_ms, struct err *err)
{
    bool begun = false, ended = false;
    for (; *order; order++) {
        unsigned char i = (unsigned char)*order;
        if (c->given[i]) {
            begun = true;
            if (ended)
                return underspecified(err);
            continue;
        }
        c->value[i] = begun ? (is_of(*order, "MDd") ? 1 : 0) : time_component(now_ms, *order);
        ended |= begun;
    }
    return true;
}

static double value_of(const struct components *c, char component)
{
    double v = c->value[(unsigned char)component];
    return isfinite(v) && fabs(v) < 1e9 ? v : 0;
}

/* By which components a date is told, and which of them come first. */
enum date_kind { DATE_PLAIN, DATE_BY_DAY, DATE_BY_MONTH_WEEK, DATE_BY_WEEK };

static enum date_kind date_kind_of(const struct components *c)
{
    static const char dates[] = "YXMxWwdD";
    if (!is_kind(c, "YMD", dates) && is_kind(c, "Yd", dates))
        return DATE_BY_DAY;
    if (is_kind(c, "Xxw", dates))
        return DATE_BY_MONTH_WEEK;
    return is_kind(c, "XW", dates) ? DATE_BY_WEEK : DATE_PLAIN;
}

static double minutes_of_zone(const struct components *c)
{
    return c->given['Z'] ? value_of(c, 'Z') : c->given['z'] ? value_of(c, 'z') : 0;
}

static bool moment(struct components *c, int64_t now_ms, double *out, struct err *err)
{
    static const char times[] = "PHhmsf";
    static const char *const orders[][2] = {
        [DATE_PLAIN] = {"YMDHmsf",  "YMDPhmsf" },
        [DATE_BY_DAY] = {"YDHmsf",   "YDPhmsf"  },
        [DATE_BY_MONTH_WEEK] = {"XxwFHmsf", "XxwFPhmsf"},
        [DATE_BY_WEEK] = {"XWFHmsf",  "XWFPhmsf" },
    };
    enum date_kind kind = date_kind_of(c);
    bool by_day = kind == DATE_BY_DAY;
    bool half_days = !is_kind(c, "Hmsf", times) && is_kind(c, "Phmsf", times);
    if (!fill_in(c, orders[kind][half_days], (double)now_ms, err))
        return false;
    if (kind == DATE_BY_MONTH_WEEK || kind == DATE_BY_WEEK)
        return underspecified(err);
    struct civil at = {
        .year = (int64_t)value_of(c, 'Y'),
        .month = value_of(c, 'M') > 0 ? (int64_t)value_of(c, 'M') : 1,
        .day = (int64_t)value_of(c, by_day ? 'd' : 'D'),
        .hour = (int64_t)value_of(c, 'H'),
        .minute = (int64_t)value_of(c, 'm'),
        .second = (int64_t)value_of(c, 's'),
        .ms = (int64_t)value_of(c, 'f'),
    };
    if (by_day)
        at.month = 1;
    if (half_days)
        at.hour = (int64_t)value_of(c, 'h') % 12 + (value_of(c, 'P') == 1 ? 12 : 0);
    *out = ms_of_civil(&at) - minutes_of_zone(c) * 60000;
    return true;
}

static bool parse_picture(const struct time_picture *picture, str text, int64_t now_ms, bool *found,
                          double *out, struct err *err)
{
    struct parsing p = {.picture = picture, .text = text};
    struct components c = {0};
    bool some = false;
    *found = false;
    if (!match(&p, 0, 0))
        return true;
    for (size_t i = 0; i < picture->count; i++) {
        const struct marker *m = &picture->markers[i];
        unsigned char component = (unsigned char)m->component & 0x7F;
        if (m->literal.ptr)
            continue;
        if (!parse_marker(m, p.taken[i], &c.value[component], err))
            return false;
        c.given[component] = some = true;
    }
    *found = some;
    return !some || moment(&c, now_ms, out, err);
}

/* -- without a picture -- */

/* Takes n digits off *text. */
static bool take_digits(str *text, size_t n, int64_t *out)
{
    if (digits_span(*text) < n)
        return false;
    *out = (int64_t)number_at(str_sub(*text, 0, n));
    *text = str_skip(*text, n);
    return true;
}

static bool take(str *text, char c)
{
    if (text->len == 0 || text->ptr[0] != c)
        return false;
    *text = str_skip(*text, 1);
    return true;
}

static bool take_offset(str *text, double *minutes)
{
    int64_t hours, more;
    double sign = str_starts(*text, STR("-")) ? -1 : 1;
    *minutes = 0;
    if (text->len == 0 || take(text, 'Z'))
        return true;
    if ((!take(text, '+') && !take(text, '-')) || !take_digits(text, 2, &hours))
        return false;
    (void)take(text, ':');
    if (!take_digits(text, 2, &more))
        return false;
    *minutes = sign * (double)(hours * 60 + more);
    return true;
}

static bool parse_iso(str text, double *out)
{
    struct civil c = {.month = 1, .day = 1};
    double offset;
    bool ok = take_digits(&text, 4, &c.year);
    if (ok && take(&text, '-'))
        ok = take_digits(&text, 2, &c.month);
    if (ok && take(&text, '-'))
        ok = take_digits(&text, 2, &c.day);
    if (ok && take(&text, 'T'))
        ok = take_digits(&text, 2, &c.hour) && take(&text, ':') &&
             take_digits(&text, 2, &c.minute) && take(&text, ':') &&
             take_digits(&text, 2, &c.second);
    if (ok && take(&text, '.')) {
        size_t digits = digits_span(text);
        double fraction = number_at(str_sub(text, 0, digits < 3 ? digits : 3));
        for (size_t i = digits; i < 3; i++)
            fraction *= 10;
        c.ms = (int64_t)fraction;
        text = str_skip(text, digits);
        ok = digits > 0;
    }
    ok = ok && take_offset(&text, &offset) && text.len == 0 && c.month >= 1 && c.month <= 12 &&
         c.day >= 1 && c.day <= 31 && c.hour <= 24 && c.minute < 60 && c.second < 60;
    if (ok)
        *out = ms_of_civil(&c) - offset * 60000;
    return ok;
}

bool picture_time_parse(str text, str picture, int64_t now_ms, bool *found, double *out,
                        struct err *err)
{
    struct time_picture p;
    *found = true;
    if (!picture.ptr)
        return parse_iso(text, out) ||
               picture_fail(err,
                            "D3110: The argument of the toMillis function must be an ISO 8601 "
                            "formatted timestamp. Given ",
                            text, "");
    bool ok =
        time_picture_read(picture, &p, err) && parse_picture(&p, text, now_ms, found, out, err);
    mem_free(p.markers);
    return ok;
}
