"""The eks:* integrations against embedded clusters."""
import json

import pytest

from stepd_server import ACCOUNT, ROLE, ROOT, check_history, history, machine, output_of, run

EXAMPLES = ROOT / "examples"


def example(name):
    return (EXAMPLES / f"{name}.asl.json").read_text()


def task(api, parameters, **more):
    return {"StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": f"arn:aws:states:::eks:{api}", "Parameters": parameters,
        **({} if "Next" in more else {"End": True}), **more}}}


def access(name):
    """What a cloud definition says of a cluster: answered by the embedded one of that name."""
    return {"ClusterName": name, "CertificateAuthority": "ANPAJ2UCCR6DPCEXAMPLE",
            "Endpoint": "https://444455556666.yl4.us-east-1.eks.amazonaws.com"}


def job(name, annotations=None, **spec):
    return {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": name},
            "spec": {"backoffLimit": 0, **spec, "template": {
                "metadata": {"annotations": annotations or {}},
                "spec": {"restartPolicy": "Never",
                         "containers": [{"name": "main", "image": "busybox"}]}}}}


def failure(described):
    assert described["status"] == "FAILED", described
    return described["error"], described["cause"]


# -- the page's examples, unchanged --

def test_example_run_job(sfn):
    described = run(sfn, example("run-job"))
    output = output_of(described)
    assert output["kind"] == "Job"
    assert output["metadata"]["name"] == "example-job"
    assert output["status"]["succeeded"] == 1
    (pod, containers), = output["logs"]["pods"].items()
    assert pod.startswith("example-job-")
    assert "log" in containers["containers"]["pi-2000"]
    check_history(history(sfn, described["executionArn"]))


def test_example_call_lists_the_pods_of_the_job(sfn):
    # the Job of the example before has to be there: it is made when this test runs alone
    if not output_of(run(sfn, example("call")))["ResponseBody"]["items"]:
        output_of(run(sfn, example("run-job")))
    output = output_of(run(sfn, example("call")))
    assert output["StatusCode"] == 200 and output["StatusText"] == "OK"
    assert output["ResponseHeaders"]["Content-Type"] == ["application/json"]
    assert output["ResponseBody"]["kind"] == "PodList"
    assert len(output["ResponseBody"]["items"]) == 1


def test_examples_of_the_control_plane(make_server):
    server = make_server("--cluster-create-seconds", "0.2", "--cluster-delete-seconds", "0.1").start()
    sfn, eks = server.sfn(), server.eks()
    created = output_of(run(sfn, example("create-cluster")))["Cluster"]
    assert created["Name"] == "MyCluster" and created["Status"] == "ACTIVE"
    assert created["Arn"] == f"arn:aws:eks:us-east-1:{ACCOUNT}:cluster/MyCluster"
    assert created["Endpoint"].startswith("https://")
    assert created["CertificateAuthority"]["Data"]
    assert isinstance(created["CreatedAt"], int) and created["CreatedAt"] > 10**12
    nodegroup = output_of(run(sfn, example("create-nodegroup")))["Nodegroup"]
    assert (nodegroup["NodegroupName"], nodegroup["Status"]) == ("MyNodegroup", "ACTIVE")
    profile = output_of(run(sfn, example("create-fargate-profile")))["FargateProfile"]
    assert (profile["FargateProfileName"], profile["Status"]) == ("MyFargateProfile", "ACTIVE")
    assert profile["Selectors"] == [{"Namespace": "my-namespace", "Labels": {"my-label": "my-value"}}]
    assert failure(run(sfn, example("delete-cluster")))[0] == "EKS.ResourceInUseException"
    assert output_of(run(sfn, example("delete-fargate-profile")))["FargateProfile"]["Status"] == "DELETING"
    assert output_of(run(sfn, example("delete-nodegroup")))["Nodegroup"]["Status"] == "DELETING"
    assert output_of(run(sfn, example("delete-cluster")))["Cluster"]["Status"] == "DELETING"
    assert eks.list_clusters()["clusters"] == []


def test_example_authorize_user(sfn):
    output = output_of(run(sfn, example("authorize-user")))
    assert output["StatusCode"] == 201
    assert output["ResponseBody"]["metadata"]["name"] == "aws-auth"
    error, cause = failure(run(sfn, example("authorize-user")))
    assert error == "EKS.409"
    assert json.loads(cause)["ResponseBody"]["reason"] == "AlreadyExists"


