"""Histories, event by event, as AWS was seen to write them."""
import json

import pytest

from stepd_server import ROLE, check_history, history, machine, output_of, run, wait_end

RAW = {"truncated": False}


@pytest.fixture(scope="module")
def sfn(skipping):
    return skipping.sfn()


def events_of(sfn, definition, value=None, **more):
    described = run(sfn, definition, value, **more)
    events = history(sfn, described["executionArn"])
    check_history(events)
    return events


def shape(events):
    """(id, predecessor, type) of each."""
    return [(e["id"], e["previousEventId"], e["type"]) for e in events]


def links(events):
    return [e["previousEventId"] for e in events]


def kinds(events):
    return [e["type"] for e in events]


def details(event):
    """The event's one structure of details, or None."""
    found = [v for k, v in event.items() if k.endswith("EventDetails")]
    assert len(found) <= 1, event
    return found[0] if found else None


def one(state, name="P", following=None):
    return {"StartAt": name, "States": {name: state, **(following or {})}}


PASS = {"Type": "Pass", "End": True}
FAIL = {"Type": "Fail", "Error": "E", "Cause": "c"}


def test_pass(sfn):
    arn = machine(sfn, one({"Type": "Pass", "Result": {"b": 2}, "End": True}))
    execution = sfn.start_execution(stateMachineArn=arn, input='{ "a": 1 }')["executionArn"]
    wait_end(sfn, execution)
    events = history(sfn, execution)
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "PassStateEntered"), (3, 2, "PassStateExited"),
        (4, 3, "ExecutionSucceeded")]
    started = events[0]["executionStartedEventDetails"]
    assert json.loads(started.pop("input")) == {"a": 1}
    assert started == {"inputDetails": RAW, "roleArn": ROLE}
    entered = events[1]["stateEnteredEventDetails"]
    assert json.loads(entered.pop("input")) == {"a": 1}
    assert entered == {"name": "P", "inputDetails": RAW}
    assert events[2]["stateExitedEventDetails"] == {"name": "P", "output": '{"b":2}',
                                                    "outputDetails": RAW}
    assert events[3]["executionSucceededEventDetails"] == {"output": '{"b":2}',
                                                           "outputDetails": RAW}
    assert [e["timestamp"] for e in events] == sorted(e["timestamp"] for e in events)


def test_states_one_after_the_other(sfn):
    events = events_of(sfn, one({"Type": "Pass", "Next": "W"}, "P", {
        "W": {"Type": "Wait", "Seconds": 5, "Next": "C"},
        "C": {"Type": "Choice", "Choices": [{"Variable": "$.a", "IsPresent": True, "Next": "S"}]},
        "S": {"Type": "Succeed"}}), {"a": 1})
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "PassStateEntered"), (3, 2, "PassStateExited"),
        (4, 3, "WaitStateEntered"), (5, 4, "WaitStateExited"), (6, 5, "ChoiceStateEntered"),
        (7, 6, "ChoiceStateExited"), (8, 7, "SucceedStateEntered"), (9, 8, "SucceedStateExited"),
        (10, 9, "ExecutionSucceeded")]


def test_fail(sfn):
    events = events_of(sfn, one(FAIL))
    assert shape(events) == [(1, 0, "ExecutionStarted"), (2, 0, "FailStateEntered"),
                             (3, 2, "ExecutionFailed")]
    assert details(events[2]) == {"error": "E", "cause": "c"}
    assert events[2]["executionFailedEventDetails"]


def test_choice_without_a_match(sfn):
    events = events_of(sfn, one({"Type": "Choice", "Choices": [
        {"Variable": "$.a", "IsPresent": True, "Next": "S"}]}, "C", {"S": {"Type": "Succeed"}}))
    assert shape(events) == [(1, 0, "ExecutionStarted"), (2, 0, "ChoiceStateEntered"),
                             (3, 2, "ExecutionFailed")]


# -- Map --

def mapping(states, **fields):
    return one({"Type": "Map", "ItemProcessor": states, "End": True, **fields}, "M")


def test_map_one_after_the_other(sfn):
    """The next iteration hangs on the last event inside the one before."""
    events = events_of(sfn, mapping(one(PASS, "I"), MaxConcurrency=1), [7, 8])
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "MapStateEntered"), (3, 2, "MapStateStarted"),
        (4, 3, "MapIterationStarted"), (5, 4, "PassStateEntered"), (6, 5, "PassStateExited"),
        (7, 6, "MapIterationSucceeded"), (8, 6, "MapIterationStarted"), (9, 8, "PassStateEntered"),
        (10, 9, "PassStateExited"), (11, 10, "MapIterationSucceeded"),
        (12, 11, "MapStateSucceeded"), (13, 11, "MapStateExited"), (14, 13, "ExecutionSucceeded")]
    assert events[2]["mapStateStartedEventDetails"] == {"length": 2}
    for number, index in ((3, 0), (7, 1)):
        assert events[number]["mapIterationStartedEventDetails"] == {"name": "M", "index": index}
    assert events[6]["mapIterationSucceededEventDetails"] == {"name": "M", "index": 0}
    assert details(events[11]) is None
    assert events[4]["stateEnteredEventDetails"]["input"] == "7"


