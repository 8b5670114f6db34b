/* What belongs to a cluster: node groups and Fargate profiles. Both live alike, so one row of
 * `kinds` says in what they differ: names in JSON, SQL, texts, and how a request becomes a body.
 *
 * To add a kind: its table in store/schema.c, its shape in shapes.c, a row here, its operations in
 * routes.c. */
#include "control_private.h"

enum { SELECTORS_LABELS_MAX = 5 }; /* Source: CreateFargateProfile, "selectors" */

struct kind;
typedef bool kind_check(struct store_connection *c, const struct cluster_row *cluster, json r,
                        struct err *err);
typedef bool kind_refusal(str name, str cluster, struct err *err);
typedef json kind_body(const struct call *call, const struct cluster_row *cluster, json r, str arn);

struct kind {
    str name_key;   /* in requests and bodies */
    str answer_key; /* of one */
    str list_key;   /* of many names */
    const char *arn_type;
    kind_refusal *missing, *exists;
    const struct shape *shape;
    kind_check *create_check, *delete_check;
    kind_body *body;
    str *(*name_in)(struct call *call); /* where an error's body finds it */
    const char *sql_find, *sql_insert, *sql_list, *sql_status;
};

/* -- node groups -- */

static bool scaling_check(json scaling, struct err *err)
{
    int64_t min = 2, max = 2, desired = 2;
    (void)json_get_int64(scaling, STR("minSize"), &min);
    (void)json_get_int64(scaling, STR("maxSize"), &max);
    (void)json_get_int64(scaling, STR("desiredSize"), &desired);
    if (json_is_absent(scaling) || (min <= desired && desired <= max))
        return true;
    if (min > max) // ASSUMPTION: both texts
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "Minimum capacity %d can't be greater than"
                       " maximum size %d",
                       (int)min, (int)max);
    return err_set(err, ERR_EKS_INVALID_PARAMETER,
                   "desired capacity %d must be between minimum size %d and maximum size %d",
                   (int)desired, (int)min, (int)max);
}

static bool nodegroup_check(struct store_connection *c, const struct cluster_row *cluster, json r,
                            struct err *err)
{
    (void)c;
    (void)cluster;
    bool templated = !json_is_absent(json_get(r, STR("launchTemplate")));
    json update = json_get(r, STR("updateConfig"));
    if (templated && !json_is_absent(json_get(r, STR("diskSize"))))
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "Disk size must be specified within the launch template.");
    if (templated && !json_is_absent(json_get(r, STR("remoteAccess"))))
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "Remote access configuration cannot be specified with a launch template.");
    if (!json_is_absent(json_get(update, STR("maxUnavailable"))) &&
        !json_is_absent(json_get(update, STR("maxUnavailablePercentage")))) // ASSUMPTION: the text
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "maxUnavailable and maxUnavailablePercentage cannot both be specified.");
    return scaling_check(json_get(r, STR("scalingConfig")), err);
}

static json scaling_default(void)
{
    json scaling = json_object(3);
    json_build_put(&scaling, STR("minSize"), json_integer(2));
    json_build_put(&scaling, STR("maxSize"), json_integer(2));
    json_build_put(&scaling, STR("desiredSize"), json_integer(2));
    return scaling;
}

/* Members left out of a scalingConfig have their defaults. */
static json scaling_response(json asked)
{
    json all = scaling_default();
    for (size_t i = 0; i < json_len(asked); i++)
        json_build_put(&all, json_key_at(asked, i), json_ref(json_value_at(asked, i)));
    return all;
}

static json array_of_one(json v_taken)
{
    json array = json_array(1);
    json_build_push(&array, v_taken);
    return array;
}

static json no_issues(void)
{
    json health = json_object(1);
    json_build_put(&health, STR("issues"), json_array(0));
    return health;
}

static json one_unavailable(void)
{
    json config = json_object(1);
    json_build_put(&config, STR("maxUnavailable"), json_integer(1));
    return config;
}

static json nodegroup_resources(const struct call *call, str name)
{
    json resources = json_object(1), group = json_object(1);
    json_build_put(&group, STR("name"), json_printf("eks-%.*s-%s", STR_ARG(name), call->uuid));
    json_build_put(&resources, STR("autoScalingGroups"), array_of_one(group));
    return resources;
}

