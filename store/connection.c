/* A connection: SQLite's handle and the statements prepared on it.
 *
 * SQL texts are static, so a statement is found by the text's address: a hash of a pointer, no
 * comparing. A statement is prepared once, kept, and reset by store_finish. A bind that fails is
 * kept in a word of the thread until the step that tells of it: a connection is used by one thread.
 */
#include "base/log.h"
#include "store/sql.h"
#include "store_private.h"

#include <sqlite3.h>

#include <assert.h>
#include <errno.h>
#include <inttypes.h>

enum { SLOTS_AT_FIRST = 64 };

static _Thread_local int bind_rc; /* the first bind that failed; SQLITE_OK: none */

/* The page cache is small because the process's goal is 8 MiB and the system caches the file.
 * 4,000 pages (16 MB) of log between checkpoints: a checkpoint costs two syncs and writes each page
 * once, however often it changed. */
static const char writer_pragmas[] = "PRAGMA cache_size = -1024;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA wal_autocheckpoint = 4000;"
                                     "PRAGMA journal_size_limit = 33554432;";
static const char reader_pragmas[] = "PRAGMA cache_size = -256;"
                                     "PRAGMA temp_store = MEMORY;"
                                     "PRAGMA query_only = ON;";
static const char *const synchronous_pragmas[] = {
    [STORE_FULL] = "PRAGMA synchronous = FULL;",
    [STORE_NORMAL] = "PRAGMA synchronous = NORMAL;",
    [STORE_OFF] = "PRAGMA synchronous = OFF;",
};

bool store_fail(struct store_connection *c, int rc, struct err *err)
{
    const char *text = c->db ? sqlite3_errmsg(c->db) : sqlite3_errstr(rc);
    enum err_id id = ERR_STORE;
    switch (rc) {
    case SQLITE_IOERR_WRITE:
    case SQLITE_IOERR_FSYNC:
    case SQLITE_IOERR_DIR_FSYNC:
    case SQLITE_IOERR_TRUNCATE:
    case SQLITE_IOERR_SHMSIZE: id = ERR_STORE_FULL; break;
    default: break; // by the family, below
    }
    switch (rc & 0xff) {
    case SQLITE_FULL: id = ERR_STORE_FULL; break;
    case SQLITE_CONSTRAINT: id = ERR_CONFLICT; break;
    case SQLITE_NOMEM: id = ERR_NO_MEMORY; break;
    case SQLITE_READONLY: id = ERR_STORE_READ_ONLY; break;
    default: break; // ERR_STORE, or what was found above
    }
    int reason = c->db ? sqlite3_system_errno(c->db) : 0;
    if (reason == 0 || (rc & 0xff) != SQLITE_IOERR)
        return err_set(err, id, "store '%s': %s (%d)", c->store->dir, text, rc);
    errno = reason;
    return err_set_errno(err, id, "store '%s': %s (%d)", c->store->dir, text, rc);
}

bool store_connection_exec(struct store_connection *c, const char *sql, struct err *err)
{
    int rc = sqlite3_exec(c->db, sql, NULL, NULL, NULL);
    return rc == SQLITE_OK || store_fail(c, rc, err);
}

static bool connection_prepare(struct store_connection *c, enum connection_kind kind,
                               struct err *err)
{
    // Only the writer creates, and only readers may not write.
    int flags = SQLITE_OPEN_NOMUTEX |
                (kind == CONNECTION_WRITER ? SQLITE_OPEN_READWRITE : SQLITE_OPEN_READONLY);
    int rc = sqlite3_open_v2(c->store->path, &c->db, flags, NULL);
    if (rc != SQLITE_OK)
        return store_fail(c, rc, err);
    rc = sqlite3_extended_result_codes(c->db, 1);
    if (rc == SQLITE_OK)
        rc = sqlite3_busy_timeout(c->db, STORE_BUSY_TIMEOUT_MS);
    if (rc != SQLITE_OK)
        return store_fail(c, rc, err);
    if (kind == CONNECTION_READER)
        return store_connection_exec(c, reader_pragmas, err);
    if (sqlite3_db_readonly(c->db, "main") == 1)
        return err_set(err, ERR_STORE_READ_ONLY, "the data directory '%s' cannot be written: '%s'",
                       c->store->dir, c->store->path);
    return store_connection_exec(c, writer_pragmas, err) &&
           store_connection_exec(c, synchronous_pragmas[c->store->durability], err);
}

