"""save, create and delete through the door: asked first, shown on stderr as run shows, also as JSON."""

from __future__ import annotations

import json
import os
import pty
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
    """On a terminal: what was printed there, and the exit status."""
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
    os.write(ours, answer)
    out, err = running.communicate(timeout=60)
    os.close(ours)
    return running.returncode, out.decode(), err.decode()


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


@pytest.mark.parametrize("answer", [b"n\n", b"\n", b"\x04"])
def test_anything_but_yes_is_a_no(shop, answer):
    """Nothing has run."""
    status, _, err = asked(shop, answer, *SAVE)
    assert (status, err.splitlines()[-1]) == (1, "Run it? [y/N] signaltrace: nothing was run")


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
