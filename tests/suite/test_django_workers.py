"""What workers leave for their parent: files in a folder that goes, with every end of a worker told apart."""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.dispatch import Signal
from django.test.runner import ParallelTestSuite, _init_worker

from signaltrace import storage
from signaltrace.ran import OUTSIDE, SETUP, Phase, RanTest
from signaltrace.suite import django_runs
from signaltrace.suite.django_runs import DjangoRun, WorkerStart
from signaltrace.suite.django_workers import Handover, WorkersFolder
from signaltrace.testing import FakeClock
from signaltrace.trace import Trace

WANTED = {"arguments": "none", "orphaned": False, "limit": 1_000}
PID = os.getpid()


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where temporary files are made; nothing may be left there."""
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    yield tmp_path
    assert list(tmp_path.iterdir()) == []


@pytest.fixture
def folder() -> Iterator[WorkersFolder]:
    """A folder of a run."""
    folder = WorkersFolder()
    yield folder
    folder.remove()


@pytest.fixture
def run() -> Iterator[DjangoRun]:
    """A run under way in this process."""
    run = DjangoRun(WANTED, FakeClock())
    run.start()
    yield run
    if django_runs._here is run:
        run.stop()


def a_trace(test: str = "a.test", wall_ns: int = 500) -> Trace:
    """What a worker recorded: one test, and 100 ns outside of it."""
    tests = [
        RanTest("", phases=[Phase(OUTSIDE, 0, 100)]),
        RanTest(test, "passed", phases=[Phase(SETUP, 100, wall_ns - 100)]),
    ]
    return Trace(wall_ns=wall_ns, tests=tests)


def test_traces_come_by_the_workers_numbers(folder: WorkersFolder) -> None:
    """Worker 10 after worker 2; a worker without a number goes by its process."""
    for number in (10, 2, 0):
        Handover(folder.path, number).leave(a_trace(f"test_{number}"))
    parts, notes = folder.collect()
    assert [(name, trace.tests[1].node_id) for name, trace in parts] == [
        (f"process {PID}", "test_0"),
        ("worker 2", "test_2"),
        ("worker 10", "test_10"),
    ]
    assert notes == []


def test_one_that_leaves_nothing_is_named(folder: WorkersFolder) -> None:
    """It crashed or was terminated; the others' traces are there."""
    Handover(folder.path, 1)
    Handover(folder.path, 2).leave(a_trace())
    parts, notes = folder.collect()
    assert [name for name, _ in parts] == ["worker 2"]
    assert notes == [f"worker 1 (pid {PID}) ended without its trace: what it recorded is lost"]


def test_several_that_leave_nothing_are_told_of_once(folder: WorkersFolder) -> None:
    """As after failfast."""
    for number in (0, 1, 2):
        Handover(folder.path, number)
    names = f"process {PID}, worker 1 (pid {PID}), worker 2 (pid {PID})"
    assert folder.collect() == ([], [f"{names} ended without their traces: what they recorded is lost"])


def test_one_that_could_not_record_says_why(folder: WorkersFolder) -> None:
    """A full disk, a fault of ours: in a line."""
    Handover(folder.path, 3).fail("OSError: no space left")
    assert folder.collect() == ([], ["worker 3 could not hand over its trace: OSError: no space left"])


def test_a_damaged_trace_is_told_of(folder: WorkersFolder) -> None:
    """And is none."""
    Handover(folder.path, 4)
    Path(folder.path, f"4-{PID}.trace").write_text('{"format":"signaltrace"')
    parts, (note,) = folder.collect()
    assert parts == []
    assert note.startswith("the trace of worker 4 is lost: ")
    assert note.endswith("is cut short: the end of the trace is missing")


