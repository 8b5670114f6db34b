"""Hostile and broken surroundings: requests, data directories, disks, Kubernetes endpoints."""
import base64
import contextlib
import json
import os
import resource
import shutil
import socket
import sqlite3
import ssl
import struct
import subprocess
import threading
import time

import pytest
from botocore.exceptions import ClientError

from stepd_server import (PATIENCE, ROLE, STEPD, check_history, client, history, machine,
                          output_of, run, wait_end)

PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
JSON = {"Content-Type": "application/x-amz-json-1.0"}


@pytest.fixture(autouse=True)
def lives(request):
    """After every test the module's server answers as before."""
    yield
    if "server" in request.fixturenames:
        status, _, body = request.getfixturevalue("server").raw(None, None, path="/health",
                                                                method="GET")
        assert (status, json.loads(body)) == (200, {"status": "ok"})


# -- bodies --

def post(server, operation, body, **headers):
    status, _, answer = server.raw(f"AWSStepFunctions.{operation}", body, headers)
    return status, json.loads(answer)


@pytest.mark.parametrize("body", [
    b"{", b"not json", b"[]", b"5", b'"x"', b"null", b'{"name":}', b'{"name":"x"}}', b"\x00",
    b'{"name":"\xff"}', b'{"name":"\xc3\x28"}', b'{"name":"\xed\xa0\x80"}', b'{"name":"\\u00"}', b'{"name":1,}', b"{'name':1}",
    b"[" * 100_000, b'{"name":' * 100_000, b'{"name":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
], ids=range(18))
def test_bodies_that_are_no_request(server, body):
    status, answer = post(server, "CreateStateMachine", body)
    assert status == 400
    assert answer["__type"] == "com.amazon.coral.service#SerializationException"


@pytest.mark.parametrize("half", ["\\ud800", "\\udc00\\ud800", "\\ud800x", "\\udfff"])
def test_halves_of_surrogate_pairs(server, half):
    """What is no character of Unicode becomes the one that stands for such."""
    sfn = server.sfn()
    arn = machine(sfn, PASS)
    status, answer = post(server, "StartExecution",
                          f'{{"stateMachineArn":"{arn}","name":"{half}"}}'.encode())
    made = half.replace("\\ud800", "\ufffd").replace("\\udc00", "\ufffd").replace(
        "\\udfff", "\ufffd")
    assert status == 200 and answer["executionArn"].rsplit(":", 1)[1] == made
    execution = sfn.start_execution(stateMachineArn=arn, input=f'{{"a":"{half}"}}')
    assert output_of(wait_end(sfn, execution["executionArn"])) == {"a": made}


@pytest.mark.parametrize("body", [{"maxResults": "5"}, {"maxResults": 1.5}, {"maxResults": [1]},
                                  {"nextToken": 5}, {"nextToken": {}}, {"maxResults": True},
                                  {"maxResults": 1e300}])
def test_members_of_a_wrong_type(server, body):
    status, answer = post(server, "ListStateMachines", json.dumps(body).encode())
    assert (status, answer["__type"].split("#")[1]) == (400, "SerializationException")


def test_members_that_nobody_knows_are_passed_by(server):
    assert post(server, "ListStateMachines", b'{"colour":"red","maxResults":null}')[0] == 200


def test_empty_body_is_an_empty_request(server):
    assert post(server, "ListStateMachines", b"")[0] == 200


@pytest.mark.parametrize("size", [2_000_000, 20_000_000])
def test_large_bodies(server, size):
    """Refused, by an answer or by the end of the connection."""
    body = json.dumps({"name": "x", "roleArn": ROLE, "definition": "x" * size}).encode()
    with contextlib.suppress(ConnectionError, OSError):
        status, _, _ = server.raw("AWSStepFunctions.CreateStateMachine", body)
        assert status in (400, 413)


@pytest.mark.parametrize("name", ["a\x00b", "\x00", "a\x00"])
def test_names_with_nul(server, name):
    sfn = server.sfn()
    for call, arguments in ((sfn.create_state_machine, {"definition": json.dumps(PASS),
                                                        "roleArn": ROLE}),
                            (sfn.start_execution, {"stateMachineArn": machine(sfn, PASS)})):
        with pytest.raises(ClientError) as refused:
            call(name=name, **arguments)
        assert refused.value.response["Error"]["Code"] == "InvalidName"


