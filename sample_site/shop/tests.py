"""Tests of the checkout, as a project has them. To see what their receivers cost, in this folder:

python manage.py signaltrace run test
pytest --signaltrace
"""

import tempfile

from django.core import mail
from django.test import TestCase, override_settings

from accounts.signin import sign_in

from . import catalogue, checkout
from .models import Book, Order

covers = tempfile.TemporaryDirectory()


@override_settings(MEDIA_ROOT=covers.name)
class CheckoutTests(TestCase):
    """One customer, three books. Pitfall: print_invoice makes each payment slow, and no test needs it."""

    @classmethod
    def setUpTestData(cls):
        catalogue.fill()
        cls.customer, _ = sign_in()

    def setUp(self):
        self.copy = checkout.take_in_copy()
        self.order = checkout.place_order(self.customer, self.copy)

    def test_the_total_follows_the_lines(self):
        assert self.order.lines.count() == 3
        assert (
            Order.objects.get(pk=self.order.pk).total
            == 2 * Book.objects.get(title=checkout.WANTED).price + self.copy.price
        )

    def test_shelves_are_filled_again(self):
        assert Book.objects.get(title=checkout.WANTED).stock == 5

    def test_paying_thanks_the_customer(self):
        checkout.pay(self.order)
        assert f"Order {self.order.pk}" in [message.subject for message in mail.outbox]

    def test_paying_goes_on_without_a_courier(self):
        assert checkout.pay(self.order) == ["CourierUnavailable"]

    def test_a_refused_gift_wrap_stops_nothing(self):
        assert checkout.request_gift_wrap(self.order) == "no wrapping paper left"
        checkout.pay(self.order)
        assert Order.objects.get(pk=self.order.pk).status == Order.Status.PAID

    def test_a_sold_copy_is_retired_with_its_cover(self):
        assert checkout.retire(self.copy)
