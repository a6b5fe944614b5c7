"""What is known of a connection's transaction, stage *capture*: its beginning, savepoints and callbacks.

It is reached through the list that is the connection's ``atomic_blocks``: the three make a cycle, as a
connection's own parts do.
"""

from __future__ import annotations

from collections.abc import Sequence
from sys import exception
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from signaltrace.capture.transactions.aborted import is_aborted
from signaltrace.capture.transactions.marks import handled, leaving, number_of, of_testcase, trait
from signaltrace.capture.transactions.watch import Watch
from signaltrace.event import Event
from signaltrace.labels.looking import class_name, exact_text, is_a, own
from signaltrace.rows import STEP

if TYPE_CHECKING:
    from signaltrace.capture.transactions.blocks import Blocks
    from signaltrace.capture.transactions.callbacks import Registered

COMMITTED = "committed"
ROLLED_BACK = "rolled back"
TO_OUTER = "left to the outer block"
OPEN = "open"
NEVER_RAN = "never ran"

# What Django raises at queries once the transaction is to be rolled back.
_DOOMED = "django.db.transaction.TransactionManagementError"

# Python's own descriptor: a class of the program's may define an attribute of this name.
_cause = BaseException.__dict__["__cause__"].__get__

# Savepoints made by hand are known until the transaction ends, and somebody may make them in a loop.
_MAX_SAVES = 10_000


class Entry(NamedTuple):
    """A block that is open: its id, how many ids the connection's state had drawn then, the receiver call
    and the thread it is in, when it began, and the number of the savepoint made last (0 for none)."""

    id: int
    drawn: int
    span: int
    thread: int
    start_ns: int
    number: int


class Left:
    """The block that was left last: Django is about to commit it or to roll it back."""

    __slots__ = ("begun", "data", "number", "testcase", "why")

    def __init__(
        self, begun: tuple[int, int], number: int, testcase: bool, why: str, data: dict[str, Any]
    ) -> None:
        self.begun = begun
        # Of its savepoint; 0 for the outermost block, -1 for one without savepoint.
        self.number = number
        self.testcase = testcase
        self.why = why
        self.data = data


