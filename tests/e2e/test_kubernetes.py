"""The Kubernetes APIs of embedded clusters: who is let in, objects, Jobs, kubectl."""
import contextlib
import json
import os
import shutil
import ssl
import subprocess
import sys
import urllib.error

import pytest

from kube import Kubernetes, is_finished, make_cluster, token
from stepd_server import ACCOUNT, PATIENCE, REGION, ROLE, Server, output_of, run

MAPS = "/api/v1/namespaces/default/configmaps"
JOBS = "/apis/batch/v1/namespaces/default/jobs"
PODS = "/api/v1/namespaces/default/pods"
STRANGER = {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
            "message": "Unauthorized", "reason": "Unauthorized", "code": 401}


@pytest.fixture(scope="module")
def local(tmp_path_factory, proxy):
    """A server that runs Jobs as processes."""
    s = Server(tmp_path_factory.mktemp("process"), "--pod-runtime", "process",
               "--cluster-create-seconds", "0", "--cluster-delete-seconds", "0", proxy=proxy).start()
    yield s
    assert s.stop() == 0


@pytest.fixture(scope="module")
def cluster(local):
    return make_cluster(local.eks(), "kube")


@pytest.fixture(scope="module")
def api(cluster):
    return Kubernetes(cluster)


def config_map(name, labels=None, **data):
    return {"apiVersion": "v1", "kind": "ConfigMap",
            "metadata": {"name": name, "labels": labels or {}}, "data": data}


def job(name, *command, containers=None, **spec):
    pod = {"restartPolicy": "Never",
           "containers": containers or [{"name": "main", "image": "any", "command": list(command)}]}
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
            "spec": {"backoffLimit": 0, **spec, "template": {"spec": pod}}}


def done(api, manifest):
    """Creates a Job, waits for its end: (Job, its pods in order of creation)."""
    status, made = api("POST", JOBS, manifest)
    assert status == 201, made
    name = made["metadata"]["name"]
    finished = api.wait_for(f"{JOBS}/{name}", is_finished)
    pods = api.get(PODS, labelSelector=f"job-name={name}")["items"]
    return finished, pods


def condition(finished):
    """(type, reason) of the one that says how it ended."""
    return next((c["type"], c.get("reason")) for c in finished["status"]["conditions"]
                if c["type"] in ("Complete", "Failed") and c["status"] == "True")


def log(api, pod, **query):
    return api.get(f"{PODS}/{pod['metadata']['name']}/log", **query)


def exit_code(pod):
    return pod["status"]["containerStatuses"][0]["state"]["terminated"]["exitCode"]


# -- who is let in --

def test_creator_is_let_in(api):
    assert "default" in api.names("/api/v1/namespaces")


@pytest.mark.parametrize("bearer", [
    "x", "k8s-aws-v1.", "k8s-aws-v1.!!!", "k8s-aws-v1." + "A" * 5000,
    "k8s-aws-v1.aHR0cHM6Ly9ldmlsLmV4YW1wbGUvP0FjdGlvbj1HZXRDYWxsZXJJZGVudGl0eQ"])
def test_bad_tokens(cluster, bearer):
    assert Kubernetes(cluster, bearer)("GET", MAPS) == (401, STRANGER)


def test_nobody_is_forbidden(cluster):
    status, answer = Kubernetes(cluster, None)("GET", MAPS)
    assert (status, answer["reason"]) == (403, "Forbidden")
    assert answer["message"] == (
        'configmaps is forbidden: User "system:anonymous" cannot list resource "configmaps" in API '
        'group "" in the namespace "default"')


def test_everybody_may_ask_for_health_and_version(cluster):
    nobody = Kubernetes(cluster, None)
    assert nobody("GET", "/healthz") == (200, "ok")
    assert nobody("GET", "/version")[1]["minor"].startswith("32")


