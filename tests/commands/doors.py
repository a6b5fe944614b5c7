"""What the tests of the subcommands share: a door in this process, and a project in one of its own."""

from __future__ import annotations

import io
import os
import subprocess
import sys
from pathlib import Path

from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.serving import serve

PROJECT = Path(__file__).parent / "project"
ROOT = Path(__file__).parent.parent.parent


class Result:
    """The exit status and what was printed."""

    def __init__(self, status: int, out: str, err: str) -> None:
        self.status = status
        self.out = out
        self.err = err

    def __repr__(self) -> str:
        return f"<exit status {self.status}>\n{self.out}\n<stderr>\n{self.err}"


def through_door(*arguments: str, script: str = "manage.py") -> Result:
    """A command line through a door of this process, with streams in memory."""
    out, err = io.StringIO(), io.StringIO()
    door = Door(f"{script} signaltrace", script, Stream(out), Stream(err))
    status = serve(door, arguments)
    return Result(status, out.getvalue(), err.getvalue())


def environment(**variables: str) -> dict[str, str]:
    """An environment with nothing that changes colours, widths or settings but what is given."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name
        not in ("NO_COLOR", "FORCE_COLOR", "DJANGO_COLORS", "DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS")
    }
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1", **variables}


def python(*arguments: str, folder: Path = PROJECT, given: str | None = None, **variables: str) -> Result:
    """Python in a process of its own, in the project's folder."""
    done = subprocess.run(
        [sys.executable, *arguments],
        cwd=folder,
        env=environment(**variables),
        input=given,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )
    return Result(done.returncode, done.stdout, done.stderr)


def manage(*arguments: str, given: str | None = None, **variables: str) -> Result:
    """``manage.py signaltrace …`` of the project."""
    return python("manage.py", "signaltrace", *arguments, given=given, **variables)
