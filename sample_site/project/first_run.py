"""What a command needs before it starts: tables and data, made where they are missing."""

import subprocess
import sys

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from accounts.signin import CUSTOMER
from shop.models import Book


def ensure_tables() -> None:
    """Migrate when a migration has not been applied. Raises CommandError when that fails."""
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        _run("migrate")


def ensure_data() -> None:
    """Make tables and fill the shop, unless both have been done. Raises CommandError when that fails."""
    ensure_tables()
    if not (Book.objects.exists() and User.objects.filter(username=CUSTOMER).exists()):
        _run("fill")


def _run(command: str) -> None:
    """Run a set-up command in a process of its own.

    Setting up sends hundreds of signals. Whoever traces the very first `checkout` wants to see the checkout,
    and a trace doesn't reach into another process. A database other than the site's own file, such as a
    test's in memory, is set up in this process.
    """
    if str(connection.settings_dict["NAME"]) != str(settings.DATABASE_FILE):
        call_command(command, verbosity=0)
        return
    arguments = [sys.executable, str(settings.BASE_DIR / "manage.py"), command, "--verbosity", "0"]
    done = subprocess.run(arguments, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip() or "no reason given").splitlines()[-1]
        raise CommandError(f"The database could not be set up ({command}): {reason}")
