/* Any text as a definition: it is refused with places that can be looked for, or it is a tree whose
 * every state can be walked and fed. The first line, if it ends early, is the input it is fed. */
#include "asl/choice.h"
#include "asl/dataflow.h"

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void feed(const struct asl_state *s, json input, const struct asl_scope *scope)
{
    struct err err = ERR_INIT;
    json out;
    if (asl_state_input(s, input, scope, &out, &err))
        json_unref(out);
    err_release(&err);
    if (asl_state_output(s, &s->exit, input, input, scope, &out, &err))
        json_unref(out);
    err_release(&err);
    bool matches;
    for (size_t i = 0; s->type == ASL_CHOICE && i < s->as.choice.count; i++) {
        (void)asl_rule_matches(s->as.choice.choices[i].rule, input, scope, &matches, &err);
        err_release(&err);
    }
    int64_t ms;
    if (s->type == ASL_WAIT) {
        (void)asl_wait_until_ms(s, input, scope, 0, &ms, &err);
        err_release(&err);
    }
    if (s->type == ASL_MAP && asl_map_items(s, input, scope, &out, &err))
        json_unref(out);
    err_release(&err);
    for (size_t i = 0; i < s->retriers_count; i++)
        (void)asl_retry_delay_ms(&s->retriers[i], 5, scope->rng);
}

static void look_at(struct asl_definition *def, str written_input)
{
    struct err err = ERR_INIT;
    struct rng rng;
    json input;
    rng_seed(&rng, 1);
    if (!json_parse(written_input, &input, &err)) {
        err_release(&err);
        input = json_null();
    }
    const struct asl_scope scope = {.context = input, .variables = input, .rng = &rng};
    for (size_t i = 0; i < asl_states_count(def); i++)
        feed(asl_state_at(def, i), input, &scope);
    json_unref(input);
}

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer's name
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    str rest = text;
    str input = str_cut(&rest, '\n');
    if (input.len < 200 && rest.ptr)
        text = rest;
    struct asl_diagnostics d;
    const struct asl_options options = {0};
    struct asl_definition *def = NULL;
    asl_diagnostics_init(&d);
    if (asl_parse(text, &options, &def, &d))
        look_at(def, input);
    for (const struct asl_diagnostic *n = d.first; n; n = n->next) {
        size_t line;
        size_t column;
        (void)asl_locate(text, n->location, &line, &column);
    }
    asl_unref(def);
    asl_diagnostics_release(&d);
    return 0;
}
