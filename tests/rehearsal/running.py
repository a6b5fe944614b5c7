"""A shop to rehearse in, with a folder of its own: its command line, and what is in its databases."""

from __future__ import annotations

import json
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

from tests.commands.doors import ROOT, Result, environment

PROJECT = Path(__file__).parent / "project"
_SEED = """
from django.core.management import call_command
for alias in ("default", "notes"):
    call_command("migrate", database=alias, run_syncdb=True, verbosity=0)
from shop import models
ann = models.Customer.objects.create(name="Ann")
order = models.Order.objects.create(customer=ann, cover="covers/a.svg")
other = models.Order.objects.create(customer=ann)
models.Kept.objects.create(order=other)
models.GiftOrder.objects.create(customer=ann, words="x")
order.tags.add(models.Tag.objects.create(name="t"))
models.Line.objects.create(order=order, slug="a")
models.Line.objects.create(order=order, slug="b")
models.Soft.objects.create()
models.Note.objects.create(text="n", key="one")
"""


_MANY = """
import io, json, sys
from signaltrace.commands.console import Stream
from signaltrace.commands.door import Door
from signaltrace.commands.environment import prepare
from signaltrace.commands.serving import serve
from signaltrace.commands.base_options import BaseOptions
prepare(BaseOptions())
results = []
for line in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    status = serve(Door("manage.py signaltrace", "manage.py", Stream(out), Stream(err)), line)
    results.append((status, out.getvalue(), err.getvalue()))
print(json.dumps(results))
"""


class Shop:
    """The shop with its data in ``folder``."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def python(self, *arguments: str, given: str | None = None, **variables: str) -> Result:
        """Python in the project's folder."""
        done = subprocess.run(
            [sys.executable, *arguments],
            cwd=PROJECT,
            env={
                **environment(**variables),
                "REHEARSAL_DATA": str(self.folder),
                "PYTHONPATH": os.pathsep.join((str(PROJECT), str(ROOT))),
                "PYTHONWARNINGS": "ignore",
            },
            input=given,
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=60,
            check=False,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def signaltrace(self, *arguments: str, **variables: str) -> Result:
        """``manage.py signaltrace …``."""
        return self.python("manage.py", "signaltrace", *arguments, **variables)

    def act(self, what: str, *options: str, **variables: str) -> Result:
        """Rehearse the save of the first order, whose receivers do ``what``."""
        return self.signaltrace(
            "save", "shop.Order", "1", "--yes", "--set", f"act={what}", *options, **variables
        )

    def many(self, *lines: tuple[str, ...]) -> list[Result]:
        """Several command lines, one after the other in one process."""
        done = self.python("-c", _MANY, given=json.dumps(lines), DJANGO_SETTINGS_MODULE="settings")
        assert done.status == 0, done
        return [Result(*each) for each in json.loads(done.out.splitlines()[-1])]

    def rows(self) -> dict[str, list[tuple[object, ...]]]:
        """Every row of both databases, sequences aside."""
        found = {}
        for name in ("default", "notes"):
            with sqlite3.connect(self.folder / f"{name}.sqlite3") as opened:
                tables = opened.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")
                for (table,) in tables.fetchall():
                    if table != "sqlite_sequence":
                        found[f"{name}.{table}"] = opened.execute(f'SELECT * FROM "{table}"').fetchall()
            opened.close()
        return found


def seed(folder: Path) -> None:
    """Tables and rows, once."""
    (folder / "media" / "covers").mkdir(parents=True)
    (folder / "media" / "covers" / "a.svg").write_text("<svg/>")
    (folder / "media" / "covers" / "b.svg").write_text("<svg/>")
    done = Shop(folder).python(
        "-c", f"import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\ndjango.setup()\n{_SEED}"
    )
    assert done.status == 0, done


def copy(template: Path, folder: Path) -> Shop:
    """A shop of one's own."""
    shutil.copytree(template, folder)
    return Shop(folder)
