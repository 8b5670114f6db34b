/* stepd eval: tries an expression of a definition on some data.
 *
 *     stepd eval LANGUAGE EXPR [--input FILE] [--bindings FILE]      one value on stdout
 *     stepd eval LANGUAGE --lines        many: a JSON object a line in, one a line out, in order
 *
 * The languages are rows: each says what a question (expression, data, bindings) becomes. A refusal
 * is a code, by which programs tell refusals apart, and a message for people. docs/eval.md tells
 * the user all of it. */
#include "asl/intrinsics/intrinsics.h"
#include "asl/jsonata/jsonata.h"
#include "asl/jsonpath/jsonpath.h"
#include "base/clock.h"
#include "commands.h"
#include "file.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    INPUT_MAX_BYTES = 64 * 1024 * 1024, /* of --input and --bindings */
    LINE_MAX_BYTES = 16 * 1024 * 1024,  /* of --lines: no state's data is a tenth of it */
    ANSWER_MAX_BYTES = 128 * 1024 * 1024,
    EXPRESSION_ARENA_MAX_BYTES = 16 * 1024 * 1024,
};

/* -- questions and answers -- */

/* Borrowed. */
struct question {
    str expression;
    json data, bindings;          /* ABSENT: none */
    bool aws;                     /* --aws */
    bool functions;               /* --eval: $eval is there */
    struct jsonata_limits limits; /* of JSONata: 0 is the language's own */
};

struct answer {
    json value; /* given; ABSENT without a code: undefined */
    str code;   /* lent by err or static; ptr NULL: there is a value */
    struct err err;
};

typedef void ask(struct arena *a, const struct question *q, struct answer *out);

struct language {
    const char *name;
    ask *ask;
};

static void refuse(struct answer *out, const char *code, const char *message)
{
    err_set_named(&out->err, str_from_c(code), "%s", message);
    out->code = str_from_c(code);
}

/* The context object stands in the bindings as "context" or "$$"; false: there is something else,
 * which would be passed over. */
static bool read_context(const struct question *q, json *context, struct answer *out)
{
    *context = json_absent();
    if (q->bindings.kind != JSON_ABSENT && q->bindings.kind != JSON_OBJECT) {
        refuse(out, "INVALID_BINDINGS", "the bindings must be an object");
        return false;
    }
    for (size_t i = 0; i < json_len(q->bindings); i++) {
        str key = json_key_at(q->bindings, i);
        if (!str_eq(key, STR("context")) && !str_eq(key, STR("$$"))) {
            refuse(out, "INVALID_BINDINGS",
                   "only \"context\" (or \"$$\"), the context object, can be bound here");
            return false;
        }
        *context = json_value_at(q->bindings, i);
    }
    return true;
}

static void ask_jsonpath(struct arena *a, const struct question *q, struct answer *out)
{
    const struct jsonpath *path;
    struct jsonpath_roots roots = {.input = q->data};
    if (!read_context(q, &roots.context, out))
        return;
    if (!q->aws && !json_is_absent(roots.context)) {
        refuse(out, "INVALID_BINDINGS", "there is a context object with --aws only");
        return;
    }
    if (!jsonpath_parse_as(a, q->expression, q->aws ? JSONPATH_AWS : JSONPATH_JAYWAY, &path,
                           &out->err)) {
        out->code = q->aws ? STR("INVALID_PATH") : err_name(&out->err);
        return;
    }
    if (json_is_absent(jsonpath_uses_context(path) ? roots.context : roots.input)) {
        refuse(out, "INVALID_INPUT",
               jsonpath_uses_context(path)
                   ? "the path needs a context object: bind \"context\""
                   : "a path needs input: --input FILE, or JSON on standard input");
        return;
    }
    if (!jsonpath_eval(path, &roots, &out->value, &out->err))
        out->code = q->aws ? STR("PATH_NOT_FOUND") : err_name(&out->err);
}

static void ask_intrinsic(struct arena *a, const struct question *q, struct answer *out)
{
    const struct intrinsic_expression *e;
    struct rng rng;
    struct jsonpath_roots roots;
    if (!read_context(q, &roots.context, out))
        return;
    // Without input a path leads nowhere, and that is told of an empty object.
    roots.input = json_is_absent(q->data) ? json_object(0) : json_ref(q->data);
    rng_seed(&rng, rng_seed_from_system());
    if (!intrinsic_parse(a, q->expression, &e, &out->err) ||
        !intrinsic_eval(e, &roots, &rng, &out->value, &out->err))
        out->code = err_name(&out->err);
    json_unref(roots.input);
}

