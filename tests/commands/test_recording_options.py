"""--fields, --shuffle-receivers and --max-depth: checked before anything runs, passed on to the recording."""

from __future__ import annotations

import io
import re

import pytest
from django.core.management import call_command

from signaltrace.commands.options import Measures, ViewOptions
from signaltrace.commands.recording_options import RecordingOptions
from signaltrace.commands.settings import Defaults
from signaltrace.errors import SignaltraceError
from tests.commands.doors import manage

SAID = "acted [] plan=False view=none of ours\n"
NOTE = re.compile(r"Receivers ran in a shuffled order, --shuffle-receivers=(\d+)\.")
ALONE = " --shuffle-receivers alone draws one"
AGAIN = "receivers run in a shuffled order; the same one again with --shuffle-receivers={}"


def measures(defaults=None, **options):
    """What options come to."""
    defaults = defaults or Defaults()
    return RecordingOptions(**options).added(ViewOptions().plan(defaults), defaults).measures


def test_nothing_is_changed_unless_asked_for():
    """But for the depth, which is far beyond what is sane."""
    assert measures() == ViewOptions().plan(Defaults()).measures == Measures(frozenset(), 50, None)


def test_options_become_measures():
    """And what is given wins over the setting."""
    assert measures(fields=True, shuffle_receivers="4711", max_depth="0") == Measures(
        frozenset({"fields"}), 0, 4711
    )
    assert measures(Defaults(max_depth=7)).max_depth == 7
    assert measures(Defaults(max_depth=7), max_depth="9").max_depth == 9


def test_a_seed_is_drawn_where_none_is_given():
    """Another each time, short enough to be typed."""
    seeds = {measures(shuffle_receivers="random").shuffle for _ in range(8)}
    assert len(seeds) > 1
    assert all(0 <= seed < 100_000 for seed in seeds)


@pytest.mark.parametrize(
    ("options", "line"),
    [
        ({"max_depth": "deep"}, "--max-depth is a whole number from 0, not 'deep'"),
        ({"max_depth": "-1"}, "--max-depth is a whole number from 0, not '-1'"),
        (
            {"shuffle_receivers": "x"},
            f"--shuffle-receivers=SEED is a whole number from 0 to {2**63 - 1}, not 'x';{ALONE}",
        ),
    ],
)
def test_what_cannot_be_is_refused(options, line):
    """In one line that says what can."""
    with pytest.raises(SignaltraceError) as caught:
        measures(**options)
    assert str(caught.value) == line


@pytest.mark.parametrize("seed", ["9" * 19, str(2**63), "1.5", "", "²"])
def test_odd_seeds(seed):
    """Too large, no number, none at all."""
    with pytest.raises(SignaltraceError):
        measures(shuffle_receivers=seed)


def test_without_a_value_the_command_stays_the_command():
    """What follows is no seed; the one that was drawn is told before and after."""
    result = manage("run", "--shuffle-receivers", "--fields", "act")
    assert (result.status, result.out) == (0, SAID)
    seed = NOTE.search(" ".join(result.err.split())).group(1)
    assert result.err.splitlines()[0] == f"signaltrace: {AGAIN.format(seed)}"


@pytest.mark.parametrize(
    "way", [["-c", "pass"], ["--shuffle-receivers=5", "-c", "pass", "--shuffle-receivers"]]
)
def test_exec_knows_them_too(way):
    """Before its code; what comes after that is the program's."""
    result = manage("exec", *(["--shuffle-receivers=5"] if way[0] == "-c" else []), *way)
    assert result.status == 0
    assert result.err.splitlines()[0] == f"signaltrace: {AGAIN.format(5)}"


def test_a_seed_out_of_place_runs_nothing():
    """The command is not begun."""
    result = manage("run", "--shuffle-receivers=x", "act")
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("signaltrace: --shuffle-receivers=SEED is a whole number")


@pytest.mark.parametrize(
    ("deep", "loops"), [((), 50), (("--max-depth", "3"), 3), (("--max-depth=7",), 7)], ids=["50", "3", "7"]
)
def test_max_depth_reaches_the_program(deep, loops):
    """One error in place of Python's, which shows the loop; the view is shown all the same."""
    code = (
        "from django.dispatch import Signal\n"
        "round = Signal()\n"
        "def again(sender, **kwargs): round.send(sender)\n"
        "round.connect(again)\n"
        "round.send('start')\n"
    )
    result = manage("exec", *deep, "-c", code)
    assert result.status == 1
    told = f"__main__.round start → __main__.again → __main__.round start went round {loops} times"
    advice = f"signals are {loops} dispatches deep (--max-depth, 0 to allow more)"
    assert f"SignalRecursionError: {told}; {advice}" in result.err
    assert "Signals of " in result.err
    if not deep:
        assert "SignalRecursionError" not in manage("exec", "--max-depth", "0", "-c", code).err


def test_call_command_takes_them_as_keywords():
    """True for the one without a value, else the seed."""
    for given, seed in ((4711, "4711"), (True, r"\d+")):
        err = io.StringIO()
        call_command(
            "signaltrace",
            "run",
            "check",
            shuffle_receivers=given,
            max_depth=9,
            stdout=io.StringIO(),
            stderr=err,
        )
        assert re.search(rf"--shuffle-receivers={seed}\b", err.getvalue())
