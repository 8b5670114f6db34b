"""A `stepd serve` of the test's own: started on a free port, killed or stopped by its pid."""
import json
import os
import pathlib
import signal
import sqlite3
import subprocess
import time
import urllib.request

import boto3
from botocore.config import Config

ROOT = pathlib.Path(__file__).resolve().parents[2]
STEPD = os.environ.get("STEPD", str(ROOT / "build/release/stepd"))
ACCOUNT = "123456789012"
REGION = "us-east-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/e2e"
# A sanitizer's build is slower: every wait is stretched by the same factor.
PATIENCE = float(os.environ.get("STEPD_TEST_PATIENCE", "1"))


def client(service, endpoint, key="test"):
    """A boto3 client as a user would make it for a local endpoint."""
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=REGION,
        aws_access_key_id=key,
        aws_secret_access_key="test",
        config=Config(inject_host_prefix=False, retries={"max_attempts": 0}, read_timeout=90,
                      parameter_validation=False),
    )


class Server:
    def __init__(self, directory, *arguments, proxy=None, environment=None, preexec=None):
        self.directory = pathlib.Path(directory)
        self.arguments = list(arguments)
        self.environment = environment or {}
        self.proxy = proxy
        self.preexec = preexec  # runs in the child before the program
        self.process = None
        self.port = None

    @property
    def data(self):
        return self.directory / "data"

    @property
    def direct(self):
        """The server itself."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def endpoint(self):
        """The server, behind the checking proxy when there is one."""
        return self.proxy.point_at(self.direct) if self.proxy else self.direct

    def start(self, *more, wait=True):
        self.directory.mkdir(parents=True, exist_ok=True)
        port_file = self.directory / "port"
        port_file.unlink(missing_ok=True)
        log = open(self.directory / "log", "ab")
        self.process = subprocess.Popen(
            [STEPD, "serve", "--port", "0", "--port-file", str(port_file),
             "--data-dir", str(self.data), *self.arguments, *more],
            stdin=subprocess.DEVNULL, stdout=log, stderr=log,
            env={**os.environ, **self.environment}, preexec_fn=self.preexec)
        log.close()
        if not wait:
            return self
        end = time.monotonic() + 30 * PATIENCE
        while time.monotonic() < end:
            if port_file.exists() and port_file.read_text().strip():
                self.port = int(port_file.read_text())
                return self
            if self.process.poll() is not None:
                raise RuntimeError(f"stepd ended with {self.process.returncode}: {self.log()}")
            time.sleep(0.005)
        raise RuntimeError("stepd did not listen: " + self.log())

    def log(self):
        path = self.directory / "log"
        return path.read_text(errors="replace") if path.exists() else ""

    def kill(self):
        """As a power cut would: no goodbye."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait(30)

    def stop(self):
        """Ends it with SIGTERM and gives its exit status."""
        if self.process is None or self.process.poll() is not None:
            return self.process.returncode if self.process else None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self.process.wait(30 * PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()
            raise

    def sfn(self):
        return client("stepfunctions", self.endpoint)

    def eks(self):
        return client("eks", self.endpoint)

    def raw(self, target, body, headers=None, path="/", method="POST"):
        """One HTTP request as it is: (status, headers, body)."""
        request = urllib.request.Request(
            self.direct + path, data=body, method=method,
            headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.0",
                     **(headers or {})} if target else (headers or {}))
        try:
            with urllib.request.urlopen(request, timeout=30 * PATIENCE) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()


def machine(sfn, definition, name=None, **more):
    """Creates a state machine and gives its ARN."""
    machine.count += 1
    text = definition if isinstance(definition, str) else json.dumps(definition)
    return sfn.create_state_machine(
        name=name or f"m{machine.count}-{os.getpid()}", definition=text,
        roleArn=more.pop("roleArn", ROLE), **more)["stateMachineArn"]


machine.count = 0


def wait_end(sfn, execution, timeout=60):
    """DescribeExecution once it has ended."""
    end = time.monotonic() + timeout * PATIENCE
    while True:
        described = sfn.describe_execution(executionArn=execution)
        if described["status"] != "RUNNING":
            return described
        if time.monotonic() > end:
            raise AssertionError(f"{execution} is still running")
        time.sleep(0.01)


def run(sfn, definition, value=None, timeout=60, **more):
    """Creates, starts, waits: DescribeExecution."""
    arn = machine(sfn, definition, **more)
    text = json.dumps({} if value is None else value)
    started = sfn.start_execution(stateMachineArn=arn, input=text)
    return wait_end(sfn, started["executionArn"], timeout)


def output_of(described):
    assert described["status"] == "SUCCEEDED", described
    return json.loads(described["output"])


def database(server):
    """The store, to be read: its views are a public interface."""
    return sqlite3.connect(f"file:{server.data / 'stepd.db'}?mode=ro", uri=True)


def history(sfn, execution, **more):
    """Every event, over all pages."""
    events = []
    token = None
    while True:
        page = sfn.get_execution_history(
            executionArn=execution, maxResults=1000, **({"nextToken": token} if token else {}),
            **more)
        events += page["events"]
        token = page.get("nextToken")
        if not token:
            return events


def check_history(events):
    """Ids 1..n, predecessors that come earlier, one terminal event, at the end."""
    assert [e["id"] for e in events] == list(range(1, len(events) + 1))
    for event in events:
        assert 0 <= event["previousEventId"] < event["id"], event
    terminal = {"ExecutionSucceeded", "ExecutionFailed", "ExecutionAborted", "ExecutionTimedOut"}
    assert [e["type"] for e in events if e["type"] in terminal] == [events[-1]["type"]]
    assert events[0]["type"] == "ExecutionStarted" and events[0]["previousEventId"] == 0
    assert [e["type"] for e in events].count("ExecutionStarted") == 1
