"""What a saved trace must look like, stage *trace*: checked in full, so that no view can trip over a file.

Every field has its type, every index points into its table, every id is used once and a dispatch
begins after the receiver call that sent it.
"""

from __future__ import annotations

from typing import Any

from signaltrace.shape.probed import event, queries, statement
from signaltrace.shape.ran import ran_test
from signaltrace.shape.rows import Rows
from signaltrace.shape.values import (
    Misshapen,
    Test,
    below,
    check_each,
    is_dict,
    is_flag,
    is_list,
    is_moment,
    is_number_text,
    is_text,
    is_time,
    is_whole,
    list_of,
    mapping_of,
    maybe,
    record_of,
    tuple_of,
)

__all__ = ["Misshapen", "check_shape"]


def check_shape(data: dict[str, Any]) -> None:
    """Raise Misshapen unless ``data`` is what :meth:`Trace.to_dict` gives."""
    for part in data:
        if part not in _PARTS:
            raise Misshapen(f"part {part[:40]!r}")
    for part, test in _PARTS.items():
        if part not in data or not test(data[part]):
            raise Misshapen(f"part {part!r}")
    for part, test in _TABLES.items():
        check_each(part, data[part], test)
    signals, senders = below(len(data["signals"])), below(len(data["senders"]))
    receivers, routes = below(len(data["receivers"])), below(len(data["routes"]))
    check_each("routes", data["routes"], tuple_of(is_text, signals, senders))
    check_each("orphaned", data["orphaned"], tuple_of(signals, senders, is_whole))
    if data["sites"][:1] != [None]:
        raise Misshapen("part 'sites'")
    check_each("tests", data["tests"], ran_test(signals, receivers))
    check_each("connected", data["connected"], receivers)
    if not _is_tally(data["tally"], receivers, routes):
        raise Misshapen("part 'tally'")
    sites, threads = below(len(data["sites"])), below(len(data["threads"]))
    check_each("statements", data["statements"], statement(sites))
    if not queries(below(len(data["statements"])))(data["queries"]):
        raise Misshapen("part 'queries'")
    check_each("events", data["events"], event(receivers, threads, sites))
    Rows(data).check(data["rows"])


# What has entries of its own is checked entry by entry, so that the message can name one.
_ENTRIES = (
    "signals",
    "senders",
    "receivers",
    "routes",
    "sites",
    "orphaned",
    "faults",
    "tests",
    "connected",
    "statements",
    "queries",
    "events",
    "rows",
)
_PARTS: dict[str, Test] = {
    **dict.fromkeys(_ENTRIES, is_list),
    "started_at": is_moment,
    "wall_ns": is_whole,
    "argv": list_of(is_text),
    "versions": mapping_of(is_text, is_text),
    "threads": list_of(is_text),
    "dropped": is_whole,
    "tally": is_dict,
    "notes": list_of(is_text),
    "pauses": mapping_of(is_number_text, is_whole),
}

_TABLES: dict[str, Test] = {
    "signals": record_of(name=is_text, app=is_text, mine=is_flag),
    "senders": record_of(name=is_text, app=is_text),
    "receivers": record_of(
        name=is_text, file=maybe(is_text), line=maybe(is_whole), app=is_text, mine=is_flag, is_async=is_flag
    ),
    "sites": maybe(record_of(file=is_text, line=is_whole, function=is_text)),
    "faults": record_of(where=is_text, message=is_text, count=is_whole),
}


def _is_tally(value: Any, receivers: Test, routes: Test) -> bool:
    def indexes(test: Test) -> Test:
        return lambda key: is_number_text(key) and test(int(key))

    chunks = list_of(tuple_of(is_time, is_time, is_whole))
    columns = dict.fromkeys(
        ("calls", "primitive", "errors", "self_ns", "busy_ns", "max_ns", "queries", "sql_ns"), is_whole
    )
    return record_of(
        receivers=mapping_of(indexes(receivers), record_of(**columns, time=chunks)),
        routes=mapping_of(indexes(routes), is_whole),
        inside=chunks,
        below=list_of(tuple_of(is_whole, chunks, list_of(tuple_of(receivers, is_whole)), is_whole)),
        asked=list_of(tuple_of(is_whole, is_whole, is_whole)),
    )(value)
