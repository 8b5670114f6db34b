"""The corners of the language that AWS alone decides: paths that do not fit, payloads of null, Retry
and Catch error by error, the context object level by level, and StopExecution in the middle of
everything. Time is skipped but where an execution must be met on its way."""
import json
import time

import pytest

from stepd_server import (PATIENCE, check_history, history, machine, output_of, run, wait_end)
from test_states import alone, branch, call_task, failing, failure, mapped, prefix, result, types


@pytest.fixture(scope="module")
def sfn(skipping):
    return skipping.sfn()


def run_text(sfn, definition, text):
    """As run(), of an input as it is written: null too."""
    started = sfn.start_execution(stateMachineArn=machine(sfn, definition), input=text)
    return wait_end(sfn, started["executionArn"])


# -- null --

NULL_INPUT = "Unable to apply Path transformation to null or empty input."


@pytest.mark.parametrize("fields", [
    {"InputPath": "$"}, {"InputPath": "$.a"}, {"OutputPath": "$"}, {"Parameters": {"a.$": "$"}},
    {"Parameters": {"deep": [{"a.$": "$.b"}]}}])
def test_paths_cannot_be_applied_to_null(sfn, fields):
    described = run_text(sfn, alone({"Type": "Pass", **fields}), "null")
    assert (described["error"], described["cause"]) == ("States.Runtime", prefix("X") + NULL_INPUT)


@pytest.mark.parametrize("fields, expected", [
    ({}, None), ({"InputPath": None}, {}), ({"OutputPath": None}, {}), ({"ResultPath": None}, None),
    ({"Parameters": {"a": 1, "n.$": "$$.State.Name"}}, {"a": 1, "n": "X"}),
    ({"InputPath": "$$.State.Name"}, "X"), ({"Result": 5}, 5)])
def test_null_passes_where_no_path_reads_it(sfn, fields, expected):
    assert output_of(run_text(sfn, alone({"Type": "Pass", **fields}), "null")) == expected


def test_a_choice_on_null(sfn):
    rule = {"Variable": "$", "IsString": True, "Next": "D"}
    described = run_text(sfn, alone({"Type": "Choice", "Default": "D", "Choices": [rule]}), "null")
    assert described["cause"] == prefix("X") + NULL_INPUT


def test_a_null_inside_is_a_value(sfn):
    state = {"Type": "Pass", "InputPath": "$.a", "Parameters": {
        "n.$": "$.n", "list.$": "States.Array($.n)"}}
    assert result(sfn, state, {"a": {"n": None}}) == {"n": None, "list": [None]}


# -- paths that do not fit --

@pytest.mark.parametrize("path, value, cause", [
    ("$.x", "text", 'Unable to apply ReferencePath $.x to input "text"'),
    ("$.x", 5, "Unable to apply ReferencePath $.x to input 5"),
    ("$.x", [1], 'Unable to apply step "x" to input [1]'),
    ("$.a.b", {"a": "s"}, 'Unable to apply step "b" to input {"a":"s"}'),
    ("$.a[3]", {"a": [1]}, 'Unable to apply step "3" to input {"a":[1]}')])
def test_result_path_that_does_not_fit(sfn, path, value, cause):
    state = alone({"Type": "Pass", "Result": 1, "ResultPath": path})
    assert failure(sfn, state, value) == ("States.ReferencePathConflict", cause)


@pytest.mark.parametrize("path, value, expected", [
    ("$.a.b.c", {}, {"a": {"b": {"c": 1}}}), ("$.a", {"a": {"x": 2}}, {"a": 1}),
    ("$.a[0].b", {"a": [{"c": 2}]}, {"a": [{"c": 2, "b": 1}]}),
    ("$['a b']['c.d']", {"a b": {}}, {"a b": {"c.d": 1}}), ("$[1]", [0, 0], [0, 1])])
def test_result_path_that_fits(sfn, path, value, expected):
    assert result(sfn, {"Type": "Pass", "Result": 1, "ResultPath": path}, value) == expected


def test_items_path_that_leads_nowhere(sfn):
    described = run(sfn, alone(mapped({"Type": "Pass"}, ItemsPath="$.a.list")), {"a": {"b": 1}})
    assert (described["error"], described["cause"]) == (
        "States.ReferencePathConflict", 'Unable to apply step "list" to input {"a":{"b":1}}')
    assert types(sfn, described) == ["ExecutionStarted", "MapStateEntered", "MapStateFailed",
                                     "ExecutionFailed"]


