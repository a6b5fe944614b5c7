"""Command lines that are understood, and those that are answered in one line."""

from __future__ import annotations

import pytest

from signaltrace.commands.parsing import option_names, parse
from signaltrace.errors import SignaltraceError
from tests.commands.doors import through_door


@pytest.mark.parametrize(
    "arguments",
    [
        ["--settings", "a.b", "-v", "2", "--no-color", "receivers"],
        ["receivers", "--settings", "a.b", "-v", "2", "--no-color"],
        ["--settings=a.b", "receivers", "--verbosity=2", "pattern", "--no-color"],
    ],
)
def test_base_options_stand_before_or_after_the_subcommand(arguments):
    """Django users write them after the subcommand, others before: both are the same."""
    base, action, printed = parse(arguments, "signaltrace")
    assert base.given() == {"settings": "a.b", "verbosity": "2", "no_color": True}
    assert callable(action)
    assert printed == ""


def test_a_base_option_given_twice_counts_where_it_stands_last():
    """As argparse has it."""
    base, _, _ = parse(["--settings", "first", "receivers", "--settings", "second"], "signaltrace")
    assert base.settings == "second"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "act", "--settings=x", "--traceback", "-v", "3", "--no-color", "--help"],
        ["run", "--", "act", "--settings=x"],
        ["exec", "file.py", "--settings=x", "--traceback"],
        ["exec", "-c", "pass", "--settings=x", "--traceback"],
        ["exec", "-", "--settings=x"],
    ],
)
def test_what_follows_the_program_is_not_ours(arguments):
    """`run COMMAND` and `exec FILE` hand everything behind them on, untouched."""
    base, action, _ = parse(arguments, "signaltrace")
    assert base.given() == {}
    assert callable(action)


def test_the_bare_command_is_the_overview():
    """No subcommand is a command line, too."""
    from signaltrace.commands import overview

    assert parse([], "signaltrace")[1] is overview.action


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["recievers"], "no such subcommand: recievers; did you mean receivers?"),
        (["zzz"], "no such subcommand: zzz; see manage.py signaltrace --help"),
        (["--viwe"], "no such option: --viwe; see manage.py signaltrace --help"),
        (["--setings", "x"], "no such option: --setings; did you mean --settings?"),
        (["run", "--veiw", "tree", "act"], "no such option: --veiw; did you mean --view?"),
        (["receivers", "--mien"], "no such option: --mien; did you mean --mine?"),
        (["run"], "manage.py signaltrace run needs COMMAND; see manage.py signaltrace run --help"),
        (["show"], "manage.py signaltrace show needs FILE; see manage.py signaltrace show --help"),
        (["exec"], "exec needs FILE, - or -c CODE; see signaltrace exec --help"),
        (["exec", "-c"], "option '-c' requires an argument"),
        (["run", "--save"], "option '--save' requires an argument"),
        (["-v", "9", "receivers"], "--verbosity is 0, 1, 2 or 3, not '9'"),
        (
            ["--no-color", "receivers", "--force-color"],
            "the --no-color and --force-color options can't be used together",
        ),
        (["receivers", "--by", "sendr"], "--by has no 'sendr'; did you mean sender?"),
    ],
)
def test_a_wrong_command_line_is_answered_in_one_line(arguments, line):
    """With the nearest that would have been right, where there is one."""
    with pytest.raises(SignaltraceError) as caught:
        parse(arguments, "manage.py signaltrace")
    assert str(caught.value) == line


def test_a_refusal_is_one_line_on_stderr_and_exit_status_2():
    """Nothing on stdout, no traceback."""
    result = through_door("recievers")
    assert (result.status, result.out) == (2, "")
    assert result.err == "signaltrace: no such subcommand: recievers; did you mean receivers?\n"


def test_traceback_shows_where_a_refusal_came_from():
    """--traceback is Django's way to ask for more."""
    result = through_door("recievers", "--traceback")
    assert result.status == 2
    assert result.err.startswith("Traceback (most recent call last):\n")
    assert result.err.endswith(
        "signaltrace.errors.SignaltraceError: no such subcommand: recievers; did you mean receivers?\n"
    )


def test_a_refusal_stays_one_line_whatever_was_typed():
    """Control characters reach no terminal."""
    assert through_door("a\nb\x1b[31m").err == (
        "signaltrace: no such subcommand: a\\nb\\x1b[31m; see manage.py signaltrace --help\n"
    )


@pytest.mark.parametrize(
    "arguments", [["--help"], ["-h"], ["run", "--help"], ["show", "-h"], ["exec", "--help"]]
)
def test_help_is_printed_on_stdout_without_colours_in_a_pipe(arguments, monkeypatch):
    """Also where the environment asks typer for colours: a pipe gets none."""
    monkeypatch.setenv("FORCE_COLOR", "1")
    result = through_door(*arguments)
    assert (result.status, result.err) == (0, "")
    assert "\x1b" not in result.out
    assert "Usage: manage.py signaltrace" in result.out
    assert "--settings" in result.out
    assert "--traceback" in result.out


def test_help_is_coloured_where_that_is_forced():
    """--force-color counts for help, too, which typer prints."""
    assert "\x1b[" in through_door("--help", "--force-color").out


def test_help_names_every_subcommand_of_the_folder():
    """A subcommand is found by being there."""
    out = through_door("--help").out
    assert [name for name in ("exec", "receivers", "run", "show") if f" {name} " not in out] == []


def test_version():
    """The one of signaltrace."""
    import signaltrace

    assert through_door("--version").out == f"signaltrace {signaltrace.__version__}\n"


def test_options_of_subcommands_are_known_to_call_command():
    """As keywords; base options are Django's own."""
    names = option_names()
    assert {"view", "signal", "mine", "by", "save", "json", "orphaned"} <= names
    assert not names & {"settings", "verbosity", "help", "name", "file"}
