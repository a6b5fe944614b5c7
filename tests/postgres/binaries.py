"""The programs of a PostgreSQL server: those that are installed, else Debian's packages, unpacked."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

# The oldest one that every supported Django works with (6.1 asks for it).
OLDEST = 15
NEEDED = ("initdb", "postgres")
# Libraries only; of these not what the server does without: just-in-time compilation and Perl.
LIBRARY = re.compile(r"lib(?!llvm|perl|z3-|clang|.*-perl$)")
TIME_LIMIT = 600


class NotHad(Exception):
    """No server can be had on this machine; the message is the reason, in one line."""


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder of programs, and where their libraries are if they are not installed."""

    folder: Path
    libraries: tuple[Path, ...] = ()

    def environment(self) -> dict[str, str]:
        """The environment the programs run in: nothing of the caller's but where programs are."""
        environment = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C"}
        if self.libraries:
            environment["LD_LIBRARY_PATH"] = os.pathsep.join(str(each) for each in self.libraries)
        return environment

    def version(self) -> str:
        """What the server says of itself, as `15.18`; "" where it does not run."""
        done = asked([str(self.folder / "postgres"), "--version"], self.environment())
        found = re.search(r"\d+(\.\d+)*", done.stdout) if done else None
        return found[0] if found else ""


def asked(
    command: Sequence[str], environment: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str] | None:
    """A short command's outcome, None where there is no such program or it does not end."""
    try:
        return subprocess.run(
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            check=False,
            timeout=TIME_LIMIT,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None


def find() -> Binaries | None:
    """The newest server that is installed, None where there is none or it is too old."""
    folders = list(Path("/usr/lib/postgresql").glob("*/bin"))
    told = asked(["pg_config", "--bindir"])
    if told and told.returncode == 0:
        folders.append(Path(told.stdout.strip()))
    if on_path := shutil.which("postgres"):
        folders.append(Path(on_path).resolve().parent)
    return newest(Binaries(folder) for folder in folders)


def newest(candidates: Iterable[Binaries]) -> Binaries | None:
    """The newest of those that are whole and run."""
    versions = {}
    for each in candidates:
        if all(os.access(each.folder / name, os.X_OK) for name in NEEDED):
            version = tuple(int(part) for part in each.version().split(".") if part)
            if version >= (OLDEST,):
                versions[version] = each
    return versions[max(versions)] if versions else None


def unpack(folder: Path) -> Binaries:
    """Fetch the server's packages and unpack them into a folder; the system is left as it is."""
    for program in ("apt-get", "apt-cache", "dpkg"):
        if not shutil.which(program):
            raise NotHad(f"none is installed, and there is no {program} to fetch it with")
    apt = Apt(folder / "apt")
    apt.run("apt-get", "update")
    known = apt.run("apt-cache", "search", "--names-only", r"^postgresql-[0-9]+$")
    version = max((int(each) for each in re.findall(r"^postgresql-(\d+) ", known, re.M)), default=0)
    if version < OLDEST:
        raise NotHad(f"none is installed, and apt knows no postgresql-{OLDEST} or later")
    root = folder / "root"
    for package in fetch(apt, f"postgresql-{version}", folder / "deb"):
        done = asked(["dpkg", "-x", str(package), str(root)])
        if not done or done.returncode:
            raise NotHad(f"none is installed, and dpkg could not unpack {package.name}")
    libraries = {each.parent for each in root.glob("**/*.so*") if "postgresql" not in each.parts}
    unpacked = newest([Binaries(root / f"usr/lib/postgresql/{version}/bin", tuple(sorted(libraries)))])
    if not unpacked:
        raise NotHad(f"the server of the fetched package postgresql-{version} does not run here")
    return unpacked


def fetch(apt: "Apt", server: str, folder: Path) -> list[Path]:
    """Download the server's package and those of the libraries it needs that the system lacks."""
    plan = apt.run("apt-get", "--simulate", "--no-install-recommends", "install", server)
    missing = [each for each in re.findall(r"^Inst (\S+)", plan, re.M) if LIBRARY.match(each)]
    folder.mkdir()
    apt.run("apt-get", "download", server, *missing, within=folder)
    return sorted(folder.glob("*.deb"))


class Apt:
    """apt with lists and a cache of its own, so that the system's stay as they are and no root is needed."""

    def __init__(self, folder: Path) -> None:
        (folder / "lists/partial").mkdir(parents=True)
        (folder / "archives/partial").mkdir(parents=True)
        self._options = [
            f"-oDir::State::Lists={folder}/lists",
            f"-oDir::Cache={folder}",
            f"-oDir::Cache::Archives={folder}/archives",
            "-oDebug::NoLocking=true",
            # As root apt would fetch as another user, whom the folder is closed to.
            "-oAPT::Sandbox::User=root",
            "-oAcquire::Languages=none",
            "-oAcquire::Retries=2",
            "-oAcquire::http::Timeout=30",
            "-oAcquire::https::Timeout=30",
            "-oAPT::Update::Error-Mode=any",
        ]

    def run(self, program: str, *arguments: str, within: Path | None = None) -> str:
        """What a command of apt prints; NotHad with the first error it names."""
        environment = {**os.environ, "LC_ALL": "C"}
        command = [program, *self._options, *arguments]
        if within:  # `apt-get download` has no option for where to
            command = ["env", f"--chdir={within}", *command]
        done = asked(command, environment)
        if done and done.returncode == 0:
            return done.stdout
        said = re.findall(r"^E: (.*)", done.stdout, re.M) if done else []
        reason = said[0] if said else "it failed" if done else "it did not end"
        raise NotHad(f"none is installed, and `{program} {arguments[0]}` could not help: {reason}")