/* The code is the first word of a refusal's text ("T2001: The left side of …"): it goes in front.
 */
static void split_code(struct answer *out)
{
    str message = err_text(&out->err), code = str_cut(&message, ':');
    struct err split = ERR_INIT;
    if (out->err.id != ERR_JSONATA || !message.ptr) {
        out->code = err_name(&out->err);
        return;
    }
    message = str_starts(message, STR(" ")) ? str_skip(message, 1) : message;
    err_set_named(&split, code, "%.*s", STR_ARG(message));
    err_release(&out->err);
    err_move(&out->err, &split);
    out->code = err_name(&out->err);
}

static void ask_jsonata(struct arena *a, const struct question *q, struct answer *out)
{
    const struct jsonata *e;
    enum jsonata_dialect dialect = q->aws ? JSONATA_AWS : JSONATA_PLAIN;
    struct jsonata_limits limits = q->aws ? jsonata_limits_aws : jsonata_limits_plain;
    enum jsonata_outcome outcome;
    struct rng rng;
    if (!json_is_absent(q->bindings) && q->bindings.kind != JSON_OBJECT) {
        refuse(out, "INVALID_BINDINGS", "the bindings must be an object");
        return;
    }
    rng_seed(&rng, rng_seed_from_system());
    if (q->limits.depth > 0)
        limits.depth = q->limits.depth;
    if (q->limits.time_ms > 0)
        limits.time_ms = q->limits.time_ms;
    struct jsonata_scope scope = {.input = q->data,
                                  .states = json_get(q->bindings, STR("states")),
                                  .variables = q->bindings,
                                  .now_ms = clock_wall_ms(),
                                  .rng = &rng,
                                  .limits = &limits,
                                  .eval = q->functions};
    if (!jsonata_parse(a, q->expression, dialect, &e, &out->err) ||
        !jsonata_eval(e, &scope, &outcome, &out->value, &out->err))
        split_code(out);
    else if (outcome == JSONATA_FUNCTION)
        refuse(out, "FUNCTION", "the expression yields a function, which is no JSON");
}

static const struct language languages[] = {
    {"jsonpath",  ask_jsonpath },
    {"intrinsic", ask_intrinsic},
    {"jsonata",   ask_jsonata  },
};

enum { LANGUAGES = sizeof languages / sizeof languages[0] };

/* Gives *out: answer_release it. */
static void answer(const struct language *language, const struct question *q, struct answer *out)
{
    struct arena a;
    arena_init(&a, EXPRESSION_ARENA_MAX_BYTES);
    *out = (struct answer){.err = ERR_INIT};
    language->ask(&a, q, out);
    if (err_is_set(&out->err) && out->err.id == ERR_NO_MEMORY)
        out->code = STR("NO_MEMORY");
    arena_release(&a);
}

static void answer_release(struct answer *a)
{
    json_unref(a->value);
    err_release(&a->err);
}

static bool flush_out(void)
{
    if (fflush(stdout) == 0)
        return true;
    (void)fprintf(stderr, "stepd: standard output cannot be written\n");
    return false;
}

static bool write_out(struct buf *text)
{
    buf_add_char(text, '\n');
    if (!buf_ok(text)) {
        (void)fprintf(stderr, "stepd: the answer is longer than %zu bytes\n", text->max_bytes);
        return false;
    }
    (void)fwrite(text->ptr, 1, text->len, stdout); // a failure is seen by the flush
    return flush_out();
}

/* -- one -- */

/* Reads JSON. *out is left ABSENT by a blank text. */
static bool read_json(const char *path, json *out, struct err *err)
{
    struct buf text;
    buf_init(&text, INPUT_MAX_BYTES);
    bool ok = file_read(path, &text, err), blank = true;
    for (size_t i = 0; i < text.len && blank; i++)
        blank = strchr(" \t\r\n", text.ptr[i]) != NULL && text.ptr[i] != '\0';
    if (ok && !blank && !json_parse(buf_str(&text), out, err)) {
        err_wrap(err, "%s: ", path);
        ok = false;
    }
    buf_release(&text);
    return ok;
}

