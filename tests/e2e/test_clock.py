"""Time that is skipped or scaled, and runs that are the same again."""
import datetime
import json
import time

import pytest

from stepd_server import (PATIENCE, check_history, history, machine, output_of, run, wait_end)

DAY = 86400


def one(state, name="X"):
    return {"StartAt": name, "States": {name: {**state, "End": True}}}


def lasted(described):
    return (described["stopDate"] - described["startDate"]).total_seconds()


def test_two_days_pass_at_once(skipping):
    began = time.monotonic()
    described = run(skipping.sfn(), one({"Type": "Wait", "Seconds": 2 * DAY}))
    assert time.monotonic() - began < 5 * PATIENCE
    output_of(described)
    assert lasted(described) == pytest.approx(2 * DAY, abs=0.5)
    entered, exited = history(skipping.sfn(), described["executionArn"])[1:3]
    assert (exited["timestamp"] - entered["timestamp"]).total_seconds() == pytest.approx(
        2 * DAY, abs=0.1)


def test_skipped_time_never_goes_back(skipping):
    """Nor does it stand still: what starts later has later dates."""
    sfn = skipping.sfn()
    first = run(sfn, one({"Type": "Wait", "Seconds": DAY}))
    second = run(sfn, one({"Type": "Pass"}))
    assert second["startDate"] >= first["stopDate"]
    assert second["startDate"] > datetime.datetime.now(datetime.timezone.utc)


def test_skipped_time_is_one_for_all(make_server):
    """Two that start together pass the same time, not one after the other."""
    sfn = make_server("--clock", "skip", "--workers", "1").start().sfn()
    both = {"StartAt": "P", "States": {"P": {"Type": "Parallel", "End": True, "Branches": [
        one({"Type": "Wait", "Seconds": seconds}, f"W{seconds}") for seconds in (DAY, 2 * DAY)]}}}
    assert lasted(run(sfn, both)) == pytest.approx(2 * DAY, abs=1)


def test_skipped_time_goes_on_after_a_restart(make_server):
    server = make_server("--clock", "skip").start()
    first = run(server.sfn(), one({"Type": "Wait", "Seconds": 300}))
    server.kill()
    sfn = server.start().sfn()
    second = run(sfn, one({"Type": "Wait", "Seconds": 300}))
    assert lasted(second) == pytest.approx(300, abs=0.5)
    assert sfn.describe_execution(executionArn=first["executionArn"])["stopDate"] == first["stopDate"]


def test_year_long_retries_pass_at_once(skipping):
    state = {"Type": "Parallel", "Branches": [{"StartAt": "F", "States": {
        "F": {"Type": "Fail", "Error": "E"}}}],
        "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 30 * DAY, "MaxAttempts": 3,
                   "BackoffRate": 2}]}
    described = run(skipping.sfn(), one(state))
    assert described["error"] == "E"
    assert lasted(described) == pytest.approx((30 + 60 + 120) * DAY, abs=1)


def test_scaled_time(make_server):
    """A thousand times as fast: a wait of 500 s takes half a second, and its dates say 500 s."""
    sfn = make_server("--clock", "scaled:1000").start().sfn()
    began = time.monotonic()
    described = run(sfn, one({"Type": "Wait", "Seconds": 500}))
    took = time.monotonic() - began
    assert 0.5 <= took < 0.5 + 5 * PATIENCE
    assert 500 <= lasted(described) < 500 + 5000 * PATIENCE


def test_scaled_time_may_be_slower(make_server):
    sfn = make_server("--clock", "scaled:0.5").start().sfn()
    began = time.monotonic()
    described = run(sfn, one({"Type": "Wait", "Seconds": 1}))
    assert time.monotonic() - began >= 2
    assert 1 <= lasted(described) < 1 + 2 * PATIENCE


@pytest.mark.parametrize("clock", ["fast", "scaled:0", "scaled:", "scaled:-1", "scaled:nan",
                                   "scaled:1e9", "scaled:1x"])
def test_clocks_that_are_none(make_server, clock):
    with pytest.raises(RuntimeError) as refused:
        make_server("--clock", clock).start()
    assert clock in str(refused.value)


# -- the same again --

RANDOM = {"StartAt": "M", "States": {"M": {
    "Type": "Map", "MaxConcurrency": 3, "End": True, "ItemProcessor": {"StartAt": "R", "States": {
        "R": {"Type": "Pass", "Next": "X", "Parameters": {
            "id.$": "States.UUID()", "n.$": "States.MathRandom(1, 1000000)"}},
        "X": {"Type": "Parallel", "Next": "W", "ResultPath": None,
              "Branches": [{"StartAt": "F", "States": {"F": {"Type": "Fail", "Error": "E"}}}],
              "Retry": [{"ErrorEquals": ["E"], "IntervalSeconds": 100, "MaxAttempts": 2,
                         "JitterStrategy": "FULL"}],
              "Catch": [{"ErrorEquals": ["E"], "ResultPath": None, "Next": "W"}]},
        "W": {"Type": "Wait", "Seconds": 60, "End": True}}}}}}


def whole_run(make_server, directory, seed):
    """The history of one execution as comparable data: times are relative to its start."""
    sfn = make_server("--clock", "skip", "--workers", "1", "--seed", seed,
                      directory=directory).start().sfn()
    arn = machine(sfn, RANDOM, name="same")
    execution = sfn.start_execution(stateMachineArn=arn, name="again",
                                    input=json.dumps(list(range(8))))["executionArn"]
    described = wait_end(sfn, execution)
    output_of(described)
    events = history(sfn, execution)
    check_history(events)
    start = events[0]["timestamp"]
    return described["output"], [
        {**e, "timestamp": (e["timestamp"] - start).total_seconds()} for e in events]


def test_a_seed_gives_the_same_run_again(make_server):
    first = whole_run(make_server, "first", "7")
    assert whole_run(make_server, "second", "7") == first
    assert whole_run(make_server, "third", "8")[0] != first[0]
