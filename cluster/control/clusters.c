/* CreateCluster, DescribeCluster, ListClusters, DeleteCluster.
 *
 *     CREATING --create_ms--> ACTIVE --DeleteCluster--> DELETING --delete_ms--> gone
 *         \-- the assembly could not provision it --> FAILED --^
 *
 * The row's body is EKS's own cluster object; status stands beside it to be asked for by SQL.
 * Source: Amazon EKS API Reference, CreateCluster, DeleteCluster, Cluster. */
#include "control_private.h"

static const int ID_HEX_DIGITS = 17; /* of vpc-… and sg-… ids */

static bool name_is_right(str name)
{
    for (size_t i = 0; i < name.len; i++) {
        char ch = name.ptr[i];
        bool alnum =
            (ch >= '0' && ch <= '9') || (ch >= 'A' && ch <= 'Z') || (ch >= 'a' && ch <= 'z');
        if (!alnum && (i == 0 || (ch != '-' && ch != '_')))
            return false;
    }
    return name.len > 0;
}

static size_t distinct(json texts)
{
    size_t count = 0;
    for (size_t i = 0; i < json_len(texts); i++) {
        bool seen = false;
        for (size_t j = 0; j < i && !seen; j++)
            seen = json_equal(json_at(texts, i), json_at(texts, j));
        count += !seen;
    }
    return count;
}

static bool create_check(json r, struct err *err)
{
    str name = json_str(json_get(r, STR("name")));
    json tags = json_get(r, STR("tags"));
    if (!name_is_right(name))
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "The cluster name '%.*s' must match ^[0-9A-Za-z][A-Za-z0-9\\-_]*",
                       STR_ARG(name));
    if (distinct(json_get_path(r, "resourcesVpcConfig", "subnetIds", NULL)) < 2)
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "Subnets specified must be in at least two different AZs");
    for (size_t i = 0; i < json_len(tags); i++)
        if (str_starts(json_key_at(tags, i), STR("aws:")))
            return err_set(err, ERR_EKS_INVALID_PARAMETER,
                           "Tag keys must not start with the reserved prefix 'aws:'.");
    if (!json_is_absent(json_get(r, STR("outpostConfig"))))
        return err_set(err, ERR_EKS_UNSUPPORTED,
                       "stepd has no clusters on Outposts: outpostConfig is not supported.");
    return true;
}

static json vpc_response(const struct call *call, json asked)
{
    json vpc = json_object(7), everywhere = json_array(1);
    json_build_push(&everywhere, json_string(STR("0.0.0.0/0")));
    json_build_put(&vpc, STR("subnetIds"), json_ref(json_get(asked, STR("subnetIds"))));
    json_build_put(&vpc, STR("securityGroupIds"),
                   asked_or(asked, STR("securityGroupIds"), json_array(0)));
    json_build_put(&vpc, STR("clusterSecurityGroupId"),
                   json_printf("sg-%.*s", ID_HEX_DIGITS, call->hex));
    json_build_put(&vpc, STR("vpcId"), json_printf("vpc-%.*s", ID_HEX_DIGITS, call->hex2));
    json_build_put(&vpc, STR("endpointPublicAccess"),
                   asked_or(asked, STR("endpointPublicAccess"), json_bool(true)));
    json_build_put(&vpc, STR("endpointPrivateAccess"),
                   asked_or(asked, STR("endpointPrivateAccess"), json_bool(false)));
    json_build_put(&vpc, STR("publicAccessCidrs"),
                   asked_or(asked, STR("publicAccessCidrs"), everywhere));
    return vpc;
}

static json enabled_flag(bool enabled)
{
    json flag = json_object(1);
    json_build_put(&flag, STR("enabled"), json_bool(enabled));
    return flag;
}

