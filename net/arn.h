/* Amazon resource names: arn:partition:service:region:account:resource.
 * Threads: any. Blocks: never. */
#ifndef NET_ARN_H
#define NET_ARN_H

#include "base/str.h"

struct arn {
    str partition, service, region, account;
    str resource; /* all the rest, colons and slashes kept */
};

/* Lends parts of text. False: fewer than six fields, or it does not begin with "arn:". */
bool arn_parse(str text, struct arn *out);

#endif
