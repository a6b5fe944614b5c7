"""Reading parents off a trace: each span as the way that led to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.dispatch import Signal

from signaltrace.trace import Span, Trace


def paths(trace: Trace) -> list[str]:
    """Every span as ``sender/receiver/sender/receiver…``, depth first. Senders are strings here."""
    found, way = [], []
    for depth, span in trace.walk():
        del way[depth:]
        way.append(name(span))
        found.append("/".join(way))
    return found


def name(span: Span) -> str:
    """A dispatch by its sender, a receiver by its own short name."""
    return span.sender.name if span.receiver is None else span.label.rpartition(".")[2]


def by_name(trace: Trace) -> dict[str, Span]:
    """Spans by name, where names occur once."""
    return {name(span): span for _, span in trace.walk()}


def connected(*receivers: Callable[..., Any]) -> Signal:
    """A signal with these receivers, which it keeps alive."""
    signal = Signal()
    for receiver in receivers:
        signal.connect(receiver, weak=False)
    return signal


def leaf(**kwargs: Any) -> None:
    """A receiver at the end of a way."""


async def aleaf(**kwargs: Any) -> None:
    """An async one."""
