"""Finding and setting up the project where no ``manage.py`` has done it: for ``python -m signaltrace``."""

from __future__ import annotations

import ast
import os
import sys

from signaltrace.commands.base_options import BaseOptions
from signaltrace.errors import SignaltraceError

_VARIABLE = "DJANGO_SETTINGS_MODULE"


def prepare(base: BaseOptions) -> None:
    """Set Django up as ``manage.py`` in the current folder would.

    The settings are those of ``--settings``, of the environment, or of the line in ``manage.py``
    that names them, which is read and never run. Raises SignaltraceError for what goes wrong.
    """
    here = os.getcwd()
    if here not in sys.path and "" not in sys.path:
        sys.path.insert(0, here)
    if base.pythonpath:
        sys.path.insert(0, base.pythonpath)
    name = base.settings or os.environ.get(_VARIABLE) or _named_in_manage_py()
    os.environ[_VARIABLE] = name
    try:
        import django
        from django.conf import settings
    except ImportError as error:
        raise SignaltraceError(f"Django cannot be imported here: {_cause(error)}") from error
    try:
        _ = settings.INSTALLED_APPS
    except Exception as error:
        raise SignaltraceError(f"the settings {name!r} cannot be imported: {_cause(error)}") from error
    _begin_ledger()
    try:
        django.setup()
    except Exception as error:
        raise SignaltraceError(f"the project of {name!r} cannot be set up: {_cause(error)}") from error


def _begin_ledger() -> None:
    """Watch what the apps connect, wherever signaltrace stands among them, if it is one of them at all."""
    from signaltrace.apps import is_refused

    if not is_refused():
        from signaltrace.inventory import ledger

        ledger.begin("python -m signaltrace")


def script_here() -> str:
    """What ``sys.argv[0]`` is in a bare run: ``manage.py`` where there is one."""
    return "manage.py" if os.path.isfile("manage.py") else sys.argv[0]


def _named_in_manage_py() -> str:
    try:
        with open("manage.py", "rb") as file:
            tree = ast.parse(file.read())
    except FileNotFoundError as error:
        raise SignaltraceError(
            "no Django project here: run it next to manage.py, or give --settings or DJANGO_SETTINGS_MODULE"
        ) from error
    except (OSError, ValueError, SyntaxError, RecursionError) as error:
        raise SignaltraceError(f"manage.py cannot be read: {_cause(error)}") from error
    for name in _settings_in(tree):
        return name
    raise SignaltraceError(
        "manage.py here names no settings module: give --settings or DJANGO_SETTINGS_MODULE"
    )


def _settings_in(tree: ast.Module) -> list[str]:
    """Names given to the variable: ``setdefault(VARIABLE, name)`` or ``environ[VARIABLE] = name``."""
    found: list[str] = []
    for each in ast.walk(tree):
        pair: list[ast.expr] = []
        if (
            isinstance(each, ast.Call)
            and isinstance(each.func, ast.Attribute)
            and each.func.attr == "setdefault"
        ):
            pair = each.args
        elif isinstance(each, ast.Assign) and isinstance(each.targets[0], ast.Subscript):
            pair = [each.targets[0].slice, each.value]
        values = [one.value for one in pair if isinstance(one, ast.Constant)]
        if len(values) == 2 and values[0] == _VARIABLE and isinstance(values[1], str):
            found.append(values[1])
    return found


def _cause(error: BaseException) -> str:
    """An error on one line."""
    return f"{type(error).__name__}: {' '.join(str(error).split())}"[:400]
