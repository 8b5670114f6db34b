#include "base/clock.h"
#include "base/thread.h"
#include "unit.h"

#include <signal.h>

struct message {
    struct queue_link link;
    size_t from, number;
};

static void *look_around(void *arg)
{
    char name[16] = "";
    sigset_t blocked;
    bool *ok = arg;
    *ok = THREAD_IS(WRITER) && pthread_getname_np(pthread_self(), name, sizeof name) == 0 &&
          strcmp(name, "writer") == 0 && pthread_sigmask(SIG_BLOCK, NULL, &blocked) == 0 &&
          sigismember(&blocked, SIGTERM) == 1 && sigismember(&blocked, SIGINT) == 1 &&
          sigismember(&blocked, SIGPIPE) == 1 && sigismember(&blocked, SIGSEGV) == 0;
    return arg;
}

static void test_a_thread_has_role_name_and_no_signals(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    pthread_t thread;
    bool ok = false;
    void *result = NULL;
    assert_true(thread_start(&thread, THREAD_WRITER, look_around, &ok, &err));
    assert_int_equal(pthread_join(thread, &result), 0);
    assert_true(ok);
    assert_ptr_equal(result, &ok);
    assert_true(THREAD_IS(MAIN));
    sigset_t blocked;
    assert_int_equal(pthread_sigmask(SIG_BLOCK, NULL, &blocked), 0);
    assert_int_equal(sigismember(&blocked, SIGTERM), 0); // ours are as they were
}

static void *take_role(void *arg)
{
    thread_role_set(THREAD_HTTP);
    *(bool *)arg = THREAD_IS(HTTP);
    return NULL;
}

static void test_a_librarys_thread_can_be_told_its_role(void **state)
{
    (void)state;
    pthread_t thread;
    bool ok = false;
    assert_int_equal(pthread_create(&thread, NULL, take_role, &ok), 0);
    assert_int_equal(pthread_join(thread, NULL), 0);
    assert_true(ok);
}

static void test_first_in_first_out(void **state)
{
    (void)state;
    struct queue q;
    struct message m[5];
    queue_init(&q);
    assert_null(queue_pop(&q, 0));
    assert_null(queue_pop_all(&q, 0));
    for (size_t i = 0; i < 5; i++)
        assert_true(queue_push_take(&q, &m[i].link));
    assert_int_equal(queue_count(&q), 5);
    assert_ptr_equal(queue_pop(&q, 0), &m[0].link);
    assert_ptr_equal(queue_pop(&q, -1), &m[1].link);
    assert_null(m[1].link.next);
    struct queue_link *all = queue_pop_all(&q, 0);
    assert_ptr_equal(all, &m[2].link);
    assert_ptr_equal(all->next, &m[3].link);
    assert_ptr_equal(all->next->next, &m[4].link);
    assert_null(all->next->next->next);
    assert_int_equal(queue_count(&q), 0);
    assert_true(queue_push_take(&q, &m[0].link)); // empty, and usable again
    assert_ptr_equal(queue_pop(&q, 0), &m[0].link);
    queue_release(&q);
}

static void test_pop_waits_as_long_as_told(void **state)
{
    (void)state;
    struct queue q;
    queue_init(&q);
    int64_t before_ns = clock_monotonic_ns();
    assert_null(queue_pop(&q, 30));
    assert_null(queue_pop_all(&q, 30));
    int64_t passed_ns = clock_monotonic_ns() - before_ns;
    assert_true(passed_ns >= INT64_C(60000000) && passed_ns < INT64_C(10000000000));
    queue_release(&q);
}

static void test_a_closed_queue_takes_nothing_and_gives_the_rest(void **state)
{
    (void)state;
    struct queue q;
    struct message m[2];
    queue_init(&q);
    assert_true(queue_push_take(&q, &m[0].link));
    queue_close(&q);
    assert_false(queue_push_take(&q, &m[1].link));
    assert_ptr_equal(queue_pop(&q, -1), &m[0].link);
    assert_null(queue_pop(&q, -1));
    assert_null(queue_pop_all(&q, -1));
    queue_release(&q);
}

enum { PRODUCERS = 4, CONSUMERS = 3, EACH = 5000 };

static struct queue crossing;
static struct message messages[PRODUCERS][EACH];
static unsigned char met[PRODUCERS][EACH]; /* each written by whoever got that message */

static void *produce(void *arg)
{
    size_t from = (size_t)((struct message(*)[EACH])arg - messages);
    for (size_t i = 0; i < EACH; i++) {
        messages[from][i].from = from;
        messages[from][i].number = i;
        if (!queue_push_take(&crossing, &messages[from][i].link))
            return NULL;
    }
    return arg;
}

/* One message at a time, or all there are; gives its arg when each producer's came in order. */
static void *consume(void *arg)
{
    bool *whole = arg;
    size_t next[PRODUCERS] = {0};
    struct queue_link *link;
    while ((link = *whole ? queue_pop_all(&crossing, -1) : queue_pop(&crossing, 1000)) != NULL)
        while (link) {
            struct queue_link *after = link->next;
            struct message *m = (struct message *)link;
            if (m->number < next[m->from])
                return NULL;
            next[m->from] = m->number + 1;
            met[m->from][m->number]++;
            link = after;
        }
    return arg;
}

static void test_many_push_and_many_pop(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    pthread_t producers[PRODUCERS];
    pthread_t consumers[CONSUMERS];
    bool whole[CONSUMERS] = {false, true, false};
    queue_init(&crossing);
    for (size_t i = 0; i < CONSUMERS; i++)
        assert_true(thread_start(&consumers[i], THREAD_WORKER, consume, &whole[i], &err));
    for (size_t i = 0; i < PRODUCERS; i++)
        assert_true(thread_start(&producers[i], THREAD_IO, produce, &messages[i], &err));
    void *result;
    for (size_t i = 0; i < PRODUCERS; i++) {
        assert_int_equal(pthread_join(producers[i], &result), 0);
        assert_non_null(result);
    }
    queue_close(&crossing);
    for (size_t i = 0; i < CONSUMERS; i++) {
        assert_int_equal(pthread_join(consumers[i], &result), 0);
        assert_non_null(result);
    }
    for (size_t i = 0; i < PRODUCERS; i++)
        for (size_t k = 0; k < EACH; k++)
            assert_int_equal(met[i][k], 1);
    assert_int_equal(queue_count(&crossing), 0);
    queue_release(&crossing);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thread_has_role_name_and_no_signals),
        cmocka_unit_test(test_a_librarys_thread_can_be_told_its_role),
        cmocka_unit_test(test_first_in_first_out),
        cmocka_unit_test(test_pop_waits_as_long_as_told),
        cmocka_unit_test(test_a_closed_queue_takes_nothing_and_gives_the_rest),
        cmocka_unit_test(test_many_push_and_many_pop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
