/* The store's life: its directory, the lock on it, and what opens and closes in which order.
 *
 *     <dir>/stepd.lock       held with flock while open; holds our pid for the one who comes second
 *     <dir>/stepd.db         the database; -wal and -shm beside it while open
 *
 * flock is tied to the open file, not to the process: it also keeps a second store of the same
 * process out, and goes with the process however that ends. */
#include "store/store.h"

#include "base/lock.h"
#include "base/log.h"
#include "store_private.h"

#include <sqlite3.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PID_TEXT_MAX_BYTES = 32 };

static const char *const file_names[] = {"stepd.db", "stepd.db-wal", "stepd.db-shm", "stepd.lock"};

static pthread_once_t sqlite_once = PTHREAD_ONCE_INIT;

/* SQLite's memory statistics take a lock in every allocation and nobody reads them. When somebody
 * used SQLite before us it says so and stays as it is, which is only slower. */
static void sqlite_configure(void)
{
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
}

void store_must(int rc, const char *call)
{
    if (rc == 0)
        return;
    log_error("store", "thread_call_failed", "call=%s errno=%d", call, rc);
    abort();
}

bool store_durability_parse(str text, enum store_durability *out)
{
    static const struct {
        str name;
        enum store_durability durability;
    } rows[] = {
        {STR_INIT("full"),   STORE_FULL  },
        {STR_INIT("normal"), STORE_NORMAL},
        {STR_INIT("off"),    STORE_OFF   },
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        if (str_eq(text, rows[i].name)) {
            *out = rows[i].durability;
            return true;
        }
    }
    return false;
}

/* Gives dir/name. */
static char *path_join(const char *dir, const char *name)
{
    size_t size = strlen(dir) + strlen(name) + 2;
    char *path = mem_new(size);
    (void)snprintf(path, size, "%s/%s", dir, name); // fits: it was measured
    return path;
}

static bool refuse_dir(const char *dir, const char *what, struct err *err)
{
    bool read_only = errno == EROFS || errno == EACCES || errno == EPERM;
    return err_set_errno(err, read_only ? ERR_STORE_READ_ONLY : ERR_SYSTEM,
                         "the data directory '%s' %s", dir, what);
}

/* Makes the directory and those above it; the last is ours alone: it holds private keys. */
static bool dir_make(char *dir, struct err *err)
{
    for (char *at = dir + 1;; at++) {
        if (*at != '/' && *at != '\0')
            continue;
        char end = *at;
        *at = '\0';
        int rc = mkdir(dir, end == '\0' ? 0700 : 0777);
        *at = end;
        // Anything else than EEXIST may still be a directory: a read-only file system's, say.
        if (rc != 0 && errno != EEXIST) {
            int reason = errno;
            if (access(dir, F_OK) != 0) {
                errno = reason;
                return refuse_dir(dir, "cannot be made", err);
            }
        }
        if (end == '\0')
            return true;
    }
}

static bool dir_throw_away(struct store *s, struct err *err)
{
    const char *tmp = getenv("TMPDIR"); // NOLINT(concurrency-mt-unsafe): setup, nobody sets it
    const char *const places[] = {"/dev/shm", tmp && *tmp ? tmp : "/tmp", "/tmp"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        char *dir = path_join(places[i], "stepd-XXXXXX");
        if (mkdtemp(dir)) {
            s->dir = dir;
            s->throw_away = true;
            return true;
        }
        mem_free(dir);
    }
    return err_set_errno(err, ERR_SYSTEM, "no throw-away data directory can be made in /tmp");
}

static bool dir_open(struct store *s, str data_dir, struct err *err)
{
    if (str_eq(data_dir, STR(":memory:")))
        return dir_throw_away(s, err);
    if (data_dir.len == 0 || data_dir.len > STORE_PATH_MAX_BYTES ||
        memchr(data_dir.ptr, '\0', data_dir.len))
        return err_set(err, ERR_SYSTEM,
                       "the data directory's name must have 1 to %d bytes, none of them NUL",
                       STORE_PATH_MAX_BYTES);
    s->dir = str_dup_c(data_dir);
    if (!s->dir)
        return err_set(err, ERR_NO_MEMORY, "no memory for the data directory's name");
    return dir_make(s->dir, err);
}

static bool refuse_in_use(struct store *s, int fd, struct err *err)
{
    char pid[PID_TEXT_MAX_BYTES];
    ssize_t len = pread(fd, pid, sizeof pid, 0);
    str text = {pid, len > 0 ? (size_t)len : 0};
    text = str_cut(&text, '\n');
    return err_set(err, ERR_STORE_IN_USE,
                   "the data directory '%s' is in use by another stepd (pid %.*s)", s->dir,
                   text.len > 0 ? (int)text.len : 7, text.len > 0 ? text.ptr : "unknown");
}

