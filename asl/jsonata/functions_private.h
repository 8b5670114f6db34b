/* The functions of builtins.c's rows, by file. Each gets arguments that its signature allows: what
 * may be left out is undefined then. *out is undefined until it is set. */
#ifndef ASL_JSONATA_FUNCTIONS_PRIVATE_H
#define ASL_JSONATA_FUNCTIONS_PRIVATE_H

#include "evaluate_private.h"

/* -- strings.c -- */
builtin_run function_string;
builtin_run function_length;
builtin_run function_substring;
builtin_run function_substring_before;
builtin_run function_substring_after;
builtin_run function_lowercase;
builtin_run function_uppercase;
builtin_run function_trim;
builtin_run function_pad;
builtin_run function_join;

/* -- patterns.c -- */
builtin_run function_contains;
builtin_run function_match;
builtin_run function_replace;
builtin_run function_split;

/* -- encoding.c -- */
builtin_run function_base64encode;
builtin_run function_base64decode;
builtin_run function_encode_url;
builtin_run function_encode_url_component;
builtin_run function_decode_url;
builtin_run function_decode_url_component;

/* -- numbers.c -- */
builtin_run function_number;
builtin_run function_abs;
builtin_run function_floor;
builtin_run function_ceil;
builtin_run function_round;
builtin_run function_power;
builtin_run function_sqrt;
builtin_run function_random;
builtin_run function_format_base;
builtin_run function_format_integer;
builtin_run function_format_number;
builtin_run function_parse_integer;
builtin_run function_sum;
builtin_run function_max;
builtin_run function_min;
builtin_run function_average;

/* -- arrays.c -- */
builtin_run function_count;
builtin_run function_append;
builtin_run function_reverse;
builtin_run function_shuffle;
builtin_run function_distinct;
builtin_run function_zip;
builtin_run function_sort;

/* -- objects.c -- */
builtin_run function_keys;
builtin_run function_lookup;
builtin_run function_spread;
builtin_run function_merge;
builtin_run function_each;
builtin_run function_sift;
builtin_run function_clone;

/* -- higher_order.c -- */
builtin_run function_map;
builtin_run function_filter;
builtin_run function_single;
builtin_run function_reduce;

/* -- control.c -- */
builtin_run function_boolean;
builtin_run function_not;
builtin_run function_exists;
builtin_run function_type;
builtin_run function_error;
builtin_run function_assert;
builtin_run function_eval;

/* -- times.c -- */
builtin_run function_now;
builtin_run function_millis;
builtin_run function_from_millis;
builtin_run function_to_millis;

/* -- aws.c -- */
builtin_run function_hash;
builtin_run function_parse;
builtin_run function_partition;
builtin_run function_range;
builtin_run function_random_seeded;
builtin_run function_uuid;

/* Calls a function value with up to three arguments, as many as it takes: item, key or index, and
 * the whole. */
bool call_with_item(struct call *c, struct value function, struct value item, struct value key,
                    struct value whole, struct value *out) MUST_CHECK;

#endif
