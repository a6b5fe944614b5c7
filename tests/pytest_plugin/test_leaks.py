"""`pytest --signaltrace` names tests and fixtures that leave receivers connected or disconnected."""

import re
from pathlib import Path

import pytest

from tests.pytest_plugin.conftest import Run

LEAKY = '''
"""Each test leaves something, or nothing, of what it connects."""
import pytest
from django.db.models.signals import post_delete, post_save
from django.test import TestCase

from shop import receivers
from shop.models import Order
from shop.signals import order_paid


def late(**kwargs): ...


class Recorder:
    def on_paid(self, **kwargs): ...


RECORDERS = [Recorder()]
order_paid.connect(RECORDERS[0].on_paid)


def test_clean():
    order_paid.connect(late)
    order_paid.disconnect(late)


def test_connects():
    post_save.connect(late, sender=Order)


def test_after_it():
    post_save.connect(late, sender=Order)


def test_disconnects():
    post_save.disconnect(receivers.notify, sender=Order)


def test_restores():
    post_save.connect(receivers.notify, sender=Order)


def test_empties():
    post_delete.receivers = []


def test_collects():
    RECORDERS.clear()


def test_by_uid():
    order_paid.connect(lambda **kwargs: None, weak=False, dispatch_uid="one")
    order_paid.connect(lambda **kwargs: None, weak=False, dispatch_uid="one")


def test_skipped():
    order_paid.connect(late, sender=Order)
    pytest.skip("half way")


def test_failed():
    def local(**kwargs): ...

    order_paid.connect(local)
    order_paid.connect(late)
    assert not order_paid


@pytest.fixture(scope="module")
def orders():
    order_paid.connect(late, dispatch_uid="orders")
    order_paid.disconnect(receivers.mail)
    yield
    order_paid.connect(receivers.mail)


def test_first_of_orders(orders): ...


class TestShop(TestCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        order_paid.connect(late, dispatch_uid="class")

    def setUp(self):
        self.recorder = Recorder()
        order_paid.connect(self.recorder.on_paid)
        order_paid.connect(self.on_paid)

    def on_paid(self, **kwargs): ...

    def test_one(self): ...

    def test_two(self): ...


def test_last_of_orders(orders): ...
'''

LATE = "test_leaky.late"
PAID = "shop.signals.order_paid of any sender"
COLLECTED = "shop.signals.order_paid and any sender"
# What is said of which test, in the order they run: pytest-django has TestCase first.
LEAKS = [
    f"test_leaky.py::TestShop::test_two fixture 'setUpClass' (class) left connected: {LATE} to {PAID}",
    "test_leaky.py::test_connects left connected: test_leaky.late to post_save of shop.Order",
    "test_leaky.py::test_disconnects left disconnected: shop.receivers.notify from post_save of shop.Order",
    "test_leaky.py::test_empties left disconnected: shop.receivers.clean_up from post_delete of shop.Order",
    f"test_leaky.py::test_collects let a receiver be collected: test_leaky.Recorder.on_paid, of {COLLECTED}",
    f"test_leaky.py::test_by_uid left connected: <lambda> at test_leaky.py:LINE to {PAID}",
    "test_leaky.py::test_skipped left connected: test_leaky.late to shop.signals.order_paid of shop.Order",
    f"test_leaky.py::test_failed left connected: test_leaky.late to {PAID}",
    f"test_leaky.py::test_last_of_orders fixture 'orders' (module) left connected: test_leaky.late to {PAID}",
]
HEADING = "7 tests and 2 fixtures left receivers connected or disconnected"

CLEAN = '''
"""Everything that changes what is connected, and leaves it as it was."""
import pytest
from django.db.models.signals import post_save
from django.dispatch import Signal
from django.test import Client, TestCase, TransactionTestCase, override_settings

from shop import receivers
from shop.models import Order
from shop.signals import order_paid


def late(**kwargs): ...


@pytest.fixture
def received():
    """As in many a suite: connected weakly, never disconnected."""
    seen = []

    def remember(**kwargs):
        seen.append(kwargs)

    order_paid.connect(remember)
    return seen, remember


@pytest.fixture
def remember():
    def remember(**kwargs): ...

    order_paid.connect(remember)
    return remember


@pytest.fixture(scope="class")
def recorder():
    class Recorder:
        def on_paid(self, **kwargs): ...

    found = Recorder()
    order_paid.connect(found.on_paid)
    return found


@pytest.fixture(scope="module", params=["one", "two"])
def muted(request):
    kept, post_save.receivers = post_save.receivers, []
    post_save.sender_receivers_cache.clear()
    yield
    post_save.receivers = kept + post_save.receivers
    post_save.sender_receivers_cache.clear()


def test_values_of_fixtures(received, remember): ...


@pytest.mark.usefixtures("recorder")
class TestWithRecorder:
    def test_one(self, recorder): ...

    def test_two(self): ...


def test_muted(muted): ...


def test_circle():
    def local(**kwargs): ...

    order_paid.connect(local)
    with pytest.raises(LookupError) as caught:
        raise LookupError


def test_first_request(client):
    assert client.get("/imported").status_code == 200


class TestDjango(TestCase):
    def setUp(self):
        order_paid.connect(self.on_paid)
        order_paid.connect(late)
        self.addCleanup(order_paid.disconnect, late)

    def on_paid(self, **kwargs): ...

    @override_settings(USE_TZ=False)
    def test_client(self):
        assert Client().get("/imported").status_code == 200
        Order.objects.create()


class TestTransactions(TransactionTestCase):
    def test_order(self):
        Order.objects.create()
        post_save.disconnect(receivers.notify, sender=Order)
        post_save.connect(receivers.notify, sender=Order)
'''

