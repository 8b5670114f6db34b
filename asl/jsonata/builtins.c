/* The function library as one table, and how a name finds its row.
 *
 * To add a function: 1. its code, in the file of its family; 2. its line in that file's part of
 * functions_private.h; 3. its row here, sorted by name; 4. its cases in
 * tests/unit/asl/jsonata/evaluate.cases. The row's signature is what the function may rely on.
 * arity: how many arguments a function like $map gives it. */
#include "functions_private.h"

#define PLAIN BUILTIN_PLAIN
#define AWS   BUILTIN_AWS
#define BOTH  BUILTIN_BOTH

/* clang-format off */
static const struct builtin rows[] = {
    {STR_INIT("abs"),                "<n-:n>",          function_abs,                  1, BOTH},
    {STR_INIT("append"),             "<xx:a>",          function_append,               2, BOTH},
    {STR_INIT("assert"),             "<bs?:x>",         function_assert,               2, BOTH},
    {STR_INIT("average"),            "<a<n>:n>",        function_average,              1, BOTH},
    {STR_INIT("base64decode"),       "<s-:s>",          function_base64decode,         1, BOTH},
    {STR_INIT("base64encode"),       "<s-:s>",          function_base64encode,         1, BOTH},
    {STR_INIT("boolean"),            "<x-:b>",          function_boolean,              1, BOTH},
    {STR_INIT("ceil"),               "<n-:n>",          function_ceil,                 1, BOTH},
    {STR_INIT("clone"),              "<(oa)-:o>",       function_clone,                1, BOTH},
    {STR_INIT("contains"),           "<s-(sf):b>",      function_contains,             2, BOTH},
    {STR_INIT("count"),              "<a:n>",           function_count,                1, BOTH},
    {STR_INIT("decodeUrl"),          "<s-:s>",          function_decode_url,           1, BOTH},
    {STR_INIT("decodeUrlComponent"), "<s-:s>",          function_decode_url_component, 1, BOTH},
    {STR_INIT("distinct"),           "<x:x>",           function_distinct,             1, BOTH},
    {STR_INIT("each"),               "<o-f:a>",         function_each,                 2, BOTH},
    {STR_INIT("encodeUrl"),          "<s-:s>",          function_encode_url,           1, BOTH},
    {STR_INIT("encodeUrlComponent"), "<s-:s>",          function_encode_url_component, 1, BOTH},
    {STR_INIT("error"),              "<s?:x>",          function_error,                1, BOTH},
    {STR_INIT("eval"),               "<sx?:x>",         function_eval,                 2, BUILTIN_EVAL},
    {STR_INIT("exists"),             "<x:b>",           function_exists,               1, BOTH},
    {STR_INIT("filter"),             "<af>",            function_filter,               2, BOTH},
    {STR_INIT("floor"),              "<n-:n>",          function_floor,                1, BOTH},
    {STR_INIT("formatBase"),         "<n-n?:s>",        function_format_base,          2, BOTH},
    {STR_INIT("formatInteger"),      "<n-s:s>",         function_format_integer,       2, BOTH},
    {STR_INIT("formatNumber"),       "<n-so?:s>",       function_format_number,        3, BOTH},
    {STR_INIT("fromMillis"),         "<n-s?s?:s>",      function_from_millis,          3, BOTH},
    {STR_INIT("hash"),               "<s-s?:s>",        function_hash,                 2, AWS},
    {STR_INIT("join"),               "<a<s>s?:s>",      function_join,                 2, BOTH},
    {STR_INIT("keys"),               "<x-:a<s>>",       function_keys,                 1, BOTH},
    {STR_INIT("length"),             "<s-:n>",          function_length,               1, BOTH},
    {STR_INIT("lookup"),             "<x-s:x>",         function_lookup,               2, BOTH},
    {STR_INIT("lowercase"),          "<s-:s>",          function_lowercase,            1, BOTH},
    {STR_INIT("map"),                "<af>",            function_map,                  2, BOTH},
    {STR_INIT("match"),              "<s-f<s:o>n?:a<o>>", function_match,              3, BOTH},
    {STR_INIT("max"),                "<a<n>:n>",        function_max,                  1, BOTH},
    {STR_INIT("merge"),              "<a<o>:o>",        function_merge,                1, BOTH},
    {STR_INIT("millis"),             "<:n>",            function_millis,               0, BOTH},
    {STR_INIT("min"),                "<a<n>:n>",        function_min,                  1, BOTH},
    {STR_INIT("not"),                "<x-:b>",          function_not,                  1, BOTH},
    {STR_INIT("now"),                "<s?s?:s>",        function_now,                  2, BOTH},
    {STR_INIT("number"),             "<(nsb)-:n>",      function_number,               1, BOTH},
    {STR_INIT("pad"),                "<s-ns?:s>",       function_pad,                  3, BOTH},
    {STR_INIT("parse"),              "<s?:x>",          function_parse,                1, AWS},
    {STR_INIT("parseInteger"),       "<s-s:n>",         function_parse_integer,        2, BOTH},
    {STR_INIT("partition"),          "<xn?:a>",         function_partition,            2, AWS},
    {STR_INIT("power"),              "<n-n:n>",         function_power,                2, BOTH},
    {STR_INIT("random"),             "<:n>",            function_random,               0, PLAIN},
    {STR_INIT("random"),             "<n?:n>",          function_random_seeded,        1, AWS},
    {STR_INIT("range"),              "<nnn?:a>",        function_range,                3, AWS},
    {STR_INIT("reduce"),             "<afj?:j>",        function_reduce,               3, BOTH},
    {STR_INIT("replace"),            "<s-(sf)(sf)n?:s>", function_replace,             4, BOTH},
    {STR_INIT("reverse"),            "<a:a>",           function_reverse,              1, BOTH},
    {STR_INIT("round"),              "<n-n?:n>",        function_round,                2, BOTH},
    {STR_INIT("shuffle"),            "<a:a>",           function_shuffle,              1, BOTH},
    {STR_INIT("sift"),               "<o-f?:o>",        function_sift,                 2, BOTH},
    {STR_INIT("single"),             "<af?>",           function_single,               2, BOTH},
    {STR_INIT("sort"),               "<af?:a>",         function_sort,                 2, BOTH},
    {STR_INIT("split"),              "<s-(sf)n?:a<s>>", function_split,                3, BOTH},
    {STR_INIT("spread"),             "<x-:a<o>>",       function_spread,               1, BOTH},
    {STR_INIT("sqrt"),               "<n-:n>",          function_sqrt,                 1, BOTH},
    {STR_INIT("string"),             "<x-b?:s>",        function_string,               1, BOTH},
    {STR_INIT("substring"),          "<s-nn?:s>",       function_substring,            3, BOTH},
    {STR_INIT("substringAfter"),     "<s-s:s>",         function_substring_after,      2, BOTH},
    {STR_INIT("substringBefore"),    "<s-s:s>",         function_substring_before,     2, BOTH},
    {STR_INIT("sum"),                "<a<n>:n>",        function_sum,                  1, BOTH},
    {STR_INIT("toMillis"),           "<s-s?:n>",        function_to_millis,            2, BOTH},
    {STR_INIT("trim"),               "<s-:s>",          function_trim,                 1, BOTH},
    {STR_INIT("type"),               "<x:s>",           function_type,                 1, BOTH},
    {STR_INIT("uppercase"),          "<s-:s>",          function_uppercase,            1, BOTH},
    {STR_INIT("uuid"),               "<:s>",            function_uuid,                 0, AWS},
    {STR_INIT("zip"),                "<a+>",            function_zip,                  0, BOTH},
};
/* clang-format on */

bool builtin_is_there(const struct evaluator *ev, const struct builtin *b)
{
    return !(b->dialects & BUILTIN_EVAL) || (ev->scope->eval && !ev->aws);
}

bool builtin_find(struct arena *a, str name, enum jsonata_dialect dialect,
                  const struct function **out, struct err *err)
{
    unsigned wanted = dialect == JSONATA_AWS ? BUILTIN_AWS : (unsigned)BUILTIN_PLAIN | BUILTIN_EVAL;
    *out = NULL;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (!(rows[i].dialects & wanted) || !str_eq(rows[i].name, name))
            continue;
        struct function *f = arena_alloc(a, sizeof *f);
        if (!f)
            return no_memory(err);
        f->kind = FUNCTION_BUILTIN;
        f->as.builtin = &rows[i];
        *out = f;
        return signature_parse(a, str_from_c(rows[i].signature), &f->signature, err);
    }
    return true;
}
