#!/usr/bin/env python3
"""Measures a stepd: start-up, memory, executions, loops, maps, payloads, waits. Prints a table.

    bench/bench.py [--stepd build/release/stepd] [--only NAME,NAME]

Needs nothing but Python. The client keeps connections open and reads answers as they come, from one
thread; `client` says how busy it was: near 1.00 it is the limit and a rate is a lower bound. CPU is
the server's own, all threads, from /proc: the steadiest figure. Every answer is checked.
"""
import argparse
import json
import os
import pathlib
import selectors
import signal
import socket
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
ROLE = "arn:aws:iam::123456789012:role/bench"
TICKS = os.sysconf("SC_CLK_TCK")
PAGE = os.sysconf("SC_PAGE_SIZE")


class Server:
    def __init__(self, stepd, *arguments):
        self.directory = tempfile.TemporaryDirectory()
        path = pathlib.Path(self.directory.name)
        began = time.perf_counter()
        self.process = subprocess.Popen(
            [stepd, "serve", "--port", "0", "--port-file", str(path / "port"),
             "--data-dir", str(path / "data"), "--log-level", "warn", *arguments])
        while not (path / "port").exists():
            if self.process.poll() is not None:
                raise SystemExit("stepd did not start")
            time.sleep(0.0002)
        self.port = int((path / "port").read_text())
        self.call("ListStateMachines", {})
        self.started_ms = (time.perf_counter() - began) * 1000

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(30) != 0:
            raise SystemExit("stepd did not stop cleanly")
        self.directory.cleanup()

    def cpu_s(self):
        fields = pathlib.Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / TICKS

    def rss(self):
        return int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1]) * PAGE

    def request(self, operation, value):
        body = json.dumps(value, separators=(",", ":")).encode()
        return (f"POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Amz-Target: AWSStepFunctions.{operation}\r\n"
                f"Content-Type: application/x-amz-json-1.0\r\nContent-Length: {len(body)}\r\n\r\n"
                ).encode() + body

    def call(self, operation, value):
        return self.many([self.request(operation, value)], 1)[0]

    def many(self, requests, connections):
        """Sends all, each connection one at a time; gives the answers in order."""
        answers = [None] * len(requests)
        selector = selectors.DefaultSelector()
        following = iter(enumerate(requests))
        pending = 0

        def send(connection):
            number, request = next(following, (None, None))
            if request is None:
                selector.unregister(connection[0])
                connection[0].close()
                return 0
            connection[1], connection[2] = number, b""
            connection[0].sendall(request)
            return 1

        for _ in range(min(connections, len(requests))):
            s = socket.create_connection(("127.0.0.1", self.port))
            s.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = [s, None, b""]
            selector.register(s, selectors.EVENT_READ, connection)
            pending += send(connection)
        while pending:
            for key, _ in selector.select():
                connection = key.data
                got = connection[0].recv(1 << 20)
                assert got, "the server closed a connection"
                connection[2] += got
                answer = whole(connection[2])
                if answer is not None:
                    answers[connection[1]] = answer
                    pending += send(connection) - 1
        return answers

    def machine(self, name, definition, kind="STANDARD"):
        return self.call("CreateStateMachine", {
            "name": name, "roleArn": ROLE, "type": kind,
            "definition": json.dumps(definition)})["stateMachineArn"]

    def start(self, arn, value, name=None):
        return self.call("StartExecution", {
            "stateMachineArn": arn, "input": json.dumps(value),
            **({"name": name} if name else {})})["executionArn"]

    def wait(self, execution):
        while True:
            described = self.call("DescribeExecution", {"executionArn": execution})
            if described["status"] != "RUNNING":
                assert described["status"] == "SUCCEEDED", described
                return described
            time.sleep(0.001)

    def wait_all(self, arn, count):
        """Until so many executions of a machine have succeeded."""
        while True:
            token, seen = None, 0
            running = self.call("ListExecutions", {
                "stateMachineArn": arn, "statusFilter": "RUNNING", "maxResults": 1})
            if not running["executions"]:
                break
            time.sleep(0.002)
        while True:
            page = self.call("ListExecutions", {
                "stateMachineArn": arn, "statusFilter": "SUCCEEDED", "maxResults": 1000,
                **({"nextToken": token} if token else {})})
            seen += len(page["executions"])
            token = page.get("nextToken")
            if not token:
                break
        assert seen == count, f"{seen} of {count} succeeded"


