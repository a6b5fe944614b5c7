"""How many queries receivers ran, of those that are asked for, and which."""

from __future__ import annotations

from collections import Counter

from signaltrace.analysis.sql_words import in_brief
from signaltrace.asserting.failing import message, of_calls, times_over
from signaltrace.asserting.finding import Question
from signaltrace.errors import SignaltraceError
from signaltrace.trace import Trace

__tracebackhide__ = True
__unittest = True

PROBE = "queries"
# Statements that a failure lists.
MOST_STATEMENTS = 10
# Of a statement so much, its end included.
_LONGEST = 240


def check_most(most: object) -> None:
    """Raises SignaltraceError for what is no number of queries."""
    if type(most) is not int or most < 0:
        raise SignaltraceError(f"the most queries is a number, 0 or more, not {str(most)[:40]!r}")


def check_queries(most: int, question: Question, trace: Trace) -> None:
    """Raises AssertionError where the calls that fit ran more queries than ``most``."""
    _check_watched(trace)
    ran: Counter[tuple[int, int]] = Counter()
    for _, call in question.calls(trace):
        ran.update((each.statement, call.receiver) for each in trace.queries_of(call.id))
    if ran.total() <= most:
        return
    which = of_calls(question)
    receivers = which if question.receiver is not None else f"receivers {which}".strip()
    allowed = "1 query" if most == 1 else f"{most:,} queries"
    first = f"expected at most {allowed} in {receivers}, ran {ran.total():,}"
    # what no receiver heard ran no query of a receiver, and is most of what models send
    raise AssertionError(message(first, trace, _listed(ran, trace), orphaned=False))


def _check_watched(trace: Trace) -> None:
    """What was not watched would otherwise prove nothing."""
    for fault in trace.faults:
        if fault.where.startswith(PROBE):
            raise SignaltraceError(
                f"queries were not all recorded, and can't be asserted on: {fault.message}"
            )


def _listed(ran: Counter[tuple[int, int]], trace: Trace) -> list[str]:
    """The statements, those that were run most often first, with the line that ran each."""
    lines = []
    for (index, receiver), number in ran.most_common(MOST_STATEMENTS):
        statement = trace.statements[index]
        site = trace.sites[statement.site] if statement.site else None
        where = f", line {site.line} of {site.file}" if site else ""
        by = trace.receivers[receiver].name
        lines.append(f"  {times_over(number)}: {in_brief(statement.text, _LONGEST)} ({by}{where})")
    if len(ran) > MOST_STATEMENTS:
        lines.append(f"  and {len(ran) - MOST_STATEMENTS:,} more statements")
    return lines
