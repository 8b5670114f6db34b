/* Evaluates an expression on a document again and again and prints the microseconds of one
 * evaluation: what bench/jsonata.py sets beside the reference implementation's.
 *
 *     jsonata_loop EXPRESSION DOCUMENT.json SECONDS */
#include "asl/jsonata/jsonata.h"
#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>

enum { DOCUMENT_MAX_BYTES = 64 * 1024 * 1024, ROUND = 8 };

static bool read_file(const char *path, struct buf *out)
{
    FILE *f = fopen(path, "rb");
    char block[65536];
    size_t n;
    if (!f)
        return false;
    while ((n = fread(block, 1, sizeof block, f)) > 0)
        buf_add(out, (str){block, n});
    bool ok = !ferror(f) && buf_ok(out);
    return fclose(f) == 0 && ok;
}

/* One evaluation, its result dropped. */
static bool evaluate(const struct jsonata *e, json document, struct rng *rng, struct err *err)
{
    struct jsonata_scope scope = {.input = document, .rng = rng};
    enum jsonata_outcome outcome;
    json made;
    if (!jsonata_eval(e, &scope, &outcome, &made, err))
        return false;
    json_unref(made);
    return true;
}

static int measure(const struct jsonata *e, json document, double seconds, struct err *err)
{
    struct rng rng;
    rng_seed(&rng, 1);
    int64_t begin = clock_monotonic_ns(), now = begin, count = 0;
    do {
        for (int i = 0; i < ROUND; i++)
            if (!evaluate(e, document, &rng, err))
                return EXIT_FAILURE;
        count += ROUND;
        now = clock_monotonic_ns();
    } while ((double)(now - begin) < seconds * 1e9);
    printf("%.3f\n", (double)(now - begin) / 1000 / (double)count);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    struct err err = ERR_INIT;
    struct arena arena;
    struct buf text;
    const struct jsonata *e;
    json document = json_absent();
    int status = EXIT_FAILURE;
    if (argc != 4)
        return EXIT_FAILURE;
    arena_init(&arena, DOCUMENT_MAX_BYTES);
    buf_init(&text, DOCUMENT_MAX_BYTES);
    if (read_file(argv[2], &text) && json_parse(buf_str(&text), &document, &err) &&
        jsonata_parse(&arena, str_from_c(argv[1]), JSONATA_PLAIN, &e, &err))
        status = measure(e, document, strtod(argv[3], NULL), &err);
    if (err_is_set(&err))
        (void)fprintf(stderr, "%s\n", err.text);
    json_unref(document);
    buf_release(&text);
    arena_release(&arena);
    err_release(&err);
    return status;
}
