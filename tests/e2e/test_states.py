"""What each state type does with data and with failures. Time is skipped."""
import datetime
import json

import pytest

from stepd_server import (ROLE, ROOT, check_history, history, machine, output_of, run,
                          wait_end)

QUOTA = 262144
TOO_LARGE = ("The state/task '{}' returned a result with a size exceeding the maximum number of "
             "bytes service limit.")


@pytest.fixture(scope="module")
def sfn(skipping):
    return skipping.sfn()


def prefix(state, event=2):
    return (f"An error occurred while executing the state '{state}' (entered at the event id "
            f"#{event}). ")


def alone(state, **machine_fields):
    """A machine of one state, X; a Next of it is D, which passes its input on."""
    ends = {"Succeed", "Fail", "Choice"}
    state = state if "Next" in state or state["Type"] in ends else {**state, "End": True}
    return {"StartAt": "X", "States": {"X": state, "D": {"Type": "Succeed"}}
            if '"D"' in json.dumps(state) else {"X": state}, **machine_fields}


def result(sfn, state, value=None):
    return output_of(run(sfn, alone(state), value))


def failure(sfn, definition, value=None):
    described = run(sfn, definition, value)
    assert described["status"] == "FAILED", described
    check_history(history(sfn, described["executionArn"]))
    return described.get("error"), described.get("cause")


def types(sfn, described):
    events = history(sfn, described["executionArn"])
    check_history(events)
    return [e["type"] for e in events]


# -- Pass and the data flow --

@pytest.mark.parametrize("fields, value, expected", [
    ({}, {"a": 1}, {"a": 1}),
    ({"Result": {"r": [1, None]}}, {"a": 1}, {"r": [1, None]}),
    ({"Result": 0, "ResultPath": "$.out.deep"}, {"a": 1}, {"a": 1, "out": {"deep": 0}}),
    ({"Result": 0, "ResultPath": None}, {"a": 1}, {"a": 1}),
    ({"InputPath": "$.a.b"}, {"a": {"b": [1, 2]}}, [1, 2]),
    ({"InputPath": None}, {"a": 1}, {}),
    ({"InputPath": "$.a[1:3]"}, {"a": [0, 1, 2, 3]}, [1, 2]),
    ({"InputPath": "$..n"}, {"a": {"n": 1}, "b": [{"n": 2}]}, [1, 2]),
    ({"InputPath": "$.a[?(@.n > 1)].n"}, {"a": [{"n": 1}, {"n": 2}, {"n": 3}]}, [2, 3]),
    ({"OutputPath": "$.a"}, {"a": 1, "b": 2}, 1),
    ({"OutputPath": None}, {"a": 1}, {}),
    ({"Parameters": {"x.$": "$.a", "y": "$.a", "z": {"w.$": "$$.State.Name"}}}, {"a": 1},
     {"x": 1, "y": "$.a", "z": {"w": "X"}}),
    ({"Parameters": {"a.$": "$.list[9]"}}, {"list": []}, {"a": None}),
    ({"InputPath": "$.i", "Parameters": {"p.$": "$.v"}, "ResultPath": "$.o",
      "OutputPath": "$.o"}, {"i": {"v": 5}}, {"p": 5}),
])
def test_pass(sfn, fields, value, expected):
    assert result(sfn, {"Type": "Pass", **fields}, value) == expected


@pytest.mark.parametrize("fields, value, error, cause", [
    ({"InputPath": "$.A"}, {}, "States.Runtime",
     prefix("X") + "Invalid path '$.A' : No results for path: $['A']"),
    ({"InputPath": "$.no.such.path"}, {}, "States.Runtime",
     prefix("X") + "Invalid path '$.no.such.path' : Missing property in path $['no']"),
    ({"Parameters": {"value.$": "$.a"}}, {"b": "x"}, "States.Runtime",
     prefix("X") + "The JSONPath '$.a' specified for the field 'value.$' could not be found in the "
     "input '{\"b\":\"x\"}'"),
    ({"OutputPath": "$.b"}, {"a": 1}, "States.Runtime",
     prefix("X") + "Invalid path '$.b' : No results for path: $['b']"),
])
def test_paths_that_lead_nowhere(sfn, fields, value, error, cause):
    assert failure(sfn, alone({"Type": "Pass", **fields}), value) == (error, cause)


def test_result_path_that_does_not_fit(sfn):
    for value in ("text", 5, [1]):
        error, _ = failure(sfn, alone({"Type": "Pass", "Result": 1, "ResultPath": "$.x"}), value)
        assert error == "States.ReferencePathConflict"


