/* Frames, read for recovery. Frames of a Map share their values, and so should they after a
 * restart: payloads are parsed once and kept while the next frames may name them. */
#include "store/executions.h"
#include "store_private.h"

/* A payload's value, by its id; id 0: none. */
struct frame_value {
    uint64_t id;
    json value;
};

struct frame_reader {
    struct store_connection *c;
    uint64_t execution;
    struct frame_value kept[STORE_FRAME_VALUES_KEPT];
    size_t oldest;
};

static bool parse(struct frame_reader *r, str text, json *out, struct err *err)
{
    struct err found = ERR_INIT;
    if (json_parse(text, out, &found))
        return true;
    if (found.id == ERR_NO_MEMORY) {
        err_move(err, &found);
        return false;
    }
    (void)err_set(err, ERR_STORE, "store '%s': a frame of execution %llu holds no JSON: %.*s",
                  r->c->store->dir, (unsigned long long)r->execution, STR_ARG(err_text(&found)));
    err_release(&found);
    return false;
}

/* Gives the value of a payload. */
static bool payload_value(struct frame_reader *r, uint64_t id, json *out, struct err *err)
{
    for (size_t i = 0; i < STORE_FRAME_VALUES_KEPT; i++) {
        if (r->kept[i].id == id) {
            *out = json_ref(r->kept[i].value);
            return true;
        }
    }
    struct sqlite3_stmt *q =
        store_statement(r->c, "SELECT body FROM payloads WHERE execution = ?1 AND id = ?2", err);
    if (!q)
        return false;
    store_bind_id(q, 1, r->execution);
    store_bind_id(q, 2, id);
    enum store_row row = store_step(r->c, q, err);
    bool ok = row == STORE_ROW && parse(r, store_column_str(q, 0), out, err);
    store_finish(q);
    if (row == STORE_NO_ROW)
        return err_set(err, ERR_STORE, "store '%s': execution %llu has no payload %llu",
                       r->c->store->dir, (unsigned long long)r->execution, (unsigned long long)id);
    if (ok) {
        struct frame_value *v = &r->kept[r->oldest++ % STORE_FRAME_VALUES_KEPT];
        json_unref(v->value);
        *v = (struct frame_value){id, json_ref(*out)};
    }
    return ok;
}

/* Gives the value in column i, or that of the payload named by column i + 1, or ABSENT. */
static bool column_value(struct frame_reader *r, struct sqlite3_stmt *q, int i, json *out,
                         struct err *err)
{
    str text = store_column_str(q, i);
    if (text.ptr)
        return parse(r, text, out, err);
    uint64_t id = store_column_id(q, i + 1);
    return id == 0 || payload_value(r, id, out, err);
}

enum {
    FRAME_ID,
    FRAME_PARENT,
    FRAME_DATA,
    FRAME_INPUT,
    FRAME_WORK = 5,
    FRAME_OUTPUT = 7,
    FRAME_VARIABLES = 9
};

static bool frame_read(struct frame_reader *r, struct sqlite3_stmt *q, store_frame_each *fn,
                       void *context, struct err *err)
{
    struct store_frame f = {.id = store_column_id(q, FRAME_ID),
                            .parent = store_column_id(q, FRAME_PARENT)};
    str data = store_column_str(q, FRAME_DATA);
    bool ok = (!data.ptr || parse(r, data, &f.data, err)) &&
              column_value(r, q, FRAME_INPUT, &f.input, err) &&
              column_value(r, q, FRAME_WORK, &f.work, err) &&
              column_value(r, q, FRAME_OUTPUT, &f.output, err) &&
              column_value(r, q, FRAME_VARIABLES, &f.variables, err) && fn(context, &f, err);
    json_unref(f.data);
    json_unref(f.input);
    json_unref(f.work);
    json_unref(f.output);
    json_unref(f.variables);
    return ok;
}

bool store_frames_read(struct store_connection *c, uint64_t execution, store_frame_each *fn,
                       void *context, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(
        c,
        "SELECT id, parent, data, input, input_ref, work, work_ref, output,"
        " output_ref, variables, variables_ref FROM frames WHERE execution = ?1 ORDER BY id",
        err);
    if (!q)
        return false;
    store_bind_id(q, 1, execution);
    struct frame_reader r = {.c = c, .execution = execution};
    enum store_row row;
    bool ok = true;
    while (ok && (row = store_step(c, q, err)) != STORE_NO_ROW)
        ok = row == STORE_ROW && frame_read(&r, q, fn, context, err);
    store_finish(q);
    for (size_t i = 0; i < STORE_FRAME_VALUES_KEPT; i++)
        json_unref(r.kept[i].value);
    return ok;
}
