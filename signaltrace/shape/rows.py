"""The rows of a saved trace, for shape: against the tables they point into, and against each other."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from signaltrace.rows import MAX_CALLS, STEP
from signaltrace.shape.values import (
    HIGHEST,
    Test,
    are_arguments,
    below,
    check_each,
    is_dict,
    is_flag,
    is_list,
    is_outcome,
    is_text,
    is_time,
    is_whole,
    list_of,
    maybe,
    tuple_of,
)

_POSITIONS = list_of(below(MAX_CALLS))
_ERROR = maybe(tuple_of(is_text, is_text, maybe(is_text), maybe(is_whole)))


class Rows:
    """The rows against the tables they point into, and against each other."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.receivers = len(data["receivers"])
        self.receiver = below(self.receivers)
        self.thread = below(len(data["threads"]))
        route, site = below(len(data["routes"])), below(len(data["sites"]))
        indexes = (is_whole, is_whole, route, site, self.thread)
        self.fields = tuple_of(*indexes, is_time, is_whole, is_list, maybe(is_list), maybe(is_dict))
        self.known: set[int] = set()
        self.taken: dict[int, set[int]] = {}

    def check(self, rows: list[Any]) -> None:
        """Raise Misshapen naming the first row that is wrong."""
        check_each("rows", rows, self.fields)
        late = {row[0] for row in rows if row[9] and "late" in row[9]}
        check_each("rows", rows, lambda row: self._is_row(row, late))

    def _is_row(self, row: list[Any], late: set[int]) -> bool:
        number, parent, calls, arguments, extra = row[0], row[1], row[7], row[8], row[9] or {}
        # ids are given when a dispatch begins: a smaller parent also means that there is no cycle
        if number == 0 or number % STEP or parent >= number:
            return False
        if "late" not in extra:
            if number in self.known:
                return False
            self.known.add(number)
        if not (self._are_calls(calls) and (arguments is None or are_arguments(arguments))):
            return False
        count = len(calls) // 3
        if extra and not self._is_extra(extra, count):
            return False
        return number not in late or self._take(number, extra.get("positions", range(count)))

    def _are_calls(self, calls: list[Any]) -> bool:
        if not calls:
            return True
        return (
            len(calls) % 3 == 0
            and len(calls) // 3 <= MAX_CALLS
            and set(map(type, calls)) == {int}
            and min(calls) > -HIGHEST
            and max(calls) < HIGHEST
            and min(calls[0::3]) >= 0
            and max(calls[0::3]) < self.receivers
            and min(calls[2::3]) >= 0
        )

    def _is_extra(self, extra: dict[str, Any], count: int) -> bool:
        call = below(count)
        tests: dict[str, Test] = {
            "outcomes": list_of(tuple_of(call, is_outcome, _ERROR)),
            "busy": list_of(tuple_of(call, is_whole)),
            "threads": list_of(tuple_of(call, self.thread)),
            "positions": lambda value: _POSITIONS(value) and len(value) == count == len(set(value)),
            "not_called": list_of(self.receiver),
            "muted": list_of(self.receiver),
            "task": maybe(is_text),
            "error": _ERROR,
            "outcome": is_outcome,
            "opaque": is_flag,
            "late": lambda value: value is not None,
        }
        return all(name in tests and tests[name](value) for name, value in extra.items())

    def _take(self, number: int, positions: Sequence[int]) -> bool:
        """Whether the calls of a dispatch told in several rows are all different ones."""
        taken = self.taken.setdefault(number, set())
        before = len(taken)
        taken.update(positions)
        return len(taken) == before + len(positions)
