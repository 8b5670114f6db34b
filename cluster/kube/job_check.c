/* Checks of Jobs and Deployments.
 * Source: kubernetes/kubernetes, pkg/apis/batch/validation/validation.go. */
#include "base/buf.h"
#include "edit_private.h"
#include "status_private.h"

#include <inttypes.h>
#include <stdio.h>

enum { VALUE_MAX = 1024 };

#define LABEL_UID "batch.kubernetes.io/controller-uid"

/* Complains with the value's text, cut where it is long. */
static void invalid(struct causes *causes, const char *field, json value, const char *detail)
{
    struct buf b;
    buf_init(&b, 1 << 20);
    json_print(value, &b);
    str text = json_is_absent(value) ? STR("null") : buf_str(&b);
    if (text.len > VALUE_MAX)
        text.len = str_utf8_find_bad(str_sub(text, 0, VALUE_MAX));
    cause_invalid(causes, field, text, detail);
    buf_release(&b);
}

static void not_negative(json spec, const char *name, struct causes *causes)
{
    char field[64];
    int64_t value;
    (void)snprintf(field, sizeof(field), "spec.%s", name);
    if (json_get_int64(spec, str_from_c(name), &value) && value < 0)
        invalid(causes, field, json_integer(value), "must be greater than or equal to 0");
}

static bool labels_match(json wanted, json labels)
{
    for (size_t i = 0; i < json_len(wanted); i++)
        if (!json_equal(json_value_at(wanted, i), json_get(labels, json_key_at(wanted, i))))
            return false;
    return true;
}

static void check_selector(json object, struct causes *causes)
{
    json spec = json_get(object, STR("spec")), selector = json_get(spec, STR("selector"));
    json labels = json_get_path(spec, "template", "metadata", "labels", NULL);
    bool manual = false;
    (void)json_get_bool(spec, STR("manualSelector"), &manual);
    if (!is_given(selector)) {
        cause_required(causes, "spec.selector", "");
        return;
    }
    json uid = json_get(json_get(selector, STR("matchLabels")), STR(LABEL_UID));
    if (!manual && !json_equal(uid, json_get_path(object, "metadata", "uid", NULL)))
        invalid(causes, "spec.selector", selector, "`selector` not auto-generated");
    if (!labels_match(json_get(selector, STR("matchLabels")), labels))
        invalid(causes, "spec.template.metadata.labels", labels,
                "`selector` does not match template `labels`");
}

static void check_mode(json spec, struct causes *causes)
{
    str mode = or_empty(json_str(json_get(spec, STR("completionMode"))));
    bool indexed = str_eq(mode, STR("Indexed"));
    if (!indexed && !str_eq(mode, STR("NonIndexed")))
        cause_unsupported(causes, "spec.completionMode", mode, "\"Indexed\", \"NonIndexed\"");
    if (indexed && !is_given(json_get(spec, STR("completions"))))
        cause_required(causes, "spec.completions", "when completion mode is Indexed");
    json per_index = json_get(spec, STR("backoffLimitPerIndex"));
    if (is_given(per_index) && !indexed)
        invalid(causes, "spec.backoffLimitPerIndex", per_index, "requires indexed completion mode");
    json failed = json_get(spec, STR("maxFailedIndexes"));
    if (is_given(failed) && !is_given(per_index))
        cause_required(causes, "spec.backoffLimitPerIndex", "when maxFailedIndexes is specified");
}

static void check_restart(json spec, struct causes *causes)
{
    static const char field[] = "spec.template.spec.restartPolicy";
    str restart =
        or_empty(json_str(json_get_path(spec, "template", "spec", "restartPolicy", NULL)));
    if (restart.len == 0)
        cause_required(causes, field, "valid values: \"OnFailure\", \"Never\"");
    else if (!str_eq(restart, STR("OnFailure")) && !str_eq(restart, STR("Never")))
        cause_unsupported(causes, field, restart, "\"OnFailure\", \"Never\"");
    else if (is_given(json_get(spec, STR("podFailurePolicy"))) && !str_eq(restart, STR("Never")))
        cause_invalid_str(causes, field, restart,
                          "only \"Never\" is supported when podFailurePolicy is specified");
}

/* An Indexed Job may change both numbers together. */
static bool is_elastic(json old, json spec)
{
    return str_eq(json_str(json_get(old, STR("completionMode"))), STR("Indexed")) &&
           json_equal(json_get(spec, STR("completions")), json_get(spec, STR("parallelism")));
}

static void check_fixed(json old, json spec, struct causes *causes)
{
    static const char *const fixed[] = {
        "completions",    "selector",         "template",
        "completionMode", "podFailurePolicy", "backoffLimitPerIndex",
        "managedBy",      "successPolicy",    NULL};
    char field[64];
    for (const char *const *key = fixed; *key; key++) {
        json before = json_get(old, str_from_c(*key)), after = json_get(spec, str_from_c(*key));
        bool same = json_is_absent(before) ? json_is_absent(after) : json_equal(before, after);
        if (same || (str_eq(str_from_c(*key), STR("completions")) && is_elastic(old, spec)))
            continue;
        (void)snprintf(field, sizeof(field), "spec.%s", *key);
        invalid(causes, field, after, "field is immutable");
    }
}

void check_job(json object, json old, struct causes *causes)
{
    static const char *const numbers[] = {
        "parallelism",          "completions",      "activeDeadlineSeconds",   "backoffLimit",
        "backoffLimitPerIndex", "maxFailedIndexes", "ttlSecondsAfterFinished", NULL};
    json spec = json_get(object, STR("spec"));
    str name = or_empty(json_str(json_get_path(object, "metadata", "name", NULL)));
    for (const char *const *number = numbers; *number; number++)
        not_negative(spec, *number, causes);
    if (name.len > 63 && json_is_absent(old))
        cause_invalid_str(causes, "spec.template.labels", name,
                          "must be no more than 63 characters");
    check_mode(spec, causes);
    check_selector(object, causes);
    check_pod_spec(json_get_path(spec, "template", "spec", NULL), STR("spec.template.spec"),
                   causes);
    check_labels(json_get_path(spec, "template", "metadata", "labels", NULL),
                 STR("spec.template.labels"), causes);
    check_restart(spec, causes);
    if (!json_is_absent(old))
        check_fixed(json_get(old, STR("spec")), spec, causes);
}

void check_deployment(json object, json old, struct causes *causes)
{
    json spec = json_get(object, STR("spec")), selector = json_get(spec, STR("selector"));
    not_negative(spec, "replicas", causes);
    if (!is_given(selector))
        cause_required(causes, "spec.selector", "");
    else if (!labels_match(json_get(selector, STR("matchLabels")),
                           json_get_path(spec, "template", "metadata", "labels", NULL)))
        invalid(causes, "spec.template.metadata.labels",
                json_get_path(spec, "template", "metadata", "labels", NULL),
                "`selector` does not match template `labels`");
    check_pod_spec(json_get_path(spec, "template", "spec", NULL), STR("spec.template.spec"),
                   causes);
    if (!json_is_absent(old) && is_given(json_get_path(old, "spec", "selector", NULL)) &&
        !json_equal(selector, json_get_path(old, "spec", "selector", NULL)))
        invalid(causes, "spec.selector", selector, "field is immutable");
}
