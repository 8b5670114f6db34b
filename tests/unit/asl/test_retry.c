/* Retry and Catch: retry.cases, and jitter. */
#include "asl/asl.h"
#include "cases.h"
#include "unit.h"

static struct asl_definition *define(str retrier)
{
    struct buf text;
    struct asl_diagnostics d;
    const struct asl_options options = {0};
    struct asl_definition *def;
    buf_init(&text, 65536);
    buf_printf(&text,
               "{\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Task\",\"End\":true,"
               "\"Resource\":\"arn:aws:states:::eks:call\",\"Retry\":[%.*s]}}}",
               STR_ARG(retrier));
    asl_diagnostics_init(&d);
    if (!asl_parse(buf_str(&text), &options, &def, &d))
        fail_msg("%.*s: %.*s", STR_ARG(retrier), STR_ARG(d.first->message));
    asl_diagnostics_release(&d);
    buf_release(&text);
    return def;
}

static void check_delays(str line, str retrier, str expected)
{
    struct asl_definition *def = define(retrier);
    uint64_t retry = 1;
    while (expected.ptr) {
        int64_t wanted;
        assert_true(str_to_int64(str_cut(&expected, ' '), &wanted));
        int64_t got = asl_retry_delay_ms(&asl_root(def)->start->retriers[0], retry, NULL);
        if (got != wanted)
            fail_msg("%.*s: retry %llu got %lld", STR_ARG(line), (unsigned long long)retry,
                     (long long)got);
        retry++;
    }
    asl_unref(def);
}

static void check_match(str line, str list, str error, str expected)
{
    struct buf retrier;
    buf_init(&retrier, 4096);
    buf_printf(&retrier, "{\"ErrorEquals\":%.*s}", STR_ARG(list));
    struct asl_definition *def = define(buf_str(&retrier));
    const struct asl_retrier *r = &asl_root(def)->start->retriers[0];
    bool matches = asl_errors_match(r->errors, r->errors_count, error);
    if (!str_eq(matches ? STR("true") : STR("false"), expected))
        fail_msg("%.*s: got %d", STR_ARG(line), matches);
    asl_unref(def);
    buf_release(&retrier);
}

static void test_delays_and_matches_are_those_of_the_cases(void **state)
{
    (void)state;
    struct buf file = cases_load("retry.cases");
    str rest = buf_str(&file);
    str line;
    while (cases_line(&rest, &line)) {
        str f[CASE_FIELDS_MAX] = {0};
        size_t n = cases_split(line, f);
        if (n == 3)
            check_delays(line, f[1], f[2]);
        else
            check_match(line, f[1], f[2], f[3]);
    }
    buf_release(&file);
}

static void test_delays_without_a_cap_stay_in_int64(void **state)
{
    (void)state;
    struct asl_definition *def = define(STR("{\"ErrorEquals\":[\"A\"],\"BackoffRate\":1e300}"));
    int64_t ms = asl_retry_delay_ms(&asl_root(def)->start->retriers[0], 99999999, NULL);
    assert_true(ms > 0 && ms < INT64_MAX / 2);
    asl_unref(def);
}

static void test_full_jitter_is_uniform_up_to_the_delay_and_seeded(void **state)
{
    (void)state;
    struct asl_definition *def =
        define(STR("{\"ErrorEquals\":[\"A\"],\"IntervalSeconds\":10,\"JitterStrategy\":\"FULL\"}"));
    const struct asl_retrier *r = &asl_root(def)->start->retriers[0];
    struct rng one;
    struct rng two;
    rng_seed(&one, 7);
    rng_seed(&two, 7);
    int64_t sum = 0;
    for (int i = 0; i < 1000; i++) {
        int64_t ms = asl_retry_delay_ms(r, 1, &one);
        assert_in_range(ms, 0, 10000);
        assert_int_equal(ms, asl_retry_delay_ms(r, 1, &two));
        sum += ms;
    }
    assert_in_range(sum / 1000, 4500, 5500);
    asl_unref(def);
}

static void test_fields_left_out_have_their_defaults(void **state)
{
    (void)state;
    struct asl_definition *def = define(STR("{\"ErrorEquals\":[\"A\"]}"));
    const struct asl_retrier *r = &asl_root(def)->start->retriers[0];
    assert_int_equal(r->interval_s, 1);
    assert_int_equal(r->max_attempts, 3);
    assert_true(r->backoff_rate == 2.0);
    assert_true(r->max_delay_s == INT64_MAX);
    assert_int_equal(r->jitter, ASL_JITTER_NONE);
    asl_unref(def);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delays_and_matches_are_those_of_the_cases),
        cmocka_unit_test(test_delays_without_a_cap_stay_in_int64),
        cmocka_unit_test(test_full_jitter_is_uniform_up_to_the_delay_and_seeded),
        cmocka_unit_test(test_fields_left_out_have_their_defaults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
