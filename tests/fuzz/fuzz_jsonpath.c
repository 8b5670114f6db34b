/* Paths, in both dialects: whatever parses is evaluated on a fixed document, and must give a value
 * or an error; what is definite lends what it gives; what is a Reference Path reads back what was
 * put there. */
#include "asl/jsonpath/jsonpath.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "{\"a\":{\"b\":[1,2.5,\"x\",null,true,{\"c\":[]}],\"id\":1},\"l\":[{\"id\":1,\"t\":\"ab\",\"g\":"
    "[\"p\",\"q\"]},{\"id\":2,\"t\":\"\",\"g\":[]},{\"id\":\"3\"}],\"n\":null,\"e\\u00e9\":-1e3,\"m\":"
    "[[1,2],[3,[4]]],\"\":{\"\":0}}";

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void try_put(const struct jsonpath *p, json root)
{
    struct err err = ERR_INIT;
    json made, value = json_integer(42);
    if (jsonpath_put(p, root, value, &made, &err)) {
        const struct jsonpath_roots roots = {.input = made, .context = json_absent()};
        must(json_same(jsonpath_lend(p, &roots), value));
        json_unref(made);
    }
    err_release(&err);
}

static void try_path(str text, enum jsonpath_dialect dialect, json root)
{
    struct arena a;
    struct err err = ERR_INIT;
    const struct jsonpath *p;
    json made;
    const struct jsonpath_roots roots = {.input = root, .context = root};
    arena_init(&a, 1 << 22);
    if (jsonpath_parse_as(&a, text, dialect, &p, &err)) {
        bool ok = jsonpath_eval(p, &roots, &made, &err);
        must(ok != err_is_set(&err));
        bool lends = dialect == JSONPATH_AWS && jsonpath_is_definite(p);
        must(!lends || ok == !json_is_absent(jsonpath_lend(p, &roots)));
        if (ok)
            json_unref(made);
        if (dialect == JSONPATH_AWS && jsonpath_is_reference(p))
            try_put(p, root);
    } else {
        must(err_is_set(&err));
    }
    err_release(&err);
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    json root;
    if (size > 4096)
        return 0;
    must(json_parse(str_from_c(document), &root, &err));
    try_path((str){(const char *)data, size}, JSONPATH_AWS, root);
    try_path((str){(const char *)data, size}, JSONPATH_JAYWAY, root);
    json_unref(root);
    return 0;
}
