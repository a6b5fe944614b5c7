"""The ledger is on where somebody asked for it, from the first app on, and costs others nothing."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]

LOOK = """
import json, sys
from django.dispatch import Signal

def look(call=None):
    found = {
        "loaded": "signaltrace.inventory.ledger" in sys.modules,
        "djangos": Signal.connect.__code__.co_filename.endswith("dispatcher.py"),
    }
    from signaltrace.inventory import ledger
    history = ledger.history()
    found.update(on=history.on, complete=history.complete, how=history.how, advice=history.advice)
    found["faults"] = [each.message for each in history.faults]
    found["connected"] = {
        each.receiver.name: [each.signal, each.sender.name, each.sender.app, each.receiver.app,
                             each.receiver.mine, each.within, each.site.line]
        for each in history.events if each.receiver.name.startswith(("shop.", "<lambda"))
    }
    print("LOOKED", json.dumps(found))
"""

FILES = {
    "manage.py": """
        import os, sys
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings")
        if "SET_UP_FIRST" in os.environ:
            import django
            django.setup()
        from django.core.management import execute_from_command_line
        execute_from_command_line(sys.argv)
    """,
    "settings.py": """
        import os
        SECRET_KEY = "of no worth"
        USE_TZ = True
        INSTALLED_APPS = os.environ["APPS"].split()
        DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}}
    """,
    "shop/__init__.py": "",
    "shop/signals.py": """
        from django.dispatch import Signal
        paid = Signal()
    """,
    "shop/models.py": """
        from django.db import models
        from django.db.models.signals import post_save
        from django.dispatch import receiver

        class Order(models.Model):
            class Meta:
                app_label = "store"

        @receiver(post_save, sender=Order)
        def saved(sender, **kwargs):
            pass
    """,
    "shop/apps.py": """
        from django.apps import AppConfig
        from shop.signals import paid

        def early(sender, **kwargs):
            pass

        paid.connect(early)

        class ShopConfig(AppConfig):
            name = "shop"
            label = "store"

            def ready(self):
                from shop import receivers
                paid.connect(receivers.late, sender=self)
                paid.connect(lambda **kwargs: None, weak=False)
    """,
    "shop/receivers.py": """
        def late(sender, **kwargs):
            pass
    """,
    "shop/look.py": LOOK,
    "shop/management/__init__.py": "",
    "shop/management/commands/__init__.py": "",
    "shop/management/commands/look.py": """
        from django.core.management.base import BaseCommand
        from shop.look import look

        class Command(BaseCommand):
            requires_system_checks = []

            def handle(self, **options):
                look()
    """,
    "test_look.py": """
        from shop.look import look

        def test_look():
            look()
    """,
    "pytest.ini": """
        [pytest]
        DJANGO_SETTINGS_MODULE = settings
        pythonpath = .
    """,
}

FIRST = "signaltrace django.contrib.contenttypes shop"
CONFIG = "signaltrace.apps.SignaltraceConfig django.contrib.contenttypes shop"
LAST = "django.contrib.contenttypes shop signaltrace"
WITHOUT = "django.contrib.contenttypes shop"


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A project with one app that connects as it is imported, with its models, and in its ready()."""
    folder = tmp_path_factory.mktemp("project")
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = text.strip("\n").splitlines()
        indent = len(lines[0]) - len(lines[0].lstrip()) if lines else 0
        path.write_text("\n".join(each[indent:] for each in lines) + "\n", encoding="utf-8")
    return folder