@pytest.mark.parametrize("errors", [["States.ALL"], ["States.ReferencePathConflict"],
                                    ["States.TaskFailed"], ["States.ResultPathMatchFailure"]])
def test_a_path_that_does_not_fit_is_caught(sfn, errors):
    state = mapped({"Type": "Pass"}, ItemsPath="$.none", Next="D", Catch=[
        {"ErrorEquals": ["States.Runtime"], "ResultPath": "$.wrong", "Next": "D"},
        {"ErrorEquals": errors, "ResultPath": "$.e", "Next": "D"}])
    assert result(sfn, state, {"a": 1}) == {"a": 1, "e": {
        "Error": "States.ReferencePathConflict",
        "Cause": 'Unable to apply step "none" to input {"a":1}'}}


def test_a_catchers_result_path_that_does_not_fit(sfn):
    """The state fails a second time, and its own catchers do not have that one."""
    state = failing("E", Next="D", Catch=[
        {"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "D"},
        {"ErrorEquals": ["States.ALL"], "Next": "D"}])
    assert failure(sfn, alone(state), ["an", "array"]) == (
        "States.ReferencePathConflict", 'Unable to apply step "e" to input ["an","array"]')


def test_patterns_with_an_open_escape(sfn):
    def choice(pattern):
        return alone({"Type": "Choice", "Default": "D", "Choices": [
            {"Variable": "$.v", "StringMatches": pattern, "Next": "D"}]})
    output_of(run(sfn, choice("a\\*\\\\*"), {"v": "a*\\b"}))
    for pattern in ("a\\d", "a\\"):
        error, cause = failure(sfn, choice(pattern), {"v": "a"})
        assert error == "States.Runtime" and cause.startswith(prefix("X")) and pattern in cause


def test_causes_are_no_longer_than_answers_may_be(sfn):
    value = {"text": "ü" * 40_000}
    error, cause = failure(sfn, alone({"Type": "Pass", "Parameters": {"a.$": "$.none"}}), value)
    assert error == "States.Runtime" and len(cause) == 32768
    assert cause.startswith(prefix("X") + "The JSONPath '$.none'") and cause.endswith("ü")
    fail = {"Type": "Fail", "ErrorPath": "$.e", "CausePath": "$.c"}
    assert failure(sfn, alone(fail), {"e": "é" * 300, "c": "c" * 40_000}) == ("é" * 256, "c" * 32768)
    assert failure(sfn, alone(fail), {"e": "e" * 256, "c": "c" * 32768}) == ("e" * 256, "c" * 32768)


# -- templates --

def test_templates_all_the_way_down(sfn):
    state = {"Type": "Pass", "Parameters": {
        "list": [{"v.$": "$.a"}, [{"w.$": "$$.State.Name"}], "$.a", None, 1.50],
        "o": {"p": {"q.$": "States.Format('{}-\\{\\}\\'\\\\', States.MathAdd($.a, 1))"}},
        "past.$": "$.l[7]", "some.$": "$.l[?(@ > 1)]", "none.$": "$.l[?(@ > 9)]",
        "slice.$": "$.l[-2:]", "a.b.$": "$.a"}}
    assert result(sfn, state, {"a": 7, "l": [1, 2, 3]}) == {
        "list": [{"v": 7}, [{"w": "X"}], "$.a", None, 1.5], "o": {"p": {"q": "8-{}'\\"}},
        "past": None, "some": [2, 3], "none": [], "slice": [2, 3], "a.b": 7}


@pytest.mark.parametrize("template", [
    {"a.$": 5}, {"a.$": None}, {"a.$": True}, {"a.$": {"b": "$"}}, {"a.$": ["$"]}, {"a.$": "text"},
    {"a.$": ""}, {"a.$": "States.Nope()"}, {"x": [{"a.$": "States.Array('\\q')"}]},
    {"a": 1, "a.$": "$"}])
def test_templates_that_are_refused(sfn, template):
    with pytest.raises(sfn.exceptions.InvalidDefinition, match="at /States/X/Parameters"):
        machine(sfn, alone({"Type": "Pass", "Parameters": template}))


def test_a_task_token_is_only_there_for_who_waits_for_it(sfn):
    error, cause = failure(sfn, alone({"Type": "Pass", "Parameters": {"t.$": "$$.Task.Token"}}))
    assert error == "States.Runtime" and cause.startswith(
        prefix("X") + "The JSONPath '$$.Task.Token' specified for the field 't.$' could not be "
        "found in the input '{\"Execution\":{")


# -- the context object, level by level --

def test_the_innermost_item_is_the_one_that_is_seen(sfn):
    """An inner Map's selector has its own item, its paths the outer one's."""
    inner = {"Type": "Map", "InputPath": "$$.Map.Item.Value", "ItemsPath": "$.in", "End": True,
             "ItemSelector": {"v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index", "all.$": "$.k"},
             "ItemProcessor": {"StartAt": "P", "States": {"P": {
                 "Type": "Parallel", "End": True, "Branches": [{"StartAt": "Q", "States": {"Q": {
                     "Type": "Pass", "End": True, "Parameters": {
                         "got.$": "$", "v.$": "$$.Map.Item.Value", "s.$": "$$.State.Name"}}}}]}}}}
    outer = alone({"Type": "Map", "ItemProcessor": {"StartAt": "M", "States": {"M": {
        **inner, "Next": "After", "End": None}, "After": {
            "Type": "Pass", "End": True, "ResultPath": "$[0]",
            "Parameters": {"v.$": "$$.Map.Item.Value.k", "i.$": "$$.Map.Item.Index"}}}}})
    del outer["States"]["X"]["ItemProcessor"]["States"]["M"]["End"]
    out = output_of(run(sfn, outer, [{"in": ["a"], "k": 1}, {"in": ["b", "c"], "k": 2}]))
    assert out == [[{"v": 1, "i": 0}], [{"v": 2, "i": 1}, [
        {"got": {"v": "c", "i": 1, "all": 2}, "v": "c", "s": "Q"}]]]


def test_the_context_object_where_paths_stand(sfn):
    body = {"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Default": "W", "Choices": [
            {"Variable": "$$.Map.Item.Index", "NumericEqualsPath": "$$.Execution.Input[0]",
             "Next": "S"}]},
        "W": {"Type": "Wait", "SecondsPath": "$$.Map.Item.Value", "OutputPath": "$$.State.Name",
              "End": True},
        "S": {"Type": "Succeed", "OutputPath": "$$.Map.Item"}}}
    described = run(sfn, alone({"Type": "Map", "ItemProcessor": body}), [0, 50])
    assert output_of(described) == [{"Index": 0, "Value": 0}, "W"]
    assert (described["stopDate"] - described["startDate"]).total_seconds() == 50


