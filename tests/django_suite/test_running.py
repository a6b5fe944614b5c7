"""What is read of a run's outcomes: the same names for the same tests in every process."""

from __future__ import annotations

import json
from pathlib import Path

from tests.django_suite.comparing import differences
from tests.django_suite.running import Run, _read


def run_of(folder: Path, tests: dict[str, list[list[str]]]) -> Run:
    """A run whose suite wrote these outcomes."""
    folder.mkdir()
    (folder / "output.txt").write_text("", encoding="utf-8")
    told = {"tests": tests, "wall": 1.0, "cpu": 1.0}
    (folder / "outcomes.json").write_text(json.dumps(told), encoding="utf-8")
    return _read(folder, folder / "output.txt", 0)


def test_subtests_named_after_objects_are_the_same_in_both_runs(tmp_path: Path) -> None:
    """Where an object lies is no difference; how many of them failed, and how, is one."""
    bare = run_of(tmp_path / "bare", {"t [<object at 0x7f01>]": [["error", "A"]], "t": [["passed", ""]]})
    same = run_of(tmp_path / "same", {"t [<object at 0x7fa2>]": [["error", "A"]], "t": [["passed", ""]]})
    more = run_of(
        tmp_path / "more",
        {
            "t [<object at 0x7fa2>]": [["error", "A"]],
            "t [<object at 0x7fb2>]": [["error", "A"]],
            "t": [["passed", ""]],
        },
    )
    assert differences(bare, same) == []
    assert differences(bare, more) == [
        "t [<object at 0x…>]: bare error (A), traced error (A) and error (A)",
    ]
