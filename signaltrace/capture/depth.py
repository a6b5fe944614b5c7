"""Dispatches nested too deep, stage *capture*: one error that shows the loop.

Python's own RecursionError comes a thousand frames later, at a random place. This one is raised where
Django would have called the receivers of the dispatch that is one too many; how it came to that is read
off the stack, only then.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from threading import get_ident
from types import FrameType
from typing import Any, NamedTuple

from django.dispatch import Signal

from signaltrace.capture.cells import Cell
from signaltrace.capture.drivers import Driver, TimedReceiver
from signaltrace.capture.signal_names import signal_name
from signaltrace.errors import SignalRecursionError
from signaltrace.labels.looking import is_a
from signaltrace.labels.senders import ANY_SENDER

# A loop of more dispatches than this is shown without its middle.
_MOST = 4
_HERE = os.path.dirname(os.path.abspath(__file__))
# Where Signal's methods loop over receivers: ours, and Django's own on the exact path.
_LOOPS = {os.path.join(_HERE, f"{name}.py") for name in ("fastpath", "fastpath_robust")}
_LOOPS.add(Signal.connect.__code__.co_filename)
_STEP = Driver._step.__code__
_NOT_LOOPS = ("connect", "disconnect")


class _Link(NamedTuple):
    """An open dispatch and the receiver it runs, in names."""

    sent: str
    receiver: str


def is_too_deep(recorder: Any, cell: Cell | None) -> bool:
    """Whether a dispatch begun in this cell is one too many. What was open when a context was copied into
    another thread may have ended since: that is asked here, where it is rare."""
    try:
        if cell is None:
            return False
        over, step = 0, cell
        while step.origin is not None:
            over += max(0, step.deep - step.origin.nested)
            step = step.origin
        return bool(cell.nested + 1 - over >= recorder.steering.deepest)
    except Exception as fault:
        recorder.fault("max depth", fault)
        return False


def too_deep(recorder: Any, signal: Any, sender: Any, cell: Cell | None) -> SignalRecursionError:
    """The error for a dispatch that is one too many; never raises."""
    try:
        deepest = recorder.steering.deepest
        links = list(_links(recorder, cell))[::-1]
        told = f"{_told(links, _sent(recorder, signal, sender), all_seen=len(links) >= deepest)}; "
    except Exception as fault:
        recorder.fault("max depth", fault)
        told = ""
    deepest = recorder.steering.deepest
    return SignalRecursionError(f"{told}signals are {deepest} dispatches deep (--max-depth, 0 to allow more)")


def _told(links: list[_Link], sent: str, all_seen: bool) -> str:
    """The way to the dispatch of ``sent``: the loop, if it is one, and how often it went round."""
    period = _period(links, sent)
    if period is None:
        way = _way(links[-_MOST:], sent)
        return f"{'… → ' if len(links) > _MOST else ''}{way}"
    turns = 1
    while links[-period * (turns + 1) : -period * turns] == links[-period:]:
        turns += 1
    way = _way(links[-period:], sent)
    if turns == 1 or not all_seen:  # the rest of it runs in other tasks
        return f"{way} goes round"
    return f"{way} went round {turns} times"


def _period(links: list[_Link], sent: str) -> int | None:
    """After how many dispatches the same comes again, the receivers in between the same as before."""
    at = [number for number in range(1, len(links) + 1) if links[-number].sent == sent]
    for number in at:
        if links[-2 * number : -number] == links[-number:]:
            return number
    return at[0] if at and len(links) < 2 * at[0] else None


def _way(links: list[_Link], sent: str) -> str:
    names = [name for link in links for name in link]
    if len(links) > _MOST:
        names = [*names[:_MOST], "…", *names[-2:]]
    return " → ".join([*names, sent])


def _links(recorder: Any, cell: Cell | None) -> Iterator[_Link]:
    """The open dispatches that the stacks show, innermost first: of this thread, then of those that wait
    for it."""
    frame: FrameType | None = sys._getframe(1)
    seen = {get_ident()}
    while True:
        while frame is not None:
            link = _link(recorder, frame)
            if link is not None:
                yield link
            frame = frame.f_back
        while cell is not None and cell.thread in seen:
            cell = cell.origin
        if cell is None:
            return
        seen.add(cell.thread)
        frame = sys._current_frames().get(cell.thread)


def _link(recorder: Any, frame: FrameType) -> _Link | None:
    """The dispatch whose loop a frame is, and the receiver it has running."""
    names, code = recorder.names, frame.f_code
    if code is _STEP:
        running = frame.f_locals["self"].running()
        if running is None:
            return None
        route, receiver = running
        _, signal, sender = recorder.routing.table.get(route)
        signal = names.signals[signal]()
        alone = names.senders.get(sender) == ANY_SENDER
        return _Link(_named(recorder, signal, None if alone else sender), _receiver(recorder, receiver))
    if code.co_filename not in _LOOPS or code.co_name in _NOT_LOOPS:
        return None
    own = frame.f_locals
    signal, receiver = own.get("self"), own.get("receiver")
    if receiver is None or not is_a(signal, Signal) or "sender" not in own:
        return None
    if type(receiver) is TimedReceiver:
        return None  # its driver tells
    return _Link(_sent(recorder, signal, own["sender"]), _receiver(recorder, names.receiver(receiver)))


def _receiver(recorder: Any, index: int) -> str:
    return str(recorder.names.receivers.get(index).name)


def _sent(recorder: Any, signal: Any, sender: Any) -> str:
    """``post_save shop.Order``; a signal alone where it has no sender."""
    return _named(recorder, signal, None if sender is None else recorder.names.sender(sender))


def _named(recorder: Any, signal: Any, sender: int | None) -> str:
    name = signal_name(recorder, signal)
    own = name.rpartition(".")[2]
    short = own if name.startswith("django.") and own.isidentifier() else name
    return short if sender is None else f"{short} {recorder.names.senders.get(sender).name}"
