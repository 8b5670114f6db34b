"""kill -9 at random points. Whatever was answered is there afterwards, and every STANDARD execution
ends as it would have without: same output, same events, one Job for each runJob.sync."""
import collections
import concurrent.futures
import contextlib
import json
import os
import random
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from kube import Kubernetes
from stepd_server import (PATIENCE, ROLE, check_history, client, database, history, machine, output_of,
                          wait_end)

SEED = int(os.environ.get("STEPD_TEST_SEED", "20261125"))
KILLS = 30
EACH = 3  # executions of every machine in a round
SETTINGS = ("--cluster-create-seconds", "0.2", "--pod-seconds", "0.5")
WAIT = {"Type": "Wait", "Seconds": 1}
ACCESS = {"ClusterName": "crash", "CertificateAuthority": "ANPAJ2UCCR6DPCEXAMPLE",
          "Endpoint": "https://444455556666.yl4.us-east-1.eks.amazonaws.com"}


def chain(**states):
    """One after the other, in order of writing; the last ends."""
    names = list(states)
    for name, following in zip(names, names[1:]):
        states[name] = {**states[name], "Next": following}
    states[names[-1]] = {**states[names[-1]], "End": True}
    return {"StartAt": names[0], "States": states}


def run_job(step):
    """The Job's name begins with the execution's, and is made up by the cluster: a second one made
    for the same task is one too many, not a refusal."""
    return {"Type": "Task", "Resource": "arn:aws:states:::eks:runJob.sync", "ResultPath": f"$.{step}",
            "ResultSelector": {"done.$": "$.status.succeeded", "logs.$": "$.logs..log"},
            "Parameters": {**ACCESS, "LogOptions": {"RetrieveLogs": True}, "Job": {
                "apiVersion": "batch/v1", "kind": "Job", "metadata": {
                    "generateName.$": f"States.Format('{{}}-{step}-', $$.Execution.Name)"},
                "spec": {"template": {
                    "metadata": {"annotations": {"stepd.dev/log": f'{{"step": "{step}"}}'}},
                    "spec": {"restartPolicy": "Never",
                             "containers": [{"name": "main", "image": "busybox"}]}}}}}}


FAILING = {"Type": "Parallel", "Branches": [{"StartAt": "W", "States": {
    "W": {**WAIT, "Next": "F"}, "F": {"Type": "Fail", "Error": "E"}}}]}
WORKLOAD = {
    "wait": chain(A=WAIT, B=WAIT, C={"Type": "Pass", "Result": "w", "ResultPath": "$.r"}, D=WAIT),
    "retry": {"StartAt": "X", "States": {
        "X": {**FAILING, "Retry": [{"ErrorEquals": ["E"], "MaxAttempts": 2, "BackoffRate": 1}],
              "Catch": [{"ErrorEquals": ["E"], "ResultPath": "$.e", "Next": "Y"}], "End": True},
        "Y": {"Type": "Pass", "End": True}}},
    "map": chain(M={"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 3, "ItemSelector": {
        "v.$": "$$.Map.Item.Value", "i.$": "$$.Map.Item.Index"},
        "ItemProcessor": chain(I=WAIT, J={"Type": "Pass"})}),
    "parallel": chain(P={"Type": "Parallel", "Branches": [
        chain(A=WAIT, B=WAIT), chain(C={"Type": "Pass", "Result": 1}),
        chain(M={"Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 1,
                 "ItemProcessor": chain(I={"Type": "Pass"})}, N=WAIT)]}, Q=WAIT),
    "job": chain(A=run_job("a"), B=run_job("b")),
}


def start_all(server, machines, round_number):
    """{execution's ARN: (machine, number)}"""
    sfn = server.sfn()
    started = {}
    for number in range(EACH):
        for kind, arn in machines.items():
            value = {"n": number, "items": list(range(number, number + 5))}
            answer = sfn.start_execution(stateMachineArn=arn, input=json.dumps(value),
                                         name=f"r{round_number}-{kind}-{number}")
            started[answer["executionArn"]] = (kind, number)
    return started


def create(server):
    sfn = server.sfn()
    return {kind: machine(sfn, definition, name=f"crash-{kind}")
            for kind, definition in WORKLOAD.items()}


def events_counted(sfn, execution):
    """What happened, without its order: branches run side by side."""
    events = history(sfn, execution)
    check_history(events)
    counted = collections.Counter()
    for e in events:
        name = next((v.get("name", "") for v in e.values() if isinstance(v, dict)), "")
        counted[e["type"], name] += 1
    return counted


