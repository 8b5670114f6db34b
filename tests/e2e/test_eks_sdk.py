"""aws-sdk:eks:*: the operations of the EKS API, as Step Functions' SDK integrations call them."""
import json
import re
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, unquote, urlsplit

import botocore.session
import pytest
from botocore.exceptions import ClientError
from botocore.serialize import create_serializer

from kube import make_cluster
from stepd_server import (ACCOUNT, PATIENCE, REGION, ROLE, check_history, history, machine,
                          output_of, run, wait_end)

MODEL = botocore.session.get_session().get_service_model("eks")
ISO = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{3})?Z$")
DEPTH = 16  # of made-up parameters; none is as deep


def task(operation, parameters, **more):
    return {"Type": "Task", "Resource": f"arn:aws:states:::aws-sdk:eks:{operation}",
            "Parameters": parameters, **({} if "Next" in more else {"End": True}), **more}


def call(sfn, operation, parameters, **more):
    return run(sfn, {"StartAt": "T", "States": {"T": task(operation, parameters, **more)}})


@pytest.fixture(scope="module")
def cluster(server):
    return make_cluster(server.eks(), "sdk", tags={"team": "a"})


# -- against the embedded EKS --

def test_describe_cluster(sfn, cluster):
    described = call(sfn, "describeCluster", {"Name": "sdk"})
    output = output_of(described)["Cluster"]
    assert (output["Name"], output["Status"]) == ("sdk", "ACTIVE")
    assert output["Arn"] == cluster["arn"]
    assert output["CertificateAuthority"] == {"Data": cluster["certificateAuthority"]["data"]}
    assert output["Tags"] == {"team": "a"}
    assert ISO.match(output["CreatedAt"])


def test_history_names_the_sdk(sfn, cluster):
    events = history(sfn, call(sfn, "describeCluster", {"Name": "sdk"})["executionArn"])
    check_history(events)
    scheduled = events[2]["taskScheduledEventDetails"]
    assert (scheduled["resourceType"], scheduled["resource"]) == ("aws-sdk:eks", "describeCluster")
    assert json.loads(scheduled["parameters"]) == {"Name": "sdk"}
    assert events[4]["type"] == "TaskSucceeded"


def test_an_error_has_the_sdks_name_and_text(sfn):
    described = call(sfn, "describeCluster", {"Name": "nowhere"})
    assert described["error"] == "Eks.ResourceNotFoundException"
    assert re.fullmatch(r"No cluster found for name: nowhere\. \(Service: Eks, Status Code: 404, "
                        r"Request ID: [0-9a-f-]{36}\)", described["cause"])


def test_an_error_can_be_caught(sfn):
    definition = {"StartAt": "T", "States": {
        "T": task("describeNodegroup", {"ClusterName": "nowhere", "NodegroupName": "n"},
                  Catch=[{"ErrorEquals": ["Eks.ResourceNotFoundException"], "Next": "None"}]),
        "None": {"Type": "Pass", "Result": "caught", "End": True}}}
    assert output_of(run(sfn, definition)) == "caught"


def test_a_workflow_that_makes_a_nodegroup_and_waits_for_it_itself(sfn, cluster):
    nodegroup = {"ClusterName": "sdk", "NodegroupName": "workers"}
    definition = {"StartAt": "Make", "States": {
        "Make": task("createNodegroup", {**nodegroup, "NodeRole": ROLE, "Subnets": ["subnet-1"],
                                         "Labels": {"Pool": "A"}}, Next="Look"),
        "Look": task("describeNodegroup", nodegroup, Next="Ready?"),
        "Ready?": {"Type": "Choice", "Choices": [
            {"Variable": "$.Nodegroup.Status", "StringEquals": "ACTIVE", "Next": "List"}],
            "Default": "Wait"},
        "Wait": {"Type": "Wait", "Seconds": 1, "Next": "Look"},
        "List": task("listNodegroups", {"ClusterName": "sdk", "MaxResults": 10},
                     ResultPath="$.List", Next="Delete"),
        "Delete": task("deleteNodegroup", nodegroup, ResultPath="$.Deleted")}}
    output = output_of(run(sfn, definition))
    assert output["Nodegroup"]["Labels"] == {"Pool": "A"}
    assert output["List"] == {"Nodegroups": ["workers"]}
    assert output["Deleted"]["Nodegroup"]["Status"] == "DELETING"