static int tell(const struct answer *a)
{
    if (a->code.ptr) {
        (void)fprintf(stderr, "%.*s: %.*s\n", STR_ARG(a->code), STR_ARG(err_text(&a->err)));
        return EXIT_REFUSED;
    }
    if (json_is_absent(a->value))
        return EXIT_FINE; // undefined: nothing to say
    struct buf text;
    buf_init(&text, ANSWER_MAX_BYTES);
    json_print(a->value, &text);
    bool ok = write_out(&text);
    buf_release(&text);
    return ok ? EXIT_FINE : EXIT_REFUSED;
}

struct options {
    const struct language *language;
    const char *expression, *input, *bindings;
    bool lines, aws, functions;
};

static int eval_one(const struct options *o)
{
    struct question q = {
        .expression = str_from_c(o->expression), .aws = o->aws, .functions = o->functions};
    struct answer a = {.err = ERR_INIT};
    const char *input = o->input ? o->input : "-", *code = NULL;
    // Nobody types a document at a prompt that does not ask for one.
    if ((o->input || !isatty(STDIN_FILENO)) && !read_json(input, &q.data, &a.err))
        code = "INVALID_INPUT";
    else if (o->bindings && !read_json(o->bindings, &q.bindings, &a.err))
        code = "INVALID_BINDINGS";
    if (code)
        a.code = str_from_c(code);
    else
        answer(o->language, &q, &a);
    int status = tell(&a);
    answer_release(&a);
    json_unref(q.data);
    json_unref(q.bindings);
    return status;
}

/* -- many -- */

struct line {
    struct buf text;
    bool too_long; /* what did not fit is passed over */
};

/* Reads the next line; false at the end. */
static bool next_line(struct line *l)
{
    int c = fgetc(stdin);
    bool any = c != EOF;
    buf_reset(&l->text);
    for (; c != EOF && c != '\n'; c = fgetc(stdin))
        if (buf_ok(&l->text))
            buf_add_char(&l->text, (char)c);
    l->too_long = !buf_ok(&l->text);
    return any;
}

/* "timelimit" and "depth". False: another key, or no such number. */
static bool read_limit(json line, str key, struct jsonata_limits *limits)
{
    enum { TIME_MS_MAX = 60000, DEPTH_MAX = 1000 };
    int64_t n = 0;
    if (!json_get_int64(line, key, &n) || n < 1)
        return false;
    if (str_eq(key, STR("timelimit")) && n <= TIME_MS_MAX)
        limits->time_ms = n;
    else if (str_eq(key, STR("depth")) && n <= DEPTH_MAX)
        limits->depth = (size_t)n;
    else
        return false;
    return true;
}

/* Takes the members of a line; what they lend lives as long as line. */
static bool read_question(json line, struct question *q, struct answer *a)
{
    if (line.kind != JSON_OBJECT) {
        refuse(a, "INVALID_LINE", "a line must be a JSON object");
        return false;
    }
    for (size_t i = 0; i < json_len(line); i++) {
        str key = json_key_at(line, i);
        if (str_eq(key, STR("data"))) {
            q->data = json_value_at(line, i);
        } else if (str_eq(key, STR("bindings"))) {
            q->bindings = json_value_at(line, i);
        } else if (!str_eq(key, STR("expr")) && !read_limit(line, key, &q->limits)) {
            refuse(a, "INVALID_LINE",
                   "a line has \"expr\", \"data\" and \"bindings\", and of JSONata may have "
                   "\"timelimit\" (ms, at most 60000) and \"depth\" (at most 1000)");
            return false;
        }
    }
    if (json_get_str(line, STR("expr"), &q->expression))
        return true;
    refuse(a, "INVALID_LINE", "\"expr\" must be a text");
    return false;
}

static void print_answer(const struct answer *a, struct buf *out)
{
    if (a->code.ptr) {
        buf_add(out, STR("{\"code\":"));
        json_print_str(a->code, out);
        buf_add(out, STR(",\"message\":"));
        json_print_str(err_text(&a->err), out);
        buf_add_char(out, '}');
    } else if (json_is_absent(a->value)) {
        buf_add(out, STR("{\"undefined\":true}"));
    } else {
        buf_add(out, STR("{\"result\":"));
        json_print(a->value, out);
        buf_add_char(out, '}');
    }
}

