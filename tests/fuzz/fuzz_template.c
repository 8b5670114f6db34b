/* Payload templates: the first line is the input, the rest the template. Whatever parses is
 * evaluated, also on a fixed context object, and must give a value or an error of a state's. */
#include "asl/dataflow.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char context_text[] =
    "{\"Execution\":{\"Id\":\"e\",\"Input\":{\"a\":[1,2]}},\"State\":{\"Name\":\"S\",\"RetryCount\":0},"
    "\"Map\":{\"Item\":{\"Index\":0,\"Value\":{\"v\":\"x\"}}}}";

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void evaluate(struct arena *a, json template_json, json input, json context)
{
    struct asl_diagnostics d;
    struct rng rng;
    struct err err = ERR_INIT;
    const struct asl_template *t;
    json made;
    asl_diagnostics_init(&d);
    rng_seed(&rng, 1);
    const struct asl_scope scope = {.context = context, .rng = &rng};
    if (!asl_template_parse(a, template_json, STR("/States/S/Parameters"), &t, &d)) {
        must(d.errors > 0);
    } else if (asl_template_eval(t, input, &scope, &made, &err)) {
        json_unref(made);
    } else {
        must(err.id >= ERR_STATES_RUNTIME &&
             err.id <= ERR_STATES_EXCEED_TOLERATED_FAILURE_THRESHOLD);
    }
    err_release(&err);
    asl_diagnostics_release(&d);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct err err = ERR_INIT;
    json context = json_absent();
    json template_json = json_absent();
    json input = json_absent();
    if (size > 16384)
        return 0;
    str rest = {(const char *)data, size};
    str first = str_cut(&rest, '\n');
    must(json_parse(str_from_c(context_text), &context, &err));
    arena_init(&a, 1 << 22);
    if (rest.ptr && json_parse(first, &input, &err) && json_parse(rest, &template_json, &err))
        evaluate(&a, template_json, input, context);
    err_release(&err);
    arena_release(&a);
    json_unref(context);
    json_unref(template_json);
    json_unref(input);
    return 0;
}
