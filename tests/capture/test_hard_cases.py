"""Exceptions that fight back, and programs at the end of their stack."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable
from typing import Any

import pytest
from django.dispatch import Signal

from signaltrace.capture.recording import record
from tests.capture.observing import dispatch


def refuse(*args: Any) -> Any:
    """Fails whoever asks."""
    raise AssertionError("looked at")


class Shy(Exception):
    """An exception that can't be shown. (asyncio insists on its repr.)"""

    __str__ = refuse
    args = property(refuse)  # type: ignore[assignment]


class Hostile(Shy):
    """One that fights whoever touches it; asyncio does not survive it."""

    __repr__ = __eq__ = __hash__ = __bool__ = refuse  # type: ignore[assignment]
    __traceback__ = __cause__ = property(refuse)  # type: ignore[assignment]


@pytest.mark.parametrize(
    ("kind", "method", "later"),
    [
        (Hostile, "send", False),
        *((Shy, method, later) for method in ("send", "asend") for later in (False, True)),
    ],
)
def test_exceptions_that_mind_being_looked_at(kind: type[Exception], method: str, later: bool) -> None:
    """Type and message of an exception are read without running its code."""

    def fail(**kwargs: Any) -> None:
        raise kind("hostile")

    async def afail(**kwargs: Any) -> None:
        raise kind("hostile")

    signal = Signal()
    signal.connect(afail if later else fail)
    caught = False
    with record() as recording:
        try:
            dispatch(signal, method, None)
        except kind:
            caught = True
    assert caught
    assert recording.trace.faults == []
    error = recording.trace.roots()[0].error
    assert error is not None
    assert (error.type, error.message) == (f"{__name__}.{kind.__name__}", "hostile")


@pytest.mark.parametrize("method", ["send", "send_robust"])
def test_at_the_end_of_the_stack(method: str) -> None:
    """A receiver that recurses until Python stops it: it is stopped where it would be, or a call earlier
    for the few frames of ours that find no room, and no probe is given up for that."""

    def run(send: Callable[..., Any]) -> int:
        deepest = 0

        def again(depth: int, **kwargs: Any) -> None:
            nonlocal deepest
            deepest = max(deepest, depth)
            send(signal)(None, depth=depth + 1)

        signal = Signal()
        signal.connect(again)
        with contextlib.suppress(RecursionError):
            send(signal)(None, depth=0)
        return deepest

    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(400)
    try:
        bare = run(lambda signal: getattr(signal, method))
        with record(max_depth=0) as recording:
            traced = run(lambda signal: getattr(signal, method))
    finally:
        sys.setrecursionlimit(limit)
    assert bare - 1 <= traced <= bare
    assert recording._recorder is None
    assert [fault.where for fault in recording.trace.faults if "switched off" in fault.where] == []