static bool answer_line(const struct options *o, const struct line *l, struct buf *out)
{
    struct question q = {.aws = o->aws, .functions = o->functions};
    struct answer a = {.err = ERR_INIT};
    json line = json_absent();
    if (l->too_long)
        refuse(&a, "INVALID_LINE", "the line is too long");
    else if (!json_parse(buf_str(&l->text), &line, &a.err))
        a.code = STR("INVALID_LINE");
    else if (read_question(line, &q, &a))
        answer(o->language, &q, &a);
    buf_reset(out);
    print_answer(&a, out);
    answer_release(&a);
    json_unref(line);
    return write_out(out);
}

static int eval_lines(const struct options *o)
{
    struct line l = {.too_long = false};
    struct buf out;
    bool ok = true;
    buf_init(&l.text, LINE_MAX_BYTES);
    buf_init(&out, ANSWER_MAX_BYTES);
    while (ok && next_line(&l))
        ok = answer_line(o, &l, &out);
    if (ok && ferror(stdin)) {
        (void)fprintf(stderr, "stepd: standard input cannot be read\n");
        ok = false;
    }
    buf_release(&out);
    buf_release(&l.text);
    return ok ? EXIT_FINE : EXIT_REFUSED;
}

/* -- the command -- */

static int usage(FILE *to, int status)
{
    (void)fprintf(
        to,
        "usage: stepd eval jsonata|jsonpath|intrinsic EXPR [--input FILE] [--bindings FILE] "
        "[--aws]\n"
        "       stepd eval jsonata|jsonpath|intrinsic --lines [--aws] <QUESTIONS\n\n"
        "  --input FILE     the data, JSON; standard input when it is no terminal\n"
        "  --bindings FILE  jsonata: {\"name\": the variable $name, …}; else {\"context\": the "
        "context\n"
        "                   object, for $$}\n"
        "  --aws            the rules of definitions: of jsonpath instead of the library's own, "
        "of\n"
        "                   jsonata with Step Functions' functions, limits and numbers\n"
        "  --eval           jsonata: $eval is there, which Step Functions does not have\n"
        "  --lines          a line {\"expr\":…,\"data\":…,\"bindings\":…} is answered with a line\n"
        "                   {\"result\":…}, {\"undefined\":true} or {\"code\":…,\"message\":…}\n");
    return status;
}

/* Takes the value of an option at *i; false: it has none. */
static bool take_value(int argc, char **argv, int *i, const char **out)
{
    if (*i + 1 >= argc)
        return false;
    *out = argv[++*i];
    return true;
}

static bool read_options(int argc, char **argv, struct options *o)
{
    for (int i = 3; i < argc; i++) {
        bool fine = true;
        if (strcmp(argv[i], "--lines") == 0) {
            o->lines = true;
        } else if (strcmp(argv[i], "--aws") == 0) {
            o->aws = true;
        } else if (strcmp(argv[i], "--eval") == 0) {
            o->functions = true;
        } else if (strcmp(argv[i], "--input") == 0) {
            fine = take_value(argc, argv, &i, &o->input);
        } else if (strcmp(argv[i], "--bindings") == 0) {
            fine = take_value(argc, argv, &i, &o->bindings);
        } else {
            fine = !o->expression && strncmp(argv[i], "--", 2) != 0;
            o->expression = argv[i];
        }
        if (!fine)
            return false;
    }
    return o->lines ? !o->expression && !o->input && !o->bindings : o->expression != NULL;
}

int command_eval(int argc, char **argv)
{
    struct options o = {0};
    if (argc < 3 || strcmp(argv[2], "--help") == 0)
        return usage(argc < 3 ? stderr : stdout, argc < 3 ? EXIT_USAGE : EXIT_FINE);
    for (size_t i = 0; i < LANGUAGES; i++)
        if (strcmp(argv[2], languages[i].name) == 0)
            o.language = &languages[i];
    if (!o.language) {
        (void)fprintf(stderr, "stepd: eval knows no language '%s'\n\n", argv[2]);
        return usage(stderr, EXIT_USAGE);
    }
    if (!read_options(argc, argv, &o))
        return usage(stderr, EXIT_USAGE);
    return o.lines ? eval_lines(&o) : eval_one(&o);
}
