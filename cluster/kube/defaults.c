/* What Kubernetes fills in: defaults of fields left out, and what a new object gets.
 * Source: kubernetes/kubernetes, pkg/apis/{core,batch,apps}/v1/defaults.go; a Job's labels and
 * selector: pkg/registry/batch/job/strategy.go. */
#include "base/base64.h"
#include "base/digest.h"
#include "edit_private.h"
#include "kinds_private.h"

enum { SECRET_MAX_BYTES = 4 << 20 };

#define LABEL_UID      "batch.kubernetes.io/controller-uid"
#define LABEL_JOB_NAME "batch.kubernetes.io/job-name"

/* -- pods -- */

/* Always for an image whose tag may come to mean another. */
static const char *pull_policy(str image)
{
    size_t name = 0;
    for (size_t i = 0; i < image.len; i++)
        if (image.ptr[i] == '/')
            name = i + 1;
    str last = str_skip(image, name);
    if (str_find_char(last, 0, '@') < last.len)
        return "IfNotPresent";
    size_t colon = str_find_char(last, 0, ':');
    if (colon == last.len || str_eq(str_skip(last, colon + 1), STR("latest")))
        return "Always";
    return "IfNotPresent";
}

static json probe_defaults(json probe)
{
    json p = json_ref(probe);
    edit_default(&p, json_integer(1), "timeoutSeconds", NULL);
    edit_default(&p, json_integer(10), "periodSeconds", NULL);
    edit_default(&p, json_integer(1), "successThreshold", NULL);
    edit_default(&p, json_integer(3), "failureThreshold", NULL);
    if (is_given(json_get(p, STR("httpGet")))) {
        edit_default(&p, json_c("/"), "httpGet", "path", NULL);
        edit_default(&p, json_c("HTTP"), "httpGet", "scheme", NULL);
    }
    return p;
}

static json port_defaults(json port)
{
    json p = json_ref(port);
    edit_default(&p, json_c("TCP"), "protocol", NULL);
    return p;
}

static json env_defaults(json env)
{
    json e = json_ref(env);
    if (is_given(json_get_path(e, "valueFrom", "fieldRef", NULL)))
        edit_default(&e, json_c("v1"), "valueFrom", "fieldRef", "apiVersion", NULL);
    return e;
}

typedef json element_defaults(json element);

/* The list at a key with the defaults of its elements. */
static void list_defaults(json *object, const char *key, element_defaults *fn)
{
    json list = json_get(*object, str_from_c(key));
    if (list.kind != JSON_ARRAY || json_len(list) == 0)
        return;
    json made = json_array(json_len(list));
    bool ok = true;
    for (size_t i = 0; i < json_len(list) && ok; i++)
        ok = json_push_take(&made, fn(json_at(list, i)));
    if (!ok) {
        json_unref(made);
        made = json_absent();
    }
    edit_put(object, made, key, NULL);
}

static json container_defaults(json container)
{
    static const char *const probes[] = {"livenessProbe", "readinessProbe", "startupProbe", NULL};
    json c = json_ref(container);
    if (c.kind != JSON_OBJECT)
        return c;
    edit_default(&c, json_c(pull_policy(or_empty(json_str(json_get(c, STR("image")))))),
                 "imagePullPolicy", NULL);
    edit_default(&c, json_object(0), "resources", NULL);
    edit_default(&c, json_c("/dev/termination-log"), "terminationMessagePath", NULL);
    edit_default(&c, json_c("File"), "terminationMessagePolicy", NULL);
    list_defaults(&c, "ports", port_defaults);
    list_defaults(&c, "env", env_defaults);
    for (const char *const *probe = probes; *probe; probe++) {
        json p = json_get(c, str_from_c(*probe));
        if (is_given(p))
            edit_put(&c, probe_defaults(p), *probe, NULL);
    }
    return c;
}

static json volume_defaults(json volume)
{
    static const char *const with_mode[] = {"secret", "configMap", "downwardAPI", "projected",
                                            NULL};
    json v = json_ref(volume);
    for (const char *const *kind = with_mode; *kind; kind++)
        if (is_given(json_get(v, str_from_c(*kind))))
            edit_default(&v, json_integer(0644), *kind, "defaultMode", NULL);
    if (is_given(json_get(v, STR("hostPath"))))
        edit_default(&v, json_c(""), "hostPath", "type", NULL);
    return v;
}

/* Gives a pod's spec with its defaults; restart: of restartPolicy, NULL: it must be given. */
static json pod_spec_defaults(json spec, const char *restart)
{
    json s = spec.kind == JSON_OBJECT ? json_ref(spec) : json_object(8);
    list_defaults(&s, "volumes", volume_defaults);
    list_defaults(&s, "initContainers", container_defaults);
    list_defaults(&s, "containers", container_defaults);
    if (restart)
        edit_default(&s, json_c(restart), "restartPolicy", NULL);
    edit_default(&s, json_integer(30), "terminationGracePeriodSeconds", NULL);
    edit_default(&s, json_c("ClusterFirst"), "dnsPolicy", NULL);
    edit_default(&s, json_object(0), "securityContext", NULL);
    edit_default(&s, json_c("default-scheduler"), "schedulerName", NULL);
    return s;
}

