/* What controllers use: changes, observers, owners and their dependents, events, logs. */
#include "base/mem.h"
#include "kube_fixture.h"

enum { SEEN_MAX = 4096 };

struct witness {
    struct gate *gate;
    enum err_id id;
    json object;
};

static void witness_done(void *context, json object, const struct err *err)
{
    struct witness *w = context;
    w->id = err->id;
    w->object = json_ref(object);
    gate_open(w->gate);
}

/* -- the changes, waited for -- */

static json create(struct fixture *f, const char *resource, const char *text, enum err_id expected)
{
    struct witness w = {&f->gate, ERR_NONE, json_absent()};
    struct err err = ERR_INIT;
    json object;
    assert_true(json_parse(str_from_c(text), &object, &err));
    kube_create(f->kube, STR("c1"), str_from_c(resource), STR("default"), object, witness_done, &w);
    assert_true(gate_pass(&f->gate, 1, WAIT_MS));
    assert_int_equal(w.id, expected);
    return w.object;
}

static void delete (struct fixture *f, const char *resource, const char *name,
                    enum kube_propagation how, enum err_id expected)
{
    struct witness w = {&f->gate, ERR_NONE, json_absent()};
    kube_delete(f->kube, STR("c1"), str_from_c(resource), STR("default"), str_from_c(name), how,
                witness_done, &w);
    assert_true(gate_pass(&f->gate, 1, WAIT_MS));
    json_unref(w.object);
    assert_int_equal(w.id, expected);
}

static json find(struct fixture *f, const char *resource, const char *name)
{
    struct err err = ERR_INIT;
    json object = json_absent();
    assert_true(kube_find(f->kube, STR("c1"), str_from_c(resource), STR("default"),
                          str_from_c(name), &object, &err));
    return object;
}

static bool is_there(struct fixture *f, const char *resource, const char *name)
{
    json object = find(f, resource, name);
    bool there = !json_is_absent(object);
    json_unref(object);
    return there;
}

struct setting {
    struct witness w; /* first: context is both's */
    const char *section, *key;
    json value;
};

static bool set_member(void *context, json object, json *out, struct err *err)
{
    struct setting *s = context;
    (void)err;
    if (!s->section)
        return true; // leave it as it is
    json section =
        json_with(json_get(object, str_from_c(s->section)), str_from_c(s->key), json_ref(s->value));
    *out = json_with(object, str_from_c(s->section), section);
    return true;
}

static enum err_id set(struct fixture *f, const char *resource, const char *name,
                       const char *section, const char *key, json value_taken)
{
    struct setting s = {
        {&f->gate, ERR_NONE, json_absent()},
        section, key, value_taken
    };
    kube_update(f->kube, STR("c1"), str_from_c(resource), STR("default"), str_from_c(name),
                set_member, witness_done, &s);
    assert_true(gate_pass(&f->gate, 1, WAIT_MS));
    json_unref(s.w.object);
    json_unref(s.value);
    return s.w.id;
}

#define JOB(name)                                                                                  \
    "{\"metadata\":{\"name\":\"" name "\"},\"spec\":{\"template\":{\"spec\":{\"restartPolicy\":"   \
    "\"Never\",\"containers\":[{\"name\":\"c\",\"image\":\"i\"}]}}}}"

static str uid_of(json object)
{
    return json_str(json_get_path(object, "metadata", "uid", NULL));
}

/* A pod of an owner; blocking: it holds up its owner's foreground deletion. */
static void create_pod(struct fixture *f, const char *name, json owner, const char *finalizers)
{
    char text[1024];
    (void)snprintf(text, sizeof(text),
                   "{\"metadata\":{\"name\":\"%s\",\"finalizers\":%s,\"ownerReferences\":[{"
                   "\"apiVersion\":\"batch/v1\",\"kind\":\"Job\",\"name\":\"j\",\"uid\":\"%.*s\","
                   "\"controller\":true,\"blockOwnerDeletion\":true}]},\"spec\":{\"containers\":[{"
                   "\"name\":\"c\",\"image\":\"i\"}]}}",
                   name, finalizers, STR_ARG(uid_of(owner)));
    json_unref(create(f, "pods", text, ERR_NONE));
}

/* -- tests -- */

