"""W001: a module of receivers that nothing imports, and all that only looks like one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import never_connected as rule
from signaltrace.declarations import CODE, MIGRATION, TESTS, AppInfo
from signaltrace.history import DISCONNECTED
from tests.analysis.findings.building import (
    APPS,
    PAID,
    POST_SAVE,
    conn,
    event,
    facts,
    found,
    model,
    module,
    signal,
)
from tests.analysis.findings.source_building import SHOP, decorated, function, name, no_ledger, uid, with_apps

LATE_FILE = "/srv/shop/signals_late.py"
ANNOUNCE = "shop.signals_late.announce"


def late(name_="shop.signals_late", **more):
    given = {"loaded_as": (), "functions": (function("announce"),), **more}
    return module(name_, decorated(POST_SAVE, f"{name_}.announce", sender=name("shop.models.Order")), **given)


def project(*modules, apps=(SHOP,), make=facts, **more):
    models = (model("shop.Order"),)
    return with_apps(make(signal(POST_SAVE), signal(PAID), modules=modules, models=models, **more), *apps)


def test_a_module_nobody_imports_and_the_line_to_add():
    """The declarations are evidence, and so is the ready() that is to import it."""
    (finding,) = found(rule, project(late(), module("shop.apps")))
    assert finding.title == "shop.signals_late is never imported: announce is not connected"
    assert finding.subject == "shop.signals_late"
    assert finding.evidence == (
        Evidence("announce is to hear post_save of shop.Order", LATE_FILE, 10),
        Evidence("ShopConfig.ready(), to import it", APPS, 9),
    )
    assert finding.fix == "Add `from . import signals_late` to shop.apps.ShopConfig.ready() (shop/apps.py:9)."
    assert (finding.possible, finding.mine, finding.app) == (False, True, "shop")


def test_all_of_a_module_is_one_finding():
    """One line connects them all."""
    second = decorated(PAID, "shop.signals_late.bill", 20)
    source = late(functions=(function("announce"), function("bill", 20)))
    source = replace(source, connects=(*source.connects, second))
    (finding,) = found(rule, project(source))
    assert finding.title == "shop.signals_late is never imported: announce and bill are not connected"
    assert [each.line for each in finding.evidence] == [10, 20, 9]


@pytest.mark.parametrize(
    ("name_", "line"),
    [
        ("shop.receivers.orders", "from .receivers import orders"),
        ("shop.signals_late", "from . import signals_late"),
    ],
)
def test_the_import_is_written_as_it_is_usual(name_, line):
    """Relative, inside the package of the config."""
    (finding,) = found(rule, project(late(name_)))
    assert f"`{line}`" in finding.fix


@pytest.mark.parametrize(
    ("app", "fix"),
    [
        (replace(SHOP, ready_line=None), "Give shop.apps.ShopConfig (shop/apps.py:4) a ready() that says"),
        (
            AppInfo("shop", "shop", "/srv/shop", mine=True),
            'shop has no AppConfig: write shop/apps.py with `class ShopConfig(AppConfig)`, `name = "shop"`',
        ),
        (
            replace(SHOP, config="project.apps.Shop"),
            "Add `import shop.signals_late` to project.apps.Shop.ready()",
        ),
        (
            replace(SHOP, config="shop.ShopConfig", file="/srv/shop/__init__.py"),
            "Add `from . import signals_late` to shop.ShopConfig.ready() (shop/__init__.py:9)",
        ),
        (
            replace(SHOP, mine=False),
            "Add `import shop.signals_late` to the ready() of an AppConfig of your own",
        ),
    ],
    ids=["no ready", "no config", "config elsewhere", "config in the package", "a package's"],
)
def test_where_there_is_no_ready_it_is_told_what_to_write(app, fix):
    """By what the app has."""
    (finding,) = found(rule, project(late(), apps=(app,)))
    assert finding.fix.startswith(fix)


def test_a_config_that_django_does_not_use_is_named():
    """Its ready() may import the module already: what is wrong is in INSTALLED_APPS."""
    configs = module("shop.apps", functions=(function("ShopConfig.ready", 20),))
    (finding,) = found(
        rule, project(late(), configs, apps=(AppInfo("shop", "shop", "/srv/shop", mine=True),))
    )
    assert 'put "shop.apps.ShopConfig" into INSTALLED_APPS' in finding.fix
    assert Evidence("ShopConfig.ready(), which nothing calls", APPS, 21) in finding.evidence


def test_what_such_a_config_imports_is_not_imported_by_it():
    """Its module is there, and the import in its ready() never runs."""
    bare = AppInfo("shop", "shop", "/srv/shop", mine=True)
    configs = module(
        "shop.apps", functions=(function("ShopConfig.ready", 20),), brings=(("s", "shop.signals_late"),)
    )
    (finding,) = found(rule, project(late(), configs, apps=(bare,)))
    assert (finding.subject, finding.possible) == ("shop.signals_late", False)


def test_what_something_imports_of_every_app_is_no_finding():
    """When it does so is not for the source to say."""
    registry = module("shop.registry", discovers=("signals_late",))
    assert found(rule, project(late(), registry)) == []
    assert len(found(rule, project(late(), replace(registry, discovers=("hooks.late",))))) == 1


def test_the_outermost_of_a_chain_is_what_is_to_be_imported():
    """It brings the others along."""
    outer = module("shop.receivers", loaded_as=(), brings=(("announce", "shop.signals_late.announce"),))
    (finding,) = found(rule, project(late(), outer))
    assert "`from . import receivers`" in finding.fix
    text = "shop.receivers would import it, and is not imported either"
    assert Evidence(text, "/srv/shop/receivers.py", 1) in finding.evidence


def test_of_two_outermost_none_is_chosen():
    """Which one was meant can't be told: the module itself is sure to do."""
    brings = (("announce", "shop.signals_late.announce"),)
    two = [module(each, loaded_as=(), brings=brings) for each in ("shop.one", "shop.two")]
    (finding,) = found(rule, project(late(), *two))
    assert "`from . import signals_late`" in finding.fix
    assert Evidence("imported by shop.one and shop.two, not imported either") in finding.evidence