def test_map_side_by_side(sfn):
    events = events_of(sfn, mapping(one(PASS, "I")), [1, 2, 3])
    started = next(e["id"] for e in events if e["type"] == "MapStateStarted")
    assert [e["previousEventId"] for e in events if e["type"] == "MapIterationStarted"] \
        == [started] * 3
    by_id = {e["id"]: e for e in events}
    last = max(e["id"] for e in events if e["type"] == "MapIterationSucceeded")
    for e in events:
        if e["type"] == "PassStateEntered":
            assert by_id[e["previousEventId"]]["type"] == "MapIterationStarted"
        if e["type"] in ("MapStateSucceeded", "MapStateExited"):
            assert e["previousEventId"] == last


def test_map_of_nothing(sfn):
    events = events_of(sfn, mapping(one(PASS, "I")), [])
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "MapStateEntered"), (3, 2, "MapStateStarted"),
        (4, 3, "MapStateSucceeded"), (5, 3, "MapStateExited"), (6, 5, "ExecutionSucceeded")]
    assert events[2]["mapStateStartedEventDetails"] == {"length": 0}


def test_map_with_a_failing_iteration(sfn):
    events = events_of(sfn, mapping(one(FAIL, "I"), MaxConcurrency=1), [1, 2])
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "MapStateEntered"), (3, 2, "MapStateStarted"),
        (4, 3, "MapIterationStarted"), (5, 4, "FailStateEntered"), (6, 5, "MapIterationFailed"),
        (7, 5, "MapStateFailed"), (8, 7, "ExecutionFailed")]
    assert events[5]["mapIterationFailedEventDetails"] == {"name": "M", "index": 0}
    assert details(events[6]) is None
    assert details(events[7]) == {"error": "E", "cause": "c"}


def test_map_whose_iterations_are_cut(sfn):
    events = events_of(sfn, mapping({"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Default": "W", "Choices": [
            {"Variable": "$", "NumericEquals": 1, "Next": "S"}]},
        "S": {"Type": "Wait", "Seconds": 5, "Next": "F"}, "F": FAIL,
        "W": {"Type": "Wait", "Seconds": 100, "End": True}}}), [0, 1, 2])
    failing = next(e["id"] for e in events if e["type"] == "FailStateEntered")
    after = [(e["type"], e["previousEventId"], (details(e) or {}).get("index"))
             for e in events if e["id"] > failing]
    assert after == [
        ("MapIterationAborted", failing, 0), ("WaitStateAborted", failing, None),
        ("MapIterationFailed", failing, 1),
        ("MapIterationAborted", failing, 2), ("WaitStateAborted", failing, None),
        ("MapStateFailed", failing, None), ("ExecutionFailed", failing + 6, None)]


def test_runtime_error_in_an_iteration(sfn):
    """Straight to the end: no iteration and no state fails by an event."""
    events = events_of(sfn, mapping(one({"Type": "Pass", "InputPath": "$.a", "End": True}, "I")),
                       [1])
    assert kinds(events) == ["ExecutionStarted", "MapStateEntered", "MapStateStarted",
                             "MapIterationStarted", "PassStateEntered", "ExecutionFailed"]
    assert links(events) == [0, 0, 2, 3, 4, 5]


# -- Parallel --

def parallel(*branches, **fields):
    return one({"Type": "Parallel", "Branches": list(branches), "End": True, **fields}, "PAR",
               {"D": {"Type": "Succeed"}} if "D" in json.dumps(fields) else None)


def test_parallel(sfn):
    events = events_of(sfn, parallel(one(PASS, "A"), one(PASS, "B")))
    assert kinds(events)[:3] == ["ExecutionStarted", "ParallelStateEntered", "ParallelStateStarted"]
    assert details(events[2]) is None
    by_id = {e["id"]: e for e in events}
    entered = {e["stateEnteredEventDetails"]["name"]: e for e in events
               if e["type"] == "PassStateEntered"}
    exited = {e["stateExitedEventDetails"]["name"]: e for e in events
              if e["type"] == "PassStateExited"}
    assert {e["previousEventId"] for e in entered.values()} == {3}
    for name in ("A", "B"):
        assert exited[name]["previousEventId"] == entered[name]["id"]
    last = max(e["id"] for e in exited.values())
    succeeded, left, end = events[-3:]
    assert (succeeded["type"], succeeded["previousEventId"]) == ("ParallelStateSucceeded", last)
    assert (left["type"], left["previousEventId"]) == ("ParallelStateExited", last)
    assert details(succeeded) is None and by_id[end["previousEventId"]] is left
    assert left["stateExitedEventDetails"]["output"] == "[{},{}]"


