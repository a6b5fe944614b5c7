"""The server of the tests: it comes up, is gone afterwards, and is done without where it can't be had."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.postgres import address, binaries, command
from tests.postgres.account import why_not
from tests.postgres.binaries import NotHad, find, unpack

SERVE = Path(command.__file__).with_name("serve")
# What a command says when it is served: what it was told of a server.
TELL = """
import os
print(os.environ.get("SIGNALTRACE_POSTGRES"), os.environ.get("SIGNALTRACE_NO_POSTGRES"), sep="|", flush=True)
"""
ANSWER = """
import socket
from urllib.parse import urlsplit
parts = urlsplit(os.environ["SIGNALTRACE_POSTGRES"])
socket.create_connection((parts.hostname, parts.port), timeout=5).close()
"""
needs_one = pytest.mark.skipif(find() is None or bool(why_not()), reason="no PostgreSQL is installed here")


def folders(pid: int) -> list[Path]:
    """The folders a process made for its server and has not removed, in the checkout and outside of it."""
    places = {command.CHECKOUT, Path(tempfile.gettempdir())}
    return [each for place in places for each in place.glob(f"{command.PREFIX}{pid}-*")]


def answers(url: str) -> bool:
    """Whether anybody listens where the server was said to be."""
    parts = urlsplit(url)
    try:
        socket.create_connection((parts.hostname or "", parts.port or 0), timeout=5).close()
    except OSError:
        return False
    return True


def served(code: str) -> subprocess.Popen[str]:
    """A run of the script with a Python program as its command."""
    return subprocess.Popen(
        [sys.executable, str(SERVE), sys.executable, "-c", code],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


@needs_one
def test_the_command_has_a_server_and_its_status_is_passed_on() -> None:
    """The address leads to a server that answers while the command runs, and to nothing afterwards."""
    process = served(TELL + ANSWER + "raise SystemExit(7)")
    output, said = process.communicate(timeout=120)
    url, reason = output.strip().split("|")
    assert (process.returncode, reason) == (7, "None")
    assert url.startswith("postgresql://signaltrace:")
    assert said.startswith("PostgreSQL ")
    assert not answers(url)
    assert folders(process.pid) == []


@needs_one
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_nothing_is_left_where_it_is_ended(number: signal.Signals) -> None:
    """Ctrl-C or a polite kill: command and server are stopped, the folder is removed, the status says so."""
    process = served(TELL + "print(os.getpid(), flush=True); import time; time.sleep(600)")
    assert process.stdout is not None
    url = process.stdout.readline().split("|")[0]
    child = int(process.stdout.readline())
    assert answers(url)
    assert len(folders(process.pid)) == 1
    if number == signal.SIGINT:  # a terminal sends it to both
        os.kill(child, number)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert not answers(url)
    assert folders(process.pid) == []
    with pytest.raises(ProcessLookupError):
        os.kill(child, 0)


def test_without_a_server_the_command_runs_all_the_same(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    """No server installed, no apt: one line says so, and the command is told why instead of an address."""
    monkeypatch.setattr(command, "find", lambda: None)
    monkeypatch.setenv("PATH", "")
    assert command.main([sys.executable, "-c", TELL]) == 0
    output, said = capfd.readouterr()
    reason = "none is installed, and there is no apt-get to fetch it with"
    assert output == f"None|{reason}\n"
    assert said == f"PostgreSQL: {reason}\n"
    assert folders(os.getpid()) == []


def test_where_a_server_is_a_must_the_lack_of_one_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """With --require the command is not run and the status is 2."""
    monkeypatch.setattr(command, "find", lambda: None)
    monkeypatch.setenv("PATH", "")
    assert command.main(["--require", sys.executable, "-c", "raise SystemExit(0)"]) == 2


def test_what_apt_says_is_the_reason(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package list that can't be had (no network) is no traceback: apt's own first error is told."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for name in ("apt-get", "apt-cache", "dpkg"):
        (programs / name).write_text("#!/bin/sh\necho 'W: slow'\necho 'E: no route to it'\nexit 100\n")
        (programs / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{programs}:/bin:/usr/bin")
    with pytest.raises(NotHad) as raised:
        unpack(tmp_path / "packages")
    assert str(raised.value) == ("none is installed, and `apt-get update` could not help: no route to it")


def test_a_server_that_is_too_old_is_none(tmp_path: Path) -> None:
    """Of the servers found the newest counts, by number, and one older than Django takes does not."""
    found = []
    for version in ("9.6", "15.3", "9.9"):
        folder = tmp_path / version
        folder.mkdir()
        for name in binaries.NEEDED:
            (folder / name).write_text(f"#!/bin/sh\necho 'postgres (PostgreSQL) {version}'\n")
            (folder / name).chmod(0o755)
        found.append(binaries.Binaries(folder))
    assert binaries.newest(found) == found[1]
    assert binaries.newest(found[::2]) is None


def test_a_broken_server_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where initdb fails its own line is the reason, and the command runs without a server."""
    for name, body in (("postgres", "echo 15.1"), ("initdb", "echo 'error: no space'; exit 1")):
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    for folder in (tmp_path, *tmp_path.parents[:2]):
        folder.chmod(0o755)
    monkeypatch.setattr(command, "find", lambda: binaries.newest([binaries.Binaries(tmp_path)]))
    monkeypatch.setattr("tests.postgres.server.why_not", lambda: "")
    monkeypatch.setattr("tests.postgres.server.hand_over", lambda path: None)
    monkeypatch.setattr("tests.postgres.server.command_of_server", lambda *each: list(each))
    asked: list[dict[str, str]] = []
    monkeypatch.setattr(command, "run", lambda line, environment: asked.append(environment) or 0)
    assert command.main(["true"]) == 0
    assert asked[0][address.REASON] == "initdb failed: error: no space"


def test_the_address_makes_a_database_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the command is told is what Django needs to connect; anything else is refused by name."""
    monkeypatch.setenv(address.ADDRESS, "postgresql://me:secret@127.0.0.1:5433")
    assert address.entry("shop") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "me",
        "PASSWORD": "secret",
        "HOST": "127.0.0.1",
        "PORT": "5433",
    }
    monkeypatch.setenv(address.ADDRESS, "localhost")
    with pytest.raises(ValueError, match="must be postgresql://USER:PASSWORD@HOST:PORT, not 'localhost'"):
        address.entry("shop")
