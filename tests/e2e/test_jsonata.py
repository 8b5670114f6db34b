"""JSONata states: fields, results and refusals, in AWS's words. Time is skipped."""
import json

import pytest

from stepd_server import check_history, history, machine, output_of, run
from test_states import alone, branch, failing, failure, mapped, prefix, result, types


@pytest.fixture(scope="module")
def sfn(skipping):
    return skipping.sfn()


def jsonata(definition):
    return {**definition, "QueryLanguage": "JSONata"}


def out_of(sfn, state, value=None):
    return result(sfn, {"QueryLanguage": "JSONata", **state}, value if value is not None else {})


def evaluate(sfn, expression, value=None):
    return out_of(sfn, {"Type": "Pass", "Output": "{% " + expression + " %}"}, value)


def refusal(sfn, expression, value=None):
    """What the sentence says after the name of the field."""
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"v": "{% " + expression + " %}"}}
    error, cause = failure(sfn, alone(state), value if value is not None else {})
    begin = (prefix("X") + f"The JSONata expression '{expression}' specified for the field "
             "'Output/v' ")
    assert error == "States.QueryEvaluationError" and cause.startswith(begin)
    return cause[len(begin):]


# -- values --

@pytest.mark.parametrize("expression, value, expected", [
    ("$states.input.a.b", {"a": {"b": [1, 2]}}, [1, 2]),
    ("$states.input", {"a": 1.5}, {"a": 1.5}),
    ("$states.input.n", {"n": None}, None),
    ("$type($states.input.n)", {"n": None}, "null"),
    ("$exists($states.input.n)", {"n": None}, True),
    ("$count($states.input.n)", {"n": None}, 1),
    ("$states.context.State.Name", {}, "X"),
    ("$string({'a': 1}, true)", {}, '{\n  "a": 1\n}'),
    ("-1/0", {}, "-Infinity"), ("0/0", {}, "NaN"),
    ("$parseInteger('abc', '0')", {}, "NaN"),
    ("$string(1e19)", {}, "10000000000000000000"), ("$string(1e21)", {}, "1e+21"),
    ("$string(1/3)", {}, "0.333333333333333"),
    ("$string($states.input)", 9223372036854775807, "9223372036854775807"),
    ("$states.input + 0", 9223372036854775806, 9223372036854775806)])
def test_values(sfn, expression, value, expected):
    assert evaluate(sfn, expression, value) == expected


@pytest.mark.parametrize("text, expected", [
    ("9223372036854775807", "9223372036854775807"),
    ("9223372036854775808", "9.223372036854776E18"), ("1.0", "1")])
def test_numbers_are_printed_as_aws_prints_them(sfn, text, expected):
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.n %}"}
    started = sfn.start_execution(stateMachineArn=machine(sfn, alone(state)),
                                  input='{"n":' + text + "}")
    from stepd_server import wait_end
    assert wait_end(sfn, started["executionArn"])["output"] == expected


@pytest.mark.parametrize("expression, expected", [
    ("$partition([1,2,3,4,5], 2)", [[1, 2], [3, 4], [5]]), ("$partition([0], 1)", [[0]]),
    ("$partition([1,2,3])", [[1, 2, 3]]), ("$partition([1,2,3,4,5], 2.9)", [[1, 2], [3, 4], [5]]),
    ("$range(0, 10, 3)", [0, 3, 6, 9]), ("$range(10, 0, -2)", [10, 8, 6, 4, 2, 0]),
    ("$range(3, 3, 1)", 3), ("$range(-2.9, 0, 1)", [-2, -1, 0]),
    ("$hash('Hello', 'MD5')", "8b1a9953c4611296a827abf8c47804d7"),
    ("$random(0)", 0.730967787376657), ("$random(7)", 0.7306990420600421),
    ("$random(0.9)", 0.730967787376657), ("$parse('{\"b\":1,\"a\":[2]}')", {"b": 1, "a": [2]}),
    ("$parse('null')", None), ("$parse('1e2')", 100), ("$count($range(1, 360145, 1))", 360145),
    ("$map(['{\"a\":1}','{\"a\":2}'], $parse).a", [1, 2]), ("$length($uuid())", 36)])
def test_functions_of_step_functions(sfn, expression, expected):
    assert evaluate(sfn, expression) == expected


THREW = "threw an error during evaluation"


