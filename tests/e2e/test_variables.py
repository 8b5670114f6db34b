"""Variables: Assign in every state that has it, what sees what, quotas, restarts."""
import json

import pytest

from stepd_server import history, machine, output_of, run, wait_end
from test_states import alone, branch, failing, failure, mapped


@pytest.fixture(scope="module")
def sfn(skipping):
    return skipping.sfn()


def chain(*states):
    """A machine of states one after another: S0, S1, …"""
    named = {}
    for i, state in enumerate(states):
        way = {"End": True} if i + 1 == len(states) else {"Next": f"S{i + 1}"}
        named[f"S{i}"] = state if state["Type"] in ("Choice", "Succeed") else {**state, **way}
    return {"StartAt": "S0", "States": named}


def read(**names):
    """A state that gives variables: key=name."""
    return {"Type": "Pass", "Parameters": {f"{k}.$": f"${v}" for k, v in names.items()}}


def exits(sfn, described):
    return [e["stateExitedEventDetails"] for e in history(sfn, described["executionArn"])
            if e["type"].endswith("StateExited")]


# -- Assign --

def test_all_see_the_values_on_entry(sfn):
    first = {"Type": "Pass", "Assign": {"x": 3, "a": 6}}
    swap = {"Type": "Pass", "Assign": {"x.$": "$a", "next.$": "$x"},
            "Parameters": {"x.$": "$x"}}
    described = run(sfn, chain(first, swap, read(x="x", next="next")), {})
    assert output_of(described) == {"x": 6, "next": 3}
    assert json.loads(exits(sfn, described)[1]["output"]) == {"x": 3}
    swap = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $x %}",
            "Assign": {"x": "{% $a %}", "next": "{% $x %}"}}
    described = run(sfn, chain(first, swap, read(x="x", next="next")), {})
    assert output_of(described) == {"x": 6, "next": 3}
    assert exits(sfn, described)[1]["output"] == "3"


def test_the_history_tells_texts(sfn):
    state = {"Type": "Pass", "Assign": {"n": None, "s": "t", "o": {"k": [1.25]}, "i.$": "$.v"}}
    details = exits(sfn, run(sfn, chain(state), {"v": 1}))[0]
    assert details["assignedVariables"] == {"n": "null", "s": '"t"', "o": '{"k":[1.25]}', "i": "1"}
    assert details["assignedVariablesDetails"] == {"truncated": False}


def test_they_are_data(sfn):
    described = run(sfn, chain({"Type": "Pass", "Assign": {"secret": 1}}), {})
    for event in sfn.get_execution_history(executionArn=described["executionArn"],
                                           includeExecutionData=False)["events"]:
        assert "secret" not in json.dumps(event, default=str)


def test_what_the_root_is(sfn):
    """Of a Pass its result; of a Map its result before ResultSelector; of a Wait its input."""
    states = [{"Type": "Pass", "Result": {"r": 1}, "ResultPath": "$.in", "Assign": {"a.$": "$.r"}},
              mapped({"Type": "Pass", "Result": 7}, ItemsPath="$.list", ResultPath="$.m",
                     ResultSelector={"first.$": "$[0]"}, Assign={"b.$": "$"}),
              {"Type": "Wait", "Seconds": 0, "Assign": {"c.$": "$.in.r"}},
              read(a="a", b="b", c="c")]
    assert output_of(run(sfn, chain(*states), {"list": [1, 2]})) == {"a": 1, "b": [7, 7], "c": 1}


def test_choices_assign_by_the_way_they_go(sfn):
    choice = {"Type": "Choice", "Default": "S2", "Assign": {"way": "default"}, "Choices": [
        {"Variable": "$.n", "NumericGreaterThan": 1, "Next": "S2",
         "Assign": {"way.$": "States.Format('over {}', $.n)"}},
        {"Variable": "$.n", "NumericEquals": 1, "Next": "S2"}]}
    definition = chain({"Type": "Pass", "Assign": {"way": "none"}}, choice, read(way="way"))
    for n, way in ((2, "over 2"), (1, "none"), (0, "default")):
        assert output_of(run(sfn, definition, {"n": n})) == {"way": way}


def test_catch_assigns_the_error(sfn):
    state = {**failing("E", Catch=[{"ErrorEquals": ["E"], "Next": "S1", "ResultPath": None,
                                    "Assign": {"error.$": "$.Error", "all.$": "$"}}]),
             "Assign": {"error": "none"}}
    output = output_of(run(sfn, chain(state, read(error="error", all="all")), {}))
    assert output["error"] == "E" and output["all"]["Error"] == "E"


def test_variables_in_paths_and_calls(sfn):
    first = {"Type": "Pass", "Assign": {"o": {"list": [3, 1, 2], "t": "text"}, "n": 1}}
    reader = {"Type": "Pass", "Parameters": {
        "all.$": "$o.list[*]", "some.$": "$o.list[?(@ > 1)]", "one.$": "$o.list[0]",
        "call.$": "States.Format('{} {}', $o.t, States.MathAdd($n, 1))"}}
    assert output_of(run(sfn, chain(first, reader), {})) == {
        "all": [3, 1, 2], "some": [3, 2], "one": 3, "call": "text 2"}
    assert output_of(run(sfn, chain(first, {"Type": "Pass", "InputPath": "$o.t"}), {})) == "text"
    choice = {"Type": "Choice", "Choices": [
        {"Variable": "$o.t", "StringEquals": "text", "Next": "S2"}]}
    assert output_of(run(sfn, chain(first, choice, {"Type": "Succeed"}), {})) == {}


