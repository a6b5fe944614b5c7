"""What ``transaction.on_commit`` was given during a rehearsal, stage *rehearsal*: listed, or run on request.

Run before the rollback they run as Django would run them: in the order of registration, database by
database; the error of a robust one is logged; that of another ends the run. What a callback registers
itself runs at once where no transaction of its own is open, else when it has returned.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Any

from signaltrace.analysis.rehearsed import Callback
from signaltrace.capture.transactions.callbacks import Running
from signaltrace.capture.transactions.callbacks import run as begin
from signaltrace.labels.receivers import describe_receiver
from signaltrace.rehearsal.databases import one_line
from signaltrace.rehearsal.levels import Level

# Where Django logs the errors of robust callbacks.
_logger = logging.getLogger("django.db.backends.base")


def waiting(levels: Sequence[Level]) -> list[Callback]:
    """Those that are registered and have not run."""
    return [
        described(function, level.alias, robust)
        for level in levels
        for _, function, robust in level.callbacks
    ]


def described(function: Any, alias: str, robust: bool, ran: bool = False, error: str = "") -> Callback:
    """One callback by name and place; none of its code runs for that."""
    seen = describe_receiver(function)
    return Callback(seen.name, seen.file, seen.line, alias, bool(robust), ran, error)


class CommitRun:
    """A run of all callbacks, and what came of it."""

    def __init__(self) -> None:
        self.ran: list[Callback] = []

    def run(self, levels: Sequence[Level]) -> None:
        """Run them all. What a callback that is not robust raises passes on; the rest then wait for ever."""
        for level in levels:
            level.connection.on_commit = self._at_once(level)
        try:
            while found := [each for each in levels if each.callbacks]:
                self._run_first(found[0])
        finally:
            for level in levels:
                del level.connection.on_commit

    def _run_first(self, level: Level) -> None:
        """Run the next one; what it leaves registered comes before those that were registered already."""
        connection = level.connection
        first = level.callbacks[0]
        entries = connection.run_on_commit
        del entries[next(at for at, each in enumerate(entries) if each is first)]
        known = {id(each) for each in connection.run_on_commit}
        try:
            self._call(level.alias, first[1], first[2], _recorded(connection, first[0]))
        finally:
            entries = connection.run_on_commit
            connection.run_on_commit[:] = [each for each in entries if id(each) not in known] + [
                each for each in entries if id(each) in known
            ]

    def _at_once(self, level: Level) -> Callable[..., None]:
        def on_commit(func: Any, robust: bool = False) -> None:
            if callable(func) and level.is_innermost() and not level.broken():
                self._call(level.alias, func, robust)
            else:
                type(level.connection).on_commit(level.connection, func, robust)

        return on_commit

    def _call(self, alias: str, function: Any, robust: bool, recorded: Running | None = None) -> None:
        place = len(self.ran)
        self.ran.append(described(function, alias, robust, ran=True))
        raised: BaseException | None = None
        try:
            try:
                function()
            except BaseException as error:
                raised = error
                raise
            finally:
                if recorded is not None:
                    recorded.end(raised)
        except Exception as error:
            self.ran[place] = described(function, alias, robust, ran=True, error=one_line(error))
            if not robust:
                raise
            name = getattr(function, "__qualname__", function)
            _logger.error(
                "Error calling %s in on_commit() during transaction (%s).", name, error, exc_info=True
            )


def _recorded(connection: Any, savepoints: Any) -> Running | None:
    """The row that a callback of a receiver becomes, begun; None where the probe of transactions is off."""
    state = getattr(connection.atomic_blocks, "state", None)
    return None if state is None else begin(state.watch, state.waiting.pop(id(savepoints), None))