static json network_response(json asked)
{
    json network = json_object(4);
    json family = asked_or(asked, STR("ipFamily"), json_string(STR("ipv4")));
    bool v6 = str_eq(json_str(family), STR("ipv6"));
    json_build_put(&network, STR("serviceIpv4Cidr"),
                   asked_or(asked, STR("serviceIpv4Cidr"), json_string(STR("10.100.0.0/16"))));
    if (v6)
        json_build_put(&network, STR("serviceIpv6Cidr"), json_string(STR("fd00:ec2::/108")));
    json_build_put(&network, STR("ipFamily"), family);
    json_build_put(&network, STR("elasticLoadBalancing"),
                   asked_or(asked, STR("elasticLoadBalancing"), enabled_flag(false)));
    return network;
}

/* Every type that was not asked for is there, switched off, as EKS answers it. */
static json logging_response(json asked)
{
    static const char *const all[] = {"api", "audit", "authenticator", "controllerManager",
                                      "scheduler"};
    json setups = json_get(asked, STR("clusterLogging"));
    json on = json_array(0), off = json_array(0), list = json_array(2), logging = json_object(1);
    for (size_t t = 0; t < sizeof all / sizeof *all; t++) {
        bool is_on = false;
        for (size_t i = 0; i < json_len(setups); i++) {
            json types = json_get(json_at(setups, i), STR("types"));
            bool flag = json_get(json_at(setups, i), STR("enabled")).kind == JSON_TRUE;
            for (size_t k = 0; k < json_len(types); k++)
                if (str_eq(json_str(json_at(types, k)), str_from_c(all[t])))
                    is_on = flag;
        }
        json_build_push(is_on ? &on : &off, json_string(str_from_c(all[t])));
    }
    json sides[] = {on, off};
    for (size_t s = 0; s < 2; s++) {
        json setup = json_object(2);
        bool empty = json_len(sides[s]) == 0 && !json_is_absent(sides[s]);
        json_build_put(&setup, STR("types"), sides[s]);
        json_build_put(&setup, STR("enabled"), json_bool(s == 0));
        if (empty)
            json_unref(setup);
        else
            json_build_push(&list, setup);
    }
    json_build_put(&logging, STR("clusterLogging"), list);
    return logging;
}

static json access_response(json asked)
{
    json access = json_object(2);
    json_build_put(
        &access, STR("bootstrapClusterCreatorAdminPermissions"),
        asked_or(asked, STR("bootstrapClusterCreatorAdminPermissions"), json_bool(true)));
    json_build_put(&access, STR("authenticationMode"),
                   asked_or(asked, STR("authenticationMode"), json_string(STR("CONFIG_MAP"))));
    return access;
}

static json empty_health(void)
{
    json health = json_object(1);
    json_build_put(&health, STR("issues"), json_array(0));
    return health;
}

static json upgrade_default(void)
{
    json policy = json_object(1);
    json_build_put(&policy, STR("supportType"), json_string(STR("EXTENDED")));
    return policy;
}