@pytest.mark.parametrize("call, value, expected", [
    ("States.Array(1, 'a', $.v, null, true)", {"v": [2]}, [1, "a", [2], None, True]),
    ("States.ArrayPartition($.v, 2)", {"v": [1, 2, 3]}, [[1, 2], [3]]),
    ("States.ArrayContains($.v, $.w)", {"v": [[1, 2], 3], "w": [1, 2]}, True),
    ("States.ArrayRange(1, 9, 2)", {}, [1, 3, 5, 7, 9]),
    ("States.ArrayGetItem($.v, 1)", {"v": ["a", "b"]}, "b"),
    ("States.ArrayLength($.v)", {"v": [1, 2, 3]}, 3),
    ("States.ArrayUnique($.v)", {"v": [1, 1.1, 1, None, None, [1], [1]]}, [1, 1.1, None, [1]]),
    ("States.Base64Encode('Data to encode')", {}, "RGF0YSB0byBlbmNvZGU="),
    ("States.Base64Decode('RGVjb2RlZCBkYXRh')", {}, "Decoded data"),
    ("States.Hash('input data', 'SHA-1')", {}, "aaff4a450a104cd177d28d18d74485e8cae074b7"),
    ("States.JsonMerge($.a, $.b, false)", {"a": {"x": {"p": 1}, "k": 1}, "b": {"x": {"q": 2}}},
     {"x": {"q": 2}, "k": 1}),
    ("States.StringToJson($.v)", {"v": '{"a": [1, "b"]}'}, {"a": [1, "b"]}),
    ("States.JsonToString($.v)", {"v": {"a": [1, "b"]}}, '{"a":[1,"b"]}'),
    ("States.MathAdd(1.5, 1.51)", {}, 4),
    ("States.MathAdd($.v, -1)", {"v": 111}, 110),
    ("States.StringSplit('1,2;3', ',;')", {}, ["1", "2", "3"]),
    ("States.Format('Hello, {} {}. \\'{}\\'', $.v, 1.1, null)", {"v": "you"},
     "Hello, you 1.1. 'null'"),
    ("States.ArrayLength(States.StringSplit(States.Format('{}-{}', 'a', 'b'), '-'))", {}, 2),
])
def test_intrinsics(sfn, call, value, expected):
    assert result(sfn, {"Type": "Pass", "Parameters": {"r.$": call}}, value)["r"] == expected


def test_random_intrinsics(sfn):
    out = result(sfn, {"Type": "Pass", "Parameters": {
        "n.$": "States.MathRandom(1, 10)", "m.$": "States.MathRandom(1, 1000, 7)",
        "again.$": "States.MathRandom(1, 1000, 7)", "id.$": "States.UUID()",
        "other.$": "States.UUID()"}})
    assert 1 <= out["n"] < 10 and out["m"] == out["again"]
    assert len(out["id"]) == 36 and out["id"][14] == "4" and out["id"] != out["other"]


def test_intrinsic_that_fails(sfn):
    error, cause = failure(sfn, alone({"Type": "Pass", "Parameters": {
        "r.$": "States.ArrayGetItem($.v, 5)"}}), {"v": [1]})
    assert error == "States.Runtime" and cause.startswith(prefix("X") + "The function '")
    error, cause = failure(sfn, alone({"Type": "Pass", "Parameters": {
        "r.$": "States.Format('{}', $.none)"}}), {"v": 1})
    assert (error, cause) == (
        "States.Runtime", prefix("X") + "The function 'States.Format('{}', $.none)' had the "
        "following error: The JsonPath argument for the field '$.none' could not be found in the "
        "input '{\"v\":1}'")


def test_context_object(sfn):
    arn = machine(sfn, alone({"Type": "Pass", "InputPath": "$$"}), name="context")
    execution = sfn.start_execution(stateMachineArn=arn, name="c", input='{"a":1}')
    described = wait_end(sfn, execution["executionArn"])
    context = output_of(described)
    assert list(context) == ["Execution", "StateMachine", "State"]
    ex = context["Execution"]
    assert list(ex) == ["Id", "Input", "StartTime", "Name", "RoleArn", "RedriveCount"]
    assert (ex["Id"], ex["Input"], ex["Name"], ex["RoleArn"], ex["RedriveCount"]) == (
        execution["executionArn"], {"a": 1}, "c", ROLE, 0)
    start = described["startDate"].astimezone(datetime.timezone.utc)
    assert ex["StartTime"] == start.strftime("%Y-%m-%dT%H:%M:%S.") + f"{round(start.microsecond / 1000):03}Z"
    assert context["StateMachine"] == {"Id": arn, "Name": "context"}
    assert list(context["State"]) == ["Name", "EnteredTime"] and context["State"]["Name"] == "X"


# -- Succeed, Fail --

def test_succeed_has_input_and_output_paths(sfn):
    assert result(sfn, {"Type": "Succeed", "InputPath": "$.a", "OutputPath": "$.b"},
                  {"a": {"b": 7}}) == 7


