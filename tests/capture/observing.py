"""Running one program bare and traced, and writing down whatever it can see."""

from __future__ import annotations

import asyncio
import contextlib
import contextvars
import logging
import os
import sys
import warnings
from collections.abc import Callable, Iterator
from types import MethodType, TracebackType
from typing import Any

from asgiref.sync import sync_to_async
from django.dispatch import Signal

from signaltrace.capture import cells
from signaltrace.capture.recording import record
from signaltrace.trace import Trace

CAPTURE = os.path.dirname(cells.__file__)
DISPATCHER = Signal.connect.__code__.co_filename
METHODS = ("send", "send_robust", "asend", "asend_robust")
SYNC_METHODS = METHODS[:2]


class Notes:
    """What one run of a program saw. Objects are written down by the names they were given."""

    def __init__(self) -> None:
        self.entries: dict[str, list[Any]] = {}
        self.kept: list[Any] = []
        self._names: dict[int, str] = {}
        # How many sync receivers a dispatch has still to call.
        self.awaited = 0

    def add(self, who: str, *facts: Any) -> None:
        """Write facts down under a name. By name, since receivers may run in threads, in any order."""
        self.entries.setdefault(who, []).append(facts)

    def keep(self, thing: Any, name: str = "") -> Any:
        """Keep an object alive for the run, and know it by ``name``."""
        self.kept.append(thing)
        if name:
            self._names[id(thing)] = name
        return thing

    def name(self, thing: Any) -> Any:
        """An object as it can be compared between runs: its name where it was given one."""
        if type(thing) is MethodType and id(thing) not in self._names:
            return ("method", self.name(thing.__self__), thing.__func__.__qualname__)
        if id(thing) in self._names:
            return self._names[id(thing)]
        if isinstance(thing, BaseException):
            return described(thing, self)
        if isinstance(thing, (list, tuple)):
            return [type(thing).__name__, *(self.name(each) for each in thing)]
        if isinstance(thing, dict):
            return {key: self.name(value) for key, value in thing.items()}
        if thing is None or isinstance(thing, (str, int, float, bytes)):
            return thing
        return f"<{type(thing).__qualname__}>"


def stack_depth() -> int:
    """How many frames are below the caller."""
    frame, depth = sys._getframe(1), 0
    while frame is not None:
        frame, depth = frame.f_back, depth + 1  # type: ignore[assignment]
    return depth


def entered(traceback: TracebackType | None) -> list[str]:
    """The functions of a traceback, from the outermost one in."""
    names = []
    while traceback is not None:
        names.append(traceback.tb_frame.f_code.co_name)
        traceback = traceback.tb_next
    return names


def described(error: BaseException | None, notes: Notes, seen: frozenset[int] = frozenset()) -> Any:
    """Everything about an exception that a program can compare."""
    if error is None or id(error) in seen:
        return None if error is None else "(itself)"
    seen |= {id(error)}
    return {
        "type": type(error).__qualname__,
        "args": [notes.name(each) if not isinstance(each, list) else len(each) for each in error.args],
        "traceback": entered(error.__traceback__),
        "cause": described(error.__cause__, notes, seen),
        "context": described(error.__context__, notes, seen),
        "suppressed": error.__suppress_context__,
        "notes": getattr(error, "__notes__", None),
        "grouped": [described(each, notes, seen) for each in getattr(error, "exceptions", ())],
    }


def outcome(notes: Notes, call: Callable[[], Any]) -> Any:
    """What a call returned or raised, in names."""
    try:
        result = call()
    except BaseException as error:
        return ("raised", described(error, notes))
    return ("returned", notes.name(result))


def dispatch(signal: Any, method: str, *args: Any, **named: Any) -> Any:
    """One dispatch from sync code, by any of the four methods or one of a subclass's own."""
    if not method.startswith("a"):
        return getattr(signal, method)(*args, **named)

    async def main() -> Any:
        return await getattr(signal, method)(*args, **named)

    return asyncio.run(main())


def worker_is_idle() -> None:
    """asgiref's worker thread lets go of its last call in its own time: when it takes another, it has."""
    asyncio.run(sync_to_async(int)())


@contextlib.contextmanager
def logged(notes: Notes) -> Iterator[None]:
    """Write the records of ``django.dispatch`` down."""

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            error = record.exc_info[1] if record.exc_info else None
            arguments = record.args if isinstance(record.args, tuple) else ()
            notes.add(
                f"log {arguments[:1]}",
                record.levelname,
                record.msg,
                record.funcName,
                record.lineno,
                [each is error for each in arguments],
                described(error, notes),
                entered(record.exc_info[2]) if record.exc_info else None,
            )

    handler = Handler()
    logger = logging.getLogger("django.dispatch")
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = propagate


Program = Callable[[Notes], Any]


def observe(program: Program) -> dict[str, Any]:
    """Run a program in a context of its own; everything it saw."""
    notes = Notes()
    with logged(notes), warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        result = contextvars.copy_context().run(outcome, notes, lambda: program(notes))
    return {
        "result": result,
        "notes": notes.entries,
        "warnings": sorted(
            (each.category.__name__, str(each.message), place(each.filename)) for each in warned
        ),
    }


def place(filename: str) -> str:
    """The file a warning names. Where that is the dispatch loop itself it is named, rightly, after
    whoever runs the loop: the one thing about a dispatch that differs."""
    return "(the dispatch)" if filename == DISPATCHER or filename.startswith(CAPTURE) else filename


def differences(bare: Any, traced: Any, where: str = "") -> list[str]:
    """Where two observations differ, and how: shorter to read than both."""
    if isinstance(bare, dict) and isinstance(traced, dict):
        keys = [*bare, *(key for key in traced if key not in bare)]
        pairs = [(key, bare.get(key, "(absent)"), traced.get(key, "(absent)")) for key in keys]
    elif isinstance(bare, (list, tuple)) and type(bare) is type(traced) and len(bare) == len(traced):
        pairs = [(at, *pair) for at, pair in enumerate(zip(bare, traced, strict=True))]
    else:
        return [] if bare == traced else [f"{where}: bare {bare!r}, traced {traced!r}"]
    return [each for key, one, other in pairs for each in differences(one, other, f"{where}/{key}")]


def same(program: Program, **options: Any) -> Trace:
    """Assert that a program sees the same bare and traced, cold and warm; gives the trace of both runs."""
    bare = observe(program)
    with record(**options) as recording:
        cold = observe(program)
        warm = observe(program)
    assert (differences(bare, cold), differences(bare, warm)) == ([], [])
    assert recording.trace.faults == []
    return recording.trace
