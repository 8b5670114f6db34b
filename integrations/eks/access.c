/* Where the Kubernetes API of a call is.
 *
 * An Endpoint of EKS's own (https://….eks.amazonaws.com) is answered by the embedded cluster of
 * that ClusterName: its present endpoint and CA come from the control plane, so that a definition
 * written for the cloud runs unchanged. Where it does not exist it is provisioned on first use
 * (--eks-clusters=auto), or the name does not resolve, as AWS would find. Any other Endpoint is
 * called as it is written, with the CertificateAuthority given.
 *
 *     found at once <── Endpoint elsewhere
 *     DescribeCluster ── ACTIVE ──> found
 *          ├─ CREATING (ours) ──> again later
 *          └─ missing ── auto ──> CreateCluster ──> DescribeCluster again later
 *                     └─ strict ─> EKS.SdkClientException */
#include "base/base64.h"
#include "base/log.h"
#include "base/mem.h"
#include "eks_private.h"
#include "net/url.h"

enum { CA_MAX_BYTES = 64 * 1024, PATH_MAX_BYTES = 1024, BODY_MAX_BYTES = 4096 };

static void describe(struct task *t);

void eks_access_release(struct eks_access *access)
{
    mem_free(access->endpoint);
    mem_free(access->ca_pem);
    access->endpoint = access->ca_pem = NULL;
}

static json parameter(const struct task *t, const char *name)
{
    return json_get(task_request_of(t)->parameters, str_from_c(name));
}

static bool is_eks_host(str host)
{
    // Source: EKS endpoints of the aws and aws-cn partitions.
    return str_ends(host, STR(".eks.amazonaws.com")) ||
           str_ends(host, STR(".eks.amazonaws.com.cn"));
}

/* Decodes a base64 PEM into access; false: it is not base64. */
static bool keep_ca(struct eks_access *access, str base64)
{
    struct buf pem;
    buf_init(&pem, CA_MAX_BYTES);
    bool ok = base64_decode(base64, &pem) && buf_ok(&pem);
    if (ok) {
        mem_free(access->ca_pem);
        access->ca_pem = str_dup_c(buf_str(&pem));
    }
    buf_release(&pem);
    return ok && access->ca_pem;
}

static bool keep_endpoint(struct eks_access *access, str endpoint)
{
    while (str_ends(endpoint, STR("/")))
        endpoint.len--;
    mem_free(access->endpoint);
    access->endpoint = str_dup_c(endpoint);
    return access->endpoint != NULL;
}

static void found(struct task *t)
{
    struct eks_access *access = task_state(t);
    access->found(t);
}

/* Threads: io. A cluster's description as the control plane gives it. */
static void use_cluster(struct task *t, json cluster)
{
    struct eks_access *access = task_state(t);
    str endpoint = json_str(json_get(cluster, STR("endpoint")));
    str ca = json_str(json_get_path(cluster, "certificateAuthority", "data", NULL));
    if (!endpoint.len || !keep_endpoint(access, endpoint) || !keep_ca(access, ca))
        task_submit_failed(t, STR("EKS.SdkClientException"),
                           STR("Unable to execute HTTP request: the cluster has no endpoint"));
    else
        found(t);
}

/* What a host that is no embedded cluster's is to AWS's own client. */
static void fail_unknown_host(struct task *t)
{
    struct url url;
    struct err err = ERR_INIT;
    str host = STR("");
    if (url_parse(json_str(parameter(t, "Endpoint")), &url, &err))
        host = url.host;
    err_release(&err);
    struct buf cause;
    buf_init(&cause, BODY_MAX_BYTES);
    buf_printf(&cause, "Unable to execute HTTP request: %.*s: Name or service not known",
               STR_ARG(host));
    task_submit_failed(t, STR("EKS.SdkClientException"), buf_str(&cause));
    buf_release(&cause);
}

static void describe_later(struct task *t)
{
    struct eks_access *access = task_state(t);
    task_after(t, eks_poll_delay_ms(t, access->since_ms), describe);
}

/* Threads: io. Somebody else may have been first: either way it is on its way. */
static void created(struct task *t, const struct http_response *response)
{
    if (response->status == 0)
        eks_fail_network(t, response, true);
    else if (eks_is_success(response) || response->status == 409)
        describe_later(t);
    else
        eks_fail_control(t, response, true);
}

/* A cluster nobody made: its name, and networks and a role that only have to look right. */
static void provision(struct task *t)
{
    const struct task_services *services = task_services_of(t);
    str name = json_str(parameter(t, "ClusterName"));
    struct buf body;
    buf_init(&body, BODY_MAX_BYTES);
    buf_add(&body, STR("{\"name\":"));
    json_print_str(name, &body);
    buf_printf(&body,
               ",\"roleArn\":\"arn:aws:iam::%.*s:role/eks-cluster\",\"resourcesVpcConfig\":"
               "{\"subnetIds\":[\"subnet-00000000000000001\",\"subnet-00000000000000002\"]},"
               "\"tags\":{\"stepd.dev/auto-provisioned\":\"true\"}}",
               STR_ARG(services->account));
    log_info("eks", "cluster-provisioned", "cluster=%.*s execution=%.*s", STR_ARG(name),
             STR_ARG(task_request_of(t)->execution_arn));
    eks_control_request(t, STR("POST"), STR("/clusters"), STR(""), buf_give(&body), created);
}

/* Threads: io. */
static void described(struct task *t, const struct http_response *response)
{
    struct eks_access *access = task_state(t);
    if (response->status == 0) {
        eks_fail_network(t, response, true);
        return;
    }
    if (response->status == 404) {
        if (!task_services_of(t)->eks_auto_clusters || access->provisioning) {
            fail_unknown_host(t);
            return;
        }
        access->provisioning = true;
        provision(t);
        return;
    }
    json body = json_absent();
    struct err err = ERR_INIT;
    if (!eks_is_success(response) || !json_parse(response->body, &body, &err)) {
        err_release(&err);
        eks_fail_control(t, response, true);
        return;
    }
    json cluster = json_get(body, STR("cluster"));
    str status = json_str(json_get(cluster, STR("status")));
    if (json_get(cluster, STR("endpoint")).kind == JSON_STRING)
        use_cluster(t, cluster);
    else if (str_eq(status, STR("CREATING")))
        describe_later(t); // ours, or one that another execution has just provisioned
    else
        fail_unknown_host(t);
    json_unref(body);
}

static void describe(struct task *t)
{
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    buf_add(&path, STR("/clusters/"));
    url_encode(json_str(parameter(t, "ClusterName")), &path);
    eks_control_request(t, STR("GET"), buf_str(&path), STR(""), STR_NONE, described);
    buf_release(&path);
}

void eks_access_find(struct task *t, void (*fn)(struct task *t))
{
    struct eks_access *access = task_state(t);
    access->found = fn;
    access->since_ms = clock_now_ms(task_services_of(t)->clock);
    struct url url;
    struct err err = ERR_INIT;
    str endpoint = json_str(parameter(t, "Endpoint"));
    if (!url_parse(endpoint, &url, &err)) {
        task_submit_failed(t, STR("EKS.SdkClientException"), err_text(&err));
        err_release(&err);
        return;
    }
    if (is_eks_host(url.host)) {
        describe(t);
        return;
    }
    str ca = json_str(parameter(t, "CertificateAuthority"));
    if (!keep_endpoint(access, endpoint) || !keep_ca(access, ca))
        task_submit_failed(t, STR("EKS.SdkClientException"),
                           STR("Unable to execute HTTP request: the CertificateAuthority is not "
                               "the Base64-encoded certificate of a cluster"));
    else
        found(t);
}
