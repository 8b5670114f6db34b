/* Buckets that are directories: objects are files, keys their paths below.
 *
 * A key never leaves its directory: it is opened part by part without following links, and parts
 * like ".." are refused. A file is written beside its place and renamed into it. */
#include "base/digest.h"
#include "s3_private.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

enum { PATH_MAX_BYTES = 4096 };

static bool system_error(struct err *err, const char *what, str key)
{
    return err_set_errno(err, ERR_SYSTEM, "%s '%.*s'", what, STR_ARG(key));
}

static bool is_part(str part)
{
    return part.len > 0 && part.len <= NAME_MAX && !str_eq(part, STR(".")) &&
           !str_eq(part, STR("..")) && str_find_char(part, 0, '\0') == part.len;
}

/* Opens the directory that a key's last part is in, and gives that part; -1: err is set. make:
 * directories on the way are made. */
static int open_parent(str directory, str key, bool make, str *last, struct err *err)
{
    char name[PATH_MAX_BYTES];
    (void)snprintf(name, sizeof name, "%.*s", STR_ARG(directory));
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        (void)system_error(err, "The bucket's directory", directory);
    str rest = key;
    while (fd >= 0) {
        str part = str_cut(&rest, '/');
        if (!is_part(part)) {
            (void)err_set(err, ERR_VALIDATION, "The key '%.*s' is no path below a directory",
                          STR_ARG(key));
            break;
        }
        *last = part;
        if (!rest.ptr)
            return fd;
        (void)snprintf(name, sizeof name, "%.*s", STR_ARG(part));
        if (make && mkdirat(fd, name, 0777) != 0 && errno != EEXIST) {
            (void)system_error(err, "The directory of", key);
            break;
        }
        int next = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (next < 0)
            (void)system_error(err, "The object", key);
        (void)close(fd);
        fd = next;
    }
    if (fd >= 0)
        (void)close(fd);
    return -1;
}

/* -- reading -- */

static bool read_all(int fd, size_t size, str key, str *out, struct err *err)
{
    char *text = mem_try(size + 1);
    size_t have = 0;
    if (!text)
        return err_set(err, ERR_NO_MEMORY, "no memory for the object '%.*s'", STR_ARG(key));
    while (have < size) {
        ssize_t n = read(fd, text + have, size - have);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            mem_free(text);
            return system_error(err, "The object", key);
        }
        if (n == 0)
            break; // it was made shorter meanwhile
        have += (size_t)n;
    }
    *out = (str){text, have};
    return true;
}