static json nodegroup_body(const struct call *call, const struct cluster_row *cluster, json r,
                           str arn)
{
    bool templated = !json_is_absent(json_get(r, STR("launchTemplate")));
    json b = json_object(24);
    json version = asked_or(r, STR("version"), json_ref(json_get(cluster->body, STR("version"))));
    json_build_put(&b, STR("nodegroupName"), json_ref(json_get(r, STR("nodegroupName"))));
    json_build_put(&b, STR("nodegroupArn"), json_string(arn));
    json_build_put(&b, STR("clusterName"), json_string(cluster->name));
    json_build_put(&b, STR("releaseVersion"),
                   asked_or(r, STR("releaseVersion"),
                            json_printf("%.*s.0-20250101", STR_ARG(json_str(version)))));
    json_build_put(&b, STR("version"), version);
    json_build_put(&b, STR("createdAt"), json_epoch_s(call->now_ms));
    json_build_put(&b, STR("modifiedAt"), json_epoch_s(call->now_ms));
    json_build_put(&b, STR("status"), json_string(STR("CREATING")));
    json_build_put(&b, STR("capacityType"),
                   asked_or(r, STR("capacityType"), json_string(STR("ON_DEMAND"))));
    json_build_put(&b, STR("scalingConfig"), scaling_response(json_get(r, STR("scalingConfig"))));
    json_build_put(&b, STR("instanceTypes"),
                   asked_or(r, STR("instanceTypes"), array_of_one(json_string(STR("t3.medium")))));
    json_build_put(&b, STR("subnets"), json_ref(json_get(r, STR("subnets"))));
    put_asked(&b, r, STR("remoteAccess"));
    json_build_put(&b, STR("amiType"),
                   asked_or(r, STR("amiType"), json_string(STR("AL2023_x86_64_STANDARD"))));
    json_build_put(&b, STR("nodeRole"), json_ref(json_get(r, STR("nodeRole"))));
    json_build_put(&b, STR("labels"), asked_or(r, STR("labels"), json_object(0)));
    put_asked(&b, r, STR("taints"));
    json_build_put(&b, STR("resources"),
                   nodegroup_resources(call, json_str(json_get(r, STR("nodegroupName")))));
    if (!templated)
        json_build_put(&b, STR("diskSize"), asked_or(r, STR("diskSize"), json_integer(20)));
    json_build_put(&b, STR("health"), no_issues());
    json_build_put(&b, STR("updateConfig"), asked_or(r, STR("updateConfig"), one_unavailable()));
    put_asked(&b, r, STR("nodeRepairConfig"));
    put_asked(&b, r, STR("launchTemplate"));
    json_build_put(&b, STR("tags"), asked_or(r, STR("tags"), json_object(0)));
    put_asked(&b, r, STR("warmPoolConfig"));
    return b;
}

static bool nodegroup_missing(str name, str cluster, struct err *err)
{
    (void)cluster;
    return err_set(err, ERR_EKS_RESOURCE_NOT_FOUND, "No node group found for name: %.*s.",
                   STR_ARG(name));
}

static bool nodegroup_exists(str name, str cluster, struct err *err)
{
    return err_set(err, ERR_EKS_RESOURCE_IN_USE,
                   "NodeGroup already exists with name %.*s and cluster name %.*s", STR_ARG(name),
                   STR_ARG(cluster));
}

static str *nodegroup_name_in(struct call *call)
{
    return &call->nodegroup_name;
}

/* -- Fargate profiles -- */

static bool selector_check(json selector, struct err *err)
{
    if (json_str(json_get(selector, STR("namespace"))).len == 0)
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "Fargate Profile must have at least one selector with at least one namespace"
                       " value.");
    if (json_len(json_get(selector, STR("labels"))) > SELECTORS_LABELS_MAX)
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "Request contains Selector with more than %d Label pairs",
                       SELECTORS_LABELS_MAX);
    return true;
}

/* Lends the name of a profile of the cluster in that status, other than `but`, from a. */
static bool profile_in_status(struct store_connection *c, struct arena *a, str cluster, str status,
                              str but, str *name, struct err *err)
{
    static const char sql[] = "SELECT name FROM fargate_profiles"
                              " WHERE cluster = ?1 AND status = ?2 AND name <> ?3 LIMIT 1";
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_str(q, 1, cluster);
    store_bind_str(q, 2, status);
    store_bind_str(q, 3, but);
    enum store_row step = store_step(c, q, err);
    bool ok = step != STORE_ROW_ERROR;
    *name = STR_NONE;
    if (step == STORE_ROW)
        ok = store_column_copy(q, 0, a, name, err);
    store_finish(q);
    return ok;
}

enum { NAME_ARENA_BYTES = 4096 };

