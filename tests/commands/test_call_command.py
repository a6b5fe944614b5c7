"""``call_command("signaltrace", …)``: streams, keywords and errors as Django's callers expect them."""

from __future__ import annotations

import io
import sys

import pytest
from django.core.management import CommandError, call_command
from django.dispatch import Signal

from signaltrace import storage

posted = Signal()


def hear(sender, **kwargs):
    """A receiver of the test's own."""


@pytest.fixture
def connected():
    """`posted` with one receiver, for the time of a test."""
    posted.connect(hear)
    yield
    posted.disconnect(hear)


@pytest.fixture
def saved(tmp_path, connected):
    """A saved trace of one dispatch."""
    import signaltrace

    with signaltrace.record() as recording:
        posted.send("till")
    storage.save(recording.trace, tmp_path / "trace.json")
    return str(tmp_path / "trace.json")


def call(*arguments, **options):
    """call_command with streams in memory; gives what was printed on each."""
    out, err = io.StringIO(), io.StringIO()
    call_command("signaltrace", *arguments, stdout=out, stderr=err, **options)
    return out.getvalue(), err.getvalue()


def test_the_overview_goes_to_the_given_stream(connected, capsys):
    """And nowhere else."""
    out, err = call()
    assert "Go on with" in out
    assert err == ""
    assert capsys.readouterr() == ("", "")


def test_receivers(connected):
    """One signal and what hears it."""
    out, err = call("receivers", "test_call_command.posted")
    assert "tests.commands.test_call_command.posted" in out
    assert "tests.commands.test_call_command.hear" in out
    assert err == ""


@pytest.mark.parametrize(
    ("arguments", "options"),
    [
        (["receivers", "--signal", "test_call_command.posted", "--mine"], {}),
        (["receivers"], {"signal": ["test_call_command.posted"], "mine": True}),
        (["receivers"], {"signal": "test_call_command.posted", "mine": True, "app": None}),
        (["receivers", "--mine"], {"signal": ("test_call_command.posted",)}),
    ],
)
def test_options_are_arguments_or_keywords(arguments, options, connected):
    """As with every command of Django's."""
    out, _ = call(*arguments, **options)
    assert out == call("receivers", "--signal", "test_call_command.posted", "--mine")[0]
    assert out.count("receivers") < 5


def test_an_unknown_keyword_is_a_type_error():
    """Django's own refusal."""
    with pytest.raises(TypeError, match=r"Unknown option\(s\) for signaltrace command: nosuch"):
        call("receivers", nosuch=1)


def test_a_keyword_of_another_subcommand_is_refused():
    """`min` is no option of `receivers`."""
    with pytest.raises(CommandError) as caught:
        call("receivers", min="5ms")
    assert str(caught.value) == "no such option: --min; did you mean --mine?"
    assert caught.value.returncode == 2


@pytest.mark.parametrize(
    ("arguments", "line", "status"),
    [
        (["recievers"], "no such subcommand: recievers; did you mean receivers?", 2),
        (["receivers", "--mien"], "no such option: --mien; did you mean --mine?", 2),
        (["run", "migrat"], "no such management command: migrat; did you mean migrate?", 2),
        (["run", "signaltrace"], "signaltrace cannot run itself: name the command to record", 2),
        (["show", "nosuch.json"], "no such file: 'nosuch.json'", 2),
        (["exec", "nosuch.py"], "no such file: 'nosuch.py'", 2),
        (
            ["receivers", "--signal", "test_call_command.postd"],
            (
                "--signal 'test_call_command.postd' matches nothing that is connected here;"
                " the closest is tests.commands.test_call_command.posted"
            ),
            1,
        ),
    ],
)
def test_what_cannot_be_done_is_a_command_error(arguments, line, status, connected):
    """No SystemExit comes out of call_command."""
    with pytest.raises(CommandError) as caught:
        call(*arguments)
    assert str(caught.value) == line
    assert caught.value.returncode == status


