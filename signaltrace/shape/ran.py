"""The tests of a saved trace, for shape: against the tables they point into."""

from __future__ import annotations

from typing import Any

from signaltrace.ran import CALL, OUTSIDE, SETUP, TEARDOWN
from signaltrace.shape.values import Test, is_list, is_outcome, is_text, is_whole, list_of, tuple_of

_COLUMNS = 5


def ran_test(signals: Test, receivers: Test) -> Test:
    """What an entry of ``tests`` must be, given the tests of an index into the two tables."""
    phase = tuple_of(_is_phase, is_whole, is_whole, is_whole, is_whole, _calls(receivers))
    failed = tuple_of(signals, receivers, is_outcome, is_text, is_text, is_whole)
    return tuple_of(is_text, is_text, is_text, list_of(phase), list_of(failed))


def _is_phase(value: Any) -> bool:
    return is_text(value) and value in (SETUP, CALL, TEARDOWN, OUTSIDE)


def _calls(receivers: Test) -> Test:
    """Costs in a flat list: a receiver, then four whole numbers."""
    return lambda value: (
        is_list(value)
        and len(value) % _COLUMNS == 0
        and all(map(is_whole, value))
        and all(map(receivers, value[::_COLUMNS]))
    )