/* One profile of a cluster at a time may be DELETING, and meanwhile none is made. */
static bool none_deleting(struct store_connection *c, str cluster, const char *verb, str name,
                          struct err *err)
{
    struct arena a;
    str other;
    arena_init(&a, NAME_ARENA_BYTES);
    bool ok = profile_in_status(c, &a, cluster, STR("DELETING"), name, &other, err);
    if (ok && other.ptr)
        ok = err_set(err, ERR_EKS_RESOURCE_IN_USE,
                     "Cannot %s Fargate Profile %.*s because cluster %.*s currently has Fargate"
                     " profile %.*s in status DELETING",
                     verb, STR_ARG(name), STR_ARG(cluster), STR_ARG(other));
    arena_release(&a);
    return ok;
}

static bool profile_check(struct store_connection *c, const struct cluster_row *cluster, json r,
                          struct err *err)
{
    json selectors = json_get(r, STR("selectors"));
    if (json_len(selectors) == 0)
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "Fargate Profile requires at least one selector.");
    for (size_t i = 0; i < json_len(selectors); i++)
        if (!selector_check(json_at(selectors, i), err))
            return false;
    return none_deleting(c, cluster->name, "Create",
                         json_str(json_get(r, STR("fargateProfileName"))), err);
}

static bool profile_delete_check(struct store_connection *c, const struct cluster_row *cluster,
                                 json body, struct err *err)
{
    return none_deleting(c, cluster->name, "Delete",
                         json_str(json_get(body, STR("fargateProfileName"))), err);
}

static json profile_body(const struct call *call, const struct cluster_row *cluster, json r,
                         str arn)
{
    json b = json_object(10);
    json_build_put(&b, STR("fargateProfileName"), json_ref(json_get(r, STR("fargateProfileName"))));
    json_build_put(&b, STR("fargateProfileArn"), json_string(arn));
    json_build_put(&b, STR("clusterName"), json_string(cluster->name));
    json_build_put(&b, STR("createdAt"), json_epoch_s(call->now_ms));
    json_build_put(&b, STR("podExecutionRoleArn"),
                   json_ref(json_get(r, STR("podExecutionRoleArn"))));
    json_build_put(&b, STR("subnets"), asked_or(r, STR("subnets"), json_array(0)));
    json_build_put(&b, STR("selectors"), json_ref(json_get(r, STR("selectors"))));
    json_build_put(&b, STR("status"), json_string(STR("CREATING")));
    json_build_put(&b, STR("tags"), asked_or(r, STR("tags"), json_object(0)));
    json_build_put(&b, STR("health"), no_issues());
    return b;
}

static bool profile_missing(str name, str cluster, struct err *err)
{
    (void)cluster;
    return err_set(err, ERR_EKS_RESOURCE_NOT_FOUND, "No Fargate Profile found with name: %.*s.",
                   STR_ARG(name));
}

static bool profile_exists(str name, str cluster, struct err *err)
{
    (void)name;
    (void)cluster;
    return err_set(err, ERR_EKS_RESOURCE_IN_USE,
                   "A Fargate Profile already exists with this name in this cluster.");
}

static str *profile_name_in(struct call *call)
{
    return &call->profile_name;
}

/* clang-format off */
#define SQL_OF(table)                                                                              \
    "SELECT status, body, request FROM " table " WHERE cluster = ?1 AND name = ?2",                \
    "INSERT INTO " table "(cluster, name, arn, status, body, request, due_ms)"                     \
    " VALUES(?1, ?2, ?3, 'CREATING', ?4, ?5, ?6)",                                                 \
    "SELECT name FROM " table " WHERE cluster = ?1 AND name > ?2 ORDER BY name LIMIT ?3",          \
    "UPDATE " table " SET status = 'DELETING', body = ?3, due_ms = ?4"                             \
    " WHERE cluster = ?1 AND name = ?2"

static const struct kind nodegroups = {
    STR_INIT("nodegroupName"), STR_INIT("nodegroup"), STR_INIT("nodegroups"), "nodegroup",
    nodegroup_missing, nodegroup_exists, shape_create_nodegroup, nodegroup_check, NULL,
    nodegroup_body, nodegroup_name_in, SQL_OF("nodegroups")};
static const struct kind profiles = {
    STR_INIT("fargateProfileName"), STR_INIT("fargateProfile"), STR_INIT("fargateProfileNames"),
    "fargateprofile", profile_missing, profile_exists, shape_create_profile, profile_check,
    profile_delete_check, profile_body, profile_name_in, SQL_OF("fargate_profiles")};
/* clang-format on */

/* -- what both share -- */

struct child {
    str status, request;
    json body; /* given */
};

