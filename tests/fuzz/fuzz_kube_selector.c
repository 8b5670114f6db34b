/* Label and field selectors: whatever parses can be matched against any object, and the empty
 * selector matches all. */
#include "cluster/kube/kube.h"

#include <stdlib.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const char object_text[] =
    "{\"metadata\":{\"name\":\"a\",\"namespace\":\"n\",\"labels\":{\"a\":\"b\",\"x/y\":\"7\"}},"
    "\"spec\":{\"nodeName\":\"n1\",\"hostNetwork\":true},\"status\":{\"phase\":\"Running\"}}";

typedef bool parse_selector(struct arena *a, str text, struct kube_selector **out, struct err *err);

static void try_selector(parse_selector *parse, str text, json object)
{
    struct arena a;
    struct err err = ERR_INIT;
    struct kube_selector *selector;
    arena_init(&a, 1 << 20);
    if (parse(&a, text, &selector, &err)) {
        bool once = kube_selector_matches(selector, object);
        if (once != kube_selector_matches(selector, object))
            abort();
        (void)kube_selector_matches(selector, json_null());
        if (text.len == 0 && !once)
            abort();
    } else if (!err_is_set(&err)) {
        abort();
    }
    err_release(&err);
    arena_release(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    str text = {(const char *)data, size};
    struct err err = ERR_INIT;
    json object = json_absent();
    if (size > 4096)
        return 0;
    if (!json_parse(str_from_c(object_text), &object, &err))
        abort();
    try_selector(kube_label_selector_parse, text, object);
    try_selector(kube_field_selector_parse, text, object);
    json_unref(object);
    return 0;
}