@pytest.mark.parametrize("arn", [
    "arn:", "arn:aws:states", "arn:aws:states:us-east-1:123456789012:stateMachine:",
    "arn:aws:states:us-east-1:123456789012:stateMachine:a\x00b", "arn:aws:iam::1:role/x",
    "arn:aws:states:us-east-1:123456789012:execution:a:b", "' OR 1=1 --", ":" * 200], ids=range(8))
def test_arns_that_are_none(server, arn):
    with pytest.raises(ClientError) as refused:
        server.sfn().describe_state_machine(stateMachineArn=arn)
    assert refused.value.response["Error"]["Code"] in ("InvalidArn", "StateMachineDoesNotExist")


@pytest.mark.parametrize("depth", [500, 100_000])
def test_deep_definitions_and_inputs(server, depth):
    sfn = server.sfn()
    deep = "[" * depth + "]" * depth
    arn = machine(sfn, PASS)
    for call, arguments in (
            (sfn.create_state_machine, {"name": "deep", "roleArn": ROLE, "definition": deep}),
            (sfn.start_execution, {"stateMachineArn": arn, "input": deep})):
        try:
            call(**arguments)
        except ClientError as refused:
            assert refused.response["Error"]["Code"] in ("InvalidDefinition",
                                                         "InvalidExecutionInput")
        else:  # AWS's limit of depth is not known: what is let in has to work
            assert "input" in arguments and depth == 500


def test_deep_blocks(server):
    definition = {"StartAt": "X", "States": {"X": {"Type": "Succeed"}}}
    for name in map(str, range(150)):
        definition = {"StartAt": name, "States": {name: {"Type": "Parallel", "End": True,
                                                         "Branches": [definition]}}}
    with pytest.raises(ClientError) as refused:
        machine(server.sfn(), definition)
    assert refused.value.response["Error"]["Code"] == "InvalidDefinition"


def test_json_that_gets_large_when_it_is_used(server):
    """A value that doubles itself ends at the quota, not with the memory."""
    states = {f"S{i}": {"Type": "Pass", "Parameters": {"a.$": "$", "b.$": "$"}, "Next": f"S{i + 1}"}
              for i in range(60)}
    states["S60"] = {"Type": "Succeed"}
    described = run(server.sfn(), {"StartAt": "S0", "States": states})
    assert (described["status"], described["error"]) == ("FAILED", "States.DataLimitExceeded")


@pytest.mark.parametrize("path", ["$" + "..*" * 30, "$[?(" + "(" * 200 + "1" + ")" * 200 + ")]",
                                  "$" + ".a" * 50_000, "$['" + "\\'" * 10_000 + "']"], ids=range(4))
def test_hostile_paths(server, path):
    """Refused or run, in bounded time."""
    with contextlib.suppress(ClientError):
        value = {"a": [{"a": {"a": 1}}] * 3}
        run(server.sfn(), {"StartAt": "P", "States": {"P": {
            "Type": "Pass", "InputPath": path, "End": True}}}, value, timeout=20)


# -- HTTP --

def test_request_without_a_target(server):
    status, _, body = server.raw(None, b"{}", JSON)
    assert status == 400
    assert json.loads(body)["__type"].endswith("#UnknownOperationException")


@pytest.mark.parametrize("target", ["ListStateMachines", "DynamoDB_20120810.ListTables",
                                    "AWSStepFunctions.", "AWSStepFunctions.liststatemachines",
                                    "AWSStepFunctions.ListStateMachines ."])
def test_targets_of_others(server, target):
    status, _, body = server.raw(None, b"{}", {**JSON, "X-Amz-Target": target})
    assert status == 400
    assert json.loads(body)["__type"].endswith("#UnknownOperationException")


@pytest.mark.parametrize("method, path", [("GET", "/"), ("PUT", "/"), ("GET", "/../etc/passwd"),
                                          ("POST", "/nowhere"), ("GET", "/%00"),
                                          ("GET", "/" + "a" * 20_000)], ids=range(6))
def test_other_paths_and_methods(server, method, path):
    with contextlib.suppress(ConnectionError):
        assert 400 <= server.raw(None, None, path=path, method=method)[0] < 500


