"""``run`` in a process of its own: the command's output, exit status and exceptions stay what they are."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest

from signaltrace import storage
from tests.commands.doors import PROJECT, environment, manage, python

SAID = "acted [] plan=False view=none of ours\n"
ACT = ["act", "--argv", "--plan", "a", "--view", "x"]
REST = ["act", "--argv", "--plan", "--", "--view"]
HEARD = "tests.commands.project.receivers.thank"


@pytest.fixture(autouse=True)
def _ctrl_c_is_heard():
    """A shell starts what runs in the background with SIGINT ignored, and a child inherits that."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)


def test_the_commands_stdout_stays_clean_and_the_view_goes_to_stderr():
    """What a pipe behind the command gets is what a bare run gives it."""
    result = manage("run", "act")
    assert (result.status, result.out) == (0, SAID)
    assert result.err.startswith("\nSignals of manage.py act\n")
    assert HEARD in result.err
    assert "\x1b" not in result.err


@pytest.mark.parametrize(
    ("arguments", "argv"),
    [
        (ACT, ACT),
        (["--", *ACT], ACT),
        (["--limit", "5", *REST], REST),
    ],
)
def test_the_commands_arguments_are_its_own(arguments, argv):
    """Also after `--`, also those that look like ours; sys.argv is what a bare run has."""
    result = manage("run", *arguments)
    bare = python("manage.py", *argv)
    assert (result.status, result.out) == (bare.status, bare.out)
    assert json.loads(result.out.splitlines()[0]) == ["manage.py", *argv]


@pytest.mark.parametrize(
    ("way", "status"),
    [("--exit=3", 3), ("--raise", 1), ("--error", 7), ("--ours", 1), ("--interrupt", -signal.SIGINT)],
)
def test_the_way_the_command_ends_passes_on_and_the_view_is_shown(way, status):
    """Exit statuses, exceptions (a SignaltraceError of the program's, too) and Ctrl-C."""
    result = manage("run", "act", way)
    bare = python("manage.py", "act", way)
    assert result.status == bare.status == status
    assert result.out == bare.out
    assert HEARD in result.err
    # the last line of a traceback, or the line Django prints of a CommandError
    assert bare.err.splitlines()[-1:] == [
        line for line in result.err.splitlines() if line in bare.err.splitlines()[-1:]
    ]


