"""Nothing leaves the process: what tries to is refused with a clear exception, and listed."""

from __future__ import annotations

import socket
import threading

import pytest

from signaltrace import storage
from tests.rehearsal.running import PROJECT


@pytest.mark.parametrize(
    ("act", "target"),
    [
        ("network", "connection to crm.test:8080"),
        ("network_by_number", "connection to 127.0.0.1:9"),
        ("datagram", "connection to 127.0.0.1:8125"),
        ("celery", "Celery task shop.tasks.push"),
    ],
)
def test_it_is_refused_and_listed(untouched, act, target):
    """By name before it is looked up, by number, without a connection; a task."""
    result = untouched.act(act)
    lines = result.err.splitlines()
    start = lines.index("Refused (1): --allow-network lets it out")
    assert result.status == 1
    assert lines[start + 1] == f"  {target}"
    assert lines[start + 2].startswith("    by shop.receivers.act, shop/receivers.py:")
    said = " ".join(result.err.split())
    assert "--allow-network lets it through" in said or "URLError" in said


@pytest.mark.parametrize("act", ["network_by_number", "celery"])
def test_the_place_in_the_tree_is_the_programs(untouched, tmp_path, act):
    """Not a line of Python's socket.py, nor one of ours."""
    file = tmp_path / "trace.json"
    untouched.act(act, "--save", str(file))
    (error,) = [span.error for _, span in storage.load(file).walk() if span.kind == "receiver" and span.error]
    lines = (PROJECT / "shop" / "receivers.py").read_text().splitlines()
    assert error.type.rpartition(".")[2] == "RehearsalRefused"
    assert error.file == str(PROJECT / "shop" / "receivers.py")
    assert {"network_by_number": "socket.create_connection", "celery": "Task().apply_async"}[act] in lines[
        error.line - 1
    ]


def test_a_program_that_expects_failures_catches_it(untouched):
    """It is a ConnectionError; that it was refused is told all the same."""
    result = untouched.act("network_caught")
    assert (result.status, result.out) == (0, "RehearsalRefused\n")
    assert "Refused (1)" in result.err


def test_allow_network(untouched):
    """Then it gets as far as it would."""
    result = untouched.act("celery", "--allow-network")
    assert "raised SystemExit: enqueued" in result.err
    assert "Refused" not in result.err


def test_a_connection_is_made_with_allow_network_alone():
    """A server of the test's own is reached, or not."""
    from signaltrace.rehearsal.refusals import Refusals, RehearsalRefused

    with socket.create_server(("127.0.0.1", 0)) as server:
        heard = threading.Thread(target=lambda: server.accept()[0].close())
        address = server.getsockname()
        refusals = Refusals()
        refusals.open()
        try:
            with pytest.raises(RehearsalRefused, match=f"127.0.0.1:{address[1]}"):
                socket.create_connection(address)
            for each in (*socket.socketpair(), socket.create_server(("localhost", 0))):
                each.close()  # what listens, and what speaks to itself, leaves nothing
        finally:
            refusals.close()
        heard.start()
        socket.create_connection(address).close()
        heard.join()


def test_celerys_class_of_tasks_may_come_late(monkeypatch):
    """Celery makes it when the first task is made: that is watched for."""
    import sys
    import types

    from signaltrace.rehearsal.refusals import Refusals, RehearsalRefused

    class Celery:
        def send_task(self, name):
            raise SystemExit

        def subclass_with_self(self, Class):
            task = types.ModuleType("celery.app.task")
            task.Task = Class
            monkeypatch.setitem(sys.modules, "celery.app.task", task)
            return Class

    class Task:
        name = "push"

        def apply_async(self):
            raise SystemExit

    base = types.ModuleType("celery.app.base")
    base.Celery = Celery
    monkeypatch.setitem(sys.modules, "celery.app.base", base)
    refusals = Refusals()
    refusals.open()
    try:
        Celery().subclass_with_self(Task)
        with pytest.raises(RehearsalRefused, match="Celery task push"):
            Task().apply_async()
        with pytest.raises(RehearsalRefused, match="Celery task pull"):
            Celery().send_task("pull")
        # called at once, in this process: nothing is enqueued
        Task.app = types.SimpleNamespace(conf=types.SimpleNamespace(task_always_eager=True))
        with pytest.raises(SystemExit):
            Task().apply_async()
    finally:
        refusals.close()
    assert [each.target for each in refusals.refused] == ["push", "pull"]
