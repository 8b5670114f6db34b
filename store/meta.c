/* Small facts kept under a name. */
#include "store_private.h"

bool store_meta_get(struct store_connection *c, str name, struct buf *out, bool *found,
                    struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "SELECT value FROM meta WHERE name = ?1", err);
    if (!q)
        return false;
    store_bind_text(q, 1, name);
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        buf_add(out, store_column_str(q, 0));
    store_finish(q);
    if (row == STORE_ROW_ERROR)
        return false;
    if (!buf_ok(out))
        return err_set(err, ERR_NO_MEMORY, "no memory for the stored value of '%.*s'",
                       STR_ARG(name));
    *found = row == STORE_ROW;
    return true;
}

bool store_meta_set(struct store_connection *c, str name, str value, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c,
                                             "INSERT INTO meta(name, value) VALUES(?1, ?2)"
                                             " ON CONFLICT(name) DO UPDATE SET value = ?2",
                                             err);
    if (!q)
        return false;
    store_bind_text(q, 1, name);
    store_bind_blob(q, 2, value);
    return store_run(c, q, err);
}