def test_ctrl_c_shows_and_saves_what_was_recorded(tmp_path):
    """The command is interrupted as it would be; the trace is whole."""
    file = tmp_path / "trace.json"
    with subprocess.Popen(
        [sys.executable, "manage.py", "signaltrace", "run", "--save", str(file), "act", "--wait"],
        cwd=PROJECT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as running:
        assert running.stdout.readline() == SAID
        running.send_signal(signal.SIGINT)
        _, err = running.communicate(timeout=60)
        assert running.returncode == -signal.SIGINT
    assert HEARD in err
    assert err.endswith("KeyboardInterrupt\n")
    assert [span.label for _, span in storage.load(file).walk()][-1] == HEARD


def test_a_forked_child_that_comes_back_shows_and_saves_nothing(tmp_path):
    """One view, one file: those of the process that was started."""
    file = tmp_path / "trace.json"
    result = manage("run", "--save", str(file), "act", "--fork")
    assert result.status == 0
    assert sorted(result.out.splitlines()) == sorted([SAID.strip(), "in the child"])
    assert result.err.count("Signals of") == 1
    assert result.err.count("trace saved") == 1
    assert storage.load(file).argv == ["manage.py", "act", "--fork"]


def test_several_views_in_the_order_given():
    """--view may be repeated."""
    result = manage("run", "--view", "receivers-called", "--view", "profile", "act")
    titles = [line for line in result.err.splitlines() if line.endswith(" of manage.py act")]
    assert titles == ["Receivers of manage.py act", "Profile of manage.py act"]


def test_orphaned_and_arguments_decide_what_is_recorded(tmp_path):
    """--orphaned keeps dispatches nobody heard; --arguments none keeps no arguments."""
    file = tmp_path / "trace.json"
    manage("run", "--orphaned", "--save", str(file), "act")
    assert [span.label for span in storage.load(file).roots()] == [
        "tests.commands.project.signals.paid",
        "tests.commands.project.signals.unheard",
    ]
    code = "from tests.commands.project.signals import paid; paid.send('till', price=5)"
    manage("exec", "--save", str(file), "-c", code)
    assert storage.load(file).roots()[0].arguments == {"price": 5}
    manage("exec", "--arguments", "none", "--save", str(file), "-c", code)
    assert storage.load(file).roots()[0].arguments == {}


def test_saved_files_and_json_hold_the_whole_trace_whatever_the_filters(tmp_path):
    """--json replaces the view, so it goes where the view goes; nothing else is printed there."""
    file = tmp_path / "trace.json.gz"
    result = manage("run", "--errors", "--min", "1m", "--json", "--save", str(file), "act")
    assert result.out == SAID
    assert json.loads(result.err)["rows"]
    assert storage.to_text(storage.load(file)) + "\n" == result.err


def test_a_pattern_that_matches_nothing_is_told_after_the_run_and_the_file_is_saved(tmp_path):
    """The command ran: its exit status is its own."""
    file = tmp_path / "a trace.json"
    result = manage("run", "--receiver", "thnk", "--save", str(file), "act", "--exit", "3")
    assert (result.status, result.out) == (3, SAID)
    missed = f"--receiver 'thnk' matches nothing in this trace; the closest is {HEARD}"
    assert result.err.splitlines()[:2] == [
        f"signaltrace: trace saved, see it again with: signaltrace show '{file}'",
        f"signaltrace: {missed}; shown without the filters",
    ]
    assert HEARD in "".join(result.err.splitlines()[2:])  # what was recorded may not come again
    assert storage.load(file).roots()


@pytest.mark.parametrize(
    ("arguments", "variables", "line"),
    [
        (["run", "atc"], {}, "no such management command: atc; did you mean act?"),
        (
            ["run", "signaltrace", "receivers"],
            {},
            "signaltrace cannot run itself: name the command to record",
        ),
        (["run", "--save", "nosuch/x.json", "act"], {}, "cannot write 'nosuch/x.json': no such folder"),
        (["run", "--save", ".", "act"], {}, "cannot write '.': it is a directory"),
        (["run", "--sort", "totime", "act"], {}, "--sort has no 'totime'; did you mean tottime?"),
        (
            ["run", "act"],
            {"SIGNALTRACE": '{"VEIW": "tree"}'},
            "the setting SIGNALTRACE has no key 'VEIW'; did you mean VIEW?",
        ),
    ],
)
def test_what_cannot_be_done_is_told_before_anything_runs(arguments, variables, line):
    """One line, exit status 2, and the command has not begun."""
    result = manage(*arguments, **variables)
    assert (result.status, result.out, result.err) == (2, "", f"signaltrace: {line}\n")


def test_the_setting_gives_the_defaults():
    """SIGNALTRACE = {"VIEW": …}."""
    result = manage("run", "act", SIGNALTRACE='{"VIEW": ["profile"]}')
    assert "Profile of manage.py act" in result.err
    assert "Signals of" not in result.err


@pytest.mark.parametrize("variables", [{"NO_COLOR": "1", "FORCE_COLOR": "1"}, {"FORCE_COLOR": "1"}, {}])
def test_a_pipe_gets_no_colours(variables):
    """Unless they are asked for by name."""
    assert "\x1b" not in manage("run", "act", **variables).err


def test_force_color_colours_a_pipe():
    """Django's option, ours to keep; NO_COLOR is the weaker wish."""
    assert "\x1b[" in manage("run", "--force-color", "act", NO_COLOR="1", TERM="dumb").err


def test_the_view_is_as_wide_as_columns_says():
    """In a pipe there is no terminal to measure."""
    for width in (80, 120):
        lines = manage("run", "act", COLUMNS=str(width)).err.splitlines()
        assert max(map(len, lines)) <= width
        assert max(map(len, lines)) > width - 10


def test_a_terminal_that_knows_ascii_alone():
    """Printing cannot fail for the sake of an encoding."""
    result = manage("run", "act", PYTHONIOENCODING="ascii")
    assert (result.status, result.out) == (0, SAID)
    assert result.err.isascii()


def test_a_reader_that_goes_away_is_no_error():
    """`… 2>&1 >/dev/null | head -0`: the command's status, and no complaint anywhere."""
    with subprocess.Popen(
        [sys.executable, "manage.py", "signaltrace", "run", "act", "--exit", "3"],
        cwd=PROJECT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        running.stderr.close()
        assert running.stdout.read().decode() == SAID
        assert running.wait(timeout=60) == 3
    with subprocess.Popen(
        [sys.executable, "manage.py", "signaltrace", "receivers"],
        cwd=PROJECT,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as running:
        running.stdout.close()
        assert running.stderr.read() == b""
        assert running.wait(timeout=60) == 0
