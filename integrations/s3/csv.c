/* CSV as RFC 4180 has it: fields that may be quoted, quotes doubled within, CRLF or LF between
 * rows.
 *
 * Recorded: cells of a short row are "", those past the headers are left out, an empty line is a
 * row of empty cells but for the last; headers may not repeat. */
#include "s3_private.h"

/* Source: Developer Guide, "ItemReader (Map)": headers of up to 10 KiB. */
enum { CSV_HEADERS_MAX_BYTES = 10 * 1024 };

struct csv {
    const char *at, *end;
    char delimiter;
    struct buf field;
    bool row_ended;
};

static char delimiter_of(json config)
{
    static const struct {
        str name;
        char c;
    } rows[] = {
        {STR_INIT("COMMA"),     ',' },
        {STR_INIT("PIPE"),      '|' },
        {STR_INIT("SEMICOLON"), ';' },
        {STR_INIT("SPACE"),     ' ' },
        {STR_INIT("TAB"),       '\t'},
    };
    str name = json_str(json_get(config, STR("CSVDelimiter")));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(rows[i].name, name))
            return rows[i].c;
    return ',';
}

/* What stands between quotes; at is behind the first. */
static void quoted(struct csv *c)
{
    while (c->at < c->end) {
        char ch = *c->at++;
        if (ch != '"') {
            buf_add_char(&c->field, ch);
        } else if (c->at < c->end && *c->at == '"') {
            buf_add_char(&c->field, '"');
            c->at++;
        } else {
            return;
        }
    }
}

/* Reads a field into c->field; sets row_ended when it is the row's last. */
static void next_field(struct csv *c)
{
    buf_reset(&c->field);
    c->row_ended = false;
    if (c->at < c->end && *c->at == '"') {
        c->at++;
        quoted(c);
    }
    while (c->at < c->end && *c->at != c->delimiter && *c->at != '\n') {
        bool ends = *c->at == '\r' && (c->at + 1 == c->end || c->at[1] == '\n');
        if (!ends)
            buf_add_char(&c->field, *c->at);
        c->at++;
    }
    c->row_ended = c->at == c->end || *c->at == '\n';
    if (c->at < c->end)
        c->at++;
}

static bool text_fits(const struct csv *c, struct err *err)
{
    if (!buf_ok(&c->field))
        return err_set(err, ERR_NO_MEMORY, "no memory for a field");
    return str_utf8_valid(buf_str(&c->field)) ||
           err_set(err, ERR_VALIDATION, "The data set is not valid UTF-8.");
}

static bool headers_too_large(struct err *err)
{
    return err_set(err, ERR_TOO_LARGE, "CSV headers cannot be larger than %d bytes.",
                   CSV_HEADERS_MAX_BYTES);
}

static bool headers_given(json given, json *out, struct err *err)
{
    size_t bytes = 0;
    for (size_t i = 0; i < json_len(given); i++)
        bytes += json_str(json_at(given, i)).len + (i > 0);
    *out = json_ref(given);
    return bytes <= CSV_HEADERS_MAX_BYTES || headers_too_large(err);
}

/* Gives the header names: given, or the first row. */
static bool headers_read(struct csv *c, json config, json *out, struct err *err)
{
    if (str_eq(json_str(json_get(config, STR("CSVHeaderLocation"))), STR("GIVEN")))
        return headers_given(json_get(config, STR("CSVHeaders")), out, err);
    const char *from = c->at;
    *out = json_array(8);
    while (c->at < c->end) {
        next_field(c);
        if (c->at - from > CSV_HEADERS_MAX_BYTES)
            return headers_too_large(err);
        if (!text_fits(c, err))
            return false;
        json_build_push(out, json_string(buf_str(&c->field)));
        if (c->row_ended)
            break;
    }
    return !json_is_absent(*out) || err_set(err, ERR_NO_MEMORY, "no memory for headers");
}

/* Recorded: "CSV headers cannot contain duplicates." */
static bool headers_differ(json headers, struct err *err)
{
    json seen = json_object(json_len(headers));
    for (size_t i = 0; i < json_len(headers); i++)
        json_build_put(&seen, json_str(json_at(headers, i)), json_null());
    bool differ = json_len(seen) == json_len(headers);
    json_unref(seen);
    return differ || err_set(err, ERR_VALIDATION, "CSV headers cannot contain duplicates.");
}

static bool row_read(struct csv *c, json headers, json *out, struct err *err)
{
    size_t columns = json_len(headers);
    *out = json_object(columns);
    c->row_ended = false;
    for (size_t i = 0; i < columns || !c->row_ended; i++) {
        bool some = !c->row_ended;
        if (some)
            next_field(c);
        if (!text_fits(c, err))
            return false;
        if (i < columns)
            json_build_put(out, json_str(json_at(headers, i)),
                           json_string(some ? buf_str(&c->field) : STR("")));
    }
    return !json_is_absent(*out) || err_set(err, ERR_NO_MEMORY, "no memory for a row");
}

static bool rows_read(struct csv *c, json headers, int64_t max_items, json *out, struct err *err)
{
    *out = json_array(0);
    while (c->at < c->end && (max_items == 0 || json_len(*out) < (size_t)max_items)) {
        json row = json_absent();
        if (!row_read(c, headers, &row, err)) {
            json_unref(row);
            return false;
        }
        if (!s3_items_push_take(out, row, err))
            return false;
    }
    return true;
}

bool s3_csv_decode(str text, json config, int64_t max_items, json *out, struct err *err)
{
    struct csv c = {.at = text.ptr, .end = text.ptr + text.len, .delimiter = delimiter_of(config)};
    json headers = json_absent();
    buf_init(&c.field, S3_OBJECT_MAX_BYTES);
    bool ok = headers_read(&c, config, &headers, err) && headers_differ(headers, err) &&
              rows_read(&c, headers, max_items, out, err);
    json_unref(headers);
    buf_release(&c.field);
    return ok;
}
