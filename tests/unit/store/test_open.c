/* Opening: what is made, what is refused and by which error. */
#include "store_fixture.h"

#include <sqlite3.h>

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>

static char dir[64];

static int setup(void **state)
{
    (void)state;
    (void)snprintf(dir, sizeof dir, "/tmp/stepd-store-XXXXXX");
    return mkdtemp(dir) ? 0 : -1;
}

static const char *in_dir(const char *name)
{
    static char path[128];
    (void)snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

static int teardown(void **state)
{
    (void)state;
    (void)unlink(in_dir("stepd.db"));
    (void)unlink(in_dir("stepd.db-wal"));
    (void)unlink(in_dir("stepd.db-shm"));
    (void)unlink(in_dir("stepd.lock"));
    return rmdir(dir);
}

static void assert_refused(const char *data_dir, enum err_id id, const char *says)
{
    struct err err = ERR_INIT;
    struct store_options options = {.data_dir = str_from_c(data_dir), .durability = STORE_FULL};
    assert_null(store_open(&options, &err));
    assert_int_equal(err.id, id);
    if (!strstr(err.text, says))
        fail_msg("\"%s\" does not say \"%s\"", err.text, says);
    err_release(&err);
}

/* As another process would. */
static void person_runs(const char *sql)
{
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(in_dir("stepd.db"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_exec(db, sql, NULL, NULL, NULL), SQLITE_OK);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static bool set_fact(void *context, struct store_connection *c, struct err *err)
{
    return store_meta_set(c, STR("fact"), *(str *)context, err);
}

static void assert_fact(struct store *s, const char *expected)
{
    struct err err = ERR_INIT;
    struct buf value;
    bool found = false;
    buf_init(&value, 100);
    assert_true(store_meta_get(fixture_reader(s), STR("fact"), &value, &found, &err));
    assert_true(found == (expected != NULL));
    if (expected)
        assert_str(buf_str(&value), expected);
    buf_release(&value);
}

static void test_facts_survive_a_close(void **state)
{
    (void)state;
    struct store *s = fixture_open(dir);
    assert_fact(s, NULL);
    assert_int_equal(fixture_write(s, set_fact, &STR("one")), ERR_NONE);
    assert_fact(s, "one");
    assert_int_equal(fixture_write(s, set_fact, &STR("two")), ERR_NONE);
    store_close(s);
    s = fixture_open(dir);
    assert_fact(s, "two");
    store_close(s);
}

static void test_a_missing_directory_is_made_with_those_above(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "%s/a/b", dir);
    store_close(fixture_open(path));
    struct stat st;
    (void)snprintf(path, sizeof path, "%s/a/b/stepd.db", dir);
    assert_int_equal(stat(path, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(unlink(path), 0);
    (void)snprintf(path, sizeof path, "%s/a/b/stepd.lock", dir);
    assert_int_equal(unlink(path), 0);
    assert_int_equal(rmdir(in_dir("a/b")), 0);
    assert_int_equal(rmdir(in_dir("a")), 0);
}

static void test_a_second_store_is_refused_by_pid(void **state)
{
    (void)state;
    struct store *s = fixture_open(dir);
    char says[200];
    (void)snprintf(says, sizeof says,
                   "the data directory '%s' is in use by another stepd (pid %ld)", dir,
                   (long)getpid());
    assert_refused(dir, ERR_STORE_IN_USE, says);
    store_close(s);
    store_close(fixture_open(dir));
}

static void test_a_killed_store_gives_its_directory_back(void **state)
{
    (void)state;
    int pipes[2];
    assert_int_equal(pipe(pipes), 0);
    pid_t child = fork();
    if (child == 0) {
        struct store *s = fixture_open(dir);
        if (fixture_write(s, set_fact, &STR("kept")) == ERR_NONE && write(pipes[1], "x", 1) == 1)
            (void)pause();
        _exit(1);
    }
    char byte;
    assert_int_equal(read(pipes[0], &byte, 1), 1);
    assert_refused(dir, ERR_STORE_IN_USE, "is in use by another stepd (pid ");
    assert_int_equal(kill(child, SIGKILL), 0);
    assert_int_equal(waitpid(child, NULL, 0), child);
    struct store *s = fixture_open(dir);
    assert_fact(s, "kept");
    store_close(s);
    (void)close(pipes[0]);
    (void)close(pipes[1]);
}

static void test_a_newer_file_is_refused_and_left_alone(void **state)
{
    (void)state;
    store_close(fixture_open(dir));
    person_runs("PRAGMA user_version = 99");
    assert_refused(dir, ERR_STORE_NEWER, "version 99, this stepd knows up to version 3");
    person_runs("PRAGMA user_version = 3");
    store_close(fixture_open(dir));
}

static void test_what_is_no_database_is_refused(void **state)
{
    (void)state;
    int fd = open(in_dir("stepd.db"), O_WRONLY | O_CREAT, 0600);
    assert_true(fd >= 0);
    static const char text[2000] = "this is no database, but a text of some length";
    assert_int_equal(write(fd, text, sizeof text), sizeof text);
    assert_int_equal(close(fd), 0);
    assert_refused(dir, ERR_STORE, "file is not a database");
}

static void test_a_path_through_a_file_is_refused(void **state)
{
    (void)state;
    store_close(fixture_open(dir));
    char path[128];
    (void)snprintf(path, sizeof path, "%s/stepd.db/x", dir);
    assert_refused(path, ERR_SYSTEM, "cannot be made: Not a directory");
}

static void test_names_that_are_no_path_are_refused(void **state)
{
    (void)state;
    assert_refused("", ERR_SYSTEM, "must have 1 to");
}

static void test_a_directory_that_cannot_be_written_is_refused(void **state)
{
    (void)state;
    if (access("/sys", F_OK) != 0)
        skip();
    // Not even root makes a directory there: EPERM, or EROFS in a container.
    assert_refused("/sys/stepd", ERR_STORE_READ_ONLY,
                   "the data directory '/sys/stepd' cannot be made");
}

static void test_a_throw_away_store_leaves_nothing(void **state)
{
    (void)state;
    struct arena a;
    arena_init(&a, 10000);
    struct store *s = fixture_open(":memory:");
    str file = fixture_text(s, &a, "SELECT file FROM pragma_database_list WHERE name = 'main'");
    char path[200];
    (void)snprintf(path, sizeof path, "%.*s", STR_ARG(file));
    assert_int_equal(access(path, F_OK), 0);
    store_close(s);
    *strrchr(path, '/') = '\0';
    assert_int_equal(access(path, F_OK), -1);
    arena_release(&a);
}

static void test_opening_fails_cleanly_without_memory(void **state)
{
    (void)state;
    bool opened = false;
    for (unsigned n = 1; !opened; n++) {
        struct err err = ERR_INIT;
        struct store_options options = {.data_dir = str_from_c(dir)};
        mem_fail_after(n);
        struct store *s = store_open(&options, &err);
        mem_fail_after(0);
        opened = s != NULL;
        if (opened)
            store_close(s);
        else
            assert_int_equal(err.id, ERR_NO_MEMORY);
        err_release(&err);
        assert_true(n < 1000);
    }
}

/* The queries of docs/store.md: indented lines up to a semicolon. */
static void test_the_queries_of_the_manual_can_be_asked(void **state)
{
    (void)state;
    store_close(fixture_open(dir));
    sqlite3 *db = NULL;
    assert_int_equal(sqlite3_open(in_dir("stepd.db"), &db), SQLITE_OK);
    FILE *manual = fopen("../../../docs/store.md", "r");
    assert_non_null(manual);
    char line[1000];
    char query[4000] = "";
    size_t len = 0;
    int queries = 0;
    while (fgets(line, sizeof line, manual)) {
        if (strncmp(line, "    ", 4) != 0 || strncmp(line, "    sqlite3", 11) == 0)
            continue;
        len += (size_t)snprintf(query + len, sizeof query - len, "%s", line);
        assert_true(len < sizeof query);
        if (!strchr(line, ';'))
            continue;
        sqlite3_stmt *q = NULL;
        if (sqlite3_prepare_v2(db, query, -1, &q, NULL) != SQLITE_OK)
            fail_msg("%s: %s", query, sqlite3_errmsg(db));
        (void)sqlite3_finalize(q);
        queries++;
        len = 0;
    }
    assert_int_equal(fclose(manual), 0);
    assert_true(queries >= 8);
    assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

static void test_durability_has_three_words(void **state)
{
    (void)state;
    enum store_durability d = STORE_OFF;
    assert_true(store_durability_parse(STR("full"), &d) && d == STORE_FULL);
    assert_true(store_durability_parse(STR("normal"), &d) && d == STORE_NORMAL);
    assert_true(store_durability_parse(STR("off"), &d) && d == STORE_OFF);
    assert_false(store_durability_parse(STR("Full"), &d));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_facts_survive_a_close, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_missing_directory_is_made_with_those_above, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_second_store_is_refused_by_pid, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_killed_store_gives_its_directory_back, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_a_newer_file_is_refused_and_left_alone, setup,
                                        teardown),
        cmocka_unit_test_setup_teardown(test_what_is_no_database_is_refused, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_path_through_a_file_is_refused, setup, teardown),
        cmocka_unit_test(test_names_that_are_no_path_are_refused),
        cmocka_unit_test(test_a_directory_that_cannot_be_written_is_refused),
        cmocka_unit_test(test_a_throw_away_store_leaves_nothing),
        cmocka_unit_test_setup_teardown(test_opening_fails_cleanly_without_memory, setup, teardown),
        cmocka_unit_test_setup_teardown(test_the_queries_of_the_manual_can_be_asked, setup,
                                        teardown),
        cmocka_unit_test(test_durability_has_three_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
