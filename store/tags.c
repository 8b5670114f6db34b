/* Tags of any resource, by its ARN. */
#include "store/machines.h"
#include "store_private.h"

static bool tags_count(struct store_connection *c, str arn, size_t *count, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "SELECT count(*) FROM tags WHERE arn = ?1", err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        *count = (size_t)store_column_int(q, 0);
    store_finish(q);
    return row == STORE_ROW;
}

bool store_tags_list(struct store_connection *c, struct arena *a, str arn, struct store_tag **out,
                     size_t *count, struct err *err)
{
    size_t room = 0;
    if (!tags_count(c, arn, &room, err))
        return false;
    struct store_tag *tags = arena_array(a, room, sizeof *tags);
    if (room > 0 && !tags)
        return err_set(err, ERR_NO_MEMORY, "no memory for %zu tags", room);

    // Between the two statements another commit may have added tags: no more than there is room
    // for.
    struct sqlite3_stmt *q =
        store_statement(c, "SELECT key, value FROM tags WHERE arn = ?1 ORDER BY key LIMIT ?2", err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    store_bind_int(q, 2, (int64_t)room);
    size_t at = 0;
    enum store_row row;
    while ((row = store_step(c, q, err)) == STORE_ROW) {
        if (!store_column_copy(q, 0, a, &tags[at].key, err) ||
            !store_column_copy(q, 1, a, &tags[at].value, err)) {
            row = STORE_ROW_ERROR;
            break;
        }
        at++;
    }
    store_finish(q);
    if (row == STORE_ROW_ERROR)
        return false;
    *out = tags;
    *count = at;
    return true;
}

bool store_tag_set(struct store_connection *c, str arn, str key, str value, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c,
                                             "INSERT INTO tags(arn, key, value) VALUES(?1, ?2, ?3)"
                                             " ON CONFLICT(arn, key) DO UPDATE SET value = ?3",
                                             err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    store_bind_text(q, 2, key);
    store_bind_text(q, 3, value);
    return store_run(c, q, err);
}

bool store_tag_remove(struct store_connection *c, str arn, str key, struct err *err)
{
    struct sqlite3_stmt *q =
        store_statement(c, "DELETE FROM tags WHERE arn = ?1 AND key = ?2", err);
    if (!q)
        return false;
    store_bind_text(q, 1, arn);
    store_bind_text(q, 2, key);
    return store_run(c, q, err);
}
