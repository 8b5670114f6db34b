/* Calls: whatever parses is run on a fixed document and must give a value or an error of its own.
 */
#include "asl/intrinsics/intrinsics.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "{\"a\":[1,1.5,\"x\",null,[],{\"k\":\"v\"}],\"o\":{\"p\":{\"q\":1}},\"s\":\"a,b;c {} \\\\{\",\"n\":-2,"
    "\"j\":\"{\\\"k\\\":[1]}\",\"h\":\"SHA-256\"}";

static void must(bool ok)
{
    if (!ok)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct arena a;
    struct rng rng;
    struct err err = ERR_INIT;
    const struct intrinsic_expression *e;
    json root, made;
    if (size > 4096)
        return 0;
    must(json_parse(str_from_c(document), &root, &err));
    const struct jsonpath_roots roots = {.input = root, .context = root};
    arena_init(&a, 1 << 22);
    rng_seed(&rng, size);
    if (intrinsic_parse(&a, (str){(const char *)data, size}, &e, &err)) {
        if (intrinsic_eval(e, &roots, &rng, &made, &err))
            json_unref(made);
        else
            must(err.id == ERR_STATES_RUNTIME);
    } else {
        must(err.id == ERR_STATES_INTRINSIC_FAILURE);
    }
    err_release(&err);
    arena_release(&a);
    json_unref(root);
    return 0;
}
