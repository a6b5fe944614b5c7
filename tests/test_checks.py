"""The rules as Django system checks: run when asked for by tag, and by a setting; never else."""

from __future__ import annotations

import io

import pytest
from django.apps import apps
from django.core import checks
from django.core.management import call_command
from django.core.management.base import BaseCommand, SystemCheckError

from signaltrace.analysis.findings import rules
from tests.analysis.findings.building import FILE, PAID, POST_DELETE, conn, event, facts, model, signal
from tests.commands.doctor_stub import stub_facts
from tests.commands.doors import python

WARNING = facts(signal(PAID, conn(accepts_kwargs=False)), events=(event(),))
ERROR = facts(signal(PAID, conn(alive=False, order=0)))
INFO = facts(signal(POST_DELETE, conn()), models=(model("shop.Line"),))
PACKAGE = facts(signal(PAID, conn("lib.hear", accepts_kwargs=False, mine=False, app="lib")))


def ours(messages):
    return [each for each in messages if (each.id or "").startswith("signaltrace.")]


def test_by_tag_they_run(monkeypatch):
    """A finding is a message of its level, with its id, its place and its fix."""
    stub_facts(monkeypatch, WARNING)
    (message,) = ours(checks.run_checks(tags=["signals"]))
    assert type(message) is checks.Warning
    assert message.id == "signaltrace.W012"
    assert message.msg == (
        f"shop.receivers.notify takes no **kwargs, and is connected to {PAID}.\n"
        "    /srv/shop/apps.py:30: connected here in shop.apps.ShopConfig.ready()"
    )
    assert message.hint == "Add **kwargs to its parameters."
    assert message.obj == f"{FILE}:10"
    assert str(message).startswith(f"{FILE}:10: (signaltrace.W012) shop.receivers.notify takes")


@pytest.mark.parametrize(("given", "kind"), [(ERROR, checks.Error), (INFO, checks.Info)])
def test_levels(given, kind, monkeypatch):
    """Django's own three."""
    stub_facts(monkeypatch, given)
    assert [type(each) for each in ours(checks.run_checks(tags=["models", "signals"]))] == [kind]


@pytest.mark.parametrize("tags", [None, ["models"], []])
def test_without_the_tag_nothing_is_read(tags, monkeypatch):
    """Nobody's runserver gets slower."""
    stub = stub_facts(monkeypatch, WARNING)
    assert ours(checks.run_checks(tags=tags)) == []
    assert stub.asked == []


@pytest.mark.parametrize(("value", "runs"), [(True, True), (False, False)])
def test_a_setting_has_them_run_in_every_check(value, runs, monkeypatch, settings):
    """For who wants them in the usual one; by tag they run whatever it says."""
    stub = stub_facts(monkeypatch, WARNING)
    settings.SIGNALTRACE = {"CHECKS": value}
    assert bool(ours(checks.run_checks())) is runs
    assert len(stub.asked) == runs
    assert len(ours(checks.run_checks(tags=["signals"]))) == 1


def test_a_setting_that_is_neither_on_nor_off_is_an_error(monkeypatch, settings):
    """In every check, for nobody would miss what it was meant to turn on."""
    stub = stub_facts(monkeypatch, WARNING)
    settings.SIGNALTRACE = {"CHECKS": "yes"}
    (message,) = ours(checks.run_checks())
    assert (message.id, message.msg) == (
        "signaltrace.E000",
        "the setting SIGNALTRACE['CHECKS'] is True or False, not str",
    )
    assert stub.asked == []


def test_the_command_check(monkeypatch):
    """Through Django's own command, with and without the tag; errors make it fail."""
    stub = stub_facts(monkeypatch, ERROR)
    call_command("check", stdout=io.StringIO(), stderr=io.StringIO())
    assert stub.asked == []
    with pytest.raises(SystemCheckError, match=r"signaltrace\.E002"):
        call_command("check", tags=["signals"], stdout=io.StringIO(), stderr=io.StringIO())
    with pytest.raises(SystemCheckError, match=r"signaltrace\.E002"):
        call_command("check", "--tag", "signals", stdout=io.StringIO(), stderr=io.StringIO())


