/* S3's XML: pages of a list, errors, and what is neither. */
#include "integrations/s3/data_set.h"
#include "unit.h"

#define OBJECT(key, size)                                                                          \
    "<Contents><Key>" key "</Key><LastModified>2026-09-12T10:00:00.000Z</LastModified>"            \
    "<ETag>&quot;ab&quot;</ETag><Size>" size "</Size>"                                             \
    "<StorageClass>STANDARD</StorageClass></Contents>"
#define ITEM(key, size)                                                                            \
    "{\"Etag\":\"\\\"ab\\\"\",\"Key\":\"" key "\",\"LastModified\":1.7892072E9,\"Size\":" size     \
    ",\"StorageClass\":\"STANDARD\"}"

static void assert_lists(const char *xml, size_t most, const char *items, const char *token)
{
    struct err err = ERR_INIT;
    struct buf next;
    json list = json_array(0);
    buf_init(&next, 1000);
    bool ok = s3_listing_read(str_from_c(xml), most, &list, &next, &err);
    if (ok != (items != NULL))
        fail_msg("%s: %.*s", xml, STR_ARG(err_text(&err)));
    if (ok) {
        str text = json_text(list);
        assert_str(text, items);
        assert_str(buf_str(&next), token);
        str_free(text);
    }
    json_unref(list);
    buf_release(&next);
    err_release(&err);
}

static void test_pages(void **state)
{
    (void)state;
    assert_lists(
        "<ListBucketResult>" OBJECT("a", "1") OBJECT(
            "b/&amp;", "2") "<NextContinuationToken>t</NextContinuationToken></ListBucketResult>",
        0, "[" ITEM("a", "1") "," ITEM("b/&", "2") "]", "t");
    assert_lists("<s3:ListBucketResult xmlns:s3='x'><s3:Name>Key</s3:Name>"
                 "</s3:ListBucketResult>",
                 0, "[]", "");
    assert_lists("<ListBucketResult>" OBJECT("a", "1") OBJECT("b", "2") "</ListBucketResult>", 1,
                 "[" ITEM("a", "1") "]", "");
}

static void test_what_is_no_page(void **state)
{
    (void)state;
    assert_lists("", 0, NULL, NULL);
    assert_lists("<ListBucketResult>", 0, NULL, NULL);
    assert_lists("<ListBucketResult>" OBJECT("a", "many") "</ListBucketResult>", 0, NULL, NULL);
    assert_lists("<!DOCTYPE a [<!ENTITY b 'c'>]><ListBucketResult/>", 0, NULL, NULL);
    assert_lists("<a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a><a></a></a></a></a></a></a></a>"
                 "</a></a></a></a></a></a></a></a></a></a>",
                 0, NULL, NULL);
}

static void test_errors(void **state)
{
    (void)state;
    static const struct {
        const char *xml, *text;
    } rows[] = {
        {"<Error><Code>NoSuchKey</Code><Message>It is not there.</Message></Error>",
         "It is not there. (Service: S3, Error Code: NoSuchKey)"                                                          },
        {"<Error><Code>SlowDown</Code></Error>",                                     "(Service: S3, Error Code: SlowDown)"},
        {"<html>",                                                                   ""                                   },
        {"no such thing",                                                            ""                                   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct buf out;
        buf_init(&out, 1000);
        s3_error_read(str_from_c(rows[i].xml), &out);
        assert_str(buf_str(&out), rows[i].text);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_pages),
        cmocka_unit_test(test_what_is_no_page),
        cmocka_unit_test(test_errors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