struct store_connection *store_connection_open(struct store *s, enum connection_kind kind,
                                               struct err *err)
{
    struct store_connection *c = mem_new(sizeof *c);
    c->store = s;
    c->slots_count = SLOTS_AT_FIRST;
    c->slots = mem_new(c->slots_count * sizeof *c->slots);
    buf_init(&c->scratch, STORE_TEXT_MAX_BYTES);
    if (!connection_prepare(c, kind, err)) {
        store_connection_close(c);
        return NULL;
    }
    return c;
}

bool store_connection_start_log(struct store_connection *c, struct err *err)
{
    struct sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v2(c->db, "PRAGMA journal_mode = WAL", -1, &q, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite3_step(q);
    bool wal = rc == SQLITE_ROW && str_eq(store_column_str(q, 0), STR("wal"));
    bool ok = wal || (rc == SQLITE_ROW ? err_set(err, ERR_STORE,
                                                 "store '%s': its file system cannot hold a "
                                                 "write-ahead log",
                                                 c->store->dir)
                                       : store_fail(c, rc, err));
    (void)sqlite3_finalize(q); // tells of the step's failure again
    return ok;
}

void store_connection_close(struct store_connection *c)
{
    if (!c)
        return;
    for (size_t i = 0; i < c->slots_count; i++)
        (void)sqlite3_finalize(c->slots[i].statement); // tells of the last step again
    int rc = sqlite3_close(c->db);
    if (rc != SQLITE_OK)
        log_error("store", "not_closed", "dir=%s rc=%d", c->store->dir, rc);
    buf_release(&c->scratch);
    mem_free(c->slots);
    mem_free(c);
}

/* The slot of a text, or the empty one where it would be. */
static struct statement_slot *slot_find(struct statement_slot *slots, size_t count, const char *sql)
{
    // Fibonacci hashing: texts lie near each other, the high bits of the product do not.
    uint64_t hash = (uint64_t)(uintptr_t)sql * UINT64_C(0x9E3779B97F4A7C15);
    size_t at = (size_t)(hash >> 32) & (count - 1);
    while (slots[at].sql && slots[at].sql != sql)
        at = (at + 1) & (count - 1);
    return &slots[at];
}

static void slots_grow(struct store_connection *c)
{
    // As many as the program has SQL texts: no size from outside.
    size_t count = c->slots_count * 2;
    struct statement_slot *slots = mem_new(count * sizeof *slots);
    for (size_t i = 0; i < c->slots_count; i++) {
        if (c->slots[i].sql)
            *slot_find(slots, count, c->slots[i].sql) = c->slots[i];
    }
    mem_free(c->slots);
    c->slots = slots;
    c->slots_count = count;
}

struct sqlite3_stmt *store_statement(struct store_connection *c, const char *sql, struct err *err)
{
    struct statement_slot *slot = slot_find(c->slots, c->slots_count, sql);
    if (slot->sql) {
        assert(!sqlite3_stmt_busy(slot->statement)); // store_finish was forgotten
        return slot->statement;
    }
    struct sqlite3_stmt *q = NULL;
    int rc = sqlite3_prepare_v3(c->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &q, NULL);
    if (rc != SQLITE_OK) {
        (void)store_fail(c, rc, err);
        return NULL;
    }
    if ((c->filled + 1) * 2 > c->slots_count) {
        slots_grow(c);
        slot = slot_find(c->slots, c->slots_count, sql);
    }
    *slot = (struct statement_slot){sql, q};
    c->filled++;
    return q;
}

static void bound(int rc)
{
    if (rc != SQLITE_OK && bind_rc == SQLITE_OK)
        bind_rc = rc;
}

void store_bind_str(struct sqlite3_stmt *q, int i, str s)
{
    if (s.ptr)
        bound(sqlite3_bind_text64(q, i, s.ptr, s.len, SQLITE_STATIC, SQLITE_UTF8));
    else
        bound(sqlite3_bind_null(q, i));
}

void store_bind_text(struct sqlite3_stmt *q, int i, str s)
{
    store_bind_str(q, i, s.ptr ? s : STR(""));
}

void store_bind_blob(struct sqlite3_stmt *q, int i, str s)
{
    bound(sqlite3_bind_blob64(q, i, s.ptr ? s.ptr : "", s.len, SQLITE_STATIC));
}

void store_bind_int(struct sqlite3_stmt *q, int i, int64_t v)
{
    bound(sqlite3_bind_int64(q, i, v));
}

void store_bind_id(struct sqlite3_stmt *q, int i, uint64_t v)
{
    store_bind_int(q, i, v > INT64_MAX ? INT64_MAX : (int64_t)v);
}

void store_bind_double(struct sqlite3_stmt *q, int i, double v)
{
    bound(sqlite3_bind_double(q, i, v));
}

void store_bind_null(struct sqlite3_stmt *q, int i)
{
    bound(sqlite3_bind_null(q, i));
}

enum store_row store_step(struct store_connection *c, struct sqlite3_stmt *q, struct err *err)
{
    if (bind_rc != SQLITE_OK) {
        int rc = bind_rc;
        bind_rc = SQLITE_OK;
        (void)store_fail(c, rc, err);
        return STORE_ROW_ERROR;
    }
    int rc = sqlite3_step(q);
    if (rc == SQLITE_ROW)
        return STORE_ROW;
    if (rc == SQLITE_DONE)
        return STORE_NO_ROW;
    (void)store_fail(c, rc, err);
    return STORE_ROW_ERROR;
}

bool store_run(struct store_connection *c, struct sqlite3_stmt *q, struct err *err)
{
    enum store_row row = store_step(c, q, err);
    assert(row != STORE_ROW); // a statement with rows wants store_step
    store_finish(q);
    return row == STORE_NO_ROW;
}

bool store_run_sql(struct store_connection *c, const char *sql, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    return q && store_run(c, q, err);
}

str store_column_str(struct sqlite3_stmt *q, int i)
{
    // The pointer first: reading it may convert, and so change the length.
    const char *ptr = NULL;
    switch (sqlite3_column_type(q, i)) {
    case SQLITE_NULL: return STR_NONE;
    case SQLITE_BLOB: ptr = sqlite3_column_blob(q, i); break;
    default: ptr = (const char *)sqlite3_column_text(q, i); break;
    }
    size_t len = (size_t)sqlite3_column_bytes(q, i);
    return ptr ? (str){ptr, len} : STR("");
}

bool store_column_copy(struct sqlite3_stmt *q, int i, struct arena *a, str *out, struct err *err)
{
    str text = store_column_str(q, i);
    if (!text.ptr) {
        *out = STR_NONE;
        return true;
    }
    *out = arena_str(a, text);
    return out->ptr ||
           err_set(err, ERR_NO_MEMORY, "no memory for %zu bytes of a stored text", text.len);
}

int64_t store_column_int(struct sqlite3_stmt *q, int i)
{
    return sqlite3_column_int64(q, i);
}

uint64_t store_column_id(struct sqlite3_stmt *q, int i)
{
    return (uint64_t)sqlite3_column_int64(q, i);
}

double store_column_double(struct sqlite3_stmt *q, int i)
{
    return sqlite3_column_double(q, i);
}

bool store_column_is_null(struct sqlite3_stmt *q, int i)
{
    return sqlite3_column_type(q, i) == SQLITE_NULL;
}

void store_finish(struct sqlite3_stmt *q)
{
    bind_rc = SQLITE_OK;
    if (!q)
        return;
    (void)sqlite3_reset(q); // tells of the last step's failure again
    (void)sqlite3_clear_bindings(q);
}

int64_t store_changes(struct store_connection *c)
{
    return sqlite3_changes64(c->db);
}
