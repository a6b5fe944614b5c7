"""What a rollback does not undo, as far as it can be seen, stage *rehearsal*: it happens, and is listed.

Threads and processes that are started, files that a storage of Django's saves or deletes.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextvars import ContextVar
from types import FrameType
from typing import Any

from django.core.files.storage import Storage

from signaltrace.analysis.rehearsed import FILE_DELETED, FILE_SAVED, Seen
from signaltrace.capture.swaps import Swaps
from signaltrace.labels.looking import class_dict, class_name, exact_text, is_a
from signaltrace.rehearsal.whereabouts import carries_a_loop, whereabouts

THREAD, PROCESS = "thread started", "process started"

# Set while a storage is at work: one that calls another, or its base class, does one thing.
_inside: ContextVar[bool] = ContextVar("signaltrace_in_storage", default=False)


class Sightings:
    """What was seen, and the swaps that see it."""

    def __init__(self) -> None:
        self.seen: list[Seen] = []
        self._swaps = Swaps()

    def open(self) -> None:
        """Begin to look."""
        self._swaps.put(threading.Thread, "start", self._starting)
        self._swaps.put(subprocess.Popen, "__init__", self._running)
        for each in _family(Storage):
            for name, what in (("save", FILE_SAVED), ("delete", FILE_DELETED)):
                if name in class_dict(each):
                    self._swaps.put(each, name, self._storing(what))

    def close(self) -> None:
        """Put everything back."""
        self._swaps.back()

    def _note(self, what: str, target: str, frame: FrameType) -> None:
        """Never raises; what neither a receiver nor the user's code does is none of theirs."""
        try:
            where = whereabouts(frame)
            if where.span or where.file:
                self.seen.append(Seen(what, target, where))
        except Exception:  # noqa: BLE001 - the program goes on, whatever we fail to see
            return

    def _starting(self, original: Any) -> Callable[..., Any]:
        def start(thread: Any, *args: Any, **named: Any) -> Any:
            frame = sys._getframe(1)
            if not carries_a_loop(frame):
                self._note(THREAD, exact_text(vars(thread).get("_name")) or "", frame)
            return original(thread, *args, **named)

        return start

    def _running(self, original: Any) -> Callable[..., Any]:
        def __init__(process: Any, *args: Any, **named: Any) -> None:
            command = args[0] if args else named.get("args")
            if (is_a(command, list) or is_a(command, tuple)) and command:
                command = command[0]
            self._note(PROCESS, exact_text(command) or "", sys._getframe(1))
            original(process, *args, **named)

        return __init__

    def _storing(self, what: str) -> Callable[[Any], Any]:
        def make(original: Any) -> Any:
            def stored(storage: Any, name: Any = None, *args: Any, **named: Any) -> Any:
                if _inside.get():
                    return original(storage, name, *args, **named)
                token = _inside.set(True)
                try:
                    result = original(storage, name, *args, **named)
                finally:
                    _inside.reset(token)
                told = exact_text(result) or exact_text(name) or ""
                kind = class_name(type(storage)).rpartition(".")[2]
                self._note(what, f"{told} ({kind})", sys._getframe(1))
                return result

            return stored

        return make


def _family(kind: type) -> Iterator[type]:
    yield kind
    below: list[type] = type.__subclasses__(kind)
    for each in below:
        yield from _family(each)
