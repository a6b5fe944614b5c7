"""Callbacks of on_commit, stage *analysis*: their rows look like dispatches, and are none."""

from __future__ import annotations

from signaltrace.analysis.remarks import once
from signaltrace.rows import ON_COMMIT
from signaltrace.trace import Trace


def callback_routes(trace: Trace) -> frozenset[int]:
    """The routes whose rows are callbacks."""
    return once(trace, _routes)


def _routes(trace: Trace) -> frozenset[int]:
    return frozenset(at for at, route in enumerate(trace.routes) if route[0] == ON_COMMIT)
