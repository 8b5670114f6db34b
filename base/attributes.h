/* Compiler attributes, the only GNU extension used, behind names of our own. */
#ifndef BASE_ATTRIBUTES_H
#define BASE_ATTRIBUTES_H

#define PRINTF_LIKE(format_at, args_at) __attribute__((format(printf, format_at, args_at)))
#define MUST_CHECK                      __attribute__((warn_unused_result))

#endif
