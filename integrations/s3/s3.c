/* The rows of this room, and what their calls have in common. */
#include "net/url.h"
#include "s3_private.h"

#include <limits.h>
#include <stdarg.h>
#include <stdio.h>

enum { CAUSE_MAX_BYTES = 2048 };

/* -- what is asked for -- */

bool s3_ask_read(struct task *t, struct s3_ask *out)
{
    json p = task_request_of(t)->parameters;
    *out = (struct s3_ask){
        .bucket = json_str(json_get(p, STR("Bucket"))),
        .key = json_str(json_get(p, STR("Key"))),
        .prefix = json_str(json_get(p, STR("Prefix"))),
        .version = json_str(json_get(p, STR("VersionId"))),
        .config = json_get(p, STR("ReaderConfig")),
        .body = json_str(json_get(p, STR("Body"))),
    };
    (void)json_get_int64(out->config, STR("MaxItems"), &out->max_items);
    if (out->max_items < 0)
        s3_fail(t, "field MaxItems must be positive"); // recorded
    return out->max_items >= 0;
}

/* Source: S3 User Guide, "Bucket naming rules". What is not so does not come near a URL or a path.
 */
static bool is_bucket(str name)
{
    bool good = name.len >= 3 && name.len <= 63;
    for (size_t i = 0; good && i < name.len; i++) {
        char c = name.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
    }
    return good && name.ptr[0] != '.' && name.ptr[0] != '-';
}

/* -- ends -- */

static bool is_writing(const struct task *t)
{
    return str_eq(task_resource_of(t)->api, STR("putObject"));
}

void s3_fail(struct task *t, const char *format, ...)
{
    char cause[CAUSE_MAX_BYTES];
    va_list args;
    va_start(args, format);
    int n = vsnprintf(cause, sizeof cause, format, args);
    va_end(args);
    // What an object or an endpoint said may have been cut within a character.
    str text = n < 0 ? STR("") : str_from_c(cause);
    text = str_sub(text, 0, str_utf8_find_bad(text));
    task_failed(
        t, is_writing(t) ? STR("States.ResultWriterFailed") : STR("States.ItemReaderFailed"), text);
}

void s3_fail_with(struct task *t, struct err *err)
{
    s3_fail(t, "%.*s", STR_ARG(err_text(err)));
    err_release(err);
}

void s3_give_items(struct task *t, json items_taken)
{
    json output = json_object(1);
    json_build_put(&output, STR("Items"), items_taken);
    if (json_is_absent(output))
        s3_fail(t, "no memory for the items");
    else
        task_succeeded(t, output);
}

/* -- where a bucket is -- */

static bool endpoint_check(str endpoint, struct err *err)
{
    struct url url;
    if (endpoint.len == 0)
        return true;
    if (!url_parse(endpoint, &url, err)) {
        err_wrap(err, "--s3-endpoint: ");
        err->id = ERR_BAD_SETTING;
        return false;
    }
    return url.query.len == 0 ||
           err_set(err, ERR_BAD_SETTING, "--s3-endpoint: '%.*s' has a query", STR_ARG(endpoint));
}

bool s3_settings_check(str endpoint, str buckets, struct err *err)
{
    str rest = buckets;
    while (rest.ptr && buckets.len > 0) {
        str directory = str_cut(&rest, ',');
        str name = str_cut(&directory, '=');
        if (!is_bucket(name) || directory.len == 0 || directory.len >= PATH_MAX)
            return err_set(err, ERR_BAD_SETTING,
                           "--s3-buckets: '%.*s' is not a list of NAME=DIRECTORY, with names that "
                           "S3 takes",
                           STR_ARG(buckets));
    }
    return endpoint_check(endpoint, err);
}

str s3_directory_of(const struct task *t, str bucket)
{
    str rest = task_services_of(t)->s3.buckets;
    while (rest.ptr && rest.len > 0) {
        str directory = str_cut(&rest, ',');
        str name = str_cut(&directory, '=');
        if (str_eq(name, bucket))
            return directory;
    }
    return STR_NONE;
}

/* Sends the call to where its bucket is. */
static void begin(struct task *t, s3_work *in_directory, void (*at_endpoint)(struct task *))
{
    struct s3_ask ask;
    if (!s3_ask_read(t, &ask))
        return;
    if (!is_bucket(ask.bucket))
        s3_fail(t, "'%.*s' is not a name that a bucket can have", STR_ARG(ask.bucket));
    else if (ask.key.ptr && (ask.key.len == 0 || ask.key.len > S3_KEY_MAX))
        s3_fail(t, "A key has 1 to %d bytes, not %zu", S3_KEY_MAX, ask.key.len);
    else if (s3_directory_of(t, ask.bucket).ptr)
        s3_files_do(t, in_directory, STR_NONE);
    else if (task_services_of(t)->s3.endpoint.len > 0)
        at_endpoint(t);
    else
        s3_fail(t,
                "The bucket '%.*s' is not known: --s3-buckets names no directory for it, and "
                "--s3-endpoint is not set",
                STR_ARG(ask.bucket));
}

static void get_begin(struct task *t)
{
    begin(t, s3_directory_get, s3_endpoint_get);
}

static void list_begin(struct task *t)
{
    begin(t, s3_directory_list, s3_endpoint_list);
}

static void put_begin(struct task *t)
{
    begin(t, s3_directory_put, s3_endpoint_put);
}

/* -- rows -- */

static const struct task_parameter get_parameters[] = {
    {STR_INIT("Bucket"),              TASK_STRING, true },
    {STR_INIT("Key"),                 TASK_STRING, true },
    {STR_INIT("VersionId"),           TASK_STRING, false},
    {STR_INIT("ExpectedBucketOwner"), TASK_STRING, false},
    {STR_INIT("ReaderConfig"),        TASK_OBJECT, false},
};
static const struct task_parameter list_parameters[] = {
    {STR_INIT("Bucket"),              TASK_STRING, true },
    {STR_INIT("Prefix"),              TASK_STRING, false},
    {STR_INIT("ExpectedBucketOwner"), TASK_STRING, false},
    {STR_INIT("ReaderConfig"),        TASK_OBJECT, false},
};
static const struct task_parameter put_parameters[] = {
    {STR_INIT("Bucket"), TASK_STRING, true},
    {STR_INIT("Key"),    TASK_STRING, true},
    {STR_INIT("Body"),   TASK_STRING, true},
};

#define COUNT(rows) (sizeof(rows) / sizeof(rows)[0])
#define ROW(api_, parameters_, begin_)                                                             \
    {                                                                                              \
        .name = STR_INIT("s3:" api_), .type = STR_INIT("s3"), .api = STR_INIT(api_),               \
        .parameters = (parameters_), .parameters_count = COUNT(parameters_), .large = true,        \
        .begin = (begin_)                                                                          \
    }

static const struct task_resource rows[] = {
    ROW("getObject", get_parameters, get_begin),
    ROW("listObjectsV2", list_parameters, list_begin),
    ROW("putObject", put_parameters, put_begin),
};

const struct task_resource *s3_resource(str name)
{
    for (size_t i = 0; i < COUNT(rows); i++)
        if (str_eq(rows[i].name, name))
            return &rows[i];
    return NULL;
}
