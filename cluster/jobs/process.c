/* The process runtime: a container is a local process, its stdout and stderr the log.
 *
 *     fork -> setsid, PDEATHSIG, own pipes, directory -> exec
 *     runtime thread: poll(wake, pidfd and pipe of each) -> output to the live log, end to the pod
 *
 * 1. A process leads a session and group of its own; when it ends, or is to end, the whole group is
 *    killed. (A grandchild that makes a session of its own escapes: there is no cgroup here.)
 * 2. It is killed by the kernel when the runtime thread goes, however that happens (PDEATHSIG
 * counts for the thread that forked, which lives as long as the room).
 * 3. It is looked at and its group killed before it is reaped: until then its pid names nobody
 * else.
 * 4. It holds the clock: skipped time stands while real work is done.
 * 5. struct process outlives its pod: a pod may be deleted while its process is being killed. */
#include "base/log.h"
#include "process_private.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/close_range.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    READ_BYTES = 64 * 1024,
    READS_MAX = 64, /* of one process before the others have their turn */
    NS_PER_MS = 1000000,
    GRACE_DEFAULT_S = 30, /* Source: core/v1 PodSpec, terminationGracePeriodSeconds */
    GRACE_MAX_S = 3600,
    WAIT_MAX_MS = 60 * 1000, /* between two looks; keeps the number an int */
};

struct process {
    struct process *next;
    uint64_t pod_serial;
    size_t container; /* its place in the pod */
    unsigned run;
    char uid[UID_MAX_BYTES];
    char cluster[128], name[128]; /* of the container; for its live log */
    pid_t pid;
    int pidfd, output;
    int64_t kill_at_ns; /* SIGKILL then; 0: not being ended */
};

/* -- the child; only async-signal-safe calls -- */

static void child_fail(int report)
{
    int code = errno;
    ssize_t written = write(report, &code, sizeof code);
    _exit(written == sizeof code ? START_ERROR_EXIT_CODE : START_ERROR_EXIT_CODE - 1);
}

static void child_run(const struct process_spec *spec, pid_t parent, int output, int report)
{
    sigset_t none;
    int null = open("/dev/null", O_RDONLY);
    (void)sigemptyset(&none);
    if (setsid() < 0 || prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || null < 0 ||
        dup2(null, STDIN_FILENO) < 0 || dup2(output, STDOUT_FILENO) < 0 ||
        dup2(output, STDERR_FILENO) < 0)
        child_fail(report);
    if (getppid() != parent) // it died before PDEATHSIG was set
        _exit(START_ERROR_EXIT_CODE);
    (void)close_range(STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC);
    (void)signal(SIGPIPE, SIG_DFL);
    (void)signal(SIGXFSZ, SIG_DFL);
    // NOLINTNEXTLINE(concurrency-mt-unsafe): in the child this thread is the only one
    if (sigprocmask(SIG_SETMASK, &none, NULL) != 0 || (spec->dir && chdir(spec->dir) != 0))
        child_fail(report);
    // execve wants pointers to non-const and changes nothing: POSIX keeps an old promise.
    union {
        const char **in;
        char **out;
    } argv = {spec->argv}, envp = {spec->envp};
    (void)execve(spec->file, argv.out, envp.out);
    child_fail(report);
}

/* -- starting -- */

struct pipes {
    int output[2], report[2];
};

static void pipes_close(struct pipes *p)
{
    int fds[] = {p->output[0], p->output[1], p->report[0], p->report[1]};
    for (size_t i = 0; i < 4; i++)
        if (fds[i] >= 0)
            (void)close(fds[i]);
}

static bool pipes_open(struct pipes *p, struct err *err)
{
    *p = (struct pipes){
        {-1, -1},
        {-1, -1}
    };
    if (pipe2(p->output, O_CLOEXEC) != 0 || pipe2(p->report, O_CLOEXEC) != 0 ||
        fcntl(p->output[0], F_SETFL, O_NONBLOCK) != 0) {
        (void)err_set_errno(err, ERR_SYSTEM, "pipe");
        pipes_close(p);
        return false;
    }
    return true;
}

/* Waits for the exec: the report's end is closed by it, or says why it failed. */
static bool exec_wait(struct pipes *p, const struct process_spec *spec, struct err *err)
{
    int code = 0;
    ssize_t got;
    do
        got = read(p->report[0], &code, sizeof code);
    while (got < 0 && errno == EINTR);
    if (got == 0)
        return true;
    errno = got == sizeof code ? code : errno;
    return err_set_errno(err, ERR_SYSTEM, "exec: \"%s\"", spec->argv[0]);
}

