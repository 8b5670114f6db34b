/* The Job controller with simulated pods under a skip clock: every way in which a Job can end. */
#include "jobs_fixture.h"
#include "unit.h"

static struct world world;

static int begin(void **state)
{
    (void)state;
    world_new(&world, CLOCK_SKIP, STR("simulated"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static void assert_conditions(json job, const char *first, const char *second)
{
    json all = json_get_path(job, "status", "conditions", NULL);
    assert_int_equal(json_len(all), 2);
    assert_str(json_str(json_get(json_at(all, 0), STR("type"))), first);
    assert_str(json_str(json_get(json_at(all, 1), STR("type"))), second);
}

static void assert_reason(json job, const char *type, const char *reason, const char *message)
{
    json c = condition(job, type);
    assert_str(json_str(json_get(c, STR("reason"))), reason);
    assert_str(json_str(json_get(c, STR("message"))), message);
}

static void assert_nothing_uncounted(json job)
{
    json uncounted = json_get_path(job, "status", "uncountedTerminatedPods", NULL);
    assert_int_equal(uncounted.kind, JSON_OBJECT);
    assert_int_equal(json_len(uncounted), 0);
}

static bool has_event(const char *reason, const char *message)
{
    json all = list(&world, "events");
    bool found = false;
    for (size_t i = 0; i < json_len(all); i++)
        found =
            found ||
            (str_eq(json_str(json_get(json_at(all, i), STR("reason"))), str_from_c(reason)) &&
             str_starts(json_str(json_get(json_at(all, i), STR("message"))), str_from_c(message)));
    json_unref(all);
    return found;
}

static void test_job_completes(void **state)
{
    (void)state;
    assert_int_equal(
        create(&world, "jobs", job_of("ok", "", "'stepd.dev/duration':'7200'", "Never", "")),
        ERR_NONE);
    json job = wait_until(&world, "jobs", "ok", is_over);
    assert_conditions(job, "SuccessCriteriaMet", "Complete");
    assert_reason(job, "Complete", "CompletionsReached",
                  "Reached expected number of succeeded pods");
    assert_int_equal(number(job, "status", "succeeded"), 1);
    assert_true(json_is_absent(json_get_path(job, "status", "failed", NULL)));
    assert_true(json_is_absent(json_get_path(job, "status", "active", NULL)));
    assert_nothing_uncounted(job);
    assert_int_equal(lasted_s(job, "status", "startTime", "completionTime"), 7200);
    json pods = list(&world, "pods"), pod = json_at(pods, 0);
    assert_int_equal(json_len(pods), 1);
    str name = json_str(json_get_path(pod, "metadata", "name", NULL));
    assert_true(str_starts(name, STR("ok-")) && name.len == 8);
    assert_str(json_str(json_get_path(pod, "status", "phase", NULL)), "Succeeded");
    assert_true(json_is_absent(json_get_path(pod, "metadata", "finalizers", NULL)));
    json ended = json_get_path(json_at(json_get_path(pod, "status", "containerStatuses", NULL), 0),
                               "state", "terminated", NULL);
    assert_int_equal(json_get(ended, STR("exitCode")).as.integer, 0);
    assert_str(json_str(json_get(ended, STR("reason"))), "Completed");
    assert_true(has_event("SuccessfulCreate", "Created pod: ok-"));
    assert_true(has_event("Completed", "Job completed"));
    json_unref(pods);
    json_unref(job);
}

static void test_backoff_limit_zero_fails_at_the_first_failure(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("bad", "'backoffLimit':0,", "'stepd.dev/exit-code':'3'", "Never", ""));
    json job = wait_until(&world, "jobs", "bad", is_over);
    assert_conditions(job, "FailureTarget", "Failed");
    assert_reason(job, "Failed", "BackoffLimitExceeded",
                  "Job has reached the specified backoff limit");
    assert_int_equal(number(job, "status", "failed"), 1);
    assert_true(json_is_absent(json_get_path(job, "status", "completionTime", NULL)));
    assert_nothing_uncounted(job);
    json pods = list(&world, "pods"), pod = json_at(pods, 0);
    assert_int_equal(json_len(pods), 1);
    assert_str(json_str(json_get_path(pod, "status", "phase", NULL)), "Failed");
    json_unref(pods);
    json_unref(job);
}

static void test_retries_wait_longer_each_time(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("retry", "'backoffLimit':3,",
                  "'stepd.dev/exit-code':'1','stepd.dev/duration':'1'", "Never", ""));
    json job = wait_until(&world, "jobs", "retry", is_over);
    assert_int_equal(number(job, "status", "failed"), 4);
    // four runs of 1 s, and 10, 20 and 40 s between them
    struct timestamp start, stop;
    struct err err = ERR_INIT;
    must(timestamp_parse(json_str(json_get_path(job, "status", "startTime", NULL)), &start, &err),
         &err);
    must(timestamp_parse(json_str(json_get(condition(job, "Failed"), STR("lastTransitionTime"))),
                         &stop, &err),
         &err);
    assert_int_equal((stop.ms - start.ms) / 1000, 74);
    json_unref(job);
}

static void test_deadline_counts_the_running_pod_as_failed(void **state)
{
    (void)state;
    create(
        &world, "jobs",
        job_of("late", "'activeDeadlineSeconds':30,", "'stepd.dev/duration':'3600'", "Never", ""));
    json job = wait_until(&world, "jobs", "late", is_over);
    assert_conditions(job, "FailureTarget", "Failed");
    assert_reason(job, "Failed", "DeadlineExceeded",
                  "Job was active longer than specified deadline");
    assert_int_equal(number(job, "status", "failed"), 1);
    json pods = list(&world, "pods");
    assert_int_equal(json_len(pods), 0);
    assert_true(clock_now_ms(world.clock) < START_MS + INT64_C(40) * MS_PER_S);
    json_unref(pods);
    json_unref(job);
}

static void test_parallel_pods_up_to_completions(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("many", "'parallelism':3,'completions':7,", "'stepd.dev/duration':'10'", "Never",
                  ""));
    json job = wait_until(&world, "jobs", "many", is_over);
    assert_true(is_complete(job));
    assert_int_equal(number(job, "status", "succeeded"), 7);
    assert_int_equal(lasted_s(job, "status", "startTime", "completionTime"), 30);
    json pods = list(&world, "pods");
    assert_int_equal(json_len(pods), 7);
    json_unref(pods);
    json_unref(job);
}

