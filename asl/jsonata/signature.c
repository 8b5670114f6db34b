/* Signatures: "<a<n>s-?:o>", what a function's arguments may be.
 *
 * A parameter is a set of types with a repetition, as in a regular expression: arguments are
 * matched to parameters from left to right, as many as fit, and given back where the rest would not
 * fit otherwise. What comes after ":" is not checked, as in the reference implementation.
 * Source: docs.jsonata.org, "Defining functions / Function signatures". */
#include "evaluate_private.h"

enum {
    TYPE_STRING = 1,
    TYPE_NUMBER = 2,
    TYPE_BOOLEAN = 4,
    TYPE_NULL = 8,
    TYPE_ARRAY = 16,
    TYPE_OBJECT = 32,
    TYPE_FUNCTION = 64,
    TYPE_MISSING = 128,
    TYPES_JSON = 63 | TYPE_MISSING,
    TYPES_ANY = 127 | TYPE_MISSING,
    PARAMETERS_MAX = 64,
};

struct parameter {
    unsigned types;
    bool array;     /* a value that is none is put into one */
    bool has_items; /* an array's items must be of one type: */
    unsigned items;
    char item; /* the letter of that type */
    bool optional, repeated, context;
};

struct signature {
    struct parameter *parameters;
    size_t count;
};

static const struct {
    char letter;
    unsigned type;
    const char *plural;
} letters[] = {
    {'s', TYPE_STRING,   "strings"  },
    {'n', TYPE_NUMBER,   "numbers"  },
    {'b', TYPE_BOOLEAN,  "booleans" },
    {'l', TYPE_NULL,     "nulls"    },
    {'a', TYPE_ARRAY,    "arrays"   },
    {'o', TYPE_OBJECT,   "objects"  },
    {'f', TYPE_FUNCTION, "functions"},
};

static unsigned type_of_letter(char c)
{
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].letter == c)
            return letters[i].type;
    return 0;
}

static unsigned type_of(struct value v)
{
    if (is_string(v))
        return TYPE_STRING;
    if (is_number(v))
        return TYPE_NUMBER;
    if (is_array(v))
        return TYPE_ARRAY;
    if (is_object(v))
        return TYPE_OBJECT;
    switch ((enum value_kind)v.kind) {
    case VALUE_BOOL: return TYPE_BOOLEAN;
    case VALUE_NULL: return TYPE_NULL;
    case VALUE_FUNCTION: return TYPE_FUNCTION;
    default: return TYPE_MISSING;
    }
}

/* -- parsing -- */

/* Offset of the bracket that closes the one at `at`; the end when none does. */
static size_t closing(str s, size_t at, char open, char close)
{
    size_t depth = 0;
    for (; at < s.len; at++) {
        depth += s.ptr[at] == open;
        if (s.ptr[at] == close && --depth == 0)
            break;
    }
    return at;
}

static bool read_choice(str s, size_t *at, struct parameter *out, struct err *err)
{
    size_t end = closing(s, *at, '(', ')');
    out->types = TYPE_MISSING;
    for (size_t i = *at + 1; i < end; i++) {
        if (s.ptr[i] == '<')
            return err_set(err, ERR_JSONATA,
                           "S0402: Choice groups containing parameterized types are not supported");
        out->types |= s.ptr[i] == 'x'   ? TYPES_ANY
                      : s.ptr[i] == 'j' ? TYPES_JSON
                                        : type_of_letter(s.ptr[i]);
    }
    *at = end;
    return true;
}

static bool read_items(str s, size_t *at, struct parameter *last, struct err *err)
{
    bool function = last && last->types == TYPE_FUNCTION;
    if (!last || (!last->array && !function))
        return err_set(err, ERR_JSONATA,
                       "S0401: Type parameters can only be applied to functions and arrays");
    size_t end = closing(s, *at, '<', '>');
    if (!function && *at + 1 < end) {
        // A letter that is no type's, "x" among them, is that of nothing: as in the reference
        // implementation.
        last->item = s.ptr[*at + 1];
        last->items = type_of_letter(last->item);
        last->has_items = true;
    }
    *at = end;
    return true;
}

/* Reads what stands at *at: a new parameter, or more about the last one. */
static bool read_one(str s, size_t *at, struct parameter *parameters, size_t *count,
                     struct err *err)
{
    struct parameter *last = *count > 0 ? &parameters[*count - 1] : NULL;
    struct parameter next = {0};
    char c = s.ptr[*at];
    switch (c) {
    case '-':
        if (last)
            last->context = last->optional = true;
        return true;
    case '?':
        if (last)
            last->optional = true;
        return true;
    case '+':
        if (last)
            last->repeated = true;
        return true;
    case '<': return read_items(s, at, last, err);
    case '(':
        if (!read_choice(s, at, &next, err))
            return false;
        break;
    case 'a':
        next.types = TYPES_ANY;
        next.array = true;
        break;
    case 'f': next.types = TYPE_FUNCTION; break;
    case 'j': next.types = TYPES_JSON; break;
    case 'x': next.types = TYPES_ANY; break;
    default:
        next.types = type_of_letter(c) | TYPE_MISSING;
        if (next.types == TYPE_MISSING)
            return true; // a letter that means nothing
    }
    if (*count == PARAMETERS_MAX)
        return err_set(err, ERR_JSONATA, "S0401: A signature has at most %d parameters",
                       PARAMETERS_MAX);
    parameters[(*count)++] = next;
    return true;
}

