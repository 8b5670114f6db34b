/* The SQLite door: prepared statements of a connection, for rooms with tables of their own (the
 * cluster's). SQL is a static text with parameters, never assembled.
 *
 * Use: q = store_statement(c, sql, err); store_bind_…; store_step; read columns; store_finish(q),
 * always: an open statement pins its snapshot.
 * Threads: the connection's. Blocks: on the disk. */
#ifndef STORE_SQL_H
#define STORE_SQL_H

#include "base/arena.h"
#include "base/json.h"
#include "store/store.h"

struct sqlite3_stmt;

/* Lends the connection's prepared statement of a static SQL text (known by its address), or NULL.
 */
struct sqlite3_stmt *store_statement(struct store_connection *c, const char *sql, struct err *err);

/* Binds; parameters count from 1. Texts are borrowed until store_finish. ptr NULL binds NULL. A
 * failure is remembered and told by store_step. */
void store_bind_str(struct sqlite3_stmt *q, int i, str s);
void store_bind_int(struct sqlite3_stmt *q, int i, int64_t v);
void store_bind_double(struct sqlite3_stmt *q, int i, double v);
void store_bind_null(struct sqlite3_stmt *q, int i);

enum store_row { STORE_ROW_ERROR, STORE_ROW, STORE_NO_ROW };
/* One step. Errors: ERR_STORE, ERR_STORE_FULL, ERR_NO_MEMORY; ERR_CONFLICT for a constraint. */
enum store_row store_step(struct store_connection *c, struct sqlite3_stmt *q, struct err *err);

/* store_step for a statement that gives no rows, then store_finish. */
bool store_run(struct store_connection *c, struct sqlite3_stmt *q, struct err *err);

str store_column_str(struct sqlite3_stmt *q, int i); /* lent until the next step; NULL: ptr NULL */
/* Lends a copy from a; *out is STR_NONE for NULL. */
bool store_column_copy(struct sqlite3_stmt *q, int i, struct arena *a, str *out, struct err *err);
int64_t store_column_int(struct sqlite3_stmt *q, int i);
double store_column_double(struct sqlite3_stmt *q, int i);
bool store_column_is_null(struct sqlite3_stmt *q, int i);

void store_finish(struct sqlite3_stmt *q); /* resets and clears bindings; accepts NULL */

/* Rows changed by the last statement. */
int64_t store_changes(struct store_connection *c);

#endif
