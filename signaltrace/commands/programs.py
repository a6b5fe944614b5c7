"""The programs that run and exec record: a management command, or Python as ``python`` would run it."""

from __future__ import annotations

import linecache
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from types import CodeType, ModuleType

from signaltrace.analysis.matching import closest
from signaltrace.commands.door import Door
from signaltrace.commands.recorded import Program
from signaltrace.errors import SignaltraceError

# Set in the process that an autoreloader starts to do the work: Django's, werkzeug's.
_RELOADED = ("RUN_MAIN", "WERKZEUG_RUN_MAIN")


def management_command(door: Door, name: str, arguments: Sequence[str]) -> Program:
    """The management command ``name``, found now, run as ``manage.py name …`` or call_command would.

    While it runs, ``sys.argv`` is what a bare run has. Not so for a server that restarts itself:
    it starts itself again by ``sys.argv``, and the process that does the work is to be traced.
    """
    from django.core.management import BaseCommand, call_command, get_commands, load_command_class

    commands = get_commands()
    if name == "signaltrace":
        raise SignaltraceError("signaltrace cannot run itself: name the command to record")
    if name not in commands:
        near = closest(name, sorted(commands))
        hint = f"did you mean {near}?" if near else f"see {door.script} help"
        raise SignaltraceError(f"no such management command: {name[:60]}; {hint}")
    app = commands[name]
    found = app if isinstance(app, BaseCommand) else load_command_class(app, name)
    tests = _runs_tests(found, name)
    if door.in_code:
        return Program(lambda: call_command(found, *arguments, **door.streams), tests=tests)
    argv = [door.script, name, *arguments]
    reloads = name.startswith("runserver") and "--noreload" not in arguments
    watched = not reloads or any(os.environ.get(each) == "true" for each in _RELOADED)
    return Program(
        lambda: found.run_from_argv(argv), nullcontext if reloads else lambda: _argv(argv), watched, tests
    )


def _runs_tests(command: object, name: str) -> bool:
    """Whether it is Django's ``test``, or a command in its place or made of it."""
    module = sys.modules.get("django.core.management.commands.test")
    return name == "test" or (module is not None and isinstance(command, module.Command))


def python_program(code: str | None, arguments: Sequence[str]) -> Program:
    """Python code: ``code`` itself, or the file (``-`` is standard input) that ``arguments`` begin with.

    Raises SignaltraceError where the file cannot be read or is no Python.
    """
    if code is not None:
        source: str | bytes = code
        file, argv, folder = "<string>", ["-c", *arguments], ""
    elif arguments[0] == "-":
        source = _standard_input()
        file, argv, folder = "<stdin>", list(arguments), ""
    else:
        file, argv = arguments[0], list(arguments)
        source, folder = _read(file), os.path.dirname(os.path.realpath(file))
    compiled = _compiled(source, file)
    if file.startswith("<"):
        text = source if isinstance(source, str) else source.decode("utf-8", "replace")
        # for tracebacks; without a time of change the entry is never checked against a file
        linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)

    module = ModuleType("__main__")
    if not file.startswith("<"):
        module.__file__ = file
    return Program(lambda: exec(compiled, vars(module)), lambda: _interpreter(module, argv, folder))


def _compiled(source: str | bytes, file: str) -> CodeType:
    try:
        return compile(source, file, "exec", dont_inherit=True)
    except SyntaxError as error:
        where = f"{file}, line {error.lineno}" if error.lineno else file
        raise SignaltraceError(f"{where} is no Python: {type(error).__name__}: {error.msg}") from error
    except (ValueError, RecursionError, MemoryError) as error:
        raise SignaltraceError(f"{file} is no Python: {error}") from error


def _read(file: str) -> bytes:
    try:
        with open(file, "rb") as opened:
            return opened.read()
    except FileNotFoundError as error:
        raise SignaltraceError(f"no such file: {file!r}") from error
    except (OSError, ValueError) as error:
        cause = getattr(error, "strerror", None) or str(error)
        raise SignaltraceError(f"cannot read {file!r}: {cause}") from error


def _standard_input() -> str | bytes:
    buffer = getattr(sys.stdin, "buffer", None)
    return sys.stdin.read() if buffer is None else buffer.read()


@contextmanager
def _argv(argv: list[str]) -> Iterator[None]:
    kept = sys.argv
    sys.argv = argv
    try:
        yield
    finally:
        sys.argv = kept


@contextmanager
def _interpreter(module: ModuleType, argv: list[str], folder: str) -> Iterator[None]:
    """The interpreter as a program finds it that python has just started.

    multiprocessing and pickle look its functions up in ``__main__``, and so do the names in a trace.
    """
    kept = sys.modules["__main__"]
    sys.modules["__main__"] = module
    sys.path.insert(0, folder)
    try:
        with _argv(argv):
            yield
    finally:
        sys.modules["__main__"] = kept
        if folder in sys.path:
            sys.path.remove(folder)
