"""Traces that were saved by an older signaltrace, for shape: given what their schema did not know."""

from __future__ import annotations

from typing import Any


def upgraded(data: dict[str, Any], schema: int) -> dict[str, Any]:
    """The same trace in the newest schema; what is misshapen stays so."""
    if schema < 2:
        data = {"tests": [], "connected": [], **data}
    if schema < 3:
        data = {"statements": [], "queries": [], "events": [], **data}
        data["tally"] = _with_queries(data.get("tally"))
    return data


def _with_queries(tally: Any) -> Any:
    """A tally of schema 1 or 2, which knew no queries."""
    if type(tally) is not dict or type(tally.get("receivers")) is not dict:
        return tally
    receivers = {
        index: {"queries": 0, "sql_ns": 0, **totals} if type(totals) is dict else totals
        for index, totals in tally["receivers"].items()
    }
    return {"asked": [], **tally, "receivers": receivers}
