/* State machines, revisions, tags. */
#include "store_fixture.h"

static struct store *s;
static struct arena a;

static int setup(void **state)
{
    (void)state;
    arena_init(&a, 1 << 20);
    s = fixture_open(":memory:");
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    store_close(s);
    arena_release(&a);
    return 0;
}

/* A call on the writer and what it answered. */
struct call {
    struct store_machine machine;
    int64_t revision;
    str arn, key, value;
    bool removed;
};

static bool insert(void *context, struct store_connection *c, struct err *err)
{
    struct call *call = context;
    return store_machine_insert(c, &call->machine, &call->revision, err);
}

static bool update(void *context, struct store_connection *c, struct err *err)
{
    struct call *call = context;
    return store_machine_update(c, &call->machine, &call->revision, err);
}

static bool delete_machine(void *context, struct store_connection *c, struct err *err)
{
    struct call *call = context;
    return store_machine_delete(c, call->arn, &call->removed, err);
}

static bool tag_set(void *context, struct store_connection *c, struct err *err)
{
    struct call *call = context;
    return store_tag_set(c, call->arn, call->key, call->value, err);
}

static bool tag_remove(void *context, struct store_connection *c, struct err *err)
{
    struct call *call = context;
    return store_tag_remove(c, call->arn, call->key, err);
}

static struct call machine_call(const char *arn)
{
    return (struct call){
        .machine = {.arn = str_from_c(arn),
                    .name = STR("m"),
                    .created_ms = 10,
                    .updated_ms = 10,
                    .role_arn = STR("role"),
                    .definition = STR("{\"StartAt\":\"A\"}"),
                    .logging_json = STR("{\"level\":\"OFF\"}")}
    };
}

static bool find(str arn, struct store_machine *out)
{
    struct err err = ERR_INIT;
    bool found = false;
    assert_true(store_machine_find(fixture_reader(s), &a, arn, out, &found, &err));
    return found;
}

static void test_a_machine_is_found_as_it_was_given(void **state)
{
    (void)state;
    struct call call = machine_call(MACHINE);
    assert_int_equal(fixture_write(s, insert, &call), ERR_NONE);
    struct store_machine m;
    assert_true(find(STR(MACHINE), &m));
    assert_str(m.arn, MACHINE);
    assert_str(m.name, "m");
    assert_false(m.express);
    assert_false(m.deleting);
    assert_int_equal(m.created_ms, 10);
    assert_int_equal(m.updated_ms, 10);
    assert_int_equal(m.revision, call.revision);
    assert_str(m.revision_id, "");
    assert_str(m.role_arn, "role");
    assert_str(m.definition, "{\"StartAt\":\"A\"}");
    assert_str(m.logging_json, "{\"level\":\"OFF\"}");
    assert_str(m.tracing_json, "");
    assert_str(m.encryption_json, "");
    assert_false(find(STR("arn:other"), &m));
}

static void test_a_second_machine_of_an_arn_is_a_conflict(void **state)
{
    (void)state;
    struct call call = machine_call(MACHINE);
    assert_int_equal(fixture_write(s, insert, &call), ERR_NONE);
    assert_int_equal(fixture_write(s, insert, &call), ERR_CONFLICT);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM revisions"), 1);
}

static void test_an_update_adds_a_revision_and_keeps_the_old_one(void **state)
{
    (void)state;
    struct call call = machine_call(MACHINE);
    call.machine.express = true;
    assert_int_equal(fixture_write(s, insert, &call), ERR_NONE);
    int64_t first = call.revision;
    call.machine.definition = STR("{\"StartAt\":\"B\"}");
    call.machine.role_arn = STR("other");
    call.machine.revision_id = STR("uuid");
    call.machine.updated_ms = 20;
    assert_int_equal(fixture_write(s, update, &call), ERR_NONE);
    assert_true(call.revision > first);

    struct store_machine m;
    assert_true(find(STR(MACHINE), &m));
    assert_int_equal(m.revision, call.revision);
    assert_str(m.definition, "{\"StartAt\":\"B\"}");
    assert_str(m.role_arn, "other");
    assert_str(m.revision_id, "uuid");
    assert_int_equal(m.created_ms, 10);
    assert_int_equal(m.updated_ms, 20);
    assert_true(m.express);

    struct err err = ERR_INIT;
    bool found = false;
    assert_true(store_machine_revision(fixture_reader(s), &a, first, &m, &found, &err));
    assert_true(found);
    assert_str(m.definition, "{\"StartAt\":\"A\"}");
    assert_str(m.role_arn, "role");
    assert_int_equal(m.updated_ms, 10);
    assert_true(store_machine_revision(fixture_reader(s), &a, 999, &m, &found, &err));
    assert_false(found);
}

static void test_an_update_of_none_leaves_nothing(void **state)
{
    (void)state;
    struct call call = machine_call(MACHINE);
    assert_int_equal(fixture_write(s, update, &call), ERR_STATE_MACHINE_DOES_NOT_EXIST);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM revisions"), 0);
}

