/* Variables: Assign, the names that may be assigned, and which variables a state reads.
 *
 * A block inside another (a branch, an iteration) reads the variables of those around it and cannot
 * assign their names; what it assigns is gone at its end. A distributed Map's children are
 * executions of their own, and see none. Source: Developer Guide, "Passing data between states with
 * variables", "Variable name syntax", "Variable scope". */
#include "asl_private.h"

#include <stdlib.h>

enum { NAME_MAX_CHARACTERS = 80 }; /* Source: Developer Guide, "Variable name syntax" */

/* -- which names a block assigns -- */

static void collect(json object, struct hashmap *set)
{
    json assign = json_get(object, STR("Assign"));
    for (size_t i = 0; i < json_len(assign); i++) {
        str name = json_key_at(assign, i);
        if (str_ends(name, STR(".$")))
            name.len -= 2;
        if (assign.kind == JSON_OBJECT)
            hashmap_set(set, name, set);
    }
}

static void collect_each(json list, struct hashmap *set)
{
    for (size_t i = 0; list.kind == JSON_ARRAY && i < json_len(list); i++)
        collect(json_at(list, i), set);
}

void asl_names_collect(json states, struct hashmap *set)
{
    for (size_t i = 0; states.kind == JSON_OBJECT && i < json_len(states); i++) {
        json state = json_value_at(states, i);
        collect(state, set);
        collect_each(json_get(state, STR("Choices")), set);
        collect_each(json_get(state, STR("Catch")), set);
    }
}

/* -- Assign and Output -- */

static bool is_assigned_outside(const struct asl_names *names, str name)
{
    for (; names; names = names->outer)
        if (hashmap_find(names->set, name))
            return true;
    return false;
}

/* ASSUMPTION: the sentences; the rules are documented. */
static void check_name(const struct asl_object *o, str name, const struct asl_place *at)
{
    struct asl_diagnostics *d = o->r->d;
    if (str_eq(name, STR("states")))
        asl_refuse(d, at, "Variable name 'states' is reserved");
    else if (name.len == 0 || jsonpath_name_length(name) != name.len)
        asl_refuse(d, at, "Variable name '%.*s' is not a valid identifier", STR_ARG(name));
    else if (str_utf8_length(name) > NAME_MAX_CHARACTERS)
        asl_refuse(d, at, "Variable name '%.*s' exceeds the %d-character limit", STR_ARG(name),
                   NAME_MAX_CHARACTERS);
    else if (is_assigned_outside(o->r->names, name))
        asl_refuse(d, at, "Variable '%.*s' is assigned in an outer scope", STR_ARG(name));
}

void asl_assign_read(const struct asl_object *o, const struct asl_template **out)
{
    const struct asl_place *at = ASL_MEMBER(o->at, STR("Assign"));
    json written = asl_field(o, STR("Assign"));
    if (json_is_absent(written) || !asl_expect_object(o->r, written, at))
        return;
    for (size_t i = 0; i < json_len(written); i++) {
        str name = json_key_at(written, i);
        if (!o->r->jsonata && str_ends(name, STR(".$")))
            name.len -= 2;
        check_name(o, name, at);
    }
    asl_field_template(o, STR("Assign"), out);
}

/* -- references -- */

void asl_note_variable(struct asl_reader *r, str name)
{
    if (!r->references)
        r->references = hashmap_new();
    hashmap_set(r->references, name, r);
}

static int compare(const void *a, const void *b)
{
    return str_cmp(*(const str *)a, *(const str *)b);
}

void asl_note_references(struct asl_reader *r, str state)
{
    struct hashmap *noted = r->references;
    size_t count = noted ? hashmap_count(noted) : 0, at = 0, n = 0;
    str *names = asl_alloc(r, count, sizeof *names);
    void *value;
    r->references = NULL;
    if (names && count > 0 && r->variable_references) {
        while (n < count && hashmap_next(noted, &at, &names[n], &value))
            n++;
        qsort(names, n, sizeof *names, compare);
        json list = json_array(n);
        for (size_t i = 0; i < n; i++)
            json_build_push(&list, json_string(names[i]));
        if (json_is_absent(*r->variable_references))
            *r->variable_references = json_object(1);
        json_build_put(r->variable_references, state, list);
        r->out_of_memory |= json_is_absent(*r->variable_references);
    }
    hashmap_free(noted);
}
