"""A run of Django's test runner under recording, stage *suite*: in this process, and in its workers.

A worker is told to record by what initialises it, which reaches it forked or spawned. When it ends
of itself, it leaves its trace as a file for the parent to merge.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from functools import wraps
from multiprocessing.util import Finalize
from types import MethodType
from typing import Any, NotRequired, TypedDict

from signaltrace.capture.recorder import Clock
from signaltrace.capture.swaps import Swaps
from signaltrace.merge import merge
from signaltrace.suite.django_workers import Handover, WorkersFolder
from signaltrace.suite.recorded import SuiteRecording
from signaltrace.suite.unittest_course import Course
from signaltrace.suite.unittest_seams import watch
from signaltrace.trace import Trace

# Before multiprocessing's own finalizers, while everything is still there.
_EARLY = 100

# The run of this process: in a forked worker its parent's, which is taken over.
_here: DjangoRun | None = None


class Wanted(TypedDict):
    """What is to be recorded, as for :func:`signaltrace.record`; the limit is each process's own."""

    arguments: str
    orphaned: bool
    limit: int
    probes: NotRequired[frozenset[str]]
    max_depth: NotRequired[int | None]
    shuffle: NotRequired[int | None]


class DjangoRun:
    """From :meth:`start` to :meth:`stop` unittest is watched, and so is Django's parallel suite."""

    def __init__(self, wanted: Wanted, clock: Clock = time.perf_counter_ns) -> None:
        self._wanted = wanted
        self._clock = clock
        self._recording = SuiteRecording(True, clock, **wanted)
        self._course = Course(self._recording.ledger, self._recording.note_connected)
        self._swaps = Swaps()
        self._folder: WorkersFolder | None = None
        self._process = os.getpid()
        self._is_worker = False
        self._waited_ns = 0

    def start(self) -> None:
        """Begin. Raises SignaltraceError where that cannot be."""
        global _here
        self._recording.start()
        try:
            watch(self._swaps, self._course)
            self._watch_parallel()
        except Exception as error:  # noqa: BLE001 - ours: the tests then run with less seen of them
            self._course.fault(error)
        _here = self

    def stop(self) -> Trace:
        """End, and give the trace of all processes; in a forked child that comes here, of its own."""
        try:
            trace = self._end()
            return self._merged(trace) if self.is_in_its_process() else trace
        finally:
            if self._folder is not None:
                self._folder.remove()

    def _end(self) -> Trace:
        global _here
        _here = None
        self._guarded(self._swaps.back)
        self._guarded(self._recording.note_connected)
        self._course.over = True
        trace = self._recording.stop()
        trace.faults += self._course.faults()
        return trace

    def _merged(self, own: Trace) -> Trace:
        parts, notes = ([], []) if self._folder is None else self._folder.collect()
        if parts:
            trace = merge([("", own), *parts])
            self._leave_out_the_wait(trace)
        else:
            trace = own
        if self._course.elsewhere and not (parts or notes):
            what = "1 test" if self._course.elsewhere == 1 else f"{self._course.elsewhere:,} tests"
            notes.append(
                f"{what} ran in other processes, which signaltrace could not reach:"
                " what receivers did there is not in this trace"
            )
        trace.notes += notes
        return trace

    def _leave_out_the_wait(self, trace: Trace) -> None:
        """While its workers ran the parent only waited, and their time is counted already."""
        trace.wall_ns -= min(self._waited_ns, trace.wall_ns)
        for phase in (phase for test in trace.tests if not test.node_id for phase in test.phases):
            phase.duration_ns -= min(self._waited_ns, phase.duration_ns)

    def _guarded(self, step: Callable[[], object]) -> None:
        try:
            step()
        except Exception as error:  # noqa: BLE001 - ours to show, not the run's to handle
            self._course.fault(error)

    def is_in_its_process(self) -> bool:
        """Not so in a child that was forked from the process it began in."""
        return os.getpid() == self._process

    # -- the parent of workers -------------------------------------------------------------------

    def _watch_parallel(self) -> None:
        from django.test.runner import ParallelTestSuite

        self._swaps.put(ParallelTestSuite, "__init__", self._preparing)
        self._swaps.put(ParallelTestSuite, "__call__", self._waiting)

    def _preparing(self, original: Callable[..., None]) -> Callable[..., None]:
        @wraps(original)
        def method(suite: Any, *args: Any, **kwargs: Any) -> None:
            original(suite, *args, **kwargs)
            self._guarded(lambda: self._prepare(suite))

        return method

    def _prepare(self, suite: Any) -> None:
        """Have the workers of this suite record."""
        if self._course.over or self._course.open or self._is_worker or not self.is_in_its_process():
            return  # a suite that a test makes is that test's affair
        init = getattr(suite.init_worker, "__func__", None)
        if init is None:
            return
        if self._folder is None:
            self._folder = WorkersFolder()
        self._recording.note_connected()
        # Django takes the function out of a method; a subclass's own is found here in its place.
        suite.init_worker = MethodType(WorkerStart(init, self._folder.path, self._wanted), suite)

    def _waiting(self, original: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(original)
        def method(suite: Any, *args: Any, **kwargs: Any) -> Any:
            outermost, began = not self._course.open, self._clock()
            try:
                return original(suite, *args, **kwargs)
            finally:
                if outermost:
                    self._waited_ns += self._clock() - began

        return method

    # -- a worker --------------------------------------------------------------------------------

    def become_worker(self) -> None:
        """In a worker that has just begun: from here on this recording is its own."""
        self._is_worker = True
        self._folder = None
        # what a fork inherits includes the receivers its parent saw connected
        self._course.restart(began=not self.is_in_its_process())

    def join(self, folder: str) -> None:
        """The worker is ready: it leaves its mark, and at its end its trace."""
        self._guarded(lambda: self._join(Handover(folder, _number())))

    def _join(self, handover: Handover) -> None:
        Finalize(None, self._hand_over, (handover,), exitpriority=_EARLY)

    def _hand_over(self, handover: Handover) -> None:
        try:
            handover.leave(self._end())
        except Exception as error:  # noqa: BLE001 - told by the parent
            handover.fail(f"{type(error).__name__}: {error}")


class WorkerStart:
    """What initialises a worker: the recording first, then Django's own or the project's function."""

    def __init__(self, init: Callable[..., Any], folder: str, wanted: Wanted) -> None:
        self.init = init
        self.folder = folder
        self.wanted = wanted

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """In the worker; a failure of ours is the parent's to tell."""
        if _here is not None and _here.is_in_its_process():
            return self.init(*args, **kwargs)  # somebody calls it, and this is no worker
        run, failure = None, ""
        try:
            run = self._run()
        except Exception as error:  # noqa: BLE001 - the tests are to run all the same
            failure = f"{type(error).__name__}: {error}"
        returned = self.init(*args, **kwargs)
        if run is not None:
            run.join(self.folder)
        else:
            with suppress(OSError):
                Handover(self.folder, _number()).fail(failure)
        return returned

    def _run(self) -> DjangoRun:
        """The parent's, if this process was forked from it; where it was spawned, one of its own."""
        run = _here
        if run is None:
            run = DjangoRun(self.wanted)
            run.start()
        run.become_worker()
        return run


def _number() -> int:
    """Which worker Django says this is."""
    from django.test import runner

    number = getattr(runner, "_worker_id", 0)
    return number if type(number) is int and number > 0 else 0