def test_a_trace_that_cannot_be_written_is_no_error_of_the_worker(
    folder: WorkersFolder, run: DjangoRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends as it would, and the parent is told; of a folder that is gone nobody is."""

    def fail(*args: object) -> None:
        raise OSError("no space left")

    handover = Handover(folder.path, 1)
    with monkeypatch.context() as patched:
        patched.setattr(storage, "save", fail)
        run._hand_over(handover)
    assert folder.collect()[1] == ["worker 1 could not hand over its trace: OSError: no space left"]
    folder.remove()
    handover.fail("again")


def test_a_forked_child_removes_nothing(folder: WorkersFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """One that comes back to where its parent would end the run."""
    with monkeypatch.context() as patched:
        patched.setattr(os, "getpid", lambda: PID + 1)
        folder.remove()
    assert os.path.isdir(folder.path)
    folder.remove()
    assert not os.path.exists(folder.path)


class Suite(ParallelTestSuite):
    """Workers that are none: the clock goes on, and there is a trace."""

    clock: FakeClock
    waits_ns = 1_000

    def run(self, result: Any) -> Any:
        """As if two had run."""
        start = self.init_worker.__func__  # type: ignore[attr-defined]
        for number in (1, 2):
            Handover(start.folder, number).leave(a_trace(f"test_{number}"))
        self.clock.advance(self.waits_ns)
        return result


def test_the_parents_wait_is_no_time_of_the_suite(run: DjangoRun) -> None:
    """The workers' time is counted already."""
    Suite.clock = run._clock  # type: ignore[assignment]
    sent = Signal()

    def hear(**kwargs: object) -> None:
        Suite.clock.advance(7)

    sent.connect(hear)
    Suite.clock.advance(30)
    sent.send(None)
    Suite([], 2)(None)
    Suite.clock.advance(3)
    trace = run.stop()
    assert trace.wall_ns == 30 + 7 + 3 + 500 + 500
    assert [(test.node_id, test.worker, test.duration_ns) for test in trace.tests] == [
        ("", "", 30 + 7 + 3 + 100 + 100),
        ("test_1", "worker 1", 400),
        ("test_2", "worker 2", 400),
    ]


@pytest.mark.parametrize("fault", [KeyboardInterrupt, ZeroDivisionError])
def test_the_folder_is_removed_however_the_run_ends(
    run: DjangoRun, monkeypatch: pytest.MonkeyPatch, fault: type[BaseException]
) -> None:
    """Also where putting the traces together is what fails, or is interrupted."""

    def fail(*args: object) -> None:
        raise fault

    suite = ParallelTestSuite([], 2)
    path = suite.init_worker.__func__.folder
    assert os.path.isdir(path)
    monkeypatch.setattr(WorkersFolder, "collect", fail)
    with pytest.raises(fault):
        run.stop()
    assert not os.path.exists(path)


def test_no_folder_is_made_where_no_workers_are(run: DjangoRun, temporary: Path) -> None:
    """A serial run writes nothing."""
    run.stop()
    assert list(temporary.iterdir()) == []


def test_what_initialises_workers_travels_to_a_spawned_process(run: DjangoRun) -> None:
    """With the function it stands for, the folder, and what is to be recorded."""
    start = pickle.loads(pickle.dumps(ParallelTestSuite([], 2).init_worker.__func__))
    assert isinstance(start, WorkerStart)
    assert start.init is _init_worker
    assert start.wanted == WANTED
    assert os.path.isdir(start.folder)


def test_a_suite_that_a_test_makes_is_left_alone(run: DjangoRun) -> None:
    """Tests of test runners make some; and so is every suite once the run is over."""
    run._course.came(None, None)
    run._course.coming(self_test, None)
    run._course.came(self_test, None)
    assert ParallelTestSuite([], 2).init_worker.__func__ is _init_worker
    run.stop()
    assert ParallelTestSuite([], 2).init_worker.__func__ is _init_worker


def self_test() -> None:
    """Stands for a test."""


def test_called_where_there_is_no_worker_it_only_passes_on(run: DjangoRun) -> None:
    """Somebody initialises in the parent itself."""
    seen: list[object] = []
    start = WorkerStart(lambda *args, **kwargs: seen.append((args, kwargs)), "nowhere", WANTED)
    start(1, used=2)
    assert seen == [((1,), {"used": 2})]
    assert not run._is_worker
