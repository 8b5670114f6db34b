/* Who calls a cluster's Kubernetes API, and what he may do: EKS bearer tokens, aws-auth, masters.
 *
 * A token is a presigned STS request (as `aws eks get-token` makes). Its form, age and, for keys of
 * our own STS, its signature and cluster are checked; keys of a user's own cannot be verified
 * offline: they are the account's local user. Then the principal is mapped: the creator of the
 * cluster is kubernetes-admin in system:masters, aws-auth's mapRoles, mapUsers and mapAccounts
 * admit others, anyone else is a stranger (401). Threads: any. Blocks: never. Source:
 * kubernetes-sigs/aws-iam-authenticator, README; Amazon EKS User Guide, "aws-auth". */
#ifndef CLUSTER_AUTH_AUTH_H
#define CLUSTER_AUTH_AUTH_H

#include "base/arena.h"
#include "base/json.h"
#include "net/sts.h"

enum { AUTH_TOKEN_MAX_BYTES = 4096, AUTH_TOKEN_LIFE_S = 900 };

/* Lends the canonical ARN of a bearer token's principal from a. False: the token is no good (err:
 * ERR_ACCESS_DENIED, why, for the log only). now_ms is the system's time. */
bool auth_token_identify(const struct sts *sts, struct arena *a, str token, str cluster_name,
                         int64_t now_ms, str *principal_arn, struct err *err);

struct auth_user {
    str username, uid;
    const str *groups;
    size_t groups_count; /* "system:authenticated" among them */
    str arn;
};

struct auth_rules {
    str account;
    str creator_arn;
    bool open;     /* every principal of the account is an administrator */
    json aws_auth; /* the ConfigMap kube-system/aws-auth; ABSENT: there is none */
};

/* Lends who a principal is to the cluster; false: a stranger. mapRoles and mapUsers are YAML texts;
 * a broken one admits nobody. */
bool auth_user_of(const struct auth_rules *rules, struct arena *a, str principal_arn,
                  struct auth_user *out);

bool auth_is_master(const struct auth_user *u);

#endif
