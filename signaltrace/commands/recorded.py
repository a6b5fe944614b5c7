"""A program run under a recording: what it raises passes on, what was recorded is shown all the same."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from signaltrace import storage
from signaltrace.analysis.selection import Selection
from signaltrace.commands.door import Door, NoMatch
from signaltrace.commands.options import Plan
from signaltrace.commands.progress import LiveLine
from signaltrace.commands.report import check_patterns, print_trace, save_trace
from signaltrace.commands.terminal import Terminal
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

if TYPE_CHECKING:
    from signaltrace.capture.recording import Recording
    from signaltrace.suite.django_runs import DjangoRun, Wanted


@dataclass(frozen=True)
class Program:
    """What to run, and ``around`` it what holds while it runs and until its trace has been read.

    ``watched`` is False for the parent of a process that does the work in its place; ``tests`` is True
    for a test runner, whose spans are to be told apart by test. ``show`` shows the trace where
    :func:`show` is not all there is to tell.
    """

    run: Callable[[], object]
    around: Callable[[], AbstractContextManager[None]] = nullcontext
    watched: bool = True
    tests: bool = False
    show: Callable[[Door, Trace, Plan], None] | None = None


def run_recorded(door: Door, plan: Plan, program: Program) -> None:
    """Run a program and record it; then save and show the trace, also when it raises or is interrupted.

    Exceptions pass unchanged. A child the program forked, should it come back this way, shows nothing.
    """
    if plan.save is not None:
        storage.check_writable(plan.save)
    if not program.watched:
        with program.around():
            program.run()
        return
    process = os.getpid()
    recording, line = _recording(plan, program)
    if plan.measures.shuffle is not None:
        again = f"--shuffle-receivers={plan.measures.shuffle}"
        door.say(f"receivers run in a shuffled order; the same one again with {again}")
    trace: Trace | None = None
    try:
        with program.around():
            recording.start()
            try:
                if line is not None and not (door.quiet or door.in_code):
                    line.start()
                program.run()
            except SignaltraceError:
                door.passing_on = True
                raise
            finally:
                if line is not None:
                    line.stop()
                trace = _stopped(door, recording)
    finally:
        if trace is not None and os.getpid() == process:
            _report(door, trace, plan, program.show or show)


def _recording(plan: Plan, program: Program) -> tuple[Recording | DjangoRun, LiveLine | None]:
    """What records the program, and the live line; tests that run tell how far they are themselves."""
    arguments, orphaned = plan.selection.arguments, plan.selection.orphaned
    from signaltrace.capture.probes import default_probes

    measures = plan.measures
    wanted: Wanted = {
        "arguments": arguments,
        "orphaned": orphaned,
        "limit": plan.max_spans,
        "probes": default_probes() | measures.extra_probes,
        "max_depth": measures.max_depth,
        "shuffle": measures.shuffle,
    }
    if program.tests:
        from signaltrace.suite.django_runs import DjangoRun

        return DjangoRun(wanted), None
    from signaltrace.capture.recording import record

    recording = record(**wanted)
    return recording, LiveLine(recording.progress, Terminal())


def _stopped(door: Door, recording: Recording | DjangoRun) -> Trace | None:
    """The trace; None, and a line about it, after a failure of ours."""
    try:
        return recording.stop()
    except Exception as error:  # noqa: BLE001 - a bug of ours must not hide how the program ended
        door.say(f"ending the recording failed: {type(error).__name__}: {error}", style="red")
        return None


def _report(door: Door, trace: Trace, plan: Plan, show: Callable[[Door, Trace, Plan], None]) -> None:
    """Save and show; a failure of ours must not hide how the program ended."""
    _flush(sys.stdout)
    for step, what in ((_save, "saving the trace"), (show, "showing the trace")):
        try:
            step(door, trace, plan)
        except SignaltraceError as error:
            door.say(str(error), style="red")
        except Exception as error:  # noqa: BLE001 - a bug of ours, told in one line
            door.say(f"{what} failed: {type(error).__name__}: {error}", style="red")


def _save(door: Door, trace: Trace, plan: Plan) -> None:
    save_trace(door, trace, plan)


def _unfiltered(selection: Selection) -> Selection:
    return replace(selection, signals=(), senders=(), receivers=(), apps=())


def show(door: Door, trace: Trace, plan: Plan) -> None:
    """The views that were asked for, on stderr; patterns that match nothing are told, and left out."""
    if not plan.as_json:
        try:
            check_patterns(trace, plan.selection)
        except NoMatch as error:
            # What was recorded may not come again: better too much of it than none.
            door.say(f"{error}; shown without the filters")
            plan = replace(plan, selection=_unfiltered(plan.selection))
        door.console(door.err).print()  # apart from what the program printed
    print_trace(door, door.err, trace, plan)


def _flush(stream: object) -> None:
    """What the program printed comes before the view, where both go to one place."""
    # closed, replaced, or nobody reads it: the program's own affair
    with suppress(AttributeError, OSError, ValueError):
        stream.flush()  # type: ignore[attr-defined]
