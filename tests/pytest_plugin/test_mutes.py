"""Muted receivers in a real run: the marker, and the option for the whole suite."""

from pathlib import Path

import pytest

from signaltrace.storage import load
from tests.pytest_plugin.conftest import Run

SUITE = """
import pytest
from django.test import TestCase
from shop.models import Order

pytestmark = pytest.mark.django_db

@pytest.fixture
def order():
    return Order.objects.create()

def test_bare(order):
    assert order.indexed

@pytest.mark.signaltrace_mute("shop.receivers.index")
def test_muted(order):
    assert not order.indexed

@pytest.mark.signaltrace_mute("index")
@pytest.mark.signaltrace_mute(signal="order_paid", but="shop.receivers.mail")
def test_several(order):
    assert not order.indexed
    assert [receiver.__name__ for receiver, _ in order.pay()] == ["mail"]

@pytest.mark.signaltrace_mute(sender="shop.Order")
class TestMuted(TestCase):
    def test_all(self):
        order = Order.objects.create()
        assert not order.indexed
        assert order.pay() == []

def test_bare_again(order):
    assert order.indexed
"""


def test_markers(run: Run, project: Path) -> None:
    """For the test that carries them, fixtures included, and for no other; no option is needed."""
    (project / "test_mutes.py").write_text(SUITE)
    run().assert_outcomes(passed=5)


def test_an_option_mutes_for_every_test_and_thread(run: Run, project: Path) -> None:
    """Live servers' threads too; the trace shows what was muted."""
    (project / "test_mutes.py").write_text(
        "import urllib.request\n"
        "def test_live(live_server, transactional_db):\n"
        "    assert urllib.request.urlopen(live_server.url + '/buy/').read() == b'False'\n"
    )
    run("--signaltrace-mute=*.index", "--signaltrace-save=trace.json").assert_outcomes(passed=1)
    trace = load(project / "trace.json")
    muted = [span for _, span in trace.walk() if span.muted]
    assert [[each.name for each in span.muted] for span in muted] == [["shop.receivers.index"]]
    assert muted[0].test == "test_mutes.py::test_live"
    run().assert_outcomes(failed=1)


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        (
            "'shop.recievers.index'",
            "no receiver is called 'shop.recievers.index'; did you mean shop.receivers.index?",
        ),
        ("signal='order_payd'", "no signal is called 'order_payd'; did you mean shop.signals.order_paid?"),
        ("sender='shop.Ordr'", "no sender is called 'shop.Ordr'; did you mean shop.Order?"),
        ("", "mute() is to be told what: receivers, signal=, sender= or but="),
        (
            "reciever='x'",
            "the marker signaltrace_mute takes receivers, signal, sender and but, not 'reciever'",
        ),
    ],
)
def test_a_marker_that_names_nothing_is_refused(run: Run, project: Path, marker: str, message: str) -> None:
    """One line naming the test and the nearest, before anything runs."""
    (project / "test_bad.py").write_text(
        f"import pytest\n@pytest.mark.signaltrace_mute({marker})\ndef test_a(): pass\n"
    )
    result = run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    assert result.errlines == [f"ERROR: test_bad.py::test_a: {message}", ""]


def test_an_option_that_names_nothing_is_refused(run: Run, shop_suite: Path) -> None:
    """The same for the whole suite."""
    result = run("--signaltrace-mute=shop.receivers.indx")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    said = "no receiver is called 'shop.receivers.indx'; did you mean shop.receivers.index?"
    assert result.errlines == [f"ERROR: --signaltrace-mute: {said}", ""]
