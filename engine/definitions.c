/* Checked definitions: parsed once a revision, kept in a bounded cache, shared by counting.
 *
 * A slot a revision modulo their number: revisions are numbered in order, so those in use lie
 * beside each other. Past the bytes allowed, slots are emptied one after the other. What an
 * execution uses it holds itself; the cache may forget it at any time. */
#include "base/lock.h"
#include "engine_private.h"

#include <stdlib.h>

static void definitions_lock(struct engine *e)
{
    (void)lock_take(&e->definitions_lock); // a default mutex, not held: cannot fail
}

static void definitions_unlock(struct engine *e)
{
    (void)lock_give(&e->definitions_lock);
}

/* -- what executions share -- */

struct machine *machine_ref(struct machine *m)
{
    (void)atomic_fetch_add_explicit(&m->references, 1, memory_order_relaxed);
    return m;
}

void machine_unref(struct machine *m)
{
    // The release of each pairs with the acquire of the last, who frees.
    if (!m || atomic_fetch_sub_explicit(&m->references, 1, memory_order_acq_rel) != 1)
        return;
    size_t count = m->definition ? asl_states_count(m->definition) : 0;
    for (size_t i = 0; i < count; i++)
        json_unref(m->names[i]);
    mem_free(m->names);
    asl_unref(m->definition);
    mem_free(m);
}

static str put(char **at, str s)
{
    str copy = {*at, s.len};
    if (s.len > 0)
        memcpy(*at, s.ptr, s.len);
    *at += s.len;
    return copy;
}

static struct machine *machine_new(int64_t revision, struct asl_definition *definition,
                                   bool express, str arn, str name, str role_arn)
{
    struct machine *m = mem_new(sizeof *m + arn.len + name.len + role_arn.len);
    char *at = (char *)(m + 1);
    atomic_init(&m->references, 1);
    m->revision = revision;
    m->express = express;
    m->arn = put(&at, arn);
    m->name = put(&at, name);
    m->role_arn = put(&at, role_arn);
    if (!definition)
        return m;
    m->definition = asl_ref(definition);
    m->timeout_s = asl_timeout_s(definition);
    size_t count = asl_states_count(definition);
    m->names = mem_new(count * sizeof *m->names);
    for (size_t i = 0; i < count; i++) {
        m->names[i] = json_object(1);
        details_put_text(&m->names[i], "name", asl_state_at(definition, i)->name);
    }
    return m;
}

struct machine *machine_of_children(const struct machine *of, bool express, str arn, str name)
{
    struct machine *m = machine_new(of->revision, of->definition, express, arn, name, of->role_arn);
    // TimeoutSeconds of the machine is the parent's.
    m->timeout_s = 0;
    return m;
}

/* -- the cache -- */

static void slot_empty(struct engine *e, struct definition_slot *s)
{
    asl_unref(s->definition);
    machine_unref(s->machine);
    e->definitions_bytes -= s->text_bytes;
    *s = (struct definition_slot){0};
}

static struct definition_slot *slot_of(struct engine *e, int64_t revision)
{
    return &e->definitions[(uint64_t)revision % DEFINITIONS_KEPT];
}

/* With the lock held. */
static void slot_put(struct engine *e, int64_t revision, struct asl_definition *definition,
                     size_t text_bytes)
{
    struct definition_slot *s = slot_of(e, revision);
    slot_empty(e, s);
    *s = (struct definition_slot){
        .revision = revision,
        .definition = asl_ref(definition),
        .text_bytes = text_bytes,
    };
    e->definitions_bytes += text_bytes;
    while (e->definitions_bytes > DEFINITIONS_KEPT_BYTES) {
        struct definition_slot *old = &e->definitions[e->definitions_hand++ % DEFINITIONS_KEPT];
        if (old != s)
            slot_empty(e, old);
        else if (text_bytes > DEFINITIONS_KEPT_BYTES)
            break; // alone too large: it may stay until the next
    }
}

void definitions_release(struct engine *e)
{
    for (size_t i = 0; i < DEFINITIONS_KEPT; i++)
        slot_empty(e, &e->definitions[i]);
}

struct asl_definition *engine_definition(struct engine *e, int64_t revision, str text, bool express,
                                         struct err *err)
{
    struct asl_definition *d = NULL;
    definitions_lock(e);
    const struct definition_slot *s = slot_of(e, revision);
    if (s->definition && s->revision == revision)
        d = asl_ref(s->definition);
    definitions_unlock(e);
    if (d)
        return d;

    // Without the lock: two may parse the same one, the second replaces the first.
    struct asl_diagnostics diagnostics;
    asl_diagnostics_init(&diagnostics);
    // Its resources were checked when it was made: one that is unknown by now fails its state.
    const struct asl_options options = {.express = express};
    if (asl_parse(text, &options, &d, &diagnostics)) {
        definitions_lock(e);
        slot_put(e, revision, d, text.len);
        definitions_unlock(e);
    } else {
        d = NULL;
        (void)asl_diagnostics_refuse(&diagnostics, err);
    }
    asl_diagnostics_release(&diagnostics);
    return d;
}

struct machine *machine_get(struct engine *e, int64_t revision, struct asl_definition *definition,
                            bool express, str arn, str name, str role_arn)
{
    if (!definition)
        return machine_new(revision, NULL, express, arn, name, role_arn);
    struct machine *m = NULL;
    definitions_lock(e);
    struct definition_slot *s = slot_of(e, revision);
    bool ours = s->definition == definition && s->revision == revision;
    if (ours && !s->machine)
        s->machine = machine_new(revision, definition, express, arn, name, role_arn);
    if (ours && str_eq(s->machine->role_arn, role_arn) && str_eq(s->machine->arn, arn))
        m = machine_ref(s->machine);
    definitions_unlock(e);
    return m ? m : machine_new(revision, definition, express, arn, name, role_arn);
}
