"""Reading a whole project: what is loaded, the apps, and strangers' files by the hundred."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import types
from pathlib import Path

import django.contrib.auth
import pytest
from django.apps import AppConfig

import signaltrace
from signaltrace.declarations import NAME, AppInfo
from signaltrace.inventory.source import read_source
from signaltrace.inventory.source.draft import Draft, draft_of
from signaltrace.inventory.source.rows import from_row, to_row
from signaltrace.inventory.source.text import UNREADABLE, read_text
from tests.inventory.source.conftest import Project

SITE = Path(signaltrace.__file__).parents[1] / "sample_site"


class Hostile(types.ModuleType):
    """A module that must not be asked for anything."""

    def __getattribute__(self, name: str) -> object:
        raise AssertionError(name)


def test_loaded_as_are_the_names_the_process_has_it_under(
    project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By the file, links followed; a program that was run has a name too; what was not imported has none."""
    twice = project.write("shop/signals.py")
    project.write("shop/never.py")
    manage = project.write("manage.py")
    (project.root / "link.py").symlink_to(twice)
    for name, file in (("zz.signals", twice), ("zz_signals", project.root / "link.py"), ("zz_main", manage)):
        module = Hostile(name)
        types.ModuleType.__dict__["__dict__"].__get__(module)["__file__"] = str(file)
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.setitem(sys.modules, "zz_none", None)  # type: ignore[arg-type]
    monkeypatch.setitem(sys.modules, "zz_odd", object())  # type: ignore[arg-type]
    found = {each.name: each.loaded_as for each in project.read().modules}
    assert found == {
        "link": ("zz.signals", "zz_signals"),
        "manage": ("zz_main",),
        "shop.never": (),
        "shop.signals": ("zz.signals", "zz_signals"),
    }
    monkeypatch.delitem(sys.modules, "zz_main")
    assert {each.loaded_as for each in project.read().modules if each.name == "manage"} == {()}


def test_nothing_is_imported(project: Project) -> None:
    """A module that would stop the process is read like any other."""
    project.write("shop/__init__.py", "raise SystemExit\n")
    project.write("shop/signals.py", "import os\nos.abort()\n")
    project.install("shop")
    before = set(sys.modules)
    assert project.names() == ["shop", "shop.signals"]
    assert set(sys.modules) == before


@pytest.mark.parametrize(
    ("text", "discovers"),
    [
        ('autodiscover_modules("receivers", "admin")', ("receivers", "admin")),
        ('module_loading.autodiscover_modules("receivers", register_to=site)', ("receivers",)),
        ('import_module(f"{app}.receivers")', ("receivers",)),
        ('importlib.import_module("%s.receivers" % app)', ("receivers",)),
        ('import_module(app + ".receivers")', ("receivers",)),
        ('import_module("{}.hooks.late".format(app))', ("hooks.late",)),
        ("import_module(name)", ()),
        ('import_module(f"{app}_receivers")', ()),
        ('import_module("shop.receivers")', ()),
    ],
)
def test_modules_that_every_app_is_asked_for(project: Project, text: str, discovers: tuple[str, ...]) -> None:
    """So far as the name is written; a whole name is an import like any other."""
    project.write("a.py", f"for app in apps:\n    {text}\n")
    assert project.read().modules[0].discovers == discovers


CONFIG = """
from django.apps import AppConfig

@final
class ShopConfig(AppConfig):
    name = "shop"

    @other
    def ready(self): pass

class Quiet(AppConfig):
    name = "quiet"
"""


