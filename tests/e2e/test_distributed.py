"""The distributed Map: child executions, Map Runs as the API tells of them, data sets read from and
results written to a bucket that is a local directory."""
import csv
import io
import json
import socket
import time

import pytest
from botocore.exceptions import ClientError

from s3 import S3
from stepd_server import (PATIENCE, Server, check_history, history, machine, output_of, run, wait_end)

PASS = {"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
FAIL_ODD = {"StartAt": "C", "States": {
    "C": {"Type": "Choice", "Default": "P", "Choices": [
        {"Variable": "$.odd", "BooleanEquals": True, "Next": "F"}]},
    "P": {"Type": "Pass", "End": True}, "F": {"Type": "Fail", "Error": "Odd", "Cause": "it is"}}}


def distributed(processor, kind="STANDARD", **fields):
    return {"StartAt": "M", "States": {"M": {"Type": "Map", "End": True, **fields, "ItemProcessor": {
        "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **processor}}}}


@pytest.fixture(scope="module")
def bucket(tmp_path_factory):
    return tmp_path_factory.mktemp("bucket")


@pytest.fixture(scope="module")
def s3_server(tmp_path_factory, proxy, bucket):
    s = Server(tmp_path_factory.mktemp("s3"), "--s3-buckets", f"data={bucket}", proxy=proxy).start()
    yield s
    assert s.stop() == 0


@pytest.fixture(scope="module")
def s3(s3_server):
    return s3_server.sfn()


def map_run_of(sfn, execution):
    runs = sfn.list_map_runs(executionArn=execution)["mapRuns"]
    assert len(runs) == 1
    return sfn.describe_map_run(mapRunArn=runs[0]["mapRunArn"])


def failed(sfn, definition, value=None):
    described = run(sfn, definition, value)
    assert described["status"] == "FAILED", described
    check_history(history(sfn, described["executionArn"]))
    return described["error"], described["cause"]


# -- Map Runs and child executions --

def test_a_map_run_and_its_children_are_told_of(sfn):
    described = run(sfn, distributed(PASS, Label="Each"), [{"n": 1}, {"n": 2}, {"n": 3}])
    assert output_of(described) == [{"n": 1}, {"n": 2}, {"n": 3}]
    parent = described["executionArn"]
    name = described["stateMachineArn"].rsplit(":", 1)[1]
    listed = sfn.list_map_runs(executionArn=parent)["mapRuns"]
    assert [r["executionArn"] for r in listed] == [parent]
    arn = listed[0]["mapRunArn"]
    assert f":mapRun:{name}/Each:" in arn
    assert listed[0]["stateMachineArn"] == described["stateMachineArn"]

    run_ = sfn.describe_map_run(mapRunArn=arn)
    assert run_["status"] == "SUCCEEDED" and run_["executionArn"] == parent
    assert run_["maxConcurrency"] == 2147483647
    assert run_["toleratedFailureCount"] == 0 and run_["toleratedFailurePercentage"] == 0
    counts = {"pending": 0, "running": 0, "succeeded": 3, "failed": 0, "timedOut": 0, "aborted": 0,
              "total": 3, "resultsWritten": 3, "failuresNotRedrivable": 0, "pendingRedrive": 0}
    assert run_["itemCounts"] == counts and run_["executionCounts"] == counts

    children = sfn.list_executions(mapRunArn=arn)["executions"]
    assert len(children) == 3
    for child in children:
        assert child["itemCount"] == 1 and child["mapRunArn"] == arn
        assert f":execution:{name}/Each:" in child["executionArn"]
        told = sfn.describe_execution(executionArn=child["executionArn"])
        assert told["mapRunArn"] == arn and told["status"] == "SUCCEEDED"
        assert told["stateMachineArn"].endswith(f":stateMachine:{name}/Each")
        assert told["input"] == told["output"]
        events = history(sfn, child["executionArn"])
        check_history(events)
        assert [e["type"] for e in events] == [
            "ExecutionStarted", "PassStateEntered", "PassStateExited", "ExecutionSucceeded"]
    # Children are no executions of the machine itself.
    assert [e["executionArn"] for e in sfn.list_executions(
        stateMachineArn=described["stateMachineArn"])["executions"]] == [parent]


def test_children_are_listed_page_by_page(sfn):
    described = run(sfn, distributed(PASS), list(range(25)))
    arn = map_run_of(sfn, described["executionArn"])["mapRunArn"]
    seen, token = [], None
    while True:
        page = sfn.list_executions(mapRunArn=arn, maxResults=10,
                                   **({"nextToken": token} if token else {}))
        seen += [e["executionArn"] for e in page["executions"]]
        token = page.get("nextToken")
        if not token:
            break
        assert len(page["executions"]) == 10
    assert len(seen) == len(set(seen)) == 25
    assert sfn.list_executions(mapRunArn=arn, statusFilter="FAILED")["executions"] == []


def test_express_children_are_not_described(sfn):
    described = run(sfn, distributed(PASS, "EXPRESS"), [1, 2])
    assert output_of(described) == [1, 2]
    arn = map_run_of(sfn, described["executionArn"])["mapRunArn"]
    child = sfn.list_executions(mapRunArn=arn)["executions"][0]["executionArn"]
    assert ":express:" in child
    with pytest.raises(ClientError, match="Resource type not valid in this context: express"):
        sfn.describe_execution(executionArn=child)


def test_batches_count_items_and_executions_apart(sfn):
    described = run(sfn, distributed(PASS, ItemBatcher={"MaxItemsPerBatch": 4}), list(range(10)))
    assert [len(b["Items"]) for b in output_of(described)] == [4, 4, 2]
    run_ = map_run_of(sfn, described["executionArn"])
    assert run_["itemCounts"]["total"] == 10 and run_["executionCounts"]["total"] == 3
    assert sorted(e["itemCount"] for e in sfn.list_executions(
        mapRunArn=run_["mapRunArn"])["executions"]) == [2, 4, 4]


def test_too_many_failures_end_the_run(sfn):
    items = [{"odd": True}, {"odd": False}]
    error, cause = failed(sfn, distributed(FAIL_ODD, MaxConcurrency=1), items)
    assert error == "States.ExceedToleratedFailureThreshold"
    assert cause == "The specified tolerated failure threshold was exceeded"


def test_failures_that_are_tolerated_leave_no_result(sfn):
    items = [{"odd": True}, {"odd": False}, {"odd": True}]
    described = run(sfn, distributed(FAIL_ODD, ToleratedFailurePercentage=67), items)
    assert output_of(described) == [{"odd": False}]
    counts = map_run_of(sfn, described["executionArn"])["itemCounts"]
    assert counts["failed"] == 2 and counts["succeeded"] == 1


def wait_for(what, seconds=20):
    end = time.monotonic() + seconds * PATIENCE
    while not what():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_a_stopped_parent_stops_its_children(sfn):
    arn = machine(sfn, distributed(WAIT))
    parent = sfn.start_execution(stateMachineArn=arn, input="[1,2,3]")["executionArn"]
    wait_for(lambda: sfn.list_map_runs(executionArn=parent)["mapRuns"] and
             map_run_of(sfn, parent)["itemCounts"]["running"] == 3)
    sfn.stop_execution(executionArn=parent, error="E", cause="enough")
    assert wait_end(sfn, parent)["status"] == "ABORTED"
    wait_for(lambda: map_run_of(sfn, parent)["executionCounts"]["aborted"] == 3)
    assert map_run_of(sfn, parent)["status"] == "ABORTED"


def test_a_stopped_child_is_a_failed_item(sfn):
    arn = machine(sfn, distributed(WAIT, ToleratedFailureCount=1))
    parent = sfn.start_execution(stateMachineArn=arn, input="[1]")["executionArn"]
    wait_for(lambda: sfn.list_map_runs(executionArn=parent)["mapRuns"] and
             map_run_of(sfn, parent)["itemCounts"]["running"] == 1)
    run_ = map_run_of(sfn, parent)
    child = sfn.list_executions(mapRunArn=run_["mapRunArn"])["executions"][0]["executionArn"]
    sfn.stop_execution(executionArn=child)
    assert output_of(wait_end(sfn, parent)) == []
    assert map_run_of(sfn, parent)["itemCounts"]["aborted"] == 1


def test_a_running_map_run_can_be_changed(sfn):
    arn = machine(sfn, distributed(WAIT, MaxConcurrency=1))
    parent = sfn.start_execution(stateMachineArn=arn, input="[1,2,3,4]")["executionArn"]
    wait_for(lambda: sfn.list_map_runs(executionArn=parent)["mapRuns"] and
             map_run_of(sfn, parent)["itemCounts"]["running"] == 1)
    run_arn = map_run_of(sfn, parent)["mapRunArn"]
    sfn.update_map_run(mapRunArn=run_arn, maxConcurrency=3, toleratedFailureCount=2,
                       toleratedFailurePercentage=12.5)
    run_ = map_run_of(sfn, parent)
    assert (run_["maxConcurrency"], run_["toleratedFailureCount"]) == (3, 2)
    assert run_["toleratedFailurePercentage"] == 12.5
    wait_for(lambda: map_run_of(sfn, parent)["itemCounts"]["running"] == 3)
    sfn.stop_execution(executionArn=parent)
    wait_end(sfn, parent)
    with pytest.raises(ClientError) as refused:
        sfn.update_map_run(mapRunArn=run_arn, maxConcurrency=3)
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("call, code", [
    (lambda s, a: s.describe_map_run(mapRunArn=a.replace(":mapRun:", ":execution:")), "InvalidArn"),
    (lambda s, a: s.describe_map_run(mapRunArn=a), "ResourceNotFound"),
    (lambda s, a: s.list_executions(mapRunArn=a), "ResourceNotFound"),
    (lambda s, a: s.list_executions(mapRunArn=a, stateMachineArn=a), "ValidationException"),
    (lambda s, a: s.list_executions(), "ValidationException"),
    (lambda s, a: s.list_map_runs(executionArn=a.replace(":mapRun:", ":execution:")),
     "ExecutionDoesNotExist"),
    (lambda s, a: s.update_map_run(mapRunArn=a, maxConcurrency=1), "ResourceNotFound"),
    (lambda s, a: s.update_map_run(mapRunArn=a, toleratedFailurePercentage=100.5),
     "ValidationException"),
])
def test_map_runs_that_are_not(sfn, call, code):
    with pytest.raises(ClientError) as refused:
        call(sfn, "arn:aws:states:us-east-1:123456789012:mapRun:m/l:none")
    assert refused.value.response["Error"]["Code"] == code


def test_ten_thousand_items(skipping):
    """They wait for an hour each, all at once: that many are parked, and their time is skipped."""
    sfn = skipping.sfn()
    described = run(sfn, distributed(WAIT, ResultPath=None), list(range(10000)), timeout=120)
    assert described["status"] == "SUCCEEDED", described
    run_ = map_run_of(sfn, described["executionArn"])
    assert run_["itemCounts"]["succeeded"] == 10000
    took = described["stopDate"] - described["startDate"]
    assert 3600 <= took.total_seconds() < 3700


def test_killed_in_the_middle(make_server):
    server = make_server().start()
    sfn = server.sfn()
    processor = {"StartAt": "W", "States": {
        "W": {"Type": "Wait", "SecondsPath": "$.s", "Next": "A"}, **PASS["States"]}}
    arn = machine(sfn, distributed(processor, MaxConcurrency=5, ItemSelector={
        "i.$": "$$.Map.Item.Index", "s": 1}))
    parent = sfn.start_execution(stateMachineArn=arn, input=json.dumps(list(range(20))))[
        "executionArn"]
    for _ in range(3):
        time.sleep(0.7)
        server.kill()
        server.start()
        sfn = server.sfn()
    described = wait_end(sfn, parent)
    assert [o["i"] for o in output_of(described)] == list(range(20))
    check_history(history(sfn, parent))
    run_ = map_run_of(sfn, parent)
    assert run_["executionCounts"]["total"] == run_["executionCounts"]["succeeded"] == 20


# -- data sets --

def reader(key, processor=PASS, resource="getObject", **config):
    return distributed(processor, ItemReader={
        "Resource": f"arn:aws:states:::s3:{resource}", "Parameters": {"Bucket": "data", "Key": key},
        **({"ReaderConfig": config} if config else {})})


def test_csv_with_a_header(s3, bucket):
    text = io.StringIO()
    csv.writer(text).writerows([["a", "b"], ["1", 'x "y", z'], ["2", "two\nlines"], ["", ""]])
    (bucket / "rows.csv").write_text(text.getvalue())
    described = run(s3, reader("rows.csv", InputType="CSV", CSVHeaderLocation="FIRST_ROW"))
    assert output_of(described) == [{"a": "1", "b": 'x "y", z'}, {"a": "2", "b": "two\nlines"},
                                    {"a": "", "b": ""}]


def test_csv_with_given_headers_and_another_delimiter(s3, bucket):
    (bucket / "semi.csv").write_text("1;2\n3;4\n5;6\n")
    described = run(s3, reader("semi.csv", InputType="CSV", CSVHeaderLocation="GIVEN",
                               CSVHeaders=["x", "y"], CSVDelimiter="SEMICOLON", MaxItems=2))
    assert output_of(described) == [{"x": "1", "y": "2"}, {"x": "3", "y": "4"}]


def test_json_array_and_jsonl(s3, bucket):
    (bucket / "deep").mkdir()
    (bucket / "deep/a.json").write_text('[{"v": 1}, 2, "three"]')
    (bucket / "lines.jsonl").write_text('{"v":1}\n\n{"v":2}\n')
    assert output_of(run(s3, reader("deep/a.json", InputType="JSON"))) == [{"v": 1}, 2, "three"]
    assert output_of(run(s3, reader("lines.jsonl", InputType="JSONL"))) == [{"v": 1}, {"v": 2}]


def test_items_pointer(s3, bucket):
    (bucket / "nested.json").write_text('{"data": {"items": [1, 2]}}')
    assert output_of(run(s3, reader("nested.json", InputType="JSON",
                                    ItemsPointer="/data/items"))) == [1, 2]
    error, cause = failed(s3, reader("nested.json", InputType="JSON", ItemsPointer="/no"))
    assert error == "States.ItemReaderFailed"
    assert cause == ("The provided ReaderConfig.ItemsPointer does not match any valid path in the "
                     "JSON structure.")


def test_objects_of_a_bucket(s3, bucket):
    (bucket / "list").mkdir()
    for name in ("b.txt", "a.txt"):
        (bucket / "list" / name).write_text("12")
    definition = distributed(PASS, ItemReader={
        "Resource": "arn:aws:states:::s3:listObjectsV2",
        "Parameters": {"Bucket": "data", "Prefix": "list/"}})
    items = output_of(run(s3, definition))
    assert [i["Key"] for i in items] == ["list/a.txt", "list/b.txt"]
    assert items[0]["Size"] == 2 and items[0]["StorageClass"] == "STANDARD"
    assert set(items[0]) == {"Etag", "Key", "LastModified", "Size", "StorageClass"}


@pytest.mark.parametrize("name, text, config, cause", [
    ("object.json", "5", {"InputType": "JSON"}, "Attempting to map over non-iterable node."),
    ("twice.csv", "a,a\n1,2\n", {"InputType": "CSV", "CSVHeaderLocation": "FIRST_ROW"},
     "CSV headers cannot contain duplicates."),
])
def test_data_sets_that_cannot_be_read(s3, bucket, name, text, config, cause):
    (bucket / name).write_text(text)
    assert failed(s3, reader(name, **config)) == ("States.ItemReaderFailed", cause)


def test_what_is_not_there(s3):
    for key in ("no.json", "../../etc/passwd", "/etc/passwd", "deep"):
        definition = reader(key, InputType="JSON")
        error, cause = failed(s3, definition)
        assert error == "States.ItemReaderFailed" and cause


# -- results --

def writer(processor, prefix="out", config=None, **fields):
    return distributed(processor, ResultWriter={
        "Resource": "arn:aws:states:::s3:putObject",
        "Parameters": {"Bucket": "data", "Prefix": prefix},
        **({"WriterConfig": config} if config else {})}, **fields)


def test_results_are_written(s3, bucket):
    items = [{"odd": False, "n": 1}, {"odd": True, "n": 2}, {"odd": False, "n": 3}]
    described = run(s3, writer(FAIL_ODD, ToleratedFailureCount=1), items)
    output = output_of(described)
    run_arn = output["MapRunArn"]
    where = output["ResultWriterDetails"]
    assert where == {"Bucket": "data", "Key": f"out/{run_arn.rsplit(':', 1)[1]}/manifest.json"}
    manifest = json.loads((bucket / where["Key"]).read_text())
    assert manifest["MapRunArn"] == run_arn and manifest["DestinationBucket"] == "data"
    files = manifest["ResultFiles"]
    assert files["PENDING"] == []
    (succeeded,), (failed_,) = files["SUCCEEDED"], files["FAILED"]
    text = (bucket / succeeded["Key"]).read_text()
    assert len(text) == succeeded["Size"]
    records = json.loads(text)
    assert [json.loads(r["Input"])["n"] for r in records] == [1, 3]
    assert [json.loads(r["Output"])["n"] for r in records] == [1, 3]
    assert {r["Status"] for r in records} == {"SUCCEEDED"}
    assert list(records[0]) == sorted(records[0])
    bad, = json.loads((bucket / failed_["Key"]).read_text())
    assert (bad["Error"], bad["Cause"], bad["Status"]) == ("Odd", "it is", "FAILED")


def test_results_of_a_failed_run_are_written_too(s3, bucket):
    error, _ = failed(s3, writer(FAIL_ODD, "broken"), [{"odd": True}])
    assert error == "States.ExceedToleratedFailureThreshold"
    manifest, = (bucket / "broken").glob("*/manifest.json")
    assert len(json.loads(manifest.read_text())["ResultFiles"]["FAILED"]) == 1


def test_results_as_lines(s3, bucket):
    config = {"Transformation": "FLATTEN", "OutputType": "JSONL"}
    output = output_of(run(s3, writer(PASS, "lines", config), [[1, 2], [3], {"n": 4}]))
    manifest = json.loads((bucket / output["ResultWriterDetails"]["Key"]).read_text())
    text = (bucket / manifest["ResultFiles"]["SUCCEEDED"][0]["Key"]).read_text()
    assert text == '1\n2\n3\n{"n":4}'


def test_results_that_cannot_be_written(s3):
    definition = writer(PASS)
    definition["States"]["M"]["ResultWriter"]["Parameters"]["Bucket"] = "nowhere"
    error, cause = failed(s3, definition, [1])
    assert error == "States.ResultWriterFailed" and cause


# -- an S3-compatible endpoint --

KEYS = {"AWS_ACCESS_KEY_ID": "key-of-tests", "AWS_SECRET_ACCESS_KEY": "secret"}


@pytest.fixture(scope="module")
def bucket_server():
    s = S3()
    s.buckets["remote"] = {
        "a b/ü.json": b'[{"n": 1}, {"n": 2}]', "list/1": b"x", "list/2": b"xx", "list/3": b"xxx"}
    yield s
    s.shutdown()
    s.server_close()


@pytest.fixture(scope="module")
def remote(tmp_path_factory, proxy, bucket_server):
    s = Server(tmp_path_factory.mktemp("remote"), "--s3-endpoint", bucket_server.endpoint,
               proxy=proxy, environment=KEYS).start()
    yield s.sfn()
    assert s.stop() == 0


def remote_reader(parameters, resource="getObject"):
    return distributed(PASS, ItemReader={
        "Resource": f"arn:aws:states:::s3:{resource}", "Parameters": parameters,
        "ReaderConfig": {"InputType": "JSON"} if resource == "getObject" else {}})


def test_an_object_of_the_endpoint(remote):
    definition = remote_reader({"Bucket": "remote", "Key": "a b/ü.json"})
    assert output_of(run(remote, definition)) == [{"n": 1}, {"n": 2}]


def test_pages_of_a_list_are_followed(remote):
    items = output_of(run(remote, remote_reader({"Bucket": "remote", "Prefix": "list/"},
                                                "listObjectsV2")))
    assert [(i["Key"], i["Size"]) for i in items] == [("list/1", 1), ("list/2", 2), ("list/3", 3)]
    assert items[0]["LastModified"] == 1789207200.0 and items[0]["Etag"].startswith('"')


def test_results_at_the_endpoint(remote, bucket_server):
    definition = distributed(PASS, ResultWriter={
        "Resource": "arn:aws:states:::s3:putObject", "Parameters": {"Bucket": "remote"}})
    details = output_of(run(remote, definition, [1, 2]))["ResultWriterDetails"]
    manifest = json.loads(bucket_server.buckets["remote"][details["Key"]])
    records = json.loads(bucket_server.buckets["remote"][manifest["ResultFiles"]["SUCCEEDED"][0][
        "Key"]])
    assert [r["Output"] for r in records] == ["1", "2"]


@pytest.mark.parametrize("key, fault, cause", [
    ("missing", None, "The specified key does not exist. (Service: S3, Error Code: NoSuchKey)"),
    ("garbage", lambda h: h.answer(500, b"<<<"), "The endpoint answered with status 500"),
    ("cut", lambda h: h.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n[1") and
     h.connection.shutdown(socket.SHUT_RDWR), "Unable to execute HTTP request: "),
    ("xml-bomb", lambda h: h.answer(404, b"<!DOCTYPE x [<!ENTITY a 'aa'>]><Error><Message>&a;"
                                         b"</Message></Error>"),
     "The endpoint answered with status 404"),
    ("no-json", lambda h: h.answer(200, b"[1,"), ""),
])
def test_an_endpoint_that_fails(remote, bucket_server, key, fault, cause):
    if fault:
        bucket_server.faults[key] = fault
    error, said = failed(remote, remote_reader({"Bucket": "remote", "Key": key}))
    assert error == "States.ItemReaderFailed" and said and said.startswith(cause)


def test_without_any_bucket(sfn):
    error, cause = failed(sfn, remote_reader({"Bucket": "nowhere", "Key": "k"}))
    assert error == "States.ItemReaderFailed" and "--s3-endpoint is not set" in cause
    error, cause = failed(sfn, remote_reader({"Bucket": "../x", "Key": "k"}))
    assert "is not a name that a bucket can have" in cause
