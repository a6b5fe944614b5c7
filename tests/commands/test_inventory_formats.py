"""``receivers --format`` and ``--json``: the text of an export and nothing else on stdout."""

from __future__ import annotations

import json

import pytest
from django.dispatch import Signal

from tests.commands.doors import manage, through_door
from tests.commands.test_call_command import call

asked = Signal()
NAME = "tests.commands.test_inventory_formats.asked"


def hear(sender, **kwargs):
    """A receiver of the test's own, with a name so long that a terminal would wrap its line."""


hear.__qualname__ = "hear_" + "very_" * 20 + "well"


@pytest.fixture(autouse=True)
def connected():
    """`asked` with one receiver."""
    asked.connect(hear, dispatch_uid="[red]uid[/red]")
    yield
    asked.disconnect(hear, dispatch_uid="[red]uid[/red]")


def test_json_is_the_whole_of_stdout():
    """Not wrapped, not coloured, no markup taken for such; --json is --format json."""
    result = through_door("receivers", "--json", "--force-color", NAME)
    assert (result.status, result.err) == (0, "")
    (signal,) = json.loads(result.out)["signals"]
    assert (signal["name"], signal["connections"][0]["dispatch_uid"]) == (NAME, "[red]uid[/red]")
    # The notes are about the whole process, in which other tests' receivers die at any time.
    again = through_door("receivers", "--format", "json", NAME).out
    keywords = [
        call("receivers", NAME, **{name: value})[0] for name, value in (("json", True), ("format", "json"))
    ]
    assert [json.loads(each)["signals"] for each in (again, *keywords)] == [[signal]] * 3


@pytest.mark.parametrize("name", ["dot", "mermaid", "markdown"])
def test_the_filters_are_those_of_the_text(name):
    """What is left is what the list would show."""
    result = through_door("receivers", "--format", name, "--signal", NAME, "--mine")
    assert (result.status, result.err) == (0, "")
    assert hear.__qualname__.replace("_", "#95;") in result.out or hear.__qualname__ in result.out
    assert "post_save" not in result.out
    assert max(map(len, result.out.splitlines())) > 120


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["--format", "mermad"], "--format has no 'mermad'; did you mean mermaid?"),
        (["--format", "dot", "--json"], "--json and --format dot exclude each other"),
        (["--format", "text", "--json"], ""),
        (
            ["--json", "--by", "sender"],
            "--by sender is for --format text; --sender picks senders for json, too",
        ),
    ],
)
def test_what_does_not_go_together(arguments, line):
    """One line, and nothing on stdout."""
    result = through_door("receivers", *arguments)
    if line:
        assert (result.status, result.out, result.err) == (2, "", f"signaltrace: {line}\n")
    else:
        assert (result.status, result.err) == (0, "")


def test_nothing_that_matches_is_no_empty_graph():
    """As with the list."""
    result = through_door("receivers", "--format", "dot", "--signal", "nosuchsignal")
    assert (result.status, result.out) == (1, "")


def test_diagrams_that_were_split_are_told_on_stderr():
    """Unless told to be quiet; stdout has the diagrams alone."""

    def receiver(**kwargs):
        pass

    uids = [f"many {number}" for number in range(501)]
    for uid in uids:
        asked.connect(receiver, dispatch_uid=uid)
    try:
        result = through_door("receivers", "--format", "mermaid", "--signal", NAME)
        quiet = through_door("receivers", "--format", "mermaid", "--signal", NAME, "-v", "0")
    finally:
        for uid in uids:
            asked.disconnect(dispatch_uid=uid)
    assert (result.status, result.err.count("\n"), quiet.err) == (0, 1, "")
    assert result.err.startswith("signaltrace: split into 2 diagrams: ")
    assert result.out == quiet.out
    assert "split into" not in result.out


def test_a_terminal_without_utf_8_gets_all_of_it():
    """The formats are ASCII: no question mark stands where a sign was."""
    result = manage("receivers", "--format", "dot", PYTHONIOENCODING="ascii")
    assert (result.status, result.err) == (0, "")
    assert result.out.startswith("digraph signals {\n")
