"""Which management commands are test runners, whose spans are told apart by test."""

from __future__ import annotations

import io

import pytest
from django.core import management
from django.core.management.commands.check import Command as Check
from django.core.management.commands.test import Command as Runner

from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.programs import management_command


class OwnRunner(Runner):
    """A project's own, made of Django's."""


@pytest.mark.parametrize("in_code", [False, True])
@pytest.mark.parametrize(
    ("name", "command", "tests"),
    [
        ("test", Runner(), True),
        ("test", Check(), True),  # in the place of Django's
        ("coverage", OwnRunner(), True),
        ("check", Check(), False),
    ],
)
def test_a_test_runner_is_known_by_its_name_or_its_class(monkeypatch, name, command, tests, in_code):
    """Where it is called from makes no difference."""
    monkeypatch.setattr(management, "get_commands", lambda: {name: command})
    streams = {} if in_code else None
    door = Door("manage.py", "manage.py", Stream(io.StringIO()), Stream(io.StringIO()), streams=streams)
    assert management_command(door, name, []).tests is tests
