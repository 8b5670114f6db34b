/* Expressions: what parses prints, parses again and prints the same; and what it gives on a fixed
 * document, under limits, is a value or an error of its own, in both dialects. */
#include "asl/jsonata/jsonata.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char document[] =
    "{\"a\":[1,2.5,\"x\",null,[],{\"k\":\"v\"}],\"o\":{\"p\":{\"q\":1}},\"s\":\"a,b;c ü 10:20\",\"n\":-2,"
    "\"big\":9223372036854775807,\"list\":[{\"id\":\"b\",\"n\":2},{\"id\":\"a\",\"n\":1}]}";

static void must(bool ok)
{
    if (!ok)
        abort();
}

static void print_again(struct arena *a, const struct jsonata *e, enum jsonata_dialect dialect)
{
    struct err err = ERR_INIT;
    struct buf first, second;
    const struct jsonata *again;
    buf_init(&first, 1 << 20);
    buf_init(&second, 1 << 20);
    jsonata_print(e, &first);
    must(buf_ok(&first));
    must(jsonata_parse(a, buf_str(&first), dialect, &again, &err));
    jsonata_print(again, &second);
    must(str_eq(buf_str(&first), buf_str(&second)));
    buf_release(&first);
    buf_release(&second);
    err_release(&err);
}

static void evaluate(const struct jsonata *e, json root)
{
    struct err err = ERR_INIT;
    struct rng rng;
    const struct jsonata_limits limits = {100, 200, 1 << 20, 1 << 24};
    enum jsonata_outcome outcome;
    json made;
    rng_seed(&rng, 1);
    struct jsonata_scope scope = {.input = root,
                                  .states = root,
                                  .variables = root,
                                  .now_ms = 1000000,
                                  .rng = &rng,
                                  .limits = &limits,
                                  .eval = true};
    if (jsonata_eval(e, &scope, &outcome, &made, &err))
        must(json_is_absent(made) == (outcome != JSONATA_VALUE));
    else
        must(err.id == ERR_JSONATA && json_is_absent(made));
    json_unref(made);
    err_release(&err);
}

static void count_reference(void *context, const struct jsonata_reference *r)
{
    size_t *count = context;
    *count += r->name.len > 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct err err = ERR_INIT;
    json root;
    if (size > 2048)
        return 0;
    must(json_parse(str_from_c(document), &root, &err));
    for (int dialect = JSONATA_PLAIN; dialect <= JSONATA_AWS; dialect++) {
        struct arena a;
        const struct jsonata *e;
        size_t references = 0;
        arena_init(&a, 1 << 24);
        if (jsonata_parse(&a, (str){(const char *)data, size}, (enum jsonata_dialect)dialect, &e,
                          &err)) {
            jsonata_references(e, count_reference, &references);
            print_again(&a, e, (enum jsonata_dialect)dialect);
            evaluate(e, root);
        } else {
            must(err.id == ERR_JSONATA);
        }
        err_release(&err);
        arena_release(&a);
    }
    json_unref(root);
    return 0;
}