static bool child_find(const struct kind *k, struct call *call, struct store_connection *c,
                       str name, struct child *out, bool *found, struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, k->sql_find, err);
    if (!q)
        return false;
    store_bind_str(q, 1, call->cluster_name);
    store_bind_str(q, 2, name);
    enum store_row step = store_step(c, q, err);
    bool ok = step != STORE_ROW_ERROR;
    *found = step == STORE_ROW;
    if (*found)
        ok = store_column_copy(q, 0, call->arena, &out->status, err) &&
             store_column_copy(q, 2, call->arena, &out->request, err) &&
             json_parse(store_column_str(q, 1), &out->body, err);
    store_finish(q);
    return ok;
}

static bool answer_child(const struct kind *k, struct call *call, json body, struct err *err)
{
    json answer = json_object(1);
    json_build_put(&answer, k->answer_key, json_ref(body));
    if (json_is_absent(answer))
        return no_memory(err);
    call->answer = answer;
    return true;
}

static bool create_repeated(const struct kind *k, struct call *call, const struct child *there,
                            str name, json r, struct err *err)
{
    bool repeated;
    if (!request_is_repeated(there->request, r, &repeated, err))
        return false;
    return repeated ? answer_child(k, call, there->body, err)
                    : k->exists(name, call->cluster_name, err);
}

static bool child_insert(const struct kind *k, struct call *call, struct store_connection *c,
                         const struct cluster_row *cluster, str name, json r, struct err *err)
{
    str arn = arena_printf(call->arena, "arn:aws:eks:%s:%s:%s/%.*s/%.*s/%s", call->control->region,
                           call->control->account, k->arn_type, STR_ARG(cluster->name),
                           STR_ARG(name), call->uuid);
    str request = request_text(call, r, err);
    json body = k->body(call, cluster, r, arn);
    str text = json_text(body);
    int64_t due_ms = call->now_ms + call->control->create_ms;
    bool ok = request.ptr != NULL;
    if (ok && (!arn.ptr || !text.ptr))
        ok = no_memory(err);
    struct sqlite3_stmt *q = ok ? store_statement(c, k->sql_insert, err) : NULL;
    ok = ok && q;
    if (ok) {
        store_bind_str(q, 1, cluster->name);
        store_bind_str(q, 2, name);
        store_bind_str(q, 3, arn);
        store_bind_str(q, 4, text);
        store_bind_str(q, 5, request);
        store_bind_int(q, 6, due_ms);
        ok = store_run(c, q, err) && answer_child(k, call, body, err);
        call->due_ms = due_ms;
    }
    str_free(text);
    json_unref(body);
    return ok;
}

static bool child_create(const struct kind *k, struct call *call, struct store_connection *c,
                         struct err *err)
{
    struct cluster_row cluster = {.body = json_absent()};
    struct child there = {.body = json_absent()};
    json r = json_absent();
    bool found = false;
    call->cluster_name = call->label[0];
    if (!shape_check(k->shape, call->body, &r, err))
        return false;
    str name = json_str(json_get(call->body, k->name_key)); // lent for as long as the call lives
    *k->name_in(call) = name;
    bool ok = cluster_row_get(c, call->arena, call->cluster_name, &cluster, err) &&
              child_find(k, call, c, name, &there, &found, err);
    if (ok && found)
        ok = create_repeated(k, call, &there, name, r, err);
    else if (ok && !str_eq(cluster.status, STR("ACTIVE")))
        ok = err_set(err, ERR_EKS_INVALID_REQUEST, "Cluster '%.*s' is not in ACTIVE status",
                     STR_ARG(cluster.name));
    else if (ok)
        ok = k->create_check(c, &cluster, r, err) &&
             child_insert(k, call, c, &cluster, name, r, err);
    json_unref(there.body);
    cluster_row_release(&cluster);
    json_unref(r);
    return ok;
}

/* Finds the cluster and the child that a path names, each with its own refusal. */
static bool child_get(const struct kind *k, struct call *call, struct store_connection *c,
                      struct cluster_row *cluster, struct child *out, struct err *err)
{
    bool found = false;
    call->cluster_name = call->label[0];
    *k->name_in(call) = call->label[1];
    return cluster_row_get(c, call->arena, call->cluster_name, cluster, err) &&
           child_find(k, call, c, call->label[1], out, &found, err) &&
           (found || k->missing(call->label[1], call->cluster_name, err));
}

static bool child_describe(const struct kind *k, struct call *call, struct store_connection *c,
                           struct err *err)
{
    struct cluster_row cluster = {.body = json_absent()};
    struct child there = {.body = json_absent()};
    bool ok =
        child_get(k, call, c, &cluster, &there, err) && answer_child(k, call, there.body, err);
    json_unref(there.body);
    cluster_row_release(&cluster);
    return ok;
}

