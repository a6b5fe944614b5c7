"""The atomic blocks of a connection, stage *capture*: a list that tells when one is entered or left.

``Atomic.__enter__`` appends to it and ``Atomic.__exit__`` pops it first of all: both stay Django's own, and
run what they run with no frame of ours above it. An id is drawn at each end of a block; where nothing else
drew one in between nothing was sent in it, and nothing is kept.
"""

from __future__ import annotations

from collections.abc import Iterable
from sys import _getframe
from threading import get_ident
from typing import Any

from signaltrace.capture.cells import CELL, own_cell
from signaltrace.capture.transactions.marks import of_testcase
from signaltrace.capture.transactions.state import Entry, State
from signaltrace.event import Event
from signaltrace.rows import STEP

_append = list.append
_pop = list.pop


class Blocks(list[Any]):
    """``connection.atomic_blocks`` while it is watched."""

    __slots__ = ("open", "state")

    def __init__(self, blocks: Iterable[Any], state: State) -> None:
        super().__init__(blocks)
        self.state = state
        # One for each of the blocks; None for one that was not seen to begin.
        self.open: list[tuple[int, int, int, int, int, int] | None] = []

    def append(self, block: Any) -> None:
        """A block is entered."""
        try:
            state = self.state
            if state.watch.on:
                cell = CELL.get()
                if cell is None or cell.thread != get_ident():
                    cell, _ = own_cell(cell)
                state.drawn = drawn = state.drawn + 1
                # a plain tuple, for speed: see Entry
                entry = (state.new_id(), drawn, cell.current, cell.index, state.clock(), state.number)
                self.open.append(entry)
        except Exception as fault:
            self.state.watch.fault(fault)
            self.open.append(None)
        _append(self, block)

    def pop(self, *at: Any) -> Any:
        """A block is left; what becomes of it is told by what Django does next."""
        try:
            state, entries = self.state, self.open
            state.left = None
            if state.watch.on:
                if len(entries) != len(self):
                    self.align()
                entry = entries.pop()
                if entry is not None:
                    state.drawn = drawn = state.drawn + 1
                    last = state.new_id()
                    if last - entry[0] != STEP * (drawn - entry[1]):
                        state.leave(Entry(*entry), last, self, _getframe(1))
                    elif state.saves:
                        state.saves.pop(entry[5], None)
        except Exception as fault:
            self.state.watch.fault(fault)
        return _pop(self, *at)

    def align(self) -> None:
        """Blocks entered while nobody looked have no entry: after a fault at the end of the stack, say."""
        del self.open[len(self) :]
        self.open += [None] * (len(self) - len(self.open))

    def adopt(self) -> None:
        """Blocks that were open before they are watched are taken to begin now."""
        state = self.state
        cell, _ = own_cell(CELL.get())
        for block in list.copy(self):
            id, drawn = state.draw()
            number = state.number_of_block(self, block)
            self.open.append((id, drawn, 0, cell.index, state.clock(), number))

    def still_open(self) -> list[Event]:
        """Blocks that something happened in and that have not been left."""
        state, found = self.state, []
        for block, entry in zip(list.copy(self), list(self.open), strict=False):
            if entry is not None and not of_testcase(block):
                last, drawn = state.draw()
                if last - entry[0] != STEP * (drawn - entry[1]):
                    found.append(state.open_event(Entry(*entry), last, self, block))
        return found

    def forget(self) -> None:
        """What is open belongs to another process."""
        self.open = [None] * len(self)
