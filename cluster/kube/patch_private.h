/* Patches: JSON patch (RFC 6902), merge patch (RFC 7386), Kubernetes' strategic merge patch.
 * Each gives the patched object, or refuses with a failure. Objects are borrowed.
 * Threads: any. Blocks: never. */
#ifndef CLUSTER_KUBE_PATCH_PRIVATE_H
#define CLUSTER_KUBE_PATCH_PRIVATE_H

#include "base/arena.h"
#include "status_private.h"

enum {
    PATCH_OPERATIONS_MAX = 10000, /* Source: kube-apiserver, maxJSONPatchOperations */
    PATCH_RESULT_MAX_BYTES = 3145728,
    PATCH_DEPTH_MAX = 200,
};

bool patch_json(struct arena *a, json object, json patch, json *out, struct failure *f);
bool patch_merge(json object, json patch, json *out, struct failure *f);
bool patch_strategic(json object, json patch, json *out, struct failure *f);

#endif
