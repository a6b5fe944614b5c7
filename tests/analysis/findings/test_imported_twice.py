"""W006: one file under two module names."""

from __future__ import annotations

from dataclasses import replace

from signaltrace.analysis.finding import Evidence
from signaltrace.analysis.findings import imported_twice as rule
from signaltrace.declarations import AppInfo, Source
from tests.analysis.findings.building import FILE, PAID, conn, facts, found, module, signal

BOTH = ("project.shop.receivers", "shop.receivers")
OTHER = "project.shop.receivers.notify"


def test_the_source_knows_both_names_and_both_connect():
    """The name of the installed app is the right one; who imports the other is evidence."""
    given = facts(
        signal(PAID, conn(), conn(OTHER, module=BOTH[0])),
        modules=(
            module(loaded_as=BOTH),
            module("shop.apps", brings=(("receivers", "project.shop.receivers"),)),
        ),
    )
    (finding,) = found(rule, given)
    assert finding.title == (
        "one file is imported as project.shop.receivers and shop.receivers, and both connect its receivers"
    )
    assert finding.subject == "shop.receivers"
    assert finding.evidence == (
        Evidence(f"notify runs for {PAID} as project.shop.receivers and shop.receivers", FILE, 10),
        Evidence("imported as project.shop.receivers in this file", "/srv/shop/apps.py"),
    )
    assert finding.fix.startswith("Import it as shop.receivers everywhere")


def test_functions_that_agree_in_all_but_the_module_are_enough():
    """The file may be outside of all apps: nobody read it."""
    file = "/srv/project/shop/receivers.py"
    given = facts(signal(PAID, conn(file=file), conn(OTHER, module=BOTH[0], file=file)))
    (finding,) = found(rule, given)
    assert finding.subject == "project.shop.receivers and shop.receivers"
    assert finding.fix == "Import it under one of these names everywhere, in INSTALLED_APPS too."
    apps = Source(apps=(AppInfo("shop", "project.shop", "/srv/project/shop"),))
    (finding,) = found(rule, replace(given, source=apps))
    assert finding.subject == "project.shop.receivers"


def test_no_finding_where_one_name_connects():
    """Imported twice, and connected by one of them: no receiver runs twice."""
    given = facts(signal(PAID, conn()), modules=(module(loaded_as=BOTH),))
    assert found(rule, given) == []


def test_no_finding_where_the_process_has_it_once():
    """A name that only a function claims is no module."""
    given = facts(signal(PAID, conn(), conn(OTHER, module=BOTH[0])), modules=(module(),))
    assert found(rule, given) == []


def test_no_finding_of_what_one_decorator_made_for_two_modules():
    """functools.wraps gives its one inner function the names of what it wraps."""
    file = "/srv/shop/decorators.py"
    given = facts(
        signal(
            PAID,
            conn("shop.one.notify", file=file, module="shop.one"),
            conn("shop.two.notify", file=file, module="shop.two"),
        )
    )
    assert found(rule, given) == []


def test_no_finding_of_two_functions_of_one_file():
    """Another line is another function."""
    given = facts(signal(PAID, conn(), conn(OTHER, module=BOTH[0], line=20)))
    assert found(rule, given) == []
