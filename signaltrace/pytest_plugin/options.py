"""What can be asked of the pytest plugin: options, settings, markers. Standard library and pytest only."""

from __future__ import annotations

import tomllib
from argparse import SUPPRESS, ArgumentTypeError, Namespace
from pathlib import Path

import pytest

MARKERS = (
    "signaltrace(max_time, max_calls, max_dispatches, max_queries, no_errors): the test's budget",
    "signaltrace_mute(*receivers, signal, sender, but): run the test without these receivers",
)

BUDGETS = ("max_time", "max_calls", "max_dispatches", "max_queries", "no_errors")
SLOWEST = 10
MIN_SECONDS = 0.005
WHAT_IF_TOP = 3


def add_options(parser: pytest.Parser) -> None:
    """Declare everything; each option besides ``--signaltrace`` implies it."""
    group = parser.getgroup("signaltrace", "signals: which receivers the tests run, and what they cost")
    group.addoption(
        "--signaltrace", action="store_true", default=False,
        help="record the signals of the whole run and show which receivers take its time",
    )  # fmt: skip
    group.addoption(
        "--signaltrace-slowest", metavar="N", type=_count, default=None,
        help=f"show N slowest receivers and tests (0 for all; default: {SLOWEST})",
    )  # fmt: skip
    group.addoption(
        "--signaltrace-min", metavar="SECONDS", type=_seconds, default=None,
        help=f"least receiver time to be listed, in seconds (default: {MIN_SECONDS:g}, or 0 with -vv)",
    )  # fmt: skip
    group.addoption(
        "--signaltrace-save", metavar="FILE", default=None,
        help="keep the trace for `signaltrace show FILE`; compressed if the name ends in .gz",
    )  # fmt: skip
    group.addoption(
        "--signaltrace-mute", metavar="PATTERN", action="append", default=[],
        help="run all tests without a receiver: its dotted name, the end of it, or a pattern with *",
    )  # fmt: skip
    group.addoption(
        "--signaltrace-strict", action="store_true", default=False,
        help="fail tests that leave receivers connected or disconnected",
    )  # fmt: skip
    group.addoption(
        "--signaltrace-what-if", action="store_true", default=False,
        help="after the run, run the tests that call the costliest receivers again without each of them",
    )  # fmt: skip
    group.addoption(
        "--signaltrace-what-if-top", metavar="N", type=_positive, default=None,
        help=f"for how many receivers (default: {WHAT_IF_TOP})",
    )  # fmt: skip
    # Of the runs that --signaltrace-what-if starts: what to do, and where to say how it went.
    group.addoption("--signaltrace-rerun", default=None, help=SUPPRESS)
    for name in BUDGETS:
        parser.addini(f"signaltrace_{name}", f"budget of every test, as {name} of the marker", default=None)
    parser.addini(
        "signaltrace_time_budgets",
        "whether max_time is checked: on, off, or auto (off where the environment variable CI is set)",
        default="auto",
    )


def is_recorded(config: pytest.Config) -> bool:
    """Whether an option asks for the recording and its summary."""
    return asks_recording(config.option)


def asks_recording(option: Namespace) -> bool:
    """Whether these options do, which may be known before there is a configuration."""
    if option.signaltrace_rerun:
        return False
    return bool(
        option.signaltrace
        or option.signaltrace_slowest is not None
        or option.signaltrace_min is not None
        or option.signaltrace_save is not None
        or option.signaltrace_strict
        or option.signaltrace_what_if
        or option.signaltrace_what_if_top is not None
    )


def is_asked(config: pytest.Config) -> bool:
    """Whether an option or a setting asks for anything at all."""
    return bool(
        is_recorded(config)
        or config.option.signaltrace_mute
        or config.option.signaltrace_rerun
        or any(config.getini(f"signaltrace_{name}") not in (None, "") for name in BUDGETS)
        or _has_table(config)
    )


def is_worker(config: pytest.Config) -> bool:
    """Whether this is a worker of pytest-xdist."""
    return hasattr(config, "workerinput")


def worker_name(config: pytest.Config) -> str:
    """``gw0``, say; "" where tests run in the main process."""
    return str(config.workerinput["workerid"]) if hasattr(config, "workerinput") else ""


def is_controller(config: pytest.Config) -> bool:
    """Whether the tests run in workers of this process."""
    return bool(config.pluginmanager.hasplugin("dsession"))


def width_of(config: pytest.Config) -> int:
    """The columns of the terminal; of one of 80 where nothing is to be said on any."""
    if not config.pluginmanager.hasplugin("terminalreporter"):
        return 80
    return int(config.get_terminal_writer().fullwidth)


def project_file(config: pytest.Config) -> Path:
    """Where a ``[tool.signaltrace]`` table would be."""
    return config.rootpath / "pyproject.toml"


def _has_table(config: pytest.Config) -> bool:
    """Whether the project's file holds such a table; what is in it is read later."""
    try:
        text = project_file(config).read_text(encoding="utf-8")
        return "signaltrace" in text and "signaltrace" in tomllib.loads(text).get("tool", {})
    except (OSError, ValueError):
        return False  # no such file, or none that pytest would read either


def _count(text: str) -> int:
    if not text.isascii() or not text.isdigit():
        raise ArgumentTypeError(f"{text!r} is no whole number from 0")
    return int(text)


def _positive(text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) == 0:
        raise ArgumentTypeError(f"{text!r} is no whole number from 1")
    return int(text)


def _seconds(text: str) -> float:
    try:
        number = float(text)
    except ValueError:
        number = -1.0
    if not 0 <= number < float("inf"):
        raise ArgumentTypeError(f"{text!r} is no number of seconds")
    return number
