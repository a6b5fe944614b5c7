"""A program under a recording: whatever we fail at, the way it ends is its own."""

from __future__ import annotations

import io
import sys
from contextlib import nullcontext

import pytest

from signaltrace import storage, views
from signaltrace.capture.recording import Recording
from signaltrace.commands.base_options import BaseOptions
from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.options import ViewOptions
from signaltrace.commands.programs import management_command, python_program
from signaltrace.commands.recorded import Program, run_recorded
from signaltrace.commands.settings import Defaults


@pytest.fixture
def door():
    """A door of the command line with streams in memory."""
    return Door("manage.py signaltrace", "manage.py", Stream(io.StringIO()), Stream(io.StringIO()))


def plan(**options):
    """Checked view options."""
    return ViewOptions(**options).plan(Defaults())


def fail(*arguments, **options):
    """A bug of ours."""
    raise ZeroDivisionError("a bug")


def leave():
    """The program's way to end."""
    sys.exit(9)


def test_a_view_that_fails_is_one_line(door, monkeypatch):
    """The program's exit status is not hidden behind our traceback."""
    monkeypatch.setattr(views.load("tree"), "render", fail)
    with pytest.raises(SystemExit) as caught:
        run_recorded(door, plan(), Program(leave))
    assert caught.value.code == 9
    assert door.err.out.getvalue() == ("\nsignaltrace: showing the trace failed: ZeroDivisionError: a bug\n")


def test_a_file_that_cannot_be_written_in_the_end_is_one_line(door, tmp_path, monkeypatch):
    """A disk may fill up while the program runs."""
    file = str(tmp_path / "trace.json")
    monkeypatch.setattr("os.replace", lambda *arguments: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(SystemExit):
        run_recorded(door, plan(save=file), Program(leave))
    lines = door.err.out.getvalue().splitlines()
    assert lines[0] == f"signaltrace: cannot write {file!r}: No space left"
    assert any("No signal was sent while this was recorded." in line for line in lines[1:])
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_cannot_be_ended_is_one_line(door, monkeypatch):
    """Whatever went wrong in it."""
    stop = Recording.stop
    monkeypatch.setattr(Recording, "stop", lambda recording: fail(stop(recording)))
    with pytest.raises(SystemExit) as caught:
        run_recorded(door, plan(), Program(leave))
    assert caught.value.code == 9
    assert door.err.out.getvalue() == ("signaltrace: ending the recording failed: ZeroDivisionError: a bug\n")


def test_notes_are_left_out_at_verbosity_0(door, tmp_path):
    """The view is what was asked for; the line about the file is a note."""
    door.base = BaseOptions(verbosity="0")
    run_recorded(door, plan(save=str(tmp_path / "trace.json")), Program(str))
    assert "trace saved" not in door.err.out.getvalue()
    assert storage.load(tmp_path / "trace.json").roots() == []


@pytest.mark.parametrize(
    ("arguments", "variables", "watched", "in_place"),
    [
        ([], {}, False, True),
        (["8001"], {"RUN_MAIN": "true"}, True, True),
        (["--noreload"], {}, True, False),
    ],
)
def test_a_server_that_restarts_itself(arguments, variables, watched, in_place, door, monkeypatch):
    """It starts itself again by sys.argv, so that stays ours; the process it starts is the one recorded."""
    monkeypatch.delenv("RUN_MAIN", raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    program = management_command(door, "runserver", arguments)
    assert program.watched is watched
    assert (program.around is nullcontext) is in_place
    before = sys.argv
    with program.around():
        assert sys.argv == (before if in_place else ["manage.py", "runserver", *arguments])
    assert sys.argv is before


def test_the_parent_of_a_restarting_server_records_and_shows_nothing(door):
    """Its child does."""
    run_recorded(door, plan(), Program(lambda: None, watched=False))
    assert door.err.out.getvalue() == ""


def test_the_path_and_main_come_back_though_the_program_changed_them(door):
    """The program may do with both as it likes."""
    before = (list(sys.path), sys.modules["__main__"])
    program = python_program("import sys; sys.path.pop(0); sys.modules['__main__'] = sys", [])
    with program.around():
        program.run()
    assert (sys.path, sys.modules["__main__"]) == before
