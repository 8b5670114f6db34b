/* Data sets as texts: what an object holds, and S3's XML. Pure functions.
 * Threads: any. Blocks: never. */
#ifndef INTEGRATIONS_S3_DATA_SET_H
#define INTEGRATIONS_S3_DATA_SET_H

#include "base/buf.h"
#include "base/err.h"
#include "base/json.h"

/* Gives the items of an object: config is its ReaderConfig (InputType JSON when ABSENT or without),
 * max_items 0 for all. Errors: ERR_VALIDATION in AWS's words where they are recorded, ERR_BAD_JSON,
 * ERR_NO_MEMORY. Source: Developer Guide, "ItemReader (Map)". */
bool s3_items_decode(str text, json config, int64_t max_items, json *out, struct err *err);

/* A page of ListObjectsV2: appends its objects to items, as long as they are fewer than most (0: no
 * limit), and the token of the next page to next (nothing: it is the last). */
bool s3_listing_read(str xml, size_t most, json *items, struct buf *next, struct err *err);
/* Gives {"Etag", "Key", "LastModified", "Size", "StorageClass"}; ABSENT: no memory. */
json s3_object_item(str etag, str key, double modified_s, int64_t size, str storage_class);
/* What an Error document says, appended: "Message (Service: S3, Error Code: Code)"; nothing when it
 * is none. */
void s3_error_read(str xml, struct buf *out);

#endif
