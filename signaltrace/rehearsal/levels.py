"""The transactions of a rehearsal, stage *rehearsal*: one atomic block on each database, and the way back.

The blocks are marked as Django's ``TestCase`` marks its own, so that ``atomic(durable=True)`` works in
them. A savepoint at their beginning tells at the end whether the program has ended a transaction
behind Django's back (a ``COMMIT`` of its own, a statement that commits by itself).
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import DatabaseError, connections
from django.db.transaction import Atomic, TransactionManagementError

from signaltrace.errors import SignaltraceError
from signaltrace.rehearsal.databases import one_line
from signaltrace.rehearsal.whereabouts import raised_in


class Level:
    """The block on one database."""

    def __init__(self, alias: str) -> None:
        self.alias = alias
        self.connection: Any = connections[alias]
        self.open = False
        self.committed = False
        # The program has ended the transaction past Django: a rollback came too late.
        self.ended = False
        # Callbacks of whoever has a transaction open around the rehearsal are none of ours.
        self._before: list[Any] = []
        self._error_before: BaseException | None = None
        self._savepoint: str | None = None
        self._atomic: Any = Atomic(alias, savepoint=True, durable=False)

    def enter(self) -> None:
        """Begin. Raises SignaltraceError where the database can't be reached."""
        try:
            self._before = list(self.connection.run_on_commit)
            self._error_before = self.connection.rollback_exc
            self._atomic._from_testcase = True
            self._atomic.__enter__()
            self.open = True
            if self.connection.features.uses_savepoints:
                self._savepoint = self.connection.savepoint()
        except Exception as error:
            raise SignaltraceError(
                f"no transaction can be begun on the database {self.alias!r}: {one_line(error)}"
            ) from error

    @property
    def callbacks(self) -> list[Any]:
        """What on_commit was given since: ``(savepoints, function, robust)``."""
        before = {id(each) for each in self._before}
        return [each for each in self.connection.run_on_commit if id(each) not in before]

    def is_innermost(self) -> bool:
        """Whether nothing is open inside the block."""
        blocks = self.connection.atomic_blocks
        return bool(blocks) and blocks[-1] is self._atomic

    def broken(self) -> str:
        """Why there is nothing left to commit; "" where there is."""
        if self.connection.closed_in_transaction or self.connection.connection is None:
            return f"the connection to {self.alias!r} was closed meanwhile"
        if self.connection.needs_rollback:
            last = self.last_error()
            told = f" (the last one there: {last})" if last else ""
            return (
                f"the transaction of {self.alias!r} was marked for rollback meanwhile, by set_rollback() or "
                f"an error of the database that was caught{told}"
            )
        return ""

    def last_error(self) -> str:
        """What last marked the block for rollback by being raised in it, with its line; "" for nothing."""
        error = self.connection.rollback_exc
        if error is None or error is self._error_before:
            return ""
        while isinstance(error, TransactionManagementError) and error.__cause__ is not None:
            error = error.__cause__  # Django's refusal of what came after the error
        place = raised_in(error)
        return f"{one_line(error)}, at {place}" if place else one_line(error)

    def unsound(self) -> str:
        """What the database would refuse at the commit; "" for nothing. Asks it, so only at the end."""
        if self.broken() or not self.connection.features.can_defer_constraint_checks:
            return ""
        try:
            self.connection.check_constraints()
        except DatabaseError as error:
            return one_line(error)
        except Exception:  # noqa: BLE001 - a backend that can't say
            return ""
        return ""

    def commit(self) -> BaseException | None:
        """Commit; gives what the database, or a callback after the commit, raised. See ``committed``."""
        if not self.open:
            return None
        self._leave_inner()
        connection = self.connection
        connection.run_commit_hooks_on_set_autocommit_on = False
        nested = len(connection.atomic_blocks) > 1
        raised: BaseException | None = None
        self.open = False
        try:
            self._atomic.__exit__(None, None, None)
            if not connection.settings_dict["AUTOCOMMIT"] and not nested:
                connection.commit()
            self.committed = True
        except BaseException as error:  # noqa: BLE001 - the other databases have their turn first
            # set by commit() itself, and unset once all callbacks have run
            self.committed = connection.run_commit_hooks_on_set_autocommit_on
            raised = error
        return raised

    def roll_back(self) -> list[str]:
        """Undo everything, whatever state the block is in; gives sentences about what went wrong."""
        if not self.open:
            return []
        self.open = False
        troubles = []
        if self.connection.closed_in_transaction:
            troubles.append(f"{_capital(self.broken())}: the database has rolled back by itself.")
        try:
            if self._atomic in self.connection.atomic_blocks:
                if self._leave_inner():
                    troubles.append(f"An atomic block on {self.alias!r} was left open by the program.")
                self.ended = self._was_ended()
                if self.ended:
                    troubles.append(
                        f"The transaction of {self.alias!r} was ended by the program itself, past Django: "
                        "what it had written by then is NOT rolled back."
                    )
                self.connection.needs_rollback = True
                self._atomic.__exit__(None, None, None)
            if not self.connection.settings_dict["AUTOCOMMIT"] and not self.connection.in_atomic_block:
                self.connection.rollback()
        except Exception as error:  # noqa: BLE001 - the other databases must be rolled back all the same
            troubles.append(
                f"Rolling back {self.alias!r} failed ({one_line(error)}): its connection was closed, upon "
                "which a database rolls back by itself."
            )
            self._drop()
        return troubles

    def _leave_inner(self) -> bool:
        """Roll back the blocks inside ours that were entered and never left."""
        found = False
        while not self.is_innermost() and self._atomic in self.connection.atomic_blocks:
            found = True
            self.connection.atomic_blocks[-1].__exit__(RuntimeError, None, None)
        return found

    def _was_ended(self) -> bool:
        """Whether the savepoint of the beginning is gone."""
        if self._savepoint is None or self.connection.closed_in_transaction:
            return False
        self.connection.needs_rollback = False  # else Django would not even ask
        try:
            self.connection.savepoint_rollback(self._savepoint)
        except DatabaseError:
            return True
        return False

    def _drop(self) -> None:
        try:
            self.connection.close()
        except Exception:  # noqa: BLE001 - it is of no use any more
            return


def enter_all(aliases: Iterable[str]) -> list[Level]:
    """A block on each database. Raises SignaltraceError, with none left open, where one can't be had."""
    levels: list[Level] = []
    try:
        for alias in aliases:
            level = Level(alias)
            levels.append(level)
            level.enter()
    except BaseException:
        roll_back_all(levels)
        raise
    return levels


def roll_back_all(levels: Iterable[Level]) -> list[str]:
    """Roll back every block that is still open, the last entered first."""
    troubles: list[str] = []
    interrupted: BaseException | None = None
    for level in reversed(list(levels)):
        try:
            troubles += level.roll_back()
        except BaseException as error:  # noqa: BLE001 - Ctrl-C once more: the rest first
            interrupted = error
            level._drop()
    if interrupted is not None:
        raise interrupted
    return troubles


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