static bool child_list(const struct kind *k, struct call *call, struct store_connection *c,
                       struct err *err)
{
    struct cluster_row cluster = {.body = json_absent()};
    int64_t limit;
    str after;
    call->cluster_name = call->label[0];
    bool ok = cluster_row_get(c, call->arena, call->cluster_name, &cluster, err);
    cluster_row_release(&cluster);
    if (!ok || !page_limits(call, &limit, &after, err))
        return false;
    struct sqlite3_stmt *q = store_statement(c, k->sql_list, err);
    if (!q)
        return false;
    store_bind_str(q, 1, call->cluster_name);
    store_bind_str(q, 2, after);
    store_bind_int(q, 3, limit + 1);
    return page_answer(call, c, q, k->list_key, limit, err);
}

static bool child_mark_deleting(const struct kind *k, struct call *call, struct store_connection *c,
                                struct child *there, struct err *err)
{
    json body = json_with(there->body, STR("status"), json_string(STR("DELETING")));
    json_unref(there->body);
    there->body = body;
    str text = json_text(body);
    if (!text.ptr)
        return no_memory(err);
    struct sqlite3_stmt *q = store_statement(c, k->sql_status, err);
    bool ok = q != NULL;
    if (ok) {
        call->due_ms = call->now_ms + call->control->delete_ms;
        store_bind_str(q, 1, call->cluster_name);
        store_bind_str(q, 2, call->label[1]);
        store_bind_str(q, 3, text);
        store_bind_int(q, 4, call->due_ms);
        ok = store_run(c, q, err);
    }
    str_free(text);
    return ok;
}

static bool child_delete(const struct kind *k, struct call *call, struct store_connection *c,
                         struct err *err)
{
    struct cluster_row cluster = {.body = json_absent()};
    struct child there = {.body = json_absent()};
    bool ok = child_get(k, call, c, &cluster, &there, err);
    // ASSUMPTION: a second deletion answers the resource again, as for clusters.
    if (ok && !str_eq(there.status, STR("DELETING")))
        ok = (!k->delete_check || k->delete_check(c, &cluster, there.body, err)) &&
             child_mark_deleting(k, call, c, &there, err);
    ok = ok && answer_child(k, call, there.body, err);
    json_unref(there.body);
    cluster_row_release(&cluster);
    return ok;
}

/* -- the operations -- */

bool nodegroup_create(struct call *call, struct store_connection *c, struct err *err)
{
    return child_create(&nodegroups, call, c, err);
}

bool nodegroup_describe(struct call *call, struct store_connection *c, struct err *err)
{
    return child_describe(&nodegroups, call, c, err);
}

bool nodegroup_list(struct call *call, struct store_connection *c, struct err *err)
{
    return child_list(&nodegroups, call, c, err);
}

bool nodegroup_delete(struct call *call, struct store_connection *c, struct err *err)
{
    return child_delete(&nodegroups, call, c, err);
}

bool profile_create(struct call *call, struct store_connection *c, struct err *err)
{
    return child_create(&profiles, call, c, err);
}

bool profile_describe(struct call *call, struct store_connection *c, struct err *err)
{
    return child_describe(&profiles, call, c, err);
}

bool profile_list(struct call *call, struct store_connection *c, struct err *err)
{
    return child_list(&profiles, call, c, err);
}

bool profile_delete(struct call *call, struct store_connection *c, struct err *err)
{
    return child_delete(&profiles, call, c, err);
}

static bool any(struct store_connection *c, const char *sql, str cluster, bool *found,
                struct err *err)
{
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_str(q, 1, cluster);
    enum store_row step = store_step(c, q, err);
    store_finish(q);
    *found = step == STORE_ROW;
    return step != STORE_ROW_ERROR;
}

bool children_none(struct store_connection *c, str cluster, struct err *err)
{
    bool found;
    if (!any(c, "SELECT 1 FROM nodegroups WHERE cluster = ?1 LIMIT 1", cluster, &found, err))
        return false;
    if (found)
        return err_set(err, ERR_EKS_RESOURCE_IN_USE, "Cluster has nodegroups attached");
    if (!any(c, "SELECT 1 FROM fargate_profiles WHERE cluster = ?1 LIMIT 1", cluster, &found, err))
        return false;
    return !found || err_set(err, ERR_EKS_RESOURCE_IN_USE,
                             "Cluster has Fargate Profiles in ACTIVE/CREATING state");
}
