"""Keeps the book of ``connect`` and ``disconnect``, stage *inventory*: told before and after each call.

Never raises into the program: a failure of ours is counted, and the call is not told of.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import FrameType
from typing import Any

from signaltrace.history import (
    CONNECTED,
    DISCONNECTED,
    IGNORED,
    NOT_FOUND,
    REFUSED,
    SAME_RECEIVER,
    SAME_UID,
    WAITING,
)
from signaltrace.internals import Entry
from signaltrace.inventory.ledger.attempts import (
    CONNECT,
    DISCONNECT,
    Attempt,
    Key,
    error_text,
    is_receiver_of,
)
from signaltrace.inventory.ledger.book import Book
from signaltrace.inventory.ledger.missed import missed
from signaltrace.inventory.ledger.rows import NO_RECEIVER, Mark, Row, ToldSender, tell_receiver, tell_sender
from signaltrace.inventory.ledger.sites import call_site, is_put_off, thread_name
from signaltrace.inventory.ledger.waiting import Waiting, label_text
from signaltrace.inventory.uids import uid_text
from signaltrace.labels.looking import cut
from signaltrace.trace import SenderInfo


class Keeper:
    """One ledger, from its beginning to its end."""

    def __init__(self, how: str, clock: Callable[[], int], limit: int, missing: str) -> None:
        self.how = how
        self.book = Book(clock, limit)
        # What was loaded before it began, as the reader is to be told; "" for nothing of note.
        self.missing = missing
        self.off = False
        self._waiting = Waiting(limit)
        self._local = threading.local()

    # -- Signal's own ----------------------------------------------------------------------------

    def before(
        self, action: str, signal: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType | None
    ) -> Attempt | None:
        """A call comes in."""
        try:
            attempt = Attempt(action, signal, args, kwargs, frame)
            passed_on: Attempt | None = getattr(self._local, "attempt", None)
            if passed_on is not None and attempt.is_like(passed_on):
                passed_on.reached = True
            with self.book.lock:
                self.book.settle()
                # Looked at here and not before: another thread's connection would seem to be taken away.
                self.book.compare(self.book.mark(signal), attempt.look())
            if len(self._waiting) and is_put_off(frame):
                attempt.row = self._waiting.take(attempt)
            return attempt
        except Exception as fault:  # noqa: BLE001 - ours is none of the program's
            self.book.fault("before a call", fault)
            return None

    def after(self, attempt: Attempt, result: Any) -> None:
        """It returned."""
        try:
            if attempt.action == CONNECT:
                self._connected(attempt)
            else:
                self._disconnected(attempt, result)
        except Exception as fault:  # noqa: BLE001
            self.book.fault("after a call", fault)

    def raised(self, attempt: Attempt, error: BaseException) -> None:
        """It raised, and so it is refused."""
        try:
            row = self._row(REFUSED, attempt)
            row.reason = error_text(error)
            self._enter(row, attempt)
        except Exception as fault:  # noqa: BLE001
            self.book.fault("a refused call", fault)

    # -- ModelSignal's, which may put it off -----------------------------------------------------

    def before_lazy(
        self, action: str, signal: Any, args: tuple[Any, ...], kwargs: dict[str, Any], frame: FrameType | None
    ) -> tuple[Attempt, Attempt | None] | None:
        """A call that may be put off comes in; gives what its end is to be told."""
        try:
            attempt = Attempt(action, signal, args, kwargs, frame)
            outer: Attempt | None = getattr(self._local, "attempt", None)
            self._local.attempt = attempt
            return attempt, outer
        except Exception as fault:  # noqa: BLE001
            self.book.fault("before a call", fault)
            return None

    def after_lazy(self, calls: tuple[Attempt, Attempt | None], error: BaseException | None) -> None:
        """It is over: where it never came to Signal's own it waits, or was refused before that."""
        attempt, self._local.attempt = calls
        if attempt.reached:
            return
        if error is not None:
            self.raised(attempt, error)
            return
        try:
            row = self._row(WAITING if attempt.action == CONNECT else NOT_FOUND, attempt)
            label = label_text(attempt.sender)
            row.sender = ToldSender(SenderInfo(label, label.partition(".")[0])) if label else row.sender
            row.reason = f"the model {cut(row.sender.info.name)} is not there yet"
            with self.book.lock:
                self.book.add(row, stands=True)
                for dropped in self._waiting.put(attempt, row):
                    self.book.close(dropped)
        except Exception as fault:  # noqa: BLE001
            self.book.fault("a call that waits", fault)

    # -- what came of it -------------------------------------------------------------------------

    def _connected(self, attempt: Attempt) -> None:
        made = attempt.made()
        row = self._row(CONNECTED, attempt)
        with self.book.lock:
            # Two threads at it at once: the entry was made by the one, and is found by both.
            if made is not None and self._is_taken(row.mark, made[0]):
                made, found = None, made
            else:
                found = None if made is not None else attempt.in_the_way()
            if found is not None:
                self._lost(row, attempt, *found)
            elif made is None and not attempt.is_clear():
                row.what, row.reason = IGNORED, SAME_UID
            self._enter(row, attempt, stands=made is not None)
            if made is not None:
                self.book.stand(row, *made, attempt.sender)

    def _is_taken(self, mark: Mark, key: Key) -> bool:
        row = self.book.connection(mark, key)
        return row is not None and row.key is key

    def _lost(self, row: Row, attempt: Attempt, key: Key, entry: Entry) -> None:
        """An entry was there first."""
        row.what = IGNORED
        same = is_receiver_of(attempt, entry) or attempt.uid is None
        row.reason = SAME_RECEIVER if same else SAME_UID
        self._name_rival(row, entry, self.book.lose(row, key))

    def _name_rival(self, row: Row, entry: Entry, rival: Row | None) -> None:
        if rival is not None:
            row.rival, row.rival_receiver = rival.number, rival.receiver
        elif entry.receiver is not None:
            row.rival_receiver = tell_receiver(entry.receiver)

    def _disconnected(self, attempt: Attempt, result: Any) -> None:
        key = attempt.taken()
        row = self._row(DISCONNECTED, attempt)
        if key is None and result is not True:
            row.what = NOT_FOUND
            reason, near = missed(attempt, self.book, row.mark)
            row.reason = reason
            if near is not None:
                with self.book.lock:
                    self._name_rival(row, near[1], self.book.connection(row.mark, near[0]))
        with self.book.lock:
            ended = self.book.end_by(row.mark, key) if key is not None else None
            if ended is not None:
                row.rival, row.rival_receiver = ended.number, ended.receiver
                row.receiver = ended.receiver if attempt.receiver is None else row.receiver
                row.weak = ended.weak
            self._enter(row, attempt)

    def _row(self, what: str, attempt: Attempt) -> Row:
        with self.book.lock:
            mark = self.book.mark(attempt.signal)
        # By its dispatch_uid alone a connection may be ended, but not made.
        unnamed = attempt.receiver is None and attempt.action == DISCONNECT
        receiver = NO_RECEIVER if unnamed else tell_receiver(attempt.receiver)
        row = Row(what, mark, receiver, tell_sender(attempt.sender))
        row.uid = None if attempt.uid is None else uid_text(attempt.uid)
        row.weak = attempt.weak
        if attempt.row is None:
            row.site, row.within = call_site(attempt.frame, attempt.overrides())
            row.thread = thread_name()
            row.time_ns = self.book.time()
        return row

    def _enter(self, row: Row, attempt: Attempt, stands: bool = False) -> None:
        """Into the book; what waited keeps its number, its time and its line."""
        with self.book.lock:
            if attempt.row is None:
                self.book.add(row, stands)
            else:
                self.book.put_in_place(attempt.row, row, stands)
