"""Recordings that are open, each with what it has to show, and traces as trees to compare with that."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from signaltrace.capture.recording import Recording
from signaltrace.trace import DISPATCH, Span, Trace
from tests.capture.paths import name

Tree = tuple[Any, ...]
"""A dispatch: sender, method, outcome, opaque, receivers not called, calls; a call: receiver, outcome, the
dispatches inside."""


@dataclass(eq=False)
class Open:
    """A recording, and the dispatches that it has to show so far."""

    recording: Recording
    orphaned: bool
    arguments: str
    trees: list[Tree] = field(default_factory=list)
    orphans: Counter[str] = field(default_factory=Counter)

    def problems(self, trace: Trace | None = None) -> list[str]:
        """Where a trace, that of the open recording for one, is not what was sent."""
        trace = self.recording.trace if trace is None else trace
        found = [f"fault {each}" for each in trace.faults]
        if trees(trace) != self.trees:
            found.append(f"expected {self.trees}, recorded {trees(trace)}")
        if orphans(trace) != self.orphans:
            found.append(f"unheard {self.orphans}, counted {orphans(trace)}")
        wanted = {"number": 5} if self.arguments == "summary" else {}
        for _, span in trace.walk():
            if span.kind == DISPATCH and not span.opaque and span.arguments != wanted:
                found.append(f"arguments of {span.sender.name}: {span.arguments}")
        return found


def trees(trace: Trace) -> list[Tree]:
    """The dispatches that have no parent in a trace, with all that is in them."""
    roots: list[Any] = []
    path: list[list[Any]] = [roots]
    for depth, span in trace.walk():
        inside: list[Any] = []
        del path[depth + 1 :]
        path[depth].append((*_facts(span), inside))
        path.append(inside)
    return roots


def _facts(span: Span) -> Tree:
    if span.kind != DISPATCH:
        return (name(span), span.outcome)
    missing = [each.name.rpartition(".")[2] for each in span.not_called]
    return (span.sender.name, span.method, span.outcome, span.opaque, missing)


def orphans(trace: Trace) -> Counter[str]:
    """How many dispatches by each sender nobody heard."""
    counts: Counter[str] = Counter()
    for _, sender, count in trace.orphaned:
        counts[trace.senders[sender].name] += count
    return counts
