"""A management command run to be looked at: recorded in this process, its output out of ours."""

from __future__ import annotations

import os
import shlex
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout, suppress
from typing import TYPE_CHECKING

from signaltrace.commands.door import Door
from signaltrace.commands.programs import management_command
from signaltrace.commands.recorded import Program
from signaltrace.commands.settings import read_defaults
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

if TYPE_CHECKING:
    from signaltrace.capture.recording import Recording
    from signaltrace.suite.django_runs import DjangoRun

OPTION = "--run"
_STDOUT, _STDERR = 1, 2


def observe_command(door: Door, line: str, notes: list[str] | None = None) -> Trace:
    """Run the management command of ``line`` ("loaddata demo") and give the trace of what it sent.

    Dispatches nobody heard are recorded too. What the command prints goes to stderr. How it fails is told
    in one line, in ``notes`` too, and what was recorded until then is given all the same: ``door.status`` is
    then 1 at least.
    Raises SignaltraceError for a line that names no command.
    """
    words = _words(line)
    with _out_of_the_way(door) as inner:
        program = management_command(inner, words[0], words[1:])
        if not program.watched:
            raise SignaltraceError(
                f"{OPTION} cannot watch a server that restarts itself: give it --noreload and stop it "
                "with Ctrl-C"
            )
        recording, process = _recording(program), os.getpid()
        with program.around():
            recording.start()
            try:
                failure = _failure(program)
            finally:
                trace = recording.stop()
        if os.getpid() != process:
            sys.exit(1 if failure else 0)  # a child the command forked, and that came back this way
    if failure:
        door.say(f"{line.strip()[:100]} {failure}; what it sent until then is used", style="red")
        door.status = max(door.status, 1)
        if notes is not None:
            notes.append(f"The command {line.strip()[:100]} {failure}; what it sent until then is judged.")
    return trace


def _words(line: str) -> list[str]:
    """The command and its arguments, with or without ``manage.py`` in front."""
    try:
        words = shlex.split(line)
    except ValueError as error:
        raise SignaltraceError(f"{OPTION} {line[:60]!r} is no command line: {error}") from error
    if words and os.path.basename(words[0]).startswith("python") and len(words) > 1:
        words = words[1:]
    if words and os.path.basename(words[0]) == "manage.py":
        words = words[1:]
    if not words:
        raise SignaltraceError(f'{OPTION} needs a management command in one string: {OPTION} "loaddata demo"')
    return words


def _recording(program: Program) -> Recording | DjangoRun:
    """What records it, all that there is to know: tests that run in workers are recorded there."""
    from signaltrace.capture.probes import probes

    limit, every = read_defaults().max_spans, frozenset(probes())
    if program.tests:
        from signaltrace.suite.django_runs import DjangoRun

        return DjangoRun({"arguments": "summary", "orphaned": True, "limit": limit, "probes": every})
    from signaltrace.capture.recording import record

    return record(arguments="summary", orphaned=True, limit=limit, probes=every)


def _failure(program: Program) -> str:
    """Run it; how it failed, in words, "" where it did not."""
    try:
        program.run()
    except SystemExit as error:
        if error.code in (None, 0):
            return ""
        said = error.code if isinstance(error.code, int) else 1
        return f"ended with exit status {said}"
    except KeyboardInterrupt:
        return "was interrupted"
    except Exception as error:  # noqa: BLE001 - the command's own, and told
        message = " ".join(str(error).split())
        return f"raised {type(error).__name__}{f': {message}' if message else ''}"[:400]
    return ""


@contextmanager
def _out_of_the_way(door: Door) -> Iterator[Door]:
    """Whatever prints to stdout, this process or one it starts, prints to stderr; gives the door for it."""
    streams = None
    if door.in_code:
        streams = {**door.streams, "stdout": door.streams.get("stderr", sys.stderr)}
    inner = Door(door.prog, door.script, door.err, door.err, streams=streams)
    inner.base = door.base
    door.out.flush()
    with redirect_stdout(sys.stderr), _descriptor_too():
        yield inner


@contextmanager
def _descriptor_too() -> Iterator[None]:
    """File descriptor 1 as well, where it is this process's stdout and there is a stderr."""
    try:
        real = sys.__stdout__ is not None and sys.__stdout__.fileno() == _STDOUT
        kept = os.dup(_STDOUT) if real else None
    except (OSError, ValueError):
        kept = None
    if kept is None:
        yield
        return
    try:
        with suppress(OSError):
            os.dup2(_STDERR, _STDOUT)
        yield
    finally:
        sys.stderr.flush()
        os.dup2(kept, _STDOUT)
        os.close(kept)