static void test_create_fills_in_and_refuses(void **state)
{
    struct fixture *f = *state;
    json job = create(f, "jobs", JOB("j"), ERR_NONE);
    assert_str(json_str(json_get(job, STR("apiVersion"))), "batch/v1");
    assert_int_equal(json_get_path(job, "spec", "backoffLimit", NULL).as.integer, 6);
    json_unref(job);
    json_unref(create(f, "jobs", JOB("j"), ERR_CONFLICT));
    json_unref(create(f, "jobs", "{\"metadata\":{\"name\":\"x\"}}", ERR_EKS_BAD_REQUEST));
    json_unref(create(f, "jobs", "{\"spec\":1}", ERR_EKS_BAD_REQUEST));
}

static void test_update_runs_on_what_is_there(void **state)
{
    struct fixture *f = *state;
    json_unref(create(f, "jobs", JOB("j"), ERR_NONE));
    assert_int_equal(set(f, "jobs", "j", "status", "active", json_integer(2)), ERR_NONE);
    assert_int_equal(set(f, "jobs", "none", "status", "active", json_integer(2)),
                     ERR_EKS_NOT_FOUND);
    json job = find(f, "jobs", "j");
    assert_int_equal(json_get_path(job, "status", "active", NULL).as.integer, 2);
    assert_int_equal(json_get_path(job, "metadata", "generation", NULL).as.integer, 1);
    str version = json_str(json_get_path(job, "metadata", "resourceVersion", NULL));
    // Changing nothing writes nothing.
    assert_int_equal(set(f, "jobs", "j", NULL, NULL, json_absent()), ERR_NONE);
    assert_int_equal(set(f, "jobs", "j", "status", "active", json_integer(2)), ERR_NONE);
    json again = find(f, "jobs", "j");
    assert_true(
        str_eq(version, json_str(json_get_path(again, "metadata", "resourceVersion", NULL))));
    json_unref(again);
    json_unref(job);
}

static void test_background_takes_dependents_and_logs(void **state)
{
    struct fixture *f = *state;
    struct witness w = {&f->gate, ERR_NONE, json_absent()};
    json job = create(f, "jobs", JOB("j"), ERR_NONE);
    create_pod(f, "p1", job, "[]");
    create_pod(f, "p2", job, "[\"batch.kubernetes.io/job-tracking\"]");
    create_pod(f, "p3", job, "[\"example.com/other\"]");
    json pod = find(f, "pods", "p1");
    char *text = mem_try(6);
    memcpy(text, "hello\n", 6);
    kube_log_set_take(f->kube, STR("c1"), uid_of(pod), STR("c"), (str){text, 6}, witness_done, &w);
    assert_true(gate_pass(&f->gate, 1, WAIT_MS));
    struct answer a =
        ask(f, STR("GET"), STR("/api/v1/namespaces/default/pods/p1/log"), "", STR(""));
    assert_int_equal(a.status, 200);
    assert_str(a.body, "hello\n");
    answer_release(&a);
    delete (f, "jobs", "j", KUBE_BACKGROUND, ERR_NONE);
    assert_false(is_there(f, "jobs", "j"));
    assert_false(is_there(f, "pods", "p1"));
    assert_false(is_there(f, "pods", "p2"));
    json waiting = find(f, "pods", "p3");
    assert_int_equal(json_get_path(waiting, "metadata", "deletionTimestamp", NULL).kind,
                     JSON_STRING);
    json_unref(waiting);
    assert_int_equal(set(f, "pods", "p3", "metadata", "finalizers", json_array(0)), ERR_NONE);
    assert_false(is_there(f, "pods", "p3"));
    delete (f, "jobs", "j", KUBE_BACKGROUND, ERR_EKS_NOT_FOUND);
    json_unref(pod);
    json_unref(job);
}

static void test_orphans_stay_and_forget(void **state)
{
    struct fixture *f = *state;
    json job = create(f, "jobs", JOB("j"), ERR_NONE);
    create_pod(f, "p1", job, "[]");
    delete (f, "jobs", "j", KUBE_ORPHAN, ERR_NONE);
    assert_false(is_there(f, "jobs", "j"));
    json pod = find(f, "pods", "p1");
    assert_int_equal(pod.kind, JSON_OBJECT);
    assert_true(json_is_absent(json_get_path(pod, "metadata", "ownerReferences", NULL)));
    json_unref(pod);
    json_unref(job);
}

