"""The live line of a long run: what has been recorded so far, on a terminal's last line.

It shares the terminal with a program that knows nothing of it. So the line is taken away before
the program writes, and not put back while the cursor is inside a line, while the program asks for
input, or while something else has the terminal (an editor, a password prompt, the shell).
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from rich.cells import cell_len, set_cell_size

from signaltrace.analysis.times import format_ns
from signaltrace.commands.terminal import Terminal
from signaltrace.views.text import inert

if TYPE_CHECKING:
    from signaltrace.capture.recording import Progress

FIRST_S = 1.0
EVERY_S = 0.5

_running: LiveLine | None = None
_registered = False


class LiveLine:
    """Reads a recording's progress twice a second, from a thread of its own, and shows it."""

    def __init__(self, read: Callable[[], Progress], terminal: Terminal) -> None:
        self._read = read
        self._terminal = terminal
        self._over = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self, first_s: float = FIRST_S) -> None:
        """Begin, on a terminal; the line appears after ``first_s`` seconds. In a pipe nothing is done."""
        global _running, _registered
        if not self._terminal.watch():
            return
        if not _registered:
            # fork() warns of, and can be harmed by, threads: ours is not to be there when it happens
            os.register_at_fork(before=_before_fork, after_in_parent=_after_fork)
            _registered = True
        _running = self
        self._begin(first_s)

    def stop(self) -> None:
        """Take the line away for good and leave the streams as they were."""
        global _running
        if self._thread is not None:
            self._halt()
            self._terminal.unwatch()
            _running = None

    def tick(self) -> None:
        """Show how far the recording has come."""
        self._terminal.draw(describe(self._read(), self._terminal.width() - 1))

    def _begin(self, wait_s: float) -> None:
        self._over.clear()
        self._thread = threading.Thread(target=self._run, args=(wait_s,), name="signaltrace", daemon=True)
        self._thread.start()

    def _halt(self) -> None:
        self._over.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self, wait_s: float) -> None:
        try:
            while not self._over.wait(wait_s):
                self.tick()
                wait_s = EVERY_S
        except Exception:  # noqa: BLE001 - without its live line the run goes on
            return


def describe(progress: Progress, width: int) -> str:
    """The line, at most ``width`` columns: counts first, then the slowest receiver as far as it fits."""
    line = f"signaltrace: {progress.dispatches:,} dispatches, {progress.calls:,} receiver calls"
    if progress.slowest is not None:
        line += f", slowest {format_ns(progress.slowest_ns)} {inert(progress.slowest.name)}"
    return line if cell_len(line) <= width else set_cell_size(line, max(width - 1, 0)) + "…"


def _before_fork() -> Any:
    if _running is not None:
        _running._halt()


def _after_fork() -> Any:
    if _running is not None:
        _running._begin(EVERY_S)
