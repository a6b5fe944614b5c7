"""What the states of all connections share, stage *capture*: whether they watch, and where they are found."""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING

from signaltrace.capture.cells import CELL, own_cell
from signaltrace.capture.recorder import Recorder

if TYPE_CHECKING:
    from signaltrace.capture.transactions.state import State

NAME = "transactions"


# A recorder that no recording reads.
_NOBODYS = Recorder()


class Watch:
    """Whether the probe is on, and the states of all connections it has met."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.on = False
        # From install to uninstall, faults or not: what was replaced goes on to do what it stands for.
        self.installed = False
        self.states: dict[int, weakref.ref[State]] = {}

    def fault(self, fault: Exception) -> None:
        """A fault of ours: the probe is off from now on; never raises."""
        try:
            self.recorder.give_up(NAME, fault)
            self.on = self.on and self.recorder.probes.get(NAME, False)
        except Exception as another:
            self.on = False
            self.recorder.fault(NAME, another)

    def let_go(self) -> None:
        """Nothing is watched any more: connections of other threads keep this, not what was recorded."""
        self.recorder = _NOBODYS

    def met(self, state: State) -> None:
        """Remember the state of a connection for as long as the connection lives."""
        number, states = id(state), self.states
        states[number] = weakref.ref(state, lambda _: states.pop(number, None))

    def thread_index(self) -> int:
        """Where the table of threads has the calling one."""
        cell, _ = own_cell(CELL.get())
        return cell.index

    def all(self) -> list[State]:
        """The states there are."""
        return [state for each in list(self.states.values()) if (state := each()) is not None]
