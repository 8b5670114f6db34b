"""Servers and clients of the end-to-end tests.

STEPD names the program under test (build/release/stepd when unset). STEPD_SHARED names a folder
with tools/strict_proxy.py: when it is there, every boto3 call of these tests goes through that
proxy, and a violation of the service model fails the session.
"""
import importlib.util
import os
import pathlib
import re
import threading
from http.server import ThreadingHTTPServer
from urllib.parse import urlsplit

import pytest

from stepd_server import STEPD, Server

SHARED = pathlib.Path(os.environ.get("STEPD_SHARED", "/nonexistent"))
STRICT = SHARED / "tools/strict_proxy.py"


# The model does not declare these, and EKS answers them all the same (Source: the issue trackers of
# its users); the last is stepd's own way of refusing what it does not have.
UNDECLARED = re.compile(
    r"(CreateNodegroup|CreateFargateProfile): error 'ResourceNotFoundException'"
    r"|(CreateFargateProfile|DeleteFargateProfile): error 'ResourceInUseException'"
    r"|\w+: error 'UnsupportedOperationException'")


# The few that touch every room, for builds too slow for all.
SMOKE = {
    "test_eks.py": {"test_example_run_job", "test_examples_of_the_control_plane",
                    "test_eks_errors_are_caught_and_retried",
                    "test_skipped_time_passes_over_a_long_job"},
    "test_states.py": {"test_parallel_gives_outputs_in_order", "test_parallel_in_parallel",
                       "test_item_in_the_context_of_an_iteration"},
    "test_api.py": {"test_sync_start_gives_the_end", "test_same_name_and_input_while_running",
                    "test_tags", "test_delete_while_executions_run"},
    "test_kubernetes.py": {"test_life_of_an_object"},
    "test_crash.py": {"test_killed_again_and_again", "test_clean_stop_and_restart"},
    "test_cli.py": {"test_sigterm_with_a_synchronous_start"},
}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.originalname in SMOKE.get(item.path.name, ()):
            item.add_marker(pytest.mark.smoke)


class QuietServer(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, request, client_address):
        """A server that is killed under its proxy is what some tests are about."""


class Proxies:
    """One checking proxy a server, since each has one target; all in this process, since a service
    model takes long to load."""

    def __init__(self):
        spec = importlib.util.spec_from_file_location("strict_proxy", STRICT)
        self.checker = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.checker)
        self.running = {}

    def point_at(self, target):
        if target not in self.running:
            # Headers and body are two writes: with Nagle's algorithm every answer costs 40 ms.
            handler = type("Handler", (self.checker.Proxy,), {
                "target": urlsplit(target), "disable_nagle_algorithm": True})
            proxy = self.running[target] = QuietServer(("127.0.0.1", 0), handler)
            threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self.running[target].server_port}"

    def close(self):
        """Stops them all; gives every violation seen."""
        for proxy in self.running.values():
            proxy.shutdown()
            proxy.server_close()
        return [v for v in self.checker.Proxy.violations if not UNDECLARED.match(v)]


@pytest.fixture(scope="session")
def proxy():
    if not STRICT.exists():
        yield None
        return
    proxies = Proxies()
    yield proxies
    violations = proxies.close()
    assert not violations, "answers that break the service model:\n" + "\n".join(violations[:50])


@pytest.fixture(scope="session", autouse=True)
def program():
    if not os.access(STEPD, os.X_OK):
        pytest.exit(f"{STEPD} is not built", 3)


@pytest.fixture(scope="module")
def server(tmp_path_factory, proxy):
    """A server shared by a module's tests: real time, quick clusters."""
    s = Server(tmp_path_factory.mktemp("server"), "--cluster-create-seconds", "0.2",
               "--cluster-delete-seconds", "0.1", "--pod-seconds", "0.1", proxy=proxy).start()
    yield s
    assert s.stop() == 0


@pytest.fixture(scope="module")
def skipping(tmp_path_factory, proxy):
    """A server whose time is skipped."""
    s = Server(tmp_path_factory.mktemp("skipping"), "--clock", "skip", "--seed", "1",
               proxy=proxy).start()
    yield s
    assert s.stop() == 0


@pytest.fixture(scope="module")
def sfn(server):
    return server.sfn()


@pytest.fixture
def make_server(tmp_path, proxy):
    """Servers of one test's own, stopped after it."""
    made = []

    def make(*arguments, directory="server", strict=True, **more):
        s = Server(tmp_path / directory, *arguments, proxy=proxy if strict else None, **more)
        made.append(s)
        return s

    yield make
    for s in made:
        if s.process and s.process.poll() is None:
            s.stop()
