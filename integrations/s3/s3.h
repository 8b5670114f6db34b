/* Data sets of distributed Maps: what an ItemReader reads and a ResultWriter writes.
 *
 *     s3:getObject      {"Bucket", "Key", "VersionId"?, "ReaderConfig"?} -> {"Items": […]}
 *     s3:listObjectsV2  {"Bucket", "Prefix"?, "ReaderConfig"?}           -> {"Items": […]}
 *     s3:putObject      {"Bucket", "Key", "Body"}                        -> {}
 *
 * A bucket is a local directory, when --s3-buckets names one for it, or is asked for at an
 * S3-compatible endpoint. Failures are States.ItemReaderFailed or States.ResultWriterFailed.
 * Threads: any. Blocks: never; files are read, and items decoded, on the thread `files`.
 * Source: Developer Guide, "ItemReader (Map)", "ResultWriter (Map)". */
#ifndef INTEGRATIONS_S3_S3_H
#define INTEGRATIONS_S3_S3_H

#include "integrations/task/task.h"

/* Lends the row of a name, "s3:getObject"; NULL: there is none. No Task names them. */
const struct task_resource *s3_resource(str name);

/* Checks --s3-endpoint (empty: none) and --s3-buckets, "NAME=DIR,NAME=DIR". Errors:
 * ERR_BAD_SETTING, the setting named. */
bool s3_settings_check(str endpoint, str buckets, struct err *err);

/* Who reads and writes files: a thread, started with the first of them. Given. Threads: setup. */
struct s3_files *s3_files_new(struct clock *clock);
/* Ends it once its queue is empty; accepts NULL. No task may come after. Threads: setup. Blocks: on
 * what is being read. */
void s3_files_free(struct s3_files *f);

#endif
