"""The program's commands, settings and exit statuses."""
import concurrent.futures
import json
import os
import re
import subprocess
import threading
import time

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from stepd_server import PATIENCE, ROOT, STEPD, client, machine

FINE, REFUSED, USAGE, STARTUP = 0, 1, 2, 3


def stepd(*arguments, **environment):
    """(exit status, stdout, stderr)"""
    answer = subprocess.run([STEPD, *map(str, arguments)], capture_output=True, text=True,
                            stdin=subprocess.DEVNULL, timeout=60 * PATIENCE,
                            env={**os.environ, **environment})
    return answer.returncode, answer.stdout, answer.stderr


@pytest.fixture
def asl(tmp_path):
    """Writes a definition to a file and gives its path."""
    def write(definition, name="d.asl.json"):
        path = tmp_path / name
        path.write_text(definition if isinstance(definition, str) else json.dumps(definition))
        return path
    return write


def one(state):
    return {"StartAt": "X", "States": {"X": state}}


# -- stepd --

@pytest.mark.parametrize("arguments", [["--help"], ["help"]])
def test_help(arguments):
    status, out, _ = stepd(*arguments)
    assert status == FINE
    for command in ("serve", "run", "validate", "env"):
        assert f"stepd {command}" in out


def test_version():
    assert re.match(r"^stepd \d+\.\d+\.\d+\n$", stepd("--version")[1])


@pytest.mark.parametrize("arguments", [[], ["dance"], [""]])
def test_no_such_command(arguments):
    status, out, err = stepd(*arguments)
    assert status == USAGE and out == "" and "stepd serve" in err


@pytest.mark.parametrize("arguments", [
    ["--colour", "red"], ["--port"], ["--port", "seven"], ["--port", "65536"], ["--port", "-1"],
    ["--workers", "-1"], ["--workers", "many"], ["--seed", "x"], ["--durability", "some"],
    ["--limits", "maybe"], ["--eks-clusters", "none"], ["--poll", "never"],
    ["--pod-runtime", "docker"], ["--pod-seconds", "-1"], ["--cluster-create-seconds", "nan"],
    ["--kubernetes-ports", "9-1"], ["--log-level", "loud"], ["extra"]])
def test_settings_that_cannot_be(tmp_path, arguments):
    status, out, err = stepd("serve", "--port", "0", "--data-dir", tmp_path / "data", *arguments)
    assert status in (USAGE, STARTUP) and out == ""
    assert arguments[0] in err


# -- settings --

def settings_rows():
    """[[flag, variable, default, what]] as `stepd serve --help` prints them."""
    status, out, _ = stepd("serve", "--help")
    assert status == FINE
    lines = out.splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("FLAG"))
    at = [lines[start].index(word) for word in ("FLAG", "VARIABLE", "DEFAULT", "WHAT")] + [None]
    return [[line[a:b].strip() for a, b in zip(at, at[1:])] for line in lines[start + 1:] if line]


def test_help_prints_every_setting():
    rows = settings_rows()
    source = (ROOT / "cli/settings.c").read_text()
    flags = re.findall(r'^\s*\{"(--[a-z0-9-]+)", "([A-Z0-9_]+)"', source, re.M)
    assert len(flags) > 15 and [(r[0], r[1]) for r in rows] == flags
    assert all(row[2] and row[3] for row in rows)


def test_readme_has_the_same_table():
    text = (ROOT / "README.md").read_text()
    found = re.search(r"<!-- settings -->\n(.*?)<!-- /settings -->", text, re.S)
    table = [line for line in found.group(1).splitlines() if line.startswith("|")] if found else []
    if not table:
        pytest.skip("README.md has no table of settings yet")
    cells = [[cell.strip().strip("`") for cell in line.strip("|").split("|")] for line in table[2:]]
    assert [[cell or "-" for cell in row] for row in cells] == settings_rows()


def test_variables_and_flags(make_server):
    """A flag beats a variable, which beats the default."""
    server = make_server("--region", "eu-west-1", environment={
        "AWS_DEFAULT_REGION": "us-west-2", "AWS_ACCOUNT_ID": "000000000001"}).start()
    arn = machine(server.sfn(), one({"Type": "Succeed"}), name="m")
    assert arn == "arn:aws:states:eu-west-1:000000000001:stateMachine:m"


def test_flag_with_an_equals_sign(make_server):
    server = make_server("--account=000000000002").start()
    assert ":000000000002:" in machine(server.sfn(), one({"Type": "Succeed"}))


