"""save, create and delete through the door: asked first, shown on stderr as run shows, also as JSON."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest

from signaltrace import storage
from tests.commands.doors import environment, manage


@pytest.fixture(scope="module")
def template(tmp_path_factory):
    """Tables and rows, once."""
    from tests.rehearsal.running import seed

    folder = tmp_path_factory.mktemp("commands") / "template"
    seed(folder)
    return folder


@pytest.fixture
def shop(template, tmp_path):
    """A shop whose every row must be afterwards as it was before."""
    from tests.rehearsal.running import copy

    made = copy(template, tmp_path / "shop")
    before = made.rows()
    yield made
    assert made.rows() == before


def asked(shop, answer, *arguments):
    """On a terminal: what was printed there, and the exit status. No answer at all is Ctrl-C."""
    from tests.rehearsal.running import PROJECT, ROOT

    ours, theirs = pty.openpty()
    running = subprocess.Popen(
        [sys.executable, "-W", "ignore", "manage.py", "signaltrace", *arguments],
        cwd=PROJECT,
        env={
            **environment(NO_COLOR="1"),
            "REHEARSAL_DATA": str(shop.folder),
            "PYTHONPATH": os.pathsep.join((str(PROJECT), str(ROOT))),
        },
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    os.close(theirs)
    asked = b""
    if answer is None:
        while not asked.endswith(b"[y/N] "):
            part = os.read(running.stderr.fileno(), 4096)
            assert part, asked
            asked += part
        running.send_signal(signal.SIGINT)
    else:
        os.write(ours, answer)
    out, err = running.communicate(timeout=60)
    os.close(ours)
    return running.returncode, out.decode(), (asked + err).decode()


SAVE = ("save", "shop.Order", "1")


def test_it_asks_on_a_terminal(shop):
    """What would run and where, what is not undone; a yes runs it."""
    status, _, err = asked(shop, b"y\n", *SAVE)
    said = " ".join(err.split())
    assert status == 0
    assert said.startswith(
        "save() of shop.Order 1 and its receivers run for real in default, notes, then everything is rolled"
        " back. Not undone: what they do to files"
    )
    assert "Run it? [y/N]" in said
    assert "Rehearsal: save() of shop.Order 1, rolled back" in said


@pytest.mark.parametrize(("answer", "newline"), [(b"n\n", ""), (b"\n", ""), (b"\x04", "\n")])
def test_anything_but_yes_is_a_no(shop, answer, newline):
    """Nothing has run; a line of its own where no newline was typed."""
    status, _, err = asked(shop, answer, *SAVE)
    assert (status, err.endswith(f"Run it? [y/N] {newline}signaltrace: nothing was run\n")) == (1, True)


def test_ctrl_c_at_the_question(shop):
    """One line, no traceback, the status a shell gives it."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a child inherits what is ignored
    try:
        status, _, err = asked(shop, None, *SAVE)
    finally:
        signal.signal(signal.SIGINT, before)
    assert (status, err.endswith("Run it? [y/N] \nsignaltrace: nothing was run\n")) == (130, True)
    assert "Traceback" not in err


def test_keep_asks_in_other_words(shop):
    """Nobody commits by habit."""
    status, _, err = asked(shop, b"n\n", *SAVE, "--keep")
    assert status == 1
    assert "and are COMMITTED in default, notes: nothing is rolled back." in " ".join(err.split())
    assert "Commit it? [y/N]" in err


def test_what_is_wrong_is_told_before_it_asks(shop):
    """No answer is needed for that."""
    status, _, err = asked(shop, b"", *SAVE, "--set", "totl=1")
    assert (status, err) == (2, "signaltrace: shop.Order has no field 'totl'; did you mean total?\n")


def test_without_a_terminal_it_runs_with_yes_alone(shop):
    """A pipe cannot be asked."""
    result = shop.signaltrace(*SAVE)
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "signaltrace: this runs save() or delete() and the receivers for real, and there is no terminal to"
        " ask on: give --yes to run it\n"
    )


def test_what_receivers_print_is_all_that_stdout_gets(shop):
    """As with run: the tree and what follows go to stderr."""
    result = shop.act("thread")
    assert result.out == "threaded\n"
    assert result.err.startswith(
        "\nSignals of manage.py signaltrace save shop.Order 1 --yes --set act=thread\n"
    )
    assert "\x1b" not in result.err


def test_views_filters_and_save_are_those_of_run(shop, tmp_path):
    """Several views, a filter, the whole trace in a file."""
    file = tmp_path / "trace.json"
    result = shop.act(
        "both", "--view", "profile", "--view", "tree", "--sender", "Customer", "--save", str(file)
    )
    assert result.status == 0
    titles = [line.split(" of ")[0] for line in result.err.splitlines() if " of manage.py" in line]
    assert titles == ["Profile", "Signals"]
    assert "--sender Customer" in result.err
    assert "post_save" in {span.signal.name.rpartition(".")[2] for span in storage.load(file).roots()}


