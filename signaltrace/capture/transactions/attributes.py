"""Attributes of ``BaseDatabaseWrapper`` that tell when they are set, stage *capture*.

A descriptor with ``__set__`` alone: reading stays a look into the instance's own dict, and what is set is
there as it would be without us. All of these are set where Django runs nobody else's code.
"""

from __future__ import annotations

from sys import _getframe
from types import FrameType
from typing import Any

from signaltrace.capture.failures import out_of_sight
from signaltrace.capture.transactions.blocks import Blocks
from signaltrace.capture.transactions.callbacks import Commits, drop
from signaltrace.capture.transactions.state import NEVER_RAN, ROLLED_BACK, State
from signaltrace.capture.transactions.watch import Watch

# The methods in which ``run_on_commit`` is set, and what that says.
_SETTING = ("rollback", "savepoint_rollback", "close", "run_and_clear_commit_hooks")


def state_of(watch: Watch, connection: Any) -> State | None:
    """The state of a connection that is watched."""
    blocks = connection.__dict__.get("atomic_blocks")
    return blocks.state if type(blocks) is Blocks and blocks.state.watch is watch else None


def adopt(watch: Watch, connection: Any) -> State:
    """Begin to watch a connection."""
    state = State(watch, connection)
    blocks = Blocks(connection.__dict__["atomic_blocks"], state)
    if blocks:
        blocks.adopt()
    connection.__dict__["atomic_blocks"] = blocks
    watch.met(state)
    return state


def release(state: State) -> None:
    """Give a connection plain lists again; for the thread it belongs to alone, others may be using them."""
    values = state.connection.__dict__
    for name in ("atomic_blocks", "run_on_commit"):
        if type(values.get(name)) in (Blocks, Commits):
            values[name] = list.copy(values[name])


class Told:
    """The base of the descriptors. What each does before the value is set is written out, for speed."""

    name = ""

    def __init__(self, watch: Watch) -> None:
        self.watch = watch

    def __delete__(self, connection: Any) -> None:
        try:
            if connection.__dict__.pop(self.name, self) is self:
                said = f"{type(connection).__name__!r} object has no attribute {self.name!r}"
                raise AttributeError(said)
        except AttributeError as error:
            out_of_sight(self.watch.recorder, error)
            raise


class Autocommit(Told):
    """``autocommit`` is switched off where a transaction begins: connections are met here, too."""

    name = "autocommit"

    def __set__(self, connection: Any, value: Any) -> None:
        try:
            if not value:
                watch, blocks = self.watch, connection.__dict__.get("atomic_blocks")
                if type(blocks) is Blocks and blocks.state.watch is watch:
                    blocks.state.begin()
                elif blocks is not None and watch.on:
                    adopt(watch, connection)
        except Exception as fault:
            self.watch.fault(fault)
        connection.__dict__["autocommit"] = value


class Savepoints(Told):
    """``savepoint_state`` is counted up by each savepoint, and set to 0 by hand."""

    name = "savepoint_state"

    def __set__(self, connection: Any, value: Any) -> None:
        try:
            blocks = connection.__dict__.get("atomic_blocks")
            if type(blocks) is Blocks:
                blocks.state.save(value)
        except Exception as fault:
            self.watch.fault(fault)
        connection.__dict__["savepoint_state"] = value


class RunOnCommit(Told):
    """``run_on_commit`` is replaced by what undoes, and by what runs the callbacks."""

    name = "run_on_commit"

    def __init__(self, watch: Watch, owner: type) -> None:
        super().__init__(watch)
        found = {name: _innermost(getattr(owner, name, None)) for name in _SETTING}
        # By id: a code object's hash is that of all it holds. Held, so that the ids stay theirs.
        self._held = list(found.values())
        self._methods = {id(code): name for name, code in found.items() if code is not None}

    def __set__(self, connection: Any, value: Any) -> None:
        try:
            value = self._told(connection, value, _getframe(1))
        except Exception as fault:
            self.watch.fault(fault)
        connection.__dict__["run_on_commit"] = value

    def _told(self, connection: Any, value: Any, frame: FrameType) -> Any:
        """The same list, or one that is watched where callbacks of receivers are in it."""
        method = self._methods.get(id(frame.f_code))
        state = state_of(self.watch, connection)
        if state is None or not self.watch.on:
            return value
        if method == "run_and_clear_commit_hooks":
            return value
        testcase = self._undone(state, method, frame)
        if state.waiting:
            drop(state, value, NEVER_RAN if testcase or method is None else ROLLED_BACK)
            if state.waiting and type(value) is list:
                return Commits(value, state)
        return value

    def _undone(self, state: State, method: str | None, frame: FrameType) -> bool:
        """Note what is undone; whether by Django's TestCase."""
        connection = state.connection
        if method == "savepoint_rollback":
            return state.undone_to(frame.f_locals.get("sid"), frame)
        if method is None or connection.autocommit:
            return False
        if method == "close" and (connection.closed_in_transaction or connection.connection is None):
            return False
        return state.undone(frame)


def _innermost(method: Any) -> Any:
    while hasattr(method, "__wrapped__"):
        method = method.__wrapped__
    return getattr(method, "__code__", None)
