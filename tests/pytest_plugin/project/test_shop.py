"""A suite with every outcome."""

import pytest
from django.test import TestCase

from shop.models import Order

pytestmark = pytest.mark.django_db


@pytest.fixture
def order():
    return Order.objects.create(number=1)


def test_index(order):
    assert order.indexed


def test_pay(order):
    assert len(order.pay()) == 2


def test_courier():
    Order.objects.create(number=13).pay()


def test_nothing():
    pass


@pytest.mark.skip(reason="not today")
def test_skipped(order):
    pass


@pytest.mark.xfail(reason="known")
def test_expected(order):
    assert not order.indexed


def test_failing(order):
    assert not order.indexed


@pytest.fixture
def broken(order):
    raise RuntimeError("broken")


def test_erroring(broken):
    pass


class OrderTests(TestCase):
    @classmethod
    def setUpTestData(cls):
        cls.order = Order.objects.create(number=2)

    def test_saved(self):
        self.order.save()

    def test_paid(self):
        self.order.pay()