def whole(data):
    """The answer's value once it is all there; 200 is asked for."""
    head = data.find(b"\r\n\r\n")
    if head < 0:
        return None
    for line in data[:head].split(b"\r\n"):
        if line.lower().startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    if len(data) < head + 4 + length:
        return None
    assert data.startswith(b"HTTP/1.1 200"), data[:2000]
    return json.loads(data[head + 4:])


PASS = {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}
WAIT = {"StartAt": "W", "States": {"W": {"Type": "Wait", "Seconds": 3600, "End": True}}}
LOOP = {"StartAt": "Add", "States": {
    "Add": {"Type": "Pass", "Parameters": {"n.$": "States.MathAdd($.n, -1)"}, "Next": "Again?"},
    "Again?": {"Type": "Choice", "Choices": [
        {"Variable": "$.n", "NumericGreaterThan": 0, "Next": "Add"}], "Default": "Done"},
    "Done": {"Type": "Succeed"}}}
MAP = {"StartAt": "M", "States": {"M": {
    "Type": "Map", "ItemsPath": "$.items", "MaxConcurrency": 0, "End": True,
    "ItemProcessor": {"StartAt": "P", "States": {"P": {"Type": "Pass", "End": True}}}}}}


class Meter:
    """Wall and CPU seconds between two points."""

    def __init__(self, server):
        self.server = server
        self.wall, self.cpu, self.own = time.perf_counter(), server.cpu_s(), time.process_time()

    def read(self, count):
        wall = time.perf_counter() - self.wall
        return {"ms": wall * 1000, "per_s": count / wall,
                "cpu_us": (self.server.cpu_s() - self.cpu) / count * 1e6,
                "client": (time.process_time() - self.own) / wall}


def row(name, figures):
    text = {"ms": "{:10.1f} ms", "per_s": "{:10.0f} /s", "cpu_us": "{:8.1f} µs CPU each",
            "client": "client {:.2f}", "kib": "{:8.2f} KiB each", "mib": "{:8.2f} MiB"}
    print(f"{name:42}" + "  ".join(text[k].format(v) for k, v in figures.items()), flush=True)


def bench_startup(stepd):
    times = []
    for _ in range(10):
        with Server(stepd) as server:
            times.append(server.started_ms)
            idle = server.rss()
    row("start to first answer (median of 10)", {"ms": sorted(times)[5]})
    row("idle memory", {"mib": idle / 2**20})


def bench_read(stepd):
    with Server(stepd) as server:
        arn = server.machine("pass", PASS)
        requests = [server.request("DescribeStateMachine", {"stateMachineArn": arn})] * 20000
        meter = Meter(server)
        server.many(requests, 16)
        row("DescribeStateMachine x16", meter.read(len(requests)))


def bench_pass(stepd):
    for durability in ("full", "off"):
        with Server(stepd, "--durability", durability) as server:
            arn = server.machine("pass", PASS)
            count = 10000
            requests = [server.request("StartExecution", {"stateMachineArn": arn})] * count
            meter = Meter(server)
            server.many(requests, 16)
            server.wait_all(arn, count)
            row(f"Pass executions x16, durability {durability}", meter.read(count))
    with Server(stepd) as server:
        arn = server.machine("sync", PASS, "EXPRESS")
        requests = [server.request("StartSyncExecution", {"stateMachineArn": arn})] * 10000
        meter = Meter(server)
        server.many(requests, 16)
        row("StartSyncExecution of a Pass x16", meter.read(len(requests)))