def test_retry_count_is_each_states_own(sfn):
    """Only states that can be retried have one; a visit begins at 0."""
    inner = {"Type": "Parallel", "Parameters": {"n.$": "$$.State.RetryCount"},
             "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}], "Branches": [
                 {"StartAt": "F", "States": {"F": {"Type": "Choice", "Default": "Bad", "Choices": [
                     {"Variable": "$.n", "NumericEquals": 1, "Next": "Good"}]},
                     "Good": {"Type": "Pass", "End": True}, "Bad": {"Type": "Fail", "Error": "E"}}}]}
    definition = {"StartAt": "X", "States": {
        "X": {**inner, "Next": "Y"},
        "Y": {"Type": "Map", "ItemsPath": "$", "End": True, "ItemSelector": {
            "n.$": "$$.State.RetryCount"}, "ItemProcessor": branch({"Type": "Pass"})}}}
    assert output_of(run(sfn, definition)) == [{"n": 0}]


# -- Retry and Catch --

def failing_in_turn(errors, **fields):
    """A state whose n-th attempt fails with the n-th error; at last it goes well."""
    rules = [{"Variable": "$.n", "NumericEquals": n, "Next": f"F{n}"} for n in range(len(errors))]
    states = {"C": {"Type": "Choice", "Choices": rules, "Default": "G"},
              "G": {"Type": "Pass", "Result": "good", "End": True},
              **{f"F{n}": {"Type": "Fail", "Error": e, "Cause": str(n)}
                 for n, e in enumerate(errors)}}
    return {"Type": "Parallel", "Parameters": {"n.$": "$$.State.RetryCount"},
            "Branches": [{"StartAt": "C", "States": states}], **fields}


def attempts(sfn, described):
    events = history(sfn, described["executionArn"])
    check_history(events)
    at = [e["timestamp"] for e in events if e["type"] == "ParallelStateStarted"]
    return [round((b - a).total_seconds()) for a, b in zip(at, at[1:])]


