"""Transactions, stage *analysis*: the atomic blocks a dispatch was sent in, and what undid what it told of.

Which database a dispatch is about only signals of models say, by their ``using``: what is undone on
another database is none of their concern. Any other dispatch belongs to every block that was open.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator

from signaltrace.analysis.remarks import once
from signaltrace.event import Event
from signaltrace.rows import ON_COMMIT, Row
from signaltrace.span import arguments_dict
from signaltrace.trace import Trace

ATOMIC = "atomic"
ROLLBACK = "rollback"
DEFAULT_ALIAS = "default"

_MODELS = "django.db.models.signals."
_ABOUT_A_DATABASE = frozenset(
    _MODELS + name
    for name in (
        "pre_save", "post_save", "pre_delete", "post_delete", "m2m_changed", "pre_migrate", "post_migrate",
    )
)  # fmt: skip


def blocks_of(trace: Trace, row: Row) -> list[Event]:
    """The atomic blocks a dispatch was sent in, those on its own database alone, the outermost first."""
    return sorted(_around(trace, ATOMIC, row), key=_begun)


def depth_of(trace: Trace, row: Row) -> dict[str, int]:
    """How many atomic blocks a dispatch was inside, by database alias; those outside of all are left out."""
    depths: dict[str, int] = {}
    for block in _around(trace, ATOMIC, row):
        alias = str(block.data.get("alias", ""))
        depth = block.data.get("depth")
        depths[alias] = max(depths.get(alias, 0), depth if isinstance(depth, int) else 0)
    return depths


def rollback_of(trace: Trace, row: Row) -> Event | None:
    """What undid that which a dispatch told of: of several rollbacks the first; None where it stood."""
    return min(_around(trace, ROLLBACK, row), key=_ended, default=None)


def alias_of(trace: Trace, row: Row) -> str | None:
    """The database a dispatch is about: "" where that is not known, None where it is about none.

    ``using`` is recorded only where it is not ``default``; where no argument was recorded at all, it is
    known if there is but one database in the trace.
    """
    method, signal, sender = trace.routes[row[2]]
    if method == ON_COMMIT:
        return trace.senders[sender].name
    if trace.signals[signal].name not in _ABOUT_A_DATABASE:
        return None
    if row[8] is None:
        aliases = once(trace, _aliases)
        return next(iter(aliases)) if len(aliases) == 1 else ""
    alias = arguments_dict(row[8]).get("using", DEFAULT_ALIAS)
    return alias if isinstance(alias, str) else ""


def _aliases(trace: Trace) -> frozenset[str]:
    """The databases that any block or rollback was of."""
    events = (*trace.events_of(ATOMIC), *trace.events_of(ROLLBACK))
    return frozenset(str(each.data.get("alias", "")) for each in events)


def _begun(event: Event) -> int:
    return event.id


def _ended(event: Event) -> int:
    return event.last


def _around(trace: Trace, kind: str, row: Row) -> Iterator[Event]:
    stretches = once(trace, _blocks if kind == ATOMIC else _rollbacks).get(row[4])
    if not stretches:
        return
    alias = alias_of(trace, row)
    for each, nested in stretches.items():
        if alias is None or alias == each:
            yield from nested.around(row[0])


class _Nested:
    """Stretches of ids, each inside of or beside another: which of them hold an id is found by climbing
    from the last that began before it."""

    def __init__(self, events: Iterable[Event]) -> None:
        # of those that begin together the longest is the outer one
        self._events = sorted(events, key=lambda each: (each.id, -each.last))
        self._begins = [each.id for each in self._events]
        self._outer: list[int] = []
        stack: list[int] = []
        for at, event in enumerate(self._events):
            while stack and self._events[stack[-1]].last <= event.id:
                stack.pop()
            self._outer.append(stack[-1] if stack else -1)
            stack.append(at)

    def around(self, id: int) -> Iterator[Event]:
        """Those that hold an id, the innermost first."""
        at = bisect_left(self._begins, id) - 1
        while at >= 0:
            event = self._events[at]
            if id < event.last:
                yield event
            at = self._outer[at]


def _blocks(trace: Trace) -> dict[int, dict[str, _Nested]]:
    return _by_thread(trace.events_of(ATOMIC))


def _rollbacks(trace: Trace) -> dict[int, dict[str, _Nested]]:
    return _by_thread(trace.events_of(ROLLBACK))


def _by_thread(events: Iterable[Event]) -> dict[int, dict[str, _Nested]]:
    found: dict[int, dict[str, list[Event]]] = {}
    for event in events:
        found.setdefault(event.thread, {}).setdefault(str(event.data.get("alias", "")), []).append(event)
    return {
        thread: {alias: _Nested(each) for alias, each in aliases.items()} for thread, aliases in found.items()
    }