@pytest.mark.parametrize("fields, expected", [
    ({}, (None, None)),
    ({"Error": "E", "Cause": "c"}, ("E", "c")),
    ({"Error": "E"}, ("E", None)),
    ({"ErrorPath": "$.e", "CausePath": "$.c"}, ("Oops", "why")),
    ({"ErrorPath": "States.Format('{}Failed', $.e)",
      "CausePath": "States.JsonToString($.list)"}, ("OopsFailed", "[1,2]")),
    ({"ErrorPath": "$$.State.Name"}, ("X", None)),
])
def test_fail(sfn, fields, expected):
    value = {"e": "Oops", "c": "why", "list": [1, 2]}
    assert failure(sfn, alone({"Type": "Fail", **fields}), value) == expected


def test_fail_whose_path_leads_nowhere(sfn):
    error, cause = failure(sfn, alone({"Type": "Fail", "CausePath": "$.none"}))
    assert error == "States.Runtime" and cause.startswith(prefix("X"))


# -- Choice --

CHOICES = [
    ({"StringEquals": "a"}, "a", True), ({"StringEquals": "a"}, "a ", False),
    ({"StringEquals": "0"}, 0, False), ({"StringLessThan": "b"}, "a", True),
    ({"StringMatches": "*.log"}, "zebra.log", True), ({"StringMatches": "a\\*c"}, "abc", False),
    ({"NumericEquals": 0}, 0.0, True), ({"NumericGreaterThan": 1}, 1, False),
    ({"NumericLessThanEquals": 5}, "4", False), ({"BooleanEquals": False}, 0, False),
    ({"TimestampEquals": "2020-01-01T00:00:00Z"}, "2020-01-01T01:00:00+01:00", True),
    ({"IsNull": True}, None, True), ({"IsPresent": True}, None, True),
    ({"IsNumeric": True}, "5", False), ({"IsString": True}, "2020-01-01T00:00:00Z", True),
    ({"IsBoolean": True}, True, True), ({"IsTimestamp": True}, "2020-01-01", False),
    ({"NumericEqualsPath": "$.w"}, 3, True), ({"StringEqualsPath": "$.w"}, "3", False),
]


@pytest.mark.parametrize("rule, value, expected", CHOICES)
def test_choice_rules(sfn, rule, value, expected):
    definition = {"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Default": "No", "Choices": [
            {"Variable": "$.v", **rule, "Next": "Yes"}]},
        "Yes": {"Type": "Pass", "Result": True, "End": True},
        "No": {"Type": "Pass", "Result": False, "End": True}}}
    assert output_of(run(sfn, definition, {"v": value, "w": 3})) is expected


def test_choice_takes_the_first_that_holds(sfn):
    def is_one(path, following):
        return {"Variable": path, "NumericEquals": 1, "Next": following}

    definition = {"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Choices": [
            {"And": [{"Variable": "$.a", "IsPresent": True}, {"Variable": "$.a", "NumericEquals": 2}],
             "Next": "And"},
            {"Not": {"Or": [{"Variable": "$.b", "IsPresent": True},
                            {"Variable": "$.a", "IsPresent": True}]}, "Next": "Neither"},
            is_one("$.a", "A")]},
        **{name: {"Type": "Pass", "Result": name, "End": True} for name in ("And", "Neither", "A")}}}
    for value, expected in (({"a": 2}, "And"), ({}, "Neither"), ({"a": 1}, "A")):
        assert output_of(run(sfn, definition, value)) == expected


def test_choice_without_a_match(sfn):
    assert failure(sfn, alone({"Type": "Choice", "Choices": [
        {"Variable": "$.v", "NumericEquals": 1, "Next": "D"}]}), {"v": 2}) == (
        "States.Runtime",
        prefix("X") + "Failed to transition out of the state. The state does not point to a next "
        "state.")


def test_choice_of_a_path_that_leads_nowhere(sfn):
    assert failure(sfn, alone({"Type": "Choice", "Default": "D", "Choices": [
        {"Variable": "$.v", "NumericEquals": 1, "Next": "D"}]})) == (
        "States.Runtime", prefix("X") + "Invalid path '$.v': The choice state's condition path "
        "references an invalid value.")


# -- Wait --

@pytest.mark.parametrize("fields, seconds", [
    ({"Seconds": 86400}, 86400), ({"Seconds": 0}, 0), ({"SecondsPath": "$.s"}, 90),
])
def test_wait_of_seconds(sfn, fields, seconds):
    described = run(sfn, alone({"Type": "Wait", **fields}), {"s": 90})
    entered, exited = history(sfn, described["executionArn"])[1:3]
    assert (exited["timestamp"] - entered["timestamp"]).total_seconds() == pytest.approx(
        seconds, abs=0.5)
    assert output_of(described) == {"s": 90}