static json cluster_body(const struct call *call, json r, str arn, str version)
{
    json b = json_object(24);
    json_build_put(&b, STR("name"), json_ref(json_get(r, STR("name"))));
    json_build_put(&b, STR("arn"), json_string(arn));
    json_build_put(&b, STR("createdAt"), json_epoch_s(call->now_ms));
    json_build_put(&b, STR("version"), json_string(version));
    json_build_put(&b, STR("roleArn"), json_ref(json_get(r, STR("roleArn"))));
    json_build_put(&b, STR("resourcesVpcConfig"),
                   vpc_response(call, json_get(r, STR("resourcesVpcConfig"))));
    json_build_put(&b, STR("kubernetesNetworkConfig"),
                   network_response(json_get(r, STR("kubernetesNetworkConfig"))));
    json_build_put(&b, STR("logging"), logging_response(json_get(r, STR("logging"))));
    json_build_put(&b, STR("status"), json_string(STR("CREATING")));
    json_build_put(&b, STR("certificateAuthority"), json_object(0));
    put_asked(&b, r, STR("clientRequestToken"));
    json_build_put(&b, STR("platformVersion"), json_string(STR("eks.1")));
    json_build_put(&b, STR("tags"), asked_or(r, STR("tags"), json_object(0)));
    put_asked(&b, r, STR("encryptionConfig"));
    json_build_put(&b, STR("health"), empty_health());
    json_build_put(&b, STR("accessConfig"), access_response(json_get(r, STR("accessConfig"))));
    json_build_put(&b, STR("upgradePolicy"), asked_or(r, STR("upgradePolicy"), upgrade_default()));
    put_asked(&b, r, STR("zonalShiftConfig"));
    put_asked(&b, r, STR("remoteNetworkConfig"));
    put_asked(&b, r, STR("computeConfig"));
    put_asked(&b, r, STR("storageConfig"));
    json_build_put(&b, STR("deletionProtection"),
                   asked_or(r, STR("deletionProtection"), json_bool(false)));
    put_asked(&b, r, STR("controlPlaneScalingConfig"));
    return b;
}

static bool answer_cluster(struct call *call, json body, struct err *err)
{
    json answer = json_object(1);
    json_build_put(&answer, STR("cluster"), json_ref(body));
    if (json_is_absent(answer))
        return no_memory(err);
    call->answer = answer;
    return true;
}

/* A token names one request of the account: with other parameters, another name say, it is refused.
 */
static bool token_is_free(struct store_connection *c, str token, struct err *err)
{
    static const char sql[] =
        "SELECT name FROM clusters WHERE json_extract(request, '$.token') = ?1 LIMIT 1";
    if (token.len == 0)
        return true;
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_str(q, 1, token);
    enum store_row step = store_step(c, q, err);
    store_finish(q);
    if (step == STORE_ROW)
        return err_set(err, ERR_EKS_INVALID_PARAMETER,
                       "The client request token was already used with different parameters.");
    return step == STORE_NO_ROW;
}

static bool create_repeated(struct call *call, const struct cluster_row *row, json r,
                            struct err *err)
{
    bool repeated;
    if (!request_is_repeated(row->request, r, &repeated, err))
        return false;
    if (!repeated)
        return err_set(err, ERR_EKS_RESOURCE_IN_USE, "Cluster already exists with name: %.*s",
                       STR_ARG(row->name));
    return answer_cluster(call, row->body, err);
}

static bool create_insert(struct call *call, struct store_connection *c, json r, str version,
                          struct err *err)
{
    struct control *control = call->control;
    str name = call->cluster_name;
    str arn = arena_printf(call->arena, "arn:aws:eks:%s:%s:cluster/%.*s", control->region,
                           control->account, STR_ARG(name));
    struct cluster_row row = {
        .name = name,
        .arn = arn,
        .status = STR("CREATING"),
        .creator_arn = call->caller_arn,
        .due_ms = call->now_ms + control->create_ms,
        .open = !json_is_absent(json_get(json_get(r, STR("tags")), STR(CONTROL_TAG_OPEN))),
    };
    row.request = request_text(call, r, err);
    if (!row.request.ptr || !arn.ptr)
        return err_is_set(err) ? false : no_memory(err);
    row.body = cluster_body(call, r, arn, version);
    bool ok = (!json_is_absent(row.body) || no_memory(err)) && cluster_row_insert(c, &row, err) &&
              answer_cluster(call, row.body, err);
    cluster_row_release(&row);
    call->due_ms = row.due_ms;
    return ok;
}

