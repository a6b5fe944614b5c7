"""The sample site as its users meet it: a copy of the folder, run from the command line."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAST_ORDERS = 20  # what `fill` makes, so that the first order of a checkout is the next

CHECKOUT = """\
customer1 signed in after 1 wrong password
Order {number} goes without gift wrapping: no wrapping paper left
Order {number} paid: 3 books, 57.40
Order {number} paid, but receivers failed: CourierUnavailable
Harbour Lights retired, its cover removed
Order {number} shipped
"""


class Site:
    """A fresh copy of sample_site: no database, no covers, no settings but its own."""

    def __init__(self, folder: Path) -> None:
        made_by_runs = shutil.ignore_patterns("db.sqlite3*", "media", "__pycache__")
        self.folder = shutil.copytree(ROOT / "sample_site", folder, ignore=made_by_runs)
        kept = {
            name: value for name, value in os.environ.items() if not name.startswith(("DJANGO", "SAMPLE"))
        }
        paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        self.environment = kept | {
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONWARNINGS": "error::DeprecationWarning,error::PendingDeprecationWarning",
            "GIT_CONFIG_GLOBAL": os.devnull,
        }

    def run(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a program in the folder and return what it printed."""
        return subprocess.run(
            arguments,
            cwd=self.folder,
            env=self.environment | environment,
            capture_output=True,
            text=True,
            check=False,
        )

    def manage(self, *arguments: str) -> tuple[int, str, str]:
        """Run manage.py; return exit status, stdout and stderr."""
        done = self.run(sys.executable, "manage.py", *arguments)
        return done.returncode, done.stdout, done.stderr

    def python(self, code: str, **environment: str) -> str:
        """Run code with the site set up; return what it printed, or how it failed."""
        setup = "import django; django.setup()\n"
        done = self.run(
            sys.executable, "-c", setup + code, DJANGO_SETTINGS_MODULE="project.settings", **environment
        )
        return done.stdout + done.stderr


@pytest.fixture
def site(tmp_path: Path) -> Site:
    """A copy nobody has run yet."""
    return Site(tmp_path / "sample_site")


def test_checkout_needs_no_set_up_and_repeats(site: Site) -> None:
    """The README's first command works in a fresh clone, warns of nothing, and works again."""
    assert site.manage("checkout") == (0, CHECKOUT.format(number=PAST_ORDERS + 1), "")
    assert site.manage("checkout") == (0, CHECKOUT.format(number=PAST_ORDERS + 2), "")


def test_fill_and_login_need_no_set_up_and_repeat(site: Site) -> None:
    """The other commands make their own database too, and filling twice fills once."""
    filled = (0, "The shop has 39 books and 5 customers\n", "")
    assert site.manage("login") == (0, "customer1 signed in after 1 wrong password\n", "")
    assert site.manage("fill") == filled
    assert site.manage("fill") == filled
    count = "from shop.models import Book, Order; print(Book.objects.count(), Order.objects.count())"
    assert site.python(count) == f"39 {PAST_ORDERS}\n"


def test_migrations_match_the_models(site: Site) -> None:
    """Nobody who edits a model is left with a migration to make."""
    assert site.manage("makemigrations", "--check", "--dry-run")[:2] == (0, "No changes detected\n")


@pytest.mark.skipif(shutil.which("git") is None, reason="asks git what it sees")
def test_running_leaves_nothing_git_sees(site: Site) -> None:
    """A clone stays clean: what the site makes is ignored by the .gitignore in its folder."""
    site.run("git", "init", "--quiet")
    site.run("git", "add", "--all")
    before = site.run("git", "status", "--porcelain", "--untracked-files=all").stdout
    assert "A  manage.py\n" in before
    assert site.manage("checkout")[0] == 0
    assert (site.folder / "db.sqlite3").exists()
    assert site.run("git", "status", "--porcelain", "--untracked-files=all").stdout == before


def test_checkout_leaves_stock_and_covers_as_it_found_them(site: Site) -> None:
    """Receivers keep stock and files, so that every checkout is like the one before."""
    look = (
        "from pathlib import Path\n"
        "from django.conf import settings\n"
        "from shop.models import Book\n"
        "print(sorted(Book.objects.values_list('title', 'stock', 'tag_count')))\n"
        "print(sorted(path.name for path in Path(settings.MEDIA_ROOT, 'covers').iterdir()))\n"
    )
    site.manage("fill")
    before = site.python(look)
    assert "['field-guide-to-ferns.svg', 'sampler.svg', 'tide-tables.svg']" in before
    site.manage("checkout")
    assert site.python(look) == before


def test_a_database_in_memory_is_filled_in_place(site: Site) -> None:
    """Only the site's own file is set up by another process; one that process can't see is set up here."""
    (site.folder / "memory.py").write_text(
        "from project.settings import *\n"
        "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}\n"
    )
    expected = CHECKOUT.format(number=PAST_ORDERS + 1)
    assert site.manage("checkout", "--settings", "memory") == (0, expected, "")
    assert not (site.folder / "db.sqlite3").exists()


@pytest.mark.parametrize(("debug", "left"), [("1", None), ("0", "old")])
def test_the_weak_local_function_lives_only_under_debug(site: Site, debug: str, left: str | None) -> None:
    """search.apps' pitfall is real: in production the receiver is gone and old suggestions stay."""
    site.manage("fill")
    code = (
        "from django.core.cache import cache\n"
        "from shop.models import Book\n"
        "cache.set('suggestions', 'old')\n"
        "Book.objects.first().save()\n"
        "print(cache.get('suggestions'))\n"
    )
    assert site.python(code, SAMPLE_SITE_DEBUG=debug) == f"{left}\n"


def test_the_newsletter_signals_are_never_imported(site: Site) -> None:
    """newsletter's pitfall is real: a whole checkout imports its models but not its receivers."""
    code = (
        "import sys\n"
        "from django.core.management import call_command\n"
        "call_command('checkout')\n"
        "print('newsletter.models' in sys.modules, 'newsletter.signals' in sys.modules)\n"
    )
    assert site.python(code).splitlines()[-1] == "True False"
