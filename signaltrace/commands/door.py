"""The door a subcommand is called through: its streams, its colours, how Django is set up, how errors end.

There are three: ``manage.py signaltrace``, ``call_command("signaltrace", …)`` and
``python -m signaltrace`` with the console script.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from typing import Any, TypeAlias

from rich.console import Console
from rich.text import Text

from signaltrace.commands.base_options import BaseOptions
from signaltrace.commands.console import Stream, make_console
from signaltrace.commands.settings import Defaults, read_defaults
from signaltrace.errors import SignaltraceError
from signaltrace.views.text import inert


class NoMatch(SignaltraceError):
    """A pattern that matches nothing: the command line is right, and there is nothing to show."""

    status = 1


class Door:
    """What a subcommand's action is given.

    ``prog`` is what the user typed to get here (``manage.py signaltrace``), ``script`` what a bare
    run would have as ``sys.argv[0]``. ``in_code`` is set for ``call_command``; ``streams`` are then
    the ``stdout`` and ``stderr`` to pass on.
    """

    def __init__(
        self,
        prog: str,
        script: str,
        out: Stream,
        err: Stream,
        prepare: Callable[[BaseOptions], None] = lambda base: None,
        streams: dict[str, Any] | None = None,
    ) -> None:
        self.prog = prog
        self.script = script
        self.out = out
        self.err = err
        self.base = BaseOptions()
        self.in_code = streams is not None
        self.streams = streams or {}
        # Set when the traced program raises a SignaltraceError of its own: not ours to word.
        self.passing_on = False
        # What the process ends with where nothing is refused: 1 for what was looked at and is not well.
        self.status = 0
        self._prepare = prepare

    @property
    def quiet(self) -> bool:
        """Whether progress and notes are left out."""
        return self.base.verbosity == "0"

    def set_up(self) -> Defaults:
        """Have Django ready; gives the project's defaults. Raises SignaltraceError where there is none."""
        self._prepare(self.base)
        return read_defaults()

    def console(self, stream: Stream) -> Console:
        """A console on one of the door's streams."""
        return make_console(stream, self.base.no_color, self.base.force_color)

    def say(self, message: str, style: str = "") -> None:
        """One line on stderr, however long and whatever is in it."""
        text = Text(f"signaltrace: {inert(message, 1_000)}", style=style)
        self.console(self.err).print(text, soft_wrap=True)
        self.err.flush()

    def refuse(self, error: SignaltraceError) -> int:
        """Tell the user what cannot be done; gives the exit status."""
        if self.base.traceback:
            self.err.write("".join(traceback.format_exception(error)))
            self.err.flush()
        else:
            self.say(str(error), style="red")
        return int(getattr(error, "status", 2))


Action: TypeAlias = Callable[[Door], None]
"""What a subcommand comes to once it is parsed."""
