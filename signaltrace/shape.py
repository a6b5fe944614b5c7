"""What a saved trace must look like, stage *trace*: checked in full, so that no view can trip over a file.

Every field has its type, every index points into its table, every id is used once and a dispatch
begins after the receiver call that sent it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, TypeAlias

from signaltrace.rows import MAX_CALLS, STEP
from signaltrace.trace import OK, RAISED, RETURNED_ERROR, UNKNOWN

Test: TypeAlias = Callable[[Any], bool]

# Far beyond any clock, and still a number that every view can do sums with.
_HIGHEST = 1 << 62
_OUTCOMES = frozenset({OK, RAISED, RETURNED_ERROR, UNKNOWN})


class Misshapen(ValueError):
    """The part of a trace that is not what it should be, named as ``rows[3]``."""


def check_shape(data: dict[str, Any]) -> None:
    """Raise Misshapen unless ``data`` is what :meth:`Trace.to_dict` gives."""
    for part in data:
        if part not in _PARTS:
            raise Misshapen(f"part {part[:40]!r}")
    for part, test in _PARTS.items():
        if part not in data or not test(data[part]):
            raise Misshapen(f"part {part!r}")
    for part, test in _TABLES.items():
        _check_each(part, data[part], test)
    signals, senders = _below(len(data["signals"])), _below(len(data["senders"]))
    receivers, routes = _below(len(data["receivers"])), _below(len(data["routes"]))
    _check_each("routes", data["routes"], _tuple(_text, signals, senders))
    _check_each("orphaned", data["orphaned"], _tuple(signals, senders, _whole))
    if data["sites"][:1] != [None]:
        raise Misshapen("part 'sites'")
    if not _is_tally(data["tally"], receivers, routes):
        raise Misshapen("part 'tally'")
    _Rows(data).check(data["rows"])


def _check_each(part: str, entries: list[Any], test: Test) -> None:
    for position, entry in enumerate(entries):
        if not test(entry):
            raise Misshapen(f"{part}[{position}]")


def _text(value: Any) -> bool:
    return type(value) is str


def _flag(value: Any) -> bool:
    return type(value) is bool


def _time(value: Any) -> bool:
    return type(value) is int and -_HIGHEST < value < _HIGHEST


def _whole(value: Any) -> bool:
    return type(value) is int and 0 <= value < _HIGHEST


def _moment(value: Any) -> bool:
    try:
        return type(value) is str and (not value or datetime.fromisoformat(value) is not None)
    except ValueError:
        return False


def _atom(value: Any) -> bool:
    return value is None or type(value) in (str, int, float, bool)


def _described(value: Any) -> bool:
    """An argument: an atom, or ``[type]``, or ``[type, key, atom or list of atoms]``."""
    if type(value) is not list:
        return _atom(value)
    if len(value) == 1:
        return _text(value[0])
    if len(value) != 3 or not (_text(value[0]) and _text(value[1])):
        return False
    return all(map(_atom, value[2])) if type(value[2]) is list else _atom(value[2])


def _is_outcome(value: Any) -> bool:
    return type(value) is str and value in _OUTCOMES


def _is_list(value: Any) -> bool:
    return type(value) is list


def _is_dict(value: Any) -> bool:
    return type(value) is dict


def _are_arguments(flat: list[Any]) -> bool:
    return len(flat) % 2 == 0 and all(map(_text, flat[::2])) and all(map(_described, flat[1::2]))


def _below(size: int) -> Test:
    return lambda value: type(value) is int and 0 <= value < size


def _maybe(test: Test) -> Test:
    return lambda value: value is None or test(value)


def _list(test: Test) -> Test:
    return lambda value: type(value) is list and all(map(test, value))


def _tuple(*tests: Test) -> Test:
    return lambda value: (
        type(value) is list
        and len(value) == len(tests)
        and all(test(each) for test, each in zip(tests, value, strict=True))
    )


def _record(**tests: Test) -> Test:
    return lambda value: (
        type(value) is dict
        and value.keys() == tests.keys()
        and all(test(value[name]) for name, test in tests.items())
    )


def _mapping(key: Test, test: Test) -> Test:
    return lambda value: type(value) is dict and all(key(k) and test(v) for k, v in value.items())


def _number_text(value: Any) -> bool:
    return type(value) is str and value.isascii() and value.isdigit() and len(value) < 20


# What has entries of its own is checked entry by entry, so that the message can name one.
_ENTRIES = ("signals", "senders", "receivers", "routes", "sites", "orphaned", "faults", "rows")
_PARTS: dict[str, Test] = {
    **dict.fromkeys(_ENTRIES, _is_list),
    "started_at": _moment,
    "wall_ns": _whole,
    "argv": _list(_text),
    "versions": _mapping(_text, _text),
    "threads": _list(_text),
    "dropped": _whole,
    "tally": _is_dict,
    "notes": _list(_text),
    "pauses": _mapping(_number_text, _whole),
}

_TABLES: dict[str, Test] = {
    "signals": _record(name=_text, app=_text, mine=_flag),
    "senders": _record(name=_text, app=_text),
    "receivers": _record(
        name=_text, file=_maybe(_text), line=_maybe(_whole), app=_text, mine=_flag, is_async=_flag
    ),
    "sites": _maybe(_record(file=_text, line=_whole, function=_text)),
    "faults": _record(where=_text, message=_text, count=_whole),
}

_positions = _list(_below(MAX_CALLS))
_ERROR = _maybe(_tuple(_text, _text, _maybe(_text), _maybe(_whole)))


def _is_tally(value: Any, receivers: Test, routes: Test) -> bool:
    def indexes(test: Test) -> Test:
        return lambda key: _number_text(key) and test(int(key))

    chunks = _list(_tuple(_time, _time, _whole))
    columns = dict.fromkeys(("calls", "primitive", "errors", "self_ns", "busy_ns", "max_ns"), _whole)
    pairs = _list(_tuple(_time, _time))
    return _record(
        receivers=_mapping(indexes(receivers), _record(**columns, time=chunks)),
        routes=_mapping(indexes(routes), _whole),
        inside=chunks,
        below=_list(_tuple(_whole, pairs, _list(_tuple(receivers, _whole)), _whole)),
    )(value)


class _Rows:
    """The rows against the tables they point into, and against each other."""

    def __init__(self, data: dict[str, Any]) -> None:
        self.receivers = len(data["receivers"])
        self.receiver = _below(self.receivers)
        self.thread = _below(len(data["threads"]))
        self.fields = _tuple(
            *(
                _whole,
                _whole,
                _below(len(data["routes"])),
                _below(len(data["sites"])),
                self.thread,
                _time,
                _whole,
            ),
            *(_is_list, _maybe(_is_list), _maybe(_is_dict)),
        )
        self.known: set[int] = set()
        self.taken: dict[int, set[int]] = {}

    def check(self, rows: list[Any]) -> None:
        """Raise Misshapen naming the first row that is wrong."""
        _check_each("rows", rows, self.fields)
        late = {row[0] for row in rows if row[9] and "late" in row[9]}
        _check_each("rows", rows, lambda row: self._is_row(row, late))

    def _is_row(self, row: list[Any], late: set[int]) -> bool:
        number, parent, calls, arguments, extra = row[0], row[1], row[7], row[8], row[9] or {}
        # ids are given when a dispatch begins: a smaller parent also means that there is no cycle
        if number == 0 or number % STEP or parent >= number:
            return False
        if "late" not in extra:
            if number in self.known:
                return False
            self.known.add(number)
        if not (self._are_calls(calls) and (arguments is None or _are_arguments(arguments))):
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
            and min(calls) > -_HIGHEST
            and max(calls) < _HIGHEST
            and min(calls[0::3]) >= 0
            and max(calls[0::3]) < self.receivers
            and min(calls[2::3]) >= 0
        )

    def _is_extra(self, extra: dict[str, Any], count: int) -> bool:
        call = _below(count)
        tests: dict[str, Test] = {
            "outcomes": _list(_tuple(call, _is_outcome, _ERROR)),
            "busy": _list(_tuple(call, _whole)),
            "threads": _list(_tuple(call, self.thread)),
            "positions": lambda value: _positions(value) and len(value) == count == len(set(value)),
            "not_called": _list(self.receiver),
            "task": _maybe(_text),
            "error": _ERROR,
            "outcome": _is_outcome,
            "opaque": _flag,
            "late": lambda value: value is not None,
        }
        return all(name in tests and tests[name](value) for name, value in extra.items())

    def _take(self, number: int, positions: Sequence[int]) -> bool:
        """Whether the calls of a dispatch told in several rows are all different ones."""
        taken = self.taken.setdefault(number, set())
        before = len(taken)
        taken.update(positions)
        return len(taken) == before + len(positions)
