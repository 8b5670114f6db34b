/* What the files of this room share. */
#ifndef INTEGRATIONS_S3_PRIVATE_H
#define INTEGRATIONS_S3_PRIVATE_H

#include "base/lock.h"
#include "base/mem.h"
#include "base/thread.h"
#include "integrations/s3/data_set.h"
#include "integrations/s3/s3.h"

enum {
    /* An object is read whole. AWS takes up to 10 GB: what is larger is refused by name. */
    S3_OBJECT_MAX_BYTES = 256 * 1024 * 1024,
    /* Items are kept whole too; AWS has no bound but MaxItems, of 100,000,000. */
    S3_ITEMS_MAX = 10 * 1000 * 1000,
    S3_ITEMS_MAX_BYTES = 512 * 1024 * 1024, /* of their text: a CSV repeats its headers */
    S3_LIST_PAGES_MAX = 100000,             /* of an endpoint that never ends */
    S3_TIMEOUT_MS = 5 * 60 * 1000,
    S3_DEPTH_MAX = 64, /* directories in each other */
    S3_KEY_MAX = 1024, /* bytes. Source: S3 User Guide, "Object key names" */
};

/* -- what a call asks for; all lent by its task -- */
struct s3_ask {
    str bucket, key, prefix, version;
    json config; /* ReaderConfig; ABSENT: none */
    str body;
    int64_t max_items; /* 0: all */
};
/* False: the task has been told that it failed. */
bool s3_ask_read(struct task *t, struct s3_ask *out);

/* The task's end. */
void s3_fail(struct task *t, const char *format, ...) PRINTF_LIKE(2, 3);
void s3_fail_with(struct task *t, struct err *err); /* takes err */
void s3_give_items(struct task *t, json items_taken);

/* -- files.c: work for the thread `files`, with a text it may need; borrowed. -- */
typedef void s3_work(struct task *t, str text);
/* Takes text (str_free); ptr NULL: none. Failure to begin is the task's end. */
void s3_files_do(struct task *t, s3_work *work, str text_taken);

/* -- directory.c: Threads: files -- */
/* The directory of a bucket, lent from the setting; ptr NULL: it has none. */
str s3_directory_of(const struct task *t, str bucket);
s3_work s3_directory_get, s3_directory_list, s3_directory_put;

/* -- endpoint.c -- */
void s3_endpoint_get(struct task *t);
void s3_endpoint_list(struct task *t);
void s3_endpoint_put(struct task *t);

/* -- items.c -- */
/* Adds item (taken) to items. False: there are more than S3_ITEMS_MAX, or their text is longer than
 * S3_ITEMS_MAX_BYTES. Errors: ERR_TOO_LARGE, ERR_NO_MEMORY. */
bool s3_items_push_take(json *items, json item, struct err *err);
/* Of many made at once. */
bool s3_items_fit(json items, struct err *err);

/* -- csv.c -- */
bool s3_csv_decode(str text, json config, int64_t max_items, json *out, struct err *err);

#endif
