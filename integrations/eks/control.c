/* The control plane's operations: create and delete of clusters, node groups, Fargate profiles.
 *
 *     POST or DELETE ──> (without .sync: ended) ──> submitted ──> GET, later and later
 *         create: ACTIVE ends well, CREATE_FAILED or FAILED fails
 *         delete: not found ends well, DELETE_FAILED fails; the result is what was last described
 *
 * What differs between the six is a row. After a restart a create that may have been sent is sent
 * again under the same client token, which EKS answers with the same resource; a delete that finds
 * nothing has been done. */
#include "base/log.h"
#include "base/mem.h"
#include "eks_private.h"
#include "net/url.h"

enum { PATH_MAX_BYTES = 2048, NETWORK_FAILURES_MAX = 3 };

struct operation {
    const char *api; /* without .sync */
    bool create;
    const char *collection; /* below /clusters/{name}; NULL: the clusters themselves */
    const char *cluster;    /* the parameter that names the cluster */
    const char *name;       /* the parameter that names the resource; of a cluster: the same */
    const char *member;     /* of answers, as Step Functions writes it */
};

static const struct operation operations[] = {
    {"createCluster",        true,  NULL,               "Name",        "Name",               "Cluster"  },
    {"createFargateProfile", true,  "fargate-profiles", "ClusterName", "FargateProfileName",
     "FargateProfile"                                                                                   },
    {"createNodegroup",      true,  "node-groups",      "ClusterName", "NodegroupName",      "Nodegroup"},
    {"deleteCluster",        false, NULL,               "Name",        "Name",               "Cluster"  },
    {"deleteFargateProfile", false, "fargate-profiles", "ClusterName", "FargateProfileName",
     "FargateProfile"                                                                                   },
    {"deleteNodegroup",      false, "node-groups",      "ClusterName", "NodegroupName",      "Nodegroup"},
};

struct control {
    const struct operation *operation;
    json last; /* the last description, as Step Functions gives it; ABSENT before */
    int64_t since_ms;
    unsigned in_a_row; /* polls that had no answer */
};

static void describe(struct task *t);

static void state_free(void *state)
{
    struct control *c = state;
    json_unref(c->last);
    mem_free(c);
}

static str parameter(const struct task *t, const char *name)
{
    return json_str(json_get(task_request_of(t)->parameters, str_from_c(name)));
}

/* "/clusters", "/clusters/c", "/clusters/c/node-groups" or "…/n": one: the resource itself. */
static void add_path(const struct task *t, bool one, struct buf *out)
{
    const struct control *c = task_state(t);
    buf_add(out, STR("/clusters"));
    if (one || c->operation->collection) {
        buf_add_char(out, '/');
        url_encode(parameter(t, c->operation->cluster), out);
    }
    if (!c->operation->collection)
        return;
    buf_printf(out, "/%s", c->operation->collection);
    if (one) {
        buf_add_char(out, '/');
        url_encode(parameter(t, c->operation->name), out);
    }
}

static str status_of(const struct control *c)
{
    json member = json_get(c->last, str_from_c(c->operation->member));
    return json_str(json_get(member, STR("Status")));
}

/* Threads: io. */
static void described(struct task *t, const struct http_response *response)
{
    struct control *c = task_state(t);
    if (response->status == 0 || response->status >= 500) {
        if (++c->in_a_row >= NETWORK_FAILURES_MAX)
            eks_fail_poll(t, response, eks_fail_control);
        else
            task_after(t, eks_poll_delay_ms(t, c->since_ms), describe);
        return;
    }
    c->in_a_row = 0;
    if (response->status == 404 && !c->operation->create) {
        task_succeeded(t, json_ref(c->last));
        return;
    }
    if (!eks_is_success(response)) {
        eks_fail_control(t, response, false);
        return;
    }
    json_unref(c->last);
    c->last = eks_control_answer(t, response);
    str status = status_of(c);
    if (c->operation->create && str_eq(status, STR("ACTIVE")))
        task_succeeded(t, json_ref(c->last));
    else if (str_ends(status, STR("FAILED")))
        eks_fail_with_value(t, json_ref(c->last));
    else
        task_after(t, eks_poll_delay_ms(t, c->since_ms), describe);
}

static void describe(struct task *t)
{
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    add_path(t, true, &path);
    eks_control_request(t, STR("GET"), buf_str(&path), STR(""), STR_NONE, described);
    buf_release(&path);
}

/* The first answer is there. Takes answer. */
static void submitted(struct task *t, json answer_taken)
{
    struct control *c = task_state(t);
    if (!task_resource_of(t)->sync) {
        task_succeeded(t, answer_taken);
        return;
    }
    c->last = json_ref(answer_taken);
    c->since_ms = clock_now_ms(task_services_of(t)->clock);
    task_submitted(t, answer_taken, json_ref(answer_taken));
    task_after(t, eks_poll_delay_ms(t, c->since_ms), describe);
}

/* Before a restart the delete was sent, and by now there is nothing left to describe: the answer is
 * made of what was asked. Gives. */
static json deleted_before(const struct task *t)
{
    const struct control *c = task_state(t);
    log_info("eks", "deleted-before-restart", "resource=%.*s execution=%.*s",
             STR_ARG(parameter(t, c->operation->name)), STR_ARG(task_request_of(t)->execution_arn));
    json resource = json_ref(task_request_of(t)->parameters);
    json with_status = json_with(resource, STR("Status"), json_string(STR("DELETING")));
    json_unref(resource);
    json answer = json_object(1);
    if (!json_put_take(&answer, str_from_c(c->operation->member), with_status))
        log_warn("eks", "answer-not-made", "execution=%.*s",
                 STR_ARG(task_request_of(t)->execution_arn));
    return answer;
}

/* Threads: io. */
static void sent(struct task *t, const struct http_response *response)
{
    const struct control *c = task_state(t);
    if (response->status == 0)
        eks_fail_network(t, response, true);
    else if (eks_is_success(response))
        submitted(t, eks_control_answer(t, response));
    else if (response->status == 404 && !c->operation->create && task_request_of(t)->again)
        task_succeeded(t, deleted_before(t));
    else
        eks_fail_control(t, response, true);
}

void eks_control_begin(struct task *t)
{
    struct control *c = mem_new(sizeof *c);
    const struct task_request *request = task_request_of(t);
    task_state_set_take(t, c, state_free);
    str whole = task_resource_of(t)->api;
    str api = str_cut(&whole, '.');
    for (size_t i = 0; i < sizeof operations / sizeof operations[0]; i++)
        if (str_eq(str_from_c(operations[i].api), api))
            c->operation = &operations[i];
    c->since_ms = clock_now_ms(task_services_of(t)->clock);
    if (request->recall.kind == JSON_OBJECT) {
        c->last = json_ref(request->recall);
        describe(t);
        return;
    }
    struct buf path;
    buf_init(&path, PATH_MAX_BYTES);
    add_path(t, !c->operation->create, &path);
    if (c->operation->create)
        eks_control_request(t, STR("POST"), buf_str(&path), STR(""),
                            eks_control_body(t, request->parameters), sent);
    else
        eks_control_request(t, STR("DELETE"), buf_str(&path), STR(""), STR_NONE, sent);
    buf_release(&path);
}
