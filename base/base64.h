/* Base64 (RFC 4648), standard and URL alphabets. Threads: any. Blocks: never. */
#ifndef BASE_BASE64_H
#define BASE_BASE64_H

#include "base/buf.h"

void base64_encode(str data, struct buf *out);    /* with padding */
void base64url_encode(str data, struct buf *out); /* without padding */

/* Appends the bytes; padding may be left out as a whole, other characters (blanks, line ends) are
 * refused. False: not base64, or out has failed (buf_ok tells); nothing is appended then. */
bool base64_decode(str text, struct buf *out);
bool base64url_decode(str text, struct buf *out);

#endif