@pytest.mark.parametrize("expression, said", [
    ("$nothing", "returned nothing (undefined)."), ("$parse()", "returned nothing (undefined)."),
    ("$partition([], 2)", "returned nothing (undefined)."),
    ("$range(5, 1, 1)", "returned nothing (undefined)."), ("$range(1, 5)",
                                                            "returned nothing (undefined)."),
    ("$hash('Hello')", "returned nothing (undefined)."),
    ("function($x){$x}", "returned an unsupported result type."),
    ("$doesNotExist(1)", THREW + ". T1006: Attempted to invoke a non-function"),
    ("$eval('1')", THREW + ". T1006: Attempted to invoke a non-function"),
    ("$split('a','b',-1)",
     THREW + ". D3020: Third argument of split function must evaluate to a positive number"),
    ("$each('x', function($v){$v})",
     THREW + '. T0410: Argument 1 of function "each" does not match function signature'),
    ("$parse(null)",
     THREW + '. T0410: Argument 1 of function "parse" does not match function signature'),
    ("$sum(['a'])", THREW + '. T0412: Argument 1 of function "sum" must be an array of "numbers"'),
    ("$reduce([1,2], function($a){$a})",
     THREW + ". D3050: The second argument of reduce function must be a function with at least "
     "two arguments"),
    ("$single([1,2], function($x){true})",
     THREW + ". D3138: The $single() function expected exactly 1 matching result.  Instead it "
     "matched more."),
    ("$sqrt(-1)",
     THREW + ". D3060: The sqrt function cannot be applied to a negative number: -1"),
    ("1 + {}", THREW + '. T2002: The right side of the "+" operator must evaluate to a number'),
    ('1 < "a"',
     THREW + '. T2009: The values 1 and "a" either side of operator "<" must be of the same data '
     "type"),
    ("$partition([1,2,3],-1)", THREW + ". D3137: Second argument must be zero or greater"),
    ("$replace('a','','b')",
     THREW + ": Second argument of replace function cannot be an empty string")])
def test_refusals(sfn, expression, said):
    assert refusal(sfn, expression) == said


def test_an_internal_error_has_an_id(sfn):
    said = refusal(sfn, '$base64decode("!!!")')
    assert said.startswith("threw an internal error during evaluation.") and len(said) > 70


# -- bounds --

STACK = THREW + (": Stack overflow error: Check for non-terminating recursive function. Consider "
                 "rewriting as tail-recursive")
MEMORY = THREW + ": Expression evaluation memory limit exceeded: Check for excessive memory usage"
RECURSIVE = "($f := function($x){$x<=0?0:1+$f($x-1)}; $f(%d))"
DOUBLED = "$length($reduce([1..%d], function($s, $i){$s & $s}, 'a'))"


def test_depth(sfn):
    assert evaluate(sfn, "+".join(["1"] * 100)) == 100
    assert refusal(sfn, "+".join(["1"] * 101)) == STACK
    assert evaluate(sfn, "(" * 99 + "1" + ")" * 99) == 1
    assert refusal(sfn, "(" * 100 + "1" + ")" * 100) == STACK
    assert evaluate(sfn, "1" + "~>$string" * 99) == "1"
    assert refusal(sfn, "1" + "~>$string" * 100) == STACK
    assert evaluate(sfn, RECURSIVE % 31) == 31
    assert refusal(sfn, RECURSIVE % 32) == STACK


def test_memory(sfn):
    assert evaluate(sfn, DOUBLED % 22) == 2 ** 22
    assert refusal(sfn, DOUBLED % 23) == MEMORY
    assert refusal(sfn, "$range(1,360146,1)") == MEMORY


def test_time(sfn):
    assert refusal(sfn, "($f := function($x){$f($x)}; $f(1))") == (
        THREW + ": Expression evaluation timeout: Check for infinite loop")


# -- fields --

def test_output_of_each_kind(sfn):
    assert out_of(sfn, {"Type": "Pass", "Output": [1, {"a": "{% 1 + 1 %}", "b.$": "$.x"}]}) == [
        1, {"a": 2, "b.$": "$.x"}]
    assert out_of(sfn, {"Type": "Pass"}, {"a": 1}) == {"a": 1}
    assert out_of(sfn, {"Type": "Pass", "Output": " {% 1 %}"}) == " {% 1 %}"
    assert out_of(sfn, {"Type": "Succeed", "Output": "{% $states.input.a %}"}, {"a": 5}) == 5
    assert out_of(sfn, {"Type": "Wait", "Seconds": "{% $states.input.s %}",
                        "Output": {"waited": "{% $states.input.s %}"}}, {"s": 3600}) == {
        "waited": 3600}


