"""The last step of *capture*: from the recorder's tables and packed rows to a Trace."""

from __future__ import annotations

import platform
import sys
from collections.abc import Collection, Sequence

import django

import signaltrace
from signaltrace.capture.cells import THREADS
from signaltrace.capture.probing import kinds_of
from signaltrace.capture.recorder import Recorder
from signaltrace.capture.transactions.callbacks import CommitSignal
from signaltrace.event import Event, pack_queries, queries_in
from signaltrace.labels.signals import SignalNames
from signaltrace.labels.standing import recall, remember
from signaltrace.rows import Shape, calls_of, dispatch_of, pack, split, unflatten, unpack
from signaltrace.trace import SignalInfo, Trace


def assemble(recorder: Recorder, blocks: list[bytes], origin_ns: int, orphans_before: Sequence[int]) -> Trace:
    """A Trace of ``blocks``, with the names of now: signals are searched for only here."""
    return Trace(
        signals=_named_signals(recorder),
        senders=recorder.names.senders.entries(),
        receivers=recorder.receiver_entries(),
        routes=recorder.routing.table.entries(),
        sites=recorder.sites.table.entries(),
        threads=THREADS.entries(),
        shapes=recorder.shapes.entries(),
        blocks=blocks,
        origin_ns=origin_ns,
        argv=list(sys.argv),
        versions={
            "signaltrace": signaltrace.__version__,
            "django": django.get_version(),
            "python": platform.python_version(),
        },
        orphaned=_orphaned(recorder, orphans_before),
        pauses=_with_ancestors(recorder.pauses, list(recorder.paused), blocks),
    )


def add_probed(
    trace: Trace,
    recorder: Recorder,
    probes: Collection[str],
    first_id: int,
    queries: list[bytes],
    events: list[Event],
) -> None:
    """Add what these probes noted since ``first_id`` was drawn."""
    if "queries" in probes and queries:
        trace.statements = recorder.noted.statements.entries()
        own = [[number for query in queries_in([block]) if query[0] > first_id for number in query]
               for block in queries]  # fmt: skip
        trace.queries = [pack_queries(flat) for flat in own if flat]
    kinds = kinds_of(probes)
    own_events = (each for each in events if max(each.id, each.last) > first_id and each.kind in kinds)
    trace.events = sorted(own_events, key=lambda each: each.id)


def own_blocks(
    blocks: list[bytes], shapes: Sequence[Shape], origin_ns: int, orphaned: bool, arguments: bool
) -> list[bytes]:
    """Blocks without what only other recordings asked for, and what began before ``origin_ns``."""
    kept = []
    for block in blocks:
        rows = [row for row in unpack(block, shapes) if row[5] >= origin_ns]
        if not orphaned:
            rows = [row for row in rows if row[7] or (row[9] or {}).keys() - {"task"}]
        if not arguments:
            rows = [(*row[:8], None, row[9]) for row in rows]
        if rows:
            kept.append(pack(rows))
    return kept


def _named_signals(recorder: Recorder) -> list[SignalInfo]:
    """All signals by index. The search goes through all modules: should it fail the rest is still told."""
    try:
        return _signals(recorder)
    except Exception as error:
        recorder.fault("signal names", error)
        return [
            SignalInfo(f"(a signal that could not be named) #{each + 1}") for each in recorder.names.signals
        ]


def _signals(recorder: Recorder) -> list[SignalInfo]:
    names: SignalNames | None = None
    found = []
    for index in sorted(recorder.names.signals):
        signal = recorder.names.signals[index]()
        if type(signal) is CommitSignal:  # stands for a signal where callbacks of on_commit are told
            found.append(SignalInfo(signal.name))
            continue
        info = SignalInfo(f"collected signal #{index + 1}") if signal is None else recall(signal)
        if info is None:
            if names is None:
                names = SignalNames()
                names.refresh()
            info = names.name(signal)
            remember(signal, info.name)
        found.append(info)
    return found


def _orphaned(recorder: Recorder, before: Sequence[int]) -> list[tuple[int, int, int]]:
    """Counts since ``before``, summed over the methods they were sent by."""
    routes = recorder.routing.table.entries()
    totals: dict[tuple[int, int], int] = {}
    for route, count in enumerate(recorder.orphans):
        since = count - (before[route] if route < len(before) else 0)
        if since:
            _, signal, sender = routes[route]
            totals[signal, sender] = totals.get((signal, sender), 0) + since
    return [(signal, sender, count) for (signal, sender), count in totals.items()]


def _with_ancestors(
    pauses: dict[int, int], paused: Sequence[tuple[int, int, int]], blocks: Sequence[bytes]
) -> dict[int, int]:
    """Pauses of receiver calls, charged to the spans around them too, if those were running then.

    ``paused`` are some ``(span, when, ns)`` of calls that may have been over, with a task of theirs going
    on. One pass does: a parent's row comes after the rows of what it contains. What comes later, a
    callback of on_commit or what a task sent, is no part of its time.
    """
    charged = dict(pauses)
    # By call, when it or something below it paused, and for how long; the dispatches to be looked at.
    below: dict[int, list[tuple[int, int]]] = {}
    for span, at, ns in paused:
        below.setdefault(span, []).append((at, ns))
    wanted = {dispatch_of(span) for span in (*charged, *below)}
    for block in blocks if wanted else ():
        for flat in split(block):
            if flat[0] not in wanted:
                continue
            row = unflatten(flat)
            inside = 0
            for call in calls_of(row):
                end = call.start_ns + call.duration_ns
                within = sum(ns for at, ns in below.pop(call.id, ()) if call.start_ns <= at <= end)
                if within:
                    charged[call.id] = charged.get(call.id, 0) + within
                inside += charged.get(call.id, 0)
            if inside:
                charged[row[0]] = charged.get(row[0], 0) + inside
                if row[1]:
                    wanted.add(dispatch_of(row[1]))
                    below.setdefault(row[1], []).append((row[5], inside))
    return charged
