/* The schema, as the migrations that make it: row n brings a file from version n to n + 1. A row
 * that was ever released is never changed; a change is a new row. docs/store.md is its manual.
 *
 * Tables are WITHOUT ROWID where their key is not one integer: a row is then one entry of one tree.
 * Each index is there for a query that would else read a whole table; what that is stands with it.
 */
#include "store_private.h"

#include <sqlite3.h>

static const char migration_1[] =
    "CREATE TABLE meta(name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID;"

    "CREATE TABLE state_machines(arn TEXT PRIMARY KEY, name TEXT NOT NULL, type TEXT NOT NULL,"
    " status TEXT NOT NULL, created_ms INTEGER NOT NULL, updated_ms INTEGER NOT NULL,"
    " revision INTEGER NOT NULL) WITHOUT ROWID;"

    // A revision outlives its machine for the executions that name it.
    "CREATE TABLE revisions(id INTEGER PRIMARY KEY, machine_arn TEXT NOT NULL, name TEXT NOT NULL,"
    " type TEXT NOT NULL, revision_id TEXT NOT NULL, made_ms INTEGER NOT NULL,"
    " role_arn TEXT NOT NULL, definition TEXT NOT NULL, logging TEXT NOT NULL,"
    " tracing TEXT NOT NULL, encryption TEXT NOT NULL);"
    "CREATE INDEX revisions_by_machine ON revisions(machine_arn);" // to remove them with it

    "CREATE TABLE executions(id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE,"
    " machine_arn TEXT NOT NULL, name TEXT NOT NULL, revision INTEGER NOT NULL,"
    " type TEXT NOT NULL, status TEXT NOT NULL, start_ms INTEGER NOT NULL, stop_ms INTEGER,"
    " input TEXT NOT NULL, output TEXT, output_ref INTEGER, error TEXT, cause TEXT);"
    // ListExecutions, newest first.
    "CREATE INDEX executions_by_machine ON executions(machine_arn, start_ms);"
    // Recovery, the RUNNING ones of a machine; an execution that ends in the step that starts it
    // never enters.
    "CREATE INDEX executions_running ON executions(machine_arn, start_ms)"
    " WHERE status = 'RUNNING';"

    "CREATE TABLE events(execution INTEGER NOT NULL, id INTEGER NOT NULL,"
    " previous INTEGER NOT NULL, type TEXT NOT NULL, at_ms INTEGER NOT NULL, details TEXT,"
    " data_name TEXT, data TEXT, data_ref INTEGER, PRIMARY KEY(execution, id)) WITHOUT ROWID;"

    "CREATE TABLE payloads(execution INTEGER NOT NULL, id INTEGER NOT NULL, body TEXT NOT NULL,"
    " PRIMARY KEY(execution, id)) WITHOUT ROWID;"

    "CREATE TABLE frames(execution INTEGER NOT NULL, id INTEGER NOT NULL, parent INTEGER NOT NULL,"
    " data TEXT, input TEXT, input_ref INTEGER, work TEXT, work_ref INTEGER, output TEXT,"
    " output_ref INTEGER, PRIMARY KEY(execution, id)) WITHOUT ROWID;"
    // What is under a Map or Parallel goes when that ends early.
    "CREATE INDEX frames_by_parent ON frames(execution, parent);"

    "CREATE TABLE tags(arn TEXT NOT NULL, key TEXT NOT NULL, value TEXT NOT NULL,"
    " PRIMARY KEY(arn, key)) WITHOUT ROWID;"

    "CREATE TABLE clusters(name TEXT PRIMARY KEY, arn TEXT, status TEXT, body TEXT,"
    " creator_arn TEXT, request TEXT, due_ms INTEGER, port INTEGER, ca_pem TEXT, ca_key_pem TEXT,"
    " open INTEGER) WITHOUT ROWID;"
    "CREATE TABLE nodegroups(cluster TEXT NOT NULL, name TEXT NOT NULL, arn TEXT, status TEXT,"
    " body TEXT, request TEXT, due_ms INTEGER, PRIMARY KEY(cluster, name)) WITHOUT ROWID;"
    "CREATE TABLE fargate_profiles(cluster TEXT NOT NULL, name TEXT NOT NULL, arn TEXT,"
    " status TEXT, body TEXT, request TEXT, due_ms INTEGER, PRIMARY KEY(cluster, name))"
    " WITHOUT ROWID;"
    "CREATE TABLE kube_objects(cluster TEXT NOT NULL, resource TEXT NOT NULL,"
    " namespace TEXT NOT NULL, name TEXT NOT NULL, uid TEXT, version INTEGER, body TEXT,"
    " PRIMARY KEY(cluster, resource, namespace, name)) WITHOUT ROWID;"
    // Owners and dependents know each other by uid.
    "CREATE INDEX kube_objects_by_uid ON kube_objects(cluster, uid);"
    "CREATE TABLE kube_logs(cluster TEXT NOT NULL, pod_uid TEXT NOT NULL,"
    " container TEXT NOT NULL, text BLOB, PRIMARY KEY(cluster, pod_uid, container))"
    " WITHOUT ROWID;"

    "CREATE VIEW history AS SELECT x.arn AS execution_arn, x.name AS execution_name, e.execution,"
    " e.id, e.previous, e.type,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', e.at_ms / 1000.0, 'unixepoch') AS at, e.details, e.data_name,"
    " CASE WHEN e.data_ref IS NULL THEN e.data WHEN e.data_ref = 0 THEN x.input"
    "  ELSE (SELECT p.body FROM payloads p"
    "  WHERE p.execution = e.execution AND p.id = e.data_ref) END AS data"
    " FROM events e JOIN executions x ON x.id = e.execution;"

    "CREATE VIEW execution_list AS SELECT x.id, x.arn, x.name, x.machine_arn, x.type, x.status,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', x.start_ms / 1000.0, 'unixepoch') AS started,"
    " strftime('%Y-%m-%dT%H:%M:%fZ', x.stop_ms / 1000.0, 'unixepoch') AS stopped,"
    " x.stop_ms - x.start_ms AS took_ms, x.input,"
    " coalesce(x.output, (SELECT p.body FROM payloads p"
    "  WHERE p.execution = x.id AND p.id = x.output_ref)) AS output, x.error, x.cause"
    " FROM executions x;"

    "PRAGMA user_version = 1;";

