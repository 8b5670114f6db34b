/* stepd run: one definition, in process; progress on a terminal, the output on stdout.
 *
 * The whole stack is there, on a store that is thrown away and a loopback listener nobody is told
 * of: a Task finds the embedded clusters as it would under `stepd serve`. */
#include "base/lock.h"
#include "base/log.h"
#include "base/mem.h"
#include "commands.h"
#include "diagnose.h"
#include "file.h"
#include "stack.h"
#include "store/machines.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum {
    FILE_MAX_BYTES = 2 * 1024 * 1024,
    OUTPUT_MAX_BYTES = 32 * 1024 * 1024, /* with --limits=off */
    TEXTS_MAX_BYTES = 16 * 1024,
};

struct run {
    struct store_job job; /* first: the store gives it back; makes the machine's row */
    struct store_machine machine;
    pthread_mutex_t lock; /* guards all below */
    pthread_cond_t changed;
    bool stored, ended;
    int64_t revision;
    enum store_status status;
    struct buf output, error, cause;
    struct err err;
};

static void signal_change(struct run *r)
{
    (void)cond_wake_one(&r->changed);
    (void)lock_give(&r->lock);
}

static void wait_until(struct run *r, const bool *flag)
{
    (void)lock_take(&r->lock);
    while (!*flag)
        (void)cond_wait(&r->changed, &r->lock);
    (void)lock_give(&r->lock);
}

static bool machine_apply(struct store_job *job, struct store_connection *c, struct err *err)
{
    struct run *r = (struct run *)job;
    return store_machine_insert(c, &r->machine, &r->revision, err);
}

static void machine_done(struct store_job *job, const struct err *err)
{
    struct run *r = (struct run *)job;
    (void)lock_take(&r->lock);
    if (err_is_set(err))
        err_copy(&r->err, err);
    r->stored = true;
    signal_change(r);
}

static void started(void *context, int64_t start_ms, bool existed, const struct err *err)
{
    (void)start_ms;
    (void)existed; // the store is new: nothing of that name can be there
    struct run *r = context;
    if (!err_is_set(err))
        return;
    (void)lock_take(&r->lock);
    err_copy(&r->err, err);
    r->ended = true;
    signal_change(r);
}

static void ended(void *context, const struct engine_end *end)
{
    struct run *r = context;
    (void)lock_take(&r->lock);
    r->status = end->status;
    json_print(end->output, &r->output);
    buf_add(&r->error, end->error);
    buf_add(&r->cause, end->cause);
    r->ended = true;
    signal_change(r);
}

/* Threads: worker. One line an event of interest, on a terminal. */
static void show(void *context, const struct engine_event *e)
{
    (void)context;
    str type = str_from_c(e->type);
    bool entered = str_ends(type, STR("StateEntered"));
    bool failed = str_ends(type, STR("Failed")) || str_ends(type, STR("TimedOut"));
    if (entered || str_ends(type, STR("StateExited")))
        (void)fprintf(stderr, "%6llu  %s %.*s\n", (unsigned long long)e->id, entered ? ">" : "<",
                      STR_ARG(e->state_name));
    else if (failed)
        (void)fprintf(stderr, "%6llu  ! %s %.*s\n", (unsigned long long)e->id, e->type,
                      STR_ARG(json_str(json_get(e->details, STR("error")))));
}

static void start(struct run *r, struct stack *stack, struct asl_definition *definition, json input,
                  str input_text, const struct settings *settings)
{
    struct arena a;
    arena_init(&a, TEXTS_MAX_BYTES);
    const struct engine_start in = {
        .machine_arn = r->machine.arn,
        .machine_name = r->machine.name,
        .revision = r->revision,
        .definition = definition,
        .role_arn = r->machine.role_arn,
        .arn = arena_printf(&a, "arn:aws:states:%.*s:%.*s:execution:run:run",
                            STR_ARG(settings->region), STR_ARG(settings->account)),
        .name = STR("run"),
        .name_is_new = true,
        .input = input,
        .input_text = input_text,
    };
    engine_start(stack->engine, &in, started, ended, r);
    arena_release(&a);
}

static int report(struct run *r)
{
    if (err_is_set(&r->err)) {
        (void)fprintf(stderr, "stepd: %.*s\n", STR_ARG(err_text(&r->err)));
        return EXIT_STARTUP;
    }
    if (r->status == STORE_SUCCEEDED) {
        (void)printf("%.*s\n", STR_ARG(buf_str(&r->output)));
        return EXIT_FINE;
    }
    (void)fprintf(stderr, "%.*s: %.*s: %.*s\n", STR_ARG(store_status_name(r->status)),
                  STR_ARG(buf_str(&r->error)), STR_ARG(buf_str(&r->cause)));
    return EXIT_REFUSED;
}