static void reap(pid_t pid)
{
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
}

static void process_free(struct process *proc)
{
    if (proc->pidfd >= 0)
        (void)close(proc->pidfd);
    if (proc->output >= 0)
        (void)close(proc->output);
    mem_free(proc);
}

/* Gives a running process with pid, pidfd and output; NULL with an error. */
static struct process *process_spawn(const struct process_spec *spec, struct err *err)
{
    struct pipes pipes;
    if (!pipes_open(&pipes, err))
        return NULL;
    pid_t parent = getpid(), pid = fork();
    if (pid == 0)
        child_run(spec, parent, pipes.output[1], pipes.report[1]);
    if (pid < 0) {
        (void)err_set_errno(err, ERR_SYSTEM, "fork");
        pipes_close(&pipes);
        return NULL;
    }
    (void)close(pipes.output[1]);
    (void)close(pipes.report[1]);
    pipes.output[1] = pipes.report[1] = -1;
    struct process *proc = mem_new(sizeof *proc);
    proc->pid = pid;
    proc->output = pipes.output[0];
    proc->pidfd = pidfd_open(pid, 0);
    bool ok = proc->pidfd >= 0 || err_set_errno(err, ERR_SYSTEM, "pidfd_open");
    ok = ok && exec_wait(&pipes, spec, err);
    (void)close(pipes.report[0]);
    if (ok)
        return proc;
    (void)kill(pid, SIGKILL);
    reap(pid);
    process_free(proc);
    return NULL;
}

static bool start(struct jobs *j, struct pod *p, struct container *c, bool resumed, struct err *err)
{
    struct arena a;
    struct process_spec spec;
    (void)resumed;
    arena_init(&a, PROCESS_ARENA_BYTES);
    struct process *proc = NULL;
    if (process_spec_make(&a, p, c, &spec, err))
        proc = process_spawn(&spec, err);
    arena_release(&a);
    if (!proc)
        return false;
    proc->pod_serial = p->serial;
    proc->container = (size_t)(c - p->containers);
    proc->run = c->restarts;
    (void)snprintf(proc->uid, sizeof proc->uid, "%s", p->uid);
    (void)snprintf(proc->cluster, sizeof proc->cluster, "%.*s", STR_ARG(p->cluster));
    (void)snprintf(proc->name, sizeof proc->name, "%.*s", STR_ARG(c->name));
    proc->next = j->processes;
    j->processes = proc;
    j->processes_count++;
    c->process = proc;
    clock_hold(j->clock);
    log_debug("jobs", "process_started", "pid=%d pod=%.*s container=%.*s", (int)proc->pid,
              STR_ARG(p->name), STR_ARG(c->name));
    return true;
}

/* -- ending -- */

static void kill_container(struct jobs *j, struct pod *p, struct container *c, bool at_once)
{
    (void)j;
    int64_t grace_s = GRACE_DEFAULT_S;
    struct process *proc = c->process;
    if (!proc)
        return;
    (void)json_get_int64(json_get(p->first, STR("spec")), STR("terminationGracePeriodSeconds"),
                         &grace_s);
    if (at_once || grace_s <= 0) {
        (void)kill(-proc->pid, SIGKILL);
    } else if (proc->kill_at_ns == 0) {
        (void)kill(-proc->pid, SIGTERM);
        if (grace_s > GRACE_MAX_S)
            grace_s = GRACE_MAX_S;
        proc->kill_at_ns = clock_monotonic_ns() + grace_s * MS_PER_S * NS_PER_MS;
    }
}

/* The container that still waits for this process; NULL: its pod is gone. */
static struct container *container_of(struct jobs *j, const struct process *proc, struct pod **pod)
{
    struct pod *p = pod_of_serial(j, proc->pod_serial);
    *pod = p;
    if (!p || proc->container >= p->containers_count ||
        p->containers[proc->container].process != proc)
        return NULL;
    return &p->containers[proc->container];
}

/* Takes what it has written; false: there is no more. */
static bool output_read(struct jobs *j, struct process *proc)
{
    static char space[READ_BYTES]; // one thread reads
    struct pod *p = pod_of_serial(j, proc->pod_serial);
    for (int i = 0; i < READS_MAX; i++) {
        ssize_t got = read(proc->output, space, sizeof space);
        if (got > 0) {
            if (p)
                live_log_add(j, p, str_from_c(proc->name), (str){space, (size_t)got});
        } else if (got == 0 || (errno != EINTR && errno != EAGAIN)) {
            (void)close(proc->output);
            proc->output = -1;
            return false;
        } else if (errno == EAGAIN) {
            return true;
        }
    }
    return true;
}