@pytest.mark.parametrize("form", ["Timestamp", "TimestampPath"])
def test_wait_until(sfn, form):
    execution = run(sfn, alone({"Type": "Pass"}))
    until = execution["stopDate"].replace(microsecond=0) + datetime.timedelta(days=3)
    text = until.isoformat()  # with an offset
    described = run(sfn, alone({"Type": "Wait", form: text if form == "Timestamp" else "$.t"}),
                    {"t": text})
    exited = history(sfn, described["executionArn"])[2]
    assert (exited["timestamp"] - until).total_seconds() == pytest.approx(0, abs=0.5)


def test_wait_until_the_past_is_none(sfn):
    described = run(sfn, alone({"Type": "Wait", "Timestamp": "2001-01-01T00:00:00Z"}))
    assert (described["stopDate"] - described["startDate"]).total_seconds() < 5


@pytest.mark.parametrize("fields, value, cause", [
    ({"SecondsPath": "$.s"}, {}, "The SecondsPath parameter does not reference an input value: $.s"),
    ({"SecondsPath": "$.s"}, {"s": 1.5},
     "The SecondsPath parameter cannot be parsed as a long value: $.s == 1.5"),
    ({"SecondsPath": "$.s"}, {"s": "x"},
     "The SecondsPath parameter cannot be parsed as a long value: $.s == x"),
    ({"SecondsPath": "$.s"}, {"s": -1},
     "The SecondsPath parameter references a negative value: $.s == -1"),
    ({"SecondsPath": "$.s"}, {"s": 24856 * 86400}, "Wait state delay is too long."),
    ({"TimestampPath": "$.t"}, {"t": "2016-12-05 21:29:29Z"},
     "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
     "format string: $.t == 2016-12-05 21:29:29Z"),
    ({"TimestampPath": "$.t"}, {"t": "2016-13-05T21:29:29Z"},
     "The TimestampPath parameter does not reference a valid ISO-8601 extended offset date-time "
     "format string: $.t == 2016-13-05T21:29:29Z"),
])
def test_waits_that_cannot_be(sfn, fields, value, cause):
    assert failure(sfn, alone({"Type": "Wait", **fields}), value) == (
        "States.Runtime", prefix("X") + cause)


# -- Parallel --

def branch(state, name=None):
    """A branch of one state; names are unique in a whole machine."""
    branch.count += 1
    name = name or f"B{branch.count}"
    ends = state["Type"] in ("Fail", "Succeed")
    return {"StartAt": name, "States": {name: state if ends else {**state, "End": True}}}


branch.count = 0


def test_parallel_gives_outputs_in_order(sfn):
    state = {"Type": "Parallel", "Branches": [
        branch({"Type": "Wait", "Seconds": 50}), branch({"Type": "Pass", "Result": 2}),
        branch({"Type": "Pass", "Parameters": {"x.$": "$.p"}})],
        "Parameters": {"p.$": "$.a"}, "ResultSelector": {"all.$": "$", "second.$": "$[1]"},
        "ResultPath": "$.out"}
    assert result(sfn, state, {"a": 1}) == {
        "a": 1, "out": {"all": [{"p": 1}, 2, {"x": 1}], "second": 2}}


def test_parallel_waits_run_side_by_side(sfn):
    described = run(sfn, alone({"Type": "Parallel", "Branches": [
        branch({"Type": "Wait", "Seconds": n}) for n in (100, 200, 300)]}))
    assert (described["stopDate"] - described["startDate"]).total_seconds() == pytest.approx(
        300, abs=1)


def test_failing_branch_cuts_the_others(sfn):
    described = run(sfn, alone({"Type": "Parallel", "Branches": [
        branch({"Type": "Wait", "Seconds": 1000}),
        {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 5, "Next": "F"},
                                    "F": {"Type": "Fail", "Error": "E", "Cause": "c"}}}]}))
    assert (described["error"], described["cause"]) == ("E", "c")
    assert (described["stopDate"] - described["startDate"]).total_seconds() == pytest.approx(
        5, abs=1)


def test_parallel_in_parallel(sfn):
    def inner():
        return branch({"Type": "Parallel", "Branches": [
            branch({"Type": "Pass", "Result": n}) for n in (1, 2)]})

    outer = {"Type": "Parallel", "Branches": [inner(), inner()]}
    assert result(sfn, outer) == [[1, 2], [1, 2]]


# -- Map --

def mapped(state, **fields):
    return {"Type": "Map", "ItemProcessor": branch(state, "I"), **fields}