def test_where_the_ready_of_an_app_is(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lines of its class and of ``def ready``; none for what Django makes up."""
    file = str(project.write("shop/apps.py", CONFIG))
    module = types.ModuleType("shop.apps")
    module.__file__ = file
    monkeypatch.setitem(sys.modules, "shop.apps", module)
    for name in ("ShopConfig", "Quiet", "Gone"):
        project.install("shop", type(name, (AppConfig,), {"__module__": "shop.apps"}))
    project.install("shop", type("Inner", (AppConfig,), {"__module__": "zz_nowhere"}))
    project.install("shop")
    path = str(project.root / "shop")
    assert project.read().apps == (
        AppInfo("shop", "shop", path, "shop.apps.ShopConfig", file, 4, 9, True),
        AppInfo("shop", "shop", path, "shop.apps.Quiet", file, 11, None, True),
        AppInfo("shop", "shop", path, "shop.apps.Gone", file, None, None, True),
        AppInfo("shop", "shop", path, "zz_nowhere.Inner", None, None, None, True),
        AppInfo("shop", "shop", path, mine=True),
    )


def test_the_apps_that_are_installed_are_read() -> None:
    """Those of the suite's own settings, in their order."""
    source = read_source(cache=False)
    assert [each.name for each in source.apps] == [
        "django.contrib.contenttypes",
        "django.contrib.auth",
        "django.contrib.sessions",
        "signaltrace",
        "tests.testapp",
    ]
    auth = next(each for each in source.apps if each.label == "auth")
    lines = Path(str(auth.file)).read_text().splitlines()
    assert lines[(auth.line or 0) - 1].startswith("class AuthConfig")
    assert lines[(auth.ready_line or 0) - 1].strip().startswith("def ready")
    assert auth.path == os.path.dirname(str(django.contrib.auth.__file__))
    names = [each.name for each in source.modules]
    assert names == sorted(names)
    assert "django.contrib.auth.signals" in names
    assert not [each for each in names if each.startswith("signaltrace")]


SHOW = """
import django, json; django.setup()
from signaltrace.inventory.source import read_source
source = read_source(cache=False, user_model="auth.User")
every = [(m, c) for m in source.modules for c in m.connects]
said = [[m.name, c.signal.name.rpartition(".")[2], c.receiver.name] for m, c in every]
live = [m.name for m in source.modules if m.loaded_as]
print(json.dumps([said, live, [m.name for m in source.modules if m.error]]))
"""


def test_the_sample_site_declares_what_it_says() -> None:
    """Every ``@receiver`` and ``connect`` of its files, those of a module that nobody imports too."""
    environment = {**os.environ, "PYTHONPATH": str(SITE.parent), "DJANGO_SETTINGS_MODULE": "project.settings"}
    result = subprocess.run(
        [sys.executable, "-c", SHOW], check=True, capture_output=True, text=True, cwd=SITE, env=environment
    )
    said, live, errors = json.loads(result.stdout)
    assert ["audit.trail", "post_save", "audit.trail.AuditTrail.saved"] in said
    assert ["newsletter.signals", "order_paid", "newsletter.signals.count_order"] in said
    assert ["shop.receivers", "m2m_changed", "shop.receivers.count_tags"] in said
    assert ["search.apps", "post_save", "search.apps.SearchConfig.ready.<locals>.forget_suggestions"] in said
    assert "newsletter.signals" not in live
    assert {"shop.receivers", "shop.apps", "audit.trail"} <= set(live)
    assert errors == []


def _files(root: str, every: int) -> list[str]:
    found = sorted(
        os.path.join(folder, file)
        for folder, _, files in os.walk(root)
        for file in files
        if file.endswith(".py") and "site-packages" not in folder
    )
    return found[::every]


def _drafts(files: list[str]) -> list[Draft]:
    drafts = []
    for file in files:
        try:
            text = read_text(file)
        except UNREADABLE:
            continue
        drafts.append(draft_of(text, f"some.{Path(file).stem}", file))
    return drafts


def test_no_file_of_the_standard_library_is_too_much() -> None:
    """Nothing raises, nothing is taken for a signal, and all of it goes into a cache and back."""
    drafts = _drafts(_files(sysconfig.get_path("stdlib"), 12))
    assert len(drafts) > 30
    for draft in drafts:
        if not draft.module.error:
            assert (
                from_row(json.loads(json.dumps(to_row(draft))), draft.module.name, draft.module.file) == draft
            )
        assert [each for each in draft.module.connects if each.signal.kind != NAME] == []


def test_django_s_own_connects_are_all_found() -> None:
    """As many as a search by the letter finds, less those in comments and of databases."""
    root = os.path.dirname(str(django.__file__))
    files = [
        os.path.join(root, each)
        for each in ("test/signals.py", "contrib/sites/models.py", "core/cache/__init__.py")
    ]
    for draft, file in zip(_drafts(files), files, strict=True):
        text = Path(file).read_text()
        assert len(draft.module.connects) == text.count("\n@receiver(") + text.count(".connect(") > 0
