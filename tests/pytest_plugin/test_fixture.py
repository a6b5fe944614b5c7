"""The `signaltrace` fixture: what this test's signals did so far, and assertions about it."""

from pathlib import Path

from tests.pytest_plugin.conftest import Run

SUITE = """
import pytest
from django.db.models.signals import post_save
from django.test import Client
from shop import receivers
from shop.models import Order
from shop.signals import nobody_cares, order_paid

pytestmark = pytest.mark.django_db

@pytest.fixture
def before():
    return Order.objects.create(number=1)

def test_everything(before, signaltrace):
    assert len(signaltrace.dispatches(post_save)) == 1  # a function's fixture, though it is named first
    order = Order.objects.create(number=2)
    order.pay()
    assert len(signaltrace.dispatches(post_save, sender=Order)) == 2
    assert len(signaltrace.calls("shop.receivers.notify")) == 2
    signaltrace.assert_sent(order_paid, sender=Order, times=1, order=order)
    signaltrace.assert_sent(nobody_cares)
    signaltrace.assert_not_sent(order_paid, order=before)
    signaltrace.assert_called(receivers.notify, times=2)
    signaltrace.assert_order(receivers.notify, "shop.receivers.mail")

def test_request(signaltrace):
    Client().get("/buy/")
    signaltrace.assert_called("shop.receivers.index", times=1)

def test_failing(signaltrace):
    Order.objects.create(number=5)
    signaltrace.assert_sent(order_paid, sender=Order)

def test_next(signaltrace):
    assert signaltrace.dispatches() == []
"""


def test_the_fixture(run: Run, project: Path) -> None:
    """Alone and beside the recording of the run; a failure shows the tree of what did happen."""
    (project / "test_fixture.py").write_text(SUITE)
    for arguments in ((), ("--signaltrace", "-vv")):
        result = run(*arguments)
        result.assert_outcomes(passed=3, failed=1)
        result.stdout.fnmatch_lines(
            ["E *expected shop.signals.order_paid *", "E *post_save shop.Order*", "E *shop.receivers.index*"]
        )
        assert "signaltrace/asserting" not in result.stdout.str()
