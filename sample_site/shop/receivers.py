"""Receivers that keep books and orders in order, and those that follow a payment."""

import time
from decimal import Decimal
from functools import partial

from django.db import transaction
from django.db.models import F
from django.db.models.signals import m2m_changed, post_delete, post_save, pre_save
from django.dispatch import receiver
from django.utils.text import slugify

from .mail import send_mail_to
from .models import Book, OrderLine
from .signals import order_paid, stock_low
from .stock import FULL_SHELF, LOW_SHELF

INVOICE_SECONDS = 0.040


@receiver(pre_save, sender=Book)
def round_price(sender, instance, **kwargs):
    """A new price ends in .00 or .50. Pitfall: what comes out depends on who of the two comes first."""
    if instance.pk is None:
        instance.price = (instance.price * 2).quantize(Decimal(1)) / Decimal("2.00")


@receiver(pre_save, sender=Book)
def reduce_second_hand(sender, instance, **kwargs):
    """What was read before costs a tenth less."""
    if instance.second_hand and instance.pk is None:
        instance.price = (instance.price * Decimal("0.9")).quantize(Decimal("0.01"))


@receiver(post_save, sender=Book)
def give_slug(sender, instance, created, **kwargs):
    """Save again, for the slug needs the key, and so run again: `created` is the guard that ends it."""
    if created:
        instance.slug = f"{instance.pk}-{slugify(instance.title)}"
        instance.save(update_fields=["slug"])


@receiver(post_delete, sender=Book)
def remove_cover(sender, instance, **kwargs):
    """Django leaves the file on the disk when its row goes."""
    if instance.cover:
        instance.cover.delete(save=False)


@receiver(m2m_changed, sender=Book.tags.through)
def count_tags(sender, instance, action, reverse, pk_set, **kwargs):
    """Keep tag_count, from either side of the relation. Django sends twice: before and after."""
    if not action.startswith("post_"):
        return
    if not reverse:
        books = Book.objects.filter(pk=instance.pk)
    elif pk_set is None:  # tag.books.clear() does not say which books it cleared
        books = Book.objects.filter(tag_count__gt=0)
    else:
        books = Book.objects.filter(pk__in=pk_set)
    for book in books:
        Book.objects.filter(pk=book.pk).update(tag_count=book.tags.count())


@receiver([post_save, post_delete], sender=OrderLine)
def keep_total(sender, instance, **kwargs):
    """The order's total follows its lines."""
    order = instance.order
    order.total = sum(line.quantity * line.price for line in order.lines.all())
    order.save(update_fields=["total"])


@receiver(post_save, sender=OrderLine)
def take_from_stock(sender, instance, created, **kwargs):
    """A new line takes its copies from the shelf."""
    if created and instance.book_id:
        move_stock(instance.book_id, -instance.quantity)


@receiver(post_save, sender=OrderLine)
def tell_warehouse(sender, instance, created, **kwargs):
    """Once the order stands, and not before: a line that is rolled back is never told."""
    if created:
        text = f"{instance.quantity} to be fetched."
        transaction.on_commit(partial(send_mail_to, "warehouse@shop.example", instance.title, text))


@receiver(post_delete, sender=OrderLine)
def put_back_in_stock(sender, instance, **kwargs):
    """A line taken back puts its copies on the shelf again."""
    if instance.book_id:
        move_stock(instance.book_id, instance.quantity)


def move_stock(book_id, change):
    """Add to a book's stock. By QuerySet.update, which is safe from races and sends no post_save of Book."""
    Book.objects.filter(pk=book_id).update(stock=F("stock") + change)
    book = Book.objects.get(pk=book_id)
    if change < 0 and book.stock <= LOW_SHELF:
        stock_low.send(sender=Book, book=book)


@receiver(stock_low)
def restock(sender, book, **kwargs):
    """Order the shelf full again. What was bought second-hand cannot be ordered."""
    if not book.second_hand:
        book.stock = FULL_SHELF
        book.save(update_fields=["stock"])


@receiver(order_paid, dispatch_uid="shop.mail_receipt")
def mail_receipt(sender, order, **kwargs):
    """Thank the customer. The uid keeps it to one mail, even were this module imported twice."""
    send_mail_to(order.customer.email, f"Order {order.pk}", f"Thank you for {order.total:.2f}.")


@receiver(order_paid)
def print_invoice(sender, order, **kwargs):
    """Pitfall: slow, as a PDF library would be, and the customer waits."""
    time.sleep(INVOICE_SECONDS)
