"""A trace with something of everything in it, for the tests of saving and refusing."""

from __future__ import annotations

import json

import pytest

from signaltrace.errors import SignaltraceError
from signaltrace.rows import STEP, pack, unpack
from signaltrace.storage import load, to_text
from signaltrace.tally import Tally
from signaltrace.testing import build_trace, called, sent
from signaltrace.trace import CallSite, ErrorInfo, Fault, Trace


def a_trace() -> Trace:
    """A trace with something of everything a trace can hold."""
    trace = build_trace(
        sent(
            "django.db.models.signals.post_save",
            "shop.Order",
            arguments={"created": True, "price": 1.5, "note": "naïve \ud800 \x1b[31m\u202e", "none": None},
            site=CallSite("shop/views.py", 12, "pay"),
            not_called=("shop.receivers.last",),
            muted=("shop.receivers.quiet",),
        )(
            called("shop.receivers.thank", 5_000, file="shop/receivers.py", line=3)(
                sent("shop.signals.paid", task="Task-1", opaque=True)(
                    called("shop.receivers.ship", 700, is_async=True, busy_ns=20)
                )
            ),
            called("shop.receivers.refuse", 90, error=ErrorInfo("ValueError", "no", "shop/receivers.py", 9)),
        ),
        sent("shop.signals.unheard", "shop.Order", thread="Thread-2"),
        orphaned=[(0, 0, 3)],
        dropped=2,
        faults=[Fault("labels", "KeyError: 1", 2)],
        notes=["A note."],
        pauses={STEP: 10, STEP + 1: 10},
    )
    rows = [row for block in trace.blocks for row in unpack(block)]
    # a list among the arguments, an instance, and a call that ended after its dispatch
    rows.append(
        (
            5 * STEP,
            0,
            0,
            0,
            0,
            9,
            1,
            (0, 1, 2),
            ("tags", ("list", "items", (1, "a")), "order", ("shop.Order", "pk", 7)),
            None,
        )
    )
    rows.append(
        (5 * STEP, 0, 0, 0, 0, 9, 1, (1, 1, 2), None, {"late": True, "positions": [1], "threads": [[0, 1]]})
    )
    trace.blocks = [pack(rows)]
    tally = Tally()
    tally.add(rows[:1])
    trace.tally = tally
    return trace


def document() -> dict:
    """The trace as a file holds it, to be spoiled."""
    return json.loads(to_text(a_trace()))


def refusal(file) -> str:
    """The line with which a file is refused, its name left out."""
    with pytest.raises(SignaltraceError) as caught:
        load(file)
    line = str(caught.value)
    assert "\n" not in line
    return line.replace(repr(str(file)), "FILE")
