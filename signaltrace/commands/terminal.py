"""A terminal shared with a running program: a line that gets out of the way of what the program prints."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterable
from typing import Any

ERASE = "\r\x1b[2K"

_ABSENT: Any = object()


class Terminal:
    """The terminal behind ``shown_on``, and the program's other streams that lead to it.

    The streams stay the objects they are: for the time of :meth:`watch` they have a ``write`` of
    their own, which ``print`` and everything else finds before the class's.
    """

    def __init__(
        self,
        shown_on: Any = None,
        others: Iterable[Any] | None = None,
        stdin: Any = None,
        in_front: Callable[[], bool] | None = None,
    ) -> None:
        """``in_front`` tells whether the terminal is in the state of a plain running command."""
        self._stream = sys.stderr if shown_on is None else shown_on
        self._others = [sys.stdout] if others is None else list(others)
        self._stdin = sys.stdin if stdin is None else stdin
        self._in_front = in_front or self._is_in_front
        self._write: Callable[[str], Any] = str
        self._lock = threading.RLock()
        self._process = os.getpid()
        self._undo: list[Callable[[], None]] = []
        self._drawn = False
        self._inside_line = False
        self._asking = False

    def watch(self) -> bool:
        """Begin to share; False where there is no terminal, or none that can be shared."""
        if not _is_terminal(self._stream):
            return False
        self._write = self._stream.write
        try:
            for stream in dict.fromkeys([self._stream, *filter(_is_terminal, self._others)]):
                self._replace(stream, "write", self._writer(stream.write))
            if _is_terminal(self._stdin):
                # what input() asks for before it hands its prompt to the terminal itself
                self._replace(self._stdin, "fileno", self._asker(self._stdin.fileno))
        except (AttributeError, TypeError):  # a stream without room for attributes
            self.unwatch()
            return False
        return True

    def unwatch(self) -> None:
        """Take the line away and give the streams back what they had."""
        with self._lock:
            self._erase()
        while self._undo:
            self._undo.pop()()

    def draw(self, line: str) -> None:
        """Show ``line`` below what the program has printed, unless it would be in the way."""
        with self._lock:
            if not (self._inside_line or self._asking) and self._in_front():
                self._write(f"{ERASE}{line}\r")
                self._stream.flush()
                self._drawn = True

    def width(self) -> int:
        """Its columns now."""
        try:
            return os.get_terminal_size(self._stream.fileno()).columns or 80
        except (AttributeError, OSError, ValueError):
            return 80

    def _erase(self) -> None:
        if self._drawn and os.getpid() == self._process:
            self._drawn = False
            self._write(ERASE)
            self._stream.flush()

    def _writer(self, write: Callable[[str], Any]) -> Callable[[str], Any]:
        def shared(text: str) -> Any:
            if (
                os.getpid() != self._process
            ):  # a forked child: the line is the parent's, the lock may be taken
                return write(text)
            with self._lock:
                self._erase()
                result = write(text)
                if text:
                    self._inside_line = not text.endswith("\n")
                    self._asking = False
                return result

        return shared

    def _asker(self, fileno: Callable[[], int]) -> Callable[[], int]:
        def shared() -> int:
            if os.getpid() == self._process:
                with self._lock:
                    self._erase()
                    self._asking = True
            return fileno()

        return shared

    def _replace(self, stream: Any, name: str, new: Any) -> None:
        old = vars(stream).get(name, _ABSENT)
        setattr(stream, name, new)

        def undo() -> None:
            if vars(stream).get(name) is not new:
                return  # somebody else's by now; ours only passes on
            if old is _ABSENT:
                delattr(stream, name)
            else:
                setattr(stream, name, old)

        self._undo.append(undo)

    def _is_in_front(self) -> bool:
        """Whether the terminal takes whole lines and echoes them, and we are its foreground process.

        Not so while an editor, a pager, a debugger's prompt or a password prompt has it.
        """
        try:
            import termios

            descriptor = self._stream.fileno()
            modes = termios.tcgetattr(descriptor)[3]
            plain = modes & termios.ICANON and modes & termios.ECHO
            return bool(plain) and os.tcgetpgrp(descriptor) == os.getpgrp()
        except ImportError:  # Windows: no such states to look at
            return True
        except (AttributeError, OSError, ValueError, termios.error):
            return False


def _is_terminal(stream: Any) -> bool:
    try:
        return bool(stream.isatty())
    except (AttributeError, ValueError):
        return False
