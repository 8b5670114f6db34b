/* Choice rules: comparison operators over values, joined by And, Or and Not.
 *
 * To add an operator: its row in choice.c's table (name, kind of its operand, comparison) and its
 * cases in tests/unit/asl/choice.cases.
 * Threads: any. Blocks: never. Source: states-language.net/spec.html, "Choice State". */
#ifndef ASL_CHOICE_H
#define ASL_CHOICE_H

#include "asl/asl.h"
#include "asl/dataflow.h"

/* Compiles one rule object (Next is looked at only to be allowed: nested says it must be absent).
 * Lends *out from a; written must live as long. What is wrong goes to d at location. */
bool asl_rule_parse(struct arena *a, json written, str location, bool nested,
                    const struct asl_rule **out, struct asl_diagnostics *d);
bool asl_rule_uses_context(const struct asl_rule *r);

/* Is the rule true? A comparison of another type than the value's is false. Errors:
 * ERR_STATES_RUNTIME: "Invalid path '$.x': The choice state's condition path references an invalid
 * value." for a Variable that leads nowhere (IsPresent apart). */
bool asl_rule_matches(const struct asl_rule *r, json input, const struct asl_scope *scope,
                      bool *out, struct err *err);

#endif