static bool dir_lock(struct store *s, struct err *err)
{
    char *path = path_join(s->dir, "stepd.lock");
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    mem_free(path);
    if (fd < 0)
        return refuse_dir(s->dir, "cannot be written", err);

    bool ok = false;
    int rc;
    do {
        rc = flock(fd, LOCK_EX | LOCK_NB);
    } while (rc != 0 && errno == EINTR);
    if (rc != 0 && errno == EWOULDBLOCK) {
        (void)refuse_in_use(s, fd, err);
        goto done;
    }
    if (rc != 0) {
        (void)refuse_dir(s->dir, "cannot be locked", err);
        goto done;
    }
    // The pid only helps the one who is refused: a disk too full for it does not matter here.
    char pid[PID_TEXT_MAX_BYTES];
    int len = snprintf(pid, sizeof pid, "%ld\n", (long)getpid());
    if (ftruncate(fd, 0) != 0 || pwrite(fd, pid, (size_t)len, 0) != len)
        log_warn("store", "pid_not_written", "dir=%s errno=%d", s->dir, errno);
    ok = true;
done:
    if (ok)
        s->lock_fd = fd;
    else
        (void)close(fd); // nothing was written through it
    return ok;
}

/* The database holds private keys: made by us, so that nobody else may read it. */
static bool file_make(struct store *s, struct err *err)
{
    s->path = path_join(s->dir, file_names[0]);
    int fd = open(s->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return refuse_dir(s->dir, "cannot be written", err);
    (void)close(fd); // nothing was written through it
    return true;
}

static void dir_remove(const char *dir)
{
    bool ok = true;
    for (size_t i = 0; i < sizeof file_names / sizeof *file_names; i++) {
        char *path = path_join(dir, file_names[i]);
        ok = (unlink(path) == 0 || errno == ENOENT) && ok;
        mem_free(path);
    }
    if (rmdir(dir) != 0 || !ok)
        log_warn("store", "not_removed", "dir=%s errno=%d", dir, errno);
}

/* At the end of a thread: what it read with is closed. */
static void reader_end(void *value)
{
    struct store_connection *c = value;
    struct store *s = c->store;
    lock_take(&s->readers_lock);
    for (struct store_connection **at = &s->readers; *at; at = &(*at)->next) {
        if (*at == c) {
            *at = c->next;
            break;
        }
    }
    lock_give(&s->readers_lock);
    store_connection_close(c);
}

static void store_free(struct store *s)
{
    if (s->has_reader_key)
        store_must(pthread_key_delete(s->reader_key), "pthread_key_delete");
    while (s->readers) {
        struct store_connection *c = s->readers;
        s->readers = c->next;
        store_connection_close(c);
    }
    // Last of all: SQLite moves what is in the log to the database with the last connection.
    store_connection_close(s->connection);
    lock_release(&s->readers_lock);
    if (s->throw_away)
        dir_remove(s->dir);
    if (s->lock_fd >= 0)
        (void)close(s->lock_fd); // gives the lock back; the pid in it was never needed
    mem_free(s->path);
    mem_free(s->dir);
    mem_free(s);
}

static bool store_prepare(struct store *s, const struct store_options *options, struct err *err)
{
    if (!dir_open(s, options->data_dir, err) || !dir_lock(s, err) || !file_make(s, err))
        return false;
    s->connection = store_connection_open(s, CONNECTION_WRITER, err);
    if (!s->connection || !store_migrate(s->connection, err) ||
        !store_machines_any_deleting(s->connection, &s->writer.machines_deleting, err))
        return false;
    int rc = pthread_key_create(&s->reader_key, reader_end);
    if (rc != 0)
        return err_set(err, ERR_SYSTEM, "no thread-local storage for readers (errno %d)", rc);
    s->has_reader_key = true;
    return store_writer_start(s, err);
}

struct store *store_open(const struct store_options *options, struct err *err)
{
    store_must(pthread_once(&sqlite_once, sqlite_configure), "pthread_once");
    struct store *s = mem_new(sizeof *s);
    s->lock_fd = -1;
    s->clock = options->clock;
    s->eager = options->eager;
    lock_init(&s->readers_lock);
    // What is thrown away at close need not survive a power cut.
    bool memory = str_eq(options->data_dir, STR(":memory:"));
    s->durability = memory ? STORE_OFF : options->durability;
    if (!store_prepare(s, options, err)) {
        store_free(s);
        return NULL;
    }
    log_info("store", "open", "dir=%s", s->dir);
    return s;
}

void store_close(struct store *s)
{
    store_writer_stop(s);
    store_free(s);
}

struct store_connection *store_reader(struct store *s, struct err *err)
{
    struct store_connection *c = pthread_getspecific(s->reader_key);
    if (c)
        return c;
    c = store_connection_open(s, CONNECTION_READER, err);
    if (!c)
        return NULL;
    int rc = pthread_setspecific(s->reader_key, c);
    if (rc != 0) {
        store_connection_close(c);
        (void)err_set(err, ERR_NO_MEMORY, "no thread-local storage for a reader (errno %d)", rc);
        return NULL;
    }
    lock_take(&s->readers_lock);
    c->next = s->readers;
    s->readers = c;
    lock_give(&s->readers_lock);
    return c;
}