static json toleration(const char *key)
{
    return object_of("key", json_c(key), "operator", json_c("Exists"), "effect",
                     json_c("NoExecute"), "tolerationSeconds", json_integer(300), NULL);
}

/* What admission adds to a pod itself, not to a template. */
static void admission_defaults(json *spec)
{
    str account = or_empty(json_str(json_get(*spec, STR("serviceAccountName"))));
    edit_default(spec, json_bool(true), "enableServiceLinks", NULL);
    edit_default(spec, json_c("PreemptLowerPriority"), "preemptionPolicy", NULL);
    edit_default(spec, json_integer(0), "priority", NULL);
    json name = json_string(account.len ? account : STR("default"));
    edit_put(spec, json_ref(name), "serviceAccountName", NULL);
    edit_put(spec, name, "serviceAccount", NULL);
    if (json_is_absent(json_get(*spec, STR("tolerations")))) {
        json list = json_array(2);
        if (json_push_take(&list, toleration("node.kubernetes.io/not-ready")) &&
            json_push_take(&list, toleration("node.kubernetes.io/unreachable")))
            edit_put(spec, json_ref(list), "tolerations", NULL);
        json_unref(list);
    }
}

void defaults_pod(json *object)
{
    json spec = pod_spec_defaults(json_get(*object, STR("spec")), "Always");
    admission_defaults(&spec);
    edit_put(object, spec, "spec", NULL);
}

static bool has_resources(json container, const char *which)
{
    return json_len(json_get_path(container, "resources", which, NULL)) > 0;
}

/* Source: kubernetes.io/docs/concepts/workloads/pods/pod-qos. */
static const char *qos_class(json spec)
{
    json list = json_get(spec, STR("containers"));
    bool any = false, guaranteed = true;
    for (size_t i = 0; i < json_len(list); i++) {
        json c = json_at(list, i);
        json limits = json_get_path(c, "resources", "limits", NULL);
        json requests = json_get_path(c, "resources", "requests", NULL);
        any = any || has_resources(c, "limits") || has_resources(c, "requests");
        bool limited =
            is_given(json_get(limits, STR("cpu"))) && is_given(json_get(limits, STR("memory")));
        guaranteed =
            guaranteed && limited && (json_is_absent(requests) || json_equal(limits, requests));
    }
    return !any ? "BestEffort" : guaranteed ? "Guaranteed" : "Burstable";
}

void begin_pod(json *object)
{
    json status = object_of("phase", json_c("Pending"), "qosClass",
                            json_c(qos_class(json_get(*object, STR("spec")))), NULL);
    edit_put(object, status, "status", NULL);
}

/* -- jobs -- */

void defaults_job(json *object)
{
    json spec = json_get(*object, STR("spec"));
    bool counted = is_given(json_get(spec, STR("completions"))) ||
                   is_given(json_get(spec, STR("parallelism")));
    bool by_index = is_given(json_get(spec, STR("backoffLimitPerIndex")));
    bool policy = is_given(json_get(spec, STR("podFailurePolicy")));
    if (!counted)
        edit_default(object, json_integer(1), "spec", "completions", NULL);
    edit_default(object, json_integer(1), "spec", "parallelism", NULL);
    edit_default(object, json_integer(by_index ? INT32_MAX : 6), "spec", "backoffLimit", NULL);
    edit_default(object, json_c("NonIndexed"), "spec", "completionMode", NULL);
    edit_default(object, json_bool(false), "spec", "suspend", NULL);
    edit_default(object, json_bool(false), "spec", "manualSelector", NULL);
    edit_default(object, json_c(policy ? "Failed" : "TerminatingOrFailed"), "spec",
                 "podReplacementPolicy", NULL);
    json pod = pod_spec_defaults(json_get_path(*object, "spec", "template", "spec", NULL), NULL);
    edit_put(object, pod, "spec", "template", "spec", NULL);
    edit_default(object, json_object(0), "spec", "template", "metadata", NULL);
}

void begin_job(json *object)
{
    json metadata = json_ref(json_get(*object, STR("metadata")));
    json uid = json_get(metadata, STR("uid")), name = json_get(metadata, STR("name"));
    bool manual = false;
    (void)json_get_bool(json_get(*object, STR("spec")), STR("manualSelector"), &manual);
    if (!manual) {
        edit_put(object, json_ref(uid), "spec", "template", "metadata", "labels", LABEL_UID, NULL);
        edit_put(object, json_ref(name), "spec", "template", "metadata", "labels", LABEL_JOB_NAME,
                 NULL);
        edit_put(object, json_ref(uid), "spec", "template", "metadata", "labels", "controller-uid",
                 NULL);
        edit_put(object, json_ref(name), "spec", "template", "metadata", "labels", "job-name",
                 NULL);
        if (!is_given(json_get_path(*object, "spec", "selector", NULL)))
            edit_put(object, json_ref(uid), "spec", "selector", "matchLabels", LABEL_UID, NULL);
    }
    json labels = json_get_path(*object, "spec", "template", "metadata", "labels", NULL);
    if (json_len(json_get(metadata, STR("labels"))) == 0 && json_len(labels) > 0)
        edit_put(object, json_ref(labels), "metadata", "labels", NULL);
    edit_put(object, json_object(0), "status", NULL);
    json_unref(metadata);
}