def test_a_parallel_state(sfn):
    state = {"Type": "Parallel", "Arguments": {"v": "{% $states.input.a * 2 %}"},
             "Branches": [branch({"Type": "Pass"}), branch({
                 "Type": "Pass", "QueryLanguage": "JSONata", "Output": "{% $states.input.v %}"})],
             "Output": {"of": "{% $states.input.a %}", "all": "{% $states.result %}"}}
    assert out_of(sfn, state, {"a": 4}) == {"of": 4, "all": [{"v": 8}, 8]}


def test_a_map_state(sfn):
    state = mapped({"Type": "Pass", "QueryLanguage": "JSONata",
                    "Output": "{% $states.input.v * $states.context.Map.Item.Value %}"},
                   Items="{% $states.input.list[$ > 1] %}", MaxConcurrency="{% 1 + 1 %}",
                   ItemSelector={"v": "{% $states.context.Map.Item.Index %}"},
                   Output="{% $sum($states.result) %}")
    assert out_of(sfn, state, {"list": [1, 2, 3, 4]}) == 0 * 2 + 1 * 3 + 2 * 4
    literal = mapped({"Type": "Pass"}, Items=["{% $states.input.a %}", 2])
    assert out_of(sfn, literal, {"a": 1}) == [1, 2]


def test_a_choice(sfn):
    state = {"Type": "Choice", "QueryLanguage": "JSONata", "Default": "D", "Output": "default",
             "Choices": [{"Condition": "{% $states.input.n > 10 %}", "Next": "D",
                          "Output": {"big": "{% $states.input.n %}"}},
                         {"Condition": False, "Next": "D"},
                         {"Condition": "{% $states.input.n < 0 %}", "Next": "D"}]}
    for n, expected in ((11, {"big": 11}), (-1, {"n": -1}), (5, "default")):
        assert output_of(run(sfn, alone(state), {"n": n})) == expected
    error, cause = failure(sfn, alone({**state, "Choices": [
        {"Condition": False, "Next": "D"}, {"Condition": "{% 'yes' %}", "Next": "D"}]}), {})
    assert (error, cause) == ("States.QueryEvaluationError", prefix("X") + (
        "The JSONata expression ''yes'' specified for the field 'Choices[1]/Condition' returned "
        "an unexpected result type. Expected 'boolean', but was 'string' for value: \"yes\""))


def test_a_fail_state(sfn):
    state = {"Type": "Fail", "QueryLanguage": "JSONata", "Error": "{% $states.input.e & '!' %}",
             "Cause": "{% $string($states.input.c) %}"}
    assert failure(sfn, alone(state), {"e": "E", "c": [1]}) == ("E!", "[1]")
    error, cause = failure(sfn, alone({**state, "Error": "{% 1 %}"}), {"c": 1})
    assert error == "States.QueryEvaluationError" and "for the field 'Error'" in cause


def test_catch_sees_the_error(sfn):
    state = {**failing("E", Next="D", Catch=[{
        "ErrorEquals": ["States.ALL"], "Next": "D", "Assign": {"seen": "{% $states.errorOutput %}"},
        "Output": {"in": "{% $states.input.k %}", "e": "{% $states.errorOutput.Error %}"}}]),
        "QueryLanguage": "JSONata"}
    assert result(sfn, state, {"k": 1}) == {"in": 1, "e": "E"}
    plain = {**failing("E", Next="D", Catch=[{"ErrorEquals": ["States.ALL"], "Next": "D"}]),
             "QueryLanguage": "JSONata"}
    assert result(sfn, plain, {"k": 1})["Error"] == "E"


def test_evaluation_errors_are_caught_and_retried(sfn):
    state = mapped({"Type": "Pass"}, Items="{% $nothing %}", Next="D", QueryLanguage="JSONata",
                   Retry=[{"ErrorEquals": ["States.QueryEvaluationError"], "MaxAttempts": 1}],
                   Catch=[{"ErrorEquals": ["States.QueryEvaluationError"], "Next": "D",
                           "Output": "{% $states.errorOutput.Error %}"}])
    described = run(sfn, alone(state), {})
    assert output_of(described) == "States.QueryEvaluationError"
    assert types(sfn, described).count("EvaluationFailed") == 2


def test_the_event_tells_the_field(sfn):
    state = {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"a": [1, "{% $nothing %}"]}}
    described = run(sfn, alone(state), {})
    events = history(sfn, described["executionArn"])
    check_history(events)
    failed = events[2]
    assert failed["type"] == "EvaluationFailed" and failed["previousEventId"] == 2
    details = failed["evaluationFailedEventDetails"]
    assert (details["location"], details["state"]) == ("Output/a[1]", "X")
    assert (details["error"], details["cause"]) == (described["error"], described["cause"])
    assert events[3]["executionFailedEventDetails"] == {
        "error": described["error"], "cause": described["cause"]}


