/* Checks that kinds share: names, labels; and those of the small kinds.
 * Source: k8s.io/apimachinery, pkg/util/validation; kubernetes/kubernetes,
 * pkg/apis/core/validation.
 */
#include "edit_private.h"
#include "status_private.h"

#include <stdio.h>

enum {
    NAME_MAX_BYTES = 253,
    LABEL_MAX_BYTES = 63,
    FIELD_MAX = 256,
    DATA_MAX_BYTES = 1048576, /* Source: core/v1, MaxSecretSize */
};

static bool is_lower_alnum(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static bool is_alnum(char c)
{
    return is_lower_alnum(c) || (c >= 'A' && c <= 'Z');
}

/* [a-z0-9]([-a-z0-9]*[a-z0-9])? */
static bool is_dns_label(str s)
{
    if (s.len == 0 || !is_lower_alnum(s.ptr[0]) || !is_lower_alnum(s.ptr[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_lower_alnum(s.ptr[i]) && s.ptr[i] != '-')
            return false;
    return true;
}

static bool is_subdomain(str s)
{
    if (s.len == 0)
        return false;
    while (s.ptr)
        if (!is_dns_label(str_cut(&s, '.')))
            return false;
    return true;
}

void check_name(enum name_rule rule, str name, struct causes *causes)
{
    static const char subdomain[] =
        "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
        "'.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used "
        "for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')";
    static const char label[] =
        "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
        "must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex "
        "used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
    static const char label_1035[] =
        "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
        "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or "
        "'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
    size_t max = rule == NAME_SUBDOMAIN ? NAME_MAX_BYTES : LABEL_MAX_BYTES;
    const char *field = "metadata.name";
    if (name.len > max)
        cause_invalid_str(causes, field, name,
                          max == NAME_MAX_BYTES ? "must be no more than 253 characters"
                                                : "must be no more than 63 characters");
    switch (rule) {
    case NAME_SUBDOMAIN:
        if (!is_subdomain(name))
            cause_invalid_str(causes, field, name, subdomain);
        return;
    case NAME_LABEL:
        if (!is_dns_label(name))
            cause_invalid_str(causes, field, name, label);
        return;
    case NAME_LABEL_1035:
        if (!is_dns_label(name) || (name.ptr[0] >= '0' && name.ptr[0] <= '9'))
            cause_invalid_str(causes, field, name, label_1035);
        return;
    }
}

/* ([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9] */
static bool is_qualified_part(str s)
{
    if (!s.ptr || s.len == 0 || s.len > LABEL_MAX_BYTES || !is_alnum(s.ptr[0]) ||
        !is_alnum(s.ptr[s.len - 1]))
        return false;
    for (size_t i = 0; i < s.len; i++)
        if (!is_alnum(s.ptr[i]) && s.ptr[i] != '-' && s.ptr[i] != '_' && s.ptr[i] != '.')
            return false;
    return true;
}

static bool is_qualified_name(str key)
{
    size_t slash = str_find_char(key, 0, '/');
    if (slash == key.len)
        return is_qualified_part(key);
    return slash <= NAME_MAX_BYTES && is_subdomain(str_sub(key, 0, slash)) &&
           is_qualified_part(str_skip(key, slash + 1));
}

void check_labels(json labels, str path, struct causes *causes)
{
    static const char bad_key[] =
        "name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end "
        "with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used "
        "for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    static const char bad_value[] =
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or "
        "'.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or "
        "'my_value',  or '12345', regex used for validation is "
        "'(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')";
    char field[FIELD_MAX];
    (void)snprintf(field, sizeof(field), "%.*s", STR_ARG(path));
    for (size_t i = 0; i < json_len(labels); i++) {
        str key = json_key_at(labels, i), value = or_empty(json_str(json_value_at(labels, i)));
        if (!is_qualified_name(key))
            cause_invalid_str(causes, field, key, bad_key);
        if (value.len > LABEL_MAX_BYTES)
            cause_invalid_str(causes, field, value, "must be no more than 63 characters");
        else if (value.len > 0 && !is_qualified_part(value))
            cause_invalid_str(causes, field, value, bad_value);
    }
}

/* -- config maps and secrets -- */

static bool is_config_key(str key)
{
    if (key.len == 0 || key.len > NAME_MAX_BYTES || str_eq(key, STR(".")) ||
        str_starts(key, STR("..")))
        return false;
    for (size_t i = 0; i < key.len; i++)
        if (!is_alnum(key.ptr[i]) && key.ptr[i] != '-' && key.ptr[i] != '_' && key.ptr[i] != '.')
            return false;
    return true;
}

static size_t check_data(json data, const char *name, struct causes *causes)
{
    static const char bad_key[] =
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g. "
        "'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is '[-._a-zA-Z0-9]+')";
    char field[FIELD_MAX];
    size_t total = 0;
    for (size_t i = 0; i < json_len(data); i++) {
        str key = json_key_at(data, i);
        if (!is_config_key(key)) {
            (void)snprintf(field, sizeof(field), "%s[%.*s]", name,
                           (int)(key.len < 128 ? key.len : 128), key.ptr);
            cause_invalid_str(causes, field, key, bad_key);
        }
        total += or_empty(json_str(json_value_at(data, i))).len;
    }
    return total;
}

static void check_immutable(json object, json old, struct causes *causes)
{
    bool fixed = false;
    static const char *const kept[] = {"data", "binaryData", "immutable", NULL};
    if (!json_get_bool(old, STR("immutable"), &fixed) || !fixed)
        return;
    for (const char *const *key = kept; *key; key++) {
        str k = str_from_c(*key);
        json before = json_get(old, k), after = json_get(object, k);
        bool same = json_is_absent(before) ? json_is_absent(after) : json_equal(before, after);
        if (!same)
            cause_forbidden(causes, *key, "field is immutable when `immutable` is set");
    }
}

void check_configmap(json object, json old, struct causes *causes)
{
    size_t total = check_data(json_get(object, STR("data")), "data", causes) +
                   check_data(json_get(object, STR("binaryData")), "binaryData", causes);
    if (total > DATA_MAX_BYTES)
        cause_invalid(causes, "", STR("data"), "Too long: may not be more than 1048576 bytes");
    check_immutable(object, old, causes);
}

void check_secret(json object, json old, struct causes *causes)
{
    size_t total = check_data(json_get(object, STR("data")), "data", causes);
    if (total / 4 * 3 > DATA_MAX_BYTES)
        cause_invalid(causes, "data", STR("data"), "Too long: may not be more than 1048576 bytes");
    if (!json_is_absent(old) &&
        !json_equal(json_get(object, STR("type")), json_get(old, STR("type"))))
        cause_invalid_str(causes, "type", or_empty(json_str(json_get(object, STR("type")))),
                          "field is immutable");
    check_immutable(object, old, causes);
}

void check_service(json object, json old, struct causes *causes)
{
    json spec = json_get(object, STR("spec")), ports = json_get(spec, STR("ports"));
    bool external = str_eq(json_str(json_get(spec, STR("type"))), STR("ExternalName"));
    bool headless = str_eq(json_str(json_get(spec, STR("clusterIP"))), STR("None"));
    char field[FIELD_MAX];
    (void)old;
    if (json_len(ports) == 0 && !external && !headless)
        cause_required(causes, "spec.ports", "");
    for (size_t i = 0; i < json_len(ports); i++) {
        int64_t port = 0;
        (void)json_get_int64(json_at(ports, i), STR("port"), &port);
        (void)snprintf(field, sizeof(field), "spec.ports[%zu].port", i);
        if (port < 1 || port > 65535)
            cause_invalid(causes, field, STR("0"), "must be between 1 and 65535, inclusive");
    }
}