static void test_foreground_waits_for_dependents(void **state)
{
    struct fixture *f = *state;
    json job = create(f, "jobs", JOB("j"), ERR_NONE);
    create_pod(f, "p1", job, "[]");
    create_pod(f, "p2", job, "[\"example.com/other\"]");
    delete (f, "jobs", "j", KUBE_FOREGROUND, ERR_NONE);
    assert_false(is_there(f, "pods", "p1"));
    json waiting = find(f, "jobs", "j");
    json finalizers = json_get_path(waiting, "metadata", "finalizers", NULL);
    assert_str(json_str(json_at(finalizers, 0)), "foregroundDeletion");
    json_unref(waiting);
    assert_int_equal(set(f, "pods", "p2", "metadata", "finalizers", json_array(0)), ERR_NONE);
    assert_false(is_there(f, "pods", "p2"));
    assert_false(is_there(f, "jobs", "j"));
    json_unref(job);
}

/* -- observers -- */

struct seen {
    pthread_mutex_t lock;
    char text[SEEN_MAX];
    size_t len;
};

static void observe(void *context, enum kube_change change, str cluster, str resource, json object)
{
    static const char letters[] = "+~-";
    struct seen *s = context;
    str name = json_str(json_get_path(object, "metadata", "name", NULL));
    (void)pthread_mutex_lock(&s->lock);
    int len = snprintf(s->text + s->len, sizeof(s->text) - s->len, "%c%.*s/%.*s/%.*s ",
                       letters[change], STR_ARG(cluster), STR_ARG(resource), STR_ARG(name));
    s->len += (size_t)len;
    (void)pthread_mutex_unlock(&s->lock);
}

static void seen_is(struct seen *s, const char *expected)
{
    (void)pthread_mutex_lock(&s->lock);
    assert_string_equal(s->text, expected);
    s->len = 0;
    s->text[0] = '\0';
    (void)pthread_mutex_unlock(&s->lock);
}

static void test_observers_hear_of_all_changes_in_order(void **state)
{
    (void)state;
    static struct seen seen = {.lock = PTHREAD_MUTEX_INITIALIZER};
    struct fixture *f = fixture_new();
    kube_observe(f->kube, observe, &seen);
    fixture_seed_run(f, false);
    seen_is(&seen, ""); // what a cluster has from its start is no news
    json job = create(f, "jobs", JOB("j"), ERR_NONE);
    create_pod(f, "p1", job, "[]");
    seen_is(&seen, "+c1/jobs/j +c1/pods/p1 ");
    json_unref(ask_json(f, "PUT", "/apis/batch/v1/namespaces/default/jobs/j",
                        "{\"metadata\":{\"name\":\"j\"}}", 422));
    json_unref(ask_json(f, "POST", "/api/v1/namespaces/default/configmaps?dryRun=All",
                        "{\"metadata\":{\"name\":\"x\"}}", 201));
    seen_is(&seen, "");
    assert_int_equal(set(f, "jobs", "j", "status", "active", json_integer(1)), ERR_NONE);
    json_unref(ask_json(f, "DELETE", "/apis/batch/v1/namespaces/default/jobs/j",
                        "{\"propagationPolicy\":\"Background\"}", 200));
    seen_is(&seen, "~c1/jobs/j -c1/jobs/j -c1/pods/p1 ");
    json_unref(job);
    json_unref(create(f, "jobs", JOB("k"), ERR_NONE));
    seen_is(&seen, "+c1/jobs/k ");
    fixture_seed_run(f, true);
    fixture_seed_run(f, true); // behind the farewell of the first
    (void)pthread_mutex_lock(&seen.lock);
    assert_true(has((str){seen.text, seen.len}, STR("-c1/jobs/k ")));
    (void)pthread_mutex_unlock(&seen.lock);
    fixture_free(f);
}

static bool count_object(void *context, str cluster, json object, struct err *err)
{
    int *count = context;
    (void)object;
    (void)err;
    assert_str(cluster, "c1");
    ++*count;
    return true;
}

