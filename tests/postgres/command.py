"""The command: start a server, run what was asked with its address, stop the server whatever happens."""

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType

from tests.postgres.account import reaches
from tests.postgres.address import ADDRESS, REASON
from tests.postgres.binaries import NotHad, find, unpack
from tests.postgres.server import Server

CHECKOUT = Path(__file__).resolve().parents[2]
PREFIX = ".postgres-"
# Those that end a run from outside: each is to leave nothing behind.
ENDING = (signal.SIGTERM, signal.SIGHUP)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line's COMMAND; its exit status."""
    parser = argparse.ArgumentParser(
        prog="tests/postgres/serve",
        description="Runs COMMAND while a PostgreSQL server of its own runs on loopback.",
    )
    parser.add_argument("--fetch", action="store_true", help="fetch packages even if a server is installed")
    parser.add_argument("--require", action="store_true", help="exit with 2 if there is no server to be had")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="COMMAND ...")
    asked = parser.parse_args(arguments)
    if not asked.command:
        parser.error("say which command is to be run")
    with ended_in_order():
        return serve(asked.command, fetch=asked.fetch, require=asked.require)


def serve(command: Sequence[str], *, fetch: bool = False, require: bool = False) -> int:
    """Run a command beside a server, or without one where none can be had; the command's status."""
    inherited = {name: value for name, value in os.environ.items() if name not in (ADDRESS, REASON)}
    with temporary_folder() as folder:
        try:
            binaries = None if fetch else find()
            server = Server(binaries or unpack(folder / "packages"), folder)
            server.start()
        except NotHad as error:
            # Started late or not at all: a server that is half up is stopped by its own `start`.
            print(f"PostgreSQL: {error}", file=sys.stderr, flush=True)
            return 2 if require else run(command, {**inherited, REASON: str(error)})
        try:
            print(f"PostgreSQL {server.version} on 127.0.0.1:{server.port}", file=sys.stderr, flush=True)
            return run(command, {**inherited, ADDRESS: server.address})
        finally:
            with undisturbed():
                server.stop()


def run(command: Sequence[str], environment: dict[str, str]) -> int:
    """Run the command to its end, also when this process is asked to end before."""
    try:
        process = subprocess.Popen(command, env=environment)
    except OSError as error:
        print(f"{command[0]}: {error.strerror}", file=sys.stderr)
        return 127
    try:
        status = process.wait()
    except BaseException as error:
        # Ctrl-C reached it as well; any other end is passed on.
        if not isinstance(error, KeyboardInterrupt):
            process.terminate()
        try:
            process.wait(timeout=20)
        except (subprocess.TimeoutExpired, KeyboardInterrupt):
            process.kill()
            process.wait()
        raise
    return status if status >= 0 else 128 - status


@contextmanager
def temporary_folder() -> Iterator[Path]:
    """A folder for everything the server needs, removed at the end.

    Inside the checkout, unless the server's user can't get there: a home that is closed to others.
    """
    prefix = f"{PREFIX}{os.getpid()}-"
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=CHECKOUT))
    folder.chmod(0o755)
    if not reaches(folder):
        folder.rmdir()
        folder = Path(tempfile.mkdtemp(prefix=prefix))
        folder.chmod(0o755)
    try:
        yield folder
    finally:
        with undisturbed():
            shutil.rmtree(folder, ignore_errors=True)
        if folder.exists():
            print(f"PostgreSQL: could not remove {folder}", file=sys.stderr)


@contextmanager
def ended_in_order() -> Iterator[None]:
    """Signals that would end this process at once end it through its `finally` clauses."""

    def end(number: int, frame: FrameType | None) -> None:
        for each in ENDING:  # once is enough: the rest is clearing up
            signal.signal(each, signal.SIG_IGN)
        raise SystemExit(128 + number)

    before = {number: signal.signal(number, end) for number in ENDING}
    try:
        yield
    except KeyboardInterrupt:
        raise SystemExit(128 + signal.SIGINT) from None
    finally:
        for number, action in before.items():
            signal.signal(number, action)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Clearing up is not interrupted by an impatient Ctrl-C."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
