"""The data that fills the shop: the same at every run."""

from decimal import Decimal

from django.contrib.auth.models import User

from accounts.signin import CUSTOMER, PASSWORD

from .checkout import RECONSIDERED, SAMPLER, WANTED
from .covers import draw_cover
from .models import Book, Order, OrderLine, Publisher, Tag
from .stock import FULL_SHELF

PUBLISHERS = ("North Press", "Quay Books", "Lantern House", "Mill Lane")
TAGS = ("sea", "garden", "history", "maps", "second-hand")
TITLES = {WANTED: "21.50", RECONSIDERED: "18.00", SAMPLER: "0.00"}
SUBJECTS = ("Rivers", "Lighthouses", "Mosses", "Bridges", "Weather", "Clocks")
FORMS = (
    "A History of {}",
    "An Atlas of {}",
    "{} for Beginners",
    "The Pocket {}",
    "{} at Night",
    "All about {}",
)
CUSTOMERS = 5
PAST_ORDERS = 4
COVERS = 3


def fill() -> tuple[int, int]:
    """Make or reset everything; return how many books and customers there are."""
    publishers = [Publisher.objects.get_or_create(name=name)[0] for name in PUBLISHERS]
    tags = [Tag.objects.get_or_create(name=name)[0] for name in TAGS]
    prices = TITLES | {
        form.format(subject): f"{8 + row * 2 + column}.50"
        for row, form in enumerate(FORMS)
        for column, subject in enumerate(SUBJECTS)
    }
    for number, (title, price) in enumerate(prices.items()):
        fill_book(number, title, Decimal(price), publishers, tags)
    for number in range(1, CUSTOMERS + 1):
        fill_customer(number)
    return len(prices), CUSTOMERS


def fill_book(number: int, title: str, price: Decimal, publishers: list[Publisher], tags: list[Tag]) -> None:
    """Make or reset one book, its tags, and a cover for the first few."""
    defaults = {
        "publisher": publishers[number % len(publishers)],
        "price": price,
        "stock": FULL_SHELF,
    }
    book, _ = Book.objects.update_or_create(title=title, second_hand=False, defaults=defaults)
    book.tags.set([tags[number % 4], tags[(number + 1) % 4]])
    if number < COVERS and not (book.cover and book.cover.storage.exists(book.cover.name)):
        draw_cover(book)
        book.save(update_fields=["cover"])


def fill_customer(number: int) -> None:
    """Make one customer with past orders, unless there is one of that name."""
    username = CUSTOMER if number == 1 else f"customer{number}"
    user, created = User.objects.get_or_create(username=username, email=f"{username}@mail.example")
    if not created:
        return
    user.set_password(PASSWORD)
    user.save()
    for _ in range(PAST_ORDERS):
        book = Book.objects.get(title=WANTED)
        order = Order.objects.create(customer=user, status=Order.Status.SHIPPED)
        # Past orders leave today's stock alone: bulk_create and update keep the receivers out, on purpose.
        lines = [OrderLine(order=order, book=book, title=book.title, price=book.price)]
        OrderLine.objects.bulk_create(lines)
        Order.objects.filter(pk=order.pk).update(total=book.price)