/* Map Runs. A child execution names its run, its first item and how many it has: what is told of a
 * run is counted in the index, which is why the status is in it. */
static const char migration_2[] =
    "CREATE TABLE map_runs(id INTEGER PRIMARY KEY, arn TEXT NOT NULL UNIQUE,"
    " execution INTEGER NOT NULL, frame INTEGER NOT NULL, status TEXT NOT NULL,"
    " start_ms INTEGER NOT NULL, stop_ms INTEGER, max_concurrency INTEGER NOT NULL,"
    " tolerated_count INTEGER, tolerated_percentage REAL, items INTEGER NOT NULL,"
    " batched INTEGER NOT NULL);"
    "CREATE INDEX map_runs_by_execution ON map_runs(execution);"

    "ALTER TABLE executions ADD COLUMN map_run INTEGER;"
    "ALTER TABLE executions ADD COLUMN item INTEGER;"
    "ALTER TABLE executions ADD COLUMN items INTEGER;"
    "CREATE INDEX executions_by_map_run ON executions(map_run, item, items, status)"
    " WHERE map_run IS NOT NULL;"

    "PRAGMA user_version = 2;";

/* Variables: of a frame those that its states see, of a revision which states read some (the text
 * of an object; NULL: none does). */
static const char migration_3[] = "ALTER TABLE frames ADD COLUMN variables TEXT;"
                                  "ALTER TABLE frames ADD COLUMN variables_ref INTEGER;"
                                  "ALTER TABLE revisions ADD COLUMN variable_references TEXT;"

                                  "PRAGMA user_version = 3;";

static const char *const migrations[] = {migration_1, migration_2, migration_3};

enum { SCHEMA_VERSION = sizeof migrations / sizeof *migrations };

static bool version_read(struct store_connection *c, int64_t *version, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, "PRAGMA user_version", err);
    if (!q)
        return false;
    enum store_row row = store_step(c, q, err);
    if (row == STORE_ROW)
        *version = store_column_int(q, 0);
    store_finish(q);
    return row == STORE_ROW;
}

/* All of a migration or nothing of it. */
static bool migrate_one(struct store_connection *c, const char *sql, struct err *err)
{
    bool ok = store_connection_exec(c, "BEGIN IMMEDIATE", err) &&
              store_connection_exec(c, sql, err) && store_connection_exec(c, "COMMIT", err);
    if (!ok && !sqlite3_get_autocommit(c->db))
        (void)sqlite3_exec(c->db, "ROLLBACK", NULL, NULL, NULL); // closing would do the same
    return ok;
}

bool store_migrate(struct store_connection *c, struct err *err)
{
    int64_t version = 0;
    if (!version_read(c, &version, err))
        return false;
    if (version > SCHEMA_VERSION)
        return err_set(err, ERR_STORE_NEWER,
                       "the data directory '%s' was written by a newer stepd: its schema has "
                       "version %lld, this stepd knows up to version %d",
                       c->store->dir, (long long)version, SCHEMA_VERSION);
    if (version < 0)
        return err_set(err, ERR_STORE, "store '%s': not a stepd database (user_version %lld)",
                       c->store->dir, (long long)version);
    if (!store_connection_start_log(c, err))
        return false;
    for (; version < SCHEMA_VERSION; version++) {
        if (!migrate_one(c, migrations[version], err))
            return false;
    }
    return true;
}
