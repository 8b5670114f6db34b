/* From a location to a line and a column. */
#include "asl/diagnostics.h"
#include "unit.h"

static const char text[] = "{\n"
                           "  \"StartAt\": \"a/b\",\n"
                           "  \"States\": {\n"
                           "    \"a\": {\"b\": 1, \"x\": [10, {\"y\\u0041\": \"},]\\\"\"}]},\n"
                           "    \"a/b\": {\"Choices\": [{\"Next\": \"a\"}, [2, [3]]]},\n"
                           "    \"é\": {\"Type\": 5}\n"
                           "  }\n"
                           "}\n";

static void check(const char *location, bool found, size_t line, size_t column)
{
    size_t l;
    size_t c;
    bool ok = asl_locate(str_from_c(text), str_from_c(location), &l, &c);
    if (ok != found || l != line || c != column)
        fail_msg("%s: %d at %zu:%zu", location, ok, l, c);
}

static void test_locations_are_found(void **state)
{
    (void)state;
    check("/", true, 1, 1);
    check("", true, 1, 1);
    check("/StartAt", true, 2, 3);
    check("/States", true, 3, 3);
    check("/States/a", true, 4, 5);
    check("/States/a/b", true, 4, 11); // the member comes first in the text
    check("/States/a/x[1]", true, 4, 29);
    check("/States/a/x[1]/yA", true, 4, 30);
    check("/States/a/b/Choices[0]/Next", true, 5, 26);
    check("/States/a/b/Choices[1][1][0]", true, 5, 45);
    check("/States/é/Type", true, 6, 11);
}

static void test_what_is_not_there_is_not_found(void **state)
{
    (void)state;
    check("/States/c", false, 1, 1);
    check("/States/a/x[2]", false, 1, 1);
    check("/States/a/x[-1]", false, 1, 1);
    check("/States/a/x[", false, 1, 1);
    check("/States/a/x/y", false, 1, 1);
    check("/StartAt/x", false, 1, 1);
    check("nonsense", false, 1, 1);
    size_t l;
    size_t c;
    assert_false(asl_locate(STR("{"), STR_NONE, &l, &c));
    assert_false(asl_locate(STR(""), STR("/a"), &l, &c));
    assert_false(asl_locate(STR("{\"a\":[1"), STR("/a[5]"), &l, &c));
    assert_false(asl_locate(STR("{\"a"), STR("/a"), &l, &c));
}

static void test_a_position_in_the_source_is_taken_as_it_is(void **state)
{
    (void)state;
    check("[Source: (String)\"; line: 9, column: 9]\"; line: 12, column: 34]", true, 12, 34);
    check("[Source: (String)\"x\"; line: x, column: 34]", false, 1, 1);
    check("[Source: ]", false, 1, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_locations_are_found),
        cmocka_unit_test(test_what_is_not_there_is_not_found),
        cmocka_unit_test(test_a_position_in_the_source_is_taken_as_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