def test_stranger_and_aws_auth(local):
    """The user who signs the token did not make this cluster; aws-auth lets him in."""
    definition = {"StartAt": "C", "States": {"C": {
        "Type": "Task", "Resource": "arn:aws:states:::eks:createCluster.sync", "End": True,
        "Parameters": {"Name": "foreign", "RoleArn": ROLE,
                       "ResourcesVpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"]}}}}}
    made = output_of(run(local.sfn(), definition))["Cluster"]
    described = local.eks().describe_cluster(name="foreign")["cluster"]
    me = Kubernetes(described)
    assert me("GET", MAPS) == (401, STRANGER)
    admit = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "aws-auth"}, "data": {
        "mapUsers": f"- userarn: arn:aws:iam::{ACCOUNT}:user/local\n  username: me\n"
                    "  groups: [\"system:masters\"]\n"}}
    call = {"StartAt": "C", "States": {"C": {
        "Type": "Task", "Resource": "arn:aws:states:::eks:call", "End": True, "Parameters": {
            "ClusterName": "foreign", "Endpoint": made["Endpoint"], "Method": "POST",
            "CertificateAuthority": made["CertificateAuthority"]["Data"],
            "Path": "/api/v1/namespaces/kube-system/configmaps", "RequestBody": admit}}}}
    assert output_of(run(local.sfn(), call))["StatusCode"] == 201
    assert me("GET", MAPS)[0] == 200
    # taken away again, he is out
    assert me("PATCH", "/api/v1/namespaces/kube-system/configmaps/aws-auth",
              {"data": {"mapUsers": "]: not YAML ["}}, "application/merge-patch+json")[0] == 200
    assert me("GET", MAPS) == (401, STRANGER)


def test_certificate_is_the_clusters_own(local, cluster):
    other = make_cluster(local.eks(), "elsewhere")
    with pytest.raises(urllib.error.URLError) as refused:
        Kubernetes({**cluster, "certificateAuthority": other["certificateAuthority"]})("GET", MAPS)
    assert isinstance(refused.value.reason, ssl.SSLCertVerificationError)


# -- discovery --

def test_discovery(api):
    assert api.get("/api")["versions"] == ["v1"]
    groups = [g["name"] for g in api.get("/apis")["groups"]]
    assert "batch" in groups
    core = {r["name"]: r for r in api.get("/api/v1")["resources"]}
    assert {"pods", "pods/log", "configmaps", "namespaces", "secrets"} <= set(core)
    assert core["pods"]["namespaced"] and core["pods"]["kind"] == "Pod"
    assert "jobs" in [r["name"] for r in api.get("/apis/batch/v1")["resources"]]


def test_paths_that_are_not_there(api):
    assert api("GET", "/nothing")[0] == 404
    status, answer = api("GET", "/apis/apps/v9/namespaces/default/things")
    assert (status, answer["reason"]) == (404, "NotFound")
    assert api("PUT", MAPS, {})[0] == 405


def test_namespaces_at_the_start(api):
    assert {"default", "kube-system", "kube-public", "kube-node-lease"} <= set(
        api.names("/api/v1/namespaces"))
    bundle = api.get(MAPS + "/kube-root-ca.crt")
    assert bundle["data"]["ca.crt"].startswith("-----BEGIN CERTIFICATE-----")


# -- objects --

def test_life_of_an_object(api):
    status, made = api("POST", MAPS, config_map("life", a="1"))
    meta = made["metadata"]
    assert status == 201 and made["data"] == {"a": "1"}
    assert meta["uid"] and meta["resourceVersion"] and meta["creationTimestamp"].endswith("Z")
    assert meta["namespace"] == "default"
    assert api.get(f"{MAPS}/life") == made
    status, patched = api("PATCH", f"{MAPS}/life", {"data": {"a": None, "b": "2"}},
                          "application/merge-patch+json")
    assert status == 200 and patched["data"] == {"b": "2"}
    assert int(patched["metadata"]["resourceVersion"]) > int(meta["resourceVersion"])
    status, replaced = api("PUT", f"{MAPS}/life", {**patched, "data": {"c": "3"}})
    assert status == 200 and replaced["data"] == {"c": "3"}
    status, answer = api("DELETE", f"{MAPS}/life")
    assert (status, answer["status"]) == (200, "Success")
    assert api("GET", f"{MAPS}/life")[0] == 404