# -- runJob --

def test_log_is_parsed_unless_raw(sfn):
    annotations = {"stepd.dev/log": '{"pi": 3.14}\n'}
    for raw, expected in ((False, {"pi": 3.14}), (True, '{"pi": 3.14}\n')):
        output = output_of(run(sfn, task("runJob.sync", {
            **access("logs"), "Job": job(f"log-{raw}".lower(), annotations),
            "LogOptions": {"RetrieveLogs": True, "RawLogs": raw}})))
        (pod,) = output["logs"]["pods"].values()
        assert pod["containers"]["main"]["log"] == expected


def test_log_parameters_reach_the_log_request(sfn):
    output = output_of(run(sfn, task("runJob.sync", {
        **access("logs"), "Job": job("tail", {"stepd.dev/log": "one\ntwo\nthree\n"}),
        "LogOptions": {"RetrieveLogs": True, "LogParameters": {"tailLines": ["2"]}}})))
    (pod,) = output["logs"]["pods"].values()
    assert pod["containers"]["main"]["log"] == "two\nthree\n"


def test_log_that_cannot_be_read_has_error_and_cause(sfn):
    output = output_of(run(sfn, task("runJob.sync", {
        **access("logs"), "Job": job("badlog"),
        "LogOptions": {"RetrieveLogs": True, "LogParameters": {"tailLines": ["-1"]}}})))
    (pod,) = output["logs"]["pods"].values()
    entry = pod["containers"]["main"]
    assert entry["error"] == "EKS.422" and "log" not in entry
    assert json.loads(entry["cause"])["StatusCode"] == 422


def test_job_as_text(sfn):
    output = output_of(run(sfn, task("runJob.sync", {**access("text"), "Job": json.dumps(job("text"))})))
    assert output["metadata"]["name"] == "text" and "logs" not in output


def test_run_job_without_sync_answers_at_once(sfn):
    output = output_of(run(sfn, task("runJob", {**access("async"), "Job": job("async")})))
    assert output["StatusCode"] == 201 and output["ResponseBody"]["kind"] == "Job"


def test_failed_job_fails_the_task(sfn):
    described = run(sfn, task("runJob.sync", {
        **access("fail"), "Job": job("fails", {"stepd.dev/exit-code": "3", "stepd.dev/log": "oh no"}),
        "LogOptions": {"RetrieveLogs": True}}))
    error, cause = failure(described)
    assert error == "States.TaskFailed"
    failed = json.loads(cause)
    assert [c["type"] for c in failed["status"]["conditions"] if c["status"] == "True"][-1] == "Failed"
    (pod,) = failed["logs"]["pods"].values()
    assert pod["containers"]["main"]["log"] == "oh no"


def test_second_job_of_a_name_is_refused(sfn):
    definition = task("runJob.sync", {**access("twice"), "Job": job("twice")})
    output_of(run(sfn, definition))
    described = run(sfn, definition)
    error, cause = failure(described)
    assert error == "EKS.409"
    assert json.loads(cause) == {
        "ResponseBody": {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                         "message": 'jobs.batch "twice" already exists', "reason": "AlreadyExists",
                         "details": {"name": "twice", "group": "batch", "kind": "jobs"}, "code": 409},
        "StatusCode": 409, "StatusText": "Conflict"}
    types = [e["type"] for e in history(sfn, described["executionArn"])]
    assert types == ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                     "TaskSubmitFailed", "ExecutionFailed"]


def test_namespace_that_is_missing(sfn):
    error, cause = failure(run(sfn, task("runJob", {**access("ns"), "Namespace": "nowhere",
                                                    "Job": job("j")})))
    assert error == "EKS.404"
    assert json.loads(cause)["ResponseBody"]["message"] == 'namespaces "nowhere" not found'


