/* What a container's process is started with: arguments, environment, file, directory.
 * All is made before the fork, since between fork and exec nothing may allocate.
 * Source: core/v1 Container; kubernetes.io, "Define Dependent Environment Variables". */
#include "process_private.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
    WORDS_MAX = 1024, /* of command and args */
    VARIABLES_MAX = 1024,
};

struct variable {
    str name, value;
};

struct variables {
    struct variable *rows;
    size_t count;
};

static bool no_memory(struct err *err)
{
    return err_set(err, ERR_NO_MEMORY, "no memory for a process");
}

static const struct variable *variable_find(const struct variables *v, str name)
{
    for (size_t i = v->count; i-- > 0;)
        if (str_eq(v->rows[i].name, name))
            return &v->rows[i];
    return NULL;
}

/* $(NAME) becomes the variable's value where there is one, $$ a dollar. Lends from a. */
static bool expand(struct arena *a, const struct variables *v, str text, str *out, struct err *err)
{
    struct buf b;
    buf_init(&b, PROCESS_ARENA_BYTES);
    for (size_t i = 0; i < text.len; i++) {
        char next = '\0';
        if (i + 1 < text.len)
            next = text.ptr[i + 1];
        size_t end = str_find_char(text, i, ')');
        const struct variable *found = NULL;
        if (text.ptr[i] == '$' && next == '(' && end < text.len)
            found = variable_find(v, str_sub(text, i + 2, end - i - 2));
        if (found) {
            buf_add(&b, found->value);
            i = end;
        } else {
            buf_add_char(&b, text.ptr[i]);
            if (text.ptr[i] == '$' && next == '$')
                i++;
        }
    }
    *out = buf_ok(&b) ? arena_str(a, buf_str(&b)) : STR_NONE;
    buf_release(&b);
    return out->ptr || no_memory(err);
}

/* metadata.name, metadata.labels['x'] …; lends from the pod. */
static bool field_of(const struct pod *p, str path, str *out, struct err *err)
{
    static const struct {
        str path;
        const char *outer, *inner;
    } rows[] = {
        {STR_INIT("metadata.name"),           "metadata", "name"              },
        {STR_INIT("metadata.namespace"),      "metadata", "namespace"         },
        {STR_INIT("metadata.uid"),            "metadata", "uid"               },
        {STR_INIT("spec.serviceAccountName"), "spec",     "serviceAccountName"},
    };
    static const struct {
        str prefix;
        const char *map;
    } maps[] = {
        {STR_INIT("metadata.labels['"),      "labels"     },
        {STR_INIT("metadata.annotations['"), "annotations"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        if (str_eq(path, rows[i].path)) {
            *out = json_str(json_get_path(p->first, rows[i].outer, rows[i].inner, NULL));
            return true;
        }
    for (size_t i = 0; i < 2; i++) {
        if (!str_starts(path, maps[i].prefix) || !str_ends(path, STR("']")) ||
            path.len < maps[i].prefix.len + 2)
            continue;
        str key = str_sub(path, maps[i].prefix.len, path.len - maps[i].prefix.len - 2);
        *out = get_str(json_get_path(p->first, "metadata", maps[i].map, NULL), key);
        return true;
    }
    if (str_eq(path, STR("spec.nodeName"))) {
        *out = STR(POD_NODE_NAME);
        return true;
    }
    return err_set(err, ERR_EKS_UNSUPPORTED, "the process runtime does not support fieldRef %.*s",
                   STR_ARG(path));
}

static bool variable_add(struct arena *a, struct variables *v, str name, str value, struct err *err)
{
    if (v->count == VARIABLES_MAX)
        return err_set(err, ERR_TOO_LARGE, "more than %d environment variables", VARIABLES_MAX);
    if (name.len == 0 || str_find_char(name, 0, '=') < name.len ||
        str_find_char(name, 0, 0) < name.len || str_find_char(value, 0, 0) < value.len)
        return err_set(err, ERR_VALIDATION, "invalid environment variable %.*s", STR_ARG(name));
    v->rows[v->count] = (struct variable){arena_str(a, name), arena_str(a, value)};
    if (!v->rows[v->count].name.ptr || !v->rows[v->count].value.ptr)
        return no_memory(err);
    v->count++;
    return true;
}

static bool variable_read(struct arena *a, struct variables *v, const struct pod *p, json env,
                          struct err *err)
{
    str name = get_str(env, STR("name")), value = STR("");
    json from = json_get(env, STR("valueFrom")), field = json_get(from, STR("fieldRef"));
    if (field.kind == JSON_OBJECT) {
        if (!field_of(p, get_str(field, STR("fieldPath")), &value, err))
            return false;
    } else if (from.kind == JSON_OBJECT) {
        return err_set(err, ERR_EKS_UNSUPPORTED,
                       "the process runtime does not support env %.*s: valueFrom.%.*s",
                       STR_ARG(name), STR_ARG(json_key_at(from, 0)));
    } else if (!expand(a, v, get_str(env, STR("value")), &value, err)) {
        return false;
    }
    return variable_add(a, v, name, value, err);
}

/* The server's own PATH and HOME, then what the container says. */
static bool variables_read(struct arena *a, struct variables *v, const struct pod *p,
                           const struct container *c, struct err *err)
{
    static const char *const own[] = {"PATH", "HOME", "TMPDIR", "LANG"};
    json env = json_get(c->spec, STR("env")), from = json_get(c->spec, STR("envFrom"));
    v->rows = arena_array(a, VARIABLES_MAX, sizeof *v->rows);
    if (!v->rows)
        return no_memory(err);
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        const char *value = getenv(own[i]); // NOLINT(concurrency-mt-unsafe): nobody sets it
        if (value && !variable_add(a, v, str_from_c(own[i]), str_from_c(value), err))
            return false;
    }
    if (!variable_add(a, v, STR("HOSTNAME"), p->name, err))
        return false;
    if (json_len(from) > 0)
        return err_set(err, ERR_EKS_UNSUPPORTED, "the process runtime does not support envFrom");
    for (size_t i = 0; i < json_len(env); i++)
        if (!variable_read(a, v, p, json_at(env, i), err))
            return false;
    return true;
}

static bool words_read(struct arena *a, const struct variables *v, const struct container *c,
                       struct process_spec *out, struct err *err)
{
    json lists[] = {json_get(c->spec, STR("command")), json_get(c->spec, STR("args"))};
    size_t count = json_len(lists[0]) + json_len(lists[1]), at = 0;
    if (json_len(lists[0]) == 0)
        return err_set(err, ERR_VALIDATION,
                       "the process runtime needs a command: container %.*s has none, and the"
                       " entrypoint of its image is not known",
                       STR_ARG(c->name));
    if (count > WORDS_MAX)
        return err_set(err, ERR_TOO_LARGE, "more than %d words in command and args", WORDS_MAX);
    out->argv = arena_array(a, count + 1, sizeof *out->argv);
    if (!out->argv)
        return no_memory(err);
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < json_len(lists[l]); i++) {
            str word;
            if (!expand(a, v, json_str(json_at(lists[l], i)), &word, err))
                return false;
            if (str_find_char(word, 0, 0) < word.len)
                return err_set(err, ERR_VALIDATION, "a word of the command holds NUL");
            out->argv[at++] = str_to_cstr(a, word);
            if (!out->argv[at - 1])
                return no_memory(err);
        }
    }
    return true;
}