@pytest.mark.parametrize("role", [TESTS, MIGRATION])
def test_an_import_of_tests_does_not_count(role):
    """They are not there when it matters."""
    tests = module("shop.tests", loaded_as=(), role=role, brings=(("announce", ANNOUNCE),))
    assert len(found(rule, project(late(), tests))) == 1


def test_a_module_that_is_not_named_for_receivers_makes_it_possible():
    """Something else in it may be asked for by a setting."""
    more = {"functions": (function("announce"), function("Widget.render", 40, decorators=()))}
    (finding,) = found(rule, project(late("shop.extras", **more)))
    assert finding.possible
    assert not found(rule, project(late("shop.extras")))[0].possible


@pytest.mark.parametrize(
    "name_",
    [
        "shop.management.commands.close",
        "shop.urls",
        "shop.views.orders",
        "shop.middleware",
        "shop.templatetags.till",
        "shop.tasks",
        "shop.search_indexes",
        "shop.context_processors",
    ],
)
def test_what_is_imported_when_it_is_needed_is_no_finding(name_):
    """It is connected by then; nobody can say that it never is."""
    assert found(rule, project(late(name_))) == []


def test_what_such_a_module_imports_is_none_either():
    """Through any number of others."""
    urls = module("shop.urls", loaded_as=(), brings=(("api", "shop.api"),))
    api = module("shop.api", loaded_as=(), brings=(("announce", ANNOUNCE),))
    assert found(rule, project(late(), urls, api)) == []


@pytest.mark.parametrize("app", ["tasks", "views"])
def test_an_app_may_be_called_what_it_likes(app):
    """Only what is below the app counts."""
    (finding,) = found(rule, project(late(f"{app}.signals"), apps=(replace(SHOP, name=app, label=app),)))
    assert finding.subject == f"{app}.signals"


def test_an_optional_import_is_no_finding():
    """A module that is there imports it in a branch: when that is taken is not for the source to say."""
    assert found(rule, project(late(), module("shop.apps", brings=(("s", "shop.signals_late"),)))) == []


