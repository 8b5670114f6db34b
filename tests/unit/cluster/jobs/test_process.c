/* The process runtime: containers as local processes, their logs, ends and killing. */
#include "jobs_fixture.h"
#include "store/sql.h"
#include "unit.h"

#include <errno.h>
#include <signal.h>
#include <unistd.h>

static struct world world;

static int begin(void **state)
{
    (void)state;
    world_new(&world, CLOCK_SKIP, STR("process"));
    return 0;
}

static int end(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

/* A Job whose container runs a shell script; ' may not be in it, and $$ is a dollar. */
static json script(const char *name, const char *spec, const char *text)
{
    char container[2048];
    (void)snprintf(container, sizeof container, ",'command':['/bin/sh','-c'],'args':['%s']", text);
    return job_of(name, spec, "", "Never", container);
}

/* Given: the only pod. */
static json the_pod(void)
{
    json pods = list(&world, "pods");
    assert_int_equal(json_len(pods), 1);
    json pod = json_ref(json_at(pods, 0));
    json_unref(pods);
    return pod;
}

static json ended(json pod)
{
    return json_get_path(json_at(json_get_path(pod, "status", "containerStatuses", NULL), 0),
                         "state", "terminated", NULL);
}

static void assert_log(json pod, const char *expected)
{
    struct err err = ERR_INIT;
    struct store_connection *c = store_reader(world.store, &err);
    must(c, &err);
    struct sqlite3_stmt *q = store_statement(
        c, "SELECT text FROM kube_logs WHERE cluster = 'c1' AND pod_uid = ?1", &err);
    must(q, &err);
    store_bind_str(q, 1, json_str(json_get_path(pod, "metadata", "uid", NULL)));
    assert_int_equal(store_step(c, q, &err), STORE_ROW);
    assert_str(store_column_str(q, 0), expected);
    store_finish(q);
}

static void test_output_is_the_log(void **state)
{
    (void)state;
    create(&world, "jobs", script("out", "", "echo one; echo two >&2; sleep 0.05; echo three"));
    json job = wait_until(&world, "jobs", "out", is_over);
    assert_true(is_complete(job));
    json pod = the_pod();
    assert_log(pod, "one\ntwo\nthree\n");
    assert_int_equal(clock_now_ms(world.clock), START_MS); // a process holds the clock
    json_unref(pod);
    json_unref(job);
}

static void test_exit_code_and_signal(void **state)
{
    (void)state;
    create(&world, "jobs", script("code", "'backoffLimit':0,", "exit 42"));
    json job = wait_until(&world, "jobs", "code", is_over);
    json pod = the_pod();
    assert_int_equal(json_get(ended(pod), STR("exitCode")).as.integer, 42);
    assert_str(json_str(json_get(ended(pod), STR("reason"))), "Error");
    json_unref(pod);
    json_unref(job);
    assert_int_equal(delete_object(&world, "jobs", "code"), ERR_NONE);
    json_unref(wait_until(&world, "jobs", "code", is_gone));
    create(&world, "jobs", script("signal", "'backoffLimit':0,", "kill -9 $$$$"));
    job = wait_until(&world, "jobs", "signal", is_over);
    assert_true(is_failed(job));
    pod = the_pod();
    assert_int_equal(json_get(ended(pod), STR("exitCode")).as.integer, 137);
    json_unref(pod);
    json_unref(job);
}

static void test_environment_directory_and_expansion(void **state)
{
    (void)state;
    create(&world, "jobs",
           job_of("env", "'completionMode':'Indexed','completions':1,", "", "Never",
                  ",'command':['sh','-c','echo $A-$B-$JOB_COMPLETION_INDEX-$(A)-$$(A); pwd'],"
                  "'workingDir':'/','env':[{'name':'A','value':'x y'},{'name':'B','value':'<$(A)>'"
                  "}]"));
    json job = wait_until(&world, "jobs", "env", is_over);
    json pod = the_pod();
    // $(A) is expanded before the shell sees it, $$(A) reaches it as $(A): a command not found
    struct err err = ERR_INIT;
    struct store_connection *c = store_reader(world.store, &err);
    must(c, &err);
    struct sqlite3_stmt *q =
        store_statement(c, "SELECT text FROM kube_logs WHERE text LIKE '%x y-<x y>-0-x y-%'", &err);
    must(q, &err);
    assert_int_equal(store_step(c, q, &err), STORE_ROW);
    assert_true(str_ends(store_column_str(q, 0), STR("\n/\n")));
    store_finish(q);
    json_unref(pod);
    json_unref(job);
}

static void test_what_cannot_be_started_is_a_start_error(void **state)
{
    (void)state;
    static const struct {
        const char *name, *container, *text;
    } rows[] = {
        {"none",    "",                                                              "the process runtime needs a command"},
        {"missing", ",'command':['no-such-program-here']",                           "exec: \"no-such-program-here\""     },
        {"dir",     ",'command':['true'],'workingDir':'/no/such'",                   "exec: \"true\": No such file"       },
        {"from",    ",'command':['true'],'envFrom':[{'configMapRef':{'name':'x'}}]",
         "the process runtime does not support envFrom"                                                                   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        create(&world, "jobs",
               job_of(rows[i].name, "'backoffLimit':0,", "", "Never", rows[i].container));
        json job = wait_until(&world, "jobs", rows[i].name, is_over);
        json pod = the_pod();
        assert_int_equal(json_get(ended(pod), STR("exitCode")).as.integer, 128);
        assert_str(json_str(json_get(ended(pod), STR("reason"))), "StartError");
        str message = json_str(json_get(ended(pod), STR("message")));
        if (!str_starts(message, str_from_c(rows[i].text)))
            fail_msg("%.*s", STR_ARG(message));
        json_unref(pod);
        json_unref(job);
        assert_int_equal(delete_object(&world, "jobs", rows[i].name), ERR_NONE);
        json_unref(wait_until(&world, "jobs", rows[i].name, is_gone));
    }
}

static bool alive(pid_t pid)
{
    return kill(pid, 0) == 0 || errno != ESRCH;
}

/* The number that a script writes to a file. */
static pid_t pid_in(const char *path)
{
    for (int i = 0; i < 5000; i++) {
        FILE *f = fopen(path, "r");
        char text[32] = "";
        size_t len = f ? fread(text, 1, sizeof text - 1, f) : 0;
        int64_t pid;
        if (f)
            (void)fclose(f);
        if (len > 1 && str_to_int64((str){text, len - 1}, &pid))
            return (pid_t)pid;
        nap();
    }
    fail_msg("no pid in %s", path);
    return 0;
}

static void assert_dies(pid_t pid)
{
    for (int i = 0; i < 2500 && alive(pid); i++)
        nap();
    assert_false(alive(pid));
}

static void test_deletion_kills_children_too(void **state)
{
    (void)state;
    char text[256], path[64];
    (void)snprintf(path, sizeof path, "/tmp/stepd-process-%d", (int)getpid());
    (void)snprintf(text, sizeof text, "sleep 1000 & echo $! > %s; wait", path);
    create(&world, "jobs", script("kids", "", text));
    pid_t child = pid_in(path);
    assert_true(alive(child));
    assert_int_equal(delete_object(&world, "jobs", "kids"), ERR_NONE);
    assert_dies(child);
    (void)unlink(path);
}

static void test_deadline_kills(void **state)
{
    (void)state;
    // a real clock: a process holds a skipping one
    struct world real = {0};
    char text[256], path[64];
    (void)snprintf(path, sizeof path, "/tmp/stepd-deadline-%d", (int)getpid());
    (void)snprintf(text, sizeof text, "echo $$$$ > %s; exec sleep 1000", path);
    world_new(&real, CLOCK_REAL, STR("process"));
    create(&real, "jobs", script("late", "'activeDeadlineSeconds':1,", text));
    pid_t pid = pid_in(path);
    json job = wait_until(&real, "jobs", "late", is_over);
    assert_str(json_str(json_get(condition(job, "Failed"), STR("reason"))), "DeadlineExceeded");
    assert_dies(pid);
    json_unref(job);
    world_close(&real);
    (void)unlink(path);
}

static void test_stop_kills(void **state)
{
    (void)state;
    struct world other = {0};
    char text[256], path[64];
    (void)snprintf(path, sizeof path, "/tmp/stepd-stop-%d", (int)getpid());
    (void)snprintf(text, sizeof text, "trap : TERM; sleep 1000 & echo $! > %s; wait; wait", path);
    world_new(&other, CLOCK_SKIP, STR("process"));
    create(&other, "jobs", script("stop", "", text));
    pid_t child = pid_in(path);
    world_close(&other);
    assert_dies(child);
    (void)unlink(path);
}

static void test_long_output_keeps_its_end(void **state)
{
    (void)state;
    create(&world, "jobs",
           script("long", "",
                  "yes 0123456789012345678901234567890123456789012345678 | head -n 300000;"
                  " echo last"));
    json job = wait_until(&world, "jobs", "long", is_over);
    assert_true(is_complete(job));
    struct err err = ERR_INIT;
    struct store_connection *c = store_reader(world.store, &err);
    must(c, &err);
    struct sqlite3_stmt *q = store_statement(c, "SELECT text FROM kube_logs", &err);
    must(q, &err);
    assert_int_equal(store_step(c, q, &err), STORE_ROW);
    str log = store_column_str(q, 0);
    assert_true(log.len <= KUBE_LOG_MAX_BYTES && log.len > 1048576);
    assert_true(str_ends(log, STR("\nlast\n")));
    assert_true(str_starts(log, STR("0123456789")));
    store_finish(q);
    json_unref(job);
}

/* A process that died with the server is run again. */
static void test_restart_runs_it_again(void **state)
{
    (void)state;
    struct world w = {.dir = "/tmp/stepd-again-XXXXXX"};
    char text[512], path[64], file[128];
    assert_non_null(mkdtemp(w.dir));
    (void)snprintf(path, sizeof path, "/tmp/stepd-again-%d", (int)getpid());
    (void)snprintf(text, sizeof text,
                   "if [ -e %s ]; then echo second; else echo $$$$ > %s; sleep 1000; fi", path,
                   path);
    world_open(&w, CLOCK_SKIP, STR("process"), START_MS);
    world_seed(&w);
    create(&w, "jobs", script("again", "'backoffLimit':0,", text));
    pid_t first = pid_in(path);
    for (;;) { // until its running is recorded
        json job = find(&w, "jobs", "again");
        bool ready = number(job, "status", "ready") == 1;
        json_unref(job);
        if (ready)
            break;
        nap();
    }
    world_close(&w);
    assert_dies(first);
    world_open(&w, CLOCK_SKIP, STR("process"), START_MS);
    json job = wait_until(&w, "jobs", "again", is_over);
    assert_true(is_complete(job));
    json pods = list(&w, "pods");
    assert_int_equal(json_len(pods), 1);
    json_unref(pods);
    json_unref(job);
    world_close(&w);
    static const char *const files[] = {"stepd.db", "stepd.db-wal", "stepd.db-shm", "stepd.lock"};
    for (size_t i = 0; i < 4; i++) {
        (void)snprintf(file, sizeof file, "%s/%s", w.dir, files[i]);
        (void)unlink(file);
    }
    (void)rmdir(w.dir);
    (void)unlink(path);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, begin, end)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_output_is_the_log),
        CASE(test_exit_code_and_signal),
        CASE(test_environment_directory_and_expansion),
        CASE(test_what_cannot_be_started_is_a_start_error),
        CASE(test_deletion_kills_children_too),
        cmocka_unit_test(test_deadline_kills),
        cmocka_unit_test(test_stop_kills),
        cmocka_unit_test(test_restart_runs_it_again),
        CASE(test_long_output_keeps_its_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