def look(project: Path, *command: str, apps: str = FIRST, **variables: str) -> dict[str, Any]:
    """What a process saw of itself."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DJANGO_SETTINGS_MODULE", "PYTEST_ADDOPTS", "SIGNALTRACE_LEDGER")
    }
    environment = {**kept, "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "APPS": apps, **variables}
    done = subprocess.run(
        [sys.executable, *command],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    line = next((each for each in done.stdout.splitlines() if "LOOKED" in each), None)
    assert line is not None, f"{done.stdout}\n{done.stderr}"
    found: dict[str, Any] = json.loads(line.partition("LOOKED ")[2])
    assert found["faults"] == []
    return found


EARLY = ["shop.signals.paid", "any sender", "", "store", True, "", 7]
LATE = ["shop.signals.paid", "app store", "store", "store", True, "shop.apps.ShopConfig.ready", 15]
SAVED = ["django.db.models.signals.post_save", "store.Order", "store", "store", True, "", 9]
LAMBDA = ["shop.signals.paid", "any sender", "", "store", True, "shop.apps.ShopConfig.ready", 16]
ALL = {
    "shop.apps.early": EARLY,
    "shop.models.saved": SAVED,
    "shop.receivers.late": LATE,
    "<lambda> at shop/apps.py:16": LAMBDA,
}
PYTEST = ("-m", "pytest", "-q", "-s", "-p", "no:cacheprovider", "-p", "no:randomly")


@pytest.mark.parametrize(
    ("command", "apps", "how"),
    [
        (("manage.py", "signaltrace", "run", "look"), FIRST, "manage.py signaltrace"),
        (("-m", "signaltrace", "run", "look"), FIRST, "python -m signaltrace"),
        (("-m", "signaltrace", "run", "look"), LAST, "python -m signaltrace"),
        (("-m", "signaltrace", "run", "look"), WITHOUT, "python -m signaltrace"),
        (("manage.py", "signaltrace", "run", "look"), CONFIG, "manage.py signaltrace"),
    ],
    ids=["manage.py", "python -m, first", "python -m, last", "python -m, without", "the config itself"],
)  # fmt: skip
def test_our_commands_see_all_that_the_apps_connect(
    project: Path, command: tuple[str, ...], apps: str, how: str
) -> None:
    """By names that could not be known yet when it happened."""
    found = look(project, *command, apps=apps)
    assert (found["on"], found["complete"], found["how"], found["advice"]) == (True, True, how, "")
    assert found["connected"] == ALL


def test_a_manage_py_that_sets_django_up_first_is_known_too(project: Path) -> None:
    """Before there is a command: by the command line."""
    found = look(project, "manage.py", "signaltrace", "run", "look", SET_UP_FIRST="1")
    assert (found["on"], found["complete"], found["connected"]) == (True, True, ALL)


def test_a_command_line_that_is_not_the_processs_own_is_known(project: Path) -> None:
    """By what Django was told to execute."""
    program = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line(['anything', 'signaltrace', 'run', 'look'])"
    )
    assert look(project, "-c", program)["connected"] == ALL


def test_a_variable_turns_it_on_in_any_process(project: Path) -> None:
    """Any value but 0 and nothing."""
    found = look(project, "manage.py", "look", SIGNALTRACE_LEDGER="1")
    assert (found["on"], found["complete"], found["how"]) == (True, True, "SIGNALTRACE_LEDGER=1")
    assert found["connected"] == ALL


def test_where_signaltrace_stands_last_it_says_what_it_missed(project: Path) -> None:
    """What packages connect as they are imported was before it; their models and ready() come after."""
    found = look(project, "manage.py", "signaltrace", "run", "look", apps=LAST)
    assert (found["on"], found["complete"]) == (True, False)
    assert found["connected"] == {name: told for name, told in ALL.items() if name != "shop.apps.early"}
    assert found["advice"] == (
        "signaltrace stands behind contenttypes, store in INSTALLED_APPS: what is connected where their "
        'packages are imported was not seen. Put "signaltrace" first.'
    )


@pytest.mark.parametrize("variables", [{}, {"SIGNALTRACE_LEDGER": ""}, {"SIGNALTRACE_LEDGER": "0"}])
def test_a_normal_process_is_not_touched(project: Path, variables: dict[str, str]) -> None:
    """No import of the ledger, no patch; whoever asks for the history is told how to have one."""
    found = look(project, "manage.py", "look", **variables)
    assert (found["loaded"], found["djangos"], found["on"], found["connected"]) == (False, True, False, {})
    assert found["advice"] == (
        "What connect() and disconnect() did in this process was not recorded. To have it recorded, put "
        '"signaltrace" first in INSTALLED_APPS and run `manage.py signaltrace …`, or set '
        "SIGNALTRACE_LEDGER=1 in the environment."
    )


@pytest.mark.parametrize("command", [("manage.py", "signaltrace"), ("-m", "signaltrace")])
def test_a_variable_can_refuse_it_to_our_commands(project: Path, command: tuple[str, ...]) -> None:
    """Where it should ever be in somebody's way."""
    found = look(project, *command, "run", "look", SIGNALTRACE_LEDGER="0")
    assert (found["djangos"], found["on"]) == (True, False)


def test_a_command_called_from_code_gets_advice(project: Path) -> None:
    """`call_command("signaltrace", …)` comes when all is connected."""
    program = (
        "import os; os.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\n"
        "import django; django.setup()\n"
        "from django.core.management import call_command\n"
        "call_command('signaltrace', 'run', 'look')"
    )
    found = look(project, "-c", program, "signaltrace")
    assert (found["on"], found["connected"]) == (False, {})
    assert "run `manage.py signaltrace …`" in found["advice"]


@pytest.mark.parametrize(
    ("apps", "complete", "connected"),
    [(FIRST, True, ALL), (WITHOUT, False, {})],
    ids=["first", "not installed"],
)
def test_a_test_run_that_asks_has_it(
    project: Path, apps: str, complete: bool, connected: dict[str, Any]
) -> None:
    """From the first app on where signaltrace is one; else from the first test on."""
    found = look(project, *PYTEST, "--signaltrace", "test_look.py", apps=apps)
    assert (found["on"], found["complete"], found["how"]) == (True, complete, "pytest --signaltrace")
    assert found["connected"] == connected


def test_a_test_run_that_does_not_ask_has_none(project: Path) -> None:
    """The plugin is there all the same."""
    found = look(project, *PYTEST, "test_look.py")
    assert (found["loaded"], found["djangos"], found["on"]) == (False, True, False)


def test_the_app_itself_is_cheap() -> None:
    """Importing it brings Django's apps, as any app does, and nothing else of ours."""
    program = (
        "import sys, django.apps; before = set(sys.modules); import signaltrace.apps\n"
        "new = set(sys.modules) - before\n"
        "print(sorted(each for each in new if each.startswith(('signaltrace', 'django'))))"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "['signaltrace', 'signaltrace.apps']"


FORKED = """
import os, sys
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
import django; django.setup()
from shop.look import look
from shop.signals import paid
from shop.receivers import late
child = os.fork()
if child == 0:
    paid.connect(late)
    look()
    sys.stdout.flush()  # _exit does not
    os._exit(0)
os.waitpid(child, 0)
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="there is no fork here")
def test_a_forked_child_goes_on(project: Path) -> None:
    """With what was connected before it, and what it connects itself."""
    found = look(project, "-W", "ignore", "-c", FORKED, SIGNALTRACE_LEDGER="1")
    assert found["connected"].keys() == ALL.keys()
    assert found["connected"]["shop.receivers.late"][1] == "any sender"
