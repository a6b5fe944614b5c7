"""Which tests and fixtures leave receivers connected or disconnected, stage *suite*, whatever runs them.

A change that is undone where it was made is none. One that is left is told once, of whoever left it;
what undoes it later is no news either.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import astuple, dataclass
from types import MethodType, ModuleType, TracebackType
from typing import Any, NamedTuple

from signaltrace.labels.looking import instance_dict, is_a, is_exactly
from signaltrace.labels.signals import SignalNames
from signaltrace.suite.connections_watch import COLLECTED, CONNECTED, Change, ConnectionsWatch, Watched

# Exceptions that led to one another are followed so far.
_MOST_CAUSES = 10


@dataclass(frozen=True, slots=True)
class Leak:
    """One receiver that a test, or a fixture that ended with it, left otherwise than it was before."""

    node_id: str
    worker: str
    fixture: str
    left: str
    signal: str
    sender: str
    receiver: str
    file: str | None
    line: int | None

    @classmethod
    def of(cls, left: Left, node_id: str, worker: str = "") -> Leak:
        """A change in words."""
        standing = left.change.standing
        info = standing.receiver
        return cls(
            node_id, worker, left.fixture, left.change.left,
            standing.signal, standing.sender, info.name, info.file, info.line,
        )  # fmt: skip

    def to_list(self) -> list[str | int | None]:
        """As plain values."""
        return list(astuple(self))

    @classmethod
    def from_list(cls, values: Iterable[Any]) -> Leak:
        """From what :meth:`to_list` gave."""
        return cls(*values)

    def sentence(self, signal: str) -> str:
        """What was left how, with the signal called as it is called here."""
        who = f"{self.fixture} " if self.fixture else ""
        if self.left == COLLECTED:
            return f"{who}let a receiver be collected: {self.receiver}, of {signal} and {self.sender}"
        link = "to" if self.left == CONNECTED else "from"
        return f"{who}left {self.left}: {self.receiver} {link} {signal} of {self.sender}"


class Left(NamedTuple):
    """A change nobody undid, and the fixture that made it; "" for the test itself."""

    change: Change
    fixture: str = ""


class _Changes:
    """Changes in a stretch of the suite; one that undoes another takes it away."""

    def __init__(self) -> None:
        self._made: dict[tuple[Watched, Any], list[Change]] = {}

    def __iter__(self) -> Iterator[Change]:
        return (each for changes in self._made.values() for each in changes)

    def add(self, change: Change) -> bool:
        """Take it in; gives whether it undid one."""
        undone = self.undo(change)
        if not undone:
            self._made.setdefault(change.standing.at, []).append(change)
        return undone

    def undo(self, change: Change) -> bool:
        """Take away the one it undoes, if there is one; gives whether there was."""
        earlier = self._made.get(change.standing.at, [])
        for each in earlier:
            if _undoes(change, each):
                earlier.remove(each)
                if not earlier:
                    del self._made[change.standing.at]
                return True
        return False


class LeakSearch:
    """Told of tests and fixtures as they begin and end; gives what each has left."""

    def __init__(self, names: SignalNames | None = None) -> None:
        """``names``: an index of the signals, where there is one that is being kept."""
        self._watch = ConnectionsWatch(names)
        self._told = _Changes()
        # What each wider fixture that is up has changed.
        self._up: dict[object, _Changes] = {}
        self._clear()

    def _clear(self) -> None:
        self._in_test = False
        # The test, and what runs inside of it: fixtures of a wider scope, set up or torn down.
        self._open: list[tuple[object, _Changes]] = [(None, _Changes())]
        self._of_fixtures: list[Left] = []
        # Nothing can be said of a weak receiver that a fixture's value holds until that is let go.
        self._undecided: list[Left] = []

    # -- tests -----------------------------------------------------------------------------------

    def begin(self) -> list[Left]:
        """A test begins. Gives what the one before it has left and :meth:`end` could not say."""
        late = self.close()
        self._watch.mark()
        self._in_test = True
        return late

    def end(self, values: Iterable[Any] = ()) -> list[Left]:
        """A test is over, with its fixtures. ``values`` are those that are let go after this."""
        found = self._settled(lambda: [*self._of_fixtures, *map(Left, self._merged(0))])
        kept = {id(each) for value in values for each in _parts(value)} if found else set()
        failed = {id(each) for value in _in_last_failure() for each in _parts(value)} if found else set()
        told, undecided = [], []
        for each in found:
            owner = each.change.standing.owner() if _may_go(each.change) else None
            if owner is not None and id(owner) in failed:
                self._told.add(each.change)  # the frames of a failed test are kept to be looked at
            elif owner is not None and id(owner) in kept:
                undecided.append(each)
            else:
                told.append(each)
        self._clear()
        self._undecided = undecided
        return self._tell(told)

    def close(self) -> list[Left]:
        """What a test has left whose end was never told, or could not be decided by then."""
        if self._in_test:
            return self.end()
        late: list[Left] = []
        if self._undecided or self._of_fixtures:
            late = self._settled(lambda: [*self._undecided, *self._of_fixtures])
        else:
            self._watch.changes(closely=False)  # between two tests: nobody's
        self._clear()
        return self._tell(late)

    # -- fixtures of a scope wider than a test ---------------------------------------------------

    def fixture_begins(self, fixture: object) -> None:
        """It is about to be set up: what it changes is expected until it ends."""
        self._look()
        self._open.append((fixture, _Changes()))

    def fixture_is_up(self, fixture: object) -> None:
        """It is set up, or failed to be."""
        self._settled(lambda: [Left(change) for change in self._open[-1][1]])
        self._up[fixture] = self._closed(fixture)

    def is_up(self, fixture: object) -> bool:
        """Whether it was set up, and not torn down since."""
        return fixture in self._up

    def fixture_ends(self, fixture: object) -> None:
        """It is about to be torn down."""
        if fixture in self._up:
            self._look()
            self._open.append((fixture, _Changes()))

    def fixture_is_down(self, fixture: object, name: str) -> None:
        """It is torn down: what it has not undone is left by it, if nobody else has."""
        changes = self._up.pop(fixture, None)
        if changes is None:
            return
        self._look()
        for change in self._closed(fixture):
            changes.add(change)
        around = self._open[-1][1]
        self._of_fixtures += [Left(change, name) for change in changes if not around.undo(change)]

    def _closed(self, fixture: object) -> _Changes:
        """What was changed since the fixture began to be set up or torn down."""
        at = next((at for at, (owner, _) in enumerate(self._open) if owner is fixture), None)
        return _Changes() if at is None else self._merged(at)

    def _merged(self, at: int) -> _Changes:
        """All that is open from there on, as one, and open no more; the test itself stays."""
        made = _Changes() if at else self._open[0][1]
        for _, changes in self._open[at or 1 :]:
            for change in changes:
                made.add(change)
        del self._open[at or 1 :]
        return made

    # -- looking ---------------------------------------------------------------------------------

    def _look(self) -> None:
        for change in self._watch.changes():
            self._open[-1][1].add(change)

    def _settled(self, read: Callable[[], list[Left]]) -> list[Left]:
        """Those that are still so, without what only waits for the garbage collector."""
        self._look()
        found = [each for each in read() if each.change.holds()]
        if any(_may_go(each.change) for each in found) and self._watch.collect():
            self._look()
            found = [each for each in read() if each.change.holds()]
        return found

    def _tell(self, found: list[Left]) -> list[Left]:
        """All but what an import brought, and what undoes something that was told before."""
        own = [each for each in found if not each.change.came_by_import]
        return [each for each in own if not self._told.add(each.change)]


def _undoes(later: Change, earlier: Change) -> bool:
    if later.left != CONNECTED:
        return earlier.left == CONNECTED
    return earlier.left != CONNECTED and earlier.standing.is_like(later.standing)


def _may_go(change: Change) -> bool:
    """Whether the receiver may be gone as soon as the test's own objects are."""
    return change.left == CONNECTED and not change.standing.lasting


def _in_last_failure() -> Iterator[Any]:
    """What the frames of the last failure have in their variables: they are kept until the next one."""
    error = getattr(sys, "last_value", None)
    for _ in range(_MOST_CAUSES):
        if error is None:
            return
        traceback: TracebackType | None = error.__traceback__
        while traceback is not None:
            yield from list(traceback.tb_frame.f_locals.values())
            traceback = traceback.tb_next
        error = error.__cause__ or error.__context__


def _parts(value: Any) -> Iterator[Any]:
    """A value and what it directly consists of."""
    yield value
    if type(value) is MethodType:
        yield value.__self__
    elif is_exactly(value, list, tuple, set, frozenset):
        yield from list(value)
    elif type(value) is dict:
        yield from list(value.values())
    elif not is_a(value, ModuleType) and not is_a(value, type):
        yield from list(dict.values(instance_dict(value)))
