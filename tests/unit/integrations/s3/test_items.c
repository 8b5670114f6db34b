/* What objects hold, as items: items.cases, and texts that are cut anywhere. */
#include "integrations/s3/data_set.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 64 * 1024 };

/* "\n", "\r", "\t" and "\\" in a case's text. */
static str unescape(str text, char *out)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        if (c == '\\' && i + 1 < text.len) {
            c = text.ptr[++i];
            c = (char)(c == 'n' ? '\n' : c == 'r' ? '\r' : c == 't' ? '\t' : c);
        }
        out[n++] = c;
    }
    return (str){out, n};
}

static void run_case(str config_text, int64_t max_items, str text, str expected)
{
    struct err err = ERR_INIT;
    json config = json_absent();
    json items = json_absent();
    if (!json_parse(config_text, &config, &err))
        fail_msg("%.*s", STR_ARG(config_text));
    str gives;
    if (s3_items_decode(text, config, max_items, &items, &err))
        gives = json_text(items);
    else
        gives = str_from_c(str_dup_c(err_text(&err)));
    if (!str_eq(gives, expected))
        fail_msg("%.*s of '%.*s'\n gives    %.*s\n expected %.*s", STR_ARG(config_text),
                 STR_ARG(text), STR_ARG(gives), STR_ARG(expected));
    str_free(gives);
    json_unref(items);
    json_unref(config);
    err_release(&err);
}

/* Lines "config | max | text | items or the error's text". */
static void test_objects_as_items(void **state)
{
    (void)state;
    static char file_text[FILE_MAX], text[FILE_MAX];
    FILE *file = fopen("items.cases", "rb");
    assert_non_null(file);
    size_t n = fread(file_text, 1, sizeof file_text - 1, file);
    assert_int_equal(fclose(file), 0);
    str rest = {file_text, n};
    size_t count = 0;
    while (rest.ptr && rest.len > 0) {
        str line = str_cut(&rest, '\n');
        if (line.len == 0 || line.ptr[0] == '#')
            continue;
        str config = str_cut(&line, '|');
        str max = str_cut(&line, '|');
        str content = str_cut(&line, '|');
        int64_t max_items = 0;
        assert_true(str_to_int64(max, &max_items));
        run_case(config, max_items, unescape(content, text), line);
        count++;
    }
    assert_true(count > 20);
}

/* No text, however it is cut, does more than give items or an error. */
static void test_every_prefix_is_taken_or_refused(void **state)
{
    (void)state;
    static const char *const configs[] = {
        "{\"InputType\":\"CSV\",\"CSVHeaderLocation\":\"FIRST_ROW\"}",
        "{\"InputType\":\"JSON\",\"ItemsPointer\":\"/a~1b/0\"}", "{\"InputType\":\"JSONL\"}"};
    static const str texts[] = {STR_INIT("\xEF\xBB\xBF"
                                         "a,\"b \"\"x\"\"\"\r\n1,\"2\n3\"\r\n\xC3\xA9,\n"),
                                STR_INIT("{\"a/b\":[[1,{\"x\":\"\\u00e9\"}]]}"),
                                STR_INIT("{\"a\":1}\n\n[2]\r\n\"x\"")};
    for (size_t i = 0; i < 3; i++) {
        struct err err = ERR_INIT;
        json config = json_absent();
        assert_true(json_parse(str_from_c(configs[i]), &config, &err));
        for (size_t len = 0; len <= texts[i].len; len++) {
            // In a block of its own: what is read past its end is found.
            char *block = malloc(len + 1);
            assert_non_null(block);
            memcpy(block, texts[i].ptr, len);
            json items = json_absent();
            if (!s3_items_decode((str){block, len}, config, 0, &items, &err))
                err_release(&err);
            json_unref(items);
            free(block);
        }
        json_unref(config);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_objects_as_items),
        cmocka_unit_test(test_every_prefix_is_taken_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