def test_limits_off(make_server):
    sfn = make_server("--limits", "off", "--clock", "skip").start().sfn()
    arn = machine(sfn, {"StartAt": "P", "States": {"P": {
        "Type": "Pass", "Parameters": {f"k{i}.$": "$.s" for i in range(3)}, "End": True}}})
    execution = sfn.start_execution(stateMachineArn=arn, input=json.dumps({"s": "x" * 200_000}))
    end = time.monotonic() + 20 * PATIENCE
    while (d := sfn.describe_execution(**{"executionArn": execution["executionArn"]}))[
            "status"] == "RUNNING":
        assert time.monotonic() < end
        time.sleep(0.01)
    assert d["status"] == "SUCCEEDED" and len(d["output"]) > 600_000


# -- stepd env --

def test_env():
    status, out, _ = stepd("env", "--port", "1234", "--host", "0.0.0.0", "--region", "eu-north-1")
    assert status == FINE
    said = subprocess.run(["sh", "-c", f"{out}\nenv"], capture_output=True, text=True).stdout
    found = dict(line.split("=", 1) for line in said.splitlines() if "=" in line)
    assert found["AWS_ENDPOINT_URL_SFN"] == found["AWS_ENDPOINT_URL_EKS"] == "http://127.0.0.1:1234"
    assert found["AWS_REGION"] == found["AWS_DEFAULT_REGION"] == "eu-north-1"
    assert found["AWS_ACCESS_KEY_ID"] and found["AWS_SECRET_ACCESS_KEY"]
    assert found["AWS_DISABLE_HOST_PREFIX_INJECTION"] == "true"
    assert stepd("env", "--colour")[0] == USAGE


# -- stepd run --

def test_run_prints_the_output_alone(asl):
    path = asl(one({"Type": "Pass", "Parameters": {"b.$": "$.a"}, "End": True}))
    assert stepd("run", path, "--input", '{"a": [1, 1.50]}') == (FINE, '{"b":[1,1.50]}\n', "")


def test_run_without_input(asl):
    assert stepd("run", asl(one({"Type": "Succeed"})))[:2] == (FINE, "{}\n")


def test_run_that_fails(asl):
    status, out, err = stepd("run", asl(one({"Type": "Fail", "Error": "E", "Cause": "why"})))
    assert (status, out) == (REFUSED, "") and "FAILED: E: why" in err


def test_run_skips_time(asl):
    path = ROOT / "examples/data-flow.asl.json"
    status, out, _ = stepd("run", path, "--input", '{"numbers": [1, 2, 3]}', "--clock", "skip")
    assert status == FINE and json.loads(out)["count"] == 3


def test_run_of_a_job():
    """The whole stack is there: an example written for the cloud runs without a server."""
    status, out, err = stepd("run", ROOT / "examples/run-job.asl.json", "--clock", "skip")
    assert status == FINE, err
    assert json.loads(out)["status"]["succeeded"] == 1


def test_run_of_what_is_no_definition(asl):
    status, out, err = stepd("run", asl('{"StartAt": "X"}'))
    assert (status, out) == (REFUSED, "") and "These fields are required: [States]" in err


@pytest.mark.parametrize("more", [["--input"], ["--colour"], ["second.json"], ["--clock", "fast"]])
def test_run_used_wrongly(asl, more):
    status, out, _ = stepd("run", asl(one({"Type": "Succeed"})), *more)
    assert status in (USAGE, STARTUP) and out == ""


def test_run_of_input_that_is_not_json(asl):
    status, out, err = stepd("run", asl(one({"Type": "Succeed"})), "--input", "{")
    assert (status, out) == (REFUSED, "") and "--input" in err


def test_run_of_a_file_that_is_not_there(tmp_path):
    status, _, err = stepd("run", tmp_path / "none.json")
    assert status == USAGE and "none.json" in err
    assert stepd("run", tmp_path)[0] != FINE


# -- stepd validate --

def test_validate_says_nothing_of_what_is_good():
    assert stepd("validate", *sorted((ROOT / "examples").glob("*.asl.json"))) == (FINE, "", "")


def test_validate_tells_file_line_and_column(asl):
    path = asl('{\n  "StartAt": "X",\n  "States": {\n    "X": {\n      "Type": "Nap",\n'
               '      "End": true\n    }\n  }\n}\n')
    status, out, err = stepd("validate", path)
    assert (status, out) == (REFUSED, "")
    line = next(l for l in err.splitlines() if "The field 'Type'" in l)
    assert re.match(re.escape(str(path)) + r":5:\d+: error: ", line)
    assert line.endswith("[SCHEMA_VALIDATION_FAILED] at /States/X/Type")