def test_a_saved_trace_says_what_it_is_of(shop, tmp_path):
    """show tells it from the file alone; the report that is printed at once does not say it twice."""
    file = tmp_path / "trace.json"
    result = shop.act("mail_many", "--save", str(file))
    assert result.status == 0
    assert "Note: " not in result.err
    assert storage.load(file).notes == [
        "Rehearsal: save() of shop.Order 1, rolled back in default, notes.",
        "Mail of the rehearsal: 13 kept in memory, not sent: Low stock, Order 0, Order 1 and 5 more.",
    ]
    assert "Note: Rehearsal: save() of shop.Order 1, rolled back" in manage("show", str(file)).out
    shop.act("commits", "--save", str(file))
    assert [note.partition(":")[0] for note in storage.load(file).notes[1:]] == [
        "Given to on_commit, and not run"
    ]
    shop.act("network_caught", "--save", str(file))
    assert storage.load(file).notes[1:] == ["Refused by the rehearsal, once: connection to 127.0.0.1:9."]
    shop.act("thread", "--save", str(file))
    assert storage.load(file).notes[1:] == ["Not undone: thread started indexer."]
    shop.act("raises", "--save", str(file))
    assert storage.load(file).notes == [
        "Rehearsal: save() of shop.Order 1 raised ValueError: no more; rolled back in default, notes."
    ]


def test_where_nothing_is_connected_nothing_is_said_to_have_run(shop):
    """Two different things."""
    said = shop.signaltrace("create", "shop.Login", "--yes", "--set", "name=Bo").err
    assert "No receiver is connected for shop.Login." in said
    assert "All receivers that are connected" not in said


def test_receivers_of_a_relative_are_told_as_its(shop):
    """Those of the parent are not connected for the child."""
    said = shop.signaltrace("save", "shop.GiftOrder", "3", "--yes").err
    assert "Connected for shop.Order, and did not run for shop.GiftOrder (" in said
    assert "shop.Order (parent) is not the sender: that is shop.GiftOrder itself" in " ".join(said.split())


def test_a_rehearsal_is_recorded_as_run_is(shop):
    """--fields, --shuffle-receivers wherever it stands, --max-depth; refused before anything runs."""
    options = ("save", "shop.Order", "1", "--shuffle-receivers=7", "--yes", "--fields")
    result = shop.signaltrace(*options, "--max-depth", "9")
    assert result.status == 0, result
    assert "receivers run in a shuffled order; the same one again with --shuffle-receivers=7" in result.err
    drawn = shop.signaltrace("save", "--shuffle-receivers", "shop.Order", "1", "--yes", "--shuffle-receivers")
    assert drawn.status == 0, drawn
    made = shop.signaltrace(
        *("create", "shop.Line", "--yes", "--set", "order=1", "--fields", "--shuffle-receivers")
    )
    assert "slug: " in made.err
    deep = shop.signaltrace("delete", "shop.Order", "1", "--yes", "--max-depth", "1")
    assert deep.status == 0, deep
    refused = shop.signaltrace(*SAVE, "--yes", "--max-depth", "deep")
    assert (refused.status, refused.err) == (
        2, "signaltrace: --max-depth is a whole number from 0, not 'deep'\n",
    )  # fmt: skip


def test_json_has_the_rehearsal_as_one_more_key(shop):
    """One document, on stderr."""
    result = shop.act("mail_default", "--json")
    document = json.loads(result.err)
    assert document["rows"]
    told = document["rehearsal"]
    assert (told["subject"], told["aliases"], told["kept"]) == ("shop.Order 1", ["default", "notes"], False)
    assert told["mails"][0]["where"]["receiver"] == "shop.receivers.act"
    assert {each["why"] for each in told["not_run"]} >= {"sent by delete(), not by save()"}


def test_traceback_shows_where_an_error_came_from(shop):
    """On request; the status stays."""
    result = shop.act("raises", "--traceback")
    assert result.status == 1
    assert "ValueError: no\nmore" in result.err
    assert "Traceback" not in shop.act("raises").err


def test_from_code(shop):
    """call_command needs yes, as a pipe does; with it the status is the command's."""
    code = (
        "import os, sys, django; os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'; django.setup()\n"
        "from django.core.management import CommandError, call_command\n"
        "try: call_command('signaltrace', 'save', 'shop.Order', '1')\n"
        "except CommandError as error: print('asked for --yes:', '--yes' in str(error))\n"
        "call_command('signaltrace', 'save', 'shop.Order', '1', yes=True)\n"
        "try: call_command('signaltrace', 'save', 'shop.Order', '1', '--yes', '--set', 'act=raises')\n"
        "except SystemExit as error: print(error.code)\n"
        "from django.db import connections\n"
        "print([each.in_atomic_block for each in connections.all()])\n"
    )
    result = shop.python("-c", code)
    assert result.out.splitlines() == ["asked for --yes: True", "1", "[False, False]"], result


def test_the_overview_lists_them():
    """Under a panel of their own."""
    text = manage("--help").out
    assert "Rehearse" in text
    for name in ("save", "create", "delete"):
        assert f" {name} " in text
