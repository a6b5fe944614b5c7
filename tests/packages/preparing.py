"""What the run of one package needs: an environment of its own, its sdist, the folder put on its path."""

import shutil
import subprocess
import sys
import tarfile
import venv
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from tests.django_suite.preparing import CHECKOUT, NotPrepared
from tests.packages.catalogue import Package

HERE = Path(__file__).resolve().parent


class Workplace:
    """A folder for one package under one pair of Python and Django; what is there already is used again."""

    def __init__(self, folder: Path, package: Package | None) -> None:
        try:
            self.django = version("django")
        except PackageNotFoundError:
            raise NotPrepared(f"{sys.executable} has no Django installed.") from None
        python = ".".join(str(part) for part in sys.version_info[:2])
        self.package = package
        name = package.name if package else "program"
        self.folder = folder / f"django-{self.django}-python-{python}" / name
        self.path = self.folder / "path"
        self.python = self.folder / "venv" / "bin" / "python"
        self.source = self.folder / "source"
        self.version = ""

    def prepare(self) -> None:
        """Fetch and install what is missing. Raises NotPrepared."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if not self.python.exists():
            self._install()
        if self.package is not None:
            self.version = self.installed(self.package.name)
            if not self.source.exists():
                self._fetch(self.package.name)
        else:
            self.source.mkdir(exist_ok=True)
        shutil.rmtree(self.path, ignore_errors=True)
        self.path.mkdir()
        # Copies: an edit during a run does not reach it, and this checkout's own "tests" is not importable.
        inside = (HERE / "packages_inside", HERE.parent / "django_suite" / "suite_inside")
        for each in (CHECKOUT / "signaltrace", *inside):
            shutil.copytree(each, self.path / each.name, ignore=shutil.ignore_patterns("__pycache__"))

    def installed(self, name: str) -> str:
        """The version of ``name`` in the environment. Raises NotPrepared."""
        code = f"import importlib.metadata as m; print(m.version({name!r}))"
        done = subprocess.run([str(self.python), "-c", code], capture_output=True, text=True, check=False)
        if done.returncode:
            raise NotPrepared(f"{name} is not installed in {self.python.parents[1]}.")
        return done.stdout.strip()

    def _install(self) -> None:
        unfinished = self.folder / "venv"
        venv.create(unfinished, with_pip=True, clear=True, symlinks=True)
        beside = self.package.beside if self.package else ("sentry", "toolbar")
        own = [self.package.requirements] if self.package else []
        files = [HERE / "requirements" / name for name in (*own, *(f"{tool}.txt" for tool in beside))]
        try:
            named = [part for file in files for part in ("-r", str(file))]
            self._pip("install", f"Django=={self.django}", *named)
        except BaseException:  # Ctrl-C too: half an environment would pass for a whole one
            shutil.rmtree(unfinished)
            raise

    def _fetch(self, name: str) -> None:
        """The sdist of the version that was installed: from whatever index pip is set up for."""
        downloads = self.folder / "downloads"
        shutil.rmtree(downloads, ignore_errors=True)
        self._pip(
            "download", "--no-deps", "--no-binary", name, "--dest", str(downloads), f"{name}=={self.version}"
        )
        (archive,) = downloads.glob("*.tar.gz")
        unpacked = self.folder / "unpacked"
        shutil.rmtree(unpacked, ignore_errors=True)
        with tarfile.open(archive) as members:
            members.extractall(unpacked, filter="data")
        (top,) = unpacked.iterdir()
        top.rename(self.source)
        shutil.rmtree(downloads)
        shutil.rmtree(unpacked)

    def _pip(self, *arguments: str) -> None:
        command = [str(self.python), "-m", "pip", "--quiet", "--disable-pip-version-check", *arguments]
        done = subprocess.run(command, stdin=subprocess.DEVNULL, check=False)
        if done.returncode:
            raise NotPrepared(f"pip {arguments[0]} ended with status {done.returncode}.")