static void test_work_queue_ends_when_all_have_ended(void **state)
{
    (void)state;
    create(&world, "jobs", job_of("queue", "'parallelism':4,", "", "Never", ""));
    json job = wait_until(&world, "jobs", "queue", is_over);
    assert_true(is_complete(job));
    assert_int_equal(number(job, "status", "succeeded"), 4);
    json_unref(job);
}

static void test_indexed_job_completes_each_index(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("ix", "'completionMode':'Indexed','parallelism':2,'completions':5,", "", "Never",
                  ""));
    json job = wait_until(&world, "jobs", "ix", is_over);
    assert_true(is_complete(job));
    assert_str(json_str(json_get_path(job, "status", "completedIndexes", NULL)), "0-4");
    assert_int_equal(number(job, "status", "succeeded"), 5);
    json pods = list(&world, "pods");
    bool seen[5] = {false};
    for (size_t i = 0; i < json_len(pods); i++) {
        str index =
            json_str(json_get(json_get_path(json_at(pods, i), "metadata", "annotations", NULL),
                              STR("batch.kubernetes.io/job-completion-index")));
        assert_true(index.len == 1 && index.ptr[0] >= '0' && index.ptr[0] <= '4');
        seen[index.ptr[0] - '0'] = true;
    }
    for (size_t i = 0; i < 5; i++)
        assert_true(seen[i]);
    json_unref(pods);
    json_unref(job);
}

static void test_on_failure_restarts_in_place_until_the_limit(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("again", "'backoffLimit':3,", "'stepd.dev/exit-code':'1'", "OnFailure", ""));
    json job = wait_until(&world, "jobs", "again", is_over);
    assert_reason(job, "Failed", "BackoffLimitExceeded",
                  "Job has reached the specified backoff limit");
    assert_int_equal(number(job, "status", "failed"), 1);
    json_unref(job);
}