def undisturbed(server):
    """{(machine, number): (output, events)} of a run that nobody kills."""
    server.start()
    machines = create(server)
    sfn = server.sfn()
    seen = {}
    for execution, what in start_all(server, machines, 0).items():
        described = wait_end(sfn, execution)
        seen[what] = output_of(described), events_counted(sfn, execution)
    return seen


def all_ended(server, executions):
    sfn = client("stepfunctions", server.direct)
    return all(sfn.describe_execution(executionArn=e)["status"] != "RUNNING" for e in executions)


def kill_often(server, machines, rng):
    """Rounds of the workload, killed until it has been enough: everything started."""
    started, open_ones, kills, rounds = {}, {}, 0, 0
    while kills < KILLS:
        if all_ended(server, open_ones):
            rounds += 1
            open_ones = start_all(server, machines, rounds)
            started.update(open_ones)
        time.sleep(rng.uniform(0, 0.4) * PATIENCE)
        server.kill()
        server.start()
        kills += 1
    return started


def jobs_made(server):
    described = server.eks().describe_cluster(name="crash")["cluster"]
    return Kubernetes(described).names("/apis/batch/v1/namespaces/default/jobs")


@pytest.mark.smoke
def test_killed_again_and_again(make_server):
    rng = random.Random(SEED)
    expected_server = make_server(*SETTINGS, directory="undisturbed", strict=False)
    server = make_server(*SETTINGS, directory="killed", strict=False)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        expecting = pool.submit(undisturbed, expected_server)
        server.start()
        started = kill_often(server, create(server), rng)
        expected = expecting.result()
    sfn = server.sfn()
    assert len(started) >= EACH * len(WORKLOAD)
    for execution, what in started.items():
        described = wait_end(sfn, execution)
        output, events = expected[what]
        assert output_of(described) == output, (execution, SEED)
        assert events_counted(sfn, execution) == events, (execution, SEED)
    wanted = collections.Counter(f"{e.rsplit(':', 1)[1]}-{step}" for e, (kind, _) in started.items()
                                 for step in "ab" if kind == "job")
    assert collections.Counter(n.rsplit("-", 1)[0] for n in jobs_made(server)) == wanted, SEED


def test_answered_starts_survive(make_server):
    """Starts from many clients; the moment a hundred are answered, the power goes."""
    server = make_server(strict=False).start()
    arn = machine(server.sfn(), chain(W={"Type": "Wait", "Seconds": 1000}))
    answered = []

    def start_until_killed(_):
        sfn = client("stepfunctions", server.direct)
        try:
            while True:
                answered.append(sfn.start_execution(stateMachineArn=arn)["executionArn"])
        except (BotoCoreError, ClientError):
            return

    with concurrent.futures.ThreadPoolExecutor(8) as pool:
        working = [pool.submit(start_until_killed, n) for n in range(8)]
        end = time.monotonic() + 60 * PATIENCE
        while len(answered) < 100:
            assert time.monotonic() < end
            time.sleep(0.001)
        server.kill()
        for one in working:
            one.result()
    sfn = server.start().sfn()
    assert len(answered) >= 100
    for execution in answered:
        assert sfn.describe_execution(executionArn=execution)["status"] == "RUNNING"
        assert [e["type"] for e in history(sfn, execution)][:1] == ["ExecutionStarted"]


def test_answered_writes_survive(make_server):
    """Machines, updates, tags, stops, deletions: each is there right after its answer."""
    server = make_server(strict=False).start()
    definition = chain(W={"Type": "Wait", "Seconds": 1000})
    kept = machine(server.sfn(), definition, name="kept")
    server.kill()
    server.start().sfn().update_state_machine(stateMachineArn=kept, roleArn=ROLE + "-2")
    server.kill()
    server.start().sfn().tag_resource(resourceArn=kept, tags=[{"key": "a", "value": "b"}])
    server.kill()
    execution = server.start().sfn().start_execution(stateMachineArn=kept)["executionArn"]
    server.kill()
    server.start().sfn().stop_execution(executionArn=execution, error="E", cause="c")
    server.kill()
    sfn = server.start().sfn()
    d = sfn.describe_execution(executionArn=execution)
    assert (d["status"], d["error"], d["cause"]) == ("ABORTED", "E", "c")
    check_history(history(sfn, execution))
    assert sfn.describe_state_machine(stateMachineArn=kept)["roleArn"] == ROLE + "-2"
    assert sfn.list_tags_for_resource(resourceArn=kept)["tags"] == [{"key": "a", "value": "b"}]
    sfn.delete_state_machine(stateMachineArn=kept)
    server.kill()
    assert server.start().sfn().list_state_machines()["stateMachines"] == []


