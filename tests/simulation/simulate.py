#!/usr/bin/env python3
"""Runs random state machines on a stepd with one worker, a seed and skipped time, and checks their
histories.

    tests/simulation/simulate.py [--stepd PATH] [--machines N] [--seed N] [--kill-every N] [--tasks]
    tests/simulation/simulate.py --print N      the machine and the input of a seed

Every machine's history keeps AWS's invariants (invariants.py), and nothing of an ended execution is
left in the store's frames. A second server with the same seed, which is killed with -9 after every
--kill-every machines while they are running, gives the same outputs.
"""
import argparse
import http.client
import json
import pathlib
import re
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time

from generator import Generator
from invariants import check, details

ROOT = pathlib.Path(__file__).resolve().parents[2]
ROLE = "arn:aws:iam::123456789012:role/simulation"
BATCH = 50


class Server:
    def __init__(self, stepd, seed):
        self.arguments = [stepd, "serve", "--port", "0", "--clock", "skip", "--workers", "1",
                          "--seed", str(seed), "--log-level", "error", "--durability", "off"]
        self.directory = tempfile.TemporaryDirectory()
        self.start()

    def start(self):
        path = pathlib.Path(self.directory.name)
        port = path / "port"
        port.unlink(missing_ok=True)
        self.process = subprocess.Popen(
            [*self.arguments, "--port-file", str(port), "--data-dir", str(path / "data")])
        while not (port.exists() and port.read_text()):
            if self.process.poll() is not None:
                raise SystemExit("stepd did not start")
            time.sleep(0.002)
        self.connection = http.client.HTTPConnection("127.0.0.1", int(port.read_text()))

    def kill(self):
        self.connection.close()
        self.process.kill()
        self.process.wait(30)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.kill()

    def stop(self):
        self.connection.close()
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(60) != 0:
            raise SystemExit("stepd did not stop cleanly")

    def call(self, operation, **value):
        self.connection.request("POST", "/", json.dumps(value), {
            "X-Amz-Target": f"AWSStepFunctions.{operation}",
            "Content-Type": "application/x-amz-json-1.0"})
        answer = self.connection.getresponse()
        body = json.loads(answer.read() or "{}")
        if answer.status != 200:
            raise SystemExit(f"{operation}: {answer.status} {body}")
        return body

    def begin(self, number, definition, value):
        arn = self.call("CreateStateMachine", name=f"m{number}", roleArn=ROLE,
                        definition=json.dumps(definition))["stateMachineArn"]
        return self.call("StartExecution", stateMachineArn=arn, name="run",
                         input=json.dumps(value))["executionArn"]

    def end(self, arn):
        limit = time.monotonic() + 60
        while True:
            described = self.call("DescribeExecution", executionArn=arn)
            if described["status"] != "RUNNING":
                return described
            if time.monotonic() > limit:
                raise SystemExit(f"{arn} does not end")
            time.sleep(0.001)

    def history(self, arn):
        events, more = [], {}
        while True:
            page = self.call("GetExecutionHistory", executionArn=arn, maxResults=1000, **more)
            events += page["events"]
            if "nextToken" not in page:
                return events
            more = {"nextToken": page["nextToken"]}

    def query(self, sql):
        with sqlite3.connect(pathlib.Path(self.directory.name) / "data/stepd.db") as database:
            return database.execute(sql).fetchall()


def machine(seed, tasks):
    generator = Generator(seed, tasks)
    return generator.machine(), generator.input()


def complain(seed, tasks, described, events, wrong):
    definition, value = machine(seed, tasks)
    print(f"seed {seed}\n{json.dumps(definition)}\n{json.dumps(value)}\n{json.dumps(described)}")
    for event in events:
        print(event["id"], event["previousEventId"], event["type"], json.dumps(details(event)))
    print("\n".join(wrong))


def batches(first, count, size=BATCH):
    for start in range(first, first + count, size):
        yield range(start, min(start + size, first + count))


EVENT = re.compile(r"#[0-9]+")
TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)?Z"
                  r"|[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT")
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")


def outcome(described, tasks):
    """What must be the same again; random names and what a cluster says of the time apart, and the
    order in which branches went on."""
    texts = (EVENT.sub("#", UUID.sub("uuid", described.get(k, "")))
             for k in ("output", "error", "cause"))
    return described["status"], *(TIME.sub("time", text) if tasks else text for text in texts)


def run(server, options, kill_every):
    """The outcome of each machine by its seed; complaints are printed and counted."""
    outcomes, failures, kinds = {}, 0, {}
    for number, batch in enumerate(batches(options.seed, options.machines)):
        arns = {seed: server.begin(seed, *machine(seed, options.tasks)) for seed in batch}
        if kill_every and number % kill_every == 0:
            server.kill()
            server.start()
        for seed, arn in arns.items():
            described = server.end(arn)
            outcomes[seed] = outcome(described, options.tasks)
            kinds[described["status"]] = kinds.get(described["status"], 0) + 1
            events = server.history(arn)
            wrong = check(machine(seed, options.tasks)[0], described, events)
            if wrong:
                failures += 1
                complain(seed, options.tasks, described, events, wrong)
    for what, sql in (("frames", "SELECT count(*) FROM frames"),
                      ("running executions",
                       "SELECT count(*) FROM executions WHERE status = 'RUNNING'"),
                      ("running Map Runs",
                       "SELECT count(*) FROM map_runs WHERE status = 'RUNNING'")):
        left = server.query(sql)[0][0]
        if left:
            failures += 1
            print(f"{left} {what} are left")
    print(f"{options.machines} machines: " + ", ".join(f"{n} {k}" for k, n in sorted(kinds.items())))
    return outcomes, failures


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--stepd", default=str(ROOT / "build/release/stepd"))
    parser.add_argument("--machines", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--kill-every", type=int, default=0, help=f"batches of {BATCH} machines")
    parser.add_argument("--tasks", action="store_true", help="with calls of an embedded cluster")
    parser.add_argument("--print", type=int, dest="one")
    options = parser.parse_args()
    if options.one is not None:
        print("\n".join(json.dumps(x) for x in machine(options.one, options.tasks)))
        return 0
    with Server(options.stepd, options.seed) as server:
        outcomes, failures = run(server, options, 0)
        server.stop()
    if options.kill_every:
        with Server(options.stepd, options.seed) as server:
            disturbed, more = run(server, options, options.kill_every)
            server.stop()
        failures += more
        for seed, before in outcomes.items():
            if disturbed[seed] != before:
                failures += 1
                print(f"seed {seed}: {before} undisturbed, {disturbed[seed]} after kill -9")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
