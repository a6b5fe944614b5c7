"""The JSON export: the whole trace on one line, the very text that a saved file holds."""

from __future__ import annotations

from signaltrace.storage import to_text
from signaltrace.trace import Trace

NAME = "json"
SUMMARY = "the whole trace as JSON, as a saved file holds it"


def render(trace: Trace) -> str:
    """One line of JSON, without a line end."""
    return to_text(trace)
