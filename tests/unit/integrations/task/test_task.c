/* A call under way: reports, their end, cancelling, timers. */
#include "integrations/task/task.h"
#include "unit.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct heard {
    atomic_int submitted, succeeded, failed;
    char error[64];
    bool submit;
};

static void on_submitted(void *context, uint64_t number, json output, json recall)
{
    struct heard *h = context;
    assert_int_equal(number, 7);
    h->submitted++;
    json_unref(output);
    json_unref(recall);
}

static void on_succeeded(void *context, uint64_t number, json output)
{
    struct heard *h = context;
    assert_int_equal(number, 7);
    h->succeeded++;
    json_unref(output);
}

static void on_failed(void *context, uint64_t number, str error, str cause, bool submit)
{
    struct heard *h = context;
    (void)cause;
    assert_int_equal(number, 7);
    memcpy(h->error, error.ptr, error.len);
    h->error[error.len] = '\0';
    h->submit = submit;
    h->failed++;
}

static void begin_nothing(struct task *t)
{
    (void)t;
}

static struct heard heard;
static const struct task_host host = {&heard, on_submitted, on_succeeded, on_failed};
static const struct task_parameter none[1];
static const struct task_resource row = {.name = STR_INIT("test:row.sync"),
                                         .type = STR_INIT("test"),
                                         .api = STR_INIT("row.sync"),
                                         .parameters = none,
                                         .sync = true,
                                         .begin = begin_nothing};
static struct task_services services;

static struct task *start(void)
{
    memset(&heard, 0, sizeof heard);
    const struct task_request request = {.id = STR("0123456789abcdef0123456789abcdef"),
                                         .parameters = json_absent(),
                                         .role_arn = STR("r"),
                                         .execution_arn = STR("e"),
                                         .state_name = STR("s"),
                                         .recall = json_absent()};
    return task_start(&row, &services, &host, 7, &request);
}

static void test_it_ends_once(void **state)
{
    (void)state;
    struct task *t = start();
    task_submitted(t, json_integer(1), json_null());
    task_submitted(t, json_integer(1), json_null());
    task_succeeded(t, json_string(STR("done")));
    task_failed(t, STR("late"), STR(""));
    task_succeeded(t, json_null());
    assert_int_equal(heard.submitted, 1);
    assert_int_equal(heard.succeeded, 1);
    assert_int_equal(heard.failed, 0);
    task_unref(t);
}

static void test_cancelled_is_silent(void **state)
{
    (void)state;
    struct task *t = start();
    task_cancel(t);
    assert_true(task_is_cancelled(t));
    task_submitted(t, json_integer(1), json_integer(2));
    task_failed(t, STR("x"), STR("y"));
    assert_int_equal(heard.submitted + heard.failed, 0);
    task_unref(t);
}

static void test_a_result_past_the_quota_fails(void **state)
{
    (void)state;
    enum { SIZE = 262143 }; // two quotes more make it one byte too long
    char *text = calloc(1, SIZE);
    memset(text, 'x', SIZE);
    struct task *t = start();
    task_succeeded(t, json_string((str){text, SIZE - 1})); // exactly 262,144 with its quotes
    assert_int_equal(heard.succeeded, 1);
    task_unref(t);
    t = start();
    task_succeeded(t, json_string((str){text, SIZE}));
    assert_string_equal(heard.error, "States.DataLimitExceeded");
    task_unref(t);
    free(text);
}

static void test_a_refused_submit_is_told_apart(void **state)
{
    (void)state;
    struct task *t = start();
    task_submit_failed(t, STR("EKS.409"), STR("{}"));
    assert_string_equal(heard.error, "EKS.409");
    assert_true(heard.submit);
    task_unref(t);
}

static atomic_int resumed;

static void resume(struct task *t)
{
    resumed++;
    task_succeeded(t, json_null());
}

static void test_timers(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    services.clock = clock_new(CLOCK_SKIP, 1, 0, &err);
    assert_non_null(services.clock);
    clock_hold(services.clock);
    struct task *cancelled = start();
    task_after(cancelled, 1000, resume);
    task_cancel(cancelled);
    task_unref(cancelled);
    struct task *t = start();
    task_after(t, 3600 * 1000, resume);
    clock_release(services.clock);
    for (int i = 0; i < 5000 && !heard.succeeded; i++)
        (void)usleep(1000);
    assert_int_equal(heard.succeeded, 1);
    assert_int_equal(resumed, 1);
    task_unref(t);
    clock_stop(services.clock);
    clock_free(services.clock);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_it_ends_once),
        cmocka_unit_test(test_cancelled_is_silent),
        cmocka_unit_test(test_a_result_past_the_quota_fails),
        cmocka_unit_test(test_a_refused_submit_is_told_apart),
        cmocka_unit_test(test_timers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