@pytest.mark.parametrize("text", [
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", b"GET\r\n\r\n", b"\x00" * 1000,
    b"POST / HTTP/1.1\r\nContent-Length: -5\r\n\r\n",
    b"POST / HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
    b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n{",
    b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"GET / HTTP/1.1\r\n" + b"X-H: " + b"h" * 100_000 + b"\r\n\r\n",
    b"GET / HTTP/1.1\r\n" + b"A: b\r\n" * 20_000 + b"\r\n"], ids=range(9))
def test_bytes_that_are_no_request(server, text):
    # Half a request may keep its connection until its idle time is over: nobody else minds.
    with contextlib.suppress(OSError):
        with socket.create_connection(("127.0.0.1", server.port), timeout=0.5) as s:
            s.sendall(text)
            s.shutdown(socket.SHUT_WR)
            while s.recv(65536):
                pass


def test_many_open_connections(server):
    """Those who say nothing do not keep others out."""
    idle = [socket.create_connection(("127.0.0.1", server.port)) for _ in range(200)]
    try:
        server.sfn().list_state_machines()
    finally:
        for s in idle:
            s.close()


# -- data directories --

def serve(directory, *arguments, preexec=None):
    """Ends by itself: (exit status, what it said)."""
    answer = subprocess.run([STEPD, "serve", "--port", "0", "--data-dir", str(directory),
                             *arguments], capture_output=True, text=True, timeout=30 * PATIENCE,
                            stdin=subprocess.DEVNULL, preexec_fn=preexec)
    return answer.returncode, answer.stderr


def test_data_directory_that_is_a_file(tmp_path):
    path = tmp_path / "data"
    path.write_text("mine")
    status, said = serve(path)
    assert status == 3 and str(path) in said and path.read_text() == "mine"


def test_store_of_a_newer_version(make_server):
    server = make_server().start()
    arn = machine(server.sfn(), PASS)
    assert server.stop() == 0
    path = server.data / "stepd.db"
    with contextlib.closing(sqlite3.connect(path)) as store:
        (version,) = store.execute("PRAGMA user_version").fetchone()
        store.execute("PRAGMA user_version = 999")
        store.commit()
    before = path.read_bytes()
    status, said = serve(server.data)
    assert status == 3 and "999" in said and str(server.data) in said
    assert path.read_bytes() == before
    with contextlib.closing(sqlite3.connect(path)) as store:
        store.execute(f"PRAGMA user_version = {version}")
        store.commit()
    assert server.start().sfn().describe_state_machine(stateMachineArn=arn)


@pytest.mark.parametrize("content", [b"this is not a database at all" * 100, b"\x00" * 5000,
                                     b"SQLite format 3\x00" + b"\xff" * 5000])
def test_store_that_is_no_store(tmp_path, content):
    directory = tmp_path / "data"
    directory.mkdir()
    (directory / "stepd.db").write_bytes(content)
    status, said = serve(directory)
    assert status == 3 and said
    assert (directory / "stepd.db").read_bytes() == content


def test_data_directory_in_use(make_server):
    server = make_server().start()
    status, said = serve(server.data)
    assert status == 3
    assert f"is in use by another stepd (pid {server.process.pid})" in said
    server.sfn().list_state_machines()


def nobody():
    os.setgid(65534)
    os.setuid(65534)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can become somebody without rights")
def test_data_directory_that_cannot_be_written(tmp_path):
    program = shutil.copy(STEPD, "/tmp/stepd-as-nobody")
    try:
        closed = tmp_path / "data"
        closed.mkdir(mode=0o755)
        answer = subprocess.run(
            [program, "serve", "--port", "0", "--data-dir", str(closed)], capture_output=True,
            text=True, preexec_fn=nobody, cwd="/", timeout=30 * PATIENCE)
        assert answer.returncode == 3 and str(closed) in answer.stderr
    finally:
        os.unlink(program)


def test_port_in_use(make_server, tmp_path):
    server = make_server().start()
    status, said = serve(tmp_path / "other", "--port", str(server.port))
    assert status == 3 and str(server.port) in said


# -- a full disk --

@contextlib.contextmanager
def small_disk(directory):
    """A file system of its own: gives what makes it larger."""
    directory.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(directory)],
                             capture_output=True)
    if mounted.returncode:
        pytest.skip("no right to mount a small disk")
    try:
        yield lambda: subprocess.run(["mount", "-o", "remount,size=200m", str(directory)],
                                     check=True)
    finally:
        subprocess.run(["umount", "-l", str(directory)], check=True)