def test_the_guides_example_of_retriers(sfn):
    """Two errors of the first retrier, one of the second; the fourth finds the first one spent."""
    state = failing_in_turn(["ErrorA", "ErrorB", "ErrorC", "ErrorB"], Next="D", Retry=[
        {"ErrorEquals": ["ErrorA", "ErrorB"], "IntervalSeconds": 1, "BackoffRate": 2.0,
         "MaxAttempts": 2},
        {"ErrorEquals": ["ErrorC"], "IntervalSeconds": 5}],
        Catch=[{"ErrorEquals": ["States.ALL"], "Next": "D"}])
    described = run(sfn, alone(state))
    assert output_of(described) == {"Error": "ErrorB", "Cause": "3"}
    assert attempts(sfn, described) == [1, 2, 5]


def test_an_error_that_is_never_retried(sfn):
    state = failing_in_turn(["States.Timeout"], Retry=[
        {"ErrorEquals": ["States.Timeout"], "MaxAttempts": 0}, {"ErrorEquals": ["States.ALL"]}])
    described = run(sfn, alone(state))
    assert described["error"] == "States.Timeout" and attempts(sfn, described) == []
    state = failing_in_turn(["Other"], Retry=state["Retry"])
    assert output_of(run(sfn, alone(state))) == ["good"]


# error of a Fail state -> who catches it: by name, States.TaskFailed, States.Timeout, States.ALL
@pytest.mark.parametrize("error, caught_by", [
    ("Mine", {"Mine", "States.TaskFailed", "States.ALL"}),
    ("States.TaskFailed", {"States.TaskFailed", "States.ALL"}),
    ("States.Permissions", {"States.Permissions", "States.TaskFailed", "States.ALL"}),
    ("States.BranchFailed", {"States.BranchFailed", "States.TaskFailed", "States.ALL"}),
    ("States.Timeout", {"States.Timeout", "States.ALL"}),
    ("States.HeartbeatTimeout", {"States.HeartbeatTimeout", "States.Timeout", "States.ALL"}),
    ("States.DataLimitExceeded", {"States.DataLimitExceeded", "States.TaskFailed", "States.ALL"}),
    ("States.Runtime", {"States.Runtime"}),
])
def test_which_name_catches_which_error(sfn, error, caught_by):
    for name in {error, "States.TaskFailed", "States.Timeout", "States.ALL", "mine"}:
        described = run(sfn, alone(failing(error, Next="D", Catch=[
            {"ErrorEquals": [name], "Next": "D"}])))
        assert (described["status"] == "SUCCEEDED") == (name in caught_by), (error, name)


def test_states_all_stands_alone_and_last(sfn):
    every = {"ErrorEquals": ["States.ALL"], "Next": "D"}
    for catch in ([every, {"ErrorEquals": ["E"], "Next": "D"}],
                  [{"ErrorEquals": ["States.ALL", "E"], "Next": "D"}]):
        with pytest.raises(sfn.exceptions.InvalidDefinition, match="States.ALL must appear alone"):
            machine(sfn, alone(failing("E", Next="D", Catch=catch)))


def test_a_fail_state_without_texts_is_caught(sfn):
    state = {"Type": "Parallel", "Branches": [branch({"Type": "Fail"})], "Next": "D",
             "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}]}
    assert result(sfn, state) == {"Error": None, "Cause": None}


def test_an_error_rises_to_the_first_who_knows_it(sfn):
    deep = branch(failing("E", Retry=[{"ErrorEquals": ["Other"]}],
                          Catch=[{"ErrorEquals": ["Third"], "Next": "N"}], Next="N"), "L1")
    deep["States"]["N"] = {"Type": "Succeed"}
    del deep["States"]["L1"]["End"]
    state = {"Type": "Map", "ItemProcessor": deep, "Next": "D", "Catch": [
        {"ErrorEquals": ["E"], "ResultPath": "$[1]", "Next": "D"}]}
    assert result(sfn, state, [1, 2]) == [1, {"Error": "E", "Cause": None}]


def test_end_with_a_catch_goes_to_its_next(sfn):
    definition = alone(failing("E", End=True, Catch=[{"ErrorEquals": ["E"], "Next": "D"}]))
    assert types(sfn, run(sfn, definition))[-3:] == ["SucceedStateEntered", "SucceedStateExited",
                                                     "ExecutionSucceeded"]


# -- time --

def test_the_time_of_a_wait_counts_up_to_its_seconds(sfn):
    now = run(sfn, alone({"Type": "Pass"}))["stopDate"].timestamp()
    until = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now + 1000))
    described = run(sfn, alone({"Type": "Wait", "TimestampPath": "$.t"}), {"t": until + ".999Z"})
    assert int(described["stopDate"].timestamp()) == int(now + 1000)


