"""``exec`` in a process of its own: Python as ``python`` runs it, with Django set up."""

from __future__ import annotations

import pytest

from tests.commands.doors import manage, python

SEND = "from tests.commands.project.signals import paid\npaid.send('till')\n"
HEARD = "tests.commands.project.receivers.thank"
LOOK = (
    "import sys\nprint(sys.argv, [sys.path[0]], __name__, globals().get('__file__'),"
    " vars(sys.modules['__main__']) is globals())\n"
)


def test_a_file(tmp_path):
    """Its folder comes first on the path, the project stays importable, the rest is its own."""
    file = tmp_path / "script.py"
    file.write_text(SEND + LOOK, encoding="utf-8")
    result = manage("exec", str(file), "a", "--view", "-c")
    assert result.status == 0
    assert result.out == f"{[str(file), 'a', '--view', '-c']} {[str(tmp_path)]} __main__ {file} True\n"
    assert HEARD in result.err


def test_standard_input():
    """`… | signaltrace exec -`."""
    result = manage("exec", "-", "a", "--b", given=SEND + LOOK)
    assert result.out == "['-', 'a', '--b'] [''] __main__ None True\n"
    assert HEARD in result.err


def test_code():
    """All that follows the code is the program's."""
    result = manage("exec", "--limit", "3", "-c", SEND + LOOK, "--limit", "-c", "x")
    assert result.out == "['-c', '--limit', '-c', 'x'] [''] __main__ None True\n"
    assert HEARD in result.err


def test_what_the_program_itself_defines_has_its_name():
    """Its signals and receivers are found in __main__, as long as it is there."""
    code = (
        "from django.dispatch import Signal\nmine = Signal()\ndef hear(**kwargs): ...\n"
        "mine.connect(hear)\nmine.send('till')\n"
    )
    result = manage("exec", "-", given=code)
    assert "__main__.mine till" in result.err
    assert "__main__.hear" in result.err


def test_code_joined_to_its_option():
    """`-cCODE`, as python takes it."""
    assert manage("exec", "-cprint(1)", "--x").out == "1\n"


@pytest.mark.parametrize(
    ("ending", "status"), [("raise SystemExit(4)", 4), ("raise SystemExit('x')", 1), ("1/0", 1)]
)
def test_the_end_passes_on_and_the_view_is_shown(ending, status):
    """As python itself ends."""
    result = manage("exec", "-", given=f"{SEND}{ending}\n")
    assert (
        result.status
        == status
        == python("-", given=f"{SEND}{ending}\n", DJANGO_SETTINGS_MODULE="tests.settings").status
    )
    assert HEARD in result.err


def test_a_traceback_shows_the_lines_of_code_that_is_in_no_file():
    """By linecache, on every Python."""
    result = manage(
        "exec", "-c", "import traceback\ntry:\n    1 / 0\nexcept Exception:\n    traceback.print_exc()"
    )
    assert '  File "<string>", line 3, in <module>\n    1 / 0\n' in result.err


def test_code_that_is_no_python_is_refused_in_one_line():
    """With what Python says of it, and where; nothing ran."""
    result = manage("exec", "-c", "pass\ndef")
    assert (result.status, result.out) == (2, "")
    assert result.err == "signaltrace: <string>, line 2 is no Python: SyntaxError: invalid syntax\n"


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("nosuch.py", "no such file: 'nosuch.py'"),
        (".", "cannot read '.': Is a directory"),
    ],
)
def test_a_file_that_cannot_be_read(file, line):
    """One line."""
    result = manage("exec", file)
    assert (result.status, result.out, result.err) == (2, "", f"signaltrace: {line}\n")


def test_multiprocessing_finds_its_main_module(tmp_path):
    """A forked pool pickles functions of __main__ by name."""
    file = tmp_path / "pool.py"
    file.write_text(
        "import multiprocessing\n"
        "def double(n):\n    return 2 * n\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('fork').Pool(1) as pool:\n"
        "        print(pool.map(double, [1, 2]))\n",
        encoding="utf-8",
    )
    result = manage("exec", str(file))
    assert (result.status, result.out) == (0, "[2, 4]\n")
    assert result.err.count("No signal was sent while this was recorded.") == 1
