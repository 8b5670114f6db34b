/* S3's XML: a page of ListObjectsV2, and what an Error says (expat).
 *
 * Only the texts of a few elements matter; they are collected by name while they are open. */
#include "base/timestamp.h"
#include "s3_private.h"

#include <expat.h>

enum { TEXT_MAX_BYTES = 8192, NESTING_MAX = 16 };

/* The elements whose texts matter: first those of an object. */
enum { ETAG, KEY, MODIFIED, SIZE, STORAGE, TOKEN, MESSAGE, CODE, TEXTS };

struct reading {
    XML_Parser parser;
    struct buf texts[TEXTS];
    struct buf *text; /* of the element that is open; NULL: of no interest */
    unsigned depth;
    bool in_contents;
    size_t most;
    json *items; /* NULL: an Error is being read */
    struct err *err;
    bool failed;
};

json s3_object_item(str etag, str key, double modified_s, int64_t size, str storage_class)
{
    json item = json_object(5);
    str bare = etag;
    if (bare.len >= 2 && bare.ptr[0] == '"')
        bare = str_sub(bare, 1, bare.len - 2);
    // Measured: "Etag", its quotes kept; LastModified in seconds, as Java writes a double.
    json_build_put(&item, STR("Etag"), json_printf("\"%.*s\"", STR_ARG(bare)));
    json_build_put(&item, STR("Key"), json_string(key));
    json_build_put(&item, STR("LastModified"), json_double(modified_s));
    json_build_put(&item, STR("Size"), json_integer(size));
    json_build_put(&item, STR("StorageClass"), json_string(storage_class));
    return item;
}

/* Where the text of an element goes; NULL: nowhere. */
static struct buf *place_of(struct reading *r, str name)
{
    static const str names[TEXTS] = {
        [ETAG] = STR_INIT("ETag"),
        [KEY] = STR_INIT("Key"),
        [MODIFIED] = STR_INIT("LastModified"),
        [SIZE] = STR_INIT("Size"),
        [STORAGE] = STR_INIT("StorageClass"),
        [TOKEN] = STR_INIT("NextContinuationToken"),
        [MESSAGE] = STR_INIT("Message"),
        [CODE] = STR_INIT("Code"),
    };
    for (int i = 0; i < TEXTS; i++)
        if ((i <= STORAGE) == r->in_contents && str_eq(names[i], name))
            return &r->texts[i];
    return NULL;
}

/* A name without its namespace's prefix. */
static str local_name(const char *name)
{
    str whole = str_from_c(name);
    str rest = whole;
    str first = str_cut(&rest, ':');
    return rest.ptr ? rest : first;
}

static void give_up(struct reading *r)
{
    r->failed = true;
    (void)XML_StopParser(r->parser, XML_FALSE); // it is running: cannot fail
}

static void XMLCALL element_start(void *context, const char *name, const char **attributes)
{
    (void)attributes;
    struct reading *r = context;
    str local = local_name(name);
    if (++r->depth > NESTING_MAX) {
        give_up(r);
        return;
    }
    if (str_eq(local, STR("Contents"))) {
        r->in_contents = true;
        for (int i = ETAG; i <= STORAGE; i++)
            buf_reset(&r->texts[i]);
    }
    r->text = place_of(r, local);
    if (r->text)
        buf_reset(r->text);
}

static void note_object(struct reading *r)
{
    struct timestamp at;
    struct err err = ERR_INIT;
    int64_t size = 0;
    if (!timestamp_parse(buf_str(&r->texts[MODIFIED]), &at, &err) ||
        !str_to_int64(buf_str(&r->texts[SIZE]), &size) || !buf_ok(&r->texts[KEY])) {
        err_release(&err);
        give_up(r);
        return;
    }
    int64_t modified_s = at.ms / MS_PER_S;
    str storage = r->texts[STORAGE].len > 0 ? buf_str(&r->texts[STORAGE]) : STR("STANDARD");
    if (r->most > 0 && json_len(*r->items) >= r->most)
        return;
    json item = s3_object_item(buf_str(&r->texts[ETAG]), buf_str(&r->texts[KEY]),
                               (double)modified_s, size, storage);
    if (!s3_items_push_take(r->items, item, r->err))
        give_up(r);
}

static void XMLCALL element_end(void *context, const char *name)
{
    struct reading *r = context;
    r->depth--;
    r->text = NULL;
    if (!str_eq(local_name(name), STR("Contents")))
        return;
    r->in_contents = false;
    if (r->items)
        note_object(r);
}

static void XMLCALL characters(void *context, const char *text, int len)
{
    struct reading *r = context;
    if (r->text)
        buf_add(r->text, (str){text, (size_t)len});
}

/* No entities of its own: none of S3's answers has a DOCTYPE. */
static void XMLCALL doctype(void *context, const char *name, const char *system_id,
                            const char *public_id, int has_internal_subset)
{
    (void)name;
    (void)system_id;
    (void)public_id;
    (void)has_internal_subset;
    give_up(context);
}

static bool read_xml(struct reading *r, str xml)
{
    for (int i = 0; i < TEXTS; i++)
        buf_init(&r->texts[i], TEXT_MAX_BYTES);
    r->parser = XML_ParserCreate("UTF-8");
    if (!r->parser || xml.len > INT32_MAX)
        return false;
    XML_SetUserData(r->parser, r);
    XML_SetElementHandler(r->parser, element_start, element_end);
    XML_SetCharacterDataHandler(r->parser, characters);
    XML_SetStartDoctypeDeclHandler(r->parser, doctype);
    return XML_Parse(r->parser, xml.ptr, (int)xml.len, XML_TRUE) == XML_STATUS_OK && !r->failed;
}

static void reading_release(struct reading *r)
{
    for (int i = 0; i < TEXTS; i++)
        buf_release(&r->texts[i]);
    if (r->parser)
        XML_ParserFree(r->parser);
}

bool s3_listing_read(str xml, size_t most, json *items, struct buf *next, struct err *err)
{
    struct reading r = {.most = most, .items = items, .err = err};
    bool ok = read_xml(&r, xml) && buf_ok(&r.texts[TOKEN]);
    if (ok)
        buf_add(next, buf_str(&r.texts[TOKEN]));
    reading_release(&r);
    if (!ok && !err_is_set(err)) // else there were too many
        (void)err_set(err, ERR_VALIDATION, "The endpoint's list of objects cannot be read");
    return ok;
}

void s3_error_read(str xml, struct buf *out)
{
    struct reading r = {0};
    if (read_xml(&r, xml)) {
        buf_add(out, buf_str(&r.texts[MESSAGE]));
        if (r.texts[CODE].len > 0)
            buf_printf(out, "%s(Service: S3, Error Code: %.*s)", r.texts[MESSAGE].len ? " " : "",
                       STR_ARG(buf_str(&r.texts[CODE])));
    }
    reading_release(&r);
}