@pytest.mark.parametrize("field", ["TimeoutSecondsPath", "HeartbeatSecondsPath"])
@pytest.mark.parametrize("value, cause", [
    ({"t": "x"}, "The {} parameter cannot be parsed as a long value: $.t == x"),
    ({"t": 1.5}, "The {} parameter cannot be parsed as a long value: $.t == 1.5"),
    ({"t": -1}, "The {} parameter references a negative value: $.t == -1"),
    ({}, "Invalid path '$.t' : No results for path: $['t']")])
def test_limits_of_time_that_cannot_be(sfn, field, value, cause):
    state = call_task(**{field: "$.t"}, Next="D", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "D"}])
    if field == "HeartbeatSecondsPath":
        state["TimeoutSeconds"] = 100
    described = run(sfn, alone(state), value)
    assert (described["error"], described["cause"]) == ("States.Runtime",
                                                        prefix("X") + cause.format(field))
    assert types(sfn, described) == ["ExecutionStarted", "TaskStateEntered", "ExecutionFailed"]


SLOW = {  # what an execution may be in the middle of: the state, its input, the events until there
    "wait": ({"Type": "Wait", "Seconds": 5000}, {}, ["WaitStateEntered"]),
    "task": (call_task(), {}, ["TaskStateEntered", "TaskScheduled", "TaskStarted", "TaskSubmitted"]),
    "retry": (failing("E", Retry=[{"ErrorEquals": ["E"], "IntervalSeconds": 5000}]), {},
              ["ParallelStateEntered", "ParallelStateStarted", "FailStateEntered"]),
    "parallel": ({"Type": "Parallel", "Branches": [
        branch({"Type": "Wait", "Seconds": 5000}), branch({"Type": "Pass"})]}, {},
        ["ParallelStateEntered", "ParallelStateStarted", "WaitStateEntered", "PassStateEntered",
         "PassStateExited"]),
    "map": (mapped({"Type": "Wait", "Seconds": 5000}, MaxConcurrency=1), [1, 2],
            ["MapStateEntered", "MapStateStarted", "MapIterationStarted", "WaitStateEntered"]),
    "nested": (mapped({"Type": "Parallel", "Branches": [
        {"StartAt": "N", "States": {"N": {"Type": "Wait", "Seconds": 5000, "End": True}}}]}), [1],
        ["MapStateEntered", "MapStateStarted", "MapIterationStarted", "ParallelStateEntered",
         "ParallelStateStarted", "WaitStateEntered"]),
}


@pytest.mark.parametrize("where", SLOW)
def test_a_machine_times_out_in_the_middle(sfn, where):
    """Nobody inside catches it, and what is cut leaves no event."""
    state, value, until = SLOW[where]
    described = run(sfn, alone({**state, **({} if where == "wait" else {"Next": "D", "Catch": [
        {"ErrorEquals": ["States.ALL"], "Next": "D"}]})}, TimeoutSeconds=1000), value)
    assert described["status"] == "TIMED_OUT" and not {"error", "cause", "output"} & set(described)
    assert (described["stopDate"] - described["startDate"]).total_seconds() == 1000
    events = history(sfn, described["executionArn"])
    check_history(events)
    assert sorted(e["type"] for e in events[1:-1]) == sorted(until)
    assert events[-1]["executionTimedOutEventDetails"] == {"error": "States.Timeout"}
    assert events[-1]["previousEventId"] == 0


@pytest.mark.parametrize("where", SLOW)
def test_stopped_in_the_middle(server, where):
    sfn = server.sfn()
    state, value, until = SLOW[where]
    started = sfn.start_execution(stateMachineArn=machine(sfn, alone(state)),
                                  input=json.dumps(value))["executionArn"]
    limit = time.monotonic() + 20 * PATIENCE
    while len(history(sfn, started)) < 1 + len(until):
        assert time.monotonic() < limit
        time.sleep(0.02)
    stopped = sfn.stop_execution(executionArn=started, error="Why", cause="because")
    described = sfn.describe_execution(executionArn=started)
    assert (described["status"], described["error"], described["cause"]) == ("ABORTED", "Why",
                                                                            "because")
    assert described["stopDate"] == stopped["stopDate"] and "output" not in described
    events = history(sfn, started)
    check_history(events)
    assert sorted(e["type"] for e in events[1:-1]) == sorted(until)
    assert events[-1]["executionAbortedEventDetails"] == {"error": "Why", "cause": "because"}
    assert events[-1]["previousEventId"] == 0
    again = sfn.stop_execution(executionArn=started, error="Other")
    assert again["stopDate"] == stopped["stopDate"]
    assert sfn.describe_execution(executionArn=started)["error"] == "Why"