bool cluster_create(struct call *call, struct store_connection *c, struct err *err)
{
    struct cluster_row row = {.body = json_absent()};
    json r = json_absent();
    bool found = false;
    if (!shape_check(shape_create_cluster, call->body, &r, err))
        return false;
    // Lent by r, which is shared with the body: both live as long as the call.
    call->cluster_name = json_str(json_get(call->body, STR("name")));
    str token = json_str(json_get(r, STR("clientRequestToken")));
    str version = json_str(json_get(r, STR("version")));
    if (version.len == 0)
        version = str_from_c(call->control->version);
    bool own = str_eq(version, str_from_c(call->control->version)); // whatever its setting says
    bool ok =
        create_check(r, err) && (own || version_is_known(version) ||
                                 err_set(err, ERR_EKS_INVALID_PARAMETER,
                                         "unsupported Kubernetes version %.*s", STR_ARG(version)));
    ok = ok && cluster_row_find(c, call->arena, call->cluster_name, &row, &found, err);
    if (ok && found)
        ok = create_repeated(call, &row, r, err);
    else if (ok)
        ok = token_is_free(c, token, err) && create_insert(call, c, r, version, err);
    cluster_row_release(&row);
    json_unref(r);
    return ok;
}

bool cluster_describe(struct call *call, struct store_connection *c, struct err *err)
{
    struct cluster_row row = {.body = json_absent()};
    call->cluster_name = call->label[0];
    bool ok = cluster_row_get(c, call->arena, call->label[0], &row, err) &&
              answer_cluster(call, row.body, err);
    cluster_row_release(&row);
    return ok;
}

bool cluster_list(struct call *call, struct store_connection *c, struct err *err)
{
    static const char sql[] = "SELECT name FROM clusters WHERE name > ?1 ORDER BY name LIMIT ?2";
    int64_t limit;
    str after;
    if (!page_limits(call, &limit, &after, err))
        return false;
    struct sqlite3_stmt *q = store_statement(c, sql, err);
    if (!q)
        return false;
    store_bind_str(q, 1, after);
    store_bind_int(q, 2, limit + 1);
    return page_answer(call, c, q, STR("clusters"), limit, err);
}

static bool delete_check(struct store_connection *c, const struct cluster_row *row, struct err *err)
{
    if (json_get(row->body, STR("deletionProtection")).kind == JSON_TRUE) // ASSUMPTION: the text
        return err_set(err, ERR_EKS_INVALID_REQUEST,
                       "Cluster %.*s has deletion protection enabled.", STR_ARG(row->name));
    if (str_eq(row->status, STR("CREATING"))) // ASSUMPTION: the text
        return err_set(err, ERR_EKS_RESOURCE_IN_USE,
                       "Cannot delete because cluster %.*s currently has create in progress",
                       STR_ARG(row->name));
    return children_none(c, row->name, err);
}

struct control_cluster cluster_of_row(const struct cluster_row *row)
{
    return (struct control_cluster){
        .name = row->name,
        .arn = row->arn,
        .creator_arn = row->creator_arn,
        .ca_pem = row->ca_pem,
        .ca_key_pem = row->ca_key_pem,
        .port = row->port,
        .open = row->open,
        .active = str_eq(row->status, STR("ACTIVE")),
    };
}

bool cluster_delete(struct call *call, struct store_connection *c, struct err *err)
{
    struct cluster_row row = {.body = json_absent()};
    const struct control_hooks *hooks = &call->control->hooks;
    call->cluster_name = call->label[0];
    bool ok = cluster_row_get(c, call->arena, call->label[0], &row, err);
    // ASSUMPTION: a second deletion answers the cluster again.
    if (ok && !str_eq(row.status, STR("DELETING"))) {
        ok = delete_check(c, &row, err);
        if (ok) {
            row.status = STR("DELETING");
            row.due_ms = call->now_ms + call->control->delete_ms;
            struct control_cluster cl = cluster_of_row(&row);
            ok = cluster_row_update(c, &row, err) && hooks->remove(hooks->context, c, &cl, err);
            call->due_ms = row.due_ms;
        }
    }
    ok = ok && answer_cluster(call, row.body, err);
    cluster_row_release(&row);
    return ok;
}