@pytest.mark.parametrize("fields, value, expected", [
    ({}, [1, 2, 3], [1, 2, 3]), ({}, [], []),
    ({"ItemsPath": "$.list"}, {"list": ["a", "b"]}, ["a", "b"]),
    ({"ItemsPath": "$.list", "ResultPath": "$.out"}, {"list": [1]}, {"list": [1], "out": [1]}),
    ({"InputPath": "$.in", "ItemsPath": "$.list"}, {"in": {"list": [4]}}, [4]),
    ({"ItemsPath": "$.list", "ResultSelector": {"n.$": "States.ArrayLength($)"}},
     {"list": [1, 2]}, {"n": 2}),
    ({"ItemsPath": "$.list", "ItemSelector": {
        "i.$": "$$.Map.Item.Index", "v.$": "$$.Map.Item.Value", "all.$": "$.k"}},
     {"list": ["x", "y"], "k": 9}, [{"i": 0, "v": "x", "all": 9}, {"i": 1, "v": "y", "all": 9}]),
    ({"MaxConcurrencyPath": "$[0]"}, [1, 2], [1, 2]),
])
def test_map(sfn, fields, value, expected):
    assert output_of(run(sfn, alone(mapped({"Type": "Pass"}, **fields)), value or [])) == expected


def test_map_in_its_older_spelling(sfn):
    state = {"Type": "Map", "Iterator": branch({"Type": "Pass"}), "ItemsPath": "$.list",
             "Parameters": {"v.$": "$$.Map.Item.Value"}}
    assert result(sfn, state, {"list": [1, 2]}) == [{"v": 1}, {"v": 2}]


def test_item_in_the_context_of_an_iteration(sfn):
    state = mapped({"Type": "Pass", "Parameters": {"at.$": "$$.Map.Item.Index",
                                                   "v.$": "$$.Map.Item.Value"}})
    assert output_of(run(sfn, alone(state), ["a", "b"])) == [{"at": 0, "v": "a"},
                                                             {"at": 1, "v": "b"}]


@pytest.mark.parametrize("concurrency, items, seconds", [(1, 4, 40), (2, 5, 30), (0, 40, 10),
                                                         (0, 41, 20)])
def test_map_runs_so_many_at_once(sfn, concurrency, items, seconds):
    """0 is as many as AWS runs inline: 40."""
    described = run(sfn, alone(mapped({"Type": "Wait", "Seconds": 10},
                                      MaxConcurrency=concurrency)), list(range(items)))
    assert output_of(described) == list(range(items))
    assert (described["stopDate"] - described["startDate"]).total_seconds() == pytest.approx(
        seconds, abs=2)


def test_map_of_what_is_no_array(sfn):
    assert failure(sfn, alone(mapped({"Type": "Pass"}, ItemsPath="$.a")), {"a": 1}) == (
        "States.Runtime", 'Reference path "$.a" must point to array.')
    assert failure(sfn, alone(mapped({"Type": "Pass"}, ItemsPath="$$.Execution.Input")),
                   {"a": 1}) == (
        "States.Runtime", 'Reference path "$.Execution.Input" must point to array.')


def test_max_concurrency_that_is_no_number(sfn):
    assert failure(sfn, alone(mapped({"Type": "Pass"}, ItemsPath="$.l", MaxConcurrencyPath="$.x")),
                   {"l": [], "x": "NoNumber"}) == (
        "States.Runtime", prefix("X") + 'The MaxConcurrencyPath field refers to value "NoNumber" '
        "which is not a valid integer: $.x")


def test_map_in_map(sfn):
    inner = {"Type": "Map", "ItemProcessor": branch({"Type": "Pass"}, "II")}
    assert output_of(run(sfn, alone(mapped(inner)), [[1, 2], [], [3]])) == [[1, 2], [], [3]]


def test_large_map(sfn):
    described = run(sfn, alone(mapped({"Type": "Pass"})), list(range(3000)))
    assert output_of(described) == list(range(3000))


# -- Retry --

def failing(error="E", **fields):
    """A state that fails at once with an error of any name."""
    return {"Type": "Parallel", "Branches": [branch({"Type": "Fail", "Error": error}, "F")], **fields}


def attempts(sfn, described):
    """The seconds between one attempt of X and the next."""
    events = history(sfn, described["executionArn"])
    check_history(events)
    at = [e["timestamp"] for e in events if e["type"] == "ParallelStateStarted"]
    return [round((b - a).total_seconds()) for a, b in zip(at, at[1:])]


