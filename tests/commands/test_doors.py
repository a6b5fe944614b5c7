"""``python -m signaltrace``: for projects without the app, and show where there is no Django."""

from __future__ import annotations

import pytest

from signaltrace import storage
from signaltrace.testing import build_trace, called, sent
from tests.commands.doors import python

# As where Django is not installed.
WITHOUT_DJANGO = (
    "import sys, runpy; sys.modules['django'] = None; sys.argv[0] = 'signaltrace';"
    "runpy.run_module('signaltrace', run_name='__main__', alter_sys=True)"
)
SETTINGS = "tests.commands.project.settings"
MANAGE = f"import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', {SETTINGS!r})\n"
UNNAMED = "manage.py here names no settings module: give --settings or DJANGO_SETTINGS_MODULE"


@pytest.fixture
def saved(tmp_path):
    """A saved trace."""
    file = tmp_path / "trace.json"
    storage.save(
        build_trace(sent("shop.signals.paid", "shop.Order")(called("shop.receivers.thank", 5_000))), file
    )
    return str(file)


def test_show_needs_no_django(saved, tmp_path):
    """Nor a project: a saved trace renders anywhere."""
    result = python("-c", WITHOUT_DJANGO, "show", saved, folder=tmp_path)
    assert (result.status, result.err) == (0, "")
    assert "shop.receivers.thank" in result.out


@pytest.mark.parametrize("arguments", [["--help"], ["run", "--help"], ["--version"]])
def test_help_needs_no_django(arguments, tmp_path):
    """Nor does the version."""
    result = python("-c", WITHOUT_DJANGO, *arguments, folder=tmp_path)
    assert (result.status, result.err) == (0, "")


def test_what_needs_django_says_so(tmp_path):
    """One line."""
    (tmp_path / "manage.py").write_text(MANAGE, encoding="utf-8")
    result = python("-c", WITHOUT_DJANGO, folder=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert result.err.startswith("signaltrace: Django cannot be imported here: ModuleNotFoundError: ")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize("arguments", [[], ["receivers"], ["run", "act"], ["exec", "-c", "1"]])
def test_outside_a_project(arguments, tmp_path):
    """One line that says what to do."""
    result = python("-m", "signaltrace", *arguments, folder=tmp_path)
    assert (result.status, result.out) == (2, "")
    assert result.err == (
        "signaltrace: no Django project here: run it next to manage.py,"
        " or give --settings or DJANGO_SETTINGS_MODULE\n"
    )


@pytest.mark.parametrize(
    ("arguments", "variables", "text"),
    [
        ([], {}, MANAGE),
        ([], {}, f"import os\nos.environ['DJANGO_SETTINGS_MODULE'] = {SETTINGS!r}\nexit(1)\n"),
        (["--settings", SETTINGS], {"DJANGO_SETTINGS_MODULE": "nosuch"}, None),
        ([], {"DJANGO_SETTINGS_MODULE": SETTINGS}, "exit(1)"),
    ],
)
def test_the_settings_come_from_the_option_the_environment_or_manage_py(arguments, variables, text, tmp_path):
    """In this order; manage.py is read, never run. The project need not have the app."""
    if text is not None:
        (tmp_path / "manage.py").write_text(text, encoding="utf-8")
    result = python(
        "-m", "signaltrace", *arguments, "run", "act", "--argv", folder=tmp_path, WITHOUT_APP="1", **variables
    )
    assert result.status == 0, result
    if text is not None:
        assert result.out.startswith('["manage.py", "act", "--argv"]\n')
    assert "tests.commands.project.receivers.thank" in result.err


def test_the_folder_is_on_the_path(tmp_path):
    """As it is for manage.py, also with the console script, whose own folder comes first."""
    (tmp_path / "own_settings.py").write_text("SECRET_KEY = 'x'\nINSTALLED_APPS = []\n", encoding="utf-8")
    code = (
        "import sys; sys.path.remove(''); sys.argv[0] = 'signaltrace';"
        "from signaltrace.__main__ import main; sys.exit(main())"
    )
    result = python("-c", code, "--settings", "own_settings", folder=tmp_path)
    assert result.status == 0, result
    assert "  signaltrace run COMMAND" in result.out


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "print('hello')\n",
            UNNAMED,
        ),
        (
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', name())\n",
            UNNAMED,
        ),
        ("def\n", "manage.py cannot be read: SyntaxError: invalid syntax (<unknown>, line 1)"),
        (
            "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'nosuch')\n",
            "the settings 'nosuch' cannot be imported: ModuleNotFoundError: No module named 'nosuch'",
        ),
    ],
)
def test_a_project_that_cannot_be_found(text, line, tmp_path):
    """One line that names the cause."""
    (tmp_path / "manage.py").write_text(text, encoding="utf-8")
    result = python("-m", "signaltrace", folder=tmp_path)
    assert (result.status, result.out, result.err) == (2, "", f"signaltrace: {line}\n")


def test_a_project_that_cannot_be_set_up():
    """One line, unless the traceback is asked for."""
    result = python("-m", "signaltrace", "receivers", FAIL_IN_READY="1")
    line = f"the project of {SETTINGS!r} cannot be set up: RuntimeError: not ready for anything"
    assert (result.status, result.out, result.err) == (2, "", f"signaltrace: {line}\n")
    result = python("-m", "signaltrace", "receivers", "--traceback", FAIL_IN_READY="1")
    assert result.status == 2
    assert result.err.startswith("Traceback (most recent call last):\n")
    assert 'raise RuntimeError("not ready\\nfor anything")' in result.err


def test_manage_py_help_signaltrace():
    """Django's way to the same help."""
    result = python("manage.py", "help", "signaltrace")
    assert (result.status, result.err) == (0, "")
    assert "Usage: manage.py signaltrace" in result.out


def test_listing_imports_nothing_the_project_has_not_imported():
    """The inventory of a look that loads modules would be another than the project's."""
    code = (
        "import django, sys; django.setup(); from django.core.management import call_command;"
        "call_command('signaltrace'); call_command('signaltrace', 'receivers');"
        "before = set(sys.modules);"
        "call_command('signaltrace', 'receivers', '--by', 'sender'); call_command('signaltrace');"
        "print(sorted(set(sys.modules) - before), 'tests.commands.project.unimported' in sys.modules)"
    )
    result = python("-c", code, DJANGO_SETTINGS_MODULE="tests.commands.project.settings")
    assert result.out.splitlines()[-1] == "[] False"
