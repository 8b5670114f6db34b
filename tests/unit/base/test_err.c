/* Errors: texts, names, wrapping, moving, and what is left when memory fails. */
#include "base/err.h"
#include "base/mem.h"
#include "unit.h"

#include <errno.h>

static void test_a_set_error_tells_id_name_status_and_text(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_false(err_is_set(&err));
    assert_str(err_text(&err), "");
    assert_str(err_name(&err), "");
    assert_false(err_set(&err, ERR_CONFLICT, "it is %d", 7));
    assert_true(err_is_set(&err));
    assert_str(err_text(&err), "it is 7");
    assert_str(err_name(&err), "ConflictException");
    assert_int_equal(err_id_http_status(err.id), 409);
    err_release(&err);
    assert_false(err_is_set(&err));
    err_release(&err);
}

static void test_every_id_has_a_name_and_a_status(void **state)
{
    (void)state;
    for (int id = ERR_NAMED + 1; id < ERR_ID_COUNT; id++) {
        assert_true(err_id_name((enum err_id)id).len > 0);
        assert_in_range(err_id_http_status((enum err_id)id), 400, 599);
    }
}

static void test_a_name_of_its_own(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_false(err_set_named(&err, STR("EKS.409"), "taken"));
    assert_int_equal(err.id, ERR_NAMED);
    assert_str(err_name(&err), "EKS.409");
    assert_str(err_text(&err), "taken");
    err_release(&err);
}

static void test_errno_is_told_in_words(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    errno = ENOENT;
    assert_false(err_set_errno(&err, ERR_SYSTEM, "cannot open %s", "x"));
    assert_str(err_text(&err), "cannot open x: No such file or directory");
    err_release(&err);
}

static void test_wrapping_goes_in_front_and_keeps_the_rest(void **state)
{
    (void)state;
    struct err err = ERR_INIT;
    assert_false(err_set(&err, ERR_BAD_JSON, "inner"));
    err.line = 3;
    err_wrap(&err, "outer %s: ", "text");
    assert_str(err_text(&err), "outer text: inner");
    assert_int_equal(err.id, ERR_BAD_JSON);
    assert_int_equal(err.line, 3);
    err_release(&err);
}

static void test_moving_empties_and_copying_does_not(void **state)
{
    (void)state;
    struct err err = ERR_INIT, copy = ERR_INIT, moved = ERR_INIT;
    assert_false(err_set_named(&err, STR("N"), "t"));
    err_copy(&copy, &err);
    err_move(&moved, &err);
    assert_false(err_is_set(&err));
    assert_str(err_name(&copy), "N");
    assert_str(err_text(&copy), "t");
    assert_str(err_name(&moved), "N");
    err_release(&copy);
    err_release(&moved);
}

static void test_without_memory_the_id_remains(void **state)
{
    (void)state;
    for (unsigned n = 1; n <= 8; n++) {
        struct err err = ERR_INIT, copy = ERR_INIT;
        mem_fail_after(n);
        assert_false(err_set_named(&err, STR("Name"), "text %d", 1));
        err_wrap(&err, "front: ");
        err_copy(&copy, &err);
        mem_fail_after(0);
        assert_int_equal(err.id, ERR_NAMED);
        assert_int_equal(copy.id, ERR_NAMED);
        (void)err_name(&copy); // names and texts may be missing, reading them is safe
        (void)err_text(&copy);
        err_release(&err);
        err_release(&copy);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_set_error_tells_id_name_status_and_text),
        cmocka_unit_test(test_every_id_has_a_name_and_a_status),
        cmocka_unit_test(test_a_name_of_its_own),
        cmocka_unit_test(test_errno_is_told_in_words),
        cmocka_unit_test(test_wrapping_goes_in_front_and_keeps_the_rest),
        cmocka_unit_test(test_moving_empties_and_copying_does_not),
        cmocka_unit_test(test_without_memory_the_id_remains),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