def test_eks_errors_are_caught_and_retried(sfn):
    definition = {"StartAt": "T", "States": {
        "T": {"Type": "Task", "Resource": "arn:aws:states:::eks:call",
              "Parameters": {**access("catch"), "Method": "GET",
                             "Path": "/apis/batch/v1/namespaces/default/jobs/none"},
              "Retry": [{"ErrorEquals": ["EKS.404"], "IntervalSeconds": 1, "MaxAttempts": 1}],
              "Catch": [{"ErrorEquals": ["EKS.404"], "ResultPath": "$.failed", "Next": "C"}],
              "Next": "C"},
        "C": {"Type": "Pass", "End": True}}}
    described = run(sfn, definition, {"kept": 1})
    output = output_of(described)
    assert output["kept"] == 1 and output["failed"]["Error"] == "EKS.404"
    types = [e["type"] for e in history(sfn, described["executionArn"])]
    assert types.count("TaskFailed") == 2 and types.count("TaskScheduled") == 2
    assert types.count("TaskStateEntered") == 1


def test_history_of_a_job(sfn):
    parameters = {**access("hist"), "Job": job("hist")}
    described = run(sfn, task("runJob.sync", parameters, TimeoutSeconds=100))
    events = history(sfn, described["executionArn"])
    check_history(events)
    assert [e["type"] for e in events] == [
        "ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted",
        "TaskSucceeded", "TaskStateExited", "ExecutionSucceeded"]
    scheduled = events[2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"], scheduled["region"],
            scheduled["timeoutInSeconds"]) == ("eks", "runJob.sync", "us-east-1", 100)
    assert json.loads(scheduled["parameters"]) == parameters
    assert events[3]["taskStartedEventDetails"] == {"resourceType": "eks", "resource": "runJob.sync"}
    submitted = json.loads(events[4]["taskSubmittedEventDetails"]["output"])
    assert submitted["StatusCode"] == 201 and submitted["ResponseBody"]["metadata"]["name"] == "hist"
    assert json.loads(events[5]["taskSucceededEventDetails"]["output"]) == output_of(described)


def test_timeout_of_a_job(sfn):
    described = run(sfn, task("runJob.sync", {
        **access("slow"), "Job": job("slow", {"stepd.dev/duration": "60"})}, TimeoutSeconds=1))
    assert (described["status"], described["error"]) == ("FAILED", "States.Timeout")
    assert "TaskTimedOut" in [e["type"] for e in history(sfn, described["executionArn"])]


def test_result_past_the_quota(sfn):
    def make(name, following):
        return {"Type": "Task", "Resource": "arn:aws:states:::eks:call", "ResultPath": None,
                "Parameters": {**access("big"), "Method": "POST",
                               "Path": "/api/v1/namespaces/default/configmaps",
                               "RequestBody": {"apiVersion": "v1", "kind": "ConfigMap",
                                               "metadata": {"name": name},
                                               "data": {"x": "x" * 140_000}}},
                "Next": following}
    listing = task("call", {**access("big"), "Method": "GET",
                            "Path": "/api/v1/namespaces/default/configmaps"})["States"]["T"]
    error, cause = failure(run(sfn, {"StartAt": "A", "States": {
        "A": make("a", "B"), "B": make("b", "List"), "List": listing}}))
    assert error == "States.DataLimitExceeded"
    assert cause == ("The state/task 'eks' returned a result with a size exceeding the maximum "
                     "number of bytes service limit.")


# -- refused when a definition is created --

@pytest.mark.parametrize("api, parameters, text", [
    ("call", {"ClusterName": "c"}, "is required but was missing"),
    ("runJob.sync", {**access("c"), "Job": {}, "Jobs": 1}, "Jobs"),
    ("call.sync", access("c"), "is not recognized"),
    ("createAddon", {}, "is not recognized"),
    ("call.waitForTaskToken", access("c"), "is not recognized"),
])
def test_refused_at_creation(sfn, api, parameters, text):
    with pytest.raises(sfn.exceptions.InvalidDefinition) as refused:
        machine(sfn, task(api, parameters))
    message = refused.value.response["Error"]["Message"]
    assert message.startswith("Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: ")
    assert text in message and "/States/T/" in message


def test_sync_is_refused_in_express(sfn):
    with pytest.raises(sfn.exceptions.InvalidDefinition) as refused:
        machine(sfn, task("runJob.sync", {**access("c"), "Job": job("j")}), type="EXPRESS")
    assert refused.value.response["Error"]["Message"] == (
        "Invalid State Machine Definition: 'SCHEMA_VALIDATION_FAILED: Express state machine does "
        "not support '.sync' service integration at /States/T/Resource'")


