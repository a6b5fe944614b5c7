"""What a file holds is checked in full: types, ranges, and indexes that point into nothing."""

from __future__ import annotations

import copy
import json

import pytest

from signaltrace.ran import RanTest
from signaltrace.rows import STEP
from signaltrace.storage import load
from tests.saved import document, refusal


@pytest.fixture
def file(tmp_path):
    """Where to save."""
    return tmp_path / "trace.json"


def spoiled(*path, value) -> dict:
    """The document with one value replaced (or removed, for `...`)."""
    whole = document()
    inner = whole
    for step in path[:-1]:
        inner = inner[step]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return whole


PARTS = [name for name in document() if name not in ("format", "schema")]


@pytest.mark.parametrize("value", [..., None, 1.5, "x", True, -1, {"a": 1}, [[]], [{}]])
@pytest.mark.parametrize("part", PARTS)
def test_a_part_that_is_missing_or_of_another_type(part, value, file):
    """Every one of them is checked, so that no view can trip over it."""
    file.write_text(json.dumps(spoiled(part, value=value)), encoding="ascii")
    assert refusal(file).startswith("FILE is damaged: its ")


# (row, field) -> values that are wrong there; the rows of a_trace() by position
WRONG = [
    ((0, 0), [0, -STEP, STEP + 1, "1", 1.0, None, True]),
    ((0, 1), [-1, 2 * STEP, 3 * STEP, "1", None]),
    ((0, 2), [-1, 99, None, True]),
    ((0, 3), [-1, 99, None]),
    ((0, 4), [-1, 99, "MainThread"]),
    ((0, 5), ["now", 1 << 63, None, 0.5]),
    ((0, 6), [-1, 1 << 63, None]),
    ((0, 7), [None, [0], [0, 1], [99, 0, 0], [-1, 0, 0], [0, 0, -1], [0, "0", 0], [0, 0, 1.5]]),
    ((0, 7), [[True, 0, 0], [0, 0, 1 << 63]]),
    ((0, 8), ["x", ["name"], [1, 2], ["name", []], ["name", [1]], ["name", ["T", "pk"]]]),
    ((0, 8), [["name", {"a": 1}], ["name", ["T", "pk", [[]]]], ["name", ["T", 1, 2]]]),
    ((0, 9), [[], 1, {"unknown": 1}, {"task": 1}, {"opaque": "yes"}, {"late": None}]),
    ((0, 9), [{"error": ["ValueError"]}, {"error": ["ValueError", "x", 1, 1]}, {"outcome": "fine"}]),
    ((0, 9), [{"not_called": [99]}, {"not_called": 1}, {"outcomes": [[5, "raised", None]]}]),
    ((0, 9), [{"muted": [99]}, {"muted": 1}, {"muted": [-1]}, {"muted": ["a"]}]),
    ((0, 9), [{"outcomes": [[0, "fine", None]]}, {"outcomes": [[0, "raised"]]}, {"busy": [[0, -1]]}]),
    ((0, 9), [{"busy": [[9, 1]]}, {"threads": [[0, 99]]}, {"positions": [0, 1]}, {"positions": [-1]}]),
    ((0, 9), [{"positions": [STEP]}]),
]


@pytest.mark.parametrize(("place", "value"), [(place, value) for place, values in WRONG for value in values])
def test_a_row_with_a_wrong_field(place, value, file):
    """Types, ranges, and indexes that point into nothing."""
    row, field = place
    file.write_text(json.dumps(spoiled("rows", row, field, value=value)), encoding="ascii")
    assert refusal(file) == f"FILE is damaged: its rows[{row}] cannot be understood"


