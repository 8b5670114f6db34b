/* Pictures of times: "[Y0001]-[M01]-[D01]", read into markers and the texts between them. */
#include "pictures_private.h"

struct reader {
    struct time_picture *out;
    str picture;
    struct err *err;
};

static struct marker *add(struct reader *r)
{
    if (r->out->count == MARKERS_MAX) {
        (void)picture_too_long(r->err);
        return NULL;
    }
    struct marker *m = &r->out->markers[r->out->count++];
    *m = (struct marker){.width_min = -1, .width_max = -1, .digits = -1};
    return m;
}

static bool add_literal(struct reader *r, size_t from, size_t to)
{
    struct marker *m = to > from ? add(r) : NULL;
    if (m)
        m->literal = str_sub(r->picture, from, to - from);
    return to <= from || m;
}

/* -1: none, "*", or no number. */
static int64_t width_of(str text)
{
    int64_t n = -1;
    size_t digits = 0;
    while (digits < text.len && text.ptr[digits] >= '0' && text.ptr[digits] <= '9')
        digits++;
    return digits > 0 && digits < 10 && str_to_int64(str_sub(text, 0, digits), &n) ? n : -1;
}

static const char *default_presentation(char component)
{
    static const struct {
        char component;
        const char *presentation;
    } rows[] = {
        {'Y', "1"    },
        {'M', "1"    },
        {'D', "1"    },
        {'d', "1"    },
        {'F', "n"    },
        {'W', "1"    },
        {'w', "1"    },
        {'X', "1"    },
        {'x', "1"    },
        {'H', "1"    },
        {'h', "1"    },
        {'P', "n"    },
        {'m', "01"   },
        {'s', "01"   },
        {'f', "1"    },
        {'C', "n"    },
        {'E', "n"    },
        {'Z', "01:01"},
        {'z', "01:01"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].component == component)
            return rows[i].presentation;
    return NULL;
}

/* The digits of a marker. Of a year, month or day a text must have as many as are written. */
static bool read_integer(struct reader *r, struct marker *m, str presentation, bool ordinal)
{
    struct buf text;
    buf_init(&text, 4096);
    buf_add(&text, presentation);
    if (ordinal)
        buf_add(&text, STR(";o"));
    bool ok = buf_ok(&text) ? integer_picture_read(buf_str(&text), &m->integer, r->err)
                            : picture_too_long(r->err);
    // What it lends from the text is the presentation, which lasts.
    m->integer.token = presentation;
    buf_release(&text);
    if (!ok)
        return false;
    m->has_integer = true;
    struct integer_picture *p = &m->integer;
    if (m->width_min > DIGITS_MAX || m->width_max > DIGITS_MAX)
        return picture_too_long(r->err);
    if (m->width_min >= 0 && p->mandatory < (size_t)m->width_min)
        p->mandatory = (size_t)m->width_min;
    if (!is_of(m->component, "YMD"))
        return true;
    size_t written = p->mandatory + p->optional;
    if (m->width_max >= 0) {
        m->digits = m->width_max;
        p->mandatory = (size_t)m->width_max;
    } else if (written >= 2) {
        m->digits = (int64_t)written;
    }
    if (m->digits > 0) {
        p->parse_max = (size_t)m->digits;
        p->parse_min = p->parse_max > p->optional ? p->parse_max - p->optional : 0;
    }
    return true;
}

static bool read_presentation(struct reader *r, struct marker *m, str presentation)
{
    char last = (char)(presentation.len > 1 ? presentation.ptr[presentation.len - 1] : '\0');
    bool ordinal = last == 'o';
    if (is_of(last, "atco")) {
        m->traditional = last == 't';
        presentation.len--;
    }
    if (presentation.len == 0) {
        const char *usual = default_presentation(m->component);
        if (!usual)
            return picture_fail(r->err, "D3132: Unknown component specifier ",
                                (str){&m->component, m->component != '\0'},
                                " in date/time picture string");
        presentation = str_from_c(usual);
    }
    if (presentation.ptr[0] == 'n' || presentation.ptr[0] == 'N') {
        bool title = presentation.len > 1 && presentation.ptr[1] == 'n';
        m->names = true;
        m->letters = presentation.ptr[0] == 'n' ? CASE_LOWER : title ? CASE_TITLE : CASE_UPPER;
        return true;
    }
    if (is_of(m->component, "YMDdFWwXxHhmsf"))
        return read_integer(r, m, presentation, ordinal);
    if (m->component != 'Z' && m->component != 'z')
        return true;
    bool ok = integer_picture_read(presentation, &m->integer, r->err);
    m->integer.token = presentation;
    return ok;
}

/* text: what stands between the brackets, without blanks. */
static bool read_marker(struct reader *r, str text)
{
    struct marker *m = add(r);
    if (!m)
        return false;
    m->component = (char)(text.len > 0 ? text.ptr[0] : '\0');
    size_t comma = text.len;
    while (comma > 0 && text.ptr[comma - 1] != ',')
        comma--;
    str presentation = str_skip(text, text.len > 0);
    if (comma > 0) {
        str most = str_skip(text, comma), least = str_cut(&most, '-');
        m->width_min = width_of(least);
        m->width_max = most.ptr ? width_of(most) : -1;
        presentation.len = comma >= 2 ? comma - 2 : 0;
    }
    return read_presentation(r, m, presentation);
}

/* Lends text without its blanks from space. */
static str without_blanks(str text, char *space, size_t size)
{
    size_t len = 0;
    for (size_t i = 0; i < text.len && len < size; i++)
        if (!is_of(text.ptr[i], " \t\r\n\v\f"))
            space[len++] = text.ptr[i];
    return (str){space, len};
}

static bool read_all(struct reader *r, char *space)
{
    str p = r->picture;
    size_t from = 0, at = 0, used = 0;
    while (at < p.len) {
        if (p.ptr[at] != '[') {
            at++;
            continue;
        }
        if (!add_literal(r, from, at))
            return false;
        if (at + 1 < p.len && p.ptr[at + 1] == '[') {
            if (!add_literal(r, at, at + 1))
                return false;
            at += 2;
            from = at;
            continue;
        }
        size_t end = str_find_char(p, at, ']');
        if (end == p.len)
            return err_set(r->err, ERR_JSONATA,
                           "D3135: No matching closing bracket ']' in date/time picture string");
        str text = without_blanks(str_sub(p, at + 1, end - at - 1), space + used, p.len - used);
        used += text.len;
        if (!read_marker(r, text))
            return false;
        from = at = end + 1;
    }
    return add_literal(r, from, p.len);
}

bool time_picture_read(str picture, struct time_picture *out, struct err *err)
{
    struct reader r = {out, picture, err};
    // The markers, and behind them the texts of those that had blanks.
    size_t markers = MARKERS_MAX * sizeof(struct marker);
    out->count = 0;
    out->markers = NULL;
    if (picture.len > (size_t)4 * PICTURE_MAX)
        return picture_too_long(err);
    out->markers = mem_try(markers + picture.len);
    if (!out->markers)
        return err_set(err, ERR_NO_MEMORY, "no memory for a picture");
    return read_all(&r, (char *)out->markers + markers);
}
