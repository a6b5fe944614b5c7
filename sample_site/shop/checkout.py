"""The steps of a checkout, from a basket to a shipped order. Each step leaves stocks as it found them."""

from decimal import Decimal

from asgiref.sync import async_to_sync
from django.contrib.auth.models import User
from django.db import transaction

from .covers import draw_cover
from .models import Book, Order, OrderLine, Publisher, Tag
from .signals import basket_viewed, gift_wrap_requested, order_paid, order_shipped
from .wrapping import OutOfPaper

WANTED, RECONSIDERED, SAMPLER = "Tide Tables", "Field Guide to Ferns", "Sampler"
MANY_WANTED = "A History of Rivers"


class TooFew(Exception):
    """The shelf has fewer copies than are wanted."""


def take_in_copy() -> Book:
    """Buy one second-hand copy from a customer and put it on the shelf, with a cover."""
    publisher = Publisher.objects.order_by("pk")[0]
    book = Book(
        title="Harbour Lights", publisher=publisher, price=Decimal("15.95"), stock=1, second_hand=True
    )
    draw_cover(book)
    book.save()
    book.tags.add(*Tag.objects.filter(name__in=["sea", "second-hand"]))
    return book


@transaction.atomic
def place_order(customer: User, copy: Book) -> Order:
    """Fill a basket: two copies of one book, one second-hand, a third title added and taken back, and too
    many of a fourth, which are refused."""
    order = Order.objects.create(customer=customer)
    add_line(order, Book.objects.get(title=WANTED), 2)
    add_line(order, copy, 1)
    second_thoughts = add_line(order, Book.objects.get(title=RECONSIDERED), 1)
    second_thoughts.delete()
    add_if_there_are(order, Book.objects.get(title=MANY_WANTED), 9)
    # Pitfall: bulk_create sends no post_save, so the free sampler is in the order but still on the shelf.
    sampler = Book.objects.get(title=SAMPLER)
    OrderLine.objects.bulk_create([OrderLine(order=order, book=sampler, title=sampler.title, price=0)])
    basket_viewed.send(sender=Order, order=order)
    return order


def add_line(order: Order, book: Book, quantity: int) -> OrderLine:
    """Put copies of a book into an order; receivers keep its total and the stock."""
    return OrderLine.objects.create(
        order=order, book=book, title=book.title, quantity=quantity, price=book.price
    )


def add_if_there_are(order: Order, book: Book, quantity: int) -> bool:
    """Put copies into an order unless the shelf has too few: then all of it is rolled back.

    Pitfall: all but the mail that a receiver sent meanwhile, of a shelf that never was that empty.
    """
    try:
        with transaction.atomic():
            add_line(order, book, quantity)
            if quantity > book.stock:
                raise TooFew(book.title)
    except TooFew:
        return False
    return True


def books_in(order: Order) -> int:
    """How many books are paid for; samplers are free."""
    return sum(line.quantity for line in order.lines.filter(price__gt=0))


def request_gift_wrap(order: Order) -> str:
    """Ask for gift wrapping; return why there will be none, or an empty string."""
    try:
        gift_wrap_requested.send(sender=Order, order=order)
    except OutOfPaper as refusal:
        return str(refusal)
    return ""


def pay(order: Order) -> list[str]:
    """Take the money and say so; return the names of the errors that receivers raised."""
    # Pitfall: QuerySet.update sends no post_save, so the audit trail never hears that the order was paid.
    Order.objects.filter(pk=order.pk).update(status=Order.Status.PAID)
    order.refresh_from_db()
    responses = order_paid.send_robust(sender=Order, order=order)
    return [type(response).__name__ for _, response in responses if isinstance(response, Exception)]


def retire(book: Book) -> bool:
    """Take a sold second-hand copy out of the catalogue; return whether its cover file went too."""
    cover, storage = book.cover.name, book.cover.storage
    book.delete()
    return not storage.exists(cover)


def ship(order: Order) -> Order.Status:
    """Hand the order over; its async receivers run at the same time. Return the order's status after."""
    async_to_sync(order_shipped.asend)(sender=Order, order_id=order.pk)
    order.refresh_from_db()
    return Order.Status(order.status)
