"""AWS's quotas, each at the limit and one past it. Time is skipped. (An input's and an output's 262,144
bytes are in test_api.py and test_states.py, a Label's 40 characters in the unit cases.)"""
import json
import time

import pytest
from botocore.exceptions import ClientError

from stepd_server import PATIENCE, ROLE, check_history, history, machine, output_of, run

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}


@pytest.fixture(scope="module")
def sfn(skipping):
    return skipping.sfn()


def alone(state):
    return {"StartAt": "X", "States": {"X": {**state, "End": True}}}


def seconds(described):
    return (described["stopDate"] - described["startDate"]).total_seconds()


LOOP = {"StartAt": "Add", "States": {
    "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, -1)"}, "Next": "Again"},
    "Again": {"Type": "Choice", "Default": "Done", "Choices": [
        {"Variable": "$.n", "NumericGreaterThan": 0, "Next": "Add"}]},
    "Done": {"Type": "Succeed"}}}


def test_25000_events(sfn):
    """Four a turn, and four around: the 25,000th is the execution's end."""
    described = run(sfn, LOOP, {"n": 6249})
    assert output_of(described) == {"n": 0}
    events = history(sfn, described["executionArn"])
    assert len(events) == 25000
    check_history(events)
    described = run(sfn, LOOP, {"n": 6250})
    assert (described["error"], described["cause"]) == (
        "States.Runtime", "The execution reached the maximum number of history events (25000).")
    assert len(history(sfn, described["executionArn"])) == 25000


def padded(size):
    text = json.dumps({**PASS, "Comment": ""})
    return text.replace('"Comment": ""', f'"Comment": "{"x" * (size - len(text))}"')


def test_a_definition_of_a_megabyte(sfn):
    assert len(padded(1048576)) == 1048576
    assert machine(sfn, padded(1048576))
    with pytest.raises(ClientError) as refused:
        machine(sfn, padded(1048577))
    assert refused.value.response["Error"]["Code"] == "ValidationException"


@pytest.mark.parametrize("kind", ["machine", "execution"])
def test_names_of_80_characters(sfn, kind):
    def make(name):
        if kind == "machine":
            return sfn.create_state_machine(name=name, definition=json.dumps(PASS), roleArn=ROLE)
        return sfn.start_execution(stateMachineArn=arn, name=name)
    arn = machine(sfn, PASS)
    assert make("q" * 80)
    with pytest.raises(ClientError) as refused:
        make("q" * 81)
    assert "less than or equal to 80" in refused.value.response["Error"]["Message"]


def test_a_state_of_80_characters(sfn):
    def named(length):
        return {"StartAt": "s" * length, "States": {"s" * length: {"Type": "Succeed"}}}
    assert machine(sfn, named(80))
    with pytest.raises(ClientError, match="exceeds the 80-character limit"):
        machine(sfn, named(81))


def test_five_minutes_of_an_express_execution(sfn):
    for wait, status in ((299, "SUCCEEDED"), (301, "TIMED_OUT")):
        arn = machine(sfn, alone({"Type": "Wait", "Seconds": wait}), type="EXPRESS")
        described = sfn.start_sync_execution(stateMachineArn=arn)
        assert described["status"] == status and seconds(described) == min(wait, 300)


def test_a_year_of_a_standard_execution(sfn):
    year = 365 * 24 * 3600
    for wait, status in ((year - 1, "SUCCEEDED"), (year + 1, "TIMED_OUT")):
        described = run(sfn, alone({"Type": "Wait", "Seconds": wait}))
        assert described["status"] == status and seconds(described) == min(wait, year)


WAITING = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 100, "End": True}}}


def test_40_iterations_at_once(sfn):
    for fields in ({}, {"MaxConcurrency": 1000}):
        state = alone({"Type": "Map", "ItemProcessor": WAITING, **fields})
        for items, rounds in ((40, 1), (41, 2)):
            assert seconds(run(sfn, state, list(range(items)))) == 100 * rounds


def test_10000_child_executions_at_once(sfn):
    processor = {**WAITING, "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}}
    state = alone({"Type": "Map", "ItemProcessor": processor, "ResultPath": None})
    described = run(sfn, state, list(range(10001)), timeout=120)
    assert described["status"] == "SUCCEEDED" and seconds(described) == 200


def test_ten_calls_in_each_other(sfn):
    def nested(depth):
        return "States.Array(" * depth + "$.x" + ")" * depth
    assert output_of(run(sfn, alone({"Type": "Pass", "Parameters": {"v.$": nested(10)}}),
                         {"x": 1}))["v"]
    with pytest.raises(ClientError) as refused:
        machine(sfn, alone({"Type": "Pass", "Parameters": {"v.$": nested(11)}}))
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"


@pytest.mark.parametrize("call, most, character", [
    ("States.Base64Encode($.v)", 10000, "x"), ("States.Hash($.v, 'SHA-256')", 10000, "x")])
def test_10000_characters(sfn, call, most, character):
    state = alone({"Type": "Pass", "Parameters": {"r.$": call}})
    assert output_of(run(sfn, state, {"v": character * most}))["r"]
    described = run(sfn, state, {"v": character * (most + 1)})
    assert described["error"] == "States.Runtime"


def test_1000_elements_of_a_range(sfn):
    state = alone({"Type": "Pass", "Parameters": {"r.$": "States.ArrayRange(1, $.n, 1)"}})
    assert len(output_of(run(sfn, state, {"n": 1000}))["r"]) == 1000
    assert run(sfn, state, {"n": 1001})["error"] == "States.Runtime"


def test_the_payload_of_a_task(sfn):
    """What surrounds the text in the call's parameters counts too."""
    call = {"ClusterName": "quotas", "CertificateAuthority": "x", "Method": "POST",
            "Endpoint": "https://1.yl4.us-east-1.eks.amazonaws.com", "Path": "/api/v1/namespaces"}
    state = alone({"Type": "Task", "Resource": "arn:aws:states:::eks:call",
                   "Parameters": {**call, "RequestBody.$": "$"}})
    around = len(json.dumps({**call, "RequestBody": ""}, separators=(",", ":")))
    room = 262144 - around - len('{"t":""}') + len('""')
    at = run(sfn, state, {"t": "x" * room})
    assert at["error"].startswith("EKS."), at
    past = run(sfn, state, {"t": "x" * (room + 1)})
    assert past["error"] == "States.DataLimitExceeded"


def test_limits_that_are_lifted(make_server):
    sfn = make_server("--clock", "skip", "--limits", "off").start().sfn()
    assert output_of(run(sfn, LOOP, {"n": 6250})) == {"n": 0}
    state = alone({"Type": "Map", "ItemProcessor": WAITING, "MaxConcurrency": 1000})
    assert seconds(run(sfn, state, list(range(41)))) == 100
    limit = time.monotonic() + 60 * PATIENCE
    arn = machine(sfn, alone({"Type": "Wait", "Seconds": 301}), type="EXPRESS")
    assert sfn.start_sync_execution(stateMachineArn=arn)["status"] == "SUCCEEDED"
    assert time.monotonic() < limit