def test_rows_that_contradict_each_other(file):
    """An id used twice, a call told twice, dispatches that are inside each other."""
    whole = document()
    twice = copy.deepcopy(whole)
    twice["rows"].append(twice["rows"][0])
    late = copy.deepcopy(whole)
    late["rows"][-1][9]["positions"] = [0]
    cycle = copy.deepcopy(whole)
    numbers = [row[0] for row in cycle["rows"]]
    outer, inner = numbers.index(STEP), numbers.index(2 * STEP)
    cycle["rows"][outer][1] = 2 * STEP + 1
    assert cycle["rows"][inner][1] == STEP + 1
    for spoilt, row in ((twice, len(whole["rows"])), (late, len(whole["rows"]) - 1), (cycle, outer)):
        file.write_text(json.dumps(spoilt), encoding="ascii")
        assert refusal(file) == f"FILE is damaged: its rows[{row}] cannot be understood"


@pytest.mark.parametrize(
    ("path", "value", "named"),
    [
        (("schema",), 0, "schema"),
        (("schema",), True, "schema"),
        (("schema",), "1", "schema"),
        (("schema",), ..., "schema"),
        (("more",), 1, "part 'more'"),
        (("started_at",), "yesterday", "part 'started_at'"),
        (("wall_ns",), 1 << 62, "part 'wall_ns'"),
        (("argv", 0), 1, "part 'argv'"),
        (("versions", "django"), None, "part 'versions'"),
        (("signals", 0, "name"), None, "signals[0]"),
        (("signals", 0, "more"), 1, "signals[0]"),
        (("signals", 0, "mine"), ..., "signals[0]"),
        (("senders", 0, "app"), 1, "senders[0]"),
        (("receivers", 0, "line"), "3", "receivers[0]"),
        (("receivers", 0, "is_async"), 0, "receivers[0]"),
        (("sites", 0), {"file": "a", "line": 1, "function": "f"}, "part 'sites'"),
        (("sites", 1, "line"), -1, "sites[1]"),
        (("routes", 0, 1), 99, "routes[0]"),
        (("routes", 0), ["send", 0], "routes[0]"),
        (("orphaned", 0, 0), 99, "orphaned[0]"),
        (("faults", 0, "count"), "2", "faults[0]"),
        (("pauses", "x"), 1, "part 'pauses'"),
        (("tally", "receivers", "99"), {}, "part 'tally'"),
        (("tally", "routes", "99"), 1, "part 'tally'"),
        (("tally", "inside"), [[1, 2]], "part 'tally'"),
        (("tally", "more"), 1, "part 'tally'"),
    ],
)
def test_a_table_with_a_wrong_entry(path, value, named, file):
    """The message names the place."""
    file.write_text(json.dumps(spoiled(*path, value=value)), encoding="ascii")
    assert refusal(file) == f"FILE is damaged: its {named} cannot be understood"


@pytest.mark.parametrize(
    ("test", "good"),
    [
        (["t", "passed", "", [["call", 0, 5, 1, 2, [0, 1, 1, 0, 2]]], [[0, 0, "raised", "E", "m", 1]]], True),
        (["t", "passed", "", [], []], True),
        (["t", "passed", "", [["later", 0, 5, 1, 2, []]], []], False),
        (["t", "passed", "", [["call", 0, 5, 1, 2, [0, 1, 1, 0]]], []], False),
        (["t", "passed", "", [["call", 0, 5, 1, 2, [99, 1, 1, 0, 2]]], []], False),
        (["t", "passed", "", [["call", -1, 5, 1, 2, []]], []], False),
        (["t", "passed", "", [], [[99, 0, "raised", "E", "m", 1]]], False),
        (["t", "passed", "", [], [[0, 0, "sideways", "E", "m", 1]]], False),
        (["t", "passed", ""], False),
    ],
)
def test_tests_of_a_suite(test, good, file):
    """Phases are known ones, receivers and signals are in their tables, numbers are counts and times."""
    file.write_text(json.dumps(spoiled("tests", value=[test])), encoding="ascii")
    if good:
        assert load(file).tests == [RanTest.from_plain(test)]
    else:
        assert refusal(file) == "FILE is damaged: its tests[0] cannot be understood"


def test_connected_receivers_are_in_the_table(file):
    """An index beyond it would be an error in a view."""
    file.write_text(json.dumps(spoiled("connected", value=[99])), encoding="ascii")
    assert refusal(file) == "FILE is damaged: its connected[0] cannot be understood"