def fill(server, arn):
    """Starts until one is refused: those that were answered."""
    sfn = client("stepfunctions", server.direct)
    answered = []
    for _ in range(400):
        try:
            answered.append(sfn.start_execution(stateMachineArn=arn, input=json.dumps(
                {"x": "y" * 100_000}))["executionArn"])
        except ClientError as refused:
            error = refused.response
            assert error["ResponseMetadata"]["HTTPStatusCode"] == 503
            assert error["Error"]["Code"] == "ServiceUnavailable"
            return answered
    raise AssertionError("the disk never got full")


def full_and_not_any_more(server, waiting, lift):
    """Nothing that was answered is lost, and what waited goes on."""
    sfn = client("stepfunctions", server.direct)
    arn = machine(sfn, waiting)
    parked = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(3)]
    answered = fill(server, arn)
    sfn.describe_execution(executionArn=parked[0])  # reads go on
    lift()
    # the store tries again by itself, at most two seconds apart
    for execution in parked + answered:
        output_of(wait_end(sfn, execution))
        check_history(history(sfn, execution))
    output_of(wait_end(sfn, sfn.start_execution(stateMachineArn=arn)["executionArn"]))
    server.kill()
    sfn = client("stepfunctions", server.start().direct)
    for execution in parked + answered:
        output_of(sfn.describe_execution(executionArn=execution))


WAITING = {"StartAt": "W", "States": {
    "W": {"Type": "Wait", "Seconds": 1, "Next": "P"},
    "P": {"Type": "Pass", "Result": 1, "ResultPath": "$.r", "End": True}}}


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_full_disk(make_server, tmp_path):
    with small_disk(tmp_path / "disk") as lift:
        server = make_server(directory="disk/server", strict=False).start()
        try:
            full_and_not_any_more(server, WAITING, lift)
        finally:
            server.stop()