static int run_in(struct stack *stack, const struct settings *settings, str definition_text,
                  struct asl_definition *definition, json input, str input_text)
{
    struct arena a;
    arena_init(&a, TEXTS_MAX_BYTES);
    struct run r = {
        .lock = PTHREAD_MUTEX_INITIALIZER,
        .changed = PTHREAD_COND_INITIALIZER,
        .job = {.apply = machine_apply,
                .done = machine_done,
                .flags = STORE_SOON | STORE_MAY_FAIL | STORE_REFUSABLE},
        .machine =
            {
                .arn = arena_printf(&a, "arn:aws:states:%.*s:%.*s:stateMachine:run",
                STR_ARG(settings->region), STR_ARG(settings->account)),
                .name = STR("run"),
                .definition = definition_text,
                .role_arn =
                    arena_printf(&a, "arn:aws:iam::%.*s:role/run", STR_ARG(settings->account)),
                .revision_id = STR(""),
                .logging_json = STR(""),
                .tracing_json = STR(""),
                .encryption_json = STR(""),
                .created_ms = clock_now_ms(stack->clock),
                },
    };
    buf_init(&r.output, OUTPUT_MAX_BYTES);
    buf_init(&r.error, FILE_MAX_BYTES);
    buf_init(&r.cause, FILE_MAX_BYTES);
    store_submit_take(stack->store, &r.job);
    wait_until(&r, &r.stored);
    if (!err_is_set(&r.err)) {
        start(&r, stack, definition, input, input_text, settings);
        wait_until(&r, &r.ended);
    }
    stack_stop(stack);
    int status = report(&r);
    buf_release(&r.output);
    buf_release(&r.error);
    buf_release(&r.cause);
    err_release(&r.err);
    arena_release(&a);
    return status;
}

/* Everything that can be refused is, before anything is started. */
static int run(const char *path, struct settings *settings, str input_text)
{
    struct err err = ERR_INIT;
    struct buf text;
    struct asl_definition *definition = NULL;
    json input = json_absent();
    struct stack *stack = mem_new(sizeof *stack);
    int status = EXIT_REFUSED;
    buf_init(&text, FILE_MAX_BYTES);
    if (!file_read(path, &text, &err))
        status = EXIT_USAGE;
    else if (!json_parse(input_text, &input, &err))
        err_wrap(&err, "--input: ");
    else if (diagnose(path, buf_str(&text), false, DIAGNOSE_TO_RUN, &definition)) {
        bool terminal = isatty(STDERR_FILENO) == 1;
        if (stack_start(stack, settings, terminal ? show : NULL, NULL, &err))
            status = run_in(stack, settings, buf_str(&text), definition, input, input_text);
        else
            status = EXIT_STARTUP;
    }
    if (err_is_set(&err))
        (void)fprintf(stderr, "stepd: %.*s\n", STR_ARG(err_text(&err)));
    err_release(&err);
    asl_unref(definition);
    json_unref(input);
    buf_release(&text);
    mem_free(stack);
    return status;
}

static int usage(int status)
{
    FILE *to = status ? stderr : stdout;
    (void)fprintf(to, "usage: stepd run FILE.asl.json [--input JSON] [settings]\n\n");
    settings_help(to, SETTING_RUN);
    return status;
}

int command_run(int argc, char **argv)
{
    struct settings settings;
    struct err err = ERR_INIT;
    const char *rest[64];
    const char *path = NULL;
    str input = STR("{}");
    int rest_count = 0;
    enum log_level level;
    if (argc > 64 ||
        !settings_read(&settings, SETTING_RUN, argc, argv, 2, rest, &rest_count, &err)) {
        err_release(&err);
        return usage(EXIT_USAGE);
    }
    for (int i = 0; i < rest_count; i++) {
        if (strcmp(rest[i], "--help") == 0)
            return usage(EXIT_FINE);
        if (strcmp(rest[i], "--input") == 0 && i + 1 < rest_count)
            input = str_from_c(rest[++i]);
        else if (rest[i][0] == '-' || path)
            return usage(EXIT_USAGE);
        else
            path = rest[i];
    }
    if (!path || !log_level_parse(settings.log_level, &level))
        return usage(EXIT_USAGE);
    // The log is for servers: here only what went wrong, unless more is asked for.
    log_level_set(level == LOG_INFO ? LOG_WARN : level);
    settings.host = STR("127.0.0.1");
    settings.port = STR("0");
    settings.data_dir = STR(":memory:");
    settings.durability = STR("off");
    return run(path, &settings, input);
}
