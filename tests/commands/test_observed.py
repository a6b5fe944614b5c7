"""``--run "COMMAND …"``: a command is run to be looked at, and our own stdout stays clean of it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.commands.doors import Result, python

HEARD = "tests.commands.project.receivers.thank"
SETTINGS = "tests.commands.project.settings"
OBSERVE = """
import json, sys, django
django.setup()
from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.observed import observe_command
from signaltrace.commands.serving import serve
from signaltrace.errors import SignaltraceError

door = Door("manage.py signaltrace", "manage.py", Stream(sys.stdout), Stream(sys.stderr))
try:
    trace = observe_command(door, sys.argv[1])
except SignaltraceError as error:
    sys.exit(door.refuse(error))
spans = [span.label for _, span in trace.walk()]
door.out.write(json.dumps({"spans": spans, "status": door.status, "argv": trace.argv}))
door.out.flush()
"""


def observe(line: str) -> Result:
    """The line observed in a process of its own."""
    return python("-c", OBSERVE, line, DJANGO_SETTINGS_MODULE=SETTINGS)


def told(line: str) -> tuple[dict[str, Any], str]:
    """What our stdout has, which is nothing but our own document; and stderr."""
    result = observe(line)
    assert result.status == 0, result
    return json.loads(result.out), result.err


@pytest.mark.parametrize("line", ["act", "manage.py act", "python manage.py act", "  act 'a b' "])
def test_what_it_prints_goes_to_stderr_and_every_dispatch_is_recorded(line: str) -> None:
    """Dispatches nobody heard are there one by one; manage.py may stand in front."""
    document, err = told(line)
    assert "acted [" in err
    assert HEARD in document["spans"]
    assert [each.rpartition(".")[2] for each in document["spans"]].count("unheard") == 1
    assert document["status"] == 0
    assert document["argv"][:2] == ["manage.py", "act"]


def test_what_a_child_prints_goes_to_stderr_too() -> None:
    """File descriptor 1 is moved, not sys.stdout alone: a child process has no other."""
    document, err = told("shell -c \"import os; os.write(1, b'past Python')\"")
    assert "past Python" in err
    assert document["status"] == 0


def test_words_are_split_as_a_shell_does() -> None:
    """One string, quotes and all."""
    assert "acted ['a b', 'c']" in told("act 'a b' c")[1]


@pytest.mark.parametrize(
    ("way", "said"),
    [
        ("--exit=3", "act --exit=3 ended with exit status 3; what it sent until then is used"),
        ("--raise", "act --raise raised LookupError: the program's own; what it sent until then is used"),
        ("--error", "act --error ended with exit status 7; what it sent until then is used"),
        (
            "--ours",
            "act --ours raised SignaltraceError: raised by the program; what it sent until then is used",
        ),
    ],
)
def test_a_failure_is_told_in_one_line_and_its_trace_is_used(way: str, said: str) -> None:
    """The exit status is to be 1 at least, whatever is found."""
    document, err = told(f"act {way}")
    assert f"signaltrace: {said}\n" in err
    assert "Traceback" not in err
    assert HEARD in document["spans"]
    assert document["status"] == 1


def test_an_exit_with_zero_is_no_failure() -> None:
    """sys.exit(0) ends a command well."""
    document, err = told("act --exit=0")
    assert (document["status"], "signaltrace:" in err) == (0, False)


def test_a_child_that_comes_back_says_nothing() -> None:
    """Only the process that was started answers."""
    document, err = told("act --fork")
    assert document["status"] == 0
    assert "in the child" in err


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("", '--run needs a management command in one string: --run "loaddata demo"'),
        ("manage.py", '--run needs a management command in one string: --run "loaddata demo"'),
        ("act 'a", '--run "act \'a" is no command line: No closing quotation'),
        ("atc", "no such management command: atc; did you mean act?"),
        ("runserver", "--run cannot watch a server that restarts itself: give it --noreload"),
    ],
)
def test_a_line_that_runs_nothing_is_refused(line: str, message: str) -> None:
    """One line, status 2, nothing on stdout."""
    result = observe(line)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith(f"signaltrace: {message}")
    assert result.err.count("\n") == 1