class State:
    """One connection. Ids it has drawn itself are counted in ``drawn``: by them it knows whether a stretch
    of ids holds anybody else's."""

    __slots__ = (
        "__weakref__", "alias", "before", "begun", "clock", "connection", "drawn", "left", "new_id", "number",
        "saves", "stale", "waiting", "watch", "why",
    )  # fmt: skip

    def __init__(self, watch: Watch, connection: Any) -> None:
        self.watch = watch
        self.connection = connection
        self.alias = self.alias_of(connection)
        self.new_id = watch.recorder.new_id
        self.clock = watch.recorder.clock
        self.drawn = 0
        # The number of the savepoint made last, and of the last one made before anybody looked.
        self.number = self.before = own(connection, "savepoint_state") or 0
        # Where the transaction began; where its savepoints did, by number.
        self.begun = self.draw()
        self.saves: dict[int, tuple[int, int]] = {}
        self.left: Left | None = None
        # What went wrong in a block that left it to the outer one.
        self.why = ""
        self.stale = 0
        self.waiting: dict[int, Registered] = {}

    @staticmethod
    def alias_of(connection: Any) -> str:
        """The alias of a connection."""
        return exact_text(own(connection, "alias")) or "default"

    def draw(self) -> tuple[int, int]:
        """An id, and how many were drawn."""
        self.drawn += 1
        return self.new_id(), self.drawn

    # -- a transaction and its savepoints ------------------------------------------------------

    def begin(self) -> None:
        """A transaction begins now: autocommit is off, or the one before was committed or undone."""
        self.drawn = drawn = self.drawn + 1
        self.begun = self.new_id(), drawn
        self.left = None
        self.why = ""
        self.stale = id(self.connection.rollback_exc)
        if self.saves:
            self.saves.clear()

    def save(self, number: int) -> None:
        """A savepoint is made."""
        if number > 0 and self.watch.on:
            if len(self.saves) >= _MAX_SAVES:
                for each in list(self.saves)[: _MAX_SAVES // 2]:
                    del self.saves[each]
            self.saves[number] = self.draw()
        self.number = number

    def number_of_block(self, blocks: Sequence[Any], block: Any) -> int:
        """The number of the savepoint of a block that is open; 0 where it has none."""
        sids = self.connection.savepoint_ids
        at = next(at for at, each in enumerate(list(blocks)) if each is block) - (len(blocks) - len(sids))
        return number_of(sids[at]) if at >= 0 else 0

    # -- a block is left -----------------------------------------------------------------------

    def leave(self, entry: Entry, last: int, blocks: Blocks, frame: FrameType) -> None:
        """A block in which something happened is left: note it as what will become of it."""
        connection = self.connection
        block = list.__getitem__(blocks, -1)
        sids = connection.savepoint_ids
        saved = bool(sids) and sids[-1] is not None
        number = 0 if not sids else entry.number if saved else -1
        # Locals are slow to read. Outside of all exceptions somebody may have said so himself: a rollback
        # that follows puts it right, and where there is no savepoint none does.
        why = self._why(frame) if number < 0 or exception() is not None else ""
        failing = bool(why) or connection.needs_rollback
        outcome = COMMITTED
        if connection.closed_in_transaction:
            outcome = ROLLED_BACK
        elif failing:
            outcome = TO_OUTER if number < 0 else ROLLED_BACK
        aborted = outcome == COMMITTED and number == 0 and is_aborted(connection)
        if aborted:
            outcome = ROLLED_BACK
        if failing and why in ("", _DOOMED):  # a consequence: what was it that doomed the transaction?
            why = self.why or self._noted_by_django() or why
        self.why = why if outcome == TO_OUTER else ""
        begun = (entry.id, entry.drawn)
        if saved:
            begun = self.saves.pop(number, begun)
        data = self._data(blocks, block, saved, outcome)
        testcase = of_testcase(block)
        self.left = Left(begun, number, testcase, why, data)
        if not testcase:
            site = self.watch.recorder.call_site(frame)
            self.watch.recorder.note(self._atomic(entry, last, site, data))
        if aborted:
            self._note_undone(begun, "transaction", self.left, frame)

    def open_event(self, entry: Entry, last: int, blocks: Blocks, block: Any) -> Event:
        """A block that has not been left."""
        sids = self.connection.savepoint_ids
        at = next(at for at, each in enumerate(list.copy(blocks)) if each is block)
        place = at - (len(blocks) - len(sids))
        saved = place >= 0 and sids[place] is not None
        return self._atomic(entry, last, 0, self._data(blocks[: at + 1], block, saved, OPEN))

    def forget(self) -> None:
        """In a forked child: what was open is the parent's to tell."""
        self.waiting.clear()
        self.saves.clear()
        self.left = None
        self.begun = self.draw()

    def _data(self, blocks: Sequence[Any], block: Any, saved: bool, outcome: str) -> dict[str, Any]:
        return {
            "alias": self.alias,
            "depth": 1 if len(blocks) == 1 else sum([not of_testcase(each) for each in blocks]),
            "savepoint": saved,
            "durable": trait(block, "durable"),
            "outcome": outcome,
        }

    def _atomic(self, entry: Entry, last: int, site: int, data: dict[str, Any]) -> Event:
        lasted = self.clock() - entry.start_ns
        return Event(
            "atomic", entry.id, last, entry.span, entry.thread, site, entry.start_ns, lasted, (), data
        )

    def _why(self, frame: FrameType | None) -> str:
        """The exception that a block is left by, as ``Atomic.__exit__`` was told; "" for none."""
        kind: Any = None if frame is None else frame.f_locals.get("exc_type")
        return class_name(kind) if is_a(kind, type) else ""

    def _noted_by_django(self) -> str:
        """The exception for which Django marked the transaction, where it did so in this one."""
        error = self.connection.rollback_exc
        if error is None or id(error) == self.stale:
            return ""
        while (before := _cause(error)) is not None and class_name(type(error)) == _DOOMED:
            error = before  # the next query's is raised from the first
        return class_name(type(error))

    # -- something is undone -------------------------------------------------------------------

    def undone_to(self, sid: Any, frame: FrameType) -> bool:
        """What followed a savepoint is undone; whether by Django's TestCase, which counts as nothing."""
        number = number_of(sid)
        left, self.left = self.left, None
        if left is not None and left.number == number > 0:
            self._note_undone(left.begun, "savepoint", left, frame)
            return left.testcase
        begun = self.saves.get(number)
        if begun is None and 0 < number <= self.before:
            begun = self.begun  # made before anybody looked: all that was seen came after it
        if begun is not None:
            self._note_undone(begun, "savepoint", None, frame)
        return False

    def undone(self, frame: FrameType) -> bool:
        """The transaction is undone; whether by Django's TestCase."""
        left = self.left
        if left is not None and left.number > 0:
            left = None
        testcase = left is not None and left.testcase
        self._note_undone(self.begun, "transaction", left, frame)
        self.begin()
        return testcase

    def _note_undone(self, begun: tuple[int, int], to: str, left: Left | None, frame: FrameType) -> None:
        last, drawn = self.draw()
        if last - begun[0] == STEP * (drawn - begun[1]) or (left is not None and left.testcase):
            return
        why = "" if left is None else left.why
        if left is not None and left.data["outcome"] == COMMITTED:
            # It was to be committed: that failed, or its end was told of an error that nobody raised. Should
            # another thread have packed the event by now it stays as it was: the rollback tells all the same.
            left.data["outcome"] = ROLLED_BACK
            why = self._why(leaving(frame)) or handled()
        data = {"alias": self.alias, "to": to, "why": why}
        index = self.watch.thread_index()
        self.watch.recorder.note(Event("rollback", begun[0], last, 0, index, 0, 0, 0, (), data))
