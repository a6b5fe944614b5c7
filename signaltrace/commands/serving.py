"""A command line from beginning to end: parsed, acted upon, and its errors told in one line each."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import suppress

from signaltrace.commands.base_options import BaseOptions
from signaltrace.commands.door import Door
from signaltrace.commands.parsing import parse
from signaltrace.errors import SignaltraceError


def serve(door: Door, arguments: Sequence[str]) -> int:
    """Parse and act for a command line; gives the exit status. What the traced program raises, passes."""
    # For what is printed or refused before the options are known.
    door.base = BaseOptions(
        traceback="--traceback" in arguments,
        no_color="--no-color" in arguments,
        force_color="--force-color" in arguments and "--no-color" not in arguments,
    )
    try:
        colored = door.console(door.out).color_system is not None
        door.base, action, printed = parse(arguments, door.prog, colored)
        door.out.write(printed)
        if action is not None:
            action(door)
        check_written(door)
    except SignaltraceError as error:
        if door.passing_on:
            raise
        return door.refuse(error)
    finally:
        door.out.flush()
        door.err.flush()
    return door.status


def check_written(door: Door) -> None:
    """Raise SignaltraceError where part of the output could not be written."""
    door.out.flush()
    if door.out.failed:
        raise SignaltraceError(f"the output is incomplete: {door.out.failed}")


def close_connections() -> None:
    """What Django does when a management command is over; nothing where Django was not used."""
    if "django.db" in sys.modules:
        from django.core.exceptions import ImproperlyConfigured
        from django.db import connections

        with suppress(ImproperlyConfigured):  # no settings, so no connections
            connections.close_all()
