/* A definition: text in, a counted read-only tree out.
 *
 * The JSON is kept as long as the tree: names, constants and whole sub-trees are lent from it. All
 * else lives in one arena, freed with the last reference. States and blocks are numbered as they
 * are read, parents before children, so that a number names the same one for the same text. */
#include "asl_private.h"

#include <stdatomic.h>

struct asl_definition {
    atomic_size_t references; /* relaxed to add, acquire-release to drop */
    struct arena arena;
    json written, variable_references;
    const struct asl_block *root;
    int64_t timeout_s;
    const struct asl_state **states; /* by number */
    const struct asl_block **blocks;
    size_t states_count, blocks_count;
};

enum { SOURCE_SHOWN_MAX = 500 }; /* Jackson shows that many characters of its source */

/* Reports text that is no JSON, as AWS does with Jackson's words. */
static void refuse_json(str text, const struct err *err, struct asl_diagnostics *d)
{
    str shown = text;
    if (shown.len > SOURCE_SHOWN_MAX) {
        shown.len = SOURCE_SHOWN_MAX;
        while (shown.len > 0 && ((unsigned char)shown.ptr[shown.len] & 0xC0) == 0x80)
            shown.len--; // not through a character
    }
    struct buf where;
    buf_init(&where, 4096);
    buf_add(&where, STR("[Source: (String)\""));
    buf_add(&where, shown);
    buf_add_char(&where, '"');
    if (shown.len < text.len)
        buf_printf(&where, "[truncated %zu chars]", text.len - shown.len);
    buf_printf(&where, "; line: %zu, column: %zu]", err->line, err->column);
    asl_diagnostic_add(d, ASL_ERROR, "INVALID_JSON_DESCRIPTION", buf_str(&where), "%.*s\n at %.*s",
                       STR_ARG(err_text(err)), STR_ARG(buf_str(&where)));
    buf_release(&where);
}

/* The text is JSON but for a key that is there twice. */
static void refuse_duplicate(str text, const struct err *err, struct asl_diagnostics *d)
{
    struct arena a;
    arena_init(&a, ASL_ARENA_MAX_BYTES);
    str location;
    str key;
    bool of_states;
    if (asl_find_duplicate(text, &a, &location, &key, &of_states) && of_states)
        asl_diagnostic_add(d, ASL_ERROR, "DUPLICATE_STATE_NAME", location,
                           "Duplicate State name: %.*s", STR_ARG(key));
    else
        refuse_json(text, err, d);
    arena_release(&a);
}

static bool parse_json(str text, json *out, struct asl_diagnostics *d)
{
    struct err err = ERR_INIT;
    struct err other = ERR_INIT;
    if (json_parse_with(text, JSON_KEY_DUPLICATES_REFUSE, out, &err))
        return true;
    json kept;
    if (err.id == ERR_BAD_JSON && json_parse_with(text, JSON_KEY_DUPLICATES_KEEP, &kept, &other)) {
        json_unref(kept);
        refuse_duplicate(text, &err, d);
    } else {
        refuse_json(text, &err, d);
    }
    err_release(&err);
    err_release(&other);
    return false;
}

static bool is_blank(str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!asl_is_space(text.ptr[i]))
            return false;
    return true;
}

/* Fills the tables of numbers, walking as the reader did. */
static void index_block(struct asl_definition *def, const struct asl_block *block)
{
    def->blocks[block->number] = block;
    for (size_t i = 0; i < block->states_count; i++) {
        const struct asl_state *s = block->states[i];
        def->states[s->number] = s;
        if (s->type == ASL_MAP)
            index_block(def, s->as.map.processor);
        for (size_t j = 0; s->type == ASL_PARALLEL && j < s->as.parallel.count; j++)
            index_block(def, s->as.parallel.branches[j]);
    }
}

static void read_timeout(struct asl_definition *def, struct asl_machine *m)
{
    const struct asl_object o = {&m->reader, def->written, ASL_MEMBER(NULL, STR(""))};
    (void)asl_field_integer(&o, STR("TimeoutSeconds"), 0, ASL_SECONDS_MAX, &def->timeout_s);
}

static bool read_machine(struct asl_definition *def, const struct asl_options *options,
                         struct asl_diagnostics *d)
{
    size_t errors = d->errors;
    struct asl_machine m = {
        .reader = {.arena = &def->arena, .d = d, .variable_references = &def->variable_references},
        .options = options,
        .names = hashmap_new()
    };
    def->root = asl_block_read(&m, def->written, ASL_MEMBER(NULL, STR("")), ASL_BLOCK_MACHINE);
    hashmap_free(m.names);
    read_timeout(def, &m);
    def->states_count = m.states;
    def->blocks_count = m.blocks;
    def->states = asl_alloc(&m.reader, m.states, sizeof(struct asl_state *));
    def->blocks = asl_alloc(&m.reader, m.blocks, sizeof(struct asl_block *));
    if (m.reader.out_of_memory)
        asl_refuse(d, NULL, "The definition is too large");
    if (d->errors != errors || m.reader.out_of_memory)
        return false;
    index_block(def, def->root);
    return true;
}

bool asl_parse(str text, const struct asl_options *options, struct asl_definition **out,
               struct asl_diagnostics *d)
{
    static const char not_an_object[] = "Definition must be a valid JSON object";
    if (text.len > ASL_TEXT_MAX_BYTES) {
        asl_refuse(d, NULL, "The definition is longer than %d bytes", ASL_TEXT_MAX_BYTES);
        return false;
    }
    if (is_blank(text)) {
        asl_refuse(d, NULL, not_an_object);
        return false;
    }
    json written;
    if (!parse_json(text, &written, d))
        return false;
    if (written.kind != JSON_OBJECT) {
        asl_refuse(d, NULL, not_an_object);
        json_unref(written);
        return false;
    }
    struct asl_definition *def = mem_new(sizeof(*def));
    atomic_init(&def->references, 1);
    arena_init(&def->arena, ASL_ARENA_MAX_BYTES);
    def->written = written;
    if (!read_machine(def, options, d)) {
        asl_unref(def);
        return false;
    }
    *out = def;
    return true;
}

struct asl_definition *asl_ref(struct asl_definition *d)
{
    atomic_fetch_add_explicit(&d->references, 1, memory_order_relaxed);
    return d;
}

void asl_unref(struct asl_definition *d)
{
    if (!d || atomic_fetch_sub_explicit(&d->references, 1, memory_order_acq_rel) != 1)
        return;
    json_unref(d->written);
    json_unref(d->variable_references);
    arena_release(&d->arena);
    mem_free(d);
}

const struct asl_block *asl_root(const struct asl_definition *d)
{
    return d->root;
}

int64_t asl_timeout_s(const struct asl_definition *d)
{
    return d->timeout_s;
}

const struct asl_block *asl_block_at(const struct asl_definition *d, size_t number)
{
    return number < d->blocks_count ? d->blocks[number] : NULL;
}

const struct asl_state *asl_state_at(const struct asl_definition *d, size_t number)
{
    return number < d->states_count ? d->states[number] : NULL;
}

size_t asl_states_count(const struct asl_definition *d)
{
    return d->states_count;
}

json asl_variable_references(const struct asl_definition *d)
{
    return d->variable_references;
}