def test_lists_go_into_the_query(sfn, server, cluster):
    tags = {"ResourceArn": cluster["arn"]}
    assert output_of(call(sfn, "tagResource", {**tags, "Tags": {"One": "1", "Two": "2", "x y": "ü"}})) == {}
    assert output_of(call(sfn, "untagResource", {**tags, "TagKeys": ["One", "x y"]})) == {}
    listed = output_of(call(sfn, "listTagsForResource", tags))
    assert listed == {"Tags": {"team": "a", "Two": "2"}}


def test_jsonata_arguments(sfn, cluster):
    definition = {"QueryLanguage": "JSONata", "StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": "arn:aws:states:::aws-sdk:eks:describeCluster",
        "Arguments": {"Name": "{% $states.input.name %}"},
        "Output": "{% $states.result.Cluster.Status %}", "End": True}}}
    assert output_of(run(sfn, definition, {"name": "sdk"})) == "ACTIVE"


def test_what_the_embedded_eks_lacks_fails_by_name(sfn, cluster):
    described = call(sfn, "listAddons", {"ClusterName": "sdk"})
    assert described["status"] == "FAILED"
    assert described["error"].startswith("Eks.") and "ListAddons" in described["cause"]


@pytest.mark.parametrize("parameters, sentence", [
    ({"Name": "c", "Extra": 1}, "The field 'Extra' is not supported by Step Functions"),
    ({}, "The field 'Name' is required but was missing"),
    ({"name": "c"}, "The field 'name' is not supported by Step Functions"),
    ({"Name": 1}, "The value for the field 'Name' must be a STRING"),
])
def test_parameters_are_checked_when_the_machine_is_made(sfn, parameters, sentence):
    with pytest.raises(ClientError) as caught:
        machine(sfn, {"StartAt": "T", "States": {"T": task("describeCluster", parameters)}})
    assert sentence in caught.value.response["Error"]["Message"]


@pytest.mark.parametrize("resource", ["runJob", "describeCluster.sync", "describeClusters"])
def test_what_is_no_operation_is_refused(sfn, resource):
    with pytest.raises(ClientError) as caught:
        machine(sfn, {"StartAt": "T", "States": {"T": task(resource, {"Name": "c"})}})
    assert caught.value.response["Error"]["Code"] == "InvalidDefinition"


# -- on the wire: what botocore would send --