/* -- the others -- */

void defaults_deployment(json *object)
{
    edit_default(object, json_integer(1), "spec", "replicas", NULL);
    edit_default(object, json_integer(10), "spec", "revisionHistoryLimit", NULL);
    edit_default(object, json_integer(600), "spec", "progressDeadlineSeconds", NULL);
    edit_default(object, json_c("RollingUpdate"), "spec", "strategy", "type", NULL);
    if (str_eq(json_str(json_get_path(*object, "spec", "strategy", "type", NULL)),
               STR("RollingUpdate"))) {
        edit_default(object, json_c("25%"), "spec", "strategy", "rollingUpdate", "maxUnavailable",
                     NULL);
        edit_default(object, json_c("25%"), "spec", "strategy", "rollingUpdate", "maxSurge", NULL);
    }
    json pod =
        pod_spec_defaults(json_get_path(*object, "spec", "template", "spec", NULL), "Always");
    edit_put(object, pod, "spec", "template", "spec", NULL);
    edit_default(object, json_object(0), "spec", "template", "metadata", NULL);
}

void begin_deployment(json *object)
{
    edit_put(object, json_object(0), "status", NULL);
}

static json service_port_defaults(json port)
{
    json p = json_ref(port);
    json number = json_get(p, STR("port"));
    edit_default(&p, json_c("TCP"), "protocol", NULL);
    if (is_given(number))
        edit_default(&p, json_ref(number), "targetPort", NULL);
    return p;
}

void defaults_service(json *object)
{
    json spec = json_ref(json_get(*object, STR("spec")));
    if (json_is_absent(spec))
        spec = json_object(4);
    list_defaults(&spec, "ports", service_port_defaults);
    edit_default(&spec, json_c("ClusterIP"), "type", NULL);
    edit_default(&spec, json_c("None"), "sessionAffinity", NULL);
    if (!str_eq(json_str(json_get(spec, STR("type"))), STR("ExternalName")))
        edit_default(&spec, json_c("Cluster"), "internalTrafficPolicy", NULL);
    edit_put(object, spec, "spec", NULL);
}

/* ASSUMPTION: nothing listens behind a service here; its address is one of EKS's usual range,
 * 10.100.0.0/16, picked by the uid. */
void begin_service(json *object)
{
    unsigned char hash[SHA256_BYTES];
    json spec = json_get(*object, STR("spec"));
    bool external = str_eq(json_str(json_get(spec, STR("type"))), STR("ExternalName"));
    if (!external && !is_given(json_get(spec, STR("clusterIP")))) {
        sha256(or_empty(json_str(json_get_path(*object, "metadata", "uid", NULL))), hash);
        json ip = json_printf("10.100.%d.%d", hash[0], hash[1] == 0 ? 1 : hash[1]);
        json ips = json_array(1);
        if (json_push_take(&ips, json_ref(ip)))
            edit_put(object, json_ref(ips), "spec", "clusterIPs", NULL);
        json_unref(ips);
        edit_put(object, ip, "spec", "clusterIP", NULL);
    }
    edit_put(object, object_of("loadBalancer", json_object(0), NULL), "status", NULL);
}

void defaults_secret(json *object)
{
    json plain = json_ref(json_get(*object, STR("stringData")));
    edit_default(object, json_c("Opaque"), "type", NULL);
    for (size_t i = 0; i < json_len(plain); i++) {
        struct buf b;
        buf_init(&b, SECRET_MAX_BYTES);
        base64_encode(or_empty(json_str(json_value_at(plain, i))), &b);
        json data = json_ref(json_get(*object, STR("data")));
        if (json_is_absent(data))
            data = json_object(2);
        edit_put_str(&data, buf_ok(&b) ? json_string(or_empty(buf_str(&b))) : json_absent(),
                     json_key_at(plain, i));
        edit_put(object, data, "data", NULL);
        buf_release(&b);
    }
    json_unref(plain);
    edit_drop(object, "stringData", NULL);
}

void defaults_namespace(json *object)
{
    json name = json_get_path(*object, "metadata", "name", NULL);
    if (or_empty(json_str(name)).len > 0)
        edit_put(object, json_ref(name), "metadata", "labels", "kubernetes.io/metadata.name", NULL);
    json finalizers = json_array(1);
    if (json_push_take(&finalizers, json_c("kubernetes")))
        edit_default(object, json_ref(finalizers), "spec", "finalizers", NULL);
    json_unref(finalizers);
    edit_default(object, json_c("Active"), "status", "phase", NULL);
}