def test_object_twice_and_not_at_all(api):
    api("POST", MAPS, config_map("twice"))
    status, answer = api("POST", MAPS, config_map("twice"))
    assert status == 409
    assert answer == {
        "kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
        "message": 'configmaps "twice" already exists', "reason": "AlreadyExists",
        "details": {"name": "twice", "kind": "configmaps"}, "code": 409}
    for method, body in (("GET", None), ("DELETE", None), ("PATCH", {})):
        status, answer = api(method, f"{MAPS}/none", body, "application/merge-patch+json")
        assert (status, answer["message"], answer["reason"]) == (
            404, 'configmaps "none" not found', "NotFound")
    assert api("POST", "/api/v1/namespaces/nowhere/configmaps", config_map("x"))[1]["message"] == (
        'namespaces "nowhere" not found')
    assert api.names("/api/v1/namespaces/nowhere/configmaps") == []


def test_old_version_is_a_conflict(api):
    _, first = api("POST", MAPS, config_map("versions", a="1"))
    api("PUT", f"{MAPS}/versions", {**first, "data": {"a": "2"}})
    status, answer = api("PUT", f"{MAPS}/versions", {**first, "data": {"a": "3"}})
    assert (status, answer["reason"]) == (409, "Conflict")
    assert answer["message"] == (
        'Operation cannot be fulfilled on configmaps "versions": the object has been modified; '
        "please apply your changes to the latest version and try again")


def test_generated_names(api):
    body = config_map("x")
    body["metadata"] = {"generateName": "made-"}
    made = {api("POST", MAPS, body)[1]["metadata"]["name"] for _ in range(3)}
    assert len(made) == 3 and all(n.startswith("made-") and len(n) == 10 for n in made)


def test_patches(api):
    api("POST", MAPS, config_map("patch", a="1"))
    path = f"{MAPS}/patch"
    status, patched = api("PATCH", path, [{"op": "add", "path": "/data/b", "value": "2"},
                                          {"op": "test", "path": "/data/a", "value": "1"}],
                          "application/json-patch+json")
    assert status == 200 and patched["data"] == {"a": "1", "b": "2"}
    status, answer = api("PATCH", path, [{"op": "test", "path": "/data/a", "value": "9"}],
                         "application/json-patch+json")
    assert (status, answer["reason"]) == (422, "Invalid")
    status, patched = api("PATCH", path, {"metadata": {"labels": {"l": "v"}}},
                          "application/strategic-merge-patch+json")
    assert status == 200 and patched["metadata"]["labels"] == {"l": "v"}
    assert api("PATCH", path, {}, "text/plain")[0] == 415


@pytest.mark.parametrize("selector, expected", [
    ("tier=web", ["s-a", "s-b"]), ("tier!=web", ["s-c"]), ("tier in (web,db),env", ["s-a"]),
    ("env notin (prod)", ["s-b", "s-c"]), ("!env,tier==web", ["s-b"]), ("tier,env=prod", ["s-a"])])
def test_label_selectors(api, selector, expected):
    for name, labels in (("s-a", {"tier": "web", "env": "prod"}), ("s-b", {"tier": "web"}),
                         ("s-c", {"tier": "db"})):
        api("POST", MAPS, config_map(name, {**labels, "set": "selectors"}))
    assert api.names(MAPS, labelSelector=f"set=selectors,{selector}") == expected


def test_field_selectors(api):
    for name in ("f-a", "f-b"):
        api("POST", MAPS, config_map(name))
    assert api.names(MAPS, fieldSelector="metadata.name=f-a") == ["f-a"]
    assert "f-a" not in api.names(MAPS, fieldSelector="metadata.name!=f-a,metadata.namespace=default")
    status, answer = api("GET", MAPS, fieldSelector="data.a=1")
    assert (status, answer["reason"]) == (400, "BadRequest")
    assert api("GET", MAPS, labelSelector="a in (")[0] == 400


def test_lists_in_pages(api):
    for i in range(5):
        api("POST", MAPS, config_map(f"p-{i}", {"set": "pages"}))
    found, query = [], {"labelSelector": "set=pages", "limit": 2}
    while True:
        page = api.get(MAPS, **query)
        assert len(page["items"]) <= 2
        found += [i["metadata"]["name"] for i in page["items"]]
        if not page["metadata"].get("continue"):
            break
        query["continue"] = page["metadata"]["continue"]
    assert found == [f"p-{i}" for i in range(5)]


