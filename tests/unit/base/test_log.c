/* The log's lines, read back through a pipe in stderr's place. */
#include "base/log.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int stderr_kept = -1;
static int pipe_ends[2];

static int capture(void **state)
{
    (void)state;
    stderr_kept = dup(STDERR_FILENO);
    return pipe(pipe_ends) == 0 && fcntl(pipe_ends[0], F_SETFL, O_NONBLOCK) == 0 &&
                   dup2(pipe_ends[1], STDERR_FILENO) == STDERR_FILENO
               ? 0
               : -1;
}

static int restore(void **state)
{
    (void)state;
    log_level_set(LOG_INFO);
    int rc = dup2(stderr_kept, STDERR_FILENO);
    close(stderr_kept);
    close(pipe_ends[0]);
    close(pipe_ends[1]);
    return rc == STDERR_FILENO ? 0 : -1;
}

/* What was logged since the last time, terminated. */
static const char *logged(void)
{
    static char text[32768];
    ssize_t n = read(pipe_ends[0], text, sizeof text - 1);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

static void test_a_line_has_time_level_room_event_and_pairs(void **state)
{
    (void)state;
    log_warn("store", "slow_commit", "ms=%d arn=%s", 17, "arn:aws:x");
    const char *line = logged();
    // The time's shape: a digit stands for any.
    static const char shape[] = "2000-00-00T00:00:00.000Z";
    const size_t at = sizeof shape - 1;
    assert_true(strlen(line) > at && line[0] == '2');
    for (size_t i = 0; i < at; i++)
        if (shape[i] >= '0' && shape[i] <= '9')
            assert_in_range(line[i], '0', '9');
        else
            assert_int_equal(line[i], shape[i]);
    assert_string_equal(line + at, " warn store slow_commit ms=17 arn=arn:aws:x\n");
    log_info("engine", "started", "%s", "");
    assert_string_equal(logged() + at, " info engine started \n");
}

static void test_an_event_may_have_no_pairs(void **state)
{
    (void)state;
    const char *none = "";
    // The door allows "": said through a variable, as the compiler warns of the literal.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
    log_error("cli", "stopping", none);
#pragma GCC diagnostic pop
    assert_string_equal(logged() + 24, " error cli stopping\n");
}

static void test_levels_below_are_silent(void **state)
{
    (void)state;
    log_level_set(LOG_WARN);
    assert_true(log_enabled(LOG_ERROR));
    assert_true(log_enabled(LOG_WARN));
    assert_false(log_enabled(LOG_INFO));
    log_info("base", "quiet", "n=%d", 1);
    log_debug("base", "quiet", "n=%d", 1);
    assert_string_equal(logged(), "");
    log_level_set(LOG_DEBUG);
    log_debug("base", "loud", "n=%d", 1);
    assert_string_equal(logged() + 24, " debug base loud n=1\n");
}

static void test_levels_are_parsed(void **state)
{
    (void)state;
    enum log_level level;
    assert_true(log_level_parse(STR("error"), &level));
    assert_int_equal(level, LOG_ERROR);
    assert_true(log_level_parse(STR("warn"), &level));
    assert_true(log_level_parse(STR("info"), &level));
    assert_true(log_level_parse(STR("debug"), &level));
    assert_int_equal(level, LOG_DEBUG);
    assert_false(log_level_parse(STR("DEBUG"), &level));
    assert_false(log_level_parse(STR(""), &level));
    assert_false(log_level_parse(STR("trace"), &level));
}

static void test_a_value_cannot_forge_a_line(void **state)
{
    (void)state;
    log_info("api", "call", "name=%s",
             "a\r\n2026 error\t\x1b[31m\x7f\xc2\x9b end \xc3\xa9\xc2\xa0");
    assert_string_equal(logged() + 24, " info api call name=a\\r\\n2026 error\\t\\u001b[31m\\u007f"
                                       "\\u009b end \xc3\xa9\xc2\xa0\n");
}

static void test_a_long_line_is_cut(void **state)
{
    (void)state;
    static char text[20000];
    memset(text, 'x', sizeof text - 1);
    log_info("api", "call", "body=%s", text);
    const char *line = logged();
    size_t len = strlen(line);
    assert_true(len > 8000 && len <= 8192);
    assert_string_equal(line + len - 5, "x...\n");
    assert_ptr_equal(strchr(line, '\n'), line + len - 1);

    memset(text, '\x01', 3000); // grows when it is escaped
    text[3000] = '\0';
    log_info("api", "call", "body=%s", text);
    line = logged();
    len = strlen(line);
    assert_true(len > 8000 && len <= 8192);
    assert_string_equal(line + len - 10, "\\u0001...\n");
}

static void test_errno_is_left_alone(void **state)
{
    (void)state;
    errno = ENOENT;
    log_info("api", "call", "n=%d", 1);
    assert_int_equal(errno, ENOENT);
    (void)logged();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_line_has_time_level_room_event_and_pairs, capture,
                                        restore),
        cmocka_unit_test_setup_teardown(test_an_event_may_have_no_pairs, capture, restore),
        cmocka_unit_test_setup_teardown(test_levels_below_are_silent, capture, restore),
        cmocka_unit_test(test_levels_are_parsed),
        cmocka_unit_test_setup_teardown(test_a_value_cannot_forge_a_line, capture, restore),
        cmocka_unit_test_setup_teardown(test_a_long_line_is_cut, capture, restore),
        cmocka_unit_test_setup_teardown(test_errno_is_left_alone, capture, restore),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
