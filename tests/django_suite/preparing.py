"""What a run needs: Django's sdist, an environment for it, and the folder put on its path."""

import shutil
import subprocess
import sys
import tarfile
import venv
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

HERE = Path(__file__).resolve().parent
CHECKOUT = HERE.parents[1]


class NotPrepared(Exception):
    """Something the run needs could not be had; the message says what."""


class Workplace:
    """A folder for one version of Django under one interpreter; what is there already is used again."""

    def __init__(self, folder: Path) -> None:
        try:
            self.django = version("django")
        except PackageNotFoundError:
            raise NotPrepared(f"{sys.executable} has no Django installed.") from None
        python = ".".join(str(part) for part in sys.version_info[:2])
        self.folder = folder / f"django-{self.django}-python-{python}"
        self.path = self.folder / "path"
        self.python = self.folder / "venv" / "bin" / "python"

    def prepare(self) -> None:
        """Fetch and install what is missing. Raises NotPrepared."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.python.exists():
            self._install()
        if not (self.folder / "source").exists():
            self._fetch()
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        # Copies: an edit during a run does not reach it, and this checkout's own "tests" is not importable.
        for each in (CHECKOUT / "signaltrace", HERE / "suite_inside"):
            shutil.copytree(each, self.path / each.name, ignore=shutil.ignore_patterns("__pycache__"))

    @property
    def tests(self) -> Path:
        """The folder of runtests.py."""
        return self.folder / "source" / "tests"

    def _install(self) -> None:
        unfinished = self.folder / "venv"
        venv.create(unfinished, with_pip=True, clear=True, symlinks=True)
        try:
            self._pip(
                "install", f"Django=={self.django}", "-r", str(HERE / "requirements.txt"), of=str(self.python)
            )
        except BaseException:  # Ctrl-C too: half an environment would pass for a whole one
            shutil.rmtree(unfinished)
            raise

    def _fetch(self) -> None:
        """The sdist, by pip: from whatever index it is set up for, checked as it checks everything."""
        downloads = self.folder / "downloads"
        self._pip(
            "download",
            "--no-deps",
            "--no-binary",
            "Django",
            "--dest",
            str(downloads),
            f"Django=={self.django}",
            of=str(self.python),
        )
        (archive,) = downloads.glob("[dD]jango-*.tar.gz")
        unpacked = self.folder / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        with tarfile.open(archive) as members:
            members.extractall(unpacked, filter="data")
        (top,) = unpacked.iterdir()
        if not (top / "tests" / "runtests.py").exists():
            raise NotPrepared(f"{archive.name} holds no tests/runtests.py.")
        top.rename(self.folder / "source")
        shutil.rmtree(downloads)
        shutil.rmtree(unpacked)

    def _pip(self, *arguments: str, of: str) -> None:
        command = [of, "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise NotPrepared(f"pip {arguments[0]} ended with status {done.returncode}.")