static void test_a_job_that_is_not_supported_fails_by_name(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("rules",
                  "'podFailurePolicy':{'rules':[{'action':'FailJob','onExitCodes':{'operator':'In',"
                  "'values':[42]}}]},",
                  "", "Never", ""));
    json job = wait_until(&world, "jobs", "rules", is_over);
    assert_reason(job, "Failed", "NotSupported",
                  "the Job controller of stepd does not support spec.podFailurePolicy");
    json_unref(job);
}

static void test_ttl_removes_the_job_and_its_pods(void **state)
{
    (void)state;
    create(&world, "jobs", job_of("ttl", "'ttlSecondsAfterFinished':60,", "", "Never", ""));
    json job = wait_until(&world, "jobs", "ttl", is_gone);
    json_unref(job);
    json pods = list(&world, "pods");
    assert_int_equal(json_len(pods), 0);
    assert_true(clock_now_ms(world.clock) >= START_MS + INT64_C(60) * MS_PER_S);
    json_unref(pods);
}

struct suspension {
    struct told told;
    bool is;
};

static bool set_suspend(void *context, json object, json *out, struct err *err)
{
    const struct suspension *s = context;
    (void)err;
    json spec = json_with(json_get(object, STR("spec")), STR("suspend"), json_bool(s->is));
    *out = json_with(object, STR("spec"), spec);
    return true;
}

static void suspend(const char *name, bool is)
{
    struct suspension s = {TOLD_INIT, is};
    kube_update(world.kube, CLUSTER, STR("jobs"), STR("default"), str_from_c(name), set_suspend,
                told_done, &s); // told is its first member
    told_wait(&s.told);
    json_unref(s.told.object);
}

static bool is_suspended(json job)
{
    return holds(job, "Suspended");
}

static void test_suspended_job_waits_and_goes_on(void **state)
{
    (void)state;
    create(&world, "jobs", job_of("susp", "'suspend':true,", "", "Never", ""));
    json job = wait_until(&world, "jobs", "susp", is_suspended);
    assert_true(json_is_absent(json_get_path(job, "status", "startTime", NULL)));
    json_unref(job);
    json pods = list(&world, "pods");
    assert_int_equal(json_len(pods), 0);
    json_unref(pods);
    suspend("susp", false);
    job = wait_until(&world, "jobs", "susp", is_over);
    assert_true(is_complete(job));
    assert_reason(job, "Suspended", "JobResumed", "Job resumed");
    json_unref(job);
}

static void test_deleting_a_job_takes_its_pods_along(void **state)
{
    (void)state;
    create(&world, "jobs", job_of("del", "", "'stepd.dev/duration':'100000'", "Never", ""));
    int64_t until_ns = clock_monotonic_ns() + INT64_C(10000000000);
    for (;;) { // the clock is held: the pod runs, and no time passes
        json pods = list(&world, "pods");
        bool there = json_len(pods) == 1;
        json_unref(pods);
        if (there || clock_monotonic_ns() > until_ns)
            break;
        nap();
    }
    assert_int_equal(delete_object(&world, "jobs", "del"), ERR_NONE);
    json job = wait_until(&world, "jobs", "del", is_gone);
    json_unref(job);
    json pods = list(&world, "pods");
    assert_int_equal(json_len(pods), 0);
    json_unref(pods);
}

static bool has_ended(json pod)
{
    str phase = json_str(json_get_path(pod, "status", "phase", NULL));
    return str_eq(phase, STR("Succeeded")) || str_eq(phase, STR("Failed"));
}

static void test_bare_pod_with_init_container(void **state)
{
    (void)state;
    create(&world, "pods",
           quoted("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'bare','annotations':{"
                  "'stepd.dev/duration.first':'5','stepd.dev/duration.main':'2.5'}},"
                  "'spec':{'restartPolicy':'Never','initContainers':[{'name':'first','image':'i'}],"
                  "'containers':[{'name':'main','image':'i'}]}}"));
    json pod = wait_until(&world, "pods", "bare", has_ended);
    assert_str(json_str(json_get_path(pod, "status", "phase", NULL)), "Succeeded");
    assert_int_equal(clock_now_ms(world.clock), START_MS + 7500);
    assert_str(json_str(json_get(condition(pod, "Ready"), STR("reason"))), "PodCompleted");
    json_unref(pod);
}

