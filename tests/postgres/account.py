"""Whom the server runs as: whoever runs the tests, except root, as whom it refuses to run."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

# On every Debian, and owns nothing.
UNPRIVILEGED = "nobody"


def is_root() -> bool:
    """Whether the server needs another account than this process has."""
    return os.geteuid() == 0


def why_not() -> str:
    """What stands in the way of running a server, "" where nothing does."""
    if not is_root():
        return ""
    if not shutil.which("setpriv"):
        return f"it does not run as root, and there is no setpriv to run it as {UNPRIVILEGED} with"
    try:
        pwd.getpwnam(UNPRIVILEGED)
    except KeyError:
        return f"it does not run as root, and there is no user {UNPRIVILEGED}"
    return ""


def command_of_server(*command: str) -> list[str]:
    """A command as the server's user; it ends with this process even if that is killed."""
    if not shutil.which("setpriv"):
        return list(command)
    wrapped = ["setpriv", "--pdeathsig", "QUIT"]
    if is_root():
        group = pwd.getpwnam(UNPRIVILEGED).pw_gid
        wrapped += ["--reuid", UNPRIVILEGED, "--regid", str(group), "--clear-groups"]
    return [*wrapped, *command]


def hand_over(path: Path) -> None:
    """Make a file or folder the server's own."""
    if is_root():
        user = pwd.getpwnam(UNPRIVILEGED)
        os.chown(path, user.pw_uid, user.pw_gid)


def reaches(folder: Path) -> bool:
    """Whether the server's user can get at a folder: the way there may be closed to others."""
    if not is_root() or why_not():
        return True
    command: Sequence[str] = command_of_server("test", "-x", str(folder))
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL, cwd="/").returncode == 0
