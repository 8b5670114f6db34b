/* Blocks: StartAt and States of a machine, a branch or a Map's processor, whichever holds them. The
 * names of a block's states are known before the first of them is read, and so are the variables
 * that they assign: targets and readers may stand before what they name. */
#include "asl_private.h"

static bool is_control(uint32_t c)
{
    return c < 0x20 || (c >= 0x7F && c <= 0x9F);
}

/* Names are unique in the whole machine. */
static void check_name(struct asl_machine *m, str name, const struct asl_place *at)
{
    struct asl_diagnostics *d = m->reader.d;
    if (hashmap_find(m->names, name))
        asl_refuse_code(d, "DUPLICATE_STATE_NAME", at, "Duplicate State name: %.*s", STR_ARG(name));
    hashmap_set(m->names, name, m);
    if (name.len == 0)
        asl_refuse_code(d, "INVALID_STATE_NAME", at, "Invalid State name: a name cannot be empty");
    if (str_utf8_length(name) > ASL_STATE_NAME_MAX)
        asl_refuse_code(
            d, "INVALID_STATE_NAME", at,
            "Invalid State name: State '%.*s' exceeds the %d-character limit allowed by "
            "the service",
            STR_ARG(name), ASL_STATE_NAME_MAX);
    for (size_t i = 0; i < name.len;) {
        if (is_control(str_utf8_next(name, &i))) {
            asl_refuse_code(d, "INVALID_STATE_NAME", at,
                            "Invalid State name: a name cannot have control characters");
            return;
        }
    }
}

static void read_states(struct asl_machine *m, json written, const struct asl_place *at,
                        struct asl_block *block)
{
    size_t n = json_len(written);
    struct asl_state *states = asl_alloc(&m->reader, n, sizeof(*states));
    const struct asl_state **pointers = asl_alloc(&m->reader, n, sizeof(struct asl_state *));
    if (!states || !pointers)
        return;
    // All are known by name before the first is read: targets may point forward.
    struct hashmap *siblings = hashmap_new();
    for (size_t i = 0; i < n; i++) {
        states[i].name = json_key_at(written, i);
        states[i].number = m->states++;
        pointers[i] = &states[i];
        hashmap_set(siblings, states[i].name, &states[i]);
        check_name(m, states[i].name, ASL_MEMBER(at, states[i].name));
    }
    block->states = pointers;
    block->states_count = n;
    for (size_t i = 0; i < n; i++) {
        const struct asl_object o = {&m->reader, json_value_at(written, i),
                                     ASL_MEMBER(at, states[i].name)};
        if (asl_expect_object(o.r, o.written, o.at))
            asl_state_read(&o, m, siblings, &states[i]);
    }
    hashmap_free(siblings);
}

static void read_processor_config(const struct asl_object *block, struct asl_block *out)
{
    static const str known[] = {STR_INIT("Mode"), STR_INIT("ExecutionType")};
    static const str modes[] = {STR_INIT("INLINE"), STR_INIT("DISTRIBUTED")};
    static const str kinds[] = {STR_INIT("STANDARD"), STR_INIT("EXPRESS")};
    json config = asl_field(block, STR("ProcessorConfig"));
    if (json_is_absent(config))
        return;
    const struct asl_object o = {block->r, config, ASL_MEMBER(block->at, STR("ProcessorConfig"))};
    if (!asl_expect_object(o.r, o.written, o.at))
        return;
    size_t mode = 0;
    size_t kind = 0;
    if (asl_field_has(&o, STR("Mode")) && !asl_field_choice(&o, STR("Mode"), modes, 2, &mode))
        return;
    if (mode == 0) {
        asl_fields_known(&o, known, 1);
        return;
    }
    asl_fields_known(&o, known, 2);
    if (asl_fields_required(&o, &known[1], 1))
        (void)asl_field_choice(&o, STR("ExecutionType"), kinds, 2, &kind);
    out->distributed = true;
    out->express = kind == 1;
}

