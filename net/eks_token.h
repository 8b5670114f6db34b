/* EKS bearer tokens: "k8s-aws-v1." and a presigned STS GetCallerIdentity request, base64url.
 *
 * The request is never sent by who makes the token; who checks it would. The cluster's name is a
 * signed header that is not in the token: a token for one cluster is no good for another.
 * Threads: any. Blocks: never.
 * Source: `aws eks get-token`; kubernetes-sigs/aws-iam-authenticator, pkg/token. */
#ifndef NET_EKS_TOKEN_H
#define NET_EKS_TOKEN_H

#include "net/sigv4.h"

#define EKS_TOKEN_PREFIX         "k8s-aws-v1."
#define EKS_TOKEN_CLUSTER_HEADER "x-k8s-aws-id"

/* Lends from a a token for a cluster in the name of credentials. now_ms is the system's time. */
bool eks_token_make(struct arena *a, const struct sigv4_credentials *credentials, str region,
                    str cluster_name, int64_t now_ms, str *token, struct err *err);

#endif