def test_fail_in_a_branch(sfn):
    events = events_of(sfn, parallel(one(FAIL, "F")))
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "ParallelStateEntered"), (3, 2, "ParallelStateStarted"),
        (4, 3, "FailStateEntered"), (5, 4, "ParallelStateFailed"), (6, 5, "ExecutionFailed")]
    assert details(events[4]) is None
    assert details(events[5]) == {"error": "E", "cause": "c"}


def test_siblings_of_a_failing_branch_are_cut(sfn):
    waiting = one({"Type": "Wait", "Seconds": 100, "End": True}, "W")
    done = one(PASS, "P")
    failing = one({"Type": "Wait", "Seconds": 5, "Next": "F"}, "V", {"F": FAIL})
    events = events_of(sfn, parallel(waiting, done, failing))
    failed = next(e["id"] for e in events if e["type"] == "FailStateEntered")
    assert [(e["type"], e["previousEventId"]) for e in events if e["id"] > failed] == [
        ("WaitStateAborted", failed), ("ParallelStateFailed", failed),
        ("ExecutionFailed", failed + 2)]


def test_runtime_error_in_a_branch(sfn):
    events = events_of(sfn, parallel(one({"Type": "Pass", "InputPath": "$.a", "End": True}, "A")))
    assert kinds(events) == ["ExecutionStarted", "ParallelStateEntered", "ParallelStateStarted",
                             "PassStateEntered", "ExecutionFailed"]


# -- Retry, Catch --