def test_delete_of_a_collection(api):
    for i in range(3):
        api("POST", MAPS, config_map(f"d-{i}", {"set": "gone"}))
    assert api("DELETE", MAPS, labelSelector="set=gone")[0] == 200
    assert api.names(MAPS, labelSelector="set=gone") == []


def test_namespace_and_what_is_in_it(api):
    path = "/api/v1/namespaces"
    assert api("POST", path, {"apiVersion": "v1", "kind": "Namespace",
                              "metadata": {"name": "team"}})[0] == 201
    assert api("POST", f"{path}/team/configmaps", config_map("in"))[0] == 201
    assert api("DELETE", f"{path}/team")[0] == 200
    api.wait_for(path, lambda all: "team" not in [i["metadata"]["name"] for i in all["items"]])
    assert "in" not in api.names(f"{path}/team/configmaps")


def watched(api, since, count):
    """So many events after a version: a watch may end early, and is gone on with then."""
    events = []
    while len(events) < count:
        status, text = api("GET", MAPS, raw=True, watch="true", labelSelector="set=watch",
                           resourceVersion=since, timeoutSeconds=1)
        assert status == 200
        more = [json.loads(line) for line in text.splitlines()]
        events += more
        if more:
            since = more[-1]["object"]["metadata"]["resourceVersion"]
    return events


def test_watch(api):
    _, made = api("POST", MAPS, config_map("watched", {"set": "watch"}))
    api("PATCH", f"{MAPS}/watched", {"data": {"a": "1"}}, "application/merge-patch+json")
    api("POST", MAPS, config_map("unwatched"))
    api("DELETE", f"{MAPS}/watched")
    events = watched(api, made["metadata"]["resourceVersion"], 2)
    assert [(e["type"], e["object"]["metadata"]["name"]) for e in events] == [
        ("MODIFIED", "watched"), ("DELETED", "watched")]
    assert events[0]["object"]["data"] == {"a": "1"}


def test_watch_from_the_beginning(api):
    api("POST", MAPS, config_map("there", {"set": "watch"}))
    (event,) = watched(api, "0", 1)
    assert (event["type"], event["object"]["metadata"]["name"]) == ("ADDED", "there")


@pytest.mark.parametrize("body", [b"{", b"[]", b"", b"\xff\xfe", b'"text"', b"[" * 20000,
                                  b'{"kind":"Job","apiVersion":"batch/v1"}'])
def test_bodies_that_are_no_object(api, body):
    status, answer = api("POST", MAPS, body)
    assert 400 <= status < 500 and answer["kind"] == "Status" and answer["code"] == status


def test_body_that_is_too_large(api):
    """Refused by an answer, or by the end of the connection before all of it is sent."""
    with contextlib.suppress(urllib.error.URLError, ConnectionError):
        status, answer = api("POST", MAPS, config_map("large", a="x" * (3 * 1024 * 1024)))
        assert status in (413, 422), answer
    assert api("GET", f"{MAPS}/large")[0] == 404


# -- Jobs, run as processes --

def test_job_that_succeeds(api):
    finished, (pod,) = done(api, job("good", "/bin/sh", "-c", "echo out; echo err >&2"))
    assert condition(finished) == ("Complete", "CompletionsReached")
    status = finished["status"]
    assert status["succeeded"] == 1 and "failed" not in status
    assert status["startTime"] <= status["completionTime"]
    assert pod["status"]["phase"] == "Succeeded" and exit_code(pod) == 0
    assert sorted(log(api, pod).split()) == ["err", "out"]
    assert pod["metadata"]["ownerReferences"][0]["uid"] == finished["metadata"]["uid"]
    assert pod["metadata"]["labels"]["batch.kubernetes.io/job-name"] == "good"


