"""Dispatches sent in one go, stage *analysis*: one after the other from one place, with nothing in between
that says they are unrelated."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from signaltrace.rows import Row
from signaltrace.trace import Trace

_STARTED = "django.core.signals.request_started"
_FINISHED = "django.core.signals.request_finished"


class Go(NamedTuple):
    """What tells the dispatches of one go from all others. ``sure``: one receiver call or one request sent
    them; else they may be several jobs of one worker, say."""

    what: tuple[Any, ...]
    sure: bool


def goes(trace: Trace) -> Iterator[tuple[Row, Go]]:
    """Every dispatch with the go it belongs to, those left out that can't be told: siblings by start.

    Dispatches of one go have one signal, sender and method. They were sent by one receiver call; or by no
    receiver, from one line, in one thread and task, in one test, with no request begun or ended between.
    """
    requests = _Requests(trace)
    for row in trace.rows_by_parent.get(0, ()):
        if row[1]:  # of a call that is not in the trace any more
            yield row, Go((row[1], row[2]), True)
            continue
        unit = requests.of(row)
        if unit is not None and row[3]:
            task = (row[9] or {}).get("task")
            test = trace.test_at(row[5] - trace.origin_ns) if trace.tests else None
            yield row, Go((row[2], row[3], row[4], task, test, unit.what), unit.sure)
    for parent, rows in trace.rows_by_parent.items():
        for row in rows if parent else ():
            yield row, Go((parent, row[2]), True)


class _Requests:
    """Tells requests apart by the signals Django sends at their beginning and end.

    A server's thread serves one after the other and says so itself. Under ASGI the event loop's thread
    announces them all, and others work for them: while two are open, nobody can tell what is whose.
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        # Of threads that are inside a request they announced themselves: its number.
        self._open: dict[int, int] = {}
        self._loose = 0
        self._seen = 0

    def of(self, row: Row) -> Go | None:
        """What a root belongs to; roots are given by start."""
        method, signal, _ = self._trace.routes[row[2]]
        name = self._trace.signals[signal].name
        if name in (_STARTED, _FINISHED):
            self._seen += 1
            self._note(row[4], name == _STARTED, method.startswith("a"))
        if row[4] in self._open:
            return Go((row[4], self._open[row[4]]), True)
        if self._loose > 1:
            return None
        return Go((self._seen,), self._loose == 1)

    def _note(self, thread: int, started: bool, is_async: bool) -> None:
        if started and not is_async:
            self._open[thread] = self._seen
        elif started:
            self._loose += 1
        elif thread in self._open:
            del self._open[thread]
        else:
            self._loose = max(self._loose - 1, 0)