bool signature_parse(struct arena *a, str text, const struct signature **out, struct err *err)
{
    struct parameter parameters[PARAMETERS_MAX];
    size_t count = 0;
    for (size_t at = 1; at < text.len && text.ptr[at] != ':' && text.ptr[at] != '>'; at++)
        if (!read_one(text, &at, parameters, &count, err))
            return false;
    struct signature *s = arena_alloc(a, sizeof *s);
    struct parameter *kept = arena_array(a, count + 1, sizeof *kept);
    if (!s || !kept)
        return no_memory(err);
    memcpy(kept, parameters, count * sizeof *kept);
    *s = (struct signature){kept, count};
    *out = s;
    return true;
}

/* -- matching -- */

/* How many arguments each parameter takes. Parameters from p on have to take all from argument i
 * on. Each choice is tried once: the number of steps is bounded by parameters times arguments. */
static bool match(const struct signature *s, const struct arguments *given, size_t p, size_t i,
                  size_t *taken, size_t *steps)
{
    enum { STEPS_MAX = 100000 };
    if (p == s->count)
        return i == given->count;
    const struct parameter *at = &s->parameters[p];
    size_t most = 0, least = at->optional ? 0 : 1;
    while ((most == 0 || at->repeated) && i + most < given->count &&
           (type_of(given->at[i + most]) & at->types))
        most++;
    for (size_t n = most + 1; n-- > least;) {
        taken[p] = n;
        if (++*steps < STEPS_MAX && match(s, given, p + 1, i + n, taken, steps))
            return true;
    }
    return false;
}

static bool mismatch(struct evaluator *ev, const struct arguments *given, size_t index)
{
    return ev_fail(ev, "T0410: Argument %zu of function \"%.*s\" does not match function signature",
                   index + 1, STR_ARG(given->name));
}

/* Names the first argument that no parameter could take. */
static bool refuse(struct evaluator *ev, const struct signature *s, const struct arguments *given)
{
    size_t taken[PARAMETERS_MAX], good = 0;
    for (size_t p = 0; p < s->count; p++) {
        struct signature first = {s->parameters, p + 1};
        bool any = false;
        for (size_t n = given->count + 1; !any && n-- > 0;) {
            struct arguments some = *given;
            size_t steps = 0;
            some.count = n;
            any = match(&first, &some, 0, 0, taken, &steps);
            if (any)
                good = n;
        }
        if (!any)
            break;
    }
    return mismatch(ev, given, good);
}

static const char *plural_of(char letter)
{
    for (size_t i = 0; i < sizeof letters / sizeof letters[0]; i++)
        if (letters[i].letter == letter)
            return letters[i].plural;
    return "values";
}

/* An argument for a parameter that wants an array. */
static bool as_array(struct evaluator *ev, const struct parameter *p, const struct arguments *given,
                     size_t i, struct value *v)
{
    bool ok = true;
    if (is_undefined(*v))
        return true;
    if (p->has_items && !is_array(*v))
        ok = (type_of(*v) & p->items) != 0;
    for (size_t k = 0; ok && p->has_items && is_array(*v) && k < value_len(*v); k++)
        ok = (type_of(value_at(ev, *v, k)) & p->items) != 0;
    if (!ok)
        return ev_fail(ev, "T0412: Argument %zu of function \"%.*s\" must be an array of \"%s\"",
                       i + 1, STR_ARG(given->name), plural_of(p->item));
    if (is_array(*v))
        return true;
    struct list *l = list_new(ev, 1);
    if (!l || !list_push(ev, l, *v))
        return false;
    *v = value_list(l);
    return true;
}

static bool from_context(struct evaluator *ev, const struct parameter *p,
                         const struct arguments *given, size_t i, struct value *v)
{
    *v = given->context;
    if (v->kind == VALUE_LIST && v->as.list->outer_wrapper)
        *v = v->as.list->items[0];
    if (type_of(*v) & p->types)
        return true;
    return ev_fail(ev,
                   "T0411: Context value is not a compatible type with argument %zu of function "
                   "\"%.*s\"",
                   i + 1, STR_ARG(given->name));
}

bool signature_apply(struct evaluator *ev, const struct signature *s, const struct arguments *given,
                     struct arguments *out)
{
    size_t taken[PARAMETERS_MAX], steps = 0, i = 0, count = 0;
    if (!match(s, given, 0, 0, taken, &steps))
        return refuse(ev, s, given);
    struct value *made = ev_alloc(ev, (given->count + s->count + 1) * sizeof *made);
    if (!made)
        return false;
    for (size_t p = 0; p < s->count; p++) {
        const struct parameter *at = &s->parameters[p];
        if (taken[p] == 0) {
            // Without a context it is what stands there, which is then passed over: as the
            // reference implementation has it.
            struct value v = i < given->count ? given->at[i] : (struct value){0};
            if (at->context && !from_context(ev, at, given, i, &v))
                return false;
            i += !at->context;
            made[count++] = v;
        }
        // The reference implementation gives the first of repeated arguments again and again,
        // unless they are arrays.
        size_t first = i;
        for (size_t n = 0; n < taken[p]; n++, i++) {
            size_t from = at->array ? i : first;
            struct value v = from < given->count ? given->at[from] : (struct value){0};
            if (at->array && !as_array(ev, at, given, i, &v))
                return false;
            made[count++] = v;
        }
    }
    *out = *given;
    out->at = made;
    out->count = count;
    return true;
}