def test_one_that_is_not_set(sfn):
    error, _ = failure(sfn, chain({"Type": "Pass", "Parameters": {"v.$": "$missing.x"}}), {})
    assert error == "States.Runtime"
    error, cause = failure(sfn, chain({"Type": "Pass", "QueryLanguage": "JSONata",
                                       "Output": "{% $missing %}"}), {})
    assert error == "States.QueryEvaluationError" and "returned nothing (undefined)." in cause


# -- scopes --

def test_inner_scopes_read_outer_ones_and_vanish(sfn):
    inner = {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"mine.$": "States.MathAdd($outer, 1)"}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"mine.$": "$mine", "outer.$": "$outer"},
              "End": True}}}
    definition = chain({"Type": "Pass", "Assign": {"outer": 1}},
                       {"Type": "Parallel", "Branches": [inner], "Assign": {"got.$": "$[0].mine"}},
                       read(got="got"))
    assert output_of(run(sfn, definition, {})) == {"got": 2}
    definition["States"]["S2"]["Parameters"] = {"v.$": "$mine"}
    assert failure(sfn, definition, {})[0] == "States.Runtime"


def test_iterations_have_their_own(sfn):
    inner = {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"i.$": "$"}, "Next": "B"},
        "B": {"Type": "Wait", "Seconds": 1, "Next": "C"},
        "C": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $i * $k %}", "End": True}}}
    definition = chain({"Type": "Pass", "Assign": {"k": 10}, "Result": [1, 2, 3]},
                       {"Type": "Map", "ItemProcessor": inner})
    assert output_of(run(sfn, definition, {})) == [10, 20, 30]


def test_children_of_a_distributed_map_see_none(sfn):
    state = mapped({"Type": "Pass", "Parameters": {"v.$": "$outer"}}, ItemsPath="$.list")
    state["ItemProcessor"]["ProcessorConfig"] = {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}
    definition = chain({"Type": "Pass", "Assign": {"outer": 1}}, state)
    assert failure(sfn, definition, {"list": [1]})[0] == "States.ExceedToleratedFailureThreshold"


def test_failed_attempts_assign_nothing(sfn):
    state = {"Type": "Parallel", "Branches": [branch({"Type": "Fail", "Error": "E"})],
             "Assign": {"done": True}, "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 1}],
             "Catch": [{"ErrorEquals": ["E"], "Next": "S1"}]}
    assert failure(sfn, chain(state, read(v="done")), {})[0] == "States.Runtime"


# -- quotas, references --

@pytest.mark.parametrize("length, fine", [(262_133, True), (262_134, False)])
def test_one_assign_has_at_most_256_kib(sfn, length, fine):
    """{"big":"…"} is 10 bytes and the text."""
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": 0,
             "Assign": {"big": "{% $pad('', " + str(length + 1) + ", 'x') %}"}}
    described = run(sfn, chain(state), {})
    assert described["status"] == ("SUCCEEDED" if fine else "FAILED")
    assert fine or described["error"] == "States.DataLimitExceeded"


def test_all_have_at_most_10_mib(sfn):
    states = [{"Type": "Pass", "QueryLanguage": "JSONata", "Output": 0,
               "Assign": {f"v{i}": "{% $pad('', 262100, 'x') %}"}} for i in range(41)]
    assert run(sfn, chain(*states[:40]), {})["status"] == "SUCCEEDED"
    assert run(sfn, chain(*states), {})["error"] == "States.DataLimitExceeded"


def test_references_are_described(sfn):
    definition = chain({"Type": "Pass", "Assign": {"b": 1, "a": 2}},
                       {"Type": "Pass", "QueryLanguage": "JSONata",
                        "Output": "{% ($own := $b; $own + $a + $sum([1])) %}"})
    arn = machine(sfn, definition)
    assert sfn.describe_state_machine(stateMachineArn=arn)["variableReferences"] == {
        "S1": ["a", "b"]}
    started = sfn.start_execution(stateMachineArn=arn)
    assert sfn.describe_state_machine_for_execution(
        executionArn=started["executionArn"])["variableReferences"] == {"S1": ["a", "b"]}
    sfn.update_state_machine(stateMachineArn=arn, definition=json.dumps(chain({"Type": "Pass"})))
    assert "variableReferences" not in sfn.describe_state_machine(stateMachineArn=arn)


# -- restarts --

def test_they_survive_a_kill(make_server):
    server = make_server(strict=False).start()
    sfn = server.sfn()
    inner = {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Assign": {"mine.$": "$"}, "Next": "B"},
        "B": {"Type": "Wait", "Seconds": 2, "Next": "C"},
        "C": {"Type": "Pass", "QueryLanguage": "JSONata",
              "Output": "{% {'mine': $mine, 'outer': $length($outer)} %}", "End": True}}}
    definition = chain(
        {"Type": "Pass", "QueryLanguage": "JSONata", "Output": [1, 2],
         "Assign": {"outer": "{% $pad('', 100000, 'x') %}"}},
        {"Type": "Map", "QueryLanguage": "JSONata", "ItemProcessor": inner,
         "Items": "{% $map($states.input, function($v){$v & ' ' & $uuid()}) %}"})
    started = sfn.start_execution(stateMachineArn=machine(sfn, definition), input="{}")
    arn = started["executionArn"]
    while sum(e["type"] == "WaitStateEntered" for e in history(sfn, arn)) < 2:
        pass
    entered = [e["stateEnteredEventDetails"]["input"] for e in history(sfn, arn)
               if e["type"] == "WaitStateEntered"]
    server.kill()
    server.start()
    output = output_of(wait_end(server.sfn(), arn))
    assert [json.dumps(o["mine"]) for o in output] == entered
    assert [o["outer"] for o in output] == [100000, 100000]
