"""A PostgreSQL server of a run's own: on loopback, on a free port, with a password nobody else knows."""

import secrets
import signal
import socket
import subprocess
import time
from pathlib import Path

from tests.postgres.account import command_of_server, hand_over, why_not
from tests.postgres.binaries import Binaries, NotHad, asked

USER = "signaltrace"
# Nothing it keeps is worth a flush to disk; no sockets in folders, no work of its own beside the tests'.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "autovacuum": "off",
    "jit": "off",
    "max_connections": "60",
    "shared_buffers": "32MB",
    # A test that waits for a lock for good is to fail, and to say which.
    "lock_timeout": "20s",
}
# Each try takes a port of its own: another program may take the one that was free a moment ago.
TRIES = 3
START_LIMIT = 90.0
STOP_LIMIT = 15.0


class Server:
    """Made in a folder, started, stopped. Its data are gone with it."""

    def __init__(self, binaries: Binaries, folder: Path) -> None:
        self.port = 0
        self.version = binaries.version()
        self._binaries = binaries
        self._folder = folder
        self._password = secrets.token_urlsafe(18)
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def address(self) -> str:
        """Where it is and how to get in."""
        return f"postgresql://{USER}:{self._password}@127.0.0.1:{self.port}"

    def start(self) -> None:
        """Make a cluster and start the server on it; NotHad, with the reason, where that fails."""
        try:
            if hindrance := why_not():
                raise NotHad(hindrance)
            data = self._place() / "data"
            self._make(data)
            for _ in range(TRIES):
                if self._started(data):
                    return
            raise NotHad(f"the server did not start: {self._last_words(data)}")
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop the server, by force if it won't."""
        process, self._process = self._process, None
        if process:
            # Fast: connections are closed; then at once: no clean up; then without asking.
            for number in (signal.SIGINT, signal.SIGQUIT, signal.SIGKILL):
                if process.poll() is None:
                    process.send_signal(number)
                    try:
                        process.wait(STOP_LIMIT)
                    except subprocess.TimeoutExpired:
                        continue

    def _place(self) -> Path:
        """A folder of the server's own within the one given."""
        place = self._folder / "server"
        place.mkdir()
        hand_over(place)
        return place

    def _make(self, data: Path) -> None:
        """Make the cluster."""
        password = data.with_name("password")
        password.write_text(self._password + "\n")
        hand_over(password)
        password.chmod(0o600)
        done = asked(
            command_of_server(
                str(self._binaries.folder / "initdb"),
                f"--pgdata={data}",
                f"--username={USER}",
                f"--pwfile={password}",
                "--auth=scram-sha-256",
                "--encoding=UTF8",
                "--no-locale",
                "--no-sync",
            ),
            self._binaries.environment(),
        )
        password.unlink()
        if not done or done.returncode:
            raise NotHad(f"initdb failed: {reason(done.stdout) if done else 'it did not end'}")

    def _started(self, data: Path) -> bool:
        """Start the server on a port that is free now; whether it took it and answers."""
        self.port = free_port()
        settings = [f"--{name}={value}" for name, value in {**SETTINGS, "port": self.port}.items()]
        command = command_of_server(str(self._binaries.folder / "postgres"), "-D", str(data), *settings)
        with log_of(data).open("wb") as log:
            self._process = subprocess.Popen(
                command,
                env=self._binaries.environment(),
                cwd=data,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                # Ctrl-C is for the command; the server is stopped after it.
                start_new_session=True,
            )
        deadline = time.monotonic() + START_LIMIT
        while self._process.poll() is None:
            if is_ready(data / "postmaster.pid"):
                return True
            if time.monotonic() > deadline:
                raise NotHad(f"the server did not start in {START_LIMIT:.0f} s: {self._last_words(data)}")
            time.sleep(0.05)
        return False

    def _last_words(self, data: Path) -> str:
        return reason(log_of(data).read_text(errors="replace"))


def log_of(data: Path) -> Path:
    """What the server says goes beside its data."""
    return data.with_name("log")


def is_ready(pid_file: Path) -> bool:
    """Whether the server says it answers: the eighth line of its pid file, where pg_ctl looks as well."""
    try:
        lines = pid_file.read_text().splitlines()
    except OSError:
        return False
    return len(lines) >= 8 and lines[7].strip() == "ready"


def free_port() -> int:
    """A port on loopback that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def reason(output: str) -> str:
    """The line of an output that says what went wrong: the first that names an error, else the last."""
    lines = [line.strip() for line in output.splitlines() if line.strip()]
    named = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return (named or lines[-1:] or ["it said nothing"])[0]