IMPORTED = """
from django.http import HttpResponse
from django.urls import path

from shop import more_receivers

urlpatterns = [path("imported", lambda request: HttpResponse("yes"))]
"""

MORE_RECEIVERS = """
from django.dispatch import receiver

from shop.signals import order_paid


@receiver(order_paid)
def count(sender, **kwargs): ...
"""


def section(result: pytest.RunResult, heading: str = HEADING) -> list[str]:
    """The lines of the summary under a heading, each folded line put together again."""
    lines = result.outlines
    found: list[str] = []
    for line in lines[lines.index(heading) + 1 :]:
        if not line or line.startswith("="):
            break
        if line.startswith("  "):
            found[-1] += f" {line.strip()}"
        else:
            found.append(line)
    return [re.sub(r"\.py:\d+", ".py:LINE", each) for each in found]


def without_places(lines: list[str]) -> list[str]:
    """The lines without where the receivers are written, which is in each of them."""
    assert all(re.search(r" \((shop/receivers|test_\w+)\.py:LINE\)$", line) for line in lines)
    return [line.rpartition(" (")[0] for line in lines]


@pytest.fixture
def leaky(project: Path) -> Path:
    """The suite that leaves something."""
    path = project / "test_leaky.py"
    path.write_text(LEAKY)
    return path


def test_who_left_what_is_named(run: Run, leaky: Path) -> None:
    """Each change under the test or fixture that made it, whatever became of the test; nothing fails."""
    result = run("--signaltrace", "-p", "no:randomly")
    result.assert_outcomes(passed=12, failed=1, skipped=1)
    assert without_places(section(result)) == LEAKS


def test_strict_fails_those_that_left_something(run: Run, leaky: Path) -> None:
    """At their teardown, with the same words, beside what they themselves failed of."""
    result = run("--signaltrace-strict")
    result.assert_outcomes(passed=12, failed=1, skipped=1, errors=9)
    assert result.ret == 1
    assert without_places(section(result)) == LEAKS
    said = [
        re.sub(r"\.py:\d+", ".py:LINE", line.removeprefix("signaltrace: "))
        for line in result.outlines
        if line.startswith("signaltrace: ")
    ]
    assert sorted(said) == sorted(each.split(" ", 1)[1] for each in LEAKS)
    result.stdout.fnmatch_lines(
        ["FAILED test_leaky.py::test_failed - *", "ERROR test_leaky.py::test_connects - *"]
    )


def test_workers_name_their_own(run: Run, leaky: Path) -> None:
    """With pytest-xdist the summary names all of them, and the worker."""
    result = run("--signaltrace-strict", "-n", "2", "--dist", "loadfile", plugins=("xdist.plugin",))
    result.assert_outcomes(passed=12, failed=1, skipped=1, errors=9)
    assert result.ret == 1
    found = without_places(section(result))
    assert len({line.split()[0] for line in found}) == 1
    assert re.fullmatch(r"\[gw[01]\]", found[0].split()[0])
    assert [line.split(" ", 1)[1] for line in found] == LEAKS


def test_what_is_undone_or_goes_by_itself_is_none(run: Run, project: Path) -> None:
    """Fixtures' values, local receivers, muting put back, imports, Django's own doings: strict passes."""
    (project / "test_clean.py").write_text(CLEAN)
    (project / "urls.py").write_text(IMPORTED)
    (project / "shop" / "more_receivers.py").write_text(MORE_RECEIVERS)
    result = run("--signaltrace-strict")
    result.assert_outcomes(passed=9)
    assert result.ret == 0
    assert "left receivers" not in result.stdout.str()


def test_without_pytest_django(pytester: pytest.Pytester, project: Path) -> None:
    """Signals need no more of Django than its being configured; a module's set-up is a fixture of it."""
    pytester.makeini("[pytest]\npythonpath = .\n")
    pytester.makeconftest(
        "import os, django\nos.environ['DJANGO_SETTINGS_MODULE'] = 'settings'\ndjango.setup()\n"
    )
    (project / "test_plain.py").write_text(
        "from shop.signals import order_paid\n"
        "def late(**kwargs): ...\n"
        "def setup_module():\n"
        "    order_paid.connect(late, dispatch_uid='module')\n"
        "def test_plain():\n"
        "    order_paid.connect(late)\n"
    )
    result = pytester.runpytest_subprocess("-p", "signaltrace.pytest_plugin", "--signaltrace-strict")
    result.assert_outcomes(passed=1, errors=1)
    heading = "1 test and 1 fixture left receivers connected or disconnected"
    left = f"left connected: test_plain.late to {PAID}"
    assert without_places(section(result, heading)) == [
        f"test_plain.py::test_plain fixture 'setup_module' (module) {left}",
        f"test_plain.py::test_plain {left}",
    ]