@pytest.mark.parametrize("retrier, delays", [
    ({}, [1, 2, 4]),
    ({"MaxAttempts": 0}, []),
    ({"IntervalSeconds": 3, "MaxAttempts": 4, "BackoffRate": 1.0}, [3, 3, 3, 3]),
    ({"IntervalSeconds": 10, "BackoffRate": 1.5}, [10, 15, 22]),
    ({"IntervalSeconds": 2, "MaxAttempts": 6, "BackoffRate": 3, "MaxDelaySeconds": 20},
     [2, 6, 18, 20, 20, 20]),
    ({"IntervalSeconds": 86400, "MaxAttempts": 2}, [86400, 172800]),
    ({"JitterStrategy": "NONE"}, [1, 2, 4]),
])
def test_retry_delays(sfn, retrier, delays):
    described = run(sfn, alone(failing(Retry=[{"ErrorEquals": ["E"], **retrier}])))
    assert described["status"] == "FAILED" and described["error"] == "E"
    assert attempts(sfn, described) == pytest.approx(delays, abs=1)


def test_retry_with_jitter(sfn):
    described = run(sfn, alone(failing(Retry=[
        {"ErrorEquals": ["E"], "IntervalSeconds": 1000, "MaxAttempts": 6, "BackoffRate": 1,
         "JitterStrategy": "FULL"}])))
    delays = attempts(sfn, described)
    assert len(delays) == 6 and all(0 <= d <= 1000 for d in delays) and len(set(delays)) > 1


@pytest.mark.parametrize("errors, retried", [
    (["States.ALL"], True), (["States.TaskFailed"], True), (["Other", "E"], True),
    (["Other"], False), (["States.Timeout"], False)])
def test_which_errors_are_retried(sfn, errors, retried):
    described = run(sfn, alone(failing(Retry=[{"ErrorEquals": errors, "MaxAttempts": 1}])))
    assert len(attempts(sfn, described)) == (1 if retried else 0)


def test_the_first_retrier_that_matches_counts(sfn):
    """It hides later ones also when its attempts are spent."""
    described = run(sfn, alone(failing(Retry=[
        {"ErrorEquals": ["E"], "MaxAttempts": 1}, {"ErrorEquals": ["States.ALL"], "MaxAttempts": 5}])))
    assert len(attempts(sfn, described)) == 1


def test_attempts_are_counted_anew_on_each_visit(sfn):
    """Each retrier has a count of its own, and a state visited again starts from zero."""
    definition = {"StartAt": "M", "States": {"M": {
        "Type": "Map", "MaxConcurrency": 1, "ItemProcessor": {"StartAt": "X", "States": {
            "X": failing(Retry=[{"ErrorEquals": ["E"], "MaxAttempts": 2, "IntervalSeconds": 1}],
                         Catch=[{"ErrorEquals": ["States.ALL"], "Next": "D"}], Next="D"),
            "D": {"Type": "Succeed"}}}, "End": True}}}
    described = run(sfn, definition, [1, 2])
    output_of(described)
    assert types(sfn, described).count("ParallelStateStarted") == 6


def test_retry_count_in_the_context(sfn):
    """The second attempt sees its number, and ends well."""
    definition = {"StartAt": "X", "States": {"X": {
        "Type": "Parallel", "Parameters": {"n.$": "$$.State.RetryCount"}, "End": True,
        "Retry": [{"ErrorEquals": ["E"]}],
        "Branches": [{"StartAt": "C", "States": {
            "C": {"Type": "Choice", "Default": "F", "Choices": [
                {"Variable": "$.n", "NumericEquals": 2, "Next": "S"}]},
            "S": {"Type": "Succeed"}, "F": {"Type": "Fail", "Error": "E"}}}]}}}
    assert output_of(run(sfn, definition)) == [{"n": 2}]


# -- Catch --

def test_catch_gives_error_and_cause(sfn):
    state = {**failing("E", Next="D", Catch=[{"ErrorEquals": ["E"], "Next": "D"}])}
    assert result(sfn, state, {"a": 1}) == {"Error": "E", "Cause": None}
    state["Branches"][0]["States"]["F"]["Cause"] = "why"
    assert result(sfn, state, {"a": 1}) == {"Error": "E", "Cause": "why"}


@pytest.mark.parametrize("path, expected", [
    ("$.e", {"a": 1, "e": {"Error": "E", "Cause": None}}), (None, {"a": 1}),
    ("$", {"Error": "E", "Cause": None})])
def test_catch_with_result_path(sfn, path, expected):
    state = failing("E", Next="D", Catch=[{"ErrorEquals": ["States.ALL"], "ResultPath": path,
                                           "Next": "D"}])
    assert result(sfn, state, {"a": 1}) == expected


def test_the_first_catcher_that_matches(sfn):
    definition = {"StartAt": "X", "States": {
        "X": failing("E", End=True, Catch=[{"ErrorEquals": ["Other"], "Next": "A"},
                                           {"ErrorEquals": ["Third", "E"], "Next": "B"},
                                           {"ErrorEquals": ["States.ALL"], "Next": "A"}]),
        "A": {"Type": "Pass", "Result": "A", "End": True},
        "B": {"Type": "Pass", "Result": "B", "End": True}}}
    assert output_of(run(sfn, definition)) == "B"