def test_help_returns():
    """It prints and is done, without SystemExit."""
    out, err = call("receivers", "--help")
    assert "Usage:" in out
    assert err == ""


def test_no_colours_in_a_stream_in_memory_unless_forced(connected):
    """By keyword or by argument; NO_COLOR is outdone by who asks for colours by name."""
    assert "\x1b" not in call("receivers")[0]
    assert "\x1b[" in call("receivers", force_color=True)[0]
    assert "\x1b[" in call("receivers", "--force-color")[0]
    with pytest.raises(CommandError, match="can't be used together"):
        call("receivers", "--force-color", no_color=True)


def test_run_hands_the_streams_on_and_shows_the_view_on_stderr(monkeypatch):
    """As a call_command of the command itself would have it; sys.argv stays the host's."""
    argv = list(sys.argv)
    out, err = call("run", "check", "--tag", "models")
    assert out == "System check identified no issues (0 silenced).\n"
    assert "recorded" in err
    assert sys.argv == argv


def test_run_passes_the_commands_own_error_on():
    """A CommandError of the command's, not one about it."""
    with pytest.raises(CommandError, match='There is no system check with the "nosuch" tag'):
        call("run", "check", "--tag", "nosuch")


def test_exec_runs_code_and_keeps_the_interpreter_as_it_was(connected, capsys):
    """sys.argv, sys.path and __main__ are the program's only while it runs."""
    before = (list(sys.argv), list(sys.path), sys.modules["__main__"])
    _, err = call(
        "exec",
        "-c",
        "import sys; from tests.commands.test_call_command import posted; posted.send('till');"
        "print(sys.argv, repr(sys.path[0]), __name__, vars(sys.modules['__main__']) is globals())",
        "--x",
    )
    assert capsys.readouterr().out == "['-c', '--x'] '' __main__ True\n"
    assert "tests.commands.test_call_command.posted" in err
    assert before == (sys.argv, sys.path, sys.modules["__main__"])


def test_a_program_that_raises_is_shown_and_its_exception_passes(connected):
    """The very exception, and what was recorded until then."""
    err = io.StringIO()
    code = "from tests.commands.test_call_command import posted; posted.send('till'); [][1]"
    with pytest.raises(IndexError) as caught:
        call_command("signaltrace", "exec", "-c", code, stderr=err)
    assert caught.traceback[-1].frame.code.raw.co_filename == "<string>"
    assert "tests.commands.test_call_command.hear" in err.getvalue()


def test_system_exit_of_the_program_passes_with_its_code(connected):
    """call_command of such a command would do the same."""
    with pytest.raises(SystemExit) as caught:
        call("exec", "-c", "raise SystemExit(5)")
    assert caught.value.code == 5


def test_show(saved):
    """On stdout."""
    out, err = call("show", saved)
    assert "tests.commands.test_call_command.hear" in out
    assert err == ""


def test_show_json_is_what_the_file_holds(saved):
    """The whole trace, whatever the filters."""
    with open(saved, encoding="utf-8") as file:
        assert call("show", saved, "--json", "--errors")[0] == file.read()


def test_show_says_which_pattern_matches_nothing(saved):
    """And names the closest, with exit status 1."""
    with pytest.raises(CommandError) as caught:
        call("show", saved, "--receiver", "herr")
    assert str(caught.value) == (
        "--receiver 'herr' matches nothing in this trace;"
        " the closest is tests.commands.test_call_command.hear"
    )
    assert caught.value.returncode == 1


def test_show_can_save_in_another_form(saved, tmp_path):
    """From plain to compressed, without a change of the trace."""
    target = str(tmp_path / "again.json.gz")
    _, err = call("show", saved, "--save", target)
    assert err == f"signaltrace: trace saved, see it again with: signaltrace show {target}\n"
    assert storage.load(target) == storage.load(saved)