def bench_loop(stepd):
    with Server(stepd) as server:
        arn = server.machine("loop", LOOP)
        for iterations in (200, 1000, 4000):
            meter = Meter(server)
            described = server.wait(server.start(arn, {"n": iterations}))
            assert json.loads(described["output"]) == {"n": 0}
            row(f"Choice loop, {iterations} iterations, a transition", meter.read(2 * iterations))


def bench_map(stepd):
    """10,000 iterations have more events than AWS's quota lets a history have."""
    with Server(stepd, "--limits", "off") as server:
        arn = server.machine("map", MAP)
        for items in (1000, 5000, 10000):
            meter = Meter(server)
            described = server.wait(server.start(arn, {"items": list(range(items))}))
            assert json.loads(described["output"]) == list(range(items))
            row(f"Map of {items}, an item", meter.read(items))


def bench_distributed(stepd):
    """Each item is an execution of its own, started and ended durably."""
    for kind in ("STANDARD", "EXPRESS"):
        with Server(stepd) as server:
            arn = server.machine("distributed", {"StartAt": "M", "States": {"M": {
                "Type": "Map", "End": True, "ItemProcessor": {
                    "ProcessorConfig": {"Mode": "DISTRIBUTED", "ExecutionType": kind}, **PASS}}}})
            before = server.rss()
            for items in (1000, 10000):
                meter = Meter(server)
                described = server.wait(server.start(arn, list(range(items))))
                assert json.loads(described["output"]) == list(range(items))
                row(f"distributed Map of {items}, {kind}, an item", meter.read(items))
            row("… memory it took", {"mib": (server.rss() - before) / 2**20})


def bench_payload(stepd):
    """A value that goes through 20 Pass states: its size should cost once, not twenty times."""
    states = {f"P{i}": {"Type": "Pass", "ResultPath": f"$.r{i}", "Result": i,
                        "Next": f"P{i + 1}"} for i in range(20)}
    states["P20"] = {"Type": "Succeed"}
    with Server(stepd) as server:
        arn = server.machine("payload", {"StartAt": "P0", "States": states})
        for kib in (10, 200):
            count = 50
            meter = Meter(server)
            for _ in range(count):
                server.wait(server.start(arn, {"payload": "x" * (kib * 1024)}))
            row(f"{kib} KiB through 20 states, an execution", meter.read(count))


def bench_parked(stepd):
    with Server(stepd) as server:
        arn = server.machine("wait", WAIT)
        before, count = server.rss(), 2000
        requests = [server.request("StartExecution", {"stateMachineArn": arn})] * count
        meter = Meter(server)
        started = server.many(requests, 16)
        row("2,000 executions parked in Wait: started", meter.read(count))
        row("… memory", {"kib": (server.rss() - before) / count / 1024})
        time.sleep(0.5)
        meter = Meter(server)
        time.sleep(2)
        row("… CPU while parked, a second", {"cpu_us": meter.read(1)["cpu_us"] / 2})
        stops = [server.request("StopExecution", {"executionArn": s["executionArn"]}) for s in started]
        meter = Meter(server)
        server.many(stops, 16)
        row("… stopped", meter.read(count))


BENCHES = {"startup": bench_startup, "read": bench_read, "pass": bench_pass, "loop": bench_loop,
           "map": bench_map, "distributed": bench_distributed, "payload": bench_payload,
           "parked": bench_parked}


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stepd", default=str(ROOT / "build/release/stepd"))
    parser.add_argument("--only", default=",".join(BENCHES))
    options = parser.parse_args()
    for name in options.only.split(","):
        if name not in BENCHES:
            sys.exit(f"there is no bench {name}: {', '.join(BENCHES)}")
        BENCHES[name](options.stepd)


if __name__ == "__main__":
    main()
