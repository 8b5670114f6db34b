/* Parameters against a row. */
#include "integrations/task/task.h"
#include "unit.h"

static const struct task_parameter parameters[] = {
    {STR_INIT("Name"),    TASK_STRING,           true },
    {STR_INIT("Flag"),    TASK_BOOLEAN,          false},
    {STR_INIT("Lists"),   TASK_LISTS,            false},
    {STR_INIT("Body"),    TASK_OBJECT_OR_STRING, false},
    {STR_INIT("Options"), TASK_OBJECT,           false},
};
static const struct task_resource row = {
    .name = STR_INIT("test:row"), .parameters = parameters, .parameters_count = 5};

static void assert_judged(const char *text, const char *expected)
{
    struct err err = ERR_INIT;
    json v = json_absent();
    assert_true(json_parse(str_from_c(text), &v, &err));
    bool good = task_parameters_judge(&row, v, &err);
    assert_int_equal(good, expected == NULL);
    if (expected) {
        assert_int_equal(err.id, ERR_STATES_RUNTIME);
        assert_str(err_text(&err), expected);
    }
    err_release(&err);
    json_unref(v);
}

static void test_evaluated_parameters(void **state)
{
    (void)state;
    assert_judged("{\"Name\":\"n\",\"Flag\":true,\"Lists\":{\"a\":[\"b\"]},\"Body\":{}}", NULL);
    assert_judged("{\"Name\":\"n\",\"Flag\":\"true\",\"Body\":\"text\"}", NULL);
#define SAYS(p, list) "The Parameters '" p "' could not be used to start the Task: [" list "]"
    assert_judged("{}", SAYS("{}", "The field 'Name' is required but was missing"));
    assert_judged("{\"Name\":1}",
                  SAYS("{\"Name\":1}", "The value for the field 'Name' must be a STRING"));
    assert_judged("{\"Name\":\"n\",\"Lists\":{\"a\":\"b\"}}",
                  SAYS("{\"Name\":\"n\",\"Lists\":{\"a\":\"b\"}}",
                       "The value of the field 'Lists' has an invalid format"));
    assert_judged("{\"Other\":1,\"Flag\":3}",
                  SAYS("{\"Other\":1,\"Flag\":3}",
                       "The field 'Other' is not supported by Step Functions, The value for the "
                       "field 'Flag' must be a BOOLEAN, The field 'Name' is required but was "
                       "missing"));
}

static void count_fault(void *context, str field, const char *sentence)
{
    (void)field;
    (void)sentence;
    (*(int *)context)++;
}

static void test_written_parameters(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int faults;
    } cases[] = {
        {"{\"Name.$\":\"$.x\"}",                           0},
        {"{\"Name\":\"n\",\"Body.$\":\"$\"}",              0},
        {"{\"Name\":\"n\",\"Options\":{\"a.$\":\"$.b\"}}", 0},
        {"{\"Nam.$\":\"$.x\"}",                            2},
        {"{\"Flag\":1}",                                   2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct err err = ERR_INIT;
        json v = json_absent();
        int faults = 0;
        assert_true(json_parse(str_from_c(cases[i].text), &v, &err));
        task_parameters_check(&row, v, count_fault, &faults);
        if (faults != cases[i].faults)
            fail_msg("%s: %d faults", cases[i].text, faults);
        json_unref(v);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evaluated_parameters),
        cmocka_unit_test(test_written_parameters),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
