"""The operations of the Step Functions API: what each answers, and how it refuses."""
import datetime
import json
import re

import botocore.session
import pytest
from botocore.exceptions import ClientError

from stepd_server import (ACCOUNT, REGION, ROLE, check_history, history, machine, output_of, run,
                          wait_end)

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 1000, "End": True}}}
UUID = re.compile(r"^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
ANSWERED = {
    "CreateStateMachine", "DeleteStateMachine", "DescribeExecution", "DescribeMapRun",
    "DescribeStateMachine", "ListMapRuns", "UpdateMapRun",
    "DescribeStateMachineForExecution", "GetExecutionHistory", "ListExecutions",
    "ListStateMachines", "ListTagsForResource", "StartExecution", "StartSyncExecution",
    "StopExecution", "TagResource", "UntagResource", "UpdateStateMachine",
    "ValidateStateMachineDefinition"}


def arn_of(kind, rest):
    return f"arn:aws:states:{REGION}:{ACCOUNT}:{kind}:{rest}"


def refused(call, **arguments):
    """(code, message, HTTP status) of a call that has to fail."""
    with pytest.raises(ClientError) as caught:
        call(**arguments)
    answer = caught.value.response
    return (answer["Error"]["Code"], answer["Error"]["Message"],
            answer["ResponseMetadata"]["HTTPStatusCode"])


def refusal(call, **arguments):
    code, message, status = refused(call, **arguments)
    assert status == 400
    return code, message


def texts(value):
    return json.dumps(value)


def pages(call, key, **arguments):
    """Every element, page by page, and how many pages there were."""
    found, count, token = [], 0, None
    while True:
        page = call(**arguments, **({"nextToken": token} if token else {}))
        found += page[key]
        count += 1
        token = page.get("nextToken")
        if not token:
            return found, count


# -- CreateStateMachine --

def test_create_answers_arn_and_date(sfn):
    answer = sfn.create_state_machine(name="create-1", definition=texts(PASS), roleArn=ROLE)
    assert answer["stateMachineArn"] == arn_of("stateMachine", "create-1")
    age = datetime.datetime.now(datetime.timezone.utc) - answer["creationDate"]
    assert abs(age.total_seconds()) < 60
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-type"] == "application/x-amz-json-1.0"
    assert UUID.match(answer["ResponseMetadata"]["RequestId"])


def test_create_is_idempotent_on_all_but_role_and_tags(sfn):
    first = sfn.create_state_machine(name="create-2", definition=texts(PASS), roleArn=ROLE)
    again = sfn.create_state_machine(name="create-2", definition=texts(PASS), roleArn=ROLE + "2",
                                     tags=[{"key": "a", "value": "b"}])
    assert first["creationDate"] == again["creationDate"]
    described = sfn.describe_state_machine(stateMachineArn=first["stateMachineArn"])
    assert described["roleArn"] == ROLE
    assert sfn.list_tags_for_resource(resourceArn=first["stateMachineArn"])["tags"] == []


@pytest.mark.parametrize("other", [
    {"definition": texts(WAIT)},
    {"type": "EXPRESS"},
    {"tracingConfiguration": {"enabled": True}},
    {"loggingConfiguration": {"level": "OFF", "includeExecutionData": True}},
])
def test_create_with_the_name_of_another(sfn, other):
    machine(sfn, PASS, name="create-3", **{})
    arguments = {"name": "create-3", "definition": texts(PASS), "roleArn": ROLE, **other}
    assert refusal(sfn.create_state_machine, **arguments) == (
        "StateMachineAlreadyExists",
        f"State Machine Already Exists: '{arn_of('stateMachine', 'create-3')}'")


@pytest.mark.parametrize("name", ["a b", "a/b", "a:b", "a*", "<a>", "a\u0085", "a\ufffe", "a\n",
                                  "\u2003", "a'\"", "a{}", "a~", "a`", "a,b;c", "a\U0010ffff"])
def test_names_with_forbidden_characters(sfn, name):
    assert refusal(sfn.create_state_machine, name=name, definition=texts(PASS), roleArn=ROLE) == (
        "InvalidName", f"Invalid Name: '{name}'")


@pytest.mark.parametrize("name", ["größe", "名前", "a" * 80, "A.b_c-d!('@+=)", "\U0001f600"])
def test_names_that_are_fine(sfn, name):
    assert machine(sfn, PASS, name=name) == arn_of("stateMachine", name)
    assert sfn.describe_state_machine(
        stateMachineArn=arn_of("stateMachine", name))["name"] == name


def test_names_have_at_most_eighty_characters(sfn):
    name = "a" * 81
    assert refusal(sfn.create_state_machine, name=name, definition=texts(PASS), roleArn=ROLE) == (
        "ValidationException",
        f"1 validation error detected: Value '{name}' at 'name' failed to satisfy constraint: "
        "Member must have length less than or equal to 80")


def test_all_violations_are_told_at_once(sfn):
    assert refusal(sfn.create_state_machine) == (
        "ValidationException",
        "3 validation errors detected: Value null at 'name' failed to satisfy constraint: Member "
        "must not be null; Value null at 'definition' failed to satisfy constraint: Member must "
        "not be null; Value null at 'roleArn' failed to satisfy constraint: Member must not be "
        "null")


def test_role_has_to_be_an_arn(sfn):
    assert refusal(sfn.create_state_machine, name="r", definition=texts(PASS), roleArn="admin") == (
        "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: admin'")


@pytest.mark.parametrize("definition, text", [
    ({}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States, StartAt] at /"),
    ({"StartAt": "A"}, "SCHEMA_VALIDATION_FAILED: These fields are required: [States] at /"),
    ({"StartAt": "A", "States": {"A": {"Type": "Pass", "Next": "B"}}},
     "MISSING_TRANSITION_TARGET: Missing 'Next' target: B at /States/A/Next, "
     "MISSING_END_STATE: Workflow has no terminal state at null"),
    ({"StartAt": "A", "States": {"A": {"Type": "Pass", "End": True, "Retry": []}}},
     "SCHEMA_VALIDATION_FAILED: Field 'Retry' is not supported at /States/A"),
])
def test_definitions_that_are_refused(sfn, definition, text):
    assert refusal(sfn.create_state_machine, name="bad", definition=texts(definition),
                   roleArn=ROLE) == (
        "InvalidDefinition", f"Invalid State Machine Definition: '{text}'")
    assert refusal(sfn.describe_state_machine, stateMachineArn=arn_of("stateMachine", "bad"))[0] \
        == "StateMachineDoesNotExist"


def test_what_stepd_cannot_do_is_refused_by_name(sfn):
    assert refusal(sfn.create_state_machine, name="bad", definition=texts(PASS), roleArn=ROLE,
                   publish=True) == (
        "ValidationException", "stepd does not publish state machine versions yet")


def test_version_description_needs_publish(sfn):
    assert refusal(sfn.create_state_machine, name="bad", definition=texts(PASS), roleArn=ROLE,
                   versionDescription="v") == (
        "ValidationException", "Version description can only be set when publish is true")


def test_logging_needs_a_destination(sfn):
    assert refusal(sfn.create_state_machine, name="bad", definition=texts(PASS), roleArn=ROLE,
                   loggingConfiguration={"level": "ALL"}) == (
        "InvalidLoggingConfiguration",
        "Invalid Logging Configuration: Must specify exactly one Log Destination.")


def test_definition_of_more_than_a_megabyte(sfn):
    large = texts({**PASS, "Comment": "x" * 1048576})
    code, message = refusal(sfn.create_state_machine, name="bad", definition=large, roleArn=ROLE)
    assert code == "ValidationException"
    assert message.endswith("at 'definition' failed to satisfy constraint: Member must have length "
                            "less than or equal to 1048576")


# -- DescribeStateMachine, UpdateStateMachine --

def test_describe_gives_what_was_created(sfn):
    definition = json.dumps(PASS, indent=3)  # formatting is kept
    arn = machine(sfn, definition)
    d = sfn.describe_state_machine(stateMachineArn=arn)
    assert d["definition"] == definition
    assert (d["status"], d["type"], d["roleArn"]) == ("ACTIVE", "STANDARD", ROLE)
    assert d["loggingConfiguration"] == {"level": "OFF", "includeExecutionData": False}
    assert d["tracingConfiguration"] == {"enabled": False}
    assert "revisionId" not in d


def test_describe_gives_configurations(sfn):
    logging = {"level": "ERROR", "includeExecutionData": True, "destinations": [
        {"cloudWatchLogsLogGroup": {"logGroupArn": f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:g:*"}}]}
    d = sfn.describe_state_machine(stateMachineArn=machine(
        sfn, PASS, type="EXPRESS", loggingConfiguration=logging,
        tracingConfiguration={"enabled": True}))
    assert (d["type"], d["loggingConfiguration"]) == ("EXPRESS", logging)
    assert d["tracingConfiguration"] == {"enabled": True}


@pytest.mark.parametrize("call", ["describe_state_machine", "start_execution", "list_executions"])
def test_machine_that_is_not_there(sfn, call):
    arn = arn_of("stateMachine", "nowhere")
    assert refusal(getattr(sfn, call), stateMachineArn=arn) == (
        "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


@pytest.mark.parametrize("call", ["describe_state_machine", "start_execution",
                                  "delete_state_machine", "list_executions"])
def test_text_that_is_no_arn(sfn, call):
    assert refusal(getattr(sfn, call), stateMachineArn="not-an-arn") == (
        "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: not-an-arn'")


def test_update_changes_what_is_given(sfn):
    arn = machine(sfn, PASS)
    answer = sfn.update_state_machine(stateMachineArn=arn, definition=texts(WAIT))
    assert UUID.match(answer["revisionId"])
    d = sfn.describe_state_machine(stateMachineArn=arn)
    assert (json.loads(d["definition"]), d["roleArn"]) == (WAIT, ROLE)
    assert d["revisionId"] == answer["revisionId"]
    second = sfn.update_state_machine(stateMachineArn=arn, roleArn=ROLE + "-new")
    assert second["revisionId"] != answer["revisionId"]
    d = sfn.describe_state_machine(stateMachineArn=arn)
    assert (json.loads(d["definition"]), d["roleArn"]) == (WAIT, ROLE + "-new")


def test_update_of_nothing(sfn):
    assert refusal(sfn.update_state_machine, stateMachineArn=machine(sfn, PASS)) == (
        "MissingRequiredParameter",
        "Either the definition, the role ARN, the LoggingConfiguration, or the "
        "TracingConfiguration must be specified")


def test_update_with_a_bad_definition_changes_nothing(sfn):
    arn = machine(sfn, PASS)
    assert refusal(sfn.update_state_machine, stateMachineArn=arn, definition="{}")[0] \
        == "InvalidDefinition"
    assert json.loads(sfn.describe_state_machine(stateMachineArn=arn)["definition"]) == PASS


def test_update_of_a_machine_that_is_not_there(sfn):
    arn = arn_of("stateMachine", "nowhere")
    assert refusal(sfn.update_state_machine, stateMachineArn=arn, roleArn=ROLE) == (
        "StateMachineDoesNotExist", f"State Machine Does Not Exist: '{arn}'")


def test_running_executions_keep_their_definition(sfn):
    definition = {"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 1, "Next": "P"},
        "P": {"Type": "Pass", "Result": "old", "End": True}}}
    new = {"StartAt": "P", "States": {"P": {"Type": "Pass", "Result": "new", "End": True}}}
    arn = machine(sfn, definition)
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    updated = sfn.update_state_machine(stateMachineArn=arn, definition=texts(new))
    later = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert output_of(wait_end(sfn, later)) == "new"
    assert output_of(wait_end(sfn, execution)) == "old"

    of_old = sfn.describe_state_machine_for_execution(executionArn=execution)
    assert json.loads(of_old["definition"]) == definition and "revisionId" not in of_old
    of_new = sfn.describe_state_machine_for_execution(executionArn=later)
    assert json.loads(of_new["definition"]) == new
    assert of_new["revisionId"] == updated["revisionId"]
    assert of_new["stateMachineArn"] == arn and of_new["name"] == arn.rsplit(":", 1)[1]
    assert of_new["updateDate"] == updated["updateDate"]


def test_machine_of_an_execution_that_is_not_there(sfn):
    arn = arn_of("execution", "m:nowhere")
    assert refusal(sfn.describe_state_machine_for_execution, executionArn=arn) == (
        "ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")


# -- DeleteStateMachine, ListStateMachines --

def test_delete_and_make_anew(sfn):
    arn = machine(sfn, PASS, name="deleted")
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    wait_end(sfn, execution)
    sfn.delete_state_machine(stateMachineArn=arn)
    assert refusal(sfn.describe_state_machine, stateMachineArn=arn)[0] == "StateMachineDoesNotExist"
    assert arn not in [m["stateMachineArn"] for m in
                       pages(sfn.list_state_machines, "stateMachines")[0]]
    machine(sfn, WAIT, name="deleted")
    assert json.loads(sfn.describe_state_machine(stateMachineArn=arn)["definition"]) == WAIT


def test_delete_of_what_is_not_there_succeeds(sfn):
    sfn.delete_state_machine(stateMachineArn=arn_of("stateMachine", "never"))


def test_delete_while_executions_run(sfn):
    """They end on their next transition; meanwhile nothing new starts."""
    arn = machine(sfn, {"StartAt": "W", "States": {
        "W": {"Type": "Wait", "Seconds": 1, "Next": "P"}, "P": {"Type": "Pass", "End": True}}})
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    sfn.delete_state_machine(stateMachineArn=arn)
    assert sfn.describe_state_machine(stateMachineArn=arn)["status"] == "DELETING"
    assert refusal(sfn.start_execution, stateMachineArn=arn)[0] == "StateMachineDeleting"
    wait_end(sfn, execution)
    check_history(history(sfn, execution))


def test_machines_are_listed_in_pages(make_server):
    sfn = make_server().start().sfn()
    made = {machine(sfn, PASS, name=f"list-{i:02}") for i in range(11)}
    found, count = pages(sfn.list_state_machines, "stateMachines", maxResults=4)
    assert {m["stateMachineArn"] for m in found} == made and len(found) == 11 and count == 3
    assert all(m["type"] == "STANDARD" and m["creationDate"] for m in found)
    # 0 is the default, 100
    assert len(sfn.list_state_machines(maxResults=0)["stateMachines"]) == 11
    assert len(sfn.list_state_machines()["stateMachines"]) == 11


@pytest.mark.parametrize("value, bound", [(1001, "less than or equal to 1000"),
                                          (-1, "greater than or equal to 0")])
def test_page_size_out_of_bounds(sfn, value, bound):
    assert refusal(sfn.list_state_machines, maxResults=value) == (
        "ValidationException",
        f"1 validation error detected: Value '{value}' at 'maxResults' failed to satisfy "
        f"constraint: Member must have value {bound}")


def test_bad_tokens(sfn):
    arn = machine(sfn, PASS)
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    bad = ("InvalidToken", "Invalid Token: 'Invalid token'")
    for token in ("x", "AAAA", "not base64 at all!"):
        assert refusal(sfn.list_state_machines, nextToken=token) == bad
        assert refusal(sfn.list_executions, stateMachineArn=arn, nextToken=token) == bad
        assert refusal(sfn.get_execution_history, executionArn=execution, nextToken=token) == bad
    assert refusal(sfn.list_state_machines, nextToken="x" * 1025)[1].endswith(
        "at 'nextToken' failed to satisfy constraint: Member must have length less than or equal "
        "to 1024")
    assert refusal(sfn.list_executions, stateMachineArn=arn, nextToken="x" * 3097)[1].endswith(
        "at 'nextToken' failed to satisfy constraint: Member must have length less than or equal "
        "to 3096")


def test_token_of_another_list(sfn):
    arn = machine(sfn, PASS)
    for _ in range(2):
        wait_end(sfn, sfn.start_execution(stateMachineArn=arn)["executionArn"])
    token = sfn.list_executions(stateMachineArn=arn, maxResults=1)["nextToken"]
    assert refusal(sfn.list_executions, stateMachineArn=arn, statusFilter="FAILED",
                   nextToken=token)[0] == "InvalidToken"


# -- StartExecution --

def test_start_answers_arn_and_date(sfn):
    arn = machine(sfn, PASS, name="start-1")
    answer = sfn.start_execution(stateMachineArn=arn, name="one", input='{"a": 1}')
    assert answer["executionArn"] == arn_of("execution", "start-1:one")
    d = wait_end(sfn, answer["executionArn"])
    assert d["startDate"] == answer["startDate"] and d["stopDate"] >= d["startDate"]


def test_start_without_a_name_gets_a_uuid(sfn):
    arn = machine(sfn, PASS)
    names = {sfn.start_execution(stateMachineArn=arn)["executionArn"].rsplit(":", 1)[1]
             for _ in range(20)}
    assert len(names) == 20 and all(UUID.match(name) for name in names)


def test_start_without_input_gets_an_empty_object(sfn):
    d = wait_end(sfn, sfn.start_execution(stateMachineArn=machine(sfn, PASS))["executionArn"])
    assert (d["input"], d["output"]) == ("{}", "{}")


@pytest.mark.parametrize("value", ["1", "null", '"text"', "[1,2]", " {\"a\" : [ 1.10, 1e3 ] }\n",
                                   '"\\u0041\\ud83d\\ude00"', '{"a":{"b":"größe"}}'])
def test_any_json_is_input(sfn, value):
    execution = sfn.start_execution(stateMachineArn=machine(sfn, PASS), input=value)
    d = wait_end(sfn, execution["executionArn"])
    assert d["input"] == value  # to the letter
    assert json.loads(d["output"]) == json.loads(value)


def test_numbers_keep_their_spelling(sfn):
    value = '{"big":123456789012345678901234567890,"one":1.0,"exp":1E+2,"small":1.10}'
    execution = sfn.start_execution(stateMachineArn=machine(sfn, PASS), input=value)
    assert wait_end(sfn, execution["executionArn"])["output"] == value


@pytest.mark.parametrize("value, text", [
    ("not json", "Unrecognized token 'not': was expecting (JSON String, Number, Array, Object or "
                 "token 'null', 'true' or 'false')"),
    ("{'a': 1}", "Unexpected character (''' (code 39)): was expecting double-quote to start field "
                 "name"),
])
def test_input_that_is_not_json(sfn, value, text):
    assert refusal(sfn.start_execution, stateMachineArn=machine(sfn, PASS), input=value) == (
        "InvalidExecutionInput", f"Invalid State Machine Execution Input: '{text}'")


@pytest.mark.parametrize("value", ["", " ", "{", '{"a":1}}', "[1,]", '{"a":1,}', "01", "1 2",
                                   "NaN", '"\t"', "{\"a\":1}x", "nul", '"\\x"', "// c\n1"])
def test_input_that_is_almost_json(sfn, value):
    code, message = refusal(sfn.start_execution, stateMachineArn=machine(sfn, PASS), input=value)
    assert code == "InvalidExecutionInput"
    assert message.startswith("Invalid State Machine Execution Input: '")


def test_input_of_exactly_the_quota_and_one_more(sfn):
    arn = machine(sfn, PASS)
    most = '"' + "x" * (262144 - 2) + '"'
    d = wait_end(sfn, sfn.start_execution(stateMachineArn=arn, input=most)["executionArn"])
    assert d["output"] == most
    # bytes count, not characters
    for value in ('"' + "x" * (262144 - 1) + '"', '"' + "ä" * 131072 + '"'):
        assert refusal(sfn.start_execution, stateMachineArn=arn, input=value) == (
            "ValidationException",
            "1 validation error detected: Value at 'input' failed to satisfy constraint: Member "
            "must have size less than or equal to 262144 bytes in UTF-8 encoding")


@pytest.mark.parametrize("name", ["a b", "a/b", "x:y", "a\"b", "tab\t"])
def test_execution_names_with_forbidden_characters(sfn, name):
    assert refusal(sfn.start_execution, stateMachineArn=machine(sfn, PASS), name=name) == (
        "InvalidName", f"Invalid Name: '{name}'")


def test_checks_of_a_start_come_in_order(sfn):
    """Arn, constraints, existence, name, input, clash."""
    nowhere = arn_of("stateMachine", "nowhere")
    assert "length less than" in refusal(sfn.start_execution, stateMachineArn=nowhere,
                                         name="a" * 81)[1]
    assert refusal(sfn.start_execution, stateMachineArn=nowhere, name="a b",
                   input="x")[0] == "StateMachineDoesNotExist"
    arn = machine(sfn, PASS)
    assert refusal(sfn.start_execution, stateMachineArn=arn, name="a b",
                   input="x")[0] == "InvalidName"
    wait_end(sfn, sfn.start_execution(stateMachineArn=arn, name="n")["executionArn"])
    assert refusal(sfn.start_execution, stateMachineArn=arn, name="n",
                   input="x")[0] == "InvalidExecutionInput"


def test_same_name_and_input_while_running(sfn):
    arn = machine(sfn, WAIT)
    first = sfn.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')
    again = sfn.start_execution(stateMachineArn=arn, name="n", input='{"a":1}')
    assert (first["executionArn"], first["startDate"]) == (again["executionArn"],
                                                           again["startDate"])
    clash = ("ExecutionAlreadyExists", f"Execution Already Exists: '{first['executionArn']}'")
    assert refusal(sfn.start_execution, stateMachineArn=arn, name="n", input='{"a":2}') == clash
    sfn.stop_execution(executionArn=first["executionArn"])
    assert refusal(sfn.start_execution, stateMachineArn=arn, name="n", input='{"a":1}') == clash


# -- EXPRESS, StartSyncExecution --

def test_express_names_never_clash(sfn):
    arn = machine(sfn, PASS, name="express-1", type="EXPRESS")
    first, again = (sfn.start_execution(stateMachineArn=arn, name="n")["executionArn"]
                    for _ in range(2))
    assert first != again
    prefix = arn_of("express", "express-1:n:")
    assert first.startswith(prefix) and UUID.match(first[len(prefix):])


@pytest.mark.parametrize("call", ["describe_execution", "stop_execution", "get_execution_history"])
def test_express_executions_are_not_described(sfn, call):
    arn = machine(sfn, PASS, type="EXPRESS")
    execution = sfn.start_execution(stateMachineArn=arn)["executionArn"]
    assert refusal(getattr(sfn, call), executionArn=execution) == (
        "InvalidArn", "Invalid Arn: 'Resource type not valid in this context: express'")
    assert refusal(sfn.list_executions, stateMachineArn=arn) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine")


def test_sync_start_gives_the_end(sfn):
    arn = machine(sfn, PASS, type="EXPRESS")
    answer = sfn.start_sync_execution(stateMachineArn=arn, name="n", input='{"a": 1}')
    assert (answer["status"], answer["name"], answer["stateMachineArn"]) == ("SUCCEEDED", "n", arn)
    assert (answer["input"], answer["output"]) == ('{"a": 1}', '{"a":1}')
    assert ":express:" in answer["executionArn"]
    assert answer["inputDetails"] == answer["outputDetails"] == {"included": True}
    assert answer["billingDetails"] == {"billedDurationInMilliseconds": 100,
                                        "billedMemoryUsedInMB": 64}
    assert answer["startDate"] <= answer["stopDate"]


def test_sync_start_gives_a_failure_as_an_answer(sfn):
    arn = machine(sfn, {"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E",
                                                         "Cause": "c"}}}, type="EXPRESS")
    answer = sfn.start_sync_execution(stateMachineArn=arn)
    assert (answer["status"], answer["error"], answer["cause"]) == ("FAILED", "E", "c")
    assert "output" not in answer


def test_sync_start_times_out(sfn):
    arn = machine(sfn, {**WAIT, "TimeoutSeconds": 1}, type="EXPRESS")
    answer = sfn.start_sync_execution(stateMachineArn=arn)
    assert answer["status"] == "TIMED_OUT"
    assert (answer["stopDate"] - answer["startDate"]).total_seconds() == 1


def test_sync_start_without_data(sfn):
    answer = sfn.start_sync_execution(stateMachineArn=machine(sfn, PASS, type="EXPRESS"),
                                      includedData="METADATA_ONLY")
    assert answer["status"] == "SUCCEEDED" and not {"input", "output"} & set(answer)


def test_sync_start_is_for_express(sfn):
    assert refusal(sfn.start_sync_execution, stateMachineArn=machine(sfn, PASS)) == (
        "StateMachineTypeNotSupported",
        "This operation is not supported by this type of state machine")


# -- DescribeExecution, StopExecution --

def test_describe_while_running_and_after(sfn):
    arn = machine(sfn, WAIT)
    execution = sfn.start_execution(stateMachineArn=arn, name="n", input='{ "a":1 }')["executionArn"]
    d = sfn.describe_execution(executionArn=execution)
    assert (d["status"], d["name"], d["stateMachineArn"]) == ("RUNNING", "n", arn)
    assert not {"stopDate", "output", "error", "cause"} & set(d)
    assert (d["redriveCount"], d["redriveStatus"], d["redriveStatusReason"]) == (
        0, "NOT_REDRIVABLE", "Execution is RUNNING and cannot be redriven.")
    answer = sfn.stop_execution(executionArn=execution, error="E", cause="because")
    d = sfn.describe_execution(executionArn=execution)
    assert (d["status"], d["error"], d["cause"]) == ("ABORTED", "E", "because")
    assert d["stopDate"] == answer["stopDate"]
    assert d["redriveStatus"] == "REDRIVABLE" and "output" not in d


def test_describe_after_success(sfn):
    d = run(sfn, PASS, {"a": 1})
    assert d["output"] == '{"a":1}'
    assert d["inputDetails"] == d["outputDetails"] == {"included": True}
    assert d["redriveStatusReason"] == "Execution is SUCCEEDED and cannot be redriven."
    d = sfn.describe_execution(executionArn=d["executionArn"], includedData="METADATA_ONLY")
    assert not {"input", "output"} & set(d)


@pytest.mark.parametrize("call", ["describe_execution", "stop_execution", "get_execution_history"])
def test_execution_that_is_not_there(sfn, call):
    arn = arn_of("execution", "m:nowhere")
    assert refusal(getattr(sfn, call), executionArn=arn) == (
        "ExecutionDoesNotExist", f"Execution Does Not Exist: '{arn}'")
    assert refusal(getattr(sfn, call), executionArn="not-an-arn") == (
        "InvalidArn", "Invalid Arn: 'Invalid ARN prefix: not-an-arn'")


def test_stop_without_error_and_cause(sfn):
    execution = sfn.start_execution(stateMachineArn=machine(sfn, WAIT))["executionArn"]
    sfn.stop_execution(executionArn=execution)
    d = sfn.describe_execution(executionArn=execution)
    assert d["status"] == "ABORTED" and not {"error", "cause"} & set(d)


def test_stop_of_what_has_ended_changes_nothing(sfn):
    d = run(sfn, PASS)
    sfn.stop_execution(executionArn=d["executionArn"], error="E")
    after = sfn.describe_execution(executionArn=d["executionArn"])
    assert (after["status"], after["stopDate"]) == ("SUCCEEDED", d["stopDate"])
    check_history(history(sfn, d["executionArn"]))


# -- ListExecutions --

@pytest.fixture(scope="module")
def listed(sfn):
    """A machine with two executions that succeeded, one failed, one runs, in this order."""
    arn = machine(sfn, {"StartAt": "C", "States": {
        "C": {"Type": "Choice", "Default": "S", "Choices": [
            {"Variable": "$.do", "StringEquals": "fail", "Next": "F"},
            {"Variable": "$.do", "StringEquals": "wait", "Next": "W"}]},
        "S": {"Type": "Succeed"}, "F": {"Type": "Fail"},
        "W": {"Type": "Wait", "Seconds": 1000, "End": True}}})
    for name, what in (("s1", "go"), ("f", "fail"), ("s2", "go"), ("w", "wait")):
        execution = sfn.start_execution(stateMachineArn=arn, name=name,
                                        input=texts({"do": what}))["executionArn"]
        if what != "wait":
            wait_end(sfn, execution)
    yield arn
    sfn.stop_execution(executionArn=execution)


def names(page):
    return [e["name"] for e in page["executions"]]


def test_executions_are_listed_newest_first(sfn, listed):
    page = sfn.list_executions(stateMachineArn=listed)
    assert names(page) == ["w", "s2", "f", "s1"] and "nextToken" not in page
    w, s2 = page["executions"][:2]
    assert w["status"] == "RUNNING" and "stopDate" not in w and w["redriveCount"] == 0
    assert s2["stateMachineArn"] == listed and s2["stopDate"] >= s2["startDate"]


@pytest.mark.parametrize("status, expected", [
    ("SUCCEEDED", ["s2", "s1"]), ("FAILED", ["f"]), ("RUNNING", ["w"]), ("TIMED_OUT", []),
    ("ABORTED", []), ("PENDING_REDRIVE", [])])
def test_executions_are_filtered(sfn, listed, status, expected):
    assert names(sfn.list_executions(stateMachineArn=listed, statusFilter=status)) == expected


def test_executions_that_were_redriven(sfn, listed):
    assert names(sfn.list_executions(stateMachineArn=listed, redriveFilter="REDRIVEN")) == []
    assert len(names(sfn.list_executions(stateMachineArn=listed,
                                         redriveFilter="NOT_REDRIVEN"))) == 4


def test_unknown_filter(sfn, listed):
    assert refusal(sfn.list_executions, stateMachineArn=listed, statusFilter="succeeded") == (
        "ValidationException",
        "1 validation error detected: Value 'succeeded' at 'statusFilter' failed to satisfy "
        "constraint: Member must satisfy enum value set: [SUCCEEDED, TIMED_OUT, PENDING_REDRIVE, "
        "ABORTED, FAILED, RUNNING]")


def test_executions_come_in_pages(sfn, listed):
    found, count = pages(sfn.list_executions, "executions", stateMachineArn=listed, maxResults=3)
    assert [e["name"] for e in found] == ["w", "s2", "f", "s1"] and count == 2
    found, count = pages(sfn.list_executions, "executions", stateMachineArn=listed, maxResults=1,
                         statusFilter="SUCCEEDED")
    assert [e["name"] for e in found] == ["s2", "s1"] and count == 2


def test_new_executions_do_not_shift_pages(sfn):
    arn = machine(sfn, PASS)
    for i in range(4):
        wait_end(sfn, sfn.start_execution(stateMachineArn=arn, name=f"n{i}")["executionArn"])
    page = sfn.list_executions(stateMachineArn=arn, maxResults=2)
    wait_end(sfn, sfn.start_execution(stateMachineArn=arn, name="later")["executionArn"])
    rest = sfn.list_executions(stateMachineArn=arn, maxResults=2, nextToken=page["nextToken"])
    assert names(page) + names(rest) == ["n3", "n2", "n1", "n0"] and "nextToken" not in rest


# -- GetExecutionHistory --

def test_history_in_pages_and_reversed(sfn):
    execution = run(sfn, {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "B"}, "B": {"Type": "Pass", "End": True}}})["executionArn"]
    whole = history(sfn, execution)
    assert len(whole) == 6
    found, count = pages(sfn.get_execution_history, "events", executionArn=execution, maxResults=4)
    assert found == whole and count == 2
    found, count = pages(sfn.get_execution_history, "events", executionArn=execution,
                         maxResults=3, reverseOrder=True)
    assert found == whole[::-1] and count == 2
    # a page that ends with the last event has no token
    assert "nextToken" not in sfn.get_execution_history(executionArn=execution, maxResults=6)


def test_history_without_data(sfn):
    execution = run(sfn, PASS, {"a": 1})["executionArn"]
    events = history(sfn, execution, includeExecutionData=False)
    assert events[0]["executionStartedEventDetails"] == {"roleArn": ROLE}
    assert events[1]["stateEnteredEventDetails"] == {"name": "P"}
    assert events[2]["stateExitedEventDetails"] == {"name": "P"}
    assert events[3].get("executionSucceededEventDetails", {}) == {}
    started = history(sfn, execution)[0]["executionStartedEventDetails"]
    assert json.loads(started.pop("input")) == {"a": 1}
    assert started == {"inputDetails": {"truncated": False}, "roleArn": ROLE}


# -- tags --

def test_tags(sfn):
    arn = machine(sfn, PASS, tags=[{"key": "a", "value": "1"}])
    sfn.tag_resource(resourceArn=arn, tags=[{"key": "a", "value": "2"}, {"key": "b", "value": ""}])

    def tags():
        return {t["key"]: t["value"] for t in sfn.list_tags_for_resource(resourceArn=arn)["tags"]}

    assert tags() == {"a": "2", "b": ""}
    sfn.untag_resource(resourceArn=arn, tagKeys=["a", "never"])
    assert tags() == {"b": ""}
    sfn.delete_state_machine(stateMachineArn=arn)
    machine(sfn, PASS, name=arn.rsplit(":", 1)[1])
    assert tags() == {}


def test_tags_of_what_is_not_there(sfn):
    arn = arn_of("stateMachine", "nowhere")
    for call, more in (("tag_resource", {"tags": []}), ("untag_resource", {"tagKeys": []}),
                       ("list_tags_for_resource", {})):
        assert refusal(getattr(sfn, call), resourceArn=arn, **more)[0] == "ResourceNotFound"


def test_at_most_fifty_tags(sfn):
    def some(n, prefix="k"):
        return [{"key": f"{prefix}{i}", "value": "v"} for i in range(n)]

    arn = machine(sfn, PASS, tags=some(50))
    assert refusal(sfn.tag_resource, resourceArn=arn, tags=some(1, "more"))[0] == "TooManyTags"
    assert len(sfn.list_tags_for_resource(resourceArn=arn)["tags"]) == 50
    assert refusal(sfn.create_state_machine, name="t", definition=texts(PASS), roleArn=ROLE,
                   tags=some(51))[0] == "TooManyTags"


# -- ValidateStateMachineDefinition --

def validate(sfn, definition, **more):
    text = definition if isinstance(definition, str) else texts(definition)
    answer = sfn.validate_state_machine_definition(definition=text, **more)
    return answer["result"], answer["diagnostics"], answer.get("truncated", False)


def test_validation_of_a_good_definition(sfn):
    assert validate(sfn, PASS) == ("OK", [], False)


def test_validation_of_nothing(sfn):
    result, (diagnostic,), _ = validate(sfn, "")
    assert result == "FAIL" and "location" not in diagnostic
    assert (diagnostic["severity"], diagnostic["code"], diagnostic["message"]) == (
        "ERROR", "SCHEMA_VALIDATION_FAILED", "Definition must be a valid JSON object")


def test_validation_of_what_is_not_json(sfn):
    result, (diagnostic,), _ = validate(sfn, "not a definition")
    assert (result, diagnostic["code"]) == ("FAIL", "INVALID_JSON_DESCRIPTION")
    assert diagnostic["location"] == '[Source: (String)"not a definition"; line: 1, column: 4]'
    assert diagnostic["message"].startswith("Unrecognized token 'not': was expecting (")


def test_validation_tells_where(sfn):
    result, diagnostics, _ = validate(sfn, {"StartAt": "A", "States": {
        "A": {"Type": "Pass", "Next": "nowhere"},
        "B": {"Type": "Nap", "End": True}}})
    assert result == "FAIL"
    found = {(d["code"], d.get("location"), d["message"]) for d in diagnostics}
    assert ("MISSING_TRANSITION_TARGET", "/States/A/Next", "Missing 'Next' target: nowhere") in found
    assert ("SCHEMA_VALIDATION_FAILED", "/States/B/Type",
            "The field 'Type' should have one of these values: [Task, Wait, Pass, Succeed, Fail, "
            "Choice, Parallel, Map]") in found


def test_validation_is_cut(sfn):
    bad = {"StartAt": "S0", "States": {f"S{i}": {"Type": "Pass", "Next": f"S{i + 1}", "Colour": 1}
                                       for i in range(7)}}
    result, diagnostics, truncated = validate(sfn, bad, maxResults=3)
    assert (result, len(diagnostics), truncated) == ("FAIL", 3, True)
    assert refusal(sfn.validate_state_machine_definition, definition=texts(bad),
                   maxResults=101)[0] == "ValidationException"


def test_validation_stores_nothing(sfn):
    before = pages(sfn.list_state_machines, "stateMachines")[0]
    validate(sfn, PASS)
    assert pages(sfn.list_state_machines, "stateMachines")[0] == before


# -- the rest of the service --

def operations():
    model = botocore.session.get_session().get_service_model("stepfunctions")
    return sorted(set(model.operation_names) - ANSWERED)


@pytest.mark.parametrize("operation", operations() + ["MadeUp", "startExecution", ""])
def test_unknown_operations(server, operation):
    status, headers, body = server.raw(f"AWSStepFunctions.{operation}", b"{}")
    answer = json.loads(body)
    assert status == 400
    assert answer["__type"] == "com.amazon.coral.service#UnknownOperationException"
    assert operation in answer["message"]
    assert headers["x-amzn-ErrorType"].startswith("UnknownOperationException")


def test_health_and_metrics(server, sfn):
    sfn.list_state_machines()
    status, _, body = server.raw(None, None, path="/health", method="GET")
    assert (status, json.loads(body)) == (200, {"status": "ok"})
    status, headers, body = server.raw(None, None, path="/metrics", method="GET")
    assert status == 200 and headers["Content-Type"].startswith("text/plain")
    assert b'stepd_api_requests_total{operation="ListStateMachines",outcome="ok"}' in body


def test_error_type_has_no_colon(server):
    """Some SDKs cut a type at its colon."""
    status, headers, body = server.raw("AWSStepFunctions.DescribeStateMachine", texts(
        {"stateMachineArn": arn_of("stateMachine", "nowhere")}).encode())
    assert status == 400
    assert json.loads(body)["__type"] == (
        "com.amazonaws.swf.service.v2.model#StateMachineDoesNotExist")
    assert headers["Content-Type"] == "application/x-amz-json-1.0"