def test_languages_mix(sfn):
    definition = {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "QueryLanguage": "JSONata", "Output": {"v": "{% 2 * 3 %}"},
              "Assign": {"x": "{% $states.input %}"}, "Next": "B"},
        "B": {"Type": "Pass", "Parameters": {"v.$": "$.v", "x.$": "$x.k"}, "End": True}}}
    assert output_of(run(sfn, definition, {"k": 1})) == {"v": 6, "x": 1}


def test_children_have_the_language_of_the_machine(sfn):
    plain = {"Type": "Pass", "Parameters": {"v.$": "$"}}
    state = mapped(plain, Items="{% [1] %}", QueryLanguage="JSONata")
    assert result(sfn, state) == [{"v": 1}]
    whole = jsonata(alone(mapped({"Type": "Pass", "Output": "{% $states.input + 1 %}"},
                                 Items="{% [1] %}")))
    whole["States"].pop("D", None)
    assert output_of(run(sfn, whole, {}))[0] == 2


def test_a_job_with_arguments(sfn):
    """eks:runJob.sync, its Job made of the input; the result is looked into as JSONata."""
    job = {"apiVersion": "batch/v1", "kind": "Job",
           "metadata": {"name": "{% 'job-' & $states.input.id %}"},
           "spec": {"template": {"metadata": {"annotations": {
               "stepd.dev/duration": "{% $string($states.input.seconds) %}"}}, "spec": {
               "restartPolicy": "Never", "containers": [{"name": "main", "image": "busybox"}]}}}}
    state = {"Type": "Task", "Resource": "arn:aws:states:::eks:runJob.sync",
             "TimeoutSeconds": "{% $states.input.seconds * 2 %}", "Arguments": {
                 "ClusterName": "{% $states.input.cluster %}",
                 "CertificateAuthority": "ANPAJ2UCCR6DPCEXAMPLE",
                 "Endpoint": "https://444455556666.yl4.us-east-1.eks.amazonaws.com", "Job": job},
             "Assign": {"job": "{% $states.result.metadata.name %}"},
             "Output": "{% {'name': $states.result.metadata.name, "
                       "'ok': $states.result.status.succeeded = 1} %}"}
    value = {"id": 7, "cluster": "states", "seconds": 30}
    assert out_of(sfn, state, value) == {"name": "job-7", "ok": True}
    slow = {**state, "TimeoutSeconds": "{% 10 %}"}
    described = run(sfn, alone({**slow, "QueryLanguage": "JSONata"}), {**value, "id": 8})
    assert described["error"] == "States.Timeout"


def test_a_distributed_map_reads_and_writes(make_server, tmp_path):
    (tmp_path / "items.json").write_text(json.dumps([{"n": n} for n in range(5)]))
    server = make_server("--s3-buckets", f"data={tmp_path}", strict=False).start()
    state = {"Type": "Map", "QueryLanguage": "JSONata", "End": True, "ItemReader": {
        "Resource": "arn:aws:states:::s3:getObject",
        "ReaderConfig": {"InputType": "JSON", "MaxItems": "{% $states.input.most %}"},
        "Arguments": {"Bucket": "data", "Key": "{% $states.input.key %}"}},
        "ItemSelector": {"double": "{% $states.context.Map.Item.Value.n * 2 %}"},
        "ItemBatcher": {"MaxItemsPerBatch": "{% 1 + 1 %}",
                        "BatchInput": {"key": "{% $states.input.key %}"}},
        "ToleratedFailurePercentage": "{% 50 %}", "MaxConcurrency": "{% 2 %}",
        "ResultWriter": {"Resource": "arn:aws:states:::s3:putObject",
                         "Arguments": "{% {'Bucket': 'data', 'Prefix': 'out'} %}"},
        "Output": "{% $states.result.ResultWriterDetails.Bucket %}",
        "ItemProcessor": {"ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"},
                          "StartAt": "I", "States": {"I": {"Type": "Pass", "End": True}}}}
    described = run(server.sfn(), {"StartAt": "X", "States": {"X": state}},
                    {"key": "items.json", "most": 3})
    assert output_of(described) == "data"
    runs = list((tmp_path / "out").glob("*/SUCCEEDED_0.json"))
    outputs = [json.loads(r["Output"]) for r in json.loads(runs[0].read_text())]
    assert sorted(outputs, key=str) == sorted([
        {"BatchInput": {"key": "items.json"}, "Items": [{"double": 0}, {"double": 2}]},
        {"BatchInput": {"key": "items.json"}, "Items": [{"double": 4}]}], key=str)