def test_validate_of_what_is_not_json(asl):
    path = asl('{\n  "StartAt": nonsense\n}')
    status, _, err = stepd("validate", path)
    assert status == REFUSED and re.match(re.escape(str(path)) + r":\d+:\d+: error: ", err)


def test_validate_goes_through_all_files(asl, tmp_path):
    good, bad = asl(one({"Type": "Succeed"}), "good.json"), asl("{}", "bad.json")
    status, _, err = stepd("validate", bad, good, tmp_path / "none.json")
    assert status == REFUSED
    assert "bad.json:1:1: error" in err and "none.json" in err and "good.json" not in err
    assert stepd("validate")[0] == USAGE and stepd("validate", "--colour")[0] == USAGE


def test_validate_for_express(asl):
    path = asl(one({"Type": "Task", "Resource": "arn:aws:states:::eks:deleteCluster.sync",
                    "Parameters": {"Name": "c"}, "End": True}))
    assert stepd("validate", path)[0] == FINE
    status, _, err = stepd("validate", "--express", path)
    assert status == REFUSED and "does not support '.sync'" in err


# -- ending --

def test_sigterm_with_nothing_to_do(make_server):
    server = make_server().start()
    assert server.stop() == 0
    assert not (server.data / "stepd.db-wal").exists()


@pytest.mark.parametrize("clock", ["real", "skip"])
def test_sigterm_with_parked_executions(make_server, clock):
    server = make_server("--clock", clock).start()
    sfn = server.sfn()
    arn = machine(sfn, one({"Type": "Wait", "Seconds": 1000, "End": True}))
    for _ in range(200):
        sfn.start_execution(stateMachineArn=arn)
    began = time.monotonic()
    assert server.stop() == 0
    assert time.monotonic() - began < 5 * PATIENCE


def test_sigterm_with_a_synchronous_start(make_server):
    """Who waits for its end is told, or cut off, but not left hanging."""
    server = make_server(strict=False).start()
    arn = machine(server.sfn(), one({"Type": "Wait", "Seconds": 200, "End": True}), type="EXPRESS")

    def start():
        with pytest.raises((BotoCoreError, ClientError)):
            client("stepfunctions", server.direct).start_sync_execution(stateMachineArn=arn)

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        waiting = [pool.submit(start) for _ in range(4)]
        counted = 0
        while counted < 4:
            text = server.raw(None, None, path="/metrics", method="GET")[2].decode()
            counted = int(re.search(r"stepd_executions_open (\d+)", text).group(1))
            time.sleep(0.01)
        began = time.monotonic()
        assert server.stop() == 0
        assert time.monotonic() - began < 10 * PATIENCE
        for one_of_them in waiting:
            one_of_them.result(timeout=30 * PATIENCE)


def test_sigterm_while_work_comes_in(make_server):
    server = make_server(strict=False).start()
    arn = machine(server.sfn(), one({"Type": "Pass", "End": True}))
    running = threading.Event()

    def work():
        sfn = client("stepfunctions", server.direct)
        try:
            while True:
                sfn.start_execution(stateMachineArn=arn)
                running.set()
        except (BotoCoreError, ClientError):
            return

    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        working = [pool.submit(work) for _ in range(4)]
        assert running.wait(30 * PATIENCE)
        assert server.stop() == 0
        for one_of_them in working:
            one_of_them.result(timeout=30 * PATIENCE)


def test_throw_away_data(tmp_path):
    """:memory: leaves nothing behind."""
    port = tmp_path / "port"
    process = subprocess.Popen([STEPD, "serve", "--port", "0", "--port-file", str(port),
                                "--data-dir", ":memory:"], cwd=tmp_path, stderr=subprocess.PIPE,
                               stdin=subprocess.DEVNULL)
    end = time.monotonic() + 30 * PATIENCE
    while not port.exists():
        assert process.poll() is None and time.monotonic() < end
        time.sleep(0.01)
    process.terminate()
    _, err = process.communicate(timeout=30 * PATIENCE)
    assert process.returncode == 0
    where = re.search(rb"dir=(\S*stepd-\S+)", err).group(1)
    assert not os.path.exists(where) and os.listdir(tmp_path) == ["port"]