def test_a_command_that_checks_first_does_not_run_them(monkeypatch):
    """Such as migrate: it asks for all checks, and names no tags; one that names ours has them."""
    stub = stub_facts(monkeypatch, WARNING)

    class Usual(BaseCommand):
        def handle(self, *args, **options):
            pass

    class Named(Usual):
        requires_system_checks = ("signals",)

    call_command(Usual(), skip_checks=False, stderr=io.StringIO())
    assert stub.asked == []
    call_command(Named(), skip_checks=False, stderr=io.StringIO())
    assert len(stub.asked) == 1


def test_a_check_of_some_apps_is_about_these(monkeypatch):
    """`manage.py check shop --tag signals`."""
    stub_facts(monkeypatch, facts(signal(PAID, conn(accepts_kwargs=False, app="testapp"))))
    app = [apps.get_app_config("testapp")]
    assert len(ours(checks.run_checks(app_configs=app, tags=["signals"]))) == 1
    other = [apps.get_app_config("auth")]
    assert ours(checks.run_checks(app_configs=other, tags=["signals"])) == []


def test_packages_are_no_messages(monkeypatch):
    """Nobody can mend them here."""
    stub_facts(monkeypatch, PACKAGE)
    assert ours(checks.run_checks(tags=["signals"])) == []


def test_both_settings_silence(monkeypatch, settings):
    """Django counts what its own silences; ours are not there at all."""
    stub_facts(monkeypatch, WARNING)
    settings.SILENCED_SYSTEM_CHECKS = ["signaltrace.W012"]
    (message,) = ours(checks.run_checks(tags=["signals"]))
    assert message.is_silenced()
    settings.SIGNALTRACE = {"SILENCED": ["W012"]}
    assert ours(checks.run_checks(tags=["signals"])) == []


def test_a_rule_that_fails_is_a_warning(monkeypatch):
    """Our fault is told, and breaks no check."""
    stub_facts(monkeypatch, facts())
    monkeypatch.setattr(rules()[0], "find", lambda facts: 1 / 0)
    (message,) = ours(checks.run_checks(tags=["signals"]))
    assert (message.level, message.id) == (checks.WARNING, "signaltrace.W000")
    assert message.msg == f"{rules()[0].ID} failed: ZeroDivisionError: division by zero"


def test_a_setting_that_cannot_be_read_is_an_error(monkeypatch, settings):
    """One line, as the command would say it."""
    stub_facts(monkeypatch, facts())
    settings.SIGNALTRACE = {"SILENCED": "W012"}
    (message,) = ours(checks.run_checks(tags=["signals"]))
    assert (message.level, message.id) == (checks.ERROR, "signaltrace.E000")
    assert message.msg.startswith("the setting SIGNALTRACE['SILENCED'] is a list of ids")


def test_called_by_another_it_was_not_asked_for(monkeypatch):
    """Only run_checks knows of tags."""
    stub = stub_facts(monkeypatch, WARNING)
    from signaltrace.checks import check_signals

    assert check_signals() == []
    assert stub.asked == []


def test_django_knows_the_tag():
    """`check --list-tags`; the tag is there once the app is installed."""
    result = python("manage.py", "check", "--list-tags")
    assert "signals" in result.out.split()
    result = python("manage.py", "check", "--list-tags", WITHOUT_APP="1")
    assert "signals" not in result.out.split()


def test_a_plain_check_does_not_even_import_the_rules():
    """In a process of its own: the app costs what its apps.py and checks.py cost."""
    code = (
        "import os, sys; os.environ['DJANGO_SETTINGS_MODULE'] = 'tests.commands.project.settings'\n"
        "import django; django.setup()\n"
        "from django.core.management import call_command; call_command('check')\n"
        "print(sorted(each for each in sys.modules if each.startswith('signaltrace')))"
    )
    result = python("-c", code)
    assert result.out.splitlines()[-1] == "['signaltrace', 'signaltrace.apps', 'signaltrace.checks']"
