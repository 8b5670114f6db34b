/* The simulated runtime: outcome, log and duration of a container from annotations of its pod.
 *
 * Nothing runs but a timer on the clock, so under a skip clock a Job of two days takes no time.
 * After a restart of the server the timer stands at the recorded start plus the duration. */
#include "jobs_private.h"

enum {
    EXIT_CODE_MAX = 255,
    DURATION_DIGITS_MAX = 12, /* of seconds: more than thirty thousand years */
};

/* Seconds with an optional fraction, "1.5"; false: no such text. */
static bool duration_parse(str text, int64_t *ms)
{
    str fraction = text, whole = str_cut(&fraction, '.');
    int64_t s = 0, part = 0, unit = 100;
    if (!whole.ptr || whole.len == 0 || whole.len > DURATION_DIGITS_MAX || whole.ptr[0] == '-' ||
        !str_to_int64(whole, &s) || (fraction.ptr && fraction.len == 0))
        return false;
    for (size_t i = 0; fraction.ptr && i < fraction.len; i++, unit /= 10) {
        if (fraction.ptr[i] < '0' || fraction.ptr[i] > '9')
            return false;
        part += unit * (fraction.ptr[i] - '0'); // past milliseconds unit is 0
    }
    *ms = s * MS_PER_S + part;
    return true;
}

/* True with a duration; false with an error, or without one: the container runs on (endless). */
static bool duration_of(const struct jobs *j, const struct pod *p, const struct container *c,
                        int64_t *ms, bool *endless, struct err *err)
{
    str text = container_annotation(p, c, STR("duration"));
    str policy = json_str(json_get_path(p->first, "spec", "restartPolicy", NULL));
    *endless = false;
    if (text.len == 0) {
        // What is always to be running is a service: ending it would only begin it again, for ever.
        *endless = str_eq(policy, STR("Always")) && !c->init;
        *ms = j->simulated_duration_ms;
        return true;
    }
    return duration_parse(text, ms) ||
           err_set(err, ERR_VALIDATION,
                   "annotation stepd.dev/duration is no number of seconds: %.*s", STR_ARG(text));
}

static bool exit_code_of(const struct pod *p, const struct container *c, int64_t *code,
                         struct err *err)
{
    str text = container_annotation(p, c, STR("exit-code"));
    *code = 0;
    if (text.len == 0)
        return true;
    return (str_to_int64(text, code) && *code >= 0 && *code <= EXIT_CODE_MAX) ||
           err_set(err, ERR_VALIDATION, "annotation stepd.dev/exit-code is not 0 to %d: %.*s",
                   EXIT_CODE_MAX, STR_ARG(text));
}

static bool start(struct jobs *j, struct pod *p, struct container *c, bool resumed, struct err *err)
{
    int64_t ms = 0, code = 0;
    bool endless = false;
    (void)resumed;
    if (!duration_of(j, p, c, &ms, &endless, err) || !exit_code_of(p, c, &code, err))
        return false;
    live_log_add(j, p, c->name, container_annotation(p, c, STR("log")));
    if (endless)
        return true;
    size_t at = (size_t)(c - p->containers);
    c->generation++;
    c->timer = timer_arm(j, c->started_ms + ms, p->serial, (uint64_t)c->generation << 32 | at);
    return true;
}

static void due(struct jobs *j, struct pod *p, struct container *c)
{
    struct err err = ERR_INIT;
    int64_t code = 0;
    (void)exit_code_of(p, c, &code, &err); // start has checked it
    err_release(&err);
    container_ended(j, p, c, (int)code, code == 0 ? "Completed" : "Error", NULL);
}

static void kill_container(struct jobs *j, struct pod *p, struct container *c, bool at_once)
{
    (void)at_once;
    timer_cancel(j, &c->timer);
    c->generation++;
    container_ended(j, p, c, KILLED_EXIT_CODE, "Error", NULL);
}

const struct runtime runtime_simulated = {
    .name = STR_INIT("simulated"),
    .start = start,
    .kill = kill_container,
    .due = due,
    .survives = true,
};