@pytest.mark.parametrize("code", [1, 42, 255])
def test_job_that_fails(api, code):
    finished, (pod,) = done(api, job(f"bad-{code}", "/bin/sh", "-c", f"exit {code}"))
    assert condition(finished) == ("Failed", "BackoffLimitExceeded")
    assert finished["status"]["failed"] == 1 and "completionTime" not in finished["status"]
    assert pod["status"]["phase"] == "Failed" and exit_code(pod) == code


def test_job_killed_by_a_signal(api):
    _, (pod,) = done(api, job("killed", "/bin/sh", "-c", "kill -9 $$$$"))  # $$ is Kubernetes's way to write $
    assert exit_code(pod) == 137


def test_command_that_is_not_there(api):
    finished, (pod,) = done(api, job("missing", "/no/such/program"))
    assert condition(finished)[0] == "Failed" and exit_code(pod) in (126, 127, 128)


def test_process_gets_env_args_and_directory(api):
    finished, (pod,) = done(api, job("env", containers=[{
        "name": "main", "image": "any", "command": ["/bin/sh", "-c", 'echo "$GREETING $1"; pwd', "sh"],
        "args": ["a b; $(touch nothing)"], "workingDir": "/tmp",
        "env": [{"name": "GREETING", "value": "hello"}]}]))
    assert log(api, pod) == "hello a b; $(touch nothing)\n/tmp\n"


def test_job_is_tried_again(api):
    """backoffLimit 1: a second pod after a delay, then it has failed."""
    finished, pods = done(api, {**job("again", "/bin/false"), "spec": {
        **job("again", "/bin/false")["spec"], "backoffLimit": 1}})
    assert condition(finished) == ("Failed", "BackoffLimitExceeded")
    assert finished["status"]["failed"] == len(pods) == 2


def test_completions_and_parallelism(api, tmp_path):
    script = ("import fcntl, sys, time\n"
              f"f = open({str(tmp_path / 'log')!r}, 'a')\n"
              "f.write('+\\n'); f.flush(); time.sleep(0.2); f.write('-\\n')\n")
    finished, pods = done(api, job("many", sys.executable, "-c", script, completions=5,
                                   parallelism=2))
    assert condition(finished)[0] == "Complete"
    assert finished["status"]["succeeded"] == len(pods) == 5
    running = most = 0
    for line in (tmp_path / "log").read_text().split():
        running += 1 if line == "+" else -1
        most = max(most, running)
    assert most == 2


def test_indexed_job(api):
    finished, pods = done(api, job("indexed", "/bin/sh", "-c", "echo $JOB_COMPLETION_INDEX",
                                   completions=3, parallelism=3, completionMode="Indexed"))
    assert finished["status"]["completedIndexes"] == "0-2"
    assert sorted(log(api, pod).strip() for pod in pods) == ["0", "1", "2"]


def test_deadline_of_a_job(api):
    finished, _ = done(api, job("late", "/bin/sleep", "1000", activeDeadlineSeconds=1))
    assert condition(finished) == ("Failed", "DeadlineExceeded")


def test_deleted_job_takes_its_processes_along(api, tmp_path):
    marker = tmp_path / "pid"
    api("POST", JOBS, job("stopped", "/bin/sh", "-c", f"echo $$$$ > {marker}; sleep 1000"))
    api.wait_for(f"{JOBS}/stopped", lambda j: marker.exists() and marker.read_text().strip())
    pid = int(marker.read_text())
    assert api("DELETE", f"{JOBS}/stopped", {"propagationPolicy": "Background"})[0] == 200
    api.wait_for(PODS, lambda all: not [p for p in all["items"] if p["metadata"].get("labels", {})
                                        .get("job-name") == "stopped"])
    api.wait_for(MAPS, lambda _: not os.path.exists(f"/proc/{pid}"))


def test_orphans_stay(api):
    finished, (pod,) = done(api, job("parent", "/bin/true"))
    status, answer = api("DELETE", f"{JOBS}/parent")
    assert status == 200 and answer["kind"] == "Job"
    api.wait_for(JOBS, lambda all: "parent" not in [j["metadata"]["name"] for j in all["items"]])
    assert api("GET", f"{PODS}/{pod['metadata']['name']}")[0] == 200


