"""What signaltrace tells the user it cannot do: one line that names the cause and the way out."""

from __future__ import annotations


class SignaltraceError(Exception):
    """A mistake of the user's or their data's; the message is one line fit to be shown as it is."""


class SignalRecursionError(RecursionError):
    """Raised into the traced program where its dispatches are nested deeper than the recording allows
    (``max_depth``), in place of Python's own RecursionError a thousand frames on. The message shows the
    loop."""
