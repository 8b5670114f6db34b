/* DescribeClusterVersions, and which Kubernetes versions a cluster may ask for.
 *
 * To add a version: a row. Source of the dates: Amazon EKS User Guide, "Amazon EKS Kubernetes
 * release calendar"; where it has none yet the date is 0 and left out. */
#include "control_private.h"

struct version {
    str name;
    int64_t released_s, standard_end_s, extended_end_s; /* since the epoch, midnight UTC */
};

static const struct version rows[] = {
    {STR_INIT("1.28"), 1695686400, 1732579200, 1764115200}, // 2023-09-26, 2024-11-26, 2025-11-26
    {STR_INIT("1.29"), 1705968000, 1742688000, 1774224000}, // 2024-01-23, 2025-03-23, 2026-03-23
    {STR_INIT("1.30"), 1716422400, 1753228800, 1784764800}, // 2024-05-23, 2025-07-23, 2026-07-23
    {STR_INIT("1.31"), 1727308800, 1764115200, 1795651200}, // 2024-09-26, 2025-11-26, 2026-11-26
    {STR_INIT("1.32"), 1737590400, 1774224000, 1805760000}, // 2025-01-23, 2026-03-23, 2027-03-23
    {STR_INIT("1.33"), 1748476800, 1785283200, 1816819200}, // 2025-05-29, 2026-07-29, 2027-07-29
    {STR_INIT("1.34"), 1759363200, 1796169600, 1827705600}, // 2025-10-02, 2026-12-02, 2027-12-02
    {STR_INIT("1.35"), 0,          0,          0         },
    {STR_INIT("1.36"), 0,          0,          0         },
    {STR_INIT("1.37"), 0,          0,          0         },
};
enum { ROWS_COUNT = sizeof rows / sizeof *rows };

bool version_is_known(str version)
{
    for (size_t i = 0; i < ROWS_COUNT; i++)
        if (str_eq(rows[i].name, version))
            return true;
    return false;
}

/* In both spellings: the older member `status` has lower case. */
static const char *status_of(const struct version *v, int64_t now_ms, const char **old)
{
    int64_t now_s = now_ms / MS_PER_S;
    if (v->standard_end_s == 0 || now_s < v->standard_end_s) {
        *old = "standard-support";
        return "STANDARD_SUPPORT";
    }
    if (now_s < v->extended_end_s) {
        *old = "extended-support";
        return "EXTENDED_SUPPORT";
    }
    *old = "unsupported";
    return "UNSUPPORTED";
}

static void put_date(json *object, str key, int64_t s)
{
    if (s != 0)
        json_build_put(object, key, json_integer(s));
}

static json version_json(const struct version *v, str default_version, int64_t now_ms)
{
    json o = json_object(9);
    const char *old, *status = status_of(v, now_ms, &old);
    json_build_put(&o, STR("clusterVersion"), json_string(v->name));
    json_build_put(&o, STR("clusterType"), json_string(STR("eks")));
    json_build_put(&o, STR("defaultPlatformVersion"), json_string(STR("eks.1")));
    json_build_put(&o, STR("defaultVersion"), json_bool(str_eq(v->name, default_version)));
    put_date(&o, STR("releaseDate"), v->released_s);
    put_date(&o, STR("endOfStandardSupportDate"), v->standard_end_s);
    put_date(&o, STR("endOfExtendedSupportDate"), v->extended_end_s);
    json_build_put(&o, STR("status"), json_string(str_from_c(old)));
    json_build_put(&o, STR("versionStatus"), json_string(str_from_c(status)));
    json_build_put(&o, STR("kubernetesPatchVersion"), json_printf("%.*s.0", STR_ARG(v->name)));
    return o;
}

/* The version is named by the query, or the query names none. */
static bool is_asked(const struct call *call, str version)
{
    bool named = false;
    for (size_t i = 0; i < call->query_count; i++) {
        if (!str_eq(call->query[i].name, STR("clusterVersions")))
            continue;
        if (str_eq(call->query[i].value, version))
            return true;
        named = true;
    }
    return !named;
}

static bool query_is(const struct call *call, str name, const char *value, bool absent)
{
    str text;
    if (!url_query_find(call->query, call->query_count, name, &text))
        return absent;
    return str_eq(text, str_from_c(value));
}

bool versions_describe(struct call *call, struct store_connection *c, struct err *err)
{
    (void)c;
    json list = json_array(ROWS_COUNT), answer = json_object(1);
    str default_version = str_from_c(call->control->version);
    bool only_default = query_is(call, STR("defaultOnly"), "true", false);
    bool all = query_is(call, STR("includeAll"), "true", false);
    for (size_t i = ROWS_COUNT; i-- > 0;) {
        const struct version *v = &rows[i];
        const char *old, *status = status_of(v, call->now_ms, &old);
        bool shown = is_asked(call, v->name) &&
                     (!only_default || str_eq(v->name, default_version)) &&
                     (all || !str_eq(str_from_c(status), STR("UNSUPPORTED"))) &&
                     query_is(call, STR("versionStatus"), status, true) &&
                     query_is(call, STR("status"), old, true);
        if (shown)
            json_build_push(&list, version_json(v, default_version, call->now_ms));
    }
    json_build_put(&answer, STR("clusterVersions"), list);
    if (json_is_absent(answer))
        return no_memory(err);
    call->answer = answer;
    return true;
}