def test_log_options(api):
    _, (pod,) = done(api, job("logs", "/bin/sh", "-c", "echo one; echo two; echo three"))
    assert log(api, pod, tailLines=2) == "two\nthree\n"
    assert log(api, pod, limitBytes=5) == "one\nt"
    assert log(api, pod, tailLines=0) == ""
    assert all("T" in line.split(" ")[0] for line in log(api, pod, timestamps="true").splitlines())
    path = f"{PODS}/{pod['metadata']['name']}/log"
    assert api("GET", path, tailLines=-1)[0] == 422
    assert api("GET", path, container="x")[1]["message"] == (
        f"container x is not valid for pod {pod['metadata']['name']}")


def test_several_containers(api):
    containers = [{"name": n, "image": "any", "command": ["/bin/echo", n]} for n in ("a", "b")]
    _, (pod,) = done(api, job("two", containers=containers))
    name = pod["metadata"]["name"]
    assert log(api, pod, container="b") == "b\n"
    status, answer = api("GET", f"{PODS}/{name}/log")
    assert (status, answer["message"]) == (
        400, f"a container name must be specified for pod {name}, choose one of: [a b]")


@pytest.mark.parametrize("change, text", [
    ({"restartPolicy": "Always"}, "spec.template.spec.restartPolicy"),
    ({"restartPolicy": None}, "spec.template.spec.restartPolicy"),
    ({"containers": []}, "spec.template.spec.containers: Required value"),
    ({"containers": [{"name": "a"}]}, "spec.template.spec.containers[0].image: Required value"),
])
def test_jobs_that_cannot_be(api, change, text):
    manifest = job("invalid", "/bin/true")
    pod = manifest["spec"]["template"]["spec"]
    pod.update(change)
    manifest["spec"]["template"]["spec"] = {k: v for k, v in pod.items() if v is not None}
    status, answer = api("POST", JOBS, manifest)
    assert (status, answer["reason"]) == (422, "Invalid")
    assert answer["message"].startswith('Job.batch "invalid" is invalid: ')
    assert text in answer["message"] and answer["details"]["kind"] == "Job"


def test_jobs_outlive_the_server(make_server):
    """A Job that runs when the server is killed comes to its end; a finished one stays as it was."""
    server = make_server("--cluster-create-seconds", "0", "--pod-seconds", "0.3").start()
    first = Kubernetes(make_cluster(server.eks(), "kept"))
    finished, (pod,) = done(first, job("before", "x"))
    first("POST", JOBS, job("during", "x"))
    server.kill()
    server.start()
    again = Kubernetes(server.eks().describe_cluster(name="kept")["cluster"], first.bearer)
    assert again.get(f"{JOBS}/before") == finished
    assert condition(again.wait_for(f"{JOBS}/during", is_finished))[0] == "Complete"


# -- kubectl and the AWS CLI --

KUBECTL = shutil.which("kubectl")
AWS = shutil.which("aws")
needs_kubectl = pytest.mark.skipif(not KUBECTL, reason="kubectl is not on this machine")
needs_aws = pytest.mark.skipif(not AWS, reason="the AWS CLI is not on this machine")


def kubeconfig(path, cluster, user):
    name = cluster["name"]
    path.write_text(json.dumps({
        "apiVersion": "v1", "kind": "Config", "current-context": name,
        "clusters": [{"name": name, "cluster": {
            "server": cluster["endpoint"],
            "certificate-authority-data": cluster["certificateAuthority"]["data"]}}],
        "users": [{"name": name, "user": user}],
        "contexts": [{"name": name, "context": {"cluster": name, "user": name}}]}))
    return path


def tool(*command, home, input=None, ok=True, **environment):
    answer = subprocess.run(
        command, input=input, capture_output=True, text=True, timeout=60 * PATIENCE,
        env={**os.environ, "HOME": str(home), "AWS_ACCESS_KEY_ID": "test",
             "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": REGION, **environment})
    assert not ok or answer.returncode == 0, answer.stderr
    return answer


