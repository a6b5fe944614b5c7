"""A view from Python, stage *views*: ``signaltrace.show(trace)`` prints what the command would."""

from __future__ import annotations

from typing import Any

from rich.console import Console

from signaltrace.analysis.selection import Selection
from signaltrace.trace import Trace
from signaltrace.views import load


def show(trace: Trace, view: str = "tree", *, console: Console | None = None, **filters: Any) -> None:
    """Print a view of ``trace`` (tree, profile or receivers-called) on standard output or ``console``.

    ``filters`` are fields of Selection: ``signals=("post_save",)``, ``min_ns=5_000_000``,
    ``errors=True`` and so on. Raises SignaltraceError for a view there is none of, and TypeError
    for a filter there is none of.
    """
    renderable = load(view).render(trace, Selection(**filters))
    (console or Console()).print(renderable)