static void test_events_are_objects(void **state)
{
    struct fixture *f = *state;
    struct err err = ERR_INIT;
    json job = create(f, "jobs", JOB("j"), ERR_NONE);
    kube_event(f->kube, STR("c1"), job, STR("job-controller"), STR("Normal"),
               STR("SuccessfulCreate"), STR("Created pod: j-abcde"));
    json_unref(create(f, "jobs", JOB("behind"), ERR_NONE));
    char path[256];
    (void)snprintf(path, sizeof(path),
                   "/api/v1/namespaces/default/events?fieldSelector=involvedObject.uid%%3D%.*s",
                   STR_ARG(uid_of(job)));
    json list = ask_json(f, "GET", path, "", 200);
    json event = json_at(json_get(list, STR("items")), 0);
    assert_str(json_str(json_get(event, STR("reason"))), "SuccessfulCreate");
    assert_str(json_str(json_get_path(event, "source", "component", NULL)), "job-controller");
    assert_str(json_str(json_get_path(event, "involvedObject", "kind", NULL)), "Job");
    json_unref(list);
    json_unref(job);
    int count = 0;
    assert_true(kube_list(f->kube, STR(""), STR("jobs"), STR(""), count_object, &count, &err));
    assert_int_equal(count, 2);
}

static void test_logs_are_cut_as_asked(void **state)
{
    struct fixture *f = *state;
    static const struct {
        const char *query, *text;
    } cases[] = {
        {"",                                "one\ntwo\nthree\n"},
        {"?tailLines=1",                    "three\n"          },
        {"?tailLines=0",                    ""                 },
        {"?tailLines=99",                   "one\ntwo\nthree\n"},
        {"?limitBytes=5",                   "one\nt"           },
        {"?tailLines=2&limitBytes=3",       "two"              },
        {"?sinceTime=2999-01-01T00:00:00Z", ""                 },
        {"?sinceSeconds=1000",              "one\ntwo\nthree\n"},
        {"?container=c",                    "one\ntwo\nthree\n"},
    };
    json pod = create(f, "pods",
                      "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\","
                      "\"image\":\"i\"}]}}",
                      ERR_NONE);
    struct witness w = {&f->gate, ERR_NONE, json_absent()};
    char *text = mem_try(14);
    memcpy(text, "one\ntwo\nthree\n", 14);
    kube_log_set_take(f->kube, STR("c1"), uid_of(pod), STR("c"), (str){text, 14}, witness_done, &w);
    assert_true(gate_pass(&f->gate, 1, WAIT_MS));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char path[256];
        (void)snprintf(path, sizeof(path), "/api/v1/namespaces/default/pods/p/log%s",
                       cases[i].query);
        struct answer a = ask(f, STR("GET"), str_from_c(path), "", STR(""));
        assert_int_equal(a.status, 200);
        assert_str(a.body, cases[i].text);
        assert_true(has(a.head, STR("text/plain")));
        answer_release(&a);
    }
    struct answer a = ask(
        f, STR("GET"), STR("/api/v1/namespaces/default/pods/p/log?timestamps=true"), "", STR(""));
    assert_true(has(a.body, STR("000000Z two\n")));
    answer_release(&a);
    json_unref(pod);
}

static str live_log(void *context, str cluster, str pod_uid, str container)
{
    (void)context;
    (void)pod_uid;
    assert_str(cluster, "c1");
    assert_str(container, "c");
    char *text = mem_try(4);
    memcpy(text, "live", 4);
    return (str){text, 4};
}

static void test_running_containers_tell_their_log(void **state)
{
    struct fixture *f = *state;
    kube_live_logs(f->kube, live_log, NULL);
    json_unref(create(f, "pods",
                      "{\"metadata\":{\"name\":\"p\"},\"spec\":{\"containers\":[{\"name\":\"c\","
                      "\"image\":\"i\"}]}}",
                      ERR_NONE));
    struct answer a = ask(f, STR("GET"), STR("/api/v1/namespaces/default/pods/p/log"), "", STR(""));
    assert_str(a.body, "live");
    answer_release(&a);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_create_fills_in_and_refuses),
        TEST(test_update_runs_on_what_is_there),
        TEST(test_background_takes_dependents_and_logs),
        TEST(test_orphans_stay_and_forget),
        TEST(test_foreground_waits_for_dependents),
        cmocka_unit_test(test_observers_hear_of_all_changes_in_order),
        TEST(test_events_are_objects),
        TEST(test_logs_are_cut_as_asked),
        TEST(test_running_containers_tell_their_log),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