static void test_a_listing_pages_in_order_of_arn(void **state)
{
    (void)state;
    static const char *const arns[] = {"c", "a", "e", "b", "d"};
    for (size_t i = 0; i < 5; i++) {
        struct call call = machine_call(arns[i]);
        assert_int_equal(fixture_write(s, insert, &call), ERR_NONE);
    }
    struct err err = ERR_INIT;
    struct store_machine page[2];
    size_t count = 0;
    str after = STR("");
    char seen[8] = "";
    size_t at = 0;
    do {
        assert_true(store_machines_list(fixture_reader(s), &a, after, 2, page, &count, &err));
        for (size_t i = 0; i < count; i++) {
            assert_true(at < sizeof seen - 1);
            seen[at++] = page[i].arn.ptr[0];
            after = page[i].arn;
        }
    } while (count > 0);
    assert_string_equal(seen, "abcde");
}

static size_t tags(const char *arn, struct store_tag **out)
{
    struct err err = ERR_INIT;
    size_t count = 99;
    assert_true(store_tags_list(fixture_reader(s), &a, str_from_c(arn), out, &count, &err));
    return count;
}

static void test_tags_are_set_replaced_and_removed(void **state)
{
    (void)state;
    struct store_tag *t = NULL;
    assert_int_equal(tags("x", &t), 0);
    struct call call = {.arn = STR("x"), .key = STR("b"), .value = STR("1")};
    assert_int_equal(fixture_write(s, tag_set, &call), ERR_NONE);
    call.key = STR("a");
    assert_int_equal(fixture_write(s, tag_set, &call), ERR_NONE);
    call.value = STR("2");
    assert_int_equal(fixture_write(s, tag_set, &call), ERR_NONE);
    assert_int_equal(tags("x", &t), 2);
    assert_str(t[0].key, "a");
    assert_str(t[0].value, "2");
    assert_str(t[1].key, "b");
    assert_int_equal(tags("y", &t), 0);
    assert_int_equal(fixture_write(s, tag_remove, &call), ERR_NONE);
    assert_int_equal(tags("x", &t), 1);
}

static void test_a_deleted_machine_goes_with_its_tags(void **state)
{
    (void)state;
    struct call call = machine_call(MACHINE);
    assert_int_equal(fixture_write(s, insert, &call), ERR_NONE);
    call.arn = STR(MACHINE);
    call.key = call.value = STR("t");
    assert_int_equal(fixture_write(s, tag_set, &call), ERR_NONE);
    assert_int_equal(fixture_write(s, delete_machine, &call), ERR_NONE);
    assert_true(call.removed);
    struct store_machine m;
    struct store_tag *t = NULL;
    assert_false(find(STR(MACHINE), &m));
    assert_int_equal(tags(MACHINE, &t), 0);
    assert_int_equal(fixture_number(s, "SELECT count(*) FROM revisions"), 0);
    call.removed = false;
    assert_int_equal(fixture_write(s, delete_machine, &call), ERR_NONE); // of none
    assert_true(call.removed);
}

static void test_a_machine_with_executions_goes_with_the_last_end(void **state)
{
    (void)state;
    struct call call = machine_call(MACHINE);
    assert_int_equal(fixture_write(s, insert, &call), ERR_NONE);
    fixture_start(s, 1, "one");
    fixture_start(s, 2, "two");
    call.arn = STR(MACHINE);
    assert_int_equal(fixture_write(s, delete_machine, &call), ERR_NONE);
    assert_false(call.removed);
    struct store_machine m;
    assert_true(find(STR(MACHINE), &m));
    assert_true(m.deleting);
    fixture_end(s, 1, STORE_ABORTED, 5000);
    assert_true(find(STR(MACHINE), &m));
    fixture_end(s, 2, STORE_ABORTED, 5000);
    assert_false(find(STR(MACHINE), &m));

    // What its executions ran can still be told.
    struct err err = ERR_INIT;
    bool found = false;
    assert_true(store_machine_revision(fixture_reader(s), &a, call.revision, &m, &found, &err));
    assert_true(found && m.deleting);
    assert_str(m.name, "m");
}

static void test_a_page_that_has_no_memory_is_an_error(void **state)
{
    (void)state;
    struct call call = machine_call(MACHINE);
    assert_int_equal(fixture_write(s, insert, &call), ERR_NONE);
    struct arena small;
    arena_init(&small, 8);
    struct err err = ERR_INIT;
    struct store_machine m;
    bool found = false;
    assert_false(store_machine_find(fixture_reader(s), &small, STR(MACHINE), &m, &found, &err));
    assert_int_equal(err.id, ERR_NO_MEMORY);
    err_release(&err);
    arena_release(&small);
    assert_true(find(STR(MACHINE), &m)); // the statement was finished
}

int main(void)
{
    const struct CMUnitTest tests[] = {
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
        TEST(test_a_machine_is_found_as_it_was_given),
        TEST(test_a_second_machine_of_an_arn_is_a_conflict),
        TEST(test_an_update_adds_a_revision_and_keeps_the_old_one),
        TEST(test_an_update_of_none_leaves_nothing),
        TEST(test_a_listing_pages_in_order_of_arn),
        TEST(test_tags_are_set_replaced_and_removed),
        TEST(test_a_deleted_machine_goes_with_its_tags),
        TEST(test_a_machine_with_executions_goes_with_the_last_end),
        TEST(test_a_page_that_has_no_memory_is_an_error),
#undef TEST
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
