/* What a selector asks about, for who must know whether it may be asked. */
#ifndef CLUSTER_KUBE_SELECTOR_PRIVATE_H
#define CLUSTER_KUBE_SELECTOR_PRIVATE_H

#include "cluster/kube/kube.h"

size_t selector_keys(const struct kube_selector *s);
str selector_key_at(const struct kube_selector *s, size_t i); /* lends */

#endif