# -- clusters --

def test_strangers_are_refused(server, sfn):
    """Only the role that made a cluster, and those in aws-auth, may call its Kubernetes API."""
    created = output_of(run(sfn, task("createCluster.sync", {
        "Name": "mine", "RoleArn": ROLE,
        "ResourcesVpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"]}})))["Cluster"]
    real = {"ClusterName": "mine", "CertificateAuthority": created["CertificateAuthority"]["Data"],
            "Endpoint": created["Endpoint"]}
    get = task("call", {**real, "Method": "GET", "Path": "/api/v1/namespaces"})
    assert output_of(run(sfn, get))["StatusCode"] == 200
    other = f"arn:aws:iam::{ACCOUNT}:role/other"
    error, cause = failure(run(sfn, get, roleArn=other))
    assert error == "EKS.401"
    assert json.loads(cause) == {
        "ResponseBody": {"kind": "Status", "apiVersion": "v1", "metadata": {}, "status": "Failure",
                         "message": "Unauthorized", "reason": "Unauthorized", "code": 401},
        "StatusCode": 401, "StatusText": "Unauthorized"}
    admit = task("call", {
        **real, "Method": "POST", "Path": "/api/v1/namespaces/kube-system/configmaps",
        "RequestBody": {"apiVersion": "v1", "kind": "ConfigMap",
                        "metadata": {"name": "aws-auth", "namespace": "kube-system"},
                        "data": {"mapRoles": json.dumps([{"rolearn": other, "username": "other",
                                                          "groups": ["system:masters"]}])}}})
    assert output_of(run(sfn, admit))["StatusCode"] == 201
    assert output_of(run(sfn, get, roleArn=other))["StatusCode"] == 200


def test_wrong_certificate_authority(sfn):
    created = output_of(run(sfn, task("createCluster.sync", {
        "Name": "ca", "RoleArn": ROLE,
        "ResourcesVpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"]}})))["Cluster"]
    other = output_of(run(sfn, task("createCluster.sync", {
        "Name": "ca2", "RoleArn": ROLE,
        "ResourcesVpcConfig": {"SubnetIds": ["subnet-1", "subnet-2"]}})))["Cluster"]
    error, _ = failure(run(sfn, task("call", {
        "ClusterName": "ca", "CertificateAuthority": other["CertificateAuthority"]["Data"],
        "Endpoint": created["Endpoint"], "Method": "GET", "Path": "/version"})))
    assert error == "EKS.SdkClientException"


def test_strict_clusters_are_not_provisioned(make_server):
    sfn = make_server("--eks-clusters", "strict").start().sfn()
    error, cause = failure(run(sfn, task("call", {**access("none"), "Method": "GET",
                                                  "Path": "/version"})))
    assert error == "EKS.SdkClientException"
    assert cause == ("Unable to execute HTTP request: 444455556666.yl4.us-east-1.eks.amazonaws.com: "
                     "Name or service not known")


def test_duplicate_cluster(sfn):
    create = task("createCluster.sync", {"Name": "dup", "RoleArn": ROLE, "ResourcesVpcConfig":
                                         {"SubnetIds": ["subnet-1", "subnet-2"]}})
    output_of(run(sfn, create))
    error, cause = failure(run(sfn, create))
    assert error == "EKS.ResourceInUseException"
    assert cause.startswith("Cluster already exists with name: dup (Service: AmazonEKS; Status Code: "
                            "409; Error Code: ResourceInUseException; Request ID: ")


def test_delete_of_what_is_not_there(sfn):
    error, cause = failure(run(sfn, task("deleteCluster.sync", {"Name": "never"})))
    assert error == "EKS.ResourceNotFoundException"
    assert cause.startswith("No cluster found for name: never. (Service: AmazonEKS; Status Code: 404;")


# -- skipped time --

def test_skipped_time_passes_over_a_long_job(skipping):
    sfn = skipping.sfn()
    described = run(sfn, task("runJob.sync", {
        **access("long"), "Job": job("long", {"stepd.dev/duration": "7200"})}), timeout=20)
    output_of(described)
    lasted = described["stopDate"] - described["startDate"]
    assert 7200 <= lasted.total_seconds() < 8200