def test_caught(sfn):
    events = events_of(sfn, parallel(one(FAIL, "F"), Catch=[
        {"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "D"}]), {"a": 1})
    assert shape(events)[3:] == [
        (4, 3, "FailStateEntered"), (5, 4, "ParallelStateFailed"), (6, 5, "ParallelStateExited"),
        (7, 6, "SucceedStateEntered"), (8, 7, "SucceedStateExited"), (9, 8, "ExecutionSucceeded")]
    assert json.loads(events[5]["stateExitedEventDetails"]["output"]) == {
        "a": 1, "e": {"Error": "E", "Cause": "c"}}


def test_retried(sfn):
    """Started again, not entered again."""
    events = events_of(sfn, parallel(one(FAIL, "F"), Retry=[
        {"ErrorEquals": ["E"], "MaxAttempts": 1}]))
    assert kinds(events) == [
        "ExecutionStarted", "ParallelStateEntered", "ParallelStateStarted", "FailStateEntered",
        "ParallelStateStarted", "FailStateEntered", "ParallelStateFailed", "ExecutionFailed"]
    assert events[5]["previousEventId"] == 5


CALL = {"Type": "Task", "Resource": "arn:aws:states:::eks:call", "End": True, "Parameters": {
    "ClusterName": "history", "CertificateAuthority": "ANPAJ2UCCR6DPCEXAMPLE",
    "Endpoint": "https://444455556666.yl4.us-east-1.eks.amazonaws.com", "Method": "GET",
    "Path": "/api/v1/namespaces/default/pods/none"}}
RESOURCE = {"resourceType": "eks", "resource": "call"}


def test_task(sfn):
    good = {**CALL, "Parameters": {**CALL["Parameters"], "Path": "/api/v1/namespaces/default"}}
    events = events_of(sfn, one({**good, "TimeoutSeconds": 60, "HeartbeatSeconds": 30}, "T"))
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "TaskStateEntered"), (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"), (5, 4, "TaskSucceeded"), (6, 5, "TaskStateExited"),
        (7, 6, "ExecutionSucceeded")]
    scheduled = events[2]["taskScheduledEventDetails"]
    assert json.loads(scheduled.pop("parameters")) == good["Parameters"]
    assert scheduled == {**RESOURCE, "region": "us-east-1", "timeoutInSeconds": 60,
                         "heartbeatInSeconds": 30}
    assert events[3]["taskStartedEventDetails"] == RESOURCE
    succeeded = events[4]["taskSucceededEventDetails"]
    assert json.loads(succeeded.pop("output"))["StatusCode"] == 200
    assert succeeded == {**RESOURCE, "outputDetails": RAW}


def test_task_without_limits_of_time(sfn):
    events = events_of(sfn, one(CALL, "T"))
    assert not {"timeoutInSeconds", "heartbeatInSeconds"} & set(details(events[2]))


def test_task_that_fails_and_is_retried(sfn):
    events = events_of(sfn, one({**CALL, "Retry": [
        {"ErrorEquals": ["EKS.404"], "MaxAttempts": 1}]}, "T"))
    assert shape(events) == [
        (1, 0, "ExecutionStarted"), (2, 0, "TaskStateEntered"), (3, 2, "TaskScheduled"),
        (4, 3, "TaskStarted"), (5, 4, "TaskFailed"), (6, 5, "TaskScheduled"), (7, 6, "TaskStarted"),
        (8, 7, "TaskFailed"), (9, 8, "ExecutionFailed")]
    failed = events[4]["taskFailedEventDetails"]
    assert json.loads(failed.pop("cause"))["StatusCode"] == 404
    assert failed == {**RESOURCE, "error": "EKS.404"}


def test_task_that_fails_and_is_caught(sfn):
    events = events_of(sfn, one({**CALL, "Catch": [{"ErrorEquals": ["States.TaskFailed"],
                                                    "Next": "D"}]}, "T",
                                {"D": {"Type": "Succeed"}}))
    assert shape(events)[4:7] == [(5, 4, "TaskFailed"), (6, 5, "TaskStateExited"),
                                  (7, 6, "SucceedStateEntered")]


def test_task_that_fails_its_branch(sfn):
    events = events_of(sfn, parallel(one(CALL, "T")))
    failed = next(e["id"] for e in events if e["type"] == "TaskFailed")
    assert [(e["type"], e["previousEventId"]) for e in events if e["id"] > failed] == [
        ("TaskStateAborted", failed), ("ParallelStateFailed", failed),
        ("ExecutionFailed", failed + 2)]
    assert details(events[failed]) is None


def test_task_that_times_out(sfn):
    slow = {**CALL, "Resource": "arn:aws:states:::eks:runJob.sync", "TimeoutSeconds": 60,
            "Parameters": {k: CALL["Parameters"][k] for k in
                           ("ClusterName", "CertificateAuthority", "Endpoint")}}
    slow["Parameters"]["Job"] = {
        "apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": "slow"}, "spec": {"template": {
            "metadata": {"annotations": {"stepd.dev/duration": "900"}}, "spec": {
                "restartPolicy": "Never", "containers": [{"name": "m", "image": "busybox"}]}}}}
    events = events_of(sfn, one(slow, "T"))
    assert kinds(events) == ["ExecutionStarted", "TaskStateEntered", "TaskScheduled", "TaskStarted",
                             "TaskSubmitted", "TaskTimedOut", "ExecutionFailed"]
    assert details(events[5]) == {"resourceType": "eks", "resource": "runJob.sync",
                                  "error": "States.Timeout"}
    assert details(events[6]) == {"error": "States.Timeout"}


# -- ends from outside --

WAIT = one({"Type": "Wait", "Seconds": 10_000, "End": True}, "W")


@pytest.mark.parametrize("given", [{}, {"error": "E", "cause": "c"}, {"cause": "c"}])
def test_stopped(server, given):
    sfn = server.sfn()
    execution = sfn.start_execution(stateMachineArn=machine(sfn, WAIT))["executionArn"]
    stopped = sfn.stop_execution(executionArn=execution, **given)
    events = history(sfn, execution)
    check_history(events)
    assert shape(events) == [(1, 0, "ExecutionStarted"), (2, 0, "WaitStateEntered"),
                             (3, 0, "ExecutionAborted")]
    assert events[2]["executionAbortedEventDetails"] == given
    assert events[2]["timestamp"] == stopped["stopDate"]


def test_stopped_within_branches(server):
    sfn = server.sfn()
    waits = [one({"Type": "Wait", "Seconds": 10_000, "End": True}, name) for name in "VW"]
    execution = sfn.start_execution(
        stateMachineArn=machine(sfn, parallel(one(PASS, "P"), *waits)))["executionArn"]
    sfn.stop_execution(executionArn=execution)
    events = history(sfn, execution)
    check_history(events)
    assert (events[-1]["type"], events[-1]["previousEventId"]) == ("ExecutionAborted", 0)
    assert not [e for e in events if e["type"].endswith("StateAborted")]


def test_machine_that_times_out(sfn):
    """The cut state has neither an Exited nor an Aborted event."""
    events = events_of(sfn, {**WAIT, "TimeoutSeconds": 30})
    assert shape(events) == [(1, 0, "ExecutionStarted"), (2, 0, "WaitStateEntered"),
                             (3, 0, "ExecutionTimedOut")]
    assert events[2]["executionTimedOutEventDetails"] == {"error": "States.Timeout"}
    assert (events[2]["timestamp"] - events[0]["timestamp"]).total_seconds() == 30


def test_output_of_the_history_is_that_of_the_execution(sfn):
    described = run(sfn, one({"Type": "Pass", "Result": [1.50, "é"], "End": True}))
    end = history(sfn, described["executionArn"])[-1]
    assert details(end)["output"] == described["output"]
    assert output_of(described) == [1.5, "é"]
