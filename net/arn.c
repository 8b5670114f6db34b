/* Amazon resource names: five cuts at colons; the sixth field is all that is left. */
#include "net/arn.h"

bool arn_parse(str text, struct arn *out)
{
    str rest = text;
    str prefix = str_cut(&rest, ':');
    struct arn arn = {0};
    str *fields[] = {&arn.partition, &arn.service, &arn.region, &arn.account};
    if (!str_eq(prefix, STR("arn")))
        return false;
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (!rest.ptr)
            return false;
        *fields[i] = str_cut(&rest, ':');
    }
    if (!rest.ptr)
        return false; // the fifth field was the last
    arn.resource = rest;
    *out = arn;
    return true;
}