def test_catch_comes_after_retry(sfn):
    described = run(sfn, alone(failing("E", Next="D", Retry=[{"ErrorEquals": ["E"]}],
                                       Catch=[{"ErrorEquals": ["E"], "Next": "D"}])))
    output_of(described)
    assert attempts(sfn, described) == [1, 2, 4]


def test_catch_around_a_failing_iteration(sfn):
    state = mapped({"Type": "Fail", "Error": "E"}, Next="D",
                   Catch=[{"ErrorEquals": ["E"], "Next": "D"}])
    assert output_of(run(sfn, alone(state), [1, 2, 3])) == {"Error": "E", "Cause": None}


def test_runtime_errors_are_not_all(sfn):
    bad = branch({"Type": "Pass", "InputPath": "$.none"}, "B")
    every = {"Retry": [{"ErrorEquals": ["States.ALL"]}],
             "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}]}
    described = run(sfn, alone({"Type": "Parallel", "Branches": [bad], "Next": "D", **every}))
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")
    assert described["cause"] == (prefix("B", 4) +
                                  "Invalid path '$.none' : No results for path: $['none']")
    assert types(sfn, described) == ["ExecutionStarted", "ParallelStateEntered",
                                     "ParallelStateStarted", "PassStateEntered", "ExecutionFailed"]


def test_intrinsic_failures_are_runtime_errors(sfn):
    """The guide reserves States.IntrinsicFailure: nobody catches by it, nor by States.ALL."""
    bad = branch({"Type": "Pass", "Parameters": {"r.$": "States.StringToJson('{')"}})
    described = run(sfn, alone({"Type": "Parallel", "Branches": [bad], "Next": "D", "Catch": [
        {"ErrorEquals": ["States.IntrinsicFailure"], "Next": "D"},
        {"ErrorEquals": ["States.ALL"], "Next": "D"}]}))
    assert (described["status"], described["error"]) == ("FAILED", "States.Runtime")


def call_task(**more):
    """A Task that waits for a Job of an hour."""
    job = {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"generateName": "slow-"}, "spec": {
        "template": {"metadata": {"annotations": {"stepd.dev/duration": "3600"}}, "spec": {
            "restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox"}]}}}}
    return {"Type": "Task", "Resource": "arn:aws:states:::eks:runJob.sync", "Parameters": {
        "ClusterName": "states", "CertificateAuthority": "ANPAJ2UCCR6DPCEXAMPLE",
        "Endpoint": "https://444455556666.yl4.us-east-1.eks.amazonaws.com", "Job": job}, **more}


@pytest.mark.parametrize("fields", [{"TimeoutSeconds": 600}, {"TimeoutSecondsPath": "$.t"},
                                    {"TimeoutSeconds": 1000, "HeartbeatSeconds": 600}])
def test_task_times_out(sfn, fields):
    described = run(sfn, alone(call_task(**fields)), {"t": 600})
    assert (described["status"], described["error"]) == ("FAILED", "States.Timeout")
    assert "cause" not in described
    at = {e["type"]: e["timestamp"] for e in history(sfn, described["executionArn"])}
    assert (at["TaskTimedOut"] - at["TaskStarted"]).total_seconds() == pytest.approx(600, abs=5)


@pytest.mark.parametrize("errors", [["States.Timeout"], ["States.ALL"]])
def test_task_timeout_is_caught(sfn, errors):
    state = call_task(TimeoutSeconds=60, Next="D", Catch=[
        {"ErrorEquals": ["States.TaskFailed"], "ResultPath": "$.wrong", "Next": "D"},
        {"ErrorEquals": errors, "Next": "D"}])
    assert result(sfn, state) == {"Error": "States.Timeout", "Cause": ""}


def test_task_retry_has_its_own_timeout(sfn):
    described = run(sfn, alone(call_task(TimeoutSeconds=60, Retry=[
        {"ErrorEquals": ["States.Timeout"], "IntervalSeconds": 30, "MaxAttempts": 2,
         "BackoffRate": 1}])))
    events = history(sfn, described["executionArn"])
    check_history(events)
    assert [e["type"] for e in events].count("TaskTimedOut") == 3
    assert (described["stopDate"] - described["startDate"]).total_seconds() == pytest.approx(
        3 * 60 + 2 * 30, abs=10)


def test_machine_times_out(sfn):
    described = run(sfn, alone({"Type": "Wait", "Seconds": 1000}, TimeoutSeconds=30))
    assert described["status"] == "TIMED_OUT" and not {"error", "cause"} & set(described)
    assert (described["stopDate"] - described["startDate"]).total_seconds() == 30