def test_waits_keep_their_deadline(make_server):
    server = make_server(strict=False).start()
    arn = machine(server.sfn(), chain(W={"Type": "Wait", "Seconds": 2}))
    execution = server.sfn().start_execution(stateMachineArn=arn)["executionArn"]
    for _ in range(3):
        time.sleep(0.3)
        server.kill()
        server.start()
    described = wait_end(server.sfn(), execution)
    lasted = (described["stopDate"] - described["startDate"]).total_seconds()
    assert 2 <= lasted < 2 + 1 * PATIENCE


def test_deadlines_that_passed_while_nobody_ran(make_server):
    """A wait, a machine's timeout and a retry that came due in between happen at the start."""
    server = make_server(strict=False).start()
    sfn = server.sfn()
    wait = chain(W={"Type": "Wait", "Seconds": 1})
    late = {**chain(W={"Type": "Wait", "Seconds": 1000}), "TimeoutSeconds": 1}
    executions = [sfn.start_execution(stateMachineArn=machine(sfn, d))["executionArn"]
                  for d in (wait, late)]
    server.kill()
    time.sleep(1.2)
    sfn = server.start().sfn()
    assert [wait_end(sfn, e, 5)["status"] for e in executions] == ["SUCCEEDED", "TIMED_OUT"]


def test_of_what_is_due_together_the_first_goes_first_after_a_crash(make_server):
    server = make_server("--workers", "1").start()
    item = {"StartAt": "W", "States": {
        "W": {"Type": "Wait", "TimestampPath": "$.at", "Next": "F"},
        "F": {"Type": "Fail", "ErrorPath": "$.name"}}}
    definition = chain(M={"Type": "Map", "ItemsPath": "$.items", "ItemProcessor": item})
    at = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + 3 * PATIENCE))
    execution = server.sfn().start_execution(
        stateMachineArn=machine(server.sfn(), definition),
        input=json.dumps({"items": [{"at": at, "name": f"item {i}"} for i in range(40)]}),
    )["executionArn"]
    entered, end = 0, time.monotonic() + 3 * PATIENCE
    while entered < 40 and time.monotonic() < end:
        entered = sum(e["type"] == "WaitStateEntered" for e in history(server.sfn(), execution))
    server.kill()
    server.start()
    assert wait_end(server.sfn(), execution)["error"] == "item 0"


def test_express_executions_end_failed(make_server):
    """At most once: they do not go on, and are not left running."""
    server = make_server(strict=False).start()
    arn = machine(server.sfn(), chain(W={"Type": "Wait", "Seconds": 200}), type="EXPRESS")
    executions = {server.sfn().start_execution(stateMachineArn=arn)["executionArn"]
                  for _ in range(3)}
    server.kill()
    server.start()
    end = time.monotonic() + 20 * PATIENCE
    while True:
        with contextlib.closing(database(server)) as store:
            rows = store.execute("SELECT arn, status, error FROM execution_list "
                                 "WHERE type = 'EXPRESS'").fetchall()
        if {status for _, status, _ in rows} == {"FAILED"}:
            break
        assert time.monotonic() < end, rows
        time.sleep(0.01)
    assert {arn for arn, _, _ in rows} == executions
    assert all(error for _, _, error in rows)


def test_clean_stop_and_restart(make_server):
    """SIGTERM loses no more than kill -9: what runs goes on."""
    server = make_server(*SETTINGS, strict=False).start()
    machines = create(server)
    started = start_all(server, machines, 1)
    time.sleep(0.3)
    assert server.stop() == 0
    sfn = server.start().sfn()
    for execution in started:
        output_of(wait_end(sfn, execution))
    assert len(jobs_made(server)) == 2 * EACH


def test_restart_of_what_has_ended(make_server):
    server = make_server(strict=False).start()
    sfn = server.sfn()
    arn = machine(sfn, chain(P={"Type": "Pass", "Result": [1]}))
    execution = sfn.start_execution(stateMachineArn=arn, name="n", input='{ "a":1}')["executionArn"]
    before = wait_end(sfn, execution), history(sfn, execution)
    server.kill()
    sfn = server.start().sfn()
    after = sfn.describe_execution(executionArn=execution), history(sfn, execution)
    for described in (before[0], after[0]):
        described.pop("ResponseMetadata")
    assert before == after
    with pytest.raises(sfn.exceptions.ExecutionAlreadyExists):
        sfn.start_execution(stateMachineArn=arn, name="n", input='{ "a":1}')