@pytest.fixture(scope="module")
def kubectl(cluster, tmp_path_factory):
    """kubectl with a kubeconfig written by hand, and a token."""
    home = tmp_path_factory.mktemp("home")
    config = kubeconfig(home / "config", cluster, {"token": token("kube")})

    def call(*arguments, **more):
        return tool(KUBECTL, "--kubeconfig", str(config), *arguments, home=home, **more)

    return call


@needs_kubectl
def test_kubectl_makes_a_job(kubectl, tmp_path):
    manifest = tmp_path / "job.yaml"
    manifest.write_text("apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: from-kubectl\nspec:\n"
                        "  backoffLimit: 0\n  template:\n    spec:\n      restartPolicy: Never\n"
                        "      containers:\n      - name: main\n        image: busybox\n"
                        "        command: [/bin/echo, hello]\n")
    assert kubectl("create", "-f", str(manifest)).stdout == "job.batch/from-kubectl created\n"
    kubectl("wait", "--for=condition=complete", "job/from-kubectl", "--timeout=30s")
    jobs = kubectl("get", "jobs", "from-kubectl").stdout.splitlines()
    assert jobs[0].split()[:3] == ["NAME", "STATUS", "COMPLETIONS"]
    assert jobs[1].split()[:3] == ["from-kubectl", "Complete", "1/1"]
    pods = kubectl("get", "pods", "-l", "job-name=from-kubectl").stdout.splitlines()
    assert pods[0].split() == ["NAME", "READY", "STATUS", "RESTARTS", "AGE"]
    assert pods[1].split()[1:3] == ["0/1", "Completed"]
    assert kubectl("logs", "job/from-kubectl").stdout == "hello\n"
    assert kubectl("delete", "job", "from-kubectl").stdout.startswith(
        'job.batch "from-kubectl" deleted')
    again = kubectl("get", "job", "from-kubectl", ok=False)
    assert again.returncode == 1
    assert 'Error from server (NotFound): jobs.batch "from-kubectl" not found' in again.stderr


@needs_kubectl
def test_kubectl_applies_twice(kubectl):
    manifest = json.dumps(config_map("applied", a="1"))
    assert kubectl("apply", "-f", "-", input=manifest).stdout == "configmap/applied created\n"
    assert kubectl("apply", "-f", "-", input=manifest).stdout == "configmap/applied unchanged\n"
    changed = json.dumps(config_map("applied", b="2"))
    assert kubectl("apply", "-f", "-", input=changed).stdout == "configmap/applied configured\n"
    assert kubectl("get", "configmap", "applied", "-o",
                   "jsonpath={.data}").stdout == '{"b":"2"}'


@needs_kubectl
def test_kubectl_describes(kubectl, api):
    done(api, job("described", "/bin/true"))
    text = kubectl("describe", "job", "described").stdout
    assert "1 Succeeded" in text and "SuccessfulCreate" in text


@needs_kubectl
def test_kubectl_without_a_good_token(cluster, tmp_path):
    config = kubeconfig(tmp_path / "config", cluster, {"token": "x"})
    answer = tool(KUBECTL, "--kubeconfig", str(config), "get", "pods", home=tmp_path, ok=False)
    assert answer.returncode == 1 and "You must be logged in to the server" in answer.stderr


@needs_kubectl
@needs_aws
def test_kubeconfig_of_the_aws_cli(local, cluster, tmp_path):
    """update-kubeconfig, and get-token as kubectl's exec plugin."""
    environment = {"AWS_ENDPOINT_URL_EKS": local.direct, "AWS_EC2_METADATA_DISABLED": "true",
                   "KUBECONFIG": str(tmp_path / "config")}
    said = tool(AWS, "eks", "update-kubeconfig", "--name", "kube", home=tmp_path, **environment)
    assert "Added new context" in said.stdout
    answer = tool(KUBECTL, "get", "namespaces", "-o", "name", home=tmp_path, **environment)
    assert "namespace/default" in answer.stdout.split()


@needs_aws
def test_aws_cli_lists_clusters(local, cluster, tmp_path):
    answer = tool(AWS, "eks", "list-clusters", home=tmp_path,
                  AWS_ENDPOINT_URL_EKS=local.direct, AWS_EC2_METADATA_DISABLED="true")
    assert "kube" in json.loads(answer.stdout)["clusters"]