static bool environment_make(struct arena *a, const struct variables *v, struct process_spec *out,
                             struct err *err)
{
    size_t count = 0;
    out->envp = arena_array(a, v->count + 1, sizeof *out->envp);
    if (!out->envp)
        return no_memory(err);
    for (size_t i = 0; i < v->count; i++) {
        if (variable_find(v, v->rows[i].name) != &v->rows[i])
            continue; // a later one of that name counts
        str line =
            arena_printf(a, "%.*s=%.*s", STR_ARG(v->rows[i].name), STR_ARG(v->rows[i].value));
        if (!line.ptr)
            return no_memory(err);
        out->envp[count++] = line.ptr;
    }
    return true;
}

/* Finds the first word as execvp would, in the container's own PATH. */
static bool file_find(struct arena *a, const struct variables *v, struct process_spec *out,
                      struct err *err)
{
    str name = str_from_c(out->argv[0]);
    if (str_find_char(name, 0, '/') < name.len) {
        out->file = out->argv[0];
        return true;
    }
    const struct variable *path = variable_find(v, STR("PATH"));
    str rest = path ? path->value : STR("/usr/local/bin:/usr/bin:/bin");
    while (rest.ptr) {
        str dir = str_cut(&rest, ':');
        str file = arena_printf(a, "%.*s/%.*s", STR_ARG(dir), STR_ARG(name));
        if (!file.ptr)
            return no_memory(err);
        if (dir.len > 0 && access(file.ptr, X_OK) == 0) {
            out->file = file.ptr;
            return true;
        }
    }
    return err_set(err, ERR_SYSTEM, "exec: \"%.*s\": executable file not found in $PATH",
                   STR_ARG(name));
}

bool process_spec_make(struct arena *a, const struct pod *p, const struct container *c,
                       struct process_spec *out, struct err *err)
{
    struct variables v = {0};
    str dir = get_str(c->spec, STR("workingDir"));
    *out = (struct process_spec){0};
    if (!variables_read(a, &v, p, c, err) || !words_read(a, &v, c, out, err) ||
        !environment_make(a, &v, out, err) || !file_find(a, &v, out, err))
        return false;
    if (dir.len > 0) {
        out->dir = str_to_cstr(a, dir);
        return out->dir || no_memory(err);
    }
    return true;
}
