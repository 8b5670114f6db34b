/* Request bodies: any bytes against every kind of shape end in an answer or a named refusal. */
#include "api/api.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const str operations[] = {
    STR_INIT("CreateStateMachine"), STR_INIT("StartExecution"),      STR_INIT("ListExecutions"),
    STR_INIT("TagResource"),        STR_INIT("GetExecutionHistory"), STR_INIT("UntagResource"),
};

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++) {
        struct err err = ERR_INIT;
        bool good = api_check(operations[i], (str){(const char *)data, size}, &err);
        if (good == err_is_set(&err))
            abort();
        err_release(&err);
    }
    return 0;
}