/* Ends what is left of its group and reaps it; gives the exit code as a shell would. */
static int process_reap(struct process *proc)
{
    siginfo_t info = {0};
    (void)kill(-proc->pid, SIGKILL); // before the pid is free: invariant 3
    while (waitid(P_PID, (id_t)proc->pid, &info, WEXITED) != 0)
        if (errno != EINTR)
            return KILLED_EXIT_CODE;
    return info.si_code == CLD_EXITED ? info.si_status : 128 + info.si_status;
}

static void process_ended(struct jobs *j, struct process *proc)
{
    struct pod *p;
    struct container *c = container_of(j, proc, &p);
    int code = process_reap(proc);
    if (proc->output >= 0)
        (void)output_read(j, proc); // all of the group is dead: what is in the pipe is the rest
    log_debug("jobs", "process_ended", "pid=%d exit=%d", (int)proc->pid, code);
    if (c) {
        c->process = NULL;
        container_ended(j, p, c, code, code == 0 ? "Completed" : "Error", NULL);
    } else {
        live_log_close(j, str_from_c(proc->cluster), str_from_c(proc->uid), str_from_c(proc->name),
                       proc->run);
    }
    j->processes_count--;
    process_free(proc);
    clock_release(j->clock);
}

/* -- waiting -- */

static int wait_ms(const struct jobs *j)
{
    int64_t now_ns = clock_monotonic_ns(), least_ms = -1;
    for (struct process *proc = j->processes; proc; proc = proc->next) {
        if (proc->kill_at_ns == 0)
            continue;
        int64_t ms = (proc->kill_at_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
        if (ms < 0)
            ms = 0;
        if (least_ms < 0 || ms < least_ms)
            least_ms = ms;
    }
    return least_ms > WAIT_MAX_MS ? WAIT_MAX_MS : (int)least_ms;
}

static void kill_late(const struct jobs *j)
{
    int64_t now_ns = clock_monotonic_ns();
    for (struct process *proc = j->processes; proc; proc = proc->next) {
        if (proc->kill_at_ns != 0 && now_ns >= proc->kill_at_ns) {
            (void)kill(-proc->pid, SIGKILL);
            proc->kill_at_ns = INT64_MAX; // it is on its way
        }
    }
}

/* Takes proc out of the list. */
static void process_unlink(struct jobs *j, const struct process *proc)
{
    struct process **at = &j->processes;
    while (*at != proc)
        at = &(*at)->next;
    *at = proc->next;
}

/* fds: two for each process, in the order of the list as it was polled. */
static void processes_handle(struct jobs *j, const struct pollfd *fds, size_t count)
{
    struct process *proc = j->processes;
    for (size_t i = 0; i < count && proc; i++) {
        struct process *next = proc->next;
        if (fds[2 * i].revents && proc->output >= 0)
            (void)output_read(j, proc);
        if (fds[2 * i + 1].revents) {
            process_unlink(j, proc);
            process_ended(j, proc); // may start others: they come first in the list
        }
        proc = next;
    }
}

void processes_wait(struct jobs *j)
{
    uint64_t woken;
    size_t count = j->processes_count, at = 1;
    struct pollfd *fds = mem_new((2 * count + 1) * sizeof *fds);
    fds[0] = (struct pollfd){.fd = j->wake_fd, .events = POLLIN};
    for (struct process *proc = j->processes; proc; proc = proc->next) {
        fds[at++] = (struct pollfd){.fd = proc->output, .events = POLLIN};
        fds[at++] = (struct pollfd){.fd = proc->pidfd, .events = POLLIN};
    }
    int ready = poll(fds, (nfds_t)at, wait_ms(j));
    if (ready < 0 && errno != EINTR)
        log_error("jobs", "poll_failed", "errno=%d", errno);
    if (fds[0].revents && read(j->wake_fd, &woken, sizeof woken) < 0 && errno != EAGAIN)
        log_error("jobs", "wake_failed", "errno=%d", errno);
    if (ready > 0)
        processes_handle(j, fds + 1, count);
    kill_late(j);
    mem_free(fds);
}

/* The room stops: nothing is written of their ends, they are run again after a restart. */
void processes_kill_all(struct jobs *j)
{
    while (j->processes) {
        struct process *proc = j->processes;
        j->processes = proc->next;
        (void)kill(-proc->pid, SIGKILL);
        process_ended(j, proc);
    }
}

const struct runtime runtime_process = {
    .name = STR_INIT("process"),
    .start = start,
    .kill = kill_container,
    .due = NULL,
    .survives = false,
};
