/* What every unit test includes first: cmocka with what it needs before it. */
#ifndef TESTS_UNIT_UNIT_H
#define TESTS_UNIT_UNIT_H

/* cmocka.h wants these first, in this order. */
/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
/* clang-format on */

/* Equality of a str and a C string, both shown on failure. */
#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        str unit_actual = (actual);                                                                \
        const char *unit_expected = (expected);                                                    \
        if (!str_eq(unit_actual, str_from_c(unit_expected)))                                       \
            fail_msg("got \"%.*s\", expected \"%s\"", STR_ARG(unit_actual), unit_expected);        \
    } while (0)

#endif
