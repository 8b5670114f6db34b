/* What a Job wants: its spec as numbers, the pods made from its template, sets of indexes.
 * Source: kubernetes.io, batch/v1 Job; k8s.io/kubernetes, pkg/controller/job. */
#include "base/buf.h"
#include "jobs_private.h"

/* Members of spec that change how a Job ends and that the controller does not know: such a Job is
 * failed by name, for running it otherwise than asked would be a lie. */
static const char *const unsupported[] = {"backoffLimitPerIndex", "maxFailedIndexes",
                                          "podFailurePolicy", "successPolicy"};

static int64_t number_or(json spec, str key, int64_t otherwise)
{
    int64_t v = otherwise;
    (void)json_get_int64(spec, key, &v);
    return v;
}

void job_spec_read(json job, struct job_spec *out)
{
    json spec = json_get(job, STR("spec"));
    str manager = get_str(spec, STR("managedBy"));
    bool completions = json_is_number(json_get(spec, STR("completions")));
    bool parallelism = json_is_number(json_get(spec, STR("parallelism")));
    *out = (struct job_spec){
        .parallelism = number_or(spec, STR("parallelism"), 1),
        .completions = completions   ? number_or(spec, STR("completions"), 1)
                       : parallelism ? -1
                                     : 1,
        .backoff_limit = number_or(spec, STR("backoffLimit"), 6),
        .deadline_s = number_or(spec, STR("activeDeadlineSeconds"), -1),
        .ttl_s = number_or(spec, STR("ttlSecondsAfterFinished"), -1),
        .suspend = json_get(spec, STR("suspend")).kind == JSON_TRUE,
        .indexed = str_eq(get_str(spec, STR("completionMode")), STR("Indexed")),
        .restarts_in_place =
            str_eq(json_str(json_get_path(spec, "template", "spec", "restartPolicy", NULL)),
                   STR("OnFailure")),
        .replace_failed_only = str_eq(get_str(spec, STR("podReplacementPolicy")), STR("Failed")),
        .foreign = manager.len > 0 && !str_eq(manager, STR("kubernetes.io/job-controller")),
    };
    for (size_t i = 0; i < sizeof unsupported / sizeof *unsupported; i++) {
        json member = json_get(spec, str_from_c(unsupported[i]));
        if (!json_is_absent(member) && member.kind != JSON_NULL)
            out->unsupported = unsupported[i];
    }
    if (out->indexed && (out->completions < 0 || out->completions > JOB_COMPLETIONS_MAX))
        out->unsupported = "completions";
}

/* -- pods -- */

static json owner_reference(const struct job *job)
{
    json o = json_object(6), list = json_array(1);
    json_build_put(&o, STR("apiVersion"), json_string(STR("batch/v1")));
    json_build_put(&o, STR("kind"), json_string(STR("Job")));
    json_build_put(&o, STR("name"), json_string(job->name));
    json_build_put(&o, STR("uid"), json_string(str_from_c(job->uid)));
    json_build_put(&o, STR("controller"), json_bool(true));
    json_build_put(&o, STR("blockOwnerDeletion"), json_bool(true));
    json_build_push(&list, o);
    return list;
}

/* A changed copy of a map; takes v. Frees nothing of `map_taken` but the reference. */
static json with(json map_taken, str key, json v_taken)
{
    json changed = json_with(map_taken, key, v_taken);
    json_unref(map_taken);
    return changed;
}

static const char index_label[] = "batch.kubernetes.io/job-completion-index";

static json index_variable(void)
{
    json e = json_object(2), from = json_object(1), field = json_object(1);
    json_build_put(&field, STR("fieldPath"), json_printf("metadata.labels['%s']", index_label));
    json_build_put(&from, STR("fieldRef"), field);
    json_build_put(&e, STR("name"), json_string(STR("JOB_COMPLETION_INDEX")));
    json_build_put(&e, STR("valueFrom"), from);
    return e;
}

/* Every container gets JOB_COMPLETION_INDEX, unless it has one. */
static json containers_with_index(json containers)
{
    json list = json_array(json_len(containers));
    for (size_t i = 0; i < json_len(containers); i++) {
        json container = json_at(containers, i), env = json_get(container, STR("env"));
        json more = json_array(json_len(env) + 1);
        bool has = false;
        for (size_t e = 0; e < json_len(env); e++) {
            has = has || str_eq(get_str(json_at(env, e), STR("name")), STR("JOB_COMPLETION_INDEX"));
            json_build_push(&more, json_ref(json_at(env, e)));
        }
        if (!has)
            json_build_push(&more, index_variable());
        json_build_push(&list, json_with(container, STR("env"), more));
    }
    return list;
}