def test_a_rerun_is_a_test_of_its_own(run: Run, project: Path) -> None:
    """It begins with what the first run left, and is not named for undoing it."""
    (project / "test_again.py").write_text(
        "from shop.signals import order_paid\n"
        "from shop.receivers import mail\n"
        "runs = []\n"
        "def test_again():\n"
        "    order_paid.disconnect(mail)\n"
        "    runs.append(1)\n"
        "    assert len(runs) > 1\n"
        "    order_paid.connect(mail)\n"
    )
    result = run("--signaltrace", "--reruns", "2", plugins=("pytest_rerunfailures",))
    result.assert_outcomes(passed=1)
    assert without_places(section(result, "1 test left receivers connected or disconnected")) == [
        f"test_again.py::test_again left disconnected: shop.receivers.mail from {PAID}"
    ]


def test_what_is_found_too_late_still_ends_a_strict_run_with_1(run: Run, project: Path) -> None:
    """A weak receiver held by a fixture's value, and by somebody else: told when the value is gone."""
    (project / "test_held.py").write_text(
        "import pytest\n"
        "from shop.signals import order_paid\n"
        "KEPT = []\n"
        "@pytest.fixture\n"
        "def remember():\n"
        "    def local(**kwargs): ...\n"
        "    order_paid.connect(local)\n"
        "    KEPT.append(local)\n"
        "    return local\n"
        "def test_held(remember): ...\n"
    )
    result = run("--signaltrace-strict")
    result.assert_outcomes(passed=1)
    assert result.ret == 1
    assert without_places(section(result, "1 test left receivers connected or disconnected")) == [
        f"test_held.py::test_held left connected: test_held.remember.<locals>.local to {PAID}"
    ]


def test_a_failing_teardown_does_not_hide_a_leak(run: Run, project: Path) -> None:
    """The test is named, once its teardown has failed of itself; so is a fixture after a run that stopped."""
    (project / "test_stops.py").write_text(
        "import pytest\n"
        "from shop.signals import order_paid\n"
        "def late(**kwargs): ...\n"
        "@pytest.fixture(scope='session')\n"
        "def everywhere():\n"
        "    order_paid.connect(late)\n"
        "@pytest.fixture\n"
        "def breaks():\n"
        "    yield\n"
        "    raise LookupError\n"
        "def test_stops(everywhere, breaks):\n"
        "    order_paid.connect(late, dispatch_uid='test')\n"
        "def test_never(everywhere): ...\n"
    )
    result = run("--signaltrace-strict", "-x")
    result.assert_outcomes(passed=1, errors=1)
    heading = "1 test and 1 fixture left receivers connected or disconnected"
    assert sorted(without_places(section(result, heading))) == [
        f"test_stops.py::test_stops fixture 'everywhere' (session) left connected: test_stops.late to {PAID}",
        f"test_stops.py::test_stops left connected: test_stops.late to {PAID}",
    ]


def test_many_changes_are_cut_unless_asked_for(run: Run, project: Path) -> None:
    """A suite that never cleans up does not drown its summary; each test fails all the same."""
    (project / "test_many.py").write_text(
        "import pytest\n"
        "from shop.signals import order_paid\n"
        "@pytest.mark.parametrize('number', range(53))\n"
        "def test_many(number):\n"
        "    order_paid.connect(lambda **kwargs: None, weak=False)\n"
    )
    heading = "53 tests left receivers connected or disconnected"
    result = run("--signaltrace")
    lines = section(result, heading)
    assert len(lines) == 51
    assert lines[-1] == "(3 more changes hidden. Use -v to show all.)"
    assert len(section(run("--signaltrace", "-v"), heading)) == 53


def test_our_own_fault_is_told_once_and_fails_nothing(run: Run, leaky: Path) -> None:
    """Where comparing breaks, no test is named, and none fails of it."""
    (leaky.parent / "conftest.py").write_text(
        "from signaltrace.suite import connections_watch\n"
        "def broken(*args, **kwargs):\n"
        "    raise LookupError('no such thing')\n"
        "connections_watch.changed = broken\n"
    )
    result = run("--signaltrace-strict")
    result.assert_outcomes(passed=12, failed=1, skipped=1)
    told = [line for line in result.outlines if "LookupError: no such thing" in line]
    no_more = "so that no more tests are named that leave receivers connected"
    assert told == [f"a fault of signaltrace itself, {no_more}: LookupError: no such thing"]
