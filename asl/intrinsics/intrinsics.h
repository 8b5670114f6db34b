/* Intrinsic functions: States.* calls in payload templates, parsed once and evaluated often.
 *
 * To add a function: 1. its code, in the file of its family (arrays.c, strings.c, encoding.c,
 * math.c, json_data.c); 2. its row in intrinsics.c, sorted; 3. tests/unit/asl/intrinsics/NAME.cases
 * (a row without cases fails the suite). The dispatcher checks count and kinds from the row.
 * Threads: any; rng is the caller's. Blocks: never.
 * Source: Developer Guide, "Intrinsic functions for JSONPath states". */
#ifndef ASL_INTRINSICS_INTRINSICS_H
#define ASL_INTRINSICS_INTRINSICS_H

#include "asl/jsonpath/jsonpath.h"
#include "base/rng.h"

struct intrinsic_expression; /* a parsed call; read-only, in the arena of its definition */

/* Does text begin like a call ("States.")? */
bool intrinsic_looks_like(str text);

/* Lends *out from a. At most 10 nested calls. Errors: ERR_STATES_INTRINSIC_FAILURE (not a call, an
 * unknown function), the text names it. A wrong number of arguments fails the call when it is run,
 * as wrong kinds do. */
bool intrinsic_parse(struct arena *a, str text, const struct intrinsic_expression **out,
                     struct err *err);

bool intrinsic_uses_context(const struct intrinsic_expression *e);

/* Visits the name of each variable that an argument starts from, as often as it does. */
typedef void intrinsic_visit(void *context, str variable);
void intrinsic_variables(const struct intrinsic_expression *e, intrinsic_visit *visit,
                         void *context);

/* Gives *out. Errors: ERR_STATES_RUNTIME: a function refuses its arguments, or an argument's path
 * leads nowhere ("The function 'States.Format(…)' had the following error: The JsonPath argument
 * for the field '$.x' could not be found in the input '{…}'"). Texts without the state's name. */
bool intrinsic_eval(const struct intrinsic_expression *e, const struct jsonpath_roots *roots,
                    struct rng *rng, json *out, struct err *err);

/* Every function's name, sorted: for documentation and tests. Lends. */
const str *intrinsic_names(size_t *count);

#endif
