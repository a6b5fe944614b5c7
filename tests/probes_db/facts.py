"""What a trace says of queries, transactions and writes, in words short enough to be compared with."""

from __future__ import annotations

from collections import Counter

from signaltrace.analysis.atomics import alias_of, blocks_of, depth_of, rollback_of
from signaltrace.event import Event
from signaltrace.rows import ON_COMMIT, Row
from signaltrace.span import RECEIVER, Span
from signaltrace.trace import Trace
from tests.probes_db.running import Program, same
from tests.probes_db.worlds import World


def charged(trace: Trace) -> dict[str, dict[str, int]]:
    """How many queries each receiver was charged with, by its own name and the database's alias."""
    found: dict[str, Counter[str]] = {}
    for _, span in trace.walk():
        if span.kind == RECEIVER and span.queries:
            queries = trace.queries_of(span.id)
            assert len(queries) == span.queries
            mine = found.setdefault(_own_name(span.label), Counter())
            mine.update(trace.statements[each.statement].alias for each in queries)
    return {name: dict(counts) for name, counts in found.items()}


def bypassed(trace: Trace) -> list[str]:
    """The writes that bypassed receivers, in order: how, the model, how many rows, what did not run."""
    found = []
    for event in trace.events_of("bypass"):
        missed = [_own_name(trace.receivers[each].name) for each in event.receivers]
        model = _own_name(event.data["model"])
        found.append(
            " ".join([event.data["how"], model, str(event.data["rows"]), *missed, *event.data["overrides"]])
        )
    return found


def fated(world: World, program: Program) -> dict[str, str]:
    """The fates of what a program saved, bare as well as traced; the databases hold what was not undone."""
    found = fates(same(world, program))
    held = {
        f"{table.rpartition('.')[2]} {row[0]}{_place(table.partition('.')[0])}"
        for table, rows in world.rows().items()
        for row in rows
    }
    for name, fate in found.items():
        stands = any("undone" not in each for each in fate.split(", "))
        assert stands == (name in held), (name, fate, held)
    return found


def fates(trace: Trace) -> dict[str, str]:
    """By the row that was saved: how deep in atomic blocks it was, and what undid it, if anything did."""
    found: dict[str, str] = {}
    for row in trace.rows():
        span = trace.dispatch_span(row)
        if span.signal.name.endswith(".post_save"):
            alias = alias_of(trace, row)
            assert alias == span.arguments.get("using", "default")
            instance = span.arguments["instance"]
            name = f"{_own_name(instance['type'])} {instance['pk']}{_place(alias)}"
            fate = _fate(trace, row, alias)
            found[name] = f"{found[name]}, {fate}" if name in found else fate
    return found


def _fate(trace: Trace, row: Row, alias: str) -> str:
    depth, undone = depth_of(trace, row).get(alias, 0), rollback_of(trace, row)
    # What the analysis finds by a search is what a look at every event finds.
    assert len(_around(trace, "atomic", row, alias)) == len(blocks_of(trace, row)) == depth
    assert undone in (_around(trace, "rollback", row, alias) or [None])
    if undone is None:
        return str(depth)
    to = " to savepoint" if undone.data["to"] == "savepoint" else ""
    why = _own_name(undone.data["why"])
    return f"{depth} undone{to}" + (f" by {why}" if why else "")


def _around(trace: Trace, kind: str, row: Row, alias: str) -> list[Event]:
    return [
        event
        for event in trace.events_of(kind)
        if event.data["alias"] == alias and event.thread == row[4] and event.id < row[0] < event.last
    ]


def left_for_the_commit(trace: Trace) -> list[str]:
    """The callbacks of `on_commit`, by when they ran or were left: who left them, what came of them."""
    spans = {span.id: span for _, span in trace.walk()}
    found: dict[int, str] = {}
    for span in spans.values():
        if span.kind == RECEIVER and span.method == ON_COMMIT:
            dispatch = spans[span.parent_id or 0]
            robust = dispatch.arguments.get("robust", False)
            who = _work(spans, dispatch.parent_id, span.label, dispatch.sender.name, robust)
            error = "" if span.error is None else f" {_own_name(span.error.type)}"
            found[span.id] = f"{who}: {span.outcome}{error}"
    for event in trace.events_of(ON_COMMIT):
        label = trace.receivers[event.receivers[0]].name
        who = _work(spans, event.span, label, event.data["alias"], event.data["robust"])
        found[event.id] = f"{who}: {event.data['fate']}"
    return [found[number] for number in sorted(found)]


def _work(spans: dict[int, Span], leaver: int | None, label: str, alias: str, robust: bool) -> str:
    who = _own_name(spans[leaver].label) if leaver in spans else "nobody"
    return f"{_own_name(label)} of {who}{_place(alias)}{' robustly' * robust}"


def _place(alias: str) -> str:
    return "" if alias == "default" else f" in {alias}"


def _own_name(label: str) -> str:
    """The last part of a dotted name, in `functools.partial(name)` as well."""
    return label.rpartition(".")[2].rstrip(")")
