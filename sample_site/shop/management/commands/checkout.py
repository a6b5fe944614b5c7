"""manage.py checkout: one customer buys three books. Makes its database when there is none."""

from django.core.management.base import BaseCommand

from accounts.signin import sign_in
from project.first_run import ensure_data
from shop import checkout


class Command(BaseCommand):
    """Check one order out, from signing in to shipping."""

    help = "Checks one order out, from signing in to shipping. Needs no set-up."

    def handle(self, *args, **options) -> None:
        ensure_data()
        customer, wrong = sign_in()
        self.stdout.write(f"{customer.username} signed in after {wrong} wrong password")
        copy = checkout.take_in_copy()
        order = checkout.place_order(customer, copy)
        count = checkout.books_in(order)
        refusal = checkout.request_gift_wrap(order)
        self.stdout.write(f"Order {order.pk} goes without gift wrapping: {refusal}")
        failed = checkout.pay(order)
        self.stdout.write(f"Order {order.pk} paid: {count} books, {order.total:.2f}")
        self.stdout.write(f"Order {order.pk} paid, but receivers failed: {', '.join(failed)}")
        if checkout.retire(copy):
            self.stdout.write(f"{copy.title} retired, its cover removed")
        self.stdout.write(f"Order {order.pk} {checkout.ship(order)}")