def test_limit_of_a_file(make_server):
    """ulimit -f: another way for a write to be refused, and a signal that must not kill."""
    def small():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, resource.RLIM_INFINITY))

    server = make_server(strict=False, preexec=small).start()

    def lift():
        resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE,
                         (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        server.preexec = None

    full_and_not_any_more(server, WAITING, lift)


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_start_on_a_full_disk(tmp_path):
    with small_disk(tmp_path / "disk"):
        with contextlib.suppress(OSError):
            (tmp_path / "disk/filler").write_bytes(b"x" * 2_000_000)
        status, said = serve(tmp_path / "disk/data")
        assert status == 3 and said


@pytest.mark.skipif(os.getuid() != 0, reason="only root can mount a small disk")
def test_stop_on_a_full_disk(make_server, tmp_path):
    """A stop does not wait for ever for a disk that never gets better."""
    with small_disk(tmp_path / "disk"):
        server = make_server(directory="disk/server", strict=False).start()
        fill(server, machine(client("stepfunctions", server.direct), WAITING))
        assert server.stop() is not None


# -- Kubernetes endpoints --

class Endpoint:
    """A server of one behaviour: act(connection) for each that comes."""

    def __init__(self, act, context=None):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=50)
        self.act, self.context, self.open = act, context, True
        self.connections = []
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    @property
    def url(self):
        return f"https://127.0.0.1:{self.listener.getsockname()[1]}"

    def accept(self):
        while self.open:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        self.connections.append(connection)
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
                self.connections.append(connection)
            self.act(connection)
        except (OSError, ValueError):
            pass  # the other side has had enough, which is what these tests are about

    def close(self):
        self.open = False
        for s in [self.listener, *self.connections]:
            with contextlib.suppress(OSError):
                s.close()


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    """A throw-away CA: (its PEM, a TLS context with a certificate for 127.0.0.1)."""
    where = tmp_path_factory.mktemp("ca")

    def openssl(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=where)

    if not shutil.which("openssl"):
        pytest.skip("openssl is not on this machine")
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    openssl("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-subj", "/CN=test-ca",
            "-days", "2", "-addext", "basicConstraints=critical,CA:TRUE")
    openssl("req", *key, "-keyout", "key", "-out", "request", "-subj", "/CN=127.0.0.1")
    (where / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl("x509", "-req", "-in", "request", "-CA", "ca.pem", "-CAkey", "ca.key", "-out", "pem",
            "-days", "2", "-CAcreateserial", "-extfile", "names")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(where / "pem", where / "key")
    return (where / "ca.pem").read_text(), context


@pytest.fixture
def endpoint():
    made = []

    def make(act, context=None):
        made.append(Endpoint(act, context))
        return made[-1].url

    yield make
    for e in made:
        e.close()


def read_request(connection):
    text = b""
    while b"\r\n\r\n" not in text:
        more = connection.recv(65536)
        if not more:
            return text
        text += more
    return text


def answering(text):
    """Reads the request, says text, ends."""
    def act(connection):
        read_request(connection)
        connection.sendall(text)
        connection.close()
    return act


def http(body, status="200 OK", kind="application/json", **headers):
    lines = [f"HTTP/1.1 {status}", f"Content-Type: {kind}", f"Content-Length: {len(body)}",
             *(f"{k}: {v}" for k, v in headers.items())]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def hang(connection):
    while connection.recv(65536):
        pass


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


def reset_after_the_request(connection):
    read_request(connection)
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # closing the TLS layer would say goodbye first
    socket.socket(fileno=connection.detach()).close()


def call_of(url, ca, **more):
    return {"StartAt": "T", "States": {"T": {
        "Type": "Task", "Resource": "arn:aws:states:::eks:call", "End": True, **more,
        "Parameters": {"ClusterName": "c", "Method": "GET", "Path": "/version", "Endpoint": url,
                       "CertificateAuthority": base64.b64encode(ca.encode()).decode()}}}}


def call(server, url, ca, **more):
    described = run(server.sfn(), call_of(url, ca, **more), timeout=20)
    check_history(history(server.sfn(), described["executionArn"]))
    return described


def refused_call(server, url, ca, error="EKS.SdkClientException", **more):
    described = call(server, url, ca, **more)
    assert (described["status"], described["error"]) == ("FAILED", error), described
    return described.get("cause")


def test_endpoint_that_is_well(server, endpoint, authority):
    ca, context = authority
    seen = []

    def act(connection):
        seen.append(read_request(connection))
        connection.sendall(http(b'{"a":1}'))
        connection.close()

    output = output_of(call(server, endpoint(act, context), ca))
    assert output["StatusCode"] == 200 and output["ResponseBody"] == {"a": 1}
    (request,) = seen
    assert request.startswith(b"GET /version HTTP/1.1\r\n")
    assert b"\r\nAuthorization: Bearer k8s-aws-v1." in request


def test_endpoint_that_refuses(server, authority):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    cause = refused_call(server, f"https://127.0.0.1:{port}", authority[0])
    assert cause.startswith("Unable to execute HTTP request: ") and "refused" in cause


def test_endpoint_whose_name_is_unknown(server, authority):
    cause = refused_call(server, "https://no-such-host.invalid", authority[0])
    assert cause == ("Unable to execute HTTP request: no-such-host.invalid: "
                     "Name or service not known")


@pytest.mark.parametrize("url", ["nonsense", "ftp://127.0.0.1", "https://", "https://[::1",
                                 "https://127.0.0.1:99999", "https://a b", "file:///etc/passwd",
                                 "https://127.0.0.1:1\r\nX: y", "https://user@127.0.0.1:1"])
def test_endpoints_that_are_none(server, authority, url):
    assert refused_call(server, url, authority[0])


@pytest.mark.parametrize("ca", ["", "not a certificate", "-----BEGIN CERTIFICATE-----\nAAAA\n"
                                "-----END CERTIFICATE-----\n"])
def test_authorities_that_are_none(server, endpoint, authority, ca):
    url = endpoint(answering(http(b"{}")), authority[1])
    assert refused_call(server, url, ca)


@pytest.mark.parametrize("tls", [False, True])
def test_endpoint_that_hangs(server, endpoint, authority, tls):
    """The Task's own timeout ends it."""
    ca, context = authority
    began = time.monotonic()
    refused_call(server, endpoint(hang, context if tls else None), ca, "States.Timeout",
                 TimeoutSeconds=1)
    assert time.monotonic() - began < 10 * PATIENCE


def test_endpoint_that_hangs_in_its_answer(server, endpoint, authority):
    ca, context = authority

    def act(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{")
        hang(connection)

    refused_call(server, endpoint(act, context), ca, "States.Timeout", TimeoutSeconds=1)


@pytest.mark.parametrize("act, tls", [(reset, False), (reset_after_the_request, True)])
def test_endpoint_that_resets(server, endpoint, authority, act, tls):
    ca, context = authority
    assert refused_call(server, endpoint(act, context if tls else None), ca)


def test_endpoint_without_tls(server, endpoint, authority):
    def act(connection):
        connection.recv(65536)
        connection.sendall(http(b"{}"))
        connection.close()

    assert refused_call(server, endpoint(act), authority[0])


def test_endpoint_of_another_authority(server, endpoint, authority, tmp_path):
    _, context = authority
    subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                    "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "k", "-out", "pem",
                    "-subj", "/CN=other"], check=True, capture_output=True, cwd=tmp_path)
    assert refused_call(server, endpoint(answering(http(b"{}")), context),
                        (tmp_path / "pem").read_text())


@pytest.mark.parametrize("text", [
    b"", b"\x00\x01\x02\x03" * 1000, b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1\r\n\r\n",
    b"HTTP/1.1 abc OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{}",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n{}"], ids=range(8))
def test_endpoint_that_talks_garbage(server, endpoint, authority, text):
    ca, context = authority
    assert refused_call(server, endpoint(answering(text), context), ca)


@pytest.mark.parametrize("body, kind, expected", [
    (b"not json", "application/json", "not json"), (b"", "application/json", ""),
    (b"{", "application/json", "{"), (b"a\nb\n", "text/plain", "a\nb\n")])
def test_bodies_that_are_not_json_are_texts(server, endpoint, authority, body, kind, expected):
    ca, context = authority
    output = output_of(call(server, endpoint(answering(http(body, kind=kind)), context), ca))
    assert output["ResponseBody"] == expected


@pytest.mark.parametrize("body", [b"\xff\xfe\x00", b"[" * 100_000, b'{"a":"\\ud800"}'], ids=range(3))
def test_bodies_that_are_hostile(server, endpoint, authority, body):
    """Whatever comes of them, it is an end."""
    ca, context = authority
    described = call(server, endpoint(answering(http(body)), context), ca)
    assert described["status"] in ("SUCCEEDED", "FAILED")


@pytest.mark.parametrize("size", [300_000, 3_000_000])
def test_answers_that_are_too_large(server, endpoint, authority, size):
    ca, context = authority
    body = json.dumps({"a": "x" * size}).encode()
    assert refused_call(server, endpoint(answering(http(body)), context), ca,
                        "States.DataLimitExceeded") == (
        "The state/task 'eks' returned a result with a size exceeding the maximum number of bytes "
        "service limit.")


def test_answer_that_never_ends(server, endpoint, authority):
    ca, context = authority

    def act(connection):
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while True:
            connection.sendall(b"10000\r\n" + b" " * 0x10000 + b"\r\n")

    refused_call(server, endpoint(act, context), ca, "States.DataLimitExceeded")


@pytest.mark.parametrize("status, error", [
    ("500 Internal Server Error", "EKS.500"), ("404 Not Found", "EKS.404"), ("302 Found", "EKS.302"),
    ("429 Too Many Requests", "EKS.429"), ("599 Odd", "EKS.599")])
def test_statuses_are_errors(server, endpoint, authority, status, error):
    ca, context = authority
    url = endpoint(answering(http(b'{"m":1}', status, Location="https://127.0.0.1:1/")), context)
    cause = json.loads(refused_call(server, url, ca, error))
    code, text = status.split(" ", 1)
    assert cause == {"ResponseBody": {"m": 1}, "StatusCode": int(code), "StatusText": text}


def test_network_failures_are_caught(server, authority):
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    definition = call_of(f"https://127.0.0.1:{port}", authority[0], Catch=[
        {"ErrorEquals": ["EKS.SdkClientException"], "Next": "D"}], Retry=[
        {"ErrorEquals": ["States.TaskFailed"], "IntervalSeconds": 1, "MaxAttempts": 1}])
    definition["States"]["D"] = {"Type": "Succeed"}
    assert output_of(run(server.sfn(), definition))["Error"] == "EKS.SdkClientException"


def test_stop_while_calls_hang(make_server, endpoint, authority):
    """Neither StopExecution nor SIGTERM waits for an endpoint that never answers."""
    ca, context = authority
    server = make_server(strict=False).start()
    sfn = server.sfn()
    arn = machine(sfn, call_of(endpoint(hang, context), ca))
    executions = [sfn.start_execution(stateMachineArn=arn)["executionArn"] for _ in range(20)]
    began = time.monotonic()
    sfn.stop_execution(executionArn=executions[0])
    assert sfn.describe_execution(executionArn=executions[0])["status"] == "ABORTED"
    assert server.stop() == 0
    assert time.monotonic() - began < 10 * PATIENCE