class Recorder(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def take(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        self.server.taken.append((self.command, self.path, body, dict(self.headers)))
        self.server.may_answer.wait(30 * PATIENCE)
        self.send_response(self.server.status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", "2")
        self.end_headers()
        self.wfile.write(b"{}")

    do_GET = do_POST = do_DELETE = take


@pytest.fixture
def recorder():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Recorder)
    server.taken, server.status, server.may_answer = [], 200, threading.Event()
    server.may_answer.set()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def made_up(shape, name="", depth=0):
    """A value of a shape with every member in it."""
    assert depth < DEPTH
    if shape.type_name == "structure":
        return {key: made_up(member, key, depth + 1) for key, member in shape.members.items()}
    if shape.type_name == "list":
        return [made_up(shape.member, f"{name}{i}", depth + 1) for i in range(2)]
    if shape.type_name == "map":
        return {"Key Of": made_up(shape.value, name, depth + 1), "other": "v"}
    return {"string": f"{name} a/b:ü?", "integer": 7, "boolean": True}[shape.type_name]


def as_states_writes(value, shape):
    """The same with Step Functions' names: members begin with a capital, keys of maps stay."""
    if shape.type_name == "structure":
        return {key[0].upper() + key[1:]: as_states_writes(member, shape.members[key])
                for key, member in value.items()}
    if shape.type_name == "list":
        return [as_states_writes(element, shape.member) for element in value]
    return value


def expected(operation, parameters):
    request = create_serializer("rest-json").serialize_to_request(parameters, operation)
    query = {key: [str(v).lower() if isinstance(v, bool) else str(v) for v in
                   (value if isinstance(value, list) else [value])]
             for key, value in request["query_string"].items()}
    body = json.loads(request["body"]) if request["body"] else {}
    return request["method"], unquote(request["url_path"]), query, body


def test_every_operation_is_sent_as_the_sdk_sends_it(make_server, recorder):
    server = make_server("--eks-endpoint", f"http://127.0.0.1:{recorder.server_port}").start()
    operations = [MODEL.operation_model(name) for name in MODEL.operation_names]
    states, wanted = {}, []
    for operation in operations:
        parameters = made_up(operation.input_shape)
        wanted.append(expected(operation, parameters))
        name = operation.name[0].lower() + operation.name[1:]
        states[name] = task(name, as_states_writes(parameters, operation.input_shape),
                            ResultPath=None)
    names = list(states)
    for name, following in zip(names, names[1:]):
        del states[name]["End"]
        states[name]["Next"] = following
    assert len(names) >= 60
    output_of(run(server.sfn(), {"StartAt": names[0], "States": states}))
    assert len(recorder.taken) == len(wanted)
    for (method, target, body, headers), want in zip(recorder.taken, wanted):
        parts = urlsplit(target)
        got = (method, unquote(parts.path), parse_qs(parts.query), json.loads(body or b"{}"))
        assert got == want
        assert f"/{REGION}/eks/aws4_request" in headers["Authorization"]


def test_a_client_token_is_made_where_the_operation_has_one(make_server, recorder):
    server = make_server("--eks-endpoint", f"http://127.0.0.1:{recorder.server_port}").start()
    output_of(call(server.sfn(), "updateClusterVersion", {"Name": "c", "Version": "1.33"}))
    output_of(call(server.sfn(), "tagResource",
                   {"ResourceArn": f"arn:aws:eks:{REGION}:{ACCOUNT}:cluster/c", "Tags": {}}))
    update, tag = (json.loads(body) for _, _, body, _ in recorder.taken)
    assert re.fullmatch(r"[0-9a-f-]{36}", update.pop("clientRequestToken"))
    assert update == {"version": "1.33"} and tag == {"tags": {}}


def sent_before_a_crash(make_server, recorder, operation, parameters, status):
    """DescribeExecution of a call that was cut off by a crash, sent again, and then answered."""
    server = make_server("--eks-endpoint", f"http://127.0.0.1:{recorder.server_port}").start()
    recorder.may_answer.clear()
    arn = machine(server.sfn(), {"StartAt": "T", "States": {"T": task(operation, parameters)}})
    execution = server.sfn().start_execution(stateMachineArn=arn)["executionArn"]
    end = time.monotonic() + 30 * PATIENCE
    while not recorder.taken and time.monotonic() < end:
        time.sleep(0.01)
    server.kill()
    recorder.status = status
    recorder.may_answer.set()
    server.start()
    return wait_end(server.sfn(), execution)


def test_a_deletion_sent_before_a_crash_is_done(make_server, recorder):
    described = sent_before_a_crash(make_server, recorder, "deleteAddon",
                                    {"ClusterName": "c", "AddonName": "a"}, 404)
    assert output_of(described) == {}
    assert [method for method, *_ in recorder.taken] == ["DELETE", "DELETE"]


def test_what_is_sent_again_after_a_crash_has_the_same_client_token(make_server, recorder):
    described = sent_before_a_crash(make_server, recorder, "updateClusterVersion",
                                    {"Name": "c", "Version": "1.33"}, 200)
    assert output_of(described) == {}
    first, second = (json.loads(body) for _, _, body, _ in recorder.taken)
    assert first == second and first["clientRequestToken"]


def test_a_deletion_that_finds_nothing_fails(make_server, recorder):
    recorder.status = 404
    server = make_server("--eks-endpoint", f"http://127.0.0.1:{recorder.server_port}").start()
    described = call(server.sfn(), "deleteAddon", {"ClusterName": "c", "AddonName": "a"})
    assert described["error"] == "Eks.EksException"


def test_an_answer_without_a_name_of_its_error(make_server, recorder):
    recorder.status = 503
    server = make_server("--eks-endpoint", f"http://127.0.0.1:{recorder.server_port}").start()
    described = call(server.sfn(), "listClusters", {})
    assert described["error"] == "Eks.EksException"
    assert "(Service: Eks, Status Code: 503, Request ID: null)" in described["cause"]


def test_nobody_answers(make_server, recorder):
    port = recorder.server_port
    recorder.server_close()
    server = make_server("--eks-endpoint", f"http://127.0.0.1:{port}").start()
    assert call(server.sfn(), "listClusters", {})["error"] == "Eks.SdkClientException"