/* Reports fields a block of this kind has not got. */
static void check_block_fields(const struct asl_object *o, enum asl_block_kind kind)
{
    static const str known[] = {STR_INIT("StartAt"),       STR_INIT("States"),
                                STR_INIT("Comment"),       STR_INIT("ProcessorConfig"),
                                STR_INIT("QueryLanguage"), STR_INIT("Version"),
                                STR_INIT("TimeoutSeconds")};
    if (kind != ASL_BLOCK_MACHINE) {
        // The first three are everyone's, ProcessorConfig the ItemProcessor's. ASSUMPTION: an
        // Iterator may have it too, as both open validators allow.
        asl_fields_known(o, known, kind == ASL_BLOCK_BRANCH ? 3 : 4);
        return;
    }
    for (size_t i = 0; i < json_len(o->written); i++) {
        str key = json_key_at(o->written, i);
        if (!asl_is_one_of(key, known, sizeof(known) / sizeof(known[0])) ||
            str_eq(key, STR("ProcessorConfig")))
            asl_refuse(o->r->d, o->at, "Field '%.*s' is not supported", STR_ARG(key));
    }
    static const str versions[] = {STR_INIT("1.0")};
    size_t version;
    (void)asl_field_choice(o, STR("Version"), versions, 1, &version);
}

static void read_block(struct asl_machine *m, const struct asl_object *o, enum asl_block_kind kind,
                       struct asl_block *block)
{
    static const str required[] = {STR_INIT("States"), STR_INIT("StartAt")};
    str comment;
    check_block_fields(o, kind);
    (void)asl_field_string(o, STR("Comment"), &comment);
    if (kind == ASL_BLOCK_MACHINE) {
        m->jsonata = asl_is_jsonata(o, false);
        asl_query_language_check(o);
    } else if (kind != ASL_BLOCK_BRANCH) {
        read_processor_config(o, block);
    }
    bool complete = asl_fields_required(o, required, 2);
    json states = asl_field(o, STR("States"));
    const struct asl_place *at = ASL_MEMBER(o->at, STR("States"));
    if (json_is_absent(states) || !asl_expect_object(o->r, states, at))
        return;
    if (json_len(states) == 0) {
        asl_refuse(o->r->d, at, "Value cannot be empty");
        return;
    }
    // The children of a distributed Map are executions of their own: they see no one's variables.
    if (block->distributed)
        o->r->names = NULL;
    struct asl_names names = {o->r->names, hashmap_new()};
    asl_names_collect(states, names.set);
    m->assigned = &names;
    read_states(m, states, at, block);
    hashmap_free(names.set);
    str start;
    if (!complete || !asl_field_string(o, STR("StartAt"), &start))
        return;
    for (size_t i = 0; i < block->states_count; i++)
        if (str_eq(block->states[i]->name, start))
            block->start = block->states[i];
    asl_graph_check(o->r, o->written, o->at, kind == ASL_BLOCK_MACHINE);
}

const struct asl_block *asl_block_read(struct asl_machine *m, json written,
                                       const struct asl_place *at, enum asl_block_kind kind)
{
    struct asl_reader *r = &m->reader;
    if (m->depth == ASL_BLOCK_DEPTH_MAX) {
        asl_refuse_code(r->d, "TOO_DEEPLY_NESTED", at, "States are nested deeper than %d",
                        ASL_BLOCK_DEPTH_MAX);
        return NULL;
    }
    if (!asl_expect_object(r, written, at))
        return NULL;
    struct asl_block *block = asl_alloc(r, 1, sizeof(*block));
    if (!block)
        return NULL;
    block->number = m->blocks++;
    const struct asl_object o = {r, written, at};
    // What is read of the state around goes on afterwards.
    const struct asl_reader outside = *r;
    const struct asl_names *assigned = m->assigned;
    r->names = assigned;
    r->references = NULL;
    m->depth++;
    read_block(m, &o, kind, block);
    m->depth--;
    m->assigned = assigned;
    r->names = outside.names;
    r->references = outside.references;
    r->uses_context = outside.uses_context;
    r->jsonata = outside.jsonata;
    r->state = outside.state;
    return block;
}
