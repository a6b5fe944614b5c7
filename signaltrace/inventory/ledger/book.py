"""The ledger's book, stage *inventory*: rows of what happened, and the connections that stand.

Its lock is never held while Django's code runs. It may be taken twice by one thread: garbage is collected
whenever it is, and what is collected may connect and disconnect in its last breath. Deaths are only noted
when they happen, and entered at the next occasion.
"""

from __future__ import annotations

import threading
import weakref
from collections import Counter, deque
from collections.abc import Callable
from typing import Any

from signaltrace.history import DIED, RECEIVER_COLLECTED, REMOVED, SENDER_COLLECTED, Event
from signaltrace.internals import Entry, inert_key, keys
from signaltrace.inventory.ledger.attempts import Key, parts
from signaltrace.inventory.ledger.rows import Mark, Row, watch
from signaltrace.labels.looking import class_name, cut, exact_text
from signaltrace.labels.signals import SignalNames
from signaltrace.trace import Fault

_MOST_FAULTS = 50
_MOST_LOST = 100


class Book:
    """All rows. ``limit`` is for those that are over, and again for those of connections that stand."""

    def __init__(self, clock: Callable[[], int], limit: int) -> None:
        self.clock = clock
        self.limit = limit
        self.origin = clock()
        self.lock = threading.RLock()
        self.dropped = 0
        self._count = 0
        self._rows: dict[int, Row] = {}
        self._past: deque[int] = deque()
        self._standing: dict[int, Row] = {}
        self._lost: dict[int, list[Row]] = {}
        self._taken_away: dict[int, Row] = {}
        # By id, and watched: another signal may get the id of one that is gone.
        self._marks: dict[int, Mark] = {}
        self._ended: deque[tuple[int, int]] = deque()
        self._ended_signals: deque[tuple[int, weakref.ref[Any]]] = deque()
        self._faults: Counter[tuple[str, str]] = Counter()

    def time(self) -> int:
        """Nanoseconds since the beginning."""
        return self.clock() - self.origin

    def fault(self, where: str, error: BaseException) -> None:
        """Count a failure of our own."""
        # What it was raised with may be the program's own: its repr() is not asked for.
        said = " ".join(filter(None, map(exact_text, error.args)))
        key = (where, cut(f"{class_name(type(error))}: {said}" if said else class_name(type(error))))
        if key in self._faults or len(self._faults) < _MOST_FAULTS:
            self._faults[key] += 1

    # -- rows ------------------------------------------------------------------------------------

    def add(self, row: Row, stands: bool = False) -> None:
        """Enter what happened now; a row that ``stands`` is kept for as long as it does."""
        self._count += 1
        row.number = self._count
        self._rows[row.number] = row
        if not stands:
            self.close(row)

    def put_in_place(self, waited: Row, row: Row, stands: bool) -> None:
        """What came of a call that waited, in the place of it."""
        for name in ("number", "time_ns", "site", "within", "thread"):
            setattr(row, name, getattr(waited, name))
        self._rows[row.number] = row
        if not stands:
            self.close(row)

    def close(self, row: Row) -> None:
        """A row is over: it may be the next to go."""
        self._past.append(row.number)
        while len(self._past) > self.limit:
            self.dropped += self._rows.pop(self._past.popleft(), None) is not None

    def stand(self, row: Row, key: Key, entry: Entry, sender: Any) -> None:
        """A connection was made, and stands: it is watched from now on."""
        mark = row.mark
        if (before := mark.live.pop(id(key), None)) is not None:
            self._fall(before)
        row.key, row.key_id = inert_key(key), id(key)
        for lost in self._lost.pop(row.key_id, ()) if row.key is not None else ():
            lost.rival = row.number
        number, ended, clock = row.number, self._ended, self.clock

        def note(reference: object) -> None:
            ended.append((number, clock()))

        receivers = parts(entry.receiver) if entry.weak else ()
        # Of a sender Django keeps a reference since 6.0, and only then drops the connection with it.
        row.watches = watch((*receivers, sender if entry.sender is not None else None), note)
        mark.live[row.key_id] = self._standing[number] = row
        if len(self._standing) > self.limit:
            oldest = next(iter(self._standing.values()))
            oldest.mark.live.pop(oldest.key_id, None)
            self._fall(oldest)

    def lose(self, row: Row, key: Key) -> Row | None:
        """The connection that ``row`` lost against. One whose call is not over yet is filled in then."""
        rival = self.connection(row.mark, key)
        if rival is None and inert_key(key) is not None and len(self._lost) < _MOST_LOST:
            lost = self._lost.setdefault(id(key), [])
            if len(lost) < _MOST_LOST:
                row.key = key  # held: no other key gets its id
                lost.append(row)
        return rival

    def end_by(self, mark: Mark, key: Key) -> Row | None:
        """The row of the connection that a disconnect ended."""
        row = mark.live.pop(id(key), None)
        if row is not None:
            self._fall(row)
            return row
        row = mark.gone.pop(id(key), None)
        if row is not None:
            self._taken_away.pop(row.number, None)
            self._unsay(row)
        return row

    def _fall(self, row: Row) -> None:
        """It stands no more."""
        row.watches = ()
        if self._standing.pop(row.number, None) is not None:
            self.close(row)

    # -- what happens unasked --------------------------------------------------------------------

    def mark(self, signal: Any) -> Mark:
        """What is kept of a signal."""
        number = id(signal)
        known = self._marks.get(number)
        if known is not None and known.signal() is signal:
            return known
        ended = self._ended_signals

        def note(reference: weakref.ref[Any]) -> None:
            ended.append((number, reference))

        mark = self._marks[number] = Mark(weakref.ref(signal, note))
        return mark

    def settle(self) -> None:
        """Enter the deaths that were noted."""
        while self._ended:
            number, time = self._ended.popleft()
            row = self._standing.get(number)
            if row is not None:
                self._died(row, time - self.origin)
        while self._ended_signals:
            number, reference = self._ended_signals.popleft()
            mark = self._marks.get(number)
            if mark is not None and mark.signal is reference:
                del self._marks[number]
                for row in list(mark.live.values()):
                    self._fall(row)
                for row in mark.gone.values():
                    self._taken_away.pop(row.number, None)
                mark.live.clear()
                mark.gone.clear()

    def compare(self, mark: Mark, found: list[Key]) -> None:
        """See what was taken out of a signal's receivers, or put back, past connect and disconnect.

        By the ids of keys: nearly all are held, and so no other's.
        """
        ids = set(map(id, found))
        if not mark.live.keys() <= ids:
            for row in [each for each in mark.live.values() if each.key_id not in ids]:
                if row.is_dead():
                    self._died(row, self.time())
                else:
                    self._removed(row)
        if mark.gone:
            for row in [each for each in mark.gone.values() if each.key_id in ids]:
                self._came_back(row)

    def _died(self, row: Row, time_ns: int) -> None:
        row.mark.live.pop(row.key_id, None)
        sender = row.watches[-1] if row.watches else None
        death = row.follow_up(DIED)
        death.time_ns = time_ns
        death.reason = SENDER_COLLECTED if sender is not None and sender() is None else RECEIVER_COLLECTED
        self._fall(row)
        self.add(death)

    def _removed(self, row: Row) -> None:
        del row.mark.live[row.key_id]
        self._standing.pop(row.number, None)
        row.mark.gone[row.key_id] = self._taken_away[row.number] = row
        row.removed = row.follow_up(REMOVED)
        row.removed.time_ns = self.time()
        self.add(row.removed)
        self.close(row)
        if len(self._taken_away) > self.limit:
            oldest = self._taken_away.pop(next(iter(self._taken_away)))
            oldest.mark.gone.pop(oldest.key_id, None)
            oldest.watches = ()

    def _came_back(self, row: Row) -> None:
        """It was out of the way for a while, and nothing is wrong with it."""
        del row.mark.gone[row.key_id]
        del self._taken_away[row.number]
        self._unsay(row)
        row.mark.live[row.key_id] = self._standing[row.number] = self._rows[row.number] = row
        if row.number in self._past:
            self._past.remove(row.number)
        if row.is_dead():
            self._died(row, self.time())

    def _unsay(self, row: Row) -> None:
        if row.removed is not None:
            self._rows.pop(row.removed.number, None)
            row.removed = None

    # -- reading ---------------------------------------------------------------------------------

    def events(self, names: SignalNames) -> tuple[Event, ...]:
        """All rows as data, in the order of happening."""
        with self.lock:
            self.settle()
            for mark in list(self._marks.values()):
                signal = mark.signal()
                if signal is not None:
                    self.compare(mark, keys(signal))
            rows = [row.copy() for _, row in sorted(self._rows.items())]
        marks = {id(row.mark): row.mark for row in rows}
        called = {number: mark.named(names) for number, mark in marks.items()}
        return tuple(row.event(called[id(row.mark)]) for row in rows)

    def faults(self) -> tuple[Fault, ...]:
        """Our own failures."""
        return tuple(Fault(where, message, number) for (where, message), number in self._faults.items())

    def connection(self, mark: Mark, key: Key) -> Row | None:
        """The row of the connection with this very key, where it was seen to be made."""
        return mark.live.get(id(key))