/* Gives the file's text (str_free). */
static bool file_read_at(int parent, str name, str key, str *out, struct stat *info,
                         struct err *err)
{
    char text[NAME_MAX + 1];
    (void)snprintf(text, sizeof text, "%.*s", STR_ARG(name));
    int fd = openat(parent, text, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return system_error(err, "The object", key);
    bool ok = fstat(fd, info) == 0 || system_error(err, "The object", key);
    if (ok && !S_ISREG(info->st_mode))
        ok = err_set(err, ERR_VALIDATION, "The object '%.*s' is not a file", STR_ARG(key));
    if (ok && info->st_size > S3_OBJECT_MAX_BYTES)
        ok =
            err_set(err, ERR_TOO_LARGE, "The object '%.*s' is larger than the %d bytes stepd reads",
                    STR_ARG(key), S3_OBJECT_MAX_BYTES);
    ok = ok && read_all(fd, (size_t)info->st_size, key, out, err);
    (void)close(fd);
    return ok;
}

void s3_directory_get(struct task *t, str text_given)
{
    (void)text_given;
    struct s3_ask ask;
    struct err err = ERR_INIT;
    struct stat info;
    str name = STR_NONE;
    str text = STR_NONE;
    json items = json_absent();
    if (!s3_ask_read(t, &ask))
        return;
    int parent = open_parent(s3_directory_of(t, ask.bucket), ask.key, false, &name, &err);
    bool ok = parent >= 0 && file_read_at(parent, name, ask.key, &text, &info, &err) &&
              s3_items_decode(text, ask.config, ask.max_items, &items, &err);
    if (parent >= 0)
        (void)close(parent);
    str_free(text);
    if (ok) {
        s3_give_items(t, items);
        return;
    }
    json_unref(items);
    s3_fail_with(t, &err);
}

/* -- listing -- */

struct walk {
    str prefix;
    char **keys; /* mem_* */
    size_t count, room;
};

static int by_bytes(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void walk_release(struct walk *w)
{
    for (size_t i = 0; i < w->count; i++)
        mem_free(w->keys[i]);
    mem_free(w->keys);
}

static bool note_key(struct walk *w, const char *key, struct err *err)
{
    if (!str_starts(str_from_c(key), w->prefix) || !str_utf8_valid(str_from_c(key)))
        return true;
    if (w->count == S3_ITEMS_MAX)
        return err_set(err, ERR_TOO_LARGE, "The bucket has more than %d objects", S3_ITEMS_MAX);
    if (w->count == w->room) {
        size_t room = w->room ? w->room * 2 : 64;
        char **grown = mem_new(room * sizeof *grown);
        if (w->count > 0)
            memcpy(grown, w->keys, w->count * sizeof *grown);
        mem_free(w->keys);
        w->keys = grown;
        w->room = room;
    }
    w->keys[w->count++] = str_dup_c(str_from_c(key));
    return true;
}

static bool walk_directory(struct walk *w, int fd, const char *path, unsigned depth,
                           struct err *err);

/* One entry of a directory: a file, or a directory with more. Links are passed over. */
static bool walk_entry(struct walk *w, int fd, const char *path, const char *name, unsigned depth,
                       struct err *err)
{
    struct stat info;
    char key[PATH_MAX_BYTES];
    int n = snprintf(key, sizeof key, "%s%s%s", path, *path ? "/" : "", name);
    if (n < 0 || (size_t)n > S3_KEY_MAX ||
        fstatat(fd, name, &info, AT_SYMLINK_NOFOLLOW) != 0) // gone meanwhile
        return true;
    if (S_ISREG(info.st_mode))
        return note_key(w, key, err);
    if (!S_ISDIR(info.st_mode) || depth == S3_DEPTH_MAX)
        return true;
    int child = openat(fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    return child < 0 || walk_directory(w, child, key, depth + 1, err);
}

/* Takes fd. */
static bool walk_directory(struct walk *w, int fd, const char *path, unsigned depth,
                           struct err *err)
{
    DIR *d = fdopendir(fd);
    if (!d) {
        (void)close(fd);
        return system_error(err, "The directory", str_from_c(path));
    }
    bool ok = true;
    struct dirent *e;
    // NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this thread's own
    while (ok && (e = readdir(d)))
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            ok = walk_entry(w, fd, path, e->d_name, depth, err);
    (void)closedir(d);
    return ok;
}

/* The item of an object; its ETag is the MD5 of what is in it, as S3 has it. */
static bool item_of(str directory, str key, json *items, struct err *err)
{
    str name = STR_NONE;
    str text = STR_NONE;
    struct stat info = {0};
    unsigned char hash[DIGEST_MAX_BYTES];
    size_t hash_len = 0;
    char hex[2 * DIGEST_MAX_BYTES + 1];
    int parent = open_parent(directory, key, false, &name, err);
    bool ok = parent >= 0 && file_read_at(parent, name, key, &text, &info, err) &&
              digest(STR("MD5"), text, hash, &hash_len);
    if (parent >= 0)
        (void)close(parent);
    str_free(text);
    if (!ok)
        return false;
    hex_encode(hash, hash_len, hex);
    double modified_s = (double)info.st_mtim.tv_sec;
    json_build_push(
        items, s3_object_item(str_from_c(hex), key, modified_s, info.st_size, STR("STANDARD")));
    return !json_is_absent(*items) || err_set(err, ERR_NO_MEMORY, "no memory for the items");
}

void s3_directory_list(struct task *t, str text_given)
{
    (void)text_given;
    struct s3_ask ask;
    struct err err = ERR_INIT;
    char name[PATH_MAX_BYTES];
    if (!s3_ask_read(t, &ask))
        return;
    str directory = s3_directory_of(t, ask.bucket);
    struct walk w = {.prefix = ask.prefix};
    (void)snprintf(name, sizeof name, "%.*s", STR_ARG(directory));
    int fd = open(name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool ok = fd >= 0 ? walk_directory(&w, fd, "", 0, &err)
                      : system_error(&err, "The bucket's directory", directory);
    json items = json_array(w.count);
    if (w.count > 0)
        qsort(w.keys, w.count, sizeof *w.keys, by_bytes);
    for (size_t i = 0; i < w.count && ok; i++) {
        if (ask.max_items > 0 && i >= (size_t)ask.max_items)
            break;
        ok = item_of(directory, str_from_c(w.keys[i]), &items, &err);
    }
    walk_release(&w);
    if (ok) {
        s3_give_items(t, items);
        return;
    }
    json_unref(items);
    s3_fail_with(t, &err);
}

/* -- writing -- */

static bool write_all(int fd, str body, str key, struct err *err)
{
    for (size_t done = 0; done < body.len;) {
        ssize_t n = write(fd, body.ptr + done, body.len - done);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return system_error(err, "The object", key);
        done += (size_t)n;
    }
    return fsync(fd) == 0 || system_error(err, "The object", key);
}

static bool file_write_at(int parent, str name, const struct s3_ask *ask, const char *id,
                          struct err *err)
{
    char temporary[64], final[NAME_MAX + 1];
    (void)snprintf(temporary, sizeof temporary, ".stepd-%s", id);
    (void)snprintf(final, sizeof final, "%.*s", STR_ARG(name));
    int fd = openat(parent, temporary, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (fd < 0)
        return system_error(err, "The object", ask->key);
    bool ok = write_all(fd, ask->body, ask->key, err);
    if (close(fd) != 0 && ok)
        ok = system_error(err, "The object", ask->key);
    if (ok && renameat(parent, temporary, parent, final) != 0)
        ok = system_error(err, "The object", ask->key);
    if (!ok)
        (void)unlinkat(parent, temporary, 0); // what is told is why it could not be written
    return ok;
}

void s3_directory_put(struct task *t, str text_given)
{
    (void)text_given;
    struct s3_ask ask;
    struct err err = ERR_INIT;
    str name = STR_NONE;
    char id[40];
    if (!s3_ask_read(t, &ask))
        return;
    (void)snprintf(id, sizeof id, "%.*s", STR_ARG(task_request_of(t)->id));
    int parent = open_parent(s3_directory_of(t, ask.bucket), ask.key, true, &name, &err);
    bool ok = parent >= 0 && file_write_at(parent, name, &ask, id, &err);
    if (parent >= 0)
        (void)close(parent);
    if (ok)
        task_succeeded(t, json_object(0));
    else
        s3_fail_with(t, &err);
}
