/* Who is calling: session credentials of IAM roles, as STS's AssumeRole would give them, issued and
 * recognised by this server alone.
 *
 * The secret of the server signs everything, so a session needs no table: the access key begins
 * with ASIA, the session token carries the ARN and is sealed, the secret key is derived from both.
 * A caller whose credentials are not ours (a user's own dummy keys) is the account's local user.
 * Threads: any. Blocks: never. */
#ifndef NET_STS_H
#define NET_STS_H

#include "base/arena.h"
#include "base/err.h"
#include "net/sigv4.h"

enum { STS_SECRET_BYTES = 32 };

struct sts {
    unsigned char secret[STS_SECRET_BYTES]; /* kept in the store: tokens outlive a restart */
    str account;                            /* borrowed; outlives this */
};

/* Lends credentials for a session of role_arn from a. */
bool sts_session(const struct sts *sts, struct arena *a, str role_arn,
                 struct sigv4_credentials *out, struct err *err);

/* Lends the canonical ARN (arn:aws:iam::A:role/R, or arn:aws:iam::A:user/local for keys that are
 * not ours) of who signs with access_key and session_token (empty: none) from a. False: the token
 * claims to be ours and is not. Roles lose their path (…:role/service-role/R becomes …:role/R), as
 * STS's assumed-role ARNs have none. */
bool sts_identify(const struct sts *sts, struct arena *a, str access_key, str session_token,
                  str *arn, struct err *err);

/* Lends the secret key that belongs to an access key and token of ours; false for any other. */
bool sts_secret_key(const struct sts *sts, struct arena *a, str access_key, str session_token,
                    str *out);

#endif
