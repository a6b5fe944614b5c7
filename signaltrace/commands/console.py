"""Where subcommands print: streams that no reader can break, and consoles with Django's colour rules."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import IO, Any, cast

from rich.console import Console

PIPE_WIDTH = 100
"""Columns where there is no terminal to measure and no COLUMNS: the same on every machine."""


class Stream:
    """A text stream on which printing cannot fail for the sake of its reader.

    What the encoding lacks is printed as ``?``; once the reader has gone (``| head``) the rest is
    dropped, in the way that keeps Python quiet at exit, too. So it is where nothing can be written
    (a full disk): ``failed`` then has the reason, for who has to tell.
    """

    def __init__(self, out: Any, raw: bool = False) -> None:
        """``raw`` for Django's OutputWrapper, which would add line ends and a style of its own."""
        self.out = out
        self.gone = False
        self.failed: str | None = None
        self._more: dict[str, Any] = {"style_func": str, "ending": ""} if raw else {}

    @property
    def encoding(self) -> str:
        """The encoding of the stream; utf-8 for one in memory."""
        return getattr(self.out, "encoding", None) or "utf-8"

    def isatty(self) -> bool:
        """Whether a terminal is behind it."""
        try:
            return bool(self.out.isatty())
        except (AttributeError, ValueError):  # no such method, or closed
            return False

    def write(self, text: str) -> int:
        """Print ``text`` as far as it can be."""
        if not self.gone:
            try:
                text.encode(self.encoding)
            except UnicodeEncodeError:
                text = text.encode(self.encoding, "replace").decode(self.encoding)
            try:
                self.out.write(text, **self._more)
            except OSError as error:
                self._give_up(error)
            except (AttributeError, ValueError):  # as in isatty()
                self.gone = True
        return len(text)

    def flush(self) -> None:
        """Hand over what is buffered."""
        if not self.gone:
            try:
                self.out.flush()
            except OSError as error:
                self._give_up(error)
            except (AttributeError, ValueError):  # as in isatty()
                pass

    def _give_up(self, error: OSError) -> None:
        self.gone = True
        if not isinstance(error, BrokenPipeError):
            self.failed = error.strerror or type(error).__name__
        try:
            descriptor = self.out.fileno()
        except (AttributeError, OSError, ValueError):
            return
        # What is still buffered is flushed at exit, and would fail again, with a message.
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)


def make_console(
    stream: Stream, no_color: bool = False, force_color: bool = False, environ: Mapping[str, str] = os.environ
) -> Console:
    """A console on ``stream``: colours on a terminal only, unless forced; none where they are refused.

    ``--no-color``, ``NO_COLOR`` and ``DJANGO_COLORS=nocolor`` refuse; ``--force-color`` outdoes the
    two variables. As wide as ``COLUMNS`` says, else as the terminal, else :data:`PIPE_WIDTH`.
    """
    refused = no_color or bool(environ.get("NO_COLOR")) or environ.get("DJANGO_COLORS") == "nocolor"
    colored = force_color or (stream.isatty() and not refused)
    columns = environ.get("COLUMNS", "")
    console = Console(
        file=cast(IO[str], stream),
        force_terminal=colored,
        color_system="auto" if colored else None,
        no_color=not colored,
        width=int(columns) if columns.isdecimal() and int(columns) > 0 else _width(stream),
        markup=False,
        emoji=False,
        highlight=False,
        force_jupyter=False,
    )
    if force_color and console.color_system is None:  # TERM=dumb
        return Console(
            file=cast(IO[str], stream),
            force_terminal=True,
            color_system="standard",
            no_color=False,
            width=console.width,
            markup=False,
            emoji=False,
            highlight=False,
            force_jupyter=False,
        )
    return console


def _width(stream: Stream) -> int:
    if stream.isatty():
        try:
            return os.get_terminal_size(stream.out.fileno()).columns or PIPE_WIDTH
        except (AttributeError, OSError, ValueError):
            pass
    return PIPE_WIDTH
