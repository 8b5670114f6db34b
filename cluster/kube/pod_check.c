/* Checks of pods, and of the templates of what makes pods.
 * Source: kubernetes/kubernetes, pkg/apis/core/validation/validation.go. */
#include "edit_private.h"
#include "status_private.h"

#include <stdio.h>

/* A field's text: what stands in it (AT_MAX at most) and what is added. */
enum { AT_MAX = 256, FIELD_MAX = AT_MAX + 64, LIST_MAX = 1000 };

static bool is_label(str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        bool alnum = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!alnum && (c != '-' || i == 0 || i + 1 == s.len))
            return false;
    }
    return s.len > 0 && s.len <= 63;
}

static bool named_before(json list, size_t i, str name)
{
    for (size_t j = 0; j < i; j++)
        if (str_eq(json_str(json_get(json_at(list, j), STR("name"))), name))
            return true;
    return false;
}

/* The name of an element: there, a label, not taken. */
static void check_element_name(json list, size_t i, const char *at, struct causes *causes)
{
    static const char bad[] =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
        "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    char field[FIELD_MAX];
    str name = or_empty(json_str(json_get(json_at(list, i), STR("name"))));
    (void)snprintf(field, sizeof(field), "%s[%zu].name", at, i);
    if (name.len == 0)
        cause_required(causes, field, "");
    else if (!is_label(name))
        cause_invalid_str(causes, field, name, bad);
    else if (named_before(list, i, name))
        cause_duplicate(causes, field, name);
}

static void check_env(json list, const char *at, struct causes *causes)
{
    char field[FIELD_MAX];
    for (size_t i = 0; i < json_len(list) && i < LIST_MAX; i++) {
        str name = or_empty(json_str(json_get(json_at(list, i), STR("name"))));
        (void)snprintf(field, sizeof(field), "%s.env[%zu].name", at, i);
        if (name.len == 0)
            cause_required(causes, field, "");
        else if (str_find_char(name, 0, '=') < name.len)
            cause_invalid_str(causes, field, name,
                              "a valid environment variable name must consist only of printable "
                              "ASCII characters other than '='");
    }
}

static bool has_volume(json volumes, str name)
{
    for (size_t i = 0; i < json_len(volumes); i++)
        if (str_eq(json_str(json_get(json_at(volumes, i), STR("name"))), name))
            return true;
    return false;
}

static void check_mounts(json mounts, json volumes, const char *at, struct causes *causes)
{
    char field[FIELD_MAX];
    for (size_t i = 0; i < json_len(mounts) && i < LIST_MAX; i++) {
        json mount = json_at(mounts, i);
        str name = or_empty(json_str(json_get(mount, STR("name"))));
        (void)snprintf(field, sizeof(field), "%s.volumeMounts[%zu].name", at, i);
        if (name.len == 0)
            cause_required(causes, field, "");
        else if (!has_volume(volumes, name))
            cause_invalid_str(causes, field, name, "not found");
        (void)snprintf(field, sizeof(field), "%s.volumeMounts[%zu].mountPath", at, i);
        if (or_empty(json_str(json_get(mount, STR("mountPath")))).len == 0)
            cause_required(causes, field, "");
    }
}

static void check_pull_policy(json container, const char *at, struct causes *causes)
{
    char field[FIELD_MAX];
    str policy = or_empty(json_str(json_get(container, STR("imagePullPolicy"))));
    (void)snprintf(field, sizeof(field), "%s.imagePullPolicy", at);
    if (policy.len > 0 && !str_eq(policy, STR("Always")) && !str_eq(policy, STR("Never")) &&
        !str_eq(policy, STR("IfNotPresent")))
        cause_unsupported(causes, field, policy, "\"Always\", \"IfNotPresent\", \"Never\"");
}

static void check_containers(json list, json volumes, const char *at, struct causes *causes)
{
    char field[AT_MAX];
    for (size_t i = 0; i < json_len(list) && i < LIST_MAX; i++) {
        json container = json_at(list, i);
        check_element_name(list, i, at, causes);
        (void)snprintf(field, sizeof(field), "%s[%zu].image", at, i);
        if (or_empty(json_str(json_get(container, STR("image")))).len == 0)
            cause_required(causes, field, "");
        (void)snprintf(field, sizeof(field), "%s[%zu]", at, i);
        check_env(json_get(container, STR("env")), field, causes);
        check_mounts(json_get(container, STR("volumeMounts")), volumes, field, causes);
        check_pull_policy(container, field, causes);
    }
}

void check_pod_spec(json spec, str path, struct causes *causes)
{
    char at[AT_MAX - 32];
    json containers = json_get(spec, STR("containers")), volumes = json_get(spec, STR("volumes"));
    int64_t number;
    (void)snprintf(at, sizeof(at), "%.*s.volumes", STR_ARG(path));
    for (size_t i = 0; i < json_len(volumes) && i < LIST_MAX; i++)
        check_element_name(volumes, i, at, causes);
    (void)snprintf(at, sizeof(at), "%.*s.containers", STR_ARG(path));
    if (json_len(containers) == 0)
        cause_required(causes, at, "");
    check_containers(containers, volumes, at, causes);
    (void)snprintf(at, sizeof(at), "%.*s.initContainers", STR_ARG(path));
    check_containers(json_get(spec, STR("initContainers")), volumes, at, causes);
    (void)snprintf(at, sizeof(at), "%.*s.activeDeadlineSeconds", STR_ARG(path));
    if (json_get_int64(spec, STR("activeDeadlineSeconds"), &number) && number < 1)
        cause_invalid(causes, at, STR("0"), "must be between 1 and 2147483647, inclusive");
}

/* Gives a spec without what may change while the pod lives. */
static json fixed_part(json spec)
{
    static const char *const lists[] = {"containers", "initContainers", NULL};
    json s = json_ref(spec);
    edit_drop(&s, "activeDeadlineSeconds", NULL);
    edit_drop(&s, "tolerations", NULL);
    edit_drop(&s, "nodeName", NULL); // bound by whoever runs it
    for (const char *const *key = lists; *key; key++) {
        json list = json_get(spec, str_from_c(*key)), made = json_array(json_len(list));
        bool ok = true;
        for (size_t i = 0; i < json_len(list) && ok; i++)
            ok = json_push_take(&made, json_without(json_at(list, i), STR("image")));
        if (ok && json_len(list) > 0)
            edit_put(&s, json_ref(made), *key, NULL);
        json_unref(made);
    }
    return s;
}

void check_pod(json object, json old, struct causes *causes)
{
    json spec = json_get(object, STR("spec"));
    str restart = or_empty(json_str(json_get(spec, STR("restartPolicy"))));
    check_pod_spec(spec, STR("spec"), causes);
    if (!str_eq(restart, STR("Always")) && !str_eq(restart, STR("OnFailure")) &&
        !str_eq(restart, STR("Never")))
        cause_unsupported(causes, "spec.restartPolicy", restart,
                          "\"Always\", \"OnFailure\", \"Never\"");
    if (json_is_absent(old))
        return;
    json before = fixed_part(json_get(old, STR("spec"))), after = fixed_part(spec);
    if (!json_equal(before, after))
        cause_forbidden(
            causes, "spec",
            "pod updates may not change fields other than "
            "`spec.containers[*].image`,`spec.initContainers[*].image`,"
            "`spec.activeDeadlineSeconds`,`spec.tolerations` (only additions to "
            "existing tolerations),`spec.terminationGracePeriodSeconds` (allow it to be "
            "set to 1 if it was previously negative)");
    json_unref(before);
    json_unref(after);
}
