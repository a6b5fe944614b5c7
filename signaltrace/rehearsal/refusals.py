"""What is not let out of the process during a rehearsal, stage *rehearsal*: sockets and Celery's tasks.

The databases' own sockets pass. So does what starts no connection of its own.
"""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from types import FrameType, TracebackType
from typing import Any

from signaltrace import outside
from signaltrace.analysis.rehearsed import Refused
from signaltrace.capture.swaps import Swaps
from signaltrace.labels.looking import exact_text, is_a
from signaltrace.rehearsal.whereabouts import programs_frame, whereabouts

CONNECTION, TASK = "connection to", "Celery task"


class RehearsalRefused(ConnectionError):
    """Raised in the program where it would have left the process. A rehearsal lets nothing out."""

    def __init__(self, what: str, target: str) -> None:
        super().__init__(
            f"signaltrace refused this {what} {target}: it is a rehearsal; --allow-network lets it through"
        )


class Refusals:
    """What was refused, and the swaps that refuse it."""

    def __init__(self) -> None:
        self.refused: list[Refused] = []
        self._swaps = Swaps()
        self._shut_already: set[tuple[type, str]] = set()

    def open(self) -> None:
        """From now on nothing leaves."""
        for way in outside.ways():
            self._shut(way)
        for way in outside.later_ways():
            if way.kind == outside.CELERY:
                self._swaps.put(way.owner, way.name, self._making_tasks)
        # a module is swapped in as a class is
        self._swaps.put(socket, "getaddrinfo", self._looking_up)  # type: ignore[arg-type]

    def _shut(self, way: outside.Way) -> None:
        """Close one way, once; mail is the outbox's."""
        make = {outside.SOCKET: self._connecting, outside.CELERY: self._queueing}.get(way.kind)
        if make is not None and (way.owner, way.name) not in self._shut_already:
            self._shut_already.add((way.owner, way.name))
            self._swaps.put(way.owner, way.name, make)

    def close(self) -> None:
        """Put everything back."""
        self._swaps.back()
        self._shut_already.clear()

    def _refuse(self, what: str, target: str, frame: FrameType) -> RehearsalRefused:
        self.refused.append(Refused(what, target, whereabouts(frame)))
        error = RehearsalRefused(what, target)
        # A traceback grows at its head: its deepest entry, which a trace tells, stays the program's line
        # and not one in Python's socket.py.
        asking = programs_frame(frame)
        if asking is not None:
            error.__traceback__ = TracebackType(None, asking, max(asking.f_lasti, 0), asking.f_lineno or 1)
        return error

    def _connecting(self, original: Any) -> Callable[..., Any]:
        def connect(this: Any, *args: Any, **named: Any) -> Any:
            frame = sys._getframe(1)
            peer = outside.described(outside.SOCKET, this, args, named)
            # what names no peer goes where an earlier call, which was let through, has led
            if not peer or outside.is_databases(frame):
                return original(this, *args, **named)
            raise self._refuse(CONNECTION, peer, frame)

        return connect

    def _looking_up(self, original: Any) -> Callable[..., Any]:
        """A name is looked up before anything connects to it, and that leaves the process, too."""

        def getaddrinfo(host: Any, port: Any, *args: Any, **named: Any) -> Any:
            frame = sys._getframe(1)
            flags = named.get("flags", args[3] if len(args) > 3 else 0)
            if not host or flags & socket.AI_PASSIVE or outside.is_databases(frame):
                return original(host, port, *args, **named)
            raise self._refuse(CONNECTION, _address(host, port), frame)

        return getaddrinfo

    def _making_tasks(self, original: Any) -> Callable[..., Any]:
        """Celery loads its class of tasks when the first one is made."""

        def subclass_with_self(this: Any, *args: Any, **named: Any) -> Any:
            made = original(this, *args, **named)
            for way in outside.celery_ways():
                self._shut(way)
            return made

        return subclass_with_self

    def _queueing(self, original: Any) -> Callable[..., Any]:
        def enqueue(this: Any, *args: Any, **named: Any) -> Any:
            if _runs_here(this):
                return original(this, *args, **named)
            raise self._refuse(TASK, outside.described(outside.CELERY, this, args, named), sys._getframe(1))

        return enqueue


def _runs_here(task: Any) -> bool:
    """Whether Celery is set up to call tasks at once, in this process (``task_always_eager``)."""
    try:
        return bool(task.app.conf.task_always_eager)
    except Exception:  # noqa: BLE001 - an app that is not set up has nowhere to send it
        return False


def _address(host: Any, port: Any) -> str:
    """``crm.example:443``."""
    name = bytes.decode(host, "replace") if is_a(host, bytes) else exact_text(host) or "?"
    number = str(port) if type(port) is int else exact_text(port)
    return f"{name}:{number}" if number else name
