/* YAML texts as JSON values: what aws-auth's mappings and `application/yaml` bodies are written in.
 *
 * One document. Scalars are read as Kubernetes reads them (YAML 1.1: yes, no, on, off are booleans,
 * 0644 is octal). Anchors, aliases and tags other than the standard ones are refused by name.
 * Threads: any. Blocks: never. */
#ifndef CLUSTER_AUTH_YAML_H
#define CLUSTER_AUTH_YAML_H

#include "base/json.h"

enum {
    YAML_DEPTH_MAX = 100, /* as deep as anybody nests a manifest, and far from the stack's end */
    YAML_TEXT_MAX_BYTES = 3145728, /* Source: kube-apiserver's limit of a request body */
};

/* Gives the document's value (null for an empty one). Errors: ERR_BAD_JSON with line and column,
 * ERR_TOO_LARGE, ERR_NO_MEMORY. */
bool yaml_to_json(str text, json *out, struct err *err);

#endif