def test_resources_that_do_not_exist_are_refused(sfn):
    with pytest.raises(sfn.exceptions.InvalidDefinition) as refused:
        machine(sfn, alone({"Type": "Task", "Resource": "arn:aws:states:::lambda:invoke",
                            "Parameters": {}}))
    assert "lambda" in refused.value.response["Error"]["Message"]


# -- limits --

def grown(copies):
    """A Pass state whose output is so many copies of $.s."""
    return {"Type": "Pass", "Parameters": {f"k{i}.$": "$.s" for i in range(copies)}}


def test_output_past_the_quota(sfn):
    value = {"s": "x" * 100_000}
    assert result(sfn, grown(2), value)["k1"] == value["s"]
    assert failure(sfn, alone(grown(3)), value) == ("States.DataLimitExceeded",
                                                    TOO_LARGE.format("X"))


def test_output_of_exactly_the_quota(sfn):
    frame = len('{"k0":""}')
    exact = "x" * (QUOTA - frame)
    # the execution's own input has its own frame: {"s":""} is shorter
    assert result(sfn, grown(1), {"s": exact[:QUOTA - frame]})["k0"] == exact


def test_quota_is_of_bytes(sfn):
    value = {"s": "ä" * 40_000}  # 240,000 bytes as the input escapes them, 80,000 in UTF-8
    assert result(sfn, grown(3), value)["k2"] == value["s"]
    assert failure(sfn, alone(grown(4)), value)[0] == "States.DataLimitExceeded"


def test_quota_is_caught(sfn):
    state = {"Type": "Parallel", "Branches": [branch(grown(3))], "Next": "D",
             "Catch": [{"ErrorEquals": ["States.ALL"], "Next": "D"}]}
    assert result(sfn, state, {"s": "x" * 100_000})["Error"] == "States.DataLimitExceeded"


def test_history_is_full(sfn):
    """Measured: event 25,000 is ExecutionFailed."""
    described = run(sfn, {"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Default": "D", "Choices": [
            {"Variable": "$.loop", "BooleanEquals": True, "Next": "C"}]},
        "D": {"Type": "Succeed"}}}, {"loop": True})
    text = "The execution reached the maximum number of history events (25000)."
    assert (described["status"], described["error"], described["cause"]) == (
        "FAILED", "States.Runtime", text)
    events = history(sfn, described["executionArn"])
    check_history(events)
    assert len(events) == 25000
    assert events[-1]["executionFailedEventDetails"] == {"error": "States.Runtime", "cause": text}
    assert {e["type"] for e in events[1:-1]} == {"ChoiceStateEntered", "ChoiceStateExited"}


# -- an example with all of it --

def test_example_of_the_data_flow(sfn):
    text = (ROOT / "examples/data-flow.asl.json").read_text()
    described = run(sfn, text, {"numbers": [1, 2, 3]})
    assert output_of(described) == {
        "numbers": [1, 2, 3], "count": 3, "sides": ["left", "right"],
        "doubled": [{"index": i, "doubled": 2 * n} for i, n in enumerate([1, 2, 3])]}
    assert (described["stopDate"] - described["startDate"]).total_seconds() >= 172800
    assert failure(sfn, text, {"numbers": [1]})[0] == "TooFew"


def test_a_task_has_a_role_of_its_own(skipping):
    """The task is called under that role: it makes a cluster, which admits its maker and nobody
    else."""
    sfn = skipping.sfn()
    role = ROLE.replace("e2e", "other")
    task = {"Type": "Task", "Resource": "arn:aws:states:::eks:createCluster.sync", "Parameters": {
        "Name": "credentials", "RoleArn": ROLE, "ResourcesVpcConfig": {
            "SubnetIds": ["subnet-1", "subnet-2"]}},
        "Credentials": {"RoleArn.$": "$.role"}}
    described = run(sfn, alone(task), {"role": role})
    assert described["status"] == "SUCCEEDED", described
    scheduled, = [e for e in history(sfn, described["executionArn"]) if e["type"] == "TaskScheduled"]
    assert scheduled["taskScheduledEventDetails"]["taskCredentials"] == {"roleArn": role}
    call = {"Type": "Task", "Resource": "arn:aws:states:::eks:call", "Parameters": {
        "ClusterName": "credentials", "CertificateAuthority.$": "$.Cluster.CertificateAuthority.Data",
        "Endpoint.$": "$.Cluster.Endpoint", "Method": "GET", "Path": "/api/v1/namespaces"}}
    cluster = output_of(described)
    assert failure(sfn, alone(call), cluster)[0] == "EKS.401"
    assert "StatusCode" in json.dumps(output_of(run(sfn, alone(
        {**call, "Credentials": {"RoleArn": role}}), cluster)))