static void test_bad_annotation_is_a_start_error(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("anno", "'backoffLimit':0,", "'stepd.dev/exit-code':'many'", "Never", ""));
    json job = wait_until(&world, "jobs", "anno", is_over);
    assert_true(is_failed(job));
    json pods = list(&world, "pods");
    json ended = json_get_path(
        json_at(json_get_path(json_at(pods, 0), "status", "containerStatuses", NULL), 0), "state",
        "terminated", NULL);
    assert_int_equal(json_get(ended, STR("exitCode")).as.integer, 128);
    assert_str(json_str(json_get(ended, STR("reason"))), "StartError");
    json_unref(pods);
    json_unref(job);
}

/* A pod's names are those of every run with the same seed. */
static void test_same_seed_same_times(void **state)
{
    (void)state;
    int64_t took_ms[2];
    for (int run = 0; run < 2; run++) {
        struct world other = {0};
        world_new(&other, CLOCK_SKIP, STR("simulated"));
        for (int i = 0; i < 5; i++) {
            char name[16];
            (void)snprintf(name, sizeof name, "j%d", i);
            create(&other, "jobs",
                   job_of(name, "'backoffLimit':2,'parallelism':2,'completions':3,",
                          i % 2 ? "'stepd.dev/exit-code':'1'" : "'stepd.dev/duration':'3'", "Never",
                          ""));
        }
        for (int i = 0; i < 5; i++) {
            char name[16];
            (void)snprintf(name, sizeof name, "j%d", i);
            json job = wait_until(&other, "jobs", name, is_over);
            json_unref(job);
        }
        took_ms[run] = clock_now_ms(other.clock) - START_MS;
        world_close(&other);
    }
    assert_int_equal(took_ms[0], took_ms[1]);
}

static void test_restart_goes_on_where_it_was(void **state)
{
    (void)state;
    struct world w = {.dir = "/tmp/stepd-jobs-XXXXXX"};
    char command[128];
    assert_non_null(mkdtemp(w.dir));
    world_open(&w, CLOCK_SKIP, STR("simulated"), START_MS);
    world_seed(&w);
    create(&w, "jobs", job_of("long", "", "'stepd.dev/duration':'1000'", "Never", ""));
    for (;;) {
        json job = find(&w, "jobs", "long");
        bool ready = number(job, "status", "ready") == 1;
        json_unref(job);
        if (ready)
            break;
        nap();
    }
    world_close(&w);
    world_open(&w, CLOCK_SKIP, STR("simulated"), START_MS + INT64_C(400) * MS_PER_S);
    json job = wait_until(&w, "jobs", "long", is_over);
    assert_true(is_complete(job));
    assert_int_equal(lasted_s(job, "status", "startTime", "completionTime"), 1000);
    json pods = list(&w, "pods");
    assert_int_equal(json_len(pods), 1);
    json_unref(pods);
    json_unref(job);
    world_close(&w);
    static const char *const files[] = {"stepd.db", "stepd.db-wal", "stepd.db-shm", "stepd.lock"};
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(command, sizeof command, "%s/%s", w.dir, files[i]);
        (void)unlink(command);
    }
    (void)rmdir(w.dir);
}

static void test_unknown_runtime_is_refused(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    struct jobs_options o = {world.kube, world.clock, 1, STR("docker"), 0};
    assert_null(jobs_start(&o, &err));
    assert_int_equal(err.id, ERR_BAD_SETTING);
    err_release(&err);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_job_completes),
        CASE(test_backoff_limit_zero_fails_at_the_first_failure),
        CASE(test_retries_wait_longer_each_time),
        CASE(test_deadline_counts_the_running_pod_as_failed),
        CASE(test_parallel_pods_up_to_completions),
        CASE(test_work_queue_ends_when_all_have_ended),
        CASE(test_indexed_job_completes_each_index),
        CASE(test_on_failure_restarts_in_place_until_the_limit),
        CASE(test_a_job_that_is_not_supported_fails_by_name),
        CASE(test_ttl_removes_the_job_and_its_pods),
        CASE(test_suspended_job_waits_and_goes_on),
        CASE(test_deleting_a_job_takes_its_pods_along),
        CASE(test_bare_pod_with_init_container),
        CASE(test_bad_annotation_is_a_start_error),
        cmocka_unit_test(test_same_seed_same_times),
        cmocka_unit_test(test_restart_goes_on_where_it_was),
        CASE(test_unknown_runtime_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