static json indexed_spec(const struct job *job, json spec_taken, int64_t index)
{
    json spec = spec_taken;
    static const char *const lists[] = {"containers", "initContainers"};
    for (size_t i = 0; i < 2; i++) {
        json containers = json_get(spec, str_from_c(lists[i]));
        if (json_len(containers) > 0)
            spec = with(spec, str_from_c(lists[i]), containers_with_index(containers));
    }
    if (json_is_absent(json_get(spec, STR("hostname"))))
        spec = with(spec, STR("hostname"),
                    json_printf("%.*s-%lld", STR_ARG(job->name), (long long)index));
    return spec;
}

json job_pod_new(const struct job *job, str name, int64_t index)
{
    json template = json_get_path(job->object, "spec", "template", NULL);
    json from = json_get(template, STR("metadata"));
    json labels = json_ref(json_get(from, STR("labels")));
    json annotations = json_ref(json_get(from, STR("annotations")));
    json spec = json_ref(json_get(template, STR("spec")));
    json pod = json_object(4), metadata = json_object(7), finalizers = json_array(1);
    labels =
        with(labels, STR("batch.kubernetes.io/controller-uid"), json_string(str_from_c(job->uid)));
    labels = with(labels, STR("batch.kubernetes.io/job-name"), json_string(job->name));
    labels = with(labels, STR("controller-uid"), json_string(str_from_c(job->uid)));
    labels = with(labels, STR("job-name"), json_string(job->name));
    if (index >= 0) {
        json text = json_printf("%lld", (long long)index);
        labels = with(labels, str_from_c(index_label), json_ref(text));
        annotations = with(annotations, str_from_c(index_label), text);
        spec = indexed_spec(job, spec, index);
    }
    json_build_push(&finalizers, json_string(STR("batch.kubernetes.io/job-tracking")));
    json_build_put(&metadata, STR("name"), json_string(name));
    json_build_put(&metadata, STR("generateName"), json_printf("%.*s-", STR_ARG(job->name)));
    json_build_put(&metadata, STR("labels"), labels);
    if (json_len(annotations) > 0)
        json_build_put(&metadata, STR("annotations"), annotations);
    else
        json_unref(annotations);
    json_build_put(&metadata, STR("ownerReferences"), owner_reference(job));
    json_build_put(&metadata, STR("finalizers"), finalizers);
    json_build_put(&pod, STR("apiVersion"), json_string(STR("v1")));
    json_build_put(&pod, STR("kind"), json_string(STR("Pod")));
    json_build_put(&pod, STR("metadata"), metadata);
    json_build_put(&pod, STR("spec"), spec);
    return pod;
}

/* -- sets of indexes -- */

void index_set_add(struct index_set *s, int64_t i)
{
    if (i < 0 || (size_t)i >= s->size || index_set_has(s, i))
        return;
    s->bits[(size_t)i / 8] = (unsigned char)(s->bits[(size_t)i / 8] | 1u << (size_t)i % 8);
    s->count++;
}

bool index_set_has(const struct index_set *s, int64_t i)
{
    return i >= 0 && (size_t)i < s->size && s->bits[(size_t)i / 8] & 1u << (size_t)i % 8;
}

void index_set_read(struct index_set *s, str text, size_t size)
{
    s->size = size;
    s->count = 0;
    s->bits = mem_new(size / 8 + 1);
    while (text.ptr && text.len > 0) {
        str part = str_cut(&text, ',');
        str first = str_cut(&part, '-');
        int64_t from, to;
        if (!str_to_int64(first, &from))
            continue;
        if (!part.ptr || !str_to_int64(part, &to))
            to = from;
        for (int64_t i = from; i <= to && i >= 0 && (size_t)i < size; i++)
            index_set_add(s, i);
    }
}

json index_set_text(const struct index_set *s)
{
    struct buf b;
    buf_init(&b, 16 * (s->size + 1));
    for (size_t i = 0; i < s->size; i++) {
        if (!index_set_has(s, (int64_t)i))
            continue;
        size_t last = i;
        while (index_set_has(s, (int64_t)last + 1))
            last++;
        buf_printf(&b, "%s%zu", b.len > 0 ? "," : "", i);
        if (last > i) // two neighbours are written as a range as well: "3-4"
            buf_printf(&b, "-%zu", last);
        i = last;
    }
    json text = buf_ok(&b) ? json_string(buf_str(&b)) : json_absent();
    buf_release(&b);
    return text;
}

void index_set_release(struct index_set *s)
{
    mem_free(s->bits);
    s->bits = NULL;
}