def test_an_app_that_is_not_installed_is_no_finding():
    """A package inside of an app that is one itself; parts of the same app that are in use are none."""
    marks = module("shop.loyalty.models", loaded_as=())
    assert found(rule, project(late("shop.loyalty.signals"), marks)) == []
    assert len(found(rule, project(late("shop.loyalty.signals"), replace(marks, loaded_as=("x",))))) == 1


@pytest.mark.parametrize(
    "more", [{"scope": "connect_all"}, {"conditional": True}], ids=["in a function", "in a branch"]
)
def test_what_importing_would_not_connect_is_no_finding(more):
    """The import alone would change nothing."""
    source = late()
    source = replace(source, connects=tuple(replace(each, **more) for each in source.connects))
    assert found(rule, project(source)) == []


@pytest.mark.parametrize("role", [TESTS, MIGRATION])
def test_tests_are_no_finding(role):
    """They are imported when they run."""
    assert found(rule, project(late(role=role))) == []
    assert len(found(rule, project(late(role=CODE)))) == 1


def test_what_another_module_connects_is_no_finding():
    """The receiver runs."""
    given = with_apps(
        facts(
            signal(POST_SAVE, conn(ANNOUNCE, "shop.Order")), modules=(late(),), models=(model("shop.Order"),)
        ),
        SHOP,
    )
    assert found(rule, given) == []


def imported(**more):
    return late(loaded_as=("shop.signals_late",), **more)


def test_what_was_imported_and_is_not_there():
    """A complete ledger that never saw it makes it certain; without one it may have been disconnected."""
    (finding,) = found(rule, project(imported()))
    assert finding.title == (
        f"{ANNOUNCE} is not connected to post_save, though shop.signals_late was imported"
    )
    assert finding.subject == f"{POST_SAVE}: {ANNOUNCE} of shop.Order"
    assert not finding.possible
    assert found(rule, project(imported(), make=no_ledger))[0].possible


def test_a_second_function_of_its_name_is_named():
    """It took the name in the module, and the weak connection of the first went."""
    source = imported(functions=(function("announce"), function("announce", 30)))
    (finding,) = found(rule, project(source, make=no_ledger))
    assert finding.title == f"{ANNOUNCE} is not connected to post_save: a second function took its name"
    assert Evidence("the second function of that name", LATE_FILE, 30) in finding.evidence
    assert not finding.possible


def test_what_the_ledger_saw_of_it_is_another_rules():
    """It was connected, refused, or ignored: never connected it is not."""
    events = (event(name=ANNOUNCE, signal=POST_SAVE), event(DISCONNECTED, 2, ANNOUNCE, signal=POST_SAVE))
    assert found(rule, project(imported(), events=events)) == []


def test_what_the_source_disconnects_is_no_finding():
    """It is meant to be gone."""
    gone = replace(imported().connects[0], action="disconnect", form="call")
    assert found(rule, project(imported(), module("shop.other", gone, role=TESTS), make=no_ledger)) == []


def test_what_lost_against_a_uid_is_another_rules():
    """W004 names both."""
    one = decorated(PAID, "shop.receivers.one", 10, dispatch_uid=uid("bill"))
    two = decorated(PAID, "shop.receivers.two", 20, dispatch_uid=uid("bill"))
    source = module("shop.receivers", one, two, functions=(function("one"), function("two", 20)))
    given = no_ledger(signal(PAID, conn("one", dispatch_uid="bill")), modules=(source,))
    assert found(rule, given) == []


def test_a_ready_that_nothing_calls():
    """An AppConfig that is not the one in use: possible, for that could be its subclass."""
    one = decorated(PAID, "shop.apps.announce", scope="OldConfig.ready")
    (finding,) = found(rule, project(module("shop.apps", one, functions=(function("announce"),))))
    assert (
        finding.title
        == "shop.apps.OldConfig.ready() is not called: shop is installed with shop.apps.ShopConfig"
    )
    assert finding.possible
    assert found(rule, project(module("shop.apps", replace(one, scope="connect_all")))) == []
    assert found(rule, project(module("shop.apps", replace(one, conditional=True)))) == []
